/*
 * tables_spi.c
 *	  Direct index scans of our tables, and the backend's copy of settings.
 *
 * The OIDs of tables and indexes are found once per backend and again after
 * any of them has changed.  An index is known by what it indexes, not by its
 * name, so that REINDEX and ALTER INDEX ... RENAME do no harm.
 */
#include "schema/tables.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "commands/defrem.h"
#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

static const struct
{
	const char *relation;
	AttrNumber	attribute;
	bool		unique;			/* one row at most, or for aliases the rows of one alias */
	AttrNumber	second;			/* the next column of the index, where it matters */
}			access_paths[MS_ACCESS_COUNT] = {
	[MS_SETTINGS] = {"settings", MS_SETTINGS_SINGLETON, true, 0},
	[MS_SERVICES] = {"transport_services", MS_SERVICES_SERVICE, true, 0},
	[MS_DOMAINS] = {"domains", MS_DOMAINS_DOMAIN, true, 0},
	[MS_DOMAINS_BY_POSTFIX_KEY] = {"domains", MS_DOMAINS_POSTFIX_KEY, true, 0},
	[MS_DOMAINS_BY_ALIAS_OF] = {"domains", MS_DOMAINS_ALIAS_OF, false, 0},
	[MS_RELAY_RECIPIENTS] = {"relay_recipients", MS_RELAY_RECIPIENTS_RECIPIENT, true, 0},
	[MS_RELAY_RECIPIENTS_BY_DOMAIN] = {"relay_recipients", MS_RELAY_RECIPIENTS_DOMAIN, false, 0},
	[MS_USERS] = {"users", MS_USERS_EMAIL, true, 0},
	[MS_USERS_BY_DOMAIN] = {"users", MS_USERS_DOMAIN, false, MS_USERS_UID},
	[MS_ALIASES] = {"aliases", MS_ALIASES_ALIAS, true, 0},
	[MS_ALIASES_BY_DOMAIN] = {"aliases", MS_ALIASES_DOMAIN, false, 0},
	[MS_RELOCATED] = {"relocated", MS_RELOCATED_EMAIL, true, 0},
	[MS_RELOCATED_BY_DOMAIN] = {"relocated", MS_RELOCATED_DOMAIN, false, 0},
};

typedef struct path_cache
{
	bool		valid;
	Oid			relation;
	Oid			index;
	FmgrInfo	equal;			/* of the index's opclass */
	Oid			collation;
} path_cache;

static path_cache paths[MS_ACCESS_COUNT];
static ms_settings settings;
static bool settings_valid = false;
static bool settings_noticed = false;	/* a change was noticed since the last reading began */
static MemoryContext settings_context = NULL;

/* An invalidation callback only marks. */
static void
relation_changed(Datum arg, Oid relid)
{
	int			i;

	for (i = 0; i < MS_ACCESS_COUNT; i++)
	{
		if (relid != InvalidOid && relid != paths[i].relation && relid != paths[i].index)
			continue;
		paths[i].valid = false;
		if (i == MS_SETTINGS)
		{
			settings_valid = false;
			settings_noticed = true;
		}
	}
}

static void
register_callback(void)
{
	static bool registered = false;

	if (!registered)
		CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	registered = true;
}

/* Whether a scan by the path can use the index: a btree of the type's own order. */
static bool
serves(Oid index, ms_access access, Oid *opclass)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool		fits;
	bool		isnull;
	Datum		classes;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	classes = SysCacheGetAttr(INDEXRELID, tuple, Anum_pg_index_indclass, &isnull);
	*opclass = ((oidvector *) DatumGetPointer(classes))->values[0];
	fits = (form->indisunique || !access_paths[access].unique) &&
		form->indisvalid && form->indisready &&
		form->indkey.values[0] == access_paths[access].attribute &&
		(access_paths[access].second == 0 ||
		 (form->indnkeyatts > 1 && form->indkey.values[1] == access_paths[access].second)) &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
		*opclass == GetDefaultOpClass(get_opclass_input_type(*opclass), BTREE_AM_OID);
	ReleaseSysCache(tuple);
	return fits;
}

static void
find_index(path_cache *path, Relation rel, ms_access access)
{
	AttrNumber	attribute = access_paths[access].attribute;
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *cell;
	Oid			opclass;

	foreach(cell, indexes)
	{
		if (serves(lfirst_oid(cell), access, &opclass))
		{
			Oid			type = get_opclass_input_type(opclass);
			Oid			equal = get_opfamily_member(get_opclass_family(opclass), type, type,
													BTEqualStrategyNumber);

			path->index = lfirst_oid(cell);
			fmgr_info_cxt(get_opcode(equal), &path->equal, TopMemoryContext);
			list_free(indexes);
			return;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("table \"%s\" has no valid btree index on its column \"%s\"",
					RelationGetRelationName(rel),
					NameStr(TupleDescAttr(RelationGetDescr(rel), attribute - 1)->attname)),
			 errhint("REINDEX TABLE mailstack.%s, or restore what was dropped.",
					 RelationGetRelationName(rel))));
}

Oid
ms_table_oid(ms_access access)
{
	return get_relname_relid(access_paths[access].relation, get_namespace_oid("mailstack", false));
}

/* The path with its relation opened; the index is found again where it may have changed. */
static path_cache *
open_path(ms_access access, Relation *rel)
{
	path_cache *path = &paths[access];

	if (!path->valid)
	{
		register_callback();
		path->relation = ms_table_oid(access);
	}
	*rel = table_open(path->relation, AccessShareLock);
	if (!path->valid)
	{
		find_index(path, *rel, access);
		path->collation = TupleDescAttr(RelationGetDescr(*rel),
										access_paths[access].attribute - 1)->attcollation;
		path->valid = true;
	}
	return path;
}

bool
ms_scan_begin(ms_scan *scan, ms_access access, Datum key, Snapshot snapshot)
{
	path_cache *path = open_path(access, &scan->rel);
	ScanKeyData scan_key;

	ScanKeyEntryInitializeWithInfo(&scan_key, 0, access_paths[access].attribute,
								   BTEqualStrategyNumber, InvalidOid, path->collation,
								   &path->equal, key);
	scan->scan = systable_beginscan(scan->rel, path->index, true, snapshot, 1, &scan_key);
	return ms_scan_next(scan);
}

bool
ms_lock_row(Relation rel, HeapTuple row, LockTupleMode mode)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TM_FailureData failure;
	TM_Result	result;

	result = table_tuple_lock(rel, &row->t_self, ms_rule_snapshot(), slot, GetCurrentCommandId(false),
							  mode, LockWaitBlock, 0, &failure);
	ExecDropSingleTupleTableSlot(slot);
	return result == TM_Ok || result == TM_SelfModified;
}

/* A row that was changed while we waited for it is looked for again. */
bool
ms_scan_lock(ms_scan *scan, ms_access access, Datum key, LockTupleMode mode)
{
	while (ms_scan_begin(scan, access, key, ms_rule_snapshot()))
	{
		if (ms_lock_row(scan->rel, scan->tuple, mode))
			return true;
		ms_scan_end(scan);
	}
	return false;
}

bool
ms_has_row(ms_access access, const void *key)
{
	ms_scan		scan;
	bool		found = ms_scan_begin(&scan, access, PointerGetDatum(key), GetActiveSnapshot());

	ms_scan_end(&scan);
	return found;
}

bool
ms_scan_begin_all(ms_scan *scan, ms_access access, Snapshot snapshot)
{
	(void) open_path(access, &scan->rel);
	scan->scan = systable_beginscan(scan->rel, InvalidOid, false, snapshot, 0, NULL);
	return ms_scan_next(scan);
}

bool
ms_scan_users_by_uid(ms_scan *scan, Datum domain, StrategyNumber strategy, int32 uid,
					 Snapshot snapshot)
{
	path_cache *path = open_path(MS_USERS_BY_DOMAIN, &scan->rel);
	ScanKeyData keys[2];

	ScanKeyEntryInitializeWithInfo(&keys[0], 0, MS_USERS_DOMAIN, BTEqualStrategyNumber,
								   InvalidOid, path->collation, &path->equal, domain);
	ScanKeyInit(&keys[1], MS_USERS_UID, strategy,
				strategy == BTLessStrategyNumber ? F_INT4LT : F_INT4GT, Int32GetDatum(uid));
	scan->scan = systable_beginscan(scan->rel, path->index, true, snapshot, 2, keys);
	return ms_scan_next(scan);
}

bool
ms_scan_next(ms_scan *scan)
{
	scan->tuple = systable_getnext(scan->scan);
	return HeapTupleIsValid(scan->tuple);
}

void
ms_scan_end(ms_scan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->rel, AccessShareLock);
}

Datum
ms_scan_get(const ms_scan *scan, int attribute, bool *isnull)
{
	return heap_getattr(scan->tuple, attribute, RelationGetDescr(scan->rel), isnull);
}

bool
ms_scan_bool(const ms_scan *scan, int attribute)
{
	bool		isnull;

	return DatumGetBool(ms_scan_get(scan, attribute, &isnull));
}

int32
ms_scan_int32(const ms_scan *scan, int attribute)
{
	bool		isnull;

	return DatumGetInt32(ms_scan_get(scan, attribute, &isnull));
}

bool
ms_scan_span_or_null(const ms_scan *scan, int attribute, ms_span *out)
{
	bool		isnull;
	Datum		value = ms_scan_get(scan, attribute, &isnull);

	if (!isnull)
		*out = ms_varlena_span((struct varlena *) PG_DETOAST_DATUM_PACKED(value));
	return !isnull;
}

ms_span
ms_scan_span(const ms_scan *scan, int attribute)
{
	ms_span		s = {"", 0};

	(void) ms_scan_span_or_null(scan, attribute, &s);
	return s;
}

ms_key_view
ms_scan_key(const ms_scan *scan, int attribute)
{
	bool		isnull;

	return ms_key_view_of((struct varlena *)
						  PG_DETOAST_DATUM_PACKED(ms_scan_get(scan, attribute, &isnull)));
}

Snapshot
ms_rule_snapshot(void)
{
	CommandCounterIncrement();
	return GetLatestSnapshot();
}

static char *
setting_string(const ms_scan *scan, int attribute)
{
	ms_span		s = ms_scan_span(scan, attribute);
	char	   *copy = MemoryContextAlloc(settings_context, s.len + 1);

	memcpy(copy, s.data, s.len);
	copy[s.len] = '\0';
	return copy;
}

static void
load_settings(void)
{
	ms_scan		scan;
	Snapshot	snapshot = RegisterSnapshot(IsInParallelMode() ? GetActiveSnapshot() :
											GetLatestSnapshot());

	if (settings_context == NULL)
		settings_context = AllocSetContextCreate(TopMemoryContext, "mailstack settings",
												 ALLOCSET_SMALL_SIZES);
	MemoryContextReset(settings_context);
	if (!ms_scan_begin(&scan, MS_SETTINGS, BoolGetDatum(true), snapshot))
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("mailstack.settings has no row"),
				 errhint("INSERT INTO mailstack.settings DEFAULT VALUES")));
	settings.mail_root = setting_string(&scan, MS_SETTINGS_MAIL_ROOT);
	settings.recipient_delimiter = setting_string(&scan, MS_SETTINGS_RECIPIENT_DELIMITER);
	settings.mail_subdirectory = setting_string(&scan, MS_SETTINGS_MAIL_SUBDIRECTORY);
	settings.virtual_transport = setting_string(&scan, MS_SETTINGS_VIRTUAL_TRANSPORT);
	settings.relay_transport = setting_string(&scan, MS_SETTINGS_RELAY_TRANSPORT);
	settings.uid = ms_scan_int32(&scan, MS_SETTINGS_UID);
	settings.gid = ms_scan_int32(&scan, MS_SETTINGS_GID);
	settings.first_valid_uid = ms_scan_int32(&scan, MS_SETTINGS_FIRST_VALID_UID);
	settings.first_valid_gid = ms_scan_int32(&scan, MS_SETTINGS_FIRST_VALID_GID);
	ms_scan_end(&scan);
	UnregisterSnapshot(snapshot);
}

/*
 * A change that is noticed while they are read leaves them invalid.  They are
 * read as of now and not as of the statement, which may be older than a change
 * whose notice has gone by; only a parallel query has no snapshot but its own,
 * and so keeps nothing.
 */
const ms_settings *
ms_settings_get(void)
{
	if (!settings_valid)
	{
		register_callback();
		settings_noticed = false;
		load_settings();
		settings_valid = !settings_noticed && !IsInParallelMode();
	}
	return &settings;
}

void
ms_settings_changed(Relation rel)
{
	CacheInvalidateRelcache(rel);
}
