/* What the engine does by itself, on both engines: orders raised once, closed by a load that cures, told of one that does not;
 * requests that wait for data; answers that lapse; reviews taken over; demands without a resource. */
#include "casework/casework_testing.h"
#include "casework/notify.h"

typedef struct Told {
	Happening what;
	int raised;
} Told;

static int happen(Request *rq, void *arg) {
	rq->now_us = now;
	return cases_happen(rq, &((Told *)arg)->what);
}

static void tell(const char *event, int resource, int64_t job_id) {
	Request *rq = request_begin(app, "test");
	Told told = {.what = {.event = event, .resource_id = resources[resource], .job_id = job_id}};
	if (request_write(rq, happen, &told) < 0) flunk("%s: %s\n", event, rq->error->message);
	request_end(rq);
}

static int raise_write(Request *rq, void *arg) {
	OrderTerms terms = {.defect = "score_low", .rule = "", .field = "", .words = "", .score = 90};
	int code = resource_find(rq, resources[CONDITIONAL], &terms.resource);
	return code < 0 ? code : order_raise(rq, &terms);
}

static int raise_order(void) {
	Request *rq = request_begin(app, "test");
	int code = request_write(rq, raise_write, NULL);
	if (code < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	return code;
}

static json_t *newest(int who, const char *process) {
	json_t *page = ok(who, "case.list", json_pack("{s:s,s:i}", "process", process, "limit", 1));
	json_t *one = ok(who, "case.read", json_pack("{s:I}", "id", id_of(json_array_get(json_object_get(page, "items"), 0))));
	json_decref(page);
	return one;
}

static void order_once(void **state) {
	cured = false;
	assert_int_equal(raise_order(), 1);
	assert_int_equal(raise_order(), 0);
	json_t *one = newest(OFFICER, "correction_order");
	state_is(one, "correct");
	assert_true(json_is_null(json_object_get(one, "asker_org_id")));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(one, "form"), "score")), 90);
	cannot(one, OFFICER, "pass", ERR_FORBIDDEN, "", NULL);
	cannot(one, BUREAU, "pass", ERR_FORBIDDEN, "", NULL);
	cannot(one, OFFICER, "withdraw", ERR_FORBIDDEN, "不改", NULL);
	cannot(one, OFFICER, "answer", ERR_INVALID, "", json_pack("{s:s}", "cause", "录错"));
	const char *due = text(one, "due_at");
	char kept[CLOCK_TEXT_MAX];
	snprintf(kept, sizeof kept, "%s", due);
	tell("loaded", UNCONDITIONAL, 5); /* another resource's */
	tell("mounted", CONDITIONAL, 5);
	tell("loaded", CONDITIONAL, 6);
	json_decref(one);
	one = newest(OFFICER, "correction_order");
	const json_t *last = json_array_get(json_object_get(one, "events"), 0);
	assert_string_equal(text(last, "action"), "fail");
	assert_string_equal(text(last, "side"), "engine");
	assert_string_equal(text(one, "due_at"), kept); /* a bad load gives no more time */
	act(&one, OFFICER, "answer", "", json_pack("{s:s,s:s}", "cause", "录错", "measure", "重采"));
	state_is(one, "verify");
	cured = true;
	tell("loaded", CONDITIONAL, 7);
	json_decref(one);
	one = newest(OFFICER, "correction_order");
	state_is(one, "done");
	assert_int_equal(raise_order(), 0); /* nothing is wrong any more */
	cured = false;
	assert_int_equal(raise_order(), 1);
	json_decref(one);
	one = newest(BUREAU, "correction_order");
	act(&one, BUREAU, "withdraw", "口径已改", NULL);
	state_is(one, "withdrawn");
	json_decref(one);
}

static int mount(Request *rq, void *arg) {
	return resource_mount(rq, resources[UNMOUNTED], 1, 10);
}

static void waits_for_data(void **state) {
	json_t *one = ask(UNMOUNTED, "masked");
	act(&one, BUREAU, "accept", "", NULL);
	state_is(one, "mount");
	assert_string_equal(text(one, "turn"), "supplier");
	tell("mounted", UNMOUNTED, 1);
	json_t *still = look(OFFICER, one);
	assert_true(offers(still, "go_on"));
	cannot(still, OFFICER, "go_on", ERR_CONFLICT, "", NULL);
	json_decref(still);
	Request *rq = request_begin(app, "test");
	assert_true(request_write(rq, mount, NULL) >= 0);
	request_end(rq);
	tell("mounted", UNMOUNTED, 2);
	json_decref(one);
	one = newest(OFFICER, "share_request");
	state_is(one, "review");
	act(&one, OFFICER, "grant", "", NULL);
	state_is(one, "granted");
	json_decref(one);
	one = ask(UNMOUNTED, "masked"); /* there are data now: no waiting */
	act(&one, BUREAU, "accept", "", NULL);
	state_is(one, "review");
	json_decref(one);
}

static void demands(void **state) {
	json_t *form = json_pack("{s:s,s:s,s:s}", "need", "校车轨迹", "purpose", "校车监管", "basis", "某条例第二条");
	refused(BUREAU, "case.create", ERR_FORBIDDEN, json_pack("{s:s,s:O}", "process", "data_demand", "form", form));
	refused(POLICE, "case.create", ERR_FORBIDDEN, json_pack("{s:s,s:O}", "process", "catalog_review", "form", form));
	refused(POLICE, "case.create", ERR_FORBIDDEN,
	        json_pack("{s:s,s:I,s:O}", "process", "correction_order", "resource_id", (json_int_t)resources[0], "form", form));
	json_t *one = ok(READER, "case.create", json_pack("{s:s,s:o}", "process", "data_demand", "form", form));
	state_is(one, "route");
	assert_true(json_is_null(json_object_get(one, "resource_id")));
	refused(OFFICER, "case.read", ERR_NOT_FOUND, json_pack("{s:I}", "id", id_of(one))); /* not routed to it yet */
	char org[24];
	snprintf(org, sizeof org, "%lld", (long long)orgs[0]);
	act(&one, BUREAU, "assign", "", json_pack("{s:s}", "org_id", org));
	state_is(one, "answer");
	act(&one, OFFICER, "accept", "", json_pack("{s:s}", "name", "校车运行信息"));
	state_is(one, "build");
	assert_true(*text(one, "resource_id"));
	act(&one, OFFICER, "give_up", "无此数据", NULL);
	state_is(one, "refused");
	json_decref(one);
}

/* An entry that was submitted before the process came. */
static int submitted_before(Request *rq, void *arg) {
	json_t *entry = document("301001001/77", "早已提交", "conditional");
	int64_t id = 0;
	int code = resource_draft(rq, orgs[0], entry, &id);
	json_decref(entry);
	if (code == 0)
		code = (int)db_run(rq->db, "UPDATE resource SET draft_state = 'review', submitted_by = $2 WHERE resource_id = $1",
		                   BIND(val_int(id), val_int(accounts[OFFICER])));
	return code < 0 ? code : reviews_adopt(rq);
}

static void reviews(void **state) {
	Request *rq = request_begin(app, "test");
	if (request_write(rq, submitted_before, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	json_t *one = newest(BUREAU, "catalog_review");
	state_is(one, "review");
	assert_string_equal(text(one, "title"), "早已提交");
	assert_string_equal(text(one, "subject"), "entry");
	cannot(one, OFFICER, "publish", ERR_FORBIDDEN, "", NULL);
	act(&one, BUREAU, "publish", "", NULL);
	state_is(one, "published");
	json_decref(one);
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(order_once), BOTH(waits_for_data), BOTH(demands), BOTH(reviews)};
	return cmocka_run_group_tests_name("orders", tests, NULL, NULL);
}
