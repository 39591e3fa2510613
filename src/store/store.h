/* store: one SQL text on two engines (embedded SQLite, PostgreSQL 15+), the writer, ids, leases, and the feed.
 *
 * Reads take a Db lease from a pool. Writes are functions run by the writer: on SQLite one thread runs them one after
 * another, each in a SAVEPOINT, and commits the group once; on PostgreSQL each runs in its own REPEATABLE READ
 * transaction and is rerun on 40001/40P01, so a write function has no effect besides its Db and may run again.
 * SQL is literal, binds $1.., names its columns and follows the list "SQL that runs on both" in docs/decisions/. */
#ifndef YIWANG_STORE_STORE_H
#define YIWANG_STORE_STORE_H
#include "base/base.h"

typedef struct Store Store;
typedef struct Db Db;     /* one leased connection; one thread at a time */
typedef struct Rows Rows; /* an open result; closed by itself at its end, by rows_close, or when the Db is released */

typedef enum StoreEngine { STORE_SQLITE, STORE_POSTGRES } StoreEngine;

typedef struct StoreOptions {
	int readers;     /* read connections kept; 0 = 4 */
	int writers;     /* PostgreSQL write connections; 0 = 2. SQLite has one */
	int write_queue; /* waiting writes before ERR_BUSY; 0 = 1024 */
	int64_t busy_us; /* reader wait for a SQLite lock or a PostgreSQL lock; 0 = 5 s */
} StoreOptions;

/* url: "sqlite:/path/file.db" or "postgres://user:password@host:port/db" (also postgresql://). options may be NULL.
 * Creates the SQLite file (0600). Does not migrate. 0, ERR_IO, ERR_BUSY. */
int store_open(Store **out, const char *url, const StoreOptions *options, Error *error);
/* Finishes the queued writes, then closes. All leases must have been released. Stop whoever still writes first. NULL is allowed.
 */
void store_close(Store *store);
StoreEngine store_engine(const Store *store);

/* --- values ------------------------------------------------------------------------------------------------- */
typedef enum ValKind { VAL_NULL, VAL_INT, VAL_DOUBLE, VAL_TEXT, VAL_BLOB } ValKind;
typedef struct Val {
	ValKind kind;
	union {
		int64_t i;
		double d;
		Text t; /* TEXT: UTF-8 without NUL; BLOB: any bytes. Not copied: must live until the call returns */
	};
} Val;
static inline Val val_null(void) {
	return (Val){.kind = VAL_NULL};
}
static inline Val val_int(int64_t i) {
	return (Val){.kind = VAL_INT, .i = i};
}
static inline Val val_double(double d) {
	return (Val){.kind = VAL_DOUBLE, .d = d};
}
static inline Val val_text(Text t) {
	return t.at ? (Val){.kind = VAL_TEXT, .t = t} : val_null();
}
static inline Val val_str(const char *s) {
	return val_text(text_of(s));
}
static inline Val val_blob(Text t) {
	return (Val){.kind = VAL_BLOB, .t = t};
}
/* db_run(db, "UPDATE t SET a=$1 WHERE id=$2", BIND(val_int(1), val_int(id))) */
#define BIND(...) (const Val[]){__VA_ARGS__}, (sizeof((const Val[]){__VA_ARGS__}) / sizeof(Val))
#define NO_BIND NULL, 0

/* --- statements --------------------------------------------------------------------------------------------- */
/* Leases a read connection (waits up to busy_us). NULL sets error ERR_BUSY or ERR_IO. */
Db *store_reader(Store *store, Error *error);
void store_release(Db *db);
Store *db_store(Db *db);
StoreEngine db_engine(Db *db);
bool db_wrote(const Db *db); /* in a write: a statement other than SELECT has run in it */
/* One read snapshot over several statements of a reader (idempotent; ends at release). */
int db_snapshot(Db *db);
void db_snapshot_end(Db *db);

/* Rows changed (>= 0), or a negative code with the Error of this Db's lease or write set (unique violation: ERR_CONFLICT;
 * full disk: ERR_FULL; connection lost: ERR_BUSY). Statements are prepared once a connection and kept by text.
 * In a write, on both engines: after the first failed statement nothing more runs and the whole write fails with its code. */
int64_t db_run(Db *db, const char *sql, const Val *args, size_t count);
/* In a write, a change whose outcome nothing in the write depends on: on PostgreSQL it travels with the next statement or with
 * the commit, and no answer is waited for. Its failure fails that one, and the write: as db_run's, never after the write was
 * answered. How many rows it changed is not told. What is read after it sees it. 0 or a negative code. */
int db_run_later(Db *db, const char *sql, const Val *args, size_t count);
/* db_run_later for an "INSERT … VALUES (…)" of one row, sql a literal: on PostgreSQL the rows of a group of writes travel as one
 * statement, before the next whose answer is needed. Changes sent later meanwhile may come before it. */
int db_append(Db *db, const char *sql, const Val *args, size_t count);
/* 0 or a negative code. */
int db_query(Db *db, Rows **rows, const char *sql, const Val *args, size_t count);
/* As db_query for a result of any size: constant memory on both engines (PostgreSQL: COPY; nothing else may run on this Db until
 * the rows are at their end or closed: ERR_INTERNAL). */
int db_scan(Db *db, Rows **rows, const char *sql, const Val *args, size_t count);
/* First row only: 1 (rows stay readable until the next call on this Db), 0 none, or a negative code. */
int db_one(Db *db, Rows **rows, const char *sql, const Val *args, size_t count);
/* Lets go of the row that the last db_one left readable. A connection kept long must not sit on it: on SQLite it pins a snapshot,
 * and the WAL grows until it ends. */
void db_rest(Db *db);
/* The single integer of a one-row result into *value; 1, 0 none (value untouched), or a negative code. */
int db_int(Db *db, int64_t *value, const char *sql, const Val *args, size_t count);
Error *db_error(Db *db);
/* From now on failures of this lease are recorded there. */
void db_error_to(Db *db, Error *error);
/* 1 row, 0 end, <0 failed. Texts and blobs are valid until the next rows_next or rows_close. Columns count from 0. */
int rows_next(Rows *rows);
/* Allowed on rows that closed themselves, soon after. */
void rows_close(Rows *rows);
int rows_columns(const Rows *rows);
bool rows_null(Rows *rows, int column);
int64_t rows_int(Rows *rows, int column);   /* NULL → 0 */
double rows_double(Rows *rows, int column); /* NULL → 0 */
Text rows_text(Rows *rows, int column);     /* NULL → TEXT_NONE */
Text rows_blob(Rows *rows, int column);
char *rows_str(Rows *rows, int column, Arena *arena); /* NUL-terminated copy, NULL for NULL */

/* PostgreSQL: reads of a thread that must not wait, many to a statement (docs/decisions/0019). One owner, one thread. */
typedef struct StoreReads StoreReads;
enum { READ_ARGS_MAX = 16 /* values a read may bind */ };
StoreReads *store_reads_new(Store *store);       /* NULL on SQLite: read on a leased Db there */
void store_reads_free(StoreReads *reads);        /* refuses what has no answer yet; NULL is allowed. Before store_close */
bool store_reads_ready(const StoreReads *reads); /* connected, and not too many wait; false for NULL */
/* sql reads for any number of argument rows: $i is the array of the i-th arguments, as in FROM unnest($1, $2) WITH ORDINALITY
 * AS q(a1, a2, n), and gives one row each, whose last column is n. 0, or ERR_BUSY, ERR_INVALID (no or too many values). sql and
 * the texts in args must live until done, which is called once, within store_reads_turn or _free: result 0 with rows before
 * their only row (without n; valid until done returns), or a code with rows NULL and the message in error. Each read sees what
 * was committed when it was added, or later; two reads share no snapshot. */
typedef void (*ReadDone)(void *arg, Rows *rows, int result, const Error *error);
int store_reads_add(StoreReads *reads, const char *sql, const Val *args, size_t count, ReadDone done, void *arg);
/* Sends what was added and takes what was answered, without waiting. The descriptor that becomes readable when there is more to
 * take, or -1: then call again within a second. */
int store_reads_turn(StoreReads *reads);

/* --- writing ------------------------------------------------------------------------------------------------ */
typedef int (*WriteFn)(Db *db, void *arg); /* >= 0 keep, < 0 roll this one back */
typedef struct WriteTask {
	WriteFn run;
	void (*done)(void *arg, int result); /* after the commit is durable, on a store thread; must not block */
	void *arg;
	Error *error; /* where failures are recorded; not NULL */
	/* A chunk of a long job: runs only when no other write waits. On SQLite its commit may reach the disk only with the next
	 * write that is not bulk (earlier when it fed or called db_after_commit), so a job's last write must not be bulk. */
	bool bulk;
	void (*ahead)(Db *db,
	              void *arg); /* may be NULL: calls db_ahead for what run will read first; before run, on its thread */
	struct WriteTask *next;   /* the store's own */
	int result;
} WriteTask;
/* Queues; ERR_BUSY when the queue is full (done is then not called). The task must live until done. */
int store_write_async(Store *store, WriteTask *task);
/* Queues and waits: the result of run, or the failure of its commit. Not from a store thread. */
int store_write(Store *store, WriteFn run, void *arg, bool bulk, Error *error);
/* Only in WriteTask.ahead: run will, before it changes anything, ask for this SELECT (a literal) with these values. On PostgreSQL
 * it travels with BEGIN and the reads of the other writes of a group (ahead.c); on SQLite nothing is called. */
void db_ahead(Db *db, const char *sql, const Val *args, size_t count);
/* In a write: call fn(arg) on the store thread after this write's commit is durable (not when it is rolled back). Asked for
 * again with the same fn and arg in this write, it is called once: waking somebody hundreds of times says no more than once. */
void db_after_commit(Db *db, void (*fn)(void *arg), void *arg);
/* In a write on PostgreSQL: lock a row or name until the end of the transaction (advisory lock); on SQLite nothing. What is read
 * after it is what the last holder left. Cheapest as the first call of a write: later, the write is rolled back and run again. */
int db_lock(Db *db, const char *name, int64_t id);

/* Bulk insert in a write: SQLite prepared INSERT, PostgreSQL COPY BINARY. kinds[i] says column i's type:
 * VAL_INT = BIGINT, VAL_DOUBLE = DOUBLE PRECISION, VAL_TEXT = TEXT, VAL_BLOB = BYTEA; any value may be VAL_NULL.
 * table and columns ("rid, f1, f2") come from code, never from a user. Nothing else on this Db until bulk_end. */
typedef struct Bulk Bulk;
int bulk_begin(Db *db, Bulk **out, const char *table, const char *columns, const ValKind *kinds, int count);
int bulk_row(Bulk *bulk, const Val *values);
int64_t bulk_end(Bulk *bulk); /* rows written or a negative code */

/* --- schema ------------------------------------------------------------------------------------------------- */
typedef struct Migration {
	const char *name;                        /* "people-1": unique, never changed once released */
	const char *sql;                         /* statements separated by ";\n", the same text on both engines */
	const char *sqlite_only, *postgres_only; /* per-engine hooks, normally NULL */
} Migration;
/* Applies those not yet in table migration, each in one transaction; safe when several processes start at once. */
int store_migrate(Store *store, const Migration *migrations, size_t count, Error *error);
extern const Migration store_migrations[]; /* this room's tables */
extern const size_t store_migration_count;

/* --- ids, slots, leases ------------------------------------------------------------------------------------- */
/* Leases a slot 0..1023 for this process (renewed by a store thread); refuses a clock more than 2 s off the store's. */
int store_join(Store *store, const char *node_name, Error *error);
int store_slot(const Store *store);
/* milliseconds since 2020 (41 bits) | slot (10) | sequence (12): rises within a process, unique across processes. */
int64_t store_new_id(Store *store);
/* Which of so many slots an id goes to. Not by its remainder: most are the first of their millisecond, and end alike. */
static inline size_t store_id_slot(int64_t id, size_t slots) {
	return (size_t)(((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 32) % slots);
}
/* Below every id made at or after that time (UTC µs), above every older one. */
int64_t store_id_at(int64_t at_us);
int64_t store_id_time(int64_t id); /* when an id was made, UTC µs to the millisecond */
/* The store's clock, UTC µs (PostgreSQL: the server's; SQLite: this machine's). */
int64_t db_now(Db *db);
/* Takes or renews the named lease for this process for `us`; epoch rises with each new holder. 1 held, 0 another holds it, <0. */
int store_lease(Store *store, const char *name, int64_t us, int64_t *epoch, Error *error);
void store_lease_drop(Store *store, const char *name);

/* --- generation: one number that moves when configuration (people, grants, catalogue, settings) changes ------- */
int generation_bump(Db *db); /* in a write */
int generation_read(Db *db, int64_t *number);

/* --- feed: the ordered log of what changed -------------------------------------------------------------------- */
typedef enum FeedOp { FEED_INSERT = 'i', FEED_UPDATE = 'u', FEED_DELETE = 'd', FEED_STATE = 's' } FeedOp;
/* topic: a resource id, or one of these for the system's own things. */
enum {
	FEED_TOPIC_JOB = 1,
	FEED_TOPIC_CATALOG = 2,
	FEED_TOPIC_QUARANTINE = 3,
	FEED_TOPIC_GRANT = 4,
	FEED_TOPIC_PEOPLE = 5,
	FEED_TOPIC_CASE = 6,
	FEED_TOPIC_NOTICE = 7,  /* subject: whom it concerns; 0 = anybody may look */
	FEED_TOPIC_HOTLINE = 8, /* subject: the operator whose telephone it is; 0 = all of the hotline */
	FEED_TOPIC_CASE_LEFT =
	    9 /* subject: the organisation or account that some case is no longer with; which one is not told */
};
typedef struct FeedEntry {
	int64_t position; /* dense from 1, in commit order: once n is readable, no entry < n appears later */
	int64_t topic, subject, version, at_us;
	FeedOp op;
} FeedEntry;
/* In a write. On PostgreSQL it lands in outbox; the elected sequencer moves committed rows to feed. */
int feed_append(Db *db, int64_t topic, int64_t subject, int64_t version, FeedOp op);
/* In a write: entries from SQL "SELECT subject, version, op" (op as a one-letter text), built by record/sql.c. */
int64_t feed_append_select(Db *db, int64_t topic, const char *select_sql);
/* Up to max entries after position; the count, or negative. */
int feed_read(Db *db, int64_t after, FeedEntry *out, int max);
int64_t feed_head(Db *db); /* last position, 0 when empty */
/* Whether all that was committed before the first call (*mark 0 then) is readable by now: 1; 0 not yet (PostgreSQL: the sequencer
 * has not come to it), ask again with the same mark; < 0 failed. A reader that must not miss what its caller wrote asks first. */
int feed_settled(Db *db, int64_t *mark);
int64_t feed_first(Db *db); /* oldest position kept, 0 when empty: a reader behind it must begin anew */
/* Blocks until the head passes `after` or timeout; the head. Woken by commits here (SQLite) or NOTIFY (PostgreSQL). */
int64_t feed_wait(Store *store, int64_t after, int64_t timeout_us);
/* Durable reader cursors: moved in the same write as the reader's effects. */
int feed_cursor(Db *db, const char *reader, int64_t *position);
int feed_cursor_move(Db *db, const char *reader, int64_t position);
int feed_cursor_drop(Db *db, const char *reader);
/* In a write: removes up to max entries older than before_us, oldest first; never one that a durable cursor has not passed, never
 * the last. The number removed. */
int64_t feed_prune(Db *db, int64_t before_us, int64_t max);
#endif
