/* sms: the SMS gateway as a channel: one row that describes its HTTP request, numbers, segments; its receipts: sms_receipts.c.
 * Handlers run in the lanes their routes say; sms_gateway is for the notifier's thread as well. */
#include "casework/notify.h"

/* --- numbers and texts ----------------------------------------------------------------------------------------------- */
const char *mobile_normal(Request *rq, Text given) {
	char digits[16];
	size_t used = 0;
	bool plus = given.len && given.at[0] == '+';
	for (size_t i = plus; i < given.len; i++) {
		char c = given.at[i];
		if (c == ' ' || c == '-') continue;
		if (c < '0' || c > '9' || used == sizeof digits - 1) return NULL;
		digits[used++] = c;
	}
	digits[used] = '\0';
	const char *number = digits;
	if (plus ? strncmp(number, "86", 2) == 0 : used == 13 && strncmp(number, "86", 2) == 0)
		number += 2;
	else if (!plus && strncmp(number, "0086", 4) == 0)
		number += 4;
	else if (plus)
		return NULL;
	if (strlen(number) != 11 || number[0] != '1' || number[1] < '3') return NULL;
	return arena_strdup(rq->arena, number);
}

static int units_of(const char **at, const char *end) {
	return utf8_next(at, end) > 0xffff ? 2 : 1;
}

int sms_segments(const char *text) {
	const char *end = text + strlen(text);
	int units = 0;
	while (text < end)
		units += units_of(&text, end);
	return units <= 70 ? 1 : (units + 66) / 67;
}

const char *sms_text(Request *rq, const char *text) {
	const char *at = text, *end = text + strlen(text), *cut = text;
	int units = 0;
	while (at < end) {
		units += units_of(&at, end);
		if (units < SMS_UNITS_MAX) cut = at;
	}
	return units <= SMS_UNITS_MAX ? text : arena_printf(rq->arena, "%.*s…", (int)(cut - text), text);
}

const char *sms_key(Request *rq) {
	Digest digest;
	char hex[HEX_DIGEST_MAX];
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16}, TEXT("yiwang sms receipts v1"), &digest);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	return arena_strdup(rq->arena, hex);
}

const char *sms_reference(Request *rq, const Delivery *one) {
	Digest digest;
	char hex[HEX_DIGEST_MAX];
	const char *named = arena_printf(rq->arena, "sms %lld %lld %s %d", (long long)one->case_id, (long long)one->notice_no,
	                                 one->target, one->attempts + 1);
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16}, text_of(named), &digest);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	hex[32] = '\0';
	return arena_strdup(rq->arena, hex);
}

/* --- the gateway ----------------------------------------------------------------------------------------------------- */
int sms_gateway(Request *rq, SmsGateway *out) {
	Rows *rows;
	*out = (SmsGateway){.url = "",
	                    .method = "get",
	                    .fields = "",
	                    .header = "",
	                    .accept = "",
	                    .id_after = "",
	                    .delivered = "",
	                    .failed = "",
	                    .receipt_id = "",
	                    .receipt_status = "",
	                    .receipt_answer = "",
	                    .secret = ""};
	int found = db_one(rq->db, &rows,
	                   "SELECT url, method, fields, header, accept, id_after, delivered, failed, receipt_id, receipt_status,"
	                   " receipt_answer, secret_locked, version FROM sms_gateway WHERE gateway_no = 1",
	                   NO_BIND);
	if (found <= 0) return found;
	const char **texts[] = {&out->url,        &out->method,         &out->fields,        &out->header,
	                        &out->accept,     &out->id_after,       &out->delivered,     &out->failed,
	                        &out->receipt_id, &out->receipt_status, &out->receipt_answer};
	for (int i = 0; i < 11; i++)
		*texts[i] = rows_str(rows, i, rq->arena);
	if (rows_text(rows, 11).len) {
		out->secret = secret_unlock(rq->arena, app_secret(rq->app), rows_text(rows, 11));
		if (!out->secret) out->secret = "";
	}
	out->version = rows_int(rows, 12);
	db_rest(rq->db);
	return 1;
}

void sms_show(Request *rq, const SmsGateway *gateway) {
	JsonWriter *json = &rq->json;
	jw_key(json, "sms");
	jw_object(json);
	jw_kv_str(json, "url", gateway->url);
	jw_kv_str(json, "method", gateway->method);
	jw_kv_str(json, "fields", gateway->fields);
	jw_kv_str(json, "header", gateway->header);
	jw_kv_str(json, "accept", gateway->accept);
	jw_kv_str(json, "id_after", gateway->id_after);
	jw_kv_str(json, "delivered", gateway->delivered);
	jw_kv_str(json, "failed", gateway->failed);
	jw_kv_str(json, "receipt_id", gateway->receipt_id);
	jw_kv_str(json, "receipt_status", gateway->receipt_status);
	jw_kv_str(json, "receipt_answer", gateway->receipt_answer);
	jw_kv_bool(json, "secret_set", *gateway->secret != 0);
	jw_kv_str(json, "key", sms_key(rq));
	jw_kv_int(json, "version", gateway->version);
	jw_object_end(json);
}

static int refuse(Request *rq, const char *field, const char *rule, const char *advice) {
	return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, rule, advice, "This does not describe an SMS gateway");
}

static bool plain(Text text, bool lines) {
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < ' ' && !(lines && text.at[i] == '\n')) return false;
	return true;
}

/* A request is fields "name=value" a line, or a JSON text with its places in strings. */
static int fields_check(Request *rq, const char *method, Text fields) {
	if (text_find(fields, TEXT("{mobile")) < 0 || text_find(fields, TEXT("{text}")) < 0)
		return refuse(rq, "fields", "places", "Write {mobile} and {text} where the number and the text go.");
	if (strcmp(method, "json") == 0) {
		json_t *parsed = json_loadb(fields.at, fields.len, 0, NULL);
		bool object = json_is_object(parsed);
		json_decref(parsed);
		return object ? 0 : refuse(rq, "fields", "json", "Write a JSON object.");
	}
	for (const char *at = fields.at, *end = fields.at + fields.len; at < end;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		if (!stop) stop = end;
		const char *equals = memchr(at, '=', (size_t)(stop - at));
		if (stop > at && (!equals || equals == at)) return refuse(rq, "fields", "lines", "Write name=value, one a line.");
		at = stop + 1;
	}
	return 0;
}

int sms_put(Request *rq) {
	SmsGateway old;
	const char *url = in_str(rq, "url"), *method = in_str(rq, "method"), *secret = in_str(rq, "secret");
	Text fields = in_text(rq, "fields"), header = in_text(rq, "header");
	int code = sms_gateway(rq, &old);
	if (code < 0) return code;
	if (old.version != in_int(rq, "version")) return fail(rq, ERR_CONFLICT, "somebody else changed this meanwhile");
	if (*url) {
		if ((!text_starts(text_of(url), TEXT("http://")) && !text_starts(text_of(url), TEXT("https://"))) ||
		    !plain(text_of(url), false) || strchr(url, ' '))
			return refuse(rq, "url", "url", "Write http://… or https://…, or leave it empty.");
		if (!plain(fields, true) || (code = fields_check(rq, method, fields)) < 0)
			return code < 0 ? code : refuse(rq, "fields", "lines", "Write name=value, one a line.");
		if (!plain(header, false) || (header.len && text_find(header, TEXT(": ")) <= 0))
			return refuse(rq, "header", "header", "Write Name: value on one line.");
		if (!in_text(rq, "receipt_id").len != !in_text(rq, "receipt_status").len)
			return refuse(rq, "receipt_status", "members", "Name both members of a posted receipt, or none.");
	}
	/* the secret stays only where it went before: nobody sends it elsewhere without knowing it */
	if (!secret) secret = strcmp(url, old.url) == 0 ? old.secret : "";
	if (!plain(text_of(secret), false)) return refuse(rq, "secret", "line", "The secret is one line.");
	const char *locked = *secret ? secret_lock(rq->arena, app_secret(rq->app), text_of(secret)) : "";
	if (!locked) return fail(rq, ERR_INTERNAL, "the secret could not be locked");
	code = (int)db_run(
	    rq->db,
	    "INSERT INTO sms_gateway (gateway_no, url, method, fields, header, accept, id_after, delivered, failed,"
	    " secret_locked, receipt_id, receipt_status, receipt_answer, version) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9,"
	    " $10, $11, $12, 1) ON CONFLICT (gateway_no) DO UPDATE SET"
	    " url = excluded.url, method = excluded.method, fields = excluded.fields, header = excluded.header, accept ="
	    " excluded.accept, id_after = excluded.id_after, delivered = excluded.delivered, failed = excluded.failed,"
	    " secret_locked = excluded.secret_locked, receipt_id = excluded.receipt_id, receipt_status ="
	    " excluded.receipt_status, receipt_answer = excluded.receipt_answer, version = sms_gateway.version + 1",
	    BIND(val_str(url), val_str(method), val_text(fields), val_text(header), val_text(in_text(rq, "accept")),
	         val_text(in_text(rq, "id_after")), val_text(in_text(rq, "delivered")), val_text(in_text(rq, "failed")),
	         val_str(locked), val_text(in_text(rq, "receipt_id")), val_text(in_text(rq, "receipt_status")),
	         val_text(in_text(rq, "receipt_answer"))));
	if (code < 0 || (code = sms_gateway(rq, &old)) < 0) return code;
	jw_object(&rq->json);
	sms_show(rq, &old);
	jw_object_end(&rq->json);
	return 0;
}

/* A text to one number through the queue that reminders take, as of no case. */
int sms_test(Request *rq) {
	SmsGateway gateway;
	Text given = in_text(rq, "mobile");
	const char *mobile = mobile_normal(rq, given);
	int code = sms_gateway(rq, &gateway);
	if (code < 0) return code;
	if (!*gateway.url) return fail(rq, ERR_CONFLICT, "there is no SMS gateway yet");
	if (!mobile)
		return error_field(rq->error, ERR_INVALID, "mobile", given, "mobile",
		                   "Give a mobile number of 11 digits, +86 before it or not.", "This is not a mobile number");
	int64_t id = store_new_id(rq->store);
	rq->about_subject = id;
	return (int)db_run(rq->db,
	                   "INSERT INTO case_delivery (case_id, notice_no, channel, target, body, state, attempts, next_us)"
	                   " VALUES (0, $1, 'sms', $2, $3, 'waiting', 0, $4)",
	                   BIND(val_int(id), val_str(mobile), val_str("【一网】这是一条测试短信"), val_int(rq->now_us)));
}
