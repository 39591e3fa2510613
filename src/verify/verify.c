/* verify: the room's tables and rows, and what its files load from them. Times are UTC µs, 0 = not yet. */
#include "verify/internal.h"

static const Migration migrations[] = {
    {
        .name = "verify-1",
        .sql =
            /* A record sent to the field, beside its case. state: sent, answered (wrong: an order is open),
               corrected, closed; outcome: '' open, right, wrong, unknown, cancelled, overtaken, withdrawn; address locked;
               identify JSON names of fields; order_id: the correction order's case. spread: by(case_id) */
        "CREATE TABLE verification (case_id BIGINT PRIMARY KEY, resource_id BIGINT NOT NULL, record_id BIGINT NOT NULL,"
        " supplier_org BIGINT NOT NULL, sender_org BIGINT NOT NULL, sender_account BIGINT NOT NULL, class_code TEXT NOT NULL,"
        " lon DOUBLE PRECISION NOT NULL, lat DOUBLE PRECISION NOT NULL, area_text TEXT NOT NULL, address TEXT NOT NULL,"
        " address_sensitive BIGINT NOT NULL, identify TEXT NOT NULL, words TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT NOT "
        "NULL,"
        " order_id BIGINT NOT NULL, sent_us BIGINT NOT NULL, answered_us BIGINT NOT NULL, answered_by BIGINT NOT NULL,"
        " answer_placed BIGINT NOT NULL, answer_lon DOUBLE PRECISION NOT NULL, answer_lat DOUBLE PRECISION NOT NULL,"
        " closed_us BIGINT NOT NULL);\n"
        "CREATE INDEX verification_record ON verification (resource_id, record_id, case_id);\n"
        "CREATE INDEX verification_supplier ON verification (supplier_org, case_id);\n"
        "CREATE INDEX verification_order ON verification (order_id) WHERE order_id <> 0;\n"
        /* spread: by(case_id). A field in doubt; mark: as of record_mark, when it was sent, then when it was answered; value,
           old: locked; answer: '' not yet, right, wrong, unknown, gone */
        "CREATE TABLE verification_field (case_id BIGINT NOT NULL, field TEXT NOT NULL, field_no BIGINT NOT NULL, mark TEXT NOT "
        "NULL,"
        " answer TEXT NOT NULL, value TEXT NOT NULL, value_mark TEXT NOT NULL, old TEXT NOT NULL, now_mark TEXT NOT NULL,"
        " PRIMARY KEY (case_id, field));\n"
        /* spread: by(case_id). Who doubts what; source: objection, hand, rule; objection_id: its case, ended_us: it was withdrawn
         */
        "CREATE TABLE verification_doubt (case_id BIGINT NOT NULL, doubt_no BIGINT NOT NULL, field TEXT NOT NULL, source TEXT "
        "NOT "
        "NULL,"
        " objection_id BIGINT NOT NULL, account_id BIGINT NOT NULL, org_id BIGINT NOT NULL, reason TEXT NOT NULL, at_us BIGINT "
        "NOT "
        "NULL,"
        " ended_us BIGINT NOT NULL, PRIMARY KEY (case_id, doubt_no));\n"
        "CREATE INDEX verification_objection ON verification_doubt (objection_id) WHERE objection_id <> 0",
    },
    {.name = "verify-2-queue", .sql = "CREATE INDEX verification_open ON verification (case_id) WHERE state = 'sent'"},
    /* correct_job: the last job that took over what was found, 0 = none */
    {.name = "verify-3-correct", .sql = "ALTER TABLE verification ADD COLUMN correct_job BIGINT NOT NULL DEFAULT 0"}};
static const JobKind jobs[] = {{"verify.correct", correct_job_run, .changes = true}};

const Module verify_module = {
    .name = "verify",
    .routes = verify_routes,
    .route_count = VERIFY_ROUTES,
    .actions = verify_actions,
    .action_count = VERIFY_ACTIONS,
    ROWS_OF(migration, migrations),
    ROWS_OF(job, jobs),
};

const char *value_lock(Request *rq, Text text) {
	return text.len ? secret_lock(rq->arena, app_secret(rq->app), text) : "";
}

const char *value_open(Request *rq, const char *locked) {
	const char *plain = *locked ? secret_unlock(rq->arena, app_secret(rq->app), text_of(locked)) : NULL;
	return plain ? plain : "";
}

const char *shown_text(Request *rq, const Resource *resource, const Field *field, Text text, bool *masked) {
	const char *key = arena_printf(rq->arena, "%lld", (long long)resource->resource_id);
	*masked = field->grade >= 3;
	if (*masked) text = mask_text(rq->app, field_mask(field), text, text_of(key), rq->arena);
	return text_cstr(rq->arena, text);
}

static void json_drop(void *json) {
	json_decref(json);
}

int verification_load(Request *rq, int64_t case_id, Verification *out) {
	Rows *rows;
	Arena *arena = rq->arena;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT v.case_id, v.resource_id, v.record_id, v.supplier_org, v.sender_org, v.sender_account, v.order_id, v.sent_us,"
	    " v.answered_us, v.answered_by, v.closed_us, c.number, v.state, v.outcome, v.class_code, v.area_text, v.words, "
	    "v.address,"
	    " v.address_sensitive, v.lon, v.lat, v.answer_lon, v.answer_lat, v.answer_placed, v.identify FROM verification v JOIN"
	    " work_case c ON c.case_id = v.case_id WHERE v.case_id = $1",
	    BIND(val_int(case_id)));
	if (found <= 0)
		return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "There is no such verification among those you may see");
	Text identify = rows_text(rows, 24);
	*out = (Verification){.case_id = rows_int(rows, 0),
	                      .resource_id = rows_int(rows, 1),
	                      .record_id = rows_int(rows, 2),
	                      .supplier_org = rows_int(rows, 3),
	                      .sender_org = rows_int(rows, 4),
	                      .sender_account = rows_int(rows, 5),
	                      .order_id = rows_int(rows, 6),
	                      .sent_us = rows_int(rows, 7),
	                      .answered_us = rows_int(rows, 8),
	                      .answered_by = rows_int(rows, 9),
	                      .closed_us = rows_int(rows, 10),
	                      .number = rows_str(rows, 11, arena),
	                      .state = rows_str(rows, 12, arena),
	                      .outcome = rows_str(rows, 13, arena),
	                      .class_code = rows_str(rows, 14, arena),
	                      .area_text = rows_str(rows, 15, arena),
	                      .words = rows_str(rows, 16, arena),
	                      .address = value_open(rq, rows_str(rows, 17, arena)),
	                      .address_sensitive = rows_int(rows, 18) != 0,
	                      .lon = rows_double(rows, 19),
	                      .lat = rows_double(rows, 20),
	                      .answer_lon = rows_double(rows, 21),
	                      .answer_lat = rows_double(rows, 22),
	                      .answer_placed = rows_int(rows, 23) != 0,
	                      .identify = json_loadb(identify.at, identify.len, 0, NULL)};
	if (out->identify) arena_on_free(arena, json_drop, out->identify);
	return 0;
}

int fields_load(Request *rq, int64_t case_id, DoubtField out[VERIFY_FIELDS_MAX]) {
	Rows *rows;
	int count = 0,
	    code =
	        db_query(rq->db, &rows,
	                 "SELECT field, answer, mark, value, value_mark, old, now_mark FROM verification_field WHERE case_id = $1"
	                 " ORDER BY field_no LIMIT $2",
	                 BIND(val_int(case_id), val_int(VERIFY_FIELDS_MAX)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < VERIFY_FIELDS_MAX)
		out[count++] = (DoubtField){.name = rows_str(rows, 0, rq->arena),
		                            .answer = rows_str(rows, 1, rq->arena),
		                            .mark = rows_str(rows, 2, rq->arena),
		                            .value = rows_str(rows, 3, rq->arena),
		                            .value_mark = rows_str(rows, 4, rq->arena),
		                            .old = rows_str(rows, 5, rq->arena),
		                            .now_mark = rows_str(rows, 6, rq->arena)};
	rows_close(rows);
	return code < 0 ? code : count;
}

int verification_role(Request *rq, const Verification *one, ViewRole *out, int64_t *version) {
	const Party *party = &rq->party;
	CaseView view;
	*out = VIEW_NONE;
	if (version) *version = 0;
	int code = case_view(rq, one->case_id, &view);
	if (code < 0 && code != ERR_NOT_FOUND) return code;
	if (code == 0 && view.is_field && !view.closed_at && strcmp(view.turn, "field") == 0) {
		*out = VIEW_FIELD;
		if (version) *version = view.version;
		return 0;
	}
	if (code == 0) *out = VIEW_STATE;
	error_clear(rq->error);
	if (!party_may(party, PERMIT_JOBS_READ)) return 0;
	if (party->org_id == one->supplier_org)
		*out = VIEW_SUPPLIER;
	else if (party->org_id == one->sender_org || party->sees_all)
		*out = VIEW_STATE;
	return 0;
}
