/* Tests of when timetables have something run next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/core.h"

static const int64_t hour_us = INT64_C(3600000000);

/* days: "[1,3]" of a week, "31" of a month */
static int64_t next(const char *kind, int64_t hours, const char *days, int64_t minute, int64_t after) {
	return timetable_next(&(Timetable){.kind = kind,
	                                   .every_hours = hours,
	                                   .weekdays = *days == '[' ? days : "[]",
	                                   .month_day = strtol(days, NULL, 10),
	                                   .daily_minute = minute},
	                      after);
}

static void test_days(void **state) {
	int64_t noon = INT64_C(1795665600000000); /* Thursday, 2026-11-26T12:00:00+08:00 */
	assert_int_equal(next("manual", 0, "", 0, noon), 0);
	assert_int_equal(next("hours", 6, "", 0, noon), noon + 6 * hour_us);
	assert_int_equal(next("daily", 0, "", 13 * 60, noon), noon + hour_us);
	assert_int_equal(next("daily", 0, "", 11 * 60, noon), noon + 23 * hour_us);
	assert_int_equal(next("daily", 0, "", 12 * 60, noon), noon + 24 * hour_us);
}

static void test_weeks(void **state) {
	int64_t noon = INT64_C(1795665600000000);
	assert_int_equal(next("weekly", 0, "[4]", 13 * 60, noon), noon + hour_us);
	assert_int_equal(next("weekly", 0, "[4]", 12 * 60, noon), noon + 7 * 24 * hour_us);
	assert_int_equal(next("weekly", 0, "[5]", 0, noon), noon + 12 * hour_us);
	assert_int_equal(next("weekly", 0, "[1]", 12 * 60, noon), noon + 4 * 24 * hour_us);
	assert_int_equal(next("weekly", 0, "[7]", 12 * 60, noon), noon + 3 * 24 * hour_us);
	assert_int_equal(next("weekly", 0, "[3]", 23 * 60 + 59, noon), noon + (6 * 24 + 12) * hour_us - 60000000);
	assert_int_equal(next("weekly", 0, "[1,4,7]", 12 * 60, noon), noon + 3 * 24 * hour_us);
	assert_int_equal(next("weekly", 0, "[1,4]", 12 * 60 + 1, noon), noon + 60000000);
	for (int64_t day = 1; day <= 7; day++) { /* an hour before midnight of Shanghai it is another day in UTC */
		char days[] = {'[', (char)('0' + day), ']', '\0'};
		int64_t when = next("weekly", 0, days, 30, noon + 11 * hour_us + 1);
		assert_true(when > noon && when <= noon + 11 * hour_us + 1 + 7 * 24 * hour_us);
		assert_int_equal((when + 8 * hour_us) / (24 * hour_us) % 7, (day + 3) % 7);
	}
}

static int64_t at(int year, int month, int day, int hour) {
	return (date_from_civil(year, month, day) * INT64_C(24) + hour - 8) * hour_us;
}

static void test_months(void **state) {
	assert_int_equal(next("monthly", 0, "15", 120, at(2026, 11, 15, 1)), at(2026, 11, 15, 2));
	assert_int_equal(next("monthly", 0, "15", 120, at(2026, 11, 15, 2)), at(2026, 12, 15, 2));
	assert_int_equal(next("monthly", 0, "1", 0, at(2026, 12, 31, 23)), at(2027, 1, 1, 0));
	assert_int_equal(next("monthly", 0, "31", 120, at(2026, 11, 1, 0)), at(2026, 11, 30, 2));
	assert_int_equal(next("monthly", 0, "31", 120, at(2026, 11, 30, 3)), at(2026, 12, 31, 2));
	assert_int_equal(next("monthly", 0, "30", 120, at(2027, 1, 31, 0)), at(2027, 2, 28, 2)); /* no leap day */
	assert_int_equal(next("monthly", 0, "29", 120, at(2028, 2, 1, 0)), at(2028, 2, 29, 2));
	assert_int_equal(next("monthly", 0, "31", 120, at(2028, 1, 31, 2)), at(2028, 2, 29, 2));
	assert_int_equal(next("monthly", 0, "29", 120, at(2100, 2, 1, 0)), at(2100, 2, 28, 2)); /* nor in 2100 */
	int64_t when = at(2026, 1, 1, 0);
	for (int i = 0; i < 48; i++) { /* once each month, whatever the day */
		when = next("monthly", 0, "31", 1439, when);
		assert_int_equal(when, at(2026 + (i + 1) / 12, (i + 1) % 12 + 1, 1, 0) - 60000000);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_days), cmocka_unit_test(test_weeks),
	                                   cmocka_unit_test(test_months)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
