
-- --------------------------------------------------------------- room: sieve

CREATE TYPE mailstack.sieve_script;

CREATE FUNCTION mailstack.sieve_script_in(cstring) RETURNS mailstack.sieve_script
    AS 'MODULE_PATHNAME', 'ms_sieve_script_in' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_in(cstring) IS
    'Input of sieve_script: the text as it is. Raises 22P02 for what the type refuses, with the line, the column and what is wrong there.';

CREATE FUNCTION mailstack.sieve_script_out(mailstack.sieve_script) RETURNS cstring
    AS 'MODULE_PATHNAME', 'ms_sieve_script_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_out(mailstack.sieve_script) IS 'Output of sieve_script: the text as it was given.';

CREATE FUNCTION mailstack.sieve_script_recv(internal) RETURNS mailstack.sieve_script
    AS 'MODULE_PATHNAME', 'ms_sieve_script_recv' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_recv(internal) IS
    'Binary input of sieve_script: a version octet, 1, then the text form. Another version raises 22P03, what the type refuses 22P02.';

CREATE FUNCTION mailstack.sieve_script_send(mailstack.sieve_script) RETURNS bytea
    AS 'MODULE_PATHNAME', 'ms_sieve_script_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_send(mailstack.sieve_script) IS
    'Binary output of sieve_script: a version octet, 1, then the text form.';

CREATE TYPE mailstack.sieve_script (
    INPUT = mailstack.sieve_script_in,
    OUTPUT = mailstack.sieve_script_out,
    RECEIVE = mailstack.sieve_script_recv,
    SEND = mailstack.sieve_script_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended,
    CATEGORY = 'U'
);
COMMENT ON TYPE mailstack.sieve_script IS
    'A Sieve script that compiles: RFC 5228, and the capabilities that Pigeonhole has enabled by default, of which mailstack.sieve_extensions adds or takes away some as its setting sieve_extensions does. Refuses what sievec refuses, and several addresses in one string of :addresses, which compiles and answers nobody. Kept as it was written, up to 1 MiB. sieve_check() tells all that is wrong with a text.';

-- The stored octets are the text, so bytea's own functions compare, sort and hash them.

CREATE FUNCTION mailstack.sieve_script_lt(mailstack.sieve_script, mailstack.sieve_script) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_lt' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_lt(mailstack.sieve_script, mailstack.sieve_script) IS 'Whether the first script comes before the second, octet by octet.';
CREATE OPERATOR mailstack.< (
    FUNCTION = mailstack.sieve_script_lt, LEFTARG = mailstack.sieve_script, RIGHTARG = mailstack.sieve_script,
    COMMUTATOR = OPERATOR(mailstack.>), NEGATOR = OPERATOR(mailstack.>=),
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR mailstack.< (mailstack.sieve_script, mailstack.sieve_script) IS 'The first script comes before the second.';

CREATE FUNCTION mailstack.sieve_script_le(mailstack.sieve_script, mailstack.sieve_script) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_le' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_le(mailstack.sieve_script, mailstack.sieve_script) IS 'Whether the first script comes before or equals the second, octet by octet.';
CREATE OPERATOR mailstack.<= (
    FUNCTION = mailstack.sieve_script_le, LEFTARG = mailstack.sieve_script, RIGHTARG = mailstack.sieve_script,
    COMMUTATOR = OPERATOR(mailstack.>=), NEGATOR = OPERATOR(mailstack.>),
    RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR mailstack.<= (mailstack.sieve_script, mailstack.sieve_script) IS 'The first script comes before or equals the second.';

CREATE FUNCTION mailstack.sieve_script_eq(mailstack.sieve_script, mailstack.sieve_script) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_eq' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_eq(mailstack.sieve_script, mailstack.sieve_script) IS 'Whether the first script equals the second, octet by octet.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.sieve_script_eq, LEFTARG = mailstack.sieve_script, RIGHTARG = mailstack.sieve_script,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR mailstack.= (mailstack.sieve_script, mailstack.sieve_script) IS 'The first script equals the second.';

CREATE FUNCTION mailstack.sieve_script_ne(mailstack.sieve_script, mailstack.sieve_script) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_ne' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_ne(mailstack.sieve_script, mailstack.sieve_script) IS 'Whether the first script differs from the second, octet by octet.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.sieve_script_ne, LEFTARG = mailstack.sieve_script, RIGHTARG = mailstack.sieve_script,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (mailstack.sieve_script, mailstack.sieve_script) IS 'The first script differs from the second.';

CREATE FUNCTION mailstack.sieve_script_ge(mailstack.sieve_script, mailstack.sieve_script) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_ge' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_ge(mailstack.sieve_script, mailstack.sieve_script) IS 'Whether the first script comes after or equals the second, octet by octet.';
CREATE OPERATOR mailstack.>= (
    FUNCTION = mailstack.sieve_script_ge, LEFTARG = mailstack.sieve_script, RIGHTARG = mailstack.sieve_script,
    COMMUTATOR = OPERATOR(mailstack.<=), NEGATOR = OPERATOR(mailstack.<),
    RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR mailstack.>= (mailstack.sieve_script, mailstack.sieve_script) IS 'The first script comes after or equals the second.';

CREATE FUNCTION mailstack.sieve_script_gt(mailstack.sieve_script, mailstack.sieve_script) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_gt' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_gt(mailstack.sieve_script, mailstack.sieve_script) IS 'Whether the first script comes after the second, octet by octet.';
CREATE OPERATOR mailstack.> (
    FUNCTION = mailstack.sieve_script_gt, LEFTARG = mailstack.sieve_script, RIGHTARG = mailstack.sieve_script,
    COMMUTATOR = OPERATOR(mailstack.<), NEGATOR = OPERATOR(mailstack.<=),
    RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR mailstack.> (mailstack.sieve_script, mailstack.sieve_script) IS 'The first script comes after the second.';

CREATE FUNCTION mailstack.sieve_script_cmp(mailstack.sieve_script, mailstack.sieve_script) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_strict_cmp' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_cmp(mailstack.sieve_script, mailstack.sieve_script) IS
    'Less than, equal to or greater than zero: the order of scripts, octet by octet.';

CREATE FUNCTION mailstack.sieve_script_hash(mailstack.sieve_script) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_strict_hash' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_hash(mailstack.sieve_script) IS 'Hash of the script.';

CREATE FUNCTION mailstack.sieve_script_hash_extended(mailstack.sieve_script, bigint) RETURNS bigint
    AS 'MODULE_PATHNAME', 'ms_strict_hash_extended' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script_hash_extended(mailstack.sieve_script, bigint) IS 'Seeded 64-bit hash of the script.';

CREATE OPERATOR FAMILY mailstack.sieve_script_ops USING btree;
COMMENT ON OPERATOR FAMILY mailstack.sieve_script_ops USING btree IS 'Order of scripts, octet by octet.';
CREATE OPERATOR CLASS mailstack.sieve_script_ops DEFAULT FOR TYPE mailstack.sieve_script
    USING btree FAMILY mailstack.sieve_script_ops AS
    OPERATOR 1 mailstack.<, OPERATOR 2 mailstack.<=, OPERATOR 3 mailstack.=,
    OPERATOR 4 mailstack.>=, OPERATOR 5 mailstack.>,
    FUNCTION 1 mailstack.sieve_script_cmp(mailstack.sieve_script, mailstack.sieve_script),
    FUNCTION 2 pg_catalog.bytea_sortsupport(internal),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS mailstack.sieve_script_ops USING btree IS
    'Order of scripts, octet by octet. With abbreviated keys and deduplication, since equal scripts are the same octets.';

CREATE OPERATOR FAMILY mailstack.sieve_script_ops USING hash;
COMMENT ON OPERATOR FAMILY mailstack.sieve_script_ops USING hash IS 'Hash of scripts.';
CREATE OPERATOR CLASS mailstack.sieve_script_ops DEFAULT FOR TYPE mailstack.sieve_script
    USING hash FAMILY mailstack.sieve_script_ops AS
    OPERATOR 1 mailstack.=,
    FUNCTION 1 mailstack.sieve_script_hash(mailstack.sieve_script),
    FUNCTION 2 mailstack.sieve_script_hash_extended(mailstack.sieve_script, bigint);
COMMENT ON OPERATOR CLASS mailstack.sieve_script_ops USING hash IS 'Hash of scripts.';

CREATE FUNCTION mailstack.sieve_script(text) RETURNS mailstack.sieve_script
    AS 'MODULE_PATHNAME', 'ms_sieve_script_from_text' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_script(text) IS 'The text as sieve_script. Raises 22P02 for what the type refuses.';
CREATE FUNCTION mailstack.text(mailstack.sieve_script) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_sieve_script_to_text' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.text(mailstack.sieve_script) IS 'The script as it was written.';
CREATE FUNCTION mailstack.to_sieve_script(text) RETURNS mailstack.sieve_script
    AS 'MODULE_PATHNAME', 'ms_to_sieve_script' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.to_sieve_script(text) IS
    'The text as sieve_script, or NULL where the type would refuse it.';

CREATE CAST (text AS mailstack.sieve_script) WITH FUNCTION mailstack.sieve_script(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS mailstack.sieve_script) IS 'Raises 22P02 for what sieve_script refuses. Only by assignment, so that text stays text in expressions.';
CREATE CAST (varchar AS mailstack.sieve_script) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (varchar AS mailstack.sieve_script) IS 'As from text: some drivers send varchar.';
CREATE CAST (mailstack.sieve_script AS text) WITH FUNCTION mailstack.text(mailstack.sieve_script) AS ASSIGNMENT;
COMMENT ON CAST (mailstack.sieve_script AS text) IS 'The script as it was written. Only by assignment.';

CREATE FUNCTION mailstack.sieve_check(script text, OUT severity text, OUT line integer, OUT col integer, OUT message text, OUT hint text) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'ms_sieve_check_sql' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION mailstack.sieve_check(text) IS
    'All that is wrong with a Sieve script, in the order of its lines, up to 100 rows: errors, for which sieve_script refuses it, and warnings, of what compiles and hardly does what its author wants. Lines, and columns in characters, count from 1; hint is NULL where there is nothing to say. No row where all is well.';

CREATE FUNCTION mailstack.sieve_requires(script mailstack.sieve_script) RETURNS text[]
    AS 'MODULE_PATHNAME', 'ms_sieve_requires' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_requires(mailstack.sieve_script) IS
    'The capabilities that the script requires (RFC 5228, section 3.2), each once, in its order; an empty array where it requires none. What it asks for with ihave is not among them.';

CREATE FUNCTION mailstack.sieve_format(script mailstack.sieve_script) RETURNS mailstack.sieve_script
    AS 'MODULE_PATHNAME', 'ms_sieve_format_sql' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_format(mailstack.sieve_script) IS
    'The script laid out anew: one command a line, blocks indented by four, lists that do not fit into 80 columns one entry a line, words in lower case. It means the same, has the same comments, and formatted again stays the same. Raises 54000 where that would be more than 1 MiB.';

CREATE FUNCTION mailstack.sieve_id(script mailstack.sieve_script) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_sieve_id_sql' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_id(mailstack.sieve_script) IS
    '32 hexadecimal digits, BLAKE2b of the text, which are others for every other script: by such an id Pigeonhole knows whether what it has compiled is still what it would run.';
