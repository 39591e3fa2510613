/* What each row of an import would do to the city, judged against what it has, without changing it. An entry of a catalogue is
 * judged as a whole: by what exporting it would give, so that what the template cannot say (grades, masks, kinds beyond its own)
 * stays as it is here. LANE_READ workers. */
#include "exchange/adapter.h"
#include <stdlib.h>

enum { ENTRY_ITEMS_MAX = 500 };

static void json_free(void *object) {
	json_decref(object);
}

static json_t *json_kept(Request *rq, json_t *json) {
	arena_on_free(rq->arena, json_free, json);
	return json;
}

static Text value_of(const AdapterBatch *batch, const AdapterRead *row, const char *field) {
	int i = adapter_column_of(&batch->adapter, field);
	return i < 0 ? TEXT_NONE : row->values[i];
}

int adapter_org_of(Request *rq, Text code, int64_t *out) {
	*out = 0;
	if (!code.at) return 0;
	int found = db_int(rq->db, out, "SELECT org_id FROM org WHERE code = $1", BIND(val_text(code)));
	return found < 0 ? found : 0;
}

void adapter_refuse_as(Request *rq, AdapterRead *row, const char *field, Text value, const char *rule, const char *advice,
                       const char *message) {
	Reason reason;
	adapter_reason(&reason, field, value, rule, advice, "%s", message);
	adapter_refuse(rq, row, &reason);
}

static int compare(const void *a, const void *b) {
	const AdapterRead *x = *(AdapterRead *const *)a, *y = *(AdapterRead *const *)b;
	size_t least = x->id.len < y->id.len ? x->id.len : y->id.len;
	int order = least ? memcmp(x->id.at, y->id.at, least) : 0;
	if (order == 0) order = (x->id.len > y->id.len) - (x->id.len < y->id.len);
	return order ? order : (x->row_no > y->row_no) - (x->row_no < y->row_no);
}

/* Sorted by id, then by place: what has the same id stands together. */
static AdapterRead **by_id(Request *rq, AdapterBatch *batch) {
	AdapterRead **sorted = ARENA_ARRAY(rq->arena, AdapterRead *, batch->count + 1);
	for (int i = 0; i < batch->count; i++)
		sorted[i] = &batch->rows[i];
	qsort(sorted, (size_t)batch->count, sizeof *sorted, compare);
	return sorted;
}

/* --- catalogue
 * ------------------------------------------------------------------------------------------------------------------- */

/* An entry under way: its rows, and what the city has. */
typedef struct Entry {
	Request *rq;
	AdapterBatch *batch;
	AdapterRead **rows;
	int count;
	json_t *had, *document; /* had NULL: none */
	int64_t version;
	/* what exporting `had` gives: cells by column of each item */
	Text **shown;
	int shown_count, shown_room;
} Entry;

static int keep_shown(void *arg, const Text *values) {
	Entry *entry = arg;
	const Adapter *adapter = &entry->batch->adapter;
	Arena *arena = entry->rq->arena;
	if (entry->shown_count == entry->shown_room) return 0;
	Text *cells = ARENA_ARRAY(arena, Text, adapter->count + 1);
	for (int i = 0; i < adapter->count; i++) {
		Reason reason;
		Text cell = adapter_cell_out(arena, &adapter->columns[i], values[i]);
		/* as it would come back in */
		if (adapter_cell_in(arena, &adapter->columns[i], text_dup(arena, cell), &cells[i], &reason) < 0)
			cells[i] = TEXT_NONE;
	}
	entry->shown[entry->shown_count++] = cells;
	return 0;
}

static int entry_had(Entry *entry) {
	Request *rq = entry->rq;
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT v.document, r.version, o.code, o.name, r.draft_state FROM resource r JOIN org o ON o.org_id = r.org_id JOIN"
	    " resource_version v ON v.resource_id = r.resource_id AND v.version_no = CASE WHEN r.draft_version > 0 THEN"
	    " r.draft_version ELSE r.published_version END WHERE r.code = $1",
	    BIND(val_text(entry->rows[0]->id)));
	if (found <= 0) return found;
	Text text = rows_text(rows, 0);
	entry->had = json_kept(rq, json_loadb(text.at, text.len, 0, NULL));
	entry->version = rows_int(rows, 1);
	entry->shown_room = (int)json_array_size(json_object_get(entry->had, "fields"));
	entry->shown = ARENA_ARRAY(rq->arena, Text *, entry->shown_room + 1);
	return adapter_entry_rows(rq, &entry->batch->adapter, entry->had, rows_str(rows, 2, rq->arena),
	                          rows_str(rows, 3, rq->arena), 0, keep_shown, entry);
}

static json_t *list_json(Text value) {
	json_t *list = json_array();
	while (value.len > 0) {
		ptrdiff_t at = text_find(value, TEXT("、"));
		size_t length = at < 0 ? value.len : (size_t)at, mark = at < 0 ? 0 : strlen("、");
		json_array_append_new(list, json_stringn(value.at, length));
		value = (Text){value.at + length + mark, value.len - length - mark};
	}
	return list;
}

static void set_entry(json_t *document, const AdapterField *field, Text value) {
	const char *name = field->name;
	if (strcmp(name, "provider_code") == 0) return;
	if (strcmp(name, "sharing_terms") == 0) {
		const char *sharing = json_string_value(json_object_get(document, "sharing"));
		name = sharing && strcmp(sharing, "none") == 0 ? "sharing_basis" : "sharing_condition";
	}
	json_object_set_new(document, name, field->type == ADAPTER_LIST ? list_json(value) : json_stringn(value.at, value.len));
}

static void set_item(json_t *item, const AdapterField *field, Text value) {
	const char *name = field->name + strlen("item_");
	int64_t number = 0;
	if (field->type == ADAPTER_INT && text_to_int(value, &number) == 0)
		json_object_set_new(item, name, json_integer(number));
	else if (strcmp(name, "key") == 0 || strcmp(name, "required") == 0)
		json_object_set_new(item, name, json_boolean(text_is(value, "true")));
	else
		json_object_set_new(item, name, json_stringn(value.at, value.len));
}

/* The item of that API name or title in the entry as it was, or -1. */
static int item_of(const Entry *entry, const AdapterRead *row) {
	Text name = value_of(entry->batch, row, "item_name"), title = value_of(entry->batch, row, "item_title");
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(entry->had, "fields"), index, field) {
		const char *own = json_string_value(json_object_get(field, name.at ? "name" : "title"));
		if (own && text_is(name.at ? name : title, own)) return (int)index;
	}
	return -1;
}

/* The first row's facts of the entry over what is there: whether they differ. */
static bool merge_entry(Entry *entry) {
	const Adapter *adapter = &entry->batch->adapter;
	const AdapterRead *row = entry->rows[0];
	bool differs = false;
	for (int pass = 0; pass < 2; pass++) /* sharing before its terms */
		for (int i = 0; i < adapter->count; i++) {
			const AdapterField *field = adapter->columns[i].field;
			if (!field || field->item || field->out_only || !row->values[i].at) continue;
			if ((strcmp(field->name, "sharing_terms") == 0) != (pass == 1)) continue;
			Text shown = entry->shown_count ? entry->shown[0][i] : TEXT_NONE;
			if (entry->had && text_eq(shown.at ? shown : TEXT(""), row->values[i])) continue;
			differs = true;
			set_entry(entry->document, field, row->values[i]);
		}
	return differs;
}

static bool merge_item(Entry *entry, const AdapterRead *row) {
	const Adapter *adapter = &entry->batch->adapter;
	int at = item_of(entry, row);
	bool differs = at < 0;
	json_t *fields = json_object_get(entry->document, "fields"),
	       *item = at < 0 ? json_object() : json_array_get(fields, (size_t)at);
	if (at < 0) json_array_append_new(fields, item);
	for (int i = 0; i < adapter->count; i++) {
		const AdapterField *field = adapter->columns[i].field;
		if (!field || !field->item || field->out_only || !row->values[i].at) continue;
		Text shown = at >= 0 && at < entry->shown_count ? entry->shown[at][i] : TEXT_NONE;
		if (at >= 0 && text_eq(shown.at ? shown : TEXT(""), row->values[i])) continue;
		differs = true;
		set_item(item, field, row->values[i]);
	}
	return differs;
}

/* Facts of the entry stand on each of its rows: they must agree. */
static void check_agree(Entry *entry) {
	const Adapter *adapter = &entry->batch->adapter;
	for (int i = 0; i < adapter->count; i++) {
		const AdapterColumn *column = &adapter->columns[i];
		if (!column->field || column->field->item || column->field->out_only) continue;
		for (int r = 1; r < entry->count; r++)
			if (!text_eq(entry->rows[r]->values[i].at ? entry->rows[r]->values[i] : TEXT(""),
			             entry->rows[0]->values[i].at ? entry->rows[0]->values[i] : TEXT("")))
				adapter_refuse_as(entry->rq, entry->rows[r], column->column, entry->rows[r]->cells[i],
				                  "disagrees", "Write the same on all rows of the resource.",
				                  "differs from the first row of the same resource");
	}
}

static void check_twice(Entry *entry) {
	int title = adapter_column_of(&entry->batch->adapter, "item_title");
	for (int r = 1; r < entry->count; r++)
		for (int s = 0; s < r; s++)
			if (text_eq(entry->rows[r]->values[title], entry->rows[s]->values[title]) &&
			    entry->rows[r]->values[title].at) {
				adapter_refuse_as(entry->rq, entry->rows[r], entry->batch->adapter.columns[title].column,
				                  entry->rows[r]->cells[title], "twice", "Leave one of them out.",
				                  "the resource has another item of this name");
				break;
			}
}

/* One row refused: the entry is not made in part. */
static bool any_refused(Entry *entry) {
	bool refused = false;
	for (int r = 0; r < entry->count; r++)
		refused = refused || entry->rows[r]->fate == ADAPTER_REFUSED;
	for (int r = 0; refused && r < entry->count; r++)
		if (entry->rows[r]->fate != ADAPTER_REFUSED)
			adapter_refuse_as(entry->rq, entry->rows[r], "", TEXT_NONE, "with_others",
			                  "Mend the other rows of the resource and import them together.",
			                  "another row of the same resource was refused");
	return refused;
}

typedef struct Try {
	int64_t org_id;
	const json_t *document;
	bool passed;
} Try;

static int entry_try(Request *w, void *arg) {
	Try *try = arg;
	int64_t id;
	int code = resource_draft_document(w, try->org_id, try->document, &id);
	try->passed = code == 0;
	return code < 0 ? code : ERR_CANCELLED; /* only to see whether it can be done */
}

static int entry_passes(Entry *entry, int64_t org_id) {
	Request *rq = entry->rq;
	Try try = {org_id, entry->document, false};
	int64_t resource = rq->about_resource;
	int code = request_write(rq, entry_try, &try);
	rq->about_resource = resource;
	if (try.passed) {
		error_clear(rq->error);
		return 0;
	}
	if (code == ERR_BUSY || code == ERR_FULL || code == ERR_IO || code == ERR_INTERNAL) return code;
	adapter_refuse_as(rq, entry->rows[0], rq->error->field, text_of(rq->error->value),
	                  *rq->error->rule ? rq->error->rule : "entry", rq->error->advice, rq->error->message);
	error_clear(rq->error);
	any_refused(entry);
	return 0;
}

static int entry_org(Entry *entry, int64_t *org_id) {
	Request *rq = entry->rq;
	int column = adapter_column_of(&entry->batch->adapter, "provider_code");
	AdapterRead *row = entry->rows[0];
	const char *name = entry->batch->adapter.columns[column].column;
	int code = adapter_org_of(rq, row->values[column], org_id);
	if (code < 0 || row->fate == ADAPTER_REFUSED) return code;
	if (!*org_id)
		adapter_refuse_as(rq, row, name, row->cells[column], "provider",
		                  "Register the organisation first, or correct its code.",
		                  "there is no organisation of this code");
	else if (!adapter_may_bring(rq, *org_id))
		adapter_refuse_as(rq, row, name, row->cells[column], "other_org", "Ask the data bureau to import it.",
		                  "it belongs to another organisation");
	return 0;
}

static int entry_judge(Entry *entry) {
	Request *rq = entry->rq;
	int64_t org_id = 0;
	AdapterFate fate;
	if (entry->count > ENTRY_ITEMS_MAX) {
		for (int r = 0; r < entry->count; r++)
			adapter_refuse_as(rq, entry->rows[r], "", TEXT_NONE, "items", "Register it in parts.",
			                  "a resource has at most 500 items");
		return 0;
	}
	check_agree(entry);
	check_twice(entry);
	int code = entry_org(entry, &org_id);
	if (code < 0 || any_refused(entry)) return code;
	if ((code = entry_had(entry)) < 0) return code;
	entry->document = json_kept(rq, entry->had ? json_deep_copy(entry->had) : json_pack("{s:[]}", "fields"));
	bool differs = merge_entry(entry);
	for (int r = 0; r < entry->count; r++)
		differs |= merge_item(entry, entry->rows[r]);
	fate = !entry->had ? ADAPTER_NEW : differs ? ADAPTER_CHANGED : ADAPTER_SAME;
	for (int r = 0; r < entry->count; r++)
		entry->rows[r]->fate = fate;
	entry->rows[0]->org_id = org_id;
	entry->rows[0]->seen = entry->version;
	if (fate == ADAPTER_SAME) return 0;
	entry->rows[0]->document = entry->document;
	code = entry_passes(entry, org_id);
	if (entry->rows[0]->fate == ADAPTER_REFUSED) entry->rows[0]->document = NULL;
	return code;
}

static int judge_catalogue(Request *rq, AdapterBatch *batch) {
	AdapterRead **sorted = by_id(rq, batch);
	int code = 0;
	for (int at = 0, next; code >= 0 && at < batch->count; at = next) {
		for (next = at + 1; next < batch->count && text_eq(sorted[next]->id, sorted[at]->id); next++)
			;
		if (sorted[at]->id.len == 0) continue; /* refused: no id */
		Entry entry = {.rq = rq, .batch = batch, .rows = sorted + at, .count = next - at};
		code = entry_judge(&entry);
	}
	return code;
}

/* --- records
 * ---------------------------------------------------------------------------------------------------------------------- */

static void refuse_accepted(Request *rq, AdapterBatch *batch, AdapterRead *row, const Accepted *accepted) {
	for (int i = 0; i < accepted->reason_count; i++) {
		Reason reason = accepted->reasons[i];
		int column = adapter_column_of(&batch->adapter, reason.field);
		if (column >= 0) snprintf(reason.field, sizeof reason.field, "%s", batch->adapter.columns[column].column);
		adapter_refuse(rq, row, &reason);
	}
}

static int records_chunk(Request *rq, AdapterBatch *batch, Acceptor *acceptor, const int *from, int at, int count) {
	const Resource *resource = batch->resource;
	Accepted *accepted = ARENA_ARRAY(rq->arena, Accepted, count);
	char *fates = arena_alloc(rq->arena, (size_t)count + 1);
	int code = 0;
	for (int i = 0; code == 0 && i < count; i++) {
		AdapterRead *row = &batch->rows[at + i];
		Text *texts = ARENA_ARRAY(rq->arena, Text, resource->field_count + 1);
		for (int f = 0; f < resource->field_count; f++)
			texts[f] = from[f] < 0 ? TEXT_NONE : row->values[from[f]];
		code = accept_row(acceptor, texts, rq->arena, &accepted[i]);
		accepted[i].row_no = row->row_no;
		if (row->fate == ADAPTER_REFUSED) { /* for its cells: the rest is not judged, and it counts as nothing */
			accepted[i].reasons = row->reasons;
			accepted[i].reason_count = row->reason_count;
		} else {
			refuse_accepted(rq, batch, row, &accepted[i]);
		}
	}
	if (code == 0) code = accept_references(acceptor, accepted, (size_t)count, rq->arena);
	if (code == 0) code = record_foresee(rq, resource, accepted, (size_t)count, fates);
	for (int i = 0; code == 0 && i < count; i++) {
		AdapterRead *row = &batch->rows[at + i];
		if (row->fate != ADAPTER_REFUSED) refuse_accepted(rq, batch, row, &accepted[i]);
		if (row->fate == ADAPTER_REFUSED) continue;
		if (fates[i] == ' ') {
			adapter_refuse_as(rq, row, batch->adapter.columns[batch->adapter.id_column].column, row->id, "twice",
			                  "Leave one of them out.", "a later row has the same number");
			continue;
		}
		row->fate = fates[i] == 'i' ? ADAPTER_NEW : fates[i] == 'u' ? ADAPTER_CHANGED : ADAPTER_SAME;
		if (row->fate != ADAPTER_SAME) row->document = adapter_row_document(rq, batch, row);
	}
	return code;
}

/* By position in the resource's fields the mapping's column, or -1. */
static int records_columns(Request *rq, AdapterBatch *batch, int *from) {
	const Resource *resource = batch->resource;
	for (int f = 0; f < resource->field_count; f++) {
		from[f] = adapter_column_of(&batch->adapter, resource->fields[f].name);
		if (from[f] < 0) /* the file that is loaded has them all: it would be emptied in every record */
			return error_field(rq->error, ERR_CONFLICT, "adapter", text_of(resource->fields[f].name), "incomplete",
			                   "Keep returned records in an entry of their own, whose fields the mapping all names.",
			                   "the mapping has no column for %s of %s", resource->fields[f].name, resource->code);
	}
	for (int i = 0; i < batch->adapter.count; i++) {
		const AdapterField *field = batch->adapter.columns[i].field;
		const Field *own = field ? resource_field(resource, text_of(field->name)) : NULL;
		if (field && !own)
			return error_field(rq->error, ERR_CONFLICT, "adapter", text_of(field->name), "unknown_field",
			                   "Have the pack's mapping corrected.", "the entry has no field %s", field->name);
		if (batch->adapter.columns[i].id && !(own && own->key && resource->key_count == 1))
			return error_field(rq->error, ERR_CONFLICT, "adapter", text_of(resource->code), "id",
			                   "Have the pack's mapping corrected.",
			                   "the other platform's number must be the only key of %s", resource->code);
	}
	return 0;
}

static int judge_records(Request *rq, AdapterBatch *batch) {
	Acceptor *acceptor;
	int *from = ARENA_ARRAY(rq->arena, int, batch->resource->field_count + 1);
	int code = records_columns(rq, batch, from);
	if (code == 0) code = acceptor_new(rq, batch->resource, &acceptor);
	for (int at = 0; code == 0 && at < batch->count; at += UPSERT_CHUNK_MAX) {
		int left = batch->count - at;
		code = records_chunk(rq, batch, acceptor, from, at, left < UPSERT_CHUNK_MAX ? left : UPSERT_CHUNK_MAX);
	}
	return code;
}

int adapter_judge(Request *rq, AdapterBatch *batch) {
	int code = batch->adapter.data == ADAPTER_CATALOGUE ? judge_catalogue(rq, batch)
	           : batch->adapter.data == ADAPTER_RECORDS ? judge_records(rq, batch)
	                                                    : adapter_judge_ledger(rq, batch, by_id(rq, batch));
	return code < 0 ? code : 0;
}
