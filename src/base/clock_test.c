/* Unit tests of clock.h: every day of 1..9999 both ways, formats, and refusals. */
#include "base/base.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <cmocka.h>

static void test_days(void **state) {
	int year, month, day, count = 0;
	for (int32_t d = date_from_civil(1, 1, 1), end = date_from_civil(9999, 12, 31); d <= end; d += 1, count++) {
		date_to_civil(d, &year, &month, &day);
		assert_int_equal(date_from_civil(year, month, day), d);
		if (count % 97 == 0) {
			time_t t = (time_t)d * 86400;
			struct tm tm;
			gmtime_r(&t, &tm);
			assert_true(tm.tm_year + 1900 == year && tm.tm_mon + 1 == month && tm.tm_mday == day);
			char text[CLOCK_TEXT_MAX];
			int32_t again = 0;
			assert_int_equal(date_parse(text_of(date_format(d, text)), &again), 0);
			assert_int_equal(again, d);
		}
	}
}

static void test_dates(void **state) {
	static const char *const good[] = {"2024-02-29", "2024/2/29",     "2024/02/29",
	                                   "20240229",   "2024年2月29日", "2024年02月29日"};
	static const char *const bad[] = {"",           "2023-02-29", "2024-13-01",  "2024-2-29", "0000-01-01",
	                                  "2024-00-10", "2024/2",     "202402",      "20240229x", "2024年2月29",
	                                  "24-02-29",   "2024-02-30", " 2024-02-29", "2024-04-31"};
	int32_t days = 0;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(date_parse(text_of(good[i]), &days), 0);
		assert_int_equal(days, date_from_civil(2024, 2, 29));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (date_parse(text_of(bad[i]), &days) == 0) fail_msg("%s was taken", bad[i]);
}

static void test_times(void **state) {
	static const struct {
		const char *in, *out;
	} good[] = {
	    {"2026-11-22T15:34:33.123456+08:00", "2026-11-22T07:34:33.123456Z"},
	    {"2026-11-22 15:34:33", "2026-11-22T07:34:33Z"},
	    {"2026-11-22T07:34:33Z", "2026-11-22T07:34:33Z"},
	    {"2026/1/2 3:04", "2026-01-01T19:04:00Z"},
	    {"2026/1/2 3:04:05", "2026-01-01T19:04:05Z"},
	    {"2026-11-22", "2026-11-21T16:00:00Z"},
	    {"1969-12-31T23:59:59.5-01:30", "1970-01-01T01:29:59.500000Z"},
	    {"2026-11-22T15:34:33+0800", "2026-11-22T07:34:33Z"},
	    {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
	    {"2026-11-22T15:34:33+08", "2026-11-22T07:34:33Z"},
	};
	static const char *const bad[] = {"",
	                                  "2026-11-22T",
	                                  "2026-11-22T24:00:00",
	                                  "2026-11-22T1:2:3",
	                                  "2026-11-22T10:60:00",
	                                  "2026-11-22T10:00:00.",
	                                  "2026-11-22T10:00:00+8",
	                                  "2026-11-22T10:00:00.1234567Z",
	                                  "2026-11-22x"};
	char text[CLOCK_TEXT_MAX];
	int64_t us = 5, again;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(clock_parse(text_of(good[i].in), &us), 0);
		assert_string_equal(clock_format_utc(us, text), good[i].out);
		assert_int_equal(clock_parse(text_of(clock_format(us, text)), &again), 0);
		assert_true(us == again);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (clock_parse(text_of(bad[i]), &us) == 0) fail_msg("%s was taken", bad[i]);
	assert_int_equal(date_of_us(INT64_C(16) * 3600 * 1000000), 1);
	assert_int_equal(date_of_us(INT64_C(16) * 3600 * 1000000 - 1), 0);
	int64_t begun = clock_monotonic_us();
	clock_sleep_us(2000);
	assert_true(clock_monotonic_us() - begun >= 2000);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_days), cmocka_unit_test(test_dates),
	                                   cmocka_unit_test(test_times)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
