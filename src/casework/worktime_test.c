/* Working time on real calendars: 春节 and 国庆节 with 调休, hours, limits, pauses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "casework/worktime.h"
#include <stdio.h>
#include <stdlib.h>

static Arena *arena;
static WorkTime city, bare;

static int setup(void **state) {
	static WorkDay days[2000];
	size_t count = 0;
	char line[200];
	FILE *file = fopen("packs/base/calendar/cn.csv", "r");
	assert_non_null(file);
	arena = arena_new();
	while (fgets(line, sizeof line, file) && count < 2000) {
		int32_t day;
		if (line[0] == '#' || date_parse((Text){line, 10}, &day) < 0) continue;
		days[count++] = (WorkDay){day, strncmp(line + 11, "workday", 7) == 0, "x"};
	}
	fclose(file);
	assert_true(count > 700);
	assert_int_equal(work_hours_parse(TEXT("09:00-12:00,13:30-17:30"), &city), 0);
	bare = city;
	worktime_init(&city, arena, days, count);
	worktime_init(&bare, arena, NULL, 0);
	return 0;
}
static int teardown(void **state) {
	arena_free(arena);
	return 0;
}

static int64_t at(const char *text) {
	int64_t us = 0;
	assert_int_equal(clock_parse(text_of(text), &us), 0);
	return us;
}
static bool works(const WorkTime *work, const char *text) {
	int32_t day = 0;
	assert_int_equal(date_parse(text_of(text), &day), 0);
	return worktime_is_workday(work, day, NULL);
}
#define is_at(us, text) assert_string_equal(clock_format((us), (char[CLOCK_TEXT_MAX]){0}), (text "+08:00"))

static void workdays(void **state) {
	assert_true(works(&bare, "2026-02-13") && !works(&bare, "2026-02-14") && !works(&bare, "1969-12-28"));
	assert_true(works(&bare, "1969-12-31"));
	/* 2026 春节: off 15–23 February, the Saturdays 14 and 28 worked */
	assert_true(works(&city, "2026-02-14") && works(&city, "2026-02-28"));
	for (int day = 15; day <= 23; day++) {
		char text[20];
		snprintf(text, sizeof text, "2026-02-%02d", day);
		assert_false(works(&city, text));
	}
	assert_true(works(&city, "2026-02-24") && !works(&city, "2026-03-01"));
	/* 2025 国庆节 with 中秋: off 1–8 October, Sunday 28 September and Saturday 11 October worked */
	assert_true(works(&city, "2025-09-28") && works(&city, "2025-10-11") && works(&city, "2025-10-09"));
	assert_false(works(&city, "2025-10-08"));
}

static void hours(void **state) {
	static const char *const bad[] = {"",
	                                  "9:00-12:00",
	                                  "09:00-09:00",
	                                  "12:00-09:00",
	                                  "09:00-12:00,11:00-13:00",
	                                  "09:00-25:00",
	                                  "09:60-12:00",
	                                  "09:00-12:00,",
	                                  "09:00",
	                                  "09:00-12:00,12:00-13:00",
	                                  "ab:cd-ef:gh",
	                                  "00:00-24:01",
	                                  "09:00-12:00 13:30"};
	WorkTime work;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(work_hours_parse(text_of(bad[i]), &work), -1);
	assert_int_equal(work_hours_parse(TEXT("00:00-24:00"), &work), 0);
	assert_true(work.day_us == DAY_US);
	assert_true(city.day_us == 7 * HOUR_US);
}

static void between_and_add(void **state) {
	/* Friday 16:30 to Monday 10:00: one hour and one hour */
	int64_t friday = at("2026-11-27 16:30"), monday = at("2026-11-30 10:00");
	assert_true(worktime_between(&city, friday, monday) == 2 * HOUR_US);
	assert_true(worktime_between(&city, monday, friday) == 0);
	is_at(worktime_add(&city, friday, 2 * HOUR_US), "2026-11-30T10:00:00");
	is_at(worktime_add(&city, monday, -2 * HOUR_US), "2026-11-27T16:30:00");
	/* through lunch, and from the night */
	assert_true(worktime_between(&city, at("2026-11-27 11:00"), at("2026-11-27 14:00")) == 3 * HOUR_US / 2);
	is_at(worktime_add(&city, at("2026-11-27 23:00"), HOUR_US), "2026-11-30T10:00:00");
	/* over 春节 2026: Saturday 14 February is worked, then nothing until the 24th */
	assert_true(worktime_between(&city, at("2026-02-13 17:30"), at("2026-02-24 09:00")) == 7 * HOUR_US);
	is_at(worktime_add(&city, at("2026-02-14 16:30"), 2 * HOUR_US), "2026-02-24T10:00:00");
	/* a whole year against counting days */
	int days = 0;
	for (int32_t day = date_from_civil(2025, 1, 1); day < date_from_civil(2026, 1, 1); day++)
		days += worktime_is_workday(&city, day, NULL);
	assert_int_equal(days, 248); /* 2025 had 248 working days */
	assert_true(worktime_between(&city, at("2025-01-01 00:00"), at("2026-01-01 00:00")) == days * city.day_us);
	/* adding undoes between, wherever it begins and ends in working time */
	srand(7);
	for (int i = 0; i < 500; i++) {
		int64_t from = at("2025-09-20 00:00") + rand() % 1000000 * INT64_C(2000000),
		        us = 1 + rand() % 200000 * INT64_C(1000000);
		int64_t to = worktime_add(&city, from, us);
		assert_true(worktime_between(&city, from, to) == us);
		assert_true(worktime_between(&city, worktime_add(&city, to, -us), to) == us);
	}
}

static void limits(void **state) {
	const Limit two = {LIMIT_WORK_DAYS, 2}, hours4 = {LIMIT_WORK_HOURS, 4}, none = {LIMIT_NONE, 0};
	is_at(limit_due(&city, two, at("2026-11-23 10:00")), "2026-11-25T17:30:00"); /* Monday → Wednesday */
	is_at(limit_due(&city, two, at("2026-11-23 17:30")), "2026-11-25T17:30:00"); /* the last moment still counts */
	is_at(limit_due(&city, two, at("2026-11-23 17:31")), "2026-11-26T17:30:00"); /* after hours: as if on Tuesday */
	is_at(limit_due(&city, two, at("2026-11-23 00:10")), "2026-11-25T17:30:00");
	is_at(limit_due(&city, two, at("2026-11-28 10:00")), "2026-12-02T17:30:00"); /* Saturday: as if on Monday */
	/* 2026 春节: Friday 13 → Saturday 14 (worked) → Tuesday 24 */
	is_at(limit_due(&city, two, at("2026-02-13 10:00")), "2026-02-24T17:30:00");
	is_at(limit_due(&bare, two, at("2026-02-13 10:00")), "2026-02-17T17:30:00"); /* what it would be without the calendar */
	/* 国庆节 2025: ten working days from 25 September */
	is_at(limit_due(&city, (Limit){LIMIT_WORK_DAYS, 10}, at("2025-09-25 09:00")), "2025-10-15T17:30:00");
	is_at(limit_due(&city, hours4, at("2026-11-27 16:00")), "2026-11-30T11:30:00");
	is_at(limit_due(&city, (Limit){LIMIT_DAYS, 1}, at("2026-11-27 16:00")), "2026-11-28T16:00:00");
	is_at(limit_due(&city, (Limit){LIMIT_HOURS, 5}, at("2026-11-27 22:00")), "2026-11-28T03:00:00");
	assert_true(limit_due(&city, none, 0) == NEVER_US);
	/* pauses: working time of the pause, at the end of the limit */
	int64_t due = limit_due(&city, two, at("2026-11-23 10:00"));
	is_at(limit_shift(&city, two, due, at("2026-11-23 16:30"), at("2026-11-24 10:00")), "2026-11-26T11:00:00");
	is_at(limit_shift(&city, two, due, at("2026-11-28 08:00"), at("2026-11-29 20:00")),
	      "2026-11-25T17:30:00"); /* a weekend */
	is_at(limit_shift(&city, (Limit){LIMIT_HOURS, 5}, due, at("2026-11-28 08:00"), at("2026-11-28 20:00")),
	      "2026-11-26T05:30:00");
	assert_true(limit_shift(&city, none, NEVER_US, 0, 1000) == NEVER_US);
}

static void ahead(const char *due, Limit limit, LimitUnit unit, int64_t n, const char *expected) {
	char text[CLOCK_TEXT_MAX], wanted[CLOCK_TEXT_MAX];
	snprintf(wanted, sizeof wanted, "%s+08:00", expected);
	assert_string_equal(clock_format(limit_before(&city, limit, (Limit){unit, n}, at(due)), text), wanted);
}

/* So long before the end of a limit: in the limit's kind of time, at most half of it. */
static void reminders(void **state) {
	const Limit days3 = {LIMIT_WORK_DAYS, 3}, work1 = {LIMIT_WORK_HOURS, 1}, work8 = {LIMIT_WORK_HOURS, 8},
	            hours8 = {LIMIT_HOURS, 8};
	ahead("2026-11-25 17:30", days3, LIMIT_WORK_DAYS, 1, "2026-11-25T09:00:00");
	ahead("2026-11-25 17:30", days3, LIMIT_WORK_HOURS, 4, "2026-11-25T13:30:00");
	ahead("2026-11-25 17:30", days3, LIMIT_DAYS, 1, "2026-11-25T09:00:00"); /* of work, as the limit is */
	ahead("2026-11-25 17:30", days3, LIMIT_NONE, 0, "2026-11-25T17:30:00");
	/* due on a Monday morning: the last working hour before is Friday's */
	ahead("2026-11-30 09:30", work8, LIMIT_HOURS, 1, "2026-11-27T17:00:00");
	ahead("2026-11-30 09:30", work8, LIMIT_MINUTES, 45, "2026-11-27T17:15:00");
	ahead("2026-11-30 09:30", days3, LIMIT_WORK_DAYS, 3, "2026-11-26T14:30:00"); /* a day and a half of 7 hours */
	/* by the calendar, in the night and at the weekend: no working hours in it */
	ahead("2026-11-28 02:00", hours8, LIMIT_WORK_HOURS, 2, "2026-11-28T00:00:00");
	ahead("2026-11-29 11:00", (Limit){LIMIT_DAYS, 2}, LIMIT_WORK_HOURS, 2, "2026-11-29T09:00:00");
	ahead("2026-11-29 11:00", (Limit){LIMIT_DAYS, 4}, LIMIT_WORK_DAYS, 1, "2026-11-28T11:00:00");
	/* as long as the limit or longer: half of it */
	ahead("2026-11-27 11:00", work1, LIMIT_HOURS, 1, "2026-11-27T10:30:00");
	ahead("2026-11-27 13:45", work1, LIMIT_HOURS, 1, "2026-11-27T11:45:00"); /* over noon */
	ahead("2026-11-27 11:00", (Limit){LIMIT_HOURS, 1}, LIMIT_HOURS, 1, "2026-11-27T10:30:00");
	ahead("2026-11-27 11:00", (Limit){LIMIT_MINUTES, 30}, LIMIT_HOURS, 1, "2026-11-27T10:45:00");
	ahead("2026-11-27 11:00", (Limit){LIMIT_MINUTES, 30}, LIMIT_WORK_DAYS, 1, "2026-11-27T10:45:00");
	ahead("2026-11-27 11:00", (Limit){LIMIT_MINUTES, 90}, LIMIT_HOURS, 1, "2026-11-27T10:15:00");
	bool half;
	assert_true(limit_ahead_us(&city, hours8, (Limit){LIMIT_HOURS, 4}, &half) == 4 * HOUR_US && !half);
	assert_true(limit_ahead_us(&city, hours8, (Limit){LIMIT_HOURS, 5}, &half) == 4 * HOUR_US && half);
	assert_true(limit_before(&city, hours8, work1, NEVER_US) == NEVER_US);
	/* whenever it begins, no limit is reminded of before half of it has passed */
	static const Limit all[] = {{LIMIT_MINUTES, 30},   {LIMIT_HOURS, 1},      {LIMIT_DAYS, 1},
	                            {LIMIT_WORK_HOURS, 1}, {LIMIT_WORK_HOURS, 5}, {LIMIT_WORK_DAYS, 1}};
	for (int64_t begin = at("2026-02-12 00:07"); begin < at("2026-02-26 00:00"); begin += 41 * HOUR_US / 60)
		for (size_t i = 0; i < sizeof all / sizeof *all; i++)
			for (size_t j = 0; j < sizeof all / sizeof *all; j++) {
				int64_t due = limit_due(&city, all[i], begin), remind = limit_before(&city, all[i], all[j], due);
				bool works = limit_works(all[i]);
				int64_t before = works ? worktime_between(&city, begin, remind) : remind - begin;
				int64_t after = works ? worktime_between(&city, remind, due) : due - remind;
				assert_true(after > 0 && before >= after);
			}
}

static void limit_texts(void **state) {
	Limit limit;
	static const char *const bad[] = {
	    "{}", "3", "{\"work_days\":0}", "{\"weeks\":2}", "{\"days\":1,\"hours\":2}", "{\"days\":1.5}", "{\"days\":1001}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		json_t *json = json_loads(bad[i], JSON_DECODE_ANY, NULL);
		assert_int_equal(limit_parse(json, &limit), -1);
		json_decref(json);
	}
	json_t *json = json_loads("{\"work_hours\":4}", 0, NULL);
	assert_int_equal(limit_parse(json, &limit), 0);
	assert_true(limit.unit == LIMIT_WORK_HOURS && limit.n == 4);
	json_decref(json);
	assert_int_equal(limit_parse(NULL, &limit), 0);
	assert_true(limit.unit == LIMIT_NONE);
}

/* A calendar of nothing but holidays ends the search. */
static void no_workday(void **state) {
	static WorkDay days[8000];
	WorkTime never = city;
	for (int i = 0; i < 8000; i++)
		days[i] = (WorkDay){date_from_civil(2026, 1, 1) + i, false, ""};
	worktime_init(&never, arena, days, 8000);
	assert_true(limit_due(&never, (Limit){LIMIT_WORK_DAYS, 1}, at("2026-03-02 10:00")) == NEVER_US);
	assert_true(worktime_add(&never, at("2026-03-02 10:00"), HOUR_US) == NEVER_US);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(workdays),        cmocka_unit_test(hours),
	                                   cmocka_unit_test(between_and_add), cmocka_unit_test(limits),
	                                   cmocka_unit_test(reminders),       cmocka_unit_test(limit_texts),
	                                   cmocka_unit_test(no_workday)};
	return cmocka_run_group_tests_name("working time", tests, setup, teardown);
}
