/*
 * audit.h
 *	  Writing the table audit.
 */
#ifndef MS_AUDIT_H
#define MS_AUDIT_H

#include "base/base.h"

/*
 * One row of audit, the columns that are not filled by their defaults, each as
 * text or NULL.
 */
typedef struct ms_audit_row
{
	const char *action;
	const char *table;
	const char *domain;
	const char *key;
	const char *count;
	const char *old_values;		/* jsonb */
	const char *new_values;
} ms_audit_row;

/* Inside SPI_connect(), with the rights of the owner; the role is that of whoever is asking. */
extern void ms_audit_write(const ms_audit_row *row);

#endif							/* MS_AUDIT_H */
