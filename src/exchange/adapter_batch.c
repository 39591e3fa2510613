/* Owns tables adapter_batch, adapter_row and adapter_item: imports of files in another platform's template as they were judged,
 * and the ledger of requests and use that came by them. Rows of a batch are kept adapter.keep_days. LANE_READ workers, a chore.
 */
#include "exchange/adapter.h"

#define BATCH_COLUMNS                                                                                                            \
	"b.batch_id, b.mapping, b.data, b.platform, b.org_id, b.file_name, b.sha256, b.state, b.new_count, b.changed_count, "    \
	"b.same_count, b.refused_count, b.created_us, b.applied_us, b.job_id, b.resource_id"
static const Member batch_members[] = {{"batch_id", MEMBER_ID},
                                       {"adapter", MEMBER_TEXT},
                                       {"data", MEMBER_TEXT},
                                       {"platform", MEMBER_TEXT},
                                       {"org_id", MEMBER_ID},
                                       {"file_name", MEMBER_TEXT},
                                       {"sha256", MEMBER_TEXT},
                                       {"state", MEMBER_TEXT},
                                       {"new", MEMBER_INT},
                                       {"changed", MEMBER_INT},
                                       {"same", MEMBER_INT},
                                       {"refused", MEMBER_INT},
                                       {"created_at", MEMBER_TIME},
                                       {"applied_at", MEMBER_TIME},
                                       {"job_id", MEMBER_ID},
                                       {"resource_id", MEMBER_ID},
                                       {0}};

int adapter_kept(Request *rq, int64_t batch_id, AdapterKept *out) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT mapping, data, platform, state, org_id, resource_id, job_id FROM adapter_batch WHERE batch_id = $1",
	           BIND(val_int(batch_id)));
	if (found < 0) return found;
	bool records = found && text_is(rows_text(rows, 1), "records");
	bool mine = found && rows_int(rows, 4) == rq->party.org_id && (!records || party_may(&rq->party, PERMIT_LOAD));
	if (!mine && !(found && rq->party.sees_all && !records))
		return fail(rq, ERR_NOT_FOUND, "there is no import %lld", (long long)batch_id);
	*out = (AdapterKept){.batch_id = batch_id,
	                     .mapping = rows_str(rows, 0, rq->arena),
	                     .data = rows_str(rows, 1, rq->arena),
	                     .platform = rows_str(rows, 2, rq->arena),
	                     .state = rows_str(rows, 3, rq->arena),
	                     .org_id = rows_int(rows, 4),
	                     .resource_id = rows_int(rows, 5),
	                     .job_id = rows_int(rows, 6)};
	rq->about_subject = batch_id;
	rq->about_resource = out->resource_id;
	return 0;
}

static int batch_row(Request *rq, Rows *rows) {
	jw_object(&rq->json);
	row_members(rq, rows, batch_members);
	jw_object_end(&rq->json);
	return 0;
}

int adapter_imports_get(Request *rq) {
	int64_t after = in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX;
	return answer_rows(
	    rq, in_limit(rq), batch_row,
	    "SELECT " BATCH_COLUMNS " FROM adapter_batch b WHERE b.batch_id < $1 AND (b.org_id = $2 OR (CAST($3 AS BIGINT) = 1"
	    " AND b.data <> 'records')) ORDER BY b.batch_id DESC LIMIT $4",
	    BIND(val_int(after), val_int(rq->party.org_id), val_int(rq->party.sees_all), val_int(in_limit(rq) + 1)));
}

/* --- one, with its rows
 * --------------------------------------------------------------------------------------------------------- */

static void row_json(Request *rq, Rows *rows) {
	Text reasons = rows_text(rows, 4);
	json_t *list = json_loadb(reasons.at, reasons.len, 0, NULL);
	message_say_members(rq, list);
	char *text = json_dumps(list, JSON_COMPACT);
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "row_no", rows_int(rows, 0));
	jw_kv_text(&rq->json, "fate", rows_text(rows, 1));
	jw_kv_text(&rq->json, "id", rows_text(rows, 2));
	jw_key(&rq->json, "cells");
	jw_raw(&rq->json, rows_text(rows, 3));
	jw_key(&rq->json, "reasons");
	jw_raw(&rq->json, text_of(text ? text : "[]"));
	jw_object_end(&rq->json);
	free(text);
	json_decref(list);
}

static int rows_json(Request *rq, int64_t batch_id, Text fate) {
	Rows *rows;
	int limit = in_limit(rq), count = 0;
	int64_t last = 0;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT row_no, fate, other_id, cells, reasons FROM adapter_row WHERE batch_id = $1 AND row_no > $2 AND ($3 = '' OR"
	    " fate = $3) ORDER BY row_no LIMIT $4",
	    BIND(val_int(batch_id), val_int(in_int(rq, "after")), val_text(fate.at ? fate : TEXT("")), val_int(limit + 1)));
	jw_key(&rq->json, "rows");
	jw_array(&rq->json);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		if (count++ == limit) break;
		last = rows_int(rows, 0);
		row_json(rq, rows);
	}
	if (code > 0) rows_close(rows);
	jw_array_end(&rq->json);
	jw_kv_str(&rq->json, "next", count > limit ? arena_printf(rq->arena, "%lld", (long long)last) : NULL);
	rq->row_count = count > limit ? limit : count;
	return code < 0 ? code : 0;
}

static int batch_head(Request *rq, int64_t batch_id) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows, "SELECT " BATCH_COLUMNS " FROM adapter_batch b WHERE b.batch_id = $1", BIND(val_int(batch_id)));
	if (found > 0) row_members(rq, rows, batch_members);
	return found < 0 ? found : 0;
}

int adapter_batch_answer(Request *rq, int64_t batch_id) {
	jw_object(&rq->json);
	int code = batch_head(rq, batch_id);
	jw_object_end(&rq->json);
	return code;
}

static void columns_json(Request *rq, const Adapter *adapter) {
	jw_key(&rq->json, "columns");
	jw_array(&rq->json);
	for (int i = 0; i < adapter->count; i++)
		jw_str(&rq->json, adapter->columns[i].column);
	jw_array_end(&rq->json);
}

int adapter_import_get(Request *rq) {
	AdapterKept kept;
	Adapter adapter;
	int code = adapter_kept(rq, in_int(rq, "id"), &kept);
	if (code == 0) code = adapter_find(rq, text_of(kept.mapping), &adapter);
	if (code < 0) return code;
	jw_object(&rq->json);
	code = batch_head(rq, kept.batch_id);
	columns_json(rq, &adapter);
	if (code == 0) code = rows_json(rq, kept.batch_id, in_text(rq, "fate"));
	jw_object_end(&rq->json);
	rq->sensitive = strcmp(kept.data, "records") == 0; /* the supplier's rows, in clear */
	return code;
}

/* --- refused rows as a file: the template, with the reasons behind it
 * --------------------------------------------------------------- */

static int refused_row(Request *rq, AdapterFile *file, int count, Rows *rows) {
	Text text = rows_text(rows, 0), why = rows_text(rows, 1);
	json_t *cells = json_loadb(text.at, text.len, 0, NULL), *reasons = json_loadb(why.at, why.len, 0, NULL), *one;
	Text *out = ARENA_ARRAY(rq->arena, Text, count + 1);
	Buf *said = ARENA_NEW(rq->arena, Buf);
	size_t index;
	buf_in(said, rq->arena);
	for (int i = 0; i < count; i++) {
		const json_t *cell = json_array_get(cells, (size_t)i);
		out[i] = text_dup(rq->arena, (Text){json_string_value(cell), json_string_length(cell)});
	}
	json_array_foreach(reasons, index, one)
	    buf_printf(said, "%s%s [%s]: %s %s", index ? "\n" : "", json_string_value(json_object_get(one, "field")),
	               json_string_value(json_object_get(one, "rule")),
	               message_translate(rq->arena, json_string_value(json_object_get(one, "message"))),
	               message_translate(rq->arena, json_string_value(json_object_get(one, "advice"))));
	out[count] = buf_as_text(said);
	json_decref(cells);
	json_decref(reasons);
	rq->row_count++;
	return adapter_file_row(file, out);
}

int adapter_import_refused(Request *rq) {
	AdapterKept kept;
	Adapter adapter;
	AdapterFile *file;
	Rows *rows;
	int code = adapter_kept(rq, in_int(rq, "id"), &kept);
	if (code == 0) code = adapter_find(rq, text_of(kept.mapping), &adapter);
	if (code < 0) return code;
	const char **names = ARENA_ARRAY(rq->arena, const char *, adapter.count + 2);
	for (int i = 0; i < adapter.count; i++)
		names[i] = adapter.columns[i].column;
	names[adapter.count] = "原因";
	code = adapter_file_begin(rq, in_has(rq, "format") ? in_str(rq, "format") : adapter.form,
	                          adapter.sheet ? adapter.sheet : "数据", names, adapter.count + 1, &file);
	if (code == 0)
		code = db_query(rq->db, &rows,
		                "SELECT cells, reasons FROM adapter_row WHERE batch_id = $1 AND fate = 'refused' ORDER BY row_no",
		                BIND(val_int(kept.batch_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		if ((code = refused_row(rq, file, adapter.count, rows)) < 0) rows_close(rows);
	rq->sensitive = strcmp(kept.data, "records") == 0;
	return code < 0 ? code : adapter_file_answer(file, arena_printf(rq->arena, "%s-未接收", adapter.title));
}

/* --- the ledger
 * ------------------------------------------------------------------------------------------------------------------------ */

int adapter_items_get(Request *rq) {
	static const Member members[] = {{"item_id", MEMBER_ID},
	                                 {"platform", MEMBER_TEXT},
	                                 {"data", MEMBER_TEXT},
	                                 {"id", MEMBER_TEXT},
	                                 {"document", MEMBER_JSON},
	                                 {"batch_id", MEMBER_ID},
	                                 {"first_at", MEMBER_TIME},
	                                 {"changed_at", MEMBER_TIME},
	                                 {"case_id", MEMBER_ID},
	                                 {"resource_id", MEMBER_ID},
	                                 {0}};
	int limit = in_limit(rq), count = 0;
	int64_t after = in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX, last = 0;
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT item_id, platform, data, other_id, document, batch_id, first_us, changed_us, case_id,"
	    " resource_id FROM adapter_item WHERE data = $1"
	    " AND item_id < $2 AND (CAST($3 AS BIGINT) = 1 OR org_id = $4 OR other_org = $4) ORDER BY item_id DESC LIMIT $5",
	    BIND(val_text(in_text(rq, "data")), val_int(after), val_int(rq->party.sees_all), val_int(rq->party.org_id),
	         val_int(limit + 1)));
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		if (count++ == limit) break;
		last = rows_int(rows, 0);
		jw_object(&rq->json);
		row_members(rq, rows, members);
		jw_object_end(&rq->json);
	}
	if (code > 0) rows_close(rows);
	rq->row_count = count > limit ? limit : count;
	answer_rows_end(rq, count > limit ? last : 0);
	return code < 0 ? code : 0;
}

/* --- housekeeping
 * --------------------------------------------------------------------------------------------------------------------- */

int adapter_rows_chore(Request *rq) {
	return chore_portion(
	    rq, store_id_at(days_before(rq, "adapter.keep_days")),
	    "DELETE FROM adapter_row WHERE (batch_id, row_no) IN (SELECT batch_id, row_no FROM adapter_row WHERE batch_id < $1"
	    " LIMIT $2)");
}
