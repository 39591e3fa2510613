/* Owns table adapter_mapping: templates of other platforms, brought by packs. A mapping is checked whole when a pack is loaded,
 * and read from its document each time it is used. Any thread, in the caller's read or write. */
#include "exchange/adapter.h"
#include <stdlib.h>

/* --- reading a document ------------------------------------------------------------------------------------------------------
 */

static const char *text_at(Arena *arena, const json_t *json, const char *key) {
	const char *text = json_string_value(json_object_get(json, key));
	return text ? arena_strdup(arena, text) : NULL;
}

static int data_of(const json_t *document, AdapterData *out) {
	const char *name = json_string_value(json_object_get(document, "data"));
	for (int i = 0; name && i < ADAPTER_DATA_COUNT; i++)
		if (strcmp(name, adapter_data_names[i]) == 0) {
			*out = (AdapterData)i;
			return 0;
		}
	return -1;
}

static void column_read(Arena *arena, AdapterData data, const json_t *json, AdapterColumn *out) {
	const char *field = json_string_value(json_object_get(json, "field"));
	*out = (AdapterColumn){.column = text_at(arena, json, "column"),
	                       .field = field && data != ADAPTER_RECORDS ? adapter_field(data, text_of(field)) : NULL,
	                       .id = json_is_true(json_object_get(json, "id")),
	                       .required = json_is_true(json_object_get(json, "required")),
	                       .codes = json_object_get(json, "codes"),
	                       .out = json_object_get(json, "out"),
	                       .fallback = text_at(arena, json, "default"),
	                       .constant = text_at(arena, json, "constant")};
	if (field && data == ADAPTER_RECORDS) {
		AdapterField *own = ARENA_NEW(arena, AdapterField);
		*own = (AdapterField){.name = arena_strdup(arena, field)};
		out->field = own;
	}
}

/* The document lives as long as arena. */
static void mapping_read(Arena *arena, const json_t *document, Adapter *out) {
	size_t index;
	json_t *column, *columns = json_object_get(document, "columns");
	*out = (Adapter){.name = text_at(arena, document, "adapter"),
	                 .title = text_at(arena, document, "title"),
	                 .title_en = text_at(arena, document, "title_en"),
	                 .platform = text_at(arena, document, "platform"),
	                 .standard = text_at(arena, document, "standard"),
	                 .form = text_at(arena, document, "form"),
	                 .sheet = text_at(arena, document, "sheet"),
	                 .resource = text_at(arena, document, "resource"),
	                 .id_column = -1};
	data_of(document, &out->data);
	out->columns = ARENA_ARRAY(arena, AdapterColumn, json_array_size(columns) + 1);
	if (!out->form) out->form = "xlsx";
	json_array_foreach(columns, index, column) {
		column_read(arena, out->data, column, &out->columns[out->count]);
		if (out->columns[out->count].id) out->id_column = out->count;
		out->count++;
	}
}

static void json_free(void *object) {
	json_decref(object);
}

static int document_of(Request *rq, Text name, json_t **out, int64_t *version) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT document, version FROM adapter_mapping WHERE name = $1", BIND(val_text(name)));
	*out = NULL;
	if (found <= 0) return found;
	Text text = rows_text(rows, 0);
	*version = rows_int(rows, 1);
	*out = json_loadb(text.at, text.len, 0, NULL);
	if (!*out) return fail(rq, ERR_INTERNAL, "a stored mapping is damaged");
	arena_on_free(rq->arena, json_free, *out);
	return 1;
}

int adapter_find(Request *rq, Text name, Adapter *out) {
	json_t *document;
	int64_t version = 0;
	int code = document_of(rq, name, &document, &version);
	if (code == 0)
		return error_field(rq->error, ERR_NOT_FOUND, "adapter", name, "adapter", "Load the pack that brings it.",
		                   "there is no mapping of this name");
	if (code < 0) return code;
	mapping_read(rq->arena, document, out);
	out->version = version;
	return 0;
}

int adapter_column_of(const Adapter *adapter, const char *field) {
	for (int i = 0; i < adapter->count; i++)
		if (adapter->columns[i].field && strcmp(adapter->columns[i].field->name, field) == 0) return i;
	return -1;
}

/* --- pack items: checked whole
 * -------------------------------------------------------------------------------------------------- */

static void problem(PackPart *part, int column, const char *key, const char *rule, const char *message, const char *advice) {
	char path[80] = "columns";
	if (column >= 0) snprintf(path, sizeof path, "columns[%d]%s%s", column, key ? "." : "", key ? key : "");
	part->problem(part, path, rule, message, advice);
}

/* Whether every code leads to a value that the field takes. */
static bool codes_lead(const AdapterColumn *column) {
	const char *theirs;
	json_t *ours;
	Reason reason;
	Text value;
	bool good = true;
	Arena *scratch = arena_new();
	AdapterColumn plain = {.column = column->column, .field = column->field};
	json_object_foreach((json_t *)column->codes, theirs, ours) good =
	    good && json_is_string(ours) && *theirs &&
	    (column->field->type != ADAPTER_TEXT ||
	     adapter_cell_in(scratch, &plain, text_of(json_string_value(ours)), &value, &reason) == 0);
	arena_free(scratch);
	return good;
}

static void column_check(PackPart *part, const Adapter *mapping, int no, const json_t *json) {
	static const char *const keys[] = {"column", "field", "id", "required", "codes", "out", "default", "constant", "doc"};
	const AdapterColumn *column = &mapping->columns[no];
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)json, key, value) {
		bool known = false;
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
			known = known || strcmp(keys[i], key) == 0;
		if (!known) problem(part, no, key, "unknown_key", "there is no such key", "leave it out");
	}
	if (!column->column || !*column->column)
		problem(part, no, "column", "required", "the template's column is not named", "give its header");
	for (int i = 0; i < no; i++)
		if (column->column && mapping->columns[i].column && strcmp(column->column, mapping->columns[i].column) == 0)
			problem(part, no, "column", "twice", "two columns have this name", "name each column once");
	if (!column->field && !column->constant)
		problem(part, no, "field", "unknown_field", "this is no field of ours",
		        "use a field of docs/packs.md, or a constant");
	if (column->codes && (!json_is_object(column->codes) || !column->field || !codes_lead(column)))
		problem(part, no, "codes", "code", "codes translate their values to ours",
		        "write each as \"theirs: ours\" with a value that the field takes");
	if (column->out && !json_is_object(column->out))
		problem(part, no, "out", "type", "out translates our values to theirs", "write each as \"ours: theirs\"");
}

int action_adapter_check(Request *rq, void *arg) {
	PackPart *part = arg;
	Adapter mapping;
	size_t index;
	json_t *column;
	int ids = 0;
	const json_t *columns = json_object_get(part->json, "columns");
	if (!json_is_array(columns)) return 0; /* the shape said so */
	mapping_read(rq->arena, part->json, &mapping);
	json_array_foreach((json_t *)columns, index, column) {
		column_check(part, &mapping, (int)index, column);
		ids += mapping.columns[index].id;
	}
	if (ids != 1)
		problem(part, -1, NULL, "id", "exactly one column names the row at the other platform", "mark it with id: true");
	if (mapping.data == ADAPTER_CATALOGUE &&
	    (adapter_column_of(&mapping, "code") != mapping.id_column || adapter_column_of(&mapping, "item_title") < 0))
		problem(part, -1, NULL, "id", "a catalogue is read by its resource code, an information item a row",
		        "map code (id: true) and item_title");
	if (mapping.data == ADAPTER_CATALOGUE && adapter_column_of(&mapping, "provider_code") < 0)
		problem(part, -1, NULL, "required", "the provider's code says whose entry it is", "map provider_code");
	if ((mapping.data == ADAPTER_RECORDS) != (mapping.resource != NULL))
		part->problem(part, "resource", "required", "records belong to a resource, other data to none",
		              "name its code, or leave it out");
	return 0;
}

int action_adapter_local(Request *rq, void *arg) {
	PackPart *part = arg;
	int64_t version;
	int code = document_of(rq, text_of(part->name), &part->local, &version);
	return code < 0 ? code : 0;
}

int action_adapter_put(Request *rq, void *arg) {
	PackPart *part = arg;
	char *text = json_dumps(part->json, JSON_COMPACT);
	arena_on_free(rq->arena, free, text);
	return (int)db_run(
	    rq->db,
	    "INSERT INTO adapter_mapping (name, version, document, stored_us) VALUES ($1, 1, $2, $3) ON CONFLICT (name) DO"
	    " UPDATE SET version = adapter_mapping.version + 1, document = excluded.document, stored_us = excluded.stored_us",
	    BIND(val_str(part->name), val_str(text), val_int(rq->now_us)));
}

/* --- GET /adapters
 * ---------------------------------------------------------------------------------------------------------------- */

static void mapping_json(Request *rq, const Adapter *mapping) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_str(json, "name", mapping->name);
	jw_kv_str(json, "title", mapping->title);
	jw_kv_str(json, "title_en", mapping->title_en);
	jw_kv_str(json, "platform", mapping->platform);
	jw_kv_str(json, "data", adapter_data_names[mapping->data]);
	jw_kv_str(json, "standard", mapping->standard ? mapping->standard : "");
	jw_kv_str(json, "form", mapping->form);
	jw_kv_str(json, "resource", mapping->resource);
	jw_kv_int(json, "version", mapping->version);
	jw_key(json, "columns");
	jw_array(json);
	for (int i = 0; i < mapping->count; i++) {
		const AdapterColumn *column = &mapping->columns[i];
		jw_object(json);
		jw_kv_str(json, "column", column->column);
		jw_kv_str(json, "field", column->field ? column->field->name : NULL);
		jw_kv_bool(json, "id", column->id);
		jw_kv_bool(json, "read", column->field && !column->field->out_only);
		jw_kv_int(json, "codes", (int64_t)json_object_size(column->codes));
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_object_end(json);
}

int adapters_get(Request *rq) {
	Rows *rows;
	const char *names[ADAPTER_COLUMNS_MAX];
	int count = 0;
	int code = db_query(rq->db, &rows, "SELECT name FROM adapter_mapping ORDER BY name", NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0 && count < ADAPTER_COLUMNS_MAX)
		names[count++] = rows_str(rows, 0, rq->arena);
	if (code > 0) rows_close(rows);
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; code >= 0 && i < count; i++) {
		Adapter mapping;
		code = adapter_find(rq, text_of(names[i]), &mapping);
		if (code == 0) mapping_json(rq, &mapping);
	}
	jw_array_end(&rq->json);
	jw_kv_str(&rq->json, "next", NULL);
	jw_object_end(&rq->json);
	return code < 0 ? code : 0;
}
