/* Records by where they lie: the one path out (grant → row filter → clear fields alone) over the cells beside the rows. One
 * snapshot an answer, so that grant, rows and the mark of freshness belong together. On the request's thread. */
#include "record/read.h"

bool finding_clear(const Plan *plan, Located *out) {
	const Resource *resource = plan->resource;
	if (!resource_located(resource, out)) return false;
	if (out->shape >= 0) return plan->fields[out->shape].mode == GRANT_CLEAR;
	return plan->fields[out->lon].mode == GRANT_CLEAR && plan->fields[out->lat].mode == GRANT_CLEAR;
}

int finding_column(const Finding *finding, int position) {
	int no = finding->target.plan->resource->fields[position].no;
	return column_listed(finding->target.plan->columns, no) ? no : 0;
}

static void add_position(Finding *finding, int position) {
	finding->positions[finding->count] = position;
	finding->columns[finding->count++] = finding_column(finding, position);
}

static int refuse_place(Request *rq, const Finding *finding) {
	const Resource *resource = finding->target.resource;
	Located located;
	if (asked_openly(rq)) return fail(rq, ERR_NOT_FOUND, "There is no open data under this name");
	if (resource->keeper == KEEPER_PROXY) return resource_not_proxied(rq, resource, "be shown on the map");
	if (!resource_located(resource, &located))
		return error_field(rq->error, ERR_CONFLICT, "resource", text_of(resource->code), "not_located",
		                   "give the entry a geometry field, or fields checked as longitude and latitude",
		                   "The entry %s does not say where its records lie", resource->code);
	return error_field(rq->error, ERR_FORBIDDEN, "resource", text_of(resource->code), "place_masked",
	                   "ask the supplier to grant the place clear", "Where the records of %s lie is not given to you clear",
	                   resource->code);
}

int finding_of(Request *rq, const Target *target, Finding *out) {
	TableState state = {0};
	const Plan *plan = target->plan;
	*out = (Finding){.rq = rq,
	                 .target = *target,
	                 .positions = ARENA_ARRAY(rq->arena, int, RECORD_FIELDS_MAX + 3),
	                 .columns = ARENA_ARRAY(rq->arena, int, RECORD_FIELDS_MAX + 3)};
	if (plan->resource->keeper == KEEPER_PROXY || !finding_clear(plan, &out->located)) return refuse_place(rq, out);
	int code = query_filter(rq, plan, &out->filter);
	if (code == 0) code = table_state(rq, plan->resource->resource_id, &state);
	if (code == 0) code = table_cells(rq, plan->resource->resource_id, plan->resource->generation_no, &out->cells);
	if (code < 0) return code;
	out->changed = state.changed;
	out->removed = state.removed;
	out->prepared = !plan->mounted || out->cells.whole;
	add_position(out, out->located.shape >= 0 ? out->located.shape : out->located.lon);
	if (out->located.shape < 0) add_position(out, out->located.lat);
	out->place = out->count;
	return 0;
}

int finding_snapshot(Request *rq) {
	int code = db_snapshot(rq->db);
	if (code < 0) return code;
	int moved = request_generation_check(rq);
	return moved == 1 ? ERR_RETRY : moved;
}

int finding_open(Request *rq, Finding *out) {
	Target target;
	int code = finding_snapshot(rq);
	if (code == 0) code = open_target(rq, &target);
	return code < 0 ? code : finding_of(rq, &target, out);
}

void finding_choose(Finding *finding, const int *positions, int count, int most) {
	const Plan *plan = finding->target.plan;
	for (int i = 0; i < count && finding->count - finding->place < most; i++)
		if (plan->fields[positions[i]].mode == GRANT_CLEAR && plan->resource->fields[positions[i]].kind != KIND_GEOMETRY)
			add_position(finding, positions[i]);
}

const char *finding_name(const Finding *finding, int64_t record) {
	const Plan *plan = finding->target.plan;
	Request *rq = finding->rq;
	return plan->opening_id ? pair_lock(rq->arena, app_secret(rq->app), plan->resource->resource_id, record)
	                        : arena_printf(rq->arena, "%lld", (long long)record);
}

bool finding_named(const Finding *finding, Text name, int64_t *record) {
	const Plan *plan = finding->target.plan;
	return plan->opening_id ? pair_unlock(app_secret(finding->rq->app), name, plan->resource->resource_id, record)
	                        : text_to_int(name, record) == 0;
}

uint64_t finding_mark(const Finding *finding, int64_t record) {
	enum { ID_SHIFT = 9 };
	const Plan *plan = finding->target.plan;
	return plan->opening_id ? (uint64_t)open_mark(finding->rq, plan->resource->resource_id, record)
	                        : (uint64_t)record >> ID_SHIFT;
}

bool finding_point(const Finding *finding, const Val *values, double *lon, double *lat) {
	const Field *fields = finding->target.plan->resource->fields;
	return number_of(&fields[finding->located.lon], values[0], lon) &&
	       number_of(&fields[finding->located.lat], values[1], lat);
}

int finding_bind(const Finding *finding, int64_t first, Val *binds, Text *extra) {
	const Plan *plan = finding->target.plan;
	int count = bind_filter(plan, first, binds);
	memcpy(binds + count, finding->filter->values, sizeof(Val) * (size_t)finding->filter->count);
	*extra = text_of(
	    arena_printf(finding->rq->arena, "%.*s%.*s", TEXT_ARG(plan->filter), TEXT_ARG(buf_as_text(&finding->filter->sql))));
	return count + finding->filter->count;
}

/* The same, with room for three more. */
static int bind(const Finding *finding, int64_t first, Val *binds, CellSql *sql) {
	const Plan *plan = finding->target.plan;
	Text extra;
	int count = finding_bind(finding, first, binds, &extra);
	*sql = (CellSql){.table = sql_table(plan->resource->resource_id, plan->resource->generation_no),
	                 .columns = finding->columns,
	                 .count = finding->count,
	                 .cells = count + 1,
	                 .extra = extra};
	return count;
}

static int64_t give(Finding *finding, Rows *rows, Val *values, FoundFn found, void *arg) {
	const Field *fields = finding->target.plan->resource->fields;
	int64_t given = 0;
	int code;
	while ((code = rows_next(rows)) > 0) {
		for (int i = 0; i < finding->count; i++)
			values[i] = column_value(rows, 2 + i, &fields[finding->positions[i]]);
		given++;
		if ((code = found(arg, rows_int(rows, 0), rows_int(rows, 1), values)) != 0) break;
	}
	rows_close(rows);
	return code < 0 ? code : given;
}

int64_t finding_rows(Finding *finding, const CellRange *ranges, int count, int64_t after_cell, int64_t after, int64_t limit,
                     FoundFn found, void *arg) {
	Request *rq = finding->rq;
	Val binds[2 * FILTER_VALUES_MAX + 4], *values = ARENA_ARRAY(rq->arena, Val, finding->count + 1);
	CellSql sql;
	if (!finding->target.plan->mounted) return 0;
	int bound = bind(finding, limit, binds, &sql);
	sql.heap = finding->heap;
	sql.sqlite = db_engine(rq->db) == STORE_SQLITE;
	const char *text = sql_in_cells(rq->arena, &sql);
	int64_t given = 0;
	for (int i = 0; i < count && given < limit; i++) {
		Rows *rows;
		if (ranges[i].last < after_cell) continue;
		bool going_on = after_cell >= ranges[i].first;
		binds[0] = val_int(limit - given);
		binds[bound] = val_int(going_on ? after_cell : ranges[i].first);
		binds[bound + 1] = val_int(going_on ? after : 0);
		binds[bound + 2] = val_int(ranges[i].last);
		int code = db_query(rq->db, &rows, text, binds, (size_t)bound + 3);
		if (code < 0) return statement_failed(rq, code);
		int64_t some = give(finding, rows, values, found, arg);
		if (some < 0) return some;
		given += some;
	}
	return given;
}

int finding_clusters(Finding *finding, CellRange range, int64_t size, ClusterFn found, void *arg) {
	Request *rq = finding->rq;
	Val binds[2 * FILTER_VALUES_MAX + 4];
	CellSql sql;
	Rows *rows;
	if (!finding->target.plan->mounted) return 0;
	int bound = bind(finding, size, binds, &sql);
	binds[bound] = val_int(range.first);
	binds[bound + 1] = val_int(0);
	binds[bound + 2] = val_int(range.last);
	int code = db_query(rq->db, &rows, sql_clusters(rq->arena, &sql), binds, (size_t)bound + 3);
	if (code < 0) return statement_failed(rq, code);
	while ((code = rows_next(rows)) > 0)
		if ((code = found(arg, rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2))) < 0) break;
	rows_close(rows);
	return code < 0 ? code : 0;
}
