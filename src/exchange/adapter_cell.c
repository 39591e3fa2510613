/* Cells of a foreign template: our fields and their vocabulary, translation in both directions. Owns nothing; any thread. */
#include "exchange/adapter.h"
#include <stdarg.h>
#include <stdio.h>

#define SHARING "unconditional|conditional|none"
#define OPENING "open|conditional|closed"
#define FORMATS "database|csv|xlsx|json|geojson|xml|pdf|image|video|other"
#define WAYS "api|download|batch"
#define PROMISES "realtime|daily|weekly|monthly|quarterly|yearly|irregular"
#define KINDS "text|integer|decimal|double|date|time|boolean|code|geometry"
#define YES_NO "true|false"

static const AdapterField catalogue[] = {
    {"code", ADAPTER_TEXT},
    {"class", ADAPTER_TEXT, .out_only = true},
    {"name", ADAPTER_TEXT},
    {"summary", ADAPTER_TEXT},
    {"domain", ADAPTER_TEXT},
    {"keywords", ADAPTER_LIST},
    {"formats", ADAPTER_LIST, FORMATS},
    {"sharing", ADAPTER_TEXT, SHARING},
    {"sharing_terms", ADAPTER_TEXT}, /* the condition, or the legal basis of not sharing */
    {"sharing_ways", ADAPTER_LIST, WAYS},
    {"opening", ADAPTER_TEXT, OPENING},
    {"opening_condition", ADAPTER_TEXT},
    {"update_promise", ADAPTER_TEXT, PROMISES},
    {"contact", ADAPTER_TEXT},
    {"provider_code", ADAPTER_TEXT},
    {"provider_name", ADAPTER_TEXT, .out_only = true},
    {"published_on", ADAPTER_DATE, .out_only = true},
    {"related", ADAPTER_LIST, .out_only = true},
    {"item_title", ADAPTER_TEXT, .item = true},
    {"item_name", ADAPTER_TEXT, .item = true},
    {"item_kind", ADAPTER_TEXT, KINDS, .item = true},
    {"item_length", ADAPTER_INT, .item = true},
    {"item_scale", ADAPTER_INT, .item = true},
    {"item_key", ADAPTER_TEXT, YES_NO, .item = true},
    {"item_required", ADAPTER_TEXT, YES_NO, .item = true},
    {"item_grade", ADAPTER_INT, .item = true},
    {0},
};
static const AdapterField requests[] = {
    {"number", ADAPTER_TEXT},
    {"resource_code", ADAPTER_TEXT},
    {"resource_name", ADAPTER_TEXT},
    {"asker_code", ADAPTER_TEXT},
    {"asker_name", ADAPTER_TEXT},
    {"supplier_code", ADAPTER_TEXT},
    {"supplier_name", ADAPTER_TEXT},
    {"purpose", ADAPTER_TEXT},
    {"basis", ADAPTER_TEXT},
    {"service_item", ADAPTER_TEXT},
    {"fields", ADAPTER_LIST},
    {"way", ADAPTER_LIST, WAYS},
    {"account", ADAPTER_TEXT},
    {"until", ADAPTER_DATE},
    {"quota_day", ADAPTER_INT},
    {"state", ADAPTER_TEXT}, /* as people call it; a mapping with codes for it translates the code instead */
    {"state_code", ADAPTER_TEXT, .out_only = true},
    {"refusal", ADAPTER_TEXT}, /* the basis of not sharing */
    {"asked_at", ADAPTER_TIME},
    {"closed_at", ADAPTER_TIME},
    {0},
};
static const AdapterField usage[] = {
    {"usage_id", ADAPTER_TEXT},      {"day", ADAPTER_DATE},           {"resource_code", ADAPTER_TEXT},
    {"resource_name", ADAPTER_TEXT}, {"supplier_code", ADAPTER_TEXT}, {"supplier_name", ADAPTER_TEXT},
    {"user_code", ADAPTER_TEXT},     {"user_name", ADAPTER_TEXT},     {"account", ADAPTER_TEXT},
    {"purpose", ADAPTER_TEXT},       {"records", ADAPTER_INT},        {0},
};
static const AdapterField *const fields_of[ADAPTER_DATA_COUNT] = {
    [ADAPTER_CATALOGUE] = catalogue, [ADAPTER_REQUESTS] = requests, [ADAPTER_USAGE] = usage};
const char *const adapter_data_names[ADAPTER_DATA_COUNT] = {"catalogue", "requests", "usage", "records"};

const AdapterField *adapter_field(AdapterData data, Text name) {
	for (const AdapterField *field = fields_of[data]; field && field->name; field++)
		if (text_is(name, field->name)) return field;
	return NULL;
}

/* --- out ------------------------------------------------------------------------------------------------------------------- */

static Text json_text(const json_t *value) {
	return json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : TEXT_NONE;
}

static Text translate_out(const AdapterColumn *column, Text value) {
	const char *theirs;
	json_t *ours;
	Text name = json_text(json_object_getn(column->out, value.at, value.len));
	json_object_foreach((json_t *)column->codes, theirs, ours) if (!name.at && text_eq(json_text(ours), value)) name =
	    text_of(theirs);
	return name.at ? name : value;
}

/* The next part of "a、b;c": parts are told apart by the marks that templates use. */
static bool list_next(Text *rest, Text *part) {
	static const char *const marks[] = {"、", "，", "；", ",", ";", "|", "\n"};
	while (rest->len > 0) {
		size_t at = 0, mark = 0;
		for (; at < rest->len && !mark; at++)
			for (size_t i = 0; i < sizeof marks / sizeof *marks && !mark; i++)
				if (text_starts((Text){rest->at + at, rest->len - at}, text_of(marks[i])))
					mark = strlen(marks[i]);
		size_t length = mark ? at - 1 : at;
		*part = text_trim((Text){rest->at, length});
		*rest = (Text){rest->at + length + mark, rest->len - length - mark};
		if (part->len > 0) return true;
	}
	return false;
}

Text adapter_cell_out(Arena *arena, const AdapterColumn *column, Text value) {
	if (column->constant) return text_of(column->constant);
	if (!value.at || value.len == 0) return TEXT("");
	if (column->field->type != ADAPTER_LIST) return translate_out(column, value);
	Buf *out = ARENA_NEW(arena, Buf);
	Text part;
	buf_in(out, arena);
	while (list_next(&value, &part)) {
		if (out->len) buf_str(out, "、");
		buf_text(out, translate_out(column, part));
	}
	return buf_as_text(out);
}

/* --- in --------------------------------------------------------------------------------------------------------------------- */

void adapter_reason(Reason *reason, const char *field, Text value, const char *rule, const char *advice, const char *format,
                    ...) {
	va_list args;
	va_start(args, format);
	*reason = (Reason){0};
	snprintf(reason->field, sizeof reason->field, "%s", field);
	snprintf(reason->value, sizeof reason->value, "%.*s",
	         (int)utf8_cut(value.at ? value : TEXT(""), sizeof reason->value - 1), value.at ? value.at : "");
	snprintf(reason->rule, sizeof reason->rule, "%s", rule);
	snprintf(reason->advice, sizeof reason->advice, "%s", advice);
	vsnprintf(reason->message, sizeof reason->message, format, args);
	va_end(args);
}

static bool among(const char *choices, Text value) {
	for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL) {
		const char *end = strchr(at, '|');
		if (text_eq((Text){at, end ? (size_t)(end - at) : strlen(at)}, value)) return true;
	}
	return false;
}

static const char *known_codes(Arena *arena, const AdapterColumn *column) {
	Buf *out = ARENA_NEW(arena, Buf);
	const char *theirs;
	json_t *ours;
	buf_in(out, arena);
	json_object_foreach((json_t *)column->codes, theirs, ours) if (out->len < 120)
	    buf_printf(out, "%s%s", out->len ? ", " : "", theirs);
	if (!out->len) buf_str(out, column->field->choices);
	return arena_printf(arena, "Use one of: %.*s", TEXT_ARG(buf_as_text(out)));
}

/* One code: by the mapping, or one of ours as it is. */
static int code_in(Arena *arena, const AdapterColumn *column, Text cell, Text *value, Reason *reason) {
	Text ours = json_text(json_object_getn(column->codes, cell.at, cell.len));
	*value = ours.at ? ours : cell;
	bool known = column->field->choices ? among(column->field->choices, *value) : ours.at || !json_object_size(column->codes);
	if (known) return 0;
	adapter_reason(reason, column->column, cell, "code", known_codes(arena, column),
	               "the mapping has no translation for this value");
	return -1;
}

static int list_in(Arena *arena, const AdapterColumn *column, Text cell, Text *value, Reason *reason) {
	Buf *out = ARENA_NEW(arena, Buf);
	Text part, ours;
	buf_in(out, arena);
	while (list_next(&cell, &part)) {
		if (code_in(arena, column, part, &ours, reason) < 0) return -1;
		if (out->len) buf_str(out, "、");
		buf_text(out, ours);
	}
	*value = buf_as_text(out);
	return 0;
}

static int typed_in(Arena *arena, const AdapterColumn *column, Text cell, Text *value, Reason *reason) {
	static const char *const must[] = {[ADAPTER_INT] = "must be a whole number",
	                                   [ADAPTER_DATE] = "must be a date, e.g. 2026-11-22",
	                                   [ADAPTER_TIME] = "must be a time, e.g. 2026-11-22 08:30:00"};
	int32_t day;
	int64_t number;
	char text[CLOCK_TEXT_MAX];
	AdapterType type = column->field->type;
	if (type == ADAPTER_INT && text_to_int(cell, &number) == 0)
		*value = text_of(arena_printf(arena, "%lld", (long long)number));
	else if (type == ADAPTER_DATE && date_parse(cell, &day) == 0)
		*value = text_of(arena_strdup(arena, date_format(day, text)));
	else if (type == ADAPTER_TIME && clock_parse(cell, &number) == 0)
		*value = text_of(arena_strdup(arena, clock_format(number, text)));
	else {
		adapter_reason(reason, column->column, cell, "type", "Compare with the other platform.", "%s", must[type]);
		return -1;
	}
	return 0;
}

int adapter_cell_in(Arena *arena, const AdapterColumn *column, Text cell, Text *value, Reason *reason) {
	*value = TEXT_NONE;
	if (!column->field || column->field->out_only) return 0;
	cell = cell.at ? text_trim(cell) : TEXT("");
	if (utf8_count(cell) > ADAPTER_CELL_MAX) {
		adapter_reason(reason, column->column, cell, "length", "Shorten it.", "has more than %d characters",
		               ADAPTER_CELL_MAX);
		return -1;
	}
	if (cell.len == 0 && column->fallback) {
		*value = text_of(column->fallback);
		return 0;
	}
	if (cell.len == 0) {
		if (!column->required && !column->id) return 0;
		adapter_reason(reason, column->column, TEXT_NONE, "required", "Fill it in.", "must not be empty");
		return -1;
	}
	if (column->field->type == ADAPTER_LIST) return list_in(arena, column, cell, value, reason);
	if (column->field->type != ADAPTER_TEXT) return typed_in(arena, column, cell, value, reason);
	return code_in(arena, column, cell, value, reason);
}
