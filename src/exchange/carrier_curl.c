/* carrier_curl.h */
#include "exchange/carrier_curl.h"
#include <stdio.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 10 };

static void wire_close(void *wire) {
	curl_easy_cleanup(((Wire *)wire)->curl);
}

int wire_open(Wire *wire, Carrier *carrier) {
	*wire = (Wire){.carrier = carrier, .curl = outgoing_new(), .fd = -1};
	arena_on_free(carrier->arena, wire_close, wire);
	return wire->curl ? 0 : error_set(carrier->error, ERR_INTERNAL, "no connection could be made");
}

/* About once a second, also while nothing moves. */
static int wire_watch(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up) {
	Wire *wire = arg;
	int64_t now = clock_now_us();
	if (down + up != wire->bytes) {
		wire->bytes = down + up;
		wire->moved_us = now;
	}
	wire->stalled = now - wire->moved_us > (int64_t)wire->carrier->stall_seconds * 1000000;
	if (now - wire->told_us >= 1000000) {
		wire->told_us = now;
		wire->stopped = wire->carrier->step(wire->carrier->arg, up);
	}
	return wire->stopped < 0 || wire->stalled;
}

static size_t wire_send(char *out, size_t size, size_t count, void *arg) {
	Wire *wire = arg;
	size_t room = size * count, head = wire->head.len;
	if (wire->at < (int64_t)head) {
		size_t take = head - (size_t)wire->at < room ? head - (size_t)wire->at : room;
		memcpy(out, wire->head.at + wire->at, take);
		wire->at += (int64_t)take;
		return take;
	}
	ssize_t got = wire->fd < 0 ? 0 : pread(wire->fd, out, room, wire->at - (int64_t)head);
	if (got < 0) return CURL_READFUNC_ABORT;
	wire->at += got;
	return (size_t)got;
}

static int wire_seek(void *arg, curl_off_t to, int from) {
	if (from != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
	((Wire *)arg)->at = to;
	return CURL_SEEKFUNC_OK;
}

static size_t wire_take(char *bytes, size_t size, size_t count, void *arg) {
	Wire *wire = arg;
	int code = wire->sink ? wire->sink(wire->sink_arg, bytes, size * count) : 0;
	if (code < 0) wire->stopped = code;
	return code < 0 ? 0 : size * count;
}

void wire_begin(Wire *wire, const char *protocols, const char *url) {
	CURL *curl = wire->curl;
	outgoing_begin(curl, protocols, url);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, wire->why);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, wire_watch);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, wire);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, wire_send);
	curl_easy_setopt(curl, CURLOPT_READDATA, wire);
	curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, wire_seek);
	curl_easy_setopt(curl, CURLOPT_SEEKDATA, wire);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, wire_take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, wire);
	wire->head = TEXT_NONE;
	wire->fd = -1;
	wire->sink = NULL;
	wire->at = wire->bytes = 0;
}

CURLcode wire_perform(Wire *wire) {
	wire->why[0] = '\0';
	wire->moved_us = wire->told_us = clock_now_us();
	wire->stopped = 0;
	wire->stalled = false;
	return curl_easy_perform(wire->curl);
}

static const struct Failure {
	CURLcode result;
	int code;
	const char *rule, *advice;
} failures[] = {
    {CURLE_LOGIN_DENIED, ERR_CONFLICT, "target_login", "Ask the system administrator to enter the target's address again."},
    {CURLE_PEER_FAILED_VERIFICATION, ERR_CONFLICT, "target_key",
     "Let the operator add the certificate's authority to the system."},
    {CURLE_SSL_CACERT_BADFILE, ERR_CONFLICT, "target_key", "Let the operator add the certificate's authority to the system."},
    {CURLE_SSL_CONNECT_ERROR, ERR_CONFLICT, "target_key", "Look at the receiver's certificate and TLS versions."},
    {CURLE_REMOTE_ACCESS_DENIED, ERR_CONFLICT, "target_rights",
     "Let the account write to the folder, then run the delivery again."},
    {CURLE_REMOTE_DISK_FULL, ERR_FULL, "target_full", "Make room on the target's disk, then run the delivery again."},
    {CURLE_REMOTE_FILE_NOT_FOUND, ERR_CONFLICT, "target_folder", "Make the folder at the target, then run the delivery again."},
    {CURLE_OK, ERR_BUSY, "target_gone", "Check that the target runs, can be reached and has room on its disk."},
};

int wire_failed(Wire *wire, CURLcode result, const char *doing) {
	char message[CURL_ERROR_SIZE + 1];
	if (wire->stopped < 0) return wire->stopped;
	if (wire->stalled)
		snprintf(message, sizeof message, "nothing moved for %d s", wire->carrier->stall_seconds);
	else
		snprintf(message, sizeof message, "%s", wire->why[0] ? wire->why : curl_easy_strerror(result));
	size_t kept = utf8_valid_prefix(text_of(message)), i = 0;
	message[kept] = '\0';
	for (char *c = message; *c; c++)
		if ((unsigned char)*c < ' ') *c = ' ';
	while (failures[i].result != CURLE_OK && (failures[i].result != result || wire->stalled))
		i++;
	return error_field(wire->carrier->error, failures[i].code, "target_id", TEXT_NONE, failures[i].rule, failures[i].advice,
	                   "the target could not %s: %s", doing, message);
}

int wire_run(Wire *wire, const char *doing) {
	CURLcode result = wire_perform(wire);
	return result == CURLE_OK ? 0 : wire_failed(wire, result, doing);
}
