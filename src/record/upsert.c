/* Upsert: chunks of accepted rows into the live generation, each in one write under the resource's lock. Every row a batch
 * touches, changed or not, is stamped with its job, so that reading those rows back proves the batch. On a job's thread, in its
 * writes. */
#include "record/internal.h"
#include "record/sql.h"

enum { LOOK_UP_AT_ONCE = 64, CHUNK_SLOTS = 16384 /* > 2 × UPSERT_CHUNK_MAX, a power of two */ };

typedef enum Fate { FATE_INSERT, FATE_UPDATE, FATE_STAMP, FATE_OUT } Fate;
typedef struct Candidate {
	const Accepted *row;
	Fate fate;
	const Val *stored; /* of the record as it is now, or NULL */
	int64_t stored_ver, stored_row_no;
	bool own; /* written by this batch before */
} Candidate;

typedef struct Chunk {
	Request *rq;
	const Resource *resource;
	const GenerationHooks *hooks;
	Arena *arena;
	int64_t job_id, first_ver;
	int generation;
	Candidate *rows;
	int count;
	int32_t *slots; /* record id → place in rows + 1 */
	Upsert out;
} Chunk;

/* --- beginning and ending a batch -------------------------------------------------------------------------------------- */

typedef struct Batch {
	const Resource *resource;
	int64_t job_id;
} Batch;

/* An empty live generation for a resource that was never loaded, with all its indexes. */
static int mount_empty(Request *w, const Resource *resource, int64_t job_id) {
	int generation = 0, positions[RECORD_FIELDS_MAX];
	int64_t id = resource->resource_id;
	int code = generation_create(w, resource, job_id, &generation);
	int64_t done = code < 0 ? code : db_run(w->db, sql_index(w->arena, id, generation, COLUMN_RID, INDEX_UNIQUE), NO_BIND);
	for (int unique = 0; unique <= 1; unique++) {
		int count = sql_indexed(resource, unique, positions);
		for (int i = 0; done >= 0 && i < count; i++)
			done = db_run(w->db,
			              sql_index(w->arena, id, generation, resource->fields[positions[i]].no,
			                        unique ? INDEX_UNIQUE : INDEX_PLAIN),
			              NO_BIND);
	}
	Located located;
	if (done >= 0 && resource_located(resource, &located))
		done = db_run(w->db, sql_index(w->arena, id, generation, COLUMN_CELL, INDEX_PLAIN), NO_BIND);
	code = done < 0 ? (int)done : table_mount(w, id, generation);
	return code < 0 ? code : resource_mount(w, id, generation, 0);
}

static int begin_run(Request *w, void *arg) {
	Batch *batch = arg;
	const Resource *resource = batch->resource;
	TableState state;
	int code = table_tick(w, resource->resource_id, 1, false, &state);
	if (code == 0 && state.live_no == 0) code = mount_empty(w, resource, batch->job_id);
	if (code == 0) code = table_state(w, resource->resource_id, &state);
	if (code == 0) code = table_reshape(w, resource, state.live_no);
	if (code < 0) return code;
	int64_t done = db_run(w->db, sql_index(w->arena, resource->resource_id, state.live_no, COLUMN_JOB, INDEX_PLAIN), NO_BIND);
	Located located;
	if (done >= 0 && resource_located(resource, &located)) /* the map asks for what was written last */
		done = db_run(w->db, sql_index(w->arena, resource->resource_id, state.live_no, COLUMN_VER, INDEX_PLAIN), NO_BIND);
	if (done >= 0)
		done = db_run(w->db,
		              "INSERT INTO record_batch (resource_id, job_id, first_ver) VALUES ($1, $2, $3)"
		              " ON CONFLICT (resource_id, job_id) DO NOTHING",
		              BIND(val_int(resource->resource_id), val_int(batch->job_id), val_int(state.clock)));
	return done < 0 ? (int)done : 0;
}

int record_upsert_begin(Request *rq, const Resource *resource, int64_t job_id) {
	Batch batch = {resource, job_id};
	if (resource->needs_full)
		return error_field(rq->error, ERR_CONFLICT, "mode", TEXT("upsert"), "needs_full", "run a full load first",
		                   "The key of %s changed; records can be changed one by one only after a full load",
		                   resource->code);
	return request_write(rq, begin_run, &batch);
}

static int end_run(Request *w, void *arg) {
	Batch *batch = arg;
	TableState state;
	int64_t count = 0, id = batch->resource->resource_id;
	int code = table_state(w, id, &state);
	if (code < 0 || state.live_no == 0) return code;
	code = db_int(w->db, &count, sql_over(w->arena, sql_table(id, state.live_no), "SELECT count(*) FROM %s"), NO_BIND);
	if (code >= 0) code = resource_mount(w, id, state.live_no, count);
	int64_t done = code < 0 ? code
	                        : db_run(w->db, "DELETE FROM record_batch WHERE resource_id = $1 AND job_id = $2",
	                                 BIND(val_int(id), val_int(batch->job_id)));
	return done < 0 ? (int)done : 0;
}

int record_upsert_end(Request *rq, const Resource *resource, int64_t job_id) {
	Batch batch = {resource, job_id};
	return request_write(rq, end_run, &batch);
}

/* --- one chunk --------------------------------------------------------------------------------------------------------- */

bool same_key(const Resource *resource, const Val *a, const Val *b) {
	for (int i = 0; i < resource->key_count; i++)
		if (!val_eq(a[resource->key_fields[i]], b[resource->key_fields[i]])) return false;
	return true;
}

static bool same_values(const Resource *resource, const Val *a, const Val *b) {
	for (int i = 0; i < resource->field_count; i++)
		if (!val_eq(a[i], b[i])) return false;
	return true;
}

/* The slot of a record id: its candidate's, or the free one where it belongs. */
static int32_t *slot_of(Chunk *chunk, int64_t record_id) {
	uint32_t at = (uint32_t)(record_id ^ record_id >> 32) & (CHUNK_SLOTS - 1);
	while (chunk->slots[at] && chunk->rows[chunk->slots[at] - 1].row->record_id != record_id)
		at = (at + 1) & (CHUNK_SLOTS - 1);
	return &chunk->slots[at];
}

static int refuse_row(Chunk *chunk, Candidate *candidate, const Field *field, int64_t first_row_no, bool collision) {
	Duplicate duplicate = {.resource = chunk->resource,
	                       .values = candidate->row->values,
	                       .left_out = candidate->row->left_out,
	                       .record_id = candidate->row->record_id,
	                       .row_no = candidate->row->row_no,
	                       .first_row_no = first_row_no,
	                       .field = field,
	                       .collision = collision};
	candidate->fate = FATE_OUT;
	chunk->out.counts.refused++;
	return chunk->hooks && chunk->hooks->duplicate ? chunk->hooks->duplicate(chunk->rq, chunk->hooks->arg, &duplicate) : 0;
}

/* Within the chunk the last row of a key stands; those before it are superseded. */
static int gather(Chunk *chunk, const Accepted *rows, size_t count) {
	for (size_t i = 0; i < count; i++) {
		if (rows[i].reason_count > 0) continue;
		Candidate *added = &chunk->rows[chunk->count];
		*added = (Candidate){.row = &rows[i], .fate = FATE_INSERT};
		int32_t *slot = slot_of(chunk, rows[i].record_id);
		Candidate *earlier = *slot ? &chunk->rows[*slot - 1] : NULL;
		chunk->count++;
		if (earlier && !same_key(chunk->resource, earlier->row->values, rows[i].values)) {
			int code = refuse_row(chunk, added, NULL, earlier->row->row_no, true);
			if (code < 0) return code;
			continue;
		}
		if (earlier) {
			earlier->fate = FATE_OUT;
			chunk->out.counts.superseded++;
		}
		*slot = chunk->count;
	}
	return 0;
}

typedef int (*FoundFn)(Chunk *chunk, Rows *rows, const void *about);

/* Runs "SELECT … WHERE column IN (64 binds)" over the values of the candidates that still stand, and calls found for each row. */
static int look_up(Chunk *chunk, int column, int position, FoundFn found, const void *about) {
	char *sql =
	    sql_select(chunk->arena, chunk->resource, chunk->generation, sql_where_in(chunk->arena, column, 1, LOOK_UP_AT_ONCE));
	int code = 0;
	for (int at = 0; code == 0 && at < chunk->count;) {
		Val binds[LOOK_UP_AT_ONCE];
		Rows *rows;
		int waiting = 0;
		for (; at < chunk->count && waiting < LOOK_UP_AT_ONCE; at++) {
			const Accepted *row = chunk->rows[at].row;
			Val value = position < 0 ? val_int(row->record_id) : row->values[position];
			if (chunk->rows[at].fate != FATE_OUT && value.kind != VAL_NULL) binds[waiting++] = value;
		}
		if (waiting == 0) break;
		for (int i = waiting; i < LOOK_UP_AT_ONCE; i++)
			binds[i] = binds[0];
		code = db_query(chunk->rq->db, &rows, sql, binds, LOOK_UP_AT_ONCE);
		if (code < 0) return code;
		while ((code = rows_next(rows)) > 0 && (code = found(chunk, rows, about)) == 0)
			continue;
		rows_close(rows);
	}
	return code;
}

static int found_record(Chunk *chunk, Rows *rows, const void *about) {
	int32_t slot = *slot_of(chunk, rows_int(rows, 0));
	if (!slot) return 0;
	Candidate *candidate = &chunk->rows[slot - 1];
	Val *values = arena_alloc_raw(chunk->arena, sizeof(Val) * (size_t)chunk->resource->field_count);
	rows_values(rows, SYSTEM_COLUMNS, chunk->resource, chunk->arena, values);
	candidate->stored = values;
	candidate->stored_ver = rows_int(rows, 1);
	candidate->own = rows_int(rows, 2) == chunk->job_id;
	candidate->stored_row_no = rows_int(rows, 3);
	return 0;
}

/* --- unique fields besides the key: against the table and within the chunk --------------------------------------------- */

typedef struct UniqueField {
	const Field *field;
	int position;
	int32_t *slots; /* value → candidate + 1 */
} UniqueField;

static uint32_t value_place(const Val *value) {
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	Text bytes = value->kind == VAL_TEXT ? value->t : (Text){(const char *)&value->i, sizeof value->i};
	for (size_t i = 0; i < bytes.len; i++)
		hash = (hash ^ (uint8_t)bytes.at[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(hash ^ hash >> 32) & (CHUNK_SLOTS - 1);
}

static int32_t *value_slot(Chunk *chunk, const UniqueField *unique, const Val *value) {
	uint32_t at = value_place(value);
	while (unique->slots[at] && !val_eq(chunk->rows[unique->slots[at] - 1].row->values[unique->position], *value))
		at = (at + 1) & (CHUNK_SLOTS - 1);
	return &unique->slots[at];
}

/* Another record has the value already. (It may lose it later in this very chunk; that row can be replayed then.) */
static int found_value(Chunk *chunk, Rows *rows, const void *about) {
	const UniqueField *unique = about;
	Val values[RECORD_FIELDS_MAX];
	rows_values(rows, SYSTEM_COLUMNS, chunk->resource, NULL, values);
	int32_t slot = *value_slot(chunk, unique, &values[unique->position]);
	Candidate *candidate = slot ? &chunk->rows[slot - 1] : NULL;
	if (!candidate || candidate->fate == FATE_OUT || candidate->row->record_id == rows_int(rows, 0)) return 0;
	return refuse_row(chunk, candidate, unique->field, rows_int(rows, 3), false);
}

static int check_unique(Chunk *chunk, int position) {
	UniqueField unique = {.field = &chunk->resource->fields[position], .position = position};
	unique.slots = ARENA_ARRAY(chunk->arena, int32_t, CHUNK_SLOTS);
	for (int i = 0; i < chunk->count; i++) {
		Candidate *candidate = &chunk->rows[i];
		const Val *value = &candidate->row->values[position];
		if (candidate->fate == FATE_OUT || value->kind == VAL_NULL) continue;
		int32_t *slot = value_slot(chunk, &unique, value);
		if (!*slot) {
			*slot = i + 1;
			continue;
		}
		int code = refuse_row(chunk, candidate, unique.field, chunk->rows[*slot - 1].row->row_no, false);
		if (code < 0) return code;
	}
	return look_up(chunk, unique.field->no, position, found_value, &unique);
}

/* --- deciding and writing ---------------------------------------------------------------------------------------------- */

static int decide(Chunk *chunk) {
	Hasher *hasher = hasher_new(chunk->arena);
	Buf scratch = {0};
	LoadCounts *counts = &chunk->out.counts;
	int code = 0;
	for (int i = 0; code == 0 && i < chunk->count; i++) {
		Candidate *candidate = &chunk->rows[i];
		if (candidate->fate == FATE_OUT) continue;
		if (candidate->stored && !same_key(chunk->resource, candidate->stored, candidate->row->values)) {
			code = refuse_row(chunk, candidate, NULL, candidate->stored_row_no, true);
			continue;
		}
		bool same = candidate->stored && same_values(chunk->resource, candidate->stored, candidate->row->values);
		candidate->fate = !candidate->stored ? FATE_INSERT : same ? FATE_STAMP : FATE_UPDATE;
		table_digest_add(&chunk->out.source, &candidate->row->digest);
		if (!candidate->own) {
			(candidate->fate == FATE_INSERT ? counts->inserted++ : same ? counts->unchanged++ : counts->updated++);
			continue;
		}
		TableDigest before;
		row_digest(chunk->resource, candidate->stored, hasher, &scratch, &before);
		table_digest_sub(&chunk->out.source, &before);
		counts->superseded++;
		if (!same && candidate->stored_ver < chunk->first_ver) {
			counts->unchanged--; /* an earlier chunk counted it as unchanged; this row changes it after all */
			counts->updated++;
		}
	}
	buf_free(&scratch);
	return code;
}

/* DELETE or UPDATE … WHERE rid IN (64 binds) over the candidates of one fate. */
static int by_record_ids(Chunk *chunk, Fate fate, const char *sql, int first) {
	Val binds[1 + LOOK_UP_AT_ONCE] = {val_int(chunk->job_id)};
	int64_t done = 0;
	for (int at = 0; done >= 0 && at < chunk->count;) {
		int waiting = 0;
		for (; at < chunk->count && waiting < LOOK_UP_AT_ONCE; at++)
			if (chunk->rows[at].fate == fate) binds[first + waiting++] = val_int(chunk->rows[at].row->record_id);
		if (waiting == 0) break;
		for (int i = waiting; i < LOOK_UP_AT_ONCE; i++)
			binds[first + i] = binds[first];
		done = db_run(chunk->rq->db, sql, binds, (size_t)(first + LOOK_UP_AT_ONCE));
	}
	return done < 0 ? (int)done : 0;
}

static int write_rows(Chunk *chunk, int64_t ver) {
	const Resource *resource = chunk->resource;
	TableName table = sql_table(resource->resource_id, chunk->generation);
	Insert *inserts = arena_alloc_raw(chunk->arena, sizeof(Insert) * (size_t)(chunk->count + 1));
	size_t count = 0;
	for (int i = 0; i < chunk->count; i++)
		if (chunk->rows[i].fate == FATE_INSERT || chunk->rows[i].fate == FATE_UPDATE)
			inserts[count++] = (Insert){chunk->rows[i].row, chunk->rows[i].fate == FATE_INSERT ? ver : ver + 1};
	char *where = sql_where_in(chunk->arena, COLUMN_RID, 1, LOOK_UP_AT_ONCE);
	char *delete_sql = arena_printf(chunk->arena, "%s%s", sql_over(chunk->arena, table, "DELETE FROM %s"), where);
	int code = by_record_ids(chunk, FATE_UPDATE, delete_sql, 0);
	if (code == 0)
		code = by_record_ids(chunk, FATE_STAMP,
		                     sql_stamp(chunk->arena, resource->resource_id, chunk->generation, LOOK_UP_AT_ONCE), 1);
	if (code < 0 || count == 0) return code;
	int64_t done = table_insert(chunk->rq, resource, chunk->generation, chunk->job_id, inserts, count, chunk->arena);
	if (done >= 0)
		done = feed_append_select(
		    chunk->rq->db, resource->resource_id,
		    sql_upsert_feed(chunk->arena, resource->resource_id, chunk->generation, chunk->job_id, ver));
	return done < 0 ? (int)done : 0;
}

static int chunk_run(Chunk *chunk, const Accepted *rows, size_t count) {
	Request *rq = chunk->rq;
	const Resource *resource = chunk->resource;
	TableState state;
	int positions[RECORD_FIELDS_MAX];
	int code = table_tick(rq, resource->resource_id, 2, true, &state);
	if (code == 0)
		code =
		    db_int(rq->db, &chunk->first_ver, "SELECT first_ver FROM record_batch WHERE resource_id = $1 AND job_id = $2",
		           BIND(val_int(resource->resource_id), val_int(chunk->job_id)));
	if (code < 0) return code;
	if (code == 0 || state.live_no == 0)
		return fail(rq, ERR_INTERNAL, "record_upsert_begin was not called for job %lld", (long long)chunk->job_id);
	chunk->generation = state.live_no;
	code = gather(chunk, rows, count);
	if (code == 0) code = look_up(chunk, COLUMN_RID, -1, found_record, NULL);
	int unique = sql_indexed(resource, true, positions);
	for (int i = 0; code == 0 && i < unique; i++)
		code = check_unique(chunk, positions[i]);
	if (code == 0) code = decide(chunk);
	return code < 0 ? code : write_rows(chunk, state.clock - 1);
}

int record_upsert_chunk(Request *rq, const Resource *resource, int64_t job_id, const Accepted *rows, size_t count,
                        const GenerationHooks *hooks, Upsert *out) {
	if (count > UPSERT_CHUNK_MAX)
		return fail(rq, ERR_TOO_LARGE, "A chunk of an upsert holds at most %d rows", UPSERT_CHUNK_MAX);
	Arena *scratch = arena_new();
	Chunk chunk = {.rq = rq, .resource = resource, .hooks = hooks, .arena = scratch, .job_id = job_id};
	chunk.rows = arena_alloc_raw(scratch, sizeof(Candidate) * (count + 1));
	chunk.slots = ARENA_ARRAY(scratch, int32_t, CHUNK_SLOTS);
	int code = chunk_run(&chunk, rows, count);
	if (code == 0) *out = chunk.out;
	arena_free(scratch);
	return code;
}

int record_foresee(Request *rq, const Resource *resource, const Accepted *rows, size_t count, char *fates) {
	TableState state;
	if (count > UPSERT_CHUNK_MAX)
		return fail(rq, ERR_TOO_LARGE, "A chunk of an upsert holds at most %d rows", UPSERT_CHUNK_MAX);
	int code = table_state(rq, resource->resource_id, &state);
	Arena *scratch = arena_new();
	Chunk chunk = {.rq = rq, .resource = resource, .arena = scratch, .generation = state.live_no};
	chunk.rows = arena_alloc_raw(scratch, sizeof(Candidate) * (count + 1));
	chunk.slots = ARENA_ARRAY(scratch, int32_t, CHUNK_SLOTS);
	memset(fates, ' ', count);
	if (code == 0) code = gather(&chunk, rows, count);
	if (code == 0 && state.live_no) code = look_up(&chunk, COLUMN_RID, -1, found_record, NULL);
	for (int i = 0; code == 0 && i < chunk.count; i++) {
		const Candidate *candidate = &chunk.rows[i];
		if (candidate->fate == FATE_OUT) continue;
		bool same = candidate->stored && same_values(resource, candidate->stored, candidate->row->values);
		fates[candidate->row - rows] = !candidate->stored ? 'i' : same ? '=' : 'u';
	}
	arena_free(scratch);
	return code;
}
