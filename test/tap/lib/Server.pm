# A PostgreSQL server of a test's own, where that of test/run will not do: preloaded, restarted, crashed, copied.
package Server;

use strict;
use warnings;

use Database;
use IO::Socket::INET;
use Time::HiRes 'sleep';

sub program
{
	my ($name) = @_;
	my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
	chomp(my $bindir = `$pg_config --bindir`);
	return "$bindir/$name";
}

# PostgreSQL does not run as root.
sub run_as_postgres
{
	my ($self, @argv) = @_;
	local %ENV = (%ENV, %{ $self->{environment} });
	my ($status, $output, $said) = command('', qw(setpriv --reuid=postgres --regid=postgres --init-groups), @argv);
	die "@argv: $output$said" if $status != 0;
	return $output;
}

sub free_port
{
	my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
	return $socket->sockport;
}

# A new directory that postgres may write to, in one that it may enter.
sub place
{
	my ($folder, $name) = @_;
	chmod 0755, $folder;
	mkdir "$folder/$name";
	chown scalar getpwnam('postgres'), scalar getgrnam('postgres'), "$folder/$name";
	return "$folder/$name";
}

# In such a directory; environment is what the server has besides ours.
sub new
{
	my ($class, $directory, $environment) = @_;
	return bless { directory => $directory, environment => $environment, port => free_port() }, $class;
}

sub create
{
	my ($self, @settings) = @_;
	$self->run_as_postgres(program('initdb'), '-D', "$self->{directory}/data", qw(-A trust -U postgres -E UTF8 --locale=C.UTF-8 -N));
	$self->configure('listen_addresses = \'\'', "unix_socket_directories = '$self->{directory}'", 'fsync = off', @settings);
	return $self;
}

# A copy of another that is running, to be its standby.
sub create_standby
{
	my ($self, $primary) = @_;
	$self->run_as_postgres(program('pg_basebackup'), '-D', "$self->{directory}/data", qw(-R -c fast -U postgres -h), $primary->{directory}, '-p', $primary->{port});
	$self->configure("unix_socket_directories = '$self->{directory}'");
	return $self;
}

sub configure
{
	my ($self, @settings) = @_;
	open(my $conf, '>>', "$self->{directory}/data/postgresql.conf") or die $!;
	print $conf map { "$_\n" } @settings;
	close $conf;
	return;
}

sub control
{
	my ($self, @what) = @_;
	$self->run_as_postgres(program('pg_ctl'), '-s', '-w', '-D', "$self->{directory}/data", @what);
	return;
}

sub start
{
	my ($self) = @_;
	$self->control('-l', "$self->{directory}/log", '-o', "-p $self->{port}", 'start');
	return;
}

sub stop
{
	my ($self) = @_;
	$self->control(qw(-m fast stop)) if -e "$self->{directory}/data/postmaster.pid";
	return;
}

sub reload
{
	my ($self) = @_;
	$self->control('reload');
	return;
}

# Database's functions ask this server meanwhile.
sub ask
{
	my ($self, $database, $sql) = @_;
	local %ENV = (%ENV, PGHOST => $self->{directory}, PGPORT => $self->{port}, PGUSER => 'postgres');
	return query($database, $sql);
}

# The log from where it was last looked at.
sub log_since
{
	my ($self, $from) = @_;
	open(my $log, '<', "$self->{directory}/log") or die $!;
	seek($log, $from, 0);
	local $/;
	return <$log> // '';
}

sub log_end
{
	my ($self) = @_;
	return -s "$self->{directory}/log" // 0;
}

# Whether it becomes true within so many seconds, by a clock that no test sets.
sub becomes_true
{
	my ($seconds, $condition) = @_;
	for (1 .. $seconds * 20)
	{
		return 1 if $condition->();
		sleep 0.05;
	}
	return 0;
}

1;
