/* record_file.h: XLSX by libxlsxwriter, row by row in constant memory. The first sheet holds the records, the second what a
 * reader of the file must know about it. Texts are text cells, which a spreadsheet never runs as formulas. */
#include "exchange/record_file_private.h"
#include <unistd.h>
#include <xlsxwriter.h>

enum { ROWS_MAX = 1048575, DIGITS = 15 };

typedef struct Records {
	Book book; /* file NULL: closed */
	BookSheet sheet;
} Records;

/* Numbers that a spreadsheet keeps exactly. */
static bool is_number(const ScanField *given) {
	FieldKind kind = given->field->kind;
	return !given->masked && (kind == KIND_INTEGER || kind == KIND_DECIMAL || kind == KIND_DOUBLE);
}

static int begin(RecordFile *file) {
	Records *to = file->state = ARENA_NEW(file->rq->arena, Records);
	int code = book_open(file->rq, file->path, &to->book);
	if (code < 0) return code;
	to->sheet = book_sheet(&to->book, request_say(file->rq, "数据", "Data"), 0);
	to->sheet.arena = arena_new(); /* of a row */
	if (file->wants->ops >= OPS_ID) book_head(&to->sheet, RECORD_ID_COLUMN, 22, CELL_ID);
	if (file->wants->ops == OPS_CHANGES) book_head(&to->sheet, RECORD_OP_COLUMN, 12, CELL_TEXT);
	for (int i = 0; i < file->scan->count; i++)
		book_head(&to->sheet, record_file_column(file, i), 18,
		          is_number(&file->scan->fields[i]) ? CELL_NUMBER : CELL_TEXT);
	return 0;
}

static int too_long(RecordFile *file, const char *name) {
	return error_field(file->rq->error, ERR_INVALID, "format", TEXT("xlsx"), "xlsx_text", "Choose CSV or JSON Lines.",
	                   "A text of %s is longer than the 32,767 characters that a cell holds", name);
}

static int cell(RecordFile *file, int i) {
	Records *to = file->state;
	const ScanField *given = &file->scan->fields[i];
	Text text = record_file_text(file, i);
	double number;
	if (!text.at) {
		to->sheet.column++;
		return 0;
	}
	if (given->field->kind == KIND_DOUBLE && !given->masked)
		book_number(&to->sheet, CELL_NUMBER, record_scan_value(file->scan, i).d);
	else if (is_number(given) && text.len <= DIGITS && text_to_double(text, &number) == 0)
		book_number(&to->sheet, CELL_NUMBER, number);
	else if (text.len > BOOK_TEXT_MAX * 4 || !book_text(&to->sheet, text_cstr(to->sheet.arena, text), NULL))
		return too_long(file, given->field->name);
	return 0;
}

static int row(RecordFile *file) {
	Records *to = file->state;
	int code = 0;
	if (file->rows > ROWS_MAX)
		return error_field(file->rq->error, ERR_INVALID, "format", TEXT("xlsx"), "xlsx_rows", "Choose CSV or JSON Lines.",
		                   "There are more than the 1,048,575 records that a sheet holds");
	arena_reset(to->sheet.arena);
	book_row(&to->sheet);
	if (file->wants->ops >= OPS_ID) book_integer(&to->sheet, CELL_ID, file->record_id);
	if (file->wants->ops == OPS_CHANGES) book_text(&to->sheet, record_file_op(file), NULL);
	for (int i = 0; i < file->scan->count && code == 0; i++)
		code = cell(file, i);
	return code;
}

static const char *masked_fields(RecordFile *file) {
	Buf *masked = ARENA_NEW(file->rq->arena, Buf);
	buf_in(masked, file->rq->arena);
	for (int i = 0; i < file->scan->count; i++)
		if (file->scan->fields[i].masked)
			buf_printf(masked, "%s%s", masked->len ? request_say(file->rq, "、", ", ") : "",
			           record_file_column(file, i));
	return text_cstr(file->rq->arena, buf_as_text(masked));
}

static void about(RecordFile *file) {
	Records *to = file->state;
	Request *rq = file->rq;
	const RecordScan *scan = file->scan;
	const BookNote notes[] = {
	    {request_say(rq, "资源", "Resource"), scan->resource->name},
	    {request_say(rq, "资源代码", "Its code"), scan->resource->code},
	    {request_say(rq, "下载人", "Taken by"), file->wants->who},
	    {request_say(rq, "下载时间", "Taken at"), file->wants->at},
	    {request_say(rq, "授权编号", "Grant"),
	     scan->grant ? arena_printf(rq->arena, "%lld", (long long)scan->grant->grant_id)
	                 : request_say(rq, "无（本部门数据或无条件共享）", "none (own data, or shared freely)")},
	    {request_say(rq, "用途", "Purpose"), scan->grant ? scan->grant->purpose : ""},
	    {request_say(rq, "记录数", "Records"), arena_printf(rq->arena, "%lld", (long long)file->rows)},
	    {request_say(rq, "脱敏字段", "Masked fields"), masked_fields(file)},
	};
	book_notes(&to->book, notes, sizeof notes / sizeof *notes);
	lxw_doc_properties properties = {
	    .title = arena_strdup(rq->arena, scan->resource->name),
	    .author = arena_strdup(rq->arena, file->wants->who),
	    .comments = arena_strdup(rq->arena, file->wants->note),
	};
	workbook_set_properties(to->book.file, &properties);
}

static int end(RecordFile *file) {
	Records *to = file->state;
	book_sheet_end(&to->sheet);
	about(file);
	return book_close(file->rq, &to->book);
}

static void drop(RecordFile *file) {
	Records *to = file->state;
	if (!to) return;
	if (to->sheet.arena) arena_free(to->sheet.arena);
	if (!to->book.file) return;
	workbook_close(to->book.file); /* the one way to free it */
	unlink(file->path);            /* it would write the file again */
}

const RecordWriter record_writer_xlsx = {begin, row, end, drop};
