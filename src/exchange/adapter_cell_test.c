/* Tests of cells in a foreign template. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail
#include "exchange/adapter.h"

static Arena *arena;

static AdapterColumn column_of(AdapterData data, const char *field, const json_t *codes) {
	return (AdapterColumn){.column = "列", .field = adapter_field(data, text_of(field)), .codes = codes};
}

static void takes(const AdapterColumn *column, const char *cell, const char *value) {
	Reason reason;
	Text got;
	assert_int_equal(adapter_cell_in(arena, column, text_of(cell), &got, &reason), 0);
	if (value)
		assert_string_equal(text_cstr(arena, got), value);
	else
		assert_null(got.at);
}

static void refuses(const AdapterColumn *column, const char *cell, const char *rule) {
	Reason reason;
	Text got;
	assert_int_equal(adapter_cell_in(arena, column, text_of(cell), &got, &reason), -1);
	assert_string_equal(reason.rule, rule);
	assert_string_equal(reason.field, "列");
	assert_true(*reason.advice);
}

static void translates(void **state) {
	json_t *codes = json_pack("{s:s, s:s, s:s}", "有条件共享", "conditional", "有条件", "conditional", "不予共享", "none");
	json_t *out = json_pack("{s:s}", "unconditional", "全部共享");
	AdapterColumn column = column_of(ADAPTER_CATALOGUE, "sharing", codes);
	column.out = out;
	takes(&column, " 有条件 ", "conditional");
	takes(&column, "conditional", "conditional");
	refuses(&column, "随便", "code");
	takes(&column, "", NULL);
	column.fallback = "none";
	takes(&column, "", "none");
	column.fallback = NULL;
	column.required = true;
	refuses(&column, "", "required");
	assert_string_equal(text_cstr(arena, adapter_cell_out(arena, &column, TEXT("conditional"))), "有条件共享");
	assert_string_equal(text_cstr(arena, adapter_cell_out(arena, &column, TEXT("unconditional"))), "全部共享");
	json_decref(codes);
	json_decref(out);
}

static void lists_and_types(void **state) {
	json_t *codes = json_pack("{s:s, s:s}", "数据库", "database", "表格", "xlsx");
	AdapterColumn formats = column_of(ADAPTER_CATALOGUE, "formats", codes),
	              length = column_of(ADAPTER_CATALOGUE, "item_length", NULL),
	              until = column_of(ADAPTER_REQUESTS, "until", NULL), class = column_of(ADAPTER_CATALOGUE, "class", NULL);
	takes(&formats, "数据库、表格;csv ，", "database、xlsx、csv");
	refuses(&formats, "数据库、磁带", "code");
	assert_string_equal(text_cstr(arena, adapter_cell_out(arena, &formats, TEXT("database、csv"))), "数据库、csv");
	takes(&length, "0020", "20");
	refuses(&length, "二十", "type");
	takes(&until, "2026年1月2日", "2026-01-02");
	refuses(&until, "2026-02-30", "type");
	takes(&class, "不读", NULL);
	json_decref(codes);
}

static int set_up(void **state) {
	arena = arena_new();
	return 0;
}

static int tear_down(void **state) {
	arena_free(arena);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(translates, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(lists_and_types, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
