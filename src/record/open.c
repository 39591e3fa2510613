/* The public's path out (see open.h): plan → names checked against it → SQL from numbers → rows → evidence. As for departments,
 * each statement also selects the catalogue generation, so that a field closed in another process is never shown by this one.
 * On the request's thread. */
#include "record/read.h"

enum { QUASI_MAX = 16 };

int open_table(Request *rq, int64_t resource_id, OpenTable *out) {
	const Plan *plan;
	int code = access_public(rq, resource_id, &plan);
	if (code < 0) return code;
	*out = (OpenTable){.resource = plan->resource,
	                   .positions = plan->positions,
	                   .count = plan->visible,
	                   .opening_id = plan->opening_id,
	                   .mounted = plan->mounted,
	                   .plan = plan};
	return 0;
}

void open_value_json(JsonWriter *json, const Field *field, Val value, Arena *arena) {
	value_json(json, field, value, arena);
}

/* --- names ----------------------------------------------------------------------------------------------------------- */

static int unknown_name(Request *rq, const char *use, Text name) {
	return error_field(rq->error, ERR_INVALID, use, name, "unknown_field", "use the names of the fields table",
	                   "There is no open field %.*s", (int)(name.len > 80 ? 80 : name.len), name.at ? name.at : "");
}

/* Position of an opened field, or -1. */
static int opened_position(const Plan *plan, Text name) {
	const Field *field = resource_field(plan->resource, name);
	int position = field ? (int)(field - plan->resource->fields) : -1;
	return position >= 0 && plan->fields[position].mode == GRANT_CLEAR ? position : -1;
}

static int column_of(const Plan *plan, int position) {
	int no = plan->resource->fields[position].no;
	return column_listed(plan->columns, no) ? no : 0;
}

static int choose_fields(Request *rq, const Plan *plan, OpenQuery *query) {
	int *positions = ARENA_ARRAY(rq->arena, int, RECORD_FIELDS_MAX + 1);
	if (query->field_count > RECORD_FIELDS_MAX) return unknown_name(rq, "fields", query->fields[RECORD_FIELDS_MAX]);
	query->shown = query->field_count ? query->field_count : query->no_fields ? 0 : plan->visible;
	if (!query->field_count && !query->no_fields) memcpy(positions, plan->positions, sizeof(int) * (size_t)plan->visible);
	for (int i = 0; i < query->field_count; i++)
		if ((positions[i] = opened_position(plan, query->fields[i])) < 0)
			return unknown_name(rq, "fields", query->fields[i]);
	query->positions = positions;
	return 0;
}

static int choose_order(Request *rq, const Plan *plan, const OpenQuery *query, int64_t rows, int *orders, int *count) {
	for (int i = 0; i < query->order_count; i++) {
		int position = opened_position(plan, query->orders[i].field);
		if (position < 0) return unknown_name(rq, "sort", query->orders[i].field);
		const Field *field = &plan->resource->fields[position];
		bool shown = !query->distinct;
		for (int k = 0; k < query->shown; k++)
			shown = shown || query->positions[k] == position;
		if (!shown)
			return error_field(rq->error, ERR_INVALID, "sort", query->orders[i].field, "distinct",
			                   "name it in fields, or leave distinct out",
			                   "Distinct rows are sorted by what they show");
		if (rows > OPEN_SCAN_ROWS && !field->indexed && !field->unique && !field->key)
			return error_field(rq->error, ERR_INVALID, "sort", query->orders[i].field, "not_indexed",
			                   "sort by a key or an indexed field", "%s has no index, and the table is large",
			                   field->name);
		int column = column_of(plan, position);
		if (column) orders[(*count)++] = query->orders[i].descending ? -column : column;
	}
	return 0;
}

static int add_filters(Request *rq, const Plan *plan, const json_t *filters, Filter *filter) {
	const char *name;
	json_t *value;
	if (!filters) return 0;
	if (!json_is_object(filters))
		return error_field(rq->error, ERR_INVALID, "filters", TEXT_NONE, "type", "write {\"field\": \"value\"}",
		                   "Filters are a JSON object");
	json_object_foreach((json_t *)filters, name, value) {
		FilterOp op;
		const Field *field = filter_field(plan->resource, text_of(name), &op);
		int position = field ? (int)(field - plan->resource->fields) : -1;
		if (!field || plan->fields[position].mode != GRANT_CLEAR || field->kind == KIND_GEOMETRY)
			return unknown_name(rq, "filters", text_of(name));
		if (!column_of(plan, position)) { /* not loaded since it was added: it has no value in any row */
			bool null = json_is_true(value) || json_integer_value(value) == 1 ||
			            (json_is_string(value) && strcmp(json_string_value(value), "1") == 0);
			buf_str(&filter->sql, op == OP_NULL && null ? "" : " AND 1 = 0");
			continue;
		}
		const char *key = json_is_array(value) && op == OP_EQ ? arena_printf(rq->arena, "%s.in", name) : name;
		json_t *one = json_pack("{s:O}", key, value);
		int code = filter_json(filter, one);
		json_decref(one);
		if (code < 0) return code;
	}
	return 0;
}

/* "%word%" in lower case with LIKE's own characters escaped. */
static Text word_pattern(Arena *arena, Text word) {
	char *out = arena_alloc(arena, word.len * 2 + 2), *at = out;
	*at++ = '%';
	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i];
		if (strchr("%_\\", c)) *at++ = '\\';
		*at++ = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
	}
	*at++ = '%';
	return (Text){out, (size_t)(at - out)};
}

/* Words are looked for row by row: measured 5.8 s over a million rows, so large tables refuse them. */
static int bind_word(Request *rq, Filter *filter, Val value) {
	if (filter->count == FILTER_VALUES_MAX)
		return error_field(rq->error, ERR_INVALID, "q", TEXT_NONE, "length", "ask for less", "There are too many values");
	filter->values[filter->count++] = value;
	return filter->first + filter->count - 1;
}

/* Where a word is looked for: parts of texts and codes; numbers and dates that are the word. Times, booleans and shapes have no
 * words. */
static int add_word(Request *rq, const Plan *plan, const OpenWord *word, Filter *filter) {
	WordColumn columns[RECORD_FIELDS_MAX];
	int count = 0, only = word->field.at ? opened_position(plan, word->field) : -1, pattern = 0;
	if (word->field.at && only < 0) return unknown_name(rq, "q", word->field);
	for (int i = 0; i < plan->visible && count < RECORD_FIELDS_MAX; i++) {
		const Field *field = &plan->resource->fields[plan->positions[i]];
		const char *why;
		Val value;
		bool like = field->kind == KIND_TEXT || field->kind == KIND_CODE,
		     equal = field->kind == KIND_INTEGER || field->kind == KIND_DECIMAL || field->kind == KIND_DOUBLE ||
		             field->kind == KIND_DATE;
		if (!plan->numbers[i] || (word->field.at && plan->positions[i] != only)) continue;
		if (!like && !equal && word->field.at)
			return error_field(rq->error, ERR_INVALID, "q", word->field, "field_kind", "filter by the field",
			                   "Words are not looked for in %s: it is no text, number or date", field->name);
		if (!like && (!equal || field_parse(field, word->word, rq->arena, &value, &why) < 0)) continue;
		int bind = like && pattern ? pattern
		                           : bind_word(rq, filter, like ? val_text(word_pattern(rq->arena, word->word)) : value);
		if (bind < 0) return bind;
		if (like) pattern = bind;
		columns[count++] = (WordColumn){plan->numbers[i], bind, like};
	}
	sql_contains(&filter->sql, columns, count);
	return 0;
}

/* Words are looked for row by row: measured 5.8 s over a million rows, so large tables refuse them. */
static int add_words(Request *rq, const Plan *plan, const OpenQuery *query, int64_t rows, Filter *filter) {
	int code = 0;
	if (query->word_count && rows > OPEN_SCAN_ROWS)
		return error_field(rq->error, ERR_INVALID, "q", TEXT_NONE, "too_large", "filter by fields, or download the whole",
		                   "The table is too large to be searched for words");
	for (int i = 0; i < query->word_count && code == 0; i++)
		code = add_word(rq, plan, &query->words[i], filter);
	if (query->word_count) buf_printf(&filter->about, "%sq", filter->about.len ? ", " : "");
	return code;
}

/* --- rows ------------------------------------------------------------------------------------------------------------ */

static Val value_of(Rows *rows, int column, const Field *field) {
	if (rows_null(rows, column)) return val_null();
	switch (field_kind_val(field->kind)) {
	case VAL_INT:
		return val_int(rows_int(rows, column));
	case VAL_DOUBLE:
		return val_double(rows_double(rows, column));
	default: {
		Text text = rows_text(rows, column);
		return (Val){.kind = VAL_TEXT, .t = text.at ? text : TEXT("")};
	}
	}
}

int64_t open_mark(Request *rq, int64_t resource_id, int64_t record) {
	int64_t pair[3] = {0x6f70656e, resource_id, record};
	return (int64_t)(siphash64(app_secret(rq->app), (Text){(const char *)pair, sizeof pair}) >> 11);
}

static int count_rows(Request *rq, const OpenSql *sql, const Filter *filter, int64_t *out) {
	Rows *rows;
	int code = db_one(rq->db, &rows, sql_open_count(rq->arena, sql), filter->values, (size_t)filter->count);
	if (code < 0) return statement_failed(rq, code);
	int64_t generation = rows_int(rows, 1);
	*out = rows_int(rows, 0);
	return generation == rq->generation ? 0 : moved_on(rq, generation);
}

static int give_rows(Request *rq, const OpenTable *table, OpenQuery *query, const OpenSql *sql, const Val *binds, int count,
                     OpenRow row, void *arg) {
	Rows *rows;
	Val *values = ARENA_ARRAY(rq->arena, Val, query->shown + 1);
	const char *text = sql_open_rows(rq->arena, sql);
	int code = query->scan ? db_scan(rq->db, &rows, text, binds, (size_t)count)
	                       : db_query(rq->db, &rows, text, binds, (size_t)count);
	if (code < 0) return statement_failed(rq, code);
	while ((code = rows_next(rows)) > 0) {
		if (rows_int(rows, 0) != rq->generation) {
			int64_t generation = rows_int(rows, 0);
			rows_close(rows);
			return moved_on(rq, generation);
		}
		for (int i = 0; i < query->shown; i++)
			values[i] = value_of(rows, i + 2, &table->resource->fields[query->positions[i]]);
		query->rows++;
		if ((code = row(arg, open_mark(rq, table->resource->resource_id, rows_int(rows, 1)), values)) < 0) {
			rows_close(rows);
			return code;
		}
	}
	rows_close(rows);
	return code < 0 ? statement_failed(rq, code) : 0;
}

static int read_rows(Request *rq, const OpenTable *table, OpenQuery *query, OpenSql *sql, Filter *filter, OpenRow row,
                     void *arg) {
	int code = 0, count = filter->count;
	if (query->want_total && !query->scan) code = count_rows(rq, sql, filter, &query->total);
	if (code < 0) return code;
	Val binds[FILTER_VALUES_MAX + 2];
	memcpy(binds, filter->values, sizeof(Val) * (size_t)count);
	if (!query->scan) {
		binds[count++] = val_int(query->limit);
		sql->limit = count;
		binds[count++] = val_int(query->offset);
		sql->offset = count;
	}
	if (query->limit > 0 || query->scan) code = give_rows(rq, table, query, sql, binds, count, row, arg);
	if (code == 0 && query->rows == 0) { /* nothing that could have told the generation */
		int moved = request_generation_check(rq);
		code = moved == 1 ? ERR_RETRY : moved;
	}
	return code;
}

int open_read(Request *rq, const OpenTable *table, OpenQuery *query, OpenRow row, void *arg) {
	const Plan *plan = table->plan;
	Filter *filter = ARENA_NEW(rq->arena, Filter);
	int orders[OPEN_ORDERS_MAX], order_count = 0;
	int64_t known = 0;
	rq->about_resource = table->resource->resource_id;
	query->total = -1;
	query->rows = 0;
	int code = db_int(rq->db, &known, "SELECT row_count FROM resource WHERE resource_id = $1",
	                  BIND(val_int(table->resource->resource_id)));
	if (code >= 0 && query->distinct && known > OPEN_SCAN_ROWS)
		return error_field(rq->error, ERR_INVALID, "distinct", TEXT_NONE, "too_large",
		                   "filter by fields, or download the whole", "The table is too large for distinct rows");
	if (code >= 0) code = choose_fields(rq, plan, query);
	if (code == 0) code = choose_order(rq, plan, query, known, orders, &order_count);
	filter_begin(filter, plan->resource, rq->arena, rq->error, 1);
	if (code == 0) code = add_filters(rq, plan, query->filters, filter);
	if (code == 0) code = add_words(rq, plan, query, known, filter);
	if (code < 0) return code;
	if (!plan->mounted) {
		query->total = query->want_total ? 0 : -1;
	} else {
		int *columns = ARENA_ARRAY(rq->arena, int, query->shown + 1);
		for (int i = 0; i < query->shown; i++)
			columns[i] = column_of(plan, query->positions[i]);
		OpenSql sql = {.table = sql_table(plan->resource->resource_id, plan->resource->generation_no),
		               .columns = columns,
		               .count = query->shown,
		               .orders = orders,
		               .order_count = order_count,
		               .distinct = query->distinct,
		               .extra = filter->sql.len ? buf_as_text(&filter->sql) : TEXT("")};
		code = read_rows(rq, table, query, &sql, filter, row, arg);
	}
	rq->about = arena_printf(rq->arena, "%s,\"filter\":\"%.*s\"}", plan->about, TEXT_ARG(buf_as_text(&filter->about)));
	rq->row_count = query->rows;
	return code;
}

/* --- how many look alike --------------------------------------------------------------------------------------------- */

int record_k_anonymity(Request *rq, const Resource *resource, const int *positions, int count, int k, KAnonymity *out) {
	int columns[QUASI_MAX], used = 0;
	Text listed;
	Rows *rows;
	*out = (KAnonymity){0};
	int code = table_columns(rq, resource->resource_id, resource->generation_no, rq->arena, &listed);
	if (code < 0 || resource->generation_no == 0) return code < 0 ? code : 0;
	for (int i = 0; i < count && used < QUASI_MAX; i++)
		if (column_listed(listed, resource->fields[positions[i]].no)) columns[used++] = resource->fields[positions[i]].no;
	if (used == 0) return 0;
	const char *sql = sql_groups(rq->arena, sql_table(resource->resource_id, resource->generation_no), columns, used, k);
	if ((code = db_one(rq->db, &rows, sql, NO_BIND)) < 0) return statement_failed(rq, code);
	*out = (KAnonymity){.groups = rows_int(rows, 0),
	                    .smallest = rows_int(rows, 1),
	                    .below = rows_int(rows, 2),
	                    .rows_below = rows_int(rows, 3)};
	return 0;
}
