/* Unit tests of csv.h: variants, faults, limits, and that the cut of the input into blocks does not matter. */
#include "base/base.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

/* Renders all records of input, fed in blocks of at most `block` bytes (0 = at once), each block in its own memory. */
static char *render(Arena *arena, Text input, size_t block, unsigned *seed) {
	Csv *csv = csv_new(arena, ',');
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	size_t at = 0;
	bool last = false;
	while (!last) {
		size_t n = input.len - at;
		if (block && n > block) n = seed ? (size_t)rand_r(seed) % block + 1 : block;
		char *copy = malloc(n ? n : 1);
		if (n) memcpy(copy, input.at + at, n);
		at += n;
		last = at == input.len;
		csv_feed(csv, (Text){copy, n}, last);
		CsvRecord r;
		while (csv_next(csv, &r)) {
			buf_printf(out, "%d@%d:%d", (int)r.fault, (int)r.line, (int)r.offset);
			for (size_t i = 0; i < r.count; i++) {
				buf_str(out, r.quoted[i] ? "<" : "[");
				buf_text(out, r.fields[i]);
				buf_str(out, r.quoted[i] ? ">" : "]");
			}
			buf_char(out, ' ');
		}
		free(copy);
	}
	buf_char(out, 0);
	return out->at;
}

static void same(Text input, const char *wanted) {
	Arena *arena = arena_new();
	for (size_t block = 0; block < 20; block++) {
		char *got = render(arena, input, block, NULL);
		if (strcmp(got, wanted)) fail_msg("block %zu:\n got %s\nwant %s", block, got, wanted);
	}
	arena_free(arena);
}

static void test_variants(void **state) {
	same(TEXT(""), "");
	same(TEXT("\xEF\xBB\xBF"), "");
	same(TEXT("\xEF\xBB"
	          "a"),
	     "0@1:0[\xEF\xBB"
	     "a] ");
	same(TEXT("a,b\n1,2"), "0@1:0[a][b] 0@2:4[1][2] ");
	same(TEXT("\xEF\xBB\xBF"
	          "a,b\r\n1,\r\n"),
	     "0@1:3[a][b] 0@2:8[1][] ");
	same(TEXT("a\rb\r\rc"), "0@1:0[a] 0@2:2[b] 0@4:5[c] ");
	same(TEXT("\n\na\n\n,\n"), "0@3:2[a] 0@5:5[][] ");
	same(TEXT("\"\",,\"a,b\"\n"), "0@1:0<>[]<a,b> ");
	same(TEXT("\"a\"\"b\",\"\"\"\"\nx"), "0@1:0<a\"b><\"> 0@2:12[x] ");
	same(TEXT("\"two\nlines\",1\r\nz,\"q\""), "0@1:0<two\nlines>[1] 0@3:15[z]<q> ");
	same(TEXT("a\"b,c\nd"), "0@1:0[a\"b][c] 0@2:6[d] ");
}

static void test_faults(void **state) {
	same(TEXT("\"a\"b,c\nd,e\n"), "3@1:0[\"a\"b,c] 0@2:7[d][e] ");
	same(TEXT("x,\"open\n1,2\n3,4\n"), "3@1:0[x,\"open] 0@2:8[1][2] 0@3:12[3][4] ");
	same(TEXT("\"open"), "3@1:0[\"open] ");
	same(TEXT("x,\"5 inch\r\n1,2\r\ny,\"6 inch\r\nz,3\r\n"),
	     "3@1:0[x,\"5 inch] 0@2:11[1][2] 3@3:16[y,\"6 inch] 0@4:27[z][3] ");
	Arena *arena = arena_new();
	Csv *csv = csv_new(arena, ',');
	csv_feed(csv, (Text){"a\0b,c\nd\n", 8}, true);
	CsvRecord r;
	assert_int_equal(csv_next(csv, &r), 1);
	assert_int_equal(r.fault, CSV_NUL);
	assert_int_equal(r.count, 2);
	assert_int_equal(csv_next(csv, &r), 1);
	assert_int_equal(r.fault, CSV_OK);
	assert_int_equal(csv_next(csv, &r), 0);
	arena_free(arena);
}

static void test_limits(void **state) {
	Arena *arena = arena_new();
	Buf in;
	buf_in(&in, arena);
	for (int i = 0; i < CSV_FIELDS_MAX + 1; i++)
		buf_str(&in, i ? ",1" : "1");
	buf_str(&in, "\nafter\n");
	Csv *csv = csv_new(arena, ',');
	csv_feed(csv, buf_as_text(&in), true);
	CsvRecord r;
	assert_int_equal(csv_next(csv, &r), 1);
	assert_int_equal(r.fault, CSV_TOO_MANY);
	assert_int_equal(r.count, CSV_FIELDS_MAX);
	assert_int_equal(csv_next(csv, &r), 1);
	assert_true(text_is(r.fields[0], "after"));

	/* lengths at the limit, one over, and one line of 100 MB, which must not be kept */
	static char block[1 << 16];
	memset(block, 'x', sizeof block);
	for (int k = 0; k < 4; k++) {
		int64_t length = k == 3 ? 100000000 : CSV_RECORD_MAX - 1 + k;
		csv = csv_new(arena, ',');
		int faults = 0, good = 0;
		csv_feed(csv, TEXT("a,b\n"), false);
		while (csv_next(csv, &r))
			good++;
		for (int64_t left = length; left > 0; left -= (int64_t)sizeof block) {
			csv_feed(csv, (Text){block, left < (int64_t)sizeof block ? (size_t)left : sizeof block}, false);
			while (csv_next(csv, &r)) {
				faults += r.fault == CSV_TOO_LONG;
				good += r.fault == CSV_OK;
				assert_true(r.fault != CSV_TOO_LONG ||
				            (r.fields[0].len == 4096 && r.raw.len == 65536 && r.line == 2));
			}
		}
		csv_feed(csv, TEXT("\nc,d\n"), true);
		while (csv_next(csv, &r)) {
			faults += r.fault == CSV_TOO_LONG;
			good += r.fault == CSV_OK;
		}
		assert_int_equal(r.line, 3);
		assert_true(text_is(r.fields[1], "d"));
		assert_int_equal(faults, k >= 2);
		assert_int_equal(good, k >= 2 ? 2 : 3);
	}
	arena_free(arena);
}

/* Hostile input must not make the fall-back quadratic: every line opens a quote, seen from inside or outside quotes. */
static void test_quote_storm(void **state) {
	Arena *arena = arena_new();
	Buf in;
	buf_in(&in, arena);
	while (in.len < 24 << 20)
		buf_str(&in, "x\",\"\n");
	int64_t begun = clock_monotonic_us();
	Csv *csv = csv_new(arena, ',');
	csv_feed(csv, buf_as_text(&in), true);
	CsvRecord r;
	int count = 0;
	while (csv_next(csv, &r))
		count += r.fault != CSV_OK;
	assert_true(count > 1);
	assert_true(clock_monotonic_us() - begun < 20 * 1000000);
	arena_free(arena);
}

static void test_random_blocks(void **state) {
	unsigned seed = (unsigned)time(NULL);
	print_message("seed %u\n", seed);
	static const char *const bits[] = {
	    "a", "bc", ",", ",", "\n", "\r\n", "\r", "\"", "\"\"", "\",\"", "中", "\n\n", "longer than sixteen bytes", ";"};
	for (int round = 0; round < 3000; round++) {
		Arena *arena = arena_new();
		Buf in;
		buf_in(&in, arena);
		for (int n = rand_r(&seed) % 40; n > 0; n--)
			buf_str(&in, bits[(size_t)rand_r(&seed) % (sizeof bits / sizeof *bits)]);
		char *whole = render(arena, buf_as_text(&in), 0, NULL);
		char *cut = render(arena, buf_as_text(&in), 9, &seed);
		if (strcmp(whole, cut)) fail_msg("input %.*s\nwhole %s\ncut   %s", (int)in.len, in.at, whole, cut);
		arena_free(arena);
	}
}

static void test_guess(void **state) {
	assert_int_equal(csv_guess_separator(TEXT("a;b;c\n1;2,5;3\n4;5,5;6\n")), ';');
	assert_int_equal(csv_guess_separator(TEXT("a\tb\n1\t2\n")), '\t');
	assert_int_equal(csv_guess_separator(TEXT("a|b\r\n1|2\r\n")), '|');
	assert_int_equal(csv_guess_separator(TEXT("name\nx\n")), ',');
	assert_int_equal(csv_guess_separator(TEXT("\"a;b\",c\n\"1;2\",3\n")), ',');
	assert_int_equal(csv_guess_separator(TEXT("")), ',');
}

static void test_write(void **state) {
	Arena *arena = arena_new();
	Buf out;
	buf_in(&out, arena);
	csv_write(&out, TEXT("=1+1"), true, true);
	csv_write(&out, TEXT("-12.5"), false, true);
	csv_write(&out, TEXT("say \"hi\", you"), false, true);
	csv_write(&out, TEXT_NONE, false, true);
	csv_write(&out, TEXT(""), false, true);
	csv_write(&out, TEXT("@x"), false, false);
	assert_true(text_is(buf_as_text(&out), "'=1+1,-12.5,\"say \"\"hi\"\", you\",,\"\",@x"));
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_variants),    cmocka_unit_test(test_faults),        cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_guess),       cmocka_unit_test(test_random_blocks), cmocka_unit_test(test_write),
	    cmocka_unit_test(test_quote_storm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
