/* writer_sqlite: the one thread that writes to SQLite, with group commit; and the thread that checkpoints the WAL.
 *
 * A group: BEGIN IMMEDIATE; each waiting task in its own SAVEPOINT; COMMIT (one fsync) when nobody waits any more or after
 * WRITE_GROUP_US; then all of the group are answered. A full disk or an I/O error may make SQLite roll the whole transaction
 * back by itself: then, and when COMMIT fails, everyone in the group fails and nothing of it is kept.
 * A bulk task has a transaction of its own and begins only when no other task waits. Its commit is whole or not at all, but it
 * waits for the disk only when somebody was told of it (feed entries, db_after_commit): the next commit of a group brings it
 * there. */
#include "store/store_parts.h"
#include <stdlib.h>

typedef struct Group {
	WriteTask *first, *last;
	AfterGroup after;
	int failed; /* the whole transaction is gone: this code for everyone */
	Error error;
} Group;

static int execute(Db *db, const char *sql) {
	return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);
}

static void group_lost(Db *db, Group *group, int code, const char *doing) {
	if (group->failed) return;
	group->failed = code;
	error_set(&group->error, code, "The database could not %s (%s); nothing of this write was kept", doing,
	          sqlite3_errmsg(db->sqlite));
}

static int engine_code(Db *db) {
	int primary = sqlite3_errcode(db->sqlite) & 0xff;
	if (primary == SQLITE_FULL) return ERR_FULL;
	return primary == SQLITE_BUSY || primary == SQLITE_LOCKED ? ERR_BUSY : ERR_IO;
}

/* Runs one task inside the group's transaction. */
static void run_task(Db *db, Group *group, WriteTask *task) {
	db_begin_use(db, task->error);
	if (!group->failed && execute(db, "SAVEPOINT task") != SQLITE_OK) group_lost(db, group, engine_code(db), "begin a write");
	if (group->failed) return;
	db->in_write = true;
	int result = task->run(db, task->arg);
	if (db->bulk) {
		db_fail(db, ERR_INTERNAL, "a write ended without bulk_end");
		bulk_end(db->bulk);
	}
	db_close_rows(db);
	db->in_write = false;
	if (db->failed && result >= 0) result = db->failed;
	task->result = result;
	if (sqlite3_get_autocommit(db->sqlite)) {
		group_lost(db, group, result < 0 ? result : ERR_IO, "keep the transaction");
		return;
	}
	const char *end = result < 0 ? "ROLLBACK TO task; RELEASE task" : "RELEASE task";
	if (execute(db, end) != SQLITE_OK)
		group_lost(db, group, engine_code(db), "end a write");
	else if (result >= 0)
		after_keep(&group->after, db);
}

/* Brings the WAL to the disk, as the commit of a group does by itself. */
static bool sync_wal(Db *db) {
	sqlite3_file *wal = NULL;
	if (sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) != SQLITE_OK) return false;
	return wal && wal->pMethods && wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) == SQLITE_OK;
}

static void commit_group(Db *db, Group *group, bool bulk) {
	if (!group->failed && execute(db, "COMMIT") != SQLITE_OK)
		group_lost(db, group, engine_code(db), "commit");
	else if (!group->failed && bulk && (group->after.fed || group->after.count) && !sync_wal(db))
		group_lost(db, group, ERR_IO, "sync");
	if (!sqlite3_get_autocommit(db->sqlite)) execute(db, "ROLLBACK");
}

static void answer_group(Db *db, Group *group) {
	db_begin_use(db, NULL);
	after_end(&group->after, !group->failed);
	if (!group->failed && group->after.fed) feed_publish(db->store, feed_head(db));
	for (WriteTask *task = group->first, *next; task; task = next) {
		next = task->next; /* the task may be gone once done was called */
		if (group->failed) {
			error_set(task->error, group->failed, "%s", group->error.message);
			task->result = group->failed;
		}
		task->done(task->arg, task->result);
	}
}

static void add_task(Group *group, WriteTask *task) {
	if (group->last)
		group->last->next = task;
	else
		group->first = task;
	group->last = task;
}

static void run_group(Db *db, WriteTask *task, bool *relaxed) {
	Group group = {0};
	bool bulk = task->bulk;
	int64_t until = clock_monotonic_us() + WRITE_GROUP_US;
	if (*relaxed != bulk) { /* can only be changed between transactions */
		execute(db, bulk ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL");
		*relaxed = bulk;
	}
	if (execute(db, "BEGIN IMMEDIATE") != SQLITE_OK) group_lost(db, &group, engine_code(db), "begin a write");
	while (task) {
		add_task(&group, task);
		run_task(db, &group, task);
		task = bulk || clock_monotonic_us() >= until ? NULL : writer_take(db->store, false, false);
	}
	commit_group(db, &group, bulk);
	answer_group(db, &group);
	if (bulk) writer_bulk_done(db->store);
}

void *sqlite_writer_loop(void *writer_db) {
	Db *db = writer_db;
	bool relaxed = false;
	for (WriteTask *task; (task = writer_take(db->store, true, true));)
		run_group(db, task, &relaxed);
	return NULL;
}

/* --- checkpoints ------------------------------------------------------------------------------------------------------ */
enum {
	WAL_PASSIVE_PAGES = 1000,  /* a checkpoint is tried whenever the WAL has grown by so much: 4 MB */
	WAL_RESTART_PAGES = 16000, /* from here on readers are waited for, so that the WAL begins anew: 64 MB */
	RESTART_WAIT_MS = 10,      /* a restart holds up the writer while it waits for readers, and is tried again soon */
};

/* On the writer thread after each commit. */
static int note_wal(void *arg, sqlite3 *sqlite, const char *name, int pages) {
	Store *store = arg;
	pthread_mutex_lock(&store->checkpoint_mutex);
	if (pages < store->wal_checked) store->wal_checked = 0; /* the WAL began anew */
	if (pages - store->wal_checked >= WAL_PASSIVE_PAGES) {
		store->wal_pages = store->wal_checked = pages;
		pthread_cond_signal(&store->checkpoint_wake);
	}
	pthread_mutex_unlock(&store->checkpoint_mutex);
	return SQLITE_OK;
}

static int wait_for_pages(Store *store) {
	pthread_mutex_lock(&store->checkpoint_mutex);
	while (!store->wal_pages && !store->checkpoint_stop)
		pthread_cond_wait(&store->checkpoint_wake, &store->checkpoint_mutex);
	int pages = store->checkpoint_stop ? 0 : store->wal_pages;
	store->wal_pages = 0;
	pthread_mutex_unlock(&store->checkpoint_mutex);
	return pages;
}

static void *checkpoint_loop(void *arg) {
	Store *store = arg;
	Error error = {0};
	Db *db = db_new(store, DB_WRITER, &error);
	if (!db) {
		log_error("store: no checkpoints: %s", error.message);
		return NULL;
	}
	sqlite3_busy_timeout(db->sqlite, RESTART_WAIT_MS);
	for (int pages; (pages = wait_for_pages(store));) {
		int in_wal = 0, moved = 0;
		int result = sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_wal, &moved);
		if (result == SQLITE_OK && in_wal >= WAL_RESTART_PAGES)
			result = sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
		if (result != SQLITE_OK && result != SQLITE_BUSY)
			log_warn("store: checkpoint failed: %s", sqlite3_errmsg(db->sqlite));
	}
	db_free(db);
	return NULL;
}

int sqlite_checkpoint_start(Store *store, Error *error) {
	sqlite3_wal_hook(store->writers[0].sqlite, note_wal, store);
	if (pthread_create(&store->checkpoint_thread, NULL, checkpoint_loop, store) != 0) abort();
	store->has_checkpoint = true;
	return 0;
}

void sqlite_checkpoint_stop(Store *store) {
	if (!store->has_checkpoint) return;
	pthread_mutex_lock(&store->checkpoint_mutex);
	store->checkpoint_stop = true;
	pthread_cond_signal(&store->checkpoint_wake);
	pthread_mutex_unlock(&store->checkpoint_mutex);
	pthread_join(store->checkpoint_thread, NULL);
}
