/* Unit tests of the small parts of base: arena, text, error, buf, log, JSON writer. */
#include "base/base.h"
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

static char order[8];
static void note(void *object) {
	strcat(order, object);
}

static void test_arena(void **state) {
	Arena *arena = arena_new();
	for (int round = 0; round < 3; round++) {
		order[0] = 0;
		for (size_t size = 0; size < 100000; size = size * 3 + 1) {
			char *p = arena_alloc(arena, size);
			assert_int_equal((uintptr_t)p % 16, 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xAA, size);
		}
		arena_on_free(arena, note, "a");
		arena_on_free(arena, note, "b");
		assert_string_equal(arena_printf(arena, "%0600d", 7) + 599, "7");
		assert_string_equal(arena_strndup(arena, "hello", 2), "he");
		assert_true(arena_used(arena) > 0);
		arena_reset(arena);
		assert_string_equal(order, "ba");
		assert_int_equal(arena_used(arena), 0);
	}
	arena_free(arena);
	arena_free(NULL);
}

static void test_text(void **state) {
	assert_true(text_cmp(TEXT("a"), TEXT("ab")) < 0);
	assert_true(text_cmp(TEXT("\xff"), TEXT("a")) > 0);
	assert_int_equal(text_find(TEXT("hello"), TEXT("llo")), 2);
	assert_int_equal(text_find(TEXT("hello"), TEXT("x")), -1);
	assert_true(text_is(text_trim(TEXT(" \t x y\r\n")), "x y"));
	assert_true(text_starts(TEXT("abc"), TEXT("ab")) && text_ends(TEXT("abc"), TEXT("bc")) &&
	            !text_ends(TEXT("c"), TEXT("bc")));
}

static void test_numbers(void **state) {
	Arena *arena = arena_new();
	int64_t n = 77;
	static const char *const bad[] = {"", "-", "+", "1 ", "0x1", "9223372036854775808", "-9223372036854775809", "1.0"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(text_to_int(text_of(bad[i]), &n), -1);
	assert_int_equal(n, 77);
	assert_int_equal(text_to_int(TEXT("-9223372036854775808"), &n), 0);
	assert_true(n == INT64_MIN);
	assert_int_equal(text_to_decimal(TEXT("-12.34"), 3, &n), 0);
	assert_int_equal(n, -12340);
	assert_string_equal(decimal_to_text(arena, -12340, 3), "-12.340");
	assert_string_equal(decimal_to_text(arena, INT64_MIN, 18), "-9.223372036854775808");
	assert_string_equal(decimal_to_text(arena, 5, 2), "0.05");
	static const char *const bad_decimals[] = {"", ".", "1.", ".5", "1.2345", "1e3", "99999999999999999", "--1"};
	for (size_t i = 0; i < sizeof bad_decimals / sizeof *bad_decimals; i++)
		assert_int_equal(text_to_decimal(text_of(bad_decimals[i]), 3, &n), -1);
	double d;
	static const char *const bad_doubles[] = {"", "-", "inf", "nan", "0x10", "01", "1.", ".5", "1e", "1e999", "1 "};
	for (size_t i = 0; i < sizeof bad_doubles / sizeof *bad_doubles; i++)
		assert_int_equal(text_to_double(text_of(bad_doubles[i]), &d), -1);
	arena_free(arena);
}

/* Every double must read back equal, whatever the locale. */
static void test_double(void **state) {
	unsigned seed = (unsigned)time(NULL);
	print_message("seed %u\n", seed);
	srand48(seed);
	setlocale(LC_ALL, "de_DE.UTF-8"); /* harmless where it is missing */
	Arena *arena = arena_new();
	Buf out;
	buf_in(&out, arena);
	static const struct {
		double value;
		const char *text;
	} known[] = {{0, "0"},
	             {-0.0, "0"},
	             {1, "1"},
	             {-1.5, "-1.5"},
	             {0.1, "0.1"},
	             {1e21, "1e21"},
	             {5e-324, "5e-324"},
	             {120.29, "120.29"},
	             {0.1 + 0.2, "0.30000000000000004"},
	             {1e-7, "1e-7"},
	             {1.5e-8, "1.5e-8"},
	             {-123456789012345680.0, "-123456789012345680"},
	             {0.000012345678901234567, "0.000012345678901234568"},
	             {1.7976931348623157e308, "1.7976931348623157e308"}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		buf_reset(&out);
		double_to_buf(&out, known[i].value);
		if (!text_is(buf_as_text(&out), known[i].text))
			fail_msg("%s, wanted %s", text_cstr(arena, buf_as_text(&out)), known[i].text);
	}
	for (int i = 0; i < 200000; i++) {
		double value, again;
		uint64_t bits = (uint64_t)mrand48() << 32 ^ (uint32_t)mrand48();
		memcpy(&value, &bits, 8);
		if (i % 2) value = (double)(mrand48() % 100000000) / (i % 4 == 1 ? 1e6 : 1e3);
		if (!isfinite(value)) continue;
		buf_reset(&out);
		double_to_buf(&out, value);
		assert_int_equal(text_to_double(buf_as_text(&out), &again), 0);
		if (again != value) fail_msg("%.17g became %.*s", value, TEXT_ARG(buf_as_text(&out)));
	}
	setlocale(LC_ALL, "C");
	arena_free(arena);
}

static void test_utf8(void **state) {
	static const char *const bad[] = {"\x80",         "\xC0\x80",         "\xC1\xBF",         "\xE0\x9F\xBF",
	                                  "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5",
	                                  "\xE4\xB8",     "abcdefghi\xFF"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(utf8_valid(text_of(bad[i])));
	for (uint32_t c = 1; c < 0x110000; c++) {
		if (c >= 0xD800 && c < 0xE000) continue;
		char out[4];
		int len = utf8_put(out, c);
		const char *p = out;
		assert_true(utf8_valid((Text){out, (size_t)len}));
		assert_int_equal(utf8_next(&p, out + len), c);
		assert_ptr_equal(p, out + len);
	}
	assert_int_equal(utf8_count(TEXT("a中😀")), 3);
	assert_int_equal(utf8_cut(TEXT("a中"), 3), 1);
	assert_int_equal(utf8_cut(TEXT("a中"), 4), 4);
	static const Text good[] = {TEXT("人口 2026（定稿）.csv"), TEXT("a'b;c.xlsx")}, hidden[] = {TEXT(""),
	                                                                                            TEXT(".."),
	                                                                                            TEXT("a/b"),
	                                                                                            TEXT("a\nb"),
	                                                                                            TEXT("a\xC2\x85"),
	                                                                                            TEXT("a\xE2\x80\xAE"
	                                                                                                 "vsc.exe"),
	                                                                                            TEXT("a\xE2\x80\x8B.csv"),
	                                                                                            TEXT("a\xE2\x81\xA6.csv"),
	                                                                                            TEXT("\xEF\xBB\xBF"
	                                                                                                 "a.csv"),
	                                                                                            TEXT("\xFF")};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(file_name_good(good[i]));
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		assert_false(file_name_good(hidden[i]));
}

static void test_error(void **state) {
	Error error = {0};
	assert_int_equal(error_field(&error, ERR_INVALID, "name", TEXT("<值>"), "required", "fill it in", "name is %s", "empty"),
	                 ERR_INVALID);
	assert_int_equal(error_set(&error, ERR_IO, "later"), ERR_INVALID);
	assert_string_equal(error.message, "name is empty");
	assert_string_equal(error.value, "<值>");
	error_clear(&error);
	char longer[600];
	for (int i = 0; i < 199; i++)
		memcpy(longer + i * 3, "中", 4);
	error_field(&error, ERR_FULL, longer, text_of(longer), "", NULL, "%s", longer);
	assert_true(utf8_valid(text_of(error.message)) && utf8_valid(text_of(error.value)) && utf8_valid(text_of(error.field)));
	assert_int_equal(error_status(error.code), 507);
	assert_string_equal(error_name(error.code), "storage-full");
	assert_int_equal(error_status(-1), 500);
}

static void test_buf(void **state) {
	Buf buf = {0};
	buf_int(&buf, INT64_MIN);
	buf_char(&buf, ' ');
	buf_printf(&buf, "%0300d|", 5);
	buf_be16(&buf, 0x4142);
	buf_be32(&buf, 0x43444546);
	buf_be64(&buf, 0x4748494a4b4c4d4e);
	assert_int_equal(buf.len, 20 + 1 + 301 + 14);
	assert_memory_equal(buf.at, "-9223372036854775808 000", 24);
	assert_memory_equal(buf.at + buf.len - 15, "|ABCDEFGHIJKLMN", 15);
	buf_free(&buf);
	log_line(LOG_LEVEL_DEBUG, "event=%s", "not shown");
}

static void test_json(void **state) {
	Arena *arena = arena_new();
	Buf out;
	buf_in(&out, arena);
	JsonWriter json;
	jw_begin(&json, &out);
	jw_object(&json);
	jw_kv_text(&json, "a", TEXT("q\"\\\b\f\n\r\t\x01\x1f/é中 and more than sixteen bytes\""));
	jw_kv_text(&json, "none", TEXT_NONE);
	jw_kv_text(&json, "empty", TEXT(""));
	jw_kv_id(&json, "id", INT64_MAX);
	jw_key(&json, "list");
	jw_array(&json);
	jw_int(&json, -1);
	jw_double(&json, NAN);
	jw_double(&json, 0.25);
	jw_object(&json);
	jw_object_end(&json);
	jw_array_end(&json);
	jw_kv_bool(&json, "b", true);
	jw_kv_time(&json, "t", 0);
	jw_kv_time(&json, "u", 1);
	jw_key(&json, "raw");
	jw_raw(&json, TEXT("[1]"));
	jw_object_end(&json);
	buf_char(&out, 0);
	assert_string_equal(
	    out.at,
	    "{\"a\":\"q\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/é中 and more than sixteen bytes\\\"\",\"none\":null,\"empty\":\"\","
	    "\"id\":\"9223372036854775807\",\"list\":[-1,null,0.25,{}],\"b\":true,\"t\":null,"
	    "\"u\":\"1970-01-01T08:00:00.000001+08:00\",\"raw\":[1]}");
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena),  cmocka_unit_test(test_text), cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_double), cmocka_unit_test(test_utf8), cmocka_unit_test(test_error),
	    cmocka_unit_test(test_buf),    cmocka_unit_test(test_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
