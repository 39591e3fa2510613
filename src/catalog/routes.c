/* Owns the HTTP side of the catalogue: one row a route, handlers that read or change and write the answer. */
#include "catalog/find.h"

/* --- who sees what --------------------------------------------------------------------------------------------------- */
bool sees_drafts(const Request *rq, int64_t org_id) {
	return rq->party.kind == PARTY_SYSTEM || rq->party.sees_all ||
	       (rq->party.org_id == org_id && party_may(&rq->party, PERMIT_CATALOG_EDIT));
}

static int load_visible(Request *rq, EntryRow *row) {
	int code = entry_load(rq, in_int(rq, "id"), row);
	if (code < 0) return code;
	rq->about_resource = row->resource_id;
	if (row->published_version == 0 && !sees_drafts(rq, row->org_id))
		return fail(rq, ERR_NOT_FOUND, "there is no resource %lld", (long long)row->resource_id);
	return 0;
}

static int org_name_load(Request *rq, Text key, Arena *arena, void **object) {
	int64_t org_id = 0;
	Rows *rows;
	if (text_to_int(key, &org_id) < 0) return ERR_NOT_FOUND;
	int code = db_one(rq->db, &rows, "SELECT name FROM org WHERE org_id = $1", BIND(val_int(org_id)));
	if (code <= 0) return code < 0 ? code : ERR_NOT_FOUND;
	*object = rows_str(rows, 0, arena);
	return 0;
}

static const CacheKind org_name_cache = {"catalog.org_name", org_name_load, 5000};

const char *org_name(Request *rq, int64_t org_id) {
	char key[24];
	const void *name = NULL;
	snprintf(key, sizeof key, "%lld", (long long)org_id);
	return cache_get(rq, &org_name_cache, text_of(key), &name) == 0 ? name : "";
}

/* --- elements, code sets, templates ------------------------------------------------------------------------------------ */
/* %, _ and \ of the asker are only characters. NULL-free text for LIKE … ESCAPE '\'. */
static const char *like_pattern(Request *rq, Text asked) {
	Text folded = search_fold(rq->arena, text_trim(asked));
	if (!folded.len) return "";
	char *out = arena_alloc(rq->arena, folded.len * 2 + 3), *at = out;
	*at++ = '%';
	for (size_t i = 0; i < folded.len; i++) {
		if (strchr("%_\\", folded.at[i])) *at++ = '\\';
		*at++ = folded.at[i];
	}
	*at++ = '%';
	return out;
}

static const Member element_members[] = {
    {"code", MEMBER_TEXT},     {"name", MEMBER_TEXT},     {"name_en", MEMBER_TEXT}, {"domain", MEMBER_TEXT},
    {"kind", MEMBER_TEXT},     {"length", MEMBER_INT},    {"scale", MEMBER_INT},    {"check", MEMBER_TEXT},
    {"code_set", MEMBER_TEXT}, {"grade", MEMBER_INT},     {"mask", MEMBER_TEXT},    {"personal", MEMBER_BOOL},
    {"aliases", MEMBER_JSON},  {"standard", MEMBER_TEXT}, {"doc", MEMBER_TEXT},     {0},
};

static int list_elements(Request *rq) {
	const char *pattern = like_pattern(rq, in_has(rq, "q") ? in_text(rq, "q") : TEXT(""));
	const char *domain = in_has(rq, "domain") ? in_str(rq, "domain") : "";
	return answer_list(
	    rq, element_members,
	    "SELECT code, name, name_en, domain, kind, length, scale, check_name, code_set, grade, mask, personal, aliases,"
	    " standard, doc FROM element WHERE (CAST($1 AS TEXT) = '' OR lower(search_text) LIKE $1 ESCAPE '\\')"
	    " AND (CAST($2 AS TEXT) = '' OR domain = $2) ORDER BY domain, code LIMIT 1000",
	    BIND(val_str(pattern), val_str(domain)));
}

static int list_code_sets(Request *rq) {
	static const Member members[] = {{"name", MEMBER_TEXT},
	                                 {"title", MEMBER_TEXT},
	                                 {"title_en", MEMBER_TEXT},
	                                 {"standard", MEMBER_TEXT},
	                                 {"doc", MEMBER_TEXT},
	                                 {"item_count", MEMBER_INT},
	                                 {0}};
	return answer_list(rq, members, "SELECT name, title, title_en, standard, doc, item_count FROM code_set ORDER BY name",
	                   NO_BIND);
}

static void day_or_null(JsonWriter *json, const char *key, Rows *rows, int column) {
	char text[CLOCK_TEXT_MAX];
	if (rows_null(rows, column))
		jw_kv_text(json, key, TEXT_NONE);
	else
		jw_kv_str(json, key, date_format((int32_t)rows_int(rows, column), text));
}

/* The number in an opaque cursor; 0 = from the start. */
static int cursor_of(Request *rq, int64_t *out) {
	if (!in_has(rq, "after"))
		*out = 0;
	else if (text_to_int(in_text(rq, "after"), out) < 0)
		return error_field(rq->error, ERR_INVALID, "after", in_text(rq, "after"), "cursor",
		                   "pass \"next\" of the page before", "the cursor is damaged");
	return 0;
}

static void end_page(JsonWriter *json, int64_t next, int64_t total) {
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)next);
	jw_array_end(json);
	jw_kv_str(json, "next", next ? text : NULL);
	jw_key(json, "total");
	if (total >= 0)
		jw_int(json, total);
	else
		jw_null(json);
	jw_object_end(json);
}

static int list_code_items(Request *rq) {
	int64_t after = 0, known = 0, last = 0;
	int limit = in_limit(rq), count = 0;
	Text name = in_text(rq, "name");
	int code = cursor_of(rq, &after);
	if (code < 0 ||
	    (code = db_int(rq->db, &known, "SELECT item_count FROM code_set WHERE name = $1", BIND(val_text(name)))) < 0)
		return code;
	if (code == 0) return fail(rq, ERR_NOT_FOUND, "there is no code set %.*s", TEXT_ARG(name));
	Rows *rows;
	const char *pattern = like_pattern(rq, in_has(rq, "q") ? in_text(rq, "q") : TEXT("")),
	           *begins = *pattern ? pattern + 1 : "";
	const char *whole = arena_printf(rq->arena, "%.*s", *begins ? (int)strlen(begins) - 1 : 0, begins);
	/* the code itself comes first, then codes that begin so, names that begin so, all others; place is the cursor */
	code = db_query(
	    rq->db, &rows,
	    "SELECT place, code, label, label_en, parent, valid_from, valid_to FROM (SELECT code, label, label_en, parent,"
	    " valid_from, valid_to, item_no + 100000000 * (CASE WHEN CAST($3 AS TEXT) = '' OR lower(code) LIKE $6 ESCAPE"
	    " '\\' THEN 0 WHEN lower(code) LIKE $5 ESCAPE '\\' THEN 1 WHEN lower(label) LIKE $5 ESCAPE '\\' THEN 2 ELSE 3"
	    " END) AS place FROM code_item WHERE code_set = $1 AND (CAST($3 AS TEXT) = '' OR lower(code) LIKE $3 ESCAPE"
	    " '\\' OR lower(label) LIKE $3 ESCAPE '\\' OR lower(label_en) LIKE $3 ESCAPE '\\') AND (CAST($7 AS BIGINT) IS"
	    " NULL OR ((valid_from IS NULL OR valid_from <= $7) AND (valid_to IS NULL OR valid_to > $7)))) AS found WHERE"
	    " place > $2 ORDER BY place LIMIT $4",
	    BIND(val_text(name), val_int(after), val_str(pattern), val_int(limit + 1), val_str(begins), val_str(whole),
	         in_has(rq, "current") && in_int(rq, "current") ? val_int(date_of_us(rq->now_us)) : val_null()));
	if (code < 0) return code;
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_key(json, "items");
	jw_array(json);
	while ((code = rows_next(rows)) > 0 && count++ < limit) {
		last = rows_int(rows, 0);
		jw_object(json);
		jw_kv_text(json, "code", rows_text(rows, 1));
		jw_kv_text(json, "label", rows_text(rows, 2));
		jw_kv_text(json, "label_en", rows_text(rows, 3));
		jw_kv_text(json, "parent", rows_text(rows, 4));
		day_or_null(json, "valid_from", rows, 5);
		day_or_null(json, "valid_to", rows, 6);
		jw_object_end(json);
	}
	rows_close(rows);
	end_page(json, count > limit ? last : 0, *pattern || in_has(rq, "current") ? -1 : known);
	return code < 0 ? code : 0;
}

static int list_templates(Request *rq) {
	static const Member members[] = {
	    {"name", MEMBER_TEXT}, {"title", MEMBER_TEXT}, {"doc", MEMBER_TEXT}, {"document", MEMBER_JSON}, {0}};
	return answer_list(rq, members, "SELECT name, title, doc, document FROM template ORDER BY name", NO_BIND);
}

/* --- one entry ------------------------------------------------------------------------------------------------------- */
static void write_may(Request *rq, const EntryRow *row) {
	const Party *party = &rq->party;
	bool own = party->kind == PARTY_SYSTEM || party->org_id == row->org_id, live = strcmp(row->state, "published") == 0;
	bool review = strcmp(row->draft_state, "review") == 0;
	bool author = party->account_id == row->draft_author || party->account_id == row->submitted_by;
	JsonWriter *json = &rq->json;
	jw_key(json, "may");
	jw_object(json);
	jw_kv_bool(json, "edit", entry_editable(rq, row) && !review);
	jw_kv_bool(json, "submit", entry_editable(rq, row) && strcmp(row->draft_state, "draft") == 0);
	jw_kv_bool(json, "review", party_may(party, PERMIT_CATALOG_REVIEW) && review && !author);
	jw_kv_bool(json, "withdraw", party_may(party, PERMIT_CATALOG_REVIEW) && live);
	jw_kv_bool(json, "load", party_may(party, PERMIT_LOAD) && own && live);
	jw_kv_bool(json, "grant", party_may(party, PERMIT_GRANT) && own && live);
	jw_object_end(json);
}

static void write_json(JsonWriter *json, Arena *arena, const char *key, const json_t *value) {
	jw_key(json, key);
	if (value)
		jw_raw(json, text_of(json_text_in(arena, value)));
	else
		jw_null(json);
}

static void write_review(JsonWriter *json, const EntryRow *row) {
	if (!*row->review_decision) return;
	jw_key(json, "review");
	jw_object(json);
	jw_kv_str(json, "decision", row->review_decision);
	jw_kv_str(json, "note", row->review_note);
	jw_kv_str(json, "by", row->review_login);
	jw_kv_time(json, "at", row->review_at);
	jw_object_end(json);
}

static int write_entry(Request *rq, const EntryRow *row) {
	json_t *published = NULL, *draft = NULL;
	int code = 0;
	bool drafts = sees_drafts(rq, row->org_id);
	if (row->published_version && (code = entry_document(rq, row->resource_id, row->published_version, &published)) < 0)
		return code;
	if (row->draft_version && drafts && (code = entry_document(rq, row->resource_id, row->draft_version, &draft)) < 0)
		return code;
	const json_t *shown = published ? published : draft;
	ResourceState state = RES_DRAFT;
	resource_state_parse(text_of(row->state), &state);
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_id(json, "resource_id", row->resource_id);
	jw_kv_str(json, "code", row->code);
	jw_kv_str(json, "name", row->name);
	jw_kv_id(json, "org_id", row->org_id);
	jw_kv_str(json, "org_name", org_name(rq, row->org_id));
	jw_kv_str(json, "state", resource_state_name(drafts ? entry_state(row) : state));
	jw_kv_int(json, "version", row->version);
	jw_kv_int(json, "published_version", row->published_version);
	if (draft) jw_kv_int(json, "draft_version", row->draft_version);
	write_json(json, rq->arena, "document", shown);
	if (draft) write_json(json, rq->arena, "draft", draft);
	jw_kv_int(json, "grade", document_grade(shown));
	jw_kv_int(json, "row_count", row->row_count);
	jw_kv_time(json, "loaded_at", row->loaded_at);
	jw_kv_str(json, "freshness",
	          freshness(rq->now_us, row->loaded_at, js_text(shown, "update_promise"), strcmp(row->keeper, "proxy") == 0));
	jw_kv_int(json, "generation_no", row->generation_no);
	jw_kv_str(json, "keeper", row->keeper);
	jw_kv_bool(json, "needs_full", row->needs_full);
	if (drafts) write_review(json, row);
	write_may(rq, row);
	jw_object_end(json);
	return 0;
}

static int read_resource(Request *rq) {
	EntryRow row;
	int code = load_visible(rq, &row);
	return code < 0 ? code : write_entry(rq, &row);
}

/* Every change answers the whole entry as it is now: the page needs no second call, and sees the field numbers given. */
static int answer_entry(Request *rq, int64_t resource_id) {
	EntryRow row;
	int code = entry_load(rq, resource_id, &row);
	return code < 0 ? code : write_entry(rq, &row);
}

static int create_resource(Request *rq) {
	int64_t resource_id = 0;
	if (!rq->party.org_id)
		return fail(rq, ERR_FORBIDDEN,
		            "an entry belongs to an organisation, and your account has none: ask the system administrator");
	int code = entry_create(rq, rq->party.org_id, in_json(rq, "document"), &resource_id);
	if (code < 0) return code;
	rq->status = 201;
	rq->location = arena_printf(rq->arena, "/api/v1/resources/%lld", (long long)resource_id);
	return answer_entry(rq, resource_id);
}

static int save_resource(Request *rq) {
	int64_t id = in_int(rq, "id");
	int code = entry_save(rq, id, in_int(rq, "version"), in_json(rq, "document"));
	return code < 0 ? code : answer_entry(rq, id);
}

static int submit_resource(Request *rq) {
	int64_t id = in_int(rq, "id");
	int code = entry_submit(rq, id, in_int(rq, "version"));
	return code < 0 ? code : answer_entry(rq, id);
}

static const char *note_of(Request *rq) {
	return in_has(rq, "note") ? text_cstr(rq->arena, text_trim(in_text(rq, "note"))) : "";
}

static int review_resource(Request *rq) {
	int64_t id = in_int(rq, "id");
	bool publishing = text_is(in_text(rq, "decision"), "publish");
	int code = entry_review(rq, id, in_int(rq, "version"), publishing, note_of(rq));
	rq->about = publishing ? "{\"decision\":\"publish\"}" : "{\"decision\":\"return\"}";
	return code < 0 ? code : answer_entry(rq, id);
}

static int withdraw_resource(Request *rq) {
	int64_t id = in_int(rq, "id");
	int code = entry_withdraw(rq, id, in_int(rq, "version"), note_of(rq));
	return code < 0 ? code : answer_entry(rq, id);
}

static int validate_resource(Request *rq) {
	EntryRow row;
	Problems problems;
	problems_begin(&problems, rq->arena);
	int code = load_visible(rq, &row);
	if (code < 0 || (code = document_check(rq, row.resource_id, row.org_id, in_json(rq, "document"), &problems)) < 0)
		return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "problems");
	problems_write(rq, &problems);
	jw_object_end(&rq->json);
	return 0;
}

/* The same for an entry that is not registered yet. */
static int validate_document(Request *rq) {
	Problems problems;
	problems_begin(&problems, rq->arena);
	int code = document_check(rq, 0, rq->party.org_id, in_json(rq, "document"), &problems);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "problems");
	problems_write(rq, &problems);
	jw_object_end(&rq->json);
	return 0;
}

/* --- versions ---------------------------------------------------------------------------------------------------------- */
static bool version_hidden(Request *rq, const EntryRow *row, int64_t version_no) {
	return row->draft_version && version_no == row->draft_version && !sees_drafts(rq, row->org_id);
}

enum { VERSION_NAMES_MAX = 64 }; /* people who wrote or reviewed one entry; further ones are shown by login only */
/* Versions keep logins; names are people's, asked once a login before the rows are open. */
typedef struct VersionNames {
	const char *logins[VERSION_NAMES_MAX], *names[VERSION_NAMES_MAX];
	int count;
} VersionNames;

static const char *version_name(const VersionNames *names, Text login) {
	for (int i = 0; i < names->count; i++)
		if (text_is(login, names->logins[i])) return names->names[i];
	return NULL;
}

static int version_names(Request *rq, int64_t resource_id, VersionNames *out) {
	Rows *rows;
	int code = db_query(rq->db, &rows,
	                    "SELECT author FROM resource_version WHERE resource_id = $1"
	                    " UNION SELECT reviewer FROM resource_version WHERE resource_id = $1",
	                    BIND(val_int(resource_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0 && out->count < VERSION_NAMES_MAX)
		if (rows_text(rows, 0).len) out->logins[out->count++] = rows_str(rows, 0, rq->arena);
	if (code > 0) rows_close(rows);
	for (int i = 0; i < out->count && code >= 0 && action_known(rq->app, "account.name"); i++) {
		AccountName asked = {.login = out->logins[i]};
		code = action_run(rq, "account.name", &asked);
		out->names[i] = asked.name;
	}
	return code < 0 ? code : 0;
}

static int list_versions(Request *rq) {
	EntryRow row;
	Rows *rows;
	VersionNames *names = ARENA_NEW(rq->arena, VersionNames);
	int code = load_visible(rq, &row);
	if (code < 0 || (code = version_names(rq, row.resource_id, names)) < 0) return code;
	code = db_query(rq->db, &rows,
	                "SELECT version_no, state, author, created_at, reviewer, published_at, note FROM resource_version WHERE "
	                "resource_id = $1"
	                " ORDER BY version_no DESC",
	                BIND(val_int(row.resource_id)));
	if (code < 0) return code;
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_key(json, "items");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		if (version_hidden(rq, &row, rows_int(rows, 0))) continue;
		jw_object(json);
		jw_kv_int(json, "version_no", rows_int(rows, 0));
		jw_kv_text(json, "state", rows_text(rows, 1));
		jw_kv_text(json, "author", rows_text(rows, 2));
		jw_kv_str(json, "author_name", version_name(names, rows_text(rows, 2)));
		jw_kv_time(json, "created_at", rows_int(rows, 3));
		jw_kv_text(json, "reviewer", rows_text(rows, 4));
		jw_kv_str(json, "reviewer_name", version_name(names, rows_text(rows, 4)));
		jw_kv_time(json, "published_at", rows_int(rows, 5));
		jw_kv_text(json, "note", rows_text(rows, 6));
		jw_object_end(json);
	}
	rows_close(rows);
	answer_rows_end(rq, 0);
	return code;
}

static int visible_version(Request *rq, const EntryRow *row, int64_t version_no, json_t **out) {
	if (version_hidden(rq, row, version_no))
		return fail(rq, ERR_NOT_FOUND, "resource %lld has no version %lld", (long long)row->resource_id,
		            (long long)version_no);
	return entry_document(rq, row->resource_id, (int)version_no, out);
}

static int read_version(Request *rq) {
	EntryRow row;
	json_t *document;
	int code = load_visible(rq, &row);
	if (code < 0 || (code = visible_version(rq, &row, in_int(rq, "n"), &document)) < 0) return code;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "version_no", in_int(rq, "n"));
	write_json(&rq->json, rq->arena, "document", document);
	jw_object_end(&rq->json);
	return 0;
}

static int diff_versions(Request *rq) {
	EntryRow row;
	json_t *from, *to;
	int code = load_visible(rq, &row);
	if (code < 0 || (code = visible_version(rq, &row, in_int(rq, "from"), &from)) < 0 ||
	    (code = visible_version(rq, &row, in_int(rq, "to"), &to)) < 0)
		return code;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "from", in_int(rq, "from"));
	jw_kv_int(&rq->json, "to", in_int(rq, "to"));
	jw_key(&rq->json, "changes");
	document_diff(&rq->json, rq->arena, from, to);
	jw_object_end(&rq->json);
	return 0;
}

/* --- rows -------------------------------------------------------------------------------------------------------------- */
#define ID ID_PATH("resource id")
#define VERSION                                                                                                                  \
	{                                                                                                                        \
		"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT64_C(1) << 40,                                           \
		                                    .doc = "version of the entry the change was made on"                         \
	}
#define DOCUMENT                                                                                                                 \
	{ "document", IN_BODY, TYPE_JSON, true, .max = 1 << 20, .doc = "the entry: 政务信息资源目录编制指南, see docs/packs.md" }
#define Q                                                                                                                        \
	{ "q", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "words to look for" }
#define AFTER                                                                                                                    \
	{ "after", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "\"next\" of the page before" }
#define LIMIT                                                                                                                    \
	{ "limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out" }

static const InputField q_domain_in[] = {Q,
                                         {"domain", IN_QUERY, TYPE_TEXT, .max = 40,
                                          .doc = "population, legal, certificate, address, credit, economy, real_estate, common"},
                                         {0}};
static const InputField items_in[] = {{"name", IN_PATH, TYPE_TEXT, true, .max = 40, .doc = "code set"},
                                      Q,
                                      {"current", IN_QUERY, TYPE_BOOL, .doc = "true: only codes in force today"},
                                      AFTER,
                                      LIMIT,
                                      {0}};
static const InputField none_in[] = {{0}};
static const InputField list_in[] = {
    {"q", IN_QUERY, TYPE_TEXT, .max = 100,
     .doc = "words, all of them: Chinese of one character and more, pinyin or its initials, English and field names, codes, "
            "synonyms"},
    {"state", IN_QUERY, TYPE_ENUM, .choices = "draft|review|published|withdrawn", .doc = "state of the entry or of its draft"},
    {"org", IN_QUERY, TYPE_ID, .doc = "provider"},
    {"domain", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "领域, as written in the entry"},
    {"sharing", IN_QUERY, TYPE_ENUM, .choices = "unconditional|conditional|none", .doc = "sharing type 无条件 有条件 不予共享"},
    {"opening", IN_QUERY, TYPE_ENUM, .choices = "open|conditional|closed", .doc = "opening to the public 开放属性"},
    {"grade", IN_QUERY, TYPE_INT, .min = 1, .max = 4, .doc = "highest grade of its fields 数据级别"},
    {"freshness", IN_QUERY, TYPE_ENUM, .choices = "fresh|late|none",
     .doc = "last load against the update promise; none: no data"},
    {"format", IN_QUERY, TYPE_ENUM, .choices = "database|csv|xlsx|json|geojson|xml|pdf|image|video|other", .doc = "资源格式"},
    {"mine", IN_QUERY, TYPE_BOOL, .doc = "only my organisation's"},
    {"facets", IN_QUERY, TYPE_BOOL, .doc = "with counts a facet, each under all other filters"},
    AFTER,
    LIMIT,
    {0},
};
static const InputField id_in[] = {ID, {0}};
static const InputField create_in[] = {DOCUMENT, {0}};
static const InputField save_in[] = {ID, VERSION, DOCUMENT, {0}};
static const InputField validate_in[] = {ID, DOCUMENT, {0}};
static const InputField submit_in[] = {ID, VERSION, {0}};
static const InputField review_in[] = {
    ID,
    VERSION,
    {"decision", IN_BODY, TYPE_ENUM, true, .choices = "publish|return", .doc = "the data bureau's decision"},
    {"note", IN_BODY, TYPE_TEXT, .max = 1000, .doc = "needed for a return: what has to be changed"},
    {0},
};
static const InputField withdraw_in[] = {ID, VERSION, {"note", IN_BODY, TYPE_TEXT, true, .max = 1000, .doc = "why"}, {0}};
static const InputField version_in[] = {
    ID, {"n", IN_PATH, TYPE_INT, true, .min = 1, .max = 1000000, .doc = "version number"}, {0}};
static const InputField diff_in[] = {
    ID,
    {"from", IN_QUERY, TYPE_INT, true, .min = 1, .max = 1000000, .doc = "older version"},
    {"to", IN_QUERY, TYPE_INT, true, .min = 1, .max = 1000000, .doc = "newer version"},
    {0},
};

#define FIELD_TS                                                                                                                 \
	"{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:"    \
	"boolean,"                                                                                                               \
	"required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:"  \
	"string,"                                                                                                                \
	"min?:number,max?:number,date_field?:string,ref?:string,doc?:string}"
#define DOCUMENT_TS                                                                                                              \
	"{code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,"         \
	"sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,"      \
	"update_promise?:string,retention_months?:number,retention_field?:string,fields?:" FIELD_TS                              \
	"[],rules?:{name:string,expression:string,message?:string}[],"                                                           \
	"contact?:string}"

#define FACET_TS "{value:string,name?:string,count:number}[]"
#define FACETS_TS                                                                                                                \
	"{org:" FACET_TS ",domain:" FACET_TS ",sharing:" FACET_TS ",opening:" FACET_TS ",grade:" FACET_TS ",freshness:" FACET_TS \
	",format:" FACET_TS "}"

static const OutputField elements_out[] = {
    {"items",
     "{code:string,name:string,name_en:string,domain:string,kind:string,length:number,scale:number,check:string,code_set:string,"
     "grade:number,mask:string,personal:boolean,aliases:string[],standard:string,doc:string}[]",
     "data elements"},
    ONE_PAGE,
    {0},
};
static const OutputField code_sets_out[] = {
    {"items", "{name:string,title:string,title_en:string,standard:string,doc:string,item_count:number}[]", "code sets"},
    ONE_PAGE,
    {0}};
static const OutputField items_out[] = {
    {"items", "{code:string,label:string,label_en:string,parent:string,valid_from:string|null,valid_to:string|null}[]", "codes"},
    {"next", "string|null", "cursor"},
    {"total", "number|null", "codes in the set; null when only some are asked for"},
    {0},
};
static const OutputField templates_out[] = {
    {"items", "{name:string,title:string,doc:string,document:" DOCUMENT_TS "}[]", "entries to begin with"}, ONE_PAGE, {0}};
static const OutputField list_out[] = {
    {"items",
     "{resource_id:string,code:string|null,name:string,org_id:string,org_name:string,sharing:string,opening:string,state:string,"
     "published_version:number,draft_version?:number,update_promise:string,row_count:number,loaded_at:string|null,grade:number,"
     "freshness:\"fresh\"|\"late\"|\"none\",version:number,hits?:{part:string,text:string,marks:number[][]}[]}[]",
     "entries: by the best part that has the words (name or code, keyword, field, summary), newest first within it; hits: where, "
     "offsets in "
     "characters"},
    {"next", "string|null", "cursor"},
    {"total", "number", "entries found"},
    {"facets", FACETS_TS "|undefined", "when asked for"},
    {0},
};
static const OutputField entry_out[] = {
    {"resource_id", "string", "id"},
    {"code", "string|null", "资源代码"},
    {"name", "string", "资源名称"},
    {"org_id", "string", "provider"},
    {"org_name", "string", "provider's name"},
    {"state", "\"draft\"|\"review\"|\"published\"|\"withdrawn\"", "state; review when a draft is under review"},
    {"version", "number", "send it with a change"},
    {"published_version", "number", "0 = not yet"},
    {"draft_version", "number|undefined", "version number the draft will have"},
    {"document", DOCUMENT_TS "|null", "the published version, or the draft when there is none"},
    {"draft", DOCUMENT_TS "|undefined", "document under edit"},
    {"grade", "number", "highest grade of its fields"},
    {"row_count", "number", "records mounted"},
    {"loaded_at", "string|null", "last load"},
    {"freshness", "\"fresh\"|\"late\"|\"none\"", "against the update promise"},
    {"generation_no", "number", "live run-time table; 0 = nothing mounted"},
    {"keeper", "\"table\" | \"proxy\"", "where the records are: stored here, or at the supplier, who is asked each time"},
    {"needs_full", "boolean", "the key changed: the next load must be a full one"},
    {"review", "{decision:string,note:string,by:string,at:string|null}|undefined", "last decision"},
    {"may", "{edit:boolean,submit:boolean,review:boolean,withdraw:boolean,load:boolean,grant:boolean}",
     "what the caller may do now"},
    {0},
};
static const OutputField problems_out[] = {{"problems", "{path:string,rule:string,message:string,advice:string}[]",
                                            "what keeps it from being published; empty when nothing"},
                                           {0}};
static const OutputField versions_out[] = {
    {"items",
     "{version_no:number,state:string,author:string,author_name:string|null,created_at:string,reviewer:string,"
     "reviewer_name:string|null,published_at:string|null,note:string}[]",
     "newest first"},
    ONE_PAGE,
    {0}};
static const OutputField version_out[] = {{"version_no", "number", "version"}, {"document", DOCUMENT_TS, "as it was"}, {0}};
static const OutputField diff_out[] = {
    {"from", "number", "older version"},
    {"to", "number", "newer version"},
    {"changes", "{path:string,title:string,from:any,to:any}[]", "one a changed value, added or retired field"},
    {0},
};

#define API "/api/v1"
const Route catalog_routes[CATALOG_ROUTES] = {
    {"GET", API "/elements", PERMIT_CATALOG_READ, LANE_READ, list_elements, "catalog.elements",
     "Data elements 数据元 (GB/T 19488.2, GA/T 543).", q_domain_in, elements_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/code-sets", PERMIT_CATALOG_READ, LANE_READ, list_code_sets, "catalog.code_sets", "Code sets 代码集.", none_in,
     code_sets_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/code-sets/{name}/items", PERMIT_LOGIN, LANE_READ, list_code_items, "catalog.code_items",
     "Codes of one set with their time of validity, those that begin with the words asked for first. Open to all who log in: who "
     "fills in a form or looks on site chooses from them.",
     items_in, items_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/templates", PERMIT_CATALOG_READ, LANE_READ, list_templates, "catalog.templates",
     "Entries that packs offer to begin with.", none_in, templates_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/resources", PERMIT_CATALOG_READ, LANE_READ, list_resources, "catalog.list", "Search the catalogue.", list_in,
     list_out, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/resources", PERMIT_CATALOG_EDIT, LANE_WRITE, create_resource, "catalog.create",
     "Register an entry as a draft of one's own organisation.", create_in, entry_out, .body_max = 1 << 20},
    {"POST", API "/resources/validate", PERMIT_CATALOG_EDIT, LANE_READ, validate_document, "catalog.validate_new",
     "Everything that keeps a document from being published, before it is registered.", create_in, problems_out,
     .body_max = 1 << 20, .flags = ROUTE_PERSONAL | ROUTE_NO_EVIDENCE},
    {"GET", API "/resources/{id}", PERMIT_CATALOG_READ, LANE_READ, read_resource, "catalog.read",
     "One entry with its published version and draft.", id_in, entry_out},
    {"PUT", API "/resources/{id}", PERMIT_CATALOG_EDIT, LANE_WRITE, save_resource, "catalog.save",
     "Save the draft; on a published entry this begins a new one.", save_in, entry_out, .body_max = 1 << 20},
    {"POST", API "/resources/{id}/validate", PERMIT_CATALOG_READ, LANE_READ, validate_resource, "catalog.validate",
     "Everything that keeps a document from being published.", validate_in, problems_out, .body_max = 1 << 20,
     .flags = ROUTE_PERSONAL | ROUTE_NO_EVIDENCE},
    {"POST", API "/resources/{id}/submit", PERMIT_CATALOG_EDIT, LANE_WRITE, submit_resource, "catalog.submit",
     "Submit the draft for review.", submit_in, entry_out},
    {"POST", API "/resources/{id}/review", PERMIT_CATALOG_REVIEW, LANE_WRITE, review_resource, "catalog.review",
     "Publish the draft or return it with a note.", review_in, entry_out},
    {"POST", API "/resources/{id}/withdraw", PERMIT_CATALOG_REVIEW, LANE_WRITE, withdraw_resource, "catalog.withdraw",
     "Take a published entry out of use.", withdraw_in, entry_out},
    {"GET", API "/resources/{id}/versions", PERMIT_CATALOG_READ, LANE_READ, list_versions, "catalog.versions",
     "All versions of an entry.", id_in, versions_out},
    {"GET", API "/resources/{id}/versions/{n}", PERMIT_CATALOG_READ, LANE_READ, read_version, "catalog.version",
     "One version as it was.", version_in, version_out},
    {"GET", API "/resources/{id}/diff", PERMIT_CATALOG_READ, LANE_READ, diff_versions, "catalog.diff",
     "What changed between two versions.", diff_in, diff_out},
};
