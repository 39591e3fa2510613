/* What the files of catalogue search share: words of an entry, its index, the columns that facets are counted from. Internal to
 * the room. How it works and what was measured: docs/decisions/0008-catalogue-search.md. */
#ifndef YIWANG_CATALOG_FIND_H
#define YIWANG_CATALOG_FIND_H
#include "catalog/internal.h"

/* Where a word stands in an entry, best first: matches are ranked by it. */
enum { TIER_NAME, TIER_KEYWORD, TIER_FIELD, TIER_OTHER, TIER_COUNT };

/* --- words (find_words.c, find_match.c, pinyin.c): pure, any thread --------------------------------------------------- */
enum { FIND_LINE_MAX = 2200 };
typedef struct FindLine {
	uint32_t *chars; /* folded */
	int count;
} FindLine;
void find_line_read(Arena *arena, Text text, FindLine *line);
bool find_is_ascii(uint32_t c); /* of an ASCII word: a-z 0-9 */
/* Letters beyond ASCII are searched character by character; punctuation and blanks part words. */
bool find_is_character(uint32_t c);
/* The next line of parts: its letter, its text. */
bool find_part_next(Text *parts, char *part, Text *text);
int find_part_tier(char part);
bool find_part_pinyin(char part); /* summaries and names of organisations are not searched by pinyin */
/* The parts of an entry that are searched, a line each: one letter (n name, c code, k keyword, d domain, o organisation, f field
 * title, w field name, s summary), then the text as people wrote it. In arena. */
const char *find_parts(Arena *arena, const json_t *document, const char *org_name);

typedef struct FindToken {
	uint64_t head; /* the first eight bytes as a number: most tokens are no longer, and sorting looks at nothing else */
	const char *at;
	uint32_t doc;
	uint8_t len, tier, draft;
	int8_t change; /* +1 the entry gets it, -1 it had it */
} FindToken;
FindToken find_token(Text text); /* of no entry yet; text must outlive it */
typedef struct FindTokens {
	Arena *arena;
	FindToken *items;
	size_t count, cap;
} FindTokens;
/* Adds the tokens of parts: single characters, pairs of neighbours, ASCII words, pinyin initials and syllables from each
 * character on. */
void find_tokens_add(FindTokens *tokens, Text parts, uint32_t doc, bool draft, int change);

enum { QUERY_WORDS = 8, QUERY_ALTERNATIVES = 9, QUERY_RUNS = 12 };
/* One run of a word: Chinese characters (all pairs must be there), or an ASCII word (prefix: two characters and more). */
typedef struct FindRun {
	Text text;             /* folded */
	const uint32_t *chars; /* the same as code points */
	int count;
	bool ascii, prefix;
} FindRun;
typedef struct FindAlternative {
	FindRun runs[QUERY_RUNS];
	int run_count;
} FindAlternative;
typedef struct FindWord {
	FindAlternative alternatives[QUERY_ALTERNATIVES];
	int count;
} FindWord;
struct FindQuery {
	bool asked; /* something was typed; with word_count 0 it has no letter or digit and finds nothing */
	FindWord words[QUERY_WORDS];
	int word_count;
};
/* The runs of a text as one more alternative of a word. */
void find_runs(Arena *arena, Text word, FindWord *out);
/* Other words for those that stand in the text, with the number of their group: how many, or a code. */
int find_synonyms(Request *rq, Text folded, Text *out, int *groups, int max);
/* Words parted by blanks, at most QUERY_WORDS; each also as its synonyms (table synonym and aliases of elements). 0 or a code. */
int find_query(Request *rq, Text asked, FindQuery *out);
/* Where the query is found in parts: [{part,text,marks:[[from,length]…]}…], offsets in characters; at most 5, the name first. */
void find_hits(JsonWriter *json, Arena *arena, const FindQuery *query, Text parts);

/* --- index (find_index.c) -------------------------------------------------------------------------------------------- */
/* In a write: the entry's published (or draft) words are now the document's; publishing drops the draft's. */
int find_put(Request *rq, int64_t resource_id, const json_t *document, const char *org_name, bool published);
/* In a write: something that facets count (state, sharing, load) changed. */
int find_touch(Request *rq, int64_t resource_id);
/* At start: indexes entries that have no words of this format yet. */
int find_fill(App *app, Error *error);
/* Entries that have a token, one bit an entry, per tier and as published or draft. */
typedef struct FindSets {
	uint64_t *tiers[TIER_COUNT];
} FindSets;
/* ORs the entries of a token into sets of `count` bits. prefix: of every token that begins so. 0 or a code. */
int find_postings(Request *rq, Text token, bool prefix, bool draft, size_t count, FindSets *sets);

/* --- columns (find_columns.c): of every entry, in memory, a process -------------------------------------------------- */
enum { DOC_EVER = 1, DOC_LIVE = 2, DOC_WITHDRAWN = 4, DOC_DRAFT = 8, DOC_REVIEW = 16 };
enum { FORMAT_COUNT = 10, OPENING_COUNT = 3, FRESHNESS_COUNT = 3, GRADE_COUNT = 4 };
extern const char *const find_formats[FORMAT_COUNT], *const find_openings[OPENING_COUNT], *const find_freshness[FRESHNESS_COUNT];
typedef struct FindDoc {
	int64_t resource_id, late_us; /* late_us: 0 nothing loaded, INT64_MAX never */
	uint16_t org, domain, formats;
	uint8_t sharing, opening, grade, flags; /* sharing SHARING_COUNT, opening OPENING_COUNT: none */
} FindDoc;
typedef struct FindColumns {
	const FindDoc *docs; /* by doc number; resource_id 0: no such entry */
	size_t count;
	const int64_t *orgs; /* id of org number i */
	const char *const *domains;
	size_t org_count, domain_count;
} FindColumns;
/* Catches up with what was committed and holds the columns until find_columns_end. 0 or a code (then nothing is held). */
int find_columns_begin(Request *rq, FindColumns *out);
void find_columns_end(Request *rq);
int find_columns_start(App *app);
void find_columns_stop(App *app);

int list_resources(Request *rq); /* the route */
/* Own organisation's editors and the data bureau see drafts. */
bool sees_drafts(const Request *rq, int64_t org_id);
const char *freshness(int64_t now_us, int64_t loaded_at, Text promise, bool proxied);
#endif
