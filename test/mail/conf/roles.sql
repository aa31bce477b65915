-- One login role a daemon. They may ask their own questions and nothing else: no table, no password hash.
CREATE ROLE postfix LOGIN;
CREATE ROLE dovecot LOGIN;
SELECT mailstack.grant_postfix('postfix');
SELECT mailstack.grant_dovecot('dovecot');
