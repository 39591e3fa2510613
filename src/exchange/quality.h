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
/* In the final write of a load: keeps its counts. duplicates: rows whose key or unique value was taken, refused or the same
 * again. */
int quality_put(Request *w, const Resource *resource, int64_t job_id, const Quality *quality, int64_t duplicates);

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
