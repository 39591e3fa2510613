/* Tests of canon v1 and of table digests; they need no store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "record/record.h"

static const Field canon_fields[] = {
    {.no = 1, .name = "code", .kind = KIND_TEXT, .key = true},
    {.no = 2, .name = "note", .kind = KIND_TEXT},
    {.no = 4, .name = "share", .kind = KIND_DECIMAL, .scale = 2},
    {.no = 7, .name = "ratio", .kind = KIND_DOUBLE},
    {.no = 9, .name = "gone", .kind = KIND_DATE},
};
static const Resource canon_resource = {.fields = canon_fields, .field_count = 5, .key_fields = {0}, .key_count = 1};

static void canon_row(Val *values, const char *note, double ratio) {
	values[0] = val_text(TEXT("江A"));
	values[1] = val_str(note);
	values[2] = val_int(-1250);
	values[3] = val_double(ratio);
	values[4] = val_null();
}

/* The worked example of docs/decisions/0006. */
static void test_canon(void **state) {
	Arena *arena = arena_new();
	Val values[5];
	Buf bytes = {0};
	char hex[400];
	canon_row(values, "", 0.5);
	row_canon(&canon_resource, values, &bytes);
	hex_encode((const uint8_t *)bytes.at, bytes.len, hex);
	assert_string_equal(hex, "00017400000004e6b19f41"
	                         "00027400000000"
	                         "00046900000008fffffffffffffb1e"
	                         "000764000000083fe0000000000000");
	TableDigest digest;
	row_digest(&canon_resource, values, hasher_new(arena), &bytes, &digest);
	assert_string_equal(table_digest_text(arena, &digest), "v1:1:278928dc1f39d2c0abb5d8e2f3ad3494");
	TableDigest parsed;
	assert_int_equal(table_digest_parse(text_of(table_digest_text(arena, &digest)), &parsed), 0);
	assert_true(table_digest_eq(&digest, &parsed));
	assert_int_equal(table_digest_parse(TEXT("v1:1:9b35"), &parsed), -1);
	assert_int_equal(table_digest_parse(TEXT("v2:1:278928dc1f39d2c0abb5d8e2f3ad3494"), &parsed), -1);
	buf_free(&bytes);
	arena_free(arena);
}

static TableDigest digest_of(const Resource *resource, const Val *values) {
	Arena *arena = arena_new();
	Buf scratch = {0};
	TableDigest digest;
	row_digest(resource, values, hasher_new(arena), &scratch, &digest);
	buf_free(&scratch);
	arena_free(arena);
	return digest;
}

static void test_canon_differences(void **state) {
	Val a[5], b[5];
	TableDigest x, y;
	canon_row(a, "", 0.0);
	canon_row(b, "", -0.0);
	x = digest_of(&canon_resource, a), y = digest_of(&canon_resource, b);
	assert_true(table_digest_eq(&x, &y)); /* −0 is 0 */
	b[1] = val_null();
	y = digest_of(&canon_resource, b);
	assert_false(table_digest_eq(&x, &y)); /* NULL is not '' */
	static const Field reordered[] = {{.no = 9, .kind = KIND_DATE},
	                                  {.no = 7, .kind = KIND_DOUBLE},
	                                  {.no = 4, .kind = KIND_DECIMAL},
	                                  {.no = 2, .kind = KIND_TEXT},
	                                  {.no = 1, .kind = KIND_TEXT}};
	Resource other = {.fields = reordered, .field_count = 5};
	Val turned[5] = {a[4], a[3], a[2], a[1], a[0]};
	y = digest_of(&other, turned);
	assert_true(table_digest_eq(&x, &y)); /* by field number, not by position */
}

static void test_digest_sums(void **state) {
	TableDigest one = {1, UINT64_MAX, UINT64_MAX}, two = {1, 0, 2}, sum = {0};
	table_digest_add(&sum, &one);
	table_digest_add(&sum, &two);
	assert_int_equal(sum.count, 2);
	assert_true(sum.hi == 0 && sum.lo == 1); /* mod 2^128 */
	table_digest_sub(&sum, &two);
	assert_true(table_digest_eq(&sum, &one));
	TableDigest pair = {0};
	table_digest_add(&pair, &two);
	table_digest_add(&pair, &two);
	assert_false(pair.hi == 0 && pair.lo == 0); /* a doubled row does not vanish as it would under XOR */
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_canon),
	    cmocka_unit_test(test_canon_differences),
	    cmocka_unit_test(test_digest_sums),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
