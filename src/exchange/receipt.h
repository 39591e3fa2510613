/* Batch receipts: who sent what, when, how many rows, which digest; signed, so that supplier and receiver can both verify them.
 */
#ifndef YIWANG_EXCHANGE_RECEIPT_H
#define YIWANG_EXCHANGE_RECEIPT_H
#include "record/record.h"

/* The node's receipt key DIR/keys/receipt.pem, made at first use. Not in a write. Freed with rq's arena. */
int receipt_key(Request *rq, SigningKey **out);
/* Signs the body (taken over) and gives the document {"receipt": body, "public_key": hex, "signature": hex}; the signature is
 * Ed25519 over the body written compactly with sorted keys. The result lives in rq's arena. */
int receipt_sign(Request *rq, const SigningKey *key, json_t *body, json_t **document);
/* In a write: keeps it, findable by job. */
int receipt_put(Request *rq, int64_t receipt_id, int64_t job_id, int64_t resource_id, const json_t *document);
/* Reads a signed document: its body (owned by the caller) when the signature is good and, with trusted_key (hex or NULL), of that
 * key. ERR_INVALID with what is wrong; name says of what. */
int receipt_open(Text document, const char *name, const char *trusted_key, json_t **body, Error *error);
/* The same of a file of at most 16 MiB. */
int receipt_file(const char *path, const char *trusted_key, json_t **body, Error *error);
int receipt_get(Request *rq); /* GET /jobs/{id}/receipt */
#endif
