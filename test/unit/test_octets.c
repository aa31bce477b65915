/*
 * test_octets.c
 *	  Sixteen octets at a time say what each of them says.
 */
#include "base/octets.h"

#include <stdlib.h>

#include "tap.h"

/* Every octet at every place, in memory of exactly the right size. */
static void
try_length(size_t len)
{
	char	   *exact = malloc(len);
	size_t		wrong = 0;
	size_t		i;
	int			octet;

	memset(exact, 'x', len);
	for (i = 0; i < len; i++)
	{
		for (octet = 0; octet < 256; octet++)
		{
			exact[i] = (char) octet;
			wrong += ms_all_between(ms_span_of(exact, len), ' ', '~') != (octet >= ' ' && octet <= '~');
			wrong += ms_all_between(ms_span_of(exact, len), 'x', 0xF0) != (octet >= 'x' && octet <= 0xF0);
		}
		exact[i] = 'x';
	}
	ok(wrong == 0, "every octet in %zu: %zu are wrong", len, wrong);
	free(exact);
}

int
main(void)
{
	size_t		len;

	ok(ms_all_between(MS_NO_SPAN, ' ', '~'), "none is outside where there is none");
	for (len = 1; len <= 50; len++)
		try_length(len);
	return done();
}
