/* senders: webhook (HTTP POST, signed) and mail (SMTP) by libcurl. Blocking, with limits: 5 s to connect, 15 s in all, no
 * redirects, answers cut at 4 KiB. The notifier's thread only. */
#include "casework/notify.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

static void curl_begin(void) {
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void senders_start(void) {
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, curl_begin);
}

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
	if (!*template) return json_dumps_in(rq, values);
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
		const char *quoted = json_dumps_in(rq, text);
		json_decref(text);
		buf_add(out, quoted + 1, strlen(quoted) - 2);
		template = end + 1;
	}
	buf_char(out, '\0');
	return out->at;
}

/* --- one transfer ---------------------------------------------------------------------------------------------------- */
static size_t answer_drop(char *bytes, size_t size, size_t count, void *seen) {
	size_t *sum = seen;
	*sum += size * count;
	return *sum > 4096 ? 0 : size * count;
}

static CURL *transfer(Delivery *one, const char *url, const char *protocols, size_t *seen) {
	CURL *curl = curl_easy_init();
	if (!curl) {
		snprintf(one->detail, sizeof one->detail, "no connection could be made");
		return NULL;
	}
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 15L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_drop);
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
	size_t seen = 0;
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
	size_t seen = 0;
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
