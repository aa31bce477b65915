
CREATE FUNCTION mailstack.rename_user(
        old mailstack.mail_address, new mailstack.mail_address, leave text DEFAULT NULL,
        OUT maildir mailstack.maildir_path, OUT aliases bigint, OUT destinations bigint, OUT senders bigint, OUT logins bigint,
        OUT postmaster boolean)
    RETURNS record
    AS 'MODULE_PATHNAME', 'ms_rename_user' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.rename_user(mailstack.mail_address, mailstack.mail_address, text) IS
    'Gives a user another address; the mail stays in its maildir. With it go the aliases of that name and of its sub-addresses, the destinations that lead there, also by the name of a mirror, the rights to send, postmaster_address, and what recipient_bcc, sender_bcc, sender_relayhosts and list_senders say of it; it returns how many rows of the first ones. leave: alias or relocated, for what the old address then is; NULL: nothing. Raises 22004 for NULL, 22023 for who is no user or a leave that is unknown, 23505 for an address that is taken, 23503 and 23514 where there can be no such user. Aliases are checked at COMMIT.';
REVOKE EXECUTE ON FUNCTION mailstack.rename_user(mailstack.mail_address, mailstack.mail_address, text) FROM PUBLIC;

CREATE FUNCTION mailstack.rename_domain(
        old mailstack.mail_domain, new mailstack.mail_domain, leave text DEFAULT NULL,
        OUT users bigint, OUT aliases bigint, OUT destinations bigint, OUT relay_recipients bigint, OUT senders bigint,
        OUT logins bigint, OUT mirrors bigint, OUT postmaster boolean)
    RETURNS record
    AS 'MODULE_PATHNAME', 'ms_rename_domain' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.rename_domain(mailstack.mail_domain, mailstack.mail_domain, text) IS
    'Gives a domain another name, and all that is in it or leads into it; the mail stays where it is. Returns how many rows of each. leave: mirror, so that the old name is a mirror of the new one (where the domain is a mirror itself, one of the same domain); NULL: the old name is not hosted here any more. Everything is checked before it returns, and the constraints of mailstack are set back to when they are checked by default. Raises 22004 for NULL, 22023 for a domain that is not hosted here or a leave that is unknown, 23505 for a name that is, or that Postfix cannot tell from one.';
REVOKE EXECUTE ON FUNCTION mailstack.rename_domain(mailstack.mail_domain, mailstack.mail_domain, text) FROM PUBLIC;
