/* outgoing: what every transfer by libcurl begins with; net.h. */
#include "net/net.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

static void curl_begin(void) {
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void *outgoing_new(void) {
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, curl_begin);
	return curl_easy_init();
}

static Text address_text(const struct curl_sockaddr *address, char out[INET6_ADDRSTRLEN]) {
	const void *bytes = address->family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)&address->addr)->sin6_addr
	                                                : (const void *)&((const struct sockaddr_in *)&address->addr)->sin_addr;
	return text_of(inet_ntop(address->family, bytes, out, INET6_ADDRSTRLEN) ? out : "");
}

bool outgoing_within(const struct curl_sockaddr *address, Text networks) {
	char text[INET6_ADDRSTRLEN];
	return ranges_have(networks, address_text(address, text)) > 0;
}

static curl_socket_t socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address) {
	char text[INET6_ADDRSTRLEN];
	if (address_link_local(address_text(address, text))) return CURL_SOCKET_BAD;
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
