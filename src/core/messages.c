/* messages: Chinese texts of the program's fixed English messages, rule names and templates ({1}…{4} = any text).
 * Thread: any, read-only. Lifetime: the program. Sorted look-up is not needed: an answer has at most a few messages. */
#include "core/core.h"
#include "core/messages.h"

static const struct {
	const char *english, *chinese;
} messages[] = {
#define X(english, chinese) {english, chinese},
    MESSAGES(X)
#undef X
};
enum { MESSAGE_COUNT = sizeof messages / sizeof *messages, HOLES_MAX = 4, NESTED_MAX = 3 };

const char *message_zh(const char *english) {
	for (int i = 0; i < MESSAGE_COUNT; i++)
		if (strcmp(messages[i].english, english) == 0) return messages[i].chinese;
	return english;
}

static bool is_hole(const char *at) {
	return at[0] == '{' && at[1] >= '1' && at[1] <= '0' + HOLES_MAX && at[2] == '}';
}

/* Whether message has the template's shape; holes by number get what they stand for. A hole takes the shortest text that fits
 * what follows it up to the next hole; the last part must end the message. */
static bool template_match(const char *template, Text message, Text holes[HOLES_MAX]) {
	const char *at = message.at, *end = message.at + message.len;
	int open = -1; /* number of the hole waiting for its end */
	while (*template) {
		if (is_hole(template)) {
			open = template[1] - '1';
			holes[open] = (Text){at, (size_t)(end - at)};
			template += 3;
			continue;
		}
		size_t len = 0;
		while (template[len] && !is_hole(template + len))
			len++;
		Text part = {template, len}, rest = {at, (size_t)(end - at)};
		ptrdiff_t found = 0;
		if (open < 0)
			found = text_starts(rest, part) ? 0 : -1;
		else if (template[len])
			found = text_find(rest, part);
		else
			found = text_ends(rest, part) ? (ptrdiff_t)(rest.len - len) : -1;
		if (found < 0) return false;
		if (open >= 0) holes[open].len = (size_t)found;
		at += found + (ptrdiff_t)len;
		template += len;
		open = -1;
	}
	return open >= 0 || at == end;
}

static const char *sentence_translate(Arena *arena, const char *message, int depth);

/* What stands for a hole is kept as it is, unless it is itself a sentence ("row 7: " and what is wrong with it). */
static const char *template_fill(Arena *arena, const char *template, const Text holes[HOLES_MAX], int depth) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	for (; *template; template ++) {
		if (!is_hole(template)) {
			buf_char(out, *template);
			continue;
		}
		Text hole = holes[template[1] - '1'];
		if (depth > 0 && hole.len > 0 && memchr(hole.at, ' ', hole.len))
			hole = text_of(sentence_translate(arena, text_cstr(arena, hole), depth - 1));
		buf_text(out, hole);
		template += 2;
	}
	buf_char(out, '\0');
	return out->at;
}

/* Templates that begin with words of their own go first: one that begins with a hole fits more than it is meant for. */
static const char *sentence_translate(Arena *arena, const char *message, int depth) {
	const char *exact = message_zh(message);
	if (exact != message) return exact;
	for (int holes_first = 0; holes_first < 2; holes_first++)
		for (int i = 0; i < MESSAGE_COUNT; i++) {
			Text holes[HOLES_MAX] = {{0}};
			const char *english = messages[i].english;
			if (is_hole(english) != (holes_first == 1) || !strstr(english, "{1}")) continue;
			if (template_match(english, text_of(message), holes))
				return template_fill(arena, messages[i].chinese, holes, depth);
		}
	return message;
}

const char *message_translate(Arena *arena, const char *message) {
	return message ? sentence_translate(arena, message, NESTED_MAX) : NULL;
}

/* --- which language ------------------------------------------------------------------------------------------------------- */
/* A weight "q=0.8" in thousandths; 1000 when none is given. */
static int weight_of(Text range) {
	ptrdiff_t at = text_find(range, TEXT("q="));
	double q = 1;
	if (at >= 0 && text_to_double(text_trim((Text){range.at + at + 2, range.len - (size_t)at - 2}), &q) != 0) q = 0;
	return q < 0 ? 0 : q > 1 ? 1000 : (int)(q * 1000);
}

/* How much more Chinese is liked than English; below 0: less. */
static int chinese_over_english(Text accept_language) {
	int chinese = 0, english = 0;
	while (accept_language.len > 0) {
		const char *comma = memchr(accept_language.at, ',', accept_language.len);
		Text range = {accept_language.at, comma ? (size_t)(comma - accept_language.at) : accept_language.len};
		size_t skip = range.len + (comma ? 1 : 0);
		accept_language = (Text){accept_language.at + skip, accept_language.len - skip};
		range = text_trim(range);
		int weight = weight_of(range);
		if (text_starts(range, TEXT("zh")) && weight > chinese)
			chinese = weight;
		else if (text_starts(range, TEXT("en")) && weight > english)
			english = weight;
	}
	return chinese - english;
}

bool language_chinese(Text accept_language) {
	return chinese_over_english(accept_language) > 0;
}

bool request_english(const Request *rq) {
	return rq->call && chinese_over_english(http_header(rq->call, "Accept-Language")) < 0;
}

const char *request_say(const Request *rq, const char *chinese, const char *english) {
	return request_english(rq) ? english : chinese;
}

const char *message_say(Request *rq, const char *english) {
	if (!english || !rq->call || !language_chinese(http_header(rq->call, "Accept-Language"))) return english;
	return message_translate(rq->arena, english);
}

void message_say_members(Request *rq, json_t *value) {
	static const char *const shown[] = {"message", "advice", "text"};
	size_t index;
	json_t *item;
	if (!rq->call || !language_chinese(http_header(rq->call, "Accept-Language"))) return;
	if (json_is_array(value)) json_array_foreach(value, index, item) message_say_members(rq, item);
	for (size_t i = 0; json_is_object(value) && i < sizeof shown / sizeof *shown; i++) {
		const char *english = json_string_value(json_object_get(value, shown[i]));
		if (english) json_object_set_new(value, shown[i], json_string(message_translate(rq->arena, english)));
	}
}
