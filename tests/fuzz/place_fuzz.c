/* Fuzz target: GeoJSON geometries and addresses. Any bytes give a shape within its limits or a reason; a shape's own corners are
 * found in it; what GEOS makes valid is read again by the strict parser; an address's parts are UTF-8. */
#include "place/address.h"
#include "place/geos.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void shape_judge(Arena *arena, const PlaceShape *shape) {
	if (shape->vertex_count < 4 || shape->vertex_count > PLACE_VERTICES_MAX ||
	    shape->ends[shape->ring_count - 1] != shape->vertex_count)
		abort();
	const PlaceRaster *raster = place_raster_build(arena, shape, 1);
	for (int i = 0; i < shape->vertex_count && i < 200; i++)
		if (place_raster_find(raster, shape->xy[2 * i], shape->xy[2 * i + 1]) != 0) abort();
}

static void geometry_judge(Arena *arena, const json_t *geometry) {
	PlaceShape shape;
	const char *why = NULL, *why_not;
	bool unclosed;
	int code = place_shape_parse(arena, geometry, &shape, &why);
	if ((code < 0) != (why != NULL)) abort();
	if (code == 0 && shape.vertex_count < 2000) shape_judge(arena, &shape);
	Geos *geos = geos_open(arena);
	GEOSGeometry *taken = geos_take(geos, geometry, &unclosed, &why_not);
	char *text = taken ? geos_give(geos, geos_valid(geos, taken)) : NULL;
	json_t *again = text ? json_loads(text, 0, NULL) : NULL;
	if (text && (!again || place_shape_parse(arena, again, &shape, &why) < 0)) abort();
	json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	Arena *arena = arena_new();
	Text text = {(const char *)data, size};
	AddressParts parts;
	if (size > 1 << 16) return 0;
	address_parse(arena, text, &parts);
	const char *all[] = {parts.town, parts.road, parts.number, parts.building, parts.unit, parts.room};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!utf8_valid(text_of(all[i])) || !utf8_valid(text_of(address_key(arena, text_of(all[i]))))) abort();
	AddressCrossing crossings[ADDRESS_CROSSINGS_MAX];
	bool sure;
	for (int i = address_crossings(arena, text, crossings, &sure); i-- > 0;)
		if (!utf8_valid(text_of(crossings[i].roads[0])) || !utf8_valid(text_of(crossings[i].roads[1])) ||
		    !utf8_valid(text_of(crossings[i].town)))
			abort();
	json_t *geometry = json_loadb(text.at, text.len, 0, NULL);
	if (geometry) geometry_judge(arena, geometry);
	json_decref(geometry);
	arena_free(arena);
	return 0;
}
