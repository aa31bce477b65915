# What CREATE EXTENSION and DROP EXTENSION do to a database, and what every member of the extension says of itself.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Database;
use Test::More;

my $db = 'mailstack_install';

# The members of one catalog, as FROM: p.* are its columns.
sub members
{
	my ($catalog) = @_;
	return "$catalog AS p JOIN pg_depend AS d ON d.classid = '$catalog'::regclass AND d.objid = p.oid
		AND d.objsubid = 0 AND d.deptype = 'e'
		JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
		AND e.extname = 'mailstack'";
}

# A test that a query finds nothing to complain about; what it finds is what diagnosis needs.
sub none_ok
{
	my ($sql, $name) = @_;
	is(query($db, $sql), '', $name);
	return;
}

sub functions_ok
{
	my ($condition, $name) = @_;
	none_ok("SELECT p.oid::regprocedure FROM " . members('pg_proc') . " WHERE $condition ORDER BY 1", $name);
	return;
}

sub test_encoding
{
	my ($encoding) = @_;
	create_database($db, "ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	my ($status, undef, $said) = psql($db, 'CREATE EXTENSION mailstack');
	isnt($status, 0, "a database with the encoding $encoding is refused");
	like($said, qr/ERROR: .*UTF8/, "$encoding: the error says which encoding it takes");
	like($said, qr/DETAIL: .*$encoding/, "$encoding: the error says which encoding this one has");
	like($said, qr/HINT: .*CREATE DATABASE/, "$encoding: the error says what to do");
	none_ok("SELECT nspname FROM pg_namespace WHERE nspname = 'mailstack'", "$encoding: nothing is left");
	return;
}

# Every object of the database, but for the schema: the server makes it and keeps it, as it does for any extension.
sub inventory
{
	my @catalogs = qw(pg_class pg_type pg_proc pg_operator pg_opclass pg_opfamily pg_amop pg_amproc pg_cast pg_trigger
		pg_rewrite pg_constraint pg_attrdef pg_collation pg_conversion pg_policy pg_event_trigger pg_default_acl
		pg_publication pg_statistic_ext pg_extension pg_roles);
	return query($db, join(' UNION ALL ', map { "SELECT '$_', oid FROM $_" } @catalogs)
			. " UNION ALL SELECT 'pg_namespace', oid FROM pg_namespace WHERE nspname <> 'mailstack'"
			. " UNION ALL SELECT 'pg_init_privs', objoid FROM pg_init_privs ORDER BY 1, 2");
}

sub test_drop
{
	create_database($db);
	my $before = inventory();
	query($db, 'CREATE EXTENSION mailstack');
	isnt(inventory(), $before, 'CREATE EXTENSION makes something');
	query($db, "INSERT INTO mailstack.domains(domain) VALUES ('example.com');
		INSERT INTO mailstack.users(email) VALUES ('bob\@example.com')");
	query($db, 'DROP EXTENSION mailstack');
	is(inventory(), $before, 'DROP EXTENSION leaves nothing, even with users in the tables');
	query($db, 'CREATE EXTENSION mailstack');
	is(query($db, 'SELECT count(*) FROM mailstack.users'), 0, 'CREATE EXTENSION after it starts afresh');

	# A session keeps plans of ours; what they were made for may be gone.
	my $switch = "INSERT INTO mailstack.domains(domain) VALUES ('example.com');
		SELECT to_transport FROM mailstack.switch_transport('example.com', 'lmtp');
		SELECT to_transport FROM mailstack.revert_transport('example.com');
		UPDATE mailstack.domains SET domain = 'example.org';";
	is(query($db, "$switch DROP EXTENSION mailstack; CREATE EXTENSION mailstack; $switch
		SELECT count(*) FROM mailstack.transport_changes WHERE domain::text = 'example.org'"),
		"lmtp\nvirtual\nlmtp\nvirtual\n2", 'a session that has used it before uses the new one');
	return;
}

sub test_place
{
	create_database($db);
	my ($status, undef, $said) = psql($db, 'CREATE EXTENSION mailstack SCHEMA public');
	isnt($status, 0, 'another schema than mailstack is refused');
	query($db, 'CREATE EXTENSION mailstack');
	none_ok("SELECT pg_describe_object(d.classid, d.objid, 0)
		FROM pg_depend AS d JOIN pg_extension AS e ON d.refobjid = e.oid AND e.extname = 'mailstack',
			pg_identify_object(d.classid, d.objid, 0) AS o
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND o.schema <> 'mailstack'",
		'every member is in the schema mailstack');
	return;
}

# A sequence of an identity column is the column's, which has a comment; so is a row type the table's. PostgreSQL 17 counts array types, too.
sub test_comments
{
	none_ok("SELECT pg_describe_object(d.classid, d.objid, 0)
		FROM pg_depend AS d JOIN pg_extension AS e ON d.refobjid = e.oid AND e.extname = 'mailstack'
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
			AND coalesce(obj_description(d.objid, d.classid::regclass::name), '') = ''
			AND NOT EXISTS (SELECT FROM pg_class WHERE d.classid = 'pg_class'::regclass AND oid = d.objid AND relkind = 'S')
			AND NOT EXISTS (SELECT FROM pg_class WHERE d.classid = 'pg_type'::regclass AND reltype = d.objid)
			AND NOT EXISTS (SELECT FROM pg_type WHERE d.classid = 'pg_type'::regclass AND typarray = d.objid)
		ORDER BY 1", 'every member has a comment');
	none_ok("SELECT p.oid::regclass || '.' || attname
		FROM " . members('pg_class') . " JOIN pg_attribute ON attrelid = p.oid AND attnum > 0 AND NOT attisdropped
		WHERE relkind IN ('r', 'v') AND coalesce(col_description(p.oid, attnum), '') = '' ORDER BY 1",
		'every column has a comment');
	return;
}

# What is not immutable reads tables or changes them, and only where it is plain SQL does the server ask whether the
# caller may. A trigger function cannot be called. A check of a Sieve script reads mailstack.sieve_extensions alone.
sub test_privileges
{
	functions_ok("provolatile <> 'i' AND prorettype <> 'trigger'::regtype
		AND (prosecdef OR prolang <> (SELECT oid FROM pg_language WHERE lanname = 'sql'))
		AND proname NOT IN ('may_administer', 'sieve_script_in', 'sieve_script_recv', 'sieve_script', 'to_sieve_script', 'sieve_check')
		AND has_function_privilege('public', p.oid, 'EXECUTE')",
		'PUBLIC may call nothing that reads or changes a table, but what row-level security asks about the caller');
	none_ok("SELECT p.oid::regclass FROM " . members('pg_class') . "
		WHERE relkind IN ('r', 'v') AND has_table_privilege('public', p.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')",
		'PUBLIC may neither read nor change a table');
	functions_ok("prosecdef AND NOT coalesce(proconfig::text LIKE '%search_path=%', false)",
		'what runs as its owner has a search_path of its own');
	return;
}

sub test_labels
{
	my $lookup = "proname ~ '^(postfix|dovecot)_'";
	cmp_ok(query($db, 'SELECT count(*) FROM ' . members('pg_proc') . " WHERE $lookup"), '>=', 12, 'there are lookups');
	functions_ok("$lookup AND (provolatile <> 's' OR proparallel <> 's')", 'every lookup is STABLE and PARALLEL SAFE');
	functions_ok("$lookup AND NOT proretset", 'every lookup returns a set: no row, and never NULL, for "no"');
	functions_ok("$lookup AND pronargs > 0 AND proargtypes[0] <> 'text'::regtype", 'every lookup takes its key as text');
	functions_ok("$lookup AND (prosecdef OR proconfig IS NOT NULL)", 'no lookup changes the user or a setting');
	functions_ok("provolatile = 'v' AND proparallel = 's'", 'nothing volatile is PARALLEL SAFE');
	functions_ok("provolatile = 'i' AND proparallel <> 's'", 'everything immutable is PARALLEL SAFE');
	functions_ok("proname IN ('switch_transport', 'revert_transport') AND (provolatile <> 'v' OR proparallel <> 'u')",
		'what switches a transport is VOLATILE and PARALLEL UNSAFE');
	functions_ok("(provolatile <> 'i' OR NOT proisstrict) AND EXISTS (SELECT FROM pg_operator WHERE oprcode = p.oid)",
		'what is behind an operator is IMMUTABLE and STRICT');
	return;
}

test_encoding($_) for qw(SQL_ASCII LATIN1);
test_drop();
test_place();
test_comments();
test_privileges();
test_labels();
drop_database($db);
done_testing();
