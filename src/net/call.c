/* One HTTP call from its request line to its end: plan, body (memory or spool file), hand-over, answer. Server thread only, but
 * for the accessors, which any thread may use that holds the suspended call. */
#include "net/private.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- life ------------------------------------------------------------------------------------------------------- */

static HttpCall *call_new(HttpThread *thread) {
	HttpCall *call = thread->free_calls;
	Arena *arena;
	if (call != NULL) {
		thread->free_calls = call->next;
		thread->free_count--;
		arena = call->arena;
	} else {
		call = malloc(sizeof *call);
		if (call == NULL) abort();
		arena = arena_new();
	}
	*call = (HttpCall){.thread = thread, .arena = arena, .spool_fd = -1};
	thread->live_calls++;
	count_add(&thread->calls, 1);
	return call;
}

void *call_begin(HttpThread *thread, const char *uri, struct MHD_Connection *mhd) {
	HttpCall *call = call_new(thread);
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	call->mhd = mhd;
	call->connection = info->socket_context;
	call->connection->call = call;
	call->uri = text_dup(call->arena, text_of(uri));
	return call;
}

static void spool_drop(HttpCall *call) {
	if (call->spool_fd >= 0) close(call->spool_fd);
	if (call->spool_path != NULL && !call->spool_keep) unlink(call->spool_path);
	call->spool_fd = -1;
	call->spool_path = NULL;
}

void call_end(HttpCall *call) {
	HttpThread *thread = call->thread;
	if (call->streaming && call->stream.closed != NULL) call->stream.closed(call->stream.context);
	if (call->response != NULL) MHD_destroy_response(call->response);
	spool_drop(call);
	buf_free(&call->body);
	if (call->counted) address_give(thread->server, &call->address);
	call->connection->call = NULL;
	call->connection->waiting_us = thread->now_us;
	call->connection->begun_us = 0;
	call->connection->bytes_seen = UINT64_MAX;
	thread->live_calls--;
	if (thread->free_count < FREE_CALLS_MAX && arena_used(call->arena) < (256u << 10)) {
		arena_reset(call->arena);
		call->next = thread->free_calls;
		thread->free_calls = call;
		thread->free_count++;
	} else {
		arena_free(call->arena);
		free(call);
	}
}

void calls_free(HttpThread *thread) {
	while (thread->free_calls != NULL) {
		HttpCall *call = thread->free_calls;
		thread->free_calls = call->next;
		arena_free(call->arena);
		free(call);
	}
	thread->free_count = 0;
}

/* --- headers ------------------------------------------------------------------------------------------------------ */

void call_refuse(HttpCall *call, int status, const char *detail) {
	call->refuse_status = status;
	call->refuse_detail = arena_strdup(call->arena, detail ? detail : "");
}

struct Framing {
	int lengths, encodings;
	bool bad;
	int64_t length;
};

static enum MHD_Result framing_header(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
	struct Framing *framing = context;
	if (strcasecmp(name, "Content-Length") == 0) {
		framing->lengths++;
		if (value == NULL || text_to_int(text_of(value), &framing->length) != 0 || framing->length < 0)
			framing->bad = true;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		framing->encodings++;
		if (value == NULL || strcasecmp(value, "chunked") != 0) framing->bad = true;
	}
	return MHD_YES;
}

/* Whether a body follows and how long it says it is (-1 = not said). Ambiguous framing is how requests are smuggled past a
 * proxy (RFC 9112 §6.3): refused. */
static bool call_framing(HttpCall *call, int64_t *length) {
	struct Framing framing = {.length = -1};
	MHD_get_connection_values(call->mhd, MHD_HEADER_KIND, framing_header, &framing);
	if (framing.bad || framing.lengths + framing.encodings > 1)
		call_refuse(call, 400,
		            "Content-Length and Transfer-Encoding are doubled, contradict each other or cannot be read.");
	*length = framing.lengths == 1 ? framing.length : framing.encodings > 0 ? -1 : 0;
	return *length != 0;
}

static void call_plan(HttpCall *call) {
	HttpConfig *config = &call->thread->server->config;
	const char *mark = memchr(call->uri.at, '?', call->uri.len);
	Text raw_path = {call->uri.at, mark ? (size_t)(mark - call->uri.at) : call->uri.len};
	call->query = mark ? (Text){mark + 1, call->uri.len - raw_path.len - 1} : TEXT("");
	const char *problem = NULL;
	call_whose(call);
	if (call->refuse_status != 0)
		;
	else if (call->connection->refuse != 0)
		call_refuse(call, call->connection->refuse, "Too many connections; close some or try again in a few seconds.");
	else if (path_decode(call->arena, raw_path, &call->path, &problem) != 0)
		call_refuse(call, 400, problem);
	else {
		int status = config->plan(config->context, call, &call->plan, &problem);
		if (status != 0) call_refuse(call, status, problem);
	}
	if (call->path.at == NULL) call->path = TEXT("/");
}

static int spool_open(HttpCall *call) {
	HttpServer *server = call->thread->server;
	uint64_t number = atomic_fetch_add(&server->spool_number, 1);
	call->spool_path = arena_printf(call->arena, "%s/body-%d-%" PRIu64, server->spool_dir, (int)getpid(), number);
	call->spool_fd = open(call->spool_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (call->spool_fd >= 0) return 0;
	int status = errno == ENOSPC || errno == EDQUOT ? 507 : 500;
	log_error("net: cannot create %s: %s", call->spool_path, strerror(errno));
	call->spool_path = NULL;
	call_refuse(call, status, "The server cannot store the upload; tell its operator and try again later.");
	return -1;
}

static enum MHD_Result response_queue(HttpCall *call) {
	struct MHD_Response *response = call->response;
	call->response = NULL;
	enum MHD_Result result = MHD_queue_response(call->mhd, (unsigned)call->status, response);
	MHD_destroy_response(response);
	return result;
}

/* The answer to a refused call; close when bytes of its body may still be on their way. */
static enum MHD_Result refusal_queue(HttpCall *call, bool close) {
	reply_problem(call, call->refuse_status, call->refuse_detail, close);
	return response_queue(call);
}

static enum MHD_Result call_headers(HttpCall *call, const char *method) {
	int64_t length;
	call->method = text_dup(call->arena, text_of(method));
	call_plan(call);
	bool has_body = call_framing(call, &length);
	if (call->refuse_status == 0 && call->plan.body != BODY_NONE && length > call->plan.body_max)
		call_refuse(call, 413,
		            arena_printf(call->arena, "The body has %" PRId64 " bytes; at most %" PRId64 " are taken here.",
		                         length, call->plan.body_max));
	if (call->refuse_status == 0 && call->plan.body == BODY_SPOOL) spool_open(call);
	call->stage = CALL_BODY;
	call->body_since_us = call->thread->now_us;
	if (call->refuse_status == 0) return MHD_YES;
	if (!has_body) return refusal_queue(call, false);
	/* A client that asks before sending, or has much to send, is told at once; a short body is swallowed first, since an
	 * answer followed by a reset (unread bytes at close) is often never seen. */
	bool asks = MHD_lookup_connection_value(call->mhd, MHD_HEADER_KIND, "Expect") != NULL;
	return asks || length > SWALLOW_MAX ? refusal_queue(call, true) : MHD_YES;
}

/* --- body ---------------------------------------------------------------------------------------------------------- */

static void spool_write(HttpCall *call, const char *bytes, size_t size) {
	while (size > 0) {
		ssize_t n = write(call->spool_fd, bytes, size);
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0) {
			bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
			log_error("net: writing %s: %s", call->spool_path, strerror(errno));
			call_refuse(call, full ? 507 : 500,
			            full ? "No room is left for uploads; tell the operator and try again later."
			                 : "The upload could not be written; tell the operator.");
			spool_drop(call);
			return;
		}
		bytes += n;
		size -= (size_t)n;
	}
	if (call->body_size - call->written_back >= WRITEBACK_STEP) {
		sync_file_range(call->spool_fd, call->written_back, call->body_size - call->written_back, SYNC_FILE_RANGE_WRITE);
		call->written_back = call->body_size;
	}
}

static enum MHD_Result call_body(HttpCall *call, const char *bytes, size_t size) {
	call->body_size += (int64_t)size;
	count_add(&call->thread->bytes_in, (int64_t)size);
	int64_t most = call->plan.body == BODY_NONE ? SWALLOW_MAX : call->plan.body_max;
	if (call->refuse_status == 0 && call->body_size > most) {
		call_refuse(call, 413, arena_printf(call->arena, "The body has more than %" PRId64 " bytes.", most));
		spool_drop(call);
		buf_free(&call->body);
		call->body = (Buf){0};
		call->plan.body_max = call->body_size; /* the swallow count begins here */
	}
	if (call->refuse_status == 0 && call->plan.body == BODY_MEMORY)
		buf_add(&call->body, bytes, size);
	else if (call->refuse_status == 0 && call->plan.body == BODY_SPOOL)
		spool_write(call, bytes, size);
	if (call->refuse_status != 0 && call->body_size > call->plan.body_max + SWALLOW_MAX) {
		connection_refuse(call->connection, call->refuse_status, call->refuse_detail);
		return MHD_NO;
	}
	return MHD_YES;
}

static enum MHD_Result call_run(HttpCall *call) {
	HttpServer *server = call->thread->server;
	call->stage = CALL_RUNNING;
	if (call->refuse_status != 0) return refusal_queue(call, false);
	if (call->spool_fd >= 0) {
		close(call->spool_fd);
		call->spool_fd = -1;
	}
	server->config.call(server->config.context, call);
	if (call->suspended) return MHD_YES;
	if (call->response == NULL) reply_problem(call, 500, "The call was not answered: a bug.", false);
	return response_queue(call);
}

enum MHD_Result call_continue(HttpCall *call, const char *method, const char *bytes, size_t *size) {
	if (call->stage == CALL_HEADERS) return call_headers(call, method);
	if (*size > 0) {
		size_t n = *size;
		*size = 0;
		return call_body(call, bytes, n);
	}
	if (call->stage == CALL_BODY) return call_run(call);
	if (call->response != NULL) return response_queue(call);
	return MHD_YES;
}

/* --- accessors -------------------------------------------------------------------------------------------------------- */

Text http_method(const HttpCall *call) {
	return call->method;
}
Text http_path(const HttpCall *call) {
	return call->path;
}
Text http_query(const HttpCall *call) {
	return call->query;
}
Text http_header(const HttpCall *call, const char *name) {
	return text_of(MHD_lookup_connection_value(call->mhd, MHD_HEADER_KIND, name));
}
Text http_cookie(const HttpCall *call, const char *name) {
	return text_of(MHD_lookup_connection_value(call->mhd, MHD_COOKIE_KIND, name));
}
Text http_peer(const HttpCall *call) {
	return text_of(call->peer);
}
bool http_by_proxy(const HttpCall *call) {
	return call->connection->proxy;
}

const char *http_reached(HttpCall *call) {
	struct sockaddr_storage at = {0};
	socklen_t size = sizeof at;
	struct in6_addr address;
	char shown[INET6_ADDRSTRLEN];
	if (getsockname(call->connection->fd, (struct sockaddr *)&at, &size) != 0) return "localhost";
	in_port_t port = socket_address((const struct sockaddr *)&at, &address);
	address_show(&address, shown);
	const char *host = strchr(shown, ':') ? arena_printf(call->arena, "[%s]", shown) : arena_strdup(call->arena, shown);
	return port == 80 ? host : arena_printf(call->arena, "%s:%u", host, (unsigned)port);
}

bool http_forwarded(const HttpCall *call) {
	static const char *const names[] = {"X-Forwarded-For", "X-Real-IP", "Forwarded", "Via", "X-Forwarded-Proto"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (http_header(call, names[i]).at != NULL) return true;
	return false;
}
Text http_body(const HttpCall *call) {
	return call->body.at ? buf_as_text(&call->body) : TEXT("");
}
const char *http_body_path(const HttpCall *call) {
	return call->spool_path;
}
void http_body_keep(HttpCall *call) {
	call->spool_keep = true;
}
int64_t http_body_size(const HttpCall *call) {
	return call->body_size;
}
void *http_route(const HttpCall *call) {
	return call->plan.route;
}
Arena *http_arena(HttpCall *call) {
	return call->arena;
}
void **http_thread_slot(HttpCall *call) {
	return &call->thread->slot;
}
