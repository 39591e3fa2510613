/* What the files of this room share. */
#ifndef YIWANG_MEASURE_PARTS_H
#define YIWANG_MEASURE_PARTS_H
#include "measure/measure.h"

enum { MEASURE_MIGRATIONS = 3 };
extern const Migration measure_migrations[MEASURE_MIGRATIONS];

/* The data bureau, or the system itself: sees and changes all; a department its own. */
static inline bool is_bureau(const Request *rq) {
	return rq->party.kind == PARTY_SYSTEM || party_may(&rq->party, PERMIT_SUPERVISE);
}
/* $n of lists: 0 = every organisation's; a department has no choice. */
static inline int64_t org_asked(Request *rq) {
	return is_bureau(rq) ? in_int(rq, "org") : rq->party.org_id ? rq->party.org_id : -1;
}
/* ERR_CONFLICT when the row is not at the version that was seen (input "version"). */
int version_check(Request *rq, int64_t version);

/* The pattern of LIKE for a search in folded text, or (pattern false) the folded text itself. In rq's arena. */
char *folded(Request *rq, Text text, bool pattern);
/* values[0…5]: µs after a load when a realtime, daily, weekly, monthly, quarterly, yearly promise is broken. */
void promises_values(Val *values);

/* --- words of the field ------------------------------------------------------------------------------------------------ */
extern const BookWord network_words[], budget_words[], plan_words[], promise_words[], sharing_words[], supply_words[],
    finding_words[], check_words[], order_words[], turn_words[], outcome_words[], author_words[], reason_words[];

/* --- intake.c: rows of an uploaded table, by the names of its columns -------------------------------------------------- */
enum { INTAKE_COLUMNS_MAX = 16, INTAKE_ROWS_MAX = 5000 };
typedef struct IntakeColumn {
	const char *name, *zh, *en; /* each heading is known */
	bool required;              /* of the file; whether a row may leave it empty is the writer's business */
} IntakeColumn;
typedef enum IntakeDone { INTAKE_ADDED, INTAKE_CHANGED, INTAKE_SAME, INTAKE_DONE_COUNT } IntakeDone;
/* In a write, may run again; texts by column, trimmed, never NULL. An IntakeDone, or a code: with rq->error set by
 * error_field and nothing of the row stored the row is reported and the others go on. */
typedef int (*IntakeRow)(Request *rq, void *arg, const Text *values);
/* LANE_READ, ROUTE_SPOOL: reads the body (input name: what it is called) and answers {added, changed, same, failed: [{row_no,
 * field, message, advice}]}. */
int intake(Request *rq, const IntakeColumn *columns, int count, IntakeRow row, void *arg);

/* In a pack's write: the same from a pack's own file (PackPart); the first row that does not fit fails the whole. Rows or a code.
 */
int intake_pack(Request *rq, const PackPart *part, const IntakeColumn *columns, int count, IntakeRow row, void *arg);
/* Checks of one value, for row writers: 0, or error_field. org_read: by name or code; empty: the caller's own. */
int length_check(Request *rq, const char *field, Text text, size_t least, size_t most);
int org_read(Request *rq, Text text, int64_t *out);

/* --- system.c ---------------------------------------------------------------------------------------------------------- */
int systems_get(Request *rq);
int systems_sheet(Request *rq);
int system_get(Request *rq);
int system_post(Request *rq);
int system_put(Request *rq);
int system_delete(Request *rq);
int systems_import(Request *rq);
int resource_systems_get(Request *rq);
int resource_systems_put(Request *rq);
int action_systems_load(Request *rq, void *arg); /* PackPart */

/* --- lists.c: the two lists of sharing --------------------------------------------------------------------------------- */
int duties_get(Request *rq); /* 责任清单 */
int duties_sheet(Request *rq);
int demands_get(Request *rq); /* 供需对接清单 */
int demands_sheet(Request *rq);
#endif
