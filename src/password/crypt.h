/*
 * crypt.h
 *	  crypt(3), without what it leaves behind.
 */
#ifndef MS_CRYPT_H
#define MS_CRYPT_H

#include "base/base.h"

#include <crypt.h>

/* libxcrypt refuses longer passwords. */
#define MS_CRYPT_SECRET_MAX (CRYPT_MAX_PASSPHRASE_SIZE - 1)

/* The hash of secret by that setting, palloc'd; NULL where crypt(3) does not know it, or refuses the secret. */
extern char *ms_crypt(const char *secret, const char *setting);

/* A setting with a new salt, palloc'd. */
extern char *ms_crypt_new_setting(const char *prefix, unsigned long cost);

#endif							/* MS_CRYPT_H */
