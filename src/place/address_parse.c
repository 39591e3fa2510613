/* address_parse: the parts of an address in free text, Chinese (…市…镇…路12号3幢402室) or Western (Av. 18 de Julio 1234,
 * Montevideo), and the keys by which roads and numbers are found. Pure. */
#include "place/address.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

/* --- one form --------------------------------------------------------------------------------------------------------- */
/* NFKC in small letters, without accents on Latin letters. "" for what is not UTF-8 or too long. */
char *address_plain(Arena *arena, Text text) {
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *wide = unorm2_getNFKCCasefoldInstance(&status), *apart = unorm2_getNFDInstance(&status);
	UChar source[ADDRESS_TEXT_MAX + 1], folded[ADDRESS_TEXT_MAX * 2], split[ADDRESS_TEXT_MAX * 3];
	int32_t length = 0, kept = 0, bytes = 0;
	u_strFromUTF8(source, ADDRESS_TEXT_MAX, &length, text.at ? text.at : "", (int32_t)text.len, &status);
	length = unorm2_normalize(wide, source, length, folded, ADDRESS_TEXT_MAX * 2, &status);
	length = unorm2_normalize(apart, folded, length, split, ADDRESS_TEXT_MAX * 3, &status);
	if (U_FAILURE(status)) return arena_strdup(arena, "");
	for (int32_t i = 0; i < length; i++)
		if (split[i] < 0x300 || split[i] > 0x36F) split[kept++] = split[i];
	char *out = arena_alloc(arena, ADDRESS_TEXT_MAX * 9 + 1);
	u_strToUTF8(out, ADDRESS_TEXT_MAX * 9, &bytes, split, kept, &status);
	out[U_FAILURE(status) ? 0 : bytes] = '\0';
	return out;
}

static bool wide_at(const char *at) {
	return (unsigned char)*at >= 0xE3;
}

bool address_wide(const char *text) {
	for (; *text; text++)
		if (wide_at(text)) return true;
	return false;
}

/* Without blanks and punctuation; of a Western road also without the word for what it is. */
char *address_key(Arena *arena, Text text) {
	static const char *const kinds[] = {"avenida", "avda", "av",     "avenue",  "ave",     "calle",     "street", "st",
	                                    "road",    "rd",   "rua",    "bulevar", "bvar",    "boulevard", "blvd",   "camino",
	                                    "cno",     "ruta", "pasaje", "pje",     "strasse", "str",       NULL};
	char *from = address_plain(arena, text), *out = arena_alloc(arena, strlen(from) + 1), *end = out;
	bool kept_any = false;
	for (char *at = from; *at;) {
		size_t word = strcspn(at, " .,;:'\"()/\t\r\n");
		bool drop = false;
		for (int i = 0; kinds[i] && word && !kept_any; i++)
			if (strlen(kinds[i]) == word && memcmp(kinds[i], at, word) == 0 && at[word]) drop = true;
		if (!drop && word) {
			memcpy(end, at, word);
			end += word;
			kept_any = true;
		}
		at += word;
		if (*at) at++;
	}
	*end = '\0';
	return out;
}

int address_letters(const char *key) {
	int count = 0;
	for (; *key; key++)
		count += ((unsigned char)*key & 0xC0) != 0x80;
	return count;
}

static int letters_of(const char *key, UChar32 out[ADDRESS_TEXT_MAX]) {
	int32_t at = 0, length = (int32_t)strlen(key), count = 0;
	while (at < length && count < ADDRESS_TEXT_MAX) {
		U8_NEXT(key, at, length, out[count]);
		count++;
	}
	return count;
}

static int least(int a, int b) {
	return a < b ? a : b;
}

int address_apart(const char *a, const char *b, int most) {
	UChar32 left[ADDRESS_TEXT_MAX], right[ADDRESS_TEXT_MAX];
	int rows[3][ADDRESS_TEXT_MAX + 1], *before = rows[0], *above = rows[1], *row = rows[2];
	int n = letters_of(a, left), m = letters_of(b, right);
	if (abs(n - m) > most) return most + 1;
	for (int j = 0; j <= m; j++)
		above[j] = j;
	for (int i = 1; i <= n; i++) {
		int lowest = row[0] = i;
		for (int j = 1; j <= m; j++) {
			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (left[i - 1] != right[j - 1]));
			if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
			lowest = least(lowest, row[j]);
		}
		if (lowest > most) return most + 1;
		int *spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[m];
}

int64_t address_number(Text text) {
	int64_t number = 0;
	size_t i = 0;
	while (i < text.len && (text.at[i] < '0' || text.at[i] > '9'))
		i++;
	for (; i < text.len && text.at[i] >= '0' && text.at[i] <= '9' && number < 100000000; i++)
		number = number * 10 + (text.at[i] - '0');
	return number;
}

/* --- Chinese ---------------------------------------------------------------------------------------------------------- */
static const char *const towns[] = {"街道", "镇", "乡", "开发区", NULL}, *const above[] = {"省", "市", "区", "县",   "街道",
                                                                                           "镇", "乡", "村", "社区", NULL},
                         *const roads[] = {"大道", "路", "街", "巷", "弄", "胡同", "道", NULL};

/* The end of the mark that stands at a place, or NULL. */
static const char *mark_at(const char *at, const char *to, const char *const *marks) {
	for (int i = 0; marks[i]; i++) {
		size_t length = strlen(marks[i]);
		if ((size_t)(to - at) >= length && memcmp(at, marks[i], length) == 0) return at + length;
	}
	return NULL;
}

/* 阳光小区 is an estate's name, no district. */
static bool estate_at(const char *from, const char *at) {
	return at - from >= 3 && strncmp(at - 3, "小区", strlen("小区")) == 0;
}

/* The end of the first or last of the marks in [from, to), or NULL. What a road's mark follows is the road's own name: 环镇路. */
static const char *mark_find(const char *from, const char *to, const char *const *marks, bool first) {
	const char *found = NULL;
	for (const char *at = from; at < to && !(found && first); at++) {
		const char *end = mark_at(at, to, marks);
		if (end && !estate_at(from, at) && (marks == roads || !mark_at(end, to, roads))) found = end;
	}
	return found;
}

static const char *digits_back(const char *from, const char *at) {
	while (at > from && ((at[-1] >= '0' && at[-1] <= '9') || at[-1] == '-' || (at[-1] >= 'a' && at[-1] <= 'z')))
		at--;
	return at;
}

/* The digits before a mark, or "". */
static const char *before_mark(Arena *arena, const char *from, const char *mark) {
	const char *at = strstr(from, mark);
	if (!at) return "";
	const char *first = digits_back(from, at);
	return arena_strndup(arena, first, (size_t)(at - first));
}

static const char *const building_marks[] = {"幢", "栋", "号楼", "座", NULL};

/* Where the number of a building begins that stands after a name: 阳光花园3幢; else the end. */
static const char *name_end(const char *name, const char *end) {
	for (int i = 0; building_marks[i]; i++) {
		const char *mark = strstr(name, building_marks[i]);
		if (mark && digits_back(name, mark) < mark) return digits_back(name, mark);
	}
	return end;
}

/* Where the name before `to` begins: after the last mark of what lies above it. */
static const char *village_from(const char *text, const char *to) {
	const char *from = text;
	for (const char *at = text; at < to; at++)
		for (int i = 0; above[i]; i++)
			if (strncmp(at, above[i], strlen(above[i])) == 0 && at + strlen(above[i]) < to && !estate_at(text, at))
				from = at + strlen(above[i]);
	return from;
}

/* What a Chinese numeral says, 0: it is none. 一百二十 by its places, 二〇三 digit by digit. */
static int64_t numeral_value(const char *from, const char *to) {
	static const char digits[] = "零一二三四五六七八九", places[] = "十百千";
	int64_t sum = 0, digit = 0, row = 0, ten;
	bool placed = false;
	for (const char *at = from; at < to; at += 3) {
		const char *one = memcmp(at, "〇", 3) == 0 ? digits : memmem(digits, 30, at, 3),
		           *place = memmem(places, 9, at, 3);
		if (one) {
			digit = (one - digits) / 3;
			row = row * 10 + digit;
		}
		if (!place) continue;
		for (ten = 10; place > places; place -= 3)
			ten *= 10;
		sum += (digit ? digit : at == from ? 1 : 0) * ten;
		digit = 0;
		placed = true;
	}
	return placed ? sum + digit : row;
}

static bool numeral_at(const char *at) {
	return *at && strlen(at) >= 3 && memmem("〇零一二三四五六七八九十百千", 42, at, 3);
}

/* 十二号, 三栋, 二单元: numerals before what they count, as digits; those of names (五一路) stay. In place: digits are shorter.
 */
static void numerals_turn(char *text) {
	static const char *const counted[] = {"号", "幢", "栋", "座", "单元", "室", NULL};
	char *out = text;
	for (const char *at = text; *at;) {
		const char *end = at;
		while (numeral_at(end) && end - at < 24)
			end += 3;
		char digits[24] = "";
		if (end > at && mark_at(end, end + strlen(end), counted) && numeral_value(at, end))
			snprintf(digits, sizeof digits, "%lld", (long long)numeral_value(at, end));
		if (strlen(digits) > (size_t)(end - at)) digits[0] = '\0'; /* 千号 alone */
		size_t length = *digits ? strlen(digits) : end > at ? (size_t)(end - at) : 1;
		memmove(out, *digits ? digits : at, length);
		out += length;
		at = end > at ? end : at + 1;
	}
	*out = '\0';
}

/* 3栋2单元501: digits at the end, behind the building or the unit; "": there are none, or they are the building's. */
static const char *room_last(Arena *arena, const char *rest) {
	const char *end = rest + strlen(rest), *first = digits_back(rest, end),
	           *marks[] = {"幢", "栋", "号楼", "座", "单元", NULL};
	for (int i = 0; marks[i] && first < end; i++) {
		size_t length = strlen(marks[i]);
		if ((size_t)(first - rest) >= length && memcmp(first - length, marks[i], length) == 0)
			return arena_strdup(arena, first);
	}
	return "";
}

static void chinese_parse(Arena *arena, const char *text, AddressParts *out) {
	const char *end = text + strlen(text), *house = strstr(text, "号");
	/* 号楼 is a building's number; the door's 号 stands before it */
	if (house && strncmp(house, "号楼", strlen("号楼")) == 0) house = NULL;
	const char *until = house ? digits_back(text, house) : end, *house_end = house ? house + strlen("号") : NULL;
	const char *town = mark_find(text, until, towns, true), *road_from = mark_find(text, until, above, false);
	const char *road_end = mark_find(road_from ? road_from : text, until, roads, false);
	if (town) {
		const char *town_from = text;
		for (const char *at = text; at < town - strlen("镇"); at++)
			for (int i = 0; i < 4; i++)
				if (strncmp(at, above[i], strlen(above[i])) == 0) town_from = at + strlen(above[i]);
		out->town = arena_strndup(arena, town_from, (size_t)(town - town_from));
	}
	if (!house && road_end && *road_end >= '0' && *road_end <= '9' && digits_back(road_end, end) == road_end) {
		until = road_end; /* as it is said and typed: 人民中路12 */
		house = house_end = end;
	}
	if (!road_from || road_from > until) road_from = text;
	if (!road_end && !house) until = name_end(road_from, until);
	/* without a road, doors are counted in the village */
	if (!road_end && house && road_from >= until) road_from = village_from(text, road_from);
	out->road = arena_strndup(arena, road_from, (size_t)((road_end ? road_end : until) - road_from));
	if (house) out->number = arena_strndup(arena, until, (size_t)(house - until));
	const char *rest = house ? house_end : road_end ? road_end : text;
	for (int i = 0; building_marks[i] && !*out->building; i++)
		out->building = before_mark(arena, rest, building_marks[i]);
	out->unit = before_mark(arena, rest, "单元");
	out->room = before_mark(arena, rest, "室");
	if (!*out->room) out->room = room_last(arena, rest);
}

/* --- Western ---------------------------------------------------------------------------------------------------------- */
static bool numeric(const char *word, size_t length) {
	return length && word[0] >= '0' && word[0] <= '9' && length <= 8;
}

/* The last number before the first comma that has a word before it is the door's; what stands before it is the road. */
static void western_parse(Arena *arena, char *text, AddressParts *out) {
	char *comma = strchr(text, ','), *number = NULL;
	size_t number_length = 0;
	if (comma) {
		*comma = '\0';
		out->town = arena_strdup(arena, comma + 1 + strspn(comma + 1, " "));
	}
	for (char *at = text + strcspn(text, " "); *at;) {
		at += strspn(at, " ");
		size_t length = strcspn(at, " ");
		if (numeric(at, length)) {
			number = at;
			number_length = length;
		}
		at += length;
	}
	out->road = number ? arena_strndup(arena, text, (size_t)(number - text)) : arena_strdup(arena, text);
	if (number) out->number = arena_strndup(arena, number, number_length);
}

void address_join(char *form) {
	char *end = form;
	for (const char *at = form; *at; at++)
		if (*at != ' ' && *at != ',') *end++ = *at;
	*end = '\0';
}

void address_parse(Arena *arena, Text text, AddressParts *out) {
	char *form = address_plain(arena, text);
	*out = (AddressParts){"", "", "", "", "", ""};
	if (!address_wide(form)) {
		western_parse(arena, form, out);
	} else {
		address_join(form);
		numerals_turn(form);
		chinese_parse(arena, form, out);
	}
}
