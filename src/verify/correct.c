/* correct: what was found on site is taken over into the record (采用并更正): shown field by field beside what is held now,
 * chosen by whoever loads the entry, and put through the one door as a load of one row that says nothing of the other fields; a
 * record that is gone is taken out. The order closes as after any load. Values never enter the job: it reads them where they lie
 * locked. */
#include "verify/internal.h"
#include "exchange/exchange.h"

typedef struct Order { /* the newest verification that was found wrong for the order: a record has at most one that waits */
	Verification one;
	int64_t order_id, job_id;
	const char *number, *state, *job_state; /* of the order; of the last correction, "" = none yet */
	bool open;                              /* waits for its record to be corrected */
	bool gone;                              /* what was found is that the thing is not there any more */
	DoubtField *fields;
	int count;
} Order;

static bool is(const char *a, const char *b) {
	return strcmp(a, b) == 0;
}

static int order_load(Request *rq, int64_t order_id, Order *out) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT v.case_id, z.number, z.state, z.closed_at, v.correct_job, COALESCE(j.state, '') FROM verification v JOIN"
	    " work_case z ON z.case_id = v.order_id LEFT JOIN job j ON j.job_id = v.correct_job AND v.correct_job <> 0"
	    " WHERE v.order_id = $1 AND v.order_id <> 0 ORDER BY v.case_id DESC LIMIT 1",
	    BIND(val_int(order_id)));
	if (found <= 0)
		return found < 0 ? found
		                 : fail(rq, ERR_NOT_FOUND, "There is no such order about a record that was verified on site");
	int64_t case_id = rows_int(rows, 0), closed_at = rows_int(rows, 3);
	*out = (Order){.order_id = order_id,
	               .number = rows_str(rows, 1, rq->arena),
	               .state = rows_str(rows, 2, rq->arena),
	               .job_id = rows_int(rows, 4),
	               .job_state = rows_str(rows, 5, rq->arena),
	               .fields = ARENA_ARRAY(rq->arena, DoubtField, VERIFY_FIELDS_MAX)};
	int code = verification_load(rq, case_id, &out->one);
	if (code == 0) code = out->count = fields_load(rq, case_id, out->fields);
	if (code < 0) return code;
	out->open = !closed_at && is(out->one.state, "answered");
	for (int i = 0; i < out->count; i++)
		out->gone |= is(out->fields[i].answer, "gone");
	return 0;
}

/* Why a field cannot be taken over; "": it can. */
static const char *barred(const Field *field, const DoubtField *found, const RecordMark *mark) {
	if (!mark->there) return "no_record";
	if (is(found->answer, "gone")) return "";
	if (!is(found->answer, "wrong")) return "not_wrong";
	if (!field) return "no_field";
	if (!*found->value_mark) return "no_value";
	if (field->key) return "key";
	return is(mark->value, found->value_mark) ? "carried" : "";
}

/* --- what was found, beside what is held -------------------------------------------------------------------------------------
 */
static void text_or_null(JsonWriter *json, const char *key, const char *text) {
	jw_key(json, key);
	if (text)
		jw_str(json, text);
	else
		jw_null(json);
}

static void value_write(Request *rq, const Resource *resource, const Field *field, const char *name, Text text, bool shown) {
	bool masked = false;
	const char *said = shown && field && text.len ? shown_text(rq, resource, field, text, &masked) : NULL, *label = NULL;
	if (said && !masked && field->kind == KIND_CODE && code_valid(rq, field->code_set, text, DATE_ANY, &label) != 1)
		error_clear(rq->error);
	text_or_null(&rq->json, name, said);
	text_or_null(&rq->json, arena_printf(rq->arena, "%s_label", name), label);
}

static int fields_write(Request *rq, const Order *order, const Resource *resource, bool shown) {
	JsonWriter *json = &rq->json;
	int code = 0;
	jw_key(json, "fields");
	jw_array(json);
	for (int i = 0; i < order->count; i++) {
		const DoubtField *found = &order->fields[i];
		const Field *field = resource_field(resource, text_of(found->name));
		RecordMark mark;
		Text held;
		if ((code = record_text(rq, resource, order->one.record_id, field, &held, &mark)) < 0) break;
		jw_object(json);
		jw_kv_str(json, "name", found->name);
		jw_kv_str(json, "title", field ? field->title : found->name);
		jw_kv_int(json, "grade", field ? field->grade : 4);
		jw_kv_str(json, "answer", found->answer);
		value_write(rq, resource, field, "held", held, shown);
		value_write(rq, resource, field, "found", text_of(value_open(rq, found->value)), shown);
		jw_kv_str(json, "mark", shown ? mark.value : "");
		jw_kv_bool(json, "changed", !is(mark.value, found->mark));
		jw_kv_str(json, "barred", barred(field, found, &mark));
		jw_object_end(json);
	}
	jw_array_end(json);
	return code < 0 ? code : 0;
}

static int role_of(Request *rq, const Order *order, ViewRole *role) {
	int code = verification_role(rq, &order->one, role, NULL);
	if (code < 0) return code;
	if (*role == VIEW_NONE) return fail(rq, ERR_NOT_FOUND, "There is no such order about a record that was verified on site");
	rq->about_resource = order->one.resource_id;
	rq->about_subject = order->order_id;
	return 0;
}

int found_get(Request *rq) {
	Order order;
	ViewRole role;
	const Resource *resource;
	JsonWriter *json = &rq->json;
	RecordMark mark;
	AccountName by = {0};
	int code = order_load(rq, in_int(rq, "id"), &order);
	if (code == 0) code = role_of(rq, &order, &role);
	if (code == 0) code = resource_any(rq, order.one.resource_id, &resource);
	if (code == 0) code = record_mark(rq, resource, order.one.record_id, NULL, &mark);
	by.account_id = order.one.answered_by;
	if (code == 0) code = action_run(rq, "account.name", &by);
	if (code < 0) return code;
	bool supplier = role == VIEW_SUPPLIER;
	rq->row_count = supplier;
	rq->about = arena_printf(rq->arena, "{\"order\":\"%s\",\"as\":\"%s\"}", order.number, supplier ? "supplier" : "state");
	jw_object(json);
	jw_kv_id(json, "order_id", order.order_id);
	jw_kv_str(json, "order_number", order.number);
	jw_kv_id(json, "case_id", order.one.case_id);
	jw_kv_str(json, "number", order.one.number);
	jw_kv_id(json, "resource_id", order.one.resource_id);
	jw_kv_str(json, "resource_name", resource->name);
	jw_kv_id(json, "record_id", order.one.record_id);
	jw_kv_bool(json, "there", mark.there);
	jw_kv_bool(json, "gone", order.gone);
	jw_kv_bool(json, "open", order.open);
	jw_kv_bool(json, "shown", supplier);
	jw_kv_bool(json, "may_correct", order.open && supplier && party_may(&rq->party, PERMIT_LOAD));
	text_or_null(json, "by", by.name && *by.name ? by.name : NULL);
	jw_kv_time(json, "answered_at", order.one.answered_us);
	jw_key(json, "job_id");
	order.job_id ? jw_id(json, order.job_id) : jw_null(json);
	jw_kv_str(json, "job_state", order.job_state);
	code = fields_write(rq, &order, resource, supplier);
	jw_object_end(json);
	return code;
}

/* --- taking it over ----------------------------------------------------------------------------------------------------------
 */
static int refuse(Request *rq, const char *name, const char *rule, const char *title) {
	static const struct {
		const char *rule, *message, *advice;
	} words[] = {
	    {"changed", "%s was changed since you read it", "Look at what is held now and choose anew."},
	    {"no_record", "The record of %s is not held any more",
	     "The order ends with the next load; nothing is to be corrected."},
	    {"not_wrong", "%s was not found wrong on site", "Choose among what was found wrong."},
	    {"no_field", "The entry has no field %s any more", "Load the entry's data anew."},
	    {"no_value", "Whoever looked did not say what %s is", "Find it out and load it."},
	    {"key", "%s is part of the key: with another value it is another record",
	     "Load the new record and leave the old one out, with a full load."},
	    {"carried", "%s holds what was found already", "Leave it out."},
	};
	size_t at = 0;
	while (at + 1 < sizeof words / sizeof *words && !is(words[at].rule, rule))
		at++;
	return error_field(rq->error, ERR_CONFLICT, arena_printf(rq->arena, "fields.%s", name), TEXT_NONE, rule, words[at].advice,
	                   words[at].message, title);
}

/* The field of one item {name, mark}, as it may be taken over now; its place in order->fields, or a code. */
static int item_check(Request *rq, const Order *order, const Resource *resource, const json_t *item) {
	const char *name = json_string_value(json_object_get(item, "name")),
	           *seen = json_string_value(json_object_get(item, "mark"));
	RecordMark mark;
	for (int i = 0; name && i < order->count; i++) {
		if (!is(order->fields[i].name, name)) continue;
		const Field *field = resource_field(resource, text_of(name));
		int code = record_mark(rq, resource, order->one.record_id, field, &mark);
		if (code < 0) return code;
		const char *why = barred(field, &order->fields[i], &mark), *title = field ? field->title : name;
		if (mark.there && (!seen || !is(seen, mark.value))) why = "changed";
		return *why ? refuse(rq, name, why, title) : i;
	}
	return error_field(rq->error, ERR_INVALID, "fields", text_of(name ? name : ""), "unknown_field",
	                   "Send [{name, mark}] of fields that this order is about.", "The order is not about such a field");
}

/* Their titles for the history, or an error; order->gone: all of them, or none. */
static int items_check(Request *rq, const Order *order, const Resource *resource, const json_t *items, const char **titles) {
	bool taken[VERIFY_FIELDS_MAX] = {false};
	size_t index;
	json_t *item;
	int count = 0;
	*titles = "";
	if (!json_is_array(items) || json_array_size(items) == 0)
		return error_field(rq->error, ERR_INVALID, "fields", TEXT_NONE, "required", "Choose what is to be taken over.",
		                   "Nothing is chosen");
	json_array_foreach((json_t *)items, index, item) {
		int at = item_check(rq, order, resource, item);
		if (at < 0) return at;
		if (taken[at]) continue;
		const Field *field = resource_field(resource, text_of(order->fields[at].name));
		taken[at] = true;
		*titles = arena_printf(rq->arena, "%s%s%s", *titles, count++ ? "、" : "",
		                       field ? field->title : order->fields[at].name);
	}
	if (!order->gone || count == order->count) return 0;
	return error_field(rq->error, ERR_INVALID, "fields", TEXT_NONE, "gone", "Send all fields of the order.",
	                   "What is not there any more is taken out whole");
}

static int may_correct(Request *rq, const Order *order, const Resource *resource) {
	if (!order->open)
		return error_field(rq->error, ERR_CONFLICT, "id", text_of(order->number), "state", "Read it again.",
		                   "The order %s does not wait for a correction any more", order->number);
	int code = 0;
	if (action_known(rq->app, "resource.foreign")) { /* what another node keeps current */
		int64_t id = resource->resource_id;
		code = action_run(rq, "resource.foreign", &id);
	}
	if (code < 0) return code;
	if (!order->gone && resource->key_count == 0)
		return error_field(rq->error, ERR_CONFLICT, "id", text_of(order->number), "no_key", "Load the whole file anew.",
		                   "Records of this entry have no key, so one of them cannot be corrected by itself");
	if (!order->gone && resource->needs_full)
		return error_field(rq->error, ERR_CONFLICT, "mode", TEXT("upsert"), "needs_full", "run a full load first",
		                   "The key of %s changed; records can be changed one by one only after a full load",
		                   resource->code);
	return load_may_begin(rq, resource);
}

int found_correct_post(Request *rq) {
	Order order;
	ViewRole role;
	const Resource *resource;
	const char *titles;
	int64_t job_id;
	int code = order_load(rq, in_int(rq, "id"), &order);
	if (code == 0) code = role_of(rq, &order, &role);
	if (code < 0) return code;
	if (role != VIEW_SUPPLIER) return fail(rq, ERR_FORBIDDEN, "Only whose record it is corrects it");
	if ((code = resource_find(rq, order.one.resource_id, &resource)) < 0 || (code = resource_own(rq, resource)) < 0 ||
	    (code = may_correct(rq, &order, resource)) < 0 ||
	    (code = items_check(rq, &order, resource, in_json(rq, "fields"), &titles)) < 0)
		return code;
	json_t *args =
	    json_pack("{s:s,s:s,s:s,s:O}", "order_id", arena_printf(rq->arena, "%lld", (long long)order.order_id), "order",
	              order.number, "mode", order.gone ? "remove" : "upsert", "fields", in_json(rq, "fields"));
	code = job_create(rq, "verify.correct", resource->resource_id, resource->org_id, args, &job_id);
	json_decref(args);
	if (code < 0) return code;
	int64_t done = db_run(rq->db, "UPDATE verification SET correct_job = $2 WHERE case_id = $1",
	                      BIND(val_int(order.one.case_id), val_int(job_id)));
	if (done < 0) return (int)done;
	const Happening taken = {.event = "found_taken",
	                         .case_id = order.order_id,
	                         .job_id = job_id,
	                         .note = order.gone ? "对象已不存在，移除记录" : titles};
	if ((code = cases_happen(rq, &taken)) < 0) return code;
	rq->about = arena_printf(rq->arena, "{\"order\":\"%s\",\"job_id\":\"%lld\"}", order.number, (long long)job_id);
	code = load_answer(rq, resource, job_id);
	rq->about_subject = order.order_id;
	return code;
}

/* --- the job: a RowSource of one row -----------------------------------------------------------------------------------------
 */
typedef struct Correction {
	int64_t order_id;
	const char *number;  /* of the order */
	const json_t *items; /* [{name, mark}] */
	bool remove, given;
	int64_t record_id;
	json_t *columns; /* the fields that are taken over, by title: lineage shows them */
	Text *texts;
	bool *left_out;
} Correction;

/* A job that is resumed later finds another order or another record: what was chosen is asked again. */
static int correction_order(Request *rq, const Correction *correction, const Resource *resource, Order *out) {
	const char *titles;
	int code = order_load(rq, correction->order_id, out);
	if (code < 0) return code;
	if (!out->open)
		return error_field(rq->error, ERR_CONFLICT, "id", text_of(out->number), "state", "Read it again.",
		                   "The order %s does not wait for a correction any more", out->number);
	return items_check(rq, out, resource, correction->items, &titles);
}

static int correction_open(void *self, Request *rq, const Resource *resource, int64_t after_row) {
	Correction *correction = self;
	Order order;
	RecordMark mark;
	size_t index;
	json_t *item;
	int code = 0;
	correction->given = correction->remove || after_row > 0;
	correction->columns = json_object();
	if (after_row > 0) return 0;
	if ((code = correction_order(rq, correction, resource, &order)) < 0) return code;
	correction->texts = ARENA_ARRAY(rq->arena, Text, resource->field_count + 1);
	correction->left_out = ARENA_ARRAY(rq->arena, bool, resource->field_count + 1);
	for (int i = 0; i < resource->field_count && code >= 0; i++) {
		const Field *field = &resource->fields[i];
		correction->left_out[i] = !field->key;
		if (field->key) code = record_text(rq, resource, order.one.record_id, field, &correction->texts[i], &mark);
	}
	json_array_foreach(correction->items, index, item) {
		const char *name = json_string_value(json_object_get(item, "name"));
		const Field *field = resource_field(resource, text_of(name));
		for (int i = 0; field && i < order.count; i++) {
			if (!is(order.fields[i].name, name)) continue;
			correction->texts[field - resource->fields] = text_of(value_open(rq, order.fields[i].value));
			correction->left_out[field - resource->fields] = false;
			json_object_set_new(correction->columns, name, json_string(field->title));
		}
	}
	return code < 0 ? code : 0;
}

static int correction_next(void *self, SourceRow *row) {
	Correction *correction = self;
	if (correction->given) return 0;
	correction->given = true;
	*row = (SourceRow){.row_no = 1, .texts = correction->texts, .left_out = correction->left_out};
	return 1;
}

static void correction_progress(void *self, int64_t *done, int64_t *total) {
	*done = ((Correction *)self)->given;
	*total = 1;
}

static json_t *correction_snapshot(void *self) {
	const Correction *correction = self;
	return json_pack("{s:s,s:s,s:O}", "kind", "verification", "order", correction->number, "columns", correction->columns);
}

static void correction_close(void *self) {
	Correction *correction = self;
	json_decref(correction->columns);
	correction->columns = NULL;
}

/* In the final write: what is gone is taken out; a row that the checks refused is told where the order is read. */
static int correction_finish(Request *w, Load *load) {
	const Correction *correction = load->source->self;
	if (correction->remove) {
		int gone = record_remove(w, load->resource, &correction->record_id, 1);
		if (gone == 0) return fail(w, ERR_CONFLICT, "There is no such record any more");
		return gone < 0 ? gone : past_settle(w, load->resource, false);
	}
	if (!load->refused) return 0;
	return cases_happen(w, &(Happening){.event = "found_refused",
	                                    .case_id = correction->order_id,
	                                    .resource_id = load->resource->resource_id,
	                                    .job_id = load->job->job_id});
}

int correct_job_run(Request *rq, Job *job) {
	Correction *correction = ARENA_NEW(rq->arena, Correction);
	Order order;
	RowSource source = {.self = correction,
	                    .open = correction_open,
	                    .next = correction_next,
	                    .progress = correction_progress,
	                    .snapshot = correction_snapshot,
	                    .close = correction_close};
	Load load = {.rq = rq, .job = job, .source = &source, .mode = LOAD_UPSERT, .finish = correction_finish};
	const char *id = json_string_value(json_object_get(job->args, "order_id")),
	           *mode = json_string_value(json_object_get(job->args, "mode"));
	if (!id || text_to_int(text_of(id), &correction->order_id) < 0) return fail(rq, ERR_INTERNAL, "the job names no order");
	int code = order_load(rq, correction->order_id, &order);
	if (code == 0) code = resource_find(rq, job->resource_id, &load.resource);
	if (code < 0) return code;
	correction->number = order.number;
	correction->record_id = order.one.record_id;
	correction->items = json_object_get(job->args, "fields");
	correction->remove = mode && is(mode, "remove");
	load.counts.deleted = correction->remove;
	return load_run(&load);
}
