/* store_testing: a fresh store for a test, on either engine. Included by tests only (x_test.c of any room).
 *
 * SQLite: a file in a temporary folder. PostgreSQL: a new database in the cluster that YIWANG_TEST_PG (a URL) names; without it
 * the test program starts its own cluster with tools/test-postgres.sh and stops it when it ends. Tests run in the project's root
 * folder. */
#ifndef YIWANG_STORE_STORE_TESTING_H
#define YIWANG_STORE_STORE_TESTING_H
#include "base/testing.h"
#include "store/store.h"
#include <fcntl.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct TestStore {
	Store *store;
	StoreEngine engine;
	char url[600];   /* opens the same database once more: a second "process" */
	char folder[64]; /* SQLite: db.sqlite lies in it */
	char name[64];   /* PostgreSQL: database name */
} TestStore;

static char store_testing_url[500]; /* the cluster's, database "postgres" */
static char store_testing_dir[64];  /* of a cluster of our own */

__attribute__((unused, noreturn)) static void store_testing_fail(const char *what) {
	fprintf(stderr, "store_testing: %s\n", what);
	abort();
}

/* Stops our own cluster when this program ends in whatever way: a child waits for the end of a pipe that only we hold open. */
static inline void store_testing_stop_at_end(void) {
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) != 0) store_testing_fail("no pipe");
	pid_t pid = fork();
	if (pid < 0) store_testing_fail("no fork");
	if (pid > 0) {
		close(fds[0]);
		return;
	}
	setsid();
	close(fds[1]);
	char byte;
	while (read(fds[0], &byte, 1) > 0) {
	}
	execl("tools/test-postgres.sh", "test-postgres.sh", "stop", store_testing_dir, (char *)NULL);
	_exit(127);
}

/* The URL of the cluster's database "postgres". */
static inline const char *store_testing_cluster(void) {
	const char *given = getenv("YIWANG_TEST_PG");
	if (store_testing_url[0]) return store_testing_url;
	if (given && *given) {
		snprintf(store_testing_url, sizeof store_testing_url, "%s", given);
		return store_testing_url;
	}
	snprintf(store_testing_dir, sizeof store_testing_dir, "/tmp/yiwang-test-pg-%d", (int)getpid());
	store_testing_stop_at_end();
	char command[200];
	snprintf(command, sizeof command, "tools/test-postgres.sh start %s", store_testing_dir);
	FILE *pipe = popen(command, "r");
	if (!pipe || !fgets(store_testing_url, sizeof store_testing_url, pipe) || pclose(pipe) != 0)
		store_testing_fail("no test PostgreSQL; run from the project's root");
	store_testing_url[strcspn(store_testing_url, "\n")] = '\0';
	return store_testing_url;
}

/* Runs one statement on the cluster (CREATE DATABASE and such). */
static inline void store_testing_admin(const char *sql) {
	PGconn *pg = PQconnectdb(store_testing_cluster());
	PGresult *result = PQexec(pg, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		store_testing_fail(PQerrorMessage(pg));
	PQclear(result);
	PQfinish(pg);
}

static inline void store_testing_locate(TestStore *out) {
	static int number;
	if (out->engine == STORE_SQLITE) {
		if (!folder_for_test(out->folder, sizeof out->folder, "test")) store_testing_fail("no temporary folder");
		snprintf(out->url, sizeof out->url, "sqlite:%s/db.sqlite", out->folder);
		return;
	}
	const char *cluster = store_testing_cluster();
	snprintf(out->name, sizeof out->name, "t_%d_%d", (int)getpid(), ++number);
	char sql[160];
	snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE template0", out->name);
	store_testing_admin(sql);
	const char *slash = strrchr(cluster, '/');
	snprintf(out->url, sizeof out->url, "%.*s/%s", (int)(slash - cluster), cluster, out->name);
}

/* A migrated store that has joined (slot, feed sequencer). migrations: the tables of the rooms under test, may be NULL. Aborts
 * when it cannot. End it with store_test_end. */
static inline void store_for_test(TestStore *out, StoreEngine engine, const Migration *migrations, size_t count) {
	*out = (TestStore){.engine = engine};
	store_testing_locate(out);
	Error error = {0};
	if (store_open(&out->store, out->url, NULL, &error) ||
	    store_migrate(out->store, store_migrations, store_migration_count, &error) ||
	    (count && store_migrate(out->store, migrations, count, &error)) || store_join(out->store, "test", &error))
		store_testing_fail(error.message);
}

/* Closes the store (unless the test did and set it to NULL) and removes its data. */
static inline void store_test_end(TestStore *test) {
	store_close(test->store);
	char text[200];
	if (test->engine == STORE_POSTGRES) {
		snprintf(text, sizeof text, "DROP DATABASE %s WITH (FORCE)", test->name);
		store_testing_admin(text);
		return;
	}
	snprintf(text, sizeof text, "rm -rf %s", test->folder);
	if (system(text) != 0) fprintf(stderr, "store_testing: %s was not removed\n", test->folder);
}

/* Two rows of cmocka's table: the test on each engine, with the setup_sqlite, setup_postgres and teardown of its file. */
#define BOTH(name)                                                                                                               \
	{#name " sqlite", name, setup_sqlite, teardown, NULL}, {                                                                 \
#name " postgres", name, setup_postgres, teardown, NULL                                                          \
	}
#endif
