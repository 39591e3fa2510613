/* Private to the kind of target "odbc" (delivery_odbc.c): its target, and what delivery_odbc_mark.c does: names, the mark,
 * reading rows back. One owner, one thread. */
#ifndef YIWANG_EXCHANGE_DELIVERY_ODBC_H
#define YIWANG_EXCHANGE_DELIVERY_ODBC_H
#include "exchange/delivery_target.h"
#include "exchange/odbc_dialect.h"

#define STAGING "_yw_new"
#define OLD "_yw_old"
#define NOTHING "v1:0:00000000000000000000000000000000"

typedef struct OdbcTarget {
	DeliveryTarget base;
	OdbcLink link;
	const OdbcDialect *dialect;
	OdbcAddress address;
	char *live, *staging, *old, *marks; /* quoted */
	/* of the shape: columns for the wire, as sent and as read; quoted, with commas; SELECT's list; CREATE's list */
	char *types, *read_types, *names, *select, *definition;
	char *coming; /* of the mark */
} OdbcTarget;

static inline OdbcTarget *odbc_target(DeliveryTarget *base) {
	return (OdbcTarget *)base; /* its first member */
}

/* 0, or the Error for the link's fault. */
int odbc_target_failed(OdbcTarget *target, int code, const char *doing);
int odbc_target_execute(OdbcTarget *target, const char *sql, const char *doing);
int odbc_target_commit(OdbcTarget *target);
/* COMMIT, or ROLLBACK with the code that is there already. */
int odbc_target_end(OdbcTarget *target, int code);

char *odbc_quoted(OdbcTarget *target, const char *name, const char *suffix);
void odbc_names_make(OdbcTarget *target);
/* In a transaction: the live table of the same columns gets the rows of the staging table (delivery_odbc_rows.c). */
int odbc_rows_take(OdbcTarget *target);
/* Of the delivery's table with a suffix: "" when it is not there. */
int odbc_columns_there(OdbcTarget *target, const char *suffix, char **out);

typedef enum MarkColumn {
	TABLE_NAME,
	SIGNATURE,
	COLUMNS,
	POSITION,
	LIVE,
	DONE_RUN,
	RUN,
	AS_OF,
	FILLED_RID,
	FILLED,
	RUN_POSITION,
	COMING,
	UPDATED_AT,
	MARK_COLUMNS
} MarkColumn;
typedef struct MarkValue {
	MarkColumn column;
	const char *text;
	int64_t number; /* where text is NULL */
} MarkValue;

/* Of the delivery's mark where it has those values: rows changed, or a code. updated_at moves always. */
int64_t odbc_mark_update(OdbcTarget *target, const MarkValue *sets, int set_count, const MarkValue *wheres, int where_count);
#define MARK_SET(target, sets, wheres)                                                                                           \
	odbc_mark_update(target, sets, sizeof(sets) / sizeof *(sets), wheres, sizeof(wheres) / sizeof *(wheres))

/* 0 when that changed one row: else another run of this delivery is at it. */
int odbc_mark_moved(OdbcTarget *target, int64_t changed);
int odbc_mark_insert(OdbcTarget *target);
int odbc_marks_make(OdbcTarget *target); /* table yiwang_delivery, where it is missing */
int odbc_mark_read(OdbcTarget *target);

typedef struct ReadRows {
	OdbcTarget *target;
	Hasher *hasher;
	Buf scratch;
	Val *values;
	Arena *arena;
	TableDigest sum;
	int64_t last;
	const int64_t *ids; /* of a change, sorted; seen[i]: a row of that id was there */
	int count;
	bool *seen;
} ReadRows;

/* In an arena of its own, which the caller frees. */
ReadRows *odbc_read_new(OdbcTarget *target);
/* Rows of "SELECT target->select …" into the sum. */
int odbc_read_query(ReadRows *read, const char *sql);
/* A whole table. step may be NULL. */
int odbc_table_sum(OdbcTarget *target, const char *table, DeliveryStep *step, void *arg, TableDigest *out);
void odbc_seen_set(const int64_t *ids, int count, bool *seen, int64_t id);
int64_t odbc_cell_int(Text cell); /* an i cell of the wire */
#endif
