/* hide: who reported in confidence, taken out of the words that others read: the name and number that are known, and whatever
 * looks like somebody's name by which he introduces himself, telephone, mail, messenger or identity number. Pure but for
 * event_note_hide, which reads whether the report is confidential. What is taken out stays sealed with the reporter. */
#include "event/internal.h"

int event_secret_said(Text text, bool *out) {
	static const char *const yes[] = {"true", "1", "是", "y", "yes", "保密"}, *const no[] = {"",  "false", "0",      "否",
	                                                                                         "n", "no",    "不保密", "公开"};
	bool known = *out = false;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		*out |= strlen(yes[i]) == text.len && strncasecmp(yes[i], text.at, text.len) == 0;
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		known |= strlen(no[i]) == text.len && (!text.len || strncasecmp(no[i], text.at, text.len) == 0);
	return *out || known ? 0 : -1;
}

#define HIDDEN "[已隐去]"
enum { SPOKEN_MIN = 7, DIGITS_CAP = 40, NEAR = 8 };

typedef struct Words {
	uint32_t *at;
	bool *hide;
	int count;
} Words;

static Words words_read(Arena *arena, Text text) {
	Words out = {arena_alloc_raw(arena, (text.len + 1) * sizeof *out.at), arena_alloc(arena, text.len + 1), 0};
	for (const char *at = text.at, *end = text.at + text.len; at < end;) {
		uint32_t c = utf8_next(&at, end);
		out.at[out.count++] = c > 0xff00 && c < 0xff5f ? c - 0xfee0 : c; /* full width */
	}
	return out;
}

static void hide(Words *words, int from, int until) {
	for (int i = from; i < until && i < words->count; i++)
		words->hide[i] = true;
}

static bool is_han(uint32_t c) {
	return c >= 0x3400 && c <= 0x9fff;
}

static bool is_one_of(uint32_t c, const char *list) {
	for (const char *at = list, *end = list + strlen(list); at < end;)
		if (utf8_next(&at, end) == c) return true;
	return false;
}

/* Code points that `text` covers from `at` on, blanks between its characters too; 0 = it does not stand there. */
static int stands(const Words *words, int at, Text text) {
	int i = at;
	for (const char *next = text.at, *end = text.at + text.len; next < end; i++) {
		while (i > at && i < words->count && is_one_of(words->at[i], "  　·"))
			i++;
		if (i >= words->count || words->at[i] != utf8_next(&next, end)) return 0;
	}
	return i - at;
}

static int any_stands(const Words *words, int at, const char *const *list) {
	for (; *list; list++) {
		int count = stands(words, at, text_of(*list));
		if (count) return count;
	}
	return 0;
}

/* --- names ----------------------------------------------------------------------------------------------------------------- */
static const char *const honorifics[] = {"先生", "女士", "小姐", "师傅", "老师", "阿姨", "大爷", "大妈",
                                         "同志", "某",   "太太", "医生", "经理", "老板", NULL};
static const char *const introductions[] = {"我的名字叫", "名字叫", "本人叫", "我叫", "名叫", "姓名", "联系人", NULL};
/* by how many people bear them: nine of ten */
static const char surnames[] =
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓韩冯曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤缪";

static void name_hide(Words *words, Text name) {
	const char *at = name.at, *end = name.at + name.len;
	size_t count = utf8_count(name);
	if (!count) return;
	uint32_t first = utf8_next(&at, end);
	bool han = is_han(first);
	Text given = {at, (size_t)(end - at)}, family = {name.at, (size_t)(at - name.at)}, both = family;
	if (count > 2) { /* 欧阳, 上官 */
		utf8_next(&at, end);
		both.len = (size_t)(at - name.at);
	}
	for (int i = 0; i < words->count; i++) {
		if (count > 1) hide(words, i, i + stands(words, i, name));
		if (!han || count > 4) continue;
		if (count > 2) hide(words, i, i + stands(words, i, given));
		if (!stands(words, i, family)) continue;
		int called = any_stands(words, i + 1, honorifics), two = stands(words, i, both);
		if (called) hide(words, i, i + 1 + called);
		called = two ? any_stands(words, i + two, honorifics) : 0;
		if (called) hide(words, i, i + two + called);
		if (i && is_one_of(words->at[i - 1], "姓老小")) hide(words, i, i + 1);
	}
}

/* 我叫王建国; 我是王芳，…: what follows an introduction and begins with a surname. */
static void introduced_hide(Words *words) {
	for (int i = 0; i < words->count; i++) {
		int said = any_stands(words, i, introductions), at = i + said;
		bool plain = !said && stands(words, i, TEXT("我是"));
		if (plain) at = i + 2;
		if (!said && !plain) continue;
		while (!plain && at < words->count && is_one_of(words->at[at], "是为叫:： "))
			at++;
		if (at >= words->count || !is_one_of(words->at[at], surnames)) continue;
		int until = at + 1;
		while (until < words->count && until < at + 3 && is_han(words->at[until]))
			until++;
		bool ends = until == words->count || !is_han(words->at[until]) || is_one_of(words->at[until], "住手电联在");
		if (until > at + 1 && (!plain || ends)) hide(words, at, until);
	}
}

/* --- numbers --------------------------------------------------------------------------------------------------------------- */
static int digit_of(uint32_t c, bool *spoken) {
	static const char said[] = "〇零一二三四五六七八九幺两";
	static const char value[] = "0012345678912";
	if (c >= '0' && c <= '9') return (int)c - '0';
	const char *at = said, *end = said + sizeof said - 1;
	for (int i = 0; at < end; i++)
		if (utf8_next(&at, end) == c) {
			*spoken = true;
			return value[i] - '0';
		}
	return -1;
}

static bool near_word(const Words *words, int from) {
	static const char *const called[] = {"电话", "手机", "号码", "联系", "微信", "拨打", "QQ", "qq", NULL};
	for (int i = from - NEAR < 0 ? 0 : from - NEAR; i < from; i++)
		if (any_stands(words, i, called)) return true;
	return false;
}

static bool is_mobile(const char *digits, size_t count) {
	return count == 11 && digits[0] == '1' && digits[1] >= '3';
}

/* Whether these digits are somebody's: telephone, bank card, or the number of whoever reported, also without its area code. */
static bool is_personal(const char *digits, size_t count, const char *own, bool spoken, bool called) {
	size_t skip = strncmp(digits, "0086", 4) == 0 && count > 12  ? 4
	              : strncmp(digits, "86", 2) == 0 && count == 13 ? 2
	                                                             : 0,
	       own_count = strlen(own);
	digits += skip;
	count -= skip;
	if (spoken || called || is_mobile(digits, count) || (digits[0] == '0' && count >= 10 && count <= 12)) return count >= 7;
	if (count >= 15 && count <= 19) return true;
	if (own_count >= 7 && strstr(digits, own)) return true;
	return count >= 7 && own_count >= count && strcmp(own + own_count - count, digits) == 0;
}

/* Digits from i on, in so many groups at most, written together or with a blank or dash between: where they end, i when there are
 * none. *first: the end of the first group. */
static int digits_read(const Words *words, int i, int groups, char digits[DIGITS_CAP + 1], int *first, int *spoken_count) {
	size_t count = 0;
	int last = i;
	*first = i;
	*spoken_count = 0;
	for (int at = i; at < words->count && count < DIGITS_CAP; at++) {
		bool spoken = false;
		int digit = digit_of(words->at[at], &spoken);
		bool joins = count && at < last + 3 && is_one_of(words->at[at], " -—–.·_()　");
		if (digit < 0 && !joins) break;
		if (digit < 0) continue;
		if (count && at > last && --groups == 0) break;
		if (*first == last) *first = at + 1;
		digits[count++] = (char)('0' + digit);
		*spoken_count += spoken;
		last = at + 1;
	}
	digits[count] = '\0';
	return last;
}

/* The longest that is a number of a person, of groups that begin at i; then of those that begin at the next one. */
static void numbers_hide(Words *words, const char *own) {
	enum { GROUPS = 6 };
	for (int i = 0; i < words->count;) {
		char digits[DIGITS_CAP + 1];
		int next = i + 1, first, spoken_count;
		for (int groups = GROUPS; groups; groups--) {
			int last = digits_read(words, i, groups, digits, &first, &spoken_count);
			size_t count = strlen(digits);
			if (count == 17 && last < words->count && is_one_of(words->at[last], "xX"))
				last++; /* an identity number */
			next = first > i ? first : i + 1;
			if (count < 7) break;
			if (!is_personal(digits, count, own, spoken_count >= SPOKEN_MIN, near_word(words, i))) continue;
			hide(words, i, last);
			next = last;
			break;
		}
		i = next;
	}
}

/* --- mail and messengers --------------------------------------------------------------------------------------------------- */
static bool is_handle(uint32_t c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
	       c == '+';
}

static void handles_hide(Words *words) {
	static const char *const messengers[] = {"微信", "QQ", "qq", "VX", "vx", "V信", "v信", NULL};
	for (int i = 0; i < words->count; i++) {
		int from = i, until = i + 1, called = any_stands(words, i, messengers);
		if (words->at[i] == '@') {
			while (from && is_handle(words->at[from - 1]))
				from--;
		} else if (called) {
			for (from = i + called; from < words->count && is_one_of(words->at[from], "号是为:： ");)
				from++;
			until = from;
		} else {
			continue;
		}
		while (until < words->count && is_handle(words->at[until]))
			until++;
		if (words->at[i] == '@' ? from < i && until > i + 1 : until - from >= 5) hide(words, from, until);
	}
}

/* --- all of it ------------------------------------------------------------------------------------------------------------- */
static const char *own_digits(Arena *arena, Text phone) {
	char *out = arena_alloc(arena, phone.len + 1);
	size_t count = 0;
	for (size_t i = 0; i < phone.len; i++)
		if (phone.at[i] >= '0' && phone.at[i] <= '9') out[count++] = phone.at[i];
	return out + (strncmp(out, "0086", 4) == 0 ? 4 : strncmp(out, "86", 2) == 0 && count == 13 ? 2 : 0);
}

Text event_words_hide(Arena *arena, Text text, Text name, Text phone) {
	Words words = words_read(arena, text);
	Buf *out = ARENA_NEW(arena, Buf);
	bool any = false;
	name_hide(&words, text_trim(name));
	introduced_hide(&words);
	numbers_hide(&words, own_digits(arena, phone));
	handles_hide(&words);
	buf_in(out, arena);
	const char *at = text.at, *end = text.at + text.len;
	for (int i = 0; i < words.count; i++) {
		const char *from = at;
		utf8_next(&at, end);
		any |= words.hide[i];
		if (!words.hide[i])
			buf_add(out, from, (size_t)(at - from));
		else if (!i || !words.hide[i - 1])
			buf_str(out, HIDDEN);
	}
	return any ? buf_as_text(out) : text;
}

/* What is said of it goes into a history that handlers read. A part names nobody itself: what it is part of does. */
int event_note_hide(Request *rq, int64_t case_id, const char *note, const char **out) {
	Event event;
	int64_t whose = 0;
	Text name = TEXT(""), phone = TEXT("");
	*out = note;
	if (!note || !*note) return 0;
	int code = db_int(rq->db, &whose,
	                  "SELECT COALESCE(p.case_id, e.case_id) FROM event e JOIN work_case c ON c.case_id = e.case_id LEFT JOIN"
	                  " event p ON p.case_id = c.parent_id AND c.parent_id <> 0 WHERE e.case_id = $1 AND e.confidential <> 0",
	                  BIND(val_int(case_id)));
	if (code < 0 || !whose) return code < 0 ? code : 0;
	if ((code = event_find(rq, whose, &event)) < 0) return code;
	reporter_names(rq, &event, &name, &phone);
	*out = text_cstr(rq->arena, event_words_hide(rq->arena, text_of(note), name, phone));
	return 0;
}

int action_case_words(Request *rq, void *arg) {
	static const char *const members[] = {"reason", "duty"};
	CaseWords *words = arg;
	int code = event_note_hide(rq, words->case_id, words->note, &words->note);
	for (int i = 0; i < 2 && code >= 0; i++) {
		const char *said = json_string_value(json_object_get(words->form, members[i])), *hidden = said;
		code = event_note_hide(rq, words->case_id, said, &hidden);
		if (code >= 0 && hidden != said) json_object_set_new(words->form, members[i], json_string(hidden));
	}
	return code;
}
