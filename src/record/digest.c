/* Digest canon v1 (docs/decisions/0006) and record ids. Owns nothing: works on its arguments; any thread.
 *
 * A row's canonical bytes: for each field that is not NULL, in ascending field number,
 *     be16 field number ‖ tag ‖ be32 length ‖ bytes
 * tag 'i' BIGINT (8 bytes, two's complement, big-endian), 'd' double (8 bytes, IEEE 754 bits, big-endian, −0 as 0), 't' text
 * (UTF-8, NFC). A NULL adds nothing, so a new field that nobody filled changes no digest; an empty text adds its number, tag and
 * length 0. */
#include "record/record.h"
#include <assert.h>
#include <math.h>

enum { HEADER_LEN = 2 + 1 + 4, NUMBER_LEN = 8 };

static inline char *put_header(char *at, int no, char tag, uint32_t length) {
	at[0] = (char)(no >> 8);
	at[1] = (char)no;
	at[2] = tag;
	uint32_t big = __builtin_bswap32(length);
	memcpy(at + 3, &big, 4);
	return at + HEADER_LEN;
}

static inline char *put_number(char *at, uint64_t bits) {
	uint64_t big = __builtin_bswap64(bits);
	memcpy(at, &big, NUMBER_LEN);
	return at + NUMBER_LEN;
}

/* Bytes of one field; it needs canon_length of room. */
static inline size_t canon_length(const Val *value) {
	if (value->kind == VAL_NULL) return 0;
	return HEADER_LEN + (value->kind == VAL_TEXT || value->kind == VAL_BLOB ? value->t.len : NUMBER_LEN);
}

static inline char *canon_field(int no, const Val *value, char *at) {
	if (value->kind == VAL_NULL) return at;
	if (value->kind == VAL_INT) return put_number(put_header(at, no, 'i', NUMBER_LEN), (uint64_t)value->i);
	if (value->kind == VAL_DOUBLE) {
		double d = value->d == 0 ? 0 : value->d;
		uint64_t bits;
		assert(!isnan(d)); /* refused by the acceptor */
		memcpy(&bits, &d, sizeof bits);
		return put_number(put_header(at, no, 'd', NUMBER_LEN), bits);
	}
	at = put_header(at, no, 't', (uint32_t)value->t.len);
	memcpy(at, value->t.at, value->t.len);
	return at + value->t.len;
}

/* Fields come in ascending number except after an entry was reordered; then the positions are sorted here. */
static bool fields_ascend(const Resource *resource) {
	for (int i = 1; i < resource->field_count; i++)
		if (resource->fields[i].no < resource->fields[i - 1].no) return false;
	return true;
}

static int positions_by_number(const Resource *resource, int *positions) {
	int count = resource->field_count < RECORD_FIELDS_MAX ? resource->field_count : RECORD_FIELDS_MAX;
	for (int i = 0; i < count; i++) {
		int at = i;
		for (; at > 0 && resource->fields[positions[at - 1]].no > resource->fields[i].no; at--)
			positions[at] = positions[at - 1];
		positions[at] = i;
	}
	return count;
}

void row_canon(const Resource *resource, const Val *values, Buf *out) {
	int positions[RECORD_FIELDS_MAX], count = resource->field_count;
	size_t length = 0;
	assert(count <= RECORD_FIELDS_MAX);
	bool ascend = fields_ascend(resource);
	if (!ascend) count = positions_by_number(resource, positions);
	for (int i = 0; i < count; i++)
		length += canon_length(&values[i]);
	char *at = buf_reserve(out, length);
	for (int i = 0; i < count; i++) {
		int position = ascend ? i : positions[i];
		at = canon_field(resource->fields[position].no, &values[position], at);
	}
	out->len += length;
}

static uint64_t big64(const uint8_t *at) {
	uint64_t word;
	memcpy(&word, at, sizeof word);
	return __builtin_bswap64(word);
}

void row_digest(const Resource *resource, const Val *values, Hasher *hasher, Buf *scratch, TableDigest *out) {
	Digest digest;
	buf_reset(scratch);
	row_canon(resource, values, scratch);
	hasher_reset(hasher);
	hasher_add(hasher, buf_as_text(scratch));
	hasher_end(hasher, &digest);
	*out = (TableDigest){.count = 1, .hi = big64(digest.bytes), .lo = big64(digest.bytes + 8)};
}

/* --- sums -------------------------------------------------------------------------------------------------------------- */

void table_digest_add(TableDigest *digest, const TableDigest *other) {
	uint64_t lo = digest->lo + other->lo;
	digest->hi += other->hi + (lo < digest->lo);
	digest->lo = lo;
	digest->count += other->count;
}

void table_digest_sub(TableDigest *digest, const TableDigest *other) {
	uint64_t lo = digest->lo - other->lo;
	digest->hi -= other->hi + (lo > digest->lo);
	digest->lo = lo;
	digest->count -= other->count;
}

bool table_digest_eq(const TableDigest *a, const TableDigest *b) {
	return a->count == b->count && a->hi == b->hi && a->lo == b->lo;
}

char *table_digest_text(Arena *arena, const TableDigest *digest) {
	return arena_printf(arena, "v1:%lld:%016llx%016llx", (long long)digest->count, (unsigned long long)digest->hi,
	                    (unsigned long long)digest->lo);
}

int table_digest_parse(Text text, TableDigest *out) {
	if (!text_starts(text, TEXT("v1:")) || text.len < 3 + 1 + 1 + 32) return -1;
	Text count = {text.at + 3, text.len - 3 - 33}, hex = {text.at + text.len - 32, 32};
	uint8_t sum[16];
	int64_t number;
	if (hex.at[-1] != ':' || text_to_int(count, &number) < 0 || hex_decode(hex, sum, sizeof sum) < 0) return -1;
	*out = (TableDigest){.count = number, .hi = big64(sum), .lo = big64(sum + 8)};
	return 0;
}

/* --- record ids -------------------------------------------------------------------------------------------------------- */

enum { RECORD_ID_BITS = 62 };

int64_t record_id(App *app, const Resource *resource, const Val *values, Buf *scratch) {
	buf_reset(scratch);
	buf_be64(scratch, (uint64_t)resource->resource_id);
	if (resource->key_count == 0) row_canon(resource, values, scratch);
	for (int i = 0; i < resource->key_count; i++) {
		int position = resource->key_fields[i];
		size_t length = canon_length(&values[position]);
		canon_field(resource->fields[position].no, &values[position], buf_reserve(scratch, length));
		scratch->len += length;
	}
	uint64_t hash = siphash64(app_secret(app), buf_as_text(scratch));
	int64_t id = (int64_t)(hash & ((UINT64_C(1) << RECORD_ID_BITS) - 1));
	return id ? id : 1;
}
