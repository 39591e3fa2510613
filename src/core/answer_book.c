/* answer_book: an answer that is an XLSX workbook, in a file of spool/, which has no name any more once it is open. Workers. */
#include "core/core_private.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int answer_book(Request *rq, AnswerBook *out) {
	out->path =
	    app_path(rq->arena, rq->app, arena_printf(rq->arena, "spool/book-%lld.xlsx", (long long)store_new_id(rq->store)));
	return book_open(rq, out->path, &out->book);
}

int answer_book_send(Request *rq, AnswerBook *answer, const char *name, int code) {
	int closed = book_close(rq, &answer->book);
	if (code == 0) code = closed;
	int fd = code == 0 ? open(answer->path, O_RDONLY | O_CLOEXEC) : -1;
	unlink(answer->path);
	if (code < 0) return code;
	if (fd < 0) return fail(rq, ERR_IO, "the workbook could not be read back: %s", strerror(errno));
	rq->send_fd = fd;
	rq->content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
	rq->file_name = arena_printf(rq->arena, "%s.xlsx", name);
	return 0;
}
