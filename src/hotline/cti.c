/* cti: what the telephone switch tells: which agent's telephone rings, was answered, hung up. The agent's page is told through
 * the feed and reads the number; it is in no address and no log, and gone after a day. Writes; rings_get reads. */
#include "hotline/internal.h"

#define DAY_US INT64_C(86400000000)

int hotline_sender(Request *rq) {
	Text channel;
	if (rq->party.kind == PARTY_PERSON && party_may(&rq->party, PERMIT_HOTLINE)) return 0;
	int code = rq->party.kind == PARTY_SERVICE ? event_source_channel(rq, &channel) : ERR_FORBIDDEN;
	if (code == 0 && text_is(channel, "hotline")) return 0;
	if (code < 0 && code != ERR_FORBIDDEN) return code;
	return error_field(rq->error, ERR_FORBIDDEN, "channel", TEXT_NONE, "source",
	                   "Ask the centre to name the account as a source of the channel hotline.",
	                   "This account may not bring calls in");
}

int cti_post(Request *rq) {
	char digits[DIGITS_MAX + 1] = "";
	const char *caller;
	int64_t account_id = 0;
	Text state = in_text(rq, "state"), reference = text_trim(in_text(rq, "reference")),
	     number = in_has(rq, "caller_number") ? text_trim(in_text(rq, "caller_number")) : TEXT("");
	int code = hotline_sender(rq);
	if (code >= 0) code = number.len ? number_digits(rq, "caller_number", number, digits) : 0;
	if (code >= 0) code = caller_lock(rq, TEXT(""), digits, &caller);
	if (code >= 0)
		code = db_int(rq->db, &account_id, "SELECT account_id FROM hotline_extension WHERE extension = $1",
		              BIND(val_text(text_trim(in_text(rq, "extension")))));
	if (code < 0) return code;
	if (!account_id)
		return error_field(rq->error, ERR_NOT_FOUND, "extension", in_text(rq, "extension"), "unknown_extension",
		                   "The operator enters it on the page of 12345.", "No operator has this extension");
	/* what comes late does not turn a call back: ringing, answered, ended */
	code = (int)db_run(
	    rq->db,
	    "INSERT INTO hotline_ring (reference, account_id, caller, state, call_id, at_us, changed_us) VALUES ($1,"
	    " $2, $3, $4, 0, $5, $5) ON CONFLICT (reference) DO UPDATE SET account_id = $2, caller = CASE WHEN"
	    " hotline_ring.caller = '' THEN $3 ELSE hotline_ring.caller END, state = CASE WHEN hotline_ring.state ="
	    " 'ended' OR (hotline_ring.state = 'answered' AND CAST($4 AS TEXT) = 'ringing') THEN hotline_ring.state ELSE"
	    " $4 END, changed_us = $5",
	    BIND(val_text(reference), val_int(account_id), val_str(caller), val_text(state), val_int(rq->now_us)));
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_HOTLINE, account_id, 1, FEED_STATE);
	rq->about_subject = account_id;
	return code < 0 ? code : 0;
}

int rings_chore(Request *rq) {
	return chore_portion(
	    rq, rq->now_us - DAY_US,
	    "DELETE FROM hotline_ring WHERE reference IN (SELECT reference FROM hotline_ring WHERE at_us < $1 LIMIT $2)");
}

static int ring_row(Request *rq, Rows *rows) {
	JsonWriter *json = &rq->json;
	Text name, phone;
	caller_open(rq, rows_text(rows, 1), &name, &phone);
	jw_object(json);
	jw_kv_text(json, "reference", rows_text(rows, 0));
	jw_kv_text(json, "caller_number", phone);
	jw_kv_text(json, "state", rows_text(rows, 2));
	jw_kv_time(json, "at", rows_int(rows, 3));
	jw_object_end(json);
	return 0;
}

/* Of the last two hours and not taken down yet, the newest first. */
int rings_get(Request *rq) {
	rq->sensitive = true;
	return answer_rows(
	    rq, 0, ring_row,
	    "SELECT reference, caller, state, at_us FROM hotline_ring WHERE account_id = $1 AND call_id = 0 AND at_us >"
	    " $2 ORDER BY at_us DESC LIMIT 10",
	    BIND(val_int(rq->party.account_id), val_int(rq->now_us - DAY_US / 12)));
}

int ring_taken(Request *rq, Text reference, int64_t call_id) {
	return (int)db_run(rq->db, "UPDATE hotline_ring SET call_id = $2 WHERE reference = $1",
	                   BIND(val_text(reference), val_int(call_id)));
}

int extension_get(Request *rq) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT extension FROM hotline_extension WHERE account_id = $1",
	                   BIND(val_int(rq->party.account_id)));
	if (found < 0) return found;
	jw_object(&rq->json);
	jw_kv_text(&rq->json, "extension", found ? rows_text(rows, 0) : TEXT(""));
	jw_object_end(&rq->json);
	return 0;
}

/* Whoever sits at it has it: a desk's telephone goes from one agent to the next. */
int extension_put(Request *rq) {
	Val self = val_int(rq->party.account_id), extension = val_text(text_trim(in_text(rq, "extension")));
	int code =
	    (int)db_run(rq->db, "DELETE FROM hotline_extension WHERE account_id = $1 OR extension = $2", BIND(self, extension));
	if (code >= 0 && text_trim(in_text(rq, "extension")).len)
		code = (int)db_run(rq->db, "INSERT INTO hotline_extension (account_id, extension) VALUES ($1, $2)",
		                   BIND(self, extension));
	return code < 0 ? code : extension_get(rq);
}
