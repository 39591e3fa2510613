/* Unit tests of proposal.h: names, kinds, keys, elements, personal data and its masking, on small made-up tables. */
#include "exchange/proposal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const person_aliases[] = {"name"};
static const char *const name_aliases[] = {"企业名称", "单位名称"};
static const ProposalElement elements[] = {
    {.code = "DE001",
     .name = "公民身份号码",
     .grade = 4,
     .mask = MASK_ID,
     .check = CHECK_GB11643,
     .kind = KIND_TEXT,
     .length = 18},
    {.code = "DE002",
     .name = "姓名",
     .aliases = person_aliases,
     .alias_count = 1,
     .grade = 3,
     .mask = MASK_NAME,
     .kind = KIND_TEXT,
     .length = 50},
    {.code = "DE003", .name = "统一社会信用代码", .grade = 1, .check = CHECK_GB32100, .kind = KIND_TEXT, .length = 18},
    {.code = "DE004",
     .name = "机构名称",
     .aliases = name_aliases,
     .alias_count = 2,
     .grade = 1,
     .kind = KIND_TEXT,
     .length = 200},
    {.code = "DE005", .name = "成立日期", .grade = 1, .kind = KIND_DATE},
};

/* The answer as JSON, from the text of a CSV file. */
static json_t *propose(Arena *arena, const char *csv) {
	char path[] = "/tmp/proposal_test.XXXXXX";
	int fd = mkstemp(path);
	assert_int_equal(write(fd, csv, strlen(csv)), (ssize_t)strlen(csv));
	close(fd);
	Error error = {0};
	Reader *reader;
	if (reader_open(arena, path, NULL, &error, &reader) != 0) fail_msg("%s", error.message);
	unlink(path);
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	JsonWriter json;
	jw_begin(&json, out);
	jw_object(&json);
	assert_int_equal(proposal_write(reader, elements, sizeof elements / sizeof *elements, NULL, arena, &json), 0);
	jw_object_end(&json);
	json_t *answer = json_loadb(out->at, out->len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(answer);
	return answer;
}

static const json_t *field(const json_t *answer, int i) {
	return json_array_get(json_object_get(answer, "fields"), (size_t)i);
}

static const char *text(const json_t *object, const char *key) {
	const char *value = json_string_value(json_object_get(object, key));
	return value ? value : "";
}

static bool yes(const json_t *object, const char *key) {
	return json_is_true(json_object_get(object, key));
}

/* 17 digits and their check character. */
static void citizen(char out[19], int n) {
	snprintf(out, 19, "99028119%02d0%d%02d%03d", 50 + n % 40, 1 + n % 9, 1 + n % 28, n % 1000);
	out[17] = gb11643_check_char(out);
	out[18] = 0;
}

static void credit(char out[19], int n) {
	snprintf(out, 19, "91320281MA%06d0", n);
	for (int i = (int)strlen(out); i < 17; i++)
		out[i] = '0';
	out[17] = gb32100_check_char(out);
	out[18] = 0;
}

static void test_personal(void **state) {
	Arena *arena = arena_new();
	Buf *csv = ARENA_NEW(arena, Buf);
	buf_in(csv, arena);
	buf_str(csv, "证件,姓名,手机号,出生日期,统一社会信用代码,法人单位名称,备注\n");
	for (int i = 0; i < 60; i++) {
		char id[19], code[19];
		citizen(id, i);
		credit(code, i);
		buf_printf(csv, "%s,王%d,1380013%04d,19%02d-01-02,%s,江阴%d公司,\n", id, i, i, 50 + i % 40, code, i);
	}
	buf_char(csv, 0);
	json_t *answer = propose(arena, csv->at);
	assert_string_equal(text(answer, "format"), "csv");
	assert_int_equal(json_integer_value(json_object_get(answer, "rows_seen")), 60);
	const json_t *id = field(answer, 0);
	assert_string_equal(text(id, "element"), "DE001"); /* by check characters, whatever the header says */
	assert_string_equal(text(id, "check"), "gb11643");
	assert_string_equal(text(id, "mask"), "id");
	assert_int_equal(json_integer_value(json_object_get(id, "grade")), 4);
	assert_int_equal(json_array_size(json_object_get(id, "examples")), 0); /* nothing clear of L3 and L4 */
	assert_null(json_object_get(id, "distinct"));
	assert_string_equal(text(field(answer, 1), "element"), "DE002");
	assert_string_equal(text(field(answer, 2), "check"), "mobile");
	assert_string_equal(text(field(answer, 3), "kind"), "date");
	assert_int_equal(json_integer_value(json_object_get(field(answer, 3), "grade")), 3);
	assert_string_equal(text(field(answer, 4), "name"), "tyshxydm");
	assert_string_equal(text(field(answer, 4), "check"), "gb32100");
	assert_string_equal(text(field(answer, 5), "element"), "DE004"); /* ends like an alias */
	assert_string_equal(text(field(answer, 6), "kind"), "text");
	for (size_t i = 0; i < 7; i++) {
		assert_true(strlen(text(field(answer, (int)i), "why")) > 3);
		assert_true(strlen(text(field(answer, (int)i), "name")) > 0);
	}
	json_decref(answer);
	arena_free(arena);
}

static void test_kinds(void **state) {
	Arena *arena = arena_new();
	Buf *csv = ARENA_NEW(arena, Buf);
	buf_in(csv, arena);
	buf_str(csv, "BusinessName,zip,count,price,weird,when,flag,longitude,名称,名称2,Business Name,编号\n");
	for (int i = 0; i < 40; i++)
		buf_printf(csv, "n%d,0%04d,%d,%d.%02d,1e%d,2026-01-02 03:%02d:00,%s,120.%06d,甲,乙,x,%d\n", i % 7, i, i * 3, i,
		           i % 100, i, i % 60, i % 2 ? "是" : "否", i * 77, 1000 + i);
	buf_char(csv, 0);
	json_t *answer = propose(arena, csv->at);
	static const struct {
		const char *name, *kind;
	} wanted[] = {{"business_name", "text"}, {"zip", "text"},         {"count", "integer"},        {"price", "decimal"},
	              {"weird", "double"},       {"when", "time"},        {"flag", "boolean"},         {"longitude", "double"},
	              {"ming_cheng", "text"},    {"ming_cheng2", "text"}, {"business_name_2", "text"}, {"bian_hao", "text"}};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		assert_string_equal(text(field(answer, (int)i), "name"), wanted[i].name);
		assert_string_equal(text(field(answer, (int)i), "kind"), wanted[i].kind);
	}
	assert_int_equal(json_integer_value(json_object_get(field(answer, 3), "scale")), 2);
	assert_string_equal(text(field(answer, 7), "check"), "longitude");
	assert_int_equal(json_array_size(json_object_get(field(answer, 0), "distinct")), 7);
	for (int i = 0; i < 12; i++)
		assert_int_equal(yes(field(answer, i), "key"), i == 11);
	json_decref(answer);
	arena_free(arena);
}

static void test_composite_key(void **state) {
	Arena *arena = arena_new();
	Buf *csv = ARENA_NEW(arena, Buf);
	buf_in(csv, arena);
	buf_str(csv, "站点,日期,值\n");
	for (int i = 0; i < 100; i++)
		buf_printf(csv, "s%d,2026-01-%02d,%d\n", i / 20, i % 20 + 1, i % 3);
	buf_str(csv, "ragged\n");
	buf_char(csv, 0);
	json_t *answer = propose(arena, csv->at);
	assert_true(yes(field(answer, 0), "key") && yes(field(answer, 1), "key") && !yes(field(answer, 2), "key"));
	assert_true(yes(field(answer, 0), "required"));
	const json_t *problem = json_array_get(json_object_get(answer, "problems"), 0);
	assert_string_equal(text(problem, "path"), "rows/101");
	assert_string_equal(text(problem, "rule"), "columns");
	json_decref(answer);
	/* no rows at all: names only */
	answer = propose(arena, "a,b\n");
	assert_int_equal(json_array_size(json_object_get(answer, "fields")), 2);
	assert_false(yes(field(answer, 0), "key") || yes(field(answer, 0), "required"));
	json_decref(answer);
	arena_free(arena);
}

/* "name" alone says nothing: the values tell persons from companies, and where they do not, the doubt is said. */
static void test_vague_name(void **state) {
	static const struct {
		const char *csv, *mask, *says;
	} cases[] = {
	    {"id,name\n1,王小明\n2,李红\n3,欧阳修\n", "name", "the header is"},
	    {"id,name\n1,江阴某某公司\n2,王记饭店\n3,花园中心\n", "", "organisations"},
	    {"licence,Name\n1,SUBWAY LLC\n2,Joe's Restaurant\n3,THE CORNER STORE INC\n", "", "organisations"},
	    {"id,name\n1,Alpha\n2,Beta\n3,John Smith\n", "name", "do not tell"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		Arena *arena = arena_new();
		json_t *answer = propose(arena, cases[i].csv);
		assert_string_equal(text(field(answer, 1), "mask"), cases[i].mask);
		assert_non_null(strstr(text(field(answer, 1), "why"), cases[i].says));
		json_decref(answer);
		arena_free(arena);
	}
}

/* The person is told which row was taken for the header. */
static void test_title_told(void **state) {
	Arena *arena = arena_new();
	json_t *answer = propose(arena, "汇总表,,\n编号,姓名,地址\n1,王小明,某路\n2,李红,某街\n");
	assert_int_equal(json_integer_value(json_object_get(answer, "header_row")), 2);
	const json_t *told = json_array_get(json_object_get(answer, "problems"), 0);
	assert_string_equal(text(told, "rule"), "header_row");
	assert_non_null(strstr(text(told, "message"), "row 2"));
	assert_string_equal(text(field(answer, 1), "title"), "姓名");
	json_decref(answer);
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_personal), cmocka_unit_test(test_kinds),
	                                   cmocka_unit_test(test_composite_key), cmocka_unit_test(test_vague_name),
	                                   cmocka_unit_test(test_title_told)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
