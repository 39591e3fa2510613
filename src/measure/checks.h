/* The standing checks, their findings, and what service items ask people for. Private to measure. */
#ifndef YIWANG_MEASURE_CHECKS_H
#define YIWANG_MEASURE_CHECKS_H
#include "measure/parts.h"

/* What a check saw. */
typedef struct Find {
	const char *subject, *title, *reason, *text, *basis; /* basis: NULL where it is not about one */
	int64_t org_id, system_id, resource_id, case_id, at;
} Find;
typedef struct Seen Seen;
typedef struct Finds { /* in an arena */
	Seen *first, **tail;
	int64_t count;
} Finds;
void find_add(Request *rq, Finds *finds, const Find *one);

enum { STANDING_CHECKS = 4 };
typedef struct StandingCheck {
	const char *name, *title, *title_en;
	const char *sql;                      /* see checks.c */
	bool timed;                           /* takes now and the promises' µs as $1…$7 */
	const char *proves, *advice;          /* sentences with a row in messages_measure.h */
	int (*more)(Request *rq, Finds *out); /* what SQL does not see; NULL: nothing */
} StandingCheck;
extern const StandingCheck standing_checks[STANDING_CHECKS];

int checks_get(Request *rq);
int checks_post(Request *rq);
int checks_job(Request *rq, Job *job);
int checks_chore(Request *rq);

/* --- basis.c: refusals whose basis is missing, not on the list of laws and documents, or not in force when they were made */
int refusals_find(Request *rq, Finds *out);

/* --- finding.c ------------------------------------------------------------------------------------------------------- */
int findings_get(Request *rq);
int findings_sheet(Request *rq);
int finding_get(Request *rq);
int finding_order(Request *rq);
int finding_excuse(Request *rq);
int finding_gone(Request *rq, void *arg);  /* CaseCheck: the newest run no longer saw the finding; proof: that run */
int finding_stays(Request *rq, void *arg); /* CaseCheck: a run since the case's present step saw it still */
/* After a run of the check (job_id 0: by night): its open orders are told, in writes of their own; those that could not be are
 * told after the next run. Not in a write. 0 or a code. */
int orders_checked(Request *rq, const char *check, int64_t job_id);

/* --- material.c ------------------------------------------------------------------------------------------------------ */
/* Matches the materials nobody decided on with entries that hold what they prove. Not in a write. */
int materials_match(Request *rq);
int materials_get(Request *rq);
int materials_import(Request *rq);
int material_decide(Request *rq);
int action_materials_load(Request *rq, void *arg); /* PackPart */
#endif
