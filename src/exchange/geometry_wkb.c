/* geometry_wkb.h */
#include "exchange/geometry_wkb.h"
#include <jansson.h>
#include <math.h>

enum { HEADER = 8, ENVELOPE = 32 };
enum { WKB_POINT = 1, WKB_LINE, WKB_POLYGON, WKB_POINTS, WKB_LINES, WKB_POLYGONS };

/* How deep the coordinates of each type are nested, and what its parts are. */
static const struct Type {
	const char *name;
	uint32_t wkb, part; /* part: type of what a Multi… is made of; 0 = none */
	int depth;
} types[] = {
    {"Point", WKB_POINT, 0, 0},
    {"LineString", WKB_LINE, 0, 1},
    {"Polygon", WKB_POLYGON, 0, 2},
    {"MultiPoint", WKB_POINTS, WKB_POINT, 0},
    {"MultiLineString", WKB_LINES, WKB_LINE, 1},
    {"MultiPolygon", WKB_POLYGONS, WKB_POLYGON, 2},
};

static void le32(Buf *out, uint32_t value) {
	uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
	buf_add(out, bytes, sizeof bytes);
}

static void le_double(char *at, double value) {
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	for (int i = 0; i < 8; i++)
		at[i] = (char)(uint8_t)(bits >> (8 * i));
}

static double le_value(const char *at) {
	uint64_t bits = 0;
	double value;
	for (int i = 7; i >= 0; i--)
		bits = bits << 8 | (uint8_t)at[i];
	memcpy(&value, &bits, sizeof value);
	return value;
}

static void box_take(GeometryBox *box, double x, double y) {
	if (!box->any) *box = (GeometryBox){x, y, x, y, true};
	box->min_x = fmin(box->min_x, x);
	box->min_y = fmin(box->min_y, y);
	box->max_x = fmax(box->max_x, x);
	box->max_y = fmax(box->max_y, y);
}

static int position(const json_t *pair, Buf *out, GeometryBox *box) {
	const json_t *x = json_array_get(pair, 0), *y = json_array_get(pair, 1);
	if (!json_is_number(x) || !json_is_number(y)) return -1;
	double lon = json_number_value(x), lat = json_number_value(y);
	le_double(buf_reserve(out, 8), lon);
	out->len += 8;
	le_double(buf_reserve(out, 8), lat);
	out->len += 8;
	box_take(box, lon, lat);
	return 0;
}

static int positions(const json_t *list, int depth, Buf *out, GeometryBox *box) {
	if (depth == 0) return position(list, out, box);
	if (!json_is_array(list)) return -1;
	le32(out, (uint32_t)json_array_size(list));
	int code = 0;
	for (size_t i = 0; i < json_array_size(list) && code == 0; i++)
		code = positions(json_array_get(list, i), depth - 1, out, box);
	return code;
}

static void wkb_head(Buf *out, uint32_t type) {
	buf_char(out, 1); /* little-endian */
	le32(out, type);
}

static int shape(const json_t *geometry, Buf *out, GeometryBox *box) {
	const char *name = json_string_value(json_object_get(geometry, "type"));
	const json_t *coordinates = json_object_get(geometry, "coordinates");
	for (size_t i = 0; name && i < sizeof types / sizeof *types; i++) {
		const struct Type *type = &types[i];
		if (strcmp(name, type->name) != 0) continue;
		wkb_head(out, type->wkb);
		if (!type->part) return positions(coordinates, type->depth, out, box);
		if (!json_is_array(coordinates)) return -1;
		le32(out, (uint32_t)json_array_size(coordinates));
		int code = 0;
		for (size_t j = 0; j < json_array_size(coordinates) && code == 0; j++) {
			wkb_head(out, type->part);
			code = positions(json_array_get(coordinates, j), type->depth, out, box);
		}
		return code;
	}
	return -1;
}

/* Binary header: "GP", version 0, flags (little-endian, envelope of x and y or none, empty), srs_id. */
static void header(Buf *out, bool envelope, bool empty, int32_t srs_id) {
	char bytes[4] = {'G', 'P', 0, (char)(1 | (envelope ? 1 << 1 : 0) | (empty ? 1 << 4 : 0))};
	buf_add(out, bytes, sizeof bytes);
	le32(out, (uint32_t)srs_id);
}

int geometry_blob(Text geojson, int32_t srs_id, Buf *out) {
	size_t begun = out->len;
	GeometryBox box = {0};
	json_t *geometry = json_loadb(geojson.at, geojson.len, 0, NULL);
	if (!geometry) return -1;
	header(out, true, false, srs_id);
	size_t envelope = out->len;
	buf_reserve(out, ENVELOPE);
	out->len += ENVELOPE;
	int code = shape(geometry, out, &box);
	json_decref(geometry);
	if (code < 0) {
		out->len = begun;
		return -1;
	}
	if (!box.any) out->at[begun + 3] = (char)(out->at[begun + 3] | 1 << 4);
	const double corners[] = {box.min_x, box.max_x, box.min_y, box.max_y};
	for (int i = 0; i < 4; i++)
		le_double(out->at + envelope + 8 * i, box.any ? corners[i] : NAN);
	return 0;
}

void point_blob(double lon, double lat, int32_t srs_id, Buf *out) {
	header(out, false, false, srs_id);
	wkb_head(out, WKB_POINT);
	le_double(buf_reserve(out, 16), lon);
	le_double(out->at + out->len + 8, lat);
	out->len += 16;
}

void geometry_box_add(GeometryBox *box, Text blob) {
	bool envelope = blob.at[3] & 1 << 1;
	if (blob.at[3] & 1 << 4) return;
	const char *at = blob.at + HEADER + (envelope ? 0 : 5);
	box_take(box, le_value(at), le_value(at + (envelope ? 16 : 8)));
	if (envelope) box_take(box, le_value(at + 8), le_value(at + 24));
}
