/*
 * transport.h
 *	  What transport(5) answers: a service of master.cf, and where it sends to.
 */
#ifndef MS_TRANSPORT_H
#define MS_TRANSPORT_H

#include "base/fault.h"
#include "base/span.h"

#define MS_SERVICE_MAX 255		/* master(8) makes a socket file of the name */
#define MS_TRANSPORT_MAX 2048	/* Postfix's line_length_limit */

/*
 * The canonical form: "service:nexthop", or "service" where there is no
 * nexthop.  Case is kept, since Postfix tells DOVECOT from dovecot.  Never
 * longer than in.  out holds cap octets, and is not terminated by NUL.
 */
extern bool ms_transport_parse(ms_span in, char *out, size_t cap, size_t *out_len, ms_fault *fault);

/* The length of the service in a canonical transport: all of it where there is no nexthop. */
extern size_t ms_transport_service_len(ms_span canonical);

#define MS_PORT_MAX 65535

/*
 * Whether that is a relayhost of postconf(5): host, host:port, [host] or
 * [host]:port, the host a name or in brackets an address, the port a number or
 * the name of a service.  It is its own canonical form.
 */
extern bool ms_relayhost_parse(ms_span in, ms_fault *fault);

#endif							/* MS_TRANSPORT_H */
