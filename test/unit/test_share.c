/*
 * test_share.c
 *	  The number of an address: fixed for ever, and evenly spread.
 */
#include "mailkey/mailkey.h"
#include "tap.h"

static double
share_of(const char *local, const char *domain)
{
	return ms_address_share(ms_span_of_text(local), ms_span_of_text(domain));
}

/* The fraction is given as the 53 bits that it is made of. */
static void
is_share(const char *local, const char *domain, double bits)
{
	ok(share_of(local, domain) == bits / 0x1p53, "the number of %s@%s", local, domain);
}

static void
test_fixed_values(void)
{
	is_share("bob", "example.com", 0xC3808551FF168p0);
	is_share("alice", "example.com", 0xCE047F894FFE5p0);
	is_share("u17", "example.com", 0x106D1ED881CD5p0);
	is_share("u18", "example.com", 0x1D30F125E0A002p0);
	is_share("a", "b.c", 0x1259892290B921p0);
	is_share("odd one", "example.com", 0x4C4BD1D02C32Ap0);
	is_share("\xC3\xB6", "xn--bcher-kva.example", 0x3FF7DC0C2F1EFp0);
}

/* Of addresses that differ in their last characters alone, a share is what it says. */
static void
test_spread(const char *domain)
{
	static const double shares[] = {0.01, 0.1, 0.25, 0.5, 0.9};
	int			below[5] = {0};
	int			outside = 0;
	size_t		k;
	int			i;

	for (i = 0; i < 10000; i++)
	{
		char		local[16];
		double		share;

		snprintf(local, sizeof(local), "user%d", i);
		share = share_of(local, domain);
		outside += share < 0 || share >= 1;
		for (k = 0; k < 5; k++)
			below[k] += share < shares[k];
	}
	ok(outside == 0, "%s: all lie in [0, 1)", domain);
	for (k = 0; k < 5; k++)
		ok(below[k] > 10000 * shares[k] - 200 && below[k] < 10000 * shares[k] + 200 && below[k] > 0,
		   "%s: %d of 10000 are below %g", domain, below[k], shares[k]);
}

int
main(void)
{
	test_fixed_values();
	test_spread("example.com");
	test_spread("a.b");
	return done();
}
