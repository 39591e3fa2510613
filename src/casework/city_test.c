/* Cases of line city on both engines, with the process of tests/packs/city_small: the way of an event, returns and the ruling,
 * pauses and extensions by approval, parts, merging, levels, limits of the case, the ladder. */
#include "casework/casework_testing.h"

enum { ASKER, HANDLER, HANDLER2, DISPATCHER, LEAD, FIELD, ABOVE, STRANGER, ROLES };
static int64_t centre, unit, unit2, city;
static int64_t made; /* the case opened last */

static int make_orgs(Request *rq, void *arg) {
	int code = org_create(rq, "CITY", "市指挥中心", "City centre", 0, &city);
	if (code == 0) code = org_create(rq, "TOWN", "镇指挥中心", "Town centre", city, &centre);
	if (code == 0) code = org_create(rq, "U1", "城管局", "Urban management", 0, &unit);
	if (code == 0) code = org_create(rq, "U2", "水务局", "Water", 0, &unit2);
	return code;
}

static void act_as(Request *rq, int role) {
	static const uint64_t permits[ROLES] = {
	    [ASKER] = PERMIT_BIT(PERMIT_EVENT_REPORT),
	    [HANDLER] = PERMIT_BIT(PERMIT_EVENT_HANDLE),
	    [HANDLER2] = PERMIT_BIT(PERMIT_EVENT_HANDLE),
	    [DISPATCHER] = PERMIT_BIT(PERMIT_EVENT_DISPATCH),
	    [LEAD] = PERMIT_BIT(PERMIT_EVENT_SUPERVISE),
	    [FIELD] = PERMIT_BIT(PERMIT_EVENT_REPORT),
	    [ABOVE] = PERMIT_BIT(PERMIT_EVENT_SUPERVISE),
	    [STRANGER] = PERMIT_BIT(PERMIT_EVENT_DISPATCH) | PERMIT_BIT(PERMIT_EVENT_SUPERVISE),
	};
	const int64_t orgs_of[ROLES] = {centre, unit, unit2, centre, centre, centre, city, unit};
	rq->party = (Party){.kind = PARTY_PERSON, .account_id = 100 + role, .org_id = orgs_of[role], .permits = permits[role]};
	rq->now_us = now;
}

static const char *const limits_text = "{\"accept\": {\"hours\": 2}, \"verify\": {\"hours\": 4}, \"dispose\": {\"work_days\": 3},"
                                       " \"check\": {\"work_hours\": 8}}";

static int open_write(Request *rq, void *arg) {
	json_t *limits = json_loads(limits_text, 0, NULL);
	const char *number = NULL;
	CaseOpening opening = {.process = "city_small",
	                       .title = "井盖丢失",
	                       .side = "asker",
	                       .subject = "event",
	                       .kind = "component",
	                       .parties = {.asker_org = centre,
	                                   .asker_account = 100 + ASKER,
	                                   .centre_org = centre,
	                                   .field_org = centre,
	                                   .field_account = 100 + FIELD},
	                       .limits = limits};
	int code = case_open(rq, &opening, &made, &number);
	if (code == 0 && strncmp(number, "XS-", 3) != 0) code = ERR_INTERNAL;
	json_decref(limits);
	return code;
}

static void setup_city(void) {
	Buf report = {0};
	Request *rq = request_begin(app, "test");
	if (request_write(rq, make_orgs, NULL) < 0 || pack_load(rq, "tests/packs/city_small", false, &report) < 0)
		flunk("%s %s\n", rq->error->message, report.at ? report.at : "");
	request_end(rq);
	buf_free(&report);
	now = at("2026-11-23 10:00"); /* a Monday */
}

static int64_t open_case(void) {
	Request *rq = request_begin(app, "test");
	act_as(rq, ASKER);
	if (request_write(rq, open_write, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	return made;
}

typedef struct Doing {
	int64_t case_id, version;
	const char *action, *note;
	json_t *form;
} Doing;

static int do_write(Request *rq, void *arg) {
	Doing *doing = arg;
	return case_do(rq, doing->case_id, doing->version, doing->action, doing->note, doing->form);
}

/* The code of the action; form (may be NULL) is taken. */
static int try(int64_t case_id, int role, const char *action, const char *note, json_t *form) {
	Request *rq = request_begin(app, "test");
	act_as(rq, role);
	Doing doing = {case_id, 0, action, note, form};
	int code = request_write(rq, do_write, &doing);
	if (code < 0) print_message("  (%s: %s: %s)\n", action, rq->error->field, rq->error->message);
	request_end(rq);
	json_decref(form);
	return code;
}

static void go(int64_t case_id, int role, const char *action, const char *note, json_t *form) {
	if (try(case_id, role, action, note, form) < 0) flunk("%s\n", action);
}

typedef struct Seen { /* a view whose texts outlive the request */
	CaseView view;
	char state[40], light[10], turn[20], due[CLOCK_TEXT_MAX];
} Seen;

static Seen see(int64_t case_id) {
	Seen seen = {0};
	Request *rq = request_begin(app, "test");
	rq->party = (Party){.kind = PARTY_SYSTEM};
	rq->now_us = now;
	if (case_view(rq, case_id, &seen.view) < 0) flunk("%s\n", rq->error->message);
	snprintf(seen.state, sizeof seen.state, "%s", seen.view.state);
	snprintf(seen.light, sizeof seen.light, "%s", seen.view.light);
	snprintf(seen.turn, sizeof seen.turn, "%s", seen.view.turn);
	if (seen.view.due_us) clock_format(seen.view.due_us, seen.due);
	seen.due[16] = '\0';
	request_end(rq);
	return seen;
}

#define is(case_id, expected_state, expected_due)                                                                                \
	do {                                                                                                                     \
		Seen seen_ = see(case_id);                                                                                       \
		assert_string_equal(seen_.state, expected_state);                                                                \
		assert_string_equal(seen_.due, expected_due);                                                                    \
	} while (0)

static json_t *assign(int64_t org_id) {
	char id[24];
	snprintf(id, sizeof id, "%lld", (long long)org_id);
	return json_pack("{s:s}", "supplier_org_id", id);
}

static json_t *term(const char *unit_name, int n) {
	return json_pack("{s:s,s:{s:i}}", "reason", "等待备件到货", "term", unit_name, n);
}

static json_t *duty(void) {
	return json_pack("{s:s}", "duty", "三定方案：排水井盖由水务局管护");
}

/* From report to close; the handler's clock runs from dispatch, through signing. */
static void whole_way(void **state) {
	setup_city();
	int64_t one = open_case();
	is(one, "reported", "2026-11-23T12:00");
	assert_int_equal(try(one, ASKER, "dispatch", "", assign(unit)), ERR_FORBIDDEN);
	assert_int_equal(try(one, STRANGER, "dispatch", "", assign(unit)), ERR_NOT_FOUND);
	go(one, DISPATCHER, "ask_verify", "", json_object());
	is(one, "verify", "2026-11-23T14:00");
	assert_int_equal(try(one, DISPATCHER, "verified", "", NULL), ERR_FORBIDDEN);
	go(one, FIELD, "verified", "属实", NULL);
	now = at("2026-11-23 11:00");
	go(one, DISPATCHER, "dispatch", "", assign(unit));
	is(one, "dispatched", "2026-11-26T17:30");
	now = at("2026-11-24 11:00");
	go(one, HANDLER, "sign", "", NULL);
	is(one, "handle", "2026-11-26T17:30"); /* signing does not restart it */
	assert_int_equal(try(one, HANDLER2, "report", "不是我的", NULL), ERR_NOT_FOUND);
	go(one, HANDLER, "report", "已到现场", NULL);
	go(one, HANDLER, "done", "已补装井盖", NULL);
	is(one, "check", "2026-11-25T12:00");
	go(one, FIELD, "rework", "井盖型号不对", NULL);
	assert_int_equal(see(one).view.reworks, 1);
	go(one, HANDLER, "sign", "", NULL);
	go(one, HANDLER, "done", "已更换", NULL);
	go(one, FIELD, "close", "", NULL);
	is(one, "closed", "");
	now += 31 * DAY_US;
	assert_int_equal(try(one, LEAD, "reopen", "又丢失", NULL), ERR_CONFLICT); /* 30 days */
	now -= 2 * DAY_US;
	go(one, LEAD, "reopen", "又丢失", NULL);
	assert_string_equal(see(one).state, "dispatched");
}

static void returns(void **state) {
	setup_city();
	int64_t one = open_case();
	go(one, DISPATCHER, "dispatch", "", assign(unit));
	assert_int_equal(try(one, HANDLER, "return", "不归我管", NULL), ERR_INVALID); /* no duty cited */
	go(one, HANDLER, "return", "不归我管", duty());
	assert_string_equal(see(one).state, "reported");
	go(one, DISPATCHER, "dispatch", "", assign(unit2));
	go(one, HANDLER2, "return", "也不归我管", duty());
	assert_string_equal(see(one).state, "ruling");
	go(one, LEAD, "rule", "由城管局承办", assign(unit));
	assert_int_equal(try(one, HANDLER, "return", "还是不归我管", duty()), ERR_CONFLICT);
	assert_int_equal(see(one).view.returns, 2);
}

static void approvals(void **state) {
	setup_city();
	int64_t one = open_case();
	go(one, DISPATCHER, "dispatch", "", assign(unit));
	go(one, HANDLER, "sign", "", NULL);
	is(one, "handle", "2026-11-26T17:30");
	assert_int_equal(try(one, HANDLER, "ask_postpone", "", NULL), ERR_INVALID);
	assert_int_equal(try(one, HANDLER, "ask_postpone", "", term("weeks", 1)), ERR_INVALID);
	go(one, HANDLER, "ask_postpone", "", term("work_days", 2));
	is(one, "postpone_asked", "2026-11-26T17:30"); /* it runs while it waits */
	assert_int_equal(try(one, HANDLER, "approve_postpone", "同意", NULL), ERR_FORBIDDEN);
	go(one, LEAD, "refuse_postpone", "应当赶工", NULL);
	is(one, "handle", "2026-11-26T17:30");
	assert_int_equal(see(one).view.postpones, 0);
	go(one, HANDLER, "ask_postpone", "", term("work_days", 2));
	go(one, LEAD, "approve_postpone", "同意", NULL);
	is(one, "handle", "2026-11-30T17:30");
	assert_int_equal(see(one).view.postpones, 1);
	go(one, HANDLER, "ask_postpone", "", term("work_days", 9));
	go(one, LEAD, "approve_postpone", "只给半天", json_pack("{s:{s:i}}", "term", "work_hours", 3));
	is(one, "handle", "2026-12-01T12:00");
	go(one, HANDLER, "ask_hang", "", term("work_days", 5));
	now = at("2026-11-24 10:00");
	go(one, LEAD, "approve_hang", "等备件", NULL);
	is(one, "hung", "");
	assert_string_equal(see(one).light, "paused");
	now = at("2026-11-26 10:00"); /* two working days */
	go(one, HANDLER, "resume", "", NULL);
	is(one, "handle", "2026-12-03T12:00");
	assert_int_equal(see(one).view.hangs, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(whole_way), BOTH(returns), BOTH(approvals)};
	return cmocka_run_group_tests_name("city", tests, NULL, NULL);
}
