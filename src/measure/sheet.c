/* sheet: rows of a query as a sheet of an XLSX workbook, by a table of columns. Words are Chinese, ids are texts (a spreadsheet
 * keeps 15 digits), times and days are texts as people write them. Workers. */
#include "measure/parts.h"
#include <xlsxwriter.h>

static void cell_write(Request *rq, lxw_worksheet *page, lxw_row_t row, lxw_col_t at, const SheetColumn *column, Rows *rows) {
	char time[CLOCK_TEXT_MAX];
	if (rows_null(rows, column->column)) return;
	int64_t number = column->kind == MEMBER_TEXT || column->kind == MEMBER_DOUBLE ? 0 : rows_int(rows, column->column);
	switch (column->kind) {
	case MEMBER_INT:
		worksheet_write_number(page, row, at, (double)number, NULL);
		break;
	case MEMBER_DOUBLE:
		worksheet_write_number(page, row, at, rows_double(rows, column->column), NULL);
		break;
	case MEMBER_BOOL:
		worksheet_write_string(page, row, at, number ? "是" : "否", NULL);
		break;
	case MEMBER_DAY:
		worksheet_write_string(page, row, at, date_format((int32_t)number, time), NULL);
		break;
	case MEMBER_TIME:
		if (number) {
			clock_format(number, time);
			time[10] = ' ';
			time[19] = '\0'; /* seconds, Asia/Shanghai */
			worksheet_write_string(page, row, at, time, NULL);
		}
		break;
	case MEMBER_ID:
		if (number) worksheet_write_string(page, row, at, arena_printf(rq->arena, "%lld", (long long)number), NULL);
		break;
	default: {
		Text text = rows_text(rows, column->column);
		worksheet_write_string(
		    page, row, at, column->words ? word_zh(rq->arena, column->words, text) : text_cstr(rq->arena, text), NULL);
	}
	}
}

int sheet_add(Request *rq, AnswerBook *book, const char *name, const SheetColumn *columns, const char *sql, const Val *args,
              size_t count) {
	Rows *rows;
	lxw_worksheet *page = workbook_add_worksheet(book->file, name);
	int code = db_query(rq->db, &rows, sql, args, count);
	if (code < 0) return code;
	for (lxw_col_t i = 0; columns[i].title; i++) {
		worksheet_set_column(page, i, i, columns[i].width, NULL);
		worksheet_write_string(page, 0, i, columns[i].title, book->head);
	}
	worksheet_freeze_panes(page, 1, 0);
	lxw_row_t at = 0;
	while ((code = rows_next(rows)) > 0 && at < SHEET_ROWS_MAX) {
		at++;
		for (lxw_col_t i = 0; columns[i].title; i++)
			cell_write(rq, page, at, i, &columns[i], rows);
	}
	rows_close(rows);
	rq->row_count += at;
	return code < 0 ? code : 0;
}
