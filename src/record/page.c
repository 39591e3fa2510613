/* Pages of records: GET /data/{resource}/records. Fields, order, place and filter are checked against the plan, then the rows
 * come from the run-time table, or from the supplier (proxied.c), and pass the masks one by one. On the request's thread. */
#include "record/read.h"

static int unknown_parameter(Request *rq, Text name) {
	return error_field(rq->error, ERR_INVALID, "query", name, "unknown_parameter", "see GET /data/{resource}/schema",
	                   "There is no parameter %.*s", (int)(name.len > 80 ? 80 : name.len), name.at);
}

/* A field of the resource that the plan shows, or -1. */
static int visible_position(const Plan *plan, Text name) {
	const Field *field = resource_field(plan->resource, name);
	int position = field ? (int)(field - plan->resource->fields) : -1;
	return position >= 0 && plan->fields[position].mode != GRANT_NONE ? position : -1;
}

int query_fields(Request *rq, const Plan *plan, int *positions) {
	Text rest = in_text(rq, "fields");
	int shown = 0;
	if (!rest.at) {
		memcpy(positions, plan->positions, sizeof(int) * (size_t)plan->visible);
		return plan->visible;
	}
	while (rest.at) {
		const char *comma = rest.len ? memchr(rest.at, ',', rest.len) : NULL;
		Text name = {rest.at, comma ? (size_t)(comma - rest.at) : rest.len};
		int position = visible_position(plan, name);
		if (position < 0 || shown == RECORD_FIELDS_MAX)
			return error_field(rq->error, ERR_INVALID, "fields", name, "unknown_parameter",
			                   "see GET /data/{resource}/schema", "There is no field %.*s for you",
			                   (int)(name.len > 80 ? 80 : name.len), name.at);
		positions[shown++] = position;
		rest = comma ? (Text){comma + 1, rest.len - name.len - 1} : TEXT_NONE;
	}
	return shown;
}

static int page_fields(Request *rq, Page *page) {
	const Plan *plan = page->target.plan;
	page->positions = ARENA_ARRAY(rq->arena, int, RECORD_FIELDS_MAX + 1);
	page->columns = ARENA_ARRAY(rq->arena, int, RECORD_FIELDS_MAX + 1);
	int shown = query_fields(rq, plan, page->positions);
	if (shown < 0) return shown;
	page->shown = shown;
	for (int i = 0; i < page->shown; i++) {
		int no = plan->resource->fields[page->positions[i]].no;
		page->columns[i] = column_listed(plan->columns, no) ? no : 0;
	}
	return 0;
}
static int page_sort(Request *rq, Page *page) {
	const Plan *plan = page->target.plan;
	Text name = in_text(rq, "sort");
	page->descending = name.len > 0 && name.at[0] == '-';
	if (page->descending) name = (Text){name.at + 1, name.len - 1};
	if (!name.at || text_is(name, "record_id")) return 0;
	int position = visible_position(plan, name);
	if (position < 0)
		return error_field(rq->error, ERR_INVALID, "sort", name, "unknown_parameter", "see GET /data/{resource}/schema",
		                   "There is no field %.*s for you", (int)(name.len > 80 ? 80 : name.len), name.at);
	const Field *field = &plan->resource->fields[position];
	if (plan->fields[position].mode != GRANT_CLEAR) return masked_field(rq, field);
	if (!(field->indexed || field->unique || field->key) || !column_listed(plan->columns, field->no))
		return error_field(rq->error, ERR_INVALID, "sort", name, "not_indexed",
		                   "sort by record_id, a key or an indexed field", "%s has no index", field->name);
	page->sort = field;
	page->sort_position = position;
	return 0;
}

static int page_after(Request *rq, Page *page) {
	Text after = in_text(rq, "after");
	if (!after.at) return 0;
	int code = cursor_parse(rq, page->target.plan, after, &page->cursor);
	if (code < 0) return code;
	if (page->cursor.sort != (page->sort ? page->sort->no : 0) || page->cursor.descending != page->descending)
		return error_field(rq->error, ERR_INVALID, "after", TEXT_NONE, "cursor", "keep `sort` the same from page to page",
		                   "The cursor belongs to another order");
	page->after = true;
	return 0;
}

/* A parameter that the route's row names. */
static bool own_parameter(const Request *rq, Text name) {
	for (const InputField *input = rq->route ? rq->route->inputs : NULL; input && input->name; input++)
		if (input->in == IN_QUERY && text_is(name, input->name)) return true;
	return false;
}

int query_filter(Request *rq, const Plan *plan, Filter **out) {
	Text rest = rq->any_query, name, value;
	int more, code = 0;
	Filter *filter = *out = ARENA_NEW(rq->arena, Filter);
	filter_begin(filter, plan->resource, rq->arena, rq->error, 2 + plan->filter_count);
	while (code == 0 && (more = query_next(rq->arena, &rest, &name, &value)) > 0) {
		FilterOp op;
		if (own_parameter(rq, name)) continue;
		const Field *field = filter_field(plan->resource, name, &op);
		int position = field ? (int)(field - plan->resource->fields) : -1;
		if (!field || plan->fields[position].mode == GRANT_NONE) return unknown_parameter(rq, name);
		if (plan->fields[position].mode != GRANT_CLEAR) return masked_field(rq, field);
		if (!column_listed(plan->columns, field->no))
			return error_field(rq->error, ERR_INVALID, field->name, TEXT_NONE, "no_values", "load the resource first",
			                   "%s is new and has no values yet", field->name);
		code = filter_add(filter, field, op, value);
	}
	return code < 0 ? code : more < 0 ? fail(rq, ERR_INVALID, "The query is malformed") : 0;
}

/* Runs the page's statement for one part (rows with, or without, a sort value) and writes what still fits. */
static int page_part(Request *rq, Page *page, bool nulls) {
	const Plan *plan = page->target.plan;
	Val binds[2 * FILTER_VALUES_MAX + 4];
	int count = bind_filter(plan, page->limit - page->written + 1, binds);
	memcpy(binds + count, page->filter->values, sizeof(Val) * (size_t)page->filter->count);
	count += page->filter->count;
	bool after = page->after && page->cursor.nulls == nulls;
	PageSql sql = {.table = sql_table(plan->resource->resource_id, plan->resource->generation_no),
	               .columns = page->columns,
	               .count = page->shown + (page->sort != NULL),
	               .sort = page->sort ? page->sort->no : 0,
	               .descending = page->descending,
	               .nulls = nulls};
	if (after && page->sort && !nulls) {
		binds[count++] = page->cursor.value;
		sql.after_value = count;
	}
	if (after) {
		binds[count++] = val_int(page->cursor.record_id);
		sql.after_rid = count;
	}
	sql.extra =
	    text_of(arena_printf(rq->arena, "%.*s%.*s", TEXT_ARG(plan->filter), TEXT_ARG(buf_as_text(&page->filter->sql))));
	Rows *rows;
	Val *values = ARENA_ARRAY(rq->arena, Val, page->shown + 1);
	int code = db_query(rq->db, &rows, sql_read_page(rq->arena, &sql), binds, (size_t)count);
	if (code < 0) return statement_failed(rq, code);
	while ((code = rows_next(rows)) > 0) {
		if (rows_int(rows, 0) != rq->generation) {
			int64_t generation = rows_int(rows, 0);
			rows_close(rows);
			return moved_on(rq, generation);
		}
		if (page->written == page->limit) {
			page->more = true;
			break;
		}
		for (int i = 0; i < page->shown; i++)
			values[i] = column_value(rows, SYSTEM_SHOWN + i, &plan->resource->fields[page->positions[i]]);
		record_json(rq, plan, rows_int(rows, 1), rows_int(rows, 2), values, page->positions, page->shown);
		page->written++;
		page->last =
		    (Cursor){.sort = sql.sort, .descending = page->descending, .nulls = nulls, .record_id = rows_int(rows, 1)};
		if (page->sort && !nulls) page->last.value = column_value(rows, SYSTEM_SHOWN + page->shown, page->sort);
		if (page->last.value.kind == VAL_TEXT && page->written == page->limit)
			page->last.value.t = text_dup(rq->arena, page->last.value.t);
	}
	rows_close(rows);
	return code < 0 ? statement_failed(rq, code) : 0;
}

/* With, then without a value of the sort field: NULLs come last in both directions, and either part is one range of an index. */
static int page_rows(Request *rq, Page *page) {
	int code = 0;
	if (!page->target.plan->mounted) return 0;
	bool proxied = page->target.resource->keeper == KEEPER_PROXY;
	int (*part)(Request *, Page *, bool) = proxied ? proxied_page : page_part;
	if (page->sort) page->columns[page->shown] = page->sort->no;
	if (!page->after || !page->cursor.nulls) code = part(rq, page, false);
	/* a supplier's column may be empty whatever the entry says */
	bool nullable = page->sort && !page->sort->key && (proxied || !page->sort->required);
	if (code == 0 && nullable && !page->more) code = part(rq, page, true);
	if (code == 0 && (proxied || page->written == 0)) { /* nothing that could have told the generation */
		int moved = request_generation_check(rq);
		code = moved == 1 ? ERR_RETRY : moved;
	}
	return code;
}

static void page_end(Request *rq, const Page *page) {
	const Plan *plan = page->target.plan;
	jw_array_end(&rq->json);
	jw_kv_str(&rq->json, "next", page->more ? cursor_text(rq, plan, &page->last) : NULL);
	jw_key(&rq->json, "total");
	jw_null(&rq->json);
	jw_key(&rq->json, "masked");
	jw_array(&rq->json);
	for (int i = 0; i < page->shown; i++)
		if (plan->fields[page->positions[i]].mode == GRANT_MASKED)
			jw_str(&rq->json, plan->resource->fields[page->positions[i]].name);
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
}

static void page_evidence(Request *rq, const Page *page) {
	const char *how = arena_printf(rq->arena, "\"by\":\"list\",\"filter\":\"%.*s\",\"sort\":\"%s%s\"",
	                               TEXT_ARG(buf_as_text(&page->filter->about)), page->descending ? "-" : "",
	                               page->sort ? page->sort->name : "record_id");
	tell_evidence(rq, page->target.plan, how, page->written);
	bool sensitive = false; /* only what this page showed counts */
	for (int i = 0; i < page->shown; i++)
		sensitive |= page->target.plan->fields[page->positions[i]].sensitive;
	rq->sensitive = sensitive && page->written > 0;
}

int record_list(Request *rq) {
	Page page = {.limit = in_limit(rq)};
	int code = open_target(rq, &page.target);
	if (code == 0) code = page_fields(rq, &page);
	if (code == 0) code = page_sort(rq, &page);
	if (code == 0) code = page_after(rq, &page);
	if (code == 0) code = query_filter(rq, page.target.plan, &page.filter);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	code = page_rows(rq, &page);
	if (code == 0) {
		page_evidence(rq, &page);
		code = use_quota(rq, &page.target, page.written);
	}
	if (code == 0) page_end(rq, &page);
	return code;
}
