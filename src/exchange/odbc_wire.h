/* Frames between the server (odbc.c) and the limited process that holds a database driver (odbc_child.c), over one socket pair:
 *     be32 length of what follows ‖ kind ‖ payload
 * A text is be32 length ‖ bytes; length ODBC_NULL = NULL. A row is a text for each column; of type i (BIGINT, two's complement)
 * and d (double, IEEE bits) 8 bytes, big-endian. Both sides check every length: a driver that went mad may write anything. */
#ifndef YIWANG_EXCHANGE_ODBC_WIRE_H
#define YIWANG_EXCHANGE_ODBC_WIRE_H
#include "base/base.h"

enum { ODBC_FD = 3, ODBC_FRAME_MAX = 64 << 20, ODBC_HEADER = 5, ODBC_COLUMNS_MAX = 1024 };
#define ODBC_NULL UINT32_MAX

typedef enum OdbcFrame {
	/* asked: text connection string → done */
	ODBC_OPEN = 'O',
	/* → a row: DBMS, its version, driver, its version → done */
	ODBC_INFO = 'I',
	/* text SQL → done (rows changed) */
	ODBC_EXECUTE = 'X',
	/* text column types ‖ be16 rows a statement (0 = SQL as it is, once a row) ‖ text SQL ‖ rows → done (rows changed). With
	 * rows a statement, SQL ends in VALUES and (?,…) follow. */
	ODBC_ROWS_IN = 'P',
	/* text column types ‖ text SQL ‖ texts for its ?, in order → rows → done (rows) */
	ODBC_QUERY = 'Q',
	/* text catalog ‖ text schema ‖ text table → a row a column: name, type, size, digits → done */
	ODBC_COLUMNS = 'K',
	ODBC_COMMIT = 'C',
	ODBC_ROLLBACK = 'B',
	/* answered: be32 rows ‖ rows; be64 rows; text SQLSTATE ‖ be32 native ‖ text message */
	ODBC_ROWS = 'R',
	ODBC_DONE = 'D',
	ODBC_ERROR = 'E',
} OdbcFrame;

/* Reads a frame's payload; bad stays set once something did not fit. */
typedef struct Wire {
	const char *at, *end;
	bool bad;
} Wire;

static inline const char *wire_take(Wire *wire, size_t length) {
	if (wire->bad || (size_t)(wire->end - wire->at) < length) {
		wire->bad = true;
		return NULL;
	}
	const char *at = wire->at;
	wire->at += length;
	return at;
}
static inline uint64_t wire_number(Wire *wire, size_t bytes) {
	const char *at = wire_take(wire, bytes);
	uint64_t number = 0;
	for (size_t i = 0; at && i < bytes; i++)
		number = number << 8 | (unsigned char)at[i];
	return number;
}
/* TEXT_NONE for NULL. */
static inline Text wire_text(Wire *wire) {
	uint32_t length = (uint32_t)wire_number(wire, 4);
	if (wire->bad || length == ODBC_NULL) return TEXT_NONE;
	const char *at = wire_take(wire, length);
	return at ? (Text){at, length} : TEXT_NONE;
}
static inline void wire_put_text(Buf *out, Text text) {
	buf_be32(out, text.at ? (uint32_t)text.len : ODBC_NULL);
	if (text.at) buf_text(out, text);
}
static inline void wire_put_number(Buf *out, uint64_t number) {
	buf_be32(out, 8);
	buf_be64(out, number);
}
/* A frame is begun, its payload appended, and ended. */
static inline void wire_begin(Buf *out, OdbcFrame kind) {
	buf_reset(out);
	buf_be32(out, 0);
	buf_char(out, (char)kind);
}
static inline void wire_patch(Buf *out, size_t at, uint32_t value) {
	for (int i = 0; i < 4; i++)
		out->at[at + (size_t)i] = (char)(value >> (24 - 8 * i));
}
static inline void wire_end(Buf *out) {
	wire_patch(out, 0, (uint32_t)out->len - 4);
}
#endif
