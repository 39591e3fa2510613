/* record_file.h: XLSX by libxlsxwriter, row by row in constant memory. The first sheet holds the records, the second what a
 * reader of the file must know about it. Texts are text cells, which a spreadsheet never runs as formulas. */
#include "exchange/record_file_private.h"
#include <unistd.h>
#include <xlsxwriter.h>

enum { ROWS_MAX = 1048575, TEXT_MAX = 32767, DIGITS = 15 };

typedef struct Book {
	lxw_workbook *workbook;
	lxw_worksheet *sheet;
	lxw_format *head;
} Book;

static int book_failed(RecordFile *file, lxw_error error) {
	return fail(file->rq, error == LXW_ERROR_CREATING_XLSX_FILE ? ERR_FULL : ERR_IO, "The workbook could not be written: %s",
	            lxw_strerror(error));
}

static int begin(RecordFile *file) {
	Book *book = file->state = ARENA_NEW(file->rq->arena, Book);
	lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = app_path(file->rq->arena, file->rq->app, "spool")};
	book->workbook = workbook_new_opt(file->path, &options);
	if (!book->workbook) return fail(file->rq, ERR_IO, "The workbook could not be made");
	book->sheet = workbook_add_worksheet(book->workbook, "数据");
	book->head = workbook_add_format(book->workbook);
	format_set_bold(book->head);
	worksheet_freeze_panes(book->sheet, 1, 0);
	int extra = (int)file->wants->ops, columns = file->scan->count + extra;
	worksheet_set_column(book->sheet, 0, (lxw_col_t)(columns > 0 ? columns - 1 : 0), 18, NULL);
	const char *const names[] = {RECORD_ID_COLUMN, RECORD_OP_COLUMN};
	for (int i = 0; i < columns; i++)
		worksheet_write_string(book->sheet, 0, (lxw_col_t)i, i < extra ? names[i] : record_file_column(file, i - extra),
		                       book->head);
	return 0;
}

/* Numbers that a spreadsheet keeps exactly. */
static bool is_number(const ScanField *given, Text text) {
	FieldKind kind = given->field->kind;
	return !given->masked && (kind == KIND_INTEGER || kind == KIND_DECIMAL || kind == KIND_DOUBLE) && text.len <= DIGITS;
}

/* 0, a positive lxw_error, or a code. */
static int cell(RecordFile *file, lxw_row_t row, lxw_col_t column, int i) {
	Book *book = file->state;
	const ScanField *given = &file->scan->fields[i];
	Text text = record_file_text(file, i);
	char kept[TEXT_MAX * 4 + 1];
	double number;
	if (!text.at) return 0;
	if (given->field->kind == KIND_DOUBLE && !given->masked)
		return worksheet_write_number(book->sheet, row, column, record_scan_value(file->scan, i).d, NULL);
	if (is_number(given, text) && text_to_double(text, &number) == 0)
		return worksheet_write_number(book->sheet, row, column, number, NULL);
	bool fits = text.len < sizeof kept && utf8_count(text) <= TEXT_MAX;
	if (!fits)
		return error_field(file->rq->error, ERR_INVALID, "format", TEXT("xlsx"), "xlsx_text", "Choose CSV or JSON Lines.",
		                   "A text of %s is longer than the 32,767 characters that a cell holds", given->field->name);
	memcpy(kept, text.at, text.len);
	kept[text.len] = '\0';
	return worksheet_write_string(book->sheet, row, column, kept, NULL);
}

static int row(RecordFile *file) {
	Book *book = file->state;
	lxw_row_t at = (lxw_row_t)file->rows;
	int extra = (int)file->wants->ops, code = 0;
	char id[24];
	if (file->rows > ROWS_MAX)
		return error_field(file->rq->error, ERR_INVALID, "format", TEXT("xlsx"), "xlsx_rows", "Choose CSV or JSON Lines.",
		                   "There are more than the 1,048,575 records that a sheet holds");
	snprintf(id, sizeof id, "%lld", (long long)file->record_id);
	if (extra >= OPS_ID) code = worksheet_write_string(book->sheet, at, 0, id, NULL);
	if (extra == OPS_CHANGES && code == 0) code = worksheet_write_string(book->sheet, at, 1, record_file_op(file), NULL);
	for (int i = 0; i < file->scan->count && code == 0; i++)
		code = cell(file, at, (lxw_col_t)(i + extra), i);
	return code > 0 ? book_failed(file, (lxw_error)code) : code;
}

static void about(RecordFile *file) {
	Book *book = file->state;
	Request *rq = file->rq;
	const RecordScan *scan = file->scan;
	lxw_worksheet *sheet = workbook_add_worksheet(book->workbook, "下载说明");
	Buf masked = {0};
	for (int i = 0; i < scan->count; i++)
		if (scan->fields[i].masked) buf_printf(&masked, "%s%s", masked.len ? "、" : "", record_file_column(file, i));
	const char *rows[][2] = {
	    {"资源", scan->resource->name},
	    {"资源代码", scan->resource->code},
	    {"下载人", file->wants->who},
	    {"下载时间", file->wants->at},
	    {"授权编号",
	     scan->grant ? arena_printf(rq->arena, "%lld", (long long)scan->grant->grant_id) : "无（本部门数据或无条件共享）"},
	    {"用途", scan->grant ? scan->grant->purpose : ""},
	    {"记录数", arena_printf(rq->arena, "%lld", (long long)file->rows)},
	    {"脱敏字段", text_cstr(rq->arena, buf_as_text(&masked))},
	};
	worksheet_set_column(sheet, 0, 0, 14, book->head);
	worksheet_set_column(sheet, 1, 1, 80, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		worksheet_write_string(sheet, (lxw_row_t)i, 0, rows[i][0], book->head);
		worksheet_write_string(sheet, (lxw_row_t)i, 1, rows[i][1], NULL);
	}
	buf_free(&masked);
	lxw_doc_properties properties = {
	    .title = arena_strdup(rq->arena, scan->resource->name),
	    .author = arena_strdup(rq->arena, file->wants->who),
	    .comments = arena_strdup(rq->arena, file->wants->note),
	};
	workbook_set_properties(book->workbook, &properties);
}

static int end(RecordFile *file) {
	Book *book = file->state;
	about(file);
	lxw_workbook *workbook = book->workbook;
	book->workbook = NULL;
	lxw_error closed = workbook_close(workbook);
	return closed == LXW_NO_ERROR ? 0 : book_failed(file, closed);
}

static void drop(RecordFile *file) {
	Book *book = file->state;
	if (!book || !book->workbook) return;
	workbook_close(book->workbook); /* the one way to free it */
	unlink(file->path);             /* it would write the file again */
}

const RecordWriter record_writer_xlsx = {begin, row, end, drop};
