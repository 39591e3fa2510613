/* Buf: a byte buffer that doubles. Heap memory, freed by its owner or with an arena; one thread. */
#include "base/buf.h"
#include <stdio.h>
#include <stdlib.h>

static void buf_drop(void *object) {
	buf_free(object);
}

void buf_in(Buf *buf, Arena *arena) {
	*buf = (Buf){0};
	arena_on_free(arena, buf_drop, buf);
}

void buf_free(Buf *buf) {
	free(buf->at);
	*buf = (Buf){0};
}

char *buf_reserve(Buf *buf, size_t extra) {
	if (extra <= buf->cap - buf->len && buf->at) return buf->at + buf->len;
	if (extra > PTRDIFF_MAX / 2 - buf->len) abort();
	size_t cap = buf->cap ? buf->cap * 2 : 256;
	while (cap < buf->len + extra)
		cap *= 2;
	char *at = realloc(buf->at, cap);
	if (!at) {
		fputs("level=error event=out_of_memory\n", stderr);
		abort();
	}
	buf->at = at;
	buf->cap = cap;
	return at + buf->len;
}

void buf_str(Buf *buf, const char *string) {
	buf_add(buf, string, strlen(string));
}

void buf_printf(Buf *buf, const char *format, ...) {
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	char *to = buf_reserve(buf, 128);
	int length = vsnprintf(to, buf->cap - buf->len, format, args);
	if (length < 0) abort();
	if ((size_t)length >= buf->cap - buf->len)
		vsnprintf(buf_reserve(buf, (size_t)length + 1), (size_t)length + 1, format, again);
	buf->len += (size_t)length;
	va_end(again);
	va_end(args);
}

void buf_int(Buf *buf, int64_t value) {
	char digits[24], *end = digits + sizeof digits, *p = end;
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	do
		*--p = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0) *--p = '-';
	buf_add(buf, p, (size_t)(end - p));
}

static void be(Buf *buf, uint64_t value, int bytes) {
	char *to = buf_reserve(buf, (size_t)bytes);
	for (int i = 0; i < bytes; i++)
		to[i] = (char)(value >> 8 * (bytes - 1 - i));
	buf->len += (size_t)bytes;
}

void buf_be16(Buf *buf, uint16_t value) {
	be(buf, value, 2);
}
void buf_be32(Buf *buf, uint32_t value) {
	be(buf, value, 4);
}
void buf_be64(Buf *buf, uint64_t value) {
	be(buf, value, 8);
}
