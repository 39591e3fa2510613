/* Owns what a word is in catalogue search: the parts of an entry, their tokens, and a query's words with synonyms. Pure functions
 * in the caller's arena, but for the synonyms (a cache of the catalogue generation). Any thread. */
#include "catalog/find.h"

/* --- parts ----------------------------------------------------------------------------------------------------------- */
void words_part(Buf *buf, char part, Text text) {
	if (!text.len) return;
	buf_char(buf, part);
	for (size_t i = 0; i < text.len; i++)
		buf_char(buf, text.at[i] == '\n' || text.at[i] == '\r' ? ' ' : text.at[i]);
	buf_char(buf, '\n');
}

const char *find_parts(Arena *arena, const json_t *document, const char *org_name_text) {
	Buf buf = {0};
	size_t index;
	json_t *item;
	words_part(&buf, 'n', js_text(document, "name"));
	words_part(&buf, 'c', js_text(document, "code"));
	json_array_foreach(json_object_get(document, "keywords"), index, item)
	    words_part(&buf, 'k', text_of(json_string_value(item)));
	words_part(&buf, 'd', js_text(document, "domain"));
	words_part(&buf, 'o', text_of(org_name_text));
	json_array_foreach(json_object_get(document, "fields"), index, item) {
		words_part(&buf, 'f', js_text(item, "title"));
		words_part(&buf, 'w', js_text(item, "name"));
	}
	words_part(&buf, 's', js_text(document, "summary"));
	char *parts = arena_strndup(arena, buf.at ? buf.at : "", buf.len);
	buf_free(&buf);
	return parts;
}

int find_part_tier(char part) {
	return part == 'n' || part == 'c'   ? TIER_NAME
	       : part == 's'                ? TIER_OTHER
	       : part == 'f' || part == 'w' ? TIER_FIELD
	                                    : TIER_KEYWORD;
}

bool find_part_pinyin(char part) {
	return part != 's' && part != 'o';
}

bool find_part_next(Text *parts, char *part, Text *text) {
	if (!parts->len) return false;
	const char *end = memchr(parts->at, '\n', parts->len);
	size_t line = end ? (size_t)(end - parts->at) : parts->len;
	*part = line ? parts->at[0] : '\0';
	*text = (Text){parts->at + 1, line ? line - 1 : 0};
	parts->at += end ? line + 1 : line;
	parts->len -= end ? line + 1 : line;
	return true;
}

/* --- characters ------------------------------------------------------------------------------------------------------ */
bool find_is_ascii(uint32_t c) {
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool find_is_character(uint32_t c) {
	return c >= 0xC0 && c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c <= 0x2BFF) && !(c >= 0x3000 && c <= 0x3004) &&
	       !(c >= 0x3008 && c <= 0x3020) && !(c >= 0xFE10 && c <= 0xFE6F) && !(c >= 0xFF00 && c <= 0xFF65) && c < 0xE0000;
}

enum { TOKEN_MAX = 40, INITIALS_MAX = 16 };

void find_line_read(Arena *arena, Text text, FindLine *line) {
	Text folded = search_fold(arena, text);
	const char *at = folded.at, *end = at + folded.len;
	size_t most = folded.len < FIND_LINE_MAX ? folded.len : FIND_LINE_MAX;
	line->chars = arena_alloc_raw(arena, (most + 1) * sizeof *line->chars);
	line->count = 0;
	while (at < end && line->count < FIND_LINE_MAX)
		line->chars[line->count++] = utf8_next(&at, end);
}

/* --- tokens ---------------------------------------------------------------------------------------------------------- */
FindToken find_token(Text text) {
	FindToken token = {.at = text.at, .len = (uint8_t)text.len};
	for (size_t i = 0; i < 8; i++)
		token.head = token.head << 8 | (i < text.len ? (uint8_t)text.at[i] : 0);
	return token;
}

static void add_token(FindTokens *tokens, const FindToken *like, const char *at, int len) {
	if (tokens->count == tokens->cap) {
		size_t cap = tokens->cap ? tokens->cap * 2 : 1024;
		FindToken *items = arena_alloc_raw(tokens->arena, cap * sizeof *items);
		if (tokens->count) memcpy(items, tokens->items, tokens->count * sizeof *items);
		tokens->items = items;
		tokens->cap = cap;
	}
	FindToken *token = &tokens->items[tokens->count++];
	*token = find_token((Text){arena_strndup(tokens->arena, at, (size_t)len), (size_t)len});
	token->doc = like->doc;
	token->tier = like->tier;
	token->draft = like->draft;
	token->change = like->change;
}

static int put_chars(char *out, const uint32_t *chars, int count) {
	int len = 0;
	for (int i = 0; i < count; i++)
		len += utf8_put(out + len, chars[i]);
	return len;
}

/* From each character of a run on: the initials and the syllables that follow, so that a prefix finds any stretch. */
static void add_pinyin(FindTokens *tokens, const FindToken *like, const uint32_t *chars, int count) {
	for (int from = 0; from < count; from++) {
		char initials[INITIALS_MAX + 1], full[TOKEN_MAX + 8];
		int n = 0, len = 0;
		for (int i = from; i < count && n < INITIALS_MAX; i++) {
			const char *syllable = pinyin_syllable(chars[i]);
			if (!syllable) break;
			initials[n++] = syllable[0];
			int more = (int)strlen(syllable);
			if (len + more <= TOKEN_MAX) {
				memcpy(full + len, syllable, (size_t)more);
				len += more;
			}
		}
		if (n > 1) add_token(tokens, like, initials, n);
		if (len > 1) add_token(tokens, like, full, len);
	}
}

static void add_run(FindTokens *tokens, const FindToken *like, const uint32_t *chars, int count, bool pinyin) {
	char text[16];
	for (int i = 0; i < count; i++) {
		add_token(tokens, like, text, put_chars(text, chars + i, 1));
		if (i + 1 < count) add_token(tokens, like, text, put_chars(text, chars + i, 2));
	}
	if (pinyin) add_pinyin(tokens, like, chars, count);
}

static void add_ascii(FindTokens *tokens, const FindToken *like, const uint32_t *chars, int count) {
	char text[TOKEN_MAX];
	add_token(tokens, like, text, put_chars(text, chars, count < TOKEN_MAX ? count : TOKEN_MAX));
}

/* The end of the run of one kind that begins at `from`; 0 = no run begins there. */
static int run_end(const FindLine *line, int from, bool *ascii) {
	int i = from;
	*ascii = find_is_ascii(line->chars[from]);
	while (i < line->count && (*ascii ? find_is_ascii(line->chars[i]) : find_is_character(line->chars[i])))
		i++;
	return i > from ? i : 0;
}

void find_tokens_add(FindTokens *tokens, Text parts, uint32_t doc, bool draft, int change) {
	char part;
	Text text;
	FindLine line;
	while (find_part_next(&parts, &part, &text)) {
		FindToken like = {.doc = doc, .tier = (uint8_t)find_part_tier(part), .draft = draft, .change = (int8_t)change};
		find_line_read(tokens->arena, text, &line);
		for (int i = 0, end; i < line.count; i = end ? end : i + 1) {
			bool ascii;
			end = run_end(&line, i, &ascii);
			if (end && ascii) add_ascii(tokens, &like, line.chars + i, end - i);
			if (end && !ascii) add_run(tokens, &like, line.chars + i, end - i, find_part_pinyin(part));
		}
	}
}

/* --- synonyms -------------------------------------------------------------------------------------------------------- */
enum { SYNONYM_MAX = 12 };
typedef struct Synonym {
	Text word; /* folded */
	int group;
} Synonym;
typedef struct Synonyms {
	Synonym *items; /* by group */
	int count;
} Synonyms;

static void add_synonym(Synonyms *synonyms, int max, Arena *arena, Text word, int group) {
	Text folded = search_fold(arena, text_trim(word));
	if (synonyms->count < max && utf8_count(folded) >= 2) synonyms->items[synonyms->count++] = (Synonym){folded, group};
}

static int synonyms_load(Request *rq, Text key, Arena *arena, void **object) {
	enum { MAX = 20000 };
	Rows *rows;
	Synonyms *out = ARENA_NEW(arena, Synonyms);
	out->items = ARENA_ARRAY(arena, Synonym, MAX);
	int code = db_query(rq->db, &rows,
	                    "SELECT '' AS word, words FROM synonym UNION ALL SELECT name AS word, aliases AS words FROM element",
	                    NO_BIND);
	if (code < 0) return code;
	for (int group = 1; (code = rows_next(rows)) > 0; group++) {
		size_t index;
		json_t *word, *words = json_loadb(rows_text(rows, 1).at, rows_text(rows, 1).len, 0, NULL);
		add_synonym(out, MAX, arena, rows_text(rows, 0), group);
		json_array_foreach(words, index, word) add_synonym(out, MAX, arena, text_of(json_string_value(word)), group);
		json_decref(words);
	}
	rows_close(rows);
	*object = out;
	return code;
}

static const CacheKind synonyms_cache = {"catalog.synonyms", synonyms_load, 2};

/* The words of a text are told by their groups; of one group the first that stands there. */
int find_synonyms(Request *rq, Text folded, Text *out, int *groups, int max) {
	const void *object = NULL;
	int count = 0, code = cache_get(rq, &synonyms_cache, TEXT("all"), &object);
	const Synonyms *synonyms = object;
	if (code < 0) return code;
	for (int from = 0, until; from < synonyms->count; from = until) {
		const Synonym *said = NULL;
		for (until = from; until < synonyms->count && synonyms->items[until].group == synonyms->items[from].group;
		     until++)
			if (!said && text_find(folded, synonyms->items[until].word) >= 0) said = &synonyms->items[until];
		for (int i = from; said && i < until && count < max; i++) {
			if (&synonyms->items[i] == said) continue;
			groups[count] = said->group;
			out[count++] = synonyms->items[i].word;
		}
	}
	return count;
}

/* --- query ----------------------------------------------------------------------------------------------------------- */
void find_runs(Arena *arena, Text word, FindWord *out) {
	if (out->count == QUERY_ALTERNATIVES) return;
	FindAlternative *alternative = &out->alternatives[out->count];
	FindLine line; /* its characters are kept: the runs point to them */
	find_line_read(arena, word, &line);
	alternative->run_count = 0;
	for (int i = 0, end; i < line.count && alternative->run_count < QUERY_RUNS; i = end ? end : i + 1) {
		bool ascii;
		end = run_end(&line, i, &ascii);
		if (!end) continue;
		int count = end - i > 60 ? 60 : end - i;
		if (ascii && count > TOKEN_MAX) count = TOKEN_MAX;
		char *text = arena_alloc(arena, (size_t)count * 4 + 1);
		int len = put_chars(text, line.chars + i, count);
		alternative->runs[alternative->run_count++] =
		    (FindRun){{text, (size_t)len}, line.chars + i, count, ascii, ascii && count > 1};
	}
	if (alternative->run_count) out->count++;
}

/* The longest word of a group that stands in `word` is exchanged for the group's others. */
static void add_alternatives(Request *rq, const Synonyms *synonyms, Text word, FindWord *out) {
	const Synonym *best = NULL;
	for (int i = 0; i < synonyms->count; i++) {
		const Synonym *one = &synonyms->items[i];
		if ((!best || one->word.len > best->word.len) && text_find(word, one->word) >= 0) best = one;
	}
	if (!best) return;
	size_t at = (size_t)text_find(word, best->word);
	for (int i = 0; i < synonyms->count; i++) { /* every group that holds the word */
		if (!text_eq(synonyms->items[i].word, best->word)) continue;
		int group = synonyms->items[i].group;
		for (int j = 0; j < synonyms->count; j++) {
			const Synonym *other = &synonyms->items[j];
			if (other->group != group || text_eq(other->word, best->word)) continue;
			Text after = {word.at + at + best->word.len, word.len - at - best->word.len};
			const char *text =
			    arena_printf(rq->arena, "%.*s%.*s%.*s", (int)at, word.at, TEXT_ARG(other->word), TEXT_ARG(after));
			find_runs(rq->arena, text_of(text), out);
		}
	}
}

int find_query(Request *rq, Text asked, FindQuery *out) {
	const void *synonyms = NULL;
	memset(out, 0, sizeof *out);
	Text rest = search_fold(rq->arena, text_trim(asked));
	if (!rest.len) return 0;
	out->asked = true;
	int code = cache_get(rq, &synonyms_cache, TEXT("all"), &synonyms);
	if (code < 0) return code;
	while (rest.len && out->word_count < QUERY_WORDS) {
		size_t len = 0;
		while (len < rest.len && rest.at[len] != ' ' && rest.at[len] != '\t')
			len++;
		Text word = {rest.at, len};
		FindWord *own = &out->words[out->word_count];
		if (len) find_runs(rq->arena, word, own);
		if (own->count) {
			add_alternatives(rq, synonyms, word, own);
			out->word_count++;
		}
		rest = text_trim((Text){rest.at + len, rest.len - len});
	}
	return 0;
}

int words_query(Request *rq, Text asked, const FindQuery **out) {
	FindQuery *query = ARENA_NEW(rq->arena, FindQuery);
	*out = query;
	return find_query(rq, asked, query);
}
