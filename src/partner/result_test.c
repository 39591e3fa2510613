/* What platforms above are told, on both engines: each state of a city event in the codes of both templates, times as these
 * platforms write them, nothing of a reporter, nothing of what is said inside. */
#include "partner/partner_testing.h"

static int64_t at(const char *iso) {
	int64_t us = 0;
	assert_int_equal(clock_parse(text_of(iso), &us), 0);
	return us;
}

static int64_t partner_of(int system) {
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT partner_id FROM partner WHERE account_id = %lld", (long long)accounts[system]);
	return count_of_sql(sql);
}

/* The message of a step (new reference), NULL: it is not told. */
static json_t *told(int system, int64_t case_id, const char *action, const char *to, const char *note, int64_t at_us) {
	Request *rq = request_begin(app, "test");
	PartnerStep step = {.partner_id = partner_of(system),
	                    .case_id = case_id,
	                    .event_no = 7,
	                    .at_us = at_us,
	                    .action = action,
	                    .from = "",
	                    .to = to,
	                    .note = note};
	if (action_run(rq, "partner.platform", &step) < 0) flunk("%s: %s\n", to, rq->error->message);
	request_end(rq);
	return step.body;
}

/* Every state of the process, in the order of packs/base/processes/city_event.yaml. */
static const struct {
	const char *state, *title, *hotline, *operation, *raised;
} states[] = {{"accept", "待受理", "01", "1", "6"},
              {"verify", "待核实", "02", "2", "6"},
              {"file", "待立案", "02", "3", "6"},
              {"dispatch", "待派遣", "03", "4", "4"},
              {"dispose", "待签收", "03", "5", "5"},
              {"handle", "处置中", "03", "6", "6"},
              {"hang_asked", "待批挂账", "03", "6", "6"},
              {"hung", "已挂账", "03", "6", "6"},
              {"postpone_asked", "待批延期", "03", "6", "6"},
              {"ruling", "待裁定", "03", "6", "6"},
              {"parts", "分办中", "03", "6", "6"},
              {"check", "待核查", "03", "7", "6"},
              {"close", "待结案", "03", "8", "6"},
              {"done", "已结案", "09", "9", "9"},
              {"refused", "不予立案", "08", "10", "6"},
              {"merged", "已并案", "07", "11", "6"},
              {"cancelled", "已作废", "06", "12", "12"}};

static void begin(void) {
	listens(FIRST, "upper_12345");
	listens(SECOND, "upper_city_operation");
}

static void test_states(void **state) {
	begin();
	int64_t first = reported(FIRST), second = reported(SECOND), now = at("2026-11-28T00:30:05.9Z");
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		json_t *one = told(FIRST, first, "file", states[i].state, "已核实", now), *data = json_object_get(one, "data");
		assert_string_equal(text(one, "type"), "results");
		assert_string_equal(text(data, "status"), states[i].hotline);
		assert_string_equal(text(data, "statusName"), states[i].title);
		assert_string_equal(text(data, "opinion"), "已核实");
		assert_string_equal(text(data, "handleTime"), "2026-11-28 08:30:05");
		assert_string_equal(text(data, "seq"), "7");
		assert_string_equal(text(data, "finishTime"), "");
		assert_string_equal(text(data, "satisfaction"), "");
		json_decref(one);
		one = told(SECOND, second, "file", states[i].state, "", now);
		data = json_object_get(one, "data");
		assert_string_equal(text(one, "type"), "results");
		assert_string_equal(text(data, "actStatus"), states[i].operation);
		assert_string_equal(text(data, "actStatusName"), states[i].title);
		json_decref(one);
		/* a case of somebody else was raised to it */
		one = told(SECOND, first, "raise", states[i].state, "涉及邻市", now);
		data = json_object_get(one, "data");
		assert_string_equal(text(one, "type"), "raised");
		assert_string_equal(text(data, "actStatus"), states[i].raised);
		assert_string_equal(text(data, "action"), "raise");
		assert_string_equal(text(data, "subTypeCode"), "S0102");
		assert_string_equal(text(data, "subTypeName"), "暴露垃圾");
		assert_string_equal(text(data, "grade"), "1");
		assert_string_equal(text(data, "coordinateX"), "120.280000");
		assert_string_equal(text(data, "coordinateY"), "31.910000");
		char *all = json_dumps(one, 0);
		assert_null(strstr(all, "李四"));
		assert_null(strstr(all, "1391234"));
		free(all);
		json_decref(one);
	}
	/* a step that its template has no word for */
	json_t *one = told(SECOND, first, "approve_hang", "hung", "", now);
	assert_string_equal(text(json_object_get(one, "data"), "action"), "other");
	json_decref(one);
	/* 12345 has no raised cases: it is not told */
	assert_null(told(FIRST, second, "raise", "dispatch", "涉及邻市", now));
}

static void test_ended(void **state) {
	begin();
	int64_t one = reported(FIRST);
	run_sql_with("UPDATE work_case SET closed_at = 1795825799000000 WHERE case_id = $1", one); /* 2026-11-28 08:29:59 */
	run_sql_with("UPDATE event SET stars = 4 WHERE case_id = $1", one);
	json_t *body = told(FIRST, one, "close", "done", "", 0), *data = json_object_get(body, "data");
	assert_string_equal(text(data, "finishTime"), "2026-11-28 08:29:59");
	assert_string_equal(text(data, "satisfaction"), "4");
	assert_string_equal(text(data, "handleTime"), ""); /* not known is empty, not 1970 */
	json_decref(body);
}

/* A line of the file: how it stands, and the last thing said outside. */
static void test_file(void **state) {
	Error why;
	begin();
	int64_t one = reported(FIRST);
	does(one, "accept_known", "属实", NULL);
	does(one, "file", "", "{\"condition_no\": 1}");
	does(one, "dispatch", "", NULL);
	does(one, "urge", "内部催办", NULL);
	does(one, "supervise", "内部督办", NULL);
	json_decref(
	    call(-1, "partner.results", json_pack("{s:I, s:s}", "id", (json_int_t)accounts[FIRST], "what", "results"), &why));
	assert_non_null(strstr(file_text, "工单编号,承办编号,步骤序号,办理状态,状态名称,承办单位,办理意见"));
	assert_non_null(strstr(file_text, ",03,待签收,水务局,属实,"));
	assert_null(strstr(file_text, "内部"));
	assert_null(strstr(file_text, "李四"));
	/* also where nothing was said outside */
	int64_t two = reported(FIRST);
	does(two, "accept_known", "", NULL);
	does(two, "supervise", "领导交办", NULL);
	json_decref(
	    call(-1, "partner.results", json_pack("{s:I, s:s}", "id", (json_int_t)accounts[FIRST], "what", "results"), &why));
	assert_non_null(strstr(file_text, ",2,02,待立案,\"\",\"\","));
	assert_null(strstr(file_text, "领导"));
	assert_null(
	    call(-1, "partner.results", json_pack("{s:I, s:s}", "id", (json_int_t)accounts[FIRST], "what", "raised"), &why));
	assert_int_equal(why.code, ERR_INVALID);
	assert_string_equal(why.field, "what");
}

int main(void) {
	const struct CMUnitTest tests[] = {IN_CITY(test_states), IN_CITY(test_ended), IN_CITY(test_file)};
	return RUN_IN_CITIES(tests);
}
