/* Tests of how a supplier's column can stand for a field. (The SQL itself is tested against a real server:
 * tests/e2e/proxied.test.mjs) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail
#include "exchange/proxy.h"

static void casts(void **state) {
	static const struct {
		const char *type;
		FieldKind kind;
		const char *cast; /* NULL = it cannot */
	} rows[] = {
	    {"text", KIND_TEXT, "text"},
	    {"character varying(30)", KIND_CODE, "text"},
	    {"character(18)", KIND_TEXT, "bpchar"},
	    {"uuid", KIND_TEXT, "text"},
	    {"integer", KIND_INTEGER, "bigint"},
	    {"integer[]", KIND_INTEGER, NULL},
	    {"text", KIND_INTEGER, NULL},
	    {"bigint", KIND_DECIMAL, "numeric"},
	    {"numeric(12,2)", KIND_DECIMAL, "numeric"},
	    {"numeric", KIND_DOUBLE, "float8"},
	    {"real", KIND_DOUBLE, "float4"},
	    {"date", KIND_DATE, "date"},
	    {"daterange", KIND_DATE, NULL},
	    {"text", KIND_DATE, NULL},
	    {"timestamp(3) with time zone", KIND_TIME, "timestamptz"},
	    {"timestamp without time zone", KIND_TIME, "timestamp"},
	    {"boolean", KIND_BOOLEAN, "boolean"},
	    {"integer", KIND_BOOLEAN, NULL},
	    {"jsonb", KIND_GEOMETRY, "text"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const ProxyCast *cast = proxy_cast(rows[i].type, rows[i].kind);
		if (!rows[i].cast) {
			assert_null(cast);
			continue;
		}
		assert_non_null(cast);
		assert_string_equal(cast->cast, rows[i].cast);
		assert_ptr_equal(proxy_cast_named(cast->name, rows[i].kind), cast);
	}
	assert_null(proxy_cast_named("date", KIND_INTEGER)); /* the field's kind changed since */
	assert_null(proxy_cast_named("no such", KIND_TEXT));
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(casts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
