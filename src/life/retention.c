/* When a record is past its retention period. Days are those of Asia/Shanghai; a period of n months ends on the same day of the
 * month (29 February + 12 months = 28 February), and that day is still kept. Pure. */
#include "life/internal.h"

static int days_in_month(int year, int month) {
	return date_from_civil(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) - date_from_civil(year, month, 1);
}

int32_t day_add_months(int32_t day, int months) {
	int year, month, date;
	date_to_civil(day, &year, &month, &date);
	int64_t at = (int64_t)year * 12 + month - 1 + months;
	year = (int)(at / 12);
	month = (int)(at % 12) + 1;
	int most = days_in_month(year, month);
	return date_from_civil(year, month, date < most ? date : most);
}

int32_t retention_first_kept(int32_t today, int months) {
	int32_t day = day_add_months(today, -months);
	return day_add_months(day, months) < today ? day + 1 : day; /* a shorter month back then: its last day is past already */
}

int64_t day_begins_us(int32_t day) {
	return (int64_t)day * INT64_C(86400000000) - INT64_C(28800000000);
}
