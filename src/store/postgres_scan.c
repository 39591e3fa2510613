/* postgres_scan: a result of any size by COPY (…) TO STDOUT BINARY: the server goes on while the rows are used here, and nothing
 * is kept. Measured against FETCH of 5,000 from a cursor: docs/decisions/0003. COPY takes no parameters, so values become
 * literals of their type; they come from db_scan's args, quoted by libpq. Thread and lifetime: the Rows'. */
#include "store/store_parts.h"
#include <endian.h>
#include <stdlib.h>

struct Scan {
	char *message;       /* the present row, libpq's */
	const char **values; /* NULL = NULL */
	int *lengths;
	Oid *types;
	bool over, header_seen;
};

/* --- values as literals ----------------------------------------------------------------------------------------------------- */
static void put_quoted(Buf *out, PGconn *pg, Text text) {
	char *quoted = PQescapeLiteral(pg, text.at ? text.at : "", text.len);
	buf_str(out, quoted ? quoted : "NULL");
	PQfreemem(quoted);
}

static void put_bytes(Buf *out, Text bytes) {
	buf_str(out, "CAST('\\x");
	for (size_t i = 0; i < bytes.len; i++)
		buf_printf(out, "%02x", (uint8_t)bytes.at[i]);
	buf_str(out, "' AS BYTEA)");
}

static void put_literal(Buf *out, PGconn *pg, const Val *value) {
	switch (value->kind) {
	case VAL_NULL:
		buf_str(out, "NULL");
		return;
	case VAL_INT:
		buf_printf(out, "CAST('%lld' AS BIGINT)", (long long)value->i);
		return;
	case VAL_DOUBLE:
		buf_printf(out, "CAST('%.17g' AS DOUBLE PRECISION)", value->d);
		return;
	case VAL_TEXT:
		put_quoted(out, pg, value->t);
		return;
	case VAL_BLOB:
		put_bytes(out, value->t);
		return;
	}
}

/* Where a quoted part or a comment that begins here ends; `at` itself when none does. */
static const char *skip_quoted(const char *at) {
	const char *end = at;
	if (*at == '\'' || *at == '"')
		end = strchr(at + 1, *at);
	else if (at[0] == '-' && at[1] == '-')
		end = strchr(at, '\n');
	else if (at[0] == '/' && at[1] == '*')
		end = strstr(at, "*/");
	else
		return at;
	return end ? end + 1 : at + strlen(at);
}

static void put_sql(Buf *out, PGconn *pg, const char *sql, const Val *args, size_t count) {
	for (const char *at = sql; *at;) {
		const char *after = skip_quoted(at);
		char *digits_end;
		unsigned long number = *at == '$' ? strtoul(at + 1, &digits_end, 10) : 0;
		if (after > at) {
			buf_add(out, at, (size_t)(after - at));
			at = after;
		} else if (number >= 1 && number <= count) {
			put_literal(out, pg, &args[number - 1]);
			at = digits_end;
		} else {
			buf_char(out, *at++);
		}
	}
}

/* --- reading ----------------------------------------------------------------------------------------------------------- */
static int describe(Db *db, Rows *rows, Scan *scan, const char *sql, const Val *args, size_t count) {
	int code;
	Statement *statement = postgres_statement(db, sql, args, count, &code);
	if (!statement) return code;
	PGresult *result = PQdescribePrepared(db->pg, statement->name);
	code = postgres_check(db, result, sql);
	if (code) return code;
	int columns = rows->columns = PQnfields(result);
	scan->values = calloc((size_t)columns + 1, sizeof *scan->values);
	scan->lengths = calloc((size_t)columns + 1, sizeof *scan->lengths);
	scan->types = calloc((size_t)columns + 1, sizeof *scan->types);
	if (!scan->values || !scan->lengths || !scan->types) abort();
	for (int i = 0; i < columns; i++)
		scan->types[i] = PQftype(result, i);
	PQclear(result);
	return 0;
}

static void free_scan(Scan *scan) {
	PQfreemem(scan->message);
	free(scan->values);
	free(scan->lengths);
	free(scan->types);
	free(scan);
}

static int start_copy(Db *db, const char *sql, const Val *args, size_t count) {
	Buf copy = {0};
	buf_str(&copy, "COPY (");
	put_sql(&copy, db->pg, sql, args, count);
	buf_add(&copy, ") TO STDOUT (FORMAT binary)", 28);
	PGresult *result = PQexec(db->pg, copy.at);
	buf_free(&copy);
	int code = postgres_check(db, result, sql);
	if (code == 0) PQclear(result);
	return code;
}

int postgres_scan_open(Db *db, Rows *rows, const char *sql, const Val *args, size_t count) {
	Scan *scan = calloc(1, sizeof *scan);
	if (!scan) abort();
	int code = describe(db, rows, scan, sql, args, count);
	if (code == 0) code = start_copy(db, sql, args, count);
	if (code)
		free_scan(scan);
	else {
		rows->scan = scan;
		db->scanning = rows;
	}
	return code;
}

static int32_t take_int(const char **at, int bytes) {
	uint32_t number = 0;
	for (int i = 0; i < bytes; i++)
		number = number << 8 | (uint8_t) * (*at)++;
	return bytes == 2 ? (int16_t)number : (int32_t)number;
}

/* The end of the copy: the server's last word. */
static int finish(Rows *rows) {
	Db *db = rows->db;
	rows->scan->over = true;
	db->scanning = NULL;
	PGresult *result = PQgetResult(db->pg);
	int code = result ? postgres_check(db, result, "COPY") : 0;
	if (code == 0) PQclear(result);
	while ((result = PQgetResult(db->pg)))
		PQclear(result);
	if (PQstatus(db->pg) == CONNECTION_BAD) db->broken = true;
	return code;
}

/* 1 a row, 0 the end, or a code. */
int postgres_scan_next(Rows *rows) {
	Scan *scan = rows->scan;
	enum { HEADER = 19 }; /* signature 11, flags 4, extension length 4 (always 0) */
	for (;;) {
		PQfreemem(scan->message);
		scan->message = NULL;
		int length = PQgetCopyData(rows->db->pg, &scan->message, 0);
		if (length < 0) return finish(rows);
		const char *at = scan->message, *end = at + length;
		if (!scan->header_seen) at += HEADER;
		scan->header_seen = true;
		if (end - at < 2) continue;
		int fields = take_int(&at, 2);
		if (fields < 0) continue; /* the trailer */
		for (int i = 0; i < fields && i < rows->columns; i++) {
			scan->lengths[i] = take_int(&at, 4);
			scan->values[i] = scan->lengths[i] < 0 ? NULL : at;
			if (scan->lengths[i] > 0) at += scan->lengths[i];
		}
		return 1;
	}
}

/* Given up half-way: outside a transaction the server is told to stop; inside one that would end it, so the rest is read. */
void postgres_scan_close(Rows *rows) {
	Scan *scan = rows->scan;
	Db *db = rows->db;
	if (!scan->over && !db->broken) {
		char said[256];
		PGcancel *cancel = db->in_write || db->in_snapshot ? NULL : PQgetCancel(db->pg);
		if (cancel) PQcancel(cancel, said, sizeof said);
		PQfreeCancel(cancel);
		PQfreemem(scan->message);
		for (scan->message = NULL; PQgetCopyData(db->pg, &scan->message, 0) > 0; scan->message = NULL)
			PQfreemem(scan->message);
		for (PGresult *result; (result = PQgetResult(db->pg));)
			PQclear(result);
	}
	db->scanning = NULL;
	rows->scan = NULL;
	free_scan(scan);
}

const char *postgres_scan_value(const Rows *rows, int column, int *length, Oid *type) {
	*length = rows->scan->lengths[column];
	*type = rows->scan->types[column];
	return rows->scan->values[column];
}
