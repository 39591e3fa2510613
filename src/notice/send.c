/* send: writing to people. A message goes to persons by name, a notice to whoever is of the organisations and roles it names when
 * it is sent; each gets a row that tells whether he has read it. The program's own notices have sender 0. All in the caller's
 * write. */
#include "notice/internal.h"

/* Up to this many readers each is told by an event of his own; beyond, one event asks everybody to look. */
enum { TELL_EACH_MAX = 50 };

typedef struct Draft {
	int64_t notice_id, thread_id;
	const char *kind, *title, *body, *about, *title_en, *body_en; /* English: NULL of what people write */
	const json_t *audience;                                       /* as it was asked for */
	bool confirm;
	int64_t readers;
} Draft;

static int unsuited(Request *rq, const char *field, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, value, rule, advice, "%s", message);
}

/* --- readers --------------------------------------------------------------------------------------------------------- */
static int reader_add(Request *rq, const Draft *draft, int64_t account_id) {
	int64_t added =
	    db_run(rq->db,
	           "INSERT INTO notice_reader (account_id, notice_id, org_id, read_at, confirmed_at) SELECT"
	           " a.account_id, CAST($2 AS BIGINT), a.org_id, 0, 0 FROM account a WHERE a.account_id = $1 AND a.kind ="
	           " 'person' AND a.state = 'active' ON CONFLICT (account_id, notice_id) DO NOTHING",
	           BIND(val_int(account_id), val_int(draft->notice_id)));
	return added < 0 ? (int)added : added > 0;
}

/* Accounts by id, in the order given; one who is not there is named. */
static int readers_by_name(Request *rq, Draft *draft, const json_t *accounts) {
	size_t count = json_array_size(accounts);
	if (!json_is_array(accounts) || count == 0 || count > NOTICE_PEOPLE_MAX)
		return unsuited(rq, "to", TEXT_NONE, "length", "Choose 1 to 50 people; for more, send a notice.",
		                "A message goes to 1 to 50 people");
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(accounts, i));
		int64_t account_id = 0;
		if (!text || text_to_int(text_of(text), &account_id) < 0 || account_id <= 0)
			return unsuited(rq, "to", text_of(text ? text : ""), "id", "Give account ids as texts.",
			                "This is not an id");
		if (account_id == rq->party.account_id)
			return unsuited(rq, "to", text_of(text), "oneself", "Leave yourself out.", "Nobody writes to himself");
		int added = reader_add(rq, draft, account_id);
		if (added < 0) return added;
		if (added == 0)
			return unsuited(rq, "to", text_of(text), "unknown_account", "Choose an active person, each once.",
			                "This is no active person, or is named twice");
		draft->readers++;
	}
	return 0;
}

/* The organisation and, with `below`, all under it; role 0 = any. */
static int readers_of_org(Request *rq, Draft *draft, int64_t org_id, uint64_t roles, bool below) {
	int64_t added = db_run(
	    rq->db,
	    "WITH RECURSIVE tree (org_id) AS (SELECT o.org_id FROM org o WHERE o.org_id = $2 OR CAST($2 AS BIGINT) = 0 UNION "
	    "SELECT"
	    " o.org_id FROM org o JOIN tree t ON o.parent_id = t.org_id WHERE CAST($4 AS BIGINT) = 1)"
	    " INSERT INTO notice_reader (account_id, notice_id, org_id, read_at, confirmed_at) SELECT a.account_id, CAST($1 AS"
	    " BIGINT), a.org_id, 0, 0 FROM account a JOIN tree t ON t.org_id = a.org_id WHERE a.kind = 'person' AND a.state ="
	    " 'active' AND a.account_id <> $5 AND (CAST($3 AS BIGINT) = 0 OR (a.roles & $3) <> 0) ON CONFLICT (account_id, "
	    "notice_id)"
	    " DO NOTHING",
	    BIND(val_int(draft->notice_id), val_int(org_id), val_int((int64_t)roles), val_int(below),
	         val_int(rq->party.account_id)));
	if (added > 0) draft->readers += added;
	return added < 0 ? (int)added : 0;
}

static int readers_by_audience(Request *rq, Draft *draft, const json_t *to) {
	uint64_t roles = 0;
	const json_t *orgs = json_object_get(to, "orgs"), *names = json_object_get(to, "roles");
	bool below = json_is_true(json_object_get(to, "below"));
	int code = names ? roles_from_json(rq, names, &roles) : 0;
	size_t count = json_array_size(orgs);
	if (code < 0) return code;
	if (!json_is_object(to) || (orgs && (!json_is_array(orgs) || count > 100)) || (!roles && !count))
		return unsuited(rq, "to", TEXT_NONE, "audience", "Name organisations (at most 100), roles, or both.",
		                "A notice needs organisations or roles to go to");
	for (size_t i = 0; i < count && code == 0; i++) {
		const char *text = json_string_value(json_array_get(orgs, i));
		int64_t org_id = 0;
		if (!text || text_to_int(text_of(text), &org_id) < 0 || org_id <= 0)
			return unsuited(rq, "to", text_of(text ? text : ""), "id", "Give organisation ids as texts.",
			                "This is not an id");
		code = readers_of_org(rq, draft, org_id, roles, below);
	}
	if (code == 0 && !count) code = readers_of_org(rq, draft, 0, roles, false);
	if (code < 0) return code;
	if (draft->readers == 0)
		return unsuited(rq, "to", TEXT_NONE, "nobody", "Choose others, or with those below.",
		                "Nobody is of these organisations and roles");
	if (draft->readers > NOTICE_READERS_MAX)
		return unsuited(rq, "to", TEXT_NONE, "too_many", "Send it to fewer at a time.",
		                "A notice goes to 20,000 people at most");
	return 0;
}

/* --- sending --------------------------------------------------------------------------------------------------------- */
static int hourly_check(Request *rq) {
	int64_t sent = 0;
	int code = db_int(rq->db, &sent, "SELECT count(*) FROM notice WHERE sender_account = $1 AND notice_id > $2",
	                  BIND(val_int(rq->party.account_id), val_int(store_id_at(rq->now_us - 3600 * INT64_C(1000000)))));
	if (code < 0 || sent < setting_int(rq, "notice.hourly")) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_QUOTA, "body", TEXT_NONE, "hourly", "Wait a while, or send one notice to all.",
	                   "So many messages were sent within the hour that no more go out now");
}

static int readers_tell(Request *rq, const Draft *draft) {
	Rows *rows;
	if (draft->readers > TELL_EACH_MAX) return feed_append(rq->db, FEED_TOPIC_NOTICE, 0, 1, FEED_STATE);
	int64_t ids[TELL_EACH_MAX];
	int count = 0,
	    code = db_query(rq->db, &rows, "SELECT account_id FROM notice_reader WHERE notice_id = $1 ORDER BY account_id",
	                    BIND(val_int(draft->notice_id)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < TELL_EACH_MAX)
		ids[count++] = rows_int(rows, 0);
	rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++)
		code = feed_append(rq->db, FEED_TOPIC_NOTICE, ids[i], 1, FEED_STATE);
	return code < 0 ? code : 0;
}

static int draft_store(Request *rq, const Draft *draft, int64_t sender_account, int64_t sender_org) {
	char *audience = json_dumps(draft->audience, JSON_COMPACT);
	int64_t done = db_run(
	    rq->db,
	    "INSERT INTO notice (notice_id, kind, thread_id, sender_account, sender_org, title, body, audience, about,"
	    " confirm, readers, sent_at, withdrawn_at, withdrawn_note, version, title_en, body_en) VALUES ($1, $2, $3, $4, $5,"
	    " $6, $7, $8, $9, $10, $11, $12, 0, '', 1, $13, $14)",
	    BIND(val_int(draft->notice_id), val_str(draft->kind), val_int(draft->thread_id), val_int(sender_account),
	         val_int(sender_org), val_str(draft->title), val_str(draft->body), val_str(audience), val_str(draft->about),
	         val_int(draft->confirm), val_int(draft->readers), val_int(rq->now_us),
	         val_str(draft->title_en ? draft->title_en : ""), val_str(draft->body_en ? draft->body_en : "")));
	free(audience);
	return done < 0 ? (int)done : readers_tell(rq, draft);
}

int64_t notice_by_program(Request *rq, const ProgramNotice *notice) {
	Draft draft = {.notice_id = store_new_id(rq->store),
	               .kind = "notice",
	               .title = notice->title.zh,
	               .title_en = notice->title.en,
	               .body = notice->body.zh,
	               .body_en = notice->body.en,
	               .about = notice->about};
	int code = notice->also ? readers_of_org(rq, &draft, 0, notice->also, false) : 0;
	draft.thread_id = draft.notice_id;
	for (size_t i = 0; i < notice->org_count && code == 0; i++)
		code = readers_of_org(rq, &draft, notice->orgs[i], notice->roles, false);
	for (size_t i = 0; i < notice->account_count && code >= 0; i++)
		if ((code = reader_add(rq, &draft, notice->accounts[i])) > 0) draft.readers++;
	if (code < 0 || draft.readers == 0) return code < 0 ? code : 0;
	json_t *audience = json_object();
	draft.audience = audience;
	code = draft_store(rq, &draft, 0, 0);
	json_decref(audience);
	return code < 0 ? code : draft.readers;
}

/* A page of this program: what people follow must not lead elsewhere. */
static int about_check(Request *rq, const char *about) {
	size_t len = strlen(about);
	bool good = len == 0 || (about[0] == '/' && about[1] != '/');
	for (size_t i = 0; i < len && good; i++)
		good = (unsigned char)about[i] > ' ' && about[i] != '\\';
	return good ? 0
	            : unsuited(rq, "about", text_of(about), "address", "Give the address of a page, as /requests/1.",
	                       "This is no page of this program");
}

static int person_check(Request *rq) {
	if (rq->party.kind == PARTY_PERSON) return 0;
	return fail(rq, ERR_FORBIDDEN, "Messages are between people; a service has none");
}

static int draft_take(Request *rq, const char *kind, Draft *draft) {
	int code = person_check(rq);
	*draft = (Draft){.notice_id = store_new_id(rq->store),
	                 .kind = kind,
	                 .title = in_has(rq, "title") ? text_cstr(rq->arena, text_trim(in_text(rq, "title"))) : "",
	                 .body = text_cstr(rq->arena, text_trim(in_text(rq, "body"))),
	                 .about = in_has(rq, "about") ? in_str(rq, "about") : "",
	                 .audience = in_json(rq, "to"),
	                 .confirm = in_int(rq, "confirm") != 0};
	draft->thread_id = draft->notice_id;
	if (code == 0 && !*draft->body)
		code = unsuited(rq, "body", TEXT_NONE, "required", "Write what is to be read.", "There is nothing to read in it");
	if (code == 0) code = about_check(rq, draft->about);
	return code ? code : hourly_check(rq);
}

/* An answer goes into the conversation of a message one sent or got. */
static int thread_find(Request *rq, Draft *draft) {
	Rows *rows;
	if (!in_has(rq, "reply_to")) return 0;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT n.thread_id FROM notice n WHERE n.notice_id = $1 AND (n.sender_account = $2 OR EXISTS (SELECT 1 FROM"
	           " notice_reader r WHERE r.account_id = $2 AND r.notice_id = n.notice_id))",
	           BIND(val_int(in_int(rq, "reply_to")), val_int(rq->party.account_id)));
	if (found < 0) return found;
	if (found == 0)
		return unsuited(rq, "reply_to", TEXT_NONE, "unknown", "Write a new message.",
		                "There is no such message among yours");
	draft->thread_id = rows_int(rows, 0);
	return 0;
}

static int sent_answer(Request *rq, const Draft *draft) {
	rq->status = 201;
	rq->about_subject = draft->notice_id;
	rq->row_count = draft->readers;
	rq->about = arena_printf(rq->arena, "{\"kind\":\"%s\",\"readers\":%lld}", draft->kind, (long long)draft->readers);
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "notice_id", draft->notice_id);
	jw_kv_id(&rq->json, "thread_id", draft->thread_id);
	jw_kv_int(&rq->json, "readers", draft->readers);
	jw_object_end(&rq->json);
	return 0;
}

int messages_post(Request *rq) {
	Draft draft;
	int code = draft_take(rq, "message", &draft);
	if (code == 0) code = thread_find(rq, &draft);
	if (code == 0) code = readers_by_name(rq, &draft, draft.audience);
	if (code == 0) code = draft_store(rq, &draft, rq->party.account_id, rq->party.org_id);
	return code < 0 ? code : sent_answer(rq, &draft);
}

int notices_post(Request *rq) {
	Draft draft;
	int code = draft_take(rq, "notice", &draft);
	if (code == 0) code = readers_by_audience(rq, &draft, draft.audience);
	if (code == 0) code = draft_store(rq, &draft, rq->party.account_id, rq->party.org_id);
	return code < 0 ? code : sent_answer(rq, &draft);
}

int notice_withdraw_post(Request *rq) {
	int64_t notice_id = in_int(rq, "id");
	rq->about_subject = notice_id;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE notice SET withdrawn_at = $4, withdrawn_note = $5, version = version + 1 WHERE notice_id = $1 AND"
	           " sender_account = $2 AND version = $3 AND withdrawn_at = 0",
	           BIND(val_int(notice_id), val_int(rq->party.account_id), val_int(in_int(rq, "version")), val_int(rq->now_us),
	                val_text(text_trim(in_text(rq, "note")))));
	if (done < 0) return (int)done;
	if (done == 0)
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version",
		                   "Read it again and repeat the change.",
		                   "It is not yours, was withdrawn already, or has changed");
	int code = feed_append(rq->db, FEED_TOPIC_NOTICE, 0, 1, FEED_STATE);
	return code < 0 ? code : notice_get(rq);
}
