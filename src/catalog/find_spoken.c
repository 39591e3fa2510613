/* Owns what a text that somebody types or speaks has in common with texts kept by their tokens: tokens, pinyin and synonyms are
 * the catalogue's, but not every word must be there: an index adds up the weights of those that are. Any thread. */
#include "catalog/find.h"
#include <stdlib.h>

static int token_order(const void *a, const void *b) {
	const FindToken *x = a, *y = b;
	size_t least = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->at, y->at, least);
	return order ? order : x->len != y->len ? x->len - y->len : x->tier - y->tier;
}

int words_tokens(Arena *arena, Text parts, WordToken **out) {
	FindTokens tokens = {.arena = arena};
	int count = 0;
	find_tokens_add(&tokens, parts, 0, false, 1);
	*out = ARENA_ARRAY(arena, WordToken, tokens.count + 1);
	if (tokens.count) qsort(tokens.items, tokens.count, sizeof *tokens.items, token_order);
	for (size_t i = 0; i < tokens.count; i++) {
		Text text = {tokens.items[i].at, tokens.items[i].len};
		if (!count || !text_eq((*out)[count - 1].text, text)) (*out)[count++] = (WordToken){text, tokens.items[i].tier};
	}
	return count;
}

/* --- asked ----------------------------------------------------------------------------------------------------------------- */
/* What people say around what they ask: it parts words and is not looked for. The longer ones first. */
static const char *const around[] = {
    "什么时候", "有没有人", "是不是", "能不能", "可不可以", "有没有", "怎么办", "怎么样", "好几天", "好多天", "几个月",
    "请问一下", "没有人",   "请问",   "你好",   "您好",     "麻烦",   "我想",   "我要",   "想问",   "问下",   "一下",
    "咨询",     "反映",     "怎么",   "怎样",   "如何",     "什么",   "哪里",   "哪儿",   "哪个",   "谁",     "为什么",
    "为啥",     "可以",     "能否",   "需要",   "应该",     "这个",   "那个",   "我们",   "你们",   "他们",   "我家",
    "家里",     "一直",     "已经",   "现在",   "没人",     "天天",   "每天",   "好久",   "多久",   "多少",   "几天",
    "了",       "的",       "吗",     "呢",     "吧",       "啊",     "呀",     "我",     "你",     "您",     "他",
    "她",       "是",       "在",     "和",     "就",       "都",     "也",     "还",     "很",     "太",     "被",
    "把",       "给",       "要",     "想",     "去",       "说",     NULL};

static void around_part(Arena *arena, Text folded, char **out) {
	Buf *buf = ARENA_NEW(arena, Buf);
	buf_in(buf, arena);
	for (size_t i = 0; i < folded.len;) {
		Text rest = {folded.at + i, folded.len - i};
		size_t skip = 0;
		for (int k = 0; around[k] && !skip; k++)
			if (text_starts(rest, text_of(around[k]))) skip = strlen(around[k]);
		if (skip)
			buf_char(buf, ' ');
		else
			buf_char(buf, folded.at[i]);
		i += skip ? skip : 1;
	}
	*out = text_cstr(arena, buf_as_text(buf));
}

typedef struct Asking {
	WordAsked *out;
	int count, max, group;
} Asking;

static void ask(Asking *asking, Text text, bool prefix, int group, double weight) {
	for (int i = 0; i < asking->count; i++)
		if (text_eq(asking->out[i].text, text)) return;
	if (asking->count < asking->max) asking->out[asking->count++] = (WordAsked){text, prefix, group, weight};
}

/* The pairs of a run, each for itself, or (of another word for the same) together as much as one. */
static void ask_run(Arena *arena, Asking *asking, const FindRun *run, bool single, int group, double weight) {
	if (run->ascii) {
		ask(asking, run->text, run->prefix, group ? group : ++asking->group, weight);
		return;
	}
	for (int i = 0; i < run->count; i++) {
		char *text = arena_alloc(arena, 16);
		int len = utf8_put(text, run->chars[i]);
		if (single || run->count == 1)
			ask(asking, text_of(arena_strndup(arena, text, (size_t)len)), false, group ? group : ++asking->group,
			    run->count == 1 ? weight : weight / 4);
		if (i + 1 == run->count) break;
		len += utf8_put(text + len, run->chars[i + 1]);
		ask(asking, (Text){text, (size_t)len}, false, group ? group : ++asking->group,
		    group ? weight / (run->count - 1) : weight);
	}
}

static void ask_text(Arena *arena, Asking *asking, Text text, bool single, int group, double weight) {
	FindWord *word = ARENA_NEW(arena, FindWord);
	for (size_t from = 0, len; from < text.len; from += len + 1) { /* by blanks: what is said around left them */
		for (len = 0; from + len < text.len && text.at[from + len] != ' ';)
			len++;
		word->count = 0;
		find_runs(arena, (Text){text.at + from, len}, word);
		for (int i = 0; word->count && i < word->alternatives[0].run_count; i++)
			ask_run(arena, asking, &word->alternatives[0].runs[i], single, group, weight);
	}
}

int words_asked(Request *rq, Text asked, WordAsked *out, int max) {
	enum { SHORT = 2, OTHERS = 24 };
	Asking asking = {.out = out, .max = max};
	Text folded = search_fold(rq->arena, text_trim(asked)), others[OTHERS];
	int groups[OTHERS];
	char *kept;
	around_part(rq->arena, folded, &kept);
	if (!text_trim(text_of(kept)).len) kept = text_cstr(rq->arena, folded);
	ask_text(rq->arena, &asking, text_of(kept), utf8_count(folded) <= SHORT, 0, 1);
	int count = find_synonyms(rq, folded, others, groups, OTHERS);
	for (int i = 0; i < count; i++)
		ask_text(rq->arena, &asking, others[i], false, 1000 + groups[i], 1);
	return count < 0 ? count : asking.count;
}
