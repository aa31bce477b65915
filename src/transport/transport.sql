
-- ----------------------------------------------------------- room: transport

CREATE TYPE mailstack.mail_transport;

CREATE FUNCTION mailstack.mail_transport_in(cstring) RETURNS mailstack.mail_transport
    AS 'MODULE_PATHNAME', 'ms_mail_transport_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_in(cstring) IS
    'Input of mail_transport: drops a final colon with no nexthop behind it. Raises 22P02 for what the type refuses.';

CREATE FUNCTION mailstack.mail_transport_out(mailstack.mail_transport) RETURNS cstring
    AS 'MODULE_PATHNAME', 'ms_mail_transport_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_out(mailstack.mail_transport) IS
    'Output of mail_transport: the canonical form.';

CREATE FUNCTION mailstack.mail_transport_recv(internal) RETURNS mailstack.mail_transport
    AS 'MODULE_PATHNAME', 'ms_mail_transport_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_recv(internal) IS
    'Binary input of mail_transport: a version octet, 1, then the text form. Another version raises 22P03, what the type refuses 22P02.';

CREATE FUNCTION mailstack.mail_transport_send(mailstack.mail_transport) RETURNS bytea
    AS 'MODULE_PATHNAME', 'ms_mail_transport_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_send(mailstack.mail_transport) IS
    'Binary output of mail_transport: a version octet, 1, then the text form.';

CREATE TYPE mailstack.mail_transport (
    INPUT = mailstack.mail_transport_in,
    OUTPUT = mailstack.mail_transport_out,
    RECEIVE = mailstack.mail_transport_recv,
    SEND = mailstack.mail_transport_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended,
    CATEGORY = 'U'
);
COMMENT ON TYPE mailstack.mail_transport IS
    'What transport(5) answers: a service of master.cf, or service:nexthop, divided at the first colon; virtual and virtual: are equal, and case is kept, as Postfix keeps it. Refuses service names other than letters, digits, hyphens, underscores and dots, a missing service, white space, control, invisible and unassigned characters, a service over 255 octets and a transport over 2048. Order, equality and hash are those of the octets.';

-- The stored octets are the canonical text, so bytea's own functions compare, sort and hash them.

CREATE FUNCTION mailstack.mail_transport_lt(mailstack.mail_transport, mailstack.mail_transport) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_lt' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_lt(mailstack.mail_transport, mailstack.mail_transport) IS 'Whether the first transport comes before the second, octet by octet.';
CREATE OPERATOR mailstack.< (
    FUNCTION = mailstack.mail_transport_lt, LEFTARG = mailstack.mail_transport, RIGHTARG = mailstack.mail_transport,
    COMMUTATOR = OPERATOR(mailstack.>), NEGATOR = OPERATOR(mailstack.>=),
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR mailstack.< (mailstack.mail_transport, mailstack.mail_transport) IS 'The first transport comes before the second.';

CREATE FUNCTION mailstack.mail_transport_le(mailstack.mail_transport, mailstack.mail_transport) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_le' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_le(mailstack.mail_transport, mailstack.mail_transport) IS 'Whether the first transport comes before or equals the second, octet by octet.';
CREATE OPERATOR mailstack.<= (
    FUNCTION = mailstack.mail_transport_le, LEFTARG = mailstack.mail_transport, RIGHTARG = mailstack.mail_transport,
    COMMUTATOR = OPERATOR(mailstack.>=), NEGATOR = OPERATOR(mailstack.>),
    RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR mailstack.<= (mailstack.mail_transport, mailstack.mail_transport) IS 'The first transport comes before or equals the second.';

CREATE FUNCTION mailstack.mail_transport_eq(mailstack.mail_transport, mailstack.mail_transport) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_eq' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_eq(mailstack.mail_transport, mailstack.mail_transport) IS 'Whether the first transport equals the second, octet by octet.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.mail_transport_eq, LEFTARG = mailstack.mail_transport, RIGHTARG = mailstack.mail_transport,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR mailstack.= (mailstack.mail_transport, mailstack.mail_transport) IS 'The first transport equals the second.';

CREATE FUNCTION mailstack.mail_transport_ne(mailstack.mail_transport, mailstack.mail_transport) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_ne' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_ne(mailstack.mail_transport, mailstack.mail_transport) IS 'Whether the first transport differs from the second, octet by octet.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.mail_transport_ne, LEFTARG = mailstack.mail_transport, RIGHTARG = mailstack.mail_transport,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (mailstack.mail_transport, mailstack.mail_transport) IS 'The first transport differs from the second.';

CREATE FUNCTION mailstack.mail_transport_ge(mailstack.mail_transport, mailstack.mail_transport) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_ge' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_ge(mailstack.mail_transport, mailstack.mail_transport) IS 'Whether the first transport comes after or equals the second, octet by octet.';
CREATE OPERATOR mailstack.>= (
    FUNCTION = mailstack.mail_transport_ge, LEFTARG = mailstack.mail_transport, RIGHTARG = mailstack.mail_transport,
    COMMUTATOR = OPERATOR(mailstack.<=), NEGATOR = OPERATOR(mailstack.<),
    RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR mailstack.>= (mailstack.mail_transport, mailstack.mail_transport) IS 'The first transport comes after or equals the second.';

CREATE FUNCTION mailstack.mail_transport_gt(mailstack.mail_transport, mailstack.mail_transport) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_gt' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_gt(mailstack.mail_transport, mailstack.mail_transport) IS 'Whether the first transport comes after the second, octet by octet.';
CREATE OPERATOR mailstack.> (
    FUNCTION = mailstack.mail_transport_gt, LEFTARG = mailstack.mail_transport, RIGHTARG = mailstack.mail_transport,
    COMMUTATOR = OPERATOR(mailstack.<), NEGATOR = OPERATOR(mailstack.<=),
    RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR mailstack.> (mailstack.mail_transport, mailstack.mail_transport) IS 'The first transport comes after the second.';

CREATE FUNCTION mailstack.mail_transport_cmp(mailstack.mail_transport, mailstack.mail_transport) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_strict_cmp' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_cmp(mailstack.mail_transport, mailstack.mail_transport) IS
    'Less than, equal to or greater than zero: the order of transports, octet by octet.';

CREATE FUNCTION mailstack.mail_transport_hash(mailstack.mail_transport) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_strict_hash' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_hash(mailstack.mail_transport) IS 'Hash of the transport.';

CREATE FUNCTION mailstack.mail_transport_hash_extended(mailstack.mail_transport, bigint) RETURNS bigint
    AS 'MODULE_PATHNAME', 'ms_strict_hash_extended' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport_hash_extended(mailstack.mail_transport, bigint) IS 'Seeded 64-bit hash of the transport.';

CREATE OPERATOR FAMILY mailstack.mail_transport_ops USING btree;
COMMENT ON OPERATOR FAMILY mailstack.mail_transport_ops USING btree IS 'Order of transports, octet by octet.';
CREATE OPERATOR CLASS mailstack.mail_transport_ops DEFAULT FOR TYPE mailstack.mail_transport
    USING btree FAMILY mailstack.mail_transport_ops AS
    OPERATOR 1 mailstack.<, OPERATOR 2 mailstack.<=, OPERATOR 3 mailstack.=,
    OPERATOR 4 mailstack.>=, OPERATOR 5 mailstack.>,
    FUNCTION 1 mailstack.mail_transport_cmp(mailstack.mail_transport, mailstack.mail_transport),
    FUNCTION 2 pg_catalog.bytea_sortsupport(internal),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS mailstack.mail_transport_ops USING btree IS
    'Order of transports, octet by octet. With abbreviated keys and deduplication, since equal transports are the same octets.';

CREATE OPERATOR FAMILY mailstack.mail_transport_ops USING hash;
COMMENT ON OPERATOR FAMILY mailstack.mail_transport_ops USING hash IS 'Hash of transports.';
CREATE OPERATOR CLASS mailstack.mail_transport_ops DEFAULT FOR TYPE mailstack.mail_transport
    USING hash FAMILY mailstack.mail_transport_ops AS
    OPERATOR 1 mailstack.=,
    FUNCTION 1 mailstack.mail_transport_hash(mailstack.mail_transport),
    FUNCTION 2 mailstack.mail_transport_hash_extended(mailstack.mail_transport, bigint);
COMMENT ON OPERATOR CLASS mailstack.mail_transport_ops USING hash IS 'Hash of transports.';

CREATE FUNCTION mailstack.mail_transport(text) RETURNS mailstack.mail_transport
    AS 'MODULE_PATHNAME', 'ms_mail_transport_from_text' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_transport(text) IS 'The text as mail_transport. Raises 22P02 for what the type refuses.';
CREATE FUNCTION mailstack.text(mailstack.mail_transport) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_mail_transport_to_text' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.text(mailstack.mail_transport) IS 'The transport as transport(5) writes it.';
CREATE FUNCTION mailstack.to_mail_transport(text) RETURNS mailstack.mail_transport
    AS 'MODULE_PATHNAME', 'ms_to_mail_transport' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.to_mail_transport(text) IS
    'The text as mail_transport, or NULL where the type would refuse it.';

CREATE CAST (text AS mailstack.mail_transport) WITH FUNCTION mailstack.mail_transport(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS mailstack.mail_transport) IS 'Raises 22P02 for what mail_transport refuses. Only by assignment, so that text stays text in expressions.';
CREATE CAST (varchar AS mailstack.mail_transport) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (varchar AS mailstack.mail_transport) IS 'As from text: some drivers send varchar.';
CREATE CAST (mailstack.mail_transport AS text) WITH FUNCTION mailstack.text(mailstack.mail_transport) AS ASSIGNMENT;
COMMENT ON CAST (mailstack.mail_transport AS text) IS 'The transport as transport(5) writes it. Only by assignment.';

-- Operators between a transport and text: one-line SQL functions, which the planner
-- replaces by the comparison of two transports, so that an index on the column serves.

CREATE FUNCTION mailstack.mail_transport_eq(mailstack.mail_transport, text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 OPERATOR(mailstack.=) mailstack.to_mail_transport($2);
COMMENT ON FUNCTION mailstack.mail_transport_eq(mailstack.mail_transport, text) IS 'Whether the transport equals the text, read as a transport. NULL where the type would refuse the text.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.mail_transport_eq, LEFTARG = mailstack.mail_transport, RIGHTARG = text,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR mailstack.= (mailstack.mail_transport, text) IS 'The transport equals the text, read as a transport. NULL where the type would refuse the text.';

CREATE FUNCTION mailstack.mail_transport_ne(mailstack.mail_transport, text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 OPERATOR(mailstack.<>) mailstack.to_mail_transport($2);
COMMENT ON FUNCTION mailstack.mail_transport_ne(mailstack.mail_transport, text) IS 'Whether the transport differs from the text, read as a transport. NULL where the type would refuse the text.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.mail_transport_ne, LEFTARG = mailstack.mail_transport, RIGHTARG = text,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (mailstack.mail_transport, text) IS 'The transport differs from the text, read as a transport. NULL where the type would refuse the text.';

CREATE FUNCTION mailstack.mail_transport_eq(text, mailstack.mail_transport) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN mailstack.to_mail_transport($1) OPERATOR(mailstack.=) $2;
COMMENT ON FUNCTION mailstack.mail_transport_eq(text, mailstack.mail_transport) IS 'Whether the text, read as a transport, equals the transport. NULL where the type would refuse the text.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.mail_transport_eq, LEFTARG = text, RIGHTARG = mailstack.mail_transport,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR mailstack.= (text, mailstack.mail_transport) IS 'The text, read as a transport, equals the transport. NULL where the type would refuse the text.';

CREATE FUNCTION mailstack.mail_transport_ne(text, mailstack.mail_transport) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN mailstack.to_mail_transport($1) OPERATOR(mailstack.<>) $2;
COMMENT ON FUNCTION mailstack.mail_transport_ne(text, mailstack.mail_transport) IS 'Whether the text, read as a transport, differs from the transport. NULL where the type would refuse the text.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.mail_transport_ne, LEFTARG = text, RIGHTARG = mailstack.mail_transport,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (text, mailstack.mail_transport) IS 'The text, read as a transport, differs from the transport. NULL where the type would refuse the text.';

CREATE FUNCTION mailstack.transport_service(mailstack.mail_transport) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_transport_service' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.transport_service(mailstack.mail_transport) IS
    'The service of master.cf: what stands before the first colon, or all of it. Never NULL for a transport.';

CREATE FUNCTION mailstack.transport_nexthop(mailstack.mail_transport) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_transport_nexthop' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.transport_nexthop(mailstack.mail_transport) IS
    'The nexthop of transport(5): what follows the first colon. NULL where there is none.';

CREATE FUNCTION mailstack.relayhost_check(text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_relayhost_check' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.relayhost_check(text) IS
    'The CHECK of sender_relayhosts.relayhost: true, or an error (22P02) that names the character and the rule.';
