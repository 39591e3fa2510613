/* Tests of core on both engines: settings, caches, requests, jobs (take-over, fencing, cancel, resume), and the Lua cage. */
#include "core/app_testing.h"
#include "core/core_private.h"

static Error error;

/* --- the job kinds under test ---------------------------------------------------------------------------------------- */
static _Atomic int runs, steps, hold; /* hold: a run waits while it is 1 */

typedef struct Step {
	Job *job;
	int number;
} Step;

static int step_write(Request *rq, void *arg) {
	Step *step = arg;
	json_t *checkpoint = json_pack("{s:i}", "step", step->number);
	int code = job_checkpoint(rq, step->job, checkpoint);
	json_decref(checkpoint);
	if (code == 0 && db_run(rq->db, "INSERT INTO step_done (job_id, step) VALUES ($1, $2)",
	                        BIND(val_int(step->job->job_id), val_int(step->number))) < 0)
		code = rq->error->code;
	if (code == 0 && step->number == 10) code = job_finish(rq, step->job, JOB_RECONCILED, step->job->args);
	return code;
}

static int steps_run(Request *rq, Job *job) {
	atomic_fetch_add(&runs, 1);
	int from = (int)json_integer_value(json_object_get(job->checkpoint, "step"));
	for (int i = from + 1; i <= 10; i++) {
		int code = job_progress(rq, job, i < 6 ? "read" : "write", i, 10);
		if (code) return code;
		Step step = {job, i};
		code = request_write_bulk(rq, step_write, &step);
		if (code < 0) return code;
		atomic_fetch_add(&steps, 1);
		while (i == 5 && atomic_load(&hold)) {
			code = job_progress(rq, job, "held", i, 10);
			if (code) return code;
			clock_sleep_us(20000);
		}
	}
	return 0;
}

static int fail_run(Request *rq, Job *job) {
	job_note(rq, job, "about to fail");
	return error_field(rq->error, ERR_INVALID, "name", TEXT("张三"), "length", "Shorten it.", "The name is too long");
}

static int nothing_run(Request *rq, Job *job) {
	return 0;
}

static const Migration migrations[] = {
    {.name = "core-test-1",
     .sql = "CREATE TABLE step_done (job_id BIGINT NOT NULL, step BIGINT NOT NULL, PRIMARY KEY (job_id, step))"}};
static const JobKind kinds[] = {{"test.steps", steps_run}, {"test.fail", fail_run}, {"test.nothing", nothing_run}};
static const Setting settings[] = {{"test.number", "5", "a number", 1, 10}, {"test.text", "早", "a text", 0, 0}};
static int name_run(Request *rq, void *arg) {
	ResourceName *name = arg;
	name->name = name->resource_id == 77 ? "法人基础信息" : NULL;
	return 0;
}
static const Action actions[] = {{"resource.name", name_run}};
static const Module test_module = {.name = "test",
                                   .migrations = migrations,
                                   .migration_count = 1,
                                   .jobs = kinds,
                                   .job_count = 3,
                                   .settings = settings,
                                   .setting_count = 2,
                                   .actions = actions,
                                   .action_count = 1};
static const Module *const modules[] = {&core_module, &test_module};

static int setup(StoreEngine engine) {
	error_clear(&error);
	runs = steps = hold = 0;
	app_for_test(engine, modules, 2);
	return 0;
}

static void test_initialised_once(void **state) {
	App *none;
	Error why = {0};
	assert_int_equal(app_secret_create(dir, &why), ERR_CONFLICT);
	why = (Error){0};
	assert_int_equal(app_create(&none, "/tmp", test.store, modules, 2, &why), ERR_NOT_FOUND);
}

/* --- settings ----------------------------------------------------------------------------------------------------------- */
typedef struct Change {
	const char *name, *value;
	int64_t version;
} Change;
static int setting_write(Request *rq, void *arg) {
	Change *change = arg;
	return setting_set(rq, text_of(change->name), text_of(change->value), change->version);
}
static int setting_try(const char *name, const char *value, int64_t version) {
	Request *rq = request_begin(app, "test");
	Change change = {name, value, version};
	int code = request_write(rq, setting_write, &change);
	request_end(rq);
	return code;
}

static void test_settings(void **state) {
	Request *rq = request_begin(app, "test");
	assert_int_equal(setting_int(rq, "test.number"), 5);
	assert_string_equal(setting_text(rq, "test.text"), "早");
	assert_int_equal(setting_try("test.number", "11", 0), ERR_INVALID);
	assert_int_equal(setting_try("test.number", "7x", 0), ERR_INVALID);
	assert_int_equal(setting_try("test.nothing", "1", 0), ERR_NOT_FOUND);
	assert_true(setting_try("test.number", "7", 0) >= 0);
	assert_int_equal(setting_try("test.number", "8", 0), ERR_CONFLICT);
	assert_true(setting_try("test.number", "8", 1) >= 0);
	assert_int_equal(setting_try("test.number", "9", 1), ERR_CONFLICT);
	assert_int_equal(setting_int(rq, "test.number"), 5); /* this request runs under its generation … */
	assert_int_equal(request_generation_check(rq), 1);
	assert_int_equal(setting_int(rq, "test.number"), 8); /* … until it looks */
	assert_int_equal(setting_list(rq), 0);
	buf_char(&rq->body, '\0');
	assert_non_null(strstr(rq->body.at, "\"value\":\"8\""));
	request_end(rq);
}

/* --- cache ----------------------------------------------------------------------------------------------------------------- */
static _Atomic int loads, freed;
static void count_free(void *object) {
	atomic_fetch_add(&freed, 1);
}
static int echo_load(Request *rq, Text key, Arena *arena, void **object) {
	atomic_fetch_add(&loads, 1);
	if (text_starts(key, TEXT("slow"))) clock_sleep_us(50000);
	if (text_starts(key, TEXT("none"))) return fail(rq, ERR_NOT_FOUND, "none");
	if (text_starts(key, TEXT("bad"))) return fail(rq, ERR_IO, "bad");
	arena_on_free(arena, count_free, NULL);
	*object = arena_printf(arena, "%.*s@%d", TEXT_ARG(key), (int)rq->generation);
	return 0;
}
static const CacheKind echo_kind = {"echo", echo_load, 8};

static void *get_slow(void *arg) {
	Request *rq = request_begin(app, "test");
	const void *object = NULL;
	assert_int_equal(cache_get(rq, &echo_kind, TEXT("slow"), &object), 0);
	request_end(rq);
	return NULL;
}
static int in_write_get(Request *rq, void *arg) {
	const void *object = NULL;
	request_generation(rq, 1000); /* as if this write had bumped it */
	assert_int_equal(cache_get(rq, &echo_kind, TEXT("a"), &object), 0);
	assert_string_equal(object, "a@1000");
	return ERR_CONFLICT;
}

static void test_cache(void **state) {
	loads = freed = 0;
	Request *rq = request_begin(app, "test");
	const void *one = NULL, *two = NULL;
	assert_int_equal(cache_get(rq, &echo_kind, TEXT("a"), &one), 0);
	assert_int_equal(cache_get(rq, &echo_kind, TEXT("a"), &two), 0);
	assert_ptr_equal(one, two);
	assert_int_equal(loads, 1);
	assert_int_equal(cache_get(rq, &echo_kind, TEXT("none"), &two), ERR_NOT_FOUND);
	assert_int_equal(cache_get(rq, &echo_kind, TEXT("none"), &two), ERR_NOT_FOUND);
	assert_int_equal(loads, 2); /* misses are kept … */
	assert_int_equal(rq->error->code, 0);
	assert_int_equal(cache_get(rq, &echo_kind, TEXT("bad"), &two), ERR_IO);
	error_clear(rq->error);
	assert_int_equal(cache_get(rq, &echo_kind, TEXT("bad"), &two), ERR_IO);
	assert_int_equal(loads, 4); /* … failures are not */
	error_clear(rq->error);
	assert_int_equal(request_write(rq, in_write_get, NULL), ERR_CONFLICT);
	assert_true(app_generation(app) < 1000); /* not committed: nobody else learns of it */
	request_generation(rq, rq->generation + 1);
	assert_int_equal(cache_get(rq, &echo_kind, TEXT("a"), &two), 0);
	assert_ptr_not_equal(one, two); /* a newer generation loads again; the old object is still held by this request */
	assert_string_equal(one, arena_printf(rq->arena, "a@%d", (int)rq->generation - 1));
	for (int i = 0; i < 40; i++)
		cache_get(rq, &echo_kind, text_of(arena_printf(rq->arena, "k%d", i)), &two);
	int before = freed;
	request_end(rq);
	assert_true(freed - before >= 32); /* at most 8 stay */
	int loaded = loads;
	pthread_t threads[8];
	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, get_slow, NULL);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(loads, loaded + 1); /* once, however many ask */
}

/* --- requests --------------------------------------------------------------------------------------------------------------- */
static int answer_then_fail(Request *rq, void *arg) {
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "half", 1);
	rq->row_count = 9;
	return fail(rq, ERR_CONFLICT, "no");
}
static void test_request_write_restores(void **state) {
	Request *rq = request_begin(app, "test");
	jw_array(&rq->json);
	Db *reader = rq->db;
	assert_int_equal(request_write(rq, answer_then_fail, NULL), ERR_CONFLICT);
	assert_ptr_equal(rq->db, reader);
	assert_false(rq->in_write);
	assert_int_equal(rq->row_count, 0);
	jw_array_end(&rq->json);
	assert_int_equal(rq->body.len, 2);
	request_end(rq);
}

/* --- jobs -------------------------------------------------------------------------------------------------------------- */
typedef struct Making {
	const char *kind;
	int64_t outside, id;
} Making;
static int make_write(Request *rq, void *arg) {
	Making *making = arg;
	json_t *args = json_pack("{s:s}", "hello", "一网");
	rq->party.org_id = 12;
	int code = job_create_outside(rq, making->kind, 77, 12, args, making->outside, &making->id);
	json_decref(args);
	return code;
}
static int64_t job_make_for(const char *kind, int64_t outside) {
	Request *rq = request_begin(app, "test");
	Making making = {.kind = kind, .outside = outside};
	int code = request_write(rq, make_write, &making);
	if (code < 0) flunk("%s", rq->error->message);
	request_end(rq);
	return making.id;
}
static int64_t job_make(const char *kind) {
	return job_make_for(kind, 0);
}

static json_t *job_json(int64_t id) {
	Request *rq = request_begin(app, "test");
	if (job_read(rq, id)) flunk("%s", rq->error->message);
	json_t *job = json_loadb(rq->body.at, rq->body.len, 0, NULL);
	assert_non_null(job);
	request_end(rq);
	return job;
}
static const char *json_str_of(const json_t *object, const char *name) {
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}
static bool job_reaches(int64_t id, const char *state) {
	for (int i = 0; i < 400; i++) {
		json_t *job = job_json(id);
		bool reached = strcmp(json_str_of(job, "state"), state) == 0;
		json_decref(job);
		if (reached) return true;
		clock_sleep_us(25000);
	}
	return false;
}
static int64_t steps_in_store(int64_t id) {
	Request *rq = request_begin(app, "test");
	int64_t count = -1;
	db_int(rq->db, &count, "SELECT count(*) FROM step_done WHERE job_id = $1", BIND(val_int(id)));
	request_end(rq);
	return count;
}
static int act(Request *rq, void *arg) {
	int64_t *what = arg;
	return what[0] ? job_cancel(rq, what[1]) : job_resume(rq, what[1]);
}
static int job_act(bool cancel, int64_t id, int64_t org_id) {
	Request *rq = request_begin(app, "test");
	int64_t what[2] = {cancel, id};
	rq->party.sees_all = org_id == 0;
	rq->party.org_id = org_id;
	int code = request_write(rq, act, what);
	request_end(rq);
	return code;
}
static bool job_is(int64_t id, const char *state) {
	json_t *job = job_json(id);
	bool is = strcmp(json_str_of(job, "state"), state) == 0;
	json_decref(job);
	return is;
}
static void jobs_on(void) {
	assert_int_equal(runner_start(app, &error), 0);
}

static void test_job_runs(void **state) {
	jobs_on();
	int64_t id = job_make("test.steps"), bad = job_make("test.fail"), nothing = job_make("test.nothing"),
	        odd = job_make("test.unknown");
	assert_true(job_reaches(id, "reconciled"));
	json_t *job = job_json(id);
	assert_string_equal(json_str_of(json_object_get(job, "result"), "hello"), "一网");
	assert_string_equal(json_str_of(job, "resource_name"), "法人基础信息");
	assert_int_equal(json_integer_value(json_object_get(job, "attempt")), 1);
	json_decref(job);
	assert_int_equal(steps_in_store(id), 10);
	assert_true(job_reaches(bad, "failed"));
	job = job_json(bad);
	assert_string_equal(json_str_of(json_object_get(job, "error"), "field"), "name");
	assert_string_equal(json_str_of(json_object_get(job, "error"), "value"), "张三");
	assert_int_equal(json_array_size(json_object_get(job, "messages")), 1);
	json_decref(job);
	assert_true(job_reaches(nothing, "failed")); /* never said it was reconciled */
	assert_true(job_reaches(odd, "failed"));
}

/* Servers outside stall: those who wait for them leave a runner to the rest, and the same server takes one. */
static void test_job_leaves_a_runner(void **state) {
	assert_true(setting_try("job.threads", "3", 0) >= 0);
	hold = 1;
	jobs_on();
	int64_t first = job_make_for("test.steps", 501), same = job_make_for("test.steps", 501);
	assert_true(job_reaches(first, "running"));
	while (atomic_load(&runs) < 1)
		clock_sleep_us(5000);
	int64_t other = job_make_for("test.steps", 502), third = job_make_for("test.steps", 503);
	assert_true(job_reaches(other, "running")); /* passes the one that waits for the same server */
	assert_true(job_reaches(job_make("test.fail"), "failed"));
	assert_true(job_is(same, "queued") && job_is(third, "queued"));
	assert_true(job_act(true, other, 12) >= 0);
	assert_true(job_reaches(third, "running"));
	assert_true(job_is(same, "queued"));
	int64_t inside = job_make("test.steps"), more = job_make("test.steps");
	assert_true(job_reaches(inside, "running"));
	assert_true(job_act(true, third, 12) >=
	            0); /* long work inside takes the place; the last one is kept for what waits outside */
	assert_true(job_reaches(more, "running"));
	assert_true(job_act(true, first, 12) >= 0);
	assert_true(job_reaches(same, "running"));
	hold = 0;
	assert_true(job_reaches(same, "reconciled") && job_reaches(inside, "reconciled") && job_reaches(more, "reconciled"));
}

static void test_job_cancel_and_resume(void **state) {
	assert_true(setting_try("job.threads", "1", 0) >= 0);
	hold = 1;
	jobs_on();
	int64_t id = job_make("test.steps"), waiting = job_make("test.steps");
	while (atomic_load(&steps) < 5)
		clock_sleep_us(5000);
	assert_int_equal(job_act(true, id, 99), ERR_NOT_FOUND); /* another organisation's */
	assert_true(job_act(true, waiting, 12) >= 0);
	assert_true(job_reaches(waiting, "cancelled")); /* one thread: it had not begun */
	assert_true(job_act(true, id, 12) >= 0);
	assert_true(job_reaches(id, "cancelled"));
	assert_int_equal(steps_in_store(id), 5);
	assert_int_equal(job_act(true, id, 12), ERR_CONFLICT);
	hold = 0;
	assert_true(job_act(false, id, 12) >= 0);
	assert_true(job_reaches(id, "reconciled"));
	assert_int_equal(steps_in_store(id), 10); /* each once: the primary key says so */
	assert_int_equal(atomic_load(&runs), 2);
	assert_int_equal(job_act(false, id, 12), ERR_CONFLICT);
}

static void test_job_survives_stop(void **state) {
	hold = 1;
	jobs_on();
	int64_t id = job_make("test.steps");
	while (atomic_load(&steps) < 5)
		clock_sleep_us(5000);
	runner_stop(app);
	json_t *job = job_json(id);
	assert_string_equal(json_str_of(job, "state"), "queued");
	json_decref(job);
	hold = 0;
	jobs_on();
	assert_true(job_reaches(id, "reconciled"));
	assert_int_equal(steps_in_store(id), 10);
}

/* A second process takes the job over once the lease has run out; the first one's next checkpoint is refused. */
static int lease_expire(Request *rq, void *arg) {
	return (int)db_run(rq->db, "UPDATE job_lease SET owner = 1, until_us = 1", NO_BIND);
}
static void test_job_taken_over(void **state) {
	hold = 1;
	jobs_on();
	int64_t id = job_make("test.steps");
	while (atomic_load(&steps) < 5)
		clock_sleep_us(5000);
	Store *store2;
	App *app2;
	bool own = test.engine == STORE_POSTGRES; /* SQLite serves one process: the same store, another App */
	store2 = test.store;
	if (own) {
		assert_int_equal(store_open(&store2, test.url, NULL, &error), 0);
	}
	assert_int_equal(app_create(&app2, dir, store2, modules, 2, &error), 0);
	if (own) assert_int_equal(app_start(app2, false, &error), 0);
	Request *rq = request_begin(app, "test");
	assert_true(request_write(rq, lease_expire, NULL) >= 0);
	request_end(rq);
	assert_int_equal(runner_start(app2, &error), 0);
	while (atomic_load(&runs) < 2)
		clock_sleep_us(5000);
	hold = 0;
	assert_true(job_reaches(id, "reconciled"));
	runner_stop(app2);
	assert_int_equal(steps_in_store(id), 10);
	json_t *job = job_json(id);
	assert_int_equal(json_integer_value(json_object_get(job, "attempt")), 2);
	json_decref(job);
	if (own) app_stop(app2);
	app_free(app2);
	if (own) store_close(store2);
}

static void test_job_list(void **state) {
	int64_t ids[3];
	for (int i = 0; i < 3; i++)
		ids[i] = job_make("test.steps");
	const Route *route = &job_routes[0];
	InputValue inputs[] = {{0}, {.given = true, .t = TEXT("queued")}, {0}, {0}, {.given = true, .i = 2}};
	for (int page = 0; page < 2; page++) {
		Request *rq = request_begin(app, "test");
		rq->route = route;
		rq->inputs = inputs;
		rq->party.sees_all = false;
		rq->party.org_id = 12;
		if (route->handler(rq)) flunk("%s", rq->error->message);
		json_t *list = json_loadb(rq->body.at, rq->body.len, 0, NULL);
		json_t *items = json_object_get(list, "items");
		assert_int_equal(json_array_size(items), page == 0 ? 2 : 1);
		assert_int_equal(atoll(json_str_of(json_array_get(items, 0), "job_id")), page == 0 ? ids[2] : ids[0]);
		assert_true(json_is_null(json_object_get(list, "next")) == (page == 1));
		if (page == 0) inputs[3] = (InputValue){.given = true, .i = atoll(json_str_of(list, "next"))};
		json_decref(list);
		request_end(rq);
	}
	Request *rq = request_begin(app, "test");
	rq->party.sees_all = false;
	rq->party.org_id = 99;
	assert_int_equal(job_read(rq, ids[0]), ERR_NOT_FOUND);
	request_end(rq);
}

/* --- expressions ------------------------------------------------------------------------------------------------------- */
static const char *const names[] = {"a", "b", "s", "end", "missing"};
static int evaluate(const char *source, Error *why) {
	Arena *arena = arena_new();
	Expression *expression;
	const Val values[] = {val_int(3), val_double(2.5), val_str("江阴市"), val_int(1), val_null()};
	*why = (Error){0};
	int code = expression_compile(arena, text_of(source), names, 5, &expression, why);
	if (code == 0) code = expression_test(expression, values, why);
	arena_free(arena);
	return code;
}
static void test_expressions(void **state) {
	static const struct {
		const char *source;
		int result;
	} good[] = {
	    {"a > b", 1},
	    {"a < b", 0},
	    {"s == '江阴市'", 1},
	    {"len(s) == 3", 1},
	    {"#s == 9", 1},
	    {"missing == nil or missing > 1", 1},
	    {"missing", 0},
	    {"math.floor(b) == 2 and floor(-2.5) == -3", 1},
	    {"max(a, b, 7) == 7 and min(a, b) == 2.5", 1},
	    {"abs(-3) == 3 and math.abs(-2.5) == b", 1},
	    {"'2024-01-02' >= '2023-12-31'", 1},
	    {"a // 2 == 1 -- comment", 1},
	    {"math.pi == nil and string == nil and load == nil and pcall == nil and setmetatable == nil", 1},
	};
	Error why;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		int result = evaluate(good[i].source, &why);
		if (result != good[i].result) flunk("%s gave %d: %s", good[i].source, result, why.message);
	}
	static const char *const bad[] = {
	    "",
	    "a >",
	    "missing > 1",
	    "s:rep(10)",
	    "('x'):find('x')",
	    "string.rep('x', 1e9)",
	    "load('return 1')()",
	    "error({})",
	    "(function() while true do end end)()",
	    "(function() local t = {} for i = 1, 1e9 do t[i] = i end end)()",
	    "(function() local t = s for i = 1, 60 do t = t .. t end return t end)()",
	    "(function() local t = s for i = 1, 16 do t = t .. t end for i = 1, 1e6 do local u = t .. i end end)()",
	    "(function() local function f() return f() + 1 end return f() end)()",
	    "\x1bLua",
	    "len(nil)",
	    "max()",
	    "abs('x')",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t from = clock_monotonic_us();
		int result = evaluate(bad[i], &why);
		if (result >= 0) flunk("%s gave %d", bad[i], result);
		assert_true(why.code == ERR_INVALID && why.message[0]);
		assert_true(clock_monotonic_us() - from < 1000000);
	}
	/* one expression cannot spoil another's functions */
	assert_int_equal(evaluate("(function() math.abs = nil; abs = nil; x = 1 return true end)()", &why), 1);
	assert_int_equal(evaluate("abs(-1) == 1 and math.abs(-1) == 1 and x == nil", &why), 1);
}
static void *other_thread(void *arg) {
	Error why = {0};
	const Val values[] = {val_int(1), val_int(2), val_null(), val_null(), val_null()};
	for (int i = 0; i < 1000; i++)
		assert_int_equal(expression_test(arg, values, &why), 0);
	return NULL;
}
static void test_expression_threads_and_many(void **state) {
	Arena *arena = arena_new();
	Expression *first, *other;
	Error why = {0};
	assert_int_equal(expression_compile(arena, TEXT("a > b"), names, 5, &first, &why), 0);
	for (int i = 0; i < 1000; i++) /* more than a thread keeps */
		assert_int_equal(expression_compile(arena, text_of(arena_printf(arena, "a > %d", i)), names, 5, &other, &why), 0);
	pthread_t thread;
	pthread_create(&thread, NULL, other_thread, first);
	const Val values[] = {val_int(3), val_int(2), val_null(), val_null(), val_null()};
	for (int i = 0; i < 1000; i++)
		assert_int_equal(expression_test(first, values, &why), 1);
	pthread_join(thread, NULL);
	arena_free(arena);
}

/* --- messages ---------------------------------------------------------------------------------------------------------- */
static void test_messages(void **state) {
	Arena *arena = arena_new();
	assert_string_equal(message_zh("forbidden"), "没有权限");
	assert_string_equal(message_zh("not in the table"), "not in the table");
	assert_string_equal(message_translate(arena, "The setting job.threads takes a whole number from 1 to 16"),
	                    "设置项 job.threads 须为 1 至 16 之间的整数");
	assert_string_equal(message_translate(arena, "There is no setting x"), "没有名为 x 的设置项");
	assert_string_equal(message_translate(arena, "There is"), "There is");
	/* sentences inside sentences; names and values stay as they are */
	assert_string_equal(message_translate(arena, "出生日期 must not be empty"), "出生日期 不得为空");
	assert_string_equal(message_translate(arena, "row 3 of it: there is no code set version"),
	                    "row 3 of it：没有代码集 version");
	assert_string_equal(message_translate(arena, "the header says 手机; key: never repeated"),
	                    "列名含有“手机”；主键：从不重复");
	assert_string_equal(message_translate(arena, "only yes and no values; key: never repeated"),
	                    "只有“是”和“否”两类值；主键：从不重复");
	assert_null(message_translate(arena, NULL));
	assert_true(language_chinese(TEXT("zh-CN,zh;q=0.9,en;q=0.8")));
	assert_false(language_chinese(TEXT("en,zh;q=0.5")));
	assert_false(language_chinese(TEXT_NONE));
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_expressions),
	    cmocka_unit_test(test_expression_threads_and_many),
	    cmocka_unit_test(test_messages),
	    BOTH(test_initialised_once),
	    BOTH(test_settings),
	    BOTH(test_cache),
	    BOTH(test_request_write_restores),
	    BOTH(test_job_runs),
	    BOTH(test_job_leaves_a_runner),
	    BOTH(test_job_cancel_and_resume),
	    BOTH(test_job_survives_stop),
	    BOTH(test_job_taken_over),
	    BOTH(test_job_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
