/* Rows of an upsert that say nothing of some fields: what their records have there is looked up, on the thread that accepts them,
 * so that each row is checked, digested and stored as the whole record it makes. */
#include "record/internal.h"
#include "record/sql.h"

enum { LOOK_UP_AT_ONCE = 64 };

typedef struct Standing { /* a record as it is by now; record_id 0 = free slot */
	int64_t record_id;
	const Val *values; /* NULL = there is none yet */
	const bool *kept;  /* as in Accepted, of the row of this chunk that made it; `stored` in one that no row has changed */
} Standing;

typedef struct Keeping {
	Request *rq;
	const Resource *resource;
	Arena *arena;
	Standing *slots;
	size_t slot_count; /* a power of two > 2 × rows */
	const bool *stored;
} Keeping;

static Standing *standing_of(const Keeping *keeping, int64_t record_id) {
	size_t mask = keeping->slot_count - 1, at = (size_t)(record_id ^ record_id >> 32) & mask;
	while (keeping->slots[at].record_id && keeping->slots[at].record_id != record_id)
		at = (at + 1) & mask;
	return &keeping->slots[at];
}

static bool leaves_out(const Accepted *row) {
	return row->left_out && row->reason_count == 0;
}

static int stored_take(Keeping *keeping, const char *sql, Val *binds, int waiting) {
	Rows *rows;
	for (int i = waiting; i < LOOK_UP_AT_ONCE; i++)
		binds[i] = binds[0];
	int code = db_query(keeping->rq->db, &rows, sql, binds, LOOK_UP_AT_ONCE);
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		Standing *standing = standing_of(keeping, rows_int(rows, 0));
		Val *values = arena_alloc_raw(keeping->arena, sizeof(Val) * (size_t)keeping->resource->field_count);
		rows_values(rows, SYSTEM_COLUMNS, keeping->resource, keeping->arena, values);
		standing->values = values;
		standing->kept = keeping->stored;
	}
	rows_close(rows);
	return code;
}

static int stored_look_up(Keeping *keeping, const Accepted *rows, size_t count) {
	TableState state;
	Val binds[LOOK_UP_AT_ONCE];
	int waiting = 0, code = table_state(keeping->rq, keeping->resource->resource_id, &state);
	if (code < 0) return code;
	char *sql = state.live_no ? sql_select(keeping->arena, keeping->resource, state.live_no,
	                                       sql_where_in(keeping->arena, COLUMN_RID, 1, LOOK_UP_AT_ONCE))
	                          : NULL;
	for (size_t i = 0; i < count && code == 0; i++) {
		Standing *standing = leaves_out(&rows[i]) ? standing_of(keeping, rows[i].record_id) : NULL;
		if (!standing || standing->record_id) continue;
		standing->record_id = rows[i].record_id;
		binds[waiting++] = val_int(rows[i].record_id);
		if (waiting < LOOK_UP_AT_ONCE || !sql) {
			waiting = sql ? waiting : 0;
			continue;
		}
		code = stored_take(keeping, sql, binds, waiting);
		waiting = 0;
	}
	return code == 0 && waiting ? stored_take(keeping, sql, binds, waiting) : code;
}

/* Fills the row up from the record as it stands. What an earlier row of the chunk brought is checked again, as part of this row.
 */
static void row_fill(const Keeping *keeping, const Standing *standing, Accepted *row) {
	int count = keeping->resource->field_count;
	if (!standing->values || !same_key(keeping->resource, standing->values, row->values)) return;
	bool *kept = arena_alloc_raw(keeping->arena, sizeof(bool) * (size_t)count);
	for (int i = 0; i < count; i++) {
		if (row->left_out[i]) row->values[i] = standing->values[i];
		kept[i] = row->left_out[i] && standing->kept && standing->kept[i];
	}
	row->kept = kept;
}

int accept_kept(Acceptor *acceptor, Accepted *rows, size_t count, Arena *arena) {
	bool any = false;
	for (size_t i = 0; i < count && !any; i++)
		any = leaves_out(&rows[i]);
	if (!any) return 0;
	Keeping keeping = {.arena = arena, .slot_count = 16};
	keeping.resource = acceptor_resource(acceptor, &keeping.rq);
	while (keeping.slot_count <= 2 * count)
		keeping.slot_count *= 2;
	keeping.slots = ARENA_ARRAY(arena, Standing, keeping.slot_count);
	bool *stored = ARENA_ARRAY(arena, bool, keeping.resource->field_count + 1);
	memset(stored, true, (size_t)keeping.resource->field_count);
	keeping.stored = stored;
	int code = stored_look_up(&keeping, rows, count);
	for (size_t i = 0; i < count && code == 0; i++) {
		Accepted *row = &rows[i];
		if (row->reason_count > 0) continue;
		Standing *standing = standing_of(&keeping, row->record_id);
		if (row->left_out) {
			row_fill(&keeping, standing, row);
			accept_rest(acceptor, arena, row);
		}
		if (row->reason_count == 0) *standing = (Standing){row->record_id, row->values, row->kept};
	}
	return code;
}
