/* Owns the list of administrative divisions (GB/T 2260 down to counties, GB/T 10114 towns, NBS codes for villages) in memory:
 * immutable once built, one a catalogue generation, asked from any thread without locks. */
#include "catalog/divisions.h"

typedef struct Period {
	uint64_t key; /* digits as a number × 16 + how many */
	const char *name;
	int32_t from, to;
} Period;

struct Divisions {
	Period *periods; /* sorted by key, then from */
	size_t count;
	uint32_t *slots;   /* open addressing: 1 + index of a key's first period; 0 = free */
	uint32_t *parents; /* the same for keys that have a known lower level */
	uint64_t *parent_keys;
	uint32_t mask;
};

static bool all_digits(Text text) {
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < '0' || text.at[i] > '9') return false;
	return text.len > 0;
}

Text division_trim(Text code) {
	if ((code.len != 2 && code.len != 4 && code.len != 6 && code.len != 9 && code.len != 12) || !all_digits(code))
		return TEXT_NONE;
	while (code.len > 6 && memcmp(code.at + code.len - 3, "000", 3) == 0)
		code.len -= 3;
	while (code.len <= 6 && code.len > 2 && memcmp(code.at + code.len - 2, "00", 2) == 0)
		code.len -= 2;
	return code;
}

static uint64_t key_of(Text trimmed) {
	uint64_t number = 0;
	for (size_t i = 0; i < trimmed.len; i++)
		number = number * 10 + (uint64_t)(trimmed.at[i] - '0');
	return number * 16 + trimmed.len;
}

static uint32_t spread(uint64_t key) {
	return (uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

/* The code one level up: 12 → 9 → 6 → 4 → 2; none above 2. */
static Text parent_of(Text trimmed) {
	static const size_t up[13] = {[4] = 2, [6] = 4, [9] = 6, [12] = 9};
	return up[trimmed.len] ? division_trim((Text){trimmed.at, up[trimmed.len]}) : TEXT_NONE;
}

static int period_order(const void *a, const void *b) {
	const Period *x = a, *y = b;
	if (x->key != y->key) return x->key < y->key ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static void add_parent(Divisions *divisions, uint64_t key) {
	uint32_t at = spread(key) & divisions->mask;
	while (divisions->parents[at] && divisions->parent_keys[at] != key)
		at = (at + 1) & divisions->mask;
	divisions->parents[at] = 1;
	divisions->parent_keys[at] = key;
}

static bool has_children(const Divisions *divisions, uint64_t key) {
	for (uint32_t at = spread(key) & divisions->mask; divisions->parents[at]; at = (at + 1) & divisions->mask)
		if (divisions->parent_keys[at] == key) return true;
	return false;
}

Divisions *divisions_new(Arena *arena, const DivisionRow *rows, size_t count) {
	Divisions *divisions = ARENA_NEW(arena, Divisions);
	uint32_t size = 64;
	while (size < count * 2)
		size *= 2;
	divisions->mask = size - 1;
	divisions->periods = ARENA_ARRAY(arena, Period, count + 1);
	divisions->slots = ARENA_ARRAY(arena, uint32_t, size);
	divisions->parents = ARENA_ARRAY(arena, uint32_t, size);
	divisions->parent_keys = ARENA_ARRAY(arena, uint64_t, size);
	for (size_t i = 0; i < count; i++) {
		Text code = division_trim(rows[i].code);
		if (!code.at) continue;
		divisions->periods[divisions->count++] = (Period){key_of(code), rows[i].name, rows[i].from, rows[i].to};
		Text up = parent_of(code);
		if (up.at) add_parent(divisions, key_of(up));
	}
	qsort(divisions->periods, divisions->count, sizeof(Period), period_order);
	for (size_t i = 0; i < divisions->count; i++) {
		if (i && divisions->periods[i].key == divisions->periods[i - 1].key) continue;
		uint32_t at = spread(divisions->periods[i].key) & divisions->mask;
		while (divisions->slots[at])
			at = (at + 1) & divisions->mask;
		divisions->slots[at] = (uint32_t)i + 1;
	}
	return divisions;
}

size_t divisions_count(const Divisions *divisions) {
	return divisions->count;
}

/* First period of the key, or NULL. */
static const Period *find(const Divisions *divisions, uint64_t key) {
	for (uint32_t at = spread(key) & divisions->mask; divisions->slots[at]; at = (at + 1) & divisions->mask)
		if (divisions->periods[divisions->slots[at] - 1].key == key) return &divisions->periods[divisions->slots[at] - 1];
	return NULL;
}

static bool in_force(const Divisions *divisions, const Period *period, int32_t day, const char **name) {
	const Period *end = divisions->periods + divisions->count;
	for (uint64_t key = period->key; period < end && period->key == key; period++)
		if (day == DATE_ANY || (period->from <= day && day < period->to)) {
			if (name) *name = period->name;
			return true;
		}
	return false;
}

/* A level is judged only where the list knows that level below the parent: a list of counties does not make all towns wrong. */
int divisions_valid(const Divisions *divisions, Text code, int32_t date, const char **name) {
	Text trimmed = division_trim(code);
	if (!trimmed.at) return 0;
	int32_t day = date == DATE_TODAY ? date_of_us(clock_now_us()) : date;
	for (;;) {
		uint64_t key = key_of(trimmed);
		const Period *period = find(divisions, key);
		if (period) return in_force(divisions, period, day, name);
		trimmed = parent_of(trimmed);
		if (!trimmed.at || has_children(divisions, key_of(trimmed))) return 0;
	}
}

int divisions_since(const Divisions *divisions, Text code6, int32_t day) {
	Text trimmed = division_trim(code6);
	const Period *period = trimmed.at ? find(divisions, key_of(trimmed)) : NULL;
	if (!period) return -1;
	const Period *end = divisions->periods + divisions->count;
	for (uint64_t key = period->key; period < end && period->key == key; period++)
		if (period->to > day) return 1;
	return 0;
}
