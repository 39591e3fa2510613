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
enum { MESSAGE_COUNT = sizeof messages / sizeof *messages, HOLES_MAX = 4 };

const char *message_zh(const char *english) {
	for (int i = 0; i < MESSAGE_COUNT; i++)
		if (strcmp(messages[i].english, english) == 0) return messages[i].chinese;
	return english;
}

static bool is_hole(const char *at) {
	return at[0] == '{' && at[1] >= '1' && at[1] <= '0' + HOLES_MAX && at[2] == '}';
}

/* Whether message has the template's shape; holes by number get what they stand for. A hole takes the shortest text that fits what
 * follows it up to the next hole; the last part must end the message. */
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
		while (template[len] && !is_hole(template + len)) len++;
		Text part = {template, len}, rest = {at, (size_t)(end - at)};
		ptrdiff_t found = 0;
		if (open < 0) found = text_starts(rest, part) ? 0 : -1;
		else if (template[len]) found = text_find(rest, part);
		else found = text_ends(rest, part) ? (ptrdiff_t)(rest.len - len) : -1;
		if (found < 0) return false;
		if (open >= 0) holes[open].len = (size_t)found;
		at += found + (ptrdiff_t)len;
		template += len;
		open = -1;
	}
	return open >= 0 || at == end;
}

static const char *template_fill(Arena *arena, const char *template, const Text holes[HOLES_MAX]) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	for (; *template; template++) {
		if (!is_hole(template)) buf_char(out, *template);
		else {
			buf_text(out, holes[template[1] - '1']);
			template += 2;
		}
	}
	buf_char(out, '\0');
	return out->at;
}

const char *message_translate(Arena *arena, const char *message) {
	const char *exact = message_zh(message);
	if (exact != message) return exact;
	for (int i = 0; i < MESSAGE_COUNT; i++) {
		Text holes[HOLES_MAX] = {{0}};
		if (strstr(messages[i].english, "{1}") && template_match(messages[i].english, text_of(message), holes))
			return template_fill(arena, messages[i].chinese, holes);
	}
	return message;
}
