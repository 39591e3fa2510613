/* Parcels: table delivery_parcel, one row a sequence number of a delivery, and the signed manifest that goes with each
 * (docs/receipts.md). The row is written before the parcel leaves, so that a run which was killed knows its own parcel at the
 * receiver. */
#ifndef YIWANG_EXCHANGE_PARCEL_H
#define YIWANG_EXCHANGE_PARCEL_H
#include "exchange/carrier.h"
#include "exchange/deliver_run.h"
#include "exchange/record_file.h"

typedef struct ParcelRow {
	int64_t sequence, job_id; /* sequence 0 = there is none */
	bool there;               /* the receiver is known to have it */
	char *mode;               /* "full" "increments" */
	int64_t position;         /* feed position that the receiver stands at with it */
	char *signature;          /* grant, version and modes it was made under */
	Digest digest;            /* what the receiver says of it */
	char *file_name;
	int64_t file_size;
	Digest file_sha256;
	int64_t put, removed, held; /* records of the file; records that the receiver holds with it */
	char *document;             /* the manifest, signed, as one line */
	TableDigest rows;           /* canon v1 of the records put; not kept in the table */
} ParcelRow;

/* The row whose sequence and digest the receiver told of, among the newest two; sequence 0 when there is none. newest: the newest
 * sequence number that the receiver is known to have had. */
int parcel_find(Request *rq, int64_t delivery_id, const CarrierMark *mark, ParcelRow *out, int64_t *newest);
/* Records that this job counted against the quota for a parcel which did not arrive; 0 when there is none. */
int parcel_counted(Request *rq, int64_t delivery_id, int64_t job_id, int64_t *out);
/* In a write: keeps the row, over one of that number that never arrived. */
int parcel_put(Request *w, int64_t delivery_id, const ParcelRow *row);
/* In a write: the receiver has it, and stands at row->position with it. */
int parcel_there(Request *w, int64_t delivery_id, const ParcelRow *row);
/* Makes and signs the manifest of row (all but digest and document set): sets row->document. before: the parcel that the receiver
 * stands at; sequence 0 = none. file_name NULL: nothing changed, nothing is sent. */
int parcel_manifest(Deliver *deliver, const SigningKey *key, ParcelRow *row, const CarrierMark *before, json_t **document);
/* Whether a manifest found at a target is one of this delivery, signed with this key: 0; else ERR_CONFLICT rule target_taken. */
int parcel_own(Deliver *deliver, const SigningKey *key, const char *manifest);
/* Writes "parcels": [newest 20] into the open object of rq->json. */
int parcels_write(Request *rq, int64_t delivery_id);
#endif
