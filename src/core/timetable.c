/* timetable: when something runs by itself, in the time of Asia/Shanghai, which knows no summer time. */
#include "core/core_private.h"

static const int64_t minute_us = 60000000, hour_us = 3600000000, day_us = 86400000000, shanghai_us = 8 * 3600000000;

/* The day of that month, or its last day where it has no such one. */
static int32_t day_of_month(int year, int month, int64_t day) {
	int32_t last = month == 12 ? date_from_civil(year + 1, 1, 1) - 1 : date_from_civil(year, month + 1, 1) - 1,
	        wanted = date_from_civil(year, month, 1) + (int32_t)day - 1;
	return wanted < last ? wanted : last;
}

static bool day_fits(const Timetable *timetable, int32_t day) {
	int year, month, unused;
	if (strcmp(timetable->kind, "daily") == 0) return true;
	if (strcmp(timetable->kind, "weekly") == 0) /* 1970-01-01: a Thursday */
		return strchr(timetable->weekdays, '1' + (day + 3) % 7) != NULL;
	date_to_civil(day, &year, &month, &unused);
	return day == day_of_month(year, month, timetable->month_day);
}

int64_t timetable_next(const Timetable *timetable, int64_t after_us) {
	enum { DAYS_MAX = 32 }; /* from one day to the next that fits */
	if (strcmp(timetable->kind, "hours") == 0) return after_us + timetable->every_hours * hour_us;
	if (strcmp(timetable->kind, "manual") == 0) return 0;
	int64_t local = after_us + shanghai_us;
	int32_t today = (int32_t)(local / day_us);
	for (int32_t day = today; day <= today + DAYS_MAX; day++) {
		int64_t next = day * day_us + timetable->daily_minute * minute_us;
		if (next > local && day_fits(timetable, day)) return next - shanghai_us;
	}
	return 0;
}

/* --- taking it from a call ----------------------------------------------------------------------------------------------- */

static int needs(Request *rq, const char *field, const char *advice, const char *message) {
	return in_has(rq, field) ? 0 : error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "required", advice, "%s", message);
}

/* In order, each once. */
static int weekdays_take(Request *rq, const char **out) {
	bool chosen[8] = {false};
	size_t index;
	json_t *one;
	const json_t *list = in_json(rq, "weekdays");
	Buf *text = ARENA_NEW(rq->arena, Buf);
	bool good = json_is_array(list) && json_array_size(list) > 0;
	json_array_foreach(list, index, one) {
		good = good && json_is_integer(one) && json_integer_value(one) >= 1 && json_integer_value(one) <= 7;
		if (good) chosen[json_integer_value(one)] = true;
	}
	if (!good)
		return error_field(rq->error, ERR_INVALID, "weekdays", TEXT_NONE, "weekdays",
		                   "Send a list such as [1, 3]: 1 Monday to 7 Sunday.",
		                   "a weekly timetable needs days of the week");
	buf_in(text, rq->arena);
	for (int day = 1; day <= 7; day++)
		if (chosen[day]) buf_printf(text, "%s%d", text->len ? "," : "[", day);
	buf_char(text, ']');
	*out = text_cstr(rq->arena, buf_as_text(text));
	return 0;
}

int timetable_take(Request *rq, Timetable *out) {
	int code = 0;
	*out = (Timetable){.kind = in_has(rq, "timetable") ? in_str(rq, "timetable") : "manual", .weekdays = "[]"};
	bool weekly = strcmp(out->kind, "weekly") == 0, monthly = strcmp(out->kind, "monthly") == 0,
	     daily = strcmp(out->kind, "daily") == 0;
	if (strcmp(out->kind, "hours") == 0) {
		code = needs(rq, "every_hours", "Say every how many hours.", "a timetable by hours needs every_hours");
		if (code == 0) out->every_hours = in_int(rq, "every_hours");
	}
	if (weekly) code = weekdays_take(rq, &out->weekdays);
	if (monthly) {
		code = needs(rq, "month_day", "Say on which day of the month.", "a monthly timetable needs month_day");
		if (code == 0) out->month_day = in_int(rq, "month_day");
	}
	if (code == 0 && (daily || weekly || monthly)) {
		code = needs(rq, "daily_minute", "Say at what time.", "this timetable needs daily_minute");
		if (code == 0) out->daily_minute = in_int(rq, "daily_minute");
	}
	return code;
}
