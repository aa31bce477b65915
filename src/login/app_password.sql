
-- --------------------------------------------------------------- room: login

CREATE FUNCTION mailstack.create_app_password(
        email mailstack.mail_key, name text, services text[] DEFAULT NULL, allow_nets cidr[] DEFAULT NULL,
        expires timestamptz DEFAULT NULL)
    RETURNS text
    AS 'MODULE_PATHNAME', 'ms_create_app_password' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.create_app_password(mailstack.mail_key, text, text[], cidr[], timestamptz) IS
    'Gives a user another app password and returns it: 20 random letters and digits, more where password_min_length of settings wants that. It is shown this once: what is stored is a hash by password_scheme. Runs with the rights of the caller. Raises 22004 for NULL as email or name, 23505 for a name that the user has given already, 23503 for a user who is not there, 54000 for one who has eight, 23514 for what app_passwords refuses.';
REVOKE EXECUTE ON FUNCTION mailstack.create_app_password(mailstack.mail_key, text, text[], cidr[], timestamptz) FROM PUBLIC;

CREATE FUNCTION mailstack.set_app_password(
        email mailstack.mail_key, name text, plaintext text, services text[] DEFAULT NULL, allow_nets cidr[] DEFAULT NULL,
        expires timestamptz DEFAULT NULL)
    RETURNS void
    AS 'MODULE_PATHNAME', 'ms_set_app_password' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.set_app_password(mailstack.mail_key, text, text, text[], cidr[], timestamptz) IS
    'Stores a password that somebody has chosen as an app password of the user, hashed by password_scheme of settings: a new one, or in place of that of the name, whose services, allow_nets and expires stay where none are given. As set_password() it runs with the rights of the caller, and no error of it writes the statement into the server''s log. Raises what create_app_password() raises, but for the name, and 23514 for a password that is shorter than password_min_length. create_app_password() makes better ones.';
REVOKE EXECUTE ON FUNCTION mailstack.set_app_password(mailstack.mail_key, text, text, text[], cidr[], timestamptz) FROM PUBLIC;
