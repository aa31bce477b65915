
-- ------------------------------------------------------------- room: maildir

CREATE TYPE mailstack.maildir_path;

CREATE FUNCTION mailstack.maildir_path_in(cstring) RETURNS mailstack.maildir_path
    AS 'MODULE_PATHNAME', 'ms_maildir_path_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_in(cstring) IS
    'Input of maildir_path: collapses repeated slashes and ends the path with one. Raises 22P02 for what the type refuses.';

CREATE FUNCTION mailstack.maildir_path_out(mailstack.maildir_path) RETURNS cstring
    AS 'MODULE_PATHNAME', 'ms_maildir_path_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_out(mailstack.maildir_path) IS
    'Output of maildir_path: the canonical form.';

CREATE FUNCTION mailstack.maildir_path_recv(internal) RETURNS mailstack.maildir_path
    AS 'MODULE_PATHNAME', 'ms_maildir_path_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_recv(internal) IS
    'Binary input of maildir_path: a version octet, 1, then the text form. Another version raises 22P03, what the type refuses 22P02.';

CREATE FUNCTION mailstack.maildir_path_send(mailstack.maildir_path) RETURNS bytea
    AS 'MODULE_PATHNAME', 'ms_maildir_path_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_send(mailstack.maildir_path) IS
    'Binary output of maildir_path: a version octet, 1, then the text form.';

CREATE TYPE mailstack.maildir_path (
    INPUT = mailstack.maildir_path_in,
    OUTPUT = mailstack.maildir_path_out,
    RECEIVE = mailstack.maildir_path_recv,
    SEND = mailstack.maildir_path_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended,
    CATEGORY = 'U'
);
COMMENT ON TYPE mailstack.maildir_path IS
    'Where a mailbox lies, as virtual(8) and Dovecot read it: components joined by one slash and ended by one, relative to the mail root, or absolute. Refuses the empty path, components . and .., control, invisible and unassigned characters, a component over 255 octets and a path over 4096. Order, equality and hash are those of the octets.';

-- The stored octets are the canonical text, so bytea's own functions compare, sort and hash them.

CREATE FUNCTION mailstack.maildir_path_lt(mailstack.maildir_path, mailstack.maildir_path) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_lt' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_lt(mailstack.maildir_path, mailstack.maildir_path) IS 'Whether the first path comes before the second, octet by octet.';
CREATE OPERATOR mailstack.< (
    FUNCTION = mailstack.maildir_path_lt, LEFTARG = mailstack.maildir_path, RIGHTARG = mailstack.maildir_path,
    COMMUTATOR = OPERATOR(mailstack.>), NEGATOR = OPERATOR(mailstack.>=),
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR mailstack.< (mailstack.maildir_path, mailstack.maildir_path) IS 'The first path comes before the second.';

CREATE FUNCTION mailstack.maildir_path_le(mailstack.maildir_path, mailstack.maildir_path) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_le' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_le(mailstack.maildir_path, mailstack.maildir_path) IS 'Whether the first path comes before or equals the second, octet by octet.';
CREATE OPERATOR mailstack.<= (
    FUNCTION = mailstack.maildir_path_le, LEFTARG = mailstack.maildir_path, RIGHTARG = mailstack.maildir_path,
    COMMUTATOR = OPERATOR(mailstack.>=), NEGATOR = OPERATOR(mailstack.>),
    RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR mailstack.<= (mailstack.maildir_path, mailstack.maildir_path) IS 'The first path comes before or equals the second.';

CREATE FUNCTION mailstack.maildir_path_eq(mailstack.maildir_path, mailstack.maildir_path) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_eq' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_eq(mailstack.maildir_path, mailstack.maildir_path) IS 'Whether the first path equals the second, octet by octet.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.maildir_path_eq, LEFTARG = mailstack.maildir_path, RIGHTARG = mailstack.maildir_path,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR mailstack.= (mailstack.maildir_path, mailstack.maildir_path) IS 'The first path equals the second.';

CREATE FUNCTION mailstack.maildir_path_ne(mailstack.maildir_path, mailstack.maildir_path) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_ne' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_ne(mailstack.maildir_path, mailstack.maildir_path) IS 'Whether the first path differs from the second, octet by octet.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.maildir_path_ne, LEFTARG = mailstack.maildir_path, RIGHTARG = mailstack.maildir_path,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (mailstack.maildir_path, mailstack.maildir_path) IS 'The first path differs from the second.';

CREATE FUNCTION mailstack.maildir_path_ge(mailstack.maildir_path, mailstack.maildir_path) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_ge' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_ge(mailstack.maildir_path, mailstack.maildir_path) IS 'Whether the first path comes after or equals the second, octet by octet.';
CREATE OPERATOR mailstack.>= (
    FUNCTION = mailstack.maildir_path_ge, LEFTARG = mailstack.maildir_path, RIGHTARG = mailstack.maildir_path,
    COMMUTATOR = OPERATOR(mailstack.<=), NEGATOR = OPERATOR(mailstack.<),
    RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR mailstack.>= (mailstack.maildir_path, mailstack.maildir_path) IS 'The first path comes after or equals the second.';

CREATE FUNCTION mailstack.maildir_path_gt(mailstack.maildir_path, mailstack.maildir_path) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_gt' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_gt(mailstack.maildir_path, mailstack.maildir_path) IS 'Whether the first path comes after the second, octet by octet.';
CREATE OPERATOR mailstack.> (
    FUNCTION = mailstack.maildir_path_gt, LEFTARG = mailstack.maildir_path, RIGHTARG = mailstack.maildir_path,
    COMMUTATOR = OPERATOR(mailstack.<), NEGATOR = OPERATOR(mailstack.<=),
    RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR mailstack.> (mailstack.maildir_path, mailstack.maildir_path) IS 'The first path comes after the second.';

CREATE FUNCTION mailstack.maildir_path_cmp(mailstack.maildir_path, mailstack.maildir_path) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_strict_cmp' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_cmp(mailstack.maildir_path, mailstack.maildir_path) IS
    'Less than, equal to or greater than zero: the order of paths, octet by octet, so that what lies inside a directory follows it in one range.';

CREATE FUNCTION mailstack.maildir_path_hash(mailstack.maildir_path) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_strict_hash' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_hash(mailstack.maildir_path) IS 'Hash of the path.';

CREATE FUNCTION mailstack.maildir_path_hash_extended(mailstack.maildir_path, bigint) RETURNS bigint
    AS 'MODULE_PATHNAME', 'ms_strict_hash_extended' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path_hash_extended(mailstack.maildir_path, bigint) IS 'Seeded 64-bit hash of the path.';

CREATE OPERATOR FAMILY mailstack.maildir_path_ops USING btree;
COMMENT ON OPERATOR FAMILY mailstack.maildir_path_ops USING btree IS 'Order of paths, octet by octet.';
CREATE OPERATOR CLASS mailstack.maildir_path_ops DEFAULT FOR TYPE mailstack.maildir_path
    USING btree FAMILY mailstack.maildir_path_ops AS
    OPERATOR 1 mailstack.<, OPERATOR 2 mailstack.<=, OPERATOR 3 mailstack.=,
    OPERATOR 4 mailstack.>=, OPERATOR 5 mailstack.>,
    FUNCTION 1 mailstack.maildir_path_cmp(mailstack.maildir_path, mailstack.maildir_path),
    FUNCTION 2 pg_catalog.bytea_sortsupport(internal),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS mailstack.maildir_path_ops USING btree IS
    'Order of paths, octet by octet, so that what lies inside a directory follows it in one range. With abbreviated keys and deduplication, since equal paths are the same octets.';

CREATE OPERATOR FAMILY mailstack.maildir_path_ops USING hash;
COMMENT ON OPERATOR FAMILY mailstack.maildir_path_ops USING hash IS 'Hash of paths.';
CREATE OPERATOR CLASS mailstack.maildir_path_ops DEFAULT FOR TYPE mailstack.maildir_path
    USING hash FAMILY mailstack.maildir_path_ops AS
    OPERATOR 1 mailstack.=,
    FUNCTION 1 mailstack.maildir_path_hash(mailstack.maildir_path),
    FUNCTION 2 mailstack.maildir_path_hash_extended(mailstack.maildir_path, bigint);
COMMENT ON OPERATOR CLASS mailstack.maildir_path_ops USING hash IS 'Hash of paths.';

CREATE FUNCTION mailstack.maildir_path(text) RETURNS mailstack.maildir_path
    AS 'MODULE_PATHNAME', 'ms_maildir_path_from_text' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_path(text) IS 'The text as maildir_path. Raises 22P02 for what the type refuses.';
CREATE FUNCTION mailstack.text(mailstack.maildir_path) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_maildir_path_to_text' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.text(mailstack.maildir_path) IS 'The canonical path.';
CREATE FUNCTION mailstack.to_maildir_path(text) RETURNS mailstack.maildir_path
    AS 'MODULE_PATHNAME', 'ms_to_maildir_path' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.to_maildir_path(text) IS
    'The text as maildir_path, or NULL where the type would refuse it.';

CREATE CAST (text AS mailstack.maildir_path) WITH FUNCTION mailstack.maildir_path(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS mailstack.maildir_path) IS 'Raises 22P02 for what maildir_path refuses. Only by assignment, so that text stays text in expressions.';
CREATE CAST (varchar AS mailstack.maildir_path) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (varchar AS mailstack.maildir_path) IS 'As from text: some drivers send varchar.';
CREATE CAST (mailstack.maildir_path AS text) WITH FUNCTION mailstack.text(mailstack.maildir_path) AS ASSIGNMENT;
COMMENT ON CAST (mailstack.maildir_path AS text) IS 'The canonical path. Only by assignment.';

-- Operators between a path and text: one-line SQL functions, which the planner
-- replaces by the comparison of two paths, so that an index on the column serves.

CREATE FUNCTION mailstack.maildir_path_eq(mailstack.maildir_path, text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 OPERATOR(mailstack.=) mailstack.to_maildir_path($2);
COMMENT ON FUNCTION mailstack.maildir_path_eq(mailstack.maildir_path, text) IS 'Whether the path equals the text, read as a maildir path. NULL where the type would refuse the text.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.maildir_path_eq, LEFTARG = mailstack.maildir_path, RIGHTARG = text,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR mailstack.= (mailstack.maildir_path, text) IS 'The path equals the text, read as a maildir path. NULL where the type would refuse the text.';

CREATE FUNCTION mailstack.maildir_path_ne(mailstack.maildir_path, text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 OPERATOR(mailstack.<>) mailstack.to_maildir_path($2);
COMMENT ON FUNCTION mailstack.maildir_path_ne(mailstack.maildir_path, text) IS 'Whether the path differs from the text, read as a maildir path. NULL where the type would refuse the text.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.maildir_path_ne, LEFTARG = mailstack.maildir_path, RIGHTARG = text,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (mailstack.maildir_path, text) IS 'The path differs from the text, read as a maildir path. NULL where the type would refuse the text.';

CREATE FUNCTION mailstack.maildir_path_eq(text, mailstack.maildir_path) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN mailstack.to_maildir_path($1) OPERATOR(mailstack.=) $2;
COMMENT ON FUNCTION mailstack.maildir_path_eq(text, mailstack.maildir_path) IS 'Whether the text, read as a maildir path, equals the path. NULL where the type would refuse the text.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.maildir_path_eq, LEFTARG = text, RIGHTARG = mailstack.maildir_path,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR mailstack.= (text, mailstack.maildir_path) IS 'The text, read as a maildir path, equals the path. NULL where the type would refuse the text.';

CREATE FUNCTION mailstack.maildir_path_ne(text, mailstack.maildir_path) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN mailstack.to_maildir_path($1) OPERATOR(mailstack.<>) $2;
COMMENT ON FUNCTION mailstack.maildir_path_ne(text, mailstack.maildir_path) IS 'Whether the text, read as a maildir path, differs from the path. NULL where the type would refuse the text.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.maildir_path_ne, LEFTARG = text, RIGHTARG = mailstack.maildir_path,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (text, mailstack.maildir_path) IS 'The text, read as a maildir path, differs from the path. NULL where the type would refuse the text.';

CREATE FUNCTION mailstack.maildir_may_nest(mailstack.maildir_path) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_maildir_may_nest_sql' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.maildir_may_nest(mailstack.maildir_path) IS
    'False for a path of exactly two directories, such as example.com/bob/: no two of these lie in one another. A partial index of the others, WHERE maildir_may_nest(maildir), is what check_maildir() looks into to be quick in a bulk load.';

CREATE FUNCTION mailstack.home_path(root text, maildir mailstack.maildir_path) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_home_path' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.home_path(text, mailstack.maildir_path) IS
    'The home directory for Dovecot: the root and the maildir path with exactly one slash between them and one at the end. An absolute maildir path is returned as it is. Raises 22023 for a root that does not begin with a slash, since Dovecot refuses a relative home.';
