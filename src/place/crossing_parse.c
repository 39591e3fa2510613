/* crossing_parse: the two roads of a place given as a crossing: 人民路与中山路交叉口, 人民路/中山路路口, 人民路中山路口, Rivera &
 * Brito, 18 de Julio esquina Ejido. Pure. */
#include "place/address.h"
#include <string.h>

enum { NAME_MIN = 6 /* bytes: two letters of Chinese; a mark alone is no name */ };
typedef struct Split {
	AddressCrossing *out;
	int count;
	Arena *arena;
	const char *town;
} Split;

static void split_add(Split *split, const char *left, size_t left_length, const char *right) {
	if (split->count == ADDRESS_CROSSINGS_MAX) return;
	split->out[split->count++] =
	    (AddressCrossing){split->town, {arena_strndup(split->arena, left, left_length), arena_strdup(split->arena, right)}};
}

/* --- Chinese ---------------------------------------------------------------------------------------------------------- */
static const char *const marks[] = {"大道", "路", "街", "巷", "弄", "胡同", "道", NULL},
                         *const tails[] = {"交叉路口", "交叉口", "交叉处", "交叉点",   "交汇处",   "交汇口",   "交会处", "交界处",
                                           "交接处",   "交口",   "相交",   "十字路口", "丁字路口", "三岔路口", "转角",   "拐角",
                                           "街角",     "东北角", "西北角", "东南角",   "西南角",   NULL},
                         *const between[] = {"靠近", "与", "和", "及", "、", "/", "&", "+", "近", NULL};

static size_t starts(const char *at, const char *const *words) {
	for (; *words; words++)
		if (strncmp(at, *words, strlen(*words)) == 0) return strlen(*words);
	return 0;
}

/* The length of the word of a list that ends at `end`, 0: none. */
static size_t ends(const char *from, const char *end, const char *const *words) {
	for (; *words; words++) {
		size_t length = strlen(*words);
		if ((size_t)(end - from) >= length && memcmp(end - length, *words, length) == 0) return length;
	}
	return 0;
}

/* Cuts off what says that it is a crossing, and what stands behind it: whether it does. 口 alone only behind a road: 中山路口. */
static bool tail_cut(char *text) {
	char *end = NULL;
	for (char *at = text; *at && !end; at++)
		if (starts(at, tails)) end = at;
	for (char *at = text + (*text != 0); *at && !end; at++)
		if (ends(text, at, marks) && (strncmp(at, "口", 3) == 0 || strncmp(at, "路口", 6) == 0)) end = at;
	if (!end) return false;
	*end = '\0';
	if (end - text > 3 && (strcmp(end - 3, "的") == 0 || strcmp(end - 3, "之") == 0)) end[-3] = '\0';
	return true;
}

/* A door's number, other than a road's: 1号路. */
static bool has_door(const char *text) {
	for (const char *at = text; (at = strstr(at, "号")); at += 3)
		if (at > text && at[-1] >= '0' && at[-1] <= '9' && !starts(at + 3, marks)) return true;
	return false;
}

static void chinese_split(Split *split, char *text) {
	bool said = tail_cut(text);
	const char *end = text + strlen(text);
	if (has_door(text)) return;
	for (const char *at = text + (*text != 0); *at; at++) {
		size_t word = starts(at, between);
		if (!word || at - text < NAME_MIN || end - at - (ptrdiff_t)word < NAME_MIN) continue;
		if ((ends(text, at, marks) && ends(at + word, end, marks)) ||
		    (said && (ends(text, at, marks) || ends(at, end, marks))))
			split_add(split, text, (size_t)(at - text), at + word);
	}
	/* a road's end, and another road behind it */
	bool apart = split->count > 0;
	for (const char *at = text; said && !apart && at + NAME_MIN <= end; at++)
		if (at - text >= NAME_MIN && ends(text, at, marks) && ends(at, end, marks) && !starts(at, marks))
			split_add(split, text, (size_t)(at - text), at);
}

/* --- Western ---------------------------------------------------------------------------------------------------------- */
static const char *const heads[] =
    {"the corner of ", "corner of ",       "cnr ", "the intersection of ", "intersection of ", "esquina de ",
     "cruce de ",      "interseccion de ", NULL},
                         *const surely[] = {" & ", "&", " / ", "/", " @ ", " esquina con ", " esquina ", " esq. ", " esq ", NULL},
                         *const perhaps[] = {" and ", " y ", " e ", " con ", " at ", NULL};

/* "rivera 1234" is a door; of "ruta 8" and "calle 5" only the number is the name. */
static bool ends_in_door(Arena *arena, const char *from, size_t length) {
	const char *key = address_key(arena, (Text){from, length});
	size_t digits = strspn(key, "0123456789"), all = strlen(key), last = 0;
	while (last < all && key[all - 1 - last] >= '0' && key[all - 1 - last] <= '9')
		last++;
	return last && digits < all;
}

static bool western_split(Split *split, char *text) {
	bool sure = starts(text, heads) > 0;
	char *comma = strchr(text, ',');
	text += starts(text, heads);
	if (comma && comma > text) {
		*comma = '\0';
		split->town = comma + 1 + strspn(comma + 1, " ");
	}
	for (const char *at = text + (*text != 0); *at; at++) {
		size_t word = starts(at, surely), maybe = word ? 0 : starts(at, perhaps);
		if (!word && !maybe) continue;
		if (ends_in_door(split->arena, text, (size_t)(at - text))) return false;
		if (word) split->count = 0; /* one that says so outright goes before others */
		split_add(split, text, (size_t)(at - text), at + (word ? word : maybe));
		if (word) return true;
	}
	return sure;
}

/* --- both -------------------------------------------------------------------------------------------------------------- */
/* The road of one side, without what lies above it; 1号路 has no door. "": there is none. */
static const char *side_road(Arena *arena, const char *side, const char **town) {
	AddressParts parts;
	address_parse(arena, text_of(side), &parts);
	if (*parts.town) *town = parts.town;
	return *parts.number ? side : parts.road;
}

int address_crossings(Arena *arena, Text text, AddressCrossing out[ADDRESS_CROSSINGS_MAX], bool *sure) {
	char *form = address_plain(arena, text);
	Split split = {.out = out, .arena = arena, .town = ""};
	int kept = 0;
	if (!address_wide(form)) {
		*sure = western_split(&split, form);
		for (int i = 0; i < split.count; i++)
			out[i].town = split.town;
		return ends_in_door(arena, split.count ? out[0].roads[1] : "", split.count ? strlen(out[0].roads[1]) : 0)
		           ? 0
		           : split.count;
	}
	address_join(form);
	chinese_split(&split, form);
	for (int i = 0; i < split.count; i++) {
		AddressCrossing one = {"", {"", ""}};
		for (int side = 1; side >= 0; side--)
			one.roads[side] = side_road(arena, out[i].roads[side], &one.town);
		if (*one.roads[0] && *one.roads[1]) out[kept++] = one;
	}
	*sure = kept > 0;
	return kept;
}
