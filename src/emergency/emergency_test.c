/* When its days are over the tracks of an emergency duty are destroyed, those of others stay; evidence says so. On both engines.
 */
#include "core/app_testing.h"
#include "emergency/internal.h"
#include "evidence/evidence.h"
#include "notice/notice.h"

static const Module *const modules[] = {&core_module, &evidence_module, &people_module, &notice_module, &emergency_module};

static int setup(StoreEngine engine) {
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	return 0;
}

enum { OVER = 1, RECENT, OPEN, POINTS = 2500 };
static int scene(Request *rq, void *arg) {
	static const struct { int64_t id, days; } duties[] = {{OVER, 31}, {RECENT, 29}, {OPEN, -1}};
	int64_t code = 0;
	for (int i = 0; i < 3 && code >= 0; i++) {
		code = db_run(rq->db,
		              "INSERT INTO emergency (emergency_id, org_id, name, basis, begins_at, ends_at, declared_by, "
		              "ended_at, ended_by,"
		              " end_note, gone_at) VALUES ($1, 1, 'x', 'y', 0, $2, 1, 0, 0, '', 0)",
		              BIND(val_int(duties[i].id), val_int(rq->now_us - duties[i].days * INT64_C(86400000000))));
		if (code >= 0)
			code = db_run(rq->db,
			              "INSERT INTO emergency_officer (emergency_id, account_id, org_id, on_at, off_at, points, "
			              "last_at, lon, lat,"
			              " accuracy) VALUES ($1, 7, 1, 1, 0, 3, 3, 120.5, 31.5, 9)",
			              BIND(val_int(duties[i].id)));
		for (int64_t at = 1; at <= (i ? 3 : POINTS) && code >= 0; at++)
			code = db_run(rq->db,
			              "INSERT INTO emergency_point (emergency_id, account_id, at_us, lon, lat, accuracy) VALUES "
			              "($1, 7, $2, 120.5,"
			              " 31.5, 9)",
			              BIND(val_int(duties[i].id), val_int(at)));
	}
	return code < 0 ? (int)code : 0;
}

static int64_t number(const char *sql, int64_t value) {
	Request *rq = request_begin(app, "test");
	int64_t out = -1;
	assert_true(db_int(rq->db, &out, sql, BIND(val_int(value))) >= 0);
	request_end(rq);
	return out;
}

static void test_tracks_go(void **state) {
	Request *rq = request_begin(app, "test");
	assert_int_equal(request_write(rq, scene, NULL), 0);
	request_end(rq);
	assert_int_equal(chores_run(app, "emergency.tracks"), 1);
	assert_int_equal(number("SELECT count(*) FROM emergency_point WHERE emergency_id = $1", OVER), 0);
	assert_int_equal(
	    number("SELECT count(*) FROM emergency_officer WHERE emergency_id = $1 AND last_at = 0 AND lon = 0", OVER), 1);
	assert_true(number("SELECT gone_at FROM emergency WHERE emergency_id = $1", OVER) > 0);
	assert_int_equal(number("SELECT count(*) FROM emergency_point WHERE emergency_id <> $1", OVER), 6);
	assert_int_equal(number("SELECT count(*) FROM emergency_officer WHERE emergency_id <> $1 AND last_at = 3", OVER), 2);
	assert_int_equal(number("SELECT count(*) FROM evidence_outbox WHERE CAST(CAST($1 AS BIGINT) AS TEXT) = '1'", 1), 1);
	assert_int_equal(chores_run(app, "emergency.tracks"), 1);
	assert_int_equal(number("SELECT count(*) FROM emergency WHERE gone_at > $1", 0), 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_tracks_go, setup_sqlite, teardown),
	                                   cmocka_unit_test_setup_teardown(test_tracks_go, setup_postgres, teardown)};
	return cmocka_run_group_tests_name("emergency", tests, NULL, NULL);
}
