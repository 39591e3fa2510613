/* intake: rows of an uploaded CSV or XLSX file, found by the names of their columns, written in portions; a row that does not fit
 * is reported with field and advice while the others go on. LANE_READ workers. */
#include "measure/parts.h"

enum { PORTION = 200, FAILED_MAX = 200 };
typedef struct Line {
	int64_t row_no;
	Text values[INTAKE_COLUMNS_MAX];
	int done; /* IntakeDone, or a code */
	Error why;
} Line;
typedef struct Intake {
	Line *lines;
	int count, from, columns;
	IntakeRow row;
	void *arg;
} Intake;

/* --- checks of one value --------------------------------------------------------------------------------------------- */
int length_check(Request *rq, const char *field, Text text, size_t least, size_t most) {
	size_t length = utf8_count(text);
	if (length >= least && length <= most) return 0;
	return error_field(rq->error, ERR_INVALID, field, text, "length", length < least ? "Write more." : "Write it shorter.",
	                   "A text of %lld to %lld characters is needed; this has %zu", (long long)least, (long long)most,
	                   length);
}

int org_read(Request *rq, Text text, int64_t *out) {
	*out = rq->party.org_id;
	int found = text.len ? db_int(rq->db, out, "SELECT org_id FROM org WHERE name = $1 OR code = $1 ORDER BY org_id LIMIT 1",
	                              BIND(val_text(text)))
	                     : *out != 0;
	if (found != 0) return found < 0 ? found : 0;
	return error_field(rq->error, ERR_INVALID, "org_id", text, "org", "Write the organisation's name as it is here.",
	                   "there is no such organisation");
}

/* --- reading and writing --------------------------------------------------------------------------------------------- */
static int portion_write(Request *w, void *arg) {
	Intake *in = arg;
	for (int i = in->from; i < in->count && i < in->from + PORTION; i++) {
		Line *line = &in->lines[i];
		line->done = in->row(w, in->arg, line->values);
		if (line->done >= 0) continue;
		if (!*w->error->field) return line->done; /* not this row's fault */
		line->why = *w->error;
		error_clear(w->error);
	}
	return 0;
}

static int columns_find(Request *rq, const Reader *reader, const IntakeColumn *columns, int count, int *at) {
	for (int i = 0; i < count; i++) {
		at[i] = reader_column(reader, text_of(columns[i].zh));
		if (at[i] < 0) at[i] = reader_column(reader, text_of(columns[i].en));
		if (at[i] < 0) at[i] = reader_column(reader, text_of(columns[i].name));
		if (at[i] < 0 && columns[i].required)
			return error_field(rq->error, ERR_INVALID, "body", text_of(columns[i].zh), "columns",
			                   "Take the exported workbook as the form.", "the file has no column %s", columns[i].zh);
	}
	return 0;
}

static int lines_read(Request *rq, Reader *reader, const int *at, Intake *in) {
	ReaderRow row;
	int code;
	while ((code = reader_next(reader, &row)) > 0) {
		if (in->count == INTAKE_ROWS_MAX)
			return error_field(rq->error, ERR_INVALID, "body", TEXT_NONE, "rows", "Split the file.",
			                   "a file may have at most %d rows", INTAKE_ROWS_MAX);
		Line *line = &in->lines[in->count++];
		*line = (Line){.row_no = row.row_no};
		for (int i = 0; i < in->columns; i++)
			line->values[i] =
			    at[i] < 0 || !row.texts[at[i]].at ? TEXT("") : text_trim(text_dup(rq->arena, row.texts[at[i]]));
		if (row.fault) {
			line->done = ERR_INVALID;
			error_field(&line->why, ERR_INVALID, "row", TEXT_NONE, "unreadable", NULL, "%s", row.fault->message);
		}
	}
	return code;
}

static void answer_write(Request *rq, const Intake *in) {
	static const char *const names[] = {"added", "changed", "same"};
	int64_t counts[INTAKE_DONE_COUNT] = {0}, failed = 0;
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_key(json, "failed");
	jw_array(json);
	for (int i = 0; i < in->count; i++) {
		const Line *line = &in->lines[i];
		if (line->done >= 0) {
			counts[line->done]++;
			continue;
		}
		if (failed++ >= FAILED_MAX) continue;
		jw_object(json);
		jw_kv_int(json, "row_no", line->row_no);
		jw_kv_str(json, "field", line->why.field);
		jw_kv_str(json, "value", line->why.value);
		jw_kv_str(json, "message", message_say(rq, line->why.message));
		jw_kv_str(json, "advice", message_say(rq, line->why.advice));
		jw_object_end(json);
	}
	jw_array_end(json);
	for (int i = 0; i < INTAKE_DONE_COUNT; i++)
		jw_kv_int(json, names[i], counts[i]);
	jw_kv_int(json, "refused", failed);
	jw_object_end(json);
	rq->row_count = counts[INTAKE_ADDED] + counts[INTAKE_CHANGED];
	rq->about = arena_printf(rq->arena, "{\"added\":%lld,\"changed\":%lld,\"refused\":%lld}", (long long)counts[INTAKE_ADDED],
	                         (long long)counts[INTAKE_CHANGED], (long long)failed);
}

/* The whole file, as lines of texts. */
static int file_read(Request *rq, const char *path, const ReaderOptions *options, const IntakeColumn *columns, Intake *in) {
	Reader *reader;
	int at[INTAKE_COLUMNS_MAX];
	int code = reader_open(rq->arena, path, options, rq->error, &reader);
	if (code < 0) return code;
	in->lines = ARENA_ARRAY(rq->arena, Line, INTAKE_ROWS_MAX);
	code = columns_find(rq, reader, columns, in->columns, at);
	if (code == 0) code = lines_read(rq, reader, at, in);
	reader_close(reader);
	return code;
}

int intake(Request *rq, const IntakeColumn *columns, int count, IntakeRow row, void *arg) {
	Intake in = {.columns = count, .row = row, .arg = arg};
	const char *spooled = http_body_path(rq->call);
	if (!spooled || http_body_size(rq->call) == 0)
		return error_field(rq->error, ERR_INVALID, "body", TEXT_NONE, "empty", "Send the file as the request body.",
		                   "the upload is empty");
	int code = file_name_check(rq, "name", in_text(rq, "name"));
	if (code == 0) code = file_read(rq, spooled, &(ReaderOptions){.name = in_str(rq, "name")}, columns, &in);
	for (; code >= 0 && in.from < in.count; in.from += PORTION)
		code = request_write(rq, portion_write, &in);
	if (code < 0) return code;
	answer_write(rq, &in);
	return 0;
}

int intake_pack(Request *rq, const PackPart *part, const IntakeColumn *columns, int count, IntakeRow row, void *arg) {
	Intake in = {.columns = count, .row = row, .arg = arg};
	int code = file_read(rq, part->path, &(ReaderOptions){.name = part->name}, columns, &in);
	for (int i = 0; i < in.count && code >= 0; i++) {
		const Line *line = &in.lines[i];
		code = line->done < 0 ? line->done : row(rq, arg, line->values);
		if (code < 0) {
			Error why = line->done < 0 ? line->why : *rq->error;
			error_clear(rq->error);
			return fail(rq, ERR_INVALID, "%s:%lld: %s: %s", part->name, (long long)line->row_no + 1, why.field,
			            why.message);
		}
	}
	return code < 0 ? code : in.count;
}
