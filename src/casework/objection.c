/* objection: objections to single records (异议核实) and ratings of resources: what readers say back to the supplier. Who may
 * speak is who may read: by a base rule or grant of his own, or by a grant to an account of his organisation; a service account
 * objects by its own grant only. Runs in the caller's read or write. */
#include "casework/forms.h"

static const FormMember objection_members[] = {{"record_id", FORM_ID, true, 0, 0},   {"field", FORM_TEXT, true, 1, 63},
                                               {"wrong", FORM_TEXT, true, 2, 500},   {"right", FORM_TEXT, false, 1, 500},
                                               {"reason", FORM_TEXT, true, 2, 1000}, {0}};

/* --- who may speak --------------------------------------------------------------------------------------------------- */
int reading_party(Request *rq, const Resource *resource, Party *out) {
	int64_t account = 0;
	*out = rq->party;
	int code = record_readable(rq, resource);
	if ((code != ERR_FORBIDDEN && code != ERR_GONE) || rq->party.kind != PARTY_PERSON) return code;
	Error refusal = *rq->error;
	error_clear(rq->error);
	code = db_int(
	    rq->db, &account,
	    "SELECT g.account_id FROM access_grant g JOIN account a ON a.account_id = g.account_id WHERE g.resource_id = $1"
	    " AND a.org_id = $2 AND a.state = 'active' AND g.revoked_at = 0 AND g.from_us <= $3 AND g.until_us > $3"
	    " ORDER BY g.grant_id DESC LIMIT 1",
	    BIND(val_int(resource->resource_id), val_int(rq->party.org_id), val_int(rq->now_us)));
	if (code < 0) return code;
	if (!account) {
		*rq->error = refusal;
		return refusal.code;
	}
	out->kind = PARTY_SERVICE;
	out->account_id = account;
	return 0;
}

/* One's own data is mended, not objected to or praised. */
static int outsider(Request *rq, const Resource *resource) {
	if (rq->party.org_id != resource->org_id) return 0;
	return error_field(rq->error, ERR_CONFLICT, "resource_id", TEXT_NONE, "own_resource", "Mend it and load it again.",
	                   "Your own organisation supplies this resource");
}

/* --- objections ------------------------------------------------------------------------------------------------------ */
static void json_drop(void *json) {
	json_decref(json);
}

static int objection_begin(Request *rq, Case *row) {
	const Resource *resource;
	const Field *field = NULL;
	RecordMark mark;
	Party asker = rq->party, reader;
	int code = resource_find(rq, row->resource_id, &resource);
	if (code == 0) code = outsider(rq, resource);
	if (code == 0) code = reading_party(rq, resource, &reader);
	if (code < 0) return code;
	Text name = text_of_member(row->form, "field");
	if (!(field = resource_field(resource, name)))
		return form_bad(rq, "field", name, "unknown_field", "Use the names of the catalogue entry's fields.",
		                "The entry has no such field");
	row->subject = "record";
	row->subject_id = id_of_member(row->form, "record_id");
	rq->party = reader;
	code = record_mark_seen(rq, resource, row->subject_id, field, &mark);
	rq->party = asker;
	if (code < 0) return code;
	if (!mark.there)
		return form_bad(rq, "record_id", text_of_member(row->form, "record_id"), "no_record",
		                "Object from the record as you see it; your grant may not cover it.",
		                "There is no such record among those you may see");
	row->form = json_deep_copy(row->form);
	arena_on_free(rq->arena, json_drop, row->form);
	json_object_set_new(row->form, "mark", json_string(mark.value));
	row->title = resource->name;
	row->supplier_org = resource->org_id;
	row->open_key =
	    arena_printf(rq->arena, "%lld:%s:%lld", (long long)row->subject_id, field->name, (long long)row->asker_org);
	return 0;
}

/* Check of a process: the field objected to holds something else now, or the record is gone. */
int action_record_changed(Request *rq, void *arg) {
	CaseCheck *check = arg;
	const Resource *resource;
	RecordMark mark;
	int code = resource_any(rq, check->resource_id, &resource);
	const Field *field = code < 0 ? NULL : resource_field(resource, text_of_member(check->form, "field"));
	if (code == 0) code = record_mark(rq, resource, check->subject_id, field, &mark);
	if (code < 0) return code;
	check->holds = !mark.there || !text_eq(text_of(mark.value), text_of_member(check->form, "mark"));
	check->proof = json_pack("{s:b,s:s,s:o,s:s}", "there", mark.there, "field", field ? field->name : "", "version",
	                         json_integer(mark.version), "job_id", arena_printf(rq->arena, "%lld", (long long)check->job_id));
	arena_on_free(rq->arena, json_drop, check->proof);
	return 0;
}

/* --- ratings --------------------------------------------------------------------------------------------------------- */
static int ratings_write(Request *rq, const Resource *resource) {
	static const Member members[] = {{"stars", MEMBER_INT},
	                                 {"words", MEMBER_TEXT},
	                                 {"name", MEMBER_TEXT},
	                                 {"org_name", MEMBER_TEXT},
	                                 {"at", MEMBER_TIME},
	                                 {"mine", MEMBER_BOOL},
	                                 {0}};
	JsonWriter *json = &rq->json;
	Rows *rows;
	Party reader;
	int64_t count = 0, sum = 0;
	int code = db_one(rq->db, &rows, "SELECT count(*), COALESCE(SUM(stars), 0) FROM resource_rating WHERE resource_id = $1",
	                  BIND(val_int(resource->resource_id)));
	if (code < 0) return code;
	count = rows_int(rows, 0);
	sum = rows_int(rows, 1);
	bool may = party_may(&rq->party, PERMIT_ASK) && outsider(rq, resource) == 0; /* a service rates nothing */
	if (may && (code = reading_party(rq, resource, &reader)) < 0) {
		if (code != ERR_FORBIDDEN && code != ERR_GONE) return code;
		may = false;
	}
	error_clear(rq->error);
	code = db_query(
	    rq->db, &rows,
	    "SELECT r.stars, r.words, a.name, o.name, r.updated_at, CASE WHEN r.account_id = $2 THEN 1 ELSE 0 END AS mine"
	    " FROM resource_rating r LEFT JOIN account a ON a.account_id = r.account_id LEFT JOIN org o ON o.org_id = r.org_id"
	    " WHERE r.resource_id = $1 ORDER BY mine DESC, r.updated_at DESC, r.account_id LIMIT 200",
	    BIND(val_int(resource->resource_id), val_int(rq->party.account_id)));
	if (code < 0) return code;
	jw_object(json);
	jw_kv_int(json, "count", count);
	jw_key(json, "average");
	if (count)
		jw_double(json, (double)(sum * 10 / count) / 10);
	else
		jw_null(json);
	jw_kv_bool(json, "may", may);
	jw_key(json, "items");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		jw_object(json);
		row_members(rq, rows, members);
		jw_object_end(json);
	}
	rows_close(rows);
	jw_array_end(json);
	jw_object_end(json);
	return code;
}

static int rated(Request *rq, const Resource **out) {
	rq->about_resource = in_int(rq, "id");
	return resource_find(rq, in_int(rq, "id"), out);
}

int ratings_get(Request *rq) {
	const Resource *resource;
	int code = rated(rq, &resource);
	return code < 0 ? code : ratings_write(rq, resource);
}

int rating_put(Request *rq) {
	const Resource *resource;
	Party reader;
	int64_t stars = in_int(rq, "stars");
	Text words = in_has(rq, "words") ? text_trim(in_text(rq, "words")) : TEXT("");
	int code = rated(rq, &resource);
	if (code == 0) code = outsider(rq, resource);
	if (code == 0) code = reading_party(rq, resource, &reader);
	if (code < 0) return code;
	if (stars <= 2 && utf8_count(words) < 2)
		return error_field(rq->error, ERR_INVALID, "words", words, "required",
		                   "Say what is wrong, in 2 characters or more.", "Few stars need a word why");
	code = (int)db_run(rq->db,
	                   "INSERT INTO resource_rating (resource_id, account_id, org_id, stars, words, created_at, updated_at)"
	                   " VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (resource_id, account_id) DO UPDATE SET stars ="
	                   " excluded.stars, words = excluded.words, org_id = excluded.org_id, updated_at = excluded.updated_at",
	                   BIND(val_int(resource->resource_id), val_int(rq->party.account_id), val_int(rq->party.org_id),
	                        val_int(stars), val_text(words), val_int(rq->now_us)));
	rq->about = arena_printf(rq->arena, "{\"stars\":%lld}", (long long)stars);
	return code < 0 ? code : ratings_write(rq, resource);
}

int rating_delete(Request *rq) {
	const Resource *resource;
	int code = rated(rq, &resource);
	if (code == 0)
		code = (int)db_run(rq->db, "DELETE FROM resource_rating WHERE resource_id = $1 AND account_id = $2",
		                   BIND(val_int(resource->resource_id), val_int(rq->party.account_id)));
	return code < 0 ? code : ratings_write(rq, resource);
}

const Form objection_forms[] = {
    {"record_objection", objection_members, .begin = objection_begin, .permit = PERMIT_DATA_READ, .live = true}, {0}};
