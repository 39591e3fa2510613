/* Proposal of fields from a header and a sample. One pass gathers facts per column; then tables of patterns, elements and words
 * decide. Called on a worker thread; everything lives in the caller's arena. */
#include "exchange/proposal.h"
#include <stdio.h>
#include <stdlib.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

enum { DISTINCT_MAX = 256, EXAMPLE_MAX = 100, NAME_MAX_LEN = 62, KEY_PARTS = 3, WHY_MAX = 200 };

/* What a content test said over all values of a column. */
typedef struct Facts {
	int64_t seen, missing;
	int64_t integers, decimals, dates, times, booleans, geometry;
	int64_t persons, organisations;
	int64_t gb11643, gb32100, gb11714, divisions, mobiles, plates, emails, longitudes, latitudes;
	int64_t leading_zero;
	int max_chars, max_digits, max_scale;
	Text *distinct; /* up to DISTINCT_MAX different values, cut to EXAMPLE_MAX bytes; their hashes tell them apart */
	uint64_t *distinct_hashes;
	int distinct_count;
	bool many, repeated; /* more than DISTINCT_MAX; some value came twice */
	uint64_t *hashes;    /* of every row's value, for uniqueness and composite keys */
} Facts;

typedef struct Guess {
	char name[NAME_MAX_LEN + 1];
	Text title;
	FieldKind kind;
	int length, scale, grade;
	bool key, required, unique;
	Mask mask;
	Check check;
	const ProposalElement *element;
	char why[WHY_MAX];
} Guess;

/* --- facts ------------------------------------------------------------------------------------------------------------------ */
static bool digits_only(Text text) {
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)(text.at[i] - '0') > 9) return false;
	return text.len > 0;
}

static bool is_gb11643(Text text) {
	int32_t day;
	return text.len == 18 && digits_only((Text){text.at, 17}) && date_parse((Text){text.at + 6, 8}, &day) == 0 &&
	       gb11643_check_char(text.at) == (text.at[17] == 'x' ? 'X' : text.at[17]);
}

static bool is_capital_or_digit(Text text) {
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)(text.at[i] - '0') > 9 && !(text.at[i] >= 'A' && text.at[i] <= 'Z')) return false;
	return true;
}

static bool is_gb32100(Text text) {
	return text.len == 18 && is_capital_or_digit(text) && digits_only((Text){text.at + 2, 6}) &&
	       gb32100_check_char(text.at) == text.at[17];
}

static bool is_gb11714(Text text) {
	char plain[9];
	if (text.len == 10 && text.at[8] == '-') {
		memcpy(plain, text.at, 8);
		plain[8] = text.at[9];
	} else if (text.len == 9) {
		memcpy(plain, text.at, 9);
	} else {
		return false;
	}
	return is_capital_or_digit((Text){plain, 9}) && gb11714_check_char(plain) == plain[8];
}

/* Province codes of GB/T 2260 begin 11..65, 71, 81, 82; 99 is for demonstrations. */
static bool is_division(Text text) {
	if ((text.len != 6 && text.len != 9 && text.len != 12) || !digits_only(text)) return false;
	int province = (text.at[0] - '0') * 10 + text.at[1] - '0';
	return (province >= 11 && province <= 65) || province == 71 || province == 81 || province == 82 || province == 99;
}

static bool is_mobile(Text text) {
	return text.len == 11 && digits_only(text) && text.at[0] == '1' && text.at[1] >= '3';
}

static bool is_email(Text text) {
	const char *at = memchr(text.at, '@', text.len);
	return at && at > text.at && memchr(at, '.', text.len - (size_t)(at - text.at)) && !memchr(text.at, ' ', text.len);
}

/* 苏B12345, 苏BD12345: a province's character, a letter, five or six letters or digits. */
static bool is_plate(Text text) {
	static const char provinces[] = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
	size_t chars = utf8_count(text);
	if ((chars != 7 && chars != 8) || text.len < chars + 2) return false;
	return text_find(text_of(provinces), (Text){text.at, 3}) >= 0 && text.at[3] >= 'A' && text.at[3] <= 'Z' &&
	       is_capital_or_digit((Text){text.at + 3, 4});
}

/* Two to four Chinese characters that begin with a common surname: a person, most likely. */
static bool is_person(Text text) {
	static const char surnames[] = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡"
	                               "贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭"
	                               "廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧司上诸葛";
	size_t chars = utf8_count(text);
	if (chars < 2 || chars > 4 || text.len != chars * 3) return false;
	return text_find(text_of(surnames), (Text){text.at, 3}) >= 0;
}

static bool is_organisation(Text text) {
	static const char *const words[] = {"公司", "集团",   "厂",     "店",     "局",     "学校",       "医院",
	                                    "中心", "合作社", "事务所", "委员会", "经营部", "银行",       "大学",
	                                    "LLC",  "INC",    "LTD",    "CORP",   "STORE",  "RESTAURANT", "COMPANY"};
	char upper[256];
	size_t length = text.len < sizeof upper ? text.len : sizeof upper;
	for (size_t i = 0; i < length; i++)
		upper[i] = text.at[i] >= 'a' && text.at[i] <= 'z' ? (char)(text.at[i] - 32) : text.at[i];
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_find((Text){upper, length}, text_of(words[i])) >= 0) return true;
	return false;
}

static bool is_boolean(Text text) {
	static const char *const words[] = {"true", "false", "是", "否", "TRUE", "FALSE", "t", "f", "Y", "N"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_is(text, words[i])) return true;
	return false;
}

static void number_facts(Facts *facts, Text text) {
	int64_t whole;
	double value;
	if (text_to_int(text, &whole) == 0 && text.len <= 18) {
		facts->integers++;
		facts->leading_zero += text.len > 1 && (text.at[0] == '0' || (text.at[0] == '-' && text.at[1] == '0'));
	}
	if (text_to_double(text, &value) != 0) return;
	facts->decimals++;
	facts->longitudes += value >= 73 && value <= 136;
	facts->latitudes += value >= 3 && value <= 54;
	const char *point = memchr(text.at, '.', text.len);
	int scale = point ? (int)(text.at + text.len - point) - 1 : 0;
	if (memchr(text.at, 'e', text.len) || memchr(text.at, 'E', text.len)) scale = 99; /* a double, not a decimal */
	if (scale > facts->max_scale) facts->max_scale = scale;
	if ((int)text.len > facts->max_digits) facts->max_digits = (int)text.len;
}

static void content_facts(Facts *facts, Text text) {
	int32_t day;
	int64_t time;
	number_facts(facts, text);
	bool date = date_parse(text, &day) == 0;
	facts->dates += date;
	facts->times += !date && clock_parse(text, &time) == 0;
	bool organisation = is_organisation(text);
	facts->organisations += organisation;
	facts->persons += !organisation && is_person(text);
	facts->booleans += is_boolean(text);
	facts->geometry += text_starts(text, TEXT("{\"type\":\"")) && text_find(text, TEXT("\"coordinates\"")) > 0;
	facts->gb11643 += is_gb11643(text);
	facts->gb32100 += is_gb32100(text);
	facts->gb11714 += is_gb11714(text);
	facts->divisions += is_division(text);
	facts->mobiles += is_mobile(text);
	facts->plates += is_plate(text);
	facts->emails += is_email(text);
}

static uint64_t hash_of(Text text) {
	uint64_t hash = 14695981039346656037u;
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.at[i]) * 1099511628211u;
	return hash ? hash : 1;
}

static void distinct_facts(Facts *facts, Text text, Arena *arena) {
	uint64_t hash = hash_of(text);
	for (int i = 0; i < facts->distinct_count; i++)
		if (facts->distinct_hashes[i] == hash) {
			facts->repeated = true;
			return;
		}
	if (facts->distinct_count == DISTINCT_MAX) {
		facts->many = true;
		return;
	}
	facts->distinct_hashes[facts->distinct_count] = hash;
	facts->distinct[facts->distinct_count++] = text_dup(arena, (Text){text.at, utf8_cut(text, EXAMPLE_MAX)});
}

static void value_add(Facts *facts, Text text, int64_t row, Arena *scratch, Arena *arena) {
	if (!text.at || text_trim(text).len == 0) {
		facts->missing++;
		return;
	}
	int chars = (int)utf8_count(text);
	text = text_trim(text_half_width(scratch, text)); /* as the acceptor will normalise it */
	facts->seen++;
	facts->hashes[row] = hash_of(text);
	if (chars > facts->max_chars) facts->max_chars = chars;
	content_facts(facts, text);
	distinct_facts(facts, text, arena);
}

/* --- names ------------------------------------------------------------------------------------------------------------------ */
static bool has_chinese(Text text) {
	const char *p = text.at, *end = p + text.len;
	while (p < end) {
		uint32_t c = utf8_next(&p, end);
		if (c >= 0x3400 && c <= 0x9FFF) return true;
	}
	return false;
}

/* Pinyin of a Chinese header, its syllables in one piece: 统一社会信用代码 → tong yi she hui … */
static Text to_latin(Arena *arena, UTransliterator *latin, Text text) {
	if (!latin || text.len > READER_NAME_MAX) return text;
	UChar units[READER_NAME_MAX * 8];
	int32_t length = 0, cap = (int32_t)(sizeof units / sizeof *units), bytes = 0;
	UErrorCode error = U_ZERO_ERROR;
	u_strFromUTF8(units, cap, &length, text.at, (int32_t)text.len, &error);
	int32_t limit = length;
	utrans_transUChars(latin, units, &length, cap, 0, &limit, &error);
	char *out = arena_alloc_raw(arena, (size_t)length * 3 + 1);
	u_strToUTF8(out, length * 3 + 1, &bytes, units, length, &error);
	return U_FAILURE(error) ? text : (Text){out, (size_t)bytes};
}

static bool name_taken(const Guess *guesses, int count, const char *name) {
	for (int i = 0; i < count; i++)
		if (strcmp(guesses[i].name, name) == 0) return true;
	return false;
}

/* snake_case of ASCII letters and digits; a word begins at a capital after a small letter. */
static void snake(Text text, char out[NAME_MAX_LEN + 1]) {
	size_t n = 0;
	for (size_t i = 0; i < text.len && n < NAME_MAX_LEN - 4; i++) {
		char c = text.at[i];
		bool upper = c >= 'A' && c <= 'Z', letter = upper || (c >= 'a' && c <= 'z'), digit = c >= '0' && c <= '9';
		bool begins = upper && i && text.at[i - 1] >= 'a' && text.at[i - 1] <= 'z';
		if ((begins || !(letter || digit)) && n && out[n - 1] != '_') out[n++] = '_';
		if (n == 0 && digit) out[n++] = 'f';
		if (letter || digit) out[n++] = upper ? (char)(c + 32) : c;
	}
	while (n && out[n - 1] == '_')
		n--;
	out[n] = 0;
}

/* The first letters of each syllable: for headers too long to spell. */
static void initials(Text latin, char out[NAME_MAX_LEN + 1]) {
	size_t n = 0;
	bool begin = true;
	for (size_t i = 0; i < latin.len && n < NAME_MAX_LEN - 4; i++) {
		char c = (char)(latin.at[i] | 32);
		bool letter = c >= 'a' && c <= 'z';
		if (letter && begin) out[n++] = c;
		begin = !letter;
	}
	out[n] = 0;
}

static void name_guess(Arena *arena, UTransliterator *latin, Text header, Guess *guesses, int no) {
	char *name = guesses[no].name;
	if (has_chinese(header)) {
		Text spelled = to_latin(arena, latin, text_half_width(arena, header));
		snake(spelled, name);
		if (strlen(name) > 24) initials(spelled, name);
	} else {
		snake(header, name);
	}
	if (!name[0]) snprintf(name, NAME_MAX_LEN + 1, "field_%d", no + 1);
	size_t base = strlen(name);
	for (int i = 2; name_taken(guesses, no, name); i++)
		snprintf(name + base, NAME_MAX_LEN + 1 - base, "_%d", i);
}

/* --- elements --------------------------------------------------------------------------------------------------------------- */
static bool same_word(Text a, Text b) {
	return a.len == b.len && a.len && strncasecmp(a.at, b.at, a.len) == 0;
}

/* How well a header names an element: 0 not, else larger is better. */
static int word_score(Text header, const char *word) {
	Text name = text_of(word);
	if (same_word(header, name)) return 1000;
	if (name.len >= 6 && has_chinese(name) &&
	    text_ends(header, name)) /* two characters or more: 法定代表人姓名 ends in 姓名 */
		return 100 + (int)name.len;
	return 0;
}

static const ProposalElement *element_by_header(Text header, const ProposalElement *elements, int count, bool *exact) {
	const ProposalElement *best = NULL;
	int best_score = 0;
	for (int i = 0; i < count; i++) {
		int score = word_score(header, elements[i].name);
		for (int k = 0; k < elements[i].alias_count; k++) {
			int alias = word_score(header, elements[i].aliases[k]);
			score = alias > score ? alias : score;
		}
		if (score > best_score) {
			best_score = score;
			best = &elements[i];
		}
	}
	*exact = best_score >= 1000;
	return best;
}

static const ProposalElement *element_by_check(Check check, const ProposalElement *elements, int count) {
	for (int i = 0; i < count; i++)
		if (elements[i].check == check) return &elements[i];
	return NULL;
}

/* What a column whose values pass a check is, without any element: X(check, fact, grade, mask, what a person reads). Stronger
 * first. */
typedef struct ContentRule {
	Check check;
	size_t fact;
	int percent, grade;
	Mask mask;
	const char *what;
} ContentRule;
static const ContentRule content_rules[] = {
    {CHECK_GB11643, offsetof(Facts, gb11643), 80, 4, MASK_ID, "公民身份号码 by check character"},
    {CHECK_GB32100, offsetof(Facts, gb32100), 80, 1, MASK_NONE, "统一社会信用代码 by check character"},
    {CHECK_GB11714, offsetof(Facts, gb11714), 90, 1, MASK_NONE, "组织机构代码 by check character"},
    {CHECK_MOBILE, offsetof(Facts, mobiles), 90, 3, MASK_PHONE, "mobile numbers"},
    {CHECK_PLATE, offsetof(Facts, plates), 90, 3, MASK_ID, "number plates"},
    {CHECK_EMAIL, offsetof(Facts, emails), 90, 3, MASK_HASH, "e-mail addresses"},
};

static bool mostly(int64_t part, const Facts *facts, int percent) {
	return facts->seen > 0 && part * 100 >= facts->seen * percent;
}

static const ContentRule *content_rule(const Facts *facts) {
	for (size_t i = 0; i < sizeof content_rules / sizeof *content_rules; i++) {
		int64_t passed;
		memcpy(&passed, (const char *)facts + content_rules[i].fact, sizeof passed);
		if (mostly(passed, facts, content_rules[i].percent)) return &content_rules[i];
	}
	return NULL;
}

/* Words in headers that stand for personal or harmless data when no element of a pack fits: X(word, grade, mask). */
static const struct {
	const char *word;
	int grade;
	Mask mask;
	Check check;
} word_rules[] = {
    {"身份证", 4, MASK_ID, CHECK_GB11643}, {"公民身份", 4, MASK_ID, CHECK_GB11643}, {"银行账号", 4, MASK_ID, CHECK_NONE},
    {"手机", 3, MASK_PHONE, CHECK_NONE},   {"联系电话", 3, MASK_PHONE, CHECK_NONE}, {"电话", 3, MASK_PHONE, CHECK_NONE},
    {"姓名", 3, MASK_NAME, CHECK_NONE},    {"住址", 3, MASK_ADDRESS, CHECK_NONE},   {"出生", 3, MASK_YEAR, CHECK_NONE},
    {"民族", 3, MASK_ALL, CHECK_NONE},     {"病", 4, MASK_ALL, CHECK_NONE},         {"护照", 4, MASK_ID, CHECK_NONE},
    {"负责人", 3, MASK_NAME, CHECK_NONE},  {"联系人", 3, MASK_NAME, CHECK_NONE},    {"法定代表人", 2, MASK_NAME, CHECK_NONE},
    {"车牌", 3, MASK_ID, CHECK_PLATE},     {"地址", 2, MASK_ADDRESS, CHECK_NONE},
};

/* --- one field -------------------------------------------------------------------------------------------------------------- */
static void why(Guess *guess, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void why(Guess *guess, const char *format, ...) {
	va_list args;
	va_start(args, format);
	vsnprintf(guess->why, sizeof guess->why, format, args);
	va_end(args);
	guess->why[utf8_valid_prefix(text_of(guess->why))] = 0;
}

static int round_up(int length) {
	static const int steps[] = {1, 2, 4, 8, 10, 12, 16, 18, 20, 32, 50, 64, 100, 128, 200, 255, 500, 1000, 2000, 4000};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (steps[i] >= length) return steps[i];
	return length;
}

/* Numbers that only name something stay texts: leading zeros, or a header that says number or code. */
static bool names_something(Text header) {
	static const char *const words[] = {"编号", "号码", "代码", "编码", "序号", "证号", "文号", "单号", "账号", "邮编"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_find(header, text_of(words[i])) >= 0) return true;
	size_t n = header.len;
	if (n < 2) return false;
	Text tail = {header.at + n - 2, 2};
	return same_word(tail, TEXT("id")) || same_word(tail, TEXT("no")) ||
	       (n >= 4 && same_word((Text){header.at + n - 4, 4}, TEXT("code")));
}

static void kind_guess(Guess *guess, const Facts *facts, Text header) {
	guess->kind = KIND_TEXT;
	guess->length = round_up(facts->max_chars ? facts->max_chars + facts->max_chars / 4 : 50);
	if (facts->seen == 0) {
		why(guess, "no value in the first records: taken as text");
		return;
	}
	bool label = facts->leading_zero > 0 || names_something(header);
	if (mostly(facts->geometry, facts, 95)) {
		guess->kind = KIND_GEOMETRY;
		why(guess, "GeoJSON geometries");
	} else if (mostly(facts->dates, facts, 95) && !(mostly(facts->integers, facts, 95) && label)) {
		guess->kind = KIND_DATE;
		why(guess, "%lld of %lld values are dates", (long long)facts->dates, (long long)facts->seen);
	} else if (mostly(facts->dates + facts->times, facts, 95)) {
		guess->kind = KIND_TIME;
		why(guess, "%lld of %lld values are times", (long long)(facts->dates + facts->times), (long long)facts->seen);
	} else if (mostly(facts->booleans, facts, 99) && facts->distinct_count <= 2) {
		guess->kind = KIND_BOOLEAN;
		why(guess, "only yes and no values");
	} else if (!label && mostly(facts->integers, facts, 98)) {
		guess->kind = KIND_INTEGER;
		why(guess, "%lld of %lld values are whole numbers", (long long)facts->integers, (long long)facts->seen);
	} else if (!label && mostly(facts->decimals, facts, 98)) {
		guess->kind = facts->max_scale <= 6 && facts->max_digits <= 18 ? KIND_DECIMAL : KIND_DOUBLE;
		guess->scale = guess->kind == KIND_DECIMAL ? facts->max_scale : 0;
		why(guess, "%lld of %lld values are numbers with at most %d decimals", (long long)facts->decimals,
		    (long long)facts->seen, facts->max_scale);
	} else {
		why(guess, "texts of at most %d characters", facts->max_chars);
	}
}

/* Whether an element named by the header can hold the column's values. */
static bool element_fits(const ProposalElement *element, const Guess *guess, const Facts *facts) {
	if (facts->seen == 0) return true;
	switch (element->kind) {
	case KIND_DATE:
		return mostly(facts->dates, facts, 80);
	case KIND_TIME:
		return mostly(facts->dates + facts->times, facts, 80);
	case KIND_INTEGER:
		return mostly(facts->integers, facts, 80);
	case KIND_DECIMAL:
	case KIND_DOUBLE:
		return mostly(facts->decimals, facts, 80);
	case KIND_GEOMETRY:
		return guess->kind == KIND_GEOMETRY;
	case KIND_BOOLEAN:
		return guess->kind == KIND_BOOLEAN;
	default:
		return guess->kind != KIND_GEOMETRY && (element->length == 0 || facts->max_chars <= element->length * 2);
	}
}

static void element_take(Guess *guess, const ProposalElement *element, const Facts *facts, const char *how) {
	guess->element = element;
	guess->kind = element->kind;
	guess->check = element->check;
	guess->mask = element->mask;
	guess->grade = element->grade;
	if (element->length) guess->length = element->length;
	if (element->kind == KIND_DECIMAL) guess->scale = facts->max_scale <= 9 ? facts->max_scale : 2;
	why(guess, "%s data element %s %s", how, element->code, element->name);
}

static void words_take(Guess *guess, Text header, const Facts *facts) {
	for (size_t i = 0; i < sizeof word_rules / sizeof *word_rules; i++)
		if (text_find(header, text_of(word_rules[i].word)) >= 0) {
			guess->grade = word_rules[i].grade;
			guess->mask = word_rules[i].mask;
			if (guess->kind == KIND_TEXT || guess->kind == KIND_INTEGER) guess->check = word_rules[i].check;
			why(guess, "the header says %s", word_rules[i].word);
			return;
		}
}

static void coordinates_take(Guess *guess, Text header, const Facts *facts) {
	bool lon = text_find(header, TEXT("经度")) >= 0 || same_word(header, TEXT("lon")) || same_word(header, TEXT("lng")) ||
	           same_word(header, TEXT("longitude"));
	bool lat = text_find(header, TEXT("纬度")) >= 0 || same_word(header, TEXT("lat")) || same_word(header, TEXT("latitude"));
	if ((!lon && !lat) || !mostly(facts->decimals, facts, 95)) return;
	guess->check = lon ? CHECK_LONGITUDE : CHECK_LATITUDE;
	guess->kind = KIND_DOUBLE;
	guess->scale = 0;
	why(guess, "the header and the values are a %s", lon ? "longitude" : "latitude");
}

/* A header that says no more than "name" names persons and companies alike: the values decide. Where they do not tell, the safe
 * side (a person's name, masked) is proposed, and said to be a doubt. False: it is not of persons. */
static bool name_doubt(Text header, const ProposalElement *named, const Facts *facts, Guess *guess, bool *doubt) {
	static const char *const vague[] = {"name", "names", "full_name", "名字", "title"};
	bool only = false;
	for (size_t i = 0; i < sizeof vague / sizeof *vague; i++)
		only |= same_word(header, text_of(vague[i]));
	*doubt = false;
	if (!only || !named || named->mask != MASK_NAME || facts->seen == 0 || mostly(facts->persons, facts, 60)) return true;
	*doubt = !mostly(facts->organisations, facts, 20);
	if (*doubt) return true;
	why(guess, "the header says only name, and values name organisations or things: make it a person's name if it is one");
	return false;
}

static void field_guess(Guess *guess, Text header, const Facts *facts, const ProposalElement *elements, int count) {
	bool exact = false;
	const ProposalElement *named = element_by_header(header, elements, count, &exact);
	const ContentRule *content = content_rule(facts);
	guess->title = header;
	guess->grade = 1;
	guess->required = facts->missing == 0 && facts->seen > 0;
	guess->unique = !facts->repeated && facts->seen > 1;
	kind_guess(guess, facts, header);
	if (content) { /* check characters do not pass by chance: they outweigh the header */
		const ProposalElement *same =
		    named && named->check == content->check ? named : element_by_check(content->check, elements, count);
		guess->kind = KIND_TEXT;
		guess->check = content->check;
		guess->grade = content->grade;
		guess->mask = content->mask;
		if (same)
			element_take(guess, same, facts, "the values are of");
		else
			why(guess, "%s", content->what);
	} else if (named && element_fits(named, guess, facts)) {
		bool doubt;
		if (!name_doubt(header, named, facts, guess, &doubt)) return;
		element_take(guess, named, facts, exact ? "the header is" : "the header ends like");
		if (doubt)
			why(guess, "the header says only name, and the values do not tell whether of persons: masked to be safe, "
			           "please decide");
	} else {
		words_take(guess, header, facts);
		coordinates_take(guess, header, facts);
		if (names_something(header) && mostly(facts->divisions, facts, 95) &&
		    (text_find(header, TEXT("区划")) >= 0 || text_find(header, TEXT("行政")) >= 0)) {
			guess->check = CHECK_GB2260;
			why(guess, "division codes by header and form");
		}
	}
	if (guess->kind != KIND_TEXT && guess->kind != KIND_CODE) guess->length = 0;
}

/* --- the key ---------------------------------------------------------------------------------------------------------------- */
static int by_value(const void *a, const void *b) {
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Whether the combination of columns `parts` is without repeats over the rows. */
static bool unique_together(const Facts *facts, const int *parts, int count, int64_t rows, uint64_t *scratch) {
	for (int64_t row = 0; row < rows; row++) {
		uint64_t hash = 0;
		for (int i = 0; i < count; i++)
			hash = (hash ^ facts[parts[i]].hashes[row]) * 0x9E3779B97F4A7C15u + (hash >> 29);
		scratch[row] = hash;
	}
	qsort(scratch, (size_t)rows, sizeof *scratch, by_value);
	for (int64_t row = 1; row < rows; row++)
		if (scratch[row] == scratch[row - 1]) return false;
	return true;
}

static bool may_be_key(const Guess *guess, const Facts *facts) {
	return facts->missing == 0 && facts->seen > 0 && guess->kind != KIND_DOUBLE && guess->kind != KIND_GEOMETRY &&
	       guess->kind != KIND_BOOLEAN;
}

static void key_mark(Guess *guess, const char *reason) {
	guess->key = guess->required = true;
	size_t len = strlen(guess->why);
	snprintf(guess->why + len, sizeof guess->why - len, "; %s", reason);
	guess->why[utf8_valid_prefix(text_of(guess->why))] = 0;
}

/* One column named like a number, then any one column, then the fewest leading columns that together never repeat. */
static void key_guess(Guess *guesses, const Facts *facts, const Text *columns, int count, int64_t rows, Arena *arena) {
	uint64_t *scratch = ARENA_ARRAY(arena, uint64_t, rows + 1);
	int candidates[CSV_FIELDS_MAX], n = 0;
	if (rows < 2) return;
	for (int i = 0; i < count; i++)
		if (may_be_key(&guesses[i], &facts[i])) candidates[n++] = i;
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < n; i++) {
			int c = candidates[i];
			bool named =
			    names_something(columns[c]) || guesses[c].check == CHECK_GB32100 || guesses[c].check == CHECK_GB11643;
			bool plain =
			    guesses[c].kind == KIND_TEXT || guesses[c].kind == KIND_INTEGER || guesses[c].kind == KIND_CODE;
			if ((pass == 0 ? named : plain) && unique_together(facts, &c, 1, rows, scratch)) {
				key_mark(&guesses[c],
				         pass == 0 ? "key: named as a number and never repeated" : "key: never repeated");
				return;
			}
		}
	for (int parts = 2; parts <= KEY_PARTS && parts <= n; parts++)
		if (unique_together(facts, candidates, parts, rows, scratch)) {
			for (int i = 0; i < parts; i++)
				key_mark(&guesses[candidates[i]], "key with the other leading columns: together never repeated");
			return;
		}
}

/* --- writing ---------------------------------------------------------------------------------------------------------------- */
/* In the language of the caller, who may be none. */
static const char *said(Request *rq, const char *english) {
	return rq ? message_say(rq, english) : english;
}

static void examples_write(const Guess *guess, const Facts *facts, Request *rq, Arena *arena, JsonWriter *out) {
	bool mask = guess->grade >= 3;
	App *app = rq ? rq->app : NULL;
	jw_key(out, "examples");
	jw_array(out);
	for (int i = 0; i < facts->distinct_count && i < PROPOSAL_EXAMPLES && !(mask && !app); i++) {
		Mask by = guess->mask == MASK_NONE ? MASK_ALL : guess->mask;
		jw_text(out, mask ? mask_text(app, by, facts->distinct[i], TEXT("proposal"), arena) : facts->distinct[i]);
	}
	jw_array_end(out);
	if (guess->kind != KIND_TEXT || mask || facts->many || !facts->repeated || facts->distinct_count > PROPOSAL_CODES) return;
	jw_key(out, "distinct"); /* perhaps a code set: that is for a person to say */
	jw_array(out);
	for (int i = 0; i < facts->distinct_count; i++)
		jw_text(out, facts->distinct[i]);
	jw_array_end(out);
}

static void field_write(const Guess *guess, Text source, const Facts *facts, Request *rq, Arena *arena, JsonWriter *out) {
	jw_object(out);
	jw_kv_str(out, "name", guess->name);
	jw_kv_text(out, "title", guess->title);
	jw_kv_text(out, "source_name", source);
	jw_kv_str(out, "kind", field_kind_name(guess->kind));
	if (guess->length) jw_kv_int(out, "length", guess->length);
	if (guess->kind == KIND_DECIMAL) jw_kv_int(out, "scale", guess->scale);
	jw_kv_bool(out, "key", guess->key);
	jw_kv_bool(out, "required", guess->required);
	jw_kv_bool(out, "unique", guess->unique && names_something(source));
	jw_kv_bool(out, "indexed", guess->key || guess->check != CHECK_NONE);
	if (guess->element) jw_kv_str(out, "element", guess->element->code);
	jw_kv_int(out, "grade", guess->grade);
	jw_kv_str(out, "mask", mask_name(guess->mask));
	jw_kv_str(out, "check", check_name(guess->check));
	if (guess->kind == KIND_CODE && guess->element && guess->element->code_set)
		jw_kv_str(out, "code_set", guess->element->code_set);
	examples_write(guess, facts, rq, arena, out);
	jw_kv_str(out, "why", said(rq, guess->why));
	jw_object_end(out);
}

static void problem_write(Request *rq, JsonWriter *out, const char *path, const Reason *fault) {
	jw_object(out);
	jw_kv_str(out, "path", path);
	jw_kv_str(out, "rule", fault->rule);
	jw_kv_str(out, "message", said(rq, fault->message));
	jw_kv_str(out, "advice", said(rq, fault->advice));
	jw_object_end(out);
}

static void source_write(const Reader *reader, int64_t rows, JsonWriter *out) {
	int sheet_count;
	const char *const *sheets = reader_sheets(reader, &sheet_count);
	char separator[2] = {reader_separator(reader), 0};
	jw_kv_str(out, "format", reader_format_name(reader_format(reader)));
	jw_kv_str(out, "charset", reader_charset(reader));
	if (separator[0]) jw_kv_str(out, "separator", separator);
	if (sheet_count) {
		jw_key(out, "sheets");
		jw_array(out);
		for (int i = 0; i < sheet_count; i++)
			jw_str(out, sheets[i]);
		jw_array_end(out);
	}
	int titles;
	int64_t line = reader_header_line(reader, &titles);
	if (line) jw_kv_int(out, "header_row", line);
	jw_kv_int(out, "rows_seen", rows);
}

/* Rows above the header were passed over: the person is told, and can see whether that is right. */
static void header_problem(Request *rq, const Reader *reader, JsonWriter *out) {
	int titles;
	Reason told = {.rule = "header_row",
	               .advice = "Check that it holds the column names; if not, delete the rows above the header."};
	long long line = reader_header_line(reader, &titles);
	if (titles == 0) return;
	snprintf(told.message, sizeof told.message,
	         "row %lld was taken as the header; the rows above it are passed over as titles", line);
	problem_write(rq, out, "header", &told);
}

/* --- all of it -------------------------------------------------------------------------------------------------------------- */
enum { PROBLEMS_MAX = 20 };
typedef struct Sample {
	int64_t rows, faulty;
	Facts *facts;
	Reason problems[PROBLEMS_MAX];
	int64_t problem_rows[PROBLEMS_MAX];
	int problem_count;
} Sample;

static int sample_read(Reader *reader, int count, Sample *sample, Arena *arena) {
	ReaderRow row;
	int code = 1;
	Arena *scratch = arena_new();
	while (sample->rows + sample->faulty < PROPOSAL_ROWS && (code = reader_next(reader, &row)) > 0) {
		arena_reset(scratch);
		if (row.fault) {
			sample->faulty++;
			if (sample->problem_count < PROBLEMS_MAX) {
				sample->problem_rows[sample->problem_count] = row.row_no;
				sample->problems[sample->problem_count++] = *row.fault;
			}
			continue;
		}
		for (int i = 0; i < count; i++)
			value_add(&sample->facts[i], row.texts[i], sample->rows, scratch, arena);
		sample->rows++;
	}
	arena_free(scratch);
	return code < 0 ? code : 0;
}

static void transliterator_close(void *object) {
	utrans_close(object);
}

static UTransliterator *latin_open(Arena *arena) {
	static const UChar id[] = u"Han-Latin; Latin-ASCII";
	UErrorCode error = U_ZERO_ERROR;
	UTransliterator *latin = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &error);
	if (U_FAILURE(error)) return NULL; /* names are then numbered, which is worse but no failure */
	arena_on_free(arena, transliterator_close, latin);
	return latin;
}

int proposal_write(Reader *reader, const ProposalElement *elements, int element_count, Request *rq, Arena *arena,
                   JsonWriter *out) {
	int count;
	const Text *columns = reader_columns(reader, &count);
	Sample *sample = ARENA_NEW(arena, Sample);
	sample->facts = ARENA_ARRAY(arena, Facts, count);
	for (int i = 0; i < count; i++) {
		sample->facts[i].hashes = ARENA_ARRAY(arena, uint64_t, PROPOSAL_ROWS);
		sample->facts[i].distinct_hashes = ARENA_ARRAY(arena, uint64_t, DISTINCT_MAX);
		sample->facts[i].distinct = ARENA_ARRAY(arena, Text, DISTINCT_MAX);
	}
	int code = sample_read(reader, count, sample, arena);
	if (code < 0) return code;
	Guess *guesses = ARENA_ARRAY(arena, Guess, count);
	UTransliterator *latin = latin_open(arena);
	for (int i = 0; i < count; i++) {
		name_guess(arena, latin, columns[i], guesses, i);
		field_guess(&guesses[i], columns[i], &sample->facts[i], elements, element_count);
	}
	key_guess(guesses, sample->facts, columns, count, sample->rows, arena);
	source_write(reader, sample->rows + sample->faulty, out);
	jw_key(out, "fields");
	jw_array(out);
	for (int i = 0; i < count; i++)
		field_write(&guesses[i], columns[i], &sample->facts[i], rq, arena, out);
	jw_array_end(out);
	jw_key(out, "problems");
	jw_array(out);
	header_problem(rq, reader, out);
	for (int i = 0; i < sample->problem_count; i++)
		problem_write(rq, out, arena_printf(arena, "rows/%lld", (long long)sample->problem_rows[i]),
		              &sample->problems[i]);
	jw_array_end(out);
	return 0;
}
