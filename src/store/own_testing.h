/* own_testing: the set-up of this room's own tests, included first: a store with the test's one migration, on either engine. */
#ifndef YIWANG_STORE_OWN_TESTING_H
#define YIWANG_STORE_OWN_TESTING_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "store/store_testing.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

static const Migration tables[1]; /* the test's */
static TestStore test;
static Error error;

static int setup(StoreEngine engine) {
	error_clear(&error);
	store_for_test(&test, engine, tables, 1);
	return 0;
}
static int setup_sqlite(void **state) {
	return setup(STORE_SQLITE);
}
static int setup_postgres(void **state) {
	return setup(STORE_POSTGRES);
}
static int teardown(void **state) {
	store_test_end(&test);
	return 0;
}
#endif
