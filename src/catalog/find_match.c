/* Owns where words stand in a text that is at hand: the marks of a hit, and the search of lists that are kept in memory. The
 * rules are the index's. Pure functions in the caller's arena; any thread. */
#include "catalog/find.h"

/* --- hits: the same rules on one text -------------------------------------------------------------------------------- */
static bool begins_word(const FindLine *line, int at) {
	return at == 0 || !find_is_ascii(line->chars[at - 1]);
}

static bool ends_word(const FindLine *line, int at) {
	return at == line->count || !find_is_ascii(line->chars[at]);
}

/* Characters from `at` on that a run covers: 0 = none. */
static int covers(const FindLine *line, int at, const FindRun *run) {
	bool ascii = run->ascii;
	int i = 0;
	while (i < run->count && at + i < line->count && line->chars[at + i] == run->chars[i])
		i++;
	if (i == run->count && (!ascii || begins_word(line, at)) && (!ascii || run->prefix || ends_word(line, at + i))) return i;
	if (!ascii || run->count < 2) return 0;
	int initials = 0, typed = 0, full = 0;
	while (initials < run->count && at + initials < line->count) {
		const char *syllable = pinyin_syllable(line->chars[at + initials]);
		if (!syllable || (uint32_t)syllable[0] != run->chars[initials]) break;
		initials++;
	}
	if (initials == run->count) return initials;
	while (typed < run->count && at + full < line->count) {
		const char *syllable = pinyin_syllable(line->chars[at + full]);
		if (!syllable) return 0;
		for (; *syllable && typed < run->count; syllable++)
			if ((uint32_t)*syllable != run->chars[typed++]) return 0;
		full++;
	}
	return typed == run->count ? full : 0;
}

static bool mark_run(const FindLine *line, const FindRun *run, bool pinyin, uint8_t *marks) {
	bool any = false;
	for (int i = 0; i < line->count; i++) {
		if (!pinyin && run->ascii && line->chars[i] >= 0x80) continue;
		int length = covers(line, i, run);
		if (!length) continue;
		memset(marks + i, 1, (size_t)length);
		any = true;
	}
	return any;
}

static bool mark_line(const FindQuery *query, const FindLine *line, bool pinyin, uint8_t *marks) {
	bool any = false;
	memset(marks, 0, (size_t)line->count);
	for (int w = 0; w < query->word_count; w++)
		for (int a = 0; a < query->words[w].count; a++)
			for (int r = 0; r < query->words[w].alternatives[a].run_count; r++)
				any |= mark_run(line, &query->words[w].alternatives[a].runs[r], pinyin, marks);
	return any;
}

static void write_hit(JsonWriter *json, Arena *arena, char part, Text text, const uint8_t *marks, int count) {
	static const char parts[] = "nckdofws";
	static const char *const names[] = {"name", "code", "keyword", "domain", "org", "field", "field_name", "summary"};
	enum { AROUND = 24 };
	int from = 0, to = count, first = 0;
	while (first < count && !marks[first])
		first++;
	if (part == 's' && count > AROUND * 3) {
		from = first > AROUND ? first - AROUND : 0;
		to = from + AROUND * 3 < count ? from + AROUND * 3 : count;
	}
	const char *at = text.at, *end = text.at + text.len, *start = at;
	for (int i = 0; i < from && at < end; i++)
		utf8_next(&at, end);
	start = at;
	for (int i = from; i < to && at < end; i++)
		utf8_next(&at, end);
	jw_object(json);
	jw_kv_str(json, "part", names[strchr(parts, part) - parts]);
	jw_kv_text(json, "text",
	           text_of(arena_printf(arena, "%s%.*s%s", from ? "…" : "", (int)(at - start), start, to < count ? "…" : "")));
	jw_key(json, "marks");
	jw_array(json);
	for (int i = from, length; i < to; i += length) {
		length = 1;
		if (!marks[i]) continue;
		while (i + length < to && marks[i + length])
			length++;
		jw_array(json);
		jw_int(json, i - from + (from ? 1 : 0));
		jw_int(json, length);
		jw_array_end(json);
	}
	jw_array_end(json);
	jw_object_end(json);
}

void find_hits(JsonWriter *json, Arena *arena, const FindQuery *query, Text parts) {
	enum { HITS_MAX = 5 };
	int hits = 0;
	char part;
	Text text;
	FindLine line;
	uint8_t *marks = arena_alloc_raw(arena, FIND_LINE_MAX);
	jw_array(json);
	while (query->word_count && hits < HITS_MAX && find_part_next(&parts, &part, &text)) {
		if (!part || !strchr("nckdofws", part)) continue;
		find_line_read(arena, text, &line);
		if (!mark_line(query, &line, find_part_pinyin(part), marks)) continue;
		write_hit(json, arena, part, text, marks, line.count);
		hits++;
	}
	jw_array_end(json);
}

/* --- texts in memory ------------------------------------------------------------------------------------------------- */
typedef struct TextLine {
	FindLine at; /* stretches without letter or digit are one blank */
	char part;
} TextLine;
struct FindText {
	TextLine *lines; /* in the order of parts */
	int count;
};

static void line_keep(Arena *arena, const FindLine *line, FindLine *out) {
	out->chars = arena_alloc_raw(arena, (size_t)(line->count + 1) * sizeof *out->chars);
	out->count = 0;
	for (int i = 0; i < line->count; i++) {
		bool letter = find_is_ascii(line->chars[i]) || find_is_character(line->chars[i]);
		if (letter || (out->count && out->chars[out->count - 1] != ' '))
			out->chars[out->count++] = letter ? line->chars[i] : ' ';
	}
	if (out->count && out->chars[out->count - 1] == ' ') out->count--;
}

const FindText *words_text(Arena *arena, Text parts) {
	FindText *out = ARENA_NEW(arena, FindText);
	Arena *scratch = arena_new();
	FindLine line;
	char part;
	Text text;
	int lines = 0;
	for (size_t i = 0; i < parts.len; i++)
		lines += parts.at[i] == '\n';
	out->lines = ARENA_ARRAY(arena, TextLine, lines + 1);
	while (out->count <= lines && find_part_next(&parts, &part, &text)) {
		find_line_read(scratch, text, &line);
		out->lines[out->count].part = part;
		line_keep(arena, &line, &out->lines[out->count++].at);
		arena_reset(scratch);
	}
	arena_free(scratch);
	return out;
}

/* Whether the run may begin with that character: most do not, and this is asked of every one of a list. */
static inline bool may_begin(uint32_t character, const FindRun *run, bool pinyin) {
	if (character == run->chars[0]) return true;
	if (!pinyin || character < 0x80) return false;
	const char *syllable = pinyin_syllable(character);
	return syllable && (uint32_t)syllable[0] == run->chars[0];
}

/* The best part that holds the run, TIER_COUNT when none does. */
static int run_tier(const FindRun *run, const FindText *text, const char *only) {
	int best = TIER_COUNT;
	for (int l = 0; l < text->count; l++) {
		const TextLine *line = &text->lines[l];
		int tier = find_part_tier(line->part);
		bool pinyin = run->ascii && find_part_pinyin(line->part);
		if (tier >= best || (only && !strchr(only, line->part))) continue;
		for (int i = 0; i < line->at.count && tier < best; i++)
			if (may_begin(line->at.chars[i], run, pinyin) && covers(&line->at, i, run)) best = tier;
	}
	return best;
}

static int alternative_tier(const FindAlternative *alternative, const FindText *text, const char *only) {
	int worst = TIER_NAME;
	for (int r = 0; r < alternative->run_count && worst < TIER_COUNT; r++) {
		const FindRun *run = &alternative->runs[r];
		int pairs = run->ascii || run->count < 2 ? 1 : run->count - 1;
		for (int i = 0; i < pairs && worst < TIER_COUNT; i++) { /* as the index has it: each pair of neighbours */
			FindRun pair = *run;
			if (!run->ascii && run->count > 1) pair = (FindRun){.chars = run->chars + i, .count = 2};
			int tier = run_tier(&pair, text, only);
			if (tier > worst) worst = tier;
		}
	}
	return worst;
}

int words_tier(const FindQuery *query, const FindText *text, const char *only) {
	int worst = TIER_NAME;
	if (query->asked && query->word_count == 0) return -1;
	for (int w = 0; w < query->word_count; w++) {
		int best = TIER_COUNT;
		for (int a = 0; a < query->words[w].count; a++) {
			int tier = alternative_tier(&query->words[w].alternatives[a], text, only);
			if (tier < best) best = tier;
		}
		if (best == TIER_COUNT) return -1;
		if (best > worst) worst = best;
	}
	return worst;
}

bool words_any(const FindQuery *query) {
	return query->word_count > 0;
}

int words_phrase(const FindText *phrase, const FindText *text, const char *only) {
	const FindLine *asked = &phrase->lines[0].at;
	if (!phrase->count || !asked->count) return -1;
	FindRun run = {.chars = asked->chars, .count = asked->count};
	bool first = find_is_ascii(asked->chars[0]), last = find_is_ascii(asked->chars[asked->count - 1]);
	for (int l = 0; l < text->count; l++) {
		const FindLine *line = &text->lines[l].at;
		if (only && !strchr(only, text->lines[l].part)) continue;
		for (int i = 0; i + run.count <= line->count; i++)
			if (covers(line, i, &run) && (!first || begins_word(line, i)) &&
			    (!last || ends_word(line, i + run.count)))
				return find_part_tier(text->lines[l].part);
	}
	return -1;
}
