/* net: HTTP/1.1 server (thin facade over libmicrohttpd, epoll, suspend/resume). Knows nothing of the product.
 * Calls arrive on server threads; a reply may be given at once or later from any thread. */
#ifndef YIWANG_NET_NET_H
#define YIWANG_NET_NET_H
#include "base/base.h"

typedef struct HttpServer HttpServer;
typedef struct HttpCall HttpCall;

typedef enum BodyPolicy { BODY_NONE, BODY_MEMORY, BODY_SPOOL } BodyPolicy;
typedef struct HttpPlan { /* decided when the headers are in, before any body byte */
	BodyPolicy body;
	int64_t body_max;    /* bytes; over it: 413, and the connection closes */
	void *route;         /* the caller's own: http_route(call) */
	const char *refusal; /* of a refused call: its whole problem+json, in the call's arena; NULL = made from the detail */
} HttpPlan;

typedef struct HttpConfig {
	const char *address; /* "127.0.0.1:8080", "[::]:8080"; port 0 = any free one */
	int threads;         /* 0 = 1 per core, at most 8 */
	int max_connections; /* 0 = 4096; those above get 503 */
	int max_per_ip;      /* 0 = no limit; those above get 429. Behind a trusted proxy: calls at once of one client */
	const char
	    *trusted_proxies; /* "127.0.0.1,10.0.0.0/24": whose X-Forwarded-For and X-Real-IP are believed; NULL = nobody's */
	int64_t header_deadline_us; /* whole header within; 0 = 10 s */
	int64_t idle_us;            /* 0 = 60 s */
	int64_t body_min_rate;      /* bytes/s a body must average once header_deadline_us has passed; 0 = 1024 */
	const char *spool_dir;      /* BODY_SPOOL files go here, 0600 */
	void *context;
	/* On a server thread with the headers. Return 0, or an HTTP status to refuse at once (with `problem` as the detail). */
	int (*plan)(void *context, HttpCall *call, HttpPlan *plan, const char **problem);
	/* On a server thread with the body complete. Must call a http_reply_* now, or http_suspend and reply later. */
	void (*call)(void *context, HttpCall *call);
	/* May be NULL. On each server thread, at each turn of its loop, at least once a second: asynchronous work of the caller
	 * that lives on the thread; slot as of http_thread_slot. A descriptor that makes the thread turn again when it is
	 * readable, or -1 (which must come between two descriptors). */
	int (*turn)(void *context, void **slot);
	void (*ended)(void *context, void *slot); /* may be NULL: the thread ends */
} HttpConfig;

int http_start(HttpServer **out, const HttpConfig *config, Error *error);
int http_port(const HttpServer *server);
/* No new connections; running calls get up to grace_us, then their sockets are cut; streams end. A suspended call is always
 * waited for: its owner must answer it (stop the owner's pool after this, or have it answer 503 first). */
void http_stop(HttpServer *server, int64_t grace_us);
typedef struct HttpStats {
	int64_t calls, open_connections, suspended, bytes_in, bytes_out;
} HttpStats;
void http_stats(const HttpServer *server, HttpStats *stats);

/* --- the call ------------------------------------------------------------------------------------------------ */
Text http_method(const HttpCall *call);
Text http_path(const HttpCall *call);  /* percent-decoded; a path with %00, "//", "." or ".." segments is refused by net */
Text http_query(const HttpCall *call); /* raw, without '?' */
Text http_header(const HttpCall *call, const char *name); /* TEXT_NONE when absent; lives as long as the call */
Text http_cookie(const HttpCall *call, const char *name);
Text http_peer(const HttpCall *call);      /* numeric address of the client: the connection's, or what a trusted proxy says */
bool http_forwarded(const HttpCall *call); /* it came through a proxy, trusted or not, that said so */
bool http_by_proxy(const HttpCall *call);  /* the connection is a trusted proxy's: what headers it sets may be believed */
/* The address that the caller reached, as an URL names it: "10.0.0.5:8080", "[::1]:8080"; ":80" is left out. */
const char *http_reached(HttpCall *call);
Text http_body(const HttpCall *call);             /* BODY_MEMORY */
const char *http_body_path(const HttpCall *call); /* BODY_SPOOL: unlinked after the call unless http_body_keep */
void http_body_keep(HttpCall *call);
int64_t http_body_size(const HttpCall *call);
void *http_route(const HttpCall *call);
/* The call's own arena, freed after the answer is sent. */
Arena *http_arena(HttpCall *call);
/* A per-server-thread slot for the caller's own (e.g. a read connection): starts NULL. */
void **http_thread_slot(HttpCall *call);

/* Next pair of a query or form; 1 or 0 at the end, -1 malformed (bad escape or NUL). Decoded into the arena. */
int query_next(Arena *arena, Text *rest, Text *key, Text *value);
/* Whether a numeric address is of one of the networks "10.0.0.0/8, fd00::1" (an IPv4 one also as mapped): 1, 0 (also when it is
 * no address), -1 the list is malformed. Any thread. */
int ranges_have(Text list, Text address);
/* Whether a numeric address is link-local, also written as IPv6 (mapped; translated, RFC 6052): it leads to services of the
 * machine itself (a cloud's metadata), never to a receiver or supplier. Any thread. */
bool address_link_local(Text address);

/* Transfers to somebody else's address by libcurl (a handle is a CURL *): the protocols named and no others, no proxy of the
 * environment, no signals, and never a link-local address, which leads to services of the machine itself (a cloud's metadata),
 * whatever name led there. outgoing_new: NULL when out of memory, else curl_easy_cleanup it. outgoing_begin forgets what was set
 * before; its words must live on. Any thread. */
struct curl_sockaddr;
void *outgoing_new(void);
void outgoing_begin(void *curl, const char *protocols, const char *url);
/* Whether the address is of one of the networks (ranges_have); a malformed list has none. */
bool outgoing_within(const struct curl_sockaddr *address, Text networks);

/* Next part of a body of multipart/form-data; rest: at first the whole body. 1, 0 at the end, -1 malformed (also: cut off). Names
 * live in the arena, contents in the body. */
typedef struct FormPart {
	Text name, file_name, content;
	bool file; /* it has a file name, maybe an empty one */
} FormPart;
int multipart_next(Arena *arena, Text content_type, Text *rest, FormPart *out);

/* --- the answer (exactly one a call, from any thread after http_suspend) -------------------------------------- */
typedef struct HttpHeader {
	const char *name, *value;
} HttpHeader;
void http_suspend(HttpCall *call);
/* body is copied. headers end with {NULL, NULL}; may be NULL. Nosniff, CSP etc. are the caller's headers. */
void http_reply(HttpCall *call, int status, const HttpHeader *headers, Text body);
/* Takes over the buffer's memory. */
void http_reply_buf(HttpCall *call, int status, const HttpHeader *headers, Buf *body);
/* Takes over fd; sends [offset, offset+size). */
void http_reply_file(HttpCall *call, int status, const HttpHeader *headers, int fd, int64_t offset, int64_t size);
enum { STREAM_END = -1, STREAM_WAIT = -2, STREAM_FAIL = -3 };
typedef struct HttpStream {
	/* On a server thread: up to max bytes into out; or STREAM_WAIT to sleep until http_stream_wake (or 15 s: write a
	 * heartbeat). */
	ptrdiff_t (*pull)(void *context, char *out, size_t max);
	void (*closed)(void *context); /* once, when sent whole or the client is gone */
	void *context;
} HttpStream;
void http_reply_stream(HttpCall *call, int status, const HttpHeader *headers, const HttpStream *stream);
void http_stream_wake(HttpCall *call); /* any thread, before closed() */
#endif
