
CREATE TYPE mailstack.route_step AS (
    depth integer, address text, kind text, detail text, alias text, transport text,
    home text, uid integer, gid integer, mail text, reply text, reason text);
COMMENT ON TYPE mailstack.route_step IS 'One step of the way of mail: see route().';

CREATE FUNCTION mailstack.route(address text) RETURNS SETOF mailstack.route_step
    AS 'MODULE_PATHNAME', 'ms_route' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.route(text) IS
    'The whole way of mail for an address, step by step, and why it is that. kind is: address (how the question was read) or no address (with the fault); alias (where it was found: the key in alias, how in reason); left out (a destination that gets nothing); one row for each copy that comes to its end: mailbox (with home, uid, gid and mail), relayed, foreign, waits (in the queue), discarded, bounces; elsewhere, all that a delegated administrator is told of an address in a domain that is not his; loop or limit, where it is followed no further; and last accepted, deferred or refused, with the reply that Postfix gives at RCPT. depth counts the aliases that led to a step; detail is what it has of the detail of a sub-address. Reads the tables as the lookups do, with no privilege but EXECUTE; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.route(text) FROM PUBLIC;

CREATE TYPE mailstack.route_summary AS (address text, kind text, leads_to text, odd text);
COMMENT ON TYPE mailstack.route_summary IS 'An address of a domain in short: see route_domain().';

CREATE FUNCTION mailstack.route_domain(domain text) RETURNS SETOF mailstack.route_summary
    AS 'MODULE_PATHNAME', 'ms_route_domain' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.route_domain(text) IS
    'All addresses of a domain in short: the domain itself, the domains that mirror it, its catch-all, mailboxes, aliases, what it mirrors, role addresses and relay recipients. leads_to names a few of the mailboxes and addresses where mail comes to its end, or the reply that a sender gets; odd is what an operator might not expect, or NULL: destinations that are left out and why, an alias that leads nowhere, a mailbox that gets nothing because of an alias of its name, one that takes no mail though aliases lead to it, a catch-all, a sub-address of nobody, an alias that hides what its domain mirrors. Reads the tables as the lookups do, with no privilege but EXECUTE; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.route_domain(text) FROM PUBLIC;
