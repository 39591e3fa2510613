/* Tests of when timetables have something run next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/core.h"

static const int64_t hour_us = INT64_C(3600000000);

static int64_t next(const char *kind, int64_t hours, int64_t weekday, int64_t minute, int64_t after) {
	return timetable_next(&(Timetable){.kind = kind, .every_hours = hours, .weekday = weekday, .daily_minute = minute},
	                      after);
}

static void test_days(void **state) {
	int64_t noon = INT64_C(1795665600000000); /* Thursday, 2026-11-26T12:00:00+08:00 */
	assert_int_equal(next("manual", 0, 0, 0, noon), 0);
	assert_int_equal(next("hours", 6, 0, 0, noon), noon + 6 * hour_us);
	assert_int_equal(next("daily", 0, 0, 13 * 60, noon), noon + hour_us);
	assert_int_equal(next("daily", 0, 0, 11 * 60, noon), noon + 23 * hour_us);
	assert_int_equal(next("daily", 0, 0, 12 * 60, noon), noon + 24 * hour_us);
}

static void test_weeks(void **state) {
	int64_t noon = INT64_C(1795665600000000);
	assert_int_equal(next("weekly", 0, 4, 13 * 60, noon), noon + hour_us);
	assert_int_equal(next("weekly", 0, 4, 12 * 60, noon), noon + 7 * 24 * hour_us);
	assert_int_equal(next("weekly", 0, 5, 0, noon), noon + 12 * hour_us);
	assert_int_equal(next("weekly", 0, 1, 12 * 60, noon), noon + 4 * 24 * hour_us);
	assert_int_equal(next("weekly", 0, 7, 12 * 60, noon), noon + 3 * 24 * hour_us);
	assert_int_equal(next("weekly", 0, 3, 23 * 60 + 59, noon), noon + (6 * 24 + 12) * hour_us - 60000000);
	for (int64_t day = 1; day <= 7; day++) { /* an hour before midnight of Shanghai it is another day in UTC */
		int64_t when = next("weekly", 0, day, 30, noon + 11 * hour_us + 1);
		assert_true(when > noon && when <= noon + 11 * hour_us + 1 + 7 * 24 * hour_us);
		assert_int_equal((when + 8 * hour_us) / (24 * hour_us) % 7, (day + 3) % 7);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_days), cmocka_unit_test(test_weeks)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
