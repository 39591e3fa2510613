/* job: long work as rows of table `job`: creation, progress, checkpoints and results, fenced by the epoch of the run.
 * Thread: creation in any write; the rest on the job thread that runs the job. Lifetime: a JobRun is one run in this process.
 * Leases are a table of their own: renewing them does not collide with the transactions that move the job's row. */
#include "core/core_private.h"
#include <assert.h>

const Migration core_migrations[CORE_MIGRATIONS] = {
    {
        .name = "core-1",
        .sql =
            "/* spread: reference. what people changed from the modules' defaults */"
            "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL, version BIGINT NOT NULL);\n"
            "/* spread: reference. messages, args, checkpoint, result, error are JSON; times are UTC microseconds, 0 = not yet;"
            " epoch rises with each run; stalls = runs since the last checkpoint; not_before: a failed run waits */"
            "CREATE TABLE job (job_id BIGINT PRIMARY KEY, kind TEXT NOT NULL, resource_id BIGINT NOT NULL, org_id BIGINT NOT "
            "NULL,"
            " created_by BIGINT NOT NULL, created_at BIGINT NOT NULL, state TEXT NOT NULL, stage TEXT NOT NULL,"
            " done BIGINT NOT NULL, total BIGINT NOT NULL, stage_at BIGINT NOT NULL, stage_done BIGINT NOT NULL,"
            " progress_at BIGINT NOT NULL, messages TEXT NOT NULL, args TEXT NOT NULL, checkpoint TEXT NOT NULL, result TEXT,"
            " error TEXT, attempt BIGINT NOT NULL, stalls BIGINT NOT NULL, not_before BIGINT NOT NULL,"
            " cancel_requested BIGINT NOT NULL, epoch BIGINT NOT NULL, started_at BIGINT NOT NULL, finished_at BIGINT NOT NULL,"
            " version BIGINT NOT NULL);\n"
            "CREATE INDEX job_waiting ON job (job_id) WHERE state IN ('queued', 'running');\n"
            "CREATE INDEX job_resource ON job (resource_id, job_id);\n"
            "CREATE INDEX job_org ON job (org_id, job_id);\n"
            "/* spread: reference. who runs a job and until when */"
            "CREATE TABLE job_lease (job_id BIGINT PRIMARY KEY, owner BIGINT NOT NULL, until_us BIGINT NOT NULL)",
    },
    {
        .name = "core-2",
        .sql =
            "/* spread: reference. when a chore was last done to its end; slot: of the process that did it for itself, else -1 */"
            "CREATE TABLE chore (name TEXT NOT NULL, slot BIGINT NOT NULL, done_at BIGINT NOT NULL, PRIMARY KEY (name, slot))",
    },
    {
        .name = "core-3",
        .sql =
            "/* outside: the target or source whose server the job waits for, 0 = none (job_runner.c: who may hold a runner) */"
            "ALTER TABLE job ADD COLUMN outside BIGINT NOT NULL DEFAULT 0",
    },
};

const Setting core_settings[CORE_SETTINGS] = {
    {"chores.seconds", "60", "Seconds between two looks for housekeeping that is due (read when the program starts)", 1, 60},
    {"feed.keep_days", "30", "Days after which entries of the feed are removed, once every durable reader has passed them", 1,
     3660},
    {"job.keep_days", "30", "Days after its end in which a failed or cancelled job can be resumed; then its messages go", 1,
     3660},
    {"job.threads", "4", "Jobs run at the same time by one process (read when it starts)", 1, 16},
    {"server.names", "",
     "Names (host or host:port, commas between) by which people reach this server without a trusted proxy; links are made with "
     "these only",
     .good = server_names_good, .advice = "Write host or host:port, commas between, without http://."},
};

const char *job_state_name(JobState state) {
	static const char *const names[] = {"queued", "running", "reconciled", "failed", "cancelled"};
	return names[state];
}

static void json_free(void *text) {
	free(text);
}

char *json_text(Arena *arena, const json_t *value) {
	char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	assert(text);
	arena_on_free(arena, json_free, text);
	return text;
}

static void wake_after(void *app) {
	runner_wake(app);
}

int job_create(Request *rq, const char *kind, int64_t resource_id, int64_t org_id, const json_t *args, int64_t *out) {
	return job_create_outside(rq, kind, resource_id, org_id, args, 0, out);
}

int job_create_outside(Request *rq, const char *kind, int64_t resource_id, int64_t org_id, const json_t *args, int64_t outside,
                       int64_t *out) {
	assert(rq->in_write);
	int64_t job_id = store_new_id(rq->store);
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO job (job_id, kind, resource_id, org_id, created_by, created_at, state, stage, done, total,"
	           " stage_at, stage_done, progress_at, messages, args, checkpoint, attempt, stalls, not_before,"
	           " cancel_requested, epoch, started_at, finished_at, version, outside)"
	           " VALUES ($1, $2, $3, $4, $5, $6, 'queued', '', 0, -1, 0, 0, 0, '[]', $7, '{}', 0, 0, 0, 0, 0, 0, 0, 1, $8)",
	           BIND(val_int(job_id), val_str(kind), val_int(resource_id), val_int(org_id), val_int(rq->party.account_id),
	                val_int(rq->now_us), val_str(args ? json_text(rq->arena, args) : "{}"), val_int(outside)));
	if (done < 0) return (int)done;
	int code = feed_append(rq->db, FEED_TOPIC_JOB, job_id, 1, FEED_INSERT);
	if (code < 0) return code;
	db_after_commit(rq->db, wake_after, rq->app);
	*out = job_id;
	return 0;
}

int job_alone(Request *rq, int64_t resource_id) {
	Rows *rows;
	int64_t other = 0;
	int code = db_lock(rq->db, "job.alone", resource_id);
	if (code == 0)
		code = db_query(rq->db, &rows,
		                "SELECT job_id, kind FROM job WHERE resource_id = $1 AND state IN ('queued', 'running')",
		                BIND(val_int(resource_id)));
	while (code >= 0 && !other && (code = rows_next(rows)) > 0) {
		const JobKind *kind = job_kind(rq->app, rows_text(rows, 1));
		if (kind && kind->changes) other = rows_int(rows, 0);
	}
	if (code < 0) return code;
	rows_close(rows);
	if (!other) return 0;
	return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "job_active", "Wait for it or cancel it.",
	                   "job %lld is already changing this resource", (long long)other);
}

/* --- fenced changes of a running job ------------------------------------------------------------------------------------ */
/* In a write: a row that this run no longer owns is left alone. 0 or ERR_GONE. */
static int fenced(Request *rq, JobRun *run, Rows *rows, int found) {
	if (found < 0) return found;
	if (found == 0) {
		atomic_store(&run->lost, true);
		return fail(rq, ERR_GONE, "another process has taken over job %lld", (long long)run->job->job_id);
	}
	if (rows_int(rows, 0)) atomic_store(&run->stop, true);
	int64_t version = rows_int(rows, 1);
	return feed_append(rq->db, FEED_TOPIC_JOB, run->job->job_id, version, FEED_STATE);
}

static int progress_write(Request *rq, void *arg) {
	JobRun *run = arg;
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "UPDATE job SET stage = $3, done = $4, total = $5, stage_at = $6, stage_done = $7, progress_at = $8,"
	                   " messages = $9, version = version + 1 WHERE job_id = $1 AND epoch = $2 AND state = 'running'"
	                   " RETURNING cancel_requested, version",
	                   BIND(val_int(run->job->job_id), val_int(run->epoch), val_str(run->stage), val_int(run->done),
	                        val_int(run->total), val_int(run->stage_at), val_int(run->stage_done), val_int(clock_now_us()),
	                        val_str(json_text(rq->arena, run->messages))));
	return fenced(rq, run, rows, found);
}

static int run_asked(Request *rq, JobRun *run) {
	if (atomic_load(&run->lost))
		return fail(rq, ERR_GONE, "another process has taken over job %lld", (long long)run->job->job_id);
	if (atomic_load(&run->stop)) return fail(rq, ERR_CANCELLED, "the job was cancelled");
	if (atomic_load(&run->closing))
		return fail(rq, ERR_CANCELLED, "the program is stopping; the job goes on when it runs again");
	return 0;
}

static int progress_flush(Request *rq, JobRun *run) {
	run->written_at = clock_monotonic_us();
	return rq->in_write ? progress_write(rq, run) : request_write(rq, progress_write, run);
}

int job_progress(Request *rq, Job *job, const char *stage, int64_t done, int64_t total) {
	JobRun *run = job->run;
	bool changed = strcmp(run->stage, stage) != 0;
	if (changed) {
		snprintf(run->stage, sizeof run->stage, "%s", stage);
		run->stage_at = clock_now_us();
		run->stage_done = done;
	}
	run->done = done;
	run->total = total;
	if (changed || clock_monotonic_us() - run->written_at >= 500000) {
		int code = progress_flush(rq, run);
		if (code < 0) return code;
	}
	return run_asked(rq, run);
}

int job_note(Request *rq, Job *job, const char *message) {
	JobRun *run = job->run;
	char at[CLOCK_TEXT_MAX];
	char text[513];
	snprintf(text, sizeof text, "%s", message);
	size_t len = strlen(text);
	while (len > 0 && !utf8_valid((Text){text, len}))
		len--; /* a cut must not split a character */
	json_array_append_new(run->messages, json_pack("{s:s, s:s%}", "at", clock_format(clock_now_us(), at), "text", text, len));
	while (json_array_size(run->messages) > MESSAGES_MAX)
		json_array_remove(run->messages, 0);
	if (clock_monotonic_us() - run->written_at < 500000) return run_asked(rq, run); /* goes out with the next progress */
	int code = progress_flush(rq, run);
	return code < 0 ? code : run_asked(rq, run);
}

int job_checkpoint(Request *rq, Job *job, json_t *checkpoint) {
	assert(rq->in_write);
	JobRun *run = job->run;
	int64_t moved =
	    db_run(rq->db, "UPDATE job SET checkpoint = $3, stalls = 0 WHERE job_id = $1 AND epoch = $2 AND state = 'running'",
	           BIND(val_int(job->job_id), val_int(run->epoch), val_str(json_text(rq->arena, checkpoint))));
	if (moved < 0) return (int)moved;
	if (moved == 0) {
		atomic_store(&run->lost, true);
		return fail(rq, ERR_GONE, "another process has taken over job %lld", (long long)job->job_id);
	}
	return 0;
}

static int job_end(Request *rq, JobRun *run, JobState state, const char *result, const char *error) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "UPDATE job SET state = $3, result = $4, error = $5, finished_at = $6, progress_at = $6, stage = $7, done = $8,"
	    " total = $9, messages = $10, version = version + 1 WHERE job_id = $1 AND epoch = $2 AND state = 'running'"
	    " RETURNING 0, version",
	    BIND(val_int(run->job->job_id), val_int(run->epoch), val_str(job_state_name(state)), val_str(result), val_str(error),
	         val_int(clock_now_us()), val_str(run->stage), val_int(run->done), val_int(run->total),
	         val_str(json_text(rq->arena, run->messages))));
	int code = fenced(rq, run, rows, found);
	if (code < 0) return code;
	int64_t dropped = db_run(rq->db, "DELETE FROM job_lease WHERE job_id = $1", BIND(val_int(run->job->job_id)));
	return dropped < 0 ? (int)dropped : 0;
}

int job_finish(Request *rq, Job *job, JobState state, const json_t *result) {
	assert(rq->in_write && state >= JOB_RECONCILED);
	JobRun *run = job->run;
	if (state == JOB_RECONCILED) {
		snprintf(run->stage, sizeof run->stage, "done");
		run->done = run->total < 0 ? run->done : run->total;
	}
	int code = job_end(rq, run, state, result ? json_text(rq->arena, result) : NULL, NULL);
	if (code) return code;
	run->finished = true; /* a failed commit fails the run(), which is then asked no more whether it finished */
	run->final = state;
	return 0;
}

/* --- how a run ends that did not finish by itself ------------------------------------------------------------------------ */
typedef struct Ending {
	JobRun *run;
	JobState state;
	const char *error;
	int64_t not_before;
} Ending;

static int ending_write(Request *rq, void *arg) {
	Ending *ending = arg;
	JobRun *run = ending->run;
	if (ending->state != JOB_QUEUED) return job_end(rq, run, ending->state, NULL, ending->error);
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "UPDATE job SET state = 'queued', not_before = $3, error = $4, messages = $5, version = version + 1"
	                   " WHERE job_id = $1 AND epoch = $2 AND state = 'running' RETURNING 0, version",
	                   BIND(val_int(run->job->job_id), val_int(run->epoch), val_int(ending->not_before),
	                        val_str(ending->error), val_str(json_text(rq->arena, run->messages))));
	int code = fenced(rq, run, rows, found);
	if (code < 0) return code;
	int64_t dropped = db_run(rq->db, "DELETE FROM job_lease WHERE job_id = $1", BIND(val_int(run->job->job_id)));
	return dropped < 0 ? (int)dropped : 0;
}

static char *error_text(Arena *arena, const Error *error) {
	json_t *object = json_pack("{s:s, s:s}", "code", error_name(error->code), "message", error->message);
	if (!object)
		object = json_pack("{s:s, s:s}", "code", error_name(error->code), "message", "(the message was not valid UTF-8)");
	const struct {
		const char *name, *value;
	} more[] = {{"field", error->field}, {"value", error->value}, {"rule", error->rule}, {"advice", error->advice}};
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (more[i].value[0]) json_object_set_new(object, more[i].name, json_string(more[i].value));
	char *text = json_text(arena, object);
	json_decref(object);
	return text;
}

int job_fail(Request *rq, JobRun *run, int code) {
	Ending ending = {.run = run, .state = JOB_FAILED};
	if (atomic_load(&run->lost)) return ERR_GONE;
	if (code == ERR_CANCELLED && atomic_load(&run->stop))
		ending.state = JOB_CANCELLED;
	else if (code == ERR_CANCELLED && atomic_load(&run->closing))
		ending.state = JOB_QUEUED;
	else if ((code == ERR_BUSY || code == ERR_RETRY) && run->job->attempt < 20) { /* the store was away: later again */
		int64_t wait = INT64_C(1000000) << (run->job->attempt < 6 ? run->job->attempt : 6);
		ending.state = JOB_QUEUED;
		ending.not_before = clock_now_us() + wait;
	} else if (rq->error->code == 0)
		error_set(rq->error, code < 0 ? code : ERR_INTERNAL, "the job %s ended without a result", run->job->kind);
	if (ending.state == JOB_FAILED || ending.not_before) ending.error = error_text(rq->arena, rq->error);
	error_clear(rq->error);
	return request_write(rq, ending_write, &ending);
}
