/* casework: pieces of work with a clock, a turn and a history: processes from packs, cases, working time, one inbox. */
#ifndef YIWANG_CASEWORK_CASEWORK_H
#define YIWANG_CASEWORK_CASEWORK_H
#include "record/record.h"

extern const Module casework_module;

/* One step of a case that was its supplier's turn. done_us 0: not done by the end of the period asked for. Texts in rq->arena. */
typedef struct CaseAnswer {
	int64_t case_id, org_id, begun_us, due_us, done_us;
	const char *number, *title;
} CaseAnswer;
typedef int (*CaseAnswerFn)(void *arg, const CaseAnswer *answer); /* 0, or a code that ends it */
/* Steps that suppliers ended within [from, to), and those that were late at its end; one ended by the asker or the bureau counts
 * only where it was late already. Not in a write (it reads process versions through the cache). 0 or a code. */
int case_answers(Request *rq, int64_t from_us, int64_t to_us, CaseAnswerFn fn, void *arg);
#endif
