/* words: what articles are found by while somebody types: pairs of neighbouring Chinese characters, other words whole. Pure. */
#include "hotline/internal.h"
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

enum { LETTERS_MAX = 4000 };

typedef struct Found {
	Arena *arena;
	const char **out;
	int count, max;
} Found;

static void word_keep(Found *found, const UChar32 *letters, int count) {
	char text[256];
	int32_t length = 0;
	for (int i = 0; i < count && length + U8_MAX_LENGTH < (int32_t)sizeof text; i++)
		U8_APPEND_UNSAFE(text, length, letters[i]);
	text[length] = '\0';
	for (int i = 0; i < found->count; i++)
		if (strcmp(found->out[i], text) == 0) return;
	if (found->count < found->max) found->out[found->count++] = arena_strdup(found->arena, text);
}

/* NFKC in small letters; the number of code points. */
static int letters_of(Text text, UChar32 *out) {
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&status);
	UChar source[LETTERS_MAX], folded[LETTERS_MAX * 2];
	int32_t length = 0, at = 0;
	int count = 0;
	u_strFromUTF8WithSub(source, LETTERS_MAX, &length, text.at ? text.at : "", (int32_t)utf8_cut(text, LETTERS_MAX / 2),
	                     0xFFFD, NULL, &status);
	length = unorm2_normalize(form, source, length, folded, LETTERS_MAX * 2, &status);
	if (U_FAILURE(status)) return 0;
	while (at < length && count < LETTERS_MAX) {
		UChar32 letter;
		U16_NEXT(folded, at, length, letter);
		out[count++] = letter;
	}
	return count;
}

int words_of(Arena *arena, Text text, bool single, const char **out, int max) {
	UChar32 *letters = ARENA_ARRAY(arena, UChar32, LETTERS_MAX);
	Found found = {arena, out, 0, max};
	int count = letters_of(text, letters);
	for (int at = 0; at < count;) {
		bool wide = u_hasBinaryProperty(letters[at], UCHAR_IDEOGRAPHIC);
		int end = at;
		while (end < count && u_isalnum(letters[end]) && u_hasBinaryProperty(letters[end], UCHAR_IDEOGRAPHIC) == wide)
			end++;
		if (end > at && !wide) word_keep(&found, letters + at, end - at);
		for (int i = at; wide && i < end; i++) {
			if (single || end - at == 1) word_keep(&found, letters + i, 1);
			if (i + 1 < end) word_keep(&found, letters + i, 2);
		}
		at = end > at ? end : at + 1;
	}
	return found.count;
}
