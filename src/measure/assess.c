/* assess: a period is named (by the data bureau, or by the program when it has ended), and a job gathers its lines and computes
 * the scores: tables assessment, assessment_line. Until it is published it can be computed anew; accepted contests stay. */
#include "measure/assess.h"

int64_t assess_midnight(int year, int month) {
	int months = year * 12 + month - 1;
	int32_t day = date_from_civil(months / 12, months % 12 + 1, 1);
	return (int64_t)day * INT64_C(86400000000) - INT64_C(8) * 3600 * 1000000;
}

/* "2026-11" a month, "2026-Q4" a quarter: [from, to). 0, or ERR_INVALID. */
static int period_read(Request *rq, Text text, int64_t *from, int64_t *to) {
	int64_t year = 0, number = 0;
	bool quarter = text.len == 7 && text.at[4] == '-' && text.at[5] == 'Q';
	if (text.len == 7 && text.at[4] == '-' && text_to_int((Text){text.at, 4}, &year) == 0 && year >= 2000 && year <= 2099 &&
	    text_to_int((Text){text.at + (quarter ? 6 : 5), quarter ? 1 : 2}, &number) == 0 && number >= 1 &&
	    number <= (quarter ? 4 : 12)) {
		int first = quarter ? (int)number * 3 - 2 : (int)number;
		*from = assess_midnight((int)year, first);
		*to = assess_midnight((int)year, first + (quarter ? 3 : 1));
		if (*from < rq->now_us) return 0;
		return error_field(rq->error, ERR_INVALID, "period", text, "future", "Choose one that has begun.",
		                   "The period has not begun");
	}
	return error_field(rq->error, ERR_INVALID, "period", text, "period", "Write a month as 2026-11 or a quarter as 2026-Q4.",
	                   "This is not a period");
}

/* --- the job --------------------------------------------------------------------------------------------------------- */
typedef struct Work {
	Job *job;
	Assessment one;
	Scheme *scheme;
	AssessLines lines;
	int64_t *was; /* part and whole before a contest, by line; -1 = none */
} Work;

static int lines_insert(Request *w, const Work *work) {
	static const ValKind columns[] = {VAL_INT, VAL_INT, VAL_INT,  VAL_TEXT, VAL_TEXT, VAL_INT, VAL_TEXT,
	                                  VAL_INT, VAL_INT, VAL_TEXT, VAL_INT,  VAL_INT,  VAL_INT, VAL_INT};
	Bulk *bulk;
	int code = bulk_begin(
	    w->db, &bulk, "assessment_line",
	    "assessment_id, line_no, org_id, lines, kind, subject_id, title, part, whole, fact, fact_us, was_part, was_whole,"
	    " adjusted",
	    columns, 14);
	for (size_t i = 0; i < work->lines.count && code >= 0; i++) {
		const AssessLine *line = &work->lines.items[i];
		bool adjusted = work->was[2 * i] >= 0;
		Val values[14] = {val_int(work->one.id),
		                  val_int((int64_t)i + 1),
		                  val_int(line->org_id),
		                  val_str(line_sets[line->set].name),
		                  val_str(line->kind),
		                  val_int(line->subject_id),
		                  val_str(line->title),
		                  val_int(line->part),
		                  val_int(line->whole),
		                  val_str(line->fact),
		                  val_int(line->fact_us),
		                  val_int(adjusted ? work->was[2 * i] : line->part),
		                  val_int(adjusted ? work->was[2 * i + 1] : line->whole),
		                  val_int(adjusted)};
		code = bulk_row(bulk, values);
	}
	if (code < 0) return code;
	int64_t done = bulk_end(bulk);
	return done < 0 ? (int)done : 0;
}

static int work_write(Request *w, void *arg) {
	Work *work = arg;
	int64_t id = work->one.id;
	int code = assessment_open(w, id, &work->one);
	if (code >= 0) code = contests_apply(w, id, &work->lines, work->was);
	if (code >= 0) code = (int)db_run(w->db, "DELETE FROM assessment_line WHERE assessment_id = $1", BIND(val_int(id)));
	if (code >= 0) code = lines_insert(w, work);
	if (code >= 0)
		code = (int)db_run(
		    w->db,
		    "UPDATE assessment SET state = 'computed', computed_us = $2, scheme_version = $3, finding_count = (SELECT"
		    " count(*) FROM audit_finding WHERE state IN ('open', 'correction')) WHERE assessment_id = $1",
		    BIND(val_int(id), val_int(w->now_us), val_int(work->scheme->version)));
	if (code >= 0) code = scores_store(w, id, work->scheme, work->one.period);
	if (code >= 0 && json_is_true(json_object_get(work->job->args, "automatic")))
		code = assess_told(w, &work->one, work->lines.count);
	if (code < 0) return code;
	json_t *result = json_pack("{s:s,s:s,s:I}", "assessment_id", arena_printf(w->arena, "%lld", (long long)id), "period",
	                           work->one.period, "lines", (json_int_t)work->lines.count);
	code = job_finish(w, work->job, JOB_RECONCILED, result);
	json_decref(result);
	return code;
}

int assess_job(Request *rq, Job *job) {
	Work *work = ARENA_NEW(rq->arena, Work);
	int64_t id = 0;
	unsigned sets = 0;
	work->job = job;
	text_to_int(text_of(json_string_value(json_object_get(job->args, "assessment_id"))), &id);
	int code = assessment_load(rq, id, &work->one);
	if (code >= 0) code = scheme_get(rq, text_of(work->one.scheme), 0, &work->scheme);
	if (code >= 0) code = job_progress(rq, job, "gather", 0, -1);
	for (int i = 0; code >= 0 && i < work->scheme->count; i++)
		sets |= work->scheme->indicators[i].sets;
	if (code >= 0) code = lines_gather(rq, sets, work->one.from_us, work->one.to_us, &work->lines);
	if (code >= 0) code = job_progress(rq, job, "score", (int64_t)work->lines.count, (int64_t)work->lines.count);
	if (code < 0) return code;
	work->was = ARENA_ARRAY(rq->arena, int64_t, 2 * work->lines.count + 2);
	for (size_t i = 0; i < work->lines.count; i++)
		work->was[2 * i] = -1;
	code = request_write(rq, work_write, work);
	return code < 0 ? code : 0;
}

/* --- beginning ------------------------------------------------------------------------------------------------------- */
static int until_read(Request *rq, int64_t *out) {
	*out = in_has(rq, "contest_until") ? in_int(rq, "contest_until")
	                                   : rq->now_us + setting_int(rq, "measure.contest_days") * INT64_C(86400000000);
	if (*out > rq->now_us && *out <= rq->now_us + 366 * INT64_C(86400000000)) return 0;
	return error_field(rq->error, ERR_INVALID, "contest_until", TEXT_NONE, "term", "Give a time within the next year.",
	                   "Departments contest until some time after now");
}

int assess_begin(Request *rq, const AssessBegin *of, int64_t *id, int64_t *job_id) {
	Assessment one;
	int code = db_int(rq->db, id, "SELECT assessment_id FROM assessment WHERE scheme = $1 AND period = $2",
	                  BIND(val_text(of->scheme), val_text(of->period)));
	if (code > 0)
		code = assessment_open(rq, *id, &one);
	else if (code == 0) {
		*id = store_new_id(rq->store);
		code = (int)db_run(
		    rq->db,
		    "INSERT INTO assessment (assessment_id, scheme, scheme_version, period, from_us, to_us, state, job_id,"
		    " computed_us, contest_until, digest, published_us, published_by, finding_count, version) VALUES ($1, $2, $3,"
		    " $4, $5, $6, 'computing', 0, 0, $7, '', 0, '', 0, 1)",
		    BIND(val_int(*id), val_text(of->scheme), val_int(of->scheme_version), val_text(of->period),
		         val_int(of->from_us), val_int(of->to_us), val_int(of->contest_until)));
	}
	if (code < 0) return code;
	json_t *args =
	    json_pack("{s:s,s:b}", "assessment_id", arena_printf(rq->arena, "%lld", (long long)*id), "automatic", of->automatic);
	code = job_create(rq, "measure.assess", 0, rq->party.org_id, args, job_id);
	json_decref(args);
	if (code >= 0)
		code = (int)db_run(
		    rq->db,
		    "UPDATE assessment SET job_id = $2, contest_until = $3, automatic_us = CASE WHEN automatic_us ="
		    " 0 THEN $4 ELSE automatic_us END WHERE assessment_id = $1",
		    BIND(val_int(*id), val_int(*job_id), val_int(of->contest_until), val_int(of->automatic ? rq->now_us : 0)));
	return code < 0 ? code : 0;
}

int assessment_post(Request *rq) {
	Scheme *scheme;
	int64_t id, job_id;
	AssessBegin of = {.scheme = in_has(rq, "scheme") ? in_text(rq, "scheme") : TEXT("sharing"),
	                  .period = in_text(rq, "period")};
	int code = period_read(rq, of.period, &of.from_us, &of.to_us);
	if (code == 0) code = until_read(rq, &of.contest_until);
	if (code == 0) code = scheme_get(rq, of.scheme, 0, &scheme);
	if (code == 0) code = db_lock(rq->db, "measure.assessment", 0);
	if (code < 0) return code;
	of.scheme_version = scheme->version;
	if ((code = assess_begin(rq, &of, &id, &job_id)) < 0) return code;
	rq->about_subject = id;
	rq->about = arena_printf(rq->arena, "{\"period\":\"%.*s\"}", TEXT_ARG(of.period));
	rq->status = 202;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "assessment_id", id);
	jw_kv_id(&rq->json, "job_id", job_id);
	jw_object_end(&rq->json);
	return 0;
}
