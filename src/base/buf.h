/* Buf: a growable byte buffer on the heap. Owner calls buf_free, or ties it to an arena with buf_in. */
#ifndef YIWANG_BASE_BUF_H
#define YIWANG_BASE_BUF_H
#include "base/arena.h"
#include "base/text.h"

typedef struct Buf {
	char *at;
	size_t len, cap;
} Buf;

/* Frees the buffer's bytes when the arena goes. The Buf itself must live as long as the arena. */
void buf_in(Buf *buf, Arena *arena);
void buf_free(Buf *buf);
/* Room for `extra` more bytes; returns where to write them (len is not changed). */
char *buf_reserve(Buf *buf, size_t extra);
static inline void buf_add(Buf *buf, const void *bytes, size_t length) {
	char *to = length < buf->cap - buf->len ? buf->at + buf->len : buf_reserve(buf, length);
	if (length) memcpy(to, bytes, length);
	buf->len += length;
}
static inline void buf_text(Buf *buf, Text text) {
	buf_add(buf, text.at, text.len);
}
void buf_str(Buf *buf, const char *string);
static inline void buf_char(Buf *buf, char byte) {
	char *to = buf->len < buf->cap ? buf->at + buf->len : buf_reserve(buf, 1);
	*to = byte;
	buf->len++;
}
void buf_printf(Buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Decimal digits of value, without printf. */
void buf_int(Buf *buf, int64_t value);
static inline void buf_reset(Buf *buf) {
	buf->len = 0;
}
static inline Text buf_as_text(const Buf *buf) {
	return (Text){buf->at, buf->len};
}
/* Big- and little-endian numbers, for canonical forms and codecs. */
void buf_be16(Buf *buf, uint16_t value);
void buf_be32(Buf *buf, uint32_t value);
void buf_be64(Buf *buf, uint64_t value);
#endif
