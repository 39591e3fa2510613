/* writer_postgres: threads that each run writes in REPEATABLE READ transactions of their own connection, one a transaction, or a
 * group of those that wait.
 *
 * A serialization failure or deadlock (40001, 40P01) reruns the task after a jittered pause; so does a db_lock asked for late.
 * A connection lost before COMMIT fails the task; lost during COMMIT, the outcome is unknown, and the message says so: a write is
 * never run a second time in silence after its COMMIT was sent.
 * A group: when more writes wait than there are writers, each takes its share of the queue, runs it in one transaction and
 * answers all after one COMMIT. All of a group were queued before its snapshot was taken, so each sees whatever was acknowledged
 * before it was asked for. A write that is refused before it changed anything leaves the group as it was. Where one fails after
 * it wrote, or the transaction does, all is rolled back and each runs again alone. */
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
	if (result == 0) result = ahead_ask(db, task, 0);
	if (result == 0) result = postgres_settle(db);
	if (result == 0) result = task->run(db, task->arg);
	ahead_forget(db);
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
	append_forget(db);
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

/* --- groups --------------------------------------------------------------------------------------------------------- */
typedef enum Outcome {
	OUTCOME_GROUP, /* it ends with the group; its result is in the task */
	OUTCOME_ALONE, /* it changed nothing and is to be run alone */
	OUTCOME_SPOILT /* the transaction cannot be kept */
} Outcome;

/* One of a group, in its transaction. */
static Outcome group_task(Db *db, WriteTask *task, AfterGroup *after) {
	db_begin_use(db, task->error);
	task->result = task->run(db, task->arg);
	if (db->bulk) bulk_end(db->bulk), db->failed = ERR_INTERNAL; /* alone it is told so */
	db_close_rows(db);
	if (task->result >= 0 && !db->failed) {
		after_keep(after, db);
		return OUTCOME_GROUP;
	}
	if (db->wrote || db->broken) return OUTCOME_SPOILT;
	/* what those before it sent is answered now: whether the transaction still stands */
	if (db->begun && (postgres_begin(db) != 0 || PQtransactionStatus(db->pg) != PQTRANS_INTRANS)) return OUTCOME_SPOILT;
	return db->failed || task->result == ERR_RETRY ? OUTCOME_ALONE : OUTCOME_GROUP;
}

/* Runs all and commits. False: nothing was kept, and each is to be run alone. *lost: the code when nobody knows. */
static bool group_run(Db *db, WriteTask *const *tasks, Outcome *outcomes, int count, AfterGroup *after, int *lost) {
	bool good = !db->broken;
	db->in_write = true;
	db_begin_use(db, NULL);
	for (int i = 0; i < count && good; i++)
		good = ahead_ask(db, tasks[i], i) == 0;
	good = good && postgres_settle(db) == 0;
	for (int i = 0; i < count && good; i++) {
		db->ahead_owner = i;
		outcomes[i] = group_task(db, tasks[i], after);
		good = outcomes[i] != OUTCOME_SPOILT;
		if (db->waited || !tasks[i]->ahead) ahead_forget(db);
	}
	ahead_forget(db);
	db_begin_use(db, NULL);
	if (good && db->begun) {
		int code = postgres_commit(db);
		if (code && db->broken) *lost = code;
		good = code == 0;
	}
	/* also where what was sent with COMMIT failed, which was skipped then */
	if (!good && db->begun && !db->broken) postgres_rollback(db);
	if (db->pg && PQstatus(db->pg) == CONNECTION_BAD) db->broken = true;
	append_forget(db);
	db->begun = db->in_write = false;
	db->wanted_count = 0;
	postgres_drop_locks(db);
	return good;
}

static void run_group(Db *db, WriteTask *first) {
	WriteTask *tasks[WRITE_GROUP_MAX];
	Outcome outcomes[WRITE_GROUP_MAX] = {0};
	Error before[WRITE_GROUP_MAX];
	AfterGroup after = {0};
	int count = 0, lost = 0;
	for (WriteTask *task = first; task; task = task->next) {
		before[count] = *task->error;
		tasks[count++] = task;
	}
	bool kept = group_run(db, tasks, outcomes, count, &after, &lost);
	after_end(&after, kept);
	if (kept && after.fed) sequencer_nudge(db->store);
	for (int i = 0; i < count && (kept || lost); i++) {
		if (outcomes[i] == OUTCOME_ALONE) continue;
		if (lost && tasks[i]->result >= 0) *tasks[i]->error = db->own_error, tasks[i]->result = lost;
		tasks[i]->done(tasks[i]->arg, tasks[i]->result); /* the task may be gone now */
	}
	for (int i = 0; i < count; i++) {
		if ((kept || lost) && outcomes[i] != OUTCOME_ALONE) continue;
		*tasks[i]->error = before[i];
		run_task(db, tasks[i]);
	}
}

void *postgres_writer_loop(void *writer_db) {
	Db *db = writer_db;
	for (WriteTask *task; (task = writer_take_share(db->store));)
		(task->next ? run_group : run_task)(db, task);
	return NULL;
}
