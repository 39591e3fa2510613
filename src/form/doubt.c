/* doubt: what a filler doubted, and what became of it. The objection is a case of the data side that a grid officer does not
 * open; here he reads its state and its answer, of his own doubts alone. */
#include "form/internal.h"

int doubt_keep(Request *rq, const FormDoubt *doubt) {
	int64_t done = db_run(rq->db,
	                      "INSERT INTO form_doubt (case_id, account_id, form_id, item, given_at) VALUES ($1, $2, $3, $4, $5)"
	                      " ON CONFLICT (case_id, account_id) DO NOTHING",
	                      BIND(val_int(doubt->case_id), val_int(rq->party.account_id), val_int(doubt->form_id),
	                           val_str(doubt->item), val_int(rq->now_us)));
	return done < 0 ? (int)done : 0;
}

static void said_write(Request *rq, Text form) {
	json_t *json = form.len ? json_loadb(form.at, form.len, 0, NULL) : NULL;
	const char *const names[] = {"reason", "right"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *said = json_string_value(json_object_get(json, names[i]));
		jw_kv_str(&rq->json, names[i], said ? said : "");
	}
	json_decref(json);
}

static int doubt_row(Request *rq, Rows *rows) {
	static const Member members[] = {{"case_id", MEMBER_ID},       {"number", MEMBER_TEXT},
	                                 {"form_id", MEMBER_ID},       {"form_title", MEMBER_TEXT},
	                                 {"entry", MEMBER_TEXT},       {"item", MEMBER_TEXT},
	                                 {"given_at", MEMBER_TIME},    {"state", MEMBER_TEXT},
	                                 {"outcome", MEMBER_TEXT},     {"updated_at", MEMBER_TIME},
	                                 {"closed_at", MEMBER_TIME},   {"answer", MEMBER_TEXT},
	                                 {"answered_by", MEMBER_TEXT}, {0}};
	enum { PROCESS_VERSION = 13, FORM };
	const char *title = "", *title_en = "";
	int code = case_state_titles(rq, TEXT("record_objection"), (int)rows_int(rows, PROCESS_VERSION), rows_text(rows, 7),
	                             &title, &title_en);
	if (code < 0) return code;
	jw_object(&rq->json);
	row_members(rq, rows, members);
	jw_kv_str(&rq->json, "state_title", title);
	jw_kv_str(&rq->json, "state_title_en", title_en);
	said_write(rq, rows_text(rows, FORM));
	jw_object_end(&rq->json);
	return 0;
}

/* Words of the doubt only where they are the caller's own: another of his organisation may have been first. The answer is the
 * last that somebody else than the asker wrote. */
int doubts_get(Request *rq) {
	int limit = in_limit(rq);
	return answer_rows(
	    rq, limit, doubt_row,
	    "SELECT d.case_id, c.number, d.form_id, f.title, c.title, d.item, d.given_at, c.state, c.outcome, c.updated_at,"
	    " c.closed_at, COALESCE(e.note, ''), COALESCE(o.name, ''), c.process_version, CASE WHEN c.asker_account = $1 THEN"
	    " c.form ELSE '' END FROM form_doubt d JOIN work_case c ON c.case_id = d.case_id JOIN form f ON f.form_id = d.form_id"
	    " LEFT JOIN case_event e ON e.case_id = c.case_id AND e.event_no = (SELECT MAX(w.event_no) FROM case_event w WHERE"
	    " w.case_id = c.case_id AND w.side <> 'asker' AND w.note <> '') LEFT JOIN org o ON o.org_id = e.org_id"
	    " WHERE d.account_id = $1 AND d.case_id < $2 ORDER BY d.case_id DESC LIMIT $3",
	    BIND(val_int(rq->party.account_id), val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX),
	         val_int(limit + 1)));
}
