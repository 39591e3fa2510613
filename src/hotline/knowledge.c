/* knowledge: answers that operators give, and templates of what they say. What is written waits for another person's review; what
 * is published stays until then. Reads in any lane, changes in a write. */
#include "hotline/internal.h"

/* --- who ------------------------------------------------------------------------------------------------------------------- */
static bool at_hotline(const Request *rq) {
	return party_may(&rq->party, PERMIT_HOTLINE) || is_lead(rq);
}

/* The hotline and its lead write for everybody; who handles writes what the own unit answers. */
static int writer_check(Request *rq, int64_t org_id) {
	if (at_hotline(rq) || (party_may(&rq->party, PERMIT_EVENT_HANDLE) && org_id == rq->party.org_id)) return 0;
	return error_field(rq->error, ERR_FORBIDDEN, "org_id", TEXT_NONE, "party", "Write what your own unit answers.",
	                   "This article is another unit's");
}

/* --- showing --------------------------------------------------------------------------------------------------------------- */
/* Column 0 is the cursor. An article that was never published shows its draft alone. */
#define ARTICLE_COLUMNS                                                                                                          \
	"a.article_id, a.kind, a.type, a.title, a.answer, a.keywords, a.org_id, o.name, a.valid_until_us, a.state, "             \
	"a.draft_state, a.draft, w.name, a.review_note, a.used, a.doubts, a.doubt_words, a.edition, a.published_us, p.name, "    \
	"a.version"
#define ARTICLE_NAMES                                                                                                            \
	" LEFT JOIN org o ON o.org_id = a.org_id LEFT JOIN account w ON w.account_id = a.draft_by LEFT JOIN account p ON"        \
	" p.account_id = a.published_by"
static const Member members[] = {{"article_id", MEMBER_ID},     {"kind", MEMBER_TEXT},
                                 {"type", MEMBER_TEXT},         {"title", MEMBER_TEXT},
                                 {"answer", MEMBER_TEXT},       {"keywords", MEMBER_TEXT},
                                 {"org_id", MEMBER_ID},         {"org_name", MEMBER_TEXT},
                                 {"valid_until", MEMBER_TIME},  {"state", MEMBER_TEXT},
                                 {"draft_state", MEMBER_TEXT},  {"draft", MEMBER_JSON},
                                 {"draft_by", MEMBER_TEXT},     {"review_note", MEMBER_TEXT},
                                 {"used", MEMBER_INT},          {"doubts", MEMBER_INT},
                                 {"doubt_words", MEMBER_TEXT},  {"edition", MEMBER_INT},
                                 {"published_at", MEMBER_TIME}, {"published_by", MEMBER_TEXT},
                                 {"version", MEMBER_INT},       {0}};

/* Published, the best first; those past their day last. */
int articles_search(Request *rq) {
	int64_t ids[ANSWERS_SHOWN];
	Val args[ANSWERS_SHOWN];
	int code = answers_find(rq, ids);
	if (code < 0) return code;
	for (int i = 0; i < ANSWERS_SHOWN; i++)
		args[i] = val_int(ids[i]);
	return answer_list(
	    rq, members,
	    "SELECT " ARTICLE_COLUMNS " FROM hotline_article a" ARTICLE_NAMES
	    " WHERE a.article_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AND a.state = 'published' ORDER BY CASE"
	    " a.article_id WHEN $1 THEN 1 WHEN $2 THEN 2 WHEN $3 THEN 3 WHEN $4 THEN 4 WHEN $5 THEN 5 WHEN $6 THEN 6"
	    " WHEN $7 THEN 7 WHEN $8 THEN 8 WHEN $9 THEN 9 ELSE 10 END",
	    args, ANSWERS_SHOWN);
}

int articles_get(Request *rq) {
	Val kind = val_text(in_text(rq, "kind")), type = in_has(rq, "type") ? val_text(in_text(rq, "type")) : val_str("");
	Text show = in_has(rq, "show") ? in_text(rq, "show") : TEXT("published");
	int limit = in_limit(rq);
	return answer_page(
	    rq, limit, members,
	    "SELECT " ARTICLE_COLUMNS " FROM hotline_article a" ARTICLE_NAMES
	    " WHERE a.article_id < $1 AND a.kind = $2 AND (CAST($3 AS TEXT) = '' OR a.type IN ('', $3)) AND ((CAST($4 AS TEXT) ="
	    " 'published' AND a.state = 'published') OR (CAST($4 AS TEXT) = 'doubted' AND a.state = 'published' AND a.doubts > "
	    "0) OR"
	    " (CAST($4 AS TEXT) = 'review' AND a.draft_state = 'review') OR (CAST($4 AS TEXT) = 'mine' AND a.draft_by = $5 AND"
	    " a.draft_state <> '') OR (CAST($4 AS TEXT) = 'retired' AND a.state = 'retired')) AND (CAST($6 AS BIGINT) = 1 OR "
	    "a.state ="
	    " 'published' OR a.org_id = $7) ORDER BY a.article_id DESC LIMIT $8",
	    BIND(val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX), kind, type, val_text(show),
	         val_int(rq->party.account_id), val_int(at_hotline(rq)), val_int(rq->party.org_id), val_int(limit + 1)));
}

static int article_answer(Request *rq, int64_t article_id) {
	static const Member edition[] = {
	    {"edition", MEMBER_INT}, {"document", MEMBER_JSON}, {"by", MEMBER_TEXT}, {"at", MEMBER_TIME}, {0}};
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT " ARTICLE_COLUMNS " FROM hotline_article a" ARTICLE_NAMES
	                   " WHERE a.article_id = $1 AND (CAST($2 AS BIGINT) = 1 OR a.state = 'published' OR a.org_id = $3)",
	                   BIND(val_int(article_id), val_int(at_hotline(rq)), val_int(rq->party.org_id)));
	if (found < 0) return found;
	if (!found) return fail(rq, ERR_NOT_FOUND, "There is no such article");
	rq->about_subject = article_id;
	jw_object(&rq->json);
	row_members(rq, rows, members);
	int code = answer_under(rq, "editions", edition,
	                        "SELECT e.edition, e.document, a.name, e.at_us FROM hotline_edition e LEFT JOIN account a ON"
	                        " a.account_id = e.by_account WHERE e.article_id = $1 ORDER BY e.edition DESC LIMIT 50",
	                        BIND(val_int(article_id)));
	jw_object_end(&rq->json);
	return code;
}

int article_get(Request *rq) {
	return article_answer(rq, in_int(rq, "id"));
}

/* --- places in what is said ------------------------------------------------------------------------------------------------ */
/* {number} and the like: the operator's page fills them from the call and its case, and marks what is not known 【…待填】. */
static const char *const places[] = {"name", "number", "unit", "class", "address", "state", "due", "time", "operator"};
enum { PLACE_COUNT = sizeof places / sizeof *places, PLACE_MAX = 40 };

static bool place_known(Text name) {
	for (int i = 0; i < PLACE_COUNT; i++)
		if (text_is(name, places[i])) return true;
	return false;
}

/* The next {…} or 【…待填】, braces and all; at NULL: there is none. Text goes on behind it. */
static Text place_next(Text *text) {
	static const Text opens[] = {{"{", 1}, {"【", 3}}, closes[] = {{"}", 1}, {"待填】", 9}};
	for (size_t i = 0; i < text->len; i++)
		for (int kind = 0; kind < 2; kind++) {
			Text rest = {text->at + i, text->len - i};
			ptrdiff_t end = text_starts(rest, opens[kind]) ? text_find(rest, closes[kind]) : -1;
			if (end < 0 || end > PLACE_MAX) continue;
			Text found = {rest.at, (size_t)end + closes[kind].len};
			*text = (Text){found.at + found.len, rest.len - found.len};
			return found;
		}
	*text = TEXT("");
	return TEXT_NONE;
}

static int template_check(Request *rq, Text answer) {
	for (Text place; (place = place_next(&answer)).at;)
		if (place.at[0] == '{' && !place_known((Text){place.at + 1, place.len - 2}))
			return error_field(
			    rq->error, ERR_INVALID, "answer", place, "unknown_place",
			    "Use {name}, {number}, {unit}, {class}, {address}, {state}, {due}, {time} or {operator}.",
			    "Nothing is filled in here");
	return 0;
}

int places_filled(Request *rq, const char *field, Text words) {
	for (Text place; (place = place_next(&words)).at;)
		if (place.at[0] != '{' || place_known((Text){place.at + 1, place.len - 2}))
			return error_field(rq->error, ERR_INVALID, field, place, "place_left", "Fill it in, or take it out.",
			                   "A place of the template was not filled in");
	return 0;
}

/* --- writing --------------------------------------------------------------------------------------------------------------- */
/* The content as JSON, in rq's arena. */
static int content_take(Request *rq, const char **out) {
	int64_t org_id = in_int(rq, "org_id"), there = 0;
	int code = writer_check(rq, org_id);
	if (code == 0 && org_id) code = db_int(rq->db, &there, "SELECT org_id FROM org WHERE org_id = $1", BIND(val_int(org_id)));
	if (code < 0) return code;
	if (org_id && !there)
		return error_field(rq->error, ERR_INVALID, "org_id", TEXT_NONE, "unknown_org", "Choose one of the list.",
		                   "There is no such organisation");
	if ((code = template_check(rq, in_text(rq, "answer"))) < 0) return code;
	Text title = text_trim(in_text(rq, "title")), answer = text_trim(in_text(rq, "answer")),
	     keywords = in_has(rq, "keywords") ? text_trim(in_text(rq, "keywords")) : TEXT(""),
	     type = in_has(rq, "type") ? in_text(rq, "type") : TEXT("");
	json_t *json = json_pack("{s:s#, s:s#, s:s#, s:s#, s:s, s:I}", "type", type.at, (int)type.len, "title", title.at,
	                         (int)title.len, "answer", answer.at, (int)answer.len, "keywords", keywords.at, (int)keywords.len,
	                         "org_id", arena_printf(rq->arena, "%lld", (long long)org_id), "valid_until_us",
	                         (json_int_t)in_int(rq, "valid_until"));
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!text) return fail(rq, ERR_INTERNAL, "an article's content is no text");
	*out = arena_strdup(rq->arena, text);
	free(text);
	return 0;
}

static const char *next_state(Request *rq) {
	return in_int(rq, "submit") ? "review" : "draft";
}

int article_post(Request *rq) {
	const char *content;
	int64_t article_id = store_new_id(rq->store);
	int code = content_take(rq, &content);
	if (code == 0)
		code = (int)db_run(
		    rq->db,
		    "INSERT INTO hotline_article (article_id, kind, type, title, answer, keywords, org_id,"
		    " valid_until_us, state, draft_state, draft, draft_by, review_note, used, doubts, doubt_words,"
		    " edition, published_us, published_by, updated_us, version) VALUES ($1, $2, $3, $4, '', '', $5, 0,"
		    " 'draft', $6, $7, $8, '', 0, 0, '', 0, 0, 0, $9, 1)",
		    BIND(val_int(article_id), val_text(in_text(rq, "kind")),
		         in_has(rq, "type") ? val_text(in_text(rq, "type")) : val_str(""),
		         val_text(text_trim(in_text(rq, "title"))), val_int(in_int(rq, "org_id")), val_str(next_state(rq)),
		         val_str(content), val_int(rq->party.account_id), val_int(rq->now_us)));
	if (code < 0) return code;
	rq->status = 201;
	return article_answer(rq, article_id);
}

static int version_conflict(Request *rq) {
	return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read the article again.",
	                   "The article is not there, or somebody changed it meanwhile");
}

/* What is published goes on being given until the draft is. */
int article_put(Request *rq) {
	const char *content;
	int64_t org_id = 0;
	int code =
	    db_int(rq->db, &org_id, "SELECT org_id FROM hotline_article WHERE article_id = $1", BIND(val_int(in_int(rq, "id"))));
	if (code >= 0) code = writer_check(rq, org_id);
	if (code == 0) code = content_take(rq, &content);
	if (code < 0) return code;
	int64_t changed =
	    db_run(rq->db,
	           "UPDATE hotline_article SET draft_state = $3, draft = $4, draft_by = $5, review_note = '', updated_us ="
	           " $6, version = version + 1, title = CASE WHEN state = 'draft' THEN $7 ELSE title END WHERE article_id"
	           " = $1 AND version = $2",
	           BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "version")), val_str(next_state(rq)), val_str(content),
	                val_int(rq->party.account_id), val_int(rq->now_us), val_text(text_trim(in_text(rq, "title")))));
	if (changed < 0) return (int)changed;
	return changed ? article_answer(rq, in_int(rq, "id")) : version_conflict(rq);
}

/* --- review ---------------------------------------------------------------------------------------------------------------- */
static Text member(const json_t *json, const char *name) {
	return text_of(json_string_value(json_object_get(json, name)));
}

static int publish(Request *rq, int64_t article_id, const char *draft) {
	json_t *json = json_loads(draft, 0, NULL);
	int64_t org_id = 0;
	if (!json) return fail(rq, ERR_INTERNAL, "the draft of article %lld cannot be read", (long long)article_id);
	int code = text_to_int(member(json, "org_id"), &org_id);
	if (code >= 0)
		code = (int)db_run(
		    rq->db,
		    "UPDATE hotline_article SET type = $2, title = $3, answer = $4, keywords = $5, org_id = $6,"
		    " valid_until_us = $7, state = 'published', draft_state = '', draft = 'null', doubts = 0, doubt_words ="
		    " '', review_note = '', edition = edition + 1, published_us = $8, published_by = $9, updated_us = $8,"
		    " version = version + 1 WHERE article_id = $1",
		    BIND(val_int(article_id), val_text(member(json, "type")), val_text(member(json, "title")),
		         val_text(member(json, "answer")), val_text(member(json, "keywords")), val_int(org_id),
		         val_int(json_integer_value(json_object_get(json, "valid_until_us"))), val_int(rq->now_us),
		         val_int(rq->party.account_id)));
	if (code >= 0)
		code = (int)db_run(
		    rq->db,
		    "INSERT INTO hotline_edition (article_id, edition, document, by_account, at_us) SELECT article_id,"
		    " edition, $2, $3, $4 FROM hotline_article WHERE article_id = $1",
		    BIND(val_int(article_id), val_str(draft), val_int(rq->party.account_id), val_int(rq->now_us)));
	if (code >= 0) code = answers_keep(rq, article_id);
	json_decref(json);
	return code < 0 ? code : 0;
}

/* Publishing is another person's than writing. */
int article_review_post(Request *rq) {
	Rows *rows;
	int64_t article_id = in_int(rq, "id");
	bool good = text_is(in_text(rq, "decision"), "publish");
	Text note = in_has(rq, "note") ? text_trim(in_text(rq, "note")) : TEXT("");
	int found = db_one(rq->db, &rows,
	                   "SELECT draft_by, draft FROM hotline_article WHERE article_id = $1 AND version = $2 AND"
	                   " draft_state = 'review'",
	                   BIND(val_int(article_id), val_int(in_int(rq, "version"))));
	if (found < 0) return found;
	if (!found) return version_conflict(rq);
	if (rows_int(rows, 0) == rq->party.account_id)
		return error_field(rq->error, ERR_FORBIDDEN, "id", TEXT_NONE, "own_work", "Let somebody else review it.",
		                   "Who wrote an article does not publish it");
	if (!good && !note.len)
		return error_field(rq->error, ERR_INVALID, "note", TEXT_NONE, "required", "Say what is to be changed.",
		                   "An article is returned for a reason");
	const char *draft = rows_str(rows, 1, rq->arena);
	int code =
	    good ? publish(rq, article_id, draft)
	         : (int)db_run(rq->db,
	                       "UPDATE hotline_article SET draft_state = 'returned', review_note = $2, updated_us = $3, version"
	                       " = version + 1 WHERE article_id = $1",
	                       BIND(val_int(article_id), val_text(note), val_int(rq->now_us)));
	return code < 0 ? code : article_answer(rq, article_id);
}

/* Given as an answer, or doubted: the doubt's words are kept, the last ones first. */
int article_used_post(Request *rq) {
	Text doubt = in_has(rq, "doubt") ? text_trim(in_text(rq, "doubt")) : TEXT("");
	int64_t changed =
	    doubt.len
	        ? db_run(rq->db,
	                 "UPDATE hotline_article SET doubts = doubts + 1, doubt_words = substr($2 || CASE WHEN doubt_words = ''"
	                 " THEN '' ELSE '；' END || doubt_words, 1, 1000), version = version + 1 WHERE article_id = $1 AND state"
	                 " = 'published'",
	                 BIND(val_int(in_int(rq, "id")), val_text(doubt)))
	        : db_run(rq->db, "UPDATE hotline_article SET used = used + 1 WHERE article_id = $1 AND state = 'published'",
	                 BIND(val_int(in_int(rq, "id"))));
	if (changed < 0) return (int)changed;
	rq->about_subject = in_int(rq, "id");
	return changed ? 0 : fail(rq, ERR_NOT_FOUND, "There is no such article");
}

int article_retire_post(Request *rq) {
	int64_t changed = db_run(rq->db,
	                         "UPDATE hotline_article SET state = 'retired', draft_state = '', draft = 'null', updated_us = "
	                         "$3, version = version + 1 WHERE article_id"
	                         " = $1 AND version = $2 AND state = 'published'",
	                         BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "version")), val_int(rq->now_us)));
	if (changed < 0) return (int)changed;
	if (!changed) return version_conflict(rq);
	int code = answers_forget(rq, in_int(rq, "id"));
	return code < 0 ? code : article_answer(rq, in_int(rq, "id"));
}
