/* entry: the canonical bytes of one evidence entry, format 1, and the frame around it. Private to evidence.
 *
 * Body (big-endian; the chain hashes exactly these bytes):
 *    0  u8   version = 1          36  i64  resource_id
 *    1  u8   0                    44  i64  subject_id
 *    2  u16  status               52  i64  row_count
 *    4  u64  seq (1, 2, … in its stream)    60  i64  origin: the outbox id of a write, 0 of a read
 *   12  i64  at_us (UTC µs)       68  five texts, each u16 length ‖ UTF-8 bytes:
 *   20  i64  account_id               actor, action, purpose, address, detail
 *   28  i64  org_id
 * Frame: u32 body length ‖ body ‖ hash, where hash = SHA-256(hash before ‖ body). A length of 0 ends a segment's frames.
 * The hash before entry 1 is SHA-256("yiwang evidence 1 " ‖ stream name). */
#ifndef YIWANG_EVIDENCE_ENTRY_H
#define YIWANG_EVIDENCE_ENTRY_H
#include "evidence/evidence.h"

enum {
	BODY_MIN = 78,
	FRAME_EXTRA = 4 + DIGEST_LEN,
	ACTOR_MAX = 128, /* bytes; longer texts are cut at a character border */
	ACTION_MAX = 64,
	PURPOSE_MAX = 1024,
	ADDRESS_MAX = 64,
	DETAIL_MAX = 4096, /* longer detail is replaced by {"cut":bytes} */
	BODY_MAX = BODY_MIN + ACTOR_MAX + ACTION_MAX + PURPOSE_MAX + ADDRESS_MAX + DETAIL_MAX,
	FRAME_MAX = BODY_MAX + FRAME_EXTRA,
	STREAM_NAME_MAX = 32,
};

/* A decoded entry: texts point into the bytes it was read from. */
typedef struct EntryView {
	uint64_t seq;
	int64_t origin, at_us, account_id, org_id, resource_id, subject_id, row_count;
	int status;
	Text actor, action, purpose, address, detail;
} EntryView;

/* Writes the body of entry into out[BODY_MAX]; seq and origin are 0 until entry_number. Returns its length. Never fails. */
size_t entry_encode(const EvidenceEntry *entry, uint8_t *out);
void entry_number(uint8_t *body, uint64_t seq, int64_t origin);
/* 0, or -1 when the bytes are no body of format 1 (view untouched). */
int entry_decode(Text body, EntryView *view);
/* What can be read of damaged bytes, for a message: numbers if the fixed part is there, texts as far as they fit. */
void entry_glance(Text body, EntryView *view);
/* Whether it can be a stream's name: a-z 0-9 . - and shorter than STREAM_NAME_MAX. */
bool stream_name_right(Text name);
void stream_genesis(const char *stream, Digest *out);
/* One entry as a JSON object's members (at, stream, seq, actor, …) into an open object. detail goes out as JSON when it is JSON.
 */
void entry_json(JsonWriter *json, const char *stream, const EntryView *view);

/* A time fit to be shown: damaged bytes can say anything; years 1 to 9999. */
static inline int64_t time_shown(int64_t us) {
	const int64_t first = INT64_C(-62135596800000000), last = INT64_C(253402271999000000);
	return us < first ? first : us > last ? last : us;
}

static inline uint64_t load_be64(const void *at) {
	uint64_t word;
	memcpy(&word, at, 8);
	return __builtin_bswap64(word);
}
static inline uint32_t load_be32(const void *at) {
	uint32_t word;
	memcpy(&word, at, 4);
	return __builtin_bswap32(word);
}
static inline uint16_t load_be16(const void *at) {
	uint16_t word;
	memcpy(&word, at, 2);
	return __builtin_bswap16(word);
}
static inline void store_be64(void *at, uint64_t word) {
	word = __builtin_bswap64(word);
	memcpy(at, &word, 8);
}
static inline void store_be32(void *at, uint32_t word) {
	word = __builtin_bswap32(word);
	memcpy(at, &word, 4);
}
static inline void store_be16(void *at, uint16_t word) {
	word = __builtin_bswap16(word);
	memcpy(at, &word, 2);
}
#endif
