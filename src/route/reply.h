/*
 * reply.h
 *	  What Postfix makes of an address by what the lookups tell it: the order in
 *	  which smtpd(8) and trivial-rewrite(8) ask, and their words.
 *
 * Nothing of where mail goes is decided here; the answers are those of the
 * lookups themselves.
 */
#ifndef MS_REPLY_H
#define MS_REPLY_H

#include "lookup/lookup.h"

typedef enum ms_verdict
{
	MS_ACCEPTED,
	MS_DEFERRED,
	MS_REFUSED
} ms_verdict;

/* Why smtpd refuses an address whoever it belongs to. */
typedef enum ms_objection
{
	MS_NO_OBJECTION,
	MS_BEGINS_WITH_HYPHEN,		/* allow_min_user */
	MS_LOOKS_ROUTED				/* allow_untrusted_routing: user%domain, host!user */
} ms_objection;

extern ms_objection ms_smtpd_objects_to(ms_span local);

/*
 * Appends what smtpd answers at RCPT.  question is the address as
 * ms_question_read took it, or NULL where that said no; local and domain are the
 * address as it was typed, without quotes.
 */
extern ms_verdict ms_smtpd_reply(ms_question *question, ms_span local, ms_span domain, StringInfo out);

/* Appends the transport that Postfix arrives at for a hosted address when it is about to deliver. */
extern void ms_postfix_transport(ms_question *question, StringInfo out);

/* Whether the service of a transport is that one. */
extern bool ms_is_service(const char *transport, const char *service);

/* What stands behind the service and a colon, or NULL. */
extern const char *ms_nexthop(const char *transport);

#endif							/* MS_REPLY_H */
