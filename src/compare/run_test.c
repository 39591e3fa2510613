/* Whose differences are taken out by housekeeping, on both engines: of runs without a result at once, of others when there are
 * newer ones with a result, of removed comparisons; never of a run that waits or runs. Counts stay. */
#include "core/app_testing.h"
#include "compare/internal.h"

static const Module *const modules[] = {&core_module,    &evidence_module, &people_module,
                                        &catalog_module, &record_module,   &compare_module};
static int64_t comparison, last;

static int setup(StoreEngine engine) {
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	return 0;
}

static const char comparison_sql[] =
    "INSERT INTO comparison (comparison_id, org_id, created_by, created_us, name, purpose, left_id, right_id, document, last_run,"
    " next_run, ended_us) VALUES ($1, 1, 1, 0, 'x', 'y', 2, 3, '{}', 0, 0, 0)";

/* Before each test: another comparison, of which nothing ran. */
static int fresh(void **state) {
	run_sql_with(comparison_sql, ++comparison);
	return 0;
}

static int job_write(Request *rq, void *arg) {
	json_t *args = json_object();
	int code = job_create(rq, "compare.run", 0, 1, args, arg);
	json_decref(args);
	return code;
}

/* A run whose job is in that state, with three differences. */
static int64_t run(const char *state) {
	Request *rq = request_begin(app, "test");
	int64_t job_id;
	if (request_write(rq, job_write, &job_id) < 0) flunk("%s\n", rq->error->message);
	run_sql_with(arena_printf(rq->arena, "UPDATE job SET state = '%s' WHERE job_id = $1", state), job_id);
	char *sql =
	    arena_printf(rq->arena,
	                 "INSERT INTO comparison_run (run_id, comparison_id, job_id, account_id, begun_us, ended_us, counts,"
	                 " kept) VALUES ($1, %lld, %lld, 1, 1, %d, '{\"differ\":3}', 1)",
	                 (long long)comparison, (long long)job_id, strcmp(state, "reconciled") == 0);
	run_sql_with(sql, ++last);
	request_end(rq);
	run_sql_with(
	    "INSERT INTO comparison_difference (run_id, difference_no, kind, fields, left_record, right_record, left_rows,"
	    " right_rows, key_mark) SELECT $1, d.n, 'differ', 1, 5, 6, 1, 1, 'x' FROM (SELECT 1 AS n UNION ALL SELECT 2 UNION"
	    " ALL SELECT 3) d",
	    last);
	return last;
}

static void look(void) {
	assert_int_equal(chores_run(app, "compare.differences"), 1);
}

static void has(int64_t run_id, int differences) {
	char sql[160];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM comparison_difference WHERE run_id = %lld", (long long)run_id);
	assert_int_equal(count_of_sql(sql), differences);
	snprintf(sql, sizeof sql,
	         "SELECT count(*) FROM comparison_run WHERE run_id = %lld AND kept = %d AND counts = '{\"differ\":3}'",
	         (long long)run_id, differences > 0);
	assert_int_equal(count_of_sql(sql), 1);
}

static void test_old(void **state) {
	int64_t runs[7];
	for (int i = 0; i < 7; i++)
		runs[i] = run("reconciled");
	look();
	for (int i = 0; i < 7; i++)
		has(runs[i], i < 2 ? 0 : 3);
	look();
	has(runs[2], 3);
	run("reconciled");
	look();
	has(runs[2], 0);
	has(runs[3], 3);
}

/* What has no result takes no place among the newest few. */
static void test_without_result(void **state) {
	int64_t good = run("reconciled"), others[6];
	for (int i = 0; i < 6; i++)
		others[i] = run(i % 2 ? "failed" : "cancelled");
	int64_t waits = run("queued"), runs = run("running");
	look();
	has(good, 3);
	for (int i = 0; i < 6; i++)
		has(others[i], 0);
	has(waits, 3);
	has(runs, 3);
}

static void test_removed(void **state) {
	int64_t other = run("reconciled");
	run_sql_with(comparison_sql, ++comparison);
	int64_t ended = run("reconciled"), writes = run("running");
	run_sql_with("UPDATE comparison SET ended_us = 1 WHERE comparison_id = $1", comparison);
	look();
	has(ended, 0);
	has(writes, 3);
	has(other, 3);
	run_sql_with("UPDATE job SET state = 'reconciled' WHERE state = 'running' AND job_id > $1", 0);
	look();
	has(writes, 0);
	has(other, 3);
}

static int keep_one(Request *rq, void *arg) {
	return setting_set(rq, TEXT("compare.keep_runs"), TEXT("1"), 0);
}

/* More than are erased in one write, and as few runs kept as the administrator says. */
static void test_many(void **state) {
	int64_t many = run("reconciled"), next = run("reconciled");
	Request *rq = request_begin(app, "test");
	for (int count = 3; count < 12000; count *= 2)
		run_sql_with(
		    arena_printf(
		        rq->arena,
		        "INSERT INTO comparison_difference (run_id, difference_no, kind, fields, left_record,"
		        " right_record, left_rows, right_rows, key_mark) SELECT run_id, difference_no + %d, kind, fields,"
		        " left_record, right_record, left_rows, right_rows, key_mark FROM comparison_difference WHERE"
		        " run_id = $1",
		        count),
		    many);
	has(many, 12288);
	look();
	has(many, 12288);
	if (request_write(rq, keep_one, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	look();
	has(many, 0);
	has(next, 3);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup(test_old, fresh),
	                                   cmocka_unit_test_setup(test_without_result, fresh),
	                                   cmocka_unit_test_setup(test_removed, fresh), cmocka_unit_test_setup(test_many, fresh)};
	return cmocka_run_group_tests_name("SQLite", tests, setup_sqlite, teardown) +
	       cmocka_run_group_tests_name("PostgreSQL", tests, setup_postgres, teardown);
}
