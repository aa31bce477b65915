# A dump restores as it is: plain, custom, in parallel, with something in every table.
use strict;
use warnings;

use File::Temp 'tempdir';
use FindBin;
use lib "$FindBin::Bin/lib";
use Database;
use Test::More;

my $source = 'mailstack_dumped';
my $role = 'mailstack_dump_reader';
my $folder = tempdir(CLEANUP => 1);

# One of everything, and what the script put in itself changed, so that a restore has to put that right again.
my $data = <<'SQL';
SET search_path = mailstack;
UPDATE settings SET mail_root = '/srv/mail/', uid = 6000, gid = 6001, mail_subdirectory = 'Mail/',
    virtual_transport = 'dovecot', postmaster_address = 'postmaster@example.com', hostname = 'mx.example.com',
    quota_full_tempfail = false;
UPDATE transport_services SET runs_as = 6000 WHERE service = 'dovecot';
UPDATE transport_services SET classes = '{}' WHERE service = 'discard';
INSERT INTO transport_services(service, classes, recipient_limit) VALUES ('archive', '{virtual_mailbox,relay}', 7);

-- The mirror's target sorts after it, and so does the user that an alias leads to.
INSERT INTO domains(domain) VALUES ('zeta.example'), ('example.com'), ('bücher.example'), ('straße.de');
INSERT INTO domains(domain, alias_of) VALUES ('alpha.example', 'zeta.example'), ('example.net', 'example.com');
INSERT INTO domains(domain, class) VALUES ('alias.example', 'virtual_alias'), ('relay.example', 'relay'),
    ('open-relay.example', 'relay');
INSERT INTO domains(domain, transport, uid, gid, active) VALUES ('closed.example', 'lmtp:unix:private/dovecot-lmtp', 6100, 6101, false);
INSERT INTO relocated(email, new_email) VALUES ('moved@example.com', 'Elsewhere@far.example');
INSERT INTO relay_recipients(recipient) VALUES ('carol@relay.example'), ('@open-relay.example');

INSERT INTO users(email, password, realname) VALUES ('Bob@example.com', '{SSHA256}PIBSUyTJB48fZoQaOCiCog6nYcE3p1WPsQZtavaovDmL/7kg', E'Bob\tO''Brien \\ "x"'),
    ('zoe@zeta.example', NULL, NULL), ('"odd one"@example.com', '{SSHA256}R/MwN8wvQU8wiMdrAPXliAjxPDbMBAbXZYTlOyTSZKEn5Vh0', ''), ('josé@bücher.example', '{SSHA256}EK9oJFuGPKphIdZXHUpKZIiyKd9v0IpPWxcdwRqKXb/pVWjZ', 'José');
INSERT INTO users(email, password, transport) VALUES ('own@example.com', '{SSHA256}R8UgNAwAvjSVO10NPu+Qw1HhOCJpAEDj30Sd4RFOmqKcBptU', 'archive:[10.0.0.1]:24');
INSERT INTO users(email, password, maildir, mail_subdirectory, uid, gid, transport)
    VALUES ('old@example.com', '{SSHA256}4cFPaEdtMcEVqplyViKF6WuAZzYlukqWxQUXpkjKs+lbUIl6', 'elsewhere/old', '', 7000, 7001, 'virtual');
INSERT INTO users(email, password, active) VALUES ('gone@example.com', '{SSHA256}jzTmLqllfbndHxpMyDr3KotctZSHFfD9M+rpG08BS2MVP1x1', false);
INSERT INTO users(email, password, keep_copy) VALUES ('copy@example.com', '{SSHA256}Ivh9yn54kMIeOeXGV4pUQGahRAVh1/zYCXkI2CUjSxbLYgET', true);

UPDATE users SET active = false, suspended_reason = 'Größe' WHERE email = 'gone@example.com';
UPDATE users SET services = '{imap,submission}', allow_nets = '{10.0.0.0/8,2001:db8::/32}' WHERE email = 'own@example.com';
UPDATE domains SET services = '{}' WHERE domain = 'closed.example';
-- An app password that kept its slot while one before it gave its own back.
INSERT INTO app_passwords(email, name, password) VALUES ('bob@example.com', 'Lost', '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols='), ('bob@example.com', 'Büro', '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=');
DELETE FROM app_passwords WHERE name = 'Lost';
INSERT INTO app_passwords(email, name, password, services, allow_nets, expires)
    VALUES ('gone@example.com', 'Phone', '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=', '{imap}', '{192.0.2.0/24}', '2030-01-01');
INSERT INTO dovecot_last_login(username, service, app_password, last_access)
    VALUES ('bob@example.com', 'imap', 'main', 1000000000), ('bob@example.com', 'imap', 'Büro', 1000000001);

-- With a runner: one task is done, another failed, and one waits; loaded again, the users make no more of them.
UPDATE settings SET maildir_runner = true, retired_days = 7;
INSERT INTO users(email) VALUES ('former@example.com');
DELETE FROM users WHERE email = 'former@example.com';
UPDATE users SET maildir = 'example.com/elsewhere' WHERE email = 'bob@example.com';
SELECT runner_finish(id, 'host', 'made') FROM maildir_tasks WHERE action = 'create';
SELECT runner_fail(id, 'host', '"bob" is a link') FROM maildir_tasks WHERE action = 'move';

INSERT INTO aliases(alias, email) VALUES ('a@example.com', 'zoe@zeta.example'), ('a@example.com', 'Far@away.example'),
    ('first@alias.example', 'a@example.com'), ('copy@example.com', 'bob@example.com'),
    ('@alias.example', 'Bob@example.com'), ('@zeta.example', 'zoe@zeta.example');
INSERT INTO aliases(alias, email, propagate_detail) VALUES ('list@example.com', 'list@away.example', true);
INSERT INTO aliases(alias, email, active) VALUES ('off@example.com', 'bob@example.com', false);
INSERT INTO sender_logins(sender, login) VALUES ('ceo@example.com', 'bob@example.com'), ('@zeta.example', 'bob@example.com');
INSERT INTO recipient_bcc(address, bcc) VALUES ('bob@example.com', 'Archive@far.example'), ('@zeta.example', 'bob@example.com');
INSERT INTO sender_bcc(address, bcc) VALUES ('zoe@zeta.example', 'bob@example.com');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('bob@example.com', '[mail.far.example]:587');
-- A list that kept its slot while one before it gave its own back: it would not get the same again.
INSERT INTO list_senders(list, sender) VALUES ('a@example.com', 'bob@example.com'), ('copy@example.com', '@far.example');
DELETE FROM list_senders WHERE list = 'copy@example.com';
INSERT INTO list_senders(list, sender) VALUES ('first@alias.example', 'zoe@zeta.example'), ('list@example.com', 'zoe@zeta.example');
DELETE FROM list_senders WHERE list = 'a@example.com';

-- Weaker passwords than these are there already.
UPDATE settings SET password_lowest_scheme = 'BLF-CRYPT', password_min_length = 12, argon2_memory = 20480;
-- A pool that has nothing left, so that the users come after it, and whose default is needed for that.
UPDATE users SET quota_bytes = 0, quota_messages = 100 WHERE email = 'own@example.com';
UPDATE domains SET quota_bytes = pg_size_bytes('2 GB'), quota_messages = 5000 WHERE domain = 'example.com';
UPDATE domains SET quota_bytes = 1000, quota_pool_bytes = 1000 WHERE domain = 'zeta.example';
INSERT INTO dovecot_quota(username, bytes, messages) VALUES ('bob@example.com', 3000000000, 12), ('zoe@zeta.example', 1000, 1);
-- The role need not be there where it is restored.
INSERT INTO domain_admins(role, domain, max_users, transports) VALUES ('mailstack_dump_gone', 'example.com', 5, '{lmtp,"archive:stage"}'), ('mailstack_dump_gone', NULL, NULL, '{}');

UPDATE settings SET sieve_personal = 'database';
INSERT INTO sieve_scripts(email, domain, name, script, active) VALUES (NULL, NULL, 'Großes', 'keep;', true), (NULL, 'example.com', 'old', 'stop;', false),
    (NULL, 'example.com', 'new', E'# "a"\r\nkeep;', true), ('Bob@example.com', NULL, 'mine', 'require "fileinto"; fileinto "Büro";', true);
-- The one to whom mail is forwarded sorts after him who forwards it.
SELECT file_spam('*'), file_list('example.com', '<a@lists.example>', 'Lists'), forward('Bob@example.com', 'zoe@zeta.example', false),
    vacation('zoe@zeta.example', NULL, E'away\n"\\"', 7, '2026-12-01', '2026-12-24'), discard_from('bob@example.com', 'spam.example'),
    file_from('bob@example.com', 'Tim@example.org', E'Tim\\"s');
UPDATE filters SET active = false WHERE kind = 'discard_from';

INSERT INTO clock_events(seen_at, boot_id, booted_at) VALUES ('2026-01-01', '6f1c2b1e-7c55-4d4e-9d3a-1f6a4f3f9f10', '2025-12-01');
INSERT INTO clock_events(seen_at, booted_at, step, found_later, dovecot, host, synchronised, source) VALUES ('2026-01-01 00:00:01.000001', '2025-12-01', '-1 hour -0.000001', true, 'kills', 'mx1', false, 'chronyd');

UPDATE transports SET transport = 'virtual' WHERE domain = 'zeta.example';
SELECT switch_transport('example.com', 'lmtp:unix:private/dovecot-lmtp');
SELECT revert_transport('example.com');
UPDATE domains SET transport = 'archive' WHERE domain = 'relay.example';
SELECT switch_transport('zeta.example', 'archive:stage', 0.7);
SELECT switch_transport('Bob@example.com', 'archive:bob');
SQL

my @keys = (
	'bob@example.com', 'BOB+detail@Example.COM', 'bob@example.net', 'zoe@alpha.example', 'nobody@alpha.example',
	'zoe+x@zeta.example', 'any@zeta.example', 'a@example.com', 'a+b@example.com', 'first@alias.example',
	'any@alias.example', 'copy@example.com', 'list+d@example.com', 'off@example.com', 'gone@example.com',
	'gone+x@example.com', 'own@example.com', 'old@example.com', '"odd one"@example.com', 'odd one@example.com',
	'josé@bücher.example', 'josé@xn--bcher-kva.example', 'carol@relay.example', 'dave@relay.example',
	'any@open-relay.example', 'any@closed.example', 'example.com', 'example.net', 'alpha.example', 'alias.example',
	'relay.example', 'open-relay.example', 'closed.example', 'strasse.de', 'straße.de', '@example.com', '.net', '*', '',
	'list+d@example.net', '2:zoe@zeta.example', '2:bob@example.com', '1:bob@example.com');

# The members of one catalog, as FROM: p.* are its columns.
sub members
{
	my ($catalog) = @_;
	return "$catalog AS p JOIN pg_depend AS d ON d.classid = '$catalog'::regclass AND d.objid = p.oid AND d.deptype = 'e'
		JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'mailstack'";
}

sub relations
{
	my ($kind) = @_;
	return split /\n/, query($source, "SELECT p.oid::regclass FROM " . members('pg_class') . " WHERE relkind = '$kind' ORDER BY 1");
}

sub contents
{
	my ($db, $relation) = @_;
	# A whole row as it would print; of a sequence log_cnt is left out, which says only what the server has in stock.
	return query($db, "SELECT to_jsonb(t) - 'log_cnt' FROM (TABLE $relation) AS t ORDER BY 1");
}

# A call of every lookup for every key, one that takes no key once; who asks must not matter, so it is not the owner.
sub lookup_calls
{
	my $keys = join(', ', map { "('" . s/'/''/gr . "')" } @keys);
	return query($source, "SELECT DISTINCT format('SELECT %L AS lookup, %L AS key, r::text AS answer FROM %s(%s) AS r',
			proname, key, p.oid::regproc, CASE WHEN pronargs > 0 THEN quote_literal(key) END || CASE WHEN pronargs = 3 THEN ', NULL, 2' ELSE '' END)
		FROM " . members('pg_proc') . ", (VALUES $keys) AS k(key)
		WHERE proname ~ '^(postfix|dovecot)_' AND (pronargs > 0 OR key = '')");
}

sub answers
{
	my ($db) = @_;
	my $calls = join(' UNION ALL ', split /\n/, lookup_calls());
	return query($db, "SET ROLE $role; SELECT * FROM ($calls) AS c ORDER BY lookup COLLATE \"C\", key COLLATE \"C\", answer");
}

sub served
{
	my ($db) = @_;
	return query($db, "SELECT d.* FROM mailstack.users u, unnest(ARRAY['all', 'domain', 'filters', 'active']) AS name,
		LATERAL (SELECT * FROM mailstack.dovecot_sieve WHERE username = u.email::text AND script_name = name OFFSET 0) d ORDER BY u.email, name");
}

sub privileges
{
	my ($db) = @_;
	return query($db, "SELECT p.oid::regprocedure, proacl FROM " . members('pg_proc') . " ORDER BY 1");
}

sub make_source
{
	query('postgres', "DROP DATABASE IF EXISTS $source");
	query('postgres', "DROP ROLE IF EXISTS $role; CREATE ROLE $role");
	create_database($source);
	query($source, 'CREATE EXTENSION mailstack');
	query($source, $data);
	query($source, "GRANT USAGE ON SCHEMA mailstack TO $role;
		GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mailstack TO $role");
	# What Dovecot's dict writes to is always empty.
	isnt(contents($source, $_), '', "there is something in $_") for grep { !/\.dovecot_/ } relations('r'), relations('v');
	isnt(answers($source), '', 'the lookups answer something');
	like(served($source), qr/filters.*Tim\\\\\\"s/s, 'the filters are served');
	return;
}

sub restored_ok
{
	my ($db, $name) = @_;
	is(contents($db, $_), contents($source, $_), "$name: $_") for relations('r'), relations('v'), relations('S');
	is(answers($db), answers($source), "$name: what the lookups answer");
	is(privileges($db), privileges($source), "$name: who may call what");
	is(served($db), served($source), "$name: which Sieve scripts are served");
	my $next = query($db, "SET search_path = mailstack;
		CREATE TEMPORARY TABLE before AS SELECT count(*) AS changes, max(id) AS last FROM transport_changes;
		UPDATE domains SET transport = 'archive:next' WHERE domain = 'example.com';
		SELECT count(*) - changes || ' more, ' || (max(id) > last) FROM transport_changes, before GROUP BY changes, last");
	is($next, '1 more, true', "$name: the next transport change gets a new id");
	return;
}

# pg_dump warns of every table with a foreign key to itself; one COPY fills such a table, so it restores all the same.
sub run_ok
{
	my ($name, @argv) = @_;
	my ($status, undef, $said) = command('', @argv);
	is($status, 0, $name) or diag($said);
	return $status == 0;
}

sub test_restore
{
	my ($name, $dump, $restore) = @_;
	my $db = create_database('mailstack_restored');
	run_ok("$name: pg_dump", 'pg_dump', @$dump, $source);
	restored_ok($db, $name) if run_ok("$name: restore", @$restore, '-d', $db);
	drop_database($db);
	return;
}

make_source();
my @plain = ('-f', "$folder/plain.sql");
my @custom = ('-Fc', '-f', "$folder/custom.dump");
test_restore('plain', \@plain, [ qw(psql -Xq -v ON_ERROR_STOP=1 -o /dev/null), @plain ]);
test_restore('plain, one transaction', \@plain, [ qw(psql -Xq1 -v ON_ERROR_STOP=1 -o /dev/null), @plain ]);
test_restore('custom', \@custom, [ qw(pg_restore --exit-on-error), "$folder/custom.dump" ]);
test_restore('custom, two jobs', \@custom, [ qw(pg_restore --exit-on-error -j2), "$folder/custom.dump" ]);
test_restore('directory, two jobs', [ qw(-Fd -j2 -f), "$folder/directory" ],
	[ qw(pg_restore --exit-on-error -j2), "$folder/directory" ]);

# A role for backups, as doc/backup.md has it: row-level security would keep rows from it, so that pg_dump refuses.
my $backup = 'mailstack_dump_backup';
query('postgres', "CREATE ROLE $backup; GRANT pg_read_all_data TO $backup");
my ($status, undef, $said) = command('', 'pg_dump', "--role=$backup", '-f', "$folder/refused.sql", $source);
isnt($status, 0, 'by a role without BYPASSRLS: pg_dump refuses');
like($said, qr/row-level security/, 'and says why');
query('postgres', "ALTER ROLE $backup BYPASSRLS");
test_restore('by a role with BYPASSRLS', [ "--role=$backup", @plain ], [ qw(psql -Xq -v ON_ERROR_STOP=1 -o /dev/null), @plain ]);

drop_database($source);
query('postgres', "DROP ROLE $role");
query('postgres', "DROP ROLE $backup");
done_testing();
