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
	} rows[] = {
	    {"jpeg", PHOTO_JPEG, 120.28, 31.91}, {"png", PHOTO_PNG, -118.2, -34.05}, {"webp", PHOTO_WEBP, -118.2, -34.05}};
	int64_t taken;
	assert_int_equal(clock_parse(TEXT("2026-11-20T09:30:00+08:00"), &taken), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		PhotoFacts facts, left;
		Buf out = {0};
		Text bytes = seed(rows[i].name);
		photo_facts(bytes, &facts);
		assert_int_equal(facts.type, rows[i].type);
		assert_true(facts.placed && !facts.bad_place);
		assert_true(fabs(facts.lon - rows[i].lon) < 1e-6 && fabs(facts.lat - rows[i].lat) < 1e-6);
		assert_int_equal(facts.taken_us, taken);
		assert_int_equal(facts.orientation, 6);
		assert_int_equal(photo_strip(bytes, &facts, keep, &out), 0);
		photo_facts(buf_as_text(&out), &left);
		assert_int_equal(left.type, rows[i].type);
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
	photo_facts(TEXT("\0\0\0\x18"
	                 "ftypheic\0\0\0\0mif1heic"),
	            &facts);
	assert_int_equal(facts.type, PHOTO_HEIC);
	Text whole = seed("jpeg");
	for (size_t cut = 3; cut + 20 < whole.len; cut += 37) { /* its end is missing: never taken for whole */
		photo_facts((Text){whole.at, cut}, &facts);
		buf_reset(&out);
		assert_int_equal(facts.type, PHOTO_JPEG);
		assert_int_equal(photo_strip((Text){whole.at, cut}, &facts, keep, &out), -1);
	}
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
