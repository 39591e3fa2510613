/* postgres_address.h. libpq takes lists "a,b" of hosts, numeric addresses and ports, of which the nth belong together. */
#include "exchange/postgres_address.h"
#include "net/net.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERVERS_MAX = 8 };

static const char *const taken[] = {"host",
                                    "hostaddr",
                                    "port",
                                    "dbname",
                                    "user",
                                    "password",
                                    "sslmode",
                                    "ssl_min_protocol_version",
                                    "ssl_max_protocol_version",
                                    "channel_binding",
                                    "gssencmode",
                                    "target_session_attrs",
                                    "connect_timeout",
                                    "application_name",
                                    "client_encoding",
                                    "keepalives",
                                    "keepalives_idle",
                                    "keepalives_interval",
                                    "keepalives_count",
                                    "tcp_user_timeout"};

static void options_free(void *object) {
	PQconninfoFree(object);
}

const PQconninfoOption *conninfo_read(Arena *arena, const char *url) {
	char *problem = NULL;
	bool scheme = strncmp(url, "postgres://", 11) == 0 || strncmp(url, "postgresql://", 13) == 0;
	PQconninfoOption *options = scheme ? PQconninfoParse(url, &problem) : NULL;
	PQfreemem(problem); /* it may repeat the password, so it is not shown */
	if (options) arena_on_free(arena, options_free, options);
	return options;
}

const char *conninfo_value(const PQconninfoOption *options, const char *keyword) {
	for (; options->keyword; options++)
		if (strcmp(options->keyword, keyword) == 0) return options->val && *options->val ? options->val : NULL;
	return NULL;
}

/* --- its servers ----------------------------------------------------------------------------------------------------------- */

typedef struct Server {
	Text host, address, port; /* "" = not said */
} Server;

static int bad(Error *error, Text value, const char *advice, const char *what) {
	return error_field(error, ERR_INVALID, "url", value, "postgres_url", advice, "%s: %.*s", what, TEXT_ARG(value));
}

static int link_local(Error *error, Text host) {
	return error_field(error, ERR_INVALID, "url", host, "postgres_url",
	                   "Give the address that the server has in the network.",
	                   "%.*s is a link-local address, which is not called", TEXT_ARG(host));
}

static int list_cut(const char *list, Text out[SERVERS_MAX]) {
	int count = 0;
	for (Text rest = text_of(list ? list : ""); count < SERVERS_MAX; count++) {
		ptrdiff_t comma = text_find(rest, TEXT(","));
		out[count] = comma < 0 ? rest : (Text){rest.at, (size_t)comma};
		if (comma < 0) return count + 1;
		rest = (Text){rest.at + comma + 1, rest.len - (size_t)comma - 1};
	}
	return SERVERS_MAX + 1;
}

/* Their number, or ERR_INVALID. */
static int servers_read(const PQconninfoOption *options, Error *error, Server out[SERVERS_MAX]) {
	Text hosts[SERVERS_MAX], addresses[SERVERS_MAX], ports[SERVERS_MAX];
	const char *host = conninfo_value(options, "host"), *address = conninfo_value(options, "hostaddr");
	int count = list_cut(host ? host : address, hosts), addressed = list_cut(address, addresses),
	    ported = list_cut(conninfo_value(options, "port"), ports);
	if (count > SERVERS_MAX || (address && addressed != count) || (ported != 1 && ported != count))
		return bad(error, text_of(host ? host : ""),
		           "Name one server, or up to eight with commas between and one port each or one for all.",
		           "the servers of the address do not fit its addresses and ports");
	for (int i = 0; i < count; i++) {
		out[i] = (Server){hosts[i], address ? addresses[i] : TEXT(""), ports[ported == 1 ? 0 : i]};
		if (out[i].host.len == 0 || strchr("/@", out[i].host.at[0]))
			return bad(error, out[i].host, "Name a server in the network, or 127.0.0.1 for this machine.",
			           "an address of PostgreSQL leads to no socket");
	}
	return count;
}

static Text address_text(const struct addrinfo *of, char out[INET6_ADDRSTRLEN]) {
	const void *bytes = of->ai_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)of->ai_addr)->sin6_addr
	                                              : (const void *)&((const struct sockaddr_in *)of->ai_addr)->sin_addr;
	return text_of(inet_ntop(of->ai_family, bytes, out, INET6_ADDRSTRLEN) ? out : "");
}

/* Addresses of a server as getaddrinfo gives them, none of them link-local; NULL with 0: `how` finds none. */
static int server_find(const Server *server, int how, Error *error, struct addrinfo **out) {
	char name[256], address[INET6_ADDRSTRLEN];
	Text said = server->address.len ? server->address : server->host;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = how};
	*out = NULL;
	snprintf(name, sizeof name, "%.*s", TEXT_ARG(said));
	if (said.len >= sizeof name || getaddrinfo(name, NULL, &hints, out) != 0) {
		*out = NULL;
		return 0;
	}
	for (const struct addrinfo *one = *out; one; one = one->ai_next)
		if (address_link_local(address_text(one, address))) {
			freeaddrinfo(*out);
			*out = NULL;
			return link_local(error, said);
		}
	return 0;
}

int conninfo_check(const PQconninfoOption *options, Error *error) {
	Server servers[SERVERS_MAX];
	for (const PQconninfoOption *option = options; option->keyword; option++) {
		bool known = !option->val;
		for (size_t i = 0; !known && i < sizeof taken / sizeof *taken; i++)
			known = strcmp(taken[i], option->keyword) == 0;
		if (!known)
			return bad(error, text_of(option->keyword),
			           "Leave it out; files, services and options of this machine are its operator's to set.",
			           "an address of PostgreSQL has no such key");
	}
	int count = servers_read(options, error, servers);
	for (int i = 0; i < count; i++) {
		struct addrinfo *found;
		int code = server_find(&servers[i], AI_NUMERICHOST, error, &found);
		if (code < 0) return code;
		if (found) freeaddrinfo(found);
	}
	return count < 0 ? count : 0;
}

/* --- connecting ------------------------------------------------------------------------------------------------------------ */

typedef struct Lists {
	Buf host, address, port;
} Lists;

static void server_add(Lists *lists, const Server *server, const struct addrinfo *found) {
	char address[INET6_ADDRSTRLEN];
	for (; found; found = found->ai_next) {
		const char *comma = lists->host.len ? "," : "";
		if (getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) != 0)
			continue;
		buf_printf(&lists->host, "%s%.*s", comma, TEXT_ARG(server->host));
		buf_printf(&lists->address, "%s%.*s", comma, TEXT_ARG(address_text(found, address)));
		buf_printf(&lists->port, "%s%.*s", comma, TEXT_ARG(server->port));
	}
}

static int servers_find(const PQconninfoOption *options, Error *error, Lists *out) {
	Server servers[SERVERS_MAX];
	int count = servers_read(options, error, servers);
	for (int i = 0; i < count; i++) {
		struct addrinfo *found;
		int code = server_find(&servers[i], 0, error, &found);
		if (code < 0) return code;
		server_add(out, &servers[i], found);
		if (found) freeaddrinfo(found);
	}
	if (count < 0 || out->host.len > 0) return count < 0 ? count : 0;
	return error_field(error, ERR_BUSY, "url", servers[0].host, "host_unknown",
	                   "Check the server's name, or try again when the name server answers.",
	                   "no address is known for the server %.*s", TEXT_ARG(servers[0].host));
}

int conninfo_connect(const PostgresCall *call, Error *error, PGconn **out) {
	char seconds[16], silent[16];
	Lists lists = {0};
	Arena *arena = arena_new();
	const PQconninfoOption *options = conninfo_read(arena, call->url);
	*out = NULL;
	buf_in(&lists.host, arena);
	buf_in(&lists.address, arena);
	buf_in(&lists.port, arena);
	int code = options ? conninfo_check(options, error)
	                   : error_field(error, ERR_INVALID, "url", TEXT_NONE, "postgres_url",
	                                 "Write postgres://user:password@host:5432/database.",
	                                 "the address is not that of a PostgreSQL database");
	if (code == 0) code = servers_find(options, error, &lists);
	if (code == 0) {
		snprintf(seconds, sizeof seconds, "%d", call->connect_seconds);
		snprintf(silent, sizeof silent, "%d", call->silent_ms);
		const char *const keys[] = {"dbname",           "host",
		                            "hostaddr",         "port",
		                            "connect_timeout",  "application_name",
		                            "client_encoding",  "keepalives_idle",
		                            "tcp_user_timeout", NULL};
		const char *const values[] = {call->url,
		                              text_cstr(arena, buf_as_text(&lists.host)),
		                              text_cstr(arena, buf_as_text(&lists.address)),
		                              text_cstr(arena, buf_as_text(&lists.port)),
		                              seconds,
		                              call->application,
		                              "UTF8",
		                              "30",
		                              silent,
		                              NULL};
		*out = PQconnectdbParams(keys, values, 1);
	}
	arena_free(arena);
	return code;
}
