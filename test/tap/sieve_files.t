# mailstack-sieve: what dovecot_sieve serves, as files, written when they change and taken away when they are gone.
use strict;
use warnings;

use File::Temp 'tempdir';
use FindBin;
use lib "$FindBin::Bin/lib";
use Database;
use Dovecot;
use Test::More;

my $db = create_database('mailstack_sieve_files');
my $folder = tempdir(CLEANUP => 1);
my $out = "$folder/of dovecot";
my $conf = write_dovecot_conf($folder);

sub run_tool
{
	my @options = @_;
	return command('', "$FindBin::Bin/../../bin/mailstack-sieve", '-c', $conf, @options, $out, '-d', $db);
}

sub files
{
	return join(' ', sort map { s/^\Q$out\E\///r } glob("'$out'/*.* '$out'/*/*"));
}

sub content
{
	open(my $file, '<', "$out/$_[0]") or return "no $_[0]";
	local $/;
	return <$file>;
}

query($db, "CREATE EXTENSION mailstack; SET search_path = mailstack;
	INSERT INTO domains(domain, transport) VALUES ('example.com', 'dovecot'), ('other.example', 'dovecot');
	INSERT INTO users(email) VALUES ('bob\@example.com'), ('\"o''b \\\\ x\"\@example.com'), ('a/b\@example.com'), ('carol\@other.example');
	INSERT INTO sieve_scripts(name, script) VALUES ('large', E'if size :over 10M {\\r\\n  discard;\\n}\\n\\n');
	INSERT INTO sieve_scripts(domain, name, script) VALUES ('example.com', 'ours', 'keep;');
	SET client_min_messages = warning;
	INSERT INTO sieve_scripts(email, name, script) VALUES ('bob\@example.com', 'mine', 'stop;');
	SELECT file_from('example.com', 'tim\@example.net', 'Größe');");
my @written = ('all.sieve', 'domain/example.com.sieve', 'filters/"o\'b \\\\ x"@example.com.sieve', 'filters/bob@example.com.sieve');

my ($status, $said, $errors) = run_tool('-n');
is_deeply([ $status, $said, $errors ], [ 0, join('', map { "write $_\n" } @written), '' ], '-n says what it would do');
is(files(), '', 'and does nothing');
($status, $said, $errors) = run_tool();
is_deeply([ $status, $said, $errors ], [ 0, join('', map { "write $_\n" } @written), '' ], 'the files are written');
is(files(), join(' ', sort map { ($_, s/sieve$/svbin/r) } @written), 'with their binaries, and nothing else');
is(content('all.sieve'), "if size :over 10M {\r\n  discard;\n}\n\n", 'octet by octet');
like(content('filters/bob@example.com.sieve'), qr/fileinto :create "Größe";/, 'in UTF-8');
is((run_tool())[1], '', 'what is right already is left alone');

query($db, "SET search_path = mailstack; DELETE FROM filters; UPDATE settings SET sieve_personal = 'database';
	UPDATE sieve_scripts SET script = 'discard;' WHERE name = 'ours'");
open(my $other, '>', "$out/own.sieve") or die $!;
close $other;
($status, $said, $errors) = run_tool();
is($said, join('', map { "$_\n" } 'write active/bob@example.com.sieve', 'write domain/example.com.sieve', map { "remove $_" } @written[ 2, 3 ]),
	'what has changed is written, and what is gone taken away');
is(files(), 'active/bob@example.com.sieve active/bob@example.com.svbin all.sieve all.svbin domain/example.com.sieve domain/example.com.svbin own.sieve',
	'with its binaries; what somebody else wrote stays');

# What this sievec does not know: it stays as it was.
query($db, "SET search_path = mailstack; SET mailstack.sieve_extensions = '+editheader';
	UPDATE sieve_scripts SET script = 'require \"editheader\"; addheader \"X-A\" \"b\";' WHERE name = 'large'");
($status, $said, $errors) = run_tool();
is($status >> 8, 1, 'one that sievec refuses is an error');
like($errors, qr/sievec refuses .*all\.sieve:.*editheader/s, 'which says why');
is(content('all.sieve'), "if size :over 10M {\r\n  discard;\n}\n\n", 'and the file that was there stays');
ok(!-e "$out/all.sieve.new", 'and nothing is left beside it');

($status, $said, $errors) = command('', "$FindBin::Bin/../../bin/mailstack-sieve", $out, '-d', 'mailstack_no_such_database');
isnt($status, 0, 'without a database it fails');
is($said, '', 'and touches nothing');
is((command('', "$FindBin::Bin/../../bin/mailstack-sieve"))[0] >> 8, 2, 'without a directory it says how it is called');
drop_database($db);
done_testing();
