/* call: calls, mails and messages of 12345 in one queue; each becomes an event, is answered at once, or is put through. Table
 * hotline_call. The caller is sealed and found again only by a keyed hash. Reads in any lane, changes in a write. */
#include "hotline/internal.h"

enum { DIGITS_MAX = 20, DIGITS_MIN = 3 };

/* --- the caller ------------------------------------------------------------------------------------------------------------ */
/* Digits alone, without the country's +86 / 0086: one caller is found again however the number was written. ERR_INVALID. */
static int number_digits(Request *rq, const char *field, Text given, char out[DIGITS_MAX + 1]) {
	char digits[64];
	size_t count = 0, from = 0;
	for (size_t i = 0; i < given.len && count < sizeof digits; i++)
		if (given.at[i] >= '0' && given.at[i] <= '9') digits[count++] = given.at[i];
	if (count >= 4 && memcmp(digits, "0086", 4) == 0)
		from = 4;
	else if (count >= 2 && given.at[0] == '+' && memcmp(digits, "86", 2) == 0)
		from = 2;
	if (count - from < DIGITS_MIN || count - from > DIGITS_MAX)
		return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "phone", "Write 3 to 20 digits.",
		                   "This is not a telephone number");
	memcpy(out, digits + from, count - from);
	out[count - from] = 0;
	return 0;
}

static const char *number_hash(Request *rq, const char *digits) {
	Digest digest;
	char *hex = arena_alloc_raw(rq->arena, HEX_DIGEST_MAX);
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16}, text_of(arena_printf(rq->arena, "hotline caller %s", digits)),
	            &digest);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	return hex;
}

static void json_drop(void *json) {
	json_decref(json);
}

/* Name and number as kept; both "" when nobody was named. */
static void caller_open(Request *rq, Text locked, Text *name, Text *phone) {
	const char *plain = locked.len ? secret_unlock(rq->arena, app_secret(rq->app), locked) : NULL;
	json_t *json = plain ? json_loads(plain, 0, NULL) : NULL;
	*name = *phone = TEXT("");
	if (!json) return;
	arena_on_free(rq->arena, json_drop, json);
	*name = text_of(json_string_value(json_object_get(json, "name")));
	*phone = text_of(json_string_value(json_object_get(json, "phone")));
}

static int caller_lock(Request *rq, Text name, const char *phone, const char **out) {
	*out = "";
	if (!name.len && !*phone) return 0;
	json_t *json = json_pack("{s:s#,s:s}", "name", name.at, (int)name.len, "phone", phone);
	char *plain = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!plain) return fail(rq, ERR_INTERNAL, "a caller's name is no text");
	*out = secret_lock(rq->arena, app_secret(rq->app), text_of(plain));
	free(plain);
	return 0;
}

static bool is_lead(const Request *rq) {
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

int calls_post(Request *rq) {
	char digits[DIGITS_MAX + 1] = "";
	const char *caller;
	Text number = in_has(rq, "caller_number") ? text_trim(in_text(rq, "caller_number")) : TEXT("");
	Text name = in_has(rq, "caller_name") ? text_trim(in_text(rq, "caller_name")) : TEXT("");
	int64_t received = in_has(rq, "received_at") ? in_int(rq, "received_at") : rq->now_us;
	int64_t call_id = store_new_id(rq->store);
	if (received > rq->now_us)
		return error_field(rq->error, ERR_INVALID, "received_at", TEXT_NONE, "range", "Give the time it came in.",
		                   "A call cannot come in later than now");
	int code = number.len ? number_digits(rq, "caller_number", number, digits) : 0;
	if (code == 0) code = caller_lock(rq, name, digits, &caller);
	if (code < 0) return code;
	code = (int)db_run(rq->db,
	                   "INSERT INTO hotline_call (call_id, channel, type, words, caller, caller_hash, confidential, state,"
	                   " ending, operator_id, case_id, received_us, ended_us, version) VALUES ($1, $2, $3, $4, $5, $6, $7,"
	                   " 'waiting', '', $8, 0, $9, 0, 1)",
	                   BIND(val_int(call_id), val_text(in_text(rq, "channel")), val_text(in_text(rq, "type")),
	                        val_text(in_text(rq, "words")), val_str(caller), val_str(*digits ? number_hash(rq, digits) : ""),
	                        val_int(in_int(rq, "confidential") != 0), val_int(rq->party.account_id), val_int(received)));
	if (code < 0) return code;
	rq->status = 201;
	return call_answer(rq, call_id, 1);
}

/* --- showing --------------------------------------------------------------------------------------------------------------- */
#define CALL_COLUMNS                                                                                                             \
	"SELECT h.call_id, h.channel, h.type, h.words, h.caller, h.confidential, h.state, h.ending, h.operator_id, a.name, "     \
	"h.case_id,"                                                                                                             \
	" c.number, c.state, h.received_us, h.ended_us, h.version FROM hotline_call h LEFT JOIN account a ON a.account_id ="     \
	" h.operator_id LEFT JOIN work_case c ON c.case_id = h.case_id"

static void call_write(Request *rq, Rows *rows, bool clear) {
	JsonWriter *json = &rq->json;
	Text name, phone, key = text_of(arena_printf(rq->arena, "%lld", (long long)rows_int(rows, 0)));
	bool hidden = rows_int(rows, 5) && !is_lead(rq) && rows_int(rows, 8) != rq->party.account_id;
	caller_open(rq, hidden ? TEXT("") : rows_text(rows, 4), &name, &phone);
	jw_object(json);
	jw_kv_id(json, "call_id", rows_int(rows, 0));
	jw_kv_text(json, "channel", rows_text(rows, 1));
	jw_kv_text(json, "type", rows_text(rows, 2));
	jw_kv_text(json, "words", rows_text(rows, 3));
	jw_kv_bool(json, "confidential", rows_int(rows, 5) != 0);
	jw_kv_text(json, "state", rows_text(rows, 6));
	jw_kv_text(json, "ending", rows_text(rows, 7));
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

int calls_get(Request *rq) {
	return answer_rows(rq, in_limit(rq), masked_row,
	                   CALL_COLUMNS
	                   " WHERE h.call_id < $1 AND (CAST($2 AS TEXT) = '' OR h.state = $2) ORDER BY h.call_id DESC"
	                   " LIMIT $3",
	                   BIND(val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX),
	                        val_str(in_has(rq, "state") ? in_str(rq, "state") : ""), val_int(in_limit(rq) + 1)));
}

int call_get(Request *rq) {
	int64_t there = 0;
	int code = db_int(rq->db, &there, "SELECT call_id FROM hotline_call WHERE call_id = $1", BIND(val_int(in_int(rq, "id"))));
	if (code < 0) return code;
	if (!there) return fail(rq, ERR_NOT_FOUND, "There is no such call");
	rq->about_subject = there;
	rq->sensitive = true;
	return answer_rows(rq, 1, clear_row, CALL_COLUMNS " WHERE h.call_id = $1", BIND(val_int(there)));
}

/* Confidential calls of the number are told only to who took them and to operators who are supervisors too. */
int calls_by_number(Request *rq) {
	enum { EARLIER_MAX = 200 };
	char digits[DIGITS_MAX + 1];
	int code = number_digits(rq, "number", text_trim(in_text(rq, "number")), digits);
	if (code < 0) return code;
	return answer_rows(rq, EARLIER_MAX, masked_row,
	                   CALL_COLUMNS " WHERE h.caller_hash = $1 AND (h.confidential = 0 OR h.operator_id = $2 OR CAST($3 AS"
	                                " BIGINT) = 1) ORDER BY h.call_id DESC LIMIT 200",
	                   BIND(val_str(number_hash(rq, digits)), val_int(rq->party.account_id), val_int(is_lead(rq))));
}

/* --- what becomes of it ------------------------------------------------------------------------------------------------------
 */
static int call_close(Request *rq, Text state, Text ending, int64_t case_id) {
	int64_t changed =
	    db_run(rq->db,
	           "UPDATE hotline_call SET state = $3, ending = $4, case_id = $5, ended_us = $6, version = version + 1"
	           " WHERE call_id = $1 AND version = $2 AND state = 'waiting'",
	           BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "version")), val_text(state), val_text(ending),
	                val_int(case_id), val_int(rq->now_us)));
	if (changed < 0) return (int)changed;
	if (changed) return 0;
	return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read the call again.",
	                   "The call is not there, or somebody dealt with it meanwhile");
}

int call_end_post(Request *rq) {
	int code = call_close(rq, in_text(rq, "outcome"), in_text(rq, "words"), 0);
	return code < 0 ? code : call_answer(rq, in_int(rq, "id"), in_int(rq, "version") + 1);
}

int call_event_post(Request *rq) {
	Rows *rows;
	EventReceipt receipt;
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
	int code = db_one(rq->db, &rows, "SELECT caller, confidential, received_us, words FROM hotline_call WHERE call_id = $1",
	                  BIND(val_int(in_int(rq, "id"))));
	if (code < 0) return code;
	if (code == 0) return fail(rq, ERR_NOT_FOUND, "There is no such call");
	caller_open(rq, text_dup(rq->arena, rows_text(rows, 0)), &report.reporter_name, &report.reporter_phone);
	report.confidential = rows_int(rows, 1) != 0;
	report.happened_us = rows_int(rows, 2);
	report.description = text_dup(rq->arena, rows_text(rows, 3));
	if ((code = event_report(rq, &report, &receipt)) < 0) return code;
	if ((code = call_close(rq, TEXT("event"), TEXT(""), receipt.case_id)) < 0) return code;
	rq->about_subject = in_int(rq, "id");
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "call_id", in_int(rq, "id"));
	jw_kv_int(&rq->json, "version", in_int(rq, "version") + 1);
	jw_kv_id(&rq->json, "case_id", receipt.case_id);
	jw_kv_str(&rq->json, "number", receipt.number);
	jw_object_end(&rq->json);
	return 0;
}
