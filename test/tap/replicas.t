# What diagnose() has to say of replicas, each case made with a real one.
use strict;
use warnings;

use File::Temp 'tempdir';
use FindBin;
use lib "$FindBin::Bin/lib";
use Server;
use Test::More;
use Time::HiRes 'sleep';

my $folder = tempdir(CLEANUP => 1);
my $primary = Server->new(Server::place($folder, 'primary'), {})->create;
my $standby = Server->new(Server::place($folder, 'standby'), {});
# For those who see that somebody is behind, and for those who see how much WAL is missing.
my ($SOON, $NEVER, $LITTLE, $MUCH) = ("'0.5 seconds'", "'1 hour'", 1000000, 1000000000);

sub findings
{
	my ($at, $behind, $bytes) = @_;
	return $at->ask('mail', "SELECT string_agg(concat_ws(': ', severity, object, finding), '; ') FROM mailstack.diagnose_replication($behind, $bytes)");
}

sub finds
{
	my ($at, $behind, $bytes, $expected, $name) = @_;
	Server::becomes_true(20, sub { findings($at, $behind, $bytes) =~ $expected });
	like(findings($at, $behind, $bytes), $expected, $name);
	return;
}

# What diagnose() itself says, with the limits that it has.
sub diagnosed
{
	my ($at) = @_;
	return $at->ask('mail', "SELECT string_agg(finding, '; ') FROM mailstack.diagnose() WHERE object NOT IN ('settings', 'the clock')");
}

sub write_octets
{
	my ($octets) = @_;
	$primary->ask('mail', "SELECT pg_logical_emit_message(true, 'mailstack', repeat('x', $octets))");
	return;
}

sub is_level
{
	my ($name) = @_;
	ok(Server::becomes_true(20, sub { $primary->ask('mail', 'SELECT replay_lsn = pg_current_wal_lsn() FROM pg_stat_replication') eq 't' }), $name);
	return;
}

sub test_healthy
{
	is(findings($primary, $SOON, $LITTLE), '', 'without a replica, nothing');
	$primary->ask('mail', "SELECT pg_create_physical_replication_slot('second', true)");
	$standby->create_standby($primary);
	$standby->configure("primary_slot_name = 'second'", "cluster_name = 'mx2'");
	$standby->start;
	# Until it has replayed a transaction, a server cannot say when the last one was.
	write_octets(10);
	is_level('a replica that is level with its primary');
	is(findings($primary, $SOON, $LITTLE), '', 'nothing on the primary');
	# Its last transaction may be old, where the primary has had nothing to do.
	sleep 1;
	is(findings($standby, $SOON, $LITTLE), '', 'nor on the replica');
	is(diagnosed($standby), '', 'where diagnose() answers as well');
	return;
}

sub test_behind
{
	$standby->ask('mail', 'SELECT pg_wal_replay_pause()');
	write_octets(10);
	finds($standby, $SOON, $LITTLE, qr/^warning: this server: as a replica it is \d\d:\d\d:\d\d behind$/, 'a replica that does not go on knows it');
	is(findings($standby, $NEVER, $LITTLE), '', 'after the time that is asked about');
	is(findings($primary, $NEVER, $LITTLE), '', 'its primary does not mind a little WAL');
	write_octets(2000000);
	finds($primary, $NEVER, $LITTLE, qr/^warning: mx2: the replica is 19\d\d kB of WAL behind$/, 'but much of it');
	is(findings($primary, $NEVER, $MUCH), '', 'where it is more than is asked about');
	sleep 1;
	$standby->ask('mail', 'SELECT pg_wal_replay_resume()');
	finds($primary, $SOON, $MUCH, qr/^warning: mx2: the replica is 00:00:0\d behind$/, 'and by how long it was behind, once it goes on');
	is_level('it comes up to it');
	is(diagnosed($primary), '', 'of a second diagnose() does not speak');
	return;
}

sub test_paused_for_long
{
	$standby->ask('mail', 'SELECT pg_wal_replay_pause()');
	write_octets(35000000) for 1, 2;
	ok(Server::becomes_true(20, sub { diagnosed($primary) =~ /^the replica is 6\d MB of WAL behind$/ }), 'of 64 MB it does') or diag(diagnosed($primary));
	$standby->ask('mail', 'SELECT pg_wal_replay_resume()');
	is_level('until that is replayed');
	return;
}

sub test_without_primary
{
	$primary->stop;
	finds($standby, $NEVER, $MUCH, qr/^error: this server: as a replica it is not connected to its primary$/, 'a replica whose primary is gone');
	is(diagnosed($standby), 'as a replica it is not connected to its primary', 'diagnose() says so');
	$primary->start;
	finds($standby, $NEVER, $MUCH, qr/^$/, 'until it is back');
	return;
}

sub test_slot
{
	$standby->stop;
	finds($primary, $NEVER, $MUCH, qr/^error: second: nobody reads from the replication slot$/, 'a slot whose replica is gone');
	is(diagnosed($primary), 'nobody reads from the replication slot', 'diagnose() says so');
	$primary->configure('max_slot_wal_keep_size = 1MB');
	$primary->reload;
	# With every segment that begins, one falls behind what may be kept.
	for (1 .. 3) { $primary->ask('mail', 'SELECT pg_switch_wal()'); write_octets(10); }
	$primary->ask('mail', 'CHECKPOINT');
	is(findings($primary, $NEVER, $MUCH), 'error: second: the WAL that the replication slot is to keep is gone', 'and one that nobody can read any more');
	$primary->ask('mail', "SELECT pg_drop_replication_slot('second')");
	is(findings($primary, $NEVER, $MUCH), '', 'dropped, as the hint says');
	return;
}

sub test_promoted
{
	$standby->start;
	is(findings($standby, $NEVER, $MUCH), 'error: this server: as a replica it is not connected to its primary', 'without its slot the replica cannot connect');
	$standby->control('promote');
	is(findings($standby, $NEVER, $MUCH), '', 'and needs nobody once it is a primary');
	$standby->stop;
	return;
}

$primary->start;
$primary->ask('postgres', 'CREATE DATABASE mail TEMPLATE template0');
$primary->ask('mail', 'CREATE EXTENSION mailstack');
test_healthy();
test_behind();
test_paused_for_long();
test_without_primary();
test_slot();
test_promoted();
done_testing();

END
{
	my $status = $?;
	$_->stop for grep { $_ } $standby, $primary;
	$? = $status;
}
