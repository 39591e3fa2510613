/* Tests of what a grant lets out on both engines: fields, masks, row filter, quota, personal keys. */
#include "record/record_testing.h"

static int64_t service_id;

static int service_run(Request *rq, void *arg) {
	return account_create(rq, "svc-test", "测试系统", org_id, "service", "", false, &service_id);
}

static Party service(int64_t account_id) {
	return (Party){
	    .kind = PARTY_SERVICE, .account_id = account_id, .org_id = org_id + 9, .permits = PERMIT_BIT(PERMIT_DATA_READ)};
}

static int handler_run(Request *w, void *arg) {
	return w->route->handler(w);
}

/* Through people's own handler, as the supplier's officer would. The grant's id, or 0 with *error. */
static int64_t grant(const char *fields, const char *filter, bool clear_sensitive, int quota, Error *error) {
	Request *rq = request_begin(app, "test");
	request_generation_check(rq);
	json_t *inputs = json_pack("{s:I,s:I,s:o,s:[s],s:s,s:i,s:I,s:i}", "resource_id", (json_int_t)resource_id, "account_id",
	                           (json_int_t)service_id, "fields", json_loads(fields, 0, NULL), "ways", "api", "purpose",
	                           "核验居民身份用于演示办理业务", "clear_sensitive", (int)clear_sensitive, "until",
	                           (json_int_t)(rq->now_us + INT64_C(86400000000)), "quota_day", quota);
	if (filter) json_object_set_new(inputs, "filter", json_loads(filter, 0, NULL));
	rq->party = officer();
	rq->party.permits |= PERMIT_BIT(PERMIT_GRANT);
	rq->route = route_of(&people_module, "grant.create");
	rq->inputs = inputs_of(rq, rq->route, inputs);
	int code = request_write(rq, handler_run, NULL);
	int64_t id = code < 0 ? 0 : rq->about_subject;
	*error = *rq->error;
	json_decref(inputs);
	request_end(rq);
	return id;
}

static int revoke_run(Request *w, void *arg) {
	int64_t done =
	    db_run(w->db, "UPDATE access_grant SET revoked_at = 1 WHERE grant_id = $1", BIND(val_int(*(int64_t *)arg)));
	return done < 0 ? (int)done : generation_bump(w->db);
}

static void test_access(void **state) {
	Error error;
	load_rows(1, first_rows, 5);
	Request *rq = request_begin(app, "test");
	assert_int_equal(request_write(rq, service_run, NULL), 0);
	request_end(rq);
	refused(by_key(service(service_id), "number=A1"), ERR_FORBIDDEN, "no_grant");
	assert_int_equal(grant("[{\"name\":\"number\",\"mode\":\"clear\"}]", "{\"village\":1}", false, 9, &error), 0);
	assert_string_equal(error.field, "filter");
	assert_int_equal(grant("[{\"name\":\"number\",\"mode\":\"clear\"}]", "{\"born\":\"soon\"}", false, 9, &error), 0);
	int64_t id = grant("[{\"name\":\"number\",\"mode\":\"clear\"},{\"name\":\"person\",\"mode\":\"clear\"},"
	                   "{\"name\":\"phone\",\"mode\":\"masked\"},{\"name\":\"town\",\"mode\":\"masked\"}]",
	                   "{\"town.in\":[\"澄江街道\",\"璜土镇\"],\"number.ne\":\"A4\"}", true, 4, &error);
	assert_true(id > 0);
	Call call = by_key(service(service_id), "number=A1"); /* 1 of 4 */
	assert_int_equal(call.code, 0);
	assert_string_equal(text_at(call.answer, "person"), "张三");
	assert_string_equal(text_at(call.answer, "phone"), "138****5671");
	assert_string_equal(text_at(call.answer, "town"), "***"); /* four characters are too few for the address mask */
	assert_null(json_object_get(call.answer, "income"));
	assert_true(call.sensitive);
	assert_non_null(strstr(call.about, "\"clear\":[\"person\"]"));
	assert_non_null(strstr(call.about, "核验居民身份"));
	json_decref(call.answer);
	refused(by_key(service(service_id), "number=A3"), ERR_NOT_FOUND,
	        "no_record"); /* outside the row filter, like A4 and A9 */
	refused(by_key(service(service_id), "number=A4"), ERR_NOT_FOUND, "no_record");
	refused(list(service(service_id), "town=x", NULL, NULL, 0), ERR_INVALID, "masked_field");
	refused(list(service(service_id), "income=1", NULL, NULL, 0), ERR_INVALID, "unknown_parameter");
	refused(list(service(service_id), "", "town", NULL, 0), ERR_INVALID, "masked_field");
	call = list(service(service_id), "person.like=%E6%9D%8E*", NULL, NULL, 0); /* 2 of 4: a clear L3 field may be searched */
	assert_int_equal(json_array_size(json_object_get(call.answer, "items")), 1);
	assert_null(strstr(call.about, "李")); /* evidence holds names and operators, no values */
	json_decref(call.answer);
	call = list(service(service_id), "number=A1", NULL, NULL, 0); /* 3 of 4 */
	assert_int_equal(call.code, 0);
	json_decref(call.answer);
	call = list(service(service_id), "", NULL, NULL, 0); /* two more do not fit */
	assert_int_equal(call.code, ERR_QUOTA);
	Call schema = {.party = service(service_id), .action = "record.schema", .inputs = json_object()};
	ask(&schema);
	assert_int_equal(json_array_size(json_object_get(schema.answer, "fields")), 4);
	json_decref(schema.answer);
	rq = request_begin(app, "test");
	assert_true(request_write(rq, revoke_run, &id) >= 0);
	request_end(rq);
	call = by_key(service(service_id), "number=A1");
	assert_int_equal(call.code, ERR_GONE);
}

/* The key is a personal number: never in an address; a miss counts too. */
static void test_personal_key(void **state) {
	Error error;
	Request *rq = request_begin(app, "test");
	assert_int_equal(request_write(rq, service_run, NULL), 0);
	request_end(rq);
	key_grade = 3;
	publish("conditional", 1, "");
	key_grade = 1;
	load_rows(1, first_rows, 5);
	assert_true(grant("[{\"name\":\"number\",\"mode\":\"masked\"},{\"name\":\"born\",\"mode\":\"clear\"}]", NULL, false, 2,
	                  &error) > 0);
	refused(by_key(service(service_id), "number=A1"), ERR_INVALID, "personal_key");
	static const struct {
		const char *number;
		int code;
	} rows[] = {{"A1", 0}, {"A9", ERR_NOT_FOUND}, {"A2", ERR_QUOTA}};
	for (size_t i = 0; i < 3; i++) {
		Call call = {.party = service(service_id),
		             .action = "record.lookup",
		             .inputs = json_pack("{s:{s:s}}", "key", "number", rows[i].number)};
		ask(&call);
		assert_int_equal(call.code, rows[i].code);
		if (i == 0) assert_string_equal(text_at(call.answer, "number"), "***");
		assert_non_null(i == 2 ? "" : strstr(call.about, "key_hash"));
		assert_null(strstr(call.about, "A1"));
		json_decref(call.answer);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH(test_access),
	    BOTH(test_personal_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
