/* finding: what people do with a finding: the data bureau orders its correction or excuses it, the department answers; only the
 * next run of its check says that it is gone. Table audit_finding. The order itself is another room's ("order.open"): until that
 * is there the finding has its own answer and close. */
#include "measure/checks.h"

#define COLUMNS                                                                                                                  \
	"SELECT f.finding_id, f.check_name, f.org_id, o.name, f.system_id, s.name, f.resource_id, r.name, f.case_id, f.title,"   \
	" f.detail, CASE WHEN f.state = 'correction' AND f.answer_us > f.order_us THEN 'answered' ELSE f.state END,"             \
	" f.first_us, f.last_us, f.gone_us, f.order_us, f.order_by, f.order_note, f.order_case, f.order_number, f.answer,"       \
	" f.answer_us, f.answer_by, f.excuse, f.excuse_us, f.excuse_by, f.version, f.subject"                                    \
	" FROM audit_finding f LEFT JOIN org o ON o.org_id = f.org_id LEFT JOIN info_system s ON s.system_id = f.system_id"      \
	" LEFT JOIN resource r ON r.resource_id = f.resource_id"
enum { COLUMN_CHECK = 1, COLUMN_ORG = 2, COLUMN_STATE = 11 };
static const Member members[] = {
    {"finding_id", MEMBER_ID},   {"check", MEMBER_TEXT},       {"org_id", MEMBER_ID},        {"org_name", MEMBER_TEXT},
    {"system_id", MEMBER_ID},    {"system_name", MEMBER_TEXT}, {"resource_id", MEMBER_ID},   {"resource_name", MEMBER_TEXT},
    {"case_id", MEMBER_ID},      {"title", MEMBER_TEXT},       {"detail", MEMBER_JSON},      {"state", MEMBER_TEXT},
    {"first_at", MEMBER_TIME},   {"last_at", MEMBER_TIME},     {"gone_at", MEMBER_TIME},     {"ordered_at", MEMBER_TIME},
    {"ordered_by", MEMBER_TEXT}, {"order_note", MEMBER_TEXT},  {"order_case_id", MEMBER_ID}, {"order_number", MEMBER_TEXT},
    {"answer", MEMBER_TEXT},     {"answered_at", MEMBER_TIME}, {"answered_by", MEMBER_TEXT}, {"excuse", MEMBER_TEXT},
    {"excused_at", MEMBER_TIME}, {"excused_by", MEMBER_TEXT},  {"version", MEMBER_INT},      {0},
};
static const char list_sql[] =
    COLUMNS " WHERE ($1 = 0 OR f.org_id = $1) AND ($2 = '' OR f.check_name = $2) AND ($3 = '' OR ($3 = 'live' AND f.state IN"
            " ('open', 'correction')) OR f.state = $3) AND ($4 = 0 OR f.resource_id = $4) AND ($5 = 0 OR f.system_id = $5) AND"
            " ($6 = 0 OR f.finding_id < $6) ORDER BY f.finding_id DESC LIMIT $7";
enum { LIST_VALUES = 7 };

static int row_write(Request *rq, Rows *rows) {
	bool own = party_may(&rq->party, PERMIT_CATALOG_EDIT) && rq->party.org_id == rows_int(rows, COLUMN_ORG);
	Text state = rows_text(rows, COLUMN_STATE);
	bool open = text_is(state, "open"), ordered = text_is(state, "correction") || text_is(state, "answered");
	jw_object(&rq->json);
	row_members(rq, rows, members);
	jw_key(&rq->json, "may");
	jw_object(&rq->json);
	jw_kv_bool(&rq->json, "order", is_bureau(rq) && (open || text_is(state, "answered")));
	jw_kv_bool(&rq->json, "answer", own && (open || ordered));
	jw_kv_bool(&rq->json, "excuse", is_bureau(rq) && (open || ordered));
	jw_kv_bool(&rq->json, "reopen", is_bureau(rq) && text_is(state, "excused"));
	jw_object_end(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

static void list_values(Request *rq, Val values[LIST_VALUES], int64_t after, int limit) {
	values[0] = val_int(org_asked(rq));
	values[1] = val_str(in_has(rq, "check") ? in_str(rq, "check") : "");
	values[2] = val_str(in_has(rq, "state") ? in_str(rq, "state") : "");
	values[3] = val_int(in_int(rq, "resource"));
	values[4] = val_int(in_int(rq, "system"));
	values[5] = val_int(after);
	values[6] = val_int(limit);
}

int findings_get(Request *rq) {
	Val values[LIST_VALUES];
	int limit = in_limit(rq);
	list_values(rq, values, in_int(rq, "after"), limit + 1);
	return answer_rows(rq, limit, row_write, list_sql, values, LIST_VALUES);
}

int findings_sheet(Request *rq) {
	static const SheetColumn columns[] = {
	    {0, MEMBER_ID, "编号", 22, NULL},        {1, MEMBER_TEXT, "检查", 30, check_words},
	    {3, MEMBER_TEXT, "责任部门", 26, NULL},  {9, MEMBER_TEXT, "对象", 36, NULL},
	    {27, MEMBER_TEXT, "凭据", 36, NULL},     {11, MEMBER_TEXT, "状态", 14, finding_words},
	    {12, MEMBER_TIME, "首次发现", 20, NULL}, {13, MEMBER_TIME, "最近发现", 20, NULL},
	    {14, MEMBER_TIME, "消除时间", 20, NULL}, {17, MEMBER_TEXT, "整改要求", 36, NULL},
	    {19, MEMBER_TEXT, "整改单号", 18, NULL}, {20, MEMBER_TEXT, "部门答复", 36, NULL},
	    {23, MEMBER_TEXT, "免改说明", 36, NULL}, {0}};
	Sheet *sheet;
	Val values[LIST_VALUES];
	list_values(rq, values, 0, SHEET_ROWS_MAX);
	int code = sheet_begin(rq, &sheet);
	if (code < 0) return code;
	code = sheet_add(rq, sheet, "自查结果", columns, list_sql, values, LIST_VALUES);
	return sheet_send(rq, sheet, "自查结果.xlsx", code);
}

static int finding_show(Request *rq, int64_t id) {
	Rows *rows;
	int found = db_one(rq->db, &rows, COLUMNS " WHERE f.finding_id = $1 AND (f.org_id = $2 OR $3 = 1)",
	                   BIND(val_int(id), val_int(rq->party.org_id), val_int(is_bureau(rq))));
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no finding %lld among those you may see", (long long)id);
	if (found < 0) return found;
	rq->about_subject = id;
	rq->about_resource = rows_int(rows, 6);
	return row_write(rq, rows);
}

int finding_get(Request *rq) {
	return finding_show(rq, in_int(rq, "id"));
}

/* --- steps ----------------------------------------------------------------------------------------------------------- */
typedef struct Finding {
	int64_t id, org_id, resource_id;
	const char *state, *title, *check;
} Finding;

/* Under its lock, at the version seen and in one of the states ("a b"). */
static int finding_open(Request *rq, const char *states, Finding *out) {
	Rows *rows;
	int64_t id = in_int(rq, "id");
	int code = db_lock(rq->db, "measure.finding", id);
	if (code < 0) return code;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT org_id, resource_id, state, title, check_name, version FROM audit_finding WHERE finding_id = $1 AND"
	           " (org_id = $2 OR $3 = 1)",
	           BIND(val_int(id), val_int(rq->party.org_id), val_int(is_bureau(rq))));
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no finding %lld among those you may see", (long long)id);
	if (found < 0) return found;
	*out = (Finding){id,
	                 rows_int(rows, 0),
	                 rows_int(rows, 1),
	                 rows_str(rows, 2, rq->arena),
	                 rows_str(rows, 3, rq->arena),
	                 rows_str(rows, 4, rq->arena)};
	rq->about_subject = id;
	rq->about_resource = out->resource_id;
	if ((code = version_check(rq, rows_int(rows, 5))) < 0) return code;
	if (strstr(states, out->state)) return 0;
	return error_field(rq->error, ERR_CONFLICT, "state", text_of(out->state), "state", "Read it again and decide anew.",
	                   "The finding is in state %s", out->state);
}

/* Ordered again after an answer that does not do: the note says what is missing; one order case a finding. */
static int order_open(Request *rq, const Finding *finding, OrderOpen *order) {
	Rows *rows;
	*order = (OrderOpen){.org_id = finding->org_id,
	                     .resource_id = finding->resource_id,
	                     .source = "finding",
	                     .source_id = finding->id,
	                     .title = finding->title,
	                     .text = in_str(rq, "note"),
	                     .number = ""};
	int found =
	    db_one(rq->db, &rows, "SELECT order_case, order_number FROM audit_finding WHERE finding_id = $1 AND order_case <> 0",
	           BIND(val_int(finding->id)));
	if (found < 0) return found;
	if (found) {
		order->case_id = rows_int(rows, 0);
		order->number = rows_str(rows, 1, rq->arena);
		return 0;
	}
	return action_known(rq->app, "order.open") ? action_run(rq, "order.open", order) : 0;
}

int finding_order(Request *rq) {
	Finding finding;
	OrderOpen order;
	int code = finding_open(rq, "open correction", &finding);
	if (code < 0 || (code = order_open(rq, &finding, &order)) < 0) return code;
	int64_t done = db_run(rq->db,
	                      "UPDATE audit_finding SET state = 'correction', order_us = $2, order_by = $3, order_note = $4,"
	                      " order_case = $5, order_number = $6, version = version + 1 WHERE finding_id = $1",
	                      BIND(val_int(finding.id), val_int(rq->now_us), val_str(rq->party.login),
	                           val_text(in_text(rq, "note")), val_int(order.case_id), val_str(order.number)));
	rq->about = arena_printf(rq->arena, "{\"check\":\"%s\",\"order\":\"%s\"}", finding.check, order.number);
	return done < 0 ? (int)done : finding_show(rq, finding.id);
}

int finding_answer(Request *rq) {
	Finding finding;
	int code = finding_open(rq, "open correction", &finding);
	if (code < 0) return code;
	if (finding.org_id != rq->party.org_id)
		return error_field(rq->error, ERR_FORBIDDEN, "id", TEXT_NONE, "owner", "Its data officer answers.",
		                   "Only the department that the finding is about answers it");
	int64_t done =
	    db_run(rq->db,
	           "UPDATE audit_finding SET state = 'correction', answer = $2, answer_us = $3, answer_by = $4,"
	           " version = version + 1 WHERE finding_id = $1",
	           BIND(val_int(finding.id), val_text(in_text(rq, "answer")), val_int(rq->now_us), val_str(rq->party.login)));
	rq->about = arena_printf(rq->arena, "{\"check\":\"%s\"}", finding.check);
	return done < 0 ? (int)done : finding_show(rq, finding.id);
}

/* excused true: it need not be mended, for this reason; false: it must be after all. */
int finding_excuse(Request *rq) {
	Finding finding;
	bool excused = in_int(rq, "excused") != 0;
	int code = finding_open(rq, excused ? "open correction" : "excused", &finding);
	if (code < 0) return code;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE audit_finding SET state = $2, excuse = $3, excuse_us = $4, excuse_by = $5, version = version + 1"
	           " WHERE finding_id = $1",
	           BIND(val_int(finding.id), val_str(excused ? "excused" : "open"), val_text(in_text(rq, "reason")),
	                val_int(rq->now_us), val_str(rq->party.login)));
	rq->about = arena_printf(rq->arena, "{\"check\":\"%s\",\"excused\":%s}", finding.check, excused ? "true" : "false");
	return done < 0 ? (int)done : finding_show(rq, finding.id);
}
