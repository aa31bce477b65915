
-- ------------------------------------------------------------ room: password

CREATE TYPE mailstack.mail_password;

CREATE FUNCTION mailstack.mail_password_in(cstring) RETURNS mailstack.mail_password
    AS 'MODULE_PATHNAME', 'ms_mail_password_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_in(cstring) IS
    'Input of mail_password: writes the scheme in upper case, and before a hash that says itself what it is. Raises 22P02 for what the type refuses, and shows none of it.';

CREATE FUNCTION mailstack.mail_password_out(mailstack.mail_password) RETURNS cstring
    AS 'MODULE_PATHNAME', 'ms_mail_password_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_out(mailstack.mail_password) IS
    'Output of mail_password: the canonical form.';

CREATE FUNCTION mailstack.mail_password_recv(internal) RETURNS mailstack.mail_password
    AS 'MODULE_PATHNAME', 'ms_mail_password_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_recv(internal) IS
    'Binary input of mail_password: a version octet, 1, then the text form. Another version raises 22P03, what the type refuses 22P02.';

CREATE FUNCTION mailstack.mail_password_send(mailstack.mail_password) RETURNS bytea
    AS 'MODULE_PATHNAME', 'ms_mail_password_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_send(mailstack.mail_password) IS
    'Binary output of mail_password: a version octet, 1, then the text form.';

CREATE TYPE mailstack.mail_password (
    INPUT = mailstack.mail_password_in,
    OUTPUT = mailstack.mail_password_out,
    RECEIVE = mailstack.mail_password_recv,
    SEND = mailstack.mail_password_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended,
    CATEGORY = 'U'
);
COMMENT ON TYPE mailstack.mail_password IS
    'A password as Dovecot stores it, {SCHEME}hash, of the schemes that "doveadm pw -l" lists, with their suffixes .hex, .b64 and .base64. Without a scheme only hashes that say what they are are taken, $6$, $5$, $2y$, $1$, $argon2id$, $argon2i$, $y$, $gy$ and $7$, and their scheme is written out; and 32 hexadecimal digits, as md5() makes them, for {PLAIN-MD5}, with a warning. Refuses plain text, one-time passwords, schemes that Dovecot does not have or has given up, and a hash whose length, characters or parameters are not those of its scheme. No message shows what was refused, nor does the log show the statement. Equality and order are those of the octets: two hashes of one password differ.';

-- The stored octets are the canonical text, so bytea's own functions compare, sort and hash them.

CREATE FUNCTION mailstack.mail_password_lt(mailstack.mail_password, mailstack.mail_password) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_lt' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_lt(mailstack.mail_password, mailstack.mail_password) IS 'Whether the first password comes before the second, octet by octet.';
CREATE OPERATOR mailstack.< (
    FUNCTION = mailstack.mail_password_lt, LEFTARG = mailstack.mail_password, RIGHTARG = mailstack.mail_password,
    COMMUTATOR = OPERATOR(mailstack.>), NEGATOR = OPERATOR(mailstack.>=),
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR mailstack.< (mailstack.mail_password, mailstack.mail_password) IS 'The first password comes before the second.';

CREATE FUNCTION mailstack.mail_password_le(mailstack.mail_password, mailstack.mail_password) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_le' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_le(mailstack.mail_password, mailstack.mail_password) IS 'Whether the first password comes before or equals the second, octet by octet.';
CREATE OPERATOR mailstack.<= (
    FUNCTION = mailstack.mail_password_le, LEFTARG = mailstack.mail_password, RIGHTARG = mailstack.mail_password,
    COMMUTATOR = OPERATOR(mailstack.>=), NEGATOR = OPERATOR(mailstack.>),
    RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR mailstack.<= (mailstack.mail_password, mailstack.mail_password) IS 'The first password comes before or equals the second.';

CREATE FUNCTION mailstack.mail_password_eq(mailstack.mail_password, mailstack.mail_password) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_eq' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_eq(mailstack.mail_password, mailstack.mail_password) IS 'Whether the first password equals the second, octet by octet.';
CREATE OPERATOR mailstack.= (
    FUNCTION = mailstack.mail_password_eq, LEFTARG = mailstack.mail_password, RIGHTARG = mailstack.mail_password,
    COMMUTATOR = OPERATOR(mailstack.=), NEGATOR = OPERATOR(mailstack.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR mailstack.= (mailstack.mail_password, mailstack.mail_password) IS 'The first password equals the second.';

CREATE FUNCTION mailstack.mail_password_ne(mailstack.mail_password, mailstack.mail_password) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_ne' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_ne(mailstack.mail_password, mailstack.mail_password) IS 'Whether the first password differs from the second, octet by octet.';
CREATE OPERATOR mailstack.<> (
    FUNCTION = mailstack.mail_password_ne, LEFTARG = mailstack.mail_password, RIGHTARG = mailstack.mail_password,
    COMMUTATOR = OPERATOR(mailstack.<>), NEGATOR = OPERATOR(mailstack.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR mailstack.<> (mailstack.mail_password, mailstack.mail_password) IS 'The first password differs from the second.';

CREATE FUNCTION mailstack.mail_password_ge(mailstack.mail_password, mailstack.mail_password) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_ge' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_ge(mailstack.mail_password, mailstack.mail_password) IS 'Whether the first password comes after or equals the second, octet by octet.';
CREATE OPERATOR mailstack.>= (
    FUNCTION = mailstack.mail_password_ge, LEFTARG = mailstack.mail_password, RIGHTARG = mailstack.mail_password,
    COMMUTATOR = OPERATOR(mailstack.<=), NEGATOR = OPERATOR(mailstack.<),
    RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR mailstack.>= (mailstack.mail_password, mailstack.mail_password) IS 'The first password comes after or equals the second.';

CREATE FUNCTION mailstack.mail_password_gt(mailstack.mail_password, mailstack.mail_password) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_strict_gt' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_gt(mailstack.mail_password, mailstack.mail_password) IS 'Whether the first password comes after the second, octet by octet.';
CREATE OPERATOR mailstack.> (
    FUNCTION = mailstack.mail_password_gt, LEFTARG = mailstack.mail_password, RIGHTARG = mailstack.mail_password,
    COMMUTATOR = OPERATOR(mailstack.<), NEGATOR = OPERATOR(mailstack.<=),
    RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR mailstack.> (mailstack.mail_password, mailstack.mail_password) IS 'The first password comes after the second.';

CREATE FUNCTION mailstack.mail_password_cmp(mailstack.mail_password, mailstack.mail_password) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_strict_cmp' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_cmp(mailstack.mail_password, mailstack.mail_password) IS
    'Less than, equal to or greater than zero: the order of passwords, octet by octet.';

CREATE FUNCTION mailstack.mail_password_hash(mailstack.mail_password) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_strict_hash' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_hash(mailstack.mail_password) IS 'Hash of the password.';

CREATE FUNCTION mailstack.mail_password_hash_extended(mailstack.mail_password, bigint) RETURNS bigint
    AS 'MODULE_PATHNAME', 'ms_strict_hash_extended' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password_hash_extended(mailstack.mail_password, bigint) IS 'Seeded 64-bit hash of the password.';

CREATE OPERATOR FAMILY mailstack.mail_password_ops USING btree;
COMMENT ON OPERATOR FAMILY mailstack.mail_password_ops USING btree IS 'Order of passwords, octet by octet.';
CREATE OPERATOR CLASS mailstack.mail_password_ops DEFAULT FOR TYPE mailstack.mail_password
    USING btree FAMILY mailstack.mail_password_ops AS
    OPERATOR 1 mailstack.<, OPERATOR 2 mailstack.<=, OPERATOR 3 mailstack.=,
    OPERATOR 4 mailstack.>=, OPERATOR 5 mailstack.>,
    FUNCTION 1 mailstack.mail_password_cmp(mailstack.mail_password, mailstack.mail_password),
    FUNCTION 2 pg_catalog.bytea_sortsupport(internal),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS mailstack.mail_password_ops USING btree IS
    'Order of passwords, octet by octet. With abbreviated keys and deduplication, since equal passwords are the same octets.';

CREATE OPERATOR FAMILY mailstack.mail_password_ops USING hash;
COMMENT ON OPERATOR FAMILY mailstack.mail_password_ops USING hash IS 'Hash of passwords.';
CREATE OPERATOR CLASS mailstack.mail_password_ops DEFAULT FOR TYPE mailstack.mail_password
    USING hash FAMILY mailstack.mail_password_ops AS
    OPERATOR 1 mailstack.=,
    FUNCTION 1 mailstack.mail_password_hash(mailstack.mail_password),
    FUNCTION 2 mailstack.mail_password_hash_extended(mailstack.mail_password, bigint);
COMMENT ON OPERATOR CLASS mailstack.mail_password_ops USING hash IS 'Hash of passwords.';

CREATE FUNCTION mailstack.mail_password(text) RETURNS mailstack.mail_password
    AS 'MODULE_PATHNAME', 'ms_mail_password_from_text' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.mail_password(text) IS 'The text as mail_password. Raises 22P02 for what the type refuses, and shows none of it.';
CREATE FUNCTION mailstack.text(mailstack.mail_password) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_mail_password_to_text' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.text(mailstack.mail_password) IS 'The password as Dovecot reads it: {SCHEME}hash.';
CREATE FUNCTION mailstack.to_mail_password(text) RETURNS mailstack.mail_password
    AS 'MODULE_PATHNAME', 'ms_to_mail_password' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.to_mail_password(text) IS
    'The text as mail_password, or NULL where the type would refuse it.';

CREATE CAST (text AS mailstack.mail_password) WITH FUNCTION mailstack.mail_password(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS mailstack.mail_password) IS 'Raises 22P02 for what mail_password refuses. Only by assignment, so that text stays text in expressions.';
CREATE CAST (varchar AS mailstack.mail_password) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (varchar AS mailstack.mail_password) IS 'As from text: some drivers send varchar.';
CREATE CAST (mailstack.mail_password AS text) WITH FUNCTION mailstack.text(mailstack.mail_password) AS ASSIGNMENT;
COMMENT ON CAST (mailstack.mail_password AS text) IS 'The password as Dovecot reads it: {SCHEME}hash. Only by assignment.';

CREATE FUNCTION mailstack.password_scheme(mailstack.mail_password) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_password_scheme' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.password_scheme(mailstack.mail_password) IS
    'The scheme of the hash by Dovecot''s name, in upper case and without a suffix, such as ARGON2ID.';

CREATE FUNCTION mailstack.password_weakness(mailstack.mail_password) RETURNS text
    AS 'MODULE_PATHNAME', 'ms_password_weakness_sql' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.password_weakness(mailstack.mail_password) IS
    'What a thief of the hash could do with it, in a sentence, for a scheme that is broken or fast, or whose cost is low; or that it takes so long to compute that logins wait, which no new hash may; NULL where there is nothing to say against it.';

CREATE FUNCTION mailstack.password_strength(mailstack.mail_password) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_password_strength' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.password_strength(mailstack.mail_password) IS
    'How much it takes to guess the password behind the hash: 0 broken (MD5, SHA-1, DES, no salt), 1 fast (SSHA256, SSHA512), 2 old (SCRAM-SHA-1, PBKDF2), 3 many rounds of SHA-2 (SHA512-CRYPT, SCRAM-SHA-256), 4 bcrypt, scrypt and yescrypt, 5 Argon2. A {CRYPT} is as strong as what it holds.';

CREATE FUNCTION mailstack.password_strength(scheme text) RETURNS integer
    AS 'MODULE_PATHNAME', 'ms_scheme_strength' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.password_strength(text) IS
    'The strength of hashes of the scheme, as password_strength(mail_password) counts; that of CRYPT is of its best. NULL for a scheme that mail_password refuses.';
