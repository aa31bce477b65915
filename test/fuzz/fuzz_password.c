/*
 * fuzz_password.c
 *	  Laws of passwords.
 *
 * The input is a password as an operator or another program would store it.
 */
#include "password/password.h"

#include "fuzz.h"

/*
 * Parses a copy of exactly its size, and writes the canonical form into memory
 * of exactly the limit.  The result is to be freed; its data is NULL where the
 * password is refused.
 */
static ms_span
parse(ms_span in, ms_password *password)
{
	ms_span		copy = exact_copy(in);
	ms_span		out = ms_span_of(malloc(MS_PASSWORD_MAX), 0);
	ms_fault	fault = {0};

	if (ms_password_parse(copy, password, &fault))
		out.len = ms_password_write(password, (char *) out.data);
	else
	{
		check_fault(&fault, in.len);
		free_copy(out);
		out.data = NULL;
	}
	free_copy(copy);
	/* What it refers to is gone, but its length is not. */
	password->hash.data = NULL;
	return out;
}

/* Dovecot finds the scheme between the braces, and printable ASCII everywhere. */
static void
check_canonical(ms_span canonical, const ms_password *password)
{
	ms_span		before = {"", 0};
	ms_span		hash = {"", 0};
	size_t		i;

	LAW(canonical.len <= MS_PASSWORD_MAX && canonical.data[0] == '{');
	for (i = 0; i < canonical.len; i++)
		LAW(canonical.data[i] > ' ' && canonical.data[i] <= '~');
	LAW(divide(canonical, '}', &before, &hash));
	for (i = 0; i < before.len; i++)
		LAW(before.data[i] < 'a' || before.data[i] > 'z');
	LAW(hash.len == password->hash.len && hash.len >= 13);
	LAW(password->scheme->kind > MS_PASSWORD_UNSAFE);
	LAW(password->method != NULL);
}

/* What exceeds says by how much, and only what is computed with a number does. */
static void
check_ceiling(const ms_password *password)
{
	ms_excess	excess = {NULL, 0, 0};

	if (!ms_password_exceeds(password, &excess))
		return;
	LAW(excess.name != NULL && excess.value > excess.ceiling && excess.ceiling > 0);
	LAW(password->cost > 0 && ms_password_weakness(password) != NULL);
}

/* The canonical form says what it is, and stands for the same octets. */
static void
check_fixed_point(ms_span canonical)
{
	ms_password password;
	ms_span		again = parse(canonical, &password);

	LAW(again.data != NULL && ms_span_equal(canonical, again));
	LAW(!password.guessed);
	free_copy(again);
}

static void
check_octets(ms_span canonical)
{
	ms_password password;
	ms_fault	fault;
	char	   *octets = malloc(MS_PASSWORD_MAX);
	size_t		len;

	LAW(ms_password_parse(canonical, &password, &fault));
	len = ms_password_octets(&password, octets);
	LAW(len <= password.hash.len && len >= 13);
	if (password.scheme->kind == MS_PASSWORD_DIGEST)
		LAW(password.scheme->salted ? len > password.scheme->octets : len == password.scheme->octets);
	(void) ms_password_weakness(&password);
	free(octets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ms_span		in = ms_span_of((const char *) data, size);
	ms_password password;
	ms_span		canonical = parse(in, &password);

	if (canonical.data == NULL)
		return 0;
	check_canonical(canonical, &password);
	check_ceiling(&password);
	check_fixed_point(canonical);
	check_octets(canonical);
	free_copy(canonical);
	return 0;
}
