/* Tests of signed headers between nodes: what is signed is believed, every changed byte of them is found, other forms are none.
 */
#include "base/base.h"
#include "cascade/cascade.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const from = "00112233445566778899aabbccddeeff";

typedef struct Signed {
	Arena *arena;
	uint8_t key[PUBLIC_KEY_LEN];
	CallHeaders headers;
} Signed;

static int setup(void **state) {
	char dir[] = "/tmp/yiwang-headers-XXXXXX", path[64];
	Signed *one = calloc(1, sizeof *one);
	SigningKey *key;
	Error error = {0};
	one->arena = arena_new();
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/node.pem", dir);
	assert_int_equal(signing_key_create(path, &error), 0);
	assert_int_equal(signing_key_load(&key, path, &error), 0);
	signing_key_public(key, one->key);
	one->headers = (CallHeaders){
	    .method = TEXT("POST"), .path = TEXT("/api/v1/cascade/peer/batch"), .node = TEXT("ffeeddccbbaa99887766554433221100")};
	assert_int_equal(headers_sign(one->arena, key, from, INT64_C(1795767039000000), TEXT("body"), &one->headers), 0);
	signing_key_free(key);
	unlink(path);
	rmdir(dir);
	*state = one;
	return 0;
}

static int teardown(void **state) {
	Signed *one = *state;
	arena_free(one->arena);
	free(one);
	return 0;
}

static int believed(Signed *one, const CallHeaders *headers) {
	CallSigner signer;
	Error error = {0};
	int code = headers_read(headers, &signer, &error);
	return code < 0 ? code : headers_verify(one->arena, headers, &signer, one->key, &error);
}

static void test_whole(void **state) {
	Signed *one = *state;
	CallSigner signer;
	Error error = {0};
	assert_int_equal(headers_read(&one->headers, &signer, &error), 0);
	assert_string_equal(signer.from, from);
	assert_int_equal(signer.created_us, INT64_C(1795767039000000));
	assert_true(text_is(one->headers.length, "4"));
	assert_int_equal(believed(one, &one->headers), 0);
	assert_int_equal(headers_body(one->arena, &one->headers, TEXT("body"), &error), 0);
	assert_int_equal(headers_body(one->arena, &one->headers, TEXT("bodY"), &error), ERR_FORBIDDEN);
}

static void test_changed(void **state) {
	Signed *one = *state;
	const size_t count = sizeof(CallHeaders) / sizeof(Text);
	for (size_t n = 0; n < count; n++) {
		Text value = ((Text *)&one->headers)[n];
		for (size_t i = 0; i < value.len; i++) {
			CallHeaders copy = one->headers;
			char *changed = arena_strndup(one->arena, value.at, value.len);
			changed[i] ^= 1;
			((Text *)&copy)[n] = (Text){changed, value.len};
			assert_int_not_equal(believed(one, &copy), 0);
			((Text *)&copy)[n] = (Text){value.at, i};
			assert_int_not_equal(believed(one, &copy), 0);
		}
	}
}

static void test_form(void **state) {
	Signed *one = *state;
	static const char *const other[] = {
	    "",
	    "yiwang=();created=1795767039;keyid=\"00112233445566778899aabbccddeeff\";alg=\"ed25519\"",
	    "yiwang=(\"@method\" \"@path\" \"content-digest\");created=1795767039;keyid=\"00112233445566778899aabbccddeeff\"",
	    "sig1=(\"@method\" \"@path\" \"content-length\" \"content-digest\" \"yiwang-node\");created=1795767039;"
	    "keyid=\"00112233445566778899aabbccddeeff\";alg=\"ed25519\"",
	    "yiwang=(\"@method\" \"@path\" \"content-length\" \"content-digest\" \"yiwang-node\");created=99999999999999999999;"
	    "keyid=\"00112233445566778899aabbccddeeff\";alg=\"ed25519\"",
	    "yiwang=(\"@method\" \"@path\" \"content-length\" \"content-digest\" \"yiwang-node\");created=1;keyid=\"short\";"
	    "alg=\"ed25519\"",
	};
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		CallHeaders copy = one->headers;
		CallSigner signer;
		Error error = {0};
		copy.input = text_of(other[i]);
		assert_int_equal(headers_read(&copy, &signer, &error), ERR_INVALID);
		assert_string_equal(error.rule, "covered");
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_form, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
