/* timetable: when something runs by itself, in the time of Asia/Shanghai, which knows no summer time. */
#include "core/core_private.h"

static const int64_t minute_us = 60000000, hour_us = 3600000000, day_us = 86400000000, shanghai_us = 8 * 3600000000;

int64_t timetable_next(const Timetable *timetable, int64_t after_us) {
	if (strcmp(timetable->kind, "hours") == 0) return after_us + timetable->every_hours * hour_us;
	bool weekly = strcmp(timetable->kind, "weekly") == 0;
	if (!weekly && strcmp(timetable->kind, "daily") != 0) return 0;
	int64_t local = after_us + shanghai_us, days = local / day_us, today = (days + 3) % 7 + 1; /* 1970-01-01: a Thursday */
	if (weekly) days += (timetable->weekday - today + 7) % 7;
	int64_t next = days * day_us + timetable->daily_minute * minute_us;
	return (next > local ? next : next + (weekly ? 7 : 1) * day_us) - shanghai_us;
}

static int needs(Request *rq, const char *field, const char *advice, const char *message) {
	return in_has(rq, field) ? 0 : error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "required", advice, "%s", message);
}

int timetable_take(Request *rq, Timetable *out) {
	int code = 0;
	*out = (Timetable){.kind = in_has(rq, "timetable") ? in_str(rq, "timetable") : "manual"};
	bool weekly = strcmp(out->kind, "weekly") == 0;
	if (strcmp(out->kind, "hours") == 0) {
		code = needs(rq, "every_hours", "Say every how many hours.", "a timetable by hours needs every_hours");
		if (code == 0) out->every_hours = in_int(rq, "every_hours");
	}
	if (weekly) {
		code = needs(rq, "weekday", "Say on which day of the week.", "a weekly timetable needs weekday");
		if (code == 0) out->weekday = in_int(rq, "weekday");
	}
	if (code == 0 && (weekly || strcmp(out->kind, "daily") == 0)) {
		code = needs(rq, "daily_minute", "Say at what time.",
		             weekly ? "a weekly timetable needs daily_minute" : "a daily timetable needs daily_minute");
		if (code == 0) out->daily_minute = in_int(rq, "daily_minute");
	}
	return code;
}
