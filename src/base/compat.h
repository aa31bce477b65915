/*
 * compat.h
 *	  The one header that remembers older servers.
 *
 * Everything else is written for the newest release.  Each shim names the
 * release that made it needless.
 */
#ifndef MS_COMPAT_H
#define MS_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "mailstack needs PostgreSQL 15 or later"
#endif

/* 16 brought soft errors; on 15 every error is a hard one. */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#else
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#endif

/* 16 moved the varlena macros out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 16 replaced one function per kind of object. */
#if PG_VERSION_NUM < 160000
#define object_ownercheck(classid, objectid, roleid) pg_class_ownercheck(objectid, roleid)
#define object_aclcheck(classid, objectid, roleid, mode) pg_proc_aclcheck(objectid, roleid, mode)
#endif

/* 16 wants the ADMIN option on a role from whoever has CREATEROLE. */
#if PG_VERSION_NUM >= 160000
#define ms_manages_role(user, role) (has_createrole_privilege(user) && is_admin_of_role(user, role))
#else
#define ms_manages_role(user, role) has_createrole_privilege(user)
#endif

/* 16 lets the caller of SCRAM's derivation name the digest; on 15 it is SHA-256. */
#if PG_VERSION_NUM >= 160000
#define ms_scram_sha256_salted_password(secret, salt, salt_len, iterations, result, reason) \
	scram_SaltedPassword(secret, PG_SHA256, SCRAM_SHA_256_KEY_LEN, (const void *) (salt), salt_len, iterations, result, reason)
#else
#define ms_scram_sha256_salted_password(secret, salt, salt_len, iterations, result, reason) \
	scram_SaltedPassword(secret, salt, salt_len, iterations, result, reason)
#endif

/* 18 has the word before the declaration, as C23 does. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/* 18 counts the searches of an index scan for EXPLAIN, where it is given somewhere to. */
#if PG_VERSION_NUM >= 180000
#define ms_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, NULL, nkeys, 0)
#else
#define ms_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, nkeys, 0)
#endif

/* A path of a foreign table by itself: 17 added the clauses of a join, 18 the nodes that were disabled. */
#if PG_VERSION_NUM >= 180000
#define ms_create_foreignscan_path(root, rel, rows, startup, total) \
	create_foreignscan_path(root, rel, NULL, rows, 0, startup, total, NIL, NULL, NULL, NIL, NIL)
#elif PG_VERSION_NUM >= 170000
#define ms_create_foreignscan_path(root, rel, rows, startup, total) \
	create_foreignscan_path(root, rel, NULL, rows, startup, total, NIL, NULL, NULL, NIL, NIL)
#else
#define ms_create_foreignscan_path(root, rel, rows, startup, total) \
	create_foreignscan_path(root, rel, NULL, rows, startup, total, NIL, NULL, NULL, NIL)
#endif

#endif							/* MS_COMPAT_H */
