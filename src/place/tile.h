/* Mapbox Vector Tiles 2.1: an encoder of one layer (extent 4096, no store), and shapes of GeoJSON brought onto a tile's grid by
 * GEOS. One Tile belongs to one thread and lives in an arena. Part of place.h. */
#ifndef YIWANG_PLACE_TILE_H
#define YIWANG_PLACE_TILE_H
#include "base/base.h"
#include "place/cell.h"

enum { TILE_EXTENT = 4096, TILE_BUFFER = 64 /* of lines and polygons, beyond each edge */ };
typedef struct Tile Tile;
/* The tile z/x/y of web mercator, with one layer. tile_free gives back what GEOS holds; it is also tied to the arena. */
Tile *tile_new(Arena *arena, int z, int64_t x, int64_t y, Text layer);
/* The same of WorldCRS84Quad: degrees, two tiles wide at zoom 0. */
Tile *tile_new_degrees(Arena *arena, int z, int64_t x, int64_t y, Text layer);
/* Numbers of a key and of values, the same for the same: pairs of them are a feature's tags. */
uint32_t tile_key(Tile *tile, Text name);
uint32_t tile_text(Tile *tile, Text value);
uint32_t tile_int(Tile *tile, int64_t value);
uint32_t tile_double(Tile *tile, double value);
uint32_t tile_bool(Tile *tile, bool value);
/* A feature at a point, in degrees. id: below 2^53, so that every reader keeps it whole. tags: pairs of key and value. */
void tile_point(Tile *tile, uint64_t id, double lon, double lat, const uint32_t *tags, int count);
/* The same by its place in the unit square of mercator_of. */
void tile_point_at(Tile *tile, uint64_t id, double x, double y, const uint32_t *tags, int count);
/* A feature of any GeoJSON geometry: clipped, simplified to half a unit, snapped to whole units and kept valid. What is left of
 * it may be nothing: then false, and nothing was added; so too for what is no geometry. */
bool tile_shape(Tile *tile, uint64_t id, Text geojson, const uint32_t *tags, int count);
int tile_features(const Tile *tile);
/* The tile's bytes: empty without features. Valid as long as the arena. */
Text tile_end(Tile *tile);
/* The box of a GeoJSON geometry's positions: false when it has none. */
bool shape_box(Text geojson, Box *out);
#endif
