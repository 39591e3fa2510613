/* Clock: now, ISO 8601 both ways, the civil calendar (proleptic Gregorian). Pure but for the clocks; any thread. */
#include "base/clock.h"
#include <errno.h>
#include <stdio.h>
#include <time.h>

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
#define CHINA (8 * 3600 * SECOND) /* Asia/Shanghai; no summer time since 1991 and never stored as such here */

static int64_t clock_read(clockid_t id) {
	struct timespec now;
	clock_gettime(id, &now);
	return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t clock_now_us(void) {
	return clock_read(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void) {
	return clock_read(CLOCK_MONOTONIC);
}

void clock_sleep_us(int64_t us) {
	struct timespec rest = {.tv_sec = us / SECOND, .tv_nsec = us % SECOND * 1000};
	while (us > 0 && nanosleep(&rest, &rest) && errno == EINTR)
		;
}

static int64_t floor_div(int64_t a, int64_t b) {
	return a / b - (a % b < 0);
}

/* Days from 400-year eras that begin on 1 March, so that the leap day is the last of its year. */
int32_t date_from_civil(int year, int month, int day) {
	int y = year - (month <= 2), era = (int)floor_div(y, 400), of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void date_to_civil(int32_t days, int *year, int *month, int *day) {
	int64_t z = (int64_t)days + 719468;
	int era = (int)floor_div(z, 146097), of_era = (int)(z - (int64_t)era * 146097);
	int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * y + y / 4 - y / 100), mp = (5 * of_year + 2) / 153;
	*day = of_year - (153 * mp + 2) / 5 + 1;
	*month = mp + (mp < 10 ? 3 : -9);
	*year = y + era * 400 + (*month <= 2);
}

static char *format(int64_t local_us, const char *zone, char out[CLOCK_TEXT_MAX]) {
	int64_t days = floor_div(local_us, DAY), rest = local_us - days * DAY;
	int year, month, day, seconds = (int)(rest / SECOND), fraction = (int)(rest % SECOND);
	date_to_civil((int32_t)days, &year, &month, &day);
	int n = snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, seconds / 3600,
	                 seconds / 60 % 60, seconds % 60);
	if (fraction) n += snprintf(out + n, (size_t)(CLOCK_TEXT_MAX - n), ".%06d", fraction);
	snprintf(out + n, (size_t)(CLOCK_TEXT_MAX - n), "%s", zone);
	return out;
}

char *clock_format(int64_t us, char out[CLOCK_TEXT_MAX]) {
	return format(us + CHINA, "+08:00", out);
}

char *clock_format_utc(int64_t us, char out[CLOCK_TEXT_MAX]) {
	return format(us, "Z", out);
}

char *date_format(int32_t days, char out[CLOCK_TEXT_MAX]) {
	int year, month, day;
	date_to_civil(days, &year, &month, &day);
	snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02d", year, month, day);
	return out;
}

int32_t date_of_us(int64_t us) {
	return (int32_t)floor_div(us + CHINA, DAY);
}

/* Takes min..max digits off the front: the number, or -1 with the text untouched. */
static int number(Text *text, int min, int max) {
	int value = 0, n = 0;
	while (n < max && (size_t)n < text->len && (unsigned char)(text->at[n] - '0') <= 9)
		value = value * 10 + (text->at[n++] - '0');
	if (n < min) return -1;
	text->at += n, text->len -= (size_t)n;
	return value;
}

static bool take(Text *text, const char *token) {
	Text prefix = text_of(token);
	if (!text_starts(*text, prefix)) return false;
	text->at += prefix.len, text->len -= prefix.len;
	return true;
}

static bool real_date(int year, int month, int day) {
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day <= lengths[month - 1] + (month == 2 && leap);
}

/* A date off the front of text. */
static int date_take(Text *text, int32_t *days) {
	int year = number(text, 4, 4), month, day;
	if (year < 0) return -1;
	if (take(text, "-")) {
		month = number(text, 2, 2);
		day = take(text, "-") ? number(text, 2, 2) : -1;
	} else if (take(text, "/")) {
		month = number(text, 1, 2);
		day = take(text, "/") ? number(text, 1, 2) : -1;
	} else if (take(text, "年")) {
		month = number(text, 1, 2);
		day = take(text, "月") ? number(text, 1, 2) : -1;
		if (!take(text, "日")) return -1;
	} else {
		month = number(text, 2, 2);
		day = number(text, 2, 2);
	}
	if (month < 0 || day < 0 || !real_date(year, month, day)) return -1;
	*days = date_from_civil(year, month, day);
	return 0;
}

int date_parse(Text text, int32_t *days) {
	int32_t found;
	if (date_take(&text, &found) || text.len) return -1;
	*days = found;
	return 0;
}

/* "15:34[:33[.123456]]" off the front, as µs of the day. */
static int time_take(Text *text, int64_t *us) {
	int hour = number(text, 1, 2), minute = take(text, ":") ? number(text, 2, 2) : -1, second = 0;
	int64_t fraction = 0;
	if (take(text, ":")) {
		second = number(text, 2, 2);
		if (take(text, ".")) {
			Text before = *text;
			fraction = number(text, 1, 6);
			for (size_t n = before.len - text->len; fraction >= 0 && n < 6; n++)
				fraction *= 10;
		}
	}
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || fraction < 0) return -1;
	*us = (hour * 3600 + minute * 60 + second) * SECOND + fraction;
	return 0;
}

/* The offset from UTC at the end: Z, ±hh:mm, ±hhmm, ±hh, or nothing = Asia/Shanghai. */
static int zone_take(Text *text, int64_t *us) {
	if (text->len == 0) {
		*us = CHINA;
		return 0;
	}
	if (take(text, "Z") || take(text, "z")) {
		*us = 0;
		return 0;
	}
	bool minus = take(text, "-");
	if (!minus && !take(text, "+")) return -1;
	int hour = number(text, 2, 2), minute = 0;
	if (take(text, ":") || text->len) minute = number(text, 2, 2);
	if (hour < 0 || hour > 18 || minute < 0 || minute > 59) return -1;
	*us = (hour * 3600 + minute * 60) * SECOND * (minus ? -1 : 1);
	return 0;
}

int clock_parse(Text text, int64_t *us) {
	int32_t days;
	int64_t of_day = 0, zone = CHINA;
	if (date_take(&text, &days)) return -1;
	if (text.len) {
		if (!take(&text, "T") && !take(&text, "t") && !take(&text, " ")) return -1;
		if (time_take(&text, &of_day) || zone_take(&text, &zone) || text.len) return -1;
	}
	*us = days * DAY + of_day - zone;
	return 0;
}
