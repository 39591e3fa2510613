/* shifts: a list of shifts from a file (CSV, XLSX): its columns are found by name or as said, each row is shown with what is
 * wrong before anything is written, then all of them come in at once; what is there already is not doubled. */
#include "hotline/hotline.h"
#include "intake/internal.h"

enum {
	ROWS_MAX = 2000,
	SHOWN_MAX = 500,
	SERIAL_MIN = 36526, /* 2000-01-01 in workbooks */
	SERIAL_MAX = 73050, /* 2099-12-31 */
	FIELD_DESK = 0,
	FIELD_DATE,
	FIELD_BEGIN,
	FIELD_END,
	FIELD_PERSON,
	FIELD_RANK,
	FIELD_REACH,
	FIELDS
};
#define MINUTE_US INT64_C(60000000)
#define DAY_US (1440 * MINUTE_US)
#define EAST_US (480 * MINUTE_US)
static const char *const field_names[FIELDS] = {"desk", "date", "begin", "end", "person", "rank", "reach"};
static const char *const words[FIELDS][8] = {{"desk", "岗位", "值班岗位", "席位"},
                                             {"date", "日期", "值班日期"},
                                             {"begin", "开始", "开始时间", "上班", "上班时间", "起"},
                                             {"end", "结束", "结束时间", "下班", "下班时间", "止"},
                                             {"person", "login", "值班人", "人员", "姓名", "账号", "值班人员"},
                                             {"rank", "呼叫顺序", "顺序", "序"},
                                             {"reach", "联系方式", "电话", "值班电话", "分机"}};

typedef struct Line {
	int64_t row_no;
	ShiftPut put;
	const char *person, *state; /* state: new, same, bad */
	const char *field, *value, *message, *advice;
} Line;
typedef struct Known { /* who a text of the person's column is */
	const char *text;
	int64_t account_id;
	int code;
	Error why;
} Known;
typedef struct Sheet {
	Reader *reader;
	int columns[FIELDS], count, known_count;
	int64_t fresh, same, bad;
	Line lines[ROWS_MAX];
	Known known[ROWS_MAX];
	Text desk; /* of rows that name none */
} Sheet;

/* --- columns -----------------------------------------------------------------------------------------------------------------
 */
static int column_propose(const Reader *reader, int field) {
	for (int w = 0; w < 8 && words[field][w]; w++) {
		int at = reader_column(reader, text_of(words[field][w]));
		if (at >= 0) return at;
	}
	return -1;
}

static int columns_take(Request *rq, const json_t *said, Sheet *sheet) {
	const char *name;
	json_t *value;
	for (int i = 0; i < FIELDS; i++)
		sheet->columns[i] = said ? -1 : column_propose(sheet->reader, i);
	json_object_foreach((json_t *)said, name, value) {
		int field = 0;
		while (field < FIELDS && strcmp(field_names[field], name) != 0)
			field++;
		const char *column = json_string_value(value) ? json_string_value(value) : "";
		if (field == FIELDS)
			return error_field(rq->error, ERR_INVALID, "columns", text_of(name), "unknown_field", "Leave it out.",
			                   "A shift has no such member");
		sheet->columns[field] = *column ? reader_column(sheet->reader, text_of(column)) : -1;
		if (*column && sheet->columns[field] < 0)
			return error_field(rq->error, ERR_INVALID, "columns", text_of(column), "column",
			                   "Choose a column of the file.", "The file has no such column");
	}
	return 0;
}

/* What is still missing: "" nothing. */
static const char *column_missing(const Sheet *sheet) {
	static const int needed[] = {FIELD_BEGIN, FIELD_END, FIELD_PERSON};
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (sheet->columns[needed[i]] < 0) return field_names[needed[i]];
	return sheet->columns[FIELD_DESK] < 0 && !sheet->desk.len ? field_names[FIELD_DESK] : "";
}

/* --- one row -----------------------------------------------------------------------------------------------------------------
 */
static Text cell(const Sheet *sheet, const ReaderRow *row, int field) {
	int at = sheet->columns[field];
	return at < 0 || !row->texts[at].at ? TEXT("") : text_trim(row->texts[at]);
}

static int bad(Request *rq, int field, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field_names[field], value, rule, advice, "%s", message);
}

/* "08:00", "8:00", "08:00:00", or as workbooks keep it, a part of the day ("0.5"): minutes, or -1. 24:00 is the day's end. */
static int clock_of(Request *rq, Text text) {
	int hour, minute, second, end = 0, more = 0;
	const char *given = text_cstr(rq->arena, text);
	double part;
	if (!strchr(given, ':') && text_to_double(text, &part) == 0)
		return part >= 0 && part <= 1 ? (int)(part * 1440 + 0.5) : -1;
	if (sscanf(given, "%2d:%2d%n", &hour, &minute, &end) != 2) return -1;
	if (sscanf(given + end, ":%2d%n", &second, &more) == 1) end += more;
	if (given[end] || hour < 0 || hour > 24 || minute < 0 || minute > 59 || (hour == 24 && minute)) return -1;
	return hour * 60 + minute;
}

/* A day: "2026-10-01", or the number that a workbook keeps for it where the cell has no form of a date: days from 1900-01-01 = 1,
 * with a 29 February 1900 that never was. Only of this century: a number out of place is no shift of long ago. */
static bool day_of(Text text, int32_t *day) {
	int64_t number;
	if (date_parse((Text){text.at, text.len < 10 ? text.len : 10}, day) == 0) return true;
	if (text_to_int(text, &number) < 0 || number < SERIAL_MIN || number > SERIAL_MAX) return false;
	*day = date_from_civil(1899, 12, 30) + (int32_t)number;
	return true;
}

/* A moment: "2026-10-01 08:00" of the city, one with a zone of its own, or a time of day of the row's date. */
static int moment(Request *rq, const Sheet *sheet, const ReaderRow *row, int field, int64_t *us) {
	Text text = cell(sheet, row, field), date = cell(sheet, row, FIELD_DATE);
	int minutes = clock_of(rq, text);
	int32_t day;
	if (minutes >= 0 && date.len) {
		if (!day_of(date, &day))
			return bad(rq, FIELD_DATE, date, "date", "Write the day as 2026-10-01.", "This is no day");
		*us = day * DAY_US - EAST_US + minutes * MINUTE_US;
		return 0;
	}
	if (clock_parse(text_of(arena_printf(rq->arena, "%.*s+08:00", TEXT_ARG(text))), us) == 0 || clock_parse(text, us) == 0 ||
	    clock_parse(text_of(arena_printf(rq->arena, "%.*s:00+08:00", TEXT_ARG(text))), us) == 0)
		return 0;
	return bad(rq, field, text, "time", "Write 2026-10-01 08:00, or 08:00 with a column of dates.", "This is not a time");
}

static int times_take(Request *rq, const Sheet *sheet, const ReaderRow *row, ShiftPut *out) {
	int code = moment(rq, sheet, row, FIELD_BEGIN, &out->begin_us);
	if (code == 0) code = moment(rq, sheet, row, FIELD_END, &out->end_us);
	if (code < 0) return code;
	/* times of day: an end before the begin is the next day's */
	if (out->end_us <= out->begin_us && clock_of(rq, cell(sheet, row, FIELD_END)) >= 0) out->end_us += DAY_US;
	if (out->end_us > out->begin_us && out->end_us - out->begin_us <= 7 * DAY_US) return 0;
	return bad(rq, FIELD_END, cell(sheet, row, FIELD_END), "range", "A shift lasts from a minute to seven days.",
	           out->end_us <= out->begin_us ? "The shift ends before it begins" : "The shift lasts more than seven days");
}

static int person_take(Request *rq, Sheet *sheet, Text text, int64_t *account_id) {
	int at = 0;
	while (at < sheet->known_count && !text_is(text, sheet->known[at].text))
		at++;
	Known *known = &sheet->known[at];
	if (at == sheet->known_count) {
		sheet->known_count++;
		known->text = text_cstr(rq->arena, text);
		known->code = shift_person_find(rq, "person", text, &known->account_id);
		known->why = *rq->error;
	} else if (known->code < 0) {
		*rq->error = known->why;
	}
	*account_id = known->account_id;
	return known->code;
}

static int rank_take(Request *rq, const Sheet *sheet, const ReaderRow *row, ShiftPut *out) {
	Text text = cell(sheet, row, FIELD_RANK);
	int64_t rank = 0;
	for (int i = 0; !text.len && i < sheet->count; i++) { /* as they stand in the file */
		const ShiftPut *other = &sheet->lines[i].put;
		if (text_eq(other->desk, out->desk) && other->begin_us == out->begin_us && other->rank > rank) rank = other->rank;
	}
	if (!text.len) rank++;
	if ((text.len && text_to_int(text, &rank) < 0) || rank < 1 || rank > 10)
		return bad(rq, FIELD_RANK, text, "range", "Give 1 to 10, or leave it empty: as they stand in the file.",
		           "This is no place in the order in which people are called");
	out->rank = (int)rank;
	return 0;
}

static int row_take(Request *rq, Sheet *sheet, const ReaderRow *row, Line *out) {
	ShiftPut *put = &out->put;
	Text desk = cell(sheet, row, FIELD_DESK);
	out->person = text_cstr(rq->arena, cell(sheet, row, FIELD_PERSON));
	put->desk = text_dup(rq->arena, desk.len ? desk : sheet->desk);
	put->reach = text_dup(rq->arena, cell(sheet, row, FIELD_REACH));
	if (row->fault)
		return error_field(rq->error, ERR_INVALID, row->fault->field, text_of(row->fault->value), row->fault->rule,
		                   row->fault->advice, "%s", row->fault->message);
	if (!put->desk.len || utf8_count(put->desk) > 20)
		return bad(rq, FIELD_DESK, put->desk, "length", "Give 1 to 20 characters.",
		           put->desk.len ? "The desk's name has more than 20 characters" : "The desk is not said");
	if (utf8_count(put->reach) > 100)
		return bad(rq, FIELD_REACH, put->reach, "length", "Give at most 100 characters.",
		           "The way to reach the person has more than 100 characters");
	int code = times_take(rq, sheet, row, put);
	if (code == 0) code = rank_take(rq, sheet, row, put);
	if (code == 0) code = person_take(rq, sheet, text_of(out->person), &put->account_id);
	return code;
}

/* --- the file ----------------------------------------------------------------------------------------------------------------
 */
static bool row_refused(int code) {
	return code == ERR_INVALID || code == ERR_NOT_FOUND;
}

static bool in_file_already(const Sheet *sheet, const ShiftPut *put) {
	for (int i = 0; i < sheet->count; i++) {
		const ShiftPut *other = &sheet->lines[i].put;
		if (strcmp(sheet->lines[i].state, "bad") != 0 && other->account_id == put->account_id &&
		    other->begin_us == put->begin_us && other->end_us == put->end_us && text_eq(other->desk, put->desk))
			return true;
	}
	return false;
}

static int line_take(Request *rq, Sheet *sheet, const ReaderRow *row) {
	Line *line = &sheet->lines[sheet->count];
	*line = (Line){.row_no = row->row_no, .state = "new", .field = "", .value = "", .message = "", .advice = ""};
	int code = row_take(rq, sheet, row, line), there = 0;
	if (row_refused(code)) {
		line->state = "bad";
		line->field = arena_strdup(rq->arena, rq->error->field);
		line->value = arena_strdup(rq->arena, rq->error->value);
		line->message = arena_strdup(rq->arena, rq->error->message);
		line->advice = arena_strdup(rq->arena, rq->error->advice);
		error_clear(rq->error);
		sheet->bad++;
	} else if (code == 0 && (in_file_already(sheet, &line->put) || (there = shift_there(rq, &line->put)) > 0)) {
		line->state = "same";
		sheet->same++;
	} else {
		sheet->fresh++;
	}
	sheet->count++;
	return row_refused(code) ? 0 : code < 0 ? code : there < 0 ? there : 0;
}

static int rows_take(Request *rq, Sheet *sheet) {
	ReaderRow row;
	int code;
	if (*column_missing(sheet)) return 0;
	while ((code = reader_next(sheet->reader, &row)) > 0) {
		if (sheet->count == ROWS_MAX)
			return error_field(rq->error, ERR_INVALID, "upload_id", TEXT_NONE, "too_many", "Split the file.",
			                   "A file brings in 2,000 shifts at most");
		if ((code = line_take(rq, sheet, &row)) < 0) return code;
	}
	return code;
}

static int sheet_open(Request *rq, Sheet *sheet) {
	Upload upload;
	int code = upload_open(rq, in_int(rq, "upload_id"), &upload);
	if (code < 0) return code;
	const ReaderOptions options = {.name = upload.name,
	                               .sha256 = upload.sha256,
	                               .size = upload.size,
	                               .sheet = in_has(rq, "sheet") ? in_str(rq, "sheet") : NULL};
	sheet->desk = in_has(rq, "desk") ? text_trim(in_text(rq, "desk")) : TEXT("");
	rq->about_subject = upload.upload_id;
	if ((code = reader_open(rq->arena, upload.path, &options, rq->error, &sheet->reader)) < 0) return code;
	code = columns_take(rq, in_has(rq, "columns") ? in_json(rq, "columns") : NULL, sheet);
	return code < 0 ? code : rows_take(rq, sheet);
}

/* --- the answer --------------------------------------------------------------------------------------------------------------
 */
static void columns_write(Request *rq, const Sheet *sheet) {
	JsonWriter *json = &rq->json;
	int count, sheets;
	const Text *columns = reader_columns(sheet->reader, &count);
	const char *const *names = reader_sheets(sheet->reader, &sheets);
	jw_key(json, "sheets");
	jw_array(json);
	for (int i = 0; i < sheets; i++)
		jw_str(json, names[i]);
	jw_array_end(json);
	jw_key(json, "names");
	jw_array(json);
	for (int i = 0; i < count; i++)
		jw_text(json, columns[i]);
	jw_array_end(json);
	jw_key(json, "columns");
	jw_object(json);
	for (int i = 0; i < FIELDS; i++)
		if (sheet->columns[i] >= 0) jw_kv_text(json, field_names[i], columns[sheet->columns[i]]);
	jw_object_end(json);
	jw_kv_str(json, "missing", column_missing(sheet));
}

static void line_write(Request *rq, const Line *line) {
	JsonWriter *json = &rq->json;
	bool timed = line->put.begin_us && line->put.end_us;
	jw_object(json);
	jw_kv_int(json, "row", line->row_no);
	jw_kv_str(json, "state", line->state);
	jw_kv_text(json, "desk", line->put.desk);
	jw_kv_str(json, "person", line->person);
	jw_kv_int(json, "rank", line->put.rank);
	jw_kv_text(json, "reach", line->put.reach);
	jw_kv_time(json, "begin", timed ? line->put.begin_us : 0);
	jw_kv_time(json, "end", timed ? line->put.end_us : 0);
	jw_kv_str(json, "field", line->field);
	jw_kv_str(json, "value", line->value);
	jw_kv_str(json, "message", message_say(rq, line->message));
	jw_kv_str(json, "advice", message_say(rq, line->advice));
	jw_object_end(json);
}

/* What is wrong comes first. */
static void sheet_write(Request *rq, const Sheet *sheet, int64_t made) {
	JsonWriter *json = &rq->json;
	int shown = 0;
	jw_object(json);
	columns_write(rq, sheet);
	jw_kv_int(json, "rows", sheet->count);
	jw_kv_int(json, "fresh", sheet->fresh);
	jw_kv_int(json, "same", sheet->same);
	jw_kv_int(json, "bad", sheet->bad);
	jw_kv_int(json, "made", made);
	jw_key(json, "items");
	jw_array(json);
	for (int wrong = 1; wrong >= 0; wrong--)
		for (int i = 0; i < sheet->count && shown < SHOWN_MAX; i++)
			if ((strcmp(sheet->lines[i].state, "bad") == 0) == wrong) {
				line_write(rq, &sheet->lines[i]);
				shown++;
			}
	jw_array_end(json);
	jw_object_end(json);
	rq->row_count = made;
}

typedef struct Making {
	const Sheet *sheet;
	int64_t made;
} Making;

/* Those that came in meanwhile are not doubled either. */
static int lines_write(Request *rq, void *arg) {
	Making *making = arg;
	int code = 0;
	making->made = 0;
	for (int i = 0; i < making->sheet->count && code >= 0; i++) {
		if (strcmp(making->sheet->lines[i].state, "new") != 0) continue;
		code = shift_put(rq, &making->sheet->lines[i].put);
		making->made += code > 0;
	}
	if (code < 0) return code;
	about_json(rq, json_pack("{s:I, s:I}", "rows", (json_int_t)making->sheet->count, "made", (json_int_t)making->made));
	return 0;
}

static int refused(Request *rq, const Sheet *sheet) {
	const char *missing = column_missing(sheet);
	if (*missing)
		return error_field(rq->error, ERR_INVALID, "columns", text_of(missing), "required", "Say which column it is.",
		                   "This needs a column");
	if (sheet->bad && !in_int(rq, "skip_bad"))
		return error_field(rq->error, ERR_INVALID, "upload_id", TEXT_NONE, "bad_rows",
		                   "Mend them in the file and send it again, or leave these rows out.",
		                   "%lld rows of the file are not shifts", (long long)sheet->bad);
	return 0;
}

int shifts_import(Request *rq) {
	Sheet *sheet = ARENA_NEW(rq->arena, Sheet);
	Making making = {sheet, 0};
	int code = sheet_open(rq, sheet);
	if (code == 0 && in_int(rq, "apply")) code = refused(rq, sheet);
	if (code == 0 && in_int(rq, "apply")) code = request_write(rq, lines_write, &making);
	if (code < 0) return code;
	sheet_write(rq, sheet, making.made);
	return 0;
}
