/* Words of cases: which cases may hold a text in their number or title, without reading them all. Internal to the room.
 * docs/decisions/0042-words-of-cases.md */
#ifndef YIWANG_CASEWORK_WORDS_H
#define YIWANG_CASEWORK_WORDS_H
#include "casework/internal.h"

/* --- pieces of a text: pure, any thread ------------------------------------------------------------------------------------- */
/* What a text is looked up by: each character beyond ASCII, each two neighbours of which one is, and each three ASCII characters,
 * in small letters; as one number. */
typedef struct Piece {
	int64_t piece;
	uint16_t number; /* of the text it is in */
} Piece;
enum { PIECE_TEXT_MAX = 4000 /* characters of a text, more are left out */, PIECES_ASKED = 16 };
/* Writes pieces of text, some of them more than once; room: 2 × PIECE_TEXT_MAX. How many. */
size_t pieces_of(Text text, uint16_t number, Piece *out);
/* The pieces that every text with `asked` in it has. How many; 0: it is too short to be looked up. */
int pieces_asked(Text asked, int64_t out[PIECES_ASKED]);

/* --- sets of numbers within a segment ----------------------------------------------------------------------------------------
 */
enum { SEGMENT = 16384 /* cases */, SET_WORDS = SEGMENT / 64, SET_BYTES = SEGMENT / 8 };
/* As they are stored: 16-bit numbers in order, or, as long as it is, a bitmap. In: in order, each once. */
Text set_write(Arena *arena, const uint16_t *numbers, size_t count);
void set_and(Text set, uint64_t bits[SET_WORDS]); /* bits stay that are in the set too */

/* --- looking up: search.c ----------------------------------------------------------------------------------------------------
 */
typedef struct CaseSearch CaseSearch;
enum { FOUND_MAX = 50 };
/* asked: in small letters. NULL in *out: it is too short. after: only cases before it, 0: all. 0 or a code. */
int case_search_begin(Request *rq, Text asked, int64_t after, CaseSearch **out);
int64_t case_search_top(const CaseSearch *search); /* the newest case that is in a segment; newer ones are not looked up */
/* The next that may have it, newest first; at most FOUND_MAX. 0: those were all, or so many were looked at that reading on is
 * better; then *rest is the case below which nothing was looked up, 0: none is left. The count or a code. */
int case_search_next(CaseSearch *search, int64_t ids[FOUND_MAX], int64_t *rest);
int words_chore(Request *rq); /* makes segments of what is an hour old */
/* In a write: a case has another search_text now, by whose words it is found from now on (what it no longer says, lists see). */
int case_words_add(Request *rq, int64_t case_id, Text text);
#endif
