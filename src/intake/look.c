/* look: what a file holds before it is imported: its columns with examples, what its class column says and how often, and the
 * mapping: the sending system's, as it was kept, or one proposed by names. LANE_READ; nothing is changed. */
#include "intake/internal.h"

typedef struct Value {
	Text text;
	int64_t count;
} Value;
typedef struct Look {
	const Text *columns;
	int column_count, class_column, value_count;
	Text (*samples)[3];
	int *sampled;
	Value values[COLUMN_VALUES_MAX];
	bool more;
	int64_t rows;
} Look;

static void json_free(void *object) {
	json_decref(object);
}

static int kept_find(Request *rq, json_t **out) {
	Rows *rows;
	int found = in_has(rq, "system") ? db_one(rq->db, &rows, "SELECT document FROM event_import_system WHERE name = $1",
	                                          BIND(val_text(text_trim(in_text(rq, "system")))))
	                                 : 0;
	*out = found > 0 ? json_loads(rows_str(rows, 0, rq->arena), 0, NULL) : NULL;
	if (*out) arena_on_free(rq->arena, json_free, *out);
	return found < 0 ? found : 0;
}

static void value_count(Request *rq, Look *look, Text value) {
	int at = 0;
	while (at < look->value_count && !text_eq(look->values[at].text, value))
		at++;
	if (at == COLUMN_VALUES_MAX) {
		look->more = true;
		return;
	}
	if (at == look->value_count) look->values[look->value_count++] = (Value){text_dup(rq->arena, value), 0};
	look->values[at].count++;
}

static int rows_look(Request *rq, Reader *reader, Look *look) {
	ReaderRow row;
	int code;
	while ((code = reader_next(reader, &row)) > 0) {
		look->rows++;
		for (int i = 0; i < look->column_count; i++) {
			Text text = row.texts[i].at ? text_trim(row.texts[i]) : TEXT("");
			if (text.len && look->sampled[i] < 3)
				look->samples[i][look->sampled[i]++] = text_dup(rq->arena, (Text){text.at, utf8_cut(text, 60)});
			if (i == look->class_column && text.len && !row.fault) value_count(rq, look, text);
		}
	}
	return code;
}

/* Our class by its code or its name. */
static const char *class_guess(EventClass *const *classes, int count, Text value) {
	for (int i = 0; i < count; i++)
		if (event_class_reported(classes[i]) && (text_is(value, classes[i]->code) || text_is(value, classes[i]->title) ||
		                                         text_is(value, classes[i]->title_en)))
			return classes[i]->code;
	return NULL;
}

static int mapping_propose(Request *rq, const Look *look, json_t *columns, const json_t *kept, json_t **out) {
	const EventClass **classes;
	json_t *named = json_object();
	int count = event_class_list(rq, &classes);
	for (int i = 0; i < look->value_count && count >= 0; i++) {
		const Value *value = &look->values[i];
		const json_t *before = json_object_getn(json_object_get(kept, "classes"), value->text.at, value->text.len);
		const char *code = json_is_string(before) ? json_string_value(before)
		                                          : class_guess((EventClass *const *)classes, count, value->text);
		if (code) json_object_setn_new(named, value->text.at, value->text.len, json_string(code));
	}
	const char *zone = json_string_value(json_object_get(kept, "zone")),
	           *crs = json_string_value(json_object_get(kept, "crs")),
	           *other = json_string_value(json_object_get(kept, "other"));
	*out = json_pack("{s:O, s:o, s:s, s:s, s:s}", "columns", columns, "classes", named, "other", other ? other : "", "zone",
	                 zone ? zone : "Asia/Shanghai", "crs", crs ? crs : "CGCS2000");
	return count < 0 ? count : 0;
}

/* Of the kept columns those that this file has. */
static json_t *columns_kept(const json_t *kept, const Reader *reader) {
	const char *field;
	json_t *column, *out = json_object();
	json_object_foreach(json_object_get(kept, "columns"), field,
	                    column) if (json_is_string(column) && reader_column(reader, text_of(json_string_value(column))) >= 0)
	    json_object_set(out, field, column);
	return out;
}

static void look_write(Request *rq, const Reader *reader, const Look *look, const json_t *mapping, bool kept) {
	JsonWriter *json = &rq->json;
	int sheets;
	const char *const *names = reader_sheets(reader, &sheets);
	char *text = json_dumps(mapping, JSON_COMPACT);
	jw_object(json);
	jw_kv_str(json, "format", reader_format_name(reader_format(reader)));
	jw_kv_int(json, "rows", look->rows);
	jw_key(json, "sheets");
	jw_array(json);
	for (int i = 0; i < sheets; i++)
		jw_str(json, names[i]);
	jw_array_end(json);
	jw_key(json, "columns");
	jw_array(json);
	for (int i = 0; i < look->column_count; i++) {
		jw_object(json);
		jw_kv_text(json, "name", look->columns[i]);
		jw_key(json, "samples");
		jw_array(json);
		for (int k = 0; k < look->sampled[i]; k++)
			jw_text(json, look->samples[i][k]);
		jw_array_end(json);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_key(json, "values");
	jw_array(json);
	for (int i = 0; i < look->value_count; i++) {
		jw_object(json);
		jw_kv_text(json, "value", look->values[i].text);
		jw_kv_int(json, "count", look->values[i].count);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_kv_bool(json, "more_values", look->more);
	jw_kv_bool(json, "kept", kept);
	jw_key(json, "mapping");
	jw_raw(json, text_of(text));
	jw_object_end(json);
	free(text);
}

int import_look(Request *rq) {
	Upload upload;
	Reader *reader;
	json_t *kept, *mapping = NULL;
	Look *look = ARENA_NEW(rq->arena, Look);
	int code = upload_open(rq, in_int(rq, "upload_id"), &upload);
	if (code == 0) code = kept_find(rq, &kept);
	if (code < 0) return code;
	const ReaderOptions options = {.name = upload.name,
	                               .sha256 = upload.sha256,
	                               .size = upload.size,
	                               .sheet = in_has(rq, "sheet") ? in_str(rq, "sheet") : NULL};
	if ((code = reader_open(rq->arena, upload.path, &options, rq->error, &reader)) < 0) return code;
	json_t *columns = kept ? columns_kept(kept, reader) : columns_proposed(reader);
	arena_on_free(rq->arena, json_free, columns);
	if (in_has(rq, "class_column")) json_object_set_new(columns, "class", json_string(in_str(rq, "class_column")));
	look->columns = reader_columns(reader, &look->column_count);
	look->samples = arena_alloc(rq->arena, sizeof *look->samples * (size_t)(look->column_count + 1));
	look->sampled = ARENA_ARRAY(rq->arena, int, look->column_count + 1);
	const char *class = json_string_value(json_object_get(columns, "class"));
	look->class_column = class ? reader_column(reader, text_of(class)) : -1;
	if ((code = rows_look(rq, reader, look)) == 0) code = mapping_propose(rq, look, columns, kept, &mapping);
	if (mapping) arena_on_free(rq->arena, json_free, mapping);
	rq->about_subject = upload.upload_id;
	if (code == 0) look_write(rq, reader, look, mapping, kept != NULL);
	return code;
}
