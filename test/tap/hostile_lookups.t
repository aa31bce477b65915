# The law of lookups: whatever text a lookup is asked, it does not raise, answers no NULL, at most one row, and writes nothing.
# Each key goes through every lookup, all of them in one session and one read-only transaction.
use strict;
use warnings;
use utf8;

use Encode 'decode';
use FindBin;
use lib "$FindBin::Bin/lib";
use Database;
use Test::More;

binmode(Test::More->builder->$_, ':encoding(UTF-8)') for qw(output failure_output);

my $db = 'mailstack_hostile';
# The same keys each time; another seed is another test.
my $seed = $ENV{SEED} // 1;
srand($seed);

my @addresses = (
	qw(bob@example.com Bob+x@Example.COM box@example.com sales@example.com two@example.com moved@example.com suspended@example.com own@example.com
		nobody@example.com known@relay.example any@vanity.example bob@mirror.example x@bücher.example x@xn--bcher-kva.example
		ü@example.com 字@example.com straße@straße.example x@strasse.example owner-list@example.com), '"a b"@example.com', '"bob"@example.com');
my @valid = (@addresses, (map { (s/.*@//r, s/.*@/@/r, s/.*@/./r) } @addresses), (map { '1:' . $_ } @addresses));
my @odd = (map({ chr } 1 .. 0x24F), '@', '.', '"', '\\', '+', '%', '[', ']', 'xn--', "\x{301}", "\x{345}", "\x{308}", "\x{200B}", "\x{200D}",
	"\x{3002}", "\x{FFFD}", "\x{FFFF}", "\x{1F600}", "\x{10FFFF}", 'ß', 'ς', 'İ', "'", '; DROP TABLE users; --', 'a' x 64, '@' x 70, "\x{FB03}" x 200);

sub run_sql
{
	my ($sql) = @_;
	utf8::encode($sql);
	return query($db, $sql);
}

sub create_data
{
	create_database($db);
	run_sql("CREATE EXTENSION mailstack; SET search_path = mailstack;
		INSERT INTO domains(domain) VALUES ('example.com'), ('bücher.example'), ('straße.example');
		INSERT INTO domains(domain, class) VALUES ('vanity.example', 'virtual_alias'), ('relay.example', 'relay');
		INSERT INTO domains(domain, class, alias_of) VALUES ('mirror.example', 'virtual_alias', 'example.com');
		INSERT INTO relay_recipients(recipient) VALUES ('known\@relay.example');
		INSERT INTO users(email, password) SELECT u, '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi' FROM unnest(ARRAY['bob\@example.com', 'box\@example.com', 'suspended\@example.com',
			'own\@example.com', 'ü\@example.com', '字\@example.com', '\"a b\"\@example.com', 'x\@bücher.example', 'straße\@straße.example']) AS u;
		UPDATE users SET active = false WHERE email = 'suspended\@example.com';
		UPDATE users SET transport = 'lmtp:unix:private/dovecot-lmtp' WHERE email = 'own\@example.com';
		INSERT INTO app_passwords(email, name, password)
			SELECT email, 'Phone', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi' FROM users;
		INSERT INTO aliases(alias, email) VALUES ('sales\@example.com', 'bob\@example.com'), ('two\@example.com', 'bob\@example.com'),
			('two\@example.com', '字\@elsewhere.test'), ('\@vanity.example', 'bob\@example.com'), ('\@bücher.example', 'x\@bücher.example');
		INSERT INTO relocated(email, new_email) VALUES ('moved\@example.com', '字\@elsewhere.test'), ('sales\@example.com', 'far\@elsewhere.test');
		UPDATE users SET receive = 'refuse' WHERE email = 'box\@example.com';
		INSERT INTO recipient_bcc(address, bcc) VALUES ('bob\@example.com', '字\@elsewhere.test'), ('\@bücher.example', 'x\@bücher.example');
		INSERT INTO sender_bcc(address, bcc) VALUES ('bob\@example.com', '字\@elsewhere.test'), ('\@bücher.example', 'x\@bücher.example');
		INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('\@example.com', '[mail.elsewhere.test]:587');
		INSERT INTO list_senders(list, sender) VALUES ('bob\@example.com', 'ü\@example.com'), ('bob\@example.com', '\@straße.example');
		SELECT file_from('bob\@example.com', 'x\@far.example', '字'), file_spam('ü\@example.com'), vacation('字\@example.com', '字', 'ü');
		CREATE TABLE public.keys (key text NOT NULL);");
	return;
}

sub pick { return $_[ int rand @_ ] }

# Random bytes, read as LATIN1 or as UTF-8: what is neither becomes U+FFFD, and NUL, which no text holds, nothing.
sub random_text
{
	my $bytes = join '', map { chr int rand 256 } 1 .. int rand 60;
	$bytes = decode('UTF-8', $bytes) if rand() < 0.5;
	return $bytes =~ tr/\0//dr;
}

sub mutated
{
	my $key = pick(@valid);
	for (0 .. int rand 3)
	{
		my $at = int rand(1 + length $key);
		my $how = int rand 6;
		if    ($how == 0) { substr($key, $at, 0) = pick(@odd); }
		elsif ($how == 1) { substr($key, $at, 1) = pick(@odd) if $at < length $key; }
		elsif ($how == 2) { substr($key, $at, 1 + int rand 3) = '' if $at < length $key; }
		elsif ($how == 3) { $key .= substr($key, $at); }
		elsif ($how == 4) { substr($key, $at) = lc(substr $key, $at) eq substr($key, $at) ? uc substr($key, $at) : lc substr($key, $at); }
		else              { $key = pick(@valid) . $key; }
	}
	return $key;
}

sub copy_line { return $_[0] =~ s/([\\\n\r\t\cH\cK\cL])/sprintf('\\x%02x', ord $1)/ger . "\n" }

# Each code point once in an address; those of the first plane, where the scripts are, alone and in a domain, too.
sub load_keys
{
	my $rows = join '', map { copy_line($_) } @valid, map({ random_text() } 1 .. 40_000), map({ mutated() } 1 .. 60_000);
	run_sql("COPY keys FROM STDIN;\n$rows\\.\n");
	query($db, "INSERT INTO keys SELECT chr(c) || '\@example.com' FROM generate_series(1, 1114111) AS c WHERE c NOT BETWEEN 55296 AND 57343;
		INSERT INTO keys SELECT k FROM generate_series(1, 65535) AS c, LATERAL (VALUES (chr(c)), ('x\@' || chr(c) || '.example')) AS v(k)
		WHERE c NOT BETWEEN 55296 AND 57343");
	return query($db, 'VACUUM ANALYZE keys; SELECT count(*) FROM keys');
}

sub lookups
{
	return split /\n/, query($db, "SELECT p.oid::regproc FROM pg_proc AS p WHERE pronamespace = 'mailstack'::regnamespace
		AND proname ~ '^(postfix|dovecot)_' AND proargtypes[0] = 'text'::regtype ORDER BY 1");
}

# One lookup asks for more than a key.
sub call
{
	my ($lookup, $key) = @_;
	return $lookup =~ /app_passdb/ ? "$lookup($key, 'imap', 1)" : "$lookup($key)";
}

# Which key it was, where a lookup raised.
sub first_raised
{
	my ($lookup) = @_;
	my (undef, undef, $said) = psql($db, "DO \$\$ DECLARE k text; BEGIN FOR k IN TABLE keys LOOP PERFORM @{[call($lookup, 'k')]}; END LOOP;
		EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%: % (%)', k, SQLERRM, SQLSTATE; END \$\$");
	utf8::decode($said);
	return $said;
}

# For each lookup: its name, the keys that gave more than one row, those that gave a NULL, and all rows. A column of Dovecot's
# that is NULL is a field that is not there.
sub ask_all
{
	my @lookups = @_;
	my $asked = join ' ', map { "SELECT '$_', count(*) FILTER (WHERE n > 1), sum(nulls), sum(n)
		FROM (SELECT id, count(*) AS n, count(*) FILTER (WHERE r IS NULL) AS nulls
			FROM (SELECT ctid AS id, @{[call($_, 'key')]} AS r FROM keys) AS a GROUP BY id) AS b;" } @lookups;
	return psql($db, "SET max_parallel_workers_per_gather = 0; BEGIN READ ONLY; $asked
		SELECT 'written', sum(n_tup_ins + n_tup_upd + n_tup_del), count(pg_current_xact_id_if_assigned()) FROM pg_stat_xact_all_tables; COMMIT;");
}

# What explains has more rows and NULLs in them, but the rest of the law is its, too: no key raises, and each is answered.
sub test_explanations
{
	for my $function (qw(mailstack.route mailstack.route_domain mailstack.explain_login))
	{
		my ($status, $output, $said) = psql($db, "SET max_parallel_workers_per_gather = 0; BEGIN READ ONLY;
			SELECT count(*) FILTER (WHERE n = 0), count(*) FILTER (WHERE n > 1) > 0, count(pg_current_xact_id_if_assigned())
			FROM (SELECT (SELECT count(*) FROM $function(key)) AS n FROM keys) AS a; COMMIT;");
		is($status, 0, "$function never raises") or diag($said, first_raised($function));
		is($output, "0|t|0\n", "$function has an answer to each, longer ones among them, and writes nothing");
		($status, undef, $said) = psql($db, "SET client_encoding = 'LATIN1'; SET synchronize_seqscans = off;
			SELECT r FROM (SELECT * FROM keys LIMIT 100000) AS k, $function(key) AS r;");
		is($status, 0, "$function does not raise in LATIN1") or diag($said);
	}
	return;
}

# Postfix 3.7 sets LATIN1, in which not every destination can be sent. The first keys are those that were mutated.
sub test_latin1
{
	my @lookups = @_;
	my $asked = join ' ', map { "SELECT r FROM (SELECT * FROM keys LIMIT 100000) AS k, @{[call($_, 'key')]} AS r;" } @lookups;
	my ($status, $output, $said) = psql($db, "SET client_encoding = 'LATIN1'; SET synchronize_seqscans = off; $asked");
	is($status, 0, 'none raises in LATIN1') or diag($said);
	unlike($output, qr/^$/m, 'no row is empty in LATIN1');
	return;
}

# Pigeonhole's dict asks by a name and a user, or an id and a user; any of them may be anything.
sub test_sieve
{
	my $asked = join ' ', map { my ($where, $most) = @$_; "SELECT count(d.id) > 0, count(*) - count(d.script) FROM (SELECT * FROM keys LIMIT $most) k
		LEFT JOIN LATERAL (SELECT * FROM mailstack.dovecot_sieve WHERE $where OFFSET 0) d ON true;" }
		[ "username = k.key AND script_name = 'filters'", 'ALL' ], [ "username = 'bob\@example.com' AND script_name = k.key", 100_000 ],
		[ "username = 'bob\@example.com' AND id = k.key", 100_000 ], [ "username = k.key AND id = 'filters.' || k.key", 100_000 ];
	my ($status, $output, $said) = psql($db, "BEGIN READ ONLY; $asked SELECT count(pg_current_xact_id_if_assigned()); COMMIT;");
	is($status, 0, 'dovecot_sieve never raises') or diag($said);
	like($output, qr/^t\|(\d+)\nf\|\d+\nf\|\d+\nf\|\d+\n0$/, 'knows some of the users, no other name and no other id, and writes nothing');
	($status, undef, $said) = psql($db, "SET client_encoding = 'LATIN1'; SET synchronize_seqscans = off;
		SELECT d.* FROM (SELECT * FROM keys LIMIT 100000) k, LATERAL (SELECT * FROM mailstack.dovecot_sieve WHERE username = k.key AND script_name = 'filters' OFFSET 0) d;");
	is($status, 0, 'dovecot_sieve does not raise in LATIN1') or diag($said);
	return;
}

create_data();
my $keys = load_keys();
cmp_ok($keys, '>', 100_000, "$keys keys, by seed $seed");
my @lookups = lookups();
cmp_ok(scalar @lookups, '>=', 12, 'there are lookups');
my ($status, $output, $said) = ask_all(@lookups);
my %answers = map { /^([^|]+)\|(.*)$/ ? ($1 => [split /\|/, $2]) : () } split /\n/, $output;
for my $lookup (@lookups)
{
	my $answer = $answers{$lookup};
	ok($answer, "$lookup never raises") or do { diag($said, first_raised($lookup)); last; };
	is($answer->[0], 0, "$lookup gives at most one row");
	is($answer->[1], 0, "$lookup gives no NULL");
	cmp_ok($answer->[2], '>', 0, "$lookup knows some of them");
}
is_deeply($answers{written}, [0, 0], 'nothing was written');
test_latin1(@lookups);
test_sieve();
test_explanations();
drop_database($db);
done_testing();
