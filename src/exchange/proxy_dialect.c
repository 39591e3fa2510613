/* proxy.h: the kinds of database that proxied records are read from: how they are spoken to, and how a column's type can stand
 * for a field's kind. Static, read-only. */
#include "exchange/odbc.h"
#include "exchange/proxy.h"
#include <stdio.h>

#define MARIA_BYTES " COLLATE utf8mb4_nopad_bin"
#define LITE_BYTES " COLLATE BINARY"

/* --- casts --------------------------------------------------------------------------------------------------------------- */

enum {
	CAST_TEXT,
	CAST_CHAR,
	CAST_ANY,
	CAST_INT,
	CAST_NUMERIC,
	CAST_DOUBLE,
	CAST_REAL,
	CAST_DATE,
	CAST_STAMP,
	CAST_STAMPTZ,
	CAST_BOOL,
	CASTS
};
static const ProxyCast casts[CASTS] = {
    [CAST_TEXT] = {"text", "text", true, " COLLATE \"C\""},
    [CAST_CHAR] = {"char", "bpchar", true, " COLLATE \"C\""},
    [CAST_ANY] = {"any", "text", false, " COLLATE \"C\""},
    [CAST_INT] = {"int", "bigint", true, ""},
    [CAST_NUMERIC] = {"numeric", "numeric", true, ""},
    [CAST_DOUBLE] = {"double", "float8", true, ""},
    [CAST_REAL] = {"real", "float4", true, ""},
    [CAST_DATE] = {"date", "date", true, ""},
    [CAST_STAMP] = {"stamp", "timestamp", true, ""},
    [CAST_STAMPTZ] = {"stamptz", "timestamptz", true, ""},
    [CAST_BOOL] = {"bool", "boolean", true, ""},
};
/* MariaDB's, of the same names. Its collations take other texts for equal: texts are compared without them. */
static const ProxyCast maria_casts[CASTS] = {
    [CAST_TEXT] = {"text", "CHAR", true, MARIA_BYTES},
    [CAST_CHAR] = {"char", "CHAR", true, MARIA_BYTES},
    [CAST_ANY] = {"any", "CHAR", false, MARIA_BYTES},
    [CAST_INT] = {"int", "SIGNED", true, ""},
    [CAST_NUMERIC] = {"numeric", "DECIMAL(65,30)", true, ""},
    [CAST_DOUBLE] = {"double", "DOUBLE", true, ""},
    [CAST_REAL] = {"real", "DOUBLE", true, ""},
    [CAST_DATE] = {"date", "DATE", true, ""},
    [CAST_STAMP] = {"stamp", "DATETIME(6)", true, ""},
    [CAST_STAMPTZ] = {"stamptz", "DATETIME(6)", true, ""},
    [CAST_BOOL] = {"bool", "SIGNED", true, ""},
};
#define KINDS_TEXT (1 << KIND_TEXT | 1 << KIND_CODE)
/* The first row that fits: the type without its length ("" = any), kinds it can stand for, how. */
typedef struct Fit {
	const char *type;
	int kinds, cast;
} Fit;
static const Fit fits[] = {
    {"text", KINDS_TEXT, CAST_TEXT},
    {"character varying", KINDS_TEXT, CAST_TEXT},
    {"character", KINDS_TEXT, CAST_CHAR},
    {"", KINDS_TEXT | 1 << KIND_GEOMETRY, CAST_ANY},
    {"smallint", 1 << KIND_INTEGER, CAST_INT},
    {"integer", 1 << KIND_INTEGER, CAST_INT},
    {"bigint", 1 << KIND_INTEGER, CAST_INT},
    {"smallint", 1 << KIND_DECIMAL | 1 << KIND_DOUBLE, CAST_NUMERIC},
    {"integer", 1 << KIND_DECIMAL | 1 << KIND_DOUBLE, CAST_NUMERIC},
    {"bigint", 1 << KIND_DECIMAL | 1 << KIND_DOUBLE, CAST_NUMERIC},
    {"numeric", 1 << KIND_INTEGER | 1 << KIND_DECIMAL, CAST_NUMERIC},
    {"numeric", 1 << KIND_DOUBLE, CAST_DOUBLE},
    {"real", 1 << KIND_DOUBLE, CAST_REAL},
    {"double precision", 1 << KIND_DOUBLE, CAST_DOUBLE},
    {"date", 1 << KIND_DATE, CAST_DATE},
    {"timestamp with time zone", 1 << KIND_TIME, CAST_STAMPTZ},
    {"timestamp without time zone", 1 << KIND_TIME, CAST_STAMP},
    {"boolean", 1 << KIND_BOOLEAN, CAST_BOOL},
    {0},
};
#define KINDS_NUMBER (1 << KIND_DECIMAL | 1 << KIND_DOUBLE)
static const Fit maria_fits[] = {
    {"varchar", KINDS_TEXT, CAST_TEXT},
    {"char", KINDS_TEXT, CAST_TEXT},
    {"tinytext", KINDS_TEXT, CAST_TEXT},
    {"text", KINDS_TEXT, CAST_TEXT},
    {"mediumtext", KINDS_TEXT, CAST_TEXT},
    {"longtext", KINDS_TEXT | 1 << KIND_GEOMETRY, CAST_TEXT},
    {"", KINDS_TEXT, CAST_ANY},
    {"tinyint", 1 << KIND_INTEGER, CAST_INT},
    {"smallint", 1 << KIND_INTEGER, CAST_INT},
    {"mediumint", 1 << KIND_INTEGER, CAST_INT},
    {"int", 1 << KIND_INTEGER, CAST_INT},
    {"bigint", 1 << KIND_INTEGER, CAST_INT},
    {"smallint", KINDS_NUMBER, CAST_NUMERIC},
    {"mediumint", KINDS_NUMBER, CAST_NUMERIC},
    {"int", KINDS_NUMBER, CAST_NUMERIC},
    {"bigint", KINDS_NUMBER, CAST_NUMERIC},
    {"decimal", 1 << KIND_INTEGER | 1 << KIND_DECIMAL, CAST_NUMERIC},
    {"decimal", 1 << KIND_DOUBLE, CAST_DOUBLE},
    {"float", 1 << KIND_DOUBLE, CAST_REAL},
    {"double", 1 << KIND_DOUBLE, CAST_DOUBLE},
    {"date", 1 << KIND_DATE, CAST_DATE},
    {"timestamp", 1 << KIND_TIME, CAST_STAMPTZ},
    {"datetime", 1 << KIND_TIME, CAST_STAMP},
    {"tinyint", 1 << KIND_BOOLEAN, CAST_BOOL},
    {0},
};

/* SQLite: a column holds what is put into it, so dates and times are compared by functions that give NULL for what is none. */
static const ProxyCast lite_casts[CASTS] = {
    [CAST_TEXT] = {"text", "TEXT", true, LITE_BYTES},
    [CAST_ANY] = {"any", "TEXT", false, LITE_BYTES},
    [CAST_INT] = {"int", "INTEGER", true, ""},
    [CAST_NUMERIC] = {"numeric", "NUMERIC", true, ""},
    [CAST_DOUBLE] = {"double", "REAL", true, ""},
    [CAST_DATE] = {"date", "TEXT", true, "", "date("},
    [CAST_STAMP] = {"stamp", "TEXT", true, "", "strftime('%Y-%m-%d %H:%M:%f', "},
    [CAST_BOOL] = {"bool", "INTEGER", true, ""},
};
static const Fit lite_fits[] = {
    {"text", KINDS_TEXT, CAST_TEXT},
    {"varchar", KINDS_TEXT, CAST_TEXT},
    {"char", KINDS_TEXT, CAST_TEXT},
    {"character", KINDS_TEXT, CAST_TEXT},
    {"nvarchar", KINDS_TEXT, CAST_TEXT},
    {"nchar", KINDS_TEXT, CAST_TEXT},
    {"clob", KINDS_TEXT | 1 << KIND_GEOMETRY, CAST_TEXT},
    {"", KINDS_TEXT, CAST_ANY},
    {"integer", 1 << KIND_INTEGER, CAST_INT},
    {"int", 1 << KIND_INTEGER, CAST_INT},
    {"bigint", 1 << KIND_INTEGER, CAST_INT},
    {"smallint", 1 << KIND_INTEGER, CAST_INT},
    {"integer", KINDS_NUMBER, CAST_NUMERIC},
    {"int", KINDS_NUMBER, CAST_NUMERIC},
    {"bigint", KINDS_NUMBER, CAST_NUMERIC},
    {"numeric", 1 << KIND_INTEGER | KINDS_NUMBER, CAST_NUMERIC},
    {"decimal", 1 << KIND_INTEGER | KINDS_NUMBER, CAST_NUMERIC},
    {"real", 1 << KIND_DOUBLE, CAST_DOUBLE},
    {"double", 1 << KIND_DOUBLE, CAST_DOUBLE},
    {"float", 1 << KIND_DOUBLE, CAST_DOUBLE},
    {"date", 1 << KIND_DATE, CAST_DATE},
    {"datetime", 1 << KIND_TIME, CAST_STAMP},
    {"timestamp", 1 << KIND_TIME, CAST_STAMP},
    {"boolean", 1 << KIND_BOOLEAN, CAST_BOOL},
    {"bool", 1 << KIND_BOOLEAN, CAST_BOOL},
    {0},
};

/* --- dialects ------------------------------------------------------------------------------------------------------------ */

#define PG_COLUMNS                                                                                                               \
	" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE"         \
	" c.relkind IN ('r','p','v','m','f') AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum,"  \
	" 'SELECT')"
const ProxyDialect proxy_postgres = {.quote = '"',
                                     .text_end = " AS text)",
                                     .hash = "md5(concat_ws(chr(31), ",
                                     .hash_end = ")) COLLATE \"C\"",
                                     .casts = casts,
                                     .fits = fits};
static const ProxyDialect dialects[] = {
    {.odbc = "mariadb",
     .dbms = "MariaDB",
     .quote = '`',
     .text_end = " AS CHAR)",
     .by_bytes = true,
     .local = true,
     .hash = "md5(concat_ws(CHAR(31 USING utf8mb4), ",
     .hash_end = "))" MARIA_BYTES,
     .session = {"SET SESSION TRANSACTION READ ONLY"},
     .limit = "SET SESSION max_statement_time = %d, lock_wait_timeout = 2, innodb_lock_wait_timeout = 2",
     .columns = "SELECT column_name, column_type FROM information_schema.columns WHERE table_schema = ? AND table_name = ?"
                " ORDER BY ordinal_position",
     .tables = "SELECT table_schema, table_name, column_name, column_type FROM information_schema.columns WHERE"
               " table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')"
               " ORDER BY table_schema, table_name, ordinal_position LIMIT 20000",
     .casts = maria_casts,
     .fits = maria_fits},
    {.odbc = "sqlite",
     .dbms = "SQLite",
     .quote = '"',
     .text_end = " AS TEXT)",
     .substr = true,
     .by_bytes = true,
     .local = true,
     .short_real = true,
     .limit = "PRAGMA query_only = ON", /* it is our own process that waits for a statement */
     .columns = "SELECT p.name, lower(p.type) FROM (SELECT ? AS s, ? AS t) a, pragma_table_info(a.t, a.s) p ORDER BY p.cid",
     .tables = "SELECT 'main', m.name, p.name, lower(p.type) FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type IN"
               " ('table', 'view') AND m.name NOT LIKE 'sqlite%' AND m.name <> 'yiwang_delivery' ORDER BY m.name, p.cid LIMIT"
               " 20000",
     .casts = lite_casts,
     .fits = lite_fits},
    {.odbc = "generic",
     .dbms = "PostgreSQL",
     .quote = '"',
     .text_end = " AS text)",
     .hash = "md5(concat_ws(chr(31), ",
     .hash_end = ")) COLLATE \"C\"",
     .session = {"SET default_transaction_read_only = on", "SET lock_timeout = '2s'", "SET datestyle = 'ISO, YMD'",
                 "SET timezone = 'Asia/Shanghai'"},
     .limit = "SET statement_timeout = '%ds'",
     .columns = "SELECT a.attname, format_type(a.atttypid, a.atttypmod)" PG_COLUMNS
                " AND n.nspname = ? AND c.relname = ? ORDER BY a.attnum",
     .tables = "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)" PG_COLUMNS
               " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1, 2, a.attnum LIMIT 20000",
     .casts = casts,
     .fits = fits},
};

const ProxyDialect *proxy_dialect(const char *odbc) {
	for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
		if (strcasecmp(dialects[i].odbc, odbc) == 0) return &dialects[i];
	return NULL;
}

int proxy_dialect_of(Request *rq, const char *url, const ProxyDialect **out) {
	OdbcAddress address;
	*out = &proxy_postgres;
	if (strncasecmp(url, "odbc:", 5) != 0) return 0;
	int code = odbc_address_parse(rq->arena, text_of(url), &address, rq->error);
	if (code < 0) return code;
	*out = proxy_dialect(address.values[ODBC_DIALECT]);
	return *out ? 0
	            : error_field(rq->error, ERR_INVALID, "url", text_of(address.values[ODBC_DIALECT]), "odbc_dialect",
	                          "Write Dialect=mariadb, Dialect=sqlite or Dialect=generic.",
	                          "the address names no dialect that is known");
}

/* "timestamp(3) with time zone" without the digits, "int(10) unsigned" without what follows. */
static const char *plain_type(const ProxyDialect *dialect, const char *type, char out[64]) {
	const char *open = strchr(type, '('), *close = open ? strchr(open, ')') : NULL;
	snprintf(out, 64, "%.*s%s", open ? (int)(open - type) : 60, type, close ? close + 1 : "");
	char *blank = dialect->local ? strchr(out, ' ') : NULL;
	if (blank) *blank = '\0';
	return out;
}

const ProxyCast *proxy_cast(const ProxyDialect *dialect, const char *type, FieldKind kind) {
	char plain[64];
	plain_type(dialect, type, plain);
	for (const Fit *fit = dialect->fits; fit->type; fit++)
		if (fit->kinds >> kind & 1 && (!*fit->type || strcmp(plain, fit->type) == 0)) return &dialect->casts[fit->cast];
	return NULL;
}

const ProxyCast *proxy_cast_named(const ProxyDialect *dialect, const char *name, FieldKind kind) {
	for (const Fit *fit = dialect->fits; fit->type; fit++) {
		const ProxyCast *cast = &dialect->casts[fit->cast];
		if (fit->kinds >> kind & 1 && strcmp(cast->name, name) == 0) return cast;
	}
	return NULL;
}
