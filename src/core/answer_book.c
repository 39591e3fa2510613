/* answer_book: an answer that is an XLSX workbook. It is written row by row, in little memory, into a file of spool/, which has
 * no name any more once it is open. Workers. */
#include "core/core_private.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <xlsxwriter.h>

int answer_book(Request *rq, AnswerBook *out) {
	out->path =
	    app_path(rq->arena, rq->app, arena_printf(rq->arena, "spool/book-%lld.xlsx", (long long)store_new_id(rq->store)));
	lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = app_path(rq->arena, rq->app, "spool")};
	out->file = workbook_new_opt(out->path, &options);
	if (!out->file) return fail(rq, ERR_IO, "The workbook could not be made");
	out->head = workbook_add_format(out->file);
	format_set_bold(out->head);
	format_set_bg_color(out->head, 0xE8EEF7);
	return 0;
}

int answer_book_send(Request *rq, AnswerBook *book, const char *file_name, int code) {
	lxw_error closed = workbook_close(book->file);
	if (code == 0 && closed != LXW_NO_ERROR)
		code = fail(rq, closed == LXW_ERROR_CREATING_XLSX_FILE ? ERR_FULL : ERR_IO,
		            "The workbook could not be written: %s", lxw_strerror(closed));
	int fd = code == 0 ? open(book->path, O_RDONLY | O_CLOEXEC) : -1;
	unlink(book->path);
	if (code < 0) return code;
	if (fd < 0) return fail(rq, ERR_IO, "the workbook could not be read back: %s", strerror(errno));
	rq->send_fd = fd;
	rq->content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
	rq->file_name = file_name;
	return 0;
}
