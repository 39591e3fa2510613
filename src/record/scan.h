/* The batch cursor of the one path out: all records that a party may see (or those of given ids), clear or masked, in constant
 * memory. What leaves this room through it passed the grant, its row filter and its masks; quota and evidence are the caller's,
 * since only it knows when the rows really go out. */
#ifndef YIWANG_RECORD_SCAN_H
#define YIWANG_RECORD_SCAN_H
#include "catalog/catalog.h"

typedef struct ScanField {
	const Field *field;
	bool masked, sensitive; /* sensitive: L3/L4 in clear */
} ScanField;
/* One cursor: on one thread, over one Db; lives in rq's arena. */
typedef struct RecordScan {
	const Resource *resource; /* the plan's copy: code, name, fields; lives as long as rq's arena */
	const Grant *grant;       /* NULL under the base rule */
	const ScanField *fields;  /* what is given, in the entry's order */
	int count;
	bool sensitive;         /* some L3/L4 field is clear */
	bool mounted;           /* false: nothing was ever loaded, so there are no rows */
	bool proxied;           /* read at the supplier, all of them from the first on, as they are at that moment; no snapshot */
	int64_t changed;        /* rises with each change of the resource's records */
	const char *about;      /* evidence: {"grant":…,"purpose":…,"clear":[…] without the closing brace */
	int64_t record_id, ver; /* of the present row */
	struct ScanState *state;
} RecordScan;

enum { SCAN_IDS_MAX = 2000 };

/* For rq's party and a way of its grant, over one snapshot of rq->db (which stays until record_scan_close): 0, ERR_FORBIDDEN,
 * ERR_GONE, ERR_RETRY (the catalogue moved on). Nothing else may run on rq->db while rows are open, and it must be given back
 * only after record_scan_close. */
int record_scan_open(Request *rq, const Resource *resource, Way way, RecordScan **out);
/* Begins the rows after a record id, by id when `ordered` (portions need that), else as they lie, which costs far less and mostly
 * is the same each time; at most `limit` (0 = all; only with ordered). Proxied ones: all, from the first on; when ordered by
 * their key, so that a repeated one is refused. */
int record_scan_rows(RecordScan *scan, int64_t after, bool ordered, int64_t limit);
/* Begins the rows of up to SCAN_IDS_MAX record ids: those the party may see, in no order. */
int record_scan_ids(RecordScan *scan, const int64_t *ids, int count);
/* How many rows the party sees. */
int record_scan_size(RecordScan *scan, int64_t *out);
/* 1 row, 0 end, < 0. */
int record_scan_next(RecordScan *scan);
/* Field i of the present row, valid until the next row. As people read it (TEXT_NONE for NULL); as JSON; as a stored value, where
 * a masked one is a text. */
Text record_scan_text(RecordScan *scan, int i);
void record_scan_json(RecordScan *scan, int i, JsonWriter *json);
Val record_scan_value(RecordScan *scan, int i);
/* The same unmasked, as people read it, for the program itself: what of it anybody is shown is the caller's to mask. */
Text record_scan_inside(RecordScan *scan, int i);
/* Whether the party still has exactly this plan (same grant, same version of the entry) now: 0; ERR_FORBIDDEN or ERR_GONE when
 * the right is gone; ERR_RETRY when it has another one. Looks on rq's db, which must be idle. */
int record_scan_still(Request *rq, const RecordScan *scan);
/* Ends rows and snapshot; may be called twice. */
void record_scan_close(RecordScan *scan);
#endif
