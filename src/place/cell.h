/* Cells: where something lies, as one number that sorts near things near each other. The square of web mercator (EPSG:3857,
 * ±85.05°) is halved along both axes again and again; a cell is named by its level and the interleaved bits of its column and row
 * (Morton order), so that all cells below one are a range. A point is a cell of the finest level; a box lies at the coarsest even
 * level whose cells are at least as large as it, in the cell of its middle. Pure; any thread. Part of place.h. */
#ifndef YIWANG_PLACE_CELL_H
#define YIWANG_PLACE_CELL_H
#include <stdbool.h>
#include <stdint.h>

enum { CELL_LEVEL_MAX = 28 /* 0.15 m at the equator */, TILE_ZOOM_MAX = 22 };
/* Degrees of longitude and latitude to 0..1 from the west and from the north; beyond the square at its edge. */
void mercator_of(double lon, double lat, double *x, double *y);
void mercator_back(double x, double y, double *lon, double *lat);

typedef struct Box { /* degrees */
	double west, south, east, north;
} Box;
bool box_meets(const Box *a, const Box *b); /* also where only edges touch */

int64_t cell_of_point(double lon, double lat);
int64_t cell_of_box(const Box *box);
/* 0 (the whole square) to 28. */
int cell_level(int64_t cell);
/* The middle of a cell, in degrees. */
void cell_middle(int64_t cell, double *lon, double *lat);

typedef struct CellRange {
	int64_t first, last; /* both belong to it */
} CellRange;
enum { CELL_RANGES_MAX = 512 };
/* The ranges that hold every point (or, with boxes, every box) that may meet one; in rising order, some of what they hold lies
 * outside. How many. */
int cells_cover(const Box *box, bool boxes, CellRange out[CELL_RANGES_MAX]);
/* A tile of the web mercator grid: its box; the range of the points in it, which holds no others. */
Box tile_box(int z, int64_t x, int64_t y);
Box tile_box_degrees(int z, int64_t x, int64_t y); /* of WorldCRS84Quad */
CellRange tile_points(int z, int64_t x, int64_t y);
/* Cells of the finest level as clusters: 2^bits a tile and side. cell / cluster_size is one number a cluster. */
int64_t cluster_size(int z, int bits);
/* The cell of a level that holds one of the finest; the finest ones in a cell. */
int64_t cell_above(int64_t cell, int level);
CellRange cell_below(int64_t cell);
#endif
