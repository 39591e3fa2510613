/* openapi: the interface as OpenAPI 3.1, written from the route rows. Pure. */
#include "app/private.h"
#include "app/shape.h"
#include <stdio.h>
#include <stdlib.h>

static const char *const lane_docs[] = {"inline", "fast", "read", "write"};

static void input_schema(JsonWriter *json, Arena *arena, const InputField *field) {
	bool ranged = field->min != 0 || field->max != 0;
	jw_object(json);
	switch (field->type) {
	case TYPE_TEXT:
		jw_kv_str(json, "type", "string");
		if (field->min > 0) jw_kv_int(json, "minLength", field->min);
		jw_kv_int(json, "maxLength", field->max > 0 ? field->max : 200);
		break;
	case TYPE_ENUM: {
		Text rest = text_of(field->choices);
		jw_kv_str(json, "type", "string");
		jw_key(json, "enum");
		jw_array(json);
		while (rest.len > 0) {
			const char *bar = memchr(rest.at, '|', rest.len);
			size_t length = bar ? (size_t)(bar - rest.at) : rest.len;
			jw_text(json, (Text){rest.at, length});
			rest = (Text){rest.at + length + (bar ? 1 : 0), rest.len - length - (bar ? 1 : 0)};
		}
		jw_array_end(json);
		break;
	}
	case TYPE_INT:
	case TYPE_DOUBLE:
		jw_kv_str(json, "type", field->type == TYPE_INT ? "integer" : "number");
		if (ranged) {
			jw_kv_int(json, "minimum", field->min);
			jw_kv_int(json, "maximum", field->max);
		}
		break;
	case TYPE_ID:
		jw_kv_str(json, "type", "string");
		jw_kv_str(json, "pattern", "^[0-9]{1,19}$");
		break;
	case TYPE_BOOL:
		jw_kv_str(json, "type", "boolean");
		break;
	case TYPE_TIME:
		jw_kv_str(json, "type", "string");
		jw_kv_str(json, "format", "date-time");
		break;
	case TYPE_JSON:
		break;
	}
	jw_object_end(json);
}

static void parameters(JsonWriter *json, Arena *arena, const Route *route) {
	jw_key(json, "parameters");
	jw_array(json);
	for (const InputField *field = route->inputs; field != NULL && field->name != NULL; field++) {
		if (field->in == IN_BODY) continue;
		jw_object(json);
		jw_kv_str(json, "name", field->name);
		jw_kv_str(json, "in", field->in == IN_PATH ? "path" : "query");
		jw_kv_bool(json, "required", field->required || field->in == IN_PATH);
		if (field->doc != NULL) jw_kv_str(json, "description", field->doc);
		jw_key(json, "schema");
		input_schema(json, arena, field);
		jw_object_end(json);
	}
	if (route->lane == LANE_WRITE && !(route->flags & ROUTE_PERSONAL)) {
		jw_object(json);
		jw_kv_str(json, "$ref", "#/components/parameters/IdempotencyKey");
		jw_object_end(json);
	}
	jw_array_end(json);
}

static bool has_body(const Route *route) {
	for (const InputField *field = route->inputs; field != NULL && field->name != NULL; field++)
		if (field->in == IN_BODY) return true;
	return false;
}

static void body_schema(JsonWriter *json, Arena *arena, const Route *route) {
	jw_object(json);
	jw_kv_str(json, "type", "object");
	jw_kv_bool(json, "additionalProperties", false);
	jw_key(json, "required");
	jw_array(json);
	for (const InputField *field = route->inputs; field->name != NULL; field++)
		if (field->in == IN_BODY && field->required) jw_str(json, field->name);
	jw_array_end(json);
	jw_key(json, "properties");
	jw_object(json);
	for (const InputField *field = route->inputs; field->name != NULL; field++)
		if (field->in == IN_BODY) {
			jw_key(json, field->name);
			input_schema(json, arena, field);
		}
	jw_object_end(json);
	jw_object_end(json);
}

static void content(JsonWriter *json, const char *type) {
	jw_key(json, "content");
	jw_object(json);
	jw_key(json, type);
	jw_object(json);
}

static void request_body(JsonWriter *json, Arena *arena, const Route *route) {
	bool spool = route->flags & ROUTE_SPOOL;
	if (!spool && !has_body(route)) return;
	jw_key(json, "requestBody");
	jw_object(json);
	jw_kv_bool(json, "required", true);
	content(json, spool ? "application/octet-stream" : "application/json");
	if (!spool) {
		jw_key(json, "schema");
		body_schema(json, arena, route);
	}
	jw_object_end(json);
	jw_object_end(json);
	jw_object_end(json);
}

static void responses(JsonWriter *json, Arena *arena, const Route *route) {
	bool stream = route->flags & ROUTE_STREAM;
	jw_key(json, "responses");
	jw_object(json);
	jw_key(json, route->outputs != NULL || stream ? "2XX" : "204");
	jw_object(json);
	jw_kv_str(json, "description", "Done");
	if (route->outputs != NULL) {
		content(json, "application/json");
		jw_key(json, "schema");
		schema_write(json, arena, arena_printf(arena, "%sOutput", action_name(arena, route->action, true)));
		jw_object_end(json);
		jw_object_end(json);
	}
	jw_object_end(json);
	jw_key(json, "default");
	jw_object(json);
	jw_kv_str(json, "$ref", "#/components/responses/Problem");
	jw_object_end(json);
	jw_object_end(json);
}

static void security(JsonWriter *json, const Route *route) {
	jw_key(json, "security");
	jw_array(json);
	if (route->permit != PERMIT_OPEN) {
		static const char *const ways[] = {"session", "key"};
		for (int i = 0; i < 2; i++) {
			jw_object(json);
			jw_key(json, ways[i]);
			jw_array(json);
			jw_array_end(json);
			jw_object_end(json);
		}
	}
	jw_array_end(json);
}

static void operation(JsonWriter *json, Arena *arena, const Route *route) {
	char method[8] = "";
	for (size_t i = 0; route->method[i] != '\0' && i < sizeof method - 1; i++)
		method[i] = (char)(route->method[i] | 0x20);
	const char *dot = strchr(route->action, '.');
	jw_key(json, method);
	jw_object(json);
	jw_kv_str(json, "operationId", route->action);
	jw_kv_str(json, "summary", route->doc);
	jw_key(json, "tags");
	jw_array(json);
	jw_text(json, (Text){route->action, dot ? (size_t)(dot - route->action) : strlen(route->action)});
	jw_array_end(json);
	jw_kv_str(json, "x-permission", permission_name(route->permit));
	jw_kv_str(json, "x-lane", lane_docs[route->lane]);
	security(json, route);
	parameters(json, arena, route);
	request_body(json, arena, route);
	responses(json, arena, route);
	jw_object_end(json);
}

/* --- components -------------------------------------------------------------------------------------------------------- */

static void output_schema(JsonWriter *json, Arena *arena, const OutputField *outputs) {
	jw_object(json);
	jw_kv_str(json, "type", "object");
	jw_key(json, "properties");
	jw_object(json);
	for (const OutputField *field = outputs; field->name != NULL; field++) {
		jw_key(json, field->name);
		schema_write(json, arena, field->type);
	}
	jw_object_end(json);
	jw_object_end(json);
}

static void schemas(JsonWriter *json, Arena *arena, const Route **routes, size_t count) {
	static const OutputField problem[] = {{"type", "string", ""},      {"title", "string", ""},
	                                      {"status", "number", ""},    {"detail", "string", ""},
	                                      {"field", "string", ""},     {"value", "string", ""},
	                                      {"rule", "string", ""},      {"advice", "string", ""},
	                                      {"errors", "Problem[]", ""}, {0}};
	jw_key(json, "schemas");
	jw_object(json);
	jw_key(json, "Problem");
	output_schema(json, arena, problem);
	for (size_t i = 0; i < count; i++)
		if (routes[i]->outputs != NULL) {
			jw_key(json, arena_printf(arena, "%sOutput", action_name(arena, routes[i]->action, true)));
			output_schema(json, arena, routes[i]->outputs);
		}
	for (const char **name = names_unknown(arena, routes, count); *name != NULL; name++) {
		const char *meant = name_meant(arena, routes, count, *name);
		jw_key(json, *name);
		schema_write(json, arena, meant ? meant : "Record<string, unknown>");
	}
	jw_object_end(json);
}

static void components(JsonWriter *json, Arena *arena, const Route **routes, size_t count) {
	jw_key(json, "components");
	jw_object(json);
	jw_key(json, "securitySchemes");
	jw_raw(json, TEXT("{\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"yw_session\",\"description\":\"Writes "
	                  "also need the header "
	                  "X-CSRF-Token\"},\"key\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
	jw_key(json, "parameters");
	jw_raw(json,
	       TEXT("{\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":false,\"description\":"
	            "\"The same key and "
	            "request within a day get the same answer again, and nothing happens twice\",\"schema\":{\"type\":\"string\","
	            "\"maxLength\":128}}}"));
	jw_key(json, "responses");
	jw_raw(json, TEXT("{\"Problem\":{\"description\":\"Refused or failed (RFC "
	                  "9457)\",\"content\":{\"application/problem+json\":{\"schema\":{"
	                  "\"$ref\":\"#/components/schemas/Problem\"}}}}}"));
	schemas(json, arena, routes, count);
	jw_object_end(json);
}

void openapi_write(const Module *const *modules, size_t module_count, Buf *out) {
	Arena *arena = arena_new();
	size_t count;
	const Route **routes = routes_sorted(arena, modules, module_count, &count);
	JsonWriter writer, *json = &writer;
	jw_begin(json, out);
	jw_object(json);
	jw_kv_str(json, "openapi", "3.1.0");
	jw_key(json, "info");
	jw_raw(json, TEXT("{\"title\":\"Yiwang\",\"version\":\"1\",\"description\":\"Ids are strings: they have 64 bits. Times "
	                  "are ISO 8601 with zone. "
	                  "Lists page by after and limit.\"}"));
	jw_key(json, "paths");
	jw_object(json);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(routes[i - 1]->path, routes[i]->path) != 0) {
			jw_key(json, routes[i]->path);
			jw_object(json);
		}
		operation(json, arena, routes[i]);
		if (i + 1 == count || strcmp(routes[i + 1]->path, routes[i]->path) != 0) jw_object_end(json);
	}
	jw_object_end(json);
	components(json, arena, routes, count);
	jw_object_end(json);
	arena_free(arena);
}
