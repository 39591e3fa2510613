/* Cursors: where a page ended, as an opaque text. Signed with the installation's secret over account and resource too, so that it
 * can be neither made up nor used by another; it holds the last row's sort value, which its reader has seen clear. Any thread. */
#include "record/read.h"

enum { MAC_LEN = 16, CURSOR_MAX = 6000, FLAG_DESCENDING = 1, FLAG_NULLS = 2 };

static void sign(Request *rq, const Plan *plan, Text payload, uint8_t mac[MAC_LEN]) {
	Buf text = {0};
	Digest digest;
	buf_str(&text, "record.cursor");
	buf_be64(&text, (uint64_t)rq->party.account_id);
	buf_be64(&text, (uint64_t)plan->resource->resource_id);
	buf_text(&text, payload);
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16}, buf_as_text(&text), &digest);
	memcpy(mac, digest.bytes, MAC_LEN);
	buf_free(&text);
}

static void add_value(Buf *out, Val value) {
	uint64_t bits = (uint64_t)value.i;
	buf_char(out, "nidt"[value.kind]);
	if (value.kind == VAL_DOUBLE) memcpy(&bits, &value.d, sizeof bits);
	buf_be16(out, (uint16_t)(value.kind == VAL_TEXT ? value.t.len : 8));
	if (value.kind == VAL_TEXT)
		buf_text(out, value.t);
	else
		buf_be64(out, bits);
}

char *cursor_text(Request *rq, const Plan *plan, const Cursor *cursor) {
	Buf *out = ARENA_NEW(rq->arena, Buf);
	buf_in(out, rq->arena);
	buf_be16(out, (uint16_t)cursor->sort);
	buf_char(out, (char)((cursor->descending ? FLAG_DESCENDING : 0) | (cursor->nulls ? FLAG_NULLS : 0)));
	buf_be64(out, (uint64_t)cursor->record_id);
	add_value(out, cursor->value);
	for (int i = 0; i < cursor->key_count; i++)
		add_value(out, cursor->key[i]);
	uint8_t mac[MAC_LEN];
	sign(rq, plan, buf_as_text(out), mac);
	buf_add(out, mac, sizeof mac);
	return base64url(rq->arena, buf_as_text(out));
}

static int digit64(char c) {
	if (c >= 'A' && c <= 'Z') return c - 'A';
	if (c >= 'a' && c <= 'z') return c - 'a' + 26;
	if (c >= '0' && c <= '9') return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Bytes of an unpadded base64url text, or TEXT_NONE. */
static Text decode64(Arena *arena, Text text) {
	uint8_t *out = arena_alloc_raw(arena, text.len + 1);
	size_t length = 0;
	uint32_t bits = 0;
	int held = 0;
	for (size_t i = 0; i < text.len; i++) {
		int digit = digit64(text.at[i]);
		if (digit < 0) return TEXT_NONE;
		bits = bits << 6 | (uint32_t)digit;
		held += 6;
		if (held < 8) continue;
		held -= 8;
		out[length++] = (uint8_t)(bits >> held);
	}
	return (Text){(const char *)out, length};
}

static uint64_t big64(const char *at) {
	uint64_t word;
	memcpy(&word, at, sizeof word);
	return __builtin_bswap64(word);
}

/* The next value: kind, length, bytes. */
static int read_value(Text *rest, Val *out) {
	const uint8_t *head = (const uint8_t *)rest->at;
	size_t length = rest->len >= 3 ? (size_t)(head[1] << 8 | head[2]) : SIZE_MAX;
	if (rest->len < 3 || length > rest->len - 3 || (head[0] != 't' && length != 8)) return -1;
	Text bytes = {rest->at + 3, length};
	uint64_t bits = head[0] == 't' ? 0 : big64(bytes.at);
	*rest = (Text){bytes.at + length, rest->len - 3 - length};
	switch (head[0]) {
	case 't':
		*out = (Val){.kind = VAL_TEXT, .t = bytes};
		return 0;
	case 'd':
		*out = val_double(0);
		memcpy(&out->d, &bits, sizeof bits);
		return 0;
	case 'i':
		*out = val_int((int64_t)bits);
		return 0;
	case 'n':
		*out = val_null();
		return 0;
	default:
		return -1;
	}
}

int cursor_parse(Request *rq, const Plan *plan, Text text, Cursor *out) {
	enum { FIXED = 2 + 1 + 8 + 3 };
	uint8_t mac[MAC_LEN];
	Text bytes = text.len <= CURSOR_MAX ? decode64(rq->arena, text) : TEXT_NONE;
	Text payload = {bytes.at, bytes.len >= FIXED + MAC_LEN ? bytes.len - MAC_LEN : 0};
	bool good = payload.len > 0;
	if (good) {
		sign(rq, plan, payload, mac);
		good = equal_constant_time(mac, bytes.at + payload.len, MAC_LEN);
	}
	Cursor cursor = {0};
	if (good) {
		const uint8_t *at = (const uint8_t *)payload.at;
		cursor = (Cursor){.sort = at[0] << 8 | at[1],
		                  .descending = at[2] & FLAG_DESCENDING,
		                  .nulls = at[2] & FLAG_NULLS,
		                  .record_id = (int64_t)big64(payload.at + 3)};
		Text rest = {payload.at + 11, payload.len - 11};
		good = read_value(&rest, &cursor.value) == 0;
		while (good && rest.len > 0 && cursor.key_count < 8)
			good = read_value(&rest, &cursor.key[cursor.key_count++]) == 0;
	}
	if (!good)
		return error_field(rq->error, ERR_INVALID, "after", TEXT_NONE, "cursor",
		                   "take `next` of the page before, unchanged",
		                   "The cursor in `after` was not given to you for this resource");
	*out = cursor;
	return 0;
}
