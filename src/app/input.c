/* input: a call's path, query and body checked by its route's row. Everything wrong is found in one pass and named. Pure over the
 * arena; runs on the server thread before any lane. */
#include "app/private.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct Parse {
	Arena *arena;
	const Route *route;
	InputValue *values;
	Faults *faults;
} Parse;

static void fault(Parse *parse, const char *field, Text value, const char *rule, const char *advice, const char *message) {
	if (parse->faults == NULL) parse->faults = ARENA_NEW(parse->arena, Faults);
	if (parse->faults->count < FAULTS_MAX)
		error_field(&parse->faults->items[parse->faults->count++], ERR_INVALID, field, value, rule, advice, "%s",
		            message);
}

/* advice: what to do; what the field is follows in English, for whoever writes the call: Chinese leaves it out. */
static void fault_at(Parse *parse, const InputField *field, Text value, const char *rule, const char *message,
                     const char *advice) {
	bool doc = field->doc && field->doc[0];
	fault(parse, field->name, value, rule, doc ? arena_printf(parse->arena, "%s %s", advice, field->doc) : advice, message);
}

/* --- values ----------------------------------------------------------------------------------------------------------------- */

static bool choice_has(const char *choices, Text value) {
	for (const char *at = choices; value.len > 0 && at != NULL;) {
		const char *bar = strchr(at, '|');
		if (text_eq(value, (Text){at, bar ? (size_t)(bar - at) : strlen(at)})) return true;
		at = bar ? bar + 1 : NULL;
	}
	return false;
}

static void check_text(Parse *parse, const InputField *field, Text text, InputValue *value) {
	int64_t most = field->max > 0 ? field->max : 200;
	if (!utf8_valid(text) || memchr(text.at, '\0', text.len) != NULL) {
		fault_at(parse, field, TEXT_NONE, "utf8", "The text is not valid UTF-8 or holds a NUL",
		         "Send UTF-8 without NUL.");
		return;
	}
	int64_t count = (int64_t)utf8_count(text);
	if (count > most || count < field->min) {
		long long is = (long long)count, from = (long long)field->min, to = (long long)most;
		fault_at(parse, field, text, "length",
		         from ? arena_printf(parse->arena, "The text has %lld characters; %lld to %lld are allowed", is, from, to)
		              : arena_printf(parse->arena, "The text has %lld characters; at most %lld are allowed", is, to),
		         is < from ? "Write more." : "Shorten it.");
		return;
	}
	value->t = text;
	value->given = true;
}

/* What a number counts, as the names of fields end. */
static const char *unit_of(const InputField *field) {
	static const char *const units[] = {" minutes", " hours", " days", " weeks", " metres"};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (text_ends(text_of(field->name), text_of(units[i] + 1))) return units[i];
	return "";
}

static void check_number(Parse *parse, const InputField *field, Text text, double number, InputValue *value) {
	bool ranged = field->min != 0 || field->max != 0;
	long long from = (long long)field->min, to = (long long)field->max;
	value->given = !ranged || (number >= (double)from && number <= (double)to);
	if (!value->given)
		fault_at(parse, field, text, "range",
		         arena_printf(parse->arena, "The number must lie between %lld and %lld%s", from, to, unit_of(field)),
		         number < (double)from ? "Give a greater number." : "Give a smaller number.");
}

static bool bool_parse(Text text, int64_t *out) {
	*out = text_is(text, "true") || text_is(text, "1");
	return *out != 0 || text_is(text, "false") || text_is(text, "0");
}

static void json_take(Parse *parse, json_t *json, InputValue *value) {
	arena_on_free(parse->arena, (ArenaCleanup)json_decref, json);
	value->j = json;
	value->given = true;
}

/* A value written as text: in the path, the query, or as a JSON string. */
static void value_text(Parse *parse, const InputField *field, Text text, InputValue *value) {
	switch (field->type) {
	case TYPE_TEXT:
		check_text(parse, field, text, value);
		return;
	case TYPE_ENUM:
		if ((value->given = choice_has(field->choices, text)))
			value->t = text;
		else
			fault_at(parse, field, text, "choice",
			         arena_printf(parse->arena, "The value must be one of %s", field->choices),
			         "Use one of these words.");
		return;
	case TYPE_INT:
		if (text_to_int(text, &value->i) == 0)
			check_number(parse, field, text, (double)value->i, value);
		else
			fault_at(parse, field, text, "integer", "The value must be a whole number",
			         "Write digits only, without blanks or separators.");
		return;
	case TYPE_ID:
		if (!(value->given = text_to_int(text, &value->i) == 0 && value->i >= 0))
			fault_at(parse, field, text, "id", "The value must be an id: a whole number written as text",
			         "Use the id as it was answered.");
		return;
	case TYPE_BOOL:
		if (!(value->given = bool_parse(text, &value->i)))
			fault_at(parse, field, text, "boolean", "The value must be true or false", "Write true or false.");
		return;
	case TYPE_TIME:
		if (!(value->given = clock_parse(text, &value->i) == 0))
			fault_at(parse, field, text, "time", "The value must be a time such as 2026-11-22T15:34:00+08:00",
			         "Write date, time and zone as in the example.");
		return;
	case TYPE_DOUBLE:
		if (text_to_double(text, &value->d) == 0)
			check_number(parse, field, text, value->d, value);
		else
			fault_at(parse, field, text, "number", "The value must be a number",
			         "Write digits and at most one point.");
		return;
	case TYPE_JSON: {
		json_t *json = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
		if (json == NULL)
			fault_at(parse, field, text, "json", "The value must be JSON", "Write it as JSON.");
		else
			json_take(parse, json, value);
		return;
	}
	}
}

/* A value as it was sent, for the message; long ones are cut there. */
static Text json_shown(Parse *parse, json_t *json) {
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	Text shown = text ? text_dup(parse->arena, text_of(text)) : TEXT_NONE;
	free(text);
	return shown;
}

/* JSON's own types; strings go through value_text where the type is written as text. */
static void value_json(Parse *parse, const InputField *field, json_t *json, InputValue *value) {
	FieldType type = field->type;
	if (type == TYPE_JSON) {
		size_t most = field->max > 0 ? (size_t)field->max : 64 << 10;
		size_t size = json_dumpb(json, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
		if (size > most)
			fault_at(parse, field, TEXT_NONE, "length",
			         arena_printf(parse->arena, "The JSON value has %zu bytes; at most %zu are allowed", size, most),
			         "Send less of it.");
		else
			json_take(parse, json_incref(json), value);
	} else if (json_is_string(json) && type != TYPE_INT && type != TYPE_BOOL && type != TYPE_DOUBLE) {
		value_text(parse, field, (Text){json_string_value(json), json_string_length(json)}, value);
	} else if (json_is_integer(json) && (type == TYPE_INT || type == TYPE_ID)) {
		char digits[32];
		value_text(parse, field,
		           (Text){digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(json))},
		           value);
	} else if (json_is_boolean(json) && type == TYPE_BOOL) {
		value->i = json_is_true(json);
		value->given = true;
	} else if (json_is_number(json) && type == TYPE_DOUBLE) {
		value->d = json_number_value(json);
		check_number(parse, field, json_shown(parse, json), value->d, value);
	} else {
		static const char *const needs[] = {[TYPE_TEXT] = "The value must be a text",
		                                    [TYPE_INT] = "The value must be a whole number",
		                                    [TYPE_ID] = "The value must be an id: a whole number written as text",
		                                    [TYPE_BOOL] = "The value must be true or false",
		                                    [TYPE_TIME] = "The value must be a time such as 2026-11-22T15:34:00+08:00",
		                                    [TYPE_ENUM] = "The value must be a text",
		                                    [TYPE_DOUBLE] = "The value must be a number"};
		bool text = type == TYPE_TEXT || type == TYPE_ENUM || type == TYPE_TIME || type == TYPE_ID;
		fault_at(parse, field, json_shown(parse, json), "type", needs[type],
		         text ? "Send it as a JSON string, in quotes." : "Send it as this JSON type, without quotes.");
	}
}

/* --- sources ----------------------------------------------------------------------------------------------------------- */

static ptrdiff_t field_find(const Route *route, FieldIn in, Text name) {
	for (ptrdiff_t i = 0; route->inputs != NULL && route->inputs[i].name != NULL; i++)
		if (route->inputs[i].in == in && text_is(name, route->inputs[i].name)) return i;
	return -1;
}

static void parse_path(Parse *parse, const Text *params) {
	int at = 0;
	for (const char *brace = strchr(parse->route->path, '{'); brace != NULL; brace = strchr(brace + 1, '{')) {
		const char *end = strchr(brace, '}');
		ptrdiff_t i = end ? field_find(parse->route, IN_PATH, (Text){brace + 1, (size_t)(end - brace) - 1}) : -1;
		if (i >= 0) value_text(parse, &parse->route->inputs[i], params[at], &parse->values[i]);
		at++;
	}
}

static const char *names_of(Parse *parse, FieldIn in) {
	const char *names = "";
	for (const InputField *field = parse->route->inputs; field != NULL && field->name != NULL; field++)
		if (field->in == in) names = arena_printf(parse->arena, "%s%s%s", names, names[0] ? ", " : "", field->name);
	return names[0] ? arena_printf(parse->arena, "Known here: %s.", names) : "None is known here.";
}

static const char *name_cut(Parse *parse, Text name) {
	return utf8_valid(name) ? arena_printf(parse->arena, "%.*s", (int)(name.len < 60 ? name.len : 60), name.at) : "?";
}

static void parse_query(Parse *parse, Text query) {
	Text key, value;
	bool seen[64] = {false};
	int more;
	while ((more = query_next(parse->arena, &query, &key, &value)) > 0) {
		ptrdiff_t i = field_find(parse->route, IN_QUERY, key);
		if (i < 0 && (parse->route->flags & ROUTE_ANY_QUERY)) continue;
		if (i < 0)
			fault(parse, name_cut(parse, key), value, "unknown_parameter", names_of(parse, IN_QUERY),
			      "There is no such query parameter here");
		else if (i < 64 && seen[i])
			fault_at(parse, &parse->route->inputs[i], value, "duplicate", "The query parameter is given twice",
			         "Give it once.");
		else if (value.len > 0 || parse->route->inputs[i].required)
			value_text(parse, &parse->route->inputs[i], value, &parse->values[i]);
		if (i >= 0 && i < 64) seen[i] = true;
	}
	if (more < 0)
		fault(parse, "query", TEXT_NONE, "escape", "Write bytes as %XX; NUL is not allowed.",
		      "The query holds a broken percent escape or a NUL");
}

static void parse_body(Parse *parse, Text body) {
	json_error_t why;
	json_t *json = json_loadb(body.at, body.len, JSON_REJECT_DUPLICATES, &why), *item;
	const char *name;
	if (json == NULL || !json_is_object(json)) {
		const char *message =
		    json ? "The body must be a JSON object"
		         : arena_printf(parse->arena, "The body is not JSON: line %d, column %d: %.200s", why.line, why.column,
		                        utf8_valid(text_of(why.text)) ? why.text : "not UTF-8");
		fault(parse, "body", TEXT_NONE, "json", "Send one JSON object in UTF-8.", message);
		json_decref(json);
		return;
	}
	arena_on_free(parse->arena, (ArenaCleanup)json_decref, json);
	json_object_foreach(json, name, item) {
		ptrdiff_t i = field_find(parse->route, IN_BODY, text_of(name));
		if (i < 0)
			fault(parse, name_cut(parse, text_of(name)), TEXT_NONE, "unknown_field", names_of(parse, IN_BODY),
			      "There is no such field in this body");
		else if (!json_is_null(item)) /* null says "not given" */
			value_json(parse, &parse->route->inputs[i], item, &parse->values[i]);
	}
}

static bool fault_has(const Parse *parse, const char *field) {
	for (int i = 0; parse->faults != NULL && i < parse->faults->count; i++)
		if (strcmp(parse->faults->items[i].field, field) == 0) return true;
	return false;
}

static void check_required(Parse *parse) {
	bool unreadable = fault_has(parse, "body");
	for (int i = 0; parse->route->inputs != NULL && parse->route->inputs[i].name != NULL; i++) {
		const InputField *field = &parse->route->inputs[i];
		if (field->required && !parse->values[i].given && !fault_has(parse, field->name) &&
		    !(unreadable && field->in == IN_BODY))
			fault_at(parse, field, TEXT_NONE, "required", "The field is required", "Give it a value.");
	}
}

static bool media_json(Text content_type) {
	const char *semicolon = content_type.at ? memchr(content_type.at, ';', content_type.len) : NULL;
	Text type = text_trim((Text){content_type.at, semicolon ? (size_t)(semicolon - content_type.at) : content_type.len});
	return type.len == 16 && strncasecmp(type.at, "application/json", 16) == 0;
}

int inputs_parse(Arena *arena, const Route *route, const InputSource *source, const InputValue **out, const Faults **faults,
                 Error *error) {
	size_t count = 0;
	while (route->inputs != NULL && route->inputs[count].name != NULL)
		count++;
	Parse parse = {arena, route, ARENA_ARRAY(arena, InputValue, count + 1), NULL};
	bool json_body = source->body.len > 0 && !(route->flags & (ROUTE_SPOOL | ROUTE_OWN_BODY));
	*faults = NULL;
	if (json_body && !media_json(source->content_type))
		return error_field(error, ERR_MEDIA, "Content-Type", source->content_type, "media_type", "Send application/json.",
		                   "The body must be application/json");
	parse_path(&parse, source->params);
	parse_query(&parse, source->query);
	if (json_body) parse_body(&parse, source->body);
	check_required(&parse);
	if (parse.faults != NULL) {
		*faults = parse.faults;
		*error = parse.faults->items[0];
		return ERR_INVALID;
	}
	*out = parse.values;
	return 0;
}
