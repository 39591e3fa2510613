/* address_file: standard addresses from a CSV file (UTF-8 or GB18030, any usual separator); what was brought in before, and the
 * rows that were refused: shown, and as a file to be mended and brought in again. */
#include "place/address.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* --- the file ---------------------------------------------------------------------------------------------------------- */
enum { BLOCK = 1 << 16 };
typedef struct File {
	Request *rq;
	int fd;
	Csv *csv;
	Decoder *decoder; /* NULL: it is UTF-8 */
	Buf text;         /* the block in UTF-8 */
	const char *name;
	int crs, column_count;
	PlaceBring *bring;
} File;

static const PlaceBringFault *fault_of(const File *file, const CsvRecord *record) {
	static const PlaceBringFault quote = {"quote", "A quote is not closed, or text follows a closing quote",
	                                      "Write a quote inside a text twice (\"\"), and close every quoted text."},
	                             nul = {"nul", "The row has a NUL byte", "Export the row again without NUL characters."},
	                             cells = {"columns", "The row has more cells than the header has columns",
	                                      "Quote texts that contain the separator."},
	                             longer = {"too_long", "The row is longer than 4 MiB",
	                                       "Check the line ends and quotes around it."};
	if (record->fault == CSV_QUOTE) return &quote;
	if (record->fault == CSV_NUL) return &nul;
	if (record->fault == CSV_TOO_LONG) return &longer;
	return record->fault || (int)record->count > file->column_count ? &cells : NULL;
}

static int record_take(File *file, const CsvRecord *record) {
	if (!file->bring) {
		file->column_count = (int)record->count;
		return place_bring_begin(file->rq, file->name, file->crs, 0, record->fields, file->column_count, &file->bring);
	}
	return place_bring_row(file->bring, &(PlaceBringRow){.row_no = record->line,
	                                                     .cells = record->fields,
	                                                     .count = (int)record->count,
	                                                     .fault = fault_of(file, record)});
}

/* The next block in UTF-8; the first tells charset and separator. 1, 0 the end, or a code. */
static int block_next(File *file, char *block, Text *out) {
	size_t got = 0;
	ssize_t part = 1;
	while (got < BLOCK && (part = read(file->fd, block + got, BLOCK - got)) > 0)
		got += (size_t)part;
	if (part < 0) return fail(file->rq, ERR_IO, "cannot read the file");
	*out = (Text){block, got};
	if (!file->csv) {
		Charset charset = charset_guess(*out);
		if (charset != CHARSET_UTF8) file->decoder = decoder_new(file->rq->arena, charset);
	}
	if (file->decoder) {
		buf_reset(&file->text);
		decoder_feed(file->decoder, *out, got == 0, &file->text);
		*out = buf_as_text(&file->text);
	}
	if (!file->csv) file->csv = csv_new(file->rq->arena, csv_guess_separator(*out));
	return got > 0;
}

static int file_take(File *file) {
	char *block = arena_alloc(file->rq->arena, BLOCK);
	CsvRecord record;
	int code = 0;
	for (int more = 1; more > 0 && code == 0;) {
		Text text;
		if ((more = block_next(file, block, &text)) < 0) return more;
		csv_feed(file->csv, text, more == 0);
		while (code == 0 && csv_next(file->csv, &record))
			code = record_take(file, &record);
	}
	if (code == 0 && !file->bring)
		return error_field(file->rq->error, ERR_INVALID, "file", TEXT_NONE, "empty", "Send the file as the request body.",
		                   "The upload is empty");
	return code;
}

static int path_take(Request *rq, const char *path, const char *name, int crs, PlaceBringCounts *out) {
	File *file = ARENA_NEW(rq->arena, File);
	*file = (File){.rq = rq, .fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1, .name = name, .crs = crs};
	buf_in(&file->text, rq->arena);
	if (file->fd < 0)
		return error_field(rq->error, ERR_INVALID, "file", TEXT_NONE, "empty", "Send the file as the request body.",
		                   "The upload is empty");
	int code = file_take(file);
	close(file->fd);
	return code < 0 ? code : place_bring_end(file->bring, out);
}

int place_addresses_bring(Request *rq, const char *path) {
	PlaceBringCounts counts;
	return path_take(rq, path, strrchr(path, '/') ? strrchr(path, '/') + 1 : path, PLACE_CGCS2000, &counts);
}

int place_addresses_post(Request *rq) {
	PlaceBringCounts counts;
	int crs = in_has(rq, "crs") ? place_crs_parse(in_text(rq, "crs")) : PLACE_CGCS2000;
	if (crs < 0)
		return error_field(rq->error, ERR_INVALID, "crs", in_text(rq, "crs"), "crs",
		                   "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:number.", "This is no known coordinate system");
	int code = in_has(rq, "name") ? file_name_check(rq, "name", in_text(rq, "name")) : 0;
	if (code < 0) return code;
	code = path_take(rq, http_body_path(rq->call), in_has(rq, "name") ? in_str(rq, "name") : "", crs, &counts);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "load_id", counts.load_id);
	jw_kv_int(&rq->json, "read", counts.read);
	jw_kv_int(&rq->json, "kept", counts.read - counts.refused);
	jw_kv_int(&rq->json, "refused", counts.refused);
	jw_kv_int(&rq->json, "first_refused_line", counts.first_refused);
	jw_object_end(&rq->json);
	return 0;
}

/* --- what came in before -------------------------------------------------------------------------------------------------- */
int address_loads_get(Request *rq) {
	static const Member members[] = {{"load_id", MEMBER_ID},
	                                 {"file_name", MEMBER_TEXT},
	                                 {"crs", MEMBER_INT},
	                                 {"read", MEMBER_INT},
	                                 {"refused", MEMBER_INT},
	                                 {"refused_kept", MEMBER_INT},
	                                 {"begun_at", MEMBER_TIME},
	                                 {"ended_at", MEMBER_TIME},
	                                 {"by_name", MEMBER_TEXT},
	                                 {"job_id", MEMBER_ID},
	                                 {0}};
	return answer_page(rq, in_limit(rq), members,
	                   "SELECT l.load_id, l.file_name, l.crs, l.rows_read, l.refused_count, (SELECT count(*) FROM"
	                   " place_address_refused r WHERE r.load_id = l.load_id), l.begun_at, l.ended_at, COALESCE(a.name, ''),"
	                   " l.job_id FROM place_address_load l LEFT JOIN account a ON a.account_id = l.account_id WHERE"
	                   " l.load_id < $1 ORDER BY l.load_id DESC LIMIT $2",
	                   BIND(val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX), val_int(in_limit(rq) + 1)));
}

/* --- rows that were refused ----------------------------------------------------------------------------------------------- */
static int refused_write(Request *rq, Rows *rows) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_int(json, "row_no", rows_int(rows, 0));
	jw_kv_text(json, "field", rows_text(rows, 1));
	jw_kv_text(json, "value", rows_text(rows, 2));
	jw_kv_text(json, "rule", rows_text(rows, 3));
	jw_kv_str(json, "message", message_say(rq, rows_str(rows, 4, rq->arena)));
	jw_kv_str(json, "advice", message_say(rq, rows_str(rows, 5, rq->arena)));
	jw_object_end(json);
	return 0;
}

int address_refused_get(Request *rq) {
	return answer_rows(
	    rq, in_limit(rq), refused_write,
	    "SELECT row_no, field, value, rule, message, advice FROM place_address_refused WHERE load_id = $1 AND"
	    " row_no > $2 ORDER BY row_no LIMIT $3",
	    BIND(val_int(in_int(rq, "id")), val_int(in_has(rq, "after") ? in_int(rq, "after") : -1), val_int(in_limit(rq) + 1)));
}

static void json_row(Buf *out, const json_t *cells, size_t count) {
	for (size_t i = 0; i < count; i++) {
		const json_t *cell = json_array_get(cells, i);
		size_t length = json_string_length(cell);
		csv_write(out, length ? (Text){json_string_value(cell), length} : TEXT_NONE, i == 0, true);
	}
}

/* The columns of the file, then what was wrong. UTF-8 with BOM. */
int address_refused_file(Request *rq) {
	static const char *const more[] = {"行号", "退回字段", "退回值", "退回原因", "处理建议"};
	Rows *rows;
	Buf *out = &rq->body;
	int found = db_one(rq->db, &rows, "SELECT columns, file_name FROM place_address_load WHERE load_id = $1",
	                   BIND(val_int(in_int(rq, "id"))));
	if (found <= 0) return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "There is no such import of addresses");
	json_t *columns = json_loads(rows_str(rows, 0, rq->arena), 0, NULL);
	size_t count = json_array_size(columns);
	rq->file_name = arena_printf(rq->arena, "%s-退回.csv", rows_str(rows, 1, rq->arena));
	rq->content_type = "text/csv; charset=utf-8";
	buf_str(out, "\xEF\xBB\xBF");
	json_row(out, columns, count);
	json_decref(columns);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		csv_write(out, text_of(more[i]), count + i == 0, true);
	buf_str(out, "\r\n");
	int code = db_query(rq->db, &rows,
	                    "SELECT row_no, field, value, message, advice, cells FROM place_address_refused WHERE load_id = $1"
	                    " ORDER BY row_no",
	                    BIND(val_int(in_int(rq, "id"))));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		char *text = secret_unlock(rq->arena, app_secret(rq->app), rows_text(rows, 5));
		json_t *cells = text ? json_loads(text, 0, NULL) : NULL;
		json_row(out, cells, count);
		json_decref(cells);
		csv_write(out, text_of(arena_printf(rq->arena, "%lld", (long long)rows_int(rows, 0))), count == 0, true);
		for (int i = 1; i <= 2; i++)
			csv_write(out, rows_text(rows, i).len ? rows_text(rows, i) : TEXT_NONE, false, true);
		csv_write(out, text_of(message_say(rq, rows_str(rows, 3, rq->arena))), false, true);
		csv_write(out, text_of(message_say(rq, rows_str(rows, 4, rq->arena))), false, true);
		buf_str(out, "\r\n");
		rq->row_count++;
	}
	rows_close(rows);
	return code;
}

int address_refused_chore(Request *rq) {
	return chore_portion(rq, days_before(rq, "place.refused_keep_days"),
	                     "DELETE FROM place_address_refused WHERE (load_id, row_no) IN (SELECT load_id, row_no FROM"
	                     " place_address_refused WHERE at_us < $1 ORDER BY at_us LIMIT $2)");
}
