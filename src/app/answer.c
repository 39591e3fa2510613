/* answer: the end of a turn: evidence first, then the answer, then the request goes back to its pool. Any thread. Once
 * http_reply_* was called, the turn may be gone: it is never touched after. */
#include "app/private.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_MAX = 32 << 10 /* longer bodies are handed over, shorter ones copied, so that the request keeps its buffer */ };

typedef struct Headers {
	HttpHeader rows[16];
	int count;
} Headers;

static void header(Headers *headers, const char *name, const char *value) {
	if (value != NULL && headers->count < 15) headers->rows[headers->count++] = (HttpHeader){name, value};
}

/* What is said beside every answer of the API: not to be cached, guessed at, framed or run. rq (or NULL) may say otherwise. */
static Headers headers_of(const char *content_type, const Request *rq) {
	Headers headers = {0};
	header(&headers, "Content-Type", content_type);
	header(&headers, "Cache-Control", rq && rq->cache_control ? rq->cache_control : "no-store");
	header(&headers, "X-Content-Type-Options", "nosniff");
	header(&headers, "Content-Security-Policy",
	       rq && rq->content_policy ? rq->content_policy : "default-src 'none'; frame-ancestors 'none'");
	if (rq && rq->any_origin) header(&headers, "Access-Control-Allow-Origin", "*");
	header(&headers, "Referrer-Policy", "no-referrer");
	return headers;
}

/* --- failures ------------------------------------------------------------------------------------------------------------- */

static void problem_reply(Turn *turn, const Error *error, const Faults *faults) {
	Dispatcher *dispatcher = turn->dispatcher;
	Buf body = {0};
	int status = error_status(error->code);
	if (error->code == ERR_INTERNAL || error->code == ERR_IO)
		log_error("%.*s %.*s: %s: %s", TEXT_ARG(http_method(turn->call)), TEXT_ARG(http_path(turn->call)),
		          error_name(error->code), error->message);
	problem_write(&body, http_arena(turn->call), error, faults, language_chinese(http_header(turn->call, "Accept-Language")));
	Headers headers = headers_of("application/problem+json", NULL);
	if (error->code == ERR_METHOD) header(&headers, "Allow", turn->allow);
	if (error->code == ERR_UNAUTHENTICATED) header(&headers, "WWW-Authenticate", "Bearer");
	if (status == 503 || status == 429) header(&headers, "Retry-After", "1");
	atomic_fetch_add_explicit(&dispatcher->statuses[status / 100], 1, memory_order_relaxed);
	http_reply_buf(turn->call, status, headers.rows, &body);
}

void turn_refuse(Turn *turn, int code) {
	Error error = {0};
	if (code == ERR_METHOD)
		error_set(&error, code, "This path takes %s", turn->allow);
	else
		error_set(&error, code, "There is nothing at this path");
	problem_reply(turn, &error, NULL);
}

/* --- successes --------------------------------------------------------------------------------------------------------- */

/* attachment with a name in UTF-8 (RFC 6266, RFC 8187): everything but letters, digits and ._- is escaped; what cannot be seen
 * (an entry's name may hold it) is left out. */
static const char *disposition(Arena *arena, const char *name) {
	Buf text = {0};
	buf_str(&text, "attachment; filename*=UTF-8''");
	for (const char *at = name, *end = name + strlen(name); at < end;) {
		const char *c = at;
		if (code_point_hidden(utf8_next(&at, end))) continue;
		for (; c < at; c++)
			if ((*c >= '0' && *c <= '9') || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') || *c == '.' || *c == '_' ||
			    *c == '-')
				buf_char(&text, *c);
			else
				buf_printf(&text, "%%%02X", (unsigned char)*c);
	}
	char *copy = arena_strndup(arena, text.at, text.len);
	buf_free(&text);
	return copy;
}

static bool etag_matches(Text wanted, const char *etag) {
	return text_is(text_trim(wanted), "*") || text_find(wanted, text_of(etag)) >= 0;
}

typedef struct OwnedStream {
	HttpStream inner;
	Request *rq;
} OwnedStream;

static ptrdiff_t owned_pull(void *context, char *out, size_t max) {
	OwnedStream *owned = context;
	return owned->inner.pull(owned->inner.context, out, max);
}

static void owned_closed(void *context) {
	OwnedStream *owned = context;
	Request *rq = owned->rq;
	if (owned->inner.closed != NULL) owned->inner.closed(owned->inner.context);
	request_end(rq);
}

static void stream_reply(HttpCall *call, Request *rq, int status, const Headers *headers) {
	OwnedStream *owned = ARENA_NEW(rq->arena, OwnedStream);
	*owned = (OwnedStream){*rq->stream, rq};
	HttpStream stream = {owned_pull, owned_closed, owned};
	http_reply_stream(call, status, headers->rows, &stream);
}

static void file_reply(HttpCall *call, Request *rq, int status, const Headers *headers) {
	struct stat about;
	int64_t size = fstat(rq->send_fd, &about) == 0 ? about.st_size : 0;
	http_reply_file(call, status, headers->rows, rq->send_fd, 0, size);
}

static Headers success_headers(Turn *turn, const char *etag) {
	Request *rq = turn->rq;
	const char *type = rq->content_type ? rq->content_type : rq->body.len > 0 ? "application/json" : NULL;
	Headers headers = headers_of(type, rq);
	header(&headers, "ETag", etag);
	header(&headers, "Location", rq->location);
	header(&headers, "Link", rq->link);
	header(&headers, "Set-Cookie", rq->set_cookie);
	header(&headers, "Set-Cookie", rq->set_cookie2);
	header(&headers, "Content-Crs", rq->content_crs);
	header(&headers, "X-Yiwang-Provenance", rq->provenance);
	if (rq->file_name != NULL) header(&headers, "Content-Disposition", disposition(rq->arena, rq->file_name));
	if (turn->replayed) header(&headers, "Idempotency-Replayed", "true");
	return headers;
}

static void success_reply(Turn *turn) {
	Request *rq = turn->rq;
	HttpCall *call = turn->call;
	bool given = rq->body.len > 0 || rq->stream != NULL || rq->send_fd >= 0;
	int status = rq->status ? rq->status : given ? 200 : 204;
	const char *etag = rq->etag;
	if (etag != NULL && etag[0] != '"' && strncmp(etag, "W/", 2) != 0) etag = arena_printf(rq->arena, "\"%s\"", etag);
	Headers headers = success_headers(turn, etag);
	Text known = etag && status == 200 ? http_header(call, "If-None-Match") : TEXT_NONE;
	bool unchanged = known.at != NULL && strcmp(turn->route->method, "GET") == 0 && etag_matches(known, etag);
	atomic_fetch_add_explicit(&turn->dispatcher->statuses[status / 100], 1, memory_order_relaxed);
	if (unchanged)
		http_reply(call, 304, headers.rows, TEXT(""));
	else if (rq->stream != NULL) {
		stream_reply(call, rq, status, &headers);
		return; /* the stream ends the request */
	} else if (rq->send_fd >= 0)
		file_reply(call, rq, status, &headers);
	else if (rq->body.len > COPY_MAX)
		http_reply_buf(call, status, headers.rows, &rq->body);
	else
		http_reply(call, status, headers.rows, buf_as_text(&rq->body));
	if (unchanged && rq->send_fd >= 0) close(rq->send_fd);
	request_end(rq);
}

/* --- evidence ---------------------------------------------------------------------------------------------------------- */

static void turn_count(Turn *turn, bool failed) {
	LaneCount *lane = &turn->dispatcher->lanes[turn->route->lane];
	atomic_fetch_add_explicit(&lane->calls, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&lane->micros, clock_monotonic_us() - turn->begun_us, memory_order_relaxed);
	if (failed) atomic_fetch_add_explicit(&lane->failures, 1, memory_order_relaxed);
}

static void turn_answer(Turn *turn) {
	Request *rq = turn->rq;
	turn_count(turn, turn->result < 0);
	if (turn->result >= 0) {
		success_reply(turn);
		return;
	}
	if (rq->error->code == 0) error_set(rq->error, turn->result, "The request could not be done");
	if (rq->send_fd >= 0) close(rq->send_fd);
	if (rq->stream != NULL && rq->stream->closed != NULL) rq->stream->closed(rq->stream->context);
	Error error = *rq->error;
	const Faults *faults = turn->fault == error.code ? turn->faults : NULL;
	if (rq->faults && error.code == ERR_INVALID) { /* beyond the request, whose arena goes with it */
		Faults *kept = ARENA_NEW(http_arena(turn->call), Faults);
		*kept = *rq->faults;
		faults = kept;
	}
	turn->rq = NULL;
	request_end(rq);
	problem_reply(turn, &error, faults);
}

void evidence_refusal(Request *rq, int code) {
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.status = error_status(code);
	if (evidence_read(rq->app, &entry) < 0) log_error("a refusal left no evidence: %s", rq->route->action);
}

static void evidence_on_disk(void *context, int result) {
	Turn *turn = context;
	if (result < 0) turn->result = fail(turn->rq, result, "The read was not answered: its evidence could not be written");
	turn_answer(turn);
}

/* Nothing governed leaves before its evidence: in the segment for ordinary reads, on the disk for L3/L4 in clear. */
static int evidence_of_read(Turn *turn, bool *waits) {
	Request *rq = turn->rq;
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.status = rq->status ? rq->status : 200;
	if (!rq->sensitive) return evidence_read(rq->app, &entry);
	if (!turn->suspended) {
		turn->suspended = true;
		http_suspend(turn->call);
	}
	int code = evidence_read_durable(rq->app, &entry, evidence_on_disk, turn);
	*waits = code >= 0;
	return code;
}

void turn_finish(Turn *turn, int result) {
	Request *rq = turn->rq;
	bool silent = turn->route->flags & ROUTE_NO_EVIDENCE, waits = false;
	turn->result = result;
	if (result < 0) {
		int code = rq->error->code ? rq->error->code : result;
		if (!silent || code == ERR_FORBIDDEN) evidence_refusal(rq, code);
	} else if (!silent && turn->route->lane != LANE_WRITE) {
		int code = evidence_of_read(turn, &waits);
		if (waits) return;
		if (code < 0) turn->result = fail(rq, code, "The read was not answered: its evidence could not be written");
	}
	turn_answer(turn);
}
