/* answers: how suppliers kept their limits: each step that was their turn, with its due time worked out from the events, as the
 * clock of a case always is. Reads only. */
#include "casework/internal.h"

enum { STEPS_MAX = 500 };
typedef struct Steps { /* of one case */
	CaseAnswer answer;
	const Process *process;
	int count;
	ClockEvent events[STEPS_MAX];
	bool by_supplier[STEPS_MAX]; /* or by the engine, for what the supplier did (a load, a defect that is gone) */
} Steps;

/* One step: from its start event to the next one (or the end). */
static int step_tell(const WorkTime *work, Steps *steps, int from, int to, int64_t from_us, int64_t to_us, CaseAnswerFn fn,
                     void *arg) {
	CaseClock clock = clock_replay(work, steps->process, steps->events + from, (size_t)(to - from));
	bool ended = to < steps->count && steps->events[to].at_us < to_us;
	steps->answer.begun_us = steps->events[from].at_us;
	steps->answer.due_us = clock.due_us;
	steps->answer.done_us = ended ? steps->events[to].at_us : 0;
	if (ended ? steps->answer.done_us < from_us || (!steps->by_supplier[to] && steps->answer.done_us <= clock.due_us)
	          : clock.due_us >= to_us)
		return 0;
	return fn(arg, &steps->answer);
}

static int case_tell(const WorkTime *work, Steps *steps, int64_t from_us, int64_t to_us, CaseAnswerFn fn, void *arg) {
	int code = 0;
	for (int from = 0; from < steps->count && code >= 0; from++) {
		const ClockEvent *event = &steps->events[from];
		if (event->clock != CLOCK_START || steps->process->states[event->state].turn != SIDE_SUPPLIER) continue;
		int to = from + 1;
		while (to < steps->count && steps->events[to].clock != CLOCK_START)
			to++;
		code = step_tell(work, steps, from, to, from_us, to_us, fn, arg);
	}
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
		    " e.to_state, e.side FROM work_case c JOIN case_event e ON e.case_id = c.case_id WHERE c.created_at < $2 AND"
		    " (c.closed_at = 0 OR c.closed_at >= $1) AND e.clock <> '' ORDER BY c.case_id, e.event_no",
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
		steps->events[steps->count++] = (ClockEvent){rows_int(rows, 6), clock_rule_of(rows_text(rows, 7)), state};
	}
	rows_close(rows);
	return code < 0 || !steps->process ? code : case_tell(work, steps, from_us, to_us, fn, arg);
}
