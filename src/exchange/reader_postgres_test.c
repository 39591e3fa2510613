/* Unit tests of the PostgreSQL reader on a real server: values, one snapshot, watermark, spool, and a source that fails or
 * changes. */
#include "exchange/reader.h"
#include "store/store_testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

typedef struct Case {
	Arena *arena;
	Error error;
	Reader *reader;
	ReaderRow row;
	PGconn *admin;
	char url[600], name[64];
} Case;

static void sql(Case *c, const char *text) {
	PGresult *result = PQexec(c->admin, text);
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", text, PQerrorMessage(c->admin));
	PQclear(result);
}

static int set_up(void **state) {
	static int number;
	Case *c = calloc(1, sizeof *c);
	const char *cluster = store_testing_cluster(), *slash = strrchr(cluster, '/');
	snprintf(c->name, sizeof c->name, "reader_%d_%d", (int)getpid(), ++number);
	char create[160];
	snprintf(create, sizeof create, "CREATE DATABASE %s TEMPLATE template0", c->name);
	store_testing_admin(create);
	snprintf(c->url, sizeof c->url, "%.*s/%s", (int)(slash - cluster), cluster, c->name);
	c->admin = PQconnectdb(c->url);
	c->arena = arena_new();
	sql(c, "CREATE TABLE \"许可\" (\"编号\" text PRIMARY KEY, amount numeric(12,2), at timestamptz, day date, ok boolean, "
	       "\"x;y\" text)");
	sql(c, "INSERT INTO \"许可\" VALUES ('a', 1.50, '2026-11-22 15:34:33.5+08', '2024-02-29', true, ''), ('b', NULL, NULL, "
	       "NULL, false, NULL),"
	       " (E'c\n\"q\",', -0.01, '2026-11-23 00:00+08', '1949-10-01', NULL, '中;\\N')");
	*state = c;
	return 0;
}

static int tear_down(void **state) {
	Case *c = *state;
	arena_free(c->arena);
	PQfinish(c->admin);
	char drop[160];
	snprintf(drop, sizeof drop, "DROP DATABASE %s WITH (FORCE)", c->name);
	store_testing_admin(drop);
	free(c);
	return 0;
}

static int opens(Case *c, PostgresTable table) {
	table.url = table.url ? table.url : c->url;
	table.schema = table.schema ? table.schema : "public";
	table.table = table.table ? table.table : "许可";
	error_clear(&c->error);
	return reader_open_postgres(c->arena, &table, &c->error, &c->reader);
}

static const char *next(Case *c) {
	int count, code = reader_next(c->reader, &c->row);
	if (code <= 0) return code ? arena_printf(c->arena, "error %s", c->error.rule) : "";
	reader_columns(c->reader, &count);
	char *out = arena_printf(c->arena, "%d|%s", (int)c->row.row_no, c->row.fault ? c->row.fault->rule : "");
	for (int i = 0; i < count; i++)
		out = c->row.texts[i].at ? arena_printf(c->arena, "%s%.*s|", out, TEXT_ARG(c->row.texts[i]))
		                         : arena_printf(c->arena, "%s~|", out);
	return out;
}

static const char *const rows[] = {"1|a|1.50|2026-11-22 15:34:33.5+08|2024-02-29|true||", "2|b|~|~|~|false|~|",
                                   "3|c\n\"q\",|-0.01|2026-11-23 00:00:00+08|1949-10-01|~|中;\\N|"};

static void test_rows(void **state) {
	Case *c = *state;
	assert_int_equal(opens(c, (PostgresTable){0}), 0);
	assert_string_equal(next(c), rows[0]);
	sql(c, "DELETE FROM \"许可\""); /* the snapshot does not see it */
	assert_string_equal(next(c), rows[1]);
	assert_string_equal(next(c), rows[2]);
	assert_string_equal(next(c), "");
	json_t *snapshot = reader_snapshot(c->reader);
	assert_true(strlen(json_string_value(json_object_get(snapshot, "snapshot"))) > 5);
	assert_int_equal(json_array_size(json_object_get(snapshot, "columns")), 6);
	char *text = json_dumps(snapshot, 0);
	assert_null(strstr(text, "://"));
	free(text);
	json_decref(snapshot);
}

static void test_spool(void **state) {
	Case *c = *state;
	char path[] = "/tmp/reader_spool.XXXXXX";
	close(mkstemp(path));
	assert_int_equal(opens(c, (PostgresTable){0}), 0);
	assert_int_equal(reader_postgres_spool(c->reader, path, NULL, NULL, &c->error), 0);
	reader_close(c->reader);
	assert_int_equal(
	    reader_open(c->arena, path, &(ReaderOptions){.charset = "utf-8", .separator = ','}, &c->error, &c->reader), 0);
	for (int i = 0; i < 3; i++)
		assert_string_equal(next(c), rows[i]);
	assert_string_equal(next(c), "");
	/* a single column full of NULLs keeps its rows */
	sql(c, "CREATE TABLE one (v text); INSERT INTO one VALUES (NULL), ('x'), (NULL)");
	assert_int_equal(opens(c, (PostgresTable){.table = "one"}), 0);
	assert_int_equal(reader_postgres_spool(c->reader, path, NULL, NULL, &c->error), 0);
	reader_close(c->reader);
	assert_int_equal(reader_open(c->arena, path, NULL, &c->error, &c->reader), 0);
	assert_string_equal(next(c), "1|~|1|");
	assert_string_equal(next(c), "2|x|2|");
	assert_string_equal(next(c), "3|~|3|");
	assert_string_equal(next(c), "");
	unlink(path);
	assert_int_equal(opens(c, (PostgresTable){0}), 0);
	assert_int_equal(reader_postgres_spool(c->reader, "/dev/full", NULL, NULL, &c->error), ERR_FULL);
}

static void test_watermark(void **state) {
	Case *c = *state;
	assert_int_equal(opens(c, (PostgresTable){.watermark = "at"}), 0);
	assert_string_equal(reader_postgres_watermark(c->reader), "2026-11-23 00:00:00+08");
	assert_string_equal(next(c), rows[0]);
	assert_int_equal(opens(c, (PostgresTable){.watermark = "at", .after = "2026-11-22 15:34:33.5+08"}), 0);
	assert_string_equal(next(c), rows[0]); /* read again: within the hour before the mark */
	assert_string_equal(next(c), "2|c\n\"q\",|-0.01|2026-11-23 00:00:00+08|1949-10-01|~|中;\\N|");
	assert_string_equal(next(c), "");
	assert_int_equal(opens(c, (PostgresTable){.watermark = "at", .after = "2026-11-23 01:00:01+08"}), 0);
	assert_null(reader_postgres_watermark(c->reader));
	assert_string_equal(next(c), "");
	assert_int_equal(opens(c, (PostgresTable){.watermark = "nothing"}), ERR_INVALID);
	assert_string_equal(c->error.rule, "watermark");
	assert_int_equal(opens(c, (PostgresTable){.watermark = "at", .after = "'; DROP TABLE \"许可\"; --"}), ERR_INVALID);
	assert_int_equal(opens(c, (PostgresTable){0}), 0);
}

/* A row with a lower mark that is committed after a load has seen a higher one is not missed, whatever kind the mark is. */
static void test_late_commit(void **state) {
	Case *c = *state;
	static const struct {
		const char *type, *high, *late;
		bool missed; /* too far back */
	} cases[] = {
	    {"timestamptz", "2026-11-23 10:00:00+08", "2026-11-23 09:10:00+08", false},
	    {"timestamp(3)", "2026-11-23 10:00:00", "2026-11-23 09:10:00", false},
	    {"timestamp", "2026-11-23 10:00:00", "2026-11-23 08:10:00", true},
	    {"date", "2026-11-23", "2026-11-22", false},
	    {"int", "20000", "10001", false},
	    {"bigint", "20000", "9999", true},
	    {"numeric(20,2)", "20000.5", "10001", false},
	    {"double precision", "20000.5", "10001", false},
	    {"text", "b", "b", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[400], mark[64];
		snprintf(text, sizeof text,
		         "DROP TABLE IF EXISTS late; CREATE TABLE late (no int, m %s); INSERT INTO late VALUES (1, '%s')",
		         cases[i].type, cases[i].high);
		sql(c, text);
		PGconn *slow = PQconnectdb(c->url);
		snprintf(text, sizeof text, "BEGIN; INSERT INTO late VALUES (2, '%s')", cases[i].late);
		PQclear(PQexec(slow, text));
		assert_int_equal(opens(c, (PostgresTable){.table = "late", .watermark = "m"}), 0);
		snprintf(mark, sizeof mark, "%s", reader_postgres_watermark(c->reader));
		reader_close(c->reader);
		PQclear(PQexec(slow, "COMMIT"));
		PQfinish(slow);
		assert_int_equal(opens(c, (PostgresTable){.table = "late", .watermark = "m", .after = mark}), 0);
		assert_int_equal(next(c)[0], '1');
		assert_int_equal(next(c)[0], cases[i].missed ? 0 : '2');
		json_t *snapshot = reader_snapshot(c->reader);
		assert_non_null(json_string_value(json_object_get(snapshot, "overlap")));
		json_decref(snapshot);
		reader_close(c->reader);
	}
}

static void test_failures(void **state) {
	Case *c = *state;
	assert_int_equal(opens(c, (PostgresTable){.table = "x\"; DROP TABLE y; --"}), ERR_INVALID);
	assert_string_equal(c->error.rule, "table");
	assert_int_equal(opens(c, (PostgresTable){.url = "postgres://nobody:geheim@127.0.0.1:1/x"}), ERR_BUSY);
	assert_null(strstr(c->error.message, "geheim"));
	assert_int_equal(opens(c, (PostgresTable){.url = "host=/tmp"}), ERR_INVALID);
	/* the columns change between a job's start and its resume */
	assert_int_equal(opens(c, (PostgresTable){0}), 0);
	const char *before = reader_postgres_columns(c->reader);
	reader_close(c->reader);
	assert_int_equal(opens(c, (PostgresTable){.columns = before}), 0);
	reader_close(c->reader);
	sql(c, "ALTER TABLE \"许可\" ADD extra int");
	assert_int_equal(opens(c, (PostgresTable){.columns = before}), ERR_CONFLICT);
	assert_string_equal(c->error.rule, "schema");
	/* the connection dies half-way: an error, not a quiet end */
	sql(c, "CREATE TABLE many AS SELECT g AS id, repeat('x', 200) AS v FROM generate_series(1, 200000) g");
	assert_int_equal(opens(c, (PostgresTable){.table = "many"}), 0);
	assert_int_equal(reader_next(c->reader, &c->row), 1);
	sql(c, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'yiwang' AND datname = "
	       "current_database()");
	int code, seen = 1;
	while ((code = reader_next(c->reader, &c->row)) > 0)
		seen++;
	assert_int_equal(code, ERR_BUSY);
	assert_true(seen < 200000 && c->error.message[0]);
	/* a row longer than a record may be */
	sql(c, "CREATE TABLE wide AS SELECT 1 AS id, 'ok' AS v UNION ALL SELECT 2, repeat(E'y\\n\"', 2000000) UNION ALL SELECT "
	       "3, 'fine'");
	assert_int_equal(opens(c, (PostgresTable){.table = "wide"}), 0);
	assert_string_equal(next(c), "1|1|ok|");
	assert_string_equal(next(c), "2|too_long~|~|");
	assert_string_equal(next(c), "3|3|fine|");
	assert_string_equal(next(c), "");
	char path[] = "/tmp/reader_spool.XXXXXX";
	close(mkstemp(path));
	assert_int_equal(opens(c, (PostgresTable){.table = "wide"}), 0);
	assert_int_equal(reader_postgres_spool(c->reader, path, NULL, NULL, &c->error), 0);
	assert_int_equal(reader_open(c->arena, path, NULL, &c->error, &c->reader), 0);
	assert_string_equal(next(c), "1|1|ok|");
	assert_string_equal(next(c), "2|too_long~|~|");
	assert_string_equal(next(c), "3|3|fine|");
	assert_string_equal(next(c), "");
	unlink(path);
}

static void test_asking(void **state) {
	Case *c = *state;
	const char *version = NULL;
	json_t *tables = NULL;
	assert_int_equal(postgres_test(c->arena, c->url, &version, &c->error), 0);
	assert_non_null(strstr(version, "PostgreSQL"));
	assert_int_equal(postgres_tables(c->arena, c->url, &tables, &c->error), 0);
	assert_int_equal(json_array_size(tables), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(tables, 0), "table")), "许可");
	assert_int_equal(json_array_size(json_object_get(json_array_get(tables, 0), "columns")), 6);
	json_decref(tables);
}

/* Kept addresses are looked at again, and names where they lead. */
static void test_where(void **state) {
	Case *c = *state;
	const char *version;
	static const struct {
		const char *url, *rule;
	} bad[] = {{"postgres://u:x@%2Ftmp/db", "postgres_url"},
	           {"postgres://u:x@127.0.0.1/db?sslkey=%2Fetc%2Fpasswd", "postgres_url"},
	           {"postgres://u:x@127.0.0.1,0xa9fea9fe/db", "postgres_url"},
	           {"postgres://u:x@nowhere.invalid/db", "host_unknown"}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		c->error = (Error){0};
		assert_true(postgres_test(c->arena, bad[i].url, &version, &c->error) < 0);
		assert_string_equal(c->error.rule, bad[i].rule);
	}
	/* one of several servers is there, by its name */
	const char *at = strchr(c->url, '@'), *colon = strchr(at, ':');
	char *two = arena_printf(c->arena, "%.*s@127.0.0.1:1,localhost%s", (int)(at - c->url), c->url, colon);
	c->error = (Error){0};
	if (postgres_test(c->arena, two, &version, &c->error) < 0) fail_msg("%s", c->error.message);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void) {
	const struct CMUnitTest tests[] = {TEST(test_rows),     TEST(test_spool),  TEST(test_watermark), TEST(test_late_commit),
	                                   TEST(test_failures), TEST(test_asking), TEST(test_where)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
