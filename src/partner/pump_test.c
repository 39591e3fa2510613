/* What the pump tells other systems, on both engines, over real connections: of each case in order whatever fails, with growing
 * pauses, until it is given up; a receiver that is gone holds up nobody else; nothing twice, nothing from before. */
#include "partner/partner_testing.h"

static const int64_t second_us = 1000000, hour_us = INT64_C(3600000000);

/* --- cases ------------------------------------------------------------------------------------------------------------------ */
/* Three steps that are told: it begins, to be filed, to be dispatched. */
static int64_t three_steps(int system) {
	int64_t case_id = reported(system);
	does(case_id, "accept_known", "", NULL);
	does(case_id, "file", "", "{\"condition_no\": 1}");
	return case_id;
}

/* --- the pump --------------------------------------------------------------------------------------------------------------- */
/* Looks until there is nothing more to do now, once the feed has what was written. */
static void look(void) {
	static const _Atomic bool stop = false;
	Request *rq = request_begin(app, "test");
	int64_t mark = 0;
	for (int i = 0; i < 1000 && feed_settled(rq->db, &mark) == 0; i++)
		clock_sleep_us(2000);
	request_end(rq);
	while (pump_look(app, &stop)) {
	}
}

/* All that waits is tried again at the next look. */
static void at_once(void) {
	run_sql_with("UPDATE partner_message SET next_us = 1 WHERE state = 'waiting' AND next_us > $1", 0);
	run_sql_with("UPDATE partner SET next_us = 0 WHERE partner_id > $1", 0);
}

static int messages(const char *state) {
	char sql[120];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM partner_message WHERE state = '%s'", state);
	return (int)count_of_sql(sql);
}

/* Asserts the calls since the last time: "012" are the steps told of one case, by their numbers. */
static void heard(int64_t case_id, int system, const char *steps) {
	char numbers[HEARD_MAX + 1] = "", number[40] = "";
	Request *rq = request_begin(app, "test");
	Rows *rows;
	assert_int_equal(db_one(rq->db, &rows, "SELECT number FROM work_case WHERE case_id = $1", BIND(val_int(case_id))), 1);
	snprintf(number, sizeof number, "%s", rows_str(rows, 0, rq->arena));
	request_end(rq);
	pthread_mutex_lock(&far.lock);
	int used = 0;
	for (int i = 0; i < far.count; i++) {
		json_t *body = json_loads(far.calls[i].body, 0, NULL), *data = json_object_get(body, "data");
		const char *theirs = system == FIRST ? "handleNo" : "localNum", *step = system == FIRST ? "seq" : "actNo";
		if (far.calls[i].system == system && strcmp(text(data, theirs), number) == 0)
			numbers[used++] = (char)('0' + atoi(text(data, step)));
		json_decref(body);
	}
	pthread_mutex_unlock(&far.lock);
	assert_string_equal(numbers, steps);
}

static void far_is(int system, int status) {
	pthread_mutex_lock(&far.lock);
	far.status[system] = status;
	far.count = 0;
	pthread_mutex_unlock(&far.lock);
}

/* --- tests ------------------------------------------------------------------------------------------------------------------ */
static void begin(void) {
	listens(FIRST, "upper_12345");
	listens(SECOND, "upper_city_operation");
}

static void test_order(void **state) {
	begin();
	far_is(FIRST, 503);
	int64_t one = three_steps(FIRST), two = three_steps(FIRST), other = three_steps(SECOND);
	look();
	/* gone: one try of one message, none of its others; nobody else waits for it */
	heard(one, FIRST, "1");
	heard(two, FIRST, "");
	heard(other, SECOND, "123");
	look(); /* nor anything before its pause is over */
	heard(one, FIRST, "1");
	assert_int_equal(messages("waiting"), 6);
	does(one, "dispatch", "", NULL); /* what comes meanwhile stands behind */
	far_is(FIRST, 200);
	run_sql_with("UPDATE partner_message SET next_us = 1 WHERE event_no > $1", 1); /* also where its own time came first */
	run_sql_with("UPDATE partner SET next_us = 0 WHERE partner_id > $1", 0);
	look();
	heard(one, FIRST, "");
	heard(two, FIRST, "123");
	at_once();
	look();
	heard(one, FIRST, "1234");
	heard(two, FIRST, "123");
	heard(other, SECOND, "");
	assert_int_equal(messages("sent"), 10);
	look();
	heard(one, FIRST, "1234");
}

/* A refusal is of that message: other cases of the same system are told, its own later steps wait. */
static void test_refused(void **state) {
	begin();
	far_is(FIRST, 422);
	int64_t one = three_steps(FIRST);
	look();
	heard(one, FIRST, "1");
	assert_int_equal(count_of_sql("SELECT count(*) FROM partner WHERE failures <> 0 OR next_us <> 0"), 0);
	far_is(FIRST, 200);
	int64_t two = three_steps(FIRST);
	look();
	heard(one, FIRST, "");
	heard(two, FIRST, "123");
	at_once();
	look();
	heard(one, FIRST, "123");
}

static void pauses_for(int64_t pause_us, int64_t before_us, const char *sql) {
	int64_t next_us = count_of_sql(sql), after_us = clock_now_us();
	if (next_us < before_us + pause_us || next_us > after_us + pause_us)
		flunk("%s: in %.3f s, not in %.3f\n", sql, (double)(next_us - before_us) / 1e6, (double)pause_us / 1e6);
}

static void test_pauses(void **state) {
	begin();
	far_is(FIRST, 503);
	reported(FIRST);
	for (int64_t i = 0, pause = 30; i < 15; i++, pause = pause * 2 < 3600 ? pause * 2 : 3600) {
		at_once();
		int64_t before = clock_now_us();
		look();
		assert_int_equal(count_of_sql("SELECT attempts FROM partner_message"), i + 1);
		assert_int_equal(count_of_sql("SELECT max(failures) FROM partner"), i + 1);
		pauses_for(pause * second_us, before, "SELECT next_us FROM partner_message");
		pauses_for(pause * second_us, before, "SELECT max(next_us) FROM partner");
	}
	/* it answers again: its next message is not behind what failed before */
	far_is(FIRST, 200);
	at_once();
	look();
	assert_int_equal(messages("sent"), 1);
	assert_int_equal(count_of_sql("SELECT max(failures) + max(next_us) FROM partner"), 0);
	assert_true(count_of_sql("SELECT done_us FROM partner_message") > clock_now_us() - hour_us);
}

/* Given up when the next try would be later than the time for it; the steps behind it are told then. */
static void test_given_up(void **state) {
	begin();
	far_is(FIRST, 503);
	int64_t one = reported(FIRST);
	look();
	run_sql_with("UPDATE partner_message SET made_us = $1", clock_now_us() - 72 * hour_us + 90 * second_us);
	at_once();
	look(); /* again in 60 s, which is in time */
	assert_int_equal(messages("waiting"), 1);
	assert_int_equal(count_of_sql("SELECT done_us FROM partner_message"), 0);
	does(one, "accept_known", "", NULL);
	at_once();
	look(); /* again in 120 s */
	assert_int_equal(messages("failed"), 1);
	assert_int_equal(messages("waiting"), 1);
	assert_true(count_of_sql("SELECT done_us FROM partner_message WHERE state = 'failed'") > clock_now_us() - hour_us);
	far_is(FIRST, 200);
	at_once();
	look();
	heard(one, FIRST, "2");
	/* a person wants it tried again: from the beginning */
	far_is(FIRST, 503);
	json_decref(ok(-1, "partner.retry", json_pack("{s:I}", "id", (json_int_t)accounts[FIRST])));
	assert_int_equal(messages("waiting"), 1);
	look();
	assert_int_equal(messages("failed"), 0);
	far_is(FIRST, 200);
	at_once();
	look();
	heard(one, FIRST, "1");
	assert_int_equal(messages("sent"), 2);
}

/* What a good answer contains is looked for in its first 4 KiB, however long it is. */
static void test_answers(void **state) {
	static char lengthy[20000];
	begin();
	memset(lengthy, ' ', sizeof lengthy - 1);
	far.answer = "{\"code\":17}";
	reported(SECOND);
	look();
	assert_int_equal(messages("waiting"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM partner_message WHERE detail = 'HTTP 200, not accepted'"), 1);
	assert_int_equal(count_of_sql("SELECT max(failures) FROM partner"), 0);
	memcpy(lengthy, "{\"code\":0}", 10);
	far.answer = lengthy;
	at_once();
	look();
	assert_int_equal(messages("sent"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM partner_message WHERE detail = 'HTTP 200'"), 1);
}

/* Of a case with more steps than one look takes, each once; of one from before, what happens from now on. */
static void test_each_once(void **state) {
	int64_t old = three_steps(FIRST);
	begin();
	does(old, "dispatch", "", NULL);
	does(old, "sign", "", NULL);
	for (int i = 0; i < 60; i++)
		does(old, "progress", "进展", "{}");
	look();
	assert_int_equal(messages("sent"), 62);
	assert_int_equal(count_of_sql("SELECT min(event_no) FROM partner_message"), 4);
	assert_int_equal(far.count, 62);
	/* the cursor and the mark are of before (a store brought back): nothing is told again */
	run_sql_with("UPDATE feed_cursor SET position = $1 WHERE reader = 'partner'", 0);
	run_sql_with("UPDATE partner_case SET told_no = $1", 0);
	look();
	assert_int_equal(far.count, 62);
	/* internal words are no step */
	does(old, "urge", "请尽快", NULL);
	look();
	assert_int_equal(far.count, 62);
	/* nobody listens any more: the feed is not kept for anybody */
	run_sql_with("UPDATE partner SET active = $1", 0);
	does(old, "progress", "没人听", "{}");
	look();
	assert_int_equal(far.count, 62);
	assert_int_equal(count_of_sql("SELECT count(*) FROM feed_cursor WHERE reader = 'partner'"), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {IN_CITY(test_order),    IN_CITY(test_refused), IN_CITY(test_pauses),
	                                   IN_CITY(test_given_up), IN_CITY(test_answers), IN_CITY(test_each_once)};
	return RUN_IN_CITIES(tests);
}
