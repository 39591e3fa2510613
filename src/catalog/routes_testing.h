/* What tests of the catalogue's routes share: a city of two organisations, its people, and a route called as one of them. */
#ifndef YIWANG_CATALOG_ROUTES_TESTING_H
#define YIWANG_CATALOG_ROUTES_TESTING_H
#include "catalog/catalog_testing.h"
#include "catalog/find.h"

/* --- calling a route ------------------------------------------------------------------------------------------------- */
enum { OFFICER = 11, STRANGER = 13, BUREAU = 14, READER = 15 };
static int64_t orgs[2];

static void become(Request *rq, int account) {
	rq->party.account_id = account;
	rq->party.kind = PARTY_PERSON;
	rq->party.sees_all = account == BUREAU;
	rq->party.org_id = account == STRANGER || account == READER ? orgs[1] : orgs[0];
	rq->party.permits = PERMIT_BIT(PERMIT_CATALOG_READ);
	if (account == BUREAU)
		rq->party.permits |= PERMIT_BIT(PERMIT_CATALOG_REVIEW);
	else if (account != READER)
		rq->party.permits |= PERMIT_BIT(PERMIT_CATALOG_EDIT) | PERMIT_BIT(PERMIT_LOAD) | PERMIT_BIT(PERMIT_GRANT);
	snprintf(rq->party.login, sizeof rq->party.login, "user%d", account);
}

static int run_handler(Request *rq, void *arg) {
	return rq->route->handler(rq);
}

/* inputs: {"id": 1, "q": "…"}; the answer (new reference) or NULL with *code. */
static json_t *call(int account, const char *action, int *code, json_t *inputs) {
	Request *rq = request_begin(app, "test");
	const Route *route = NULL;
	for (int i = 0; i < CATALOG_ROUTES; i++)
		if (strcmp(catalog_routes[i].action, action) == 0) route = &catalog_routes[i];
	assert_non_null(route);
	InputValue *values = ARENA_ARRAY(rq->arena, InputValue, 24);
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
	become(rq, account);
	rq->route = route;
	rq->inputs = values;
	*code = route->lane == LANE_WRITE ? request_write(rq, run_handler, NULL) : route->handler(rq);
	json_t *answer = *code >= 0 ? json_loadb(rq->body.at, rq->body.len, 0, NULL) : NULL;
	if (*code >= 0 && !answer) flunk("%s: not JSON: %.*s\n", action, (int)rq->body.len, rq->body.at);
	for (int i = 0; answer && route->outputs && route->outputs[i].name; i++) /* what the route's row promises is there */
		if (!json_object_get(answer, route->outputs[i].name) && !strstr(route->outputs[i].type, "undefined"))
			flunk("%s: %s is missing\n", action, route->outputs[i].name);
	if (*code < 0) print_message("  (%s: %s)\n", action, rq->error->message);
	request_end(rq);
	json_decref(inputs);
	return answer;
}

static json_t *ok(int account, const char *action, json_t *inputs) {
	int code = 0;
	json_t *answer = call(account, action, &code, inputs);
	if (!answer) flunk("%s: %d\n", action, code);
	return answer;
}

static void refused(int account, const char *action, int expected, json_t *inputs) {
	int code = 0;
	json_t *answer = call(account, action, &code, inputs);
	assert_null(answer);
	assert_int_equal(code, expected);
}

static json_t *document(const char *code, const char *name, const char *keyword) {
	return json_pack("{s:s,s:s,s:s,s:[s],s:[s],s:s,s:[s],s:s,s:s,s:i,s:[{s:s,s:s,s:s,s:i,s:b},{s:s,s:s,s:s,s:i,s:s}]}",
	                 "code", code, "name", name, "summary", "说明", "keywords", keyword, "formats", "csv", "sharing",
	                 "unconditional", "sharing_ways", "api", "opening", "closed", "update_promise", "daily",
	                 "retention_months", 12, "fields", "name", "item_no", "title", "编号", "kind", "text", "grade", 1, "key",
	                 1, "name", "holder", "title", "持证人姓名", "kind", "text", "grade", 3, "mask", "name");
}

static json_int_t number(const json_t *answer, const char *key) {
	return json_integer_value(json_object_get(answer, key));
}

static json_int_t id_of(const json_t *answer) {
	return atoll(json_string_value(json_object_get(answer, "resource_id")));
}

static int make_orgs(Request *rq, void *arg) {
	int code = org_create(rq, "A", "市场监管局", "Market", 0, &orgs[0]);
	return code < 0 ? code : org_create(rq, "B", "公安局", "Police", 0, &orgs[1]);
}

static void begin_orgs(void) {
	Request *rq = request_begin(app, "test");
	if (request_write(rq, make_orgs, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
}

static void size_is(int account, json_t *inputs, size_t expected) {
	json_t *answer = ok(account, "catalog.list", inputs);
	if (json_array_size(json_object_get(answer, "items")) != expected)
		flunk("%zu entries, expected %zu\n", json_array_size(json_object_get(answer, "items")), expected);
	json_decref(answer);
}
#endif
