/* How databases behind ODBC differ: a row a dialect. Static, read-only. */
#ifndef YIWANG_EXCHANGE_ODBC_DIALECT_H
#define YIWANG_EXCHANGE_ODBC_DIALECT_H
#include "exchange/odbc.h"
#include "catalog/catalog.h"

typedef enum OdbcSwap {
	SWAP_TRANSACTION, /* DDL is part of transactions: drop, rename, mark, commit */
	SWAP_RENAME, /* DDL commits, but one RENAME TABLE moves both tables at once; the mark says before that it is coming */
	SWAP_COPY,   /* nothing can be relied on: rows are copied from the staging table in the mark's transaction */
} OdbcSwap;

typedef struct OdbcDialect {
	const char *name; /* in the address */
	const char *const
	    *are;         /* what SQL_DBMS_NAME says of such databases, ends with NULL; NULL = any that no other row names */
	const char *more; /* appended to the connection string */
	const char *session[8]; /* run after connecting */
	const char *lock; /* query of one int, 1 = taken: holds off other runs of delivery {id} for the session's life; or NULL */
	char quote;
	int parameters; /* bound in one INSERT at most; 1 = a row an INSERT */
	bool schema_is_catalog, one_schema;
	OdbcSwap swap;
	const char
	    *keys_to; /* a foreign key to a table, "%s" schema and table: it would go with the old one; NULL = it is by name */
	/* of two columns, also of NULL, and what makes bytes of one; same NULL: full deliveries do not go row by row */
	const char *same, *bytes, *bytes_end;
	const char *page; /* after ORDER BY: at most that many rows, "%d" */
	const char *integer, *decimal, *real, *date, *time, *boolean, *text,
	    *key;              /* decimal with "%d" for the scale, or without */
	const char *read_real; /* a double as a text of 17 digits, "%s" twice for the column, where the driver rounds; NULL = as a
	                          double */
	const char *create_end; /* after CREATE TABLE (…) */
	bool time_zone;         /* times are texts with their zone; else local time of Asia/Shanghai */
} OdbcDialect;

/* NULL: no such dialect. */
const OdbcDialect *odbc_dialect(const char *name);
/* The dialect made for what SQL_DBMS_NAME says; the generic one when there is none. */
const OdbcDialect *odbc_dialect_of(const char *dbms);
const char *odbc_dialect_type(Arena *arena, const OdbcDialect *dialect, const Field *field);
/* The Error for a fault: rule target_…, advice, message. */
int odbc_fault_error(const OdbcDialect *dialect, const OdbcFault *fault, const char *doing, Error *error);
#endif
