/* The quarantine workbook. Its sheet: column 1 隔离编号 (which row it is; do not change), column 2 原因 (read only), then
 * one column a field under its API name. Every cell is a text, so that numbers keep their zeros. LANE_READ workers; at most
 * BOOK_ROWS_MAX rows. */
#include "exchange/workbook.h"
#include "exchange/reader.h"
#include "exchange/upload.h"
#include <stdlib.h>
#include <xlsxwriter.h>

enum { PAGE = 500, FIXED_COLUMNS = 2 };
#define ID_COLUMN "隔离编号"
#define ID_COLUMN_EN "Quarantine id"

static int own_clear(Request *rq, const Resource **resource) {
	int code = resource_find(rq, in_int(rq, "id"), resource);
	if (code == 0) code = resource_own(rq, *resource);
	if (code == 0 && (*resource)->org_id != rq->party.org_id)
		code = fail(rq, ERR_FORBIDDEN, "only a data officer of the supplier may take out or mend quarantined rows");
	rq->about_resource = code == 0 ? (*resource)->resource_id : 0;
	return code;
}

/* --- download ----------------------------------------------------------------------------------------------------------- */

/* A kept sentence or rule in the caller's language. */
static const char *said(Request *rq, const json_t *reason, const char *member) {
	const char *english = json_string_value(json_object_get(reason, member));
	return request_english(rq) ? english : message_translate(rq->arena, english);
}

static char *reasons_text(Request *rq, const json_t *reasons) {
	Buf *out = ARENA_NEW(rq->arena, Buf);
	size_t index;
	json_t *reason;
	buf_in(out, rq->arena);
	json_array_foreach((json_t *)reasons, index, reason) buf_printf(
	    out, "%s%s [%s]: %s %s", index ? "\n" : "", json_string_value(json_object_get(reason, "field")),
	    json_string_value(json_object_get(reason, "rule")), said(rq, reason, "message"), said(rq, reason, "advice"));
	return text_cstr(rq->arena, buf_as_text(out));
}

static void row_write(Request *rq, BookSheet *sheet, const Resource *resource, const QuarantineKept *kept, lxw_format *bad) {
	book_row(sheet);
	book_integer(sheet, CELL_ID, kept->quarantine_id);
	book_text(sheet, reasons_text(rq, kept->reasons), NULL);
	for (int i = 0; i < resource->field_count; i++) {
		const char *value = json_string_value(json_object_get(kept->values, resource->fields[i].name));
		bool refused = false;
		size_t index;
		json_t *reason;
		json_array_foreach(kept->reasons, index, reason) refused =
		    refused || strcmp(resource->fields[i].name, json_string_value(json_object_get(reason, "field"))) == 0;
		book_text(sheet, value, refused ? bad : NULL);
	}
}

static int workbook_fill(Request *rq, const Book *book, const Resource *resource, const QuarantineFilter *filter) {
	BookSheet sheet = book_sheet(book, request_say(rq, "隔离数据", "Quarantine"), FIXED_COLUMNS);
	lxw_format *bad = workbook_add_format(book->file);
	QuarantineKept *page = ARENA_ARRAY(rq->arena, QuarantineKept, PAGE);
	int64_t after = 0;
	int count;
	format_set_bg_color(bad, 0xFFD9D9);
	format_set_num_format(bad, "@");
	book_head(&sheet, request_say(rq, ID_COLUMN, ID_COLUMN_EN), 22, CELL_ID);
	book_head(&sheet, request_say(rq, "原因", "Reason"), 60, CELL_TEXT);
	for (int i = 0; i < resource->field_count; i++)
		book_head(&sheet, resource->fields[i].name, 20, CELL_TEXT);
	while ((count = quarantine_list(rq, filter, after, page, PAGE)) > 0 && sheet.row < BOOK_ROWS_MAX) {
		for (int i = 0; i < count; i++)
			row_write(rq, &sheet, resource, &page[i], bad);
		after = page[count - 1].quarantine_id;
		rq->row_count += count;
	}
	book_sheet_end(&sheet);
	return count < 0 ? count : 0;
}

int workbook_get(Request *rq) {
	const Resource *resource;
	int code = own_clear(rq, &resource);
	if (code < 0) return code;
	QuarantineFilter filter = {.resource_id = resource->resource_id,
	                           .job_id = in_int(rq, "job"),
	                           .rule = in_str(rq, "rule"),
	                           .field = in_str(rq, "field"),
	                           .state = in_has(rq, "state") ? in_str(rq, "state") : "open"};
	AnswerBook answer;
	if ((code = answer_book(rq, &answer)) < 0) return code;
	code = workbook_fill(rq, &answer.book, resource, &filter);
	rq->sensitive = true; /* the supplier's rows leave in clear */
	return answer_book_send(rq, &answer,
	                        arena_printf(rq->arena, "%s-%s%s%s", request_say(rq, "隔离数据", "Quarantine"), resource->name,
	                                     filter.rule ? "-" : "", filter.rule ? filter.rule : ""),
	                        code);
}

/* --- mending by upload ------------------------------------------------------------------------------------------------------ */

typedef struct Mend {
	Request *rq;
	const Resource *resource;
	Reader *reader;
	int id_column, *column_of;
	int64_t quarantine_id;
	json_t *values;
	int64_t mended, unchanged;
} Mend;

static int mend_write(Request *w, void *arg) {
	const Mend *mend = arg;
	return quarantine_mend(w, mend->quarantine_id, mend->resource->resource_id, 0, mend->values);
}

static int mend_columns(Mend *mend) {
	Request *rq = mend->rq;
	mend->id_column = reader_column(mend->reader, text_of(ID_COLUMN));
	if (mend->id_column < 0) mend->id_column = reader_column(mend->reader, text_of(ID_COLUMN_EN));
	mend->column_of = ARENA_ARRAY(rq->arena, int, mend->resource->field_count + 1);
	for (int i = 0; i < mend->resource->field_count; i++)
		mend->column_of[i] = reader_column(mend->reader, text_of(mend->resource->fields[i].name));
	if (mend->id_column >= 0) return 0;
	return error_field(rq->error, ERR_INVALID, "upload_id", TEXT_NONE, "workbook",
	                   "Mend the workbook that was downloaded here.", "the file has no column " ID_COLUMN);
}

/* Puts a cell over the kept value; an emptied cell means none. Whether that changes it. */
static bool value_mend(json_t *values, const char *name, Text text) {
	const json_t *kept = json_object_get(values, name);
	bool empty = !text.at || text.len == 0;
	bool same = json_is_string(kept)
	                ? text_eq((Text){json_string_value(kept), json_string_length(kept)}, empty ? TEXT("") : text)
	                : empty;
	if (!same) json_object_set_new(values, name, empty ? json_null() : json_stringn(text.at, text.len));
	return !same;
}

/* One row of the workbook over the kept one. A row left as it was stays as it is: open rows are not mended by being sent back. */
static int mend_row(Mend *mend, const ReaderRow *row) {
	Request *rq = mend->rq;
	Rows *rows;
	if (text_to_int(text_trim(row->texts[mend->id_column]), &mend->quarantine_id) != 0)
		return fail(rq, ERR_INVALID, "%.*s is not the number of a quarantined row",
		            TEXT_ARG(row->texts[mend->id_column]));
	int found = db_one(rq->db, &rows, "SELECT row_values FROM quarantine WHERE resource_id = $1 AND quarantine_id = $2",
	                   BIND(val_int(mend->resource->resource_id), val_int(mend->quarantine_id)));
	if (found <= 0)
		return found < 0
		           ? found
		           : fail(rq, ERR_NOT_FOUND, "this resource has no quarantined row %lld", (long long)mend->quarantine_id);
	Text kept = rows_text(rows, 0);
	mend->values = json_loadb(kept.at, kept.len, 0, NULL);
	if (!mend->values) return fail(rq, ERR_INTERNAL, "row %lld is not readable", (long long)mend->quarantine_id);
	bool changed = false;
	for (int i = 0; i < mend->resource->field_count; i++)
		if (mend->column_of[i] >= 0 &&
		    value_mend(mend->values, mend->resource->fields[i].name, row->texts[mend->column_of[i]]))
			changed = true;
	int code = changed ? request_write(rq, mend_write, mend) : 0;
	json_decref(mend->values);
	mend->mended += changed && code >= 0;
	mend->unchanged += !changed;
	return code;
}

int workbook_mend(Request *rq) {
	Mend mend = {.rq = rq};
	Upload upload;
	ReaderRow row;
	int code = own_clear(rq, &mend.resource);
	if (code == 0) code = upload_open(rq, in_int(rq, "upload_id"), &upload);
	if (code < 0) return code;
	ReaderOptions options = {.name = upload.name, .sha256 = upload.sha256, .size = upload.size};
	code = reader_open(rq->arena, upload.path, &options, rq->error, &mend.reader);
	if (code == 0) code = mend_columns(&mend);
	if (code < 0) return code;
	Buf *failed = ARENA_NEW(rq->arena, Buf);
	JsonWriter json;
	buf_in(failed, rq->arena);
	jw_begin(&json, failed);
	jw_array(&json);
	while ((code = reader_next(mend.reader, &row)) > 0) {
		if (row.fault)
			error_set(rq->error, ERR_INVALID, "%s", row.fault->message);
		else if (mend_row(&mend, &row) >= 0)
			continue;
		jw_object(&json);
		jw_kv_int(&json, "row_no", row.row_no);
		jw_kv_str(&json, "message", message_say(rq, rq->error->message));
		jw_object_end(&json);
		error_clear(rq->error);
	}
	jw_array_end(&json);
	reader_close(mend.reader);
	if (code < 0) return code;
	rq->row_count = mend.mended;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "mended", mend.mended);
	jw_kv_int(&rq->json, "unchanged", mend.unchanged);
	jw_key(&rq->json, "failed");
	jw_raw(&rq->json, buf_as_text(failed));
	jw_object_end(&rq->json);
	return 0;
}
