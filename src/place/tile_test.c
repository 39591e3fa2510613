/* Tests of cells and of the tile encoder: ranges against counting by hand, the bytes of a known tile, rings and their direction.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "place/place.h"
#include <math.h>

static uint32_t seed = 7;
static double chance(void) {
	seed = seed * 1664525u + 1013904223u;
	return seed / 4294967296.0;
}

static bool in_ranges(const CellRange *ranges, int count, int64_t cell) {
	for (int i = 0; i < count; i++)
		if (cell >= ranges[i].first && cell <= ranges[i].last) return true;
	return false;
}

static void test_points_of_a_tile(void **state) {
	for (int i = 0; i < 20000; i++) {
		double lon = chance() * 360 - 180, lat = chance() * 170 - 85, x, y;
		int z = (int)(chance() * 23);
		mercator_of(lon, lat, &x, &y);
		CellRange range = tile_points(z, (int64_t)floor(ldexp(x, z)), (int64_t)floor(ldexp(y, z)));
		int64_t cell = cell_of_point(lon, lat);
		assert_true(cell >= range.first && cell <= range.last);
		CellRange below = cell_below(cell_above(cell, z));
		assert_true(below.first == range.first && below.last == range.last && cell_level(cell_above(cell, z)) == z);
		double back_lon, back_lat;
		cell_middle(cell, &back_lon, &back_lat);
		assert_true(fabs(back_lon - lon) < 2e-6 && fabs(back_lat - lat) < 2e-6);
	}
}

static void test_cover_misses_nothing(void **state) {
	static CellRange ranges[CELL_RANGES_MAX];
	for (int i = 0; i < 3000; i++) {
		double size = pow(10, -chance() * 6) * 90, own = pow(10, -chance() * 6) * 90;
		double west = chance() * (360 - size) - 180, south = chance() * (160 - size) - 80;
		Box box = {west, south, west + size, fmin(84, south + size)};
		int count = cells_cover(&box, true, ranges);
		assert_true(count > 0 && count <= CELL_RANGES_MAX);
		for (int j = 0; j < 50; j++) {
			double at = west + (chance() * 3 - 1) * size, up = south + (chance() * 3 - 1) * size;
			Box other = {fmax(-180, at), fmax(-84, up), fmin(180, at + own * chance()),
			             fmin(84, up + own * chance())};
			if (other.west > other.east || other.south > other.north || !box_meets(&box, &other)) continue;
			assert_true(in_ranges(ranges, count, cell_of_box(&other)));
		}
	}
}

static void test_known_bytes(void **state) {
	/* layer "p", extent 4096, one point in the middle of the world's tile with kind = "a" */
	static const uint8_t wanted[] = {0x1a, 0x24, 0x78, 0x02, 0x0a, 0x01, 'p',  0x12, 0x0f, 0x08, 0x05, 0x12, 0x02,
	                                 0x00, 0x00, 0x18, 0x01, 0x22, 0x05, 0x09, 0x80, 0x20, 0x80, 0x20, 0x1a, 0x04,
	                                 'k',  'i',  'n',  'd',  0x22, 0x03, 0x0a, 0x01, 'a',  0x28, 0x80, 0x20};
	Arena *arena = arena_new();
	Tile *tile = tile_new(arena, 0, 0, 0, TEXT("p"));
	const uint32_t tags[] = {tile_key(tile, TEXT("kind")), tile_text(tile, TEXT("a"))};
	assert_int_equal(tile_text(tile, TEXT("a")), tags[1]);
	tile_point(tile, 5, 0, 0, tags, 2);
	Text bytes = tile_end(tile);
	assert_int_equal(bytes.len, sizeof wanted);
	assert_memory_equal(bytes.at, wanted, sizeof wanted);
	arena_free(arena);
}

static void test_empty_and_broken_shapes(void **state) {
	Arena *arena = arena_new();
	Tile *tile = tile_new(arena, 4, 8, 8, TEXT("s"));
	static const char *const nothing[] = {"",
	                                      "{}",
	                                      "[1]",
	                                      "{\"type\":\"Polygon\",\"coordinates\":[]}",
	                                      "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1]]]}",
	                                      "{\"type\":\"LineString\",\"coordinates\":[[\"a\",0],[1,1]]}",
	                                      "{\"type\":\"Point\",\"coordinates\":[170,80]}",
	                                      "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[2,0],[5,5]]]}"};
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
		assert_false(tile_shape(tile, 1, text_of(nothing[i]), NULL, 0));
	assert_int_equal(tile_end(tile).len, 0);
	/* a bow tie is mended; a line and a hole are drawn */
	assert_true(
	    tile_shape(tile, 1, TEXT("{\"type\":\"Polygon\",\"coordinates\":[[[1,-1],[9,-9],[9,-1],[1,-9],[1,-1]]]}"), NULL, 0));
	assert_true(tile_shape(tile, 2, TEXT("{\"type\":\"LineString\",\"coordinates\":[[1,-1],[9,-9]]}"), NULL, 0));
	assert_true(tile_shape(tile, 3,
	                       TEXT("{\"type\":\"Polygon\",\"coordinates\":[[[1,-1],[1,-9],[9,-9],[9,-1],[1,-1]],[[3,-3],[5,-3],["
	                            "5,-5],[3,-5],[3,-3]]]}"),
	                       NULL, 0));
	assert_int_equal(tile_features(tile), 3);
	assert_true(tile_end(tile).len > 40);
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_points_of_a_tile),
	    cmocka_unit_test(test_cover_misses_nothing),
	    cmocka_unit_test(test_known_bytes),
	    cmocka_unit_test(test_empty_and_broken_shapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
