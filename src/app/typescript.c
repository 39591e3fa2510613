/* typescript: the front end's client, written from the route rows: an interface an output, an interface an input, a function a
 * route. */
#include "app/private.h"
#include "app/shape.h"
#include <stdio.h>
#include <stdlib.h>

static const char *const prefix = "/api/v1";

static const char *input_type(Arena *arena, const InputField *field) {
	static const char *const plain[] = {
	    [TYPE_TEXT] = "string", [TYPE_INT] = "number",   [TYPE_ID] = "string",    [TYPE_BOOL] = "boolean",
	    [TYPE_TIME] = "string", [TYPE_JSON] = "unknown", [TYPE_DOUBLE] = "number"};
	if (field->type != TYPE_ENUM) return plain[field->type];
	const char *type = "";
	Text rest = text_of(field->choices);
	while (rest.len > 0) {
		const char *bar = memchr(rest.at, '|', rest.len);
		size_t length = bar ? (size_t)(bar - rest.at) : rest.len;
		type = arena_printf(arena, "%s%s'%.*s'", type, type[0] ? " | " : "", (int)length, rest.at);
		rest = (Text){rest.at + length + (bar ? 1 : 0), rest.len - length - (bar ? 1 : 0)};
	}
	return type;
}

static void outputs_write(Buf *out, Arena *arena, const Route *route) {
	buf_printf(out, "export interface %sOutput {\n", action_name(arena, route->action, true));
	for (const OutputField *field = route->outputs; field->name != NULL; field++) {
		bool optional = text_ends(text_of(field->type), TEXT("?"));
		buf_printf(out, "\t/** %s */\n\t%s%s: %.*s\n", field->doc, field->name, optional ? "?" : "",
		           (int)(strlen(field->type) - optional), field->type);
	}
	buf_str(out, "}\n");
}

static void inputs_write(Buf *out, Arena *arena, const Route *route) {
	buf_printf(out, "export interface %sInput {\n", action_name(arena, route->action, true));
	for (const InputField *field = route->inputs; field->name != NULL; field++)
		buf_printf(out, "\t/** %s */\n\t%s%s: %s\n", field->doc ? field->doc : "", field->name,
		           field->required || field->in == IN_PATH ? "" : "?", input_type(arena, field));
	if (route->flags & ROUTE_ANY_QUERY) buf_str(out, "\t/** filters, see the guide */\n\t[name: string]: unknown\n");
	buf_str(out, "}\n");
}

/* "/jobs/${encodeURIComponent(input.id)}" */
static const char *path_template(Arena *arena, const Route *route) {
	Buf text = {0};
	for (const char *c = route->path + strlen(prefix); *c != '\0'; c++) {
		const char *end = *c == '{' ? strchr(c, '}') : NULL;
		if (end == NULL) {
			buf_char(&text, *c);
			continue;
		}
		buf_printf(&text, "${encodeURIComponent(input.%.*s)}", (int)(end - c - 1), c + 1);
		c = end;
	}
	char *copy = arena_strndup(arena, text.at ? text.at : "", text.len);
	buf_free(&text);
	return copy;
}

static void options_write(Buf *out, const Route *route) {
	static const struct {
		FieldIn in;
		const char *key;
	} parts[] = {{IN_QUERY, "query"}, {IN_BODY, "body"}};
	bool any = false;
	for (size_t i = 0; i < 2; i++) {
		bool begun = false;
		for (const InputField *field = route->inputs; field != NULL && field->name != NULL; field++) {
			if (field->in != parts[i].in) continue;
			buf_printf(out, "%s", begun ? ", " : any ? ", " : ", { ");
			if (!begun) buf_printf(out, "%s: { ", parts[i].key);
			buf_printf(out, "%s: input.%s", field->name, field->name);
			begun = any = true;
		}
		if (begun) buf_str(out, " }");
	}
	if (any) buf_str(out, " }");
}

/* All that the path does not carry already. */
static void any_query_write(Buf *out, const Route *route) {
	buf_str(out, ", { query: rest(input");
	for (const InputField *field = route->inputs; field->name != NULL; field++)
		if (field->in == IN_PATH) buf_printf(out, ", '%s'", field->name);
	buf_str(out, ") }");
}

static bool input_needed(const Route *route) {
	for (const InputField *field = route->inputs; field->name != NULL; field++)
		if (field->required || field->in == IN_PATH) return true;
	return false;
}

static void function_write(Buf *out, Arena *arena, const Route *route) {
	const char *upper = action_name(arena, route->action, true);
	bool inputs = route->inputs != NULL && route->inputs[0].name != NULL;
	buf_printf(out, "/** %s */\nexport const %s = (", route->doc, action_name(arena, route->action, false));
	if (inputs) buf_printf(out, "input: %sInput%s", upper, input_needed(route) ? "" : " = {}");
	buf_printf(out, ") =>\n\tcall<%s>('%s', `%s`", route->outputs ? arena_printf(arena, "%sOutput", upper) : "void",
	           route->method, path_template(arena, route));
	if (route->flags & ROUTE_ANY_QUERY)
		any_query_write(out, route);
	else
		options_write(out, route);
	buf_str(out, ")\n");
}

void typescript_write(const Module *const *modules, size_t module_count, Buf *out) {
	Arena *arena = arena_new();
	size_t count;
	const Route **routes = routes_sorted(arena, modules, module_count, &count);
	buf_str(out, "// Written by `yiwang routes --typescript` from the server's route table. Do not edit.\n"
	             "import { call } from './api/client'\n\ntype Query = Record<string, string | number | boolean | null | "
	             "undefined>\nconst rest = (input: object, ...path: string[]) "
	             "=>\n\tObject.fromEntries(Object.entries(input).filter(([name]) => "
	             "!path.includes(name))) as Query\n\n");
	for (const char **name = names_unknown(arena, routes, count); *name != NULL; name++) {
		const char *meant = name_meant(arena, routes, count, *name);
		buf_printf(out, "export type %s = %s\n", *name, meant ? meant : "Record<string, unknown>");
	}
	for (size_t i = 0; i < count; i++) {
		const Route *route = routes[i];
		if (strncmp(route->path, prefix, strlen(prefix)) != 0) continue;
		if (route->outputs != NULL) outputs_write(out, arena, route);
		if (route->inputs != NULL && route->inputs[0].name != NULL) inputs_write(out, arena, route);
		if (!(route->flags & (ROUTE_SPOOL | ROUTE_STREAM))) function_write(out, arena, route);
	}
	arena_free(arena);
}
