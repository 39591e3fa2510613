/* Text: counted strings, UTF-8, and exact numbers from text. Pure functions, any thread. */
#include "base/text.h"
#include <locale.h>
#include <stdlib.h>

int text_cmp(Text a, Text b) {
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.at, b.at, len) : 0;
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool text_starts(Text text, Text prefix) {
	return text.len >= prefix.len && text_eq((Text){text.at, prefix.len}, prefix);
}

bool text_ends(Text text, Text suffix) {
	return text.len >= suffix.len && (suffix.len == 0 || memcmp(text.at + text.len - suffix.len, suffix.at, suffix.len) == 0);
}

ptrdiff_t text_find(Text text, Text needle) {
	if (needle.len == 0) return 0;
	if (text.len < needle.len) return -1;
	const char *found = memmem(text.at, text.len, needle.at, needle.len);
	return found ? found - text.at : -1;
}

static bool blank(char c) {
	return c == ' ' || (c >= '\t' && c <= '\r');
}

Text text_trim(Text text) {
	while (text.len && blank(text.at[0]))
		text.at++, text.len--;
	while (text.len && blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

char *text_cstr(Arena *arena, Text text) {
	return arena_strndup(arena, text.at, text.len);
}

Text text_dup(Arena *arena, Text text) {
	return text.at ? (Text){arena_strndup(arena, text.at, text.len), text.len} : TEXT_NONE;
}

int text_to_int(Text text, int64_t *value) {
	size_t i = 0;
	bool minus = text.len && text.at[0] == '-';
	if (text.len && (text.at[0] == '-' || text.at[0] == '+')) i = 1;
	if (i == text.len) return -1;
	int64_t sum = 0; /* kept negative: INT64_MIN has no positive twin */
	for (; i < text.len; i++) {
		unsigned digit = (unsigned char)text.at[i] - '0';
		if (digit > 9 || __builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, (int64_t)digit, &sum))
			return -1;
	}
	if (!minus && sum == INT64_MIN) return -1;
	*value = minus ? sum : -sum;
	return 0;
}

static size_t digits_at(Text text, size_t i) {
	size_t from = i;
	while (i < text.len && (unsigned char)(text.at[i] - '0') <= 9)
		i++;
	return i - from;
}

/* strtod without the process's locale: the decimal point may have been changed by a library. */
static double parse_slow(Text text) {
	static _Thread_local locale_t plain;
	if (!plain) plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	char small[64], *copy = text.len < sizeof small ? small : malloc(text.len + 1);
	if (!copy) abort();
	memcpy(copy, text.at, text.len);
	copy[text.len] = 0;
	double value = strtod_l(copy, NULL, plain);
	if (copy != small) free(copy);
	return value;
}

int text_to_double(Text text, double *value) {
	static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
	                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	size_t i = text.len && text.at[0] == '-', whole = digits_at(text, i), fraction = 0, at = i;
	if (whole == 0 || (whole > 1 && text.at[i] == '0')) return -1;
	i += whole;
	if (i < text.len && text.at[i] == '.') {
		fraction = digits_at(text, ++i);
		if (fraction == 0) return -1;
		i += fraction;
	}
	bool plain = i == text.len && whole + fraction <= 15;
	if (i < text.len && (text.at[i] | 32) == 'e') {
		i++;
		if (i < text.len && (text.at[i] == '-' || text.at[i] == '+')) i++;
		size_t digits = digits_at(text, i);
		if (digits == 0) return -1;
		i += digits;
	}
	if (i != text.len) return -1;
	double result;
	if (plain) { /* up to 15 digits: both operands exact, so one correctly rounded division */
		int64_t sum = 0;
		for (; at < text.len; at++)
			if (text.at[at] != '.') sum = sum * 10 + (text.at[at] - '0');
		result = (double)sum / powers[fraction];
		if (text.at[0] == '-') result = -result;
	} else {
		result = parse_slow(text);
		if (!__builtin_isfinite(result)) return -1;
	}
	*value = result;
	return 0;
}

int text_to_decimal(Text text, int scale, int64_t *value) {
	size_t sign = text.len && (text.at[0] == '-' || text.at[0] == '+'), i = sign;
	size_t whole = digits_at(text, i), fraction = 0;
	i += whole;
	if (i < text.len && text.at[i] == '.') {
		fraction = digits_at(text, ++i);
		i += fraction;
		if (fraction == 0) return -1;
	}
	if (i != text.len || whole == 0 || scale < 0 || scale > 18 || fraction > (size_t)scale) return -1;
	int64_t sum = 0;
	for (i = sign; i < text.len; i++)
		if (text.at[i] != '.' &&
		    (__builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, text.at[i] - '0', &sum)))
			return -1;
	for (size_t k = fraction; k < (size_t)scale; k++)
		if (__builtin_mul_overflow(sum, 10, &sum)) return -1;
	bool minus = text.at[0] == '-';
	if (!minus && sum == INT64_MIN) return -1;
	*value = minus ? sum : -sum;
	return 0;
}

char *decimal_to_text(Arena *arena, int64_t value, int scale) {
	char digits[48], *end = digits + sizeof digits, *p = end;
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	for (int i = 0; i < scale; i++, rest /= 10)
		*--p = (char)('0' + rest % 10);
	if (scale > 0) *--p = '.';
	do
		*--p = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0) *--p = '-';
	return arena_strndup(arena, p, (size_t)(end - p));
}

size_t utf8_count(Text text) {
	size_t count = 0;
	for (size_t i = 0; i < text.len; i++)
		count += ((unsigned char)text.at[i] & 0xC0) != 0x80;
	return count;
}

/* Length of the valid sequence at p (p < end), or 0. Ranges of Unicode 15 table 3-7. */
static int sequence(const unsigned char *p, const unsigned char *end) {
	if (p[0] < 0x80) return 1;
	if (p[0] < 0xC2 || p[0] > 0xF4) return 0;
	int len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (end - p < len) return 0;
	unsigned char low = p[0] == 0xE0   ? 0xA0
	                    : p[0] == 0xF0 ? 0x90
	                                   : 0x80,
	              high = p[0] == 0xED   ? 0x9F
	                     : p[0] == 0xF4 ? 0x8F
	                                    : 0xBF;
	if (p[1] < low || p[1] > high) return 0;
	for (int i = 2; i < len; i++)
		if ((p[i] & 0xC0) != 0x80) return 0;
	return len;
}

size_t utf8_valid_prefix(Text text) {
	if (text.len == 0) return 0;
	const unsigned char *p = (const unsigned char *)text.at, *end = p + text.len;
	while (p < end) {
		uint64_t word;
		while (end - p >= 8 && (memcpy(&word, p, 8), (word & 0x8080808080808080u) == 0))
			p += 8;
		if (p == end) break;
		int len = sequence(p, end);
		if (len == 0) break;
		p += len;
	}
	return (size_t)(p - (const unsigned char *)text.at);
}

bool utf8_valid(Text text) {
	return utf8_valid_prefix(text) == text.len;
}

size_t utf8_cut(Text text, size_t max) {
	if (text.len <= max) return text.len;
	while (max && ((unsigned char)text.at[max] & 0xC0) == 0x80)
		max--;
	return max;
}

uint32_t utf8_next(const char **at, const char *end) {
	const unsigned char *p = (const unsigned char *)*at;
	uint32_t c = p[0];
	int len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	if (end - *at < len) len = 1;
	if (len > 1) {
		c &= 0x7Fu >> len;
		for (int i = 1; i < len; i++)
			c = c << 6 | (p[i] & 0x3F);
	}
	*at += len;
	return c;
}

bool code_point_hidden(uint32_t c) {
	static const uint32_t ranges[][2] = {{0, 0x1F},        {0x7F, 0x9F},     {0xAD, 0xAD},      {0x61C, 0x61C},
	                                     {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},  {0x2060, 0x206F},
	                                     {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i][0] && c <= ranges[i][1]) return true;
	return false;
}

bool file_name_good(Text name) {
	if (name.len == 0 || name.len > 255 || !utf8_valid(name) || text_is(name, ".") || text_is(name, "..")) return false;
	for (const char *at = name.at, *end = name.at + name.len; at < end;) {
		uint32_t c = utf8_next(&at, end);
		if (code_point_hidden(c) || (c < 0x80 && strchr("/\\:*?\"<>|", (int)c))) return false;
	}
	return true;
}

int utf8_put(char *out, uint32_t c) {
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	int len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (int i = len - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3F));
	out[0] = (char)(0xF0 << (4 - len) | c);
	return len;
}
