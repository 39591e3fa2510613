/* The room's module: its routes, tables and the actions that rooms below call by name. */
#include "record/ogc.h"
#include <stdio.h>

/* "record.reshape", arg int64_t *resource_id, in the write that publishes a version: the live run-time table gets the columns
 * that the new version's fields lack. A changed key or kind needs a full load into a new generation instead; nothing is done for
 * it here. */
static int reshape(Request *rq, void *arg) {
	const Resource *resource;
	TableState state;
	int64_t resource_id = *(const int64_t *)arg;
	int code = request_generation_check(rq); /* the version published in this very write, not one a cache still holds */
	if (code >= 0) code = resource_find(rq, resource_id, &resource);
	if (code == 0) code = table_state(rq, resource_id, &state);
	if (code < 0 || state.live_no == 0) return code;
	return table_reshape(rq, resource, state.live_no);
}

/* "filter.check": whether a grant's row filter can be used on the resource. */
static int filter_check(Request *rq, void *arg) {
	const FilterCheck *check = arg;
	const Resource *resource;
	int code = resource_find(rq, check->resource_id, &resource);
	if (code < 0 || !check->filter || json_is_null(check->filter)) return code;
	Filter *filter = ARENA_NEW(rq->arena, Filter);
	filter_begin(filter, resource, rq->arena, rq->error, 1);
	code = filter_json(filter, check->filter);
	if (code < 0)
		snprintf(rq->error->field, sizeof rq->error->field,
		         "filter"); /* the caller's input field; the message names the member */
	return code;
}

/* What loads left behind that can no longer be resumed (job.keep_days), and old generations that a reader still held. */
static int generations_chore(Request *rq) {
	int64_t before = days_before(rq, "job.keep_days");
	int code = generation_cleanup(rq);
	if (code == 0) code = generation_abandoned(rq, before);
	if (code == 0)
		code =
		    chore_portion(rq, before,
		                  "DELETE FROM record_batch WHERE (resource_id, job_id) IN (SELECT b.resource_id, b.job_id FROM"
		                  " record_batch b JOIN job j ON j.job_id = b.job_id WHERE j.state IN ('failed', 'cancelled')"
		                  " AND j.finished_at < $1 LIMIT $2)");
	return code;
}

static const Chore chores[] = {{"record.generations", 60, generations_chore}, {"record.cells", 60, cells_chore}};
static const Action actions[] = {{"record.reshape", reshape}, {"filter.check", filter_check}};

const Module record_module = {
    .name = "record",
    ROWS_OF(route, record_routes),
    ROWS_OF(migration, record_migrations),
    ROWS_OF(action, actions),
    ROWS_OF(chore, chores),
    .start = sheets_start,
    .stop = sheets_stop,
};

/* The map and its standard interfaces. */
const Module map_module = {
    .name = "map",
    ROWS_OF(route, feature_routes),
    .start = sizes_start,
    .stop = sizes_stop,
};
const Module style_module = {.name = "map.style", ROWS_OF(route, style_routes), ROWS_OF(migration, map_migrations)};
