/*
 * lookup.h
 *	  What the questions of Postfix and Dovecot have in common.
 *
 * The law of lookups: text in, never an error for any text; no row for "no";
 * at most one row; no write; only EXECUTE is needed.  So everything here reads
 * by direct index scans under the statement's own snapshot.
 */
#ifndef MS_LOOKUP_H
#define MS_LOOKUP_H

#include "base/base.h"

#include "lib/stringinfo.h"
#include "utils/array.h"

#include "mailkey/mailkey_datum.h"
#include "schema/quota.h"
#include "schema/tables.h"

typedef enum ms_class
{
	MS_VIRTUAL_MAILBOX,
	MS_VIRTUAL_ALIAS,
	MS_RELAY
} ms_class;

/* Whether mail is taken: the column receive of domains and users. */
typedef enum ms_receive
{
	MS_RECEIVE_ACCEPT,
	MS_RECEIVE_DEFER,
	MS_RECEIVE_REFUSE
} ms_receive;

static inline ms_receive
ms_receive_of(ms_span name)
{
	switch (name.data[0])
	{
		case 'r':
			return MS_RECEIVE_REFUSE;
		case 'd':
			return MS_RECEIVE_DEFER;
		default:
			return MS_RECEIVE_ACCEPT;
	}
}

/* A domain as it is hosted here. */
typedef struct ms_hosted
{
	ms_class	class;
	bool		active;
	ms_receive	receive;
	char	   *receive_reason; /* NULL where none is given */
	char	   *suspended_reason;	/* NULL where none is given */
	ArrayType  *services;		/* NULL for all */
	struct varlena *domain;		/* the key that is stored, whatever spelling was asked */
	struct varlena *mirrored;	/* alias_of, or NULL */
	char	   *transport;		/* NULL for virtual_alias */
	char	   *staged_transport;	/* NULL where there is no stage */
	float4		staged_share;
	ms_quota	quota;			/* of users who have none of their own */
} ms_hosted;

/*
 * Whether a domain of that name is hosted here, active or not; the name is a
 * canonical domain as it was asked, which may be Postfix's folding of the one
 * that is stored.
 */
extern bool ms_find_hosted(ms_reader *reader, ms_span domain, ms_hosted *out);

/* The name of a hosted domain as it is stored. */
static inline ms_span
ms_hosted_name(const ms_hosted *hosted)
{
	return ms_key_view_of(hosted->domain).domain;
}

/* The domain that a domain mirrors, active or not. */
extern bool ms_find_mirrored(ms_reader *reader, const ms_hosted *hosted, ms_hosted *out);

/* The row of the user with exactly that address, or NULL; good until the next user is looked for. */
extern const ms_scan *ms_find_user(ms_reader *reader, const ms_hosted *hosted, ms_span local);

/*
 * The question as an address or domain in an active hosted domain: what every
 * lookup begins with.
 */
typedef struct ms_question
{
	ms_reader	reader;
	ms_key		key;
	ms_hosted	hosted;
	size_t		split;			/* of key.local: where the detail begins, or its length */
} ms_question;

/* The local part that was asked, and what it is a sub-address of: itself where it is none. */
static inline ms_span
ms_question_local(const ms_question *question)
{
	return ms_span_of(question->key.local, question->key.local_len);
}

static inline ms_span
ms_question_base(const ms_question *question)
{
	return ms_span_of(question->key.local, question->split);
}

/* A bit for each ms_key_class that a question may be of. */
#define MS_ASKED_AS(class) (1 << (class))

/*
 * As a domain of which class Postfix is told of it: one of virtual_alias that
 * takes no mail, or that mirrors another, as virtual_mailbox, since for the
 * former transport_maps is not asked, which says why, and where to: mail waits
 * in the queue under the name of a domain that has become a mirror since.
 */
static inline ms_class
ms_postfix_class(const ms_hosted *hosted)
{
	return hosted->class == MS_VIRTUAL_ALIAS &&
		(hosted->receive != MS_RECEIVE_ACCEPT || hosted->mirrored != NULL) ?
		MS_VIRTUAL_MAILBOX : hosted->class;
}

/*
 * Reads the text as another question for the same reader.  False where it is not
 * of one of the classes (bits of MS_ASKED_AS), or not about an active hosted domain.
 */
extern bool ms_question_read(ms_question *question, ms_span text, int classes);

/*
 * Finds the answer to a question, as Postfix reads it, and appends it to out;
 * false for "no".
 */
typedef bool (*ms_answer) (ms_question *question, StringInfo out);

/*
 * Reads the text as a question of one of the classes and, where it is one about
 * an active hosted domain, has it answered.
 */
extern bool ms_ask(ms_span text, int classes, ms_answer answer, StringInfo out);

/*
 * mailbox_spi.c: what is stored of a mailbox, for its address and sub-addresses.
 * Each is the lookup of that name in lookup.sql.
 */
extern bool ms_answer_virtual_mailbox_maps(ms_question *question, StringInfo out);
extern bool ms_answer_virtual_uid_maps(ms_question *question, StringInfo out);
extern bool ms_answer_virtual_gid_maps(ms_question *question, StringInfo out);
extern bool ms_answer_transport_maps(ms_question *question, StringInfo out);
extern bool ms_answer_relay_recipient_maps(ms_question *question, StringInfo out);

/*
 * What a domain or a user says of mail that is not taken, with the reason that is
 * given (NULL: one of ours); false where mail is taken.
 */
typedef enum ms_told
{
	MS_TOLD_BY_TRANSPORT,		/* as transport(5) has it */
	MS_TOLD_BY_REPLY			/* as access(5) has it */
} ms_told;

extern bool ms_append_receive(StringInfo out, ms_told how, ms_receive receive, const char *reason);
extern bool ms_append_receive_of_user(StringInfo out, ms_told how, const ms_scan *user);

/* alias_spi.c: where mail goes, and who has moved; sender_spi.c: who may send. */
extern bool ms_answer_virtual_alias_maps(ms_question *question, StringInfo out);
extern bool ms_answer_relocated_maps(ms_question *question, StringInfo out);
extern bool ms_answer_smtpd_sender_login_maps(ms_question *question, StringInfo out);
extern bool ms_answer_check_sasl_access(ms_question *question, StringInfo out);

/* access_spi.c: whom mail is not taken for, and why. */
extern bool ms_answer_check_recipient_access(ms_question *question, StringInfo out);

/* list_senders_spi.c: the key is a slot of list_slots, a colon and a sender, hosted here or not. */
extern bool ms_ask_list_senders(ms_span text, StringInfo out);

/* said_spi.c: copies, and hosts that mail leaves through. */
extern bool ms_answer_recipient_bcc_maps(ms_question *question, StringInfo out);
extern bool ms_answer_sender_bcc_maps(ms_question *question, StringInfo out);
extern bool ms_answer_sender_dependent_relayhost_maps(ms_question *question, StringInfo out);

/*
 * Whether a result can be sent in the client's encoding.  What cannot is no
 * row at all, since the server would raise while it sends it.
 */
extern bool ms_client_can_read(const char *text, size_t len);

#endif							/* MS_LOOKUP_H */
