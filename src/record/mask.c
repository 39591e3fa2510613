/* Masks (脱敏) and the text form of stored values. Owns nothing; results live in the arena given; any thread.
 * A mask works on code points, never on bytes, and never tells a length except where its definition keeps one (id, phone keep the
 * length of the number, which the standard fixes; name keeps it to four). A value too short to hide anything becomes "***". */
#include "record/internal.h"
#include <math.h>

static const Text MASKED = {"***", 3};

enum { NAME_MAX_SHOWN = 4, HASH_CHARS = 16 };

/* Byte offset of the n-th code point (n ≥ 0), or the length. Stored texts are valid UTF-8: every byte but a continuation begins
 * one. */
static size_t utf8_offset(Text text, size_t n) {
	size_t at = 0;
	for (; at < text.len; at++)
		if (((unsigned char)text.at[at] & 0xC0) != 0x80 && n-- == 0) break;
	return at;
}

/* Where the last n code points begin. */
static size_t utf8_offset_last(Text text, size_t n) {
	size_t at = text.len;
	while (n > 0 && at > 0)
		if (((unsigned char)text.at[--at] & 0xC0) != 0x80) n--;
	return at;
}

/* The first `head` and last `tail` code points, with `stars` between. */
static Text keep_ends(Text value, size_t head, size_t tail, size_t stars, Arena *arena) {
	size_t first = utf8_offset(value, head), last = utf8_offset_last(value, tail);
	size_t length = first + stars + (value.len - last);
	char *out = arena_alloc_raw(arena, length + 1);
	memcpy(out, value.at, first);
	memset(out + first, '*', stars);
	memcpy(out + first + stars, value.at + last, value.len - last);
	return (Text){out, length};
}

/* 张三 → 张*, 张小三 → 张*三, longer names show four places: 欧**成. Beyond that a length would tell who it is. */
static Text mask_person(Text value, size_t count, Arena *arena) {
	if (count < 2) return MASKED;
	size_t tail = count >= 3 ? 1 : 0, shown = count > NAME_MAX_SHOWN ? NAME_MAX_SHOWN : count;
	return keep_ends(value, 1, tail, shown - 1 - tail, arena);
}

static Text mask_id(Text value, size_t count, Arena *arena) {
	return count < 10 ? MASKED : keep_ends(value, 3, 4, count > 18 ? 11 : count - 7, arena);
}

static Text mask_phone(Text value, size_t count, Arena *arena) {
	return count < 10 ? MASKED : keep_ends(value, 3, 4, 4, arena);
}

static Text mask_address(Text value, size_t count, Arena *arena) {
	return count <= 6 ? MASKED : keep_ends(value, 6, 0, 3, arena);
}

/* "2026-11-22", "2026-11-22T08:00:00+08:00" → "2026-01-01": also a text that begins with a year. */
static Text mask_year(Text value, Arena *arena) {
	for (size_t i = 0; i < 4; i++)
		if (value.len < 4 || value.at[i] < '0' || value.at[i] > '9') return MASKED;
	return text_of(arena_printf(arena, "%.4s-01-01", value.at));
}

static Text mask_round(Text value, Arena *arena) {
	double number;
	if (text_to_double(value, &number) < 0) return MASKED;
	return text_of(arena_printf(arena, "%.15g", round_two_digits(number)));
}

double round_two_digits(double number) {
	if (number == 0 || !isfinite(number)) return 0;
	double unit = pow(10, floor(log10(fabs(number))) - 1);
	return round(number / unit) * unit;
}

/* Equal values stay equal within one key and nobody without the installation's secret can try values out. */
static Text mask_hash(App *app, Text value, Text key, Arena *arena) {
	Digest digest;
	uint8_t secret[16 + 64];
	size_t salt = key.len > 64 ? 64 : key.len;
	memcpy(secret, app_secret(app), 16);
	memcpy(secret + 16, key.at ? key.at : "", salt);
	hmac_sha256((Text){(const char *)secret, 16 + salt}, value, &digest);
	char *out = arena_alloc_raw(arena, HEX_DIGEST_MAX);
	hex_encode(digest.bytes, HASH_CHARS / 2, out);
	return (Text){out, HASH_CHARS};
}

Text mask_text(App *app, Mask mask, Text value, Text key, Arena *arena) {
	if (!value.at || mask == MASK_NONE) return value;
	size_t count = utf8_count(value);
	switch (mask) {
	case MASK_NAME:
		return mask_person(value, count, arena);
	case MASK_ID:
		return mask_id(value, count, arena);
	case MASK_PHONE:
		return mask_phone(value, count, arena);
	case MASK_ADDRESS:
		return mask_address(value, count, arena);
	case MASK_YEAR:
		return mask_year(value, arena);
	case MASK_ROUND:
		return mask_round(value, arena);
	case MASK_HASH:
		return mask_hash(app, value, key, arena);
	default:
		return MASKED;
	}
}

Mask field_mask(const Field *field) {
	return field->mask == MASK_NONE ? MASK_ALL : field->mask;
}

static char *two_digits(char *at, int number) {
	at[0] = (char)('0' + number / 10 % 10);
	at[1] = (char)('0' + number % 10);
	return at + 2;
}

/* "2026-11-22", without printf: every row with a rule on dates comes by here. */
static Text date_text(int32_t days, Arena *arena) {
	int year, month, day;
	char *out = arena_alloc_raw(arena, 11), *at = out;
	date_to_civil(days, &year, &month, &day);
	at = two_digits(two_digits(at, year / 100), year);
	*at++ = '-';
	at = two_digits(at, month);
	*at++ = '-';
	*two_digits(at, day) = '\0';
	return (Text){out, 10};
}

static Text integer_text(int64_t number, Arena *arena) {
	char *room = arena_alloc_raw(arena, 24);
	Buf out = {.at = room, .cap = 24};
	buf_int(&out, number);
	return buf_as_text(&out);
}

static Text time_text(int64_t us, Arena *arena) {
	return text_of(clock_format(us, arena_alloc_raw(arena, CLOCK_TEXT_MAX)));
}

Text field_text(const Field *field, Val value, Arena *arena) {
	if (value.kind == VAL_NULL) return TEXT_NONE;
	switch (field->kind) {
	case KIND_DECIMAL:
		return text_of(decimal_to_text(arena, value.i, field->scale));
	case KIND_DATE:
		return date_text((int32_t)value.i, arena);
	case KIND_TIME:
		return time_text(value.i, arena);
	case KIND_BOOLEAN:
		return value.i ? TEXT("true") : TEXT("false");
	case KIND_INTEGER:
		return integer_text(value.i, arena);
	case KIND_DOUBLE:
		return text_of(arena_printf(arena, "%.17g", value.d));
	default:
		return value.t;
	}
}

/* --- as JSON ----------------------------------------------------------------------------------------------------------- */

enum { SAFE_INTEGER_BITS = 53 };

/* Integers beyond 2^53 go out as strings, since browsers would round them; decimals as numbers with all their digits. */
void value_json(JsonWriter *json, const Field *field, Val value, Arena *arena) {
	if (value.kind == VAL_NULL) return jw_null(json);
	switch (field->kind) {
	case KIND_INTEGER:
		if (value.i > -(INT64_C(1) << SAFE_INTEGER_BITS) && value.i < (INT64_C(1) << SAFE_INTEGER_BITS))
			return jw_int(json, value.i);
		return jw_id(json, value.i);
	case KIND_DOUBLE:
		return jw_double(json, value.d);
	case KIND_BOOLEAN:
		return jw_bool(json, value.i != 0);
	case KIND_DECIMAL:
		return jw_raw(json, field_text(field, value, arena));
	case KIND_GEOMETRY:
		return jw_raw(json, value.t);
	default:
		return jw_text(json, field_text(field, value, arena));
	}
}

/* A GeoJSON point to 0.01 degree; any other shape is not shown. */
static Text mask_geometry(Text value, Arena *arena) {
	json_t *shape = json_loadb(value.at, value.len, 0, NULL);
	const char *type = NULL;
	double lon, lat;
	bool point = shape && json_unpack(shape, "{s:s, s:[F,F!]}", "type", &type, "coordinates", &lon, &lat) == 0 &&
	             strcmp(type, "Point") == 0;
	char *text = point ? arena_printf(arena, "{\"type\":\"Point\",\"coordinates\":[%.2f,%.2f]}", lon, lat) : NULL;
	json_decref(shape);
	return text_of(text);
}

static double round_coordinate(double degrees) {
	return round(degrees * 100) / 100;
}

static bool is_coordinate(const Field *field) {
	return field->kind == KIND_DOUBLE && (field->check == CHECK_LONGITUDE || field->check == CHECK_LATITUDE);
}

void masked_json(JsonWriter *json, App *app, const Field *field, Val value, Text key, Arena *arena) {
	if (value.kind == VAL_NULL) return jw_null(json);
	Mask mask = field_mask(field);
	if (field->kind == KIND_GEOMETRY && mask == MASK_ROUND) {
		Text rounded = mask_geometry(value.t, arena);
		if (rounded.at) return jw_raw(json, rounded);
	}
	if (mask == MASK_ROUND && is_coordinate(field)) return jw_double(json, round_coordinate(value.d));
	if (mask == MASK_ROUND && field->kind == KIND_GEOMETRY) mask = MASK_ALL;
	jw_text(json, mask_text(app, mask, field_text(field, value, arena), key, arena));
}

Text masked_text(App *app, const Field *field, Val value, Text key, Arena *arena) {
	if (value.kind == VAL_NULL) return TEXT_NONE;
	Mask mask = field_mask(field);
	if (mask == MASK_ROUND && field->kind == KIND_GEOMETRY) {
		Text rounded = mask_geometry(value.t, arena);
		return rounded.at ? rounded : MASKED;
	}
	if (mask == MASK_ROUND && is_coordinate(field)) return text_of(arena_printf(arena, "%.2f", round_coordinate(value.d)));
	return mask_text(app, mask, field_text(field, value, arena), key, arena);
}
