/*
 * admin.h
 *	  What the functions that an operator calls have in common.
 */
#ifndef MS_ADMIN_H
#define MS_ADMIN_H

#include "base/base.h"

/* A NULL, from a typing error in a script say, must not look like work that was done: raises 22004. */
extern void ms_refuse_null(FunctionCallInfo fcinfo, int argument, const char *name);

/*
 * For PG_CATCH around statements of ours: they say nothing to the operator
 * whom a rule has refused.
 */
pg_noreturn extern void ms_rethrow_without_context(MemoryContext context);

/* The same for a statement that holds somebody's password: the server's log does not get it. */
pg_noreturn extern void ms_rethrow_without_statement(MemoryContext context);

/* The result row, from the text of its columns; NULL for NULL. */
extern Datum ms_result_row(FunctionCallInfo fcinfo, char **columns);

#endif							/* MS_ADMIN_H */
