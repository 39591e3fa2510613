/* Owns the files of open data under DIR/open: one a dataset, format and content. A name holds what the content depends on
 * (opening, version, generation, last load), so that a file that is there is right, and one of a closed opening is never found
 * again. Written under another name and renamed. Made on the keeper's thread; sent by workers. */
#include "portal/parts.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE_AT_ONCE = 256 << 10, ROW_ARENA_ROWS = 500 };

char *file_path(Request *rq, const Dataset *dataset, int64_t loaded_us, const Format *format) {
	return app_path(rq->arena, rq->app,
	                arena_printf(rq->arena, "open/%lld-%lld-%d-%d-%lld.%s", (long long)dataset->resource_id,
	                             (long long)dataset->opening_id, dataset->version, dataset->generation_no,
	                             (long long)loaded_us, format->key));
}

int file_ready(const char *path, int64_t *size, int64_t *made_us) {
	struct stat about;
	if (stat(path, &about) != 0) return 0;
	*size = about.st_size;
	*made_us = (int64_t)about.st_mtim.tv_sec * 1000000;
	return 1;
}

/* --- writing rows ---------------------------------------------------------------------------------------------------- */

typedef struct Sheet {
	Request *rq;
	const OpenTable *table;
	const Dataset *dataset;
	const OpenQuery *query;
	Arena *scratch;
	Buf text;
	int fd;
	int64_t rows;
	Book book;
	BookSheet page;
} Sheet;

static const Field *shown(const Sheet *sheet, int i) {
	return &sheet->table->resource->fields[sheet->query->positions[i]];
}

static int drain(Sheet *sheet, bool all) {
	size_t done = 0;
	while (done < sheet->text.len && (all || sheet->text.len >= WRITE_AT_ONCE)) {
		ssize_t wrote = write(sheet->fd, sheet->text.at + done, sheet->text.len - done);
		if (wrote < 0 && errno == EINTR) continue;
		if (wrote < 0)
			return fail(sheet->rq, errno == ENOSPC ? ERR_FULL : ERR_IO,
			            "a file of open data could not be written: %s", strerror(errno));
		done += (size_t)wrote;
	}
	if (done) buf_reset(&sheet->text);
	if (++sheet->rows % ROW_ARENA_ROWS == 0) arena_reset(sheet->scratch);
	return 0;
}

Text open_text(const Field *field, Val value, Arena *arena) {
	if (field->kind != KIND_DOUBLE || value.kind == VAL_NULL) return field_text(field, value, arena);
	Buf *shortest = ARENA_NEW(arena, Buf);
	buf_in(shortest, arena);
	double_to_buf(shortest, value.d);
	return buf_as_text(shortest);
}

/* Texts that a spreadsheet would run get a ' before them; numbers stay what they are. */
static int csv_row(void *arg, int64_t mark, const Val *values) {
	Sheet *sheet = arg;
	for (int i = 0; i < sheet->query->shown; i++) {
		const Field *field = shown(sheet, i);
		csv_write(&sheet->text, open_text(field, values[i], sheet->scratch), i == 0,
		          field_kind_val(field->kind) == VAL_TEXT);
	}
	buf_str(&sheet->text, "\r\n");
	return drain(sheet, false);
}

static void row_object(Sheet *sheet, JsonWriter *json, const Val *values, bool without_geometry) {
	jw_object(json);
	for (int i = 0; i < sheet->query->shown; i++) {
		const Field *field = shown(sheet, i);
		if (without_geometry && field->kind == KIND_GEOMETRY) continue;
		jw_key(json, field->name);
		open_value_json(json, field, values[i], sheet->scratch);
	}
	jw_object_end(json);
}

static int jsonl_row(void *arg, int64_t mark, const Val *values) {
	Sheet *sheet = arg;
	JsonWriter json;
	jw_begin(&json, &sheet->text);
	row_object(sheet, &json, values, false);
	buf_char(&sheet->text, '\n');
	return drain(sheet, false);
}

static double coordinate(const Field *field, Val value) {
	double scale = 1;
	for (int i = 0; i < field->scale && field->kind == KIND_DECIMAL; i++)
		scale *= 10;
	return value.kind == VAL_DOUBLE ? value.d : (double)value.i / scale;
}

/* [lon, lat], or null where one is missing. */
static void geometry_json(Sheet *sheet, JsonWriter *json, const Val *values) {
	const Dataset *dataset = sheet->dataset;
	int lon = -1, lat = -1;
	for (int i = 0; i < sheet->query->shown; i++) {
		int position = sheet->query->positions[i];
		if (position == dataset->geometry) {
			open_value_json(json, shown(sheet, i), values[i], sheet->scratch);
			return;
		}
		if (position == dataset->longitude) lon = i;
		if (position == dataset->latitude) lat = i;
	}
	bool place = lon >= 0 && lat >= 0 && values[lon].kind != VAL_NULL && values[lat].kind != VAL_NULL &&
	             field_kind_val(shown(sheet, lon)->kind) != VAL_TEXT && field_kind_val(shown(sheet, lat)->kind) != VAL_TEXT;
	if (!place) {
		jw_null(json);
		return;
	}
	jw_object(json);
	jw_kv_str(json, "type", "Point");
	jw_key(json, "coordinates");
	jw_array(json);
	jw_double(json, coordinate(shown(sheet, lon), values[lon]));
	jw_double(json, coordinate(shown(sheet, lat), values[lat]));
	jw_array_end(json);
	jw_object_end(json);
}

static int geojson_row(void *arg, int64_t mark, const Val *values) {
	Sheet *sheet = arg;
	JsonWriter json;
	buf_str(&sheet->text, sheet->rows ? ",\n" : "\n");
	jw_begin(&json, &sheet->text);
	jw_object(&json);
	jw_kv_str(&json, "type", "Feature");
	jw_kv_int(&json, "id", mark);
	jw_key(&json, "geometry");
	geometry_json(sheet, &json, values);
	jw_key(&json, "properties");
	row_object(sheet, &json, values, true);
	jw_object_end(&json);
	return drain(sheet, false);
}

static bool is_number(const Field *field) {
	return field->kind == KIND_DOUBLE || field->kind == KIND_DECIMAL || field->kind == KIND_INTEGER;
}

static int xlsx_row(void *arg, int64_t mark, const Val *values) {
	Sheet *sheet = arg;
	book_row(&sheet->page);
	for (int i = 0; i < sheet->query->shown; i++) {
		const Field *field = shown(sheet, i);
		Text text = open_text(field, values[i], sheet->scratch);
		double value;
		if (is_number(field) && (field->kind != KIND_INTEGER || llabs(values[i].i) < INT64_C(1) << 53) && text.at &&
		    text_to_double(text, &value) == 0)
			book_number(&sheet->page, CELL_NUMBER, value);
		else
			book_text(&sheet->page, text.at ? text_cstr(sheet->scratch, text) : NULL, NULL);
	}
	return drain(sheet, false);
}

/* --- one file -------------------------------------------------------------------------------------------------------- */

static void head_write(Sheet *sheet, const Format *format) {
	if (strcmp(format->key, "geojson") == 0) buf_str(&sheet->text, "{\"type\":\"FeatureCollection\",\"features\":[");
	if (strcmp(format->key, "csv") != 0) return;
	buf_str(&sheet->text, "\xEF\xBB\xBF");
	for (int i = 0; i < sheet->table->count; i++)
		csv_write(&sheet->text, text_of(sheet->table->resource->fields[sheet->table->positions[i]].name), i == 0, true);
	buf_str(&sheet->text, "\r\n");
}

static int xlsx_begin(Sheet *sheet, const char *path) {
	int code = book_open(sheet->rq, path, &sheet->book);
	if (code < 0) return code;
	sheet->page = book_sheet(&sheet->book, "data", 0);
	for (int i = 0; i < sheet->table->count; i++) {
		const Field *field = &sheet->table->resource->fields[sheet->table->positions[i]];
		book_head(&sheet->page, field->name, 18, is_number(field) ? CELL_NUMBER : CELL_TEXT);
	}
	return 0;
}

static OpenRow row_of(const Format *format) {
	static const struct {
		const char *key;
		OpenRow row;
	} rows[] = {{"csv", csv_row}, {"xlsx", xlsx_row}, {"jsonl", jsonl_row}, {"geojson", geojson_row}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].key, format->key) == 0) return rows[i].row;
	return csv_row;
}

static int sheet_fill(Sheet *sheet, const Format *format, const char *path) {
	OpenQuery query = {.scan = true};
	bool workbook = strcmp(format->key, "xlsx") == 0;
	sheet->query = &query;
	sheet->fd = workbook ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (!workbook && sheet->fd < 0)
		return fail(sheet->rq, ERR_IO, "a file of open data could not be made: %s", strerror(errno));
	int code = workbook ? xlsx_begin(sheet, path) : 0;
	if (!workbook) head_write(sheet, format);
	if (code == 0) code = open_read(sheet->rq, sheet->table, &query, row_of(format), sheet);
	if (sheet->book.file) {
		book_sheet_end(&sheet->page);
		int closed = book_close(sheet->rq, &sheet->book);
		if (code == 0) code = closed;
	} else if (sheet->fd >= 0) {
		if (strcmp(format->key, "geojson") == 0) buf_str(&sheet->text, "\n]}\n");
		if (code == 0) code = drain(sheet, true);
		close(sheet->fd);
	}
	return code;
}

/* Who read what for whom: the keeper's reading is evidence like anybody's. */
static int file_evidence(Request *rq, const Format *format) {
	EvidenceEntry entry;
	rq->about = arena_printf(rq->arena, "{\"public\":true,\"format\":\"%s\"}", format->key);
	evidence_entry(rq, &entry);
	entry.action = "open.file";
	entry.status = 200;
	return evidence_read(rq->app, &entry);
}

static int file_make(Request *rq, const Dataset *dataset, const OpenTable *table, const Format *format, const char *path) {
	char *part = arena_printf(rq->arena, "%s.part", path);
	Sheet sheet = {.rq = rq, .table = table, .dataset = dataset, .scratch = arena_new(), .fd = -1};
	int code = sheet_fill(&sheet, format, part);
	arena_free(sheet.scratch);
	buf_free(&sheet.text);
	if (code == 0) code = file_evidence(rq, format);
	if (code == 0 && rename(part, path) != 0)
		code = fail(rq, ERR_IO, "a file of open data could not be put in place: %s", strerror(errno));
	if (code < 0) unlink(part);
	return code;
}

static bool files_there(Request *rq, const Dataset *dataset, int64_t loaded_us) {
	int64_t size, made_us;
	for (const Format *format = formats; format->key; format++)
		if (dataset_has(dataset, format) && !file_ready(file_path(rq, dataset, loaded_us, format), &size, &made_us))
			return false;
	return true;
}

/* Asked of everything that is open again and again: the table is opened only where a file is missing. */
int files_make(Request *rq, const Dataset *dataset) {
	OpenTable table;
	int64_t rows = 0, loaded_us = 0, size, made_us;
	int made = 0, code = dataset_fresh(rq, dataset, &rows, &loaded_us);
	if (code < 0 || !loaded_us || files_there(rq, dataset, loaded_us)) return code;
	code = open_table(rq, dataset->resource_id, &table);
	if (code < 0 || !table.mounted || table.opening_id != dataset->opening_id) return code < 0 ? code : 0;
	mkdir(app_path(rq->arena, rq->app, "open"), 0700);
	for (const Format *format = formats; code == 0 && format->key; format++) {
		const char *path = file_path(rq, dataset, loaded_us, format);
		if (!dataset_has(dataset, format) || file_ready(path, &size, &made_us)) continue;
		code = file_make(rq, dataset, &table, format, path);
		made++;
	}
	return code < 0 ? code : made;
}

/* --- sweeping -------------------------------------------------------------------------------------------------------- */

/* The newest file of an open dataset stays until its successor is there. */
static bool wanted(Request *rq, const Shelf *shelf, const char *name) {
	long long resource_id, opening_id, version, generation, loaded;
	char format[16];
	int64_t rows = 0, loaded_us = 0, size, made_us;
	if (sscanf(name, "%lld-%lld-%lld-%lld-%lld.%15s", &resource_id, &opening_id, &version, &generation, &loaded, format) != 6)
		return false;
	for (int i = 0; i < shelf->count; i++) {
		const Dataset *one = &shelf->items[i];
		if (one->resource_id != resource_id || one->opening_id != opening_id) continue;
		const Format *kind = format_find(text_of(format));
		if (!kind || dataset_fresh(rq, one, &rows, &loaded_us) < 0) return kind != NULL;
		const char *newest = file_path(rq, one, loaded_us, kind);
		return strcmp(strrchr(newest, '/') + 1, name) == 0 || !file_ready(newest, &size, &made_us);
	}
	return false;
}

void files_sweep(Request *rq, const Shelf *shelf) {
	char *folder = app_path(rq->arena, rq->app, "open");
	DIR *dir = opendir(folder);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (entry->d_name[0] != '.' && !wanted(rq, shelf, entry->d_name))
			unlink(arena_printf(rq->arena, "%s/%s", folder, entry->d_name));
	if (dir) closedir(dir);
}
