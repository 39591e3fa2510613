/* Tables of a PostgreSQL database as a source: one connection and one REPEATABLE READ READ ONLY transaction a reader, rows by
 * COPY in CSV form (which keeps NULL and '' apart) through base's parser. SQL here runs on the supplier's server, never on our
 * store; names go through PQescapeIdentifier. One owner, one thread, life of its Reader. */
#include "exchange/reader_private.h"
#include "exchange/postgres_address.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 10, SILENT_MS = 60000, SPOOL_BLOCK = 1 << 20 };
/* A look into the catalogue may not take long; a copy may, but must not wait for a lock. */
#define SESSION_SETTINGS                                                                                                         \
	"SET statement_timeout = '30s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '1h';"               \
	" SET datestyle = 'ISO, YMD'; SET timezone = 'Asia/Shanghai'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = " \
	"1;"                                                                                                                     \
	" SET bytea_output = 'hex'; SET standard_conforming_strings = on"

typedef struct Postgres {
	PGconn *connection;
	Csv *csv;
	char *line;                  /* from libpq, of the current row */
	bool begun, ended, numbered; /* numbered: row_no was added */
	const char *columns, *watermark;
	char *copy_sql;
	int64_t estimate;
} Postgres;

/* libpq's message on one line; it names hosts and users but never the password. */
static int pg_failed(Error *error, const PGconn *connection, const PGresult *result, const char *doing) {
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	char message[300];
	snprintf(message, sizeof message, "%s",
	         result && *PQresultErrorMessage(result) ? PQresultErrorMessage(result) : PQerrorMessage(connection));
	for (char *p = message; *p; p++)
		if ((unsigned char)*p < ' ') *p = ' ';
	bool timeout = state && (strcmp(state, "57014") == 0 || strcmp(state, "55P03") == 0);
	bool refused = state && (strncmp(state, "42", 2) == 0 || strncmp(state, "22", 2) == 0);
	int code = timeout ? ERR_TIMEOUT : refused ? ERR_INVALID : ERR_BUSY;
	return error_field(error, code, "source", TEXT_NONE,
	                   refused   ? "table"
	                   : timeout ? "timeout"
	                             : "source_gone",
	                   refused ? "Check the table, its columns and the account's rights."
	                           : "Try again when the source answers.",
	                   "the source failed to %s: %s", doing, message);
}

/* Runs one statement (params may be NULL). Rows and commands succeed; the caller clears *out. 0 or < 0. */
static int pg_run(PGconn *connection, const char *sql, int count, const char *const *params, Error *error, const char *doing,
                  PGresult **out) {
	PGresult *result = count ? PQexecParams(connection, sql, count, NULL, params, NULL, NULL, 0) : PQexec(connection, sql);
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_COPY_OUT) {
		int code = pg_failed(error, connection, result, doing);
		PQclear(result);
		return code;
	}
	if (out)
		*out = result;
	else
		PQclear(result);
	return 0;
}

static int pg_connect(const char *url, Error *error, PGconn **out) {
	PGconn *connection;
	int code = conninfo_connect(&(PostgresCall){url, "yiwang", CONNECT_SECONDS, SILENT_MS}, error, &connection);
	if (code < 0) return code;
	code = PQstatus(connection) == CONNECTION_OK ? 0 : pg_failed(error, connection, NULL, "connect");
	if (code == 0) code = pg_run(connection, SESSION_SETTINGS, 0, NULL, error, "set up the session", NULL);
	if (code < 0) {
		PQfinish(connection);
		return code;
	}
	*out = connection;
	return 0;
}

/* --- opening ---------------------------------------------------------------------------------------------------------------- */
#define COLUMNS_SQL                                                                                                              \
	"SELECT a.attname, format_type(a.atttypid, a.atttypmod), c.reltuples::bigint"                                            \
	" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"               \
	" WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r','p','v','m','f') AND a.attnum > 0 AND NOT "              \
	"a.attisdropped"                                                                                                         \
	" AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY a.attnum"

static json_t *columns_json(const PGresult *columns) {
	json_t *list = json_array();
	for (int i = 0; i < PQntuples(columns); i++)
		json_array_append_new(
		    list, json_pack("{s:s, s:s}", "name", PQgetvalue(columns, i, 0), "type", PQgetvalue(columns, i, 1)));
	return list;
}

static void add_identifier(Buf *sql, PGconn *connection, const char *name) {
	char *quoted = PQescapeIdentifier(connection, name, strlen(name));
	if (quoted) buf_str(sql, quoted);
	PQfreemem(quoted);
}

static void add_literal(Buf *sql, PGconn *connection, const char *value) {
	char *quoted = PQescapeLiteral(connection, value, strlen(value));
	if (quoted) buf_str(sql, quoted);
	PQfreemem(quoted);
}

/* A mark is given when a row is written and seen when it is committed: a row committed late has a lower mark than one already
 * read. So each load begins this far before the last mark; what is read again is found unchanged. */
static const struct {
	const char *type, *cast, *back, *said;
} overlaps[] = {
    {"timestamp with time zone", "timestamptz", " - interval '1 hour'", "1 hour"},
    {"timestamp without time zone", "timestamp", " - interval '1 hour'", "1 hour"},
    {"date", "date", " - 1", "1 day"},
    {"bigint", "bigint", " - 10000", "10000"},
    {"integer", "bigint", " - 10000", "10000"},
    {"smallint", "bigint", " - 10000", "10000"},
    {"numeric", "numeric", " - 10000", "10000"},
    {"double", "float8", " - 10000", "10000"},
    {"real", "float8", " - 10000", "10000"},
    {"", NULL, NULL, "equal marks"}, /* texts have no distance: rows of the last mark itself are read again */
};

static int overlap_of(const PGresult *columns, const PostgresTable *table) {
	const char *type = "";
	for (int i = 0; table->watermark && i < PQntuples(columns); i++)
		if (strcmp(PQgetvalue(columns, i, 0), table->watermark) == 0) type = PQgetvalue(columns, i, 1);
	char plain[64];
	const char *open = strchr(type, '('), *close = open ? strchr(open, ')') : NULL; /* timestamp(3) without time zone */
	snprintf(plain, sizeof plain, "%.*s%s", open ? (int)(open - type) : 40, type, close ? close + 1 : "");
	type = plain;
	int row = 0;
	while (strncmp(type, overlaps[row].type, strlen(overlaps[row].type)) != 0)
		row++;
	return row;
}

static void add_from(Buf *sql, PGconn *connection, const PostgresTable *table, const PGresult *columns) {
	buf_str(sql, " FROM ");
	add_identifier(sql, connection, table->schema);
	buf_char(sql, '.');
	add_identifier(sql, connection, table->table);
	if (table->watermark && table->after) {
		buf_str(sql, " WHERE ");
		add_identifier(sql, connection, table->watermark);
		int row = overlap_of(columns, table);
		buf_str(sql, " >= ");
		add_literal(sql, connection, table->after);
		if (overlaps[row].cast) buf_printf(sql, "::%s%s", overlaps[row].cast, overlaps[row].back);
	}
}

/* A row whose only value is NULL would be a blank line, which CSV readers pass over: a table of one column gets its row's number
 * too. */
static void copy_build(Postgres *pg, Reader *reader, const PostgresTable *table, const PGresult *columns) {
	Buf *sql = ARENA_NEW(reader->arena, Buf);
	buf_in(sql, reader->arena);
	buf_str(sql, "COPY (SELECT ");
	for (int i = 0; i < PQntuples(columns); i++) {
		buf_str(sql, i ? ", " : "");
		add_identifier(sql, pg->connection, PQgetvalue(columns, i, 0));
		buf_str(sql, "::text");
	}
	if (pg->numbered) buf_str(sql, ", row_number() OVER ()");
	add_from(sql, pg->connection, table, columns);
	buf_str(sql, ") TO STDOUT (FORMAT csv)");
	buf_char(sql, 0);
	pg->copy_sql = sql->at;
}

/* The highest watermark of the snapshot, and that the column exists and can be compared. */
static int watermark_read(Postgres *pg, Reader *reader, const PostgresTable *table, const PGresult *columns) {
	bool there = false;
	for (int i = 0; i < PQntuples(columns); i++)
		there |= strcmp(PQgetvalue(columns, i, 0), table->watermark) == 0;
	if (!there)
		return error_field(reader->error, ERR_INVALID, "watermark_field", text_of(table->watermark), "watermark",
		                   "Name a column that only grows, such as the time of the last change.",
		                   "the table has no column %.80s", table->watermark);
	Buf *sql = ARENA_NEW(reader->arena, Buf);
	buf_in(sql, reader->arena);
	buf_str(sql, "SELECT max(");
	add_identifier(sql, pg->connection, table->watermark);
	buf_str(sql, ")::text");
	add_from(sql, pg->connection, table, columns);
	buf_char(sql, 0);
	PGresult *result = NULL;
	int code = pg_run(pg->connection, sql->at, 0, NULL, reader->error, "find the highest watermark", &result);
	if (code < 0) return code;
	pg->watermark = PQgetisnull(result, 0, 0) ? NULL : arena_strdup(reader->arena, PQgetvalue(result, 0, 0));
	PQclear(result);
	return 0;
}

static int columns_take(Postgres *pg, Reader *reader, const PostgresTable *table, const PGresult *columns) {
	int count = PQntuples(columns);
	if (count == 0)
		return error_field(reader->error, ERR_INVALID, "table", text_of(table->table), "table",
		                   "Check the name and the account's rights.",
		                   "there is no table %.60s.%.60s with a column that the account may read", table->schema,
		                   table->table);
	Buf *list = ARENA_NEW(reader->arena, Buf);
	buf_in(list, reader->arena);
	Text *names = ARENA_ARRAY(reader->row, Text, count + 1);
	for (int i = 0; i < count; i++) {
		names[i] = text_of(PQgetvalue(columns, i, 0));
		buf_printf(list, "%s%s %s", i ? ";" : "", PQgetvalue(columns, i, 0), PQgetvalue(columns, i, 1));
	}
	buf_char(list, 0);
	pg->columns = list->at;
	if (table->columns && strcmp(table->columns, pg->columns) != 0)
		return error_field(reader->error, ERR_CONFLICT, "table", text_of(table->table), "schema", "Start a new load.",
		                   "the table's columns changed since the load began: %.150s, before %.150s", pg->columns,
		                   table->columns);
	pg->numbered = count == 1;
	if (pg->numbered) names[count++] = text_is(names[0], "row_no") ? TEXT("row_number") : TEXT("row_no");
	pg->estimate = table->watermark ? -1 : atoll(PQgetvalue(columns, 0, 2));
	return reader_set_columns(reader, names, count);
}

static int snapshot_name(Postgres *pg, Reader *reader, const PostgresTable *table, const PGresult *columns) {
	PGresult *result = NULL;
	int code = pg_run(pg->connection,
	                  "SELECT pg_export_snapshot(), pg_current_snapshot()::text, current_database(), clock_timestamp()::text",
	                  0, NULL, reader->error, "name the snapshot", &result);
	if (code < 0) return code;
	reader->snapshot =
	    json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s*, s:s*, s:s*}", "kind", "postgres", "database",
	              PQgetvalue(result, 0, 2), "schema", table->schema, "table", table->table, "columns", columns_json(columns),
	              "snapshot", PQgetvalue(result, 0, 0), "transactions", PQgetvalue(result, 0, 1), "taken_at",
	              PQgetvalue(result, 0, 3), "watermark", pg->watermark, "after", table->watermark ? table->after : NULL,
	              "overlap", table->watermark && table->after ? overlaps[overlap_of(columns, table)].said : NULL);
	PQclear(result);
	return reader->snapshot ? 0 : error_set(reader->error, ERR_INTERNAL, "the source's names are not UTF-8");
}

static int transaction_open(Postgres *pg, Reader *reader, const PostgresTable *table) {
	PGresult *columns = NULL;
	const char *const params[] = {table->schema, table->table};
	int code = pg_run(pg->connection, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, NULL, reader->error,
	                  "begin", NULL);
	if (code == 0) code = pg_run(pg->connection, COLUMNS_SQL, 2, params, reader->error, "list the table's columns", &columns);
	if (code < 0) return code;
	code = columns_take(pg, reader, table, columns);
	if (code == 0 && table->watermark) code = watermark_read(pg, reader, table, columns);
	if (code == 0) code = snapshot_name(pg, reader, table, columns);
	if (code == 0) copy_build(pg, reader, table, columns);
	PQclear(columns);
	return code;
}

/* --- rows ------------------------------------------------------------------------------------------------------------------- */
static int copy_begin(Postgres *pg, Reader *reader) {
	int code = pg_run(pg->connection, "SET LOCAL statement_timeout = 0", 0, NULL, reader->error, "begin reading", NULL);
	if (code == 0) code = pg_run(pg->connection, pg->copy_sql, 0, NULL, reader->error, "read the table", NULL);
	pg->begun = code == 0;
	return code;
}

/* Waits for the server, but not for one that has gone silent. */
static int wait_readable(Postgres *pg, Reader *reader) {
	struct pollfd wait = {.fd = PQsocket(pg->connection), .events = POLLIN};
	int ready;
	do
		ready = poll(&wait, 1, SILENT_MS);
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return error_field(reader->error, ERR_TIMEOUT, "source", TEXT_NONE, "timeout",
		                   "Try again when the source answers.", "the source sent nothing for %d seconds",
		                   SILENT_MS / 1000);
	return PQconsumeInput(pg->connection) ? 0 : pg_failed(reader->error, pg->connection, NULL, "go on");
}

/* The next row as a line of CSV in pg->line: 1, 0, < 0. */
static int line_next(Postgres *pg, Reader *reader, Text *line) {
	int code = pg->ended ? 0 : pg->begun ? 1 : copy_begin(pg, reader);
	if (code < 0 || pg->ended) return code;
	PQfreemem(pg->line);
	pg->line = NULL;
	int length;
	while ((length = PQgetCopyData(pg->connection, &pg->line, 1)) == 0)
		if ((code = wait_readable(pg, reader)) < 0) return code;
	if (length > 0) {
		*line = (Text){pg->line, (size_t)length};
		return 1;
	}
	pg->ended = true;
	PGresult *result = PQgetResult(pg->connection);
	if (length == -2 || PQresultStatus(result) != PGRES_COMMAND_OK)
		code = pg_failed(reader->error, pg->connection, result, "give all rows");
	else
		code = 0;
	PQclear(result);
	return code;
}

/* A line of COPY is one whole record, so that the parser is always between records when the next line comes. */
static int postgres_next(Reader *reader, ReaderRow *row) {
	Postgres *pg = reader->self;
	CsvRecord record = {0};
	Text line;
	CsvRecord none;
	while (pg->line && csv_next(pg->csv, &none)) /* takes the last line's end: it goes now */
		;
	int code = line_next(pg, reader, &line);
	if (code <= 0) return code;
	row->row_no = ++reader->row_no;
	row->raw = (Text){line.at, utf8_cut(line, READER_RAW_MAX)};
	reader_no_texts(reader);
	if (line.len > CSV_RECORD_MAX) {
		reader_fault(reader, row, "", TEXT_NONE, "too_long", "Leave out or shorten its longest column.",
		             "row %lld is longer than %d MiB", (long long)row->row_no, CSV_RECORD_MAX >> 20);
		return 1;
	}
	csv_feed(pg->csv, line, false);
	if (!csv_next(pg->csv, &record) || record.fault || record.count != (size_t)reader->column_count || !utf8_valid(line))
		reader_fault(reader, row, "", TEXT_NONE, "encoding", "Check the database's encoding.",
		             "row %lld is not text in UTF-8", (long long)row->row_no);
	for (int i = 0; i < reader->column_count && (size_t)i < record.count; i++)
		if (record.fields[i].len || record.quoted[i])
			reader->texts[i] = row->fault ? reader_clean(reader, record.fields[i]) : record.fields[i];
	return 1;
}

static void postgres_progress(const Reader *reader, int64_t *done, int64_t *total) {
	const Postgres *pg = reader->self;
	*done = reader->row_no;
	*total = pg->estimate > 0 && pg->estimate >= reader->row_no ? pg->estimate : -1;
}

static void postgres_close(Reader *reader) {
	Postgres *pg = reader->self;
	PQfreemem(pg->line);
	if (pg->connection) PQfinish(pg->connection);
	pg->line = NULL;
	pg->connection = NULL;
}

int reader_open_postgres(Arena *arena, const PostgresTable *table, Error *error, Reader **out) {
	static const ReaderOps ops = {.next = postgres_next, .close = postgres_close, .progress = postgres_progress};
	Reader *reader = reader_make(arena, "", table->table ? table->table : "", error);
	Postgres *pg = ARENA_NEW(arena, Postgres);
	reader->format = READER_POSTGRES;
	reader->ops = &ops;
	reader->self = pg;
	int code = 0;
	if (!table->schema || !table->table || !*table->schema || !*table->table)
		code = error_field(error, ERR_INVALID, "table", TEXT_NONE, "table", "Choose a schema and a table.",
		                   "no table is named");
	if (code == 0) code = pg_connect(table->url, error, &pg->connection);
	if (code == 0) code = transaction_open(pg, reader, table);
	if (code < 0) {
		reader_close(reader);
		return code;
	}
	pg->csv = csv_new(arena, ',');
	*out = reader;
	return 0;
}

const char *reader_postgres_columns(const Reader *reader) {
	return ((const Postgres *)reader->self)->columns;
}

const char *reader_postgres_watermark(const Reader *reader) {
	return ((const Postgres *)reader->self)->watermark;
}

/* --- spooling --------------------------------------------------------------------------------------------------------------- */
static int spool_flush(int fd, Buf *block, Error *error) {
	for (size_t at = 0; at < block->len;) {
		ssize_t n = write(fd, block->at + at, block->len - at);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0)
			return error_set(error, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO,
			                 "the copy of the table could not be written: %s", strerror(errno));
		at += (size_t)n;
	}
	buf_reset(block);
	return 0;
}

/* A row too long for any reader becomes one overlong line, whatever quotes and line ends it holds: one fault, and no other row
 * harmed. */
static void line_add(Buf *block, Text line) {
	size_t at = block->len;
	buf_text(block, line);
	for (size_t i = 0; line.len > CSV_RECORD_MAX && i + 1 < line.len; i++)
		if (memchr("\"\r\n", block->at[at + i], 3)) block->at[at + i] = ' ';
}

static int spool_rows(Reader *reader, int fd, Buf *block, int (*step)(void *arg, int64_t rows), void *arg, Error *error) {
	Postgres *pg = reader->self;
	Text line;
	int code;
	for (int i = 0; i < reader->column_count; i++)
		csv_write(block, reader->columns[i], i == 0, false);
	buf_char(block, '\n');
	while ((code = line_next(pg, reader, &line)) > 0) {
		line_add(block, line);
		reader->row_no++;
		if (block->len < SPOOL_BLOCK) continue;
		code = spool_flush(fd, block, error);
		if (code == 0 && step) code = step(arg, reader->row_no);
		if (code < 0) return code;
	}
	return code < 0 ? code : spool_flush(fd, block, error);
}

int reader_postgres_spool(Reader *reader, const char *path, int (*step)(void *arg, int64_t rows), void *arg, Error *error) {
	Buf *block = ARENA_NEW(reader->arena, Buf);
	buf_in(block, reader->arena);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) return error_set(error, ERR_IO, "the copy of the table could not be made: %s", strerror(errno));
	int code = spool_rows(reader, fd, block, step, arg, error);
	if (code == 0 && fsync(fd) != 0)
		code = error_set(error, ERR_IO, "the copy of the table could not be written: %s", strerror(errno));
	close(fd);
	if (code < 0 && !error->code) *error = *reader->error;
	return code < 0 ? code : 0;
}

/* --- asking a server -------------------------------------------------------------------------------------------------------- */
int postgres_test(Arena *arena, const char *url, const char **version, Error *error) {
	PGconn *connection = NULL;
	PGresult *result = NULL;
	int code = pg_connect(url, error, &connection);
	if (code < 0) return code;
	code = pg_run(connection, "SELECT version()", 0, NULL, error, "answer", &result);
	if (code == 0) {
		*version = arena_strdup(arena, PQgetvalue(result, 0, 0));
		PQclear(result);
	}
	PQfinish(connection);
	return code;
}

#define TABLES_SQL                                                                                                               \
	"SELECT t.nspname, t.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM (SELECT c.oid, n.nspname, c.relname " \
	"FROM pg_class c"                                                                                                        \
	" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','v','m','f') AND n.nspname NOT LIKE "        \
	"'pg\\_%'"                                                                                                               \
	" AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, "   \
	"'SELECT')"                                                                                                              \
	" ORDER BY 2, 3 LIMIT 1000) t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped"         \
	" AND has_column_privilege(t.oid, a.attnum, 'SELECT') ORDER BY 1, 2, a.attnum"

int postgres_tables(Arena *arena, const char *url, json_t **out, Error *error) {
	PGconn *connection = NULL;
	PGresult *rows = NULL;
	int code = pg_connect(url, error, &connection);
	if (code < 0) return code;
	code = pg_run(connection, TABLES_SQL, 0, NULL, error, "list its tables", &rows);
	if (code == 0) {
		json_t *tables = json_array(), *columns = NULL;
		for (int i = 0; i < PQntuples(rows); i++) {
			if (i == 0 || strcmp(PQgetvalue(rows, i, 0), PQgetvalue(rows, i - 1, 0)) ||
			    strcmp(PQgetvalue(rows, i, 1), PQgetvalue(rows, i - 1, 1))) {
				columns = json_array();
				json_array_append_new(tables, json_pack("{s:s, s:s, s:o}", "schema", PQgetvalue(rows, i, 0),
				                                        "table", PQgetvalue(rows, i, 1), "columns", columns));
			}
			json_array_append_new(
			    columns, json_pack("{s:s, s:s}", "name", PQgetvalue(rows, i, 2), "type", PQgetvalue(rows, i, 3)));
		}
		PQclear(rows);
		*out = tables;
	}
	PQfinish(connection);
	return code;
}
