/* Reader, the part that all formats share: finding the format, the header's rules, faults, the snapshot's name. */
#include "exchange/reader_private.h"
#include <stdio.h>

static const char *const format_names[] = {"csv", "xlsx", "jsonl", "geojson", "postgres"};

const char *reader_format_name(ReaderFormat format) {
	return format_names[format];
}

int reader_refuse(Reader *reader, const char *rule, const char *advice, const char *format, ...) {
	char message[400];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	return error_field(reader->error, ERR_INVALID, "file", text_of(reader->name), rule, advice, "%s: %.*s", reader->name,
	                   (int)utf8_valid_prefix(text_of(message)), message);
}

static void cut_into(char *to, size_t size, Text from) {
	size_t len = utf8_cut(from, size - 1);
	if (len) memcpy(to, from.at, len);
	to[len] = 0;
}

void reader_fault(Reader *reader, ReaderRow *row, const char *field, Text value, const char *rule, const char *advice,
                  const char *format, ...) {
	if (row->fault) return;
	Reason *reason = arena_alloc(reader->row, sizeof *reason);
	char message[512];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	cut_into(reason->field, sizeof reason->field, text_of(field));
	cut_into(reason->value, sizeof reason->value,
	         value.len ? reader_clean(reader, (Text){value.at, value.len < 400 ? value.len : 400}) : value);
	cut_into(reason->rule, sizeof reason->rule, text_of(rule));
	/* a library's words about broken bytes may quote half a character */
	cut_into(reason->message, sizeof reason->message, reader_clean(reader, text_of(message)));
	cut_into(reason->advice, sizeof reason->advice, text_of(advice));
	row->fault = reason;
}

void reader_late(Reader *reader, ReaderRow *row, Text name, Text value, int count) {
	if (!row->late_names) {
		row->late_names = ARENA_ARRAY(reader->row, Text, count);
		row->late_texts = ARENA_ARRAY(reader->row, Text, count);
	}
	((Text *)row->late_names)[row->late_count] = name;
	((Text *)row->late_texts)[row->late_count++] = value;
}

Text reader_clean(Reader *reader, Text text) {
	if (!text.at || utf8_valid(text)) return text;
	Decoder *decoder = decoder_new(reader->row, CHARSET_UTF8);
	Buf *out = ARENA_NEW(reader->row, Buf);
	buf_in(out, reader->row);
	decoder_feed(decoder, text, true, out);
	return buf_as_text(out);
}

void reader_no_texts(Reader *reader) {
	for (int i = 0; i < reader->column_count; i++)
		reader->texts[i] = TEXT_NONE;
}

void reader_left_out(const Reader *reader, ReaderRow *row, bool *there) {
	for (int i = 0; i < reader->column_count; i++) {
		there[i] = !there[i];
		if (there[i]) row->left_out = there;
	}
}

/* --- columns ---------------------------------------------------------------------------------------------------------------- */
static uint32_t name_hash(Text name) {
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.at[i]) * 16777619u;
	return hash;
}

int reader_column(const Reader *reader, Text name) {
	if (!reader->slot_count) return -1;
	uint32_t mask = (uint32_t)reader->slot_count - 1;
	for (uint32_t i = name_hash(name) & mask; reader->slots[i]; i = (i + 1) & mask)
		if (text_eq(reader->columns[reader->slots[i] - 1], name)) return reader->slots[i] - 1;
	return -1;
}

int reader_set_columns(Reader *reader, const Text *names, int count) {
	static const char advice[] = "Give each column one name in the first row.";
	if (count == 0) return reader_refuse(reader, "header", advice, "there are no column names");
	if (count > CSV_FIELDS_MAX)
		return reader_refuse(reader, "header", "Split the table.", "%d columns; at most %d are read", count,
		                     CSV_FIELDS_MAX);
	int slots = 16;
	while (slots < count * 2)
		slots *= 2;
	reader->slots = ARENA_ARRAY(reader->arena, int, slots);
	reader->slot_count = slots;
	reader->columns = ARENA_ARRAY(reader->arena, Text, count);
	reader->texts = ARENA_ARRAY(reader->arena, Text, count);
	for (int i = 0; i < count; i++) {
		Text name = text_trim(names[i]);
		if (name.len == 0) return reader_refuse(reader, "header", advice, "column %d has no name", i + 1);
		if (name.len > READER_NAME_MAX || !utf8_valid(name) || memchr(name.at, 0, name.len))
			return reader_refuse(reader, "header",
			                     "Check the file's character set, and that the first row holds names.",
			                     "the name of column %d is not text of at most %d bytes", i + 1, READER_NAME_MAX);
		if (reader_column(reader, name) >= 0)
			return reader_refuse(reader, "header", advice, "two columns are named %.*s", TEXT_ARG(name));
		reader->columns[i] = text_dup(reader->arena, name);
		uint32_t slot = name_hash(name) & (uint32_t)(slots - 1);
		while (reader->slots[slot])
			slot = (slot + 1) & (uint32_t)(slots - 1);
		reader->slots[slot] = i + 1;
		reader->column_count = i + 1;
	}
	return 0;
}

/* --- opening --------------------------------------------------------------------------------------------------------- */
static void reader_drop(void *object) {
	reader_close(object);
}

void reader_close(Reader *reader) {
	if (reader->closed) return;
	reader->closed = true;
	if (reader->ops && reader->ops->close) reader->ops->close(reader);
	if (reader->input) input_close(reader->input);
	json_decref(reader->snapshot);
	arena_free(reader->row);
	reader->row = NULL;
	reader->snapshot = NULL;
}

Reader *reader_make(Arena *arena, const char *path, const char *name, Error *error) {
	Reader *reader = ARENA_NEW(arena, Reader);
	reader->arena = arena;
	reader->row = arena_new();
	reader->error = error;
	reader->path = arena_strdup(arena, path);
	const char *slash = strrchr(reader->path, '/');
	reader->name = name ? arena_strdup(arena, name) : slash ? slash + 1 : reader->path;
	arena_on_free(arena, reader_drop, reader);
	return reader;
}

/* Bytes that no text has: pictures, programs and archives given by mistake. A few are left to the records' own checks. */
static bool binary(Text sample) {
	size_t odd = 0, len = sample.len < 65536 ? sample.len : 65536;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)sample.at[i];
		odd += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1A;
	}
	return odd > 16 && odd > len / 20;
}

static int charset_of(Reader *reader, const ReaderOptions *options, Text sample) {
	reader->charset = charset_guess(sample);
	if (options->charset && charset_parse(text_of(options->charset), &reader->charset) != 0)
		return reader_refuse(reader, "charset", "Use utf-8, gb18030, utf-16le or utf-16be.", "unknown character set %s",
		                     options->charset);
	bool wide = reader->charset == CHARSET_UTF16LE || reader->charset == CHARSET_UTF16BE;
	if (!wide && binary(sample))
		return reader_refuse(reader, "format", "Give CSV, XLSX, JSON Lines or GeoJSON (each may be gzipped).",
		                     "this is not a text or XLSX file");
	return 0;
}

static Text after_blanks(Text sample) {
	if (text_starts(sample, TEXT("\xEF\xBB\xBF"))) sample.at += 3, sample.len -= 3;
	while (sample.len && memchr(" \t\r\n", sample.at[0], 4))
		sample.at++, sample.len--;
	return sample;
}

static int open_by_content(Reader *reader, const ReaderOptions *options) {
	int code = input_open(reader, &reader->input);
	if (code < 0) return code;
	Text sample = input_sample(reader->input), start = after_blanks(sample);
	reader->gzip = input_gzip(reader->input);
	if (start.len == 0) return reader_refuse(reader, "empty", "Export the file again.", "the file is empty");
	if (text_starts(sample, TEXT("PK\3\4")) || text_starts(sample, TEXT("PK\5\6"))) {
		if (reader->gzip)
			return reader_refuse(reader, "format", "XLSX is compressed already: give it without gzip.",
			                     "a gzipped zip file");
		reader->format = READER_XLSX;
		return reader_xlsx_open(reader, options);
	}
	if (text_starts(sample, TEXT("\xD0\xCF\x11\xE0")))
		return reader_refuse(reader, "encrypted", "Remove the password and save as .xlsx.",
		                     "the workbook is protected by a password, or an old .xls");
	if ((code = charset_of(reader, options, sample)) < 0) return code;
	input_set_charset(reader->input, reader->charset);
	if (start.at[0] == '[')
		return reader_refuse(reader, "json", "Give JSON Lines: one object a line, without the outer brackets.",
		                     "the file is one JSON array");
	if (start.at[0] != '{') {
		reader->format = READER_CSV;
		return reader_csv_open(reader, options);
	}
	reader->format = geojson_looks_like(start) ? READER_GEOJSON : READER_JSONL;
	return reader->format == READER_GEOJSON ? reader_geojson_open(reader, options) : reader_jsonl_open(reader, options);
}

static int name_snapshot(Reader *reader, const ReaderOptions *options) {
	char hex[HEX_DIGEST_MAX];
	int64_t size = options->size;
	if (options->sha256) {
		snprintf(hex, sizeof hex, "%s", options->sha256);
	} else {
		Digest digest;
		int code = digest_file(reader->path, &digest, &size, reader->error);
		if (code < 0) return code;
		hex_encode(digest.bytes, DIGEST_LEN, hex);
	}
	reader->snapshot =
	    json_pack("{s:s, s:s, s:I, s:s}", "kind", "file", "name", reader->name, "size", (json_int_t)size, "sha256", hex);
	return reader->snapshot ? 0 : reader_refuse(reader, "file_name", "Rename the file.", "the file's name is not UTF-8");
}

int reader_open(Arena *arena, const char *path, const ReaderOptions *options, Error *error, Reader **out) {
	static const ReaderOptions none;
	if (!options) options = &none;
	Reader *reader = reader_make(arena, path, options->name, error);
	int code = open_by_content(reader, options);
	if (code == 0) code = name_snapshot(reader, options);
	if (code < 0) {
		reader_close(reader);
		return code;
	}
	*out = reader;
	return 0;
}

int reader_next(Reader *reader, ReaderRow *row) {
	arena_reset(reader->row);
	ReaderRow read = {.texts = reader->texts};
	int code = reader->ops->next(reader, &read);
	if (code > 0) *row = read;
	return code;
}

int reader_skip(Reader *reader, int64_t row_no) {
	ReaderRow row;
	int code = 1;
	while (reader->row_no < row_no && (code = reader_next(reader, &row)) > 0)
		;
	return code;
}

/* --- asking ----------------------------------------------------------------------------------------------------------------- */
ReaderFormat reader_format(const Reader *reader) {
	return reader->format;
}

const Text *reader_columns(const Reader *reader, int *count) {
	*count = reader->column_count;
	return reader->columns;
}

int64_t reader_header_line(const Reader *reader, int *titles) {
	*titles = reader->titles;
	return reader->header_line;
}

const char *reader_charset(const Reader *reader) {
	return reader->format == READER_XLSX || reader->format == READER_POSTGRES ? "" : charset_name(reader->charset);
}

char reader_separator(const Reader *reader) {
	return reader->format == READER_CSV ? reader->separator : 0;
}

const char *const *reader_sheets(const Reader *reader, int *count) {
	*count = reader->sheet_count;
	return reader->sheets;
}

bool reader_gzip(const Reader *reader) {
	return reader->gzip;
}

void reader_progress(const Reader *reader, int64_t *done, int64_t *total) {
	reader->ops->progress(reader, done, total);
}

json_t *reader_snapshot(const Reader *reader) {
	return json_incref(reader->snapshot);
}
