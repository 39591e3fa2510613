/* Destruction lists (销毁清单): found by the daily look, brought up to date until somebody proposes them, read by pages. On a
 * chore's or request's thread. */
#include "life/internal.h"

/* --- one list -------------------------------------------------------------------------------------------------------------- */
#define LOAD_COLUMNS                                                                                                             \
	"SELECT d.destruction_id, d.resource_id, d.org_id, d.version, d.scope, d.state, d.field, d.months, d.kept_from,"         \
	" d.resource_version, d.field_no, d.field_before, d.job_before, d.max_ver, d.quarantine_before, d.listed, d.done,"       \
	" d.quarantine_listed, d.quarantine_done, d.first_us, d.last_us, d.postponed_us, d.begun_us, d.proposed_by,"             \
	" d.proposed_us, d.reviewed_by, d.reviewed_us, d.job_id, d.proposed_login, d.reviewed_login, coalesce(j.state, ''),"     \
	" (SELECT count(*) FROM retention_hold h WHERE h.resource_id = d.resource_id AND h.lifted_us = 0)"                       \
	" FROM destruction d LEFT JOIN job j ON j.job_id = d.job_id"

static int row_read(Request *rq, Rows *rows, Destruction *out) {
	Arena *arena = rq->arena;
	*out = (Destruction){
	    .id = rows_int(rows, 0),
	    .resource_id = rows_int(rows, 1),
	    .org_id = rows_int(rows, 2),
	    .version = rows_int(rows, 3),
	    .scope = rows_str(rows, 4, arena),
	    .state = rows_str(rows, 5, arena),
	    .field = rows_str(rows, 6, arena),
	    .months = (int)rows_int(rows, 7),
	    .kept_from = (int32_t)rows_int(rows, 8),
	    .resource_version = (int)rows_int(rows, 9),
	    .rule = {.field_no = (int)rows_int(rows, 10),
	             .field_before = rows_int(rows, 11),
	             .job_before = rows_int(rows, 12),
	             .max_ver = rows_int(rows, 13)},
	    .quarantine_before = rows_int(rows, 14),
	    .quarantine_listed = rows_int(rows, 17),
	    .quarantine_done = rows_int(rows, 18),
	    .first_us = rows_int(rows, 19),
	    .last_us = rows_int(rows, 20),
	    .postponed_us = rows_int(rows, 21),
	    .begun_us = rows_int(rows, 22),
	    .proposed_by = rows_int(rows, 23),
	    .proposed_us = rows_int(rows, 24),
	    .reviewed_by = rows_int(rows, 25),
	    .reviewed_us = rows_int(rows, 26),
	    .job_id = rows_int(rows, 27),
	    .proposed_login = rows_str(rows, 28, arena),
	    .reviewed_login = rows_str(rows, 29, arena),
	    .job_state = rows_str(rows, 30, arena),
	    .held = rows_int(rows, 31) != 0,
	};
	out->rule.all = strcmp(out->scope, "resource") == 0;
	if (table_digest_parse(rows_text(rows, 15), &out->listed) < 0 || table_digest_parse(rows_text(rows, 16), &out->done) < 0)
		return fail(rq, ERR_INTERNAL, "destruction list %lld is damaged", (long long)out->id);
	return 1;
}

int destruction_load(Request *rq, int64_t id, Destruction *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, LOAD_COLUMNS " WHERE d.destruction_id = $1", BIND(val_int(id)));
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "there is no destruction list %lld", (long long)id);
	int code = found < 0 ? found : row_read(rq, rows, out);
	return code < 0 ? code : 0;
}

int destruction_active(Request *rq, int64_t resource_id, Destruction *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   LOAD_COLUMNS " WHERE d.resource_id = $1 AND d.state IN ('open', 'proposed', 'approved', 'postponed')",
	                   BIND(val_int(resource_id)));
	return found <= 0 ? found : row_read(rq, rows, out);
}

int hold_of(Request *rq, int64_t resource_id) {
	int64_t count = 0;
	int code = db_int(rq->db, &count, "SELECT count(*) FROM retention_hold WHERE resource_id = $1 AND lifted_us = 0",
	                  BIND(val_int(resource_id)));
	return code < 0 ? code : count > 0;
}

/* --- the daily look -------------------------------------------------------------------------------------------------------- */
typedef struct Look {
	const Resource *resource;
	Destruction list; /* id 0 = a new one */
	PastCount past;
	int64_t day;
} Look;

/* What is past today, as numbers. false: the entry names no period, so nothing ever is. */
static bool rule_of(const Resource *resource, int64_t now_us, Destruction *list) {
	list->resource_version = resource->version;
	if (resource->state == RES_WITHDRAWN) {
		list->scope = "resource";
		list->field = "";
		list->rule = (PastRule){.all = true};
		list->quarantine_before = INT64_MAX;
		list->months = 0;
		list->kept_from = 0;
		return true;
	}
	if (resource->retention_months <= 0) return false;
	const Field *field = *resource->retention_field ? resource_field(resource, text_of(resource->retention_field)) : NULL;
	list->scope = "records";
	list->months = resource->retention_months;
	list->kept_from = retention_first_kept(date_of_us(now_us), list->months);
	int64_t begins = day_begins_us(list->kept_from);
	list->field = field ? field->name : "";
	list->rule = (PastRule){.field_no = field ? field->no : 0,
	                        .field_before = field && field->kind == KIND_DATE ? list->kept_from : begins,
	                        .job_before = store_id_at(begins)};
	list->quarantine_before = begins;
	return true;
}

static int list_insert(Request *w, const Look *look) {
	const Destruction *list = &look->list;
	const Resource *resource = look->resource;
	int64_t id = store_new_id(w->store);
	TableDigest none = {0};
	int64_t done = db_run(
	    w->db,
	    "INSERT INTO destruction (destruction_id, resource_id, org_id, scope, state, version, months, kept_from, field, "
	    "field_no,"
	    " field_before, job_before, max_ver, quarantine_before, resource_version, listed, listed_count, quarantine_listed,"
	    " first_us, last_us, opened_us, opened_by, postponed_us, reason, basis, proposed_by, proposed_login, proposed_us,"
	    " propose_note, reviewed_by, reviewed_login, reviewed_us, review_note, job_id, begun_us, done, done_count,"
	    " quarantine_done, ended_us) VALUES ($1, $2, $3, $4, 'open', 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
	    "$16,"
	    " $17, $18, $19, $20, 0, '', '', 0, '', 0, '', 0, '', 0, '', 0, 0, $21, 0, 0, 0)",
	    BIND(val_int(id), val_int(resource->resource_id), val_int(resource->org_id), val_str(list->scope),
	         val_int(list->months), val_int(list->kept_from), val_str(list->field), val_int(list->rule.field_no),
	         val_int(list->rule.field_before), val_int(list->rule.job_before), val_int(list->rule.max_ver),
	         val_int(list->quarantine_before), val_int(list->resource_version),
	         val_str(table_digest_text(w->arena, &look->past.digest)), val_int(look->past.digest.count),
	         val_int(list->quarantine_listed), val_int(look->past.first_us), val_int(look->past.last_us), val_int(w->now_us),
	         val_str(w->party.login), val_str(table_digest_text(w->arena, &none))));
	if (done < 0) return (int)done;
	EvidenceEntry entry;
	evidence_entry(w, &entry);
	entry.action = "life.open";
	entry.resource_id = resource->resource_id;
	entry.subject_id = id;
	entry.row_count = look->past.digest.count;
	entry.status = 201;
	entry.detail = arena_printf(w->arena, "{\"scope\":\"%s\",\"digest\":\"%s\",\"quarantine\":%lld}", list->scope,
	                            table_digest_text(w->arena, &look->past.digest), (long long)list->quarantine_listed);
	int code = evidence_write(w, &entry);
	if (code == 0) code = feed_append(w->db, FEED_TOPIC_CATALOG, resource->resource_id, 0, FEED_UPDATE);
	return code;
}

/* The counts of an open list are those of the last look; 'void' when nothing is left to list. */
static int list_update(Request *w, const Look *look) {
	const Destruction *list = &look->list;
	bool nothing = look->past.digest.count == 0 && list->quarantine_listed == 0;
	return (int)db_run(
	    w->db,
	    "UPDATE destruction SET state = $2, version = version + 1, scope = $3, months = $4, kept_from = $5,"
	    " field = $6, field_no = $7, field_before = $8, job_before = $9, max_ver = $10, quarantine_before = $11,"
	    " resource_version = $12, listed = $13, listed_count = $14, quarantine_listed = $15, first_us = $16,"
	    " last_us = $17, postponed_us = 0, ended_us = $18 WHERE destruction_id = $1 AND version = $19",
	    BIND(val_int(list->id), val_str(nothing ? "void" : "open"), val_str(list->scope), val_int(list->months),
	         val_int(list->kept_from), val_str(list->field), val_int(list->rule.field_no), val_int(list->rule.field_before),
	         val_int(list->rule.job_before), val_int(list->rule.max_ver), val_int(list->quarantine_before),
	         val_int(list->resource_version), val_str(table_digest_text(w->arena, &look->past.digest)),
	         val_int(look->past.digest.count), val_int(list->quarantine_listed), val_int(look->past.first_us),
	         val_int(look->past.last_us), val_int(nothing ? w->now_us : 0), val_int(list->version)));
}

static int look_write(Request *w, void *arg) {
	const Look *look = arg;
	int code = db_lock(w->db, "life.resource", look->resource->resource_id);
	if (code == 0 && look->list.id)
		code = list_update(w, look);
	else if (code == 0 && (look->past.digest.count > 0 || look->list.quarantine_listed > 0))
		code = list_insert(w, look);
	return code < 0 ? code : 0;
}

/* Nobody has put his name to the list yet, or the time it was put off for is over. */
static bool may_refresh(const Request *rq, const Destruction *list) {
	return strcmp(list->state, "open") == 0 || (strcmp(list->state, "postponed") == 0 && list->postponed_us <= rq->now_us);
}

int retention_look(Request *rq, int64_t resource_id, int64_t *out) {
	Look *look = ARENA_NEW(rq->arena, Look);
	*look = (Look){0};
	*out = 0;
	int code = resource_any(rq, resource_id, &look->resource);
	if (code == 0) code = hold_of(rq, resource_id);
	if (code != 0) return code < 0 ? code : 0;
	int active = destruction_active(rq, resource_id, &look->list);
	if (active < 0) return active;
	*out = look->list.id;
	if (active && !may_refresh(rq, &look->list)) return 0;
	if (look->resource->version == 0 || (!rule_of(look->resource, rq->now_us, &look->list) && !active)) return 0;
	if (look->resource->retention_months > 0 || look->resource->state == RES_WITHDRAWN) {
		code = past_count(rq, look->resource, &look->list.rule, &look->past);
		int64_t refused = code < 0 ? code : quarantine_past(rq, resource_id, look->list.quarantine_before);
		if (refused < 0) return (int)refused;
		look->list.quarantine_listed = refused;
	} else
		look->list.quarantine_listed = 0; /* the entry names no period any more */
	code = request_write(rq, look_write, look);
	if (code < 0) return code;
	Destruction now;
	active = destruction_active(rq, resource_id, &now);
	*out = active > 0 ? now.id : 0;
	return active < 0 ? active : 0;
}

static int looked_write(Request *w, void *arg) {
	const Look *look = arg;
	return (int)db_run(w->db,
	                   "INSERT INTO retention_look (resource_id, day) VALUES ($1, $2)"
	                   " ON CONFLICT (resource_id) DO UPDATE SET day = excluded.day",
	                   BIND(val_int(look->list.resource_id), val_int(look->day)));
}

/* Each resource with records or refused rows once a day, one a portion. One that cannot be looked at must not keep the others
 * from their turn. */
int retention_chore(Request *rq) {
	Look look = {.day = date_of_us(rq->now_us)};
	int found = db_int(rq->db, &look.list.resource_id,
	                   "SELECT r.resource_id FROM resource r LEFT JOIN retention_look l ON l.resource_id = r.resource_id"
	                   " WHERE r.published_version > 0 AND coalesce(l.day, 0) < $1 AND (r.generation_no > 0 OR EXISTS"
	                   " (SELECT 1 FROM quarantine q WHERE q.resource_id = r.resource_id)) ORDER BY r.resource_id LIMIT 1",
	                   BIND(val_int(look.day)));
	if (found <= 0) return found;
	int64_t id;
	int code = retention_look(rq, look.list.resource_id, &id);
	if (code < 0) {
		log_warn("event=retention_look resource=%lld error=\"%s\"", (long long)look.list.resource_id, rq->error->message);
		error_clear(rq->error);
	}
	code = request_write(rq, looked_write, &look);
	return code < 0 ? code : 1;
}

/* --- for pages ------------------------------------------------------------------------------------------------------------- */
/* As people see it: an approved list is what its job is. */
#define SHOWN_STATE                                                                                                              \
	"CASE WHEN d.state <> 'approved' THEN d.state WHEN j.state IN ('failed', 'cancelled') THEN j.state ELSE 'running' END"
#define SHOW                                                                                                                     \
	"SELECT d.destruction_id, d.resource_id, r.name, r.code, d.org_id, o.name, d.scope, " SHOWN_STATE                        \
	", d.version, d.months, d.field, CASE WHEN d.kept_from = 0 THEN NULL ELSE d.kept_from END, d.resource_version,"          \
	" d.listed_count, d.listed, d.first_us, d.last_us, d.quarantine_listed, d.opened_us, d.opened_by, d.postponed_us,"       \
	" d.reason, d.basis, d.proposed_login, d.proposed_us, d.propose_note, d.reviewed_login, d.reviewed_us, d.review_note,"   \
	" d.job_id, d.begun_us, d.done_count, d.quarantine_done, d.ended_us,"                                                    \
	" (SELECT count(*) FROM retention_hold h WHERE h.resource_id = d.resource_id AND h.lifted_us = 0), d.proposed_by"        \
	" FROM destruction d JOIN resource r ON r.resource_id = d.resource_id JOIN org o ON o.org_id = d.org_id"                 \
	" LEFT JOIN job j ON j.job_id = d.job_id"
enum { COLUMN_ORG = 4, COLUMN_STATE = 7, COLUMN_BEGUN = 30, COLUMN_HELD = 34, COLUMN_PROPOSER = 35 };

static const Member shown[] = {
    {"destruction_id", MEMBER_ID},    {"resource_id", MEMBER_ID},      {"resource_name", MEMBER_TEXT},
    {"resource_code", MEMBER_TEXT},   {"org_id", MEMBER_ID},           {"org_name", MEMBER_TEXT},
    {"scope", MEMBER_TEXT},           {"state", MEMBER_TEXT},          {"version", MEMBER_INT},
    {"months", MEMBER_INT},           {"field", MEMBER_TEXT},          {"kept_from", MEMBER_DAY},
    {"resource_version", MEMBER_INT}, {"count", MEMBER_INT},           {"digest", MEMBER_TEXT},
    {"first_at", MEMBER_TIME},        {"last_at", MEMBER_TIME},        {"quarantine_count", MEMBER_INT},
    {"opened_at", MEMBER_TIME},       {"opened_by", MEMBER_TEXT},      {"postponed_until", MEMBER_TIME},
    {"reason", MEMBER_TEXT},          {"basis", MEMBER_TEXT},          {"proposed_by", MEMBER_TEXT},
    {"proposed_at", MEMBER_TIME},     {"propose_note", MEMBER_TEXT},   {"reviewed_by", MEMBER_TEXT},
    {"reviewed_at", MEMBER_TIME},     {"review_note", MEMBER_TEXT},    {"job_id", MEMBER_ID},
    {"begun_at", MEMBER_TIME},        {"destroyed_count", MEMBER_INT}, {"quarantine_destroyed", MEMBER_INT},
    {"ended_at", MEMBER_TIME},        {"held", MEMBER_BOOL},           {0},
};

static int one_write(Request *rq, Rows *rows) {
	const Party *party = &rq->party;
	Text state = rows_text(rows, COLUMN_STATE);
	bool keeper = party_may(party, PERMIT_CATALOG_EDIT) && party->org_id == rows_int(rows, COLUMN_ORG);
	bool held = rows_int(rows, COLUMN_HELD) != 0, open = text_is(state, "open") || text_is(state, "postponed");
	bool stopped = text_is(state, "failed") || text_is(state, "cancelled");
	bool review = party_may(party, PERMIT_CATALOG_REVIEW) && text_is(state, "proposed");
	bool reopen = keeper && stopped && (!held || rows_int(rows, COLUMN_BEGUN) == 0);
	bool own = party->account_id && party->account_id == rows_int(rows, COLUMN_PROPOSER);
	JsonWriter *json = &rq->json;
	jw_object(json);
	row_members(rq, rows, shown);
	jw_key(json, "may");
	jw_object(json);
	jw_kv_bool(json, "propose", keeper && open && !held);
	jw_kv_bool(json, "postpone", keeper && text_is(state, "open"));
	jw_kv_bool(json, "review", review && !own && !held);
	jw_kv_bool(json, "return", review && !own);
	jw_kv_bool(json, "reopen", reopen);
	jw_object_end(json);
	jw_object_end(json);
	return 0;
}

int destruction_list(Request *rq) {
	int limit = in_limit(rq);
	Text state = in_has(rq, "state") ? in_text(rq, "state") : TEXT("");
	/* what waits for whom: the keeper's officer proposes or mends, the data bureau reviews */
	bool officer = party_may(&rq->party, PERMIT_CATALOG_EDIT), bureau = party_may(&rq->party, PERMIT_CATALOG_REVIEW);
	rq->about_resource = in_int(rq, "resource");
	return answer_rows(rq, limit, one_write,
	                   SHOW " WHERE (d.org_id = $1 OR $2 = 1) AND ($3 = 0 OR d.resource_id = $3) AND ($4 = '' OR " SHOWN_STATE
	                        " = $4) AND ($5 = 0 OR d.destruction_id < $5) AND ($6 = 0 OR ($7 = 1 AND d.org_id = $1 AND"
	                        " (d.state = 'open' OR j.state IN ('failed', 'cancelled') OR (d.state = 'postponed' AND"
	                        " d.postponed_us <= $9))) OR ($8 = 1 AND d.state = 'proposed'))"
	                        " ORDER BY d.destruction_id DESC LIMIT $10",
	                   BIND(val_int(rq->party.org_id), val_int(rq->party.sees_all), val_int(in_int(rq, "resource")),
	                        val_text(state), val_int(in_int(rq, "after")), val_int(in_int(rq, "waiting")), val_int(officer),
	                        val_int(bureau), val_int(rq->now_us), val_int(limit + 1)));
}

int destruction_get(Request *rq) {
	Rows *rows;
	int64_t id = in_has(rq, "id") ? in_int(rq, "id") : 0;
	int found = db_one(rq->db, &rows, SHOW " WHERE d.destruction_id = $1 AND (d.org_id = $2 OR $3 = 1)",
	                   BIND(val_int(id), val_int(rq->party.org_id), val_int(rq->party.sees_all)));
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "there is no destruction list %lld", (long long)id);
	if (found < 0) return found;
	rq->about_resource = rows_int(rows, 1);
	rq->about_subject = id;
	return one_write(rq, rows);
}
