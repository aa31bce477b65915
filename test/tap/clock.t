# The worker that sees the clock being set: a server that has it preloaded, and a clock that the test sets for that
# server alone.
use strict;
use warnings;

use Fcntl;
use File::Temp 'tempdir';
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Open2;
use POSIX 'mkfifo';
use Server;
use Test::More;
use Time::HiRes 'sleep';

my $folder = tempdir(CLEANUP => 1);
is(system('gcc', qw(-Wall -Wextra -Werror -O1 -shared -fPIC -o), "$folder/fake_clock.so", "$FindBin::Bin/lib/fake_clock.c"), 0, 'a clock to set');

# A directory for a server, with a clock of its own that is right so far.
sub place
{
	my ($name) = @_;
	my $directory = Server::place($folder, $name);
	mkfifo("$directory/cancel", 0600) or die $!;
	chown scalar getpwnam('postgres'), -1, "$directory/cancel";
	open(my $offset, '>', "$directory/offset") or die $!;
	print $offset pack('q', 0);
	close $offset;
	return ($directory, { LD_PRELOAD => "$folder/fake_clock.so", FAKE_CLOCK_OFFSET => "$directory/offset", FAKE_CLOCK_CANCEL => "$directory/cancel" });
}

my $server = Server->new(place('primary'))->create(q(shared_preload_libraries = 'mailstack'), q(mailstack.clock_database = 'mail'));
my %offset;

# Sets the clock of a server on or back, and nobody is woken.
sub set_clock_silently
{
	my ($at, $seconds) = @_;
	$offset{$at} = ($offset{$at} // 0) + $seconds;
	open(my $file, '+<', "$at->{directory}/offset") or die $!;
	syswrite $file, pack('q', $offset{$at} * 1e9);
	close $file;
	return;
}

# Cancels the timers that wait for that, as the kernel does; whether somebody waits.
sub wake
{
	my ($at) = @_;
	sysopen(my $cancel, "$at->{directory}/cancel", O_WRONLY | O_NONBLOCK) or return 0;
	return syswrite($cancel, 'x');
}

sub set_clock
{
	my ($at, $seconds) = @_;
	set_clock_silently($at, $seconds);
	return wake($at);
}

# What the kernel says from now on: 1, something keeps the clock right; 2, nothing does.
sub set_kernel
{
	my ($at, $says) = @_;
	open(my $file, '+<', "$at->{directory}/offset") or die $!;
	sysseek $file, 8, 0;
	syswrite $file, pack('q', $says);
	close $file;
	return;
}

sub events
{
	my ($at) = @_;
	return $at->ask('mail', "SELECT string_agg(coalesce(round(extract(epoch FROM step), 2) || ' ' || direction || ' ' || dovecot || CASE WHEN found_later THEN ' later' ELSE '' END, 'watched'),
		', ' ORDER BY id) FROM mailstack.clock_events");
}

# What is recorded in the end.
sub events_ok
{
	my ($at, $expected, $name) = @_;
	Server::becomes_true(20, sub { events($at) eq $expected });
	is(events($at), $expected, $name);
	return;
}

sub watcher
{
	my ($at) = @_;
	return $at->ask('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'mailstack clock'");
}

sub log_like
{
	my ($at, $from, $expected, $name) = @_;
	Server::becomes_true(20, sub { $at->log_since($from) =~ $expected });
	like($at->log_since($from), $expected, $name);
	return;
}

# Processor time, and how often it was on the processor.
sub work_of
{
	my ($pid) = @_;
	open(my $stat, '<', "/proc/$pid/stat") or return 'gone';
	my @fields = split ' ', <$stat>;
	open(my $status, '<', "/proc/$pid/status") or return 'gone';
	return join ' ', @fields[ 13, 14 ], map { /ctxt_switches:\s+(\d+)/ ? $1 : () } <$status>;
}

sub test_no_database
{
	$server->start;
	log_like($server, 0, qr/FATAL:  database "mail" does not exist\n.*HINT:  mailstack.clock_database names/, 'a database that is not there: a line in the log that says what to do');
	sleep 3;
	is(scalar(() = $server->log_since(0) =~ /does not exist/g), 1, 'and no second one');
	like(watcher($server), qr/^\d+$/, 'the watcher goes on');

	my $from = $server->log_end;
	$server->ask('postgres', 'CREATE DATABASE mail TEMPLATE template0');
	$server->reload;
	log_like($server, $from, qr/LOG:  what the clock does is not recorded in database "mail"\n.*DETAIL:  The extension mailstack is not there.\n.*HINT:  CREATE EXTENSION/, 'nor the extension: another');

	# Somebody else's table of that name is none of ours; the trigger would run as a superuser.
	$server->ask('mail', "CREATE SCHEMA mailstack; CREATE TABLE mailstack.clock_events AS SELECT 1 AS booted_at, 1 AS id, NULL::uuid AS boot_id;
		CREATE FUNCTION public.trap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
		CREATE TRIGGER trap BEFORE INSERT ON mailstack.clock_events EXECUTE FUNCTION public.trap()");
	$from = $server->log_end;
	$server->reload;
	log_like($server, $from, qr/The extension mailstack is not there/, 'a table of another with that name is left alone');
	unlike($server->log_since(0), qr/trapped|ERROR/, 'and no trigger of it runs');
	$server->ask('mail', 'DROP SCHEMA mailstack CASCADE; CREATE EXTENSION mailstack');
	is($server->ask('mail', 'SELECT watched FROM mailstack.clock_status()'), 't', 'clock_status() says that the clock is watched');
	$server->reload;
	events_ok($server, 'watched', 'with the extension, that it is watched is recorded');
	is($server->ask('mail', "SELECT count(*) FROM mailstack.clock_events e, mailstack.clock_status() s WHERE boot_id IS NOT NULL AND e.booted_at - s.booted_at BETWEEN '-1 ms' AND '1 ms'"),
		1, 'with which boot, and when that was');
	return;
}

sub test_steps
{
	my $pid = watcher($server);
	my $all = 'watched';
	for my $case ([ 20, 'forward warns', qr/WARNING:  the clock was set forward by (20.000|19.999) s\n.*DETAIL:  .*Time jumped forwards/ ],
		[ -3, 'backward sleeps', qr/WARNING:  the clock was set back by (3.000|2.999) s\n.*DETAIL:  .*sleep until.*\n.*HINT:  / ],
		[ -3600, 'backward kills', qr/WARNING:  the clock was set back by (3600.000|3599.999) s\n.*DETAIL:  .*kill themselves.*180.000 s/ ],
		[ 0.25, 'forward nothing', qr/LOG:  the clock was set forward by 0.2\d\d s\n.*DETAIL:  .*no notice/ ])
	{
		my ($seconds, $said, $log) = @$case;
		my $from = $server->log_end;
		ok(set_clock($server, $seconds), "$seconds s: the worker is waiting");
		$all .= sprintf(', %.2f %s', $seconds, $said);
		events_ok($server, $all, "$seconds s: $said");
		log_like($server, $from, $log, "$seconds s: and is logged");
	}
	is($server->ask('mail', "SELECT count(*) FROM mailstack.clock_events e JOIN mailstack.clock_events before ON before.id = (SELECT max(id) FROM mailstack.clock_events WHERE id < e.id)
		WHERE e.booted_at - before.booted_at = e.step AND abs(extract(epoch FROM e.step) - round(extract(epoch FROM e.step), 2)) < 0.001"), 4,
		'the size of each is right to the millisecond');
	isnt($server->ask('mail', "SELECT count(*) FROM mailstack.rows_from_the_future() WHERE table_name = 'clock_events' AND column_name = 'seen_at'"), 0, 'what was written before is from the future now');
	my $from = $server->log_end;
	ok(wake($server), 'a timer may be cancelled for another reason');
	sleep 1;
	is(events($server), $all, 'that is no event');
	is($server->log_since($from), '', 'nor is it logged');
	is(watcher($server), $pid, 'it was the same process all the time');
	$server->ask('mail', 'DELETE FROM mailstack.clock_events WHERE id < (SELECT max(id) FROM mailstack.clock_events)');
	return;
}

# While nothing can be written, every step is kept for later.
sub test_locked_table
{
	my $pid = fork // die $!;
	if ($pid == 0)
	{
		$server->ask('mail', 'BEGIN; LOCK TABLE mailstack.clock_events IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(4)');
		POSIX::_exit(0);
	}
	Server::becomes_true(5, sub { $server->ask('mail', "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'mailstack.clock_events'::regclass") });
	for my $seconds (1, 2, -2, 4)
	{
		my $from = $server->log_end;
		set_clock($server, $seconds);
		log_like($server, $from, qr/the clock was set/, "$seconds s: logged at once");
	}
	waitpid $pid, 0;
	events_ok($server, '0.25 forward nothing, 1.00 forward nothing, 2.00 forward nothing, -2.00 backward sleeps, 4.00 forward nothing',
		'steps while the table is locked are recorded after it, each');
	$server->ask('mail', 'DELETE FROM mailstack.clock_events WHERE id < (SELECT max(id) FROM mailstack.clock_events)');
	return;
}

sub test_renamed_database
{
	my $from = $server->log_end;
	is($server->ask('postgres', 'ALTER DATABASE mail RENAME TO post'), '', 'the worker keeps no database from being renamed');
	set_clock($server, -7);
	log_like($server, $from, qr/FATAL:  database "mail" does not exist\n.*HINT:/, 'where it is gone, the log says so');
	$from = $server->log_end;
	$server->configure(q(mailstack.clock_database = ''));
	$server->reload;
	# The worker shows nowhere that it has read the setting.
	sleep 1;
	set_clock($server, 7);
	log_like($server, $from, qr/set forward by (7\.00|6\.99)/, 'where none is named');
	$server->configure(q(mailstack.clock_database = 'mail'));
	set_clock($server, 30);
	$server->ask('postgres', 'ALTER DATABASE post RENAME TO mail');
	$server->reload;
	unlike($server->log_since($from), qr/FATAL|ERROR/, 'steps are only logged');
	events_ok($server, '4.00 forward nothing, -7.00 backward kills later, 7.00 forward nothing, 30.00 forward warns',
		'what the table lacks is recorded when it is there again');
	$server->ask('mail', 'DELETE FROM mailstack.clock_events WHERE id < (SELECT max(id) FROM mailstack.clock_events)');
	return;
}

# Back when all has started again.
sub is_back
{
	my ($at, $before) = @_;
	return Server::becomes_true(30, sub { my $pid = eval { watcher($at) }; return $pid && $pid ne $before; });
}

sub test_crash
{
	my $pid = watcher($server);
	set_clock_silently($server, -10);
	kill 'KILL', $pid;
	ok(is_back($server, $pid), 'killed, it comes back with the server');
	my $all = '30.00 forward warns, -10.00 backward kills later';
	events_ok($server, $all, 'and finds what happened meanwhile');

	$pid = watcher($server);
	my $from = $server->log_end;
	$server->ask('postgres', "SELECT pg_terminate_backend($pid)");
	ok(is_back($server, $pid), 'told to end, it comes back after a while');
	unlike($server->log_since($from), qr/FATAL|ERROR/, 'and nothing else happens');

	$server->stop;
	set_clock_silently($server, 3);
	$server->configure('max_worker_processes = 1', 'max_logical_replication_workers = 0');
	$from = $server->log_end;
	$server->start;
	log_like($server, $from, qr/WARNING:  what the clock did is not recorded yet: no background worker is free\n.*HINT:  .*max_worker_processes/, 'where no worker can be had, the log says what to do');
	is(events($server), $all, 'and nothing is recorded');
	$server->stop;
	$server->configure('max_worker_processes = 8');
	$server->start;
	events_ok($server, "$all, 3.00 forward nothing later", 'a step while the server was down is found, too');
	return;
}

sub test_standby
{
	my $standby = Server->new(place('standby'))->create_standby($server);
	set_clock_silently($standby, $offset{$server});
	$standby->start;
	my $all = events($server);
	Server::becomes_true(20, sub { events($standby) eq $all });
	is($standby->ask('mail', 'SELECT pg_is_in_recovery()'), 't', 'a standby');
	is(watcher($standby), '', 'has no watcher');
	ok(!set_clock($standby, -20), 'so that nobody waits for its clock to be set');
	$standby->reload;
	sleep 1;
	is(events($standby), $all, 'and records nothing');
	unlike($standby->log_since(0), qr/ERROR|WARNING|FATAL|PANIC/, 'nor does it complain');
	is($standby->ask('mail', 'SELECT booted_at < read_at, watched FROM mailstack.clock_status()'), 't|f', 'clock_status() answers there, and says so');
	$standby->control('promote');
	events_ok($standby, "$all, -20.00 backward kills later", 'promoted, it finds what happened meanwhile');
	ok(is_back($standby, 0) && set_clock($standby, 11), 'and watches from there');
	events_ok($standby, "$all, -20.00 backward kills later, 11.00 forward warns", 'what happens next');
	$standby->stop;
	unlike($standby->log_since(0), qr/ERROR|PANIC/, 'down to its end');
	return;
}

# What is found where nothing keeps the clock right, whatever the machine has.
sub test_synchronised
{
	my $finding = "SELECT string_agg(severity || ': ' || finding, '; ') FROM mailstack.diagnose_clock() WHERE finding LIKE '%synchronised%'";
	set_kernel($server, 1);
	is($server->ask('mail', 'SELECT synchronised FROM mailstack.clock_status()'), 't', 'a clock that is kept right');
	is($server->ask('mail', $finding), '', 'is no finding');
	set_kernel($server, 2);
	is($server->ask('mail', 'SELECT synchronised FROM mailstack.clock_status()'), 'f', 'one that is not');
	like($server->ask('mail', $finding), qr/^warning: it is not synchronised(, though \S+ runs)?$/, 'is one');
	like($server->ask('mail', "SELECT string_agg(finding, '; ') FROM mailstack.diagnose() WHERE object = 'the clock'"), qr/it is not synchronised/, 'diagnose() says so');
	return;
}

# All of that was another's timer; this is the kernel's, and what waiting for it costs.
sub test_real_clock
{
	my $all = events($server);
	$server->stop;
	$server->{environment} = {};
	$server->start;
	events_ok($server, sprintf('%s, %.2f forward warns later', $all, -$offset{$server}), 'without our clock, that is a step as well');
	my $pid = watcher($server);
	my @timers = grep { (readlink("/proc/$pid/fd/$_") // '') =~ /timerfd/ } map { m{/(\d+)$} } glob "/proc/$pid/fd/*";
	is(scalar @timers, 1, 'the worker has one timer of the kernel');
	open(my $info, '<', "/proc/$pid/fdinfo/$timers[0]") or die $!;
	like(join('', <$info>), qr/clockid: 0\n.*settime flags: 03\n/s, 'of CLOCK_REALTIME, absolute, and cancelled when that is set');
	my $before = work_of($pid);
	sleep 4;
	isnt($before, 'gone', 'the watcher is a process');
	is(work_of($pid), $before, 'which does nothing at all while the clock goes on');
	return;
}

# The kernel's own clock, there and back: only where it is asked for, since every program of the machine sees it.
sub test_real_step
{
	my $program = "$folder/step_clock";
	is(system('gcc', qw(-Wall -Wextra -Werror -o), $program, "$FindBin::Bin/lib/step_clock.c"), 0, 'the clock of this machine can be set');
	my $all = events($server);
	for my $case ([ 700, '0.70 forward nothing' ], [ -700, '-0.70 backward sleeps' ])
	{
		my ($milliseconds, $recorded) = @$case;
		is(system($program, $milliseconds), 0, "by $milliseconds ms");
		$all .= ", $recorded";
		events_ok($server, $all, 'which the worker sees at once, and records');
	}
	return;
}

# Its configuration, for an imap that is nobody's child and is to keep our clock.
sub dovecot_conf
{
	my ($directory) = @_;
	my @imported = qw(USER HOME LD_PRELOAD FAKE_CLOCK_OFFSET FAKE_CLOCK_CANCEL);
	my $common = "ssl = no\nbase_dir = $directory\nlog_path = /dev/stderr\nfirst_valid_uid = 1\n";
	return "${common}mail_location = maildir:$directory/mail\nimport_environment = @imported\n" if `dovecot --version` =~ /^2\.3/;
	return "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n${common}mail_driver = maildir\nmail_path = $directory/mail\n"
		. join('', "import_environment {\n", (map { "  $_ = %{env:$_}\n" } @imported), "}\n");
}

# What we say of Dovecot, by its own words: an imap that has been awake a moment ago.
sub test_dovecot
{
	my ($directory, $environment) = place('dovecot');
	open(my $conf, '>', "$directory/dovecot.conf") or die $!;
	print $conf dovecot_conf($directory);
	close $conf;
	my $dovecot = { directory => $directory };
	local %ENV = (%ENV, %$environment, USER => 'postgres', HOME => $directory);
	local $SIG{PIPE} = 'IGNORE';
	for my $case ([ -7, qr/Fatal: Time just moved backwards by 6\..*kill myself now/ ], [ -2, qr/Error: Time just moved backwards by 1\..*sleep now/ ],
		[ 1700, qr/^(?!.*Time)/s ], [ 1900, qr/Warning: Time (jumped forwards|moved forward|moved forward by) \d\d\d?\./ ])
	{
		my ($seconds, $expected) = @$case;
		my $pid = open2(my $out, my $in, 'setpriv --reuid=postgres --regid=postgres --clear-groups /usr/lib/dovecot/imap -c $HOME/dovecot.conf 2>&1');
		print $in "a NOOP\r\n";
		$in->flush;
		while (<$out>) { last if /^a OK/ }
		# It has to be waiting again, with the time of its last waking noted.
		sleep 0.3;
		set_clock_silently($dovecot, $seconds);
		print $in "b LOGOUT\r\n";
		$in->flush;
		my $said = join '', <$out>;
		waitpid $pid, 0;
		like($said, $expected, "$seconds s: what the real Dovecot says");
	}
	return;
}

# Ends what it has started, whatever happens.
my $done = eval {
	test_no_database();
	test_steps();
	test_locked_table();
	test_renamed_database();
	test_crash();
	test_standby();
	test_synchronised();
	test_real_clock();
	test_real_step() if $ENV{MAILSTACK_SET_CLOCK};
	test_dovecot();
	1;
};
my $problem = $@;
system("cat $folder/*/log | sed 's/^/# /'") if !$done;
for my $data (glob "$folder/*/data")
{
	Server->new($data =~ s/\/data$//r, {})->stop;
}
ok($done, 'it came to its end') or diag($problem);
done_testing();
