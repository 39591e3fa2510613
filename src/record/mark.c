/* mark: what objections, ratings and verification on site need of records: may somebody read this, is the record there, is it
 * still as it was; one value and the place for the program itself, which masks what it shows. Reads and writes; any thread. */
#include "record/read.h"

int record_readable(Request *rq, const Resource *resource) {
	const Plan *plan;
	const Grant *grant;
	return access_plan(rq, resource, WAY_INSIDE, &plan, &grant);
}

/* With the record and field in it: equal values of two records do not show. */
void record_mark_of(Request *rq, const Resource *resource, int64_t record_id, const Field *field, Text text, char out[17]) {
	const char *salted = arena_printf(rq->arena, "%lld:%lld:%d:%.*s", (long long)resource->resource_id, (long long)record_id,
	                                  field->no, TEXT_ARG(text));
	snprintf(out, 17, "%016llx", (unsigned long long)siphash64(app_secret(rq->app), text_of(salted)));
}

/* The stored value: 1, 0 there is no such record, or a code. field NULL, or not stored: NULL. */
static int stored(Request *rq, const Resource *resource, int64_t record_id, const Field *field, Val *value, int64_t *version) {
	TableState state;
	Text columns;
	Rows *rows;
	*value = val_null();
	int code = table_state(rq, resource->resource_id, &state);
	if (code < 0 || !state.live_no) return code;
	if ((code = table_columns(rq, resource->resource_id, state.live_no, rq->arena, &columns)) < 0) return code;
	bool column = field && column_listed(columns, field->no);
	TableName table = sql_table(resource->resource_id, state.live_no);
	code = db_one(rq->db, &rows, sql_read_field(rq->arena, table, column ? field->no : 0), BIND(val_int(record_id)));
	if (code <= 0) return code < 0 ? statement_failed(rq, code) : 0;
	*version = rows_int(rows, 0);
	if (!column || rows_null(rows, 1)) return 1;
	*value = field_kind_val(field->kind) == VAL_INT      ? val_int(rows_int(rows, 1))
	         : field_kind_val(field->kind) == VAL_DOUBLE ? val_double(rows_double(rows, 1))
	                                                     : val_text(text_dup(rq->arena, rows_text(rows, 1)));
	return 1;
}

int record_text(Request *rq, const Resource *resource, int64_t record_id, const Field *field, Text *out, RecordMark *mark) {
	Val value;
	*mark = (RecordMark){0};
	*out = TEXT_NONE;
	int found = stored(rq, resource, record_id, field, &value, &mark->version);
	if (found <= 0) return found;
	mark->there = true;
	if (value.kind == VAL_NULL) return 1;
	*out = field_text(field, value, rq->arena);
	record_mark_of(rq, resource, record_id, field, *out, mark->value);
	return 1;
}

int record_mark(Request *rq, const Resource *resource, int64_t record_id, const Field *field, RecordMark *out) {
	Text text;
	int code = record_text(rq, resource, record_id, field, &text, out);
	return code < 0 ? code : 0;
}

int record_place(Request *rq, const Resource *resource, int64_t record_id, double *lon, double *lat) {
	Located located;
	Val value, second;
	int64_t version;
	Box box;
	if (resource->keeper == KEEPER_PROXY || !resource_located(resource, &located)) return 0;
	const Field *field = &resource->fields[located.shape >= 0 ? located.shape : located.lon];
	int found = stored(rq, resource, record_id, field, &value, &version);
	if (found <= 0) return found;
	if (located.shape >= 0) {
		if (value.kind != VAL_TEXT || !shape_box(value.t, &box)) return 0;
		*lon = (box.west + box.east) / 2;
		*lat = (box.south + box.north) / 2;
		return 1;
	}
	found = stored(rq, resource, record_id, &resource->fields[located.lat], &second, &version);
	if (found <= 0) return found;
	return number_of(field, value, lon) && number_of(&resource->fields[located.lat], second, lat);
}

/* The record is read once on the path callers take, so that the grant's row filter decides. */
int record_mark_seen(Request *rq, const Resource *resource, int64_t record_id, const Field *field, RecordMark *out) {
	const Plan *plan;
	const Grant *grant;
	Rows *rows;
	Val binds[1 + FILTER_VALUES_MAX];
	*out = (RecordMark){0};
	int code = resource_not_proxied(rq, resource, "be objected to one by one");
	if (code == 0) code = access_plan(rq, resource, WAY_INSIDE, &plan, &grant);
	if (code < 0 || !plan->mounted) return code;
	for (int i = 0; field && i < plan->resource->field_count; i++)
		if (plan->resource->fields[i].no == field->no && plan->fields[i].mode == GRANT_NONE)
			return error_field(rq->error, ERR_INVALID, "field", text_of(field->name), "not_granted",
			                   "Name a field that you are given.", "This field is not given to you");
	binds[0] = val_int(record_id);
	if (plan->filter_count > 0) memcpy(binds + 1, plan->filter_values, sizeof(Val) * (size_t)plan->filter_count);
	code = db_one(rq->db, &rows, plan->by_id.one, binds, (size_t)(1 + plan->filter_count));
	if (code < 0) return statement_failed(rq, code);
	if (code == 0 || rows_null(rows, 1)) return 0;
	return record_mark(rq, resource, record_id, field, out);
}
