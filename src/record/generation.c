/* Generations: a full load fills a hidden run-time table, makes it unique, compares it with the live one, builds its indexes,
 * reads it back, and swaps it in (docs/decisions/0004). On a job's thread; every change is made in a write of its own, so that a
 * kill leaves a state from which the step can begin again. */
#include "record/internal.h"
#include "record/sql.h"
#include <stdlib.h>

enum {
	DUPLICATES_AT_ONCE = 500,  /* rows taken out in one write */
	LOOK_UP_AT_ONCE = 500,     /* live records looked up in one statement */
	DIFFERENCE_AT_ONCE = 5000, /* changes written down in one write */
	FEED_MAX = 100000,         /* changes told one by one; beyond, the feed says once that the resource must be read anew */
	READ_BACK_TELL = 50000,    /* rows between two progress calls */
};

/* --- making and filling ------------------------------------------------------------------------------------------------ */

static int table_limit(Request *rq) {
	int64_t tables = 0;
	int code = db_lock(rq->db, "record.tables", 0);
	if (code >= 0) code = db_int(rq->db, &tables, "SELECT count(*) FROM record_generation", NO_BIND);
	if (code < 0) return code;
	if (tables < RECORD_TABLES_MAX) return 0;
	return error_field(rq->error, ERR_CONFLICT, "resource", TEXT_NONE, "table_limit",
	                   "withdraw resources nobody uses, or move to a second installation",
	                   "This store holds %d run-time tables, the most it may", RECORD_TABLES_MAX);
}

int generation_create(Request *rq, const Resource *resource, int64_t job_id, int *out) {
	TableState state;
	int64_t number = 0;
	int code = table_limit(rq);
	if (code == 0) code = table_tick(rq, resource->resource_id, 1, false, &state);
	if (code == 0 && state.live_no) /* so that the two can be compared field by field */
		code = table_reshape(rq, resource, state.live_no);
	if (code < 0) return code;
	int64_t done = db_run(rq->db, "UPDATE record_table SET last_no = last_no + 1 WHERE resource_id = $1",
	                      BIND(val_int(resource->resource_id)));
	if (done >= 0)
		done = db_int(rq->db, &number, "SELECT last_no FROM record_table WHERE resource_id = $1",
		              BIND(val_int(resource->resource_id)));
	if (done >= 0)
		done = db_run(
		    rq->db,
		    "INSERT INTO record_generation (resource_id, generation_no, state, resource_version, job_id, ver, created_us,"
		    " columns, located, located_to) VALUES ($1, $2, 'hidden', $3, $4, $5, $6, $7, $8, $9)",
		    BIND(val_int(resource->resource_id), val_int(number), val_int(resource->version), val_int(job_id),
		         val_int(state.clock), val_int(rq->now_us), val_str(sql_column_list(rq->arena, resource)),
		         val_str(located_text(rq->arena, resource)), val_int(INT64_MAX)));
	if (done >= 0) done = db_run(rq->db, sql_create(rq->arena, db_engine(rq->db), resource, (int)number), NO_BIND);
	if (done < 0) return (int)done;
	*out = (int)number;
	return 0;
}

int64_t table_insert(Request *rq, const Resource *resource, int generation, int64_t job_id, const Insert *rows, size_t count,
                     Arena *arena) {
	TableCells cells;
	Located located = {-1, -1, -1};
	int code = table_cells(rq, resource->resource_id, generation, &cells);
	if (code < 0) return code;
	bool cell = cells.column && resource_located(resource, &located);
	int columns = SYSTEM_COLUMNS + resource->field_count + cell;
	ValKind *kinds = ARENA_ARRAY(arena, ValKind, columns);
	Val *values = ARENA_ARRAY(arena, Val, columns);
	const char *names = sql_bulk_columns(arena, resource, cell, kinds);
	Bulk *bulk;
	code = bulk_begin(rq->db, &bulk, sql_table(resource->resource_id, generation).at, names, kinds, columns);
	for (size_t i = 0; code >= 0 && i < count; i++) {
		values[0] = val_int(rows[i].row->record_id);
		values[1] = val_int(rows[i].ver);
		values[2] = val_int(job_id);
		values[3] = val_int(rows[i].row->row_no);
		memcpy(values + SYSTEM_COLUMNS, rows[i].row->values, sizeof(Val) * (size_t)resource->field_count);
		if (cell) values[columns - 1] = located_cell(resource, &located, rows[i].row->values);
		code = bulk_row(bulk, values);
	}
	if (code < 0) return code;
	return bulk_end(bulk);
}

/* --- rows that are in the live generation already keep their version --------------------------------------------------- */

static bool same_values(const Resource *resource, const Val *a, const Val *b) {
	for (int i = 0; i < resource->field_count; i++)
		if (!val_eq(a[i], b[i])) return false;
	return true;
}

static int by_record_id(const void *a, const void *b) {
	int64_t x = (*(Insert *const *)a)->row->record_id, y = (*(Insert *const *)b)->row->record_id;
	return x < y ? -1 : x > y;
}

/* The first of the sorted inserts with this record id, or count. */
static size_t first_of(Insert *const *sorted, size_t count, int64_t record_id) {
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (sorted[middle]->row->record_id < record_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int carry_found(Rows *rows, const Resource *resource, Insert *const *sorted, size_t count, Val *values) {
	int code;
	while ((code = rows_next(rows)) > 0) {
		int64_t record = rows_int(rows, 0);
		rows_values(rows, SYSTEM_COLUMNS, resource, NULL, values);
		for (size_t at = first_of(sorted, count, record); at < count && sorted[at]->row->record_id == record; at++)
			if (same_values(resource, sorted[at]->row->values, values)) sorted[at]->ver = rows_int(rows, 1);
	}
	return code;
}

/* Looks the rows up by record id while they are still in memory: updating them afterwards in the order of their ids, which are
 * hashes, would write every page of the table many times over. */
static int carry_versions(Request *rq, const Resource *resource, int live, Insert *inserts, size_t count, Arena *arena) {
	char *sql = sql_select(arena, resource, live, sql_where_in(arena, COLUMN_RID, 1, LOOK_UP_AT_ONCE));
	Insert **sorted = arena_alloc_raw(arena, sizeof(Insert *) * (count + 1));
	Val *binds = arena_alloc_raw(arena, sizeof(Val) * LOOK_UP_AT_ONCE),
	    *values = ARENA_ARRAY(arena, Val, resource->field_count + 1);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &inserts[i];
	qsort(sorted, count, sizeof *sorted, by_record_id);
	int code = 0;
	for (size_t from = 0; code == 0 && from < count; from += LOOK_UP_AT_ONCE) {
		Rows *rows;
		for (size_t i = 0; i < LOOK_UP_AT_ONCE; i++)
			binds[i] = val_int(inserts[from + i < count ? from + i : from].row->record_id);
		code = db_query(rq->db, &rows, sql, binds, LOOK_UP_AT_ONCE);
		if (code < 0) return code;
		code = carry_found(rows, resource, sorted, count, values);
		rows_close(rows);
	}
	return code;
}

static int64_t fill(Request *rq, const Resource *resource, int generation, int64_t job_id, const Accepted *rows, size_t count,
                    Arena *arena) {
	GenerationState state;
	TableState table;
	int code = generation_hidden(rq, resource, generation, &state);
	if (code == 0) code = table_state(rq, resource->resource_id, &table);
	if (code < 0) return code;
	Insert *inserts = arena_alloc_raw(arena, sizeof(Insert) * (count + 1));
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		if (rows[i].reason_count == 0) inserts[kept++] = (Insert){&rows[i], state.ver};
	if (kept && table.live_no) code = carry_versions(rq, resource, table.live_no, inserts, kept, arena);
	if (code < 0) return code;
	return kept ? table_insert(rq, resource, generation, job_id, inserts, kept, arena) : 0;
}

int64_t generation_fill(Request *rq, const Resource *resource, int generation, int64_t job_id, const Accepted *rows,
                        size_t count) {
	Arena *scratch = arena_new(); /* a job fills thousands of chunks: none of it may stay in the request's arena */
	int64_t stored = fill(rq, resource, generation, job_id, rows, count, scratch);
	arena_free(scratch);
	return stored;
}

int generation_clear(Request *rq, const Resource *resource, int generation) {
	GenerationState state;
	int code = generation_hidden(rq, resource, generation, &state);
	if (code < 0) return code;
	int64_t done =
	    db_run(rq->db, sql_over(rq->arena, sql_table(resource->resource_id, generation), "DELETE FROM %s"), NO_BIND);
	return done < 0 ? (int)done : 0;
}

/* --- duplicates -------------------------------------------------------------------------------------------------------- */

typedef struct Unique {
	const Resource *resource;
	int generation, column; /* COLUMN_RID or a field number */
	const Field *field;     /* NULL: the record id */
	const GenerationHooks *hooks;
	Arena *arena; /* of one write */
	Hasher *hasher;
	Buf scratch;
	bool after; /* last is set: look for values beyond it */
	Val last;
	/* of the write under way */
	int taken;
	bool more;
	Val reached;
	TableDigest removed;
	LoadCounts counts;
} Unique;

static int run_sql(Request *w, void *arg) {
	int64_t done = db_run(w->db, arg, NO_BIND);
	return done < 0 ? (int)done : 0;
}

static int take_out(Request *w, Unique *unique, const Val *value, const Duplicate *row) {
	char *sql = sql_delete_row(unique->arena, unique->resource->resource_id, unique->generation, unique->column);
	TableDigest digest;
	int code = unique->hooks && unique->hooks->duplicate ? unique->hooks->duplicate(w, unique->hooks->arg, row) : 0;
	if (code < 0) return code;
	int64_t done = db_run(w->db, sql, BIND(*value, val_int(row->row_no)));
	if (done < 0) return (int)done;
	row_digest(unique->resource, row->values, unique->hasher, &unique->scratch, &digest);
	table_digest_add(&unique->removed, &digest);
	unique->counts.superseded += row->identical;
	unique->counts.refused += !row->identical;
	unique->taken++;
	return 0;
}

/* All rows of one value but the first, at most DUPLICATES_AT_ONCE of them; *whole tells whether none is left. */
static int take_out_value(Request *w, Unique *unique, const Val *value, bool *whole) {
	const Resource *resource = unique->resource;
	Rows *rows;
	int code = db_query(
	    w->db, &rows, sql_rows_of_value(unique->arena, resource, unique->generation, unique->column, DUPLICATES_AT_ONCE + 1),
	    value, 1);
	if (code < 0) return code;
	Duplicate *found = arena_alloc_raw(unique->arena, sizeof(Duplicate) * (DUPLICATES_AT_ONCE + 1));
	int count = 0;
	while ((code = rows_next(rows)) > 0) {
		Val *values = arena_alloc_raw(unique->arena, sizeof(Val) * (size_t)resource->field_count);
		rows_values(rows, SYSTEM_COLUMNS, resource, unique->arena, values);
		found[count++] = (Duplicate){
		    .resource = resource, .values = values, .record_id = rows_int(rows, 0), .row_no = rows_int(rows, 3)};
	}
	rows_close(rows);
	for (int i = 1; code >= 0 && i < count; i++) {
		Duplicate *row = &found[i];
		row->first_row_no = found[0].row_no;
		row->field = unique->field;
		row->identical = same_values(resource, row->values, found[0].values);
		row->collision = !unique->field && !same_key(resource, row->values, found[0].values);
		code = take_out(w, unique, value, row);
	}
	*whole = count <= DUPLICATES_AT_ONCE;
	return code < 0 ? code : 0;
}

static int repeated_values(Request *w, Unique *unique, Val *values, int max) {
	Rows *rows;
	int code, count = 0;
	char *sql = sql_repeated_values(unique->arena, unique->resource->resource_id, unique->generation, unique->column,
	                                unique->after, max);
	code = db_query(w->db, &rows, sql, &unique->last, unique->after ? 1 : 0);
	if (code < 0) return code;
	ValKind kind = unique->field ? field_kind_val(unique->field->kind) : VAL_INT;
	while ((code = rows_next(rows)) > 0)
		values[count++] = kind == VAL_INT ? val_int(rows_int(rows, 0))
		                  : kind == VAL_DOUBLE
		                      ? val_double(rows_double(rows, 0))
		                      : (Val){.kind = VAL_TEXT, .t = text_dup(unique->arena, rows_text(rows, 0))};
	rows_close(rows);
	return code < 0 ? code : count;
}

/* One write: up to DUPLICATES_AT_ONCE rows out. It may run again, so it starts from what the last committed one left. */
static int take_out_some(Request *w, void *arg) {
	enum { VALUES_AT_ONCE = 100 };
	Unique *unique = arg;
	Val values[VALUES_AT_ONCE];
	arena_reset(unique->arena);
	unique->taken = 0;
	unique->removed = (TableDigest){0};
	unique->counts = (LoadCounts){0};
	int count = repeated_values(w, unique, values, VALUES_AT_ONCE), code = count < 0 ? count : 0;
	unique->more = count == VALUES_AT_ONCE;
	unique->reached = unique->last;
	for (int i = 0; code == 0 && i < count; i++) {
		bool whole = false;
		code = take_out_value(w, unique, &values[i], &whole);
		if (!whole || (unique->taken >= DUPLICATES_AT_ONCE && i + 1 < count)) {
			unique->more = true;
			if (whole) unique->reached = values[i];
			break;
		}
		unique->reached = values[i];
	}
	return code;
}

static int take_out_all(Request *rq, Unique *unique, TableDigest *removed, LoadCounts *counts) {
	Arena *kept = arena_new(); /* holds the value reached between two writes */
	int code = 0;
	unique->more = true;
	while (code == 0 && unique->more) {
		code = step_write(rq, unique->hooks, take_out_some, unique);
		if (code < 0) break;
		table_digest_add(removed, &unique->removed);
		counts->superseded += unique->counts.superseded;
		counts->refused += unique->counts.refused;
		Val reached = unique->reached;
		if (reached.kind == VAL_TEXT) {
			Arena *next = arena_new();
			reached.t = text_dup(next, reached.t);
			arena_free(kept);
			kept = next;
		}
		unique->last = reached;
		unique->after = unique->after || reached.kind != VAL_NULL;
		code = step_tell(rq, unique->hooks, counts->superseded + counts->refused, -1);
	}
	arena_free(kept);
	return code;
}

/* The unique index is tried first: without duplicates that is all there is to do. */
static int make_unique(Request *rq, Unique *unique, TableDigest *removed, LoadCounts *counts) {
	const int64_t id = unique->resource->resource_id;
	const int generation = unique->generation, column = unique->column;
	Error error;
	Request quiet = request_quiet(rq, &error);
	char *index = sql_index(rq->arena, id, generation, column, INDEX_UNIQUE);
	int code = step_write(&quiet, unique->hooks, run_sql, index);
	if (code == 0) return 0;
	if (code != ERR_CONFLICT) return fail(rq, code, "%s", error.message);
	code = step_write(rq, unique->hooks, run_sql, sql_index(rq->arena, id, generation, column, INDEX_SEARCH));
	if (code == 0) code = take_out_all(rq, unique, removed, counts);
	if (code == 0)
		code = step_write(rq, unique->hooks, run_sql, sql_index_drop(rq->arena, id, generation, column, INDEX_SEARCH));
	if (code == 0) code = step_write(rq, unique->hooks, run_sql, index);
	return code;
}

int generation_duplicates(Request *rq, const Resource *resource, int generation, const GenerationHooks *hooks,
                          TableDigest *removed, LoadCounts *counts) {
	GenerationState state;
	TableDigest out = {0};
	LoadCounts found = {0};
	int code = generation_hidden(rq, resource, generation, &state);
	int *positions = ARENA_ARRAY(rq->arena, int, resource->field_count + 1);
	int count = sql_indexed(resource, true, positions);
	Arena *scratch = arena_new();
	Hasher *hasher = hasher_new(rq->arena);
	for (int i = -1; code == 0 && i < count; i++) {
		const Field *field = i < 0 ? NULL : &resource->fields[positions[i]];
		Unique unique = {.resource = resource,
		                 .generation = generation,
		                 .column = field ? field->no : COLUMN_RID,
		                 .field = field,
		                 .hooks = hooks,
		                 .arena = scratch,
		                 .hasher = hasher,
		                 .last = val_null()};
		code = make_unique(rq, &unique, &out, &found);
		buf_free(&unique.scratch);
	}
	arena_free(scratch);
	if (code == 0) {
		*removed = out;
		*counts = found;
	}
	return code;
}

/* --- comparing with the live generation -------------------------------------------------------------------------------- */

static int table_count(Request *rq, const Resource *resource, int generation, int64_t *out) {
	char *sql = sql_over(rq->arena, sql_table(resource->resource_id, generation), "SELECT count(*) FROM %s");
	int found = db_int(rq->db, out, sql, NO_BIND);
	return found < 0 ? found : 0;
}

typedef struct Difference {
	const GenerationHooks *hooks;
	const char *table, *drop, *create;
	int64_t ver, done, total;
	int count;
	struct {
		int64_t rid;
		char op;
	} rows[DIFFERENCE_AT_ONCE];
} Difference;

static int difference_begin(Request *w, void *arg) {
	Difference *difference = arg;
	int code = run_sql(w, (char *)difference->drop);
	return code < 0 ? code : run_sql(w, (char *)difference->create);
}

static int difference_write(Request *w, void *arg) {
	static const ValKind kinds[] = {VAL_INT, VAL_INT, VAL_TEXT};
	Difference *difference = arg;
	Bulk *bulk;
	int code = bulk_begin(w->db, &bulk, difference->table, "rid, ver, op", kinds, 3);
	for (int i = 0; code >= 0 && i < difference->count; i++)
		code = bulk_row(bulk, (Val[]){val_int(difference->rows[i].rid), val_int(difference->ver),
		                              val_text((Text){&difference->rows[i].op, 1})});
	int64_t done = code < 0 ? code : bulk_end(bulk);
	return done < 0 ? (int)done : 0;
}

static int difference_flush(Request *rq, Difference *difference) {
	int code = difference->count ? step_write(rq, difference->hooks, difference_write, difference) : 0;
	difference->done += difference->count;
	difference->count = 0;
	return code < 0 ? code : step_tell(rq, difference->hooks, difference->done, difference->total);
}

/* Reads on a connection of its own, so that no writer waits for the reading; writes down what it finds in small steps. */
static int difference_of(Request *rq, Difference *difference, const char *sql, size_t binds) {
	Rows *rows;
	Val ver = val_int(difference->ver);
	Db *db = store_reader(rq->store, rq->error);
	if (!db) return rq->error->code;
	int code = db_scan(db, &rows, sql, &ver, binds), more = 0;
	while (code >= 0 && (more = rows_next(rows)) > 0) {
		difference->rows[difference->count].rid = rows_int(rows, 0);
		difference->rows[difference->count++].op = rows_text(rows, 1).at[0];
		if (difference->count == DIFFERENCE_AT_ONCE) code = difference_flush(rq, difference);
	}
	if (code >= 0) code = more;
	store_release(db);
	return code < 0 ? code : difference_flush(rq, difference);
}

int generation_compare(Request *rq, const Resource *resource, int generation, const GenerationHooks *hooks) {
	GenerationState state;
	TableState table;
	int64_t id = resource->resource_id;
	int code = generation_hidden(rq, resource, generation, &state);
	if (code == 0) code = table_state(rq, id, &table);
	if (code < 0 || table.live_no == 0) return code;
	TableName name = sql_difference(id, generation);
	Difference *difference = ARENA_NEW(rq->arena, Difference);
	difference->hooks = hooks;
	difference->table = arena_strdup(rq->arena, name.at);
	difference->ver = state.ver;
	difference->total = -1;
	difference->drop = sql_over(rq->arena, name, "DROP TABLE IF EXISTS %s");
	difference->create =
	    sql_over(rq->arena, name, "CREATE TABLE %s (rid BIGINT NOT NULL, ver BIGINT NOT NULL, op TEXT NOT NULL)");
	code = step_write(rq, hooks, difference_begin, difference);
	if (code == 0) code = difference_of(rq, difference, sql_changed(rq->arena, id, generation, table.live_no), 1);
	if (code == 0) code = difference_of(rq, difference, sql_missing(rq->arena, id, generation, table.live_no), 0);
	return code;
}

/* --- indexes ----------------------------------------------------------------------------------------------------------- */

int generation_index(Request *rq, const Resource *resource, int generation, const GenerationHooks *hooks) {
	GenerationState state;
	int *positions = ARENA_ARRAY(rq->arena, int, resource->field_count + 1);
	int count = sql_indexed(resource, false, positions), code = generation_hidden(rq, resource, generation, &state);
	for (int i = 0; code == 0 && i < count; i++) {
		int no = resource->fields[positions[i]].no;
		code = step_write(rq, hooks, run_sql, sql_index(rq->arena, resource->resource_id, generation, no, INDEX_PLAIN));
		if (code == 0) code = step_tell(rq, hooks, i + 1, count);
	}
	Located located;
	if (code == 0 && resource_located(resource, &located))
		code = step_write(rq, hooks, run_sql,
		                  sql_index(rq->arena, resource->resource_id, generation, COLUMN_CELL, INDEX_PLAIN));
	if (code == 0 && store_engine(rq->store) == STORE_POSTGRES) /* its planner knows nothing of a new table until told */
		code = step_write(rq, hooks, run_sql,
		                  sql_over(rq->arena, sql_table(resource->resource_id, generation), "ANALYZE %s"));
	return code;
}

/* --- reading back ------------------------------------------------------------------------------------------------------ */

static int read_rows(Request *rq, const Resource *resource, Rows *rows, const GenerationHooks *hooks, TableDigest *out) {
	Val *values = ARENA_ARRAY(rq->arena, Val, resource->field_count + 1);
	Hasher *hasher = hasher_new(rq->arena);
	Buf *scratch = ARENA_NEW(rq->arena, Buf);
	buf_in(scratch, rq->arena);
	TableDigest sum = {0}, row;
	int code;
	while ((code = rows_next(rows)) > 0) {
		rows_values(rows, SYSTEM_COLUMNS, resource, NULL, values);
		row_digest(resource, values, hasher, scratch, &row);
		table_digest_add(&sum, &row);
		if (sum.count % READ_BACK_TELL == 0 && (code = step_tell(rq, hooks, sum.count, -1)) < 0) break;
	}
	rows_close(rows);
	if (code == 0) *out = sum;
	return code;
}

int generation_read_back(Request *rq, const Resource *resource, int generation, int64_t job_id, const GenerationHooks *hooks,
                         TableDigest *out) {
	TableState state;
	Rows *rows;
	int code = table_state(rq, resource->resource_id, &state);
	if (code < 0) return code;
	if (generation == 0) generation = state.live_no;
	if (generation == 0) {
		*out = (TableDigest){0};
		return 0;
	}
	Db *db = store_reader(rq->store, rq->error); /* one of its own: progress is read and written between the rows */
	if (!db) return rq->error->code;
	char *sql = sql_select(rq->arena, resource, generation, job_id ? " WHERE job_id = $1" : "");
	Val job = val_int(job_id);
	code = db_scan(db, &rows, sql, &job, job_id ? 1 : 0);
	if (code >= 0) code = read_rows(rq, resource, rows, hooks, out);
	store_release(db);
	return code;
}

/* --- the swap ---------------------------------------------------------------------------------------------------------- */

typedef struct Swap {
	const Resource *resource;
	int generation;
	const GenerationHooks *hooks;
	LoadCounts counts, *out;
} Swap;

static int changed_meanwhile(Request *w, const Resource *resource, const char *what) {
	return error_field(w->error, ERR_CONFLICT, "resource", text_of(resource->code), "changed_meanwhile",
	                   "start the load again", "%s of %s changed while this load ran", what, resource->code);
}

static int swap_check(Request *w, const Swap *swap, GenerationState *state, TableState *table) {
	const Resource *now;
	int code = db_lock(w->db, "record.table", swap->resource->resource_id);
	if (code >= 0) code = table_state(w, swap->resource->resource_id, table);
	if (code >= 0) code = generation_hidden(w, swap->resource, swap->generation, state);
	if (code >= 0) code = request_generation_check(w);
	if (code >= 0) code = resource_find(w, swap->resource->resource_id, &now);
	if (code < 0) return code;
	if (table->changed >= state->ver) return changed_meanwhile(w, swap->resource, "The data");
	if (now->version != state->resource_version) return changed_meanwhile(w, swap->resource, "The catalogue entry");
	return 0;
}

static int swap_counts(Request *w, const Swap *swap, int64_t total, LoadCounts *out) {
	Rows *rows;
	TableName difference = sql_difference(swap->resource->resource_id, swap->generation);
	int code = db_query(w->db, &rows, sql_over(w->arena, difference, "SELECT op, count(*) FROM %s GROUP BY op"), NO_BIND);
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		char op = rows_text(rows, 0).at[0];
		*(op == FEED_INSERT ? &out->inserted : op == FEED_UPDATE ? &out->updated : &out->deleted) = rows_int(rows, 1);
	}
	rows_close(rows);
	out->unchanged = total - out->inserted - out->updated;
	return code;
}

/* The feed gets the difference record by record; when that is very much (a first load, a new key), one entry with subject 0 and
 * op FEED_STATE instead: whoever follows the resource reads it anew. A write of a million entries would hold up everybody. */
static int swap_tell(Request *w, const Swap *swap, int live, int64_t ver) {
	int64_t id = swap->resource->resource_id;
	if (swap->counts.inserted + swap->counts.updated + swap->counts.deleted > FEED_MAX)
		return feed_append(w->db, id, 0, ver, FEED_STATE);
	char *sql =
	    live
	        ? sql_over(w->arena, sql_difference(id, swap->generation), "SELECT rid AS subject, ver AS version, op FROM %s")
	        : sql_over(w->arena, sql_table(id, swap->generation), "SELECT rid AS subject, ver AS version, 'i' AS op FROM %s");
	int64_t told = feed_append_select(w->db, id, sql);
	return told < 0 ? (int)told : 0;
}

static int swap_run(Request *w, void *arg) {
	Swap *swap = arg;
	GenerationState state;
	TableState table;
	int64_t total = 0, id = swap->resource->resource_id;
	swap->counts = (LoadCounts){0};
	int code = swap_check(w, swap, &state, &table);
	if (code == 0) code = table_count(w, swap->resource, swap->generation, &total);
	if (code < 0) return code;
	if (table.live_no)
		code = swap_counts(w, swap, total, &swap->counts);
	else
		swap->counts.inserted = total;
	if (code == 0) code = swap_tell(w, swap, table.live_no, state.ver);
	if (code < 0) return code;
	code = table_mount(w, id, swap->generation);
	if (code == 0) code = resource_mount(w, id, swap->generation, total);
	return code;
}

/* The fence comes last: it sees the counts and may finish the job in the same write. */
static int swap_then_fence(Request *w, void *arg) {
	Swap *swap = arg;
	int code = swap_run(w, swap);
	if (code < 0) return code;
	*swap->out = swap->counts;
	return swap->hooks && swap->hooks->fence ? swap->hooks->fence(w, swap->hooks->arg) : 0;
}

int generation_swap(Request *rq, const Resource *resource, int generation, const GenerationHooks *hooks, LoadCounts *out) {
	Swap swap = {.resource = resource, .generation = generation, .hooks = hooks, .out = out};
	int code = request_write(rq, swap_then_fence, &swap);
	if (code < 0) return code;
	Error error;
	Request quiet = request_quiet(rq, &error);
	char *drop = sql_over(rq->arena, sql_difference(resource->resource_id, generation), "DROP TABLE IF EXISTS %s");
	if (request_write_bulk(&quiet, run_sql, drop) < 0 ||
	    generation_cleanup(&quiet) < 0) /* the swap stands; the old table goes with the next load */
		log_warn("event=generation_cleanup error=\"%s\"", error.message);
	return 0;
}

/* --- dropping ---------------------------------------------------------------------------------------------------------- */

typedef struct Drop {
	int64_t resource_id;
	int generation;
} Drop;

static int drop_run(Request *w, void *arg) {
	Drop *drop = arg;
	GenerationState state;
	int found = generation_state(w, drop->resource_id, drop->generation, &state);
	if (found < 0) return found;
	if (found && state.live) return fail(w, ERR_CONFLICT, "Generation %d is the live one", drop->generation);
	int code = run_sql(w, sql_over(w->arena, sql_difference(drop->resource_id, drop->generation), "DROP TABLE IF EXISTS %s"));
	if (code == 0)
		code = run_sql(w, sql_over(w->arena, sql_table(drop->resource_id, drop->generation), "DROP TABLE IF EXISTS %s"));
	int64_t done = code < 0 ? code
	                        : db_run(w->db, "DELETE FROM record_generation WHERE resource_id = $1 AND generation_no = $2",
	                                 BIND(val_int(drop->resource_id), val_int(drop->generation)));
	return done < 0 ? (int)done : 0;
}

int generation_drop(Request *rq, int64_t resource_id, int generation) {
	Drop drop = {resource_id, generation};
	return request_write_bulk(rq, drop_run, &drop);
}

/* Drops at most a few of those a query names. The number dropped, or negative. */
static int drop_some(Request *rq, const char *sql, int64_t before_us) {
	enum { AT_ONCE = 100 };
	Drop some[AT_ONCE];
	Rows *rows;
	int count = 0, code = db_query(rq->db, &rows, sql, BIND(val_int(before_us), val_int(AT_ONCE)));
	if (code < 0) return code;
	while (count < AT_ONCE && (code = rows_next(rows)) > 0)
		some[count++] = (Drop){rows_int(rows, 0), (int)rows_int(rows, 1)};
	rows_close(rows);
	for (int i = 0; code >= 0 && i < count; i++)
		code = request_write_bulk(rq, drop_run, &some[i]);
	return code < 0 ? code : count;
}

int generation_cleanup(Request *rq) {
	int code = drop_some(rq,
	                     "SELECT resource_id, generation_no FROM record_generation WHERE state = 'old' AND created_us <= $1"
	                     " ORDER BY resource_id, generation_no LIMIT $2",
	                     INT64_MAX);
	return code < 0 ? code : 0;
}

int generation_abandoned(Request *rq, int64_t before_us) {
	return drop_some(rq,
	                 "SELECT g.resource_id, g.generation_no FROM record_generation g JOIN job j ON j.job_id = g.job_id WHERE"
	                 " g.state = 'hidden' AND j.state IN ('failed', 'cancelled') AND j.finished_at < $1"
	                 " ORDER BY g.resource_id, g.generation_no LIMIT $2",
	                 before_us);
}
