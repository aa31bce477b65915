# What a stranger lays in the way of the extension: objects of the same names as the server's and as ours, before it is
# created and after, first in the search_path, in pg_temp, and in a schema that is named as ours. Roles connect as themselves.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Database;
use Test::More;

my $db = 'mailstack_privileges';
my $clean = 'mailstack_privileges_clean';
my @roles = qw(tap_postfix tap_dovecot tap_stranger);

sub as
{
	my ($role, $sql) = @_;
	local $ENV{PGUSER} = $role;
	return psql($db, $sql);
}

# What a role is answered, without the last newline; the error where there is one.
sub answer
{
	my ($role, $sql) = @_;
	my ($status, $output, $said) = as($role, $sql);
	return $status == 0 ? $output =~ s/\n\z//r : $said;
}

sub drop_roles
{
	drop_database($_) for $db, $clean;
	query('postgres', "DROP ROLE IF EXISTS $_") for @roles;
	return;
}

# In a schema of the stranger's: a function, an operator and a domain for each that pg_catalog and mailstack have, and a view
# for each of our tables. Each function raises; what cannot be written in plpgsql (of a pseudo-type, say) is left out.
sub lay_traps
{
	my ($schema, $from) = @_;
	my ($status, $output, $said) = as('tap_stranger', "SET client_min_messages = warning; SET search_path = pg_catalog; DO \$do\$
		DECLARE
			made record;
		BEGIN
			FOR made IN
				SELECT format('CREATE DOMAIN $schema.%I AS pg_catalog.int4 CHECK (false)', typname) AS sql FROM pg_type
				WHERE typnamespace = ANY ('{$from}'::regnamespace[]) AND typtype IN ('b', 'd') AND typcategory <> 'A'
				UNION ALL
				SELECT format('CREATE VIEW $schema.%I AS SELECT 1/0 AS trap', relname) FROM pg_class
				WHERE relnamespace = ANY ('{$from}'::regnamespace[]) AND relkind IN ('r', 'v')
				UNION ALL
				SELECT format('CREATE FUNCTION $schema.%I(%s) RETURNS %s LANGUAGE plpgsql AS \$f\$ BEGIN RAISE EXCEPTION \$\$trap\$\$; END \$f\$',
					proname, oidvectortypes(proargtypes), CASE WHEN proretset THEN 'SETOF ' ELSE '' END || format_type(prorettype, NULL))
				FROM pg_proc WHERE pronamespace = ANY ('{$from}'::regnamespace[]) AND prokind = 'f' AND provariadic = 0
				UNION ALL
				SELECT format('CREATE FUNCTION $schema.trap(%s%s) RETURNS %s LANGUAGE plpgsql AS \$f\$ BEGIN RAISE EXCEPTION \$\$trap\$\$; END \$f\$',
					l || ', ', r, min(result)) FROM (SELECT oprleft::regtype::text AS l, oprright::regtype::text AS r, oprresult::regtype::text AS result
					FROM pg_operator WHERE oprnamespace = ANY ('{$from}'::regnamespace[]) AND oprkind = 'b') AS o GROUP BY l, r
				UNION ALL
				SELECT format('CREATE OPERATOR $schema.%s (FUNCTION = $schema.trap, LEFTARG = %s, RIGHTARG = %s)', oprname, oprleft::regtype, oprright::regtype)
				FROM pg_operator WHERE oprnamespace = ANY ('{$from}'::regnamespace[]) AND oprkind = 'b'
			LOOP
				BEGIN
					EXECUTE made.sql;
				EXCEPTION WHEN OTHERS THEN
					NULL;
				END;
			END LOOP;
			CREATE TYPE $schema.bait AS (t text);
			EXECUTE 'CREATE FUNCTION $schema.bite(text) RETURNS $schema.bait LANGUAGE plpgsql AS \$f\$ BEGIN RAISE EXCEPTION \$\$trap\$\$; END \$f\$';
			CREATE CAST (text AS $schema.bait) WITH FUNCTION $schema.bite(text) AS IMPLICIT;
		END \$do\$;
		SELECT (SELECT count(*) FROM pg_proc WHERE pronamespace = '$schema'::regnamespace), (SELECT count(*) FROM pg_operator WHERE oprnamespace = '$schema'::regnamespace),
			(SELECT count(*) FROM pg_type WHERE typnamespace = '$schema'::regnamespace)");
	is($status, 0, "traps are laid in $schema") or diag($said);
	return split /[|\n]/, $output;
}

# Every member of the extension, as the server prints it with nothing in the path, so that each name says whose it is.
sub definitions
{
	my ($database) = @_;
	return query($database, "SET search_path = ''; SELECT o.type, o.identity,
			CASE d.classid WHEN 'pg_proc'::regclass THEN pg_get_functiondef(d.objid) WHEN 'pg_class'::regclass THEN
				concat_ws(E'\\n', pg_get_viewdef(d.objid), (SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid)), E'\\n' ORDER BY attnum)
					FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = d.objid AND attnum > 0),
				(SELECT string_agg(pg_get_constraintdef(oid), E'\\n' ORDER BY conname) FROM pg_constraint WHERE conrelid = d.objid),
				(SELECT string_agg(pg_get_triggerdef(oid), E'\\n' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = d.objid AND NOT tgisinternal),
				(SELECT string_agg(pg_get_indexdef(indexrelid), E'\\n' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = d.objid))
			WHEN 'pg_type'::regclass THEN (SELECT string_agg(pg_get_constraintdef(oid), E'\\n') FROM pg_constraint WHERE contypid = d.objid)
			WHEN 'pg_operator'::regclass THEN (SELECT concat_ws(' ', oprcode, oprcom::regoperator, oprnegate::regoperator, oprrest, oprjoin) FROM pg_operator WHERE oid = d.objid)
			WHEN 'pg_opfamily'::regclass THEN (SELECT string_agg(concat_ws(' ', amopstrategy, amopopr::regoperator), E'\\n' ORDER BY 1) FROM pg_amop WHERE amopfamily = d.objid)
				|| (SELECT string_agg(concat_ws(' ', amprocnum, amproc::regprocedure), E'\\n' ORDER BY 1) FROM pg_amproc WHERE amprocfamily = d.objid) END
		FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'mailstack',
			pg_identify_object(d.classid, d.objid, 0) AS o WHERE d.deptype = 'e' ORDER BY 1, 2");
}

sub create_roles
{
	query('postgres', "CREATE ROLE $_ LOGIN") for @roles;
	create_database($_) for $db, $clean;
	query($db, "CREATE SCHEMA trap AUTHORIZATION tap_stranger; GRANT USAGE ON SCHEMA trap TO PUBLIC; GRANT CREATE ON SCHEMA public TO tap_stranger");
	query($db, "ALTER DATABASE $db SET search_path = trap, public, pg_temp, pg_catalog");
	return;
}

# A schema of our name that somebody else can put things into is refused, and nothing is left behind; one of a superuser's
# is taken, since a restore makes it first.
sub test_schema_of_another
{
	my %made = (
		'owns it' => 'CREATE SCHEMA mailstack AUTHORIZATION tap_stranger',
		'may create in it' => 'CREATE SCHEMA mailstack; GRANT USAGE, CREATE ON SCHEMA mailstack TO tap_stranger',
		'public, who is no superuser, may create in it' => 'CREATE SCHEMA mailstack; GRANT CREATE ON SCHEMA mailstack TO public',
		'owns a function in it' => 'CREATE SCHEMA mailstack; CREATE FUNCTION mailstack.format(text, text) RETURNS text LANGUAGE sql RETURN $1;
			ALTER FUNCTION mailstack.format OWNER TO tap_stranger',
		'owns an operator in it' => 'CREATE SCHEMA mailstack; CREATE OPERATOR mailstack.= (FUNCTION = pg_catalog.texteq, LEFTARG = text, RIGHTARG = text);
			ALTER OPERATOR mailstack.= (text, text) OWNER TO tap_stranger',
		'owns a table or a type in it' => 'CREATE SCHEMA mailstack; CREATE TABLE mailstack.users (); ALTER TABLE mailstack.users OWNER TO tap_stranger',
	);
	for my $what (sort keys %made)
	{
		query($clean, $made{$what});
		my $owner = query($clean, "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'mailstack'");
		my ($status, undef, $said) = psql($clean, 'CREATE EXTENSION mailstack');
		isnt($status, 0, "$what: refused");
		like($said, qr/ERROR:  the schema mailstack is there already, and is not safe\n(DETAIL:  .*\Q$what\E\.)\n(HINT:  .*)/, "$what: says so");
		is(query($clean, "SELECT count(*) FROM pg_depend WHERE refobjid IN (SELECT oid FROM pg_extension WHERE extname = 'mailstack')"), 0, "$what: nothing is left");
		is(query($clean, "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'mailstack'"), $owner, "$what: the schema is as it was");
		query($clean, 'SET client_min_messages = warning; DROP SCHEMA mailstack CASCADE');
	}
	query($clean, 'CREATE SCHEMA mailstack; CREATE TABLE mailstack.notes (); CREATE EXTENSION mailstack');
	query($clean, 'DROP TABLE mailstack.notes');
	return;
}

sub test_created_before
{
	my ($functions, $operators, $types) = lay_traps('public', 'pg_catalog');
	cmp_ok($functions, '>', 1000, "$functions functions");
	cmp_ok($operators, '>', 500, "$operators operators");
	cmp_ok($types, '>', 50, "$types types");
	like(answer('tap_stranger', 'SET search_path = public, pg_catalog; SELECT 1 + 1'), qr/ERROR:  trap/, 'a trap is one');
	query($db, 'SET search_path = public, pg_catalog; CREATE EXTENSION mailstack');
	is(definitions($db), definitions($clean), 'every member is as in a database without traps');
	is(query($db, "SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend AS d, pg_catalog.pg_depend AS m
		WHERE d.classid OPERATOR(pg_catalog.=) m.classid AND d.objid OPERATOR(pg_catalog.=) m.objid AND m.deptype OPERATOR(pg_catalog.=) 'e'
			AND d.refclassid OPERATOR(pg_catalog.=) 'pg_proc'::pg_catalog.regclass
			AND d.refobjid IN (SELECT oid FROM pg_catalog.pg_proc WHERE pronamespace OPERATOR(pg_catalog.=) 'public'::pg_catalog.regnamespace)"), 0, 'none calls a trap');
	return;
}

# As an operator works who never set a search_path: first in it is what the stranger has.
sub test_operator
{
	my ($functions) = lay_traps('trap', 'pg_catalog, mailstack');
	cmp_ok($functions, '>', 1000, "$functions functions");
	my ($status, $output, $said) = psql($db, <<'END');
CREATE TEMP TABLE users (email pg_catalog.text); CREATE TEMP TABLE domains (domain pg_catalog.text); CREATE TEMP TABLE settings ();
CREATE TEMP TABLE transport_services (); CREATE TEMP TABLE transport_changes (); CREATE DOMAIN pg_temp.mail_key AS pg_catalog.int4;
INSERT INTO mailstack.domains(domain) VALUES ('example.com'), ('bücher.example');
INSERT INTO mailstack.domains(domain, class) VALUES ('relay.example', 'relay'), ('lists.example', 'virtual_alias');
INSERT INTO mailstack.domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO mailstack.users(email, password) VALUES ('bob@example.com', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi'), ('x@bücher.example', '{SSHA256}1krR1LmOUTOM4B8vp2VZMikL0n0DwE3bXitKpDg+ufnmNT81'), ('é@example.com', '{SSHA256}OZYAjD33vk5ALJgdcZNZgFv6sGsxEL/XMxdnevUbsY2lKybP'), ('字@example.com', '{SSHA256}1krR1LmOUTOM4B8vp2VZMikL0n0DwE3bXitKpDg+ufnmNT81');
INSERT INTO mailstack.app_passwords(email, name, password) VALUES ('bob@example.com', 'Phone', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi');
INSERT INTO mailstack.aliases(alias, email) VALUES ('info@lists.example', 'bob@example.com'), ('accent@lists.example', 'é@example.com'), ('kanji@lists.example', '字@example.com'), ('@bücher.example', 'bob@example.com');
INSERT INTO mailstack.relay_recipients(recipient) VALUES ('ann@relay.example');
INSERT INTO mailstack.relocated(email, new_email) VALUES ('old@example.com', 'new@far.example');
INSERT INTO mailstack.transport_services(service, runs_as) VALUES ('pipe', 5000);
INSERT INTO mailstack.users(email, send) VALUES ('mute@example.com', false);
INSERT INTO mailstack.recipient_bcc(address, bcc) VALUES ('bob@example.com', 'archive@far.example');
INSERT INTO mailstack.sender_bcc(address, bcc) VALUES ('bob@example.com', 'archive@far.example');
INSERT INTO mailstack.sender_relayhosts(sender, relayhost) VALUES ('bob@example.com', '[relay.far.example]');
INSERT INTO mailstack.list_senders(list, sender) VALUES ('info@lists.example', 'bob@example.com');
UPDATE mailstack.transport_services SET runs_as = 5000 WHERE service OPERATOR(pg_catalog.=) 'dovecot';
DELETE FROM mailstack.transport_services WHERE service OPERATOR(pg_catalog.=) 'pipe';
UPDATE mailstack.settings SET first_valid_uid = 1000, recipient_delimiter = '+-';
UPDATE mailstack.settings SET first_valid_uid = 500, recipient_delimiter = '+';
SELECT from_transport, to_transport, problem FROM mailstack.preview_transport('example.com', 'dovecot');
SELECT from_transport, to_transport, changed FROM mailstack.switch_transport('example.com', 'dovecot');
SELECT from_transport, to_transport, changed FROM mailstack.revert_transport('example.com');
UPDATE mailstack.domains SET domain = 'example.org' WHERE domain OPERATOR(mailstack.=) 'lists.example' AND false;
SELECT changed_by, from_transport, to_transport FROM mailstack.transport_changes ORDER BY id USING OPERATOR(pg_catalog.<);
SELECT mailstack.home_path('bob@example.com'::mailstack.mail_address), mailstack.address_is_available('eve@example.com');
SELECT 'broken', * FROM mailstack.check_rules();
END
	is($status, 0, 'an operator can work among traps') or diag($said);
	is($output, <<'END', 'and everything is answered as it is without them');
virtual|dovecot|
virtual|dovecot|t
dovecot|virtual|t
postgres|virtual|dovecot
postgres|dovecot|virtual
/home/mail/example.com/bob/|t
END
	return;
}

# The question of a lookup, by one key.
sub asking
{
	my ($lookup, $key) = @_;
	my $arguments = $lookup =~ /iterate/ ? '' : $lookup =~ /app_passdb/ ? "'$key', 'imap', 1" : "'$key'";
	return "SELECT '$lookup', r FROM $lookup($arguments) AS r;\n";
}

# Each role asks its own lookups, by the keys that daemons ask, among traps: first without a path, to know the answers.
sub test_lookups
{
	my ($role) = @_;
	my $daemon = $role =~ s/tap_//r;
	my @lookups = split /\n/, query($db, "SELECT oid::pg_catalog.regprocedure FROM pg_catalog.pg_proc
		WHERE pronamespace OPERATOR(pg_catalog.=) 'mailstack'::pg_catalog.regnamespace AND pg_catalog.starts_with(proname::pg_catalog.text, '${daemon}_')");
	cmp_ok(scalar @lookups, '>', 2, "$daemon has lookups");
	query($db, "SELECT mailstack.grant_$daemon('$role')");
	my @names = map { s/\(.*//r } @lookups;
	my @keys = ('bob@example.com', 'BOB+x@example.com', 'x@bücher.example', 'example.com', 'relay.example', 'lists.example', 'ann@relay.example',
		'info@lists.example', 'accent@lists.example', 'kanji@lists.example', 'bob@mirror.example', 'old@example.com', 'mute@example.com', '1:bob@example.com', '*', '@example.com');
	my $ask = join '', map { my $name = $_; map { asking($name, $_) } $name =~ /iterate/ ? '' : @keys } @names;
	my $expected = answer($role, "SET search_path = '';\n$ask");
	for my $name (@names)
	{
		like($expected, qr/^\Q$name\E\|/m, "$name answers");
	}
	is(answer($role, $ask), $expected, "$daemon: the same with traps first in the path");
	is(answer($role, "CREATE TEMP TABLE users (); CREATE TEMP TABLE domains (); CREATE TEMP TABLE settings (); CREATE TEMP TABLE aliases ();
		CREATE TEMP TABLE relay_recipients (); CREATE TEMP TABLE relocated (); CREATE DOMAIN pg_temp.text AS pg_catalog.int4; CREATE DOMAIN pg_temp.mail_key AS pg_catalog.int4;
		SET search_path = pg_temp, trap, mailstack, pg_catalog;\n$ask"), $expected, "$daemon: the same with traps in pg_temp");
	my $ascii = $ask =~ s/[^\n]*ü[^\n]*\n//gr;
	is(answer($role, "SET client_encoding = 'LATIN1'; SET search_path = trap, pg_catalog;\n$ascii"), answer($role, "SET client_encoding = 'LATIN1'; SET search_path = '';\n$ascii"),
		"$daemon: the same in LATIN1, into which answers are converted");
	unlike(answer($role, $ask), qr/SSHA256/, "$daemon is told no password") if $daemon eq 'postfix';
	return;
}

# By real connections: what sql/privileges.sql tries by SET ROLE.
sub test_connections
{
	like(answer('tap_postfix', 'SELECT * FROM mailstack.users'), qr/permission denied for table users/, 'Postfix reads no table');
	like(answer('tap_postfix', "SELECT * FROM mailstack.dovecot_passdb('bob\@example.com')"), qr/permission denied for function dovecot_passdb/, 'nor passwords');
	like(answer('tap_dovecot', "SELECT * FROM mailstack.switch_transport('example.com', 'lmtp')"), qr/permission denied for function switch_transport/, 'Dovecot switches nothing');
	like(answer('tap_stranger', "SELECT mailstack.postfix_virtual_alias_maps('bob\@example.com')"), qr/permission denied for schema mailstack/, 'a stranger cannot name a lookup');
	return;
}

drop_roles();
create_roles();
test_schema_of_another();
test_created_before();
test_operator();
test_lookups($_) for qw(tap_postfix tap_dovecot);
test_connections();
drop_roles();
done_testing();
