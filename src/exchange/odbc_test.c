/* Tests of odbc.h: addresses; and a link to a real driver (SQLite's) in its limited process, which is this program run again. */
#include "exchange/exchange.h"
#include "exchange/odbc.h"
#include "exchange/odbc_wire.h"
#include <linux/landlock.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

/* --- addresses ------------------------------------------------------------------------------------------------------------- */

static void test_addresses(void **state) {
	static const struct {
		const char *url, *said; /* said: the connection string, or the beginning of what is wrong */
		int code;
	} rows[] = {
	    {"odbc:Dialect=mariadb;Driver={MariaDB Unicode};Server=h;Port=3306;Database=d;Uid=u;Pwd={p;w}}d {}",
	     "Driver={MariaDB Unicode};Server=h;Port=3306;Database=d;Uid=u;Pwd={p;w}}d {};X=1;", 0},
	    {"ODBC: dsn = police ; uid=u;", "DSN=police;Uid=u;X=1;", 0},
	    {"odbc:Driver=SQLite3;Database=sub/city.db", "Driver={SQLite3};Database=sub/city.db;X=1;", 0},
	    {"odbc:Driver=SQLite3;Database=sub/../../city.db", "the value of Database", ERR_INVALID},
	    {"odbc:Driver=SQLite3;Database=..", "the value of Database", ERR_INVALID},
	    {"odbc:Driver=SQLite3;Database=/etc/passwd", "the value of Database", ERR_INVALID},
	    {"odbc:Driver=SQLite3;Database=file:/etc/passwd", "the value of Database", ERR_INVALID},
	    {"odbc:Driver=/tmp/x.so;Database=d", "the value of Driver", ERR_INVALID},
	    {"odbc:Driver={a;Database=d", "the braces of Driver", ERR_INVALID},
	    {"odbc:Driver={a}b;Database=d", "the braces of Driver", ERR_INVALID},
	    {"odbc:Driver=a;Driver=b", "Driver is given twice", ERR_INVALID},
	    {"odbc:Driver=a;LoadExt=/tmp/x.so", "an address of ODBC has no key LoadExt", ERR_INVALID},
	    {"odbc:Driver=a;junk", "an address of ODBC has no key", ERR_INVALID},
	    {"odbc:Driver=a;DSN=b", "an address of ODBC names a Driver or a DSN", ERR_INVALID},
	    {"odbc:", "an address of ODBC names a Driver or a DSN", ERR_INVALID},
	    {"postgres://x", "the address is not that of an ODBC database", ERR_INVALID},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Arena *arena = arena_new();
		OdbcAddress address;
		Error error = {0};
		int code = odbc_address_parse(arena, text_of(rows[i].url), &address, &error);
		const char *said = code ? error.message : odbc_address_connection(arena, &address, "X=1;");
		if (code != rows[i].code || strncmp(said, rows[i].said, strlen(rows[i].said)) != 0 ||
		    (!code && strcmp(said, rows[i].said)))
			fail_msg("%s: %d %s", rows[i].url, code, said);
		arena_free(arena);
	}
}

/* --- a driver ----------------------------------------------------------------------------------------------------------------
 */

static Arena *arena;
static OdbcLink link_;
static char folder[64];

static int setup(void **state) {
	arena = arena_new();
	snprintf(folder, sizeof folder, "/tmp/yiwang-odbc-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(odbc_start(arena, folder, &link_), 0);
	if (odbc_connect(&link_, "Driver={SQLite3};Database=x.db;StepAPI=1;", "") != 0) fail_msg("%s", link_.fault.message);
	return 0;
}

static int teardown(void **state) {
	char command[100];
	arena_free(arena);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static int take(void *arg, const Text *cells) {
	Buf *out = arg;
	for (int i = 0; i < 2; i++)
		if (i == 0)
			buf_printf(out, "%lld ", cells[0].at ? (long long)(signed char)cells[0].at[7] : -99);
		else
			buf_printf(out, "%zu;", cells[1].at ? cells[1].len : (size_t)9999);
	return out->len > 1000 ? -1 : 0;
}

static void test_rows(void **state) {
	OdbcInfo info;
	Buf rows = {0}, big = {0}, out = {0};
	int64_t changed = 0;
	char *columns;
	assert_int_equal(odbc_info(&link_, &info), 0);
	assert_string_equal(info.dbms, "SQLite");
	assert_int_equal(odbc_execute(&link_, "CREATE TABLE t (i INTEGER PRIMARY KEY, x TEXT)", NULL), 0);
	for (int i = 0; i < 3 << 20; i++)
		buf_char(&big, (char)('a' + i % 26));
	for (int i = 1; i <= 7; i++) {
		wire_put_number(&rows, (uint64_t)i);
		wire_put_text(&rows, i == 1 ? TEXT_NONE : i == 2 ? TEXT("") : i == 3 ? buf_as_text(&big) : TEXT("张三"));
	}
	assert_int_equal(odbc_rows_in(&link_, "it", 3, "INSERT INTO t (i, x) VALUES", buf_as_text(&rows), &changed), 0);
	assert_int_equal(changed, 7);
	assert_int_equal(odbc_commit(&link_), 0);
	assert_int_equal(odbc_execute(&link_, "DELETE FROM t WHERE i > 4", &changed), 0);
	assert_int_equal(changed, 3);
	assert_int_equal(odbc_rollback(&link_), 0);
	assert_int_equal(odbc_query(&link_, "it", "SELECT i, x FROM t ORDER BY i", take, &out), 0);
	buf_char(&out, 0);
	assert_string_equal(out.at, "1 9999;2 0;3 3145728;4 6;5 6;6 6;7 6;");
	assert_int_equal(odbc_columns(&link_, NULL, NULL, "t", &columns), 0);
	assert_non_null(strstr(columns, "i INTEGER("));
	assert_int_equal(odbc_columns(&link_, NULL, NULL, "_", &columns), 0);
	assert_string_equal(columns, ""); /* no pattern */
	buf_reset(&rows);
	wire_put_number(&rows, 1);
	wire_put_text(&rows, TEXT("x"));
	assert_int_equal(odbc_rows_in(&link_, "it", 3, "INSERT INTO t (i, x) VALUES", buf_as_text(&rows), NULL), ERR_IO);
	assert_int_equal(link_.fault.native, 19);
	rows.len--; /* a broken batch is refused whole */
	assert_int_equal(odbc_rows_in(&link_, "it", 3, "INSERT INTO t (i, x) VALUES", buf_as_text(&rows), NULL), ERR_IO);
	assert_int_equal(odbc_rollback(&link_), 0);
	buf_free(&rows);
	buf_free(&big);
	buf_free(&out);
}

static int refuse(void *arg, const Text *cells) {
	return ERR_CANCELLED;
}

static void test_faults(void **state) {
	assert_int_equal(odbc_query(&link_, "i", "SELECT 1 UNION SELECT 2", refuse, NULL), ERR_CANCELLED);
	assert_int_equal(odbc_execute(&link_, "CREATE TABLE u (i INTEGER)", NULL), 0); /* the link goes on */
	link_.secret = "hidden word";
	assert_int_equal(odbc_execute(&link_, "SELECT * FROM \"hidden word\"", NULL), ERR_IO);
	assert_null(strstr(link_.fault.message, "hidden"));
	assert_non_null(strstr(link_.fault.message, "***"));
	assert_true(link_.pid > 1);
	kill(link_.pid, SIGABRT); /* a sanitizer takes SIGSEGV for itself */
	assert_int_equal(odbc_commit(&link_), ERR_IO);
	assert_string_equal(link_.fault.state, ODBC_STATE_ENDED);
	assert_string_equal(link_.fault.message, "it crashed (signal 6)");
	assert_int_equal(odbc_commit(&link_), ERR_IO); /* and stays so */
	assert_string_equal(link_.fault.state, ODBC_STATE_ENDED);
}

static int table_made(const char *database) {
	OdbcLink *link = ARENA_NEW(arena, OdbcLink);
	assert_int_equal(odbc_start(arena, folder, link), 0);
	int code = odbc_connect(link, arena_printf(arena, "Driver={SQLite3};Database=%s;", database), "");
	if (code == 0) code = odbc_execute(link, "CREATE TABLE t (i INTEGER)", NULL);
	if (code == 0) code = odbc_commit(link);
	odbc_close(link);
	return code;
}

/* Where the kernel can, the process sees its folder, what is linked into it, and what drivers are made of. */
static void test_files(void **state) {
	char other[] = "/tmp/yiwang-odbc-other-XXXXXX", command[200];
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) skip();
	assert_non_null(mkdtemp(other));
	assert_int_equal(table_made("inside.db"), 0);
	/* what does not fit into memory goes into a temporary file there */
	assert_int_equal(
	    odbc_execute(&link_,
	                 "CREATE TEMP TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i "
	                 "< 20000) SELECT i, hex(randomblob(200)) FROM n",
	                 NULL),
	    0);
	assert_int_equal(table_made(arena_printf(arena, "%s/outside.db", other)), ERR_IO);
	snprintf(command, sizeof command, "ln -s %s %s/linked", other, folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(table_made("linked/x.db"), 0);
	assert_int_equal(table_made(arena_printf(arena, "%s/outside.db", other)), 0); /* it is linked in now */
	snprintf(command, sizeof command, "rm -rf %s", other);
	assert_int_equal(system(command), 0);
}

static void test_hang(void **state) {
	link_.answer_ms = 100;
	assert_true(link_.pid > 1);
	kill(link_.pid, SIGSTOP);
	assert_int_equal(odbc_commit(&link_), ERR_IO);
	assert_string_equal(link_.fault.state, ODBC_STATE_SLOW);
	assert_int_equal(kill(link_.pid, 0), -1); /* killed and waited for */
}

int main(int argc, char **argv) {
	if (argc > 1 && strcmp(argv[1], ODBC_CHILD_COMMAND) == 0) return odbc_child_main();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_hang, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
