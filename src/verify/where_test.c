/* Which field of an entry says where a thing is: by its data element before its name or title, the first in the entry's order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "verify/internal.h"

typedef struct Row {
	const char *name, *title, *element;
	FieldKind kind;
} Row;

/* The name of the field found, "" none; rows end with a name NULL. */
static const char *found(const Row *rows) {
	static Field fields[10];
	Resource resource = {.fields = fields};
	for (; rows[resource.field_count].name; resource.field_count++)
		fields[resource.field_count] = (Field){.no = resource.field_count + 1,
		                                       .name = rows[resource.field_count].name,
		                                       .title = rows[resource.field_count].title,
		                                       .element = rows[resource.field_count].element,
		                                       .kind = rows[resource.field_count].kind};
	const Field *field = address_field(&resource);
	return field ? field->name : "";
}
#define FOUND(...) found((const Row[]){__VA_ARGS__, {0}})
#define PLAIN(name, title)                                                                                                       \
	{ name, title, "", KIND_TEXT }

static void test_by_element(void **state) {
	assert_string_equal(FOUND(PLAIN("address", "经营地址"), {"place", "位置", "BZDZ", KIND_TEXT}), "place");
	/* a standard address (BZDZ) before where it was registered (HKSZD), wherever they stand */
	assert_string_equal(FOUND({"home", "户口所在地", "HKSZD", KIND_TEXT}, {"std", "标准地址", "BZDZ", KIND_TEXT}), "std");
	assert_string_equal(FOUND({"parcel", "权利", "BDCZL", KIND_TEXT}, {"home", "户口", "HKSZD", KIND_TEXT}), "parcel");
	assert_string_equal(FOUND({"seat", "注册", "ZS", KIND_TEXT}, {"living", "居住", "JZDZ", KIND_TEXT}), "living");
	/* part of an element's code is another element */
	assert_string_equal(FOUND({"code", "编码", "BZDZBM", KIND_TEXT}), "");
}

static void test_by_name(void **state) {
	assert_string_equal(FOUND(PLAIN("no", "编号"), PLAIN("address", "位置")), "address");
	assert_string_equal(FOUND(PLAIN("no", "编号"), PLAIN("a1", "经营地址")), "a1");
	assert_string_equal(FOUND(PLAIN("a1", "法定代表人住所")), "a1");
	assert_string_equal(FOUND(PLAIN("a1", "不动产坐落")), "a1");
	assert_string_equal(FOUND(PLAIN("a1", "现住址（区县）")), "a1");
	/* the first in the entry's order, by name or by title */
	assert_string_equal(FOUND(PLAIN("a1", "经营地址"), PLAIN("address", "地址")), "a1");
	assert_string_equal(FOUND(PLAIN("address", "位置"), PLAIN("a1", "经营地址")), "address");
}

static void test_none(void **state) {
	assert_string_equal(found((const Row[]){{0}}), "");
	assert_string_equal(FOUND(PLAIN("no", "编号"), PLAIN("mail", "电子邮箱")), "");
	/* only what is a text can be looked up */
	assert_string_equal(
	    FOUND({"address", "地址", "", KIND_CODE}, {"a1", "住址编号", "", KIND_INTEGER}, {"shape", "坐落", "", KIND_GEOMETRY}),
	    "");
	assert_string_equal(FOUND({"address", "地址", "", KIND_CODE}, PLAIN("a1", "住址")), "a1");
	assert_string_equal(FOUND({"std", "标准地址代码", "BZDZ", KIND_CODE}, PLAIN("a1", "住址")), "a1");
	assert_string_equal(FOUND(PLAIN("addresses", "经营场所")), "");
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_element), cmocka_unit_test(test_by_name),
	                                   cmocka_unit_test(test_none)};
	return cmocka_run_group_tests_name("where", tests, NULL, NULL);
}
