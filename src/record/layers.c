/* Which layers a caller sees on the map, and what the map page knows of each. On the request's thread. */
#include "record/ogc.h"
#include <string.h>

enum { LAYERS_MAX = 500 };

static int layer_of(Request *rq, int64_t resource_id, bool open, Layer *out) {
	Error error;
	Request quiet = request_quiet(rq, &error);
	const Grant *grant;
	int code;
	out->open = open;
	if (open) {
		code = access_public(&quiet, resource_id, &out->plan);
		if (code == 0) out->resource = out->plan->resource;
	} else {
		code = resource_find(&quiet, resource_id, &out->resource);
		if (code == 0) code = access_plan(&quiet, out->resource, WAY_API, &out->plan, &grant);
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
	int code = action_known(rq->app, "opening.list") ? action_run(rq, "opening.list", &open) : 0;
	int count = open.count < LAYERS_MAX ? open.count : LAYERS_MAX;
	if (count) memcpy(ids, open.resources, sizeof *ids * (size_t)count);
	return code < 0 ? code : count;
}

static bool among(const Layer *layers, int count, int64_t resource_id) {
	for (int i = 0; i < count; i++)
		if (layers[i].resource->resource_id == resource_id) return true;
	return false;
}

/* Adds what is seen of ids and is not among the layers yet. */
static int layers_add(Request *rq, const int64_t *ids, int found, bool open, Layer *layers, int *count) {
	for (int i = 0; i < found && *count < LAYERS_MAX; i++) {
		int code = open && among(layers, *count, ids[i]) ? 0 : layer_of(rq, ids[i], open, &layers[*count]);
		if (code < 0) return code;
		*count += code > 0;
	}
	return 0;
}

int layers_of(Request *rq, bool own, bool open, Layer **out) {
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, LAYERS_MAX);
	Layer *layers = *out = ARENA_ARRAY(rq->arena, Layer, LAYERS_MAX + 1);
	int count = 0, found = own ? layer_ids(rq, ids) : 0,
	    code = found < 0 ? found : layers_add(rq, ids, found, false, layers, &count);
	if (code == 0 && open) {
		found = open_ids(rq, ids);
		code = found < 0 ? found : layers_add(rq, ids, found, true, layers, &count);
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

/* The styles in force, one query for all. */
static int styles_of(Request *rq, const Layer *layers, int count, json_t **styles) {
	Rows *rows;
	int code = db_query(rq->db, &rows,
	                    "SELECT s.resource_id, s.style FROM map_style s WHERE s.version = (SELECT max(m.version) FROM"
	                    " map_style m WHERE m.resource_id = s.resource_id)",
	                    NO_BIND);
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		int at = 0;
		while (at < count && layers[at].resource->resource_id != rows_int(rows, 0))
			at++;
		if (at == count) continue;
		Text text = rows_text(rows, 1);
		styles[at] = json_loadb(text.at, text.len, 0, NULL);
		arena_on_free(rq->arena, (ArenaCleanup)json_decref, styles[at]);
		style_for_reader(layers[at].plan, styles[at]);
	}
	rows_close(rows);
	return code;
}

int map_layers(Request *rq) {
	Layer *layers;
	JsonWriter *json = &rq->json;
	int count = layers_of(rq, party_may(&rq->party, PERMIT_DATA_READ), true, &layers);
	if (count < 0) return count;
	json_t **styles = ARENA_ARRAY(rq->arena, json_t *, LAYERS_MAX + 1);
	int code = styles_of(rq, layers, count, styles);
	if (code < 0) return code;
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
		jw_key(json, "style");
		jw_raw(json, text_of(json_as_text(rq, styles[n])));
		jw_kv_bool(json, "may_style", !layers[n].open && style_may(rq, plan->resource));
		jw_kv_bool(json, "open", layers[n].open);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_kv_str(json, "next", NULL);
	jw_object_end(json);
	return 0;
}
