/* raster: which of many polygons holds a point. A grid of cells whose sides are powers of two (in 1e-9 degrees); a cell keeps,
 * for each shape that meets it, whether its lower left corner is inside and the edges that pass through it. From the corner to
 * the point the way goes up, then right, and each edge crossed changes sides. All tests are exact in integers; what lies on a
 * line is taken as moved a little right and, still less, up, the same everywhere, so every point has one answer. Pure. */
#include "place/place.h"
#include <stdlib.h>

typedef struct Edge { /* from below to above: y1 <= y2 */
	int64_t x1, y1, x2, y2;
} Edge;
typedef struct Entry { /* of a cell, by shape; edge -1: the corner is inside */
	int32_t shape, edge;
} Entry;
enum { CELL_NONE = -1, CELL_MIXED = -2, CELLS_MIN = 1024, CELLS_MAX = 1 << 20 };
struct PlaceRaster {
	int64_t min_x, min_y, max_x, max_y;
	int shift_x, shift_y;
	int64_t columns, rows;
	int32_t *whole;   /* by cell: the one shape it is wholly in, CELL_NONE, or CELL_MIXED */
	uint32_t *starts; /* by cell, and one more: its entries */
	Entry *entries;
	Edge *edges;
	int edge_count;
};

/* --- exact tests ----------------------------------------------------------------------------------------------------- */
/* Above 0: (x, y) is left of the edge as it goes up; 0: on its line. */
static int turn(const Edge *edge, int64_t x, int64_t y) {
	int64_t dx = edge->x2 - edge->x1, dy = edge->y2 - edge->y1, px = x - edge->x1, py = y - edge->y1;
	const int64_t small = INT64_C(1) << 31;
	if (dx < small && dx > -small && dy < small && px < small && px > -small && py < small && py > -small) {
		int64_t cross = dx * py - dy * px;
		return (cross > 0) - (cross < 0);
	}
	__int128 cross = (__int128)dx * py - (__int128)dy * px;
	return (cross > 0) - (cross < 0);
}

/* Which side of the edge a point is: right of one that rises (on it counts as right), above a level one (on it counts as above).
 */
static bool side(const Edge *edge, int64_t x, int64_t y) {
	return edge->y1 == edge->y2 ? y >= edge->y1 : turn(edge, x, y) <= 0;
}

static bool spans_y(const Edge *edge, int64_t y) {
	return edge->y1 <= y && y < edge->y2;
}

static bool spans_x(const Edge *edge, int64_t x) {
	return edge->x1 < edge->x2 ? edge->x1 <= x && x < edge->x2 : edge->x2 <= x && x < edge->x1;
}

static bool touches(const Edge *edge, int64_t x, int64_t y) {
	int64_t low = edge->x1 < edge->x2 ? edge->x1 : edge->x2, high = edge->x1 < edge->x2 ? edge->x2 : edge->x1;
	return edge->y1 <= y && y <= edge->y2 && low <= x && x <= high && turn(edge, x, y) == 0;
}

/* --- looking up ------------------------------------------------------------------------------------------------------ */
static int mixed_find(const PlaceRaster *raster, int64_t cell, int64_t corner_x, int64_t corner_y, int64_t x, int64_t y) {
	const Entry *entry = &raster->entries[raster->starts[cell]], *end = &raster->entries[raster->starts[cell + 1]];
	while (entry < end) {
		int32_t shape = entry->shape;
		bool inside = false;
		for (; entry < end && entry->shape == shape; entry++) {
			if (entry->edge < 0) {
				inside = !inside;
				continue;
			}
			const Edge *edge = &raster->edges[entry->edge];
			if (touches(edge, x, y)) return shape;
			if (spans_x(edge, corner_x) && side(edge, corner_x, corner_y) != side(edge, corner_x, y))
				inside = !inside;
			if (spans_y(edge, y) && side(edge, corner_x, y) != side(edge, x, y)) inside = !inside;
		}
		if (inside) return shape;
	}
	return CELL_NONE;
}

int place_raster_find(const PlaceRaster *raster, int64_t x, int64_t y) {
	if (x < raster->min_x || x > raster->max_x || y < raster->min_y || y > raster->max_y) return CELL_NONE;
	int64_t column = (x - raster->min_x) >> raster->shift_x, row = (y - raster->min_y) >> raster->shift_y;
	int64_t cell = row * raster->columns + column;
	if (raster->whole[cell] != CELL_MIXED) return raster->whole[cell];
	return mixed_find(raster, cell, raster->min_x + (column << raster->shift_x), raster->min_y + (row << raster->shift_y), x,
	                  y);
}

/* --- building -------------------------------------------------------------------------------------------------------- */
typedef struct Found { /* an entry and its cell, in order of shape */
	uint32_t cell;
	Entry entry;
} Found;
typedef struct FoundList {
	Found *at;
	size_t count, room;
} FoundList;

static void found_add(FoundList *list, int64_t cell, int32_t shape, int32_t edge) {
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 65536;
		list->at = realloc(list->at, list->room * sizeof *list->at);
		if (!list->at) abort();
	}
	list->at[list->count++] = (Found){(uint32_t)cell, {shape, edge}};
}

/* Four cells an edge or so, at most CELLS_MAX, of sides that are powers of two: most points meet no edge. */
static void grid_choose(PlaceRaster *raster, int64_t edges) {
	int64_t wanted = 4 * edges < CELLS_MIN ? CELLS_MIN : 4 * edges > CELLS_MAX ? CELLS_MAX : 4 * edges;
	int64_t width = raster->max_x - raster->min_x, height = raster->max_y - raster->min_y;
	raster->shift_x = raster->shift_y = 0;
	for (;;) {
		raster->columns = (width >> raster->shift_x) + 1;
		raster->rows = (height >> raster->shift_y) + 1;
		if (raster->columns <= wanted && raster->rows <= wanted && raster->columns * raster->rows <= wanted) return;
		if (raster->columns >= raster->rows)
			raster->shift_x++;
		else
			raster->shift_y++;
	}
}

static int64_t column_of(const PlaceRaster *raster, long double x) {
	int64_t column = x < (long double)raster->min_x ? 0 : (int64_t)(x - (long double)raster->min_x) >> raster->shift_x;
	return column < raster->columns ? column : raster->columns - 1;
}

/* x of the edge at height y; the edge is not level. */
static long double edge_x(const Edge *edge, int64_t y) {
	return (long double)edge->x1 +
	       (long double)(edge->x2 - edge->x1) * (long double)(y - edge->y1) / (long double)(edge->y2 - edge->y1);
}

/* All cells an edge passes through, a few more at worst: what lies outside a cell crosses no way within it. */
static void edge_cells(const PlaceRaster *raster, FoundList *list, int32_t shape, int32_t number) {
	const Edge *edge = &raster->edges[number];
	int64_t first = (edge->y1 - raster->min_y) >> raster->shift_y, last = (edge->y2 - raster->min_y) >> raster->shift_y;
	for (int64_t row = first; row <= last; row++) {
		int64_t low = raster->min_y + (row << raster->shift_y), high = raster->min_y + ((row + 1) << raster->shift_y);
		long double a = edge->x1, b = edge->x2;
		if (edge->y1 != edge->y2) {
			a = edge_x(edge, edge->y1 > low ? edge->y1 : low);
			b = edge_x(edge, edge->y2 < high ? edge->y2 : high);
		}
		int64_t from = column_of(raster, (a < b ? a : b) - 2), to = column_of(raster, (a < b ? b : a) + 2);
		for (int64_t column = from; column <= to; column++)
			found_add(list, row * raster->columns + column, shape, number);
	}
}

/* The first column whose corner on the line y is right of the edge. */
static int64_t crossing_column(const PlaceRaster *raster, const Edge *edge, int64_t y) {
	int64_t column = column_of(raster, edge_x(edge, y));
	while (column > 0 && side(edge, raster->min_x + ((column - 1) << raster->shift_x), y))
		column--;
	while (column < raster->columns && !side(edge, raster->min_x + (column << raster->shift_x), y))
		column++;
	return column;
}

/* Corners inside the shape: on each line of corners, each edge crossed changes all that lie right of it. */
static void corners_find(const PlaceRaster *raster, FoundList *list, uint8_t *flips, int32_t shape, int first, int end,
                         const PlaceShape *of, uint32_t *by_row, int32_t *row_edges) {
	int64_t row_first = (of->min_y - raster->min_y) >> raster->shift_y,
	        row_last = (of->max_y - raster->min_y) >> raster->shift_y;
	int64_t from = (of->min_x - raster->min_x) >> raster->shift_x, to = (of->max_x - raster->min_x) >> raster->shift_x,
	        rows = row_last - row_first + 1;
	/* edges by the lines of corners they cross: a line lies in rows (row(y1), row(y2)], or on y1 itself */
	memset(by_row, 0, (size_t)(rows + 1) * sizeof *by_row);
	for (int pass = 0; pass < 2; pass++) {
		for (int i = first; i < end; i++) {
			const Edge *edge = &raster->edges[i];
			int64_t low = (edge->y1 - raster->min_y) >> raster->shift_y,
			        high = (edge->y2 - raster->min_y) >> raster->shift_y;
			for (int64_t row = low; row <= high; row++)
				if (spans_y(edge, raster->min_y + (row << raster->shift_y))) {
					if (pass == 0)
						by_row[row - row_first + 1]++;
					else
						row_edges[by_row[row - row_first]++] = i;
				}
		}
		if (pass == 0)
			for (int64_t row = 0; row < rows; row++)
				by_row[row + 1] += by_row[row];
	}
	for (int64_t row = 0, at = 0; row < rows; row++) {
		int64_t y = raster->min_y + ((row_first + row) << raster->shift_y);
		bool inside = false, any = at < by_row[row];
		if (!any) continue;
		memset(flips + from, 0, (size_t)(to - from + 2));
		for (; at < by_row[row]; at++) {
			int64_t column = crossing_column(raster, &raster->edges[row_edges[at]], y);
			flips[column <= to ? column : to + 1] ^= 1;
		}
		for (int64_t column = from; column <= to; column++) {
			inside ^= flips[column];
			if (inside) found_add(list, (row_first + row) * raster->columns + column, shape, -1);
		}
	}
}

/* The list, which is in order of shapes, in order of cells. */
static void cells_sort(Arena *arena, PlaceRaster *raster, const FoundList *list) {
	size_t cells = (size_t)(raster->columns * raster->rows);
	raster->starts = ARENA_ARRAY(arena, uint32_t, cells + 2);
	raster->whole = ARENA_ARRAY(arena, int32_t, cells);
	raster->entries = ARENA_ARRAY(arena, Entry, list->count + 1);
	for (size_t i = 0; i < list->count; i++)
		raster->starts[list->at[i].cell + 2]++;
	for (size_t i = 2; i < cells + 2; i++)
		raster->starts[i] += raster->starts[i - 1];
	for (size_t i = 0; i < list->count; i++)
		raster->entries[raster->starts[list->at[i].cell + 1]++] = list->at[i].entry;
	for (size_t i = 0; i < cells; i++) {
		uint32_t count = raster->starts[i + 1] - raster->starts[i];
		const Entry *only = &raster->entries[raster->starts[i]];
		raster->whole[i] = count == 0 ? CELL_NONE : count == 1 && only->edge < 0 ? only->shape : CELL_MIXED;
	}
}

static int edges_take(PlaceRaster *raster, const PlaceShape *shape, int count) {
	for (int ring = 0, at = 0; ring < shape->ring_count; ring++) {
		for (; at + 1 < shape->ends[ring]; at++) {
			const int64_t *a = &shape->xy[2 * at], *b = &shape->xy[2 * at + 2];
			raster->edges[count++] = a[1] <= b[1] ? (Edge){a[0], a[1], b[0], b[1]} : (Edge){b[0], b[1], a[0], a[1]};
		}
		at = shape->ends[ring];
	}
	return count;
}

PlaceRaster *place_raster_build(Arena *arena, const PlaceShape *shapes, int count) {
	PlaceRaster *raster = ARENA_NEW(arena, PlaceRaster);
	int64_t vertices = 0;
	*raster = (PlaceRaster){.min_x = INT64_MAX, .min_y = INT64_MAX, .max_x = INT64_MIN, .max_y = INT64_MIN};
	for (int i = 0; i < count; i++) {
		const PlaceShape *shape = &shapes[i];
		if (shape->min_x < raster->min_x) raster->min_x = shape->min_x;
		if (shape->min_y < raster->min_y) raster->min_y = shape->min_y;
		if (shape->max_x > raster->max_x) raster->max_x = shape->max_x;
		if (shape->max_y > raster->max_y) raster->max_y = shape->max_y;
		vertices += shape->vertex_count;
	}
	if (vertices == 0) return raster; /* no shape: every point is outside */
	grid_choose(raster, vertices);
	raster->edges = ARENA_ARRAY(arena, Edge, vertices);
	FoundList list = {0};
	uint8_t *flips = calloc((size_t)raster->columns + 2, 1);
	uint32_t *by_row = malloc(((size_t)raster->rows + 2) * sizeof *by_row);
	int32_t *row_edges = NULL;
	size_t row_room = 0;
	for (int i = 0; i < count; i++) {
		int first = raster->edge_count, end = edges_take(raster, &shapes[i], first);
		size_t before = list.count;
		raster->edge_count = end;
		for (int edge = first; edge < end; edge++)
			edge_cells(raster, &list, i, edge);
		if (list.count - before > row_room) { /* an edge crosses no more lines than it has cells */
			row_room = list.count - before;
			row_edges = realloc(row_edges, row_room * sizeof *row_edges);
		}
		if (!flips || !by_row || (row_room && !row_edges)) abort();
		corners_find(raster, &list, flips, i, first, end, &shapes[i], by_row, row_edges);
	}
	cells_sort(arena, raster, &list);
	free(list.at);
	free(flips);
	free(by_row);
	free(row_edges);
	return raster;
}
