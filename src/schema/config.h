/*
 * config.h
 *	  What the two tables that come with rows, settings and
 *	  transport_services, have in common.
 */
#ifndef MS_CONFIG_H
#define MS_CONFIG_H

#include "schema/trigger.h"

/*
 * For BEFORE INSERT: where a row with the same key is there, changes it to the
 * new one and returns true, so that the insert is skipped.  This is how a dump
 * restores over the rows that CREATE EXTENSION has just made.
 */
extern bool ms_config_replace(const TriggerData *trigger, AttrNumber key);

/*
 * The first column of the first row of a query with at most one text
 * parameter, as text that outlives SPI; NULL where there is no row.  Sees all
 * that is committed by now, with the rights of the table's owner's function or
 * of the caller, as SPI does.
 */
extern char *ms_config_first(const char *query, const char *parameter);

#endif							/* MS_CONFIG_H */
