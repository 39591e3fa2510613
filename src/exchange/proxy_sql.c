/* SQL of proxied reads: runs on the supplier's server, never on our store. Names go through PQescapeIdentifier (ODBC:
 * the dialect's quotes, doubled), values are bound as texts and cast to the type that the column had when it was chosen, so that
 * a column altered since is refused instead of compared otherwise. Owns nothing; any thread. */
#include "exchange/proxy_sql.h"
#include <stdio.h>

enum { GEOMETRY_CHARS = 1 << 20, TEXT_CHARS = 4000 };

/* --- SQL ----------------------------------------------------------------------------------------------------------------- */

ProxySql *proxy_sql_new(Arena *arena, PGconn *connection, const ProxyBinding *binding, const KeeperRead *read) {
	ProxySql *sql = ARENA_NEW(arena, ProxySql);
	*sql = (ProxySql){.arena = arena, .connection = connection, .binding = binding, .read = read};
	buf_in(&sql->text, arena);
	return sql;
}

static void add_name(ProxySql *sql, const char *name) {
	char quote = sql->binding->dialect->quote;
	if (sql->binding->dialect->odbc) {
		buf_char(&sql->text, quote);
		for (; *name; name++) {
			if (*name == quote) buf_char(&sql->text, quote);
			buf_char(&sql->text, *name);
		}
		buf_char(&sql->text, quote);
		return;
	}
	char *quoted = PQescapeIdentifier(sql->connection, name, strlen(name));
	buf_str(&sql->text, quoted ? quoted : "\"\"");
	PQfreemem(quoted);
}

static const ProxyColumn *column_of(const ProxySql *sql, int position) {
	static const ProxyColumn none = {0};
	const ProxyBinding *binding = sql->binding;
	int no = sql->read->resource->fields[position].no;
	return no <= binding->max_no ? &binding->columns[no] : &none;
}

/* Named with its table: a bare name in ORDER BY would be that of a column of the answer, which is a text. */
static void add_column(ProxySql *sql, int position) {
	buf_str(&sql->text, "t.");
	add_name(sql, column_of(sql, position)->column);
}

/* The end of a CAST to a text. */
static const char *text_end(const ProxySql *sql) {
	return sql->binding->dialect->text_end;
}

/* The column as it is compared and sorted. */
static void add_operand(ProxySql *sql, int position) {
	const ProxyCast *cast = column_of(sql, position)->cast;
	if (!cast->plain || cast->around) buf_str(&sql->text, cast->around ? cast->around : "CAST(");
	add_column(sql, position);
	if (cast->around)
		buf_char(&sql->text, ')');
	else if (!cast->plain)
		buf_str(&sql->text, text_end(sql));
}

static void add_bind(ProxySql *sql, const char *value, const char *cast) {
	if (sql->count == sql->room) {
		sql->room = sql->room ? sql->room * 2 : 64;
		const char **more = ARENA_ARRAY(sql->arena, const char *, sql->room);
		if (sql->count) memcpy(more, sql->values, sizeof *more * (size_t)sql->count);
		sql->values = more;
	}
	sql->values[sql->count++] = value;
	const ProxyDialect *dialect = sql->binding->dialect;
	if (!dialect->odbc)
		buf_printf(&sql->text, "CAST($%d AS %s)", sql->count, cast);
	else if (dialect->by_bytes && (strcmp(cast, "CHAR") == 0 || strcasecmp(cast, "text") == 0))
		buf_char(&sql->text, '?'); /* the column's collation, or the one that is named, holds */
	else
		buf_printf(&sql->text, "CAST(? AS %s)", cast);
}

/* Local time of Asia/Shanghai without its zone, as the session has it. */
static char *local_time(char *text) {
	char *t = strchr(text, 'T'), *zone = strrchr(text, '+');
	if (t) *t = ' ';
	if (zone) *zone = '\0';
	return text;
}

static void add_value(ProxySql *sql, int position, Val value, const char *cast) {
	Arena *arena = sql->arena;
	const Field *field = &sql->read->resource->fields[position];
	char *text = text_cstr(arena, field_text(field, value, arena));
	const ProxyCast *of = column_of(sql, position)->cast;
	bool local = sql->binding->dialect->local;
	if (local && field->kind == KIND_BOOLEAN) text = value.i ? "1" : "0";
	if (local && field->kind == KIND_TIME) text = local_time(text);
	if (of->around) buf_str(&sql->text, of->around);
	add_bind(sql, text, cast ? cast : of->cast);
	if (of->around) buf_char(&sql->text, ')');
}

/* < and > on texts go by bytes, as with stored records. */
static void add_compared(ProxySql *sql, int position, const char *sign, Val value) {
	const ProxyCast *cast = column_of(sql, position)->cast;
	bool always = sql->binding->dialect->by_bytes, order = (*sign == '<' || *sign == '>') && strcmp(sign, "<>") != 0,
	     bytes = *cast->ordered && (order || always);
	buf_str(&sql->text, " AND ");
	if (bytes && always && *sign == '=') { /* so that an index of the column serves too */
		add_column(sql, position);
		buf_str(&sql->text, " = ");
		add_value(sql, position, value, "text");
		buf_str(&sql->text, " AND ");
	}
	if (bytes) {
		buf_str(&sql->text, "CAST(");
		add_column(sql, position);
		buf_str(&sql->text, text_end(sql));
		buf_str(&sql->text, cast->ordered);
	} else {
		add_operand(sql, position);
	}
	buf_printf(&sql->text, " %s ", sign);
	add_value(sql, position, value, bytes ? "text" : NULL);
}

static void add_condition(ProxySql *sql, const KeeperCondition *condition) {
	static const char *const signs[FILTER_OP_COUNT] = {
	    [OP_EQ] = "=", [OP_NE] = "<>", [OP_LT] = "<", [OP_LTE] = "<=", [OP_GT] = ">", [OP_GTE] = ">=",
	};
	int position = condition->position;
	switch (condition->op) {
	case OP_IN:
		buf_str(&sql->text, " AND ");
		if (sql->binding->dialect->by_bytes && *column_of(sql, position)->cast->ordered) {
			buf_str(&sql->text, "CAST(");
			add_column(sql, position);
			buf_str(&sql->text, text_end(sql));
			buf_str(&sql->text, column_of(sql, position)->cast->ordered);
		} else {
			add_operand(sql, position);
		}
		buf_str(&sql->text, " IN (");
		for (int i = 0; i < condition->count; i++) {
			if (i) buf_str(&sql->text, ", ");
			add_value(sql, position, condition->values[i], NULL);
		}
		buf_char(&sql->text, ')');
		return;
	case OP_LIKE:
		add_compared(sql, position, ">=", condition->values[0]);
		add_compared(sql, position, "<", condition->values[1]);
		return;
	case OP_NULL:
	case OP_NOT_NULL:
		buf_str(&sql->text, " AND ");
		add_column(sql, position);
		buf_str(&sql->text, condition->op == OP_NULL ? " IS NULL" : " IS NOT NULL");
		return;
	default:
		add_compared(sql, position, signs[condition->op], condition->values[0]);
	}
}

/* What stands in the answer: as text, texts cut a little above what their field takes, so that no value is ever huge here. */
static void add_shown(ProxySql *sql, int position) {
	const Field *field = &sql->read->resource->fields[position];
	bool text = field_kind_val(field->kind) == VAL_TEXT;
	int most = field->kind == KIND_GEOMETRY ? GEOMETRY_CHARS : field->length > 0 ? field->length : TEXT_CHARS;
	if (!column_of(sql, position)->column) {
		buf_str(&sql->text, "NULL");
		return;
	}
	const ProxyDialect *dialect = sql->binding->dialect;
	if (dialect->short_real && field->kind == KIND_DOUBLE) {
		buf_str(&sql->text, "CASE WHEN ");
		add_column(sql, position);
		buf_str(&sql->text, " IS NOT NULL THEN printf('%!.17g', ");
		add_column(sql, position);
		buf_str(&sql->text, ") END");
		return;
	}
	if (text) buf_str(&sql->text, dialect->substr ? "substr(" : "left(");
	buf_str(&sql->text, "CAST(");
	add_column(sql, position);
	buf_str(&sql->text, text_end(sql));
	if (text) buf_printf(&sql->text, "%s, %d)", dialect->substr ? ", 1" : "", most + 1);
}

/* A hash of salt and key, by bytes: an order that tells nothing of the key. */
static void add_hash(ProxySql *sql) {
	const Resource *resource = sql->read->resource;
	buf_str(&sql->text, sql->binding->dialect->hash);
	add_bind(sql, sql->read->salt, "text");
	for (int i = 0; i < resource->key_count; i++) {
		buf_str(&sql->text, ", CAST(");
		add_column(sql, resource->key_fields[i]);
		buf_str(&sql->text, text_end(sql));
	}
	buf_str(&sql->text, sql->binding->dialect->hash_end);
}

/* The parts of the order, with what is to come after, before or beside them: "" for places, else a direction. */
static void add_order(ProxySql *sql, bool places, const char *way) {
	const KeeperRead *read = sql->read;
	const Resource *resource = read->resource;
	int given = 0, parts = 0;
	if (read->sort >= 0 && !read->nulls) {
		if (places)
			add_value(sql, read->sort, read->after[given++], NULL);
		else
			add_operand(sql, read->sort);
		buf_str(&sql->text, way);
		parts++;
	}
	for (int i = 0; i < (read->salt ? 1 : resource->key_count); i++) {
		if (parts++) buf_str(&sql->text, ", ");
		if (read->salt && places)
			add_bind(sql, text_cstr(sql->arena, read->after[given++].t), "text");
		else if (read->salt)
			add_hash(sql);
		else if (places)
			add_value(sql, resource->key_fields[i], read->after[given++], NULL);
		else
			add_operand(sql, resource->key_fields[i]);
		buf_str(&sql->text, way);
	}
}

static void add_table(ProxySql *sql) {
	buf_str(&sql->text, " FROM ");
	add_name(sql, sql->binding->schema);
	buf_char(&sql->text, '.');
	add_name(sql, sql->binding->table);
	buf_str(&sql->text, " AS t");
}

int proxy_sql_columns(const KeeperRead *read) {
	return read->sized ? 1 : read->count + (read->salt != NULL);
}

void proxy_sql_rows(ProxySql *sql) {
	const KeeperRead *read = sql->read;
	buf_str(&sql->text, read->sized ? "SELECT count(*)" : "SELECT ");
	for (int i = 0; i < read->count && !read->sized; i++) {
		if (i) buf_str(&sql->text, ", ");
		add_shown(sql, read->positions[i]);
	}
	if (read->salt) {
		buf_str(&sql->text, ", ");
		add_hash(sql);
	}
	add_table(sql);
	buf_str(&sql->text, " WHERE TRUE");
	for (int i = 0; i < read->condition_count; i++)
		add_condition(sql, &read->conditions[i]);
	if (read->sort >= 0)
		add_condition(sql, &(KeeperCondition){.position = read->sort, .op = read->nulls ? OP_NULL : OP_NOT_NULL});
	if (read->after) {
		buf_str(&sql->text, " AND (");
		add_order(sql, false, "");
		buf_printf(&sql->text, ") %s (", read->descending ? "<" : ">");
		add_order(sql, true, "");
		buf_char(&sql->text, ')');
	}
	if (read->ordered) {
		buf_str(&sql->text, " ORDER BY ");
		add_order(sql, false, read->descending ? " DESC" : " ASC");
	}
	if (read->limit > 0) buf_printf(&sql->text, " LIMIT %lld", (long long)read->limit);
	buf_char(&sql->text, '\0');
}

void proxy_sql_key_fault(ProxySql *sql, bool empty) {
	const Resource *resource = sql->read->resource;
	buf_str(&sql->text, "SELECT 1");
	add_table(sql);
	buf_str(&sql->text, empty ? " WHERE FALSE" : " GROUP BY ");
	for (int i = 0; i < resource->key_count; i++) {
		buf_str(&sql->text, empty ? " OR " : i ? ", " : "");
		add_column(sql, resource->key_fields[i]);
		if (empty) buf_str(&sql->text, " IS NULL");
	}
	buf_str(&sql->text, empty ? " LIMIT 1" : " HAVING count(*) > 1 LIMIT 1");
	buf_char(&sql->text, '\0');
}
