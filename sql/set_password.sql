-- set_password(), verify_password(), and the policy in settings.
SET search_path = mailstack, public;
\pset null '(null)'
INSERT INTO domains(domain) VALUES ('example.com');
INSERT INTO users(email) VALUES ('bob@example.com'), ('ann@example.com'), ('none@example.com'), ('Jürgen@example.com');
-- Cheap, so that this test is.
UPDATE settings SET argon2_memory = 1024, argon2_iterations = 1;

-- Each scheme is written in its form, and is verified.
CREATE FUNCTION pg_temp.form(password mail_password) RETURNS text LANGUAGE sql RETURN regexp_replace(password::text, '[A-Za-z0-9./+]{16,}=*', '...', 'g');
SELECT set_password('bob@example.com', 'open sesame');
SELECT pg_temp.form(password), verify_password('BOB@example.com', 'open sesame') AS right, verify_password(email, 'open sesam') AS wrong FROM users WHERE email = 'bob@example.com';
SELECT scheme, set_password('ann@example.com', 'open sesame', scheme) AS written
FROM unnest(ARRAY['ARGON2ID', 'blf-crypt', 'SHA512-CRYPT', 'SCRAM-SHA-256', NULL]) AS scheme;
CREATE TEMP TABLE written (scheme text, weakness text, password mail_password);
DO $$
DECLARE
    scheme text;
BEGIN
    FOREACH scheme IN ARRAY ARRAY['ARGON2ID', 'BLF-CRYPT', 'SHA512-CRYPT', 'SCRAM-SHA-256'] LOOP
        PERFORM mailstack.set_password('ann@example.com', 'öffne dich', scheme);
        INSERT INTO written SELECT password_scheme(password), password_weakness(password), password FROM mailstack.users WHERE email OPERATOR(mailstack.=) 'ann@example.com';
        RAISE NOTICE '%: % % %', scheme, mailstack.verify_password('ann@example.com', 'öffne dich'), mailstack.verify_password('ann@example.com', 'öffne dicH'), mailstack.verify_password('ann@example.com', '');
    END LOOP;
END $$;
SELECT scheme, pg_temp.form(password), weakness FROM written ORDER BY scheme;
-- Another salt each time.
CREATE TEMP TABLE before AS SELECT password FROM users WHERE email = 'ann@example.com';
SELECT set_password('ann@example.com', 'öffne dich', 'SCRAM-SHA-256');
SELECT u.password <> b.password AS another FROM users u, before b WHERE email = 'ann@example.com';

-- What "doveadm pw -p secret" of Dovecot 2.3.19 made, of every scheme, and no other password.
CREATE TEMP TABLE doveadm (n integer GENERATED ALWAYS AS IDENTITY, password mail_password);
SET client_min_messages = error;
INSERT INTO doveadm(password) VALUES
    ('{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ'),
    ('{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$quChzAl539wSbmK/GGC5qg$RLBk6hrkrtmYmk+0oQ486qBB5Trhz6y4iXGbPADc8fQ'),
    ('{BLF-CRYPT}$2y$05$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC'),
    ('{CRYPT}$2y$05$HeI30O0VgnT21AfR516oTehfjJSec4efwaXB6zavK0OIgPJPdJrS2'),
    ('{SHA512-CRYPT}$6$xhekhOkEUwuJcVs9$Zkf6A5ZbxzHzLcpnZWgnxiz2itr8SbNW2ueOcbKzVxuQw17ffTsspjA72Fv5MlX7.bJ7MuYob280RjiItQt/f1'),
    ('{SHA256-CRYPT}$5$PcaHEG8WCh0vjGRY$Iw3jSNj6q/b3QVYt7ioBvHJ18j68ybHHjYMxTKDkM97'),
    ('{SCRAM-SHA-256}4096,XH5m7dtJgBsBRki8vH4gYQ==,oeHWH68DU1EVSK7foA0phU6So2yhFK+BR5KFrzLqbXA=,7Ajo7FrSmkV6veYrn5LIeFsdBLfm3f536zOm8C2JOTw='),
    ('{SCRAM-SHA-1}4096,j5h0slc5Nd8oOrm3zV1zLg==,dxPdXwflSwgE5a00gbkh8NidQwE=,WbMtsKTgURJ5sBUmJT8sOxgia2I='),
    ('{PBKDF2}$1$zkm65dXUGq99dvvv$5000$c99140b9b3017f55b17d994cb9b10dd8aa3df728'),
    ('{SSHA512}ngCZBwA2F0SoON9Tw5dGTKVsIbsavEqgC/1utd6KyBw6SSnRhObKj7knP3J0KXvc4pIpO1HNx2zPK+WcUWp5XkXiid8='),
    ('{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi'),
    ('{SHA512}vSsar3708Jvp9Szi2NWZZ02Bqp1qRCFpbcTZPdBhnWgs5WtNZKnvCXdhztmeD2cmW192CF5bDufKRpayrW/isg=='),
    ('{SHA512.hex}bd2b1aaf7ef4f09be9f52ce2d8d599674d81aa9d6a4421696dc4d93dd0619d682ce56b4d64a9ef097761ced99e0f67265b5f76085e5b0ee7ca4696b2ad6fe2b2'),
    ('{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols='),
    ('{SSHA}pi27EMKWLsgaX1lnvxL8dnnkf/BoEkQl'), ('{SHA1}5en6G6MezRroT3XKqkdPOmY/BfQ='), ('{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ='),
    ('{SMD5}Y2yEQ6nCGWaFrVX1Kkuo7pBqIDw='), ('{PLAIN-MD5}5ebe2294ecd0e0f08eab7690d2a6ee69'), ('{LDAP-MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ=='), ('{MD5}5ebe2294ecd0e0f08eab7690d2a6ee69'),
    ('{MD5}$1$6kLxZGBc$q2/OitBATwlNhTMNndg2P0'), ('{MD5-CRYPT}$1$Ph5TQsEa$OFX/4cVIdU0/ZeYHfcwjw/'), ('{MD5-CRYPT.b64}JDEkUGg1VFFzRWEkT0ZYLzRjVklkVTAvWmVZSGZjd2p3Lw=='),
    ('{DES-CRYPT}Cf5aHA7iGF/Dk'), ('{DIGEST-MD5}2664cba6663a734ef3a6fefc0c0d0821'),
    ('{CRAM-MD5}cd3ba7deaad6e5ca23448ba42e379747a9e0f7f1fbc00c8a81bbaac395731b56'), ('{HMAC-MD5}cd3ba7deaad6e5ca23448ba42e379747a9e0f7f1fbc00c8a81bbaac395731b56');
CREATE FUNCTION pg_temp.verify(hash mail_password, plaintext text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mailstack.users SET password = hash WHERE email OPERATOR(mailstack.=) 'bob@example.com';
    RETURN mailstack.verify_password('bob@example.com', plaintext);
END $$;
SELECT n, password_scheme(password) AS scheme, pg_temp.verify(password, 'secret') AS right, pg_temp.verify(password, 'secreu') AS wrong, pg_temp.verify(password, '') AS empty FROM doveadm ORDER BY n;
-- A password that is longer than a block of MD5.
SELECT pg_temp.verify('{CRAM-MD5}50a680da239a59f36eb6e88a4d8043eb555a65b1b82b99da6241761463300923', repeat('long ', 20)) AS right, pg_temp.verify('{CRAM-MD5}50a680da239a59f36eb6e88a4d8043eb555a65b1b82b99da6241761463300923', repeat('long ', 19)) AS wrong;
RESET client_min_messages;

-- A password that PostgreSQL hashed for a role of its own is the same derivation.
SET password_encryption = 'scram-sha-256';
CREATE ROLE regress_scram PASSWORD 'open sesame';
UPDATE users SET password = (SELECT '{SCRAM-SHA-256}' || regexp_replace(rolpassword, '^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.*)$', '\1,\2,\3,\4') FROM pg_authid WHERE rolname = 'regress_scram')::text
WHERE email = 'bob@example.com';
SELECT verify_password('bob@example.com', 'open sesame') AS right, verify_password('bob@example.com', 'open sesamE') AS wrong;
DROP ROLE regress_scram;

-- One hash of the usual scheme is computed in every call, whoever is asked for: that of the user, or nobody's.
SELECT email, set_password(email, 'open sesame', scheme) FROM (VALUES ('bob@example.com'::mail_key, NULL), ('ann@example.com', 'BLF-CRYPT')) AS v(email, scheme);
SET client_min_messages = debug1;
SELECT verify_password('bob@example.com', 'open sesame') AS own;
SELECT verify_password('bob@example.com', 'wrong') AS wrong;
SELECT verify_password('ann@example.com', 'open sesame') AS other_scheme;
SELECT verify_password('none@example.com', 'open sesame') AS no_password;
SELECT verify_password('nobody@example.com', 'open sesame') AS unknown;
SELECT verify_password('bob@elsewhere.example', 'open sesame') AS not_hosted;
SELECT verify_password('no address', 'open sesame') AS no_address;
RESET client_min_messages;
-- Nobody's hash of the other schemes.
DO $$
DECLARE
    scheme text;
BEGIN
    FOREACH scheme IN ARRAY ARRAY['BLF-CRYPT', 'SHA512-CRYPT', 'SCRAM-SHA-256'] LOOP
        UPDATE mailstack.settings SET password_scheme = scheme;
        RAISE NOTICE '% % %', mailstack.set_password('ann@example.com', 'open sesame'), mailstack.verify_password('ann@example.com', 'open sesame'), mailstack.verify_password('nobody@example.com', repeat('x', 1000));
    END LOOP;
END $$;
UPDATE settings SET password_scheme = DEFAULT;
SELECT verify_password(NULL, 'x'), verify_password('bob@example.com', NULL);

-- Refusals.
SELECT set_password('nobody@example.com', 'open sesame');
SELECT set_password('no address', 'open sesame');
SELECT set_password('bob@example.com', 'sesame!');
SELECT set_password('bob@example.com', 'sésame!');
SELECT set_password('bob@example.com', 'sésame!!');
SELECT set_password('bob@example.com', 'open sesame', 'SHA512');
SELECT set_password('bob@example.com', 'open sesame', 'PLAIN');
SELECT set_password('bob@example.com', 'open sesame', '');
SELECT set_password('bob@example.com', NULL);
SELECT set_password(NULL, 'open sesame');
SELECT set_password('bob@example.com', repeat('x', 73), 'BLF-CRYPT');
SELECT set_password('bob@example.com', repeat('x', 72), 'BLF-CRYPT');
SELECT set_password('bob@example.com', repeat('x', 512), 'SHA512-CRYPT');
SELECT set_password('bob@example.com', repeat('x', 511), 'SHA512-CRYPT');
SELECT set_password('bob@example.com', U&'open\00A0sesame', 'SCRAM-SHA-256');
SELECT set_password('bob@example.com', U&'open\00A0sesame', 'ARGON2ID');
SELECT verify_password('bob@example.com', U&'open\00A0sesame') AS right, verify_password('bob@example.com', 'open sesame') AS prepared;
SELECT set_password('bob@example.com', repeat('x', 100000));
SELECT verify_password('bob@example.com', repeat('x', 100000)), verify_password('bob@example.com', repeat('x', 99999));

-- The lowest scheme: what is weaker is refused when it is written, what is there stays and is reported.
UPDATE users SET password = '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=' WHERE email = 'ann@example.com';
UPDATE users SET password = md5('secret') WHERE email IN ('ann@example.com', 'bob@example.com');
UPDATE users SET password = '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi' WHERE email = 'bob@example.com';
SELECT * FROM weak_passwords ORDER BY email;
UPDATE settings SET password_lowest_scheme = 'sha256-crypt';
SELECT * FROM weak_passwords ORDER BY email;
UPDATE users SET realname = 'Ann' WHERE email = 'ann@example.com';
UPDATE users SET email = 'anna@example.com' WHERE email = 'ann@example.com';
UPDATE users SET password = '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=' WHERE email = 'anna@example.com';
UPDATE users SET password = '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi' WHERE email = 'anna@example.com';
UPDATE users SET password = '{CRYPT}$1$Ph5TQsEa$OFX/4cVIdU0/ZeYHfcwjw/' WHERE email = 'anna@example.com';
INSERT INTO users(email, password) VALUES ('new@example.com', '{PBKDF2}$1$zkm65dXUGq99dvvv$5000$c99140b9b3017f55b17d994cb9b10dd8aa3df728');
UPDATE users SET password = '{SHA512-CRYPT}$6$xhekhOkEUwuJcVs9$Zkf6A5ZbxzHzLcpnZWgnxiz2itr8SbNW2ueOcbKzVxuQw17ffTsspjA72Fv5MlX7.bJ7MuYob280RjiItQt/f1' WHERE email = 'bob@example.com';
UPDATE settings SET password_lowest_scheme = 'ARGON2ID';
SELECT set_password('bob@example.com', 'open sesame', 'BLF-CRYPT');
SELECT set_password('bob@example.com', 'open sesame');
SELECT email, scheme FROM weak_passwords ORDER BY email;

-- What takes so long to compute that the logins of others wait is not stored, whoever may store; nor is it computed.
UPDATE settings SET password_lowest_scheme = NULL;
CREATE TEMP TABLE costly (n integer GENERATED ALWAYS AS IDENTITY, password mail_password);
INSERT INTO costly(password) VALUES
    ('{SHA512-CRYPT}$6$rounds=999999999$a$Zkf6A5ZbxzHzLcpnZWgnxiz2itr8SbNW2ueOcbKzVxuQw17ffTsspjA72Fv5MlX7.bJ7MuYob280RjiItQt/f1'),
    ('{CRYPT}$5$rounds=5000001$a$o5dXFYgG6i8Sm3RgpxttnKlwFXxartp2VNgCPn3f8m4'),
    ('{BLF-CRYPT}$2y$31$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC'),
    ('{ARGON2ID}$argon2id$v=19$m=4194304,t=1,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ'),
    ('{ARGON2I}$argon2i$v=19$m=65536,t=100000,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ'),
    ('{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=8192$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ'),
    ('{PBKDF2}$1$zkm65dXUGq99dvvv$999999999$c99140b9b3017f55b17d994cb9b10dd8aa3df728'),
    ('{SCRAM-SHA-256}999999999,XH5m7dtJgBsBRki8vH4gYQ==,oeHWH68DU1EVSK7foA0phU6So2yhFK+BR5KFrzLqbXA=,7Ajo7FrSmkV6veYrn5LIeFsdBLfm3f536zOm8C2JOTw='),
    ('{CRYPT}$y$jFT$lV7hqf3o9NHsmL3ypjRxX0$wGmKDxdxLNfSWjTqsLTWgjvLUOWCqbuCNV0AKVbvGi4'),
    ('{CRYPT}$7$zU..../....ip3gH0wyTlf1PMvSpQ1nS.$gDkbsjS7BKCJcXfxJyTMl2lGWmHtGa.y2wWBsZ6aNr3');
CREATE FUNCTION pg_temp.store(hash mail_password) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    UPDATE mailstack.users SET password = hash WHERE email OPERATOR(mailstack.=) 'bob@example.com';
    RETURN 'stored';
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END $$;
SELECT n, pg_temp.store(password) FROM costly ORDER BY n;
UPDATE users SET password = (SELECT password FROM costly WHERE n = 1) WHERE email = 'bob@example.com';
INSERT INTO users(email, password) SELECT 'new@example.com', password FROM costly WHERE n = 3;
INSERT INTO app_passwords(email, name, password) SELECT 'bob@example.com', 'Phone', password FROM costly WHERE n = 4;
SELECT pg_temp.store('{ARGON2ID}$argon2id$v=19$m=1048576,t=4,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ');
-- A restored dump may have brought one: it stays, is reported, and is as good as none, though 'secret' is the password of bob's.
SET session_replication_role = replica;
UPDATE users SET password = (SELECT password FROM costly WHERE n = 2) WHERE email = 'bob@example.com';
UPDATE users SET password = (SELECT password FROM costly WHERE n = 4) WHERE email = 'none@example.com';
RESET session_replication_role;
UPDATE users SET realname = 'Bob' WHERE email = 'bob@example.com';
SELECT * FROM weak_passwords WHERE email IN ('bob@example.com', 'none@example.com') ORDER BY email;
SELECT step, answer, hint FROM explain_login('bob@example.com') WHERE step = 'password';
SET client_min_messages = debug1;
SELECT email, verify_password(email, 'secret') FROM users WHERE email IN ('bob@example.com', 'none@example.com') ORDER BY email;
RESET client_min_messages;
SELECT set_password(email, 'open sesame') FROM users WHERE email IN ('bob@example.com', 'none@example.com');
SELECT verify_password('bob@example.com', 'open sesame');
UPDATE settings SET password_lowest_scheme = 'ARGON2ID';

-- Settings.
UPDATE settings SET password_scheme = 'SHA512';
UPDATE settings SET password_scheme = 'BLF-CRYPT';
UPDATE settings SET password_lowest_scheme = 'PLAIN';
UPDATE settings SET password_lowest_scheme = 'SHA3';
UPDATE settings SET password_min_length = 0;
UPDATE settings SET argon2_memory = 1023;
UPDATE settings SET argon2_memory = 1048577;
UPDATE settings SET argon2_iterations = 0;
UPDATE settings SET argon2_iterations = 101;
UPDATE settings SET argon2_memory = 1048576, argon2_iterations = 5;
UPDATE settings SET password_lowest_scheme = NULL, password_min_length = 1;
SELECT set_password('bob@example.com', 'x');
SELECT scheme, password_strength(scheme) FROM unnest(ARRAY['ARGON2ID', 'argon2i', 'BLF-CRYPT', 'CRYPT', 'SHA512-CRYPT', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PBKDF2', 'SSHA512', 'SHA512', 'MD5-CRYPT', 'DES-CRYPT', 'PLAIN', 'OTP', 'bogus', '']) AS scheme;
SELECT password_strength('{CRYPT}$1$Ph5TQsEa$OFX/4cVIdU0/ZeYHfcwjw/'::mail_password) AS md5, password_strength('{CRYPT}$6$xhekhOkEUwuJcVs9$Zkf6A5ZbxzHzLcpnZWgnxiz2itr8SbNW2ueOcbKzVxuQw17ffTsspjA72Fv5MlX7.bJ7MuYob280RjiItQt/f1'::mail_password) AS sha512;

UPDATE settings SET password_min_length = DEFAULT, argon2_memory = DEFAULT, argon2_iterations = DEFAULT;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains;
