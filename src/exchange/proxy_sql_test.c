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
		const ProxyCast *cast = proxy_cast(&proxy_postgres, rows[i].type, rows[i].kind);
		if (!rows[i].cast) {
			assert_null(cast);
			continue;
		}
		assert_non_null(cast);
		assert_string_equal(cast->cast, rows[i].cast);
		assert_ptr_equal(proxy_cast_named(&proxy_postgres, cast->name, rows[i].kind), cast);
	}
	assert_null(proxy_cast_named(&proxy_postgres, "date", KIND_INTEGER)); /* the field's kind changed since */
	assert_null(proxy_cast_named(&proxy_postgres, "no such", KIND_TEXT));
}

static void maria(void **state) {
	static const struct {
		const char *type;
		FieldKind kind;
		const char *cast;
	} rows[] = {
	    {"varchar(30)", KIND_TEXT, "CHAR"},
	    {"enum('a','b c')", KIND_TEXT, "CHAR"},
	    {"int(10) unsigned", KIND_INTEGER, "SIGNED"},
	    {"bigint(20)", KIND_DECIMAL, "DECIMAL(65,30)"},
	    {"decimal(10,2)", KIND_DECIMAL, "DECIMAL(65,30)"},
	    {"double", KIND_DOUBLE, "DOUBLE"},
	    {"datetime(6)", KIND_TIME, "DATETIME(6)"},
	    {"date", KIND_DATE, "DATE"},
	    {"tinyint(1)", KIND_BOOLEAN, "SIGNED"},
	    {"datetime", KIND_DATE, NULL},
	    {"varchar(10)", KIND_INTEGER, NULL},
	    {"blob", KIND_INTEGER, NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const ProxyCast *cast = proxy_cast(proxy_dialect("mariadb"), rows[i].type, rows[i].kind);
		assert_int_equal(cast != NULL, rows[i].cast != NULL);
		if (!cast) continue;
		assert_string_equal(cast->cast, rows[i].cast);
		assert_ptr_equal(proxy_cast_named(proxy_dialect("mariadb"), cast->name, rows[i].kind), cast);
	}
}

static void sqlite(void **state) {
	const ProxyDialect *lite = proxy_dialect("sqlite");
	assert_string_equal(proxy_cast(lite, "varchar(30)", KIND_TEXT)->name, "text");
	assert_string_equal(proxy_cast(lite, "", KIND_TEXT)->name, "any");
	assert_string_equal(proxy_cast(lite, "decimal(10,2)", KIND_DECIMAL)->cast, "NUMERIC");
	assert_string_equal(proxy_cast(lite, "date", KIND_DATE)->around, "date(");
	assert_null(proxy_cast(lite, "text", KIND_DATE));
	assert_null(proxy_cast(lite, "text", KIND_INTEGER));
	assert_null(proxy_dialect("oracle"));
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(casts), cmocka_unit_test(maria), cmocka_unit_test(sqlite)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
