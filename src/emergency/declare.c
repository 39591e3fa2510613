/* declare: an emergency duty from its declaration to its end, and who sees it. */
#include "emergency/internal.h"
#include "notice/notice.h"

static int unsuited(Request *rq, const char *field, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, value, rule, advice, "%s", message);
}

/* --- who is called -----------------------------------------------------------------------------------------------------------
 */
/* $1 the duty, $2 an id, $3 roles; whoever is called already counts too. */
#define CALLED                                                                                                                   \
	" INSERT INTO emergency_officer (emergency_id, account_id, org_id, on_at, off_at, points, last_at, lon, lat, accuracy)"  \
	" SELECT CAST($1 AS BIGINT), a.account_id, a.org_id, 0, 0, 0, 0, 0, 0, 0 FROM account a WHERE a.kind = 'person' AND"     \
	" a.state = 'active' AND (a.roles & $3) <> 0 AND"
#define ONCE " ON CONFLICT (emergency_id, account_id) DO UPDATE SET org_id = excluded.org_id"
static const char one_sql[] = CALLED " a.account_id = $2" ONCE;
static const char org_sql[] = /* the organisation's and those of all below it */
    "WITH RECURSIVE tree (org_id) AS (SELECT o.org_id FROM org o WHERE o.org_id = $2 UNION SELECT o.org_id FROM org o JOIN tree t"
    " ON o.parent_id = t.org_id)" CALLED " a.org_id IN (SELECT t.org_id FROM tree t)" ONCE;

/* Each id of a list of texts by a statement that must find somebody. */
static int call_list(Request *rq, int64_t emergency_id, const char *field, const json_t *list, const char *sql) {
	for (size_t i = 0; i < json_array_size(list); i++) {
		int64_t id = 0, called = 0;
		const char *text = json_string_value(json_array_get(list, i));
		if (text && text_to_int(text_of(text), &id) == 0)
			called = db_run(rq->db, sql, BIND(val_int(emergency_id), val_int(id), val_int(EMERGENCY_ROLES)));
		if (called < 0) return (int)called;
		if (called == 0)
			return unsuited(
			    rq, field, text_of(text ? text : ""), "not_on_site",
			    "Choose active people who report, handle or dispatch events, or organisations that have such.",
			    "This is nobody who can be called to an emergency duty");
	}
	return 0;
}

static int call_all(Request *rq, int64_t emergency_id, int64_t *count) {
	const json_t *accounts = in_json(rq, "account_ids"), *orgs = in_json(rq, "org_ids");
	if ((accounts && !json_is_array(accounts)) || (orgs && !json_is_array(orgs)) ||
	    json_array_size(accounts) > EMERGENCY_PEOPLE_MAX || json_array_size(orgs) > 50)
		return unsuited(rq, "account_ids", TEXT_NONE, "length", "Name at most 500 people and 50 organisations.",
		                "These are not lists of people and organisations");
	int code = call_list(rq, emergency_id, "account_ids", accounts, one_sql);
	if (code == 0) code = call_list(rq, emergency_id, "org_ids", orgs, org_sql);
	if (code == 0)
		code = db_int(rq->db, count, "SELECT count(*) FROM emergency_officer WHERE emergency_id = $1",
		              BIND(val_int(emergency_id)));
	if (code < 0) return code;
	if (*count < 1)
		return unsuited(rq, "account_ids", TEXT_NONE, "nobody", "Name people, or organisations that have people on site.",
		                "Nobody is called to this emergency duty");
	if (*count > EMERGENCY_PEOPLE_MAX)
		return unsuited(rq, "org_ids", TEXT_NONE, "too_many", "Declare it for fewer; several can run at once.",
		                "An emergency duty is for 500 people at most");
	return 0;
}

static int tell_called(Request *rq, int64_t emergency_id, const char *name, const char *basis, int64_t ends_us) {
	Rows *rows;
	int64_t *accounts = ARENA_ARRAY(rq->arena, int64_t, EMERGENCY_PEOPLE_MAX);
	size_t count = 0;
	char until[CLOCK_TEXT_MAX];
	int code = db_query(rq->db, &rows,
	                    "SELECT account_id FROM emergency_officer WHERE emergency_id = $1 ORDER BY account_id LIMIT $2",
	                    BIND(val_int(emergency_id), val_int(EMERGENCY_PEOPLE_MAX)));
	if (code < 0) return code;
	while (count < EMERGENCY_PEOPLE_MAX && (code = rows_next(rows)) > 0)
		accounts[count++] = rows_int(rows, 0);
	rows_close(rows);
	if (code < 0) return code;
	clock_format(ends_us, until);
	const char *term = arena_printf(rq->arena, "%.10s %.5s", until, until + 11);
	const ProgramNotice notice = {
	    .title = {arena_printf(rq->arena, "应急值守：%s", name), arena_printf(rq->arena, "Emergency duty: %s", name)},
	    .body = {arena_printf(
	                 rq->arena,
	                 "依据：%s\n到 %s 为止。请在手机上打开“应急值守”，由您本人开启位置记录，可随时停止；值守结束即停止记录。",
	                 basis, term),
	             arena_printf(rq->arena,
	                          "Basis: %s\nUntil %s. Open it on your phone: you switch the recording of your position on, can "
	                          "stop it at any time, and it stops with the duty.",
	                          basis, term)},
	    .about = arena_printf(rq->arena, "/emergencies/%lld", (long long)emergency_id),
	    .accounts = accounts,
	    .account_count = count};
	int64_t told = notice_by_program(rq, &notice);
	return told < 0 ? (int)told : 0;
}

int emergencies_post(Request *rq) {
	int64_t emergency_id = store_new_id(rq->store), ends_us = in_int(rq, "ends_at"), count = 0,
	        hours = setting_int(rq, "emergency.hours_max");
	const char *name = text_cstr(rq->arena, text_trim(in_text(rq, "name"))),
	           *basis = text_cstr(rq->arena, text_trim(in_text(rq, "basis")));
	if (ends_us <= rq->now_us || ends_us > rq->now_us + hours * INT64_C(3600000000))
		return error_field(rq->error, ERR_INVALID, "ends_at", TEXT_NONE, "term",
		                   "Choose an end within that time; a longer one is declared again.",
		                   "An emergency duty ends in the future, and within %lld hours", (long long)hours);
	if (strlen(name) < 2 || strlen(basis) < 4)
		return unsuited(rq, strlen(name) < 2 ? "name" : "basis", TEXT_NONE, "length",
		                "Say what happened, and the plan or order that it rests on.", "It needs a name and a basis");
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO emergency (emergency_id, org_id, name, basis, begins_at, ends_at, declared_by, ended_at,"
	           " ended_by, end_note, gone_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, '', 0)",
	           BIND(val_int(emergency_id), val_int(rq->party.org_id), val_str(name), val_str(basis), val_int(rq->now_us),
	                val_int(ends_us), val_int(rq->party.account_id)));
	int code = done < 0 ? (int)done : call_all(rq, emergency_id, &count);
	if (code == 0) code = tell_called(rq, emergency_id, name, basis, ends_us);
	if (code < 0) return code;
	about_json(rq, json_pack("{s:s, s:s, s:I}", "name", name, "basis", basis, "people", (json_int_t)count));
	rq->about_subject = emergency_id;
	rq->row_count = count;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "emergency_id", emergency_id);
	jw_kv_int(&rq->json, "people", count);
	jw_object_end(&rq->json);
	return 0;
}

/* --- reading -----------------------------------------------------------------------------------------------------------------
 */
#define OPEN "e.ended_at = 0 AND e.ends_at > $2"
int emergencies_get(Request *rq) {
	static const Member one[] = {{"emergency_id", MEMBER_ID},
	                             {"name", MEMBER_TEXT},
	                             {"basis", MEMBER_TEXT},
	                             {"begins_at", MEMBER_TIME},
	                             {"ends_at", MEMBER_TIME},
	                             {"ended_at", MEMBER_TIME},
	                             {"open", MEMBER_BOOL},
	                             {"called", MEMBER_BOOL},
	                             {"on", MEMBER_BOOL},
	                             {"on_since", MEMBER_TIME},
	                             {0}};
	int limit = in_limit(rq);
	const Party *party = &rq->party;
	bool leads = party_may(party, PERMIT_EVENT_SUPERVISE) || party_may(party, PERMIT_EVENT_DISPATCH);
	AskedSql asked = asked_sql(
	    rq,
	    "SELECT e.emergency_id, e.name, e.basis, e.begins_at, e.ends_at, e.ended_at, CASE WHEN " OPEN " THEN 1 ELSE 0 END,"
	    " CASE WHEN o.account_id IS NULL THEN 0 ELSE 1 END, CASE WHEN o.on_at > o.off_at AND " OPEN " THEN 1 ELSE 0 END,"
	    " COALESCE(o.on_at, 0) FROM emergency e LEFT JOIN emergency_officer o ON o.emergency_id = e.emergency_id AND"
	    " o.account_id = $1 WHERE (o.account_id = $1 OR e.org_id = $3)/*if $4*/ AND $4 = 1 AND " OPEN "/*end*/"
	    "/*if $5*/ AND $5 = 1 AND o.account_id = $1/*end*//*if $6*/ AND e.emergency_id < $6/*end*/ ORDER BY"
	    " e.emergency_id DESC LIMIT $7",
	    BIND(val_int(party->account_id), val_int(rq->now_us), val_int(leads ? party->org_id : 0), asked_int(rq, "open"),
	         asked_int(rq, "called"), asked_int(rq, "after"), val_int(limit + 1)));
	return answer_page(rq, limit, one, ASKED(asked));
}

int emergency_get(Request *rq) {
	static const Member head[] = {{"emergency_id", MEMBER_ID},
	                              {"name", MEMBER_TEXT},
	                              {"basis", MEMBER_TEXT},
	                              {"begins_at", MEMBER_TIME},
	                              {"ends_at", MEMBER_TIME},
	                              {"declared_by", MEMBER_TEXT},
	                              {"ended_at", MEMBER_TIME},
	                              {"ended_by", MEMBER_TEXT},
	                              {"end_note", MEMBER_TEXT},
	                              {"tracks_gone_at", MEMBER_TIME},
	                              {0}};
	static const Member person[] = {{"account_id", MEMBER_ID}, {"name", MEMBER_TEXT},       {"org_name", MEMBER_TEXT},
	                                {"on", MEMBER_BOOL},       {"on_at", MEMBER_TIME},      {"off_at", MEMBER_TIME},
	                                {"points", MEMBER_INT},    {"last_at", MEMBER_TIME},    {"lon", MEMBER_DOUBLE},
	                                {"lat", MEMBER_DOUBLE},    {"accuracy", MEMBER_DOUBLE}, {0}};
	Rows *rows;
	Duty duty;
	int code = duty_find(rq, in_int(rq, "id"), &duty);
	if (code == 0)
		code =
		    db_one(rq->db, &rows,
		           "SELECT e.emergency_id, e.name, e.basis, e.begins_at, e.ends_at, COALESCE(a.name, ''), e.ended_at,"
		           " COALESCE(b.name, ''), e.end_note, e.gone_at FROM emergency e LEFT JOIN account a ON a.account_id ="
		           " e.declared_by LEFT JOIN account b ON b.account_id = e.ended_by WHERE e.emergency_id = $1",
		           BIND(val_int(duty.emergency_id)));
	if (code < 0) return code;
	bool open = duty_open(&duty, rq->now_us), leads = party_may(&rq->party, PERMIT_EVENT_SUPERVISE) && duty.in_charge;
	jw_object(&rq->json);
	row_members(rq, rows, head);
	jw_kv_bool(&rq->json, "open", open);
	jw_kv_bool(&rq->json, "called", duty.called);
	jw_kv_bool(&rq->json, "may_end", open && leads);
	code =
	    answer_under(rq, "people", person,
	                 "SELECT o.account_id, a.name, g.name, CASE WHEN o.on_at > o.off_at AND CAST($3 AS BIGINT) = 1 THEN 1 "
	                 "ELSE 0 END, o.on_at,"
	                 " o.off_at, o.points, o.last_at, CASE WHEN o.last_at = 0 THEN NULL ELSE o.lon END, CASE WHEN o.last_at "
	                 "= 0 THEN NULL ELSE"
	                 " o.lat END, CASE WHEN o.last_at = 0 THEN NULL ELSE o.accuracy END FROM emergency_officer o JOIN "
	                 "account a ON a.account_id"
	                 " = o.account_id JOIN org g ON g.org_id = o.org_id WHERE o.emergency_id = $1 AND (o.account_id = $2 OR "
	                 "CAST($4 AS BIGINT)"
	                 " = 1) ORDER BY g.name, a.name, o.account_id LIMIT 500",
	                 BIND(val_int(duty.emergency_id), val_int(rq->party.account_id), val_int(open), val_int(duty.in_charge)));
	jw_object_end(&rq->json);
	return code;
}

/* Names only, of those who can be called. */
int emergency_people_get(Request *rq) {
	static const Member person[] = {
	    {"account_id", MEMBER_ID}, {"name", MEMBER_TEXT}, {"org_id", MEMBER_ID}, {"org_name", MEMBER_TEXT}, {0}};
	return answer_list(rq, person,
	                   "SELECT a.account_id, a.name, a.org_id, o.name FROM account a JOIN org o ON o.org_id = a.org_id WHERE "
	                   "a.kind = 'person'"
	                   " AND a.state = 'active' AND (a.roles & $2) <> 0 AND (lower(a.name) LIKE $1 ESCAPE '\\' OR "
	                   "lower(o.name) LIKE $1 ESCAPE"
	                   " '\\') ORDER BY o.name, a.name, a.account_id LIMIT 50",
	                   BIND(in_like(rq, "q"), val_int(EMERGENCY_ROLES)));
}

/* --- its end -----------------------------------------------------------------------------------------------------------------
 */
int emergency_end_post(Request *rq) {
	Duty duty;
	int code = duty_find(rq, in_int(rq, "id"), &duty);
	if (code < 0) return code;
	if (!duty.in_charge) return fail(rq, ERR_FORBIDDEN, "Whoever leads the centre that declared it ends it");
	if (!duty_open(&duty, rq->now_us)) return fail(rq, ERR_CONFLICT, "This emergency duty has ended already");
	int64_t done = db_run(
	    rq->db, "UPDATE emergency SET ended_at = $2, ended_by = $3, end_note = $4 WHERE emergency_id = $1 AND ended_at = 0",
	    BIND(val_int(duty.emergency_id), val_int(rq->now_us), val_int(rq->party.account_id),
	         val_text(text_trim(in_text(rq, "note")))));
	return done < 0 ? (int)done : emergency_get(rq);
}
