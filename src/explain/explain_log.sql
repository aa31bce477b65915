
CREATE FUNCTION mailstack.explain_log(line text, OUT problem text, OUT meaning text, OUT remedy text) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'ms_explain_log' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.explain_log(text) IS
    'What a line of Postfix''s or Dovecot''s log says that tells of a known problem: problem is its name, meaning what it comes to here, remedy the call or the setting that mends it. Where the line names an address, the tables are asked what becomes of mail for it now; a delegated administrator is not told that. No row for a line that tells of nothing known. One line at a time, of which 8192 octets are read. Reads the tables as the lookups do, with no privilege but EXECUTE; never raises. See route() and explain_login().';
REVOKE EXECUTE ON FUNCTION mailstack.explain_log(text) FROM PUBLIC;
