/* Tiles: GET /tiles/{resource}/{z}/{x}/{y}.mvt, straight from the store for the one who asks; and the list of layers that he may
 * see. Freshness: the ETag holds catalogue generation, grant and the clock of the last change, read in the snapshot of the rows,
 * so that every write shows with the next call. On the request's thread. */
#include "record/read.h"
#include "net/net.h"
#include <stdio.h>

enum {
	TILE_FEATURES_MAX = 20000, /* more points become clusters; of more lines and polygons the largest are shown */
	TILE_FIELDS_MAX = 16,
	CLUSTER_BITS = 3, /* 8 × 8 clusters a tile */
	TILE_BYTES_MAX = 8 << 20
};

typedef struct Drawing {
	Request *rq;
	Finding *finding;
	Tile *tile;
	const Box *within; /* the tile's own, where the ranges hold more; else NULL */
	uint32_t keys[TILE_FIELDS_MAX];
} Drawing;

static bool tile_value(Drawing *drawing, const Field *field, Val value, uint32_t *out) {
	double number;
	switch (value.kind) {
	case VAL_NULL:
		return false;
	case VAL_TEXT:
		*out = tile_text(drawing->tile, value.t);
		return true;
	case VAL_DOUBLE:
		*out = tile_double(drawing->tile, value.d);
		return true;
	default:
		break;
	}
	if (field->kind == KIND_INTEGER)
		*out = tile_int(drawing->tile, value.i);
	else if (field->kind == KIND_BOOLEAN)
		*out = tile_bool(drawing->tile, value.i != 0);
	else if (field->kind == KIND_DECIMAL && number_of(field, value, &number))
		*out = tile_double(drawing->tile, number);
	else
		*out = tile_text(drawing->tile, field_text(field, value, drawing->rq->arena));
	return true;
}

/* West and north edges belong to a tile, east and south ones to the next. */
static bool outside(const Drawing *drawing, double lon, double lat) {
	const Box *box = drawing->within;
	return box && (lon < box->west || lon >= box->east || lat > box->north || lat <= box->south);
}

static int draw(void *arg, int64_t record, int64_t cell, const Val *values) {
	Drawing *drawing = arg;
	const Finding *finding = drawing->finding;
	const Field *fields = finding->target.plan->resource->fields;
	uint32_t tags[2 * TILE_FIELDS_MAX];
	int count = 0;
	double lon, lat;
	for (int i = finding->place; i < finding->count; i++) {
		uint32_t number;
		if (!tile_value(drawing, &fields[finding->positions[i]], values[i], &number)) continue;
		tags[count++] = drawing->keys[i - finding->place];
		tags[count++] = number;
	}
	if (finding->located.shape >= 0)
		tile_shape(drawing->tile, finding_mark(finding, record), values[0].t, tags, count);
	else if (finding_point(finding, values, &lon, &lat) && !outside(drawing, lon, lat))
		tile_point(drawing->tile, finding_mark(finding, record), lon, lat, tags, count);
	return 0;
}

/* The same of rows kept in memory: each value is brought to the tile once. */
static int64_t draw_sheet(Drawing *drawing, SheetReading *reading, int64_t limit) {
	const Finding *finding = drawing->finding;
	const Field *fields = finding->target.plan->resource->fields;
	uint32_t *known[TILE_FIELDS_MAX], tags[2 * TILE_FIELDS_MAX];
	const SheetRow *row;
	int64_t given = 0;
	for (int i = finding->place; i < finding->count; i++)
		known[i - finding->place] = ARENA_ARRAY(drawing->rq->arena, uint32_t, sheet_values(reading, i));
	for (; given < limit && (row = sheet_next(reading)); given++) {
		int count = 0;
		for (int i = finding->place; i < finding->count; i++) {
			uint32_t number = sheet_number(reading, row, i), *of = &known[i - finding->place][number];
			if (!number) continue;
			if (!*of) {
				tile_value(drawing, &fields[finding->positions[i]], sheet_value(reading, i, number), of);
				++*of;
			}
			tags[count++] = drawing->keys[i - finding->place];
			tags[count++] = *of - 1;
		}
		tile_point_at(drawing->tile, finding_mark(finding, row->record), row->x, row->y, tags, count);
	}
	return given;
}

static int draw_cluster(void *arg, int64_t least, int64_t greatest, int64_t rows) {
	Drawing *drawing = arg;
	double lon, lat, other_lon, other_lat;
	cell_middle(least, &lon, &lat);
	cell_middle(greatest, &other_lon, &other_lat);
	lon = (lon + other_lon) / 2;
	lat = (lat + other_lat) / 2;
	if (outside(drawing, lon, lat)) return 0;
	uint32_t tags[2] = {drawing->keys[0], tile_int(drawing->tile, rows)};
	tile_point(drawing->tile, (uint64_t)least & ((UINT64_C(1) << 53) - 1), lon, lat, tags, 2);
	return 0;
}

/* The same of rows kept in memory: the tile's cells are a range, and each cluster an equal share of it. */
static int draw_sheet_clusters(Drawing *drawing, SheetReading *reading) {
	enum { CLUSTERS = 1 << 2 * CLUSTER_BITS };
	struct {
		int64_t least, greatest, rows;
	} all[CLUSTERS] = {0};
	int64_t first = reading->range.first, share = (reading->range.last - first + 1) / CLUSTERS;
	reading->at = 0;
	for (const SheetRow *row; (row = sheet_next(reading));) {
		int64_t at = (row->cell - first) / share;
		if (!all[at].rows || row->cell < all[at].least) all[at].least = row->cell;
		if (row->cell > all[at].greatest) all[at].greatest = row->cell;
		all[at].rows++;
	}
	for (int i = 0; i < CLUSTERS; i++)
		if (all[i].rows) draw_cluster(drawing, all[i].least, all[i].greatest, all[i].rows);
	return 0;
}

typedef struct Address {
	TileGrid grid;
	int z;
	int64_t x, y;
} Address;

/* "{y}" with or without .mvt */
static int tile_address(Request *rq, TileGrid grid, Address *out) {
	Text y = in_text(rq, "y");
	if (text_ends(y, TEXT(".mvt"))) y.len -= 4;
	*out = (Address){.grid = grid, .z = (int)in_int(rq, "z"), .x = in_int(rq, "x")};
	int64_t high = INT64_C(1) << out->z, wide = grid == TILES_DEGREES ? 2 * high : high;
	if (text_to_int(y, &out->y) == 0 && out->x < wide && out->y >= 0 && out->y < high) return 0;
	return error_field(rq->error, ERR_INVALID, "y", in_text(rq, "y"), "range", "x and y run from 0 to 2^z - 1",
	                   "There is no such tile at zoom %d", out->z);
}

static void tile_etag(Request *rq, const Finding *finding) {
	rq->etag = arena_printf(rq->arena, "\"%lld.%lld.%lld\"", (long long)finding->changed, (long long)rq->generation,
	                        (long long)(finding->target.plan->grant_id + finding->target.plan->opening_id));
	rq->cache_control = "private, no-cache"; /* kept, and asked about each time */
}

static bool unchanged(const Request *rq) {
	Text known = rq->call ? http_header(rq->call, "If-None-Match") : TEXT_NONE;
	return known.at && text_find(known, text_of(rq->etag)) >= 0;
}

static void tile_begin(Drawing *drawing, const Address *at) {
	Request *rq = drawing->rq;
	const Resource *resource = drawing->finding->target.plan->resource;
	drawing->tile = at->grid == TILES_DEGREES ? tile_new_degrees(rq->arena, at->z, at->x, at->y, text_of(resource->code))
	                                          : tile_new(rq->arena, at->z, at->x, at->y, text_of(resource->code));
}

/* What may lie in the tile. Points: in web mercator exactly its cell; in degrees the cells around, so draw looks again. */
static int tile_ranges(Drawing *drawing, const Address *at, bool points, CellRange *ranges) {
	bool degrees = at->grid == TILES_DEGREES;
	Box *box = ARENA_NEW(drawing->rq->arena, Box);
	*box = degrees ? tile_box_degrees(at->z, at->x, at->y) : tile_box(at->z, at->x, at->y);
	if (points && !degrees) {
		ranges[0] = tile_points(at->z, at->x, at->y);
		return 1;
	}
	if (points) {
		drawing->within = box;
		return cells_cover(box, false, ranges);
	}
	double wide = (box->east - box->west) * TILE_BUFFER / TILE_EXTENT,
	       high = (box->north - box->south) * TILE_BUFFER / TILE_EXTENT;
	*box = (Box){box->west - wide, box->south - high, box->east + wide, box->north + high};
	return cells_cover(box, true, ranges);
}

static int clusters_read(Drawing *drawing, const Address *at, const CellRange *ranges, int count) {
	int64_t size = cluster_size(at->z + (at->grid == TILES_DEGREES), CLUSTER_BITS);
	int code = 0;
	for (int i = 0; code >= 0 && i < count; i++)
		code = finding_clusters(drawing->finding, ranges[i], size, draw_cluster, drawing);
	return code;
}

/* Rows, or -1 when there are more points than wanted one by one. */
static int64_t tile_rows(Drawing *drawing, const Address *at) {
	Finding *finding = drawing->finding;
	CellRange *ranges = ARENA_ARRAY(drawing->rq->arena, CellRange, CELL_RANGES_MAX);
	const Field *fields = finding->target.plan->resource->fields;
	bool points = finding->located.shape < 0;
	int64_t most = points && in_has(drawing->rq, "cluster") ? in_int(drawing->rq, "cluster") : TILE_FEATURES_MAX;
	int count = tile_ranges(drawing, at, points, ranges), code = 0;
	finding->heap = points; /* of shapes the largest come first: the order of their cells */
	tile_begin(drawing, at);
	for (int i = finding->place; i < finding->count; i++)
		drawing->keys[i - finding->place] = tile_key(drawing->tile, text_of(fields[finding->positions[i]].name));
	SheetReading reading;
	int kept = points && !drawing->within ? sheet_open(finding, ranges[0], &reading) : 0;
	if (kept < 0) return kept;
	int64_t given = kept ? draw_sheet(drawing, &reading, most + 1)
	                     : finding_rows(finding, ranges, count, 0, 0, points ? most + 1 : most, draw, drawing);
	if (given < 0 || !points || given <= most) return given;
	tile_begin(drawing, at);
	drawing->keys[0] = tile_key(drawing->tile, TEXT("cluster_count"));
	if (kept)
		code = draw_sheet_clusters(drawing, &reading);
	else
		code = clusters_read(drawing, at, ranges, count);
	return code < 0 ? code : tile_features(drawing->tile);
}

int tile_answer(Request *rq, TileGrid grid) {
	Finding finding;
	Address at;
	int *positions = ARENA_ARRAY(rq->arena, int, RECORD_FIELDS_MAX + 1);
	int code = tile_address(rq, grid, &at);
	if (code == 0) code = finding_open(rq, &finding);
	if (code < 0) return code;
	if (!finding.prepared)
		return error_field(rq->error, ERR_BUSY, "resource", TEXT_NONE, "being_prepared", "try again in some minutes",
		                   "The map of %s is being prepared", finding.target.resource->code);
	int shown = query_fields(rq, finding.target.plan, positions);
	if (shown < 0) return shown;
	finding_choose(&finding, positions, shown, TILE_FIELDS_MAX);
	rq->content_type = "application/vnd.mapbox-vector-tile";
	rq->status = 200;
	tile_etag(rq, &finding);
	const char *how = arena_printf(rq->arena, "\"by\":\"tile\",\"tile\":\"%d/%lld/%lld\",\"filter\":\"%.*s\"", at.z,
	                               (long long)at.x, (long long)at.y, TEXT_ARG(buf_as_text(&finding.filter->about)));
	tell_evidence(rq, finding.target.plan, how, 0);
	if (unchanged(rq)) return 0;
	Drawing drawing = {.rq = rq, .finding = &finding};
	int64_t rows = tile_rows(&drawing, &at);
	if (rows < 0) return (int)rows;
	Text bytes = tile_end(drawing.tile);
	if (bytes.len > TILE_BYTES_MAX)
		return error_field(rq->error, ERR_INVALID, "fields", TEXT_NONE, "too_large", "ask for fewer fields, or zoom in",
		                   "The tile has more than 8 MiB");
	code = use_quota(rq, &finding.target, rows);
	if (code < 0) return code;
	tell_evidence(rq, finding.target.plan, how, rows);
	buf_text(&rq->body, bytes);
	return 0;
}

int record_tile(Request *rq) {
	return tile_answer(rq, TILES_MERCATOR);
}
