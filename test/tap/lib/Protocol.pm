# Speaks the server's protocol (version 3.0) itself, to send values in their binary form, which psql cannot.
package Protocol;

use strict;
use warnings;

use IO::Socket::UNIX;

# A session as PGUSER, through the socket in the directory PGHOST.
sub new
{
	my ($class, $database) = @_;
	my $socket = IO::Socket::UNIX->new(Peer => "$ENV{PGHOST}/.s.PGSQL.$ENV{PGPORT}") or die "cannot connect: $!";
	my $self = bless { socket => $socket }, $class;
	my $startup = pack('N', 196608) . join("\0", 'user', $ENV{PGUSER}, 'database', $database, '', '');
	syswrite $socket, pack('N', 4 + length $startup) . $startup;
	my $answer = $self->answer;
	die $answer->{error} if $answer->{error};
	return $self;
}

sub message
{
	my ($type, $body) = @_;
	return $type . pack('N', 4 + length $body) . $body;
}

sub octets
{
	my ($self, $n) = @_;
	my $octets = '';
	while (length $octets < $n)
	{
		sysread($self->{socket}, $octets, $n - length $octets, length $octets) or die 'the server closed the connection';
	}
	return $octets;
}

# Reads up to ReadyForQuery: the last row as its columns, or the SQLSTATE of an error and its words.
sub answer
{
	my ($self) = @_;
	my %answer;
	while (1)
	{
		my ($type, $length) = unpack 'a1 N', $self->octets(5);
		my $body = $self->octets($length - 4);
		return \%answer if $type eq 'Z';
		$answer{row} = [unpack 'x2 (N/a)*', $body] if $type eq 'D';
		next if $type ne 'E';
		my %field = map { substr($_, 0, 1) => substr($_, 1) } split /\0/, $body;
		@answer{qw(sqlstate error)} = @field{qw(C M)};
	}
}

# A statement of one parameter, whose type is given by its oid.
sub prepare
{
	my ($self, $name, $sql, $type) = @_;
	syswrite $self->{socket}, message('P', "$name\0$sql\0" . pack('n N', 1, $type)) . message('S', '');
	my $answer = $self->answer;
	die "$sql: $answer->{error}" if $answer->{error};
	return;
}

# Runs it with a value in binary form; what it answers is binary, too.
sub execute
{
	my ($self, $name, $value) = @_;
	my $bind = "\0$name\0" . pack('n n n N/a n n', 1, 1, 1, $value, 1, 1);
	syswrite $self->{socket}, message('B', $bind) . message('E', "\0" . pack('N', 0)) . message('S', '');
	return $self->answer;
}

1;
