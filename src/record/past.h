/* Records past their time (保存期限): which they are by a rule made of numbers, their digest, and taking them out for good. The
 * rooms above decide that and when; here it is done, in chunks, with a feed entry a record, as for every deletion. */
#ifndef YIWANG_RECORD_PAST_H
#define YIWANG_RECORD_PAST_H
#include "record/record.h"

/* A record is past when its version is at most max_ver and: `all`; or its field holds less than field_before; or it has no such
 * value and the job that last wrote it has an id below job_before. Dates count in days, times in UTC µs. */
typedef struct PastRule {
	bool all;
	int field_no; /* a date or time field; 0 = the time of loading counts for every record */
	int64_t field_before, job_before;
	int64_t max_ver; /* the table's clock when the list was made: what changed since is not on it */
} PastRule;

typedef struct PastCount {
	TableDigest digest;
	int64_t first_us, last_us; /* earliest and latest time the rule looked at (UTC µs); 0 = none */
} PastCount;
/* j: counts them under the table as it is now: sets rule->max_ver, then out. Reads on a connection of its own, in constant
 * memory. Nothing loaded: zeroes. */
int past_count(Request *rq, const Resource *resource, PastRule *rule, PastCount *out);
/* The same for a rule whose max_ver is given: what is left of a list, with its digest. */
int past_count_of(Request *rq, const Resource *resource, const PastRule *rule, PastCount *out);
/* How many are there now that the rule (max_ver included) names; negative: a code. */
int64_t past_left(Request *rq, const Resource *resource, const PastRule *rule);
/* w: takes out at most PAST_CHUNK of those after record id *after, in their order, each with its feed entry; adds them to *digest
 * and moves *after to the last one. The number taken out (0 = none is left), or a code. (What changes meanwhile is not on the
 * list, so one pass from 0 finds all; it does not look at what it passed again.) */
enum { PAST_CHUNK = 2000 };
int past_destroy(Request *rq, const Resource *resource, const PastRule *rule, int64_t *after, TableDigest *digest);
/* w: the catalogue learns the number of records; with drop, the whole table is unmounted: generation_cleanup then drops it. */
int past_settle(Request *rq, const Resource *resource, bool drop);
/* w: takes out the records of up to PAST_CHUNK ids that are there, each with its feed entry: what another node says is gone
 * there. past_settle follows. The number taken out, or a code. */
int record_remove(Request *rq, const Resource *resource, const int64_t *ids, int count);

/* Quarantine rows of a resource kept since before that time: how many; and (w) takes out at most PAST_CHUNK. */
int64_t quarantine_past(Request *rq, int64_t resource_id, int64_t before_us);
int quarantine_destroy(Request *rq, int64_t resource_id, int64_t before_us);
#endif
