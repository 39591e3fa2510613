/* record: run-time tables of resources; the one door in (check, normalise, quarantine, store, feed) and the one path out
 * (grant → filter → mask → evidence). Builds run-time SQL in sql.c only, from numbers. */
#ifndef YIWANG_RECORD_RECORD_H
#define YIWANG_RECORD_RECORD_H
#include "catalog/catalog.h"

extern const Module record_module;

/* --- digest canon v1 (docs/decisions/): per row SHA-256 over tag ‖ length ‖ bytes of each field by field number, cut to 128 bits;
 * a table's digest is the count and the sum of row digests mod 2^128 --------------------------------------------------------- */
typedef struct TableDigest { int64_t count; uint64_t hi, lo; } TableDigest;
void table_digest_add(TableDigest *digest, const TableDigest *other);
void table_digest_sub(TableDigest *digest, const TableDigest *other);
bool table_digest_eq(const TableDigest *a, const TableDigest *b);
char *table_digest_text(Arena *arena, const TableDigest *digest); /* "v1:count:32 hex" */
/* One row (values by position in resource->fields) as a TableDigest of count 1. */
void row_digest(const Resource *resource, const Val *values, Hasher *hasher, Buf *scratch, TableDigest *out);
/* Surrogate id of a record: keyed hash of its key values, 1..2^62. */
int64_t record_id(App *app, const Resource *resource, const Val *values, Buf *scratch);

/* --- accepting one row ---------------------------------------------------------------------------------------------------- */
typedef struct Reason { char field[64], value[128], rule[32], message[256], advice[192]; } Reason;
enum { REASONS_MAX = 8 };
typedef struct Accepted {
	Val *values;      /* by position; texts live in the batch arena */
	int64_t record_id;
	int notes;        /* values normalised (full-width, blanks, NFC) */
	int reason_count; /* > 0 = refused */
	Reason reasons[REASONS_MAX];
} Accepted;
typedef struct Acceptor Acceptor; /* one per job thread: compiled rules, code sets and references of one resource version */
int acceptor_new(Request *rq, const Resource *resource, Acceptor **out);
/* texts by position (TEXT_NONE = missing). Always returns 0 unless the store failed; look at reason_count. */
int accept_row(Acceptor *acceptor, const Text *texts, Arena *arena, Accepted *out);
#endif
