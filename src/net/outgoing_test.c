/* Where transfers go: networks by address, and that link-local ones are not even asked. */
#include "net/net.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

static bool within(const char *text, const char *networks) {
	union {
		struct curl_sockaddr address;
		uint8_t room[sizeof(struct curl_sockaddr) + sizeof(struct sockaddr_in6)];
	} at = {0};
	bool four = inet_pton(AF_INET, text, &((struct sockaddr_in *)&at.address.addr)->sin_addr) == 1;
	if (!four) assert_int_equal(inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&at.address.addr)->sin6_addr), 1);
	at.address.family = four ? AF_INET : AF_INET6;
	return outgoing_within(&at.address, text_of(networks));
}

static void test_within(void **state) {
	assert_true(within("10.1.2.3", "192.0.2.0/24,10.0.0.0/8"));
	assert_false(within("11.1.2.3", "192.0.2.0/24,10.0.0.0/8"));
	assert_true(within("::ffff:10.1.2.3", "10.0.0.0/8"));
	assert_true(within("fe80::1", "fe80::/10"));
	assert_false(within("10.1.2.3", "10.0.0.0/8,nonsense"));
	assert_false(within("10.1.2.3", ""));
}

/* Proxy variables of the environment would send it to a port that nobody hears: that is another failure. */
static void test_link_local(void **state) {
	static const char *const urls[] = {"http://169.254.169.254/latest", "http://[::ffff:169.254.169.254]/latest",
	                                   "http://[64:ff9b::a9fe:a9fe]/latest", "http://[fe80::1]/"};
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		CURL *curl = outgoing_new();
		long error = -1;
		outgoing_begin(curl, "http", urls[i]);
		curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 2000L);
		assert_int_equal(curl_easy_perform(curl), CURLE_COULDNT_CONNECT);
		curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
		assert_int_equal(error, 0); /* no connect(2) was tried */
		curl_easy_cleanup(curl);
	}
	unsetenv("http_proxy");
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_within), cmocka_unit_test(test_link_local)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
