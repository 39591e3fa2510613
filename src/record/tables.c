/* The books of run-time tables: which generations a resource has, which is live, and the clock its records' versions come from.
 * Any thread, with its Request's connection; ticks and mounts in a write, under the resource's lock. */
#include "record/internal.h"
#include "record/sql.h"
#include <stdio.h>

const Migration record_migrations[RECORD_MIGRATIONS] = {
    {.name = "record-1",
     .sql =
         "CREATE TABLE record_table (" /* spread: by(resource_id) */
         " resource_id BIGINT PRIMARY KEY, live_no BIGINT NOT NULL, last_no BIGINT NOT NULL, clock BIGINT NOT NULL,"
         " changed BIGINT NOT NULL);\n"
         "CREATE TABLE record_generation (" /* spread: by(resource_id) */
         " resource_id BIGINT NOT NULL, generation_no BIGINT NOT NULL, state TEXT NOT NULL, resource_version BIGINT NOT NULL,"
         " job_id BIGINT NOT NULL, ver BIGINT NOT NULL, created_us BIGINT NOT NULL,"
         " columns TEXT NOT NULL, PRIMARY KEY (resource_id, generation_no));\n"
         "CREATE TABLE record_batch (" /* spread: by(resource_id) */
         " resource_id BIGINT NOT NULL, job_id BIGINT NOT NULL, first_ver BIGINT NOT NULL, PRIMARY KEY (resource_id, job_id))"},
    /* located: located_text of the fields its cells come from; '' = not looked at, '-' = none, '0' = none any more;
     * located_to: the greatest record id whose cell is written, or the greatest number */
    {.name = "record-2",
     .sql = "ALTER TABLE record_generation ADD COLUMN located TEXT NOT NULL DEFAULT '';\n"
            "ALTER TABLE record_generation ADD COLUMN located_to BIGINT NOT NULL DEFAULT 0"},
    {.name = "record-3", .sql = "ALTER TABLE record_table ADD COLUMN removed BIGINT NOT NULL DEFAULT 0"},
};

int table_state(Request *rq, int64_t resource_id, TableState *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT live_no, clock, changed, removed FROM record_table WHERE resource_id = $1",
	                   BIND(val_int(resource_id)));
	if (found < 0) return found;
	*out = (TableState){0};
	if (found)
		*out = (TableState){.live_no = (int)rows_int(rows, 0),
		                    .clock = rows_int(rows, 1),
		                    .changed = rows_int(rows, 2),
		                    .removed = rows_int(rows, 3)};
	return 0;
}

int table_tick(Request *rq, int64_t resource_id, int steps, bool changed, TableState *out) {
	int code = db_lock(rq->db, "record.table", resource_id);
	if (code < 0) return code;
	int64_t done = db_run(rq->db,
	                      "INSERT INTO record_table (resource_id, live_no, last_no, clock, changed) VALUES ($1, 0, 0, 0, 0)"
	                      " ON CONFLICT (resource_id) DO NOTHING",
	                      BIND(val_int(resource_id)));
	if (done < 0) return (int)done;
	done = db_run(rq->db,
	              "UPDATE record_table SET clock = clock + $2, changed = CASE WHEN $3 = 1 THEN clock + $2 ELSE changed END"
	              " WHERE resource_id = $1",
	              BIND(val_int(resource_id), val_int(steps), val_int(changed)));
	return done < 0 ? (int)done : table_state(rq, resource_id, out);
}

int table_removes(Request *rq, int64_t resource_id) {
	int64_t done =
	    db_run(rq->db, "UPDATE record_table SET removed = clock WHERE resource_id = $1", BIND(val_int(resource_id)));
	return done < 0 ? (int)done : 0;
}

int generation_state(Request *rq, int64_t resource_id, int generation, GenerationState *out) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT state, job_id, ver, resource_version FROM record_generation WHERE resource_id = $1 AND generation_no = $2",
	    BIND(val_int(resource_id), val_int(generation)));
	if (found <= 0) return found;
	*out = (GenerationState){.hidden = text_is(rows_text(rows, 0), "hidden"),
	                         .live = text_is(rows_text(rows, 0), "live"),
	                         .job_id = rows_int(rows, 1),
	                         .ver = rows_int(rows, 2),
	                         .resource_version = (int)rows_int(rows, 3)};
	return 1;
}

int generation_hidden(Request *rq, const Resource *resource, int generation, GenerationState *out) {
	int found = generation_state(rq, resource->resource_id, generation, out);
	if (found < 0) return found;
	if (!found || !out->hidden)
		return error_field(rq->error, ERR_CONFLICT, "generation", TEXT_NONE, "generation", "start the load again",
		                   "Generation %d of %s is not a load under way any more", generation, resource->code);
	return 0;
}

int table_mount(Request *rq, int64_t resource_id, int generation) {
	int64_t done = db_run(rq->db, "UPDATE record_generation SET state = 'old' WHERE resource_id = $1 AND state = 'live'",
	                      BIND(val_int(resource_id)));
	if (done >= 0)
		done = db_run(rq->db, "UPDATE record_generation SET state = 'live' WHERE resource_id = $1 AND generation_no = $2",
		              BIND(val_int(resource_id), val_int(generation)));
	if (done >= 0)
		done = db_run(rq->db, "UPDATE record_table SET live_no = $2, changed = clock WHERE resource_id = $1",
		              BIND(val_int(resource_id), val_int(generation)));
	return done < 0 ? (int)done : 0;
}

bool column_listed(Text columns, int field_no) {
	char word[16];
	snprintf(word, sizeof word, ",%d,", field_no);
	return text_find(columns, text_of(word)) >= 0;
}

int table_columns(Request *rq, int64_t resource_id, int generation, Arena *arena, Text *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT columns FROM record_generation WHERE resource_id = $1 AND generation_no = $2",
	                   BIND(val_int(resource_id), val_int(generation)));
	if (found < 0) return found;
	*out = found ? text_dup(arena, rows_text(rows, 0)) : TEXT(",");
	return 0;
}

/* A table whose entry has become located, or by other fields, gets its cells from a chore; rows that enter meanwhile bring
 * theirs. 1 when something changed. */
static int cells_reshape(Request *rq, const Resource *resource, int generation) {
	TableCells cells;
	int code = table_cells(rq, resource->resource_id, generation, &cells);
	const char *fields = located_text(rq->arena, resource);
	if (code < 0 || strcmp(fields, cells.fields) == 0) return code;
	bool none = strcmp(fields, "-") == 0;
	int64_t done = 0;
	if (none && strcmp(cells.fields, "0") == 0) return 0;
	if (!none && !cells.column)
		done = db_run(
		    rq->db,
		    sql_over(rq->arena, sql_table(resource->resource_id, generation), "ALTER TABLE %s ADD COLUMN cell BIGINT"),
		    NO_BIND);
	if (done >= 0)
		done = db_run(
		    rq->db,
		    "UPDATE record_generation SET located = $3, located_to = 0 WHERE resource_id = $1 AND generation_no = $2",
		    BIND(val_int(resource->resource_id), val_int(generation), val_str(none && cells.column ? "0" : fields)));
	return done < 0 ? (int)done : 1;
}

/* A new field is a new column, NULL in every record so far. Numbers are never used twice and never change their type, so that a
 * column that is there already is the right one. */
int table_reshape(Request *rq, const Resource *resource, int generation) {
	Text columns;
	int added = 0, code = table_columns(rq, resource->resource_id, generation, rq->arena, &columns);
	int64_t done = code;
	for (int i = 0; done >= 0 && i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		if (column_listed(columns, field->no)) continue;
		done = db_run(rq->db, sql_add_column(rq->arena, db_engine(rq->db), resource->resource_id, generation, field),
		              NO_BIND);
		columns = text_of(arena_printf(rq->arena, "%.*s%d,", TEXT_ARG(columns), field->no));
		added++;
		if (done >= 0 && (field->unique || field->indexed))
			done = db_run(rq->db,
			              sql_index(rq->arena, resource->resource_id, generation, field->no,
			                        field->unique ? INDEX_UNIQUE : INDEX_PLAIN),
			              NO_BIND);
	}
	int located = done < 0 ? 0 : cells_reshape(rq, resource, generation);
	if (located < 0) return located;
	if (done >= 0 && added)
		done = db_run(rq->db, "UPDATE record_generation SET columns = $3 WHERE resource_id = $1 AND generation_no = $2",
		              BIND(val_int(resource->resource_id), val_int(generation), val_text(columns)));
	if (done >= 0 && (added || located)) /* plans made before know nothing of the column */
		done = generation_bump(rq->db);
	return done < 0 ? (int)done : 0;
}

/* --- values of rows ---------------------------------------------------------------------------------------------------- */

bool val_eq(Val a, Val b) {
	if (a.kind != b.kind) return false;
	switch (a.kind) {
	case VAL_NULL:
		return true;
	case VAL_INT:
		return a.i == b.i;
	case VAL_DOUBLE:
		return a.d == b.d;
	default:
		return text_eq(a.t, b.t);
	}
}

void rows_values(Rows *rows, int first, const Resource *resource, Arena *arena, Val *out) {
	for (int i = 0; i < resource->field_count; i++) {
		if (rows_null(rows, first + i)) {
			out[i] = val_null();
			continue;
		}
		switch (field_kind_val(resource->fields[i].kind)) {
		case VAL_INT:
			out[i] = val_int(rows_int(rows, first + i));
			break;
		case VAL_DOUBLE:
			out[i] = val_double(rows_double(rows, first + i));
			break;
		default: {
			Text text = rows_text(rows, first + i);
			out[i] = (Val){.kind = VAL_TEXT, .t = arena ? text_dup(arena, text) : text};
			if (!out[i].t.at) /* an empty text is not NULL */
				out[i].t.at = "";
		}
		}
	}
}

Request request_quiet(const Request *rq, Error *error) {
	Request quiet = *rq;
	error_clear(error);
	quiet.error = error;
	return quiet;
}

/* --- steps ------------------------------------------------------------------------------------------------------------- */

typedef struct Step {
	const GenerationHooks *hooks;
	int (*run)(Request *w, void *arg);
	void *arg;
} Step;

static int step_run(Request *w, void *arg) {
	Step *step = arg;
	int code = step->hooks && step->hooks->fence ? step->hooks->fence(w, step->hooks->arg) : 0;
	return code < 0 ? code : step->run(w, step->arg);
}

int step_write(Request *rq, const GenerationHooks *hooks, int (*run)(Request *w, void *arg), void *arg) {
	Step step = {hooks, run, arg};
	return request_write_bulk(rq, step_run, &step);
}

int step_tell(Request *rq, const GenerationHooks *hooks, int64_t done, int64_t total) {
	int code = hooks && hooks->step ? hooks->step(rq, hooks->arg, done, total) : 0;
	return code < 0 ? code : 0;
}
