/* Tests of what is accepted, how it is normalised, and of masks. */
#include "record/record_testing.h"

/* --- masks ------------------------------------------------------------------------------------------------------------- */

static void test_masks(void **state) {
	static const struct {
		Mask mask;
		const char *value, *masked;
	} rows[] = {
	    {MASK_ALL, "江苏省", "***"},
	    {MASK_ALL, "", "***"},
	    {MASK_NAME, "张", "***"},
	    {MASK_NAME, "张三", "张*"},
	    {MASK_NAME, "张小三", "张*三"},
	    {MASK_NAME, "欧阳小三", "欧**三"},
	    {MASK_NAME, "阿卜杜拉·买买提", "阿**提"},
	    {MASK_NAME, "𠮷田", "𠮷*"},
	    {MASK_ID, "320281199001011234", "320***********1234"},
	    {MASK_ID, "3202811", "***"},
	    {MASK_PHONE, "13812345678", "138****5678"},
	    {MASK_PHONE, "110", "***"},
	    {MASK_ADDRESS, "江苏省江阴市澄江街道", "江苏省江阴市***"},
	    {MASK_ADDRESS, "江阴市", "***"},
	    {MASK_YEAR, "1990-05-17", "1990-01-01"},
	    {MASK_YEAR, "unknown", "***"},
	    {MASK_ROUND, "12345.67", "12000"},
	    {MASK_ROUND, "-0.01234", "-0.012"},
	    {MASK_ROUND, "x", "***"},
	    {MASK_NONE, "as it is", "as it is"},
	};
	Arena *arena = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Text masked = mask_text(app, rows[i].mask, text_of(rows[i].value), TEXT("1"), arena);
		assert_string_equal(text_cstr(arena, masked), rows[i].masked);
	}
	Text a = mask_text(app, MASK_HASH, TEXT("320281199001011234"), TEXT("1"), arena);
	Text b = mask_text(app, MASK_HASH, TEXT("320281199001011234"), TEXT("1"), arena);
	Text c = mask_text(app, MASK_HASH, TEXT("320281199001011234"), TEXT("2"), arena),
	     d = mask_text(app, MASK_HASH, TEXT("x"), TEXT("1"), arena);
	assert_true(text_eq(a, b));
	assert_false(text_eq(a, c));    /* another grant cannot compare */
	assert_int_equal(a.len, d.len); /* no length comes through */
	arena_free(arena);
}

/* --- accepting --------------------------------------------------------------------------------------------------------- */

static void test_accept_reasons(void **state) {
	static const char over[] = "123456789012345678901";
	static const struct {
		int field;
		const char *value, *rule;
	} rows[] = {
	    {NUMBER, NULL, "required"},      {NUMBER, "  ", "required"},       {PERSON, "", "required"},
	    {NUMBER, over, "length"},        {PERSON, "\xFF\xFE", "encoding"}, {PERSON, "张\xEF\xBF\xBD", "encoding"},
	    {BORN, "1990-02-30", "type"},    {BORN, "soon", "type"},           {BORN, "2023-02-29", "type"},
	    {INCOME, "12.345", "type"},      {INCOME, "1,200", "type"},        {INCOME, "-1", "range"},
	    {INCOME, "1000000.01", "range"}, {PHONE, "12345", "mobile"},       {BORN, "2015-01-01", "adult"},
	};
	Request *rq = request_begin(app, "test");
	Acceptor *acceptor;
	Accepted out = {.row_no = 9};
	Text texts[FIELDS];
	assert_int_equal(acceptor_new(rq, resource_of(rq), &acceptor), 0);
	texts_of(good_row, texts);
	assert_int_equal(accept_row(acceptor, texts, rq->arena, &out), 0);
	assert_int_equal(out.reason_count, 0);
	assert_int_equal(out.notes, 0);
	assert_int_equal(out.row_no, 9);
	assert_int_equal(out.digest.count, 1);
	assert_int_equal(out.values[INCOME].i, 120050);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		texts_of(good_row, texts);
		texts[rows[i].field] = text_of(rows[i].value);
		assert_int_equal(accept_row(acceptor, texts, rq->arena, &out), 0);
		if (out.reason_count != 1 || strcmp(out.reasons[0].rule, rows[i].rule) != 0)
			flunk("row %zu: %d reasons, first %s\n", i, out.reason_count,
			      out.reason_count ? out.reasons[0].rule : "");
		assert_true(out.reasons[0].message[0] && out.reasons[0].advice[0]);
	}
	texts_of(good_row, texts);
	texts[PERSON] = (Text){"张\0三", 7};
	accept_row(acceptor, texts, rq->arena, &out);
	assert_string_equal(out.reasons[0].rule, "nul");
	for (int i = 0; i < FIELDS; i++)
		texts[i] = TEXT("\xFF");
	accept_row(acceptor, texts, rq->arena, &out);
	assert_int_equal(out.reason_count, FIELDS); /* every field says its own */
	request_end(rq);
}

static void test_accept_normalises(void **state) {
	static const struct {
		int field;
		const char *value, *kept;
	} rows[] = {
	    {NUMBER, " Ａ１　", "A1"},
	    {PERSON, "\t张三\n", "张三"},
	    {TOWN, "澄江（一）村１组", "澄江（一）村1组"},
	    {TOWN, "e\xCC\x81t\xC3\xA9", "\xC3\xA9t\xC3\xA9"},
	    {PHONE, "１３８ 1234 5678", "13812345678"},
	    {PHONE, "+86 138-1234-5678", "13812345678"},
	};
	Request *rq = request_begin(app, "test");
	Acceptor *acceptor;
	Accepted out = {0};
	Text texts[FIELDS];
	assert_int_equal(acceptor_new(rq, resource_of(rq), &acceptor), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		texts_of(good_row, texts);
		texts[rows[i].field] = text_of(rows[i].value);
		accept_row(acceptor, texts, rq->arena, &out);
		assert_int_equal(out.reason_count, 0);
		assert_string_equal(text_cstr(rq->arena, out.values[rows[i].field].t), rows[i].kept);
		assert_true(out.notes >= 1);
	}
	static const char *const dates[] = {"1990/5/17", "19900517", "1990年5月17日", "１９９０－０５－１７",
	                                    "1990-05-17 00:00:00"};
	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
		texts_of(good_row, texts);
		texts[BORN] = text_of(dates[i]);
		accept_row(acceptor, texts, rq->arena, &out);
		assert_int_equal(out.reason_count, 0);
		assert_int_equal(out.values[BORN].i, date_from_civil(1990, 5, 17));
	}
	texts_of(good_row, texts);
	texts[INCOME] = TEXT("1200.5000");
	texts[TOWN] = TEXT("");
	accept_row(acceptor, texts, rq->arena, &out);
	assert_int_equal(out.values[INCOME].i, 120050);
	assert_int_equal(out.values[TOWN].kind, VAL_TEXT); /* a quoted empty text is a text */
	texts[TOWN] = TEXT("   ");
	accept_row(acceptor, texts, rq->arena, &out);
	assert_int_equal(out.values[TOWN].kind, VAL_NULL);
	request_end(rq);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_masks, setup_sqlite, teardown),
	    cmocka_unit_test_setup_teardown(test_accept_reasons, setup_sqlite, teardown),
	    cmocka_unit_test_setup_teardown(test_accept_normalises, setup_sqlite, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
