-- Where the mail lies, who owns it, and which user the pipe service of master.cf runs as.
UPDATE mailstack.settings SET mail_root = '@MAIL_ROOT@', uid = @UID@, gid = @GID@, first_valid_uid = 100;
UPDATE mailstack.transport_services SET runs_as = @UID@ WHERE service = 'dovecot';

-- One login role a daemon. They may ask their own questions and nothing else: no table, no password hash.
CREATE ROLE postfix LOGIN;
CREATE ROLE dovecot LOGIN;
SELECT mailstack.grant_postfix('postfix');
SELECT mailstack.grant_dovecot('dovecot');
