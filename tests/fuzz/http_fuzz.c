/* Fuzzes what the dispatcher does with outside bytes, without sockets: route matching, query and body parsing by a route's row,
 * and the rendering of problems. Input: method, path, query and body, each on a line of its own (the body is the rest). Whatever
 * comes in, a problem must be JSON in UTF-8 and accepted values must keep their row's limits. */
#include "app/private.h"
#include <assert.h>
#include <stdlib.h>

static int handler(Request *rq) {
	return 0;
}

static const InputField inputs[] = {
    {"id", IN_PATH, TYPE_ID, true},
    {"name", IN_PATH, TYPE_TEXT, .max = 10},
    {"q", IN_QUERY, TYPE_TEXT, .max = 5},
    {"n", IN_QUERY, TYPE_INT, .min = -3, .max = 9},
    {"kind", IN_QUERY, TYPE_ENUM, .choices = "a|bc|d"},
    {"when", IN_QUERY, TYPE_TIME},
    {"filter", IN_QUERY, TYPE_JSON},
    {"title", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 8},
    {"count", IN_BODY, TYPE_INT, .min = 1, .max = 100},
    {"share", IN_BODY, TYPE_DOUBLE},
    {"on", IN_BODY, TYPE_BOOL},
    {"owner", IN_BODY, TYPE_ID},
    {"document", IN_BODY, TYPE_JSON, .max = 50},
    {0},
};
static const InputField get_inputs[] = {
    {"id", IN_PATH, TYPE_ID, true}, {"n", IN_QUERY, TYPE_DOUBLE}, {"limit", IN_QUERY, TYPE_INT}, {0}};
static const Route routes[] = {
    {"POST", "/api/v1/things/{id}/parts/{name}", PERMIT_LOGIN, LANE_WRITE, handler, "thing.part", "doc", inputs},
    {"GET", "/api/v1/things/{id}", PERMIT_OPEN, LANE_FAST, handler, "thing.get", "doc", get_inputs, .flags = ROUTE_ANY_QUERY},
    {"GET", "/api/v1/things/all", PERMIT_OPEN, LANE_READ, handler, "thing.all", "doc"},
};
static const Module module = {.name = "fuzz", .routes = routes, .route_count = 3};
static const Module *const modules[] = {&module};

static Text line_take(Text *rest) {
	const char *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;
	Text line = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
	size_t skip = line.len + (end ? 1 : 0);
	*rest = (Text){rest->at + skip, rest->len - skip};
	return line;
}

static void values_check(const Route *route, const InputValue *values) {
	for (int i = 0; route->inputs != NULL && route->inputs[i].name != NULL; i++) {
		const InputField *field = &route->inputs[i];
		if (!values[i].given) {
			assert(!field->required || field->in != IN_BODY);
			continue;
		}
		if (field->type == TYPE_TEXT)
			assert(utf8_valid(values[i].t) && (int64_t)utf8_count(values[i].t) <= field->max &&
			       !memchr(values[i].t.at, 0, values[i].t.len));
		if (field->type == TYPE_INT && (field->min || field->max))
			assert(values[i].i >= field->min && values[i].i <= field->max);
		if (field->type == TYPE_ID) assert(values[i].i >= 0);
	}
}

static void problem_check(Arena *arena, const Error *error, const Faults *faults, bool chinese) {
	Buf body = {0};
	problem_write(&body, arena, error, faults, chinese);
	assert(utf8_valid(buf_as_text(&body)));
	json_t *json = json_loadb(body.at, body.len, 0, NULL);
	assert(json_is_object(json) && json_is_string(json_object_get(json, "type")));
	json_decref(json);
	buf_free(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	Arena *arena = arena_new();
	Text rest = {(const char *)data, size};
	Text method = line_take(&rest), path = line_take(&rest), query = line_take(&rest), params[PARAMS_MAX] = {{0}};
	Error error = {0};
	static Arena *kept; /* for all runs, with the matcher */
	static Matcher *matcher;
	const Route *route = NULL;
	const char *allow = NULL;
	if (kept == NULL) kept = arena_new();
	if (matcher == NULL && matcher_new(kept, modules, 1, &matcher, &error) != 0) abort();
	int code = matcher_find(matcher, method, path, params, &route, &allow);
	if (code != 0) route = &routes[0], params[0] = path, params[1] = method; /* no such route: its values go into the first */
	const InputValue *values = NULL;
	const Faults *faults = NULL;
	InputSource source = {params, query, rest, TEXT("application/json; charset=utf-8")};
	code = inputs_parse(arena, route, &source, &values, &faults, &error);
	if (code == 0)
		values_check(route, values);
	else
		problem_check(arena, &error, faults, language_chinese(method));
	arena_free(arena);
	return 0;
}
