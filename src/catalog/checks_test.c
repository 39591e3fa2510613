/* Check functions against published numbers (GB examples, python-stdnum's tests, codes published by registries). */
#include "catalog/divisions.h"
#include <setjmp.h>
#include <cmocka.h>

static int32_t day(int year, int month, int date) {
	return date_from_civil(year, month, date);
}

static Divisions *sample_divisions(Arena *arena) {
	const DivisionRow rows[] = {
	    {TEXT("110000000000"), "北京市", DAY_ALWAYS, DAY_NEVER},
	    {TEXT("110105"), "朝阳区", DAY_ALWAYS, DAY_NEVER},
	    {TEXT("320000"), "江苏省", DAY_ALWAYS, DAY_NEVER},
	    {TEXT("320200"), "无锡市", DAY_ALWAYS, DAY_NEVER},
	    {TEXT("320281"), "江阴市", date_from_civil(1995, 1, 1), DAY_NEVER},
	    {TEXT("320281001"), "澄江街道", DAY_ALWAYS, DAY_NEVER},
	    {TEXT("320282"), "宜兴市", date_from_civil(1995, 1, 1), DAY_NEVER},
	    {TEXT("440000"), "广东省", DAY_ALWAYS, DAY_NEVER},
	    {TEXT("440524"), "潮阳县", date_from_civil(1983, 1, 1), date_from_civil(1993, 12, 31)},
	    {TEXT("441900"), "东莞市", DAY_ALWAYS, DAY_NEVER},
	    {TEXT("441900003"), "东城街道", DAY_ALWAYS, DAY_NEVER},
	    {TEXT("500000"), "旧", DAY_ALWAYS, date_from_civil(1990, 1, 1)},
	    {TEXT("500000"), "重庆市", date_from_civil(1997, 1, 1), DAY_NEVER},
	    {TEXT("990000"), "演示市", DAY_ALWAYS, DAY_NEVER},
	    {TEXT("990001"), "演示", DAY_ALWAYS, DAY_NEVER},
	};
	return divisions_new(arena, rows, sizeof rows / sizeof *rows);
}

typedef struct Case {
	Check check;
	const char *value;
	int result;
	const char *kept;
} Case;

static void run_cases(const Case *cases, size_t count, const Divisions *divisions, int32_t date) {
	Arena *arena = arena_new();
	for (size_t i = 0; i < count; i++) {
		Text out = TEXT_NONE;
		const char *why = NULL;
		int result = check_text(divisions, cases[i].check, text_of(cases[i].value), date, arena, &out, &why);
		if (result != cases[i].result)
			fail_msg("%s: %d, expected %d (%s)", cases[i].value, result, cases[i].result, why ? why : "no reason");
		if (result < 0)
			assert_null(out.at);
		else
			assert_true(text_is(out, cases[i].kept ? cases[i].kept : cases[i].value));
		assert_int_equal(why != NULL, result != 0);
	}
	arena_free(arena);
}
#define RUN(cases, divisions, date) run_cases(cases, sizeof cases / sizeof *cases, divisions, date)

static void citizen_numbers(void **state) {
	static const Case cases[] = {
	    {CHECK_GB11643, "360426199101010071", 0, NULL},
	    {CHECK_GB11643, "44011320141005001X", 0, NULL},
	    {CHECK_GB11643, "412723199010050012", 0, NULL},
	    {CHECK_GB11643, "120110199212010072", 0, NULL},
	    {CHECK_GB11643, "11010519491231002X", 0, NULL},
	    {CHECK_GB11643, "440524188001015368", 0, NULL},
	    {CHECK_GB11643, "11010519491231002x", 1, "11010519491231002X"},
	    {CHECK_GB11643, " 110105 19491231 002X ", 1, "11010519491231002X"},
	    {CHECK_GB11643, "１１０１０５１９４９１２３１００２Ｘ", 1, "11010519491231002X"},
	    {CHECK_GB11643, "110105195001010014", -1, NULL},
	    {CHECK_GB11643, "36042619910102009X", -1, NULL},
	    {CHECK_GB11643, "110105199002300010", -1, NULL}, /* 30 February */
	    {CHECK_GB11643, "11010529491231002X", -1, NULL}, /* not born yet */
	    {CHECK_GB11643, "11010519491231002", -1, NULL},
	    {CHECK_GB11643, "1101051949123100X2", -1, NULL},
	    {CHECK_GB11643, "", -1, NULL},
	    {CHECK_GB11643, "\xff\xfe", -1, NULL},
	    {CHECK_GB11643, "110105491231002", -1, NULL},
	    {CHECK_GB11643_15, "110105491231002", 1, "11010519491231002X"},
	    {CHECK_GB11643_15, "11010519491231002X", 0, NULL},
	    {CHECK_GB11643_15, "110105491331002", -1, NULL},
	};
	RUN(cases, NULL, DATE_TODAY);
}

static void citizen_regions(void **state) {
	Arena *arena = arena_new();
	Divisions *divisions = sample_divisions(arena);
	static const Case cases[] = {
	    {CHECK_GB11643, "11010519491231002X", 0, NULL},
	    {CHECK_GB11643, "360426199101010071", -1, NULL}, /* province not in the sample */
	    {CHECK_GB11643, "440524188001015368", 0, NULL},  /* in force after the birth */
	    {CHECK_GB11643, "44011320141005001X", 1, NULL},  /* county not listed, province is */
	};
	RUN(cases, divisions, DATE_TODAY);
	char number[19] = "44052420000101001";
	number[17] = gb11643_check_char(number);
	const Case late[] = {{CHECK_GB11643, number, 1, NULL}};
	RUN(late, divisions, DATE_TODAY);
	char demo[19] = "99000119900101001", outside[19] = "99009919900101001", taiwan[19] = "83000019900101001";
	demo[17] = gb11643_check_char(demo);
	outside[17] = gb11643_check_char(outside);
	taiwan[17] = gb11643_check_char(taiwan);
	const Case block[] = {
	    {CHECK_GB11643, demo, 0, NULL}, {CHECK_GB11643, outside, -1, NULL}, {CHECK_GB11643, taiwan, 0, NULL}};
	RUN(block, divisions, DATE_TODAY);
	arena_free(arena);
}

static void organisations(void **state) {
	static const Case cases[] = {
	    {CHECK_GB32100, "121200004013590816", 0, NULL},
	    {CHECK_GB32100, "91110000600037341L", 0, NULL},
	    {CHECK_GB32100, "91110000710926094P", 0, NULL},
	    {CHECK_GB32100, "911522010783710635", 0, NULL},
	    {CHECK_GB32100, "911522010783762860", 0, NULL},
	    {CHECK_GB32100, "91340600MA2PBMDH5R", 0, NULL},
	    {CHECK_GB32100, "91350100M000100Y43", 0, NULL},
	    {CHECK_GB32100, "9115220107837757XE", 0, NULL},
	    {CHECK_GB32100, "91340600ma2pbmdh5r", 1, "91340600MA2PBMDH5R"},
	    {CHECK_GB32100, "91110000600037341N", -1, NULL},
	    {CHECK_GB32100, "A1110000600037341L", -1, NULL},
	    {CHECK_GB32100, "9111000060003IOZSV", -1, NULL},
	    {CHECK_GB32100, "9111000060003734", -1, NULL},
	    /* published early Fujian codes: wrong check character, real companies */
	    {CHECK_GB32100, "91350100M0001TGQXM", 1, NULL},
	    {CHECK_GB32100, "91350211M0000XUF46", 1, NULL},
	    {CHECK_GB32100, "91350203M0001FUE2P", 1, NULL},
	    {CHECK_GB11714, "MA1FL0LY9", 0, NULL},
	    {CHECK_GB11714, "768225469", 0, NULL},
	    {CHECK_GB11714, "87654321-0", 1, "876543210"},
	    {CHECK_GB11714, "L1832212-3", 1, "L18322123"},
	    {CHECK_GB11714, "768225468", -1, NULL},
	    {CHECK_GB11714, "7682254", -1, NULL},
	};
	RUN(cases, NULL, DATE_TODAY);
}

static void other_checks(void **state) {
	static const Case cases[] = {
	    {CHECK_GB37346, "320281001002GB00003F00010001", 0, NULL},
	    {CHECK_GB37346, "320281 001002 GB00003 W00000000", 1, "320281001002GB00003W00000000"},
	    {CHECK_GB37346, "320281001002gb00003f00010001", 1, "320281001002GB00003F00010001"},
	    {CHECK_GB37346, "320281001002JC00003F0001000", -1, NULL}, /* 27 */
	    {CHECK_GB37346, "32028100100AGB00003F00010001", -1, NULL},
	    {CHECK_GB37346, "320281001002XB00003F00010001", -1, NULL},
	    {CHECK_GB37346, "320281001002G100003F00010001", -1, NULL},
	    {CHECK_GB37346, "320281001002GB00003X00010001", -1, NULL},
	    {CHECK_GB37346, "320281001002GB00003W00000001", -1, NULL},
	    {CHECK_GB37346, "", -1, NULL},
	    {CHECK_MOBILE, "13812345678", 0, NULL},
	    {CHECK_MOBILE, "+8613812345678", 1, "13812345678"},
	    {CHECK_MOBILE, "138-1234-5678", 1, "13812345678"},
	    {CHECK_MOBILE, "１３８１２３４５６７８", 1, "13812345678"},
	    {CHECK_MOBILE, "12812345678", -1, NULL},
	    {CHECK_MOBILE, "1381234567", -1, NULL},
	    {CHECK_MOBILE, "", -1, NULL},
	    {CHECK_PLATE, "苏B12345", 0, NULL},
	    {CHECK_PLATE, "苏b1234Q", 1, "苏B1234Q"},
	    {CHECK_PLATE, "苏BD12345", 0, NULL},
	    {CHECK_PLATE, "苏B12345D", 0, NULL},
	    {CHECK_PLATE, "苏A1234警", 0, NULL},
	    {CHECK_PLATE, "使014578", 0, NULL},
	    {CHECK_PLATE, "苏BO2345", -1, NULL},
	    {CHECK_PLATE, "苏12345", -1, NULL},
	    {CHECK_PLATE, "苏B1234", -1, NULL},
	    {CHECK_PLATE, "ABCDEFGH", -1, NULL},
	    {CHECK_PLATE, "苏B1234567", -1, NULL},
	    {CHECK_EMAIL, "a.b@example.cn", 0, NULL},
	    {CHECK_EMAIL, " a@example.cn ", 1, "a@example.cn"},
	    {CHECK_EMAIL, "a@b", -1, NULL},
	    {CHECK_EMAIL, "@b.cn", -1, NULL},
	    {CHECK_EMAIL, "a b@c.cn", -1, NULL},
	    {CHECK_EMAIL, "a@b..cn", -1, NULL},
	    {CHECK_EMAIL, "a@b@c.cn", -1, NULL},
	    {CHECK_LONGITUDE, "120.28", 0, NULL},
	    {CHECK_LONGITUDE, "180.01", -1, NULL},
	    {CHECK_LONGITUDE, "abc", -1, NULL},
	    {CHECK_LATITUDE, "31.9", 0, NULL},
	    {CHECK_LATITUDE, "120.28", -1, NULL},
	    {CHECK_LATITUDE, "３１.9", 1, "31.9"},
	    {CHECK_NONE, " anything ", 0, NULL},
	};
	RUN(cases, NULL, DATE_TODAY);
}

static void divisions_by_date(void **state) {
	Arena *arena = arena_new();
	Divisions *divisions = sample_divisions(arena);
	static const Case today[] = {
	    {CHECK_GB2260, "320281", 0, NULL},
	    {CHECK_GB2260, "320281001", 0, NULL},
	    {CHECK_GB2260, "320281001000", 0, NULL},
	    {CHECK_GB2260, "320281001007", 0, NULL}, /* villages of the town are not listed, so the town decides */
	    {CHECK_GB2260, "320281099", -1, NULL},   /* its towns are */
	    {CHECK_GB2260, "320282001", 0, NULL},
	    {CHECK_GB2260, "320299", -1, NULL},
	    {CHECK_GB2260, "440524", -1, NULL},
	    {CHECK_GB2260, "441900003", 0, NULL},
	    {CHECK_GB2260, "441900", 0, NULL},
	    {CHECK_GB2260, "3202", -1, NULL},
	    {CHECK_GB2260, "32028x", -1, NULL},
	    {CHECK_GB2260, "３２０２８１", 1, "320281"},
	};
	RUN(today, divisions, day(2026, 11, 22));
	static const Case then[] = {{CHECK_GB2260, "440524", 0, NULL}, {CHECK_GB2260, "320281", -1, NULL}};
	RUN(then, divisions, day(1990, 1, 1));
	const char *name = NULL;
	assert_int_equal(divisions_valid(divisions, TEXT("50"), day(1989, 12, 31), &name), 1);
	assert_string_equal(name, "旧");
	assert_int_equal(divisions_valid(divisions, TEXT("500000"), day(1990, 1, 1), NULL), 0);
	assert_int_equal(divisions_valid(divisions, TEXT("500000"), day(1997, 1, 1), &name), 1);
	assert_string_equal(name, "重庆市");
	assert_int_equal(divisions_valid(divisions, TEXT("440524"), DATE_ANY, NULL), 1);
	arena_free(arena);
}

/* Every wrong digit and every swap of two different neighbours in a citizen number is found; likewise single errors in GB 32100.
 */
static void check_characters_catch_slips(void **state) {
	char id[19] = "11010519491231002X", code[19] = "91340600MA2PBMDH5R";
	for (int i = 0; i < 17; i++)
		for (char c = '0'; c <= '9'; c++) {
			char slip[19];
			memcpy(slip, id, sizeof slip);
			slip[i] = c;
			assert_int_equal(gb11643_check_char(slip) == 'X', c == id[i]);
		}
	for (int i = 0; i < 17; i++)
		for (const char *c = "0123456789ABCDEFGHJKLMNPQRTUWXY"; *c; c++) {
			char slip[19];
			memcpy(slip, code, sizeof slip);
			slip[i] = *c;
			assert_int_equal(gb32100_check_char(slip) == 'R', *c == code[i]);
		}
	assert_int_equal(gb32100_check_char("9134060OMA2PBMDH5"), '\0');
	assert_int_equal(gb11714_check_char("MA1FL0Ly"), '\0');
}

static void names_round_trip(void **state) {
	for (int i = 0; i < CHECK_COUNT; i++) {
		Check check = CHECK_COUNT;
		assert_int_equal(check_parse(text_of(check_name((Check)i)), &check), 0);
		assert_int_equal(check, i);
	}
	for (int i = 0; i < MASK_COUNT; i++) {
		Mask mask = MASK_COUNT;
		assert_int_equal(mask_parse(text_of(mask_name((Mask)i)), &mask), 0);
		assert_int_equal(mask, i);
	}
	FieldKind kind = FIELD_KIND_COUNT;
	assert_int_equal(field_kind_parse(TEXT("varchar"), &kind), -1);
	assert_int_equal(kind, FIELD_KIND_COUNT);
	assert_int_equal(field_kind_val(KIND_DECIMAL), VAL_INT);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(citizen_numbers),   cmocka_unit_test(citizen_regions),
	    cmocka_unit_test(organisations),     cmocka_unit_test(other_checks),
	    cmocka_unit_test(divisions_by_date), cmocka_unit_test(check_characters_catch_slips),
	    cmocka_unit_test(names_round_trip),
	};
	return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
