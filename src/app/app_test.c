/* The dispatcher: rows are checked at start, routes matched, inputs judged by their rows; then a real server over a real store:
 * lanes, permissions, idempotency, refusals, pages, live events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "app/private.h"
#include "people/people.h"
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- a module of the test ----------------------------------------------------------------------------------------------- */

static _Atomic int notes_made, slow_running, slow_go;

static int say(Request *rq, const char *text) {
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "said", text);
	jw_object_end(&rq->json);
	return 0;
}
static int inline_get(Request *rq) {
	rq->etag = "v1";
	return say(rq, rq->db ? "with a store" : "without a store");
}
static int fast_get(Request *rq) {
	int64_t one = 0;
	int code = db_int(rq->db, &one, "SELECT 1", NO_BIND);
	return code == 1 ? say(rq, in_str(rq, "name")) : code;
}
static int slow_get(Request *rq) {
	atomic_fetch_add(&slow_running, 1);
	while (!atomic_load(&slow_go))
		clock_sleep_us(1000);
	return say(rq, "slow");
}
static int note_post(Request *rq) {
	int64_t done = db_run(rq->db, "INSERT INTO note (note_id, text) VALUES ($1, $2)",
	                      BIND(val_int(store_new_id(rq->store)), val_text(in_text(rq, "text"))));
	if (done < 0) return (int)done;
	if (text_is(in_text(rq, "text"), "undo")) return error_set(rq->error, ERR_CONFLICT, "Undone");
	atomic_fetch_add(&notes_made, 1);
	rq->status = 201;
	done = db_run(rq->db,
	              "INSERT INTO resource (resource_id, org_id, published_version) SELECT 77, org_id, 0 FROM account"
	              " WHERE login = 'officer' ON CONFLICT (resource_id) DO NOTHING",
	              NO_BIND);
	if (done < 0 || feed_append(rq->db, 77, 5, 1, FEED_INSERT) < 0) return ERR_INTERNAL;
	return say(rq, "noted");
}
static int secret_get(Request *rq) {
	rq->sensitive = true;
	rq->row_count = 1;
	return say(rq, "clear");
}

static const InputField name_inputs[] = {{"name", IN_PATH, TYPE_TEXT, true, .max = 20, .doc = "a name"},
                                         {"n", IN_QUERY, TYPE_INT, .min = 1, .max = 9, .doc = "a digit"},
                                         {0}};
static const InputField note_inputs[] = {{"text", IN_BODY, TYPE_TEXT, true, .min = 1, .max = 20, .doc = "a text"}, {0}};
static const OutputField said[] = {{"said", "string", "a text"}, {0}};
static const Migration test_migrations[] = {{.name = "test-1",
                                             .sql =
                                                 "CREATE TABLE note (note_id BIGINT PRIMARY KEY, text TEXT NOT NULL);\n"
                                                 "/* the catalogue is not in this test: whose resource 77 is */"
                                                 "CREATE TABLE resource (resource_id BIGINT PRIMARY KEY, org_id BIGINT NOT NULL,"
                                                 " published_version BIGINT NOT NULL)"}};
static const Route test_routes[] = {
    {"GET", "/api/v1/test/inline", PERMIT_OPEN, LANE_INLINE, inline_get, "test.inline", "doc", .outputs = said},
    {"GET", "/api/v1/test/fast/{name}", PERMIT_LOGIN, LANE_FAST, fast_get, "test.fast", "doc", .inputs = name_inputs,
     .outputs = said},
    {"GET", "/api/v1/test/slow", PERMIT_OPEN, LANE_READ, slow_get, "test.slow", "doc", .outputs = said,
     .flags = ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/test/secret", PERMIT_LOGIN, LANE_FAST, secret_get, "test.secret", "doc", .outputs = said},
    {"POST", "/api/v1/test/notes", PERMIT_LOGIN, LANE_WRITE, note_post, "test.note", "doc", .inputs = note_inputs,
     .outputs = said},
    {"GET", "/api/v1/test/system", PERMIT_SYSTEM, LANE_READ, inline_get, "test.system", "doc", .outputs = said},
};
static const Module test_module = {.name = "test",
                                   .routes = test_routes,
                                   .route_count = sizeof test_routes / sizeof test_routes[0],
                                   .migrations = test_migrations,
                                   .migration_count = 1};
static const Module *const modules[] = {&core_module, &evidence_module, &people_module, &test_module, &app_module};

/* --- the city of the test ---------------------------------------------------------------------------------------------- */

typedef struct City {
	char dir[64], web[80], key[128], cookie[200];
	Store *store;
	App *app;
	Dispatcher *dispatcher;
	struct Events *events;
	HttpServer *server;
	int64_t account_id;
	const char *phc;
} City;

static int reader_make(Request *rq, void *context) {
	City *city = context;
	int64_t org_id, key_id, officer_id;
	char *secret;
	int code = org_create(rq, "T1", "测试局", "Test", 0, &org_id);
	if (code >= 0) code = account_create(rq, "robot", "机器", org_id, "service", NULL, false, &city->account_id);
	if (code >= 0) code = account_create(rq, "officer", "专员", org_id, "data_officer", city->phc, false, &officer_id);
	if (code >= 0) code = api_key_create(rq, city->account_id, "test", rq->now_us + INT64_C(86400000000), &key_id, &secret);
	if (code >= 0) snprintf(city->key, sizeof city->key, "Authorization: Bearer %s\r\n", secret);
	return code;
}

static void file_put(const char *dir, const char *name, const char *text) {
	char path[200];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

static void web_make(City *city) {
	char assets[100];
	snprintf(city->web, sizeof city->web, "%s/web", city->dir);
	snprintf(assets, sizeof assets, "%s/assets", city->web);
	mkdir(city->web, 0700);
	mkdir(assets, 0700);
	file_put(city->web, "index.html", "<!doctype html>page");
	file_put(assets, "app-3f2a91bc.mjs", "plain");
	file_put(assets, "app-3f2a91bc.mjs.gz", "gzipped");
	file_put(city->dir, "outside.txt", "outside");
	char link[120];
	snprintf(link, sizeof link, "%s/link.txt", city->web);
	assert_int_equal(symlink("../outside.txt", link), 0);
}

static void city_up(City *city, const DispatcherOptions *given) {
	Error error = {0};
	char url[100];
	DispatcherOptions options = *given;
	StoreOptions store = {.readers = 16};
	snprintf(city->dir, sizeof city->dir, "/tmp/app-test-XXXXXX");
	assert_non_null(mkdtemp(city->dir));
	web_make(city);
	options.web_dir = city->web;
	snprintf(url, sizeof url, "sqlite:%s/yiwang.db", city->dir);
	if (app_secret_create(city->dir, &error) || store_open(&city->store, url, &store, &error) ||
	    app_create(&city->app, city->dir, city->store, modules, sizeof modules / sizeof modules[0], &error) ||
	    app_start(city->app, false, &error))
		_fail(error.message, __LINE__);
	Request *rq = request_begin(city->app, "test");
	city->phc = password_hash(rq->arena, TEXT("a long enough one"));
	if (request_write(rq, reader_make, city) < 0) _fail(rq->error->message, __LINE__);
	request_end(rq);
	if (dispatcher_new(&city->dispatcher, city->app, &options, &error)) _fail(error.message, __LINE__);
	city->events = events_start(city->app);
	HttpConfig config = {.address = "127.0.0.1:0",
	                     .threads = 2,
	                     .spool_dir = city->dir,
	                     .context = city->dispatcher,
	                     .plan = dispatcher_plan,
	                     .call = dispatcher_call,
	                     .turn = dispatcher_turn,
	                     .ended = dispatcher_ended};
	assert_int_equal(http_start(&city->server, &config, &error), 0);
	dispatcher_server(city->dispatcher, city->server);
}

static void city_down(City *city) {
	char command[100];
	http_stop(city->server, 1000000);
	events_stop(city->events);
	dispatcher_free(city->dispatcher);
	app_stop(city->app);
	app_free(city->app);
	store_close(city->store);
	snprintf(command, sizeof command, "rm -rf %s", city->dir);
	assert_int_equal(system(command), 0);
}

static int city_connect(City *city) {
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_port = htons((uint16_t)http_port(city->server)),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static const char *read_until(int fd, const char *until, int timeout_ms) {
	static char text[1 << 17];
	size_t length = 0;
	int64_t end = clock_monotonic_us() + timeout_ms * INT64_C(1000);
	text[0] = '\0';
	while (length < sizeof text - 1 && (until == NULL || strstr(text, until) == NULL)) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		int64_t left = (end - clock_monotonic_us()) / 1000;
		if (left <= 0 || poll(&poller, 1, (int)left) <= 0) break;
		ssize_t n = recv(fd, text + length, sizeof text - 1 - length, 0);
		if (n <= 0) break;
		length += (size_t)n;
		text[length] = '\0';
	}
	return text;
}

/* headers: whole lines. body NULL: none. */
static int ask_begin(City *city, const char *method, const char *path, const char *headers, const char *body) {
	char request[4096];
	int fd = city_connect(city);
	int length = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: x\r\n%s", method, path, headers);
	if (body != NULL)
		length += snprintf(request + length, sizeof request - (size_t)length,
		                   "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
	length += snprintf(request + length, sizeof request - (size_t)length, "Connection: close\r\n\r\n%s", body ? body : "");
	assert_int_equal(send(fd, request, (size_t)length, MSG_NOSIGNAL), length);
	return fd;
}

static const char *ask(City *city, const char *method, const char *path, const char *headers, const char *body) {
	int fd = ask_begin(city, method, path, headers, body);
	const char *answer = read_until(fd, NULL, 10000);
	close(fd);
	return answer;
}

static void expect(const char *answer, int status, const char *part) {
	char line[32];
	snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
	if (strncmp(answer, line, strlen(line)) != 0 || (part != NULL && strstr(answer, part) == NULL)) {
		print_error("wanted %d with %s, got:\n%s\n", status, part ? part : "anything", answer);
		_fail(__FILE__, __LINE__);
	}
}

/* --- rows -------------------------------------------------------------------------------------------------------------- */

static void row_refused(Route row, const char *why) {
	Module module = {.name = "bad", .routes = &row, .route_count = 1};
	const Module *list[] = {&module};
	Arena *arena = arena_new();
	Matcher *matcher;
	Error error = {0};
	assert_int_equal(matcher_new(arena, list, 1, &matcher, &error), ERR_INTERNAL);
	if (strstr(error.message, why) == NULL) _fail(error.message, __LINE__);
	arena_free(arena);
}

static void test_rows(void **state) {
	static const InputField stray[] = {{"id", IN_PATH, TYPE_ID, true}, {0}};
	static const InputField choiceless[] = {{"kind", IN_QUERY, TYPE_ENUM}, {0}};
	Route good = {"GET", "/x", PERMIT_OPEN, LANE_INLINE, inline_get, "x.get", "doc"}, row;
	row = good, row.permit = 0, row_refused(row, "permission");
	row = good, row.permit = PERMISSION_COUNT, row_refused(row, "permission");
	row = good, row.lane = 9, row_refused(row, "lane");
	row = good, row.lane = LANE_WRITE, row_refused(row, "lane");
	row = good, row.method = "FETCH", row_refused(row, "method");
	row = good, row.path = "x", row_refused(row, "path");
	row = good, row.handler = NULL, row_refused(row, "handler");
	row = good, row.action = NULL, row_refused(row, "action");
	row = good, row.inputs = stray, row_refused(row, "path input");
	row = good, row.inputs = choiceless, row_refused(row, "choices");
	Route twice[] = {good, good};
	twice[0].path = "/x/{id}";
	twice[1].path = "/x/{name}";
	Module module = {.name = "bad", .routes = twice, .route_count = 2};
	const Module *list[] = {&module};
	Arena *arena = arena_new();
	Matcher *matcher;
	Error error = {0};
	assert_int_equal(matcher_new(arena, list, 1, &matcher, &error), ERR_INTERNAL);
	assert_non_null(strstr(error.message, "twice"));
	arena_free(arena);
}

static void test_matching(void **state) {
	static const Route rows[] = {
	    {"GET", "/a/{x}", PERMIT_OPEN, LANE_INLINE, inline_get, "a.x", "doc"},
	    {"GET", "/a/fixed", PERMIT_OPEN, LANE_INLINE, inline_get, "a.fixed", "doc"},
	    {"POST", "/a/fixed/deep", PERMIT_OPEN, LANE_READ, inline_get, "a.deep", "doc"},
	    {"GET", "/a/{x}/b/{y}", PERMIT_OPEN, LANE_INLINE, inline_get, "a.xy", "doc"},
	};
	static const struct {
		const char *method, *path, *action;
		int code;
	} cases[] = {
	    {"GET", "/a/1", "a.x", 0},
	    {"HEAD", "/a/fixed", "a.fixed", 0},
	    {"GET", "/a/fixed/b/2", "a.xy", 0},
	    {"POST", "/a/fixed/deep", "a.deep", 0},
	    {"GET", "/a/fixed/deep", NULL, ERR_METHOD},
	    {"GET", "/a", NULL, ERR_NOT_FOUND},
	    {"GET", "/a/1/", NULL, ERR_NOT_FOUND},
	    {"GET", "/a/1/c/2", NULL, ERR_NOT_FOUND},
	    {"GET", "/", NULL, ERR_NOT_FOUND},
	    {"OPTIONS", "/a/1", NULL, ERR_METHOD},
	};
	Module module = {.name = "m", .routes = rows, .route_count = 4};
	const Module *list[] = {&module};
	Arena *arena = arena_new();
	Matcher *matcher;
	Error error = {0};
	assert_int_equal(matcher_new(arena, list, 1, &matcher, &error), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		Text params[PARAMS_MAX] = {{0}};
		const Route *route = NULL;
		const char *allow = NULL;
		assert_int_equal(matcher_find(matcher, text_of(cases[i].method), text_of(cases[i].path), params, &route, &allow),
		                 cases[i].code);
		if (cases[i].action != NULL) assert_string_equal(route->action, cases[i].action);
	}
	Text params[PARAMS_MAX] = {{0}};
	const Route *route;
	const char *allow;
	matcher_find(matcher, TEXT("GET"), TEXT("/a/fixed/b/2"), params, &route, &allow);
	assert_true(text_is(params[0], "fixed") && text_is(params[1], "2"));
	assert_string_equal(allow, "GET, HEAD, OPTIONS");
	arena_free(arena);
}

/* --- inputs ------------------------------------------------------------------------------------------------------------ */

static const InputField all_inputs[] = {{"t", IN_BODY, TYPE_TEXT, .min = 2, .max = 4},
                                        {"i", IN_BODY, TYPE_INT, .min = 1, .max = 5},
                                        {"id", IN_BODY, TYPE_ID},
                                        {"b", IN_BODY, TYPE_BOOL},
                                        {"w", IN_BODY, TYPE_TIME},
                                        {"e", IN_BODY, TYPE_ENUM, .choices = "one|two"},
                                        {"j", IN_BODY, TYPE_JSON, .max = 20},
                                        {"d", IN_BODY, TYPE_DOUBLE},
                                        {"q", IN_QUERY, TYPE_INT},
                                        {0}};

static int judge(const char *query, const char *body, const char *rule, const char *field) {
	Route route = {"POST", "/x", PERMIT_OPEN, LANE_WRITE, inline_get, "x.post", "doc", all_inputs};
	Arena *arena = arena_new();
	InputSource source = {NULL, text_of(query), text_of(body), TEXT("application/json")};
	const InputValue *values;
	const Faults *faults;
	Error error = {0};
	int code = inputs_parse(arena, &route, &source, &values, &faults, &error);
	if (rule != NULL && (code == 0 || strcmp(error.rule, rule) != 0 || strcmp(error.field, field) != 0)) {
		print_error("%s %s: wanted %s %s, got %s %s %s\n", query, body, rule, field, error.rule, error.field,
		            error.message);
		_fail(__FILE__, __LINE__);
	}
	int count = faults ? faults->count : 0;
	arena_free(arena);
	return code == 0 ? 0 : count;
}

static void test_inputs(void **state) {
	static const char *const good[] = {"{}",
	                                   "{\"t\":\"一网通办\"}",
	                                   "{\"i\":5,\"id\":\"912383429708873728\"}",
	                                   "{\"id\":7,\"b\":false,\"t\":null}",
	                                   "{\"w\":\"2026-11-22T15:00:00+08:00\",\"e\":\"two\"}",
	                                   "{\"j\":{\"a\":[1,2]},\"d\":-0.5}",
	                                   "{\"d\":3}"};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_int_equal(judge("q=-4", good[i], NULL, NULL), 0);
	static const struct {
		const char *query, *body, *rule, *field;
	} bad[] = {
	    {"", "{\"t\":\"一\"}", "length", "t"},
	    {"", "{\"t\":\"12345\"}", "length", "t"},
	    {"", "{\"t\":5}", "type", "t"},
	    {"", "{\"i\":0}", "range", "i"},
	    {"", "{\"i\":1.0}", "type", "i"},
	    {"", "{\"i\":\"3\"}", "type", "i"},
	    {"", "{\"i\":99999999999999999999}", "json", "body"},
	    {"", "{\"id\":\"-1\"}", "id", "id"},
	    {"", "{\"id\":\"x\"}", "id", "id"},
	    {"", "{\"id\":\"9223372036854775808\"}", "id", "id"},
	    {"", "{\"b\":1}", "type", "b"},
	    {"", "{\"w\":\"noon\"}", "time", "w"},
	    {"", "{\"e\":\"one|two\"}", "choice", "e"},
	    {"", "{\"e\":\"\"}", "choice", "e"},
	    {"", "{\"j\":\"0123456789012345678901\"}", "length", "j"},
	    {"", "{\"d\":\"1\"}", "type", "d"},
	    {"", "{\"z\":1}", "unknown_field", "z"},
	    {"", "{\"q\":1}", "unknown_field", "q"},
	    {"", "{\"t\":\"ab\",\"t\":\"cd\"}", "json", "body"},
	    {"", "{\"t\":\"a\\u0000b\"}", "json", "body"},
	    {"", "[1]", "json", "body"},
	    {"", "{\"t\":\"\xff\xfe\"}", "json", "body"},
	    {"", "{", "json", "body"},
	    {"q=x", "{}", "integer", "q"},
	    {"q=1&q=2", "{}", "duplicate", "q"},
	    {"t=ab", "{}", "unknown_parameter", "t"},
	    {"q=%00", "{}", "escape", "query"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		judge(bad[i].query, bad[i].body, bad[i].rule, bad[i].field);
	assert_int_equal(judge("nope=1", "{\"i\":9,\"e\":\"three\",\"zz\":0}", NULL, NULL), 4); /* all at once */
}

/* What people read: field, value, rule with both bounds and unit, and what to do; the field's English doc only in English. */
static void test_fault_words(void **state) {
	static const InputField fields[] = {{"name", IN_BODY, TYPE_TEXT, true, 2, 4, .doc = "what it is called"},
	                                    {"note", IN_BODY, TYPE_TEXT, .max = 5, .doc = "a note"},
	                                    {"keep_days", IN_BODY, TYPE_INT, .min = 1, .max = 30, .doc = "how long"},
	                                    {"on", IN_BODY, TYPE_BOOL},
	                                    {0}};
	static const struct {
		const char *body, *value, *zh, *zh_advice, *en_advice;
	} rows[] = {
	    {"{\"name\":\"一\"}", "一", "文本有 1 个字符，允许 2 至 4 个", "请多写一些。", "Write more. what it is called"},
	    {"{\"name\":\"一二三四五\"}", "一二三四五", "文本有 5 个字符，允许 2 至 4 个", "请缩短。",
	     "Shorten it. what it is called"},
	    {"{\"name\":\"一二\",\"note\":\"123456\"}", "123456", "文本有 6 个字符，至多 5 个", "请缩短。", "Shorten it. a note"},
	    {"{\"name\":\"一二\",\"keep_days\":0}", "0", "须在 1 与 30 天之间", "请填写大一些的数。",
	     "Give a greater number. how long"},
	    {"{\"name\":\"一二\",\"keep_days\":31}", "31", "须在 1 与 30 天之间", "请填写小一些的数。",
	     "Give a smaller number. how long"},
	    {"{\"name\":\"一二\",\"on\":[1]}", "[1]", "须为 true 或 false", "请以该 JSON 类型发送（不带引号）。",
	     "Send it as this JSON type, without quotes."},
	    {"{}", "", "此项必填", "请填写此项。", "Give it a value. what it is called"}};
	Route route = {"POST", "/x", PERMIT_OPEN, LANE_WRITE, inline_get, "x.post", "doc", fields};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Arena *arena = arena_new();
		InputSource source = {NULL, TEXT(""), text_of(rows[i].body), TEXT("application/json")};
		const InputValue *values;
		const Faults *faults;
		Error error = {0};
		assert_int_equal(inputs_parse(arena, &route, &source, &values, &faults, &error), ERR_INVALID);
		assert_string_equal(error.value, rows[i].value);
		assert_string_equal(message_translate(arena, error.message), rows[i].zh);
		assert_string_equal(message_translate(arena, error.advice), rows[i].zh_advice);
		assert_string_equal(error.advice, rows[i].en_advice);
		arena_free(arena);
	}
}

static void test_language(void **state) {
	assert_true(language_chinese(TEXT("zh-CN,zh;q=0.9,en;q=0.8")));
	assert_true(language_chinese(TEXT("zh")));
	assert_false(language_chinese(TEXT("en-GB,en;q=0.9,zh;q=0.8")));
	assert_false(language_chinese(TEXT("")));
	assert_false(language_chinese(TEXT_NONE));
	assert_false(language_chinese(TEXT("zh;q=0,*")));
	assert_true(language_chinese(TEXT("en;q=0.5, zh-TW;q=0.7")));
}

/* --- live -------------------------------------------------------------------------------------------------------------- */

static void test_lanes(void **state) {
	City city = {0};
	city_up(&city, &(DispatcherOptions){0});
	expect(ask(&city, "GET", "/api/v1/test/inline", "", NULL), 200, "without a store");
	expect(ask(&city, "GET", "/api/v1/test/inline", "If-None-Match: \"v1\"\r\n", NULL), 304, "ETag: \"v1\"");
	const char *answer = ask(&city, "HEAD", "/api/v1/test/inline", "", NULL);
	expect(answer, 200, "nosniff");
	assert_null(strstr(answer, "without"));
	expect(ask(&city, "GET", "/api/v1/test/fast/me", "", NULL), 401, "urn:yiwang:error:unauthenticated");
	expect(ask(&city, "GET", "/api/v1/test/fast/me", city.key, NULL), 200, "{\"said\":\"me\"}");
	expect(ask(&city, "GET", "/api/v1/test/fast/me?n=10&m=1", city.key, NULL), 400, "unknown_parameter");
	expect(ask(&city, "GET", "/api/v1/test/fast/me?n=10", "", NULL), 401, NULL); /* who asks comes before what */
	expect(ask(&city, "GET", "/api/v1/test/secret", city.key, NULL), 200, "clear");
	expect(ask(&city, "GET", "/api/v1/test/system", city.key, NULL), 403, "\"rule\":\"permission\"");
	expect(ask(&city, "DELETE", "/api/v1/test/inline", "", NULL), 405, "Allow: GET, HEAD, OPTIONS");
	expect(ask(&city, "OPTIONS", "/api/v1/test/notes", "", NULL), 204, "Allow: POST, OPTIONS");
	expect(ask(&city, "GET", "/api/v1/nothing", "", NULL), 404, "application/problem+json");
	expect(ask(&city, "GET", "/healthz", "", NULL), 200, "ok");
	expect(ask(&city, "GET", "/metrics", "", NULL), 200, "yiwang_calls_total{lane=\"fast\"}");
	expect(ask(&city, "GET", "/metrics", "X-Forwarded-For: 1.2.3.4\r\n", NULL), 403, "local_only");
	expect(ask(&city, "GET", "/api/v1/openapi.json", "", NULL), 200, "/api/v1/test/notes");
	city_down(&city);
}

static int64_t count_of(City *city, const char *sql) {
	Error error = {0};
	int64_t number = -1;
	Db *db = store_reader(city->store, &error);
	db_int(db, &number, sql, NO_BIND);
	store_release(db);
	return number;
}

static void test_writes(void **state) {
	City city = {0};
	char keyed[256], longer[400];
	city_up(&city, &(DispatcherOptions){0});
	atomic_store(&notes_made, 0);
	snprintf(keyed, sizeof keyed, "%sIdempotency-Key: abc-1\r\n", city.key);
	expect(ask(&city, "POST", "/api/v1/test/notes", city.key, "{\"text\":\"plain\"}"), 201, "noted");
	expect(ask(&city, "POST", "/api/v1/test/notes", city.key, "{\"text\":\"undo\"}"), 409, "Undone");
	assert_int_equal(count_of(&city, "SELECT COUNT(*) FROM note"), 1); /* rolled back */
	int64_t evidence = count_of(&city, "SELECT COUNT(*) FROM idempotency");
	assert_int_equal(evidence, 0);
	const char *first = ask(&city, "POST", "/api/v1/test/notes", keyed, "{\"text\":\"once\"}");
	expect(first, 201, "noted");
	assert_null(strstr(first, "Idempotency-Replayed"));
	for (int i = 0; i < 3; i++)
		expect(ask(&city, "POST", "/api/v1/test/notes", keyed, "{\"text\":\"once\"}"), 201, "Idempotency-Replayed: true");
	assert_int_equal(count_of(&city, "SELECT COUNT(*) FROM note"), 2);
	assert_int_equal(atomic_load(&notes_made), 2);
	expect(ask(&city, "POST", "/api/v1/test/notes", keyed, "{\"text\":\"other\"}"), 409, "idempotency_key");
	assert_int_equal(count_of(&city, "SELECT COUNT(*) FROM idempotency WHERE body LIKE '%noted%'"), 0); /* kept locked */
	/* a refused one leaves no answer behind: mended, it runs under the same key */
	snprintf(keyed, sizeof keyed, "%sIdempotency-Key: abc-2\r\n", city.key);
	expect(ask(&city, "POST", "/api/v1/test/notes", keyed, "{\"text\":\"undo\"}"), 409, "Undone");
	expect(ask(&city, "POST", "/api/v1/test/notes", keyed, "{\"text\":\"good\"}"), 201, "noted");
	memset(longer, 'k', sizeof longer);
	snprintf(longer, sizeof longer, "%sIdempotency-Key: ", city.key);
	size_t at = strlen(longer);
	memset(longer + at, 'k', 129);
	strcpy(longer + at + 129, "\r\n");
	expect(ask(&city, "POST", "/api/v1/test/notes", longer, "{\"text\":\"x\"}"), 400, "Idempotency-Key");
	expect(ask(&city, "POST", "/api/v1/test/notes", "", "{\"text\":\"x\"}"), 401, NULL);
	assert_int_equal(chores_run(city.app, "app.idempotency"), 1);
	assert_int_equal(count_of(&city, "SELECT COUNT(*) FROM idempotency"), 2); /* none is a day old */
	city_down(&city);
}

/* One runs, two wait, and the rest are refused at once, whichever of them came first. */
static void test_full_queue(void **state) {
	enum { ASKED = 6, TAKEN = 3 };
	City city = {0};
	struct pollfd asked[ASKED];
	bool refused[ASKED] = {0};
	int refusals = 0;
	atomic_store(&slow_go, 0);
	atomic_store(&slow_running, 0);
	city_up(&city, &(DispatcherOptions){.read_workers = 1, .queue = TAKEN - 1});
	for (int i = 0; i < ASKED; i++) {
		asked[i] = (struct pollfd){.fd = ask_begin(&city, "GET", "/api/v1/test/slow", "", NULL), .events = POLLIN};
		while (atomic_load(&slow_running) == 0) /* the first has left the queue */
			clock_sleep_us(1000);
	}
	while (refusals < ASKED - TAKEN && poll(asked, ASKED, 10000) > 0)
		for (int i = 0; i < ASKED; i++)
			if (asked[i].revents != 0) {
				expect(read_until(asked[i].fd, NULL, 5000), 503, "Retry-After");
				close(asked[i].fd);
				asked[i].fd = -1; /* poll passes over it */
				refused[i] = true;
				refusals++;
			}
	assert_int_equal(refusals, ASKED - TAKEN);
	atomic_store(&slow_go, 1);
	for (int i = 0; i < ASKED; i++)
		if (!refused[i]) {
			expect(read_until(asked[i].fd, NULL, 5000), 200, "slow");
			close(asked[i].fd);
		}
	city_down(&city);
}

static void test_pages(void **state) {
	City city = {0};
	city_up(&city, &(DispatcherOptions){0});
	const char *answer = ask(&city, "GET", "/", "", NULL);
	expect(answer, 200, "<!doctype html>page");
	assert_non_null(strstr(answer, "frame-ancestors 'none'"));
	assert_non_null(strstr(answer, "Cache-Control: no-cache"));
	expect(ask(&city, "GET", "/catalog/5", "", NULL), 200, "page"); /* a view of the page */
	answer = ask(&city, "GET", "/assets/app-3f2a91bc.mjs", "", NULL);
	expect(answer, 200, "text/javascript");
	assert_non_null(strstr(answer, "immutable"));
	assert_non_null(strstr(answer, "\r\n\r\nplain"));
	answer = ask(&city, "GET", "/assets/app-3f2a91bc.mjs", "Accept-Encoding: gzip\r\n", NULL);
	expect(answer, 200, "Content-Encoding: gzip");
	assert_non_null(strstr(answer, "\r\n\r\ngzipped"));
	static const char *const absent[] = {"/missing.js",
	                                     "/link.txt",
	                                     "/../outside.txt",
	                                     "/%2e%2e/outside.txt",
	                                     "/assets/../../outside.txt",
	                                     "/..%2foutside.txt",
	                                     "/assets/app-3f2a91bc.mjs.gz",
	                                     "/api/x"};
	for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
		answer = ask(&city, "GET", absent[i], "", NULL);
		assert_null(strstr(answer, "\r\n\r\noutside"));
		if (strncmp(answer, "HTTP/1.1 4", 10) != 0) _fail(absent[i], __LINE__);
	}
	city_down(&city);
}

static void officer_login(City *city) {
	const char *answer =
	    ask(city, "POST", "/api/v1/session", "", "{\"login\":\"officer\",\"password\":\"a long enough one\"}");
	expect(answer, 200, "Set-Cookie: ");
	const char *cookie = strstr(answer, "Set-Cookie: ") + 12;
	snprintf(city->cookie, sizeof city->cookie, "Cookie: %.*s\r\n", (int)strcspn(cookie, ";"), cookie);
}

static void test_events(void **state) {
	City city = {0};
	char resume[300];
	city_up(&city, &(DispatcherOptions){0});
	expect(ask(&city, "GET", "/api/v1/events", "", NULL), 401, NULL);
	/* resource topics need jobs.read, which a service account lacks: it hears nothing of them */
	int deaf = ask_begin(&city, "GET", "/api/v1/events", city.key, NULL);
	assert_non_null(strstr(read_until(deaf, "retry:", 3000), "text/event-stream"));
	expect(ask(&city, "POST", "/api/v1/test/notes", city.key, "{\"text\":\"one\"}"), 201, NULL);
	assert_null(strstr(read_until(deaf, "event: feed", 700), "event: feed"));
	close(deaf);
	/* the same with the right: live, then resumed from the ring, then from before the ring */
	officer_login(&city);
	int64_t head = count_of(&city, "SELECT MAX(position) FROM feed");
	int fd = ask_begin(&city, "GET", "/api/v1/events", city.cookie, NULL);
	read_until(fd, "retry:", 3000);
	expect(ask(&city, "POST", "/api/v1/test/notes", city.key, "{\"text\":\"two\"}"), 201, NULL);
	char wanted[200];
	snprintf(wanted, sizeof wanted,
	         "id: %lld\nevent: feed\ndata: {\"topic\":\"resource:77\",\"subject\":\"5\",\"version\":1,\"op\":\"i\"}",
	         (long long)head + 1);
	assert_non_null(strstr(read_until(fd, wanted, 3000), wanted));
	close(fd);
	snprintf(resume, sizeof resume, "%sLast-Event-ID: %lld\r\n", city.cookie, (long long)head);
	fd = ask_begin(&city, "GET", "/api/v1/events", resume, NULL);
	assert_non_null(strstr(read_until(fd, wanted, 3000), wanted));
	close(fd);
	while (events_watchers(city.events) > 0) /* hung-up streams are found by the server's tick */
		clock_sleep_us(20000);
	events_stop(city.events); /* as after a restart: the ring is empty, the store is not */
	city.events = events_start(city.app);
	fd = ask_begin(&city, "GET", "/api/v1/events", resume, NULL);
	assert_non_null(strstr(read_until(fd, wanted, 3000), wanted));
	close(fd);
	snprintf(resume, sizeof resume, "%sLast-Event-ID: 99999999999999999999\r\n", city.key);
	expect(ask(&city, "GET", "/api/v1/events", resume, NULL), 400, "Last-Event-ID");
	city_down(&city);
}

int main(void) {
	signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),     cmocka_unit_test(test_matching),
	                                   cmocka_unit_test(test_inputs),   cmocka_unit_test(test_fault_words),
	                                   cmocka_unit_test(test_language), cmocka_unit_test(test_lanes),
	                                   cmocka_unit_test(test_writes),   cmocka_unit_test(test_full_queue),
	                                   cmocka_unit_test(test_pages),    cmocka_unit_test(test_events)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
