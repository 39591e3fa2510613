/* The job exchange.load: rows of an uploaded file, or of a table of a source copied first ("spool") so that a resumed job goes on
 * in the very same snapshot. A RowSource over a reader, with the columns matched to the entry's fields. */
#include "exchange/exchange.h"
#include "exchange/load.h"
#include "exchange/reader.h"
#include "exchange/source.h"
#include "exchange/upload.h"
#include <sys/stat.h>
#include <unistd.h>

enum { IGNORED_MAX = 100 };

typedef struct FileSource {
	ReaderOptions options;
	const char *path;
	const json_t *mapping;  /* field name → column, or NULL */
	const json_t *snapshot; /* of the table that was copied; NULL = the file itself */
	/* the decode thread's */
	Reader *reader;
	const Resource *resource;
	const Text *columns;
	int column_count;
	int *column_of;             /* by field position; -1 = the source has no such column */
	bool *no_column, *left_out; /* by field position: as column_of; and what the row before lacked besides */
	bool columns_lack;          /* some no_column */
	int *extra;                 /* columns that no field takes */
	int *extra_places;          /* in ignored; -1 = none had a value yet */
	int extra_count;
	Text *texts, *extra_names, *extra_texts;
	Reason fault;
	struct Ignored { /* columns with values that no field takes; the last one: all further ones */
		char name[READER_NAME_MAX + 1];
		int64_t values;
	} ignored[IGNORED_MAX + 1];
	int ignored_count;
} FileSource;

/* --- columns to fields ------------------------------------------------------------------------------------------------- */

enum { FIELD_NAMES = 3 };

/* The names under which a field may come, best first; how many. */
static int field_names(const FileSource *file, const Field *field, const char *names[FIELD_NAMES]) {
	const char *mapped = json_string_value(json_object_get(file->mapping, field->name));
	names[0] = mapped ? mapped : field->source_name;
	names[1] = field->name;
	names[2] = field->title;
	return mapped ? 1 : FIELD_NAMES;
}

static int field_column(const FileSource *file, const Field *field) {
	const char *names[FIELD_NAMES];
	int count = field_names(file, field, names);
	for (int i = 0; i < count; i++) {
		int column = names[i] && *names[i] ? reader_column(file->reader, text_of(names[i])) : -1;
		if (column >= 0) return column;
	}
	return -1;
}

/* The field that takes a member which came first after the sample, or -1. */
static int late_field(const FileSource *file, Text late) {
	const char *names[FIELD_NAMES];
	for (int i = 0; i < file->resource->field_count; i++) {
		int count = file->column_of[i] < 0 ? field_names(file, &file->resource->fields[i], names) : 0;
		for (int k = 0; k < count; k++)
			if (names[k] && *names[k] && text_is(late, names[k])) return i;
	}
	return -1;
}

/* Where values of a column that no field takes are counted. */
static int ignored_place(FileSource *file, Text name) {
	int i = 0;
	while (i < file->ignored_count && (i == IGNORED_MAX || !text_is(name, file->ignored[i].name)))
		i++;
	if (i > IGNORED_MAX) i = IGNORED_MAX;
	if (i == file->ignored_count) {
		file->ignored_count++;
		Text kept = i == IGNORED_MAX ? TEXT("") : (Text){name.at, utf8_cut(name, READER_NAME_MAX)};
		snprintf(file->ignored[i].name, sizeof file->ignored[i].name, "%.*s", TEXT_ARG(kept));
	}
	return i;
}

/* A value of the extra column i: its place is looked up once, not in each row. */
static void ignore_extra(FileSource *file, int i) {
	if (!file->extra_texts[i].len) return;
	if (file->extra_places[i] < 0) file->extra_places[i] = ignored_place(file, file->extra_names[i]);
	file->ignored[file->extra_places[i]].values++;
}

static char *columns_listed(Request *rq, const FileSource *file) {
	Buf *out = ARENA_NEW(rq->arena, Buf);
	buf_in(out, rq->arena);
	for (int i = 0; i < file->column_count && out->len < 200; i++)
		buf_printf(out, "%s%.*s", i ? ", " : "", TEXT_ARG(file->columns[i]));
	return text_cstr(rq->arena, buf_as_text(out));
}

static int columns_match(FileSource *file, Request *rq) {
	const Resource *resource = file->resource;
	bool *taken = ARENA_ARRAY(rq->arena, bool, file->column_count + 1);
	for (int i = 0; i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		int column = file->column_of[i] = field_column(file, field);
		if (column < 0 && (field->key || field->required))
			return error_field(rq->error, ERR_INVALID, field->name, text_of(field->source_name), "column",
			                   "Add the column, or say in the mapping which column holds it.",
			                   "the source has no column for %s (%s); it has: %s", field->name, field->title,
			                   columns_listed(rq, file));
		if (column >= 0 && taken[column])
			return error_field(rq->error, ERR_INVALID, field->name, file->columns[column], "column",
			                   "Map each column to one field.", "two fields take the column %.*s",
			                   TEXT_ARG(file->columns[column]));
		if (column >= 0) taken[column] = true;
		file->no_column[i] = column < 0;
		file->columns_lack |= column < 0;
	}
	for (int i = 0; i < file->column_count; i++)
		if (!taken[i]) file->extra[file->extra_count++] = i;
	return 0;
}

/* --- the RowSource ----------------------------------------------------------------------------------------------------- */

/* The fields that a row says nothing of. */
static const bool *row_lacks(FileSource *file, const ReaderRow *read) {
	if (!file->columns_lack && !read->left_out) return NULL;
	if (!read->left_out && !read->late_count) return file->no_column;
	bool any = false;
	for (int i = 0; i < file->resource->field_count; i++) {
		const Field *field = &file->resource->fields[i];
		int column = file->column_of[i];
		file->left_out[i] = !field->key && (column < 0 || (read->left_out && read->left_out[column]));
		any |= file->left_out[i];
	}
	return any ? file->left_out : NULL;
}

static int file_next(void *self, SourceRow *row) {
	FileSource *file = self;
	ReaderRow read;
	int code = reader_next(file->reader, &read);
	if (code <= 0) return code;
	for (int i = 0; i < file->resource->field_count; i++)
		file->texts[i] = file->column_of[i] >= 0 ? read.texts[file->column_of[i]] : TEXT_NONE;
	*row = (SourceRow){.row_no = read.row_no, .texts = file->texts, .left_out = row_lacks(file, &read)};
	if (read.fault) {
		file->fault = *read.fault;
		row->fault = &file->fault;
	}
	for (int i = 0; i < read.late_count; i++) {
		int field = late_field(file, read.late_names[i]);
		if (field >= 0) {
			file->texts[field] = read.late_texts[i];
			file->left_out[field] = false;
		} else if (read.late_texts[i].len) {
			file->ignored[ignored_place(file, read.late_names[i])].values++;
		}
	}
	for (int i = 0; i < file->extra_count; i++) {
		file->extra_texts[i] = read.texts[file->extra[i]];
		ignore_extra(file, i);
	}
	row->extra_names = file->extra_names;
	row->extra_texts = file->extra_texts;
	row->extra_count = file->extra_count;
	if (read.fault && read.raw.len) { /* what could not be split into columns is kept as it came */
		file->extra_texts[file->extra_count] = read.raw;
		row->extra_count++;
	}
	return 1;
}

static int file_open(void *self, Request *rq, const Resource *resource, int64_t after_row) {
	FileSource *file = self;
	int code = reader_open(rq->arena, file->path, &file->options, rq->error, &file->reader);
	if (code < 0) return code;
	file->resource = resource;
	file->columns = reader_columns(file->reader, &file->column_count);
	file->column_of = ARENA_ARRAY(rq->arena, int, resource->field_count + 1);
	file->no_column = ARENA_ARRAY(rq->arena, bool, resource->field_count + 1);
	file->left_out = ARENA_ARRAY(rq->arena, bool, resource->field_count + 1);
	file->texts = ARENA_ARRAY(rq->arena, Text, resource->field_count + 1);
	file->extra = ARENA_ARRAY(rq->arena, int, file->column_count + 1);
	file->extra_places = ARENA_ARRAY(rq->arena, int, file->column_count + 1);
	file->extra_names = ARENA_ARRAY(rq->arena, Text, file->column_count + 1);
	file->extra_texts = ARENA_ARRAY(rq->arena, Text, file->column_count + 1);
	code = columns_match(file, rq);
	for (int i = 0; code == 0 && i < file->extra_count; i++) {
		file->extra_names[i] = file->columns[file->extra[i]];
		file->extra_places[i] = -1;
	}
	file->extra_names[file->extra_count] = TEXT("raw");
	SourceRow passed = {0}; /* read as the others were, so that what is ignored is counted from the first row on */
	while (code >= 0 && after_row > 0 && passed.row_no < after_row && (code = file_next(file, &passed)) > 0)
		;
	return code < 0 ? code : 0;
}

static void file_progress(void *self, int64_t *done, int64_t *total) {
	reader_progress(((FileSource *)self)->reader, done, total);
}

/* Which column each field was read from: lineage shows it. */
static json_t *columns_taken(const FileSource *file) {
	json_t *taken = json_object();
	for (int i = 0; i < file->resource->field_count; i++) {
		if (file->column_of[i] < 0) continue;
		Text column = file->columns[file->column_of[i]];
		json_object_set_new(taken, file->resource->fields[i].name, json_stringn(column.at, column.len));
	}
	return taken;
}

static json_t *file_snapshot(void *self) {
	const FileSource *file = self;
	json_t *whole = json_copy((json_t *)file->snapshot);
	if (!whole) {
		json_t *own = reader_snapshot(file->reader);
		whole = json_copy(own);
		json_decref(own);
	}
	json_object_set_new(whole, "columns", columns_taken(file));
	return whole;
}

static json_t *file_ignored(void *self) {
	const FileSource *file = self;
	json_t *list = file->ignored_count ? json_array() : NULL;
	for (int i = 0; i < file->ignored_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:I}", "column", file->ignored[i].name, "values",
		                                      (json_int_t)file->ignored[i].values));
	return list;
}

static void file_close(void *self) {
	FileSource *file = self;
	if (file->reader) reader_close(file->reader);
	file->reader = NULL;
}

/* An id of the job's arguments: ids are texts there as in every JSON that people see. 0 = none. */
static int64_t arg_id(const json_t *args, const char *name) {
	int64_t id = 0;
	const char *text = json_string_value(json_object_get(args, name));
	return text && text_to_int(text_of(text), &id) == 0 ? id : 0;
}

/* --- a table of a source, copied first -------------------------------------------------------------------------------------- */

typedef struct Spool {
	Request *rq;
	Job *job;
	int64_t upload_id;
	json_t *snapshot;
	const char *watermark;
} Spool;

static int spool_step(void *arg, int64_t rows) {
	Spool *spool = arg;
	return job_progress(spool->rq, spool->job, "spool", rows, -1);
}

static int spool_keep(Request *w, void *arg) {
	const Spool *spool = arg;
	json_t *checkpoint = json_pack("{s:I, s:O, s:s?}", "spool_upload", (json_int_t)spool->upload_id, "spool_snapshot",
	                               spool->snapshot, "spool_watermark", spool->watermark);
	int code = job_checkpoint(w, spool->job, checkpoint);
	json_decref(checkpoint);
	return code;
}

static int watermark_last(Request *rq, Job *job, char **last) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT value FROM load_watermark WHERE resource_id = $1 AND source_id = $2 AND place = $3 AND field = $4",
	           BIND(val_int(job->resource_id), val_int(arg_id(job->args, "source_id")),
	                val_str(json_string_value(json_object_get(job->args, "place"))),
	                val_str(json_string_value(json_object_get(job->args, "watermark_field")))));
	*last = found > 0 ? rows_str(rows, 0, rq->arena) : NULL;
	return found < 0 ? found : 0;
}

static void json_free(void *object) {
	json_decref(object);
}

/* Copies the table once a job; a run that goes on finds the copy in its checkpoint. */
static int table_spool(Request *rq, Job *job, Spool *spool) {
	char *url = NULL, *name, *last = NULL;
	Reader *reader = NULL;
	PostgresTable table = {.schema = json_string_value(json_object_get(job->args, "schema")),
	                       .table = json_string_value(json_object_get(job->args, "table")),
	                       .watermark = json_string_value(json_object_get(job->args, "watermark_field"))};
	int code = job_progress(rq, job, "spool", 0, -1);
	if (code == 0) code = source_postgres(rq, arg_id(job->args, "source_id"), &url, &name);
	if (code == 0 && table.watermark) code = watermark_last(rq, job, &last);
	table.after = last;
	table.url = url;
	if (code == 0) code = reader_open_postgres(rq->arena, &table, rq->error, &reader);
	if (code < 0) return code;
	char *path = app_path(rq->arena, rq->app, arena_printf(rq->arena, "spool/job-%lld.csv", (long long)job->job_id));
	Upload upload;
	mkdir(app_path(rq->arena, rq->app, "spool"), 0700);
	code = reader_postgres_spool(reader, path, spool_step, spool, rq->error);
	if (code == 0) {
		spool->snapshot = reader_snapshot(reader);
		arena_on_free(rq->arena, json_free, spool->snapshot);
		const char *mark = reader_postgres_watermark(reader);
		spool->watermark = mark ? arena_strdup(rq->arena, mark) : last;
		code = upload_keep(rq, path, true, text_of(arena_printf(rq->arena, "job-%lld.csv", (long long)job->job_id)),
		                   &upload);
	}
	reader_close(reader);
	if (code < 0) {
		unlink(path);
		return code;
	}
	spool->upload_id = upload.upload_id;
	return request_write(rq, spool_keep, spool);
}

static int watermark_finish(Request *w, Load *load) {
	const json_t *args = load->job->args;
	const char *mark = json_string_value(json_object_get(load->spool, "spool_watermark"));
	const char *field = json_string_value(json_object_get(args, "watermark_field"));
	if (!mark || !field) return 0;
	int64_t done =
	    db_run(w->db,
	           "INSERT INTO load_watermark (resource_id, source_id, place, field, value) VALUES ($1, $2, $3, $4, $5)"
	           " ON CONFLICT (resource_id, source_id, place, field) DO UPDATE SET value = excluded.value",
	           BIND(val_int(load->resource->resource_id), val_int(arg_id(args, "source_id")),
	                val_str(json_string_value(json_object_get(args, "place"))), val_str(field), val_str(mark)));
	return done < 0 ? (int)done : 0;
}

/* --- the job ----------------------------------------------------------------------------------------------------------- */

int load_job_run(Request *rq, Job *job) {
	FileSource *file = ARENA_NEW(rq->arena, FileSource);
	RowSource source = {.self = file,
	                    .open = file_open,
	                    .next = file_next,
	                    .progress = file_progress,
	                    .snapshot = file_snapshot,
	                    .ignored = file_ignored,
	                    .close = file_close};
	const char *mode = json_string_value(json_object_get(job->args, "mode")), *text;
	Load load = {.rq = rq,
	             .job = job,
	             .source = &source,
	             .measured = true,
	             .mode = mode && strcmp(mode, "full") == 0 ? LOAD_FULL : LOAD_UPSERT};
	int64_t upload_id = arg_id(job->args, "upload_id");
	Spool spool = {.rq = rq, .job = job};
	Upload upload;
	int code = resource_find(rq, job->resource_id, &load.resource);
	if (code == 0 && upload_id == 0) {
		spool.upload_id = json_integer_value(json_object_get(job->checkpoint, "spool_upload"));
		spool.snapshot = json_object_get(job->checkpoint, "spool_snapshot");
		spool.watermark = json_string_value(json_object_get(job->checkpoint, "spool_watermark"));
		if (spool.upload_id == 0) code = table_spool(rq, job, &spool);
		upload_id = spool.upload_id;
		file->snapshot = spool.snapshot;
		load.spool = json_pack("{s:I, s:O, s:s?}", "spool_upload", (json_int_t)upload_id, "spool_snapshot",
		                       spool.snapshot, "spool_watermark", spool.watermark);
		arena_on_free(rq->arena, json_free, load.spool);
		load.finish = watermark_finish;
	}
	if (code == 0) code = upload_open(rq, upload_id, &upload);
	if (code < 0) return code;
	file->path = upload.path;
	file->mapping = json_object_get(job->args, "mapping");
	file->options = (ReaderOptions){.name = upload.name,
	                                .charset = json_string_value(json_object_get(job->args, "charset")),
	                                .sheet = json_string_value(json_object_get(job->args, "sheet")),
	                                .sha256 = upload.sha256,
	                                .size = upload.size};
	text = json_string_value(json_object_get(job->args, "separator"));
	file->options.separator = text ? *text : 0;
	if (spool.upload_id) { /* our own copy: nothing to guess */
		file->options.charset = "utf-8";
		file->options.separator = ',';
		file->options.header_first = true;
	}
	return load_run(&load);
}
