# What sievec wants to be told before it compiles, in the words of the release that is installed.
package Dovecot;
use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(write_dovecot_conf);

# Writes dovecot.conf in a folder, where the mail and the personal scripts would lie, too; returns its path.
sub write_dovecot_conf
{
	my ($folder) = @_;
	my $path = "$folder/dovecot.conf";
	open(my $conf, '>', $path) or die "$path: $!";
	if (`dovecot --version` =~ /^2\.3/)
	{
		print $conf "protocols =\nssl = no\nlog_path = /dev/stderr\nmail_location = maildir:$folder/mail\nplugin {\n  sieve = file:$folder/personal\n}\n";
	}
	else
	{
		print $conf "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\nprotocols =\nssl = no\nlog_path = /dev/stderr\n",
			"mail_driver = maildir\nmail_path = $folder/mail\nsieve_script personal {\n  path = $folder/personal\n}\n";
	}
	close $conf;
	return $path;
}

1;
