/* words: what the words of cases are looked up by, and how sets of cases are stored. Pure, any thread. */
#include "casework/words.h"
#include <unicode/uchar.h>

enum { POINT_BITS = 21 };

static int64_t piece(uint32_t first, uint32_t second, uint32_t third) {
	return (int64_t)first << (2 * POINT_BITS) | (int64_t)second << POINT_BITS | third;
}

/* The pieces that end at the last of three characters; single: those of one character too. */
static size_t pieces_at(const uint32_t last[3], bool single, uint16_t number, Piece *out) {
	size_t count = 0;
	bool wide = last[2] >= 128;
	if (wide && single) out[count++] = (Piece){piece(0, 0, last[2]), number};
	if (last[1] && (wide || last[1] >= 128)) out[count++] = (Piece){piece(0, last[1], last[2]), number};
	if (last[0] && last[0] < 128 && last[1] < 128 && !wide) out[count++] = (Piece){piece(last[0], last[1], last[2]), number};
	return count;
}

static size_t pieces_all(Text text, bool single, uint16_t number, Piece *out, size_t most) {
	const char *at = text.at, *end = text.at + text.len;
	uint32_t last[3] = {0};
	size_t count = 0;
	for (int i = 0; at < end && i < PIECE_TEXT_MAX && count + 2 <= most; i++) {
		last[0] = last[1];
		last[1] = last[2];
		last[2] = (uint32_t)u_tolower((UChar32)utf8_next(&at, end));
		count += pieces_at(last, single, number, out + count);
	}
	return count;
}

size_t pieces_of(Text text, uint16_t number, Piece *out) {
	return pieces_all(text, true, number, out, 2 * PIECE_TEXT_MAX);
}

/* A character by itself says nothing that a piece with its neighbour does not, but where it has none. */
int pieces_asked(Text asked, int64_t out[PIECES_ASKED]) {
	Piece found[PIECES_ASKED + 1];
	size_t count = pieces_all(asked, false, 0, found, PIECES_ASKED);
	if (!count) count = pieces_all(asked, true, 0, found, PIECES_ASKED);
	int kept = 0;
	for (size_t i = 0; i < count; i++) {
		int seen = 0;
		while (seen < kept && out[seen] != found[i].piece)
			seen++;
		if (seen == kept) out[kept++] = found[i].piece;
	}
	return kept;
}

Text set_write(Arena *arena, const uint16_t *numbers, size_t count) {
	size_t length = count * 2 < SET_BYTES ? count * 2 : SET_BYTES;
	uint8_t *out = arena_alloc(arena, length);
	for (size_t i = 0; i < count; i++)
		if (length == SET_BYTES)
			out[numbers[i] / 8] |= (uint8_t)(1 << numbers[i] % 8);
		else {
			out[2 * i] = (uint8_t)numbers[i];
			out[2 * i + 1] = (uint8_t)(numbers[i] >> 8);
		}
	return (Text){(const char *)out, length};
}

void set_and(Text set, uint64_t bits[SET_WORDS]) {
	uint64_t has[SET_WORDS] = {0};
	const uint8_t *at = (const uint8_t *)set.at;
	if (set.len == SET_BYTES)
		for (size_t i = 0; i < set.len; i++)
			has[i / 8] |= (uint64_t)at[i] << i % 8 * 8;
	else
		for (size_t i = 0; i + 1 < set.len; i += 2) {
			size_t number = (at[i] | (size_t)at[i + 1] << 8) % SEGMENT;
			has[number / 64] |= UINT64_C(1) << number % 64;
		}
	for (int i = 0; i < SET_WORDS; i++)
		bits[i] &= has[i];
}
