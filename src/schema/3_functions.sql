
CREATE FUNCTION mailstack.home_path(email mailstack.mail_address) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (SELECT mailstack.home_path(s.mail_root::text, u.maildir)
            FROM mailstack.users u, mailstack.settings s WHERE u.email OPERATOR(mailstack.=) $1);
COMMENT ON FUNCTION mailstack.home_path(mailstack.mail_address) IS
    'The home of a user: mail_root and maildir with one slash between and one at the end. NULL where there is no such user.';

CREATE FUNCTION mailstack.address_is_available(email mailstack.mail_address) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN EXISTS (SELECT FROM mailstack.domains d
                   WHERE d.alias_domain OPERATOR(mailstack.=) mailstack.address_domain($1))
       AND NOT EXISTS (SELECT FROM mailstack.settings s
                       WHERE mailstack.address_detail($1, s.recipient_delimiter) IS NOT NULL)
       AND NOT EXISTS (SELECT FROM mailstack.users u WHERE u.email OPERATOR(mailstack.=) $1)
       AND NOT EXISTS (SELECT FROM mailstack.aliases a WHERE a.alias OPERATOR(mailstack.=) $1);
COMMENT ON FUNCTION mailstack.address_is_available(mailstack.mail_address) IS
    'Whether the address, in any spelling, is neither a mailbox nor an alias nor relocated nor a sub-address, in a domain hosted here in a class that could have either.';

CREATE FUNCTION mailstack.preview_transport(
        target mailstack.mail_key, transport mailstack.mail_transport, share real DEFAULT NULL,
        OUT from_transport mailstack.mail_transport, OUT to_transport mailstack.mail_transport,
        OUT users bigint, OUT chosen bigint, OUT own_transport bigint, OUT other_uid bigint, OUT problem text)
    RETURNS record
    AS 'MODULE_PATHNAME', 'ms_preview_transport' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.preview_transport(mailstack.mail_key, mailstack.mail_transport, real) IS
    'What switch_transport() would do, without doing it: from and to, the users of the domain, how many of them would be delivered so, how many have a transport of their own and so stay, how many have another uid than the service runs as, and the problem that would refuse it, or NULL. A warning tells of users whose addresses have letters beyond ASCII, which Dovecot''s LMTP does not take. It makes the switch and takes it back, so that the two cannot disagree. Raises 22023, 22004 and 22P02 as switch_transport() does.';
REVOKE EXECUTE ON FUNCTION mailstack.preview_transport(mailstack.mail_key, mailstack.mail_transport, real) FROM PUBLIC;

CREATE FUNCTION mailstack.switch_transport(
        target mailstack.mail_key, transport mailstack.mail_transport, share real DEFAULT NULL,
        OUT from_transport mailstack.mail_transport, OUT to_transport mailstack.mail_transport,
        OUT share real, OUT changed boolean)
    RETURNS record
    AS 'MODULE_PATHNAME', 'ms_switch_transport' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.switch_transport(mailstack.mail_key, mailstack.mail_transport, real) IS
    'Delivers the mail of a domain, of a share of its users, or of one user by another transport (transport(5)) from the next message on, and logs it in transport_changes. A share is of the users without a transport of their own, chosen by address_share(); a larger one keeps those that were chosen; 1 or none is the whole domain, and ends the stage. For a user, whose address is given in place of a domain, NULL goes back to what the domain says. Where it is so already it says so and changes nothing. Raises with the reason where it cannot work: 22004 for NULL, 22P02 for what is neither a domain nor an address, 22023 for a domain or user that is not here, a virtual_alias domain, or a share that is none, 23503 for an unknown service, 23514 for one that does not fit the class or runs as another uid than the users have, and for a share of a relay domain.';
REVOKE EXECUTE ON FUNCTION mailstack.switch_transport(mailstack.mail_key, mailstack.mail_transport, real) FROM PUBLIC;

CREATE FUNCTION mailstack.revert_transport(
        target mailstack.mail_key,
        OUT from_transport mailstack.mail_transport, OUT to_transport mailstack.mail_transport,
        OUT share real, OUT changed boolean)
    RETURNS record
    AS 'MODULE_PATHNAME', 'ms_revert_transport' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.revert_transport(mailstack.mail_key) IS
    'Takes back the last change of the transport of a domain, or of a user, that has not been taken back yet, by the same rules, and logs that. A switch in stages is taken back as a whole, be it complete or not. Raises 22023 where there is none, 22004 for NULL.';
REVOKE EXECUTE ON FUNCTION mailstack.revert_transport(mailstack.mail_key) FROM PUBLIC;

CREATE FUNCTION mailstack.set_password(email mailstack.mail_key, plaintext text, scheme text DEFAULT NULL) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_set_password' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.set_password(mailstack.mail_key, text, text) IS
    'Hashes the password and stores it as that of the user: by the scheme ARGON2ID, BLF-CRYPT, SHA512-CRYPT or SCRAM-SHA-256, or that of password_scheme of settings, which it returns. Runs with the rights of the caller. No error of it writes the statement, in which the password stands, into the server''s log; log_statement and the like do, before it runs: see doc/passwords.md. Raises 22004 for NULL, 22023 for another scheme, for a user who is not there, and for a password that the scheme would not take whole, 23514 for one that is shorter than password_min_length, or a scheme below password_lowest_scheme.';
REVOKE EXECUTE ON FUNCTION mailstack.set_password(mailstack.mail_key, text, text) FROM PUBLIC;

CREATE FUNCTION mailstack.verify_password(email mailstack.mail_key, plaintext text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_verify_password' LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 1000000;
COMMENT ON FUNCTION mailstack.verify_password(mailstack.mail_key, text) IS
    'Whether that is the password of the user; whether the user may log in is another question. False for an unknown user, for one without a password and for one whose hash is above the ceiling of its scheme, after the time that a hash of password_scheme takes, so that it does not tell who is there. Needs only EXECUTE, which makes it an oracle: grant it to whom you would let try passwords. Checks all schemes that mail_password takes, non-ASCII passwords as Dovecot does, without preparing them.';
REVOKE EXECUTE ON FUNCTION mailstack.verify_password(mailstack.mail_key, text) FROM PUBLIC;

CREATE FUNCTION mailstack.missing_indexes(OUT table_name text, OUT column_name text) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'ms_missing_indexes' LANGUAGE c STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION mailstack.missing_indexes() IS
    'The columns by which a lookup or a rule reads a table, and for which no valid index serves: it would raise. Empty where all are there.';
REVOKE EXECUTE ON FUNCTION mailstack.missing_indexes() FROM PUBLIC;

-- With the rights of whoever asks: a delegated administrator sees the users that he may see.
CREATE VIEW mailstack.weak_passwords WITH (security_invoker = true) AS
    SELECT p.email, p.app_password, mailstack.password_scheme(p.password) AS scheme,
           concat_ws(' ', CASE WHEN judged.below THEN 'It is below ' || s.password_lowest_scheme || '.' END, judged.weakness) AS why
      FROM (SELECT u.email, NULL AS app_password, u.password FROM mailstack.users u
            UNION ALL SELECT a.email, a.name, a.password FROM mailstack.app_passwords a) p, mailstack.settings s,
           LATERAL (SELECT mailstack.password_weakness(p.password) AS weakness,
                           mailstack.password_strength(p.password) < mailstack.password_strength(s.password_lowest_scheme) AS below) judged
     WHERE judged.weakness IS NOT NULL OR judged.below;
COMMENT ON VIEW mailstack.weak_passwords IS
    'The users whose password is easily guessed by who has stolen its hash, or is of a scheme below password_lowest_scheme of settings, or takes so long to compute that the logins of others wait. Shows no hash, but whoever asks has to be allowed to read users and app_passwords.';
COMMENT ON COLUMN mailstack.weak_passwords.email IS 'The user.';
COMMENT ON COLUMN mailstack.weak_passwords.app_password IS 'The app password by its name. NULL: the main password.';
COMMENT ON COLUMN mailstack.weak_passwords.scheme IS 'The scheme of the hash: password_scheme().';
COMMENT ON COLUMN mailstack.weak_passwords.why IS 'What is to be said against it: password_weakness().';
