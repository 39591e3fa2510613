/* The server: listening sockets, one libmicrohttpd daemon and one thread per core, each with its own connections, calls and
 * arenas. A thread's loop: resume what other threads answered → serve sockets → look at deadlines. docs/decisions/0001 has the
 * figures. */
#include "net/private.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- libmicrohttpd's callbacks --------------------------------------------------------------------------------------- */

static void *on_uri(void *thread, const char *uri, struct MHD_Connection *mhd) {
	return call_begin(thread, uri, mhd);
}

static enum MHD_Result on_request(void *thread, struct MHD_Connection *mhd, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *size, void **call) {
	return call_continue(*call, method, bytes, size);
}

static void on_completed(void *thread, struct MHD_Connection *mhd, void **call, enum MHD_RequestTerminationCode why) {
	if (*call != NULL) call_end(*call);
	*call = NULL;
}

/* Paths and queries are decoded by query.c, which sees NULs and broken escapes; libmicrohttpd's copy stays raw. */
static size_t on_unescape(void *context, struct MHD_Connection *mhd, char *text) {
	return strlen(text);
}

static void connection_open(HttpThread *thread, struct MHD_Connection *mhd, void **context) {
	HttpServer *server = thread->server;
	Connection *connection = calloc(1, sizeof *connection);
	if (connection == NULL) abort();
	connection->thread = thread;
	connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	connection->waiting_us = connection->begun_us = clock_monotonic_us();
	connection->bytes_seen = 0;
	socket_address(MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, &connection->address);
	address_show(&connection->address, connection->peer);
	connection->next = thread->connections;
	if (connection->next != NULL) connection->next->previous = connection;
	thread->connections = connection;
	count_add(&thread->open, 1);
	if (atomic_fetch_add(&server->open, 1) >= server->config.max_connections)
		connection->refuse = 503;
	else if (!(connection->proxy = proxy_trusted(server, &connection->address)) &&
	         !address_take(server, &connection->address))
		connection->refuse = 429;
	*context = connection;
}

static void connection_close(HttpThread *thread, Connection *connection) {
	if (connection->refuse == 0 && !connection->proxy) address_give(thread->server, &connection->address);
	atomic_fetch_sub(&thread->server->open, 1);
	count_add(&thread->open, -1);
	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		thread->connections = connection->next;
	if (connection->next != NULL) connection->next->previous = connection->previous;
	free(connection);
}

static void on_connection(void *thread, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode what) {
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		connection_open(thread, mhd, context);
	else if (*context != NULL)
		connection_close(thread, *context);
}

/* --- the loop ------------------------------------------------------------------------------------------------------------ */

static void thread_quiet(HttpThread *thread) {
	int listener = MHD_quiesce_daemon(thread->daemon);
	thread->quiet = true;
	if (listener >= 0) close(listener);
	for (Connection *connection = thread->connections; connection != NULL; connection = connection->next)
		if (connection->call != NULL && connection->call->streaming) http_stream_wake(connection->call);
}

/* Whether the thread may end. Suspended calls belong to whoever will answer them: they are always waited for. */
static bool thread_stopping(HttpThread *thread, int64_t stop_at) {
	if (!thread->quiet) thread_quiet(thread);
	if (thread->live_calls == 0) return true;
	if (thread->now_us < stop_at) return false;
	for (Connection *connection = thread->connections; connection != NULL; connection = connection->next)
		if (connection->call == NULL || !connection->call->suspended) shutdown(connection->fd, SHUT_RDWR);
	return atomic_load(&thread->suspended) == 0;
}

/* The caller's work on this thread. What it waits for ends the daemon's wait as the wake_fd does, for as long as it is readable.
 */
static void thread_turn(HttpThread *thread) {
	const HttpConfig *config = &thread->server->config;
	int fd = config->turn ? config->turn(config->context, &thread->slot) : -1;
	if (fd == thread->watched_fd) return;
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	if (thread->watched_fd >= 0) epoll_ctl(thread->epoll_fd, EPOLL_CTL_DEL, thread->watched_fd, &event); /* or closed */
	if (fd >= 0 && epoll_ctl(thread->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) abort();
	thread->watched_fd = fd;
}

static void *thread_main(void *context) {
	HttpThread *thread = context;
	_Atomic int64_t *stop_at = &thread->server->stop_at_us;
	for (;;) {
		thread->now_us = clock_monotonic_us();
		if (thread->now_us - thread->tick_us >= TICK_US) {
			thread->tick_us = thread->now_us;
			connections_tick(thread);
		}
		if (atomic_load(stop_at) != 0 && thread_stopping(thread, atomic_load(stop_at))) break;
		calls_resume(thread);
		atomic_store(&thread->sleeping, true);
		bool more = atomic_load(&thread->ready) != NULL;
		int wait_ms = more ? 0 : thread->quiet ? 10 : TICK_US / 1000;
		MHD_run_wait(thread->daemon, wait_ms);
		atomic_store(&thread->sleeping, false);
		thread_turn(thread);
	}
	calls_resume(thread);
	MHD_stop_daemon(thread->daemon);
	const HttpConfig *config = &thread->server->config;
	if (config->ended) config->ended(config->context, thread->slot);
	return NULL;
}

/* --- starting --------------------------------------------------------------------------------------------------------------- */

static int address_resolve(const char *address, struct addrinfo **out, Error *error) {
	const char *colon = strrchr(address, ':');
	char host[128] = "", *start = host;
	if (colon == NULL || colon[1] == '\0' || (size_t)(colon - address) >= sizeof host)
		return error_set(error, ERR_INVALID, "%s is not ADDRESS:PORT, as in 127.0.0.1:8080 or [::]:8080.", address);
	memcpy(host, address, (size_t)(colon - address));
	size_t length = strlen(host);
	if (host[0] == '[' && length > 1 && host[length - 1] == ']') {
		host[length - 1] = '\0';
		start = host + 1;
	}
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	int why = getaddrinfo(*start ? start : NULL, colon + 1, &hints, out);
	if (why != 0) return error_set(error, ERR_INVALID, "%s is not ADDRESS:PORT: %s.", address, gai_strerror(why));
	return 0;
}

static int socket_bind(const struct sockaddr *to, socklen_t size, bool shared) {
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1, no = 0;
	if (fd < 0) return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (shared) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
	if (to->sa_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
	if (bind(fd, to, size) == 0 && listen(fd, SOMAXCONN) == 0) return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

/* One listening socket a thread on one port. The first is bound without sharing: a second server on a taken port must be told so,
 * not given half of the connections. */
static int listeners_open(HttpServer *server, int *fds, Error *error) {
	struct addrinfo *found;
	int code = address_resolve(server->config.address, &found, error);
	if (code != 0) return code;
	struct sockaddr_storage name = {0};
	socklen_t size = found->ai_addrlen;
	memcpy(&name, found->ai_addr, size);
	freeaddrinfo(found);
	int probe = socket_bind((struct sockaddr *)&name, size, false), opened = 0;
	if (probe >= 0) {
		getsockname(probe, (struct sockaddr *)&name, &size);
		close(probe);
		while (opened < server->thread_count && (fds[opened] = socket_bind((struct sockaddr *)&name, size, true)) >= 0)
			opened++;
	}
	if (opened < server->thread_count) {
		code = error_set(error, ERR_IO, "Cannot listen on %s: %s. Give another --listen, or stop what holds it.",
		                 server->config.address, strerror(errno));
		while (opened > 0)
			close(fds[--opened]);
		return code;
	}
	server->port = ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
	                                                : ((struct sockaddr_in *)&name)->sin_port);
	return 0;
}

static int thread_start(HttpThread *thread, int listener) {
	const HttpConfig *config = &thread->server->config;
	unsigned most = (unsigned)config->max_connections + (unsigned)config->max_connections / 8 + 16; /* room to say 503 in */
	thread->now_us = thread->tick_us = clock_monotonic_us();
	thread->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	thread->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request,
	                                  thread, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT, most,
	                                  MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((config->idle_us + 999999) / 1000000),
	                                  MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
	                                  MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, on_completed, thread,
	                                  MHD_OPTION_NOTIFY_CONNECTION, on_connection, thread, MHD_OPTION_URI_LOG_CALLBACK,
	                                  on_uri, thread, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_END);
	if (thread->daemon == NULL) {
		close(listener);
		close(thread->wake_fd);
		return -1;
	}
	/* An event without a connection only ends the daemon's wait: the cheapest way to wake it (its own way costs a write a
	 * call). */
	thread->epoll_fd = MHD_get_daemon_info(thread->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	thread->watched_fd = -1;
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
	if (epoll_ctl(thread->epoll_fd, EPOLL_CTL_ADD, thread->wake_fd, &event) != 0 ||
	    pthread_create(&thread->thread, NULL, thread_main, thread) != 0) {
		MHD_stop_daemon(thread->daemon);
		close(thread->wake_fd);
		return -1;
	}
	char name[16];
	snprintf(name, sizeof name, "http-%d", (int)(thread - thread->server->threads));
	pthread_setname_np(thread->thread, name);
	return 0;
}

static void config_defaults(HttpConfig *config) {
	int64_t cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (config->threads <= 0) config->threads = cores < 1 ? 1 : cores > 8 ? 8 : (int)cores;
	if (config->max_connections <= 0) config->max_connections = 4096;
	if (config->header_deadline_us <= 0) config->header_deadline_us = 10 * 1000000;
	if (config->idle_us <= 0) config->idle_us = 60 * 1000000;
	if (config->body_min_rate <= 0) config->body_min_rate = 1024;
}

static void threads_join(HttpServer *server, int count) {
	for (int i = 0; i < count; i++)
		eventfd_write(server->threads[i].wake_fd, 1);
	for (int i = 0; i < count; i++) {
		pthread_join(server->threads[i].thread, NULL);
		while (atomic_load(&server->threads[i].pushing) >
		       0) /* the last replier may still be waking a thread that has ended */
			sched_yield();
		calls_free(&server->threads[i]);
		close(server->threads[i].wake_fd);
	}
}

static void server_free(HttpServer *server) {
	pthread_mutex_destroy(&server->address_lock);
	free(server->addresses);
	free(server->proxies);
	free(server->spool_dir);
	free(server->threads);
	free(server);
}

int http_start(HttpServer **out, const HttpConfig *config, Error *error) {
	HttpServer *server = calloc(1, sizeof *server);
	if (server == NULL) abort();
	server->config = *config;
	config_defaults(&server->config);
	server->spool_dir = strdup(config->spool_dir ? config->spool_dir : ".");
	server->config.spool_dir = server->spool_dir;
	server->thread_count = server->config.threads;
	server->threads = calloc((size_t)server->thread_count, sizeof *server->threads);
	if (address_counts_new(server) != 0 || server->threads == NULL) abort();
	int *listeners = calloc((size_t)server->thread_count, sizeof *listeners);
	int code = proxies_parse(server, config->trusted_proxies, error), started = 0;
	if (code == 0) code = listeners_open(server, listeners, error);
	while (code == 0 && started < server->thread_count) {
		server->threads[started].server = server;
		if (thread_start(&server->threads[started], listeners[started]) == 0) {
			started++;
			continue;
		}
		code = error_set(error, ERR_IO, "The HTTP server cannot start: out of files, threads or memory.");
		for (int i = started + 1; i < server->thread_count; i++)
			close(listeners[i]);
		atomic_store(&server->stop_at_us, 1);
		threads_join(server, started);
	}
	free(listeners);
	if (code != 0)
		server_free(server);
	else
		*out = server;
	return code;
}

int http_port(const HttpServer *server) {
	return server->port;
}

void http_stop(HttpServer *server, int64_t grace_us) {
	atomic_store(&server->stop_at_us, clock_monotonic_us() + (grace_us > 0 ? grace_us : 1));
	threads_join(server, server->thread_count);
	server_free(server);
}

void http_stats(const HttpServer *server, HttpStats *stats) {
	*stats = (HttpStats){0};
	for (int i = 0; i < server->thread_count; i++) {
		HttpThread *thread = &server->threads[i];
		stats->calls += atomic_load_explicit(&thread->calls, memory_order_relaxed);
		stats->open_connections += atomic_load_explicit(&thread->open, memory_order_relaxed);
		stats->suspended += atomic_load_explicit(&thread->suspended, memory_order_relaxed);
		stats->bytes_in += atomic_load_explicit(&thread->bytes_in, memory_order_relaxed);
		stats->bytes_out += atomic_load_explicit(&thread->bytes_out, memory_order_relaxed);
	}
}
