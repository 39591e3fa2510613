/* handover: what a desk leaves to the next shift: facts drawn from the city's cases and the queue, words of who leaves, the time
 * at which the next one took over. */
#include "hotline/internal.h"

#define DAY_US INT64_C(86400000000)

/* When the desk was handed over last; a day ago when it never was. */
static int since_of(Request *rq, Text desk, int64_t *out) {
	int64_t last = 0;
	int code = db_int(rq->db, &last, "SELECT COALESCE(MAX(written_us), 0) FROM hotline_handover WHERE desk = $1",
	                  BIND(val_text(desk)));
	*out = last ? last : rq->now_us - DAY_US;
	return code < 0 ? code : 0;
}

typedef struct Fact {
	const char *name, *sql; /* $1 now, $2 since, $3 the caller's organisation */
} Fact;
#define OWN                                                                                                                      \
	" FROM work_case WHERE line = 'city' AND process = 'city_event' AND closed_at = 0 AND centre_org <> 0 AND centre_org = " \
	"$3 AND CAST($1 AS BIGINT) "                                                                                             \
	"> 0 AND CAST($2 AS "                                                                                                    \
	"BIGINT) >= 0"
static const Fact facts[] = {
    {"open", "SELECT COUNT(*)" OWN},
    {"late", "SELECT COUNT(*)" OWN " AND due_us < $1 AND paused_us = 0"},
    {"soon", "SELECT COUNT(*)" OWN " AND due_us >= $1 AND remind_us <= $1 AND paused_us = 0"},
    {"paused", "SELECT COUNT(*)" OWN " AND paused_us > 0"},
    {"mine", "SELECT COUNT(*)" OWN " AND turn IN ('bureau', 'lead')"},
    {"came", "SELECT COUNT(*) FROM work_case WHERE line = 'city' AND process = 'city_event' AND centre_org <> 0 AND centre_org = "
             "$3 AND created_at > $2 AND "
             "created_at <= $1"},
    {"closed", "SELECT COUNT(*) FROM work_case WHERE line = 'city' AND process = 'city_event' AND centre_org <> 0 AND centre_org "
               "= $3 AND closed_at > $2 "
               "AND closed_at <= $1"},
    {"calls_waiting",
     "SELECT COUNT(*) FROM hotline_call WHERE state = 'waiting' AND received_us <= $1 AND CAST($2 AS BIGINT) >= 0 AND"
     " CAST($3 AS BIGINT) >= 0"},
    {"calls_taken", "SELECT COUNT(*) FROM hotline_call WHERE received_us > $2 AND received_us <= $1 AND CAST($3 AS BIGINT) >= 0"},
    {"calls_back",
     "SELECT COUNT(*) FROM hotline_call h JOIN work_case c ON c.case_id = h.case_id WHERE h.back_state = 'waiting' AND"
     " h.back_next_us <= $1 AND c.closed_at > 0 AND CAST($2 AS BIGINT) >= 0 AND CAST($3 AS BIGINT) >= 0"},
};

static json_t *late_list(Request *rq, int *code) {
	Rows *rows;
	json_t *list = json_array();
	*code = db_query(rq->db, &rows,
	                 "SELECT case_id, number, title, due_us FROM work_case WHERE line = 'city' AND process = 'city_event' "
	                 "AND closed_at = 0 AND "
	                 "centre_org <> 0 AND centre_org = $1 AND"
	                 " due_us < $2 AND paused_us = 0 ORDER BY due_us LIMIT 50",
	                 BIND(val_int(rq->party.org_id), val_int(rq->now_us)));
	while (*code >= 0 && (*code = rows_next(rows)) > 0)
		json_array_append_new(list,
		                      json_pack("{s:o, s:s, s:s}", "case_id", json_sprintf("%lld", (long long)rows_int(rows, 0)),
		                                "number", rows_str(rows, 1, rq->arena), "title", rows_str(rows, 2, rq->arena)));
	return list;
}

/* As JSON in rq's arena. */
static int facts_draw(Request *rq, int64_t since, const char **out) {
	json_t *json = json_object();
	int code = 0;
	for (size_t i = 0; i < sizeof facts / sizeof *facts && code >= 0; i++) {
		int64_t count = 0;
		code = db_int(rq->db, &count, facts[i].sql, BIND(val_int(rq->now_us), val_int(since), val_int(rq->party.org_id)));
		json_object_set_new(json, facts[i].name, json_integer(count));
	}
	if (code >= 0) json_object_set_new(json, "late_cases", late_list(rq, &code));
	char *text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	*out = arena_strdup(rq->arena, text ? text : "{}");
	free(text);
	return code < 0 ? code : 0;
}

int handover_draft_get(Request *rq) {
	const char *facts_now;
	int64_t since;
	int code = since_of(rq, in_text(rq, "desk"), &since);
	if (code == 0) code = facts_draw(rq, since, &facts_now);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_time(&rq->json, "since", since);
	jw_key(&rq->json, "facts");
	jw_raw(&rq->json, text_of(facts_now));
	jw_object_end(&rq->json);
	return 0;
}

static const Member members[] = {{"handover_id", MEMBER_ID},
                                 {"desk", MEMBER_TEXT},
                                 {"from_name", MEMBER_TEXT},
                                 {"to_account", MEMBER_ID},
                                 {"to_name", MEMBER_TEXT},
                                 {"since", MEMBER_TIME},
                                 {"written_at", MEMBER_TIME},
                                 {"facts", MEMBER_JSON},
                                 {"words", MEMBER_TEXT},
                                 {"confirmed_at", MEMBER_TIME},
                                 {0}};
#define HANDOVER_COLUMNS                                                                                                         \
	"SELECT h.handover_id, h.desk, f.name, h.to_account, t.name, h.since_us, h.written_us, h.facts, h.words, h.confirmed_us" \
	" FROM hotline_handover h JOIN account f ON f.account_id = h.from_account JOIN account t ON t.account_id = h.to_account"

int handovers_get(Request *rq) {
	int limit = in_limit(rq);
	return answer_page(rq, limit, members,
	                   HANDOVER_COLUMNS " WHERE h.handover_id < $1 AND h.desk = $2 ORDER BY h.handover_id DESC LIMIT $3",
	                   BIND(val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX), val_text(in_text(rq, "desk")),
	                        val_int(limit + 1)));
}

int handover_post(Request *rq) {
	const char *facts_now;
	int64_t since, there = 0, handover_id = store_new_id(rq->store);
	int code = db_int(rq->db, &there,
	                  "SELECT account_id FROM account WHERE account_id = $1 AND kind = 'person' AND state = 'active'",
	                  BIND(val_int(in_int(rq, "to_account"))));
	if (code < 0) return code;
	if (!party_may(&rq->party, PERMIT_HOTLINE) && !party_may(&rq->party, PERMIT_EVENT_DISPATCH))
		return error_field(rq->error, ERR_FORBIDDEN, "desk", TEXT_NONE, "party",
		                   "Those who take calls or dispatch hand over.", "This account staffs no desk");
	if (!there || there == rq->party.account_id)
		return error_field(rq->error, ERR_INVALID, "to_account", TEXT_NONE, "unknown_account", "Choose who takes over.",
		                   "Nobody else was named who takes over");
	if ((code = since_of(rq, in_text(rq, "desk"), &since)) < 0 || (code = facts_draw(rq, since, &facts_now)) < 0) return code;
	code = (int)db_run(
	    rq->db,
	    "INSERT INTO hotline_handover (handover_id, desk, from_account, to_account, since_us, written_us, facts, words,"
	    " confirmed_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
	    BIND(val_int(handover_id), val_text(in_text(rq, "desk")), val_int(rq->party.account_id), val_int(there),
	         val_int(since), val_int(rq->now_us), val_str(facts_now),
	         in_has(rq, "words") ? val_text(in_text(rq, "words")) : val_str("")));
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_HOTLINE, 0, 1, FEED_STATE);
	if (code < 0) return code;
	rq->about_subject = handover_id;
	rq->status = 201;
	return answer_list(rq, members, HANDOVER_COLUMNS " WHERE h.handover_id = $1", BIND(val_int(handover_id)));
}

/* Only who was named takes over; once. */
int handover_confirm_post(Request *rq) {
	int64_t changed = db_run(
	    rq->db,
	    "UPDATE hotline_handover SET confirmed_us = $3 WHERE handover_id = $1 AND to_account = $2 AND confirmed_us = 0",
	    BIND(val_int(in_int(rq, "id")), val_int(rq->party.account_id), val_int(rq->now_us)));
	if (changed < 0) return (int)changed;
	rq->about_subject = in_int(rq, "id");
	if (!changed)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "not_yours", "Read the list again.",
		                   "This sheet is for somebody else, or was taken over already");
	int code = feed_append(rq->db, FEED_TOPIC_HOTLINE, 0, 1, FEED_STATE);
	return code < 0 ? code
	                : answer_list(rq, members, HANDOVER_COLUMNS " WHERE h.handover_id = $1", BIND(val_int(in_int(rq, "id"))));
}
