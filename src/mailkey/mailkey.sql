
-- ------------------------------------------------------------- room: mailkey

CREATE TYPE mailstack.mail_key;

CREATE FUNCTION mailstack.mail_key_in(cstring) RETURNS mailstack.mail_key
    AS 'MODULE_PATHNAME', 'ms_mail_key_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_in(cstring) IS
    'Input of mail_key: classifies, folds and canonicalises any text; never raises.';

CREATE FUNCTION mailstack.mail_key_out(mailstack.mail_key) RETURNS cstring
    AS 'MODULE_PATHNAME', 'ms_mail_key_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_out(mailstack.mail_key) IS
    'Output of mail_key: the local part as it was typed, quoted only where RFC 5321 needs it, the domain in lower-case A-labels.';

CREATE FUNCTION mailstack.mail_key_recv(internal) RETURNS mailstack.mail_key
    AS 'MODULE_PATHNAME', 'ms_mail_key_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_recv(internal) IS
    'Binary input of mail_key: a version octet, 1, then the text form. Another version raises 22P03.';

CREATE FUNCTION mailstack.mail_key_send(mailstack.mail_key) RETURNS bytea
    AS 'MODULE_PATHNAME', 'ms_mail_key_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_send(mailstack.mail_key) IS
    'Binary output of mail_key: a version octet, 1, then the text form.';

CREATE TYPE mailstack.mail_key (
    INPUT = mailstack.mail_key_in,
    OUTPUT = mailstack.mail_key_out,
    RECEIVE = mailstack.mail_key_recv,
    SEND = mailstack.mail_key_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended,
    CATEGORY = 'U'
);
COMMENT ON TYPE mailstack.mail_key IS
    'A key as mail software asks it: an address, @domain, a domain, .domain, or any other text. Accepts everything; equality, order and hash are those of the canonical key (RFC 5321, RFC 6531, UTS #46), domain first. Equal keys may print differently.';

CREATE FUNCTION mailstack.mail_key_lt(mailstack.mail_key, mailstack.mail_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_mail_key_lt' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_lt(mailstack.mail_key, mailstack.mail_key) IS 'Whether the first key comes before the second, by their canonical forms.';
CREATE OPERATOR mailstack.< (
    FUNCTION = mailstack.mail_key_lt, LEFTARG = mailstack.mail_key, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.>), NEGATOR = OPERATOR(mailstack.>=),
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR mailstack.< (mailstack.mail_key, mailstack.mail_key) IS 'The first key comes before the second.';

CREATE FUNCTION mailstack.mail_key_le(mailstack.mail_key, mailstack.mail_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_mail_key_le' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_le(mailstack.mail_key, mailstack.mail_key) IS 'Whether the first key comes before or equals the second, by their canonical forms.';
CREATE OPERATOR mailstack.<= (
    FUNCTION = mailstack.mail_key_le, LEFTARG = mailstack.mail_key, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.>=), NEGATOR = OPERATOR(mailstack.>),
    RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR mailstack.<= (mailstack.mail_key, mailstack.mail_key) IS 'The first key comes before or equals the second.';

CREATE FUNCTION mailstack.mail_key_eq(mailstack.mail_key, mailstack.mail_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_mail_key_eq' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_eq(mailstack.mail_key, mailstack.mail_key) IS 'Whether the first key equals the second, by their canonical forms.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.mail_key_eq, LEFTARG = mailstack.mail_key, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR mailstack.= (mailstack.mail_key, mailstack.mail_key) IS 'The first key equals the second.';

CREATE FUNCTION mailstack.mail_key_ne(mailstack.mail_key, mailstack.mail_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_mail_key_ne' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_ne(mailstack.mail_key, mailstack.mail_key) IS 'Whether the first key differs from the second, by their canonical forms.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.mail_key_ne, LEFTARG = mailstack.mail_key, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (mailstack.mail_key, mailstack.mail_key) IS 'The first key differs from the second.';

CREATE FUNCTION mailstack.mail_key_ge(mailstack.mail_key, mailstack.mail_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_mail_key_ge' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_ge(mailstack.mail_key, mailstack.mail_key) IS 'Whether the first key comes after or equals the second, by their canonical forms.';
CREATE OPERATOR mailstack.>= (
    FUNCTION = mailstack.mail_key_ge, LEFTARG = mailstack.mail_key, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.<=), NEGATOR = OPERATOR(mailstack.<),
    RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR mailstack.>= (mailstack.mail_key, mailstack.mail_key) IS 'The first key comes after or equals the second.';

CREATE FUNCTION mailstack.mail_key_gt(mailstack.mail_key, mailstack.mail_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_mail_key_gt' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_gt(mailstack.mail_key, mailstack.mail_key) IS 'Whether the first key comes after the second, by their canonical forms.';
CREATE OPERATOR mailstack.> (
    FUNCTION = mailstack.mail_key_gt, LEFTARG = mailstack.mail_key, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.<), NEGATOR = OPERATOR(mailstack.<=),
    RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR mailstack.> (mailstack.mail_key, mailstack.mail_key) IS 'The first key comes after the second.';

CREATE FUNCTION mailstack.mail_key_cmp(mailstack.mail_key, mailstack.mail_key) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_mail_key_cmp' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_cmp(mailstack.mail_key, mailstack.mail_key) IS
    'Less than, equal to or greater than zero: the order of canonical keys, octet by octet, domain first.';

CREATE FUNCTION mailstack.mail_key_sortsupport(internal) RETURNS void
    AS 'MODULE_PATHNAME', 'ms_mail_key_sortsupport' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_sortsupport(internal) IS 'How the server sorts keys.';

CREATE FUNCTION mailstack.mail_key_hash(mailstack.mail_key) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_mail_key_hash' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_hash(mailstack.mail_key) IS 'Hash of the canonical key.';

CREATE FUNCTION mailstack.mail_key_hash_extended(mailstack.mail_key, bigint) RETURNS bigint
    AS 'MODULE_PATHNAME', 'ms_mail_key_hash_extended' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_hash_extended(mailstack.mail_key, bigint) IS 'Seeded 64-bit hash of the canonical key.';

CREATE OPERATOR FAMILY mailstack.mail_key_ops USING btree;
COMMENT ON OPERATOR FAMILY mailstack.mail_key_ops USING btree IS 'Order of canonical keys.';
CREATE OPERATOR CLASS mailstack.mail_key_ops DEFAULT FOR TYPE mailstack.mail_key
    USING btree FAMILY mailstack.mail_key_ops AS
    OPERATOR 1 mailstack.<, OPERATOR 2 mailstack.<=, OPERATOR 3 mailstack.=,
    OPERATOR 4 mailstack.>=, OPERATOR 5 mailstack.>,
    FUNCTION 1 mailstack.mail_key_cmp(mailstack.mail_key, mailstack.mail_key),
    FUNCTION 2 mailstack.mail_key_sortsupport(internal);
COMMENT ON OPERATOR CLASS mailstack.mail_key_ops USING btree IS
    'Order of canonical keys: a domain and its addresses are one range. No deduplication, since equal keys may print differently.';

-- A family of its own, since one family has one answer about deduplication.
CREATE OPERATOR FAMILY mailstack.mail_domain_ops USING btree;
COMMENT ON OPERATOR FAMILY mailstack.mail_domain_ops USING btree IS 'Order of canonical keys, for columns of domains.';
CREATE OPERATOR CLASS mailstack.mail_domain_ops FOR TYPE mailstack.mail_key
    USING btree FAMILY mailstack.mail_domain_ops AS
    OPERATOR 1 mailstack.<, OPERATOR 2 mailstack.<=, OPERATOR 3 mailstack.=,
    OPERATOR 4 mailstack.>=, OPERATOR 5 mailstack.>,
    FUNCTION 1 mailstack.mail_key_cmp(mailstack.mail_key, mailstack.mail_key),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS mailstack.mail_domain_ops USING btree IS
    'The order of mail_key_ops, with deduplication: for a column of type mail_domain in which a domain stands many times. Equal domains print alike; do not use it for a column of addresses, of which an index-only scan could then show another''s spelling.';

CREATE OPERATOR FAMILY mailstack.mail_key_ops USING hash;
COMMENT ON OPERATOR FAMILY mailstack.mail_key_ops USING hash IS 'Hash of canonical keys.';
CREATE OPERATOR CLASS mailstack.mail_key_ops DEFAULT FOR TYPE mailstack.mail_key
    USING hash FAMILY mailstack.mail_key_ops AS
    OPERATOR 1 mailstack.=,
    FUNCTION 1 mailstack.mail_key_hash(mailstack.mail_key),
    FUNCTION 2 mailstack.mail_key_hash_extended(mailstack.mail_key, bigint);
COMMENT ON OPERATOR CLASS mailstack.mail_key_ops USING hash IS 'Hash of canonical keys.';

CREATE FUNCTION mailstack.mail_key(text) RETURNS mailstack.mail_key
    AS 'MODULE_PATHNAME', 'ms_mail_key_from_text' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key(text) IS 'The text as a mail_key; never raises.';
CREATE FUNCTION mailstack.text(mailstack.mail_key) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_mail_key_to_text' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.text(mailstack.mail_key) IS 'The key as it prints.';

CREATE CAST (text AS mailstack.mail_key) WITH FUNCTION mailstack.mail_key(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS mailstack.mail_key) IS 'Never raises. Only by assignment, so that text stays text in expressions.';
CREATE CAST (varchar AS mailstack.mail_key) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (varchar AS mailstack.mail_key) IS 'As from text: some drivers send varchar.';
CREATE CAST (mailstack.mail_key AS text) WITH FUNCTION mailstack.text(mailstack.mail_key) AS ASSIGNMENT;
COMMENT ON CAST (mailstack.mail_key AS text) IS 'The key as it prints.';

-- Operators between a key and text: one-line SQL functions, which the planner
-- replaces by the comparison of two keys, so that an index on the key serves.

CREATE FUNCTION mailstack.mail_key_lt(mailstack.mail_key, text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 OPERATOR(mailstack.<) mailstack.mail_key($2);
COMMENT ON FUNCTION mailstack.mail_key_lt(mailstack.mail_key, text) IS 'Whether the key comes before the text, read as a key.';
CREATE OPERATOR mailstack.< (
    FUNCTION = mailstack.mail_key_lt, LEFTARG = mailstack.mail_key, RIGHTARG = text,
    COMMUTATOR = OPERATOR(mailstack.>), NEGATOR = OPERATOR(mailstack.>=),
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR mailstack.< (mailstack.mail_key, text) IS 'The key comes before the text, read as a key.';

CREATE FUNCTION mailstack.mail_key_le(mailstack.mail_key, text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 OPERATOR(mailstack.<=) mailstack.mail_key($2);
COMMENT ON FUNCTION mailstack.mail_key_le(mailstack.mail_key, text) IS 'Whether the key comes before or equals the text, read as a key.';
CREATE OPERATOR mailstack.<= (
    FUNCTION = mailstack.mail_key_le, LEFTARG = mailstack.mail_key, RIGHTARG = text,
    COMMUTATOR = OPERATOR(mailstack.>=), NEGATOR = OPERATOR(mailstack.>),
    RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR mailstack.<= (mailstack.mail_key, text) IS 'The key comes before or equals the text, read as a key.';

CREATE FUNCTION mailstack.mail_key_eq(mailstack.mail_key, text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 OPERATOR(mailstack.=) mailstack.mail_key($2);
COMMENT ON FUNCTION mailstack.mail_key_eq(mailstack.mail_key, text) IS 'Whether the key equals the text, read as a key.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.mail_key_eq, LEFTARG = mailstack.mail_key, RIGHTARG = text,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR mailstack.= (mailstack.mail_key, text) IS 'The key equals the text, read as a key.';

CREATE FUNCTION mailstack.mail_key_ne(mailstack.mail_key, text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 OPERATOR(mailstack.<>) mailstack.mail_key($2);
COMMENT ON FUNCTION mailstack.mail_key_ne(mailstack.mail_key, text) IS 'Whether the key differs from the text, read as a key.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.mail_key_ne, LEFTARG = mailstack.mail_key, RIGHTARG = text,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (mailstack.mail_key, text) IS 'The key differs from the text, read as a key.';

CREATE FUNCTION mailstack.mail_key_ge(mailstack.mail_key, text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 OPERATOR(mailstack.>=) mailstack.mail_key($2);
COMMENT ON FUNCTION mailstack.mail_key_ge(mailstack.mail_key, text) IS 'Whether the key comes after or equals the text, read as a key.';
CREATE OPERATOR mailstack.>= (
    FUNCTION = mailstack.mail_key_ge, LEFTARG = mailstack.mail_key, RIGHTARG = text,
    COMMUTATOR = OPERATOR(mailstack.<=), NEGATOR = OPERATOR(mailstack.<),
    RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR mailstack.>= (mailstack.mail_key, text) IS 'The key comes after or equals the text, read as a key.';

CREATE FUNCTION mailstack.mail_key_gt(mailstack.mail_key, text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 OPERATOR(mailstack.>) mailstack.mail_key($2);
COMMENT ON FUNCTION mailstack.mail_key_gt(mailstack.mail_key, text) IS 'Whether the key comes after the text, read as a key.';
CREATE OPERATOR mailstack.> (
    FUNCTION = mailstack.mail_key_gt, LEFTARG = mailstack.mail_key, RIGHTARG = text,
    COMMUTATOR = OPERATOR(mailstack.<), NEGATOR = OPERATOR(mailstack.<=),
    RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR mailstack.> (mailstack.mail_key, text) IS 'The key comes after the text, read as a key.';

CREATE FUNCTION mailstack.mail_key_lt(text, mailstack.mail_key) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN mailstack.mail_key($1) OPERATOR(mailstack.<) $2;
COMMENT ON FUNCTION mailstack.mail_key_lt(text, mailstack.mail_key) IS 'Whether the text, read as a key, comes before the key.';
CREATE OPERATOR mailstack.< (
    FUNCTION = mailstack.mail_key_lt, LEFTARG = text, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.>), NEGATOR = OPERATOR(mailstack.>=),
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR mailstack.< (text, mailstack.mail_key) IS 'The text, read as a key, comes before the key.';

CREATE FUNCTION mailstack.mail_key_le(text, mailstack.mail_key) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN mailstack.mail_key($1) OPERATOR(mailstack.<=) $2;
COMMENT ON FUNCTION mailstack.mail_key_le(text, mailstack.mail_key) IS 'Whether the text, read as a key, comes before or equals the key.';
CREATE OPERATOR mailstack.<= (
    FUNCTION = mailstack.mail_key_le, LEFTARG = text, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.>=), NEGATOR = OPERATOR(mailstack.>),
    RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR mailstack.<= (text, mailstack.mail_key) IS 'The text, read as a key, comes before or equals the key.';

CREATE FUNCTION mailstack.mail_key_eq(text, mailstack.mail_key) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN mailstack.mail_key($1) OPERATOR(mailstack.=) $2;
COMMENT ON FUNCTION mailstack.mail_key_eq(text, mailstack.mail_key) IS 'Whether the text, read as a key, equals the key.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.mail_key_eq, LEFTARG = text, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR mailstack.= (text, mailstack.mail_key) IS 'The text, read as a key, equals the key.';

CREATE FUNCTION mailstack.mail_key_ne(text, mailstack.mail_key) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN mailstack.mail_key($1) OPERATOR(mailstack.<>) $2;
COMMENT ON FUNCTION mailstack.mail_key_ne(text, mailstack.mail_key) IS 'Whether the text, read as a key, differs from the key.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.mail_key_ne, LEFTARG = text, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (text, mailstack.mail_key) IS 'The text, read as a key, differs from the key.';

CREATE FUNCTION mailstack.mail_key_ge(text, mailstack.mail_key) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN mailstack.mail_key($1) OPERATOR(mailstack.>=) $2;
COMMENT ON FUNCTION mailstack.mail_key_ge(text, mailstack.mail_key) IS 'Whether the text, read as a key, comes after or equals the key.';
CREATE OPERATOR mailstack.>= (
    FUNCTION = mailstack.mail_key_ge, LEFTARG = text, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.<=), NEGATOR = OPERATOR(mailstack.<),
    RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR mailstack.>= (text, mailstack.mail_key) IS 'The text, read as a key, comes after or equals the key.';

CREATE FUNCTION mailstack.mail_key_gt(text, mailstack.mail_key) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN mailstack.mail_key($1) OPERATOR(mailstack.>) $2;
COMMENT ON FUNCTION mailstack.mail_key_gt(text, mailstack.mail_key) IS 'Whether the text, read as a key, comes after the key.';
CREATE OPERATOR mailstack.> (
    FUNCTION = mailstack.mail_key_gt, LEFTARG = text, RIGHTARG = mailstack.mail_key,
    COMMUTATOR = OPERATOR(mailstack.<), NEGATOR = OPERATOR(mailstack.<=),
    RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR mailstack.> (text, mailstack.mail_key) IS 'The text, read as a key, comes after the key.';

CREATE FUNCTION mailstack.mail_address_check(mailstack.mail_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_mail_address_check' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_address_check(mailstack.mail_key) IS
    'The CHECK of mail_address: true, or an error (22P02) that names the character and the rule.';
CREATE DOMAIN mailstack.mail_address AS mailstack.mail_key
    CONSTRAINT mail_address_check CHECK (mailstack.mail_address_check(VALUE));
COMMENT ON DOMAIN mailstack.mail_address IS
    'A mail_key that is a mailbox address: local part, @, domain (RFC 5321 and RFC 6531; at most 64 and 254 octets; no control, invisible or unassigned characters). Compares with any literal as mail_key does, without raising; stores nothing else.';
CREATE FUNCTION mailstack.to_mail_address(text) RETURNS mailstack.mail_address
    AS 'MODULE_PATHNAME', 'ms_to_mail_address' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.to_mail_address(text) IS
    'The text as mail_address, or NULL where the type would refuse it.';

CREATE FUNCTION mailstack.mail_domain_check(mailstack.mail_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_mail_domain_check' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_domain_check(mailstack.mail_key) IS
    'The CHECK of mail_domain: true, or an error (22P02) that names the character and the rule.';
CREATE DOMAIN mailstack.mail_domain AS mailstack.mail_key
    CONSTRAINT mail_domain_check CHECK (mailstack.mail_domain_check(VALUE));
COMMENT ON DOMAIN mailstack.mail_domain IS
    'A mail_key that is a domain name, stored in lower-case A-labels (UTS #46, non-transitional; labels of letters, digits and hyphens, at most 63 octets, the name at most 253). Compares with any literal as mail_key does, without raising; stores nothing else.';
CREATE FUNCTION mailstack.to_mail_domain(text) RETURNS mailstack.mail_domain
    AS 'MODULE_PATHNAME', 'ms_to_mail_domain' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.to_mail_domain(text) IS
    'The text as mail_domain, or NULL where the type would refuse it.';

CREATE FUNCTION mailstack.alias_key_check(mailstack.mail_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_alias_key_check' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.alias_key_check(mailstack.mail_key) IS
    'The CHECK of alias_key: true, or an error (22P02) that names the character and the rule.';
CREATE DOMAIN mailstack.alias_key AS mailstack.mail_key
    CONSTRAINT alias_key_check CHECK (mailstack.alias_key_check(VALUE));
COMMENT ON DOMAIN mailstack.alias_key IS
    'A mail_key that is an address, or @domain for the catch-all. Compares with any literal as mail_key does, without raising; stores nothing else.';
CREATE FUNCTION mailstack.to_alias_key(text) RETURNS mailstack.alias_key
    AS 'MODULE_PATHNAME', 'ms_to_alias_key' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.to_alias_key(text) IS
    'The text as alias_key, or NULL where the type would refuse it.';

CREATE FUNCTION mailstack.mail_key_class(mailstack.mail_key) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_mail_key_class' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_key_class(mailstack.mail_key) IS
    'What the key is: address, catchall (@domain), domain, parent (.domain) or other.';

CREATE FUNCTION mailstack.address_canonical(mailstack.mail_key) RETURNS mailstack.mail_key
    AS 'MODULE_PATHNAME', 'ms_address_canonical' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.address_canonical(mailstack.mail_key) IS
    'The key as it compares: the local part folded, too (Unicode canonical caseless match). Other text is returned as it is.';

CREATE FUNCTION mailstack.address_local_part(mailstack.mail_key) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_address_local_part' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.address_local_part(mailstack.mail_key) IS
    'The part before the @, as it was typed, without quotes. NULL for what is not an address.';

CREATE FUNCTION mailstack.address_domain(mailstack.mail_key) RETURNS mailstack.mail_domain
    AS 'MODULE_PATHNAME', 'ms_address_domain' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.address_domain(mailstack.mail_key) IS
    'The domain of an address, of @domain, of .domain, or the domain itself. NULL for any other text.';

CREATE FUNCTION mailstack.address_base(address mailstack.mail_key, recipient_delimiter text DEFAULT '+') RETURNS mailstack.mail_key
    AS 'MODULE_PATHNAME', 'ms_address_base' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.address_base(mailstack.mail_key, text) IS
    'The address without its detail, in canonical form: user@domain for user+detail@domain. Divides at the first character of recipient_delimiter, as Postfix does. NULL for what is not an address.';

CREATE FUNCTION mailstack.address_detail(address mailstack.mail_key, recipient_delimiter text DEFAULT '+') RETURNS text
    AS 'MODULE_PATHNAME', 'ms_address_detail' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.address_detail(mailstack.mail_key, text) IS
    'The detail of a sub-address (RFC 5233): what follows the first delimiter, as typed; empty where nothing follows it, NULL where there is none or for what is not an address.';

CREATE FUNCTION mailstack.address_share(mailstack.mail_key) RETURNS double precision
    AS 'MODULE_PATHNAME', 'ms_address_share_sql' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.address_share(mailstack.mail_key) IS
    'Where the address stands among all: a number from 0 to below 1, evenly spread, which never changes (64-bit FNV-1a of the canonical address). Where it is below the staged_share of its domain, the user is delivered by the staged_transport. NULL for what is not an address.';

CREATE FUNCTION mailstack.address_renamed(
        address mailstack.mail_key, old mailstack.mail_key, new mailstack.mail_key, recipient_delimiter text DEFAULT '+')
    RETURNS mailstack.mail_key
    AS 'MODULE_PATHNAME', 'ms_address_renamed' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.address_renamed(mailstack.mail_key, mailstack.mail_key, mailstack.mail_key, text) IS
    'What becomes of the address when old, an address or a domain, is renamed to new: new+detail@domain for old+detail@domain, local@new for local@old, as typed. Any other is as it was.';

CREATE FUNCTION mailstack.domain_unicode(mailstack.mail_domain) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_domain_unicode' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.domain_unicode(mailstack.mail_domain) IS
    'The domain in U-labels, to be shown to people.';

CREATE FUNCTION mailstack.domain_postfix_key(mailstack.mail_domain) RETURNS mailstack.mail_domain
    AS 'MODULE_PATHNAME', 'ms_domain_postfix_key_sql' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.domain_postfix_key(mailstack.mail_domain) IS
    'The name by which Postfix asks for a domain typed in U-labels: it folds case before it looks up, so that straße.de is asked as strasse.de. The domain itself for nearly all names.';
