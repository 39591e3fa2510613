/* Owns the table of syllables: of every character of the CJK block, made once by ICU's transliteration. Any thread; lives as long
 * as the process (160 KB). One reading a character: 重庆 is found as zhongqing, not chongqing. */
#include "catalog/find.h"
#include <pthread.h>
#include <stdlib.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

enum { FIRST = 0x4E00, LAST = 0x9FFF, SYLLABLE = 8 };
static char syllables[LAST - FIRST + 1][SYLLABLE];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void keep(uint32_t character, const UChar *at, int length) {
	char *out = syllables[character - FIRST];
	if (length >= SYLLABLE) return;
	for (int i = 0; i < length; i++) {
		if (at[i] < 'a' || at[i] > 'z') {
			out[0] = '\0'; /* not a syllable: ICU left the character as it is */
			return;
		}
		out[i] = (char)at[i];
	}
}

/* A block of characters parted by line ends in one call: a call a character takes a hundred times as long. */
static void make_block(UTransliterator *latin, uint32_t from, uint32_t to) {
	enum { CAP = 16384 };
	UChar units[CAP];
	int32_t length = 0;
	UErrorCode error = U_ZERO_ERROR;
	for (uint32_t c = from; c < to; c++) {
		units[length++] = (UChar)c;
		units[length++] = '\n';
	}
	int32_t limit = length;
	utrans_transUChars(latin, units, &length, CAP, 0, &limit, &error);
	if (U_FAILURE(error)) return;
	uint32_t c = from;
	for (int32_t i = 0, start = 0; i < length && c < to; i++) {
		if (units[i] != '\n') continue;
		int32_t end = i;
		while (start < end && units[start] == ' ')
			start++;
		while (end > start && units[end - 1] == ' ')
			end--;
		keep(c++, units + start, end - start);
		start = i + 1;
	}
}

static void make_table(void) {
	static const UChar id[] = u"Han-Latin; Latin-ASCII; Any-Lower";
	UErrorCode error = U_ZERO_ERROR;
	UTransliterator *latin = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &error);
	if (U_FAILURE(error)) {
		log_warn("catalog: ICU has no Han-Latin: search by pinyin finds nothing");
		return;
	}
	for (uint32_t c = FIRST; c <= LAST; c += 512)
		make_block(latin, c, c + 512 <= LAST + 1 ? c + 512 : LAST + 1);
	utrans_close(latin);
}

const char *pinyin_syllable(uint32_t character) {
	if (character < FIRST || character > LAST) return NULL;
	pthread_once(&once, make_table);
	const char *found = syllables[character - FIRST];
	return *found ? found : NULL;
}
