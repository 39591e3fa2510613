/* The server on real sockets: framing, limits, slow and vanished clients, streams, spooled bodies, stopping. */
#include "net/net.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* --- a small application ------------------------------------------------------------------------------------------ */

static char spool_dir[64];
static _Atomic int handled, streams_closed;
static _Atomic(HttpCall *) stream_call;
static _Atomic int stream_numbers; /* how many the stream may send */

typedef struct Counter {
	int sent;
} Counter;

static ptrdiff_t counter_pull(void *context, char *out, size_t max) {
	Counter *counter = context;
	int allowed = atomic_load(&stream_numbers);
	if (counter->sent >= 3) return STREAM_END;
	if (counter->sent >= allowed) return STREAM_WAIT;
	return snprintf(out, max, "number %d\n", ++counter->sent);
}

static void counter_closed(void *context) {
	atomic_store(&stream_call, NULL);
	atomic_fetch_add(&streams_closed, 1);
}

static void *reply_later(void *context) {
	HttpCall *call = context;
	clock_sleep_us(20000);
	http_reply(call, 200, NULL, http_path(call));
	return NULL;
}

static void reply_spooled(HttpCall *call) {
	struct stat about;
	char text[256];
	assert_int_equal(stat(http_body_path(call), &about), 0);
	if (text_is(http_query(call), "keep")) http_body_keep(call);
	snprintf(text, sizeof text, "%lld %o %s", (long long)about.st_size, about.st_mode & 0777, http_body_path(call));
	http_reply(call, 200, NULL, text_of(text));
}

static void on_call(void *context, HttpCall *call) {
	static const HttpHeader headers[] = {{"Content-Type", "text/plain"}, {NULL, NULL}};
	Text path = http_path(call);
	atomic_fetch_add(&handled, 1);
	if (text_is(path, "/later") || text_is(path, "/never")) {
		pthread_t thread;
		http_suspend(call);
		pthread_create(&thread, NULL, reply_later, call);
		pthread_detach(thread);
	} else if (text_is(path, "/stream")) {
		HttpStream stream = {counter_pull, counter_closed, arena_alloc(http_arena(call), sizeof(Counter))};
		atomic_store(&stream_call, call);
		http_reply_stream(call, 200, headers, &stream);
	} else if (text_is(path, "/spool")) {
		reply_spooled(call);
	} else if (text_is(path, "/file")) {
		int fd = open(spool_dir, O_TMPFILE | O_RDWR, 0600);
		assert_int_equal(write(fd, "0123456789", 10), 10);
		http_reply_file(call, 200, headers, fd, 2, 5);
	} else if (text_is(path, "/peer")) {
		Text peer = http_peer(call);
		http_reply(call, 200, headers, text_of(arena_printf(http_arena(call), "[%.*s]", TEXT_ARG(peer))));
	} else if (text_is(path, "/echo")) {
		http_reply(call, 200, headers, http_body(call));
	} else {
		http_reply(call, 200, headers, path);
	}
}

static int on_plan(void *context, HttpCall *call, HttpPlan *plan, const char **problem) {
	if (text_is(http_path(call), "/refused")) {
		*problem = "Not here.";
		return 404;
	}
	bool spool = text_is(http_path(call), "/spool");
	bool echo = text_is(http_path(call), "/echo");
	*plan = (HttpPlan){.body = spool ? BODY_SPOOL : echo ? BODY_MEMORY : BODY_NONE, .body_max = spool ? 64 << 20 : 1000};
	return 0;
}

static HttpServer *server_start(HttpConfig config) {
	HttpServer *server = NULL;
	Error error = {0};
	config.address = config.address ? config.address : "127.0.0.1:0";
	config.threads = config.threads ? config.threads : 2;
	config.plan = on_plan;
	config.call = on_call;
	config.spool_dir = spool_dir;
	atomic_store(&handled, 0);
	assert_int_equal(http_start(&server, &config, &error), 0);
	return server;
}

/* --- a small client -------------------------------------------------------------------------------------------------- */

enum { PATIENCE = 15000 }; /* ms that a loaded machine gets for what should come at once */

static int client_connect(int port) {
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static bool client_send(int fd, const void *bytes, size_t size) {
	for (const char *at = bytes; size > 0;) {
		ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
		if (n <= 0) return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static bool client_say(int fd, const char *text) {
	return client_send(fd, text, strlen(text));
}

/* Reads until `until` was seen, the server closes, or the time is over. The text stays until the next call. */
static const char *client_read(int fd, const char *until, int timeout_ms) {
	static char text[1 << 18];
	size_t length = 0;
	int64_t end = clock_monotonic_us() + timeout_ms * INT64_C(1000);
	text[0] = '\0';
	while (length < sizeof text - 1 && (until == NULL || strstr(text, until) == NULL)) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		int64_t left = (end - clock_monotonic_us()) / 1000;
		if (left <= 0 || poll(&poller, 1, (int)left) <= 0) break;
		ssize_t n = recv(fd, text + length, sizeof text - 1 - length, 0);
		if (n <= 0) break;
		length += (size_t)n;
		text[length] = '\0';
	}
	return text;
}

static bool client_closed(int fd, int timeout_ms) {
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	char waste[4096];
	int64_t end = clock_monotonic_us() + timeout_ms * INT64_C(1000);
	while (clock_monotonic_us() < end && poll(&poller, 1, 100) >= 0)
		if ((poller.revents & (POLLIN | POLLHUP | POLLERR)) && recv(fd, waste, sizeof waste, 0) <= 0) return true;
	return false;
}

/* One request on its own connection, the whole answer. */
static const char *ask(HttpServer *server, const char *request) {
	int fd = client_connect(http_port(server));
	client_send(fd, request, strlen(request));
	const char *answer = client_read(fd, NULL, strstr(request, "Connection: close") ? 5000 : 300);
	close(fd);
	return answer;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static int spool_count(void) {
	DIR *dir = opendir(spool_dir);
	int count = 0;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static bool wait_for(_Atomic int *value, int wanted, int timeout_ms) {
	for (int i = 0; i < timeout_ms / 10 && atomic_load(value) != wanted; i++)
		clock_sleep_us(10000);
	return atomic_load(value) == wanted;
}

/* --- framing -------------------------------------------------------------------------------------------------------------- */

static void test_pipelined(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	const char *answer =
	    ask(server, "GET /one HTTP/1.1\r\nHost: x\r\n\r\nGET /later HTTP/1.1\r\nHost: x\r\n\r\n" GET("/three"));
	const char *one = strstr(answer, "\r\n\r\n/one"), *two = strstr(answer, "\r\n\r\n/later"),
	           *three = strstr(answer, "\r\n\r\n/three");
	assert_true(one && two && three && one < two && two < three);
	HttpStats stats;
	http_stats(server, &stats);
	assert_int_equal(stats.calls, 3);
	assert_int_equal(stats.suspended, 0);
	http_stop(server, 0);
}

static void test_chunked_and_keep_alive(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	int fd = client_connect(http_port(server));
	const char *post =
	    "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
	for (int i = 0; i < 3; i++) {
		for (const char *c = post; *c != '\0'; c++)
			client_send(fd, c, 1); /* byte by byte: borders of reads must not matter */
		assert_non_null(strstr(client_read(fd, "hello world", PATIENCE), "\r\n\r\nhello world"));
	}
	close(fd);
	http_stop(server, 0);
}

static void test_head_file_and_refusal(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	const char *answer = ask(server, "HEAD /four HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	assert_non_null(strstr(answer, "200 OK"));
	assert_non_null(strstr(answer, "Content-Length: 5\r\n"));
	assert_null(strstr(answer, "/four"));
	assert_non_null(strstr(ask(server, GET("/file")), "\r\n\r\n23456"));
	answer = ask(server, GET("/refused"));
	assert_non_null(strstr(answer, "404"));
	assert_non_null(strstr(answer, "\"urn:yiwang:error:not-found\""));
	assert_non_null(strstr(answer, "Not here."));
	http_stop(server, 0);
}

static void test_smuggling(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	static const char *const bad[] = {
	    "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n0\r\n\r\n",
	    "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
	    "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	    "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: -1\r\n\r\n",
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const char *answer = ask(server, bad[i]);
		if (strncmp(answer, "HTTP/1.1 4", 10) != 0 && answer[0] != '\0') fail_msg("accepted: %s\n%s", bad[i], answer);
	}
	assert_int_equal(atomic_load(&handled), 0);
	http_stop(server, 0);
}

static void test_paths(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	static const char *const bad[] = {GET("/a//b"),  GET("/a/../b"), GET("/a/%2e%2e/b"), GET("/a%00b"),
	                                  GET("/a%2Fb"), GET("/a%zz"),   GET("/a%"),         GET("/./a"),
	                                  GET("/a%5cb"), GET("/%ff"),    GET("/a%0d%0ab")};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (strncmp(ask(server, bad[i]), "HTTP/1.1 400", 12) != 0) fail_msg("not refused: %s", bad[i]);
	assert_non_null(strstr(ask(server, GET("/%E4%B8%80%e7%bd%91?x=%00")), "\r\n\r\n/一网"));
	http_stop(server, 0);
}

/* --- limits ---------------------------------------------------------------------------------------------------------- */

static void test_body_caps(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	size_t size = 3 << 20;
	char *big = malloc(size + 200);
	memset(big, 'a', size + 200);
	/* said too long, small enough to swallow: the answer arrives and the connection lives */
	int fd = client_connect(http_port(server));
	client_say(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n");
	client_send(fd, big, 5000);
	assert_non_null(strstr(client_read(fd, "}", PATIENCE), "HTTP/1.1 413"));
	client_say(fd, "GET /still HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(client_read(fd, "/still", PATIENCE), "/still"));
	close(fd);
	/* said far too long: refused before a byte of it */
	const char *answer =
	    ask(server, "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n");
	assert_non_null(strstr(answer, "HTTP/1.1 413"));
	assert_non_null(strstr(answer, "99999999999"));
	/* a client that asks first gets 413 and not 100 */
	answer = ask(server, "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n");
	assert_non_null(strstr(answer, "HTTP/1.1 413"));
	/* not said: found while reading */
	fd = client_connect(http_port(server));
	char head[128];
	client_send(fd, head,
	            (size_t)snprintf(head, sizeof head,
	                             "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n", size));
	client_send(fd, big, size);
	answer = client_read(fd, "}", PATIENCE);
	assert_true(strstr(answer, "HTTP/1.1 413") != NULL || answer[0] == '\0'); /* a reset may overtake it */
	assert_true(client_closed(fd, 3000));
	close(fd);
	free(big);
	HttpStats stats;
	http_stats(server, &stats);
	assert_true(stats.bytes_in < 3 << 20); /* it stopped reading */
	http_stop(server, 0);
}

static void test_oversized_headers(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	char *request = malloc(80000);
	int at = sprintf(request, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: ");
	memset(request + at, 'h', 60000);
	strcpy(request + at + 60000, "\r\n\r\n");
	assert_non_null(strstr(ask(server, request), " 431 "));
	at = sprintf(request, "GET /");
	memset(request + at, 'u', 60000);
	strcpy(request + at + 60000, " HTTP/1.1\r\nHost: x\r\n\r\n");
	const char *answer = ask(server, request);
	assert_true(strstr(answer, " 414 ") != NULL || strstr(answer, " 431 ") != NULL);
	free(request);
	assert_int_equal(atomic_load(&handled), 0);
	http_stop(server, 0);
}

static void test_slow_header(void **state) {
	HttpServer *server = server_start((HttpConfig){.header_deadline_us = 1500000, .idle_us = 30000000});
	int fresh = client_connect(http_port(server)), used = client_connect(http_port(server));
	client_say(used, "GET /first HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(client_read(used, "/first", PATIENCE), "/first"));
	int64_t begin = clock_monotonic_us();
	bool fresh_closed = false, used_closed = false;
	const char *drip =
	    "GET / HTTP/1.1\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	for (; *drip != '\0' && !(fresh_closed && used_closed); drip++) {
		send(fresh, drip, 1, MSG_NOSIGNAL);
		send(used, drip, 1, MSG_NOSIGNAL);
		fresh_closed = fresh_closed || client_closed(fresh, 60);
		used_closed = used_closed || client_closed(used, 60);
	}
	assert_true(fresh_closed && used_closed);
	assert_true(clock_monotonic_us() - begin < 8000000);
	assert_int_equal(atomic_load(&handled), 1);
	close(fresh);
	close(used);
	http_stop(server, 0);
}

static void test_slow_body(void **state) {
	HttpServer *server = server_start((HttpConfig){.header_deadline_us = 1000000, .body_min_rate = 1000});
	int fd = client_connect(http_port(server));
	client_say(fd, "POST /spool HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n");
	bool closed = false;
	for (int i = 0; i < 60 && !closed; i++) {
		send(fd, "x", 1, MSG_NOSIGNAL);
		closed = client_closed(fd, 100);
	}
	assert_true(closed);
	assert_int_equal(atomic_load(&handled), 0);
	close(fd);
	http_stop(server, 0);
	assert_int_equal(spool_count(), 0);
}

static void test_connection_limits(void **state) {
	HttpServer *server = server_start((HttpConfig){.max_per_ip = 3, .max_connections = 100});
	int fds[4];
	for (int i = 0; i < 4; i++) {
		fds[i] = client_connect(http_port(server));
		client_say(fds[i], "GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_non_null(strstr(client_read(fds[i], i < 3 ? "/x" : "}", PATIENCE), i < 3 ? " 200 " : " 429 "));
	}
	close(fds[0]);
	const char *again = "";
	for (int i = 0; i < 200 && strstr(again, "/again") == NULL; i++) { /* until the server has seen the close */
		clock_sleep_us(20000);
		again = ask(server, GET("/again"));
	}
	assert_non_null(strstr(again, "/again"));
	for (int i = 1; i < 4; i++)
		close(fds[i]);
	http_stop(server, 0);

	server = server_start((HttpConfig){.max_connections = 2});
	for (int i = 0; i < 3; i++) {
		fds[i] = client_connect(http_port(server));
		client_say(fds[i], "GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_non_null(strstr(client_read(fds[i], i < 2 ? "/x" : "}", PATIENCE), i < 2 ? " 200 " : " 503 "));
	}
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	http_stop(server, 0);
}

/* Who is asked about behind proxies: only a trusted one is believed, and only about the hop before it. */
static const char *whose(HttpServer *server, const char *headers) {
	static char text[400];
	char asked[1000];
	snprintf(asked, sizeof asked, "GET /peer HTTP/1.1\r\nHost: x\r\n%s\r\n", headers);
	int fd = client_connect(http_port(server));
	client_say(fd, asked);
	snprintf(text, sizeof text, "%s", client_read(fd, "]", PATIENCE));
	close(fd);
	const char *at = strchr(text, '[');
	return at ? at : text;
}

static void test_proxies(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	assert_string_equal(whose(server, "X-Forwarded-For: 1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\n"), "[127.0.0.1]");
	http_stop(server, 0);
	server = server_start((HttpConfig){.trusted_proxies = "10.0.0.1"});
	assert_string_equal(whose(server, "X-Forwarded-For: 1.2.3.4\r\n"), "[127.0.0.1]");
	http_stop(server, 0);
	server = server_start((HttpConfig){.trusted_proxies = "127.0.0.0/8, 10.0.0.0/24,fd00::/8"});
	static const struct {
		const char *headers, *client;
	} cases[] = {
	    {"", "[127.0.0.1]"},
	    {"X-Forwarded-For: 1.2.3.4\r\n", "[1.2.3.4]"},
	    {"X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.9\r\n", "[1.2.3.4]"}, /* what is left of it, the client wrote */
	    {"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4\r\n", "[1.2.3.4]"},
	    {"X-Forwarded-For: 6.6.6.6, 10.0.1.9\r\n", "[10.0.1.9]"},
	    {"X-Forwarded-For: 10.0.0.7, 10.0.0.9\r\n", "[10.0.0.7]"},
	    {"X-Forwarded-For: 2001:db8::1\r\n", "[2001:db8::1]"},
	    {"X-Forwarded-For: 1.2.3.4:5555\r\n", "[1.2.3.4]"},
	    {"X-Forwarded-For: [2001:DB8::1]:80, fd00::5\r\n", "[2001:db8::1]"},
	    {"X-Forwarded-For: 6.6.6.6, nonsense\r\n", "[127.0.0.1]"},
	    {"X-Forwarded-For: 6.6.6.6, unknown, 10.0.0.2\r\n", "[10.0.0.2]"},
	    {"X-Real-IP: 1.2.3.4\r\n", "[1.2.3.4]"},
	    {"X-Real-IP: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4\r\n", "[1.2.3.4]"},
	    {"X-Real-IP: <script>\r\n", "[127.0.0.1]"},
	    {"X-Forwarded-For: ::ffff:1.2.3.4\r\n", "[1.2.3.4]"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(whose(server, cases[i].headers), cases[i].client);
	http_stop(server, 0);
	Error error = {0};
	HttpConfig bad = {.address = "127.0.0.1:0", .plan = on_plan, .call = on_call, .trusted_proxies = "10.0.0.0/33"};
	assert_int_equal(http_start(&server, &bad, &error), ERR_INVALID);
}

/* Behind a trusted proxy the limit holds for each client: one who fills it does not shut out the others. */
static void test_proxy_limits(void **state) {
	HttpServer *server = server_start((HttpConfig){.max_per_ip = 2, .trusted_proxies = "127.0.0.1"});
	int fds[3];
	atomic_store(&stream_numbers, 0);
	for (int i = 0; i < 3; i++) {
		fds[i] = client_connect(http_port(server));
		client_say(fds[i], "GET /stream HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n");
		assert_non_null(strstr(client_read(fds[i], "\r\n\r\n", PATIENCE), i < 2 ? " 200 " : " 429 "));
	}
	assert_string_equal(whose(server, "X-Forwarded-For: 1.2.3.5\r\n"), "[1.2.3.5]");
	assert_string_equal(whose(server, ""), "[127.0.0.1]");
	close(fds[0]);
	/* a tick, of a second, sees that the stream's client is gone */
	const char *again = "";
	for (int i = 0; i < 100 && strcmp(again, "[1.2.3.4]") != 0; i++) {
		clock_sleep_us(100000);
		again = whose(server, "X-Forwarded-For: 1.2.3.4\r\n");
	}
	assert_string_equal(again, "[1.2.3.4]");
	for (int i = 1; i < 3; i++)
		close(fds[i]);
	http_stop(server, 0);
}

static void test_5000_idle(void **state) {
	enum { IDLE = 5000 };
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < 2 * IDLE + 100) {
		print_message("only %ld files allowed: skipped\n", (long)files.rlim_cur);
		skip();
	}
	HttpServer *server = server_start((HttpConfig){.max_connections = IDLE + 50});
	static int fds[IDLE];
	for (int i = 0; i < IDLE; i++)
		fds[i] = client_connect(http_port(server));
	client_say(fds[IDLE - 1], "GET /last HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(client_read(fds[IDLE - 1], "/last", 5000), "/last"));
	clock_sleep_us(1500000); /* over a tick of the deadlines */
	client_say(fds[7], "GET /seven HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(client_read(fds[7], "/seven", 5000), "/seven"));
	HttpStats stats;
	http_stats(server, &stats);
	assert_int_equal(stats.open_connections, IDLE);
	for (int i = 0; i < IDLE; i++)
		close(fds[i]);
	http_stop(server, 1000000);
}

/* --- bodies on disk --------------------------------------------------------------------------------------------------------- */

static const char *spool_post(HttpServer *server, const char *path, size_t said, size_t sent) {
	static char block[1 << 16], head[128];
	int fd = client_connect(http_port(server));
	client_send(
	    fd, head,
	    (size_t)snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n", path, said));
	for (size_t done = 0; done < sent; done += sizeof block)
		if (!client_send(fd, block, sent - done < sizeof block ? sent - done : sizeof block)) break;
	if (sent < said) shutdown(fd, SHUT_WR);
	const char *answer = client_read(fd, sent < said ? NULL : "body-", 3000);
	close(fd);
	return answer;
}

static void test_spool(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	assert_non_null(strstr(spool_post(server, "/spool", 20 << 20, 20 << 20), "20971520 600 "));
	for (int i = 0; i < 100 && spool_count() > 0; i++)
		clock_sleep_us(10000);
	assert_int_equal(spool_count(), 0);
	/* the client goes away half-way: nothing runs, nothing stays */
	int before = atomic_load(&handled);
	spool_post(server, "/spool", 5 << 20, 1 << 20);
	for (int i = 0; i < 300 && spool_count() > 0; i++)
		clock_sleep_us(10000);
	assert_int_equal(spool_count(), 0);
	assert_int_equal(atomic_load(&handled), before);
	/* kept when the handler says so */
	const char *answer = spool_post(server, "/spool?keep", 1000, 1000);
	const char *path = strstr(answer, spool_dir);
	assert_non_null(path);
	char kept[256];
	snprintf(kept, sizeof kept, "%s", path);
	clock_sleep_us(50000);
	assert_int_equal(access(kept, F_OK), 0);
	unlink(kept);
	http_stop(server, 0);
}

static void test_disk_full(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	struct rlimit normal, small;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &normal);
	small = normal;
	small.rlim_cur = 100000;
	setrlimit(RLIMIT_FSIZE, &small);
	const char *answer = spool_post(server, "/spool", 400000, 400000);
	setrlimit(RLIMIT_FSIZE, &normal);
	assert_non_null(strstr(answer, "HTTP/1.1 507"));
	assert_int_equal(spool_count(), 0);
	assert_int_equal(atomic_load(&handled), 0);
	http_stop(server, 0);
}

/* --- streams ---------------------------------------------------------------------------------------------------------------- */

static void stream_wake(void) {
	HttpCall *call = atomic_load(&stream_call);
	if (call != NULL) http_stream_wake(call);
}

static void test_stream(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	atomic_store(&streams_closed, 0);
	atomic_store(&stream_numbers, 0);
	int fd = client_connect(http_port(server));
	client_say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	client_read(fd, "\r\n\r\n", PATIENCE);
	for (int i = 1; i <= 3; i++) {
		char wanted[32];
		snprintf(wanted, sizeof wanted, "number %d\n", i);
		clock_sleep_us(30000);
		atomic_store(&stream_numbers, i);
		stream_wake();
		assert_non_null(strstr(client_read(fd, wanted, PATIENCE), wanted));
	}
	assert_true(wait_for(&streams_closed, 1, PATIENCE));
	/* the next call on the same connection */
	client_say(fd, "GET /after HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(client_read(fd, "/after", PATIENCE), "/after"));
	close(fd);
	http_stop(server, 0);
}

static void test_stream_client_gone(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	atomic_store(&streams_closed, 0);
	atomic_store(&stream_numbers, 0);
	int fd = client_connect(http_port(server));
	client_say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	client_read(fd, "\r\n\r\n", PATIENCE);
	clock_sleep_us(50000);
	close(fd);
	assert_true(wait_for(&streams_closed, 1, 4000)); /* by a tick, long before the heartbeat */
	http_stop(server, 0);
}

static void *wake_hard(void *stop) {
	while (!atomic_load((_Atomic bool *)stop)) {
		stream_wake();
		sched_yield();
	}
	return NULL;
}

/* A wake at any moment (while the stream sleeps, runs, or falls asleep) must not be lost or doubled. Streams here live for the
 * whole waking, as the contract asks of callers. */
static void test_stream_wake_race(void **state) {
	HttpServer *server = server_start((HttpConfig){.threads = 1});
	_Atomic bool stop = false;
	pthread_t waker;
	atomic_store(&streams_closed, 0);
	atomic_store(&stream_numbers, 0);
	int fd = client_connect(http_port(server));
	client_say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	client_read(fd, "\r\n\r\n", PATIENCE);
	pthread_create(&waker, NULL, wake_hard, &stop);
	clock_sleep_us(300000);
	atomic_store(&stop, true);
	pthread_join(waker, NULL);
	atomic_store(&stream_numbers, 3);
	stream_wake();
	assert_non_null(strstr(client_read(fd, "number 3\n", PATIENCE), "number 3\n"));
	close(fd);
	http_stop(server, 0);
}

/* --- starting and stopping -------------------------------------------------------------------------------------------------- */

static void test_port_taken(void **state) {
	HttpServer *server = server_start((HttpConfig){0}), *second = NULL;
	char address[64];
	Error error = {0};
	snprintf(address, sizeof address, "127.0.0.1:%d", http_port(server));
	HttpConfig config = {.address = address, .plan = on_plan, .call = on_call, .spool_dir = spool_dir};
	assert_int_equal(http_start(&second, &config, &error), ERR_IO);
	assert_non_null(strstr(error.message, address));
	assert_null(second);
	config.address = "nonsense";
	error_clear(&error);
	assert_int_equal(http_start(&second, &config, &error), ERR_INVALID);
	http_stop(server, 0);
}

static void test_stop(void **state) {
	HttpServer *server = server_start((HttpConfig){0});
	atomic_store(&streams_closed, 0);
	atomic_store(&stream_numbers, 0);
	int stream = client_connect(http_port(server)), later = client_connect(http_port(server));
	client_say(stream, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	client_read(stream, "\r\n\r\n", PATIENCE);
	client_say(later, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(wait_for(&handled, 2, PATIENCE));
	http_stop(server, 2000000); /* the suspended call is answered, the stream ended */
	assert_int_equal(atomic_load(&streams_closed), 1);
	assert_non_null(strstr(client_read(later, "/later", 1000), "/later"));
	close(stream);
	close(later);
}

static void test_multipart(void **state) {
	static const Text type = TEXT("multipart/form-data; charset=\"a;b\"; boundary=\"x y\"");
	const Text body = TEXT("before\r\n--x y \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n-\r\n--x y\r\n"
	                       "content-type: image/png\r\nCONTENT-DISPOSITION: form-data; filename=\"b\\\";name=q.png\"; "
	                       "name=media\r\n\r\n\0\r\n-\r\n--x y\r\nContent-Disposition: form-data; name=e\r\n\r\n\r\n"
	                       "--x y--\r\nafter");
	Arena *arena = arena_new();
	Text rest = body;
	FormPart part;
	assert_int_equal(multipart_next(arena, type, &rest, &part), 1);
	assert_true(text_is(part.name, "a") && text_is(part.content, "one\r\n-") && !part.file);
	assert_int_equal(multipart_next(arena, type, &rest, &part), 1);
	assert_true(text_is(part.name, "media") && part.file && text_is(part.file_name, "b\";name=q.png"));
	assert_true(text_eq(part.content, TEXT("\0\r\n-")));
	assert_int_equal(multipart_next(arena, type, &rest, &part), 1);
	assert_true(text_is(part.name, "e") && part.content.len == 0);
	assert_int_equal(multipart_next(arena, type, &rest, &part), 0);
	/* cut off anywhere: malformed, never beyond the end (a copy of the exact size, for the sanitizer) */
	for (size_t len = 0; len < body.len - 9; len++) {
		char *copy = malloc(len + 1);
		int found;
		memcpy(copy, body.at, len);
		rest = (Text){copy, len};
		while ((found = multipart_next(arena, type, &rest, &part)) > 0)
			;
		assert_int_equal(found, -1);
		free(copy);
	}
	rest = body;
	assert_int_equal(multipart_next(arena, TEXT("multipart/form-data"), &rest, &part), -1);
	assert_int_equal(multipart_next(arena, TEXT("multipart/form-data; boundary=\"x y"), &rest, &part), -1);
	rest = TEXT("--b\r\nContent-Type: text/plain\r\n\r\nno name\r\n--b--");
	assert_int_equal(multipart_next(arena, TEXT("multipart/form-data; boundary=b"), &rest, &part), -1);
	arena_free(arena);
}

static void test_query(void **state) {
	Arena *arena = arena_new();
	Text rest = TEXT("a=1&b=%E4%B8%80+x&&c&d=a%3Db&e="), key, value;
	static const char *const wanted[][2] = {{"a", "1"}, {"b", "一 x"}, {"c", ""}, {"d", "a=b"}, {"e", ""}};
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(query_next(arena, &rest, &key, &value), 1);
		assert_true(text_is(key, wanted[i][0]) && text_is(value, wanted[i][1]));
	}
	assert_int_equal(query_next(arena, &rest, &key, &value), 0);
	static const char *const bad[] = {"a=%", "a=%4", "a=%zz", "a=%00", "%00=a"};
	for (size_t i = 0; i < 5; i++) {
		rest = text_of(bad[i]);
		assert_int_equal(query_next(arena, &rest, &key, &value), -1);
	}
	arena_free(arena);
}

int main(void) {
	signal(SIGPIPE, SIG_IGN);
	snprintf(spool_dir, sizeof spool_dir, "/tmp/net-test-%d", (int)getpid());
	mkdir(spool_dir, 0700);
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_query),
	                                   cmocka_unit_test(test_multipart),
	                                   cmocka_unit_test(test_pipelined),
	                                   cmocka_unit_test(test_chunked_and_keep_alive),
	                                   cmocka_unit_test(test_head_file_and_refusal),
	                                   cmocka_unit_test(test_smuggling),
	                                   cmocka_unit_test(test_paths),
	                                   cmocka_unit_test(test_body_caps),
	                                   cmocka_unit_test(test_oversized_headers),
	                                   cmocka_unit_test(test_slow_header),
	                                   cmocka_unit_test(test_slow_body),
	                                   cmocka_unit_test(test_connection_limits),
	                                   cmocka_unit_test(test_proxies),
	                                   cmocka_unit_test(test_proxy_limits),
	                                   cmocka_unit_test(test_5000_idle),
	                                   cmocka_unit_test(test_spool),
	                                   cmocka_unit_test(test_disk_full),
	                                   cmocka_unit_test(test_stream),
	                                   cmocka_unit_test(test_stream_client_gone),
	                                   cmocka_unit_test(test_stream_wake_race),
	                                   cmocka_unit_test(test_port_taken),
	                                   cmocka_unit_test(test_stop)};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(spool_dir);
	return failed;
}
