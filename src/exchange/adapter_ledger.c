/* Requests and use that another platform tells of: each row kept in adapter_item by that platform's number. A request that is
 * open there is a case of share_request here, begun through the door of every request; use of an entry of ours counts as its use.
 * What came from here and comes back is neither. LANE_READ workers; adapter_item_put in a write. */
#include "exchange/adapter.h"
#include <stdlib.h>

static void json_free(void *object) {
	json_decref(object);
}

static Text value_of(const AdapterBatch *batch, const AdapterRead *row, const char *field) {
	int i = adapter_column_of(&batch->adapter, field);
	return i < 0 ? TEXT_NONE : row->values[i];
}

static Text member(const json_t *document, const char *name) {
	const json_t *value = json_object_get(document, name);
	return json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : TEXT("");
}

/* The template's word for a field of ours, where it has the field. */
static const char *column_name(const AdapterBatch *batch, const char *field) {
	int i = adapter_column_of(&batch->adapter, field);
	return i < 0 ? field : batch->adapter.columns[i].column;
}

json_t *adapter_row_document(Request *rq, const AdapterBatch *batch, const AdapterRead *row) {
	json_t *document = json_object();
	arena_on_free(rq->arena, json_free, document);
	for (int i = 0; i < batch->adapter.count; i++)
		if (batch->adapter.columns[i].field && row->values[i].at)
			json_object_set_new(document, batch->adapter.columns[i].field->name,
			                    json_stringn(row->values[i].at, row->values[i].len));
	return document;
}

/* --- requests -------------------------------------------------------------------------------------------------------------- */

static bool open_there(const json_t *document) {
	return member(document, "closed_at").len == 0;
}

/* A request of ours that went out by an export and comes back. */
static int ours(Request *rq, Text number, int64_t asker, const json_t *document) {
	int64_t asked = 0, found = 0;
	if (clock_parse(member(document, "asked_at"), &asked) < 0) return 0;
	int code = db_int(rq->db, &found,
	                  "SELECT case_id FROM work_case WHERE number = $1 AND process = 'share_request' AND asker_org = $2 AND"
	                  " created_at BETWEEN $3 AND $4 ORDER BY case_id LIMIT 1",
	                  BIND(val_text(number), val_int(asker), val_int(asked), val_int(asked + 999999)));
	return code < 0 ? code : found > 0;
}

/* A cell of several words as a list; an empty one gives no member. */
static void list_take(json_t *form, const char *name, Text rest) {
	json_t *list = rest.len ? json_array() : NULL;
	while (rest.len > 0) {
		ptrdiff_t at = text_find(rest, TEXT("、"));
		size_t length = at < 0 ? rest.len : (size_t)at, mark = at < 0 ? 0 : strlen("、");
		json_array_append_new(list, json_stringn(rest.at, length));
		rest = (Text){rest.at + length + mark, rest.len - length - mark};
	}
	if (list) json_object_set_new(form, name, list);
}

static json_t *request_form(const json_t *document) {
	static const char *const texts[] = {"purpose", "basis", "service_item", "until"};
	json_t *form = json_object();
	int64_t quota = 0;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (member(document, texts[i]).len) json_object_set(form, texts[i], json_object_get(document, texts[i]));
	if (member(document, "until").len) /* a day: to its end */
		json_object_set_new(form, "until", json_sprintf("%sT23:59:59+08:00", member(document, "until").at));
	if (text_to_int(member(document, "quota_day"), &quota) == 0) json_object_set_new(form, "quota_day", json_integer(quota));
	list_take(form, "fields", member(document, "fields"));
	list_take(form, "way", member(document, "way"));
	return form;
}

static int outside_begin(Request *w, const AdapterItem *item, int64_t *case_id) {
	OutsideRequest from = {.asker_org = item->org_id,
	                       .platform = text_of(item->kept->platform),
	                       .number = text_of(item->other_id),
	                       .reader = member(item->document, "account")};
	if (!item->org_id)
		return error_field(w->error, ERR_INVALID, "form.asker_code", member(item->document, "asker_code"), "asker",
		                   "Register the organisation first, or correct its code.",
		                   "there is no organisation of this code");
	int code = resource_find_code(w, member(item->document, "resource_code"), &from.resource);
	if (code == ERR_NOT_FOUND || code == ERR_CONFLICT || code == ERR_GONE) {
		error_clear(w->error);
		return error_field(w->error, ERR_INVALID, "form.resource_code", member(item->document, "resource_code"),
		                   "resource", "Correct the code, or import the request when the entry is published.",
		                   "there is no published resource of this code");
	}
	if (code < 0) return code;
	from.form = request_form(item->document);
	arena_on_free(w->arena, json_free, from.form);
	return share_request_bring(w, &from, case_id);
}

typedef struct Try {
	const AdapterItem *item;
	bool passed;
} Try;

static int request_try(Request *w, void *arg) {
	Try *try = arg;
	int64_t case_id;
	int code = outside_begin(w, try->item, &case_id);
	try->passed = code == 0;
	return code < 0 ? code : ERR_CANCELLED; /* only to see whether it can be done */
}

/* Would it become a case? Else it is refused, by the template's own column. */
static int request_passes(Request *rq, AdapterBatch *batch, AdapterRead *row, const json_t *document) {
	AdapterKept kept = {.platform = batch->adapter.platform, .data = adapter_data_names[batch->adapter.data]};
	AdapterItem item = {&kept, text_cstr(rq->arena, row->id), document, row->org_id, row->other_org};
	Try try = {&item, false};
	int64_t resource = rq->about_resource, subject = rq->about_subject;
	const char *about = rq->about;
	int code = request_write(rq, request_try, &try);
	rq->about_resource = resource;
	rq->about_subject = subject;
	rq->about = about;
	if (!try.passed) {
		if (code == ERR_BUSY || code == ERR_FULL || code == ERR_IO || code == ERR_INTERNAL) return code;
		const char *field = rq->error->field;
		if (strncmp(field, "form.", 5) == 0) field += 5;
		if (strcmp(field, "resource_id") == 0) field = "resource_code";
		if (strcmp(field, "account_id") == 0) field = "account";
		adapter_refuse_as(rq, row, column_name(batch, field), text_of(rq->error->value),
		                  *rq->error->rule ? rq->error->rule : "request", rq->error->advice, rq->error->message);
	}
	error_clear(rq->error);
	return 0;
}

/* --- use ------------------------------------------------------------------------------------------------------------------- */

typedef struct Used {
	int64_t resource_id, day, used;
} Used;

/* What an item of use counts as: all 0 where the entry is not ours. */
static int used_of(Request *rq, const json_t *document, Used *out) {
	int64_t at = 0;
	*out = (Used){0};
	int code = db_int(rq->db, &out->resource_id, "SELECT resource_id FROM resource WHERE code = $1",
	                  BIND(val_text(member(document, "resource_code"))));
	if (code < 0) return code;
	bool counts = clock_parse(member(document, "day"), &at) == 0 && text_to_int(member(document, "records"), &out->used) == 0;
	if (!out->resource_id || !counts || out->used < 0)
		*out = (Used){0};
	else
		out->day = date_of_us(at);
	return 0;
}

/* "<grant>-<day>" of a grant of ours: use that was counted here already. */
static int counted_here(Request *rq, Text id, const Used *used) {
	const char *dash = id.len ? memchr(id.at, '-', id.len) : NULL;
	int64_t grant = 0, found = 0;
	if (!dash || text_to_int((Text){id.at, (size_t)(dash - id.at)}, &grant) < 0) return 0;
	int code =
	    db_int(rq->db, &found,
	           "SELECT g.grant_id FROM access_grant g WHERE g.grant_id = $1 AND g.resource_id = $2 AND EXISTS (SELECT 1"
	           " FROM grant_use u WHERE u.grant_id = g.grant_id AND u.day = $3)",
	           BIND(val_int(grant), val_int(used->resource_id), val_int(used->day)));
	return code < 0 ? code : found > 0;
}

/* --- judging --------------------------------------------------------------------------------------------------------------- */

/* Rows of one department often stand together. */
typedef struct OrgMemo {
	Text code;
	int64_t org_id;
} OrgMemo;

static int org_again(Request *rq, OrgMemo *memo, Text code, int64_t *out) {
	if (!memo->code.at || !code.at || !text_eq(memo->code, code)) {
		int found = adapter_org_of(rq, code, &memo->org_id);
		if (found < 0) return found;
		memo->code = code;
	}
	*out = memo->org_id;
	return 0;
}

/* Use may be told by either side; a request only in the asker's own name, or by the data bureau. */
static int row_orgs(Request *rq, AdapterBatch *batch, AdapterRead *row, OrgMemo memo[2]) {
	bool asks = batch->adapter.data == ADAPTER_REQUESTS;
	const char *user = asks ? "asker_code" : "user_code";
	int code = org_again(rq, &memo[0], value_of(batch, row, user), &row->org_id);
	if (code == 0) code = org_again(rq, &memo[1], value_of(batch, row, "supplier_code"), &row->other_org);
	if (code < 0) return code;
	if (!(rq->party.sees_all || adapter_may_bring(rq, row->org_id) || (!asks && adapter_may_bring(rq, row->other_org))))
		adapter_refuse_as(rq, row, column_name(batch, user), value_of(batch, row, user), "other_org",
		                  "Ask the data bureau to import it.", "it belongs to another organisation");
	return 0;
}

/* What came of the item before. */
typedef struct Had {
	json_t *document; /* NULL: it is new */
	int64_t case_id, resource_id;
} Had;

static int had_find(Request *rq, const AdapterBatch *batch, const AdapterRead *row, Had *out) {
	Rows *rows;
	*out = (Had){0};
	int found =
	    db_one(rq->db, &rows,
	           "SELECT document, case_id, resource_id FROM adapter_item WHERE platform = $1 AND data = $2 AND other_id"
	           " = $3",
	           BIND(val_str(batch->adapter.platform), val_str(adapter_data_names[batch->adapter.data]), val_text(row->id)));
	if (found <= 0) return found;
	Text text = rows_text(rows, 0);
	*out = (Had){json_loadb(text.at, text.len, 0, NULL), rows_int(rows, 1), rows_int(rows, 2)};
	arena_on_free(rq->arena, json_free, out->document);
	return 0;
}

static int row_judge(Request *rq, AdapterBatch *batch, AdapterRead *row, OrgMemo memo[2]) {
	bool asks = batch->adapter.data == ADAPTER_REQUESTS, more = false;
	Had had;
	Used used = {0};
	int code = row_orgs(rq, batch, row, memo), back = 0;
	if (code < 0 || row->fate == ADAPTER_REFUSED) return code;
	json_t *document = adapter_row_document(rq, batch, row);
	if ((code = had_find(rq, batch, row, &had)) < 0) return code;
	if (!asks) code = used_of(rq, document, &used);
	if (code == 0) back = asks ? ours(rq, row->id, row->org_id, document) : counted_here(rq, row->id, &used);
	if (code < 0 || back < 0) return code < 0 ? code : back;
	more = asks ? open_there(document) && !had.case_id : used.resource_id != had.resource_id; /* told of before it counted */
	row->fate = back                                          ? ADAPTER_SAME
	            : !had.document                               ? ADAPTER_NEW
	            : json_equal(had.document, document) && !more ? ADAPTER_SAME
	                                                          : ADAPTER_CHANGED;
	if (row->fate == ADAPTER_SAME) return 0;
	row->document = document;
	if (asks && more) code = request_passes(rq, batch, row, document);
	if (row->fate == ADAPTER_REFUSED) row->document = NULL;
	return code;
}

int adapter_judge_ledger(Request *rq, AdapterBatch *batch, AdapterRead **sorted) {
	OrgMemo memo[2] = {0};
	const char *name = batch->adapter.columns[batch->adapter.id_column].column;
	int code = 0;
	for (int i = 0; code == 0 && i < batch->count; i++) {
		AdapterRead *row = sorted[i];
		if (i > 0 && row->id.len && text_eq(row->id, sorted[i - 1]->id) && row->fate != ADAPTER_REFUSED)
			adapter_refuse_as(rq, row, name, row->id, "twice", "Leave one of them out.",
			                  "an earlier row has the same number");
		if (row->fate != ADAPTER_REFUSED) code = row_judge(rq, batch, row, memo);
	}
	return code;
}

/* --- keeping --------------------------------------------------------------------------------------------------------------- */

int adapter_item_put(Request *w, const AdapterItem *item) {
	bool asks = strcmp(item->kept->data, "requests") == 0;
	int64_t case_id = 0, subject = w->about_subject, resource = w->about_resource;
	const char *about = w->about;
	Used used = {0};
	int code = asks ? share_request_brought(w, text_of(item->kept->platform), text_of(item->other_id), &case_id)
	                : used_of(w, item->document, &used);
	if (code == 0 && asks && open_there(item->document)) code = outside_begin(w, item, &case_id);
	w->about_subject = subject; /* evidence names the batch; the case has an entry of its own */
	w->about_resource = resource;
	w->about = about;
	if (code < 0) return code;
	char *text = json_dumps(item->document, JSON_COMPACT);
	int64_t done = db_run(
	    w->db,
	    "INSERT INTO adapter_item (item_id, platform, data, other_id, document, org_id, other_org, batch_id, first_us,"
	    " changed_us, case_id, resource_id, day, used) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13)"
	    " ON CONFLICT (platform, data, other_id) DO UPDATE SET document = excluded.document, org_id = excluded.org_id,"
	    " other_org = excluded.other_org, batch_id = excluded.batch_id, changed_us = excluded.changed_us, case_id ="
	    " excluded.case_id, resource_id = excluded.resource_id, day = excluded.day, used = excluded.used",
	    BIND(val_int(store_new_id(w->store)), val_str(item->kept->platform), val_str(item->kept->data),
	         val_str(item->other_id), val_str(text ? text : "{}"), val_int(item->org_id), val_int(item->other_org),
	         val_int(item->kept->batch_id), val_int(w->now_us), val_int(case_id), val_int(used.resource_id),
	         val_int(used.day), val_int(used.used)));
	free(text);
	return done < 0 ? (int)done : 0;
}
