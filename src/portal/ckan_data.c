/* CKAN's datastore_search: rows of one open resource by filters, words, order and page, through record's path of the public.
 * Names that are not open are refused by name, like names that do not exist. LANE_READ. */
#include "portal/ckan.h"
#include <stdio.h>

enum { ROWS_DEFAULT = 100, ROWS_MOST = 1000, OFFSET_MOST = 100000000 };

typedef struct Data {
	Ckan *ckan;
	const Dataset *dataset;
	OpenTable table;
	OpenQuery query;
	Arena *scratch;
	int written;
} Data;

static int no_such(Ckan *ckan, const char *input, Text value, const char *why) {
	return error_field(ckan->rq->error, ERR_INVALID, input, value, "datastore", "", "%s", why);
}

/* Parameters that CKAN's datastore knows; any other is refused as CKAN does it. */
static int names_check(Ckan *ckan) {
	static const char *const known[] = {
	    "resource_id", "id",       "filters",        "q",     "fields",   "sort",          "limit",
	    "offset",      "distinct", "records_format", "plain", "language", "include_total", "total_estimation_threshold",
	    "callback"};
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)ckan->params, name, value) {
		bool found = false;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found = found || strcmp(known[i], name) == 0;
		if (!found) return no_such(ckan, "__junk", text_of(name), "The input field was not expected");
	}
	if (ckan_true(ckan, "distinct", false)) return no_such(ckan, "distinct", TEXT_NONE, "Only all rows are answered");
	Text format = ckan_text(ckan, "records_format");
	if (format.len && !text_is(format, "objects"))
		return no_such(ckan, "records_format", format, "Only objects are answered");
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

static Text next_part(Text *rest) {
	const char *comma = rest->len ? memchr(rest->at, ',', rest->len) : NULL;
	Text part = {rest->at, comma ? (size_t)(comma - rest->at) : rest->len};
	*rest = comma ? (Text){comma + 1, rest->len - part.len - 1} : TEXT_NONE;
	return text_trim(part);
}

/* A list, or a text with commas, as texts. */
static int texts_of(Ckan *ckan, const char *name, Text *out, int most, int *count) {
	const json_t *value = json_object_get(ckan->params, name);
	size_t index;
	json_t *one;
	*count = 0;
	if (json_is_array(value)) {
		json_array_foreach((json_t *)value, index, one) {
			if (!json_is_string(one) || *count == most)
				return no_such(ckan, name, TEXT_NONE, "Must be a list of names");
			out[(*count)++] = (Text){json_string_value(one), json_string_length(one)};
		}
		return 0;
	}
	Text rest = ckan_text(ckan, name);
	if (!rest.len) return 0;
	while (rest.at) {
		if (*count == most) return no_such(ckan, name, TEXT_NONE, "Must be a list of names");
		out[(*count)++] = next_part(&rest);
	}
	return 0;
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
	int count, code = texts_of(ckan, "sort", parts, OPEN_ORDERS_MAX, &count);
	for (int i = 0; code == 0 && i < count; i++) {
		if (text_is(parts[i], "_id") || text_is(parts[i], "_id asc")) continue; /* the order there is */
		if (!parts[i].len) return no_such(ckan, "sort", TEXT_NONE, "Write a field, then asc or desc");
		code = order_of(ckan, parts[i], &query->orders[query->order_count++]);
	}
	return code;
}

static int words_of(Ckan *ckan, OpenQuery *query) {
	const json_t *q = json_object_get(ckan->params, "q");
	if (json_is_object(q)) return no_such(ckan, "q", TEXT_NONE, "Only a text is searched for, in all fields");
	Text rest = ckan_text(ckan, "q");
	while (rest.len) {
		rest = text_trim(rest);
		size_t len = 0;
		while (len < rest.len && rest.at[len] != ' ')
			len++;
		if (len && query->word_count == OPEN_WORDS_MAX) return no_such(ckan, "q", TEXT_NONE, "There are too many words");
		if (len) query->words[query->word_count++] = (Text){rest.at, len};
		rest = (Text){rest.at + len, rest.len - len};
	}
	return 0;
}

static int query_of(Ckan *ckan, OpenQuery *query) {
	Text *names = ARENA_ARRAY(ckan->rq->arena, Text, OPENING_FIELDS_MAX);
	bool malformed;
	int code = texts_of(ckan, "fields", names, OPENING_FIELDS_MAX, &query->field_count);
	query->fields = names;
	if (code == 0) query->filters = ckan_json(ckan, "filters", &malformed);
	if (code == 0 && malformed) code = no_such(ckan, "filters", TEXT_NONE, "Filters are a JSON object");
	if (code == 0) code = sort_of(ckan, query);
	if (code == 0) code = words_of(ckan, query);
	if (code == 0) code = ckan_number(ckan, "limit", ROWS_DEFAULT, ROWS_MOST, &query->limit);
	if (code == 0) code = ckan_number(ckan, "offset", 0, OFFSET_MOST, &query->offset);
	query->want_total = ckan_true(ckan, "include_total", true);
	return code;
}

/* --- the answer ------------------------------------------------------------------------------------------------------ */

static int record_object(void *arg, int64_t mark, const Val *values) {
	Data *data = arg;
	JsonWriter *json = &data->ckan->rq->json;
	if (++data->written % 100 == 0) arena_reset(data->scratch);
	jw_object(json);
	jw_kv_int(json, "_id", mark);
	for (int i = 0; i < data->query.shown; i++) {
		const Field *field = &data->table.resource->fields[data->query.positions[i]];
		jw_key(json, field->name);
		open_value_json(json, field, values[i], data->scratch);
	}
	jw_object_end(json);
	return 0;
}

static const char *type_of(const Field *field) {
	static const char *const types[FIELD_KIND_COUNT] = {
	    [KIND_TEXT] = "text",     [KIND_INTEGER] = "int8", [KIND_DECIMAL] = "numeric",
	    [KIND_DOUBLE] = "float8", [KIND_DATE] = "date",    [KIND_TIME] = "timestamptz",
	    [KIND_BOOLEAN] = "bool",  [KIND_CODE] = "text",    [KIND_GEOMETRY] = "json"};
	return types[field->kind];
}

static void fields_write(Data *data) {
	JsonWriter *json = &data->ckan->rq->json;
	jw_key(json, "fields");
	jw_array(json);
	jw_object(json);
	jw_kv_str(json, "id", "_id");
	jw_kv_str(json, "type", "int");
	jw_object_end(json);
	for (int i = 0; i < data->query.shown; i++) {
		const Field *field = &data->table.resource->fields[data->query.positions[i]];
		jw_object(json);
		jw_kv_str(json, "id", field->name);
		jw_kv_str(json, "type", type_of(field));
		jw_key(json, "info");
		jw_object(json);
		jw_kv_str(json, "label", field->title);
		jw_object_end(json);
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
	jw_kv_str(json, "records_format", "objects");
	jw_kv_bool(json, "include_total", data->query.want_total);
	jw_kv_int(json, "limit", data->query.limit);
	jw_kv_int(json, "offset", data->query.offset);
	jw_key(json, "records");
	jw_array(json);
	int code = open_read(rq, &data->table, &data->query, record_object, data);
	if (code < 0) return code;
	jw_array_end(json);
	fields_write(data);
	links_write(data);
	if (data->query.want_total) {
		jw_kv_int(json, "total", data->query.total);
		jw_kv_bool(json, "total_was_estimated", false);
	}
	jw_object_end(json);
	return 0;
}

int ckan_datastore_search(Ckan *ckan) {
	Data data = {.ckan = ckan};
	int code = names_check(ckan);
	if (code == 0) code = dataset_of(ckan, &data.dataset);
	if (code == 0) code = query_of(ckan, &data.query);
	if (code == 0) code = open_table(ckan->rq, data.dataset->resource_id, &data.table);
	if (code < 0) return code;
	data.scratch = arena_new();
	code = data_write(&data);
	arena_free(data.scratch);
	if (code == 0) keeper_count(ckan->rq, data.dataset->resource_id, USE_CALL);
	return code;
}
