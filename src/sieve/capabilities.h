/*
 * capabilities.h
 *	  Every capability that this Pigeonhole has: each in its cap_*_core.c.
 */
#ifndef MS_SIEVE_CAPABILITIES_H
#define MS_SIEVE_CAPABILITIES_H

#include "sieve/grammar.h"

extern const ms_sieve_capability ms_sieve_core, ms_sieve_fileinto, ms_sieve_envelope,
			ms_sieve_octet, ms_sieve_casemap, ms_sieve_numeric, ms_sieve_encoded_character,
			ms_sieve_variables, ms_sieve_vacation, ms_sieve_vacation_seconds, ms_sieve_relational,
			ms_sieve_regex, ms_sieve_subaddress, ms_sieve_copy, ms_sieve_imap4flags, ms_sieve_body,
			ms_sieve_include, ms_sieve_environment, ms_sieve_mailbox, ms_sieve_date, ms_sieve_index,
			ms_sieve_ihave, ms_sieve_duplicate, ms_sieve_mime, ms_sieve_foreverypart,
			ms_sieve_extracttext, ms_sieve_enotify, ms_sieve_reject, ms_sieve_editheader,
			ms_sieve_spamtest, ms_sieve_spamtestplus, ms_sieve_virustest, ms_sieve_special_use,
			ms_sieve_mboxmetadata, ms_sieve_servermetadata, ms_sieve_imapsieve,
			ms_sieve_dovecot_imapsieve, ms_sieve_debug, ms_sieve_dovecot_environment,
			ms_sieve_report, ms_sieve_pipe, ms_sieve_filter, ms_sieve_execute;

#endif							/* MS_SIEVE_CAPABILITIES_H */
