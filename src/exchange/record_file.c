/* record_file.h: the table of formats, CSV and JSON Lines. */
#include "exchange/record_file_private.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };

/* --- shared ------------------------------------------------------------------------------------------------------ */

Text record_file_text(RecordFile *file, int i) {
	return file->removed ? TEXT_NONE : record_scan_text(file->scan, i);
}

const char *record_file_op(const RecordFile *file) {
	return file->removed ? "remove" : "put";
}

const char *record_file_column(const RecordFile *file, int i) {
	const Field *field = file->scan->fields[i].field;
	return file->wants->titles && field->title && *field->title ? field->title : field->name;
}

int record_file_failed(RecordFile *file, int errnum) {
	return fail(file->rq, errnum == ENOSPC || errnum == EDQUOT ? ERR_FULL : ERR_IO, "The file could not be written: %s",
	            strerror(errnum));
}

/* --- CSV and JSON Lines ------------------------------------------------------------------------------------------ */

static int out_flush(RecordFile *file) {
	size_t done = 0;
	while (done < file->out.len) {
		ssize_t n = write(file->fd, file->out.at + done, file->out.len - done);
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0) return record_file_failed(file, n < 0 ? errno : EIO);
		done += (size_t)n;
	}
	buf_reset(&file->out);
	return 0;
}

static int lines_begin(RecordFile *file) {
	file->fd = open(file->path, O_WRONLY | O_CLOEXEC);
	return file->fd < 0 ? record_file_failed(file, errno) : 0;
}

static int lines_end(RecordFile *file) {
	return out_flush(file);
}

static void lines_drop(RecordFile *file) {
	if (file->fd >= 0) close(file->fd);
	buf_free(&file->out);
}

static int csv_begin(RecordFile *file) {
	bool first = true;
	const char *columns[] = {RECORD_ID_COLUMN, RECORD_OP_COLUMN};
	int code = lines_begin(file);
	buf_str(&file->out, "\xEF\xBB\xBF");
	for (int i = 0; i < (int)file->wants->ops; i++, first = false)
		csv_write(&file->out, text_of(columns[i]), first, false);
	for (int i = 0; i < file->scan->count; i++, first = false)
		csv_write(&file->out, text_of(record_file_column(file, i)), first, true);
	buf_str(&file->out, "\r\n");
	return code;
}

/* A guard only where a text may begin with = + - @: numbers keep their sign. */
static void csv_cell(RecordFile *file, int i, bool first) {
	const ScanField *given = &file->scan->fields[i];
	if (given->field->kind == KIND_DOUBLE && !given->masked && !file->removed) {
		Val value = record_scan_value(file->scan, i);
		if (!first) buf_char(&file->out, ',');
		if (value.kind == VAL_DOUBLE) double_to_buf(&file->out, value.d);
		return;
	}
	csv_write(&file->out, record_file_text(file, i), first, given->masked || field_kind_val(given->field->kind) == VAL_TEXT);
}

static int csv_row(RecordFile *file) {
	bool first = true;
	if (file->wants->ops >= OPS_ID) {
		buf_int(&file->out, file->record_id);
		first = false;
	}
	if (file->wants->ops == OPS_CHANGES) csv_write(&file->out, text_of(record_file_op(file)), first, false);
	for (int i = 0; i < file->scan->count; i++, first = false)
		csv_cell(file, i, first);
	buf_str(&file->out, "\r\n");
	return file->out.len >= BLOCK ? out_flush(file) : 0;
}

static int jsonl_row(RecordFile *file) {
	JsonWriter json;
	jw_begin(&json, &file->out);
	jw_object(&json);
	jw_kv_id(&json, "record_id", file->record_id);
	if (file->wants->ops == OPS_CHANGES) jw_kv_str(&json, "op", record_file_op(file));
	for (int i = 0; i < file->scan->count && !file->removed; i++) {
		jw_key(&json, file->scan->fields[i].field->name);
		record_scan_json(file->scan, i, &json);
	}
	jw_object_end(&json);
	buf_char(&file->out, '\n');
	return file->out.len >= BLOCK ? out_flush(file) : 0;
}

static const RecordWriter csv_writer = {csv_begin, csv_row, lines_end, lines_drop},
                          jsonl_writer = {lines_begin, jsonl_row, lines_end, lines_drop};

/* --- formats ----------------------------------------------------------------------------------------------------- */

static const RecordFormat formats[] = {
    {"csv", "csv", "text/csv; charset=utf-8", &csv_writer},
    {"xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &record_writer_xlsx},
    {"jsonl", "jsonl", "application/x-ndjson", &jsonl_writer},
    {"gpkg", "gpkg", "application/geopackage+sqlite3", &record_writer_gpkg},
};

const RecordFormat *record_format(Text name) {
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (text_is(name, formats[i].name)) return &formats[i];
	return NULL;
}

static void file_drop(void *object) {
	RecordFile *file = object;
	file->format->writer->drop(file);
}

int record_file_begin(Request *rq, const RecordFormat *format, const char *path, RecordScan *scan, const RecordFileWants *wants,
                      RecordFile **out) {
	RecordFile *file = *out = ARENA_NEW(rq->arena, RecordFile);
	*file = (RecordFile){.rq = rq, .format = format, .path = path, .scan = scan, .wants = wants, .fd = -1};
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) return record_file_failed(file, errno);
	close(fd);
	arena_on_free(rq->arena, file_drop, file);
	return format->writer->begin(file);
}

static int file_row(RecordFile *file, int64_t record_id, bool removed) {
	file->record_id = record_id;
	file->removed = removed;
	file->rows++;
	return file->format->writer->row(file);
}

int record_file_put(RecordFile *file) {
	return file_row(file, file->scan->record_id, false);
}

int record_file_remove(RecordFile *file, int64_t record_id) {
	return file_row(file, record_id, true);
}

int record_file_end(RecordFile *file) {
	return file->format->writer->end(file);
}
