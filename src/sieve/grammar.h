/*
 * grammar.h
 *	  How a capability is described: its commands, its tests and the tags it
 *	  adds to those of others, in tables that validate_core.c reads.
 */
#ifndef MS_SIEVE_GRAMMAR_H
#define MS_SIEVE_GRAMMAR_H

#include "sieve/sieve.h"

/* Puts a problem in its place; what args refer to outlives the arena, or is in it. */
extern void ms_sieve_add(ms_sieve_arena *arena, ms_sieve_problems *problems, ms_sieve_code code,
						 size_t offset, ms_span arg1, ms_span arg2, ms_span arg3);

/* Whether more problems are only counted: then it is no use to find out what could have been meant. */
static inline bool
ms_sieve_is_full(const ms_sieve_problems *problems)
{
	return problems->count >= MS_SIEVE_MAX_PROBLEMS;
}

typedef struct ms_sieve_validator ms_sieve_validator;

/* Which tags a command takes: those whose takers have a bit in common with it. */
enum
{
	MS_TAKES_MATCH = 1 << 0,	/* comparator and match type */
	MS_TAKES_ADDRESS_PART = 1 << 1,
	MS_TAKES_SIZE = 1 << 2,
	MS_TAKES_COPY = 1 << 3,
	MS_TAKES_CREATE = 1 << 4,	/* what fileinto alone takes */
	MS_TAKES_FLAGS = 1 << 5,
	MS_TAKES_VACATION = 1 << 6,
	MS_TAKES_MODIFIERS = 1 << 7,
	MS_TAKES_INCLUDE = 1 << 8,
	MS_TAKES_BODY = 1 << 9,
	MS_TAKES_ZONE = 1 << 10,
	MS_TAKES_ORIGINAL_ZONE = 1 << 11,
	MS_TAKES_INDEX = 1 << 12,
	MS_TAKES_DUPLICATE = 1 << 13,
	MS_TAKES_NOTIFY = 1 << 14,
	MS_TAKES_MIME = 1 << 15,
	MS_TAKES_MIME_PART = 1 << 16,
	MS_TAKES_LOOP_NAME = 1 << 17,
	MS_TAKES_FIRST = 1 << 18,
	MS_TAKES_PERCENT = 1 << 19,
	MS_TAKES_ADD = 1 << 20,
	MS_TAKES_DELETE = 1 << 21,
	MS_TAKES_PIPE = 1 << 22,
	MS_TAKES_EXECUTE = 1 << 23,
	MS_TAKES_REPORT = 1 << 24
};

/*
 * A tag.  parameter is "" or one letter of what has to follow: S a string, L a
 * list of strings or one, N a number; R a string and Q a list of strings in
 * which neither ${variables} nor ${hex: } mean anything.
 */
typedef struct ms_sieve_tag
{
	const char *name;
	unsigned	takers;
	const char *parameter;
	const char *group;			/* of which a command takes one; NULL: the tag itself, or MS_REPEATABLE */
	void		(*check) (ms_sieve_validator *v, const ms_sieve_node *node,
						  const ms_sieve_argument *tag, const ms_sieve_argument *parameter);
} ms_sieve_tag;

#define MS_REPEATABLE ""

typedef enum ms_sieve_use
{
	MS_SIEVE_COMMAND = 1,
	MS_SIEVE_TEST = 2,
	MS_SIEVE_BOTH = 3
} ms_sieve_use;

typedef enum ms_sieve_tests
{
	MS_SIEVE_NO_TEST,
	MS_SIEVE_ONE_TEST,
	MS_SIEVE_TEST_LIST
} ms_sieve_tests;

/*
 * A command or a test.  arguments is as parameter of a tag, a letter for each;
 * where there may be several numbers of them, each form stands behind a |.
 */
typedef struct ms_sieve_command
{
	const char *name;
	ms_sieve_use use;
	unsigned	takes;
	const char *arguments;
	const char *usage;			/* for a hint, as the RFCs write it */
	ms_sieve_tests tests;
	bool		block;
	void		(*check) (ms_sieve_validator *v, const ms_sieve_node *node,
						  const ms_sieve_argument *first);
} ms_sieve_command;

/* Tables end with an entry without a name. */
typedef struct ms_sieve_capability
{
	const char *name;
	bool		by_default;		/* whether Pigeonhole has it enabled */
	const ms_sieve_command *commands;
	const ms_sieve_tag *tags;
	const char *implies;		/* another that is loaded with it, or NULL */
} ms_sieve_capability;

/* The index of a capability, and its bit in a set of them. */
extern const ms_sieve_capability *const ms_sieve_capabilities[];
extern size_t ms_sieve_capability_count(void);
extern int	ms_sieve_find_capability(ms_span name);	/* -1: unknown */


/* What defines a command or test of that name, and at *capability which; NULL: nothing does. */
extern const ms_sieve_command *ms_sieve_find_command(ms_span name, int *capability);

/* The tag of that name that the command takes by a capability of the set. */
extern const ms_sieve_tag *ms_sieve_find_tag(const ms_sieve_command *command, ms_span name,
											 uint64_t capabilities, int *capability);

/* The one command that has a tag of that name to itself; NULL where several have one. */
extern const ms_sieve_command *ms_sieve_owner_of_tag(ms_span name);

/* The name of a command, test or capability that was probably meant; NULL: none is near. */
extern const char *ms_sieve_nearest_command(ms_span name, ms_sieve_use use);
extern const char *ms_sieve_nearest_capability(ms_span name);

/* ------------------------------------------------------- the checks' own view */

typedef struct ms_sieve_name
{
	ms_span		name;
	size_t		offset;
	struct ms_sieve_name *next;
} ms_sieve_name;

struct ms_sieve_validator
{
	ms_sieve_arena *arena;
	ms_sieve_problems *problems;
	uint64_t	enabled;		/* capabilities that may be required */
	uint64_t	loaded;			/* that are */
	ms_sieve_name *required;	/* as the script names them, the last first */
	ms_sieve_name *locals;		/* variables, lower case */
	ms_sieve_name *globals;
	size_t		variables;		/* in locals, and those that were too many */
	size_t		global_variables;	/* in globals, likewise */
	bool		required_all;	/* past the last require */
	bool		imported_all;	/* past the last import or export, too */
};

extern void ms_sieve_say(ms_sieve_validator *v, ms_sieve_code code, size_t offset,
						 ms_span arg1, ms_span arg2);

/* With the whole require that the script needs. */
extern void ms_sieve_say_not_required(ms_sieve_validator *v, ms_sieve_code code, size_t offset,
									  ms_span what, int capability);

extern bool ms_sieve_has(const ms_sieve_validator *v, const char *capability);
extern void ms_sieve_load(ms_sieve_validator *v, int capability);

/* That tag of a command, or NULL. */
extern const ms_sieve_argument *ms_sieve_tag_of(const ms_sieve_node *node, const char *name);

/* The enclosing command of that name, or NULL. */
extern const ms_sieve_node *ms_sieve_enclosing(const ms_sieve_node *node, const char *name);

/* ------------------------------------------------ strings (cap_variables, literal) */

/* What encoded-character and variables make of a string; both do nothing where they are not loaded. */
extern void ms_sieve_decode_characters(ms_sieve_validator *v, ms_sieve_string *string);
extern void ms_sieve_find_variables(ms_sieve_validator *v, ms_sieve_string *string);

/* A variable to write to; says what is wrong with its name. */
extern void ms_sieve_check_variable(ms_sieve_validator *v, const ms_sieve_string *string);
extern bool ms_sieve_is_variable_name(ms_span name);
extern void ms_sieve_declare_global(ms_sieve_validator *v, const ms_sieve_string *string);

/* The address of a command or tag, which is what. */
extern void ms_sieve_check_address(ms_sieve_validator *v, const ms_sieve_string *string, const char *what);
extern void ms_sieve_check_header_names(ms_sieve_validator *v, const ms_sieve_argument *names);
extern void ms_sieve_check_regex(ms_sieve_validator *v, const ms_sieve_string *string);
extern void ms_sieve_check_flags(ms_sieve_validator *v, const ms_sieve_argument *flags);

/* Match type and comparator against each other and the keys. */
extern void ms_sieve_check_match(ms_sieve_validator *v, const ms_sieve_node *node,
								 const ms_sieve_argument *keys);

/* Of the tag :last, which says from where :index counts. */
extern void ms_sieve_check_last(ms_sieve_validator *v, const ms_sieve_node *node,
								const ms_sieve_argument *tag, const ms_sieve_argument *parameter);

extern bool ms_sieve_is_header_name(ms_span name);

/* Whether it is one address with or without a name; *several says whether a comma divides it. */
extern bool ms_sieve_is_address(ms_span text, bool *several);

/* Whether it is an extended regular expression of POSIX as glibc compiles it. */
extern bool ms_sieve_is_regex(ms_span text);

#endif							/* MS_SIEVE_GRAMMAR_H */
