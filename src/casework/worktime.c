/* worktime: see worktime.h. China has one time zone without summer time, so a day is always 24 hours and begins at 16:00 UTC.
 * Pure functions; any thread. The city's object lives in core's cache. */
#include "casework/worktime.h"
#include <stdlib.h>

enum { IDLE_DAYS_MAX = 3660 };
#define MINUTE_US INT64_C(60000000)
#define ZONE_US (8 * HOUR_US)

static int64_t midnight_us(int32_t day) {
	return day * DAY_US - ZONE_US;
}

/* --- hours and days -------------------------------------------------------------------------------------------------- */
/* "09:30" → µs after midnight, or -1. "24:00" ends a day. */
static int64_t clock_of(Text text) {
	if (text.len != 5 || text.at[2] != ':') return -1;
	for (int i = 0; i < 5; i++)
		if (i != 2 && (text.at[i] < '0' || text.at[i] > '9')) return -1;
	int hour = (text.at[0] - '0') * 10 + text.at[1] - '0', minute = (text.at[3] - '0') * 10 + text.at[4] - '0';
	if (minute > 59 || hour * 60 + minute > 24 * 60) return -1;
	return (hour * 60 + minute) * INT64_C(60000000);
}

int work_hours_parse(Text hours, WorkTime *out) {
	out->span_count = 0;
	out->day_us = 0;
	while (hours.len) {
		const char *comma = memchr(hours.at, ',', hours.len);
		Text span = text_trim((Text){hours.at, comma ? (size_t)(comma - hours.at) : hours.len});
		if (span.len != 11 || span.at[5] != '-' || out->span_count == WORK_SPANS_MAX) return -1;
		int64_t from = clock_of((Text){span.at, 5}), to = clock_of((Text){span.at + 6, 5});
		if (from < 0 || to <= from || (out->span_count && from <= out->spans[out->span_count - 1].to)) return -1;
		out->spans[out->span_count++] = (WorkSpan){from, to};
		out->day_us += to - from;
		if (!comma) return 0;
		hours = (Text){comma + 1, hours.len - (size_t)(comma + 1 - hours.at)};
	}
	return -1;
}

static int day_order(const void *a, const void *b) {
	const WorkDay *x = a, *y = b;
	return x->day < y->day ? -1 : x->day > y->day;
}

void worktime_init(WorkTime *work, Arena *arena, const WorkDay *days, size_t count) {
	WorkDay *own = ARENA_ARRAY(arena, WorkDay, count + 1);
	for (size_t i = 0; i < count; i++)
		own[i] = (WorkDay){days[i].day, days[i].work, arena_strdup(arena, days[i].occasion ? days[i].occasion : "")};
	qsort(own, count, sizeof *own, day_order);
	work->days = own;
	work->day_count = count;
	work->known_from = count ? own[0].day : 0;
	work->known_to = count ? own[count - 1].day : -1;
}

bool worktime_is_workday(const WorkTime *work, int32_t day, const char **occasion) {
	size_t low = 0, high = work->day_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (work->days[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < work->day_count && work->days[low].day == day;
	if (occasion) *occasion = found ? work->days[low].occasion : "";
	if (found) return work->days[low].work;
	int weekday = (int)(((int64_t)day + 3) % 7); /* 1970-01-01 was a Thursday; Monday = 0 */
	if (weekday < 0) weekday += 7;
	return weekday < 5;
}

/* --- working time ---------------------------------------------------------------------------------------------------- */
int64_t worktime_between(const WorkTime *work, int64_t from_us, int64_t to_us) {
	int64_t sum = 0;
	if (to_us <= from_us) return 0;
	for (int32_t day = date_of_us(from_us), last = date_of_us(to_us); day <= last; day++) {
		if (!worktime_is_workday(work, day, NULL)) continue;
		int64_t begin = midnight_us(day);
		if (begin >= from_us && begin + DAY_US <= to_us) {
			sum += work->day_us;
			continue;
		}
		for (int i = 0; i < work->span_count; i++) {
			int64_t from = begin + work->spans[i].from, to = begin + work->spans[i].to;
			if (from < from_us) from = from_us;
			if (to > to_us) to = to_us;
			if (to > from) sum += to - from;
		}
	}
	return sum;
}

/* Forward: the rest of the day of from_us, then whole days. */
static int64_t add_forward(const WorkTime *work, int64_t from_us, int64_t us) {
	int idle = 0;
	for (int32_t day = date_of_us(from_us); idle < IDLE_DAYS_MAX; day++, idle++) {
		if (!worktime_is_workday(work, day, NULL)) continue;
		idle = 0;
		for (int i = 0; i < work->span_count; i++) {
			int64_t from = midnight_us(day) + work->spans[i].from, to = midnight_us(day) + work->spans[i].to;
			if (from < from_us) from = from_us;
			if (to <= from) continue;
			if (us <= to - from) return from + us;
			us -= to - from;
		}
	}
	return NEVER_US;
}

static int64_t add_backward(const WorkTime *work, int64_t from_us, int64_t us) {
	int idle = 0;
	for (int32_t day = date_of_us(from_us); idle < IDLE_DAYS_MAX; day--, idle++) {
		if (!worktime_is_workday(work, day, NULL)) continue;
		idle = 0;
		for (int i = work->span_count - 1; i >= 0; i--) {
			int64_t from = midnight_us(day) + work->spans[i].from, to = midnight_us(day) + work->spans[i].to;
			if (to > from_us) to = from_us;
			if (to <= from) continue;
			if (us <= to - from) return to - us;
			us -= to - from;
		}
	}
	return 0;
}

int64_t worktime_add(const WorkTime *work, int64_t from_us, int64_t us) {
	if (us == 0 || work->day_us == 0) return from_us;
	return us > 0 ? add_forward(work, from_us, us) : add_backward(work, from_us, -us);
}

/* --- limits ---------------------------------------------------------------------------------------------------------- */
static int32_t next_workday(const WorkTime *work, int32_t day) {
	for (int idle = 0; idle < IDLE_DAYS_MAX; idle++, day++)
		if (worktime_is_workday(work, day, NULL)) return day;
	return -1;
}

static int64_t due_workdays(const WorkTime *work, int64_t n, int64_t begin_us) {
	int32_t day = date_of_us(begin_us);
	int64_t end = work->spans[work->span_count - 1].to;
	if (worktime_is_workday(work, day, NULL) && begin_us - midnight_us(day) > end) day++; /* after hours */
	day = next_workday(work, day);
	while (day >= 0 && n-- > 0)
		day = next_workday(work, day + 1);
	return day < 0 ? NEVER_US : midnight_us(day) + end;
}

bool limit_works(Limit limit) {
	return limit.unit == LIMIT_WORK_DAYS || limit.unit == LIMIT_WORK_HOURS;
}

int64_t limit_due(const WorkTime *work, Limit limit, int64_t begin_us) {
	switch (limit.unit) {
	case LIMIT_WORK_DAYS:
		return due_workdays(work, limit.n, begin_us);
	case LIMIT_WORK_HOURS:
		return worktime_add(work, begin_us, limit.n * HOUR_US);
	case LIMIT_DAYS:
		return begin_us + limit.n * DAY_US;
	case LIMIT_HOURS:
		return begin_us + limit.n * HOUR_US;
	case LIMIT_MINUTES:
		return begin_us + limit.n * MINUTE_US;
	case LIMIT_NONE:
		break;
	}
	return NEVER_US;
}

int64_t limit_shift(const WorkTime *work, Limit limit, int64_t due_us, int64_t paused_us, int64_t resumed_us) {
	if (limit.unit == LIMIT_NONE || due_us >= NEVER_US || resumed_us <= paused_us) return due_us;
	if (!limit_works(limit)) return due_us + (resumed_us - paused_us);
	return worktime_add(work, due_us, worktime_between(work, paused_us, resumed_us));
}

static int64_t span_us(Limit span, int64_t day_us) {
	bool days = span.unit == LIMIT_WORK_DAYS || span.unit == LIMIT_DAYS;
	return span.unit == LIMIT_NONE ? 0 : span.n * (days ? day_us : span.unit == LIMIT_MINUTES ? MINUTE_US : HOUR_US);
}

int64_t limit_ahead_us(const WorkTime *work, Limit limit, Limit ahead, bool *half) {
	int64_t day_us = limit_works(limit) ? work->day_us : DAY_US;
	int64_t most = span_us(limit, day_us) / 2, us = span_us(ahead, day_us);
	*half = us > most;
	return *half ? most : us;
}

int64_t limit_before(const WorkTime *work, Limit limit, Limit ahead, int64_t due_us) {
	bool half;
	if (due_us >= NEVER_US) return NEVER_US;
	int64_t us = limit_ahead_us(work, limit, ahead, &half);
	return limit_works(limit) ? worktime_add(work, due_us, -us) : due_us - us;
}

int64_t limit_after(const WorkTime *work, Limit more, int64_t due_us) {
	if (due_us >= NEVER_US) return NEVER_US;
	if (more.unit == LIMIT_WORK_DAYS) return worktime_add(work, due_us, more.n * work->day_us);
	return more.unit == LIMIT_NONE ? due_us : limit_due(work, more, due_us);
}

static const char *const unit_names[] = {"", "work_days", "work_hours", "days", "hours", "minutes"};

const char *limit_unit_name(LimitUnit unit) {
	return unit_names[unit];
}

int limit_parse(const json_t *json, Limit *out) {
	*out = (Limit){LIMIT_NONE, 0};
	if (!json || json_is_null(json)) return 0;
	if (!json_is_object(json) || json_object_size(json) != 1) return -1;
	for (int unit = LIMIT_WORK_DAYS; unit <= LIMIT_MINUTES; unit++) {
		const json_t *n = json_object_get(json, unit_names[unit]);
		if (!json_is_integer(n) || json_integer_value(n) < 1 || json_integer_value(n) > 1000) continue;
		*out = (Limit){(LimitUnit)unit, json_integer_value(n)};
		return 0;
	}
	return -1;
}

/* --- the city's ------------------------------------------------------------------------------------------------------------- */
static int worktime_load(Request *rq, Text key, Arena *arena, void **object) {
	int64_t count = 0;
	Rows *rows;
	int code = db_int(rq->db, &count, "SELECT count(*) FROM calendar_day", NO_BIND);
	if (code >= 0) code = db_query(rq->db, &rows, "SELECT day, kind, occasion FROM calendar_day ORDER BY day", NO_BIND);
	if (code < 0) return code;
	WorkDay *days = ARENA_ARRAY(rq->arena, WorkDay, count + 1);
	size_t used = 0;
	while ((code = rows_next(rows)) > 0)
		if ((int64_t)used < count) /* rows committed since the count come with the next generation */
			days[used++] = (WorkDay){(int32_t)rows_int(rows, 0), text_is(rows_text(rows, 1), "workday"),
			                         rows_str(rows, 2, rq->arena)};
	rows_close(rows);
	if (code < 0) return code;
	WorkTime *work = ARENA_NEW(arena, WorkTime);
	if (work_hours_parse(text_of(setting_text(rq, "work.hours")), work) < 0)
		work_hours_parse(TEXT("09:00-12:00,13:30-17:30"), work);
	worktime_init(work, arena, days, used);
	*object = work;
	return 0;
}

int worktime_get(Request *rq, const WorkTime **out) {
	static const CacheKind kind = {"casework.worktime", worktime_load, 2};
	const void *object = NULL;
	int code = cache_get(rq, &kind, TEXT("city"), &object);
	if (code == 0) *out = object;
	return code;
}
