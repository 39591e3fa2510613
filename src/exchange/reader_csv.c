/* CSV files: base's parser over the Input, with header, ragged rows and encoding checked a record at a time. */
#include "exchange/reader_private.h"

typedef struct CsvReader {
	Csv *csv;
	bool fed_last;
} CsvReader;

/* The next record of the file: 1, 0, < 0. */
static int record_next(Reader *reader, CsvRecord *record) {
	CsvReader *self = reader->self;
	while (!csv_next(self->csv, record)) {
		if (self->fed_last) return 0;
		Text block = TEXT_NONE;
		int code = input_next(reader->input, &block);
		if (code < 0) return code;
		self->fed_last = code == 0;
		csv_feed(self->csv, block, self->fed_last);
	}
	return 1;
}

/* Whether the record's bytes were text in the file's charset. */
static bool well_encoded(Reader *reader, const CsvRecord *record) {
	if (reader->charset != CHARSET_UTF8)
		return !input_was_bad(reader->input) || text_find(record->raw, TEXT("\xEF\xBF\xBD")) < 0;
	if (record->raw.len < READER_RAW_MAX - 4) return utf8_valid(record->raw);
	for (size_t i = 0; i < record->count; i++) /* raw may be cut */
		if (!utf8_valid(record->fields[i])) return false;
	return true;
}

static void fault_of(Reader *reader, const CsvRecord *record, ReaderRow *row) {
	static const char quote_advice[] = "Write a quote inside a text twice (\"\"), and close every quoted text.";
	static const char ragged_advice[] = "Quote texts that contain the separator.";
	long long line = (long long)record->line;
	if (record->fault == CSV_TOO_LONG)
		reader_fault(reader, row, "", TEXT_NONE, "too_long", "Check the line ends and quotes around it.",
		             "line %lld: the record is longer than %d MiB", line, CSV_RECORD_MAX >> 20);
	else if (record->fault == CSV_QUOTE)
		reader_fault(reader, row, "", TEXT_NONE, "quote", quote_advice,
		             "line %lld: a quote is not closed, or text follows a closing quote", line);
	else if (record->fault == CSV_NUL)
		reader_fault(reader, row, "", TEXT_NONE, "nul", "Export the row again without NUL characters.",
		             "line %lld: the record has a NUL byte", line);
	else if (record->fault == CSV_TOO_MANY || record->count != (size_t)reader->column_count)
		reader_fault(reader, row, "", TEXT_NONE, "columns", ragged_advice,
		             "line %lld has %s%zu values; the header has %d columns", line,
		             record->fault == CSV_TOO_MANY ? "more than " : "", record->count, reader->column_count);
	else if (!well_encoded(reader, record))
		reader_fault(reader, row, "", TEXT_NONE, "encoding", "Export the file again as UTF-8, or name its character set.",
		             "line %lld is not text in %s", line, charset_name(reader->charset));
}

static int csv_reader_next(Reader *reader, ReaderRow *row) {
	CsvRecord record;
	int code = record_next(reader, &record);
	if (code <= 0) return code;
	row->row_no = ++reader->row_no;
	row->raw = record.raw;
	fault_of(reader, &record, row);
	int whole = record.fault == CSV_OK || record.fault == CSV_NUL || record.fault == CSV_TOO_MANY ? (int)record.count : 0;
	for (int i = 0; i < reader->column_count; i++) {
		bool there = i < whole && (record.fields[i].len || record.quoted[i]);
		reader->texts[i] = !there ? TEXT_NONE : row->fault ? reader_clean(reader, record.fields[i]) : record.fields[i];
	}
	return 1;
}

static void csv_reader_progress(const Reader *reader, int64_t *done, int64_t *total) {
	input_progress(reader->input, done, total);
}

/* The header among the first records of the sample, from 0. */
static int header_find(Reader *reader, Text sample) {
	HeaderLook look = {0};
	CsvRecord record;
	Csv *csv = csv_new(reader->row, reader->separator);
	csv_feed(csv, sample, sample.len < INPUT_SAMPLE);
	while (look.count < HEADER_LOOK && csv_next(csv, &record) && record.fault == CSV_OK)
		header_look(&look, record.fields, (int)record.count);
	return header_row_of(&look);
}

int reader_csv_open(Reader *reader, const ReaderOptions *options) {
	static const ReaderOps ops = {.next = csv_reader_next, .progress = csv_reader_progress};
	CsvReader *self = ARENA_NEW(reader->arena, CsvReader);
	reader->ops = &ops;
	reader->self = self;
	Text sample = input_sample(reader->input);
	if (reader->charset != CHARSET_UTF8) { /* '|' and others may be the second byte of a character */
		Buf *decoded = ARENA_NEW(reader->row, Buf);
		buf_in(decoded, reader->row);
		decoder_feed(decoder_new(reader->row, reader->charset), (Text){sample.at, sample.len & ~(size_t)1}, false,
		             decoded);
		sample = buf_as_text(decoded);
	}
	reader->separator = options->separator ? options->separator : csv_guess_separator(sample);
	if (!memchr(",;\t|", reader->separator, 4))
		return reader_refuse(reader, "format", "Use , ; tab or |.", "the separator is none of , ; tab |");
	self->csv = csv_new(reader->arena, reader->separator);
	CsvRecord header;
	int code = 1;
	reader->titles = options->header_first ? 0 : header_find(reader, sample);
	for (int i = 0; i <= reader->titles && code > 0; i++)
		code = record_next(reader, &header);
	if (code < 0) return code;
	if (code == 0) return reader_refuse(reader, "empty", "Export the file again.", "the file has no header");
	if (header.fault)
		return reader_refuse(reader, "header", "Check the first line.",
		                     "line %lld, the header, cannot be read as CSV of at most %d columns", (long long)header.line,
		                     CSV_FIELDS_MAX);
	reader->header_line = header.line;
	return reader_set_columns(reader, header.fields, (int)header.count);
}
