/* OGC API Features 1.0 (part 1 core, GeoJSON; part 2 crs) and Tiles 1.0 over located resources: landing page, conformance,
 * collections, queryables, items, tilesets. A collection is a resource that the caller sees with its place clear; its features
 * are the located records, in the order of their cells, page by page through `after`. On the request's thread. */
#include "record/read.h"
#include "net/net.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS_MAX = 500, CHUNK = 1000, EXTENT_BITS = 12 };
#define CRS_HEAD "http://www.opengis.net/def/crs/"
#define CRS84 CRS_HEAD "OGC/1.3/CRS84"

typedef struct Crs {
	const char *uri;
	bool latitude_first;
} Crs;
static const Crs systems[] = {{CRS84, false}, {CRS_HEAD "EPSG/0/4490", true}, {CRS_HEAD "EPSG/0/4326", true}};
enum { SYSTEMS = sizeof systems / sizeof *systems };

/* --- pieces ---------------------------------------------------------------------------------------------------------------- */

static void link_to(Request *rq, const char *rel, const char *type, const char *title, const char *href) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_str(json, "rel", rel);
	jw_kv_str(json, "type", type);
	jw_kv_str(json, "title", title);
	jw_kv_str(json, "href", href);
	jw_object_end(json);
}

static const char *ogc_url(Request *rq, const char *rest) {
	return arena_printf(rq->arena, "%s/ogc%s", request_base_url(rq), rest);
}

/* The name of a collection in addresses: the entry's code with ~ for /. */
static const char *collection_id(Request *rq, const Resource *resource) {
	char *name = arena_strdup(rq->arena, resource->code);
	for (char *at = name; *at; at++)
		if (*at == '/') *at = '~';
	return name;
}

static const char *collection_url(Request *rq, const Resource *resource, const char *rest) {
	return ogc_url(rq, arena_printf(rq->arena, "/collections/%s%s", collection_id(rq, resource), rest));
}

static void links_begin(Request *rq) {
	jw_key(&rq->json, "links");
	jw_array(&rq->json);
}

/* --- landing and conformance ---------------------------------------------------------------------------------------------- */

static int ogc_landing(Request *rq) {
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "title", "一张图");
	jw_kv_str(&rq->json, "description", "Located resources of the city: OGC API Features and Tiles");
	links_begin(rq);
	link_to(rq, "self", "application/json", "This page", ogc_url(rq, ""));
	link_to(rq, "service-desc", "application/vnd.oai.openapi+json;version=3.0", "The API",
	        arena_printf(rq->arena, "%s/api/v1/openapi.json", request_base_url(rq)));
	link_to(rq, "conformance", "application/json", "What it conforms to", ogc_url(rq, "/conformance"));
	link_to(rq, "data", "application/json", "The collections", ogc_url(rq, "/collections"));
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

static int ogc_conformance(Request *rq) {
	static const char *const classes[] = {
	    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
	    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
	    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
	    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
	    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
	    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
	    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
	};
	jw_object(&rq->json);
	jw_key(&rq->json, "conformsTo");
	jw_array(&rq->json);
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		jw_str(&rq->json, classes[i]);
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

/* --- which layers a party sees --------------------------------------------------------------------------------------------- */

typedef struct Layer {
	const Resource *resource;
	const Plan *plan;
	Located located;
} Layer;

static int layer_of(Request *rq, int64_t resource_id, Layer *out) {
	Error error;
	Request quiet = request_quiet(rq, &error);
	const Grant *grant;
	int code = resource_find(&quiet, resource_id, &out->resource);
	if (code == 0) code = access_plan(&quiet, out->resource, &out->plan, &grant);
	if (code == ERR_RETRY || code == ERR_LEASE || code == ERR_BUSY) return fail(rq, code, "%s", error.message);
	return code == 0 && finding_clear(out->plan, &out->located);
}

/* The located resources with records that the party sees, by id. */
static int layers_of(Request *rq, Layer **out) {
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, LAYERS_MAX);
	Layer *layers = *out = ARENA_ARRAY(rq->arena, Layer, LAYERS_MAX + 1);
	Rows *rows;
	int found = 0, count = 0,
	    code = db_query(rq->db, &rows,
	                    "SELECT resource_id FROM record_generation WHERE state = 'live' AND located NOT IN"
	                    " ('', '-', '0') ORDER BY resource_id LIMIT $1",
	                    BIND(val_int(LAYERS_MAX)));
	if (code < 0) return code;
	while (found < LAYERS_MAX && (code = rows_next(rows)) > 0)
		ids[found++] = rows_int(rows, 0);
	rows_close(rows);
	for (int i = 0; code >= 0 && i < found; i++) {
		code = layer_of(rq, ids[i], &layers[count]);
		count += code > 0;
	}
	return code < 0 ? code : count;
}

/* The first date or time that the party sees clear: what `datetime` and the time slider go by. */
static const Field *time_field(const Plan *plan) {
	for (int i = 0; i < plan->visible; i++) {
		const Field *field = &plan->resource->fields[plan->positions[i]];
		if ((field->kind == KIND_DATE || field->kind == KIND_TIME) &&
		    plan->fields[plan->positions[i]].mode == GRANT_CLEAR)
			return field;
	}
	return NULL;
}

static bool shown_field(const Plan *plan, int i) {
	return plan->fields[plan->positions[i]].mode == GRANT_CLEAR &&
	       plan->resource->fields[plan->positions[i]].kind != KIND_GEOMETRY;
}

static int map_layers(Request *rq) {
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
		jw_kv_str(json, "collection", collection_id(rq, plan->resource));
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

/* --- collections ------------------------------------------------------------------------------------------------------------ */

static void put_systems(Request *rq) {
	jw_key(&rq->json, "crs");
	jw_array(&rq->json);
	for (int i = 0; i < SYSTEMS; i++)
		jw_str(&rq->json, systems[i].uri);
	jw_array_end(&rq->json);
	jw_kv_str(&rq->json, "storageCrs", CRS84);
}

static void collection_json(Request *rq, const Plan *plan, const Box *extent) {
	JsonWriter *json = &rq->json;
	const Resource *resource = plan->resource;
	jw_object(json);
	jw_kv_str(json, "id", collection_id(rq, resource));
	jw_kv_str(json, "title", resource->name);
	jw_kv_str(json, "itemType", "feature");
	put_systems(rq);
	if (extent) {
		const double sides[] = {extent->west, extent->south, extent->east, extent->north};
		jw_key(json, "extent");
		jw_object(json);
		jw_key(json, "spatial");
		jw_object(json);
		jw_key(json, "bbox");
		jw_array(json);
		jw_array(json);
		for (int i = 0; i < 4; i++)
			jw_double(json, sides[i]);
		jw_array_end(json);
		jw_array_end(json);
		jw_kv_str(json, "crs", CRS84);
		jw_object_end(json);
		jw_object_end(json);
	}
	links_begin(rq);
	link_to(rq, "self", "application/json", resource->name, collection_url(rq, resource, ""));
	link_to(rq, "items", "application/geo+json", resource->name, collection_url(rq, resource, "/items"));
	link_to(rq, "http://www.opengis.net/def/rel/ogc/1.0/queryables", "application/schema+json", "Queryables",
	        collection_url(rq, resource, "/queryables"));
	link_to(rq, "describedby", "application/schema+json", "Schema", collection_url(rq, resource, "/queryables"));
	link_to(rq, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", "application/json", "Vector tiles",
	        collection_url(rq, resource, "/tiles"));
	jw_array_end(json);
	jw_object_end(json);
}

static int ogc_collections(Request *rq) {
	Layer *layers;
	int count = layers_of(rq, &layers);
	if (count < 0) return count;
	jw_object(&rq->json);
	links_begin(rq);
	link_to(rq, "self", "application/json", "The collections", ogc_url(rq, "/collections"));
	jw_array_end(&rq->json);
	jw_key(&rq->json, "collections");
	jw_array(&rq->json);
	for (int i = 0; i < count; i++)
		collection_json(rq, layers[i].plan, NULL);
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

typedef struct Extent {
	Box box;
	bool any;
} Extent;

static int extent_add(void *arg, int64_t least, int64_t greatest, int64_t rows) {
	Extent *extent = arg;
	const int64_t ends[] = {least, greatest};
	for (int i = 0; i < 2; i++) {
		int level = cell_level(ends[i]) < EXTENT_BITS ? cell_level(ends[i]) : EXTENT_BITS;
		double lon, lat, around = ldexp(360, -level); /* all that lies in the group and what sticks out of it */
		cell_middle(ends[i], &lon, &lat);
		if (!extent->any) extent->box = (Box){lon, lat, lon, lat};
		extent->any = true;
		extent->box =
		    (Box){fmax(-180, fmin(extent->box.west, lon - around)), fmax(-90, fmin(extent->box.south, lat - around)),
		          fmin(180, fmax(extent->box.east, lon + around)), fmin(90, fmax(extent->box.north, lat + around))};
	}
	return 0;
}

static int ogc_collection(Request *rq) {
	Finding finding;
	Extent extent = {0};
	int code = finding_open(rq, &finding);
	if (code == 0 && finding.prepared)
		code = finding_clusters(&finding, (CellRange){0, INT64_MAX}, cluster_size(0, EXTENT_BITS), extent_add, &extent);
	if (code < 0) return code;
	collection_json(rq, finding.target.plan, extent.any ? &extent.box : NULL);
	return 0;
}

static void queryable(JsonWriter *json, const Field *field) {
	const char *type = field->kind == KIND_INTEGER                                 ? "integer"
	                   : field->kind == KIND_BOOLEAN                               ? "boolean"
	                   : field->kind == KIND_DECIMAL || field->kind == KIND_DOUBLE ? "number"
	                                                                               : "string";
	jw_key(json, field->name);
	jw_object(json);
	jw_kv_str(json, "title", field->title);
	jw_kv_str(json, "type", type);
	if (field->kind == KIND_DATE) jw_kv_str(json, "format", "date");
	if (field->kind == KIND_TIME) jw_kv_str(json, "format", "date-time");
	jw_object_end(json);
}

static int ogc_queryables(Request *rq) {
	Finding finding;
	JsonWriter *json = &rq->json;
	int code = finding_open(rq, &finding);
	if (code < 0) return code;
	const Plan *plan = finding.target.plan;
	rq->content_type = "application/schema+json";
	jw_object(json);
	jw_kv_str(json, "$schema", "https://json-schema.org/draft/2019-09/schema");
	jw_kv_str(json, "$id", collection_url(rq, plan->resource, "/queryables"));
	jw_kv_str(json, "type", "object");
	jw_kv_str(json, "title", plan->resource->name);
	jw_key(json, "properties");
	jw_object(json);
	for (int i = 0; i < plan->visible; i++)
		if (shown_field(plan, i)) queryable(json, &plan->resource->fields[plan->positions[i]]);
	jw_key(json, "geometry");
	jw_object(json);
	jw_kv_str(json, "$ref",
	          finding.located.shape >= 0 ? "https://geojson.org/schema/Geometry.json"
	                                     : "https://geojson.org/schema/Point.json");
	jw_object_end(json);
	jw_object_end(json);
	jw_object_end(json);
	return 0;
}

/* --- tilesets ----------------------------------------------------------------------------------------------------------------
 */

static void tileset_json(Request *rq, const Resource *resource) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_str(json, "title", resource->name);
	jw_kv_str(json, "dataType", "vector");
	jw_kv_str(json, "crs", CRS_HEAD "EPSG/0/3857");
	jw_kv_str(json, "tileMatrixSetURI", "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad");
	links_begin(rq);
	link_to(rq, "self", "application/json", "This tileset", collection_url(rq, resource, "/tiles/WebMercatorQuad"));
	link_to(rq, "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme", "application/json", "WebMercatorQuad",
	        "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad");
	jw_object(json);
	jw_kv_str(json, "rel", "item");
	jw_kv_str(json, "type", "application/vnd.mapbox-vector-tile");
	jw_kv_bool(json, "templated", true);
	jw_kv_str(json, "href", collection_url(rq, resource, "/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}"));
	jw_object_end(json);
	jw_array_end(json);
	jw_object_end(json);
}

static int ogc_tilesets(Request *rq) {
	Finding finding;
	int code = finding_open(rq, &finding);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "tilesets");
	jw_array(&rq->json);
	tileset_json(rq, finding.target.plan->resource);
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

static int ogc_tileset(Request *rq) {
	Finding finding;
	int code = finding_open(rq, &finding);
	if (code == 0) tileset_json(rq, finding.target.plan->resource);
	return code;
}

/* --- items -------------------------------------------------------------------------------------------------------------------
 */

static int system_of(Request *rq, const char *name, const Crs **out) {
	Text wanted = in_text(rq, name);
	*out = &systems[0];
	for (int i = 0; wanted.at && i < SYSTEMS; i++)
		if (text_is(wanted, systems[i].uri)) {
			*out = &systems[i];
			return 0;
		}
	if (!wanted.at) return 0;
	return error_field(rq->error, ERR_INVALID, name, wanted, "crs", "take one of the collection's list",
	                   "This coordinate reference system is not offered");
}

static int box_of(Request *rq, const Crs *system, Box *out) {
	Text rest = in_text(rq, "bbox");
	double numbers[6];
	int count = 0;
	while (rest.at && count < 6) {
		const char *comma = rest.len ? memchr(rest.at, ',', rest.len) : NULL;
		Text one = {rest.at, comma ? (size_t)(comma - rest.at) : rest.len};
		if (text_to_double(text_trim(one), &numbers[count]) < 0 || !isfinite(numbers[count])) break;
		count++;
		rest = comma ? (Text){comma + 1, rest.len - one.len - 1} : TEXT_NONE;
	}
	int second = count == 6 ? 3 : 2; /* heights say nothing here */
	if (!rest.at && (count == 4 || count == 6)) {
		bool swap = system->latitude_first;
		*out = (Box){numbers[swap], numbers[!swap], numbers[second + swap], numbers[second + !swap]};
		if (out->west <= out->east && out->south <= out->north) return 0;
	}
	return error_field(rq->error, ERR_INVALID, "bbox", in_text(rq, "bbox"), "bbox",
	                   "write west,south,east,north in the order of bbox-crs; ask twice across the antimeridian",
	                   "The box is no four numbers from less to more");
}

/* "2026-01-01", "2026-01-01/..", "../2026-02-01T00:00:00Z" over the collection's time field. */
static int datetime_filter(Request *rq, Finding *finding) {
	Text text = in_text(rq, "datetime");
	if (!text.at) return 0;
	const Field *field = time_field(finding->target.plan);
	if (!field) return 0; /* OGC 17-069r4 §7.15.4: without a time, every feature fits */
	const char *slash = memchr(text.at, '/', text.len);
	Text ends[2] = {slash ? (Text){text.at, (size_t)(slash - text.at)} : text,
	                slash ? (Text){slash + 1, text.len - (size_t)(slash + 1 - text.at)} : text};
	for (int i = 0; i < 2; i++) {
		if (ends[i].len == 0 || text_is(ends[i], "..")) continue;
		if (field->kind == KIND_DATE && ends[i].len > 10) ends[i].len = 10;
		if (field->kind == KIND_TIME && ends[i].len == 10)
			ends[i] =
			    text_of(arena_printf(rq->arena, "%.*sT%sZ", TEXT_ARG(ends[i]), i ? "23:59:59.999999" : "00:00:00"));
		int code = filter_add(finding->filter, field, i ? OP_LTE : OP_GTE, ends[i]);
		if (code < 0) return code;
	}
	return 0;
}

typedef struct Items {
	Finding *finding;
	const Crs *system;
	const Box *box; /* NULL: everywhere */
	int limit, written;
	bool more;
	int64_t cell, record;           /* the last row seen */
	int64_t last_cell, last_record; /* and written */
} Items;

static json_t *swapped(const json_t *value) {
	json_t *out = json_array();
	if (json_is_number(json_array_get(value, 0))) {
		json_array_append(out, json_array_get(value, 1));
		json_array_append(out, json_array_get(value, 0));
		return out;
	}
	for (size_t i = 0; i < json_array_size(value); i++)
		json_array_append_new(out, swapped(json_array_get(value, i)));
	return out;
}

static void shape_json(Request *rq, Text shape, const Crs *system) {
	if (!system->latitude_first) return jw_raw(&rq->json, shape);
	json_t *value = json_loadb(shape.at, shape.len, 0, NULL);
	json_object_set_new(value, "coordinates", swapped(json_object_get(value, "coordinates")));
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(15));
	jw_raw(&rq->json, text_of(text));
	free(text);
	json_decref(value);
}

static void point_json(Request *rq, double lon, double lat, const Crs *system) {
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "type", "Point");
	jw_key(&rq->json, "coordinates");
	jw_array(&rq->json);
	jw_double(&rq->json, system->latitude_first ? lat : lon);
	jw_double(&rq->json, system->latitude_first ? lon : lat);
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
}

/* values: of finding->positions. */
static void feature_json(Request *rq, const Finding *finding, const Crs *system, int64_t record, const Val *values) {
	JsonWriter *json = &rq->json;
	const Field *fields = finding->target.plan->resource->fields;
	double lon, lat;
	jw_object(json);
	jw_kv_str(json, "type", "Feature");
	jw_kv_id(json, "id", record);
	jw_key(json, "geometry");
	if (finding->located.shape >= 0 && values[0].kind == VAL_TEXT)
		shape_json(rq, values[0].t, system);
	else if (finding->located.shape < 0 && finding_point(finding, values, &lon, &lat))
		point_json(rq, lon, lat, system);
	else
		jw_null(json);
	jw_key(json, "properties");
	jw_object(json);
	for (int i = finding->place; i < finding->count; i++) {
		jw_key(json, fields[finding->positions[i]].name);
		value_json(json, &fields[finding->positions[i]], values[i], rq->arena);
	}
	jw_object_end(json);
	jw_object_end(json);
}

static bool inside(const Items *items, const Val *values) {
	Box own;
	if (!items->box) return true;
	if (items->finding->located.shape >= 0) return shape_box(values[0].t, &own) && box_meets(&own, items->box);
	if (!finding_point(items->finding, values, &own.west, &own.south)) return false;
	own.east = own.west;
	own.north = own.south;
	return box_meets(&own, items->box);
}

static int item_found(void *arg, int64_t record, int64_t cell, const Val *values) {
	Items *items = arg;
	items->cell = cell;
	items->record = record;
	if (!inside(items, values)) return 0;
	if (items->written == items->limit) {
		items->more = true;
		return 1;
	}
	items->last_cell = cell;
	items->last_record = record;
	feature_json(items->finding->rq, items->finding, items->system, record, values);
	items->written++;
	return 0;
}

static int items_read(Items *items) {
	Request *rq = items->finding->rq;
	CellRange *ranges = ARENA_ARRAY(rq->arena, CellRange, CELL_RANGES_MAX);
	int count = 1;
	ranges[0] = (CellRange){0, INT64_MAX};
	if (items->box) count = cells_cover(items->box, items->finding->located.shape >= 0, ranges);
	int64_t chunk = items->limit + 1 > CHUNK ? items->limit + 1 : CHUNK, given = chunk;
	while (given == chunk && !items->more) {
		given = finding_rows(items->finding, ranges, count, items->cell, items->record, chunk, item_found, items);
		if (given < 0) return (int)given;
	}
	return 0;
}

/* The same question, from the place where this page ended. */
static const char *next_url(Request *rq, const Items *items) {
	Text rest = rq->call ? http_query(rq->call) : rq->any_query, name, value;
	Buf *query = ARENA_NEW(rq->arena, Buf);
	buf_in(query, rq->arena);
	while (query_next(rq->arena, &rest, &name, &value) > 0) {
		if (text_is(name, "after")) continue;
		const Text parts[] = {name, value};
		for (int p = 0; p < 2; p++) {
			for (size_t i = 0; i < parts[p].len; i++) {
				unsigned char c = (unsigned char)parts[p].at[i];
				bool plain =
				    (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr("-._~,:/", c);
				if (plain && c)
					buf_char(query, (char)c);
				else
					buf_printf(query, "%%%02X", c);
			}
			buf_char(query, p ? '&' : '=');
		}
	}
	buf_printf(query, "after=%lld.%lld", (long long)items->last_cell, (long long)items->last_record);
	return collection_url(rq, items->finding->target.plan->resource,
	                      arena_printf(rq->arena, "/items?%.*s", TEXT_ARG(buf_as_text(query))));
}

static int after_of(Request *rq, Items *items) {
	Text after = in_text(rq, "after");
	const char *dot = after.len ? memchr(after.at, '.', after.len) : NULL;
	if (!after.at) return 0;
	if (dot && text_to_int((Text){after.at, (size_t)(dot - after.at)}, &items->cell) == 0 &&
	    text_to_int((Text){dot + 1, after.len - (size_t)(dot + 1 - after.at)}, &items->record) == 0 && items->cell >= 0)
		return 0;
	return error_field(rq->error, ERR_INVALID, "after", after, "cursor", "take the next link of the page before, unchanged",
	                   "The cursor in `after` was not given to you for this resource");
}

static int being_prepared(Request *rq, const Finding *finding) {
	if (finding->prepared) return 0;
	return error_field(rq->error, ERR_BUSY, "resource", TEXT_NONE, "being_prepared", "try again in some minutes",
	                   "The map of %s is being prepared", finding->target.resource->code);
}

static int items_begin(Request *rq, Finding *finding, const Crs **system) {
	int *positions = ARENA_ARRAY(rq->arena, int, RECORD_FIELDS_MAX + 1);
	int code = finding_open(rq, finding);
	if (code == 0) code = being_prepared(rq, finding);
	if (code == 0) code = system_of(rq, "crs", system);
	if (code < 0) return code;
	memcpy(positions, finding->target.plan->positions, sizeof(int) * (size_t)finding->target.plan->visible);
	finding_choose(finding, positions, finding->target.plan->visible, RECORD_FIELDS_MAX);
	rq->content_type = "application/geo+json";
	rq->content_crs = arena_printf(rq->arena, "<%s>", (*system)->uri);
	return 0;
}

static int ogc_items(Request *rq) {
	Finding finding;
	const Crs *system, *box_system;
	Box box;
	JsonWriter *json = &rq->json;
	int code = items_begin(rq, &finding, &system);
	if (code == 0) code = system_of(rq, "bbox-crs", &box_system);
	if (code == 0 && in_has(rq, "bbox")) code = box_of(rq, box_system, &box);
	if (code == 0) code = datetime_filter(rq, &finding);
	if (code < 0) return code;
	Items items = {.finding = &finding, .system = system, .box = in_has(rq, "bbox") ? &box : NULL, .limit = in_limit(rq)};
	code = after_of(rq, &items);
	if (code < 0) return code;
	jw_object(json);
	jw_kv_str(json, "type", "FeatureCollection");
	jw_key(json, "features");
	jw_array(json);
	code = items_read(&items);
	if (code < 0) return code;
	jw_array_end(json);
	jw_kv_int(json, "numberReturned", items.written);
	jw_kv_time(json, "timeStamp", rq->now_us);
	links_begin(rq);
	link_to(rq, "self", "application/geo+json", "This page", collection_url(rq, finding.target.plan->resource, "/items"));
	if (items.more) link_to(rq, "next", "application/geo+json", "The next page", next_url(rq, &items));
	jw_array_end(json);
	jw_object_end(json);
	tell_evidence(
	    rq, finding.target.plan,
	    arena_printf(rq->arena, "\"by\":\"items\",\"filter\":\"%.*s\"", TEXT_ARG(buf_as_text(&finding.filter->about))),
	    items.written);
	return use_quota(rq, &finding.target, items.written);
}

static int ogc_item(Request *rq) {
	Finding finding;
	const Crs *system;
	Rows *rows;
	Val binds[1 + FILTER_VALUES_MAX];
	int code = items_begin(rq, &finding, &system);
	if (code < 0) return code;
	const Plan *plan = finding.target.plan;
	if (!plan->mounted) return not_found(rq);
	code = db_one(rq->db, &rows, plan->by_id.one, binds, (size_t)bind_filter(plan, in_int(rq, "record_id"), binds));
	if (code < 0) return statement_failed(rq, code);
	if (rows_null(rows, 1)) return not_found(rq);
	Val *values = ARENA_ARRAY(rq->arena, Val, finding.count + 1);
	for (int i = 0; i < finding.count; i++)
		for (int at = 0; at < plan->visible; at++)
			if (plan->positions[at] == finding.positions[i])
				values[i] = column_value(rows, SYSTEM_SHOWN + at, &plan->resource->fields[plan->positions[at]]);
	feature_json(rq, &finding, system, in_int(rq, "record_id"), values);
	rq->about_subject = in_int(rq, "record_id");
	tell_evidence(rq, plan, "\"by\":\"id\"", 1);
	return use_quota(rq, &finding.target, 1);
}

/* --- routes ------------------------------------------------------------------------------------------------------------------
 */

#define IN_COLLECTION                                                                                                            \
	{ .name = "resource", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .doc = "a collection's id" }
#define IN_CRS                                                                                                                   \
	{                                                                                                                        \
		.name = "crs", .in = IN_QUERY, .type = TYPE_TEXT,                                                                \
		.doc = "of the answer: CRS84 (default), EPSG/0/4490 or EPSG/0/4326 by URI"                                       \
	}
#define IN_FORM                                                                                                                  \
	{ .name = "f", .in = IN_QUERY, .type = TYPE_ENUM, .choices = "json", .doc = "json" }
static const InputField form_inputs[] = {IN_FORM, {0}};
static const InputField collection_inputs[] = {IN_COLLECTION, IN_FORM, {0}};
static const InputField items_inputs[] = {
    IN_COLLECTION,
    IN_CRS,
    IN_FORM,
    {.name = "bbox", .in = IN_QUERY, .type = TYPE_TEXT, .doc = "four or six numbers"},
    {.name = "bbox-crs", .in = IN_QUERY, .type = TYPE_TEXT, .doc = "of bbox, as crs"},
    {.name = "datetime",
     .in = IN_QUERY,
     .type = TYPE_TEXT,
     .doc = "an RFC 3339 instant or interval, over the first date or time"},
    {.name = "limit", .in = IN_QUERY, .type = TYPE_INT, .min = 1, .max = 1000, .doc = "features a page, 50 when not given"},
    {.name = "after", .in = IN_QUERY, .type = TYPE_TEXT, .doc = "of the next link"},
    {0}};
static const InputField item_inputs[] = {
    IN_COLLECTION,
    {.name = "record_id", .in = IN_PATH, .type = TYPE_ID, .required = true, .doc = "feature id"},
    IN_CRS,
    IN_FORM,
    {0}};
static const InputField ogc_tile_inputs[] = {
    IN_COLLECTION,
    {.name = "z", .in = IN_PATH, .type = TYPE_INT, .required = true, .min = 0, .max = TILE_ZOOM_MAX, .doc = "tile matrix, 0..22"},
    {.name = "y", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .max = 16, .doc = "row"},
    {.name = "x", .in = IN_PATH, .type = TYPE_INT, .required = true, .min = 0, .max = 4194303, .doc = "column"},
    {.name = "f", .in = IN_QUERY, .type = TYPE_ENUM, .choices = "mvt", .doc = "mvt"},
    {.name = "fields", .in = IN_QUERY, .type = TYPE_TEXT, .max = 8000, .doc = "names of the attributes, at most 16"},
    {.name = "cluster",
     .in = IN_QUERY,
     .type = TYPE_INT,
     .min = 0,
     .max = 20000,
     .doc = "more points than this come as clusters"},
    {0}};
static const OutputField ogc_out[] = {{"links", "{ rel: string; type: string; title: string; href: string }[]", "OGC API links"},
                                      {0}};
static const OutputField feature_out[] = {{"type", "string", "Feature or FeatureCollection, RFC 7946"}, {0}};
static const OutputField layers_out[] = {{"items",
                                          "{ resource_id: string; collection: string; name: string; kind: \"points\" | "
                                          "\"shapes\"; time_field: string | null; fields: { name: "
                                          "string; title: string; kind: string }[] }[]",
                                          "located resources that the caller sees, with the fields given clear"},
                                         {"next", "null", "there is one page"},
                                         {0}};
static const InputField no_inputs[] = {{0}};

#define OGC(address, fn, name, words, in, out, more)                                                                             \
	{                                                                                                                        \
		.method = "GET", .path = address, .permit = PERMIT_DATA_READ, .lane = LANE_READ, .handler = fn, .action = name,  \
		.doc = words, .inputs = in, .outputs = out, .flags = more                                                        \
	}
#define COLLECTION "/ogc/collections/{resource}"
const Route feature_routes[FEATURE_ROUTES] = {
    OGC("/api/v1/map/layers", map_layers, "map.layers", "Located resources that the caller may see on the map.", no_inputs,
        layers_out, ROUTE_NO_EVIDENCE),
    OGC("/ogc", ogc_landing, "ogc.landing", "OGC API landing page.", form_inputs, ogc_out, ROUTE_NO_EVIDENCE),
    OGC("/ogc/conformance", ogc_conformance, "ogc.conformance", "Conformance classes.", form_inputs, ogc_out, ROUTE_NO_EVIDENCE),
    OGC("/ogc/collections", ogc_collections, "ogc.collections", "Located resources as collections.", form_inputs, ogc_out,
        ROUTE_NO_EVIDENCE),
    OGC(COLLECTION, ogc_collection, "ogc.collection", "One collection.", collection_inputs, ogc_out, 0),
    OGC(COLLECTION "/queryables", ogc_queryables, "ogc.queryables", "Its properties that can be filtered by.", collection_inputs,
        ogc_out, ROUTE_NO_EVIDENCE),
    OGC(COLLECTION "/items", ogc_items, "ogc.items", "Its features as GeoJSON: bbox, datetime, properties.", items_inputs,
        feature_out, ROUTE_ANY_QUERY),
    OGC(COLLECTION "/items/{record_id}", ogc_item, "ogc.item", "One feature.", item_inputs, feature_out, 0),
    OGC(COLLECTION "/tiles", ogc_tilesets, "ogc.tilesets", "Its tilesets.", collection_inputs, ogc_out, ROUTE_NO_EVIDENCE),
    OGC(COLLECTION "/tiles/WebMercatorQuad", ogc_tileset, "ogc.tileset", "The tileset of web mercator.", collection_inputs,
        ogc_out, ROUTE_NO_EVIDENCE),
    OGC(COLLECTION "/tiles/WebMercatorQuad/{z}/{y}/{x}", record_tile, "ogc.tile", "A Mapbox vector tile 2.1.", ogc_tile_inputs,
        NULL, ROUTE_ANY_QUERY),
};
