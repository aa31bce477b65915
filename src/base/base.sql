\echo Use "CREATE EXTENSION mailstack" to load this file. \quit

-- ---------------------------------------------------------------- room: base

COMMENT ON SCHEMA mailstack IS 'The mail user database behind Postfix and Dovecot. Postfix and Dovecot ask its functions postfix_* and dovecot_*; an operator writes its tables.';
