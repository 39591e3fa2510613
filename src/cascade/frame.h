/* A signed message between two nodes, and the rows in a batch. Bytes from outside: every length has a limit, nothing is trusted
 * before frame_verify. Pure functions in the caller's arena; any thread.
 *
 *   "YWC1 " 128 hex digits "\n"      Ed25519 over the header line's bytes
 *   header "\n"                      one JSON object on one line: kind, from, to, at, body_size, body_sha256, and the kind's own
 *   body                             body_size bytes
 *
 * The signature covers the body through its digest. A batch's own digest, which the next one names, is that of its header line.
 */
#ifndef YIWANG_CASCADE_FRAME_H
#define YIWANG_CASCADE_FRAME_H
#include "seal/seal.h"
#include <jansson.h>

enum {
	FRAME_HEADER_MAX = 1 << 20,
	FRAME_BODY_MAX = 16 << 20,
	FRAME_MAX = FRAME_HEADER_MAX + FRAME_BODY_MAX + 1024,
	BATCH_COLUMNS_MAX = 512,
	NODE_ID_LEN = 32, /* hex digits: the first half of the SHA-256 of the node's public key */
};
typedef struct Frame {
	const char *kind, *from, *to; /* in header */
	int64_t at_us;
	json_t *header;
	Text header_line, body;
	uint8_t signature[SIGNATURE_LEN];
	char digest[HEX_DIGEST_MAX]; /* SHA-256 of the header line */
} Frame;
/* The parts of a message, of right form but not yet believed. out->body points into bytes. 0 or ERR_INVALID rule "frame". */
int frame_parse(Arena *arena, Text bytes, Frame *out, Error *error);
/* Signature and body digest: 0 or ERR_FORBIDDEN rule "signature". */
int frame_verify(const Frame *frame, const uint8_t key[PUBLIC_KEY_LEN], Error *error);
/* A member of the header: "" or 0 when it is not there or of another type. */
const char *frame_str(const Frame *frame, const char *name);
int64_t frame_int(const Frame *frame, const char *name);
/* Signs header (taken over; gets body_size and body_sha256) with its body into out. 0 or ERR_INTERNAL. */
int frame_sign(Arena *arena, const SigningKey *key, json_t *header, Text body, Buf *out);
/* The name of a node: its public key's fingerprint. */
void node_name(const uint8_t key[PUBLIC_KEY_LEN], char out[NODE_ID_LEN + 1]);

/* --- rows: JSON Lines, each an array [id, text or null, …]; an array of the id alone says that this record is gone -------------
 */
typedef struct BatchRow {
	int64_t record_id;
	const Text *texts; /* of `columns`; valid until the next row */
	bool removed;
} BatchRow;
typedef struct BatchReader {
	Text rest;
	int columns; /* set by the caller, with rest: texts a row has besides its id */
	json_t *line;
	Text texts[BATCH_COLUMNS_MAX];
} BatchReader;
/* 1 row, 0 end, ERR_INVALID rule "row". */
int batch_next(BatchReader *reader, BatchRow *row, Error *error);
void batch_end(BatchReader *reader);
#endif
