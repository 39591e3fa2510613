/* sqlite: the embedded engine: connections, statements, rows, bulk insert.
 * Thread: the Db's (connections are opened without SQLite's own mutexes). Lifetime: the Db's.
 * Settings: WAL with synchronous=FULL, so that a commit is on disk before it is answered; caches small enough that the whole
 * server stays within 150 MB; no mmap, because each connection's map would count again in the resident size. */
#include "store/store_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int sqlite_code(int extended) {
	if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
	    extended == SQLITE_CONSTRAINT_ROWID || extended == SQLITE_CONSTRAINT_FOREIGNKEY)
		return ERR_CONFLICT;
	switch (extended & 0xff) {
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_READONLY:
	case SQLITE_NOMEM:
		return ERR_IO;
	case SQLITE_INTERRUPT:
		return ERR_TIMEOUT;
	case SQLITE_TOOBIG:
		return ERR_TOO_LARGE;
	default:
		return ERR_INTERNAL;
	}
}

/* Records what SQLite says about the failed call. The SQL is shown without its values, cut. */
static int sqlite_fail(Db *db, const char *sql) {
	int code = sqlite_code(sqlite3_extended_errcode(db->sqlite));
	const char *said = sqlite3_errmsg(db->sqlite);
	switch (code) {
	case ERR_FULL:
		return db_fail(db, code, "The disk that holds the database is full; free some space and try again");
	case ERR_BUSY:
		return db_fail(db, code, "The database is locked by another program; try again");
	case ERR_CONFLICT:
		return db_fail(db, code, "A record with this key exists already, or one it refers to does not (%s)", said);
	case ERR_IO:
		return db_fail(db, code, "The database file cannot be read or written (%s); check the disk", said);
	default:
		return db_fail(db, code, "The database refused a statement: %s in: %.200s", said, sql);
	}
}

/* What SQLite sorts in files lies beside the database, not on another disk: it is personal data too. SQLite has one such setting
 * for the whole process; the first store decides. */
void sqlite_temporary(const char *path) {
	const char *slash = strrchr(path, '/');
	if (slash && slash > path && !sqlite3_temp_directory)
		sqlite3_temp_directory = sqlite3_mprintf("%.*s", (int)(slash - path), path);
}

/* --- connection ------------------------------------------------------------------------------------------------- */
/* An existing file is not opened here: closing it would drop every POSIX lock that this process's connections hold on it, and the
 * next program to close the database would take itself for the last one and delete the WAL in use. */
static int create_file(const char *path, Error *error) {
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST) return 0;
	if (fd < 0) return error_set(error, ERR_IO, "Cannot open the database file %s: %s", path, strerror(errno));
	close(fd);
	return 0;
}

static int sqlite_connect(Db *db, Error *error) {
	int code = create_file(db->store->path, error);
	if (code) return code;
	bool reader = db->role == DB_READER;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	int result = sqlite3_open_v2(db->store->path, &db->sqlite, flags, NULL);
	if (result == SQLITE_OK) {
		sqlite3_extended_result_codes(db->sqlite, 1);
		sqlite3_busy_timeout(db->sqlite, (int)(db->store->busy_us / 1000));
		/* a program that shares the file may hold it for a moment: busy_timeout comes first */
		result = sqlite3_exec(db->sqlite,
		                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
		                      "PRAGMA mmap_size=0; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=67108864;"
		                      "PRAGMA trusted_schema=OFF",
		                      NULL, NULL, NULL);
	}
	if (result == SQLITE_OK)
		result = sqlite3_exec(
		    db->sqlite,
		    reader ? "PRAGMA cache_size=-4000; PRAGMA temp_store=MEMORY; PRAGMA query_only=ON"
		           /* indexes are built by sorting: in memory as far as the cache, then in files, on two threads */
		           : "PRAGMA cache_size=-16000; PRAGMA temp_store=FILE; PRAGMA threads=1",
		    NULL, NULL, NULL);
	if (result == SQLITE_OK) return 0;
	error_set(error, sqlite_code(result), "Cannot open the database file %s: %s", db->store->path,
	          db->sqlite ? sqlite3_errmsg(db->sqlite) : "out of memory");
	sqlite3_close(db->sqlite);
	db->sqlite = NULL;
	return sqlite_code(result);
}

static void end_statement(Statement *statement) {
	if (!statement) return;
	sqlite3_finalize(statement->handle);
	free(statement->places);
	free(statement->sql);
	free(statement);
}

static void sqlite_disconnect(Db *db) {
	for (int i = 0; i < STATEMENT_BUCKETS; i++)
		while (db->cache.buckets[i]) {
			Statement *statement = db->cache.buckets[i];
			db->cache.buckets[i] = statement->next;
			end_statement(statement);
		}
	db->cache = (StatementCache){0};
	sqlite3_close(db->sqlite);
	db->sqlite = NULL;
}

/* --- statements --------------------------------------------------------------------------------------------------- */
static bool fits(const Statement *statement, const void *about) {
	return !statement->busy;
}

static int find_places(Db *db, Statement *statement) {
	int count = sqlite3_bind_parameter_count(statement->handle);
	statement->arg_count = count;
	statement->places = calloc((size_t)count + 1, sizeof *statement->places);
	if (!statement->places) abort();
	for (int i = 0; i < count; i++) {
		char name[16];
		snprintf(name, sizeof name, "$%d", i + 1);
		statement->places[i] = (int16_t)sqlite3_bind_parameter_index(statement->handle, name);
		if (statement->places[i] == 0)
			return db_fail(db, ERR_INTERNAL, "The statement uses %d values but not %s: %.200s", count, name,
			               statement->sql);
	}
	return 0;
}

static int prepare(Db *db, const char *sql, Statement **out) {
	sqlite3_stmt *handle = NULL;
	if (sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL) != SQLITE_OK)
		return sqlite_fail(db, sql);
	if (!handle) return db_fail(db, ERR_INTERNAL, "Empty SQL");
	Statement *statement = calloc(1, sizeof *statement);
	if (!statement) abort();
	statement->handle = handle;
	statement->sql = strdup(sql);
	if (!statement->sql) abort();
	statement->reads = sqlite3_stmt_readonly(handle);
	int code = find_places(db, statement);
	if (code)
		end_statement(statement);
	else
		*out = statement;
	return code;
}

static int take_statement(Db *db, const char *sql, size_t count, Statement **out) {
	Statement *statement = statement_find(&db->cache, sql, fits, NULL);
	if (!statement) {
		int code = prepare(db, sql, &statement);
		if (code) return code;
		/* the same text open twice: the second one is not cached */
		statement->loose = db->cache.count >= STATEMENTS_MAX * 2;
		if (!statement->loose) end_statement(statement_add(&db->cache, sql, statement));
	}
	statement->busy = true;
	*out = statement;
	if ((size_t)statement->arg_count == count) return 0;
	statement->busy = false;
	int code =
	    db_fail(db, ERR_INTERNAL, "The statement takes %d values, %zu were given: %.200s", statement->arg_count, count, sql);
	if (statement->loose) end_statement(statement);
	return code;
}

static void give_back(Statement *statement) {
	sqlite3_reset(statement->handle);
	statement->busy = false;
	if (statement->loose) end_statement(statement);
}

static int bind_values(Statement *statement, const Val *args, size_t count, sqlite3_destructor_type life) {
	int result = SQLITE_OK;
	for (size_t i = 0; i < count && result == SQLITE_OK; i++) {
		int at = statement->places[i];
		const Val *value = &args[i];
		switch (value->kind) {
		case VAL_NULL:
			result = sqlite3_bind_null(statement->handle, at);
			break;
		case VAL_INT:
			result = sqlite3_bind_int64(statement->handle, at, value->i);
			break;
		case VAL_DOUBLE:
			result = sqlite3_bind_double(statement->handle, at, value->d);
			break;
		case VAL_TEXT:
			if (value->t.len && memchr(value->t.at, 0, value->t.len)) return SQLITE_MISMATCH;
			result = sqlite3_bind_text64(statement->handle, at, value->t.at ? value->t.at : "", value->t.len, life,
			                             SQLITE_UTF8);
			break;
		case VAL_BLOB:
			result = value->t.len ? sqlite3_bind_blob64(statement->handle, at, value->t.at, value->t.len, life)
			                      : sqlite3_bind_zeroblob(statement->handle, at, 0);
			break;
		}
	}
	return result;
}

static int bind_fail(Db *db, int result, const char *sql) {
	if (result == SQLITE_MISMATCH) return db_fail(db, ERR_INVALID, "A text holds a NUL byte; remove it");
	return sqlite_fail(db, sql);
}

static int64_t sqlite_run(Db *db, const char *sql, const Val *args, size_t count) {
	Statement *statement;
	int code = take_statement(db, sql, count, &statement);
	if (code) return code;
	int64_t before = sqlite3_total_changes64(db->sqlite);
	int result = bind_values(statement, args, count, SQLITE_STATIC);
	if (result == SQLITE_OK) {
		result = sqlite3_step(statement->handle);
		while (result == SQLITE_ROW)
			result = sqlite3_step(statement->handle);
	}
	if (result != SQLITE_DONE) code = bind_fail(db, result, sql);
	int64_t changed = sqlite3_total_changes64(db->sqlite) == before ? 0 : sqlite3_changes64(db->sqlite);
	give_back(statement);
	return code ? code : changed;
}

static int sqlite_run_later(Db *db, const char *sql, const Val *args, size_t count) {
	int64_t done = sqlite_run(db, sql, args, count);
	return done < 0 ? (int)done : 0;
}

static int sqlite_query(Db *db, Rows *rows, const char *sql, const Val *args, size_t count, bool scan) {
	Statement *statement;
	int code = take_statement(db, sql, count, &statement);
	if (code) return code;
	/* values are copied: rows may be read after the caller's are gone */
	int result = bind_values(statement, args, count, SQLITE_TRANSIENT);
	if (result != SQLITE_OK) {
		code = bind_fail(db, result, sql);
		give_back(statement);
		return code;
	}
	rows->statement = statement;
	rows->columns = sqlite3_column_count(statement->handle);
	rows->ready = 0;
	if (statement->reads) return 0;
	/* a write with RETURNING takes effect now, also when nobody reads its rows */
	rows->ready = sqlite3_step(statement->handle);
	if (rows->ready == SQLITE_ROW || rows->ready == SQLITE_DONE) return 0;
	code = sqlite_fail(db, sql);
	give_back(statement);
	return code;
}

static int sqlite_next(Rows *rows) {
	int result = rows->ready ? rows->ready : sqlite3_step(rows->statement->handle);
	rows->ready = 0;
	if (result == SQLITE_ROW) {
		rows->columns = sqlite3_column_count(rows->statement->handle); /* a changed table: prepared anew by the step */
		return 1;
	}
	return result == SQLITE_DONE ? 0 : sqlite_fail(rows->db, rows->statement->sql);
}

static void sqlite_close_rows(Rows *rows) {
	give_back(rows->statement);
	rows->statement = NULL;
}

static bool sqlite_null(Rows *rows, int column) {
	return sqlite3_column_type(rows->statement->handle, column) == SQLITE_NULL;
}
static int64_t sqlite_integer(Rows *rows, int column) {
	return sqlite3_column_int64(rows->statement->handle, column);
}
static double sqlite_real(Rows *rows, int column) {
	return sqlite3_column_double(rows->statement->handle, column);
}
static Text sqlite_text(Rows *rows, int column) {
	const char *at = (const char *)sqlite3_column_text(rows->statement->handle, column);
	return at ? (Text){at, (size_t)sqlite3_column_bytes(rows->statement->handle, column)} : TEXT_NONE;
}
static Text sqlite_blob(Rows *rows, int column) {
	sqlite3_stmt *handle = rows->statement->handle;
	if (sqlite3_column_type(handle, column) == SQLITE_NULL) return TEXT_NONE;
	const char *at = sqlite3_column_blob(handle, column);
	return (Text){at ? at : "", (size_t)sqlite3_column_bytes(handle, column)};
}

/* --- transactions ------------------------------------------------------------------------------------------------- */
static int sqlite_script(Db *db, const char *sql) {
	return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sqlite_fail(db, sql);
}
static int64_t sqlite_now(Db *db) {
	return clock_now_us();
}
static int sqlite_snapshot(Db *db) {
	return sqlite_script(db, "BEGIN");
}
static void sqlite_snapshot_end(Db *db) {
	sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL);
}

/* --- bulk ----------------------------------------------------------------------------------------------------------- */
static int sqlite_bulk_begin(Db *db, Bulk *bulk, const char *table, const char *columns) {
	Buf sql = {0};
	buf_printf(&sql, "INSERT INTO %s (%s) VALUES (", table, columns);
	for (int i = 0; i < bulk->count; i++)
		buf_printf(&sql, "%s$%d", i ? "," : "", i + 1);
	buf_add(&sql, ")", 2);
	int code = take_statement(db, sql.at, (size_t)bulk->count, &bulk->statement);
	buf_free(&sql);
	return code;
}

static int sqlite_bulk_row(Bulk *bulk, const Val *values) {
	sqlite3_stmt *handle = bulk->statement->handle;
	int result = bind_values(bulk->statement, values, (size_t)bulk->count, SQLITE_STATIC);
	if (result == SQLITE_OK) result = sqlite3_step(handle);
	if (result != SQLITE_DONE) return bind_fail(bulk->db, result, bulk->statement->sql);
	sqlite3_reset(handle);
	return 0;
}

static int64_t sqlite_bulk_end(Bulk *bulk) {
	give_back(bulk->statement);
	return bulk->failed ? bulk->failed : bulk->rows;
}

const Engine sqlite_engine = {
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .run = sqlite_run,
    .run_later = sqlite_run_later,
    .append = sqlite_run_later,
    .query = sqlite_query,
    .next = sqlite_next,
    .close = sqlite_close_rows,
    .null = sqlite_null,
    .integer = sqlite_integer,
    .real = sqlite_real,
    .text = sqlite_text,
    .blob = sqlite_blob,
    .now = sqlite_now,
    .snapshot = sqlite_snapshot,
    .snapshot_end = sqlite_snapshot_end,
    .script = sqlite_script,
    .bulk_begin = sqlite_bulk_begin,
    .bulk_row = sqlite_bulk_row,
    .bulk_end = sqlite_bulk_end,
};
