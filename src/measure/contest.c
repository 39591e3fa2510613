/* contest: a department objects to a line before the deadline; the data bureau accepts (the line counts in full, or not at all,
 * with the reason shown) or rejects. Table assessment_contest; each step in one write with the scores it changes. */
#include "measure/assess.h"

static const Member members[] = {
    {"contest_id", MEMBER_ID},
    {"org_id", MEMBER_ID},
    {"org_name", MEMBER_TEXT},
    {"lines", MEMBER_TEXT},
    {"kind", MEMBER_TEXT},
    {"subject_id", MEMBER_ID},
    {"title", MEMBER_TEXT},
    {"reason", MEMBER_TEXT},
    {"asked_at", MEMBER_TIME},
    {"asked_by", MEMBER_TEXT},
    {"asked_by_name", MEMBER_TEXT},
    {"state", MEMBER_TEXT},
    {"effect", MEMBER_TEXT},
    {"answer", MEMBER_TEXT},
    {"decided_at", MEMBER_TIME},
    {"decided_by", MEMBER_TEXT},
    {"decided_by_name", MEMBER_TEXT},
    {"version", MEMBER_INT},
    {0},
};

int contests_get(Request *rq) {
	rq->about_subject = in_int(rq, "id");
	return answer_list(
	    rq, members,
	    "SELECT c.contest_id, c.org_id, o.name, c.lines, c.kind, c.subject_id, c.title, c.reason, c.asked_us, c.asked_by,"
	    " COALESCE(a.name, c.asked_by), c.state, c.effect, c.answer, c.decided_us, c.decided_by, COALESCE(d.name, "
	    "c.decided_by),"
	    " c.version FROM assessment_contest c JOIN org o ON o.org_id = c.org_id LEFT JOIN account a ON a.login = c.asked_by"
	    " LEFT JOIN account d ON d.login = c.decided_by WHERE c.assessment_id = $1 AND ($2 = 1 OR c.org_id = $3) ORDER BY "
	    "c.contest_id DESC LIMIT 1000",
	    BIND(val_int(in_int(rq, "id")), val_int(is_bureau(rq)), val_int(rq->party.org_id ? rq->party.org_id : -1)));
}

int contest_post(Request *rq) {
	Rows *rows;
	Assessment one;
	int64_t open = 0, id = in_int(rq, "id");
	int code = assessment_open(rq, id, &one);
	if (code < 0) return code;
	if (strcmp(one.state, "computed") != 0 || rq->now_us >= one.contest_until)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "contest_time",
		                   "Ask the data bureau for a later deadline.",
		                   "The time to contest is over, or the assessment is being computed");
	int found = db_one(
	    rq->db, &rows,
	    "SELECT org_id, lines, kind, subject_id, title FROM assessment_line WHERE assessment_id = $1 AND line_no = $2 AND"
	    " org_id = $3",
	    BIND(val_int(id), val_int(in_int(rq, "line_no")), val_int(rq->party.org_id)));
	if (found <= 0)
		return found < 0 ? found
		                 : error_field(rq->error, ERR_NOT_FOUND, "line_no", TEXT_NONE, "line",
		                               "Choose one of your own lines.", "Your department has no such line here");
	const char *lines = rows_str(rows, 1, rq->arena), *kind = rows_str(rows, 2, rq->arena),
	           *title = rows_str(rows, 4, rq->arena);
	int64_t subject = rows_int(rows, 3), contest = store_new_id(rq->store);
	found = db_int(
	    rq->db, &open,
	    "SELECT contest_id FROM assessment_contest WHERE assessment_id = $1 AND org_id = $2 AND lines = $3 AND kind = $4 AND"
	    " subject_id = $5 AND state = 'open'",
	    BIND(val_int(id), val_int(rq->party.org_id), val_str(lines), val_str(kind), val_int(subject)));
	if (found != 0)
		return found < 0 ? found
		                 : error_field(rq->error, ERR_CONFLICT, "line_no", TEXT_NONE, "open_contest",
		                               "Wait for the data bureau.", "This line is contested already");
	code = (int)db_run(
	    rq->db,
	    "INSERT INTO assessment_contest (assessment_id, contest_id, org_id, lines, kind, subject_id, title, reason, asked_us,"
	    " asked_by, state, effect, answer, decided_us, decided_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
	    " 'open', '', '', 0, '', 1)",
	    BIND(val_int(id), val_int(contest), val_int(rq->party.org_id), val_str(lines), val_str(kind), val_int(subject),
	         val_str(title), val_text(in_text(rq, "reason")), val_int(rq->now_us), val_str(rq->party.login)));
	if (code < 0) return code;
	rq->about_subject = id;
	rq->about = arena_printf(rq->arena, "{\"contest\":\"%lld\",\"lines\":\"%s\"}", (long long)contest, lines);
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "contest_id", contest);
	jw_object_end(&rq->json);
	return 0;
}

/* count: the line counts in full; leave_out: it counts for nothing. $1…: assessment, org, lines, kind, subject. */
static int line_adjust(Request *w, int64_t id, const Val who[4], const char *effect) {
	int64_t done =
	    db_run(w->db,
	           "UPDATE assessment_line SET part = CASE WHEN $6 = 'count' THEN was_whole ELSE 0 END, whole = CASE WHEN $6 ="
	           " 'count' THEN was_whole ELSE 0 END, adjusted = 1 WHERE assessment_id = $1 AND org_id = $2 AND lines = $3 AND"
	           " kind = $4 AND subject_id = $5",
	           BIND(val_int(id), who[0], who[1], who[2], who[3], val_str(effect)));
	return done < 0 ? (int)done : 0;
}

int contest_decide(Request *rq) {
	Rows *rows;
	Assessment one;
	Scheme *scheme;
	int64_t id = in_int(rq, "id"), contest = in_int(rq, "contest");
	bool accept = text_is(in_text(rq, "decision"), "accept");
	int code = assessment_open(rq, id, &one);
	if (code < 0) return code;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT org_id, lines, kind, subject_id, version, state FROM assessment_contest WHERE assessment_id = $1 AND"
	           " contest_id = $2",
	           BIND(val_int(id), val_int(contest)));
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no such contest");
	if (found < 0 || (code = version_check(rq, rows_int(rows, 4))) < 0) return found < 0 ? found : code;
	if (!text_is(rows_text(rows, 5), "open"))
		return error_field(rq->error, ERR_CONFLICT, "contest", TEXT_NONE, "state", "Read it again and decide anew.",
		                   "The contest is decided already");
	Val who[4] = {val_int(rows_int(rows, 0)), val_str(rows_str(rows, 1, rq->arena)), val_str(rows_str(rows, 2, rq->arena)),
	              val_int(rows_int(rows, 3))};
	const char *effect = !accept ? "" : in_has(rq, "effect") ? in_str(rq, "effect") : "count";
	code = (int)db_run(
	    rq->db,
	    "UPDATE assessment_contest SET state = $3, effect = $4, answer = $5, decided_us = $6, decided_by = $7, version ="
	    " version + 1 WHERE assessment_id = $1 AND contest_id = $2",
	    BIND(val_int(id), val_int(contest), val_str(accept ? "accepted" : "rejected"), val_str(effect),
	         val_text(in_text(rq, "answer")), val_int(rq->now_us), val_str(rq->party.login)));
	if (code >= 0 && accept) code = line_adjust(rq, id, who, effect);
	if (code >= 0) code = scheme_get(rq, text_of(one.scheme), one.scheme_version, &scheme);
	if (code >= 0 && accept) code = scores_store(rq, id, scheme, one.period);
	rq->about_subject = id;
	return code < 0 ? code : 0;
}

int contests_apply(Request *rq, int64_t assessment_id, AssessLines *lines, int64_t *was) {
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT org_id, lines, kind, subject_id, effect FROM assessment_contest WHERE assessment_id = $1 AND state ="
	             " 'accepted' ORDER BY contest_id",
	             BIND(val_int(assessment_id)));
	for (size_t i = 0; i < lines->count; i++) { /* the write may run again */
		if (was[2 * i] >= 0) {
			lines->items[i].part = was[2 * i];
			lines->items[i].whole = was[2 * i + 1];
		}
		was[2 * i] = -1;
	}
	while (code >= 0 && (code = rows_next(rows)) > 0)
		for (size_t i = 0; i < lines->count; i++) {
			AssessLine *line = &lines->items[i];
			if (line->org_id != rows_int(rows, 0) || line->subject_id != rows_int(rows, 3) ||
			    !text_is(rows_text(rows, 1), line_sets[line->set].name) || !text_is(rows_text(rows, 2), line->kind))
				continue;
			if (was[2 * i] < 0) {
				was[2 * i] = line->part;
				was[2 * i + 1] = line->whole;
			}
			line->whole = text_is(rows_text(rows, 4), "count") ? was[2 * i + 1] : 0;
			line->part = line->whole;
		}
	return code;
}
