/* What the files of this room share. */
#ifndef YIWANG_LIFE_INTERNAL_H
#define YIWANG_LIFE_INTERNAL_H
#include "life/life.h"

/* --- time (retention.c; pure) -------------------------------------------------------------------------------------------- */
/* The same day of the month `months` later (negative: earlier); the month's last day where it has no such day. */
int32_t day_add_months(int32_t day, int months);
/* The first day that is still kept today: a record of day d is past when day_add_months(d, months) < today. */
int32_t retention_first_kept(int32_t today, int months);
/* 00:00 of a day in Asia/Shanghai, UTC µs. */
int64_t day_begins_us(int32_t day);

/* --- lists of what is past (lists.c) --------------------------------------------------------------------------------------- */
typedef struct Destruction {
	int64_t id, resource_id, org_id, version;
	const char *scope; /* "records" (past their time) or "resource" (all of a withdrawn entry) */
	const char *state; /* open proposed approved postponed destroyed void */
	const char *field; /* name of the date or time field, or "" = time of loading */
	int months;
	int32_t kept_from; /* first day still kept when the list was made; 0 in scope resource */
	int resource_version;
	PastRule rule;
	int64_t quarantine_before; /* quarantine rows created before go too */
	TableDigest listed, done;
	int64_t quarantine_listed, quarantine_done;
	int64_t first_us, last_us, postponed_us, begun_us;
	int64_t proposed_by, proposed_us, reviewed_by, reviewed_us, job_id;
	const char *proposed_login, *reviewed_login, *job_state /* "" = none */;
	bool held;
} Destruction;
/* 0 or ERR_NOT_FOUND. Texts in rq->arena. */
int destruction_load(Request *rq, int64_t id, Destruction *out);
/* The list of a resource that is not at its end yet: 1, 0 none, or a code. */
int destruction_active(Request *rq, int64_t resource_id, Destruction *out);
/* j: looks what of a resource is past its time and opens a list, brings an open one up to date or closes one of nothing. *out =
 * the active list's id, 0 = nothing is past (or a hold keeps it). */
int retention_look(Request *rq, int64_t resource_id, int64_t *out);
int retention_chore(Request *rq);
int hold_of(Request *rq, int64_t resource_id); /* 1 held, 0, or a code */

int destroy_job_run(Request *rq, Job *job); /* life.destroy */

int destruction_list(Request *rq);
int destruction_get(Request *rq);
int destruction_check(Request *rq);
int destruction_propose(Request *rq);
int destruction_postpone(Request *rq);
int destruction_review(Request *rq);
int destruction_reopen(Request *rq);
int destruction_certificate(Request *rq);
int hold_place(Request *rq);
int hold_lift(Request *rq);
int hold_list(Request *rq);
int lineage_get(Request *rq);
int impact_get(Request *rq);

enum { LIFE_ROUTES = 13, LIFE_MIGRATIONS = 1 };
extern const Route life_routes[LIFE_ROUTES];
extern const Migration life_migrations[LIFE_MIGRATIONS];
#endif
