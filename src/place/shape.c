/* shape: GeoJSON polygons as rings of integers. Pure. */
#include "place/place.h"
#include <math.h>

typedef struct Take {
	Arena *arena;
	int64_t *xy;
	int *ends;
	int rings, vertices;
	const char *why;
} Take;

static int refuse(Take *take, const char *why) {
	take->why = why;
	return -1;
}

/* Counts first, so that the arrays are made once and no bigger than the limits. */
static int counted(Take *take, const json_t *polygon, int *rings, int *vertices) {
	if (!json_is_array(polygon) || json_array_size(polygon) == 0) return refuse(take, "A polygon needs at least one ring");
	for (size_t i = 0; i < json_array_size(polygon); i++) {
		size_t positions = json_array_size(json_array_get(polygon, i));
		if (positions < 4) return refuse(take, "A ring needs at least four positions, the last equal to the first");
		if (positions > PLACE_VERTICES_MAX || *vertices + (int)positions > PLACE_VERTICES_MAX)
			return refuse(take, "The shape has more than 200,000 positions: simplify it");
		if (++*rings > PLACE_RINGS_MAX) return refuse(take, "The shape has more than 20,000 rings: simplify it");
		*vertices += (int)positions;
	}
	return 0;
}

static int position_take(Take *take, const json_t *position) {
	const json_t *x = json_array_get(position, 0), *y = json_array_get(position, 1);
	if (!json_is_number(x) || !json_is_number(y))
		return refuse(take, "A position is an array of two numbers: longitude, latitude");
	double lon = json_number_value(x), lat = json_number_value(y);
	if (!(fabs(lon) <= 180 && fabs(lat) <= 90))
		return refuse(take, "A position lies outside -180 to 180, -90 to 90: are these degrees, longitude first?");
	take->xy[2 * take->vertices] = place_units(lon);
	take->xy[2 * take->vertices + 1] = place_units(lat);
	take->vertices++;
	return 0;
}

static int ring_take(Take *take, const json_t *ring) {
	int first = take->vertices;
	for (size_t i = 0; i < json_array_size(ring); i++)
		if (position_take(take, json_array_get(ring, i)) < 0) return -1;
	const int64_t *a = &take->xy[2 * first], *b = &take->xy[2 * (take->vertices - 1)];
	if (a[0] != b[0] || a[1] != b[1]) return refuse(take, "A ring is not closed: its last position differs from its first");
	take->ends[take->rings++] = take->vertices;
	return 0;
}

static void box_set(PlaceShape *shape) {
	shape->min_x = shape->min_y = INT64_MAX;
	shape->max_x = shape->max_y = INT64_MIN;
	for (int i = 0; i < shape->vertex_count; i++) {
		int64_t x = shape->xy[2 * i], y = shape->xy[2 * i + 1];
		if (x < shape->min_x) shape->min_x = x;
		if (x > shape->max_x) shape->max_x = x;
		if (y < shape->min_y) shape->min_y = y;
		if (y > shape->max_y) shape->max_y = y;
	}
}

static int polygons_take(Take *take, const json_t *const *polygons, size_t count) {
	int rings = 0, vertices = 0;
	for (size_t i = 0; i < count; i++)
		if (counted(take, polygons[i], &rings, &vertices) < 0) return -1;
	take->xy = ARENA_ARRAY(take->arena, int64_t, 2 * vertices);
	take->ends = ARENA_ARRAY(take->arena, int, rings);
	for (size_t i = 0; i < count; i++)
		for (size_t ring = 0; ring < json_array_size(polygons[i]); ring++)
			if (ring_take(take, json_array_get(polygons[i], ring)) < 0) return -1;
	return 0;
}

int place_shape_parse(Arena *arena, const json_t *geometry, PlaceShape *out, const char **why) {
	Take take = {.arena = arena};
	const char *type = json_string_value(json_object_get(geometry, "type"));
	const json_t *coordinates = json_object_get(geometry, "coordinates");
	int code = -1;
	if (type && strcmp(type, "Polygon") == 0) {
		code = polygons_take(&take, &coordinates, 1);
	} else if (type && strcmp(type, "MultiPolygon") == 0 && json_array_size(coordinates) > 0 &&
	           json_array_size(coordinates) <= PLACE_RINGS_MAX) {
		size_t count = json_array_size(coordinates);
		const json_t **polygons = ARENA_ARRAY(arena, const json_t *, count);
		for (size_t i = 0; i < count; i++)
			polygons[i] = json_array_get(coordinates, i);
		code = polygons_take(&take, polygons, count);
	} else {
		take.why = "An area is a GeoJSON Polygon or MultiPolygon";
	}
	*why = take.why;
	if (code < 0) return -1;
	*out = (PlaceShape){.xy = take.xy, .ends = take.ends, .ring_count = take.rings, .vertex_count = take.vertices};
	box_set(out);
	return 0;
}
