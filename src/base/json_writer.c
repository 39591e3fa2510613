/* JsonWriter: JSON output straight into a Buf. One thread; lives as long as its Buf. */
#include "base/json_writer.h"
#include "base/clock.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

void jw_begin(JsonWriter *json, Buf *out) {
	*json = (JsonWriter){.out = out};
}

/* What stands before a value: nothing after a key, else a comma from the second on. */
static void before(JsonWriter *json) {
	if (json->after_key)
		json->after_key = false;
	else if (json->comma)
		buf_char(json->out, ',');
	json->comma = true;
}

static void open_with(JsonWriter *json, char bracket) {
	before(json);
	assert(json->depth < JSON_DEPTH_MAX);
	json->depth++;
	json->comma = false;
	buf_char(json->out, bracket);
}

static void close_with(JsonWriter *json, char bracket) {
	assert(json->depth > 0 && !json->after_key);
	json->depth--;
	json->comma = true;
	buf_char(json->out, bracket);
}

void jw_object(JsonWriter *json) {
	open_with(json, '{');
}
void jw_object_end(JsonWriter *json) {
	close_with(json, '}');
}
void jw_array(JsonWriter *json) {
	open_with(json, '[');
}
void jw_array_end(JsonWriter *json) {
	close_with(json, ']');
}

/* Bytes from p that need no escape. */
static size_t plain_run(const unsigned char *p, size_t len) {
	size_t i = 0;
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), low = _mm_set1_epi8(0x1F);
	for (; i + 16 <= len; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + i));
		__m128i control = _mm_cmpeq_epi8(_mm_min_epu8(v, low), v);
		int mask =
		    _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash))));
		if (mask) return i + (size_t)__builtin_ctz((unsigned)mask);
	}
#endif
	while (i < len && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

static void escape(Buf *out, unsigned char c) {
	static const char shorts[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	static const char hex[] = "0123456789abcdef";
	char *to = buf_reserve(out, 6);
	to[0] = '\\';
	if (c >= 0x20 || shorts[c]) {
		to[1] = c >= 0x20 ? (char)c : shorts[c];
		out->len += 2;
		return;
	}
	memcpy(to + 1, "u00", 3);
	to[4] = hex[c >> 4];
	to[5] = hex[c & 15];
	out->len += 6;
}

static void string(Buf *out, Text value) {
	const unsigned char *p = (const unsigned char *)value.at;
	buf_reserve(out, value.len + 2);
	buf_char(out, '"');
	for (size_t i = 0; i < value.len;) {
		size_t run = plain_run(p + i, value.len - i);
		buf_add(out, p + i, run);
		i += run;
		if (i < value.len) escape(out, p[i++]);
	}
	buf_char(out, '"');
}

void jw_key_text(JsonWriter *json, Text key) {
	assert(json->depth > 0 && !json->after_key);
	before(json);
	string(json->out, key);
	buf_char(json->out, ':');
	json->after_key = true;
}

void jw_key(JsonWriter *json, const char *key) {
	jw_key_text(json, text_of(key));
}

void jw_text(JsonWriter *json, Text value) {
	before(json);
	if (value.at)
		string(json->out, value);
	else
		buf_add(json->out, "null", 4);
}

void jw_str(JsonWriter *json, const char *value) {
	jw_text(json, text_of(value));
}

void jw_int(JsonWriter *json, int64_t value) {
	before(json);
	buf_int(json->out, value);
}

void jw_id(JsonWriter *json, int64_t value) {
	before(json);
	buf_char(json->out, '"');
	buf_int(json->out, value);
	buf_char(json->out, '"');
}

/* Most numbers in records have few decimals: with up to 15 digits the decimal is exact to read back, and unique. */
static bool short_decimal(Buf *out, double value) {
	static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
	double size = fabs(value);
	for (int places = 0; places <= 8; places++) {
		double scaled = nearbyint(size * powers[places]);
		if (scaled >= 1e15) return false;
		if (scaled / powers[places] != size) continue;
		int64_t digits = (int64_t)scaled, unit = (int64_t)powers[places];
		if (signbit(value) && digits) buf_char(out, '-');
		buf_int(out, digits / unit);
		if (places == 0) return true;
		buf_char(out, '.');
		char *to = buf_reserve(out, (size_t)places);
		int64_t fraction = digits % unit;
		for (int i = places - 1; i >= 0; i--, fraction /= 10)
			to[i] = (char)('0' + fraction % 10);
		out->len += (size_t)places;
		return true;
	}
	return false;
}

/* "-1.25e+01" without trailing zeros, and without exponent between 1e-6 and 1e21, as JavaScript writes numbers. */
static void number_layout(Buf *out, const char *scientific) {
	const char *p = scientific, *e = strchr(scientific, 'e');
	char digits[24];
	int count = 0, exponent = atoi(e + 1);
	if (*p == '-') buf_char(out, *p++);
	for (; p < e; p++)
		if (*p != '.') digits[count++] = *p;
	while (count > 1 && digits[count - 1] == '0')
		count--;
	int whole = exponent + 1; /* digits before the point */
	if (exponent < -6 || exponent >= 21) {
		buf_char(out, digits[0]);
		if (count > 1) buf_char(out, '.');
		buf_add(out, digits + 1, (size_t)(count - 1));
		buf_char(out, 'e');
		buf_int(out, exponent);
		return;
	}
	if (whole <= 0) buf_str(out, "0.");
	for (int i = whole; i < 0; i++)
		buf_char(out, '0');
	for (int i = 0; i < count || i < whole; i++) {
		if (i == whole && whole > 0) buf_char(out, '.');
		buf_char(out, i < count ? digits[i] : '0');
	}
}

void double_to_buf(Buf *out, double value) {
	if ((fabs(value) >= 1e-5 || value == 0) && short_decimal(out, value)) return;
	char digits[40];
	double again = 0;
	for (int precision = fabs(value) < 2.3e-308 ? 1 : 15; precision <= 17; precision++) {
		int length = snprintf(digits, sizeof digits, "%.*e", precision - 1, value);
		for (int i = 0; i < length; i++) /* whatever the locale's decimal point is */
			if ((unsigned char)(digits[i] - '0') > 9 && !strchr("+-e", digits[i])) digits[i] = '.';
		if (text_to_double(text_of(digits), &again) == 0 && again == value) break;
	}
	number_layout(out, digits);
}

void jw_double(JsonWriter *json, double value) {
	if (!isfinite(value)) {
		jw_null(json);
		return;
	}
	before(json);
	double_to_buf(json->out, value);
}

void jw_bool(JsonWriter *json, bool value) {
	before(json);
	buf_str(json->out, value ? "true" : "false");
}

void jw_null(JsonWriter *json) {
	before(json);
	buf_add(json->out, "null", 4);
}

void jw_raw(JsonWriter *json, Text json_text_) {
	before(json);
	buf_text(json->out, json_text_);
}

void jw_time(JsonWriter *json, int64_t us) {
	char text[CLOCK_TEXT_MAX];
	jw_str(json, us ? clock_format(us, text) : NULL);
}

void jw_kv_text(JsonWriter *json, const char *key, Text value) {
	jw_key(json, key);
	jw_text(json, value);
}
void jw_kv_str(JsonWriter *json, const char *key, const char *value) {
	jw_key(json, key);
	jw_str(json, value);
}
void jw_kv_int(JsonWriter *json, const char *key, int64_t value) {
	jw_key(json, key);
	jw_int(json, value);
}
void jw_kv_id(JsonWriter *json, const char *key, int64_t value) {
	jw_key(json, key);
	jw_id(json, value);
}
void jw_kv_bool(JsonWriter *json, const char *key, bool value) {
	jw_key(json, key);
	jw_bool(json, value);
}
void jw_kv_time(JsonWriter *json, const char *key, int64_t us) {
	jw_key(json, key);
	jw_time(json, us);
}
