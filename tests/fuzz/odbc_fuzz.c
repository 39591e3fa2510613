/* Fuzz target: what odbc.c reads. An address: parsed, written as a connection string and parsed again, it is the same. Else the
 * input is what a process with a mad driver answers. */
#include "exchange/odbc.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void address(Arena *arena, Text input) {
	OdbcAddress first, second;
	Error error = {0};
	if (odbc_address_parse(arena, input, &first, &error) != 0) return;
	char *again = arena_printf(arena, "odbc:%s", odbc_address_connection(arena, &first, ""));
	if (odbc_address_parse(arena, text_of(again), &second, &error) != 0) abort();
	for (int i = ODBC_DRIVER; i < ODBC_KEYS; i++)
		if (strcmp(first.values[i], second.values[i]) != 0) abort();
}

static int row(void *arg, const Text *cells) {
	size_t *sum = arg;
	for (int i = 0; i < 3; i++)
		for (size_t k = 0; k < cells[i].len; k++)
			*sum += (unsigned char)cells[i].at[k];
	return 0;
}

static void answer(Arena *arena, Text input) {
	int pair[2];
	size_t sum = 0;
	char *columns;
	if (input.len > 60000 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return; /* it fits into the socket */
	OdbcLink link = {.arena = arena, .fd = pair[0], .answer_ms = 1000, .secret = "abc"};
	if (write(pair[1], input.at, input.len) != (ssize_t)input.len) abort();
	shutdown(pair[1], SHUT_WR);
	odbc_query(&link, "itd", "", row, &sum);
	odbc_columns(&link, NULL, NULL, "t", &columns);
	if (link.fd >= 0) close(link.fd);
	close(pair[1]);
	buf_free(&link.in);
	buf_free(&link.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	Arena *arena = arena_new();
	Text input = {(const char *)data, size};
	if (size >= 5 && memcmp(data, "odbc:", 5) == 0)
		address(arena, input);
	else
		answer(arena, input);
	arena_free(arena);
	return 0;
}
