/* Tests of statements put together of what is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/core_private.h"

static const char list_sql[] =
    "SELECT 'a/b $9 /*if $1*/', c.x / 2 FROM c WHERE c.k > 0/*if $1*/ AND c.id < $1/*end*/"
    "/*if $2*/ AND (c.a = $2 OR c.b = $2)/*end*//*if $3*/ AND c.s = $3/*if $1*/ AND c.t <> $4/*end*//*end*/"
    " ORDER BY c.id LIMIT $5";
#define HEAD "SELECT 'a/b $9 /*if $1*/', c.x / 2 FROM c WHERE c.k > 0"

static Arena *arena;

static void nothing_asked(void **state) {
	AskedSql asked =
	    asked_sql_for(false, arena, list_sql, BIND(val_null(), val_null(), val_null(), val_str("t"), val_int(21)));
	assert_string_equal(asked.sql, HEAD " ORDER BY c.id LIMIT 51");
	assert_int_equal(asked.count, 0);
}

static void numbered_anew(void **state) {
	AskedSql asked =
	    asked_sql_for(false, arena, list_sql, BIND(val_null(), val_int(7), val_str("open"), val_str("t"), val_int(52)));
	assert_string_equal(asked.sql, HEAD " AND (c.a = $1 OR c.b = $1) AND c.s = $2 ORDER BY c.id LIMIT 201");
	assert_int_equal(asked.count, 2);
	assert_int_equal(asked.args[0].i, 7);
	assert_true(text_is(asked.args[1].t, "open"));
}

static void pieces_nest(void **state) {
	AskedSql asked =
	    asked_sql_for(false, arena, list_sql, BIND(val_int(9), val_null(), val_str("open"), val_str("t"), val_int(1000)));
	assert_string_equal(asked.sql, HEAD " AND c.id < $1 AND c.s = $2 AND c.t <> $3 ORDER BY c.id LIMIT 1000");
	assert_int_equal(asked.count, 3);
	assert_true(text_is(asked.args[2].t, "t"));
	asked = asked_sql_for(false, arena, list_sql, BIND(val_int(9), val_null(), val_null(), val_str("t"), val_int(51)));
	assert_string_equal(asked.sql, HEAD " AND c.id < $1 ORDER BY c.id LIMIT 51");
	assert_int_equal(asked.count, 1);
}

/* PostgreSQL plans without a look at the values. */
static void values_hidden(void **state) {
	AskedSql asked =
	    asked_sql_for(true, arena, list_sql, BIND(val_int(9), val_int(7), val_null(), val_str("t"), val_int(51)));
	assert_string_equal(asked.sql,
	                    HEAD " AND c.id < (SELECT $1) AND (c.a = (SELECT $2) OR c.b = (SELECT $2)) ORDER BY c.id LIMIT 51");
	assert_int_equal(asked.count, 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_asked), cmocka_unit_test(numbered_anew),
	                                   cmocka_unit_test(pieces_nest), cmocka_unit_test(values_hidden)};
	arena = arena_new();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
