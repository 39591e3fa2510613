/* Standard addresses: their parts and keys. Private to the room. */
#ifndef YIWANG_PLACE_ADDRESS_H
#define YIWANG_PLACE_ADDRESS_H
#include "place/internal.h"

enum { ADDRESS_TEXT_MAX = 200 /* UTF-16 units of a text that is parsed; longer ones have no parts */ };
typedef struct AddressParts {
	const char *town, *road, *number, *building, *unit, *room; /* "" = not said */
} AddressParts;
void address_parse(Arena *arena, Text text, AddressParts *out);
/* NFKC, small letters, no accents, blanks, punctuation, nor the word for a street before its name. */
char *address_key(Arena *arena, Text text);
int address_letters(const char *key); /* code points */
bool address_wide(const char *text);   /* has letters of Chinese */
/* Letters put in, left out, changed or swapped with the next that lead from one key to the other, exact up to `most`, else more.
 */
int address_apart(const char *a, const char *b, int most);
int64_t address_number(Text text); /* its first digits; 0 = none */
int place_addresses_get(Request *rq);
/* address_file.c */
int place_addresses_post(Request *rq);
int address_loads_get(Request *rq);
int address_refused_get(Request *rq);
int address_refused_file(Request *rq);
int address_refused_chore(Request *rq);
#endif
