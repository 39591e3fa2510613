/* lists: the responsibility list (责任清单: which entries a department must supply, by which promise, who answers for it and how
 * it stands) and the supply–demand list (供需对接清单: what was asked of whom, and where it stands). Read from what catalog and
 * casework keep; as pages and as workbooks. Workers. */
#include "measure/parts.h"

static const char *like_of(Request *rq) {
	return in_has(rq, "q") ? folded(rq, in_text(rq, "q"), true) : "%%";
}

static Val text_or_none(Request *rq, const char *name) {
	return val_str(in_has(rq, name) ? in_str(rq, name) : "");
}

/* --- responsibility ---------------------------------------------------------------------------------------------------- */
#define PROMISED                                                                                                                 \
	"CASE r.update_promise WHEN 'realtime' THEN CAST($1 AS BIGINT) WHEN 'daily' THEN CAST($2 AS BIGINT) WHEN 'weekly' THEN"  \
	" CAST($3 AS BIGINT) WHEN 'monthly' THEN CAST($4 AS BIGINT) WHEN 'quarterly' THEN CAST($5 AS BIGINT) WHEN 'yearly' THEN" \
	" CAST($6 AS BIGINT) ELSE 0 END"
#define SUPPLY                                                                                                                   \
	"CASE WHEN r.keeper = 'proxy' THEN 'proxied' WHEN r.generation_no = 0 THEN 'none' WHEN " PROMISED                        \
	" = 0 THEN 'unbound' WHEN CAST($7 AS BIGINT) -"                                                                          \
	" COALESCE(r.loaded_at, 0) > " PROMISED " THEN 'late' ELSE 'fresh' END"
static const char duties_sql[] =
    "SELECT r.resource_id, r.code, r.name, r.org_id, o.name, r.sharing, r.update_promise, v.author, r.row_count, r.loaded_at,"
    " " SUPPLY " AS supply, (SELECT count(*) FROM info_system_resource l WHERE l.resource_id = r.resource_id), (SELECT count(*)"
    " FROM access_grant g WHERE g.resource_id = r.resource_id AND g.revoked_at = 0 AND g.until_us > $7), a.name,"
    " COALESCE(a.name, v.author)"
    " FROM resource r JOIN org o ON o.org_id = r.org_id JOIN resource_version v ON v.resource_id = r.resource_id AND "
    "v.version_no ="
    " r.published_version LEFT JOIN account a ON a.account_id = v.author_id WHERE r.state = 'published' AND ($8 = 0 OR r.org_id ="
    " $8) AND ($9 = '' OR " SUPPLY " = $9) AND ($10 = '' OR r.sharing = $10) AND lower(r.name) LIKE $11 AND ($12 = 0 OR"
    " r.resource_id > $12) ORDER BY r.resource_id LIMIT $13";
enum { DUTY_VALUES = 13 };

static void duty_values(Request *rq, Val values[DUTY_VALUES], int64_t after, int limit) {
	promises_values(values);
	values[6] = val_int(rq->now_us);
	values[7] = val_int(org_asked(rq));
	values[8] = text_or_none(rq, "state");
	values[9] = text_or_none(rq, "sharing");
	values[10] = val_str(like_of(rq));
	values[11] = val_int(after);
	values[12] = val_int(limit);
}

int duties_get(Request *rq) {
	static const Member members[] = {{"resource_id", MEMBER_ID}, {"code", MEMBER_TEXT},         {"name", MEMBER_TEXT},
	                                 {"org_id", MEMBER_ID},      {"org_name", MEMBER_TEXT},     {"sharing", MEMBER_TEXT},
	                                 {"promise", MEMBER_TEXT},   {"officer", MEMBER_TEXT},      {"row_count", MEMBER_INT},
	                                 {"loaded_at", MEMBER_TIME}, {"state", MEMBER_TEXT},        {"systems", MEMBER_INT},
	                                 {"grants", MEMBER_INT},     {"officer_name", MEMBER_TEXT}, {0}};
	Val values[DUTY_VALUES];
	int limit = in_limit(rq);
	duty_values(rq, values, in_int(rq, "after"), limit + 1);
	return answer_page(rq, limit, members, duties_sql, values, DUTY_VALUES);
}

int duties_sheet(Request *rq) {
	static const BookColumn columns[] = {{4, CELL_TEXT, 26, "责任部门", "Department", NULL, NULL},
	                                     {1, CELL_TEXT, 22, "目录代码", "Entry code", NULL, NULL},
	                                     {2, CELL_TEXT, 36, "信息资源", "Entry", NULL, NULL},
	                                     {5, CELL_TEXT, 14, "共享类型", "Sharing", sharing_words, NULL},
	                                     {6, CELL_TEXT, 12, "更新承诺", "Promise", promise_words, NULL},
	                                     {14, CELL_TEXT, 20, "责任人", "Officer", author_words, NULL},
	                                     {10, CELL_TEXT, 18, "供给状态", "Supply", supply_words, NULL},
	                                     {9, CELL_TIME, 20, "最近更新", "Last load", NULL, NULL},
	                                     {8, CELL_COUNT, 12, "记录数", "Records", NULL, NULL},
	                                     {11, CELL_COUNT, 12, "来源系统数", "Source systems", NULL, NULL},
	                                     {12, CELL_COUNT, 12, "有效授权数", "Grants in force", NULL, NULL},
	                                     {0}};
	AnswerBook book;
	Val values[DUTY_VALUES];
	duty_values(rq, values, 0, BOOK_ROWS_MAX);
	int code = answer_book(rq, &book);
	if (code < 0) return code;
	const char *name = request_say(rq, "责任清单", "Responsibilities");
	code = book_query(rq, &book.book, name, columns, duties_sql, values, DUTY_VALUES);
	return answer_book_send(rq, &book, name, code);
}

/* --- supply and demand ------------------------------------------------------------------------------------------------- */
/* A department sees what it asked for and what it is asked for: two indexes, each walked backwards to a page. $1 now $2 rows
 * $3 department (NULL: sees all) $4 supplier $5 asker $6 outcome $7 part of number or title $8 before $9 0: those that run $10
 * now, for those that are late; NULL: not asked */
#define DEMAND_PAGE                                                                                                              \
	"/*if $4*/ AND c.supplier_org = $4 AND c.supplier_org <> 0/*end*//*if $5*/ AND c.asker_org = $5/*end*/"                  \
	"/*if $6*/ AND c.outcome = $6/*end*//*if $7*/ AND lower(c.search_text) LIKE $7 ESCAPE '\\'/*end*/"                       \
	"/*if $8*/ AND c.case_id < $8/*end*//*if $9*/ AND c.closed_at = 0 AND $9 = 0/*end*//*if $10*/ AND c.due_us < $10/*end*/" \
	" ORDER BY c.case_id DESC LIMIT $2"
#define DEMANDS " c.line = 'sharing' AND c.process IN ('share_request', 'data_demand')"
#define DEMANDS_ASKED                                                                                                            \
	"SELECT * FROM (SELECT c.case_id FROM work_case c WHERE" DEMANDS " AND c.asker_org = $3" DEMAND_PAGE ") asked"
#define DEMANDS_SUPPLIED                                                                                                         \
	"SELECT * FROM (SELECT c.case_id FROM work_case c WHERE" DEMANDS                                                         \
	" AND c.supplier_org = $3 AND c.supplier_org <> 0" DEMAND_PAGE ") supplied"
static const char demands_sql[] =
    "SELECT c.case_id, c.number, c.process, c.title, c.resource_id, c.asker_org, ao.name, c.supplier_org, so.name, c.state,"
    " c.outcome, c.turn, c.created_at, CASE WHEN c.closed_at > 0 OR c.due_us >= 4102444800000000 THEN 0 ELSE c.due_us END,"
    " c.closed_at, c.grant_id, CASE WHEN c.closed_at = 0 AND c.due_us < $1 THEN 1 ELSE 0 END FROM "
    "/*if $3*/(" DEMANDS_ASKED " UNION " DEMANDS_SUPPLIED ") u CROSS JOIN /*end*/"
    "work_case c LEFT JOIN org ao ON ao.org_id = c.asker_org LEFT JOIN org so ON so.org_id = c.supplier_org WHERE" DEMANDS
    "/*if $3*/ AND c.case_id = u.case_id/*end*/" DEMAND_PAGE;

static AskedSql demands_asked(Request *rq, Val after, int64_t limit) {
	const char *state = in_has(rq, "state") ? in_str(rq, "state") : "";
	bool late = strcmp(state, "late") == 0, open = late || strcmp(state, "open") == 0;
	return asked_sql(rq, demands_sql,
	                 BIND(val_int(rq->now_us), val_int(limit),
	                      is_bureau(rq) ? val_null() : val_int(rq->party.org_id ? rq->party.org_id : -1),
	                      asked_int(rq, "supplier"), asked_int(rq, "asker"), open ? val_null() : asked_text(rq, "state"),
	                      asked_like(rq, "q"), after, open ? val_int(0) : val_null(),
	                      late ? val_int(rq->now_us) : val_null()));
}

int demands_get(Request *rq) {
	static const Member members[] = {{"case_id", MEMBER_ID},      {"number", MEMBER_TEXT},     {"process", MEMBER_TEXT},
	                                 {"title", MEMBER_TEXT},      {"resource_id", MEMBER_ID},  {"asker_org", MEMBER_ID},
	                                 {"asker_name", MEMBER_TEXT}, {"supplier_org", MEMBER_ID}, {"supplier_name", MEMBER_TEXT},
	                                 {"state", MEMBER_TEXT},      {"outcome", MEMBER_TEXT},    {"turn", MEMBER_TEXT},
	                                 {"created_at", MEMBER_TIME}, {"due_at", MEMBER_TIME},     {"closed_at", MEMBER_TIME},
	                                 {"grant_id", MEMBER_ID},     {"late", MEMBER_BOOL},       {0}};
	int limit = in_limit(rq);
	AskedSql asked = demands_asked(rq, asked_int(rq, "after"), limit + 1);
	return answer_page(rq, limit, members, ASKED(asked));
}

int demands_sheet(Request *rq) {
	static const BookColumn columns[] = {{1, CELL_TEXT, 18, "编号", "Number", NULL, NULL},
	                                     {3, CELL_TEXT, 36, "需求资源", "Asked for", NULL, NULL},
	                                     {6, CELL_TEXT, 26, "需求部门", "Asked by", NULL, NULL},
	                                     {8, CELL_TEXT, 26, "提供部门", "Asked of", NULL, NULL},
	                                     {10, CELL_TEXT, 14, "结果", "Outcome", outcome_words, NULL},
	                                     {11, CELL_TEXT, 12, "待办方", "Whose turn", turn_words, NULL},
	                                     {12, CELL_TIME, 20, "提出时间", "Asked at", NULL, NULL},
	                                     {13, CELL_TIME, 20, "应办时间", "Due", NULL, NULL},
	                                     {14, CELL_TIME, 20, "办结时间", "Closed", NULL, NULL},
	                                     {16, CELL_BOOL, 8, "逾期", "Late", NULL, NULL},
	                                     {0}};
	AnswerBook book;
	AskedSql asked = demands_asked(rq, val_null(), BOOK_ROWS_MAX);
	int code = answer_book(rq, &book);
	if (code < 0) return code;
	const char *name = request_say(rq, "供需对接清单", "Supply and demand");
	code = book_query(rq, &book.book, name, columns, ASKED(asked));
	return answer_book_send(rq, &book, name, code);
}
