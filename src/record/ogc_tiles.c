/* OGC API Tiles 1.0: tilesets of a collection, and the tile matrix sets they are cut by (OGC 17-083r4, annexes D.1 and D.2). */
#include "record/ogc.h"
#include <math.h>
#include <string.h>

#define TMS_HEAD "http://www.opengis.net/def/tilematrixset/OGC/1.0/"
#define PIXEL 0.00028 /* metres, §6.1.1 */

typedef struct MatrixSet {
	const char *name, *title, *crs, *scales;
	const char *axes[2];
	double west, north, cell, metres; /* of the first matrix: its corner, units a pixel, metres a unit */
	int wide, zooms;
} MatrixSet;
static const double HALF = 20037508.342789244;
static const MatrixSet sets[] = {
    {"WebMercatorQuad",
     "Google Maps Compatible for the World",
     CRS_HEAD "EPSG/0/3857",
     "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
     {"X", "Y"},
     -HALF,
     HALF,
     HALF / 128,
     1,
     1,
     TILE_ZOOM_MAX + 1},
    {"WorldCRS84Quad",
     "CRS84 for the World",
     CRS84,
     "http://www.opengis.net/def/wkss/OGC/1.0/GoogleCRS84Quad",
     {"Lon", "Lat"},
     -180,
     90,
     180.0 / 256,
     6378137 * M_PI / 180,
     2,
     TILE_ZOOM_MAX},
};
enum { SETS = sizeof sets / sizeof *sets };

static const MatrixSet *set_asked(Request *rq) {
	return text_is(in_text(rq, "set"), sets[0].name) ? &sets[0] : &sets[1];
}

/* --- tilesets ----------------------------------------------------------------------------------------------------------------
 */

static void tileset_json(Request *rq, const Resource *resource, const MatrixSet *set) {
	JsonWriter *json = &rq->json;
	const char *own = layer_url(rq, resource, arena_printf(rq->arena, "/tiles/%s", set->name));
	jw_object(json);
	jw_kv_str(json, "title", resource->name);
	jw_kv_str(json, "dataType", "vector");
	jw_kv_str(json, "crs", set->crs);
	jw_kv_str(json, "tileMatrixSetURI", arena_printf(rq->arena, TMS_HEAD "%s", set->name));
	ogc_links(rq);
	ogc_link(rq, "self", "application/json", "This tileset", own);
	ogc_link(rq, "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme", "application/json", set->name,
	         ogc_url(rq, arena_printf(rq->arena, "/tileMatrixSets/%s", set->name)));
	jw_object(json);
	jw_kv_str(json, "rel", "item");
	jw_kv_str(json, "type", "application/vnd.mapbox-vector-tile");
	jw_kv_bool(json, "templated", true);
	jw_kv_str(json, "href", arena_printf(rq->arena, "%s/{tileMatrix}/{tileRow}/{tileCol}", own));
	jw_object_end(json);
	jw_array_end(json);
	jw_object_end(json);
}

int ogc_tilesets(Request *rq) {
	Finding finding;
	int code = finding_open(rq, &finding);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "tilesets");
	jw_array(&rq->json);
	for (int i = 0; i < SETS; i++)
		tileset_json(rq, finding.target.plan->resource, &sets[i]);
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

int ogc_tileset(Request *rq) {
	Finding finding;
	int code = finding_open(rq, &finding);
	if (code == 0) tileset_json(rq, finding.target.plan->resource, set_asked(rq));
	return code;
}

int ogc_tile(Request *rq) {
	return tile_answer(rq, set_asked(rq) == &sets[0] ? TILES_MERCATOR : TILES_DEGREES);
}

/* --- tile matrix sets ---------------------------------------------------------------------------------------------------- */

static void matrix_json(JsonWriter *json, Arena *arena, const MatrixSet *set, int zoom) {
	double cell = ldexp(set->cell, -zoom);
	jw_object(json);
	jw_kv_str(json, "id", arena_printf(arena, "%d", zoom));
	jw_key(json, "scaleDenominator");
	jw_double(json, cell * set->metres / PIXEL);
	jw_key(json, "cellSize");
	jw_double(json, cell);
	jw_kv_str(json, "cornerOfOrigin", "topLeft");
	jw_key(json, "pointOfOrigin");
	jw_array(json);
	jw_double(json, set->west);
	jw_double(json, set->north);
	jw_array_end(json);
	jw_kv_int(json, "tileWidth", 256);
	jw_kv_int(json, "tileHeight", 256);
	jw_kv_int(json, "matrixWidth", (int64_t)set->wide << zoom);
	jw_kv_int(json, "matrixHeight", INT64_C(1) << zoom);
	jw_object_end(json);
}

int ogc_matrix_set(Request *rq) {
	JsonWriter *json = &rq->json;
	const MatrixSet *set = set_asked(rq);
	rq->any_origin = asked_openly(rq);
	jw_object(json);
	jw_kv_str(json, "id", set->name);
	jw_kv_str(json, "title", set->title);
	jw_kv_str(json, "uri", arena_printf(rq->arena, TMS_HEAD "%s", set->name));
	jw_kv_str(json, "crs", set->crs);
	jw_key(json, "orderedAxes");
	jw_array(json);
	for (int i = 0; i < 2; i++)
		jw_str(json, set->axes[i]);
	jw_array_end(json);
	jw_kv_str(json, "wellKnownScaleSet", set->scales);
	jw_key(json, "tileMatrices");
	jw_array(json);
	for (int zoom = 0; zoom < set->zooms; zoom++)
		matrix_json(json, rq->arena, set, zoom);
	jw_array_end(json);
	jw_object_end(json);
	return 0;
}

int ogc_matrix_sets(Request *rq) {
	JsonWriter *json = &rq->json;
	rq->any_origin = asked_openly(rq);
	jw_object(json);
	jw_key(json, "tileMatrixSets");
	jw_array(json);
	for (int i = 0; i < SETS; i++) {
		jw_object(json);
		jw_kv_str(json, "id", sets[i].name);
		jw_kv_str(json, "title", sets[i].title);
		jw_kv_str(json, "uri", arena_printf(rq->arena, TMS_HEAD "%s", sets[i].name));
		ogc_links(rq);
		ogc_link(rq, "self", "application/json", sets[i].title,
		         ogc_url(rq, arena_printf(rq->arena, "/tileMatrixSets/%s", sets[i].name)));
		jw_array_end(json);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_object_end(json);
	return 0;
}
