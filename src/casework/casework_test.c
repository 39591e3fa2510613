/* Cases on both engines, through the room's own routes: every transition of the share request, wrong parties, two at once,
 * pauses, a calendar published late, versions of processes, the inbox. Time is the request's now_us, which the tests move. */
#include "casework/casework_testing.h"
#include "casework/notify.h"
#include <pthread.h>

/* --- the share request ----------------------------------------------------------------------------------------------- */
static void whole_way(void **state) {
	json_t *one = ask(CONDITIONAL, "masked");
	state_is(one, "check");
	assert_string_equal(text(one, "turn"), "bureau");
	assert_non_null(strstr(text(one, "number"), "GX-20"));
	assert_true(offers(one, "withdraw") && offers(one, "urge") && !offers(one, "accept") && !offers(one, "grant"));
	assert_int_equal(grants_live(), 0);
	/* another open request of the same is refused; others see nothing of it */
	refused(POLICE, "case.create", ERR_CONFLICT,
	        json_pack("{s:I,s:o}", "resource_id", (json_int_t)resources[CONDITIONAL], "form", ask_form("masked")));
	refused(OTHER, "case.read", ERR_NOT_FOUND, json_pack("{s:I}", "id", id_of(one)));
	refused(READER, "case.read", ERR_NOT_FOUND, json_pack("{s:I}", "id", id_of(one)));
	cannot(one, OTHER, "accept", ERR_NOT_FOUND, "", NULL);
	cannot(one, POLICE, "accept", ERR_FORBIDDEN, "", NULL);
	cannot(one, OFFICER, "accept", ERR_FORBIDDEN, "", NULL);
	cannot(one, BUREAU, "grant", ERR_CONFLICT, "", NULL); /* not in this state */
	cannot(one, BUREAU, "return", ERR_INVALID, " ", NULL);
	cannot(one, BUREAU, "dance", ERR_NOT_FOUND, "", NULL);
	cannot(one, BUREAU, "accept", ERR_INVALID, "", json_pack("{s:i}", "x", 1));
	act(&one, BUREAU, "accept", "符合", NULL);
	state_is(one, "review");
	json_t *seen = look(OFFICER, one);
	assert_true(offers(seen, "grant") && offers(seen, "grant_part") && offers(seen, "refuse") && offers(seen, "pause") &&
	            !offers(seen, "resume"));
	json_decref(seen);
	cannot(one, BUREAU, "refuse", ERR_FORBIDDEN, "不可",
	       json_pack("{s:s}", "basis", "某法第一条")); /* "turn": the supplier's now */
	act(&one, OFFICER, "grant", "", NULL);
	state_is(one, "granted");
	assert_string_equal(text(one, "light"), "none");
	assert_int_equal(grants_live(), 1);
	assert_true(*text(one, "grant_id"));
	act(&one, POLICE, "feedback", "已用于核对", NULL);
	cannot(one, POLICE, "withdraw", ERR_CONFLICT, "不要了", NULL);
	assert_int_equal(json_array_size(json_object_get(one, "events")), 4);
	json_decref(one);
}

static void sensitive_and_part(void **state) {
	json_t *one = ask(CONDITIONAL, "clear");
	act(&one, BUREAU, "accept", "", NULL);
	cannot(one, OFFICER, "grant", ERR_INVALID, "", NULL); /* L3 in clear must be confirmed */
	cannot(one, OFFICER, "grant_part", ERR_INVALID, "少给", NULL);
	cannot(one, OFFICER, "grant_part", ERR_INVALID, "少给",
	       json_pack("{s:[{s:s,s:s}]}", "fields", "name", "nothing", "mode", "masked"));
	cannot(one, OFFICER, "grant_part", ERR_INVALID, "少给", json_pack("{s:i}", "quota_day", 501));
	cannot(one, OFFICER, "grant_part", ERR_INVALID, "少给", json_pack("{s:s}", "until", "2199-01-01"));
	cannot(one, OFFICER, "grant_part", ERR_INVALID, "少给",
	       json_pack("{s:[ss]}", "way", "api", "batch")); /* the API was asked */
	act(&one, OFFICER, "grant_part", "只给脱敏",
	    json_pack("{s:[{s:s,s:s}],s:i,s:s}", "fields", "name", "holder", "mode", "masked", "quota_day", 50, "conditions",
	              "不得转给第三方"));
	state_is(one, "granted_part");
	assert_int_equal(grants_live(), 1);
	/* dispute → ruling: the order makes a new grant in place of the old one */
	act(&one, POLICE, "dispute", "需要明文才能核对", NULL);
	state_is(one, "ruling");
	assert_int_equal(grants_live(), 1);
	cannot(one, OFFICER, "order_grant", ERR_FORBIDDEN, "同意", NULL);
	act(&one, BUREAU, "order_grant", "按职责应当提供", json_pack("{s:b}", "clear_sensitive", 1));
	state_is(one, "granted");
	assert_int_equal(grants_live(), 1);
	Request *rq = request_begin(app, "test");
	int64_t quota = 0, found = 0;
	db_int(rq->db, &quota, "SELECT quota_day FROM access_grant WHERE revoked_at = 0 AND clear_sensitive = 1", NO_BIND);
	db_int(rq->db, &found, "SELECT count(*) FROM access_grant WHERE case_id = $1", BIND(val_int(id_of(one))));
	assert_int_equal(quota, 500);
	assert_int_equal(found, 2);
	request_end(rq);
	json_decref(one);
}

/* Rows asked for are never widened: a decision's conditions come on top. */
static void rows_in_part(void **state) {
	static const struct {
		const char *given; /* filter of the decision */
		const char *kept;  /* of the grant; NULL: refused */
	} rows[] = {
	    {"{\"holder\":\"李四\"}", NULL},
	    {"{\"item_no.in\":[\"1\",\"9\"]}", NULL},
	    {"{\"item_no.gte\":\"0\"}", NULL},
	    {"{\"item_no.lte\":\"8\"}", NULL},
	    {"\"all\"", NULL},
	    {"{\"gone\":1}", NULL},
	    {"{}", NULL}, /* nothing less than asked */
	    {"{\"item_no\":\"1\",\"item_no.in\":[\"2\"],\"item_no.gte\":\"2\",\"holder\":\"张三\"}",
	     "{\"holder\":\"张三\",\"item_no\":\"1\",\"item_no.gte\":\"2\",\"item_no.in\":[\"2\"],\"item_no.lte\":\"7\"}"}};
	json_t *asked = ask_form("masked");
	json_object_set_new(
	    asked, "filter",
	    json_loads("{\"holder\":\"张三\",\"item_no.in\":[\"1\",\"2\"],\"item_no.gte\":\"1\",\"item_no.lte\":\"7\"}", 0,
	               NULL));
	json_t *one =
	    ok(POLICE, "case.create", json_pack("{s:I,s:o}", "resource_id", (json_int_t)resources[CONDITIONAL], "form", asked));
	act(&one, BUREAU, "accept", "", NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *part = json_pack("{s:o}", "filter", json_loads(rows[i].given, JSON_DECODE_ANY, NULL));
		if (!rows[i].kept) {
			cannot(one, OFFICER, "grant_part", ERR_INVALID, "少给", part);
			continue;
		}
		act(&one, OFFICER, "grant_part", "只给一行", part);
		Request *rq = request_begin(app, "test");
		const char *kept;
		Rows *found;
		assert_int_equal(
		    db_one(rq->db, &found, "SELECT filter FROM access_grant WHERE case_id = $1", BIND(val_int(id_of(one)))), 1);
		kept = rows_str(found, 0, rq->arena);
		assert_string_equal(kept, rows[i].kept);
		request_end(rq);
	}
	json_decref(one);
}

static void refuse_and_amend(void **state) {
	json_t *one = ask(CONDITIONAL, "masked");
	act(&one, BUREAU, "return", "用途不清", NULL);
	state_is(one, "amend");
	assert_string_equal(text(one, "turn"), "asker");
	cannot(one, POLICE, "resubmit", ERR_INVALID, "", NULL); /* the form belongs to it */
	cannot(one, OFFICER, "resubmit", ERR_FORBIDDEN, "", ask_form("masked"));
	json_t *amended = ask_form("masked");
	json_object_set_new(amended, "quota_day", json_integer(77));
	act(&one, POLICE, "resubmit", "", amended);
	state_is(one, "check"); /* back to where it came from */
	assert_int_equal(number(json_object_get(one, "form"), "quota_day"), 77);
	act(&one, BUREAU, "accept", "", NULL);
	act(&one, OFFICER, "return", "请减少信息项", NULL);
	act(&one, POLICE, "resubmit", "", ask_form("masked"));
	state_is(one, "review");
	cannot(one, OFFICER, "refuse", ERR_INVALID, "不给", NULL);                                  /* basis */
	cannot(one, OFFICER, "refuse", ERR_INVALID, "", json_pack("{s:s}", "basis", "某法第一条")); /* reason */
	act(&one, OFFICER, "refuse", "法律不允许", json_pack("{s:s}", "basis", "某法第一条"));
	state_is(one, "refused");
	assert_string_equal(text(one, "outcome"), "refused");
	char soon[CLOCK_TEXT_MAX], third[24];
	clock_format(now + 3 * DAY_US, soon);
	snprintf(third, sizeof third, "%lld", (long long)orgs[2]);
	refused(OTHER, "case.read", ERR_NOT_FOUND, json_pack("{s:I}", "id", id_of(one)));
	act(&one, BUREAU, "consult", "请三方商议",
	    json_pack("{s:[s,s],s:s,s:s}", "parties", text(one, "asker_org_id"), third, "place", "302 会议室", "at", soon));
	json_decref(look(OTHER, one)); /* who is called may read it, and nothing else */
	cannot(one, OTHER, "uphold", ERR_NOT_FOUND, "", NULL);
	assert_int_equal(count_of_sql("SELECT count(*) FROM notice WHERE title LIKE '会商%'"), 1);
	/* the asker heard of both answers, whoever gave them did not */
	assert_int_equal(count_of_sql("SELECT count(*) FROM notice WHERE title LIKE '退回补正 GX-%' AND readers = 1"), 2);
	assert_int_equal(count_of_sql("SELECT count(*) FROM notice WHERE title LIKE '不予共享 GX-%' AND readers = 1"), 1);
	cannot(one, BUREAU, "consult", ERR_INVALID, "再议",
	       json_pack("{s:[s],s:s,s:s}", "parties", "12", "place", "302", "at", soon));
	cannot(one, BUREAU, "consult", ERR_INVALID, "再议",
	       json_pack("{s:[s],s:s,s:s}", "parties", third, "place", "302", "at", "2020-12-01T09:30:00+08:00"));
	act(&one, POLICE, "dispute", "法律允许", NULL);
	act(&one, BUREAU, "uphold", "维持", NULL);
	state_is(one, "upheld");
	assert_int_equal(json_array_size(json_object_get(one, "may")), 0);
	assert_int_equal(grants_live(), 0);
	json_decref(one);
	/* withdrawn from the first state; urged before */
	one = ask(CONDITIONAL, "masked");
	act(&one, POLICE, "urge", "请尽快", NULL);
	state_is(one, "check");
	act(&one, BUREAU, "urge", "", NULL);
	act(&one, POLICE, "withdraw", "不需要了", NULL);
	state_is(one, "withdrawn");
	json_decref(one);
}

static void asking(void **state) {
	/* unconditional: at once, unless it holds L3 in clear */
	json_t *one = ask(UNCONDITIONAL, "masked");
	state_is(one, "granted");
	assert_int_equal(grants_live(), 1);
	json_decref(one);
	one = ask(UNCONDITIONAL, "clear");
	state_is(one, "review");
	assert_int_equal(grants_live(), 1);
	json_decref(one);
	/* not shared; one's own; unmounted waits for data */
	refused(POLICE, "case.create", ERR_CONFLICT,
	        json_pack("{s:I,s:o}", "resource_id", (json_int_t)resources[NOT_SHARED], "form", ask_form("masked")));
	refused(OFFICER, "case.create", ERR_CONFLICT,
	        json_pack("{s:I,s:o}", "resource_id", (json_int_t)resources[CONDITIONAL], "form", ask_form("masked")));
	one = ask(UNMOUNTED, "masked");
	act(&one, BUREAU, "accept", "", NULL);
	cannot(one, OFFICER, "grant", ERR_CONFLICT, "", NULL);
	json_decref(one);
	/* forms that do not fit */
	static const struct {
		const char *key;
		const char *json;
	} bad[] = {{"purpose", "\"x\""},
	           {"way", "\"pigeon\""},
	           {"fields", "[]"},
	           {"fields", "[{\"name\":\"gone\",\"mode\":\"clear\"}]"},
	           {"until", "\"2020-01-01\""},
	           {"quota_day", "0"},
	           {"quota_day", "\"5\""},
	           {"account_id", "\"123\""},
	           {"surprise", "1"},
	           {"service_item", "null"},
	           {"filter", "{\"gone\":1}"},
	           {"purpose", "null"}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		json_t *wrong = ask_form("masked");
		json_object_set_new(wrong, bad[i].key, json_loads(bad[i].json, JSON_DECODE_ANY, NULL));
		refused(POLICE, "case.create", ERR_INVALID,
		        json_pack("{s:I,s:o}", "resource_id", (json_int_t)resources[CONDITIONAL], "form", wrong));
	}
	/* a reader asks for himself and sees only his own */
	json_t *own = form("masked");
	json_object_del(own, "account_id");
	one = ok(READER, "case.create", json_pack("{s:I,s:o}", "resource_id", (json_int_t)resources[CONDITIONAL], "form", own));
	json_t *list = ok(READER, "case.list", json_object());
	assert_int_equal(json_array_size(json_object_get(list, "items")), 1);
	json_decref(list);
	list = ok(POLICE, "case.list", json_object());
	assert_int_equal(json_array_size(json_object_get(list, "items")), 4);
	json_decref(list);
	refused(POLICE, "case.list", ERR_FORBIDDEN, json_pack("{s:s}", "scope", "all"));
	json_decref(one);
	list = ok(POLICE, "case.accounts", json_object());
	assert_int_equal(json_array_size(json_object_get(list, "items")), 2);
	json_decref(list);
}

static int take_back(Request *rq, void *arg) {
	return db_run(rq->db, "UPDATE access_grant SET revoked_at = 1 WHERE revoked_at = 0", NO_BIND) < 0 ? ERR_INTERNAL : 0;
}

static void not_at_once(void **state) {
	/* rows by a masked value: guessing it again and again would read it; by one that is given, at once */
	static const struct {
		const char *filter, *state;
	} rows[] = {{"{\"holder.gte\":\"李\"}", "review"}, {"{\"item_no\":\"1\"}", "granted"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *asked = ask_form("masked");
		json_object_set_new(asked, "filter", json_loads(rows[i].filter, 0, NULL));
		json_t *one = ok(POLICE, "case.create",
		                 json_pack("{s:I,s:o}", "resource_id", (json_int_t)resources[UNCONDITIONAL], "form", asked));
		state_is(one, rows[i].state);
		if (i == 0) act(&one, POLICE, "withdraw", "不需要了", NULL);
		json_decref(one);
	}
	/* what the supplier took back, it gives anew itself */
	Request *rq = request_begin(app, "test");
	assert_int_equal(request_write(rq, take_back, NULL), 0);
	request_end(rq);
	json_t *one = ask(UNCONDITIONAL, "masked");
	state_is(one, "review");
	act(&one, OFFICER, "grant", "", NULL);
	json_decref(one);
	one = ask(UNCONDITIONAL, "masked");
	state_is(one, "granted");
	json_decref(one);
}

/* --- clocks ---------------------------------------------------------------------------------------------------------- */
static void pauses(void **state) {
	now = at("2026-11-23 10:00"); /* a Monday */
	json_t *one = ask(CONDITIONAL, "masked");
	assert_string_equal(text(one, "due_at"), "2026-11-25T17:30:00+08:00");
	assert_string_equal(text(one, "remind_at"), "2026-11-25T13:30:00+08:00");
	assert_string_equal(text(one, "light"), "green");
	assert_int_equal(number(one, "left_work_s"), (6 + 7 + 7) * 3600); /* 10:00–17:30 less lunch is 6 h */
	now = at("2026-11-25 14:00");
	json_t *seen = look(BUREAU, one);
	assert_string_equal(text(seen, "light"), "amber");
	json_decref(seen);
	now = at("2026-11-26 10:00");
	seen = look(BUREAU, one);
	assert_string_equal(text(seen, "light"), "red");
	assert_int_equal(number(seen, "left_work_s"), -3600);
	json_decref(seen);
	act(&one, BUREAU, "accept", "", NULL);
	assert_string_equal(text(one, "due_at"), "2026-12-10T17:30:00+08:00");
	cannot(one, OFFICER, "pause", ERR_INVALID, "", NULL);
	now = at("2026-11-26 16:30");
	act(&one, OFFICER, "pause", "等申请方补充材料", NULL);
	assert_string_equal(text(one, "light"), "paused");
	assert_true(json_is_null(json_object_get(one, "due_at")));
	cannot(one, OFFICER, "pause", ERR_CONFLICT, "再停", NULL);
	now = at("2026-11-30 10:00"); /* 1 h + Friday's 7 h + 1 h later */
	act(&one, OFFICER, "resume", "", NULL);
	assert_string_equal(text(one, "due_at"), "2026-12-14T11:00:00+08:00");
	cannot(one, OFFICER, "resume", ERR_CONFLICT, "", NULL);
	json_decref(one);
}

static json_t *days_2026(void) {
	return json_pack("[{s:s,s:s,s:s},{s:s,s:s,s:s}]", "day", "2026-11-24", "kind", "holiday", "occasion", "城市日", "day",
	                 "2026-11-28", "kind", "workday", "occasion", "城市日");
}

/* A calendar published after the fact moves open cases, keeps closed ones, and stays out of nothing. */
static void calendar_late(void **state) {
	now = at("2026-11-23 10:00");
	json_t *one = ask(CONDITIONAL, "masked");
	assert_string_equal(text(one, "due_at"), "2026-11-25T17:30:00+08:00");
	refused(BUREAU, "calendar.put", ERR_INVALID,
	        json_pack("{s:i,s:[{s:s,s:s}]}", "year", 2026, "days", "day", "2025-01-01", "kind", "holiday"));
	refused(BUREAU, "calendar.put", ERR_INVALID,
	        json_pack("{s:i,s:[{s:s,s:s}]}", "year", 2026, "days", "day", "2026-01-01", "kind", "party"));
	json_decref(ok(BUREAU, "calendar.put", json_pack("{s:i,s:o}", "year", 2026, "days", days_2026())));
	refused(BUREAU, "calendar.put", ERR_INVALID,
	        json_pack("{s:i,s:[]}", "year", 2026, "days")); /* a whole year is not taken away */
	for (int i = 0; i < 200; i++) {                         /* the job */
		json_t *seen = look(BUREAU, one);
		bool moved = strcmp(text(seen, "due_at"), "2026-11-26T17:30:00+08:00") == 0;
		json_decref(seen);
		if (moved) break;
		if (i == 199) flunk("the clock was not moved\n");
		clock_sleep_us(25000);
	}
	json_t *days = ok(READER, "calendar.read", json_pack("{s:i}", "year", 2026));
	assert_int_equal(json_array_size(json_object_get(days, "items")), 2);
	json_decref(days);
	act(&one, BUREAU, "accept", "", NULL); /* the version that was seen still holds */
	json_decref(one);
}

/* --- two at once, versions of processes, the inbox ------------------------------------------------------------------- */
typedef struct Racer {
	const json_t *one;
	const char *action;
	int code;
	pthread_t thread;
} Racer;

static void *race(void *arg) {
	Racer *racer = arg;
	json_t *inputs = json_pack("{s:I,s:s,s:I,s:s}", "id", id_of(racer->one), "action", racer->action, "version",
	                           number(racer->one, "version"), "note", "同时办理");
	if (strcmp(racer->action, "refuse") == 0) json_object_set_new(inputs, "form", json_pack("{s:s}", "basis", "某法第一条"));
	json_decref(call(OFFICER, "case.act", &racer->code, inputs));
	return NULL;
}

static void two_at_once(void **state) {
	for (int i = 0; i < 5; i++) {
		json_t *one = ask(CONDITIONAL, "masked");
		act(&one, BUREAU, "accept", "", NULL);
		int64_t before = grants_live();
		Racer racers[] = {{.one = one, .action = "grant"}, {.one = one, .action = "refuse"}};
		for (int r = 0; r < 2; r++)
			assert_int_equal(pthread_create(&racers[r].thread, NULL, race, &racers[r]), 0);
		for (int r = 0; r < 2; r++)
			pthread_join(racers[r].thread, NULL);
		assert_true((racers[0].code >= 0) != (racers[1].code >= 0));
		assert_int_equal(racers[0].code < 0 ? racers[0].code : racers[1].code, ERR_CONFLICT);
		assert_int_equal(grants_live() - before, racers[0].code >= 0);
		json_decref(one);
	}
}

static const json_t *share_request_in(const json_t *list) {
	size_t index;
	json_t *one;
	json_array_foreach(json_object_get(list, "items"), index,
	                   one) if (strcmp(json_string_value(json_object_get(one, "name")), "share_request") == 0) return one;
	return NULL;
}

static void process_versions(void **state) {
	now = at("2026-11-23 10:00");
	json_t *one = ask(CONDITIONAL, "masked");
	json_t *list = ok(BUREAU, "process.list", json_object());
	json_t *process = json_deep_copy(json_object_get(share_request_in(list), "document"));
	json_decref(list);
	json_t *broken = json_deep_copy(process);
	json_object_set_new(json_array_get(json_object_get(broken, "states"), 0), "turn", json_string("mayor"));
	refused(BUREAU, "process.put", ERR_INVALID,
	        json_pack("{s:s,s:i,s:o}", "name", "share_request", "version", 1, "document", broken));
	refused(BUREAU, "process.put", ERR_NOT_FOUND,
	        json_pack("{s:s,s:i,s:O}", "name", "other", "version", 1, "document", process));
	json_object_set_new(json_array_get(json_object_get(process, "states"), 0), "limit", json_pack("{s:i}", "work_hours", 3));
	refused(BUREAU, "process.put", ERR_CONFLICT,
	        json_pack("{s:s,s:i,s:O}", "name", "share_request", "version", 0, "document", process));
	list = ok(BUREAU, "process.put", json_pack("{s:s,s:i,s:o}", "name", "share_request", "version", 1, "document", process));
	assert_int_equal(number(list, "version"), 2);
	json_decref(list);
	json_t *seen = look(BUREAU, one);
	assert_string_equal(text(seen, "due_at"), "2026-11-25T17:30:00+08:00"); /* begun before: its own limit */
	json_decref(seen);
	act(&one, POLICE, "withdraw", "重来", NULL);
	json_decref(one);
	one = ask(CONDITIONAL, "masked");
	assert_string_equal(text(one, "due_at"), "2026-11-23T14:30:00+08:00");
	json_decref(one);
}

static size_t inbox_size(int who) {
	json_t *answer = ok(who, "case.inbox", json_object());
	size_t size = json_array_size(json_object_get(answer, "items"));
	json_t *counts = ok(who, "case.inbox_counts", json_object());
	assert_int_equal(number(counts, "waiting"), size);
	json_decref(counts);
	json_decref(answer);
	return size;
}

static void inbox(void **state) {
	now = at("2026-11-23 10:00");
	json_t *late = ask(CONDITIONAL, "masked");
	now = at("2026-11-24 10:00");
	json_t *fresh = ask(UNMOUNTED, "masked");
	json_t *straight = ask(UNCONDITIONAL, "clear"); /* the supplier's */
	assert_int_equal(inbox_size(BUREAU), 2);
	assert_int_equal(inbox_size(OFFICER), 1);
	assert_int_equal(inbox_size(POLICE), 0);
	assert_int_equal(inbox_size(READER), 0);
	act(&straight, OFFICER, "return", "请改为脱敏", NULL);
	assert_int_equal(inbox_size(POLICE), 1);
	assert_int_equal(inbox_size(READER), 0); /* not his own request */
	json_t *page = ok(BUREAU, "case.inbox", json_pack("{s:i}", "limit", 1));
	const json_t *first = json_array_get(json_object_get(page, "items"), 0);
	assert_string_equal(text(first, "number"), text(late, "number"));
	json_t *second = ok(BUREAU, "case.inbox", json_pack("{s:i,s:s}", "limit", 1, "after", text(page, "next")));
	assert_string_equal(text(json_array_get(json_object_get(second, "items"), 0), "number"), text(fresh, "number"));
	assert_true(json_is_null(json_object_get(second, "next")));
	json_decref(page);
	json_decref(second);
	refused(BUREAU, "case.inbox", ERR_INVALID, json_pack("{s:s}", "after", "x"));
	now = at("2026-11-26 09:00");
	json_t *counts = ok(BUREAU, "case.inbox_counts", json_object());
	assert_int_equal(number(counts, "red"), 1);
	json_decref(counts);
	/* lists: late, by state, by text, by resource */
	static const struct {
		const char *key, *value;
		size_t size;
	} filters[] = {{"late", NULL, 1}, {"state", "amend", 1}, {"state", "check", 2},
	               {"q", "资源3", 1}, {"q", "gx-", 3},       {"q", "%", 0}};
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		json_t *inputs = json_object();
		json_object_set_new(inputs, filters[i].key, filters[i].value ? json_string(filters[i].value) : json_true());
		page = ok(BUREAU, "case.list", inputs);
		if (json_array_size(json_object_get(page, "items")) != filters[i].size)
			flunk("%s %s: %zu\n", filters[i].key, filters[i].value, json_array_size(json_object_get(page, "items")));
		json_decref(page);
	}
	page = ok(OFFICER, "case.list", json_pack("{s:I}", "resource", (json_int_t)resources[UNMOUNTED]));
	assert_int_equal(json_array_size(json_object_get(page, "items")), 1);
	json_decref(page);
	json_decref(late);
	json_decref(fresh);
	json_decref(straight);
}

/* --- rehearsal, packs ------------------------------------------------------------------------------------------------ */
static json_int_t light(const json_t *answer, const char *side, const char *name) {
	return number(json_object_get(answer, side), name);
}

/* A check that took from Monday to Thursday: late by two working days, in time by five, or when Tuesday had been a holiday. */
static void rehearsal(void **state) {
	now = at("2026-11-23 10:00");
	json_t *one = ask(CONDITIONAL, "masked");
	now = at("2026-11-26 10:00");
	act(&one, BUREAU, "accept", "", NULL);
	json_t *list = ok(BUREAU, "process.list", json_object());
	json_t *process = json_deep_copy(json_object_get(share_request_in(list), "document"));
	json_decref(list);
	json_object_set_new(json_array_get(json_object_get(process, "states"), 0), "limit", json_pack("{s:i}", "work_days", 5));
	json_t *seen = ok(BUREAU, "process.rehearse", json_pack("{s:s,s:o}", "name", "share_request", "document", process));
	assert_int_equal(number(seen, "cases"), 1);
	assert_int_equal(number(seen, "steps"), 2);
	assert_int_equal(light(seen, "before", "red"), 1);
	assert_int_equal(light(seen, "after", "red"), 0);
	const json_t *change = json_array_get(json_object_get(seen, "changes"), 0);
	assert_string_equal(text(change, "due_before"), "2026-11-25T17:30:00+08:00");
	assert_string_equal(text(change, "due_after"), "2026-11-30T17:30:00+08:00");
	json_decref(seen);
	seen = ok(BUREAU, "process.rehearse",
	          json_pack("{s:s,s:i,s:o}", "name", "share_request", "year", 2026, "days", days_2026()));
	assert_int_equal(light(seen, "after", "red"), 0);
	assert_int_equal(light(seen, "after", "amber"), 0); /* due Thursday 17:30, reminded from 13:30 */
	json_decref(seen);
	refused(BUREAU, "process.rehearse", ERR_NOT_FOUND, json_pack("{s:s}", "name", "other"));
	seen = look(BUREAU, one);
	assert_string_equal(text(seen, "due_at"), "2026-12-10T17:30:00+08:00"); /* nothing was published */
	json_decref(seen);
	json_decref(one);
}

static void put_file(const char *folder, const char *name, const char *content) {
	char path[200];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

#define STATES "states:\n- {name: a, title: 甲, title_en: A, turn: bureau}\n- {name: z, title: 终, title_en: Z, outcome: done}\n"
#define HEAD "process: little\ntitle: 小\ntitle_en: Little\nnumber: XX\nstart: [{to: a}]\n" STATES "actions:\n"
#define GOOD "- {name: end, title: 办结, title_en: End, from: [a], by: [bureau], to: z}\n"

/* Wrong processes and calendars: the message names file and line, and nothing is loaded. */
static void packs(void **state) {
	static const struct {
		const char *process, *calendar, *expected;
	} bad[] = {
	    {HEAD "- {name: end, title: 办结, title_en: End, from: [a], by: [bureau], to: nowhere}\n", NULL,
	     "little/p.yaml:10: actions[0].to"},
	    {HEAD "- {name: end, title: 办结, title_en: End, from: [a], by: [mayor], to: z}\n", NULL,
	     "little/p.yaml:10: actions[0].by[0]"},
	    {HEAD GOOD "- {name: pause, title: 停, title_en: Stop, from: [a], by: [bureau], clock: pause}\n", NULL,
	     "little/p.yaml:11"},
	    {HEAD GOOD "- {name: x, title: 甲, title_en: X, from: [a], by: [bureau], effect: make.coffee}\n", NULL,
	     "no such effect"},
	    {HEAD GOOD "- {name: x, title: 甲, title_en: X, from: [a], by: [bureau], when: 'mounted and ('}\n", NULL,
	     "actions[1].when"},
	    {HEAD GOOD "- {name: end, title: 甲, title_en: X, from: [a], by: [bureau]}\n", NULL, "the name is there twice"},
	    {HEAD "- {name: x, title: 甲, title_en: X, from: [a], by: [bureau]}\n", NULL, "no action leads out"},
	    {HEAD GOOD "surprise: 1\n", NULL, "surprise"},
	    {HEAD GOOD "form: share_grant\n", NULL, "there is no such form"},
	    {HEAD GOOD "- {name: x, title: 甲, title_en: X, from: [a], by: [engine], to: z}\n", NULL, "name their event"},
	    {HEAD GOOD "- {name: x, title: 甲, title_en: X, from: [a], by: [bureau], on: loaded}\n", NULL, "name their event"},
	    {HEAD GOOD "- {name: x, title: 甲, title_en: X, from: [a], by: [engine, bureau], on: loaded}\n", NULL, "nobody else"},
	    {HEAD GOOD "- {name: x, title: 甲, title_en: X, from: [a], by: [engine], on: rained}\n", NULL, "actions[1].on"},
	    {HEAD GOOD "- {name: x, title: 甲, title_en: X, from: [a], by: [engine], on: loaded, check: weather}\n", NULL,
	     "actions[1].check"},
	    {HEAD GOOD "- {name: x, title: 甲, title_en: X, from: [a], by: [bureau], to: [{to: z}, {to: a}]}\n", NULL,
	     "actions[1].to[0].when"},
	    {HEAD "- {name: x, title: 甲, title_en: X, from: [a], by: [engine], to: z, on: overdue}\n", NULL,
	     "no action leads out"},
	    {HEAD GOOD, "date,kind,occasion\n2026-01-01,holiday,元旦\n2026-02-30,holiday,x\n", "little/c.csv:3"},
	    {HEAD GOOD, "2026-01-01,party,元旦\n", "little/c.csv:1"},
	};
	char folder[64] = "/tmp/yiwang-pack-XXXXXX";
	assert_non_null(mkdtemp(folder));
	put_file(folder, "pack.yaml",
	         "pack: little\nversion: 1\ntitle: 小\ntitle_en: Little\nprocesses: [p.yaml]\ncalendars: [c.csv]\n");
	for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
		bool good = i == sizeof bad / sizeof *bad;
		Request *rq = request_begin(app, "test");
		Buf report = {0};
		put_file(folder, "p.yaml", good ? HEAD GOOD : bad[i].process);
		put_file(folder, "c.csv", !good && bad[i].calendar ? bad[i].calendar : "# days\n2031-01-01,holiday,元旦\n");
		int code = pack_load(rq, folder, false, &report);
		if (good != (code >= 0) || (!good && !strstr(rq->error->message, bad[i].expected)))
			flunk("%zu: %d %s\n", i, code, rq->error->message);
		int64_t versions = 0;
		db_int(rq->db, &versions, "SELECT count(*) FROM process WHERE name = 'little'", NO_BIND);
		assert_int_equal(versions, good);
		buf_free(&report);
		request_end(rq);
	}
	folder_remove(folder);
}

static void sms_numbers_and_lengths(void **state) {
	(void)state;
	static const struct {
		const char *given, *normal;
	} numbers[] = {{"13800000000", "13800000000"},
	               {"+86 138-0000-0000", "13800000000"},
	               {"008613800000000", "13800000000"},
	               {"8613800000000", "13800000000"},
	               {"12800000000", NULL},
	               {"+13800000000", NULL},
	               {"1380000000", NULL},
	               {"138000000000", NULL},
	               {"1380000000a", NULL},
	               {"", NULL},
	               {"+", NULL},
	               {"86", NULL},
	               {"00861380000000000000000000", NULL},
	               {"\xef\xbc\x91"
	                "3800000000",
	                NULL}};
	Request *rq = request_begin(app, "test");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		const char *normal = mobile_normal(rq, text_of(numbers[i].given));
		if (!normal || !numbers[i].normal ? normal != numbers[i].normal : strcmp(normal, numbers[i].normal) != 0)
			flunk("%s: %s\n", numbers[i].given, normal ? normal : "none");
	}
	/* of "一" and of a character beyond the first plane, which is two units */
	static const struct {
		int plain, wide, segments;
	} lengths[] = {{0, 0, 1},  {70, 0, 1}, {71, 0, 2},  {134, 0, 2}, {135, 0, 3},
	               {0, 35, 1}, {0, 36, 2}, {335, 0, 5}, {336, 0, 5}, {0, 400, 5}};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		char text[2048] = "";
		for (int n = 0; n < lengths[i].plain; n++)
			strcat(text, "一");
		for (int n = 0; n < lengths[i].wide; n++)
			strcat(text, "𠮷");
		const char *cut = sms_text(rq, text);
		assert_int_equal(sms_segments(cut), lengths[i].segments);
		assert_int_equal(cut != text, lengths[i].plain + 2 * lengths[i].wide > SMS_UNITS_MAX);
	}
	request_end(rq);
}

/* What was sent before each number was a delivery of its own is still there after the migration, with its attempts. */
static int old_deliveries(Db *db, void *arg) {
	assert_int_equal(
	    db_run(db,
	           "INSERT INTO case_delivery (case_id, notice_no, channel, target, body, state, attempts, next_us)"
	           " VALUES (7, 3, 'mail', 'a@b.cn,c@b.cn', '正文', 'sent', 2, 5), (7, 3, 'webhook', 'http://x', '{}',"
	           " 'waiting', 1, 9), (8, 1, 'webhook', 'http://x', '{}', 'waiting', 0, 4)",
	           NO_BIND),
	    3);
	assert_int_equal(db_run(db,
	                        "INSERT INTO case_attempt (case_id, notice_no, channel, attempt_no, at_us, sent, detail) VALUES"
	                        " (7, 3, 'mail', 1, 10, 0, 'SMTP 451'), (7, 3, 'mail', 2, 20, 1, 'SMTP 250'),"
	                        " (7, 3, 'webhook', 1, 15, 0, 'HTTP 500')",
	                        NO_BIND),
	                 3);
	return 0;
}

static int64_t counted(Db *db, const char *sql) {
	int64_t count = -1;
	assert_true(db_int(db, &count, sql, NO_BIND) >= 0);
	return count;
}

static void old_store(StoreEngine engine) {
	TestStore old;
	Error why = {0};
	store_for_test(&old, engine, casework_migrations, 3);
	assert_string_equal(casework_migrations[3].name, "casework-4-sms");
	assert_int_equal(store_write(old.store, old_deliveries, NULL, false, &why), 0);
	if (store_migrate(old.store, casework_migrations, 4, &why) < 0) flunk("%s\n", why.message);
	Db *db = store_reader(old.store, &why);
	assert_non_null(db);
	assert_int_equal(counted(db, "SELECT count(*) FROM case_delivery"), 3);
	assert_int_equal(
	    counted(db, "SELECT count(*) FROM case_delivery WHERE case_id = 7 AND notice_no = 3 AND channel = 'mail' AND"
	                " target = 'a@b.cn,c@b.cn' AND body = '正文' AND state = 'sent' AND attempts = 2 AND next_us = 5"),
	    1);
	assert_int_equal(counted(db, "SELECT min(case_id) FROM case_delivery WHERE state = 'waiting' AND next_us <= 4"), 8);
	assert_int_equal(
	    counted(db, "SELECT count(*) FROM case_attempt a JOIN case_delivery d ON d.case_id = a.case_id AND d.notice_no"
	                " = a.notice_no AND d.channel = a.channel AND d.target = a.target WHERE a.reference = '' AND"
	                " a.gateway_id = ''"),
	    3);
	assert_int_equal(
	    counted(db, "SELECT count(*) FROM case_attempt WHERE channel = 'mail' AND attempt_no = 2 AND at_us = 20 AND sent"
	                " = 1 AND detail = 'SMTP 250'"),
	    1);
	store_release(db);
	store_test_end(&old);
}

static void old_deliveries_sqlite(void **state) {
	old_store(STORE_SQLITE);
}
static void old_deliveries_postgres(void **state) {
	old_store(STORE_POSTGRES);
}

static void sms_receipts_go(void **state) {
	(void)state;
	now = clock_now_us();
	const int64_t day = INT64_C(86400000000);
	run_sql_with("INSERT INTO sms_receipt (message_id, state, status, at_us) VALUES ('old', 'delivered', '1', $1)",
	             now - 401 * day);
	run_sql_with("INSERT INTO sms_receipt (message_id, state, status, at_us) VALUES ('new', 'delivered', '1', $1)",
	             now - 399 * day);
	assert_int_equal(chores_run(app, "casework.sms_receipts"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM sms_receipt"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM sms_receipt WHERE message_id = 'new'"), 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(whole_way),
	                                   BOTH(sensitive_and_part),
	                                   BOTH(rows_in_part),
	                                   BOTH(refuse_and_amend),
	                                   BOTH(asking),
	                                   BOTH(not_at_once),
	                                   BOTH(pauses),
	                                   BOTH(calendar_late),
	                                   BOTH(two_at_once),
	                                   BOTH(process_versions),
	                                   BOTH(inbox),
	                                   BOTH(rehearsal),
	                                   BOTH(packs),
	                                   BOTH(sms_numbers_and_lengths),
	                                   BOTH(sms_receipts_go),
	                                   cmocka_unit_test(old_deliveries_sqlite),
	                                   cmocka_unit_test(old_deliveries_postgres)};
	return cmocka_run_group_tests_name("casework", tests, NULL, NULL);
}
