/* notice: the room's tables, routes and housekeeping. */
#include "notice/internal.h"

static const Migration migrations[] = {
    {
        .name = "notice-1",
        .sql =
            /* spread: by(notice_id). kind: message, notice; thread_id: the first of a conversation (itself); sender 0 = the
               program; audience: JSON as it was asked for; about: address of a page, or ''; withdrawn_at 0 = it stands */
        "CREATE TABLE notice (notice_id BIGINT PRIMARY KEY, kind TEXT NOT NULL, thread_id BIGINT NOT NULL, sender_account BIGINT "
        "NOT "
        "NULL,"
        " sender_org BIGINT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, audience TEXT NOT NULL, about TEXT NOT NULL,"
        " confirm BIGINT NOT NULL, readers BIGINT NOT NULL, sent_at BIGINT NOT NULL, withdrawn_at BIGINT NOT NULL,"
        " withdrawn_note TEXT NOT NULL, version BIGINT NOT NULL);\n"
        "CREATE INDEX notice_sender ON notice (sender_account, notice_id);\n"
        "CREATE INDEX notice_sent ON notice (sent_at);\n"
        /* spread: by(account_id). Who is to read it, from when it was sent; 0 = not yet */
        "CREATE TABLE notice_reader (account_id BIGINT NOT NULL, notice_id BIGINT NOT NULL, org_id BIGINT NOT NULL,"
        " read_at BIGINT NOT NULL, confirmed_at BIGINT NOT NULL, PRIMARY KEY (account_id, notice_id));\n"
        "CREATE INDEX notice_reader_notice ON notice_reader (notice_id, account_id);\n"
        "CREATE INDEX notice_reader_unread ON notice_reader (account_id, notice_id) WHERE read_at = 0",
    },
    /* what the program itself says in English; '' of what people wrote */
    {.name = "notice-2-english",
     .sql = "ALTER TABLE notice ADD COLUMN title_en TEXT NOT NULL DEFAULT '';\n"
            "ALTER TABLE notice ADD COLUMN body_en TEXT NOT NULL DEFAULT ''"},
};

static const Setting settings[] = {
    {"notice.keep_days", "1095", "days after which a message or notice and its receipts are removed; evidence stays", 30, 36500},
    {"notice.hourly", "200", "messages and notices one person may send in an hour", 1, 100000},
};

static int old_remove(Request *rq) {
	int64_t before = days_before(rq, "notice.keep_days");
	int more =
	    chore_portion(rq, before,
	                  "DELETE FROM notice_reader WHERE (account_id, notice_id) IN (SELECT r.account_id, r.notice_id"
	                  " FROM notice n JOIN notice_reader r ON r.notice_id = n.notice_id WHERE n.sent_at < $1 LIMIT $2)");
	if (more) return more;
	return chore_portion(
	    rq, before,
	    "DELETE FROM notice WHERE notice_id IN (SELECT n.notice_id FROM notice n WHERE n.sent_at < $1 AND NOT"
	    " EXISTS (SELECT 1 FROM notice_reader r WHERE r.notice_id = n.notice_id) LIMIT $2)");
}

static const Chore chores[] = {{"notice.old", 1440, old_remove}};

const Module notice_module = {
    .name = "notice",
    .routes = notice_routes,
    .route_count = NOTICE_ROUTES,
    ROWS_OF(migration, migrations),
    ROWS_OF(setting, settings),
    ROWS_OF(chore, chores),
};
