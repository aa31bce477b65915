/*
 * tables_spi.c
 *	  Direct index scans of our tables, and the backend's copy of settings.
 *
 * The OIDs of tables and indexes are found once per backend and again after
 * any of them has changed.  An index is known by what it indexes, not by its
 * name, so that REINDEX and ALTER INDEX ... RENAME do no harm.  A key is looked
 * for in a hash index where there is one: at a quarter of what a btree costs
 * among a hundred thousand, and at the same among any number.
 */
#include "schema/tables.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
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
	bool		by_key;			/* one row at most, or for aliases the rows of one alias */
	AttrNumber	second;			/* the next column of the index, where it matters */
}			access_paths[MS_ACCESS_COUNT] = {
	[MS_SETTINGS] = {"settings", MS_SETTINGS_SINGLETON, true, 0},
	[MS_SERVICES] = {"transport_services", MS_SERVICES_SERVICE, true, 0},
	[MS_DOMAINS] = {"domains", MS_DOMAINS_DOMAIN, true, 0},
	[MS_DOMAINS_BY_POSTFIX_KEY] = {"domains", MS_DOMAINS_POSTFIX_KEY, true, 0},
	[MS_DOMAINS_BY_ALIAS_OF] = {"domains", MS_DOMAINS_ALIAS_OF, false, 0},
	[MS_RELAY_RECIPIENTS] = {"relay_recipients", MS_RELAY_RECIPIENTS_RECIPIENT, true, 0},
	[MS_RELAY_RECIPIENTS_IN_ORDER] = {"relay_recipients", MS_RELAY_RECIPIENTS_RECIPIENT, false, 0},
	[MS_RELAY_RECIPIENTS_BY_DOMAIN] = {"relay_recipients", MS_RELAY_RECIPIENTS_DOMAIN, false, 0},
	[MS_USERS] = {"users", MS_USERS_EMAIL, true, 0},
	[MS_USERS_IN_ORDER] = {"users", MS_USERS_EMAIL, false, 0},
	[MS_USERS_BY_DOMAIN] = {"users", MS_USERS_DOMAIN, false, MS_USERS_UID},
	[MS_ALIASES] = {"aliases", MS_ALIASES_ALIAS, true, 0},
	[MS_ALIASES_IN_ORDER] = {"aliases", MS_ALIASES_ALIAS, false, 0},
	[MS_ALIASES_BY_EMAIL] = {"aliases", MS_ALIASES_EMAIL, false, 0},
	[MS_ALIASES_BY_DOMAIN] = {"aliases", MS_ALIASES_DOMAIN, false, 0},
	[MS_SENDER_LOGINS] = {"sender_logins", MS_SENDER_LOGINS_SENDER, true, 0},
	[MS_SENDER_LOGINS_BY_DOMAIN] = {"sender_logins", MS_SENDER_LOGINS_DOMAIN, false, 0},
	[MS_RECIPIENT_BCC] = {"recipient_bcc", MS_SAID_OF_ADDRESS, true, 0},
	[MS_RECIPIENT_BCC_BY_DOMAIN] = {"recipient_bcc", MS_SAID_DOMAIN, false, 0},
	[MS_SENDER_BCC] = {"sender_bcc", MS_SAID_OF_ADDRESS, true, 0},
	[MS_SENDER_BCC_BY_DOMAIN] = {"sender_bcc", MS_SAID_DOMAIN, false, 0},
	[MS_SENDER_RELAYHOSTS] = {"sender_relayhosts", MS_SAID_OF_ADDRESS, true, 0},
	[MS_SENDER_RELAYHOSTS_BY_DOMAIN] = {"sender_relayhosts", MS_SAID_DOMAIN, false, 0},
	[MS_LIST_SENDERS_BY_SENDER] = {"list_senders", MS_LIST_SENDERS_SENDER, true, 0},
	[MS_LIST_SENDERS_BY_DOMAIN] = {"list_senders", MS_LIST_SENDERS_DOMAIN, false, 0},
	[MS_LIST_SLOTS] = {"list_slots", MS_LIST_SLOTS_LIST, true, 0},
	[MS_APP_PASSWORDS] = {"app_passwords", MS_APP_PASSWORDS_EMAIL, true, 0},
	[MS_RETIRED_MAILDIRS] = {"retired_maildirs", MS_RETIRED_MAILDIR, true, 0},
	[MS_USAGE] = {"usage", MS_USAGE_EMAIL, true, 0},
	[MS_DOMAIN_ADMINS] = {"domain_admins", MS_DOMAIN_ADMINS_DOMAIN, false, 0},
	[MS_SIEVE_SCRIPTS] = {"sieve_scripts", MS_SIEVE_SCRIPTS_OWNER, true, 0},
	[MS_SIEVE_SCRIPTS_BY_DOMAIN] = {"sieve_scripts", MS_SIEVE_SCRIPTS_DOMAIN, false, 0},
	[MS_FILTERS] = {"filters", MS_FILTERS_OWNER, true, 0},
	[MS_FILTERS_BY_DOMAIN] = {"filters", MS_FILTERS_DOMAIN, false, 0},
	[MS_FILTERS_BY_DESTINATION] = {"filters", MS_FILTERS_DESTINATION, false, 0},
};

typedef struct path_cache
{
	bool		valid;
	Oid			relation;
	Oid			index;
	StrategyNumber strategy;	/* "equals", as the kind of index numbers it, */
	FmgrInfo	equal;			/* and its function */
	Oid			collation;
} path_cache;

static path_cache paths[MS_ACCESS_COUNT];
static ms_settings settings;
static bool settings_valid = false;
static bool settings_noticed = false;	/* a change was noticed since the last reading began */
static MemoryContext settings_context = NULL;

/* An invalidation callback only marks. */
static void
relation_changed(Datum arg pg_attribute_unused(), Oid relid)
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

/* The kinds of index that can serve, the better first, and how each numbers "equals". */
static const struct
{
	Oid			method;
	StrategyNumber equal;
}			index_kinds[] = {
	{HASH_AM_OID, HTEqualStrategyNumber},
	{BTREE_AM_OID, BTEqualStrategyNumber},
};

/* Whether an operator class says "equals" by the operator of its type's default class. */
static bool
has_own_equality(Oid opclass, Oid method, StrategyNumber equal)
{
	Oid			type = get_opclass_input_type(opclass);
	Oid			own = GetDefaultOpClass(type, method);

	return OidIsValid(own) &&
		get_opfamily_member(get_opclass_family(opclass), type, type, equal) ==
		get_opfamily_member(get_opclass_family(own), type, type, equal);
}

/*
 * Whether a scan by the path can use the index: one of that kind, by the type's
 * own idea of equality.  Only the rows of one key are asked of a hash index.
 */
static bool
serves(Oid index, Oid method, StrategyNumber equal, ms_access access, Oid *opclass)
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
	fits = form->indisvalid && form->indisready &&
		form->indkey.values[0] == access_paths[access].attribute &&
		(access_paths[access].second == 0 ||
		 (form->indnkeyatts > 1 && form->indkey.values[1] == access_paths[access].second)) &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
		has_own_equality(*opclass, method, equal);
	if (method == HASH_AM_OID)
		fits = fits && access_paths[access].by_key;
	else
		fits = fits && (form->indisunique || !access_paths[access].by_key);
	ReleaseSysCache(tuple);
	return fits;
}

static bool
find_index_of_kind(path_cache *path, List *indexes, ms_access access, size_t kind)
{
	ListCell   *cell;
	Oid			opclass;

	foreach(cell, indexes)
	{
		if (serves(lfirst_oid(cell), index_kinds[kind].method, index_kinds[kind].equal, access, &opclass))
		{
			Oid			type = get_opclass_input_type(opclass);
			Oid			equal = get_opfamily_member(get_opclass_family(opclass), type, type,
													index_kinds[kind].equal);

			path->index = lfirst_oid(cell);
			path->strategy = index_kinds[kind].equal;
			fmgr_info_cxt(get_opcode(equal), &path->equal, TopMemoryContext);
			return true;
		}
	}
	return false;
}

static bool
has_index(path_cache *path, Relation rel, ms_access access)
{
	List	   *indexes = RelationGetIndexList(rel);
	bool		found = false;
	size_t		kind;

	for (kind = 0; kind < lengthof(index_kinds) && !found; kind++)
		found = find_index_of_kind(path, indexes, access, kind);
	list_free(indexes);
	return found;
}

static const char *
column_of(Relation rel, ms_access access)
{
	return NameStr(TupleDescAttr(RelationGetDescr(rel), access_paths[access].attribute - 1)->attname);
}

static void
find_index(path_cache *path, Relation rel, ms_access access)
{
	if (!has_index(path, rel, access))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table \"%s\" has no valid index on its column \"%s\"",
						RelationGetRelationName(rel), column_of(rel, access)),
				 errhint("REINDEX TABLE mailstack.%s, or restore what was dropped.",
						 RelationGetRelationName(rel))));
}

PG_FUNCTION_INFO_V1(ms_missing_indexes);
Datum
ms_missing_indexes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	int			access;

	InitMaterializedSRF(fcinfo, 0);
	for (access = 0; access < MS_ACCESS_COUNT; access++)
	{
		path_cache	unused = {0};
		Relation	rel = table_open(ms_table_oid(access), AccessShareLock);
		bool		nulls[2] = {false, false};
		Datum		values[2];

		if (!has_index(&unused, rel, access))
		{
			values[0] = CStringGetTextDatum(RelationGetRelationName(rel));
			values[1] = CStringGetTextDatum(column_of(rel, access));
			tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
		}
		table_close(rel, AccessShareLock);
	}
	return (Datum) 0;
}

Oid
ms_type_oid(const char *name)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
									   ObjectIdGetDatum(get_namespace_oid("mailstack", false)));

	/* Else a secret would be taken for something else. */
	if (!OidIsValid(type))
		elog(ERROR, "type mailstack.%s is missing", name);
	return type;
}

Oid
ms_table_oid(ms_access access)
{
	return get_relname_relid(access_paths[access].relation, get_namespace_oid("mailstack", false));
}

/* Opens the table of a path; the index is looked for again where it may have changed. */
static path_cache *
open_table(ms_scan *scan, ms_access access)
{
	path_cache *path = &paths[access];

	if (!path->valid)
	{
		register_callback();
		path->relation = ms_table_oid(access);
	}
	scan->rel = table_open(path->relation, AccessShareLock);
	if (!path->valid)
	{
		find_index(path, scan->rel, access);
		path->collation = TupleDescAttr(RelationGetDescr(scan->rel),
										access_paths[access].attribute - 1)->attcollation;
		path->valid = true;
	}
	scan->index = NULL;
	scan->by_index = NULL;
	scan->all = NULL;
	scan->tuple = NULL;
	scan->slot = MakeSingleTupleTableSlot(RelationGetDescr(scan->rel), table_slot_callbacks(scan->rel));
	return path;
}

static path_cache *
open_index_scan(ms_scan *scan, ms_access access, Snapshot snapshot, int nkeys)
{
	path_cache *path = open_table(scan, access);

	scan->index = index_open(path->index, AccessShareLock);
	scan->by_index = ms_index_beginscan(scan->rel, scan->index, snapshot, nkeys);
	return path;
}

static void
set_key(ScanKey scan_key, const path_cache *path, Datum key)
{
	ScanKeyEntryInitializeWithInfo(scan_key, 0, 1, path->strategy, InvalidOid,
								   path->collation, (FmgrInfo *) &path->equal, key);
}

/* A hash index knows the hash of a key alone, so that other keys with the same one come along. */
static bool
has_key(ms_scan *scan)
{
	bool		isnull;
	Datum		value = slot_getattr(scan->slot, scan->attribute, &isnull);

	return !isnull && DatumGetBool(FunctionCall2Coll(&scan->key.sk_func, scan->key.sk_collation,
													 value, scan->key.sk_argument));
}

static bool
next_by_index(ms_scan *scan)
{
	while (index_getnext_slot(scan->by_index, ForwardScanDirection, scan->slot))
	{
		if (!scan->by_index->xs_recheck || has_key(scan))
			return true;
	}
	return false;
}

static bool
take(ms_scan *scan, bool found)
{
	scan->tuple = found ? ExecFetchSlotHeapTuple(scan->slot, false, NULL) : NULL;
	return found;
}

bool
ms_scan_begin(ms_scan *scan, ms_access access, Datum key, Snapshot snapshot)
{
	(void) open_index_scan(scan, access, snapshot, 1);
	return ms_scan_again(scan, access, key);
}

bool
ms_scan_again(ms_scan *scan, ms_access access, Datum key)
{
	scan->attribute = access_paths[access].attribute;
	set_key(&scan->key, &paths[access], key);
	index_rescan(scan->by_index, &scan->key, 1, NULL, 0);
	return take(scan, next_by_index(scan));
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
		CHECK_FOR_INTERRUPTS();
	}
	return false;
}

bool
ms_scan_begin_all(ms_scan *scan, ms_access access, Snapshot snapshot)
{
	(void) open_table(scan, access);
	scan->all = table_beginscan(scan->rel, snapshot, 0, NULL);
	return take(scan, table_scan_getnextslot(scan->all, ForwardScanDirection, scan->slot));
}

static void
set_bound(ScanKey scan_key, const ms_scan *scan, const path_cache *path, StrategyNumber strategy, Datum key)
{
	Oid			type = scan->index->rd_opcintype[0];
	Oid			op = get_opfamily_member(scan->index->rd_opfamily[0], type, type, strategy);

	ScanKeyEntryInitialize(scan_key, 0, 1, strategy, InvalidOid, path->collation, get_opcode(op), key);
}

bool
ms_scan_begin_between(ms_scan *scan, ms_access access, Datum first, Datum last, Snapshot snapshot)
{
	int			nkeys = last != 0 ? 2 : 1;
	path_cache *path = open_index_scan(scan, access, snapshot, nkeys);
	ScanKeyData keys[2];

	set_bound(&keys[0], scan, path, BTGreaterEqualStrategyNumber, first);
	if (last != 0)
		set_bound(&keys[1], scan, path, BTLessEqualStrategyNumber, last);
	index_rescan(scan->by_index, keys, nkeys, NULL, 0);
	return take(scan, next_by_index(scan));
}

bool
ms_scan_users_by_uid(ms_scan *scan, Datum domain, StrategyNumber strategy, int32 uid,
					 Snapshot snapshot)
{
	path_cache *path = open_index_scan(scan, MS_USERS_BY_DOMAIN, snapshot, 2);
	ScanKeyData keys[2];

	set_key(&keys[0], path, domain);
	ScanKeyInit(&keys[1], 2, strategy,
				strategy == BTLessStrategyNumber ? F_INT4LT : F_INT4GT, Int32GetDatum(uid));
	index_rescan(scan->by_index, keys, 2, NULL, 0);
	return take(scan, next_by_index(scan));
}

bool
ms_scan_next(ms_scan *scan)
{
	return take(scan, scan->by_index != NULL ? next_by_index(scan) :
				table_scan_getnextslot(scan->all, ForwardScanDirection, scan->slot));
}

bool
ms_scan_begin_filled(ms_scan *scan, ms_access access, Snapshot snapshot)
{
	ScanKeyData key;

	(void) open_index_scan(scan, access, snapshot, 1);
	ScanKeyEntryInitialize(&key, SK_ISNULL | SK_SEARCHNOTNULL, 1, InvalidStrategy, InvalidOid,
						   InvalidOid, InvalidOid, (Datum) 0);
	index_rescan(scan->by_index, &key, 1, NULL, 0);
	return take(scan, next_by_index(scan));
}

void
ms_scan_end(ms_scan *scan)
{
	ExecDropSingleTupleTableSlot(scan->slot);
	if (scan->by_index != NULL)
	{
		index_endscan(scan->by_index);
		index_close(scan->index, NoLock);
	}
	else
		table_endscan(scan->all);
	table_close(scan->rel, NoLock);
	scan->rel = NULL;
}

/* ------------------------------------------------------------------- reader */

void
ms_reader_begin(ms_reader *reader, Snapshot snapshot)
{
	int			i;

	reader->snapshot = snapshot;
	for (i = 0; i < MS_ACCESS_COUNT; i++)
		reader->scans[i].rel = NULL;
}

const ms_scan *
ms_read(ms_reader *reader, ms_access access, const void *key)
{
	ms_scan    *scan = &reader->scans[access];
	bool		found;

	if (scan->rel == NULL)
		found = ms_scan_begin(scan, access, PointerGetDatum(key), reader->snapshot);
	else
		found = ms_scan_again(scan, access, PointerGetDatum(key));
	return found ? scan : NULL;
}

const ms_scan *
ms_read_next(ms_reader *reader, ms_access access)
{
	ms_scan    *scan = &reader->scans[access];

	return ms_scan_next(scan) ? scan : NULL;
}

void
ms_reader_end(ms_reader *reader)
{
	int			i;

	for (i = 0; i < MS_ACCESS_COUNT; i++)
	{
		if (reader->scans[i].rel != NULL)
			ms_scan_end(&reader->scans[i]);
	}
}

/* ------------------------------------------------------------------ columns */

Datum
ms_scan_get(const ms_scan *scan, int attribute, bool *isnull)
{
	return slot_getattr(scan->slot, attribute, isnull);
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

int64
ms_scan_int64(const ms_scan *scan, int attribute, int64 where_null)
{
	bool		isnull;
	Datum		value = ms_scan_get(scan, attribute, &isnull);

	return isnull ? where_null : DatumGetInt64(value);
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

/* ----------------------------------------------------------------- settings */

static char *
setting_string(const ms_scan *scan, int attribute)
{
	ms_span		s = ms_scan_span(scan, attribute);
	char	   *copy = MemoryContextAlloc(settings_context, s.len + 1);

	memcpy(copy, s.data, s.len);
	copy[s.len] = '\0';
	return copy;
}

/* A copy of a varlena that lives as long as the settings do; NULL for NULL. */
static struct varlena *
setting_varlena(const ms_scan *scan, int attribute)
{
	bool		isnull;
	Datum		value = ms_scan_get(scan, attribute, &isnull);
	MemoryContext caller = MemoryContextSwitchTo(settings_context);
	struct varlena *copy = isnull ? NULL : (struct varlena *) PG_DETOAST_DATUM_COPY(value);

	MemoryContextSwitchTo(caller);
	return copy;
}

/* NULL for NULL */
static char *
setting_string_or_null(const ms_scan *scan, int attribute)
{
	ms_span		unused;

	return ms_scan_span_or_null(scan, attribute, &unused) ? setting_string(scan, attribute) : NULL;
}

static void
load_password_settings(const ms_scan *scan)
{
	settings.password_scheme = setting_string(scan, MS_SETTINGS_PASSWORD_SCHEME);
	settings.password_lowest_scheme = setting_string_or_null(scan, MS_SETTINGS_PASSWORD_LOWEST_SCHEME);
	settings.password_min_length = ms_scan_int32(scan, MS_SETTINGS_PASSWORD_MIN_LENGTH);
	settings.argon2_memory = ms_scan_int32(scan, MS_SETTINGS_ARGON2_MEMORY);
	settings.argon2_iterations = ms_scan_int32(scan, MS_SETTINGS_ARGON2_ITERATIONS);
}

static void
load_roles(const ms_scan *scan)
{
	struct varlena *array = setting_varlena(scan, MS_SETTINGS_ROLE_ADDRESSES);
	MemoryContext caller = MemoryContextSwitchTo(settings_context);
	Datum	   *values;
	int			i;

	deconstruct_array((ArrayType *) array, TEXTOID, -1, false, TYPALIGN_INT, &values, NULL, &settings.nroles);
	settings.roles = palloc(settings.nroles * sizeof(ms_span));
	for (i = 0; i < settings.nroles; i++)
		settings.roles[i] = ms_varlena_span((struct varlena *) DatumGetPointer(values[i]));
	MemoryContextSwitchTo(caller);
}

bool
ms_settings_is_role(const ms_settings *from, ms_span local)
{
	int			i;

	for (i = 0; i < from->nroles; i++)
	{
		if (ms_span_equal(from->roles[i], local))
			return true;
	}
	return false;
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
	settings.quota_full_tempfail = ms_scan_bool(&scan, MS_SETTINGS_QUOTA_FULL_TEMPFAIL);
	settings.audit_rows = ms_scan_int32(&scan, MS_SETTINGS_AUDIT_ROWS);
	settings.sieve_in_database = ms_span_equal(ms_scan_span(&scan, MS_SETTINGS_SIEVE_PERSONAL),
											   ms_span_of_text("database"));
	settings.maildir_runner = ms_scan_bool(&scan, MS_SETTINGS_MAILDIR_RUNNER);
	settings.postmaster_address = setting_varlena(&scan, MS_SETTINGS_POSTMASTER_ADDRESS);
	load_password_settings(&scan);
	load_roles(&scan);
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
