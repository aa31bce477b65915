
-- -------------------------------------------------------------- room: schema

-- The hash indexes are for the lookups, which ask for one key: a btree's descent
-- compares some twenty keys among a million, a hash index none but the one found.

CREATE TABLE mailstack.transport_services (
    service text PRIMARY KEY
        CONSTRAINT transport_services_service_name
        CHECK (mailstack.to_mail_transport(service)::text IS NOT DISTINCT FROM service
               AND strpos(service, ':') = 0),
    classes text[] NOT NULL DEFAULT '{virtual_mailbox}'
        CONSTRAINT transport_services_classes_known CHECK (classes <@ '{virtual_mailbox,relay}'),
    runs_as integer CONSTRAINT transport_services_runs_as_not_root CHECK (runs_as > 0),
    recipient_limit integer CONSTRAINT transport_services_recipient_limit_positive CHECK (recipient_limit > 0),
    preloaded boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE mailstack.transport_services IS 'The services of master.cf(5) that a transport may name. Postfix accepts mail for a service that it does not have and then defers it for ever.';
COMMENT ON COLUMN mailstack.transport_services.service IS 'The name in master.cf, in its letter case.';
COMMENT ON COLUMN mailstack.transport_services.classes IS 'The classes of domains that it delivers for: virtual_mailbox, relay, both, or none while it is out of use.';
COMMENT ON COLUMN mailstack.transport_services.runs_as IS 'The uid of the user= of a pipe(8) service: it can only deliver for users with this uid. NULL: it takes any uid.';
COMMENT ON COLUMN mailstack.transport_services.recipient_limit IS 'What SERVICE_destination_recipient_limit in main.cf has to be; 1 for the LDA. NULL: Postfix''s default.';
COMMENT ON COLUMN mailstack.transport_services.preloaded IS 'Whether the service came with the extension. Such a service is not deleted: give it no classes instead.';

INSERT INTO mailstack.transport_services (service, classes, recipient_limit, preloaded) VALUES
    ('virtual', '{virtual_mailbox}', NULL, true),
    ('dovecot', '{virtual_mailbox}', 1, true),
    ('lmtp', '{virtual_mailbox,relay}', NULL, true),
    ('smtp', '{relay}', NULL, true),
    ('relay', '{relay}', NULL, true),
    ('error', '{virtual_mailbox,relay}', NULL, true),
    ('retry', '{virtual_mailbox,relay}', NULL, true),
    ('discard', '{virtual_mailbox,relay}', NULL, true);

CREATE TABLE mailstack.settings (
    singleton boolean PRIMARY KEY DEFAULT true CONSTRAINT settings_one_row CHECK (singleton),
    mail_root mailstack.maildir_path NOT NULL DEFAULT '/home/mail/'
        CONSTRAINT settings_mail_root_absolute CHECK (starts_with(mail_root::text, '/')),
    uid integer NOT NULL DEFAULT 5000,
    gid integer NOT NULL DEFAULT 5000,
    first_valid_uid integer NOT NULL DEFAULT 500 CONSTRAINT settings_first_valid_uid_not_root CHECK (first_valid_uid > 0),
    first_valid_gid integer NOT NULL DEFAULT 1 CONSTRAINT settings_first_valid_gid_not_root CHECK (first_valid_gid > 0),
    mail_user text NOT NULL DEFAULT 'vmail' CONSTRAINT settings_mail_user_name CHECK (mail_user ~ '^[a-zA-Z_][-a-zA-Z0-9_.]{0,31}$'),
    mail_group text NOT NULL DEFAULT 'vmail' CONSTRAINT settings_mail_group_name CHECK (mail_group ~ '^[a-zA-Z_][-a-zA-Z0-9_.]{0,31}$'),
    recipient_delimiter text NOT NULL DEFAULT '+'
        CONSTRAINT settings_recipient_delimiter_atext CHECK (recipient_delimiter ~ '^[-!#$%&*+./=?^_`{|}~]*$'),
    mail_subdirectory text NOT NULL DEFAULT 'Maildir/',
    virtual_transport mailstack.mail_transport NOT NULL DEFAULT 'virtual',
    relay_transport mailstack.mail_transport NOT NULL DEFAULT 'relay',
    postmaster_address mailstack.mail_address,
    hostname mailstack.mail_domain,
    role_addresses text[] NOT NULL DEFAULT '{postmaster,abuse}'
        CONSTRAINT settings_role_addresses_filled CHECK (array_position(role_addresses, NULL) IS NULL),
    password_scheme text NOT NULL DEFAULT 'ARGON2ID'
        CONSTRAINT settings_password_scheme_written CHECK (password_scheme IN ('ARGON2ID', 'BLF-CRYPT', 'SHA512-CRYPT', 'SCRAM-SHA-256')),
    password_lowest_scheme text
        CONSTRAINT settings_password_lowest_scheme_known CHECK (mailstack.password_strength(password_lowest_scheme) IS NOT NULL OR password_lowest_scheme IS NULL),
    password_min_length integer NOT NULL DEFAULT 8 CONSTRAINT settings_password_min_length_bounds CHECK (password_min_length BETWEEN 1 AND 128),
    argon2_memory integer NOT NULL DEFAULT 19456 CONSTRAINT settings_argon2_memory_bounds CHECK (argon2_memory BETWEEN 1024 AND 1048576),
    argon2_iterations integer NOT NULL DEFAULT 2 CONSTRAINT settings_argon2_iterations_bounds CHECK (argon2_iterations BETWEEN 1 AND 100),
    CONSTRAINT settings_argon2_ceiling CHECK (argon2_memory::bigint * argon2_iterations <= 4194304),
    quota_full_tempfail boolean NOT NULL DEFAULT true,
    audit_rows integer NOT NULL DEFAULT 1000 CONSTRAINT settings_audit_rows_positive CHECK (audit_rows > 0),
    sieve_personal text NOT NULL DEFAULT 'file' CONSTRAINT settings_sieve_personal_known CHECK (sieve_personal IN ('file', 'database')),
    maildir_runner boolean NOT NULL DEFAULT false,
    retired_days integer DEFAULT 30 CONSTRAINT settings_retired_days_bounds CHECK (retired_days BETWEEN 0 AND 36500),
    virtual_transport_service text GENERATED ALWAYS AS (mailstack.transport_service(virtual_transport)) STORED
        REFERENCES mailstack.transport_services DEFERRABLE,
    relay_transport_service text GENERATED ALWAYS AS (mailstack.transport_service(relay_transport)) STORED
        REFERENCES mailstack.transport_services DEFERRABLE,
    CONSTRAINT settings_uid_valid CHECK (uid >= first_valid_uid),
    CONSTRAINT settings_gid_valid CHECK (gid >= first_valid_gid)
);
COMMENT ON TABLE mailstack.settings IS 'What holds for the whole server: one row, changed by UPDATE. Names are those of Postfix (postconf(5)) and Dovecot.';
COMMENT ON COLUMN mailstack.settings.singleton IS 'Always true: there is one row.';
COMMENT ON COLUMN mailstack.settings.mail_root IS 'Where the homes are; Postfix''s virtual_mailbox_base. Absolute.';
COMMENT ON COLUMN mailstack.settings.uid IS 'The uid that a new domain gets where none is given.';
COMMENT ON COLUMN mailstack.settings.gid IS 'The gid that a new domain gets where none is given.';
COMMENT ON COLUMN mailstack.settings.first_valid_uid IS 'No domain and no user has a lower uid; Dovecot''s first_valid_uid.';
COMMENT ON COLUMN mailstack.settings.first_valid_gid IS 'No domain and no user has a lower gid; Dovecot''s first_valid_gid.';
COMMENT ON COLUMN mailstack.settings.mail_user IS 'The name of the system user with that uid: the user= of a pipe(8) service, and who may open Dovecot''s sockets. For config_files().';
COMMENT ON COLUMN mailstack.settings.mail_group IS 'The name of the group with that gid.';
COMMENT ON COLUMN mailstack.settings.recipient_delimiter IS 'The characters that divide user+detail; Postfix''s and Dovecot''s recipient_delimiter. Empty: there are no sub-addresses.';
COMMENT ON COLUMN mailstack.settings.mail_subdirectory IS 'The mail_subdirectory that a new user gets where none is given.';
COMMENT ON COLUMN mailstack.settings.virtual_transport IS 'The transport that a new virtual_mailbox domain gets where none is given.';
COMMENT ON COLUMN mailstack.settings.relay_transport IS 'The transport that a new relay domain gets where none is given.';
COMMENT ON COLUMN mailstack.settings.postmaster_address IS 'Dovecot''s postmaster_address: who signs its rejections; and who gets the mail for role_addresses.';
COMMENT ON COLUMN mailstack.settings.hostname IS 'Postfix''s myhostname and Dovecot''s hostname.';
COMMENT ON COLUMN mailstack.settings.role_addresses IS 'Local parts that every virtual_mailbox and virtual_alias domain has without a row (RFC 2142, RFC 5321 section 4.5.1): their mail goes to postmaster_address, where that is set. A mailbox or an alias of the name comes first; a catch-all comes after.';
COMMENT ON COLUMN mailstack.settings.password_scheme IS 'The scheme that set_password() writes where none is named: ARGON2ID, BLF-CRYPT, SHA512-CRYPT or SCRAM-SHA-256.';
COMMENT ON COLUMN mailstack.settings.password_lowest_scheme IS 'A password whose scheme is weaker than this one, as password_strength() counts, is refused. NULL: none is, and of those of strength 0, which are broken, the writer is warned. What is there already stays, and stands in weak_passwords.';
COMMENT ON COLUMN mailstack.settings.password_min_length IS 'The characters that a password has at least, which set_password() sees to: of a hash nobody can tell.';
COMMENT ON COLUMN mailstack.settings.argon2_memory IS 'The memory in KiB that a hash of ARGON2ID takes, in set_password() and then in each login: Dovecot''s vsz_limit for auth has to allow it. Up to 1048576, and times argon2_iterations up to 4194304. 19456 and two iterations are OWASP''s.';
COMMENT ON COLUMN mailstack.settings.argon2_iterations IS 'The passes over that memory.';
COMMENT ON COLUMN mailstack.settings.quota_full_tempfail IS 'Dovecot''s quota_full_tempfail: whether mail for a mailbox over quota is to be tried again (452 4.2.2), or refused for good (552 5.2.2).';
COMMENT ON COLUMN mailstack.settings.audit_rows IS 'How many rows of one statement the table audit has one by one; of a statement that changes more it has their number alone, but for one of a delegated administrator.';
COMMENT ON COLUMN mailstack.settings.sieve_personal IS 'Where the personal script of a user is: file, in the home, where ManageSieve (RFC 5804) writes it; or database, where Dovecot''s ManageSieve cannot write, and does not start: the active one of the user in sieve_scripts.';
COMMENT ON COLUMN mailstack.settings.maildir_runner IS 'Whether mailstack-runner carries out on the disk what happens to users: what is to be done is written into maildir_tasks then, from the next change on.';
COMMENT ON COLUMN mailstack.settings.retired_days IS 'How many days mailstack-runner keeps a maildir that nobody has any more before it deletes it and its row of retired_maildirs. NULL: for ever.';
COMMENT ON COLUMN mailstack.settings.virtual_transport_service IS 'The service of virtual_transport.';
COMMENT ON COLUMN mailstack.settings.relay_transport_service IS 'The service of relay_transport.';

INSERT INTO mailstack.settings DEFAULT VALUES;

CREATE TABLE mailstack.domains (
    domain mailstack.mail_domain PRIMARY KEY,
    class text NOT NULL
        CONSTRAINT domains_class_known CHECK (class IN ('virtual_mailbox', 'virtual_alias', 'relay')),
    alias_of mailstack.mail_domain,
    transport mailstack.mail_transport,
    staged_transport mailstack.mail_transport,
    staged_share real,
    uid integer NOT NULL CONSTRAINT domains_uid_not_root CHECK (uid > 0),
    gid integer NOT NULL CONSTRAINT domains_gid_not_root CHECK (gid > 0),
    active boolean NOT NULL DEFAULT true,
    suspended_reason text CONSTRAINT domains_suspended_reason_line
        CHECK (octet_length(suspended_reason) BETWEEN 1 AND 200 AND suspended_reason !~ '[\u0001-\u001f\u007f]'),
    services text[]
        CONSTRAINT domains_services_known CHECK (services <@ '{imap,pop3,submission,sieve,lmtp}'),
    receive text NOT NULL DEFAULT 'accept'
        CONSTRAINT domains_receive_known CHECK (receive IN ('accept', 'defer', 'refuse')),
    receive_reason text
        CONSTRAINT domains_receive_reason_ascii CHECK (receive_reason ~ '^[ -~]{1,200}$'),
    quota_bytes bigint CONSTRAINT domains_quota_bytes_positive CHECK (quota_bytes > 0),
    quota_messages bigint CONSTRAINT domains_quota_messages_positive CHECK (quota_messages > 0),
    quota_pool_bytes bigint CONSTRAINT domains_quota_pool_bytes_positive CHECK (quota_pool_bytes > 0),
    created timestamptz NOT NULL DEFAULT now(),
    -- What the domain can be to other rows; NULL where it cannot. The foreign
    -- keys below point at these (and the trigger domains_mirror at mirror_target), so that they say "hosted, in a class that fits".
    mailbox_domain mailstack.mail_domain GENERATED ALWAYS AS (CASE WHEN class = 'virtual_mailbox' THEN domain END) STORED UNIQUE,
    alias_domain mailstack.mail_domain GENERATED ALWAYS AS (CASE WHEN class <> 'relay' THEN domain END) STORED UNIQUE,
    relay_domain mailstack.mail_domain GENERATED ALWAYS AS (CASE WHEN class = 'relay' THEN domain END) STORED UNIQUE,
    mirror_target mailstack.mail_domain GENERATED ALWAYS AS (CASE WHEN class <> 'relay' AND alias_of IS NULL THEN domain END) STORED UNIQUE,
    postfix_key mailstack.mail_domain GENERATED ALWAYS AS (mailstack.domain_postfix_key(domain)) STORED UNIQUE,
    transport_service text GENERATED ALWAYS AS (mailstack.transport_service(transport)) STORED
        REFERENCES mailstack.transport_services DEFERRABLE,
    staged_transport_service text GENERATED ALWAYS AS (mailstack.transport_service(staged_transport)) STORED
        REFERENCES mailstack.transport_services DEFERRABLE,
    CONSTRAINT domains_mirror_class CHECK (alias_of IS NULL OR class = 'virtual_alias'),
    CONSTRAINT domains_transport_class CHECK ((transport IS NULL) = (class = 'virtual_alias')),
    CONSTRAINT domains_staged_both CHECK ((staged_transport IS NULL) = (staged_share IS NULL)),
    CONSTRAINT domains_staged_class CHECK (staged_transport IS NULL OR class = 'virtual_mailbox'),
    CONSTRAINT domains_staged_otherwise CHECK (staged_transport OPERATOR(mailstack.<>) transport),
    CONSTRAINT domains_staged_share_part CHECK (staged_share > 0 AND staged_share < 1)
);
CREATE INDEX domains_domain_hash ON mailstack.domains USING hash (domain);
CREATE INDEX domains_postfix_key_hash ON mailstack.domains USING hash (postfix_key);
CREATE INDEX domains_alias_of_idx ON mailstack.domains (alias_of mailstack.mail_domain_ops);
CREATE INDEX domains_transport_service_idx ON mailstack.domains (transport_service);
CREATE INDEX domains_staged_transport_service_idx ON mailstack.domains (staged_transport_service)
    WHERE staged_transport_service IS NOT NULL;
COMMENT ON TABLE mailstack.domains IS 'The domains hosted here, each in one address class. INSERT INTO domains(domain) is enough.';
COMMENT ON COLUMN mailstack.domains.domain IS 'The domain, in lower-case A-labels.';
COMMENT ON COLUMN mailstack.domains.class IS 'Postfix''s address class: virtual_mailbox, virtual_alias or relay. Left out: virtual_alias where alias_of is given, else virtual_mailbox.';
COMMENT ON COLUMN mailstack.domains.alias_of IS 'The domain that this one mirrors: every address there is an address here. Only for a virtual_alias domain; it does not chain.';
COMMENT ON COLUMN mailstack.domains.transport IS 'How its mail is delivered: transport(5). NULL for a virtual_alias domain, whose mail is delivered where its aliases lead. Left out: virtual_transport or relay_transport of settings.';
COMMENT ON COLUMN mailstack.domains.staged_transport IS 'While a switch goes on in stages: the transport of the users whose address_share() is below staged_share. NULL: of none. Who has a transport of his own keeps it. An UPDATE of transport alone ends the stage.';
COMMENT ON COLUMN mailstack.domains.staged_share IS 'The share of the users that staged_transport delivers for, between 0 and 1. Raised, it keeps those that were chosen.';
COMMENT ON COLUMN mailstack.domains.uid IS 'The uid that a new user gets. Left out: that of settings.';
COMMENT ON COLUMN mailstack.domains.gid IS 'The gid that a new user gets. Left out: that of settings.';
COMMENT ON COLUMN mailstack.domains.active IS 'False: mail for the domain is refused and nobody logs in.';
COMMENT ON COLUMN mailstack.domains.suspended_reason IS 'Why it is not active, for explain_login() and route(); no sender and no user is told. Goes when the domain is active again.';
COMMENT ON COLUMN mailstack.domains.services IS 'What its users may log in to: imap, pop3, submission, sieve, lmtp. NULL: all; empty: nothing.';
COMMENT ON COLUMN mailstack.domains.receive IS 'accept, or what a sender is told at RCPT of every address: defer (450, to try again) or refuse (550). Logins go on.';
COMMENT ON COLUMN mailstack.domains.receive_reason IS 'The words for it: printable ASCII, as RFC 5321 has it. NULL: some of ours.';
COMMENT ON COLUMN mailstack.domains.quota_bytes IS 'How many bytes of mail each of its users may have who has no quota_bytes of his own: pg_size_bytes(''5 GB''). NULL: as many as he likes.';
COMMENT ON COLUMN mailstack.domains.quota_messages IS 'The same in messages.';
COMMENT ON COLUMN mailstack.domains.quota_pool_bytes IS 'What the quotas of its users, in bytes, may come to together, whether they use them or not; every user has to have one then. NULL: there is no such limit.';
COMMENT ON COLUMN mailstack.domains.created IS 'When the row was made.';
COMMENT ON COLUMN mailstack.domains.mailbox_domain IS 'The domain where users may have mailboxes in it, else NULL.';
COMMENT ON COLUMN mailstack.domains.alias_domain IS 'The domain where aliases may be in it, else NULL.';
COMMENT ON COLUMN mailstack.domains.relay_domain IS 'The domain where mail is relayed for it, else NULL.';
COMMENT ON COLUMN mailstack.domains.mirror_target IS 'The domain where another may mirror it, else NULL.';
COMMENT ON COLUMN mailstack.domains.postfix_key IS 'The name under which Postfix asks for it where it was typed with U-labels: see domain_postfix_key().';
COMMENT ON COLUMN mailstack.domains.transport_service IS 'The service of the transport.';
COMMENT ON COLUMN mailstack.domains.staged_transport_service IS 'The service of staged_transport.';

CREATE TABLE mailstack.relay_recipients (
    recipient mailstack.alias_key PRIMARY KEY,
    domain mailstack.mail_domain NOT NULL GENERATED ALWAYS AS (mailstack.address_domain(recipient)) STORED
        REFERENCES mailstack.domains (relay_domain) DEFERRABLE
);
CREATE INDEX relay_recipients_recipient_hash ON mailstack.relay_recipients USING hash (recipient);
CREATE INDEX relay_recipients_domain_idx ON mailstack.relay_recipients (domain mailstack.mail_domain_ops);
COMMENT ON TABLE mailstack.relay_recipients IS 'Who exists in a relay domain: relay_recipient_maps of postconf(5). Mail for anybody else is refused.';
COMMENT ON COLUMN mailstack.relay_recipients.recipient IS 'An address, or @domain where the next host is to decide.';
COMMENT ON COLUMN mailstack.relay_recipients.domain IS 'The domain of the recipient.';

CREATE TABLE mailstack.users (
    email mailstack.mail_address PRIMARY KEY,
    password mailstack.mail_password,
    realname text,
    maildir mailstack.maildir_path NOT NULL UNIQUE
        CONSTRAINT users_maildir_relative CHECK (NOT starts_with(maildir::text, '/')),
    mail_subdirectory text NOT NULL,
    uid integer NOT NULL CONSTRAINT users_uid_not_root CHECK (uid > 0),
    gid integer NOT NULL CONSTRAINT users_gid_not_root CHECK (gid > 0),
    transport mailstack.mail_transport,
    keep_copy boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true,
    suspended_reason text CONSTRAINT users_suspended_reason_line
        CHECK (octet_length(suspended_reason) BETWEEN 1 AND 200 AND suspended_reason !~ '[\u0001-\u001f\u007f]'),
    services text[]
        CONSTRAINT users_services_known CHECK (services <@ '{imap,pop3,submission,sieve,lmtp}'),
    allow_nets cidr[]
        CONSTRAINT users_allow_nets_filled CHECK (cardinality(allow_nets) > 0 AND array_position(allow_nets, NULL) IS NULL),
    receive text NOT NULL DEFAULT 'accept'
        CONSTRAINT users_receive_known CHECK (receive IN ('accept', 'defer', 'refuse')),
    receive_reason text
        CONSTRAINT users_receive_reason_ascii CHECK (receive_reason ~ '^[ -~]{1,200}$'),
    send boolean NOT NULL DEFAULT true,
    quota_bytes bigint CONSTRAINT users_quota_bytes_not_negative CHECK (quota_bytes >= 0),
    quota_messages bigint CONSTRAINT users_quota_messages_not_negative CHECK (quota_messages >= 0),
    created timestamptz NOT NULL DEFAULT now(),
    domain mailstack.mail_domain NOT NULL GENERATED ALWAYS AS (mailstack.address_domain(email)) STORED
        REFERENCES mailstack.domains (mailbox_domain) DEFERRABLE,
    transport_service text GENERATED ALWAYS AS (mailstack.transport_service(transport)) STORED
        REFERENCES mailstack.transport_services DEFERRABLE
);
CREATE INDEX users_email_hash ON mailstack.users USING hash (email);
CREATE INDEX users_maildir_may_nest_idx ON mailstack.users (maildir) WHERE mailstack.maildir_may_nest(maildir);
CREATE INDEX users_domain_uid_idx ON mailstack.users (domain mailstack.mail_domain_ops, uid);
CREATE INDEX users_transport_service_idx ON mailstack.users (transport_service) WHERE transport_service IS NOT NULL;
COMMENT ON TABLE mailstack.users IS 'The mailboxes. INSERT INTO users(email, password) is enough.';
COMMENT ON COLUMN mailstack.users.email IS 'The address, which is also the login name; stored in canonical form. It may not hold the recipient_delimiter of settings.';
COMMENT ON COLUMN mailstack.users.password IS 'What Dovecot compares with: a hash with its {SCHEME}, as set_password() or "doveadm pw" makes it. One that takes more than seconds to compute is refused. NULL: nobody can log in.';
COMMENT ON COLUMN mailstack.users.realname IS 'The name of the person.';
COMMENT ON COLUMN mailstack.users.maildir IS 'The home, relative to mail_root of settings. Left out: domain/local/. No home lies inside another.';
COMMENT ON COLUMN mailstack.users.mail_subdirectory IS 'Where in the home the mail is; empty: the home itself, which mixes the files of Sieve and LDA with the folders. Left out: that of settings.';
COMMENT ON COLUMN mailstack.users.uid IS 'The uid that mail is stored with. Left out: that of the domain.';
COMMENT ON COLUMN mailstack.users.gid IS 'The gid that mail is stored with. Left out: that of the domain.';
COMMENT ON COLUMN mailstack.users.transport IS 'A transport of the user''s own, or NULL for that of the domain (the staged one, where the user is chosen).';
COMMENT ON COLUMN mailstack.users.keep_copy IS 'Where an alias has the same address: whether the mailbox gets the mail, too.';
COMMENT ON COLUMN mailstack.users.active IS 'False: the user is suspended; mail is refused and login fails.';
COMMENT ON COLUMN mailstack.users.suspended_reason IS 'Why the user is suspended, for explain_login() and route(); no sender and no user is told. Goes when the user is active again.';
COMMENT ON COLUMN mailstack.users.services IS 'What the user may log in to, of what the domain allows: imap, pop3, submission, sieve, lmtp. NULL: all; empty: nothing.';
COMMENT ON COLUMN mailstack.users.allow_nets IS 'From where the user may log in: allow_nets of Dovecot. NULL: from everywhere. It holds for app passwords, too.';
COMMENT ON COLUMN mailstack.users.receive IS 'accept, or what a sender is told at RCPT: defer (450, to try again) or refuse (550), which makes the user send-only. Logins go on.';
COMMENT ON COLUMN mailstack.users.receive_reason IS 'The words for it: printable ASCII, as RFC 5321 has it. NULL: some of ours.';
COMMENT ON COLUMN mailstack.users.send IS 'False: the user is receive-only; nobody who is logged in as the user may send mail, under any address.';
COMMENT ON COLUMN mailstack.users.quota_bytes IS 'How many bytes of mail the user may have: pg_size_bytes(''5 GB''). NULL: that of the domain. 0: as many as he likes, whatever the domain says.';
COMMENT ON COLUMN mailstack.users.quota_messages IS 'The same in messages.';
COMMENT ON COLUMN mailstack.users.created IS 'When the row was made.';
COMMENT ON COLUMN mailstack.users.domain IS 'The domain of the address.';
COMMENT ON COLUMN mailstack.users.transport_service IS 'The service of the user''s own transport.';

CREATE TABLE mailstack.app_passwords (
    email mailstack.mail_address NOT NULL REFERENCES mailstack.users ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE,
    name text NOT NULL CONSTRAINT app_passwords_name_line
        CHECK (octet_length(name) BETWEEN 1 AND 100 AND name !~ '[\u0001-\u001f\u007f/]' AND name <> 'main'),
    password mailstack.mail_password NOT NULL,
    services text[]
        CONSTRAINT app_passwords_services_known CHECK (services <@ '{imap,pop3,submission,sieve,lmtp}'),
    allow_nets cidr[]
        CONSTRAINT app_passwords_allow_nets_filled CHECK (cardinality(allow_nets) > 0 AND array_position(allow_nets, NULL) IS NULL),
    expires timestamptz,
    created timestamptz NOT NULL DEFAULT now(),
    slot smallint NOT NULL CONSTRAINT app_passwords_slot_in_dovecot_conf CHECK (slot BETWEEN 1 AND 8),
    PRIMARY KEY (email, name),
    CONSTRAINT app_passwords_slot_key UNIQUE (email, slot)
);
CREATE INDEX app_passwords_email_hash ON mailstack.app_passwords USING hash (email);
COMMENT ON TABLE mailstack.app_passwords IS 'Further passwords of a user, one for each program or device, so that one can be taken back without the others: see create_app_password().';
COMMENT ON COLUMN mailstack.app_passwords.email IS 'The user. Suspended, or kept from a service, he is so with these, too.';
COMMENT ON COLUMN mailstack.app_passwords.name IS 'What the user calls it: a line without a slash, by which last_logins names it; not main, which is the main password there.';
COMMENT ON COLUMN mailstack.app_passwords.password IS 'The hash, as users.password has it.';
COMMENT ON COLUMN mailstack.app_passwords.services IS 'What it opens, of what user and domain may: imap, pop3, submission, sieve, lmtp. NULL: all; empty: nothing.';
COMMENT ON COLUMN mailstack.app_passwords.allow_nets IS 'From where, within users.allow_nets: from what both hold. NULL: from wherever the user may.';
COMMENT ON COLUMN mailstack.app_passwords.expires IS 'From then on it opens nothing. NULL: never.';
COMMENT ON COLUMN mailstack.app_passwords.created IS 'When the row was made.';
COMMENT ON COLUMN mailstack.app_passwords.slot IS 'Which of the passdb blocks of dovecot.conf asks for it: dovecot_app_passdb(). Left out: the lowest that the user has free.';

CREATE TABLE mailstack.last_logins (
    email mailstack.mail_address NOT NULL REFERENCES mailstack.users ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE,
    service text NOT NULL,
    app_password text,
    last_access timestamptz NOT NULL,
    CONSTRAINT last_logins_key UNIQUE NULLS NOT DISTINCT (email, service, app_password),
    FOREIGN KEY (email, app_password) REFERENCES mailstack.app_passwords (email, name) ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE
);
-- A key that may be NULL cannot say which row was changed, where changes are replicated.
ALTER TABLE mailstack.last_logins REPLICA IDENTITY FULL;
COMMENT ON TABLE mailstack.last_logins IS 'Who logged in where, with which password, and when for the last time. Written by Dovecot''s last_login plugin, through dovecot_last_login.';
COMMENT ON COLUMN mailstack.last_logins.email IS 'The user.';
COMMENT ON COLUMN mailstack.last_logins.service IS 'imap, pop3 or sieve. Postfix, at submission, runs no plugin of Dovecot''s.';
COMMENT ON COLUMN mailstack.last_logins.app_password IS 'The app password by its name. NULL: the main password.';
COMMENT ON COLUMN mailstack.last_logins.last_access IS 'When, by the clock of Dovecot''s host, or by our own where that is ahead.';

CREATE TABLE mailstack.dovecot_last_login (
    username text NOT NULL,
    service text NOT NULL,
    app_password text NOT NULL,
    last_access bigint NOT NULL,
    PRIMARY KEY (username, service, app_password)
);
COMMENT ON TABLE mailstack.dovecot_last_login IS 'What the map of Dovecot''s dict writes to. A trigger takes what is inserted to last_logins, so that this table is always empty: Dovecot''s role may INSERT, and has nothing to read.';
COMMENT ON COLUMN mailstack.dovecot_last_login.username IS 'The user; one that is not there is passed over.';
COMMENT ON COLUMN mailstack.dovecot_last_login.service IS 'last_logins.service';
COMMENT ON COLUMN mailstack.dovecot_last_login.app_password IS 'last_logins.app_password; main for the main password.';
COMMENT ON COLUMN mailstack.dovecot_last_login.last_access IS 'In seconds since 1970, as the plugin has it.';

-- With the rights of whoever asks: a delegated administrator sees the users that he may see.
CREATE VIEW mailstack.app_password_usage WITH (security_invoker = true) AS
    SELECT a.email, a.name, a.services, a.allow_nets, a.expires, a.expires <= now() AS expired, a.created,
           l.last_access AS last_used, l.service AS last_service
    FROM mailstack.app_passwords a LEFT JOIN LATERAL
        (SELECT l.last_access, l.service FROM mailstack.last_logins l
         WHERE l.email OPERATOR(mailstack.=) a.email AND l.app_password = a.name ORDER BY l.last_access DESC LIMIT 1) l ON true;
COMMENT ON VIEW mailstack.app_password_usage IS 'The app passwords without their hashes, and when each was last used.';
COMMENT ON COLUMN mailstack.app_password_usage.email IS 'app_passwords.email';
COMMENT ON COLUMN mailstack.app_password_usage.name IS 'app_passwords.name';
COMMENT ON COLUMN mailstack.app_password_usage.services IS 'app_passwords.services';
COMMENT ON COLUMN mailstack.app_password_usage.allow_nets IS 'app_passwords.allow_nets';
COMMENT ON COLUMN mailstack.app_password_usage.expires IS 'app_passwords.expires';
COMMENT ON COLUMN mailstack.app_password_usage.expired IS 'Whether it opens nothing any more. NULL: it never expires.';
COMMENT ON COLUMN mailstack.app_password_usage.created IS 'app_passwords.created';
COMMENT ON COLUMN mailstack.app_password_usage.last_used IS 'The last login with it that Dovecot reported. NULL: none.';
COMMENT ON COLUMN mailstack.app_password_usage.last_service IS 'Where that was.';
-- Written with every mail, in place: no index is on what changes, and there is room for it.
CREATE TABLE mailstack.usage (
    email mailstack.mail_address PRIMARY KEY REFERENCES mailstack.users ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE,
    bytes bigint NOT NULL CONSTRAINT usage_bytes_not_negative CHECK (bytes >= 0),
    messages bigint NOT NULL CONSTRAINT usage_messages_not_negative CHECK (messages >= 0),
    changed timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX usage_email_hash ON mailstack.usage USING hash (email);
COMMENT ON TABLE mailstack.usage IS 'How much mail each user has, as Dovecot counts it: its quota_clone writes dovecot_quota, and a trigger there writes this. A user whose mailbox Dovecot has not changed yet has no row.';
COMMENT ON COLUMN mailstack.usage.email IS 'The user.';
COMMENT ON COLUMN mailstack.usage.bytes IS 'The size of his mail, over all folders that count towards the quota.';
COMMENT ON COLUMN mailstack.usage.messages IS 'The number of his messages.';
COMMENT ON COLUMN mailstack.usage.changed IS 'When Dovecot last told something else.';

CREATE TABLE mailstack.dovecot_quota (
    username text PRIMARY KEY,
    bytes bigint,
    messages bigint
);
COMMENT ON TABLE mailstack.dovecot_quota IS 'Where Dovecot''s quota dict writes: a plain INSERT, one with ON CONFLICT, or a DELETE. Always empty: a trigger hands each row on to usage, so that nothing conflicts and there is nothing to read.';
COMMENT ON COLUMN mailstack.dovecot_quota.username IS 'The login name. Of a user who is not there nothing is kept, without an error.';
COMMENT ON COLUMN mailstack.dovecot_quota.bytes IS 'priv/quota/storage of Dovecot. NULL, or left out: as it was.';
COMMENT ON COLUMN mailstack.dovecot_quota.messages IS 'priv/quota/messages of Dovecot. NULL, or left out: as it was.';

CREATE TABLE mailstack.retired_maildirs (
    maildir mailstack.maildir_path PRIMARY KEY,
    email mailstack.mail_address NOT NULL,
    retired_at timestamptz NOT NULL DEFAULT now(),
    retired_by name NOT NULL DEFAULT current_user
);
COMMENT ON TABLE mailstack.retired_maildirs IS 'The maildirs of users who were deleted or have another one now. Mail may still be in them, so that no user is given one of them, nor one inside or above it, until an operator, or mailstack-runner after settings.retired_days, has deleted the row. Written by a trigger.';
COMMENT ON COLUMN mailstack.retired_maildirs.maildir IS 'Relative to mail_root of settings, as users.maildir is.';
COMMENT ON COLUMN mailstack.retired_maildirs.email IS 'Who had it, by the last address.';
COMMENT ON COLUMN mailstack.retired_maildirs.retired_at IS 'When it was given up.';
COMMENT ON COLUMN mailstack.retired_maildirs.retired_by IS 'The role that did it.';

-- The outbox of what is to be done on the disk.
CREATE TABLE mailstack.maildir_tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL
        CONSTRAINT maildir_tasks_action_known CHECK (action IN ('create', 'move', 'sweep', 'retire', 'purge', 'take', 'delete')),
    maildir mailstack.maildir_path NOT NULL
        CONSTRAINT maildir_tasks_maildir_relative CHECK (NOT starts_with(maildir::text, '/')),
    target mailstack.maildir_path
        CONSTRAINT maildir_tasks_target_relative CHECK (NOT starts_with(target::text, '/')),
    uid integer NOT NULL CONSTRAINT maildir_tasks_uid_not_root CHECK (uid > 0),
    gid integer NOT NULL CONSTRAINT maildir_tasks_gid_not_root CHECK (gid > 0),
    email mailstack.mail_address,
    created timestamptz NOT NULL DEFAULT now(),
    due timestamptz NOT NULL DEFAULT now(),
    failures integer NOT NULL DEFAULT 0 CONSTRAINT maildir_tasks_failures_not_negative CHECK (failures >= 0),
    result text,
    host text,
    reported_at timestamptz,
    done_at timestamptz,
    CONSTRAINT maildir_tasks_move_target CHECK (target IS NOT NULL OR action NOT IN ('move', 'sweep'))
);
CREATE INDEX maildir_tasks_due_idx ON mailstack.maildir_tasks (due, id) WHERE done_at IS NULL;
CREATE INDEX maildir_tasks_maildir_idx ON mailstack.maildir_tasks (maildir) WHERE done_at IS NULL;
CREATE INDEX maildir_tasks_target_idx ON mailstack.maildir_tasks (target) WHERE done_at IS NULL AND target IS NOT NULL;
COMMENT ON TABLE mailstack.maildir_tasks IS 'What mailstack-runner is to do on the disk, has done, and could not do: a row for each maildir that a user got or gave up, written in the same transaction, where settings.maildir_runner is set. A row of one that is done says so and may be deleted; one that is not done is dropped by deleting it.';
COMMENT ON COLUMN mailstack.maildir_tasks.id IS 'Tasks of the same maildir are done in this order.';
COMMENT ON COLUMN mailstack.maildir_tasks.action IS 'What comes next. create: makes the home. move: takes the home from maildir to target; then sweep: takes there what was still delivered to the old place. retire: looks at what is kept. Then purge: begins to delete it, and from then on nobody releases it by hand; take: takes the maildir away and releases its path; delete: deletes what was taken away.';
COMMENT ON COLUMN mailstack.maildir_tasks.maildir IS 'The home that it is about, relative to mail_root of settings.';
COMMENT ON COLUMN mailstack.maildir_tasks.target IS 'Where the mail of it goes: the new home, also after a further move. NULL: nowhere.';
COMMENT ON COLUMN mailstack.maildir_tasks.uid IS 'The owner that the home gets, or has, and the one that it goes to: one that belongs to somebody else is not touched. Changes with users.uid.';
COMMENT ON COLUMN mailstack.maildir_tasks.gid IS 'The group that a new home gets. Changes with users.gid.';
COMMENT ON COLUMN mailstack.maildir_tasks.email IS 'The user, by the address of that time.';
COMMENT ON COLUMN mailstack.maildir_tasks.created IS 'When it was written.';
COMMENT ON COLUMN mailstack.maildir_tasks.due IS 'Not before then: a purge waits for settings.retired_days, what has failed for the next try, up to an hour.';
COMMENT ON COLUMN mailstack.maildir_tasks.failures IS 'How often the action has failed since it last went well.';
COMMENT ON COLUMN mailstack.maildir_tasks.result IS 'What the runner last said of it.';
COMMENT ON COLUMN mailstack.maildir_tasks.host IS 'The host that said it.';
COMMENT ON COLUMN mailstack.maildir_tasks.reported_at IS 'When it said it.';
COMMENT ON COLUMN mailstack.maildir_tasks.done_at IS 'When there was nothing left to do. NULL: there is.';

CREATE TABLE mailstack.aliases (
    alias mailstack.alias_key NOT NULL,
    email mailstack.mail_address NOT NULL,
    propagate_detail boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true,
    relocated boolean NOT NULL DEFAULT false,
    expires timestamptz,
    send boolean NOT NULL DEFAULT true,
    created timestamptz NOT NULL DEFAULT now(),
    domain mailstack.mail_domain NOT NULL GENERATED ALWAYS AS (mailstack.address_domain(alias)) STORED
        REFERENCES mailstack.domains (alias_domain) DEFERRABLE,
    PRIMARY KEY (alias, email),
    CONSTRAINT relocated_address CHECK (NOT relocated OR mailstack.mail_key_class(alias) = 'address'),
    CONSTRAINT relocated_elsewhere CHECK (NOT relocated OR alias OPERATOR(mailstack.<>) email)
);
CREATE INDEX aliases_alias_hash ON mailstack.aliases USING hash (alias);
CREATE INDEX aliases_email_idx ON mailstack.aliases (email);
CREATE INDEX aliases_domain_idx ON mailstack.aliases (domain mailstack.mail_domain_ops);
CREATE UNIQUE INDEX aliases_relocated_key ON mailstack.aliases (alias) WHERE relocated;
COMMENT ON TABLE mailstack.aliases IS 'Where mail for an address goes: one row a destination.';
COMMENT ON COLUMN mailstack.aliases.alias IS 'The address, or @domain for the catch-all; stored in canonical form.';
COMMENT ON COLUMN mailstack.aliases.email IS 'One destination, its local part as it was typed. The alias itself means that its mailbox keeps a copy.';
COMMENT ON COLUMN mailstack.aliases.propagate_detail IS 'Whether a destination that is not hosted here gets the detail of a sub-address, too. Hosted ones always do.';
COMMENT ON COLUMN mailstack.aliases.active IS 'False: this destination is left out. An alias without active destinations is refused; one of a sub-address is then taken for its base, as if it were not there.';
COMMENT ON COLUMN mailstack.aliases.relocated IS 'True: the address has moved to this one (relocated(5)). Mail for it and its sub-addresses is refused, and the refusal names the new address; whatever other row or mailbox has its name.';
COMMENT ON COLUMN mailstack.aliases.expires IS 'From then on the row counts as not active. NULL: never.';
COMMENT ON COLUMN mailstack.aliases.send IS 'Whether the mailboxes that the destination is or leads to may send as the alias. False: it is receive-only for them.';
COMMENT ON COLUMN mailstack.aliases.created IS 'When the row was made.';
COMMENT ON COLUMN mailstack.aliases.domain IS 'The domain of the alias.';

CREATE TABLE mailstack.sender_logins (
    sender mailstack.alias_key NOT NULL,
    login mailstack.mail_address NOT NULL REFERENCES mailstack.users ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE,
    domain mailstack.mail_domain NOT NULL GENERATED ALWAYS AS (mailstack.address_domain(sender)) STORED
        REFERENCES mailstack.domains DEFERRABLE,
    PRIMARY KEY (sender, login)
);
CREATE INDEX sender_logins_sender_hash ON mailstack.sender_logins USING hash (sender);
CREATE INDEX sender_logins_login_idx ON mailstack.sender_logins (login);
CREATE INDEX sender_logins_domain_idx ON mailstack.sender_logins (domain mailstack.mail_domain_ops);
COMMENT ON TABLE mailstack.sender_logins IS 'Who may send as an address beyond what follows from mailboxes and aliases: smtpd_sender_login_maps of postconf(5).';
COMMENT ON COLUMN mailstack.sender_logins.sender IS 'The address, or @domain for every address of a domain hosted here.';
COMMENT ON COLUMN mailstack.sender_logins.login IS 'The user that may send as it.';
COMMENT ON COLUMN mailstack.sender_logins.domain IS 'The domain of the sender.';

CREATE TABLE mailstack.recipient_bcc (
    address mailstack.alias_key PRIMARY KEY,
    bcc mailstack.mail_address NOT NULL,
    domain mailstack.mail_domain NOT NULL GENERATED ALWAYS AS (mailstack.address_domain(address)) STORED
        REFERENCES mailstack.domains DEFERRABLE
);
CREATE INDEX recipient_bcc_address_hash ON mailstack.recipient_bcc USING hash (address);
CREATE INDEX recipient_bcc_domain_idx ON mailstack.recipient_bcc (domain);
COMMENT ON TABLE mailstack.recipient_bcc IS 'Who gets a copy of all mail to an address, unseen by anybody: recipient_bcc_maps of postconf(5).';
COMMENT ON COLUMN mailstack.recipient_bcc.address IS 'The address as a sender writes it, or @domain for every address of a domain hosted here; one that is named itself comes first.';
COMMENT ON COLUMN mailstack.recipient_bcc.bcc IS 'Who gets the copy.';
COMMENT ON COLUMN mailstack.recipient_bcc.domain IS 'The domain of the address.';

CREATE TABLE mailstack.sender_bcc (
    address mailstack.alias_key PRIMARY KEY,
    bcc mailstack.mail_address NOT NULL,
    domain mailstack.mail_domain NOT NULL GENERATED ALWAYS AS (mailstack.address_domain(address)) STORED
        REFERENCES mailstack.domains DEFERRABLE
);
CREATE INDEX sender_bcc_address_hash ON mailstack.sender_bcc USING hash (address);
CREATE INDEX sender_bcc_domain_idx ON mailstack.sender_bcc (domain);
COMMENT ON TABLE mailstack.sender_bcc IS 'Who gets a copy of all mail from an address, unseen by anybody: sender_bcc_maps of postconf(5).';
COMMENT ON COLUMN mailstack.sender_bcc.address IS 'The address that mail is sent as, or @domain for every address of a domain hosted here; one that is named itself comes first.';
COMMENT ON COLUMN mailstack.sender_bcc.bcc IS 'Who gets the copy.';
COMMENT ON COLUMN mailstack.sender_bcc.domain IS 'The domain of the address.';

CREATE TABLE mailstack.sender_relayhosts (
    sender mailstack.alias_key PRIMARY KEY,
    relayhost text NOT NULL CONSTRAINT sender_relayhosts_relayhost CHECK (mailstack.relayhost_check(relayhost)),
    domain mailstack.mail_domain NOT NULL GENERATED ALWAYS AS (mailstack.address_domain(sender)) STORED
        REFERENCES mailstack.domains DEFERRABLE
);
CREATE INDEX sender_relayhosts_sender_hash ON mailstack.sender_relayhosts USING hash (sender);
CREATE INDEX sender_relayhosts_domain_idx ON mailstack.sender_relayhosts (domain);
COMMENT ON TABLE mailstack.sender_relayhosts IS 'Through which host the mail of a sender leaves: sender_dependent_relayhost_maps of postconf(5). Others use relayhost of main.cf.';
COMMENT ON COLUMN mailstack.sender_relayhosts.sender IS 'The address that mail is sent as, or @domain for every address of a domain hosted here; one that is named itself comes first.';
COMMENT ON COLUMN mailstack.sender_relayhosts.relayhost IS 'host, host:port, [host] or [host]:port; in brackets a host is taken as it is, without the MX records of its name.';
COMMENT ON COLUMN mailstack.sender_relayhosts.domain IS 'The domain of the sender.';

CREATE TABLE mailstack.list_senders (
    list mailstack.mail_address NOT NULL,
    sender mailstack.alias_key NOT NULL,
    domain mailstack.mail_domain NOT NULL GENERATED ALWAYS AS (mailstack.address_domain(list)) STORED
        REFERENCES mailstack.domains (alias_domain) DEFERRABLE,
    PRIMARY KEY (list, sender)
);
CREATE INDEX list_senders_sender_hash ON mailstack.list_senders USING hash (sender);
CREATE INDEX list_senders_domain_idx ON mailstack.list_senders (domain);
COMMENT ON TABLE mailstack.list_senders IS 'Who may write to an address that not everybody may write to: an address with a row here takes mail from the senders of its rows alone.';
COMMENT ON COLUMN mailstack.list_senders.list IS 'The address, an alias or a mailbox hosted here; its sub-addresses and its names in mirrors are restricted like it.';
COMMENT ON COLUMN mailstack.list_senders.sender IS 'A sender, or @domain for every address of a domain, hosted here or not.';
COMMENT ON COLUMN mailstack.list_senders.domain IS 'The domain of the list.';

CREATE TABLE mailstack.list_slots (
    list mailstack.mail_address PRIMARY KEY,
    slot smallint NOT NULL CONSTRAINT list_slots_slot_in_main_cf CHECK (slot BETWEEN 1 AND 16)
);
CREATE INDEX list_slots_list_hash ON mailstack.list_slots USING hash (list);
COMMENT ON TABLE mailstack.list_slots IS 'Which restriction class of main.cf asks about the senders of a list: lists with the same senders share one. Written by a trigger of list_senders.';
COMMENT ON COLUMN mailstack.list_slots.list IS 'The list: list_senders.list.';
COMMENT ON COLUMN mailstack.list_slots.slot IS 'The number of the class: list_senders_1 to list_senders_16.';

CREATE TABLE mailstack.sieve_scripts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email mailstack.mail_address REFERENCES mailstack.users ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE,
    domain mailstack.mail_domain REFERENCES mailstack.domains ON UPDATE CASCADE DEFERRABLE,
    name text NOT NULL CONSTRAINT sieve_scripts_name_line
        CHECK (octet_length(name) BETWEEN 1 AND 128 AND name !~ '[\u0001-\u001f\u007f/]' AND name <> ALL ('{all,domain,filters,active}')),
    script mailstack.sieve_script NOT NULL,
    active boolean NOT NULL DEFAULT true,
    changed timestamptz NOT NULL DEFAULT now(),
    owner mailstack.mail_key NOT NULL
        GENERATED ALWAYS AS (coalesce(email::mailstack.mail_key, domain::mailstack.mail_key, '*'::mailstack.mail_key)) STORED,
    content_id text NOT NULL GENERATED ALWAYS AS (mailstack.sieve_id(script)) STORED,
    CONSTRAINT sieve_scripts_name_key UNIQUE (owner, name),
    CONSTRAINT sieve_scripts_user_in_domain CHECK (email IS NULL OR domain IS NOT NULL)
);
CREATE UNIQUE INDEX sieve_scripts_one_active ON mailstack.sieve_scripts (owner) WHERE active;
CREATE INDEX sieve_scripts_owner_hash ON mailstack.sieve_scripts USING hash (owner);
CREATE INDEX sieve_scripts_email_idx ON mailstack.sieve_scripts (email);
CREATE INDEX sieve_scripts_domain_idx ON mailstack.sieve_scripts (domain mailstack.mail_domain_ops);
COMMENT ON TABLE mailstack.sieve_scripts IS 'Sieve scripts of a user, of a domain, or of all: of each owner the active one runs, in the order all, domain, user. Filters, which need no Sieve, are in filters.';
COMMENT ON COLUMN mailstack.sieve_scripts.id IS 'The number of the row.';
COMMENT ON COLUMN mailstack.sieve_scripts.email IS 'The user whose script it is; his active one is run where settings.sieve_personal is database. NULL: it is that of the domain, or of all.';
COMMENT ON COLUMN mailstack.sieve_scripts.domain IS 'The domain whose users'' mail it is run for; of a user''s script his own, which is filled in. NULL: that of all.';
COMMENT ON COLUMN mailstack.sieve_scripts.name IS 'A line without a slash, by which other scripts of the user may include it (RFC 6609); not all, domain, filters or active, which are asked for by Dovecot.';
COMMENT ON COLUMN mailstack.sieve_scripts.script IS 'The script, which compiles, or it would not be here.';
COMMENT ON COLUMN mailstack.sieve_scripts.active IS 'Whether it is the one that runs. activate_sieve_script() makes another one that.';
COMMENT ON COLUMN mailstack.sieve_scripts.changed IS 'When the script was last written.';
COMMENT ON COLUMN mailstack.sieve_scripts.owner IS 'The user, or else the domain, or * for all.';
COMMENT ON COLUMN mailstack.sieve_scripts.content_id IS 'sieve_id() of the script, by which Pigeonhole knows what it has compiled.';

CREATE TABLE mailstack.filters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email mailstack.mail_address REFERENCES mailstack.users ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE,
    domain mailstack.mail_domain REFERENCES mailstack.domains ON UPDATE CASCADE DEFERRABLE,
    kind text NOT NULL CONSTRAINT filters_kind_known
        CHECK (kind IN ('file_spam', 'file_from', 'file_list', 'forward', 'discard_from', 'vacation')),
    position integer NOT NULL,
    active boolean NOT NULL DEFAULT true,
    folder text CONSTRAINT filters_folder_line CHECK (octet_length(folder) BETWEEN 1 AND 200 AND folder !~ '[\u0001-\u001f\u007f]'),
    sender mailstack.alias_key,
    list_id text CONSTRAINT filters_list_id_word CHECK (octet_length(list_id) BETWEEN 1 AND 200 AND list_id !~ '[\u0001- \u007f<>]'),
    destination mailstack.mail_address,
    keep boolean,
    subject text CONSTRAINT filters_subject_line CHECK (octet_length(subject) BETWEEN 1 AND 200 AND subject !~ '[\u0001-\u001f\u007f]'),
    message text CONSTRAINT filters_message_size CHECK (octet_length(message) BETWEEN 1 AND 16384),
    days integer CONSTRAINT filters_days_bounds CHECK (days BETWEEN 1 AND 60),
    starts date CONSTRAINT filters_starts_year CHECK (starts BETWEEN '1970-01-01' AND '9999-12-31'),
    ends date CONSTRAINT filters_ends_year CHECK (ends BETWEEN '1970-01-01' AND '9999-12-31'),
    created timestamptz NOT NULL DEFAULT now(),
    owner mailstack.mail_key NOT NULL
        GENERATED ALWAYS AS (coalesce(email::mailstack.mail_key, domain::mailstack.mail_key, '*'::mailstack.mail_key)) STORED,
    CONSTRAINT filters_user_in_domain CHECK (email IS NULL OR domain IS NOT NULL),
    CONSTRAINT filters_of_a_user CHECK (email IS NOT NULL OR kind NOT IN ('forward', 'vacation')),
    CONSTRAINT filters_columns_of_kind CHECK (
        (folder IS NOT NULL) = (kind IN ('file_spam', 'file_from', 'file_list')) AND
        (sender IS NOT NULL) = (kind IN ('file_from', 'discard_from')) AND
        (list_id IS NOT NULL) = (kind = 'file_list') AND
        (destination IS NOT NULL) = (kind = 'forward') AND
        (keep IS NOT NULL) = (kind = 'forward') AND
        (message IS NOT NULL) = (kind = 'vacation') AND
        (days IS NOT NULL) = (kind = 'vacation') AND
        (kind = 'vacation' OR num_nonnulls(subject, starts, ends) = 0)),
    CONSTRAINT filters_starts_before_ends CHECK (starts <= ends)
);
CREATE UNIQUE INDEX filters_once ON mailstack.filters (owner, kind, sender, list_id, destination) NULLS NOT DISTINCT WHERE kind <> 'vacation';
CREATE INDEX filters_owner_hash ON mailstack.filters USING hash (owner);
CREATE INDEX filters_email_idx ON mailstack.filters (email);
CREATE INDEX filters_domain_idx ON mailstack.filters (domain mailstack.mail_domain_ops);
CREATE INDEX filters_destination_idx ON mailstack.filters (destination);
COMMENT ON TABLE mailstack.filters IS 'What is to be done with mail before the personal script of a user, without Sieve: file_spam() and its like make the rows, and sieve_source() shows the script that is made of them. Spam comes first; then those of all, of the domain, and of the user, each in the order of position and id; the first that files or discards a message is the last.';
COMMENT ON COLUMN mailstack.filters.id IS 'The number of the filter.';
COMMENT ON COLUMN mailstack.filters.email IS 'The user for whose mail it is. NULL: it is for all users of the domain, or of all domains.';
COMMENT ON COLUMN mailstack.filters.domain IS 'The domain; of a user''s filter his own, which is filled in. NULL: for all users.';
COMMENT ON COLUMN mailstack.filters.kind IS 'What it does: file_spam, file_from, file_list, forward, discard_from or vacation; each is described at the function of the name.';
COMMENT ON COLUMN mailstack.filters.position IS 'Its place among those of its owner, the lowest first. Left out: 10 for discard_from, 20 for vacation, 30 for forward, 40 for the others. Spam is filed first, whatever its position.';
COMMENT ON COLUMN mailstack.filters.active IS 'False: it is switched off.';
COMMENT ON COLUMN mailstack.filters.folder IS 'The folder, as IMAP names it, in UTF-8; it is made where it is missing. Left out for file_spam: Spam.';
COMMENT ON COLUMN mailstack.filters.sender IS 'An address in From, or @domain for all of a domain.';
COMMENT ON COLUMN mailstack.filters.list_id IS 'The identifier in List-Id (RFC 2919), without the angle brackets; or the address of the list, as in List-Post (RFC 2369).';
COMMENT ON COLUMN mailstack.filters.destination IS 'Where a forward goes.';
COMMENT ON COLUMN mailstack.filters.keep IS 'Whether the mailbox gets the mail, too. Left out: it does.';
COMMENT ON COLUMN mailstack.filters.subject IS 'The subject of the answer. NULL: Auto, and that of the message.';
COMMENT ON COLUMN mailstack.filters.message IS 'The text of the answer.';
COMMENT ON COLUMN mailstack.filters.days IS 'For how many days the same sender gets no other answer, 1 to 60. Left out: 1.';
COMMENT ON COLUMN mailstack.filters.starts IS 'The first day, in the time zone of Dovecot''s host. NULL: from now on.';
COMMENT ON COLUMN mailstack.filters.ends IS 'The last day. NULL: until it is switched off.';
COMMENT ON COLUMN mailstack.filters.created IS 'When the row was made.';
COMMENT ON COLUMN mailstack.filters.owner IS 'The user, or else the domain, or * for all.';

CREATE TABLE mailstack.transport_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain mailstack.mail_domain NOT NULL,
    email mailstack.mail_address,
    from_transport mailstack.mail_transport,
    from_staged mailstack.mail_transport,
    from_share real,
    to_transport mailstack.mail_transport,
    to_staged mailstack.mail_transport,
    to_share real,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by name NOT NULL,
    reverts bigint UNIQUE
);
CREATE INDEX transport_changes_domain_idx ON mailstack.transport_changes (domain mailstack.mail_domain_ops, email, id);
COMMENT ON TABLE mailstack.transport_changes IS 'Who switched the transport of which domain or user, when, from what to what. Written by triggers, whoever changes domains, transports or users. What a row begins with is not logged.';
COMMENT ON COLUMN mailstack.transport_changes.id IS 'Grows from change to change; some numbers are left out.';
COMMENT ON COLUMN mailstack.transport_changes.domain IS 'The domain, or that of the user; it may be gone since.';
COMMENT ON COLUMN mailstack.transport_changes.email IS 'The user, where it was a change of the user''s own transport; NULL where it was one of the domain.';
COMMENT ON COLUMN mailstack.transport_changes.from_transport IS 'The transport before. NULL: a user had none of his own, a domain was of class virtual_alias.';
COMMENT ON COLUMN mailstack.transport_changes.from_staged IS 'domains.staged_transport before.';
COMMENT ON COLUMN mailstack.transport_changes.from_share IS 'domains.staged_share before.';
COMMENT ON COLUMN mailstack.transport_changes.to_transport IS 'The transport after.';
COMMENT ON COLUMN mailstack.transport_changes.to_staged IS 'domains.staged_transport after.';
COMMENT ON COLUMN mailstack.transport_changes.to_share IS 'domains.staged_share after.';
COMMENT ON COLUMN mailstack.transport_changes.changed_at IS 'When, by the clock.';
COMMENT ON COLUMN mailstack.transport_changes.changed_by IS 'The role that did it.';
COMMENT ON COLUMN mailstack.transport_changes.reverts IS 'The change that this one took back, and all from there on, where revert_transport() made it.';

CREATE VIEW mailstack.transports WITH (security_invoker = true) AS
    SELECT domain, gid, transport FROM mailstack.domains WHERE class <> 'virtual_alias'
    WITH CASCADED CHECK OPTION;
COMMENT ON VIEW mailstack.transports IS 'The transport of each domain that mail is delivered or relayed for: the series'' table, now an updatable view of domains. A change here keeps the same rules and makes the same log as one there.';
COMMENT ON COLUMN mailstack.transports.domain IS 'domains.domain';
COMMENT ON COLUMN mailstack.transports.gid IS 'domains.gid';
COMMENT ON COLUMN mailstack.transports.transport IS 'domains.transport';

CREATE VIEW mailstack.relocated WITH (security_invoker = true) AS
    SELECT alias AS email, email AS new_email, domain, relocated FROM mailstack.aliases WHERE relocated
    WITH CASCADED CHECK OPTION;
ALTER VIEW mailstack.relocated ALTER COLUMN relocated SET DEFAULT true;
COMMENT ON VIEW mailstack.relocated IS 'Who has moved, and where to: an updatable view of the aliases that are relocated. A mailbox of the same name stays as it is, for whoever logs in; an alias of the same name is not followed.';
COMMENT ON COLUMN mailstack.relocated.email IS 'The old address: aliases.alias, stored in canonical form.';
COMMENT ON COLUMN mailstack.relocated.new_email IS 'The new one, its local part as it was typed: aliases.email.';
COMMENT ON COLUMN mailstack.relocated.domain IS 'aliases.domain';
COMMENT ON COLUMN mailstack.relocated.relocated IS 'Always true here: aliases.relocated.';

-- One call a statement: two in one SELECT raise.
SELECT pg_extension_config_dump('mailstack.settings', '');
SELECT pg_extension_config_dump('mailstack.transport_services', '');
SELECT pg_extension_config_dump('mailstack.domains', '');
SELECT pg_extension_config_dump('mailstack.relay_recipients', '');
SELECT pg_extension_config_dump('mailstack.users', '');
SELECT pg_extension_config_dump('mailstack.app_passwords', '');
SELECT pg_extension_config_dump('mailstack.last_logins', '');
SELECT pg_extension_config_dump('mailstack.usage', '');
SELECT pg_extension_config_dump('mailstack.retired_maildirs', '');
SELECT pg_extension_config_dump('mailstack.maildir_tasks', '');
SELECT pg_extension_config_dump('mailstack.maildir_tasks_id_seq', '');
SELECT pg_extension_config_dump('mailstack.aliases', '');
SELECT pg_extension_config_dump('mailstack.sender_logins', '');
SELECT pg_extension_config_dump('mailstack.recipient_bcc', '');
SELECT pg_extension_config_dump('mailstack.sender_bcc', '');
SELECT pg_extension_config_dump('mailstack.sender_relayhosts', '');
SELECT pg_extension_config_dump('mailstack.list_senders', '');
SELECT pg_extension_config_dump('mailstack.list_slots', '');
SELECT pg_extension_config_dump('mailstack.sieve_scripts', '');
SELECT pg_extension_config_dump('mailstack.sieve_scripts_id_seq', '');
SELECT pg_extension_config_dump('mailstack.filters', '');
SELECT pg_extension_config_dump('mailstack.filters_id_seq', '');
SELECT pg_extension_config_dump('mailstack.transport_changes', '');
SELECT pg_extension_config_dump('mailstack.transport_changes_id_seq', '');
