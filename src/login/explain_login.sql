
CREATE TYPE mailstack.login_step AS (step text, answer text, why text, hint text);
COMMENT ON TYPE mailstack.login_step IS 'One step of a login: see explain_login().';

CREATE FUNCTION mailstack.explain_login(email text, service text DEFAULT NULL, remote inet DEFAULT NULL)
    RETURNS SETOF mailstack.login_step
    AS 'MODULE_PATHNAME', 'ms_explain_login' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.explain_login(text, text, inet) IS
    'Why a login would fail, or with what it goes, step by step, by the functions that answer Dovecot. step is: address (only where it is none), domain, user, service, password, app password (one row for each), and last login, the sum; answer is yes or no, why says what was found, hint the way out. service is by Dovecot''s name or Postfix''s, NULL: any; remote is where the login comes from, NULL: anywhere. It takes the right password for granted. No row for NULL. Reads the tables as the lookups do, with no privilege but EXECUTE; raises 42501 where a delegated administrator asks about another domain than his, and nothing else; shows no hash.';
REVOKE EXECUTE ON FUNCTION mailstack.explain_login(text, text, inet) FROM PUBLIC;
