/* The description of the whole program's API. Beside app_test.c, since that one does not need every room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "app/private.h"
#include <stdio.h>

static void refs_check(json_t *root, json_t *node) {
	const char *key;
	json_t *item;
	size_t index;
	json_object_foreach(node, key, item) {
		if (strcmp(key, "$ref") == 0 && json_is_string(item)) {
			char path[200];
			snprintf(path, sizeof path, "%s", json_string_value(item));
			json_t *at = root;
			char *save = NULL;
			for (char *part = strtok_r(path + 2, "/", &save); part != NULL; part = strtok_r(NULL, "/", &save))
				at = json_object_get(at, part);
			if (at == NULL) _fail(json_string_value(item), __LINE__);
		}
		refs_check(root, item);
	}
	json_array_foreach(node, index, item) refs_check(root, item);
}

/* Over the whole program: valid JSON, every reference leads somewhere, every route is there. */
static void test_openapi(void **state) {
	Buf text = {0};
	openapi_write(app_modules_list, app_modules_list_count, &text);
	json_t *root = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_object(root));
	refs_check(root, root);
	for (size_t m = 0; m < app_modules_list_count; m++)
		for (size_t i = 0; i < app_modules_list[m]->route_count; i++)
			assert_non_null(json_object_get(json_object_get(root, "paths"), app_modules_list[m]->routes[i].path));
	json_decref(root);
	buf_free(&text);
	Arena *arena = arena_new();
	Matcher *matcher;
	Error error = {0};
	if (matcher_new(arena, app_modules_list, app_modules_list_count, &matcher, &error) != 0) _fail(error.message, __LINE__);
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_openapi)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
