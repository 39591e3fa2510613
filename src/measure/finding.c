/* finding: what people do with a finding: the data bureau orders its correction, which is a case of process audit_order with the
 * department's answer and clock (casework keeps it), or excuses it; only the next run of its check says that it is gone, and
 * closes the order. Table audit_finding. Thread: the caller's. */
#include "casework/casework.h"
#include "measure/checks.h"

/* In correction while its newest order is open; the answer is the order's last. */
#define STATE "CASE WHEN f.state = 'open' AND c.closed_at = 0 THEN 'correction' ELSE f.state END"
#define COLUMNS                                                                                                                  \
	"SELECT f.finding_id, f.check_name, f.org_id, o.name, f.system_id, s.name, f.resource_id, r.name, f.case_id, f.title,"   \
	" f.detail, " STATE ", f.first_us, f.last_us, f.gone_us, f.order_us, f.order_by, f.order_note, f.order_case, c.number,"  \
	" e.note, e.at_us, a.login, f.excuse, f.excuse_us, f.excuse_by, f.version, f.subject, c.process, c.process_version,"     \
	" c.state FROM audit_finding f LEFT JOIN org o ON o.org_id = f.org_id"                                                   \
	" LEFT JOIN info_system s ON s.system_id = f.system_id LEFT JOIN resource r ON r.resource_id = f.resource_id"            \
	" LEFT JOIN work_case c ON c.case_id = f.order_case LEFT JOIN case_event e ON e.case_id = c.case_id AND e.event_no ="    \
	" (SELECT max(x.event_no) FROM case_event x WHERE x.case_id = c.case_id AND x.action = 'answer')"                        \
	" LEFT JOIN account a ON a.account_id = e.account_id"
enum { COLUMN_RESOURCE = 6, COLUMN_DETAIL = 10, COLUMN_STATE = 11, COLUMN_PROCESS = 28, COLUMN_ORDER_STATE = 30 };
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
    COLUMNS " WHERE 1 = 1/*if $1*/ AND f.org_id = $1/*end*//*if $2*/ AND f.check_name = $2/*end*/"
            "/*if $3*/ AND (($3 = 'live' AND f.state = 'open') OR " STATE " = $3)/*end*//*if $4*/ AND f.resource_id = $4/*end*/"
            "/*if $5*/ AND f.system_id = $5/*end*//*if $6*/ AND f.finding_id < $6/*end*/ ORDER BY f.finding_id DESC LIMIT $7";

static int order_write(Request *rq, Rows *rows) {
	const char *state = "", *title = "", *title_en = "";
	int code = 0;
	if (!rows_null(rows, COLUMN_PROCESS)) {
		const char *process = rows_str(rows, COLUMN_PROCESS, rq->arena);
		state = rows_str(rows, COLUMN_ORDER_STATE, rq->arena);
		code = case_state_titles(rq, text_of(process), (int)rows_int(rows, COLUMN_PROCESS + 1), text_of(state), &title,
		                         &title_en);
	}
	jw_kv_str(&rq->json, "order_state", state);
	jw_kv_str(&rq->json, "order_state_title", title);
	jw_kv_str(&rq->json, "order_state_title_en", title_en);
	return code;
}

static int row_write(Request *rq, Rows *rows) {
	Text state = rows_text(rows, COLUMN_STATE); /* gone once the order's process is read */
	bool open = text_is(state, "open"), ordered = text_is(state, "correction"), excused = text_is(state, "excused");
	jw_object(&rq->json);
	row_members(rq, rows, members);
	int code = order_write(rq, rows);
	jw_key(&rq->json, "may");
	jw_object(&rq->json);
	jw_kv_bool(&rq->json, "order", is_bureau(rq) && open);
	jw_kv_bool(&rq->json, "excuse", is_bureau(rq) && (open || ordered));
	jw_kv_bool(&rq->json, "reopen", is_bureau(rq) && excused);
	jw_object_end(&rq->json);
	jw_object_end(&rq->json);
	return code;
}

static AskedSql list_asked(Request *rq, Val after, int limit) {
	int64_t org_id = org_asked(rq);
	return asked_sql(rq, list_sql,
	                 BIND(org_id ? val_int(org_id) : val_null(), asked_text(rq, "check"), asked_text(rq, "state"),
	                      asked_int(rq, "resource"), asked_int(rq, "system"), after, val_int(limit)));
}

int findings_get(Request *rq) {
	AskedSql asked = list_asked(rq, asked_int(rq, "after"), in_limit(rq) + 1);
	return answer_rows(rq, in_limit(rq), row_write, ASKED(asked));
}

/* What the check saw, as the page says it; holes are members of the detail. */
static const char *seen_say(Request *rq, Rows *rows) {
	static const char *const holes[] = {"text", "basis", "at"};
	Text detail = rows_text(rows, COLUMN_DETAIL);
	json_t *seen = json_loadb(detail.at, detail.len, 0, NULL);
	const char *reason = json_string_value(json_object_get(seen, "reason"));
	bool english = request_english(rq);
	const char *at = reason ? book_word(rq->arena, reason_words, text_of(reason), english) : "";
	Buf *out = ARENA_NEW(rq->arena, Buf);
	buf_in(out, rq->arena);
	while (*at) {
		size_t plain = strcspn(at, "{");
		buf_text(out, (Text){at, plain});
		at += plain;
		for (size_t i = 0; *at && i < sizeof holes / sizeof *holes; i++) {
			const char *value = json_string_value(json_object_get(seen, holes[i]));
			size_t len = strlen(holes[i]);
			if (strncmp(at + 1, holes[i], len) != 0) continue;
			if (i == 2) value = value ? arena_printf(rq->arena, "%.10s", value) : "–"; /* its day */
			buf_str(out, book_word(rq->arena, promise_words, text_of(value ? value : ""), english));
			at += len + 2;
			break;
		}
	}
	json_decref(seen);
	return text_cstr(rq->arena, buf_as_text(out));
}

int findings_sheet(Request *rq) {
	static const BookColumn columns[] = {{0, CELL_ID, 22, "编号", "Number", NULL, NULL},
	                                     {1, CELL_TEXT, 30, "检查", "Check", check_words, NULL},
	                                     {3, CELL_TEXT, 26, "责任部门", "Department", NULL, NULL},
	                                     {9, CELL_TEXT, 36, "对象", "About", NULL, NULL},
	                                     {COLUMN_DETAIL, CELL_TEXT, 60, "问题", "Finding", NULL, seen_say},
	                                     {11, CELL_TEXT, 14, "状态", "State", finding_words, NULL},
	                                     {12, CELL_TIME, 20, "首次发现", "First seen", NULL, NULL},
	                                     {13, CELL_TIME, 20, "最近发现", "Last seen", NULL, NULL},
	                                     {14, CELL_TIME, 20, "消除时间", "Gone since", NULL, NULL},
	                                     {17, CELL_TEXT, 36, "整改要求", "To be corrected", NULL, NULL},
	                                     {19, CELL_TEXT, 18, "整改单号", "Order", NULL, NULL},
	                                     {30, CELL_TEXT, 14, "整改单状态", "State of the order", order_words, NULL},
	                                     {20, CELL_TEXT, 36, "部门答复", "Answer", NULL, NULL},
	                                     {23, CELL_TEXT, 36, "免改说明", "Excuse", NULL, NULL},
	                                     {0}};
	AnswerBook book;
	AskedSql asked = list_asked(rq, val_null(), BOOK_ROWS_MAX);
	int code = answer_book(rq, &book);
	if (code < 0) return code;
	const char *name = request_say(rq, "自查结果", "Self-audit");
	code = book_query(rq, &book.book, name, columns, ASKED(asked));
	return answer_book_send(rq, &book, name, code);
}

static int finding_show(Request *rq, int64_t id) {
	Rows *rows;
	int found = db_one(rq->db, &rows, COLUMNS " WHERE f.finding_id = $1 AND (f.org_id = $2 OR $3 = 1)",
	                   BIND(val_int(id), val_int(rq->party.org_id), val_int(is_bureau(rq))));
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no finding %lld among those you may see", (long long)id);
	if (found < 0) return found;
	rq->about_subject = id;
	rq->about_resource = rows_int(rows, COLUMN_RESOURCE);
	return row_write(rq, rows);
}

int finding_get(Request *rq) {
	return finding_show(rq, in_int(rq, "id"));
}

/* --- steps ----------------------------------------------------------------------------------------------------------- */
typedef struct Finding {
	int64_t id, org_id, resource_id, order_case;
	const char *state, *title, *check, *detail, *number; /* number: of the order, or NULL */
} Finding;

/* Under its lock, at the version seen and in one of the states ("a b"). */
static int finding_open(Request *rq, const char *states, Finding *out) {
	Rows *rows;
	int64_t id = in_int(rq, "id");
	int code = db_lock(rq->db, "measure.finding", id);
	if (code < 0) return code;
	int found = db_one(rq->db, &rows,
	                   "SELECT f.org_id, f.resource_id, f.order_case, " STATE
	                   ", f.title, f.check_name, f.detail, c.number, f.version FROM audit_finding f LEFT JOIN work_case c ON"
	                   " c.case_id = f.order_case WHERE f.finding_id = $1 AND (f.org_id = $2 OR $3 = 1)",
	                   BIND(val_int(id), val_int(rq->party.org_id), val_int(is_bureau(rq))));
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no finding %lld among those you may see", (long long)id);
	if (found < 0) return found;
	*out = (Finding){.id = id,
	                 .org_id = rows_int(rows, 0),
	                 .resource_id = rows_int(rows, 1),
	                 .order_case = rows_int(rows, 2),
	                 .state = rows_str(rows, 3, rq->arena),
	                 .title = rows_str(rows, 4, rq->arena),
	                 .check = rows_str(rows, 5, rq->arena),
	                 .detail = rows_str(rows, 6, rq->arena),
	                 .number = rows_null(rows, 7) ? NULL : rows_str(rows, 7, rq->arena)};
	int64_t version = rows_int(rows, 8);
	rq->about_subject = id;
	rq->about_resource = out->resource_id;
	if (strstr(states, out->state)) return version_check(rq, version);
	if (strcmp(out->state, "correction") == 0)
		return error_field(rq->error, ERR_CONFLICT, "state", text_of(out->number), "open_order", "Go on with that one.",
		                   "The finding has an open order already: %s", out->number);
	return error_field(rq->error, ERR_CONFLICT, "state", text_of(out->state), "state", "Read it again and decide anew.",
	                   "The finding is in state %s", out->state);
}

/* What the step was, after the case's own steps said theirs. */
static int step_done(Request *rq, const Finding *finding, int64_t changed, const char *more) {
	rq->about_subject = finding->id;
	rq->about_resource = finding->resource_id;
	rq->about = arena_printf(rq->arena, "{\"check\":\"%s\"%s}", finding->check, more);
	return changed < 0 ? (int)changed : finding_show(rq, finding->id);
}

int finding_order(Request *rq) {
	Finding finding;
	int64_t case_id;
	const char *number;
	int code = finding_open(rq, "open", &finding);
	if (code == 0)
		code = audit_order_open(rq,
		                        &(AuditOrder){.finding_id = finding.id,
		                                      .resource_id = finding.resource_id,
		                                      .org_id = finding.org_id,
		                                      .check = finding.check,
		                                      .title = finding.title,
		                                      .detail = finding.detail,
		                                      .words = in_str(rq, "note")},
		                        &case_id, &number);
	if (code < 0) return code;
	int64_t done = db_run(rq->db,
	                      "UPDATE audit_finding SET order_us = $2, order_by = $3, order_note = $4, order_case = $5, version ="
	                      " version + 1 WHERE finding_id = $1",
	                      BIND(val_int(finding.id), val_int(rq->now_us), val_str(rq->party.login),
	                           val_text(in_text(rq, "note")), val_int(case_id)));
	return step_done(rq, &finding, done,
	                 arena_printf(rq->arena, ",\"order\":\"%s\",\"case_id\":\"%lld\"", number, (long long)case_id));
}

/* excused true: it need not be mended, for this reason, and an open order is withdrawn; false: it must be after all. */
int finding_excuse(Request *rq) {
	Finding finding;
	bool excused = in_int(rq, "excused") != 0, ordered;
	int code = finding_open(rq, excused ? "open correction" : "excused", &finding);
	if (code < 0) return code;
	ordered = strcmp(finding.state, "correction") == 0;
	if (ordered && (code = case_call_off(rq, finding.order_case, in_str(rq, "reason"))) < 0) return code;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE audit_finding SET state = $2, excuse = $3, excuse_us = $4, excuse_by = $5, version = version + 1"
	           " WHERE finding_id = $1",
	           BIND(val_int(finding.id), val_str(excused ? "excused" : "open"), val_text(in_text(rq, "reason")),
	                val_int(rq->now_us), val_str(rq->party.login)));
	return step_done(rq, &finding, done,
	                 arena_printf(rq->arena, ",\"excused\":%s,\"withdrawn\":\"%s\"", excused ? "true" : "false",
	                              ordered ? finding.number : ""));
}

/* --- orders, after a run ----------------------------------------------------------------------------------------------- */
static void json_drop(void *json) {
	json_decref(json);
}

/* How the newest run of its check left the finding of a case: the proof, whether it is gone, and whether that run began after
 * the case came to its present step. */
static int told(Request *rq, CaseCheck *check, bool *gone, bool *since) {
	Rows *rows;
	char at[CLOCK_TEXT_MAX];
	int found =
	    db_one(rq->db, &rows,
	           "SELECT f.check_name, f.state, COALESCE(r.at_us, 0), c.begun_us FROM audit_finding f JOIN work_case c ON"
	           " c.case_id = $2 LEFT JOIN audit_run r ON r.check_name = f.check_name WHERE f.finding_id = $1",
	           BIND(val_int(check->subject_id), val_int(check->case_id)));
	if (found <= 0) return found;
	*gone = text_is(rows_text(rows, 1), "gone");
	*since = rows_int(rows, 2) >= rows_int(rows, 3);
	check->proof =
	    json_pack("{s:s,s:s,s:s,s:s,s:s}", "finding_id", arena_printf(rq->arena, "%lld", (long long)check->subject_id),
	              "check", rows_str(rows, 0, rq->arena), "finding", *gone ? "gone" : "there", "run_at",
	              clock_format(rows_int(rows, 2), at), "job_id", arena_printf(rq->arena, "%lld", (long long)check->job_id));
	arena_on_free(rq->arena, json_drop, check->proof);
	return 0;
}

int finding_gone(Request *rq, void *arg) {
	CaseCheck *check = arg;
	bool gone = false, since;
	int code = told(rq, check, &gone, &since);
	check->holds = gone;
	return code;
}

int finding_stays(Request *rq, void *arg) {
	CaseCheck *check = arg;
	bool gone = true, since = false;
	int code = told(rq, check, &gone, &since);
	check->holds = !gone && since;
	return code;
}

/* A write holds at most 8 locks, and a step may take one: of its entry, where nothing is mounted and the city's process asks. */
enum { ORDERS_PORTION = 8 };
typedef struct Told {
	const char *check;
	int64_t job_id, after, last; /* cases up to `after` know */
} Told;

static int orders_portion(Request *w, void *arg) {
	Told *run = arg;
	Rows *rows;
	Happening *all = ARENA_ARRAY(w->arena, Happening, ORDERS_PORTION);
	int count = 0, code = db_query(w->db, &rows,
	                               "SELECT c.case_id, c.resource_id FROM work_case c JOIN audit_finding f ON f.finding_id ="
	                               " c.subject_id WHERE c.process = 'audit_order' AND c.closed_at = 0 AND f.check_name = $1"
	                               " AND c.case_id > $2 ORDER BY c.case_id LIMIT $3",
	                               BIND(val_str(run->check), val_int(run->after), val_int(ORDERS_PORTION)));
	if (code < 0) return code;
	run->last = run->after;
	while ((code = rows_next(rows)) > 0 && count < ORDERS_PORTION) {
		run->last = rows_int(rows, 0);
		all[count++] = (Happening){
		    .event = "checked", .case_id = run->last, .resource_id = rows_int(rows, 1), .job_id = run->job_id};
	}
	rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++)
		code = cases_happen(w, &all[i]);
	return code < 0 ? code : count;
}

int orders_checked(Request *rq, const char *check, int64_t job_id) {
	Told run = {.check = check, .job_id = job_id};
	int count;
	while ((count = request_write_bulk(rq, orders_portion, &run)) == ORDERS_PORTION)
		run.after = run.last;
	return count < 0 ? count : 0;
}
