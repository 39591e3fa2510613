/* Unit tests of geometry_wkb.h: blobs byte by byte as OGC 12-128r19 2.1.3 has them, boxes, and what is no geometry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "exchange/geometry_wkb.h"
#include "seal/seal.h"

static const char *hex_of(Arena *arena, const Buf *blob) {
	char *hex = arena_alloc(arena, 2 * blob->len + 1);
	hex_encode((const uint8_t *)blob->at, blob->len, hex);
	return hex;
}

static void test_blobs(void **state) {
	Arena *arena = arena_new();
	Buf blob = {0};
	point_blob(1, 2, 4490, &blob);
	/* GP, version 0, little-endian without envelope, 4490 = 0x118a; WKB point */
	assert_string_equal(hex_of(arena, &blob), "475000018a110000"
	                                          "0101000000"
	                                          "000000000000f03f"
	                                          "0000000000000040");
	buf_reset(&blob);
	assert_int_equal(geometry_blob(TEXT("{\"type\":\"LineString\",\"coordinates\":[[1,2,9],[-1,3]]}"), 4490, &blob), 0);
	/* envelope min x, max x, min y, max y; the height is left out */
	assert_string_equal(hex_of(arena, &blob), "475000038a110000"
	                                          "000000000000f0bf"
	                                          "000000000000f03f"
	                                          "0000000000000040"
	                                          "0000000000000840"
	                                          "0102000000"
	                                          "02000000"
	                                          "000000000000f03f"
	                                          "0000000000000040"
	                                          "000000000000f0bf"
	                                          "0000000000000840");
	buf_reset(&blob);
	assert_int_equal(geometry_blob(TEXT("{\"type\":\"MultiPoint\",\"coordinates\":[[1,2]]}"), 4490, &blob), 0);
	assert_non_null(strstr(hex_of(arena, &blob), "0104000000"
	                                             "01000000"
	                                             "0101000000"
	                                             "000000000000f03f"));
	buf_free(&blob);
	arena_free(arena);
}

static void test_boxes(void **state) {
	Buf blob = {0};
	GeometryBox box = {0};
	point_blob(120, 31, 4490, &blob);
	geometry_box_add(&box, buf_as_text(&blob));
	buf_reset(&blob);
	assert_int_equal(
	    geometry_blob(TEXT("{\"type\":\"Polygon\",\"coordinates\":[[[119,30],[121,30],[121,32],[119,30]]]}"), 0, &blob), 0);
	geometry_box_add(&box, buf_as_text(&blob));
	buf_reset(&blob);
	assert_int_equal(geometry_blob(TEXT("{\"type\":\"MultiPolygon\",\"coordinates\":[]}"), 0, &blob),
	                 0); /* empty: no place */
	geometry_box_add(&box, buf_as_text(&blob));
	assert_true(box.min_x == 119 && box.max_x == 121 && box.min_y == 30 && box.max_y == 32);
	buf_free(&blob);
}

static void test_refused(void **state) {
	static const char *const none[] = {"",
	                                   "{}",
	                                   "***",
	                                   "[1,2]",
	                                   "{\"type\":\"Point\"}",
	                                   "{\"type\":\"Point\",\"coordinates\":[1]}",
	                                   "{\"type\":\"Point\",\"coordinates\":[\"a\",\"b\"]}",
	                                   "{\"type\":\"Circle\",\"coordinates\":[1,2]}",
	                                   "{\"type\":\"LineString\",\"coordinates\":[[1,2],3]}",
	                                   "{\"type\":\"Polygon\",\"coordinates\":7}"};
	Buf blob = {0};
	buf_str(&blob, "kept");
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		assert_int_equal(geometry_blob(text_of(none[i]), 4490, &blob), -1);
		assert_int_equal(blob.len, 4);
	}
	buf_free(&blob);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_blobs), cmocka_unit_test(test_boxes),
	                                   cmocka_unit_test(test_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
