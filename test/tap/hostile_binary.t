# The binary input of every type trusts nobody: mutated octets are refused with an error that says so, or are a value, which then
# comes back as it was sent; the session goes on.
use strict;
use warnings;

use Encode qw(decode FB_CROAK);
use FindBin;
use lib "$FindBin::Bin/lib";
use Database;
use Protocol;
use Test::More;

my $db = 'mailstack_hostile_binary';
my $seed = $ENV{SEED} // 1;
srand($seed);
my $tries = 10_000;

my %values = (
	mail_key => ['', '*', 'bob@example.com', '@example.com', '.example.com', 'example.com', '"a b"@example.com', "x\@b\xC3\xBCcher.example", 'x' x 70_000],
	mail_address => ['bob@example.com', 'Bob+x@Example.COM', '"a\\"b"@example.com', "Stra\xC3\x9Fe\@b\xC3\xBCcher.example"],
	mail_domain => ['example.com', "b\xC3\xBCcher.example", 'xn--bcher-kva.example'],
	alias_key => ['bob@example.com', '@example.com', "\@b\xC3\xBCcher.example"],
	maildir_path => ['example.com/bob/', '/home/mail//x', "b\xC3\xBCcher/a b", 'c/' x 2000],
	mail_transport => ['virtual', 'lmtp:unix:private/dovecot-lmtp', 'smtp:[mail.example.com]:25', 'smtp:' . 'h' x 2000],
	mail_password => ['{SHA1}5en6G6MezRroT3XKqkdPOmY/BfQ=', '{SSHA}' . 'A' x 472, '$1$Ph5TQsEa$OFX/4cVIdU0/ZeYHfcwjw/', '{sha512-crypt}$6$rounds=1000$a$' . 'b' x 86],
	sieve_script => ['', 'keep;', 'require "fileinto"; if header :contains "X-Spam-Flag" "YES" { fileinto "Spam"; }', "redirect text:\nbob\@b\xC3\xBCcher.example\n.\n;", 'keep; # ' . 'x' x 70_000]);
# Invalid text, version, encoding, and a message that ends too soon.
my %refusal = map { $_ => 1 } qw(22P02 22P03 22021 08P01);

sub mutated
{
	my ($octets) = @_;
	for (0 .. int rand 3)
	{
		my $at = rand() < 0.5 ? int rand(4) : int rand(1 + length $octets);
		next if $at >= length $octets;
		my $how = int rand 5;
		if    ($how == 0) { substr($octets, $at, 1) = chr int rand 256; }
		elsif ($how == 1) { substr($octets, $at, 0) = chr(int rand 256) x (rand() < 0.9 ? 1 : 300); }
		elsif ($how == 2) { substr($octets, $at) = ''; }
		elsif ($how == 3) { substr($octets, $at, 1 + int rand 3) = ''; }
		else              { vec($octets, 8 * $at + int rand 8, 1) ^= 1; }
	}
	return $octets;
}

sub is_text
{
	my ($octets) = @_;
	return $octets !~ /\0/ && eval { decode('UTF-8', $octets, FB_CROAK); 1 };
}

# One value: undef where all is well, or what is not.
sub complaint
{
	my ($session, $type, $octets, $count) = @_;
	my $answer = $session->execute($type, $octets);
	if ($answer->{error})
	{
		$count->{refused}++;
		return $refusal{ $answer->{sqlstate} } ? undef : "$answer->{sqlstate} $answer->{error}";
	}
	my $sent = $answer->{row}[0];
	my $again = $session->execute($type, $sent);
	$count->{accepted}++;
	return 'a value of another version' if $octets !~ /^\x01/;
	return 'a value that is no UTF-8' if !is_text($sent);
	return 'another value than its text is' if $answer->{row}[1] ne $sent;
	return !$again->{error} && $again->{row}[0] eq $sent ? undef : 'what it sends is not what it takes';
}

sub test_type
{
	my ($session, $type) = @_;
	my (%count, @complaints);
	$session->prepare($type, "SELECT \$1::mailstack.$type, \$1::mailstack.${type}::text::mailstack.$type", query($db, "SELECT 'mailstack.$type'::regtype::oid"));
	for my $value (@{ $values{$type} })
	{
		my $answer = $session->execute($type, "\x01$value");
		ok(!$answer->{error}, "$type takes version 1 of " . substr($value, 0, 40)) or diag($answer->{error});
	}
	for (1 .. $tries)
	{
		my $octets = mutated("\x01" . $values{$type}[int rand @{ $values{$type} }]);
		my $found = complaint($session, $type, $octets, \%count);
		push @complaints, unpack('H*', substr $octets, 0, 400) . ": $found" if $found;
	}
	is(scalar @complaints, 0, "$type refuses mutated octets with an error of its own, or takes them for good");
	diag($_) for @complaints[0 .. ($#complaints < 9 ? $#complaints : 9)];
	cmp_ok($count{refused} // 0, '>', $tries / 20, "$type refused some of them");
	cmp_ok($count{accepted} // 0, '>', $tries / 40, "$type took some of them");
	return;
}

create_database($db);
query($db, 'CREATE EXTENSION mailstack');
my $session = Protocol->new($db);
test_type($session, $_) for sort keys %values;
is(query($db, "SELECT count(*) FROM pg_type WHERE typnamespace = 'mailstack'::regnamespace AND typelem = 0
	AND typtype IN ('b', 'd') AND typname NOT IN (" . join(', ', map { "'$_'" } keys %values) . ')'), 0, 'every type was tried');
undef $session;
drop_database($db);
done_testing();
