/* read: one's own messages and notices, what is new, who has read what one sent, and whom one can write to. */
#include "notice/internal.h"

/* Of a withdrawn one the words are gone for all but its sender; that it was withdrawn, and why, stays. */
#define NOTICE_COLUMNS                                                                                                           \
	"n.notice_id, n.kind, n.thread_id, n.sender_account, COALESCE(a.name, ''), COALESCE(o.name, ''), CASE WHEN "             \
	"n.withdrawn_at > 0"                                                                                                     \
	" AND n.sender_account <> $1 THEN '' ELSE n.title END, CASE WHEN n.withdrawn_at > 0 AND n.sender_account <> $1 THEN '' " \
	"ELSE"                                                                                                                   \
	" n.body END, CASE WHEN n.withdrawn_at > 0 AND n.sender_account <> $1 THEN '' ELSE n.title_en END, CASE WHEN"            \
	" n.withdrawn_at > 0 AND n.sender_account <> $1 THEN '' ELSE n.body_en END, n.about, n.confirm, n.readers, n.sent_at, "  \
	"n.withdrawn_at, n.withdrawn_note, n.version"
#define NOTICE_NAMES " LEFT JOIN account a ON a.account_id = n.sender_account LEFT JOIN org o ON o.org_id = n.sender_org"
static const Member members[] = {{"notice_id", MEMBER_ID},        {"kind", MEMBER_TEXT},        {"thread_id", MEMBER_ID},
                                 {"sender_account", MEMBER_ID},   {"sender_name", MEMBER_TEXT}, {"sender_org_name", MEMBER_TEXT},
                                 {"title", MEMBER_TEXT},          {"body", MEMBER_TEXT},        {"title_en", MEMBER_TEXT},
                                 {"body_en", MEMBER_TEXT},        {"about", MEMBER_TEXT},       {"confirm", MEMBER_BOOL},
                                 {"readers", MEMBER_INT},         {"sent_at", MEMBER_TIME},     {"withdrawn_at", MEMBER_TIME},
                                 {"withdrawn_note", MEMBER_TEXT}, {"version", MEMBER_INT},      {"read_at", MEMBER_TIME},
                                 {"confirmed_at", MEMBER_TIME},   {"read_count", MEMBER_INT},   {0}};

/* $1 account $2 before $3 kind $4 rows $5 about; NULL: not asked */
#define NOTICE_FILTER(id)                                                                                                        \
	"/*if $2*/ AND " id " < $2/*end*//*if $3*/ AND n.kind = $3/*end*//*if $5*/ AND n.about = $5/*end*/ ORDER BY " id         \
	" DESC LIMIT $4"
static const char sent_sql[] =
    "SELECT " NOTICE_COLUMNS ", 0, 0, (SELECT count(*) FROM notice_reader r WHERE r.notice_id = n.notice_id"
    " AND r.read_at > 0) FROM notice n" NOTICE_NAMES " WHERE n.sender_account = $1" NOTICE_FILTER("n.notice_id");
#define GOT_SQL                                                                                                                  \
	"SELECT " NOTICE_COLUMNS ", r.read_at, r.confirmed_at, 0 FROM notice_reader r JOIN notice n ON n.notice_id ="            \
	" r.notice_id" NOTICE_NAMES " WHERE r.account_id = $1"
static const char unread_sql[] = GOT_SQL " AND r.read_at = 0" NOTICE_FILTER("r.notice_id");
static const char got_sql[] = GOT_SQL NOTICE_FILTER("r.notice_id");

int notices_get(Request *rq) {
	int limit = in_limit(rq);
	const char *sql = text_is(in_text(rq, "box"), "sent") ? sent_sql : in_int(rq, "unread") ? unread_sql : got_sql;
	AskedSql asked = asked_sql(rq, sql,
	                           BIND(val_int(rq->party.account_id), asked_int(rq, "after"), asked_text(rq, "kind"),
	                                val_int(limit + 1), asked_text(rq, "about")));
	return answer_page(rq, limit, members, ASKED(asked));
}

static int not_yours(Request *rq) {
	return fail(rq, ERR_NOT_FOUND, "There is no such message among those you sent or got");
}

/* One of a conversation, as its sender or a reader sees it, with the others of it that he also sees. */
int notice_get(Request *rq) {
	Rows *rows;
	Val self = val_int(rq->party.account_id);
	int64_t thread_id;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT " NOTICE_COLUMNS ", r.read_at, r.confirmed_at, (SELECT count(*) FROM notice_reader c WHERE c.notice_id ="
	    " n.notice_id AND c.read_at > 0) FROM notice n LEFT JOIN notice_reader r ON r.account_id = $1 AND r.notice_id"
	    " = n.notice_id" NOTICE_NAMES " WHERE n.notice_id = $2 AND (n.sender_account = $1 OR r.account_id = $1)",
	    BIND(self, val_int(in_int(rq, "id"))));
	if (found <= 0) return found < 0 ? found : not_yours(rq);
	thread_id = rows_int(rows, 2);
	jw_object(&rq->json);
	row_members(rq, rows, members);
	int code =
	    answer_under(rq, "thread", members,
	                 "SELECT " NOTICE_COLUMNS ", r.read_at, r.confirmed_at, 0 FROM notice n LEFT JOIN notice_reader r ON"
	                 " r.account_id = $1 AND r.notice_id = n.notice_id" NOTICE_NAMES " WHERE n.thread_id = $2 AND"
	                 " (n.sender_account = $1 OR r.account_id = $1) ORDER BY n.notice_id DESC LIMIT 100",
	                 BIND(self, val_int(thread_id)));
	jw_object_end(&rq->json);
	return code;
}

int notice_read_post(Request *rq) {
	int64_t notice_id = in_int(rq, "id");
	bool confirmed = in_int(rq, "confirm") != 0;
	rq->about_subject = notice_id;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE notice_reader SET read_at = CASE WHEN read_at = 0 THEN $3 ELSE read_at END, confirmed_at = CASE"
	           " WHEN confirmed_at = 0 AND CAST($4 AS BIGINT) = 1 THEN $3 ELSE confirmed_at END WHERE account_id = $1 AND"
	           " notice_id = $2",
	           BIND(val_int(rq->party.account_id), val_int(notice_id), val_int(rq->now_us), val_int(confirmed)));
	if (done <= 0) return done < 0 ? (int)done : not_yours(rq);
	int64_t sender = 0;
	int code = db_int(rq->db, &sender, "SELECT sender_account FROM notice WHERE notice_id = $1", BIND(val_int(notice_id)));
	if (code >= 0 && sender) code = feed_append(rq->db, FEED_TOPIC_NOTICE, sender, 1, FEED_STATE);
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_NOTICE, rq->party.account_id, 1, FEED_STATE);
	return code < 0 ? code : notice_get(rq);
}

int notice_receipts_get(Request *rq) {
	static const Member receipt[] = {{"account_id", MEMBER_ID}, {"name", MEMBER_TEXT},         {"org_name", MEMBER_TEXT},
	                                 {"read_at", MEMBER_TIME},  {"confirmed_at", MEMBER_TIME}, {0}};
	int64_t own = 0;
	int limit = in_limit(rq),
	    found = db_int(rq->db, &own, "SELECT notice_id FROM notice WHERE notice_id = $1 AND sender_account = $2",
	                   BIND(val_int(in_int(rq, "id")), val_int(rq->party.account_id)));
	if (found <= 0) return found < 0 ? found : not_yours(rq);
	return answer_page(
	    rq, limit, receipt,
	    "SELECT r.account_id, a.name, o.name, r.read_at, r.confirmed_at FROM notice_reader r JOIN account a ON"
	    " a.account_id = r.account_id JOIN org o ON o.org_id = r.org_id WHERE r.notice_id = $1 AND r.account_id > $2"
	    " AND (CAST($3 AS TEXT) = '' OR (CAST($3 AS TEXT) = 'unread' AND r.read_at = 0) OR (CAST($3 AS TEXT) = 'read'"
	    " AND r.read_at > 0)) ORDER BY r.account_id LIMIT $4",
	    BIND(val_int(own), val_int(in_int(rq, "after")), in_has(rq, "state") ? val_text(in_text(rq, "state")) : val_str(""),
	         val_int(limit + 1)));
}

int notice_counts_get(Request *rq) {
	int64_t unread = 0, unconfirmed = 0;
	int code = db_int(rq->db, &unread, "SELECT count(*) FROM notice_reader WHERE account_id = $1 AND read_at = 0",
	                  BIND(val_int(rq->party.account_id)));
	if (code >= 0)
		code = db_int(
		    rq->db, &unconfirmed,
		    "SELECT count(*) FROM notice_reader r JOIN notice n ON n.notice_id = r.notice_id WHERE r.account_id = $1 AND"
		    " r.confirmed_at = 0 AND n.confirm = 1 AND n.withdrawn_at = 0",
		    BIND(val_int(rq->party.account_id)));
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "unread", unread);
	jw_kv_int(&rq->json, "unconfirmed", unconfirmed);
	jw_object_end(&rq->json);
	return 0;
}

/* Colleagues by a part of their name or of their organisation's: names only, no logins, no roles. */
int staff_get(Request *rq) {
	static const Member person[] = {
	    {"account_id", MEMBER_ID}, {"name", MEMBER_TEXT}, {"org_id", MEMBER_ID}, {"org_name", MEMBER_TEXT}, {0}};
	return answer_list(
	    rq, person,
	    "SELECT a.account_id, a.name, a.org_id, o.name FROM account a JOIN org o ON o.org_id = a.org_id WHERE a.kind ="
	    " 'person' AND a.state = 'active' AND a.account_id <> $1 AND (lower(a.name) LIKE $2 ESCAPE '\\' OR"
	    " lower(o.name) LIKE $2 ESCAPE '\\') ORDER BY o.name, a.name, a.account_id LIMIT 50",
	    BIND(val_int(rq->party.account_id), in_like(rq, "q")));
}
