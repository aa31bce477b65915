/*
 * new_password.h
 *	  What all functions that store a password have in common.
 */
#ifndef MS_NEW_PASSWORD_H
#define MS_NEW_PASSWORD_H

#include "base/base.h"

#include "password/password.h"

/* The scheme of that name, or that of password_scheme of settings for NULL; raises 22023 for one that is not written. */
extern const ms_scheme *ms_new_password_scheme(const char *name);

/* Whether the scheme of a password is below password_lowest_scheme of settings, where that is set. */
extern bool ms_password_is_too_weak(const ms_password *password);

/* The hash of a new password; raises 23514 for one that is shorter than password_min_length of settings. */
extern char *ms_hash_new_password(ms_span plaintext, const ms_scheme *scheme);

#endif							/* MS_NEW_PASSWORD_H */
