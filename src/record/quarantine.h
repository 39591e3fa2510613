/* Quarantine: every refused row, kept whole with field, value, rule and advice, until it is mended and replayed or discarded.
 * Graded and masked like the resource it was meant for: the supplier's officers see it clear, others masked. */
#ifndef YIWANG_RECORD_QUARANTINE_H
#define YIWANG_RECORD_QUARANTINE_H
#include "catalog/catalog.h"

struct Reason;

/* One refused row on its way in. */
typedef struct QuarantineRow {
	int64_t row_no;          /* 1-based row of the source */
	const char *values_json; /* object: API field name (or the source's header, when no field takes it) → text or null */
	const struct Reason *reasons;
	int reason_count;
} QuarantineRow;
/* In a write: keeps the row in state open. Re-running the same job and row replaces nothing and adds nothing. */
int quarantine_put(Request *rq, const Resource *resource, int64_t job_id, const QuarantineRow *row);

/* One kept row, for replay and for the workbook. Texts are in rq->arena. */
typedef struct QuarantineKept {
	int64_t quarantine_id, job_id, row_no, version;
	const char *state;
	json_t *values;  /* owned by rq->arena */
	json_t *reasons; /* array of {field, value, rule, message, advice} */
} QuarantineKept;
typedef struct QuarantineFilter {
	int64_t resource_id, job_id;      /* job 0 = any */
	const char *state, *rule, *field; /* NULL = any */
} QuarantineFilter;
/* Rows after quarantine_id `after`, oldest first, at most max (≤ 1000): the count or a negative code. */
int quarantine_list(Request *rq, const QuarantineFilter *filter, int64_t after, QuarantineKept *out, int max);
/* In a write: new values for an open or mended row (state becomes mended). ERR_CONFLICT when version moved (0 = any). */
int quarantine_mend(Request *rq, int64_t quarantine_id, int64_t resource_id, int64_t version, const json_t *values);
/* In a write: the row went in (state replayed), or is refused again with new reasons (state open). */
int quarantine_replayed(Request *rq, int64_t quarantine_id, int64_t job_id);
int quarantine_refused_again(Request *rq, int64_t quarantine_id, const struct Reason *reasons, int reason_count);

extern const Module quarantine_module;
#endif
