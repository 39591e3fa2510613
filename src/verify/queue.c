/* queue: verifications that run at the party's centre, for the desk: least time left first, in the shape of the queue of events.
 * States, areas and names of entries; no value of a record and no position. Read lane. */
#include "verify/internal.h"

/* $1 due and $2 id after which to go on $3 rows $4 centre $5 state $6 light $7 part of number or title $8 now; NULL: not asked.
 * The open ones are few and an index of their own, so it begins with them. */
#define QUEUE_FROM                                                                                                               \
	" FROM verification v JOIN work_case c ON c.case_id = v.case_id LEFT JOIN account a ON a.account_id = c.field_account"   \
	" WHERE v.state = 'sent' AND c.closed_at = 0 AND c.centre_org <> 0 AND c.centre_org = $4"                                \
	"/*if $1*/ AND (c.due_us, c.case_id) > ($1, $2)/*end*//*if $5*/ AND c.state = $5/*end*/"                                 \
	"/*if $6*/ AND " CASE_LIGHT("$8") " = $6/*end*//*if $7*/ AND lower(c.search_text) LIKE $7 ESCAPE '\\'/*end*/"
#define QUEUE_ROWS(now)                                                                                                          \
	"SELECT c.case_id, c.number, c.title, c.state, c.process_version, c.turn, " CASE_LIGHT(                                  \
	    now) ", " CASE_PRESSED ", c.due_us, c.version, v.class_code, v.area_text, a.name, v.sent_us, c.returns"
#define QUEUE_COUNTS(now) "SELECT c.state, MAX(c.process_version), " CASE_LIGHT(now) " AS light, COUNT(*)"
static const char queue_sql[] = QUEUE_ROWS("$8") QUEUE_FROM " ORDER BY c.due_us, c.case_id LIMIT $3";
static const char counts_sql[] = QUEUE_COUNTS("$8") QUEUE_FROM " GROUP BY c.state, light ORDER BY c.state";

static int queue_asked(Request *rq, const char *sql, int64_t limit, bool counting, AskedSql *out) {
	int64_t due = INT64_MIN, case_id = 0;
	int code = counting ? 0 : case_cursor(rq, &due, &case_id);
	bool after = !counting && in_has(rq, "after");
	*out = asked_sql(rq, sql,
	                 BIND(after ? val_int(due) : val_null(), val_int(case_id), val_int(limit), val_int(rq->party.org_id),
	                      counting ? val_null() : asked_text(rq, "state"), counting ? val_null() : asked_text(rq, "light"),
	                      asked_like(rq, "q"), val_int(rq->now_us)));
	return code;
}

static int row_write(Request *rq, Rows *rows) {
	JsonWriter *json = &rq->json;
	int64_t due = rows_int(rows, 8);
	jw_object(json);
	jw_kv_id(json, "case_id", rows_int(rows, 0));
	jw_kv_text(json, "number", rows_text(rows, 1));
	jw_kv_text(json, "title", rows_text(rows, 2));
	int code = case_state_write(rq, TEXT("verification"), (int)rows_int(rows, 4), rows_text(rows, 3));
	jw_kv_text(json, "turn", rows_text(rows, 5));
	jw_kv_text(json, "light", rows_text(rows, 6));
	jw_kv_str(json, "pressed", case_pressed_name(rows_int(rows, 7)));
	jw_kv_time(json, "due_at", due >= INT64_C(4102444800000000) ? 0 : due);
	jw_kv_int(json, "version", rows_int(rows, 9));
	jw_kv_text(json, "class_code", rows_text(rows, 10));
	jw_kv_text(json, "area_text", rows_text(rows, 11));
	jw_kv_text(json, "officer", rows_text(rows, 12));
	jw_kv_time(json, "reported_at", rows_int(rows, 13));
	jw_kv_int(json, "returns", rows_int(rows, 14));
	jw_object_end(json);
	return code;
}

int verification_queue_get(Request *rq) {
	AskedSql asked;
	Rows *rows;
	int limit = in_limit(rq), code = queue_asked(rq, queue_sql, limit + 1, false, &asked);
	if (code < 0 || (code = db_query(rq->db, &rows, ASKED(asked))) < 0) return code;
	return case_queue_answer(rq, rows, limit, 8, row_write);
}

int verification_queue_counts_get(Request *rq) {
	AskedSql asked;
	Rows *rows;
	int code = queue_asked(rq, counts_sql, 0, true, &asked);
	if (code < 0 || (code = db_query(rq->db, &rows, ASKED(asked))) < 0) return code;
	return case_counts_answer(rq, rows, TEXT("verification"));
}
