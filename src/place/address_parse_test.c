/* Parts of addresses as people write them, and the keys by which they are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format off: it uses what stands above */
#include <cmocka.h>
/* clang-format on */
#include "place/address.h"

static void parts(void **state) {
	static const struct {
		const char *text, *town, *road, *number, *building, *room;
	} cases[] = {
	    {"江阴市澄江街道人民中路12号", "澄江街道", "人民中路", "12", "", ""},
	    {"人民中路１２-1号３幢４０２室", "", "人民中路", "12-1", "3", "402"},
	    {"江苏省无锡市江阴市周庄镇 周西村 环镇路 8号", "周庄镇", "环镇路", "8", "", ""},
	    {"中山大道5号楼201室", "", "中山大道", "", "5", "201"},
	    {"澄江街道", "澄江街道", "", "", "", ""},
	    {"Av. 18 de Julio 1234, Montevideo", "montevideo", "av. 18 de julio ", "1234", "", ""},
	    {"Bulevar España", "", "bulevar espana", "", "", ""},
	    {"江阴市周庄镇周西村8号", "周庄镇", "周西村", "8", "", ""},
	    {"澄江街道阳光花园3幢402室", "澄江街道", "阳光花园", "", "3", "402"},
	    {"澄江街道阳光小区3栋2单元501", "澄江街道", "阳光小区", "", "3", "501"},
	    {"阳光小区三栋二单元五〇一室", "", "阳光小区", "", "3", "501"},
	    {"人民中路十二号", "", "人民中路", "12", "", ""},
	    {"澄江街道人民中路12", "澄江街道", "人民中路", "12", "", ""},
	    {"人民中路12-1", "", "人民中路", "12-1", "", ""},
	    {"人民中路3幢", "", "人民中路", "", "3", ""},
	    {"人民中路一百二十号", "", "人民中路", "120", "", ""},
	    {"五一路一千零八号", "", "五一路", "1008", "", ""},
	    {"人民中路二〇三号十三幢", "", "人民中路", "203", "13", ""},
	    {"１２号", "", "", "12", "", ""},
	    {"千号", "", "千", "", "", ""},
	    {"5号楼花园社区", "", "", "", "5", ""}, /* the building is written before what lies above it */
	    {"3座乡", "3座乡", "", "", "3", ""},
	    {"", "", "", "", "", ""},
	    {"号", "", "", "", "", ""},
	};
	Arena *arena = arena_new();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		AddressParts found;
		address_parse(arena, text_of(cases[i].text), &found);
		assert_string_equal(found.town, cases[i].town);
		assert_string_equal(found.road, cases[i].road);
		assert_string_equal(found.number, cases[i].number);
		assert_string_equal(found.building, cases[i].building);
		assert_string_equal(found.room, cases[i].room);
	}
	arena_free(arena);
}

static void units(void **state) {
	Arena *arena = arena_new();
	AddressParts found;
	address_parse(arena, TEXT("阳光小区3栋二单元501"), &found);
	assert_string_equal(found.unit, "2");
	address_parse(arena, TEXT("人民中路12号3幢402室"), &found);
	assert_string_equal(found.unit, "");
	arena_free(arena);
}

static void keys(void **state) {
	static const char *const same[][2] = {
	    {"Av. 18 de Julio", "18 DE JULIO"}, {"Bulevar España", "espana"}, {"人民 中路", "人民中路"}, {"ＸＸ路", "xx路"}};
	Arena *arena = arena_new();
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_string_equal(address_key(arena, text_of(same[i][0])), address_key(arena, text_of(same[i][1])));
	assert_string_equal(address_key(arena, TEXT("calle")), "calle"); /* the word alone is a name */
	assert_int_equal(address_number(TEXT("12-1")), 12);
	assert_int_equal(address_number(TEXT("bis")), 0);
	arena_free(arena);
}

static void apart(void **state) {
	static const struct {
		const char *a, *b;
		int most, apart;
	} cases[] = {{"", "", 1, 0},
	             {"人民中路", "人民中路", 1, 0},
	             {"人民中路", "仁民中路", 1, 1},
	             {"rondeau", "rondaeu", 2, 1},
	             {"rondeau", "rondeu", 2, 1},
	             {"rondeau", "rivera", 2, 3},
	             {"abc", "abcdef", 2, 3}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(address_apart(cases[i].a, cases[i].b, cases[i].most), cases[i].apart);
		assert_int_equal(address_apart(cases[i].b, cases[i].a, cases[i].most), cases[i].apart);
	}
	assert_int_equal(address_letters("人民路a"), 4);
}

static void crossings(void **state) {
	static const struct {
		const char *text, *town, *first, *second;
		bool sure;
	} cases[] = {
	    {"人民路与中山路交叉口", "", "人民路", "中山路", true},
	    {"江阴市澄江街道人民路和中山路的交叉路口附近", "澄江街道", "人民路", "中山路", true},
	    {"人民路/中山路路口", "", "人民路", "中山路", true},
	    {"人民路、中山北路", "", "人民路", "中山北路", true},
	    {"人民路中山路口", "", "人民路", "中山路", true},
	    {"澄江街道人民路中山路口", "澄江街道", "人民路", "中山路", true},
	    {"解放大道建设大道口东侧", "", "解放大道", "建设大道", true},
	    {"人民、中山路口", "", "人民", "中山路", true},
	    {"南京东路近河南中路", "", "南京东路", "河南中路", true},
	    {"1号路与2号路交叉口", "", "1号路", "2号路", true},
	    {"人民路中山路东北角", "", "人民路", "中山路", true},
	    {"Rivera & Brito del Pino, Montevideo", "montevideo", "rivera", "brito del pino", true},
	    {"Av. 18 de Julio esquina Ejido", "", "av. 18 de julio", "ejido", true},
	    {"corner of Rivera and Soca", "", "rivera", "soca", true},
	    {"Ruta 8 / Camino Maldonado", "", "ruta 8", "camino maldonado", true},
	    {"Treinta y Tres", "", "treinta", "tres", false},
	    {"Main and 4th", "", "main", "4th", false},
	};
	static const char *const none[] = {
	    "人民路",           "人民中路12号", "人民路12号与中山路",    "中和路口",   "人民路口", "路口",
	    "澄江街道和平社区", "人民路与",     "Rivera 1234",           "Rivera",     "",         "&",
	    "corner of ",       "的交叉口",     "Rivera 1234 esq. Soca", "澄江街道口", "交叉口",   "和平路和睦小区"};
	Arena *arena = arena_new();
	AddressCrossing found[ADDRESS_CROSSINGS_MAX];
	bool sure;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		print_message("%s\n", cases[i].text);
		assert_true(address_crossings(arena, text_of(cases[i].text), found, &sure) > 0);
		assert_string_equal(found[0].roads[0], cases[i].first);
		assert_string_equal(found[0].roads[1], cases[i].second);
		assert_string_equal(found[0].town, cases[i].town);
		assert_int_equal(sure, cases[i].sure);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		print_message("%s\n", none[i]);
		assert_int_equal(address_crossings(arena, text_of(none[i]), found, &sure), 0);
	}
	/* roads whose names have the word: all splits, the finder knows which roads there are */
	assert_int_equal(address_crossings(arena, TEXT("Batlle y Ordoñez y Rivera"), found, &sure), 2);
	assert_string_equal(found[1].roads[0], "batlle y ordonez");
	/* one that says so outright goes before others, however many they are */
	assert_int_equal(
	    address_crossings(arena, TEXT("a and b and c and d and e and f and g and h and i & rivera"), found, &sure), 1);
	assert_string_equal(found[0].roads[1], "rivera");
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(parts), cmocka_unit_test(units), cmocka_unit_test(keys),
	                                   cmocka_unit_test(apart), cmocka_unit_test(crossings)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
