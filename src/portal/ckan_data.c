/* CKAN's datastore_search: rows of one open resource by filters, words, order and page, through record's path of the public; and
 * datastore_info. Names that are not open are refused by name, like names that do not exist. LANE_READ. */
#include "portal/ckan.h"
#include <stdio.h>

enum { ROWS_DEFAULT = 100, ROWS_MOST = 1000, OFFSET_MOST = 100000000 };

typedef struct Data {
	Ckan *ckan;
	const Dataset *dataset;
	OpenTable table;
	OpenQuery query;
	Arena *scratch;
	Buf sheet; /* of the formats csv and tsv */
	int written;
	bool with_id;
	enum { AS_OBJECTS, AS_LISTS, AS_CSV, AS_TSV, FORMS } form;
} Data;
static const char *const form_names[FORMS] = {"objects", "lists", "csv", "tsv"};

static int no_such(Ckan *ckan, const char *input, Text value, const char *why) {
	return error_field(ckan->rq->error, ERR_INVALID, input, value, "datastore", "", "%s", why);
}

/* What the datastore of CKAN can do and this one does not. */
static int names_check(Ckan *ckan, Data *data) {
	Text form = ckan_text(ckan, "records_format"), language = ckan_text(ckan, "language");
	for (int i = 0; i < FORMS; i++)
		if (!form.len || text_is(form, form_names[i])) {
			data->form = i;
			break;
		} else if (i == FORMS - 1) {
			return no_such(ckan, "records_format", form, "Records are answered as objects, lists, csv or tsv");
		}
	if (!ckan_true(ckan, "plain", true))
		return no_such(ckan, "plain", ckan_text(ckan, "plain"), "Only plain words are searched for, without operators");
	if (language.len && !text_is(language, "simple"))
		return no_such(ckan, "language", language, "Words are searched for as they are written, in no language's forms");
	return 0;
}

static int dataset_of(Ckan *ckan, const Dataset **out) {
	Text id = ckan_text(ckan, "resource_id");
	if (!id.len) id = ckan_text(ckan, "id");
	if (!id.len) return ckan_missing(ckan, "resource_id");
	const char *dash = memrchr(id.at, '-', id.len);
	bool format = dash && format_find((Text){dash + 1, (size_t)(id.at + id.len - dash - 1)});
	if (format) id.len = (size_t)(dash - id.at);
	*out = shelf_find(ckan->shelf, id);
	return *out ? 0 : ckan_not_found(ckan);
}

/* "field", "field desc", with or without double quotes around the name. */
static int order_of(Ckan *ckan, Text text, OpenOrder *out) {
	const char *blank = memchr(text.at, ' ', text.len);
	Text name = {text.at, blank ? (size_t)(blank - text.at) : text.len};
	Text way = blank ? text_trim((Text){blank, (size_t)(text.at + text.len - blank)}) : TEXT("asc");
	if (name.len > 2 && name.at[0] == '"' && name.at[name.len - 1] == '"') name = (Text){name.at + 1, name.len - 2};
	if (!text_is(way, "asc") && !text_is(way, "desc") && !text_is(way, "ASC") && !text_is(way, "DESC"))
		return no_such(ckan, "sort", text, "Write a field, then asc or desc");
	*out = (OpenOrder){name, text_is(way, "desc") || text_is(way, "DESC")};
	return 0;
}

static int sort_of(Ckan *ckan, OpenQuery *query) {
	Text parts[OPEN_ORDERS_MAX];
	int count, code = ckan_texts(ckan, "sort", parts, OPEN_ORDERS_MAX, &count);
	for (int i = 0; code == 0 && i < count; i++) {
		if (text_is(parts[i], "_id") || text_is(parts[i], "_id asc"))
			break; /* the order there is: nothing is left to say */
		if (!parts[i].len) return no_such(ckan, "sort", TEXT_NONE, "Write a field, then asc or desc");
		code = order_of(ckan, parts[i], &query->orders[query->order_count++]);
	}
	return code;
}

/* Words in one field, or in all of them (field TEXT_NONE). */
static int words_add(Ckan *ckan, Text field, Text rest, OpenQuery *query) {
	while ((rest = text_trim(rest)).len) {
		size_t len = 0;
		while (len < rest.len && rest.at[len] != ' ')
			len++;
		if (query->word_count == OPEN_WORDS_MAX)
			return no_such(ckan, "q", (Text){rest.at, len}, "At most 8 words are searched for; this is one too many");
		query->words[query->word_count++] = (OpenWord){field, {rest.at, len}};
		rest = (Text){rest.at + len, rest.len - len};
	}
	return 0;
}

/* A text, or {"field": "words"}, which may also come as text. */
static int words_of(Ckan *ckan, OpenQuery *query) {
	const char *name;
	json_t *one;
	bool malformed;
	Text text = ckan_text(ckan, "q");
	const json_t *q = text.len && text.at[0] != '{' ? NULL : ckan_json(ckan, "q", &malformed);
	int code = 0;
	if (ckan_text(ckan, "full_text").len) {
		if (text.len || json_is_object(q)) return no_such(ckan, "full_text", TEXT_NONE, "Give q or full_text, not both");
		return words_add(ckan, TEXT_NONE, ckan_text(ckan, "full_text"), query);
	}
	if (q && !text.len && !json_is_object(q))
		return no_such(ckan, "q", TEXT_NONE, "Words are a text, or an object of texts by field");
	if (!json_is_object(q)) return words_add(ckan, TEXT_NONE, text, query);
	json_object_foreach((json_t *)q, name, one) {
		if (!json_is_string(one)) return no_such(ckan, "q", text_of(name), "The words for a field are a text");
		if (code == 0) code = words_add(ckan, text_of(name), text_of(json_string_value(one)), query);
	}
	return code;
}

/* Fields to show; _id is one of them when it is named, or when none is. */
static int fields_of(Ckan *ckan, Data *data) {
	Text *names = ARENA_ARRAY(ckan->rq->arena, Text, OPENING_FIELDS_MAX);
	int count, kept = 0, code = ckan_texts(ckan, "fields", names, OPENING_FIELDS_MAX, &count);
	data->with_id = count == 0;
	for (int i = 0; code == 0 && i < count; i++) {
		if (text_is(names[i], "_id"))
			data->with_id = true;
		else
			names[kept++] = names[i];
	}
	data->query.fields = names;
	data->query.field_count = kept;
	data->query.no_fields = count > 0 && kept == 0;
	return code;
}

static int query_of(Ckan *ckan, Data *data) {
	OpenQuery *query = &data->query;
	bool malformed = false;
	int code = fields_of(ckan, data);
	if (code == 0) query->filters = ckan_json(ckan, "filters", &malformed);
	if (code == 0 && malformed) code = no_such(ckan, "filters", TEXT_NONE, "Filters are a JSON object");
	if (code == 0) code = sort_of(ckan, query);
	if (code == 0) code = words_of(ckan, query);
	if (code == 0) code = ckan_number(ckan, "limit", ROWS_DEFAULT, ROWS_MOST, &query->limit);
	if (code == 0) code = ckan_number(ckan, "offset", 0, OFFSET_MOST, &query->offset);
	query->want_total = ckan_true(ckan, "include_total", true);
	query->distinct = ckan_true(ckan, "distinct", false) && !data->with_id; /* no two rows have one _id */
	return code;
}

/* --- the answer ------------------------------------------------------------------------------------------------------ */

static const Field *field_at(const Data *data, int i) {
	return &data->table.resource->fields[data->query.positions[i]];
}

static int record_json(Data *data, int64_t mark, const Val *values) {
	JsonWriter *json = &data->ckan->rq->json;
	bool named = data->form == AS_OBJECTS;
	named ? jw_object(json) : jw_array(json);
	if (data->with_id) {
		if (named) jw_key(json, "_id");
		jw_int(json, mark);
	}
	for (int i = 0; i < data->query.shown; i++) {
		if (named) jw_key(json, field_at(data, i)->name);
		open_value_json(json, field_at(data, i), values[i], data->scratch);
	}
	named ? jw_object_end(json) : jw_array_end(json);
	return 0;
}

/* As PostgreSQL writes it, which CKAN asks: no head, LF; nothing is no value, "" an empty text. */
static void cell_write(Data *data, Text text, bool first) {
	char separator = data->form == AS_TSV ? '\t' : ',';
	bool quoted = text.at && !text.len;
	for (size_t i = 0; i < text.len && !quoted; i++)
		quoted = text.at[i] == separator || strchr("\"\r\n", text.at[i]);
	if (!first) buf_char(&data->sheet, separator);
	if (!quoted) {
		buf_text(&data->sheet, text);
		return;
	}
	buf_char(&data->sheet, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '"') buf_char(&data->sheet, '"');
		buf_char(&data->sheet, text.at[i]);
	}
	buf_char(&data->sheet, '"');
}

static int record_line(Data *data, int64_t mark, const Val *values) {
	if (data->with_id) buf_printf(&data->sheet, "%lld", (long long)mark);
	for (int i = 0; i < data->query.shown; i++)
		cell_write(data, open_text(field_at(data, i), values[i], data->scratch), i == 0 && !data->with_id);
	buf_char(&data->sheet, '\n');
	return 0;
}

static int record_write(void *arg, int64_t mark, const Val *values) {
	Data *data = arg;
	if (++data->written % 100 == 0) arena_reset(data->scratch);
	return data->form < AS_CSV ? record_json(data, mark, values) : record_line(data, mark, values);
}

static const char *type_of(const Field *field) {
	static const char *const types[FIELD_KIND_COUNT] = {
	    [KIND_TEXT] = "text",     [KIND_INTEGER] = "int8", [KIND_DECIMAL] = "numeric",
	    [KIND_DOUBLE] = "float8", [KIND_DATE] = "date",    [KIND_TIME] = "timestamptz",
	    [KIND_BOOLEAN] = "bool",  [KIND_CODE] = "text",    [KIND_GEOMETRY] = "json"};
	return types[field->kind];
}

static void field_members(JsonWriter *json, const Field *field) {
	jw_kv_str(json, "id", field->name);
	jw_kv_str(json, "type", type_of(field));
	jw_key(json, "info");
	jw_object(json);
	jw_kv_str(json, "label", field->title);
	jw_object_end(json);
}

static void fields_write(Data *data) {
	JsonWriter *json = &data->ckan->rq->json;
	jw_key(json, "fields");
	jw_array(json);
	if (data->with_id) {
		jw_object(json);
		jw_kv_str(json, "id", "_id");
		jw_kv_str(json, "type", "int");
		jw_object_end(json);
	}
	for (int i = 0; i < data->query.shown; i++) {
		jw_object(json);
		field_members(json, field_at(data, i));
		jw_object_end(json);
	}
	jw_array_end(json);
}

static void links_write(Data *data) {
	JsonWriter *json = &data->ckan->rq->json;
	Arena *arena = data->ckan->rq->arena;
	long long id = (long long)data->dataset->resource_id;
	jw_key(json, "_links");
	jw_object(json);
	jw_kv_str(json, "start",
	          arena_printf(arena, "/api/3/action/datastore_search?resource_id=%lld-csv&limit=%lld", id,
	                       (long long)data->query.limit));
	jw_kv_str(json, "next",
	          arena_printf(arena, "/api/3/action/datastore_search?resource_id=%lld-csv&limit=%lld&offset=%lld", id,
	                       (long long)data->query.limit, (long long)(data->query.offset + data->query.limit)));
	jw_object_end(json);
}

static int data_write(Data *data) {
	Request *rq = data->ckan->rq;
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_str(json, "resource_id", arena_printf(rq->arena, "%lld-csv", (long long)data->dataset->resource_id));
	jw_kv_str(json, "records_format", form_names[data->form]);
	jw_kv_bool(json, "include_total", data->query.want_total);
	jw_kv_int(json, "limit", data->query.limit);
	jw_kv_int(json, "offset", data->query.offset);
	jw_key(json, "records");
	if (data->form < AS_CSV) jw_array(json);
	int code = open_read(rq, &data->table, &data->query, record_write, data);
	if (code < 0) return code;
	if (data->form < AS_CSV)
		jw_array_end(json);
	else
		jw_text(json, data->sheet.len ? buf_as_text(&data->sheet) : TEXT(""));
	fields_write(data);
	links_write(data);
	if (data->query.want_total) {
		jw_kv_int(json, "total", data->query.total);
		jw_kv_bool(json, "total_was_estimated", false);
	}
	jw_object_end(json);
	return 0;
}

static const char *const tables_whole[] = {"filters", "q", "full_text", "fields", "sort", "distinct", "records_format"};

/* "_table_metadata": the resources that have rows, as a table. */
static int tables_write(Ckan *ckan) {
	static const char *const columns[] = {"_id", "name", "oid", "alias_of"};
	JsonWriter *json = &ckan->rq->json;
	int64_t limit, offset;
	int code = ckan_number(ckan, "limit", ROWS_DEFAULT, ROWS_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "offset", 0, OFFSET_MOST, &offset);
	for (size_t i = 0; i < sizeof tables_whole / sizeof *tables_whole && code == 0; i++)
		if (json_object_get(ckan->params, tables_whole[i]))
			code = no_such(ckan, tables_whole[i], TEXT_NONE, "The list of tables takes limit and offset alone");
	if (code < 0) return code;
	jw_object(json);
	jw_kv_str(json, "resource_id", "_table_metadata");
	jw_kv_int(json, "limit", limit);
	jw_kv_int(json, "offset", offset);
	jw_kv_int(json, "total", ckan->shelf->count);
	jw_key(json, "fields");
	jw_array(json);
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		jw_object(json);
		jw_kv_str(json, "id", columns[i]);
		jw_kv_str(json, "type", strcmp(columns[i], "oid") == 0 ? "int8" : "text");
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_key(json, "records");
	jw_array(json);
	for (int64_t i = offset; i < ckan->shelf->count && i < offset + limit; i++) {
		long long id = (long long)ckan->shelf->items[i].resource_id;
		jw_object(json);
		jw_kv_str(json, "_id", arena_printf(ckan->rq->arena, "%lld", id));
		jw_kv_str(json, "name", arena_printf(ckan->rq->arena, "%lld-csv", id));
		jw_kv_int(json, "oid", i + 1);
		jw_kv_str(json, "alias_of", NULL);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_object_end(json);
	return 0;
}

int ckan_datastore_search(Ckan *ckan) {
	Data data = {.ckan = ckan};
	if (text_is(ckan_text(ckan, "resource_id"), "_table_metadata")) return tables_write(ckan);
	int code = names_check(ckan, &data);
	if (code == 0) code = dataset_of(ckan, &data.dataset);
	if (code == 0) code = query_of(ckan, &data);
	if (code == 0) code = open_table(ckan->rq, data.dataset->resource_id, &data.table);
	if (code < 0) return code;
	data.scratch = arena_new();
	code = data_write(&data);
	arena_free(data.scratch);
	buf_free(&data.sheet);
	if (code == 0) keeper_count(ckan->rq, data.dataset->resource_id, USE_CALL);
	return code;
}

/* --- what a resource has --------------------------------------------------------------------------------------------- */

static int no_record(void *arg, int64_t mark, const Val *values) {
	return 0;
}

static void schema_write(JsonWriter *json, const Field *field) {
	jw_key(json, "schema");
	jw_object(json);
	jw_kv_str(json, "native_type", type_of(field));
	jw_kv_bool(json, "notnull", field->required || field->key);
	jw_kv_str(json, "index_name", NULL);
	jw_kv_bool(json, "is_index", field->indexed || field->key || field->unique);
	jw_kv_bool(json, "uniquekey", field->unique);
	jw_object_end(json);
}

static void info_write(Data *data, bool meta, bool schema) {
	JsonWriter *json = &data->ckan->rq->json;
	jw_object(json);
	if (meta) {
		jw_key(json, "meta");
		jw_object(json);
		jw_kv_str(json, "id", arena_printf(data->ckan->rq->arena, "%lld-csv", (long long)data->dataset->resource_id));
		jw_kv_int(json, "count", data->query.total);
		jw_kv_str(json, "table_type", "BASE TABLE");
		jw_key(json, "aliases");
		jw_array(json);
		jw_array_end(json);
		jw_object_end(json);
	}
	jw_key(json, "fields");
	jw_array(json);
	for (int i = 0; i < data->query.shown; i++) {
		jw_object(json);
		field_members(json, field_at(data, i));
		if (schema) schema_write(json, field_at(data, i));
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_object_end(json);
}

int ckan_datastore_info(Ckan *ckan) {
	Data data = {.ckan = ckan, .query = {.want_total = ckan_true(ckan, "include_meta", true)}};
	int code = dataset_of(ckan, &data.dataset);
	if (code == 0) code = open_table(ckan->rq, data.dataset->resource_id, &data.table);
	if (code == 0) code = open_read(ckan->rq, &data.table, &data.query, no_record, &data);
	if (code < 0) return code;
	info_write(&data, data.query.want_total, ckan_true(ckan, "include_fields_schema", true));
	keeper_count(ckan->rq, data.dataset->resource_id, USE_CALL);
	return 0;
}
