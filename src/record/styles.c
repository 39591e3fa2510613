/* Styles of layers, kept with the resource by its owner, each change a version (table map_style): colour, mark and size of all of
 * it, or by a field's values or ranges, and a label. A reader sees of a style what he sees of the data. Reads on the request's
 * thread, changes in a write. */
#include "record/ogc.h"
#include <math.h>
#include <string.h>

enum { STYLE_STEPS_MAX = 24, STYLE_TEXT_MAX = 100 };

/* --- what a style may say ------------------------------------------------------------------------------------------------ */

static int style_wrong(Request *rq, const char *member, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, "style", text_of(member), rule, advice, message, member);
}

static bool colour_good(const json_t *value) {
	const char *text = json_string_value(value);
	return text && json_string_length(value) == 7 && text[0] == '#' && strspn(text + 1, "0123456789abcdefABCDEF") == 6;
}

static bool shape_good(const json_t *value) {
	static const char *const shapes[] = {"circle", "square", "triangle", "diamond", "star"};
	for (size_t i = 0; json_is_string(value) && i < sizeof shapes / sizeof *shapes; i++)
		if (strcmp(json_string_value(value), shapes[i]) == 0) return true;
	return false;
}

static bool short_text(const json_t *value) {
	return json_is_string(value) && json_string_length(value) <= STYLE_TEXT_MAX;
}

static bool number_within(const json_t *value, double least, double most) {
	return json_is_number(value) && json_number_value(value) >= least && json_number_value(value) <= most;
}

/* Members that a style and its steps have in common, and what each may be. */
static int look_member(Request *rq, const char *name, const json_t *value) {
	if (strcmp(name, "colour") == 0 && !colour_good(value))
		return style_wrong(rq, name, "colour", "write it as #0b5fd7", "%s is no colour");
	if (strcmp(name, "shape") == 0 && !shape_good(value))
		return style_wrong(rq, name, "shape", "take circle, square, triangle, diamond or star", "%s is no mark");
	if ((strcmp(name, "size") == 0 && !number_within(value, 2, 24)) ||
	    (strcmp(name, "width") == 0 && !number_within(value, 0.5, 12)))
		return style_wrong(rq, name, "range", "take a size from 2 to 24, a width from 0.5 to 12", "%s is out of range");
	return 0;
}

static int step_check(Request *rq, const json_t *step) {
	static const char *const known[] = {"value", "from", "to", "colour", "shape", "size", "title"};
	const char *name;
	json_t *value;
	const json_t *from = json_object_get(step, "from"), *to = json_object_get(step, "to"),
	             *is = json_object_get(step, "value");
	json_object_foreach((json_t *)step, name, value) {
		bool found = false;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found |= strcmp(name, known[i]) == 0;
		if (!found)
			return style_wrong(rq, name, "unknown_member", "use value, from, to, colour, shape, size and title",
			                   "A step has no member %s");
		int code = look_member(rq, name, value);
		if (code < 0) return code;
	}
	bool one = is && !from && !to && (short_text(is) || json_is_number(is) || json_is_boolean(is));
	bool range = !is && (from || to) && (!from || json_is_number(from)) && (!to || json_is_number(to)) &&
	             !(from && to && json_number_value(from) > json_number_value(to));
	if (!json_is_object(step) || !json_object_get(step, "colour") ||
	    (json_object_get(step, "title") && !short_text(json_object_get(step, "title"))) || !(one || range))
		return style_wrong(rq, "steps", "step", "give each a colour and a value, or numbers from and to",
		                   "One of %s is neither a value nor a range");
	return 0;
}

static int field_check(Request *rq, const Resource *resource, const char *name, const json_t *value) {
	const Field *field = json_is_string(value) ? resource_field(resource, text_of(json_string_value(value))) : NULL;
	if (field && field->kind != KIND_GEOMETRY) return 0;
	return style_wrong(rq, name, "unknown_field", "choose one of the layer's fields", "%s names no field that can be drawn");
}

static int style_check(Request *rq, const Resource *resource, const json_t *style) {
	static const char *const known[] = {"colour", "shape", "size", "width", "fill", "field", "steps", "label", "base"};
	const json_t *steps = json_object_get(style, "steps");
	const char *name;
	size_t index;
	json_t *value;
	int code = 0;
	if (!json_is_object(style)) return style_wrong(rq, "style", "type", "give a JSON object", "%s is no object");
	json_object_foreach((json_t *)style, name, value) {
		bool found = false;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found |= strcmp(name, known[i]) == 0;
		if (!found)
			return style_wrong(rq, name, "unknown_member",
			                   "use colour, shape, size, width, fill, field, steps, label and base",
			                   "A style has no member %s");
		code = look_member(rq, name, value);
		if (code == 0 && (strcmp(name, "field") == 0 || strcmp(name, "label") == 0))
			code = field_check(rq, resource, name, value);
		if (code == 0 && strcmp(name, "fill") == 0 && !number_within(value, 0, 1))
			code = style_wrong(rq, name, "range", "take a share from 0 to 1", "%s is out of range");
		if (code == 0 && strcmp(name, "base") == 0 && !number_within(value, 0, 20))
			code = style_wrong(rq, name, "range", "take a zoom level from 0 to 20", "%s is out of range");
		if (code < 0) return code;
	}
	if (steps && (!json_is_array(steps) || json_array_size(steps) > STYLE_STEPS_MAX || !json_object_get(style, "field")))
		return style_wrong(rq, "steps", "steps", "name a field and give at most 24 steps", "%s cannot be read");
	json_array_foreach(steps, index, value) if ((code = step_check(rq, value)) < 0) return code;
	return 0;
}

/* --- kept ------------------------------------------------------------------------------------------------------------------ */

int style_load(Request *rq, int64_t resource_id, json_t **style, int64_t *version) {
	Rows *rows;
	*style = NULL;
	*version = 0;
	int code =
	    db_one(rq->db, &rows, "SELECT version, style FROM map_style WHERE resource_id = $1 ORDER BY version DESC LIMIT 1",
	           BIND(val_int(resource_id)));
	if (code <= 0) return code;
	*version = rows_int(rows, 0);
	Text text = rows_text(rows, 1);
	*style = json_loadb(text.at, text.len, 0, NULL);
	arena_on_free(rq->arena, (ArenaCleanup)json_decref, *style);
	return 0;
}

static bool field_clear(const Plan *plan, const json_t *style, const char *member) {
	const json_t *name = json_object_get(style, member);
	const Field *field = name ? resource_field(plan->resource, text_of(json_string_value(name))) : NULL;
	return field && plan->fields[field - plan->resource->fields].mode == GRANT_CLEAR;
}

void style_for_reader(const Plan *plan, json_t *style) {
	if (style && !field_clear(plan, style, "field")) { /* the steps hold its values */
		json_object_del(style, "field");
		json_object_del(style, "steps");
	}
	if (style && !field_clear(plan, style, "label")) json_object_del(style, "label");
}

bool style_may(const Request *rq, const Resource *resource) {
	return party_may(&rq->party, PERMIT_CATALOG_EDIT) && rq->party.org_id == resource->org_id;
}

static const Member versions[] = {{"version", MEMBER_INT},  {"note", MEMBER_TEXT},  {"made_by", MEMBER_TEXT},
                                  {"made_at", MEMBER_TIME}, {"style", MEMBER_JSON}, {0}};

/* Versions are for who may change them: an old one may hold values that this reader is not given. */
static int style_get(Request *rq) {
	const Resource *resource;
	const Plan *plan;
	const Grant *grant;
	json_t *style;
	int64_t version;
	int code = resource_find(rq, in_int(rq, "id"), &resource);
	if (code == 0) code = access_plan(rq, resource, WAY_INSIDE, &plan, &grant);
	if (code == 0) code = style_load(rq, resource->resource_id, &style, &version);
	if (code < 0) return code;
	bool may = style_may(rq, resource);
	if (!may) style_for_reader(plan, style);
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "version", version);
	jw_kv_bool(&rq->json, "may_change", may);
	jw_key(&rq->json, "style");
	jw_raw(&rq->json, text_of(json_as_text(rq, style)));
	code = answer_under(rq, "versions", versions,
	                    "SELECT version, note, made_by, made_at, style FROM map_style WHERE resource_id = $1 AND $2 = 1"
	                    " ORDER BY version DESC LIMIT 50",
	                    BIND(val_int(resource->resource_id), val_int(may)));
	jw_object_end(&rq->json);
	return code;
}

static int style_put(Request *rq) {
	const Resource *resource;
	json_t *kept;
	int64_t version;
	const json_t *style = in_json(rq, "style");
	int code = resource_find(rq, in_int(rq, "id"), &resource);
	if (code < 0) return code;
	if (!style_may(rq, resource)) return fail(rq, ERR_FORBIDDEN, "Only the supplier decides how its data look on the map");
	rq->about_resource = resource->resource_id;
	code = style_check(rq, resource, style);
	if (code == 0) code = db_lock(rq->db, "map.style", resource->resource_id);
	if (code >= 0) code = style_load(rq, resource->resource_id, &kept, &version);
	if (code < 0) return code;
	if (in_int(rq, "version") != version)
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "read it again",
		                   "The style was changed meanwhile");
	int64_t done = db_run(
	    rq->db, "INSERT INTO map_style (resource_id, version, style, note, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6)",
	    BIND(val_int(resource->resource_id), val_int(version + 1), val_str(json_as_text(rq, style)),
	         val_str(in_has(rq, "note") ? in_str(rq, "note") : ""), val_str(rq->party.login), val_int(rq->now_us)));
	if (done < 0) return (int)done;
	rq->about = arena_printf(rq->arena, "{\"version\":%lld}", (long long)version + 1);
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "version", version + 1);
	jw_object_end(&rq->json);
	return 0;
}

/* --- as Mapbox style ---------------------------------------------------------------------------------------------------------
 */

static json_t *text_of_step(const json_t *step, const json_t *style, const char *member) {
	const json_t *value = json_object_get(step, member);
	return json_incref((json_t *)(value ? value : json_object_get(style, member)));
}

/* ["case", condition, colour, …, colour]: the first step that fits, as on the city's own map. */
static json_t *colour_expression(const json_t *style) {
	const json_t *steps = json_object_get(style, "steps"), *colour = json_object_get(style, "colour");
	const char *field = json_string_value(json_object_get(style, "field"));
	json_t *out = json_array(), *step, *rest = colour ? json_incref((json_t *)colour) : json_string("#0b5fd7");
	size_t index;
	if (!field || json_array_size(steps) == 0) {
		json_decref(out);
		return rest;
	}
	json_array_append_new(out, json_string("case"));
	json_array_foreach(steps, index, step) {
		json_t *value = json_object_get(step, "value"), *from = json_object_get(step, "from"),
		       *to = json_object_get(step, "to"), *test = json_pack("[s]", "all");
		if (value)
			json_array_append_new(
			    test, json_pack("[s,[s,[s,s]],[s,O]]", "==", "to-string", "get", field, "to-string", value));
		if (from) json_array_append_new(test, json_pack("[s,[s,[s,s]],O]", ">=", "to-number", "get", field, from));
		if (to) json_array_append_new(test, json_pack("[s,[s,[s,s]],O]", "<", "to-number", "get", field, to));
		json_array_append_new(out, test);
		json_array_append_new(out, text_of_step(step, style, "colour"));
	}
	json_array_append_new(out, rest);
	return out;
}

static json_t *mapbox_layer(const char *kind, const char *name, json_t *paint) {
	return json_pack("{s:s,s:s,s:s,s:s,s:o}", "id", kind, "type", kind, "source", "layer", "source-layer", name, "paint",
	                 paint);
}

/* Marks other than circles and labels need files of pictures and letters, which other programs have their own of. */
int ogc_style(Request *rq) {
	Finding finding;
	json_t *style;
	int64_t version;
	int code = finding_open(rq, &finding);
	if (code == 0) code = style_load(rq, finding.target.plan->resource->resource_id, &style, &version);
	if (code < 0) return code;
	const Resource *resource = finding.target.plan->resource;
	style_for_reader(finding.target.plan, style);
	const json_t *size = json_object_get(style, "size"), *width = json_object_get(style, "width"),
	             *fill = json_object_get(style, "fill");
	json_t *colour = colour_expression(style), *layers = json_array();
	if (finding.located.shape < 0) {
		json_array_append_new(layers, mapbox_layer("circle", resource->code,
		                                           json_pack("{s:O,s:f,s:s,s:i}", "circle-color", colour, "circle-radius",
		                                                     size ? json_number_value(size) : 5, "circle-stroke-color",
		                                                     "#ffffff", "circle-stroke-width", 1)));
	} else {
		json_array_append_new(layers, mapbox_layer("fill", resource->code,
		                                           json_pack("{s:O,s:f}", "fill-color", colour, "fill-opacity",
		                                                     fill ? json_number_value(fill) : 0.2)));
		json_array_append_new(layers, mapbox_layer("line", resource->code,
		                                           json_pack("{s:O,s:f}", "line-color", colour, "line-width",
		                                                     width ? json_number_value(width) : 1.5)));
	}
	json_decref(colour);
	json_t *out = json_pack("{s:i,s:s,s:{s:{s:s,s:[s],s:i,s:i}},s:o}", "version", 8, "name", resource->name, "sources",
	                        "layer", "type", "vector", "tiles", layer_url(rq, resource, "/tiles/WebMercatorQuad/{z}/{y}/{x}"),
	                        "minzoom", 0, "maxzoom", TILE_ZOOM_MAX, "layers", layers);
	rq->content_type = "application/vnd.mapbox.style+json";
	jw_raw(&rq->json, text_of(json_as_text(rq, out)));
	json_decref(out);
	return 0;
}

/* --- routes, tables ------------------------------------------------------------------------------------------------------------
 */

const Migration map_migrations[MAP_MIGRATIONS] = {{
    .name = "map-1",
    .sql =
        /* spread: by(resource_id). The greatest version is in force. */
    "CREATE TABLE map_style (resource_id BIGINT NOT NULL, version BIGINT NOT NULL, style TEXT NOT NULL, note TEXT NOT NULL,"
    " made_by TEXT NOT NULL, made_at BIGINT NOT NULL, PRIMARY KEY (resource_id, version));\n",
}};

static const InputField get_inputs[] = {ID_PATH("resource"), {0}};
static const InputField put_inputs[] = {
    ID_PATH("resource"),
    {.name = "version", .in = IN_BODY, .type = TYPE_INT, .required = true, .doc = "that was read; 0 = there was none"},
    {.name = "style",
     .in = IN_BODY,
     .type = TYPE_JSON,
     .required = true,
     .max = 16384,
     .doc = "{colour, shape, size, width, fill, field, steps: [{value | from, to, colour, shape, size, title}], label, base: "
            "zoom level from which it lies under every map, 0..20; none: it does not}"},
    {.name = "note", .in = IN_BODY, .type = TYPE_TEXT, .max = 200, .doc = "what was changed"},
    {0}};
#define STYLE "Record<string, unknown>"
static const OutputField get_outputs[] = {
    {"version", "number", "in force; 0 = none"},
    {"may_change", "boolean", "the caller is of the supplier"},
    {"style", STYLE " | null", "of what the caller sees"},
    {"versions", "{ version: number; note: string; made_by: string; made_at: string; style: " STYLE " }[]",
     "newest first; for who may change it"},
    {0}};
static const OutputField put_outputs[] = {{"version", "number", "now in force"}, {0}};
const Route style_routes[STYLE_ROUTES] = {
    {"GET", "/api/v1/map/styles/{id}", PERMIT_DATA_READ, LANE_READ, style_get, "map.style", "How a layer looks.", get_inputs,
     get_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"PUT", "/api/v1/map/styles/{id}", PERMIT_CATALOG_EDIT, LANE_WRITE, style_put, "map.style_put",
     "The supplier sets how its layer looks: a new version.", put_inputs, put_outputs},
};
