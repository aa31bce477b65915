-- config_files(): which files there are, and what of the database, of the version and of the connection is in them.
SET search_path = mailstack, public;
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_ROLLBACK on
BEGIN;

-- The port of this server is another one each time.
CREATE FUNCTION pg_temp.shown(file text, product text, version text DEFAULT NULL, connection text DEFAULT NULL) RETURNS text LANGUAGE sql
RETURN (SELECT replace(content, current_setting('port'), '5432') FROM config_files(product, version, connection) WHERE path LIKE '%/' || file);

-- Nobody is to guess what the machine is called, and who reads its mail.
SELECT * FROM config_files('postfix', '3.7');
UPDATE settings SET hostname = 'mail.example.com';
SELECT * FROM config_files('dovecot', '2.3');
SELECT count(*) FROM config_files('chrony', '4.3');
UPDATE settings SET postmaster_address = 'tim@example.com', mail_root = '/srv/mail/', mail_user = 'tim', mail_group = 'mail', first_valid_uid = 200,
    mail_subdirectory = '', quota_full_tempfail = false;

-- What is known, and what is not.
SELECT * FROM config_files('exim', '4.96');
SELECT * FROM config_files('postfix', '3.6');
SELECT * FROM config_files('postfix', '4.0');
SELECT * FROM config_files('dovecot', '2.2.36');
SELECT * FROM config_files('dovecot', 'two');
SELECT * FROM config_files('dovecot', '2.3x');
SELECT * FROM config_files(NULL);
SELECT version, count(*) FROM unnest(ARRAY['3.7', '3.7.11', '3.8', '3.9.1', '3.10', '3.10.3', NULL]) AS version, config_files('postfix', version) GROUP BY 1 ORDER BY 1;
SELECT version, string_agg(left(line, 22), ' | ' ORDER BY line COLLATE "C") FROM unnest(ARRAY['3.7', '3.8', '3.9', '3.10']) AS version, config_files('postfix', version), regexp_split_to_table(content, '\n') AS line
WHERE path LIKE '%/relay_domains.cf' AND line ~ '^(retry_interval|        |dbname)' GROUP BY 1 ORDER BY 1;
SELECT path, mode, owner FROM config_files('postfix', '3.7');
SELECT path, mode, owner FROM config_files('dovecot', '2.3.19.1');
SELECT path, mode, owner FROM config_files('dovecot', '2.4.1-4', 'host=db1');
SELECT path, mode, owner FROM unnest(ARRAY['chrony', 'ntpd', 'systemd']) AS product, config_files(product);

-- Each lookup has its map.
SELECT proname FROM pg_proc WHERE pronamespace = 'mailstack'::regnamespace AND proname LIKE 'postfix\_%'
EXCEPT SELECT substring(content FROM 'mailstack\.(postfix_\w+)') FROM config_files('postfix', '3.7');

-- Every file says what made it, in its first line or after the one that is for the kernel; and no placeholder is left.
SELECT path FROM unnest(ARRAY['postfix', 'dovecot', 'chrony', 'ntpd', 'systemd']) AS product, config_files(product, NULL, 'host=db')
WHERE content !~ format('^(#!/bin/sh\n)?# Made by mailstack 0.1: config_files\(''%s''\)\.\n', product) OR content ~ '@[A-Z_]+@|^@' OR right(content, 1) <> E'\n';

-- What the database says.
SELECT line FROM config_files('postfix', '3.7'), regexp_split_to_table(content, '\n') AS line
WHERE path LIKE '%/main.cf' AND line ~ '^(myhostname|mydestination|virtual_mailbox_base|virtual_minimum_uid|recipient_delimiter|virtual_transport|relay_transport|\w+_recipient_limit) '
   OR path LIKE '%/master.cf' AND line ~ 'user=';
INSERT INTO domains(domain) VALUES ('Mail.Example.com');
INSERT INTO transport_services(service, recipient_limit) VALUES ('maildrop', 1);
UPDATE settings SET recipient_delimiter = '', virtual_transport = 'lmtp:unix:private/dovecot-lmtp';
SELECT line FROM config_files('postfix', '3.7'), regexp_split_to_table(content, '\n') AS line
WHERE path LIKE '%/main.cf' AND line ~ '^(mydestination|recipient_delimiter|virtual_transport|\w+_recipient_limit) ';
SELECT line FROM config_files('dovecot', '2.3', debug => true, queue_directory => '/srv/queue/'), regexp_split_to_table(content, '\n') AS line
WHERE path LIKE '%/dovecot.conf' AND line ~ '^ *(mail_location|first_valid|recipient_delimiter|postmaster_address|hostname|mail_debug|quota_full_tempfail|user|unix_listener) ?';

-- Where the personal script is.
UPDATE settings SET sieve_personal = 'file';
SELECT version, line FROM unnest(ARRAY['2.3', '2.4']) AS version, config_files('dovecot', version), regexp_split_to_table(content, '\n') WITH ORDINALITY AS t(line, n)
WHERE path LIKE '%.conf' AND line ~ '^(protocols|  sieve =|sieve_script|  active_path)' ORDER BY version, n;
UPDATE settings SET sieve_personal = 'database';
SELECT version, line FROM unnest(ARRAY['2.3', '2.4']) AS version, config_files('dovecot', version), regexp_split_to_table(content, '\n') WITH ORDINALITY AS t(line, n)
WHERE path LIKE '%.conf' AND line ~ '^(protocols|  sieve =|sieve_script|  active_path|  name = active)' ORDER BY version, n;

-- Postfix's own files get the same by postconf(1), each setting and each service in one line.
SELECT shown FROM pg_temp.shown('postconf.sh', 'postfix', '3.7') AS shown;

-- The database on this machine, over a network, several of them.
SELECT shown FROM pg_temp.shown('virtual_mailbox_domains.cf', 'postfix', '3.7') AS shown;
SELECT shown FROM pg_temp.shown('relocated_maps.cf', 'postfix', '3.10', 'host=db1,2001:db8::2 port=5433,6432 dbname=post_office user=reader sslmode=verify-full sslrootcert=/etc/ca+more.pem') AS shown;
SELECT shown FROM pg_temp.shown('pgpass', 'postfix', '3.7', 'host=db1 user=reader') AS shown;
SELECT shown FROM pg_temp.shown('sql.conf.ext', 'dovecot', '2.3') AS shown;
SELECT regexp_match(content, 'connect = .*', 'n') FROM config_files('dovecot', '2.3', 'host=db1,db2 port=6432 sslmode=require connect_timeout=2 passfile=/etc/secret') WHERE content LIKE '%connect =%';
SELECT * FROM config_files('dovecot', '2.3', 'host=db1,db2 port=1,2');
SELECT * FROM config_files('postfix', '3.7', 'host=db1,db2,db3 port=1,2');
SELECT * FROM config_files('postfix', '3.7', 'host=db1 password=secret');
SELECT * FROM config_files('postfix', '3.7', 'host=db1 sslkey=/etc/key sslpassword=hunter2');
SELECT * FROM config_files('postfix', '3.7', 'host=db1 ssmode=verify-full');
SELECT * FROM config_files('postfix', '3.7', 'host=db1,');
SELECT * FROM config_files('postfix', '3.7', 'host=db1,db2 port=,5433');
SELECT * FROM config_files('postfix', '3.7', 'host = db1');
SELECT * FROM config_files('postfix', '3.7', 'postgresql://db1');
SELECT * FROM config_files('postfix', '3.7', 'host=$(id)');

SELECT substring(content FROM 'sql_driver(.*?)\n#'), substring(content FROM 'dict last_login(.*?)dict_map') FROM config_files('dovecot', '2.4', 'host=db1 port=5432') WHERE path LIKE '%.conf';
SELECT substring(content FROM 'sql_driver(.*?)\n#'), substring(content FROM 'dict last_login(.*?)dict_map') FROM config_files('dovecot', '2.4', 'host=db1,db2 port=5432,5433 sslmode=require', debug => true) WHERE path LIKE '%.conf';

-- Elsewhere than Debian has it.
SELECT path FROM config_files('dovecot', '2.3', directory => '/srv/dovecot//');
SELECT * FROM config_files('dovecot', '2.3', directory => 'etc');
SELECT * FROM config_files('dovecot', '2.3', queue_directory => '/var/my spool');

-- What a file could not hold is refused, whoever wrote it into settings.
UPDATE settings SET postmaster_address = '"a b"@example.com';
SELECT * FROM config_files('dovecot', '2.3');
UPDATE settings SET postmaster_address = 'tim@example.com', mail_root = '/srv/${x}/';
SELECT * FROM config_files('postfix', '3.7');
UPDATE settings SET mail_user = 'root; id';
ROLLBACK;
