/* common: what several files of the room need of inputs. Any thread. */
#include "measure/parts.h"
#include <ctype.h>

int version_check(Request *rq, int64_t version) {
	if (in_int(rq, "version") == version) return 0;
	return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read it again and decide anew.",
	                   "It was changed meanwhile (it is at version %lld)", (long long)version);
}

/* The marks of LIKE are taken out of what is searched for. */
char *folded(Request *rq, Text text, bool pattern) {
	char *out = arena_printf(rq->arena, pattern ? "%%%.*s%%" : "%.*s", TEXT_ARG(text));
	size_t last = strlen(out);
	for (size_t i = 0; i < last; i++)
		if (pattern && i > 0 && i + 1 < last && (out[i] == '%' || out[i] == '_'))
			out[i] = ' ';
		else if ((unsigned char)out[i] < 128)
			out[i] = (char)tolower(out[i]);
	return out;
}

void promises_values(Val *values) {
	static const char *const promises[] = {"realtime", "daily", "weekly", "monthly", "quarterly", "yearly"};
	for (int i = 0; i < 6; i++)
		values[i] = val_int(promise_us(text_of(promises[i])));
}
