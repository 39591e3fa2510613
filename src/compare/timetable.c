/* timetable: a comparison that runs by itself, under the right of whoever set its timetable (at first who defined it). When that
 * right has ended it is not run: the comparison says why, and it is tried again at its next time. */
#include "compare/internal.h"

/* May the party, who is to set or have set it, run it now? Both sides are opened as a run would. */
static int may_run(Request *rq, const Comparison *one) {
	Side sides[SIDES] = {0};
	int code = side_open(rq, one, LEFT, &sides[LEFT]);
	if (code < 0) return code;
	code = side_open(rq, one, RIGHT, &sides[RIGHT]);
	if (code == 0) record_scan_close(sides[RIGHT].scan);
	record_scan_close(sides[LEFT].scan);
	return code;
}

/* --- setting it ------------------------------------------------------------------------------------------------------------ */
static int timetable_write(Request *w, void *arg) {
	const Comparison *one = arg;
	int64_t done = db_run(w->db,
	                      "UPDATE comparison SET timetable = $2, every_hours = $3, weekdays = $4, month_day = $5,"
	                      " daily_minute = $6, next_us = $7, run_as = $8, problem = '', advice = '' WHERE comparison_id = $1",
	                      BIND(val_int(one->id), val_str(one->when.kind), val_int(one->when.every_hours),
	                           val_str(one->when.weekdays), val_int(one->when.month_day), val_int(one->when.daily_minute),
	                           val_int(one->next_us), val_int(one->run_as)));
	return done < 0 ? (int)done : 0;
}

int comparison_timetable_put(Request *rq) {
	Comparison one;
	int code = comparison_load(rq, in_int(rq, "id"), &one);
	if (code < 0) return code;
	rq->about_resource = one.resources[LEFT];
	if (one.org_id != rq->party.org_id)
		return fail(rq, ERR_FORBIDDEN, "Only the organisation that defined the comparison sets its timetable");
	code = timetable_take(rq, &one.when);
	one.next_us = timetable_next(&one.when, rq->now_us);
	one.run_as = rq->party.account_id;
	if (code == 0 && one.next_us) code = may_run(rq, &one);
	return code < 0 ? code : request_write(rq, timetable_write, &one);
}

/* --- runs that are due -------------------------------------------------------------------------------------------------------
 */
typedef struct Due {
	Comparison one;
	Party party;
	const Error *why; /* it is not run; NULL: it is */
} Due;

/* As whoever set it: 0, or what keeps it from being run. */
static int due_check(Request *rq, Due *due) {
	int code = party_of_account(rq, due->one.run_as, &due->party);
	if (code < 0) return code;
	if (due->party.org_id != due->one.org_id || !party_may(&due->party, PERMIT_LOAD))
		return error_field(rq->error, ERR_FORBIDDEN, "timetable", TEXT_NONE, "not_permitted",
		                   "Have a data officer set the timetable anew.",
		                   "Who set the timetable runs comparisons of this organisation no more");
	rq->party = due->party;
	return may_run(rq, &due->one);
}

static int due_write(Request *w, void *arg) {
	const Due *due = arg;
	const Comparison *one = &due->one;
	int64_t running = 0, job_id, run_id;
	int code = db_lock(w->db, "compare.run", one->id);
	if (code < 0) return code;
	int64_t done = db_run(w->db,
	                      "UPDATE comparison SET next_us = $3, problem = $4, advice = $5 WHERE comparison_id = $1 AND "
	                      "next_us = $2 AND ended_us = 0",
	                      BIND(val_int(one->id), val_int(one->next_us), val_int(timetable_next(&one->when, clock_now_us())),
	                           val_str(due->why ? due->why->message : ""), val_str(due->why ? due->why->advice : "")));
	if (done <= 0 || due->why) return done < 0 ? (int)done : 0;
	if ((code = comparison_running(w, one, &running)) < 0 || running) return code < 0 ? code : 0; /* a person was faster */
	w->party = due->party;
	return comparison_run_begin(w, one, true, &job_id, &run_id);
}

static int due_run(Request *rq, int64_t id) {
	Error why;
	Due *due = ARENA_NEW(rq->arena, Due);
	Party kept = rq->party;
	int code = request_generation_check(rq);
	if (code >= 0) code = comparison_load(rq, id, &due->one);
	if (code == 0) code = due_check(rq, due);
	rq->party = kept;
	if (code == ERR_FORBIDDEN || code == ERR_GONE || code == ERR_NOT_FOUND || code == ERR_CONFLICT || code == ERR_INVALID) {
		why = *rq->error;
		due->why = &why;
		error_clear(rq->error);
		code = 0;
	}
	if (code == 0) code = request_write(rq, due_write, due);
	rq->party = kept;
	return code;
}

/* A portion of those whose time has come. */
int compare_timetable_chore(Request *rq) {
	enum { PORTION = 20 };
	int64_t ids[PORTION];
	int count = 0;
	Rows *rows;
	int code = db_query(rq->db, &rows,
	                    "SELECT comparison_id FROM comparison WHERE next_us > 0 AND next_us <= $1 AND ended_us = 0 ORDER BY"
	                    " next_us LIMIT 20",
	                    BIND(val_int(rq->now_us)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		ids[count++] = rows_int(rows, 0);
	for (int i = 0; i < count && code >= 0; i++)
		code = due_run(rq, ids[i]);
	return code < 0 ? code : count == PORTION;
}
