/* SQL of run-time tables: the only place that builds SQL, from numbers alone (resource id, generation, field number, places of
 * binds); no text of a user, no name of a field ever enters a statement. Everything is made in the arena given; any thread. */
#ifndef YIWANG_RECORD_SQL_H
#define YIWANG_RECORD_SQL_H
#include "record/record.h"

typedef struct TableName {
	char at[48];
} TableName;
TableName sql_table(int64_t resource_id, int generation);      /* r<id>_g<n> */
TableName sql_difference(int64_t resource_id, int generation); /* r<id>_g<n>_d: what a swap tells the feed */

/* "f1, f2, …" by position, each with prefix before it ("" or "n."). */
void sql_fields(Buf *out, const Resource *resource, const char *prefix);
/* "$first, $first+1, …" */
void sql_binds(Buf *out, int first, int count);
/* Positions of the fields that get an index of their own: `unique` ones first; the sole key field needs none (rid stands for it).
 */
int sql_indexed(const Resource *resource, bool unique, int *positions);

/* Texts sort bytewise on both engines, so that ranges answer prefix searches and both give the same order. */
char *sql_create(Arena *arena, StoreEngine engine, const Resource *resource, int generation);
char *sql_add_column(Arena *arena, StoreEngine engine, int64_t resource_id, int generation, const Field *field);
char *sql_column_list(Arena *arena, const Resource *resource); /* ",1,2,5," for record_generation.columns */
/* column: "rid", "job_id", "cell", "ver" or "f<no>" through SqlColumn. kind says which index. */
typedef enum IndexKind { INDEX_UNIQUE, INDEX_PLAIN, INDEX_SEARCH /* (column, row_no), while duplicates are sought */ } IndexKind;
enum { COLUMN_RID = 0, COLUMN_JOB = -1, COLUMN_CELL = -2, COLUMN_VER = -3 }; /* or a field number */
char *sql_index(Arena *arena, int64_t resource_id, int generation, int column, IndexKind kind);
char *sql_index_drop(Arena *arena, int64_t resource_id, int generation, int column, IndexKind kind);

/* The bulk columns "rid, ver, job_id, row_no, f…[, cell]" with their kinds (4 + field_count of them, and one). */
enum { SYSTEM_COLUMNS = 4 };
char *sql_bulk_columns(Arena *arena, const Resource *resource, bool cell, ValKind *kinds);
/* SELECT rid, ver, job_id, row_no, f… FROM t <rest>; rest is this room's own literal. */
char *sql_select(Arena *arena, const Resource *resource, int generation, const char *rest);
/* " WHERE rid IN ($first, …)" */
char *sql_where_in(Arena *arena, int column, int first, int count);
/* SELECT f<no> FROM the live table of target WHERE rid (or f<no>) IN ($1, … $count) */
char *sql_look_up(Arena *arena, const Resource *target, int field_no, bool by_record_id, int count);
/* SELECT/DELETE/UPDATE helpers over one column of a table; all bind by place as their names say. */
char *sql_repeated_values(Arena *arena, int64_t resource_id, int generation, int column, bool after, int limit);
char *sql_rows_of_value(Arena *arena, const Resource *resource, int generation, int column, int limit);
char *sql_delete_row(Arena *arena, int64_t resource_id, int generation, int column);

/* What a chunk of an upsert changed: rows of job with version `inserted` or `inserted` + 1 (updated), as the feed wants them. */
char *sql_upsert_feed(Arena *arena, int64_t resource_id, int generation, int64_t job_id, int64_t inserted);
/* UPDATE … SET job_id = $1 WHERE rid IN ($2 …) */
char *sql_stamp(Arena *arena, int64_t resource_id, int generation, int count);

/* What a hidden generation n changes in the live one o: "SELECT rid, op" of its new and changed rows ($1 = the version they
 * carry), and of the rows it lacks. */
char *sql_changed(Arena *arena, int64_t resource_id, int hidden, int live);
char *sql_missing(Arena *arena, int64_t resource_id, int hidden, int live);

/* What a rule of record/past.h names: "ver <= … AND …", of numbers only. */
char *sql_past(Arena *arena, const PastRule *rule);
char *sql_ids(Arena *arena, const int64_t *ids, int count);              /* "rid IN (…)" in its place */
char *sql_past_after(Arena *arena, const PastRule *rule, int64_t after); /* those with a greater record id */
/* Those of them up to record id `upto`: "SELECT rid, <ver>, 'd'" for the feed, and the DELETE. */
char *sql_past_feed(Arena *arena, TableName table, const char *past, int64_t upto, int64_t ver);
char *sql_past_delete(Arena *arena, TableName table, const char *past, int64_t upto);

/* --- reading: the table is r ------------------------------------------------------------------------------------------- */
/* " AND r.f<no> …" with binds from $first; count values (OP_IN: any, OP_LIKE: 2 = from, before). */
void sql_condition(Buf *out, int field_no, FilterOp op, int first, int count);
/* One record with the catalogue generation beside it: always one row, rid NULL when there is none. extra: from sql_condition.
 * columns: field numbers; 0 stands for a column that the table lacks (NULL). $1 = rid. */
char *sql_read_one(Arena *arena, TableName table, const int *columns, int count, Text extra);
/* The same for many at once (store_reads_add, PostgreSQL): binds counts the values, $1 and those of extra. */
char *sql_read_many(Arena *arena, TableName table, const int *columns, int count, Text extra, int binds);
/* A page: the records in order of (f<sort>, rid) or rid; sort 0 = rid. $1 = most rows. */
typedef struct PageSql {
	TableName table;
	const int *columns;
	int count, sort;
	bool descending, nulls;     /* nulls: the rows without a value of the sort field, by rid */
	int after_value, after_rid; /* binds of the place to go on from; 0 = the beginning */
	Text extra;
} PageSql;
char *sql_read_page(Arena *arena, const PageSql *page);

/* Many records for the batch cursor: "rid, ver, f…" of those (ordered: with rid > $1; else $1 is 0) that pass `extra` (from
 * sql_condition, binds from $2).
 */
typedef struct ScanSql {
	TableName table;
	const int *columns;
	int count;
	Text extra;
	bool sized;            /* COUNT(*) instead */
	bool ordered, limited; /* by rid; at most $<more_first> */
	bool ids;              /* only the rids of the list $<more_first>, from sql_id_list */
	int more_first;
	StoreEngine engine;
} ScanSql;
char *sql_scan(Arena *arena, const ScanSql *scan);
/* Any number of ids as one value, so that the statement is the same for all of them. */
void sql_id_list(Buf *out, StoreEngine engine, const int64_t *ids, int count);

/* Records by where they lie: "rid, cell, f…" of those after (cell $<cells>, rid $<cells + 1>) up to cell $<cells + 2>, in that
 * order, at most $1. */
typedef struct CellSql {
	TableName table;
	const int *columns;
	int count, cells;
	Text extra;
	bool heap;   /* in any order: SQLite goes through the table's pages in the order they lie, each once */
	bool sqlite; /* PostgreSQL's planner does that by itself */
} CellSql;
char *sql_in_cells(Arena *arena, const CellSql *sql);
/* Of the same: "least cell, greatest cell, how many" of each group of cell / $1. */
char *sql_clusters(Arena *arena, const CellSql *sql);
/* Classes of a column's values: "value, how many" of the $1 most frequent; "least, greatest, how many" of $1 shares of equally
 * many records, in order. */
char *sql_values(Arena *arena, TableName table, int column, Text extra);
char *sql_shares(Arena *arena, TableName table, int column, Text extra);
/* "rid, cell, f…" of the rows with a greater version than $1, at most `most`: the last written first. */
char *sql_written_since(Arena *arena, TableName table, const int *columns, int count, int most);
/* The next rows without their cell: "rid, f…" of the greater rids than $1, at most $2; and the writing of one. */
char *sql_cells_todo(Arena *arena, TableName table, const int *columns, int count);
char *sql_cell_set(Arena *arena, TableName table);

/* --- what the public reads, see open.h --------------------------------------------------------------------------------- */
/* " AND (…)": a word in one of the columns: like, lower($bind as a pattern) fits; else the value is $bind. */
typedef struct WordColumn {
	int column, bind;
	bool like;
} WordColumn;
void sql_contains(Buf *out, const WordColumn *columns, int count);
typedef struct OpenSql {
	TableName table;
	const int *columns; /* field numbers; 0 = NULL */
	int count;
	const int *orders; /* field numbers, negative = descending; then by rid */
	int order_count;
	Text extra;        /* from sql_condition and sql_contains */
	int limit, offset; /* binds; 0 = none */
	bool distinct;     /* rows that differ in the columns alone; orders are among them */
} OpenSql;
/* SELECT generation, rid (0 when distinct), f… */
char *sql_open_rows(Arena *arena, const OpenSql *open);
/* SELECT count(*), generation */
char *sql_open_count(Arena *arena, const OpenSql *open);
/* The columns of at most so many rows, the newest first. */
char *sql_newest(Arena *arena, TableName table, const int *columns, int count, int most);
/* Groups of equal values of the columns: SELECT number of groups, rows in the smallest, groups below k, rows in those. */
char *sql_groups(Arena *arena, TableName table, const int *columns, int count, int k);

/* Any statement over one table: format has one %s for its name. */
/* ver and, when field_no is not 0, that field of the record $1. */
char *sql_read_field(Arena *arena, TableName table, int field_no);
char *sql_over(Arena *arena, TableName table, const char *format);
#endif
