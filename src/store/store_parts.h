/* store's private parts, shared by the files of this room only: what a Store, a Db and a Rows are made of, and the table of
 * functions that one engine gives the rest of the room.
 *
 * Threads: a Db and its Rows belong to whoever leased the Db. Store fields are guarded as their comments say. */
#ifndef YIWANG_STORE_STORE_PARTS_H
#define YIWANG_STORE_STORE_PARTS_H
#include "store/store.h"
#include <libpq-fe.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

enum {
	STATEMENTS_MAX = 256,      /* prepared statements kept a connection; the least recently used goes */
	STATEMENT_ARGS_MAX = 1200, /* values one statement may bind */
	LOCKS_MAX = 8,             /* db_lock names one write may hold */
	AFTER_MAX = 64,            /* different db_after_commit calls of one write */
	SENT_MAX = 96,             /* statements sent to PostgreSQL without waiting for their answers */
	APPEND_MAX = 4,            /* statements whose rows db_append gathers */
	APPEND_VALUES = 320,       /* values of the rows that one of them gathers */
	AHEAD_MAX = 32,            /* reads of a group's writes sent before the first of them runs */
	ROWS_IDLE_MIN = 32,        /* closed Rows kept before one is used again, so that a late rows_close does no harm */
	WRITE_GROUP_MAX = 16,      /* writes of a PostgreSQL group */
	WRITE_GROUP_US = 2000,     /* a SQLite group is committed after this long at the latest */
};

typedef enum DbRole { DB_READER, DB_WRITER } DbRole;

/* One prepared statement of one connection. */
typedef struct Statement {
	char *sql; /* own copy: the key */
	uint32_t hash;
	uint64_t used;          /* tick of the last use */
	struct Statement *next; /* same bucket */
	bool busy, loose;       /* loose: not in the cache, ends with its Rows */
	int arg_count;
	/* SQLite */
	sqlite3_stmt *handle;
	bool reads;      /* changes nothing */
	int16_t *places; /* places[i]: SQLite's index of "$<i+1>" */
	/* PostgreSQL */
	char name[16];
	Oid *types; /* parameter types as prepared, 0 = left to the server */
} Statement;

enum { STATEMENT_BUCKETS = 512, STATEMENT_POINTERS = 1024 };
typedef struct StatementCache {
	Statement *buckets[STATEMENT_BUCKETS];
	/* literal SQL has a fixed address: a hit here saves the hash; the text is compared all the same */
	struct {
		const char *sql;
		Statement *statement;
	} pointers[STATEMENT_POINTERS];
	int count;
	uint64_t tick;
	unsigned serial;
} StatementCache;

typedef struct Scan Scan;
struct Rows {
	Db *db;
	Rows *previous, *next; /* in db's list of open rows, or (next) of idle ones */
	bool open;
	bool one; /* db_one's own, inside the Db */
	int columns;
	/* SQLite: stepped as it is read; `ready`: a step was made that rows_next has not given out yet */
	Statement *statement;
	int ready;
	/* PostgreSQL: a whole result */
	PGresult *result;
	bool borrowed; /* the result is somebody else's (reads.c) */
	int row, row_count;
	struct Scan *scan; /* db_scan: rows come from a COPY, not from result */
	Arena *scratch;    /* values of this row that had to be rendered */
};

typedef struct AfterCommit {
	void (*fn)(void *arg);
	void *arg;
} AfterCommit;
/* What the writes of a group asked to have called after their commit. */
typedef struct AfterGroup {
	AfterCommit *items;
	size_t count, cap;
	bool fed; /* one of them fed */
} AfterGroup;
typedef struct LockName {
	int64_t key;
} LockName;
typedef struct PostgresArgs {
	const char **values;
	int *lengths, *formats;
	void *room; /* all of it in one block: free() it */
} PostgresArgs;
/* A statement in the pipeline: its text, for messages, and where its answer goes (NULL: only looked at for failure). */
typedef struct Sent {
	const char *sql;
	PGresult **keep;
} Sent;
/* Rows that wait to be added by one INSERT (db_append). */
typedef struct Append {
	const char *sql;
	size_t count, used; /* values a row has; values gathered */
	Val values[APPEND_VALUES];
} Append;
/* A read that a write is known to ask for (db_ahead). */
typedef struct Ahead {
	const char *sql;
	PostgresArgs values;
	size_t count;
	int owner; /* which write of the group */
	PGresult *result;
} Ahead;

struct Db {
	Store *store;
	const struct Engine *engine;
	DbRole role;
	Error *error;
	Error own_error; /* where errors go when the lease named none */
	int failed;      /* in a write: the code of the first failed statement; nothing runs after it */
	bool in_write, in_snapshot, leased;
	StatementCache cache;
	Rows one;
	Rows *open_rows, *idle_first, *idle_last;
	int idle_count;
	AfterCommit after[AFTER_MAX];
	int after_count;
	struct Bulk *bulk;
	bool fed;    /* feed_append ran in this write */
	bool wrote;  /* a statement that may have changed something ran in this use */
	bool waited; /* one of them was not db_run_later */
	Db *next_free;
	/* SQLite */
	sqlite3 *sqlite;
	/* PostgreSQL */
	PGconn *pg;
	bool begun;          /* BEGIN was sent, or waits in the pipeline */
	Sent sent[SENT_MAX]; /* statements in the pipeline whose answers were not taken yet */
	int sent_count;
	Ahead ahead[AHEAD_MAX];
	int ahead_count, ahead_owner;
	Append *append; /* APPEND_MAX of them, once one was needed */
	int append_count;
	Arena *append_arena; /* their texts */
	bool broken;         /* connection lost: reconnect before the next use */
	int64_t retry_at_us; /* monotonic: no reconnect before */
	int64_t backoff_us;
	LockName locks[LOCKS_MAX], wanted[LOCKS_MAX]; /* session locks held; those a rerun takes first */
	int lock_count, wanted_count;
	Rows *scanning; /* a db_scan that is not at its end: nothing else may be sent */
};

/* What an engine does. Functions returning int give 0 or a code with db->error set. */
typedef struct Engine {
	int (*connect)(Db *db, Error *error);
	void (*disconnect)(Db *db);
	int64_t (*run)(Db *db, const char *sql, const Val *args, size_t count);
	int (*run_later)(Db *db, const char *sql, const Val *args, size_t count);
	int (*append)(Db *db, const char *sql, const Val *args, size_t count);
	/* scan: constant memory. On success rows is ready for the first rows_next. */
	int (*query)(Db *db, Rows *rows, const char *sql, const Val *args, size_t count, bool scan);
	int (*next)(Rows *rows);
	void (*close)(Rows *rows);
	bool (*null)(Rows *rows, int column);
	int64_t (*integer)(Rows *rows, int column);
	double (*real)(Rows *rows, int column);
	Text (*text)(Rows *rows, int column);
	Text (*blob)(Rows *rows, int column);
	int64_t (*now)(Db *db);
	int (*snapshot)(Db *db);
	void (*snapshot_end)(Db *db);
	/* several statements without values, for migrations; inside the open transaction */
	int (*script)(Db *db, const char *sql);
	int (*bulk_begin)(Db *db, Bulk *bulk, const char *table, const char *columns);
	int (*bulk_row)(Bulk *bulk, const Val *values);
	int64_t (*bulk_end)(Bulk *bulk);
} Engine;
extern const Engine sqlite_engine, postgres_engine;

struct Bulk {
	Db *db;
	ValKind *kinds;
	int count;
	int64_t rows;
	Statement *statement; /* SQLite */
	Buf buffer;           /* PostgreSQL */
	int failed;
};

/* The queue of writes. Owner: Store; guarded by its mutex. */
typedef struct WriteQueue {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	WriteTask *first, *last;
	WriteTask *bulk_first, *bulk_last;
	int waiting, limit;
	int bulk_running, bulk_limit; /* PostgreSQL: one writer stays free for short writes */
	bool stopping;
} WriteQueue;

struct Store {
	StoreEngine kind;
	const Engine *engine;
	char *path; /* SQLite file, or PostgreSQL URL */
	int64_t busy_us;
	/* readers: guarded by reader_mutex */
	pthread_mutex_t reader_mutex;
	pthread_cond_t reader_free;
	Db *readers, *free_readers;
	int reader_count;
	/* writers */
	WriteQueue queue;
	Db *writers;
	pthread_t *writer_threads;
	int writer_count;
	/* SQLite checkpoints: guarded by checkpoint_mutex */
	pthread_t checkpoint_thread;
	pthread_mutex_t checkpoint_mutex;
	pthread_cond_t checkpoint_wake;
	int wal_pages, wal_checked; /* pages to be checkpointed, 0 = none; pages at the last call */
	bool checkpoint_stop, has_checkpoint;
	/* ids, slot, leases (lease.c) */
	char holder[36]; /* random name of this process in lease tables */
	char *node_name;
	atomic_int slot;          /* -1 before store_join */
	_Atomic uint64_t last_id; /* milliseconds << 12 | sequence */
	pthread_t keeper_thread;
	pthread_mutex_t keeper_mutex;
	pthread_cond_t keeper_wake;
	bool keeper_stop, has_keeper;
	/* feed (feed.c, sequencer.c): head guarded by feed_mutex */
	pthread_mutex_t feed_mutex;
	pthread_cond_t feed_moved;
	int64_t feed_head;
	bool feed_closed;
	struct Sequencer *sequencer; /* PostgreSQL, after store_join */
};

/* store.c */
void db_begin_use(Db *db, Error *error); /* points the Db at an Error and clears what the last use left */
void db_close_rows(Db *db);              /* closes all open rows */
int db_fail(Db *db, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
Db *db_new(Store *store, DbRole role, Error *error); /* a connection of its own, outside the pools */
void db_free(Db *db);

/* statement.c */
Statement *statement_find(StatementCache *cache, const char *sql, bool (*fits)(const Statement *, const void *),
                          const void *about);
/* Adds it; returns the one to be ended for it, if the cache was full. */
Statement *statement_add(StatementCache *cache, const char *sql, Statement *statement);
void statement_remove(StatementCache *cache, Statement *statement);

/* writer.c, writer_sqlite.c, writer_postgres.c */
int writer_start(Store *store, Error *error);
void writer_stop(Store *store);
WriteTask *writer_take(Store *store, bool wait, bool allow_bulk); /* NULL: nothing (or stopping) */
WriteTask *
writer_take_share(Store *store); /* waits; with a write that is not bulk come others, as a list: its share of the queue */
void writer_bulk_done(Store *store);
void after_keep(AfterGroup *group, const Db *db);
void after_end(AfterGroup *group, bool kept); /* kept: calls them */
void *sqlite_writer_loop(void *writer_db);
void *postgres_writer_loop(void *writer_db);
int sqlite_checkpoint_start(Store *store, Error *error);
void sqlite_temporary(const char *path);
void sqlite_checkpoint_stop(Store *store);

/* postgres.c */
int postgres_begin(Db *db); /* sends BEGIN when not sent yet, and takes all answers: what cannot be in a pipeline may follow */
int postgres_run_later(Db *db, const char *sql, const Val *args, size_t count);
int postgres_settle(Db *db); /* sends what waits in the pipeline and takes all answers; the first failure is the code */
int postgres_commit(Db *db); /* with what waits before it, in one round trip */
void postgres_rollback(Db *db);
int postgres_command(Db *db, const char *sql);                 /* no values, no result */
int postgres_check(Db *db, PGresult *result, const char *sql); /* 0 or a code; frees result when it failed */
int postgres_reconnect(Db *db, Error *error);
int postgres_code(const char *sqlstate);
Statement *postgres_statement(Db *db, const char *sql, const Val *args, size_t count, int *code);
/* Values as libpq wants them. ERR_INVALID for a text with a NUL byte (then there is nothing to free). */
int postgres_args(Db *db, PostgresArgs *out, const Val *args, size_t count);
bool postgres_encode(PostgresArgs *out, const Val *args, size_t count); /* the same; false for a NUL byte */
typedef struct StatementFit {
	const Val *args;
	size_t count;
} StatementFit;
bool postgres_fits(const Statement *statement, const void *fit);
Statement *postgres_new_statement(StatementCache *cache, const char *sql, const Val *args,
                                  size_t count); /* named, not prepared */
void postgres_free_statement(Statement *statement);
void postgres_forget_statements(Db *db);
bool postgres_plan_is_old(const PGresult *result);
Oid postgres_type(const Val *value); /* what a value is prepared as; 0 = the server finds out */
int postgres_enter(Db *db);          /* opens the write's pipeline, with BEGIN before its first statement */
/* Puts a statement into the write's pipeline; keep: where its answer goes, or NULL. */
int postgres_send(Db *db, const Statement *statement, const PostgresArgs *values, size_t count, PGresult **keep);
int postgres_take_lock(Db *db, int64_t key);
void postgres_drop_locks(Db *db);

/* append.c */
int postgres_append(Db *db, const char *sql, const Val *args, size_t count);
int append_flush(Db *db); /* puts what was gathered into the pipeline */
void append_forget(Db *db);

/* ahead.c */
int ahead_ask(Db *db, const WriteTask *task, int owner);                      /* sends what the write reads ahead */
PGresult *ahead_take(Db *db, const char *sql, const Val *args, size_t count); /* the owner's, once; NULL: not read ahead */
void ahead_forget(Db *db);

/* postgres_scan.c */
int postgres_scan_open(Db *db, Rows *rows, const char *sql, const Val *args, size_t count);
int postgres_scan_next(Rows *rows);
void postgres_scan_close(Rows *rows);
const char *postgres_scan_value(const Rows *rows, int column, int *length, Oid *type); /* NULL for NULL */

/* postgres_rows.c */
int postgres_next(Rows *rows);
bool postgres_null(Rows *rows, int column);
int64_t postgres_integer(Rows *rows, int column);
double postgres_real(Rows *rows, int column);
Text postgres_text(Rows *rows, int column);
Text postgres_blob(Rows *rows, int column);

/* postgres_bulk.c */
int postgres_bulk_begin(Db *db, Bulk *bulk, const char *table, const char *columns);
int postgres_bulk_row(Bulk *bulk, const Val *values);
int64_t postgres_bulk_end(Bulk *bulk);

/* lease.c, feed.c, sequencer.c */
void lease_stop(Store *store);
void feed_publish(Store *store, int64_t head);
int sequencer_start(Store *store, Error *error);
void sequencer_stop(Store *store);
void sequencer_nudge(Store *store);
#endif
