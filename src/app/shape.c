/* shape: see shape.h. Pure over the caller's arena. */
#include "app/shape.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

char *action_name(Arena *arena, const char *action, bool upper) {
	char *name = arena_strdup(arena, action), *out = name;
	for (const char *c = action; *c != '\0'; c++) {
		if (*c == '.' || *c == '_' || *c == '-') {
			upper = true;
			continue;
		}
		*out++ = upper ? (char)toupper((unsigned char)*c) : *c;
		upper = false;
	}
	*out = '\0';
	return name;
}

static int by_path(const void *a, const void *b) {
	const Route *first = *(const Route *const *)a, *second = *(const Route *const *)b;
	int order = strcmp(first->path, second->path);
	return order ? order : strcmp(first->method, second->method);
}

const Route **routes_sorted(Arena *arena, const Module *const *modules, size_t count, size_t *out_count) {
	size_t total = 0;
	for (size_t m = 0; m < count; m++)
		total += modules[m]->route_count;
	const Route **routes = ARENA_ARRAY(arena, const Route *, total + 1);
	total = 0;
	for (size_t m = 0; m < count; m++)
		for (size_t i = 0; i < modules[m]->route_count; i++)
			routes[total++] = &modules[m]->routes[i];
	qsort(routes, total, sizeof *routes, by_path);
	*out_count = total;
	return routes;
}

/* --- names in types ---------------------------------------------------------------------------------------------------- */

/* The next capitalised name of a type text, outside quotes; empty at the end. */
static Text name_next(const char **at) {
	const char *c = *at;
	for (; *c != '\0'; c++) {
		if (*c == '"' && strchr(c + 1, '"') != NULL) {
			c = strchr(c + 1, '"');
		} else if (isupper((unsigned char)*c)) {
			const char *begin = c;
			while (isalnum((unsigned char)*c))
				c++;
			*at = c;
			return (Text){begin, (size_t)(c - begin)};
		} else if (isalnum((unsigned char)*c) || *c == '_') {
			while (isalnum((unsigned char)c[1]) || c[1] == '_')
				c++;
		}
	}
	*at = c;
	return TEXT_NONE;
}

static bool output_called(Arena *arena, const Route **routes, size_t count, Text name) {
	for (size_t i = 0; i < count; i++)
		if (routes[i]->outputs != NULL &&
		    text_is(name, arena_printf(arena, "%sOutput", action_name(arena, routes[i]->action, true))))
			return true;
	return false;
}

const char *name_meant(Arena *arena, const Route **routes, size_t count, const char *name) {
	const char *meant = arena_printf(arena, "%sGetOutput", name);
	return output_called(arena, routes, count, text_of(meant)) ? meant : NULL;
}

const char **names_unknown(Arena *arena, const Route **routes, size_t count) {
	enum { NAMES_MAX = 200 };
	const char **names = ARENA_ARRAY(arena, const char *, NAMES_MAX + 1);
	size_t found = 0;
	for (size_t i = 0; i < count; i++)
		for (const OutputField *field = routes[i]->outputs; field != NULL && field->name != NULL; field++) {
			const char *at = field->type;
			for (Text name; (name = name_next(&at)).len > 0;) {
				bool known = text_is(name, "Record") || output_called(arena, routes, count, name);
				for (size_t n = 0; n < found; n++)
					known = known || text_is(name, names[n]);
				if (!known && found < NAMES_MAX) names[found++] = text_cstr(arena, name);
			}
		}
	return names;
}

/* --- types as JSON Schema ---------------------------------------------------------------------------------------------- */

/* Where `mark` stands outside brackets and quotes, or the length. */
static size_t find_outside(Text text, char mark) {
	int depth = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (depth == 0 && c == mark) return i;
		if (c == '"')
			while (i + 1 < text.len && text.at[++i] != '"')
				;
		else if (c == '{' || c == '<' || c == '(' || c == '[')
			depth++;
		else if (c == '}' || c == '>' || c == ')' || c == ']')
			depth--;
	}
	return text.len;
}

static Text cut(Text *rest, char mark) {
	size_t at = find_outside(*rest, mark);
	Text part = text_trim((Text){rest->at, at});
	size_t skip = at < rest->len ? at + 1 : at;
	*rest = (Text){rest->at + skip, rest->len - skip};
	return part;
}

static void schema_union(JsonWriter *json, Arena *arena, Text type);

static void schema_object(JsonWriter *json, Arena *arena, Text fields) {
	const char *required[64];
	int count = 0;
	jw_kv_str(json, "type", "object");
	jw_key(json, "properties");
	jw_object(json);
	while (fields.len > 0) {
		size_t comma = find_outside(fields, ','), semicolon = find_outside(fields, ';');
		Text field = cut(&fields, comma < semicolon ? ',' : ';');
		size_t colon = find_outside(field, ':');
		if (colon >= field.len) continue;
		Text name = text_trim((Text){field.at, colon});
		bool optional = text_ends(name, TEXT("?"));
		if (optional)
			name.len--;
		else if (count < 64)
			required[count++] = text_cstr(arena, name);
		jw_key_text(json, name);
		jw_object(json);
		schema_union(json, arena, text_trim((Text){field.at + colon + 1, field.len - colon - 1}));
		jw_object_end(json);
	}
	jw_object_end(json);
	jw_key(json, "required");
	jw_array(json);
	for (int i = 0; i < count; i++)
		jw_str(json, required[i]);
	jw_array_end(json);
}

static void schema_one(JsonWriter *json, Arena *arena, Text type) {
	static const char *const plain[] = {"string", "number", "boolean", "null"};
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (text_is(type, plain[i])) {
			jw_kv_str(json, "type", plain[i]);
			return;
		}
	if (text_ends(type, TEXT("[]"))) {
		jw_kv_str(json, "type", "array");
		jw_key(json, "items");
		jw_object(json);
		schema_union(json, arena, (Text){type.at, type.len - 2});
		jw_object_end(json);
	} else if (text_starts(type, TEXT("(")) && text_ends(type, TEXT(")"))) {
		schema_union(json, arena, (Text){type.at + 1, type.len - 2});
	} else if (text_starts(type, TEXT("{")) && text_ends(type, TEXT("}"))) {
		schema_object(json, arena, (Text){type.at + 1, type.len - 2});
	} else if (text_starts(type, TEXT("Record<")) && text_ends(type, TEXT(">"))) {
		Text inner = {type.at + 7, type.len - 8};
		cut(&inner, ',');
		jw_kv_str(json, "type", "object");
		jw_key(json, "additionalProperties");
		jw_object(json);
		schema_union(json, arena, text_trim(inner));
		jw_object_end(json);
	} else if (text_starts(type, TEXT("\"")) && text_ends(type, TEXT("\"")) && type.len >= 2) {
		jw_kv_text(json, "const", (Text){type.at + 1, type.len - 2});
	} else if (type.len > 0 && isupper((unsigned char)type.at[0])) {
		jw_kv_str(json, "$ref", arena_printf(arena, "#/components/schemas/%.*s", TEXT_ARG(type)));
	}
}

static void schema_union(JsonWriter *json, Arena *arena, Text type) {
	type = text_trim(type);
	if (text_ends(type, TEXT("?"))) /* may be left out: the object's matter, not the value's */
		type.len--;
	if (find_outside(type, '|') >= type.len) {
		schema_one(json, arena, type);
		return;
	}
	jw_key(json, "anyOf");
	jw_array(json);
	while (type.len > 0) {
		jw_object(json);
		schema_one(json, arena, cut(&type, '|'));
		jw_object_end(json);
	}
	jw_array_end(json);
}

void schema_write(JsonWriter *json, Arena *arena, const char *type) {
	jw_object(json);
	schema_union(json, arena, text_of(type));
	jw_object_end(json);
}
