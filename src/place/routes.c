/* routes: the handlers that list, show and bring in areas, and the room's table. */
#include "place/draft.h"

static int64_t when_of(Request *rq) {
	return in_has(rq, "at") ? in_int(rq, "at") : rq->now_us;
}

static void json_drop(void *json) {
	json_decref(json);
}

/* --- showing --------------------------------------------------------------------------------------------------------- */
static void area_members(Request *rq, const PlaceArea *area) {
	JsonWriter *json = &rq->json;
	jw_kv_id(json, "area_key", area->area_key);
	jw_kv_int(json, "level", area->level);
	jw_kv_str(json, "code", area->code);
	jw_kv_str(json, "name", area->name);
	jw_kv_id(json, "parent_key", area->parent_key);
	jw_kv_id(json, "org_id", area->org_id);
	jw_kv_time(json, "valid_from", area->valid_from);
	jw_kv_time(json, "valid_until", area->valid_until);
}

static bool area_asked(Request *rq, const PlaceArea *area) {
	if (in_has(rq, "level") && area->level != in_int(rq, "level")) return false;
	if (in_has(rq, "parent") && area->parent_key != in_int(rq, "parent")) return false;
	if (!in_has(rq, "q")) return true;
	const char *q = in_str(rq, "q");
	return strstr(area->name, q) || strstr(area->code, q);
}

/* Whole, from memory: a city has some thousands. after is the place in their order. */
int areas_get(Request *rq) {
	const PlaceAreas *areas;
	int limit = in_limit(rq), code = place_areas(rq, when_of(rq), &areas);
	if (code < 0) return code;
	int64_t next = 0;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = (int)(in_int(rq, "after") < areas->count ? in_int(rq, "after") : areas->count); i < areas->count; i++) {
		if (!area_asked(rq, &areas->all[i])) continue;
		if (rq->row_count == limit) {
			next = i;
			break;
		}
		jw_object(&rq->json);
		area_members(rq, &areas->all[i]);
		jw_object_end(&rq->json);
		rq->row_count++;
	}
	answer_rows_end(rq, next);
	return 0;
}

/* For maps: what areas_get would list, with shapes. */
int areas_features_get(Request *rq) {
	Rows *rows;
	int64_t when = when_of(rq);
	int code = db_query(
	    rq->db, &rows,
	    "SELECT area_key, level, code, name, parent_key, geometry FROM area WHERE level = $1 AND valid_from <= $2 AND"
	    " (valid_until = 0 OR valid_until > $2) AND (parent_key = $3 OR CAST($3 AS BIGINT) = 0) ORDER BY code LIMIT $4",
	    BIND(val_int(in_int(rq, "level")), val_int(when), val_int(in_int(rq, "parent")), val_int(PLACE_FEATURES_MAX)));
	if (code < 0) return code;
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_str(json, "type", "FeatureCollection");
	jw_key(json, "features");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		static const Member members[] = {{"area_key", MEMBER_ID}, {"level", MEMBER_INT},     {"code", MEMBER_TEXT},
		                                 {"name", MEMBER_TEXT},   {"parent_key", MEMBER_ID}, {0}};
		jw_object(json);
		jw_kv_str(json, "type", "Feature");
		jw_kv_id(json, "id", rows_int(rows, 0));
		jw_key(json, "properties");
		jw_object(json);
		row_members(rq, rows, members);
		jw_object_end(json);
		jw_key(json, "geometry");
		jw_raw(json, rows_text(rows, 5));
		jw_object_end(json);
		rq->row_count++;
	}
	rows_close(rows);
	jw_array_end(json);
	jw_object_end(json);
	return code;
}

int area_get(Request *rq) {
	static const Member version[] = {{"area_id", MEMBER_ID},       {"name", MEMBER_TEXT},      {"valid_from", MEMBER_TIME},
	                                 {"valid_until", MEMBER_TIME}, {"stored_at", MEMBER_TIME}, {0}};
	const PlaceAreas *areas;
	Rows *rows;
	int code = place_areas(rq, when_of(rq), &areas);
	const PlaceArea *area = code < 0 ? NULL : place_areas_find(areas, in_int(rq, "id"));
	if (code < 0) return code;
	if (!area) return fail(rq, ERR_NOT_FOUND, "There is no such area in force");
	jw_object(&rq->json);
	area_members(rq, area);
	code = db_one(rq->db, &rows, "SELECT geometry FROM area WHERE area_id = $1", BIND(val_int(area->area_id)));
	if (code < 0) return code;
	jw_key(&rq->json, "geometry");
	jw_raw(&rq->json, code > 0 ? rows_text(rows, 0) : TEXT("null"));
	code = answer_under(
	    rq, "versions", version,
	    "SELECT area_id, name, valid_from, valid_until, stored_at FROM area WHERE area_key = $1 ORDER BY valid_from DESC",
	    BIND(val_int(area->area_key)));
	jw_key(&rq->json, "above");
	jw_array(&rq->json);
	for (const PlaceArea *up = place_areas_find(areas, area->parent_key); up; up = place_areas_find(areas, up->parent_key)) {
		jw_object(&rq->json);
		area_members(rq, up);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	return code;
}

/* What is at a point: areas from the top, who runs them and who is on duty. */
int place_at_get(Request *rq) {
	double x = in_double(rq, "x"), y = in_double(rq, "y");
	int crs = in_has(rq, "crs") ? place_crs_parse(in_text(rq, "crs")) : PLACE_CGCS2000;
	PlaceHit hit;
	PlaceOfficer officer = {0};
	if (crs < 0 || place_convert(crs, &x, &y) < 0)
		return error_field(rq->error, ERR_INVALID, crs < 0 ? "crs" : "x", in_text(rq, crs < 0 ? "crs" : "x"), "crs",
		                   "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:number, and coordinates of that system.",
		                   "This is no point of a known coordinate system");
	int code = place_locate(rq, x, y, when_of(rq), &hit);
	if (code < 0 && code != ERR_NOT_FOUND) return code;
	if (code == 0 && (code = place_officer(rq, hit.lowest->area_key, when_of(rq), &officer)) < 0 && code != ERR_NOT_FOUND)
		return code;
	AccountName name = {.account_id = officer.account_id};
	if (officer.account_id && (code = action_run(rq, "account.name", &name)) < 0) return code;
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_key(json, "lon");
	jw_double(json, x);
	jw_key(json, "lat");
	jw_double(json, y);
	jw_key(json, "areas");
	jw_array(json);
	for (int level = 1; level <= PLACE_LEVELS_MAX; level++) {
		if (!hit.at[level]) continue;
		jw_object(json);
		area_members(rq, hit.at[level]);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_kv_id(json, "org_id", hit.org_id);
	jw_kv_id(json, "officer_id", officer.account_id);
	jw_kv_str(json, "officer_name", name.name ? name.name : "");
	jw_object_end(json);
	return 0;
}

/* --- bringing in ----------------------------------------------------------------------------------------------------- */
/* The geometry's positions, in place, to CGCS2000: 0 or -1. */
static int positions_convert(int crs, json_t *list) {
	if (json_is_number(json_array_get(list, 0))) {
		double x = json_number_value(json_array_get(list, 0)), y = json_number_value(json_array_get(list, 1));
		if (place_convert(crs, &x, &y) < 0) return -1;
		json_array_set_new(list, 0, json_real(x));
		json_array_set_new(list, 1, json_real(y));
		return 0;
	}
	for (size_t i = 0; i < json_array_size(list); i++)
		if (positions_convert(crs, json_array_get(list, i)) < 0) return -1;
	return 0;
}

typedef struct Import {
	const json_t *features;
	const char *code, *name, *parent, *org;
	int level, crs;
	int64_t valid_from, change_id;
	PlaceAreaPut *puts;
	int count;
	PlaceStamp stamp; /* of what it was checked against */
	int64_t area_id;  /* of the last */
} Import;

static const char *property(Request *rq, const json_t *feature, const char *name) {
	const json_t *value = name ? json_object_get(json_object_get(feature, "properties"), name) : NULL;
	if (json_is_integer(value)) return arena_printf(rq->arena, "%lld", (long long)json_integer_value(value));
	return json_is_string(value) ? json_string_value(value) : "";
}

static int feature_take(Request *rq, const Import *import, const json_t *feature, PlaceAreaPut *out) {
	int64_t parent_key, org_id = 0;
	json_t *geometry = json_deep_copy(json_object_get(feature, "geometry"));
	if (geometry) arena_on_free(rq->arena, json_drop, geometry);
	if (geometry && import->crs != PLACE_CGCS2000 &&
	    positions_convert(import->crs, json_object_get(geometry, "coordinates")) < 0)
		return error_field(rq->error, ERR_INVALID, "crs", TEXT_NONE, "crs",
		                   "Check which coordinate system the file is in.",
		                   "A position lies outside what this coordinate system is for");
	text_to_int(text_of(property(rq, feature, import->org)), &org_id);
	*out = (PlaceAreaPut){.level = import->level,
	                      .code = property(rq, feature, import->code),
	                      .name = property(rq, feature, import->name),
	                      .parent_code = property(rq, feature, import->parent),
	                      .org_id = org_id,
	                      .valid_from = import->valid_from,
	                      .change_id = import->change_id,
	                      .geometry = geometry,
	                      .crs = import->crs};
	return place_area_fits(rq, out, &parent_key);
}

static int of_feature(Request *rq, int i, int code) {
	if (code != ERR_INVALID && code != ERR_CONFLICT) return code;
	Error kept = *rq->error;
	return error_field(rq->error, code, arena_printf(rq->arena, "features[%d].%s", i, kept.field), text_of(kept.value),
	                   kept.rule, kept.advice, "%s", kept.message);
}

static int changed_meanwhile(Request *rq) {
	return fail(rq, ERR_CONFLICT, "Areas in force were changed at the same moment; send it again");
}

/* All or none: a level with holes is worse than the one before. */
static int import_write(Request *rq, void *arg) {
	Import *import = arg;
	PlaceStamp stamp;
	int code = place_stamp(rq->db, &stamp);
	if (code < 0) return code;
	if (memcmp(&stamp, &import->stamp, sizeof stamp) != 0) return changed_meanwhile(rq);
	for (int i = 0; i < import->count && code >= 0; i++) {
		code = place_area_put(rq, &import->puts[i], &import->area_id);
		if (code < 0 && import->features) code = of_feature(rq, i, code);
	}
	rq->row_count = import->count;
	rq->about = arena_printf(rq->arena, "{\"level\":%d,\"areas\":%d}", import->puts[0].level, import->count);
	return code < 0 ? code : 0;
}

/* Checked as a draft is, then written, if nothing changed meanwhile. */
static int import_apply(Request *rq, Import *import) {
	int code = place_stamp(rq->db, &import->stamp);
	if (code == 0) code = areas_check(rq, import->puts, import->count, in_int(rq, "with_faults"));
	if (code == 0) code = request_write_bulk(rq, import_write, import);
	return code < 0 ? code : 0;
}

int areas_import_post(Request *rq) {
	Import import = {.features = json_object_get(in_json(rq, "collection"), "features"),
	                 .code = in_str(rq, "code"),
	                 .name = in_str(rq, "name"),
	                 .parent = in_str(rq, "parent"),
	                 .org = in_str(rq, "org"),
	                 .level = (int)in_int(rq, "level"),
	                 .crs = in_has(rq, "crs") ? place_crs_parse(in_text(rq, "crs")) : PLACE_CGCS2000,
	                 .change_id = store_new_id(rq->store),
	                 .valid_from = place_from(rq, in_int(rq, "valid_from"))};
	size_t count = json_array_size(import.features);
	if (!json_is_array(import.features) || count == 0)
		return error_field(rq->error, ERR_INVALID, "collection", TEXT_NONE, "type", "Send a GeoJSON FeatureCollection.",
		                   "There are no features in it");
	if (import.crs < 0)
		return error_field(rq->error, ERR_INVALID, "crs", in_text(rq, "crs"), "crs",
		                   "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:number.", "This is no known coordinate system");
	int code = request_elsewhere(rq);
	import.puts = ARENA_ARRAY(rq->arena, PlaceAreaPut, count);
	for (; import.count < (int)count && code == 0; import.count++)
		code = of_feature(
		    rq, import.count,
		    feature_take(rq, &import, json_array_get(import.features, (size_t)import.count), &import.puts[import.count]));
	if (code == 0) code = import_apply(rq, &import);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "areas", import.count);
	jw_object_end(&rq->json);
	return 0;
}

int area_put_route(Request *rq) {
	int64_t parent_key, area_key = 0;
	PlaceAreaPut put = {.level = (int)in_int(rq, "level"),
	                    .code = in_str(rq, "code"),
	                    .name = in_str(rq, "name"),
	                    .parent_code = in_has(rq, "parent_code") ? in_str(rq, "parent_code") : "",
	                    .org_id = in_int(rq, "org_id"),
	                    .valid_from = in_has(rq, "valid_from") ? place_from(rq, in_int(rq, "valid_from")) : rq->now_us,
	                    .geometry = in_json(rq, "geometry"),
	                    .crs = PLACE_CGCS2000};
	Import import = {.puts = &put, .count = 1};
	int code = request_elsewhere(rq);
	if (code == 0) code = place_area_fits(rq, &put, &parent_key);
	if (code == 0) code = import_apply(rq, &import);
	if (code == 0)
		code = db_int(rq->db, &area_key, "SELECT area_key FROM area WHERE area_id = $1", BIND(val_int(import.area_id)));
	if (code < 0) return code;
	rq->about_subject = area_key;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "area_key", area_key);
	jw_object_end(&rq->json);
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------------------------------ */
#define AT                                                                                                                       \
	{ "at", IN_QUERY, TYPE_TIME, .doc = "as it was or will be at that time; absent: now" }
#define LEVEL(needed)                                                                                                            \
	{ "level", IN_QUERY, TYPE_INT, needed, 1, PLACE_LEVELS_MAX, .doc = "1 the city, 2 towns, 3 villages, 4 grids" }
#define LIMIT                                                                                                                    \
	{ "limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "items a page, 50 when absent" }
static const InputField list_inputs[] = {
    LEVEL(false),
    {"parent", IN_QUERY, TYPE_ID, .doc = "only those right under it"},
    {"q", IN_QUERY, TYPE_TEXT, .max = 64, .doc = "part of name or code"},
    AT,
    {"after", IN_QUERY, TYPE_INT, .min = 0, .max = INT32_MAX, .doc = "cursor: next of the page before"},
    LIMIT,
    {0}};
static const InputField features_inputs[] = {
    LEVEL(true), {"parent", IN_QUERY, TYPE_ID, .doc = "only those right under it"}, AT, {0}};
static const InputField one_inputs[] = {ID_PATH("area_key"), AT, {0}};
static const InputField point_inputs[] = {
    {"x", IN_QUERY, TYPE_DOUBLE, true, .doc = "longitude in degrees, or easting in metres"},
    {"y", IN_QUERY, TYPE_DOUBLE, true, .doc = "latitude, or northing"},
    {"crs", IN_QUERY, TYPE_TEXT, .max = 16, .doc = "CGCS2000 (the default), WGS84, GCJ02, BD09 or EPSG:number"},
    AT,
    {0}};
#define WITH_FAULTS                                                                                                              \
	{ "with_faults", IN_BODY, TYPE_BOOL, .doc = "gaps, overlaps and the like are meant so" }
static const InputField put_inputs[] = {
    {"level", IN_BODY, TYPE_INT, true, 1, PLACE_LEVELS_MAX, .doc = "1 the city"},
    {"code", IN_BODY, TYPE_TEXT, true, 1, 40, .doc = "GB/T 2260 + street + community + serial, or the city's own"},
    {"name", IN_BODY, TYPE_TEXT, true, 1, 100, .doc = "name"},
    {"parent_code", IN_BODY, TYPE_TEXT, .max = 40, .doc = "code of the area one level above"},
    {"org_id", IN_BODY, TYPE_ID, .doc = "who runs it; absent: whoever runs the parent"},
    {"valid_from", IN_BODY, TYPE_TIME, .doc = "from when on; absent: now"},
    {"geometry", IN_BODY, TYPE_JSON, true, .max = 8 << 20, .doc = "GeoJSON Polygon or MultiPolygon, CGCS2000 degrees"},
    WITH_FAULTS,
    {0}};
static const InputField import_inputs[] = {
    {"level", IN_BODY, TYPE_INT, true, 1, PLACE_LEVELS_MAX, .doc = "of all of them"},
    {"valid_from", IN_BODY, TYPE_TIME, true, .doc = "from when on"},
    {"crs", IN_BODY, TYPE_TEXT, .max = 16,
     .doc = "of the coordinates: CGCS2000 (the default), WGS84, GCJ02, BD09 or EPSG:number"},
    {"code", IN_BODY, TYPE_TEXT, true, 1, 64, .doc = "property that holds the code"},
    {"name", IN_BODY, TYPE_TEXT, true, 1, 64, .doc = "property that holds the name"},
    {"parent", IN_BODY, TYPE_TEXT, .max = 64, .doc = "property that holds the code of the area above"},
    {"org", IN_BODY, TYPE_TEXT, .max = 64, .doc = "property that holds the id of who runs it"},
    {"collection", IN_BODY, TYPE_JSON, true, .max = 32 << 20, .doc = "GeoJSON FeatureCollection"},
    WITH_FAULTS,
    {0}};
static const InputField officers_inputs[] = {
    ID_PATH("area_key"),
    {"officers", IN_BODY, TYPE_JSON, true, .max = 8192,
     .doc = "[{account_id, from?, until?}]: the first is its own, the others stand in, in their order"},
    {0}};
static const InputField ladder_inputs[] = {
    ID_PATH("area_key"),
    {"steps", IN_BODY, TYPE_JSON, true, .max = 4096,
     .doc = "[{who: officer, substitute, village or town, minutes}]: the officer first; none: as the area above"},
    {0}};
static const InputField withdraw_inputs[] = {
    ID_PATH("change_id, or the draft's id"), {"reason", IN_BODY, TYPE_TEXT, true, 1, 500, .doc = "why"}, {0}};
static const InputField planned_inputs[] = {{"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"}, LIMIT, {0}};
static const OutputField planned_outputs[] = {
    {"items",
     "{change_id: string, level: number, begins: number, ends: number, valid_from: string, code: string, name: string, of_draft: "
     "boolean, stored_at: string, stored_by_name: string}[]",
     "put in force together from a later time on; code, name: the first of its areas; of_draft: change_id is a draft's"},
    {"next", "string|null", "cursor of the next page"},
    {0}};
static const InputField officers_of_inputs[] = {ID_PATH("area_key"), {0}};
static const InputField uncovered_inputs[] = {
    LEVEL(true), {"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"}, LIMIT, {0}};
#define AREA                                                                                                                     \
	"{area_key: string, level: number, code: string, name: string, parent_key: string | null, org_id: string | null, "       \
	"valid_from: string, valid_until: string | null}"
#define OFFICERS                                                                                                                 \
	"{account_id: string, name: string, org_name: string, rank: number, valid_from: string, valid_until: string | null}[]"
static const OutputField list_outputs[] = {
    {"items", AREA "[]", "by level and code"}, {"next", "string|null", "cursor of the next page"}, {0}};
static const OutputField features_outputs[] = {{"type", "\"FeatureCollection\"", "GeoJSON"},
                                               {"features",
                                                "{type: \"Feature\", id: string, properties: {area_key: string, level: number, "
                                                "code: string, name: string, parent_key: string | null}, geometry: unknown}[]",
                                                "at most 5,000"},
                                               {0}};
static const OutputField one_outputs[] = {
    {"area_key", "string", "the area through all its versions"},
    {"level", "number", "level"},
    {"code", "string", "code"},
    {"name", "string", "name"},
    {"parent_key", "string|null", "the area above"},
    {"org_id", "string|null", "who runs it"},
    {"valid_from", "string", "time"},
    {"valid_until", "string|null", "time"},
    {"geometry", "unknown", "GeoJSON"},
    {"versions", "{area_id: string, name: string, valid_from: string, valid_until: string | null, stored_at: string}[]",
     "newest first"},
    {"above", AREA "[]", "the areas it lies in, nearest first"},
    {0}};
static const OutputField point_outputs[] = {{"lon", "number", "CGCS2000"},
                                            {"lat", "number", "CGCS2000"},
                                            {"areas", AREA "[]", "from the top; empty: outside the city"},
                                            {"org_id", "string|null", "who runs the lowest one that names somebody"},
                                            {"officer_id", "string|null", "who is on duty"},
                                            {"officer_name", "string", "his name"},
                                            {0}};
static const OutputField put_outputs[] = {{"area_key", "string", "the area"}, {0}};
static const OutputField import_outputs[] = {{"areas", "number", "brought in"}, {0}};
static const OutputField officers_outputs[] = {{"items", OFFICERS, "by rank"}, ONE_PAGE, {0}};
static const OutputField ladder_outputs[] = {
    {"own", "boolean", "the area has steps of its own"},
    {"area_key", "string|null", "whose steps these are; null: nobody set any, and a task waits for whoever got it"},
    {"area_name", "string", "its name"},
    {"steps",
     "{who: \"officer\" | \"substitute\" | \"village\" | \"town\", minutes: number, account_id: string | null, name: string}[]",
     "in their order; account_id: whom the step would ask now, null: nobody, the step is passed over"},
    {0}};
static const OutputField uncovered_outputs[] = {
    {"items", "{area_key: string, code: string, name: string}[]", "without an officer of their own"},
    {"next", "string|null", "cursor of the next page"},
    {0}};

#define API "/api/v1"
const Route place_routes[PLACE_ROUTES] = {
    {"GET", API "/areas", PERMIT_PLACE_READ, LANE_READ, areas_get, "place.areas", "Areas in force at a time.", list_inputs,
     list_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/areas/features", PERMIT_PLACE_READ, LANE_READ, areas_features_get, "place.features",
     "Areas of a level as GeoJSON, for maps.", features_inputs, features_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/areas/uncovered", PERMIT_PLACE_READ, LANE_READ, areas_uncovered_get, "place.uncovered",
     "Areas without an officer of their own.", uncovered_inputs, uncovered_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/areas/planned", PERMIT_PLACE_READ, LANE_READ, areas_planned_get, "place.planned",
     "Changes of areas whose time has not come.", planned_inputs, planned_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/areas/planned/{id}/withdraw", PERMIT_PLACE_EDIT, LANE_WRITE, areas_withdraw_post, "place.withdraw",
     "Withdraws such a change: what it began never is in force, what it ended goes on.", withdraw_inputs, NULL},
    {"GET", API "/areas/{id}", PERMIT_PLACE_READ, LANE_READ, area_get, "place.area", "One area with its shape and versions.",
     one_inputs, one_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/areas", PERMIT_PLACE_EDIT, LANE_READ, area_put_route, "place.put",
     "A new area, or a new version of one, from a time on, checked as a draft is.", put_inputs, put_outputs, .body_max = 9 << 20},
    {"POST", API "/areas/import", PERMIT_PLACE_EDIT, LANE_READ, areas_import_post, "place.import",
     "All areas of a level from GeoJSON, all or none, checked as a draft is.", import_inputs, import_outputs,
     .body_max = 33 << 20},
    {"GET", API "/areas/{id}/officers", PERMIT_PLACE_READ, LANE_READ, officers_get, "place.officers",
     "Who is, and will be, on duty in an area.", officers_of_inputs, officers_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"PUT", API "/areas/{id}/officers", PERMIT_PLACE_EDIT, LANE_WRITE, officers_put, "place.officers_put",
     "Sets an area's officer and his substitutes from now on.", officers_inputs, officers_outputs},
    {"GET", API "/areas/{id}/ladder", PERMIT_PLACE_READ, LANE_READ, ladder_get, "place.ladder",
     "Who is asked to take a task of an area, one after the other.", officers_of_inputs, ladder_outputs,
     .flags = ROUTE_NO_EVIDENCE},
    {"PUT", API "/areas/{id}/ladder", PERMIT_PLACE_EDIT, LANE_WRITE, ladder_put, "place.ladder_put",
     "Sets who is asked, and after how many minutes the next one is.", ladder_inputs, ladder_outputs},
    {"GET", API "/place/at", PERMIT_PLACE_READ, LANE_READ, place_at_get, "place.at",
     "Which areas hold a point, who runs them, who is on duty.", point_inputs, point_outputs, .flags = ROUTE_NO_EVIDENCE},
};
