/* Quality of loads: what is counted while rows are accepted, the scores made from it, and the patrol. Private to exchange.
 * What each score means: docs/guide/quality.md (and the page shows base and formula). */
#ifndef YIWANG_EXCHANGE_QUALITY_H
#define YIWANG_EXCHANGE_QUALITY_H
#include "record/record.h"

enum { QUALITY_RULES_MAX = 64 }; /* pairs of field and rule counted apart; what is beyond goes to the last one as "other" */
typedef struct QualityRule {
	int16_t position; /* of the field, -1 = none of them */
	char rule[32];
	int64_t count;
} QualityRule;
/* A plain value: copied with the load's state, so that a chunk that is written again counts once. */
typedef struct Quality {
	int64_t rows, unreadable; /* rows judged; rows the source itself could not read */
	int64_t faulty;           /* rows with a missing or wrong value: no rule over several fields was asked of them */
	int64_t inconsistent;     /* rows that broke such a rule or a reference */
	int64_t missing[RECORD_FIELDS_MAX];
	int rule_count;
	QualityRule rules[QUALITY_RULES_MAX];
} Quality;

/* On the decode thread, once a row that was judged; unreadable: by its source. */
void quality_row(Quality *quality, const Resource *resource, const Accepted *row, bool unreadable);
void quality_add(Quality *quality, const Resource *resource, const Quality *other);
json_t *quality_pack(const Quality *quality, const Resource *resource); /* for checkpoints; new reference */
void quality_unpack(Quality *quality, const Resource *resource, const json_t *json);
typedef struct QualityLoad {
	int64_t job_id, refused;
	int64_t duplicates; /* rows whose key or unique value was taken, refused or the same again */
	bool whole;         /* it takes the place of all that was held */
} QualityLoad;
/* In the final write of a load: keeps its counts, and those of all that is held since. */
int quality_put(Request *w, const Resource *resource, const QualityLoad *load, const Quality *quality);

enum { COMPLETENESS, VALIDITY, UNIQUENESS, CONSISTENCY, TIMELINESS, DIMENSIONS };
typedef struct Dimension {
	int64_t bad, base; /* timeliness: elapsed and allowed, in seconds */
} Dimension;
/* quality_held.c: what an entry holds after a load. */
typedef struct Held {
	int64_t full_job; /* the load that all of it goes back to */
	int64_t rows;     /* records, and refused rows that wait in quarantine */
	int64_t refused;  /* those */
	Dimension dimensions[DIMENSIONS];
} Held;
#define HELD_BASES                                                                                                               \
	"q.held_completeness_bad, q.held_completeness_base, q.held_validity_bad, q.held_validity_base, q.held_uniqueness_bad,"   \
	" q.held_uniqueness_base, q.held_consistency_bad, q.held_consistency_base"
/* rows, own: of the load itself. */
int held_after(Request *w, int64_t resource_id, const QualityLoad *load, int64_t rows, const Dimension *own, Held *out);

/* orders.c: actions for casework, see casework.h. */
int order_judge(Request *rq, void *arg);  /* OrderJudge */
int order_passes(Request *rq, void *arg); /* CaseCheck */
int order_fails(Request *rq, void *arg);  /* CaseCheck */
/* In the patrol's final write, after its findings are kept: orders for what stands long enough, and those closed that only a look
 * at the service could. *raised counts up. */
int orders_patrol(Request *w, int64_t *raised);

int quality_get(Request *rq);    /* GET /resources/{id}/quality */
int quality_list(Request *rq);   /* GET /quality */
int quality_patrol(Request *rq); /* POST /quality/patrol */
int patrol_chore(Request *rq);
#endif
