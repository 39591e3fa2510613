/* back: callers are called back when their event is closed: what they think of it is the event's rating; who is not content may
 * have it opened again; who is not reached is tried again, a set number of times. */
#include "hotline/internal.h"

typedef struct Back {
	int64_t call_id, case_id, version, tries;
	bool own; /* the event was made for a call: who calls back rates it; else it is another's, which is not rated twice */
	bool confidential;
	const char *caller; /* sealed */
} Back;

static int back_load(Request *rq, Back *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT h.case_id, h.version, h.back_tries, h.back_state, c.closed_at, c.asker_org, "
	                   "h.confidential, h.caller FROM hotline_call h JOIN work_case c"
	                   " ON c.case_id = h.case_id WHERE h.call_id = $1",
	                   BIND(val_int(in_int(rq, "id"))));
	if (found < 0) return found;
	if (!found) return fail(rq, ERR_NOT_FOUND, "There is no such call");
	*out = (Back){in_int(rq, "id"),
	              rows_int(rows, 0),
	              rows_int(rows, 1),
	              rows_int(rows, 2),
	              rows_int(rows, 5) == rq->party.org_id,
	              rows_int(rows, 6) != 0,
	              rows_str(rows, 7, rq->arena)};
	if (!text_is(rows_text(rows, 3), "waiting") || rows_int(rows, 4) == 0)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "no_call_back", "Read the list again.",
		                   "Nobody is to be called back about this call now");
	if (out->version != in_int(rq, "version"))
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read the call again.",
		                   "The call is not there, or somebody dealt with it meanwhile");
	return 0;
}

static int back_set(Request *rq, const Back *back, const char *state, int64_t next_us, int64_t stars, Text words) {
	int code =
	    (int)db_run(rq->db,
	                "UPDATE hotline_call SET back_state = $2, back_tries = back_tries + 1, back_next_us = $3, stars = $4,"
	                " back_words = $5, version = version + 1 WHERE call_id = $1",
	                BIND(val_int(back->call_id), val_str(state), val_int(next_us), val_int(stars), val_text(words)));
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_HOTLINE, 0, 1, FEED_STATE);
	return code < 0 ? code : calls_one(rq, back->call_id);
}

/* What the history gets, which handlers read: nothing of a confidential caller, this one's or the event's. */
static int back_note(Request *rq, const Back *back, Text words, const char **out) {
	Text name, phone;
	if (back->confidential) {
		caller_open(rq, text_of(back->caller), &name, &phone);
		words = event_words_hide(rq->arena, words, name, phone);
	}
	return event_note_hide(rq, back->case_id, words.len ? text_cstr(rq->arena, words) : NULL, out);
}

/* Opened again, the caller is called back once more when it is closed again. */
static int back_answered(Request *rq, const Back *back, int64_t stars, Text words) {
	bool again = in_int(rq, "reopen") != 0;
	const char *note;
	if (again && !words.len)
		return error_field(rq->error, ERR_INVALID, "words", TEXT_NONE, "required", "Write what is still wrong.",
		                   "An event is opened again for a reason");
	int code = back_note(rq, back, words, &note);
	if (code < 0) return code;
	json_t *form = json_pack("{s:I}", "stars", (json_int_t)stars);
	code = form == NULL ? fail(rq, ERR_INTERNAL, "out of memory")
	       : back->own  ? case_do(rq, back->case_id, 0, "rate", note, form)
	                    : 0;
	json_decref(form);
	if (code >= 0 && again) code = case_do(rq, back->case_id, 0, "not_content", note, NULL);
	return code < 0 ? code : back_set(rq, back, again ? "waiting" : "done", 0, stars, words);
}

int call_back_post(Request *rq) {
	Back back;
	Text outcome = in_text(rq, "outcome"), words = in_has(rq, "words") ? text_trim(in_text(rq, "words")) : TEXT("");
	int64_t stars = in_int(rq, "stars");
	int code = back_load(rq, &back);
	if (code < 0) return code;
	if (text_is(outcome, "answered")) {
		if (stars) return back_answered(rq, &back, stars, words);
		return error_field(rq->error, ERR_INVALID, "stars", TEXT_NONE, "required", "Give 1 to 5.",
		                   "What the caller thinks of it is missing");
	}
	if (text_is(outcome, "declined")) return back_set(rq, &back, "done", 0, 0, words);
	bool over = back.tries + 1 >= setting_int(rq, "hotline.back_tries");
	return back_set(rq, &back, over ? "unreachable" : "waiting",
	                rq->now_us + setting_int(rq, "hotline.back_hours") * INT64_C(3600000000), 0, words);
}
