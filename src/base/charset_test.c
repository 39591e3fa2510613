/* Unit tests of charset.h: decoding cut anywhere, bad bytes counted, normal forms against ICU's own answer. */
#include "base/base.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

static void decode_cut(Charset charset, Text in, const char *wanted, int64_t bad, int64_t first) {
	for (size_t step = 1; step <= in.len + 1; step++) {
		Arena *arena = arena_new();
		Decoder *decoder = decoder_new(arena, charset);
		Buf out;
		buf_in(&out, arena);
		for (size_t at = 0; at < in.len || at == 0; at += step) {
			size_t n = in.len - at < step ? in.len - at : step;
			decoder_feed(decoder, (Text){in.at + at, n}, at + n == in.len, &out);
		}
		buf_char(&out, 0);
		assert_string_equal(out.at, wanted);
		assert_int_equal(decoder_bad_count(decoder), bad);
		assert_int_equal(decoder_first_bad(decoder), first);
		arena_free(arena);
	}
}

static void test_decode(void **state) {
	decode_cut(CHARSET_UTF8, TEXT("a中😀é"), "a中😀é", 0, -1);
	decode_cut(CHARSET_UTF8, TEXT("a\xFF中"), "a\xEF\xBF\xBD中", 1, 1);
	decode_cut(CHARSET_UTF8, TEXT("ab\xE4\xB8"), "ab\xEF\xBF\xBD", 1, 2);
	decode_cut(CHARSET_GB18030, TEXT("a\xD6\xD0\x84\x31\xA4\x37z"), "a中\xEF\xBF\xBDz", 0, -1);
	decode_cut(CHARSET_GB18030, TEXT("\x94\x39\xFC\x36|"), "😀|", 0, -1);
	decode_cut(CHARSET_UTF16LE,
	           TEXT("\xFF\xFE"
	                "a\0\x2D\x4E\x3D\xD8\x00\xDE"),
	           "a中😀", 0, -1);
	decode_cut(CHARSET_UTF16BE, TEXT("\0a\x4E\x2D"), "a中", 0, -1);
	Arena *arena = arena_new();
	Decoder *decoder = decoder_new(arena, CHARSET_GB18030);
	Buf out;
	buf_in(&out, arena);
	decoder_feed(decoder,
	             TEXT("ok\xFF"
	                  "b\xD6"),
	             true, &out);
	assert_int_equal(decoder_bad_count(decoder), 2);
	assert_int_equal(decoder_first_bad(decoder), 2);
	arena_free(arena);
}

static void test_guess(void **state) {
	Charset charset;
	assert_int_equal(charset_guess(TEXT("plain")), CHARSET_UTF8);
	assert_int_equal(charset_guess(TEXT("中\xE4\xB8")), CHARSET_UTF8);
	assert_int_equal(charset_guess(TEXT("\xD6\xD0\xCE\xC4")), CHARSET_GB18030);
	assert_int_equal(charset_guess(TEXT("江阴市高新区行政审批局\xFF")), CHARSET_UTF8);
	assert_int_equal(charset_guess(TEXT("plain\xFF")), CHARSET_GB18030);
	assert_int_equal(charset_guess(TEXT("\xFF\xFE"
	                                    "a\0")),
	                 CHARSET_UTF16LE);
	assert_int_equal(charset_parse(TEXT("GBK"), &charset), 0);
	assert_int_equal(charset, CHARSET_GB18030);
	assert_int_equal(charset_parse(TEXT("latin9"), &charset), -1);
	for (int c = 0; c < 4; c++) {
		assert_int_equal(charset_parse(text_of(charset_name((Charset)c)), &charset), 0);
		assert_int_equal(charset, c);
	}
}

static void test_forms(void **state) {
	Arena *arena = arena_new();
	Text plain = TEXT("江阴市（高新区）1号");
	assert_ptr_equal(text_nfc(arena, plain).at, plain.at);
	assert_true(text_is(text_nfc(arena, TEXT("e\xCC\x81")), "é"));
	assert_true(text_is(text_nfc(arena, TEXT("\xE1\x84\x80\xE1\x85\xA1")), "가"));
	assert_true(text_is(text_nfc(arena, TEXT("\xEF\xA4\x80")), "豈"));
	assert_true(text_is(text_half_width(arena, TEXT("３２０　ＡＢｃ～！中")), "320 ABc~!中"));
	assert_ptr_equal(text_half_width(arena, plain).at == plain.at ? plain.at : NULL, NULL); /* （） are full-width */
	Text none = TEXT("中文 abc");
	assert_ptr_equal(text_half_width(arena, none).at, none.at);
	Buf out;
	buf_in(&out, arena);
	text_to_gb18030(&out, TEXT("a中😀"));
	assert_true(text_is(buf_as_text(&out), "a\xD6\xD0\x94\x39\xFC\x36"));
	arena_free(arena);
}

/* The fast path must agree with ICU on every character, alone and after a base letter. */
static void test_nfc_all(void **state) {
	UErrorCode error = U_ZERO_ERROR;
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&error);
	for (uint32_t c = 1; c < 0x30000; c++) {
		if (c >= 0xD800 && c < 0xE000) continue;
		Arena *arena = arena_new();
		char text[8] = "a";
		int len = 1 + utf8_put(text + 1, c);
		UChar units[4] = {'a'}, out[16];
		int32_t n = 1;
		U16_APPEND_UNSAFE(units, n, c);
		int32_t count = unorm2_normalize(nfc, units, n, out, 16, &error);
		char wanted[64];
		int32_t bytes;
		u_strToUTF8(wanted, sizeof wanted, &bytes, out, count, &error);
		assert_true(U_SUCCESS(error));
		assert_true(text_eq(text_nfc(arena, (Text){text, (size_t)len}), (Text){wanted, (size_t)bytes}));
		arena_free(arena);
	}
}

/* Valid UTF-8 through GB18030 and back, in random cuts. */
static void test_round_trip(void **state) {
	unsigned seed = (unsigned)time(NULL);
	print_message("seed %u\n", seed);
	for (int round = 0; round < 200; round++) {
		Arena *arena = arena_new();
		Buf in, gb, back;
		buf_in(&in, arena);
		buf_in(&gb, arena);
		buf_in(&back, arena);
		for (int n = rand_r(&seed) % 20000; n > 0; n--) {
			uint32_t c = (uint32_t)rand_r(&seed) % (n % 3 ? 0x5000 : 0x110000);
			if ((c < 0xD800 || c > 0xF8FF) && c != 0xFEFF) /* private-use characters have no round trip */
				in.len += (size_t)utf8_put(buf_reserve(&in, 4), c);
		}
		text_to_gb18030(&gb, buf_as_text(&in));
		Decoder *decoder = decoder_new(arena, CHARSET_GB18030);
		for (size_t at = 0; at <= gb.len;) {
			size_t n = (size_t)rand_r(&seed) % 5000 + 1;
			bool last = gb.len - at <= n;
			decoder_feed(decoder, (Text){gb.at + at, last ? gb.len - at : n}, last, &back);
			if (last) break;
			at += n;
		}
		assert_int_equal(decoder_bad_count(decoder), 0);
		assert_true(text_eq(buf_as_text(&in), buf_as_text(&back)));
		arena_free(arena);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_decode), cmocka_unit_test(test_guess),
	                                   cmocka_unit_test(test_forms), cmocka_unit_test(test_nfc_all),
	                                   cmocka_unit_test(test_round_trip)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
