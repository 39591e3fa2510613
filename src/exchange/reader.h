/* Reader: rows of outside formats, one by one, in constant memory: CSV, XLSX, JSON Lines, GeoJSON (each also gzipped) and a
 * PostgreSQL table. A fault of one record is given with the record; only what makes the whole source unreadable is an error.
 * One owner, one thread; a reader lives in the arena it was opened in and is closed with it (or earlier by reader_close). */
#ifndef YIWANG_EXCHANGE_READER_H
#define YIWANG_EXCHANGE_READER_H
#include "record/record.h"

typedef enum ReaderFormat { READER_CSV, READER_XLSX, READER_JSONL, READER_GEOJSON, READER_POSTGRES } ReaderFormat;
const char *reader_format_name(ReaderFormat format); /* "csv", "xlsx", "jsonl", "geojson", "postgres" */

/* Limits, beside CSV_FIELDS_MAX columns and CSV_RECORD_MAX bytes a record (texts, JSON Lines and GeoJSON features alike). */
enum {
	READER_RAW_MAX = 64 << 10, /* bytes of ReaderRow.raw */
	READER_NAME_MAX = 255,     /* bytes of a column name */
	READER_SAMPLE_ROWS = 1000, /* records that give JSON Lines and GeoJSON their columns */
	READER_SHEETS_MAX = 256,
};

/* Everything NULL or 0 = found out from the file. */
typedef struct ReaderOptions {
	const char *name;    /* file name as given by the supplier: for messages and the snapshot */
	const char *charset; /* "utf-8", "gb18030"…; XLSX has none */
	char separator;      /* CSV */
	bool header_first;   /* the first row is the header, whatever stands in it */
	const char *sheet;   /* XLSX: name of the sheet; NULL = the first */
	const char *sha256;  /* 64 hex digits when the digest of the file is known already; else it is computed */
	int64_t size;        /* with sha256 */
} ReaderOptions;

typedef struct ReaderRow {
	int64_t row_no; /* 1-based number of the record in the source; the header is not counted; XLSX: the sheet's row less the
	                   header's */
	const Text *texts;    /* by column: valid UTF-8; TEXT_NONE = missing, len 0 with at != NULL = an empty text */
	Text raw;             /* the record as it came, cut to READER_RAW_MAX; UTF-8 unless the fault is "encoding" */
	const Reason *fault;  /* NULL = good. Its rule is one of: "columns" (ragged), "quote", "nul", "too_long", "encoding",
	                         "json", "schema". texts then hold what could be read (missing otherwise). */
	const bool *left_out; /* JSON Lines, GeoJSON: by column, members the record lacks (null is not lacking); NULL = none */
	/* JSON Lines, GeoJSON: members that no column has, because the first READER_SAMPLE_ROWS records lack them */
	const Text *late_names, *late_texts;
	int late_count;
} ReaderRow;

typedef struct Reader Reader;

/* Opens a spooled file and reads its header. The format comes from the content (zip, JSON, gzip inside), not from the name.
 * ERR_INVALID with rule: "empty", "format", "charset", "header" (no, too many, duplicate, empty or overlong names), "sheet",
 * "encrypted", "truncated", "bomb", "unsafe" (DTD, entities, path tricks in a zip), "json"; ERR_NOT_FOUND, ERR_IO. */
int reader_open(Arena *arena, const char *path, const ReaderOptions *options, Error *error, Reader **out);
/* 1 with a row (valid until the next call), 0 at the end, < 0 when the source breaks off (recorded in the Error given to open:
 * "truncated", "bomb", "schema" …): rows given before are good, the whole is not. */
int reader_next(Reader *reader, ReaderRow *row);
/* Passes over rows up to and with row_no, for a resumed job. As reader_next: 1 done, 0 the source ended before. */
int reader_skip(Reader *reader, int64_t row_no);
/* Closes files and connections now; the arena would do it later. */
void reader_close(Reader *reader);

ReaderFormat reader_format(const Reader *reader);
const Text *reader_columns(const Reader *reader, int *count);
/* Position of a column by exact name, or -1. */
int reader_column(const Reader *reader, Text name);
/* CSV, XLSX: line or sheet row of the header, and how many rows above it (titles) were passed over; else 0. */
int64_t reader_header_line(const Reader *reader, int *titles);
const char *reader_charset(const Reader *reader);                   /* "" where none applies */
char reader_separator(const Reader *reader);                        /* 0 where none applies */
const char *const *reader_sheets(const Reader *reader, int *count); /* XLSX, in workbook order; else 0 */
bool reader_gzip(const Reader *reader);
/* Bytes of the file (PostgreSQL: rows) read so far and in all; total -1 = not known. */
void reader_progress(const Reader *reader, int64_t *done, int64_t *total);
/* The one snapshot that all rows come from, new reference: {"kind":"file","name","size","sha256"} or {"kind":"postgres",
 * "database","schema","table","columns":[{name,type}],"snapshot","taken_at","watermark"?,"after"?,"overlap"?}. */
json_t *reader_snapshot(const Reader *reader);

/* --- PostgreSQL ----------------------------------------------------------------------------------------------------------- */
typedef struct PostgresTable {
	const char *url; /* postgres://…, with password; never logged */
	const char *schema, *table;
	const char *watermark; /* column, or NULL: the whole table */
	/* rows from some way before this mark on (an hour, a day, 10,000: rows committed late have lower marks); NULL = all */
	const char *after;
	const char *columns; /* what reader_postgres_columns gave when the job began; NULL = as they are now. Else a difference is
	                        an error. */
} PostgresTable;

/* Rows of a table in one REPEATABLE READ READ ONLY transaction of its own connection, values as PostgreSQL's text. Errors:
 * ERR_BUSY (cannot connect, gone half-way), ERR_TIMEOUT, ERR_INVALID rule "table" or "watermark", ERR_CONFLICT rule "schema". */
int reader_open_postgres(Arena *arena, const PostgresTable *table, Error *error, Reader **out);
/* "name type;name type…" of the table read: to be kept with the job and given back as PostgresTable.columns on resume. */
const char *reader_postgres_columns(const Reader *reader);
/* The highest watermark in the snapshot: the next load's `after`; NULL when there is no row or no watermark column. */
const char *reader_postgres_watermark(const Reader *reader);
/* Copies the rows to a CSV file (UTF-8, commas, header; missing and empty kept apart) that reader_open reads back row for row: a
 * resumed job goes on in the very same snapshot. step (may be NULL) is called about every MiB with rows so far; negative stops.
 * Durable at 0; on failure the caller removes what was written. */
int reader_postgres_spool(Reader *reader, const char *path, int (*step)(void *arg, int64_t rows), void *arg, Error *error);
/* Connects and asks the server's version: 0, or an Error that says why not. */
int postgres_test(Arena *arena, const char *url, const char **version, Error *error);
/* Tables and views that the account may read: new JSON array [{"schema","table","columns":[{"name","type"}]}], at most 1,000. */
int postgres_tables(Arena *arena, const char *url, json_t **out, Error *error);
#endif
