/* limits: after a class got other limits and an officer says so: open events of the class take them over, each by an event of its
 * case from which its clock is worked out anew. A job; goes on where it stopped. */
#include "event/internal.h"

enum { PORTION = 50 }; /* short: a step of one of these cases meanwhile runs the portion again */

int limits_post(Request *rq) {
	const EventClass *class;
	int64_t job_id;
	int code = event_class_find(rq, in_text(rq, "code"), 0, &class);
	if (code == ERR_NOT_FOUND)
		return error_field(rq->error, ERR_NOT_FOUND, "code", in_text(rq, "code"), "class_unknown",
		                   "Choose one of the list of classes.", "There is no such class of events");
	if (code < 0) return code;
	json_t *args = json_pack("{s:s}", "class", class->code);
	code = job_create(rq, "event.limits", 0, rq->party.org_id, args, &job_id);
	json_decref(args);
	if (code < 0) return code;
	rq->status = 202;
	rq->about = arena_printf(rq->arena, "{\"class\":\"%s\",\"job\":\"%lld\"}", class->code, (long long)job_id);
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "job_id", job_id);
	jw_object_end(&rq->json);
	return 0;
}

/* Open events of a class or of the small ones of a big class, beyond a case. */
#define TO_TAKE                                                                                                                  \
	" FROM event e JOIN work_case c ON c.case_id = e.case_id WHERE substr(e.class_code, 1, length($1)) = $1 AND"             \
	" c.closed_at = 0 AND e.case_id > $2"

typedef struct Portion {
	Job *job;
	const char *code;
	int64_t after, seen, changed; /* as of the last durable portion */
	int64_t next_after, next_seen, next_changed;
} Portion;

/* The limits of its class, and what whoever sent it wants sooner: of a part, whoever sent the whole. Until it is dispatched the
 * latter stands aside, as dispatching reckons with it. */
static int limits_of(Request *rq, const Event *event, const EventClass *class, const json_t **out) {
	Rows *rows;
	*out = class_limits(rq, class, event->condition_no);
	int found =
	    db_one(rq->db, &rows,
	           "SELECT CASE WHEN c.stage IN ('dispose', 'handle', 'parts') THEN c.begun_us ELSE 0 END, c.supplier_org,"
	           " COALESCE(p.outside_due_us, 0) FROM work_case c LEFT JOIN event p ON p.case_id = c.parent_id AND"
	           " c.parent_id <> 0 WHERE c.case_id = $1",
	           BIND(val_int(event->case_id)));
	if (found <= 0) return found;
	int64_t begun_us = rows_int(rows, 0), due_us = event->outside_due_us ? event->outside_due_us : rows_int(rows, 2);
	if (!due_us || (!begun_us && !rows_int(rows, 1))) return 0;
	return limits_sooner(rq, due_us, begun_us ? begun_us : rq->now_us, out);
}

/* 1 its limits may have changed. Where its condition is gone from the class it keeps what it has. */
static int event_take(Request *rq, const Event *event) {
	const EventClass *class;
	int code = event_class_find(rq, text_of(event->class_code), 0, &class);
	if (code < 0) return code;
	if (event->condition_no && !class_condition(class, event->condition_no)) return 0;
	const json_t *limits;
	if ((code = limits_of(rq, event, class, &limits)) < 0 || (code = case_limits_set(rq, event->case_id, limits)) < 0)
		return code;
	code = (int)db_run(rq->db, "UPDATE event SET class_version = $2, version = version + 1 WHERE case_id = $1",
	                   BIND(val_int(event->case_id), val_int(class->version)));
	return code < 0 ? code : 1;
}

static int portion_write(Request *rq, void *arg) {
	Portion *portion = arg;
	int64_t ids[PORTION];
	Rows *rows;
	int count = 0, code = db_query(rq->db, &rows, "SELECT e.case_id" TO_TAKE " ORDER BY e.case_id LIMIT $3",
	                               BIND(val_str(portion->code), val_int(portion->after), val_int(PORTION)));
	if (code < 0) return code;
	while (count < PORTION && (code = rows_next(rows)) > 0)
		ids[count++] = rows_int(rows, 0);
	rows_close(rows);
	portion->next_changed = portion->changed;
	for (int i = 0; i < count && code >= 0; i++) {
		Event event;
		if ((code = event_find(rq, ids[i], &event)) == 0) code = event_take(rq, &event);
		portion->next_changed += code > 0;
	}
	if (code < 0) return code;
	portion->next_after = count ? ids[count - 1] : portion->after;
	portion->next_seen = portion->seen + count;
	json_t *mark = json_pack("{s:I,s:I,s:I}", "after", (json_int_t)portion->next_after, "seen",
	                         (json_int_t)portion->next_seen, "changed", (json_int_t)portion->next_changed);
	code = job_checkpoint(rq, portion->job, mark);
	json_decref(mark);
	return code < 0 ? code : count;
}

static int limits_end(Request *rq, void *arg) {
	Portion *portion = arg;
	json_t *result = json_pack("{s:I,s:I}", "seen", (json_int_t)portion->seen, "changed", (json_int_t)portion->changed);
	int code = job_finish(rq, portion->job, JOB_RECONCILED, result);
	json_decref(result);
	return code;
}

int limits_job(Request *rq, Job *job) {
	Portion portion = {.job = job,
	                   .code = json_string_value(json_object_get(job->args, "class")),
	                   .after = json_integer_value(json_object_get(job->checkpoint, "after")),
	                   .seen = json_integer_value(json_object_get(job->checkpoint, "seen")),
	                   .changed = json_integer_value(json_object_get(job->checkpoint, "changed"))};
	int64_t left = 0;
	request_generation_check(rq); /* the class as it is now */
	int code = db_int(rq->db, &left, "SELECT count(*)" TO_TAKE, BIND(val_str(portion.code), val_int(portion.after)));
	if (code < 0) return code;
	const int64_t total = portion.seen + left;
	for (int count = PORTION; count == PORTION;) {
		code = job_progress(rq, job, "clocks", portion.seen, total);
		if (code < 0 || (count = request_write_bulk(rq, portion_write, &portion)) < 0) return code < 0 ? code : count;
		portion.after = portion.next_after;
		portion.seen = portion.next_seen;
		portion.changed = portion.next_changed;
	}
	return request_write(rq, limits_end, &portion);
}
