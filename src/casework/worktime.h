/* worktime: working time in Asia/Shanghai: working days (statutory holidays, 调休), working hours, limits. Pure; any thread. */
#ifndef YIWANG_CASEWORK_WORKTIME_H
#define YIWANG_CASEWORK_WORKTIME_H
#include "core/core.h"

enum { WORK_SPANS_MAX = 4 };
#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)
/* The due time of what has no due time (or whose clock stands): sorts last. 2100-01-01. */
#define NEVER_US INT64_C(4102444800000000)

typedef struct WorkSpan { /* of a working day, µs after its midnight */
	int64_t from, to;
} WorkSpan;
typedef struct WorkDay { /* a day that is not what its weekday says */
	int32_t day;     /* days since 1970-01-01 */
	bool work;
	const char *occasion;
} WorkDay;
typedef struct WorkTime { /* immutable */
	WorkSpan spans[WORK_SPANS_MAX];
	int span_count;
	int64_t day_us;      /* working time of one working day */
	const WorkDay *days; /* by day, each once */
	size_t day_count;
	int32_t known_from, known_to; /* first and last day with a row; known_to < known_from: none */
} WorkTime;

/* "09:00-12:00,13:30-17:30": 1..4 spans of one day that rise and do not touch each other. 0 or -1. */
int work_hours_parse(Text hours, WorkTime *out);
/* spans as of work_hours_parse; days in any order, each once, copied into arena with their texts. */
void worktime_init(WorkTime *work, Arena *arena, const WorkDay *days, size_t count);
/* occasion (may be NULL) is "" for a plain day. Monday to Friday work unless a row says otherwise. */
bool worktime_is_workday(const WorkTime *work, int32_t day, const char **occasion);
/* Working time from one moment to a later one; 0 when to <= from. */
int64_t worktime_between(const WorkTime *work, int64_t from_us, int64_t to_us);
/* The moment at which `us` of working time have passed since from_us; us < 0: before it. With ten years without a working day in
 * between it gives up and answers NEVER_US (or 0). */
int64_t worktime_add(const WorkTime *work, int64_t from_us, int64_t us);

typedef enum LimitUnit { LIMIT_NONE, LIMIT_WORK_DAYS, LIMIT_WORK_HOURS, LIMIT_DAYS, LIMIT_HOURS, LIMIT_MINUTES } LimitUnit;
typedef struct Limit {
	LimitUnit unit;
	int64_t n; /* 1..1000 */
} Limit;
/* When what began at begin_us must be done. Working days: the end of working hours of the n-th working day after the day it began
 * (which is the next working day, when it began after hours or on a free day). NEVER_US without a limit. */
int64_t limit_due(const WorkTime *work, Limit limit, int64_t begin_us);
/* The due time after the clock stood from paused_us to resumed_us. */
int64_t limit_shift(const WorkTime *work, Limit limit, int64_t due_us, int64_t paused_us, int64_t resumed_us);
/* Whether working time is counted, not every hour. */
bool limit_works(Limit limit);
/* How much time `ahead` is before the end of `limit`, of the kind that limit is in: 2 hours before the end of 3 working days are
 * 2 working hours, 2 working hours before the end of 8 hours are 2 hours. At most half of the limit (*half). */
int64_t limit_ahead_us(const WorkTime *work, Limit limit, Limit ahead, bool *half);
/* The moment so long before due. NEVER_US without a due time. */
int64_t limit_before(const WorkTime *work, Limit limit, Limit ahead, int64_t due_us);
/* The due time put off by `more` (a working day is day_us of working time). */
int64_t limit_after(const WorkTime *work, Limit more, int64_t due_us);
/* {"work_days": 3}; 0, or -1 when it is none. JSON null or NULL: LIMIT_NONE. */
int limit_parse(const json_t *json, Limit *out);
const char *limit_unit_name(LimitUnit unit); /* "work_days" …; "" for LIMIT_NONE */

/* The city's: table calendar_day and setting work.hours, one object a generation; held by rq's arena. 0 or a code. */
int worktime_get(Request *rq, const WorkTime **out);
#endif
