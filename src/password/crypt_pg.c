/*
 * crypt_pg.c
 *	  The functions of crypt.h, by libxcrypt.
 */
#include "password/crypt.h"

char *
ms_crypt(const char *secret, const char *setting)
{
	struct crypt_data *data = palloc0(sizeof(struct crypt_data));
	char	   *hash = crypt_rn(secret, setting, data, sizeof(struct crypt_data));
	char	   *result = hash != NULL && hash[0] != '*' ? pstrdup(hash) : NULL;

	/* The key schedule, and in some of its versions the password, are in there. */
	explicit_bzero(data, sizeof(struct crypt_data));
	pfree(data);
	return result;
}

char *
ms_crypt_new_setting(const char *prefix, unsigned long cost)
{
	char	   *setting = palloc(CRYPT_GENSALT_OUTPUT_SIZE);

	/* Without octets of ours it takes some of the system's randomness. */
	if (crypt_gensalt_rn(prefix, cost, NULL, 0, setting, CRYPT_GENSALT_OUTPUT_SIZE) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("crypt(3) makes no salt for \"%s\": %m", prefix),
				 errhidestmt(true)));
	return setting;
}
