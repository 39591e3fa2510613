/* Owns the life of a catalogue entry: draft → review → published → withdrawn, with a new draft on top of what is published. All
 * state changes are here, each inside one write transaction, guarded by the entry's version (optimistic). */
#include "catalog/find.h"
#include "notice/notice.h"

static const char entry_sql[] =
    "SELECT org_id, version, code, name, state, draft_state, published_version, draft_version, latest_version, max_field_no,"
    " generation_no, mounted_version, needs_full, row_count, loaded_at, draft_author, submitted_by, review_by, review_at,"
    " review_note, review_decision, review_login, keeper FROM resource WHERE resource_id = $1";

int entry_load(Request *rq, int64_t resource_id, EntryRow *out) {
	Rows *rows;
	int code = db_one(rq->db, &rows, entry_sql, BIND(val_int(resource_id)));
	if (code < 0) return code;
	if (code == 0) return fail(rq, ERR_NOT_FOUND, "there is no resource %lld", (long long)resource_id);
	Arena *arena = rq->arena;
	*out = (EntryRow){
	    .resource_id = resource_id,
	    .org_id = rows_int(rows, 0),
	    .version = rows_int(rows, 1),
	    .code = rows_str(rows, 2, arena),
	    .name = rows_str(rows, 3, arena),
	    .state = rows_str(rows, 4, arena),
	    .draft_state = rows_str(rows, 5, arena),
	    .published_version = (int)rows_int(rows, 6),
	    .draft_version = (int)rows_int(rows, 7),
	    .latest_version = (int)rows_int(rows, 8),
	    .max_field_no = (int)rows_int(rows, 9),
	    .generation_no = (int)rows_int(rows, 10),
	    .mounted_version = (int)rows_int(rows, 11),
	    .needs_full = rows_int(rows, 12) != 0,
	    .row_count = rows_int(rows, 13),
	    .loaded_at = rows_int(rows, 14),
	    .draft_author = rows_int(rows, 15),
	    .submitted_by = rows_int(rows, 16),
	    .review_by = rows_int(rows, 17),
	    .review_at = rows_int(rows, 18),
	    .review_note = rows_str(rows, 19, arena),
	    .review_decision = rows_str(rows, 20, arena),
	    .review_login = rows_str(rows, 21, arena),
	    .keeper = rows_str(rows, 22, arena),
	};
	return 0;
}

int entry_document(Request *rq, int64_t resource_id, int version_no, json_t **out) {
	Rows *rows;
	int code = db_one(rq->db, &rows, "SELECT document FROM resource_version WHERE resource_id = $1 AND version_no = $2",
	                  BIND(val_int(resource_id), val_int(version_no)));
	if (code < 0) return code;
	if (code == 0) return fail(rq, ERR_NOT_FOUND, "resource %lld has no version %d", (long long)resource_id, version_no);
	json_t *document = json_parse_in(rq->arena, rows_text(rows, 0));
	if (!document)
		return fail(rq, ERR_INTERNAL, "the stored document of resource %lld version %d is damaged",
		            (long long)resource_id, version_no);
	*out = document;
	return 0;
}

ResourceState entry_state(const EntryRow *row) {
	ResourceState state = RES_DRAFT;
	if (strcmp(row->draft_state, "review") == 0) return RES_REVIEW;
	resource_state_parse(text_of(row->state), &state);
	return state;
}

bool entry_editable(const Request *rq, const EntryRow *row) {
	return rq->party.kind == PARTY_SYSTEM || (party_may(&rq->party, PERMIT_CATALOG_EDIT) && rq->party.org_id == row->org_id);
}

static bool in_draft(const EntryRow *row) {
	return strcmp(row->draft_state, "draft") == 0;
}

/* The row, when the party may edit it and it is the version it saw. */
static int open_entry(Request *rq, int64_t resource_id, int64_t version, bool editing, EntryRow *out) {
	EntryRow row;
	int code = db_lock(rq->db, "catalog.entry", resource_id);
	if (code < 0 || (code = entry_load(rq, resource_id, &row)) < 0) return code;
	rq->about_resource = resource_id;
	if (editing && !entry_editable(rq, &row))
		return fail(rq, ERR_FORBIDDEN, "only data officers of the entry's own organisation may change it");
	if (version != row.version)
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version",
		                   "read the entry again and repeat your change on it",
		                   "the entry was changed meanwhile (it is at version %lld, you saw %lld)",
		                   (long long)row.version, (long long)version);
	*out = row;
	return 0;
}

static int wrong_state(Request *rq, const EntryRow *row, const char *advice) {
	return error_field(rq->error, ERR_CONFLICT, "state", text_of(resource_state_name(entry_state(row))), "state", advice,
	                   "the entry is in state %s%s", resource_state_name(entry_state(row)),
	                   in_draft(row) ? " with a draft" : "");
}

/* --- writing drafts ---------------------------------------------------------------------------------------------------- */
static json_t *clean_copy(Request *rq, const json_t *document) {
	json_t *copy = json_in(rq->arena, json_deep_copy(document));
	const char *key;
	json_t *value;
	void *next;
	json_object_foreach_safe(copy, next, key, value) if (json_is_null(value)) json_object_del(copy, key);
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(copy, "fields"), index, field)
	    json_object_foreach_safe(field, next, key, value) if (json_is_null(value)) json_object_del(field, key);
	return copy;
}

static int shape_or_fail(Request *rq, const json_t *document) {
	Problems problems;
	problems_begin(&problems, rq->arena);
	document_shape(document, &problems);
	return problems_fail(rq, &problems);
}

static Val code_val(const json_t *document) {
	Text code = js_text(document, "code");
	return code.len ? val_text(code) : val_null();
}

/* A taken code is worth a better sentence than a broken index. */
static int code_free(Request *rq, int64_t resource_id, const json_t *document) {
	int64_t other = 0;
	int found = db_int(rq->db, &other, "SELECT resource_id FROM resource WHERE code = $1 AND resource_id <> $2",
	                   BIND(code_val(document), val_int(resource_id)));
	if (found <= 0) return found;
	return error_field(rq->error, ERR_CONFLICT, "code", js_text(document, "code"), "code_unique", "take the next free serial",
	                   "the resource code is taken");
}

static int put_search(Request *rq, const EntryRow *row, const json_t *document, bool published) {
	return find_put(rq, row->resource_id, document, org_name(rq, row->org_id), published);
}

/* The columns lists are made from: of the published version, or of the draft as long as there is none. */
static int put_columns(Request *rq, int64_t resource_id, const json_t *document) {
	return (int)db_run(
	    rq->db,
	    "UPDATE resource SET code = $2, name = $3, summary = $4, sharing = $5, opening = $6, update_promise = $7, grade = $8"
	    " WHERE resource_id = $1",
	    BIND(val_int(resource_id), code_val(document), val_text(js_text(document, "name")),
	         val_text(js_text(document, "summary")), val_text(js_text(document, "sharing")),
	         val_text(js_text(document, "opening")), val_text(js_text(document, "update_promise")),
	         val_int(document_grade(document))));
}

static int put_version(Request *rq, int64_t resource_id, int version_no, const json_t *document) {
	return (int)db_run(rq->db,
	                   "INSERT INTO resource_version (resource_id, version_no, state, document, author_id, author, "
	                   "created_at, reviewer, note)"
	                   " VALUES ($1, $2, 'draft', $3, $4, $5, $6, '', '')",
	                   BIND(val_int(resource_id), val_int(version_no), val_str(json_text_in(rq->arena, document)),
	                        val_int(rq->party.account_id), val_str(rq->party.login), val_int(rq->now_us)));
}

static int put_resource(Request *rq, int64_t resource_id, int64_t org_id, const json_t *document, int max_no) {
	return (int)db_run(
	    rq->db,
	    "INSERT INTO resource (resource_id, org_id, code, name, summary, sharing, opening, update_promise, grade, state,"
	    " draft_state, version, published_version, draft_version, latest_version, max_field_no, generation_no, "
	    "mounted_version,"
	    " needs_full, row_count, draft_author, submitted_by, review_note, review_decision, review_by, review_login, "
	    "created_by,"
	    " created_at, updated_at) VALUES ($1, $2, $3, $4, '', '', '', '', 1, 'draft', 'draft', 1, 0, 1, 1, $5, 0, 0, 0, 0, "
	    "$6, 0,"
	    " '', '', 0, '', $6, $7, $7)",
	    BIND(val_int(resource_id), val_int(org_id), code_val(document), val_text(js_text(document, "name")), val_int(max_no),
	         val_int(rq->party.account_id), val_int(rq->now_us)));
}

int entry_create(Request *rq, int64_t org_id, const json_t *document, int64_t *out) {
	int code = shape_or_fail(rq, document);
	if (code < 0 || (code = code_free(rq, 0, document)) < 0) return code;
	json_t *own = clean_copy(rq, document);
	int64_t resource_id = store_new_id(rq->store);
	EntryRow row = {.resource_id = resource_id, .org_id = org_id};
	Problems problems;
	problems_begin(&problems, rq->arena);
	int max_no = 0;
	document_number(own, NULL, NULL, &max_no, &problems);
	document_since(own, NULL, 1);
	if ((code = problems_fail(rq, &problems)) < 0 || (code = put_resource(rq, resource_id, org_id, own, max_no)) < 0 ||
	    (code = put_columns(rq, resource_id, own)) < 0 || (code = put_version(rq, resource_id, 1, own)) < 0)
		return code;
	if ((code = put_search(rq, &row, own, false)) < 0) return code;
	rq->about_resource = resource_id;
	*out = resource_id;
	return feed_append(rq->db, FEED_TOPIC_CATALOG, resource_id, 1, FEED_INSERT);
}

/* Numbers the new draft after the published version and the draft it replaces. */
static int numbered_draft(Request *rq, EntryRow *row, const json_t *document, json_t **out) {
	json_t *published = NULL, *draft = NULL;
	int code = 0;
	if (row->published_version && (code = entry_document(rq, row->resource_id, row->published_version, &published)) < 0)
		return code;
	if (row->draft_version && (code = entry_document(rq, row->resource_id, row->draft_version, &draft)) < 0) return code;
	json_t *own = clean_copy(rq, document);
	Problems problems;
	problems_begin(&problems, rq->arena);
	document_number(own, published, draft, &row->max_field_no, &problems);
	document_since(own, published, row->draft_version ? row->draft_version : row->latest_version + 1);
	*out = own;
	return problems_fail(rq, &problems);
}

/* Keeps the document as the entry's draft; who may and which version were checked by the caller. */
static int save_draft(Request *rq, EntryRow *row, const json_t *document) {
	json_t *own;
	int64_t resource_id = row->resource_id;
	if (strcmp(row->draft_state, "review") == 0)
		return wrong_state(rq, row, "wait for the review, or ask the data bureau to return it");
	int code = shape_or_fail(rq, document);
	if (code < 0 || (code = code_free(rq, resource_id, document)) < 0 || (code = numbered_draft(rq, row, document, &own)) < 0)
		return code;
	int draft_version = row->draft_version ? row->draft_version : row->latest_version + 1;
	if (row->draft_version)
		code = (int)db_run(rq->db,
		                   "UPDATE resource_version SET document = $3, author_id = $4, author = $5, created_at = $6"
		                   " WHERE resource_id = $1 AND version_no = $2",
		                   BIND(val_int(resource_id), val_int(draft_version), val_str(json_text_in(rq->arena, own)),
		                        val_int(rq->party.account_id), val_str(rq->party.login), val_int(rq->now_us)));
	else
		code = put_version(rq, resource_id, draft_version, own);
	if (code < 0 || (!row->published_version && (code = put_columns(rq, resource_id, own)) < 0) ||
	    (code = put_search(rq, row, own, false)) < 0)
		return code;
	code =
	    (int)db_run(rq->db,
	                "UPDATE resource SET draft_state = 'draft', draft_version = $2, latest_version = $3, max_field_no = $4,"
	                " draft_author = $5, updated_at = $6, version = version + 1 WHERE resource_id = $1",
	                BIND(val_int(resource_id), val_int(draft_version),
	                     val_int(draft_version > row->latest_version ? draft_version : row->latest_version),
	                     val_int(row->max_field_no), val_int(rq->party.account_id), val_int(rq->now_us)));
	return code < 0 ? code : feed_append(rq->db, FEED_TOPIC_CATALOG, resource_id, row->version + 1, FEED_UPDATE);
}

int entry_save(Request *rq, int64_t resource_id, int64_t version, const json_t *document) {
	EntryRow row;
	int code = open_entry(rq, resource_id, version, true, &row);
	return code < 0 ? code : save_draft(rq, &row, document);
}

/* --- review ------------------------------------------------------------------------------------------------------------ */
static int check_or_fail(Request *rq, const EntryRow *row, const json_t *document) {
	Problems problems;
	problems_begin(&problems, rq->arena);
	int code = document_check(rq, row->resource_id, row->org_id, document, &problems);
	return code < 0 ? code : problems_fail(rq, &problems);
}

static int move_draft(Request *rq, const EntryRow *row, const char *state) {
	int code = (int)db_run(rq->db, "UPDATE resource_version SET state = $3 WHERE resource_id = $1 AND version_no = $2",
	                       BIND(val_int(row->resource_id), val_int(row->draft_version), val_str(state)));
	if (code < 0 || (code = find_touch(rq, row->resource_id)) < 0) return code;
	return feed_append(rq->db, FEED_TOPIC_CATALOG, row->resource_id, row->version + 1, FEED_STATE);
}

/* The room that keeps cases hears of each step, in the same write. */
static int step_tell(Request *rq, const EntryRow *row, const char *decision, const char *note, bool *done) {
	ReviewStep step = {.decision = decision,
	                   .note = note,
	                   .name = row->name,
	                   .resource_id = row->resource_id,
	                   .org_id = row->org_id,
	                   .submitted_by = row->submitted_by,
	                   .version_no = row->draft_version};
	int code = action_known(rq->app, "review.step") ? action_run(rq, "review.step", &step) : 0;
	if (done) *done = step.done;
	return code;
}

int entry_submit(Request *rq, int64_t resource_id, int64_t version) {
	EntryRow row;
	json_t *document;
	int code = open_entry(rq, resource_id, version, true, &row);
	if (code < 0) return code;
	if (!in_draft(&row)) return wrong_state(rq, &row, "only a draft can be submitted: change something first");
	if ((code = entry_document(rq, resource_id, row.draft_version, &document)) < 0 ||
	    (code = check_or_fail(rq, &row, document)) < 0 || (code = move_draft(rq, &row, "review")) < 0)
		return code;
	code = (int)db_run(rq->db,
	                   "UPDATE resource SET draft_state = 'review', submitted_by = $2, updated_at = $3, version = version + 1"
	                   " WHERE resource_id = $1",
	                   BIND(val_int(resource_id), val_int(rq->party.account_id), val_int(rq->now_us)));
	row.submitted_by = rq->party.account_id;
	return code < 0 ? code : step_tell(rq, &row, "submit", "", NULL);
}

static int put_back(Request *rq, const EntryRow *row, const char *note) {
	int code = move_draft(rq, row, "draft");
	if (code < 0) return code;
	return (int)db_run(
	    rq->db,
	    "UPDATE resource SET draft_state = 'draft', review_note = $2, review_decision = 'return', review_by = $3,"
	    " review_login = $4, review_at = $5, updated_at = $5, version = version + 1 WHERE resource_id = $1",
	    BIND(val_int(row->resource_id), val_str(note), val_int(rq->party.account_id), val_str(rq->party.login),
	         val_int(rq->now_us)));
}

/* What holds the records gets the columns of new fields in the same write, so that they can be asked for at once. */
static int live_reshape(Request *rq, int64_t resource_id) {
	return action_known(rq->app, "record.reshape") ? action_run(rq, "record.reshape", &resource_id) : 0;
}

/* Who read it by a grant hears that the grant ended. */
static int receivers_tell(Request *rq, const EntryRow *row, const int64_t *orgs, int count) {
	const char *name = row->name ? row->name : "";
	const ProgramNotice notice = {
	    .title = {"授权已终止：目录不再共享", "Grants ended: an entry is no longer shared"},
	    .body = {arena_printf(rq->arena, "“%s”改为不予共享，你单位的授权随之终止，已建的交付暂停。依据见目录条目。", name),
	             arena_printf(rq->arena,
	                          "\"%s\" is not shared any more: your organisation's grants on it ended, and deliveries are "
	                          "paused. The entry says why.",
	                          name)},
	    .about = arena_printf(rq->arena, "/catalog/%lld", (long long)row->resource_id),
	    .orgs = orgs,
	    .org_count = (size_t)count,
	    .roles = UINT64_C(1) << ROLE_DATA_OFFICER};
	int64_t told = count ? notice_by_program(rq, &notice) : 0;
	return told < 0 ? (int)told : 0;
}

/* What the new version forbids ends with it: others' grants, the opening. */
static int rights_end(Request *rq, const EntryRow *row, const json_t *document) {
	bool shared = !text_is(js_text(document, "sharing"), "none"), closed = text_is(js_text(document, "opening"), "closed");
	const int64_t *orgs;
	int64_t resource_id = row->resource_id;
	int count = shared ? 0 : grants_end(rq, resource_id, "不予共享", &orgs), code = count < 0 ? count : 0;
	if (count > 0) code = receivers_tell(rq, row, orgs, count);
	if (code == 0 && closed && action_known(rq->app, "entry.closed")) code = action_run(rq, "entry.closed", &resource_id);
	return code;
}

/* The key decides how records are named, so a changed key makes the live generation unfit for anything but a full load. */
static int publish(Request *rq, const EntryRow *row, const char *note) {
	json_t *document, *before = NULL;
	int code = entry_document(rq, row->resource_id, row->draft_version, &document);
	if (code < 0 || (code = check_or_fail(rq, row, document)) < 0) return code;
	if (row->published_version && (code = entry_document(rq, row->resource_id, row->published_version, &before)) < 0)
		return code;
	document_since(document, before, row->draft_version);
	bool needs_full = row->needs_full || (row->generation_no && before && document_key_differs(before, document));
	code = (int)db_run(
	    rq->db,
	    "UPDATE resource_version SET state = 'superseded' WHERE resource_id = $1 AND state IN ('published', 'withdrawn')",
	    BIND(val_int(row->resource_id)));
	if (code < 0) return code;
	code = (int)db_run(
	    rq->db,
	    "UPDATE resource_version SET state = 'published', document = $3, reviewer = $4, published_at = $5, note = $6"
	    " WHERE resource_id = $1 AND version_no = $2",
	    BIND(val_int(row->resource_id), val_int(row->draft_version), val_str(json_text_in(rq->arena, document)),
	         val_str(rq->party.login), val_int(rq->now_us), val_str(note)));
	if (code < 0 || (code = put_columns(rq, row->resource_id, document)) < 0 ||
	    (code = put_search(rq, row, document, true)) < 0 || (code = refs_put(rq, row->resource_id, document)) < 0)
		return code;
	code = (int)db_run(
	    rq->db,
	    "UPDATE resource SET state = 'published', draft_state = '', published_version = $2, draft_version = 0, needs_full = "
	    "$3,"
	    " review_note = $4, review_decision = 'publish', review_by = $5, review_login = $6, review_at = $7, updated_at = $7,"
	    " version = version + 1 WHERE resource_id = $1",
	    BIND(val_int(row->resource_id), val_int(row->draft_version), val_int(needs_full), val_str(note),
	         val_int(rq->party.account_id), val_str(rq->party.login), val_int(rq->now_us)));
	if (code < 0 || (code = generation_bump(rq->db)) < 0 || (code = live_reshape(rq, row->resource_id)) < 0) return code;
	if ((code = rights_end(rq, row, document)) < 0) return code;
	int64_t published = row->resource_id;
	if (action_known(rq->app, "entry.published") && (code = action_run(rq, "entry.published", &published)) < 0) return code;
	return feed_append(rq->db, FEED_TOPIC_CATALOG, row->resource_id, row->version + 1, FEED_STATE);
}

/* What keeps this party from deciding so on this draft, if anything. */
static int review_check(Request *rq, const EntryRow *row, bool publishing, const char *note) {
	if (strcmp(row->draft_state, "review") != 0) return wrong_state(rq, row, "only a submitted entry can be reviewed");
	bool own =
	    rq->party.account_id && (rq->party.account_id == row->draft_author || rq->party.account_id == row->submitted_by);
	if (own)
		return error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "own_entry", "ask a colleague to review it",
		                   "nobody reviews an entry they wrote or submitted");
	if (!publishing && !*note)
		return error_field(rq->error, ERR_INVALID, "note", TEXT_NONE, "required", "say what has to be changed",
		                   "a return needs a note");
	return 0;
}

int entry_review(Request *rq, int64_t resource_id, int64_t version, bool publishing, const char *note) {
	EntryRow row;
	bool done = false;
	int code = open_entry(rq, resource_id, version, false, &row);
	if (code < 0 || (code = review_check(rq, &row, publishing, note)) < 0) return code;
	code = step_tell(rq, &row, publishing ? "publish" : "return", note, &done);
	if (code < 0 || done) return code;
	return publishing ? publish(rq, &row, note) : put_back(rq, &row, note);
}

int resource_review(Request *rq, int64_t resource_id, bool publishing, const char *note) {
	EntryRow row;
	int code = db_lock(rq->db, "catalog.entry", resource_id);
	if (code < 0 || (code = entry_load(rq, resource_id, &row)) < 0 || (code = review_check(rq, &row, publishing, note)) < 0)
		return code;
	return publishing ? publish(rq, &row, note) : put_back(rq, &row, note);
}

/* What still refers to the entry would break on its next load. */
static int nothing_refers(Request *rq, const EntryRow *row) {
	Rows *rows;
	const char *needle = arena_printf(rq->arena, "%%\"ref\":\"%s.%%", row->code ? row->code : "");
	int found = db_one(rq->db, &rows,
	                   "SELECT r.name FROM resource r JOIN resource_version v ON v.resource_id = r.resource_id"
	                   " AND v.version_no = r.published_version WHERE r.state = 'published' AND r.resource_id <> $1"
	                   " AND lower(v.document) LIKE lower($2)",
	                   BIND(val_int(row->resource_id), val_str(needle)));
	if (found <= 0) return found;
	return error_field(rq->error, ERR_CONFLICT, "", TEXT_NONE, "referenced", "change or withdraw that entry first",
	                   "\"%.*s\" refers to this entry", TEXT_ARG(rows_text(rows, 0)));
}

int entry_withdraw(Request *rq, int64_t resource_id, int64_t version, const char *note) {
	EntryRow row;
	int code = open_entry(rq, resource_id, version, false, &row);
	if (code < 0) return code;
	if (strcmp(row.state, "published") != 0) return wrong_state(rq, &row, "only a published entry can be withdrawn");
	if (!*note)
		return error_field(rq->error, ERR_INVALID, "note", TEXT_NONE, "required", "say why", "a withdrawal needs a note");
	if ((code = nothing_refers(rq, &row)) < 0) return code;
	code = (int)db_run(rq->db, "UPDATE resource_version SET state = 'withdrawn' WHERE resource_id = $1 AND version_no = $2",
	                   BIND(val_int(resource_id), val_int(row.published_version)));
	if (code < 0) return code;
	code =
	    (int)db_run(rq->db,
	                "UPDATE resource SET state = 'withdrawn', review_note = $2, review_decision = 'withdraw', review_by = $3,"
	                " review_login = $4, review_at = $5, updated_at = $5, version = version + 1 WHERE resource_id = $1",
	                BIND(val_int(resource_id), val_str(note), val_int(rq->party.account_id), val_str(rq->party.login),
	                     val_int(rq->now_us)));
	if (code < 0 || (code = find_touch(rq, resource_id)) < 0 || (code = generation_bump(rq->db)) < 0) return code;
	return feed_append(rq->db, FEED_TOPIC_CATALOG, resource_id, row.version + 1, FEED_STATE);
}

/* --- for rooms above, packs and the demonstration
 * ----------------------------------------------------------------------------------- */
int resource_draft(Request *rq, int64_t org_id, const json_t *document, int64_t *out) {
	return entry_create(rq, org_id, document, out);
}

int resource_publish_document(Request *rq, int64_t org_id, const json_t *document, int64_t *out) {
	int64_t resource_id = 0, existing = 0;
	EntryRow row;
	int code = db_int(rq->db, &existing, "SELECT resource_id FROM resource WHERE code = $1", BIND(code_val(document)));
	if (code < 0) return code;
	if (code == 0)
		code = entry_create(rq, org_id, document, &resource_id);
	else {
		resource_id = existing;
		if ((code = entry_load(rq, resource_id, &row)) < 0) return code;
		code = save_draft(rq, &row, document);
	}
	if (code < 0 || (code = entry_load(rq, resource_id, &row)) < 0 || (code = publish(rq, &row, "")) < 0) return code;
	*out = resource_id;
	return 0;
}

/* --- for imports ------------------------------------------------------------------------------------------------------- */

/* Initials of the title's syllables ("公民身份号码" → gmsfhm), or what is there in ASCII. */
static const char *name_of_title(Arena *arena, Text title) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	for (const char *at = title.at, *end = title.at + title.len; at < end && out->len < 40;) {
		uint32_t point = utf8_next(&at, end);
		const char *syllable = pinyin_syllable(point);
		char c = syllable ? syllable[0] : point < 0x80 ? (char)point : ' ';
		if (c >= 'A' && c <= 'Z') c = (char)(c | 32);
		bool letter = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
		if (letter || (out->len && (digit || c == '_'))) buf_char(out, c);
	}
	if (!out->len) buf_str(out, "item");
	return text_cstr(arena, buf_as_text(out));
}

static bool name_taken(const json_t *fields, const char *name) {
	size_t index;
	json_t *field;
	json_array_foreach(fields, index, field) if (text_is(js_text(field, "name"), name)) return true;
	return false;
}

static void name_fields(Arena *arena, json_t *fields) {
	size_t index;
	json_t *field;
	json_array_foreach(fields, index, field) {
		if (js_text(field, "name").len) continue;
		const char *base = name_of_title(arena, js_text(field, "title")), *name = base;
		for (int no = 2; name_taken(fields, name); no++)
			name = arena_printf(arena, "%s_%d", base, no);
		json_object_set_new(field, "name", json_string(name));
	}
}

int resource_draft_document(Request *rq, int64_t org_id, const json_t *document, int64_t *out) {
	int64_t existing = 0;
	EntryRow row;
	bool editor = party_may(&rq->party, PERMIT_CATALOG_EDIT) && rq->party.org_id == org_id;
	if (!editor && rq->party.kind != PARTY_SYSTEM && !(rq->party.sees_all && party_may(&rq->party, PERMIT_CATALOG_REVIEW)))
		return fail(rq, ERR_FORBIDDEN,
		            "only the organisation's own data officers or the data bureau bring in its entries");
	json_t *own = json_in(rq->arena, json_deep_copy(document));
	name_fields(rq->arena, json_object_get(own, "fields"));
	int code = db_int(rq->db, &existing, "SELECT resource_id FROM resource WHERE code = $1", BIND(code_val(own)));
	if (code <= 0) return code < 0 ? code : entry_create(rq, org_id, own, out);
	if ((code = db_lock(rq->db, "catalog.entry", existing)) < 0 || (code = entry_load(rq, existing, &row)) < 0) return code;
	if (row.org_id != org_id)
		return error_field(rq->error, ERR_CONFLICT, "code", js_text(own, "code"), "code_unique",
		                   "compare the provider's code", "the resource code is taken");
	*out = existing;
	return save_draft(rq, &row, own);
}
