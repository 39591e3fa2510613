/* A full delivery into a live table of the same columns, through ODBC: rows that are gone or differ are taken out, those missing
 * are put in, in the transaction that moves the mark. What the receiver made on the table stays (docs/decisions/0037). SQL here
 * runs on the receiver's database, never on our store. */
#include "exchange/delivery_odbc.h"

/* Rows of `table` (as t) that have no equal in `other`: their condition. Compared as bytes where a collation might take more for
 * equal. */
static const char *lone(OdbcTarget *target, const char *table, const char *other) {
	Arena *arena = target->base.arena;
	const OdbcDialect *dialect = target->dialect;
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	buf_printf(out, "NOT EXISTS (SELECT 1 FROM %s AS i WHERE ", other);
	for (int i = 0; i < target->base.shape->field_count; i++) {
		const char *name = odbc_quoted(target, target->base.shape->fields[i].name, "");
		if (i == DELIVERY_ID_COLUMN)
			buf_printf(out, "i.%s = %s.%s", name, table, name);
		else
			buf_printf(out, " AND %s%s.%s%s %s %si.%s%s", dialect->bytes, table, name, dialect->bytes_end,
			           dialect->same, dialect->bytes, name, dialect->bytes_end);
	}
	buf_char(out, ')');
	return text_cstr(arena, buf_as_text(out));
}

static int int_row(void *arg, const Text *cells) {
	*(int64_t *)arg = odbc_cell_int(cells[0]);
	return 0;
}

static int count(OdbcTarget *target, const char *table, const char *where, int64_t *out) {
	const char *sql = arena_printf(target->base.arena, "SELECT COUNT(*) FROM %s%s%s", table, *where ? " WHERE " : "", where);
	*out = 0;
	return odbc_target_failed(target, odbc_query(&target->link, "i", sql, int_row, out), "be looked at");
}

/* Triggers of the receiver's may have meddled. */
static int rows_same(OdbcTarget *target, const char *where) {
	int64_t differ, rows;
	int code = count(target, target->live, where, &differ);
	if (code == 0) code = count(target, target->live, "", &rows);
	if (code < 0 || (differ == 0 && rows == target->base.mark.filled.count)) return code;
	return delivery_rows_differ(&target->base, differ ? differ : rows - target->base.mark.filled.count);
}

int odbc_rows_take(OdbcTarget *target) {
	Arena *arena = target->base.arena;
	const char *id = odbc_quoted(target, DELIVERY_ID_NAME, ""), *where = lone(target, target->live, target->staging);
	int code =
	    odbc_target_execute(target, arena_printf(arena, "DELETE FROM %s WHERE %s", target->live, where), "remove rows");
	if (code == 0)
		code =
		    odbc_target_execute(target,
		                        arena_printf(arena,
		                                     "INSERT INTO %s (%s) SELECT %s FROM %s WHERE NOT EXISTS (SELECT 1 FROM %s "
		                                     "AS i WHERE i.%s = %s.%s)",
		                                     target->live, target->names, target->names, target->staging, target->live,
		                                     id, target->staging, id),
		                        "take the new rows");
	return code == 0 ? rows_same(target, where) : code;
}
