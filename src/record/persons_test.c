/* Numbers of persons in texts; nothing else that is made of digits. */
#include "base/base.h"
#include "record/open.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void test_texts(void **state) {
	static const struct {
		const char *text;
		bool person;
	} rows[] = {{"13812345678", true},
	            {"联系人张三 13812345678，请来电", true},
	            {"+8613812345678", true},
	            {"008613812345678", true},
	            {"身份证11010519491231002X", true},
	            {"身份证 11010519491231002x。", true},
	            {"320281199001011238", false}, /* wrong check character */
	            {"110105194913310028", false}, /* month 13 */
	            {"6222026006705354217", false},
	            {"62220260067053542", false},
	            {"6226090000000048", true},
	            {"12812345678", false},  /* no mobile number begins so */
	            {"138123456789", false}, /* twelve digits */
	            {"8512345678901", false},
	            {"008602086861234", false}, /* a fixed line of Guangzhou */
	            {"0510-86861234", false},
	            {"91320281MA1XXXXX0X", false},
	            {"2026112813812345678", false},
	            {"无", false},
	            {"", false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (text_names_person(text_of(rows[i].text)) != rows[i].person) fail_msg("%s", rows[i].text);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
