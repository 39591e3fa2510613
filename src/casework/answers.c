/* answers: how suppliers kept their limits: each step that was their turn, with its due time worked out from the events, as the
 * clock of a case always is. Reads only. */
#include "casework/internal.h"

enum { STEPS_MAX = 500 };
typedef struct Steps { /* of one case */
	CaseAnswer answer;
	const Process *process;
	int count;
	ClockEvent events[STEPS_MAX];
	ClockStage stages[STEPS_MAX];
	bool by_supplier[STEPS_MAX]; /* or by the engine, for what the supplier did (a load, a defect that is gone) */
} Steps;

/* One stage of the clock: until the next one begins (or the end). */
static int stage_tell(const Steps *steps, const ClockStage *stage, CaseAnswer *answer, int64_t from_us, int64_t to_us,
                      CaseAnswerFn fn, void *arg) {
	size_t to = stage->end;
	bool ended = to < (size_t)steps->count && steps->events[to].at_us < to_us;
	answer->begun_us = stage->clock.begun_us;
	answer->due_us = stage->clock.due_us;
	answer->done_us = ended ? steps->events[to].at_us : 0;
	if (ended ? answer->done_us < from_us || (!steps->by_supplier[to] && answer->done_us <= answer->due_us)
	          : answer->due_us >= to_us)
		return 0;
	return fn(arg, answer);
}

static int case_tell(const WorkTime *work, Steps *steps, int64_t from_us, int64_t to_us, CaseAnswerFn fn, void *arg) {
	size_t count = clock_stages(work, steps->process, steps->events, (size_t)steps->count, steps->stages);
	int code = 0;
	for (size_t i = 0; i < count && code >= 0; i++)
		if (steps->process->states[steps->stages[i].clock.state].turn == SIDE_SUPPLIER)
			code = stage_tell(steps, &steps->stages[i], &steps->answer, from_us, to_us, fn, arg);
	return code;
}

static int case_next(Request *rq, Rows *rows, Steps *steps) {
	*steps = (Steps){.answer = {.case_id = rows_int(rows, 0),
	                            .org_id = rows_int(rows, 1),
	                            .number = rows_str(rows, 2, rq->arena),
	                            .title = rows_str(rows, 3, rq->arena)}};
	Text process = text_dup(rq->arena, rows_text(rows, 4));
	return process_get(rq, process, (int)rows_int(rows, 5), &steps->process);
}

int case_answers(Request *rq, int64_t from_us, int64_t to_us, CaseAnswerFn fn, void *arg) {
	Rows *rows;
	const WorkTime *work;
	Steps *steps = ARENA_NEW(rq->arena, Steps);
	int code = worktime_get(rq, &work);
	if (code >= 0)
		code = db_query(
		    rq->db, &rows,
		    "SELECT c.case_id, c.supplier_org, c.number, c.title, c.process, c.process_version, e.at_us, e.clock,"
		    " e.to_state, e.side, e.term FROM work_case c JOIN case_event e ON e.case_id = c.case_id WHERE c.created_at "
		    "< $2 AND"
		    " (c.closed_at = 0 OR c.closed_at >= $1) AND c.line = 'sharing' AND e.clock <> ''"
		    " ORDER BY c.case_id, e.event_no",
		    BIND(val_int(from_us), val_int(to_us)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		if (steps->answer.case_id != rows_int(rows, 0)) {
			if (steps->process && (code = case_tell(work, steps, from_us, to_us, fn, arg)) < 0) break;
			if ((code = case_next(rq, rows, steps)) < 0) break;
		}
		int state = process_state(steps->process, rows_text(rows, 8));
		if (steps->count == STEPS_MAX || state < 0) continue;
		steps->by_supplier[steps->count] =
		    text_is(rows_text(rows, 9), "supplier") || text_is(rows_text(rows, 9), "engine");
		clock_event_read(rq, rows_int(rows, 6), clock_rule_of(rows_text(rows, 7)), state, rows_text(rows, 10),
		                 &steps->events[steps->count++]);
	}
	rows_close(rows);
	return code < 0 || !steps->process ? code : case_tell(work, steps, from_us, to_us, fn, arg);
}
