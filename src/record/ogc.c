/* OGC API over located resources: landing page, conformance, collections, queryables, and the routes of all of it. A collection
 * is a resource that the caller sees with its place clear. On the request's thread. */
#include "record/ogc.h"
#include <string.h>

/* --- pieces ---------------------------------------------------------------------------------------------------------------- */

void ogc_link(Request *rq, const char *rel, const char *type, const char *title, const char *href) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_str(json, "rel", rel);
	jw_kv_str(json, "type", type);
	jw_kv_str(json, "title", title);
	jw_kv_str(json, "href", href);
	jw_object_end(json);
}

const char *ogc_url(Request *rq, const char *rest) {
	return arena_printf(rq->arena, "%s%s/ogc%s", request_base_url(rq), asked_openly(rq) ? "/open" : "", rest);
}

const char *layer_name(Request *rq, const Resource *resource) {
	char *name = arena_strdup(rq->arena, resource->code);
	for (char *at = name; *at; at++)
		if (*at == '/') *at = '~';
	return name;
}

const char *layer_url(Request *rq, const Resource *resource, const char *rest) {
	return ogc_url(rq, arena_printf(rq->arena, "/collections/%s%s", layer_name(rq, resource), rest));
}

void ogc_links(Request *rq) {
	jw_key(&rq->json, "links");
	jw_array(&rq->json);
}

/* --- landing and conformance ---------------------------------------------------------------------------------------------- */

static int ogc_landing(Request *rq) {
	rq->any_origin = asked_openly(rq);
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "title", "一张图");
	jw_kv_str(&rq->json, "description", "Located resources of the city: OGC API Features and Tiles");
	ogc_links(rq);
	ogc_link(rq, "self", "application/json", "This page", ogc_url(rq, ""));
	ogc_link(rq, "service-desc", "application/vnd.oai.openapi+json;version=3.0", "The API", ogc_url(rq, "/api"));
	ogc_link(rq, "conformance", "application/json", "What it conforms to", ogc_url(rq, "/conformance"));
	ogc_link(rq, "data", "application/json", "The collections", ogc_url(rq, "/collections"));
	ogc_link(rq, "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", "application/json", "Tile matrix sets",
	         ogc_url(rq, "/tileMatrixSets"));
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

static int ogc_conformance(Request *rq) {
	static const char *const classes[] = {
	    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
	    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
	    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
	    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
	    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
	    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
	    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
	    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
	    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
	    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
	    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
	    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
	    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
	    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
	    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
	    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
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

/* --- collections ------------------------------------------------------------------------------------------------------------ */

static void collection_json(Request *rq, const Plan *plan, const Box *extent) {
	JsonWriter *json = &rq->json;
	const Resource *resource = plan->resource;
	jw_object(json);
	jw_kv_str(json, "id", layer_name(rq, resource));
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
	ogc_links(rq);
	ogc_link(rq, "self", "application/json", resource->name, layer_url(rq, resource, ""));
	ogc_link(rq, "items", "application/geo+json", resource->name, layer_url(rq, resource, "/items"));
	ogc_link(rq, "http://www.opengis.net/def/rel/ogc/1.0/queryables", "application/schema+json", "Queryables",
	         layer_url(rq, resource, "/queryables"));
	ogc_link(rq, "describedby", "application/schema+json", "Schema", layer_url(rq, resource, "/queryables"));
	ogc_link(rq, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", "application/json", "Vector tiles",
	         layer_url(rq, resource, "/tiles"));
	ogc_link(rq, "stylesheet", "application/vnd.mapbox.style+json", "Style", layer_url(rq, resource, "/styles/default"));
	jw_array_end(json);
	jw_object_end(json);
}

/* Extents are a help: what would take long to count is left without one until it was. */
static int ogc_collections(Request *rq) {
	enum { COUNTING_US = 200000 };
	Layer *layers;
	bool openly = asked_openly(rq);
	int64_t until = clock_monotonic_us() + COUNTING_US;
	int code = openly ? action_run(rq, "opening.gate", NULL) : 0;
	if (code == 0) code = finding_snapshot(rq);
	if (code < 0) return code;
	int count = layers_of(rq, !openly, openly, &layers);
	if (count < 0) return count;
	rq->any_origin = openly;
	jw_object(&rq->json);
	ogc_links(rq);
	ogc_link(rq, "self", "application/json", "The collections", ogc_url(rq, "/collections"));
	jw_array_end(&rq->json);
	jw_key(&rq->json, "collections");
	jw_array(&rq->json);
	for (int i = 0; i < count; i++) {
		const Target target = {.resource = layers[i].resource, .plan = layers[i].plan};
		Finding finding;
		Size size = {0};
		code = finding_of(rq, &target, &finding);
		if (code == 0 && finding.prepared && (size_kept(&finding) || clock_monotonic_us() < until))
			code = size_of(&finding, &size);
		if (code < 0) return code;
		collection_json(rq, layers[i].plan, size.rows ? &size.box : NULL);
	}
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

static int ogc_collection(Request *rq) {
	Finding finding;
	Size size = {0};
	int code = finding_open(rq, &finding);
	if (code == 0 && finding.prepared) code = size_of(&finding, &size);
	if (code < 0) return code;
	collection_json(rq, finding.target.plan, size.rows ? &size.box : NULL);
	return 0;
}

void queryable_schema(JsonWriter *json, const Field *field) {
	const char *type = field->kind == KIND_INTEGER                                 ? "integer"
	                   : field->kind == KIND_BOOLEAN                               ? "boolean"
	                   : field->kind == KIND_DECIMAL || field->kind == KIND_DOUBLE ? "number"
	                                                                               : "string";
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
	jw_kv_str(json, "$id", layer_url(rq, plan->resource, "/queryables"));
	jw_kv_str(json, "type", "object");
	jw_kv_str(json, "title", plan->resource->name);
	jw_key(json, "properties");
	jw_object(json);
	for (int i = 0; i < plan->visible; i++)
		if (shown_field(plan, i)) {
			const Field *field = &plan->resource->fields[plan->positions[i]];
			jw_key(json, field->name);
			queryable_schema(json, field);
		}
	jw_key(json, "geometry");
	jw_object(json);
	jw_kv_str(json, "title", "Where it lies: bbox");
	jw_kv_str(json, "format", finding.located.shape >= 0 ? "geometry-any" : "geometry-point");
	jw_kv_str(json, "x-ogc-role", "primary-geometry");
	jw_object_end(json);
	jw_object_end(json);
	jw_kv_bool(json, "additionalProperties", false);
	jw_object_end(json);
	return 0;
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
static const InputField items_inputs[] = {IN_COLLECTION,
                                          IN_CRS,
                                          IN_FORM,
                                          {.name = "bbox", .in = IN_QUERY, .type = TYPE_TEXT, .doc = "four or six numbers"},
                                          {.name = "bbox-crs", .in = IN_QUERY, .type = TYPE_TEXT, .doc = "of bbox, as crs"},
                                          {.name = "datetime",
                                           .in = IN_QUERY,
                                           .type = TYPE_TEXT,
                                           .doc = "an RFC 3339 instant or interval, over the first date or time"},
                                          {.name = "limit",
                                           .in = IN_QUERY,
                                           .type = TYPE_INT,
                                           .min = 1,
                                           .max = INT32_MAX,
                                           .doc = "features a page: 1000 when not given, and at most"},
                                          {.name = "after", .in = IN_QUERY, .type = TYPE_TEXT, .doc = "of the next link"},
                                          {0}};
static const InputField item_inputs[] = {
    IN_COLLECTION,
    {.name = "record", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .max = 32, .doc = "feature id"},
    IN_CRS,
    IN_FORM,
    {0}};
#define IN_SET                                                                                                                   \
	{                                                                                                                        \
		.name = "set", .in = IN_PATH, .type = TYPE_ENUM, .required = true, .choices = "WebMercatorQuad|WorldCRS84Quad",  \
		.doc = "tile matrix set"                                                                                         \
	}
static const InputField matrix_inputs[] = {IN_SET, IN_FORM, {0}};
static const InputField tileset_inputs[] = {IN_COLLECTION, IN_SET, IN_FORM, {0}};
static const InputField ogc_tile_inputs[] = {
    IN_COLLECTION,
    IN_SET,
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
static const InputField classes_inputs[] = {
    IN_COLLECTION,
    {.name = "field", .in = IN_QUERY, .type = TYPE_TEXT, .required = true, .max = 64, .doc = "whose values"},
    {.name = "method",
     .in = IN_QUERY,
     .type = TYPE_ENUM,
     .required = true,
     .choices = "unique|equal|quantile",
     .doc = "most frequent values, equal ranges, or ranges of equally many records"},
    {.name = "count", .in = IN_QUERY, .type = TYPE_INT, .min = 1, .max = 12, .doc = "classes, 5 when not given"},
    {0}};
static const OutputField classes_out[] = {{"field", "string", "whose values"},
                                          {"items", "{ value?: unknown; from?: unknown; to?: unknown; count?: number }[]",
                                           "in order; from belongs to a range, to does not"},
                                          {"total", "number", "records in them"},
                                          {0}};
static const OutputField ogc_out[] = {{"links", "{ rel: string; type: string; title: string; href: string }[]", "OGC API links"},
                                      {0}};
static const OutputField feature_out[] = {{"type", "string", "Feature or FeatureCollection, RFC 7946"}, {0}};
static const OutputField layers_out[] = {
    {"items",
     "{ resource_id: string; collection: string; name: string; kind: \"points\" | "
     "\"shapes\"; time_field: string | null; fields: { name: "
     "string; title: string; kind: string }[]; style: Record<string, unknown> | null; may_style: boolean; open: boolean }[]",
     "located resources that the caller sees, with the fields given clear"},
    {"next", "null", "there is one page"},
    {0}};
static const InputField no_inputs[] = {{0}};

/* Each interface twice: by the caller's grants, and for anybody. */
#define DOOR(permission, address, fn, name, words, in, out, more)                                                                \
	{                                                                                                                        \
		.method = "GET", .path = address, .permit = permission, .lane = LANE_READ, .handler = fn, .action = name,        \
		.doc = words, .inputs = in, .outputs = out, .flags = more                                                        \
	}
#define OGC(address, fn, name, words, in, out, more)                                                                             \
	DOOR(PERMIT_DATA_READ, "/ogc" address, fn, "ogc." name, words, in, out, more),                                           \
	    DOOR(PERMIT_OPEN, "/open/ogc" address, fn, "open.ogc_" name, "Without login, what is opened: " words, in, out, more)
#define COLLECTION "/collections/{resource}"
#define QUIET ROUTE_NO_EVIDENCE
const Route feature_routes[FEATURE_ROUTES] = {
    DOOR(PERMIT_LOGIN, "/api/v1/map/layers", map_layers, "map.layers",
         "Located resources that the caller may see on the map, by grants and of what is open.", no_inputs, layers_out, QUIET),
    OGC("", ogc_landing, "landing", "OGC API landing page.", form_inputs, ogc_out, QUIET),
    OGC("/api", ogc_api, "api", "This interface as OpenAPI 3.0, with what each collection is filtered by.", form_inputs, NULL,
        QUIET),
    OGC("/conformance", ogc_conformance, "conformance", "Conformance classes.", form_inputs, ogc_out, QUIET),
    OGC("/collections", ogc_collections, "collections", "Located resources as collections.", form_inputs, ogc_out, QUIET),
    OGC(COLLECTION, ogc_collection, "collection", "One collection.", collection_inputs, ogc_out, 0),
    OGC(COLLECTION "/queryables", ogc_queryables, "queryables", "Its properties that can be filtered by.", collection_inputs,
        ogc_out, QUIET),
    OGC(COLLECTION "/items", ogc_items, "items", "Its features as GeoJSON: bbox, datetime, properties.", items_inputs,
        feature_out, ROUTE_ANY_QUERY),
    OGC(COLLECTION "/items/{record}", ogc_item, "item", "One feature.", item_inputs, feature_out, 0),
    OGC(COLLECTION "/tiles", ogc_tilesets, "tilesets", "Its tilesets.", collection_inputs, ogc_out, QUIET),
    OGC(COLLECTION "/tiles/{set}", ogc_tileset, "tileset", "A tileset.", tileset_inputs, ogc_out, QUIET),
    OGC(COLLECTION "/tiles/{set}/{z}/{y}/{x}", ogc_tile, "tile", "A Mapbox vector tile 2.1.", ogc_tile_inputs, NULL,
        ROUTE_ANY_QUERY),
    OGC(COLLECTION "/styles/default", ogc_style, "style", "Its style as the supplier set it, Mapbox style 8.", collection_inputs,
        ogc_out, QUIET),
    DOOR(PERMIT_DATA_READ, "/api/v1/map/classes/{resource}", map_classes, "map.classes",
         "Classes of the values of a layer's field.", classes_inputs, classes_out, 0),
    OGC("/tileMatrixSets", ogc_matrix_sets, "matrix_sets", "The tile matrix sets.", form_inputs, ogc_out, QUIET),
    OGC("/tileMatrixSets/{set}", ogc_matrix_set, "matrix_set", "A tile matrix set, OGC 17-083r4.", matrix_inputs, ogc_out, QUIET),
};
