/* The limited process that holds a foreign database driver: `yiwang` run again by odbc.c with nothing but one socket. It does
 * what the frames of odbc_wire.h say and knows nothing of deliveries. Drivers crash, leak and hang: all that can befall is that
 * this process ends, and its open transaction with it. One thread. */
#include "base/cage.h"
#include "exchange/exchange.h"
#include "exchange/odbc_wire.h"
#include <errno.h>
#include <sql.h>
#include <sqlext.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOGIN_SECONDS = 10, ROWS_FRAME = 256 << 10, CELL_MAX = 16 << 20 };

typedef struct Child {
	SQLHENV env;
	SQLHDBC db;
	Buf in, out, cell;
	Arena *arena; /* of the present order */
} Child;

static void leave(int status) {
	_exit(status);
}

/* --- the socket ---------------------------------------------------------------------------------------------------------- */

static void out_send(Child *child) {
	wire_end(&child->out);
	for (size_t at = 0; at < child->out.len;) {
		ssize_t sent = send(ODBC_FD, child->out.at + at, child->out.len - at, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR) continue;
		if (sent <= 0) leave(1); /* the server is gone */
		at += (size_t)sent;
	}
}

static void read_all(char *to, size_t length) {
	while (length > 0) {
		ssize_t got = recv(ODBC_FD, to, length, 0);
		if (got < 0 && errno == EINTR) continue;
		if (got <= 0) leave(0); /* the server let go of us, or is gone: an open transaction ends with the connection */
		to += got;
		length -= (size_t)got;
	}
}

static void done(Child *child, int64_t rows) {
	wire_begin(&child->out, ODBC_DONE);
	buf_be64(&child->out, (uint64_t)rows);
	out_send(child);
}

static void failed_with(Child *child, const char *state, int32_t native, const char *message) {
	wire_begin(&child->out, ODBC_ERROR);
	wire_put_text(&child->out, text_of(state));
	buf_be32(&child->out, (uint32_t)native);
	wire_put_text(&child->out, text_of(message));
	out_send(child);
}

static void failed(Child *child, SQLSMALLINT type, SQLHANDLE handle) {
	SQLCHAR state[6] = "HY000", message[400] = "the driver gave no reason";
	SQLINTEGER native = 0;
	SQLSMALLINT length = 0;
	SQLGetDiagRec(type, handle, 1, state, &native, message, sizeof message, &length);
	failed_with(child, (const char *)state, native, (const char *)message);
}

/* Texts go to drivers with a NUL at their end: some do not look at the length they are told. */
static SQLCHAR *string(Child *child, Text text) {
	return text.at ? (SQLCHAR *)text_cstr(child->arena, text) : NULL;
}

/* --- connecting ---------------------------------------------------------------------------------------------------------- */

static void open_do(Child *child, Wire *wire) {
	SQLCHAR *text = string(child, wire_text(wire));
	SQLSetConnectAttr(child->db, SQL_ATTR_LOGIN_TIMEOUT, (SQLPOINTER)(uintptr_t)LOGIN_SECONDS, 0);
	SQLRETURN code = SQLDriverConnect(child->db, NULL, text, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
	if (SQL_SUCCEEDED(code)) code = SQLSetConnectAttr(child->db, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_OFF, 0);
	if (SQL_SUCCEEDED(code))
		done(child, 0);
	else
		failed(child, SQL_HANDLE_DBC, child->db);
}

static void info_do(Child *child, Wire *wire) {
	static const SQLUSMALLINT asked[] = {SQL_DBMS_NAME, SQL_DBMS_VER, SQL_DRIVER_NAME, SQL_DRIVER_VER};
	wire_begin(&child->out, ODBC_ROWS);
	buf_be32(&child->out, 1);
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		char value[200] = "";
		SQLSMALLINT length = 0;
		SQLGetInfo(child->db, asked[i], value, sizeof value, &length);
		wire_put_text(&child->out, text_of(value));
	}
	out_send(child);
	done(child, 1);
}

static void end_do(Child *child, SQLSMALLINT how) {
	if (SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, child->db, how)))
		done(child, 0);
	else
		failed(child, SQL_HANDLE_DBC, child->db);
}

static void commit_do(Child *child, Wire *wire) {
	end_do(child, SQL_COMMIT);
}

static void rollback_do(Child *child, Wire *wire) {
	end_do(child, SQL_ROLLBACK);
}

/* --- statements ------------------------------------------------------------------------------------------------------------ */

/* SQL_NO_DATA: a change that hit no row. */
static bool went_well(SQLRETURN code) {
	return SQL_SUCCEEDED(code) || code == SQL_NO_DATA;
}

static SQLHSTMT statement(Child *child) {
	SQLHSTMT handle = NULL;
	if (SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, child->db, &handle))) return handle;
	failed(child, SQL_HANDLE_DBC, child->db);
	return NULL;
}

static int64_t rows_changed(SQLHSTMT handle, SQLRETURN code) {
	SQLLEN rows = 0;
	if (code == SQL_NO_DATA) return 0;
	SQLRowCount(handle, &rows);
	return rows;
}

static void execute_do(Child *child, Wire *wire) {
	SQLCHAR *sql = string(child, wire_text(wire));
	SQLHSTMT handle = statement(child);
	if (!handle) return;
	SQLRETURN code = SQLExecDirect(handle, sql, SQL_NTS);
	if (went_well(code))
		done(child, rows_changed(handle, code));
	else
		failed(child, SQL_HANDLE_STMT, handle);
	SQLFreeHandle(SQL_HANDLE_STMT, handle);
}

/* --- rows in -----------------------------------------------------------------------------------------------------------------
 */

typedef union Cell {
	SQLBIGINT i;
	SQLDOUBLE d;
} Cell;

typedef struct RowsIn {
	Child *child;
	Text types, sql;
	int group;
	Cell *cells; /* group × columns */
	SQLLEN *lengths;
	int64_t changed;
} RowsIn;

static SQLRETURN cell_bind(RowsIn *rows, SQLHSTMT handle, int at, char type, Text text) {
	SQLUSMALLINT no = (SQLUSMALLINT)(at + 1);
	SQLLEN *length = &rows->lengths[at];
	Cell *cell = &rows->cells[at];
	Wire bits = {text.at, text.at ? text.at + text.len : text.at, text.len != 8};
	*length = text.at ? (SQLLEN)text.len : SQL_NULL_DATA;
	switch (type) {
	case 'i':
		cell->i = (SQLBIGINT)wire_number(&bits, 8);
		return SQLBindParameter(handle, no, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT, 0, 0, &cell->i, 0, length);
	case 'd': {
		uint64_t number = wire_number(&bits, 8);
		memcpy(&cell->d, &number, sizeof cell->d);
		return SQLBindParameter(handle, no, SQL_PARAM_INPUT, SQL_C_DOUBLE, SQL_DOUBLE, 0, 0, &cell->d, 0, length);
	}
	default:
		return SQLBindParameter(handle, no, SQL_PARAM_INPUT, SQL_C_CHAR, text.len > 4000 ? SQL_LONGVARCHAR : SQL_VARCHAR,
		                        text.len ? text.len : 1, 0, (SQLPOINTER)(uintptr_t)(text.at ? text.at : ""),
		                        (SQLLEN)text.len, length);
	}
}

static SQLRETURN rows_prepare(RowsIn *rows, SQLHSTMT handle, int count) {
	Buf *sql = &rows->child->cell;
	buf_reset(sql);
	buf_text(sql, rows->sql);
	for (int r = 0; rows->group > 0 && r < count; r++) {
		buf_str(sql, r ? ", (" : " (");
		for (size_t c = 0; c < rows->types.len; c++)
			buf_str(sql, c ? ", ?" : "?");
		buf_char(sql, ')');
	}
	buf_char(sql, '\0');
	return SQLPrepare(handle, (SQLCHAR *)sql->at, SQL_NTS);
}

/* The next `count` rows with a prepared statement. False: answered already. */
static bool rows_run(RowsIn *rows, Wire *wire, SQLHSTMT handle, int count) {
	int columns = (int)rows->types.len;
	SQLRETURN code = SQL_SUCCESS;
	for (int at = 0; at < count * columns && SQL_SUCCEEDED(code); at++)
		code = cell_bind(rows, handle, at, rows->types.at[at % columns], wire_text(wire));
	if (wire->bad) {
		failed_with(rows->child, "HY000", 0, "the batch is broken");
		return false;
	}
	if (SQL_SUCCEEDED(code)) code = SQLExecute(handle);
	if (went_well(code)) {
		rows->changed += rows_changed(handle, code);
		return true;
	}
	failed(rows->child, SQL_HANDLE_STMT, handle);
	return false;
}

static int rows_count(const RowsIn *rows, Wire wire) {
	int cells = 0;
	while (!wire.bad && wire.at < wire.end) {
		wire_text(&wire);
		cells++;
	}
	return wire.bad || cells % (int)rows->types.len ? -1 : cells / (int)rows->types.len;
}

static bool rows_all(RowsIn *rows, Wire *wire, int left) {
	int step = rows->group ? rows->group : 1, prepared = 0;
	SQLHSTMT handle = NULL;
	bool good = true;
	while (good && left > 0) {
		int count = left < step ? left : step;
		if (count != prepared) {
			if (handle) SQLFreeHandle(SQL_HANDLE_STMT, handle);
			if (!(handle = statement(rows->child))) return false;
			prepared = count;
			good = SQL_SUCCEEDED(rows_prepare(rows, handle, count));
			if (!good) failed(rows->child, SQL_HANDLE_STMT, handle);
		}
		if (good) good = rows_run(rows, wire, handle, count);
		left -= count;
	}
	if (handle) SQLFreeHandle(SQL_HANDLE_STMT, handle);
	return good;
}

static void rows_in_do(Child *child, Wire *wire) {
	RowsIn rows = {.child = child, .types = wire_text(wire)};
	rows.group = (int)wire_number(wire, 2);
	rows.sql = wire_text(wire);
	int count = wire->bad || rows.types.len == 0 || rows.types.len > ODBC_COLUMNS_MAX ? -1 : rows_count(&rows, *wire);
	if (count < 0) {
		failed_with(child, "HY000", 0, "the batch is broken");
		return;
	}
	size_t cells = rows.types.len * (size_t)(rows.group ? rows.group : 1);
	rows.cells = calloc(cells, sizeof *rows.cells);
	rows.lengths = calloc(cells, sizeof *rows.lengths);
	if (!rows.cells || !rows.lengths) leave(1);
	bool good = rows_all(&rows, wire, count);
	free(rows.cells);
	free(rows.lengths);
	if (good) done(child, rows.changed);
}

/* --- rows out ----------------------------------------------------------------------------------------------------------------
 */

/* A text of any length, in pieces. */
static SQLRETURN text_get(Child *child, SQLHSTMT handle, SQLUSMALLINT no, bool *null) {
	enum { PIECE = 16 << 10 };
	Buf *cell = &child->cell;
	buf_reset(cell);
	*null = false;
	for (;;) {
		SQLLEN length = 0;
		char *at = buf_reserve(cell, PIECE);
		SQLRETURN code = SQLGetData(handle, no, SQL_C_CHAR, at, PIECE, &length);
		if (code == SQL_NO_DATA) return SQL_SUCCESS;
		if (!SQL_SUCCEEDED(code)) return code;
		*null = length == SQL_NULL_DATA;
		if (*null) return SQL_SUCCESS;
		bool more = code == SQL_SUCCESS_WITH_INFO && (length == SQL_NO_TOTAL || length >= PIECE);
		cell->len += more ? PIECE - 1 : (size_t)length;
		if (!more || cell->len > CELL_MAX) return SQL_SUCCESS;
	}
}

static SQLRETURN cell_get(Child *child, SQLHSTMT handle, int column, char type) {
	SQLUSMALLINT no = (SQLUSMALLINT)(column + 1);
	Cell cell = {0};
	SQLLEN length = 0;
	uint64_t bits;
	bool null;
	if (type == 't') {
		SQLRETURN code = text_get(child, handle, no, &null);
		if (SQL_SUCCEEDED(code)) wire_put_text(&child->out, null ? TEXT_NONE : (Text){child->cell.at, child->cell.len});
		return code;
	}
	SQLRETURN code = SQLGetData(handle, no, type == 'i' ? SQL_C_SBIGINT : SQL_C_DOUBLE, &cell, sizeof cell, &length);
	if (!SQL_SUCCEEDED(code)) return code;
	memcpy(&bits, &cell, sizeof bits);
	if (length == SQL_NULL_DATA)
		wire_put_text(&child->out, TEXT_NONE);
	else
		wire_put_number(&child->out, bits);
	return code;
}

static void rows_begin(Child *child) {
	wire_begin(&child->out, ODBC_ROWS);
	buf_be32(&child->out, 0);
}

static void rows_send(Child *child, int rows) {
	wire_patch(&child->out, ODBC_HEADER, (uint32_t)rows);
	if (rows > 0) out_send(child);
}

/* Fetches all; answers. */
static void rows_out(Child *child, SQLHSTMT handle, Text types) {
	int64_t count = 0;
	int held = 0;
	SQLRETURN code;
	rows_begin(child);
	while (SQL_SUCCEEDED(code = SQLFetch(handle))) {
		for (int i = 0; i < (int)types.len && SQL_SUCCEEDED(code); i++)
			code = cell_get(child, handle, i, types.at[i]);
		if (!SQL_SUCCEEDED(code)) break;
		held++;
		count++;
		if (child->out.len < ROWS_FRAME) continue;
		rows_send(child, held);
		rows_begin(child);
		held = 0;
	}
	if (code != SQL_NO_DATA) {
		failed(child, SQL_HANDLE_STMT, handle);
		return;
	}
	rows_send(child, held);
	done(child, count);
}

/* Texts for the ? of a statement. */
static SQLRETURN values_bind(Child *child, SQLHSTMT handle, Wire *wire) {
	RowsIn values = {.types = TEXT("t")};
	int count = rows_count(&values, *wire);
	SQLRETURN code = count < 0 ? SQL_ERROR : SQL_SUCCESS;
	values.cells = ARENA_ARRAY(child->arena, Cell, count > 0 ? count : 1);
	values.lengths = ARENA_ARRAY(child->arena, SQLLEN, count > 0 ? count : 1);
	for (int i = 0; i < count && SQL_SUCCEEDED(code); i++)
		code = cell_bind(&values, handle, i, 't', wire_text(wire));
	return code;
}

static void query_do(Child *child, Wire *wire) {
	Text types = wire_text(wire);
	SQLCHAR *sql = string(child, wire_text(wire));
	SQLHSTMT handle = statement(child);
	if (!handle) return;
	SQLRETURN code = values_bind(child, handle, wire);
	if (SQL_SUCCEEDED(code)) code = SQLExecDirect(handle, sql, SQL_NTS);
	if (SQL_SUCCEEDED(code))
		rows_out(child, handle, types);
	else
		failed(child, SQL_HANDLE_STMT, handle);
	SQLFreeHandle(SQL_HANDLE_STMT, handle);
}

/* The table's name is a pattern to SQLColumns (_ is any character): only columns of that very table are told. */
static SQLRETURN column_tell(Child *child, SQLHSTMT handle, Text table, int *rows) {
	enum { TABLE = 3, NAME = 4, TYPE = 6, SIZE = 7, DIGITS = 9 };
	static const SQLUSMALLINT told[] = {NAME, TYPE, SIZE, DIGITS};
	bool null;
	SQLRETURN code = text_get(child, handle, TABLE, &null);
	if (!SQL_SUCCEEDED(code) || null || !text_eq(table, (Text){child->cell.at, child->cell.len})) return code;
	for (int i = 0; i < 4 && SQL_SUCCEEDED(code); i++) {
		code = text_get(child, handle, told[i], &null);
		wire_put_text(&child->out, null ? TEXT_NONE : (Text){child->cell.at, child->cell.len});
	}
	*rows += SQL_SUCCEEDED(code);
	return code;
}

static void columns_do(Child *child, Wire *wire) {
	Text catalog = wire_text(wire), schema = wire_text(wire), table = wire_text(wire);
	SQLHSTMT handle = statement(child);
	int rows = 0;
	if (!handle) return;
	SQLRETURN code = SQLColumns(handle, string(child, catalog), catalog.at ? SQL_NTS : 0, string(child, schema),
	                            schema.at ? SQL_NTS : 0, string(child, table), SQL_NTS, NULL, 0);
	rows_begin(child);
	while (SQL_SUCCEEDED(code) && SQL_SUCCEEDED(code = SQLFetch(handle)))
		code = column_tell(child, handle, table, &rows);
	if (code == SQL_NO_DATA) {
		rows_send(child, rows);
		done(child, rows);
	} else
		failed(child, SQL_HANDLE_STMT, handle);
	SQLFreeHandle(SQL_HANDLE_STMT, handle);
}

/* --- the loop ----------------------------------------------------------------------------------------------------------------
 */

static const struct {
	OdbcFrame kind;
	void (*run)(Child *child, Wire *wire);
} orders[] = {
    {ODBC_OPEN, open_do},   {ODBC_INFO, info_do},       {ODBC_EXECUTE, execute_do}, {ODBC_ROWS_IN, rows_in_do},
    {ODBC_QUERY, query_do}, {ODBC_COLUMNS, columns_do}, {ODBC_COMMIT, commit_do},   {ODBC_ROLLBACK, rollback_do},
};

static void order_do(Child *child) {
	char header[ODBC_HEADER];
	read_all(header, sizeof header);
	Wire head = {header, header + 4, false};
	size_t length = (size_t)wire_number(&head, 4);
	if (length < 1 || length > ODBC_FRAME_MAX) leave(1);
	buf_reset(&child->in);
	read_all(buf_reserve(&child->in, length), length - 1);
	Wire wire = {child->in.at, child->in.at + length - 1, false};
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
		if ((char)orders[i].kind == header[4]) {
			orders[i].run(child, &wire);
			arena_reset(child->arena);
			return;
		}
	leave(1);
}

int odbc_child_main(void) {
	Child child = {.arena = arena_new()};
	if (cage_set(true) != 0) return CAGE_NONE;
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &child.env)) ||
	    !SQL_SUCCEEDED(SQLSetEnvAttr(child.env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0)) ||
	    !SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, child.env, &child.db)))
		return 1;
	for (;;)
		order_do(&child);
}
