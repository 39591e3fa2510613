/* job_runner: the threads that take and run jobs, and the keeper that renews their leases.
 * Thread: `job.threads` runners and one keeper a process. Lifetime: app_start to app_stop.
 * A runner sleeps on a condition: jobs queued here wake it at once, those of other processes are found within LOOK_US.
 * A server that stalls must not hold up everybody: jobs that wait for one outside (deliveries, loads from a database) leave the
 * last runner to those that do not, and long loads leave it to them; jobs for the same target or source take one runner. */
#include "core/core_private.h"
#include <stdlib.h>

enum { LOOK_US = 2000000, KEEP_US = 3000000, STALLS_MAX = 50, THREADS_MAX = 16 };

typedef struct Runner {
	App *app;
	int64_t owner; /* names this process in leases: a restarted one is another */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int64_t woken; /* counts job_create commits here */
	bool stopping;
	JobRun *running;
	pthread_mutex_t taking; /* held while a runner takes a job: two must not both see the last place free */
	int places;             /* `job.threads` */
	int inside, outside;    /* jobs taken and not ended; under lock */
	pthread_t threads[THREADS_MAX], keeper;
	int thread_count;
} Runner;

void runner_wake(App *app) {
	Runner *runner = app->runner;
	if (!runner) return;
	pthread_mutex_lock(&runner->lock);
	runner->woken++;
	pthread_cond_broadcast(&runner->wake); /* runners and the keeper share it */
	pthread_mutex_unlock(&runner->lock);
}

/* --- taking a job ------------------------------------------------------------------------------------------------------ */
typedef struct Taking {
	Runner *runner;
	Job job;
	int64_t epoch;
	char *args, *checkpoint, *messages, *stage;
	int64_t stalls;
	bool inside, outside; /* what has a place now */
	bool took_outside;    /* what was taken */
} Taking;

/* Queued ones whose time has come, or running ones whose keeper is gone; never those this process runs itself. */
#define TAKEABLE                                                                                                                 \
	"(state = 'queued' AND not_before <= $1) OR (state = 'running' AND NOT EXISTS"                                           \
	" (SELECT 1 FROM job_lease WHERE job_lease.job_id = job.job_id AND (until_us > $1 OR owner = $2)))"
/* Of the kind that has a place here, and nobody waits for the same server outside. */
#define FITTING                                                                                                                  \
	"((outside = 0 AND $3 = 1) OR (outside <> 0 AND $4 = 1 AND NOT EXISTS (SELECT 1 FROM job o JOIN job_lease l ON"          \
	" l.job_id = o.job_id WHERE o.state = 'running' AND o.outside = job.outside AND o.job_id <> job.job_id"                  \
	" AND l.until_us > $1)))"

static int take_write(Request *rq, void *arg) {
	Taking *taking = arg;
	int64_t now = db_now(rq->db);
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "UPDATE job SET state = 'running', epoch = epoch + 1, attempt = attempt + 1, stalls = stalls + 1, error = NULL,"
	    " started_at = CASE WHEN started_at = 0 THEN $1 ELSE started_at END, version = version + 1"
	    " WHERE job_id = (SELECT job_id FROM job WHERE (" TAKEABLE ") AND " FITTING " ORDER BY job_id LIMIT 1) AND (" TAKEABLE
	    ")"
	    " RETURNING job_id, resource_id, org_id, created_by, kind, args, checkpoint, messages, attempt, epoch, stalls,"
	    " version, stage, outside",
	    BIND(val_int(now), val_int(taking->runner->owner), val_int(taking->inside), val_int(taking->outside)));
	if (found <= 0) return found;
	taking->job = (Job){.job_id = rows_int(rows, 0),
	                    .resource_id = rows_int(rows, 1),
	                    .org_id = rows_int(rows, 2),
	                    .created_by = rows_int(rows, 3),
	                    .kind = rows_str(rows, 4, rq->arena),
	                    .attempt = (int)rows_int(rows, 8)};
	taking->args = rows_str(rows, 5, rq->arena);
	taking->checkpoint = rows_str(rows, 6, rq->arena);
	taking->messages = rows_str(rows, 7, rq->arena);
	taking->epoch = rows_int(rows, 9);
	taking->stalls = rows_int(rows, 10);
	int64_t version = rows_int(rows, 11);
	taking->stage = rows_str(rows, 12, rq->arena);
	bool outside = rows_int(rows, 13) != 0;
	int64_t leased = db_run(rq->db,
	                        "INSERT INTO job_lease (job_id, owner, until_us) VALUES ($1, $2, $3)"
	                        " ON CONFLICT (job_id) DO UPDATE SET owner = excluded.owner, until_us = excluded.until_us",
	                        BIND(val_int(taking->job.job_id), val_int(taking->runner->owner), val_int(now + JOB_LEASE_US)));
	if (leased < 0) return (int)leased;
	int code = feed_append(rq->db, FEED_TOPIC_JOB, taking->job.job_id, version, FEED_STATE);
	if (code < 0) return code;
	taking->took_outside = outside;
	return 1;
}

/* A cheap read first: an idle program writes nothing. 1 there is one, 0, <0. */
static int job_waits(Request *rq, const Taking *taking) {
	int64_t any = 0;
	return db_int(
	    rq->db, &any,
	    "SELECT job_id FROM job WHERE state IN ('queued', 'running') AND (" TAKEABLE ") AND " FITTING " LIMIT 1",
	    BIND(val_int(db_now(rq->db)), val_int(taking->runner->owner), val_int(taking->inside), val_int(taking->outside)));
}

/* Takes a job that has a place here: 1, 0 there is none, <0. */
static int job_take(Request *rq, Taking *taking) {
	Runner *runner = taking->runner;
	pthread_mutex_lock(&runner->taking);
	pthread_mutex_lock(&runner->lock);
	int most = runner->places > 1 ? runner->places - 1 : 1;
	taking->inside = runner->inside < most;
	taking->outside = runner->outside < most;
	pthread_mutex_unlock(&runner->lock);
	int code = job_waits(rq, taking);
	if (code > 0) code = request_write(rq, take_write, taking);
	if (code > 0) {
		pthread_mutex_lock(&runner->lock);
		*(taking->took_outside ? &runner->outside : &runner->inside) += 1;
		pthread_mutex_unlock(&runner->lock);
	}
	pthread_mutex_unlock(&runner->taking);
	return code;
}

/* --- running it ---------------------------------------------------------------------------------------------------------- */
static void list_add(Runner *runner, JobRun *run) {
	pthread_mutex_lock(&runner->lock);
	run->next = runner->running;
	runner->running = run;
	atomic_store(&run->closing, runner->stopping);
	pthread_mutex_unlock(&runner->lock);
}

static void list_remove(Runner *runner, JobRun *run, bool outside) {
	pthread_mutex_lock(&runner->lock);
	*(outside ? &runner->outside : &runner->inside) -= 1;
	JobRun **at = &runner->running;
	while (*at != run)
		at = &(*at)->next;
	*at = run->next;
	pthread_mutex_unlock(&runner->lock);
}

const JobKind *job_kind(const App *app, Text name) {
	for (size_t i = 0; i < app->kind_count; i++)
		if (text_is(name, app->kinds[i]->name)) return app->kinds[i];
	return NULL;
}

static void decref(void *json) {
	json_decref(json);
}

static json_t *loads(Arena *arena, const char *text, json_t *otherwise) {
	json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
	if (value)
		json_decref(otherwise);
	else
		value = otherwise;
	arena_on_free(arena, decref, value);
	return value;
}

static bool is_stopping(Runner *runner) {
	pthread_mutex_lock(&runner->lock);
	bool stopping = runner->stopping;
	pthread_mutex_unlock(&runner->lock);
	return stopping;
}

/* Writes how the run ended, waiting for a store that is away; gives up when the program stops (the lease then runs out). */
static void run_settle(Runner *runner, JobRun *run, int code, const Error *why) {
	for (int tries = 0;; tries++) {
		Request *rq = request_open(runner->app); /* without a reader: none is held while waiting */
		if (why->code) *rq->error = *why;
		int written = job_fail(rq, run, code);
		request_end(rq);
		if (written >= 0 || written == ERR_GONE || (is_stopping(runner) && tries >= 3)) return;
		log_warn("event=job_settle job=%lld error=%s", (long long)run->job->job_id, error_name(written));
		clock_sleep_us(1000000);
	}
}

static void job_run(Runner *runner, Request *rq, Taking *taking) {
	Job *job = &taking->job;
	JobRun run = {.app = rq->app, .job = job, .epoch = taking->epoch, .total = -1};
	job->run = &run;
	job->args = loads(rq->arena, taking->args, json_object());
	job->checkpoint = loads(rq->arena, taking->checkpoint, json_object());
	run.messages = loads(rq->arena, taking->messages, json_array());
	snprintf(run.stage, sizeof run.stage, "%s", taking->stage ? taking->stage : "");
	run.stage_at = clock_now_us();
	list_add(runner, &run);
	const JobKind *kind = job_kind(rq->app, text_of(job->kind));
	rq->party.account_id = job->created_by;
	rq->party.org_id = job->org_id;
	int code;
	if (!kind)
		code = fail(rq, ERR_INTERNAL, "this program does not know the job kind %s", job->kind);
	else if (taking->stalls > STALLS_MAX)
		code = fail(rq, ERR_INTERNAL,
		            "the job stopped %d times in a row without getting further; look at the log, then resume it",
		            STALLS_MAX);
	else
		code = kind->run(rq, job);
	if (code < 0 || !run.finished) {
		Error why = *rq->error;
		if (why.code == 0 && code < 0) error_set(&why, code, "the job %s failed (%s)", job->kind, error_name(code));
		log_info("event=job_ended job=%lld kind=%s code=%s message=\"%s\"", (long long)job->job_id, job->kind,
		         error_name(code), why.message);
		if (rq->lease) { /* readers are few: none is held while waiting */
			store_release(rq->lease);
			rq->lease = rq->db = NULL;
		}
		run_settle(runner, &run, code < 0 ? code : ERR_INTERNAL, &why);
	}
	list_remove(runner, &run, taking->took_outside);
}

/* 1 ran one, 0 there was none, <0 the store is away. */
static int runner_step(Runner *runner) {
	Request *rq = request_begin(runner->app, "job");
	Taking taking = {.runner = runner};
	int code = rq->db ? job_take(rq, &taking) : ERR_BUSY;
	if (code > 0) {
		error_clear(rq->error);
		request_generation_check(rq);
		job_run(runner, rq, &taking);
	} else if (code < 0)
		log_warn("event=job_look error=%s message=\"%s\"", error_name(code), rq->error->message);
	request_end(rq);
	return code;
}

static void *runner_main(void *arg) {
	Runner *runner = arg;
	for (;;) {
		pthread_mutex_lock(&runner->lock);
		int64_t seen = runner->woken;
		bool stopping = runner->stopping;
		pthread_mutex_unlock(&runner->lock);
		if (stopping) break;
		int code = runner_step(runner);
		if (code > 0) continue;
		int64_t until = clock_monotonic_us() + LOOK_US;
		pthread_mutex_lock(&runner->lock);
		while (!runner->stopping && (runner->woken == seen || code < 0))
			if (!cond_wait_until(&runner->wake, &runner->lock, until)) break;
		pthread_mutex_unlock(&runner->lock);
	}
	return NULL;
}

/* --- the keeper ------------------------------------------------------------------------------------------------------------ */
static int keep_write(Request *rq, void *arg) {
	Runner *runner = arg;
	Rows *rows;
	int64_t done = db_run(rq->db, "UPDATE job_lease SET until_us = $2 WHERE owner = $1",
	                      BIND(val_int(runner->owner), val_int(db_now(rq->db) + JOB_LEASE_US)));
	if (done < 0) return (int)done;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT j.job_id FROM job j JOIN job_lease l ON l.job_id = j.job_id WHERE l.owner = $1 AND j.cancel_requested = 1",
	    BIND(val_int(runner->owner)));
	if (code < 0) return code;
	pthread_mutex_lock(&runner->lock);
	while ((code = rows_next(rows)) > 0)
		for (JobRun *run = runner->running; run; run = run->next)
			if (run->job->job_id == rows_int(rows, 0)) atomic_store(&run->stop, true);
	pthread_mutex_unlock(&runner->lock);
	return code;
}

static void *keeper_main(void *arg) {
	Runner *runner = arg;
	pthread_mutex_lock(&runner->lock);
	for (;;) {
		int64_t until = clock_monotonic_us() + KEEP_US;
		while (!runner->stopping || runner->running) {
			if (!cond_wait_until(&runner->wake, &runner->lock, until)) break;
		}
		if (runner->stopping && !runner->running) break;
		if (!runner->running) continue;
		pthread_mutex_unlock(&runner->lock);
		Request *rq = request_open(runner->app);
		if (request_write(rq, keep_write, runner) < 0)
			log_warn("event=job_lease error=%s message=\"%s\"", error_name(rq->error->code), rq->error->message);
		request_end(rq);
		pthread_mutex_lock(&runner->lock);
	}
	pthread_mutex_unlock(&runner->lock);
	return NULL;
}

/* --- start and stop -------------------------------------------------------------------------------------------------------- */
/* SQLite serves one process: whoever held a lease is gone. */
static int leases_clear(Request *rq, void *arg) {
	int64_t done = db_run(rq->db, "DELETE FROM job_lease", NO_BIND);
	return done < 0 ? (int)done : 0;
}

int runner_start(App *app, Error *error) {
	Request *rq = request_begin(app, "job");
	int code = rq->db ? 0 : ERR_BUSY;
	if (code == 0 && store_engine(app->store) == STORE_SQLITE) code = request_write(rq, leases_clear, NULL);
	int threads = code == 0 ? (int)setting_int(rq, "job.threads") : 0;
	if (code) error_set(error, code, "%s", rq->error->message);
	request_end(rq);
	if (code) return code;
	Runner *runner = calloc(1, sizeof *runner);
	if (!runner) abort();
	runner->app = app;
	runner->places = threads;
	runner->owner = store_new_id(app->store);
	cond_init_monotonic(&runner->wake);
	pthread_mutex_init(&runner->lock, NULL);
	pthread_mutex_init(&runner->taking, NULL);
	app->runner = runner;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&runner->threads[i], NULL, runner_main, runner) == 0) runner->thread_count++;
	if (pthread_create(&runner->keeper, NULL, keeper_main, runner) != 0) abort();
	return 0;
}

void runner_stop(App *app) {
	Runner *runner = app->runner;
	if (!runner) return;
	pthread_mutex_lock(&runner->lock);
	runner->stopping = true;
	for (JobRun *run = runner->running; run; run = run->next)
		atomic_store(&run->closing, true);
	pthread_cond_broadcast(&runner->wake);
	pthread_mutex_unlock(&runner->lock);
	for (int i = 0; i < runner->thread_count; i++)
		pthread_join(runner->threads[i], NULL);
	pthread_mutex_lock(&runner->lock);
	pthread_cond_broadcast(&runner->wake);
	pthread_mutex_unlock(&runner->lock);
	pthread_join(runner->keeper, NULL);
	app->runner = NULL;
	pthread_cond_destroy(&runner->wake);
	pthread_mutex_destroy(&runner->lock);
	pthread_mutex_destroy(&runner->taking);
	free(runner);
}
