/* Error: one recorded failure of a unit of work, and what each code means outside. Pure functions, any thread. */
#include "base/error.h"
#include <stdio.h>

static const struct {
	int code, status;
	const char *name;
} codes[] = {
#define X(code, status, name) {code, status, name},
    ERROR_CODES(X)
#undef X
};

/* Cuts a possibly truncated C string back to a character border. */
static void tidy(char *text, size_t size, int wanted) {
	if (wanted < 0)
		text[0] = 0;
	else if ((size_t)wanted >= size)
		text[utf8_valid_prefix(text_of(text))] = 0;
}

static void copy(char *to, size_t size, Text from) {
	size_t length = utf8_cut(from, size - 1);
	if (length) memcpy(to, from.at, length);
	to[length] = 0;
}

int error_set(Error *error, int code, const char *format, ...) {
	if (error->code) return error->code;
	va_list args;
	va_start(args, format);
	tidy(error->message, sizeof error->message, vsnprintf(error->message, sizeof error->message, format, args));
	va_end(args);
	return error->code = code;
}

int error_field(Error *error, int code, const char *field, Text value, const char *rule, const char *advice, const char *format,
                ...) {
	if (error->code) return error->code;
	va_list args;
	va_start(args, format);
	tidy(error->message, sizeof error->message, vsnprintf(error->message, sizeof error->message, format, args));
	va_end(args);
	copy(error->field, sizeof error->field, text_of(field));
	copy(error->value, sizeof error->value, value);
	copy(error->rule, sizeof error->rule, text_of(rule));
	copy(error->advice, sizeof error->advice, text_of(advice));
	return error->code = code;
}

void error_clear(Error *error) {
	*error = (Error){0};
}

int error_status(int code) {
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i].code == code) return codes[i].status;
	return code >= 0 ? 200 : 500;
}

const char *error_name(int code) {
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i].code == code) return codes[i].name;
	return code >= 0 ? "ok" : "internal";
}
