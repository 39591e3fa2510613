/* write: drafting a form, submitting, reviewing, opening and closing it. A form that asks for nothing the city holds opens at
 * once; one that does waits for the data bureau. */
#include "form/internal.h"

static void json_drop(void *json) {
	json_decref(json);
}

static json_t *json_kept(Request *rq, Text text) {
	json_t *json = json_loadb(text.at, text.len, 0, NULL);
	if (json) arena_on_free(rq->arena, json_drop, json);
	return json;
}

bool form_own(const Request *rq, const FormRow *row) {
	return party_may(&rq->party, PERMIT_CATALOG_EDIT) && rq->party.org_id == row->org_id;
}

int form_load(Request *rq, int64_t form_id, FormRow *out) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT org_id, title, purpose, basis, state, document, held, note, created_by, submitted_by, opened_at, due_at,"
	    " version FROM form WHERE form_id = $1",
	    BIND(val_int(form_id)));
	if (found < 0) return found;
	if (found > 0)
		*out = (FormRow){.form_id = form_id,
		                 .org_id = rows_int(rows, 0),
		                 .title = rows_str(rows, 1, rq->arena),
		                 .purpose = rows_str(rows, 2, rq->arena),
		                 .basis = rows_str(rows, 3, rq->arena),
		                 .state = rows_str(rows, 4, rq->arena),
		                 .document = json_kept(rq, rows_text(rows, 5)),
		                 .held = json_kept(rq, rows_text(rows, 6)),
		                 .note = rows_str(rows, 7, rq->arena),
		                 .created_by = rows_int(rows, 8),
		                 .submitted_by = rows_int(rows, 9),
		                 .opened_at = rows_int(rows, 10),
		                 .due_at = rows_int(rows, 11),
		                 .version = rows_int(rows, 12)};
	bool open = found > 0 && (strcmp(out->state, "open") == 0 || strcmp(out->state, "closed") == 0);
	if (found > 0 && (open || form_own(rq, out) || party_may(&rq->party, PERMIT_CATALOG_REVIEW))) return 0;
	return fail(rq, ERR_NOT_FOUND, "There is no such form among those you may see");
}

/* --- drafting -------------------------------------------------------------------------------------------------------- */
typedef struct Change { /* what a write does to a form */
	int64_t form_id, version;
	const char *state, *note;
	json_t *held;
	bool opens;
} Change;

static int draft_check(Request *rq) {
	FormDoc *doc = ARENA_NEW(rq->arena, FormDoc);
	return form_doc(rq, in_json(rq, "document"), doc);
}

static Val document_val(Request *rq) {
	char *text = json_dumps(in_json(rq, "document"), JSON_COMPACT);
	Val val = val_str(arena_strdup(rq->arena, text));
	free(text);
	return val;
}

int form_post(Request *rq) {
	int64_t form_id = store_new_id(rq->store);
	int code = draft_check(rq);
	if (code < 0) return code;
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO form (form_id, org_id, title, purpose, basis, state, document, held, note, created_by,"
	           " submitted_by, reviewed_by, opened_at, due_at, closed_at, created_at, version) VALUES ($1, $2, $3, $4, $5,"
	           " 'draft', $6, '[]', '', $7, 0, 0, 0, $8, 0, $9, 1)",
	           BIND(val_int(form_id), val_int(rq->party.org_id), val_text(in_text(rq, "title")),
	                val_text(in_text(rq, "purpose")), val_text(in_text(rq, "basis")), document_val(rq),
	                val_int(rq->party.account_id), val_int(in_int(rq, "due_at")), val_int(rq->now_us)));
	if (done < 0) return (int)done;
	rq->about_subject = form_id;
	rq->status = 201;
	return form_show(rq, form_id);
}

static int changed_meanwhile(Request *rq, int64_t done) {
	if (done != 0) return done < 0 ? (int)done : 0;
	return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read it again and repeat the change.",
	                   "The form was changed by someone else, or is past this step");
}

static int own_load(Request *rq, FormRow *row) {
	int code = form_load(rq, in_int(rq, "id"), row);
	rq->about_subject = in_int(rq, "id");
	if (code < 0 || form_own(rq, row)) return code;
	return fail(rq, ERR_FORBIDDEN, "Only the organisation that made the form may do this");
}

int form_put(Request *rq) {
	FormRow row;
	int code = own_load(rq, &row);
	if (code == 0) code = draft_check(rq);
	if (code < 0) return code;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE form SET title = $3, purpose = $4, basis = $5, document = $6, due_at = $7, version = version + 1 WHERE"
	           " form_id = $1 AND version = $2 AND state = 'draft'",
	           BIND(val_int(row.form_id), val_int(in_int(rq, "version")), val_text(in_text(rq, "title")),
	                val_text(in_text(rq, "purpose")), val_text(in_text(rq, "basis")), document_val(rq),
	                val_int(in_int(rq, "due_at"))));
	code = changed_meanwhile(rq, done);
	return code < 0 ? code : form_show(rq, row.form_id);
}

/* --- opening --------------------------------------------------------------------------------------------------------- */
static int change_run(Request *rq, void *arg) {
	Change *change = arg;
	char *held = change->held ? json_dumps(change->held, JSON_COMPACT) : NULL;
	int64_t done = db_run(
	    rq->db,
	    "UPDATE form SET state = $3, note = $4, held = COALESCE(CAST($5 AS TEXT), held), submitted_by = CASE WHEN"
	    " CAST($5 AS TEXT) IS NULL THEN submitted_by ELSE $6 END, opened_at = CASE WHEN CAST($7 AS BIGINT) = 1 THEN $8"
	    " ELSE opened_at END, version = version + 1 WHERE form_id = $1 AND version = $2 AND state = 'draft'",
	    BIND(val_int(change->form_id), val_int(change->version), val_str(change->state), val_str(change->note),
	         held ? val_str(held) : val_null(), val_int(rq->party.account_id), val_int(change->opens), val_int(rq->now_us)));
	free(held);
	rq->about = arena_printf(rq->arena, "{\"state\":\"%s\"}", change->state);
	return changed_meanwhile(rq, done);
}

int form_submit_post(Request *rq) {
	FormRow row;
	FormDoc *doc = ARENA_NEW(rq->arena, FormDoc);
	Change change = {.form_id = in_int(rq, "id"), .version = in_int(rq, "version"), .note = ""};
	int code = own_load(rq, &row);
	if (code == 0) code = form_doc(rq, row.document, doc);
	if (code == 0) code = form_held(rq, doc, &change.held);
	if (code < 0) return code;
	arena_on_free(rq->arena, json_drop, change.held);
	change.opens = json_array_size(change.held) == 0;
	change.state = change.opens ? "open" : "review";
	code = request_write(rq, change_run, &change);
	return code < 0 ? code : form_show(rq, row.form_id);
}

int form_review_post(Request *rq) {
	bool approves = text_is(in_text(rq, "decision"), "approve");
	FormRow row;
	int code = form_load(rq, in_int(rq, "id"), &row);
	rq->about_subject = in_int(rq, "id");
	if (code < 0) return code;
	if (row.submitted_by == rq->party.account_id)
		return fail(rq, ERR_FORBIDDEN, "Another person reviews it than the one who submitted it");
	int64_t done =
	    db_run(rq->db,
	           "UPDATE form SET state = $3, note = $4, reviewed_by = $5, opened_at = CASE WHEN $3 = 'open' THEN $6 ELSE"
	           " opened_at END, version = version + 1 WHERE form_id = $1 AND version = $2 AND state = 'review'",
	           BIND(val_int(row.form_id), val_int(in_int(rq, "version")), val_str(approves ? "open" : "draft"),
	                val_text(in_text(rq, "note")), val_int(rq->party.account_id), val_int(rq->now_us)));
	rq->about = approves ? "{\"decision\":\"approve\"}" : "{\"decision\":\"return\"}";
	code = changed_meanwhile(rq, done);
	return code < 0 ? code : form_show(rq, row.form_id);
}

int form_close_post(Request *rq) {
	FormRow row;
	int code = own_load(rq, &row);
	if (code < 0) return code;
	int64_t done = db_run(rq->db,
	                      "UPDATE form SET state = 'closed', closed_at = $3, version = version + 1 WHERE form_id = $1 AND "
	                      "version = $2 AND state = 'open'",
	                      BIND(val_int(row.form_id), val_int(in_int(rq, "version")), val_int(rq->now_us)));
	code = changed_meanwhile(rq, done);
	return code < 0 ? code : form_show(rq, row.form_id);
}
