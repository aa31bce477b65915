/*
 * services.h
 *	  Rule 5: what a transport may name.
 */
#ifndef MS_SERVICES_ROOM_H
#define MS_SERVICES_ROOM_H

#include "base/base.h"

typedef struct ms_service
{
	bool		known;
	bool		serves;			/* the class that was asked for */
	bool		has_runs_as;
	int32		runs_as;
} ms_service;

/*
 * What transport_services says now of the service of a canonical transport, for
 * a class of domains; with lock, no other transaction can change it any more.
 */
extern ms_service ms_service_find(ms_span transport, ms_span class, bool lock);

/*
 * Raises unless the transport's service is known (23503) and serves the class
 * (23514).  whose names the row, for example: domain "example.com".
 */
extern void ms_service_require(const ms_service *service, ms_span transport, ms_span class,
							   const char *whose);

#endif							/* MS_SERVICES_ROOM_H */
