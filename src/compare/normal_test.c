/* Values in the form in which they are compared, and the sifting of rows into differences is seen end to end (compare.test.mjs).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "compare/internal.h"

static void assert_normal(CompareForm form, const char *value, const char *expected) {
	Arena *arena = arena_new();
	Text out = compare_normal(form, text_of(value), arena);
	assert_string_equal(out.at ? text_cstr(arena, out) : "(none)", expected);
	arena_free(arena);
}

static void texts(void **state) {
	assert_normal(FORM_EXACT, " a ", " a ");
	assert_normal(FORM_LOOSE, " 苏Ｂ·１２ 3a ", "苏B·123A");
	assert_normal(FORM_LOOSE, "　", "(none)");
	assert_normal(FORM_LOOSE, "", "(none)");
}

static void numbers(void **state) {
	assert_normal(FORM_NUMBER, "12.0", "12");
	assert_normal(FORM_NUMBER, "1.2e1", "12");
	assert_normal(FORM_NUMBER, "-0", "0");
	assert_normal(FORM_NUMBER, "约12", "约12");
}

static void dates(void **state) {
	assert_normal(FORM_DATE, "2026-01-02", "20260102");
	assert_normal(FORM_DATE, "2026/1/2", "20260102");
	assert_normal(FORM_DATE, "2026年1月2日", "20260102");
	assert_normal(FORM_DATE, "20260102", "20260102");
	assert_normal(FORM_DATE, "2026-01-02T08:00:00+08:00", "20260102");
	assert_normal(FORM_DATE, "2026-13-02", "2026-13-02");
	assert_normal(FORM_DATE, "不详", "不详");
	assert_normal(FORM_DATE, "2026-1", "2026-1");
}

static void citizens(void **state) {
	assert_normal(FORM_CITIZEN, "110105491231002", "11010519491231002X");
	assert_normal(FORM_CITIZEN, "11010519491231002x", "11010519491231002X");
	assert_normal(FORM_CITIZEN, "1101054912310", "1101054912310");
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(texts), cmocka_unit_test(numbers), cmocka_unit_test(dates),
	                                   cmocka_unit_test(citizens)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
