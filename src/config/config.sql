
-- -------------------------------------------------------------- room: config

CREATE FUNCTION mailstack.config_files(
        product text, version text DEFAULT NULL, connection text DEFAULT NULL, directory text DEFAULT NULL,
        queue_directory text DEFAULT NULL, debug boolean DEFAULT false,
        OUT path text, OUT mode text, OUT owner text, OUT content text)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'ms_config_files' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.config_files(text, text, text, text, text, boolean) IS
    'The configuration of a program (postfix, dovecot, chrony, ntpd or systemd) that agrees with this database: a row for each file, with its path, mode and owner. version is that of the program, such as 3.7.11; NULL: the newest there is a configuration for. connection says how the program reaches the database, as psql takes it: host=db1,db2 port=5432 dbname=mail user=postfix sslmode=verify-full, of which each may be left out; then it is the socket of this database on this machine, and the role has the name of the program. With a host there is a file pgpass, in which the password is left to edit. directory is where its configuration lies and queue_directory Postfix''s, both as Debian has them if NULL; debug: Dovecot logs what becomes of each message. For postfix, mailstack/postconf.sh puts the settings and services into main.cf and master.cf. Raises 22004 without a product, 22023 for a product, a version or a parameter of connection that is not known and for what cannot be written into a file, 55000 while hostname or postmaster_address of settings is not set.';
REVOKE EXECUTE ON FUNCTION mailstack.config_files(text, text, text, text, text, boolean) FROM PUBLIC;
