/* POST /adapters/{adapter}/imports: reads a file in another platform's template, judges each row (new, changed, same, refused)
 * and keeps the result as a batch. Nothing of the city changes: that is the batch's apply (adapter_apply.c). LANE_READ workers.
 */
#include "exchange/adapter.h"
#include "exchange/exchange.h"
#include <stdlib.h>

const char *const adapter_fate_names[ADAPTER_FATES] = {"new", "changed", "same", "refused"};
enum { REASONS_A_ROW = 8, KEEP_AT_ONCE = 500 };

void adapter_refuse(Request *rq, AdapterRead *row, const Reason *reason) {
	if (!row->reasons) row->reasons = ARENA_ARRAY(rq->arena, Reason, REASONS_A_ROW);
	if (row->reason_count < REASONS_A_ROW) row->reasons[row->reason_count++] = *reason;
	row->fate = ADAPTER_REFUSED;
}

bool adapter_may_bring(const Request *rq, int64_t org_id) {
	const Party *party = &rq->party;
	return party->kind == PARTY_SYSTEM || (party->sees_all && party_may(party, PERMIT_CATALOG_REVIEW)) ||
	       (party_may(party, PERMIT_CATALOG_EDIT) && party->org_id == org_id);
}

/* --- reading
 * -------------------------------------------------------------------------------------------------------------------- */

static int positions_of(Request *rq, const Adapter *adapter, Reader *reader, int *from) {
	for (int i = 0; i < adapter->count; i++) {
		const AdapterColumn *column = &adapter->columns[i];
		bool read = column->field && !column->field->out_only;
		from[i] = reader_column(reader, text_of(column->column));
		if (read && from[i] < 0 && (column->id || (column->required && !column->fallback)))
			return error_field(rq->error, ERR_INVALID, "file", text_of(column->column), "header",
			                   "Export it again from the other platform, in this template.",
			                   "the file has no column %s", column->column);
	}
	return 0;
}

static void row_read(Request *rq, const Adapter *adapter, const ReaderRow *from_file, const int *from, AdapterRead *out) {
	Reason reason;
	*out = (AdapterRead){.row_no = from_file->row_no,
	                     .cells = ARENA_ARRAY(rq->arena, Text, adapter->count + 1),
	                     .values = ARENA_ARRAY(rq->arena, Text, adapter->count + 1),
	                     .id = TEXT("")};
	for (int i = 0; i < adapter->count; i++) {
		if (from[i] < 0 && !(adapter->columns[i].field && adapter->columns[i].fallback)) continue;
		Text cell = from[i] < 0 ? TEXT_NONE : from_file->texts[from[i]];
		out->cells[i] = cell.at ? text_dup(rq->arena, cell) : TEXT_NONE;
		if (adapter_cell_in(rq->arena, &adapter->columns[i], out->cells[i], &out->values[i], &reason) < 0)
			adapter_refuse(rq, out, &reason);
	}
	if (out->values[adapter->id_column].at) out->id = out->values[adapter->id_column];
	if (from_file->fault) adapter_refuse(rq, out, from_file->fault);
}

static int file_read(Request *rq, const Upload *upload, AdapterBatch *batch) {
	Reader *reader;
	ReaderRow row;
	int *from = ARENA_ARRAY(rq->arena, int, batch->adapter.count + 1), room = 0;
	int64_t bytes = 0;
	ReaderOptions options = {
	    .name = upload->name, .sha256 = upload->sha256, .size = upload->size, .sheet = in_str(rq, "sheet")};
	int code = reader_open(rq->arena, upload->path, &options, rq->error, &reader);
	if (code == 0) code = positions_of(rq, &batch->adapter, reader, from);
	while (code >= 0 && (code = reader_next(reader, &row)) > 0) {
		if (batch->count == ADAPTER_ROWS_MAX)
			return error_field(rq->error, ERR_TOO_LARGE, "file", TEXT_NONE, "rows", "Split the file.",
			                   "the file has more than %d rows", ADAPTER_ROWS_MAX);
		if (batch->count == room) {
			room = room ? room * 2 : 256;
			AdapterRead *more = ARENA_ARRAY(rq->arena, AdapterRead, room);
			if (batch->count) memcpy(more, batch->rows, sizeof *more * (size_t)batch->count);
			batch->rows = more;
		}
		AdapterRead *read = &batch->rows[batch->count++];
		row_read(rq, &batch->adapter, &row, from, read);
		for (int i = 0; i < batch->adapter.count; i++)
			bytes += (int64_t)read->cells[i].len;
		if (bytes > 2 * ADAPTER_FILE_MAX)
			return error_field(rq->error, ERR_TOO_LARGE, "file", TEXT_NONE, "size", "Split the file.",
			                   "the file's cells hold more than %lld MiB", (long long)(2 * ADAPTER_FILE_MAX >> 20));
	}
	if (code >= 0) reader_close(reader);
	return code;
}

/* --- keeping
 * ---------------------------------------------------------------------------------------------------------------------- */

static const char *json_kept(Request *rq, json_t *json) {
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	const char *kept = arena_strdup(rq->arena, text ? text : "");
	free(text);
	json_decref(json);
	return kept;
}

static const char *cells_json(Request *rq, const Adapter *adapter, const AdapterRead *row) {
	json_t *cells = json_array();
	for (int i = 0; i < adapter->count; i++)
		json_array_append_new(cells,
		                      row->cells[i].at ? json_stringn(row->cells[i].at, row->cells[i].len) : json_string(""));
	return json_kept(rq, cells);
}

static const char *reasons_json(Request *rq, const AdapterRead *row) {
	json_t *reasons = json_array();
	for (int i = 0; i < row->reason_count; i++) {
		const Reason *one = &row->reasons[i];
		json_array_append_new(reasons, json_pack("{s:s, s:s, s:s, s:s, s:s}", "field", one->field, "value", one->value,
		                                         "rule", one->rule, "message", one->message, "advice", one->advice));
	}
	return json_kept(rq, reasons);
}

typedef struct Keep {
	AdapterBatch *batch;
	const Upload *upload;
	int at;
} Keep;

static int rows_keep(Request *w, void *arg) {
	const Keep *keep = arg;
	const AdapterBatch *batch = keep->batch;
	int64_t done = 0;
	for (int i = keep->at; done >= 0 && i < batch->count && i < keep->at + KEEP_AT_ONCE; i++) {
		const AdapterRead *row = &batch->rows[i];
		const char *document = row->document ? json_kept(w, json_incref(row->document)) : "";
		done = db_run(w->db,
		              "INSERT INTO adapter_row (batch_id, row_no, fate, other_id, cells, document, seen, org_id, "
		              "other_org, reasons,"
		              " done) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)",
		              BIND(val_int(batch->batch_id), val_int(row->row_no), val_str(adapter_fate_names[row->fate]),
		                   val_text(row->id), val_str(cells_json(w, &batch->adapter, row)), val_str(document),
		                   val_int(row->seen), val_int(row->org_id), val_int(row->other_org),
		                   val_str(reasons_json(w, row))));
	}
	return done < 0 ? (int)done : 0;
}

/* Last: a batch without its row is nobody's, and the chore takes its rows. */
static int batch_keep(Request *w, void *arg) {
	const Keep *keep = arg;
	const AdapterBatch *batch = keep->batch;
	const int64_t *counts = batch->counts;
	return (int)db_run(
	    w->db,
	    "INSERT INTO adapter_batch (batch_id, mapping, mapping_version, data, platform, resource_id, org_id, account_id, "
	    "file_name,"
	    " sha256, state, new_count, changed_count, same_count, refused_count, created_us, applied_us, job_id) VALUES"
	    " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'previewed', $11, $12, $13, $14, $15, 0, 0)",
	    BIND(val_int(batch->batch_id), val_str(batch->adapter.name), val_int(batch->adapter.version),
	         val_str(adapter_data_names[batch->adapter.data]), val_str(batch->adapter.platform),
	         val_int(batch->resource ? batch->resource->resource_id : 0), val_int(w->party.org_id),
	         val_int(w->party.account_id), val_str(keep->upload->name), val_str(keep->upload->sha256),
	         val_int(counts[ADAPTER_NEW]), val_int(counts[ADAPTER_CHANGED]), val_int(counts[ADAPTER_SAME]),
	         val_int(counts[ADAPTER_REFUSED]), val_int(w->now_us)));
}

static int keep_all(Request *rq, AdapterBatch *batch, const Upload *upload) {
	Keep keep = {batch, upload, 0};
	int code = 0;
	for (; code >= 0 && keep.at < batch->count; keep.at += KEEP_AT_ONCE)
		code = request_write_bulk(rq, rows_keep, &keep);
	return code < 0 ? code : request_write(rq, batch_keep, &keep);
}

/* --- the route
 * ------------------------------------------------------------------------------------------------------------------- */

static int may_import(Request *rq, AdapterBatch *batch) {
	if (batch->adapter.data != ADAPTER_RECORDS)
		return adapter_may_bring(rq, rq->party.org_id)
		           ? 0
		           : fail(rq, ERR_FORBIDDEN, "only data officers and the data bureau bring in data of other platforms");
	int code = resource_find_code(rq, text_of(batch->adapter.resource), &batch->resource);
	if (code == 0) code = resource_not_proxied(rq, batch->resource, "be loaded");
	if (code == 0 && (batch->resource->org_id != rq->party.org_id || !party_may(&rq->party, PERMIT_LOAD)))
		code = fail(rq, ERR_FORBIDDEN, "only a data officer of the supplier brings in its records");
	return code;
}

int adapter_import(Request *rq) {
	const char *spooled = http_body_path(rq->call);
	if (!spooled || http_body_size(rq->call) == 0)
		return error_field(rq->error, ERR_INVALID, "body", TEXT_NONE, "empty", "Send the file as the request body.",
		                   "the upload is empty");
	return adapter_bring(rq, spooled);
}

int adapter_bring(Request *rq, const char *path) {
	AdapterBatch batch = {.batch_id = store_new_id(rq->store)};
	Upload upload;
	int code = adapter_find(rq, in_text(rq, "adapter"), &batch.adapter);
	if (code == 0) code = may_import(rq, &batch);
	if (code == 0) code = upload_keep(rq, path, true, in_text(rq, "name"), &upload);
	if (code == 0) code = file_read(rq, &upload, &batch);
	if (code >= 0) code = adapter_judge(rq, &batch);
	for (int i = 0; code == 0 && i < batch.count; i++)
		batch.counts[batch.rows[i].fate]++;
	if (code == 0) code = keep_all(rq, &batch, &upload);
	if (code < 0) return code;
	rq->status = 201;
	rq->about_resource = batch.resource ? batch.resource->resource_id : 0;
	rq->about_subject = batch.batch_id;
	rq->about = arena_printf(rq->arena, "{\"adapter\":\"%s\",\"sha256\":\"%s\",\"rows\":%d}", batch.adapter.name,
	                         upload.sha256, batch.count);
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "batch_id", batch.batch_id);
	jw_kv_int(&rq->json, "rows", batch.count);
	for (int i = 0; i < ADAPTER_FATES; i++)
		jw_kv_int(&rq->json, adapter_fate_names[i], batch.counts[i]);
	jw_object_end(&rq->json);
	return 0;
}
