/* Kinds of target that take files: their addresses and how they are tried. Carriers do the rest (carrier.h). */
#include "exchange/carrier.h"
#include "exchange/delivery_target.h"
#include <curl/curl.h>

enum { TEST_STALL_SECONDS = 15 };

static int no_step(void *arg, int64_t bytes) {
	return 0;
}

static int carried_test(Request *rq, const char *folder, const char *url, const char **found) {
	const CarrierKind *kind = delivery_kind_of(url)->carrier;
	const Carrier with = {.kind = kind,
	                      .arena = rq->arena,
	                      .error = rq->error,
	                      .name = "",
	                      .stall_seconds = TEST_STALL_SECONDS,
	                      .step = no_step};
	Carrier *carrier;
	int code = kind->open(&with, url, &carrier);
	return code < 0 ? code : kind->test(carrier, found);
}

static bool only(const char *text, const char *more) {
	for (; *text; text++)
		if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9') ||
		      strchr(more, *text)))
			return false;
	return true;
}

/* --- a folder ---------------------------------------------------------------------------------------------------- */

static int folder_place(Request *rq, const char *url, char **place) {
	const char *name = strchr(url, ':') ? strchr(url, ':') + 1 : "";
	if (strncasecmp(url, "folder:", 7) != 0 || !*name || *name == '.' || strlen(name) > 100 || !only(name, "_-."))
		return error_field(rq->error, ERR_INVALID, "url", TEXT_NONE, "folder_url",
		                   "Write folder:name, of letters, digits, - and _.",
		                   "the address is not the name of a folder below deliveries.folder");
	*place = arena_strdup(rq->arena, name);
	return 0;
}

/* --- SFTP and HTTP ---------- */

typedef struct Address {
	const char *user, *host, *port, *path, *secret, *query;
} Address;

static void parts_free(void *parts) {
	curl_url_cleanup(parts);
}

static const char *part(Arena *arena, CURLU *parts, CURLUPart what) {
	char *text = NULL;
	const char *kept = curl_url_get(parts, what, &text, 0) == CURLUE_OK && text ? arena_strdup(arena, text) : "";
	curl_free(text);
	return kept;
}

/* false: no address. query: whatever stands behind the path. */
static bool address_read(Arena *arena, const char *url, Address *out) {
	CURLU *parts = curl_url();
	arena_on_free(arena, parts_free, parts);
	if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK) return false;
	*out = (Address){
	    .user = part(arena, parts, CURLUPART_USER),
	    .host = part(arena, parts, CURLUPART_HOST),
	    .port = part(arena, parts, CURLUPART_PORT),
	    .path = part(arena, parts, CURLUPART_PATH),
	    .secret = part(arena, parts, CURLUPART_PASSWORD),
	    .query = arena_printf(arena, "%s%s", part(arena, parts, CURLUPART_QUERY), part(arena, parts, CURLUPART_FRAGMENT))};
	return *out->host && !*out->secret && !*out->query && !strstr(out->path, "/..");
}

static int sftp_place(Request *rq, const char *url, char **place) {
	Address address;
	char *rest = arena_strdup(rq->arena, url), *first = strsep(&rest, "\n"), *key = strsep(&rest, "\n");
	bool good = strncmp(first, "sftp://", 7) == 0 && address_read(rq->arena, first, &address) && *address.user &&
	            only(address.user, "_-.") && only(address.path, "_-./~");
	if (!good)
		return error_field(
		    rq->error, ERR_INVALID, "url", TEXT_NONE, "sftp_url",
		    "Write sftp://user@host:22/folder, of letters, digits, - _ . and ~; the secret has a field of its own.",
		    "the address is not that of a folder on an SFTP server");
	if (!key || strncmp(key, "SHA256:", 7) != 0 || strlen(key) != 7 + 43 || !only(key + 7, "+/"))
		return error_field(rq->error, ERR_INVALID, "fingerprint", TEXT_NONE, "fingerprint",
		                   "Write what `ssh-keygen -lf` shows of the server's host key: SHA256: and 43 characters.",
		                   "that is no fingerprint of a host key");
	if (!rest || !*rest)
		return error_field(rq->error, ERR_INVALID, "secret", TEXT_NONE, "required",
		                   "Enter the password or the private key.", "an SFTP target needs a secret");
	*place =
	    arena_printf(rq->arena, "%s@%s:%s%s", address.user, address.host, *address.port ? address.port : "22", address.path);
	return 0;
}

static int http_place(Request *rq, const char *url, char **place) {
	Address address;
	bool good = (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0) &&
	            address_read(rq->arena, url, &address) && !*address.user && only(address.path, "_-./~%");
	if (!good)
		return error_field(rq->error, ERR_INVALID, "url", TEXT_NONE, "http_url",
		                   "Write https://host/path, without user, query or fragment.",
		                   "the address is not that of an HTTP endpoint");
	*place = arena_strdup(rq->arena, url);
	return 0;
}

static const char *const folder_schemes[] = {"folder:", NULL}, *const sftp_schemes[] = {"sftp:", NULL},
                         *const http_schemes[] = {"http:", "https:", NULL};
const DeliveryKind delivery_folder = {
    .name = "folder", .carrier = &carrier_folder, .schemes = folder_schemes, .place = folder_place, .test = carried_test};
const DeliveryKind delivery_sftp = {
    .name = "sftp", .carrier = &carrier_sftp, .keys = true, .schemes = sftp_schemes, .place = sftp_place, .test = carried_test};
const DeliveryKind delivery_http = {
    .name = "http", .carrier = &carrier_http, .schemes = http_schemes, .place = http_place, .test = carried_test};
