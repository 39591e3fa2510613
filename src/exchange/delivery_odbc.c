/* The kind of target "odbc": delivery_target.h through a driver in a limited process (odbc.h), in the words of a dialect
 * (odbc_dialect.h). The mark is a row of table yiwang_delivery, as with PostgreSQL; its column coming names the signature of a
 * swap that was begun where DDL cannot be part of a transaction (docs/decisions/0013). SQL here runs on the receiver's database,
 * never on our store. */
#include "exchange/delivery_odbc.h"
#include "exchange/odbc_wire.h"
#include <stdio.h>

enum { IDS_A_STATEMENT = 500 };

static int drop_if_there(OdbcTarget *target, const char *suffix, const char *name) {
	char *there;
	int code = odbc_columns_there(target, suffix, &there);
	if (code < 0 || !*there) return code;
	return odbc_target_execute(target, arena_printf(target->base.arena, "DROP TABLE %s", name), "drop a table");
}

static int create(OdbcTarget *target, const char *name) {
	return odbc_target_execute(
	    target,
	    arena_printf(target->base.arena, "CREATE TABLE %s (%s)%s", name, target->definition, target->dialect->create_end),
	    "make a table");
}

static int odbc_read_back(DeliveryTarget *base, DeliveryStep *step, void *arg, TableDigest *out) {
	return odbc_table_sum(odbc_target(base), odbc_target(base)->staging, step, arg, out);
}

/* --- opening -----------------------------------------------------------------------------------------------------------------
 */

static int address_of(Arena *arena, const char *url, OdbcAddress *address, const OdbcDialect **dialect, Error *error) {
	int code = odbc_address_parse(arena, text_of(url), address, error);
	if (code < 0) return code;
	*dialect = odbc_dialect(address->values[ODBC_DIALECT]);
	return *dialect ? 0
	                : error_field(error, ERR_INVALID, "url", text_of(address->values[ODBC_DIALECT]), "odbc_dialect",
	                              "Write Dialect=mariadb, Dialect=sqlite or Dialect=generic.",
	                              "the address names no dialect that is known");
}

static int odbc_place(Request *rq, const char *url, char **place) {
	OdbcAddress address;
	const OdbcDialect *dialect;
	int code = address_of(rq->arena, url, &address, &dialect, rq->error);
	if (code < 0) return code;
	char **v = address.values;
	bool server = *v[ODBC_SERVER];
	*place =
	    arena_printf(rq->arena, "%s%s%s%s%s", server ? v[ODBC_SERVER] : v[ODBC_DSN], server && *v[ODBC_PORT] ? ":" : "",
	                 server ? v[ODBC_PORT] : "", (server || *v[ODBC_DSN]) && *v[ODBC_DATABASE] ? "/" : "", v[ODBC_DATABASE]);
	return **place ? 0
	               : error_field(rq->error, ERR_INVALID, "url", TEXT_NONE, "odbc_address",
	                             "Add Server and Database, or a DSN.", "the address names no database");
}

/* Connects and looks that the database is what the dialect is for. */
static int connect_to(OdbcTarget *target, const char *url, OdbcInfo *info) {
	DeliveryTarget *base = &target->base;
	int code = address_of(base->arena, url, &target->address, &target->dialect, base->error);
	if (code < 0) return code;
	code = odbc_start(base->arena, base->folder, &target->link);
	if (code == 0)
		code = odbc_connect(&target->link, odbc_address_connection(base->arena, &target->address, target->dialect->more),
		                    target->address.values[ODBC_PWD]);
	if (code == 0) code = odbc_info(&target->link, info);
	if (code < 0) return odbc_target_failed(target, code, "be reached");
	const OdbcDialect *meant = odbc_dialect_of(info->dbms);
	if (meant != target->dialect)
		return error_field(base->error, ERR_CONFLICT, "url", TEXT_NONE, "target_dialect",
		                   "Have the system administrator enter the address with that dialect.",
		                   "the database is %s, whose dialect is %s, not %s", info->dbms, meant->name,
		                   target->dialect->name);
	for (int i = 0; code == 0 && target->dialect->session[i]; i++)
		code = odbc_target_execute(target, target->dialect->session[i], "set up the session");
	return code;
}

static int odbc_test(Request *rq, const char *folder, const char *url, const char **found) {
	OdbcTarget *target = ARENA_NEW(rq->arena, OdbcTarget);
	OdbcInfo info;
	target->base = (DeliveryTarget){.arena = rq->arena, .error = rq->error, .folder = folder};
	target->link.fd = -1;
	int code = connect_to(target, url, &info);
	odbc_close(&target->link);
	if (code == 0)
		*found = arena_printf(rq->arena, "%s %s (%s %s)", info.dbms, info.dbms_version, info.driver, info.driver_version);
	return code;
}

static int int_row(void *arg, const Text *cells) {
	*(int64_t *)arg = odbc_cell_int(cells[0]);
	return 0;
}

/* One run of a delivery at a time also where a statement of a killed one may still be under way in the server. */
static int lock_take(OdbcTarget *target) {
	int64_t taken = 0;
	if (!target->dialect->lock) return 0;
	Buf sql = {0};
	buf_printf(&sql, target->dialect->lock, (long long)target->base.delivery_id);
	int code = odbc_query(&target->link, "i", text_cstr(target->base.arena, buf_as_text(&sql)), int_row, &taken);
	buf_free(&sql);
	return code < 0 ? odbc_target_failed(target, code, "lock its mark") : taken == 1 ? 0 : delivery_mark_moved(&target->base);
}

static int swap_finish(OdbcTarget *target, const char *signature);

/* A RENAME that was begun either happened (the staging table is gone, the live one holds what was filled) or did not. */
static int swap_recover(OdbcTarget *target) {
	static const MarkValue none[] = {{RUN, ""}, {COMING, ""}};
	char *staging, *live;
	TableDigest held = {0};
	if (target->dialect->swap != SWAP_RENAME || !*target->coming) return 0;
	int code = odbc_columns_there(target, STAGING, &staging);
	if (code < 0 || *staging) return code;
	code = odbc_columns_there(target, "", &live);
	if (code == 0 && *live) code = odbc_table_sum(target, target->live, NULL, NULL, &held);
	if (code < 0) return code;
	if (*live && *target->base.mark.run && table_digest_eq(&held, &target->base.mark.filled))
		return swap_finish(target, target->coming);
	code = odbc_mark_moved(target, odbc_mark_update(target, none, 2, NULL, 0));
	code = odbc_target_end(target, code);
	return code < 0 ? code : odbc_mark_read(target);
}

static int odbc_open(Arena *arena, const char *url, const DeliveryTarget *with, DeliveryTarget **out) {
	OdbcTarget *target = ARENA_NEW(arena, OdbcTarget);
	OdbcInfo info;
	target->base = *with;
	target->link.fd = -1;
	*out = &target->base;
	int code = connect_to(target, url, &info);
	if (code < 0) return code;
	if (target->dialect->one_schema && strcmp(with->schema, "main") != 0)
		return error_field(with->error, ERR_CONFLICT, "schema", text_of(with->schema), "target_schema",
		                   "Make the delivery anew with schema main.",
		                   "a database of this kind has only the schema main");
	odbc_names_make(target);
	code = lock_take(target);
	if (code == 0) code = odbc_marks_make(target);
	if (code == 0) code = odbc_mark_read(target);
	if (code == 0) code = swap_recover(target);
	if (code == 0 && target->dialect->swap == SWAP_RENAME && !*target->coming) /* of a swap killed at its last step */
		code = drop_if_there(target, OLD, target->old);
	return odbc_target_end(target, code);
}

/* Where rows are copied, a swap that was killed may have left a live table that it had just made: it has no rows then. */
static int just_made(OdbcTarget *target, bool *out) {
	int64_t rows = 1;
	*out = false;
	if (target->dialect->swap != SWAP_COPY || !*target->coming) return 0;
	int code = odbc_query(&target->link, "i", arena_printf(target->base.arena, "SELECT COUNT(*) FROM %s", target->live),
	                      int_row, &rows);
	*out = rows == 0;
	return odbc_target_failed(target, code, "look at its table");
}

/* Whether any of the rows delivered is there: the least key, as every dialect can say it (keys are above 0). */
static int rows_there(OdbcTarget *target) {
	int64_t least = 1;
	if (target->base.mark.live.count == 0 || !*target->base.mark.signature) return 0;
	int code =
	    odbc_query(&target->link, "i",
	               arena_printf(target->base.arena, "SELECT COALESCE(MIN(" DELIVERY_ID_NAME "), 0) FROM %s", target->live),
	               int_row, &least);
	if (code == 0 && least == 0) delivery_emptied(&target->base);
	return odbc_target_failed(target, code, "look at its table");
}

static int odbc_rows(DeliveryTarget *base, int64_t *out) {
	OdbcTarget *target = odbc_target(base);
	int code =
	    odbc_query(&target->link, "i", arena_printf(base->arena, "SELECT COUNT(*) FROM %s", target->live), int_row, out);
	return odbc_target_end(target, odbc_target_failed(target, code, "count its rows"));
}

static int odbc_check(DeliveryTarget *base) {
	OdbcTarget *target = odbc_target(base);
	char *there;
	bool own = false;
	int code = odbc_columns_there(target, "", &there);
	if (code < 0) return code;
	if (*there && strcmp(there, base->mark.columns) == 0) return rows_there(target);
	if (*there) code = just_made(target, &own);
	if (code < 0) return code;
	if (!*there || own) {
		base->mark.signature = ""; /* dropped, or just made: it is delivered anew */
		return 0;
	}
	return *base->mark.columns ? delivery_columns_altered(base, there) : delivery_taken(base);
}

/* --- full --------------------------------------------------------------------------------------------------------------------
 */

/* Local time of Asia/Shanghai without zone: "YYYY-MM-DD hh:mm:ss[.ffffff]". */
static void time_put(Buf *batch, int64_t us) {
	char text[CLOCK_TEXT_MAX];
	clock_format(us, text);
	char *t = strchr(text, 'T'), *zone = strrchr(text, '+');
	if (t) *t = ' ';
	wire_put_text(batch, (Text){text, zone ? (size_t)(zone - text) : strlen(text)});
}

static void odbc_row(const DeliveryTarget *base, Buf *batch, const Text *texts, const Val *values) {
	const OdbcTarget *target = (const OdbcTarget *)base;
	for (int i = 0; i < base->shape->field_count; i++) {
		const Val *value = &values[i];
		uint64_t bits = (uint64_t)value->i;
		if (value->kind == VAL_NULL)
			wire_put_text(batch, TEXT_NONE);
		else if (target->types[i] == 'd') {
			memcpy(&bits, &value->d, sizeof bits);
			wire_put_number(batch, bits);
		} else if (target->types[i] == 'i')
			wire_put_number(batch, bits);
		else if (base->shape->fields[i].kind == KIND_TIME && !target->dialect->time_zone)
			time_put(batch, value->i);
		else
			wire_put_text(batch, texts[i]);
	}
}

static int odbc_begin(DeliveryTarget *base, const char *run, const char *as_of, int64_t position) {
	OdbcTarget *target = odbc_target(base);
	static const MarkValue none[] = {{RUN, ""}, {COMING, ""}};
	const MarkValue sets[] = {
	    {RUN, run},        {AS_OF, as_of},           {RUN_POSITION, NULL, position}, {FILLED_RID, NULL, 0},
	    {FILLED, NOTHING}, {TABLE_NAME, base->table}};
	int clear = target->dialect->swap == SWAP_COPY ? 1 : 2; /* see just_made */
	int code = base->mark.there ? 0 : odbc_mark_insert(target);
	/* where DDL commits by itself, the mark may not speak of rows that are dropped */
	if (code == 0) code = odbc_mark_moved(target, odbc_mark_update(target, none, clear, NULL, 0));
	if (code == 0 && target->dialect->swap != SWAP_TRANSACTION) code = odbc_target_commit(target);
	if (code == 0) code = drop_if_there(target, STAGING, target->staging);
	if (code == 0) code = create(target, target->staging);
	if (code == 0) code = odbc_mark_moved(target, odbc_mark_update(target, sets, sizeof sets / sizeof *sets, NULL, 0));
	code = odbc_target_end(target, code);
	if (code < 0) return code;
	if (clear == 2) target->coming = "";
	delivery_mark_begun(base, run, as_of, position);
	return 0;
}

static int rows_put(OdbcTarget *target, const char *table, Text rows) {
	if (rows.len == 0) return 0;
	int group = target->dialect->parameters / target->base.shape->field_count;
	return odbc_target_failed(
	    target,
	    odbc_rows_in(&target->link, target->types, group > 1 ? group : 1,
	                 arena_printf(target->base.arena, "INSERT INTO %s (%s) VALUES", table, target->names), rows, NULL),
	    "take rows");
}

static int odbc_fill(DeliveryTarget *base, Text rows, const TableDigest *digest, int64_t last_rid) {
	OdbcTarget *target = odbc_target(base);
	DeliveryMark *mark = &base->mark;
	TableDigest filled = mark->filled;
	Arena *scratch = arena_new();
	table_digest_add(&filled, digest);
	const MarkValue sets[] = {{FILLED_RID, NULL, last_rid}, {FILLED, table_digest_text(scratch, &filled)}},
	                wheres[] = {{RUN, mark->run}, {FILLED_RID, NULL, mark->filled_rid}};
	int code = rows_put(target, target->staging, rows);
	if (code == 0) code = odbc_mark_moved(target, MARK_SET(target, sets, wheres));
	code = odbc_target_end(target, code);
	arena_free(scratch);
	if (code < 0) return code;
	mark->filled = filled;
	mark->filled_rid = last_rid;
	return 0;
}

/* The staging table has its key from the beginning: rows come in its order. */
static int odbc_key(DeliveryTarget *base) {
	return 0;
}

/* --- swapping ----------------------------------------------------------------------------------------------------------------
 */

/* The mark takes the staging table's place in words; commits. */
static int swap_mark(OdbcTarget *target, const char *signature) {
	DeliveryMark *mark = &target->base.mark;
	char *columns;
	int code = odbc_columns_there(target, "", &columns);
	const MarkValue sets[] = {{SIGNATURE, signature},
	                          {COLUMNS, code == 0 ? columns : ""},
	                          {POSITION, NULL, mark->run_position},
	                          {LIVE, table_digest_text(target->base.arena, &mark->filled)},
	                          {DONE_RUN, mark->run},
	                          {RUN, ""},
	                          {AS_OF, ""},
	                          {COMING, ""}},
	                wheres[] = {{RUN, mark->run}};
	if (code == 0) code = odbc_mark_moved(target, MARK_SET(target, sets, wheres));
	return odbc_target_end(target, code);
}

/* After a RENAME: the mark, then the old table. */
static int swap_finish(OdbcTarget *target, const char *signature) {
	int code = swap_mark(target, signature);
	if (code == 0) code = odbc_target_end(target, drop_if_there(target, OLD, target->old));
	return code < 0 ? code : odbc_mark_read(target);
}

static int swap_coming(OdbcTarget *target, const char *signature) {
	const MarkValue sets[] = {{COMING, signature}}, wheres[] = {{RUN, target->base.mark.run}};
	int code = odbc_target_end(target, odbc_mark_moved(target, MARK_SET(target, sets, wheres)));
	if (code == 0) target->coming = arena_strdup(target->base.arena, signature);
	return code;
}

static int swap_in_transaction(OdbcTarget *target, const char *signature, bool there) {
	Arena *arena = target->base.arena;
	int code = 0;
	if (there) code = odbc_target_execute(target, arena_printf(arena, "DROP TABLE %s", target->live), "drop the old table");
	if (code == 0)
		code = odbc_target_execute(target,
		                           arena_printf(arena, "ALTER TABLE %s RENAME TO %s", target->staging,
		                                        odbc_quoted(target, target->base.table, "")),
		                           "take the new table");
	code = code == 0 ? swap_mark(target, signature) : odbc_target_end(target, code);
	return code < 0 ? code : odbc_mark_read(target);
}

static int swap_by_rename(OdbcTarget *target, const char *signature, bool there) {
	Arena *arena = target->base.arena;
	const char *aside = there ? arena_printf(arena, "%s TO %s, ", target->live, target->old) : "";
	int code = swap_coming(target, signature);
	if (code == 0) code = drop_if_there(target, OLD, target->old);
	if (code == 0)
		code = odbc_target_execute(target,
		                           arena_printf(arena, "RENAME TABLE %s%s TO %s", aside, target->staging, target->live),
		                           "take the new table");
	return code < 0 ? odbc_target_end(target, code) : swap_finish(target, signature);
}

/* The live table's rows are replaced in one transaction; only a table of other columns is made anew before. */
static int swap_by_copy(OdbcTarget *target, const char *signature, const char *live) {
	Arena *arena = target->base.arena;
	char *staging;
	int code = odbc_columns_there(target, STAGING, &staging);
	if (code == 0) code = swap_coming(target, signature);
	bool fits = code == 0 && strcmp(live, staging) == 0;
	if (code == 0 && *live && !fits)
		code = odbc_target_execute(target, arena_printf(arena, "DROP TABLE %s", target->live), "drop the old table");
	if (code == 0 && !fits) code = create(target, target->live);
	if (code == 0 && !fits) code = odbc_target_commit(target);
	if (code == 0 && fits)
		code = odbc_target_execute(target, arena_printf(arena, "DELETE FROM %s", target->live), "drop the old rows");
	if (code == 0)
		code = odbc_target_execute(target,
		                           arena_printf(arena, "INSERT INTO %s (%s) SELECT %s FROM %s", target->live,
		                                        target->names, target->names, target->staging),
		                           "take the new rows");
	code = code == 0 ? swap_mark(target, signature) : odbc_target_end(target, code);
	if (code == 0) code = odbc_target_end(target, drop_if_there(target, STAGING, target->staging));
	return code < 0 ? code : odbc_mark_read(target);
}

/* Into the table that is there, with the mark; the staging table goes afterwards (a killed run's at the next begin). */
static int swap_rows(OdbcTarget *target, const char *signature) {
	int code = odbc_rows_take(target);
	code = code == 0 ? swap_mark(target, signature) : odbc_target_end(target, code);
	if (code == 0) code = odbc_target_end(target, drop_if_there(target, STAGING, target->staging));
	return code < 0 ? code : odbc_mark_read(target);
}

static int text_row(void *arg, const Text *cells) {
	buf_text(arg, cells[0].at ? cells[0] : TEXT("?"));
	return 0;
}

/* A key of another table's would stay with the old one, which could then not be dropped. */
static int keys_check(OdbcTarget *target) {
	const DeliveryTarget *base = &target->base;
	Buf *key = ARENA_NEW(base->arena, Buf);
	if (!target->dialect->keys_to) return 0;
	buf_in(key, base->arena);
	const char *sql = arena_printf(base->arena, target->dialect->keys_to, base->schema, base->table);
	int code = odbc_target_failed(target, odbc_query(&target->link, "t", sql, text_row, key), "be looked at");
	if (code < 0 || key->len == 0) return code;
	return error_field(base->error, ERR_CONFLICT, "table", text_of(base->table), "target_in_use",
	                   "Drop the key in the target, run the delivery again, and make the key again.",
	                   "the columns delivered are others now, so that %s.%s is made anew, and foreign key %s leads to it",
	                   base->schema, base->table, text_cstr(base->arena, buf_as_text(key)));
}

static int odbc_swap(DeliveryTarget *base, const char *signature) {
	OdbcTarget *target = odbc_target(base);
	char *there, *staging = "";
	int code = odbc_columns_there(target, "", &there);
	if (code == 0 && *there) code = odbc_check(base);
	if (code == 0) code = odbc_columns_there(target, STAGING, &staging);
	if (code < 0) return odbc_target_end(target, code);
	bool fits = *there && strcmp(there, staging) == 0;
	if (fits && target->dialect->same) return swap_rows(target, signature);
	if (*there && !fits && (code = keys_check(target)) < 0) return odbc_target_end(target, code);
	if (*there && !fits)
		base->notes[base->note_count++] = "the columns are others now: indexes, triggers and comments that the receiver "
		                                  "made on the old table are not on the new one";
	switch (target->dialect->swap) {
	case SWAP_TRANSACTION:
		return swap_in_transaction(target, signature, *there);
	case SWAP_RENAME:
		return swap_by_rename(target, signature, *there);
	default:
		return swap_by_copy(target, signature, there);
	}
}

/* --- increments --------------------------------------------------------------------------------------------------------------
 */

/* Runs "head (ids)" for all ids in portions: as a query through read, or as a change. */
static int by_ids(OdbcTarget *target, const char *head, const int64_t *ids, int count, ReadRows *read) {
	Buf sql = {0};
	int code = 0;
	for (int at = 0; at < count && code == 0; at += IDS_A_STATEMENT) {
		buf_reset(&sql);
		buf_printf(&sql, "%s WHERE %c%s%c IN (", head, target->dialect->quote, DELIVERY_ID_NAME, target->dialect->quote);
		for (int i = at; i < count && i < at + IDS_A_STATEMENT; i++) {
			if (i > at) buf_char(&sql, ',');
			buf_int(&sql, ids[i]);
		}
		buf_add(&sql, ")", 2);
		code = read ? odbc_read_query(read, sql.at) : odbc_target_execute(target, sql.at, "remove rows");
	}
	buf_free(&sql);
	return code;
}

/* The mark must still be what this run knows of it; the update locks it on every database. */
static int mark_lock(OdbcTarget *target, Arena *arena) {
	const DeliveryMark *mark = &target->base.mark;
	const MarkValue wheres[] = {{POSITION, NULL, mark->position}, {LIVE, table_digest_text(arena, &mark->live)}};
	return odbc_mark_moved(target, odbc_mark_update(target, NULL, 0, wheres, 2));
}

/* Takes the old rows of the ids out, puts the new ones in, reads what is there then. */
static int rows_change(OdbcTarget *target, ReadRows *before, ReadRows *after, Text rows) {
	Arena *arena = before->arena;
	const char *select = arena_printf(arena, "SELECT %s FROM %s", target->select, target->live),
	           *remove = arena_printf(arena, "DELETE FROM %s", target->live);
	int code = by_ids(target, select, before->ids, before->count, before);
	if (code == 0) code = by_ids(target, remove, before->ids, before->count, NULL);
	if (code == 0) code = rows_put(target, target->live, rows);
	if (code == 0) code = by_ids(target, select, before->ids, before->count, after);
	return code;
}

static int odbc_change(DeliveryTarget *base, const DeliveryPortion *portion, DeliveryChange *out) {
	OdbcTarget *target = odbc_target(base);
	ReadRows *before = odbc_read_new(target), *after = odbc_read_new(target);
	TableDigest live = base->mark.live;
	int count = before->count = portion->count;
	before->ids = portion->ids;
	before->seen = ARENA_ARRAY(before->arena, bool, count);
	*out = (DeliveryChange){.sent = portion->sent};
	int code = mark_lock(target, before->arena);
	if (code == 0 && count > 0) {
		code = rows_change(target, before, after, portion->rows);
		out->kept = after->sum;
		if (code == 0 && !table_digest_eq(&after->sum, &portion->sent))
			code = delivery_differs(base, &after->sum, &portion->sent);
		table_digest_sub(&live, &before->sum);
		table_digest_add(&live, &after->sum);
	}
	const MarkValue sets[] = {{POSITION, NULL, portion->to}, {LIVE, table_digest_text(before->arena, &live)}};
	if (code == 0) code = odbc_mark_moved(target, odbc_mark_update(target, sets, 2, NULL, 0));
	code = odbc_target_end(target, code);
	if (code == 0) {
		base->mark.live = live;
		base->mark.position = portion->to;
		for (int i = 0; i < count; i++) {
			out->inserted += portion->put[i] && !before->seen[i];
			out->updated += portion->put[i] && before->seen[i];
			out->deleted += !portion->put[i] && before->seen[i];
		}
	}
	arena_free(after->arena);
	arena_free(before->arena);
	return code;
}

static const char *const schemes[] = {"odbc:", NULL};
const DeliveryKind delivery_odbc = {
    .name = "odbc",
    .schemes = schemes,
    .place = odbc_place,
    .test = odbc_test,
    .open = odbc_open,
    .check = odbc_check,
    .rows = odbc_rows,
    .row = odbc_row,
    .begin = odbc_begin,
    .fill = odbc_fill,
    .key = odbc_key,
    .read_back = odbc_read_back,
    .swap = odbc_swap,
    .change = odbc_change,
};
