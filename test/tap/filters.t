# Random filters of hostile strings: each script that is served for them compiles with Debian's sievec, and formatted again it
# stays the same.
use strict;
use warnings;

use File::Path 'make_path';
use File::Temp 'tempdir';
use FindBin;
use lib "$FindBin::Bin/lib";
use Database;
use Dovecot;
use Test::More;

my $users = $ENV{COUNT} // 400;
my $db = create_database('mailstack_filters');
my $folder = tempdir(CLEANUP => 1);
srand($ENV{SEED} // 1);

# What strings are made of: what Sieve, its extensions and the server could take for something else.
my @pieces = ('a', 'Z', ' ', '.', '/', '"', '\\', '${a}', '${1}', '${hex:22}', '${unicode:22}', 'ü', '€', "\xf0\x9f\x90\x98", 'text:', ';', '{', '}', '[', ']', '#', '/*', '*/',
	'discard;', '*', '?', '@', ',', ':', "'", '$$', '%u', '%', '&-', '~', '=20');
my @more_pieces = (@pieces, "\n", "\r\n", "\r", "\n.\n", "\t", "\n..", "\x01");

sub words
{
	my ($most, @of) = @_;
	return join('', map { $of[ rand @of ] } 1 .. 1 + rand $most);
}

sub one_of
{
	return $_[ rand @_ ];
}

sub literal
{
	my ($text) = @_;
	return 'NULL' if !defined $text;
	return "E'" . $text =~ s/([\\'])/\\$1/gr =~ s/\x01/\\x01/gr . "'";
}

sub line
{
	return literal(words(12, @pieces) . 'x');
}

# One that a Maildir can have: no part of it is empty, and it does not begin with a tilde.
sub folder
{
	my $name = words(12, @pieces) . 'x';
	return literal($name =~ s/[.\/]+/./gr =~ s/^[.~]+/x/r);
}

sub sender
{
	return one_of("'tim\@example.net'", "'spam.example'", "'\@bücher.example'", "E'\"o \\\\\" ${\int rand 99}\"\@example.net'", "'ü\@example.net'", "'n${\int rand 1e6}\@example.org'");
}

sub filter
{
	my ($owner, $forwards) = @_;
	my $kind = one_of(qw(file_spam file_from file_list discard_from forward vacation vacation));
	return "file_spam($owner, ${\folder()})" if $kind eq 'file_spam';
	return "file_from($owner, ${\sender()}, ${\folder()})" if $kind eq 'file_from';
	return "file_list($owner, 'l${\int rand 1e6}.${\one_of('a', '\"', 'b@c', '\\')}.example', ${\folder()})" if $kind eq 'file_list';
	return "discard_from($owner, ${\sender()})" if $kind eq 'discard_from';
	return "forward($owner, '${\one_of('n', '\"a b\"', '\"\\\"\"', 'x+y')}\@n${\int rand 1e6}.far.example', ${\one_of('true', 'false')})" if $kind eq 'forward' && $$forwards++ < 4;
	return "vacation($owner, ${\one_of('NULL', line())}, ${\literal(words(30, @more_pieces))}, ${\int(1 + rand 60)}, ${\one_of('NULL', q('2026-12-01'))}, ${\one_of('NULL', q('2026-12-24'))})";
}

# A filter that is there already is passed over.
sub make_filters
{
	my $sql = "SET search_path = mailstack; SET client_min_messages = error;
		INSERT INTO domains(domain, transport) VALUES ('example.com', 'dovecot');
		INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
		INSERT INTO users(email) SELECT 'u' || n || '\@example.com' FROM generate_series(1, $users) n;
		INSERT INTO aliases(alias, email) SELECT 'a' || n || '\@example.com', 'u' || n || '\@example.com' FROM generate_series(1, $users, 2) n;
		INSERT INTO aliases(alias, email) SELECT '\"\\\" ' || n || '\"\@example.com', 'a' || n || '\@example.com' FROM generate_series(1, $users, 4) n;
		SELECT file_list('example.com', 'ours.example', 'Ours'), discard_from('*', 'bad.example');\n";
	for my $n (1 .. $users)
	{
		my $forwards = 0;
		my $owner = "'u$n\@example.com'";
		$sql .= "DO \$do\$ BEGIN PERFORM mailstack.${\filter($owner, \$forwards)}; EXCEPTION WHEN unique_violation THEN END \$do\$;\n" for 1 .. 1 + rand 8;
	}
	my ($status, undef, $said) = psql($db, $sql);
	is($status, 0, 'random filters are taken') or diag(substr($said, 0, 2000));
	return;
}

# Both what is served and what sieve_source() shows, one file each.
sub write_scripts
{
	my $listed = query($db, "SELECT format('%s.%s.sieve', split_part(email::text, '\@', 1), what), encode(convert_to(script, 'UTF8'), 'hex')
		FROM mailstack.users u, LATERAL (
			SELECT 'served' AS what, d.script FROM (SELECT * FROM mailstack.dovecot_sieve WHERE username = u.email::text AND script_name = 'filters' OFFSET 0) d
			UNION ALL SELECT 'shown', mailstack.sieve_source(u.email::text)::text) s");
	my @rows = split /\n/, $listed;
	make_path("$folder/scripts");
	for (@rows)
	{
		my ($name, $hex) = split /\|/;
		open(my $file, '>', "$folder/scripts/$name") or die "$name: $!";
		print $file pack('H*', $hex);
		close $file;
	}
	return scalar @rows;
}

sub compile
{
	return command('', 'sievec', '-c', write_dovecot_conf($folder), "$folder/scripts");
}

query($db, 'CREATE EXTENSION mailstack');
make_filters();
is(write_scripts(), 2 * $users, 'each user has a script');
my ($status, undef, $said) = compile();
is($status, 0, 'sievec compiles them all') or diag(substr($said, 0, 2000));
unlike($said, qr/error|warning/i, 'and has nothing to say');
is(query($db, "SELECT count(*) FROM mailstack.users u, mailstack.sieve_source(u.email::text) s, mailstack.sieve_check(s::text)"), 0, 'nor has sieve_check()');
is(query($db, "SELECT count(*) FROM mailstack.users u, mailstack.sieve_source(u.email::text) s WHERE mailstack.sieve_format(s)::text <> s::text"), 0, 'they are laid out as sieve_format() would');
my $changed = query($db, "SET search_path = mailstack;
	CREATE FUNCTION public.ids() RETURNS TABLE (email text, id text, script text) LANGUAGE sql AS 'SELECT u.email::text, d.id, d.script FROM mailstack.users u,
		LATERAL (SELECT * FROM mailstack.dovecot_sieve WHERE username = u.email::text AND script_name = ''filters'' OFFSET 0) d';
	CREATE TEMPORARY TABLE before AS SELECT * FROM public.ids();
	UPDATE filters SET active = NOT active WHERE id % 3 = 0 AND kind <> 'forward';
	DELETE FROM aliases WHERE alias IN (SELECT alias FROM aliases ORDER BY alias LIMIT 50);
	SELECT count(*) FILTER (WHERE (b.id = a.id) <> (b.script = a.script)) || ' ' || (count(*) FILTER (WHERE a.id <> b.id) > 0) FROM before b JOIN public.ids() a USING (email)");
is($changed, '0 true', 'an id changes where the script does, and only there');
is(query($db, "SELECT count(DISTINCT id) - count(DISTINCT script) FROM public.ids()"), 0, 'different scripts have different ids');
drop_database($db);
done_testing();
