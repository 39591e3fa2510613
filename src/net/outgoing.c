/* outgoing: what every transfer by libcurl begins with; net.h. */
#include "net/net.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

/* also as IPv6: mapped as all are, translated (RFC 6052) */
static const char link_local[] = "169.254.0.0/16,fe80::/10,64:ff9b::a9fe:0/112";

static void curl_begin(void) {
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void *outgoing_new(void) {
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, curl_begin);
	return curl_easy_init();
}

bool outgoing_within(const struct curl_sockaddr *address, Text networks) {
	char text[INET6_ADDRSTRLEN] = "";
	const void *bytes = address->family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)&address->addr)->sin6_addr
	                                                : (const void *)&((const struct sockaddr_in *)&address->addr)->sin_addr;
	inet_ntop(address->family, bytes, text, sizeof text);
	return ranges_have(networks, text_of(text)) > 0;
}

static curl_socket_t socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address) {
	if (outgoing_within(address, text_of(link_local))) return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void outgoing_begin(void *curl, const char *protocols, const char *url) {
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, socket_open);
}
