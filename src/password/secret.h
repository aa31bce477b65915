/*
 * secret.h
 *	  A copy of a password in plain text, which is wiped when it is done with.
 *
 * Libraries want it to end in NUL.  What the server has of it beside, in the
 * statement and its parse tree, is beyond our reach.
 */
#ifndef MS_SECRET_H
#define MS_SECRET_H

#include "base/base.h"

typedef struct ms_secret
{
	char	   *data;
	size_t		len;
} ms_secret;

static inline ms_secret
ms_secret_copy(ms_span plaintext)
{
	ms_secret	secret = {palloc(plaintext.len + 1), plaintext.len};

	memcpy(secret.data, plaintext.data, plaintext.len);
	secret.data[secret.len] = '\0';
	return secret;
}

static inline void
ms_secret_wipe(ms_secret *secret)
{
	explicit_bzero(secret->data, secret->len);
	pfree(secret->data);
}

#endif							/* MS_SECRET_H */
