# Asks the server that PGHOST and the like name, through psql: no driver is needed.
package Database;

use strict;
use warnings;

use Exporter 'import';
our @EXPORT = qw(create_database drop_database psql query command);

# Runs a command, with text for its standard input; returns its status, output and error output.
sub command
{
	my ($text, @argv) = @_;
	my $errors = "/tmp/mailstack-tap-$$.err";
	my $input = "/tmp/mailstack-tap-$$.in";

	open(my $in, '>', $input) or die "$input: $!";
	print $in $text;
	close $in;
	my $line = join(' ', map { "'" . s/'/'\\''/gr . "'" } @argv);
	my $output = `$line < $input 2> $errors`;
	my $status = $?;
	open(my $err, '<', $errors) or die "$errors: $!";
	my $said = join('', <$err>);
	close $err;
	unlink $errors, $input;
	return ($status, $output, $said);
}

sub psql
{
	my ($database, $sql) = @_;
	return command($sql, qw(psql -XqAt -v ON_ERROR_STOP=1 -d), $database, qw(-f -));
}

# What a statement that must work answers.
sub query
{
	my ($database, $sql) = @_;
	my ($status, $output, $said) = psql($database, $sql);
	die "$database: $said" if $status != 0;
	chomp $output;
	return $output;
}

# A new, empty one, also where a run that died left its own.
sub create_database
{
	my ($name, $options) = @_;
	drop_database($name);
	query('postgres', "CREATE DATABASE $name TEMPLATE template0 " . ($options // ''));
	return $name;
}

sub drop_database
{
	my ($name) = @_;
	query('postgres', "DROP DATABASE IF EXISTS $name");
	return;
}

1;
