/* import: the job intake.events: rows of an uploaded file become events, a portion of them in each write together with the mark
 * up to which the file was read: killed at any time it goes on behind the last portion, and its senders' numbers keep doubles
 * away. */
#include "intake/internal.h"

enum { PORTION = 200 };

typedef struct Import {
	Job *job;
	int64_t import_id, system_id, upload_id;
	const char *sheet, *document;
	bool history;
	Mapping mapping;
	Reader *reader;
	int column_count;
} Import;

typedef struct Portion {
	const Import *import;
	ReaderRow rows[PORTION];
	int count;
} Portion;

typedef struct Counts {
	int64_t opened, history, repeated, refused;
} Counts;

/* --- one portion, in a request of its own: its arena goes with it
 * --------------------------------------------------------------- */
static char *cells_locked(Request *rq, const Import *import, const ReaderRow *row) {
	json_t *cells = json_array();
	for (int i = 0; i < import->column_count; i++)
		json_array_append_new(cells,
		                      row->texts[i].at ? json_stringn(row->texts[i].at, row->texts[i].len) : json_string(""));
	char *text = json_dumps(cells, JSON_COMPACT), *locked = secret_lock(rq->arena, app_secret(rq->app), text_of(text));
	json_decref(cells);
	free(text);
	return locked;
}

/* Values of a person are not shown again outside the locked row. */
static int refused_keep(Request *rq, const Import *import, const ReaderRow *row) {
	Error why = *rq->error;
	error_clear(rq->error);
	return (int)db_run(rq->db,
	                   "INSERT INTO event_import_refused (import_id, row_no, field, value, rule, message, advice, cells, "
	                   "at_us) VALUES ($1, $2,"
	                   " $3, $4, $5, $6, $7, $8, $9)",
	                   BIND(val_int(import->import_id), val_int(row->row_no), val_str(why.field),
	                        val_str(strncmp(why.field, "reporter_", 9) == 0 ? "" : why.value), val_str(why.rule),
	                        val_str(why.message), val_str(why.advice), val_str(cells_locked(rq, import, row)),
	                        val_int(rq->now_us)));
}

/* Whether a row was refused for what it says, not because the store failed. Nothing was written for it then. */
static bool row_refused(int code) {
	return code == ERR_INVALID || code == ERR_CONFLICT || code == ERR_NOT_FOUND;
}

static int row_import(Request *rq, const Import *import, const ReaderRow *row, Counts *counts) {
	EventReport report;
	EventReceipt receipt = {0};
	int code = mapping_row(rq, &import->mapping, row, import->history, &report);
	report.source_id = import->system_id;
	if (code == 0) code = event_report(rq, &report, &receipt);
	if (row_refused(code)) {
		counts->refused++;
		return refused_keep(rq, import, row);
	}
	if (receipt.repeated)
		counts->repeated++;
	else if (report.closed_us)
		counts->history++;
	else
		counts->opened++;
	return code;
}

static int portion_write(Request *rq, void *arg) {
	const Portion *portion = arg;
	const Import *import = portion->import;
	Counts counts = {0};
	int code = 0;
	for (int i = 0; i < portion->count && code >= 0; i++)
		code = row_import(rq, import, &portion->rows[i], &counts);
	int64_t row_no = portion->rows[portion->count - 1].row_no;
	if (code >= 0)
		code = (int)db_run(
		    rq->db,
		    "UPDATE event_import SET rows_read = rows_read + $2, open_count = open_count + $3, history_count = "
		    "history_count +"
		    " $4, repeated_count = repeated_count + $5, refused_count = refused_count + $6 WHERE import_id = $1",
		    BIND(val_int(import->import_id), val_int(portion->count), val_int(counts.opened), val_int(counts.history),
		         val_int(counts.repeated), val_int(counts.refused)));
	if (code < 0) return code;
	json_t *mark = json_pack("{s:I}", "row", (json_int_t)row_no);
	code = job_checkpoint(rq, import->job, mark);
	json_decref(mark);
	return code;
}

/* 1 there may be more, 0 the end. */
static int portion_take(Request *rq, const Import *import) {
	Portion portion = {.import = import};
	ReaderRow row;
	int more = 1;
	Request *own = request_begin(rq->app, "intake.events");
	own->party.account_id = rq->party.account_id;
	own->party.org_id = rq->party.org_id;
	while (portion.count < PORTION && (more = reader_next(import->reader, &row)) > 0) {
		Text *texts = ARENA_ARRAY(own->arena, Text, import->column_count + 1);
		for (int i = 0; i < import->column_count; i++)
			texts[i] = row.texts[i].at ? text_dup(own->arena, row.texts[i]) : TEXT_NONE;
		Reason *fault = row.fault ? ARENA_NEW(own->arena, Reason) : NULL;
		if (fault) *fault = *row.fault;
		portion.rows[portion.count++] = (ReaderRow){.row_no = row.row_no, .texts = texts, .fault = fault};
	}
	int code = own->error->code ? own->error->code : more < 0 ? more : 0;
	if (code == 0 && portion.count) code = request_write_bulk(own, portion_write, &portion);
	if (code < 0 && more >= 0) *rq->error = *own->error;
	request_end(own);
	return code < 0 ? code : more;
}

/* --- the job ---------------------------------------------------------------------------------------------------------------- */
static int import_find(Request *rq, Import *import) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT import_id, system_id, upload_id, sheet, document, history FROM event_import WHERE job_id = $1",
	                   BIND(val_int(import->job->job_id)));
	if (found <= 0)
		return found < 0 ? found : fail(rq, ERR_INTERNAL, "job %lld is of no import", (long long)import->job->job_id);
	import->import_id = rows_int(rows, 0);
	import->system_id = rows_int(rows, 1);
	import->upload_id = rows_int(rows, 2);
	import->sheet = rows_str(rows, 3, rq->arena);
	import->document = rows_str(rows, 4, rq->arena);
	import->history = rows_int(rows, 5) != 0;
	return 0;
}

static void json_free(void *object) {
	json_decref(object);
}

static int import_open(Request *rq, Import *import) {
	Upload upload;
	int64_t row = json_integer_value(json_object_get(import->job->checkpoint, "row"));
	int code = import_find(rq, import);
	if (code == 0) code = upload_open(rq, import->upload_id, &upload);
	if (code < 0) return code;
	json_t *document = json_loads(import->document, 0, NULL);
	arena_on_free(rq->arena, json_free, document);
	const ReaderOptions options = {
	    .name = upload.name, .sha256 = upload.sha256, .size = upload.size, .sheet = *import->sheet ? import->sheet : NULL};
	if ((code = reader_open(rq->arena, upload.path, &options, rq->error, &import->reader)) < 0 ||
	    (code = mapping_read(rq, document, import->reader, false, &import->mapping)) < 0)
		return code;
	reader_columns(import->reader, &import->column_count);
	return row ? reader_skip(import->reader, row) : 1;
}

static int import_end(Request *rq, void *arg) {
	const Import *import = arg;
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT open_count, history_count, repeated_count, refused_count FROM event_import WHERE import_id = $1",
	           BIND(val_int(import->import_id)));
	if (found <= 0) return found;
	json_t *result =
	    json_pack("{s:I,s:I,s:I,s:I}", "opened", (json_int_t)rows_int(rows, 0), "history", (json_int_t)rows_int(rows, 1),
	              "repeated", (json_int_t)rows_int(rows, 2), "refused", (json_int_t)rows_int(rows, 3));
	int code = job_finish(rq, import->job, JOB_RECONCILED, result);
	json_decref(result);
	return code;
}

int import_job(Request *rq, Job *job) {
	Import import = {.job = job};
	int64_t done, total;
	int code = import_open(rq, &import);
	while (code > 0) {
		reader_progress(import.reader, &done, &total);
		code = job_progress(rq, job, "read", done, total);
		if (code >= 0) code = portion_take(rq, &import);
	}
	if (import.reader) reader_close(import.reader);
	return code < 0 ? code : request_write(rq, import_end, &import);
}
