/* outage: numbers given out before the program is away, one a paper sheet; calls are entered later under their number and their
 * own time, each number once. What is neither entered nor given back is seen to be missing. */
#include "hotline/internal.h"

enum { BLOCK_MAX = 500 };

/* "YJ-20261127-001" and on: the day in Shanghai, then the next number of that day. */
int numbers_post(Request *rq) {
	int64_t block_id = store_new_id(rq->store), last = 0, count = in_int(rq, "count"),
	        day = (rq->now_us + INT64_C(28800000000)) / INT64_C(86400000000);
	int year, month, date;
	date_to_civil((int32_t)day, &year, &month, &date);
	const char *prefix = arena_printf(rq->arena, "YJ-%04d%02d%02d-", year, month, date);
	int code = db_lock(rq->db, "hotline.numbers", day);
	if (code >= 0)
		code = db_int(rq->db, &last, "SELECT COUNT(*) FROM hotline_number WHERE number >= $1 AND number < $2",
		              BIND(val_str(prefix), val_str(arena_printf(rq->arena, "%s:", prefix))));
	for (int64_t i = 1; i <= count && code >= 0; i++)
		code = (int)db_run(rq->db,
		                   "INSERT INTO hotline_number (number, block_id, desk, state, call_id, reason, issued_us, "
		                   "changed_us) VALUES ($1,"
		                   " $2, $3, 'issued', 0, '', $4, $4)",
		                   BIND(val_str(arena_printf(rq->arena, "%s%04lld", prefix, (long long)(last + i))),
		                        val_int(block_id), val_text(in_text(rq, "desk")), val_int(rq->now_us)));
	if (code < 0) return code;
	rq->about_subject = block_id;
	rq->row_count = count;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "block_id", block_id);
	jw_kv_str(&rq->json, "first", arena_printf(rq->arena, "%s%04lld", prefix, (long long)last + 1));
	jw_kv_str(&rq->json, "last", arena_printf(rq->arena, "%s%04lld", prefix, (long long)(last + count)));
	jw_object_end(&rq->json);
	return 0;
}

/* Blocks with how many of each are used, given back, and still missing. */
int number_blocks_get(Request *rq) {
	static const Member block[] = {{"block_id", MEMBER_ID},    {"desk", MEMBER_TEXT},
	                               {"first", MEMBER_TEXT},     {"last", MEMBER_TEXT},
	                               {"issued_at", MEMBER_TIME}, {"total", MEMBER_INT},
	                               {"used", MEMBER_INT},       {"void", MEMBER_INT},
	                               {"missing", MEMBER_INT},    {0}};
	return answer_list(
	    rq, block,
	    "SELECT block_id, MIN(desk), MIN(number), MAX(number), MIN(issued_us), COUNT(*), SUM(CASE WHEN state = 'used' THEN 1"
	    " ELSE 0 END), SUM(CASE WHEN state = 'void' THEN 1 ELSE 0 END), SUM(CASE WHEN state = 'issued' THEN 1 ELSE 0 END)"
	    " FROM hotline_number GROUP BY block_id ORDER BY block_id DESC LIMIT 100",
	    NO_BIND);
}

int numbers_get(Request *rq) {
	static const Member one[] = {{"number", MEMBER_TEXT}, {"state", MEMBER_TEXT},       {"call_id", MEMBER_ID},
	                             {"reason", MEMBER_TEXT}, {"received_at", MEMBER_TIME}, {0}};
	return answer_list(
	    rq, one,
	    "SELECT n.number, n.state, n.call_id, n.reason, h.received_us FROM hotline_number n LEFT JOIN hotline_call h ON"
	    " h.call_id = n.call_id WHERE n.block_id = $1 ORDER BY n.number LIMIT 500",
	    BIND(val_int(in_int(rq, "id"))));
}

/* Those of the block that nothing was written under are given back: lost, spoilt or not needed. */
int numbers_void_post(Request *rq) {
	int64_t changed = db_run(
	    rq->db,
	    "UPDATE hotline_number SET state = 'void', reason = $3, changed_us = $4 WHERE block_id = $1 AND state = 'issued' AND"
	    " (CAST($2 AS TEXT) = '' OR number = $2)",
	    BIND(val_int(in_int(rq, "id")), in_has(rq, "number") ? val_text(in_text(rq, "number")) : val_str(""),
	         val_text(text_trim(in_text(rq, "reason"))), val_int(rq->now_us)));
	if (changed < 0) return (int)changed;
	rq->about_subject = in_int(rq, "id");
	rq->row_count = changed;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "voided", changed);
	jw_object_end(&rq->json);
	return 0;
}

/* Says what became of the number: by whom a call was entered under it and when that came in, or why it was given back. */
static int number_refuse(Request *rq, Text number) {
	char at[CLOCK_TEXT_MAX];
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT n.state, n.reason, h.received_us, a.name FROM hotline_number n LEFT JOIN hotline_call h ON"
	                   " h.call_id = n.call_id LEFT JOIN account a ON a.account_id = h.operator_id WHERE n.number = $1",
	                   BIND(val_text(number)));
	if (found < 0) return found;
	if (!found)
		return error_field(rq->error, ERR_CONFLICT, "paper_number", number, "paper_unknown",
		                   "Look at the number on the sheet, or at the list of its block.",
		                   "The number %.*s was not given out", TEXT_ARG(number));
	if (text_is(rows_text(rows, 0), "void"))
		return error_field(rq->error, ERR_CONFLICT, "paper_number", number, "paper_void",
		                   "Look at the number on the sheet, or at the list of its block.",
		                   "The number %.*s was given back: %.*s", TEXT_ARG(number), TEXT_ARG(rows_text(rows, 1)));
	return error_field(rq->error, ERR_CONFLICT, "paper_number", number, "paper_used",
	                   "Look at the number on the sheet, or go on with the call that is there.",
	                   "The number %.*s was entered by %s: a call of %s", TEXT_ARG(number),
	                   rows_null(rows, 3) ? "?" : rows_str(rows, 3, rq->arena), clock_format(rows_int(rows, 2), at));
}

int number_take(Request *rq, Text number, int64_t call_id) {
	int64_t changed = db_run(
	    rq->db,
	    "UPDATE hotline_number SET state = 'used', call_id = $2, changed_us = $3 WHERE number = $1 AND state = 'issued'",
	    BIND(val_text(number), val_int(call_id), val_int(rq->now_us)));
	return changed < 0 ? (int)changed : changed ? 0 : number_refuse(rq, number);
}
