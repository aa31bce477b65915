
-- -------------------------------------------------------------- room: lookup

-- Plain C, neither SECURITY DEFINER nor SET: they read the tables directly and
-- ask for no privilege there, so EXECUTE is the privilege. ROWS 1 says what a
-- planner cannot know.

CREATE FUNCTION mailstack.postfix_virtual_mailbox_domains(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_virtual_mailbox_domains' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_virtual_mailbox_domains(text) IS
    'Postfix''s virtual_mailbox_domains (postconf(5)). For a domain of class virtual_mailbox; and for one of class virtual_alias that mirrors another (alias_of), so that mail which waits under the name of a domain that was renamed is still delivered, or whose receive is not accept, so that transport_maps can say why: the domain in A-labels. No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_virtual_mailbox_domains(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_virtual_alias_domains(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_virtual_alias_domains' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_virtual_alias_domains(text) IS
    'Postfix''s virtual_alias_domains (postconf(5)). For a domain of class virtual_alias that takes mail and mirrors no other: the domain in A-labels. No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_virtual_alias_domains(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_relay_domains(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_relay_domains' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_relay_domains(text) IS
    'Postfix''s relay_domains (postconf(5)). For a domain of class relay: the domain in A-labels. No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_relay_domains(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_virtual_mailbox_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_virtual_mailbox_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_virtual_mailbox_maps(text) IS
    'Postfix''s virtual_mailbox_maps (postconf(5)). For an address whose mailbox is here, or a sub-address of one, or one that leads to nothing but one mailbox here, by a mirrored domain or as an alias, for that is what a name may have become while mail for it waits: the maildir relative to virtual_mailbox_base, with a slash at the end as virtual(8) wants it. No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_virtual_mailbox_maps(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_virtual_alias_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_virtual_alias_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_virtual_alias_maps(text) IS
    'Postfix''s virtual_alias_maps (postconf(5)). For an address that mail is taken for: its destinations in one row, joined by commas. In this order: exact alias, mailbox (which answers itself, detail kept), base of a sub-address, mirrored domain, catch-all. Hosted destinations get the detail of a sub-address; others only where the alias says so (propagate_detail). Nothing for @domain and domain, since the full address has settled it, and nothing for an address to be refused (a suspended user, a relocated address, one whose transport is error or retry, an alias all of whose destinations are suspended or inactive, or lead to none but such), which smtpd would otherwise accept. No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_virtual_alias_maps(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_relay_recipient_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_relay_recipient_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_relay_recipient_maps(text) IS
    'Postfix''s relay_recipient_maps (postconf(5)). For an address in a relay domain that relay_recipients has, itself, by its base, or by @domain: the address. No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_relay_recipient_maps(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_transport_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_transport_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_transport_maps(text) IS
    'Postfix''s transport_maps (postconf(5)). For an address in a hosted domain: the user''s own transport, or the staged one of the domain where the user is chosen (see address_share), or that of the domain, or, in a mirror, that of the domain which it mirrors; a domain: its transport (transport(5)). No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_transport_maps(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_virtual_uid_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_virtual_uid_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_virtual_uid_maps(text) IS
    'Postfix''s virtual_uid_maps (postconf(5)). For an address that postfix_virtual_mailbox_maps() has a mailbox for: its uid. No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_virtual_uid_maps(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_virtual_gid_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_virtual_gid_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_virtual_gid_maps(text) IS
    'Postfix''s virtual_gid_maps (postconf(5)). For an address that postfix_virtual_mailbox_maps() has a mailbox for: its gid. No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_virtual_gid_maps(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_smtpd_sender_login_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_smtpd_sender_login_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_smtpd_sender_login_maps(text) IS
    'Postfix''s smtpd_sender_login_maps (postconf(5)). For a sender address: the login names that may send as it, joined by commas. Those are its mailbox; the mailboxes that an alias, a mirrored domain, a role address or a catch-all of it leads to, over as many aliases as there are, each with aliases.send; and whom sender_logins names for it, for what it is a sub-address of, or for its domain. Nobody who is suspended or receive-only (users.send). No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_smtpd_sender_login_maps(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_check_recipient_access(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_check_recipient_access' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_check_recipient_access(text) IS
    'Postfix''s check_recipient_access (postconf(5), access(5)). For an address whose domain, mirrored domain or user refuses or defers mail (receive): 550 5.2.1 or 450 4.2.1 and the reason; for an alias that is switched off, has expired, or leads to nobody who takes mail, over as many aliases as there are: 550 5.2.1, or 450 4.2.1 where that is for now; for a mailbox that has reached its quota, or an alias that leads to such alone: 452 4.2.2, or 552 5.2.2 by quota_full_tempfail of settings; for an address that has moved: 550 5.1.6 and the new one, as relocated_maps has it; for one that only named senders may write to (list_senders): the restriction class that asks about them, list_senders_1 to list_senders_16. For any other address in a hosted domain, known or not: DUNNO, which spares Postfix the questions for parts of it. No row for any other key, and for a suspended or inactive one; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_check_recipient_access(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_recipient_bcc_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_recipient_bcc_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_recipient_bcc_maps(text) IS
    'Postfix''s recipient_bcc_maps (postconf(5)). For an address in a hosted domain of which recipient_bcc says something, itself, for what it is a sub-address of, for either in the domain that its own mirrors, or for @domain: who gets a copy. No row for any other key, and for a suspended or inactive domain; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_recipient_bcc_maps(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_sender_bcc_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_sender_bcc_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_sender_bcc_maps(text) IS
    'Postfix''s sender_bcc_maps (postconf(5)). For an address in a hosted domain of which sender_bcc says something, itself, for what it is a sub-address of, for either in the domain that its own mirrors, or for @domain: who gets a copy. No row for any other key, and for a suspended or inactive domain; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_sender_bcc_maps(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_sender_dependent_relayhost_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_sender_dependent_relayhost_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_sender_dependent_relayhost_maps(text) IS
    'Postfix''s sender_dependent_relayhost_maps (postconf(5)). For an address in a hosted domain of which sender_relayhosts says something, itself, for what it is a sub-address of, for either in the domain that its own mirrors, or for @domain: the host through which its mail leaves. No row for any other key, and for a suspended or inactive domain; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_sender_dependent_relayhost_maps(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_list_senders(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_list_senders' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_list_senders(text) IS
    'For the check_sender_access (access(5)) of the restriction classes list_senders_1 to list_senders_16, which postfix_check_recipient_access() answers. For the number of one, a colon and a sender: DUNNO where list_senders names the sender for the lists of that slot, itself, for what it is a sub-address of, for either in the domain that its own mirrors, or for @domain; 550 5.7.1 for anybody else, the empty sender among them. No row for any other key; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_list_senders(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_check_sasl_access(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_check_sasl_access' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_check_sasl_access(text) IS
    'Postfix''s check_sasl_access (postconf(5), access(5)). For the login name of a user who is suspended or receive-only (users.send): the refusal (553 5.7.1), also of the empty sender, which smtpd_sender_login_maps is not asked about. No row for any other key; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_check_sasl_access(text) FROM PUBLIC;

CREATE FUNCTION mailstack.postfix_relocated_maps(key text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'ms_postfix_relocated_maps' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.postfix_relocated_maps(text) IS
    'Postfix''s relocated_maps (postconf(5), relocated(5)). For an address that has moved, a sub-address of one, or either in a domain that mirrors its: the new address, which smtpd names in its refusal (550 5.1.6). No row for any other key; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.postfix_relocated_maps(text) FROM PUBLIC;

-- What Dovecot is answered, as types of their own: a row of a named type costs the
-- server a sixth less to parse and plan than one of OUT columns, and each column
-- that is left out a few per cent. So each release of Dovecot has types of its own.

CREATE TYPE mailstack.dovecot_user AS (home text, uid integer, gid integer, mail text, quota_rule text);
COMMENT ON TYPE mailstack.dovecot_user IS 'What Dovecot''s user_query returns: see dovecot_userdb().';

CREATE TYPE mailstack.dovecot_password AS
    ("user" text, password text, userdb_home text, userdb_uid integer, userdb_gid integer, userdb_mail text, userdb_quota_rule text,
     allow_nets text);
COMMENT ON TYPE mailstack.dovecot_password IS 'What Dovecot''s password_query returns: see dovecot_passdb().';

CREATE TYPE mailstack.dovecot_app_password AS
    ("user" text, password text, userdb_home text, userdb_uid integer, userdb_gid integer, userdb_mail text, userdb_quota_rule text,
     allow_nets text, userdb_app_password text);
COMMENT ON TYPE mailstack.dovecot_app_password IS 'What the password_query for app passwords returns: see dovecot_app_passdb().';

CREATE TYPE mailstack.dovecot_user_2_4 AS
    (home text, uid integer, gid integer, mail_path text, quota_storage_size bigint, quota_message_count bigint);
COMMENT ON TYPE mailstack.dovecot_user_2_4 IS 'dovecot_user for Dovecot 2.4: see dovecot_userdb_2_4().';

CREATE TYPE mailstack.dovecot_password_2_4 AS
    ("user" text, password text, userdb_home text, userdb_uid integer, userdb_gid integer, userdb_mail_path text,
     userdb_quota_storage_size bigint, userdb_quota_message_count bigint, allow_nets text);
COMMENT ON TYPE mailstack.dovecot_password_2_4 IS 'dovecot_password for Dovecot 2.4: see dovecot_passdb_2_4().';

CREATE TYPE mailstack.dovecot_app_password_2_4 AS
    ("user" text, password text, userdb_home text, userdb_uid integer, userdb_gid integer, userdb_mail_path text,
     userdb_quota_storage_size bigint, userdb_quota_message_count bigint, allow_nets text, userdb_app_password text);
COMMENT ON TYPE mailstack.dovecot_app_password_2_4 IS 'dovecot_app_password for Dovecot 2.4: see dovecot_app_passdb_2_4().';

CREATE FUNCTION mailstack.dovecot_passdb(username text, service text DEFAULT NULL)
    RETURNS SETOF mailstack.dovecot_password
    AS 'MODULE_PATHNAME', 'ms_dovecot_passdb' LANGUAGE c STABLE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.dovecot_passdb(text, text) IS
    'Dovecot''s password_query: the password of an active user and, for userdb prefetch, what dovecot_userdb() says, by the names that Dovecot''s SQL passdb documents. No row for an unknown or suspended user, one without a password, or one that domains.services or users.services keep from the service; never raises. The service is %s, by Dovecot''s name or Postfix''s (smtp for submission); NULL and doveadm are kept from nobody. allow_nets is users.allow_nets; absent for lmtp and doveadm, where nobody logs in from anywhere.';
REVOKE EXECUTE ON FUNCTION mailstack.dovecot_passdb(text, text) FROM PUBLIC;

CREATE FUNCTION mailstack.dovecot_app_passdb(username text, service text, slot integer)
    RETURNS SETOF mailstack.dovecot_app_password
    AS 'MODULE_PATHNAME', 'ms_dovecot_app_passdb' LANGUAGE c STABLE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.dovecot_app_passdb(text, text, integer) IS
    'Dovecot''s password_query for the app password of a user in a slot (app_passwords), asked by one passdb after the other where the main password was not the one: as dovecot_passdb(), with what the networks of the user and of the app password both hold, and its name for the last_login plugin. No row where dovecot_passdb() has none for the service, for a slot that is free, for an app password that has expired or is not for the service, and where the networks have none in common; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.dovecot_app_passdb(text, text, integer) FROM PUBLIC;

CREATE FUNCTION mailstack.dovecot_userdb(username text)
    RETURNS SETOF mailstack.dovecot_user
    AS 'MODULE_PATHNAME', 'ms_dovecot_userdb' LANGUAGE c STABLE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.dovecot_userdb(text) IS
    'Dovecot''s user_query: home, uid, gid, mail location and quota_rule of an active user, or of the one to whom alone an alias or a mirror of the name leads, since mail may have waited under it; the mail lies where postfix_virtual_mailbox_maps() sends virtual(8). That is for delivery: a login by such a name is none, see dovecot_passdb(). quota_rule is NULL where there is no limit. No row for an unknown or suspended user; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.dovecot_userdb(text) FROM PUBLIC;

CREATE FUNCTION mailstack.dovecot_passdb_2_4(username text, service text DEFAULT NULL)
    RETURNS SETOF mailstack.dovecot_password_2_4
    AS 'MODULE_PATHNAME', 'ms_dovecot_passdb_2_4' LANGUAGE c STABLE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.dovecot_passdb_2_4(text, text) IS
    'dovecot_passdb() for Dovecot 2.4 (passdb_sql_query), which knows the mail location and the quota by other names.';
REVOKE EXECUTE ON FUNCTION mailstack.dovecot_passdb_2_4(text, text) FROM PUBLIC;

CREATE FUNCTION mailstack.dovecot_app_passdb_2_4(username text, service text, slot integer)
    RETURNS SETOF mailstack.dovecot_app_password_2_4
    AS 'MODULE_PATHNAME', 'ms_dovecot_app_passdb_2_4' LANGUAGE c STABLE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.dovecot_app_passdb_2_4(text, text, integer) IS
    'dovecot_app_passdb() for Dovecot 2.4, which knows the mail location and the quota by other names.';
REVOKE EXECUTE ON FUNCTION mailstack.dovecot_app_passdb_2_4(text, text, integer) FROM PUBLIC;

CREATE FUNCTION mailstack.dovecot_userdb_2_4(username text)
    RETURNS SETOF mailstack.dovecot_user_2_4
    AS 'MODULE_PATHNAME', 'ms_dovecot_userdb_2_4' LANGUAGE c STABLE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION mailstack.dovecot_userdb_2_4(text) IS
    'dovecot_userdb() for Dovecot 2.4 (userdb_sql_query): the mail location is mail_path, to be read with mail_driver = maildir; the quota is quota_storage_size and quota_message_count, NULL where there is no limit.';
REVOKE EXECUTE ON FUNCTION mailstack.dovecot_userdb_2_4(text) FROM PUBLIC;

CREATE FUNCTION mailstack.dovecot_iterate() RETURNS TABLE ("user" text)
    AS 'MODULE_PATHNAME', 'ms_dovecot_iterate' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.dovecot_iterate() IS
    'Dovecot''s iterate_query: the login name of every active user, in no order.';
REVOKE EXECUTE ON FUNCTION mailstack.dovecot_iterate() FROM PUBLIC;
