/* normal: values of two entries in one form, so that only what differs in substance differs. Pure. */
#include "compare/internal.h"
#include <ctype.h>

static const char *const form_names[] = {
#define X(name, text) text,
    COMPARE_FORMS(X)
#undef X
};

int compare_form(Text name) {
	for (int i = 0; i < COMPARE_FORM_COUNT; i++)
		if (text_is(name, form_names[i])) return i;
	return -1;
}

const char *compare_form_name(CompareForm form) {
	return form_names[form];
}

static Text loose(Text value, Arena *arena) {
	Text half = text_half_width(arena, value);
	char *out = arena_alloc_raw(arena, half.len + 1);
	size_t len = 0;
	for (size_t i = 0; i < half.len; i++) {
		unsigned char c = (unsigned char)half.at[i];
		if (c > ' ' && c != 0x7f) out[len++] = (char)(c < 0x80 ? toupper(c) : c);
	}
	return (Text){out, len};
}

/* 15 digits of the first generation: the century was 19, and a check character is added. */
static Text citizen(Text value, Arena *arena) {
	Text text = loose(value, arena);
	if (text.len != 15) return text;
	for (size_t i = 0; i < 15; i++)
		if (!isdigit((unsigned char)text.at[i])) return text;
	char *out = arena_alloc(arena, 19);
	memcpy(out, text.at, 6);
	memcpy(out + 6, "19", 2);
	memcpy(out + 8, text.at + 6, 9);
	out[17] = gb11643_check_char(out);
	return (Text){out, 18};
}

/* The day as eight digits; what is no date stays a text. */
static Text day(Text value, Arena *arena) {
	Text text = loose(value, arena);
	int numbers[3] = {0}, count = 0, digits = 0;
	for (size_t i = 0; i < text.len && count < 3; i++) {
		if (!isdigit((unsigned char)text.at[i])) {
			count += digits > 0;
			digits = 0;
			continue;
		}
		if (digits == 2 && count > 0) return text;
		if (digits++ == 4 && count == 0 && i == 4 && text.len >= 8) { /* 20260102 */
			for (size_t j = 0; j < 8; j++)
				if (!isdigit((unsigned char)text.at[j])) return text;
			return (Text){text.at, 8};
		}
		numbers[count] = numbers[count] * 10 + (text.at[i] - '0');
	}
	count += digits > 0 && count < 3;
	bool date = count == 3 && numbers[0] >= 1000 && numbers[0] <= 9999 && numbers[1] >= 1 && numbers[1] <= 12 &&
	            numbers[2] >= 1 && numbers[2] <= 31;
	return date ? text_of(arena_printf(arena, "%04d%02d%02d", numbers[0], numbers[1], numbers[2])) : text;
}

static Text number(Text value, Arena *arena) {
	double out;
	Text text = loose(value, arena);
	if (text_to_double(text, &out) < 0) return text;
	return text_of(arena_printf(arena, "%.15g", out == 0 ? 0.0 : out)); /* -0 is 0 */
}

Text compare_normal(CompareForm form, Text value, Arena *arena) {
	Text out = value;
	if (!value.at) return TEXT_NONE;
	switch (form) {
	case FORM_LOOSE:
		out = loose(value, arena);
		break;
	case FORM_NUMBER:
		out = number(value, arena);
		break;
	case FORM_DATE:
		out = day(value, arena);
		break;
	case FORM_CITIZEN:
		out = citizen(value, arena);
		break;
	default:
		break;
	}
	return out.len ? out : TEXT_NONE;
}
