/* Percent-decoding of paths and queries. Pure functions over the caller's arena; any thread. */
#include "net/private.h"

static int hex_value(char c) {
	if (c >= '0' && c <= '9') return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %xx (and + as a blank when `form`); fast path returns the input itself. 0, or -1 on a bad escape or a NUL. */
static int percent_decode(Arena *arena, Text raw, bool form, Text *out) {
	size_t first = 0;
	while (first < raw.len && raw.at[first] != '%' && !(form && raw.at[first] == '+') && raw.at[first] != '\0')
		first++;
	if (first == raw.len) {
		*out = raw.at ? raw : TEXT("");
		return 0;
	}
	char *text = arena_alloc_raw(arena, raw.len);
	memcpy(text, raw.at, first);
	size_t length = first;
	for (size_t i = first; i < raw.len; i++) {
		char c = raw.at[i];
		if (c == '+' && form) {
			c = ' ';
		} else if (c == '%') {
			int high = i + 2 < raw.len ? hex_value(raw.at[i + 1]) : -1;
			int low = i + 2 < raw.len ? hex_value(raw.at[i + 2]) : -1;
			if (high < 0 || low < 0) return -1;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0') return -1;
		text[length++] = c;
	}
	*out = (Text){text, length};
	return 0;
}

int query_next(Arena *arena, Text *rest, Text *key, Text *value) {
	while (rest->len > 0 && rest->at[0] == '&')
		*rest = (Text){rest->at + 1, rest->len - 1};
	if (rest->len == 0) return 0;
	const char *end = memchr(rest->at, '&', rest->len);
	Text pair = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
	const char *equals = memchr(pair.at, '=', pair.len);
	Text raw_key = {pair.at, equals ? (size_t)(equals - pair.at) : pair.len};
	Text raw_value = equals ? (Text){equals + 1, pair.len - raw_key.len - 1} : TEXT("");
	Text decoded_key, decoded_value;
	if (percent_decode(arena, raw_key, true, &decoded_key) != 0 ||
	    percent_decode(arena, raw_value, true, &decoded_value) != 0)
		return -1;
	*rest = (Text){rest->at + pair.len, rest->len - pair.len};
	*key = decoded_key;
	*value = decoded_value;
	return 1;
}

/* An encoded slash would move the segments' borders; nobody needs one, so it is refused and not guessed at. */
static bool has_encoded_slash(Text raw) {
	return text_find(raw, TEXT("%2F")) >= 0 || text_find(raw, TEXT("%2f")) >= 0;
}

static bool has_dot_segment(Text path) {
	for (size_t at = 0; at < path.len;) {
		const char *slash = memchr(path.at + at, '/', path.len - at);
		Text segment = {path.at + at, slash ? (size_t)(slash - path.at) - at : path.len - at};
		if (text_eq(segment, TEXT(".")) || text_eq(segment, TEXT(".."))) return true;
		at += segment.len + 1;
	}
	return false;
}

int path_decode(Arena *arena, Text raw, Text *path, const char **why) {
	Text decoded;
	if (raw.len == 0 || raw.at[0] != '/')
		*why = "The path must begin with '/'.";
	else if (has_encoded_slash(raw))
		*why = "The path holds an encoded slash (%2F).";
	else if (percent_decode(arena, raw, false, &decoded) != 0)
		*why = "The path holds a broken percent escape or a NUL.";
	else if (!utf8_valid(decoded))
		*why = "The path is not valid UTF-8.";
	else if (text_find(decoded, TEXT("//")) >= 0)
		*why = "The path holds an empty segment ('//').";
	else if (has_dot_segment(decoded))
		*why = "The path holds a '.' or '..' segment.";
	else {
		for (size_t i = 0; i < decoded.len; i++)
			if ((unsigned char)decoded.at[i] < 0x20 || decoded.at[i] == 0x7f || decoded.at[i] == '\\') {
				*why = "The path holds a control character or a backslash.";
				return -1;
			}
		*path = decoded;
		return 0;
	}
	return -1;
}
