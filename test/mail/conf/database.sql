-- Where the mail lies, who owns it, and which user the pipe service of master.cf runs as.
UPDATE mailstack.settings SET mail_root = '@MAIL_ROOT@', uid = @UID@, gid = @GID@, first_valid_uid = 100;
UPDATE mailstack.transport_services SET runs_as = @UID@ WHERE service = 'dovecot';

-- One login role a daemon. They may ask their own questions and nothing else: no table, no password hash.
CREATE ROLE postfix LOGIN;
CREATE ROLE dovecot LOGIN;
GRANT USAGE ON SCHEMA mailstack TO postfix, dovecot;
GRANT EXECUTE ON FUNCTION
    mailstack.postfix_virtual_mailbox_domains(text),
    mailstack.postfix_virtual_alias_domains(text),
    mailstack.postfix_relay_domains(text),
    mailstack.postfix_virtual_mailbox_maps(text),
    mailstack.postfix_virtual_alias_maps(text),
    mailstack.postfix_relay_recipient_maps(text),
    mailstack.postfix_transport_maps(text),
    mailstack.postfix_virtual_uid_maps(text),
    mailstack.postfix_virtual_gid_maps(text),
    mailstack.postfix_relocated_maps(text),
    mailstack.postfix_smtpd_sender_login_maps(text),
    mailstack.postfix_check_sasl_access(text),
    mailstack.postfix_check_recipient_access(text),
    mailstack.postfix_list_senders(text),
    mailstack.postfix_recipient_bcc_maps(text),
    mailstack.postfix_sender_bcc_maps(text),
    mailstack.postfix_sender_dependent_relayhost_maps(text)
TO postfix;
GRANT EXECUTE ON FUNCTION
    mailstack.dovecot_passdb(text, text),
    mailstack.dovecot_app_passdb(text, text, integer),
    mailstack.dovecot_userdb(text),
    mailstack.dovecot_iterate()
TO dovecot;
-- What Dovecot's dict needs for its INSERT ... ON CONFLICT; the table is always empty.
GRANT SELECT, INSERT, UPDATE ON mailstack.dovecot_last_login TO dovecot;
-- Always empty: there is nothing to read in it.
GRANT INSERT, UPDATE, DELETE ON mailstack.dovecot_quota TO dovecot;
GRANT SELECT (username) ON mailstack.dovecot_quota TO dovecot;
