/* The clock of a case from its events alone: pauses, extensions, changed limits, pressing; beside a plain sum over random ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "casework/process.h"
#include <stdio.h>
#include <stdlib.h>

#define HOUR INT64_C(3600000000)
static WorkTime work;
static Arena *arena;
static const Process process = {.states = {{.name = "handle",
                                            .limit = {LIMIT_HOURS, 4},
                                            .limit_of = "",
                                            .ladder = {{LIMIT_HOURS, -1, "remind", 0}, {LIMIT_HOURS, 2, "supervise", 0}},
                                            .ladder_count = 2},
                                           {.name = "check", .limit_of = "check"},
                                           {.name = "free", .limit_of = ""},
                                           {.name = "dispose",
                                            .limit_of = "dispose",
                                            .ladder = {{LIMIT_WORK_HOURS, -2, "remind", 0}, {LIMIT_WORK_HOURS, 1, "urge", 0}},
                                            .ladder_count = 2}},
                                .state_count = 4};

static int setup(void **state) {
	arena = arena_new();
	assert_int_equal(work_hours_parse(TEXT("09:00-12:00,13:30-17:30"), &work), 0);
	worktime_init(&work, arena, NULL, 0);
	return 0;
}
static int teardown(void **state) {
	arena_free(arena);
	return 0;
}

#define EVENTS(...) (const ClockEvent[]){__VA_ARGS__}, sizeof((const ClockEvent[]){__VA_ARGS__}) / sizeof(ClockEvent)
#define ON(hour, rule, ...)                                                                                                      \
	{ .at_us = (hour)*HOUR, .clock = (rule), __VA_ARGS__ }
static CaseClock replay(const ClockEvent *events, size_t count) {
	return clock_replay(&work, &process, events, count);
}

static void test_names(void **state) {
	for (int rule = CLOCK_START; rule <= CLOCK_PRESS; rule++)
		assert_int_equal(clock_rule_of(text_of(clock_rule_name((ClockRule)rule))), rule);
	assert_int_equal(clock_rule_of(TEXT("")), CLOCK_NONE);
	assert_int_equal(clock_rule_of(TEXT("starts")), CLOCK_NONE);
}

static void test_stage(void **state) {
	CaseClock clock = replay(EVENTS(ON(10, CLOCK_START, )));
	assert_true(clock.begun_us == 10 * HOUR && clock.due_us == 14 * HOUR && clock.remind_us == 13 * HOUR);
	assert_true(clock.paused_us == 0 && clock.until_us == NEVER_US && clock.state == 0);
	clock = replay(EVENTS(ON(1, CLOCK_NONE, ), ON(2, CLOCK_PAUSE, )));
	assert_true(clock.due_us == NEVER_US && clock.state == -1); /* nothing runs before a start */
	clock = replay(EVENTS(ON(10, CLOCK_START, .state = 2)));
	assert_true(clock.due_us == NEVER_US && clock.remind_us == NEVER_US); /* a state without a limit */
}

static void test_pauses(void **state) {
	CaseClock clock = replay(EVENTS(ON(10, CLOCK_START, ), ON(11, CLOCK_PAUSE, .term = {LIMIT_HOURS, 5})));
	assert_true(clock.paused_us == 11 * HOUR && clock.until_us == 16 * HOUR);
	assert_true(clock.due_us == NEVER_US && clock.remind_us == NEVER_US);
	clock = replay(EVENTS(ON(10, CLOCK_START, ), ON(11, CLOCK_PAUSE, ), ON(12, CLOCK_PAUSE, ), ON(13, CLOCK_RESUME, ),
	                      ON(14, CLOCK_RESUME, )));
	assert_true(clock.due_us == 16 * HOUR && clock.remind_us == 15 * HOUR && clock.until_us == NEVER_US);
	/* a new stage knows nothing of the pauses before it */
	clock = replay(EVENTS(ON(10, CLOCK_START, ), ON(11, CLOCK_PAUSE, ), ON(20, CLOCK_START, )));
	assert_true(clock.paused_us == 0 && clock.due_us == 24 * HOUR);
}

static void test_extension_and_limits(void **state) {
	json_t *short_one = json_pack("{s:{s:i}}", "check", "hours", 2), *long_one = json_pack("{s:{s:i}}", "check", "hours", 9);
	CaseClock clock = replay(EVENTS(ON(10, CLOCK_START, ), ON(11, CLOCK_EXTEND, .term = {LIMIT_HOURS, 3}),
	                                ON(12, CLOCK_EXTEND, .term = {LIMIT_DAYS, 1})));
	assert_true(clock.due_us == 41 * HOUR && clock.remind_us == 40 * HOUR);
	json_t *minutes = json_pack("{s:{s:i}}", "check", "minutes", 90);
	clock = replay(EVENTS(ON(10, CLOCK_START, .state = 1, .limits = minutes), ON(11, CLOCK_PAUSE, ), ON(12, CLOCK_RESUME, )));
	assert_true(clock.due_us == 12 * HOUR + HOUR / 2); /* by the calendar, as hours are */
	json_decref(minutes);
	clock = replay(EVENTS(ON(5, CLOCK_NONE, .limits = short_one), ON(10, CLOCK_START, .state = 1)));
	assert_true(clock.due_us == 12 * HOUR);
	clock = replay(EVENTS(ON(5, CLOCK_NONE, .limits = short_one), ON(10, CLOCK_START, .state = 1),
	                      ON(11, CLOCK_LIMITS, .limits = long_one)));
	assert_true(clock.due_us == 19 * HOUR); /* of the whole stage, not from then on */
	json_decref(short_one);
	json_decref(long_one);
}

/* Amber begins before the due time of the limit in force, also where pauses and extensions moved it; what comes after the due
 * time is counted as it is written. 1970-01-01 is a Thursday, midnight at hour -8. */
static void test_ladder(void **state) {
	json_t *day = json_pack("{s:{s:i}}", "dispose", "hours", 8), *hour = json_pack("{s:{s:i}}", "dispose", "hours", 1),
	       *work4 = json_pack("{s:{s:i}}", "dispose", "work_hours", 4);
	const LadderStep *urge = &process.states[3].ladder[1];
	CaseClock clock = replay(EVENTS(ON(10, CLOCK_START, .state = 3, .limits = day))); /* 18:00, to 02:00 */
	assert_true(clock.due_us == 18 * HOUR && clock.remind_us == 16 * HOUR);
	assert_true(ladder_us(&work, urge, (Limit){LIMIT_HOURS, 8}, clock.due_us) == 26 * HOUR); /* Friday's first working hour */
	clock = replay(EVENTS(ON(10, CLOCK_START, .state = 3, .limits = hour)));
	assert_true(clock.due_us == 11 * HOUR && clock.remind_us == 10 * HOUR + HOUR / 2);
	clock = replay(EVENTS(ON(10, CLOCK_START, .state = 3, .limits = hour), ON(10, CLOCK_PAUSE, ), ON(12, CLOCK_RESUME, ),
	                      ON(12, CLOCK_EXTEND, .term = {LIMIT_HOURS, 3})));
	assert_true(clock.due_us == 16 * HOUR && clock.remind_us == 15 * HOUR + HOUR / 2);
	clock = replay(EVENTS(ON(10, CLOCK_START, .state = 3, .limits = hour), ON(10, CLOCK_LIMITS, .limits = day)));
	assert_true(clock.remind_us == 16 * HOUR);
	clock = replay(EVENTS(ON(31, CLOCK_START, .state = 3, .limits = work4))); /* Friday 15:00, to Monday 10:30 */
	assert_true(clock.due_us == (96 + 2) * HOUR + HOUR / 2 && clock.remind_us == 33 * HOUR);
	json_decref(day);
	json_decref(hour);
	json_decref(work4);
}

/* 催办 and 督办: amber from the first time on, the due time stays; who is amber already, or stands, is not changed. */
static void test_press(void **state) {
	CaseClock clock = replay(EVENTS(ON(10, CLOCK_START, ), ON(11, CLOCK_PRESS, ), ON(12, CLOCK_PRESS, )));
	assert_true(clock.remind_us == 11 * HOUR && clock.due_us == 14 * HOUR);
	clock = replay(EVENTS(ON(10, CLOCK_START, ), ON(13, CLOCK_KEEP, ), ON(15, CLOCK_PRESS, )));
	assert_true(clock.remind_us == 13 * HOUR);
	clock = replay(EVENTS(ON(10, CLOCK_START, ), ON(11, CLOCK_PRESS, ), ON(12, CLOCK_PAUSE, )));
	assert_true(clock.remind_us == NEVER_US);
	clock = replay(EVENTS(ON(10, CLOCK_START, ), ON(11, CLOCK_PRESS, ), ON(12, CLOCK_PAUSE, ), ON(15, CLOCK_RESUME, )));
	assert_true(clock.remind_us == 11 * HOUR && clock.due_us == 17 * HOUR);
	clock = replay(EVENTS(ON(9, CLOCK_START, ), ON(9, CLOCK_PRESS, ), ON(10, CLOCK_START, )));
	assert_true(clock.remind_us == 13 * HOUR); /* of that stage alone */
	clock = replay(EVENTS(ON(10, CLOCK_START, .state = 2), ON(11, CLOCK_PRESS, )));
	assert_true(clock.remind_us == 11 * HOUR && clock.due_us == NEVER_US);
}

/* Limits in hours are plain sums, so random histories have an independent answer; the last of the stages is the clock now. */
static void test_random(void **state) {
	const char *given = getenv("SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)clock_now_us();
	printf("seed %u\n", seed);
	for (int round = 0; round < 2000; round++) {
		ClockEvent events[30] = {{.at_us = HOUR, .clock = CLOCK_START}};
		ClockStage stages[30];
		size_t count = 1 + (size_t)rand_r(&seed) % 29;
		int64_t due = 5 * HOUR, paused = -1, pressed = NEVER_US;
		for (size_t i = 1; i < count; i++) {
			static const ClockRule rules[] = {CLOCK_START,  CLOCK_PAUSE, CLOCK_RESUME,
			                                  CLOCK_EXTEND, CLOCK_PRESS, CLOCK_KEEP};
			events[i] = (ClockEvent){.at_us = events[i - 1].at_us + rand_r(&seed) % 5 * HOUR,
			                         .clock = rules[rand_r(&seed) % 6],
			                         .term = {LIMIT_HOURS, 1 + rand_r(&seed) % 6}};
			int64_t now = events[i].at_us;
			switch (events[i].clock) {
			case CLOCK_START:
				due = now + 4 * HOUR, paused = -1, pressed = NEVER_US;
				break;
			case CLOCK_PAUSE:
				if (paused < 0) paused = now;
				break;
			case CLOCK_RESUME:
				if (paused >= 0) due += now - paused;
				paused = -1;
				break;
			case CLOCK_EXTEND:
				due += events[i].term.n * HOUR;
				break;
			case CLOCK_PRESS:
				if (now < pressed) pressed = now;
				break;
			default:
				break;
			}
		}
		CaseClock clock = replay(events, count);
		size_t used = clock_stages(&work, &process, events, count, stages);
		assert_memory_equal(&stages[used - 1].clock, &clock, sizeof clock);
		if (paused >= 0) {
			assert_true(clock.paused_us == paused && clock.due_us == NEVER_US);
		} else {
			assert_true(clock.due_us == due);
			assert_true(clock.remind_us == (pressed < due - HOUR ? pressed : due - HOUR));
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),  cmocka_unit_test(test_stage),
	    cmocka_unit_test(test_pauses), cmocka_unit_test(test_extension_and_limits),
	    cmocka_unit_test(test_ladder), cmocka_unit_test(test_press),
	    cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
