/* Tests of where records come from: paths through nodes, as they are read from other nodes and sent on. */
#include "base/base.h"
#include "cascade/internal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define A "00000000000000000000000000000aaa"
#define B "00000000000000000000000000000bbb"
#define C "00000000000000000000000000000ccc"

static void test_path(void **state) {
	Arena *arena = arena_new();
	const Self self = {.fingerprint = C, .name = "市"};
	assert_true(path_has(A " " B, A) && path_has(A " " B, B) && path_has(A, A));
	assert_false(path_has(A " " B, C) || path_has("", A) || path_has("x" A, A) || path_has(A "0", A));
	Origin own = origin_make(arena, &self, 12, NULL);
	assert_string_equal(own.via, C);
	assert_string_equal(own.entry, "12");
	const Origin came = {A, "县", "7", A " " B};
	Origin on = origin_make(arena, &self, 12, &came);
	assert_string_equal(on.via, A " " B " " C);
	assert_string_equal(on.node, A);
	assert_string_equal(on.entry, "7");
	arena_free(arena);
}

static void test_read(void **state) {
	Arena *arena = arena_new();
	json_t *whole = json_pack("{s:s, s:s, s:s, s:s}", "origin", A, "origin_name", "县", "origin_entry", "7", "via", A " " B);
	json_t *before = json_pack("{s:s}", "origin", A), *nothing = json_object(),
	       *odd = json_pack("{s:i, s:[], s:s}", "origin", 1, "via", "origin_entry", "123456789012345678901");
	assert_string_equal(origin_read(arena, whole, B).via, A " " B);
	assert_string_equal(origin_read(arena, whole, C).via, A " " B " " C); /* who sends it is on the way, whatever it says */
	assert_string_equal(origin_read(arena, before, B).via, A " " B);
	assert_string_equal(origin_read(arena, nothing, B).node, B);
	assert_string_equal(origin_read(arena, nothing, B).via, B);
	assert_string_equal(origin_read(arena, odd, B).via, B);
	assert_string_equal(origin_read(arena, odd, B).entry, "");
	json_decref(whole);
	json_decref(before);
	json_decref(nothing);
	json_decref(odd);
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_path), cmocka_unit_test(test_read)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
