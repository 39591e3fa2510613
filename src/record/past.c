/* Takes records past their time out of a live table, in chunks (see past.h). Owns no table of its own: its caller keeps the rule,
 * the counts and who decided. On a job's thread, in its writes. */
#include "record/internal.h"
#include "record/sql.h"

/* --- counting ---------------------------------------------------------------------------------------------------------- */

static int position_of(const Resource *resource, int field_no) {
	for (int i = 0; i < resource->field_count; i++)
		if (field_no && resource->fields[i].no == field_no) return i;
	return -1;
}

/* The time that decides about a row, UTC µs. */
static int64_t row_time(const Resource *resource, int position, const Val *values, int64_t job_id) {
	const int64_t day_us = INT64_C(86400000000), china_us = INT64_C(28800000000);
	if (position < 0 || values[position].kind == VAL_NULL) return store_id_time(job_id);
	int64_t value = values[position].i;
	return resource->fields[position].kind == KIND_DATE ? value * day_us - china_us : value;
}

static int count_rows(Request *rq, const Resource *resource, const PastRule *rule, Rows *rows, PastCount *out) {
	Hasher *hasher = hasher_new(rq->arena);
	Buf scratch = {0};
	Val *values = ARENA_ARRAY(rq->arena, Val, resource->field_count + 1);
	int code, position = rule->all ? -1 : position_of(resource, rule->field_no);
	while ((code = rows_next(rows)) > 0) {
		TableDigest digest;
		rows_values(rows, SYSTEM_COLUMNS, resource, NULL, values);
		row_digest(resource, values, hasher, &scratch, &digest);
		table_digest_add(&out->digest, &digest);
		int64_t at = row_time(resource, position, values, rows_int(rows, 2));
		if (!out->first_us || at < out->first_us) out->first_us = at;
		if (!out->last_us || at > out->last_us) out->last_us = at;
	}
	buf_free(&scratch);
	return code;
}

/* A field that the table has no column for yet holds nothing: the time of loading counts. */
static int rule_settle(Request *rq, int64_t resource_id, int generation, PastRule *rule) {
	Text columns;
	int code = table_columns(rq, resource_id, generation, rq->arena, &columns);
	if (code == 0 && rule->field_no && !column_listed(columns, rule->field_no)) rule->field_no = 0;
	return code;
}

int past_count_of(Request *rq, const Resource *resource, const PastRule *rule, PastCount *out) {
	TableState state;
	Rows *rows;
	PastRule asked = *rule;
	*out = (PastCount){0};
	int code = table_state(rq, resource->resource_id, &state);
	if (code < 0 || state.live_no == 0) return code;
	code = rule_settle(rq, resource->resource_id, state.live_no, &asked);
	if (code < 0) return code;
	Db *db = store_reader(rq->store, rq->error); /* one of its own: a scan lets nothing else run on it */
	if (!db) return rq->error->code;
	char *where = arena_printf(rq->arena, " WHERE %s", sql_past(rq->arena, &asked));
	code = db_scan(db, &rows, sql_select(rq->arena, resource, state.live_no, where), NO_BIND);
	if (code >= 0) {
		code = count_rows(rq, resource, &asked, rows, out);
		rows_close(rows);
	}
	store_release(db);
	return code < 0 ? code : 0;
}

int past_count(Request *rq, const Resource *resource, PastRule *rule, PastCount *out) {
	TableState state;
	int code = table_state(rq, resource->resource_id, &state);
	rule->max_ver = state.clock; /* before reading: what changes while it reads is not on the list */
	return code < 0 ? code : past_count_of(rq, resource, rule, out);
}

int64_t past_left(Request *rq, const Resource *resource, const PastRule *rule) {
	TableState state;
	int64_t left = 0;
	PastRule asked = *rule;
	int code = table_state(rq, resource->resource_id, &state);
	if (code < 0 || state.live_no == 0) return code;
	code = rule_settle(rq, resource->resource_id, state.live_no, &asked);
	if (code < 0) return code;
	char *where = arena_printf(rq->arena, "SELECT count(*) FROM %%s WHERE %s", sql_past(rq->arena, &asked));
	code = db_int(rq->db, &left, sql_over(rq->arena, sql_table(resource->resource_id, state.live_no), where), NO_BIND);
	return code < 0 ? code : left;
}

/* --- taking out -------------------------------------------------------------------------------------------------------- */

/* The digests of the next chunk, and the last record id in it. The number of rows. */
static int chunk_read(Request *rq, const Resource *resource, int generation, const char *past, TableDigest *digest,
                      int64_t *upto) {
	Hasher *hasher = hasher_new(rq->arena);
	Buf scratch = {0};
	Val *values = ARENA_ARRAY(rq->arena, Val, resource->field_count + 1);
	Rows *rows;
	char *rest = arena_printf(rq->arena, " WHERE %s ORDER BY rid LIMIT %d", past, PAST_CHUNK);
	int count = 0, code = db_query(rq->db, &rows, sql_select(rq->arena, resource, generation, rest), NO_BIND);
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		TableDigest one;
		rows_values(rows, SYSTEM_COLUMNS, resource, NULL, values);
		row_digest(resource, values, hasher, &scratch, &one);
		table_digest_add(digest, &one);
		*upto = rows_int(rows, 0);
		count++;
	}
	rows_close(rows);
	buf_free(&scratch);
	return code < 0 ? code : count;
}

int past_destroy(Request *rq, const Resource *resource, const PastRule *rule, int64_t *after, TableDigest *digest) {
	TableState state;
	int64_t upto = 0, id = resource->resource_id;
	PastRule asked = *rule;
	TableDigest sum = {0};
	int code = table_tick(rq, id, 1, true, &state);
	if (code < 0 || state.live_no == 0) return code;
	code = table_removes(rq, id);
	if (code == 0) code = rule_settle(rq, id, state.live_no, &asked);
	if (code < 0) return code;
	TableName table = sql_table(id, state.live_no);
	char *past = sql_past_after(rq->arena, &asked, *after);
	int count = chunk_read(rq, resource, state.live_no, past, &sum, &upto);
	if (count <= 0) return count;
	int64_t told = feed_append_select(rq->db, id, sql_past_feed(rq->arena, table, past, upto, state.clock));
	int64_t gone = told < 0 ? told : db_run(rq->db, sql_past_delete(rq->arena, table, past, upto), NO_BIND);
	if (gone < 0) return (int)gone;
	if (gone != count || told != count)
		return fail(rq, ERR_INTERNAL, "%d records read, %lld told to the feed, %lld deleted", count, (long long)told,
		            (long long)gone);
	table_digest_add(digest, &sum);
	*after = upto;
	return count;
}

int past_settle(Request *rq, const Resource *resource, bool drop) {
	TableState state;
	int64_t count = 0, id = resource->resource_id;
	int code = table_tick(rq, id, 1, true, &state);
	if (code < 0 || state.live_no == 0) return code;
	if (drop)
		code = table_mount(rq, id, 0);
	else
		code =
		    db_int(rq->db, &count, sql_over(rq->arena, sql_table(id, state.live_no), "SELECT count(*) FROM %s"), NO_BIND);
	return code < 0 ? code : resource_counted(rq, id, count, drop);
}

int record_remove(Request *rq, const Resource *resource, const int64_t *ids, int count) {
	TableState state;
	int code = count > 0 ? table_tick(rq, resource->resource_id, 1, true, &state) : 0;
	if (code < 0 || count == 0 || state.live_no == 0) return code;
	code = table_removes(rq, resource->resource_id);
	if (code < 0) return code;
	TableName table = sql_table(resource->resource_id, state.live_no);
	char *which = sql_ids(rq->arena, ids, count);
	int64_t told =
	    feed_append_select(rq->db, resource->resource_id, sql_past_feed(rq->arena, table, which, INT64_MAX, state.clock));
	int64_t gone = told < 0 ? told : db_run(rq->db, sql_past_delete(rq->arena, table, which, INT64_MAX), NO_BIND);
	return (int)gone;
}

/* --- quarantine -------------------------------------------------------------------------------------------------------- */

int64_t quarantine_past(Request *rq, int64_t resource_id, int64_t before_us) {
	int64_t count = 0;
	int code = db_int(rq->db, &count, "SELECT count(*) FROM quarantine WHERE resource_id = $1 AND created_us < $2",
	                  BIND(val_int(resource_id), val_int(before_us)));
	return code < 0 ? code : count;
}

int quarantine_destroy(Request *rq, int64_t resource_id, int64_t before_us) {
	int64_t last = 0;
	int found = db_int(rq->db, &last,
	                   "SELECT max(quarantine_id) FROM (SELECT quarantine_id FROM quarantine WHERE resource_id = $1"
	                   " AND created_us < $2 ORDER BY quarantine_id LIMIT $3) AS chunk",
	                   BIND(val_int(resource_id), val_int(before_us), val_int(PAST_CHUNK)));
	if (found < 0 || !last) return found < 0 ? found : 0;
	int64_t done = db_run(rq->db,
	                      "DELETE FROM quarantine_reason WHERE resource_id = $1 AND quarantine_id IN (SELECT quarantine_id"
	                      " FROM quarantine WHERE resource_id = $1 AND created_us < $2 AND quarantine_id <= $3)",
	                      BIND(val_int(resource_id), val_int(before_us), val_int(last)));
	if (done >= 0)
		done = db_run(rq->db, "DELETE FROM quarantine WHERE resource_id = $1 AND created_us < $2 AND quarantine_id <= $3",
		              BIND(val_int(resource_id), val_int(before_us), val_int(last)));
	if (done < 0) return (int)done;
	int code = feed_append(rq->db, FEED_TOPIC_QUARANTINE, resource_id, last, FEED_DELETE);
	return code < 0 ? code : (int)done;
}
