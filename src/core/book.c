/* book: XLSX workbooks of one look: headings that stay and filter, each column's cells of one kind, words in the caller's
 * language. One request's thread. */
#include "core/core.h"
#include <math.h>
#include <xlsxwriter.h>

enum { EPOCH_DAY = 25569 /* 1970-01-01 as spreadsheets count */ };
#define DAY_US INT64_C(86400000000)
#define SHANGHAI_US INT64_C(28800000000)

/* --- words ----------------------------------------------------------------------------------------------------------- */
const char *book_word(Arena *arena, const BookWord *words, Text key, bool english) {
	for (; words->key; words++)
		if (text_is(key, words->key)) return english ? words->en : words->zh;
	return text_cstr(arena, key);
}

const char *book_word_key(const BookWord *words, Text any) {
	for (; words->key; words++)
		if (text_is(any, words->key) || text_is(any, words->zh) || text_is(any, words->en)) return words->key;
	return NULL;
}

/* --- workbooks ------------------------------------------------------------------------------------------------------- */
static const char *const formats[CELL_KINDS] = {
    [CELL_TEXT] = "@",       [CELL_ID] = "@",           [CELL_NUMBER] = "General",
    [CELL_COUNT] = "#,##0",  [CELL_POINTS] = "0.00",    [CELL_SCORE] = "0.0",
    [CELL_SHARE] = "0.0%",   [CELL_DAY] = "yyyy-mm-dd", [CELL_TIME] = "yyyy-mm-dd hh:mm:ss",
    [CELL_BOOL] = "General",
};

int book_open(Request *rq, const char *path, Book *out) {
	lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = app_path(rq->arena, rq->app, "spool")};
	*out = (Book){.arena = rq->arena, .file = workbook_new_opt(path, &options), .english = request_english(rq)};
	if (!out->file) return fail(rq, ERR_IO, "The workbook could not be made");
	out->head = workbook_add_format(out->file);
	format_set_bold(out->head);
	format_set_bg_color(out->head, 0xE8EEF7);
	for (int i = 0; i < CELL_KINDS; i++) {
		out->kinds[i] = workbook_add_format(out->file);
		format_set_num_format(out->kinds[i], formats[i]);
	}
	return 0;
}

int book_close(Request *rq, Book *book) {
	lxw_workbook *file = book->file;
	book->file = NULL;
	lxw_error closed = workbook_close(file);
	if (closed == LXW_NO_ERROR) return 0;
	return fail(rq, closed == LXW_ERROR_CREATING_XLSX_FILE ? ERR_FULL : ERR_IO, "The workbook could not be written: %s",
	            lxw_strerror(closed));
}

/* --- sheets ---------------------------------------------------------------------------------------------------------- */
BookSheet book_sheet(const Book *book, const char *name, int frozen) {
	BookSheet sheet = {.book = book, .page = workbook_add_worksheet(book->file, name), .arena = book->arena};
	worksheet_freeze_panes(sheet.page, 1, (lxw_col_t)frozen);
	return sheet;
}

void book_head(BookSheet *sheet, const char *title, int width, CellKind kind) {
	lxw_col_t at = sheet->columns++;
	worksheet_set_column(sheet->page, at, at, width, sheet->book->kinds[kind]);
	worksheet_write_string(sheet->page, 0, at, title, sheet->book->head);
}

void book_row(BookSheet *sheet) {
	sheet->row++;
	sheet->column = 0;
}

bool book_text(BookSheet *sheet, const char *text, lxw_format *format) {
	lxw_col_t at = sheet->column++;
	lxw_error error = LXW_NO_ERROR;
	if (text && *text)
		error =
		    worksheet_write_string(sheet->page, sheet->row, at, text, format ? format : sheet->book->kinds[CELL_TEXT]);
	else if (format)
		worksheet_write_blank(sheet->page, sheet->row, at, format);
	return error == LXW_NO_ERROR;
}

void book_number(BookSheet *sheet, CellKind kind, double value) {
	lxw_col_t at = sheet->column++;
	if (!isnan(value)) worksheet_write_number(sheet->page, sheet->row, at, value, sheet->book->kinds[kind]);
}

void book_integer(BookSheet *sheet, CellKind kind, int64_t value) {
	bool none = value == 0 && (kind == CELL_ID || kind == CELL_TIME);
	if (none)
		sheet->column++;
	else if (kind == CELL_ID)
		book_text(sheet, arena_printf(sheet->arena, "%lld", (long long)value), NULL);
	else if (kind == CELL_BOOL)
		book_text(sheet, sheet->book->english ? (value ? "yes" : "no") : value ? "是" : "否", NULL);
	else if (kind == CELL_DAY)
		book_number(sheet, kind, (double)(value + EPOCH_DAY));
	else if (kind == CELL_TIME) /* whole seconds, as people read them */
		book_number(sheet, kind, (double)((value + SHANGHAI_US) / 1000000 * 1000000) / (double)DAY_US + EPOCH_DAY);
	else
		book_number(sheet, kind, (double)value);
}

void book_sheet_end(BookSheet *sheet) {
	if (sheet->columns) worksheet_autofilter(sheet->page, 0, 0, sheet->row, (lxw_col_t)(sheet->columns - 1));
}

const char *book_time(Arena *arena, int64_t us) {
	char time[CLOCK_TEXT_MAX];
	if (!us) return NULL;
	clock_format(us, time);
	return arena_printf(arena, "%.10s %.8s", time, time + 11);
}

void book_notes(const Book *book, const BookNote *notes, size_t count) {
	lxw_worksheet *page = workbook_add_worksheet(book->file, book->english ? "About" : "说明");
	lxw_row_t at = 0;
	worksheet_set_column(page, 0, 0, 20, NULL);
	worksheet_set_column(page, 1, 1, 90, book->kinds[CELL_TEXT]);
	for (size_t i = 0; i < count; i++) {
		if (!notes[i].text) continue;
		worksheet_write_string(page, at, 0, notes[i].name, book->head);
		worksheet_write_string(page, at++, 1, notes[i].text, book->kinds[CELL_TEXT]);
	}
}

/* --- the rows of a query --------------------------------------------------------------------------------------------- */
static void cell_put(Request *rq, BookSheet *sheet, const BookColumn *column, Rows *rows) {
	bool none = rows_null(rows, column->column);
	if (column->say)
		book_text(sheet, column->say(rq, rows), NULL);
	else if (none)
		sheet->column++;
	else if (column->kind != CELL_TEXT && column->kind != CELL_POINTS && column->kind != CELL_SHARE)
		book_integer(sheet, column->kind, rows_int(rows, column->column));
	else if (column->kind == CELL_POINTS) {
		int64_t hundredths = rows_int(rows, column->column);
		book_number(sheet, CELL_POINTS, hundredths < 0 ? NAN : (double)hundredths / 100);
	} else if (column->kind == CELL_SHARE)
		book_number(sheet, CELL_SHARE, rows_double(rows, column->column));
	else {
		Text text = rows_text(rows, column->column);
		book_text(sheet,
		          column->words ? book_word(rq->arena, column->words, text, sheet->book->english)
		                        : text_cstr(rq->arena, text),
		          NULL);
	}
}

int book_query(Request *rq, const Book *book, const char *name, const BookColumn *columns, const char *sql, const Val *args,
               size_t count) {
	Rows *rows;
	BookSheet sheet = book_sheet(book, name, 0);
	int code = db_query(rq->db, &rows, sql, args, count);
	if (code < 0) return code;
	for (const BookColumn *column = columns; column->title; column++)
		book_head(&sheet, book->english ? column->title_en : column->title, column->width, column->kind);
	while ((code = rows_next(rows)) > 0 && sheet.row < BOOK_ROWS_MAX) {
		book_row(&sheet);
		for (const BookColumn *column = columns; column->title; column++)
			cell_put(rq, &sheet, column, rows);
	}
	rows_close(rows);
	book_sheet_end(&sheet);
	rq->row_count += sheet.row;
	return code < 0 ? code : 0;
}
