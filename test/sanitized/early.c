/*
 * early.c
 *	  Loaded into the server beside the address sanitizer, and first of all.
 *
 * The sanitizer sets itself up at the first malloc, and asks the C library for
 * a message meanwhile.  In a server that is linked with p11-kit (by way of
 * LDAP and GnuTLS) the first malloc would be in the middle of newlocale(),
 * which holds the lock that the message needs: both would wait for ever.
 */
#include <stdlib.h>

void	   *volatile ms_early;

__attribute__((constructor)) static void
early(void)
{
	ms_early = malloc(1);
}
