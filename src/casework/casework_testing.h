/* A city for this room's tests: people of three organisations, four resources, the base pack; routes are called as one of the
 * people. Time is the request's now_us, which the tests move. */
#ifndef YIWANG_CASEWORK_TESTING_H
#define YIWANG_CASEWORK_TESTING_H
#include "core/app_testing.h"
#include "casework/internal.h"
#include "notice/notice.h"

/* What the room above does for orders: a load cures the defect when `cured`. */
static bool cured;
static inline int judge(Request *rq, void *arg) {
	((OrderJudge *)arg)->there = !cured;
	return 0;
}
static inline int passes(Request *rq, void *arg) {
	((CaseCheck *)arg)->holds = cured;
	return 0;
}
static inline int fails(Request *rq, void *arg) {
	((CaseCheck *)arg)->holds = !cured;
	return 0;
}
/* What process city_event names; no case of it is begun here. */
static inline int of_events(Request *rq, void *arg) {
	return fail(rq, ERR_INTERNAL, "events are the room's above");
}
static const Action above[] = {{"order.judge", judge},
                               {"order.passes", passes},
                               {"order.fails", fails},
                               {"finding.gone", passes},
                               {"finding.stays", fails},
                               {"form.event_field", of_events},
                               {"event.field", of_events},
                               {"form.event_seen", of_events},
                               {"form.event_place", of_events},
                               {"event.place", of_events},
                               {"event.photos", of_events},
                               {"form.event_filing", of_events},
                               {"event.file", of_events},
                               {"form.event_dispatch", of_events},
                               {"event.dispatch", of_events},
                               {"form.event_return", of_events},
                               {"event.split", of_events},
                               {"event.merge", of_events},
                               {"event.call_off", of_events},
                               {"form.event_rating", of_events},
                               {"event.rate", of_events},
                               {"event.offer", of_events},
                               {"event.pass_on", of_events},
                               {"form.verification_answer", of_events},
                               {"verification.assign", of_events},
                               {"verification.ended", of_events},
                               {"verification.overtaken", of_events},
                               {"verification.carried", of_events},
                               {"verification.corrected", of_events},
                               {"verification.differs", of_events},
                               {"verification.told", of_events},
                               {"verification.order_off", of_events},
                               {"verification.withdrawn", of_events}};
static const Module above_module = {.name = "above", ROWS_OF(action, above)};
static const Module *const modules[] = {&core_module,    &evidence_module, &people_module,   &notice_module,
                                        &catalog_module, &record_module,   &casework_module, &above_module};
static int64_t orgs[3], accounts[8], resources[4], now;
enum { OFFICER, POLICE, READER, BUREAU, SERVICE, OTHER, PERSONS };
enum { CONDITIONAL, UNCONDITIONAL, NOT_SHARED, UNMOUNTED };

static inline int64_t at(const char *text) {
	int64_t us = 0;
	assert_int_equal(clock_parse(text_of(text), &us), 0);
	return us;
}

static inline json_t *document(const char *code, const char *name, const char *sharing) {
	json_t *out = json_pack("{s:s,s:s,s:s,s:[s],s:[s],s:s,s:s,s:s,s:i,s:[{s:s,s:s,s:s,s:i,s:b},{s:s,s:s,s:s,s:i,s:s}]}",
	                        "code", code, "name", name, "summary", "说明", "keywords", "x", "formats", "csv", "sharing",
	                        sharing, "opening", "closed", "update_promise", "daily", "retention_months", 12, "fields", "name",
	                        "item_no", "title", "编号", "kind", "text", "grade", 1, "key", 1, "name", "holder", "title",
	                        "持证人姓名", "kind", "text", "grade", 3, "mask", "name");
	if (strcmp(sharing, "none") == 0)
		json_object_set_new(out, "sharing_basis", json_string("《某法》第九条"));
	else
		json_object_set_new(out, "sharing_ways", json_pack("[s]", "api"));
	if (strcmp(sharing, "conditional") == 0) json_object_set_new(out, "sharing_condition", json_string("按履职需要申请使用"));
	return out;
}

static inline int make_city(Request *rq, void *arg) {
	static const char *const sharing[] = {"conditional", "unconditional", "none", "conditional"};
	static const struct {
		const char *login, *roles;
		int org;
	} people[] = {{"officer", "data_officer", 0}, {"police", "data_officer", 1}, {"reader", "reader", 1},
	              {"bureau", "data_bureau", 2},   {"app", "service", 1},         {"other", "data_officer", 2}};
	int code = org_create(rq, "A", "市场监管局", "Market", 0, &orgs[0]);
	if (code == 0) code = org_create(rq, "B", "公安局", "Police", 0, &orgs[1]);
	if (code == 0) code = org_create(rq, "C", "大数据局", "Bureau", 0, &orgs[2]);
	for (int i = 0; i < PERSONS && code == 0; i++)
		code = account_create(rq, people[i].login, people[i].login, orgs[people[i].org], people[i].roles, NULL, false,
		                      &accounts[i]);
	for (int i = 0; i < 4 && code == 0; i++) {
		char text[40];
		snprintf(text, sizeof text, "301001001/%d", i);
		json_t *entry = document(text, arena_printf(rq->arena, "资源%d", i), sharing[i]);
		code = resource_publish_document(rq, orgs[0], entry, &resources[i]);
		json_decref(entry);
		if (code == 0 && i != UNMOUNTED) code = resource_mount(rq, resources[i], 1, 10);
	}
	return code;
}

static inline int setup(StoreEngine engine) {
	Buf report = {0};
	app_for_test_with(engine, modules, sizeof modules / sizeof *modules, true);
	Request *rq = request_begin(app, "test");
	if (pack_load(rq, "packs/base", false, &report) < 0 || request_write(rq, make_city, NULL) < 0)
		flunk("%s\n", rq->error->message);
	request_end(rq);
	buf_free(&report);
	now = clock_now_us();
	return 0;
}
/* --- calling routes -------------------------------------------------------------------------------------------------- */
static inline void become(Request *rq, int who) {
	static const uint64_t ask = PERMIT_BIT(PERMIT_CATALOG_READ) | PERMIT_BIT(PERMIT_ASK);
	rq->party = (Party){.kind = PARTY_PERSON, .account_id = accounts[who], .permits = ask};
	rq->party.org_id = who == OFFICER ? orgs[0] : who == BUREAU || who == OTHER ? orgs[2] : orgs[1];
	if (who == OFFICER || who == POLICE || who == OTHER) rq->party.permits |= PERMIT_BIT(PERMIT_DECIDE);
	if (who == BUREAU) {
		rq->party.permits = PERMIT_BIT(PERMIT_CATALOG_READ) | PERMIT_BIT(PERMIT_SUPERVISE) | PERMIT_BIT(PERMIT_CALENDAR);
		rq->party.sees_all = true;
	}
	snprintf(rq->party.login, sizeof rq->party.login, "user%d", who);
	rq->now_us = now;
}

static inline int run_handler(Request *rq, void *arg) {
	return rq->route->handler(rq);
}

/* Takes inputs; a new reference or NULL with *code. */
static inline json_t *call(int who, const char *action, int *code, json_t *inputs) {
	Request *rq = request_begin(app, "test");
	const Route *route = NULL;
	for (int i = 0; i < CASEWORK_ROUTES; i++)
		if (strcmp(casework_routes[i].action, action) == 0) route = &casework_routes[i];
	assert_non_null(route);
	InputValue *values = ARENA_ARRAY(rq->arena, InputValue, 20);
	size_t used = 0;
	for (int i = 0; route->inputs[i].name; i++) {
		const json_t *value = json_object_get(inputs, route->inputs[i].name);
		if (!value) continue;
		used++;
		values[i].given = true;
		if (route->inputs[i].type == TYPE_JSON)
			values[i].j = (json_t *)value;
		else if (json_is_string(value))
			values[i].t = text_of(json_string_value(value));
		else
			values[i].i = json_is_true(value) ? 1 : json_integer_value(value);
	}
	assert_int_equal(used, json_object_size(inputs));
	become(rq, who);
	rq->route = route;
	rq->inputs = values;
	*code = route->lane == LANE_WRITE ? request_write(rq, run_handler, NULL) : route->handler(rq);
	json_t *answer = *code >= 0 ? json_loadb(rq->body.at, rq->body.len, 0, NULL) : NULL;
	if (*code >= 0 && !answer) flunk("%s: not JSON: %.*s\n", action, (int)rq->body.len, rq->body.at);
	for (int i = 0; answer && route->outputs[i].name; i++)
		if (!json_object_get(answer, route->outputs[i].name))
			flunk("%s: %s is missing\n", action, route->outputs[i].name);
	if (*code < 0) print_message("  (%s: %s: %s)\n", action, rq->error->field, rq->error->message);
	request_end(rq);
	json_decref(inputs);
	return answer;
}

static inline json_t *ok(int who, const char *action, json_t *inputs) {
	int code = 0;
	json_t *answer = call(who, action, &code, inputs);
	if (!answer) flunk("%s: %d\n", action, code);
	return answer;
}

static inline void refused(int who, const char *action, int expected, json_t *inputs) {
	int code = 0;
	json_t *answer = call(who, action, &code, inputs);
	assert_null(answer);
	assert_int_equal(code, expected);
}

static inline json_t *form(const char *mode) {
	char until[CLOCK_TEXT_MAX];
	return json_pack("{s:s,s:s,s:s,s:[{s:s,s:s},{s:s,s:s}],s:s,s:s,s:i}", "purpose", "办理食品经营许可时核对持证人信息",
	                 "service_item", "食品经营许可核发", "account_id", "", "fields", "name", "item_no", "mode", "clear",
	                 "name", "holder", "mode", mode, "way", "api", "until", clock_format(now + 100 * DAY_US, until),
	                 "quota_day", 500);
}

static inline json_t *ask_form(const char *mode) {
	json_t *out = form(mode);
	char id[24];
	snprintf(id, sizeof id, "%lld", (long long)accounts[SERVICE]);
	json_object_set_new(out, "account_id", json_string(id));
	return out;
}

static inline json_t *ask(int resource, const char *mode) {
	return ok(POLICE, "case.create",
	          json_pack("{s:I,s:o}", "resource_id", (json_int_t)resources[resource], "form", ask_form(mode)));
}

static inline json_int_t id_of(const json_t *answer) {
	return atoll(json_string_value(json_object_get(answer, "case_id")));
}
static inline const char *text(const json_t *answer, const char *key) {
	const char *value = json_string_value(json_object_get(answer, key));
	return value ? value : "";
}
static inline json_int_t number(const json_t *answer, const char *key) {
	return json_integer_value(json_object_get(answer, key));
}

/* Acts on the case as it is in *one, which becomes what it is afterwards. form may be NULL. */
static inline void act(json_t **one, int who, const char *action, const char *note, json_t *given) {
	json_t *inputs =
	    json_pack("{s:I,s:s,s:I,s:s}", "id", id_of(*one), "action", action, "version", number(*one, "version"), "note", note);
	if (given) json_object_set_new(inputs, "form", given);
	json_t *next = ok(who, "case.act", inputs);
	json_decref(*one);
	*one = next;
}

static inline void cannot(const json_t *one, int who, const char *action, int expected, const char *note, json_t *given) {
	json_t *inputs =
	    json_pack("{s:I,s:s,s:I,s:s}", "id", id_of(one), "action", action, "version", number(one, "version"), "note", note);
	if (given) json_object_set_new(inputs, "form", given);
	refused(who, "case.act", expected, inputs);
}

static inline bool offers(const json_t *one, const char *action) {
	size_t index;
	json_t *may;
	json_array_foreach(json_object_get(one, "may"), index, may) if (strcmp(text(may, "action"), action) == 0) return true;
	return false;
}

static inline int64_t grants_live(void) {
	Request *rq = request_begin(app, "test");
	int64_t count = -1;
	db_int(rq->db, &count, "SELECT count(*) FROM access_grant WHERE revoked_at = 0", NO_BIND);
	request_end(rq);
	return count;
}

static inline json_t *look(int who, const json_t *one) {
	return ok(who, "case.read", json_pack("{s:I}", "id", id_of(one)));
}

#define state_is(one, expected) assert_string_equal(text(one, "state"), expected)

#endif
