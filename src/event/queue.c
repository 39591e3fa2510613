/* queue: the desk's list: events that wait for the party, or all that run at its centre, least time left first. Each part walks
 * an index in the order of due times and stops at a page. Read lane. */
#include "event/internal.h"

/* $1 due and $2 id after which to go on $3 rows $4 state $5 class or big class $6 area $7 light $8 part of number or title $9
 * now; mine: $10 organisation that handles $11 that reports $12 that dispatches $13 that leads $14 account $15 the only account
 * an asker answers for; open: $10 centre; NULL: none, or any */
#define QUEUE_FILTER                                                                                                             \
	"/*if $1*/ AND (c.due_us, c.case_id) > ($1, $2)/*end*//*if $4*/ AND c.state = $4/*end*//*if $6*/ AND (e.area1 = $6 OR "  \
	"e.area2 = $6 OR e.area3 = $6 OR e.area4 = $6)/*end*/" EVENT_FILTER("$5", "$7", "$9", "$8")
#define QUEUE_PART(where, name)                                                                                                  \
	"SELECT * FROM (SELECT c.case_id, c.due_us FROM work_case c JOIN event e ON e.case_id = c.case_id WHERE " where          \
	    QUEUE_FILTER " ORDER BY c.due_us, c.case_id LIMIT $3) " name
#define QUEUE_TURN(turn, number, more)                                                                                           \
	"/*if $" number "*/ UNION ALL " QUEUE_PART(                                                                              \
	    "c.closed_at = 0 AND c.turn_account = 0 AND c.line = 'city' AND c.turn = '" turn "' AND c.turn_org = $" number more, \
	    turn) "/*end*/"
#define QUEUE_MINE                                                                                                               \
	QUEUE_PART("c.closed_at = 0 AND c.turn_account <> 0 AND c.turn_account = $14", "own")                                    \
	QUEUE_TURN("supplier", "10", "")                                                                                         \
	QUEUE_TURN("field", "11", "")                                                                                            \
	QUEUE_TURN("bureau", "12", "")                                                                                           \
	QUEUE_TURN("lead", "13", "") QUEUE_TURN("asker", "11", "/*if $15*/ AND c.asker_account = $15/*end*/")
/* with what the centre sent to the level above (提级会办) */
#define QUEUE_OPEN                                                                                                               \
	QUEUE_PART("c.closed_at = 0 AND c.centre_org <> 0 AND c.centre_org = $10", "running")                                    \
	" UNION ALL " QUEUE_PART("c.closed_at = 0 AND c.home_org = $10 AND c.level > 0 AND c.centre_org <> $10", "raised")
#define QUEUE_ROWS(of)                                                                                                           \
	EVENT_LIST_COLUMNS("$9")                                                                                                 \
	" FROM (" of ") u JOIN work_case c ON c.case_id = u.case_id JOIN event e ON e.case_id = c.case_id LEFT JOIN org s ON"    \
	" s.org_id = c.supplier_org ORDER BY c.due_us, c.case_id LIMIT $3"
#define QUEUE_COUNTS(of)                                                                                                         \
	"SELECT c.state, MAX(c.process_version), " CASE_LIGHT(                                                                   \
	    "$9") " AS light, COUNT(*) FROM (" of ") u JOIN work_case c ON c.case_id = u.case_id GROUP BY c.state, light ORDER " \
	          "BY c.state"
static const char mine_sql[] = QUEUE_ROWS(QUEUE_MINE), open_sql[] = QUEUE_ROWS(QUEUE_OPEN);
static const char mine_counts_sql[] = QUEUE_COUNTS(QUEUE_MINE), open_counts_sql[] = QUEUE_COUNTS(QUEUE_OPEN);

enum { QUEUE_ARGS = 15, OPEN_ARGS = 10, COUNT_MAX = 2000 };
typedef struct QueueAsk {
	bool open;
	Val args[QUEUE_ARGS]; /* open: OPEN_ARGS of them */
} QueueAsk;

static Val org_if(const Request *rq, Permission permit) {
	return party_may(&rq->party, permit) ? val_int(rq->party.org_id) : val_null();
}

/* ERR_FORBIDDEN: the city's events are not the party's work. */
static int queue_ask(Request *rq, int64_t limit, bool counting, QueueAsk *out) {
	const Party *party = &rq->party;
	bool centre = party_may(party, PERMIT_EVENT_DISPATCH) || party_may(party, PERMIT_EVENT_SUPERVISE);
	int64_t due, case_id;
	out->open = text_is(in_text(rq, "scope"), "open");
	if (out->open && !centre)
		return error_field(rq->error, ERR_FORBIDDEN, "scope", TEXT("open"), "scope", "Choose mine.",
		                   "All that runs is seen by those who dispatch or supervise");
	if (!centre && !party_may(party, PERMIT_EVENT_HANDLE) && !party_may(party, PERMIT_EVENT_REPORT))
		return fail(rq, ERR_FORBIDDEN, "Events are seen by those who report, handle, dispatch or supervise them");
	int code = counting ? 0 : case_cursor(rq, &due, &case_id);
	if (code < 0) return code;
	bool after = !counting && in_has(rq, "after");
	out->args[0] = after ? val_int(due) : val_null();
	out->args[1] = after ? val_int(case_id) : val_null();
	out->args[2] = val_int(limit);
	out->args[3] = counting ? val_null() : asked_text(rq, "state");
	out->args[4] = asked_text(rq, "class");
	out->args[5] = asked_int(rq, "area");
	out->args[6] = counting ? val_null() : asked_text(rq, "light");
	out->args[7] = asked_like(rq, "q");
	out->args[8] = val_int(rq->now_us);
	out->args[9] = out->open ? val_int(party->org_id) : org_if(rq, PERMIT_EVENT_HANDLE);
	out->args[10] = org_if(rq, PERMIT_EVENT_REPORT);
	out->args[11] = org_if(rq, PERMIT_EVENT_DISPATCH);
	out->args[12] = org_if(rq, PERMIT_EVENT_SUPERVISE);
	out->args[13] = val_int(party->account_id ? party->account_id : -1);
	out->args[14] = centre || party_may(party, PERMIT_HOTLINE) ? val_null() : val_int(party->account_id);
	return 0;
}

int queue_get(Request *rq) {
	QueueAsk ask;
	Rows *rows;
	int limit = in_limit(rq), code = queue_ask(rq, limit + 1, false, &ask);
	if (code < 0) return code;
	AskedSql asked = asked_sql(rq, ask.open ? open_sql : mine_sql, ask.args, ask.open ? OPEN_ARGS : QUEUE_ARGS);
	code = db_query(rq->db, &rows, ASKED(asked));
	if (code < 0) return code;
	return case_queue_answer(rq, rows, limit, 7, event_list_row);
}

int queue_counts_get(Request *rq) {
	QueueAsk ask;
	Rows *rows;
	int code = queue_ask(rq, COUNT_MAX, true, &ask);
	if (code < 0) return code;
	AskedSql asked = asked_sql(rq, ask.open ? open_counts_sql : mine_counts_sql, ask.args, ask.open ? OPEN_ARGS : QUEUE_ARGS);
	code = db_query(rq->db, &rows, ASKED(asked));
	if (code < 0) return code;
	return case_counts_answer(rq, rows, TEXT("city_event"));
}
