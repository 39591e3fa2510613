/* asked: a list's statement with only the conditions that are asked for. A condition that is always there as ($4 = '' OR c.state
 * = $4) hides from a planner what the list is about: SQLite uses no index for it, PostgreSQL plans anew at every call. Thread:
 * any. */
#include "core/core_private.h"
#include <ctype.h>
#include <stdlib.h>

static const char piece_begins[] = "/*if $", piece_ends[] = "/*end*/", row_limit[] = "LIMIT ";

static bool begins(const char *sql, const char *with) {
	return strncmp(sql, with, strlen(with)) == 0;
}

/* Rows of a page, written out, as the planner has to know them; the sizes that people ask for become two, so that few statements
 * are prepared. */
static int64_t rows_rounded(int64_t rows) {
	return rows <= 51 ? 51 : rows <= 201 ? 201 : rows;
}

typedef struct Left {
	Val *values;
	int *places; /* of each value among those that are left, from 1; 0: not there yet */
	size_t count;
} Left;

/* $number of the text as the number it has among the values that are left. hidden: PostgreSQL does not look at the value: it
 * would take the plan made for one value to be so much better than the plan for all that it planned anew at every call. */
static void value_write(Buf *out, bool hidden, const Val *args, size_t number, Left *left) {
	size_t limit = sizeof row_limit - 1;
	if (args[number - 1].kind == VAL_INT && out->len >= limit && memcmp(out->at + out->len - limit, row_limit, limit) == 0) {
		buf_printf(out, "%lld", (long long)rows_rounded(args[number - 1].i));
		return;
	}
	int *place = &left->places[number - 1];
	if (!*place) {
		left->values[left->count++] = args[number - 1];
		*place = (int)left->count;
	}
	buf_printf(out, hidden ? "(SELECT $%d)" : "$%d", *place);
}

AskedSql asked_sql_for(bool hidden, Arena *arena, const char *sql, const Val *args, size_t count) {
	Buf *out = ARENA_NEW(arena, Buf);
	Left left = {ARENA_ARRAY(arena, Val, count + 1), ARENA_ARRAY(arena, int, count + 1), 0};
	int depth = 0, dropped = 0; /* the depth of the piece that is left out, 0: none is */
	buf_in(out, arena);
	while (*sql) {
		size_t plain = strcspn(sql, "/$'");
		char *end;
		if (plain == 0 && begins(sql, piece_begins)) {
			size_t number = strtoul(sql + sizeof piece_begins - 1, &end, 10);
			depth++;
			if (!dropped && number >= 1 && number <= count && args[number - 1].kind == VAL_NULL) dropped = depth;
			sql = end + 2;
			continue;
		}
		if (plain == 0 && begins(sql, piece_ends)) {
			if (dropped == depth) dropped = 0;
			depth--;
			sql += sizeof piece_ends - 1;
			continue;
		}
		if (plain == 0 && *sql == '$' && isdigit((unsigned char)sql[1])) {
			size_t number = strtoul(sql + 1, &end, 10);
			if (!dropped && number >= 1 && number <= count) value_write(out, hidden, args, number, &left);
			sql = end;
			continue;
		}
		if (plain == 0 && *sql == '\'') plain = 1 + strcspn(sql + 1, "'");
		plain += plain == 0 || sql[0] == '\''; /* the character itself; a text's closing quote */
		if (!dropped) buf_add(out, sql, plain);
		sql += plain;
	}
	buf_char(out, '\0');
	return (AskedSql){out->at, left.values, left.count};
}

AskedSql asked_sql(const Request *rq, const char *sql, const Val *args, size_t count) {
	return asked_sql_for(db_engine(rq->db) == STORE_POSTGRES, rq->arena, sql, args, count);
}

AskedSql asked_seen(const Request *rq, const char *sql, const Val *args, size_t count) {
	return asked_sql_for(false, rq->arena, sql, args, count);
}

Val asked_text(const Request *rq, const char *name) {
	return in_has(rq, name) && in_text(rq, name).len ? val_text(in_text(rq, name)) : val_null();
}

Val asked_int(const Request *rq, const char *name) {
	return in_int(rq, name) ? val_int(in_int(rq, name)) : val_null();
}

Val asked_like(Request *rq, const char *name) {
	return in_has(rq, name) && text_trim(in_text(rq, name)).len ? in_like(rq, name) : val_null();
}
