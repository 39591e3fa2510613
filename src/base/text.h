/* Text: a counted string, UTF-8 unless said otherwise, not owning and not NUL-terminated. */
#ifndef YIWANG_BASE_TEXT_H
#define YIWANG_BASE_TEXT_H
#include "base/arena.h"
#include <stdbool.h>
#include <string.h>

typedef struct Text {
	const char *at;
	size_t len;
} Text;

#define TEXT(literal) ((Text){(literal), sizeof(literal) - 1})
#define TEXT_NONE ((Text){NULL, 0})
/* For printf: "%.*s", TEXT_ARG(text) */
#define TEXT_ARG(text) (int)(text).len, (text).at ? (text).at : ""

static inline Text text_of(const char *string) {
	return (Text){string, string ? strlen(string) : 0};
}
static inline bool text_eq(Text a, Text b) {
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}
static inline bool text_is(Text a, const char *string) {
	return text_eq(a, text_of(string));
}
/* Bytewise order, shorter first: <0, 0, >0. */
int text_cmp(Text a, Text b);
bool text_starts(Text text, Text prefix);
bool text_ends(Text text, Text suffix);
/* Offset of the first needle, or -1. */
ptrdiff_t text_find(Text text, Text needle);
/* Without ASCII blanks at both ends. */
Text text_trim(Text text);
/* NUL-terminated copy in the arena; text_dup keeps it counted. */
char *text_cstr(Arena *arena, Text text);
Text text_dup(Arena *arena, Text text);
/* Whole text as a decimal number: 0, or -1 when it is empty, has other characters, or overflows. */
int text_to_int(Text text, int64_t *value);
/* Decimal floating point as in JSON (no hex, no inf/nan), locale-free: 0 or -1. */
int text_to_double(Text text, double *value);
/* Fixed decimal "-12.345" into value × 10^scale, exact: 0, or -1 when malformed, overflowing, or with more
 * than `scale` fraction digits. scale 0..18. */
int text_to_decimal(Text text, int scale, int64_t *value);
/* Inverse of text_to_decimal: "-12.345" (always `scale` fraction digits). */
char *decimal_to_text(Arena *arena, int64_t value, int scale);
/* Code points in valid UTF-8; and whether it is valid (no overlong, surrogate, > U+10FFFF). */
size_t utf8_count(Text text);
bool utf8_valid(Text text);
/* Bytes before the first invalid or cut-off sequence; and where to cut valid UTF-8 so that at most max bytes stay. */
size_t utf8_valid_prefix(Text text);
size_t utf8_cut(Text text, size_t max);
/* Next code point from *at (valid UTF-8, at < end), advancing *at. */
uint32_t utf8_next(const char **at, const char *end);
/* Whether a code point shows nothing or turns the direction of reading (controls, zero widths, line separators, bidi controls,
 * tags): in a name it makes one thing look like another ("report<U+202E>fdp.exe"). */
bool code_point_hidden(uint32_t code_point);
/* Whether a file may be called so: 1 to 255 bytes of UTF-8 that can all be seen, nothing of a path, nothing that systems refuse.
 */
bool file_name_good(Text name);
/* Writes 1..4 bytes of one code point; returns how many. */
int utf8_put(char *out, uint32_t code_point);
#endif
