/* Owns CKAN's search queries: text → a tree → whether a dataset fits it.
 *
 *   query = clause {[AND | OR] clause}     clause = [+ | - | NOT] (word | "phrase" | field:value | (query))
 *   value = word | word* | "phrase" | [from TO to] | {from TO to} | (query)
 *
 * Trees live in the request's arena; matching is pure. */
#include "portal/query.h"
#include <stdio.h>

enum { DEPTH_MAX = 20, NODES_MAX = 200, PART_MAX = 60 };

/* --- fields ---------------------------------------------------------------------------------------------------------- */

typedef enum Asks { ASKS_WORDS, ASKS_VALUE, ASKS_TIME, ASKS_NUMBER } Asks;
typedef enum Of {
	OF_WORDS,
	OF_ORG,
	OF_SUBJECT,
	OF_TAGS,
	OF_FORMATS,
	OF_LICENCE,
	OF_ID,
	OF_NAME,
	OF_CODE,
	OF_FREQUENCY,
	OF_FIXED,
	OF_MODIFIED,
	OF_CREATED,
	OF_TAG_COUNT,
	OF_RESOURCE_COUNT
} Of;
typedef struct Attribute {
	const char *name;
	Asks asks;
	Of of;
	const char *more; /* of words: letters of the parts, NULL = all; fixed: the value every dataset has */
} Attribute;
static const Attribute attributes[] = {
    {"text", ASKS_WORDS, OF_WORDS, NULL},
    {"title", ASKS_WORDS, OF_WORDS, "n"},
    {"notes", ASKS_WORDS, OF_WORDS, "s"},
    {"author", ASKS_WORDS, OF_WORDS, "o"},
    {"organization", ASKS_VALUE, OF_ORG, NULL},
    {"owner_org", ASKS_VALUE, OF_ORG, NULL},
    {"groups", ASKS_VALUE, OF_SUBJECT, NULL},
    {"tags", ASKS_VALUE, OF_TAGS, NULL},
    {"res_format", ASKS_VALUE, OF_FORMATS, NULL},
    {"license_id", ASKS_VALUE, OF_LICENCE, NULL},
    {"id", ASKS_VALUE, OF_ID, NULL},
    {"name", ASKS_VALUE, OF_NAME, NULL},
    {"catalogue_code", ASKS_VALUE, OF_CODE, NULL},
    {"extras_catalogue_code", ASKS_VALUE, OF_CODE, NULL},
    {"frequency", ASKS_VALUE, OF_FREQUENCY, NULL},
    {"extras_frequency", ASKS_VALUE, OF_FREQUENCY, NULL},
    {"state", ASKS_VALUE, OF_FIXED, "active"},
    {"capacity", ASKS_VALUE, OF_FIXED, "public"},
    {"private", ASKS_VALUE, OF_FIXED, "false"},
    {"type", ASKS_VALUE, OF_FIXED, "dataset"},
    {"dataset_type", ASKS_VALUE, OF_FIXED, "dataset"},
    {"entity_type", ASKS_VALUE, OF_FIXED, "package"},
    {"metadata_modified", ASKS_TIME, OF_MODIFIED, NULL},
    {"metadata_created", ASKS_TIME, OF_CREATED, NULL},
    {"num_tags", ASKS_NUMBER, OF_TAG_COUNT, NULL},
    {"num_resources", ASKS_NUMBER, OF_RESOURCE_COUNT, NULL},
};

static const Attribute *attribute_find(Text name) {
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		if (text_is(name, attributes[i].name)) return &attributes[i];
	return NULL;
}

/* The i-th value of a field, NULL after the last. */
static const char *value_at(const Dataset *one, const Attribute *attribute, int i, char scratch[24]) {
	switch (attribute->of) {
	case OF_TAGS:
		return i < one->tag_count ? one->tags[i] : NULL;
	case OF_FORMATS: /* CSV and csv */
		for (const Format *format = formats; format->key; format++)
			if (dataset_has(one, format) && (i -= 2) < 0) return i == -2 ? format->key : format->name;
		return NULL;
	case OF_ID:
		snprintf(scratch, 24, "%lld", (long long)one->resource_id);
		return i ? NULL : scratch;
	default:
		break;
	}
	const char *values[] = {[OF_ORG] = one->org_key,
	                        [OF_SUBJECT] = one->subject->key,
	                        [OF_LICENCE] = one->licence->key,
	                        [OF_NAME] = one->name,
	                        [OF_CODE] = one->code,
	                        [OF_FREQUENCY] = one->frequency->key,
	                        [OF_FIXED] = attribute->more};
	return i || !*values[attribute->of] ? NULL : values[attribute->of];
}

static int64_t number_of(const Dataset *one, Of of, int64_t modified_us) {
	int count = 0;
	if (of == OF_MODIFIED) return modified_us;
	if (of == OF_CREATED) return one->issued_us;
	if (of == OF_TAG_COUNT) return one->tag_count;
	for (const Format *format = formats; format->key; format++)
		count += dataset_has(one, format);
	return count;
}

/* --- the tree -------------------------------------------------------------------------------------------------------- */

struct Query {
	enum { BOTH_FIT, EITHER_FITS, NOT_FITS, FITS_ALL, FITS_NONE, HAS_WORDS, HAS_PHRASE, IS_VALUE, IN_RANGE } kind;
	const Query *left, *right;
	const Attribute *attribute;
	const FindQuery *words;
	const FindText *phrase;
	const char *pattern; /* of a value: * and ? as written, what is escaped behind a backslash */
	int64_t from, to;
};

typedef struct Parser {
	Request *rq;
	const char *input, *at, *end;
	const Attribute *scope; /* whose value a word is */
	int depth, nodes;
} Parser;

static int refuse(const Parser *p, Text part, const char *why) {
	if (part.len > PART_MAX) part.len = utf8_cut(part, PART_MAX);
	return error_field(p->rq->error, ERR_INVALID, p->input, part, "search_query", "", "%s", why);
}

static Text rest_of(const Parser *p, const char *from) {
	return (Text){from, (size_t)(p->end - from)};
}

static int node(Parser *p, Query like, const Query **out) {
	if (++p->nodes > NODES_MAX) return refuse(p, rest_of(p, p->at), "There are more than 200 conditions");
	Query *made = ARENA_NEW(p->rq->arena, Query);
	*made = like;
	*out = made;
	return 0;
}

/* NULL is a word without a letter or digit: it asks for nothing. */
static int join(Parser *p, int kind, const Query *left, const Query *right, const Query **out) {
	if (!left || !right) {
		*out = left ? left : right;
		return 0;
	}
	return node(p, (Query){.kind = kind, .left = left, .right = right}, out);
}

const Query *query_both(Arena *arena, const Query *a, const Query *b) {
	if (!a || !b) return a ? a : b;
	Query *both = ARENA_NEW(arena, Query);
	*both = (Query){.kind = BOTH_FIT, .left = a, .right = b};
	return both;
}

/* --- values ---------------------------------------------------------------------------------------------------------- */

static void skip_blanks(Parser *p) {
	while (p->at < p->end && strchr(" \t\r\n", *p->at))
		p->at++;
}

static const char digits[] = "0123456789";

/* NOW, NOW-7DAYS, NOW/DAY, NOW-1MONTH/DAY */
static int now_math(const Parser *p, Text text, int64_t *out) {
	static const struct {
		const char *name;
		int64_t us;
		int months;
	} units[] = {{"SECOND", 1000000, 0},
	             {"MINUTE", INT64_C(60000000), 0},
	             {"HOUR", INT64_C(3600000000), 0},
	             {"DAY", INT64_C(86400000000), 0},
	             {"MONTH", 0, 1},
	             {"YEAR", 0, 12}};
	enum { UNITS = sizeof units / sizeof *units, AMOUNT_MAX = 100000 };
	const char *at = text.at + 3, *end = text.at + text.len;
	int64_t us = p->rq->now_us;
	while (at < end) {
		char sign = *at++;
		int64_t amount = 0;
		size_t unit = 0, length = 0;
		if (!strchr("+-/", sign)) return -1;
		while (sign != '/' && at < end && strchr(digits, *at) && amount < AMOUNT_MAX)
			amount = amount * 10 + (*at++ - '0');
		for (; unit < UNITS; unit++)
			if ((length = strlen(units[unit].name)) <= (size_t)(end - at) &&
			    memcmp(at, units[unit].name, length) == 0)
				break;
		if (unit == UNITS) return -1;
		at += length;
		if (at < end && *at == 'S' && sign != '/') at++;
		int year, month, day;
		int64_t of_day = (us % units[3].us + units[3].us) % units[3].us;
		int32_t days = (int32_t)((us - of_day) / units[3].us);
		date_to_civil(days, &year, &month, &day);
		if (sign == '/' && units[unit].us) {
			us -= us % units[unit].us;
		} else if (sign == '/') {
			us = date_from_civil(year, units[unit].months == 1 ? month : 1, 1) * units[3].us;
		} else if (units[unit].us) {
			us += (sign == '-' ? -amount : amount) * units[unit].us;
		} else { /* months: the 31st becomes the last day there is */
			int64_t months = year * 12 + month - 1 + (sign == '-' ? -amount : amount) * units[unit].months;
			if (months < 12 || months > 9998 * 12) return -1;
			int32_t first = date_from_civil((int)(months / 12), (int)(months % 12) + 1, 1);
			int32_t last = date_from_civil((int)((months + 1) / 12), (int)((months + 1) % 12) + 1, 1) - 1;
			us = (first + day - 1 > last ? last : first + day - 1) * units[3].us + of_day;
		}
	}
	*out = us;
	return 0;
}

/* As Solr takes them: 2026-11-22T07:34:33[.123]Z, or from NOW; numbers; either quoted. */
static int point_of(const Parser *p, Text text, int64_t *out) {
	if (text.len > 1 && text.at[0] == '"' && text.at[text.len - 1] == '"') text = (Text){text.at + 1, text.len - 2};
	if (p->scope->asks == ASKS_NUMBER) return text_to_int(text, out);
	if (text_starts(text, TEXT("NOW"))) return now_math(p, text, out);
	if (text.len < 20 || text.at[10] != 'T' || text.at[text.len - 1] != 'Z') return -1;
	return clock_parse(text, out);
}

static int bad_point(const Parser *p, Text part) {
	return refuse(p, part,
	              p->scope->asks == ASKS_NUMBER ? "Write a whole number or *"
	                                            : "Write a time as 2026-01-31T08:00:00Z, NOW or NOW-7DAYS, or *");
}

static int parse_point(Parser *p, int64_t open, int64_t *out, bool *any) {
	skip_blanks(p);
	const char *from = p->at;
	bool quoted = p->at < p->end && *p->at == '"';
	if (quoted) p->at++;
	while (p->at < p->end && (quoted ? *p->at != '"' : !strchr(" ]}", *p->at)))
		p->at++;
	if (quoted && p->at < p->end) p->at++;
	Text text = {from, (size_t)(p->at - from)};
	skip_blanks(p);
	*any = text_is(text, "*");
	*out = open;
	return *any ? 0 : point_of(p, text, out) < 0 ? bad_point(p, text) : 0;
}

/* [from TO to], {from TO to}, or one bracket of each. */
static int parse_range(Parser *p, const Query **out) {
	const char *from = p->at;
	bool above = *p->at++ == '{', any;
	Query range = {.kind = IN_RANGE, .attribute = p->scope};
	if (p->scope->asks != ASKS_TIME && p->scope->asks != ASKS_NUMBER)
		return refuse(p, rest_of(p, from),
		              "Ranges are asked of metadata_modified, metadata_created, num_tags and num_resources only");
	int code = parse_point(p, INT64_MIN, &range.from, &any);
	if (code == 0 && above && !any) range.from++;
	if (code == 0 && (p->end - p->at < 3 || memcmp(p->at, "TO ", 3) != 0))
		return refuse(p, rest_of(p, from), "Write a range as [from TO to]");
	p->at += 3;
	if (code == 0) code = parse_point(p, INT64_MAX, &range.to, &any);
	if (code < 0) return code;
	if (p->at == p->end || (*p->at != ']' && *p->at != '}'))
		return refuse(p, rest_of(p, from), "Write a range as [from TO to]");
	if (*p->at++ == '}' && !any) range.to--;
	return node(p, range, out);
}

static int value_node(Parser *p, Text text, const char *pattern, const Query **out) {
	Query one = {.kind = IN_RANGE, .attribute = p->scope};
	if (text_is(text, "*"))
		return node(p,
		            (Query){.kind = p->scope->of == OF_TAGS ? IS_VALUE : FITS_ALL, .attribute = p->scope, .pattern = "*"},
		            out);
	if (p->scope->asks == ASKS_VALUE)
		return node(p, (Query){.kind = IS_VALUE, .attribute = p->scope, .pattern = pattern}, out);
	if (point_of(p, text, &one.from) < 0) return bad_point(p, text);
	one.to = one.from;
	return node(p, one, out);
}

static int parse_phrase(Parser *p, const Query **out) {
	const char *from = p->at++;
	char *pattern = arena_alloc(p->rq->arena, (size_t)(p->end - from) * 2 + 1), *to = pattern;
	char *plain = arena_alloc(p->rq->arena, (size_t)(p->end - from) + 1), *text = plain;
	for (; p->at < p->end && *p->at != '"'; p->at++) {
		if (*p->at == '\\' && p->at + 1 < p->end) p->at++;
		*to++ = '\\';
		*to++ = *p->at;
		*text++ = *p->at;
	}
	if (p->at == p->end) return refuse(p, rest_of(p, from), "The quotation mark is not closed");
	p->at++;
	if (p->scope->asks != ASKS_WORDS) return value_node(p, (Text){plain, (size_t)(text - plain)}, pattern, out);
	Buf line = {0};
	words_part(&line, 'n', (Text){plain, (size_t)(text - plain)});
	const FindText *phrase = words_text(p->rq->arena, buf_as_text(&line));
	buf_free(&line);
	return node(p, (Query){.kind = HAS_PHRASE, .attribute = p->scope, .phrase = phrase}, out);
}

/* A word with a * at its end: words are found by their beginnings anyway, from two letters on, and Chinese by any part. */
static int words_node(Parser *p, Text part, Text plain, int stars, bool star_last, const Query **out) {
	const FindQuery *words;
	if (text_is(part, "*")) return node(p, (Query){.kind = FITS_ALL}, out);
	if (stars > 1 || (stars && (!star_last || plain.len < 2)))
		return refuse(p, part, "In texts, * stands at the end of a word of two letters and more, and ? is not taken");
	int code = words_query(p->rq, plain, &words);
	*out = NULL;
	return code < 0 || !words_any(words) ? code
	                                     : node(p, (Query){.kind = HAS_WORDS, .attribute = p->scope, .words = words}, out);
}

static int parse_or(Parser *p, const Query **out);

static int parse_group(Parser *p, const Query **out) {
	const char *from = p->at++;
	if (++p->depth > DEPTH_MAX) return refuse(p, rest_of(p, from), "The parentheses are nested too deep");
	int code = parse_or(p, out);
	if (code < 0) return code;
	skip_blanks(p);
	if (p->at == p->end || *p->at != ')') return refuse(p, rest_of(p, from), "The parenthesis is not closed");
	p->at++;
	p->depth--;
	return 0;
}

static int parse_value(Parser *p, const Query **out);

static int parse_field(Parser *p, Text name, const Query **out) {
	const Attribute *before = p->scope, *attribute = attribute_find(name);
	const char *from = p->at;
	p->at++;
	if (text_is(name, "*") && p->at < p->end && *p->at == '*') {
		p->at++;
		return node(p, (Query){.kind = FITS_ALL}, out);
	}
	if (!attribute) return refuse(p, name, "There is no such field to search by");
	p->scope = attribute;
	skip_blanks(p);
	int code = p->at == p->end || *p->at == ')' ? refuse(p, rest_of(p, from - name.len), "A value is missing after the field")
	                                            : parse_value(p, out);
	p->scope = before;
	return code;
}

/* A word, or the name before a colon. */
static int parse_word(Parser *p, const Query **out) {
	const char *from = p->at;
	size_t room = (size_t)(p->end - from);
	char *pattern = arena_alloc(p->rq->arena, room * 2 + 1), *to = pattern, *plain = arena_alloc(p->rq->arena, room + 1),
	     *text = plain;
	int stars = 0;
	bool star_last = false;
	for (; p->at < p->end && !strchr(" \t\r\n()\"[]{}", *p->at); p->at++) {
		if (*p->at == ':' && p->scope->asks != ASKS_TIME)
			return parse_field(p, (Text){from, (size_t)(p->at - from)}, out);
		if (*p->at == '^' || *p->at == '~')
			return refuse(p, (Text){from, (size_t)(p->at + 1 - from)}, "Weights (^) and likeness (~) are not taken");
		bool wild = *p->at == '*' || *p->at == '?', escaped = *p->at == '\\' && p->at + 1 < p->end;
		stars += *p->at == '?' ? 2 : wild;
		star_last = *p->at == '*';
		if (escaped) p->at++;
		if (!wild) *to++ = '\\';
		*to++ = *p->at;
		if (!wild) *text++ = *p->at;
	}
	Text part = {from, (size_t)(p->at - from)};
	if (!part.len || part.at[0] == '/') return refuse(p, rest_of(p, from), "This is not understood here");
	if (p->scope->asks != ASKS_WORDS) return value_node(p, part, pattern, out);
	return words_node(p, part, (Text){plain, (size_t)(text - plain)}, stars, star_last, out);
}

static int parse_value(Parser *p, const Query **out) {
	int code;
	const char *from = p->at;
	switch (*from) {
	case '(':
		code = parse_group(p, out);
		break;
	case '"':
		code = parse_phrase(p, out);
		break;
	case '[':
	case '{':
		code = parse_range(p, out);
		break;
	default:
		return parse_word(p, out);
	}
	if (code == 0 && p->at < p->end && (*p->at == '^' || *p->at == '~'))
		return refuse(p, rest_of(p, from), "Weights (^) and likeness (~) are not taken");
	return code;
}

/* --- joining --------------------------------------------------------------------------------------------------------- */

/* A keyword in capitals, alone. */
static bool keyword(Parser *p, const char *word, const char *sign) {
	skip_blanks(p);
	size_t length = strlen(word), left = (size_t)(p->end - p->at);
	bool is = left >= length && memcmp(p->at, word, length) == 0 && (left == length || strchr(" \t\r\n(", p->at[length]));
	if (!is && left >= (length = strlen(sign))) is = length && memcmp(p->at, sign, length) == 0;
	if (is) p->at += length;
	return is;
}

static int parse_clause(Parser *p, const Query **out) {
	bool negated = false, signs = true;
	skip_blanks(p);
	const char *begin = p->at;
	if (keyword(p, "AND", "&&") || keyword(p, "OR", "||"))
		return refuse(p, rest_of(p, begin), "A condition is missing before this");
	while (signs) {
		const char *from = p->at;
		signs = keyword(p, "NOT", "");
		if (signs) negated = !negated;
		skip_blanks(p);
		if (p->at + 1 < p->end && strchr("+-!", *p->at) && !strchr(" \t\r\n", p->at[1])) {
			if (*p->at++ != '+') negated = !negated;
			signs = true;
		}
		if (p->at == p->end || *p->at == ')')
			return refuse(p, rest_of(p, from < p->end ? from : p->at), "A condition is missing at the end");
	}
	int code = parse_value(p, out);
	return code == 0 && negated && *out ? node(p, (Query){.kind = NOT_FITS, .left = *out}, out) : code;
}

static bool at_or(Parser *p) {
	const char *at = p->at;
	bool is = keyword(p, "OR", "||");
	p->at = at;
	return is;
}

static int parse_and(Parser *p, const Query **out) {
	const Query *right;
	int code = parse_clause(p, out);
	while (code == 0) {
		bool joined = keyword(p, "AND", "&&");
		skip_blanks(p);
		if (!joined && (p->at == p->end || *p->at == ')' || at_or(p))) break;
		code = parse_clause(p, &right);
		if (code == 0) code = join(p, BOTH_FIT, *out, right, out);
	}
	return code;
}

static int parse_or(Parser *p, const Query **out) {
	const Query *right;
	int code = parse_and(p, out);
	while (code == 0 && keyword(p, "OR", "||")) {
		code = parse_and(p, &right);
		if (code == 0) code = join(p, EITHER_FITS, *out, right, out);
	}
	return code;
}

int query_parse(Request *rq, const char *input, Text text, const Query **out) {
	Parser p = {.rq = rq, .input = input, .at = text.at, .end = text.at + text.len, .scope = &attributes[0]};
	*out = NULL;
	skip_blanks(&p);
	if (p.at == p.end) return 0;
	if (text_starts(rest_of(&p, p.at), TEXT("{!")))
		return refuse(&p, rest_of(&p, p.at), "Local parameters {!…} are not taken");
	int code = parse_or(&p, out);
	if (code < 0) return code;
	skip_blanks(&p);
	if (p.at < p.end) return refuse(&p, rest_of(&p, p.at), "A parenthesis is closed that was not opened");
	return *out ? 0 : node(&p, (Query){.kind = FITS_NONE}, out);
}

/* --- fitting --------------------------------------------------------------------------------------------------------- */

/* * any run of bytes, ? one character, a byte behind a backslash itself. */
static bool glob(const char *pattern, const char *value) {
	const char *star = NULL, *again = value;
	while (*value) {
		if (*pattern == '*') {
			star = ++pattern;
			again = value;
		} else if (*pattern == '?') {
			pattern++;
			for (value++; ((unsigned char)*value & 0xC0) == 0x80;)
				value++;
		} else if (*pattern == '\\' && pattern[1] == *value) {
			pattern += 2;
			value++;
		} else if (star) {
			pattern = star;
			value = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool value_fits(const Query *query, const Dataset *dataset) {
	char scratch[24];
	const char *value;
	for (int i = 0; (value = value_at(dataset, query->attribute, i, scratch)); i++)
		if (glob(query->pattern, value)) return true;
	return false;
}

int query_tier(const Query *query, const Dataset *dataset, int64_t modified_us) {
	int left, right;
	switch (query->kind) {
	case BOTH_FIT:
		left = query_tier(query->left, dataset, modified_us);
		right = left < 0 ? -1 : query_tier(query->right, dataset, modified_us);
		return right < 0 ? -1 : left > right ? left : right;
	case EITHER_FITS:
		left = query_tier(query->left, dataset, modified_us);
		right = left == 0 ? -1 : query_tier(query->right, dataset, modified_us);
		return left < 0 || (right >= 0 && right < left) ? right : left;
	case NOT_FITS:
		return query_tier(query->left, dataset, modified_us) < 0 ? 0 : -1;
	case FITS_ALL:
		return 0;
	case FITS_NONE:
		return -1;
	case HAS_WORDS:
		return words_tier(query->words, dataset->words, query->attribute->more);
	case HAS_PHRASE:
		return words_phrase(query->phrase, dataset->words, query->attribute->more);
	case IS_VALUE:
		return value_fits(query, dataset) ? 0 : -1;
	case IN_RANGE:
		break;
	}
	int64_t value = number_of(dataset, query->attribute->of, modified_us);
	return value >= query->from && value <= query->to ? 0 : -1;
}

bool query_modified(const Query *query) {
	if (query->kind == IN_RANGE) return query->attribute->of == OF_MODIFIED;
	return (query->left && query_modified(query->left)) || (query->right && query_modified(query->right));
}
