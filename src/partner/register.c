/* register: which systems hear of their cases, at what address, and what became of each message. A system's own account sees to
 * itself; supervisors of the centre see all. The key is derived, never stored; it is shown to whoever may change the address. */
#include "partner/internal.h"

/* --- one row ---------------------------------------------------------------------------------------------------------------- */
int partner_find(Request *rq, int64_t account_id, Partner *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT p.partner_id, p.version, p.key_no, p.active, p.kind, p.url, p.token_locked, p.platform, "
	                   "a.org_id FROM partner p"
	                   " JOIN account a ON a.account_id = p.account_id WHERE p.account_id = $1",
	                   BIND(val_int(account_id)));
	*out = (Partner){.account_id = account_id, .kind = "", .platform = "", .url = ""};
	if (found <= 0) return found;
	*out = (Partner){.partner_id = rows_int(rows, 0),
	                 .account_id = account_id,
	                 .version = rows_int(rows, 1),
	                 .key_no = (int)rows_int(rows, 2),
	                 .active = rows_int(rows, 3) != 0,
	                 .kind = rows_str(rows, 4, rq->arena),
	                 .url = rows_str(rows, 5, rq->arena),
	                 .has_token = rows_text(rows, 6).len > 0,
	                 .platform = rows_str(rows, 7, rq->arena),
	                 .org_id = rows_int(rows, 8)};
	db_rest(rq->db);
	return 1;
}

static int not_there(Request *rq) {
	return fail(rq, ERR_NOT_FOUND, "This account hears of no cases");
}

static int there(Request *rq, int64_t account_id, Partner *out) {
	int found = partner_find(rq, account_id, out);
	return found > 0 ? 0 : found < 0 ? found : not_there(rq);
}

int platform_of(Request *rq, int64_t account_id, Partner *out, const json_t **document) {
	int found = partner_find(rq, account_id, out);
	if (found > 0) found = *out->platform ? platform_find(rq, out->platform, document) : 0;
	return found > 0 ? 0 : found < 0 ? found : fail(rq, ERR_NOT_FOUND, "This account is of no platform above");
}

/* By address or by file: what is raised to it leaves in either way. */
int action_case_above(Request *rq, void *arg) {
	enum { PLATFORMS_MAX = 16 };
	CaseAbove *above = arg;
	const char *names[PLATFORMS_MAX];
	const json_t *document = NULL;
	Rows *rows;
	int count = 0,
	    code = db_query(rq->db, &rows,
	                    "SELECT DISTINCT p.platform FROM partner p JOIN account a ON a.account_id = p.account_id WHERE"
	                    " a.org_id = $1 AND p.kind = 'platform' AND p.active = 1 AND a.state = 'active' LIMIT 16",
	                    BIND(val_int(above->org_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0 && count < PLATFORMS_MAX)
		names[count++] = rows_str(rows, 0, rq->arena);
	for (int i = 0; i < count && code >= 0 && !above->takes; i++) {
		code = platform_find(rq, names[i], &document);
		above->takes = code > 0 && json_object_get(document, "raised");
	}
	return code < 0 ? code : 0;
}

/* The key is no part of answers to changes, which are kept for who sends them again. */
static int partner_write(Request *rq, const Partner *partner, bool with_key) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_id(json, "account_id", partner->account_id);
	jw_kv_str(json, "kind", partner->kind);
	jw_kv_str(json, "platform", partner->platform);
	jw_kv_str(json, "url", partner->url);
	jw_kv_bool(json, "active", partner->active);
	jw_kv_bool(json, "token_set", partner->has_token);
	jw_key(json, "key");
	with_key ? jw_str(json, partner_key(rq, partner->partner_id, partner->key_no)) : jw_null(json);
	jw_kv_int(json, "version", partner->version);
	jw_object_end(json);
	return 0;
}

/* --- changing it --------------------------------------------------------------------------------------------------------------
 */
typedef struct Change {
	int64_t account_id, version; /* version -1: whatever it is */
	Text url;
	const char *platform;     /* NULL: as it is */
	const char *kind, *token; /* token NULL: as it was, where the address stays */
	bool active;
} Change;

/* A service account that the centre named as a source of events: its channel must be that of the platform's template, or open311.
 */
static int kind_find(Request *rq, const Change *change, const char **out) {
	const json_t *document = NULL;
	const char *channel = "open311";
	int64_t there = 0;
	if (*change->platform) {
		int found = platform_find(rq, change->platform, &document);
		if (found < 0) return found;
		if (!found)
			return error_field(rq->error, ERR_INVALID, "platform", text_of(change->platform), "unknown",
			                   "Choose one that a pack brings.", "There is no such template of a platform");
		channel = json_string_value(json_object_get(document, "channel"));
	}
	*out = document ? "platform" : "open311";
	int code = db_int(rq->db, &there, "SELECT 1 FROM event_source WHERE account_id = $1 AND active = 1 AND channel = $2",
	                  BIND(val_int(change->account_id), val_str(channel)));
	if (code < 0 || there) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_CONFLICT, "account_id", text_of(channel), "source",
	                   "Name it as a source of that channel first.", "This account is no source of events by that channel");
}

static int change_store(Request *rq, const Change *change, const Partner *old) {
	bool elsewhere = !text_is(change->url, old->url);
	const char *locked =
	    change->token && *change->token ? secret_lock(rq->arena, app_secret(rq->app), text_of(change->token)) : "";
	bool keep = !change->token && !elsewhere; /* a token goes only where it went before */
	int code = (int)db_run(
	    rq->db,
	    "INSERT INTO partner (partner_id, kind, account_id, url, token_locked, key_no, active, next_us, failures, since_us,"
	    " updated_us, updated_by, version, platform) VALUES ($1, $2, $3, $4, $5, 1, $6, 0, 0, $7, $7, $8, 1, $10) ON CONFLICT"
	    " (account_id) DO UPDATE SET kind = excluded.kind, platform = excluded.platform, url = excluded.url, token_locked = "
	    "CASE WHEN CAST($9 AS BIGINT) = 1 THEN"
	    " partner.token_locked ELSE excluded.token_locked END, since_us = CASE WHEN partner.active = 1 THEN partner.since_us "
	    "ELSE"
	    " excluded.since_us END, active = excluded.active, next_us = 0, failures = 0, updated_us = excluded.updated_us, "
	    "updated_by ="
	    " excluded.updated_by, version = partner.version + 1",
	    BIND(val_int(store_new_id(rq->store)), val_str(change->kind), val_int(change->account_id), val_text(change->url),
	         val_str(locked), val_int(change->active), val_int(rq->now_us), val_str(rq->party.login), val_int(keep),
	         val_str(change->platform)));
	return code < 0 || !change->active ? code : pump_begin(rq);
}

/* In a write: the row as it is then is answered. A platform that is not called has its results as files. */
static int change_run(Request *rq, Change *change) {
	Partner partner;
	int code = db_lock(rq->db, "partner", change->account_id);
	if (code >= 0) code = partner_find(rq, change->account_id, &partner);
	if (code < 0) return code;
	if (!change->platform) change->platform = partner.platform;
	if ((code = kind_find(rq, change, &change->kind)) < 0 ||
	    ((change->url.len || !*change->platform) && (code = address_check(rq, change->url)) < 0))
		return code;
	if (change->version >= 0 && change->version != partner.version)
		return fail(rq, ERR_CONFLICT, "somebody else changed this meanwhile");
	if ((code = change_store(rq, change, &partner)) < 0 || (code = there(rq, change->account_id, &partner)) < 0) return code;
	rq->about_subject = change->account_id;
	about_json(rq, json_pack("{s:s, s:b}", "url", partner.url, "active", partner.active));
	return partner_write(rq, &partner, false);
}

static int key_change(Request *rq, int64_t account_id) {
	Partner partner;
	int64_t changed = db_run(rq->db, "UPDATE partner SET key_no = key_no + 1, version = version + 1 WHERE account_id = $1",
	                         BIND(val_int(account_id)));
	int code = changed < 0 ? (int)changed : there(rq, account_id, &partner);
	if (code < 0) return code;
	rq->about_subject = account_id;
	return partner_write(rq, &partner, false);
}

static int key_answer(Request *rq, int64_t account_id) {
	Partner partner;
	int code = there(rq, account_id, &partner);
	rq->about_subject = account_id;
	return code < 0 ? code : partner_write(rq, &partner, true);
}

/* --- messages -----------------------------------------------------------------------------------------------------------------
 */
static int messages_answer(Request *rq, int64_t account_id) {
	static const Member members[] = {{"message_id", MEMBER_ID}, {"case_id", MEMBER_ID},    {"number", MEMBER_TEXT},
	                                 {"event_no", MEMBER_INT},  {"state", MEMBER_TEXT},    {"attempts", MEMBER_INT},
	                                 {"made_at", MEMBER_TIME},  {"next_at", MEMBER_TIME},  {"done_at", MEMBER_TIME},
	                                 {"detail", MEMBER_TEXT},   {"to_state", MEMBER_TEXT}, {0}};
	const char *state = in_has(rq, "state") ? in_str(rq, "state") : "";
	rq->about_subject = account_id;
	return answer_page(
	    rq, in_limit(rq), members,
	    "SELECT m.message_id, m.case_id, c.number, m.event_no, m.state, m.attempts, m.made_us, CASE WHEN m.state = 'waiting' "
	    "THEN"
	    " CASE WHEN p.next_us > m.next_us THEN p.next_us ELSE m.next_us END ELSE 0 END, m.done_us, m.detail, e.to_state FROM"
	    " partner p JOIN partner_message m ON m.partner_id = p.partner_id JOIN work_case c ON c.case_id = m.case_id LEFT JOIN"
	    " case_event e ON e.case_id = m.case_id AND e.event_no = m.event_no WHERE p.account_id = $1 AND m.message_id < $2 AND"
	    " (CAST($3 AS TEXT) = '' OR m.state = $3) ORDER BY m.message_id DESC LIMIT $4",
	    BIND(val_int(account_id), val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX), val_str(state),
	         val_int(in_limit(rq) + 1)));
}

int messages_chore(Request *rq) {
	return chore_portion(
	    rq, days_before(rq, "partner.keep_days"),
	    "DELETE FROM partner_message WHERE (case_id, partner_id, event_no) IN (SELECT case_id, partner_id, event_no"
	    " FROM partner_message WHERE state <> 'waiting' AND done_us < $1 ORDER BY done_us LIMIT $2)");
}

int updates_chore(Request *rq) {
	return chore_portion(rq, days_before(rq, "partner.keep_days"),
	                     "DELETE FROM partner_update WHERE (account_id, update_id) IN (SELECT account_id, update_id FROM"
	                     " partner_update WHERE at_us < $1 ORDER BY at_us LIMIT $2)");
}

/* --- handlers: the centre -----------------------------------------------------------------------------------------------------
 */
/* Every service account: what it reports as, where it hears of its cases, and how that goes. */
int partners_get(Request *rq) {
	static const Member members[] = {{"account_id", MEMBER_ID},
	                                 {"login", MEMBER_TEXT},
	                                 {"name", MEMBER_TEXT},
	                                 {"org_name", MEMBER_TEXT},
	                                 {"channel", MEMBER_TEXT},
	                                 {"note", MEMBER_TEXT},
	                                 {"source", MEMBER_BOOL},
	                                 {"kind", MEMBER_TEXT},
	                                 {"platform", MEMBER_TEXT},
	                                 {"url", MEMBER_TEXT},
	                                 {"active", MEMBER_BOOL},
	                                 {"failures", MEMBER_INT},
	                                 {"next_at", MEMBER_TIME},
	                                 {"token_set", MEMBER_BOOL},
	                                 {"waiting", MEMBER_INT},
	                                 {"failed", MEMBER_INT},
	                                 {"last_sent_at", MEMBER_TIME},
	                                 {"version", MEMBER_INT},
	                                 {0}};
	return answer_list(
	    rq, members,
	    "SELECT a.account_id, a.login, a.name, o.name, COALESCE(s.channel, ''), COALESCE(s.note, ''), COALESCE(s.active, 0),"
	    " COALESCE(p.kind, ''), COALESCE(p.platform, ''), COALESCE(p.url, ''), COALESCE(p.active, 0), COALESCE(p.failures, "
	    "0), CASE WHEN"
	    " p.failures > 0 THEN p.next_us ELSE 0 END, CASE WHEN p.token_locked <> '' THEN 1 ELSE 0 END, (SELECT count(*) FROM"
	    " partner_message m WHERE m.partner_id = p.partner_id AND m.state = 'waiting'), (SELECT count(*) FROM "
	    "partner_message m WHERE"
	    " m.partner_id = p.partner_id AND m.state = 'failed'), (SELECT max(m.done_us) FROM partner_message m WHERE "
	    "m.partner_id ="
	    " p.partner_id AND m.state = 'sent'), COALESCE(p.version, 0) FROM account a JOIN org o ON o.org_id = a.org_id LEFT "
	    "JOIN"
	    " event_source s ON s.account_id = a.account_id LEFT JOIN partner p ON p.account_id = a.account_id WHERE a.kind = "
	    "'service' AND"
	    " (a.state = 'active' OR p.partner_id IS NOT NULL) ORDER BY CASE WHEN s.active = 1 THEN 0 ELSE 1 END, a.login LIMIT "
	    "500",
	    NO_BIND);
}

int partner_get(Request *rq) {
	return key_answer(rq, in_int(rq, "id"));
}

int partner_put(Request *rq) {
	Change change = {.account_id = in_int(rq, "id"),
	                 .version = in_int(rq, "version"),
	                 .platform = in_has(rq, "platform") ? in_str(rq, "platform") : "",
	                 .url = text_trim(in_text(rq, "url")),
	                 .token = in_str(rq, "token"),
	                 .active = in_int(rq, "active") != 0};
	for (const char *c = change.token; c && *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
			return error_field(rq->error, ERR_INVALID, "token", TEXT_NONE, "line", "Write it without blanks.",
			                   "A token is printable ASCII");
	return change_run(rq, &change);
}

int partner_key_post(Request *rq) {
	return key_change(rq, in_int(rq, "id"));
}

int partner_messages_get(Request *rq) {
	return messages_answer(rq, in_int(rq, "id"));
}

/* What was given up, and what waits for later, is sent again now. */
int partner_message_retry(Request *rq) {
	Partner partner;
	int code = there(rq, in_int(rq, "id"), &partner);
	if (code < 0) return code;
	rq->about_subject = partner.account_id;
	int64_t changed =
	    db_run(rq->db,
	           "UPDATE partner_message SET state = 'waiting', next_us = $2, made_us = CASE WHEN state = 'failed' THEN"
	           " $2 ELSE made_us END, done_us = 0 WHERE partner_id = $1 AND state <> 'sent' AND"
	           " (CAST($3 AS BIGINT) = 0 OR message_id = $3)",
	           BIND(val_int(partner.partner_id), val_int(rq->now_us), val_int(in_int(rq, "message_id"))));
	if (changed < 0) return (int)changed;
	rq->row_count = changed;
	code = (int)db_run(rq->db, "UPDATE partner SET next_us = 0 WHERE partner_id = $1", BIND(val_int(partner.partner_id)));
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "messages", changed);
	jw_object_end(&rq->json);
	return code < 0 ? code : 0;
}

/* --- handlers: a system's own -------------------------------------------------------------------------------------------------
 */
static int own_check(Request *rq) {
	if (rq->party.kind == PARTY_SERVICE) return 0;
	return error_field(rq->error, ERR_FORBIDDEN, "account_id", TEXT_NONE, "party",
	                   "Call it with the key of a service account; people use the page of other systems.",
	                   "This is for other systems");
}

int own_get(Request *rq) {
	int code = own_check(rq);
	return code < 0 ? code : key_answer(rq, rq->party.account_id);
}

int own_put(Request *rq) {
	Change change = {.account_id = rq->party.account_id, .version = -1, .url = in_text(rq, "url"), .active = true};
	int code = own_check(rq);
	return code < 0 ? code : change_run(rq, &change);
}

int own_delete(Request *rq) {
	Partner partner;
	int code = own_check(rq);
	if (code == 0) code = there(rq, rq->party.account_id, &partner);
	if (code < 0) return code;
	rq->about_subject = partner.account_id;
	code = (int)db_run(rq->db, "UPDATE partner SET active = 0, version = version + 1, updated_us = $2 WHERE partner_id = $1",
	                   BIND(val_int(partner.partner_id), val_int(rq->now_us)));
	return code < 0 ? code : 0;
}

int own_key_post(Request *rq) {
	int code = own_check(rq);
	return code < 0 ? code : key_change(rq, rq->party.account_id);
}

int own_messages_get(Request *rq) {
	int code = own_check(rq);
	return code < 0 ? code : messages_answer(rq, rq->party.account_id);
}
