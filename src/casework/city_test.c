/* Cases of line city on both engines, with the process of tests/packs/city_small: the way of an event, returns and the ruling,
 * pauses and extensions by approval, parts, merging, levels, limits of the case, the ladder. */
#include "casework/casework_testing.h"

enum { ASKER, HANDLER, HANDLER2, DISPATCHER, LEAD, FIELD, ABOVE, STRANGER, ROLES };
static int64_t centre, unit, unit2, city, leader; /* leader: of the city, who takes what is raised */
static int64_t made;                              /* the case opened last */

static int make_orgs(Request *rq, void *arg) {
	int code = org_create(rq, "CITY", "市指挥中心", "City centre", 0, &city);
	if (code == 0) code = org_create(rq, "TOWN", "镇指挥中心", "Town centre", city, &centre);
	if (code == 0) code = org_create(rq, "U1", "城管局", "Urban management", 0, &unit);
	if (code == 0) code = org_create(rq, "U2", "水务局", "Water", 0, &unit2);
	return code == 0 ? account_create(rq, "leader", "值班领导", city, "supervisor", NULL, false, &leader) : code;
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
	go(one, HANDLER, "sign", "", NULL);
	go(one, HANDLER, "done", "办完", NULL);
	go(one, FIELD, "close", "", NULL);
	go(one, LEAD, "reopen", "又坏了", NULL); /* as new: the ruling was on what is closed */
	go(one, HANDLER, "return", "这次不归我管", duty());
	assert_string_equal(see(one).state, "reported");
	go(one, DISPATCHER, "dispatch", "", assign(unit2));
	go(one, HANDLER2, "return", "也不归我管", duty());
	assert_string_equal(see(one).state, "ruling");
	assert_int_equal(see(one).view.returns, 4);
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

/* --- several cases, levels -------------------------------------------------------------------------------------------- */
static int64_t one_int(const char *sql, int64_t id) {
	int64_t out = 0;
	Request *rq = request_begin(app, "test");
	if (db_int(rq->db, &out, sql, BIND(val_int(id))) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	return out;
}

static json_t *parts(void) {
	char ids[2][24];
	snprintf(ids[0], sizeof ids[0], "%lld", (long long)unit);
	snprintf(ids[1], sizeof ids[1], "%lld", (long long)unit2);
	return json_pack("{s:[{s:s,s:s},{s:s,s:s,s:s}]}", "parts", "org_id", ids[0], "words", "补装井盖", "org_id", ids[1],
	                 "title", "疏通管道", "words", "疏通");
}

/* The parent closes its parts' state with the last of them; a part is not split again. */
static void split_and_join(void **state) {
	setup_city();
	int64_t one = open_case();
	assert_int_equal(try(one, DISPATCHER, "split", "", json_pack("{s:[]}", "parts")), ERR_INVALID);
	go(one, DISPATCHER, "split", "", parts());
	assert_int_equal(see(one).view.children_open, 2);
	int64_t first = one_int("SELECT min(case_id) FROM work_case WHERE parent_id = $1", one),
	        second = one_int("SELECT max(case_id) FROM work_case WHERE parent_id = $1", one);
	is(first, "dispatched", "2026-11-26T17:30"); /* its limits are the parent's */
	const int64_t children[] = {first, second};
	for (int i = 0; i < 2; i++) {
		assert_string_equal(see(one).state, "parts");
		int who = see(children[i]).view.parties.supplier_org == unit ? HANDLER : HANDLER2;
		go(children[i], who, "sign", "", NULL);
		go(children[i], who, "done", "办完", NULL);
		assert_string_equal(see(children[i]).state, "closed");
	}
	assert_string_equal(see(one).state, "check");
	assert_int_equal(see(one).view.children_open, 0);
	go(one, DISPATCHER, "rework", "仍有积水", NULL); /* in the same moment: what is to be redone is not done */
	assert_string_equal(see(one).state, "reported");
	assert_int_equal(try(one, DISPATCHER, "parts_enough", "够了", NULL), ERR_CONFLICT);
}

static void clock_is_derived(int64_t case_id, uint64_t seed);
static const char first_part[] = "SELECT min(case_id) FROM work_case WHERE parent_id = $1",
                  last_part[] = "SELECT max(case_id) FROM work_case WHERE parent_id = $1",
                  parts_off[] = "SELECT count(*) FROM work_case WHERE parent_id = $1 AND outcome = 'cancelled'",
                  told_unit[] = "SELECT count(*) FROM case_event WHERE case_id = $1 AND action = 'called_off' AND note LIKE "
                                "'XS-%：不分了'";

/* With the case that they are parts of, or with its being taken back, they end, whatever is asked for in them; a case none of
 * whose parts was done is not done. */
static void parts_called_off(void **state) {
	setup_city();
	int64_t one = open_case();
	go(one, DISPATCHER, "split", "", parts());
	go(one_int(first_part, one), HANDLER, "sign", "", NULL);
	assert_int_equal(try(one, DISPATCHER, "call_off_parts", "不分了", NULL), ERR_FORBIDDEN);
	go(one, LEAD, "call_off_parts", "不分了", NULL);
	is(one, "reported", "2026-11-23T12:00");
	assert_int_equal(see(one).view.children_open, 0);
	assert_int_equal(one_int(parts_off, one), 2);
	assert_int_equal(one_int(told_unit, one_int(last_part, one)), 1);
	now += 1000000;
	go(one, DISPATCHER, "split", "", parts());
	go(one_int(last_part, one), DISPATCHER, "ask_cancel", "误派", NULL);
	go(one, LEAD, "cancel", "误报", NULL);
	assert_string_equal(see(one).view.outcome, "cancelled");
	assert_int_equal(one_int(parts_off, one), 4);
	clock_is_derived(one, 0);
	int64_t other = open_case();
	go(other, DISPATCHER, "split", "", parts());
	const int64_t both[] = {one_int(first_part, other), one_int(last_part, other)};
	for (int i = 0; i < 2; i++) {
		assert_string_equal(see(other).state, "parts");
		go(both[i], DISPATCHER, "ask_cancel", "误派", NULL);
		go(both[i], LEAD, "cancel", "同意", NULL);
	}
	assert_string_equal(see(other).state, "reported");
}

static json_t *main_case(int64_t case_id) {
	char id[24];
	snprintf(id, sizeof id, "%lld", (long long)case_id);
	return json_pack("{s:s}", "case_id", id);
}

static void merging(void **state) {
	setup_city();
	int64_t main = open_case(), second = open_case(), third = open_case();
	assert_int_equal(try(second, DISPATCHER, "merge", "", main_case(second)), ERR_INVALID);
	go(third, DISPATCHER, "merge", "", main_case(second));
	go(second, DISPATCHER, "merge", "同一井盖", main_case(main));
	assert_string_equal(see(second).view.outcome, "merged");
	assert_int_equal(see(second).view.merged_into, main);
	assert_int_equal(see(third).view.merged_into, main); /* linked on */
	assert_int_equal(try(main, DISPATCHER, "merge", "", main_case(third)), ERR_INVALID);
	int64_t off = open_case(), fourth = open_case();
	go(off, DISPATCHER, "ask_cancel", "误报", NULL);
	go(off, LEAD, "cancel", "同意", NULL);
	assert_int_equal(try(fourth, DISPATCHER, "merge", "", main_case(off)), ERR_INVALID); /* it does not go on */
	go(fourth, DISPATCHER, "split", "", parts());
	int64_t part = one_int(first_part, fourth);
	go(part, HANDLER, "return", "不归我管", duty()); /* to where it could be merged */
	assert_int_equal(try(part, DISPATCHER, "merge", "", main_case(fourth)), ERR_INVALID);
	go(part, DISPATCHER, "merge", "", main_case(main));
}

static int leader_write(Request *rq, void *arg) {
	return (int)db_run(rq->db, "UPDATE account SET state = $2 WHERE account_id = $1", BIND(val_int(leader), val_str(arg)));
}

static void leader_is(const char *account_state) {
	Request *rq = request_begin(app, "test");
	assert_true(request_write(rq, leader_write, (void *)account_state) >= 0);
	request_end(rq);
}

static void levels(void **state) {
	setup_city();
	int64_t one = open_case();
	assert_int_equal(try(one, LEAD, "lower", "交回", NULL), ERR_CONFLICT);
	leader_is("disabled");
	assert_int_equal(try(one, LEAD, "raise", "本级无力办理", NULL), ERR_CONFLICT); /* nobody could take it */
	assert_int_equal(see(one).view.level, 0);
	leader_is("active");
	go(one, LEAD, "raise", "本级无力办理", NULL);
	Seen seen = see(one);
	assert_int_equal(seen.view.level, 1);
	assert_int_equal(seen.view.parties.centre_org, city);
	assert_int_equal(try(one, DISPATCHER, "dispatch", "", assign(unit)), ERR_FORBIDDEN); /* seen, not theirs now */
	assert_int_equal(try(one, ABOVE, "raise", "再提", NULL), ERR_CONFLICT);
	go(one, ABOVE, "lower", "交回办理", NULL);
	assert_int_equal(see(one).view.parties.centre_org, centre);
	go(one, DISPATCHER, "dispatch", "", assign(unit));
}

static void cancelling(void **state) {
	setup_city();
	int64_t one = open_case();
	now = at("2026-11-23 11:00");
	go(one, DISPATCHER, "ask_cancel", "误报", NULL);
	is(one, "cancel_asked", "2026-11-23T12:00");
	assert_int_equal(try(one, DISPATCHER, "cancel", "同意", NULL), ERR_FORBIDDEN);
	go(one, LEAD, "go_on", "不是误报", NULL);
	is(one, "reported", "2026-11-23T12:00");
	go(one, DISPATCHER, "ask_cancel", "确系误报", NULL);
	go(one, LEAD, "cancel", "同意", NULL);
	assert_string_equal(see(one).view.outcome, "cancelled");
}

/* --- clocks ----------------------------------------------------------------------------------------------------------- */
typedef struct Limits {
	int64_t case_id;
	const char *json;
} Limits;

static int limits_write(Request *rq, void *arg) {
	Limits *given = arg;
	json_t *limits = json_loads(given->json, 0, NULL);
	int code = case_limits_set(rq, given->case_id, limits);
	json_decref(limits);
	return code;
}

static int limits_set(int64_t case_id, const char *json) {
	Request *rq = request_begin(app, "test");
	rq->now_us = now;
	int code = request_write(rq, limits_write, &(Limits){case_id, json});
	request_end(rq);
	return code;
}

/* Other limits of its class move the open stage, with the pause it had; the stage before keeps what it had. */
static void limits_changed(void **state) {
	setup_city();
	int64_t one = open_case();
	go(one, DISPATCHER, "dispatch", "", assign(unit));
	go(one, HANDLER, "sign", "", NULL);
	go(one, HANDLER, "ask_hang", "", term("hours", 100));
	go(one, LEAD, "approve_hang", "等备件", NULL);
	now = at("2026-11-24 10:00");
	go(one, LEAD, "resume", "", NULL);
	is(one, "handle", "2026-11-27T17:30");
	assert_int_equal(limits_set(one, "{\"dispose\": {\"work_days\": 1}}"), 0);
	is(one, "handle", "2026-11-25T17:30");
	assert_int_equal(limits_set(one, "{\"dispose\": {\"weeks\": 1}}"), ERR_INVALID);
	assert_int_equal(limits_set(one, "{\"other\": {\"days\": 1}}"), 0);
	is(one, "handle", ""); /* no limit of that name */
}

/* What is stored is what the events say. */
static void clock_is_derived(int64_t case_id, uint64_t seed) {
	Request *rq = request_begin(app, "test");
	const WorkTime *work;
	Case row;
	assert_int_equal(worktime_get(rq, &work), 0);
	assert_int_equal(case_load(rq, case_id, &row), 0);
	CaseClock stored = row.clock;
	assert_int_equal(case_clock_set(rq, work, &row), 0);
	if (stored.begun_us != row.clock.begun_us || stored.due_us != row.clock.due_us ||
	    stored.remind_us != row.clock.remind_us || stored.paused_us != row.clock.paused_us ||
	    stored.until_us != row.clock.until_us || stored.state != row.clock.state)
		flunk("seed %llu: the clock of %s is not what its events say\n", (unsigned long long)seed, row.number);
	request_end(rq);
}

static uint64_t random_next(uint64_t *seed) {
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static int days_write(Request *rq, void *arg) {
	const char *sql = arg;
	int code = (int)db_run(rq->db, sql, NO_BIND);
	int64_t last;
	if (code >= 0) code = generation_bump(rq->db);
	if (code >= 0) code = request_generation_check(rq);
	return code < 0 ? code : cases_recompute(rq, 0, 200, &last);
}

static int64_t write_and_count(const char *write, const char *sql) {
	int64_t count = -1;
	Request *rq = request_begin(app, "test");
	rq->now_us = now;
	if (request_write(rq, days_write, (void *)write) < 0 || db_int(rq->db, &count, sql, NO_BIND) < 0)
		flunk("%s\n", rq->error->message);
	request_end(rq);
	return count;
}

/* An open case that was amber, and told so, by the rule before: the job that the migration begins puts it right. */
static void ladders_migrated(void **state) {
	static const char jobs[] =
	    "SELECT COUNT(*) FROM job WHERE kind = 'casework.recompute' AND state = 'queued' AND created_at > 0";
	setup_city();
	int64_t one = open_case(), before = write_and_count("UPDATE org SET name = name", jobs);
	go(one, DISPATCHER, "dispatch", "", assign(unit));
	assert_string_equal(see(one).light, "green");
	const Migration *ladders = &casework_migrations[10];
	assert_string_equal(ladders->name, "casework-11-ladders");
	assert_int_equal(write_and_count(ladders->sql, jobs), before + 1);
	assert_int_equal(write_and_count("UPDATE work_case SET remind_us = 1, reminded = 1, step_us = due_us",
	                                 "SELECT reminded FROM work_case WHERE remind_us = step_us"),
	                 0);
	assert_string_equal(see(one).light, "green");
}

static json_t *form_for(const char *form, uint64_t pick) {
	static const char *const unit_names[] = {"work_days", "work_hours", "days", "hours"};
	if (strcmp(form, "case_term") == 0) return term(unit_names[pick % 4], (int)(1 + pick % 20));
	if (strcmp(form, "case_term_decision") == 0)
		return pick % 2 ? NULL : json_pack("{s:{s:i}}", "term", "hours", (int)(1 + pick % 9));
	if (strcmp(form, "return_duty") == 0) return duty();
	if (strcmp(form, "case_assign") == 0) return assign(unit);
	return NULL;
}

/* Random ways through the process, over leap days, year ends and calendars published late: after each step the stored clock is
 * the one that the events give, and after a new calendar too. */
static void random_histories(void **state) {
	static const char *const begins[] = {"2024-02-28 16:00", "2026-12-31 23:59", "2028-02-29 09:00", "2026-09-30 17:29"};
	uint64_t seed = (uint64_t)clock_now_us(), first = seed;
	setup_city();
	print_message("seed %llu\n", (unsigned long long)first);
	for (int run = 0; run < 8; run++) {
		now = at(begins[run % 4]);
		int64_t one = open_case();
		for (int step = 0; step < 25; step++) {
			Request *rq = request_begin(app, "test");
			rq->now_us = now;
			Case row;
			assert_int_equal(case_load(rq, one, &row), 0);
			const ProcessAction *action =
			    &row.process->actions[random_next(&seed) % (uint64_t)row.process->action_count];
			bool possible = action->from >> row.state & 1 && action->by != SIDE_ENGINE &&
			                strncmp(action->form, "case_split", 10) != 0 && strcmp(action->form, "case_main") != 0;
			const char *name = action->name, *form = action->form;
			int who = action->by & SIDE_SUPPLIER ? HANDLER
			          : action->by & SIDE_LEAD   ? LEAD
			          : action->by & SIDE_FIELD  ? FIELD
			                                     : DISPATCHER;
			if (row.level && (who == LEAD || who == DISPATCHER)) who = ABOVE;
			if (possible) {
				json_t *given = form_for(form, random_next(&seed));
				Doing doing = {one, 0, name, action->note == NOTE_NONE ? "" : "照办", given};
				act_as(rq, who);
				int code = request_write(rq, do_write, &doing);
				if (code < 0 && code != ERR_CONFLICT && code != ERR_FORBIDDEN)
					flunk("seed %llu: %s: %d %s\n", (unsigned long long)first, name, code,
					      rq->error->message);
				json_decref(given);
				if (code >= 0) now += (int64_t)(random_next(&seed) % 200) * 1800000000;
			}
			request_end(rq);
			if (possible) clock_is_derived(one, first);
		}
	}
	Request *rq = request_begin(app, "test");
	if (request_write(
	        rq, days_write,
	        (void *)"INSERT INTO calendar_day (day, kind, occasion) VALUES (20818, 'holiday', '临时放假'), (21246, 'holiday',"
	                " '临时放假'), (20821, 'workday', '调休') ON CONFLICT (day) DO NOTHING") < 0)
		flunk("%s\n", rq->error->message);
	int64_t ids[200];
	Rows *rows;
	int count = 0;
	assert_int_equal(db_query(rq->db, &rows, "SELECT case_id FROM work_case WHERE closed_at = 0 ORDER BY case_id", NO_BIND),
	                 0);
	while (rows_next(rows) > 0)
		ids[count++] = rows_int(rows, 0);
	rows_close(rows);
	request_end(rq);
	for (int i = 0; i < count; i++)
		clock_is_derived(ids[i], first);
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(whole_way),        BOTH(returns),         BOTH(approvals),
	                                   BOTH(split_and_join),   BOTH(merging),         BOTH(levels),
	                                   BOTH(cancelling),       BOTH(limits_changed),  BOTH(ladders_migrated),
	                                   BOTH(random_histories), BOTH(parts_called_off)};
	return cmocka_run_group_tests_name("city", tests, NULL, NULL);
}
