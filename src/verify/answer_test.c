/* What an officer's answer may be, on both engines: values of each kind as a load would store them, what is refused and how it is
 * named, what was changed since he looked. Every answer is taken back, so that the next is of the same task. */
#include "core/app_testing.h"
#include "notice/notice.h"
#include "verify/internal.h"

static int of_findings(Request *rq, void *arg) {
	return fail(rq, ERR_INTERNAL, "findings are of a room above");
}
static const Action above[] = {{"finding.gone", of_findings},
                               {"finding.stays", of_findings},
                               {"order.judge", of_findings},
                               {"order.passes", of_findings},
                               {"order.fails", of_findings}};
static const Module above_module = {.name = "above", ROWS_OF(action, above)};
static const Module *const modules[] = {&core_module,     &evidence_module,      &people_module,  &notice_module,
                                        &place_module,    &place_address_module, &catalog_module, &record_module,
                                        &casework_module, &event_module,         &verify_module,  &above_module};
static int64_t supplier, centre, dispatcher, officer, resource_id, record, task;

#define FIELD(name, title, kind, more) "{\"name\":\"" name "\",\"title\":\"" title "\",\"kind\":\"" kind "\"" more "}"
static const char document_text[] =
    "{\"code\":\"301001001/000077\",\"name\":\"商户\",\"summary\":\"演示数据\",\"keywords\":[\"商户\"],\"formats\":[\"csv\"],"
    "\"sharing\":\"conditional\",\"sharing_condition\":\"按需审批使用\",\"sharing_ways\":[\"api\"],\"opening\":\"closed\","
    "\"update_promise\":\"daily\",\"retention_months\":120,\"fields\":[" FIELD("no", "编号", "text", ",\"length\":20,\"grade\":1,\"key\":true") "," FIELD("title", "名称", "text", ",\"length\":10,\"grade\":1") "," FIELD("tables", "餐桌数", "integer", ",\"min\":0,\"max\":500,\"grade\":1") "," FIELD("rent", "租金", "decimal", ",\"scale\":2,\"min\":0,\"max\":99999.5,\"grade\":1") "," FIELD("area",
                                                                                                                                                                                                                                                                                                                                                                                                     "面积", "double", ",\"grade\":1") "," FIELD("opened",
                                                                                                                                                                                                                                                                                                                                                                                                                                                 "开业日期",
                                                                                                                                                                                                                                                                                                                                                                                                                                                 "date", ",\"grade\":1") "," FIELD("seen", "检查时间", "time", ",\"grade\":1") "," FIELD("licensed",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "是否持证",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "boolean", ",\"grade\":1") "," FIELD("trade",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              "行业门类",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              "code", ",\"code_set\":\"industry_section\",\"grade\":1") "," FIELD("phone", "电话", "text", ",\"length\":20,\"check\":\"mobile\",\"grade\":3,\"mask\":\"phone\"") "," FIELD("card",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           "身份证号", "text", ",\"length\":18,\"check\":\"gb11643\",\"grade\":4,\"mask\":\"id\"") "," FIELD("lon",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             "经度", "double", ",\"check\":\"longitude\",\"grade\":1") "," FIELD("lat", "纬度", "double",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 ",\"check\":\"latitude\",\"grade\":1") "],\"rules\":[]}";
enum { FIELDS = 13 };
static const char *const stored_row[FIELDS] = {
    "S1",          "老王面馆",           "12",     "1200.50", "86.5", "2020-02-29", "2026-11-01 08:30:00", "是", "H",
    "13900000001", "11010519491231002X", "120.28", "31.91"};
static const char *const in_doubt[] = {"title",    "tables", "rent",  "area", "opened", "seen",
                                       "licensed", "trade",  "phone", "card", "lon"};
enum { IN_DOUBT = sizeof in_doubt / sizeof *in_doubt };

/* --- the scene -------------------------------------------------------------------------------------------------------------- */
static int scene_write(Request *rq, void *arg) {
	int code = org_create(rq, "MARKET", "市场监管局", "Market", 0, &supplier);
	if (code == 0) code = org_create(rq, "CENTRE", "指挥中心", "Centre", 0, &centre);
	if (code == 0) code = account_create(rq, "dispatcher", "派遣员", centre, "dispatcher", NULL, false, &dispatcher);
	if (code == 0) code = account_create(rq, "grid", "网格员", centre, "grid_officer", NULL, false, &officer);
	json_t *document = json_loads(document_text, 0, NULL);
	assert_non_null(document);
	if (code == 0) code = resource_publish_document(rq, supplier, document, &resource_id);
	json_decref(document);
	return code;
}

static const Resource *resource_now(Request *rq) {
	const Resource *resource;
	request_generation_check(rq);
	if (resource_find(rq, resource_id, &resource) < 0) flunk("%s\n", rq->error->message);
	return resource;
}

typedef struct Batch {
	const Resource *resource;
	Accepted row;
	int64_t job_id;
} Batch;
static int load_write(Request *rq, void *arg) {
	Batch *batch = arg;
	Upsert out;
	return record_upsert_chunk(rq, batch->resource, batch->job_id, &batch->row, 1, NULL, &out);
}
static void load(void) {
	Request *rq = request_begin(app, "test");
	Acceptor *acceptor;
	Text texts[FIELDS];
	Batch batch = {.resource = resource_now(rq), .job_id = store_new_id(rq->store), .row.row_no = 1};
	for (int i = 0; i < FIELDS; i++)
		texts[i] = text_of(stored_row[i]);
	if (acceptor_new(rq, batch.resource, &acceptor) < 0) flunk("%s\n", rq->error->message);
	accept_row(acceptor, texts, rq->arena, &batch.row);
	if (batch.row.reason_count) flunk("%s: %s\n", batch.row.reasons[0].field, batch.row.reasons[0].message);
	int code = record_upsert_begin(rq, batch.resource, batch.job_id);
	if (code == 0) code = request_write(rq, load_write, &batch);
	if (code == 0) code = record_upsert_end(rq, batch.resource, batch.job_id);
	if (code < 0) flunk("%s\n", rq->error->message);
	record = batch.row.record_id;
	request_end(rq);
}

static int send_write(Request *rq, void *arg) {
	json_t *records = json_pack("[{s:s, s:[], s:s}]", "record_id", arena_printf(rq->arena, "%lld", (long long)record),
	                            "fields", "reason", "与现场不符");
	for (int i = 0; i < IN_DOUBT; i++)
		json_array_append_new(json_object_get(json_array_get(records, 0), "fields"), json_string(in_doubt[i]));
	rq->party = (Party){.kind = PARTY_PERSON, .account_id = 77, .org_id = supplier, .permits = PERMIT_BIT(PERMIT_LOAD)};
	int code = verification_send(rq, resource_id, records, TEXT_NONE, TEXT_NONE);
	json_decref(records);
	if (code == 0) code = db_int(rq->db, &task, "SELECT case_id FROM verification", NO_BIND);
	if (code <= 0) return code < 0 ? code : fail(rq, ERR_INTERNAL, "not sent");
	json_t *form = json_pack("{s:s}", "field_account", arena_printf(rq->arena, "%lld", (long long)officer));
	rq->party = (Party){
	    .kind = PARTY_PERSON, .account_id = dispatcher, .org_id = centre, .permits = PERMIT_BIT(PERMIT_EVENT_DISPATCH)};
	code = case_do(rq, task, 0, "assign", "", form);
	json_decref(form);
	return code;
}

static int setup(StoreEngine engine) {
	Buf report = {0};
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	Request *rq = request_begin(app, "test");
	if (pack_load(rq, "packs/base", false, &report) < 0 || request_write(rq, scene_write, NULL) < 0)
		flunk("%s: %s %s\n", rq->error->field, rq->error->message, report.at ? report.at : "");
	request_end(rq);
	buf_free(&report);
	load();
	rq = request_begin(app, "test");
	request_generation_check(rq);
	if (request_write(rq, send_write, NULL) < 0) flunk("%s: %s\n", rq->error->field, rq->error->message);
	request_end(rq);
	return 0;
}

/* --- answering -------------------------------------------------------------------------------------------------------------- */
typedef struct Answered {
	const char *field; /* in */
	json_t *answers;   /* in: all of them; NULL: right of all but field, of which it is `item` */
	json_t *item;
	int code; /* out */
	Error error;
	char value[600], old[600], kind[20], raw[1000];
	bool marked; /* the mark that the value would have is kept */
} Answered;

static json_t *right_of(Request *rq, const char *name) {
	const Resource *resource = resource_now(rq);
	RecordMark mark;
	if (record_mark(rq, resource, record, resource_field(resource, text_of(name)), &mark) < 0)
		flunk("%s\n", rq->error->message);
	return json_pack("{s:s, s:s, s:s}", "field", name, "answer", "right", "mark", mark.value);
}

/* Answers, looks at what is kept, and takes it back. */
static int answer_write(Request *rq, void *arg) {
	Answered *one = arg;
	const Route *route = NULL;
	for (int i = 0; i < VERIFY_ROUTES; i++)
		if (strcmp(verify_routes[i].action, "verification.answer") == 0) route = &verify_routes[i];
	assert_non_null(route);
	InputValue *values = ARENA_ARRAY(rq->arena, InputValue, 10);
	for (int i = 0; route->inputs[i].name; i++) {
		if (strcmp(route->inputs[i].name, "id") == 0) values[i] = (InputValue){.given = true, .i = task};
		if (strcmp(route->inputs[i].name, "answers") == 0) values[i] = (InputValue){.given = true, .j = one->answers};
	}
	rq->party =
	    (Party){.kind = PARTY_PERSON, .account_id = officer, .org_id = centre, .permits = PERMIT_BIT(PERMIT_EVENT_REPORT)};
	rq->route = route;
	rq->inputs = values;
	one->code = route->handler(rq);
	one->error = *rq->error;
	Rows *rows;
	if (one->code == 0 && one->field) {
		assert_int_equal(
		    db_one(rq->db, &rows,
		           "SELECT value, old, answer, value_mark FROM verification_field WHERE case_id = $1 AND field = $2",
		           BIND(val_int(task), val_str(one->field))),
		    1);
		const char *value = rows_str(rows, 0, rq->arena), *old = rows_str(rows, 1, rq->arena);
		snprintf(one->kind, sizeof one->kind, "%s", rows_str(rows, 2, rq->arena));
		one->marked = rows_text(rows, 3).len > 0;
		snprintf(one->raw, sizeof one->raw, "%s|%s", value, old);
		snprintf(one->value, sizeof one->value, "%s", value_open(rq, value));
		snprintf(one->old, sizeof one->old, "%s", value_open(rq, old));
	}
	return ERR_GONE;
}

/* Takes item: of the field; its mark is added unless it has one. */
static Answered answers_with(const char *field, json_t *item) {
	Answered one = {.field = field, .answers = json_array()};
	Request *rq = request_begin(app, "test");
	for (int i = 0; i < IN_DOUBT; i++) {
		json_t *right = right_of(rq, in_doubt[i]);
		if (strcmp(in_doubt[i], field) == 0) json_object_update(right, item);
		json_array_append_new(one.answers, right);
	}
	assert_int_equal(request_write(rq, answer_write, &one), ERR_GONE);
	request_end(rq);
	json_decref(one.answers);
	json_decref(item);
	return one;
}

static Answered wrong(const char *field, const char *value) {
	return answers_with(field, json_pack("{s:s, s:s}", "answer", "wrong", "value", value));
}

static void is_refused(Answered one, int code, const char *field, const char *rule, const char *value) {
	if (one.code != code || strcmp(one.error.field, field) != 0 || strcmp(one.error.rule, rule) != 0 ||
	    strcmp(one.error.value, value) != 0 || !*one.error.message || !*one.error.advice)
		flunk("%s: %d \"%s\" %s \"%s\": %s; not %d %s \"%s\"\n", field, one.code, one.error.field, one.error.rule,
		      one.error.value, one.error.message, code, rule, value);
}

/* --- tests ------------------------------------------------------------------------------------------------------------------ */
static void test_values(void **state) {
	static const struct {
		const char *field, *said, *kept;
	} good[] = {
	    {"title", "老王拉面", "老王拉面"},
	    {"title", "  老王 拉面 ", "老王 拉面"},
	    {"title", "１２号面馆", "12号面馆"}, /* as keyboards of phones write it, and as a load stores it */
	    {"title", "一二三四五六七八九十", "一二三四五六七八九十"},
	    {"tables", "0", "0"},
	    {"tables", "500", "500"},
	    {"tables", "１３", "13"},
	    {"rent", "0", "0.00"},
	    {"rent", "1300", "1300.00"},
	    {"rent", "99999.50", "99999.50"},
	    {"rent", "1300.5000", "1300.50"},
	    {"area", "-0.5", "-0.5"},
	    {"area", "1e3", "1000"},
	    {"opened", "2024-02-29", "2024-02-29"},
	    {"opened", "2024/2/29", "2024-02-29"},
	    {"opened", "20240229", "2024-02-29"},
	    {"opened", "2024年2月29日", "2024-02-29"},
	    {"seen", "2026-11-02 08:30", "2026-11-02T08:30:00+08:00"},
	    {"seen", "2026-11-02T00:30:00Z", "2026-11-02T08:30:00+08:00"},
	    {"licensed", "否", "false"},
	    {"licensed", "N", "false"},
	    {"trade", "F", "F"},
	    {"trade", "Ｆ", "F"},
	    {"phone", "13900000002", "13900000002"},
	    {"card", "440524188001010014", "440524188001010014"},
	    {"lon", "-180", "-180"},
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		Answered one = wrong(good[i].field, good[i].said);
		if (one.code != 0 || strcmp(one.value, good[i].kept) != 0 || !one.marked)
			flunk("%s \"%s\": %d \"%s\" %s\n", good[i].field, good[i].said, one.code, one.value, one.error.message);
		assert_string_equal(one.kind, "wrong");
	}
	Answered one = wrong("title", "老王拉面");
	assert_string_equal(one.old, "老王面馆");
	assert_null(strstr(one.raw, "老王")); /* locked */
}

static void test_bad_values(void **state) {
	char lengthy[502];
	memset(lengthy, 'x', sizeof lengthy - 1);
	lengthy[sizeof lengthy - 1] = '\0';
	static const struct {
		const char *field, *said, *rule, *shown;
	} bad[] = {
	    {"title", "一二三四五六七八九十一", "length", "一二三四五六七八九十一"},
	    {"tables", "x", "type", "x"},
	    {"tables", "1.5", "type", "1.5"},
	    {"tables", "1,000", "type", "1,000"},
	    {"tables", "501", "range", "501"},
	    {"tables", "-1", "range", "-1"},
	    {"rent", "1.234", "type", "1.234"},
	    {"rent", "99999.51", "range", "99999.51"},
	    {"area", "nan", "type", "nan"},
	    {"area", "1e999", "type", "1e999"},
	    {"opened", "2023-02-29", "type", "2023-02-29"},
	    {"opened", "2024-02-30", "type", "2024-02-30"},
	    {"opened", "昨天", "type", "昨天"},
	    {"opened", "2024-02-29 08:00", "type", "2024-02-29 08:00"},
	    {"seen", "2026-11-02 24:00", "type", "2026-11-02 24:00"},
	    {"licensed", "也许", "type", "也许"},
	    {"trade", "ZZ", "code_set", "ZZ"},
	    {"trade", "制造业", "code_set", "制造业"},
	    {"lon", "180.5", "longitude", "180.5"},
	    /* what is sensitive is not said again */
	    {"phone", "1390000000", "mobile", ""},
	    {"phone", "电话", "mobile", ""},
	    {"card", "440524188001010015", "gb11643", ""},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char where[40];
		snprintf(where, sizeof where, "answers.%s", bad[i].field);
		is_refused(wrong(bad[i].field, bad[i].said), ERR_INVALID, where, bad[i].rule, bad[i].shown);
	}
	is_refused(wrong("title", lengthy), ERR_INVALID, "answers.title", "length", "");
}

/* What is recorded, written in another way, is not wrong. */
static void test_same(void **state) {
	static const char *const same[][2] = {{"title", " 老王面馆 "},
	                                      {"tables", "012"},
	                                      {"rent", "1200.5"},
	                                      {"area", "8.65e1"},
	                                      {"opened", "2020年2月29日"},
	                                      {"seen", "2026-11-01T00:30:00Z"},
	                                      {"licensed", "true"},
	                                      {"trade", "H"},
	                                      {"phone", "１３９０００００００１"},
	                                      {"card", "11010519491231002x"}};
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		char where[40];
		snprintf(where, sizeof where, "answers.%s", same[i][0]);
		is_refused(wrong(same[i][0], same[i][1]), ERR_INVALID, where, "same", "");
	}
}

static void test_kinds(void **state) {
	/* wrong, and what it is was not found out */
	static const char *const nothing[] = {"", "  ", "　"};
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
		Answered one = wrong("title", nothing[i]);
		assert_int_equal(one.code, 0);
		assert_string_equal(one.value, "");
		assert_false(one.marked);
		assert_string_equal(one.old, "老王面馆");
	}
	Answered one = answers_with("title", json_pack("{s:s}", "answer", "wrong"));
	assert_int_equal(one.code, 0);
	/* a value of another answer is not looked at */
	one = answers_with("tables", json_pack("{s:s, s:s}", "answer", "unknown", "value", "x"));
	assert_int_equal(one.code, 0);
	assert_string_equal(one.kind, "unknown");
	assert_string_equal(one.value, "");
	is_refused(answers_with("title", json_pack("{s:s}", "answer", "maybe")), ERR_INVALID, "answers.title", "choice", "maybe");
	is_refused(answers_with("title", json_pack("{s:b}", "answer", 1)), ERR_INVALID, "answers.title", "choice", "");
	is_refused(answers_with("title", json_pack("{s:s}", "field", "another")), ERR_INVALID, "answers.title", "choice", "");
	/* not as he saw it */
	is_refused(answers_with("title", json_pack("{s:s}", "mark", "0123456789abcdef")), ERR_CONFLICT, "answers.title",
	           "changed", "");
	is_refused(answers_with("title", json_pack("{s:n}", "mark")), ERR_CONFLICT, "answers.title", "changed", "");
	is_refused(answers_with("title", json_pack("{s:s}", "answer", "gone")), ERR_INVALID, "answers", "gone", "");
}

static Answered answers(json_t *list) {
	Answered one = {.answers = list};
	Request *rq = request_begin(app, "test");
	request_generation_check(rq);
	assert_int_equal(request_write(rq, answer_write, &one), ERR_GONE);
	request_end(rq);
	json_decref(list);
	return one;
}

static void test_lists(void **state) {
	json_t *gone = json_array(), *many = json_array();
	Request *rq = request_begin(app, "test");
	for (int i = 0; i < IN_DOUBT; i++) {
		json_t *one = right_of(rq, in_doubt[i]);
		json_object_set_new(one, "answer", json_string("gone"));
		json_array_append_new(gone, one);
	}
	request_end(rq);
	for (int i = 0; i < VERIFY_FIELDS_MAX + 1; i++)
		json_array_append_new(many, json_object());
	assert_int_equal(answers(gone).code, 0);
	is_refused(answers(many), ERR_INVALID, "answers", "list", "");
	is_refused(answers(json_object()), ERR_INVALID, "answers", "list", "");
	is_refused(answers(json_string("right")), ERR_INVALID, "answers", "list", "");
	is_refused(answers(json_array()), ERR_INVALID, "answers.title", "choice", "");
	is_refused(answers(json_pack("[i,n,[]]", 1)), ERR_INVALID, "answers.title", "choice", "");
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_bad_values),
	                                   cmocka_unit_test(test_same), cmocka_unit_test(test_kinds),
	                                   cmocka_unit_test(test_lists)};
	/* one city an engine: it takes longer to make than all tests */
	return cmocka_run_group_tests_name("SQLite", tests, setup_sqlite, teardown) +
	       cmocka_run_group_tests_name("PostgreSQL", tests, setup_postgres, teardown);
}
