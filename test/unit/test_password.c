/*
 * test_password.c
 *	  Passwords: the canonical form, what is refused and where, and the limits.
 */
#include "password/password.h"
#include "tap.h"

static ms_password password;
static ms_fault fault;
static char canonical[MS_PASSWORD_MAX + 1];

static ms_span
span(const char *s)
{
	return ms_span_of_text(s);
}

/* The canonical form, or NULL with fault set. */
static const char *
parse_span(ms_span in)
{
	fault = (ms_fault) {0};
	if (!ms_password_parse(in, &password, &fault))
		return NULL;
	canonical[ms_password_write(&password, canonical)] = '\0';
	return canonical;
}

static void
accepts(const char *in, const char *expected, const char *method)
{
	char		again[MS_PASSWORD_MAX + 1];

	is_str(parse_span(span(in)), expected, "%s", in);
	if (fault.code != MS_FAULT_NONE)
		return;
	is_str(password.method->name, method, "%s is of method %s", in, method);
	strcpy(again, canonical);
	is_str(parse_span(span(again)), expected, "%s is a fixed point", expected);
	ok(!password.guessed, "%s says what it is", expected);
}

static void
as_it_is(const char *in, const char *method)
{
	accepts(in, in, method);
}

static void
refuses(const char *in, ms_fault_code code, size_t offset)
{
	ok(parse_span(span(in)) == NULL, "%s is refused", in);
	ok(fault.code == code && fault.offset == offset, "%s: fault %d at octet %zu, expected %d at %zu",
	   in, (int) fault.code, fault.offset, (int) code, offset);
}

#define SHA512_CRYPT "$6$xhekhOkEUwuJcVs9$Zkf6A5ZbxzHzLcpnZWgnxiz2itr8SbNW2ueOcbKzVxuQw17ffTsspjA72Fv5MlX7.bJ7MuYob280RjiItQt/f1"
#define SHA256_CRYPT "$5$PcaHEG8WCh0vjGRY$Iw3jSNj6q/b3QVYt7ioBvHJ18j68ybHHjYMxTKDkM97"
#define MD5_CRYPT "$1$Ph5TQsEa$OFX/4cVIdU0/ZeYHfcwjw/"
#define BCRYPT "$2y$05$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC"
#define ARGON2ID "$argon2id$v=19$m=65536,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ"
#define ARGON2I "$argon2i$v=19$m=32768,t=4,p=1$quChzAl539wSbmK/GGC5qg$RLBk6hrkrtmYmk+0oQ486qBB5Trhz6y4iXGbPADc8fQ"
#define YESCRYPT "$y$j9T$lV7hqf3o9NHsmL3ypjRxX0$wGmKDxdxLNfSWjTqsLTWgjvLUOWCqbuCNV0AKVbvGi4"
#define SCRYPT "$7$CU..../....ip3gH0wyTlf1PMvSpQ1nS.$gDkbsjS7BKCJcXfxJyTMl2lGWmHtGa.y2wWBsZ6aNr3"
#define MD5_HEX "5ebe2294ecd0e0f08eab7690d2a6ee69"
#define HMAC_HEX "cd3ba7deaad6e5ca23448ba42e379747a9e0f7f1fbc00c8a81bbaac395731b56"
#define SCRAM256 "4096,XH5m7dtJgBsBRki8vH4gYQ==,oeHWH68DU1EVSK7foA0phU6So2yhFK+BR5KFrzLqbXA=,7Ajo7FrSmkV6veYrn5LIeFsdBLfm3f536zOm8C2JOTw="
#define SCRAM1 "4096,j5h0slc5Nd8oOrm3zV1zLg==,dxPdXwflSwgE5a00gbkh8NidQwE=,WbMtsKTgURJ5sBUmJT8sOxgia2I="
#define PBKDF2 "$1$zkm65dXUGq99dvvv$5000$c99140b9b3017f55b17d994cb9b10dd8aa3df728"
#define SHA512_B64 "vSsar3708Jvp9Szi2NWZZ02Bqp1qRCFpbcTZPdBhnWgs5WtNZKnvCXdhztmeD2cmW192CF5bDufKRpayrW/isg=="

/* What "doveadm pw -s SCHEME -p secret" of Dovecot 2.3.19 writes. */
static void
test_doveadm(void)
{
	as_it_is("{SHA1}5en6G6MezRroT3XKqkdPOmY/BfQ=", "SHA1");
	as_it_is("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "SHA");
	as_it_is("{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", "SHA256");
	as_it_is("{SHA512}" SHA512_B64, "SHA512");
	as_it_is("{SSHA}pi27EMKWLsgaX1lnvxL8dnnkf/BoEkQl", "SSHA");
	as_it_is("{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi", "SSHA256");
	as_it_is("{SSHA512}ngCZBwA2F0SoON9Tw5dGTKVsIbsavEqgC/1utd6KyBw6SSnRhObKj7knP3J0KXvc4pIpO1HNx2zPK+WcUWp5XkXiid8=", "SSHA512");
	as_it_is("{SMD5}Y2yEQ6nCGWaFrVX1Kkuo7pBqIDw=", "SMD5");
	as_it_is("{PLAIN-MD5}" MD5_HEX, "PLAIN-MD5");
	as_it_is("{LDAP-MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==", "LDAP-MD5");
	as_it_is("{DIGEST-MD5}2664cba6663a734ef3a6fefc0c0d0821", "DIGEST-MD5");
	as_it_is("{CRAM-MD5}" HMAC_HEX, "CRAM-MD5");
	as_it_is("{HMAC-MD5}" HMAC_HEX, "HMAC-MD5");
	as_it_is("{SCRAM-SHA-256}" SCRAM256, "SCRAM-SHA-256");
	as_it_is("{SCRAM-SHA-1}" SCRAM1, "SCRAM-SHA-1");
	as_it_is("{PBKDF2}" PBKDF2, "PBKDF2");
	as_it_is("{BLF-CRYPT}" BCRYPT, "BLF-CRYPT");
	as_it_is("{SHA512-CRYPT}" SHA512_CRYPT, "SHA512-CRYPT");
	as_it_is("{SHA256-CRYPT}" SHA256_CRYPT, "SHA256-CRYPT");
	as_it_is("{MD5-CRYPT}" MD5_CRYPT, "MD5-CRYPT");
	as_it_is("{MD5}" MD5_CRYPT, "MD5-CRYPT");
	as_it_is("{DES-CRYPT}Cf5aHA7iGF/Dk", "DES-CRYPT");
	as_it_is("{ARGON2ID}" ARGON2ID, "ARGON2ID");
	as_it_is("{ARGON2I}" ARGON2I, "ARGON2I");
}

static void
test_crypt(void)
{
	as_it_is("{CRYPT}" BCRYPT, "BLF-CRYPT");
	as_it_is("{CRYPT}" SHA512_CRYPT, "SHA512-CRYPT");
	as_it_is("{CRYPT}" SHA256_CRYPT, "SHA256-CRYPT");
	as_it_is("{CRYPT}" MD5_CRYPT, "MD5-CRYPT");
	as_it_is("{CRYPT}" YESCRYPT, "yescrypt");
	as_it_is("{CRYPT}$g" "y$j9T$lV7hqf3o9NHsmL3ypjRxX0$wGmKDxdxLNfSWjTqsLTWgjvLUOWCqbuCNV0AKVbvGi4", "gost-yescrypt");
	as_it_is("{CRYPT}" SCRYPT, "scrypt");
	as_it_is("{CRYPT}Cf5aHA7iGF/Dk", "DES-CRYPT");
	as_it_is("{CRYPT}_J9..CCCCXBrJUJV154M", "bsdicrypt");
	as_it_is("{SHA512-CRYPT}$6$rounds=1000$a$" "Zkf6A5ZbxzHzLcpnZWgnxiz2itr8SbNW2ueOcbKzVxuQw17ffTsspjA72Fv5MlX7.bJ7MuYob280RjiItQt/f1", "SHA512-CRYPT");
	ok(password.cost == 1000, "rounds are its cost");
	refuses("{CRYPT}" ARGON2ID, MS_FAULT_HASH_ARGON2, 7);
	refuses("{CRYPT}$apr1$Ph5TQsEa$OFX/4cVIdU0/ZeYHfcwjw/", MS_FAULT_HASH_CHARACTER, 7);
	refuses("{CRYPT}the-hash", MS_FAULT_HASH_CHARACTER, 10);
}

static void
test_names(void)
{
	accepts("{sha512-Crypt}" SHA512_CRYPT, "{SHA512-CRYPT}" SHA512_CRYPT, "SHA512-CRYPT");
	accepts("{SHA512.b64}" SHA512_B64, "{SHA512.B64}" SHA512_B64, "SHA512");
	accepts("{sha512.BASE64}" SHA512_B64, "{SHA512.B64}" SHA512_B64, "SHA512");
	accepts("{plain-md5.hex}" MD5_HEX, "{PLAIN-MD5.HEX}" MD5_HEX, "PLAIN-MD5");
	accepts("{MD5}" MD5_HEX, "{MD5}" MD5_HEX, "MD5");
	as_it_is("{PLAIN-MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==", "PLAIN-MD5");
	as_it_is("{LDAP-MD5}" MD5_HEX, "LDAP-MD5");
	accepts("{md5-crypt.b64}JDEkUGg1VFFzRWEkT0ZYLzRjVklkVTAvWmVZSGZjd2p3Lw==",
			"{MD5-CRYPT.B64}JDEkUGg1VFFzRWEkT0ZYLzRjVklkVTAvWmVZSGZjd2p3Lw==", "MD5-CRYPT");
	refuses("{SHA512.b65}" SHA512_B64, MS_FAULT_SCHEME_SUFFIX, 8);
	refuses("{SHA512.}" SHA512_B64, MS_FAULT_SCHEME_SUFFIX, 8);
	refuses("{SHA3}" SHA512_B64, MS_FAULT_SCHEME_UNKNOWN, 1);
	refuses("{SHA51}" SHA512_B64, MS_FAULT_SCHEME_UNKNOWN, 1);
	refuses("{SHA5122}" SHA512_B64, MS_FAULT_SCHEME_UNKNOWN, 1);
	refuses("{ SHA512}" SHA512_B64, MS_FAULT_SCHEME_UNKNOWN, 1);
	refuses("{}", MS_FAULT_SCHEME_UNKNOWN, 1);
	refuses("{yescrypt}" YESCRYPT, MS_FAULT_SCHEME_UNKNOWN, 1);
	refuses("{SHA512", MS_FAULT_SCHEME_OPEN, 0);
}

static void
test_made_explicit(void)
{
	accepts(SHA512_CRYPT, "{SHA512-CRYPT}" SHA512_CRYPT, "SHA512-CRYPT");
	accepts(SHA256_CRYPT, "{SHA256-CRYPT}" SHA256_CRYPT, "SHA256-CRYPT");
	accepts(BCRYPT, "{BLF-CRYPT}" BCRYPT, "BLF-CRYPT");
	accepts(MD5_CRYPT, "{MD5-CRYPT}" MD5_CRYPT, "MD5-CRYPT");
	accepts(ARGON2ID, "{ARGON2ID}" ARGON2ID, "ARGON2ID");
	accepts(ARGON2I, "{ARGON2I}" ARGON2I, "ARGON2I");
	accepts(YESCRYPT, "{CRYPT}" YESCRYPT, "yescrypt");
	accepts(SCRYPT, "{CRYPT}" SCRYPT, "scrypt");
	is_str(parse_span(span(MD5_HEX)), "{PLAIN-MD5}" MD5_HEX, "32 hexadecimal digits");
	ok(password.guessed, "are taken for md5()");
	parse_span(span(SHA512_CRYPT));
	ok(!password.guessed, "crypt(3) says what it is");
}

static void
test_plain_text(void)
{
	refuses("", MS_FAULT_PASSWORD_EMPTY, 0);
	refuses("secret", MS_FAULT_SCHEME_NONE, 0);
	refuses("Cf5aHA7iGF/Dk", MS_FAULT_SCHEME_NONE, 0);
	refuses("_J9..CCCCXBrJUJV154M", MS_FAULT_SCHEME_NONE, 0);
	refuses("5ebe2294ecd0e0f08eab7690d2a6ee6", MS_FAULT_SCHEME_NONE, 0);
	refuses("5ebe2294ecd0e0f08eab7690d2a6ee6g", MS_FAULT_SCHEME_NONE, 0);
	refuses(MD5_HEX "0", MS_FAULT_SCHEME_NONE, 0);
	refuses("$apr1$Ph5TQsEa$OFX/4cVIdU0/ZeYHfcwjw/", MS_FAULT_SCHEME_NONE, 0);
	refuses("{PLAIN}secret", MS_FAULT_SCHEME_PLAIN, 1);
	refuses("{plain}" BCRYPT, MS_FAULT_SCHEME_PLAIN, 1);
	refuses("{PLAIN.b64}c2VjcmV0", MS_FAULT_SCHEME_PLAIN, 1);
	refuses("{CLEAR}secret", MS_FAULT_SCHEME_PLAIN, 1);
	refuses("{CLEARTEXT}secret", MS_FAULT_SCHEME_PLAIN, 1);
	refuses("{PLAIN-TRUNC}6-secret", MS_FAULT_SCHEME_PLAIN, 1);
	refuses("{OTP}sha1 1024 107ba22996cee32f 5e0d5867b28230b3", MS_FAULT_SCHEME_ONE_TIME, 1);
	refuses("{PLAIN-MD4}67d3dafef63ff00603aeef3769cfbf0d", MS_FAULT_SCHEME_UNSAFE, 1);
	refuses("{NTLM}67d3dafef63ff00603aeef3769cfbf0d", MS_FAULT_SCHEME_UNSAFE, 1);
}

static void
test_malformed(void)
{
	refuses("{SHA512-CRYPT}", MS_FAULT_HASH_SHORT, 14);
	refuses("{SHA512-CRYPT}" SHA256_CRYPT, MS_FAULT_HASH_PREFIX, 14);
	refuses("{SHA512-CRYPT}$6$salt$short", MS_FAULT_HASH_SHORT, 27);
	refuses("{SHA512-CRYPT}" SHA512_CRYPT "1", MS_FAULT_HASH_LONG, 14 + 106);
	refuses("{SHA512-CRYPT}" SHA512_CRYPT " ", MS_FAULT_HASH_LONG, 14 + 106);
	refuses("{SHA512-CRYPT}!" SHA512_CRYPT, MS_FAULT_HASH_PREFIX, 14);
	refuses("{SHA512-CRYPT}$6$sa lt$x", MS_FAULT_HASH_FORM, 19);
	refuses("{SHA512-CRYPT}$6$01234567890123456$x", MS_FAULT_HASH_FORM, 33);
	refuses("{SHA512-CRYPT}$6$rounds=999$a$x", MS_FAULT_HASH_PARAMETER, 24);
	refuses("{SHA512-CRYPT}$6$rounds=1000000000$a$x", MS_FAULT_HASH_PARAMETER, 24);
	refuses("{SHA512-CRYPT}$6$rounds=01000$a$x", MS_FAULT_HASH_PARAMETER, 24);
	refuses("{SHA512-CRYPT}$6$rounds=$a$x", MS_FAULT_HASH_PARAMETER, 24);
	refuses("{BLF-CRYPT}$2z$05$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC", MS_FAULT_HASH_CHARACTER, 13);
	refuses("{BLF-CRYPT}$2y$03$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC", MS_FAULT_HASH_PARAMETER, 15);
	refuses("{BLF-CRYPT}$2y$32$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC", MS_FAULT_HASH_PARAMETER, 15);
	refuses("{BLF-CRYPT}$2y$5$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC", MS_FAULT_HASH_PARAMETER, 15);
	refuses("{BLF-CRYPT}$2y$05$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSC", MS_FAULT_HASH_SHORT, 70);
	refuses("{BLF-CRYPT}$2y$05$8aP7Cmpjnv2+G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC", MS_FAULT_HASH_CHARACTER, 29);
	refuses("{BLF-CRYPT}$2y$05$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCCC", MS_FAULT_HASH_LONG, 71);
	refuses("{ARGON2ID}" ARGON2I, MS_FAULT_HASH_PREFIX, 10);
	refuses("{ARGON2I}" ARGON2ID, MS_FAULT_HASH_PREFIX, 9);
	refuses("{ARGON2ID}$argon2id$v=16$m=65536,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$x", MS_FAULT_HASH_PREFIX, 10);
	refuses("{ARGON2ID}$argon2id$v=19$m=7,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$x", MS_FAULT_HASH_PARAMETER, 27);
	refuses("{ARGON2ID}$argon2id$v=19$m=8,t=0,p=1$YXkC7qx+eXzK76yhKriLpQ$x", MS_FAULT_HASH_PARAMETER, 31);
	refuses("{ARGON2ID}$argon2id$v=19$m=15,t=1,p=2$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ", MS_FAULT_HASH_PARAMETER, 27);
	refuses("{ARGON2ID}$argon2id$v=19$m=4294967296,t=1,p=1$YXkC7qx+eXzK76yhKriLpQ$x", MS_FAULT_HASH_PARAMETER, 27);
	refuses("{ARGON2ID}$argon2id$v=19$m=8;t=1", MS_FAULT_HASH_FORM, 28);
	refuses("{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+z", MS_FAULT_HASH_SHORT, 106);
	refuses("{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+A", MS_FAULT_HASH_SHORT, 106);
	refuses("{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$YXkC7qx+eXzK76yhKriLpR$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ", MS_FAULT_HASH_SHORT, 63);
	refuses("{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$YXkC7qx+$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ", MS_FAULT_HASH_CHARACTER, 49);
	refuses("{ARGON2ID}" ARGON2ID "A", MS_FAULT_HASH_SHORT, 108);
	refuses("{MD5-CRYPT}$1$123456789$OFX/4cVIdU0/ZeYHfcwjw/", MS_FAULT_HASH_FORM, 22);
	refuses("{DES-CRYPT}Cf5aHA7iGF/D", MS_FAULT_HASH_SHORT, 23);
	refuses("{DES-CRYPT}Cf5aHA7iGF/Dkk", MS_FAULT_HASH_LONG, 24);
	refuses("{PLAIN-MD5}5ebe2294ecd0e0f08eab7690d2a6ee6g", MS_FAULT_HASH_CHARACTER, 42);
	refuses("{PLAIN-MD5}5ebe", MS_FAULT_HASH_OCTETS, 11);
	ok(fault.actual == 3 && fault.allowed == 16, "3 of 16 octets are reported");
	refuses("{PLAIN-MD5.hex}5eb", MS_FAULT_HASH_SHORT, 18);
	refuses("{PLAIN-MD5.hex}5ebe", MS_FAULT_HASH_OCTETS, 15);
	refuses("{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols", MS_FAULT_HASH_PADDING, 51);
	refuses("{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unol", MS_FAULT_HASH_PADDING, 50);
	refuses("{SHA256}K7gNU3sdo-OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", MS_FAULT_HASH_CHARACTER, 17);
	refuses("{SHA256}=7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", MS_FAULT_HASH_CHARACTER, 8);
	refuses("{SHA256}", MS_FAULT_HASH_OCTETS, 8);
	refuses("{SSHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", MS_FAULT_HASH_SALT, 9);
	refuses("{SCRAM-SHA-256}4095" "," "XH5m7dtJgBsBRki8vH4gYQ==,x", MS_FAULT_HASH_PARAMETER, 15);
	refuses("{SCRAM-SHA-256}4096,XH5m7dtJgBsBRki8vH4gYQ=,x", MS_FAULT_HASH_CHARACTER, 43);
	refuses("{SCRAM-SHA-256}" SCRAM1, MS_FAULT_HASH_OCTETS, 45);
	refuses("{SCRAM-SHA-256}" SCRAM256 ",", MS_FAULT_HASH_LONG, 15 + 119);
	refuses("{SCRAM-SHA-256}SCRAM-SHA-256$4096:x", MS_FAULT_HASH_PARAMETER, 15);
	refuses("{PBKDF2}$1$zkm65dXUGq99dvvv$0$c99140b9b3017f55b17d994cb9b10dd8aa3df728", MS_FAULT_HASH_PARAMETER, 28);
	refuses("{PBKDF2}$1$zkm65dXUGq99dvvv$5000$c99140b9b3017f55b17d994cb9b10dd8aa3df72", MS_FAULT_HASH_SHORT, 72);
	refuses("{MD5-CRYPT.b64}JDEkUGg1VFFzRWEkT0ZYLzRjVklkVTAvWmVZSGZjd2p3Lw", MS_FAULT_HASH_PADDING, 61);
}

static void
test_limits(void)
{
	static char long_text[MS_PASSWORD_MAX];

	ok(parse_span(ms_span_of("{PLAIN-MD5}5ebe2294ecd0e0f08eab7690d2a6ee69x", 43)) != NULL, "a hash ends where it ends");
	ok(parse_span(ms_span_of("{PLAIN-MD5}5ebe2294ecd0e0f08eab7690d2a6ee6\0", 43)) == NULL, "a hash holds no NUL");
	ok(parse_span(ms_span_of("{DES-CRYPT}Cf5aHA7iGF/D\0", 24)) == NULL, "not even at its end");
	memset(long_text, 'A', sizeof(long_text));
	memcpy(long_text, "{SSHA}", 6);
	ok(parse_span(ms_span_of(long_text, 478)) != NULL, "a salt of 334 octets");
	ok(parse_span(ms_span_of(long_text, 481)) == NULL, "a password of 481 octets");
	ok(fault.code == MS_FAULT_PASSWORD_TOO_LONG && fault.actual == 481 && fault.allowed == 480, "481 of 480 are reported");
}

static void
weak(const char *in, bool expected)
{
	parse_span(span(in));
	ok(fault.code == MS_FAULT_NONE && (ms_password_weakness(&password) != NULL) == expected,
	   "%s is %s", in, expected ? "weak" : "not weak");
}

static void
test_weakness(void)
{
	weak("{BLF-CRYPT}" BCRYPT, true);
	weak("{BLF-CRYPT}$2y$09$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC", true);
	weak("{BLF-CRYPT}$2y$10$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC", false);
	weak("{SHA512-CRYPT}" SHA512_CRYPT, false);
	weak("{SHA512-CRYPT}$6$rounds=4999$a$Zkf6A5ZbxzHzLcpnZWgnxiz2itr8SbNW2ueOcbKzVxuQw17ffTsspjA72Fv5MlX7.bJ7MuYob280RjiItQt/f1", true);
	weak("{SHA512-CRYPT}$6$rounds=5000$a$Zkf6A5ZbxzHzLcpnZWgnxiz2itr8SbNW2ueOcbKzVxuQw17ffTsspjA72Fv5MlX7.bJ7MuYob280RjiItQt/f1", false);
	weak("{ARGON2ID}" ARGON2ID, false);
	weak("{ARGON2ID}$argon2id$v=19$m=7167,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ", true);
	weak("{ARGON2ID}$argon2id$v=19$m=7168,t=3,p=1$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ", false);
	weak("{CRYPT}" YESCRYPT, false);
	weak("{CRYPT}" MD5_CRYPT, true);
	weak("{CRYPT}" BCRYPT, true);
	weak("{MD5}" MD5_CRYPT, true);
	weak("{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", true);
	weak("{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi", true);
	weak("{SCRAM-SHA-256}" SCRAM256, false);
	weak("{PBKDF2}" PBKDF2, false);
}

static void
exceeds(const char *in, const char *name, uint64_t value)
{
	ms_excess	excess = {"", 0, 0};

	parse_span(span(in));
	ok(fault.code == MS_FAULT_NONE && ms_password_exceeds(&password, &excess), "%s is above its ceiling", in);
	is_str(excess.name, name, "%s is what is", name);
	ok(excess.value == value, "%llu is its value", (unsigned long long) excess.value);
	ok(ms_password_weakness(&password) != NULL, "which is said of it");
}

static void
bearable(const char *in, uint64_t cost)
{
	parse_span(span(in));
	ok(fault.code == MS_FAULT_NONE && !ms_password_exceeds(&password, NULL), "%s is not above its ceiling", in);
	ok(password.cost == cost, "%llu is its cost", (unsigned long long) password.cost);
}

#define OF_SHA512 "$a$Zkf6A5ZbxzHzLcpnZWgnxiz2itr8SbNW2ueOcbKzVxuQw17ffTsspjA72Fv5MlX7.bJ7MuYob280RjiItQt/f1"
#define OF_SHA256 "$a$Iw3jSNj6q/b3QVYt7ioBvHJ18j68ybHHjYMxTKDkM97"
#define OF_BCRYPT "$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC"
#define OF_ARGON2 "$YXkC7qx+eXzK76yhKriLpQ$xxKIfUNjvZ8HHBzCXYpTE0VU9EdwSPAZ6ww2Oorl+zQ"
#define OF_YESCRYPT "$lV7hqf3o9NHsmL3ypjRxX0$wGmKDxdxLNfSWjTqsLTWgjvLUOWCqbuCNV0AKVbvGi4"
#define OF_SCRYPT "ip3gH0wyTlf1PMvSpQ1nS.$gDkbsjS7BKCJcXfxJyTMl2lGWmHtGa.y2wWBsZ6aNr3"
#define OF_SCRAM256 ",XH5m7dtJgBsBRki8vH4gYQ==,oeHWH68DU1EVSK7foA0phU6So2yhFK+BR5KFrzLqbXA=,7Ajo7FrSmkV6veYrn5LIeFsdBLfm3f536zOm8C2JOTw="
#define OF_SCRAM1 ",j5h0slc5Nd8oOrm3zV1zLg==,dxPdXwflSwgE5a00gbkh8NidQwE=,WbMtsKTgURJ5sBUmJT8sOxgia2I="
#define OF_PBKDF2 "$c99140b9b3017f55b17d994cb9b10dd8aa3df728"

static void
test_ceilings(void)
{
	bearable("{SHA512-CRYPT}$6$rounds=5000000" OF_SHA512, 5000000);
	exceeds("{SHA512-CRYPT}$6$rounds=5000001" OF_SHA512, "rounds", 5000001);
	exceeds("$6$rounds=999999999" OF_SHA512, "rounds", 999999999);
	exceeds("{CRYPT}$6$rounds=999999999" OF_SHA512, "rounds", 999999999);
	bearable("{SHA256-CRYPT}$5$rounds=5000000" OF_SHA256, 5000000);
	exceeds("{SHA256-CRYPT}$5$rounds=5000001" OF_SHA256, "rounds", 5000001);
	bearable("{BLF-CRYPT}$2y$15" OF_BCRYPT, 15);
	exceeds("{BLF-CRYPT}$2y$16" OF_BCRYPT, "cost", 16);
	exceeds("{CRYPT}$2a$31" OF_BCRYPT, "cost", 31);
	exceeds("{BLF-CRYPT.b64}JDJ5JDMxJDhhUDdDbXBqbnYyL0czMVg0NEpDR3V3Qm9iRENISXNhYkZydGk4QjRHN1FiWmt4YWJrU0ND", "cost", 31);
	bearable("{ARGON2ID}$argon2id$v=19$m=1048576,t=4,p=16" OF_ARGON2, 1048576);
	exceeds("{ARGON2ID}$argon2id$v=19$m=1048577,t=1,p=1" OF_ARGON2, "m", 1048577);
	exceeds("{ARGON2ID}$argon2id$v=19$m=1048576,t=5,p=1" OF_ARGON2, "m*t", 5242880);
	exceeds("{ARGON2I}$argon2i$v=19$m=8,t=4294967295,p=1" OF_ARGON2, "m*t", 34359738360);
	exceeds("{ARGON2I}$argon2i$v=19$m=65536,t=3,p=17" OF_ARGON2, "p", 17);
	bearable("{PBKDF2}$1$salt$5000000" OF_PBKDF2, 5000000);
	exceeds("{PBKDF2}$1$salt$5000001" OF_PBKDF2, "rounds", 5000001);
	bearable("{SCRAM-SHA-256}5000000" OF_SCRAM256, 5000000);
	exceeds("{SCRAM-SHA-256}5000001" OF_SCRAM256, "rounds", 5000001);
	exceeds("{SCRAM-SHA-1}2147483647" OF_SCRAM1, "rounds", 2147483647);
	bearable("{SHA512-CRYPT}" SHA512_CRYPT, 0);
	bearable("{CRYPT}Cf5aHA7iGF/Dk", 0);
	bearable("{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", 0);
}

/* What they are told stands in digits of crypt(3)'s own: j9T is 2^12, 32 and no more. */
static void
test_ceilings_of_memory(void)
{
	bearable("{CRYPT}$y$j9T" OF_YESCRYPT, 16384);
	bearable("{CRYPT}$y$j9T/." OF_YESCRYPT, 2 * 16384);
	bearable("{CRYPT}$y$j9T/E" OF_YESCRYPT, 18 * 16384);
	bearable("{CRYPT}$y$j9T0.." OF_YESCRYPT, 2 * 2 * 16384);
	bearable("{CRYPT}$y$jET" OF_YESCRYPT, 524288);
	exceeds("{CRYPT}$y$jFT" OF_YESCRYPT, "KiB", 1048576);
	exceeds("{CRYPT}$gy$jFT" OF_YESCRYPT, "KiB", 1048576);
	exceeds("{CRYPT}$y$jhT" OF_YESCRYPT, "KiB", UINT64_MAX);
	bearable("{CRYPT}$7$CU..../...." OF_SCRYPT, 65536);
	bearable("{CRYPT}$7$FU..../...." OF_SCRYPT, 524288);
	exceeds("{CRYPT}$7$GU..../...." OF_SCRYPT, "KiB", 1048576);
	exceeds("{CRYPT}$7$FU....0...." OF_SCRYPT, "KiB", 1048576);
	exceeds("{CRYPT}$7$zzzzzzzzzzz" OF_SCRYPT, "KiB", UINT64_MAX);
	bearable("{CRYPT}_J9..CCCCXBrJUJV154M", 725);
	exceeds("{CRYPT}_zzzzCCCCXBrJUJV154M", "rounds", 16777215);
	refuses("{CRYPT}$y$j9T1." OF_YESCRYPT, MS_FAULT_HASH_PARAMETER, 13);
	refuses("{CRYPT}$y$j9T/" OF_YESCRYPT, MS_FAULT_HASH_CHARACTER, 14);
	refuses("{CRYPT}$y$j9T/.." OF_YESCRYPT, MS_FAULT_HASH_FORM, 15);
	refuses("{CRYPT}$y$j", MS_FAULT_HASH_SHORT, 11);
	refuses("{CRYPT}$7$CU...", MS_FAULT_HASH_SHORT, 15);
}

int
main(void)
{
	test_doveadm();
	test_crypt();
	test_names();
	test_made_explicit();
	test_plain_text();
	test_malformed();
	test_limits();
	test_weakness();
	test_ceilings();
	test_ceilings_of_memory();
	return done();
}
