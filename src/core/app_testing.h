/* app_testing: an App over a fresh store and folder on either engine: the set-up of a room's tests. Included first, by tests only
 * (x_test.c of core and the rooms above it), which define setup(engine) with app_for_test in it. */
#ifndef YIWANG_CORE_APP_TESTING_H
#define YIWANG_CORE_APP_TESTING_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/testing.h"
#include "core/core.h"
#include "store/store_testing.h"

/* cmocka's fail() and core's are two things. */
#define flunk(...) (print_error(__VA_ARGS__), _fail(__FILE__, __LINE__))

static TestStore test;
static App *app;
static char dir[64];

static inline void app_for_test_with(StoreEngine engine, const Module *const *modules, size_t count, bool jobs) {
	Error why = {0};
	store_for_test(&test, engine, NULL, 0);
	assert_non_null(folder_for_test(dir, sizeof dir, "app"));
	if (app_secret_create(dir, &why) || app_create(&app, dir, test.store, modules, count, &why) || app_start(app, jobs, &why))
		flunk("%s\n", why.message);
}

static inline void app_for_test(StoreEngine engine, const Module *const *modules, size_t count) {
	app_for_test_with(engine, modules, count, false);
}

static inline int folder_remove(const char *folder) {
	char command[100];
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static inline int teardown(void **state) {
	app_stop(app);
	app_free(app);
	store_test_end(&test);
	return folder_remove(dir);
}

static int setup(StoreEngine engine);
static inline int setup_sqlite(void **state) {
	return setup(STORE_SQLITE);
}
static inline int setup_postgres(void **state) {
	return setup(STORE_POSTGRES);
}
/* A statement in a write of its own; the number of rows, or the code. */
typedef struct TestRun {
	const char *sql;
	int64_t value;
} TestRun;
static inline int app_test_write(Request *rq, void *arg) {
	TestRun *run = arg;
	return (int)db_run(rq->db, run->sql, BIND(val_int(run->value)));
}
/* sql takes $1; a test's own texts, so not literals of the program. */
static inline int run_sql_with(const char *sql, int64_t value) {
	Request *rq = request_begin(app, "test");
	TestRun run = {sql, value};
	int done = request_write(rq, app_test_write, &run);
	if (done < 0) flunk("%s: %s\n", sql, rq->error->message);
	request_end(rq);
	return done;
}
/* The one number; -1 when the statement fails. */
static inline int64_t count_of_sql(const char *sql) {
	Request *rq = request_begin(app, "test");
	int64_t count = -1;
	if (db_int(rq->db, &count, sql, NO_BIND) < 0) count = -1;
	request_end(rq);
	return count;
}
#endif
