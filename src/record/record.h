/* record: run-time tables of resources; the one door in (check, normalise, quarantine, store, feed) and the one path out
 * (grant → filter → mask → evidence). Builds run-time SQL in sql.c only, from numbers. */
#ifndef YIWANG_RECORD_RECORD_H
#define YIWANG_RECORD_RECORD_H
#include "catalog/catalog.h"

extern const Module record_module, map_module, style_module;

/* --- digest canon v1 (docs/decisions/0006) ----------------------------------------------------------------------------- */
/* Per row SHA-256 over the canonical bytes of its fields by field number, cut to 128 bits; a table's digest is the count and the
 * sum of row digests mod 2^128. */
typedef struct TableDigest {
	int64_t count;
	uint64_t hi, lo;
} TableDigest;
void table_digest_add(TableDigest *digest, const TableDigest *other);
void table_digest_sub(TableDigest *digest, const TableDigest *other);
bool table_digest_eq(const TableDigest *a, const TableDigest *b);
char *table_digest_text(Arena *arena, const TableDigest *digest); /* "v1:count:32 hex" */
int table_digest_parse(Text text, TableDigest *out);              /* its inverse (checkpoints): 0 or -1 */
/* The canonical bytes of one row (values by position in resource->fields), appended to out. */
void row_canon(const Resource *resource, const Val *values, Buf *out);
/* One row as a TableDigest of count 1. scratch is overwritten. */
void row_digest(const Resource *resource, const Val *values, Hasher *hasher, Buf *scratch, TableDigest *out);
/* Surrogate id of a record: keyed hash of its key values, 1..2^62-1. A resource without a key is named by all its fields. */
int64_t record_id(App *app, const Resource *resource, const Val *values, Buf *scratch);

/* --- accepting rows --------------------------------------------------------------------------------------------------------- */
typedef struct Reason {
	char field[64], value[128], rule[32], message[256], advice[192];
} Reason;
enum { REASONS_MAX = 8, RECORD_FIELDS_MAX = 512 };
typedef struct Accepted {
	Val *values; /* by position in resource->fields; texts live in the batch arena (or in the texts given) */
	int64_t record_id;
	int64_t row_no;       /* set by the caller: the row's number in the batch, 1.. */
	TableDigest digest;   /* of this row (count 1) when it was accepted: taken here, once, over the normalised values */
	int notes;            /* values normalised (full-width, blanks, NFC, letter case) */
	int reason_count;     /* > 0 = refused */
	Reason *reasons;      /* in the batch arena; NULL when none */
	const bool *left_out; /* by position: what the row says nothing of; NULL = it says all (accept_part) */
	const bool *kept;     /* of those, what holds the record's stored value (accept_kept); NULL = none */
} Accepted;
typedef struct Acceptor Acceptor; /* one per job thread: compiled rules, code sets and references of one resource version */
/* rq must outlive the acceptor (it lives in rq's arena; its look-ups run on rq->db). 0, ERR_INVALID (a rule or reference of the
 * entry does not work: error says which) or a store failure. */
int acceptor_new(Request *rq, const Resource *resource, Acceptor **out);
/* texts by position (TEXT_NONE = missing); they must live as long as the chunk. arena: the chunk's, reset between chunks.
 * Always returns 0 unless the store failed; look at out->reason_count. Does not touch out->row_no. */
int accept_row(Acceptor *acceptor, const Text *texts, Arena *arena, Accepted *out);
/* A row of an upsert that says nothing of the fields in left_out (no key field; it must live as long as the chunk). What depends
 * on them, and the digest, wait for accept_kept. NULL, or an entry without a key: the same as accept_row. */
int accept_part(Acceptor *acceptor, const Text *texts, const bool *left_out, Arena *arena, Accepted *out);
/* Between the accept_part calls of a chunk and accept_references: what rows say nothing of is what their record has, in an
 * earlier row of the chunk or else stored; null in a new record. The record that comes of it must pass each rule that names a
 * field the row brings. Nothing is asked of the store when no row leaves anything out. */
int accept_kept(Acceptor *acceptor, Accepted *rows, size_t count, Arena *arena);
/* After the accept_row calls of a chunk: looks up the references of all its rows at once and refuses those without a match. */
int accept_references(Acceptor *acceptor, Accepted *rows, size_t count, Arena *arena);
/* One text as a load would take it into that field of a row: normalised, its range, code set and standard check as of today. 1, 0
 * refused with *why, or a code. Nothing but blanks is taken as NULL or "", also of a required field. In rq's arena. */
int field_accept(Request *rq, const Resource *resource, const Field *field, Text text, Val *out, Reason *why);

/* --- generations: a full load fills a hidden run-time table and swaps it in (docs/decisions/0004) ---------------------- */
/* Order of a full load; w = call inside request_write / request_write_bulk, j = call from the job with its reader (these run
 * their own writes in steps): w generation_create → w generation_fill … (one per chunk, with the quarantine rows and
 * job_checkpoint in the same write) → j generation_duplicates → j generation_compare → j generation_index → j
 * generation_read_back (compare digests) → j generation_swap. On failure or cancel for good: j generation_drop. Each j step
 * can be begun again from its start after a kill. One load per resource at a time: the caller holds a lease. */
enum { RECORD_TABLES_MAX = 1500 }; /* run-time tables in one store (10,000 cost a SQLite connection 0.75 s) */

typedef struct Duplicate {
	const Resource *resource;
	const Val *values;                       /* by position, valid during the call */
	const bool *left_out;                    /* as in Accepted */
	int64_t record_id, row_no, first_row_no; /* the row moved out, and the one that stays */
	const Field *field;                      /* the unique field it repeats, or NULL: the key */
	bool identical;                          /* superseded: same values in every field; nothing to mend, count it only */
	bool collision; /* other key values with the same record id: rule "record_id" instead of "unique" (see 0004) */
} Duplicate;

typedef struct GenerationHooks { /* every member may be NULL */
	/* Between writes: progress and cancel. Negative stops the step with that code. total -1 = not known. */
	int (*step)(Request *rq, void *arg, int64_t done, int64_t total);
	/* Inside each write of a step (w is the write's Request): fence with job_checkpoint. Negative rolls the write back. */
	int (*fence)(Request *w, void *arg);
	/* Inside the write that takes the row out. May run again for the same row when the write is retried. */
	int (*duplicate)(Request *w, void *arg, const Duplicate *row);
	void *arg;
} GenerationHooks;

typedef struct LoadCounts {
	int64_t inserted, updated, unchanged, deleted, superseded, refused;
} LoadCounts;

/* w: an empty hidden table for the resource's current version; its number through out. ERR_CONFLICT rule "table_limit". */
int generation_create(Request *rq, const Resource *resource, int64_t job_id, int *out);
/* w: appends accepted rows (those with reason_count > 0 are passed over). The count stored, or a negative code. */
int64_t generation_fill(Request *rq, const Resource *resource, int generation, int64_t job_id, const Accepted *rows,
                        size_t count);
/* w: empties a hidden generation (a load begun again from row 1). */
int generation_clear(Request *rq, const Resource *resource, int generation);
/* j: makes record ids and `unique` fields unique: of rows with the same value the first by row_no stays, the others go through
 * hooks->duplicate and out. *removed is the digest of the rows taken out (subtract it from the source's); counts: superseded
 * (identical) and refused. Counts and *removed cover this call only: after a kill add up what hooks->duplicate kept. */
int generation_duplicates(Request *rq, const Resource *resource, int generation, const GenerationHooks *hooks,
                          TableDigest *removed, LoadCounts *counts);
/* j: compares with the live generation by record id and writes the difference down for the swap. (Unchanged rows took over their
 * version when they were filled in.) */
int generation_compare(Request *rq, const Resource *resource, int generation, const GenerationHooks *hooks);
/* j: builds the other indexes. */
int generation_index(Request *rq, const Resource *resource, int generation, const GenerationHooks *hooks);
/* j: the digest of what is stored, recomputed from the stored values, in constant memory. job_id 0 = all rows, else the rows that
 * job last wrote. generation 0 = the live one. */
int generation_read_back(Request *rq, const Resource *resource, int generation, int64_t job_id, const GenerationHooks *hooks,
                         TableDigest *out);
/* j: in one write: mounts the generation, gives the feed the difference (above 100,000 changes one FEED_STATE entry with subject
 * 0: "read the resource anew"), sets *out, then runs hooks->fence (put job_finish there: it may read *out through its arg). *out
 * holds only once 0 is returned. ERR_CONFLICT rule "changed_meanwhile" when the live generation or the entry's version changed
 * since generation_create. Then drops the old one. */
int generation_swap(Request *rq, const Resource *resource, int generation, const GenerationHooks *hooks, LoadCounts *out);
/* j: drops a hidden or old generation, in steps. Dropping what is not there is no error; the live one is refused. */
int generation_drop(Request *rq, int64_t resource_id, int generation);
/* j: drops every old generation left behind (a reader held it, a kill). */
int generation_cleanup(Request *rq);
/* j: drops hidden generations of loads that failed or were cancelled before that time and so cannot be resumed. The number
 * dropped (some may be left), or negative. */
int generation_abandoned(Request *rq, int64_t before_us);

/* --- upsert into the live generation ----------------------------------------------------------------------------------- */
typedef struct Upsert {
	LoadCounts counts;  /* of this chunk. unchanged may be negative: a row counted before was superseded by a changed one */
	TableDigest source; /* what this chunk adds to the batch's source digest: accepted rows less superseded ones */
} Upsert;
enum { UPSERT_CHUNK_MAX = 5000 };
/* j, once before the chunks of a job: a live generation (made when there is none yet) and the index the read-back needs. */
int record_upsert_begin(Request *rq, const Resource *resource, int64_t job_id);
/* w: rows with reason_count > 0 are passed over. A row whose key came before in the batch supersedes it. Rows that repeat a
 * `unique` field of another record, or collide by record id, go to hooks->duplicate and count as refused. Each touched row is
 * stamped with job_id, so generation_read_back(…, 0, job_id, …) equals the sum of Upsert.source over the batch. */
int record_upsert_chunk(Request *rq, const Resource *resource, int64_t job_id, const Accepted *rows, size_t count,
                        const GenerationHooks *hooks, Upsert *out);

/* j, once after the last chunk: the catalogue learns the new number of records and the time. */
int record_upsert_end(Request *rq, const Resource *resource, int64_t job_id);

/* What an upsert of these rows would do, without doing it: fates[i] is 'i' inserted, 'u' updated, '=' unchanged, ' ' nothing
 * (refused, or superseded by a later row of its key). At most UPSERT_CHUNK_MAX. The table may be behind the entry's version: then
 * what it lacks counts as empty only after a load. */
int record_foresee(Request *rq, const Resource *resource, const Accepted *rows, size_t count, char *fates);

/* Actions of this room: "filter.check" (FilterCheck of people.h); "record.reshape", arg int64_t *resource_id, in the write that
 * publishes a version: the live run-time table gets columns for the new fields. */

/* A live read of the resource's first record by its id, on the path that callers take: 0, also when there is none, or why it
 * failed. */
int record_probe(Request *rq, const Resource *resource);

/* --- what people say of records: may they, and has it changed since (mark.c) ------------------------------------------------ */
/* Whether rq's party may read the resource at all: 0, ERR_FORBIDDEN, ERR_GONE. Nothing is read. */
int record_readable(Request *rq, const Resource *resource);
typedef struct RecordMark {
	bool there;
	int64_t version;
	char value[17]; /* keyed hash of the field's stored value in this record, 16 hex digits; "" for NULL */
} RecordMark;
/* A record as it is now; field NULL: value stays "". As the party sees it: ERR_FORBIDDEN when it may not read the resource,
 * ERR_INVALID with field "field" for a field it is not given, and not there when its grant's row filter does not cover it. */
int record_mark_seen(Request *rq, const Resource *resource, int64_t record_id, const Field *field, RecordMark *out);
/* The same for the program itself, also in the write that loads. */
int record_mark(Request *rq, const Resource *resource, int64_t record_id, const Field *field, RecordMark *out);
/* One stored value in clear, for the program itself: what of it anybody is shown is the caller's to mask. TEXT_NONE for NULL. 1,
 * 0 there is no such record, or a code. In rq's arena. */
int record_text(Request *rq, const Resource *resource, int64_t record_id, const Field *field, Text *out, RecordMark *mark);
/* The mark that the field would have with this text (as field_text writes it) in it. */
void record_mark_of(Request *rq, const Resource *resource, int64_t record_id, const Field *field, Text text, char out[17]);
/* Where a record lies, for the program itself: its point, or the middle of its shape. 1, 0 it does not say, or a code. */
int record_place(Request *rq, const Resource *resource, int64_t record_id, double *lon, double *lat);

/* --- masks (脱敏) -------------------------------------------------------------------------------------------------------- */
/* A text masked by code points; `key` (≥ 1 byte) salts MASK_HASH (a grant's or resource's id). MASK_NONE gives the text itself.
 */
Text mask_text(App *app, Mask mask, Text value, Text key, Arena *arena);
/* The mask in force where a field must not show clear: its own, or MASK_ALL when it has none. */
Mask field_mask(const Field *field);
/* A stored value as people read it ("12.50", "2026-11-22", ISO 8601…): the text the acceptor would take back. TEXT_NONE for NULL.
 */
Text field_text(const Field *field, Val value, Arena *arena);

/* A supplier's value, as text, as a value of the field: 0, or -1 with *why = what it must be. Its kind and length only: what a
 * stored record passed besides (standard checks, codes, rules) is not asked of one that stays at the supplier. */
int field_take(const Field *field, Text text, Arena *arena, Val *out, const char **why);
typedef struct FieldRange {
	char low[32], high[32]; /* in words */
} FieldRange;
/* Whether a value that field_take took lies between the field's least and greatest, as a load asks. */
bool field_in_range(const Field *field, Val value, FieldRange *range);

#include "record/keeper.h"
#include "record/open.h"
#include "record/quarantine.h"
#include "record/scan.h"
#include "record/past.h"
#endif
