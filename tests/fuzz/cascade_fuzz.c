/* Fuzz target: messages between nodes. First byte even: the rest is a whole message; odd: the rest is the body of a batch of as
 * many columns as the byte says. A message that parses is never believed without its signature; rows that parse are as wide as
 * said. */
#include "cascade/cascade.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rows(Text body, int columns) {
	BatchReader reader = {.rest = body, .columns = columns};
	BatchRow row;
	Error error = {0};
	int code;
	size_t bytes = 0;
	while ((code = batch_next(&reader, &row, &error)) > 0) {
		if (row.record_id <= 0) abort();
		for (int i = 0; i < columns && !row.removed; i++)
			bytes += row.texts[i].len;
	}
	batch_end(&reader);
	if ((code < 0) != (error.code != 0) || bytes > body.len) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const uint8_t key[PUBLIC_KEY_LEN] = {1};
	if (size == 0) return 0;
	Text bytes = {(const char *)data + 1, size - 1};
	if (data[0] & 1) {
		rows(bytes, data[0] >> 1);
		return 0;
	}
	Arena *arena = arena_new();
	Frame frame;
	Error error = {0}, forged = {0};
	int code = frame_parse(arena, bytes, &frame, &error);
	if ((code == 0) != (error.code == 0)) abort();
	if (code == 0) {
		if (frame_verify(&frame, key, &forged) == 0) abort();
		rows(frame.body, (int)frame_int(&frame, "columns"));
	}
	arena_free(arena);
	return 0;
}
