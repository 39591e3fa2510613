/* Downloads. The rows go through record's batch cursor into a file in DIR/spool (unlinked while it is open), which is then sent:
 * so a download is whole and of one moment or it is refused, its rows are counted and told to evidence before the first byte goes
 * out, and a slow client holds no snapshot (docs/decisions/0012). Constant memory. LANE_READ workers; DOWNLOADS_MAX at a time in
 * a process, since each holds one of them. */
#include "exchange/download.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { DOWNLOADS_MAX = 2, BLOCK = 256 << 10, XLSX_ROWS = 1048575, XLSX_TEXT_MAX = 32767, XLSX_DIGITS = 15 };

typedef struct Download {
	Request *rq;
	RecordScan *scan;
	const char *at, *note; /* when; who, when, for which grant, as one line */
	int64_t rows, most;    /* most: what the quota leaves */
	Buf out;
	int fd;
	bool titles;
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

static int file_failed(Request *rq) {
	return fail(rq, errno == ENOSPC ? ERR_FULL : ERR_IO, "The file could not be written: %s", strerror(errno));
}

static int out_flush(Download *download) {
	size_t done = 0;
	while (done < download->out.len) {
		ssize_t n = write(download->fd, download->out.at + done, download->out.len - done);
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0) return file_failed(download->rq);
		done += (size_t)n;
	}
	buf_reset(&download->out);
	return 0;
}

/* The next row, counted: more than the quota leaves are refused before anything went out. */
static int row_next(Download *download) {
	Request *rq = download->rq;
	int code = record_scan_next(download->scan);
	if (code <= 0) return code;
	if (++download->rows <= download->most) return 1;
	return error_field(rq->error, ERR_QUOTA, "quota_day", TEXT_NONE, "quota_day",
	                   "Wait until midnight, or ask the supplier for a larger quota or a narrower grant.",
	                   "The resource has more records than the grant's %lld a day leave today (%lld)",
	                   (long long)download->scan->grant->quota_day, (long long)download->most);
}

static const char *column_name(const Download *download, int i) {
	const Field *field = download->scan->fields[i].field;
	return download->titles && field->title && *field->title ? field->title : field->name;
}

/* --- CSV ------------------------------------------------------------------------------------------------------------------- */

static bool is_text(const ScanField *given) {
	return given->masked || field_kind_val(given->field->kind) == VAL_TEXT;
}

/* A guard only where a text may begin with = + - @: numbers keep their sign. */
static void csv_cell(Download *download, int i) {
	const ScanField *given = &download->scan->fields[i];
	if (given->field->kind == KIND_DOUBLE && !given->masked) {
		Val value = record_scan_value(download->scan, i);
		if (i > 0) buf_char(&download->out, ',');
		if (value.kind == VAL_DOUBLE) double_to_buf(&download->out, value.d);
		return;
	}
	csv_write(&download->out, record_scan_text(download->scan, i), i == 0, is_text(given));
}

static int csv_fill(Download *download) {
	int code;
	buf_str(&download->out, "\xEF\xBB\xBF");
	for (int i = 0; i < download->scan->count; i++)
		csv_write(&download->out, text_of(column_name(download, i)), i == 0, true);
	buf_str(&download->out, "\r\n");
	while ((code = row_next(download)) > 0) {
		for (int i = 0; i < download->scan->count; i++)
			csv_cell(download, i);
		buf_str(&download->out, "\r\n");
		if (download->out.len >= BLOCK && (code = out_flush(download)) < 0) return code;
	}
	return code < 0 ? code : out_flush(download);
}

/* --- JSON Lines ------------------------------------------------------------------------------------------------------------ */

static int lines_fill(Download *download) {
	JsonWriter json;
	int code;
	while ((code = row_next(download)) > 0) {
		jw_begin(&json, &download->out);
		jw_object(&json);
		jw_kv_id(&json, "record_id", download->scan->record_id);
		for (int i = 0; i < download->scan->count; i++) {
			jw_key(&json, download->scan->fields[i].field->name);
			record_scan_json(download->scan, i, &json);
		}
		jw_object_end(&json);
		buf_char(&download->out, '\n');
		if (download->out.len >= BLOCK && (code = out_flush(download)) < 0) return code;
	}
	return code < 0 ? code : out_flush(download);
}

/* --- XLSX ------------------------------------------------------------------------------------------------------------------ */

/* Numbers that a spreadsheet keeps exactly; everything else is a text cell, which it never runs as a formula. */
static bool is_number(const ScanField *given, Text text) {
	FieldKind kind = given->field->kind;
	return !given->masked && (kind == KIND_INTEGER || kind == KIND_DECIMAL || kind == KIND_DOUBLE) && text.len <= XLSX_DIGITS;
}

static int xlsx_cell(Download *download, lxw_worksheet *sheet, lxw_row_t row, int i) {
	const ScanField *given = &download->scan->fields[i];
	Text text = record_scan_text(download->scan, i);
	char kept[XLSX_TEXT_MAX * 4 + 1];
	double number;
	if (!text.at) return 0;
	if (given->field->kind == KIND_DOUBLE && !given->masked)
		return worksheet_write_number(sheet, row, (lxw_col_t)i, record_scan_value(download->scan, i).d, NULL);
	if (is_number(given, text) && text_to_double(text, &number) == 0)
		return worksheet_write_number(sheet, row, (lxw_col_t)i, number, NULL);
	bool fits = text.len < sizeof kept && utf8_count(text) <= XLSX_TEXT_MAX;
	if (!fits)
		return error_field(download->rq->error, ERR_INVALID, "format", TEXT("xlsx"), "xlsx_text",
		                   "Download CSV or JSON Lines.",
		                   "A text of %s is longer than the 32,767 characters that a cell holds", given->field->name);
	memcpy(kept, text.at, text.len);
	kept[text.len] = '\0';
	return worksheet_write_string(sheet, row, (lxw_col_t)i, kept, NULL);
}

static int xlsx_rows(Download *download, lxw_worksheet *sheet, lxw_format *head) {
	lxw_row_t row = 1;
	int code;
	worksheet_freeze_panes(sheet, 1, 0);
	worksheet_set_column(sheet, 0, (lxw_col_t)(download->scan->count > 0 ? download->scan->count - 1 : 0), 18, NULL);
	for (int i = 0; i < download->scan->count; i++)
		worksheet_write_string(sheet, 0, (lxw_col_t)i, column_name(download, i), head);
	for (; (code = row_next(download)) > 0; row++) {
		if (row > XLSX_ROWS)
			return error_field(download->rq->error, ERR_INVALID, "format", TEXT("xlsx"), "xlsx_rows",
			                   "Download CSV or JSON Lines.",
			                   "The resource has more than the 1,048,575 records that a sheet holds");
		for (int i = 0; i < download->scan->count; i++) {
			int written = xlsx_cell(download, sheet, row, i);
			if (written != 0)
				return written < 0 ? written
				                   : fail(download->rq, ERR_IO, "The workbook could not be written: %s",
				                          lxw_strerror(written));
		}
	}
	return code;
}

/* Second sheet: what a reader of the file must know about it. */
static void xlsx_about(Download *download, lxw_workbook *workbook, lxw_format *head) {
	Request *rq = download->rq;
	const RecordScan *scan = download->scan;
	lxw_worksheet *sheet = workbook_add_worksheet(workbook, "下载说明");
	Buf *masked = ARENA_NEW(rq->arena, Buf);
	buf_in(masked, rq->arena);
	for (int i = 0; i < scan->count; i++)
		if (scan->fields[i].masked) buf_printf(masked, "%s%s", masked->len ? "、" : "", column_name(download, i));
	const char *rows[][2] = {
	    {"资源", scan->resource->name},
	    {"资源代码", scan->resource->code},
	    {"下载人", rq->party.login},
	    {"下载时间", download->at},
	    {"授权编号",
	     scan->grant ? arena_printf(rq->arena, "%lld", (long long)scan->grant->grant_id) : "无（本部门数据或无条件共享）"},
	    {"用途", scan->grant ? scan->grant->purpose : ""},
	    {"记录数", arena_printf(rq->arena, "%lld", (long long)download->rows)},
	    {"脱敏字段", text_cstr(rq->arena, buf_as_text(masked))},
	};
	worksheet_set_column(sheet, 0, 0, 14, head);
	worksheet_set_column(sheet, 1, 1, 80, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		worksheet_write_string(sheet, (lxw_row_t)i, 0, rows[i][0], head);
		worksheet_write_string(sheet, (lxw_row_t)i, 1, rows[i][1], NULL);
	}
}

static void xlsx_properties(Download *download, lxw_workbook *workbook) {
	lxw_doc_properties properties = {
	    .title = arena_strdup(download->rq->arena, download->scan->resource->name),
	    .author = download->rq->party.login,
	    .comments = arena_strdup(download->rq->arena, download->note),
	};
	workbook_set_properties(workbook, &properties);
}

static int xlsx_fill(Download *download, const char *path) {
	Request *rq = download->rq;
	lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = app_path(rq->arena, rq->app, "spool")};
	lxw_workbook *workbook = workbook_new_opt(path, &options);
	if (!workbook) return fail(rq, ERR_IO, "The workbook could not be made");
	lxw_worksheet *sheet = workbook_add_worksheet(workbook, "数据");
	lxw_format *head = workbook_add_format(workbook);
	format_set_bold(head);
	int code = xlsx_rows(download, sheet, head);
	if (code == 0) xlsx_about(download, workbook, head);
	xlsx_properties(download, workbook);
	lxw_error closed = workbook_close(workbook);
	if (code == 0 && closed != LXW_NO_ERROR)
		code = fail(rq, ERR_IO, "The workbook could not be written: %s", lxw_strerror(closed));
	return code;
}

/* --- the route ------------------------------------------------------------------------------------------------------------- */

static const struct Format {
	const char *name, *extension, *type;
} formats[] = {
    {"csv", "csv", "text/csv; charset=utf-8"},
    {"xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"jsonl", "jsonl", "application/x-ndjson"},
};

static const struct Format *format_of(Request *rq) {
	size_t i = 0;
	while (i + 1 < sizeof formats / sizeof *formats && !text_is(in_text(rq, "format"), formats[i].name))
		i++;
	return &formats[i];
}

static void fd_close(void *download) {
	int fd = ((Download *)download)->fd;
	if (fd >= 0) close(fd);
}

static int download_fill(Download *download, const struct Format *format) {
	Request *rq = download->rq;
	char *path =
	    app_path(rq->arena, rq->app,
	             arena_printf(rq->arena, "spool/download-%lld.%s", (long long)store_new_id(rq->store), format->extension));
	download->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (download->fd < 0) return file_failed(rq);
	arena_on_free(rq->arena, fd_close, download);
	int code = record_scan_rows(download->scan, 0, false, 0);
	if (code == 0)
		code = strcmp(format->name, "csv") == 0     ? csv_fill(download)
		       : strcmp(format->name, "jsonl") == 0 ? lines_fill(download)
		                                            : xlsx_fill(download, path);
	if (code == 0 && strcmp(format->name, "xlsx") == 0) { /* the writer may have put another file under the name */
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			close(download->fd);
			download->fd = fd;
		}
	}
	unlink(path);
	return code;
}

/* Header fields are ASCII: everything else of a login is escaped as in an address. */
static const char *ascii(Arena *arena, const char *text) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		buf_printf(out, *c > ' ' && *c < 0x7f && *c != '%' && *c != ';' ? "%c" : "%%%02X", *c);
	return text_cstr(arena, buf_as_text(out));
}

static void download_name(Download *download, const struct Format *format) {
	Request *rq = download->rq;
	const RecordScan *scan = download->scan;
	int year, month, day;
	date_to_civil((int32_t)date_of_us(rq->now_us), &year, &month, &day);
	char *name = arena_strdup(rq->arena, scan->resource->name);
	for (char *c = name; *c; c++)
		if (strchr("/\\:*?\"<>|", *c) || (unsigned char)*c < ' ') *c = '_';
	const char *grant = scan->grant ? arena_printf(rq->arena, "-授权%lld", (long long)scan->grant->grant_id) : "";
	rq->file_name = arena_printf(rq->arena, "%s-%04d%02d%02d%s.%s", name, year, month, day, grant, format->extension);
	rq->content_type = format->type;
	rq->provenance =
	    arena_printf(rq->arena, "account=%s; at=%s; grant=%lld; resource=%s; rows=%lld", ascii(rq->arena, rq->party.login),
	                 download->at, (long long)(scan->grant ? scan->grant->grant_id : 0),
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
	const struct Format *format = format_of(rq);
	const Grant *grant = download->scan->grant;
	download->most = grant ? grant->quota_day - grant_used(grant, rq->now_us) : INT64_MAX;
	download->at = clock_format(rq->now_us, arena_alloc(rq->arena, CLOCK_TEXT_MAX));
	download->note = arena_printf(rq->arena, "%s %s grant=%lld %s", rq->party.login, download->at,
	                              (long long)(grant ? grant->grant_id : 0), grant ? grant->purpose : "");
	buf_in(&download->out, rq->arena);
	int code = download_fill(download, format);
	record_scan_close(download->scan);
	/* what was revoked while the file was written is not sent */
	if (code == 0) code = record_scan_still(rq, download->scan);
	if (code == 0 && grant) code = grant_use(rq, grant, download->rows);
	if (code < 0) return code;
	download_name(download, format);
	rq->about = arena_printf(rq->arena, "%s,\"by\":\"download\",\"format\":\"%s\"}", download->scan->about, format->name);
	rq->row_count = download->rows;
	rq->sensitive = download->scan->sensitive && download->rows > 0;
	rq->send_fd = dup(download->fd);
	return rq->send_fd >= 0 ? 0 : file_failed(rq);
}

int download_get(Request *rq) {
	const Resource *resource;
	Download *download = ARENA_NEW(rq->arena, Download);
	*download = (Download){.rq = rq, .fd = -1, .titles = !text_is(in_text(rq, "header"), "name")};
	int code = find_resource(rq, &resource);
	if (code < 0) return code;
	rq->about_resource = resource->resource_id;
	code = place_take(rq);
	if (code < 0) return code;
	code = record_scan_open(rq, resource, &download->scan);
	if (code == 0) {
		code = download_run(download);
		record_scan_close(download->scan);
	}
	place_leave(rq);
	return code;
}
