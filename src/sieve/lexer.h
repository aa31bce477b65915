/*
 * lexer.h
 *	  The tokens of a script: RFC 5228, section 8.1.
 *
 * As in Pigeonhole a line may end in LF alone, and a comment with the script.
 */
#ifndef MS_SIEVE_LEXER_H
#define MS_SIEVE_LEXER_H

#include "sieve/sieve.h"

typedef enum ms_sieve_token_kind
{
	MS_TOKEN_END,				/* of the script, or of what can be read of it */
	MS_TOKEN_IDENTIFIER,
	MS_TOKEN_TAG,
	MS_TOKEN_NUMBER,
	MS_TOKEN_QUOTED,
	MS_TOKEN_TEXT,				/* text: up to the line with the dot */
	MS_TOKEN_HASH_COMMENT,		/* without the end of its line */
	MS_TOKEN_BRACKET_COMMENT,
	MS_TOKEN_OTHER				/* one octet, which punctuation says */
} ms_sieve_token_kind;

typedef struct ms_sieve_token
{
	ms_sieve_token_kind kind;
	char		punctuation;
	size_t		offset;
	size_t		end;
	uint64_t	number;
} ms_sieve_token;

typedef struct ms_sieve_lexer
{
	ms_span		in;
	size_t		at;
	bool		comments;		/* whether comments are wanted */
	ms_sieve_code fault;		/* why the script ended early, or MS_SIEVE_NONE */
	size_t		fault_offset;
} ms_sieve_lexer;

extern void ms_sieve_next(ms_sieve_lexer *lexer, ms_sieve_token *token);

/* The name of an identifier or tag, without the colon of a tag. */
extern ms_span ms_sieve_token_name(const ms_sieve_lexer *lexer, const ms_sieve_token *token);

/* What a quoted string or a text means: within the input where it stands there as it is. */
extern ms_span ms_sieve_token_value(ms_sieve_arena *arena, const ms_sieve_lexer *lexer,
									const ms_sieve_token *token);

#endif							/* MS_SIEVE_LEXER_H */
