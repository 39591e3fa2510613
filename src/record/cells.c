/* Cells beside located rows (place/cell.h): which fields they come from, one row's, and a chore that writes them into tables that
 * were filled before they had any. The chore's writes are portions under the resource's lock; a kill loses nothing but the
 * portion.
 */
#include "record/internal.h"
#include "record/sql.h"
#include "place/place.h"
#include <math.h>
#include <stdio.h>

bool resource_located(const Resource *resource, Located *out) {
	*out = (Located){-1, -1, -1};
	for (int i = 0; i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		bool number = field->kind == KIND_DOUBLE || field->kind == KIND_DECIMAL || field->kind == KIND_INTEGER;
		if (field->kind == KIND_GEOMETRY && out->shape < 0) out->shape = i;
		if (number && field->check == CHECK_LONGITUDE && out->lon < 0) out->lon = i;
		if (number && field->check == CHECK_LATITUDE && out->lat < 0) out->lat = i;
	}
	if (out->shape >= 0 || out->lon < 0 || out->lat < 0) out->lon = out->lat = -1;
	return out->shape >= 0 || out->lon >= 0;
}

char *located_text(Arena *arena, const Resource *resource) {
	Located located;
	if (!resource_located(resource, &located)) return arena_strdup(arena, "-");
	if (located.shape >= 0) return arena_printf(arena, "g%d", resource->fields[located.shape].no);
	return arena_printf(arena, "p%d,%d", resource->fields[located.lon].no, resource->fields[located.lat].no);
}

bool number_of(const Field *field, Val value, double *out) {
	if (value.kind == VAL_DOUBLE)
		*out = value.d;
	else if (value.kind == VAL_INT)
		*out = field->kind == KIND_DECIMAL ? (double)value.i / pow(10, field->scale) : (double)value.i;
	else
		return false;
	return true;
}

Val located_cell(const Resource *resource, const Located *located, const Val *values) {
	Box box;
	double lon, lat;
	if (located->shape >= 0) {
		Val shape = values[located->shape];
		return shape.kind == VAL_TEXT && shape_box(shape.t, &box) ? val_int(cell_of_box(&box)) : val_null();
	}
	bool whole = number_of(&resource->fields[located->lon], values[located->lon], &lon) &&
	             number_of(&resource->fields[located->lat], values[located->lat], &lat);
	return whole ? val_int(cell_of_point(lon, lat)) : val_null();
}

int table_cells(Request *rq, int64_t resource_id, int generation, TableCells *out) {
	Rows *rows;
	*out = (TableCells){0};
	int found = db_one(rq->db, &rows,
	                   "SELECT located, located_to FROM record_generation WHERE resource_id = $1 AND generation_no = $2",
	                   BIND(val_int(resource_id), val_int(generation)));
	if (found <= 0) return found;
	Text fields = rows_text(rows, 0);
	snprintf(out->fields, sizeof out->fields, "%.*s", (int)fields.len, fields.at ? fields.at : "");
	bool located = out->fields[0] == 'g' || out->fields[0] == 'p';
	out->column = located || out->fields[0] == '0';
	out->whole = located && rows_int(rows, 1) == INT64_MAX;
	return 0;
}

/* --- tables filled before ------------------------------------------------------------------------------------------------ */

enum { PORTION = 2000 };

typedef struct Fill {
	int64_t resource_id, from;
	int generation;
	bool looked, end;
} Fill;

/* What has never been looked at: does its entry say where the records lie? */
static int look_at(Request *w, const Fill *fill) {
	const Resource *resource;
	Error error;
	Request quiet = request_quiet(w, &error);
	if (resource_find(&quiet, fill->resource_id, &resource) == 0) return table_reshape(w, resource, fill->generation);
	int64_t done = db_run(w->db, "UPDATE record_generation SET located = '-' WHERE resource_id = $1 AND generation_no = $2",
	                      BIND(val_int(fill->resource_id), val_int(fill->generation)));
	return done < 0 ? (int)done : 0;
}

static int fill_end(Request *w, const Fill *fill) {
	int64_t done = db_run(w->db, sql_index(w->arena, fill->resource_id, fill->generation, COLUMN_CELL, INDEX_PLAIN), NO_BIND);
	if (done >= 0)
		done = db_run(w->db, "UPDATE record_generation SET located_to = $3 WHERE resource_id = $1 AND generation_no = $2",
		              BIND(val_int(fill->resource_id), val_int(fill->generation), val_int(INT64_MAX)));
	return done < 0 ? (int)done : generation_bump(w->db);
}

static int fill_rows(Request *w, Fill *fill, const Resource *resource, const Located *located) {
	TableName table = sql_table(fill->resource_id, fill->generation);
	int positions[2] = {located->shape >= 0 ? located->shape : located->lon, located->lat}, columns[2],
	    count = located->shape >= 0 ? 1 : 2;
	Val *values = ARENA_ARRAY(w->arena, Val, resource->field_count + 1);
	Val *cells = ARENA_ARRAY(w->arena, Val, PORTION);
	int64_t *rids = ARENA_ARRAY(w->arena, int64_t, PORTION);
	Rows *rows;
	int found = 0;
	for (int i = 0; i < count; i++)
		columns[i] = resource->fields[positions[i]].no;
	int code =
	    db_query(w->db, &rows, sql_cells_todo(w->arena, table, columns, count), BIND(val_int(fill->from), val_int(PORTION)));
	if (code < 0) return code;
	while (found < PORTION && (code = rows_next(rows)) > 0) {
		for (int i = 0; i < count; i++) {
			ValKind kind = field_kind_val(resource->fields[positions[i]].kind);
			values[positions[i]] = rows_null(rows, 1 + i) ? val_null()
			                       : kind == VAL_TEXT     ? val_text(rows_text(rows, 1 + i))
			                       : kind == VAL_DOUBLE   ? val_double(rows_double(rows, 1 + i))
			                                              : val_int(rows_int(rows, 1 + i));
		}
		rids[found] = rows_int(rows, 0);
		cells[found++] = located_cell(resource, located, values);
	}
	rows_close(rows);
	int64_t done = code < 0 ? code : 0;
	const char *set = sql_cell_set(w->arena, table);
	for (int i = 0; done >= 0 && i < found; i++)
		done = db_run(w->db, set, BIND(val_int(rids[i]), cells[i]));
	if (done >= 0 && found < PORTION) return fill_end(w, fill);
	if (done >= 0)
		done = db_run(w->db, "UPDATE record_generation SET located_to = $3 WHERE resource_id = $1 AND generation_no = $2",
		              BIND(val_int(fill->resource_id), val_int(fill->generation), val_int(rids[found - 1])));
	return done < 0 ? (int)done : 0;
}

static int fill_run(Request *w, void *arg) {
	Fill *fill = arg;
	const Resource *resource;
	Located located;
	int code = db_lock(w->db, "record.table", fill->resource_id);
	if (code < 0) return code;
	if (!fill->looked) return look_at(w, fill);
	code = request_generation_check(w);
	if (code >= 0) code = resource_any(w, fill->resource_id, &resource);
	if (code < 0) return code;
	return resource_located(resource, &located) ? fill_rows(w, fill, resource, &located) : 0;
}

int cells_chore(Request *rq) {
	enum { AT_ONCE = 200 }; /* portions a run: others want their turn */
	int code = 0;
	for (int i = 0; code >= 0 && i < AT_ONCE; i++) {
		Rows *rows;
		int found =
		    db_one(rq->db, &rows,
		           "SELECT resource_id, generation_no, located, located_to FROM record_generation WHERE state = 'live'"
		           " AND (located = '' OR (located NOT IN ('-', '0') AND located_to < 9223372036854775807))"
		           " ORDER BY resource_id LIMIT 1",
		           NO_BIND);
		if (found <= 0) return found;
		Fill fill = {.resource_id = rows_int(rows, 0),
		             .generation = (int)rows_int(rows, 1),
		             .looked = rows_text(rows, 2).len > 0,
		             .from = rows_int(rows, 3)};
		db_rest(rq->db);
		code = request_write_bulk(rq, fill_run, &fill);
	}
	return code < 0 ? code : 0;
}
