/* Tests of how uploads go, on both engines: what is old and needed by no job goes with its file and evidence; what is young or
 * needed stays whole; half-kept uploads and files without a row are cleared away. */
#include "core/app_testing.h"
#include "exchange/exchange.h"
#include "exchange/upload.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

static const Module *const modules[] = {&core_module,   &evidence_module,   &people_module,  &catalog_module,
                                        &record_module, &quarantine_module, &exchange_module};
static const int64_t day_us = INT64_C(86400000000);

static int setup(StoreEngine engine) {
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	return 0;
}

/* An upload of 1.5 MiB as if it had been kept so many days ago, its id too. */
static int64_t upload_of(int days) {
	Request *rq = request_begin(app, "test");
	char path[100], to[120];
	snprintf(path, sizeof path, "%s/source", dir);
	FILE *file = fopen(path, "w");
	for (int i = 0; i < 3 << 19; i++)
		fputc('a' + i % 26, file);
	fclose(file);
	Upload upload;
	if (upload_keep(rq, path, true, TEXT("a.csv"), &upload)) flunk("%s\n", rq->error->message);
	int64_t at = clock_now_us() - days * day_us, id = store_id_at(at) | (upload.upload_id & 0x3fffff);
	char *sql = arena_printf(rq->arena, "%lld WHERE upload_id = $1", (long long)id);
	run_sql_with(arena_printf(rq->arena, "UPDATE upload_chunk SET upload_id = %s", sql), upload.upload_id);
	run_sql_with(arena_printf(rq->arena, "UPDATE upload SET created_us = %lld, upload_id = %s", (long long)at, sql),
	             upload.upload_id);
	snprintf(to, sizeof to, "%s/uploads/%lld", dir, (long long)id);
	assert_int_equal(rename(upload.path, to), 0);
	request_end(rq);
	return id;
}

static bool file_there(int64_t id, const char *suffix) {
	char path[120];
	struct stat info;
	snprintf(path, sizeof path, "%s/uploads/%lld%s", dir, (long long)id, suffix);
	return stat(path, &info) == 0;
}

static bool opens(int64_t id) {
	Request *rq = request_begin(app, "test");
	Upload upload;
	int code = upload_open(rq, id, &upload);
	request_end(rq);
	return code == 0;
}

typedef struct Making {
	json_t *args;
	int64_t job_id;
} Making;
static int job_write(Request *rq, void *arg) {
	Making *making = arg;
	return job_create(rq, "exchange.load", 0, 1, making->args, &making->job_id);
}
static int64_t job_of(json_t *args) {
	Request *rq = request_begin(app, "test");
	Making making = {args, 0};
	if (request_write(rq, job_write, &making) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	json_decref(args);
	return making.job_id;
}

static void clear_away(void) {
	assert_int_equal(chores_run(app, "exchange.uploads"), 1);
	assert_int_equal(chores_run(app, "exchange.upload_files"), 1);
}

/* Entries in the streams' files, once what waits in the store has moved there. */
static int removals_in_evidence(void) {
	char command[160];
	int count = -1;
	for (int i = 0; i < 100 && count_of_sql("SELECT count(*) FROM evidence_outbox") > 0; i++)
		clock_sleep_us(50000);
	snprintf(command, sizeof command, "grep -rao exchange.upload_remove %s/evidence | wc -l", dir);
	FILE *pipe = popen(command, "r");
	assert_int_equal(fscanf(pipe, "%d", &count), 1);
	pclose(pipe);
	return count;
}

static void test_old_uploads_go(void **state) {
	char text[30];
	int64_t young = upload_of(13), old = upload_of(15), queued = upload_of(20), spooled = upload_of(30), done = upload_of(16);
	snprintf(text, sizeof text, "%lld", (long long)queued);
	int64_t waits = job_of(json_pack("{s:s}", "upload_id", text));
	snprintf(text, sizeof text, "%lld", (long long)done);
	run_sql_with("UPDATE job SET state = 'reconciled' WHERE job_id = $1", job_of(json_pack("{s:s}", "upload_id", text)));
	int64_t runs = job_of(json_pack("{}"));
	Request *rq = request_begin(app, "test");
	run_sql_with(arena_printf(rq->arena,
	                          "UPDATE job SET state = 'running', checkpoint = '{\"spool_upload\":%lld}' WHERE job_id = $1",
	                          (long long)spooled),
	             runs);
	request_end(rq);
	clear_away();
	assert_true(opens(young) && opens(queued) && opens(spooled) && !opens(old) && !opens(done));
	assert_true(file_there(young, "") && file_there(queued, "") && file_there(spooled, ""));
	assert_true(!file_there(old, "") && !file_there(done, ""));
	bool rows = test.engine == STORE_POSTGRES;
	assert_int_equal(count_of_sql("SELECT count(*) FROM upload_chunk"), rows ? 3 * 2 : 0);
	/* each left evidence, once; nothing more happens */
	assert_int_equal(removals_in_evidence(), 2);
	clear_away();
	assert_int_equal(removals_in_evidence(), 2);
	/* once its job has ended it goes */
	run_sql_with("UPDATE job SET state = 'cancelled' WHERE job_id = $1", waits);
	clear_away();
	assert_true(!opens(queued) && !file_there(queued, "") && opens(spooled));
}

static void test_many(void **state) {
	for (int i = 0; i < 45; i++)
		upload_of(15);
	clear_away();
	assert_int_equal(count_of_sql("SELECT count(*) FROM upload"), 0);
	assert_int_equal(count_of_sql("SELECT count(*) FROM upload_chunk"), 0);
}

/* A job is made of an upload at the moment its removal looks whether one needs it. */
static _Atomic bool touched;
static int slow_job_write(Request *rq, void *arg) {
	Making *making = arg;
	const char *id = json_string_value(json_object_get(making->args, "upload_id"));
	/* as load_post does */
	if (db_run(rq->db, "UPDATE upload SET chunks = chunks WHERE upload_id = $1", BIND(val_int(atoll(id)))) != 1)
		return fail(rq, ERR_NOT_FOUND, "removed");
	touched = true;
	clock_sleep_us(300000);
	return job_write(rq, arg);
}
static void *slow_job(void *arg) {
	Request *rq = request_begin(app, "test");
	int code = request_write(rq, slow_job_write, arg);
	request_end(rq);
	return (void *)(intptr_t)code;
}
static void test_removal_meets_a_new_job(void **state) {
	char text[30];
	pthread_t thread;
	void *code;
	int64_t old = upload_of(15);
	snprintf(text, sizeof text, "%lld", (long long)old);
	Making making = {json_pack("{s:s}", "upload_id", text), 0};
	touched = false;
	pthread_create(&thread, NULL, slow_job, &making);
	while (!touched)
		clock_sleep_us(1000);
	clear_away();
	pthread_join(thread, &code);
	assert_int_equal((intptr_t)code, 0);
	assert_true(opens(old) && file_there(old, ""));
	json_decref(making.args);
}

/* A process was killed while it kept an upload, or after the row went and before the rest did. */
static void test_left_behind(void **state) {
	int64_t old = upload_of(2), fresh = upload_of(0), whole = upload_of(3);
	char path[120];
	snprintf(path, sizeof path, "%s/uploads/%lld.3.part", dir, (long long)old);
	fclose(fopen(path, "w"));
	snprintf(path, sizeof path, "%s/uploads/notes.txt", dir);
	fclose(fopen(path, "w"));
	run_sql_with("DELETE FROM upload WHERE upload_id = $1", old);
	run_sql_with("DELETE FROM upload WHERE upload_id = $1", fresh);
	clear_away();
	assert_true(!file_there(old, "") && !file_there(old, ".3.part"));
	assert_true(file_there(fresh, "")); /* perhaps being kept just now */
	assert_true(opens(whole) && file_there(whole, ""));
	assert_int_equal(access(path, F_OK), 0); /* not ours */
	assert_int_equal(count_of_sql("SELECT count(*) FROM upload_chunk"), test.engine == STORE_POSTGRES ? 2 * 2 : 0);
}

static void test_duplicates_go(void **state) {
	int64_t ended = job_of(json_pack("{}")), runs = job_of(json_pack("{}"));
	const char *insert =
	    "INSERT INTO load_duplicate (job_id, row_no, digest_hi, digest_lo, superseded) VALUES ($1, 1, 0, 0, 1)";
	run_sql_with(insert, ended);
	run_sql_with(insert, runs);
	run_sql_with("UPDATE job SET state = 'failed', finished_at = 1 WHERE job_id = $1", ended);
	clear_away();
	assert_int_equal(count_of_sql("SELECT count(*) FROM load_duplicate"), 1);
	assert_int_equal(count_of_sql("SELECT job_id FROM load_duplicate"), runs);
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(test_old_uploads_go), BOTH(test_many), BOTH(test_removal_meets_a_new_job),
	                                   BOTH(test_left_behind), BOTH(test_duplicates_go)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
