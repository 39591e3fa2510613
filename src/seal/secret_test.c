#include "seal/seal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void test_round_trip(void **state) {
	Arena *arena = arena_new();
	uint8_t key[16] = {1, 2, 3}, other[16] = {9};
	char *locked = secret_lock(arena, key, TEXT("p@ss 口令"));
	assert_non_null(locked);
	assert_string_equal(secret_unlock(arena, key, text_of(locked)), "p@ss 口令");
	assert_string_not_equal(locked, secret_lock(arena, key, TEXT("p@ss 口令"))); /* a fresh nonce each time */
	assert_null(secret_unlock(arena, other, text_of(locked)));
	locked[60] = locked[60] == '0' ? '1' : '0';
	assert_null(secret_unlock(arena, key, text_of(locked)));
	assert_null(secret_unlock(arena, key, TEXT("zz")));
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
