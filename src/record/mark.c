/* mark: what objections and ratings need of records: may somebody read this, is the record there, is it still as it was. Gives no
 * values out. Reads and writes; any thread. */
#include "record/read.h"

int record_readable(Request *rq, const Resource *resource) {
	const Plan *plan;
	const Grant *grant;
	return access_plan(rq, resource, &plan, &grant);
}

int record_mark(Request *rq, const Resource *resource, int64_t record_id, const Field *field, RecordMark *out) {
	TableState state;
	Text columns;
	Rows *rows;
	*out = (RecordMark){0};
	int code = table_state(rq, resource->resource_id, &state);
	if (code < 0 || !state.live_no) return code;
	if ((code = table_columns(rq, resource->resource_id, state.live_no, rq->arena, &columns)) < 0) return code;
	bool stored = field && column_listed(columns, field->no);
	TableName table = sql_table(resource->resource_id, state.live_no);
	code = db_one(rq->db, &rows, sql_read_field(rq->arena, table, stored ? field->no : 0), BIND(val_int(record_id)));
	if (code <= 0) return code < 0 ? statement_failed(rq, code) : 0;
	out->there = true;
	out->version = rows_int(rows, 0);
	if (!stored || rows_null(rows, 1)) return 0;
	Val value = field_kind_val(field->kind) == VAL_INT      ? val_int(rows_int(rows, 1))
	            : field_kind_val(field->kind) == VAL_DOUBLE ? val_double(rows_double(rows, 1))
	                                                        : val_text(rows_text(rows, 1));
	Text text = field_text(field, value, rq->arena);
	/* with the record and field in it: equal values of two records do not show */
	const char *salted = arena_printf(rq->arena, "%lld:%lld:%d:%.*s", (long long)resource->resource_id, (long long)record_id,
	                                  field->no, TEXT_ARG(text));
	snprintf(out->value, sizeof out->value, "%016llx", (unsigned long long)siphash64(app_secret(rq->app), text_of(salted)));
	return 0;
}

/* The record is read once on the path callers take, so that the grant's row filter decides. */
int record_mark_seen(Request *rq, const Resource *resource, int64_t record_id, const Field *field, RecordMark *out) {
	const Plan *plan;
	const Grant *grant;
	Rows *rows;
	Val binds[1 + FILTER_VALUES_MAX];
	*out = (RecordMark){0};
	int code = resource_not_proxied(rq, resource, "be objected to one by one");
	if (code == 0) code = access_plan(rq, resource, &plan, &grant);
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
