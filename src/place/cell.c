/* Cells (cell.h). Owns nothing. */
#include "place/cell.h"
#include <math.h>
#include <stdlib.h>

enum { LEVEL_SHIFT = 2 * CELL_LEVEL_MAX, LEVEL_STEP = 2 };
static const double LAT_MAX = 85.051128779806604;

void mercator_of(double lon, double lat, double *x, double *y) {
	double limited = lat > LAT_MAX ? LAT_MAX : lat < -LAT_MAX ? -LAT_MAX : lat;
	*x = (lon + 180) / 360;
	*y = 0.5 - asinh(tan(limited * M_PI / 180)) / (2 * M_PI);
}

void mercator_back(double x, double y, double *lon, double *lat) {
	*lon = x * 360 - 180;
	*lat = atan(sinh(M_PI * (1 - 2 * y))) * 180 / M_PI;
}

bool box_meets(const Box *a, const Box *b) {
	return a->west <= b->east && b->west <= a->east && a->south <= b->north && b->south <= a->north;
}

static uint64_t spread(uint64_t v) {
	v = (v | v << 16) & UINT64_C(0x0000FFFF0000FFFF);
	v = (v | v << 8) & UINT64_C(0x00FF00FF00FF00FF);
	v = (v | v << 4) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	v = (v | v << 2) & UINT64_C(0x3333333333333333);
	return (v | v << 1) & UINT64_C(0x5555555555555555);
}

static uint64_t gather(uint64_t v) {
	v &= UINT64_C(0x5555555555555555);
	v = (v | v >> 1) & UINT64_C(0x3333333333333333);
	v = (v | v >> 2) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	v = (v | v >> 4) & UINT64_C(0x00FF00FF00FF00FF);
	v = (v | v >> 8) & UINT64_C(0x0000FFFF0000FFFF);
	return (v | v >> 16) & UINT64_C(0x00000000FFFFFFFF);
}

/* Column or row of a level. */
static int64_t place_at(double share, int level) {
	int64_t cells = INT64_C(1) << level, at = (int64_t)floor(share * (double)cells);
	return at < 0 ? 0 : at >= cells ? cells - 1 : at;
}

/* level, and the bits of the cell's north-west corner at the finest level */
static int64_t cell_name(int level, int64_t column, int64_t row) {
	uint64_t bits = spread((uint64_t)column) | spread((uint64_t)row) << 1;
	return (int64_t)((uint64_t)level << LEVEL_SHIFT | bits << 2 * (CELL_LEVEL_MAX - level));
}

int64_t cell_of_point(double lon, double lat) {
	double x, y;
	mercator_of(lon, lat, &x, &y);
	return cell_name(CELL_LEVEL_MAX, place_at(x, CELL_LEVEL_MAX), place_at(y, CELL_LEVEL_MAX));
}

int64_t cell_of_box(const Box *box) {
	double left, right, top, bottom;
	mercator_of(box->west, box->north, &left, &top);
	mercator_of(box->east, box->south, &right, &bottom);
	double side = fmax(right - left, bottom - top);
	int level = CELL_LEVEL_MAX;
	while (level > 0 && ldexp(1, -level) < side)
		level -= LEVEL_STEP;
	return cell_name(level, place_at((left + right) / 2, level), place_at((top + bottom) / 2, level));
}

int cell_level(int64_t cell) {
	return (int)((uint64_t)cell >> LEVEL_SHIFT);
}

void cell_middle(int64_t cell, double *lon, double *lat) {
	uint64_t bits = (uint64_t)cell & ((UINT64_C(1) << LEVEL_SHIFT) - 1);
	int level = cell_level(cell);
	double half = ldexp(0.5, -level), unit = ldexp(1, -CELL_LEVEL_MAX);
	mercator_back((double)gather(bits) * unit + half, (double)gather(bits >> 1) * unit + half, lon, lat);
}

static int by_first(const void *a, const void *b) {
	const CellRange *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

typedef struct Square {
	double left, top, right, bottom; /* of the unit square; right and bottom do not belong to it */
} Square;

/* The ranges of one level's cells whose boxes may meet the square: cells of a depth at which the square is a few cells wide. */
static int cover_level(const Square *square, int level, double grown, CellRange *out) {
	Square s = {square->left - grown, square->top - grown, square->right + grown, square->bottom + grown};
	double side = fmax(fmax(s.right - s.left, s.bottom - s.top), ldexp(1, -CELL_LEVEL_MAX));
	int depth = (int)floor(-log2(side)) + 2, count = 0, kept = 0;
	depth = depth < 0 ? 0 : depth > level ? level : depth;
	double last = ldexp(1, -CELL_LEVEL_MAX - 4); /* the far edges are not inside */
	int64_t x0 = place_at(s.left, depth), x1 = place_at(s.right - last, depth), y0 = place_at(s.top, depth),
	        y1 = place_at(s.bottom - last, depth);
	uint64_t below = (UINT64_C(1) << 2 * (CELL_LEVEL_MAX - depth)) - 1;
	for (int64_t y = y0; y <= y1; y++)
		for (int64_t x = x0; x <= x1; x++) {
			uint64_t bits = (spread((uint64_t)x) | spread((uint64_t)y) << 1) << 2 * (CELL_LEVEL_MAX - depth);
			uint64_t first = (uint64_t)level << LEVEL_SHIFT | bits;
			out[count++] = (CellRange){(int64_t)first, (int64_t)(first + below)};
		}
	qsort(out, (size_t)count, sizeof *out, by_first);
	for (int i = 1; i < count; i++) {
		if (out[kept].last + 1 == out[i].first)
			out[kept].last = out[i].last;
		else
			out[++kept] = out[i];
	}
	return count ? kept + 1 : 0;
}

int cells_cover(const Box *box, bool boxes, CellRange out[CELL_RANGES_MAX]) {
	Square square;
	int count = 0;
	double touch = ldexp(1, -CELL_LEVEL_MAX); /* what lies on an edge belongs to the box */
	mercator_of(box->west, box->north, &square.left, &square.top);
	mercator_of(box->east, box->south, &square.right, &square.bottom);
	square.right += touch;
	square.bottom += touch;
	/* at depth + 2 a side is at most 5 cells; 15 levels of at most 25 ranges */
	for (int level = boxes ? 0 : CELL_LEVEL_MAX; level <= CELL_LEVEL_MAX; level += LEVEL_STEP)
		count += cover_level(&square, level, boxes ? ldexp(0.5, -level) : 0, out + count);
	return count;
}

Box tile_box(int z, int64_t x, int64_t y) {
	Box box;
	double unit = ldexp(1, -z);
	mercator_back((double)x * unit, (double)y * unit, &box.west, &box.north);
	mercator_back((double)(x + 1) * unit, (double)(y + 1) * unit, &box.east, &box.south);
	return box;
}

Box tile_box_degrees(int z, int64_t x, int64_t y) {
	double side = ldexp(180, -z);
	return (Box){(double)x * side - 180, 90 - (double)(y + 1) * side, (double)(x + 1) * side - 180, 90 - (double)y * side};
}

CellRange tile_points(int z, int64_t x, int64_t y) {
	uint64_t bits = (spread((uint64_t)x) | spread((uint64_t)y) << 1) << 2 * (CELL_LEVEL_MAX - z);
	uint64_t first = (uint64_t)CELL_LEVEL_MAX << LEVEL_SHIFT | bits;
	return (CellRange){(int64_t)first, (int64_t)(first + (UINT64_C(1) << 2 * (CELL_LEVEL_MAX - z)) - 1)};
}

int64_t cluster_size(int z, int bits) {
	int level = z + bits > CELL_LEVEL_MAX ? CELL_LEVEL_MAX : z + bits;
	return INT64_C(1) << 2 * (CELL_LEVEL_MAX - level);
}

int64_t cell_above(int64_t cell, int level) {
	int64_t bits = cell & ((INT64_C(1) << LEVEL_SHIFT) - 1);
	return (int64_t)level << LEVEL_SHIFT | (bits - bits % cluster_size(level, 0));
}

CellRange cell_below(int64_t cell) {
	int64_t first = cell_above(cell, CELL_LEVEL_MAX);
	return (CellRange){first, first + cluster_size(cell_level(cell), 0) - 1};
}
