/* The job life.destroy: takes the records of a reviewed list out, chunk by chunk, reads back that none is left, and signs the
 * destruction certificate (销毁证明). Where it stands is kept in the list's own row, in the same write as each chunk, so that a
 * killed job goes on where it stopped and no chunk counts twice. On a job's thread. */
#include "life/internal.h"

typedef struct Work {
	Job *job;
	Destruction list;
	const Resource *resource;
	SigningKey *key;
	int64_t left;
	int chunk;           /* rows the last write took out */
	int64_t after, next; /* record id the pass has come to, and with the write under way */
} Work;

/* --- before each chunk ----------------------------------------------------------------------------------------------- */
/* Under the resource's lock: a hold placed meanwhile stops the job; so does an entry changed before it began. */
static int may_go_on(Request *w, Work *work) {
	int code = db_lock(w->db, "life.resource", work->list.resource_id);
	if (code == 0) code = destruction_load(w, work->list.id, &work->list);
	if (code < 0) return code;
	if (strcmp(work->list.state, "approved") != 0 || work->list.job_id != work->job->job_id)
		return fail(w, ERR_CONFLICT, "the destruction list is not approved any more");
	if (work->list.held)
		return error_field(w->error, ERR_CONFLICT, "id", TEXT_NONE, "held", "wait until the data bureau lifts the hold",
		                   "the resource is on hold: nothing of it may be destroyed");
	Rows *rows; /* as it is in this write: a withdrawn entry that was published again is in use */
	code = db_one(w->db, &rows, "SELECT published_version, state FROM resource WHERE resource_id = $1",
	              BIND(val_int(work->list.resource_id)));
	if (code <= 0) return code < 0 ? code : fail(w, ERR_INTERNAL, "the resource of the list is gone");
	bool in_use = work->list.rule.all && !text_is(rows_text(rows, 1), "withdrawn");
	if (!in_use && (work->list.begun_us || rows_int(rows, 0) == work->list.resource_version)) return 0;
	return error_field(w->error, ERR_CONFLICT, "id", TEXT_NONE, "entry_changed",
	                   "return the list; the next look makes it anew", "the entry was changed since the list was made");
}

/* Fenced by the job's lease, in the same write as what it took out. */
static int progress_keep(Request *w, Work *work) {
	Destruction *list = &work->list;
	int64_t done = db_run(w->db,
	                      "UPDATE destruction SET begun_us = CASE WHEN begun_us = 0 THEN $2 ELSE begun_us END, done = $3,"
	                      " done_count = $4, quarantine_done = $5 WHERE destruction_id = $1",
	                      BIND(val_int(list->id), val_int(w->now_us), val_str(table_digest_text(w->arena, &list->done)),
	                           val_int(list->done.count), val_int(list->quarantine_done)));
	if (done < 0) return (int)done;
	json_t *checkpoint =
	    json_pack("{s:I, s:I}", "destroyed", (json_int_t)list->done.count, "quarantine", (json_int_t)list->quarantine_done);
	int code = job_checkpoint(w, work->job, checkpoint);
	json_decref(checkpoint);
	return code;
}

static int records_write(Request *w, void *arg) {
	Work *work = arg;
	int code = may_go_on(w, work);
	if (code < 0) return code;
	work->next = work->after; /* the write may run again */
	work->chunk = past_destroy(w, work->resource, &work->list.rule, &work->next, &work->list.done);
	return work->chunk < 0 ? work->chunk : progress_keep(w, work);
}

static int quarantine_write(Request *w, void *arg) {
	Work *work = arg;
	int code = may_go_on(w, work);
	if (code < 0) return code;
	work->chunk = quarantine_destroy(w, work->list.resource_id, work->list.quarantine_before);
	if (work->chunk < 0) return work->chunk;
	work->list.quarantine_done += work->chunk;
	return progress_keep(w, work);
}

/* --- stages ---------------------------------------------------------------------------------------------------------- */
/* What is there must be what was reviewed: the same rows, or fewer where some changed since. Before anything is taken out. */
static int stage_verify(Request *rq, Work *work) {
	PastRule rule = work->list.rule;
	PastCount now;
	int code = job_progress(rq, work->job, "verify", 0, -1);
	if (code == 0) code = past_count_of(rq, work->resource, &rule, &now);
	if (code < 0) return code;
	bool same = now.digest.count < work->list.listed.count || table_digest_eq(&now.digest, &work->list.listed);
	if (now.digest.count <= work->list.listed.count && same) return 0;
	return fail(rq, ERR_CONFLICT, "what is stored is not what was listed (%s, listed %s): nothing was destroyed",
	            table_digest_text(rq->arena, &now.digest), table_digest_text(rq->arena, &work->list.listed));
}

static int stage_chunks(Request *rq, Work *work, const char *stage, int (*write)(Request *w, void *arg), int64_t total) {
	int code = job_progress(rq, work->job, stage, 0, total);
	for (int64_t done = 0; code == 0; done += work->chunk) {
		code = request_write_bulk(rq, write, work);
		if (code < 0 || work->chunk == 0) break;
		work->after = work->next;
		code = job_progress(rq, work->job, stage, done + work->chunk, total);
	}
	return code < 0 ? code : 0;
}

static int stage_read_back(Request *rq, Work *work) {
	int code = job_progress(rq, work->job, "read_back", 0, -1);
	if (code < 0) return code;
	work->left = past_left(rq, work->resource, &work->list.rule);
	int64_t refused = work->left < 0 ? 0 : quarantine_past(rq, work->list.resource_id, work->list.quarantine_before);
	if (work->left < 0 || refused < 0) return (int)(work->left < 0 ? work->left : refused);
	if (work->left + refused > 0)
		return fail(rq, ERR_CONFLICT, "%lld listed records and %lld refused rows are still there: resume the job",
		            (long long)work->left, (long long)refused);
	const Destruction *list = &work->list;
	bool same_entry = work->resource->version == list->resource_version;
	bool equal = list->done.count < list->listed.count || !same_entry || table_digest_eq(&list->done, &list->listed);
	if (list->done.count <= list->listed.count && equal) return 0;
	return fail(rq, ERR_CONFLICT, "what was destroyed (%s) is not what was listed (%s)",
	            table_digest_text(rq->arena, &list->done), table_digest_text(rq->arena, &list->listed));
}

/* --- the certificate ------------------------------------------------------------------------------------------------- */
static const char *time_text(Arena *arena, int64_t us) {
	char at[CLOCK_TEXT_MAX];
	return us ? arena_strdup(arena, clock_format(us, at)) : NULL;
}

static json_t *certificate_body(Request *w, const Work *work, int64_t certificate_id) {
	const Destruction *list = &work->list;
	Arena *arena = w->arena;
	char day[CLOCK_TEXT_MAX];
	bool same_entry = work->resource->version == list->resource_version;
	json_t *rule =
	    json_pack("{s:s, s:i, s:s?, s:s?}", "scope", list->scope, "retention_months", list->months, "field",
	              *list->field ? list->field : NULL, "kept_from", list->kept_from ? date_format(list->kept_from, day) : NULL);
	json_t *listed = json_pack("{s:I, s:s, s:I, s:s?, s:s?}", "count", (json_int_t)list->listed.count, "digest",
	                           table_digest_text(arena, &list->listed), "quarantine", (json_int_t)list->quarantine_listed,
	                           "first", time_text(arena, list->first_us), "last", time_text(arena, list->last_us));
	/* a digest is over the fields of one version of the entry */
	json_t *destroyed =
	    json_pack("{s:I, s:s?, s:I, s:I}", "count", (json_int_t)list->done.count, "digest",
	              same_entry ? table_digest_text(arena, &list->done) : NULL, "quarantine", (json_int_t)list->quarantine_done,
	              "kept_because_changed", (json_int_t)(list->listed.count - list->done.count));
	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:o, s:o, s:o, s:I, s:s, s:s, s:s?, s:s, s:s?, s:s?, s:s}",
	    "format", "yiwang.destruction-certificate/1", "certificate_id",
	    arena_printf(arena, "%lld", (long long)certificate_id), "destruction_id",
	    arena_printf(arena, "%lld", (long long)list->id), "job_id", arena_printf(arena, "%lld", (long long)work->job->job_id),
	    "resource_id", arena_printf(arena, "%lld", (long long)list->resource_id), "resource_code", work->resource->code,
	    "resource_name", work->resource->name, "resource_version", list->resource_version, "keeper_org_id",
	    arena_printf(arena, "%lld", (long long)list->org_id), "outcome", "reconciled", "rule", rule, "listed", listed,
	    "destroyed", destroyed, "left", (json_int_t)work->left, "digest_canon", "v1", "proposed_by", list->proposed_login,
	    "proposed_at", time_text(arena, list->proposed_us), "reviewed_by", list->reviewed_login, "reviewed_at",
	    time_text(arena, list->reviewed_us), "begun_at", time_text(arena, list->begun_us), "destroyed_at",
	    time_text(arena, w->now_us));
}

static int evidence_keep(Request *w, const Work *work, int64_t certificate_id) {
	EvidenceEntry entry;
	evidence_entry(w, &entry);
	entry.action = "life.destroyed";
	entry.resource_id = work->list.resource_id;
	entry.subject_id = work->list.id;
	entry.row_count = work->list.done.count;
	entry.status = 200;
	entry.detail = arena_printf(w->arena, "{\"digest\":\"%s\",\"quarantine\":%lld,\"certificate\":\"%lld\",\"job\":\"%lld\"}",
	                            table_digest_text(w->arena, &work->list.done), (long long)work->list.quarantine_done,
	                            (long long)certificate_id, (long long)work->job->job_id);
	return evidence_write(w, &entry);
}

/* Certificate, list, evidence and the job's end together, or nothing of it. */
static int finish_write(Request *w, void *arg) {
	Work *work = arg;
	int64_t certificate_id = store_new_id(w->store);
	json_t *document;
	int code = may_go_on(w, work);
	if (code == 0) code = past_settle(w, work->resource, work->list.rule.all);
	if (code == 0) code = receipt_sign(w, work->key, certificate_body(w, work, certificate_id), &document);
	if (code == 0) code = receipt_put(w, certificate_id, work->job->job_id, work->list.resource_id, document);
	if (code == 0) code = evidence_keep(w, work, certificate_id);
	if (code < 0) return code;
	int64_t done = db_run(w->db,
	                      "UPDATE destruction SET state = 'destroyed', version = version + 1, ended_us = $2, begun_us ="
	                      " CASE WHEN begun_us = 0 THEN $2 ELSE begun_us END WHERE destruction_id = $1",
	                      BIND(val_int(work->list.id), val_int(w->now_us)));
	if (done < 0) return (int)done;
	json_t *result =
	    json_pack("{s:I, s:I, s:s, s:s}", "deleted", (json_int_t)work->list.done.count, "quarantine",
	              (json_int_t)work->list.quarantine_done, "target_digest", table_digest_text(w->arena, &work->list.done),
	              "receipt_id", arena_printf(w->arena, "%lld", (long long)certificate_id));
	code = job_finish(w, work->job, JOB_RECONCILED, result);
	json_decref(result);
	return code;
}

int destroy_job_run(Request *rq, Job *job) {
	Work *work = ARENA_NEW(rq->arena, Work);
	int64_t id = 0;
	*work = (Work){.job = job};
	const char *text = json_string_value(json_object_get(job->args, "destruction_id"));
	if (!text || text_to_int(text_of(text), &id) < 0) return fail(rq, ERR_INTERNAL, "the job names no destruction list");
	int code = destruction_load(rq, id, &work->list);
	if (code == 0) code = resource_any(rq, work->list.resource_id, &work->resource);
	if (code == 0) code = receipt_key(rq, &work->key);
	if (code == 0 && work->list.begun_us == 0) code = stage_verify(rq, work);
	if (code == 0) code = stage_chunks(rq, work, "destroy", records_write, work->list.listed.count - work->list.done.count);
	if (code == 0)
		code = stage_chunks(rq, work, "quarantine", quarantine_write,
		                    work->list.quarantine_listed - work->list.quarantine_done);
	if (code == 0) code = stage_read_back(rq, work);
	if (code == 0) code = request_write(rq, finish_write, work);
	if (code == 0 && work->list.rule.all) code = generation_cleanup(rq);
	return code < 0 ? code : 0;
}
