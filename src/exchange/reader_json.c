/* One JSON object cut into its members. Numbers keep their text (an 18-digit amount must not pass through a double); nested
 * values are checked by jansson and written compact. Pure; any thread. */
#include "exchange/reader_private.h"
#include <jansson.h>
#include <stdlib.h>

typedef struct Cursor {
	Arena *arena;
	const char *p, *end;
	const char *why;
} Cursor;

static int bad(Cursor *c, const char *why) {
	c->why = why;
	return -1;
}

static void blanks(Cursor *c) {
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
}

static int hex4(Cursor *c, uint32_t *out) {
	uint32_t value = 0;
	if (c->end - c->p < 4) return -1;
	for (int i = 0; i < 4; i++) {
		char d = *c->p++;
		int digit = d >= '0' && d <= '9' ? d - '0' : (d | 32) >= 'a' && (d | 32) <= 'f' ? (d | 32) - 'a' + 10 : -1;
		if (digit < 0) return -1;
		value = value << 4 | (uint32_t)digit;
	}
	*out = value;
	return 0;
}

/* After the backslash: writes the character to *to. */
static int unescape(Cursor *c, char **to) {
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	if (c->p == c->end) return bad(c, "a text is not closed");
	char kind = *c->p++;
	const char *found = kind ? strchr(from, kind) : NULL;
	if (found) {
		*(*to)++ = into[found - from];
		return 0;
	}
	uint32_t unit, trail;
	if (kind != 'u' || hex4(c, &unit) != 0) return bad(c, "an escape (\\) is not one of JSON's");
	if (unit >= 0xD800 && unit < 0xDC00) {
		if (c->end - c->p < 6 || c->p[0] != '\\' || c->p[1] != 'u') return bad(c, "half a surrogate pair");
		c->p += 2;
		if (hex4(c, &trail) != 0 || trail < 0xDC00 || trail > 0xDFFF) return bad(c, "half a surrogate pair");
		unit = 0x10000 + ((unit - 0xD800) << 10) + (trail - 0xDC00);
	} else if (unit >= 0xDC00 && unit <= 0xDFFF) {
		return bad(c, "half a surrogate pair");
	} else if (unit == 0) {
		return bad(c, "a NUL character in a text");
	}
	*to += utf8_put(*to, unit);
	return 0;
}

/* A text behind its opening quote. Without escapes it is a slice of the input. */
static int string(Cursor *c, Text *out) {
	const char *from = c->p;
	char *copy = NULL, *to = NULL;
	for (;;) {
		const char *run = c->p;
		while (c->p < c->end && *c->p != '"' && *c->p != '\\' && (unsigned char)*c->p >= 0x20)
			c->p++;
		if (c->p == c->end) return bad(c, "a text is not closed");
		if (*c->p != '"' && *c->p != '\\') return bad(c, "a control character in a text");
		if (!copy && *c->p == '"') {
			*out = (Text){from, (size_t)(c->p++ - from)};
			return 0;
		}
		if (!copy) {
			const char *close = c->p; /* an upper bound is enough: up to the next quote that ends the text */
			while (close < c->end && *close != '"')
				close += *close == '\\' && close + 1 < c->end ? 2 : 1;
			copy = to = arena_alloc_raw(c->arena, (size_t)(close - from) + 4);
			run = from;
		}
		memcpy(to, run, (size_t)(c->p - run));
		to += c->p - run;
		if (*c->p++ == '"') {
			*out = (Text){copy, (size_t)(to - copy)};
			return 0;
		}
		if (unescape(c, &to) != 0) return -1;
	}
}

/* Over an object or array, by brackets and texts only. */
static int nested(Cursor *c, JsonMember *member) {
	const char *from = c->p;
	int depth = 0;
	do {
		if (c->p == c->end) return bad(c, "an object or list is not closed");
		char b = *c->p++;
		if (b == '"') {
			while (c->p < c->end && *c->p != '"')
				c->p += *c->p == '\\' && c->p + 1 < c->end ? 2 : 1;
			if (c->p == c->end) return bad(c, "a text is not closed");
			c->p++;
		}
		depth += (b == '{' || b == '[') - (b == '}' || b == ']');
	} while (depth > 0);
	member->raw = (Text){from, (size_t)(c->p - from)};
	return 0;
}

/* Without the blanks between its parts; numbers and texts stay as they were written. */
static Text squeezed(Arena *arena, Text raw) {
	char *out = arena_alloc(arena, raw.len);
	size_t len = 0;
	bool in_text = false;
	for (size_t i = 0; i < raw.len; i++) {
		char b = raw.at[i];
		if (!in_text && (b == ' ' || b == '\t' || b == '\n' || b == '\r')) continue;
		out[len++] = b;
		if (b == '"')
			in_text = !in_text;
		else if (b == '\\' && in_text)
			out[len++] = raw.at[++i];
	}
	return (Text){out, len};
}

/* Checks a nested value and gives it compact. */
static int compact(Cursor *c, JsonMember *member) {
	json_error_t error;
	json_t *value = json_loadb(member->raw.at, member->raw.len, JSON_REJECT_DUPLICATES, &error);
	/* integers beyond 64 bits are jansson's limit, not JSON's */
	if (!value && json_error_code(&error) != json_error_numeric_overflow)
		return bad(c, arena_printf(c->arena, "in a nested value: %s", error.text));
	json_decref(value);
	member->value = squeezed(c->arena, member->raw);
	return 0;
}

static bool number_char(char b) {
	return (b >= '0' && b <= '9') || b == '-' || b == '+' || b == '.' || b == 'e' || b == 'E';
}

static int scalar(Cursor *c, JsonMember *member) {
	static const Text words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
	Text rest = {c->p, (size_t)(c->end - c->p)};
	for (size_t i = 0; i < 3; i++)
		if (text_starts(rest, words[i])) {
			member->type = i == 2 ? 'n' : 't';
			member->value = i == 2 ? TEXT_NONE : words[i];
			c->p += words[i].len;
			return 0;
		}
	const char *from = c->p;
	while (c->p < c->end && number_char(*c->p))
		c->p++;
	member->type = '0';
	member->value = (Text){from, (size_t)(c->p - from)};
	double ignored;
	if (text_to_double(member->value, &ignored) != 0)
		return bad(c, "a value is none of JSON's (text, number, true, false, null, object, list)");
	return 0;
}

static int value(Cursor *c, JsonMember *member) {
	blanks(c);
	if (c->p == c->end) return bad(c, "a value is missing");
	member->type = *c->p;
	const char *from = c->p;
	int code;
	if (*c->p == '"') {
		c->p++;
		code = string(c, &member->value);
	} else if (*c->p == '{' || *c->p == '[') {
		code = nested(c, member);
		if (code == 0) code = compact(c, member);
	} else {
		code = scalar(c, member);
	}
	member->raw = (Text){from, (size_t)(c->p - from)};
	return code;
}

static int members(Cursor *c, JsonMember **out, int *count) {
	blanks(c);
	if (c->p == c->end || *c->p++ != '{') return bad(c, "not a JSON object");
	int cap = 16, n = 0;
	JsonMember *list = ARENA_ARRAY(c->arena, JsonMember, cap);
	for (blanks(c); c->p < c->end && *c->p != '}'; n++) {
		if (n == CSV_FIELDS_MAX) return bad(c, "more than 1024 members");
		if (n == cap) {
			JsonMember *more = ARENA_ARRAY(c->arena, JsonMember, cap * 2);
			memcpy(more, list, sizeof *list * (size_t)cap);
			list = more;
			cap *= 2;
		}
		if (*c->p++ != '"') return bad(c, "a name in quotes is missing");
		if (string(c, &list[n].key) != 0) return -1;
		blanks(c);
		if (c->p == c->end || *c->p++ != ':') return bad(c, "a colon is missing");
		if (value(c, &list[n]) != 0) return -1;
		blanks(c);
		if (c->p == c->end || (*c->p != ',' && *c->p != '}')) return bad(c, "a comma or the closing brace is missing");
		if (*c->p == ',') {
			c->p++;
			blanks(c);
			if (c->p < c->end && *c->p == '}') return bad(c, "a comma before the closing brace");
		}
	}
	if (c->p == c->end) return bad(c, "the object is not closed");
	c->p++;
	blanks(c);
	if (c->p != c->end) return bad(c, "something follows the object");
	*out = list;
	*count = n;
	return 0;
}

int json_members(Arena *arena, Text object, JsonMember **out, int *count, const char **why) {
	Cursor c = {.arena = arena, .p = object.at, .end = object.at + object.len};
	int code = members(&c, out, count);
	if (code != 0) *why = c.why;
	return code;
}
