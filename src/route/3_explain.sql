
CREATE TYPE mailstack.route_step AS (
    depth integer, address text, kind text, detail text, alias text, transport text,
    home text, uid integer, gid integer, mail text, reply text, reason text);
COMMENT ON TYPE mailstack.route_step IS 'One step of the way of mail: see route().';

CREATE FUNCTION mailstack.route(address text) RETURNS SETOF mailstack.route_step
    AS 'MODULE_PATHNAME', 'ms_route' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.route(text) IS
    'The whole way of mail for an address, step by step, and why it is that. kind is: address (how the question was read) or no address (with the fault); alias (where it was found: the key in alias, how in reason); left out (a destination that gets nothing); one row for each copy that comes to its end: mailbox (with home, uid, gid and mail), relayed, foreign, waits (in the queue), discarded, bounces; loop or limit, where it is followed no further; and last accepted, deferred or refused, with the reply that Postfix gives at RCPT. depth counts the aliases that led to a step; detail is what it has of the detail of a sub-address. Reads the tables as the lookups do, with no privilege but EXECUTE; never raises.';
REVOKE EXECUTE ON FUNCTION mailstack.route(text) FROM PUBLIC;
