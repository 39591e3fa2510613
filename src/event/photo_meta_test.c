/* Unit tests of photo_meta over the fuzz seeds (pictures with EXIF) and what is made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "event/photo_meta.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static char store[65536];

static Text seed(const char *name) {
	char path[100];
	snprintf(path, sizeof path, "tests/fuzz/seeds/photo/%s", name);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(store, 1, sizeof store, file);
	fclose(file);
	return (Text){store, size};
}

static int keep(void *arg, Text piece) {
	buf_text(arg, piece);
	return 0;
}

static void test_says(void **state) {
	static const struct {
		const char *name;
		PhotoType type;
		double lon, lat;
	} rows[] = {{"jpeg", PHOTO_JPEG, 120.28, 31.91},
	            {"png", PHOTO_PNG, -118.2, -34.05},
	            {"webp", PHOTO_WEBP, -118.2, -34.05},
	            {"heic", PHOTO_HEIC, 120.28, 31.91}};
	int64_t taken;
	assert_int_equal(clock_parse(TEXT("2026-11-20T09:30:00+08:00"), &taken), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		PhotoFacts facts, left;
		Buf out = {0};
		Text bytes = seed(rows[i].name);
		photo_facts(bytes, &facts);
		assert_int_equal(facts.type, rows[i].type);
		assert_null(facts.lacks);
		assert_true(facts.placed && !facts.bad_place);
		assert_true(fabs(facts.lon - rows[i].lon) < 1e-6 && fabs(facts.lat - rows[i].lat) < 1e-6);
		assert_int_equal(facts.taken_us, taken);
		assert_int_equal(facts.orientation, 6);
		assert_int_equal(photo_strip(bytes, &facts, keep, &out), 0);
		photo_facts(buf_as_text(&out), &left);
		assert_int_equal(left.type, rows[i].type);
		assert_null(left.lacks);
		assert_false(left.placed);
		assert_int_equal(left.taken_us, 0);
		assert_int_equal(left.orientation, rows[i].type == PHOTO_JPEG ? 6 : 0);
		assert_int_equal(text_find(buf_as_text(&out), TEXT("secret")), -1);
		assert_int_equal(text_find(buf_as_text(&out), TEXT("trailing")), -1);
		buf_free(&out);
	}
}

static void test_refuses(void **state) {
	PhotoFacts facts;
	Buf out = {0};
	photo_facts(TEXT("%PDF-1.4 not a picture"), &facts);
	assert_int_equal(facts.type, PHOTO_NONE);
	photo_facts(TEXT(""), &facts);
	assert_int_equal(facts.type, PHOTO_NONE);
	/* the head of a picture is not one */
	static const struct {
		Text bytes;
		PhotoType type;
		const char *lacks;
	} rows[] = {
	    {TEXT("\0\0\0\x18"
	          "ftypheic\0\0\0\0mif1heic"),
	     PHOTO_HEIC, "meta"},
	    {TEXT("\xFF\xD8\xFF\xD9"), PHOTO_JPEG, "SOF"},
	    {TEXT("\xFF\xD8\xFF\xFE\0\x06"
	          "code\xFF\xD9"),
	     PHOTO_JPEG, "SOF"},
	    {TEXT("\xFF\xD8\xFF\xC0\0\x0B\x08\0\x10\0\0\x01\x01\x11\0\xFF\xD9"), PHOTO_JPEG, "SOF"}, /* no width */
	    {TEXT("\xFF\xD8\xFF\xC0\0\x0B\x08\0\x10\0\x10\x01\x01\x11\0\xFF\xD9"), PHOTO_JPEG, "SOS"},
	    {TEXT("\x89PNG\r\n\x1A\n"), PHOTO_PNG, "IHDR"},
	    {TEXT("\x89PNG\r\n\x1A\n\0\0\0\0IEND\xAE\x42\x60\x82"), PHOTO_PNG, "IHDR"},
	    {TEXT("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\0\0\0\0\0\0\0\0IEND\xAE\x42\x60\x82"),
	     PHOTO_PNG, "IDAT"},
	    {TEXT("RIFF\x10\0\0\0WEBPVP8 \4\0\0\0code"), PHOTO_WEBP, "VP8X, VP8, VP8L"},
	    {TEXT("RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\0\0\0\0\0\0"), PHOTO_WEBP, "VP8, VP8L"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		photo_facts(rows[i].bytes, &facts);
		assert_int_equal(facts.type, rows[i].type);
		assert_non_null(facts.lacks);
		assert_string_equal(facts.lacks, rows[i].lacks);
		assert_int_equal(photo_strip(rows[i].bytes, &facts, keep, &out), -1);
	}
	static const char *const whole_ones[] = {"jpeg", "png", "webp", "heic"};
	for (size_t i = 0; i < sizeof whole_ones / sizeof *whole_ones; i++) {
		Text whole = seed(whole_ones[i]);
		if (i == 0 || i == 3) whole.len -= sizeof "trailing bytes" - 1; /* what follows the end may go */
		for (size_t cut = 16; cut < whole.len - 80; cut += 37) {        /* its end is missing: never taken for whole */
			photo_facts((Text){whole.at, cut}, &facts);
			assert_int_equal(facts.type, PHOTO_JPEG + i);
			assert_non_null(facts.lacks);
		}
	}
	assert_string_equal(photo_other(TEXT("%PDF-1.4")), "PDF");
	assert_string_equal(photo_other(TEXT("\0\0\0\x14"
	                                     "ftypisom")),
	                    "MP4");
	assert_string_equal(photo_other(TEXT("words")), "");
	buf_free(&out);
}

/* The place of the seed, overwritten: the nine numbers begin after time and zone. */
static void test_false_places(void **state) {
	PhotoFacts facts;
	Text bytes = seed("jpeg");
	ptrdiff_t at = text_find(bytes, TEXT("+08:00"));
	assert_true(at > 0);
	memset(store + at + 8, 0, 48);
	for (int i = 0; i < 6; i++)
		store[at + 8 + i * 8 + 7] = 1; /* 0/1: the sea off Africa */
	photo_facts(bytes, &facts);
	assert_true(!facts.placed && facts.bad_place);
	store[at + 8 + 7] = 0; /* divided by 0 */
	photo_facts(bytes, &facts);
	assert_true(!facts.placed && facts.bad_place);
	store[at + 8 + 7] = 1;
	store[at + 8 + 3] = 91; /* north of the pole */
	photo_facts(bytes, &facts);
	assert_true(!facts.placed && facts.bad_place);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_says), cmocka_unit_test(test_refuses),
	                                   cmocka_unit_test(test_false_places)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
