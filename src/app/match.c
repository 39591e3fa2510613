/* match: the route rows as a tree of path segments. Built once at start; then read by all server threads without locks. */
#include "app/private.h"
#include <stdio.h>

typedef struct Leaf {
	const Route *route;
	struct Leaf *next;
} Leaf;
typedef struct Node {
	Text segment; /* "" for a braced one */
	struct Node *children, *sibling, *braced;
	Leaf *leaves; /* one a method */
	const char *allow;
} Node;
struct Matcher {
	Node root;
};

/* The next segment of a path beginning with '/'; false at its end. */
static bool segment_next(Text *path, Text *segment) {
	if (path->len == 0) return false;
	Text rest = {path->at + 1, path->len - 1};
	const char *slash = memchr(rest.at, '/', rest.len);
	*segment = (Text){rest.at, slash ? (size_t)(slash - rest.at) : rest.len};
	*path = (Text){rest.at + segment->len, rest.len - segment->len};
	return true;
}

/* --- building --------------------------------------------------------------------------------------------------------- */

static bool path_has(const Route *route, const char *name) {
	Text path = text_of(route->path), segment;
	while (segment_next(&path, &segment))
		if (segment.len == strlen(name) + 2 && segment.at[0] == '{' && memcmp(segment.at + 1, name, segment.len - 2) == 0)
			return true;
	return false;
}

/* What a row must say. Openness is written out: a row that forgets its permission never serves. */
static int row_check(const Route *route, Error *error) {
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
	const char *lack = NULL;
	bool known = false;
	for (size_t i = 0; route->method != NULL && i < sizeof methods / sizeof methods[0]; i++)
		known = known || strcmp(route->method, methods[i]) == 0;
	if (!known)
		lack = "a known method";
	else if (route->path == NULL || route->path[0] != '/')
		lack = "a path";
	else if ((unsigned)route->permit >= PERMISSION_COUNT || strcmp(permission_name(route->permit), "unset") == 0)
		lack = "a permission (openness is written out as PERMIT_OPEN)";
	else if ((unsigned)route->lane > LANE_WRITE)
		lack = "a known lane";
	else if (route->handler == NULL)
		lack = "a handler";
	else if (route->action == NULL || route->doc == NULL)
		lack = "an action or doc";
	else if (route->lane == LANE_WRITE &&
	         (strcmp(route->method, "GET") == 0 || (route->flags & (ROUTE_STREAM | ROUTE_SPOOL))))
		lack = "a lane that fits: writes are no GETs, streams or uploads";
	for (const InputField *field = route->inputs; lack == NULL && field != NULL && field->name != NULL; field++)
		if (field->in == IN_PATH && !path_has(route, field->name))
			lack = "its path input in the path";
		else if (field->type == TYPE_ENUM && field->choices == NULL)
			lack = "the choices of an input";
	if (lack == NULL) return 0;
	return error_set(error, ERR_INTERNAL, "the route row %s %s lacks %s", route->method ? route->method : "?",
	                 route->path ? route->path : "?", lack);
}

static Node *node_child(Arena *arena, Node *node, Text segment) {
	if (segment.len > 1 && segment.at[0] == '{') {
		if (node->braced == NULL) node->braced = ARENA_NEW(arena, Node);
		return node->braced;
	}
	for (Node *child = node->children; child != NULL; child = child->sibling)
		if (text_eq(child->segment, segment)) return child;
	Node *child = ARENA_NEW(arena, Node);
	child->segment = segment;
	child->sibling = node->children;
	return node->children = child;
}

static const char *allow_text(Arena *arena, const Node *node) {
	const char *text = "OPTIONS";
	for (const Leaf *leaf = node->leaves; leaf != NULL; leaf = leaf->next) {
		const char *method = leaf->route->method;
		text = arena_printf(arena, "%s, %s", strcmp(method, "GET") == 0 ? "GET, HEAD" : method, text);
	}
	return text;
}

static int route_add(Arena *arena, Matcher *matcher, const Route *route, Error *error) {
	Node *node = &matcher->root;
	Text path = text_of(route->path), segment;
	int braces = 0;
	while (segment_next(&path, &segment)) {
		node = node_child(arena, node, segment);
		braces += segment.len > 1 && segment.at[0] == '{';
	}
	if (braces > PARAMS_MAX)
		return error_set(error, ERR_INTERNAL, "the route row %s has more than %d braces", route->path, PARAMS_MAX);
	for (const Leaf *leaf = node->leaves; leaf != NULL; leaf = leaf->next)
		if (strcmp(leaf->route->method, route->method) == 0)
			return error_set(error, ERR_INTERNAL, "the route %s %s is declared twice (as %s)", route->method,
			                 route->path, leaf->route->path);
	Leaf *leaf = ARENA_NEW(arena, Leaf);
	*leaf = (Leaf){route, node->leaves};
	node->leaves = leaf;
	node->allow = allow_text(arena, node);
	return 0;
}

int matcher_new(Arena *arena, const Module *const *modules, size_t count, Matcher **out, Error *error) {
	Matcher *matcher = ARENA_NEW(arena, Matcher);
	for (size_t m = 0; m < count; m++)
		for (size_t i = 0; i < modules[m]->route_count; i++) {
			int code = row_check(&modules[m]->routes[i], error);
			if (code == 0) code = route_add(arena, matcher, &modules[m]->routes[i], error);
			if (code != 0) return code;
		}
	*out = matcher;
	return 0;
}

/* --- finding ------------------------------------------------------------------------------------------------------------- */

static const Node *node_find(const Node *node, Text path, Text *params) {
	Text segment;
	if (!segment_next(&path, &segment)) return node->leaves != NULL ? node : NULL;
	for (const Node *child = node->children; child != NULL; child = child->sibling)
		if (text_eq(child->segment, segment)) {
			const Node *found = node_find(child, path, params);
			if (found != NULL) return found;
		}
	if (node->braced == NULL || segment.len == 0) return NULL;
	*params = segment;
	return node_find(node->braced, path, params + 1);
}

int matcher_find(const Matcher *matcher, Text method, Text path, Text params[PARAMS_MAX], const Route **route,
                 const char **allow) {
	if (path.len == 0 || path.at[0] != '/') return ERR_NOT_FOUND;
	const Node *node = node_find(&matcher->root, path, params);
	if (node == NULL) return ERR_NOT_FOUND;
	if (text_is(method, "HEAD")) method = TEXT("GET");
	*allow = node->allow;
	for (const Leaf *leaf = node->leaves; leaf != NULL; leaf = leaf->next)
		if (text_is(method, leaf->route->method)) {
			*route = leaf->route;
			return 0;
		}
	return ERR_METHOD;
}
