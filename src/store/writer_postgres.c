/* writer_postgres: threads that each run one write at a time in a REPEATABLE READ transaction of their own connection.
 *
 * A serialization failure or deadlock (40001, 40P01) reruns the task after a jittered pause; so does a db_lock asked for late.
 * A connection lost before COMMIT fails the task; lost during COMMIT, the outcome is unknown, and the message says so: a write is
 * never run a second time in silence after its COMMIT was sent. */
#include "store/store_parts.h"

enum { TRIES_MAX = 12, PAUSE_MIN_US = 1000, PAUSE_MAX_US = 100000 };

/* Up to 1.5 of the pause, so that two writers that met do not meet again. */
static void pause_before_try(int attempt) {
	int64_t pause = PAUSE_MIN_US << (attempt < 7 ? attempt : 7);
	if (pause > PAUSE_MAX_US) pause = PAUSE_MAX_US;
	static _Thread_local uint64_t random;
	random = (random ? random : (uint64_t)clock_monotonic_us() ^ (uint64_t)(uintptr_t)&random) * 6364136223846793005u +
	         1442695040888963407u;
	clock_sleep_us(pause / 2 + (int64_t)((random >> 33) % (uint64_t)pause));
}

static int prepare_try(Db *db) {
	int code = db->broken ? postgres_reconnect(db, db->error) : 0;
	for (int i = 0; i < db->wanted_count && code == 0; i++)
		code = postgres_take_lock(db, db->wanted[i].key);
	return code;
}

static int try_task(Db *db, WriteTask *task) {
	db_begin_use(db, task->error);
	db->in_write = true;
	int result = prepare_try(db);
	if (result == 0) result = task->run(db, task->arg);
	if (db->bulk) {
		db_fail(db, ERR_INTERNAL, "a write ended without bulk_end");
		bulk_end(db->bulk);
	}
	db_close_rows(db);
	if (db->failed && (result >= 0 || db->failed == ERR_RETRY)) result = db->failed;
	if (db->begun && !db->broken && result >= 0) {
		int code = postgres_commit(db);
		if (code) result = code;
	}
	if (db->begun && !db->broken && result < 0) postgres_rollback(db);
	if (PQstatus(db->pg) == CONNECTION_BAD) db->broken = true;
	db->begun = false;
	db->in_write = false;
	postgres_drop_locks(db);
	return result;
}

static void run_task(Db *db, WriteTask *task) {
	Error before = *task->error;
	int result = try_task(db, task);
	for (int attempt = 0; result == ERR_RETRY && attempt < TRIES_MAX; attempt++) {
		*task->error = before;
		/* a lock asked for late is simply taken first now */
		if (!db->wanted_count || attempt) pause_before_try(attempt);
		result = try_task(db, task);
	}
	db->wanted_count = 0;
	if (result == ERR_RETRY) {
		*task->error = before;
		result = error_set(task->error, ERR_BUSY, "Other writes kept changing the same rows; try again");
	}
	db->error = &db->own_error;
	for (int i = 0; i < db->after_count && result >= 0; i++)
		db->after[i].fn(db->after[i].arg);
	if (db->fed && result >= 0) sequencer_nudge(db->store);
	bool bulk = task->bulk;
	task->done(task->arg, result); /* the task may be gone now */
	if (bulk) writer_bulk_done(db->store);
}

void *postgres_writer_loop(void *writer_db) {
	Db *db = writer_db;
	for (WriteTask *task; (task = writer_take(db->store, true, true));)
		run_task(db, task);
	return NULL;
}
