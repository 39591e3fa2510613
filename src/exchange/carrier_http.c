/* carrier.h: an HTTP endpoint. A parcel is one POST: the manifest's line, then the data file. It is signed by HTTP Message
 * Signatures (RFC 9421, Ed25519) over method, authority, path, body digest (RFC 9530), delivery and sequence. The receiver
 * answers with sequence and SHA-256 of the body it keeps; GET of the same address asks for those of the newest parcel it has.
 * Redirects are not followed. */
#include "exchange/carrier_curl.h"
#include <stdio.h>

enum { ANSWER_MAX = 64 << 10 };

typedef struct Http {
	Carrier carrier;
	Wire wire;
	const char *url, *authority, *path;
	Buf answer;
	struct curl_slist *headers;
} Http;

static void http_free(void *object) {
	Http *http = object;
	curl_slist_free_all(http->headers);
	buf_free(&http->answer);
}

static int http_open(const Carrier *with, const char *url, Carrier **out) {
	Arena *arena = with->arena;
	Http *http = ARENA_NEW(arena, Http);
	*http = (Http){.carrier = *with, .url = url};
	arena_on_free(arena, http_free, http);
	const char *host = strstr(url, "://") + 3, *path = strchr(host, '/');
	char *authority = arena_strndup(arena, host, path ? (size_t)(path - host) : strlen(host)),
	     *port = strrchr(authority, ':');
	for (char *c = authority; *c; c++)
		if (*c >= 'A' && *c <= 'Z') *c = (char)(*c + 32);
	/* RFC 9421, 2.2.3: the scheme's own port is left out */
	if (port && strcmp(port, strncasecmp(url, "https:", 6) == 0 ? ":443" : ":80") == 0) *port = '\0';
	http->authority = authority;
	http->path = path ? path : "/";
	*out = &http->carrier;
	return wire_open(&http->wire, *out);
}

/* --- one call ---------------------------------------------------------------------------------------------------- */

static int answer_take(void *arg, const void *bytes, size_t count) {
	Http *http = arg;
	if (http->answer.len + count <= ANSWER_MAX) buf_add(&http->answer, bytes, count);
	return 0;
}

static void header(Http *http, const char *name, const char *value) {
	http->headers = curl_slist_append(http->headers, arena_printf(http->carrier.arena, "%s: %s", name, value));
}

typedef struct Part { /* a component of the signature */
	const char *name, *value;
} Part;

static int sign(Http *http, const Part *parts) {
	Arena *arena = http->carrier.arena;
	uint8_t public_key[PUBLIC_KEY_LEN], signature[SIGNATURE_LEN];
	char key[2 * PUBLIC_KEY_LEN + 1];
	Buf *base = ARENA_NEW(arena, Buf), *names = ARENA_NEW(arena, Buf);
	buf_in(base, arena);
	buf_in(names, arena);
	for (; parts->name; parts++) {
		buf_printf(base, "\"%s\": %s\n", parts->name, parts->value);
		buf_printf(names, "%s\"%s\"", names->len ? " " : "", parts->name);
		if (*parts->name != '@') header(http, parts->name, parts->value);
	}
	signing_key_public(http->carrier.key, public_key);
	hex_encode(public_key, PUBLIC_KEY_LEN, key);
	const char *params = arena_printf(arena, "(%.*s);created=%lld;keyid=\"%s\";alg=\"ed25519\"", (int)names->len, names->at,
	                                  (long long)(clock_now_us() / 1000000), key);
	buf_printf(base, "\"@signature-params\": %s", params);
	if (sign_bytes(http->carrier.key, buf_as_text(base), signature) < 0)
		return error_set(http->carrier.error, ERR_INTERNAL, "the body could not be signed");
	header(http, "Signature-Input", arena_printf(arena, "yiwang=%s", params));
	header(http, "Signature",
	       arena_printf(arena, "yiwang=:%s:", base64(arena, (Text){(const char *)signature, SIGNATURE_LEN})));
	return 0;
}

static void call_begin(Http *http) {
	wire_begin(&http->wire, "http,https", http->url);
	curl_slist_free_all(http->headers);
	http->headers = curl_slist_append(NULL, "Expect:");
	header(http, "Accept", "application/json");
	buf_reset(&http->answer);
	http->wire.sink = answer_take;
	http->wire.sink_arg = http;
}

static int refused(Http *http, long status) {
	char said[160];
	Text answer = buf_as_text(&http->answer);
	size_t length = utf8_cut(answer, utf8_valid_prefix(answer) < sizeof said ? utf8_valid_prefix(answer) : sizeof said - 1);
	snprintf(said, sizeof said, "%.*s", (int)length, answer.at ? answer.at : "");
	for (char *c = said; *c; c++)
		if ((unsigned char)*c < ' ') *c = ' ';
	bool later = status >= 500 || status == 408 || status == 425 || status == 429, moved = status >= 300 && status < 400;
	return error_field(http->carrier.error, later ? ERR_BUSY : ERR_CONFLICT, "target_id", TEXT_NONE,
	                   later   ? "target_gone"
	                   : moved ? "target_redirect"
	                           : "target_refused",
	                   later   ? CARRIER_LATER
	                   : moved ? "Let the system administrator enter the address that it leads to."
	                           : "Ask the receiver; then run the delivery again.",
	                   "the receiver answered HTTP %ld: %s", status, said);
}

/* *status: 2xx, or 404 where the caller takes that. */
static int call(Http *http, const Part *parts, bool absent, long *status) {
	int code = sign(http, parts);
	curl_easy_setopt(http->wire.curl, CURLOPT_HTTPHEADER, http->headers);
	CURLcode result = code == 0 ? wire_perform(&http->wire) : CURLE_OK;
	if (code < 0) return code;
	*status = 0;
	curl_easy_getinfo(http->wire.curl, CURLINFO_RESPONSE_CODE, status);
	/* an answer that is whole counts, also where the receiver did not wait for the body's end */
	bool early = *status >= 400 && (result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR);
	if (result != CURLE_OK && !early) return wire_failed(&http->wire, result, "answer");
	return (*status >= 200 && *status < 300) || (absent && *status == 404) ? 0 : refused(http, *status);
}

/* {"sequence": n, "digest": "<64 hex>"} */
static int answer_read(Http *http, CarrierMark *out) {
	json_t *answer = json_loadb(http->answer.at ? http->answer.at : "", http->answer.len, 0, NULL);
	const json_t *sequence = json_object_get(answer, "sequence");
	const char *digest = json_string_value(json_object_get(answer, "digest"));
	bool good = json_is_integer(sequence) && json_integer_value(sequence) >= 0;
	out->sequence = good ? json_integer_value(sequence) : 0;
	if (out->sequence > 0) good = digest && hex_decode(text_of(digest), out->digest.bytes, DIGEST_LEN) == 0;
	json_decref(answer);
	return good ? 0
	            : error_field(http->carrier.error, ERR_CONFLICT, "target_id", TEXT_NONE, "target_answer",
	                          "Let the receiver answer {\"sequence\": …, \"digest\": …} with status 200.",
	                          "the receiver's answer does not say which parcel it holds");
}

/* --- mark and send ---------- */

static int http_mark(Carrier *carrier, CarrierMark *out) {
	Http *http = (Http *)carrier;
	long status;
	char id[24];
	snprintf(id, sizeof id, "%lld", (long long)carrier->delivery_id);
	*out = (CarrierMark){0};
	call_begin(http);
	const Part parts[] = {
	    {"@method", "GET"}, {"@authority", http->authority}, {"@path", http->path}, {"yiwang-delivery", id}, {NULL, NULL}};
	int code = call(http, parts, true, &status);
	return code < 0 || status == 404 || status == 204 ? code : answer_read(http, out);
}

/* Whoever answers is there: whether the address is right is the receiver's to say. */
static int http_test(Carrier *carrier, const char **found) {
	Http *http = (Http *)carrier;
	long status = 0;
	call_begin(http);
	curl_easy_setopt(http->wire.curl, CURLOPT_HTTPHEADER, http->headers);
	CURLcode result = wire_perform(&http->wire);
	curl_easy_getinfo(http->wire.curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 0) return wire_failed(&http->wire, result, "answer");
	*found = arena_printf(carrier->arena, "HTTP %ld", status);
	return status >= 500 ? refused(http, status) : 0;
}

static int http_send(Carrier *carrier, const Parcel *parcel) {
	Http *http = (Http *)carrier;
	Arena *arena = carrier->arena;
	CarrierMark kept = {0};
	long status;
	char id[24], sequence[24];
	snprintf(id, sizeof id, "%lld", (long long)carrier->delivery_id);
	snprintf(sequence, sizeof sequence, "%lld", (long long)parcel->sequence);
	call_begin(http);
	http->wire.head = text_of(arena_printf(arena, "%s\n", parcel->manifest));
	http->wire.fd = parcel->fd;
	header(http, "Content-Type", "application/vnd.yiwang.parcel");
	curl_easy_setopt(http->wire.curl, CURLOPT_POST, 1L);
	curl_easy_setopt(http->wire.curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)((int64_t)http->wire.head.len + parcel->size));
	const Part parts[] = {
	    {"@method", "POST"},
	    {"@authority", http->authority},
	    {"@path", http->path},
	    {"content-digest",
	     arena_printf(arena, "sha-256=:%s:", base64(arena, (Text){(const char *)parcel->digest.bytes, DIGEST_LEN}))},
	    {"yiwang-delivery", id},
	    {"yiwang-sequence", sequence},
	    {NULL, NULL}};
	int code = call(http, parts, false, &status);
	if (code == 0) code = answer_read(http, &kept);
	if (code < 0) return code;
	if (kept.sequence == parcel->sequence && memcmp(&kept.digest, &parcel->digest, sizeof kept.digest) == 0) return 0;
	return error_field(carrier->error, ERR_CONFLICT, "target_id", TEXT_NONE, "target_differs",
	                   "Ask the receiver what it holds; then run the delivery again.",
	                   "the receiver keeps another body than was sent, or under another number");
}

const CarrierKind carrier_http = {
    .digest_of_body = true, .open = http_open, .mark = http_mark, .test = http_test, .send = http_send};
