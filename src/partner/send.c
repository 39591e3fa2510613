/* send: one signed HTTP POST by libcurl: 5 s to connect, 8 s in all, no redirects, no proxy of the environment, answers cut at 4
 * KiB; the address that a name led to is looked at before anything is sent to it. The room's thread only; checks: any. */
#include "partner/internal.h"
#include <curl/curl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Networks that are nobody's on the internet (RFC 6890): this machine, private, link-local, shared, documentation, multicast; and
 * ways by which an IPv6 address means one of them. */
static const char inner[] =
    "0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.0.0.0/24,192.0.2.0/24,"
    "192.168.0.0/16,198.18.0.0/15,198.51.100.0/24,203.0.113.0/24,224.0.0.0/3,::/127,64:ff9b::/96,100::/64,"
    "2001:db8::/32,2002::/16,fc00::/7,fe80::/10,fec0::/10,ff00::/8";

const char *partner_key(Request *rq, int64_t partner_id, int key_no) {
	Digest digest;
	char *hex = arena_alloc(rq->arena, HEX_DIGEST_MAX);
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16},
	            text_of(arena_printf(rq->arena, "yiwang partner v1 %lld %d", (long long)partner_id, key_no)), &digest);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	return hex;
}

bool networks_good(Text list) {
	return ranges_have(list, TEXT("::")) >= 0;
}

int address_check(Request *rq, Text url) {
	bool good = url.len <= ADDRESS_MAX && (text_starts(url, TEXT("http://")) || text_starts(url, TEXT("https://")));
	for (size_t i = 0; i < url.len; i++)
		good &= (unsigned char)url.at[i] > ' ' && (unsigned char)url.at[i] < 0x7f;
	CURLU *parsed = good ? curl_url() : NULL;
	char *user = NULL;
	good = parsed && curl_url_set(parsed, CURLUPART_URL, text_cstr(rq->arena, url), 0) == CURLUE_OK &&
	       curl_url_get(parsed, CURLUPART_USER, &user, 0) != CURLUE_OK;
	curl_free(user);
	curl_url_cleanup(parsed);
	if (good) return 0;
	return error_field(rq->error, ERR_INVALID, "url", url, "url",
	                   "Write http://… or https://… without a user, at most 500 bytes.",
	                   "This is no address to which messages can be posted");
}

/* --- one transfer ------------------------------------------------------------------------------------------------------------
 */
typedef struct Wire {
	Text allowed; /* setting partner.networks */
	bool inner;   /* the address was an inner one that is not allowed */
	size_t len;
	char text[4097];
} Wire;

static curl_socket_t socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address) {
	Wire *wire = arg;
	if (outgoing_within(address, text_of(inner)) && !outgoing_within(address, wire->allowed)) {
		wire->inner = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t answer_take(char *bytes, size_t size, size_t count, void *context) {
	Wire *wire = context;
	size_t room = sizeof wire->text - 1 - wire->len, taken = size * count < room ? size * count : room;
	memcpy(wire->text + wire->len, bytes, taken);
	wire->len += taken;
	wire->text[wire->len] = '\0';
	return taken; /* less than came ends the transfer */
}

static struct curl_slist *headers_of(Request *rq, const Outgoing *one) {
	Digest digest;
	char hex[HEX_DIGEST_MAX];
	long long seconds = (long long)(one->tried_us / 1000000);
	hmac_sha256(text_of(partner_key(rq, one->partner_id, one->key_no)),
	            text_of(arena_printf(rq->arena, "%lld.%s", seconds, one->body)), &digest);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json; charset=utf-8");
	headers = curl_slist_append(headers, arena_printf(rq->arena, "Yiwang-Signature: t=%lld,v1=%s", seconds, hex));
	headers = curl_slist_append(headers, arena_printf(rq->arena, "Yiwang-Delivery: %lld", (long long)one->message_id));
	if (*one->token) headers = curl_slist_append(headers, arena_printf(rq->arena, "Authorization: Bearer %s", one->token));
	return curl_slist_append(headers, "Expect:");
}

void message_send(Request *rq, Outgoing *one) {
	Wire wire = {.allowed = text_of(setting_text(rq, "partner.networks"))};
	long status = 0;
	CURL *curl = outgoing_new();
	one->gone = true;
	snprintf(one->detail, sizeof one->detail, "no connection could be made");
	if (!curl) return;
	struct curl_slist *headers = headers_of(rq, one);
	outgoing_begin(curl, "http,https", one->url);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 8L);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, socket_open);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &wire);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &wire);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, one->body);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(one->body));
	CURLcode result = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	one->sent = status >= 200 && status < 300 && (result == CURLE_OK || result == CURLE_WRITE_ERROR);
	if (one->sent && !strstr(wire.text, one->accept)) one->sent = false;
	/* a refusal is of this message; the others may be taken */
	one->gone = !one->sent && !(status >= 200 && status < 500 && status != 408 && status != 425 && status != 429);
	if (wire.inner)
		snprintf(one->detail, sizeof one->detail, "inner address, not allowed by partner.networks");
	else if (status)
		snprintf(one->detail, sizeof one->detail,
		         one->sent || status < 200 || status > 299 ? "HTTP %ld" : "HTTP %ld, not accepted", status);
	else
		snprintf(one->detail, sizeof one->detail, "%s", curl_easy_strerror(result));
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
}
