/* Owns table proxy: which table of which source an entry's records stay in (挂接方式: 代理). Binding looks at the table first:
 * its columns must be able to stand for the fields, its key must be one, its first rows must fit. LANE_READ handlers on threads
 * that may wait; the row is written in a write of its own. Bindings are cached for one catalogue generation. */
#include "exchange/proxy.h"
#include "casework/casework.h"
#include "exchange/exchange.h"
#include "exchange/source.h"
#include <stdlib.h>

enum { PREVIEW_ROWS = 5 };

/* --- the binding in force ------------------------------------------------------------------------------------------------ */

static int columns_read(Request *rq, const Resource *resource, const char *text, Arena *arena, ProxyBinding *out) {
	json_t *list = json_loads(text, 0, NULL), *one;
	size_t i;
	ProxyColumn *columns = ARENA_ARRAY(arena, ProxyColumn, resource->max_field_no + 1);
	json_array_foreach(list, i, one) {
		int no = (int)json_integer_value(json_object_get(one, "no"));
		const Field *field = NULL;
		for (int at = 0; at < resource->field_count; at++)
			if (resource->fields[at].no == no) field = &resource->fields[at];
		if (!field || no > resource->max_field_no) continue; /* retired since */
		/* a kind changed since without a column that can stand for it: as if it had none */
		const ProxyCast *cast =
		    proxy_cast_named(out->dialect, json_string_value(json_object_get(one, "cast")), field->kind);
		if (cast)
			columns[no] = (ProxyColumn){arena_strdup(arena, json_string_value(json_object_get(one, "column"))), cast};
	}
	json_decref(list);
	out->columns = columns;
	out->max_no = resource->max_field_no;
	return 0;
}

static int binding_load(Request *rq, Text key, Arena *arena, void **object) {
	int64_t resource_id;
	Rows *rows;
	const Resource *resource;
	memcpy(&resource_id, key.at, sizeof resource_id);
	int code = resource_find(rq, resource_id, &resource);
	if (code < 0) return code;
	code = db_one(
	    rq->db, &rows,
	    "SELECT p.source_id, p.schema_name, p.table_name, p.columns, s.kind FROM proxy p LEFT JOIN source s ON s.source_id ="
	    " p.source_id WHERE p.resource_id = $1",
	    BIND(val_int(resource_id)));
	if (code <= 0) return code < 0 ? code : ERR_NOT_FOUND;
	ProxyBinding *binding = ARENA_NEW(arena, ProxyBinding);
	*binding = (ProxyBinding){.source_id = rows_int(rows, 0),
	                          .schema = rows_str(rows, 1, arena),
	                          .table = rows_str(rows, 2, arena),
	                          .dialect = text_is(rows_text(rows, 4), "odbc") ? proxy_dialect("mariadb") : &proxy_postgres};
	const char *columns = rows_str(rows, 3, rq->arena);
	char *url; /* a source that is gone or locked by another key says so when it is asked */
	db_rest(rq->db);
	code = proxy_url(rq, binding->source_id, &url);
	if (code == 0 && url) code = proxy_dialect_of(rq, url, &binding->dialect);
	if (code == 0) code = columns_read(rq, resource, columns, arena, binding);
	*object = binding;
	return code;
}

static const CacheKind binding_cache = {"exchange.proxy", binding_load, 5000};

static int binding_of(Request *rq, int64_t resource_id, const ProxyBinding **out) {
	const void *object = NULL;
	int code = cache_get(rq, &binding_cache, (Text){(const char *)&resource_id, sizeof resource_id}, &object);
	if (code == ERR_NOT_FOUND)
		return error_field(rq->error, ERR_NOT_FOUND, "id", TEXT_NONE, "not_proxied", "",
		                   "this entry's records are not proxied");
	if (code == 0) *out = object;
	return code;
}

int proxy_columns(Request *rq, void *arg) {
	KeeperColumns *columns = arg;
	const ProxyBinding *binding;
	int code = binding_of(rq, columns->resource->resource_id, &binding);
	for (int i = 0; code == 0 && i < columns->resource->field_count; i++) {
		int no = columns->resource->fields[i].no;
		columns->has[i] = no <= binding->max_no && binding->columns[no].column;
	}
	return code;
}

/* The key must have its columns: without, no record could be named. */
static int key_reaches(Request *rq, const Resource *resource, const ProxyBinding *binding) {
	for (int i = 0; i < resource->key_count; i++) {
		const Field *field = &resource->fields[resource->key_fields[i]];
		if (field->no > binding->max_no || !binding->columns[field->no].column)
			return error_field(rq->error, ERR_GATEWAY, field->name, TEXT_NONE, "source_altered",
			                   "The supplier connects the table anew.",
			                   "The supplier's table has no column for %s, which is part of the key", field->name);
	}
	return resource->key_count > 0 ? 0
	                               : error_field(rq->error, ERR_GATEWAY, "key", TEXT_NONE, "source_altered",
	                                             "The supplier connects the table anew.",
	                                             "The entry has no key any more, by which records at the supplier are found");
}

int proxy_url(Request *rq, int64_t source_id, char **url) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT url_locked FROM source WHERE source_id = $1", BIND(val_int(source_id)));
	if (found < 0) return found;
	*url = found ? secret_unlock(rq->arena, app_secret(rq->app), rows_text(rows, 0)) : NULL;
	db_rest(rq->db);
	return 0;
}

int proxy_version(Request *rq, int64_t source_id, int64_t *version) {
	*version = 0;
	int found = db_int(rq->db, version, "SELECT version FROM source WHERE source_id = $1", BIND(val_int(source_id)));
	db_rest(rq->db);
	return found < 0 ? found : 0;
}

int proxy_read(Request *rq, void *arg) {
	KeeperRead *read = arg;
	const ProxyBinding *binding;
	int code = binding_of(rq, read->resource->resource_id, &binding);
	if (code == 0) code = key_reaches(rq, read->resource, binding);
	return code < 0 ? code : proxy_open(rq, binding, read);
}

/* --- choosing a table ------------------------------------------------------------------------------------------------------ */

typedef struct Choice {
	const Resource *resource;
	ProxyBinding binding;
	const char *source;
	json_t *table;   /* its columns: {name: type} */
	json_t *columns; /* as they are kept */
} Choice;

static void json_free(void *object) {
	json_decref(object);
}

/* The column given for a field, or the one that has its name; NULL = none. */
static const char *column_for(Request *rq, const Choice *choice, const Field *field) {
	const json_t *mapping = in_json(rq, "mapping"), *given = json_object_get(mapping, field->name);
	const char *const names[] = {field->source_name, field->name, field->title};
	if (given) return *json_string_value(given) ? json_string_value(given) : NULL;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i] && *names[i] && json_object_get(choice->table, names[i])) return names[i];
	return NULL;
}

static int column_take(Request *rq, Choice *choice, const Field *field, ProxyColumn *out) {
	const char *column = column_for(rq, choice, field);
	if (!column) {
		if (!field->key) return 0;
		return error_field(rq->error, ERR_INVALID, "mapping", text_of(field->name), "required",
		                   "Choose the column that holds it.", "%s is part of the key and has no column", field->name);
	}
	const char *type = json_string_value(json_object_get(choice->table, column));
	if (!type)
		return error_field(rq->error, ERR_INVALID, "mapping", text_of(field->name), "no_column",
		                   "Choose one of the table's columns.", "the table has no column %.80s", column);
	*out = (ProxyColumn){column, proxy_cast(choice->binding.dialect, type, field->kind)};
	if (!out->cast)
		return error_field(rq->error, ERR_INVALID, "mapping", text_of(field->name), "column_type",
		                   "Make a view at the source that converts it, or change the kind of the field.",
		                   "the column %.60s is %.60s and cannot stand for %s, which is %s", column, type, field->name,
		                   field_kind_name(field->kind));
	json_array_append_new(choice->columns,
	                      json_pack("{s:i, s:s, s:s}", "no", field->no, "column", column, "cast", out->cast->name));
	return 0;
}

static int mapping_check(Request *rq, const Resource *resource) {
	const char *name;
	json_t *column;
	json_object_foreach(
	    in_json(rq, "mapping"), name,
	    column) if (!resource_field(resource, text_of(name)) ||
	                !json_is_string(column)) return error_field(rq->error, ERR_INVALID, "mapping", text_of(name),
	                                                            "unknown_field",
	                                                            "Use the names of the catalogue entry's fields, with a "
	                                                            "column's name or an empty text.",
	                                                            "the entry has no field %.80s, or its column is not a text",
	                                                            name);
	return 0;
}

/* Everything that can be checked without reading rows. */
static int choice_take(Request *rq, Choice *out) {
	char *url, *name;
	const ProxyDialect *dialect;
	*out = (Choice){.columns = json_array()};
	arena_on_free(rq->arena, json_free, out->columns);
	int code = resource_find(rq, in_int(rq, "id"), &out->resource);
	if (code == 0) code = resource_own(rq, out->resource);
	if (code == 0) code = request_elsewhere(rq);
	if (code == 0) code = source_url(rq, in_int(rq, "source_id"), &url, &name);
	if (code == 0) code = proxy_dialect_of(rq, url, &dialect);
	if (code == 0) code = mapping_check(rq, out->resource);
	if (code < 0) return code;
	rq->about_resource = out->resource->resource_id;
	if (out->resource->key_count == 0)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "no_key",
		                   "Give the entry a key, and have it reviewed.",
		                   "%s has no key, by which records at a supplier are found", out->resource->code);
	ProxyColumn *columns = ARENA_ARRAY(rq->arena, ProxyColumn, out->resource->max_field_no + 1);
	out->source = name;
	out->binding = (ProxyBinding){.source_id = in_int(rq, "source_id"),
	                              .dialect = dialect,
	                              .schema = in_str(rq, "schema"),
	                              .table = in_str(rq, "table"),
	                              .columns = columns,
	                              .max_no = out->resource->max_field_no};
	code = proxy_table(rq, &out->binding, &out->table);
	arena_on_free(rq->arena, json_free, out->table);
	for (int i = 0; code == 0 && i < out->resource->field_count; i++)
		code = column_take(rq, out, &out->resource->fields[i], &columns[out->resource->fields[i].no]);
	return code == 0 ? proxy_key_check(rq, &out->binding, out->resource) : code;
}

/* --- the first rows ----------------------------------------------------------------------------------------------------------
 */

/* As the supplier's own people see records: L3/L4 masked. */
static void preview_value(Request *rq, const Field *field, Text text, json_t *problems) {
	const char *why = NULL;
	Val value = val_null();
	char salt[24];
	snprintf(salt, sizeof salt, "preview %d", field->no);
	jw_key(&rq->json, field->name);
	bool fits = !text.at || field_take(field, text, rq->arena, &value, &why) == 0;
	if (!fits && !json_object_get(problems, field->name)) json_object_set_new(problems, field->name, json_string(why));
	Text shown = fits ? field_text(field, value, rq->arena) : TEXT_NONE;
	if (shown.at && field->grade >= 3) shown = mask_text(rq->app, field_mask(field), shown, text_of(salt), rq->arena);
	if (shown.at)
		jw_text(&rq->json, shown);
	else
		jw_null(&rq->json);
}

/* {"rows": […], "problems": [{field, message}]} */
static int preview_rows(Request *rq, const Choice *choice) {
	const Resource *resource = choice->resource;
	int *positions = ARENA_ARRAY(rq->arena, int, resource->field_count + 1), code;
	json_t *problems = json_object(), *why;
	const char *name;
	const Text *texts;
	arena_on_free(rq->arena, json_free, problems);
	for (int i = 0; i < resource->field_count; i++)
		positions[i] = i;
	KeeperRead read = {
	    .resource = resource, .positions = positions, .count = resource->field_count, .sort = -1, .limit = PREVIEW_ROWS};
	if ((code = proxy_open(rq, &choice->binding, &read)) < 0) return code;
	jw_key(&rq->json, "rows");
	jw_array(&rq->json);
	while ((code = read.next(&read, &texts)) > 0) {
		jw_object(&rq->json);
		for (int i = 0; i < resource->field_count; i++)
			preview_value(rq, &resource->fields[i], texts[i], problems);
		jw_object_end(&rq->json);
		rq->row_count++;
	}
	read.close(&read);
	jw_array_end(&rq->json);
	jw_key(&rq->json, "problems");
	jw_array(&rq->json);
	json_object_foreach(problems, name, why) {
		jw_object(&rq->json);
		jw_kv_str(&rq->json, "field", name);
		jw_kv_str(&rq->json, "message", message_say(rq, json_string_value(why)));
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	return code;
}

static void columns_json(Request *rq, const Resource *resource, const ProxyBinding *binding) {
	jw_key(&rq->json, "columns");
	jw_array(&rq->json);
	for (int i = 0; i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		const ProxyColumn *column = field->no <= binding->max_no ? &binding->columns[field->no] : NULL;
		jw_object(&rq->json);
		jw_kv_str(&rq->json, "field", field->name);
		jw_kv_str(&rq->json, "title", field->title);
		jw_kv_str(&rq->json, "column", column ? column->column : NULL);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
}

int proxy_preview(Request *rq) {
	Choice choice;
	int code = choice_take(rq, &choice);
	if (code < 0) return code;
	jw_object(&rq->json);
	columns_json(rq, choice.resource, &choice.binding);
	code = preview_rows(rq, &choice);
	jw_object_end(&rq->json);
	return code;
}

/* --- binding and ending -------------------------------------------------------------------------------------------------------
 */

static int binding_keep(Request *w, void *arg) {
	const Choice *choice = arg;
	const Resource *resource = choice->resource;
	char *columns = json_dumps(choice->columns, JSON_COMPACT);
	arena_on_free(w->arena, free, columns);
	char *url, *name; /* the source was not removed meanwhile */
	int code = db_lock(w->db, "exchange.source", choice->binding.source_id);
	if (code == 0) code = source_url(w, choice->binding.source_id, &url, &name);
	if (code == 0)
		code = resource->keeper == KEEPER_TABLE ? load_may_begin(w, resource) : job_alone(w, resource->resource_id);
	if (code < 0) return code;
	int64_t done = db_run(
	    w->db,
	    "INSERT INTO proxy (resource_id, source_id, schema_name, table_name, columns, created_by, created_us, version) VALUES"
	    " ($1, $2, $3, $4, $5, $6, $7, 1) ON CONFLICT (resource_id) DO UPDATE SET source_id = excluded.source_id,"
	    " schema_name = excluded.schema_name, table_name = excluded.table_name, columns = excluded.columns,"
	    " created_by = excluded.created_by, created_us = excluded.created_us, version = proxy.version + 1",
	    BIND(val_int(resource->resource_id), val_int(choice->binding.source_id), val_str(choice->binding.schema),
	         val_str(choice->binding.table), val_str(columns), val_int(w->party.account_id), val_int(w->now_us)));
	code = done < 0 ? (int)done : resource_keep(w, resource, KEEPER_PROXY);
	return code < 0 ? code : cases_happen(w, &(Happening){.event = "mounted", .resource_id = resource->resource_id});
}

/* {"source":…,"table":…} for evidence. */
static const char *binding_about(Request *rq, const Choice *choice) {
	json_t *about = json_pack("{s:s, s:s, s:s, s:i}", "source", choice->source, "schema", choice->binding.schema, "table",
	                          choice->binding.table, "columns", (int)json_array_size(choice->columns));
	char *text = json_dumps(about, JSON_COMPACT);
	const char *kept = arena_strdup(rq->arena, text ? text : "{}");
	free(text);
	json_decref(about);
	return kept;
}

int proxy_post(Request *rq) {
	Choice choice;
	int code = choice_take(rq, &choice);
	if (code == 0) code = request_write(rq, binding_keep, &choice);
	if (code < 0) return code;
	rq->about = binding_about(rq, &choice);
	rq->about_resource = choice.resource->resource_id;
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "source", choice.source);
	columns_json(rq, choice.resource, &choice.binding);
	jw_object_end(&rq->json);
	return 0;
}

int proxy_end(Request *rq) {
	const Resource *resource;
	int code = resource_find(rq, in_int(rq, "id"), &resource);
	if (code == 0) code = resource_own(rq, resource);
	if (code < 0) return code;
	rq->about_resource = resource->resource_id;
	int64_t done = db_run(rq->db, "DELETE FROM proxy WHERE resource_id = $1", BIND(val_int(resource->resource_id)));
	if (done == 0) return fail(rq, ERR_NOT_FOUND, "this entry's records are not proxied");
	return done < 0 ? (int)done : resource_keep(rq, resource, KEEPER_TABLE);
}

int proxy_get(Request *rq) {
	const Resource *resource;
	const ProxyBinding *binding;
	Rows *rows;
	int code = resource_find(rq, in_int(rq, "id"), &resource);
	if (code == 0) code = resource_own(rq, resource);
	if (code == 0) code = binding_of(rq, resource->resource_id, &binding);
	if (code < 0) return code;
	code =
	    db_one(rq->db, &rows,
	           "SELECT s.name, s.place, p.created_us, p.version FROM proxy p JOIN source s ON s.source_id = p.source_id WHERE"
	           " p.resource_id = $1",
	           BIND(val_int(resource->resource_id)));
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "source_id", binding->source_id);
	jw_kv_text(&rq->json, "source", code > 0 ? rows_text(rows, 0) : TEXT_NONE);
	jw_kv_text(&rq->json, "place", code > 0 ? rows_text(rows, 1) : TEXT_NONE);
	jw_kv_time(&rq->json, "since", code > 0 ? rows_int(rows, 2) : 0);
	jw_kv_str(&rq->json, "schema", binding->schema);
	jw_kv_str(&rq->json, "table", binding->table);
	columns_json(rq, resource, binding);
	jw_object_end(&rq->json);
	return 0;
}
