/* Deadlines and counts that libmicrohttpd lacks: an absolute deadline for headers, a least rate for bodies, hung-up clients of
 * sleeping streams, connections per address. Server thread; the address table is shared under a lock. */
#include "net/private.h"
#include <errno.h>
#include <linux/tcp.h> /* glibc's own tcp_info has no byte counts */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- connections per address: open addressing, linear probing, deletion by shifting back -------------------------- */

struct AddressCount {
	struct in6_addr address;
	int count;
};

int address_counts_new(HttpServer *server) {
	pthread_mutex_init(&server->address_lock, NULL);
	if (server->config.max_per_ip <= 0) return 0;
	server->address_cap = 64;
	while (server->address_cap < (size_t)server->config.max_connections * 2 + 64)
		server->address_cap *= 2;
	server->addresses = calloc(server->address_cap, sizeof *server->addresses);
	return server->addresses ? 0 : -1;
}

static size_t address_home(const HttpServer *server, const struct in6_addr *address) {
	uint64_t high, low;
	memcpy(&high, address->s6_addr, 8);
	memcpy(&low, address->s6_addr + 8, 8);
	uint64_t mixed = (high ^ (low * UINT64_C(0x9E3779B97F4A7C15))) * UINT64_C(0xD6E8FEB86659FD93);
	return (size_t)(mixed >> 32) & (server->address_cap - 1);
}

static AddressCount *address_slot(HttpServer *server, const struct in6_addr *address) {
	size_t at = address_home(server, address);
	while (server->addresses[at].count > 0 && memcmp(&server->addresses[at].address, address, sizeof *address) != 0)
		at = (at + 1) & (server->address_cap - 1);
	return &server->addresses[at];
}

bool address_take(HttpServer *server, const struct in6_addr *address) {
	if (server->addresses == NULL) return true;
	pthread_mutex_lock(&server->address_lock);
	AddressCount *slot = address_slot(server, address);
	bool taken = slot->count < server->config.max_per_ip;
	if (taken) {
		slot->address = *address;
		slot->count++;
	}
	pthread_mutex_unlock(&server->address_lock);
	return taken;
}

void address_give(HttpServer *server, const struct in6_addr *address) {
	if (server->addresses == NULL) return;
	pthread_mutex_lock(&server->address_lock);
	size_t mask = server->address_cap - 1, hole = (size_t)(address_slot(server, address) - server->addresses);
	if (server->addresses[hole].count > 0 && --server->addresses[hole].count == 0)
		for (size_t at = (hole + 1) & mask; server->addresses[at].count > 0; at = (at + 1) & mask) {
			size_t home = address_home(server, &server->addresses[at].address);
			if (((at - home) & mask) < ((at - hole) & mask)) continue; /* would move before its home */
			server->addresses[hole] = server->addresses[at];
			server->addresses[at].count = 0;
			hole = at;
		}
	pthread_mutex_unlock(&server->address_lock);
}

/* --- deadlines --------------------------------------------------------------------------------------------------------- */

void connection_refuse(Connection *connection, int status, const char *detail) {
	Arena *arena = arena_new();
	const char *body = problem_text(arena, status, detail);
	Text text =
	    text_of(arena_printf(arena,
	                         "HTTP/1.1 %d Refused\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\n"
	                         "Cache-Control: no-store\r\nConnection: close\r\n\r\n%s",
	                         status, strlen(body), body));
	if (send(connection->fd, text.at, text.len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)text.len) {
		char waste[4096]; /* unread bytes at close would turn into a reset that overtakes the answer */
		shutdown(connection->fd, SHUT_WR);
		for (int i = 0; i < 64 && recv(connection->fd, waste, sizeof waste, MSG_DONTWAIT) > 0; i++)
			;
	}
	shutdown(connection->fd, SHUT_RDWR);
	arena_free(arena);
}

static uint64_t bytes_received(const Connection *connection) {
	struct tcp_info info = {0};
	socklen_t size = sizeof info;
	return getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received : 0;
}

/* libmicrohttpd takes a short read for an empty socket, so an end of input that came with the last bytes stays unseen. */
static bool peer_gone(const Connection *connection) {
	char byte;
	ssize_t n = recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* libmicrohttpd's own timeout starts anew with every byte: a client that drips its header (slow loris) would never end. Bytes are
 * counted only for connections that have waited longer than a tick. */
static void header_tick(Connection *connection) {
	HttpThread *thread = connection->thread;
	int64_t deadline = thread->server->config.header_deadline_us, now = thread->now_us;
	if (now - connection->waiting_us < TICK_US) return;
	if (peer_gone(connection)) {
		shutdown(connection->fd, SHUT_RDWR);
		return;
	}
	uint64_t bytes = bytes_received(connection);
	if (connection->bytes_seen == UINT64_MAX)
		connection->bytes_seen = bytes;
	else if (connection->bytes_seen != bytes && connection->begun_us == 0)
		connection->begun_us = now - TICK_US;
	if (connection->begun_us != 0 && now - connection->begun_us >= deadline)
		connection_refuse(connection, 408, "The request's header did not arrive in time.");
}

static void body_tick(HttpCall *call) {
	int64_t spent = call->thread->now_us - call->body_since_us;
	int64_t least = call->thread->server->config.body_min_rate;
	if (peer_gone(call->connection)) {
		shutdown(call->connection->fd, SHUT_RDWR);
		return;
	}
	if (spent < call->thread->server->config.header_deadline_us || call->body_size >= (spent / 1000000) * least) return;
	connection_refuse(call->connection, 408, "The request's body arrives too slowly.");
}

static void stream_tick(HttpCall *call) {
	call->gone = peer_gone(call->connection);
	if (call->gone || call->thread->now_us - call->asleep_us >= HEARTBEAT_US) http_stream_wake(call);
}

void connections_tick(HttpThread *thread) {
	for (Connection *connection = thread->connections; connection != NULL; connection = connection->next) {
		HttpCall *call = connection->call;
		if (call == NULL)
			header_tick(connection);
		else if (call->stage == CALL_HEADERS)
			header_tick(connection);
		else if (call->stage == CALL_BODY)
			body_tick(call);
		else if (call->streaming && atomic_load(&call->stream_state) == STREAM_ASLEEP)
			stream_tick(call);
	}
}
