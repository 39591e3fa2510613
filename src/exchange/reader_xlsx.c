/* XLSX (ECMA-376): the workbook's list of sheets, date formats and shared strings are read first; then the sheet streams by, a
 * row at a time: expat is suspended after each row. Numbers keep their shortest text, dates become ISO texts by their cell's
 * format. */
#include "exchange/reader_zip.h"
#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHARED_MAX = 256 << 20, STYLES_MAX = 65536, PARSE_DEPTH_MAX = 64, FORMAT_IDS = 1024, SHEET_COLUMNS = 16384 };

typedef enum DateKind { NOT_DATE, DATE_ONLY, DATE_TIME, TIME_ONLY } DateKind;

typedef struct Sheet {
	const char *name, *relation, *target;
} Sheet;

typedef struct Xlsx {
	Reader *reader;
	Zip *zip;
	ZipStream *stream;
	XML_Parser parser;
	bool suspended, xml_ended;
	int depth;
	/* workbook */
	Sheet sheets[READER_SHEETS_MAX];
	int sheet_count;
	bool date1904;
	unsigned char *style_dates; /* DateKind by cell style */
	int style_count;
	unsigned char custom[FORMAT_IDS]; /* DateKind by custom number format id */
	bool in_cell_styles;
	/* shared strings: bytes between offsets[i] and offsets[i + 1] */
	Buf shared, shared_at;
	/* what text is being collected */
	bool collect, in_phonetic;
	Buf text;
	/* the row being parsed */
	int64_t sheet_row, header_row;
	int column, max_column, header_columns;
	char type; /* of the cell: n s i(nline) f(ormula text) b e d */
	int style;
	bool row_ready, has_value, overlong, beyond, bad_cell;
	Buf row_text;
	struct Cell {
		uint32_t at, len;
		bool there;
	} cells[CSV_FIELDS_MAX];
} Xlsx;

static const char *attr(const char **attrs, const char *name) {
	for (; *attrs; attrs += 2) {
		const char *colon = strrchr(attrs[0], ':'), *local = colon ? colon + 1 : attrs[0];
		if (strcmp(strcmp(name, "r:id") == 0 ? attrs[0] : local, name) == 0) return attrs[1];
	}
	return NULL;
}

static const char *local_name(const char *name) {
	const char *colon = strrchr(name, ':');
	return colon ? colon + 1 : name;
}

/* --- parsing one part of the workbook -------------------------------------------------------------------------------- */
static int refuse(Xlsx *x, const char *rule, const char *why) {
	if (x->parser) XML_StopParser(x->parser, XML_FALSE);
	return reader_refuse(x->reader, rule, "Save the workbook again with a spreadsheet program.", "%s", why);
}

static void XMLCALL on_doctype(void *data, const char *name, const char *system, const char *public, int internal) {
	refuse(data, "unsafe", "it declares a document type, which no workbook does");
}

static void XMLCALL on_text(void *data, const char *bytes, int length) {
	Xlsx *x = data;
	if (!x->collect) return;
	if (x->text.len + (size_t)length > CSV_RECORD_MAX)
		x->overlong = true;
	else
		buf_add(&x->text, bytes, (size_t)length);
}

static void parser_make(Xlsx *x, XML_StartElementHandler start, XML_EndElementHandler end) {
	x->parser = XML_ParserCreate(NULL);
	if (!x->parser) abort();
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, start, end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	x->depth = 0;
	x->collect = false;
	buf_reset(&x->text);
}

static int xml_failed(Xlsx *x, const ZipEntry *entry) {
	return reader_refuse(x->reader, "truncated", "Save the workbook again with a spreadsheet program.",
	                     "%.80s is not XML: %s", entry->name, XML_ErrorString(XML_GetErrorCode(x->parser)));
}

static void parser_drop(Xlsx *x) {
	if (x->parser) XML_ParserFree(x->parser);
	x->parser = NULL;
	if (x->stream) zip_stream_close(x->stream);
	x->stream = NULL;
}

/* A whole part at once. missing_ok: not every workbook has it. */
static int parse_part(Xlsx *x, const char *name, bool missing_ok, XML_StartElementHandler start, XML_EndElementHandler end) {
	const ZipEntry *entry = zip_find(x->zip, name);
	if (!entry)
		return missing_ok ? 0
		                  : reader_refuse(x->reader, "format", "Give an .xlsx workbook.",
		                                  "the zip file has no %s: it is not a workbook", name);
	int code = zip_stream(x->zip, entry, &x->stream);
	if (code < 0) return code;
	parser_make(x, start, end);
	Text block;
	while (code == 0 && (code = zip_read(x->stream, &block)) > 0)
		code = XML_Parse(x->parser, block.at, (int)block.len, 0) == XML_STATUS_OK ? 0 : xml_failed(x, entry);
	if (code == 0 && XML_Parse(x->parser, "", 0, 1) != XML_STATUS_OK) code = xml_failed(x, entry);
	parser_drop(x);
	return code;
}

/* --- workbook.xml, its relations, styles, shared strings ------------------------------------------------------------- */
static void XMLCALL workbook_start(void *data, const char *name, const char **attrs) {
	Xlsx *x = data;
	name = local_name(name);
	if (strcmp(name, "workbookPr") == 0) {
		const char *value = attr(attrs, "date1904");
		x->date1904 = value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
	} else if (strcmp(name, "sheet") == 0 && x->sheet_count < READER_SHEETS_MAX) {
		const char *title = attr(attrs, "name"), *relation = NULL;
		for (const char **a = attrs; *a; a += 2)
			if (strchr(a[0], ':') && strcmp(local_name(a[0]), "id") == 0) relation = a[1];
		if (title && relation)
			x->sheets[x->sheet_count++] =
			    (Sheet){arena_strdup(x->reader->arena, title), arena_strdup(x->reader->arena, relation), NULL};
	}
}

static void XMLCALL relations_start(void *data, const char *name, const char **attrs) {
	Xlsx *x = data;
	const char *id = attr(attrs, "Id"), *target = attr(attrs, "Target");
	if (strcmp(local_name(name), "Relationship") != 0 || !id || !target) return;
	if (strstr(target, "..") || strchr(target, '\\') || strstr(target, "://")) {
		return; /* pictures and links lie elsewhere; a sheet that does is then not found */
	}
	for (int i = 0; i < x->sheet_count; i++)
		if (strcmp(x->sheets[i].relation, id) == 0)
			x->sheets[i].target = target[0] == '/' ? arena_strdup(x->reader->arena, target + 1)
			                                       : arena_printf(x->reader->arena, "xl/%s", target);
}

/* Whether a number format shows a date: letters outside quotes, brackets and escapes. */
static DateKind format_kind(const char *format) {
	bool date = false, time = false;
	for (const char *p = format; *p; p++) {
		if (*p == '"') {
			p = strchr(p + 1, '"');
			if (!p) break;
		} else if (*p == '[') {
			const char *close = strchr(p, ']');
			if (!close) break;
			time |= close - p <= 3 && strchr("hHmMsS", p[1]) != NULL; /* [h]:mm, elapsed */
			p = close;
		} else if (*p == '\\' || *p == '_' || *p == '*') {
			if (!*++p) break;
		} else if (strncasecmp(p, "general", 7) == 0) {
			p += 6;
		} else {
			date |= strchr("yYdDeE", *p) && !(strchr("eE", *p) && p > format && strchr("0#?", p[-1]));
			time |= strchr("hHsS", *p) != NULL;
			if (strchr("mM", *p) && !time) date = date || strspn(format, "mM-/ .") == strlen(format);
		}
	}
	return date && time ? DATE_TIME : date ? DATE_ONLY : time ? TIME_ONLY : NOT_DATE;
}

static DateKind builtin_kind(int id) {
	if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 || id == 58)
		return DATE_ONLY;
	if (id == 22) return DATE_TIME;
	return (id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 || id == 56 ? TIME_ONLY
	                                                                                                          : NOT_DATE;
}

static void XMLCALL styles_start(void *data, const char *name, const char **attrs) {
	Xlsx *x = data;
	name = local_name(name);
	const char *id = attr(attrs, "numFmtId");
	int number = id ? atoi(id) : 0;
	if (strcmp(name, "numFmt") == 0) {
		const char *code = attr(attrs, "formatCode");
		if (code && number >= 0 && number < FORMAT_IDS) x->custom[number] = (unsigned char)(format_kind(code) + 1);
	} else if (strcmp(name, "cellXfs") == 0) {
		x->in_cell_styles = true;
	} else if (strcmp(name, "xf") == 0 && x->in_cell_styles && x->style_count < STYLES_MAX) {
		bool custom = number >= 0 && number < FORMAT_IDS && x->custom[number];
		x->style_dates[x->style_count++] = (unsigned char)(custom ? x->custom[number] - 1 : (int)builtin_kind(number));
	}
}

static void XMLCALL styles_end(void *data, const char *name) {
	if (strcmp(local_name(name), "cellXfs") == 0) ((Xlsx *)data)->in_cell_styles = false;
}

static void XMLCALL shared_start(void *data, const char *name, const char **attrs) {
	Xlsx *x = data;
	name = local_name(name);
	if (strcmp(name, "rPh") == 0)
		x->in_phonetic = true;
	else if (strcmp(name, "t") == 0)
		x->collect = !x->in_phonetic;
}

static void XMLCALL shared_end(void *data, const char *name) {
	Xlsx *x = data;
	name = local_name(name);
	if (strcmp(name, "rPh") == 0)
		x->in_phonetic = false;
	else if (strcmp(name, "t") == 0)
		x->collect = false;
	if (strcmp(name, "si") != 0) return;
	if (x->overlong) refuse(x, "unsafe", "one of its texts is longer than 4 MiB");
	uint64_t at = x->shared.len;
	buf_add(&x->shared_at, &at, sizeof at);
	buf_text(&x->shared, buf_as_text(&x->text));
	buf_reset(&x->text);
	if (x->shared.len + x->shared_at.len > SHARED_MAX) refuse(x, "bomb", "its shared strings are larger than 256 MiB");
}

/* --- cells ----------------------------------------------------------------------------------------------------------- */
/* "AB12" to a column from 0, or -1. */
static int column_of(const char *address) {
	int column = 0;
	const char *p = address;
	for (; *p >= 'A' && *p <= 'Z'; p++)
		if ((column = column * 26 + (*p - 'A' + 1)) > SHEET_COLUMNS) return -1;
	return p == address ? -1 : column - 1;
}

static Text shared_text(Xlsx *x, Text index, bool *good) {
	int64_t i;
	int64_t count = (int64_t)(x->shared_at.len / sizeof(uint64_t));
	*good = text_to_int(index, &i) == 0 && i >= 0 && i < count;
	if (!*good) return TEXT("");
	const uint64_t *at = (const uint64_t *)(const void *)x->shared_at.at;
	uint64_t end = i + 1 < count ? at[i + 1] : x->shared.len;
	return (Text){x->shared.at + at[i], (size_t)(end - at[i])};
}

/* Days and parts of a day since 1899-12-30 (or 1904-01-01) as an ISO text. Serial 60 of the 1900 system is a day that never was.
 */
static bool date_text(Xlsx *x, DateKind kind, double serial, char out[64]) {
	if (serial < 0 || serial >= 2958466) return false;
	int64_t ms = llround(serial * 86400000), days = ms / 86400000, of_day = ms % 86400000;
	char day[CLOCK_TEXT_MAX];
	if (!x->date1904 && days == 60) return false;
	int32_t first = x->date1904 ? date_from_civil(1904, 1, 1) : date_from_civil(1899, 12, days < 60 ? 31 : 30);
	date_format((int32_t)(first + days), day);
	int seconds = (int)(of_day / 1000), fraction = (int)(of_day % 1000), n = 0;
	if (kind == TIME_ONLY && days == 0)
		n = snprintf(out, 64, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
	else if (kind == DATE_ONLY && of_day == 0)
		n = snprintf(out, 64, "%s", day);
	else
		n = snprintf(out, 64, "%s %02d:%02d:%02d", day, seconds / 3600, seconds / 60 % 60, seconds % 60);
	if (fraction && kind != DATE_ONLY) snprintf(out + n, (size_t)(64 - n), ".%03d", fraction);
	return true;
}

/* A number as its shortest text without exponent (an 18-digit number that was typed as a number has lost digits already: it is
 * shown in full so that its check fails, not as 3.2E+17). Works on the digits because the file writes "1.5E-2" too. */
static void number_text(Xlsx *x, Text text) {
	double value;
	DateKind kind = x->style >= 0 && x->style < x->style_count ? (DateKind)x->style_dates[x->style] : NOT_DATE;
	char date[64];
	int64_t whole;
	if (kind == NOT_DATE && text.len < 16 && text_to_int(text, &whole) == 0) { /* most cells */
		buf_text(&x->row_text, text);
		return;
	}
	if (text.len && text.at[0] == '+') text.at++, text.len--;
	if (text_to_double(text, &value) != 0) {
		buf_text(&x->row_text, text);
	} else if (kind != NOT_DATE && date_text(x, kind, value, date)) {
		buf_str(&x->row_text, date);
	} else if (fabs(value) < 9e18 && value == nearbyint(value)) {
		buf_int(&x->row_text, (int64_t)value);
	} else {
		double_to_buf(&x->row_text, value);
	}
}

static void cell_end(Xlsx *x) {
	Text text = buf_as_text(&x->text);
	if (!x->has_value || x->column < 0) return;
	if (x->column >= CSV_FIELDS_MAX) {
		x->beyond = true;
		return;
	}
	size_t at = x->row_text.len;
	bool good = true;
	switch (x->type) {
	case 's':
		buf_text(&x->row_text, shared_text(x, text, &good));
		x->bad_cell |= !good;
		break;
	case 'n':
		if (text.len) number_text(x, text);
		break;
	case 'b':
		buf_str(&x->row_text, text_is(text, "1") ? "true" : "false");
		break;
	default:
		buf_text(&x->row_text, text);
	}
	if (x->row_text.len > CSV_RECORD_MAX) {
		x->overlong = true;
		x->row_text.len = at;
		return;
	}
	while (x->max_column <= x->column)
		x->cells[x->max_column++].there = false;
	/* a cell without anything in it, styled perhaps, is missing: spreadsheets know no empty text */
	x->cells[x->column] = (struct Cell){(uint32_t)at, (uint32_t)(x->row_text.len - at), x->row_text.len > at};
}

static char cell_type(const char *type) {
	static const struct {
		const char *name;
		char type;
	} types[] = {{"s", 's'}, {"n", 'n'}, {"inlineStr", 'i'}, {"str", 'f'}, {"b", 'b'}, {"e", 'e'}, {"d", 'd'}};
	for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
		if (strcmp(type, types[i].name) == 0) return types[i].type;
	return 'n';
}

static void row_begin(Xlsx *x, const char *number) {
	int64_t row = 0;
	x->sheet_row =
	    number && text_to_int(text_of(number), &row) == 0 && row > x->sheet_row && row <= 1 << 30 ? row : x->sheet_row + 1;
	x->column = -1;
	x->max_column = 0;
	x->overlong = x->beyond = x->bad_cell = false;
	buf_reset(&x->row_text);
}

static void XMLCALL sheet_start(void *data, const char *name, const char **attrs) {
	Xlsx *x = data;
	name = local_name(name);
	if (++x->depth > PARSE_DEPTH_MAX) {
		refuse(x, "unsafe", "its XML is nested too deeply");
	} else if (strcmp(name, "c") == 0) {
		const char *address = attr(attrs, "r"), *style = attr(attrs, "s");
		int column = address ? column_of(address) : x->column + 1;
		x->column = column < 0 ? SHEET_COLUMNS : column;
		x->type = cell_type(attr(attrs, "t"));
		x->style = style ? atoi(style) : 0;
		x->has_value = false;
		buf_reset(&x->text);
	} else if (strcmp(name, "v") == 0 || (strcmp(name, "t") == 0 && !x->in_phonetic)) {
		x->collect = x->has_value = true;
	} else if (strcmp(name, "rPh") == 0) {
		x->in_phonetic = true;
	} else if (strcmp(name, "row") == 0) {
		row_begin(x, attr(attrs, "r"));
	}
}

static void XMLCALL sheet_end(void *data, const char *name) {
	Xlsx *x = data;
	name = local_name(name);
	x->depth--;
	if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
		x->collect = false;
	} else if (strcmp(name, "rPh") == 0) {
		x->in_phonetic = false;
	} else if (strcmp(name, "c") == 0) {
		cell_end(x);
	} else if (strcmp(name, "row") == 0) {
		x->row_ready = true;
		XML_StopParser(x->parser, XML_TRUE);
	}
}

/* Runs the sheet's parser up to the end of the next row: 1, 0 at the end of the sheet, < 0. */
static int row_next(Xlsx *x) {
	x->row_ready = false;
	while (!x->row_ready) {
		enum XML_Status status;
		if (x->xml_ended && !x->suspended) return 0;
		if (x->suspended) {
			status = XML_ResumeParser(x->parser);
		} else {
			Text block;
			int code = zip_read(x->stream, &block);
			if (code < 0) return code;
			x->xml_ended = code == 0;
			status = XML_Parse(x->parser, code ? block.at : "", code ? (int)block.len : 0, code == 0);
		}
		x->suspended = status == XML_STATUS_SUSPENDED;
		if (status == XML_STATUS_ERROR)
			return x->reader->error->code
			           ? x->reader->error->code
			           : reader_refuse(x->reader, "truncated", "Save the workbook again with a spreadsheet program.",
			                           "the sheet is not XML after row %lld: %s", (long long)x->sheet_row,
			                           XML_ErrorString(XML_GetErrorCode(x->parser)));
	}
	return 1;
}

static bool row_empty(const Xlsx *x) {
	for (int i = 0; i < x->max_column; i++)
		if (x->cells[i].there) return false;
	return !x->overlong && !x->beyond && !x->bad_cell;
}

static Text cell_text(const Xlsx *x, int i) {
	return i < x->max_column && x->cells[i].there ? (Text){x->row_text.at + x->cells[i].at, x->cells[i].len} : TEXT_NONE;
}

/* --- rows ------------------------------------------------------------------------------------------------------------------- */
/* What is kept of the row: its cells as one line of CSV. */
static Text raw_of(Xlsx *x) {
	Buf *raw = ARENA_NEW(x->reader->row, Buf);
	buf_in(raw, x->reader->row);
	for (int i = 0; i < x->max_column && raw->len < READER_RAW_MAX; i++)
		csv_write(raw, cell_text(x, i), i == 0, false);
	Text text = buf_as_text(raw);
	return (Text){text.at ? text.at : "", utf8_cut(text, READER_RAW_MAX)};
}

static int xlsx_next(Reader *reader, ReaderRow *row) {
	Xlsx *x = reader->self;
	int code;
	do
		code = row_next(x);
	while (code > 0 && row_empty(x));
	if (code <= 0) return code;
	row->row_no = reader->row_no = x->sheet_row - x->header_row;
	int last = x->max_column - 1;
	while (last >= 0 && !x->cells[last].there)
		last--;
	long long number = (long long)x->sheet_row;
	if (x->overlong)
		reader_fault(reader, row, "", TEXT_NONE, "too_long", "Shorten its texts.", "row %lld is longer than %d MiB",
		             number, CSV_RECORD_MAX >> 20);
	else if (last >= reader->column_count || x->beyond)
		reader_fault(reader, row, "", TEXT_NONE, "columns", "Clear the cells to the right of the table.",
		             "row %lld has values beyond the header's %d columns", number, reader->column_count);
	else if (x->bad_cell)
		reader_fault(reader, row, "", TEXT_NONE, "columns", "Save the workbook again.",
		             "row %lld has a cell that points nowhere", number);
	for (int i = 0; i < reader->column_count; i++)
		reader->texts[i] = cell_text(x, i);
	row->raw = row->fault ? raw_of(x) : TEXT_NONE;
	return 1;
}

static void xlsx_progress(const Reader *reader, int64_t *done, int64_t *total) {
	const Xlsx *x = reader->self;
	int64_t ignored;
	input_progress(reader->input, &ignored, total);
	*done = zip_done(x->zip);
}

static void xlsx_close(Reader *reader) {
	Xlsx *x = reader->self;
	if (!x) return;
	parser_drop(x);
	if (x->zip) zip_close(x->zip);
}

/* --- opening ---------------------------------------------------------------------------------------------------------------- */
static int open_workbook(Xlsx *x) {
	int code = zip_open(x->reader, &x->zip);
	if (code == 0 && zip_find(x->zip, "EncryptionInfo"))
		code = refuse(x, "encrypted", "the workbook is protected by a password");
	if (code == 0) code = parse_part(x, "xl/workbook.xml", false, workbook_start, NULL);
	if (code == 0) code = parse_part(x, "xl/_rels/workbook.xml.rels", false, relations_start, NULL);
	if (code == 0) code = parse_part(x, "xl/styles.xml", true, styles_start, styles_end);
	if (code == 0) code = parse_part(x, "xl/sharedStrings.xml", true, shared_start, shared_end);
	return code;
}

static int choose_sheet(Xlsx *x, const char *wanted, const ZipEntry **entry) {
	Reader *reader = x->reader;
	reader->sheets = ARENA_ARRAY(reader->arena, const char *, x->sheet_count + 1);
	const Sheet *chosen = NULL;
	for (int i = 0; i < x->sheet_count; i++) {
		reader->sheets[reader->sheet_count++] = x->sheets[i].name;
		if (!chosen && (!wanted || strcmp(wanted, x->sheets[i].name) == 0)) chosen = &x->sheets[i];
	}
	if (!chosen)
		return reader_refuse(reader, "sheet", "Name one of the workbook's sheets.", "there is no sheet %.80s",
		                     wanted ? wanted : "at all");
	*entry = chosen->target ? zip_find(x->zip, chosen->target) : NULL;
	if (!*entry)
		return reader_refuse(reader, "sheet", "Save the workbook again.", "the sheet %.80s is not in the file",
		                     chosen->name);
	return 0;
}

static int sheet_begin(Xlsx *x, const ZipEntry *entry) {
	parser_drop(x);
	x->suspended = x->xml_ended = false;
	x->sheet_row = 0;
	int code = zip_stream(x->zip, entry, &x->stream);
	if (code == 0) parser_make(x, sheet_start, sheet_end);
	return code;
}

static int row_filled(Xlsx *x) {
	int code;
	do
		code = row_next(x);
	while (code > 0 && row_empty(x));
	return code;
}

/* Looks at the first rows for the header, then begins the sheet anew. */
static int header_find(Xlsx *x, const ZipEntry *entry) {
	HeaderLook look = {0};
	Text cells[CSV_FIELDS_MAX];
	int code = 1;
	while (look.count < HEADER_LOOK && (code = row_filled(x)) > 0 && !x->beyond && !x->overlong) {
		for (int i = 0; i < x->max_column; i++)
			cells[i] = cell_text(x, i);
		header_look(&look, cells, x->max_column);
	}
	x->reader->titles = header_row_of(&look);
	if (code < 0) error_clear(x->reader->error); /* a fault further down is told when it is come to */
	return sheet_begin(x, entry);
}

static int read_header(Xlsx *x) {
	Reader *reader = x->reader;
	int code = 1;
	for (int i = 0; i <= reader->titles && code > 0; i++)
		code = row_filled(x);
	if (code < 0) return code;
	if (code == 0) return reader_refuse(reader, "empty", "Choose the sheet that holds the table.", "the sheet has no row");
	if (x->beyond || x->overlong)
		return reader_refuse(reader, "header", "Split the table.", "the header has more than %d columns or %d MiB",
		                     CSV_FIELDS_MAX, CSV_RECORD_MAX >> 20);
	x->header_row = reader->header_line = x->sheet_row;
	Text names[CSV_FIELDS_MAX];
	int count = 0;
	for (int i = 0; i < x->max_column; i++) {
		names[i] = cell_text(x, i);
		if (names[i].len) count = i + 1;
	}
	return reader_set_columns(reader, names, count);
}

int reader_xlsx_open(Reader *reader, const ReaderOptions *options) {
	static const ReaderOps ops = {.next = xlsx_next, .close = xlsx_close, .progress = xlsx_progress};
	Xlsx *x = ARENA_NEW(reader->arena, Xlsx);
	x->reader = reader;
	reader->self = x;
	reader->ops = &ops;
	buf_in(&x->shared, reader->arena);
	buf_in(&x->shared_at, reader->arena);
	buf_in(&x->text, reader->arena);
	buf_in(&x->row_text, reader->arena);
	x->style_dates = arena_alloc(reader->arena, STYLES_MAX);
	int code = open_workbook(x);
	const ZipEntry *entry = NULL;
	if (code == 0) code = choose_sheet(x, options->sheet, &entry);
	if (code == 0) code = sheet_begin(x, entry);
	if (code == 0 && !options->header_first) code = header_find(x, entry);
	return code < 0 ? code : read_header(x);
}
