
CREATE FUNCTION mailstack.sieve_owner(owner text, OUT email mailstack.mail_address, OUT domain mailstack.mail_domain) RETURNS record
    AS 'MODULE_PATHNAME', 'ms_sieve_owner' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_owner(text) IS
    'The columns email and domain of what a user, a domain or, with *, all own: an address, a domain, or neither. Whether it is hosted here, it does not ask. Raises 22004 for NULL and 22023 for anything else.';

CREATE FUNCTION mailstack.filter_sender(sender text) RETURNS mailstack.alias_key
    AS 'MODULE_PATHNAME', 'ms_filter_sender' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.filter_sender(text) IS
    'The column sender of a filter: an address, or @domain, also where the domain is given without @. Raises 22023 for anything else.';

-- What an operator types. Each returns the number of the filter.

CREATE FUNCTION mailstack.file_spam(owner text, folder text DEFAULT 'Spam') RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO mailstack.filters (email, domain, kind, folder)
    SELECT o.email, o.domain, 'file_spam', $2 FROM mailstack.sieve_owner($1) o RETURNING id;
END;
COMMENT ON FUNCTION mailstack.file_spam(text, text) IS
    'A filter for what a spam filter has marked: by X-Spam-Flag: YES, X-Spam: Yes, or an X-Spam-Status that begins with Yes. It goes to the folder, and nothing else happens to it: no answer, no forward, no script. Comes first of all filters; of those of a user, the domain and all, the one that is closest to the user counts. owner is a user, a domain, or * for all; returns filters.id. Raises what the table filters raises.';
REVOKE EXECUTE ON FUNCTION mailstack.file_spam(text, text) FROM PUBLIC;

CREATE FUNCTION mailstack.file_from(owner text, sender text, folder text) RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO mailstack.filters (email, domain, kind, sender, folder)
    SELECT o.email, o.domain, 'file_from', mailstack.filter_sender($2), $3 FROM mailstack.sieve_owner($1) o RETURNING id;
END;
COMMENT ON FUNCTION mailstack.file_from(text, text, text) IS
    'A filter for mail with an address in From, or with one of a domain: it goes to the folder, and nothing after this filter happens to it. owner is a user, a domain, or * for all; sender an address, a domain, or @domain, which is the same; returns filters.id.';
REVOKE EXECUTE ON FUNCTION mailstack.file_from(text, text, text) FROM PUBLIC;

CREATE FUNCTION mailstack.file_list(owner text, list_id text, folder text) RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO mailstack.filters (email, domain, kind, list_id, folder)
    SELECT o.email, o.domain, 'file_list', $2, $3 FROM mailstack.sieve_owner($1) o RETURNING id;
END;
COMMENT ON FUNCTION mailstack.file_list(text, text, text) IS
    'A filter for the mail of a mailing list, which goes to the folder, and nothing after this filter happens to it. list_id is what List-Id has in angle brackets (RFC 2919), or the address that one writes to, as in List-Post (RFC 2369). owner is a user, a domain, or * for all; returns filters.id.';
REVOKE EXECUTE ON FUNCTION mailstack.file_list(text, text, text) FROM PUBLIC;

CREATE FUNCTION mailstack.forward(owner text, destination mailstack.mail_address, keep boolean DEFAULT true) RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO mailstack.filters (email, domain, kind, destination, keep)
    SELECT o.email, o.domain, 'forward', $2, $3 FROM mailstack.sieve_owner($1) o RETURNING id;
END;
COMMENT ON FUNCTION mailstack.forward(text, mailstack.mail_address, boolean) IS
    'A filter that sends on all mail of a user but spam, to at most 4 addresses. With keep the mailbox has it, too, and it goes on to the next filter. Other than an alias it holds for mail that Dovecot delivers, and after what discards and files; like an alias it is refused where the mail would come back (23514) or lead to nothing (23503). owner is a user; returns filters.id.';
REVOKE EXECUTE ON FUNCTION mailstack.forward(text, mailstack.mail_address, boolean) FROM PUBLIC;

CREATE FUNCTION mailstack.discard_from(owner text, sender text) RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO mailstack.filters (email, domain, kind, sender)
    SELECT o.email, o.domain, 'discard_from', mailstack.filter_sender($2) FROM mailstack.sieve_owner($1) o RETURNING id;
END;
COMMENT ON FUNCTION mailstack.discard_from(text, text) IS
    'A filter that throws away mail with an address in From, or with one of a domain; nobody is told. owner is a user, a domain, or * for all; sender an address, a domain, or @domain, which is the same; returns filters.id.';
REVOKE EXECUTE ON FUNCTION mailstack.discard_from(text, text) FROM PUBLIC;

CREATE FUNCTION mailstack.vacation(owner text, subject text, message text, days integer DEFAULT 1,
        starts date DEFAULT NULL, ends date DEFAULT NULL) RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO mailstack.filters (email, domain, kind, subject, message, days, starts, ends)
    SELECT o.email, o.domain, 'vacation', $2, $3, $4, $5, $6 FROM mailstack.sieve_owner($1) o RETURNING id;
END;
COMMENT ON FUNCTION mailstack.vacation(text, text, text, integer, date, date) IS
    'A filter that answers for a user from the first day to the last (RFC 5230): each sender once in so many days, 1 to 60; not mailing lists, bounces and other automatic mail, nor what is not addressed to him. The addresses that lead to him alone count as his: aliases of one destination, and his name in mirrors. Of several on one day the first in order answers. subject may be NULL; owner is a user; returns filters.id.';
REVOKE EXECUTE ON FUNCTION mailstack.vacation(text, text, text, integer, date, date) FROM PUBLIC;

CREATE FUNCTION mailstack.list_filters(owner text,
        OUT id bigint, OUT owned_by text, OUT active boolean, OUT what text) RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT f.id, f.owner::text, f.active,
           CASE f.kind
               WHEN 'file_spam' THEN 'spam to ' || f.folder
               WHEN 'file_from' THEN 'from ' || f.sender::text || ' to ' || f.folder
               WHEN 'file_list' THEN 'list ' || f.list_id || ' to ' || f.folder
               WHEN 'forward' THEN 'forward to ' || f.destination::text || CASE WHEN f.keep THEN ', and keep' ELSE '' END
               WHEN 'discard_from' THEN 'discard from ' || f.sender::text
               ELSE concat_ws(' ', 'vacation', 'from ' || f.starts, 'to ' || f.ends)
           END
      FROM mailstack.filters f, mailstack.sieve_owner($1) o
     WHERE f.owner OPERATOR(mailstack.=) ANY (ARRAY['*'::mailstack.mail_key, o.domain::mailstack.mail_key,
               mailstack.address_domain(o.email)::mailstack.mail_key, o.email::mailstack.mail_key])
     ORDER BY f.kind <> 'file_spam', (f.domain IS NOT NULL)::integer + (f.email IS NOT NULL)::integer, f.position, f.id;
END;
COMMENT ON FUNCTION mailstack.list_filters(text) IS
    'The filters that run for an owner, those of all and of his domain among them, in the order in which they run; of those for spam the last that is active counts. Empty where there are none. owner is a user, a domain, or * for all. Reads filters with the rights of whoever asks.';
REVOKE EXECUTE ON FUNCTION mailstack.list_filters(text) FROM PUBLIC;

CREATE FUNCTION mailstack.sieve_source(owner text) RETURNS mailstack.sieve_script
    AS 'MODULE_PATHNAME', 'ms_sieve_source' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.sieve_source(text) IS
    'The script that the filters of a user make, those of all and of his domain among them, laid out as sieve_format() does; of a domain, or of all with *, what they make for whoever has none of his own. NULL where there are no filters. Raises 22004 for NULL and 22023 for what is no owner. EXECUTE is enough to read everybody''s.';
REVOKE EXECUTE ON FUNCTION mailstack.sieve_source(text) FROM PUBLIC;

CREATE FUNCTION mailstack.activate_sieve_script(owner text, name text) RETURNS void
    AS 'MODULE_PATHNAME', 'ms_activate_sieve_script' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.activate_sieve_script(text, text) IS
    'Makes a script of an owner the one that runs, in the place of the one that was; with NULL for name, none is. Raises 22023 where the owner has no such script, 22004 for no owner.';
REVOKE EXECUTE ON FUNCTION mailstack.activate_sieve_script(text, text) FROM PUBLIC;

CREATE FUNCTION mailstack.sieve_files(OUT path text, OUT content text) RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'all.sieve', s.script::text FROM mailstack.sieve_scripts s WHERE s.active AND s.domain IS NULL
    UNION ALL
    SELECT 'domain/' || s.domain::text || '.sieve', s.script::text FROM mailstack.sieve_scripts s
     WHERE s.active AND s.email IS NULL AND s.domain IS NOT NULL
    UNION ALL
    SELECT 'filters/' || u.email || '.sieve', u.source::text
      FROM (SELECT email::text, mailstack.sieve_source(email::text) AS source FROM mailstack.users) u
     WHERE u.source IS NOT NULL AND strpos(u.email, '/') = 0
    UNION ALL
    SELECT 'active/' || s.email::text || '.sieve', s.script::text FROM mailstack.sieve_scripts s, mailstack.settings
     WHERE s.active AND sieve_personal = 'database' AND strpos(s.email::text, '/') = 0;
END;
COMMENT ON FUNCTION mailstack.sieve_files() IS
    'All that dovecot_sieve serves, as files for a server that wants files: the path, below a directory of their own, and what is in it. all.sieve, domain/DOMAIN.sieve, filters/USER.sieve, and, where settings.sieve_personal is database, active/USER.sieve. An address with a slash in it has none. mailstack-sieve writes them.';
REVOKE EXECUTE ON FUNCTION mailstack.sieve_files() FROM PUBLIC;
