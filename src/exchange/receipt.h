/* Batch receipts: who sent what, when, how many rows, which digest; signed, so that supplier and receiver can both verify them. */
#ifndef YIWANG_EXCHANGE_RECEIPT_H
#define YIWANG_EXCHANGE_RECEIPT_H
#include "record/record.h"

/* Signs the body (taken over; see docs/guide for its members) and gives the document
 * {"receipt": body, "public_key": hex, "signature": hex}; the signature is Ed25519 over the body written compactly with sorted keys.
 * The key is DIR/keys/receipt.pem, made at first use. Not in a write. The result lives in rq's arena. */
int receipt_sign(Request *rq, json_t *body, json_t **document);
/* In a write: keeps it, findable by job. */
int receipt_put(Request *rq, int64_t receipt_id, int64_t job_id, int64_t resource_id, const json_t *document);
int receipt_get(Request *rq); /* GET /jobs/{id}/receipt */
extern const Migration receipt_migrations[];
enum { RECEIPT_MIGRATIONS = 1 };
#endif
