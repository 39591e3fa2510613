/* net's inside: threads, connections, calls. A connection and its calls belong to one server thread for life; other threads touch
 * a call only between http_suspend and their one reply (or a stream's wake), through the thread's ready stack. */
#ifndef YIWANG_NET_PRIVATE_H
#define YIWANG_NET_PRIVATE_H
#include "net/net.h"
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
	MEMORY_PER_CONNECTION = 16 << 10, /* header and output room of one connection; longer headers get 431 or 414 */
	SWALLOW_MAX = 1 << 20,            /* bytes of a refused body read so that the client gets to read the answer */
	STREAM_BLOCK = 16 << 10,
	TICK_US = 1000000,           /* how often the deadlines are looked at */
	HEARTBEAT_US = 15 * 1000000, /* a waiting stream is asked again after this long */
	WRITEBACK_STEP = 8 << 20,    /* a spooled body starts to go to disk every so many bytes, not all at once */
	FREE_CALLS_MAX = 256,        /* calls (and arenas) a thread keeps for reuse */
};

typedef struct HttpThread HttpThread;

/* One TCP connection. Thread: its server thread. Lives from accept to close. */
typedef struct Connection {
	struct Connection *next, *previous;
	HttpThread *thread;
	int fd;
	HttpCall *call;          /* the one being read or answered; NULL while waiting for a header */
	int64_t waiting_us;      /* since when it has waited for a header */
	int64_t begun_us;        /* when a tick first saw bytes of that header; 0 = none seen */
	uint64_t bytes_seen;     /* received up to the first tick of this wait; UINT64_MAX = not looked yet */
	int refuse;              /* over a limit: 503 or 429 for its first call */
	struct in6_addr address; /* IPv4 as mapped: key of the per-address count */
	bool proxy;              /* a trusted one: its calls are counted by client, the connection itself is not */
	char peer[INET6_ADDRSTRLEN];
} Connection;

typedef enum CallStage { CALL_HEADERS, CALL_BODY, CALL_RUNNING } CallStage;
enum { STREAM_RUNNING, STREAM_ASLEEP, STREAM_WOKEN };

/* One HTTP exchange. Lives from its request line to the end of its answer; then it is reused with its arena. */
struct HttpCall {
	HttpThread *thread;
	struct MHD_Connection *mhd;
	Connection *connection;
	Arena *arena;
	Text uri, method, path, query;
	HttpPlan plan;
	CallStage stage;
	const char *peer;        /* whose call it is */
	struct in6_addr address; /* the same, when counted */
	bool counted;            /* address_take was called for it */
	int refuse_status;       /* the body is swallowed, then this is answered */
	const char *refuse_detail;
	int64_t body_size, body_since_us, written_back;
	Buf body;
	int spool_fd;
	char *spool_path;
	bool spool_keep;
	bool suspended; /* set by the server thread; the reply goes through the ready stack */
	int status;
	struct MHD_Response *response;
	_Atomic bool streaming; /* set by whoever replies, looked at by the server thread's tick */
	HttpStream stream;
	_Atomic int stream_state;
	int64_t asleep_us;
	bool gone;      /* the client of a sleeping stream hung up */
	HttpCall *next; /* in the ready stack or the free list */
};

struct HttpThread {
	HttpServer *server;
	pthread_t thread;
	struct MHD_Daemon *daemon;
	int wake_fd, epoll_fd;
	int watched_fd;            /* what the caller's turn waits for, or -1 */
	_Atomic(HttpCall *) ready; /* calls to resume: pushed by any thread, taken whole by the server thread */
	_Atomic bool sleeping;     /* the next push must write wake_fd */
	_Atomic int pushing;       /* threads inside call_ready: the thread's memory stays until none is */
	Connection *connections;
	HttpCall *free_calls;
	int free_count;
	int live_calls;
	int64_t now_us, tick_us; /* monotonic, at the last turn of the loop */
	bool quiet;              /* no longer listening */
	void *slot;
	_Atomic int64_t calls, open, suspended, bytes_in, bytes_out;
};

typedef struct AddressCount AddressCount;

struct HttpServer {
	HttpConfig config;
	char *spool_dir;
	int port, thread_count;
	HttpThread *threads;
	_Atomic int open;
	_Atomic int64_t stop_at_us; /* 0 = running; else the monotonic time after which connections are cut */
	_Atomic uint64_t spool_number;
	pthread_mutex_t address_lock;
	AddressCount *addresses; /* open hash, NULL when there is no per-address limit */
	size_t address_cap;
	struct ProxyRange *proxies;
	int proxy_count;
};

/* limits.c: deadlines and per-address counts; all on the server thread. */
int address_counts_new(HttpServer *server);
bool address_take(HttpServer *server, const struct in6_addr *address); /* false = over the limit (nothing taken) */
void address_give(HttpServer *server, const struct in6_addr *address);
void connections_tick(HttpThread *thread);
/* Writes a whole small answer straight to the socket and shuts its sending side: only where no answer has begun. */
void connection_refuse(Connection *connection, int status, const char *detail);

/* proxy.c */
int proxies_parse(HttpServer *server, const char *list, Error *error); /* 0 or ERR_INVALID */
bool proxy_trusted(const HttpServer *server, const struct in6_addr *address);
void call_whose(HttpCall *call); /* sets peer; counts a client behind a trusted proxy, or refuses the call */
in_port_t socket_address(const struct sockaddr *from, struct in6_addr *out); /* IPv4 as mapped; the port */
void address_show(const struct in6_addr *address, char out[INET6_ADDRSTRLEN]);

/* call.c */
/* The body is swallowed, then this is answered. */
void call_refuse(HttpCall *call, int status, const char *detail);
void *call_begin(HttpThread *thread, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result call_continue(HttpCall *call, const char *method, const char *bytes, size_t *size);
void call_end(HttpCall *call);
void calls_free(HttpThread *thread);

/* reply.c */
void call_ready(HttpCall *call); /* any thread: has the server thread resume it */
void calls_resume(HttpThread *thread);
void reply_problem(HttpCall *call, int status, const char *detail, bool close);
char *problem_text(Arena *arena, int status, const char *detail);
const char *status_title(int status);

/* query.c */
/* Percent-decoded path in the arena: 0, or -1 with why set to one sentence. */
int path_decode(Arena *arena, Text raw, Text *path, const char **why);

static inline void count_add(_Atomic int64_t *counter, int64_t n) { /* one writer each: no locked instruction needed */
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}
#endif
