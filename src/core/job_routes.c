/* job_routes: jobs as people see them: list, one, cancel, resume.
 * Thread: workers (reads) and writers. Lifetime: one request. */
#include "core/core_private.h"

#define JOB_COLUMNS                                                                                                              \
	"job_id, kind, resource_id, org_id, created_by, created_at, state, stage, done, total, stage_at, stage_done, "           \
	"progress_at,"                                                                                                           \
	" messages, args, result, error, attempt, cancel_requested, started_at, finished_at, version"

/* Names of resources are catalog's: asked once a job shown. */
static const void *resource_name(Request *rq, int64_t resource_id) {
	ResourceName name = {.resource_id = resource_id};
	if (resource_id == 0 || !action_known(rq->app, "resource.name")) return NULL;
	return action_run(rq, "resource.name", &name) < 0 ? NULL : name.name;
}

static const void *account_name(Request *rq, int64_t account_id) {
	AccountName name = {.account_id = account_id};
	if (account_id == 0 || !action_known(rq->app, "account.name")) return NULL;
	return action_run(rq, "account.name", &name) < 0 ? NULL : name.name;
}

static void pace_write(JsonWriter *json, Rows *rows, bool running) {
	int64_t done = rows_int(rows, 8), total = rows_int(rows, 9), since = rows_int(rows, 12) - rows_int(rows, 10);
	int64_t moved = done - rows_int(rows, 11);
	double rate = running && since > 0 && moved > 0 ? (double)moved * 1e6 / (double)since : 0;
	jw_kv_int(json, "done", done);
	jw_key(json, "total");
	if (total < 0)
		jw_null(json);
	else
		jw_int(json, total);
	jw_key(json, "rate");
	if (rate > 0)
		jw_int(json, (int64_t)(rate + 0.5));
	else
		jw_null(json);
	jw_key(json, "eta_s");
	if (rate > 0 && total >= done)
		jw_int(json, (int64_t)((double)(total - done) / rate + 0.5));
	else
		jw_null(json);
}

static void raw_write(JsonWriter *json, const char *key, Text text) {
	jw_key(json, key);
	if (text.at)
		jw_raw(json, text);
	else
		jw_null(json);
}

static void decref(void *json) {
	json_decref(json);
}

/* What is kept in English, shown in the caller's language. */
static void said_write(Request *rq, const char *key, Text text) {
	json_t *value = text.at ? json_loadb(text.at, text.len, JSON_DECODE_ANY, NULL) : NULL;
	if (value) {
		arena_on_free(rq->arena, decref, value);
		message_say_members(rq, value);
		text = text_of(json_text(rq->arena, value));
	}
	raw_write(&rq->json, key, text);
}

static void job_write(Request *rq, Rows *rows, const char *name, const char *creator) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_id(json, "job_id", rows_int(rows, 0));
	jw_kv_text(json, "kind", rows_text(rows, 1));
	jw_kv_id(json, "resource_id", rows_int(rows, 2));
	jw_kv_str(json, "resource_name", name);
	jw_kv_id(json, "org_id", rows_int(rows, 3));
	jw_kv_text(json, "state", rows_text(rows, 6));
	jw_kv_text(json, "stage", rows_text(rows, 7));
	pace_write(json, rows, text_is(rows_text(rows, 6), "running"));
	said_write(rq, "messages", rows_text(rows, 13));
	raw_write(json, "args", rows_text(rows, 14));
	raw_write(json, "result", rows_text(rows, 15));
	said_write(rq, "error", rows_text(rows, 16));
	jw_kv_id(json, "created_by", rows_int(rows, 4));
	jw_kv_str(json, "created_by_name", creator);
	jw_kv_time(json, "created_at", rows_int(rows, 5));
	jw_kv_time(json, "started_at", rows_int(rows, 19));
	jw_kv_time(json, "finished_at", rows_int(rows, 20));
	jw_kv_int(json, "attempt", rows_int(rows, 17));
	jw_kv_bool(json, "cancel_requested", rows_int(rows, 18) != 0);
	jw_kv_int(json, "version", rows_int(rows, 21));
	jw_object_end(json);
}

static int job_missing(Request *rq, int64_t job_id) {
	return fail(rq, ERR_NOT_FOUND, "There is no job %lld among those you may see", (long long)job_id);
}

int job_read(Request *rq, int64_t job_id) {
	/* the name is asked first: the row's texts are valid until the next call on this Db */
	Rows *rows;
	bool all = party_may(&rq->party, PERMIT_JOBS_READ) || party_may(&rq->party, PERMIT_LOAD); /* of its organisation */
	int found =
	    db_one(rq->db, &rows,
	           "SELECT resource_id, created_by FROM job WHERE job_id = $1 AND ((created_by = $2 AND created_by <> 0) OR"
	           " ($3 = 1 AND (org_id = $4 OR $5 = 1)))",
	           BIND(val_int(job_id), val_int(rq->party.account_id), val_int(all), val_int(rq->party.org_id),
	                val_int(rq->party.sees_all)));
	if (found <= 0) return found < 0 ? found : job_missing(rq, job_id);
	int64_t resource_id = rows_int(rows, 0), created_by = rows_int(rows, 1);
	const char *name = resource_name(rq, resource_id), *creator = account_name(rq, created_by);
	found = db_one(rq->db, &rows, "SELECT " JOB_COLUMNS " FROM job WHERE job_id = $1", BIND(val_int(job_id)));
	if (found <= 0) return found < 0 ? found : job_missing(rq, job_id);
	job_write(rq, rows, name, creator);
	return 0;
}

/* --- list ------------------------------------------------------------------------------------------------------------------- */
#define JOB_FILTER                                                                                                               \
	" FROM job WHERE 1 = 1/*if $1*/ AND org_id = $1/*end*//*if $2*/ AND resource_id = $2/*end*/"                             \
	"/*if $3*/ AND state = $3/*end*//*if $4*/ AND created_by = $4/*end*//*if $5*/ AND job_id < $5/*end*/"                    \
	" ORDER BY job_id DESC LIMIT $6"

static int jobs_list(Request *rq) {
	int limit = in_limit(rq), shown = 0, code;
	const Val args[] = {
	    rq->party.sees_all ? val_null() : val_int(rq->party.org_id),     asked_int(rq, "resource"), asked_text(rq, "state"),
	    in_int(rq, "mine") ? val_int(rq->party.account_id) : val_null(), asked_int(rq, "after"),    val_int(limit + 1)};
	enum { ARGS = sizeof args / sizeof *args };
	AskedSql about = asked_sql(rq, "SELECT resource_id, created_by" JOB_FILTER, args, ARGS),
	         page = asked_sql(rq, "SELECT " JOB_COLUMNS JOB_FILTER, args, ARGS);
	/* the page's resources and accounts get their names before its rows are open */
	LookUps *names = ARENA_NEW(rq->arena, LookUps), *creators = ARENA_NEW(rq->arena, LookUps);
	Rows *rows;
	code = db_query(rq->db, &rows, ASKED(about));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		look_up_want(names, rows_int(rows, 0));
		look_up_want(creators, rows_int(rows, 1));
	}
	if (code < 0) return code;
	look_up_all(rq, names, resource_name);
	look_up_all(rq, creators, account_name);
	code = db_query(rq->db, &rows, ASKED(page));
	if (code < 0) return code;
	int64_t last = 0;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	while ((code = rows_next(rows)) > 0 && shown < limit) {
		job_write(rq, rows, look_up_found(names, rows_int(rows, 2)), look_up_found(creators, rows_int(rows, 4)));
		last = rows_int(rows, 0);
		shown++;
	}
	rows_close(rows);
	if (code < 0) return code;
	answer_rows_end(rq, code > 0 ? last : 0);
	rq->row_count = shown;
	return 0;
}

static int job_get(Request *rq) {
	rq->about_subject = in_int(rq, "id");
	return job_read(rq, rq->about_subject);
}

/* --- cancel and resume ------------------------------------------------------------------------------------------------------ */
/* A queued job ends at once; a running one is asked, and ends itself (or is ended when its keeper is gone: by the next run). */
int job_cancel(Request *rq, int64_t job_id) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "UPDATE job SET cancel_requested = 1, version = version + 1,"
	                   " finished_at = CASE WHEN state = 'queued' THEN $4 ELSE finished_at END,"
	                   " state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END"
	                   " WHERE job_id = $1 AND (org_id = $2 OR $3 = 1) AND state IN ('queued', 'running') RETURNING version",
	                   BIND(val_int(job_id), val_int(rq->party.org_id), val_int(rq->party.sees_all), val_int(rq->now_us)));
	if (found < 0) return found;
	if (found > 0) return feed_append(rq->db, FEED_TOPIC_JOB, job_id, rows_int(rows, 0), FEED_STATE);
	int64_t other = 0;
	found = db_int(rq->db, &other, "SELECT job_id FROM job WHERE job_id = $1 AND (org_id = $2 OR $3 = 1)",
	               BIND(val_int(job_id), val_int(rq->party.org_id), val_int(rq->party.sees_all)));
	if (found <= 0) return found < 0 ? found : job_missing(rq, job_id);
	return fail(rq, ERR_CONFLICT, "The job has ended already; only a queued or running job can be cancelled");
}

static void resumed(void *app) {
	runner_wake(app);
}

int job_resume(Request *rq, int64_t job_id) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT kind, resource_id, CASE WHEN state IN ('failed', 'cancelled') AND finished_at >= $4 THEN 1 ELSE 0"
	           " END FROM job WHERE job_id = $1 AND (org_id = $2 OR $3 = 1)",
	           BIND(val_int(job_id), val_int(rq->party.org_id), val_int(rq->party.sees_all),
	                val_int(days_before(rq, "job.keep_days"))));
	if (found <= 0) return found < 0 ? found : job_missing(rq, job_id);
	const JobKind *kind = job_kind(rq->app, rows_text(rows, 0));
	int64_t resource_id = rows_int(rows, 1);
	bool ended = rows_int(rows, 2) != 0;
	int code = ended && kind && kind->changes ? job_alone(rq, resource_id) : 0;
	if (code < 0) return code;
	found = ended ? db_one(rq->db, &rows,
	                       "UPDATE job SET state = 'queued', cancel_requested = 0, stalls = 0, not_before = 0, error = NULL,"
	                       " finished_at = 0, version = version + 1 WHERE job_id = $1 AND state IN ('failed', 'cancelled')"
	                       " RETURNING version",
	                       BIND(val_int(job_id)))
	              : 0;
	if (found < 0) return found;
	if (found > 0) {
		db_after_commit(rq->db, resumed, rq->app);
		return feed_append(rq->db, FEED_TOPIC_JOB, job_id, rows_int(rows, 0), FEED_STATE);
	}
	return fail(rq, ERR_CONFLICT,
	            "The job is queued, running, done or too old; only a failed or cancelled job can be resumed, within %lld "
	            "days of its end",
	            (long long)setting_int(rq, "job.keep_days"));
}

static int job_post(Request *rq, int (*change)(Request *rq, int64_t job_id)) {
	rq->about_subject = in_int(rq, "id");
	int code = change(rq, rq->about_subject);
	return code < 0 ? code : job_read(rq, rq->about_subject);
}

static int job_cancel_post(Request *rq) {
	return job_post(rq, job_cancel);
}

static int job_resume_post(Request *rq) {
	return job_post(rq, job_resume);
}

/* --- rows -------------------------------------------------------------------------------------------------------------- */
static const InputField list_inputs[] = {
    {"resource", IN_QUERY, TYPE_ID, .doc = "only jobs of this resource"},
    {"state", IN_QUERY, TYPE_ENUM, .choices = "queued|running|reconciled|failed|cancelled", .doc = "only jobs in this state"},
    {"mine", IN_QUERY, TYPE_BOOL, .doc = "only jobs I created"},
    {"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "jobs a page, 50 when absent"},
    {0},
};
static const InputField one_inputs[] = {
    ID_PATH("job"),
    {0},
};
static const OutputField list_outputs[] = {
    {"items", "Job[]", "newest first"},
    {"next", "string|null", "cursor of the next page"},
    {0},
};
static const OutputField job_outputs[] = {
    {"job_id", "string", "job"},
    {"kind", "string", "what it does, e.g. exchange.load"},
    {"resource_id", "string", "resource it works on, 0 = none"},
    {"resource_name", "string|null", "its name"},
    {"org_id", "string", "organisation it belongs to"},
    {"state", "\"queued\"|\"running\"|\"reconciled\"|\"failed\"|\"cancelled\"", "how far it is"},
    {"stage", "string", "what it does now"},
    {"done", "number", "of total, in this stage: bytes of the file while it is read, else rows"},
    {"total", "number|null", "null = not known"},
    {"rate", "number|null", "a second, in this stage"},
    {"eta_s", "number|null", "seconds this stage still takes at this rate"},
    {"messages", "{at: string, text: string}[]", "the last ten"},
    {"args", "unknown", "as given at creation"},
    {"result", "unknown", "when reconciled"},
    {"error", "unknown", "code, message, field, value, rule, advice when failed or waiting to try again"},
    {"created_by", "string", "account"},
    {"created_by_name", "string|null", "its name; null for the program itself"},
    {"created_at", "string", "time"},
    {"started_at", "string|null", "time of the first run"},
    {"finished_at", "string|null", "time"},
    {"attempt", "number", "runs so far: more than 1 after a take-over or resume"},
    {"cancel_requested", "boolean", "asked to stop"},
    {"version", "number", "rises with each change"},
    {0},
};

const Route job_routes[JOB_ROUTES] = {
    {"GET", "/api/v1/jobs", PERMIT_JOBS_READ, LANE_READ, jobs_list, "job.list",
     "Lists jobs of one's own organisation (the data bureau: all), newest first.", .inputs = list_inputs,
     .outputs = list_outputs},
    {"GET", "/api/v1/jobs/{id}", PERMIT_LOGIN, LANE_READ, job_get, "job.get",
     "Gives one job with its progress and result: to whoever began it, and with jobs.read to its organisation.",
     .inputs = one_inputs, .outputs = job_outputs},
    {"POST", "/api/v1/jobs/{id}/cancel", PERMIT_LOAD, LANE_WRITE, job_cancel_post, "job.cancel",
     "Asks a job to stop; a queued one ends at once.", .inputs = one_inputs, .outputs = job_outputs},
    {"POST", "/api/v1/jobs/{id}/resume", PERMIT_LOAD, LANE_WRITE, job_resume_post, "job.resume",
     "Queues a failed or cancelled job again; it goes on from its last checkpoint.", .inputs = one_inputs,
     .outputs = job_outputs},
};
