-- mail_password.
SET search_path = mailstack, public;

-- Canonical forms, each is its own, and the scheme.
SELECT input::mail_password AS password, password_scheme(input::mail_password) AS scheme,
       input::mail_password::text::mail_password::text = input::mail_password::text AS fixed_point
FROM (VALUES ('{SHA512.b64}vSsar3708Jvp9Szi2NWZZ02Bqp1qRCFpbcTZPdBhnWgs5WtNZKnvCXdhztmeD2cmW192CF5bDufKRpayrW/isg=='),
             ('{ssha256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi'),
             ('{Plain-MD5.Hex}5ebe2294ecd0e0f08eab7690d2a6ee69'),
             ('{CRYPT}$y$j9T$lV7hqf3o9NHsmL3ypjRxX0$wGmKDxdxLNfSWjTqsLTWgjvLUOWCqbuCNV0AKVbvGi4'),
             ('$y$j9T$lV7hqf3o9NHsmL3ypjRxX0$wGmKDxdxLNfSWjTqsLTWgjvLUOWCqbuCNV0AKVbvGi4'),
             ('$2y$05$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC'),
             ('$1$Ph5TQsEa$OFX/4cVIdU0/ZeYHfcwjw/'),
             ('$5$PcaHEG8WCh0vjGRY$Iw3jSNj6q/b3QVYt7ioBvHJ18j68ybHHjYMxTKDkM97'),
             ('$6$xhekhOkEUwuJcVs9$Zkf6A5ZbxzHzLcpnZWgnxiz2itr8SbNW2ueOcbKzVxuQw17ffTsspjA72Fv5MlX7.bJ7MuYob280RjiItQt/f1'),
             ('$argon2id$v=19$m=65536,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ')) AS v(input);

-- What the series stores is taken, and not silently.
SELECT md5('secret')::mail_password;
SELECT mail_password '5EBE2294ecd0e0f08eab7690d2a6ee69';

-- A literal, varchar, assignment in an INSERT, part of a larger text.
SELECT mail_password '{sha1}5en6G6MezRroT3XKqkdPOmY/BfQ=';
SELECT '{sha1}5en6G6MezRroT3XKqkdPOmY/BfQ='::varchar::mail_password;
CREATE TEMP TABLE account (name text, password mail_password, note text);
INSERT INTO account VALUES ('one', '{sha1}5en6G6MezRroT3XKqkdPOmY/BfQ=', NULL);
INSERT INTO account SELECT 'two', '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ='::text, NULL;
INSERT INTO account SELECT 'three', '{DES-CRYPT}Cf5aHA7iGF/Dk'::varchar, NULL;
UPDATE account SET note = password;
SELECT * FROM account ORDER BY name;
SELECT 'is '||password FROM account WHERE name = 'three';

-- Refusals. No message shows what was refused, for it may be a password. The line of a COPY is told to the client alone: test/tap/password_log.t.
SELECT ''::mail_password;
SELECT 'secret'::mail_password;
SELECT '{PLAIN}secret'::mail_password;
SELECT '{cleartext}secret'::mail_password;
SELECT '{PLAIN-TRUNC}6-secret'::mail_password;
SELECT '{OTP}sha1 1024 107ba22996cee32f 5e0d5867b28230b3'::mail_password;
SELECT '{NTLM}878d8014606cda29677a44efa1353fc7'::mail_password;
SELECT '{secret'::mail_password;
SELECT '{secret}'::mail_password;
SELECT '{SHA512.hax}secret'::mail_password;
SELECT '{CRYPT}the-hash'::mail_password;
SELECT '{CRYPT}$argon2id$v=19$m=65536,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ'::mail_password;
SELECT '{SHA512-CRYPT}$2y$05$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC'::mail_password;
SELECT '{SHA512-CRYPT}$6$rounds=999$a$b'::mail_password;
SELECT '{SHA512-CRYPT}$6$salt;$b'::mail_password;
SELECT '{SHA512-CRYPT}$6$salt salt$b'::mail_password;
SELECT '{DES-CRYPT}Cf5aHA7iGF/Dkk'::mail_password;
SELECT '{PLAIN-MD5}5ebe2294'::mail_password;
SELECT '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols'::mail_password;
SELECT '{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ='::mail_password;
SELECT U&'{SHA1}b\00FCcher'::mail_password;
SELECT U&'{SHA1}\5341\5341!'::mail_password;
SELECT ('{SHA1}' || repeat('A', 475))::mail_password;
INSERT INTO account VALUES ('four', 'secret', NULL);
COPY account FROM stdin;
five	secret	\N
\.
\set VERBOSITY sqlstate
SELECT 'secret'::mail_password;
\set VERBOSITY default

-- NULL instead of a refusal.
SELECT input, to_mail_password(input) FROM (VALUES ('{sha1}5en6G6MezRroT3XKqkdPOmY/BfQ='), ('{PLAIN}x'), (''), ('a b'), (NULL)) AS v(input);

-- Order, comparison and hash are those of the octets.
SELECT l < r AS lt, l <= r AS le, l = r AS eq, l <> r AS ne, l >= r AS ge, l > r AS gt, mail_password_cmp(l, r) < 0 AS cmp
FROM (VALUES ('{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ='::mail_password, '{SHA1}5en6G6MezRroT3XKqkdPOmY/BfQ='::mail_password),
             ('{sha}5en6G6MezRroT3XKqkdPOmY/BfQ=', '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=')) AS v(l, r);
SELECT amname, opcname, amvalidate(c.oid) FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
WHERE opcintype = 'mail_password'::regtype ORDER BY amname;
SELECT DISTINCT password FROM account ORDER BY password;

-- The binary form comes back as it was, and is read by the same parser.
CREATE TEMP TABLE received (LIKE account);
\copy account TO 'results/password.binary' (FORMAT binary)
\copy received FROM 'results/password.binary' (FORMAT binary)
SELECT count(*), count(*) FILTER (WHERE r.password::text = a.password::text) AS same FROM account a JOIN received r USING (name);
SELECT mail_password_send(mail_password '{DES-CRYPT}Cf5aHA7iGF/Dk') = '\x01'::bytea || '{DES-CRYPT}Cf5aHA7iGF/Dk'::bytea AS sent;

-- What is to be said against a hash.
SELECT left(p::text, 30) AS password, password_weakness(p)
FROM unnest(ARRAY['{SHA1}5en6G6MezRroT3XKqkdPOmY/BfQ=', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', '{DES-CRYPT}Cf5aHA7iGF/Dk',
    '{CRYPT}$1$Ph5TQsEa$OFX/4cVIdU0/ZeYHfcwjw/', '{CRYPT}$2y$05$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC',
    '{BLF-CRYPT}$2y$10$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC', '{CRAM-MD5}cd3ba7deaad6e5ca23448ba42e379747a9e0f7f1fbc00c8a81bbaac395731b56',
    '{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ',
    '{ARGON2ID}$argon2id$v=19$m=1024,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ']::mail_password[]) AS p;
