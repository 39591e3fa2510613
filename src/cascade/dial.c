/* Calling another node: one round is hello, then batches of what this side wants until there are none, then batches of what that
 * side wants. Each answer is signed by the node called, for the question asked; TLS with the node's own certificate and one
 * pinned authority (libcurl). The caller's thread. */
#include "cascade/internal.h"
#include <curl/curl.h>

/* --- one call --------------------------------------------------------------------------------------------------------------- */

static size_t answer_add(char *bytes, size_t size, size_t count, void *out) {
	Buf *body = out;
	if (body->len + size * count > FRAME_MAX) return 0;
	buf_add(body, bytes, size * count);
	return size * count;
}

static int call_stopped(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
	const Dial *dial = arg;
	return dial->over(dial->arg) ? 1 : 0;
}

/* What went wrong, as people can act on it; the library's own words go to the log. */
static int call_failed(const Dial *dial, Request *rq, CURLcode result, const char *detail) {
	const char *url = dial->node->url;
	log_info("event=cascade_call url=%s code=%d message=\"%s\"", url, (int)result,
	         *detail ? detail : curl_easy_strerror(result));
	switch (result) {
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		return error_field(rq->error, ERR_IO, "", TEXT_NONE, "certificate",
		                   "Look at keys/cascade-client.pem and cascade-ca.pem.",
		                   "this node's certificate cannot be used");
	case CURLE_PEER_FAILED_VERIFICATION:
		return error_field(rq->error, ERR_IO, "", TEXT_NONE, "server",
		                   "Compare keys/cascade-ca.pem with the authority over there.", "%s does not prove who it is",
		                   url);
	case CURLE_SSL_CONNECT_ERROR:
		return error_field(rq->error, ERR_IO, "", TEXT_NONE, "tls",
		                   "Is this node's certificate of their authority, and still valid?", "no TLS connection to %s",
		                   url);
	case CURLE_COULDNT_RESOLVE_HOST:
		return error_field(rq->error, ERR_BUSY, "", TEXT_NONE, "unreachable",
		                   "Look at the address and at this machine's name server.", "the name in %s is not known", url);
	case CURLE_OPERATION_TIMEDOUT:
		return error_field(rq->error, ERR_BUSY, "", TEXT_NONE, "unreachable", "It is tried again by itself.",
		                   "%s does not answer in time", url);
	case CURLE_COULDNT_CONNECT:
		return error_field(rq->error, ERR_BUSY, "", TEXT_NONE, "unreachable", "It is tried again by itself.",
		                   "%s does not answer", url);
	default:
		return error_field(rq->error, ERR_BUSY, "", TEXT_NONE, "unreachable", "It is tried again by itself.",
		                   "the connection to %s broke", url);
	}
}

/* problem+json says more than a status; what a proxy says is told by its number. */
static int call_refused(const Dial *dial, Request *rq, long status, const Buf *body) {
	json_t *problem = json_loadb(body->at ? body->at : "", body->len, 0, NULL);
	const char *detail = json_string_value(json_object_get(problem, "detail")),
	           *rule = json_string_value(json_object_get(problem, "rule")),
	           *advice = json_string_value(json_object_get(problem, "advice"));
	int code = ERR_CONFLICT;
	if (detail)
		error_field(rq->error, code, "", TEXT_NONE, rule ? arena_strdup(rq->arena, rule) : "refused", advice, "%s",
		            detail);
	else if (status == 400)
		error_field(rq->error, code, "", TEXT_NONE, "certificate", "Renew it, or have them trust its authority.",
		            "%s does not take this node's certificate", dial->node->url);
	else
		error_field(rq->error, code, "", TEXT_NONE, "refused", "Look at the proxy over there.", "%s answered HTTP %ld",
		            dial->node->url, status);
	json_decref(problem);
	return code;
}

static struct curl_slist *header(struct curl_slist *list, Arena *arena, const char *name, Text value) {
	return curl_slist_append(list, arena_printf(arena, "%s: %.*s", name, TEXT_ARG(value)));
}

/* The other side knows from them whose call it is before it takes the body. */
static int headers_make(const Dial *dial, Request *rq, const char *path, Text bytes, struct curl_slist **out) {
	CallHeaders headers = {.method = TEXT("POST"),
	                       .path = text_of(arena_printf(rq->arena, "/api/v1/cascade/peer/%s", path)),
	                       .node = text_of(dial->node->fingerprint)};
	if (headers_sign(rq->arena, dial->self->key, dial->self->fingerprint, clock_now_us(), bytes, &headers) < 0)
		return fail(rq, ERR_INTERNAL, "the message could not be signed");
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: " CASCADE_TYPE);
	list = curl_slist_append(list, "Expect:");
	list = header(list, rq->arena, "Yiwang-Node", headers.node);
	list = header(list, rq->arena, "Content-Digest", headers.digest);
	list = header(list, rq->arena, "Signature-Input", headers.input);
	*out = header(list, rq->arena, "Signature", headers.signature);
	return 0;
}

/* POST bytes to a path of the node: 1 an answer in out, 0 nothing (204), or a code. */
static int call(const Dial *dial, Request *rq, const char *path, Text bytes, Buf *out) {
	char detail[CURL_ERROR_SIZE] = "";
	long status = 0;
	struct curl_slist *headers = NULL;
	int code = headers_make(dial, rq, path, bytes, &headers);
	if (code < 0) return code;
	CURL *curl = outgoing_new();
	if (!curl) {
		curl_slist_free_all(headers);
		return fail(rq, ERR_INTERNAL, "no connection could be made");
	}
	size_t length = strlen(dial->node->url);
	bool slash = length > 0 && dial->node->url[length - 1] == '/';
	const char *url = arena_printf(rq->arena, "%.*s/api/v1/cascade/peer/%s", (int)(length - slash), dial->node->url, path);
	outgoing_begin(curl, "https", url);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSLCERT, dial->certificate.path);
	curl_easy_setopt(curl, CURLOPT_SSLKEY, dial->certificate.path);
	curl_easy_setopt(curl, CURLOPT_CAINFO, dial->certificate.ca_path);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 64L); /* a line that went dead in the middle */
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 15L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 300L);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)bytes.len);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, bytes.at);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_add);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, call_stopped);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, dial);
	CURLcode result = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (result != CURLE_OK) return call_failed(dial, rq, result, detail);
	if (status == 204) return 0;
	return status == 200 ? 1 : call_refused(dial, rq, status, out);
}

/* --- questions and answers ---------------------------------------------------------------------------------------------------
 */

static int64_t next_at(Dial *dial) {
	int64_t now = clock_now_us();
	dial->at_us = now > dial->at_us ? now : dial->at_us + 1;
	return dial->at_us;
}

/* A signed answer of the node called: of that kind, for this node. */
static int answer_read(const Dial *dial, Request *rq, const Buf *bytes, const char *kind, Frame *out) {
	uint8_t key[PUBLIC_KEY_LEN];
	int code = frame_parse(rq->arena, buf_as_text(bytes), out, rq->error);
	if (code == 0) code = node_key(rq, dial->node, key);
	if (code == 0) code = frame_verify(out, key, rq->error);
	if (code < 0) return code;
	if (strcmp(out->kind, kind) == 0 && strcmp(out->from, dial->node->fingerprint) == 0 &&
	    strcmp(out->to, dial->self->fingerprint) == 0)
		return 0;
	return error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "receiver", "Compare the fingerprints of both nodes.",
	                   "the answer is of another node, or of another kind");
}

static int ask(Dial *dial, Request *rq, json_t *header, const char *path, Buf *out, char digest[HEX_DIGEST_MAX]) {
	Buf *frame = ARENA_NEW(rq->arena, Buf);
	Frame parsed;
	buf_in(frame, rq->arena);
	json_object_set_new(header, "at", json_integer((json_int_t)next_at(dial)));
	if (frame_sign(rq->arena, dial->self->key, header, TEXT(""), frame) < 0 ||
	    frame_parse(rq->arena, buf_as_text(frame), &parsed, rq->error) < 0)
		return fail(rq, ERR_INTERNAL, "the message could not be signed");
	if (digest) memcpy(digest, parsed.digest, sizeof parsed.digest);
	return call(dial, rq, path, buf_as_text(frame), out);
}

static int hello(Dial *dial, Frame *out) {
	Request *rq = dial->rq;
	json_t *header;
	char digest[HEX_DIGEST_MAX];
	Buf *bytes = ARENA_NEW(rq->arena, Buf);
	buf_in(bytes, rq->arena);
	int code = hello_header(rq, dial->self, dial->node, &header);
	if (code < 0) return code;
	json_object_set_new(header, "cert", json_string(dial->certificate.pin));
	code = ask(dial, rq, header, "hello", bytes, digest);
	if (code == 0) code = fail(rq, ERR_CONFLICT, "%s gave an empty answer", dial->node->url);
	if (code > 0) code = answer_read(dial, rq, bytes, "hello", out);
	if (code == 0 && strcmp(frame_str(out, "re"), digest) != 0)
		code = error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "replayed", "Look at the proxy over there.",
		                   "the answer belongs to another question");
	return code;
}

/* --- pulling
 * -------------------------------------------------------------------------------------------------------------------- */

/* One batch: 1 taken, 0 none, or a code. */
static int pull_once(Dial *dial, Request *rq, const Stream *stream) {
	Frame batch;
	Text receipt;
	Buf *bytes = ARENA_NEW(rq->arena, Buf);
	buf_in(bytes, rq->arena);
	json_t *header = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:I}", "kind", "pull", "from", dial->self->fingerprint,
	                           "to", dial->node->fingerprint, "stream", stream->name, "have", (json_int_t)stream->seq,
	                           "digest", stream->digest, "top", (json_int_t)stream->top, "loaded", (json_int_t)stream->done);
	if (!header) return fail(rq, ERR_INTERNAL, "the message could not be written");
	int code = ask(dial, rq, header, "pull", bytes, NULL);
	if (code <= 0) return code;
	code = answer_read(dial, rq, bytes, "batch", &batch);
	if (code == 0 && strcmp(frame_str(&batch, "stream"), stream->name) != 0)
		code = error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "receiver", "Look at the proxy over there.",
		                   "the answer belongs to another question");
	if (code == 0) code = in_take(rq, dial->self, dial->node, &batch, &receipt);
	return code < 0 ? code : 1;
}

/* Whether the round must end: the line is down, or the program stops. What is said about one stream stays with it. */
static bool round_over(const Error *error) {
	return error->code == ERR_BUSY || error->code == ERR_IO || error->code == ERR_INTERNAL;
}

static int64_t later(void) {
	return clock_now_us() + INT64_C(60000000);
}

/* Stays with the stream; an answer that is forged or not for us is told to evidence too. */
static int pull_refused(const Dial *dial, Request *rq, const Stream *stream) {
	EvidenceEntry entry = {
	    .at_us = clock_now_us(),
	    .account_id = dial->node->account_id,
	    .org_id = dial->node->org_id,
	    .actor = dial->node->login,
	    .action = "cascade.pull",
	    .resource_id = stream->resource_id,
	    .subject_id = stream->stream_id,
	    .status = error_status(rq->error->code),
	    .purpose = "",
	    .address = dial->node->url,
	    .detail = arena_printf(rq->arena, "{\"node\":\"%s\",\"rule\":\"%s\"}", dial->node->fingerprint, rq->error->rule),
	};
	if (rq->error->code == ERR_FORBIDDEN && evidence_read(rq->app, &entry) < 0) return ERR_IO;
	if (strcmp(rq->error->rule, "behind") == 0) { /* the other side pushed meanwhile: nothing is wrong */
		Error why = *rq->error;
		Stream now;
		error_clear(rq->error);
		int found = stream_find(rq, stream->stream_id, &now);
		if (found > 0 && now.seq != stream->seq) return 0;
		*rq->error = why;
	}
	return stream_error(rq, stream->stream_id, rq->error, later());
}

static int pull(Dial *dial, const char *name) {
	int code = 1;
	while (code > 0 && !dial->over(dial->arg)) {
		Request *rq = request_begin(dial->rq->app, "cascade"); /* memory of one batch */
		Stream stream = {0};
		code = rq->db ? stream_named(rq, dial->node->node_id, false, name, &stream) : rq->error->code;
		if (code > 0) code = pull_once(dial, rq, &stream);
		if (code < 0 && round_over(rq->error))
			*dial->rq->error = *rq->error;
		else if (code < 0)
			code = pull_refused(dial, rq, &stream);
		else if (code == 0 && stream.failed)
			code = stream_error(rq, stream.stream_id, NULL, 0);
		request_end(rq);
	}
	return code;
}

static int pull_all(Dial *dial) {
	json_t *wants = NULL, *one;
	size_t index;
	int code = stream_wants(dial->rq, dial->node, &wants);
	json_array_foreach(wants, index, one) if (code == 0) code = pull(dial, json_string_value(json_object_get(one, "stream")));
	json_decref(wants);
	return code;
}

/* --- pushing
 * --------------------------------------------------------------------------------------------------------------------- */

/* One batch, and the receipt as what the other side now has: 1, 0 nothing more, or a code. */
static int push_once(Dial *dial, Request *rq, Have *have) {
	Text bytes;
	Frame batch, receipt;
	Buf *answer = ARENA_NEW(rq->arena, Buf);
	buf_in(answer, rq->arena);
	int code = out_next(rq, dial->self, dial->node, have, &bytes);
	if (code <= 0) return code;
	code = frame_parse(rq->arena, bytes, &batch, rq->error);
	if (code == 0) code = call(dial, rq, "batch", bytes, answer);
	if (code == 0) return fail(rq, ERR_CONFLICT, "%s gave an empty answer", dial->node->url);
	if (code > 0) code = answer_read(dial, rq, answer, "receipt", &receipt);
	if (code < 0) return code;
	if (strcmp(frame_str(&receipt, "digest"), batch.digest) != 0 ||
	    strcmp(frame_str(&receipt, "stream"), have->stream) != 0 || frame_int(&receipt, "have") != frame_int(&batch, "seq"))
		return error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "receiver", "Look at the proxy over there.",
		                   "the answer belongs to another question");
	have->seq = have->top = frame_int(&batch, "seq");
	have->digest = arena_strdup(dial->rq->arena, batch.digest);
	have->receipt = text_dup(dial->rq->arena, buf_as_text(answer));
	return 1;
}

static int stream_write(Request *w, void *arg) {
	return stream_make(w, arg);
}

/* The other side called meanwhile and pulled: what it said before is of before, nothing is wrong. */
static bool crossed(const Dial *dial, Request *rq) {
	Node now;
	Error why = *rq->error;
	if (strcmp(why.rule, "behind") != 0) return false;
	error_clear(rq->error);
	bool called = node_find(rq, dial->node->node_id, &now) > 0 && now.contact_us >= dial->begun_us;
	if (!called) *rq->error = why;
	return called;
}

/* Why nothing is sent stays with the stream, and the next hello says it to the other side, which only waits. */
static int push_note(const Dial *dial, Request *rq, const char *name, int code) {
	Stream stream;
	Error why = *rq->error;
	error_clear(rq->error);
	int found = stream_named(rq, dial->node->node_id, true, name, &stream);
	if (found == 0 && code < 0) {
		stream = (Stream){.node_id = dial->node->node_id,
		                  .out = true,
		                  .name = name,
		                  .title = "",
		                  .code = "",
		                  .origin = dial->self->fingerprint,
		                  .origin_name = dial->self->name};
		found = request_write(rq, stream_write, &stream) < 0 ? ERR_BUSY : 1;
	}
	if (found <= 0 || (code == 0 && !stream.failed)) return found < 0 ? found : 0;
	return stream_error(rq, stream.stream_id, code < 0 ? &why : NULL, 0);
}

static int push(Dial *dial, const json_t *want, Text receipt) {
	Have have;
	int code = have_read(dial->rq, want, receipt, &have);
	if (code < 0) return code;
	for (code = 1; code > 0 && !dial->over(dial->arg);) {
		Request *rq = request_begin(dial->rq->app, "cascade");
		code = rq->db ? push_once(dial, rq, &have) : rq->error->code;
		if (code < 0 && crossed(dial, rq))
			code = 0;
		else if (code < 0 && round_over(rq->error))
			*dial->rq->error = *rq->error;
		else if (code <= 0)
			code = push_note(dial, rq, have.stream, code);
		request_end(rq);
	}
	return code;
}

int dial_round(Dial *dial) {
	Frame answer;
	json_t *want;
	size_t index;
	dial->begun_us = clock_now_us();
	int code = certificate_load(dial->rq, &dial->certificate);
	if (code == 0) code = hello(dial, &answer);
	if (code == 0) code = pull_all(dial);
	if (code < 0) return code;
	const json_t *wants = json_object_get(answer.header, "wants");
	if (json_array_size(wants) > 10000) return fail(dial->rq, ERR_INVALID, "%s asks for too many streams", dial->node->url);
	Text receipt = text_dup(dial->rq->arena, answer.header_line);
	json_array_foreach(wants, index, want) if (code == 0) code = push(dial, want, receipt);
	return code;
}
