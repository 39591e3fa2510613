/* Owns the checking of JSON objects against rows of keys, and the list of problems. Works in the caller's arena; any thread. */
#include "catalog/internal.h"

/* --- problems -------------------------------------------------------------------------------------------------------------- */
void problems_begin(Problems *problems, Arena *arena) {
	*problems = (Problems){arena, ARENA_ARRAY(arena, Problem, PROBLEMS_MAX), 0};
}

void problem_add(Problems *problems, const char *path, const char *rule, const char *advice, const char *format, ...) {
	if (problems->count == PROBLEMS_MAX) return;
	va_list args;
	va_start(args, format);
	const char *message = arena_vprintf(problems->arena, format, args);
	va_end(args);
	problems->items[problems->count++] = (Problem){path, rule, message, advice};
}

void problems_write(Request *rq, const Problems *problems) {
	JsonWriter *json = &rq->json;
	jw_array(json);
	for (int i = 0; i < problems->count; i++) {
		const Problem *problem = &problems->items[i];
		jw_object(json);
		jw_kv_str(json, "path", problem->path);
		jw_kv_str(json, "rule", problem->rule);
		jw_kv_str(json, "message", message_say(rq, problem->message));
		jw_kv_str(json, "advice", message_say(rq, problem->advice));
		jw_object_end(json);
	}
	jw_array_end(json);
}

int problems_fail(Request *rq, const Problems *problems) {
	if (!problems->count) return 0;
	const Problem *first = &problems->items[0];
	const char *more =
	    problems->count == 1 ? "" : arena_printf(rq->arena, " (and %d more; validate lists them all)", problems->count - 1);
	return error_field(rq->error, ERR_INVALID, first->path, TEXT_NONE, first->rule, first->advice, "%s%s%s%s", first->path,
	                   *first->path ? ": " : "", first->message, more);
}

/* --- JSON helpers ------------------------------------------------------------------------------------------------------ */
Text js_text(const json_t *object, const char *key) {
	const json_t *value = json_object_get(object, key);
	return json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : TEXT("");
}

const char *js_str(Arena *arena, const json_t *object, const char *key) {
	return text_cstr(arena, js_text(object, key));
}

int64_t js_int(const json_t *object, const char *key, int64_t absent) {
	const json_t *value = json_object_get(object, key);
	return json_is_integer(value) ? json_integer_value(value) : absent;
}

double js_double(const json_t *object, const char *key) {
	return json_number_value(json_object_get(object, key));
}

bool js_bool(const json_t *object, const char *key) {
	return json_is_true(json_object_get(object, key));
}

static void drop_json(void *json) {
	json_decref(json);
}

json_t *json_in(Arena *arena, json_t *json) {
	if (json) arena_on_free(arena, drop_json, json);
	return json;
}

static int dump_to(const char *bytes, size_t size, void *buf) {
	buf_add(buf, bytes, size);
	return 0;
}

const char *json_text_in(Arena *arena, const json_t *json) {
	Buf *buf = ARENA_NEW(arena, Buf);
	buf_in(buf, arena);
	json_dump_callback(json, dump_to, buf, JSON_COMPACT | JSON_ENCODE_ANY);
	buf_char(buf, '\0');
	return buf->at;
}

json_t *json_parse_in(Arena *arena, Text text) {
	json_error_t error;
	return json_in(arena, json_loadb(text.at ? text.at : "", text.len, JSON_REJECT_DUPLICATES, &error));
}

/* --- shape ------------------------------------------------------------------------------------------------------------------ */
static const ShapeKey *key_row(const ShapeKey *keys, const char *name) {
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0) return keys;
	return NULL;
}

const char *shape_title(const ShapeKey *keys, const char *name) {
	const ShapeKey *row = key_row(keys, name);
	return row && row->title ? row->title : name;
}

static bool choice_has(const char *choices, Text value) {
	for (const char *at = choices; at;) {
		const char *bar = strchr(at, '|');
		Text choice = {at, bar ? (size_t)(bar - at) : strlen(at)};
		if (text_eq(choice, value)) return true;
		at = bar ? bar + 1 : NULL;
	}
	return false;
}

static const char *under(Arena *arena, const char *path, const char *name) {
	return *path ? arena_printf(arena, "%s.%s", path, name) : arena_strdup(arena, name);
}

static void text_shape(Problems *problems, const char *path, const json_t *value, const ShapeKey *key) {
	Text text = {json_string_value(value), json_string_length(value)};
	int64_t max = key->max ? key->max : 200, count = (int64_t)utf8_count(text);
	if (key->choices && !choice_has(key->choices, text))
		problem_add(problems, path, "choice", "choose one of the listed values", "\"%.*s\" is not one of %s",
		            (int)(text.len > 60 ? 60 : text.len), text.at, key->choices);
	else if (count > max)
		problem_add(problems, path, "length", "shorten it", "%lld characters, at most %lld are kept", (long long)count,
		            (long long)max);
	else if (memchr(text.at, '\0', text.len))
		problem_add(problems, path, "nul", "remove the NUL character", "a text cannot hold a NUL character");
	else if ((key->required || count) && count < key->min)
		problem_add(problems, path, "length", "write it out", "%lld characters, at least %lld are needed",
		            (long long)count, (long long)key->min);
}

static void number_shape(Problems *problems, const char *path, const json_t *value, const ShapeKey *key) {
	double number = json_number_value(value);
	if (key->max > key->min && (number < (double)key->min || number > (double)key->max))
		problem_add(problems, path, "range", "give a number in the range", "%g is not in %lld..%lld", number,
		            (long long)key->min, (long long)key->max);
}

static void list_shape(Problems *problems, const char *path, const json_t *value, const ShapeKey *key) {
	size_t max = key->type == SHAPE_LIST && key->max ? (size_t)key->max : 100;
	if (json_array_size(value) > max)
		problem_add(problems, path, "count", "split or shorten the list", "%zu entries, at most %zu are kept",
		            json_array_size(value), max);
	if (key->type != SHAPE_TEXTS) return;
	size_t index;
	json_t *item;
	json_array_foreach(value, index, item) {
		const char *at = arena_printf(problems->arena, "%s[%zu]", path, index);
		if (!json_is_string(item))
			problem_add(problems, at, "type", "put it in quotes", "this must be a text");
		else
			text_shape(problems, at, item, key);
	}
}

static bool type_fits(const json_t *value, ShapeType type) {
	switch (type) {
	case SHAPE_TEXT:
		return json_is_string(value);
	case SHAPE_INT:
		return json_is_integer(value);
	case SHAPE_NUMBER:
		return json_is_number(value);
	case SHAPE_BOOL:
		return json_is_boolean(value);
	case SHAPE_TEXTS:
	case SHAPE_LIST:
		return json_is_array(value);
	case SHAPE_OBJECT:
		return json_is_object(value);
	}
	return false;
}

static void value_shape(Problems *problems, const char *path, const json_t *value, const ShapeKey *key) {
	static const char *const type_names[] = {"a text (in quotes)", "a whole number", "a number", "true or false",
	                                         "a list of texts",    "a list",         "an object"};
	if (!type_fits(value, key->type))
		problem_add(problems, path, "type", "change the value's type", "this must be %s", type_names[key->type]);
	else if (key->type == SHAPE_TEXT)
		text_shape(problems, path, value, key);
	else if (key->type == SHAPE_INT || key->type == SHAPE_NUMBER)
		number_shape(problems, path, value, key);
	else if (key->type == SHAPE_TEXTS || key->type == SHAPE_LIST)
		list_shape(problems, path, value, key);
}

static bool empty(const json_t *value) {
	return !value || json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

void shape_check(Problems *problems, const char *path, const json_t *object, const ShapeKey *keys) {
	if (!json_is_object(object)) {
		problem_add(problems, path, "type", "give an object", "this must be an object");
		return;
	}
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)object, name, value) {
		const ShapeKey *key = key_row(keys, name);
		const char *at = under(problems->arena, path, name);
		if (!key)
			problem_add(problems, at, "unknown_key", "remove it, or check its spelling",
			            "there is no key \"%s\" here", name);
		else if (!json_is_null(value))
			value_shape(problems, at, value, key);
	}
	for (; keys->name; keys++)
		if (keys->required && empty(json_object_get(object, keys->name)))
			problem_add(problems, under(problems->arena, path, keys->name), "required", "fill it in",
			            "%s (%s) is missing", keys->name, keys->title ? keys->title : keys->name);
}
