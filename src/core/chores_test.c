/* Tests of chores on both engines: what is due and when, one process at a time, take-over from a killed one, a stop half-way; and
 * core's own: the feed and what ended jobs leave. */
#include "core/app_testing.h"
#include "core/core_private.h"

static _Atomic int portions, everywhere_runs, left, failing;

static int count_run(Request *rq) {
	atomic_fetch_add(&portions, 1);
	if (atomic_load(&failing)) return fail(rq, ERR_IO, "no");
	return atomic_load(&left) > 0 && atomic_fetch_sub(&left, 1) > 0;
}
static int here_run(Request *rq) {
	atomic_fetch_add(&everywhere_runs, 1);
	return 0;
}
static const Chore chores[] = {{"test.count", 60, count_run}, {"test.here", 60, here_run, .everywhere = true}};
static const Module test_module = {.name = "test", .chores = chores, .chore_count = 2};
static const Module *const modules[] = {&core_module, &test_module};

static int setup(StoreEngine engine) {
	portions = everywhere_runs = left = failing = 0;
	app_for_test(engine, modules, 2);
	return 0;
}

static void test_due(void **state) {
	left = 2;
	assert_int_equal(chores_run(app, NULL), 4); /* core's two and the test's two */
	assert_int_equal(portions, 3);              /* to its end */
	assert_int_equal(chores_run(app, NULL), 0); /* not due */
	assert_int_equal(portions, 3);
	run_sql_with("UPDATE chore SET done_at = done_at - $1 WHERE name = 'test.count'", 59 * INT64_C(60000000));
	assert_int_equal(chores_run(app, NULL), 0);
	run_sql_with("UPDATE chore SET done_at = done_at - $1 WHERE name = 'test.count'", 60000000);
	assert_int_equal(chores_run(app, NULL), 1);
	assert_int_equal(portions, 4);
	assert_int_equal(chores_run(app, "test.count"), 1); /* asked for by name: due or not */
	/* one that failed stays due and keeps none of the others back */
	run_sql_with("UPDATE chore SET done_at = $1", 0);
	failing = 1;
	assert_int_equal(chores_run(app, NULL), ERR_IO);
	assert_int_equal(everywhere_runs, 2);
	failing = 0;
	assert_int_equal(chores_run(app, NULL), 1);
}

/* Another process: another holder of leases. */
static Store *other_process(void) {
	Store *other;
	Error why = {0};
	if (store_open(&other, test.url, NULL, &why) || store_join(other, "other", &why)) flunk("%s\n", why.message);
	return other;
}

static void test_one_at_a_time(void **state) {
	Store *other = other_process();
	Error why = {0};
	int64_t epoch;
	assert_int_equal(store_lease(other, "core.chores", 1000000, &epoch, &why), 1); /* at it, then killed: never given back */
	int64_t from = clock_monotonic_us();
	assert_int_equal(chores_run(app, NULL), 1); /* only what each does for itself */
	assert_int_equal(portions, 0);
	assert_int_equal(everywhere_runs, 1);
	assert_int_equal(chores_run(app, "test.count"), 0);
	while (chores_run(app, "test.count") == 0) {
		assert_true(clock_monotonic_us() - from < 5000000);
		clock_sleep_us(50000);
	}
	assert_true(clock_monotonic_us() - from >= 900000);
	assert_int_equal(portions, 1);
	assert_int_equal(store_lease(other, "core.chores", 1000000, &epoch, &why), 1); /* given back */
	store_close(other);
}

/* Two processes find everything due at the same moment: each portion is done by one of them, and once. */
static void *run_all(void *arg) {
	return (void *)(intptr_t)chores_run(arg, NULL);
}
static void test_two_processes(void **state) {
	if (test.engine == STORE_SQLITE) return; /* one process serves it */
	Store *other = other_process();
	App *app2;
	Error why = {0};
	assert_int_equal(app_create(&app2, dir, other, modules, 2, &why), 0);
	left = 20;
	pthread_t thread;
	pthread_create(&thread, NULL, run_all, app2);
	int here = chores_run(app, NULL);
	void *there;
	pthread_join(thread, &there);
	assert_true(here >= 0 && (int)(intptr_t)there >= 0);
	assert_int_equal(portions, 21);
	assert_int_equal(everywhere_runs, 2);
	app_free(app2);
	store_close(other);
}

static void test_stop(void **state) {
	chores_start(app);
	left = 1 << 30;
	pthread_t thread;
	pthread_create(&thread, NULL, run_all, app);
	while (atomic_load(&portions) < 5)
		clock_sleep_us(1000);
	app->chores->closing = true;
	pthread_join(thread, NULL);
	chores_stop(app);
	assert_int_equal(count_of_sql("SELECT count(*) FROM chore WHERE name = 'test.count'"), 0); /* not to its end: due again */
}

/* --- the feed ------------------------------------------------------------------------------------------------------------ */
static int feed_write(Request *rq, void *arg) {
	for (int i = 0; i < *(int *)arg; i++)
		if (feed_append(rq->db, 1000, i, 1, FEED_INSERT) < 0) return -1;
	return 0;
}
static int cursor_write(Request *rq, void *arg) {
	return feed_cursor_move(rq->db, "rules", *(int64_t *)arg);
}
static void test_feed(void **state) {
	int count = 2500;
	int64_t position = 2400;
	Request *rq = request_begin(app, "test");
	assert_int_equal(request_write(rq, feed_write, &count), 0);
	assert_int_equal(feed_wait(test.store, count - 1, 5000000), count);
	assert_int_equal(chores_run(app, "core.feed"), 1);
	assert_int_equal(feed_first(rq->db), 1); /* young */
	run_sql_with("UPDATE feed SET at_us = at_us - $1 WHERE position <= 2450", 31 * INT64_C(86400000000));
	assert_int_equal(request_write(rq, cursor_write, &position), 0);
	assert_int_equal(chores_run(app, "core.feed"), 1);
	assert_int_equal(feed_first(rq->db), 2401); /* the durable reader has not passed it */
	position = 2500;
	assert_int_equal(request_write(rq, cursor_write, &position), 0);
	assert_int_equal(chores_run(app, "core.feed"), 1);
	assert_int_equal(feed_first(rq->db), 2451);
	assert_int_equal(feed_head(rq->db), 2500);
	request_end(rq);
}

/* --- ended jobs -------------------------------------------------------------------------------------------------------- */
typedef struct Resume {
	int64_t job_id;
} Resume;
static int jobs_write(Request *rq, void *arg) {
	int64_t *ids = arg;
	for (int i = 0; i < 4; i++) {
		int code = job_create(rq, "test.none", 0, 1, NULL, &ids[i]);
		if (code < 0) return code;
	}
	return 0;
}
static int resume_write(Request *rq, void *arg) {
	return job_resume(rq, ((Resume *)arg)->job_id);
}
static void test_jobs(void **state) {
	int64_t ids[4], now = clock_now_us();
	Request *rq = request_begin(app, "test");
	assert_int_equal(request_write(rq, jobs_write, ids), 0);
	run_sql_with("UPDATE job SET messages = '[1]', checkpoint = '{\"row\":1}', result = '{}', finished_at = $1",
	             now - 31 * INT64_C(86400000000));
	run_sql_with("UPDATE job SET state = 'failed' WHERE job_id = $1", ids[0]);
	run_sql_with("UPDATE job SET state = 'reconciled' WHERE job_id = $1", ids[1]);
	run_sql_with("UPDATE job SET state = 'failed', finished_at = finished_at + 86400000000 * 2 WHERE job_id = $1", ids[2]);
	run_sql_with("UPDATE job SET state = 'running', finished_at = 0 WHERE job_id = $1", ids[3]);
	assert_int_equal(chores_run(app, "core.jobs"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM job WHERE result = '{}'"), 4);
	assert_int_equal(count_of_sql("SELECT count(*) FROM job WHERE messages = '[]' AND checkpoint = '{}'"), 2);
	assert_int_equal(count_of_sql("SELECT count(*) FROM job WHERE messages = '[1]' AND state IN ('failed', 'running')"), 2);
	/* without its checkpoint a job cannot go on */
	assert_int_equal(request_write(rq, resume_write, &(Resume){ids[0]}), ERR_CONFLICT);
	error_clear(rq->error);
	assert_int_equal(request_write(rq, resume_write, &(Resume){ids[2]}), 0);
	request_end(rq);
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(test_due),  BOTH(test_one_at_a_time), BOTH(test_two_processes),
	                                   BOTH(test_stop), BOTH(test_feed),          BOTH(test_jobs)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
