/* Builds the SQL of run-time tables from numbers (see sql.h). Owns nothing; any thread. */
#include "record/sql.h"
#include "record/internal.h"
#include <stdio.h>
#include <stdlib.h>

TableName sql_table(int64_t resource_id, int generation) {
	TableName name;
	snprintf(name.at, sizeof name.at, "r%lld_g%d", (long long)resource_id, generation);
	return name;
}

TableName sql_difference(int64_t resource_id, int generation) {
	TableName name;
	snprintf(name.at, sizeof name.at, "r%lld_g%d_d", (long long)resource_id, generation);
	return name;
}

static Buf *text_new(Arena *arena) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	return out;
}

static char *text_end(Buf *out) {
	buf_char(out, '\0');
	return out->at;
}

static void add_column(Buf *out, int column) {
	if (column == COLUMN_RID)
		buf_str(out, "rid");
	else if (column == COLUMN_JOB)
		buf_str(out, "job_id");
	else if (column == COLUMN_CELL)
		buf_str(out, "cell");
	else if (column == COLUMN_VER)
		buf_str(out, "ver");
	else
		buf_printf(out, "f%d", column);
}

static const char *column_type(StoreEngine engine, const Field *field) {
	switch (field_kind_val(field->kind)) {
	case VAL_INT:
		return "BIGINT";
	case VAL_DOUBLE:
		return "DOUBLE PRECISION";
	default:
		return engine == STORE_POSTGRES ? "TEXT COLLATE \"C\"" : "TEXT";
	}
}

void sql_fields(Buf *out, const Resource *resource, const char *prefix) {
	for (int i = 0; i < resource->field_count; i++)
		buf_printf(out, "%s%sf%d", i ? ", " : "", prefix, resource->fields[i].no);
}

void sql_binds(Buf *out, int first, int count) {
	for (int i = 0; i < count; i++)
		buf_printf(out, "%s$%d", i ? ", " : "", first + i);
}

int sql_indexed(const Resource *resource, bool unique, int *positions) {
	int count = 0;
	for (int i = 0; i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		bool sole_key = resource->key_count == 1 && resource->key_fields[0] == i;
		if (unique ? field->unique && !sole_key : field->indexed && !(field->unique && !sole_key)) positions[count++] = i;
	}
	return count;
}

char *sql_create(Arena *arena, StoreEngine engine, const Resource *resource, int generation) {
	Buf *out = text_new(arena);
	buf_printf(out,
	           "CREATE TABLE %s (rid BIGINT NOT NULL, ver BIGINT NOT NULL, job_id BIGINT NOT NULL, row_no BIGINT NOT NULL",
	           sql_table(resource->resource_id, generation).at);
	for (int i = 0; i < resource->field_count; i++)
		buf_printf(out, ", f%d %s", resource->fields[i].no, column_type(engine, &resource->fields[i]));
	Located located;
	if (resource_located(resource, &located)) buf_str(out, ", cell BIGINT");
	buf_char(out, ')');
	return text_end(out);
}

char *sql_add_column(Arena *arena, StoreEngine engine, int64_t resource_id, int generation, const Field *field) {
	return arena_printf(arena, "ALTER TABLE %s ADD COLUMN f%d %s", sql_table(resource_id, generation).at, field->no,
	                    column_type(engine, field));
}

char *sql_column_list(Arena *arena, const Resource *resource) {
	Buf *out = text_new(arena);
	buf_char(out, ',');
	for (int i = 0; i < resource->field_count; i++)
		buf_printf(out, "%d,", resource->fields[i].no);
	return text_end(out);
}

/* --- indexes ----------------------------------------------------------------------------------------------------------- */

static void index_name(Buf *out, TableName table, int column, IndexKind kind) {
	buf_printf(out, "%s_", table.at);
	add_column(out, column);
	if (kind == INDEX_SEARCH) buf_char(out, 's');
}

char *sql_index(Arena *arena, int64_t resource_id, int generation, int column, IndexKind kind) {
	TableName table = sql_table(resource_id, generation);
	Buf *out = text_new(arena);
	buf_str(out, kind == INDEX_UNIQUE ? "CREATE UNIQUE INDEX IF NOT EXISTS " : "CREATE INDEX IF NOT EXISTS ");
	index_name(out, table, column, kind);
	buf_printf(out, " ON %s (", table.at);
	add_column(out, column);
	if (kind == INDEX_SEARCH)
		buf_str(out, ", row_no");
	else if (kind == INDEX_PLAIN)
		buf_str(out, column == COLUMN_JOB ? ", ver" : ", rid"); /* keyset paging sorts by (field, rid) */
	buf_char(out, ')');
	return text_end(out);
}

char *sql_index_drop(Arena *arena, int64_t resource_id, int generation, int column, IndexKind kind) {
	Buf *out = text_new(arena);
	buf_str(out, "DROP INDEX IF EXISTS ");
	index_name(out, sql_table(resource_id, generation), column, kind);
	return text_end(out);
}

/* --- rows -------------------------------------------------------------------------------------------------------------- */

char *sql_bulk_columns(Arena *arena, const Resource *resource, bool cell, ValKind *kinds) {
	Buf *out = text_new(arena);
	buf_str(out, "rid, ver, job_id, row_no, ");
	sql_fields(out, resource, "");
	for (int i = 0; i < SYSTEM_COLUMNS; i++)
		kinds[i] = VAL_INT;
	for (int i = 0; i < resource->field_count; i++)
		kinds[SYSTEM_COLUMNS + i] = field_kind_val(resource->fields[i].kind);
	if (cell) {
		buf_str(out, ", cell");
		kinds[SYSTEM_COLUMNS + resource->field_count] = VAL_INT;
	}
	return text_end(out);
}

char *sql_select(Arena *arena, const Resource *resource, int generation, const char *rest) {
	Buf *out = text_new(arena);
	buf_str(out, "SELECT rid, ver, job_id, row_no, ");
	sql_fields(out, resource, "");
	buf_printf(out, " FROM %s%s", sql_table(resource->resource_id, generation).at, rest);
	return text_end(out);
}

char *sql_where_in(Arena *arena, int column, int first, int count) {
	Buf *out = text_new(arena);
	buf_str(out, " WHERE ");
	add_column(out, column);
	buf_str(out, " IN (");
	sql_binds(out, first, count);
	buf_char(out, ')');
	return text_end(out);
}

char *sql_look_up(Arena *arena, const Resource *target, int field_no, bool by_record_id, int count) {
	return arena_printf(arena, "SELECT f%d FROM %s%s", field_no, sql_table(target->resource_id, target->generation_no).at,
	                    sql_where_in(arena, by_record_id ? COLUMN_RID : field_no, 1, count));
}

char *sql_repeated_values(Arena *arena, int64_t resource_id, int generation, int column, bool after, int limit) {
	Buf *name = text_new(arena);
	add_column(name, column);
	const char *c = text_end(name);
	return arena_printf(arena, "SELECT %s FROM %s WHERE %s %s GROUP BY %s HAVING count(*) > 1 ORDER BY %s LIMIT %d", c,
	                    sql_table(resource_id, generation).at, c, after ? "> $1" : "IS NOT NULL", c, c, limit);
}

char *sql_rows_of_value(Arena *arena, const Resource *resource, int generation, int column, int limit) {
	Buf *rest = text_new(arena);
	buf_str(rest, " WHERE ");
	add_column(rest, column);
	buf_printf(rest, " = $1 ORDER BY row_no LIMIT %d", limit);
	return sql_select(arena, resource, generation, text_end(rest));
}

char *sql_delete_row(Arena *arena, int64_t resource_id, int generation, int column) {
	Buf *out = text_new(arena);
	buf_printf(out, "DELETE FROM %s WHERE ", sql_table(resource_id, generation).at);
	add_column(out, column);
	buf_str(out, " = $1 AND row_no = $2");
	return text_end(out);
}

char *sql_upsert_feed(Arena *arena, int64_t resource_id, int generation, int64_t job_id, int64_t inserted) {
	return arena_printf(arena,
	                    "SELECT rid AS subject, ver AS version, CASE ver WHEN %lld THEN 'i' ELSE 'u' END AS op FROM %s WHERE "
	                    "job_id = %lld AND ver >= %lld"
	                    " AND ver <= %lld",
	                    (long long)inserted, sql_table(resource_id, generation).at, (long long)job_id, (long long)inserted,
	                    (long long)inserted + 1);
}

char *sql_stamp(Arena *arena, int64_t resource_id, int generation, int count) {
	return arena_printf(arena, "UPDATE %s SET job_id = $1%s", sql_table(resource_id, generation).at,
	                    sql_where_in(arena, COLUMN_RID, 2, count));
}

/* --- two generations --------------------------------------------------------------------------------------------------- */

char *sql_changed(Arena *arena, int64_t resource_id, int hidden, int live) {
	return arena_printf(
	    arena,
	    "SELECT n.rid, CASE WHEN o.rid IS NULL THEN 'i' ELSE 'u' END FROM %s AS n LEFT JOIN %s AS o ON o.rid = n.rid"
	    " WHERE n.ver = $1",
	    sql_table(resource_id, hidden).at, sql_table(resource_id, live).at);
}

char *sql_missing(Arena *arena, int64_t resource_id, int hidden, int live) {
	return arena_printf(arena, "SELECT o.rid, 'd' FROM %s AS o LEFT JOIN %s AS n ON n.rid = o.rid WHERE n.rid IS NULL",
	                    sql_table(resource_id, live).at, sql_table(resource_id, hidden).at);
}

/* --- what is past its time --------------------------------------------------------------------------------------------- */

char *sql_past(Arena *arena, const PastRule *rule) {
	const long long ver = rule->max_ver, field = rule->field_before, job = rule->job_before;
	if (rule->all) return arena_printf(arena, "ver <= %lld", ver);
	if (!rule->field_no) return arena_printf(arena, "ver <= %lld AND job_id > 0 AND job_id < %lld", ver, job);
	return arena_printf(arena, "ver <= %lld AND (f%d < %lld OR (f%d IS NULL AND job_id > 0 AND job_id < %lld))", ver,
	                    rule->field_no, field, rule->field_no, job);
}

char *sql_past_after(Arena *arena, const PastRule *rule, int64_t after) {
	return arena_printf(arena, "%s AND rid > %lld", sql_past(arena, rule), (long long)after);
}

char *sql_ids(Arena *arena, const int64_t *ids, int count) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	for (int i = 0; i < count; i++)
		buf_printf(out, "%s%lld", i ? ", " : "rid IN (", (long long)ids[i]);
	buf_str(out, ")");
	return text_cstr(arena, buf_as_text(out));
}

char *sql_past_feed(Arena *arena, TableName table, const char *past, int64_t upto, int64_t ver) {
	return arena_printf(arena, "SELECT rid AS subject, %lld AS version, 'd' AS op FROM %s WHERE %s AND rid <= %lld",
	                    (long long)ver, table.at, past, (long long)upto);
}

char *sql_past_delete(Arena *arena, TableName table, const char *past, int64_t upto) {
	return arena_printf(arena, "DELETE FROM %s WHERE %s AND rid <= %lld", table.at, past, (long long)upto);
}

/* --- reading ----------------------------------------------------------------------------------------------------------- */

void sql_condition(Buf *out, int field_no, FilterOp op, int first, int count) {
	static const char *const signs[FILTER_OP_COUNT] = {
	    [OP_EQ] = "=", [OP_NE] = "<>", [OP_LT] = "<", [OP_LTE] = "<=", [OP_GT] = ">", [OP_GTE] = ">=",
	};
	switch (op) {
	case OP_IN:
		buf_printf(out, " AND r.f%d IN (", field_no);
		sql_binds(out, first, count);
		buf_char(out, ')');
		return;
	case OP_LIKE:
		buf_printf(out, " AND r.f%d >= $%d AND r.f%d < $%d", field_no, first, field_no, first + 1);
		return;
	case OP_NULL:
		buf_printf(out, " AND r.f%d IS NULL", field_no);
		return;
	case OP_NOT_NULL:
		buf_printf(out, " AND r.f%d IS NOT NULL", field_no);
		return;
	default:
		buf_printf(out, " AND r.f%d %s $%d", field_no, signs[op], first);
	}
}

static void read_columns(Buf *out, const int *columns, int count) {
	for (int i = 0; i < count; i++) {
		if (columns[i])
			buf_printf(out, ", r.f%d", columns[i]);
		else
			buf_str(out, ", NULL");
	}
}

char *sql_read_one(Arena *arena, TableName table, const int *columns, int count, Text extra) {
	Buf *out = text_new(arena);
	buf_str(out, "SELECT g.number, r.rid, r.ver");
	read_columns(out, columns, count);
	buf_printf(out, " FROM generation AS g LEFT JOIN %s AS r ON r.rid = $1", table.at);
	buf_text(out, extra);
	return text_end(out);
}

/* " AND r.f1 = $2" → " AND r.f1 = q.a2" */
static void from_arrays(Buf *out, Text extra) {
	for (size_t i = 0; i < extra.len; i++) {
		if (extra.at[i] == '$')
			buf_str(out, "q.a");
		else
			buf_char(out, extra.at[i]);
	}
}

char *sql_read_many(Arena *arena, TableName table, const int *columns, int count, Text extra, int binds) {
	Buf *out = text_new(arena);
	buf_str(out, "SELECT g.number, r.rid, r.ver");
	read_columns(out, columns, count);
	buf_str(out, ", q.n FROM generation AS g CROSS JOIN unnest(");
	sql_binds(out, 1, binds);
	buf_str(out, ") WITH ORDINALITY AS q(");
	for (int i = 1; i <= binds; i++)
		buf_printf(out, "a%d, ", i);
	buf_printf(out, "n) LEFT JOIN %s AS r ON r.rid = q.a1", table.at);
	from_arrays(out, extra);
	return text_end(out);
}

char *sql_read_field(Arena *arena, TableName table, int field_no) {
	return field_no ? arena_printf(arena, "SELECT ver, f%d FROM %s WHERE rid = $1", field_no, table.at)
	                : arena_printf(arena, "SELECT ver FROM %s WHERE rid = $1", table.at);
}

char *sql_read_page(Arena *arena, const PageSql *page) {
	const char *way = page->descending ? " DESC" : "", *beyond = page->descending ? "<" : ">";
	Buf *out = text_new(arena);
	buf_str(out, "SELECT (SELECT number FROM generation), r.rid, r.ver");
	read_columns(out, page->columns, page->count);
	buf_printf(out, " FROM %s AS r WHERE 1 = 1", page->table.at);
	buf_text(out, page->extra);
	bool by_field = page->sort && !page->nulls;
	if (page->sort) buf_printf(out, " AND r.f%d IS %sNULL", page->sort, page->nulls ? "" : "NOT ");
	if (by_field && page->after_rid)
		buf_printf(out, " AND (r.f%d, r.rid) %s ($%d, $%d)", page->sort, beyond, page->after_value, page->after_rid);
	else if (page->after_rid)
		buf_printf(out, " AND r.rid %s $%d", beyond, page->after_rid);
	buf_str(out, " ORDER BY ");
	if (by_field) buf_printf(out, "r.f%d%s, ", page->sort, way);
	buf_printf(out, "r.rid%s LIMIT $1", way);
	return text_end(out);
}

void sql_id_list(Buf *out, StoreEngine engine, const int64_t *ids, int count) {
	buf_reset(out);
	buf_char(out, engine == STORE_POSTGRES ? '{' : '[');
	for (int i = 0; i < count; i++) {
		if (i) buf_char(out, ',');
		buf_int(out, ids[i]);
	}
	buf_char(out, engine == STORE_POSTGRES ? '}' : ']');
}

char *sql_scan(Arena *arena, const ScanSql *scan) {
	Buf *out = text_new(arena);
	buf_str(out, scan->sized ? "SELECT CAST(COUNT(*) AS BIGINT)" : "SELECT r.rid, r.ver");
	if (!scan->sized) read_columns(out, scan->columns, scan->count);
	/* who wants all rows wants them as they lie: by rid, a hash, each would be a look-up of its own */
	buf_printf(out, " FROM %s AS r WHERE %s", scan->table.at, scan->ordered ? "r.rid > $1" : "CAST($1 AS BIGINT) = 0");
	buf_text(out, scan->extra);
	if (scan->ids)
		buf_printf(out,
		           scan->engine == STORE_POSTGRES ? " AND r.rid = ANY (CAST($%d AS BIGINT[]))"
		                                          : " AND r.rid IN (SELECT value FROM json_each($%d))",
		           scan->more_first);
	if (scan->ordered) buf_str(out, " ORDER BY r.rid");
	if (scan->limited) buf_printf(out, " LIMIT $%d", scan->more_first);
	return text_end(out);
}

/* --- by where they lie --------------------------------------------------------------------------------------------------- */

static void in_cells(Buf *out, const CellSql *sql) {
	buf_printf(out, " FROM %s AS r WHERE (r.cell, r.rid) > ($%d, $%d) AND r.cell <= $%d", sql->table.at, sql->cells,
	           sql->cells + 1, sql->cells + 2);
	buf_text(out, sql->extra);
}

char *sql_in_cells(Arena *arena, const CellSql *sql) {
	Buf *out = text_new(arena);
	buf_str(out, "SELECT r.rid, r.cell");
	read_columns(out, sql->columns, sql->count);
	if (sql->heap && sql->sqlite) {
		buf_printf(out,
		           " FROM %s AS r WHERE r.rowid IN (SELECT i.rowid FROM %s AS i WHERE (i.cell, i.rid) > ($%d, $%d) AND "
		           "i.cell <= $%d)",
		           sql->table.at, sql->table.at, sql->cells, sql->cells + 1, sql->cells + 2);
		buf_text(out, sql->extra);
	} else {
		in_cells(out, sql);
	}
	buf_str(out, sql->heap ? " LIMIT $1" : " ORDER BY r.cell, r.rid LIMIT $1");
	return text_end(out);
}

char *sql_clusters(Arena *arena, const CellSql *sql) {
	Buf *out = text_new(arena);
	buf_str(out, "SELECT min(r.cell), max(r.cell), count(*)");
	in_cells(out, sql);
	buf_str(out, " GROUP BY r.cell / $1");
	return text_end(out);
}

char *sql_values(Arena *arena, TableName table, int column, Text extra) {
	return arena_printf(
	    arena, "SELECT r.f%d, count(*) FROM %s AS r WHERE r.f%d IS NOT NULL%.*s GROUP BY r.f%d ORDER BY 2 DESC, 1 LIMIT $1",
	    column, table.at, column, TEXT_ARG(extra), column);
}

char *sql_shares(Arena *arena, TableName table, int column, Text extra) {
	return arena_printf(
	    arena,
	    "SELECT min(v.x), max(v.x), count(*) FROM (SELECT r.f%d AS x, ntile(CAST($1 AS INTEGER)) OVER (ORDER BY "
	    "r.f%d) AS n FROM %s AS r WHERE r.f%d IS NOT NULL%.*s) AS v GROUP BY v.n ORDER BY v.n",
	    column, column, table.at, column, TEXT_ARG(extra));
}

/* The number of rows stands in the text: with it PostgreSQL knows that the index is the way. */
char *sql_written_since(Arena *arena, TableName table, const int *columns, int count, int most) {
	Buf *out = text_new(arena);
	buf_str(out, "SELECT r.rid, r.cell");
	read_columns(out, columns, count);
	buf_printf(out, " FROM %s AS r WHERE r.ver > $1 ORDER BY r.ver DESC LIMIT %d", table.at, most);
	return text_end(out);
}

char *sql_cells_todo(Arena *arena, TableName table, const int *columns, int count) {
	Buf *out = text_new(arena);
	buf_str(out, "SELECT r.rid");
	read_columns(out, columns, count);
	buf_printf(out, " FROM %s AS r WHERE r.rid > $1 ORDER BY r.rid LIMIT $2", table.at);
	return text_end(out);
}

char *sql_cell_set(Arena *arena, TableName table) {
	return arena_printf(arena, "UPDATE %s SET cell = $2 WHERE rid = $1", table.at);
}

/* --- what the public reads --------------------------------------------------------------------------------------------- */

void sql_contains(Buf *out, const WordColumn *columns, int count) {
	buf_str(out, " AND (");
	for (int i = 0; i < count; i++)
		buf_printf(out, columns[i].like ? "%slower(r.f%d) LIKE $%d ESCAPE '\\'" : "%sr.f%d = $%d", i ? " OR " : "",
		           columns[i].column, columns[i].bind);
	buf_str(out, count ? ")" : "1 = 0)");
}

static bool column_before(const OpenSql *open, int i) {
	for (int k = 0; k < i; k++)
		if (open->columns[k] == open->columns[i]) return true;
	return false;
}

/* " FROM t AS r WHERE 1 = 1 …", or the same with only the rows that differ in the columns that are there. */
static void open_from(Buf *out, const OpenSql *open) {
	if (open->distinct) {
		buf_str(out, " FROM (SELECT DISTINCT 0 AS rid");
		for (int i = 0; i < open->count; i++)
			if (open->columns[i] && !column_before(open, i)) buf_printf(out, ", r.f%d", open->columns[i]);
	}
	buf_printf(out, " FROM %s AS r WHERE 1 = 1", open->table.at);
	buf_text(out, open->extra);
	if (open->distinct) buf_str(out, ") AS r");
}

char *sql_open_rows(Arena *arena, const OpenSql *open) {
	Buf *out = text_new(arena);
	buf_str(out, "SELECT (SELECT number FROM generation), r.rid");
	read_columns(out, open->columns, open->count);
	open_from(out, open);
	buf_str(out, " ORDER BY ");
	for (int i = 0; i < open->order_count; i++)
		buf_printf(out, "r.f%d%s NULLS LAST, ", abs(open->orders[i]), open->orders[i] < 0 ? " DESC" : "");
	for (int i = 0; i < open->count && open->distinct; i++)
		if (open->columns[i]) buf_printf(out, "r.f%d, ", open->columns[i]);
	buf_str(out, "r.rid");
	if (open->limit) buf_printf(out, " LIMIT $%d OFFSET $%d", open->limit, open->offset);
	return text_end(out);
}

char *sql_open_count(Arena *arena, const OpenSql *open) {
	Buf *out = text_new(arena);
	buf_str(out, "SELECT count(*), (SELECT number FROM generation)");
	open_from(out, open);
	return text_end(out);
}

static const char *column_names(Arena *arena, const int *columns, int count) {
	Buf *list = text_new(arena);
	for (int i = 0; i < count; i++)
		buf_printf(list, "%sf%d", i ? ", " : "", columns[i]);
	return text_end(list);
}

char *sql_newest(Arena *arena, TableName table, const int *columns, int count, int most) {
	return arena_printf(arena, "SELECT %s FROM %s ORDER BY rid DESC LIMIT %d", column_names(arena, columns, count), table.at,
	                    most);
}

char *sql_groups(Arena *arena, TableName table, const int *columns, int count, int k) {
	const char *names = column_names(arena, columns, count);
	return arena_printf(arena,
	                    "SELECT count(*), COALESCE(min(g.n), 0), COALESCE(CAST(sum(CASE WHEN g.n < %d THEN 1 ELSE 0 END) AS "
	                    "BIGINT), 0), COALESCE(CAST(sum(CASE WHEN g.n < %d THEN g.n ELSE 0 END) AS BIGINT), 0)"
	                    " FROM (SELECT count(*) AS n FROM %s GROUP BY %s) AS g",
	                    k, k, table.at, names);
}

char *sql_over(Arena *arena, TableName table, const char *format) {
	const char *at = strstr(format, "%s");
	Buf *out = text_new(arena);
	buf_add(out, format, (size_t)(at - format));
	buf_str(out, table.at);
	buf_str(out, at + 2);
	return text_end(out);
}
