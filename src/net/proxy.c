/* Whose call it is behind proxies: the peer, or, where the peer is a trusted proxy, the last hop before the trusted ones that
 * X-Forwarded-For (else X-Real-IP) names. What stands further left a client may have written: it is never looked at.
 * Server thread; the list of proxies is read-only after http_start. */
#include "net/private.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { PROXIES_MAX = 64, FORWARDED_MAX = 4096 };

struct ProxyRange {
	struct in6_addr address; /* IPv4 as mapped */
	int bits;
};

/* "10.1.2.3", "10.1.2.3:80", "fd00::1", "[fd00::1]", "[fd00::1]:80": 0 or -1. */
static int address_parse(Text text, struct in6_addr *out) {
	char plain[INET6_ADDRSTRLEN + 1];
	struct in_addr four;
	text = text_trim(text);
	const char *close = text.len && text.at[0] == '[' ? memchr(text.at, ']', text.len) : NULL;
	const char *colon = text.len ? memchr(text.at, ':', text.len) : NULL;
	if (close)
		text = (Text){text.at + 1, (size_t)(close - text.at - 1)};
	else if (colon && memchr(text.at, '.', (size_t)(colon - text.at)))
		text.len = (size_t)(colon - text.at);
	if (text.len == 0 || text.len >= sizeof plain) return -1;
	memcpy(plain, text.at, text.len);
	plain[text.len] = 0;
	if (inet_pton(AF_INET6, plain, out) == 1) return 0;
	if (inet_pton(AF_INET, plain, &four) != 1) return -1;
	memset(out, 0, sizeof *out);
	out->s6_addr[10] = out->s6_addr[11] = 0xff;
	memcpy(out->s6_addr + 12, &four, 4);
	return 0;
}

in_port_t socket_address(const struct sockaddr *from, struct in6_addr *out) {
	*out = (struct in6_addr){0};
	if (from->sa_family == AF_INET6) {
		*out = ((const struct sockaddr_in6 *)from)->sin6_addr;
		return ntohs(((const struct sockaddr_in6 *)from)->sin6_port);
	}
	out->s6_addr[10] = out->s6_addr[11] = 0xff;
	memcpy(out->s6_addr + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
	return ntohs(((const struct sockaddr_in *)from)->sin_port);
}

void address_show(const struct in6_addr *address, char out[INET6_ADDRSTRLEN]) {
	if (IN6_IS_ADDR_V4MAPPED(address))
		inet_ntop(AF_INET, address->s6_addr + 12, out, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, address, out, INET6_ADDRSTRLEN);
}

static int range_parse(Text text, struct ProxyRange *out) {
	const char *slash = memchr(text.at, '/', text.len);
	Text address = slash ? (Text){text.at, (size_t)(slash - text.at)} : text;
	int64_t bits = 0;
	if (address_parse(address, &out->address) != 0) return -1;
	bool four = IN6_IS_ADDR_V4MAPPED(&out->address);
	int most = four ? 32 : 128;
	if (!slash)
		bits = most;
	else if (text_to_int((Text){slash + 1, text.len - address.len - 1}, &bits) != 0 || bits < 1 || bits > most)
		return -1;
	out->bits = (int)bits + (four ? 96 : 0);
	return 0;
}

/* Cuts the next of a list with commas off. */
static Text list_next(Text *rest) {
	const char *comma = memchr(rest->at, ',', rest->len);
	Text one = text_trim(comma ? (Text){rest->at, (size_t)(comma - rest->at)} : *rest);
	*rest = comma ? (Text){comma + 1, rest->len - (size_t)(comma - rest->at) - 1} : TEXT("");
	return one;
}

int proxies_parse(HttpServer *server, const char *list, Error *error) {
	Text rest = text_of(list ? list : "");
	if (rest.len == 0) return 0;
	server->proxies = calloc(PROXIES_MAX, sizeof *server->proxies);
	if (server->proxies == NULL) abort();
	while (rest.len > 0) {
		Text one = list_next(&rest);
		if (server->proxy_count == PROXIES_MAX || range_parse(one, &server->proxies[server->proxy_count]) != 0)
			return error_set(error, ERR_INVALID,
			                 "%.*s is not the address of a proxy: give up to %d like 127.0.0.1 or 10.0.0.0/24, with "
			                 "commas between.",
			                 TEXT_ARG(one), PROXIES_MAX);
		server->proxy_count++;
	}
	return 0;
}

static bool range_has(const struct ProxyRange *range, const struct in6_addr *address) {
	int whole = range->bits / 8, left = range->bits % 8;
	if (memcmp(address->s6_addr, range->address.s6_addr, (size_t)whole) != 0) return false;
	return left == 0 || ((address->s6_addr[whole] ^ range->address.s6_addr[whole]) >> (8 - left)) == 0;
}

bool proxy_trusted(const HttpServer *server, const struct in6_addr *address) {
	for (int i = 0; i < server->proxy_count; i++)
		if (range_has(&server->proxies[i], address)) return true;
	return false;
}

int ranges_have(Text list, Text address) {
	struct in6_addr parsed;
	struct ProxyRange range;
	bool found = false, known = address_parse(address, &parsed) == 0;
	while (list.len > 0) {
		if (range_parse(list_next(&list), &range) != 0) return -1;
		found |= known && range_has(&range, &parsed);
	}
	return found;
}

bool address_link_local(Text address) {
	return ranges_have(TEXT("169.254.0.0/16, fe80::/10, 64:ff9b::a9fe:0/112"), address) > 0;
}

/* --- one call --------------------------------------------------------------------------------------------------------------- */

typedef struct Forwarded {
	char text[FORWARDED_MAX]; /* all lines of X-Forwarded-For, in order, commas between; the end of what is too long */
	size_t len;
} Forwarded;

static enum MHD_Result forwarded_add(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
	Forwarded *forwarded = context;
	if (value == NULL || strcasecmp(name, "X-Forwarded-For") != 0) return MHD_YES;
	size_t length = strlen(value);
	if (length + 1 > sizeof forwarded->text - forwarded->len) { /* the last hops count: what is before them goes */
		forwarded->len = 0;
		if (length + 1 > sizeof forwarded->text) {
			value += length + 1 - sizeof forwarded->text;
			length = sizeof forwarded->text - 1;
		}
	}
	forwarded->text[forwarded->len++] = ',';
	memcpy(forwarded->text + forwarded->len, value, length);
	forwarded->len += length;
	return MHD_YES;
}

/* The last hop that is no trusted proxy; where all are trusted, the first of them. 0, or -1: none, or it cannot be read. */
static int hop_last(const HttpServer *server, Text hops, struct in6_addr *out) {
	bool found = false;
	while (hops.len > 0) {
		const char *comma = memrchr(hops.at, ',', hops.len);
		Text hop = comma ? (Text){comma + 1, (size_t)(hops.at + hops.len - comma - 1)} : hops;
		struct in6_addr address;
		hops.len = comma ? (size_t)(comma - hops.at) : 0;
		if (text_trim(hop).len == 0) continue;
		if (address_parse(hop, &address) != 0) break; /* written by nobody who is trusted */
		*out = address;
		found = true;
		if (!proxy_trusted(server, &address)) break;
	}
	return found ? 0 : -1;
}

void call_whose(HttpCall *call) {
	HttpServer *server = call->thread->server;
	struct in6_addr address;
	call->peer = call->connection->peer;
	if (!call->connection->proxy) return;
	Forwarded forwarded = {.len = 0};
	MHD_get_connection_values(call->mhd, MHD_HEADER_KIND, forwarded_add, &forwarded);
	Text real = http_header(call, "X-Real-IP");
	bool named = hop_last(server, (Text){forwarded.text, forwarded.len}, &address) == 0;
	if (!named && forwarded.len == 0 && real.at != NULL) named = address_parse(real, &address) == 0;
	if (!named) return;
	char *text = arena_alloc(call->arena, INET6_ADDRSTRLEN);
	address_show(&address, text);
	call->peer = text;
	call->counted = address_take(server, &address);
	call->address = address;
	if (!call->counted)
		call_refuse(call, 429, "Too many calls at once; wait for some to end, or try again in a few seconds.");
}
