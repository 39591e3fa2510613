/* carrier.h: an SFTP server, by libcurl over libssh2 (protocol 3). The address is three lines: sftp://user@host:port/path, the
 * server's host key as SHA256:…, and the password or the private key (PEM or OpenSSH, Ed25519 or ECDSA, without passphrase). A
 * server with another host key is not talked to. */
#include "exchange/carrier_curl.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct Sftp {
	FilePlace place;
	Wire wire;
	char *url, *path; /* of the delivery's folder, without end slash */
	char *fingerprint, *secret;
	int key_fd; /* the private key, in memory only; -1 = a password */
} Sftp;

/* The one host key whose fingerprint was entered (base64 without padding, as ssh-keygen shows it), or nothing is said to the
 * server. */
static int host_key(void *arg, int type, const char *key, size_t length) {
	Sftp *sftp = arg;
	Digest digest;
	unsigned char found[DIGEST_LEN * 2];
	digest_sha256((Text){key, length}, &digest);
	size_t kept = (size_t)EVP_EncodeBlock(found, digest.bytes, DIGEST_LEN);
	while (kept > 0 && found[kept - 1] == '=')
		found[--kept] = '\0';
	if (strcmp((const char *)found, sftp->fingerprint) == 0) return CURLKHMATCH_OK;
	sftp->wire.stopped =
	    error_field(sftp->place.carrier.error, ERR_CONFLICT, "target_id", TEXT_NONE, "target_key",
	                "Ask the receiver whether its key changed; then let the system administrator enter the target "
	                "again.",
	                "the server's host key is SHA256:%s, not the one that was entered", (const char *)found);
	return CURLKHMATCH_MISMATCH;
}

static void transfer(Sftp *sftp, const char *name) {
	Wire *wire = &sftp->wire;
	CURL *curl = wire->curl;
	wire_begin(wire, "sftp", arena_printf(sftp->place.carrier.arena, "%s/%s", sftp->url, name));
	curl_easy_setopt(curl, CURLOPT_SSH_HOSTKEYFUNCTION, host_key);
	curl_easy_setopt(curl, CURLOPT_SSH_HOSTKEYDATA, sftp);
	if (sftp->key_fd < 0) {
		curl_easy_setopt(curl, CURLOPT_SSH_AUTH_TYPES, (long)(CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD));
		curl_easy_setopt(curl, CURLOPT_PASSWORD, sftp->secret);
		return;
	}
	curl_easy_setopt(curl, CURLOPT_SSH_AUTH_TYPES, (long)CURLSSH_AUTH_PUBLICKEY);
	curl_easy_setopt(curl, CURLOPT_SSH_PRIVATE_KEYFILE,
	                 arena_printf(sftp->place.carrier.arena, "/proc/self/fd/%d", sftp->key_fd));
}

static void key_close(void *object) {
	close(((Sftp *)object)->key_fd);
}

/* libssh2 reads keys from files only: a file that lives in memory. */
static int key_keep(Sftp *sftp) {
	size_t length = strlen(sftp->secret);
	sftp->key_fd = memfd_create("sftp-key", MFD_CLOEXEC);
	if (sftp->key_fd >= 0) arena_on_free(sftp->place.carrier.arena, key_close, sftp);
	bool kept = sftp->key_fd >= 0 && write(sftp->key_fd, sftp->secret, length) == (ssize_t)length &&
	            write(sftp->key_fd, "\n", 1) == 1;
	return kept ? 0 : error_set(sftp->place.carrier.error, ERR_INTERNAL, "the private key could not be kept in memory");
}

static const FilePlaceOps sftp_ops;

static int sftp_open(const Carrier *with, const char *url, Carrier **out) {
	Arena *arena = with->arena;
	Sftp *sftp = ARENA_NEW(arena, Sftp);
	*sftp = (Sftp){.place = {.carrier = *with, .ops = &sftp_ops}, .key_fd = -1};
	char *rest = arena_strdup(arena, url), *address = strsep(&rest, "\n"), *fingerprint = strsep(&rest, "\n");
	size_t length = strlen(address);
	while (length > 0 && address[length - 1] == '/')
		address[--length] = '\0';
	sftp->fingerprint = fingerprint + strlen("SHA256:");
	sftp->secret = rest;
	sftp->url = *with->name ? arena_printf(arena, "%s/%s", address, with->name) : address;
	const char *path = strchr(sftp->url + strlen("sftp://"), '/');
	sftp->path = arena_strdup(arena, path ? path : "");
	*out = &sftp->place.carrier;
	int code = wire_open(&sftp->wire, *out);
	return code == 0 && text_starts(text_of(sftp->secret), TEXT("-----BEGIN")) ? key_keep(sftp) : code;
}

static int names_take(void *arg, const void *bytes, size_t count) {
	buf_add(arg, bytes, count);
	return 0;
}

static int sftp_list(FilePlace *place, Buf *out) {
	Sftp *sftp = (Sftp *)place;
	transfer(sftp, "");
	curl_easy_setopt(sftp->wire.curl, CURLOPT_DIRLISTONLY, 1L);
	sftp->wire.sink = names_take;
	sftp->wire.sink_arg = out;
	CURLcode result = wire_perform(&sftp->wire);
	/* the delivery's folder is made by the first file */
	return result == CURLE_OK || result == CURLE_REMOTE_FILE_NOT_FOUND ? 0
	                                                                   : wire_failed(&sftp->wire, result, "list the folder");
}

static int sftp_test(Carrier *carrier, const char **found) {
	Buf *names = ARENA_NEW(carrier->arena, Buf);
	buf_in(names, carrier->arena);
	*found = "SFTP";
	return sftp_list((FilePlace *)carrier, names);
}

static int sftp_put(FilePlace *place, const char *name, int fd, Text bytes, int64_t size) {
	Sftp *sftp = (Sftp *)place;
	transfer(sftp, name);
	sftp->wire.head = bytes;
	sftp->wire.fd = fd;
	curl_easy_setopt(sftp->wire.curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(sftp->wire.curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
	curl_easy_setopt(sftp->wire.curl, CURLOPT_FTP_CREATE_MISSING_DIRS, 1L);
	return wire_run(&sftp->wire, "take the file");
}

static int sftp_get(FilePlace *place, const char *name, FileSink *sink, void *arg) {
	Sftp *sftp = (Sftp *)place;
	transfer(sftp, name);
	sftp->wire.sink = sink;
	sftp->wire.sink_arg = arg;
	return wire_run(&sftp->wire, "give the file back");
}

/* One command of the protocol, without a transfer. Paths have no blanks (sftp_place). */
static CURLcode command(Sftp *sftp, const char *words) {
	struct curl_slist *list = curl_slist_append(NULL, words);
	transfer(sftp, "");
	curl_easy_setopt(sftp->wire.curl, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(sftp->wire.curl, CURLOPT_QUOTE, list);
	CURLcode result = wire_perform(&sftp->wire);
	curl_slist_free_all(list);
	return result;
}

/* A server refuses to rename to a name that is there (OpenSSH does), without saying that this is why. */
static int sftp_rename(FilePlace *place, const char *from, const char *to, bool *taken) {
	Sftp *sftp = (Sftp *)place;
	Arena *arena = place->carrier.arena;
	CURLcode result = command(sftp, arena_printf(arena, "rename %s/%s %s/%s", sftp->path, from, sftp->path, to));
	*taken = false;
	if (result == CURLE_OK) return 0;
	if (result != CURLE_QUOTE_ERROR || sftp->wire.stalled) return wire_failed(&sftp->wire, result, "take the file");
	Buf *names = ARENA_NEW(arena, Buf);
	buf_in(names, arena);
	buf_char(names, '\n');
	int code = sftp_list(place, names);
	buf_char(names, '\n');
	*taken = code == 0 && text_find(buf_as_text(names), text_of(arena_printf(arena, "\n%s\n", to))) >= 0;
	return code < 0 || *taken ? code : wire_failed(&sftp->wire, CURLE_REMOTE_ACCESS_DENIED, "rename the file");
}

static int sftp_remove(FilePlace *place, const char *name) {
	Sftp *sftp = (Sftp *)place;
	CURLcode result = command(sftp, arena_printf(place->carrier.arena, "rm %s/%s", sftp->path, name));
	return result == CURLE_OK ? 0 : wire_failed(&sftp->wire, result, "drop the file");
}

static const FilePlaceOps sftp_ops = {sftp_list, sftp_put, sftp_get, sftp_rename, sftp_remove};
const CarrierKind carrier_sftp = {.open = sftp_open, .mark = file_place_mark, .test = sftp_test, .send = file_place_send};
