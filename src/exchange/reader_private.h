/* Private to the readers: what every format shares. */
#ifndef YIWANG_EXCHANGE_READER_PRIVATE_H
#define YIWANG_EXCHANGE_READER_PRIVATE_H
#include "exchange/reader.h"

typedef struct ReaderOps {
	int (*next)(Reader *reader, ReaderRow *row); /* row is zeroed, reader->row empty */
	void (*close)(Reader *reader);               /* may be NULL; called once */
	void (*progress)(const Reader *reader, int64_t *done, int64_t *total);
} ReaderOps;

typedef struct Input Input;

struct Reader {
	const ReaderOps *ops;
	ReaderFormat format;
	Arena *arena, *row; /* row: scratch of the current record */
	Error *error;
	const char *path, *name;
	Text *columns;
	int column_count;
	int *slots, slot_count; /* open hash over the columns: position + 1, 0 = free */
	Text *texts;            /* of the current row, by column */
	int64_t row_no;
	int64_t header_line; /* line or sheet row of the header; 0 = none */
	int titles;          /* rows above it that were passed over */
	Charset charset;
	char separator;
	bool gzip, closed;
	const char **sheets;
	int sheet_count;
	json_t *snapshot;
	Input *input;
	void *self; /* of the format */
};

/* --- header and faults (reader_core.c) ---------------------------------------------------------------------------------- */
/* An empty reader, closed with the arena. name NULL = the path's last part. */
Reader *reader_make(Arena *arena, const char *path, const char *name, Error *error);
/* Takes the names (copied), checks them: 0 or ERR_INVALID rule "header". */
int reader_set_columns(Reader *reader, const Text *names, int count);
/* ERR_INVALID with that rule, about the file. */
int reader_refuse(Reader *reader, const char *rule, const char *advice, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Marks the row. field may be "". */
void reader_fault(Reader *reader, ReaderRow *row, const char *field, Text value, const char *rule, const char *advice,
                  const char *format, ...) __attribute__((format(printf, 7, 8)));
/* Gives the row a member that no column has; count: how many the record has at most. */
void reader_late(Reader *reader, ReaderRow *row, Text name, Text value, int count);
/* U+FFFD for what is not UTF-8; in reader->row when something changes. */
Text reader_clean(Reader *reader, Text text);
void reader_no_texts(Reader *reader);
/* Gives the row what it lacks; there: by column, in reader->row, overwritten. */
void reader_left_out(const Reader *reader, ReaderRow *row, bool *there);

/* --- which row is the header (reader_header.c): the first rows are looked at, then read again ------------------------------ */
enum { HEADER_LOOK = 30, HEADER_WITHIN = 10 };
typedef struct HeaderRow {
	int filled;
	bool names;
} HeaderRow;
typedef struct HeaderLook {
	HeaderRow rows[HEADER_LOOK];
	int count, widest;
} HeaderLook;
void header_look(HeaderLook *look, const Text *cells, int count); /* the next row that is not empty */
int header_row_of(const HeaderLook *look);                        /* from 0, among the rows looked at */

/* --- bytes (reader_input.c): file, gzip, charset ------------------------------------------------------------------------ */
/* The first bytes, inflated but not decoded; up to this many. */
enum { INPUT_SAMPLE = 1 << 20, INPUT_BLOCK = 256 << 10 };
int input_open(Reader *reader, Input **out);
Text input_sample(Input *input);
bool input_gzip(const Input *input);
void input_set_charset(Input *input, Charset charset);
/* The next block of text; UTF-8 input is passed on unchecked. 1, 0 at the end, < 0. Valid until the next call. */
int input_next(Input *input, Text *block);
/* Back to the start of the file. */
int input_rewind(Input *input);
bool input_was_bad(const Input *input); /* an undecodable sequence has been replaced by U+FFFD somewhere */
void input_progress(const Input *input, int64_t *done, int64_t *total);
void input_close(Input *input);

/* --- lines of JSON (reader_json.c) --------------------------------------------------------------------------------------- */
typedef struct JsonMember {
	Text key, value; /* value: as a reader gives it: text unescaped, number as written, nested compact; at NULL = null */
	char type;       /* one of " 0 t n { [ */
	Text raw;        /* the value as written */
} JsonMember;
/* The members of one JSON object in order (at most CSV_FIELDS_MAX). 0, or -1 with *why. All in arena. */
int json_members(Arena *arena, Text object, JsonMember **members, int *count, const char **why);

/* Different names in the order they are first seen: 0, or < 0 when there are more than CSV_FIELDS_MAX. Copied to reader->arena.
 */
enum { NAMES_SLOTS = 4096 };
typedef struct NameList {
	Text names[CSV_FIELDS_MAX];
	int count, slots[NAMES_SLOTS];
} NameList;
int names_add(Reader *reader, NameList *list, Text name);

/* --- formats --------------------------------------------------------------------------------------------------------------- */
int reader_csv_open(Reader *reader, const ReaderOptions *options);
int reader_jsonl_open(Reader *reader, const ReaderOptions *options);
int reader_geojson_open(Reader *reader, const ReaderOptions *options);
int reader_xlsx_open(Reader *reader, const ReaderOptions *options);
bool geojson_looks_like(Text sample);
#endif
