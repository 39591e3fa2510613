/* Answers: buffers, files, streams, problems; and the way back from other threads to the server thread. */
#include "net/private.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* --- way back ---------------------------------------------------------------------------------------------------- */

void call_ready(HttpCall *call) {
	HttpThread *thread = call->thread;
	atomic_fetch_add(&thread->pushing, 1);
	HttpCall *top = atomic_load_explicit(&thread->ready, memory_order_relaxed);
	do
		call->next = top;
	while (!atomic_compare_exchange_weak(&thread->ready, &top, call));
	/* Only the first one after the thread went to sleep pays for a system call; the rest ride along. */
	if (atomic_exchange(&thread->sleeping, false)) eventfd_write(thread->wake_fd, 1);
	atomic_fetch_sub(&thread->pushing, 1);
}

void calls_resume(HttpThread *thread) {
	if (atomic_load_explicit(&thread->ready, memory_order_relaxed) == NULL) return;
	HttpCall *call = atomic_exchange(&thread->ready, NULL), *oldest = NULL;
	while (call != NULL) { /* pushed last in first out: turn round, so that the longest waiting is served first */
		HttpCall *next = call->next;
		call->next = oldest;
		oldest = call;
		call = next;
	}
	for (call = oldest; call != NULL; call = oldest) {
		oldest = call->next;
		call->suspended = false;
		count_add(&thread->suspended, -1);
		MHD_resume_connection(call->mhd);
	}
}

void http_suspend(HttpCall *call) {
	call->suspended = true;
	count_add(&call->thread->suspended, 1);
	MHD_suspend_connection(call->mhd);
}

/* --- plain answers -------------------------------------------------------------------------------------------------- */

static void headers_add(struct MHD_Response *response, const HttpHeader *headers) {
	for (; headers != NULL && headers->name != NULL; headers++)
		if (MHD_add_response_header(response, headers->name, headers->value) != MHD_YES)
			log_error("net: header %s cannot be sent",
			          headers->name); /* a line break in a value: dropped, never sent */
}

static void answer(HttpCall *call, int status, const HttpHeader *headers, struct MHD_Response *response, int64_t size) {
	if (response == NULL) abort(); /* out of memory */
	headers_add(response, headers);
	call->response = response;
	call->status = status;
	atomic_fetch_add_explicit(&call->thread->bytes_out, size, memory_order_relaxed);
	if (call->suspended) call_ready(call);
}

void http_reply(HttpCall *call, int status, const HttpHeader *headers, Text body) {
	answer(call, status, headers,
	       MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.at, MHD_RESPMEM_MUST_COPY), (int64_t)body.len);
}

void http_reply_buf(HttpCall *call, int status, const HttpHeader *headers, Buf *body) {
	struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback(body->len, body->at, free);
	int64_t size = (int64_t)body->len;
	*body = (Buf){0};
	answer(call, status, headers, response, size);
}

void http_reply_file(HttpCall *call, int status, const HttpHeader *headers, int fd, int64_t offset, int64_t size) {
	answer(call, status, headers, MHD_create_response_from_fd_at_offset64((uint64_t)size, fd, (uint64_t)offset), size);
}

/* --- streams ---------------------------------------------------------------------------------------------------------- */

static ssize_t stream_pull(void *context, uint64_t position, char *out, size_t max) {
	HttpCall *call = context;
	for (;;) {
		atomic_store(&call->stream_state, STREAM_RUNNING);
		if (atomic_load(&call->thread->server->stop_at_us) != 0) return MHD_CONTENT_READER_END_OF_STREAM;
		if (call->gone) return MHD_CONTENT_READER_END_WITH_ERROR;
		ptrdiff_t n = call->stream.pull(call->stream.context, out, max);
		if (n > 0) {
			count_add(&call->thread->bytes_out, n);
			return n;
		}
		if (n == STREAM_END) return MHD_CONTENT_READER_END_OF_STREAM;
		if (n != STREAM_WAIT) return MHD_CONTENT_READER_END_WITH_ERROR;
		call->asleep_us = call->thread->now_us;
		call->suspended = true;
		int running = STREAM_RUNNING;
		if (atomic_compare_exchange_strong(&call->stream_state, &running, STREAM_ASLEEP)) {
			/* a wake from here on lands in the ready stack, which this thread empties later */
			count_add(&call->thread->suspended, 1);
			MHD_suspend_connection(call->mhd);
			return 0;
		}
		call->suspended = false; /* woken between the pull and here: ask again */
	}
}

void http_reply_stream(HttpCall *call, int status, const HttpHeader *headers, const HttpStream *stream) {
	call->stream = *stream;
	call->streaming = true;
	answer(call, status, headers, MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_pull, call, NULL),
	       0);
}

void http_stream_wake(HttpCall *call) {
	if (atomic_exchange(&call->stream_state, STREAM_WOKEN) == STREAM_ASLEEP) call_ready(call);
}

/* --- problems (RFC 9457) ------------------------------------------------------------------------------------------------ */

static const struct {
	int status;
	const char *name, *title;
} problems[] = {
    {400, "invalid", "Bad Request"},
    {404, "not-found", "Not Found"},
    {405, "method-not-allowed", "Method Not Allowed"},
    {408, "timeout", "Request Timeout"},
    {413, "too-large", "Content Too Large"},
    {415, "unsupported-media", "Unsupported Media Type"},
    {429, "quota", "Too Many Requests"},
    {431, "headers-too-large", "Request Header Fields Too Large"},
    {500, "internal", "Internal Server Error"},
    {503, "busy", "Service Unavailable"},
    {507, "storage-full", "Insufficient Storage"},
};

char *problem_text(Arena *arena, int status, const char *detail) {
	size_t i = 0;
	while (i + 1 < sizeof problems / sizeof problems[0] && problems[i].status != status)
		i++;
	Buf out = {0};
	JsonWriter json;
	jw_begin(&json, &out);
	jw_object(&json);
	jw_kv_str(&json, "type", arena_printf(arena, "urn:yiwang:error:%s", problems[i].name));
	jw_kv_str(&json, "title", problems[i].title);
	jw_kv_int(&json, "status", status);
	jw_kv_str(&json, "detail", detail);
	jw_object_end(&json);
	char *text = arena_strndup(arena, out.at, out.len);
	buf_free(&out);
	return text;
}

void reply_problem(HttpCall *call, int status, const char *detail, bool close) {
	HttpHeader headers[4] = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}};
	if (close)
		headers[2] = (HttpHeader){"Connection", "close"};
	else if (status == 503)
		headers[2] = (HttpHeader){"Retry-After", "5"};
	http_reply(call, status, headers,
	           text_of(call->plan.refusal ? call->plan.refusal : problem_text(call->arena, status, detail)));
}
