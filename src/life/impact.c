/* Who a draft would hit: for each published field that it drops or changes, the live grants that give it and the entries that
 * refer to it. Read by the reviewer before a version is published. Owns no table. */
#include "life/internal.h"

typedef struct Impact {
	Request *rq;
	const Resource *resource;
	json_t *draft;
} Impact;

static void json_free(void *object) {
	json_decref(object);
}

/* 1, 0 no such version, or a code. */
static int document_of(Request *rq, int64_t resource_id, bool draft, json_t **out) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT v.document FROM resource r JOIN resource_version v ON v.resource_id = r.resource_id AND v.version_no ="
	           " CASE WHEN $2 = 1 THEN r.draft_version ELSE r.published_version END WHERE r.resource_id = $1",
	           BIND(val_int(resource_id), val_int(draft)));
	if (found <= 0) return found;
	Text text = rows_text(rows, 0);
	*out = json_loadb(text.at, text.len, 0, NULL);
	if (!*out) return fail(rq, ERR_INTERNAL, "the stored document of resource %lld is damaged", (long long)resource_id);
	arena_on_free(rq->arena, json_free, *out);
	return 1;
}

static json_t *field_by_no(const json_t *document, int64_t no) {
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(document, "fields"), index,
	                   field) if (json_integer_value(json_object_get(field, "no")) == no) return field;
	return NULL;
}

static int receivers_write(Impact *impact, int64_t no) {
	static const Member members[] = {{"grant_id", MEMBER_ID},  {"account", MEMBER_TEXT}, {"org", MEMBER_TEXT},
	                                 {"purpose", MEMBER_TEXT}, {"until", MEMBER_TIME},   {0}};
	Request *rq = impact->rq;
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT g.grant_id, a.name, o.name, g.purpose, g.until_us, g.fields FROM access_grant g JOIN account a ON"
	             " a.account_id = g.account_id JOIN org o ON o.org_id = a.org_id WHERE g.resource_id = $1 AND"
	             " g.revoked_at = 0 AND g.until_us > $2 ORDER BY g.grant_id DESC LIMIT 1000",
	             BIND(val_int(impact->resource->resource_id), val_int(rq->now_us)));
	if (code < 0) return code;
	jw_key(&rq->json, "receivers");
	jw_array(&rq->json);
	while ((code = rows_next(rows)) > 0) {
		Text text = rows_text(rows, 5);
		json_t *fields = json_loadb(text.at, text.len, 0, NULL), *one;
		size_t index;
		const char *mode = NULL;
		json_array_foreach(fields, index, one) if (json_integer_value(json_object_get(one, "no")) == no) mode =
		    strcmp(json_string_value(json_object_get(one, "mode")), "clear") == 0 ? "clear" : "masked";
		if (mode) {
			jw_object(&rq->json);
			row_members(rq, rows, members);
			jw_kv_str(&rq->json, "mode", mode);
			jw_object_end(&rq->json);
		}
		json_decref(fields);
	}
	jw_array_end(&rq->json);
	return code;
}

static int referred_write(Impact *impact, const char *name) {
	static const Member members[] = {
	    {"resource_id", MEMBER_ID}, {"name", MEMBER_TEXT}, {"field", MEMBER_TEXT}, {"title", MEMBER_TEXT}, {0}};
	Request *rq = impact->rq;
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT f.resource_id, r.name, f.field, f.title FROM resource_ref f JOIN resource r ON r.resource_id ="
	             " f.resource_id WHERE f.target = $1 AND r.state = 'published' ORDER BY f.resource_id LIMIT 200",
	             BIND(val_str(arena_printf(rq->arena, "%s.%s", impact->resource->code, name))));
	if (code < 0) return code;
	jw_key(&rq->json, "referred_by");
	jw_array(&rq->json);
	while ((code = rows_next(rows)) > 0) {
		jw_object(&rq->json);
		row_members(rq, rows, members);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	return code;
}

/* What users of a field notice: [] when nothing of it changes. */
static json_t *changes_of(const json_t *was, const json_t *is) {
	static const char *const noticed[] = {"name",  "kind", "scale", "length",   "key", "required", "unique", "indexed",
	                                      "grade", "mask", "check", "code_set", "min", "max",      "ref",    "element"};
	json_t *out = json_array();
	for (size_t i = 0; i < sizeof noticed / sizeof *noticed; i++) {
		json_t *a = json_object_get(was, noticed[i]), *b = json_object_get(is, noticed[i]);
		if (a == b || (a && b && json_equal(a, b)) || (!a && json_is_false(b)) || (!b && json_is_false(a))) continue;
		json_array_append_new(out, json_string(noticed[i]));
	}
	return out;
}

static int field_write(Impact *impact, const Field *field, const json_t *was) {
	Request *rq = impact->rq;
	const json_t *is = field_by_no(impact->draft, field->no);
	json_t *changes = is ? changes_of(was, is) : json_array(), *one;
	size_t index;
	arena_on_free(rq->arena, json_free, changes);
	if (is && json_array_size(changes) == 0) return 0;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "no", field->no);
	jw_kv_str(&rq->json, "name", field->name);
	jw_kv_str(&rq->json, "title", field->title);
	jw_kv_bool(&rq->json, "retired", !is);
	jw_kv_bool(&rq->json, "retention", strcmp(impact->resource->retention_field, field->name) == 0);
	jw_key(&rq->json, "changes");
	jw_array(&rq->json);
	json_array_foreach(changes, index, one) jw_str(&rq->json, json_string_value(one));
	jw_array_end(&rq->json);
	int code = receivers_write(impact, field->no);
	if (code == 0) code = referred_write(impact, field->name);
	jw_object_end(&rq->json);
	return code;
}

int impact_get(Request *rq) {
	Impact impact = {.rq = rq};
	json_t *published = NULL;
	int code = resource_any(rq, in_int(rq, "id"), &impact.resource);
	if (code == 0) code = resource_own(rq, impact.resource);
	if (code < 0) return code;
	rq->about_resource = impact.resource->resource_id;
	int draft = document_of(rq, impact.resource->resource_id, true, &impact.draft);
	int before = draft < 0 ? draft : document_of(rq, impact.resource->resource_id, false, &published);
	if (before < 0) return before;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; draft && before && code == 0 && i < impact.resource->field_count; i++)
		code = field_write(&impact, &impact.resource->fields[i], field_by_no(published, impact.resource->fields[i].no));
	if (code < 0) return code;
	answer_rows_end(rq, 0);
	return 0;
}
