/* Tests of portal: escaping and addresses (no store), what may be open, the life of an opening, what the public reads, the shelf,
 * files and gates, on both engines. */
#include "core/app_testing.h"
#include "portal/html.h"
#include "portal/query.h"
#include <stdlib.h>
#include <unistd.h>

/* --- without a store ------------------------------------------------------------------------------------------------- */

static void test_html(void **state) {
	Request rq = {.arena = arena_new()};
	Page page = {.rq = &rq};
	html(&page, "<a title=\"{}\" data-n=\"{}\">{} {} {}</a>",
	     ARGS(h_str("\"><script>'&\x01"), h_plain(12084), h_number(-1234567), h_size(1536), h_say(&page, "甲<", "b")));
	buf_char(&rq.body, '\0');
	assert_string_equal(rq.body.at,
	                    "<a title=\"&quot;&gt;&lt;script&gt;&#39;&amp; \" data-n=\"12084\">-1,234,567 1.5 KB 甲&lt;</a>");
	buf_reset(&rq.body);
	/* what stands for {} is not looked at again */
	html(&page, "{}", ARGS(h_str("{}")));
	assert_true(text_is(buf_as_text(&rq.body), "{}"));
	Text hostile = TEXT("a b&c=\"<é>#?/"), none = TEXT_NONE;
	page.english = true;
	assert_string_equal(page_link(&page, "/open/search", "q", &hostile, "tag", &none, NULL),
	                    "/open/search?q=a%20b%26c%3D%22%3C%C3%A9%3E%23%3F%2F&lang=en");
	buf_free(&rq.body);
	arena_free(rq.arena);
}

static void test_refusals(void **state) {
	static const struct {
		Field field;
		bool personal;
		const char *rule;
	} rows[] = {
	    {{.grade = 1}, false, NULL},
	    {{.grade = 2}, false, NULL},
	    {{.grade = 1}, true, NULL}, /* a person's, but of no consequence: L1 */
	    {{.grade = 2}, true, "open_personal"},
	    {{.grade = 3}, false, "open_grade"},
	    {{.grade = 4, .mask = MASK_ID}, true, "open_grade"},
	    {{.grade = 1, .check = CHECK_GB11643}, false, "open_check"},
	    {{.grade = 1, .check = CHECK_GB11643_15}, false, "open_check"},
	    {{.grade = 1, .check = CHECK_MOBILE}, false, "open_check"},
	    {{.grade = 1, .check = CHECK_EMAIL}, false, "open_check"},
	    {{.grade = 1, .check = CHECK_PLATE}, false, "open_check"},
	    {{.grade = 1, .check = CHECK_GB32100}, false, NULL},
	    {{.grade = 1, .mask = MASK_ROUND}, false, "open_masked"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *rule = NULL, *why = opening_refusal(&rows[i].field, rows[i].personal, &rule);
		assert_int_equal(why != NULL, rows[i].rule != NULL);
		if (rule != rows[i].rule && (!rule || strcmp(rule, rows[i].rule) != 0))
			flunk("row %zu: %s\n", i, rule ? rule : "open");
	}
}

/* Each subject, licence and frequency that a form offers is a word of the vocabulary, and the other way round. */
static void words_are(const char *choices, const Word *words) {
	int count = 0;
	for (Text rest = text_of(choices); rest.at;) {
		const char *bar = rest.len ? memchr(rest.at, '|', rest.len) : NULL;
		Text key = {rest.at, bar ? (size_t)(bar - rest.at) : rest.len};
		if (!word_find(words, key)) flunk("%.*s is no word\n", TEXT_ARG(key));
		rest = bar ? (Text){bar + 1, rest.len - key.len - 1} : TEXT_NONE;
		count++;
	}
	for (; words->key; words++)
		count--;
	assert_int_equal(count, 0);
}

static void test_words(void **state) {
	for (const InputField *field = opening_ask_in; field->name; field++) {
		if (strcmp(field->name, "licence") == 0) words_are(field->choices, licences);
		if (strcmp(field->name, "frequency") == 0) words_are(field->choices, frequencies);
		if (strcmp(field->name, "subject") == 0) words_are(field->choices, subjects);
	}
}

/* --- a city with one resource ---------------------------------------------------------------------------------------- */

enum { ROWS = 12, OFFICER = 11, BUREAU = 12 };
static int64_t org_id, resource_id;
static const Module *const modules[] = {&core_module,   &evidence_module,   &people_module, &catalog_module,
                                        &record_module, &quarantine_module, &portal_module};

static const char document_text[] =
    "{\"code\":\"307001/000001\",\"name\":\"店铺\",\"summary\":\"测试\",\"keywords\":[\"店铺\",\"Shops\"],\"formats\":[\"csv\"],"
    "\"sharing\":\"conditional\",\"sharing_condition\":\"按需审批使用\",\"sharing_ways\":[\"api\"],\"opening\":\"conditional\","
    "\"opening_condition\":\"不含个人信息\",\"update_promise\":\"daily\",\"retention_months\":120,\"fields\":["
    "{\"name\":\"number\",\"title\":\"编号\",\"kind\":\"text\",\"length\":18,\"key\":true,\"required\":true,\"grade\":1},"
    "{\"name\":\"town\",\"title\":\"镇街\",\"kind\":\"text\",\"length\":30,\"grade\":1},"
    "{\"name\":\"stars\",\"title\":\"星级\",\"kind\":\"integer\",\"grade\":1},"
    "{\"name\":\"inner\",\"title\":\"内部\",\"kind\":\"text\",\"length\":30,\"grade\":1},"
    "{\"name\":\"owner\",\"title\":\"店主\",\"kind\":\"text\",\"length\":30,\"grade\":3,\"mask\":\"name\"}],\"rules\":[]}";

static int make_city(Request *rq, void *arg) {
	json_t *document = json_loads(document_text, 0, NULL);
	assert_non_null(document);
	int code = org_create(rq, "990001", "演示局", "Demo bureau", 0, &org_id);
	if (code >= 0) code = resource_publish_document(rq, org_id, document, &resource_id);
	json_decref(document);
	return code;
}

typedef struct Batch {
	const Resource *resource;
	Accepted *rows;
} Batch;

static int load_chunk(Request *rq, void *arg) {
	const Batch *batch = arg;
	GenerationHooks hooks = {0};
	Upsert upsert;
	return record_upsert_chunk(rq, batch->resource, 7, batch->rows, ROWS, &hooks, &upsert);
}

/* number S01…, town 镇0…镇3, stars 0…2, inner, owner. */
static void load_rows(void) {
	Request *rq = request_begin(app, "test");
	Acceptor *acceptor;
	Batch batch = {.rows = ARENA_ARRAY(rq->arena, Accepted, ROWS)};
	if (resource_find(rq, resource_id, &batch.resource) < 0 || acceptor_new(rq, batch.resource, &acceptor) < 0)
		flunk("%s\n", rq->error->message);
	for (int i = 0; i < ROWS; i++) {
		Text *texts = ARENA_ARRAY(rq->arena, Text, 5);
		texts[0] = text_of(arena_printf(rq->arena, "S%02d", i));
		texts[1] = text_of(arena_printf(rq->arena, "镇%d", i % 4));
		texts[2] = text_of(arena_printf(rq->arena, "%d", i % 3));
		texts[3] = TEXT("内部备注");
		texts[4] = TEXT("张三丰");
		batch.rows[i].row_no = i + 1;
		assert_int_equal(accept_row(acceptor, texts, rq->arena, &batch.rows[i]), 0);
		assert_int_equal(batch.rows[i].reason_count, 0);
	}
	if (record_upsert_begin(rq, batch.resource, 7) < 0) flunk("%s\n", rq->error->message);
	request_generation_check(rq);
	if (resource_find(rq, resource_id, &batch.resource) < 0 || request_write(rq, load_chunk, &batch) < 0 ||
	    record_upsert_end(rq, batch.resource, 7) < 0)
		flunk("%s\n", rq->error->message);
	request_end(rq);
}

static int setup(StoreEngine engine) {
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	Request *rq = request_begin(app, "test");
	if (request_write(rq, make_city, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	load_rows();
	return 0;
}
/* --- calling a route ------------------------------------------------------------------------------------------------- */

static int run_handler(Request *rq, void *arg) {
	return rq->route->handler(rq);
}

static json_t *call(int account, const char *action, int *code, json_t *inputs) {
	Request *rq = request_begin(app, "test");
	const Route *route = NULL;
	for (size_t i = 0; i < portal_module.route_count; i++)
		if (strcmp(portal_module.routes[i].action, action) == 0) route = &portal_module.routes[i];
	assert_non_null(route);
	InputValue *values = ARENA_ARRAY(rq->arena, InputValue, 20);
	for (int i = 0; route->inputs[i].name; i++) {
		const json_t *value = json_object_get(inputs, route->inputs[i].name);
		if (!value) continue;
		values[i].given = true;
		if (route->inputs[i].type == TYPE_JSON)
			values[i].j = (json_t *)value;
		else if (json_is_string(value))
			values[i].t = text_of(json_string_value(value));
		else
			values[i].i = json_is_true(value) ? 1 : json_integer_value(value);
	}
	rq->party = (Party){.kind = PARTY_PERSON,
	                    .account_id = account,
	                    .org_id = account == OFFICER ? org_id : 999,
	                    .sees_all = account == BUREAU,
	                    .permits = PERMIT_BIT(PERMIT_CATALOG_READ) |
	                               PERMIT_BIT(account == OFFICER ? PERMIT_CATALOG_EDIT : PERMIT_CATALOG_REVIEW)};
	rq->route = route;
	rq->inputs = values;
	*code = route->lane == LANE_WRITE ? request_write(rq, run_handler, NULL) : route->handler(rq);
	json_t *answer = *code >= 0 ? json_loadb(rq->body.at, rq->body.len, 0, NULL) : NULL;
	if (*code >= 0 && !answer) flunk("%s: not JSON: %.*s\n", action, (int)rq->body.len, rq->body.at);
	if (*code < 0) print_message("  (%s: %s)\n", action, rq->error->message);
	request_end(rq);
	json_decref(inputs);
	return answer;
}

static json_int_t number(const json_t *answer, const char *key) {
	return json_integer_value(json_object_get(answer, key));
}

static json_t *ask_inputs(void) {
	return json_pack("{s:I, s:[s,s,s], s:[s,s], s:s, s:s, s:s}", "resource_id", (json_int_t)resource_id, "fields", "number",
	                 "town", "stars", "quasi", "town", "stars", "licence", "cc-by-4.0", "frequency", "daily", "subject",
	                 "market");
}

static json_int_t opening_id_of(const json_t *answer) {
	return atoll(json_string_value(json_object_get(answer, "opening_id")));
}

static json_int_t open_it(void) {
	int code;
	json_t *asked = call(OFFICER, "opening.ask", &code, ask_inputs());
	assert_non_null(asked);
	json_int_t id = opening_id_of(asked);
	json_decref(asked);
	json_t *open =
	    call(BUREAU, "opening.review", &code, json_pack("{s:I, s:i, s:s}", "id", id, "version", 1, "decision", "approve"));
	assert_non_null(open);
	assert_string_equal(json_string_value(json_object_get(open, "state")), "open");
	json_decref(open);
	return id;
}

/* --- reading as the public ------------------------------------------------------------------------------------------- */

static int count_row(void *arg, int64_t mark, const Val *values) {
	int *count = arg;
	assert_true(mark >= 0 && mark < INT64_C(1) << 53);
	(*count)++;
	return 0;
}

/* Rows read, or the failure; *error its field. */
static int read_open(OpenQuery query, const char *filters, char error[64]) {
	Request *rq = request_begin(app, "test");
	OpenTable table;
	int count = 0, code = open_table(rq, resource_id, &table);
	json_t *json = filters ? json_loads(filters, 0, NULL) : NULL;
	query.filters = json;
	if (query.limit == 0) query.limit = 100;
	if (code == 0) code = open_read(rq, &table, &query, count_row, &count);
	snprintf(error, 64, "%s", rq->error->field);
	if (code == 0) assert_int_equal(rq->row_count, count);
	json_decref(json);
	request_end(rq);
	return code < 0 ? code : count;
}

static void test_life(void **state) {
	int code;
	char field[64];
	assert_int_equal(read_open((OpenQuery){0}, NULL, field), ERR_NOT_FOUND);
	/* 12 rows, town = n % 4, stars = n % 3: every pair once */
	json_t *check = call(OFFICER, "opening.check", &code, ask_inputs());
	assert_int_equal(number(check, "groups"), 12);
	assert_int_equal(number(check, "smallest"), 1);
	assert_int_equal(number(check, "below"), 12);
	assert_int_equal(number(check, "rows_below"), 12);
	json_decref(check);
	json_t *bad = ask_inputs();
	json_array_append_new(json_object_get(bad, "fields"), json_string("owner"));
	assert_null(call(OFFICER, "opening.ask", &code, bad));
	assert_int_equal(code, ERR_INVALID);
	assert_null(call(BUREAU, "opening.ask", &code, ask_inputs()));
	assert_int_equal(code, ERR_FORBIDDEN);
	json_int_t id = open_it();
	assert_int_equal(read_open((OpenQuery){0}, NULL, field), ROWS);
	/* a second asking does not touch what is open until it is approved; then it replaces it */
	json_int_t next = open_it();
	assert_true(next != id);
	assert_null(
	    call(OFFICER, "opening.close", &code, json_pack("{s:I, s:i, s:s}", "id", id, "version", 3, "reason", "不再开放")));
	assert_int_equal(code, ERR_CONFLICT);
	json_decref(
	    call(OFFICER, "opening.close", &code, json_pack("{s:I, s:i, s:s}", "id", next, "version", 2, "reason", "不再开放")));
	assert_int_equal(code >= 0, 1);
	assert_int_equal(read_open((OpenQuery){0}, NULL, field), ERR_NOT_FOUND);
}

static void test_public_reads(void **state) {
	char field[64];
	open_it();
	Text inner = TEXT("inner"), owner = TEXT("owner"), good[] = {TEXT("stars"), TEXT("number")};
	assert_int_equal(read_open((OpenQuery){.fields = good, .field_count = 2}, NULL, field), ROWS);
	assert_int_equal(read_open((OpenQuery){0}, "{\"town\":\"镇1\"}", field), 3);
	assert_int_equal(read_open((OpenQuery){0}, "{\"town\":[\"镇1\",\"镇2\"],\"stars.gte\":1}", field), 4);
	assert_int_equal(read_open((OpenQuery){.words = {{TEXT_NONE, TEXT("s0")}}, .word_count = 1}, NULL, field), 10);
	assert_int_equal(read_open((OpenQuery){.words = {{TEXT_NONE, TEXT("%")}}, .word_count = 1}, NULL, field), 0);
	assert_int_equal(read_open((OpenQuery){.words = {{TEXT_NONE, TEXT("内部")}}, .word_count = 1}, NULL, field), 0);
	assert_int_equal(read_open((OpenQuery){.limit = 5, .offset = 10}, NULL, field), 2);
	assert_int_equal(read_open((OpenQuery){.limit = 5, .offset = 1000}, NULL, field), 0);
	assert_int_equal(read_open((OpenQuery){.scan = true}, NULL, field), ROWS);
	assert_int_equal(read_open((OpenQuery){.fields = &inner, .field_count = 1}, NULL, field), ERR_INVALID);
	assert_string_equal(field, "fields");
	assert_int_equal(read_open((OpenQuery){0}, "{\"owner\":\"张三丰\"}", field), ERR_INVALID);
	assert_string_equal(field, "filters");
	assert_int_equal(read_open((OpenQuery){.orders = {{owner, true}}, .order_count = 1}, NULL, field), ERR_INVALID);
	assert_string_equal(field, "sort");
	assert_int_equal(read_open((OpenQuery){.orders = {{good[0], true}, {good[1], false}}, .order_count = 2}, NULL, field),
	                 ROWS);
}

static int widen(Request *rq, void *arg) {
	int64_t done = db_run(rq->db,
	                      "UPDATE opening SET fields = '[{\"no\":1,\"name\":\"number\"},{\"no\":5,\"name\":\"owner\"}]'"
	                      " WHERE state = 'open'",
	                      NO_BIND);
	return done < 0 ? (int)done : generation_bump(rq->db);
}

/* Even an opening that names an L3 field shows none: record decides by itself. */
static void test_defence(void **state) {
	OpenTable table;
	open_it();
	Request *rq = request_begin(app, "test");
	assert_true(request_write(rq, widen, NULL) >= 0);
	request_end(rq);
	rq = request_begin(app, "test");
	assert_int_equal(open_table(rq, resource_id, &table), 0);
	assert_int_equal(table.count, 1);
	assert_string_equal(table.resource->fields[table.positions[0]].name, "number");
	request_end(rq);
}

static void test_shelf(void **state) {
	const Shelf *shelf;
	int count;
	open_it();
	Request *rq = request_begin(app, "test");
	assert_int_equal(shelf_get(rq, &shelf), 0);
	assert_int_equal(shelf->count, 1);
	assert_ptr_equal(shelf_find(shelf, TEXT("307001-000001")), &shelf->items[0]);
	assert_null(shelf_find(shelf, TEXT("307001/000001")));
	assert_int_equal(shelf->items[0].rows, ROWS);
	static const struct {
		const char *words, *facet, *value;
		int found;
	} rows[] = {{"店铺", "groups", "market", 1},  {"SHOPS 镇街", "organization", "990001", 1},
	            {"内部", "groups", "market", 0},  {"", "tags", "shops", 0},
	            {"", "tags", "Shops", 1},         {"", "res_format", "CSV", 1},
	            {"dp", "tags", "Shops", 1},       {"dianpu", "tags", "Shops", 1},
	            {"", "res_format", "geojson", 0}, {"ｓｈｏｐｓ", "tags", "Shops", 1},
	            {"hops", "tags", "Shops", 0},     {"", "license_id", "cc-by-4.0", 1}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Search search = {.choices = {{rows[i].facet, text_of(rows[i].value)}}, .choice_count = 1};
		const Dataset **found;
		assert_int_equal(words_query(rq, text_of(rows[i].words), &search.words), 0);
		assert_int_equal(shelf_search(rq, shelf, &search, &found, &count), 0);
		if (count != rows[i].found) flunk("row %zu: %d\n", i, count);
	}
	request_end(rq);
}

/* found 1 or 0, or refused (-1) with the part that is not understood. */
static void test_queries(void **state) {
	const Shelf *shelf;
	open_it();
	Request *rq = request_begin(app, "test");
	assert_int_equal(shelf_get(rq, &shelf), 0);
	static const struct {
		const char *query;
		int found;
		const char *part;
	} rows[] = {{"", 1, ""},
	            {"*:*", 1, ""},
	            {"*", 1, ""},
	            {"店铺", 1, ""},
	            {"\"店铺\"", 1, ""},
	            {"\"铺店\"", 0, ""},
	            {"铺店", 0, ""},
	            {"dp", 1, ""},
	            {"dp AND nothere", 0, ""},
	            {"dp OR nothere", 1, ""},
	            {"nothere || dp", 1, ""},
	            {"dp -nothere", 1, ""},
	            {"dp NOT 店铺", 0, ""},
	            {"!店铺", 0, ""},
	            {"+店铺 +groups:market", 1, ""},
	            {"- 店铺", 1, ""},
	            {"—", 0, ""},
	            {"店铺 —", 1, ""},
	            {"title:店铺", 1, ""},
	            {"title:镇街", 0, ""},
	            {"title:(店铺 OR 镇街)", 1, ""},
	            {"shop*", 1, ""},
	            {"店*", 1, ""},
	            {"groups:market", 1, ""},
	            {"-groups:market", 0, ""},
	            {"groups:(market OR transport)", 1, ""},
	            {"groups:(transport housing)", 0, ""},
	            {"groups:mark*", 1, ""},
	            {"groups:m?rket", 1, ""},
	            {"groups:\"mark*\"", 0, ""},
	            {"groups:mark\\*", 0, ""},
	            {"tags:Shops", 1, ""},
	            {"tags:*", 1, ""},
	            {"res_format:(PDF csv)", 0, ""},
	            {"res_format:PDF OR res_format:csv", 1, ""},
	            {"name:307001-000001", 1, ""},
	            {"state:active +private:false", 1, ""},
	            {"state:deleted", 0, ""},
	            {"capacity:public AND (dataset_type:dataset)", 1, ""},
	            {"metadata_modified:[2020-01-01T00:00:00Z TO *]", 1, ""},
	            {"metadata_modified:[* TO 2020-01-01T00:00:00Z]", 0, ""},
	            {"metadata_modified:[NOW-1DAY TO NOW+1DAY]", 1, ""},
	            {"metadata_created:{NOW TO *]", 0, ""},
	            {"metadata_created:[NOW/DAY-2MONTHS TO \"2999-01-01T00:00:00.000Z\"}", 1, ""},
	            {"metadata_modified:*", 1, ""},
	            {"num_tags:[1 TO *]", 1, ""},
	            {"num_tags:{1 TO 1]", 0, ""},
	            {"num_resources:0", 0, ""},
	            {"capacity_secret:x", -1, "capacity_secret"},
	            {"metadata_modified:[2020-01-01 TO *]", -1, "2020-01-01"},
	            {"metadata_modified:[2020-01-01T00:00:00Z", -1, "[2020-01-01T00:00:00Z"},
	            {"tags:[a TO b]", -1, "[a TO b]"},
	            {"title:foo^4", -1, "foo^"},
	            {"\"店铺 \"~2", -1, "\"店铺 \"~2"},
	            {"shop~", -1, "shop~"},
	            {"(店铺", -1, "(店铺"},
	            {"店铺)", -1, ")"},
	            {"\"店铺", -1, "\"店铺"},
	            {"tags:", -1, "tags:"},
	            {"店铺 AND", -1, ""},
	            {"OR 店铺", -1, "OR 店铺"},
	            {"店铺 OR OR 店", -1, "OR 店"},
	            {"*铺", -1, "*铺"},
	            {"s*", -1, "s*"},
	            {"店?", -1, "店?"},
	            {"/店.*/", -1, "/店.*/"},
	            {"{!lucene}x", -1, "{!lucene}x"},
	            {"num_tags:many", -1, "many"},
	            {"NOT", -1, "NOT"},
	            {"http://x", -1, "http"},
	            {"metadata_modified:NOW-1WEEK", -1, "NOW-1WEEK"},
	            {"[1 TO 2]", -1, "[1 TO 2]"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Search search = {0};
		const Dataset **found;
		int count = -1, code = query_parse(rq, "q", text_of(rows[i].query), &search.query);
		if (code == 0) assert_int_equal(shelf_search(rq, shelf, &search, &found, &count), 0);
		if (count != rows[i].found || strcmp(rq->error->value, rows[i].part) != 0)
			flunk("%s: %d, %s: %s\n", rows[i].query, count, rq->error->message, rq->error->value);
		error_clear(rq->error);
	}
	char deep[200];
	memset(deep, '(', sizeof deep);
	assert_int_equal(query_parse(rq, "q", (Text){deep, sizeof deep}, &(const Query *){NULL}), ERR_INVALID);
	request_end(rq);
}

static void test_files(void **state) {
	const Shelf *shelf;
	int64_t size, made;
	int code;
	json_int_t id = open_it();
	keeper_round(app);
	Request *rq = request_begin(app, "test");
	assert_int_equal(shelf_get(rq, &shelf), 0);
	int64_t rows = 0, loaded = 0;
	assert_int_equal(dataset_fresh(rq, &shelf->items[0], &rows, &loaded), 0);
	const char *path = file_path(rq, &shelf->items[0], loaded, format_find(TEXT("csv")));
	char kept[400];
	snprintf(kept, sizeof kept, "%s", path);
	assert_int_equal(file_ready(path, &size, &made), 1);
	FILE *file = fopen(path, "r");
	char line[200];
	assert_non_null(fgets(line, sizeof line, file));
	assert_string_equal(line, "\xEF\xBB\xBFnumber,town,stars\r\n");
	fclose(file);
	assert_int_equal(files_make(rq, &shelf->items[0]), 0); /* nothing is made twice */
	request_end(rq);
	json_decref(
	    call(OFFICER, "opening.close", &code, json_pack("{s:I, s:i, s:s}", "id", id, "version", 2, "reason", "不再开放")));
	keeper_round(app);
	assert_int_equal(access(kept, F_OK), -1);
}

static void test_gates(void **state) {
	Request *rq = request_begin(app, "test");
	int passed = 0;
	for (int i = 0; i < 15; i++)
		passed += gate_pass(rq, GATE_FORM) == 0;
	assert_int_equal(passed, 10);
	assert_int_equal(rq->error->code, ERR_QUOTA);
	error_clear(rq->error);
	assert_int_equal(gate_pass(rq, GATE_CALL), 0); /* each gate for itself */
	for (int i = passed = 0; i < 600 * 100; i++)
		passed += gate_pass_part(rq, GATE_CALL, 10) == 0; /* parts add up to calls: 599 are left */
	assert_int_equal(passed, 599 * 100);
	error_clear(rq->error);
	rq->now_us += INT64_C(3601000000);
	assert_int_equal(gate_pass(rq, GATE_FORM), 0);
	request_end(rq);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_html),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_words),
	    BOTH(test_life),
	    BOTH(test_public_reads),
	    BOTH(test_defence),
	    BOTH(test_shelf),
	    BOTH(test_queries),
	    BOTH(test_files),
	    cmocka_unit_test_setup_teardown(test_gates, setup_sqlite, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
