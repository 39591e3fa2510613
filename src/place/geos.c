/* geos.h. Pure; one thread. */
#include "place/geos.h"
#include <math.h>
#include <stdlib.h>

static void handle_free(void *handle) {
	GEOS_finish_r(handle);
}

Geos *geos_open(Arena *arena) {
	Geos *geos = ARENA_NEW(arena, Geos);
	*geos = (Geos){arena, GEOS_init_r()};
	arena_on_free(arena, handle_free, geos->handle);
	return geos;
}

typedef struct Kept {
	GEOSContextHandle_t handle;
	GEOSGeometry *geometry;
} Kept;

static void kept_free(void *object) {
	Kept *kept = object;
	GEOSGeom_destroy_r(kept->handle, kept->geometry);
}

GEOSGeometry *geos_keep(Geos *geos, GEOSGeometry *geometry) {
	if (!geometry) return NULL;
	Kept *kept = ARENA_NEW(geos->arena, Kept);
	*kept = (Kept){geos->handle, geometry};
	arena_on_free(geos->arena, kept_free, kept);
	return geometry;
}

/* --- from GeoJSON ----------------------------------------------------------------------------------------------------- */
static bool position_of(const json_t *position, double *x, double *y) {
	const json_t *a = json_array_get(position, 0), *b = json_array_get(position, 1);
	*x = json_number_value(a);
	*y = json_number_value(b);
	return json_is_number(a) && json_is_number(b) && fabs(*x) <= 180 && fabs(*y) <= 90;
}

/* close: the first position comes again at the end where it does not. NULL: not positions in degrees, or too few. */
static GEOSCoordSequence *sequence_take(Geos *geos, const json_t *positions, bool close, size_t least, bool *unclosed) {
	size_t count = json_array_size(positions);
	double x, y, first_x, first_y;
	if (count < least || !position_of(json_array_get(positions, 0), &first_x, &first_y) ||
	    !position_of(json_array_get(positions, count - 1), &x, &y))
		return NULL;
	bool open = close && (x != first_x || y != first_y);
	GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(geos->handle, (unsigned)(count + open), 2);
	for (size_t i = 0; sequence && i < count + open; i++) {
		if (!position_of(json_array_get(positions, i % count), &x, &y)) {
			GEOSCoordSeq_destroy_r(geos->handle, sequence);
			return NULL;
		}
		GEOSCoordSeq_setXY_r(geos->handle, sequence, (unsigned)i, x, y);
	}
	if (open) *unclosed = true;
	return sequence;
}

static GEOSGeometry *ring_take(Geos *geos, const json_t *positions, bool *unclosed) {
	GEOSCoordSequence *sequence =
	    json_array_size(positions) <= PLACE_VERTICES_MAX ? sequence_take(geos, positions, true, 3, unclosed) : NULL;
	return sequence ? GEOSGeom_createLinearRing_r(geos->handle, sequence) : NULL;
}

static GEOSGeometry *polygon_take(Geos *geos, const json_t *rings, bool *unclosed) {
	size_t count = json_array_size(rings), holes = 0;
	if (count == 0 || count > PLACE_RINGS_MAX) return NULL;
	GEOSGeometry *shell = ring_take(geos, json_array_get(rings, 0), unclosed), **inner = calloc(count, sizeof *inner),
	             *polygon = NULL;
	while (shell && inner && holes + 1 < count &&
	       (inner[holes] = ring_take(geos, json_array_get(rings, holes + 1), unclosed)))
		holes++;
	if (shell && inner && holes + 1 == count) {
		polygon = GEOSGeom_createPolygon_r(geos->handle, shell, inner, (unsigned)holes);
	} else {
		for (size_t i = 0; i < holes; i++)
			GEOSGeom_destroy_r(geos->handle, inner[i]);
		if (shell) GEOSGeom_destroy_r(geos->handle, shell);
	}
	free(inner);
	return polygon;
}

GEOSGeometry *geos_take(Geos *geos, const json_t *geometry, bool *unclosed, const char **why) {
	const char *type = json_string_value(json_object_get(geometry, "type"));
	const json_t *coordinates = json_object_get(geometry, "coordinates");
	GEOSGeometry *taken = NULL;
	*unclosed = false;
	*why = "A ring needs at least three positions in degrees, and a shape at most 200,000";
	if (type && strcmp(type, "Polygon") == 0) {
		taken = polygon_take(geos, coordinates, unclosed);
	} else if (type && strcmp(type, "MultiPolygon") == 0) {
		size_t count = json_array_size(coordinates), done = 0;
		GEOSGeometry **parts = count && count <= PLACE_RINGS_MAX ? calloc(count, sizeof *parts) : NULL;
		while (parts && done < count && (parts[done] = polygon_take(geos, json_array_get(coordinates, done), unclosed)))
			done++;
		if (parts && done == count)
			taken = GEOSGeom_createCollection_r(geos->handle, GEOS_MULTIPOLYGON, parts, (unsigned)count);
		else
			for (size_t i = 0; i < done; i++)
				GEOSGeom_destroy_r(geos->handle, parts[i]);
		free(parts);
	} else {
		*why = "An area is a GeoJSON Polygon or MultiPolygon";
	}
	return geos_keep(geos, taken);
}

GEOSGeometry *geos_take_line(Geos *geos, const json_t *geometry) {
	const char *type = json_string_value(json_object_get(geometry, "type"));
	bool unused;
	if (!type || strcmp(type, "LineString") != 0) return NULL;
	GEOSCoordSequence *sequence = sequence_take(geos, json_object_get(geometry, "coordinates"), false, 2, &unused);
	return sequence ? geos_keep(geos, GEOSGeom_createLineString_r(geos->handle, sequence)) : NULL;
}

GEOSGeometry *geos_valid(Geos *geos, GEOSGeometry *geometry) {
	if (!geometry || GEOSisValid_r(geos->handle, geometry) == 1) return geometry;
	return geos_keep(geos, GEOSMakeValid_r(geos->handle, geometry));
}

/* --- to GeoJSON ------------------------------------------------------------------------------------------------------- */
static void number_give(Buf *out, double value) {
	double rounded = round(value * 1e9) / 1e9;
	double_to_buf(out, rounded == 0 ? 0 : rounded);
}

static void sequence_give(Geos *geos, Buf *out, const GEOSGeometry *line) {
	const GEOSCoordSequence *sequence = GEOSGeom_getCoordSeq_r(geos->handle, line);
	unsigned count = 0;
	GEOSCoordSeq_getSize_r(geos->handle, sequence, &count);
	buf_char(out, '[');
	for (unsigned i = 0; i < count; i++) {
		double x = 0, y = 0;
		GEOSCoordSeq_getXY_r(geos->handle, sequence, i, &x, &y);
		buf_str(out, i ? ",[" : "[");
		number_give(out, x);
		buf_char(out, ',');
		number_give(out, y);
		buf_char(out, ']');
	}
	buf_char(out, ']');
}

static void polygon_give(Geos *geos, Buf *out, const GEOSGeometry *polygon) {
	buf_char(out, '[');
	sequence_give(geos, out, GEOSGetExteriorRing_r(geos->handle, polygon));
	for (int i = 0; i < GEOSGetNumInteriorRings_r(geos->handle, polygon); i++) {
		buf_char(out, ',');
		sequence_give(geos, out, GEOSGetInteriorRingN_r(geos->handle, polygon, i));
	}
	buf_char(out, ']');
}

/* Polygons of a collection, however deep; returns how many there are by now. */
static int polygons_give(Geos *geos, Buf *out, const GEOSGeometry *geometry, int before) {
	int type = GEOSGeomTypeId_r(geos->handle, geometry);
	if (type == GEOS_POLYGON) {
		if (GEOSisEmpty_r(geos->handle, geometry) || geos_area(geos, geometry) < 1e-3) return before;
		if (before) buf_char(out, ',');
		polygon_give(geos, out, geometry);
		return before + 1;
	}
	if (type == GEOS_MULTIPOLYGON || type == GEOS_GEOMETRYCOLLECTION)
		for (int i = 0; i < GEOSGetNumGeometries_r(geos->handle, geometry); i++)
			before = polygons_give(geos, out, GEOSGetGeometryN_r(geos->handle, geometry, i), before);
	return before;
}

char *geos_give(Geos *geos, const GEOSGeometry *geometry) {
	if (!geometry) return NULL;
	Buf out = {0};
	int count = polygons_give(geos, &out, geometry, 0);
	char *text = count == 0 ? NULL
	             : count == 1
	                 ? arena_printf(geos->arena, "{\"type\":\"Polygon\",\"coordinates\":%.*s}", (int)out.len, out.at)
	                 : arena_printf(geos->arena, "{\"type\":\"MultiPolygon\",\"coordinates\":[%.*s]}", (int)out.len, out.at);
	buf_free(&out);
	return text;
}

char *geos_give_point(Geos *geos, const GEOSGeometry *point) {
	double x = 0, y = 0;
	GEOSGeomGetX_r(geos->handle, point, &x);
	GEOSGeomGetY_r(geos->handle, point, &y);
	return arena_printf(geos->arena, "{\"type\":\"Point\",\"coordinates\":[%.9f,%.9f]}", x, y);
}

/* --- measures --------------------------------------------------------------------------------------------------------- */
static double narrowing(Geos *geos, const GEOSGeometry *geometry) {
	double low = 0, high = 0;
	GEOSGeom_getYMin_r(geos->handle, geometry, &low);
	GEOSGeom_getYMax_r(geos->handle, geometry, &high);
	return cos((low + high) / 2 * M_PI / 180);
}

double geos_area(Geos *geos, const GEOSGeometry *geometry) {
	double area = 0;
	if (!geometry || GEOSisEmpty_r(geos->handle, geometry)) return 0;
	GEOSArea_r(geos->handle, geometry, &area);
	return area * GEOS_METRES * GEOS_METRES * narrowing(geos, geometry);
}

double geos_length(Geos *geos, const GEOSGeometry *geometry) {
	double length = 0;
	if (!geometry || GEOSisEmpty_r(geos->handle, geometry)) return 0;
	GEOSLength_r(geos->handle, geometry, &length);
	return length * GEOS_METRES * sqrt(narrowing(geos, geometry));
}
