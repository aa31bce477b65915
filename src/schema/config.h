/*
 * config.h
 *	  What the two tables that come with rows, settings and
 *	  transport_services, have in common, and statements of ours.
 */
#ifndef MS_CONFIG_H
#define MS_CONFIG_H

#include "schema/trigger.h"

#include "executor/spi.h"

/* A statement whose parameters are all text, planned once in a session. */
typedef struct ms_statement
{
	const char *query;
	int			nargs;
	SPIPlanPtr	plan;			/* NULL at first */
} ms_statement;

/* Runs it inside SPI_connect(), with the rights of the caller; an argument may be NULL. */
extern void ms_statement_run(ms_statement *statement, const char *const *args);

/*
 * For BEFORE INSERT while a dump is loaded: where a row with the same key is
 * there, since CREATE EXTENSION has just made it, changes it to the new one and
 * returns true, so that the insert is skipped.
 */
extern bool ms_config_replaced(const TriggerData *trigger, AttrNumber key);

/*
 * The first column of the first row of a query with at most one text
 * parameter, as text that outlives SPI; NULL where there is no row.  Sees all
 * that is committed by now, with the rights of the caller.
 */
extern char *ms_config_first(const char *query, const char *parameter);

/* Runs a statement with one text parameter, for what it locks. */
extern void ms_config_run(const char *query, const char *parameter);

/*
 * Whether a dump is being loaded, so that rows come in any order and the rules
 * stand aside (restore_pg.c).
 */
extern bool ms_restoring(void);

#endif							/* MS_CONFIG_H */
