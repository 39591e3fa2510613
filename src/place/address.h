/* Standard addresses: their parts and keys. Private to the room. */
#ifndef YIWANG_PLACE_ADDRESS_H
#define YIWANG_PLACE_ADDRESS_H
#include "place/internal.h"

enum { ADDRESS_TEXT_MAX = 200 /* UTF-16 units of a text that is parsed; longer ones have no parts */ };
typedef struct AddressParts {
	const char *town, *road, *number, *building, *unit, *room; /* "" = not said */
} AddressParts;
void address_parse(Arena *arena, Text text, AddressParts *out);
/* NFKC in small letters, without accents on Latin letters; "" for what is not UTF-8 or too long. */
char *address_plain(Arena *arena, Text text);
void address_join(char *form); /* Chinese: without blanks and commas, in place */
/* NFKC, small letters, no accents, blanks, punctuation, nor the word for a street before its name. */
char *address_key(Arena *arena, Text text);
int address_letters(const char *key); /* code points */
bool address_wide(const char *text);  /* has letters of Chinese */
/* Letters put in, left out, changed or swapped with the next that lead from one key to the other, exact up to `most`, else more.
 */
int address_apart(const char *a, const char *b, int most);
int64_t address_number(Text text); /* its first digits; 0 = none */

/* --- a place as a crossing of two roads --------------------------------------------------------------------------------- */
enum { ADDRESS_CROSSINGS_MAX = 4 };
typedef struct AddressCrossing {
	const char *town, *roads[2];
} AddressCrossing;
/* The pairs of roads that a text may name (crossing_parse.c): how many, 0: it is no crossing. sure: it says that it is one; else
 * it may as well be one road's name (Treinta y Tres). */
int address_crossings(Arena *arena, Text text, AddressCrossing out[ADDRESS_CROSSINGS_MAX], bool *sure);
/* crossing.c. What a text that names a crossing means: how many, best first, or a code. roads NULL: it is no crossing; missing:
 * bit i, the city has no such road; apart: the metres between their nearest doors where they do not meet, else -1. */
typedef struct CrossingTold {
	const char *roads[2];
	int missing;
	double apart;
} CrossingTold;
int crossing_find(Request *rq, Text text, PlaceAddress *out, int max, CrossingTold *told);

/* address.c: the road itself where the city has it, else those alike, best first. */
enum { ROADS_MAX = 8, ROAD_SAME = 500 };
typedef struct Road {
	const char *key;
	int points; /* of ROAD_SAME: as written, the beginning of the other, a part of it, or spelled a little otherwise */
} Road;
int roads_find(Request *rq, const char *asked, Road roads[ROADS_MAX], int *count);

int place_addresses_get(Request *rq);
/* address_file.c */
int place_addresses_post(Request *rq);
int address_loads_get(Request *rq);
int address_refused_get(Request *rq);
int address_refused_file(Request *rq);
int address_refused_chore(Request *rq);
#endif
