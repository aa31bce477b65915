-- Where the mail lies, who owns it, what this server is called, and which user the pipe service of master.cf runs as.
UPDATE mailstack.settings SET mail_root = '@MAIL_ROOT@', uid = @UID@, gid = @GID@, first_valid_uid = 100, mail_user = '@USER@', mail_group = '@GROUP@',
    hostname = 'mail.example.com', postmaster_address = 'postmaster@example.com';
UPDATE mailstack.transport_services SET runs_as = @UID@ WHERE service = 'dovecot';
