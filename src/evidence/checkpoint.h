/* checkpoint: what the sealer signs: all stream heads and the checkpoint before. Private to evidence.
 *
 * Body, exactly these bytes (one line of JSON, members in this order, no blanks), signed with Ed25519:
 *   {"format":"yiwang-checkpoint-1","number":n,"at":"…Z","previous":"<sha256 of the body before, or 64 zeros>","node":"…",
 *    "key":"<public key>","heads":[{"stream":"…","count":n,"hash":"…"},…]}        (heads sorted by stream)
 * Line, in checkpoints.jsonl and in witness files: {"signature":"<128 hex>","body":<body>} */
#ifndef YIWANG_EVIDENCE_CHECKPOINT_H
#define YIWANG_EVIDENCE_CHECKPOINT_H
#include "evidence/stream.h"

enum { CHECKPOINT_MAX = 1 << 20 /* bytes of one body */, CHECKPOINT_HEADS_MAX = 8192 };

typedef struct CheckpointHead {
	char stream[STREAM_NAME_MAX];
	uint64_t count;
	Digest hash;
} CheckpointHead;

typedef struct Checkpoint {
	int64_t number, at_us;
	Digest previous, sha256; /* sha256 of the body */
	uint8_t key[PUBLIC_KEY_LEN], signature[SIGNATURE_LEN];
	char node[64];
	const CheckpointHead *heads;
	size_t head_count;
	Text body;
} Checkpoint;

/* Writes the body of number, at_us, previous, key, node and heads. */
void checkpoint_body(Buf *out, const Checkpoint *checkpoint);
/* Everything but the signature from a body, which must be in exactly the form above: 0 or -1. heads in the arena; body borrowed.
 */
int checkpoint_parse(Arena *arena, Text body, Checkpoint *out);
void checkpoint_line(Buf *out, Text body, const uint8_t signature[SIGNATURE_LEN]);
/* As checkpoint_parse, with the signature, from a line (its end trimmed). The signature is not checked. */
int checkpoint_line_parse(Arena *arena, Text line, Checkpoint *out);
bool checkpoint_signed(const Checkpoint *checkpoint, const uint8_t key[PUBLIC_KEY_LEN]);
const CheckpointHead *checkpoint_head(const Checkpoint *checkpoint, const char *stream); /* NULL when it has none */
#endif
