/* The lower half of the kind of target "odbc": names and columns, the mark (a row of table yiwang_delivery), rows read back and
 * their digest. SQL here runs on the receiver's database, never on our store; names are letters, digits and _ (checked at the
 * door) and quoted, values are bound. */
#include "exchange/delivery_odbc.h"
#include "exchange/odbc_wire.h"
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_ROWS = 10000 };

int odbc_target_failed(OdbcTarget *target, int code, const char *doing) {
	return code == 0 ? 0 : odbc_fault_error(target->dialect, &target->link.fault, doing, target->base.error);
}

int odbc_target_execute(OdbcTarget *target, const char *sql, const char *doing) {
	return odbc_target_failed(target, odbc_execute(&target->link, sql, NULL), doing);
}

int odbc_target_commit(OdbcTarget *target) {
	return odbc_target_failed(target, odbc_commit(&target->link), "commit");
}

/* COMMIT, or ROLLBACK with the code that is there already. A lost answer to COMMIT is ERR_BUSY or a failed run: the next reads
 * the mark. */
int odbc_target_end(OdbcTarget *target, int code) {
	if (code == 0) return odbc_target_commit(target);
	odbc_rollback(&target->link);
	return code;
}

/* --- names ------------------------------------------------------------------------------------------------------------------ */

char *odbc_quoted(OdbcTarget *target, const char *name, const char *suffix) {
	char quote = target->dialect->quote;
	return arena_printf(target->base.arena, "%c%s%s%c", quote, name, suffix, quote);
}

static char *placed(OdbcTarget *target, const char *name, const char *suffix) {
	char *table = odbc_quoted(target, name, suffix);
	return target->dialect->one_schema
	           ? table
	           : arena_printf(target->base.arena, "%s.%s", odbc_quoted(target, target->base.schema, ""), table);
}

static char wire_type(const Field *field) {
	switch (field->kind) {
	case KIND_INTEGER:
	case KIND_BOOLEAN:
		return 'i';
	case KIND_DOUBLE:
		return 'd';
	default:
		return 't';
	}
}

void odbc_names_make(OdbcTarget *target) {
	DeliveryTarget *base = &target->base;
	const Resource *shape = base->shape;
	const OdbcDialect *dialect = target->dialect;
	Buf names = {0}, select = {0}, definition = {0};
	target->live = placed(target, base->table, "");
	target->staging = placed(target, base->table, STAGING);
	target->old = placed(target, base->table, OLD);
	target->marks = placed(target, "yiwang_delivery", "");
	target->types = ARENA_ARRAY(base->arena, char, shape->field_count + 1);
	target->read_types = ARENA_ARRAY(base->arena, char, shape->field_count + 1);
	for (int i = 0; i < shape->field_count; i++) {
		const Field *field = &shape->fields[i];
		const char *name = odbc_quoted(target, field->name, ""), *comma = i ? ", " : "";
		buf_printf(&names, "%s%s", comma, name);
		buf_printf(&definition, "%s%s %s", comma, name,
		           i == DELIVERY_ID_COLUMN ? dialect->key : odbc_dialect_type(base->arena, dialect, field));
		target->types[i] = target->read_types[i] = wire_type(field);
		buf_str(&select, comma);
		if (target->types[i] == 'd' && dialect->read_real) {
			buf_printf(&select, dialect->read_real, name, name);
			target->read_types[i] = 't';
		} else
			buf_str(&select, name);
	}
	target->names = text_cstr(base->arena, buf_as_text(&names));
	target->select = text_cstr(base->arena, buf_as_text(&select));
	target->definition = text_cstr(base->arena, buf_as_text(&definition));
	buf_free(&names);
	buf_free(&select);
	buf_free(&definition);
}

/* "" when it is not there. */
int odbc_columns_there(OdbcTarget *target, const char *suffix, char **out) {
	const char *table = arena_printf(target->base.arena, "%s%s", target->base.table, suffix), *schema = target->base.schema;
	const OdbcDialect *dialect = target->dialect;
	return odbc_target_failed(target,
	                          odbc_columns(&target->link, dialect->schema_is_catalog ? schema : NULL,
	                                       dialect->schema_is_catalog || dialect->one_schema ? NULL : schema, table, out),
	                          "look at its table");
}

/* --- the mark ----------------------------------------------------------------------------------------------------------------
 */

static const struct {
	const char *name;
	char type;
} mark_columns[MARK_COLUMNS] = {
    [TABLE_NAME] = {"table_name", 't'},
    [SIGNATURE] = {"signature", 't'},
    [COLUMNS] = {"columns", 't'},
    [POSITION] = {"position", 'i'},
    [LIVE] = {"live", 't'},
    [DONE_RUN] = {"done_run", 't'},
    [RUN] = {"run", 't'},
    [AS_OF] = {"as_of", 't'},
    [FILLED_RID] = {"filled_rid", 'i'},
    [FILLED] = {"filled", 't'},
    [RUN_POSITION] = {"run_position", 'i'},
    [COMING] = {"coming", 't'},
    [UPDATED_AT] = {"updated_at", 't'},
};

static void value_put(Buf *row, const MarkValue *value) {
	if (mark_columns[value->column].type == 'i')
		wire_put_number(row, (uint64_t)value->number);
	else
		wire_put_text(row, text_of(value->text));
}

static void value_name(OdbcTarget *target, Buf *sql, Buf *types, const MarkValue *value, const char *before) {
	buf_printf(sql, "%s%c%s%c = ?", before, target->dialect->quote, mark_columns[value->column].name, target->dialect->quote);
	buf_char(types, mark_columns[value->column].type);
}

/* Rows changed, or a code. */
int64_t odbc_mark_update(OdbcTarget *target, const MarkValue *sets, int set_count, const MarkValue *wheres, int where_count) {
	Arena *scratch = arena_new();
	Buf sql = {0}, types = {0}, row = {0};
	char at[CLOCK_TEXT_MAX];
	const MarkValue now = {UPDATED_AT, clock_format(clock_now_us(), at)};
	int64_t changed = 0;
	buf_printf(&sql, "UPDATE %s", target->marks);
	for (int i = 0; i <= set_count; i++) {
		const MarkValue *value = i < set_count ? &sets[i] : &now;
		value_name(target, &sql, &types, value, i ? ", " : " SET ");
		value_put(&row, value);
	}
	buf_printf(&sql, " WHERE %s = %lld", odbc_quoted(target, "delivery_id", ""), (long long)target->base.delivery_id);
	for (int i = 0; i < where_count; i++) {
		value_name(target, &sql, &types, &wheres[i], " AND ");
		value_put(&row, &wheres[i]);
	}
	int code = odbc_rows_in(&target->link, text_cstr(scratch, buf_as_text(&types)), 0, text_cstr(scratch, buf_as_text(&sql)),
	                        buf_as_text(&row), &changed);
	buf_free(&sql);
	buf_free(&types);
	buf_free(&row);
	arena_free(scratch);
	return code < 0 ? odbc_target_failed(target, code, "keep its mark") : changed;
}
int odbc_mark_moved(OdbcTarget *target, int64_t changed) {
	return changed < 0 ? (int)changed : changed == 1 ? 0 : delivery_mark_moved(&target->base);
}

int odbc_mark_insert(OdbcTarget *target) {
	Buf names = {0}, values = {0};
	buf_str(&names, odbc_quoted(target, "delivery_id", ""));
	buf_int(&values, target->base.delivery_id);
	for (int i = 0; i < MARK_COLUMNS; i++) {
		const char *value = mark_columns[i].type == 'i' ? "0" : i == LIVE || i == FILLED ? "'" NOTHING "'" : "''";
		buf_printf(&names, ", %s", odbc_quoted(target, mark_columns[i].name, ""));
		buf_printf(&values, ", %s", value);
	}
	int code = odbc_target_execute(target,
	                               arena_printf(target->base.arena, "INSERT INTO %s (%.*s) VALUES (%.*s)", target->marks,
	                                            TEXT_ARG(buf_as_text(&names)), TEXT_ARG(buf_as_text(&values))),
	                               "keep its mark");
	buf_free(&names);
	buf_free(&values);
	return code;
}

int odbc_marks_make(OdbcTarget *target) {
	const OdbcDialect *dialect = target->dialect;
	char *there;
	Buf sql = {0};
	int code = odbc_target_failed(target,
	                              odbc_columns(&target->link, dialect->schema_is_catalog ? target->base.schema : NULL,
	                                           dialect->schema_is_catalog || dialect->one_schema ? NULL : target->base.schema,
	                                           "yiwang_delivery", &there),
	                              "look at its table");
	if (code < 0 || *there) return code;
	buf_printf(&sql, "CREATE TABLE %s (%s %s", target->marks, odbc_quoted(target, "delivery_id", ""), dialect->key);
	for (int i = 0; i < MARK_COLUMNS; i++)
		buf_printf(&sql, ", %s %s NOT NULL", odbc_quoted(target, mark_columns[i].name, ""),
		           mark_columns[i].type == 'i' ? dialect->integer : dialect->text);
	buf_printf(&sql, ")%s", dialect->create_end);
	code = odbc_target_execute(target, text_cstr(target->base.arena, buf_as_text(&sql)), "make its table yiwang_delivery");
	buf_free(&sql);
	return odbc_target_end(target, code);
}

int64_t odbc_cell_int(Text cell) {
	Wire wire = {cell.at, cell.at ? cell.at + cell.len : cell.at, !cell.at};
	return (int64_t)wire_number(&wire, 8);
}

static int mark_row(void *arg, const Text *cells) {
	OdbcTarget *target = arg;
	DeliveryMark *mark = &target->base.mark;
	Arena *arena = target->base.arena;
	*mark = (DeliveryMark){.there = true,
	                       .signature = text_cstr(arena, cells[SIGNATURE]),
	                       .columns = text_cstr(arena, cells[COLUMNS]),
	                       .position = odbc_cell_int(cells[POSITION]),
	                       .done_run = text_cstr(arena, cells[DONE_RUN]),
	                       .run = text_cstr(arena, cells[RUN]),
	                       .as_of = text_cstr(arena, cells[AS_OF]),
	                       .filled_rid = odbc_cell_int(cells[FILLED_RID]),
	                       .run_position = odbc_cell_int(cells[RUN_POSITION])};
	target->coming = text_cstr(arena, cells[COMING]);
	if (table_digest_parse(cells[LIVE], &mark->live) == 0 && table_digest_parse(cells[FILLED], &mark->filled) == 0) return 0;
	return delivery_altered(&target->base, "the target's table yiwang_delivery was changed by hand");
}

int odbc_mark_read(OdbcTarget *target) {
	Buf sql = {0};
	char types[MARK_COLUMNS + 1] = "";
	for (int i = 0; i < MARK_COLUMNS; i++) {
		types[i] = mark_columns[i].type;
		buf_printf(&sql, "%s%s", i ? ", " : "SELECT ", odbc_quoted(target, mark_columns[i].name, ""));
	}
	buf_printf(&sql, " FROM %s WHERE %s = %lld", target->marks, odbc_quoted(target, "delivery_id", ""),
	           (long long)target->base.delivery_id);
	target->base.mark = (DeliveryMark){.signature = "", .columns = "", .done_run = "", .run = "", .as_of = ""};
	target->coming = "";
	int code = odbc_query(&target->link, types, text_cstr(target->base.arena, buf_as_text(&sql)), mark_row, target);
	buf_free(&sql);
	return target->base.error->code ? code : odbc_target_failed(target, code, "read its mark");
}

/* --- reading back ------------------------------------------------------------------------------------------------------------
 */

ReadRows *odbc_read_new(OdbcTarget *target) {
	Arena *arena = arena_new();
	ReadRows *read = ARENA_NEW(arena, ReadRows);
	*read = (ReadRows){.target = target, .arena = arena, .hasher = hasher_new(arena)};
	read->values = ARENA_ARRAY(arena, Val, target->base.shape->field_count);
	buf_in(&read->scratch, arena);
	return read;
}

/* A cell as the stored value that it was sent from. 0 or -1. */
static int cell_value(const Field *field, char type, Text cell, Val *out) {
	int32_t days;
	double real;
	uint64_t bits;
	*out = val_null();
	if (!cell.at) return 0;
	switch (field->kind) {
	case KIND_INTEGER:
	case KIND_BOOLEAN:
		*out = val_int(odbc_cell_int(cell));
		return cell.len == 8 ? 0 : -1;
	case KIND_DOUBLE:
		*out = val_double(0);
		if (type == 't') return text_to_double(cell, &out->d);
		bits = (uint64_t)odbc_cell_int(cell);
		memcpy(&real, &bits, sizeof real);
		*out = val_double(real);
		return cell.len == 8 && real == real ? 0 : -1;
	case KIND_DECIMAL:
		*out = val_int(0);
		return text_to_decimal(cell, field->scale, &out->i);
	case KIND_DATE:
		if (date_parse(cell, &days) < 0) return -1;
		*out = val_int(days);
		return 0;
	case KIND_TIME:
		*out = val_int(0);
		return clock_parse(cell, &out->i);
	default:
		*out = val_text(cell);
		return 0;
	}
}

static int id_compare(const void *a, const void *b) {
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return left < right ? -1 : left > right;
}

void odbc_seen_set(const int64_t *ids, int count, bool *seen, int64_t id) {
	const int64_t *found = count ? bsearch(&id, ids, (size_t)count, sizeof *ids, id_compare) : NULL;
	if (found) seen[found - ids] = true;
}

static int read_row(void *arg, const Text *cells) {
	ReadRows *read = arg;
	DeliveryTarget *base = &read->target->base;
	TableDigest one;
	for (int i = 0; i < base->shape->field_count; i++)
		if (cell_value(&base->shape->fields[i], read->target->read_types[i], cells[i], &read->values[i]) < 0 ||
		    (i == DELIVERY_ID_COLUMN && read->values[i].kind == VAL_NULL))
			return delivery_altered(base, arena_printf(read->arena,
			                                           "a row read back from %s.%s is not one that was delivered",
			                                           base->schema, base->table));
	row_digest(base->shape, read->values, read->hasher, &read->scratch, &one);
	table_digest_add(&read->sum, &one);
	read->last = read->values[DELIVERY_ID_COLUMN].i;
	if (read->seen) odbc_seen_set(read->ids, read->count, read->seen, read->last);
	return 0;
}

int odbc_read_query(ReadRows *read, const char *sql) {
	OdbcTarget *target = read->target;
	int code = odbc_query(&target->link, target->read_types, sql, read_row, read);
	return target->base.error->code ? code : odbc_target_failed(target, code, "be read back");
}

/* A whole table, a page at a time by its key: drivers hold a result in memory. */
int odbc_table_sum(OdbcTarget *target, const char *table, DeliveryStep *step, void *arg, TableDigest *out) {
	ReadRows *read = odbc_read_new(target);
	const char *id = odbc_quoted(target, DELIVERY_ID_NAME, "");
	int64_t before = -1;
	int code = 0;
	Buf sql = {0};
	while (code == 0 && read->sum.count != before) {
		before = read->sum.count;
		buf_reset(&sql);
		buf_printf(&sql, "SELECT %s FROM %s WHERE %s > %lld ORDER BY %s", target->select, table, id,
		           (long long)read->last, id);
		buf_printf(&sql, target->dialect->page, PAGE_ROWS);
		buf_char(&sql, '\0');
		code = odbc_read_query(read, sql.at);
		if (code == 0) code = odbc_target_commit(target);
		if (code == 0 && step) code = step(arg, read->sum.count);
		if (read->sum.count - before < PAGE_ROWS) break;
	}
	*out = read->sum;
	buf_free(&sql);
	arena_free(read->arena);
	return code;
}
