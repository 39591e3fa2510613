/* show: cases as answers: one with its history and what the party may do now, lists, the inbox. Read lane (a case also in the
 * write that changed it). The inbox reads three ranges of one index, each already in the order of due times. */
#include "casework/notify.h"
#include <stdlib.h>

/* Names of organisations and accounts are reference rows. */
#define CASE_COLUMNS                                                                                                             \
	"c.case_id, c.number, c.title, c.process, c.process_version, c.state, c.outcome, c.turn, c.turn_org, c.resource_id,"     \
	" c.asker_org, ao.name, c.asker_account, aa.name, c.supplier_org, so.name, c.grant_id, c.begun_us, c.due_us,"            \
	" c.remind_us, c.paused_us, c.created_at, c.updated_at, c.closed_at, c.version, c.line, c.kind, c.level, c.returns,"     \
	" c.reworks, c.postpones, c.hangs, c.children_open, c.centre_org, co.name, c.field_org, fo.name, c.field_account, "      \
	"fa.name, c.outside_platform, "                                                                                          \
	"c.outside_number, " CASE_PRESSED
#define CASE_JOINS                                                                                                               \
	" LEFT JOIN org ao ON ao.org_id = c.asker_org LEFT JOIN account aa ON aa.account_id = c.asker_account"                   \
	" LEFT JOIN org so ON so.org_id = c.supplier_org LEFT JOIN org co ON co.org_id = c.centre_org"                           \
	" LEFT JOIN org fo ON fo.org_id = c.field_org LEFT JOIN account fa ON fa.account_id = c.field_account"

const char *case_light(const Request *rq, bool open, int64_t due, int64_t remind, int64_t paused) {
	if (!open) return "none";
	if (paused) return "paused";
	return rq->now_us >= due ? "red" : rq->now_us >= remind ? "amber" : "green";
}

const char *case_pressed_name(int64_t pressed) {
	static const char *const names[] = {"", "urge", "supervise", "circular"};
	return names[pressed >= 0 && pressed < 4 ? pressed : 0];
}

static void id_or_null(JsonWriter *json, const char *key, int64_t id) {
	jw_key(json, key);
	if (id)
		jw_id(json, id);
	else
		jw_null(json);
}

static void time_or_null(JsonWriter *json, const char *key, int64_t us) {
	jw_kv_time(json, key, us >= NEVER_US ? 0 : us);
}

/* Seconds left until due, plain and of working time; negative when late. */
static void left_write(Request *rq, const WorkTime *work, bool open, int64_t due, int64_t paused) {
	JsonWriter *json = &rq->json;
	bool known = open && !paused && due < NEVER_US;
	jw_key(json, "left_s");
	if (known)
		jw_int(json, (due - rq->now_us) / 1000000);
	else
		jw_null(json);
	jw_key(json, "left_work_s");
	if (known)
		jw_int(json,
		       (due > rq->now_us ? worktime_between(work, rq->now_us, due) : -worktime_between(work, due, rq->now_us)) /
		           1000000);
	else
		jw_null(json);
}

/* Members of the open object that lists and the single case share. */
static int summary_write(Request *rq, const WorkTime *work, Rows *rows) {
	JsonWriter *json = &rq->json;
	const Process *process;
	int64_t due = rows_int(rows, 18), remind = rows_int(rows, 19), paused = rows_int(rows, 20);
	bool open = rows_int(rows, 23) == 0;
	int code = process_get(rq, rows_text(rows, 3), (int)rows_int(rows, 4), &process);
	if (code < 0) return code;
	int at = process_state(process, rows_text(rows, 5));
	if (at < 0) return fail(rq, ERR_INTERNAL, "case %lld is in no state of its process", (long long)rows_int(rows, 0));
	jw_kv_id(json, "case_id", rows_int(rows, 0));
	jw_kv_text(json, "number", rows_text(rows, 1));
	jw_kv_text(json, "outside_platform", rows_text(rows, 39));
	jw_kv_text(json, "outside_number", rows_text(rows, 40));
	jw_kv_text(json, "title", rows_text(rows, 2));
	jw_kv_str(json, "process", process->name);
	jw_kv_str(json, "process_title", process->title);
	jw_kv_str(json, "process_title_en", process->title_en);
	jw_kv_str(json, "state", process->states[at].name);
	jw_kv_str(json, "state_title", process->states[at].title);
	jw_kv_str(json, "state_title_en", process->states[at].title_en);
	jw_kv_text(json, "outcome", rows_text(rows, 6));
	jw_kv_text(json, "turn", rows_text(rows, 7));
	id_or_null(json, "resource_id", rows_int(rows, 9));
	id_or_null(json, "asker_org_id", rows_int(rows, 10));
	jw_kv_text(json, "asker_org_name", rows_text(rows, 11));
	jw_kv_text(json, "asker_name", rows_text(rows, 13));
	id_or_null(json, "supplier_org_id", rows_int(rows, 14));
	jw_kv_text(json, "supplier_org_name", rows_text(rows, 15));
	id_or_null(json, "grant_id", rows_int(rows, 16));
	jw_kv_time(json, "begun_at", rows_int(rows, 17));
	time_or_null(json, "due_at", open ? due : 0);
	time_or_null(json, "remind_at", open ? remind : 0);
	jw_kv_time(json, "paused_at", paused);
	jw_kv_str(json, "light", case_light(rq, open, due, remind, paused));
	jw_kv_str(json, "pressed", case_pressed_name(rows_int(rows, 41)));
	left_write(rq, work, open, due, paused);
	jw_kv_time(json, "created_at", rows_int(rows, 21));
	jw_kv_time(json, "updated_at", rows_int(rows, 22));
	jw_kv_time(json, "closed_at", rows_int(rows, 23));
	jw_kv_int(json, "version", rows_int(rows, 24));
	jw_kv_text(json, "line", rows_text(rows, 25));
	jw_kv_text(json, "kind", rows_text(rows, 26));
	jw_kv_int(json, "level", rows_int(rows, 27));
	for (int i = COUNT_RETURNS; i < CASE_COUNTS; i++)
		jw_kv_int(json, count_names[i], rows_int(rows, 27 + i));
	jw_kv_int(json, "children_open", rows_int(rows, 32));
	id_or_null(json, "centre_org_id", rows_int(rows, 33));
	jw_kv_text(json, "centre_org_name", rows_text(rows, 34));
	id_or_null(json, "field_org_id", rows_int(rows, 35));
	jw_kv_text(json, "field_org_name", rows_text(rows, 36));
	id_or_null(json, "field_account_id", rows_int(rows, 37));
	jw_kv_text(json, "field_name", rows_text(rows, 38));
	return 0;
}

/* --- one case -------------------------------------------------------------------------------------------------------- */
static void may_write(Request *rq, const Case *row) {
	static const char *const notes[] = {"none", "optional", "required"};
	JsonWriter *json = &rq->json;
	Val facts[FACT_COUNT];
	uint32_t needs = FACTS_OF_RESOURCE;
	for (int i = 0; i < row->process->action_count; i++)
		if (case_may(rq, row, &row->process->actions[i])) needs |= row->process->actions[i].when.needs;
	/* a withdrawn resource: nothing that asks for facts can be done */
	bool known = case_facts(rq, row, needs, facts) >= 0;
	if (!known) error_clear(rq->error);
	jw_key(json, "may");
	jw_array(json);
	for (int i = 0; i < row->process->action_count; i++) {
		const ProcessAction *action = &row->process->actions[i];
		const char *why = NULL;
		if (!case_may(rq, row, action) || (!known && (action->when.expression || *action->effect))) continue;
		if (case_blocked(rq, action, facts, &why) < 0) error_clear(rq->error);
		jw_object(json);
		jw_kv_str(json, "action", action->name);
		jw_kv_str(json, "title", action->title);
		jw_kv_str(json, "title_en", action->title_en);
		jw_kv_str(json, "note", notes[action->note]);
		jw_kv_str(json, "form", action->form);
		jw_kv_str(json, "blocked", why);
		jw_object_end(json);
	}
	jw_array_end(json);
}

static void action_titles(JsonWriter *json, const Process *process, Text name) {
	const ProcessAction *action = process_action(process, name);
	static const char *const own[][3] = {{"start", "提出", "Begun"},
	                                     {"remind", "到期提醒", "Reminded"},
	                                     {"overdue", "超期提醒", "Overdue"},
	                                     {"urge", "催办", "Urged"},
	                                     {"supervise", "督办", "Supervised"},
	                                     {"circular", "通报", "Named in a circular"},
	                                     {"parties", "变更承办", "Reassigned"},
	                                     {"limits", "时限变更", "Limits changed"}};
	const char *title = action ? action->title : "", *title_en = action ? action->title_en : "";
	for (size_t i = 0; i < sizeof own / sizeof *own && !action; i++)
		if (text_is(name, own[i][0])) {
			title = own[i][1];
			title_en = own[i][2];
		}
	jw_kv_str(json, "title", title);
	jw_kv_str(json, "title_en", title_en);
}

static void state_titles(JsonWriter *json, const Process *process, Text name) {
	int state = process_state(process, name);
	jw_kv_str(json, "to", state < 0 ? "" : process->states[state].name);
	jw_kv_str(json, "to_title", state < 0 ? "" : process->states[state].title);
	jw_kv_str(json, "to_title_en", state < 0 ? "" : process->states[state].title_en);
}

static int events_write(Request *rq, const Case *row) {
	JsonWriter *json = &rq->json;
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT e.event_no, e.at_us, e.action, e.from_state, e.to_state, e.side, a.name, o.name, e.clock, e.note, e.form"
	    " FROM case_event e LEFT JOIN account a ON a.account_id = e.account_id LEFT JOIN org o ON o.org_id = e.org_id"
	    " WHERE e.case_id = $1 ORDER BY e.event_no DESC LIMIT 500",
	    BIND(val_int(row->case_id)));
	if (code < 0) return code;
	jw_key(json, "events");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		jw_object(json);
		jw_kv_int(json, "no", rows_int(rows, 0));
		jw_kv_time(json, "at", rows_int(rows, 1));
		jw_kv_text(json, "action", rows_text(rows, 2));
		action_titles(json, row->process, rows_text(rows, 2));
		jw_kv_bool(json, "moved", !text_eq(rows_text(rows, 3), rows_text(rows, 4)));
		state_titles(json, row->process, rows_text(rows, 4));
		jw_kv_text(json, "side", rows_text(rows, 5));
		jw_kv_text(json, "by_name", rows_text(rows, 6));
		jw_kv_text(json, "org_name", rows_text(rows, 7));
		jw_kv_text(json, "clock", rows_text(rows, 8));
		jw_kv_text(json, "note", rows_text(rows, 9));
		jw_key(json, "form");
		if (rows_null(rows, 10))
			jw_null(json);
		else
			jw_raw(json, rows_text(rows, 10));
		jw_object_end(json);
	}
	rows_close(rows);
	jw_array_end(json);
	return code;
}

int case_events_write(Request *rq, int64_t case_id) {
	Case row;
	int code = case_load(rq, case_id, &row);
	return code < 0 ? code : events_write(rq, &row);
}

static int account_write(Request *rq, const Case *row) {
	AccountName asked = {.account_id = row->account_id};
	int code = action_run(rq, "account.name", &asked);
	id_or_null(&rq->json, "account_id", row->account_id);
	jw_kv_str(&rq->json, "account_name", asked.name);
	return code;
}

int case_show(Request *rq, int64_t case_id) {
	Case row;
	Rows *rows;
	const WorkTime *work;
	const Resource *resource = NULL;
	int code = case_load(rq, case_id, &row);
	bool seen = code == 0 && case_visible(rq, &row);
	if (code == 0 && !seen) {
		code = share_consulted(rq, &row);
		seen = code > 0;
		if (seen) code = 0;
	}
	if (code == 0 && !seen) code = fail(rq, ERR_NOT_FOUND, "There is no such case among those you may see");
	if (code == 0) code = worktime_get(rq, &work);
	if (code < 0) return code;
	rq->about_resource = row.resource_id;
	rq->about_subject = case_id;
	if (row.resource_id && resource_find(rq, row.resource_id, &resource) < 0) error_clear(rq->error);
	code = db_query(rq->db, &rows, "SELECT " CASE_COLUMNS " FROM work_case c" CASE_JOINS " WHERE c.case_id = $1",
	                BIND(val_int(case_id)));
	if (code < 0) return code;
	JsonWriter *json = &rq->json;
	jw_object(json);
	if ((code = rows_next(rows)) > 0) code = summary_write(rq, work, rows);
	rows_close(rows);
	if (code < 0) return code;
	jw_kv_bool(json, "mounted", resource && resource_mounted(resource));
	int sides = case_sides(rq, &row);
	jw_kv_bool(json, "is_asker", sides & SIDE_ASKER);
	jw_kv_bool(json, "is_supplier", sides & SIDE_SUPPLIER);
	jw_kv_bool(json, "is_bureau", sides & SIDE_BUREAU);
	jw_kv_bool(json, "is_field", sides & SIDE_FIELD);
	jw_kv_bool(json, "is_lead", sides & SIDE_LEAD);
	jw_kv_time(json, "offer_until", row.closed_at ? 0 : row.offer_us);
	jw_kv_str(json, "subject", row.subject);
	id_or_null(json, "subject_id", row.subject_id);
	jw_key(json, "form");
	jw_raw(json, text_of(json_as_text(rq, row.form)));
	jw_key(json, "limits");
	jw_raw(json, row.limits ? text_of(json_as_text(rq, row.limits)) : TEXT("null"));
	jw_key(json, "decision");
	jw_raw(json, row.decision ? text_of(json_as_text(rq, row.decision)) : TEXT("null"));
	if ((code = account_write(rq, &row)) < 0 || (code = events_write(rq, &row)) < 0) return code;
	may_write(rq, &row);
	if ((code = notices_show(rq, case_id)) < 0 || (code = clocks_show(rq, work, &row)) < 0 ||
	    (code = links_show(rq, &row)) < 0)
		return code;
	jw_object_end(json);
	return 0;
}

int case_show_brief(Request *rq, const Case *row) {
	JsonWriter *json = &rq->json;
	const ProcessState *state = &row->process->states[row->state];
	bool open = row->closed_at == 0;
	jw_object(json);
	jw_kv_id(json, "case_id", row->case_id);
	jw_kv_str(json, "number", row->number);
	jw_kv_str(json, "state", state->name);
	jw_kv_str(json, "outcome", state->outcome);
	jw_kv_str(json, "turn", side_name(state->turn));
	time_or_null(json, "due_at", open ? row->clock.due_us : 0);
	jw_kv_str(json, "light", case_light(rq, open, row->clock.due_us, row->clock.remind_us, row->clock.paused_us));
	jw_kv_int(json, "version", row->version);
	jw_object_end(json);
	return 0;
}

int case_get(Request *rq) {
	return case_show(rq, in_int(rq, "id"));
}

/* --- lists ----------------------------------------------------------------------------------------------------------- */
/* $1 after (an id, rows before it) $2 organisation of line sharing $3 account $4 state $5 now, for those that are late $6
 * resource $7 pattern $8 limit $9 process $10 organisation that handles and $11 centre of line city; NULL: not asked, or none */
#define CASE_FILTER                                                                                                              \
	"/*if $1*/ AND c.case_id < $1/*end*/"                                                                                    \
	"/*if $4*/ AND c.state = $4/*end*/"                                                                                      \
	"/*if $5*/ AND c.closed_at = 0 AND c.due_us < $5/*end*/"                                                                 \
	"/*if $6*/ AND c.resource_id = $6 AND c.resource_id <> 0/*end*/"                                                         \
	"/*if $7*/ AND lower(c.search_text) LIKE $7 ESCAPE '\\'/*end*/"                                                          \
	"/*if $9*/ AND c.process = $9/*end*/" CASE_FOUND
#define CASE_PAGE " ORDER BY c.case_id DESC LIMIT $8"
#define LIST_OF(where) "SELECT " CASE_COLUMNS " FROM work_case c" CASE_JOINS " WHERE " where CASE_FILTER CASE_PAGE
static const char list_all[] = LIST_OF("c.line = 'sharing'");
static const char list_mine[] = LIST_OF("c.asker_account = $3 AND c.asker_account <> 0");
/* each branch walks its own index backwards and stops at a page */
#define LIST_PART(where, name) "SELECT * FROM (SELECT c.case_id FROM work_case c WHERE " where CASE_FILTER CASE_PAGE ") " name
#define LIST_MORE(number, where, name) "/*if $" number "*/ UNION " LIST_PART(where, name) "/*end*/"
#define LIST_PARTS                                                                                                               \
	LIST_PART("c.asker_account = $3 AND c.asker_account <> 0", "own")                                                        \
	LIST_MORE("2", "c.asker_org = $2 AND c.line = 'sharing'", "asked")                                                       \
	LIST_MORE("2", "c.supplier_org = $2 AND c.supplier_org <> 0 AND c.line = 'sharing'", "supplied")                         \
	LIST_MORE("10", "c.supplier_org = $10 AND c.supplier_org <> 0 AND c.line = 'city'", "handled")                           \
	LIST_MORE("11", "c.centre_org = $11 AND c.centre_org <> 0", "centre")                                                    \
	LIST_MORE("11", "c.home_org = $11 AND c.level > 0", "raised")
static const char list_org[] =
    "SELECT " CASE_COLUMNS " FROM (" LIST_PARTS ") u JOIN work_case c ON c.case_id = u.case_id" CASE_JOINS CASE_PAGE;

/* The party's organisation when it has one of these permissions, else NULL: none. */
static Val org_if(const Request *rq, uint64_t permits) {
	return rq->party.permits & permits ? val_int(rq->party.org_id) : val_null();
}

/* What the party may see of the three scopes; absent: the widest. NULL: refused. */
static const char *list_sql(Request *rq) {
	const char *scope = in_has(rq, "scope") ? in_str(rq, "scope") : party_may(&rq->party, PERMIT_SUPERVISE) ? "all" : "org";
	if (strcmp(scope, "all") == 0 && !party_may(&rq->party, PERMIT_SUPERVISE)) {
		error_field(rq->error, ERR_FORBIDDEN, "scope", TEXT("all"), "scope", "Choose mine or org.",
		            "Only the data bureau sees all requests");
		return NULL;
	}
	if (strcmp(scope, "mine") == 0) return list_mine;
	return strcmp(scope, "org") == 0 ? list_org : list_all;
}

static const WorkTime *answer_work(Request *rq) {
	const WorkTime *work;
	return worktime_get(rq, &work) < 0 ? NULL : work;
}

static int list_row(Request *rq, Rows *rows) {
	const WorkTime *work = answer_work(rq); /* from the cache of this request's generation */
	if (!work) return rq->error->code;
	jw_object(&rq->json);
	int code = summary_write(rq, work, rows);
	jw_object_end(&rq->json);
	return code;
}

int cases_get(Request *rq) {
	const char *sql = list_sql(rq);
	if (!sql) return rq->error->code;
	const Val args[] = {asked_int(rq, "after"),
	                    org_if(rq, PERMIT_BIT(PERMIT_DECIDE)),
	                    val_int(rq->party.account_id),
	                    asked_text(rq, "state"),
	                    in_int(rq, "late") ? val_int(rq->now_us) : val_null(),
	                    asked_int(rq, "resource"),
	                    asked_like(rq, "q"),
	                    val_int(in_limit(rq) + 1),
	                    asked_text(rq, "process"),
	                    org_if(rq, PERMIT_BIT(PERMIT_EVENT_HANDLE)),
	                    org_if(rq, PERMIT_BIT(PERMIT_EVENT_DISPATCH) | PERMIT_BIT(PERMIT_EVENT_SUPERVISE))};
	return case_list_answer(rq, list_row, sql, args, sizeof args / sizeof *args);
}

/* --- the inbox ------------------------------------------------------------------------------------------------------- */
/* Line sharing: $1 asker's organisation $2 supplier's $3 bureau's (0); line city: $4 asker's $5 supplier's $6 centre's (who
 * dispatches) $7 centre's (who leads) $8 field's; $9 the account; $10 and $11: the only account an asker of sharing or city
 * answers for. $12 due and $13 id after which to go on, $14 limit; of its light: due up to $15, amber from after $16 up to $17,
 * stands $18 or not $19; NULL: none, or any. $20 now */
#define INBOX_LIGHT                                                                                                              \
	"/*if $12*/ AND (c.due_us, c.case_id) > ($12, $13)/*end*//*if $15*/ AND c.due_us <= $15/*end*/"                          \
	"/*if $16*/ AND c.remind_us > $16/*end*//*if $17*/ AND c.remind_us <= $17/*end*/"                                        \
	"/*if $18*/ AND c.paused_us > $18/*end*//*if $19*/ AND c.paused_us = $19/*end*/ ORDER BY c.due_us, c.case_id LIMIT "     \
	"$14) "
#define INBOX_OWN                                                                                                                \
	"SELECT * FROM (SELECT c.case_id, c.due_us FROM work_case c WHERE c.closed_at = 0 AND c.turn_account <> 0 AND"           \
	" c.turn_account = $9" INBOX_LIGHT "own"
#define INBOX_PART(line, who, number, more)                                                                                      \
	"/*if $" number "*/ UNION ALL SELECT * FROM (SELECT c.case_id, c.due_us FROM work_case c WHERE c.closed_at = 0 AND"      \
	" c.turn_account = 0 AND c.line = '" line "' AND c.turn = '" who "' AND c.turn_org = $" number more INBOX_LIGHT line     \
	"_" who "/*end*/"
#define ASKED_BY(number) "/*if $" number "*/ AND c.asker_account = $" number "/*end*/"
#define INBOX                                                                                                                    \
	INBOX_OWN INBOX_PART("sharing", "asker", "1", ASKED_BY("10")) INBOX_PART("sharing", "supplier", "2", "")                 \
	    INBOX_PART("sharing", "bureau", "3", "") INBOX_PART("city", "asker", "4", ASKED_BY("11"))                            \
	        INBOX_PART("city", "supplier", "5", "") INBOX_PART("city", "bureau", "6", "")                                    \
	            INBOX_PART("city", "lead", "7", "") INBOX_PART("city", "field", "8", "")
static const char inbox_sql[] = "SELECT " CASE_COLUMNS " FROM (" INBOX ") u JOIN work_case c ON c.case_id = u.case_id" CASE_JOINS
                                " ORDER BY c.due_us, c.case_id LIMIT $14";
static const char inbox_counts_sql[] =
    "SELECT COUNT(*), COALESCE(SUM(CASE WHEN c.due_us <= $20 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN c.due_us > $20 AND"
    " c.remind_us <= $20 THEN 1 ELSE 0 END), 0) FROM (" INBOX ") u JOIN work_case c ON c.case_id = u.case_id";

enum { INBOX_ARGS = 20 };
typedef struct InboxKey {
	int64_t due, id;
} InboxKey;

/* "1767225600000000-123": the last row of the page before. */
int case_cursor(Request *rq, int64_t *due_us, int64_t *case_id) {
	*due_us = INT64_MIN;
	*case_id = 0;
	if (!in_has(rq, "after")) return 0;
	Text after = in_text(rq, "after");
	const char *dash = memchr(after.at, '-', after.len);
	if (dash && text_to_int((Text){after.at, (size_t)(dash - after.at)}, due_us) == 0 &&
	    text_to_int((Text){dash + 1, after.len - (size_t)(dash + 1 - after.at)}, case_id) == 0)
		return 0;
	return error_field(rq->error, ERR_INVALID, "after", after, "cursor", "Send \"next\" of the page before.",
	                   "This is not a cursor of the inbox");
}

void case_cursor_write(Request *rq, int64_t due_us, int64_t case_id) {
	jw_kv_str(&rq->json, "next",
	          case_id ? arena_printf(rq->arena, "%lld-%lld", (long long)due_us, (long long)case_id) : NULL);
}

/* The ranges of due time, begin of amber and pause that a light stands for; "" and none: all. */
static void light_args(const Request *rq, const char *light, InboxKey after, Val args[INBOX_ARGS]) {
	const Val now = val_int(rq->now_us), any = val_null();
	bool red = strcmp(light, "red") == 0, amber = strcmp(light, "amber") == 0, green = strcmp(light, "green") == 0,
	     paused = strcmp(light, "paused") == 0;
	InboxKey from = {amber || green ? rq->now_us : paused ? NEVER_US - 1 : INT64_MIN, INT64_MAX};
	if (from.due > after.due) after = from;
	args[11] = after.due == INT64_MIN ? any : val_int(after.due);
	args[12] = val_int(after.id);
	args[14] = red ? now : any;
	args[15] = green ? now : any;
	args[16] = amber ? now : any;
	args[17] = paused ? val_int(0) : any;
	args[18] = *light && !paused ? val_int(0) : any;
}

/* light, line: "" = all */
static AskedSql inbox_asked(const Request *rq, const char *sql, const char *light, const char *line, InboxKey after,
                            int64_t limit) {
	const Party *party = &rq->party;
	bool desk = party_may(party, PERMIT_EVENT_DISPATCH) || party_may(party, PERMIT_HOTLINE);
	Val args[INBOX_ARGS];
	args[0] = org_if(rq, PERMIT_BIT(PERMIT_ASK));
	args[1] = org_if(rq, PERMIT_BIT(PERMIT_DECIDE));
	args[2] = party_may(party, PERMIT_SUPERVISE) ? val_int(0) : val_null();
	args[3] = args[7] = org_if(rq, PERMIT_BIT(PERMIT_EVENT_REPORT));
	args[4] = org_if(rq, PERMIT_BIT(PERMIT_EVENT_HANDLE));
	args[5] = org_if(rq, PERMIT_BIT(PERMIT_EVENT_DISPATCH));
	args[6] = org_if(rq, PERMIT_BIT(PERMIT_EVENT_SUPERVISE));
	args[8] = val_int(party->account_id ? party->account_id : -1);
	args[9] = party_may(party, PERMIT_DECIDE) ? val_null() : val_int(party->account_id);
	args[10] = desk ? val_null() : val_int(party->account_id);
	args[13] = val_int(limit);
	args[19] = val_int(rq->now_us);
	for (int i = 0; i <= 8 && *line; i++) /* 0 to 2 are who is meant in line sharing, 3 to 8 in line city */
		if (strcmp(line, line_name(i > 2 ? LINE_CITY : LINE_SHARING)) != 0) args[i] = i == 8 ? val_int(-1) : val_null();
	light_args(rq, light, after, args);
	return asked_sql(rq, sql, args, INBOX_ARGS);
}

int inbox_get(Request *rq) {
	InboxKey after, last = {0, 0};
	Rows *rows;
	int limit = in_limit(rq), shown = 0, code = case_cursor(rq, &after.due, &after.id);
	if (code < 0) return code;
	AskedSql asked = inbox_asked(rq, inbox_sql, in_has(rq, "light") ? in_str(rq, "light") : "",
	                             in_has(rq, "line") ? in_str(rq, "line") : "", after, limit + 1);
	if ((code = db_query(rq->db, &rows, ASKED(asked))) < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	int more = 0;
	while ((more = rows_next(rows)) > 0 && shown < limit && code >= 0) {
		last = (InboxKey){rows_int(rows, 18), rows_int(rows, 0)};
		code = list_row(rq, rows);
		shown++;
	}
	rows_close(rows);
	if (code < 0 || more < 0) return code < 0 ? code : more;
	jw_array_end(&rq->json);
	case_cursor_write(rq, last.due, more > 0 ? last.id : 0);
	jw_object_end(&rq->json);
	rq->row_count = shown;
	return 0;
}

int inbox_counts_get(Request *rq) {
	enum { COUNT_MAX = 1000 };
	Rows *rows;
	AskedSql asked = inbox_asked(rq, inbox_counts_sql, "", "", (InboxKey){INT64_MIN, 0}, COUNT_MAX);
	int code = db_one(rq->db, &rows, ASKED(asked));
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "waiting", rows_int(rows, 0));
	jw_kv_int(&rq->json, "red", rows_int(rows, 1));
	jw_kv_int(&rq->json, "amber", rows_int(rows, 2));
	jw_object_end(&rq->json);
	return 0;
}
