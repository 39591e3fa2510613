/* Unit tests of the readers: good files of each format, and every bad input that must be refused or kept as a record's fault. */
#include "exchange/reader.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>
#include <zlib.h>
#include <cmocka.h>

typedef struct Case {
	Arena *arena;
	char path[64];
	Error error;
	Reader *reader;
	ReaderRow row;
} Case;

static int set_up(void **state) {
	Case *c = calloc(1, sizeof *c);
	c->arena = arena_new();
	strcpy(c->path, "/tmp/reader_test.XXXXXX");
	close(mkstemp(c->path));
	*state = c;
	return 0;
}

static int tear_down(void **state) {
	Case *c = *state;
	arena_free(c->arena);
	unlink(c->path);
	free(c);
	return 0;
}

static void put(Case *c, const void *bytes, size_t len) {
	FILE *file = fopen(c->path, "wb");
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

static void put_text(Case *c, const char *text) {
	put(c, text, strlen(text));
}

static void put_gzip(Case *c, const char *text, size_t len) {
	gzFile file = gzopen(c->path, "wb");
	assert_int_equal(gzwrite(file, text, (unsigned)len), (int)len);
	gzclose(file);
}

static void opens(Case *c, const ReaderOptions *options) {
	error_clear(&c->error);
	if (reader_open(c->arena, c->path, options, &c->error, &c->reader) != 0)
		fail_msg("refused: %s (%s)", c->error.message, c->error.rule);
}

static void refuses(Case *c, const ReaderOptions *options, const char *rule) {
	error_clear(&c->error);
	Reader *untouched = (Reader *)c, *reader = untouched;
	assert_int_equal(reader_open(c->arena, c->path, options, &c->error, &reader), ERR_INVALID);
	assert_string_equal(c->error.rule, rule);
	assert_true(c->error.message[0] && reader == untouched);
}

/* The next row as "no|a|b|" with "~" for missing and "!rule" for a fault; "" at the end. */
static const char *next(Case *c) {
	int count, code = reader_next(c->reader, &c->row);
	if (code == 0) return "";
	if (code < 0) return arena_printf(c->arena, "error %s", c->error.rule);
	reader_columns(c->reader, &count);
	Buf *out = ARENA_NEW(c->arena, Buf);
	buf_in(out, c->arena);
	buf_printf(out, "%d|", (int)c->row.row_no);
	if (c->row.fault) {
		buf_printf(out, "!%s", c->row.fault->rule);
		assert_true(c->row.fault->message[0] && utf8_valid(text_of(c->row.fault->message)));
	} else {
		for (int i = 0; i < count; i++)
			buf_printf(out, "%.*s|", c->row.texts[i].at ? (int)c->row.texts[i].len : 1,
			           c->row.texts[i].at ? c->row.texts[i].at : "~");
	}
	buf_char(out, 0);
	return out->at;
}

static void all_rows(Case *c, const char *const *wanted) {
	for (; *wanted; wanted++)
		assert_string_equal(next(c), *wanted);
	assert_string_equal(next(c), "");
}
#define ROWS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* --- CSV ------------------------------------------------------------------------------------------------------------- */
static void test_csv(void **state) {
	Case *c = *state;
	put_text(c, "\xEF\xBB\xBF编号, 名称 ,备注\r\n1,\"甲,乙\",\r\n2,\"two\nlines\",\"\"\r\n");
	opens(c, NULL);
	int count;
	const Text *columns = reader_columns(c->reader, &count);
	assert_int_equal(count, 3);
	assert_true(text_is(columns[1], "名称"));
	assert_int_equal(reader_column(c->reader, TEXT("备注")), 2);
	assert_int_equal(reader_column(c->reader, TEXT("x")), -1);
	all_rows(c, ROWS("1|1|甲,乙|~|", "2|2|two\nlines||"));
	int64_t done, total;
	reader_progress(c->reader, &done, &total);
	assert_true(done == total && total > 0);
	json_t *snapshot = reader_snapshot(c->reader);
	assert_int_equal(strlen(json_string_value(json_object_get(snapshot, "sha256"))), 64);
	json_decref(snapshot);
	opens(c, NULL);
	assert_int_equal(reader_skip(c->reader, 1), 1);
	all_rows(c, ROWS("2|2|two\nlines||"));
}

static void test_csv_charsets(void **state) {
	Case *c = *state;
	put_text(c, "\xB1\xE0\xBA\xC5|\xC3\xFB\n1|\x83\x7C\n2|\xFF"
	            "b\n3|ok\n"); /* 0x837C holds a '|' */
	opens(c, NULL);
	assert_string_equal(reader_charset(c->reader), "gb18030");
	assert_int_equal(reader_separator(c->reader), '|');
	all_rows(c, ROWS("1|1|億|", "2|!encoding", "3|3|ok|"));
	put_text(c, "a,b\n1,\xE4\xB8\xAD\n2,\xFF\n3,\xE4\xB8\xAD\n");
	opens(c, &(ReaderOptions){.charset = "utf-8"});
	all_rows(c, ROWS("1|1|中|", "2|!encoding", "3|3|中|"));
	refuses(c, &(ReaderOptions){.charset = "klingon"}, "charset");
	static const char wide[] = "\xFF\xFE"
	                           "a\0,\0b\0\n\0"
	                           "1\0,\0\x2D\x4E\n";
	put(c, wide, sizeof wide); /* with its NUL: the second byte of the last line end */
	opens(c, NULL);
	all_rows(c, ROWS("1|1|中|"));
}

static void test_csv_faults(void **state) {
	Case *c = *state;
	static const char text[] = "a,b\n1,2\n3\n4,5,6\n\"x\"y,1\n7,\0\n8,9\n";
	put(c, text, sizeof text - 1);
	opens(c, NULL);
	all_rows(c, ROWS("1|1|2|", "2|!columns", "3|!columns", "4|!quote", "5|!nul", "6|8|9|"));
	opens(c, NULL);
	next(c);
	next(c);
	assert_true(text_is(c->row.raw, "3") && text_is(c->row.texts[0], "3") && !c->row.texts[1].at);
	next(c);
	assert_true(text_is(c->row.raw, "4,5,6"));
	/* cut off in the middle of a quoted text: that row is lost to a fault, and no other */
	put_text(c, "a,b\n1,2\n3,\"cut o");
	opens(c, NULL);
	all_rows(c, ROWS("1|1|2|", "2|!quote"));
}

static void test_header(void **state) {
	Case *c = *state;
	put_text(c, "");
	refuses(c, NULL, "empty");
	put_text(c, " \n\r\n");
	refuses(c, NULL, "empty");
	put_text(c, "a,b,a\n1,2,3\n");
	refuses(c, NULL, "header");
	put_text(c, "a,,b\n1,2,3\n");
	refuses(c, NULL, "header");
	put_text(c, "\"a,b\n1,2\n");
	refuses(c, NULL, "header");
	static const char picture[] =
	    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x8\6\0\0\0\\r\xa8\x66\0\0\0\1sRGB\0\xae\xce\x1c\xe9";
	put(c, picture, sizeof picture);
	refuses(c, NULL, "format");
	assert_int_equal(reader_open(c->arena, "/nonexistent/file", NULL, (error_clear(&c->error), &c->error), &c->reader),
	                 ERR_NOT_FOUND);
}

/* A title, a unit and a date above the header, as offices write them; row numbers are those below the header, lines the file's.
 */
static void test_title_rows(void **state) {
	Case *c = *state;
	int titles, count;
	put_text(c, "江阴市食品经营许可汇总表,,,\n单位：市场监管局,,,2026年11月\n编号,名称,地址,日期\n1,甲店,某路1号,2026-01-"
	            "01\n2,\"x,3,4\n");
	opens(c, NULL);
	assert_int_equal(reader_header_line(c->reader, &titles), 3);
	assert_int_equal(titles, 2);
	assert_true(text_is(reader_columns(c->reader, &count)[1], "名称"));
	assert_int_equal(count, 4);
	assert_string_equal(next(c), "1|1|甲店|某路1号|2026-01-01|");
	assert_string_equal(next(c), "2|!quote");
	assert_non_null(strstr(c->row.fault->message, "line 5"));
	refuses(c, &(ReaderOptions){.header_first = true}, "header");
	/* none of these has a title */
	put_text(c, "编号,名称\n1,甲\n2,乙,丙,丁,戊\n");
	opens(c, NULL);
	assert_int_equal(reader_header_line(c->reader, &titles), 1);
	put_text(c, "编号\n1\n2\n");
	opens(c, NULL);
	assert_int_equal(reader_header_line(c->reader, &titles), 1);
	put_text(c, "标题\n1,2,3\n4,5,6\n"); /* no row of names below: the first stays the header */
	opens(c, NULL);
	assert_int_equal(reader_header_line(c->reader, &titles), 1);
}

static void test_long_line(void **state) {
	Case *c = *state;
	FILE *file = fopen(c->path, "wb");
	fputs("a,b\n1,2\n", file);
	static char block[1 << 20];
	memset(block, 'x', sizeof block);
	for (int i = 0; i < 100; i++)
		fwrite(block, 1, sizeof block, file);
	fputs("\n3,4\n", file);
	fclose(file);
	opens(c, &(ReaderOptions){.sha256 = "-", .size = 1});
	all_rows(c, ROWS("1|1|2|", "2|!too_long", "3|3|4|"));
	assert_true(arena_used(c->arena) < 32 << 20);
}

/* --- gzip ------------------------------------------------------------------------------------------------------------ */
static void test_gzip(void **state) {
	Case *c = *state;
	put_gzip(c, "a,b\n1,2\n", 8);
	opens(c, NULL);
	assert_true(reader_gzip(c->reader));
	all_rows(c, ROWS("1|1|2|"));
	/* two members, as `cat a.gz b.gz` makes them */
	gzFile more = gzopen(c->path, "ab");
	gzputs(more, "3,4\n");
	gzclose(more);
	opens(c, NULL);
	all_rows(c, ROWS("1|1|2|", "2|3|4|"));
	/* cut off at every byte: never the end of the file in silence */
	static char bytes[4096];
	put_gzip(c, "a,b\n1,2\n3,4\n5,6\n", 16);
	FILE *file = fopen(c->path, "rb");
	size_t len = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	for (size_t cut = 2; cut < len; cut++) {
		put(c, bytes, cut);
		refuses(c, NULL, "truncated");
	}
	bytes[len / 2] ^= 0x55;
	put(c, bytes, len);
	refuses(c, NULL, "truncated");
}

static void test_gzip_bomb(void **state) {
	Case *c = *state;
	gzFile file = gzopen(c->path, "wb9");
	gzputs(file, "a\n");
	static char zeros[1 << 20];
	memset(zeros, '\n', sizeof zeros);
	for (int i = 0; i < 200; i++)
		gzwrite(file, zeros, sizeof zeros);
	gzclose(file);
	/* zlib reaches 1032:1 at most, so that the ratio must be just below */
	error_clear(&c->error);
	opens(c, &(ReaderOptions){.sha256 = "-"});
	assert_string_equal(next(c), "error bomb");
}

/* --- JSON Lines ------------------------------------------------------------------------------------------------------ */
static void test_jsonl(void **state) {
	Case *c = *state;
	put_text(c, "{\"id\":1,\"name\":\"\\u4e2d\\ud83d\\ude00\\n\",\"ok\":true}\n\n"
	            "{\"id\":123456789012345678901234567890.50,\"name\":null,\"deep\":{\"b\": [1, 2],\"a\":\"x\"}}\r\n"
	            "{\"id\":\"\",\"name\":3}");
	opens(c, NULL);
	assert_int_equal(reader_format(c->reader), READER_JSONL);
	all_rows(c, ROWS("1|1|中😀\n|true|~|", "2|123456789012345678901234567890.50|~|~|{\"b\":[1,2],\"a\":\"x\"}|", "3||3|~|~|"));
}

static void test_jsonl_faults(void **state) {
	Case *c = *state;
	static const char *const bad[] = {"{\"a\":1", "{\"a\":01}", "{\"a\":nul}", "{\"a\":\"\x01\"}", "{\"a\":\"\\ud800\"}",
	                                  "{\"a\":1,}", "{a:1}", "{\"a\":1}x", "[1]", "{\"a\":1,\"a\":2}", "{\"a\":[1,}",
	                                  "{\"a\":\"\\u0000\"}", "{\"a\" 1}", "{\"a\":}", "\"a\"",
	                                  /* jansson stops at the first wrong byte and quotes what it has of the character */
	                                  "{\"a\":[\"\\ud中\"]}"};
	Buf text = {0};
	buf_str(&text, "{\"a\":1}\n");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		buf_printf(&text, "%s\n", bad[i]);
	buf_str(&text, "{\"a\":2}\n{\"a\":\"\xFF\"}\n");
	put(c, text.at, text.len);
	buf_free(&text);
	opens(c, &(ReaderOptions){.charset = "utf-8"});
	assert_string_equal(next(c), "1|1|");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *got = next(c);
		if (!strstr(got, "!json")) fail_msg("%s gave %s", bad[i], got);
		assert_true(text_is(c->row.raw, bad[i]));
		assert_true(utf8_valid(text_of(c->row.fault->message)));
	}
	all_rows(c, ROWS("18|2|", "19|!encoding"));
	put_text(c, "{oops\n{oops\n");
	refuses(c, NULL, "json");
	put_text(c, "[{\"a\":1}]");
	refuses(c, NULL, "json");
}

static void test_jsonl_late(void **state) {
	Case *c = *state;
	FILE *file = fopen(c->path, "wb");
	for (int i = 0; i < READER_SAMPLE_ROWS; i++)
		fprintf(file, "{\"a\":%d}\n", i);
	fputs("{\"a\":1,\"late\":2}\n{\"a\":\"", file);
	for (int i = 0; i < CSV_RECORD_MAX + 10; i++)
		fputc('x', file);
	fputs("\"}\n{\"a\":7}\n", file);
	fclose(file);
	opens(c, NULL);
	assert_int_equal(reader_skip(c->reader, READER_SAMPLE_ROWS), 1);
	assert_string_equal(next(c), "1001|1|");
	assert_int_equal(c->row.late_count, 1);
	assert_true(text_is(c->row.late_names[0], "late") && text_is(c->row.late_texts[0], "2"));
	all_rows(c, ROWS("1002|!too_long", "1003|7|"));
}

/* --- GeoJSON ---------------------------------------------------------------------------------------------------------------- */
static void test_geojson(void **state) {
	Case *c = *state;
	put_text(c, "{\"type\":\"FeatureCollection\",\"crs\":{\"features\":[1,{\"a\":\"]}\"}]},\n\"features\": [\n"
	            " {\"type\":\"Feature\",\"id\":7,\"properties\":{\"n\":\"a]}\\\"\",\"v\":1.50},\"geometry\":{\"type\":"
	            "\"Point\",\"coordinates\":[120.29, 31.91, 5]}} ,"
	            "{\"type\":\"Feature\",\"properties\":null,\"geometry\":null}]\n,\"bbox\":[1,2]}\n");
	opens(c, NULL);
	assert_int_equal(reader_format(c->reader), READER_GEOJSON);
	int count;
	const Text *columns = reader_columns(c->reader, &count);
	assert_int_equal(count, 5);
	assert_true(text_is(columns[2], "id") && text_is(columns[3], "lon") && text_is(columns[4], "lat"));
	all_rows(c, ROWS("1|a]}\"|1.50|7|120.29|31.91|", "2|~|~|~|~|~|"));
	put_text(c, "{\"features\":[{\"type\":\"Feature\",\"properties\":{\"n\":1},\"geometry\":{\"type\":\"Polygon\","
	            "\"coordinates\":[[[0, 0],[1.3,0],[1,1],[0,0]]]}},"
	            "{\"type\":\"Feature\",\"properties\":{\"n\":2},\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,2]}}],"
	            "\"type\":\"FeatureCollection\"}");
	opens(c, NULL);
	all_rows(c, ROWS("1|1|{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1.3,0],[1,1],[0,0]]]}|",
	                 "2|2|{\"type\":\"Point\",\"coordinates\":[1,2]}|"));
}

static void test_geojson_faults(void **state) {
	Case *c = *state;
	static const char whole[] =
	    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"n\":1},\"geometry\":null},"
	    "{\"type\":\"Thing\"},{\"type\":\"Feature\",\"properties\":[]},{\"n\":tru},{\"type\":\"Feature\",\"properties\":{"
	    "\"n\":5},"
	    "\"geometry\":{\"type\":\"Point\",\"coordinates\":[1]}},{\"type\":\"Feature\",\"properties\":{\"n\":6}}]}";
	put_text(c, whole);
	opens(c, NULL);
	all_rows(c, ROWS("1|1|", "2|!json", "3|!json", "4|!json", "5|!json", "6|6|"));
	/* cut off anywhere after the columns are known: an error at open or at the end, never a quiet end */
	size_t len = sizeof whole - 1;
	for (size_t cut = 45; cut < len; cut++) {
		put(c, whole, cut);
		error_clear(&c->error);
		assert_int_equal(reader_open(c->arena, c->path, NULL, &c->error, &c->reader), ERR_INVALID);
		assert_string_equal(c->error.rule, "truncated");
	}
	put_text(c, "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"n\":1}},5]}");
	refuses(c, NULL, "json");
	put_text(c, "{\"type\":\"FeatureCollection\",\"features\":[]}");
	refuses(c, NULL, "empty");
}

/* --- XLSX ------------------------------------------------------------------------------------------------------------------- */
static void test_xlsx(void **state) {
	Case *c = *state;
	lxw_workbook *book = workbook_new(c->path);
	lxw_worksheet *first = workbook_add_worksheet(book, "说明"), *sheet = workbook_add_worksheet(book, "数据");
	lxw_format *date = workbook_add_format(book), *moment = workbook_add_format(book), *money = workbook_add_format(book);
	format_set_num_format(date, "yyyy\"年\"m\"月\"d\"日\"");
	format_set_num_format(moment, "yyyy-mm-dd hh:mm:ss");
	format_set_num_format(money, "#,##0.00;[Red]-#,##0.00");
	worksheet_write_string(first, 0, 0, "只有一列", NULL);
	static const char *const names[] = {"编号", "日期", "时间", "金额", "启用", "备注"};
	for (int i = 0; i < 6; i++)
		worksheet_write_string(sheet, 1, (lxw_col_t)i, names[i], NULL);
	lxw_datetime day = {2024, 2, 29, 0, 0, 0}, time = {1999, 12, 31, 23, 59, 58.5};
	worksheet_write_string(sheet, 2, 0, "001", NULL);
	worksheet_write_datetime(sheet, 2, 1, &day, date);
	worksheet_write_datetime(sheet, 2, 2, &time, moment);
	worksheet_write_number(sheet, 2, 3, 19.9, money);
	worksheet_write_boolean(sheet, 2, 4, 1, NULL);
	worksheet_write_string(sheet, 2, 5, "<b>&amp; \"引号\"\n换行", NULL);
	worksheet_write_number(sheet, 4, 0, 320281199001011234.0, NULL);
	worksheet_write_formula_num(sheet, 4, 3, "=0.1+0.2", NULL, 0.1 + 0.2);
	worksheet_write_blank(sheet, 4, 5, money);
	worksheet_write_string(sheet, 5, 7, "beyond", NULL);
	worksheet_write_number(sheet, 6, 1, 60, date);
	worksheet_write_number(sheet, 6, 3, 1e-7, NULL);
	assert_int_equal(workbook_close(book), LXW_NO_ERROR);
	opens(c, &(ReaderOptions){.sheet = "数据", .name = "x.xlsx"});
	int count;
	const char *const *sheets = reader_sheets(c->reader, &count);
	assert_int_equal(count, 2);
	assert_string_equal(sheets[0], "说明");
	all_rows(c, ROWS("1|001|2024-02-29|1999-12-31 23:59:58.500|19.9|true|<b>&amp; \"引号\"\n换行|",
	                 "3|320281199001011328|~|~|0.3|~|~|", "4|!columns", "5|~|60|~|1e-7|~|~|"));
	opens(c, NULL);
	all_rows(c, (const char *const[]){NULL});
	refuses(c, &(ReaderOptions){.sheet = "nowhere"}, "sheet");
}

/* A zip made by hand: stored entries, so that names and contents can be anything. */
static void zip_put(Buf *zip, Buf *directory, int *count, const char *name, const char *content, int flags) {
	uint32_t crc = (uint32_t)crc32(0, (const Bytef *)content, (uInt)strlen(content)), size = (uint32_t)strlen(content);
	uint32_t at = (uint32_t)zip->len;
	uint16_t name_len = (uint16_t)strlen(name), version = 20, zero = 0, flag = (uint16_t)flags;
	uint32_t none = 0;
	Buf *both[] = {zip, directory};
	for (int i = 0; i < 2; i++) {
		buf_add(both[i], i ? "PK\1\2\x14\0" : "PK\3\4", i ? 6 : 4);
		buf_add(both[i], &version, 2);
		buf_add(both[i], &flag, 2);
		buf_add(both[i], "\0\0\0\0\0\0", 6);
		buf_add(both[i], &crc, 4);
		buf_add(both[i], &size, 4);
		buf_add(both[i], &size, 4);
		buf_add(both[i], &name_len, 2);
		buf_add(both[i], &zero, 2);
		if (i) {
			buf_add(both[i], "\0\0\0\0\0\0", 6);
			buf_add(both[i], &none, 4);
			buf_add(both[i], &at, 4);
		}
		buf_add(both[i], name, name_len);
	}
	buf_str(zip, content);
	++*count;
}

static void zip_end(Case *c, Buf *zip, Buf *directory, int count) {
	uint32_t at = (uint32_t)zip->len, size = (uint32_t)directory->len;
	uint16_t n = (uint16_t)count;
	buf_text(zip, buf_as_text(directory));
	buf_add(zip, "PK\5\6\0\0\0\0", 8);
	buf_add(zip, &n, 2);
	buf_add(zip, &n, 2);
	buf_add(zip, &size, 4);
	buf_add(zip, &at, 4);
	buf_add(zip, "\0\0", 2);
	put(c, zip->at, zip->len);
	buf_free(zip);
	buf_free(directory);
}

#define BOOK "<workbook xmlns:r=\"r\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
#define RELS "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>"

static void book_put(Case *c, const char *sheet, const char *extra_name, const char *extra, int flags) {
	Buf zip = {0}, directory = {0};
	int count = 0;
	zip_put(&zip, &directory, &count, "xl/workbook.xml", BOOK, flags);
	zip_put(&zip, &directory, &count, "xl/_rels/workbook.xml.rels", RELS, 0);
	zip_put(&zip, &directory, &count, "xl/worksheets/sheet1.xml", sheet, 0);
	if (extra_name) zip_put(&zip, &directory, &count, extra_name, extra, 0);
	zip_end(c, &zip, &directory, count);
}

#define SHEET                                                                                                                    \
	"<worksheet><sheetData><row><c "                                                                                         \
	"t=\"inlineStr\"><is><t>a</t></is></c></row><row><c><v>1</v></c></row></sheetData></worksheet>"

static void test_xlsx_bad(void **state) {
	Case *c = *state;
	book_put(c, SHEET, NULL, NULL, 0);
	opens(c, NULL);
	all_rows(c, ROWS("1|1|"));
	book_put(c, SHEET, "../../etc/cron.d/x", "x", 0);
	refuses(c, NULL, "unsafe");
	book_put(c, SHEET, "XL/workbook.xml", "x", 0);
	refuses(c, NULL, "unsafe");
	book_put(c, SHEET, NULL, NULL, 1);
	refuses(c, NULL, "encrypted");
	book_put(c, "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>" SHEET, NULL, NULL, 0);
	refuses(c, NULL, "unsafe");
	book_put(c, "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>a</t></is></c></row><row><c><v>1</v></c></row><row>",
	         NULL, NULL, 0);
	opens(c, NULL);
	assert_string_equal(next(c), "1|1|");
	assert_string_equal(next(c), "error truncated");
	book_put(c, SHEET, "xl/sharedStrings.xml", "<sst><si><t>a</t>", 0);
	refuses(c, NULL, "truncated");
	book_put(c,
	         "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>a</t></is></c></row><row><c "
	         "t=\"s\"><v>99</v></c></row></sheetData></worksheet>",
	         NULL, NULL, 0);
	opens(c, NULL);
	all_rows(c, ROWS("1|!columns"));
	put_text(c, "PK\3\4 not really");
	refuses(c, NULL, "truncated");
	put(c, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
	refuses(c, NULL, "encrypted");
	Buf zip = {0}, directory = {0};
	int count = 0;
	zip_put(&zip, &directory, &count, "readme.txt", "hello", 0);
	zip_end(c, &zip, &directory, count);
	refuses(c, NULL, "format");
}

/* A sheet of 200 MB of blanks deflates beyond 100:1. */
/* The title of a Chinese office's sheet: one merged cell above the header, an empty row, then names. */
static void test_xlsx_title(void **state) {
	Case *c = *state;
	static const char *const names[] = {"编号", "名称", "地址"};
	int titles;
	lxw_workbook *book = workbook_new(c->path);
	lxw_worksheet *sheet = workbook_add_worksheet(book, "数据");
	worksheet_merge_range(sheet, 0, 0, 0, 2, "江阴市食品经营许可汇总表（2026年）", NULL);
	for (int i = 0; i < 3; i++)
		worksheet_write_string(sheet, 2, (lxw_col_t)i, names[i], NULL);
	for (int row = 3; row < 60; row++) {
		worksheet_write_number(sheet, (lxw_row_t)row, 0, row, NULL);
		worksheet_write_string(sheet, (lxw_row_t)row, 1, "甲店", NULL);
	}
	worksheet_write_string(sheet, 4, 5, "多出来的", NULL);
	workbook_close(book);
	opens(c, NULL);
	assert_int_equal(reader_header_line(c->reader, &titles), 3);
	assert_int_equal(titles, 1);
	assert_string_equal(next(c), "1|3|甲店|~|");
	assert_string_equal(next(c), "2|!columns");
	assert_non_null(strstr(c->row.fault->message, "row 5 ")); /* the sheet's own number */
	assert_string_equal(next(c), "3|5|甲店|~|");
}

static void test_xlsx_bomb(void **state) {
	Case *c = *state;
	enum { SIZE = 200 << 20 };
	char *blanks = malloc(SIZE);
	memset(blanks, ' ', SIZE);
	memcpy(blanks, "<worksheet>", 11);
	uLongf packed_len = compressBound(SIZE);
	char *packed = malloc(packed_len);
	z_stream z = {.next_in = (Bytef *)blanks, .avail_in = SIZE, .next_out = (Bytef *)packed, .avail_out = (uInt)packed_len};
	deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	Buf zip = {0}, directory = {0};
	int count = 0;
	zip_put(&zip, &directory, &count, "xl/workbook.xml", BOOK, 0);
	zip_put(&zip, &directory, &count, "xl/_rels/workbook.xml.rels", RELS, 0);
	size_t local = zip.len, central = directory.len;
	zip_put(&zip, &directory, &count, "xl/worksheets/sheet1.xml", "", 0);
	uint32_t sizes[2] = {(uint32_t)z.total_out, SIZE};
	memcpy(zip.at + local + 8, "\x08", 1);
	memcpy(zip.at + local + 18, sizes, 8);
	memcpy(directory.at + central + 10, "\x08", 1);
	memcpy(directory.at + central + 20, sizes, 8);
	buf_add(&zip, packed, z.total_out);
	zip_end(c, &zip, &directory, count);
	free(blanks);
	free(packed);
	refuses(c, NULL, "bomb");
}

/* --- files of the real world: skipped, saying so, where they are not there -------------------------------------------------- */
static void test_real(void **state) {
	Case *c = *state;
	static const struct {
		const char *path;
		ReaderFormat format;
		int64_t least;
		int columns_least;
	} files[] = {
	    {"divisions/cn_villages_l5.csv.gz", READER_CSV, 500000, 2},
	    {"events/chicago_311_sanitation_2000_2013.csv.gz", READER_CSV, 10000, 3},
	    {"linkage/chicago_food_inspections.csv.gz", READER_CSV, 1000, 3},
	    {"catalogue/philly_datasets.jsonl.gz", READER_JSONL, 100, 3},
	    {"boundaries/ch_l4_municipalities_2020.geojson.gz", READER_GEOJSON, 1000, 2},
	    {"boundaries/la_neighborhood_councils.geojson.gz", READER_GEOJSON, 50, 2},
	};
	unlink(c->path); /* the path is used for others here */
	const char *folder = getenv("YIWANG_DATA") ? getenv("YIWANG_DATA") : "../shared/data";
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(c->path, sizeof c->path, "%s/%s", folder, files[i].path);
		if (access(c->path, R_OK) != 0) {
			print_message("skipped, not here: %s\n", c->path);
			continue;
		}
		opens(c, NULL);
		int64_t rows = 0, faults = 0;
		int code, columns;
		while ((code = reader_next(c->reader, &c->row)) > 0) {
			rows++;
			faults += c->row.fault != NULL;
			if (c->row.fault && faults < 4)
				print_message("  row %lld: %s\n", (long long)c->row.row_no, c->row.fault->message);
		}
		reader_columns(c->reader, &columns);
		print_message("%s: %lld rows, %d columns, %lld faults, %s\n", files[i].path, (long long)rows, columns,
		              (long long)faults, reader_charset(c->reader));
		assert_int_equal(code, 0);
		assert_true(rows >= files[i].least && columns >= files[i].columns_least && faults * 1000 <= rows);
		assert_int_equal(reader_format(c->reader), files[i].format);
	}
	strcpy(c->path, "/tmp/reader_test.none");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void) {
	const struct CMUnitTest tests[] = {
	    TEST(test_csv),        TEST(test_csv_charsets),   TEST(test_csv_faults),   TEST(test_header),
	    TEST(test_title_rows), TEST(test_xlsx_title),     TEST(test_long_line),    TEST(test_gzip),
	    TEST(test_gzip_bomb),  TEST(test_jsonl),          TEST(test_jsonl_faults), TEST(test_jsonl_late),
	    TEST(test_geojson),    TEST(test_geojson_faults), TEST(test_xlsx),         TEST(test_xlsx_bad),
	    TEST(test_xlsx_bomb),  TEST(test_real),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
