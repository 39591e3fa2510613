/* The batch cursor (scan.h). Everything lives in its Request's arena, except what a row needs for its masks, which lives in an
 * arena of the cursor that is emptied every few rows. Where many rows may come, a thread of the cursor's own takes them from the
 * store in blocks, ahead of the caller, who masks and writes on his: only that thread uses the Db while rows are open. */
#include "record/scan.h"
#include "record/read.h"
#include "base/handover.h"
#include <pthread.h>

enum { SHOWN = 2 /* rid, ver */, SCRATCH_ROWS = 64, BLOCK_VALUES = 8192, BLOCKS = 4 };

/* Rows that were read ahead. */
typedef struct Block {
	Arena *texts;
	Val *values;     /* a row: rid, ver, the fields */
	int count, room; /* rows */
	int code;        /* > 0: more blocks follow; 0: the last; < 0: the read failed after these rows */
} Block;
typedef struct Ahead {
	Handover *full, *empty;
	Block blocks[BLOCKS], *block; /* block: the caller's present one, or NULL */
	int row;                      /* of block */
	const Val *values;            /* of that row */
	Error error;
	pthread_t thread;
} Ahead;

struct ScanState {
	Request *rq;
	const Plan *plan;
	Way way;
	Arena *scratch;
	Rows *rows;
	Ahead *ahead;     /* NULL: rows are read as they are asked for */
	Proxied *proxied; /* instead of rows, of records that stay at the supplier */
	Buf *ids;         /* the list of the last record_scan_ids */
	int scratch_rows;
	bool open;
};

static int columns_of(const RecordScan *scan) {
	return SHOWN + scan->count;
}

static Val column(const RecordScan *scan, int column) {
	Rows *rows = scan->state->rows;
	ValKind kind = column < SHOWN ? VAL_INT : field_kind_val(scan->fields[column - SHOWN].field->kind);
	if (kind == VAL_TEXT) {
		Text text = rows_text(rows, column);
		return text.at ? val_text(text) : rows_null(rows, column) ? val_null() : val_text(TEXT(""));
	}
	if (rows_null(rows, column)) return val_null();
	return kind == VAL_INT ? val_int(rows_int(rows, column)) : val_double(rows_double(rows, column));
}

/* --- reading ahead ------------------------------------------------------------------------------------------------------ */

static void block_fill(const RecordScan *scan, Block *block) {
	int columns = columns_of(scan);
	arena_reset(block->texts);
	block->count = 0;
	block->code = 1;
	while (block->count < block->room && (block->code = rows_next(scan->state->rows)) > 0) {
		Val *values = block->values + block->count++ * columns;
		for (int i = 0; i < columns; i++) {
			values[i] = column(scan, i);
			if (values[i].kind == VAL_TEXT) values[i].t = text_dup(block->texts, values[i].t);
		}
	}
}

static void *ahead_main(void *context) {
	RecordScan *scan = context;
	Ahead *ahead = scan->state->ahead;
	void *block;
	while (handover_take(ahead->empty, &block)) {
		block_fill(scan, block);
		bool last = ((Block *)block)->code <= 0;
		if (handover_put(ahead->full, block) < 0 || last) break;
	}
	return NULL;
}

static void ahead_end(struct ScanState *state) {
	Ahead *ahead = state->ahead;
	if (!ahead) return;
	handover_close(ahead->empty);
	handover_close(ahead->full);
	pthread_join(ahead->thread, NULL);
	db_error_to(state->rq->db, state->rq->error);
	for (int i = 0; i < BLOCKS; i++)
		arena_free(ahead->blocks[i].texts);
	state->ahead = NULL;
}

static void ahead_drop(void *state) {
	ahead_end(state);
}

static void ahead_begin(RecordScan *scan) {
	struct ScanState *state = scan->state;
	Arena *arena = state->rq->arena;
	Ahead *ahead = state->ahead = ARENA_NEW(arena, Ahead);
	ahead->full = handover_new(arena, BLOCKS);
	ahead->empty = handover_new(arena, BLOCKS);
	for (int i = 0; i < BLOCKS; i++) {
		Block *block = &ahead->blocks[i];
		block->texts = arena_new();
		block->room = 1 + BLOCK_VALUES / columns_of(scan);
		block->values = ARENA_ARRAY(arena, Val, (size_t)block->room * (size_t)columns_of(scan));
		handover_put(ahead->empty, block);
	}
	arena_on_free(arena, ahead_drop, state);   /* before what the handovers tied to it */
	db_error_to(state->rq->db, &ahead->error); /* the caller may fail at the same time */
	if (pthread_create(&ahead->thread, NULL, ahead_main, scan) != 0) abort();
}

static void rows_end(struct ScanState *state) {
	ahead_end(state);
	if (state->rows) rows_close(state->rows);
	state->rows = NULL;
}

static int ahead_next(RecordScan *scan) {
	Ahead *ahead = scan->state->ahead;
	void *next;
	while (!ahead->block || ++ahead->row == ahead->block->count) {
		if (ahead->block && ahead->block->code <= 0) {
			int code = ahead->block->code;
			if (code < 0 && scan->state->rq->error->code == 0) *scan->state->rq->error = ahead->error;
			return code;
		}
		if (ahead->block) handover_put(ahead->empty, ahead->block);
		if (!handover_take(ahead->full, &next)) return 0;
		ahead->block = next;
		ahead->row = -1;
	}
	ahead->values = ahead->block->values + ahead->row * columns_of(scan);
	scan->record_id = ahead->values[0].i;
	scan->ver = ahead->values[1].i;
	return 1;
}

static void state_free(void *context) {
	struct ScanState *state = context;
	rows_end(state);
	arena_free(state->scratch);
}

static void scan_fields(RecordScan *scan, const Plan *plan, Arena *arena) {
	ScanField *fields = ARENA_ARRAY(arena, ScanField, plan->visible + 1);
	for (int i = 0; i < plan->visible; i++) {
		const PlanField *given = &plan->fields[plan->positions[i]];
		fields[i] =
		    (ScanField){&plan->resource->fields[plan->positions[i]], given->mode != GRANT_CLEAR, given->sensitive};
	}
	scan->fields = fields;
	scan->count = plan->visible;
}

int record_scan_open(Request *rq, const Resource *resource, Way way, RecordScan **out) {
	const Plan *plan;
	const Grant *grant;
	TableState table = {0};
	bool proxied = resource->keeper == KEEPER_PROXY;
	int code = proxied ? request_elsewhere(rq) : db_snapshot(rq->db);
	if (code < 0) return code;
	int moved = request_generation_check(rq);
	code = moved == 1 ? ERR_RETRY : moved < 0 ? moved : access_plan(rq, resource, way, &plan, &grant);
	if (code == 0) code = table_state(rq, resource->resource_id, &table);
	if (code < 0) {
		db_snapshot_end(rq->db);
		return code;
	}
	RecordScan *scan = ARENA_NEW(rq->arena, RecordScan);
	struct ScanState *state = ARENA_NEW(rq->arena, struct ScanState);
	*state = (struct ScanState){.rq = rq, .plan = plan, .way = way, .scratch = arena_new(), .open = !proxied};
	arena_on_free(rq->arena, state_free, state);
	*scan = (RecordScan){.resource = plan->resource,
	                     .grant = grant,
	                     .sensitive = plan->sensitive,
	                     .mounted = plan->mounted,
	                     .proxied = proxied,
	                     .changed = table.changed,
	                     .about = plan->about,
	                     .state = state};
	scan_fields(scan, plan, rq->arena);
	*out = scan;
	return 0;
}

/* All rows, read in one statement; parts of them, or again from some place on, is more than the supplier can be asked for. */
static int proxied_begin(struct ScanState *state, const ScanSql *how, int64_t after) {
	if (how->ids || how->limited || after != 0)
		return resource_not_proxied(state->rq, state->plan->resource, "be read in portions");
	return proxied_open(state->rq, state->plan, &(KeeperRead){.sort = -1, .ordered = how->ordered}, NULL, 0, &state->proxied);
}

static int scan_begin(RecordScan *scan, const ScanSql *how, const Val *more, int more_count, int64_t after) {
	struct ScanState *state = scan->state;
	const Plan *plan = state->plan;
	Arena *arena = state->rq->arena;
	if (plan->resource->keeper == KEEPER_PROXY) return proxied_begin(state, how, after);
	Val *binds = ARENA_ARRAY(arena, Val, 1 + plan->filter_count + more_count);
	ScanSql sql = *how;
	sql.engine = db_engine(state->rq->db);
	sql.table = sql_table(plan->resource->resource_id, plan->resource->generation_no);
	sql.columns = plan->numbers;
	sql.count = plan->visible;
	sql.extra = plan->filter;
	sql.more_first = 2 + plan->filter_count;
	binds[0] = val_int(after);
	for (int i = 0; i < plan->filter_count; i++)
		binds[1 + i] = plan->filter_values[i];
	for (int i = 0; i < more_count; i++)
		binds[1 + plan->filter_count + i] = more[i];
	rows_end(state);
	if (!plan->mounted) return 0;
	size_t count = (size_t)(1 + plan->filter_count + more_count);
	return db_scan(state->rq->db, &state->rows, sql_scan(arena, &sql), binds, count);
}

int record_scan_rows(RecordScan *scan, int64_t after, bool ordered, int64_t limit) {
	ScanSql sql = {.ordered = ordered, .limited = limit > 0};
	Val most = val_int(limit);
	int code = scan_begin(scan, &sql, &most, limit > 0, after);
	if (code == 0 && scan->state->rows) ahead_begin(scan);
	return code;
}

int record_scan_ids(RecordScan *scan, const int64_t *ids, int count) {
	Arena *arena = scan->state->rq->arena;
	if (!scan->state->ids) {
		scan->state->ids = ARENA_NEW(arena, Buf);
		buf_in(scan->state->ids, arena);
	}
	Buf *list = scan->state->ids;
	sql_id_list(list, db_engine(scan->state->rq->db), ids, count < SCAN_IDS_MAX ? count : SCAN_IDS_MAX);
	return scan_begin(scan, &(ScanSql){.ids = true}, &(Val){.kind = VAL_TEXT, .t = buf_as_text(list)}, 1, 0);
}

int record_scan_size(RecordScan *scan, int64_t *out) {
	*out = 0;
	if (scan->proxied) return proxied_size(scan->state->rq, scan->state->plan, out);
	int code = scan_begin(scan, &(ScanSql){.sized = true}, NULL, 0, 0);
	if (code < 0 || !scan->state->rows) return code;
	code = rows_next(scan->state->rows);
	if (code > 0) *out = rows_int(scan->state->rows, 0);
	rows_end(scan->state);
	return code < 0 ? code : 0;
}

int record_scan_next(RecordScan *scan) {
	struct ScanState *state = scan->state;
	if (state->proxied) {
		arena_reset(state->scratch);
		int more = proxied_next(state->proxied);
		scan->record_id = state->proxied->record_id;
		return more;
	}
	if (!state->rows) return 0;
	if (++state->scratch_rows == SCRATCH_ROWS) {
		arena_reset(state->scratch);
		state->scratch_rows = 0;
	}
	int code = state->ahead ? ahead_next(scan) : rows_next(state->rows);
	if (code > 0 && !state->ahead) {
		scan->record_id = rows_int(state->rows, 0);
		scan->ver = rows_int(state->rows, 1);
	}
	if (code <= 0) rows_end(state);
	return code;
}

static Val stored(const RecordScan *scan, int i) {
	if (scan->state->proxied) return scan->state->proxied->values[scan->state->plan->positions[i]];
	const Ahead *ahead = scan->state->ahead;
	return ahead ? ahead->values[SHOWN + i] : column(scan, SHOWN + i);
}

Text record_scan_text(RecordScan *scan, int i) {
	struct ScanState *state = scan->state;
	const Field *field = scan->fields[i].field;
	Val value = stored(scan, i);
	if (value.kind == VAL_NULL) return TEXT_NONE;
	if (!scan->fields[i].masked) return field_text(field, value, state->scratch);
	return masked_text(state->rq->app, field, value, state->plan->mask_key, state->scratch);
}

void record_scan_json(RecordScan *scan, int i, JsonWriter *json) {
	struct ScanState *state = scan->state;
	if (scan->fields[i].masked)
		masked_json(json, state->rq->app, scan->fields[i].field, stored(scan, i), state->plan->mask_key, state->scratch);
	else
		value_json(json, scan->fields[i].field, stored(scan, i), state->scratch);
}

Val record_scan_value(RecordScan *scan, int i) {
	if (!scan->fields[i].masked) return stored(scan, i);
	Text text = record_scan_text(scan, i);
	return text.at ? (Val){.kind = VAL_TEXT, .t = text} : val_null();
}

Text record_scan_inside(RecordScan *scan, int i) {
	Val value = stored(scan, i);
	return value.kind == VAL_NULL ? TEXT_NONE : field_text(scan->fields[i].field, value, scan->state->scratch);
}

int record_scan_still(Request *rq, const RecordScan *scan) {
	const Resource *resource;
	const Plan *plan, *had = scan->state->plan;
	const Grant *grant;
	int moved = request_generation_check(rq);
	rq->now_us = clock_now_us(); /* a grant may have ended meanwhile without any change of configuration */
	int code = moved < 0 ? moved : resource_find(rq, had->resource->resource_id, &resource);
	if (code == 0) code = access_plan(rq, resource, scan->state->way, &plan, &grant);
	if (code < 0) return code;
	bool same = plan->grant_id == had->grant_id && plan->resource->version == had->resource->version &&
	            plan->resource->keeper == had->resource->keeper && plan->visible == had->visible;
	for (int i = 0; same && i < plan->visible; i++)
		same = plan->positions[i] == had->positions[i] &&
		       plan->fields[plan->positions[i]].mode == had->fields[had->positions[i]].mode;
	return same ? 0 : ERR_RETRY;
}

void record_scan_close(RecordScan *scan) {
	struct ScanState *state = scan->state;
	rows_end(state);
	if (state->proxied) proxied_close(state->proxied);
	state->proxied = NULL;
	if (state->open) db_snapshot_end(state->rq->db);
	state->open = false;
}
