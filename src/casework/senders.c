/* senders: webhook (HTTP POST, signed), SMS gateway (HTTP) and mail (SMTP) by libcurl. Blocking, with limits: 5 s to connect, 15
 * s in all, no redirects, no link-local address, answers cut at 4 KiB. The notifier's thread only. */
#include "casework/notify.h"
#include <curl/curl.h>
#include <stdlib.h>

const char *webhook_key(Request *rq) {
	Digest digest;
	char hex[HEX_DIGEST_MAX];
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16}, TEXT("yiwang webhook v1"), &digest);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	return arena_strdup(rq->arena, hex);
}

/* --- bodies ---------------------------------------------------------------------------------------------------------- */
static const char *value_text(Request *rq, const json_t *value) {
	if (json_is_string(value)) return json_string_value(value);
	const char *out = "";
	for (size_t i = 0; i < json_array_size(value); i++)
		out = arena_printf(rq->arena, "%s%s%s", out, i ? "," : "", json_string_value(json_array_get(value, i)));
	return out;
}

const char *notify_body(Request *rq, const char *template, const json_t *values) {
	if (!*template) return json_as_text(rq, values);
	Buf *out = ARENA_NEW(rq->arena, Buf);
	buf_in(out, rq->arena);
	while (*template) {
		const char *end = *template == '{' ? strchr(template, '}') : NULL;
		const json_t *value = end ? json_object_getn(values, template + 1, (size_t)(end - template - 1)) : NULL;
		if (!value) {
			buf_char(out, *template ++);
			continue;
		}
		json_t *text = json_string(value_text(rq, value));
		const char *quoted = json_as_text(rq, text);
		json_decref(text);
		buf_add(out, quoted + 1, strlen(quoted) - 2);
		template = end + 1;
	}
	buf_char(out, '\0');
	return out->at;
}

/* --- one transfer ---------------------------------------------------------------------------------------------------- */
typedef struct Answer {
	size_t len;
	char text[4097];
} Answer;

static size_t answer_take(char *bytes, size_t size, size_t count, void *context) {
	Answer *answer = context;
	if (answer->len + size * count > 4096) return 0;
	memcpy(answer->text + answer->len, bytes, size * count);
	answer->len += size * count;
	answer->text[answer->len] = '\0';
	return size * count;
}

static CURL *transfer(Delivery *one, const char *url, const char *protocols, Answer *seen) {
	CURL *curl = outgoing_new();
	if (!curl) {
		snprintf(one->detail, sizeof one->detail, "no connection could be made");
		return NULL;
	}
	outgoing_begin(curl, protocols, url);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 15L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, seen);
	return curl;
}

static void transfer_end(CURL *curl, Delivery *one, bool http) {
	CURLcode result = curl_easy_perform(curl);
	long status = 0;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	one->sent =
	    http ? status >= 200 && status < 300 && (result == CURLE_OK || result == CURLE_WRITE_ERROR) : result == CURLE_OK;
	if (status)
		snprintf(one->detail, sizeof one->detail, "%s %ld", http ? "HTTP" : "SMTP", status);
	else
		snprintf(one->detail, sizeof one->detail, "%s", curl_easy_strerror(result));
	curl_easy_cleanup(curl);
}

void webhook_send(Request *rq, Delivery *one) {
	Answer seen = {0};
	Digest digest;
	char hex[HEX_DIGEST_MAX];
	CURL *curl = transfer(one, one->target, "http,https", &seen);
	if (!curl) return;
	long long seconds = (long long)(one->tried_us / 1000000);
	const char *key = webhook_key(rq), *signed_text = arena_printf(rq->arena, "%lld.%s", seconds, one->body);
	hmac_sha256(text_of(key), text_of(signed_text), &digest);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json; charset=utf-8");
	headers = curl_slist_append(headers, arena_printf(rq->arena, "Yiwang-Signature: t=%lld,v1=%s", seconds, hex));
	headers = curl_slist_append(
	    headers, arena_printf(rq->arena, "Yiwang-Delivery: %lld-%lld", (long long)one->case_id, (long long)one->notice_no));
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, one->body);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(one->body));
	transfer_end(curl, one, true);
	curl_slist_free_all(headers);
}

/* --- SMS ------------------------------------------------------------------------------------------------------------- */
/* The places of a template filled; json: as JSON text without quotes. */
static const char *sms_filled(Request *rq, const char *template, const json_t *values, bool json) {
	if (json) return notify_body(rq, template, values);
	Buf *out = ARENA_NEW(rq->arena, Buf);
	buf_in(out, rq->arena);
	while (*template) {
		const char *end = *template == '{' ? strchr(template, '}') : NULL;
		const json_t *value = end ? json_object_getn(values, template + 1, (size_t)(end - template - 1)) : NULL;
		if (value)
			buf_add(out, json_string_value(value), json_string_length(value));
		else
			buf_char(out, *template);
		template = value ? end + 1 : template + 1;
	}
	buf_char(out, '\0');
	return out->at;
}

/* "name=value" lines as a query or form. */
static const char *sms_query(Request *rq, CURL *curl, const char *fields, const json_t *values) {
	const char *out = "";
	char *rest = arena_strdup(rq->arena, fields), *next = NULL;
	for (char *line = strtok_r(rest, "\n", &next); line; line = strtok_r(NULL, "\n", &next)) {
		char *value = strchr(line, '=');
		if (!value) continue;
		*value++ = '\0';
		char *quoted = curl_easy_escape(curl, sms_filled(rq, value, values, false), 0);
		out = arena_printf(rq->arena, "%s%s%s=%s", out, *out ? "&" : "", line, quoted ? quoted : "");
		curl_free(quoted);
	}
	return out;
}

/* What a 2xx answer says: accepted or not, and the message's id. */
static void sms_judge(Delivery *one, const SmsGateway *gateway, const Answer *answer) {
	size_t used = strlen(one->detail);
	if (*gateway->accept && !strstr(answer->text, gateway->accept)) {
		one->sent = false;
		snprintf(one->detail + used, sizeof one->detail - used, ", not accepted");
		return;
	}
	snprintf(one->detail + used, sizeof one->detail - used, ", %d SMS", sms_segments(one->body));
	const char *id = *gateway->id_after ? strstr(answer->text, gateway->id_after) : NULL;
	if (!id) return;
	id += strlen(gateway->id_after);
	size_t len = strcspn(id, "\"',;&<> \r\n}]");
	if (len < sizeof one->gateway_id) snprintf(one->gateway_id, sizeof one->gateway_id, "%.*s", (int)len, id);
}

void sms_send(Request *rq, Delivery *one, const SmsGateway *gateway) {
	Answer answer = {0};
	bool get = strcmp(gateway->method, "get") == 0, json = strcmp(gateway->method, "json") == 0;
	one->reference = sms_reference(rq, one);
	if (!*gateway->url) {
		snprintf(one->detail, sizeof one->detail, "no SMS gateway is set");
		return;
	}
	CURL *curl = transfer(one, gateway->url, "http,https", &answer);
	if (!curl) return;
	json_t *values = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "mobile", one->target, "mobile86",
	                           arena_printf(rq->arena, "+86%s", one->target), "text", one->body, "id", one->reference, "key",
	                           sms_key(rq), "secret", gateway->secret);
	const char *body = json ? sms_filled(rq, gateway->fields, values, true) : sms_query(rq, curl, gateway->fields, values);
	struct curl_slist *headers = json ? curl_slist_append(NULL, "Content-Type: application/json; charset=utf-8") : NULL;
	if (*gateway->header) headers = curl_slist_append(headers, sms_filled(rq, gateway->header, values, false));
	json_decref(values);
	if (get)
		curl_easy_setopt(curl, CURLOPT_URL,
		                 arena_printf(rq->arena, "%s%c%s", gateway->url, strchr(gateway->url, '?') ? '&' : '?', body));
	else
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	transfer_end(curl, one, true);
	curl_slist_free_all(headers);
	if (one->sent) sms_judge(one, gateway, &answer);
}

/* --- mail ------------------------------------------------------------------------------------------------------------ */
/* RFC 2047 words of at most six characters each, so that no line is too long. */
static const char *subject_words(Request *rq, const char *text) {
	const char *out = "", *end = text + strlen(text);
	while (text < end) {
		const char *from = text;
		for (int i = 0; i < 6 && text < end; i++)
			utf8_next(&text, end);
		out = arena_printf(rq->arena, "%s%s=?UTF-8?Q?", out, *out ? "\r\n " : "");
		for (; from < text; from++)
			out = arena_printf(rq->arena, "%s=%02X", out, (unsigned char)*from);
		out = arena_printf(rq->arena, "%s?=", out);
	}
	return out;
}

static size_t mail_read(char *out, size_t size, size_t count, void *rest) {
	Text *text = rest;
	size_t take = size * count < text->len ? size * count : text->len;
	memcpy(out, text->at, take);
	*text = (Text){text->at + take, text->len - take};
	return take;
}

void mail_send(Request *rq, Delivery *one, const char *server, const char *from) {
	Answer seen = {0};
	char date[64];
	time_t now = (time_t)(one->tried_us / 1000000);
	struct tm utc;
	struct curl_slist *to = NULL;
	CURL *curl = transfer(one, server, "smtp,smtps", &seen);
	if (!curl) return;
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", gmtime_r(&now, &utc));
	char *rest = arena_strdup(rq->arena, one->target), *next = NULL;
	for (char *address = strtok_r(rest, ",", &next); address; address = strtok_r(NULL, ",", &next))
		to = curl_slist_append(to, arena_printf(rq->arena, "<%s>", address));
	const char *mail = arena_printf(
	    rq->arena,
	    "Date: %s\r\nFrom: <%s>\r\nTo: %s\r\nMessage-ID: <%lld.%lld@yiwang>\r\nSubject: %s\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n",
	    date, from, one->target, (long long)one->case_id, (long long)one->notice_no, subject_words(rq, one->body), one->body);
	Text left = text_of(mail);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, arena_printf(rq->arena, "<%s>", from));
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, mail_read);
	curl_easy_setopt(curl, CURLOPT_READDATA, &left);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	transfer_end(curl, one, false);
	curl_slist_free_all(to);
}
