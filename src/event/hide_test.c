/* Unit tests of hide: what is taken out of the words of a confidential report, and what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "event/event.h"
#include <string.h>

#define X "[已隐去]"

static void test_words(void **state) {
	static const struct {
		const char *name, *phone, *said, *shown;
	} rows[] = {
	    {"张三丰", "13812345678", "我是张三丰，花园二村3栋路灯不亮，电话13812345678",
	     "我是" X "，花园二村3栋路灯不亮，电话" X},
	    {"张三丰", "13812345678", "张 三 丰反映，138-1234-5678 或 138 1234 5678", X "反映，" X " 或 " X},
	    {"张三丰", "13812345678", "＋86１３８１２３４５６７８，叫我老张或张先生，三丰也行",
	     "＋" X "，叫我老" X "或" X "，" X "也行"},
	    {"", "13812345678", "打 12345678 找我", "打 " X " 找我"}, /* the number without its beginning */
	    {"", "0510-86861234", "家里86861234没人接", "家里" X "没人接"},
	    {"", "", "我叫王建国住在花园二村，微信 wang_jg88，wjg@example.cn", "我叫" X "住在花园二村，微信 " X "，" X},
	    {"", "", "幺三八零零零零幺幺幺幺打给我", X "打给我"},
	    {"", "", "身份证32028119800101123X，卡号6222021234567890123", "身份证" X "，卡号" X},
	    {"", "", "店主电话8686123 4", "店主电话" X},
	    {"", "", "我住15-2 13900001111，或 13812345678 13912345678", "我住15-2 " X "，或 " X " " X}, /* beside other digits */
	    /* what is needed to deal with it stays */
	    {"李四", "13812345678", "灯杆编号 320281004512，四月三日起不亮", "灯杆编号 320281004512，四月三日起不亮"},
	    {"李四", "13812345678", "二〇二六年第3号公告，12345，李四路", "二〇二六年第3号公告，12345，" X "路"},
	    {"", "", "我是花园二村的居民，高层 1801 室漏水", "我是花园二村的居民，高层 1801 室漏水"},
	    {"", "", "我是张家港路口的业主，2026-11-28 20:30 起断水", "我是张家港路口的业主，2026-11-28 20:30 起断水"},
	    {"", "", "", ""},
	};
	Arena *arena = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(text_cstr(arena, event_words_hide(arena, text_of(rows[i].said), text_of(rows[i].name),
		                                                      text_of(rows[i].phone))),
		                    rows[i].shown);
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
