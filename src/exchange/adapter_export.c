/* GET /adapters/{adapter}/export: what the party may see, in the other platform's template. The file is whole before its first
 * byte goes out; records pass grant, masks and quota as in a download. LANE_READ workers. */
#include "exchange/adapter.h"

typedef struct Export {
	Request *rq;
	const Adapter *adapter;
	AdapterFile *file;
	Text *cells;
	int64_t rows, most;
} Export;

static int row_give(void *arg, const Text *values) {
	Export *export = arg;
	Request *rq = export->rq;
	if (++export->rows > export->most)
		return error_field(rq->error, ERR_QUOTA, "quota_day", TEXT_NONE, "quota_day",
		                   "Wait until midnight, or ask the supplier for a larger quota or a narrower grant.",
		                   "The resource has more records than the grant leaves today (%lld)", (long long)export->most);
	for (int i = 0; i < export->adapter->count; i++)
		export->cells[i] = adapter_cell_out(rq->arena, &export->adapter->columns[i], values[i]);
	return adapter_file_row(export->file, export->cells);
}

static int64_t left_of(Request *rq, const Adapter *adapter, int64_t *out) {
	const Resource *resource;
	const Grant *grant = NULL;
	*out = INT64_MAX;
	if (adapter->data != ADAPTER_RECORDS) return 0;
	int code = resource_find_code(rq, text_of(adapter->resource), &resource);
	if (code < 0) return code;
	Error kept = *rq->error;
	if (grant_find(rq, resource->resource_id, WAY_DOWNLOAD, &grant) == 0 && grant)
		*out = grant->quota_day - grant_used(grant, rq->now_us);
	*rq->error = kept; /* whether there is a right at all is asked by the scan */
	return 0;
}

static int export_rows(Export *export) {
	Request *rq = export->rq;
	RecordScan *scan = NULL;
	AdapterRange range = {in_int(rq, "from"), in_has(rq, "to") ? in_int(rq, "to") : rq->now_us + INT64_C(86400000000)};
	int code = adapter_rows(rq, export->adapter, &range, row_give, export, &scan);
	if (scan) record_scan_close(scan);
	if (code == 0 && scan) code = record_scan_still(rq, scan);
	if (code == 0 && scan && scan->grant && export->rows > 0) code = grant_use(rq, scan->grant, export->rows);
	if (code < 0) return code;
	rq->about = arena_printf(rq->arena, "%s%s\"adapter\":\"%s\",\"version\":%lld}", scan ? scan->about : "{", scan ? "," : "",
	                         export->adapter->name, (long long)export->adapter->version);
	rq->row_count = export->rows;
	rq->sensitive = scan && scan->sensitive && export->rows > 0;
	return 0;
}

int adapter_export(Request *rq) {
	Adapter adapter;
	Export export = {.rq = rq, .adapter = &adapter};
	int code = adapter_find(rq, in_text(rq, "adapter"), &adapter);
	if (code < 0) return code;
	const char **names = ARENA_ARRAY(rq->arena, const char *, adapter.count + 1);
	for (int i = 0; i < adapter.count; i++)
		names[i] = adapter.columns[i].column;
	export.cells = ARENA_ARRAY(rq->arena, Text, adapter.count + 1);
	code = (int)left_of(rq, &adapter, &export.most);
	if (code == 0)
		code = adapter_file_begin(rq, in_has(rq, "format") ? in_str(rq, "format") : adapter.form,
		                          adapter.sheet ? adapter.sheet : "数据", names, adapter.count, &export.file);
	if (code == 0) code = export_rows(&export);
	return code < 0 ? code : adapter_file_answer(export.file, adapter.title);
}
