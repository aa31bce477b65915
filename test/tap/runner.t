# mailstack-runner: homes made, moved, kept and deleted on the disk; killed at each step; two at once; traps on the way.
use strict;
use warnings;

use Fcntl;
use File::Path 'make_path';
use File::Temp 'tempdir';
use FindBin;
use lib "$FindBin::Bin/lib";
use Database;
use IO::Select;
use POSIX 'mkfifo';
use Test::More;

my $db = create_database('mailstack_runner');
my $folder = tempdir(CLEANUP => 1);
my $root = "$folder/mail";
my ($uid, $gid) = (6001, 6002);
my @program = ("$FindBin::Bin/../../runner/mailstack-runner");

query($db, "CREATE EXTENSION mailstack; SET client_min_messages = warning;
	DROP ROLE IF EXISTS mailstack_runner; CREATE ROLE mailstack_runner LOGIN; SELECT mailstack.grant_runner('mailstack_runner');
	UPDATE mailstack.settings SET mail_root = '$root', uid = $uid, gid = $gid;
	INSERT INTO mailstack.domains(domain) VALUES ('example.com')");

sub ask { return query($db, "SET search_path = mailstack, public; $_[0]") }

# Once, as a role that can do nothing else.
sub runner
{
	my @options = @_;
	my ($status, $said, $errors) = command('', @program, '-1', @options, $root, "dbname=$db user=mailstack_runner");
	return ($status, $said =~ s/^\d+ //gmr, $errors =~ s/^mailstack-runner: \d+ /mailstack-runner: /gmr);
}

sub now_due { ask("UPDATE maildir_tasks SET due = now() WHERE done_at IS NULL AND due <> 'infinity'") }
# As if the change had been a while ago.
sub age { ask("UPDATE maildir_tasks SET due = now(), created = created - interval '21 minutes' WHERE done_at IS NULL") }
sub open_tasks { return ask("SELECT concat_ws(' ', action, maildir, target, result) FROM maildir_tasks WHERE done_at IS NULL ORDER BY id") }

sub begin_afresh
{
	command('', 'rm', '-rf', $folder . '/mail');
	mkdir $root or die $!;
	chmod 0755, $root;
	ask("DELETE FROM users; DELETE FROM maildir_tasks; DELETE FROM retired_maildirs;
		UPDATE settings SET maildir_runner = true, retired_days = 30");
}

sub spew
{
	my ($file, $content) = @_;
	my $directory = $file =~ s{/[^/]*$}{}r;
	# As their owner, as a delivery agent would.
	make_path($directory, { owner => $uid, group => $gid, mode => 0700 });
	open(my $out, '>', $file) or die "$file: $!";
	print $out $content // $file;
	close $out;
	chown $uid, $gid, $file;
}

# All that is below a directory.
sub tree
{
	my ($directory) = @_;
	return join(' ', sort map { chomp; s{^\Q$directory\E/}{}r } grep { $_ ne "$directory\n" } `find '$directory' ! -type d 2>/dev/null`);
}

sub owner
{
	my @st = lstat $_[0];
	return @st ? sprintf('%d:%d %04o', $st[4], $st[5], $st[2] & 07777) : 'none';
}

# Nothing of the runner's is left anywhere.
sub traces { return join(' ', `find '$root' -name '.mailstack-*'`) }

# -------------------------------------------------------------------- the way of a maildir
begin_afresh();
ask("UPDATE settings SET maildir_runner = false");
my ($status, $said, $errors) = runner();
is_deeply([ $status >> 8, $said, $errors ], [ 1, '', "mailstack-runner: maildir_runner is not set in mailstack.settings\n" ], 'it has to be set');
ask("UPDATE settings SET maildir_runner = true");
ask("INSERT INTO users(email) VALUES ('bob\@example.com')");
($status, $said, $errors) = runner();
is_deeply([ $status, $said, $errors ], [ 0, "create example.com/bob/: made\n", '' ], 'a home is made');
is(owner("$root/example.com/bob"), "$uid:$gid 0700", 'for its user alone');
is(owner("$root/example.com"), '0:0 0711', 'below a directory that others can pass, and that is root\'s as the one above is');
is((runner())[1], '', 'once');
is(ask("SELECT host IS NOT NULL AND reported_at IS NOT NULL AND done_at IS NOT NULL, result FROM maildir_tasks"), 't|made', 'and reported');

spew("$root/example.com/bob/Maildir/cur/1.old:2,S", 'one');
spew("$root/example.com/bob/Maildir/dovecot-uidlist", 'of bob');
symlink('nowhere', "$root/example.com/bob/.dovecot.sieve");
ask("UPDATE users SET maildir = 'far/away/bob'");
spew("$root/far/away/bob/Maildir/new/2.new", 'two');
spew("$root/far/away/bob/Maildir/new/1.also", 'three');
spew("$root/far/away/bob/Maildir/tmp/4.being-written", 'half');
spew("$root/far/away/bob/Maildir/dovecot-uidlist", 'of the new one');
spew("$root/far/away/bob/Maildir/.Spam/new/5.spam", 'five');
spew("$root/far/away/bob/Maildir/.Spam/dovecot-uidlist", 'of Spam');
($status, $said) = runner();
is($said, "move example.com/bob/ far/away/bob/: moved\nsweep example.com/bob/ far/away/bob/: 4 late files moved\n",
	'a home is moved, though mail was delivered to the new one already');
is(tree("$root/far/away/bob"), '.dovecot.sieve Maildir/.Spam/dovecot-uidlist Maildir/.Spam/new/5.spam Maildir/cur/1.old:2,S Maildir/dovecot-uidlist Maildir/new/1.also Maildir/new/2.new',
	'with all that is in it');
is(`cat $root/far/away/bob/Maildir/dovecot-uidlist`, 'of bob', 'and with what Dovecot knows of the old messages');
is(tree("$root/example.com/bob"), 'Maildir/dovecot-uidlist Maildir/tmp/4.being-written', 'what is being written, and what both have, stays');
is(traces(), '', 'and nothing of the runner');
spew("$root/example.com/bob/Maildir/new/6.late", 'six');
age();
is((runner())[1], "sweep example.com/bob/ far/away/bob/: 1 late files moved\n", 'what is delivered late comes after it');
ok(-e "$root/far/away/bob/Maildir/new/6.late", 'to the new place');
ask("DELETE FROM users");
is((runner())[1], "retire far/away/bob/: kept: 8 files, " . length('one' . 'two' . 'three' . 'of bob' . 'five' . 'of Spam' . 'six' . 'nowhere') . " bytes\n",
	'of a user who is deleted it is said what is kept');
now_due();
ask("UPDATE maildir_tasks SET due = now() + interval '1 day' WHERE maildir = 'example.com/bob'");
($status, $said) = runner();
is($said, "purge far/away/bob/: begun\ntake far/away/bob/: taken away\ndelete far/away/bob/: deleted: 8 files, " . length('onetwothreeof bobfiveof Spamsixnowhere') . " bytes\n", 'until it is deleted');
ok(!-e "$root/far/away/bob" && -d "$root/far/away", 'it alone');
is(ask("SELECT maildir FROM retired_maildirs"), 'example.com/bob/', 'and its path is free');
spew("$root/example.com/bob/Maildir/new/7.later", 'seven');
now_due();
is((runner())[1], "purge example.com/bob/: begun\ntake example.com/bob/: taken away\ndelete example.com/bob/: deleted: 3 files, " . length('half' . 'of the new one' . 'seven') . " bytes\n",
	'what was left of the old place is deleted, too');
is(tree($root), '', 'nothing is left');

# Another uid, and chown -R, while he is being moved.
begin_afresh();
spew("$root/old/Maildir/cur/1.a", 'a');
ask("UPDATE settings SET maildir_runner = false; INSERT INTO users(email, maildir) VALUES ('bob\@example.com', 'old');
	UPDATE settings SET maildir_runner = true; UPDATE users SET maildir = 'new'");
is((runner())[0], 0, 'a home is moved');
spew("$root/old/Maildir/new/2.late", 'late');
ask("UPDATE users SET uid = 6003, gid = 6004");
command('', 'chown', '-R', '6003:6004', "$root/new");
age();
like((runner())[2], qr/"old" belongs to uid $uid, not 6003/, 'and has another uid: what came late still belongs to the former one');
command('', 'chown', '-R', '6003:6004', "$root/old");
age();
ask("UPDATE settings SET retired_days = 0");
($status, $said, $errors) = runner();
is_deeply([ $status, $errors, tree($root), open_tasks() ], [ 0, '', 'new/Maildir/cur/1.a new/Maildir/new/2.late', '' ], 'until it was given to him, too');

# ----------------------------------------------------------------------- killed at each step
# Does it again after every step at which it can be killed, and at last without; mail goes on to arrive.
sub killed_at_each_step
{
	my ($name, $prepare, $between, $check) = @_;
	my $steps = 0;
	my $killed;
	do
	{
		$steps++;
		begin_afresh();
		$prepare->();
		($status, $said, $errors) = runner("--stop-after=$steps");
		$killed = ($status & 127) == 9 || $status >> 8 == 137;
		$between->() if $killed;
		if ($killed)
		{
			# In two halves, as it were: killed again at the next step it takes.
			runner('--stop-after=1');
			($status, $said, $errors) = runner();
		}
		is_deeply([ $status, $errors, $check->($killed) ], [ 0, '', '' ], "$name, killed at step $steps" . ($killed ? '' : ': there is none'))
			or diag("$said\n" . `find $root`);
	} while ($killed && $steps < 200);
	cmp_ok($steps, '>', 2, "$name has steps");
}

sub moved_home
{
	spew("$root/old/Maildir/cur/1.a:2,S", 'a');
	spew("$root/old/Maildir/dovecot-uidlist", 'of the old one');
	ask("UPDATE settings SET maildir_runner = false; INSERT INTO users(email, maildir) VALUES ('bob\@example.com', 'old');
		UPDATE settings SET maildir_runner = true; UPDATE users SET maildir = 'new/place'");
}
sub all_moved
{
	my @expected = sort @_;
	# What is swept after 20 minutes; and what was left over is purged.
	age();
	runner();
	my $swept = open_tasks();
	ask('UPDATE settings SET retired_days = 0');
	runner();
	return (tree("$root/new/place") eq join(' ', @expected) ? '' : tree("$root/new/place"))
		. (`cat $root/new/place/Maildir/dovecot-uidlist` eq 'of the old one' ? '' : 'other uidlist')
		. ($swept =~ /^purge old\/ new\/place\/ \d+ late files moved$/ ? '' : $swept) . open_tasks()
		. traces() . (-e "$root/old" ? 'old is there' : '');
}
sub prepare_purge
{
	moved_home();
	ask("DELETE FROM users; UPDATE maildir_tasks SET action = 'retire', target = NULL WHERE maildir = 'old';
		DELETE FROM maildir_tasks WHERE maildir <> 'old'; UPDATE settings SET retired_days = 0");
}
sub all_killed
{
	my ($where) = @_;
	killed_at_each_step("create$where",
		sub { ask("INSERT INTO users(email, maildir) VALUES ('bob\@example.com', 'a/b/c')") },
		sub { },
		sub { return traces() . open_tasks() . (owner("$root/a/b/c") eq "$uid:$gid 0700" && owner("$root/a") eq '0:0 0711' ? '' : 'owner') });
	killed_at_each_step("move$where", \&moved_home,
		sub { spew("$root/new/place/Maildir/new/2.b", 'b'); spew("$root/old/Maildir/new/3.c", 'c') },
		sub { return all_moved('Maildir/cur/1.a:2,S', 'Maildir/dovecot-uidlist', $_[0] ? ('Maildir/new/2.b', 'Maildir/new/3.c') : ()) });
	killed_at_each_step("move$where, where there is mail",
		sub { moved_home(); spew("$root/new/place/Maildir/new/0.z", 'z'); spew("$root/new/place/Maildir/dovecot-uidlist", 'of the new one') },
		sub { spew("$root/new/place/Maildir/new/2.b", 'b'); spew("$root/old/Maildir/new/3.c", 'c') },
		sub { return all_moved('Maildir/cur/1.a:2,S', 'Maildir/dovecot-uidlist', 'Maildir/new/0.z', $_[0] ? ('Maildir/new/2.b', 'Maildir/new/3.c') : ()) });
	killed_at_each_step("purge$where",
		\&prepare_purge,
		# Late mail, while it is not released.
		sub { spew("$root/old/Maildir/new/3.c", 'c') if ask("SELECT count(*) FROM retired_maildirs WHERE maildir = 'old'") },
		sub { return tree($root) . traces() . open_tasks() . ask("SELECT maildir FROM retired_maildirs WHERE maildir = 'old'") });
	return;
}

all_killed('');
# Who would come back while it is being taken away is not let in, wherever that was cut off, nor is his mail forgotten.
for my $steps (1 .. 20)
{
	begin_afresh();
	prepare_purge();
	runner("--stop-after=$steps");
	my $state = ask("SELECT action FROM maildir_tasks WHERE done_at IS NULL");
	my $released = eval { ask("DELETE FROM retired_maildirs WHERE maildir = 'old'"); 1 } ? 'released' : 'refused';
	is("$state $released", $steps < 3 ? 'take refused' : "$state released", "killed at step $steps, it is not released while it is taken away");
	runner();
	is(traces() . tree($root) . open_tasks() . ask("SELECT maildir FROM retired_maildirs WHERE maildir = 'old'"), '', 'and nothing is left over');
	last if $state eq '';
}
# On a file system that knows no renameat2() but the plain one, as NFS.
open(my $shim, '>', "$folder/shim.c") or die $!;
print $shim "#include <errno.h>\n#include <stdio.h>\nint renameat2(int from, const char *a, int to, const char *b, unsigned flags)\n"
	. "{ if (flags) { errno = EINVAL; return -1; } return renameat(from, a, to, b); }\n";
close $shim;
is((command('', 'gcc', '-D_GNU_SOURCE', '-shared', '-fPIC', '-o', "$folder/shim.so", "$folder/shim.c"))[0], 0, 'a file system as NFS');
@program = ('env', "LD_PRELOAD=$folder/shim.so", @program);
all_killed(' as on NFS');
splice(@program, 0, 2);

# --------------------------------------------------- one home in the place of another
# What is made on the way belongs to whom the mail root does, and whoever may write there may write here.
begin_afresh();
chown $uid, 77, $root;
chmod 02775, $root;
ask("INSERT INTO users(email, maildir) VALUES ('bob\@example.com', 'a/b/c')");
is((runner())[0], 0, 'below a mail root that is its user\'s');
is_deeply([ owner("$root/a"), owner("$root/a/b"), owner("$root/a/b/c") ], [ ("$uid:77 2731") x 2, "$uid:$gid 0700" ], 'what is made is, too');

# A runner that is not root has all mail as its own, and no rights to give away.
begin_afresh();
chmod 0755, $folder;
chown $uid, $gid, $root;
chmod 0770, $root;
command('', 'cp', $program[0], "$folder/runner");
ask("INSERT INTO users(email, maildir) VALUES ('bob\@example.com', 'a/bob'), ('ann\@example.com', 'a/ann'); UPDATE settings SET retired_days = 0;
	UPDATE users SET maildir = 'b/bob' WHERE maildir = 'a/bob'; DELETE FROM users WHERE maildir = 'a/ann'");
($status, $said, $errors) = command('', 'setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups', "$folder/runner", '-1', $root, "dbname=$db user=mailstack_runner");
is_deeply([ $status, $errors ], [ 0, '' ], 'a runner that is not root');
is_deeply([ owner("$root/b"), owner("$root/b/bob"), -e "$root/a/ann" ? 1 : 0, traces() ], [ "$uid:$gid 0731", "$uid:$gid 0700", 0, '' ], 'does the same');

# Two users, of whom a third one could exchange the homes.
sub two_homes
{
	my ($action) = @_;
	begin_afresh();
	spew("$root/common/bob/Maildir/cur/1.bob", 'of bob');
	spew("$root/common/eve/Maildir/cur/1.eve", 'of eve');
	chown 0, 0, "$root/common";
	chmod 0711, "$root/common";
	chown 7001, 7001, "$root/common/eve";
	ask("INSERT INTO retired_maildirs(maildir, email) VALUES ('common/bob', 'x\@example.com');
		INSERT INTO maildir_tasks(action, maildir, target, uid, gid) VALUES ('$action', 'common/bob', "
		. ($action eq 'move' ? "'common/new'" : 'NULL') . ", $uid, $gid)");
}
my $both_there = 'bob/Maildir/cur/1.bob eve/Maildir/cur/1.eve';
for my $way ([ 7001, 0755, qr/"common" belongs to uid 7001, who could put another home into the place of one of uid $uid: chown it to root/ ],
	[ 0, 0775, qr/others than its owner may write in "common"/ ], [ 0, 0757, qr/others than its owner/ ],
	[ $uid, 0757, qr/others than its owner/ ], [ 0, 01777, undef ], [ $uid, 0775, undef ])
{
	my ($owner, $mode, $expected) = @$way;
	my $name = sprintf('a directory of uid %d with mode %04o', $owner, $mode);
	for my $action (qw(create move purge take delete))
	{
		two_homes($action);
		chown $owner, 0, "$root/common";
		chmod $mode, "$root/common";
		($status, $said, $errors) = runner();
		like($errors, $expected // qr/^$/, "$action: $name is " . ($expected ? 'refused' : 'fine'));
		is(tree("$root/common"), $both_there, 'and all stays') if $expected;
	}
}
two_homes('take');
chmod 0775, $root;
like((runner())[2], qr/others than its owner may write in "the mail root"/, 'nor may that be the mail root');

# They are exchanged by somebody between our last look and the rename, which a shim of the C library does here.
open(my $swap, '>', "$folder/swap.c") or die $!;
print $swap "#include <fcntl.h>\n#include <string.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n"
	. "int renameat2(int from, const char *a, int to, const char *b, unsigned flags)\n"
	. "{ static int n; if (strcmp(a, \"bob\") == 0 && n++ == 0) syscall(SYS_renameat2, from, \"bob\", from, \"eve\", 2);\n"
	. "return syscall(SYS_renameat2, from, a, to, b, flags); }\n";
close $swap;
is((command('', 'gcc', '-D_GNU_SOURCE', '-shared', '-fPIC', '-o', "$folder/swap.so", "$folder/swap.c"))[0], 0, 'somebody who is quick');
for my $action (qw(take move))
{
	for my $new_home ($action eq 'move' ? (0, 1) : 0)
	{
		two_homes($action);
		spew("$root/common/new/Maildir/new/2.new", 'new') if $new_home;
		@program = ('env', "LD_PRELOAD=$folder/swap.so", @program);
		like((runner())[2], qr/"bob" was changed by somebody while it was/, "$action: a home that takes the place of another is seen");
		splice(@program, 0, 2);
		is(tree("$root/common"), 'bob/Maildir/cur/1.eve eve/' . ($action eq 'move' ? '.mailstack-moved-' . ask('SELECT max(id) FROM maildir_tasks') . ' eve/' : '') . 'Maildir/cur/1.bob'
			. ($new_home ? ' new/Maildir/new/2.new' : ''), 'and is back where it was put');
		now_due();
		like((runner())[2], qr/"bob" belongs to uid 7001, not $uid/, 'for good');
	}
}
# Whatever lies in a box: what is not the task's is not deleted.
two_homes('delete');
my $box = "$root/common/.mailstack-purged-" . ask('SELECT max(id) FROM maildir_tasks');
mkdir $box, 0700;
rename "$root/common/eve", "$box/0";
like((runner())[2], qr/what was taken away belongs to uid 7001, not $uid, and is not deleted/, 'what is deleted is looked at once more');
is(tree($box), '0/Maildir/cur/1.eve', 'and stays');
# Nor is given away what somebody has put in the place of a directory that we just made.
begin_afresh();
spew("$root/roots/1.secret");
chown 0, 0, "$root/roots", "$root/roots/1.secret";
open($swap, '>', "$folder/swap.c") or die $!;
print $swap "#include <fcntl.h>\n#include <sys/stat.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n"
	. "int mkdirat(int dir, const char *name, mode_t mode)\n"
	. "{ return syscall(SYS_mkdirat, dir, name, mode) || syscall(SYS_renameat2, dir, \"roots\", dir, name, 2); }\n";
close $swap;
command('', 'gcc', '-D_GNU_SOURCE', '-shared', '-fPIC', '-o', "$folder/swap.so", "$folder/swap.c");
ask("INSERT INTO users(email, maildir) VALUES ('bob\@example.com', 'bob')");
@program = ('env', "LD_PRELOAD=$folder/swap.so", @program);
like((runner())[2], qr/cannot give directory "bob" to uid $uid/, 'what is given away is empty');
splice(@program, 0, 2);
ok(!-e "$root/bob" && (stat("$root/roots"))[4] == 0, 'so that it stays root\'s');

# ------------------------------------------------------------------------- the disk
# What was done is on the disk before anything relies on it: a shim writes down what is done in which order.
sub shim
{
	my ($code) = @_;
	open(my $source, '>', "$folder/shim2.c") or die $!;
	print $source "#include <dirent.h>\n#include <dlfcn.h>\n#include <errno.h>\n#include <fcntl.h>\n#include <stdio.h>\n#include <string.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n$code";
	close $source;
	is((command('', 'gcc', '-D_GNU_SOURCE', '-shared', '-fPIC', '-o', "$folder/shim2.so", "$folder/shim2.c"))[0], 0, 'a shim');
	@program = ('env', "LD_PRELOAD=$folder/shim2.so", @program);
}
begin_afresh();
moved_home();
spew("$root/new/place/Maildir/new/2.new", 'new');
shim("static void put(const char *what, int dir, const char *name) { char link[64], path[4096] = \"\"; FILE *log = fopen(\"$folder/calls\", \"a\");\n"
	. "snprintf(link, sizeof(link), \"/proc/self/fd/%d\", dir); if (readlink(link, path, sizeof(path) - 1) < 0) {}\n"
	. "fprintf(log, \"%s %s%s\\n\", what, path + strlen(\"$root\"), name); fclose(log); }\n"
	. "int fsync(int fd) { put(\"sync\", fd, \"\"); return 0; }\n"
	. "int renameat2(int from, const char *a, int to, const char *b, unsigned flags) { char name[300]; snprintf(name, sizeof(name), \"/%s\", b); put(\"rename\", to, name); return syscall(SYS_renameat2, from, a, to, b, flags); }\n");
my $calls = sub { open(my $in, '<', "$folder/calls") or return ''; local $/; my $all = <$in>; unlink "$folder/calls"; return $all };
is((runner())[0], 0, 'a move');
is($calls->(), "sync /old\nrename /new/place\nsync /new\nsync \nrename /new/place/Maildir\nrename /new/place/Maildir/new\nsync /new/place/Maildir\nsync /new/place\n",
	'is marked on the disk before, and is there after it');
ask("DELETE FROM users; UPDATE settings SET retired_days = 0; UPDATE maildir_tasks SET due = now() + interval '1 day' WHERE maildir = 'old'");
is((runner())[0], 0, 'a purge');
like($calls->(), qr(^rename /new/\.mailstack-purged-(\d+)/0\nsync /new/\.mailstack-purged-\1\nsync /new\n\z), 'is, before it is committed');
ask("INSERT INTO users(email, maildir) VALUES ('ann\@example.com', 'ann')");
is((runner())[0], 0, 'a new home');
is($calls->(), "rename /ann\nsync \n", 'is, too');
splice(@program, 0, 2);
# What lies on another file system is moved by hand.
for my $new_home (0, 1)
{
	begin_afresh();
	moved_home();
	spew("$root/new/place/Maildir/new/2.new", 'new') if $new_home;
	shim("int renameat2(int from, const char *a, int to, const char *b, unsigned flags) { if (strcmp(a, \"old\") == 0) { errno = EXDEV; return -1; } return syscall(SYS_renameat2, from, a, to, b, flags); }\n");
	my $before = tree($root);
	like((runner())[2], qr{: "new/place/" is on another file system, .* copy it by hand .* SET done_at = now\(\) WHERE id = \d+$}, 'a home is not moved to another file system');
	is(tree($root), $before, 'and all is as it was');
	splice(@program, 0, 2);
}
# A directory that cannot be read is none that has ended.
begin_afresh();
spew("$root/old/Maildir/new/$_", $_) for 1 .. 5;
spew("$root/new/Maildir/new/0", 0);
ask("INSERT INTO retired_maildirs(maildir, email) VALUES ('old', 'x\@example.com');
	INSERT INTO maildir_tasks(action, maildir, target, uid, gid) VALUES ('sweep', 'old', 'new', $uid, $gid)");
shim("struct dirent *readdir(DIR *dir) { static int n; struct dirent *(*next)(DIR *) = dlsym(RTLD_NEXT, \"readdir\");\n"
	. "if (++n < 10) return next(dir); errno = EIO; return NULL; }\n");
like((runner())[2], qr{cannot read a directory to its end: Input/output error}, 'what the disk does not tell is not taken for nothing');
splice(@program, 0, 2);

# ------------------------------------------------------------------------------- traps
begin_afresh();
my $victim = "$folder/victim";
spew("$victim/bob/Maildir/cur/1.treasure", 'gold');
chown $uid, $gid, "$victim", "$victim/bob";
symlink($victim, "$root/link");
symlink("$victim/bob", "$root/bob");
mkdir "$root/good";
chown $uid, $gid, "$root/good";
symlink("$victim", "$root/good/link");
spew("$root/file");

sub refused
{
	my ($what, $action, $maildir, $target, $expected) = @_;
	ask("DELETE FROM maildir_tasks; INSERT INTO retired_maildirs(maildir, email) VALUES ('$maildir', 'x\@example.com') ON CONFLICT DO NOTHING;
		INSERT INTO maildir_tasks(action, maildir, target, uid, gid) VALUES ('$action', '$maildir', " . ($target ? "'$target'" : 'NULL') . ", $uid, $gid)");
	my ($status, $said, $errors) = runner();
	is_deeply([ $status >> 8, $said, tree($victim), -l "$root/link" && -l "$root/bob" && -l "$root/good/link" ? 1 : 0 ],
		[ 1, '', 'bob/Maildir/cur/1.treasure', 1 ], "$action: $what is refused");
	like($errors, $expected, 'and reported');
	like(ask("SELECT result FROM maildir_tasks WHERE failures = 1"), $expected, 'to the database, too');
}

for my $action (qw(create retire purge take))
{
	refused('a home that is a link', $action, 'bob', undef, qr/"bob" is a symbolic link, which is not followed/);
	refused('a link on the way', $action, 'link/bob', undef, qr/"link" is a symbolic link/);
	refused('a link further on', $action, 'good/link/bob', undef, qr/"link" is a symbolic link/);
	refused('a file on the way', $action, 'file/bob', undef, qr/cannot open directory "file": Not a directory/);
	refused('a name of the runner\'s', $action, 'good/.mailstack-purged-1/x', undef, qr/is no path below the mail root/);
}
refused('a link on the way', 'delete', 'link/bob', undef, qr/"link" is a symbolic link/);
spew("$root/mine/Maildir/cur/1.m", 'm');
refused('a new home that is a link', $_, 'mine', 'bob', qr/"bob" is a symbolic link/) for qw(move sweep);
refused('a link on the way', $_, 'mine', 'link/bob', qr/"link" is a symbolic link/) for qw(move sweep);
refused('an old home that is a link', $_, 'bob', 'fresh', qr/"bob" is a symbolic link/) for qw(move sweep);
refused('an old home behind a link', $_, 'link/bob', 'fresh', qr/"link" is a symbolic link/) for qw(move sweep);
refused('a home within itself', 'move', 'mine', 'mine/deeper', qr/inside one another/);
refused('a home above itself', 'move', 'mine/deeper', 'mine', qr/inside one another/);
is(tree("$root/mine"), 'Maildir/cur/1.m', 'and what was to be moved is where it was');
ok(!-e "$root/fresh", 'nothing is made');

mkdir "$root/roots";
spew("$root/roots/1");
chown 0, 0, "$root/roots", "$root/roots/1";
refused("somebody else's home", $_, 'roots', $_ eq 'move' || $_ eq 'sweep' ? 'fresh' : undef, qr/"roots" belongs to uid 0, not $uid/)
	for qw(create move sweep retire purge take);
refused("somebody else's new home", $_, 'mine', 'roots', qr/"roots" belongs to uid 0/) for qw(move sweep);
is(tree("$root/roots"), '1', 'which stays as it was');

# What a runner does that is told something by a claim of ours.
sub told
{
	my ($path, $action, $owner, $id) = @_;
	$id //= 1;
	ask("ALTER FUNCTION runner_claim RENAME TO true_claim; ALTER FUNCTION runner_hold RENAME TO true_hold;
		CREATE FUNCTION runner_hold(task text) RETURNS boolean LANGUAGE sql RETURN true;
		CREATE TABLE public.lie AS SELECT 1 AS one; GRANT ALL ON public.lie TO mailstack_runner;
		CREATE FUNCTION runner_claim(root text) RETURNS TABLE (id text, action text, maildir text, target text, uid integer, gid integer) LANGUAGE sql AS
		\$\$ WITH once AS (DELETE FROM public.lie RETURNING one) SELECT '$id', '$action', '$path', NULL::text, $owner, $gid FROM once \$\$");
	my @result = runner();
	ask("DROP FUNCTION runner_claim(text), runner_hold(text); DROP TABLE public.lie;
		ALTER FUNCTION true_claim RENAME TO runner_claim; ALTER FUNCTION true_hold RENAME TO runner_hold");
	return @result;
}

# A database that has been taken over cannot send it anywhere: the constraints are gone, and the type is told lies.
ask("ALTER TABLE maildir_tasks DROP CONSTRAINT maildir_tasks_maildir_relative, DROP CONSTRAINT maildir_tasks_target_relative, DROP CONSTRAINT maildir_tasks_uid_not_root");
refused('an absolute path', $_, "$victim/bob/", undef, qr/is no path below the mail root/) for qw(create retire purge take delete);
refused('an absolute path', 'move', 'mine', "$victim/new", qr/is no path below the mail root/);
for my $lie ('a/../../victim/bob/', '../victim/bob/', './bob/', 'a//b/', 'a', '', '/', '..', '../')
{
	my ($status, $said, $errors) = told($lie, 'take', $uid);
	is_deeply([ $status >> 8, $said, tree($victim) ], [ 1, '', 'bob/Maildir/cur/1.treasure' ], "the path '$lie' is refused");
	like($errors, qr/"\Q$lie\E" is no path below the mail root/, 'and reported');
}
like((told('mine/', 'burn', $uid))[2], qr/knows no action "burn"/, 'so is an action that it does not know');
like((told('mine/', 'take', 0))[2], qr/nothing as root's/, 'and root as owner');

($status, $said, $errors) = command('', @program, '-1', $folder, "dbname=$db user=mailstack_runner");
is_deeply([ $status >> 8, $errors ], [ 1, qq(mailstack-runner: started for "$folder/", but mail_root is "$root/" in mailstack.settings\n) ],
	'of another mail root it does nothing');
is((command('', @program))[0] >> 8, 2, 'without a mail root it says how it is called');
is((command('', @program, '-1', '/', "dbname=$db"))[0] >> 8, 1, 'the root of all is none');

mkdir "$root/.mailstack-purged-x";
for my $id ('x/../../victim/bob', '../x', '', '-1', '1/2', '9' x 20)
{
	like((told('mine/', $_, $uid, $id))[2], qr/"\Q$id\E" is no number of a task/, "so is the number '$id'") for qw(delete take create);
}
is(tree($victim), 'bob/Maildir/cur/1.treasure', 'which leads nowhere');
rmdir "$root/.mailstack-purged-x";
# What somebody has is not purged, whatever the table says.
ask("DELETE FROM maildir_tasks; DELETE FROM retired_maildirs; INSERT INTO users(email, maildir) VALUES ('mine\@example.com', 'mine');
	DELETE FROM maildir_tasks; INSERT INTO maildir_tasks(action, maildir, uid, gid) VALUES ('purge', 'mine', $uid, $gid), ('take', 'mine', $uid, $gid)");
is(scalar(() = (runner())[2] =~ /it is not in retired_maildirs/g), 2, 'what is not retired is not purged');
is(tree("$root/mine"), 'Maildir/cur/1.m', 'and stays');

# -------------------------------------------------------------------- purging what is wild
begin_afresh();
command('', 'mkdir', '-p', "$root/wild/a/b/" . 'c/' x 100);
command('', 'chown', '-R', "$uid:$gid", "$root/wild");
spew("$root/wild/a/b/" . 'c/' x 100 . "deep", 'x');
spew("$root/wild/.hidden");
symlink($victim, "$root/wild/link");
symlink("$victim/bob/Maildir/cur/1.treasure", "$root/wild/a/link");
link("$root/wild/.hidden", "$root/hard");
command('', 'mkfifo', "$root/wild/fifo");
chmod 0, "$root/wild/a/b";
ask("INSERT INTO retired_maildirs(maildir, email) VALUES ('wild', 'x\@example.com');
	INSERT INTO maildir_tasks(action, maildir, uid, gid) VALUES ('purge', 'wild', $uid, $gid)");
($status, $said, $errors) = runner();
is_deeply([ $status, $errors ], [ 0, '' ], 'links, pipes, deep trees are deleted');
like($said, qr/^delete wild\/: deleted: 5 files,/m, 'and counted');
is_deeply([ tree($root), tree($victim) ], [ 'hard', 'bob/Maildir/cur/1.treasure' ], 'and nothing that they point to');

# Counting what is kept, or was moved, is in nobody's way.
for my $action (qw(retire sweep))
{
	begin_afresh();
	command('', 'mkdir', '-p', "$root/wild/" . 'c/' x 100, "$root/tame");
	command('', 'chown', '-R', "$uid:$gid", "$root/wild", "$root/tame");
	ask("UPDATE settings SET retired_days = 0; INSERT INTO retired_maildirs(maildir, email) VALUES ('wild', 'x\@example.com');
		INSERT INTO maildir_tasks(action, maildir, target, uid, gid, created)
			VALUES ('$action', 'wild', " . ($action eq 'sweep' ? "'tame'" : 'NULL') . ", $uid, $gid, now() - interval '21 minutes')");
	($status, $said, $errors) = runner();
	is_deeply([ $status, $errors ], [ 0, '' ], "$action: a tree may be as deep as it likes");
	like($said, $action eq 'retire' ? qr/^retire wild\/: kept: 0 files, 0 bytes, and what was not counted: "c" lies too deep$/m : qr/^sweep wild\/ tame\/: 0 late files/m, 'which is said');
	is(-e "$root/wild" ? 'there' : open_tasks(), '', 'and is no reason to keep it');
	is(-d "$root/tame/" . 'c/' x 100 ? 1 : 0, $action eq 'sweep' ? 1 : 0, 'or to leave it where it was');
}

# ------------------------------------------------- what cannot be done, and is in nobody's way
begin_afresh();
my $strange = "\xff\xfe\n\xc3\xbc" . 'x' x 200;
command('', 'mkdir', '-p', map { "$root/$_/" . 'c/' x 64 . $strange } 'old', 'new');
command('', 'chown', '-R', "$uid:$gid", "$root/old", "$root/new");
ask("INSERT INTO retired_maildirs(maildir, email) VALUES ('old', 'x\@example.com');
	INSERT INTO maildir_tasks(action, maildir, target, uid, gid) VALUES ('sweep', 'old', 'new', $uid, $gid);
	INSERT INTO users(email) VALUES ('next\@example.com')");
($status, $said, $errors) = runner();
is_deeply([ $status >> 8, $said ], [ 1, "create example.com/next/: made\n" ], 'whatever a file is called, the next task is done');
is($errors, 'mailstack-runner: sweep old/ new/: "\xff\xfe\x0a\xc3\xbc' . 'x' x 200 . qq(" lies too deep\n), 'and it is written in ASCII');
is(ask("SELECT failures, result LIKE '\"\\\\xff\\\\xfe\\\\x0a%' FROM maildir_tasks WHERE failures > 0"), '1|t', 'into the database, too');
ask("DELETE FROM maildir_tasks; CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE 'not in this state'; END \$\$;
	CREATE TRIGGER refuse BEFORE UPDATE ON maildir_tasks FOR EACH ROW WHEN (NEW.result = 'made' AND NEW.maildir = 'example.com/bad') EXECUTE FUNCTION public.refuse();
	INSERT INTO users(email) VALUES ('bad\@example.com'), ('good\@example.com')");
is_deeply([ runner() ], [ 256, "create example.com/good/: made\n", "mailstack-runner: create example.com/bad/: the database says: not in this state\n" ],
	'nor is what the database does not let end in the way');
is(ask("SELECT maildir, failures, result FROM maildir_tasks ORDER BY id"), "example.com/bad/|1|the database says: not in this state\nexample.com/good/|0|made", 'which says so');
ask("DROP TRIGGER refuse ON maildir_tasks; DROP FUNCTION public.refuse()");

# -------------------------------------------------------------------------------- two at once
begin_afresh();
ask("INSERT INTO users(email) SELECT mail_key('u' || n || '\@example.com') FROM generate_series(1, 200) n");
sub in_background
{
	my ($pid, @command) = (undef, @_);
	my $output = "$folder/" . join('-', 'output', scalar(@main::children), $$);
	$pid = fork() // die $!;
	if ($pid == 0)
	{
		open(STDOUT, '>', $output);
		open(STDERR, '>&', \*STDOUT);
		exec @command or die $!;
	}
	push @main::children, [ $pid, $output ];
	return $pid;
}
sub said_by { open(my $in, '<', $main::children[ $_[0] ][1]) or return ''; local $/; return <$in> // '' }
my @one_of_two = (@program, '-1', $root, "dbname=$db user=mailstack_runner");
in_background(@one_of_two) for 1, 2;
waitpid $_->[0], 0 for @main::children;
runner();
my $both = said_by(0) . said_by(1);
is(scalar(() = $both =~ /: made$/mg) + ask("SELECT count(*) FROM maildir_tasks WHERE done_at IS NULL"), 200, 'two runners make each home once');
is(scalar(glob("$root/example.com/*") ? () = glob("$root/example.com/*") : 0), 200, 'all of them');
is(ask("SELECT count(*) FROM maildir_tasks WHERE done_at IS NULL OR result <> 'made'"), 0, 'and nothing fails');

# A session that has done something and goes on to wait in its transaction.
sub keep
{
	my ($sql, @as) = @_;
	unlink "$folder/kept";
	my $pid = open(my $pipe, '|-', 'psql', '-XqAt', '-o', '/dev/null', @as) || die $!;
	$pipe->autoflush(1);
	print $pipe "BEGIN; $sql;\n\\! touch $folder/kept\n";
	for (1 .. 100) { last if -e "$folder/kept"; select(undef, undef, undef, 0.1) }
	return ($pid, $pipe);
}

# One that was stopped in the middle, its connection still there: the other one leaves its task alone, and what needs the path.
spew("$root/example.com/u$_/Maildir/cur/1.$_") for 1 .. 3;
ask("UPDATE users SET maildir = 'moved/' || address_local_part(email) WHERE email IN ('u1\@example.com', 'u2\@example.com')");
my ($holder, $pipe) = keep("SELECT maildir FROM mailstack.runner_claim('$root/')", $db);
is_deeply([ runner() ], [ 0, '', '' ], 'what a runner has taken no other one takes');
ok(-e "$root/example.com/u1/Maildir/cur/1.1", 'and so nothing is moved');
kill 9, $holder;
close $pipe;
for (1 .. 100) { last if ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%runner_claim%' AND pid <> pg_backend_pid()") == 0; select(undef, undef, undef, 0.1) }
is(scalar(() = (runner())[1] =~ /^move .*: moved$/mg), 2, 'until that one is gone');

# What somebody else has in his hands is passed over, and said; what comes after it is done.
begin_afresh();
spew("$root/kept/Maildir/cur/1.k", 'k');
ask("INSERT INTO retired_maildirs(maildir, email) VALUES ('kept', 'x\@example.com'); INSERT INTO maildir_tasks(action, maildir, uid, gid) VALUES ('purge', 'kept', $uid, $gid);
	INSERT INTO users(email) VALUES ('after\@example.com')");
my (undef, $row) = keep("SELECT FROM mailstack.retired_maildirs FOR UPDATE", $db);
is_deeply([ runner() ], [ 256, "create example.com/after/: made\n",
	"mailstack-runner: purge kept/: somebody has its row of retired_maildirs locked, and may be releasing it\n" ], 'one task that somebody is in the way of is passed over');
close $row;
ask("INSERT INTO users(email) VALUES ('last\@example.com')");
my $number = ask("SELECT 'mailstack.maildir_tasks'::regclass::oid::bigint");
my (undef, $lock) = keep("SELECT pg_advisory_lock($number)", "dbname=$db user=mailstack_runner");
is_deeply([ runner() ], [ 0, "create example.com/last/: made\n", '' ], 'and nobody else can have the lock of the runners');
close $lock;
is(query($db, "SET ROLE mailstack_runner; SELECT has_function_privilege('mailstack.lock_maildirs()', 'EXECUTE')"), 'f', 'nor they themselves at their will');

# One that the database has given up while it waited for another on the same disk, as after a broken line: it does nothing more.
sysopen(my $disk, $root, 0) or die $!;
flock($disk, 2) or die $!;
spew("$root/cut/off/Maildir/cur/1.c", 'c');
ask("INSERT INTO retired_maildirs(maildir, email) VALUES ('cut/off', 'x\@example.com'); INSERT INTO maildir_tasks(action, maildir, uid, gid) VALUES ('purge', 'cut/off', $uid, $gid)");
my $late = in_background(@one_of_two);
for (1 .. 100) { last if ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mailstack-runner' AND state = 'idle in transaction'") == 1; select(undef, undef, undef, 0.1) }
ok(-e "$root/cut/off", 'one that finds another at work on the same disk waits');
ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mailstack-runner'");
close $disk;
waitpid $late, 0;
is($? >> 8, 1, 'and ends where the database has given it up meanwhile');
is(tree("$root/cut/off"), 'Maildir/cur/1.c', 'without having done anything');
like((runner())[1], qr/^take cut\/off\/: taken away$/m, 'which is for the next one');

# -------------------------------------------------------------------------------- waiting
my $waiting = in_background(@program, $root, "dbname=$db user=mailstack_runner");
for (1 .. 100) { last if ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mailstack-runner' AND state = 'idle' AND query = 'COMMIT'"); select(undef, undef, undef, 0.1) }
ask("INSERT INTO users(email) VALUES ('woken\@example.com')");
for (1 .. 100) { last if -d "$root/example.com/woken"; select(undef, undef, undef, 0.1) }
ok(-d "$root/example.com/woken", 'without -1 it is woken by the change');
kill 'TERM', $waiting;
waitpid $waiting, 0;

# -------------------------------------------------------------------------------- the clock of the mail host
is(system('gcc', qw(-Wall -Wextra -Werror -O1 -shared -fPIC -o), "$folder/fake_clock.so", "$FindBin::Bin/lib/fake_clock.c"), 0, 'a clock to set');
mkfifo("$folder/cancel", 0600) or die $!;
my ($set_by, $kept) = (0, 1);

# The kernel says that something keeps it right: 1, or nothing does: 2.
sub set_clock
{
	my ($seconds, $by) = @_;
	$set_by += $seconds;
	$kept = $by // $kept;
	open(my $offset, '+>', "$folder/offset.new") or die $!;
	print $offset pack('qq', $set_by * 1e9, $kept);
	close $offset;
	# In place: the program has the file mapped.
	command('', 'dd', "if=$folder/offset.new", "of=$folder/offset", 'conv=notrunc,nocreat') if -e "$folder/offset";
	rename "$folder/offset.new", "$folder/offset" if !-e "$folder/offset";
	return if !sysopen(my $cancel, "$folder/cancel", O_WRONLY | O_NONBLOCK);
	return syswrite($cancel, 'x');
}

sub clock_events { return ask("SELECT coalesce(round(extract(epoch FROM step)) || ' ' || direction || ' ' || dovecot || CASE WHEN found_later THEN ' later' ELSE '' END, 'watched') || ' ' || synchronised
	FROM clock_events WHERE abs(extract(epoch FROM seen_at - clock_timestamp())) < 90 AND host IS NOT NULL ORDER BY id") =~ s/\n/, /gr }
sub wait_for { my ($what) = @_; for (1 .. 100) { return 1 if $what->(); select(undef, undef, undef, 0.1) } return 0 }
sub clock_events_ok { my ($expected, $name) = @_; wait_for(sub { clock_events() eq $expected }); is(clock_events(), $expected, $name) }
sub watch { return in_background('env', "LD_PRELOAD=$folder/fake_clock.so", "FAKE_CLOCK_OFFSET=$folder/offset", "FAKE_CLOCK_CANCEL=$_[0]", @program, $root, "dbname=$db user=mailstack_runner") }
sub said_of_clock { return join(', ', said_by($_[0]) =~ /^mailstack-runner: the clock (is \w+ ?synchronised|was set \w+ by)/mg) }

set_clock(0);
ask("DELETE FROM clock_events; UPDATE maildir_tasks SET due = 'infinity' WHERE done_at IS NULL");
my $watching = watch("$folder/cancel");
my $first = $#main::children;
clock_events_ok('watched true', 'a runner that waits watches the clock');
ok(set_clock(-6), 'and is woken when it is set');
clock_events_ok('watched true, -6 backward kills true', 'which it writes down');
like(said_by($first), qr/^mailstack-runner: the clock was set back by (6\.0|5\.9)\d+ s\. Dovecot/m, 'and says, with what Dovecot does then');
set_clock(11);
clock_events_ok('watched true, -6 backward kills true, 11 forward warns true', 'and the next time');
# How it is kept is looked at whenever it is woken.
set_clock(0, 2);
clock_events_ok('watched true, -6 backward kills true, 11 forward warns true, watched false', 'that nothing keeps it any more is written down');
wait_for(sub { said_of_clock($first) =~ /is/ });
is(said_of_clock($first), 'was set back by, was set forward by, is not synchronised', 'and said');
# Another one on the same host, and the server itself, see the same; each step is written once.
mkfifo("$folder/cancel2", 0600) or die $!;
my $also = watch("$folder/cancel2");
wait_for(sub { said_by($#main::children) =~ /is not synchronised/ });
set_clock(-60);
sysopen(my $cancel2, "$folder/cancel2", O_WRONLY | O_NONBLOCK) or die $!;
syswrite($cancel2, 'x');
ok(wait_for(sub { said_by($#main::children) =~ /set back by/ }) && wait_for(sub { said_of_clock($first) =~ /back.*back/ }), 'it is said by both');
clock_events_ok('watched true, -6 backward kills true, 11 forward warns true, watched false, -60 backward kills false', 'and written once');
kill 'TERM', $also;
waitpid $also, 0;
# Who has the table locked is in the way of no task; it is told when he is gone.
my (undef, $table) = keep("LOCK TABLE mailstack.clock_events", $db);
set_clock(30);
wait_for(sub { said_of_clock($first) =~ /forward.*forward/ });
ask("INSERT INTO users(email) VALUES ('meanwhile\@example.com')");
ok(wait_for(sub { -d "$root/example.com/meanwhile" }), 'a table that is locked holds nobody up');
close $table;
ask("NOTIFY mailstack_maildirs");
clock_events_ok('watched true, -6 backward kills true, 11 forward warns true, watched false, -60 backward kills false, 30 forward warns false', 'and gets the step later');
kill 'TERM', $watching;
waitpid $watching, 0;
# What nobody saw, the next one finds.
set_clock(-3, 1);
$watching = watch("$folder/cancel");
wait_for(sub { clock_events() =~ /later/ });
like(clock_events(), qr/, 30 forward warns false, -3 backward sleeps later true$/, 'what was set while none ran is found by the next');
kill 'TERM', $watching;
waitpid $watching, 0;

drop_database($db);
query('postgres', 'DROP ROLE mailstack_runner');
done_testing();
