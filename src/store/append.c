/* append: rows that a group of writes adds by the same INSERT go to PostgreSQL as one statement of many rows, before the next
 * statement whose answer is needed or COMMIT. On SQLite each is inserted at once.
 * Thread and lifetime: the Db's, within one transaction. Values are copied. */
#include "store/store_parts.h"
#include <stdlib.h>

/* Where the first row of values stands in an INSERT: from its '(' to behind its ')'. */
static Text first_row(const char *sql) {
	const char *at = strstr(sql, "VALUES (");
	const char *end = at ? strchr(at, ')') : NULL;
	return end ? (Text){at + 7, (size_t)(end + 1 - at) - 7} : TEXT_NONE;
}

/* The same INSERT with more rows of values: ($1, $2), ($3, $4) … */
static void write_insert(Buf *out, const Append *one) {
	Text row = first_row(one->sql);
	buf_text(out, (Text){one->sql, (size_t)(row.at - one->sql) + row.len});
	for (size_t n = one->count; n < one->used; n++)
		buf_printf(out, n % one->count ? ", $%zu" : n == one->count ? ", ($%zu" : "), ($%zu", n + 1);
	if (one->used > one->count) buf_str(out, ")");
	buf_str(out, row.at + row.len);
}

static int append_send(Db *db, Append *one) {
	Buf sql = {0};
	write_insert(&sql, one);
	buf_char(&sql, 0);
	int code = postgres_run_later(db, sql.at, one->values, one->used);
	buf_free(&sql);
	one->used = 0;
	return code;
}

int append_flush(Db *db) {
	int code = 0, count = db->append_count;
	if (!count) return 0;
	db->append_count = 0; /* what is sent may have to be prepared, which comes here again */
	for (int i = 0; i < count && code == 0; i++)
		code = append_send(db, &db->append[i]);
	arena_reset(db->append_arena);
	return code;
}

void append_forget(Db *db) {
	if (db->append_count) arena_reset(db->append_arena);
	db->append_count = 0;
}

static Append *append_for(Db *db, const char *sql, size_t count) {
	for (int i = 0; i < db->append_count; i++)
		if (db->append[i].sql == sql) return &db->append[i];
	if (db->append_count == APPEND_MAX || !first_row(sql).at) return NULL;
	if (!db->append) {
		db->append = calloc(APPEND_MAX, sizeof *db->append);
		db->append_arena = arena_new();
		if (!db->append) abort();
	}
	Append *one = &db->append[db->append_count++];
	one->sql = sql;
	one->count = count;
	one->used = 0;
	return one;
}

int postgres_append(Db *db, const char *sql, const Val *args, size_t count) {
	Append *one = db->in_write && count <= APPEND_VALUES ? append_for(db, sql, count) : NULL;
	if (one && one->used + count > APPEND_VALUES) {
		int flushed = append_flush(db);
		if (flushed) return flushed;
		one = append_for(db, sql, count);
	}
	if (!one) return postgres_run_later(db, sql, args, count);
	int code = db->begun ? 0 : postgres_enter(db); /* there is something to commit */
	if (code) return code;
	for (size_t i = 0; i < count; i++) {
		Val *kept = &one->values[one->used++];
		*kept = args[i];
		if ((kept->kind == VAL_TEXT || kept->kind == VAL_BLOB) && kept->t.at)
			kept->t = text_dup(db->append_arena, kept->t);
	}
	return 0;
}
