/* show: lists of forms, one form, and the burden meter: what was not demanded of people because the city holds it. Reads only. */
#include "form/internal.h"

void form_item_members(Request *rq, const FormField *field) {
	JsonWriter *json = &rq->json;
	jw_kv_str(json, "name", field->name);
	jw_kv_str(json, "title", field->title);
	jw_kv_str(json, "kind", field_kind_name(field->field ? field->field->kind : field->kind));
	jw_kv_str(json, "code_set", field->field ? field->field->code_set : field->code_set);
	jw_kv_bool(json, "required", field->required);
	jw_kv_str(json, "source", field->source ? field->source->name : "");
}

/* Its items as they are asked for, with nothing of anybody: what a phone fills in without a line. None of a form whose entry is
 * gone. */
static int items_write(Request *rq, const FormRow *row) {
	FormDoc *doc = ARENA_NEW(rq->arena, FormDoc);
	int code = form_doc(rq, row->document, doc);
	if (code == ERR_INVALID) {
		error_clear(rq->error);
		doc->count = 0;
		code = 0;
	}
	if (code < 0) return code;
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; i < doc->count && code >= 0; i++) {
		const FormField *field = &doc->fields[i];
		const char *code_set = field->field ? field->field->code_set : field->code_set;
		jw_object(&rq->json);
		form_item_members(rq, field);
		code = code_choices_write(rq, code_set ? code_set : "");
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	return code < 0 ? code : 0;
}

int form_show(Request *rq, int64_t form_id) {
	FormRow row;
	int64_t answers = 0;
	int64_t subject_id = 0;
	const Resource *subject = NULL;
	int code = form_load(rq, form_id, &row);
	if (code >= 0)
		code = db_int(rq->db, &answers, "SELECT count(*) FROM form_answer WHERE form_id = $1", BIND(val_int(form_id)));
	if (code < 0) return code;
	const char *of = json_string_value(json_object_get(row.document, "subject"));
	if (of && text_to_int(text_of(of), &subject_id) == 0 && (code = resource_any(rq, subject_id, &subject)) < 0) return code;
	JsonWriter *json = &rq->json;
	bool own = form_own(rq, &row),
	     reviews = party_may(&rq->party, PERMIT_CATALOG_REVIEW) && row.submitted_by != rq->party.account_id;
	char *document = json_dumps(row.document, JSON_COMPACT), *held = json_dumps(row.held, JSON_COMPACT);
	jw_object(json);
	jw_kv_id(json, "form_id", row.form_id);
	jw_kv_id(json, "org_id", row.org_id);
	jw_kv_str(json, "title", row.title);
	jw_kv_str(json, "purpose", row.purpose);
	jw_kv_str(json, "basis", row.basis);
	jw_kv_str(json, "state", row.state);
	jw_kv_str(json, "note", row.note);
	jw_kv_time(json, "opened_at", row.opened_at);
	jw_kv_time(json, "due_at", row.due_at);
	jw_kv_int(json, "version", row.version);
	jw_kv_str(json, "subject_name", subject ? subject->name : "");
	jw_key(json, "key");
	jw_array(json);
	for (int i = 0; subject && i < subject->key_count; i++) {
		jw_object(json);
		jw_kv_str(json, "name", subject->fields[subject->key_fields[i]].name);
		jw_kv_str(json, "title", subject->fields[subject->key_fields[i]].title);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_key(json, "document");
	jw_raw(json, text_of(document));
	jw_key(json, "held");
	jw_raw(json, text_of(held));
	free(document);
	free(held);
	if ((code = items_write(rq, &row)) < 0) return code;
	jw_kv_int(json, "answers", answers);
	jw_key(json, "may");
	jw_object(json);
	jw_kv_bool(json, "edit", own && strcmp(row.state, "draft") == 0);
	jw_kv_bool(json, "review", reviews && strcmp(row.state, "review") == 0);
	jw_kv_bool(json, "close", own && strcmp(row.state, "open") == 0);
	jw_kv_bool(json, "fill", party_may(&rq->party, PERMIT_EVENT_REPORT) && strcmp(row.state, "open") == 0);
	jw_kv_bool(json, "answers", own);
	jw_object_end(json);
	jw_object_end(json);
	return 0;
}

int form_get(Request *rq) {
	return form_show(rq, in_int(rq, "id"));
}

/* Open and closed ones, one's own organisation's in any state, and for reviewers those that wait. */
int forms_get(Request *rq) {
	static const Member members[] = {{"form_id", MEMBER_ID},  {"title", MEMBER_TEXT},  {"org_name", MEMBER_TEXT},
	                                 {"state", MEMBER_TEXT},  {"due_at", MEMBER_TIME}, {"opened_at", MEMBER_TIME},
	                                 {"answers", MEMBER_INT}, {"version", MEMBER_INT}, {0}};
	int limit = in_limit(rq);
	bool reviews = party_may(&rq->party, PERMIT_CATALOG_REVIEW);
	return answer_page(
	    rq, limit, members,
	    "SELECT f.form_id, f.title, o.name, f.state, f.due_at, f.opened_at, (SELECT count(*) FROM form_answer n WHERE"
	    " n.form_id = f.form_id), f.version FROM form f JOIN org o ON o.org_id = f.org_id WHERE f.form_id < $1 AND (f.state "
	    "IN"
	    " ('open', 'closed') OR f.org_id = $2 OR (CAST($3 AS BIGINT) = 1 AND f.state = 'review')) AND (CAST($4 AS TEXT)"
	    " = '' OR f.state = $4) ORDER BY f.form_id DESC LIMIT $5",
	    BIND(val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX),
	         val_int(party_may(&rq->party, PERMIT_CATALOG_EDIT) ? rq->party.org_id : -1), val_int(reviews),
	         in_has(rq, "state") ? val_text(in_text(rq, "state")) : val_str(""), val_int(limit + 1)));
}

/* By form: how often it was filled, what was asked for and what was not. Units are told of, never who filled. */
int burden_get(Request *rq) {
	static const Member members[] = {
	    {"form_id", MEMBER_ID}, {"title", MEMBER_TEXT}, {"org_name", MEMBER_TEXT}, {"answers", MEMBER_INT},
	    {"asked", MEMBER_INT},  {"spared", MEMBER_INT}, {"doubts", MEMBER_INT},    {0}};
	return answer_list(
	    rq, members,
	    "SELECT f.form_id, f.title, o.name, count(*), SUM(n.asked), SUM(n.known), SUM(n.doubts) FROM form_answer n JOIN form "
	    "f"
	    " ON f.form_id = n.form_id JOIN org o ON o.org_id = f.org_id WHERE n.given_at >= $1 AND n.given_at < $2 GROUP BY"
	    " f.form_id, f.title, o.name ORDER BY SUM(n.known) DESC, f.form_id LIMIT 500",
	    BIND(val_int(in_int(rq, "from")), val_int(in_has(rq, "until") ? in_int(rq, "until") : INT64_MAX)));
}
