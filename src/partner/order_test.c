/* Orders of a platform above, on both engines: times with and without zones, whole days, the leap day, places, codes of its
 * template, and what is refused by the name the platform has for it. */
#include "partner/partner_testing.h"

static int64_t at(const char *iso) {
	int64_t us = 0;
	assert_int_equal(clock_parse(text_of(iso), &us), 0);
	return us;
}

static int numbers;

/* An order with one member of its own; "key" and value (taken). */
static json_t *order_with(const char *key, json_t *value) {
	char number[20];
	snprintf(number, sizeof number, "N%d", ++numbers);
	json_t *item = json_pack("{s:s, s:s, s:s, s:s}", "orderNo", number, "appealClass", "暴露垃圾", "address", "澄江路 1 号",
	                         "content", "垃圾");
	json_object_set_new(item, key, value);
	return order(item);
}

/* What is stored of the order just taken. */
static int64_t stored(const char *column) {
	char sql[120];
	snprintf(sql, sizeof sql, "SELECT %s FROM event WHERE outside_number = 'N%d'", column, numbers);
	return count_of_sql(sql);
}

static void taken(json_t *answer) {
	if (strcmp(text(answer, "result"), "taken") != 0)
		flunk("N%d: %s: %s: %s\n", numbers, text(answer, "result"), text(answer, "field"), text(answer, "message"));
	json_decref(answer);
}

static void refused(json_t *answer, const char *field) {
	if (strcmp(text(answer, "result"), "refused") != 0 || strcmp(text(answer, "field"), field) != 0 ||
	    !*text(answer, "rule") || !*text(answer, "message") || !*text(answer, "advice"))
		flunk("N%d: %s: %s (%s), not refused at %s\n", numbers, text(answer, "result"), text(answer, "field"),
		      text(answer, "message"), field);
	assert_int_equal(stored("count(*)"), 0);
	json_decref(answer);
}

static void test_times(void **state) {
	static const struct {
		const char *sent, *means;
	} good[] = {
	    {"2031-12-31T23:59:59", "2031-12-31T23:59:59+08:00"},
	    {"2031-12-31 23:59:59", "2031-12-31T23:59:59+08:00"},
	    {" 2031-12-31 23:59:59 ", "2031-12-31T23:59:59+08:00"},
	    {"2031-12-31T15:59:59Z", "2031-12-31T23:59:59+08:00"},
	    {"2031-12-31T10:59:59-05:00", "2031-12-31T23:59:59+08:00"},
	    {"2031-12-31T23:59:59.25+0800", "2031-12-31T23:59:59.25+08:00"},
	    {"2031/1/2 8:05", "2031-01-02T08:05:00+08:00"},
	    {"2028-02-29T00:00:00", "2028-02-29T00:00:00+08:00"},
	    /* a day is over at its end */
	    {"2028-02-29", "2028-02-29T23:59:59+08:00"},
	    {"2028/2/29", "2028-02-29T23:59:59+08:00"},
	    {"20280229", "2028-02-29T23:59:59+08:00"},
	    {"2028年2月29日", "2028-02-29T23:59:59+08:00"},
	    {"2031-12-31", "2031-12-31T23:59:59+08:00"},
	};
	static const char *const bad[] = {"2027-02-29", "2100-02-29", "2031-04-31", "2031-13-01", "2031-00-10",
	                                  "2031-12-31T24:00:00", "2031-12-31T23:60:00", "2031-12-31 23:59:60",
	                                  "2031-12-31T23:59:59+25:00", "2031-12-31T", "2031-12-31T23", "31.12.2031",
	                                  "1924905599000", "tomorrow", "-1", "0000-01-01", "2031-12-31T23:59:59Z x",
	                                  /* what stands for "none" elsewhere */
	                                  "0001-01-01T00:00:00", "1900-01-01 00:00:00"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		taken(order_with("limitTime", json_string(good[i].sent)));
		if (stored("outside_due_us") != at(good[i].means)) flunk("%s is not %s\n", good[i].sent, good[i].means);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused(order_with("limitTime", json_string(bad[i])), "limitTime");
	refused(order_with("limitTime", json_integer(1924905599)), "limitTime");
	refused(order_with("limitTime", json_true()), "limitTime");
	refused(order_with("limitTime", json_object()), "limitTime");
	refused(order_with("limitTime", json_pack("[s]", "2031-12-31")), "limitTime");
	/* left out */
	taken(order_with("limitTime", json_string("  ")));
	assert_int_equal(stored("outside_due_us"), 0);
	taken(order_with("limitTime", json_null()));
	assert_int_equal(stored("outside_due_us"), 0);
	/* by the name that it has in files; a day with its time first */
	taken(order_with("办理时限", json_string("2028-02-29")));
	assert_int_equal(stored("outside_due_us"), at("2028-02-29T23:59:59"));
}

static void test_happened(void **state) {
	char text[CLOCK_TEXT_MAX], day[CLOCK_TEXT_MAX];
	int64_t hour_ago = (clock_now_us() - INT64_C(3600000000)) / 1000000 * 1000000;
	taken(order_with("acceptTime", json_string(clock_format(hour_ago, text))));
	assert_int_equal(stored("happened_us"), hour_ago);
	taken(order_with("acceptTime", json_string(clock_format_utc(hour_ago, text))));
	assert_int_equal(stored("happened_us"), hour_ago);
	/* a day alone is its beginning, where it is not a limit */
	date_format(date_of_us(hour_ago) - 1, day);
	taken(order_with("acceptTime", json_string(day)));
	assert_int_equal(stored("happened_us"), at(day));
	/* left out: now */
	taken(order_with("acceptTime", json_string("")));
	assert_true(stored("happened_us") > hour_ago);
	refused(order_with("acceptTime", json_string("昨天")), "acceptTime");
	/* refused by the one way in, and named as the platform does */
	refused(order_with("acceptTime", json_string("2031-12-31 23:59:59")), "acceptTime");
	refused(order_with("acceptTime", json_string("2001-12-31 23:59:59")), "acceptTime");
	/* a limit from before it happened */
	json_t *item = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "orderNo", "L1", "appealClass", "暴露垃圾", "address",
	                         "澄江路", "content", "垃圾", "acceptTime", clock_format(hour_ago, text), "limitTime", day);
	refused(order(item), "limitTime");
}

static void test_codes(void **state) {
	static const struct {
		const char *theirs, *ours;
	} classes[] = {{"暴露垃圾", "S0102"}, {"占道经营", "S0501"}, {"施工扰民", "S0303"}, {" 暴露垃圾 ", "S0102"},
	               {"没听过的", "S0699"}, {"", "S0699"},         {"S0102", "S0699"}};
	char sql[120];
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		taken(order_with("appealClass", json_string(classes[i].theirs)));
		snprintf(sql, sizeof sql, "SELECT count(*) FROM event WHERE outside_number = 'N%d' AND class_code = '%s'",
		         numbers, classes[i].ours);
		if (count_of_sql(sql) != 1) flunk("\"%s\" is not %s\n", classes[i].theirs, classes[i].ours);
	}
	static const char *const yes[] = {"是", "TRUE", "1", "Y", "保密"}, *const no[] = {"否", "false", "0", "N", ""};
	for (size_t i = 0; i < 5; i++) {
		taken(order_with("secret", json_string(yes[i])));
		assert_int_equal(stored("confidential"), 1);
		taken(order_with("secret", json_string(no[i])));
		assert_int_equal(stored("confidential"), 0);
	}
	taken(order_with("secret", json_true()));
	assert_int_equal(stored("confidential"), 1);
	/* taken as no, it would show a reporter who does not want to be known */
	refused(order_with("secret", json_string("要求保密")), "secret");
	refused(order_with("secret", json_integer(2)), "secret");
}

static void test_places(void **state) {
	taken(order_with("lng", json_null()));
	assert_int_equal(stored("lon + lat"), 0);
	json_t *item = json_pack("{s:s, s:s, s:s, s:f, s:s}", "orderNo", "P1", "appealClass", "井盖破损", "content", "井盖",
	                         "lng", 120.2841, "lat", "31.9102");
	json_t *answer = order(item);
	assert_string_equal(text(answer, "result"), "taken");
	json_decref(answer);
	assert_int_equal(count_of_sql("SELECT count(*) FROM event WHERE outside_number = 'P1' AND abs(lon - 120.2841) < 0.000001 "
	                              "AND abs(lat - 31.9102) < 0.000001"),
	                 1);
	refused(order_with("lng", json_string("x")), "lng");
	refused(order_with("lat", json_string("31.9102")), "lng"); /* one without the other */
	json_t *crossed =
	    json_pack("{s:s, s:s, s:s, s:s}", "orderNo", "P2", "appealClass", "暴露垃圾", "lng", "120.28", "lat", "北纬 31");
	refused(order(crossed), "lat");
}

static void test_refusals(void **state) {
	char lengthy[1000];
	memset(lengthy, 'x', sizeof lengthy - 1);
	lengthy[sizeof lengthy - 1] = '\0';
	refused(order_with("orderNo", json_string("")), "orderNo");
	refused(order_with("orderNo", json_pack("{}")), "orderNo");
	refused(order_with("address", json_string(lengthy)), "address");
	refused(order_with("appealPhone", json_string(lengthy)), "appealPhone");
	refused(order_with("content", json_pack("[]")), "content");
	json_t *answer = order(json_string("12345"));
	assert_string_equal(text(answer, "result"), "refused");
	assert_string_equal(text(answer, "field"), "orders");
	assert_string_equal(text(answer, "value"), "\"12345\"");
	assert_true(*text(answer, "advice"));
	json_decref(answer);
	/* one of many does not stop the others, and is one however often it comes */
	json_t *many =
	    ok(FIRST, "platform.orders",
	       json_pack("{s:[{s:s,s:s,s:s}, {s:s,s:s}, {s:s,s:s,s:s}]}", "orders", "orderNo", "M1", "address", "路", "content",
	                 "x", "orderNo", "M2", "limitTime", "?", "orderNo", "M1", "address", "路", "content", "x"));
	const json_t *items = json_object_get(many, "items");
	assert_string_equal(text(json_array_get(items, 0), "result"), "taken");
	assert_string_equal(text(json_array_get(items, 1), "result"), "refused");
	assert_string_equal(text(json_array_get(items, 2), "result"), "repeated");
	assert_string_equal(text(json_array_get(items, 2), "case_id"), text(json_array_get(items, 0), "case_id"));
	json_decref(many);
}

/* Its later words: by its codes alone, once each. */
static void test_words(void **state) {
	static const struct {
		const char *number, *id, *type, *result, *field;
	} words[] = {{"W1", "A1", "补充", "done", ""},
	             {"W1", "A1", "补充", "repeated", ""},
	             {"W1", "A2", "结案", "refused", "noticeType"},
	             {"W1", "A3", "", "refused", "noticeType"},
	             {"W1", "", "补充", "refused", "noticeNo"},
	             {"none", "A4", "补充", "refused", "orderNo"},
	             {"W1", "A5", "回退重办", "noted", ""},
	             {"W1", "A6", "remark", "refused", "noticeType"}};
	json_decref(order(json_pack("{s:s, s:s, s:s}", "orderNo", "W1", "address", "路", "content", "x")));
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		json_t *answer = ok(FIRST, "platform.words",
		                    json_pack("{s:[{s:s, s:s, s:s, s:s}]}", "words", "orderNo", words[i].number, "noticeNo",
		                              words[i].id, "noticeType", words[i].type, "remark", "在北门"));
		const json_t *one = json_array_get(json_object_get(answer, "items"), 0);
		assert_string_equal(text(one, "result"), words[i].result);
		assert_string_equal(text(one, "field"), words[i].field);
		json_decref(answer);
	}
	assert_int_equal(count_of_sql("SELECT count(*) FROM case_event WHERE note LIKE '上级平台%'"), 2);
}

static int is_platform(void **state) {
	nobody_listens(state);
	listens(FIRST, "upper_12345");
	numbers += 1000;
	return 0;
}
#define OF_PLATFORM(test) cmocka_unit_test_setup(test, is_platform)

int main(void) {
	const struct CMUnitTest tests[] = {OF_PLATFORM(test_times),  OF_PLATFORM(test_happened), OF_PLATFORM(test_codes),
	                                   OF_PLATFORM(test_places), OF_PLATFORM(test_refusals), OF_PLATFORM(test_words)};
	return RUN_IN_CITIES(tests);
}
