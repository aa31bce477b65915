
-- -------------------------------------------------------------- room: filter

CREATE FUNCTION mailstack.computed_handler() RETURNS fdw_handler
    AS 'MODULE_PATHNAME', 'ms_computed_handler' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.computed_handler() IS 'The handler of the foreign-data wrapper mailstack. For the server alone.';
REVOKE EXECUTE ON FUNCTION mailstack.computed_handler() FROM PUBLIC;

CREATE FOREIGN DATA WRAPPER mailstack HANDLER mailstack.computed_handler NO VALIDATOR;
COMMENT ON FOREIGN DATA WRAPPER mailstack IS 'Rows that are computed here, from the values that are asked for: of dovecot_sieve, and of no other table.';
CREATE SERVER mailstack FOREIGN DATA WRAPPER mailstack;
COMMENT ON SERVER mailstack IS 'This server itself.';

CREATE FOREIGN TABLE mailstack.dovecot_sieve (
    username text NOT NULL,
    script_name text NOT NULL,
    id text NOT NULL,
    script text NOT NULL
) SERVER mailstack;
COMMENT ON FOREIGN TABLE mailstack.dovecot_sieve IS 'What Pigeonhole''s dict asks for: a row where username and script_name are given, or username and id, and the user has such a script; no row for any other question, so that there is nothing to read for whoever knows no name. Reads under the rights of nobody.';
COMMENT ON COLUMN mailstack.dovecot_sieve.username IS 'The login name, in any spelling.';
COMMENT ON COLUMN mailstack.dovecot_sieve.script_name IS 'all and domain: the active script of all, and of the domain of the user; filters: what the filters of all, of the domain and of the user make. These run before the personal script. all_2_4, domain_2_4 and filters_2_4: the same for Dovecot 2.4, with an empty script where there is none, since 2.4.1 defers the mail where it gets no row. active: the personal one, and any other name a script of the user that another includes, where settings.sieve_personal is database.';
COMMENT ON COLUMN mailstack.dovecot_sieve.id IS 'Another one for every other text: the key of Pigeonhole''s cache. A text that has changed since is not found by the id that it had.';
COMMENT ON COLUMN mailstack.dovecot_sieve.script IS 'The script.';
