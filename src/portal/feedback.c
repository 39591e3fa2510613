/* Owns what the public says: messages that a department answers, and ratings. Forms come without login: limited by address, kept
 * as they are, shown to the public only with an answer. Workers and writers; one request. */
#include "portal/html.h"
#include <stdio.h>

enum { MESSAGE_LEAST = 4, MESSAGE_MOST = 2000, CONTACT_MOST = 100 };

typedef struct Form {
	const Dataset *dataset;
	Text text, contact;
	int64_t stars;
} Form;

static void form_read(Request *rq, Form *form) {
	Text rest = rq->call ? http_body(rq->call) : TEXT_NONE, name, value;
	while (query_next(rq->arena, &rest, &name, &value) > 0) {
		if (!utf8_valid(value)) continue;
		if (text_is(name, "text")) form->text = text_trim(value);
		if (text_is(name, "contact")) form->contact = text_trim(value);
		if (text_is(name, "stars") && text_to_int(value, &form->stars) < 0) form->stars = 0;
	}
}

/* Back to the page, which says what became of the form. */
static int form_end(Request *rq, const Dataset *dataset, const char *said) {
	Page page;
	Text word = text_of(said);
	page_open(&page, rq);
	rq->status = 303;
	rq->location = page_link(&page, arena_printf(rq->arena, "/open/datasets/%s", dataset->name), "said", &word, NULL);
	rq->content_type = NULL;
	return 0;
}

/* The dataset of the address; 1 when a page was answered instead. */
static int form_begin(Request *rq, Form *form) {
	const Shelf *shelf;
	int code = shelf_get(rq, &shelf);
	if (code < 0) return code;
	form->dataset = shelf_find(shelf, in_text(rq, "dataset"));
	if (!form->dataset) {
		page_missing(rq);
		return 1;
	}
	rq->about_resource = form->dataset->resource_id;
	form_read(rq, form);
	if (gate_pass(rq, GATE_FORM) == 0) return 0;
	error_clear(rq->error);
	form_end(rq, form->dataset, "often");
	return 1;
}

int form_evidence(Request *rq, const char *about) {
	EvidenceEntry entry;
	rq->about = about;
	evidence_entry(rq, &entry);
	entry.status = 200;
	return evidence_write(rq, &entry);
}

static int message_write(Request *rq, void *arg) {
	const Form *form = arg;
	int64_t id = store_new_id(rq->store);
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO opening_message (message_id, resource_id, org_id, version, text, contact, answer, shown,"
	           " created_at, answered_by, answered_at) VALUES ($1, $2, $3, 1, $4, $5, '', 0, $6, 0, 0)",
	           BIND(val_int(id), val_int(form->dataset->resource_id), val_int(form->dataset->org_id), val_text(form->text),
	                val_text(form->contact.at ? form->contact : TEXT("")), val_int(rq->now_us)));
	rq->about_subject = id;
	return done < 0 ? (int)done : form_evidence(rq, "{\"public\":true}");
}

int form_message(Request *rq) {
	Form form = {0};
	int code = form_begin(rq, &form);
	if (code != 0) return code < 0 ? code : 0;
	size_t count = utf8_count(form.text);
	if (count < MESSAGE_LEAST || count > MESSAGE_MOST || utf8_count(form.contact) > CONTACT_MOST)
		return form_end(rq, form.dataset, "empty");
	code = request_write(rq, message_write, &form);
	return code < 0 ? code : form_end(rq, form.dataset, "message");
}

static int rating_write(Request *rq, void *arg) {
	const Form *form = arg;
	Text network = caller_network(rq);
	int64_t voter =
	    (int64_t)(siphash64(app_secret(rq->app), text_of(arena_printf(rq->arena, "rating:%.*s", TEXT_ARG(network)))) >> 1);
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO opening_rating (resource_id, voter, stars, rated_at) VALUES ($1, $2, $3, $4)"
	           " ON CONFLICT (resource_id, voter) DO UPDATE SET stars = excluded.stars, rated_at = excluded.rated_at",
	           BIND(val_int(form->dataset->resource_id), val_int(voter), val_int(form->stars), val_int(rq->now_us)));
	return done < 0 ? (int)done
	                : form_evidence(rq, arena_printf(rq->arena, "{\"public\":true,\"stars\":%d}", (int)form->stars));
}

int form_rating(Request *rq) {
	Form form = {0};
	int code = form_begin(rq, &form);
	if (code != 0) return code < 0 ? code : 0;
	if (form.stars < 1 || form.stars > 5) return form_end(rq, form.dataset, "empty");
	code = request_write(rq, rating_write, &form);
	return code < 0 ? code : form_end(rq, form.dataset, "rating");
}

int rating_of(Request *rq, int64_t resource_id, int64_t *count, double *mean) {
	Rows *rows;
	int code = db_one(rq->db, &rows,
	                  "SELECT COUNT(*), COALESCE(CAST(SUM(stars) AS BIGINT), 0) FROM opening_rating WHERE resource_id = $1",
	                  BIND(val_int(resource_id)));
	*count = code > 0 ? rows_int(rows, 0) : 0;
	*mean = *count ? (double)rows_int(rows, 1) / (double)*count : 0;
	return code < 0 ? code : 0;
}

/* --- the console's side ---------------------------------------------------------------------------------------------- */

#define MESSAGE_COLUMNS                                                                                                          \
	"SELECT m.message_id, m.resource_id, r.name, m.org_id, m.version, m.text, m.contact, m.answer, m.shown, m.created_at,"   \
	" m.answered_at, (SELECT a.name FROM account a WHERE a.account_id = m.answered_by)"                                      \
	" FROM opening_message m JOIN resource r ON r.resource_id = m.resource_id "

/* How to reach the sender is for the supplier alone. */
static int message_row(Request *rq, Rows *rows) {
	static const Member members[] = {{"message_id", MEMBER_ID},
	                                 {"resource_id", MEMBER_ID},
	                                 {"resource_name", MEMBER_TEXT},
	                                 {"org_id", MEMBER_ID},
	                                 {"version", MEMBER_INT},
	                                 {"text", MEMBER_TEXT},
	                                 {0}};
	bool own = rq->party.org_id == rows_int(rows, 3) && party_may(&rq->party, PERMIT_CATALOG_EDIT);
	jw_object(&rq->json);
	row_members(rq, rows, members);
	jw_kv_text(&rq->json, "contact", own ? rows_text(rows, 6) : TEXT(""));
	jw_kv_text(&rq->json, "answer", rows_text(rows, 7));
	jw_kv_bool(&rq->json, "shown", rows_int(rows, 8) != 0);
	jw_kv_time(&rq->json, "created_at", rows_int(rows, 9));
	jw_kv_time(&rq->json, "answered_at", rows_int(rows, 10));
	jw_kv_text(&rq->json, "answered_by_name", rows_text(rows, 11));
	jw_kv_bool(&rq->json, "may_answer", own);
	jw_object_end(&rq->json);
	return 0;
}

int message_list(Request *rq) {
	int limit = in_limit(rq);
	return answer_rows(rq, limit, message_row,
	                   MESSAGE_COLUMNS "WHERE (CAST($1 AS BIGINT) = 0 OR m.message_id < $1)"
	                                   " AND (CAST($2 AS BIGINT) = 1 OR m.org_id = $3)"
	                                   " AND (CAST($4 AS BIGINT) = 0 OR m.resource_id = $4)"
	                                   " AND (CAST($5 AS BIGINT) = 0 OR m.answered_at = 0)"
	                                   " ORDER BY m.message_id DESC LIMIT $6",
	                   BIND(val_int(in_int(rq, "after")), val_int(rq->party.sees_all), val_int(rq->party.org_id),
	                        val_int(in_int(rq, "resource")), val_int(in_int(rq, "waiting")), val_int(limit + 1)));
}

int message_answer(Request *rq) {
	Rows *rows;
	int64_t id = in_int(rq, "id");
	const char *answer = text_cstr(rq->arena, text_trim(in_text(rq, "answer")));
	int code = db_lock(rq->db, "portal.message", id);
	if (code >= 0)
		code = db_one(rq->db, &rows, "SELECT resource_id, org_id, version FROM opening_message WHERE message_id = $1",
		              BIND(val_int(id)));
	if (code < 0) return code;
	if (code == 0 || rows_int(rows, 1) != rq->party.org_id)
		return fail(rq, ERR_NOT_FOUND, "Your organisation has no message %lld", (long long)id);
	rq->about_resource = rows_int(rows, 0);
	rq->about_subject = id;
	if (rows_int(rows, 2) != in_int(rq, "version"))
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "read it again",
		                   "The message was answered meanwhile");
	if (!*answer)
		return error_field(rq->error, ERR_INVALID, "answer", TEXT_NONE, "required", "write what was done about it",
		                   "An answer is not empty");
	int64_t done = db_run(
	    rq->db,
	    "UPDATE opening_message SET answer = $2, shown = $3, answered_by = $4, answered_at = $5,"
	    " version = version + 1 WHERE message_id = $1",
	    BIND(val_int(id), val_str(answer), val_int(in_int(rq, "shown")), val_int(rq->party.account_id), val_int(rq->now_us)));
	if (done >= 0) code = db_one(rq->db, &rows, MESSAGE_COLUMNS "WHERE m.message_id = $1", BIND(val_int(id)));
	if (done < 0 || code < 0) return done < 0 ? (int)done : code;
	return code > 0 ? message_row(rq, rows) : fail(rq, ERR_NOT_FOUND, "Your organisation has no message %lld", (long long)id);
}
