/* CSV (RFC 4180 with the variants found in the field): a push parser over blocks of UTF-8 bytes.
 * Separators , ; TAB | ; quotes doubled; quoted newlines; CRLF, LF or CR line ends; BOM skipped. */
#ifndef YIWANG_BASE_CSV_H
#define YIWANG_BASE_CSV_H
#include "base/buf.h"
#include "base/error.h"

enum { CSV_FIELDS_MAX = 1024, CSV_RECORD_MAX = 4 << 20 /* bytes of one record; longer is refused, then skipped */ };

typedef enum CsvFault {
	CSV_OK,
	CSV_TOO_LONG, /* record over CSV_RECORD_MAX: fields hold its first 4 KiB as one field */
	CSV_TOO_MANY, /* more than CSV_FIELDS_MAX fields */
	CSV_QUOTE,    /* text after a closing quote, or the input ended inside quotes */
	CSV_NUL,      /* a NUL byte */
} CsvFault;

typedef struct CsvRecord {
	const Text *fields; /* valid until the next csv_* call */
	const bool *quoted; /* whether field i was quoted: "" is an empty text, unquoted empty is missing */
	size_t count;
	int64_t line;   /* 1-based line its first byte is on */
	int64_t offset; /* byte offset of its first byte in the input given to csv_feed */
	Text raw;       /* its bytes without the line end (cut to 64 KiB) */
	CsvFault fault;
} CsvRecord;

typedef struct Csv Csv;
Csv *csv_new(Arena *arena, char separator);
/* Gives the next block; the bytes must stay in place until csv_next returns 0. last marks the end of input. */
void csv_feed(Csv *csv, Text block, bool last);
/* 1 with a record, 0 when it wants more input (or the input is over). Blank lines are skipped. */
int csv_next(Csv *csv, CsvRecord *record);
/* The likeliest separator of a sample: the one with the same count > 0 on most lines; ',' when unsure. */
char csv_guess_separator(Text sample);
/* Writes one field, quoted where needed. guard: prefix = + - @ TAB with ' so that spreadsheets do not run it. */
void csv_write(Buf *out, Text field, bool first, bool guard);
#endif
