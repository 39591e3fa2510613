/* Lineage (血缘): for each field of an entry where its values came from, what checks them, which entries refer to it and who
 * receives it. Put together from what jobs, quarantine, catalogue and grants record; owns no table. What a party may not see is
 * left out: jobs, refusals and others' grants are the keeper's and the data bureau's. On a request's thread. */
#include "life/internal.h"
#include <ctype.h>

enum { SOURCES_SHOWN = 20, RECEIVERS_SHOWN = 200, REASONS_MAX_SHOWN = 2000 };

typedef struct Refused {
	const char *rule, *field;
	int64_t count;
} Refused;
typedef struct Lineage {
	Request *rq;
	JsonWriter *json;
	const Resource *resource;
	bool whole;
	Refused *refused;
	int refused_count;
} Lineage;

static void json_free(void *object) {
	json_decref(object);
}

static json_t *parsed(Request *rq, Text text) {
	json_t *value = text.at ? json_loadb(text.at, text.len, JSON_DECODE_ANY, NULL) : NULL;
	if (value) arena_on_free(rq->arena, json_free, value);
	return value;
}

static const char *member(const json_t *object, const char *name) {
	return json_string_value(json_object_get(object, name));
}

/* --- sources --------------------------------------------------------------------------------------------------------- */

/* A file's name, with the platform it came from; of a table its schema.table; of a stream the node's name; of what was found on
 * site its order; NULL for mended rows. */
static const char *place_of(Request *rq, const json_t *args, const json_t *snapshot, Text platform) {
	const char *name = member(snapshot, "name"), *place = member(args, "place");
	if (platform.at) return text_cstr(rq->arena, platform);
	const char *schema = member(snapshot, "schema"), *table = member(snapshot, "table");
	if (place) return place;
	if (schema && table) return arena_printf(rq->arena, "%s.%s", schema, table);
	return name ? name : member(snapshot, "order");
}

static void source_write(Lineage *lineage, Rows *rows) {
	JsonWriter *json = lineage->json;
	Request *rq = lineage->rq;
	json_t *args = parsed(rq, rows_text(rows, 1)), *result = parsed(rq, rows_text(rows, 2));
	const json_t *snapshot = json_object_get(result, "snapshot");
	const char *kind = member(snapshot, "kind"), *field, *column;
	Text platform = rows_text(rows, 6);
	json_t *value;
	jw_object(json);
	jw_kv_id(json, "job_id", rows_int(rows, 0));
	jw_kv_str(json, "kind", platform.at ? "platform" : kind ? kind : "file");
	jw_kv_str(json, "name", place_of(rq, args, snapshot, platform));
	jw_kv_str(json, "mode", member(args, "mode"));
	jw_kv_time(json, "at", rows_int(rows, 3));
	jw_kv_text(json, "by", rows_text(rows, 4));
	jw_kv_int(json, "read", json_integer_value(json_object_get(result, "read")));
	jw_kv_int(json, "refused", json_integer_value(json_object_get(result, "refused")));
	jw_kv_int(json, "normalised", json_integer_value(json_object_get(result, "normalised_values")));
	jw_kv_bool(json, "receipt", rows_int(rows, 5) != 0);
	jw_key(json, "columns");
	jw_object(json);
	const json_t *columns = json_object_get(snapshot, "columns");
	json_object_foreach((json_t *)columns, field, value) {
		column = json_string_value(value);
		if (column) jw_kv_str(json, field, column);
	}
	jw_object_end(json);
	jw_object_end(json);
}

/* The table of the supplier's that is asked for each record, in the shape of a load. */
static int proxied_write(Lineage *lineage) {
	JsonWriter *json = lineage->json;
	const Resource *resource = lineage->resource;
	Rows *rows;
	size_t index;
	json_t *one;
	int found =
	    db_one(lineage->rq->db, &rows,
	           "SELECT s.name, p.schema_name, p.table_name, p.columns, p.created_us, a.name FROM proxy p JOIN source s"
	           " ON s.source_id = p.source_id LEFT JOIN account a ON a.account_id = p.created_by WHERE p.resource_id ="
	           " $1",
	           BIND(val_int(resource->resource_id)));
	if (found <= 0) return found;
	Text source = rows_text(rows, 0), schema = rows_text(rows, 1), table = rows_text(rows, 2);
	json_t *columns = parsed(lineage->rq, rows_text(rows, 3));
	jw_object(json);
	jw_kv_str(json, "job_id", NULL);
	jw_kv_str(json, "kind", "proxied");
	jw_kv_str(json, "name",
	          arena_printf(lineage->rq->arena, "%.*s %.*s%s%.*s", TEXT_ARG(source), TEXT_ARG(schema), schema.len ? "." : "",
	                       TEXT_ARG(table)));
	jw_kv_str(json, "mode", NULL);
	jw_kv_time(json, "at", rows_int(rows, 4));
	jw_kv_text(json, "by", rows_text(rows, 5));
	jw_kv_int(json, "read", 0);
	jw_kv_int(json, "refused", 0);
	jw_kv_int(json, "normalised", 0);
	jw_kv_bool(json, "receipt", false);
	jw_key(json, "columns");
	jw_object(json);
	json_array_foreach(columns, index,
	                   one) for (int i = 0; i < resource->field_count;
	                             i++) if (resource->fields[i].no == json_integer_value(json_object_get(one, "no")))
	    jw_kv_str(json, resource->fields[i].name, member(one, "column"));
	jw_object_end(json);
	jw_object_end(json);
	return 0;
}

static int loads_write(Lineage *lineage) {
	Rows *rows;
	int code =
	    db_query(lineage->rq->db, &rows,
	             "SELECT j.job_id, j.args, j.result, j.finished_at, a.name, (SELECT count(*) FROM receipt t WHERE"
	             " t.job_id = j.job_id AND t.resource_id = j.resource_id), (SELECT max(b.platform || ' ' || b.file_name) FROM"
	             " adapter_batch b WHERE b.job_id = j.job_id) FROM job j LEFT JOIN account a ON a.account_id = j.created_by"
	             " WHERE j.resource_id = $1 AND j.state = 'reconciled' AND j.kind IN ('exchange.load', 'exchange.replay',"
	             " 'cascade.load', 'verify.correct') ORDER BY j.job_id DESC LIMIT $2",
	             BIND(val_int(lineage->resource->resource_id), val_int(SOURCES_SHOWN)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		source_write(lineage, rows);
	return code;
}

/* Every way that records come in: whatever kind of job changes them (JobKind.changes) but destruction. */
static int sources_write(Lineage *lineage) {
	int code = 0;
	jw_key(lineage->json, "sources");
	jw_array(lineage->json);
	if (lineage->whole) code = proxied_write(lineage);
	if (lineage->whole && code >= 0) code = loads_write(lineage);
	jw_array_end(lineage->json);
	return code < 0 ? code : 0;
}

/* --- checks ---------------------------------------------------------------------------------------------------------- */

static int refused_read(Lineage *lineage) {
	Rows *rows;
	if (!lineage->whole) return 0;
	lineage->refused = ARENA_ARRAY(lineage->rq->arena, Refused, REASONS_MAX_SHOWN);
	int code = db_query(lineage->rq->db, &rows,
	                    "SELECT rule, field, count(*) FROM quarantine_reason WHERE resource_id = $1 GROUP BY rule, field"
	                    " ORDER BY count(*) DESC, rule, field LIMIT $2",
	                    BIND(val_int(lineage->resource->resource_id), val_int(REASONS_MAX_SHOWN)));
	if (code < 0) return code;
	while (lineage->refused_count < REASONS_MAX_SHOWN && (code = rows_next(rows)) > 0)
		lineage->refused[lineage->refused_count++] =
		    (Refused){rows_str(rows, 0, lineage->rq->arena), rows_str(rows, 1, lineage->rq->arena), rows_int(rows, 2)};
	rows_close(rows);
	return code;
}

/* field NULL: whichever (a cross-field rule is reported at its first field). */
static int64_t refused_by(const Lineage *lineage, const char *rule, const char *field) {
	int64_t sum = 0;
	for (int i = 0; i < lineage->refused_count; i++)
		if (strcmp(lineage->refused[i].rule, rule) == 0 && (!field || strcmp(lineage->refused[i].field, field) == 0))
			sum += lineage->refused[i].count;
	return sum;
}

/* kind: type required unique check code_set range reference rule; rule: as quarantine names it; text: what it compares with. */
static void check_write(Lineage *lineage, const char *kind, const char *rule, const char *field, const char *text) {
	JsonWriter *json = lineage->json;
	jw_object(json);
	jw_kv_str(json, "kind", kind);
	jw_kv_str(json, "rule", rule);
	jw_kv_str(json, "text", text);
	jw_key(json, "refused");
	if (lineage->whole)
		jw_int(json, refused_by(lineage, rule, field));
	else
		jw_null(json);
	jw_object_end(json);
}

static bool name_char(char c) {
	return isalnum((unsigned char)c) || c == '_';
}

/* Whether an expression names a field, as a whole word outside of quotes. */
static bool names_field(const char *at, const char *name) {
	size_t len = strlen(name);
	char quote = 0, before = ' ';
	for (; *at; before = *at++) {
		if (quote) {
			if (*at == '\\' && at[1])
				at++;
			else if (*at == quote)
				quote = 0;
			continue;
		}
		if (*at == '"' || *at == '\'')
			quote = *at;
		else if (!name_char(before) && strncmp(at, name, len) == 0 && !name_char(at[len]))
			return true;
	}
	return false;
}

static void checks_write(Lineage *lineage, const Field *field) {
	Arena *arena = lineage->rq->arena;
	const char *kind = field_kind_name(field->kind);
	const char *rule = field_kind_val(field->kind) == VAL_TEXT && field->kind != KIND_GEOMETRY ? "length" : "type";
	jw_key(lineage->json, "checks");
	jw_array(lineage->json);
	check_write(lineage, "type", rule, field->name,
	            field->length  ? arena_printf(arena, "%s(%d)", kind, field->length)
	            : field->scale ? arena_printf(arena, "%s(.%d)", kind, field->scale)
	                           : kind);
	if (field->required) check_write(lineage, "required", "required", field->name, NULL);
	if (field->unique || field->key) check_write(lineage, "unique", "unique", field->name, NULL);
	if (field->check) check_write(lineage, "check", check_name(field->check), field->name, check_name(field->check));
	if (*field->code_set) check_write(lineage, "code_set", "code_set", field->name, field->code_set);
	if (field->has_min || field->has_max) {
		char low[32] = "…", high[32] = "…";
		if (field->has_min) snprintf(low, sizeof low, "%g", field->min);
		if (field->has_max) snprintf(high, sizeof high, "%g", field->max);
		check_write(lineage, "range", "range", field->name, arena_printf(arena, "%s – %s", low, high));
	}
	if (*field->ref_resource) check_write(lineage, "reference", "reference", field->name, field->ref_resource);
	for (int i = 0; i < lineage->resource->rule_count; i++) {
		const Rule *one = &lineage->resource->rules[i];
		if (names_field(one->expression, field->name)) check_write(lineage, "rule", one->name, NULL, one->expression);
	}
	jw_array_end(lineage->json);
}

/* --- references, element --------------------------------------------------------------------------------------------- */

static int refers_write(Lineage *lineage, const Field *field) {
	JsonWriter *json = lineage->json;
	const char *dot = strrchr(field->ref_resource, '.');
	jw_key(json, "refers_to");
	if (!dot) {
		jw_null(json);
		return 0;
	}
	Rows *rows;
	Text code = {field->ref_resource, (size_t)(dot - field->ref_resource)};
	int found =
	    db_one(lineage->rq->db, &rows, "SELECT resource_id, name FROM resource WHERE code = $1", BIND(val_text(code)));
	if (found < 0) return found;
	jw_object(json);
	jw_kv_text(json, "code", code);
	jw_kv_str(json, "field", dot + 1);
	jw_key(json, "resource_id");
	if (found)
		jw_id(json, rows_int(rows, 0));
	else
		jw_null(json);
	jw_kv_text(json, "name", found ? rows_text(rows, 1) : TEXT_NONE);
	jw_object_end(json);
	return 0;
}

static int referred_write(Lineage *lineage, const Field *field) {
	JsonWriter *json = lineage->json;
	Rows *rows;
	jw_key(json, "referred_by");
	jw_array(json);
	const char *target = arena_printf(lineage->rq->arena, "%s.%s", lineage->resource->code, field->name);
	int code = db_query(lineage->rq->db, &rows,
	                    "SELECT f.resource_id, r.code, r.name, f.field, f.title FROM resource_ref f JOIN resource r ON"
	                    " r.resource_id = f.resource_id WHERE f.target = $1 AND r.state = 'published'"
	                    " ORDER BY f.resource_id, f.field_no LIMIT 200",
	                    BIND(val_str(target)));
	if (code < 0) return code;
	static const Member members[] = {{"resource_id", MEMBER_ID}, {"code", MEMBER_TEXT},  {"name", MEMBER_TEXT},
	                                 {"field", MEMBER_TEXT},     {"title", MEMBER_TEXT}, {0}};
	while ((code = rows_next(rows)) > 0) {
		jw_object(json);
		row_members(lineage->rq, rows, members);
		jw_object_end(json);
	}
	jw_array_end(json);
	return code;
}

static int element_write(Lineage *lineage, const Field *field) {
	static const Member members[] = {{"code", MEMBER_TEXT}, {"name", MEMBER_TEXT}, {"standard", MEMBER_TEXT}, {0}};
	JsonWriter *json = lineage->json;
	Rows *rows;
	int found = *field->element ? db_one(lineage->rq->db, &rows, "SELECT code, name, standard FROM element WHERE code = $1",
	                                     BIND(val_str(field->element)))
	                            : 0;
	jw_key(json, "element");
	if (found <= 0) {
		jw_null(json);
		return found;
	}
	jw_object(json);
	row_members(lineage->rq, rows, members);
	jw_object_end(json);
	return 0;
}

static int field_write(Lineage *lineage, const Field *field) {
	JsonWriter *json = lineage->json;
	jw_object(json);
	jw_kv_int(json, "no", field->no);
	jw_kv_str(json, "name", field->name);
	jw_kv_str(json, "title", field->title);
	jw_kv_str(json, "kind", field_kind_name(field->kind));
	jw_kv_int(json, "grade", field->grade);
	jw_kv_bool(json, "retention", strcmp(field->name, lineage->resource->retention_field) == 0);
	checks_write(lineage, field);
	int code = refers_write(lineage, field);
	if (code == 0) code = referred_write(lineage, field);
	if (code == 0) code = element_write(lineage, field);
	jw_object_end(json);
	return code;
}

/* --- receivers ------------------------------------------------------------------------------------------------------- */

static void modes_write(Lineage *lineage, Text stored) {
	JsonWriter *json = lineage->json;
	json_t *fields = parsed(lineage->rq, stored), *one;
	size_t index;
	jw_key(json, "fields");
	jw_object(json);
	json_array_foreach(fields, index, one) {
		int64_t no = json_integer_value(json_object_get(one, "no"));
		for (int i = 0; i < lineage->resource->field_count; i++)
			if (lineage->resource->fields[i].no == no)
				jw_kv_str(json, lineage->resource->fields[i].name, member(one, "mode"));
	}
	jw_object_end(json);
}

/* Live grants: all of them for the keeper and the data bureau, else those of one's own organisation. The last read is known to
 * the day, as long as use is counted (31 days). */
static int receivers_write(Lineage *lineage) {
	static const Member members[] = {{"grant_id", MEMBER_ID},
	                                 {"account", MEMBER_TEXT},
	                                 {"org", MEMBER_TEXT},
	                                 {"purpose", MEMBER_TEXT},
	                                 {"until", MEMBER_TIME},
	                                 {"last_read", MEMBER_DAY},
	                                 {0}};
	Request *rq = lineage->rq;
	JsonWriter *json = lineage->json;
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT g.grant_id, a.name, o.name, g.purpose, g.until_us, (SELECT max(u.day) FROM grant_use u WHERE"
	             " u.grant_id = g.grant_id AND u.used > 0), g.fields FROM access_grant g JOIN account a ON a.account_id ="
	             " g.account_id JOIN org o ON o.org_id = a.org_id WHERE g.resource_id = $1 AND g.revoked_at = 0 AND"
	             " g.from_us <= $2 AND g.until_us > $2 AND ($3 = 1 OR a.org_id = $4) ORDER BY g.grant_id DESC LIMIT $5",
	             BIND(val_int(lineage->resource->resource_id), val_int(rq->now_us), val_int(lineage->whole),
	                  val_int(rq->party.org_id), val_int(RECEIVERS_SHOWN)));
	if (code < 0) return code;
	jw_key(json, "receivers");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		jw_object(json);
		row_members(rq, rows, members);
		modes_write(lineage, rows_text(rows, 6));
		jw_object_end(json);
	}
	jw_array_end(json);
	return code;
}

/* --- the answer ------------------------------------------------------------------------------------------------------ */

static int head_write(Lineage *lineage) {
	const Resource *resource = lineage->resource;
	JsonWriter *json = lineage->json;
	Rows *rows;
	int found = db_one(lineage->rq->db, &rows,
	                   "SELECT o.name, r.loaded_at, r.row_count FROM resource r JOIN org o ON o.org_id = r.org_id"
	                   " WHERE r.resource_id = $1",
	                   BIND(val_int(resource->resource_id)));
	if (found <= 0)
		return found < 0
		           ? found
		           : fail(lineage->rq, ERR_NOT_FOUND, "there is no resource %lld", (long long)resource->resource_id);
	jw_kv_id(json, "resource_id", resource->resource_id);
	jw_kv_str(json, "code", resource->code);
	jw_kv_str(json, "name", resource->name);
	jw_kv_int(json, "version", resource->version);
	jw_kv_text(json, "org_name", rows_text(rows, 0));
	jw_kv_time(json, "loaded_at", rows_int(rows, 1));
	jw_kv_int(json, "row_count", rows_int(rows, 2));
	jw_kv_bool(json, "whole", lineage->whole);
	return 0;
}

int lineage_get(Request *rq) {
	Lineage lineage = {.rq = rq, .json = &rq->json};
	const Field *only = NULL;
	int code = resource_find(rq, in_int(rq, "id"), &lineage.resource);
	if (code < 0) return code;
	rq->about_resource = lineage.resource->resource_id;
	lineage.whole = rq->party.kind == PARTY_SYSTEM || rq->party.sees_all || rq->party.org_id == lineage.resource->org_id;
	if (in_has(rq, "field") && !(only = resource_field(lineage.resource, in_text(rq, "field"))))
		return error_field(rq->error, ERR_NOT_FOUND, "field", in_text(rq, "field"), "unknown_field",
		                   "use a field of the published version", "the entry has no field %s", in_str(rq, "field"));
	if ((code = refused_read(&lineage)) < 0) return code;
	jw_object(&rq->json);
	if ((code = head_write(&lineage)) == 0) code = sources_write(&lineage);
	if (code < 0) return code;
	jw_key(&rq->json, "fields");
	jw_array(&rq->json);
	for (int i = 0; code == 0 && i < lineage.resource->field_count; i++)
		if (!only || only == &lineage.resource->fields[i]) code = field_write(&lineage, &lineage.resource->fields[i]);
	jw_array_end(&rq->json);
	if (code == 0) code = receivers_write(&lineage);
	jw_object_end(&rq->json);
	return code;
}
