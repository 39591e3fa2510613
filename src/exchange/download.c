/* Downloads. The rows go through record's batch cursor into a file in DIR/spool (unlinked while it is open), which is then sent:
 * so a download is whole and of one moment or it is refused, its rows are counted and told to evidence before the first byte goes
 * out, and a slow client holds no snapshot (docs/decisions/0012). Constant memory. LANE_READ workers; DOWNLOADS_MAX at a time in
 * a process, since each holds one of them. */
#include "exchange/download.h"
#include "exchange/record_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { DOWNLOADS_MAX = 2 };

typedef struct Download {
	Request *rq;
	RecordScan *scan;
	const RecordFormat *format;
	RecordFileWants wants;
	int64_t rows, most; /* most: what the quota leaves */
	int fd;
} Download;

/* --- places ------------------------------------------------------------------------------------------------------------ */

#define PLACES "exchange.downloads" /* app part: _Atomic int, how many are being prepared */

int downloads_start(App *app, Error *error) {
	_Atomic int *places = calloc(1, sizeof *places);
	if (!places) abort();
	app_part_set(app, PLACES, (void *)places);
	return 0;
}

void downloads_stop(App *app) {
	free(app_part(app, PLACES));
	app_part_set(app, PLACES, NULL);
}

static void place_leave(Request *rq) {
	_Atomic int *places = app_part(rq->app, PLACES);
	atomic_fetch_sub(places, 1);
}

static int place_take(Request *rq) {
	_Atomic int *places = app_part(rq->app, PLACES);
	if (atomic_fetch_add(places, 1) < DOWNLOADS_MAX) return 0;
	place_leave(rq);
	return fail(rq, ERR_BUSY, "Other downloads are being prepared; try again in a moment");
}

/* --- the file ------------------------------------------------------------------------------------------------------------ */

/* All rows, counted: more than the quota leaves are refused before anything went out. */
static int rows_write(Download *download, RecordFile *file) {
	Request *rq = download->rq;
	int code;
	while ((code = record_scan_next(download->scan)) > 0) {
		if (++download->rows > download->most)
			return error_field(rq->error, ERR_QUOTA, "quota_day", TEXT_NONE, "quota_day",
			                   "Wait until midnight, or ask the supplier for a larger quota or a narrower grant.",
			                   "The resource has more records than the grant's %lld a day leave today (%lld)",
			                   (long long)download->scan->grant->quota_day, (long long)download->most);
		code = record_file_put(file);
		if (code < 0) return code;
	}
	return code < 0 ? code : record_file_end(file);
}

static void fd_close(void *download) {
	int fd = ((Download *)download)->fd;
	if (fd >= 0) close(fd);
}

static int download_fill(Download *download) {
	Request *rq = download->rq;
	RecordFile *file;
	char *path = app_path(
	    rq->arena, rq->app,
	    arena_printf(rq->arena, "spool/download-%lld.%s", (long long)store_new_id(rq->store), download->format->extension));
	int code = record_scan_rows(download->scan, 0, false, 0);
	if (code == 0) code = record_file_begin(rq, download->format, path, download->scan, &download->wants, &file);
	if (code == 0) code = rows_write(download, file);
	if (code == 0) {
		download->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (download->fd < 0) code = fail(rq, ERR_IO, "The file could not be written: %s", strerror(errno));
		arena_on_free(rq->arena, fd_close, download);
	}
	unlink(path);
	return code;
}

/* --- the route ------------------------------------------------------------------------------------------------------------- */

/* Header fields are ASCII: everything else of a login is escaped as in an address. */
static const char *ascii(Arena *arena, const char *text) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		buf_printf(out, *c > ' ' && *c < 0x7f && *c != '%' && *c != ';' ? "%c" : "%%%02X", *c);
	return text_cstr(arena, buf_as_text(out));
}

static void download_name(Download *download) {
	Request *rq = download->rq;
	const RecordScan *scan = download->scan;
	int year, month, day;
	date_to_civil((int32_t)date_of_us(rq->now_us), &year, &month, &day);
	char *name = arena_strdup(rq->arena, scan->resource->name);
	for (char *c = name; *c; c++)
		if (strchr("/\\:*?\"<>|", *c) || (unsigned char)*c < ' ') *c = '_';
	const char *grant = scan->grant ? arena_printf(rq->arena, "-授权%lld", (long long)scan->grant->grant_id) : "";
	rq->file_name =
	    arena_printf(rq->arena, "%s-%04d%02d%02d%s.%s", name, year, month, day, grant, download->format->extension);
	rq->content_type = download->format->type;
	rq->provenance =
	    arena_printf(rq->arena, "account=%s; at=%s; grant=%lld; resource=%s; rows=%lld", ascii(rq->arena, rq->party.login),
	                 download->wants.at, (long long)(scan->grant ? scan->grant->grant_id : 0),
	                 ascii(rq->arena, scan->resource->code), (long long)download->rows);
}

static int find_resource(Request *rq, const Resource **out) {
	Text name = in_text(rq, "resource");
	int64_t id;
	if (text_to_int(name, &id) == 0) return resource_find(rq, id, out);
	char *code = text_cstr(rq->arena, name);
	for (char *at = code; *at; at++)
		if (*at == '~') *at = '/';
	return resource_find_code(rq, text_of(code), out);
}

static int download_run(Download *download) {
	Request *rq = download->rq;
	RecordFileWants *wants = &download->wants;
	const Grant *grant = download->scan->grant;
	download->most = grant ? grant->quota_day - grant_used(grant, rq->now_us) : INT64_MAX;
	wants->who = rq->party.login;
	wants->at = clock_format(rq->now_us, arena_alloc(rq->arena, CLOCK_TEXT_MAX));
	wants->note = arena_printf(rq->arena, "%s %s grant=%lld %s", wants->who, wants->at,
	                           (long long)(grant ? grant->grant_id : 0), grant ? grant->purpose : "");
	int code = download_fill(download);
	record_scan_close(download->scan);
	/* what was revoked while the file was written is not sent */
	if (code == 0) code = record_scan_still(rq, download->scan);
	if (code == 0 && grant) code = grant_use(rq, grant, download->rows);
	if (code < 0) return code;
	download_name(download);
	rq->about =
	    arena_printf(rq->arena, "%s,\"by\":\"download\",\"format\":\"%s\"}", download->scan->about, download->format->name);
	rq->row_count = download->rows;
	rq->sensitive = download->scan->sensitive && download->rows > 0;
	rq->send_fd = dup(download->fd);
	return rq->send_fd >= 0 ? 0 : fail(rq, ERR_IO, "The file could not be written: %s", strerror(errno));
}

int download_get(Request *rq) {
	const Resource *resource;
	Download *download = ARENA_NEW(rq->arena, Download);
	*download = (Download){.rq = rq,
	                       .fd = -1,
	                       .format = record_format(in_text(rq, "format")),
	                       .wants = {.titles = !text_is(in_text(rq, "header"), "name")}};
	int code = find_resource(rq, &resource);
	if (code < 0) return code;
	rq->about_resource = resource->resource_id;
	code = place_take(rq);
	if (code < 0) return code;
	code = record_scan_open(rq, resource, WAY_DOWNLOAD, &download->scan);
	if (code == 0) {
		code = download_run(download);
		record_scan_close(download->scan);
	}
	place_leave(rq);
	return code;
}
