/* Tests of messages between nodes: what is signed comes back, every single changed byte is found, limits hold; rows of a batch.
 */
#include "base/base.h"
#include "cascade/cascade.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct Pair {
	Arena *arena;
	SigningKey *key;
	uint8_t public_key[PUBLIC_KEY_LEN];
	char dir[64], path[96], from[NODE_ID_LEN + 1];
	Buf bytes;
} Pair;

static int setup(void **state) {
	Pair *pair = calloc(1, sizeof *pair);
	Error error = {0};
	pair->arena = arena_new();
	snprintf(pair->dir, sizeof pair->dir, "/tmp/yiwang-frame-XXXXXX");
	assert_non_null(mkdtemp(pair->dir));
	snprintf(pair->path, sizeof pair->path, "%s/node.pem", pair->dir);
	assert_int_equal(signing_key_create(pair->path, &error), 0);
	assert_int_equal(signing_key_load(&pair->key, pair->path, &error), 0);
	signing_key_public(pair->key, pair->public_key);
	node_name(pair->public_key, pair->from);
	json_t *header = json_pack("{s:s, s:s, s:s, s:I, s:i}", "kind", "batch", "from", pair->from, "to",
	                           "00112233445566778899aabbccddeeff", "at", (json_int_t)1795767039000000, "seq", 7);
	assert_int_equal(frame_sign(pair->arena, pair->key, header, TEXT("[\"12\",\"张三\",null]\n[\"13\"]\n"), &pair->bytes), 0);
	*state = pair;
	return 0;
}

static int teardown(void **state) {
	Pair *pair = *state;
	signing_key_free(pair->key);
	unlink(pair->path);
	rmdir(pair->dir);
	buf_free(&pair->bytes);
	arena_free(pair->arena);
	free(pair);
	return 0;
}

static void test_whole(void **state) {
	Pair *pair = *state;
	Frame frame;
	Error error = {0};
	assert_int_equal(frame_parse(pair->arena, buf_as_text(&pair->bytes), &frame, &error), 0);
	assert_int_equal(frame_verify(&frame, pair->public_key, &error), 0);
	assert_string_equal(frame.kind, "batch");
	assert_string_equal(frame.from, pair->from);
	assert_int_equal(frame_int(&frame, "seq"), 7);
	assert_string_equal(frame_str(&frame, "nothing"), "");
	assert_int_equal(strlen(frame.digest), 64);
}

/* Any other byte anywhere: it does not parse, or it does not verify. */
static void test_changed(void **state) {
	Pair *pair = *state;
	for (size_t i = 0; i < pair->bytes.len; i++) {
		Frame frame;
		Error error = {0};
		Buf copy = {0};
		buf_text(&copy, buf_as_text(&pair->bytes));
		copy.at[i] ^= 1;
		int code = frame_parse(pair->arena, buf_as_text(&copy), &frame, &error);
		if (code == 0) code = frame_verify(&frame, pair->public_key, &error);
		assert_int_not_equal(code, 0);
		buf_free(&copy);
	}
}

static void test_cut(void **state) {
	Pair *pair = *state;
	for (size_t length = 0; length < pair->bytes.len; length++) {
		Frame frame;
		Error error = {0};
		assert_int_equal(frame_parse(pair->arena, (Text){pair->bytes.at, length}, &frame, &error), ERR_INVALID);
		assert_string_equal(error.rule, "frame");
	}
}

static void test_rows(void **state) {
	BatchReader reader = {.rest = TEXT("[\"12\",\"a\",null]\n[\"13\"]\n"), .columns = 2};
	BatchRow row;
	Error error = {0};
	assert_int_equal(batch_next(&reader, &row, &error), 1);
	assert_int_equal(row.record_id, 12);
	assert_true(text_is(row.texts[0], "a"));
	assert_null(row.texts[1].at);
	assert_false(row.removed);
	assert_int_equal(batch_next(&reader, &row, &error), 1);
	assert_true(row.removed);
	assert_int_equal(batch_next(&reader, &row, &error), 0);
	static const char *const bad[] = {
	    "[\"12\",\"a\"]\n", "[\"12\",\"a\",1]\n",           "[12,\"a\",\"b\"]\n", "[\"0\"]\n", "[\"x\"]\n", "{}\n", "[]\n",
	    "[\"12\"]",         "[\"12\",\"a\",\"\\u0000\"]\n", "[\"-4\"]\n"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		error = (Error){0};
		reader = (BatchReader){.rest = text_of(bad[i]), .columns = 2};
		assert_int_equal(batch_next(&reader, &row, &error), ERR_INVALID);
		batch_end(&reader);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
	    cmocka_unit_test(test_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
