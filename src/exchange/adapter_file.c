/* Tables as files in a foreign template: CSV, XLSX or JSON Lines, written to DIR/spool and unlinked while open. Nothing of the
 * moment stands in them, so the same rows give the same bytes. Cells that a spreadsheet would run as a formula get a ' in front
 * in CSV and are texts in XLSX. One request's thread; closed with its arena. */
#include "exchange/adapter.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { BLOCK = 256 << 10, XLSX_ROWS = 1048575 };

struct AdapterFile {
	Request *rq;
	const char *format, *path;
	const char *const *columns;
	int count, fd;
	Buf out, cell;
	Book book; /* file NULL: no workbook, or closed */
	BookSheet sheet;
};

static int failed(AdapterFile *file) {
	return fail(file->rq, errno == ENOSPC ? ERR_FULL : ERR_IO, "The file could not be written: %s", strerror(errno));
}

static void file_free(void *object) {
	AdapterFile *file = object;
	if (file->book.file) workbook_close(file->book.file);
	file->book.file = NULL;
	if (file->fd >= 0) close(file->fd);
	unlink(file->path);
}

static int flush(AdapterFile *file) {
	size_t done = 0;
	while (done < file->out.len) {
		ssize_t n = write(file->fd, file->out.at + done, file->out.len - done);
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0) return failed(file);
		done += (size_t)n;
	}
	buf_reset(&file->out);
	return 0;
}

static int xlsx_begin(AdapterFile *file, const char *sheet) {
	int code = book_open(file->rq, file->path, &file->book);
	if (code < 0) return code;
	lxw_doc_properties properties = {.created = 946684800}; /* 2000-01-01: not the moment */
	workbook_set_properties(file->book.file, &properties);
	file->sheet = book_sheet(&file->book, sheet, 0);
	for (int i = 0; i < file->count; i++)
		book_head(&file->sheet, file->columns[i], 18, CELL_TEXT);
	return 0;
}

int adapter_file_begin(Request *rq, const char *format, const char *sheet, const char *const *columns, int count,
                       AdapterFile **out) {
	AdapterFile *file = ARENA_NEW(rq->arena, AdapterFile);
	*file = (AdapterFile){.rq = rq, .format = format, .columns = columns, .count = count, .fd = -1};
	file->path = app_path(rq->arena, rq->app,
	                      arena_printf(rq->arena, "spool/adapter-%lld.%s", (long long)store_new_id(rq->store), format));
	buf_in(&file->out, rq->arena);
	buf_in(&file->cell, rq->arena);
	arena_on_free(rq->arena, file_free, file);
	*out = file;
	if (strcmp(format, "xlsx") == 0) return xlsx_begin(file, sheet);
	file->fd = open(file->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file->fd < 0) return failed(file);
	if (strcmp(format, "csv") != 0) return 0;
	buf_str(&file->out, "\xEF\xBB\xBF");
	for (int i = 0; i < count; i++)
		csv_write(&file->out, text_of(columns[i]), i == 0, true);
	buf_str(&file->out, "\r\n");
	return 0;
}

static int xlsx_row(AdapterFile *file, const Text *cells) {
	if (file->sheet.row >= XLSX_ROWS)
		return error_field(file->rq->error, ERR_INVALID, "format", TEXT("xlsx"), "xlsx_rows", "Take CSV or JSON Lines.",
		                   "There are more than the 1,048,575 rows that a sheet holds");
	book_row(&file->sheet);
	for (int i = 0; i < file->count; i++) {
		buf_reset(&file->cell);
		buf_text(&file->cell, cells[i]);
		buf_char(&file->cell, '\0');
		if (!book_text(&file->sheet, file->cell.at, NULL))
			return error_field(
			    file->rq->error, ERR_INVALID, "format", TEXT("xlsx"), "xlsx_text", "Choose CSV or JSON Lines.",
			    "A text of %s is longer than the 32,767 characters that a cell holds", file->columns[i]);
	}
	return 0;
}

/* Numbers keep their sign; other texts are guarded. */
static bool is_text(Text cell) {
	double number;
	return text_to_double(cell, &number) < 0;
}

int adapter_file_row(AdapterFile *file, const Text *cells) {
	if (file->book.file) return xlsx_row(file, cells);
	if (strcmp(file->format, "csv") == 0) {
		for (int i = 0; i < file->count; i++)
			csv_write(&file->out, cells[i], i == 0, is_text(cells[i]));
		buf_str(&file->out, "\r\n");
	} else {
		JsonWriter json;
		jw_begin(&json, &file->out);
		jw_object(&json);
		for (int i = 0; i < file->count; i++) {
			jw_key(&json, file->columns[i]);
			jw_text(&json, cells[i].at ? cells[i] : TEXT(""));
		}
		jw_object_end(&json);
		buf_char(&file->out, '\n');
	}
	return file->out.len >= BLOCK ? flush(file) : 0;
}

int adapter_file_answer(AdapterFile *file, const char *name) {
	static const char *const types[][2] = {{"csv", "text/csv; charset=utf-8"},
	                                       {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	                                       {"jsonl", "application/x-ndjson"}};
	Request *rq = file->rq;
	int code = 0;
	if (file->book.file) {
		book_sheet_end(&file->sheet);
		if ((code = book_close(rq, &file->book)) < 0) return code;
		file->fd = open(file->path, O_RDONLY | O_CLOEXEC);
		if (file->fd < 0) return failed(file);
	} else {
		code = flush(file);
	}
	if (code < 0) return code;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(file->format, types[i][0]) == 0) rq->content_type = types[i][1];
	rq->file_name = arena_printf(rq->arena, "%s.%s", name, file->format);
	rq->send_fd = dup(file->fd);
	return rq->send_fd >= 0 ? 0 : failed(file);
}
