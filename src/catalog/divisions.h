/* The room's own view of the list of divisions: how it is built. */
#ifndef YIWANG_CATALOG_DIVISIONS_H
#define YIWANG_CATALOG_DIVISIONS_H
#include "catalog/catalog.h"

/* Days that stand for "since ever" and "until further notice". */
#define DAY_ALWAYS INT32_MIN
#define DAY_NEVER INT32_MAX

typedef struct DivisionRow {
	Text code;        /* any length; trailing zeros are cut by the builder */
	const char *name; /* must live as long as the list */
	int32_t from, to; /* in force on from <= day < to */
} DivisionRow;
/* Builds the list in arena from rows in any order (a code may come with several periods). */
Divisions *divisions_new(Arena *arena, const DivisionRow *rows, size_t count);
size_t divisions_count(const Divisions *divisions);
/* The code without the zeros that stand for "no lower level": 2, 4, 6, 9 or 12 digits; TEXT_NONE when it is not a code. */
Text division_trim(Text code);
/* 1 in force at some time on or after that day, 0 known but abolished earlier, -1 not in the list. For GB 11643, whose number
 * may have been given later than the birth it tells. */
int divisions_since(const Divisions *divisions, Text code6, int32_t day);
#endif
