/* call: calls, mails and messages of 12345 in one queue; each becomes an event, is answered at once, or is put through. Table
 * hotline_call. The caller is sealed and found again only by a keyed hash. Reads in any lane, changes in a write. */
#include "hotline/internal.h"

bool is_lead(const Request *rq) {
	return party_may(&rq->party, PERMIT_EVENT_SUPERVISE);
}

/* --- taking a call --------------------------------------------------------------------------------------------------------- */
static int call_answer(Request *rq, int64_t call_id, int64_t version) {
	rq->about_subject = call_id;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "call_id", call_id);
	jw_kv_int(&rq->json, "version", version);
	jw_object_end(&rq->json);
	return 0;
}

/* One call of the switch or sender is taken down once, also by two at the same time. */
static int reference_free(Request *rq, Text reference) {
	int64_t there = 0;
	int code = db_lock(rq->db, "hotline.reference", 0);
	if (code >= 0)
		code = db_int(rq->db, &there, "SELECT call_id FROM hotline_call WHERE reference = $1 AND reference <> '' LIMIT 1",
		              BIND(val_text(reference)));
	if (code < 0 || !there) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_CONFLICT, "reference", reference, "reference_taken",
	                   "Go on with the call that is there, or leave the reference out.",
	                   "A call was taken down under this reference already");
}

/* Whoever sends it, waits for an operator; a person's own call is that person's. */
int calls_post(Request *rq) {
	char digits[DIGITS_MAX + 1] = "";
	const char *caller;
	Text number = in_has(rq, "caller_number") ? text_trim(in_text(rq, "caller_number")) : TEXT("");
	Text name = in_has(rq, "caller_name") ? text_trim(in_text(rq, "caller_name")) : TEXT("");
	Text reference = in_has(rq, "reference") ? text_trim(in_text(rq, "reference")) : TEXT("");
	Text paper = in_has(rq, "paper_number") ? text_trim(in_text(rq, "paper_number")) : TEXT("");
	int64_t received = in_has(rq, "received_at") ? in_int(rq, "received_at") : rq->now_us;
	int64_t call_id = store_new_id(rq->store);
	bool own = rq->party.kind == PARTY_PERSON && text_is(in_text(rq, "channel"), "phone");
	/* 举报: nobody else needs to know who it was, unless the caller does not mind */
	bool confidential = in_has(rq, "confidential") ? in_int(rq, "confidential") != 0 : text_is(in_text(rq, "type"), "report");
	int code = hotline_sender(rq);
	if (code < 0) return code;
	if (received > rq->now_us)
		return error_field(rq->error, ERR_INVALID, "received_at", TEXT_NONE, "range", "Give the time it came in.",
		                   "A call cannot come in later than now");
	code = number.len ? number_digits(rq, "caller_number", number, digits) : 0;
	if (code == 0) code = caller_lock(rq, name, digits, &caller);
	if (code == 0 && reference.len) code = reference_free(rq, reference);
	if (code < 0) return code;
	code = (int)db_run(
	    rq->db,
	    "INSERT INTO hotline_call (call_id, channel, type, words, caller, caller_hash, confidential, state,"
	    " ending, operator_id, case_id, received_us, ended_us, version, reference, paper_number) VALUES ($1, $2, $3, $4, $5,"
	    " $6, $7, 'waiting', '', $8, 0, $9, 0, 1, $10, $11)",
	    BIND(val_int(call_id), val_text(in_text(rq, "channel")), val_text(in_text(rq, "type")),
	         val_text(in_text(rq, "words")), val_str(caller), val_str(*digits ? number_hash(rq, digits) : ""),
	         val_int(confidential), val_int(own ? rq->party.account_id : 0), val_int(received), val_text(reference),
	         val_text(paper)));
	if (code >= 0 && reference.len) code = ring_taken(rq, reference, call_id);
	if (code >= 0 && paper.len) code = number_take(rq, paper, call_id);
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_HOTLINE, 0, 1, FEED_STATE);
	if (code < 0) return code;
	rq->status = 201;
	return call_answer(rq, call_id, 1);
}

/* One operator takes what waits; the other is told who has it. */
int call_claim_post(Request *rq) {
	bool release = in_int(rq, "release") != 0;
	int64_t self = rq->party.account_id, call_id = in_int(rq, "id");
	int64_t changed = db_run(rq->db,
	                         "UPDATE hotline_call SET operator_id = $3, version = version + 1 WHERE call_id = $1 AND state ="
	                         " 'waiting' AND (operator_id = $2 OR (operator_id = 0 AND CAST($3 AS BIGINT) <> 0) OR CAST($4 AS"
	                         " BIGINT) = 1)",
	                         BIND(val_int(call_id), val_int(self), val_int(release ? 0 : self), val_int(is_lead(rq))));
	if (changed < 0) return (int)changed;
	if (!changed) {
		Rows *rows;
		int found =
		    db_one(rq->db, &rows,
		           "SELECT a.name, h.state FROM hotline_call h LEFT JOIN account a ON a.account_id = h.operator_id"
		           " WHERE h.call_id = $1",
		           BIND(val_int(call_id)));
		if (found < 0) return found;
		if (!found) return fail(rq, ERR_NOT_FOUND, "There is no such call");
		return error_field(rq->error, ERR_CONFLICT, "id", rows_text(rows, 0), "taken", "Take another one.",
		                   "Somebody else has taken this call, or it is dealt with");
	}
	int code = feed_append(rq->db, FEED_TOPIC_HOTLINE, 0, 1, FEED_STATE);
	return code < 0 ? code : calls_one(rq, call_id);
}

/* --- showing --------------------------------------------------------------------------------------------------------------- */
#define CALL_COLUMNS                                                                                                             \
	"SELECT h.call_id, h.channel, h.type, h.words, h.caller, h.confidential, h.state, h.ending, h.operator_id, a.name, "     \
	"h.case_id,"                                                                                                             \
	" c.number, c.state, h.received_us, h.ended_us, h.version, h.back_state, h.back_tries, h.stars, h.back_words, "          \
	"h.reference, CASE WHEN h.operator_id = $1 THEN 1 ELSE 0 END, c.closed_at, h.paper_number FROM hotline_call h LEFT "     \
	"JOIN account a ON "                                                                                                     \
	"a.account_id ="                                                                                                         \
	" h.operator_id LEFT JOIN work_case c ON c.case_id = h.case_id"

static void call_write(Request *rq, Rows *rows, bool clear) {
	JsonWriter *json = &rq->json;
	Text name, phone, key = text_of(arena_printf(rq->arena, "%lld", (long long)rows_int(rows, 0)));
	bool hidden = rows_int(rows, 5) && !is_lead(rq) && rows_int(rows, 8) != rq->party.account_id;
	enum { WORDS = 3, ENDING = 7, BACK_WORDS = 19 };
	Text said[BACK_WORDS + 1] = {
	    [WORDS] = rows_text(rows, WORDS), [ENDING] = rows_text(rows, ENDING), [BACK_WORDS] = rows_text(rows, BACK_WORDS)};
	caller_open(rq, rows_text(rows, 4), &name, &phone);
	for (int i = WORDS; hidden && i <= BACK_WORDS; i++)
		if (said[i].len) said[i] = event_words_hide(rq->arena, said[i], name, phone);
	if (hidden) name = phone = TEXT("");
	jw_object(json);
	jw_kv_id(json, "call_id", rows_int(rows, 0));
	jw_kv_text(json, "channel", rows_text(rows, 1));
	jw_kv_text(json, "type", rows_text(rows, 2));
	jw_kv_text(json, "words", said[WORDS]);
	jw_kv_bool(json, "confidential", rows_int(rows, 5) != 0);
	jw_kv_text(json, "state", rows_text(rows, 6));
	jw_kv_text(json, "ending", said[ENDING]);
	jw_kv_str(json, "operator", rows_str(rows, 9, rq->arena));
	if (rows_int(rows, 10))
		jw_kv_id(json, "case_id", rows_int(rows, 10));
	else
		jw_kv_str(json, "case_id", NULL);
	jw_kv_str(json, "case_number", rows_int(rows, 10) ? rows_str(rows, 11, rq->arena) : NULL);
	jw_kv_str(json, "case_state", rows_int(rows, 10) ? rows_str(rows, 12, rq->arena) : NULL);
	jw_kv_time(json, "received_at", rows_int(rows, 13));
	jw_kv_time(json, "ended_at", rows_int(rows, 14));
	jw_kv_int(json, "version", rows_int(rows, 15));
	jw_kv_text(json, "back_state", rows_text(rows, 16));
	jw_kv_int(json, "back_tries", rows_int(rows, 17));
	jw_kv_int(json, "stars", rows_int(rows, 18));
	jw_kv_text(json, "back_words", said[BACK_WORDS]);
	jw_kv_text(json, "reference", rows_text(rows, 20));
	jw_kv_bool(json, "mine", rows_int(rows, 21) != 0);
	jw_kv_time(json, "case_closed_at", rows_int(rows, 22));
	jw_kv_text(json, "paper_number", rows_text(rows, 23));
	jw_key(json, "caller_name");
	if (name.len)
		jw_text(json, clear ? name : mask_text(rq->app, MASK_NAME, name, key, rq->arena));
	else
		jw_null(json);
	jw_key(json, "caller_number");
	if (phone.len)
		jw_text(json, clear ? phone : mask_text(rq->app, MASK_PHONE, phone, key, rq->arena));
	else
		jw_null(json);
	jw_object_end(json);
}

static int masked_row(Request *rq, Rows *rows) {
	call_write(rq, rows, false);
	return 0;
}

static int clear_row(Request *rq, Rows *rows) {
	call_write(rq, rows, true);
	return 0;
}

static Val mine(const Request *rq) {
	return in_int(rq, "mine") ? val_int(rq->party.account_id) : val_null();
}

/* Who has waited longest comes first: what is left for a later page came later. */
static int calls_oldest(Request *rq) {
	AskedSql asked = asked_sql(
	    rq,
	    CALL_COLUMNS
	    " WHERE h.state = 'waiting'/*if $2*/ AND (h.received_us > (SELECT w.received_us FROM hotline_call w WHERE w.call_id "
	    "= $2)"
	    " OR (h.received_us = (SELECT w.received_us FROM hotline_call w WHERE w.call_id = $2) AND h.call_id > $2))/*end*/"
	    "/*if $3*/ AND h.operator_id = $3/*end*//*if $4*/ AND h.channel = $4/*end*/ ORDER BY h.received_us, h.call_id LIMIT "
	    "$5",
	    BIND(val_int(rq->party.account_id), asked_int(rq, "after"), mine(rq), asked_text(rq, "channel"),
	         val_int(in_limit(rq) + 1)));
	return answer_rows(rq, in_limit(rq), masked_row, ASKED(asked));
}

int calls_get(Request *rq) {
	if (in_int(rq, "oldest")) return calls_oldest(rq);
	AskedSql asked = asked_sql(rq,
	                           CALL_COLUMNS " WHERE 1 = 1/*if $2*/ AND h.call_id < $2/*end*//*if $3*/ AND h.state = $3/*end*/"
	                                        "/*if $4*/ AND h.operator_id = $4/*end*//*if $5*/ AND h.channel = $5/*end*/"
	                                        " ORDER BY h.call_id DESC LIMIT $6",
	                           BIND(val_int(rq->party.account_id), asked_int(rq, "after"), asked_text(rq, "state"), mine(rq),
	                                asked_text(rq, "channel"), val_int(in_limit(rq) + 1)));
	return answer_rows(rq, in_limit(rq), masked_row, ASKED(asked));
}

int calls_back_get(Request *rq) {
	return answer_rows(rq, 0, masked_row,
	                   CALL_COLUMNS " WHERE h.back_state = 'waiting' AND h.back_next_us <= $2 AND c.closed_at > 0 ORDER BY"
	                                " h.back_next_us, h.call_id LIMIT 200",
	                   BIND(val_int(rq->party.account_id), val_int(rq->now_us)));
}

int calls_counts_get(Request *rq) {
	static const Member members[] = {{"waiting", MEMBER_INT}, {"free", MEMBER_INT}, {"oldest_at", MEMBER_TIME}, {0}};
	Rows *rows;
	int64_t back = 0;
	int code = db_int(rq->db, &back,
	                  "SELECT COUNT(*) FROM hotline_call h JOIN work_case c ON c.case_id = h.case_id WHERE h.back_state ="
	                  " 'waiting' AND h.back_next_us <= $1 AND c.closed_at > 0",
	                  BIND(val_int(rq->now_us)));
	if (code >= 0)
		code = db_one(rq->db, &rows,
		              "SELECT COUNT(*), COALESCE(SUM(CASE WHEN operator_id = 0 THEN 1 ELSE 0 END), 0),"
		              " COALESCE(MIN(received_us), 0) FROM hotline_call WHERE state = 'waiting'",
		              NO_BIND);
	if (code < 0) return code;
	jw_object(&rq->json);
	row_members(rq, rows, members);
	jw_kv_int(&rq->json, "back", back);
	jw_object_end(&rq->json);
	return 0;
}

int calls_one(Request *rq, int64_t call_id) {
	rq->about_subject = call_id;
	rq->sensitive = true;
	return answer_rows(rq, 1, clear_row, CALL_COLUMNS " WHERE h.call_id = $2",
	                   BIND(val_int(rq->party.account_id), val_int(call_id)));
}

int call_get(Request *rq) {
	int64_t there = 0;
	int code = db_int(rq->db, &there, "SELECT call_id FROM hotline_call WHERE call_id = $1", BIND(val_int(in_int(rq, "id"))));
	if (code < 0) return code;
	return there ? calls_one(rq, there) : fail(rq, ERR_NOT_FOUND, "There is no such call");
}

/* Confidential calls of the number are told only to who took them and to operators who are supervisors too. */
int calls_by_number(Request *rq) {
	enum { EARLIER_MAX = 200 };
	char digits[DIGITS_MAX + 1];
	int code = number_digits(rq, "number", text_trim(in_text(rq, "number")), digits);
	if (code < 0) return code;
	return answer_rows(rq, EARLIER_MAX, masked_row,
	                   CALL_COLUMNS " WHERE h.caller_hash = $2 AND (h.confidential = 0 OR h.operator_id = $1 OR CAST($3 AS"
	                                " BIGINT) = 1) ORDER BY h.call_id DESC LIMIT 200",
	                   BIND(val_int(rq->party.account_id), val_str(number_hash(rq, digits)), val_int(is_lead(rq))));
}

/* --- what becomes of it ---------------------------------------------------------------------------------------------------- */
/* Who ends what nobody had taken has taken it. An event whose caller can be reached is called back about when it is closed. */
static int call_close(Request *rq, Text state, Text ending, int64_t case_id) {
	int64_t changed = db_run(
	    rq->db,
	    "UPDATE hotline_call SET state = $3, ending = $4, case_id = $5, ended_us = $6, version = version + 1,"
	    " operator_id = CASE WHEN operator_id = 0 THEN $7 ELSE operator_id END, back_state = CASE WHEN"
	    " CAST($5 AS BIGINT) <> 0 AND caller_hash <> '' THEN 'waiting' ELSE '' END"
	    " WHERE call_id = $1 AND version = $2 AND state = 'waiting' AND (operator_id IN (0, $7) OR CAST($8 AS BIGINT) ="
	    " 1)",
	    BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "version")), val_text(state), val_text(ending), val_int(case_id),
	         val_int(rq->now_us), val_int(rq->party.account_id), val_int(is_lead(rq))));
	if (changed < 0) return (int)changed;
	if (changed) return feed_append(rq->db, FEED_TOPIC_HOTLINE, 0, 1, FEED_STATE);
	return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read the call again.",
	                   "The call is not there, or somebody dealt with it meanwhile");
}

int call_end_post(Request *rq) {
	int code = places_filled(rq, "words", in_text(rq, "words"));
	if (code == 0) code = call_close(rq, in_text(rq, "outcome"), in_text(rq, "words"), 0);
	return code < 0 ? code : call_answer(rq, in_int(rq, "id"), in_int(rq, "version") + 1);
}

static int event_answer(Request *rq, int64_t case_id, const char *number) {
	rq->about_subject = in_int(rq, "id");
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "call_id", in_int(rq, "id"));
	jw_kv_int(&rq->json, "version", in_int(rq, "version") + 1);
	jw_kv_id(&rq->json, "case_id", case_id);
	jw_kv_str(&rq->json, "number", number);
	jw_object_end(&rq->json);
	return 0;
}

/* The caller tells of what is known already: no second event, but called back when that one is closed. */
static int call_same(Request *rq, int64_t case_id) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT c.number FROM work_case c JOIN event e ON e.case_id = c.case_id WHERE c.case_id = $1 AND"
	                   " c.closed_at = 0",
	                   BIND(val_int(case_id)));
	if (found < 0) return found;
	if (!found)
		return error_field(rq->error, ERR_NOT_FOUND, "case_id", TEXT_NONE, "unknown_event",
		                   "Choose one that is still open, or make it an event of its own.",
		                   "There is no such open event");
	const char *number = rows_str(rows, 0, rq->arena);
	int code = call_close(rq, TEXT("event"), TEXT(""), case_id);
	return code < 0 ? code : event_answer(rq, case_id, number);
}

int call_event_post(Request *rq) {
	Rows *rows;
	EventReceipt receipt;
	if (in_has(rq, "case_id")) return call_same(rq, in_int(rq, "case_id"));
	if (!in_has(rq, "class_code"))
		return error_field(rq->error, ERR_INVALID, "class_code", TEXT_NONE, "required",
		                   "Give a class, or the event it is the same as.", "An event needs its class");
	EventReport report = {.channel = TEXT("hotline"),
	                      .outside_number = text_of(arena_printf(rq->arena, "%lld", (long long)in_int(rq, "id"))),
	                      .class_code = in_text(rq, "class_code"),
	                      .placed = in_has(rq, "lon"),
	                      .address = in_has(rq, "address") ? text_trim(in_text(rq, "address")) : TEXT("")};
	if (in_has(rq, "lon") != in_has(rq, "lat"))
		return error_field(rq->error, ERR_INVALID, report.placed ? "lat" : "lon", TEXT_NONE, "required",
		                   "Give both, or none.", "A place has two coordinates");
	if (report.placed) {
		report.lon = in_double(rq, "lon");
		report.lat = in_double(rq, "lat");
	}
	int code = db_one(rq->db, &rows,
	                  "SELECT caller, confidential, received_us, words, paper_number FROM hotline_call WHERE call_id = $1",
	                  BIND(val_int(in_int(rq, "id"))));
	if (code < 0) return code;
	if (code == 0) return fail(rq, ERR_NOT_FOUND, "There is no such call");
	caller_open(rq, text_dup(rq->arena, rows_text(rows, 0)), &report.reporter_name, &report.reporter_phone);
	report.confidential = rows_int(rows, 1) != 0;
	report.happened_us = rows_int(rows, 2);
	if (rows_text(rows, 4).len) report.reported_us = report.happened_us; /* the centre was told then, on paper */
	report.description = text_dup(rq->arena, rows_text(rows, 3));
	if ((code = event_report(rq, &report, &receipt)) < 0) return code;
	code = call_close(rq, TEXT("event"), TEXT(""), receipt.case_id);
	return code < 0 ? code : event_answer(rq, receipt.case_id, receipt.number);
}
