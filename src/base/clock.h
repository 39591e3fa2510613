/* Time: UTC microseconds since 1970 inside; ISO 8601 with zone outside; dates as days since 1970. */
#ifndef YIWANG_BASE_CLOCK_H
#define YIWANG_BASE_CLOCK_H
#include "base/text.h"

enum { CLOCK_TEXT_MAX = 40 };

int64_t clock_now_us(void);       /* wall clock */
int64_t clock_monotonic_us(void); /* for durations */
void clock_sleep_us(int64_t us);
/* "2026-11-22T15:34:33.123456+08:00" in Asia/Shanghai (fixed +08:00); fraction left out when zero. */
char *clock_format(int64_t us, char out[CLOCK_TEXT_MAX]);
/* "2026-11-22T07:34:33.123456Z". */
char *clock_format_utc(int64_t us, char out[CLOCK_TEXT_MAX]);
/* Accepts ISO 8601 date-time with T or blank, fraction up to 6 digits, Z or ±hh:mm; without a zone it is
 * Asia/Shanghai. Also "YYYY/M/D h:mm[:ss]" and "YYYY-MM-DD". 0 or -1. */
int clock_parse(Text text, int64_t *us);
/* "YYYY-MM-DD", "YYYY/M/D", "YYYYMMDD", "YYYY年M月D日" to days since 1970-01-01; real dates of year 1..9999 only. 0 or -1. */
int date_parse(Text text, int32_t *days);
char *date_format(int32_t days, char out[CLOCK_TEXT_MAX]);
int32_t date_from_civil(int year, int month, int day); /* no checks */
void date_to_civil(int32_t days, int *year, int *month, int *day);
int32_t date_of_us(int64_t us); /* the day in Asia/Shanghai */
#endif
