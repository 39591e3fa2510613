/* GeoJSON polygons as GEOS geometries and back, for checks and mending: tolerant of what place_shape_parse refuses. */
#ifndef YIWANG_PLACE_GEOS_H
#define YIWANG_PLACE_GEOS_H
#include "place/internal.h"
#define GEOS_USE_ONLY_R_API
#include <geos_c.h>

typedef struct Geos {
	Arena *arena;
	GEOSContextHandle_t handle;
} Geos;
/* One thread; goes with the arena. */
Geos *geos_open(Arena *arena);
/* Destroyed with the arena; NULL stays NULL (the operation failed, or memory ran out). */
GEOSGeometry *geos_keep(Geos *geos, GEOSGeometry *geometry);
/* A Polygon or MultiPolygon, valid or not; rings left open are closed, and *unclosed says so. NULL with *why: it is none. */
GEOSGeometry *geos_take(Geos *geos, const json_t *geometry, bool *unclosed, const char **why);
/* A LineString. NULL: it is none. */
GEOSGeometry *geos_take_line(Geos *geos, const json_t *geometry);
/* Its polygons made valid, or itself where it is. */
GEOSGeometry *geos_valid(Geos *geos, GEOSGeometry *geometry);
/* Only its polygons of some size, as GeoJSON text in steps of 1e-9 degrees; NULL: there are none. */
char *geos_give(Geos *geos, const GEOSGeometry *geometry);
char *geos_give_point(Geos *geos, const GEOSGeometry *point);
/* Square metres, and metres around. */
double geos_area(Geos *geos, const GEOSGeometry *geometry);
double geos_length(Geos *geos, const GEOSGeometry *geometry);
#define GEOS_METRES 111319.490793 /* a degree of the equator, and about one of a meridian */
#endif
