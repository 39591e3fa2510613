/* The map's standard interface as OpenAPI 3.0: what GDAL and QGIS read to know the size of pages and by what fields a collection
 * is filtered. Paths are relative to the landing page. On the request's thread. */
#include "record/ogc.h"
#include <string.h>

#define JSON "application/json"
#define GEOJSON "application/geo+json"

typedef struct Parameter {
	const char *name, *in, *type, *doc;
	int64_t least, most; /* of an integer; 0 and 0: any */
} Parameter;
static const Parameter parameters[] = {
    {"collectionId", "path", "string", "A collection's id", 0, 0},
    {"featureId", "path", "string", "A feature's id", 0, 0},
    {"tileMatrixSetId", "path", "string", "WebMercatorQuad or WorldCRS84Quad", 0, 0},
    {"tileMatrix", "path", "integer", "Zoom", 0, TILE_ZOOM_MAX},
    {"tileRow", "path", "integer", "Row, from the north", 0, 0},
    {"tileCol", "path", "integer", "Column, from the west", 0, 0},
    {"limit", "query", "integer", "Features a page", 1, ITEMS_MAX},
    {"bbox", "query", NULL, "West, south, east, north, in the axis order of bbox-crs", 0, 0},
    {"bbox-crs", "query", "uri", "Coordinate system of bbox; CRS84 when left out", 0, 0},
    {"crs", "query", "uri", "Coordinate system of the answer; CRS84 when left out", 0, 0},
    {"datetime", "query", "string", "An instant or interval by RFC 3339, over the first date or time of the features", 0, 0},
    {"after", "query", "string", "Of a next link", 0, 0},
};
enum { PARAMETERS = sizeof parameters / sizeof *parameters };

static const struct {
	const char *path, *id, *doc, *type;
	const char *takes; /* names of parameters with blanks between */
} paths[] = {
    {"/", "getLandingPage", "Landing page", JSON, ""},
    {"/conformance", "getConformance", "Conformance classes", JSON, ""},
    {"/api", "getApi", "This document", "application/vnd.oai.openapi+json;version=3.0", ""},
    {"/collections", "getCollections", "The collections", JSON, ""},
    {"/collections/{collectionId}", "getCollection", "One collection", JSON, "collectionId"},
    {"/collections/{collectionId}/queryables", "getQueryables", "What a collection is filtered by", "application/schema+json",
     "collectionId"},
    {"/collections/{collectionId}/items", "getItems", "Features", GEOJSON, "collectionId limit bbox bbox-crs crs datetime after"},
    {"/collections/{collectionId}/items/{featureId}", "getItem", "One feature", GEOJSON, "collectionId featureId crs"},
    {"/collections/{collectionId}/tiles", "getTilesets", "Vector tilesets", JSON, "collectionId"},
    {"/collections/{collectionId}/tiles/{tileMatrixSetId}", "getTileset", "One tileset", JSON, "collectionId tileMatrixSetId"},
    {"/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}", "getTile", "A vector tile",
     "application/vnd.mapbox-vector-tile", "collectionId tileMatrixSetId tileMatrix tileRow tileCol"},
    {"/collections/{collectionId}/styles/default", "getStyle", "The style", "application/vnd.mapbox.style+json", "collectionId"},
    {"/tileMatrixSets", "getTileMatrixSets", "Tile matrix sets", JSON, ""},
    {"/tileMatrixSets/{tileMatrixSetId}", "getTileMatrixSet", "One tile matrix set", JSON, "tileMatrixSetId"},
};
static const char items_takes[] = "limit bbox bbox-crs crs datetime after";

static void parameter_write(JsonWriter *json, const Parameter *one) {
	jw_key(json, one->name);
	jw_object(json);
	jw_kv_str(json, "name", one->name);
	jw_kv_str(json, "in", one->in);
	jw_kv_bool(json, "required", one->in[0] == 'p');
	jw_kv_str(json, "description", one->doc);
	jw_key(json, "schema");
	jw_object(json);
	if (!one->type) {
		jw_kv_str(json, "type", "array");
		jw_kv_int(json, "minItems", 4);
		jw_kv_int(json, "maxItems", 6);
		jw_key(json, "items");
		jw_object(json);
		jw_kv_str(json, "type", "number");
		jw_object_end(json);
	} else if (strcmp(one->type, "uri") == 0) {
		jw_kv_str(json, "type", "string");
		jw_kv_str(json, "format", "uri");
		jw_kv_str(json, "default", CRS84);
	} else {
		jw_kv_str(json, "type", one->type);
	}
	if (one->least || one->most) {
		jw_kv_int(json, "minimum", one->least);
		jw_kv_int(json, "maximum", one->most);
		if (one->least) jw_kv_int(json, "default", one->most);
	}
	jw_object_end(json);
	if (!one->type) {
		jw_kv_str(json, "style", "form");
		jw_kv_bool(json, "explode", false);
	}
	jw_object_end(json);
}

static void takes_write(Request *rq, const char *names) {
	JsonWriter *json = &rq->json;
	while (*names) {
		size_t len = strcspn(names, " ");
		jw_object(json);
		jw_kv_str(json, "$ref", arena_printf(rq->arena, "#/components/parameters/%.*s", (int)len, names));
		jw_object_end(json);
		names += len + (names[len] == ' ');
	}
}

static void answer_write(JsonWriter *json, const char *type) {
	jw_key(json, "responses");
	jw_object(json);
	jw_key(json, "200");
	jw_object(json);
	jw_kv_str(json, "description", "The answer");
	jw_key(json, "content");
	jw_object(json);
	jw_key(json, type);
	jw_object(json);
	jw_object_end(json);
	jw_object_end(json);
	jw_object_end(json);
	jw_key(json, "default");
	jw_object(json);
	jw_kv_str(json, "description", "What is wrong, as a problem by RFC 9457");
	jw_object_end(json);
	jw_object_end(json);
}

/* plan NULL: of any collection. */
static void path_write(Request *rq, const char *path, const char *id, const char *doc, const char *type, const char *takes,
                       const Plan *plan) {
	JsonWriter *json = &rq->json;
	jw_key(json, path);
	jw_object(json);
	jw_key(json, "get");
	jw_object(json);
	jw_kv_str(json, "operationId", id);
	jw_kv_str(json, "summary", doc);
	jw_key(json, "parameters");
	jw_array(json);
	takes_write(rq, takes);
	for (int i = 0; plan && i < plan->visible; i++) {
		if (!shown_field(plan, i)) continue;
		const Field *field = &plan->resource->fields[plan->positions[i]];
		jw_object(json);
		jw_kv_str(json, "name", field->name);
		jw_kv_str(json, "in", "query");
		jw_kv_bool(json, "required", false);
		jw_key(json, "schema");
		queryable_schema(json, field);
		jw_object_end(json);
	}
	jw_array_end(json);
	answer_write(json, type);
	jw_object_end(json);
	jw_object_end(json);
}

static void key_write(JsonWriter *json) {
	jw_key(json, "securitySchemes");
	jw_object(json);
	jw_key(json, "key");
	jw_object(json);
	jw_kv_str(json, "type", "http");
	jw_kv_str(json, "scheme", "bearer");
	jw_object_end(json);
	jw_object_end(json);
}

static void begin(Request *rq, bool openly) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_str(json, "openapi", "3.0.3");
	jw_key(json, "info");
	jw_object(json);
	jw_kv_str(json, "title", "一张图");
	jw_kv_str(json, "description", "Located resources of the city: OGC API Features and Tiles");
	jw_kv_str(json, "version", "1.0.0");
	jw_object_end(json);
	jw_key(json, "servers");
	jw_array(json);
	jw_object(json);
	jw_kv_str(json, "url", ogc_url(rq, ""));
	jw_object_end(json);
	jw_array_end(json);
	if (openly) return;
	jw_key(json, "security");
	jw_array(json);
	jw_object(json);
	jw_key(json, "key");
	jw_array(json);
	jw_array_end(json);
	jw_object_end(json);
	jw_array_end(json);
}

int ogc_api(Request *rq) {
	JsonWriter *json = &rq->json;
	Layer *layers;
	bool openly = asked_openly(rq);
	int count = openly ? action_run(rq, "opening.gate", NULL) : 0;
	if (count == 0) count = layers_of(rq, !openly, openly, &layers);
	if (count < 0) return count;
	rq->any_origin = openly;
	rq->content_type = "application/vnd.oai.openapi+json;version=3.0";
	begin(rq, openly);
	jw_key(json, "paths");
	jw_object(json);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		path_write(rq, paths[i].path, paths[i].id, paths[i].doc, paths[i].type, paths[i].takes, NULL);
	for (int i = 0; i < count; i++) {
		const Resource *resource = layers[i].plan->resource;
		path_write(rq, arena_printf(rq->arena, "/collections/%s/items", layer_name(rq, resource)),
		           arena_printf(rq->arena, "getItems%d", i + 1), resource->name, GEOJSON, items_takes, layers[i].plan);
	}
	jw_object_end(json);
	jw_key(json, "components");
	jw_object(json);
	jw_key(json, "parameters");
	jw_object(json);
	for (int i = 0; i < PARAMETERS; i++)
		parameter_write(json, &parameters[i]);
	jw_object_end(json);
	if (!openly) key_write(json);
	jw_object_end(json);
	jw_object_end(json);
	return 0;
}
