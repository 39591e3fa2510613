/* Which layers a caller sees on the map, and what the map page knows of each. On the request's thread. */
#include "record/ogc.h"
#include <string.h>

enum { LAYERS_MAX = 500 };

static int layer_of(Request *rq, int64_t resource_id, Layer *out) {
	Error error;
	Request quiet = request_quiet(rq, &error);
	const Grant *grant;
	int code;
	if (asked_openly(rq)) {
		code = access_public(&quiet, resource_id, &out->plan);
		if (code == 0) out->resource = out->plan->resource;
	} else {
		code = resource_find(&quiet, resource_id, &out->resource);
		if (code == 0) code = access_plan(&quiet, out->resource, &out->plan, &grant);
	}
	if (code == ERR_RETRY || code == ERR_LEASE || code == ERR_BUSY) return fail(rq, code, "%s", error.message);
	return code == 0 && finding_clear(out->plan, &out->located);
}

/* Candidates: located resources with records; asked openly, those that are open. */
static int layer_ids(Request *rq, int64_t *ids) {
	Rows *rows;
	int found = 0, code = db_query(rq->db, &rows,
	                               "SELECT resource_id FROM record_generation WHERE state = 'live' AND located NOT IN"
	                               " ('', '-', '0') ORDER BY resource_id LIMIT $1",
	                               BIND(val_int(LAYERS_MAX)));
	if (code < 0) return code;
	while (found < LAYERS_MAX && (code = rows_next(rows)) > 0)
		ids[found++] = rows_int(rows, 0);
	rows_close(rows);
	return code < 0 ? code : found;
}

/* A stranger's call must not cost a look at each resource of the city. */
static int open_ids(Request *rq, int64_t *ids) {
	OpeningList open = {0};
	int code = action_run(rq, "opening.gate", NULL);
	if (code == 0) code = action_run(rq, "opening.list", &open);
	if (code < 0) return code;
	rq->any_origin = true;
	int count = open.count < LAYERS_MAX ? open.count : LAYERS_MAX;
	if (count) memcpy(ids, open.resources, sizeof *ids * (size_t)count);
	return count;
}

int layers_of(Request *rq, Layer **out) {
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, LAYERS_MAX);
	Layer *layers = *out = ARENA_ARRAY(rq->arena, Layer, LAYERS_MAX + 1);
	int found = asked_openly(rq) ? open_ids(rq, ids) : layer_ids(rq, ids), count = 0, code = found;
	for (int i = 0; code >= 0 && i < found; i++) {
		code = layer_of(rq, ids[i], &layers[count]);
		count += code > 0;
	}
	return code < 0 ? code : count;
}

const Field *time_field(const Plan *plan) {
	for (int i = 0; i < plan->visible; i++) {
		const Field *field = &plan->resource->fields[plan->positions[i]];
		if ((field->kind == KIND_DATE || field->kind == KIND_TIME) &&
		    plan->fields[plan->positions[i]].mode == GRANT_CLEAR)
			return field;
	}
	return NULL;
}

bool shown_field(const Plan *plan, int i) {
	return plan->fields[plan->positions[i]].mode == GRANT_CLEAR &&
	       plan->resource->fields[plan->positions[i]].kind != KIND_GEOMETRY;
}

int map_layers(Request *rq) {
	Layer *layers;
	JsonWriter *json = &rq->json;
	int count = layers_of(rq, &layers);
	if (count < 0) return count;
	jw_object(json);
	jw_key(json, "items");
	jw_array(json);
	for (int n = 0; n < count; n++) {
		const Plan *plan = layers[n].plan;
		const Field *when = time_field(plan);
		jw_object(json);
		jw_kv_id(json, "resource_id", plan->resource->resource_id);
		jw_kv_str(json, "collection", layer_name(rq, plan->resource));
		jw_kv_str(json, "name", plan->resource->name);
		jw_kv_str(json, "kind", layers[n].located.shape >= 0 ? "shapes" : "points");
		jw_kv_str(json, "time_field", when ? when->name : NULL);
		jw_key(json, "fields");
		jw_array(json);
		for (int i = 0; i < plan->visible; i++) {
			const Field *field = &plan->resource->fields[plan->positions[i]];
			if (!shown_field(plan, i)) continue;
			jw_object(json);
			jw_kv_str(json, "name", field->name);
			jw_kv_str(json, "title", field->title);
			jw_kv_str(json, "kind", field_kind_name(field->kind));
			jw_object_end(json);
		}
		jw_array_end(json);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_kv_str(json, "next", NULL);
	jw_object_end(json);
	return 0;
}
