/* Vector tiles (tile.h), after the Mapbox Vector Tile Specification 2.1: §4.1 layers, §4.3 geometry, §4.4 attributes. The
 * caller's thread; everything in its arena but what GEOS holds, which goes with the tile. */
#include "place/tile.h"
#define GEOS_USE_ONLY_R_API
#include <geos_c.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* Field numbers of vector_tile.proto, with their wire types. */
enum {
	TILE_LAYERS = 3 << 3 | 2,
	LAYER_VERSION = 15 << 3,
	LAYER_NAME = 1 << 3 | 2,
	LAYER_FEATURES = 2 << 3 | 2,
	LAYER_KEYS = 3 << 3 | 2,
	LAYER_VALUES = 4 << 3 | 2,
	LAYER_EXTENT = 5 << 3,
	FEATURE_ID = 1 << 3,
	FEATURE_TAGS = 2 << 3 | 2,
	FEATURE_TYPE = 3 << 3,
	FEATURE_GEOMETRY = 4 << 3 | 2,
	VALUE_TEXT = 1 << 3 | 2,
	VALUE_DOUBLE = 3 << 3 | 1,
	VALUE_INT = 4 << 3,
	VALUE_SINT = 6 << 3,
	VALUE_BOOL = 7 << 3,
};
enum { GEOM_POINT = 1, GEOM_LINE = 2, GEOM_POLYGON = 3 };
enum { MOVE_TO = 1, LINE_TO = 2, CLOSE_PATH = 7 };

typedef struct Words { /* distinct byte strings, numbered as they come */
	Buf bytes;
	uint32_t *slots; /* number + 1 */
	struct {
		size_t at, length;
		uint64_t hash;
	} * rows;
	uint32_t count, room;
} Words;

struct Tile {
	Arena *arena;
	int features;
	bool degrees;            /* else web mercator */
	double left, top, scale; /* unit square to units of the tile; in degrees the square is 360° wide and high from 90° N */
	Text name;
	Words keys, values;
	Buf body, scratch, numbers;
	GEOSContextHandle_t geos;
};

/* --- numbers on the wire ------------------------------------------------------------------------------------------------- */

static inline size_t varint(uint8_t *out, uint64_t number) {
	size_t length = 0;
	for (; number >= 0x80; number >>= 7)
		out[length++] = (uint8_t)(number | 0x80);
	out[length++] = (uint8_t)number;
	return length;
}

static inline void put(Buf *out, uint64_t number) {
	uint8_t bytes[10];
	buf_add(out, bytes, varint(bytes, number));
}

static inline uint32_t zigzag(int32_t number) {
	return (uint32_t)number << 1 ^ (uint32_t)(number >> 31);
}

static void put_text(Buf *out, uint64_t tag, Text text) {
	put(out, tag);
	put(out, text.len);
	buf_text(out, text);
}

/* --- keys and values ------------------------------------------------------------------------------------------------------ */

static uint64_t hash_of(Text text) {
	uint64_t hash = UINT64_C(0x9E3779B97F4A7C15) ^ text.len, word;
	size_t at = 0;
	for (; at + 8 <= text.len; at += 8) {
		memcpy(&word, text.at + at, 8);
		hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
	}
	word = 0;
	memcpy(&word, text.at + at, text.len - at);
	hash = (hash ^ word) * UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 29;
}

static void words_grow(Tile *tile, Words *words) {
	uint32_t room = words->room ? words->room * 2 : 64;
	uint32_t *slots = ARENA_ARRAY(tile->arena, uint32_t, room * 2);
	void *rows = arena_alloc_raw(tile->arena, room * sizeof *words->rows);
	if (words->count) memcpy(rows, words->rows, words->count * sizeof *words->rows);
	words->rows = rows;
	words->slots = slots;
	words->room = room;
	for (uint32_t i = 0; i < words->count; i++) {
		uint32_t at = (uint32_t)words->rows[i].hash & (room * 2 - 1);
		while (slots[at])
			at = (at + 1) & (room * 2 - 1);
		slots[at] = i + 1;
	}
}

static uint32_t word_number(Tile *tile, Words *words, Text bytes) {
	uint64_t hash = hash_of(bytes);
	if (words->count == words->room) words_grow(tile, words);
	uint32_t mask = words->room * 2 - 1, at = (uint32_t)hash & mask;
	for (; words->slots[at]; at = (at + 1) & mask) {
		uint32_t i = words->slots[at] - 1;
		if (words->rows[i].hash == hash && words->rows[i].length == bytes.len &&
		    memcmp(words->bytes.at + words->rows[i].at, bytes.at, bytes.len) == 0)
			return i;
	}
	words->rows[words->count].at = words->bytes.len;
	words->rows[words->count].length = bytes.len;
	words->rows[words->count].hash = hash;
	buf_text(&words->bytes, bytes);
	words->slots[at] = ++words->count;
	return words->count - 1;
}

uint32_t tile_key(Tile *tile, Text name) {
	return word_number(tile, &tile->keys, name);
}

static uint32_t value_number(Tile *tile) {
	return word_number(tile, &tile->values, buf_as_text(&tile->scratch));
}

uint32_t tile_text(Tile *tile, Text value) {
	tile->scratch.len = 0;
	put_text(&tile->scratch, VALUE_TEXT, value);
	return value_number(tile);
}

uint32_t tile_int(Tile *tile, int64_t value) {
	tile->scratch.len = 0;
	put(&tile->scratch, value < 0 ? VALUE_SINT : VALUE_INT);
	put(&tile->scratch, value < 0 ? (uint64_t)value << 1 ^ UINT64_MAX : (uint64_t)value);
	return value_number(tile);
}

uint32_t tile_double(Tile *tile, double value) {
	uint8_t bytes[8]; /* little-endian on the wire, as on every machine this runs on */
	memcpy(bytes, &value, sizeof bytes);
	tile->scratch.len = 0;
	put(&tile->scratch, VALUE_DOUBLE);
	buf_add(&tile->scratch, bytes, sizeof bytes);
	return value_number(tile);
}

uint32_t tile_bool(Tile *tile, bool value) {
	tile->scratch.len = 0;
	put(&tile->scratch, VALUE_BOOL);
	put(&tile->scratch, value);
	return value_number(tile);
}

/* --- features ------------------------------------------------------------------------------------------------------------- */

static void feature(Tile *tile, uint64_t id, int kind, const uint32_t *tags, int count, Text geometry) {
	uint8_t tagged[64 * 10 + 32];
	size_t tag_bytes = 0, length = 0;
	uint8_t head[48];
	if (count > 128) count = 128;
	for (int i = 0; i < count; i++)
		tag_bytes += varint(tagged + tag_bytes, tags[i]);
	length += varint(head, FEATURE_ID);
	length += varint(head + length, id);
	if (tag_bytes) {
		length += varint(head + length, FEATURE_TAGS);
		length += varint(head + length, tag_bytes);
	}
	uint8_t tail[24];
	size_t rest = varint(tail, FEATURE_TYPE);
	rest += varint(tail + rest, (uint64_t)kind);
	rest += varint(tail + rest, FEATURE_GEOMETRY);
	rest += varint(tail + rest, geometry.len);
	put(&tile->body, LAYER_FEATURES);
	put(&tile->body, length + tag_bytes + rest + geometry.len);
	buf_add(&tile->body, head, length);
	buf_add(&tile->body, tagged, tag_bytes);
	buf_add(&tile->body, tail, rest);
	buf_text(&tile->body, geometry);
	tile->features++;
}

static void unit_of(const Tile *tile, double lon, double lat, double *x, double *y) {
	if (!tile->degrees) {
		mercator_of(lon, lat, x, y);
		return;
	}
	*x = (lon + 180) / 360;
	*y = (90 - lat) / 360;
}

static void units_of(const Tile *tile, double lon, double lat, double *x, double *y) {
	unit_of(tile, lon, lat, x, y);
	*x = (*x - tile->left) * tile->scale;
	*y = (*y - tile->top) * tile->scale;
}

void tile_point_at(Tile *tile, uint64_t id, double x, double y, const uint32_t *tags, int count) {
	uint8_t bytes[24];
	size_t length = varint(bytes, 1 << 3 | MOVE_TO);
	length += varint(bytes + length, zigzag((int32_t)floor((x - tile->left) * tile->scale)));
	length += varint(bytes + length, zigzag((int32_t)floor((y - tile->top) * tile->scale)));
	feature(tile, id, GEOM_POINT, tags, count, (Text){(const char *)bytes, length});
}

void tile_point(Tile *tile, uint64_t id, double lon, double lat, const uint32_t *tags, int count) {
	double x, y;
	unit_of(tile, lon, lat, &x, &y);
	tile_point_at(tile, id, x, y, tags, count);
}

/* --- shapes --------------------------------------------------------------------------------------------------------------- */

static bool position_of(const json_t *value, double *lon, double *lat) {
	const json_t *first = json_array_get(value, 0), *second = json_array_get(value, 1);
	if (!json_is_number(first) || !json_is_number(second)) return false;
	*lon = json_number_value(first);
	*lat = json_number_value(second);
	return isfinite(*lon) && isfinite(*lat);
}

static void box_add(const json_t *value, Box *box, bool *any) {
	double lon, lat;
	if (position_of(value, &lon, &lat)) {
		if (!*any) *box = (Box){lon, lat, lon, lat};
		*box = (Box){fmin(box->west, lon), fmin(box->south, lat), fmax(box->east, lon), fmax(box->north, lat)};
		*any = true;
		return;
	}
	for (size_t i = 0; i < json_array_size(value); i++)
		box_add(json_array_get(value, i), box, any);
}

bool shape_box(Text geojson, Box *out) {
	json_t *shape = json_loadb(geojson.at, geojson.len, 0, NULL);
	bool any = false;
	box_add(json_object_get(shape, "coordinates"), out, &any);
	json_decref(shape);
	return any;
}

/* A line of positions in units of the tile, or NULL. */
static GEOSCoordSequence *sequence_of(const Tile *tile, const json_t *line, size_t least) {
	size_t count = json_array_size(line);
	double lon, lat, x, y;
	if (count < least) return NULL;
	GEOSCoordSequence *out = GEOSCoordSeq_create_r(tile->geos, (unsigned)count, 2);
	for (size_t i = 0; out && i < count; i++) {
		if (!position_of(json_array_get(line, i), &lon, &lat)) {
			GEOSCoordSeq_destroy_r(tile->geos, out);
			return NULL;
		}
		units_of(tile, lon, lat, &x, &y);
		GEOSCoordSeq_setXY_r(tile->geos, out, (unsigned)i, x, y);
	}
	return out;
}

static GEOSGeometry *point_of(const Tile *tile, const json_t *value) {
	double lon, lat, x, y;
	if (!position_of(value, &lon, &lat)) return NULL;
	units_of(tile, lon, lat, &x, &y);
	return GEOSGeom_createPointFromXY_r(tile->geos, x, y);
}

static GEOSGeometry *line_of(const Tile *tile, const json_t *value) {
	GEOSCoordSequence *sequence = sequence_of(tile, value, 2);
	return sequence ? GEOSGeom_createLineString_r(tile->geos, sequence) : NULL;
}

static GEOSGeometry *polygon_of(const Tile *tile, const json_t *value) {
	size_t count = json_array_size(value);
	GEOSGeometry **rings = calloc(count + 1, sizeof *rings);
	size_t made = 0;
	while (made < count) {
		GEOSCoordSequence *sequence = sequence_of(tile, json_array_get(value, made), 4);
		rings[made] = sequence ? GEOSGeom_createLinearRing_r(tile->geos, sequence) : NULL;
		if (!rings[made]) break;
		made++;
	}
	GEOSGeometry *out =
	    made && made == count ? GEOSGeom_createPolygon_r(tile->geos, rings[0], rings + 1, (unsigned)count - 1) : NULL;
	for (size_t i = 0; !out && i < made && made < count; i++)
		GEOSGeom_destroy_r(tile->geos, rings[i]);
	free(rings);
	return out;
}

static const struct {
	const char *name;
	GEOSGeometry *(*make)(const Tile *tile, const json_t *value);
	int many; /* GEOS type of a collection of them, or -1 */
} kinds[] = {
    {"Point", point_of, -1},
    {"MultiPoint", point_of, GEOS_MULTIPOINT},
    {"LineString", line_of, -1},
    {"Polygon", polygon_of, -1},
    {"MultiLineString", line_of, GEOS_MULTILINESTRING},
    {"MultiPolygon", polygon_of, GEOS_MULTIPOLYGON},
};

static GEOSGeometry *many_of(const Tile *tile, size_t kind, const json_t *value) {
	size_t count = json_array_size(value), made = 0;
	GEOSGeometry **parts = calloc(count + 1, sizeof *parts);
	for (size_t i = 0; i < count; i++)
		if ((parts[made] = kinds[kind].make(tile, json_array_get(value, i)))) made++;
	GEOSGeometry *out = GEOSGeom_createCollection_r(tile->geos, kinds[kind].many, parts, (unsigned)made);
	free(parts);
	return out;
}

static GEOSGeometry *shape_of(const Tile *tile, Text geojson) {
	json_t *shape = json_loadb(geojson.at, geojson.len, 0, NULL);
	const char *type = json_string_value(json_object_get(shape, "type"));
	const json_t *value = json_object_get(shape, "coordinates");
	GEOSGeometry *out = NULL;
	for (size_t i = 0; type && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(type, kinds[i].name) == 0)
			out = kinds[i].many < 0 ? kinds[i].make(tile, value) : many_of(tile, i, value);
	json_decref(shape);
	return out;
}

/* Puts `next` in the place of *at when it could be made. */
static void turn_into(const Tile *tile, GEOSGeometry **at, GEOSGeometry *next) {
	GEOSGeom_destroy_r(tile->geos, *at);
	*at = next;
}

/* Clips, simplifies and snaps. NULL when GEOS cannot (a ring that crosses itself beyond mending). */
static GEOSGeometry *fit(const Tile *tile, GEOSGeometry *shape) {
	int type = GEOSGeomTypeId_r(tile->geos, shape);
	if ((type == GEOS_POLYGON || type == GEOS_MULTIPOLYGON) && GEOSisValid_r(tile->geos, shape) != 1)
		turn_into(tile, &shape, GEOSMakeValid_r(tile->geos, shape));
	if (shape)
		turn_into(tile, &shape,
		          GEOSClipByRect_r(tile->geos, shape, -TILE_BUFFER, -TILE_BUFFER, TILE_EXTENT + TILE_BUFFER,
		                           TILE_EXTENT + TILE_BUFFER));
	if (shape) turn_into(tile, &shape, GEOSSimplify_r(tile->geos, shape, 0.5));
	if (shape) turn_into(tile, &shape, GEOSGeom_setPrecision_r(tile->geos, shape, 1.0, 0));
	return shape;
}

typedef struct Pen { /* commands of one feature */
	Buf *out;
	int32_t x, y;
} Pen;

static void pen_move(Pen *pen, int32_t x, int32_t y) {
	put(pen->out, zigzag(x - pen->x));
	put(pen->out, zigzag(y - pen->y));
	pen->x = x;
	pen->y = y;
}

static int32_t ordinate(const Tile *tile, const GEOSCoordSequence *line, unsigned i, bool second) {
	double x = 0, y = 0;
	GEOSCoordSeq_getXY_r(tile->geos, line, i, &x, &y);
	return (int32_t)lrint(second ? y : x);
}

/* §4.3.4.3: a ring is written without its last position; the outer one clockwise in the tile (y grows downwards), holes the other
 * way. */
static void put_ring(const Tile *tile, Pen *pen, const GEOSGeometry *ring, bool outer) {
	const GEOSCoordSequence *line = GEOSGeom_getCoordSeq_r(tile->geos, ring);
	unsigned count = 0;
	GEOSCoordSeq_getSize_r(tile->geos, line, &count);
	if (count < 4) return;
	int64_t area = 0;
	for (unsigned i = 0; i + 1 < count; i++)
		area += (int64_t)ordinate(tile, line, i, false) * ordinate(tile, line, i + 1, true) -
		        (int64_t)ordinate(tile, line, i + 1, false) * ordinate(tile, line, i, true);
	if (area == 0) return;
	bool backwards = (area > 0) != outer;
	for (unsigned i = 0; i + 1 < count; i++) {
		unsigned at = backwards ? count - 1 - i : i;
		if (i == 0) put(pen->out, 1 << 3 | MOVE_TO);
		if (i == 1) put(pen->out, (uint64_t)(count - 2) << 3 | LINE_TO);
		pen_move(pen, ordinate(tile, line, at, false), ordinate(tile, line, at, true));
	}
	put(pen->out, 1 << 3 | CLOSE_PATH);
}

static void put_line(const Tile *tile, Pen *pen, const GEOSGeometry *part) {
	const GEOSCoordSequence *line = GEOSGeom_getCoordSeq_r(tile->geos, part);
	unsigned count = 0;
	GEOSCoordSeq_getSize_r(tile->geos, line, &count);
	if (count < 2) return;
	for (unsigned i = 0; i < count; i++) {
		if (i == 0) put(pen->out, 1 << 3 | MOVE_TO);
		if (i == 1) put(pen->out, (uint64_t)(count - 1) << 3 | LINE_TO);
		pen_move(pen, ordinate(tile, line, i, false), ordinate(tile, line, i, true));
	}
}

static void put_polygon(const Tile *tile, Pen *pen, const GEOSGeometry *part) {
	size_t before = pen->out->len;
	put_ring(tile, pen, GEOSGetExteriorRing_r(tile->geos, part), true);
	if (pen->out->len == before) return;
	for (int i = 0; i < GEOSGetNumInteriorRings_r(tile->geos, part); i++)
		put_ring(tile, pen, GEOSGetInteriorRingN_r(tile->geos, part, i), false);
}

/* The parts of one dimension: what clipping left of an area's edge as a line is not drawn. */
static void put_parts(const Tile *tile, Pen *pen, const GEOSGeometry *shape, int kind, int *points) {
	int type = GEOSGeomTypeId_r(tile->geos, shape);
	double x, y;
	if (GEOSisEmpty_r(tile->geos, shape) == 1) return;
	if (type >= GEOS_MULTIPOINT) {
		for (int i = 0; i < GEOSGetNumGeometries_r(tile->geos, shape); i++)
			put_parts(tile, pen, GEOSGetGeometryN_r(tile->geos, shape, i), kind, points);
	} else if (type == GEOS_POLYGON && kind == GEOM_POLYGON) {
		put_polygon(tile, pen, shape);
	} else if ((type == GEOS_LINESTRING || type == GEOS_LINEARRING) && kind == GEOM_LINE) {
		put_line(tile, pen, shape);
	} else if (type == GEOS_POINT && kind == GEOM_POINT) {
		GEOSGeomGetX_r(tile->geos, shape, &x);
		GEOSGeomGetY_r(tile->geos, shape, &y);
		pen_move(pen, (int32_t)lrint(x), (int32_t)lrint(y));
		++*points;
	}
}

static void quiet(const char *message, void *arg) {
	(void)message;
	(void)arg;
}

static void tile_release(void *context) {
	Tile *tile = context;
	if (tile->geos) GEOS_finish_r(tile->geos);
	tile->geos = NULL;
}

bool tile_shape(Tile *tile, uint64_t id, Text geojson, const uint32_t *tags, int count) {
	if (!tile->geos) {
		tile->geos = GEOS_init_r();
		GEOSContext_setErrorMessageHandler_r(tile->geos, quiet, NULL); /* a shape that cannot be drawn is left out */
		arena_on_free(tile->arena, tile_release, tile);
	}
	GEOSGeometry *shape = shape_of(tile, geojson);
	if (!shape) return false;
	int dimension = GEOSGeom_getDimensions_r(tile->geos, shape), points = 0;
	int kind = dimension == 0 ? GEOM_POINT : dimension == 1 ? GEOM_LINE : GEOM_POLYGON;
	shape = fit(tile, shape);
	if (!shape) return false;
	tile->scratch.len = 0;
	Pen pen = {&tile->scratch, 0, 0};
	put_parts(tile, &pen, shape, kind, &points);
	GEOSGeom_destroy_r(tile->geos, shape);
	if (tile->scratch.len == 0) return false;
	tile->numbers.len = 0;
	if (kind == GEOM_POINT) put(&tile->numbers, (uint64_t)points << 3 | MOVE_TO);
	buf_text(&tile->numbers, buf_as_text(&tile->scratch));
	feature(tile, id, kind, tags, count, buf_as_text(&tile->numbers));
	return true;
}

/* --- the tile -------------------------------------------------------------------------------------------------------------- */

Tile *tile_new(Arena *arena, int z, int64_t x, int64_t y, Text layer) {
	Tile *tile = ARENA_NEW(arena, Tile);
	Buf *const all[] = {&tile->body, &tile->scratch, &tile->numbers, &tile->keys.bytes, &tile->values.bytes};
	tile->arena = arena;
	tile->left = ldexp((double)x, -z);
	tile->top = ldexp((double)y, -z);
	tile->scale = ldexp(TILE_EXTENT, z);
	tile->name = layer;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		buf_in(all[i], arena);
	return tile;
}

Tile *tile_new_degrees(Arena *arena, int z, int64_t x, int64_t y, Text layer) {
	Tile *tile = tile_new(arena, z + 1, x, y, layer); /* a tile is a half as wide as there are degrees around */
	tile->degrees = true;
	return tile;
}

int tile_features(const Tile *tile) {
	return tile->features;
}

static void put_words(Buf *out, uint64_t tag, const Words *words) {
	for (uint32_t i = 0; i < words->count; i++)
		put_text(out, tag, (Text){words->bytes.at + words->rows[i].at, words->rows[i].length});
}

Text tile_end(Tile *tile) {
	Buf *head = &tile->scratch, *out = &tile->numbers;
	if (tile->features == 0) return TEXT("");
	head->len = out->len = 0;
	put(head, LAYER_VERSION);
	put(head, 2);
	put_text(head, LAYER_NAME, tile->name);
	put_words(&tile->body, LAYER_KEYS, &tile->keys);
	put_words(&tile->body, LAYER_VALUES, &tile->values);
	put(&tile->body, LAYER_EXTENT);
	put(&tile->body, TILE_EXTENT);
	put(out, TILE_LAYERS);
	put(out, head->len + tile->body.len);
	buf_text(out, buf_as_text(head));
	buf_text(out, buf_as_text(&tile->body));
	return buf_as_text(out);
}
