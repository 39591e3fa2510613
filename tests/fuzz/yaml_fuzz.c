/* Fuzz target: pack files. Any bytes give a tree within the limits or an error with file and line; its JSON survives a round
 * trip, and the document rules that need no store can be run over it. */
#include "catalog/find.h"
#include "catalog/pack.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int depth_of(const YamlNode *node) {
	int deepest = 0;
	for (const YamlNode *child = node->first; child; child = child->next) {
		int depth = depth_of(child);
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

static void judge_tree(Arena *arena, const YamlNode *root) {
	if (depth_of(root) > YAML_DEPTH_MAX) abort();
	json_t *json = json_in(arena, yaml_json(root));
	json_t *again = json_loads(json_text_in(arena, json), JSON_DECODE_ANY, NULL);
	if (!again || !json_equal(json, again)) abort();
	json_decref(again);
	Problems problems;
	problems_begin(&problems, arena);
	document_shape(json, &problems);
	for (int i = 0; i < problems.count; i++)
		if (yaml_line(root, problems.items[i].path) < 1) abort();
	if (problems.count) return;
	Resource resource = {0};
	document_resource(arena, json, &resource);
	json_t *copy = json_in(arena, json_deep_copy(json));
	int max_no = 0;
	document_number(copy, NULL, NULL, &max_no, &problems);
	document_since(copy, json, 2);
	FindTokens tokens = {.arena = arena};
	find_tokens_add(&tokens, text_of(find_parts(arena, copy, "机构")), 1, false, 1);
	Buf out = {0};
	JsonWriter writer;
	jw_begin(&writer, &out);
	document_diff(&writer, arena, json, copy);
	json_t *diff = json_loadb(out.at, out.len, 0, NULL);
	if (!diff) abort();
	json_decref(diff);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	Arena *arena = arena_new();
	Error error = {0};
	YamlNode *root = NULL;
	int code = yaml_parse(arena, "fuzz.yaml", (Text){(const char *)data, size}, &root, &error);
	if ((code == 0) != (error.code == 0) || (code == 0) != (root != NULL)) abort();
	if (code < 0 && strncmp(error.message, "fuzz.yaml:", 10) != 0) abort();
	if (root) judge_tree(arena, root);
	arena_free(arena);
	return 0;
}
