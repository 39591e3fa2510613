/* What people do with a destruction list: the keeper's officer proposes or puts off, the data bureau reviews (never who
 * proposed), a job destroys; holds (封存) keep everything. Handlers; each change of state is one write, guarded by the list's
 * version. */
#include "life/internal.h"

/* --- opening a list for a change ------------------------------------------------------------------------------------- */
static int list_open(Request *rq, bool keeper, Destruction *out) {
	int64_t id = in_int(rq, "id"), resource_id = 0;
	int code =
	    db_int(rq->db, &resource_id, "SELECT resource_id FROM destruction WHERE destruction_id = $1", BIND(val_int(id)));
	if (code > 0) code = db_lock(rq->db, "life.resource", resource_id);
	if (code >= 0) code = destruction_load(rq, id, out);
	if (code < 0) return code;
	rq->about_resource = out->resource_id;
	rq->about_subject = id;
	rq->row_count = out->listed.count;
	rq->about = arena_printf(rq->arena, "{\"digest\":\"%s\",\"quarantine\":%lld}", table_digest_text(rq->arena, &out->listed),
	                         (long long)out->quarantine_listed);
	if (keeper && out->org_id != rq->party.org_id && rq->party.kind != PARTY_SYSTEM)
		return fail(rq, ERR_FORBIDDEN, "only the organisation that keeps the records may do this");
	if (in_int(rq, "version") != out->version)
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "read the list again",
		                   "the list was changed meanwhile (it is at version %lld)", (long long)out->version);
	return 0;
}

static int wrong_step(Request *rq, const Destruction *list) {
	return error_field(rq->error, ERR_CONFLICT, "state", text_of(list->state), "state", "read the list again",
	                   "the list is in state %s", list->state);
}

static int held_refuse(Request *rq) {
	return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "held", "wait until the data bureau lifts the hold",
	                   "the resource is on hold: nothing of it may be destroyed");
}

/* The entry as it was when the list was made: another version has other fields, hence another digest and perhaps another period.
 */
static int same_version(Request *rq, const Destruction *list, const Resource **out) {
	int code = resource_any(rq, list->resource_id, out);
	if (code < 0) return code;
	bool withdrawn = (*out)->state == RES_WITHDRAWN;
	if ((*out)->version == list->resource_version && withdrawn == list->rule.all) return 0;
	return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "entry_changed",
	                   "return the list; the next look makes it anew", "the entry was changed since the list was made");
}

static int version_answer(Request *rq, const Destruction *list) {
	int code = feed_append(rq->db, FEED_TOPIC_CATALOG, list->resource_id, list->version + 1, FEED_UPDATE);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "destruction_id", list->id);
	jw_kv_int(&rq->json, "version", list->version + 1);
	jw_object_end(&rq->json);
	return 0;
}

static int job_make(Request *rq, Destruction *list) {
	json_t *args = json_pack("{s:s}", "destruction_id", arena_printf(rq->arena, "%lld", (long long)list->id));
	int code = job_create(rq, "life.destroy", list->resource_id, list->org_id, args, &list->job_id);
	json_decref(args);
	return code;
}

/* --- the keeper ------------------------------------------------------------------------------------------------------ */
int destruction_check(Request *rq) {
	const Resource *resource;
	int64_t id, resource_id = in_int(rq, "id");
	rq->about_resource = resource_id;
	int code = resource_any(rq, resource_id, &resource);
	if (code == 0 && resource->org_id != rq->party.org_id)
		code = fail(rq, ERR_FORBIDDEN, "only the organisation that keeps the records may do this");
	if (code == 0) code = retention_look(rq, resource_id, &id);
	if (code < 0) return code;
	rq->about_subject = id;
	jw_object(&rq->json);
	jw_key(&rq->json, "destruction_id");
	if (id)
		jw_id(&rq->json, id);
	else
		jw_null(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

int destruction_propose(Request *rq) {
	Destruction list;
	const Resource *resource;
	int code = list_open(rq, true, &list);
	if (code < 0) return code;
	if (strcmp(list.state, "open") != 0 && strcmp(list.state, "postponed") != 0) return wrong_step(rq, &list);
	if (list.held) return held_refuse(rq);
	if ((code = same_version(rq, &list, &resource)) < 0) return code;
	int64_t done = db_run(rq->db,
	                      "UPDATE destruction SET state = 'proposed', version = version + 1, proposed_by = $2,"
	                      " proposed_login = $3, proposed_us = $4, propose_note = $5, postponed_us = 0, reviewed_by = 0,"
	                      " reviewed_login = '', reviewed_us = 0, review_note = '' WHERE destruction_id = $1",
	                      BIND(val_int(list.id), val_int(rq->party.account_id), val_str(rq->party.login), val_int(rq->now_us),
	                           in_has(rq, "note") ? val_text(in_text(rq, "note")) : val_str("")));
	return done < 0 ? (int)done : version_answer(rq, &list);
}

int destruction_postpone(Request *rq) {
	Destruction list;
	int code = list_open(rq, true, &list);
	if (code < 0) return code;
	if (strcmp(list.state, "open") != 0) return wrong_step(rq, &list);
	int64_t until = in_int(rq, "until");
	if (until <= rq->now_us || until > rq->now_us + 1096 * INT64_C(86400000000))
		return error_field(rq->error, ERR_INVALID, "until", TEXT_NONE, "term", "give a day within the next three years",
		                   "a list is put off to a time after now, at most three years ahead");
	int64_t done =
	    db_run(rq->db,
	           "UPDATE destruction SET state = 'postponed', version = version + 1, postponed_us = $2, reason = $3,"
	           " basis = $4 WHERE destruction_id = $1",
	           BIND(val_int(list.id), val_int(until), val_text(in_text(rq, "reason")), val_text(in_text(rq, "basis"))));
	return done < 0 ? (int)done : version_answer(rq, &list);
}

/* The approval stands: a new job goes on where the list says the last one stopped. */
static int go_on(Request *rq, Destruction *list, const Resource *resource) {
	if (list->held) return held_refuse(rq);
	int code = load_may_begin(rq, resource);
	if (code == 0) code = job_make(rq, list);
	if (code < 0) return code;
	int64_t done = db_run(rq->db, "UPDATE destruction SET version = version + 1, job_id = $2 WHERE destruction_id = $1",
	                      BIND(val_int(list->id), val_int(list->job_id)));
	return done < 0 ? (int)done : version_answer(rq, list);
}

/* After a job that failed or was cancelled: back to the beginning where nothing is destroyed yet, else on to the end. A withdrawn
 * entry that was published again keeps what is left of it: the evidence of this call says what went. */
int destruction_reopen(Request *rq) {
	Destruction list;
	const Resource *resource;
	int code = list_open(rq, true, &list);
	if (code == 0) code = resource_any(rq, list.resource_id, &resource);
	if (code < 0) return code;
	bool stopped = strcmp(list.job_state, "failed") == 0 || strcmp(list.job_state, "cancelled") == 0;
	if (strcmp(list.state, "approved") != 0 || !stopped) return wrong_step(rq, &list);
	if (list.begun_us && !(list.rule.all && resource->state != RES_WITHDRAWN)) return go_on(rq, &list, resource);
	rq->about = arena_printf(rq->arena, "{\"destroyed\":\"%s\",\"quarantine\":%lld}",
	                         table_digest_text(rq->arena, &list.done), (long long)list.quarantine_done);
	TableDigest none = {0};
	int64_t done = db_run(rq->db,
	                      "UPDATE destruction SET state = 'open', version = version + 1, job_id = 0, begun_us = 0, done = $2,"
	                      " done_count = 0, quarantine_done = 0 WHERE destruction_id = $1",
	                      BIND(val_int(list.id), val_str(table_digest_text(rq->arena, &none))));
	return done < 0 ? (int)done : version_answer(rq, &list);
}

/* --- the data bureau ------------------------------------------------------------------------------------------------- */
static int approve(Request *rq, Destruction *list) {
	const Resource *resource;
	if (list->held) return held_refuse(rq);
	int code = same_version(rq, list, &resource);
	if (code == 0) code = load_may_begin(rq, resource);
	if (code < 0) return code;
	return job_make(rq, list);
}

int destruction_review(Request *rq) {
	Destruction list;
	bool yes = text_is(in_text(rq, "decision"), "approve");
	Text note = in_has(rq, "note") ? text_trim(in_text(rq, "note")) : TEXT("");
	int code = list_open(rq, false, &list);
	if (code < 0) return code;
	if (strcmp(list.state, "proposed") != 0) return wrong_step(rq, &list);
	if (list.proposed_by == rq->party.account_id)
		return error_field(rq->error, ERR_FORBIDDEN, "id", TEXT_NONE, "four_eyes",
		                   "another person of the data bureau reviews it",
		                   "who proposed a destruction may not review it");
	if (!yes && !note.len)
		return error_field(rq->error, ERR_INVALID, "note", TEXT_NONE, "required", "say what has to change",
		                   "a list goes back with a reason");
	if (yes && (code = approve(rq, &list)) < 0) return code;
	int64_t done = db_run(rq->db,
	                      "UPDATE destruction SET state = $2, version = version + 1, reviewed_by = $3, reviewed_login = $4,"
	                      " reviewed_us = $5, review_note = $6, job_id = $7 WHERE destruction_id = $1",
	                      BIND(val_int(list.id), val_str(yes ? "approved" : "open"), val_int(rq->party.account_id),
	                           val_str(rq->party.login), val_int(rq->now_us), val_text(note), val_int(list.job_id)));
	rq->about =
	    arena_printf(rq->arena, "{\"decision\":\"%s\",\"digest\":\"%s\",\"quarantine\":%lld}", yes ? "approve" : "return",
	                 table_digest_text(rq->arena, &list.listed), (long long)list.quarantine_listed);
	return done < 0 ? (int)done : version_answer(rq, &list);
}

int destruction_certificate(Request *rq) {
	Rows *rows;
	int64_t id = in_int(rq, "id");
	int found = db_one(rq->db, &rows,
	                   "SELECT t.document, d.resource_id FROM destruction d JOIN receipt t ON t.job_id = d.job_id AND"
	                   " t.resource_id = d.resource_id WHERE d.destruction_id = $1 AND d.state = 'destroyed'"
	                   " AND (d.org_id = $2 OR $3 = 1)",
	                   BIND(val_int(id), val_int(rq->party.org_id), val_int(rq->party.sees_all)));
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "destruction list %lld has no certificate", (long long)id);
	if (found < 0) return found;
	rq->about_resource = rows_int(rows, 1);
	rq->about_subject = id;
	jw_raw(&rq->json, rows_text(rows, 0));
	return 0;
}

/* --- holds (封存) -------------------------------------------------------------------------------------------------- */
static int hold_open(Request *rq) {
	const Resource *resource;
	int64_t id = in_int(rq, "id");
	rq->about_resource = id;
	int code = db_lock(rq->db, "life.resource", id);
	if (code == 0) code = resource_any(rq, id, &resource);
	if (code == 0) code = resource_own(rq, resource);
	if (code < 0) return code;
	if (party_may(&rq->party, PERMIT_CATALOG_EDIT) || party_may(&rq->party, PERMIT_CATALOG_REVIEW)) return 0;
	return fail(rq, ERR_FORBIDDEN, "a hold is placed by the keeper's data officer or the data bureau");
}

int hold_place(Request *rq) {
	int64_t id = in_int(rq, "id"), hold_id = store_new_id(rq->store);
	int code = hold_open(rq);
	if (code == 0 && (code = hold_of(rq, id)) == 1)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "held", "read the entry again",
		                   "the resource is on hold already");
	if (code < 0) return code;
	rq->about_subject = hold_id;
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO retention_hold (hold_id, resource_id, reason, basis, placed_login, placed_us, lifted_login,"
	           " lifted_us, lift_reason) VALUES ($1, $2, $3, $4, $5, $6, '', 0, '')",
	           BIND(val_int(hold_id), val_int(id), val_text(in_text(rq, "reason")), val_text(in_text(rq, "basis")),
	                val_str(rq->party.login), val_int(rq->now_us)));
	return done < 0 ? (int)done : feed_append(rq->db, FEED_TOPIC_CATALOG, id, 0, FEED_UPDATE);
}

int hold_lift(Request *rq) {
	int64_t id = in_int(rq, "id");
	int code = hold_open(rq);
	if (code < 0) return code;
	int64_t done = db_run(rq->db,
	                      "UPDATE retention_hold SET lifted_login = $2, lifted_us = $3, lift_reason = $4"
	                      " WHERE resource_id = $1 AND lifted_us = 0",
	                      BIND(val_int(id), val_str(rq->party.login), val_int(rq->now_us), val_text(in_text(rq, "reason"))));
	if (done < 0) return (int)done;
	if (done == 0) return fail(rq, ERR_CONFLICT, "the resource is not on hold");
	return feed_append(rq->db, FEED_TOPIC_CATALOG, id, 0, FEED_UPDATE);
}

int hold_list(Request *rq) {
	static const Member members[] = {
	    {"hold_id", MEMBER_ID},     {"reason", MEMBER_TEXT},      {"basis", MEMBER_TEXT},
	    {"placed_by", MEMBER_TEXT}, {"placed_at", MEMBER_TIME},   {"lifted_by", MEMBER_TEXT},
	    {"lifted_at", MEMBER_TIME}, {"lift_reason", MEMBER_TEXT}, {0},
	};
	const Resource *resource;
	int code = resource_any(rq, in_int(rq, "id"), &resource);
	if (code == 0) code = resource_own(rq, resource);
	if (code < 0) return code;
	return answer_list(rq, members,
	                   "SELECT hold_id, reason, basis, placed_login, placed_us, lifted_login, lifted_us, lift_reason"
	                   " FROM retention_hold WHERE resource_id = $1 ORDER BY hold_id DESC",
	                   BIND(val_int(in_int(rq, "id"))));
}
