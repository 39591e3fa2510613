/* place_bench AREAS.jsonl POINTS: assigns random points to the areas of a file (a GeoJSON Feature a line, degrees) by the raster
 * of src/place and by GEOS prepared geometries behind an STRtree, and compares every answer. Writes points.csv (no lon lat ours)
 * beside it for PostGIS, and one JSON line of times. Cold: building and all points; warm: all points once more. */
#include "place/place.h"
#define GEOS_USE_ONLY_R_API
#include <geos_c.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct World {
	PlaceShape *shapes;
	GEOSGeometry **geoms;
	int count, points;
	int64_t *x, *y;
	int *ours, *theirs;
	GEOSContextHandle_t geos;
} World;

static uint64_t seed = 7;
static double dice(void) {
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(seed >> 11) / 9007199254740992.0;
}

static void areas_read(World *world, Arena *arena, const char *path) {
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	FILE *file = fopen(path, "r");
	GEOSGeoJSONReader *reader = GEOSGeoJSONReader_create_r(world->geos);
	if (!file) exit(1);
	world->shapes = ARENA_ARRAY(arena, PlaceShape, 20000);
	world->geoms = ARENA_ARRAY(arena, GEOSGeometry *, 20000);
	while ((length = getline(&line, &room, file)) > 0 && world->count < 20000) {
		const char *why;
		json_t *feature = json_loadb(line, (size_t)length, 0, NULL), *geometry = json_object_get(feature, "geometry");
		if (place_shape_parse(arena, geometry, &world->shapes[world->count], &why) < 0) {
			fprintf(stderr, "%s\n", why);
			exit(1);
		}
		char *text = json_dumps(geometry, JSON_COMPACT | JSON_REAL_PRECISION(12));
		world->geoms[world->count++] = GEOSGeoJSONReader_readGeometry_r(world->geos, reader, text);
		free(text);
		json_decref(feature);
	}
	free(line);
	fclose(file);
	GEOSGeoJSONReader_destroy_r(world->geos, reader);
}

/* Nine of ten anywhere in the box of all, one on a corner of an area. */
static void points_make(World *world, Arena *arena) {
	int64_t box[4] = {INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN};
	for (int i = 0; i < world->count; i++) {
		const PlaceShape *shape = &world->shapes[i];
		if (shape->min_x < box[0]) box[0] = shape->min_x;
		if (shape->min_y < box[1]) box[1] = shape->min_y;
		if (shape->max_x > box[2]) box[2] = shape->max_x;
		if (shape->max_y > box[3]) box[3] = shape->max_y;
	}
	world->x = ARENA_ARRAY(arena, int64_t, world->points);
	world->y = ARENA_ARRAY(arena, int64_t, world->points);
	world->ours = ARENA_ARRAY(arena, int, world->points);
	world->theirs = ARENA_ARRAY(arena, int, world->points);
	for (int i = 0; i < world->points; i++) {
		if (i % 10 == 0) {
			const PlaceShape *shape = &world->shapes[(int)(dice() * world->count)];
			int vertex = (int)(dice() * shape->vertex_count);
			world->x[i] = shape->xy[2 * vertex];
			world->y[i] = shape->xy[2 * vertex + 1];
		} else {
			world->x[i] = box[0] + (int64_t)(dice() * (double)(box[2] - box[0]));
			world->y[i] = box[1] + (int64_t)(dice() * (double)(box[3] - box[1]));
		}
	}
}

static void ours_run(const World *world, const PlaceRaster *raster) {
	for (int i = 0; i < world->points; i++)
		world->ours[i] = place_raster_find(raster, world->x[i], world->y[i]);
}

typedef struct Look {
	const World *world;
	const GEOSPreparedGeometry **prepared;
	GEOSGeometry *point;
	int found; /* the lowest number that covers the point: the rule of borders */
} Look;

static void look(void *item, void *arg) {
	Look *at = arg;
	int number = (int)(intptr_t)item - 1;
	if ((at->found < 0 || number < at->found) &&
	    GEOSPreparedIntersects_r(at->world->geos, at->prepared[number], at->point) == 1)
		at->found = number;
}

static void theirs_run(const World *world, GEOSSTRtree *tree, const GEOSPreparedGeometry **prepared) {
	for (int i = 0; i < world->points; i++) {
		Look at = {world, prepared,
		           GEOSGeom_createPointFromXY_r(world->geos, (double)world->x[i] / 1e9, (double)world->y[i] / 1e9), -1};
		GEOSSTRtree_query_r(world->geos, tree, at.point, look, &at);
		GEOSGeom_destroy_r(world->geos, at.point);
		world->theirs[i] = at.found;
	}
}

static double seconds(int64_t from_us) {
	return (double)(clock_monotonic_us() - from_us) / 1e6;
}

int main(int argc, char **argv) {
	Arena *arena = arena_new();
	World world = {.points = argc > 2 ? atoi(argv[2]) : 1000000, .geos = GEOS_init_r()};
	if (argc < 3) return 2;
	areas_read(&world, arena, argv[1]);
	points_make(&world, arena);
	int64_t from = clock_monotonic_us();
	PlaceRaster *raster = place_raster_build(arena, world.shapes, world.count);
	double build = seconds(from);
	ours_run(&world, raster);
	double cold = seconds(from);
	from = clock_monotonic_us();
	ours_run(&world, raster);
	double warm = seconds(from);
	from = clock_monotonic_us();
	GEOSSTRtree *tree = GEOSSTRtree_create_r(world.geos, 10);
	const GEOSPreparedGeometry **prepared = ARENA_ARRAY(arena, const GEOSPreparedGeometry *, world.count);
	for (int i = 0; i < world.count; i++) {
		prepared[i] = GEOSPrepare_r(world.geos, world.geoms[i]);
		GEOSSTRtree_insert_r(world.geos, tree, world.geoms[i], (void *)(intptr_t)(i + 1));
	}
	theirs_run(&world, tree, prepared);
	double geos_cold = seconds(from);
	from = clock_monotonic_us();
	theirs_run(&world, tree, prepared);
	double geos_warm = seconds(from);
	int differ = 0, inside = 0;
	char *path = arena_printf(arena, "%s.points.csv", argv[1]);
	FILE *out = fopen(path, "w");
	if (!out) return 1;
	for (int i = 0; i < world.points; i++) {
		differ += world.ours[i] != world.theirs[i];
		inside += world.ours[i] >= 0;
		fprintf(out, "%d,%.9f,%.9f,%d\n", i, (double)world.x[i] / 1e9, (double)world.y[i] / 1e9, world.ours[i]);
	}
	fclose(out);
	printf("{\"areas\":%d,\"points\":%d,\"inside\":%d,\"build\":%.4f,\"cold\":%.4f,\"warm\":%.4f,\"geos_cold\":%.4f,\"geos_"
	       "warm\":%.4f,"
	       "\"differ\":%d}\n",
	       world.count, world.points, inside, build, cold, warm, geos_cold, geos_warm, differ);
	arena_free(arena);
	return 0;
}
