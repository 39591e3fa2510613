/* Tests of when deliveries run, on both engines: runs that are due, and paused ones that go on by
 * themselves when there is a new grant or a new day. */
#include "core/app_testing.h"
#include "exchange/delivery.h"
#include "exchange/exchange.h"

static const Module *const modules[] = {&core_module,   &evidence_module,   &people_module,  &catalog_module,
                                        &record_module, &quarantine_module, &exchange_module};
static const int64_t hour_us = INT64_C(3600000000);

static int setup(StoreEngine engine) {
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	return 0;
}

static int scene_write(Request *rq, void *arg) {
	int64_t org, account = 0;
	int code = org_create(rq, "990001", "演示局", "Demo", 0, &org);
	if (code == 0) code = account_create(rq, "app", "应用", org, "service", NULL, false, &account);
	if (code == 0) *(int64_t *)arg = account;
	return code;
}

/* A paused or due delivery of an account; its id is 7. */
static int64_t scene(const char *state, const char *reason, int64_t next_us) {
	Request *rq = request_begin(app, "test");
	int64_t account = 0;
	if (request_write(rq, scene_write, &account) < 0) flunk("%s\n", rq->error->message);
	char *sql =
	    arena_printf(rq->arena,
	                 "INSERT INTO delivery (delivery_id, resource_id, supplier_org_id, account_id, org_id, target_id,"
	                 " schema_name, table_name, mode, timetable, every_hours, daily_minute, state, reason, next_us,"
	                 " job_id, last_us, row_count, created_by, created_us, version) VALUES (7, 5, 1, $1, 1, 1, 'public',"
	                 " 't', 'full', 'hours', 2, 0, '%s', '%s', %lld, 0, 0, 0, 1, 0, 1)",
	                 state, reason, (long long)next_us);
	run_sql_with(sql, account);
	request_end(rq);
	return account;
}

static void grant(int64_t account, int64_t quota) {
	Request *rq = request_begin(app, "test");
	char *sql =
	    arena_printf(rq->arena,
	                 "INSERT INTO access_grant (grant_id, resource_id, owner_org_id, account_id, fields, filter, purpose,"
	                 " basis, clear_sensitive, from_us, until_us, quota_day, granted_by, created_at, revoked_at,"
	                 " revoked_by, revoke_reason, version) VALUES (%lld, 5, 1, $1, '[{\"no\":1,\"mode\":\"clear\"}]',"
	                 " NULL, 'x', '', 0, 0, %lld, %lld, 1, 0, 0, 0, '', 1)",
	                 (long long)store_new_id(rq->store), (long long)(clock_now_us() + hour_us), (long long)quota);
	run_sql_with(sql, account);
	run_sql_with("UPDATE generation SET number = number + $1", 1);
	request_end(rq);
}

static int64_t number(const char *sql) {
	Request *rq = request_begin(app, "test");
	int64_t value = -1;
	if (db_int(rq->db, &value, sql, NO_BIND) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	return value;
}
#define JOBS "SELECT COUNT(*) FROM job WHERE kind = 'exchange.deliver' AND state = 'queued'"

static void look(void) {
	assert_int_equal(chores_run(app, "exchange.deliveries"), 1);
}

static void test_due(void **state) {
	int64_t now = clock_now_us();
	scene("active", "", now + hour_us);
	look();
	assert_int_equal(number(JOBS), 0);
	run_sql_with("UPDATE delivery SET next_us = $1", now - 1);
	look();
	look(); /* one at a time */
	assert_int_equal(number(JOBS), 1);
	assert_true(number("SELECT next_us FROM delivery") >= now + 2 * hour_us);
}

static void test_paused(void **state) {
	int64_t account = scene("paused", "grant", 0);
	look();
	assert_int_equal(number(JOBS), 0);
	grant(account, 100);
	look();
	assert_int_equal(number(JOBS), 1);
	assert_int_equal(number("SELECT COUNT(*) FROM delivery WHERE state = 'active' AND reason = ''"), 1);
}

/* Not each minute again, though nothing of the quota was used: with the next day, or a grant made since. */
static void test_quota(void **state) {
	int64_t account = scene("paused", "quota", clock_now_us() + hour_us);
	grant(account, 10);
	run_sql_with("UPDATE access_grant SET created_at = $1", clock_now_us() - hour_us);
	run_sql_with("UPDATE delivery SET state = 'active', next_us = $1", 1);
	look();
	run_sql_with("UPDATE job SET state = 'failed' WHERE job_id > $1", 0);
	run_sql_with("UPDATE delivery SET state = 'paused', reason = 'quota', next_us = $1", clock_now_us() + hour_us);
	look();
	assert_int_equal(number(JOBS), 0);
	run_sql_with("UPDATE access_grant SET created_at = $1", clock_now_us() + 1);
	look();
	assert_int_equal(number(JOBS), 1);
}

/* Not each minute: when its time has come. */
static void test_target(void **state) {
	grant(scene("paused", "target", clock_now_us() + hour_us), 100);
	look();
	assert_int_equal(number(JOBS), 0);
	run_sql_with("UPDATE delivery SET next_us = $1", clock_now_us() - 1);
	look();
	assert_int_equal(number(JOBS), 1);
	assert_int_equal(number("SELECT COUNT(*) FROM delivery WHERE state = 'active' AND reason = ''"), 1);
}

static void test_idle(void **state) {
	scene("active", "", 0);
	run_sql_with("INSERT INTO feed_cursor (reader, position) VALUES ('delivery-7', $1)", 1);
	run_sql_with("UPDATE delivery SET mode = 'increments', last_us = $1", clock_now_us());
	assert_int_equal(chores_run(app, "exchange.delivery_cursors"), 1);
	assert_int_equal(number("SELECT COUNT(*) FROM feed_cursor"), 1);
	run_sql_with("UPDATE delivery SET last_us = $1", clock_now_us() - 31 * 24 * hour_us);
	assert_int_equal(chores_run(app, "exchange.delivery_cursors"), 1);
	assert_int_equal(number("SELECT COUNT(*) FROM feed_cursor"), 0);
}

static void test_paused_by_a_person(void **state) {
	int64_t account = scene("paused", "机房检修", 1);
	grant(account, 100);
	look();
	assert_int_equal(number(JOBS), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH(test_due),    BOTH(test_paused), BOTH(test_quota),
	    BOTH(test_target), BOTH(test_idle),   BOTH(test_paused_by_a_person),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
