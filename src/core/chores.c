/* chores: housekeeping of all modules: what has no meaning any more is removed, a portion at a time.
 * Thread: one a process (app_start with jobs), which looks every `chores.seconds`; a look is one small read unless a chore is
 * due. When a chore last ran is a row of table `chore`, so that several processes share the work: who holds the lease does it,
 * and when that process is killed, another takes over where the lease ends. Lifetime: app_start to app_stop. */
#include "core/core_private.h"
#include <stdlib.h>

#define CHORES_LEASE "core.chores"
static const int64_t lease_us = 60000000, minute_us = 60000000;

/* --- which are due ------------------------------------------------------------------------------------------------------- */
/* 1 due, 0, <0. What each process does for itself has a row of its own for each slot. */
static int chore_due(Request *rq, const Chore *chore, int64_t slot) {
	int64_t done_at = 0;
	int code = db_int(rq->db, &done_at, "SELECT done_at FROM chore WHERE name = $1 AND slot = $2",
	                  BIND(val_str(chore->name), val_int(slot)));
	return code < 0 ? code : done_at + chore->minutes * minute_us <= db_now(rq->db);
}

typedef struct Doing {
	const Chore *chore;
	int64_t slot, leased_at; /* slot -1: one process for all, under the lease; leased_at: monotonic */
} Doing;

static int done_write(Request *rq, void *arg) {
	const Doing *doing = arg;
	int64_t done = db_run(rq->db,
	                      "INSERT INTO chore (name, slot, done_at) VALUES ($1, $2, $3)"
	                      " ON CONFLICT (name, slot) DO UPDATE SET done_at = excluded.done_at",
	                      BIND(val_str(doing->chore->name), val_int(doing->slot), val_int(db_now(rq->db))));
	return done < 0 ? (int)done : 0;
}

/* --- running them ---------------------------------------------------------------------------------------------------------- */
/* 1 this process may go on, 0 another does, <0. */
static int lease_hold(App *app, Doing *doing, Error *error) {
	int64_t epoch, now = clock_monotonic_us();
	if (doing->slot >= 0 || (doing->leased_at && now - doing->leased_at < lease_us / 3)) return 1;
	int code = store_lease(app->store, CHORES_LEASE, lease_us, &epoch, error);
	doing->leased_at = code > 0 ? now : 0;
	return code;
}

/* 1 a portion was done and there may be more, 2 all done, 0 not now, <0. */
static int portion(App *app, Doing *doing, bool first, bool any_time) {
	Request *rq = request_begin(app, "housekeeping");
	int code = rq->db ? 1 : ERR_BUSY;
	if (code > 0 && first && !any_time) code = chore_due(rq, doing->chore, doing->slot);
	if (code > 0) code = lease_hold(app, doing, rq->error);
	/* another process may have done it while this one waited for the lease */
	if (code > 0 && first && !any_time) code = chore_due(rq, doing->chore, doing->slot);
	if (code > 0) {
		code = doing->chore->run(rq);
		if (code == 0) code = request_write(rq, done_write, doing);
		code = code < 0 ? code : code > 0 ? 1 : 2;
	}
	if (code < 0) log_warn("event=chore name=%s error=\"%s\"", doing->chore->name, rq->error->message);
	request_end(rq);
	return code;
}

/* 1 done to its end, 0 not now, <0. */
static int chore_do(App *app, const Chore *chore, bool any_time, int64_t *leased_at) {
	Doing doing = {chore, chore->everywhere ? store_slot(app->store) : -1, *leased_at};
	int code;
	for (bool first = true; (code = portion(app, &doing, first, any_time)) == 1; first = false)
		if (app->chores && atomic_load(&app->chores->closing)) break;
	*leased_at = doing.leased_at;
	return code == 2 ? 1 : code == 1 ? 0 : code;
}

int chores_run(App *app, const char *only) {
	int64_t leased_at = 0;
	int done = 0, failed = 0;
	for (size_t i = 0; i < app->chore_count; i++) {
		if (only && strcmp(only, app->chore_rows[i]->name) != 0) continue;
		int code = chore_do(app, app->chore_rows[i], only != NULL, &leased_at);
		done += code > 0;
		if (code < 0) failed = code;
	}
	if (leased_at) store_lease_drop(app->store, CHORES_LEASE);
	return failed ? failed : done;
}

static void *chores_main(void *arg) {
	Chores *chores = arg;
	pthread_mutex_lock(&chores->lock);
	for (;;) {
		int64_t until = clock_monotonic_us() + chores->look_us;
		while (!chores->stop && cond_wait_until(&chores->wake, &chores->lock, until)) {
		}
		if (chores->stop) break;
		pthread_mutex_unlock(&chores->lock);
		chores_run(chores->app, NULL);
		pthread_mutex_lock(&chores->lock);
	}
	pthread_mutex_unlock(&chores->lock);
	return NULL;
}

void chores_start(App *app) {
	Chores *chores = calloc(1, sizeof *chores);
	if (!chores) abort();
	chores->app = app;
	Request *rq = request_begin(app, "housekeeping");
	chores->look_us = setting_int(rq, "chores.seconds") * 1000000;
	request_end(rq);
	cond_init_monotonic(&chores->wake);
	pthread_mutex_init(&chores->lock, NULL);
	app->chores = chores;
	if (pthread_create(&chores->thread, NULL, chores_main, chores) != 0) abort();
}

void chores_stop(App *app) {
	Chores *chores = app->chores;
	if (!chores) return;
	atomic_store(&chores->closing, true);
	pthread_mutex_lock(&chores->lock);
	chores->stop = true;
	pthread_cond_signal(&chores->wake);
	pthread_mutex_unlock(&chores->lock);
	pthread_join(chores->thread, NULL);
	app->chores = NULL;
	pthread_cond_destroy(&chores->wake);
	pthread_mutex_destroy(&chores->lock);
	free(chores);
}

/* --- portions ------------------------------------------------------------------------------------------------------------ */
int64_t days_before(Request *rq, const char *setting) {
	return clock_now_us() - setting_int(rq, setting) * INT64_C(86400000000);
}

typedef struct Portion {
	const char *sql;
	int64_t before_us;
} Portion;

static int portion_write(Request *rq, void *arg) {
	const Portion *one = arg;
	return (int)db_run(rq->db, one->sql, BIND(val_int(one->before_us), val_int(CHORE_ROWS)));
}

int chore_portion(Request *rq, int64_t before_us, const char *sql) {
	Portion one = {sql, before_us};
	int code = request_write_bulk(rq, portion_write, &one);
	return code < 0 ? code : code >= CHORE_ROWS;
}

/* --- core's own chores ----------------------------------------------------------------------------------------------------- */
static int feed_write(Request *rq, void *arg) {
	return (int)feed_prune(rq->db, *(const int64_t *)arg, CHORE_ROWS);
}

static int feed_chore(Request *rq) {
	int64_t before = days_before(rq, "feed.keep_days");
	int code = request_write_bulk(rq, feed_write, &before);
	return code < 0 ? code : code > 0;
}

/* What only a running or resumed job needs. The job itself with its result stays. */
static int jobs_chore(Request *rq) {
	return chore_portion(rq, days_before(rq, "job.keep_days"),
	                     "UPDATE job SET messages = '[]', checkpoint = '{}', version = version + 1 WHERE job_id IN"
	                     " (SELECT job_id FROM job WHERE state IN ('reconciled', 'failed', 'cancelled') AND finished_at < $1"
	                     " AND (messages <> '[]' OR checkpoint <> '{}') ORDER BY job_id LIMIT $2)");
}

const Chore core_chores[CORE_CHORES] = {{"core.feed", 10, feed_chore}, {"core.jobs", 60, jobs_chore}};
