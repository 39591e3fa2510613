/* The YAML reader: lines, kinds, refusals with file:line, limits. */
#include "catalog/yaml.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

typedef struct Refusal {
	const char *yaml, *message;
} Refusal;

static void refused(void **state) {
	static const Refusal cases[] = {
	    {"", "t.yaml:1: the file is empty"},
	    {"a: &x 1\n", "t.yaml:1: anchors"},
	    {"a: 1\nb: *x\n", "t.yaml:2: aliases"},
	    {"a: !!int 1\n", "t.yaml:1: tags"},
	    {"a: 1\nb: 2\na: 3\n", "t.yaml:3: the key \"a\" was given before, in line 1"},
	    {"a: 1\n<<: {b: 1}\n", "t.yaml:2: a key must be a text"},
	    {"? [a]\n: 1\n", "t.yaml:1: a key must be a text"},
	    {"a: 1\n---\nb: 1\n", "t.yaml:2: a second document"},
	    {"a: \"x\\0y\"\n", "t.yaml:1: a text holds a NUL"},
	    {"a: [1, 2\nb: 3\n", "t.yaml:"},
	    {"\ta: 1\n", "t.yaml:1: not YAML"},
	    {"a: \xff\xfe\n", "t.yaml:"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		Arena *arena = arena_new();
		Error error = {0};
		YamlNode *root = NULL;
		assert_true(yaml_parse(arena, "t.yaml", text_of(cases[i].yaml), &root, &error) < 0);
		assert_null(root);
		if (strncmp(error.message, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("case %zu: %s", i, error.message);
		arena_free(arena);
	}
}

/* "a billion laughs" in three shapes: aliases, depth, sheer number; each is refused without much memory. */
static void bombs(void **state) {
	Buf laughs = {0}, deep = {0}, wide = {0};
	buf_str(&laughs, "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
	for (char c = 'b'; c < 'k'; c++)
		buf_printf(&laughs, "%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c - 1, c - 1, c - 1, c - 1, c - 1,
		           c - 1, c - 1, c - 1);
	for (int i = 0; i < 100000; i++)
		buf_char(&deep, '[');
	for (int i = 0; i <= YAML_NODES_MAX; i++)
		buf_str(&wide, "- 1\n");
	const Buf *bombs[] = {&laughs, &deep, &wide};
	const char *messages[] = {"t.yaml:1: anchors", "t.yaml:1: nested deeper", "t.yaml:20"};
	for (int i = 0; i < 3; i++) {
		Arena *arena = arena_new();
		Error error = {0};
		YamlNode *root = NULL;
		assert_true(yaml_parse(arena, "t.yaml", buf_as_text(bombs[i]), &root, &error) < 0);
		if (strncmp(error.message, messages[i], strlen(messages[i])) != 0) fail_msg("bomb %d: %s", i, error.message);
		assert_true(arena_used(arena) < 64 << 20);
		arena_free(arena);
	}
	Arena *arena = arena_new();
	Error error = {0};
	YamlNode *root = NULL;
	char *big = arena_alloc(arena, YAML_BYTES_MAX + 2);
	memset(big, '#', YAML_BYTES_MAX + 1);
	assert_int_equal(yaml_parse(arena, "t.yaml", (Text){big, YAML_BYTES_MAX + 1}, &root, &error), ERR_TOO_LARGE);
	arena_free(arena);
	buf_free(&laughs);
	buf_free(&deep);
	buf_free(&wide);
}

static void values_and_lines(void **state) {
	static const char source[] = "# comment\nname: 人口\ncodes:\n- {code: 01, n: 7, neg: -3, dec: 0.25, plus: +1, hex: "
	                             "0x10}\n- code: \"1\"\n  on: true\n"
	                             "  off: \"true\"\n  none: null\n  long: >\n    two\n    lines\nlast: 12345678901234567890\n";
	Arena *arena = arena_new();
	Error error = {0};
	YamlNode *root = NULL;
	if (yaml_parse(arena, "t.yaml", TEXT(source), &root, &error)) fail_msg("%s", error.message);
	json_t *json = yaml_json(root), *first = json_array_get(json_object_get(json, "codes"), 0),
	       *second = json_array_get(json_object_get(json, "codes"), 1);
	assert_string_equal(json_string_value(json_object_get(json, "name")), "人口");
	assert_string_equal(json_string_value(json_object_get(first, "code")), "01");
	assert_int_equal(json_integer_value(json_object_get(first, "n")), 7);
	assert_int_equal(json_integer_value(json_object_get(first, "neg")), -3);
	assert_true(json_real_value(json_object_get(first, "dec")) == 0.25);
	assert_true(json_is_string(json_object_get(first, "plus")) && json_is_string(json_object_get(first, "hex")));
	assert_string_equal(json_string_value(json_object_get(second, "code")), "1");
	assert_true(json_is_true(json_object_get(second, "on")) && json_is_string(json_object_get(second, "off")));
	assert_true(json_is_null(json_object_get(second, "none")));
	assert_string_equal(json_string_value(json_object_get(second, "long")), "two lines\n");
	assert_string_equal(json_string_value(json_object_get(json, "last")),
	                    "12345678901234567890"); /* does not fit: stays as written */
	json_decref(json);
	assert_int_equal(yaml_line(root, "name"), 2);
	assert_int_equal(yaml_line(root, "codes[0].n"), 4);
	assert_int_equal(yaml_line(root, "codes[1].on"), 6);
	assert_int_equal(yaml_line(root, "codes[1].missing"), 5);
	assert_int_equal(yaml_line(root, "codes[9].x"), 3);
	assert_int_equal(yaml_line(root, "last"), 12);
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(refused), cmocka_unit_test(bombs),
	                                   cmocka_unit_test(values_and_lines)};
	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
