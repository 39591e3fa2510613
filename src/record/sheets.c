/* Sheets: the points of a part of the map, kept in memory as the table held them at one change of its resource. Whoever draws
 * asks with the change that his snapshot shows: a sheet of that change is used, an older one is brought up by the rows written
 * since, and where that cannot be told (records were removed, or very many written) it is read anew; so nothing is ever older
 * than the last write. A sheet holds what the table holds and knows no reader: grant, row filter and fields are applied to each
 * answer. Fields of L3 and L4 are not kept. Any thread: a sheet never changes once it is on the shelf. */
#include "record/read.h"
#include <pthread.h>
#include <stdlib.h>

enum {
	SHEETS_MAX = 256,
	SHEET_ROWS_MAX = 50000,
	SHEET_BYTES_MAX = 16 << 20,
	SHELF_BYTES_MAX = 64 << 20,
	PATCH_MAX = 1000 /* rows; beyond, reading anew costs less */
};

typedef struct Column { /* the distinct values of a field, numbered from 1 in the order they came; 0 = NULL */
	int no;
	Buf values; /* Val */
	uint32_t *slots, room, count;
} Column;

typedef struct Shelf Shelf;
struct Sheet {
	Shelf *shelf;
	Arena *arena;
	int64_t resource_id, changed;
	int generation, refs; /* requests, and the shelf's own */
	char fields[32];      /* which the cells come from */
	CellRange range;
	bool crowded; /* more than is kept: always read from the store */
	size_t bytes, stride;
	Buf rows; /* SheetRow, `stride` bytes each */
	int64_t count;
	Column *columns;
	int column_count;
};

struct Shelf {
	pthread_mutex_t lock;
	Sheet *at[SHEETS_MAX]; /* last used first */
	int count;
	size_t bytes;
};

/* --- the shelf ------------------------------------------------------------------------------------------------------------ */

static const char part_name[] = "record.sheets";

int sheets_start(App *app, Error *error) {
	Shelf *shelf = calloc(1, sizeof *shelf);
	if (!shelf) abort();
	pthread_mutex_init(&shelf->lock, NULL);
	app_part_set(app, part_name, shelf);
	return 0;
}

/* With the lock. */
static void sheet_drop(Sheet *sheet) {
	if (--sheet->refs == 0) arena_free(sheet->arena);
}

void sheets_stop(App *app) {
	Shelf *shelf = app_part(app, part_name);
	for (int i = 0; shelf && i < shelf->count; i++)
		sheet_drop(shelf->at[i]);
	if (shelf) pthread_mutex_destroy(&shelf->lock);
	free(shelf);
	app_part_set(app, part_name, NULL);
}

static void sheet_release(void *object) {
	Sheet *sheet = object;
	Shelf *shelf = sheet->shelf;
	pthread_mutex_lock(&shelf->lock);
	sheet_drop(sheet);
	pthread_mutex_unlock(&shelf->lock);
}

static void shelf_take(Shelf *shelf, int at) {
	Sheet *sheet = shelf->at[at];
	shelf->count--;
	memmove(&shelf->at[at], &shelf->at[at + 1], (size_t)(shelf->count - at) * sizeof *shelf->at);
	shelf->bytes -= sheet->bytes;
	sheet_drop(sheet);
}

/* Of the same table. */
static bool akin(const Sheet *sheet, const Finding *finding) {
	const Resource *resource = finding->target.plan->resource;
	return sheet->resource_id == resource->resource_id && sheet->generation == resource->generation_no &&
	       strcmp(sheet->fields, finding->cells.fields) == 0;
}

static bool same_range(const Sheet *sheet, CellRange range) {
	return sheet->range.first == range.first && sheet->range.last == range.last;
}

static int column_at(const Sheet *sheet, int no) {
	for (int i = 0; i < sheet->column_count; i++)
		if (sheet->columns[i].no == no) return i;
	return -1;
}

/* Fields by number. */
typedef struct Wanted {
	int numbers[RECORD_FIELDS_MAX], count;
} Wanted;

static bool has_columns(const Sheet *sheet, const Wanted *wanted) {
	for (int i = 0; i < wanted->count; i++)
		if (column_at(sheet, wanted->numbers[i]) < 0) return false;
	return true;
}

static bool only_columns(const Sheet *sheet, const Wanted *wanted) {
	int among = 0;
	for (int i = 0; i < wanted->count; i++)
		among += column_at(sheet, wanted->numbers[i]) >= 0;
	return among == sheet->column_count;
}

typedef enum Use { USE_NONE, USE_COLUMNS /* of the same range, with other columns */, USE_CROWDED, USE_WHOLE } Use;

static Use use_of(const Sheet *sheet, const Finding *finding, CellRange range, const Wanted *wanted) {
	if (!akin(sheet, finding)) return USE_NONE;
	if (sheet->crowded) {
		bool still = finding->removed <= sheet->changed && (sheet->count > SHEET_ROWS_MAX || only_columns(sheet, wanted));
		return still && same_range(sheet, range) ? USE_CROWDED : USE_NONE;
	}
	if (range.first < sheet->range.first || range.last > sheet->range.last) return USE_NONE;
	return has_columns(sheet, wanted) ? USE_WHOLE : same_range(sheet, range) ? USE_COLUMNS : USE_NONE;
}

/* The most useful one, held until the request's arena goes. */
static Use shelf_find(Shelf *shelf, const Finding *finding, CellRange range, const Wanted *wanted, const Sheet **out) {
	Use best = USE_NONE;
	int at = 0;
	pthread_mutex_lock(&shelf->lock);
	for (int i = 0; i < shelf->count && best < USE_WHOLE; i++) {
		Use use = use_of(shelf->at[i], finding, range, wanted);
		if (use > best) {
			best = use;
			at = i;
		}
	}
	Sheet *found = best ? shelf->at[at] : NULL;
	if (found) {
		memmove(&shelf->at[1], &shelf->at[0], (size_t)at * sizeof *shelf->at);
		shelf->at[0] = found;
		found->refs++;
	}
	pthread_mutex_unlock(&shelf->lock);
	if (found) arena_on_free(finding->rq->arena, sheet_release, found);
	*out = found;
	return best;
}

/* Whether `sheet` makes `old` needless. A crowded one only says so of itself. */
static bool replaces(const Sheet *sheet, const Sheet *old) {
	if (sheet->resource_id != old->resource_id) return false;
	if (sheet->generation != old->generation || strcmp(sheet->fields, old->fields) != 0) return true;
	if (!same_range(old, sheet->range) || (sheet->crowded && !old->crowded)) return false;
	for (int i = 0; !sheet->crowded && i < old->column_count; i++)
		if (column_at(sheet, old->columns[i].no) < 0) return false;
	return true;
}

/* Puts one in front, in the place of the one before it; the last used longest ago make room. The request keeps it held. */
static void shelf_add(Shelf *shelf, Request *rq, Sheet *sheet) {
	sheet->bytes = sizeof *sheet + arena_used(sheet->arena) + sheet->rows.cap;
	for (int i = 0; i < sheet->column_count; i++)
		sheet->bytes += sheet->columns[i].values.cap;
	sheet->refs = 2;
	sheet->shelf = shelf;
	arena_on_free(rq->arena, sheet_release, sheet);
	pthread_mutex_lock(&shelf->lock);
	for (int i = shelf->count - 1; i >= 0; i--)
		if (replaces(sheet, shelf->at[i])) shelf_take(shelf, i);
	while (shelf->count && (shelf->count == SHEETS_MAX || shelf->bytes + sheet->bytes > SHELF_BYTES_MAX))
		shelf_take(shelf, shelf->count - 1);
	memmove(&shelf->at[1], &shelf->at[0], (size_t)shelf->count++ * sizeof *shelf->at);
	shelf->at[0] = sheet;
	shelf->bytes += sheet->bytes;
	pthread_mutex_unlock(&shelf->lock);
}

/* --- values --------------------------------------------------------------------------------------------------------------- */

static const Val *value_of(const Column *column, uint32_t number) {
	return (const Val *)column->values.at + number;
}

static uint32_t hash_of(Val value) {
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	Text bytes = value.kind == VAL_TEXT ? value.t : (Text){(const char *)&value.i, sizeof value.i};
	for (size_t i = 0; i < bytes.len; i++)
		hash = (hash ^ (uint8_t)bytes.at[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(hash ^ hash >> 29);
}

static bool same(const Val *a, const Val *b) {
	if (a->kind != VAL_TEXT || b->kind != VAL_TEXT) return a->kind == b->kind && a->i == b->i;
	return text_eq(a->t, b->t);
}

static void column_grow(Sheet *sheet, Column *column) {
	column->room = column->room ? column->room * 4 : 64;
	column->slots = ARENA_ARRAY(sheet->arena, uint32_t, column->room);
	for (uint32_t i = 1; i < column->count; i++) {
		uint32_t at = hash_of(*value_of(column, i)) & (column->room - 1);
		while (column->slots[at])
			at = (at + 1) & (column->room - 1);
		column->slots[at] = i;
	}
}

static uint32_t number_in(Sheet *sheet, Column *column, Val value) {
	if (value.kind == VAL_NULL) return 0;
	if (column->count * 2 >= column->room) column_grow(sheet, column);
	uint32_t at = hash_of(value) & (column->room - 1);
	for (; column->slots[at]; at = (at + 1) & (column->room - 1))
		if (same(value_of(column, column->slots[at]), &value)) return column->slots[at];
	if (value.kind == VAL_TEXT) {
		value.t = text_dup(sheet->arena, value.t);
		sheet->bytes += value.t.len;
	}
	sheet->bytes += sizeof value + 2 * sizeof *column->slots;
	buf_add(&column->values, &value, sizeof value);
	column->slots[at] = column->count;
	return column->count++;
}

/* --- filling -------------------------------------------------------------------------------------------------------------- */

static Sheet *sheet_new(const Finding *finding, CellRange range, const Wanted *wanted) {
	int count = wanted->count;
	Arena *arena = arena_new();
	Sheet *sheet = ARENA_NEW(arena, Sheet);
	*sheet = (Sheet){.arena = arena,
	                 .resource_id = finding->target.plan->resource->resource_id,
	                 .generation = finding->target.plan->resource->generation_no,
	                 .changed = finding->changed,
	                 .range = range,
	                 .stride = (sizeof(SheetRow) + sizeof(uint32_t) * (size_t)count + 7) / 8 * 8,
	                 .columns = ARENA_ARRAY(arena, Column, count + 1),
	                 .column_count = count};
	memcpy(sheet->fields, finding->cells.fields, sizeof sheet->fields);
	buf_in(&sheet->rows, arena);
	for (int i = 0; i < count; i++) {
		Val none = val_null();
		sheet->columns[i].no = wanted->numbers[i];
		sheet->columns[i].count = 1;
		buf_in(&sheet->columns[i].values, arena);
		buf_add(&sheet->columns[i].values, &none, sizeof none);
	}
	return sheet;
}

static SheetRow *row_add(Sheet *sheet) {
	SheetRow *row = (SheetRow *)buf_reserve(&sheet->rows, sheet->stride);
	sheet->rows.len += sheet->stride;
	sheet->count++;
	sheet->bytes += sheet->stride;
	sheet->crowded |= sheet->count > SHEET_ROWS_MAX || sheet->bytes > SHEET_BYTES_MAX;
	return row;
}

static const SheetRow *row_at(const Sheet *sheet, int64_t i) {
	return (const SheetRow *)(sheet->rows.at + (size_t)i * sheet->stride);
}

/* What is read for a sheet: longitude, latitude, and its columns. */
typedef struct Reading {
	Finding *finding;
	Sheet *sheet;
	const Field *fields[RECORD_FIELDS_MAX + 2];
	int columns[RECORD_FIELDS_MAX + 2], count;
} Reading;

static void reading_begin(Reading *reading, Finding *finding, Sheet *sheet) {
	const Resource *resource = finding->target.plan->resource;
	const Field *fields = resource->fields;
	reading->finding = finding;
	reading->sheet = sheet;
	reading->fields[0] = &fields[finding->located.lon];
	reading->fields[1] = &fields[finding->located.lat];
	for (int i = 0; i < sheet->column_count; i++)
		for (int n = 0; n < resource->field_count; n++)
			if (fields[n].no == sheet->columns[i].no) reading->fields[2 + i] = &fields[n];
	reading->count = 2 + sheet->column_count;
	for (int i = 0; i < reading->count; i++)
		reading->columns[i] = reading->fields[i]->no;
}

static void row_read(Reading *reading, Rows *rows) {
	Sheet *sheet = reading->sheet;
	double lon, lat;
	if (!number_of(reading->fields[0], column_value(rows, 2, reading->fields[0]), &lon) ||
	    !number_of(reading->fields[1], column_value(rows, 3, reading->fields[1]), &lat))
		return;
	SheetRow *row = row_add(sheet);
	row->record = rows_int(rows, 0);
	row->cell = rows_int(rows, 1);
	mercator_of(lon, lat, &row->x, &row->y);
	for (int i = 0; i < sheet->column_count; i++)
		row->values[i] = number_in(sheet, &sheet->columns[i], column_value(rows, 4 + i, reading->fields[2 + i]));
}

static int sheet_read(Finding *finding, Sheet *sheet) {
	Request *rq = finding->rq;
	Reading reading;
	Rows *rows;
	reading_begin(&reading, finding, sheet);
	CellSql sql = {.table = sql_table(sheet->resource_id, sheet->generation),
	               .columns = reading.columns,
	               .count = reading.count,
	               .cells = 2,
	               .heap = true,
	               .sqlite = db_engine(rq->db) == STORE_SQLITE};
	int code =
	    db_scan(rq->db, &rows, sql_in_cells(rq->arena, &sql),
	            BIND(val_int(SHEET_ROWS_MAX + 1), val_int(sheet->range.first), val_int(0), val_int(sheet->range.last)));
	if (code < 0) return statement_failed(rq, code);
	while (!sheet->crowded && (code = rows_next(rows)) > 0)
		row_read(&reading, rows);
	rows_close(rows);
	return code < 0 ? code : 0;
}

/* --- bringing one up ------------------------------------------------------------------------------------------------------ */

enum { ID_SLOTS = 4096 /* > 2 × PATCH_MAX, a power of two */ };
typedef struct Ids {
	int64_t at[ID_SLOTS]; /* 0 = free: no record has it */
	int count;
} Ids;

static int64_t *id_slot(Ids *ids, int64_t record) {
	uint32_t at = (uint32_t)(record ^ record >> 32) & (ID_SLOTS - 1);
	while (ids->at[at] && ids->at[at] != record)
		at = (at + 1) & (ID_SLOTS - 1);
	return &ids->at[at];
}

/* Rows of the old sheet that were not written since. */
static void rows_keep(Sheet *sheet, const Sheet *old, Ids *ids, Arena *scratch) {
	uint32_t **numbers = ARENA_ARRAY(scratch, uint32_t *, old->column_count + 1);
	for (int i = 0; i < old->column_count; i++)
		numbers[i] = ARENA_ARRAY(scratch, uint32_t, old->columns[i].count);
	for (int64_t n = 0; n < old->count; n++) {
		const SheetRow *from = row_at(old, n);
		if (*id_slot(ids, from->record)) continue;
		SheetRow *row = row_add(sheet);
		memcpy(row, from, sheet->stride);
		for (int i = 0; i < old->column_count; i++) {
			uint32_t *number = &numbers[i][from->values[i]];
			if (from->values[i] && !*number)
				*number = number_in(sheet, &sheet->columns[i], *value_of(&old->columns[i], from->values[i]));
			row->values[i] = *number;
		}
	}
}

/* 1 done, 0 when too many rows were written since, or a code. */
static int sheet_patch(Finding *finding, const Sheet *old, Sheet *sheet) {
	Request *rq = finding->rq;
	Reading reading;
	Rows *rows;
	Ids *ids = ARENA_NEW(rq->arena, Ids);
	reading_begin(&reading, finding, sheet);
	char *sql = sql_written_since(rq->arena, sql_table(sheet->resource_id, sheet->generation), reading.columns, reading.count,
	                              PATCH_MAX + 1);
	int code = db_query(rq->db, &rows, sql, BIND(val_int(old->changed)));
	if (code < 0) return statement_failed(rq, code);
	while (ids->count <= PATCH_MAX && (code = rows_next(rows)) > 0) {
		int64_t cell = rows_int(rows, 1);
		*id_slot(ids, rows_int(rows, 0)) = rows_int(rows, 0);
		ids->count++;
		if (!rows_null(rows, 1) && cell >= sheet->range.first && cell <= sheet->range.last) row_read(&reading, rows);
	}
	rows_close(rows);
	if (code < 0 || ids->count > PATCH_MAX) return code < 0 ? code : 0;
	rows_keep(sheet, old, ids, rq->arena);
	return 1;
}

/* --- asking --------------------------------------------------------------------------------------------------------------- */

/* false: the field is not kept, or not there. */
static bool want(Wanted *wanted, const Finding *finding, int position) {
	const Plan *plan = finding->target.plan;
	const Field *field = &plan->resource->fields[position];
	if (field->grade >= 3 || field->kind == KIND_GEOMETRY || !column_listed(plan->columns, field->no)) return false;
	for (int i = 0; i < wanted->count; i++)
		if (wanted->numbers[i] == field->no) return true;
	wanted->numbers[wanted->count++] = field->no;
	return true;
}

static bool want_conditions(Wanted *wanted, const Finding *finding, const KeeperCondition *conditions, int count) {
	bool all = true;
	for (int i = 0; all && i < count; i++)
		all = want(wanted, finding, conditions[i].position);
	return all;
}

static bool want_all(Wanted *wanted, const Finding *finding) {
	const Plan *plan = finding->target.plan;
	const Field *fields = plan->resource->fields;
	wanted->count = 0;
	if (!plan->mounted || finding->located.shape >= 0) return false;
	for (int i = 0; i < finding->place; i++)
		if (fields[finding->positions[i]].grade >= 3 || !finding->columns[i]) return false;
	for (int i = finding->place; i < finding->count; i++)
		if (finding->columns[i] && !want(wanted, finding, finding->positions[i])) return false;
	return want_conditions(wanted, finding, plan->conditions, plan->condition_count) &&
	       want_conditions(wanted, finding, finding->filter->list, finding->filter->conditions);
}

/* Adds the sheet's columns, so that readers of different fields share one; false when one of them is a field no more. */
static bool want_theirs(Wanted *wanted, const Finding *finding, const Sheet *sheet) {
	const Resource *resource = finding->target.plan->resource;
	int known = 0;
	for (int i = 0; i < sheet->column_count; i++)
		for (int n = 0; n < resource->field_count; n++)
			if (resource->fields[n].no == sheet->columns[i].no) known += want(wanted, finding, n);
	return known == sheet->column_count;
}

static int sheet_make(Finding *finding, const Sheet *old, CellRange range, Wanted *wanted, Sheet **out) {
	Sheet *sheet;
	int done = 0;
	Wanted theirs = {0};
	if (old && has_columns(old, wanted) && finding->removed <= old->changed && want_theirs(&theirs, finding, old)) {
		sheet = sheet_new(finding, old->range, &theirs);
		done = sheet_patch(finding, old, sheet);
		if (done <= 0) arena_free(sheet->arena);
	}
	if (done == 0) {
		if (old && same_range(old, range)) want_theirs(wanted, finding, old);
		sheet = sheet_new(finding, range, wanted);
		done = sheet_read(finding, sheet);
		if (done < 0) arena_free(sheet->arena);
	}
	if (done < 0) return done;
	if (sheet->crowded) buf_free(&sheet->rows);
	*out = sheet;
	return 0;
}

/* What of a column's values a condition lets through, as the same condition in SQL does (sql_condition). */
static int order(const Val *a, const Val *b) {
	if (a->kind == VAL_DOUBLE) return a->d < b->d ? -1 : a->d > b->d;
	if (a->kind == VAL_INT) return a->i < b->i ? -1 : a->i > b->i;
	size_t length = a->t.len < b->t.len ? a->t.len : b->t.len;
	int first = length ? memcmp(a->t.at, b->t.at, length) : 0;
	return first ? first : a->t.len < b->t.len ? -1 : a->t.len > b->t.len;
}

static bool lets_through(const KeeperCondition *condition, const Val *value) {
	const Val *with = condition->values;
	if (condition->op == OP_NULL || condition->op == OP_NOT_NULL)
		return (value->kind == VAL_NULL) == (condition->op == OP_NULL);
	if (value->kind == VAL_NULL) return false;
	switch (condition->op) {
	case OP_EQ:
		return order(value, with) == 0;
	case OP_NE:
		return order(value, with) != 0;
	case OP_LT:
		return order(value, with) < 0;
	case OP_LTE:
		return order(value, with) <= 0;
	case OP_GT:
		return order(value, with) > 0;
	case OP_GTE:
		return order(value, with) >= 0;
	case OP_IN:
		for (int i = 0; i < condition->count; i++)
			if (order(value, &with[i]) == 0) return true;
		return false;
	case OP_LIKE:
		return order(value, &with[0]) >= 0 && order(value, &with[1]) < 0;
	default:
		return false;
	}
}

static void sift(SheetReading *reading, const Finding *finding, const KeeperCondition *conditions, int count) {
	const Field *fields = finding->target.plan->resource->fields;
	for (int i = 0; i < count; i++) {
		int column = column_at(reading->sheet, fields[conditions[i].position].no), at = 0;
		uint32_t values = reading->sheet->columns[column].count;
		while (at < reading->sieve_count && reading->sieves[at].column != column)
			at++;
		if (at == reading->sieve_count) {
			reading->sieves[reading->sieve_count++] = (Sieve){column, arena_alloc_raw(finding->rq->arena, values)};
			memset(reading->sieves[at].passes, true, values);
		}
		for (uint32_t n = 0; n < values; n++)
			if (!lets_through(&conditions[i], value_of(&reading->sheet->columns[column], n)))
				reading->sieves[at].passes[n] = false;
	}
}

int sheet_open(Finding *finding, CellRange range, SheetReading *out) {
	Request *rq = finding->rq;
	Shelf *shelf = app_part(rq->app, part_name);
	const Sheet *found;
	Wanted wanted;
	if (!shelf || !want_all(&wanted, finding)) return 0;
	Use use = shelf_find(shelf, finding, range, &wanted, &found);
	if (use == USE_CROWDED || (found && found->changed > finding->changed)) return 0; /* of a later snapshot than this */
	if (use != USE_WHOLE || found->changed != finding->changed) {
		Sheet *made;
		int code = sheet_make(finding, found, range, &wanted, &made);
		if (code < 0) return code;
		shelf_add(shelf, rq, made);
		if (made->crowded) return 0;
		found = made;
	}
	*out = (SheetReading){.sheet = found, .range = range, .columns = ARENA_ARRAY(rq->arena, int, finding->count + 1)};
	for (int i = finding->place; i < finding->count; i++)
		out->columns[i] = finding->columns[i] ? column_at(found, finding->columns[i]) : -1;
	sift(out, finding, finding->target.plan->conditions, finding->target.plan->condition_count);
	sift(out, finding, finding->filter->list, finding->filter->conditions);
	return 1;
}

const SheetRow *sheet_next(SheetReading *reading) {
	const Sheet *sheet = reading->sheet;
	while (reading->at < sheet->count) {
		const SheetRow *row = row_at(sheet, reading->at++);
		bool passes = row->cell >= reading->range.first && row->cell <= reading->range.last;
		for (int i = 0; passes && i < reading->sieve_count; i++)
			passes = reading->sieves[i].passes[row->values[reading->sieves[i].column]];
		if (passes) return row;
	}
	return NULL;
}

uint32_t sheet_values(const SheetReading *reading, int i) {
	return reading->columns[i] < 0 ? 1 : reading->sheet->columns[reading->columns[i]].count;
}

Val sheet_value(const SheetReading *reading, int i, uint32_t number) {
	return *value_of(&reading->sheet->columns[reading->columns[i]], number);
}
