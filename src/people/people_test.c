/* Tests of people on both engines, through a real HTTP server and client: logging in, lock-out, sessions, CSRF, roles on every
 * route, exclusive groups, keys, grants with terms and quotas. The dispatcher here is the smallest that can call the routes; the
 * program's own is app's and tested end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "people/people_private.h"
#include "core/app_testing.h"
#include "people/password_testing.h"
#include <curl/curl.h>

static HttpServer *server;
static Error error;
static int64_t clock_shift; /* added to every request's now */
static int64_t org_a, org_b, resource = 500;
static char *passwords[3];

/* --- what catalog and record would register ------------------------------------------------------------------------------ */
static int facts_run(Request *rq, void *arg) {
	static const FieldFact fields[] = {
	    {1, "code", "代码", 1}, {2, "name", "姓名", 2}, {3, "id_number", "证号", 4}, {7, "phone", "电话", 3}};
	ResourceFacts *facts = arg;
	if (facts->resource_id != resource && facts->resource_id != resource + 1)
		return fail(rq, ERR_NOT_FOUND, "no such resource");
	facts->org_id = org_a;
	facts->name = "法人";
	facts->published = facts->resource_id == resource;
	facts->shared = true;
	facts->fields = fields;
	facts->field_count = 4;
	return 0;
}
static int filter_run(Request *rq, void *arg) {
	FilterCheck *check = arg;
	if (json_object_get(check->filter, "code")) return 0;
	return error_field(rq->error, ERR_INVALID, "filter", TEXT_NONE, "filter", NULL, "the filter names no field");
}
static const Action actions[] = {{"resource.facts", facts_run}, {"filter.check", filter_run}};
static const Module catalog_like = {.name = "catalog-like", .actions = actions, .action_count = 2};
static const Module *const modules[] = {&core_module, &evidence_module, &people_module, &catalog_like};

/* --- the smallest dispatcher ------------------------------------------------------------------------------------------- */
static bool path_matches(const char *pattern, Text path, Text *id) {
	const char *at = path.at, *end = path.at + path.len;
	for (; *pattern; pattern++) {
		if (*pattern == '{') {
			const char *from = at;
			while (at < end && *at != '/')
				at++;
			*id = (Text){from, (size_t)(at - from)};
			pattern = strchr(pattern, '}');
		} else if (at == end || *at++ != *pattern)
			return false;
	}
	return at == end;
}
static int bind_one(Request *rq, const InputField *field, const json_t *value, InputValue *out) {
	const char *text = json_string_value(value);
	out->given = true;
	switch (field->type) {
	case TYPE_TEXT:
	case TYPE_ENUM:
		out->t = (Text){text, json_string_length(value)};
		break;
	case TYPE_JSON:
		out->j = (json_t *)value;
		break;
	case TYPE_BOOL:
		out->i = json_is_true(value) || (text && strcmp(text, "true") == 0);
		break;
	case TYPE_TIME:
		return text ? clock_parse(text_of(text), &out->i) : -1;
	default:
		out->i = text ? atoll(text) : json_integer_value(value);
	}
	return 0;
}
static int inputs_bind(Request *rq, Text id, const json_t *body) {
	const InputField *fields = rq->route->inputs;
	int count = 0;
	while (fields && fields[count].name)
		count++;
	InputValue *values = ARENA_ARRAY(rq->arena, InputValue, count + 1);
	json_t *query = json_object();
	Text rest = http_query(rq->call), key, value;
	while (query_next(rq->arena, &rest, &key, &value) > 0)
		json_object_set_new(query, text_cstr(rq->arena, key), json_stringn(value.at, value.len));
	int code = 0;
	for (int i = 0; i < count && code == 0; i++) {
		const json_t *given = json_object_get(fields[i].in == IN_BODY ? body : query, fields[i].name);
		if (fields[i].in == IN_PATH)
			text_to_int(id, &values[i].i), values[i].given = true;
		else if (given)
			code = bind_one(rq, &fields[i], given, &values[i]);
		else if (fields[i].required)
			code = fail(rq, ERR_INVALID, "%s is missing", fields[i].name);
	}
	arena_on_free(rq->arena, (ArenaCleanup)(void (*)(void))json_decref, query);
	rq->inputs = values;
	return code;
}
static int run_write(Request *rq, void *arg) {
	return rq->route->handler(rq);
}
static int run_route(Request *rq, Text id, const json_t *body) {
	int code = people_authenticate(rq);
	if (code) return code;
	if (!party_may(&rq->party, rq->route->permit))
		return fail(rq, rq->party.kind == PARTY_NOBODY ? ERR_UNAUTHENTICATED : ERR_FORBIDDEN, "not allowed");
	code = inputs_bind(rq, id, body);
	if (code) return code;
	return rq->route->lane == LANE_WRITE ? request_write(rq, run_write, NULL) : rq->route->handler(rq);
}
static void on_call(void *context, HttpCall *call) {
	Request *rq = request_begin(app, "anonymous");
	Text id = TEXT_NONE;
	json_t *body = json_loadb(http_body(call).at ? http_body(call).at : "", http_body(call).len, 0, NULL);
	rq->call = call;
	rq->now_us += clock_shift;
	for (size_t i = 0; i < people_module.route_count && !rq->route; i++)
		if (text_is(http_method(call), people_module.routes[i].method) &&
		    path_matches(people_module.routes[i].path, http_path(call), &id))
			rq->route = &people_module.routes[i];
	int code = rq->route ? run_route(rq, id, body) : fail(rq, ERR_NOT_FOUND, "no route");
	int status = code < 0 ? error_status(code) : rq->status ? rq->status : 200;
	if (code < 0) {
		buf_reset(&rq->body);
		buf_printf(&rq->body, "{\"rule\":\"%s\",\"field\":\"%s\",\"detail\":\"%s\"}", rq->error->rule, rq->error->field,
		           error_name(code));
	}
	HttpHeader headers[] = {{"Set-Cookie", rq->set_cookie}, {NULL, NULL}};
	http_reply(call, status, rq->set_cookie && code >= 0 ? headers : NULL, buf_as_text(&rq->body));
	json_decref(body);
	request_end(rq);
}
static int on_plan(void *context, HttpCall *call, HttpPlan *plan, const char **problem) {
	*plan = (HttpPlan){.body = BODY_MEMORY, .body_max = 1 << 20};
	return 0;
}

/* --- the client -------------------------------------------------------------------------------------------------------- */
typedef struct Client {
	char cookie[200], csrf[64], key[100];
	int status;
	json_t *body;
} Client;
static size_t take_body(char *bytes, size_t size, size_t count, void *buf) {
	buf_add(buf, bytes, size * count);
	return size * count;
}
static size_t take_header(char *bytes, size_t size, size_t count, void *arg) {
	Client *client = arg;
	Text line = {bytes, size * count};
	if (line.len > 23 && strncasecmp(line.at, "Set-Cookie: yw_session=", 23) == 0)
		snprintf(client->cookie, sizeof client->cookie, "%.*s", (int)strcspn(line.at + 12, ";\r\n"), line.at + 12);
	return size * count;
}
/* Sends; the answer's JSON is in client->body until the next call. */
static int ask(Client *client, const char *method, const char *path, const char *body) {
	CURL *curl = curl_easy_init();
	char url[300], line[300];
	struct curl_slist *headers = NULL;
	Buf buf = {0};
	long status = 0;
	snprintf(url, sizeof url, "http://127.0.0.1:%d/api/v1%s", http_port(server), path);
	snprintf(line, sizeof line, "X-CSRF-Token: %s", client->csrf);
	if (client->csrf[0]) headers = curl_slist_append(headers, line);
	snprintf(line, sizeof line, "Authorization: Bearer %s", client->key);
	if (client->key[0]) headers = curl_slist_append(headers, line);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	if (client->cookie[0]) curl_easy_setopt(curl, CURLOPT_COOKIE, client->cookie);
	if (body) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &buf);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, client);
	assert_int_equal(curl_easy_perform(curl), CURLE_OK);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	json_decref(client->body);
	client->body = json_loadb(buf.at ? buf.at : "", buf.len, 0, NULL);
	buf_free(&buf);
	client->status = (int)status;
	return client->status;
}
static const char *got(Client *client, const char *name) {
	const char *text = json_string_value(json_object_get(client->body, name));
	return text ? text : "";
}
static int login(Client *client, const char *who, const char *password) {
	char body[300];
	*client = (Client){.body = client->body};
	snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"%s\"}", who, password);
	ask(client, "POST", "/session", body);
	snprintf(client->csrf, sizeof client->csrf, "%s", got(client, "csrf"));
	return client->status;
}
static void expect(Client *client, int status, const char *method, const char *path, const char *body) {
	ask(client, method, path, body);
	if (client->status == status) return;
	char *text = json_dumps(client->body, JSON_ENCODE_ANY);
	flunk("%s %s %s: %d instead of %d: %s\n", method, path, body ? body : "", client->status, status, text ? text : "");
}
static void expect_rule(Client *client, int status, const char *rule, const char *method, const char *path, const char *body) {
	expect(client, status, method, path, body);
	assert_string_equal(got(client, "rule"), rule);
}

/* --- people of the test ------------------------------------------------------------------------------------------------ */
typedef struct Make {
	const char *login, *roles, *phc;
	int64_t org_id, account_id;
} Make;
static int make_account(Request *rq, void *arg) {
	Make *make = arg;
	return account_create(rq, make->login, make->login, make->org_id, make->roles, make->phc, false, &make->account_id);
}
static int make_orgs(Request *rq, void *arg) {
	int code = org_create(rq, "A", "市场监管局", NULL, 0, &org_a);
	return code ? code : org_create(rq, "B", "公安局", NULL, org_a, &org_b);
}
static int64_t account_of(const char *login_name, const char *roles, int64_t org_id, const char *password) {
	static char *phc; /* of the one password used here: hashing is slow on purpose */
	Request *rq = request_begin(app, "test");
	if (password && !phc) phc = strdup(password_hash(rq->arena, text_of(password)));
	Make make = {login_name, roles, password ? phc : NULL, org_id, 0};
	int code = request_write(rq, make_account, &make);
	if (code < 0) flunk("%s: %s\n", login_name, rq->error->message);
	request_end(rq);
	return make.account_id;
}
static const char good_password[] = "correct horse battery";

static int setup_people(StoreEngine engine, bool admins) {
	error_clear(&error);
	clock_shift = 0;
	memset(passwords, 0, sizeof passwords);
	app_for_test(engine, modules, 4);
	Request *rq = request_begin(app, "test");
	Buf out = {0};
	if ((admins && people_init(rq, &out) < 0) || request_write(rq, make_orgs, NULL) < 0) flunk("%s\n", rq->error->message);
	buf_char(&out, '\0');
	char *line = out.at;
	for (int i = 0; i < 3 && admins; i++) {
		char *space = strchr(line, ' '), *end = strchr(line, '\n');
		passwords[i] = strndup(space + 1, (size_t)(end - space - 1));
		line = end + 1;
	}
	buf_free(&out);
	request_end(rq);
	HttpConfig config = {.address = "127.0.0.1:0", .threads = 1, .spool_dir = dir, .plan = on_plan, .call = on_call};
	if (http_start(&server, &config, &error)) flunk("%s\n", error.message);
	return 0;
}
static int setup(StoreEngine engine) {
	return setup_people(engine, false);
}
static int setup_sqlite_admins(void **state) {
	return setup_people(STORE_SQLITE, true);
}
static int setup_postgres_admins(void **state) {
	return setup_people(STORE_POSTGRES, true);
}
static int people_teardown(void **state) {
	http_stop(server, 1000000);
	for (int i = 0; i < 3; i++)
		free(passwords[i]);
	return teardown(state);
}
/* An administrator logged in with a password of the own. */
static Client admin(int which) {
	static const char *const logins[] = {"sysadmin", "secadmin", "auditor"};
	char body[300];
	Client client = {0};
	assert_int_equal(login(&client, logins[which], passwords[which]), 200);
	snprintf(body, sizeof body, "{\"old_password\":\"%s\",\"new_password\":\"%s\"}", passwords[which], good_password);
	expect(&client, 200, "POST", "/session/password", body);
	return client;
}

/* --- sessions ---------------------------------------------------------------------------------------------------------- */
static void test_first_login(void **state) {
	Client client = {0}, other = {0};
	char body[300];
	Request *rq = request_begin(app, "test");
	Buf out = {0};
	assert_int_equal(people_init(rq, &out), ERR_CONFLICT); /* once only */
	assert_int_equal(out.len, 0);
	request_end(rq);
	expect(&client, 401, "GET", "/session", NULL);
	assert_int_equal(login(&client, "SysAdmin", passwords[0]), 200); /* case of the login does not matter */
	assert_true(json_is_true(json_object_get(client.body, "must_change_password")));
	expect_rule(&client, 403, "must_change_password", "GET", "/accounts", NULL);
	expect(&client, 200, "GET", "/session", NULL);
	assert_string_equal(got(&client, "login"), "sysadmin");
	assert_int_equal(login(&other, "sysadmin", passwords[0]), 200);
	snprintf(body, sizeof body, "{\"old_password\":\"%s\",\"new_password\":\"%s\"}", passwords[0], "short");
	expect_rule(&client, 400, "password_length", "POST", "/session/password", body);
	snprintf(body, sizeof body, "{\"old_password\":\"%s\",\"new_password\":\"%s\"}", passwords[0], "my sysadmin word");
	expect_rule(&client, 400, "password_login", "POST", "/session/password", body);
	snprintf(body, sizeof body, "{\"old_password\":\"%s\",\"new_password\":\"%s\"}", passwords[0], "aaaaaaaaaaaaaa");
	expect_rule(&client, 400, "password_simple", "POST", "/session/password", body);
	snprintf(body, sizeof body, "{\"old_password\":\"wrong wrong wrong\",\"new_password\":\"%s\"}", good_password);
	expect_rule(&client, 403, "old_password", "POST", "/session/password", body);
	snprintf(body, sizeof body, "{\"old_password\":\"%s\",\"new_password\":\"%s\"}", passwords[0], good_password);
	expect(&client, 200, "POST", "/session/password", body);
	expect(&client, 200, "GET", "/accounts", NULL);
	expect(&other, 401, "GET", "/session", NULL); /* the other session is gone */
	assert_int_equal(login(&other, "sysadmin", passwords[0]), 401);
	assert_int_equal(login(&other, "sysadmin", good_password), 200);
	assert_int_equal(count_of_sql("SELECT count(*) FROM session WHERE length(token_hash) <> 64"), 0); /* only hashes */
	json_decref(client.body);
	json_decref(other.body);
}

static void test_csrf_and_logout(void **state) {
	Client client = admin(0);
	char csrf[64];
	snprintf(csrf, sizeof csrf, "%s", client.csrf);
	client.csrf[0] = '\0';
	expect_rule(&client, 403, "csrf", "POST", "/orgs", "{\"code\":\"C\",\"name\":\"x\"}");
	snprintf(client.csrf, sizeof client.csrf, "%s", csrf);
	client.csrf[3] ^= 1;
	expect_rule(&client, 403, "csrf", "POST", "/orgs", "{\"code\":\"C\",\"name\":\"x\"}");
	expect_rule(&client, 403, "csrf", "DELETE", "/session", NULL);
	snprintf(client.csrf, sizeof client.csrf, "%s", csrf);
	expect(&client, 201, "POST", "/orgs", "{\"code\":\"C\",\"name\":\"x'; DROP TABLE org; --<b>\"}");
	expect_rule(&client, 409, "duplicate", "POST", "/orgs", "{\"code\":\"C\",\"name\":\"y\"}");
	expect(&client, 200, "GET", "/orgs", NULL);
	char cookie[200];
	snprintf(cookie, sizeof cookie, "%s", client.cookie);
	expect(&client, 200, "DELETE", "/session", NULL);
	assert_string_equal(client.cookie, "yw_session=");
	snprintf(client.cookie, sizeof client.cookie, "%s", cookie);
	expect(&client, 401, "GET", "/session", NULL);
	json_decref(client.body);
}

static void test_session_ends(void **state) {
	Client client = admin(0);
	clock_shift = INT64_C(29) * 60000000;
	expect(&client, 200, "GET", "/session", NULL); /* in use: the idle time begins again */
	meters_flush(app);
	clock_shift = INT64_C(58) * 60000000;
	expect(&client, 200, "GET", "/session", NULL);
	meters_flush(app);
	clock_shift = INT64_C(89) * 60000000;
	expect(&client, 401, "GET", "/session", NULL); /* 31 minutes idle */
	clock_shift = 0;
	assert_int_equal(login(&client, "sysadmin", good_password), 200);
	for (int i = 1; i <= 24; i++) {
		clock_shift = i * INT64_C(29) * 60000000;
		expect(&client, 200, "GET", "/session", NULL);
		meters_flush(app);
	}
	clock_shift = INT64_C(12) * 3600000000 + 1000000 * 60;
	expect(&client, 401, "GET", "/session", NULL); /* 12 hours in all */
	clock_shift = 0;
	assert_int_equal(login(&client, "sysadmin", good_password), 200); /* with the old cookie sent along */
	json_decref(client.body);
}

/* Ended sessions and the use of long past days go; what is in force stays. */
static void test_chores(void **state) {
	Client ended = admin(0), idle = admin(1), used = admin(2);
	meters_flush(app);
	const char *shift = "UPDATE session SET created_at = created_at - 3600000000 * 13 WHERE account_id ="
	                    " (SELECT account_id FROM account WHERE login = 'sysadmin') AND created_at > $1";
	run_sql_with(shift, 0);
	run_sql_with("UPDATE session SET seen_at = seen_at - 60000000 * 31 WHERE account_id ="
	             " (SELECT account_id FROM account WHERE login = 'secadmin') AND created_at > $1",
	             0);
	for (int day = 0; day < 40; day += 13)
		run_sql_with("INSERT INTO grant_use (grant_id, day, slot, used) VALUES (1, $1, 0, 5)",
		             date_of_us(clock_now_us()) - day);
	assert_int_equal(chores_run(app, "people.sessions"), 1);
	assert_int_equal(chores_run(app, "people.grant_use"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM session"), 1);
	expect(&used, 200, "GET", "/session", NULL);
	assert_int_equal(count_of_sql("SELECT count(*) FROM grant_use"), 3);
	json_decref(ended.body);
	json_decref(idle.body);
	json_decref(used.body);
}

static void test_lock_out(void **state) {
	Client client = {0}, sec = admin(1);
	int64_t before = count_of_sql("SELECT count(*) FROM evidence_outbox");
	account_of("li.si", "reader", org_a, good_password);
	for (int i = 0; i < 5; i++)
		assert_int_equal(login(&client, "li.si", "wrong wrong wrong"), 401);
	assert_int_equal(login(&client, "li.si", good_password), 401); /* locked, and the answer does not tell */
	assert_true(count_of_sql("SELECT count(*) FROM account WHERE locked_until > 0") == 1);
	assert_true(before >= 0);
	clock_shift = INT64_C(16) * 60000000;
	assert_int_equal(login(&client, "li.si", good_password), 200);
	clock_shift = 0;
	for (int i = 0; i < 5; i++)
		login(&client, "li.si", "wrong wrong wrong");
	int64_t id = count_of_sql("SELECT account_id FROM account WHERE login = 'li.si'");
	char path[100];
	snprintf(path, sizeof path, "/accounts/%lld/unlock", (long long)id);
	assert_int_equal(login(&client, "li.si", good_password), 401);
	expect(&sec, 200, "POST", path, "{}");
	assert_int_equal(login(&client, "li.si", good_password), 200);
	json_decref(client.body);
	json_decref(sec.body);
}

/* Unknown logins cost what known ones do, and an address that keeps failing must wait. */
static void test_unknown_logins(void **state) {
	Client client = {0};
	account_of("li.si", "reader", org_a, good_password);
	for (int i = 0; i < 3; i++)
		for (int known = 0; known < 2; known++) {
			int before = atomic_load(&passwords_checked);
			assert_int_equal(login(&client, known ? "li.si" : "no.such", "wrong wrong wrong"), 401);
			assert_int_equal(atomic_load(&passwords_checked) - before,
			                 1); /* against a hash, if need be one made up */
		}
	Request *rq = request_begin(app, "test");
	People *people = people_of(app);
	for (int i = 0; i < THROTTLE_SLOTS; i++)
		people->throttle[i] = (Throttle){rq->now_us, 50};
	request_end(rq);
	assert_int_equal(login(&client, "li.si", good_password), 429);
	assert_string_equal(got(&client, "rule"), "login_throttle");
	clock_shift = INT64_C(6) * 60000000;
	assert_int_equal(login(&client, "li.si", good_password), 200);
	json_decref(client.body);
}

/* --- roles ------------------------------------------------------------------------------------------------------------- */
/* Every role against every route of the room: what the table says is what happens. */
static void test_roles_on_every_route(void **state) {
	static const char *const roles[] = {"system_admin", "security_admin", "auditor", "data_bureau",
	                                    "data_officer", "reader",         ""};
	for (size_t r = 0; r < 7; r++) {
		char name[40], path[200];
		Client client = {0};
		uint64_t bits = 0;
		snprintf(name, sizeof name, "role%zu", r);
		account_of(name, roles[r], org_a, good_password);
		Request *rq = request_begin(app, "test");
		assert_int_equal(roles_parse(rq, text_of(roles[r]), &bits), 0);
		request_end(rq);
		assert_int_equal(login(&client, name, good_password), 200);
		for (size_t i = 0; i < people_module.route_count; i++) {
			const Route *route = &people_module.routes[i];
			const char *brace = strchr(route->path, '{');
			if (strcmp(route->action, "session.logout") == 0 || strcmp(route->action, "session.login") == 0) continue;
			if (brace)
				snprintf(path, sizeof path, "%.*s1%s", (int)(brace - route->path) - 7, route->path + 7,
				         strchr(brace, '}') + 1);
			else
				snprintf(path, sizeof path, "%s", route->path + 7);
			ask(&client, route->method, path, strcmp(route->method, "GET") == 0 ? NULL : "{}");
			bool may = (roles_permits(bits) & PERMIT_BIT(route->permit)) != 0;
			if (may == (client.status == 403))
				flunk("%s %s as %s: %d\n", route->method, path, roles[r], client.status);
		}
		json_decref(client.body);
	}
}

static int roles_straight(Request *rq, void *arg) {
	return (int)db_run(rq->db, "UPDATE account SET roles = 3 WHERE login = 'sysadmin'", NO_BIND);
}
static void test_exclusive_roles(void **state) {
	Client sys = admin(0), sec = admin(1);
	char path[100], body[200];
	snprintf(body, sizeof body, "{\"login\":\"wang.wu\",\"name\":\"王五\",\"org_id\":\"%lld\",\"kind\":\"person\"}",
	         (long long)org_a);
	expect(&sys, 201, "POST", "/accounts", body);
	char password[40], id[40];
	snprintf(password, sizeof password, "%s", got(&sys, "one_time_password"));
	snprintf(id, sizeof id, "%s", got(&sys, "account_id"));
	expect_rule(&sys, 409, "duplicate", "POST", "/accounts", body);
	snprintf(path, sizeof path, "/accounts/%s/roles", id);
	expect(&sys, 403, "PUT", path, "{\"version\":1,\"roles\":[\"system_admin\"]}"); /* accounts are its work, roles are not */
	expect_rule(&sec, 409, "exclusive_roles", "PUT", path, "{\"version\":1,\"roles\":[\"system_admin\",\"auditor\"]}");
	expect_rule(&sec, 409, "exclusive_roles", "PUT", path, "{\"version\":1,\"roles\":[\"data_officer\",\"auditor\"]}");
	expect_rule(&sec, 409, "account_kind", "PUT", path, "{\"version\":1,\"roles\":[\"service\"]}");
	expect_rule(&sec, 400, "unknown_role", "PUT", path, "{\"version\":1,\"roles\":[\"root\"]}");
	expect_rule(&sec, 409, "version", "PUT", path, "{\"version\":9,\"roles\":[\"reader\"]}");
	expect(&sec, 200, "PUT", path, "{\"version\":1,\"roles\":[\"data_officer\",\"reader\"]}");
	int64_t sec_id = count_of_sql("SELECT account_id FROM account WHERE login = 'secadmin'");
	snprintf(path, sizeof path, "/accounts/%lld/roles", (long long)sec_id);
	expect_rule(&sec, 403, "own_account", "PUT", path, "{\"version\":2,\"roles\":[]}");
	int64_t auditor = count_of_sql("SELECT account_id FROM account WHERE login = 'auditor'");
	snprintf(path, sizeof path, "/accounts/%lld/roles", (long long)auditor);
	expect_rule(&sec, 409, "last_administrator", "PUT", path, "{\"version\":1,\"roles\":[]}");
	snprintf(path, sizeof path, "/accounts/%lld", (long long)auditor);
	expect_rule(&sys, 409, "last_administrator", "PATCH", path, "{\"version\":1,\"state\":\"disabled\"}");
	account_of("auditor2", "auditor", org_a, good_password);
	expect(&sys, 200, "PATCH", path, "{\"version\":1,\"state\":\"disabled\"}");
	Request *rq = request_begin(app, "test"); /* and the database refuses it whoever writes */
	assert_true(request_write(rq, roles_straight, NULL) < 0);
	request_end(rq);
	/* a disabled account's session ends at once */
	Client wang = {0};
	assert_int_equal(login(&wang, "wang.wu", password), 200);
	snprintf(path, sizeof path, "/accounts/%s", id);
	expect(&sys, 200, "PATCH", path, "{\"version\":2,\"state\":\"disabled\"}");
	expect(&wang, 401, "GET", "/session", NULL);
	assert_int_equal(login(&wang, "wang.wu", password), 401);
	/* a password set anew is a one-time one */
	expect(&sys, 200, "PATCH", path, "{\"version\":3,\"state\":\"active\",\"name\":\"王小五\"}");
	snprintf(path, sizeof path, "/accounts/%s/password", id);
	expect(&sec, 200, "POST", path, "{}");
	snprintf(password, sizeof password, "%s", got(&sec, "one_time_password"));
	assert_int_equal(login(&wang, "wang.wu", password), 200);
	assert_true(json_is_true(json_object_get(wang.body, "must_change_password")));
	expect(&sys, 200, "GET", "/accounts?q=%E7%8E%8B%E5%B0%8F&limit=5", NULL);
	assert_int_equal(json_array_size(json_object_get(sys.body, "items")), 1);
	json_decref(sys.body);
	json_decref(sec.body);
	json_decref(wang.body);
}

/* --- keys -------------------------------------------------------------------------------------------------------------- */
static void test_keys(void **state) {
	Client officer = {0}, stranger = {0}, service = {0};
	char path[100], key[100];
	account_of("officer", "data_officer", org_a, good_password);
	account_of("stranger", "data_officer", org_b, good_password);
	int64_t svc = account_of("svc.tax", "service", org_a, NULL);
	assert_int_equal(login(&officer, "officer", good_password), 200);
	assert_int_equal(login(&stranger, "stranger", good_password), 200);
	assert_int_equal(login(&service, "svc.tax", good_password), 401); /* services have no password */
	snprintf(path, sizeof path, "/accounts/%lld/keys", (long long)svc);
	expect(&stranger, 404, "POST", path, "{\"label\":\"x\"}");
	expect_rule(&officer, 400, "future", "POST", path, "{\"label\":\"x\",\"expires_at\":\"2020-01-01T00:00:00Z\"}");
	expect(&officer, 201, "POST", path, "{\"label\":\"税务\"}");
	service = (Client){.body = service.body};
	snprintf(service.key, sizeof service.key, "%s", got(&officer, "secret"));
	snprintf(key, sizeof key, "/keys/%s", got(&officer, "key_id"));
	assert_memory_equal(service.key, "yw_", 3);
	expect(&service, 200, "GET", "/session", NULL); /* no CSRF for keys, and none is given */
	assert_string_equal(got(&service, "login"), "svc.tax");
	expect(&service, 403, "GET", "/accounts", NULL);
	service.key[strlen(service.key) - 1] ^= 1;
	expect(&service, 401, "GET", "/session", NULL);
	service.key[strlen(service.key) - 1] ^= 1;
	snprintf(service.key + 90, 10, "%s", "");
	meters_flush(app);
	expect(&officer, 200, "GET", path, NULL);
	json_t *item = json_array_get(json_object_get(officer.body, "items"), 0);
	assert_true(json_is_string(json_object_get(item, "last_used")));
	assert_null(json_object_get(item, "secret"));
	expect(&stranger, 404, "DELETE", key, NULL);
	expect(&officer, 200, "DELETE", key, NULL);
	expect(&service, 401, "GET", "/session", NULL); /* at once */
	expect(&officer, 404, "DELETE", key, NULL);
	/* a key for a time */
	expect(&officer, 201, "POST", path, "{\"label\":\"short\",\"expires_at\":\"2099-01-01T00:00:00+08:00\"}");
	snprintf(service.key, sizeof service.key, "%s", got(&officer, "secret"));
	expect(&service, 200, "GET", "/session", NULL);
	clock_shift = INT64_C(80) * 366 * 86400000000;
	expect(&service, 401, "GET", "/session", NULL);
	clock_shift = 0;
	static const char *const nonsense[] = {
	    "x", "yw_", "yw__", "yw_zzzzzzzzzzzzzzzzzzzz_a", "yw_1_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "yw_Z_aaaaaaaaa"};
	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
		snprintf(service.key, sizeof service.key, "%s", nonsense[i]);
		expect(&service, 401, "GET", "/session", NULL);
	}
	json_decref(officer.body);
	json_decref(stranger.body);
	json_decref(service.body);
}

/* --- grants ------------------------------------------------------------------------------------------------------------ */
static Request *as_account(App *of, int64_t account_id) {
	Request *rq = request_begin(of, "service");
	rq->party = (Party){.kind = PARTY_SERVICE, .account_id = account_id};
	rq->now_us += clock_shift;
	return rq;
}
static int find_as(int64_t account_id, int64_t resource_id) {
	Request *rq = as_account(app, account_id);
	const Grant *grant;
	int code = grant_find(rq, resource_id, WAY_API, &grant);
	request_end(rq);
	return code;
}
static void grant_body(char *out, size_t size, int64_t account, const char *rest) {
	snprintf(out, size, "{\"resource_id\":\"%lld\",\"account_id\":\"%lld\",\"quota_day\":100,\"ways\":[\"api\"],%s}",
	         (long long)resource, (long long)account, rest);
}

static void test_grants(void **state) {
	Client officer = {0}, stranger = {0};
	char body[600], path[100];
	int64_t svc = account_of("svc", "service", org_b, NULL);
	account_of("officer", "data_officer", org_a, good_password);
	account_of("stranger", "data_officer", org_b, good_password);
	assert_int_equal(login(&officer, "officer", good_password), 200);
	assert_int_equal(login(&stranger, "stranger", good_password), 200);
	assert_int_equal(find_as(svc, resource), ERR_FORBIDDEN);
	static const struct {
		const char *rule, *rest;
		int status;
	} bad[] = {
	    {"unknown_field",
	     "\"fields\":[{\"name\":\"nope\",\"mode\":\"clear\"}],\"purpose\":\"some purpose\",\"until\":\"2027-06-01\"", 400},
	    {"mode", "\"fields\":[{\"no\":1,\"mode\":\"raw\"}],\"purpose\":\"some purpose\",\"until\":\"2027-06-01\"", 400},
	    {"duplicate",
	     "\"fields\":[{\"no\":1,\"mode\":\"clear\"},{\"name\":\"code\",\"mode\":\"masked\"}],\"purpose\":\"some "
	     "purpose\",\"until\":\"2027-06-01\"",
	     400},
	    {"unknown_member",
	     "\"fields\":[{\"no\":1,\"mode\":\"clear\",\"x\":1}],\"purpose\":\"some purpose\",\"until\":\"2027-06-01\"", 400},
	    {"required", "\"fields\":[],\"purpose\":\"some purpose\",\"until\":\"2027-06-01\"", 400},
	    {"clear_sensitive",
	     "\"fields\":[{\"no\":3,\"mode\":\"clear\"}],\"purpose\":\"some purpose\",\"until\":\"2027-06-01\"", 400},
	    {"purpose",
	     "\"fields\":[{\"no\":3,\"mode\":\"clear\"}],\"purpose\":\"short\",\"clear_sensitive\":true,\"until\":\"2027-06-01\"",
	     400},
	    {"term", "\"fields\":[{\"no\":1,\"mode\":\"clear\"}],\"purpose\":\"some purpose\",\"until\":\"2020-06-01\"", 400},
	    {"term_max", "\"fields\":[{\"no\":1,\"mode\":\"clear\"}],\"purpose\":\"some purpose\",\"until\":\"2099-06-01\"", 400},
	    {"filter",
	     "\"fields\":[{\"no\":1,\"mode\":\"clear\"}],\"purpose\":\"some "
	     "purpose\",\"until\":\"2027-06-01\",\"filter\":{\"x\":1}",
	     400},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		grant_body(body, sizeof body, svc, bad[i].rest);
		expect_rule(&officer, bad[i].status, bad[i].rule, "POST", "/grants", body);
	}
	const char *good =
	    "\"fields\":[{\"name\":\"code\",\"mode\":\"clear\"},{\"no\":7,\"mode\":\"masked\"}],\"purpose\":\"企业信用核验\","
	    "\"until\":\"2027-06-01\",\"filter\":{\"code\":\"1\"}";
	grant_body(body, sizeof body, svc, good);
	expect_rule(&stranger, 403, "own_resource", "POST", "/grants", body);
	expect(&officer, 201, "POST", "/grants", body);
	snprintf(path, sizeof path, "/grants/%s", got(&officer, "grant_id"));
	assert_string_equal(got(&officer, "state"), "live");
	Request *rq = as_account(app, svc);
	const Grant *grant;
	assert_int_equal(grant_find(rq, resource, WAY_API, &grant), 0);
	assert_int_equal(grant->ways, WAY_API);
	assert_int_equal(grant_find(rq, resource, WAY_INSIDE, &grant), 0);
	assert_int_equal(grant_find(rq, resource, WAY_BATCH, &grant), ERR_FORBIDDEN);
	assert_string_equal(rq->error->rule, "way");
	assert_string_equal(rq->error->value, "batch");
	error_clear(rq->error);
	assert_int_equal(grant->mode_count, 8);
	assert_int_equal(grant->modes[1], GRANT_CLEAR);
	assert_int_equal(grant->modes[2], GRANT_NONE);
	assert_int_equal(grant->modes[7], GRANT_MASKED);
	assert_non_null(json_object_get(grant->filter, "code"));
	assert_string_equal(grant->purpose, "企业信用核验");
	/* quota: all or nothing, exactly */
	assert_int_equal(grant_use(rq, grant, 60), 0);
	assert_int_equal(grant_use(rq, grant, 41), ERR_QUOTA);
	error_clear(rq->error);
	assert_int_equal(grant_use(rq, grant, 40), 0);
	assert_int_equal(grant_use(rq, grant, 1), ERR_QUOTA);
	error_clear(rq->error);
	assert_int_equal(grant_used(grant, rq->now_us), 100);
	meters_flush(app);
	expect(&officer, 200, "GET", path, NULL);
	assert_int_equal(json_integer_value(json_object_get(officer.body, "used_today")), 100);
	rq->now_us += INT64_C(86400) * 1000000; /* tomorrow */
	assert_int_equal(grant_use(rq, grant, 100), 0);
	assert_int_equal(grant_use(rq, grant, 1), ERR_QUOTA);
	request_end(rq);
	/* terms */
	clock_shift = INT64_C(250) * 86400000000;
	assert_int_equal(find_as(svc, resource), ERR_GONE);
	clock_shift = -INT64_C(86400) * 1000000;
	assert_int_equal(find_as(svc, resource), ERR_GONE);
	clock_shift = 0;
	assert_int_equal(find_as(svc, resource), 0);
	assert_int_equal(find_as(svc + 1, resource), ERR_FORBIDDEN);
	/* who sees it: supplier and receiver */
	expect(&stranger, 200, "GET", path, NULL);
	expect(&stranger, 200, "GET", "/grants?state=live&limit=1", NULL);
	assert_int_equal(json_array_size(json_object_get(stranger.body, "items")), 1);
	expect(&stranger, 200, "GET", "/grants?state=expired", NULL);
	assert_int_equal(json_array_size(json_object_get(stranger.body, "items")), 0);
	/* revoked: seen at once */
	char revoke[120];
	snprintf(revoke, sizeof revoke, "%s/revoke", path);
	expect(&stranger, 404, "POST", revoke, "{\"reason\":\"why not\",\"version\":1}");
	expect_rule(&officer, 409, "version", "POST", revoke, "{\"reason\":\"no longer needed\",\"version\":2}");
	expect(&officer, 200, "POST", revoke, "{\"reason\":\"no longer needed\",\"version\":1}");
	assert_string_equal(got(&officer, "state"), "revoked");
	assert_int_equal(find_as(svc, resource), ERR_GONE);
	json_decref(officer.body);
	json_decref(stranger.body);
}

/* Threads of one process never pass a quota; two processes learn of each other within a second or so. */
static _Atomic int used_in_all;
static void *use_many(void *arg) {
	int64_t *account = arg;
	Request *rq = as_account(app, *account);
	const Grant *grant;
	assert_int_equal(grant_find(rq, resource, WAY_API, &grant), 0);
	for (int i = 0; i < 50; i++) {
		if (grant_use(rq, grant, 1) == 0) atomic_fetch_add(&used_in_all, 1);
		error_clear(rq->error);
		if (i % 10 == 0) meters_flush(app);
	}
	request_end(rq);
	return NULL;
}
static void test_quota_of_many(void **state) {
	Client officer = {0};
	char body[600];
	int64_t svc = account_of("svc", "service", org_b, NULL);
	account_of("officer", "data_officer", org_a, good_password);
	assert_int_equal(login(&officer, "officer", good_password), 200);
	grant_body(body, sizeof body, svc,
	           "\"fields\":[{\"no\":1,\"mode\":\"clear\"}],\"purpose\":\"some purpose\",\"until\":\"2027-06-01\"");
	expect(&officer, 201, "POST", "/grants", body);
	pthread_t threads[4];
	used_in_all = 0;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, use_many, &svc);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&used_in_all), 100);
	meters_flush(app);
	assert_int_equal(count_of_sql("SELECT CAST(SUM(used) AS BIGINT) FROM grant_use"), 100);
	json_decref(officer.body);
	if (test.engine == STORE_SQLITE) return;
	Store *store2;
	App *app2;
	static const Module *const modules2[] = {&core_module, &people_module, &catalog_like};
	assert_int_equal(store_open(&store2, test.url, NULL, &error), 0);
	assert_int_equal(app_create(&app2, dir, store2, modules2, 3, &error), 0);
	assert_int_equal(app_start(app2, false, &error), 0);
	Request *rq = as_account(app2, svc);
	const Grant *grant;
	assert_int_equal(grant_find(rq, resource, WAY_API, &grant), 0);
	assert_int_equal(grant_use(rq, grant, 1), ERR_QUOTA); /* it has read what the first process wrote */
	request_end(rq);
	app_stop(app2);
	app_free(app2);
	store_close(store2);
}

/* --- how fast ---------------------------------------------------------------------------------------------------------- */
static void test_key_speed(void **state) {
	int64_t svc = account_of("svc", "service", org_b, NULL);
	Client officer = {0};
	char path[100];
	account_of("officer", "data_officer", org_b, good_password);
	assert_int_equal(login(&officer, "officer", good_password), 200);
	snprintf(path, sizeof path, "/accounts/%lld/keys", (long long)svc);
	expect(&officer, 201, "POST", path, "{\"label\":\"speed\"}");
	Request *rq = request_begin(app, "test");
	int rounds = 200000;
	int64_t from = clock_monotonic_us();
	for (int i = 0; i < rounds; i++) {
		Request *one = request_open(app);
		one->db = rq->db;
		assert_int_equal(people_key(one, text_of(got(&officer, "secret"))), 0);
		request_end(one);
	}
	double ns = (double)(clock_monotonic_us() - from) * 1000 / rounds;
	print_message("key: %.0f ns with opening and ending the request\n", ns);
	assert_true(ns < 15000); /* sanitizers and busy machines included; the aim is 1,500 */
	request_end(rq);
	json_decref(officer.body);
}

#define ON_BOTH(name, with)                                                                                                      \
	{#name " sqlite", name, setup_sqlite##with, people_teardown, NULL}, {                                                    \
#name " postgres", name, setup_postgres##with, people_teardown, NULL                                             \
	}

int main(void) {
	const struct CMUnitTest tests[] = {
	    ON_BOTH(test_first_login, _admins),
	    ON_BOTH(test_csrf_and_logout, _admins),
	    ON_BOTH(test_session_ends, _admins),
	    ON_BOTH(test_chores, _admins),
	    ON_BOTH(test_lock_out, _admins),
	    ON_BOTH(test_exclusive_roles, _admins),
	    ON_BOTH(test_unknown_logins, ),
	    ON_BOTH(test_roles_on_every_route, ),
	    ON_BOTH(test_keys, ),
	    ON_BOTH(test_grants, ),
	    ON_BOTH(test_quota_of_many, ),
	    cmocka_unit_test_setup_teardown(test_key_speed, setup_sqlite, people_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
