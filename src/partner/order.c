/* order: work orders of a platform above become events, one each however often they come: by its number. They come by its key as
 * JSON, or from a supervisor as a file, and are taken in the name of the platform's account. What it says later of one is a step
 * of the case. A bad one of many does not stop the others. LANE_READ, a write an order. */
#include "partner/internal.h"
#include "exchange/exchange.h"

enum { ORDERS_MAX = 200, ROWS_MAX = 5000 };

typedef struct Order {
	const Partner *partner;
	const json_t *document, *item;
	EventReport report;
	EventReceipt receipt;
	int code;
	Error error;
} Order;

/* --- reading one
 * ---------------------------------------------------------------------------------------------------------------- */
static int bad(Request *rq, const Order *order, const char *list, const char *field, Text value, const char *message,
               const char *advice) {
	const char *name = platform_name_of(order->document, list, field);
	return error_field(rq->error, ERR_INVALID, *name ? name : field, value, "order", advice, "%s", message);
}

static int time_take(Request *rq, const Order *order, const char *field, int64_t *out) {
	int32_t day;
	Text text = platform_in(rq, order->document, "orders", field, order->item);
	if (!text.len) return 0;
	if (clock_parse(text, out) < 0)
		return bad(rq, order, "orders", field, text, "This is not a time", "Write it as 2026-12-31T23:59:59.");
	if (strcmp(field, "due_at") == 0 && date_parse(text, &day) == 0)
		*out += INT64_C(86399000000); /* a day is over at its end */
	return 0;
}

static int place_take(Request *rq, const Order *order, EventReport *out) {
	Text lon = platform_in(rq, order->document, "orders", "lon", order->item),
	     lat = platform_in(rq, order->document, "orders", "lat", order->item);
	const char *crs = json_string_value(json_object_get(order->document, "crs"));
	if (!lon.len && !lat.len) return 0;
	bool lon_bad = text_to_double(lon, &out->lon) < 0;
	if (lon_bad || text_to_double(lat, &out->lat) < 0)
		return bad(rq, order, "orders", lon_bad ? "lon" : "lat", lon_bad ? lon : lat, "This is not a number",
		           "Write degrees, or leave both empty.");
	if (place_convert(crs ? place_crs_parse(text_of(crs)) : PLACE_CGCS2000, &out->lon, &out->lat) < 0)
		return bad(rq, order, "orders", "lon", lon, "The coordinates cannot be brought to CGCS2000",
		           "Send coordinates of the system that the platform's template names.");
	out->placed = true;
	return 0;
}

static int secret_take(Request *rq, const Order *order, bool *out) {
	Text text = platform_in(rq, order->document, "orders", "confidential", order->item);
	if (event_secret_said(text, out) == 0) return 0;
	return bad(rq, order, "orders", "confidential", text, "This is not true or false", "Write 是 or 否, or leave it empty.");
}

/* A limit from before the event is no limit: 0001-01-01 and 1900-01-01 stand for none in other programs. */
static int times_take(Request *rq, const Order *order, EventReport *out) {
	int code = time_take(rq, order, "happened_at", &out->happened_us);
	if (code == 0) code = time_take(rq, order, "due_at", &out->outside_due_us);
	if (code < 0 || !out->outside_due_us || out->outside_due_us > out->happened_us) return code;
	return bad(rq, order, "orders", "due_at", platform_in(rq, order->document, "orders", "due_at", order->item),
	           "The limit is before the event", "Leave it empty where there is none.");
}

static int order_read(Request *rq, Order *order) {
	EventReport *out = &order->report;
	const char *channel = json_string_value(json_object_get(order->document, "channel"));
#define OF(field) platform_in(rq, order->document, "orders", field, order->item)
	*out = (EventReport){.channel = text_of(channel),
	                     .source_id = order->partner->account_id,
	                     .outside_number = OF("outside_number"),
	                     .class_code = OF("class"),
	                     .address = OF("address"),
	                     .description = OF("description"),
	                     .component = OF("component"),
	                     .grade = OF("grade"),
	                     .reporter_name = OF("reporter_name"),
	                     .reporter_phone = OF("reporter_phone")};
#undef OF
	if (!json_is_object(order->item))
		return error_field(rq->error, ERR_INVALID, "orders", text_of(json_as_text(rq, order->item)), "order",
		                   "Send each as an object with the names of the platform's template.", "An order is an object");
	int code = platform_item_check(rq, order->document, "orders", order->item);
	if (code < 0) return code;
	if (!out->outside_number.len)
		return bad(rq, order, "orders", "outside_number", TEXT_NONE, "This is needed",
		           "Its own number makes an order that is sent twice one case.");
	if ((code = times_take(rq, order, out)) < 0 || (code = secret_take(rq, order, &out->confidential)) < 0) return code;
	return place_take(rq, order, out);
}

/* --- taking one, in the platform's name
 * ------------------------------------------------------------------------------------------ */
static int order_write(Request *rq, void *arg) {
	Order *order = arg;
	const Party party = rq->party;
	rq->party.account_id = order->partner->account_id;
	rq->party.org_id = order->partner->org_id;
	int code = event_report(rq, &order->report, &order->receipt);
	rq->party = party;
	if (code < 0 || order->receipt.repeated) return code;
	/* from its first step on the platform hears of it, also where it was brought as a file */
	return (int)db_run(
	    rq->db,
	    "INSERT INTO partner_case (case_id, partner_id, told_no) VALUES ($1, $2, 0) ON CONFLICT (case_id, partner_id) DO"
	    " NOTHING",
	    BIND(val_int(order->receipt.case_id), val_int(order->partner->partner_id)));
}

static bool refused(int code) {
	return code == ERR_INVALID || code == ERR_CONFLICT || code == ERR_NOT_FOUND || code == ERR_FORBIDDEN;
}

/* What the rooms below refuse, by the name that the platform has for it. */
static void refusal_name(const json_t *document, const char *list, Error *error) {
	const char *field = strcmp(error->field, "class_code") == 0 ? "class" : error->field,
	           *name = platform_name_of(document, list, field);
	if (*name) snprintf(error->field, sizeof error->field, "%s", name);
}

/* Codes of the store end it; what an order itself is refused for is kept with it. */
static int orders_take(Request *rq, Order *orders, size_t count) {
	for (size_t i = 0; i < count; i++) {
		Order *order = &orders[i];
		order->code = order_read(rq, order);
		if (order->code == 0 && (order->code = request_write(rq, order_write, order)) < 0)
			refusal_name(order->document, "orders", rq->error);
		if (order->code < 0 && !refused(order->code)) return order->code;
		order->error = *rq->error;
		error_clear(rq->error);
	}
	return 0;
}

static void refusal_write(Request *rq, const Error *error) {
	JsonWriter *json = &rq->json;
	jw_kv_str(json, "result", "refused");
	jw_kv_str(json, "field", error->field);
	jw_kv_str(json, "value", error->value);
	jw_kv_str(json, "rule", error->rule);
	jw_kv_str(json, "message", message_say(rq, error->message));
	jw_kv_str(json, "advice", message_say(rq, error->advice));
}

static void orders_answer(Request *rq, const Order *orders, size_t count) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_key(json, "items");
	jw_array(json);
	for (size_t i = 0; i < count; i++) {
		const Order *order = &orders[i];
		jw_object(json);
		jw_kv_text(json, "outside_number", order->report.outside_number.at ? order->report.outside_number : TEXT(""));
		if (order->code < 0)
			refusal_write(rq, &order->error);
		else {
			jw_kv_str(json, "result", order->receipt.repeated ? "repeated" : "taken");
			jw_kv_id(json, "case_id", order->receipt.case_id);
			jw_kv_str(json, "number", order->receipt.number);
			rq->row_count += !order->receipt.repeated;
		}
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_kv_int(json, "taken", rq->row_count);
	jw_object_end(json);
}

/* --- by the platform itself
 * ------------------------------------------------------------------------------------------------------ */
/* The calling account as a platform with its template. */
static int caller_platform(Request *rq, Partner *partner, const json_t **document) {
	Text channel;
	int code = event_source_channel(rq, &channel), found = code < 0 ? code : partner_find(rq, rq->party.account_id, partner);
	if (found > 0 && *partner->platform && partner->active)
		found = platform_find(rq, partner->platform, document);
	else if (found > 0)
		found = 0;
	if (found) return found < 0 ? found : 0;
	return error_field(rq->error, ERR_FORBIDDEN, "account_id", TEXT_NONE, "platform",
	                   "Ask a supervisor of the centre to name it on the page of other systems.",
	                   "This account is of no platform above");
}

static int list_of(Request *rq, const char *name, json_t **out) {
	*out = in_json(rq, name);
	if (json_is_array(*out) && json_array_size(*out) >= 1 && json_array_size(*out) <= ORDERS_MAX) return 0;
	return error_field(rq->error, ERR_INVALID, name, TEXT_NONE, "list", "Send 1 to 200 at a time.", "These are no orders");
}

int platform_orders_post(Request *rq) {
	Partner partner;
	const json_t *document;
	json_t *items, *item;
	size_t index;
	int code = caller_platform(rq, &partner, &document);
	if (code == 0) code = list_of(rq, "orders", &items);
	if (code < 0) return code;
	Order *orders = ARENA_ARRAY(rq->arena, Order, json_array_size(items));
	json_array_foreach(items, index, item) orders[index] = (Order){.partner = &partner, .document = document, .item = item};
	if ((code = orders_take(rq, orders, json_array_size(items))) < 0) return code;
	rq->about_subject = partner.account_id;
	orders_answer(rq, orders, json_array_size(items));
	return 0;
}

/* --- as a file, by a supervisor
 * ---------------------------------------------------------------------------------------------------- */
static void json_drop(void *json) {
	json_decref(json);
}

static int rows_read(Request *rq, Reader *reader, const Partner *partner, const json_t *document, Order *orders, size_t *count) {
	ReaderRow row;
	int columns, more;
	const Text *names = reader_columns(reader, &columns);
	while ((more = reader_next(reader, &row)) > 0) {
		if (*count == ROWS_MAX)
			return error_field(rq->error, ERR_INVALID, "upload_id", TEXT_NONE, "count", "Split the file.",
			                   "A file has at most 5000 orders");
		json_t *item = json_object();
		arena_on_free(rq->arena, json_drop, item);
		for (int i = 0; i < columns; i++)
			if (row.texts[i].len)
				json_object_setn_new(item, names[i].at, names[i].len,
				                     json_stringn(row.texts[i].at, row.texts[i].len));
		orders[(*count)++] = (Order){.partner = partner, .document = document, .item = item};
	}
	return more;
}

int partner_orders_post(Request *rq) {
	Partner partner;
	const json_t *document;
	Upload upload;
	Reader *reader;
	size_t count = 0;
	int code = platform_of(rq, in_int(rq, "id"), &partner, &document);
	if (code == 0) code = upload_open(rq, in_int(rq, "upload_id"), &upload);
	if (code < 0) return code;
	const ReaderOptions options = {
	    .name = upload.name, .sha256 = upload.sha256, .size = upload.size, .sheet = in_str(rq, "sheet")};
	Order *orders = ARENA_ARRAY(rq->arena, Order, ROWS_MAX);
	if ((code = reader_open(rq->arena, upload.path, &options, rq->error, &reader)) < 0 ||
	    (code = rows_read(rq, reader, &partner, document, orders, &count)) < 0 || (code = orders_take(rq, orders, count)) < 0)
		return code;
	reader_close(reader);
	rq->about_subject = partner.account_id;
	orders_answer(rq, orders, count);
	return 0;
}

/* --- what it says later
 * --------------------------------------------------------------------------------------------------------- */
/* Its own number of an order it sent, or ours of a case that was raised to it. */
static int word_case(Request *rq, const Partner *partner, const json_t *document, const json_t *item, PartnerUpdate *out) {
	Text theirs = platform_in(rq, document, "words", "outside_number", item),
	     ours = platform_in(rq, document, "words", "number", item);
	const char *channel = json_string_value(json_object_get(document, "channel"));
	int code =
	    theirs.len ? event_find_number(rq, text_of(channel), partner->account_id, theirs, &out->case_id) : ERR_NOT_FOUND;
	if (code == ERR_NOT_FOUND && ours.len) {
		int found = db_int(
		    rq->db, &out->case_id,
		    "SELECT c.case_id FROM work_case c JOIN partner_case t ON t.case_id = c.case_id WHERE c.number = $1 AND"
		    " t.partner_id = $2",
		    BIND(val_text(ours), val_int(partner->partner_id)));
		code = found < 0 ? found : found ? 0 : ERR_NOT_FOUND;
		out->above = found > 0;
	}
	if (code != ERR_NOT_FOUND) return code;
	return error_field(rq->error, ERR_NOT_FOUND, theirs.len || !ours.len ? "outside_number" : "number",
	                   theirs.len ? theirs : ours, "unknown_order", "Send the order first.",
	                   "There is no case of this number");
}

static int word_take(Request *rq, const Partner *partner, const json_t *document, const json_t *item, PartnerUpdate *out) {
	Text action = platform_in(rq, document, "words", "action", item), note = platform_in(rq, document, "words", "note", item);
	*out = (PartnerUpdate){.update_id = platform_in(rq, document, "words", "update_id", item)};
	int code = platform_item_check(rq, document, "words", item);
	if (code < 0) return code;
	bool id_bad = !out->update_id.len || out->update_id.len > 100;
	if (id_bad || utf8_count(note) > 900)
		return error_field(rq->error, ERR_INVALID, id_bad ? "update_id" : "note", TEXT_NONE, "length",
		                   "Send an id of at most 100 bytes and a note of at most 900 characters.", "%s",
		                   !id_bad              ? "The note has more than 900 characters"
		                   : out->update_id.len ? "The id has more than 100 bytes"
		                                        : "This is needed");
	if ((code = word_case(rq, partner, document, item, out)) < 0) return code;
	const json_t *column = platform_column(document, "words", "action");
	Text theirs = platform_raw(rq, item, column);
	if (!theirs.len || !json_object_getn(json_object_get(column, "codes"), theirs.at, theirs.len))
		return error_field(rq->error, ERR_INVALID, "action", theirs, "choice", "Use one of the template's codes.",
		                   "The platform's template has no such step");
	out->action = text_cstr(rq->arena, action);
	out->instead = arena_printf(rq->arena, "上级平台 %.*s%s%.*s", TEXT_ARG(theirs), note.len ? "：" : "", TEXT_ARG(note));
	out->note = note.len ? text_cstr(rq->arena, note) : out->instead;
	out->platform = true;
	/* people read in the history whose word it is */
	if (strcmp(out->action, "remark") == 0 || strcmp(out->action, "urge") == 0 || strcmp(out->action, "supervise") == 0)
		out->note = out->instead;
	return 0;
}

int platform_words_post(Request *rq) {
	Partner partner;
	const json_t *document;
	json_t *items, *item;
	size_t index;
	int code = caller_platform(rq, &partner, &document);
	if (code == 0) code = list_of(rq, "words", &items);
	if (code < 0) return code;
	PartnerUpdate *words = ARENA_ARRAY(rq->arena, PartnerUpdate, json_array_size(items));
	Order *done = ARENA_ARRAY(rq->arena, Order, json_array_size(items));
	json_array_foreach(items, index, item) {
		code = word_take(rq, &partner, document, item, &words[index]);
		if (code == 0) code = partner_update(rq, &words[index]);
		if (code < 0 && !refused(code)) return code;
		if (code < 0) refusal_name(document, "words", rq->error);
		done[index].code = code;
		done[index].error = *rq->error;
		error_clear(rq->error);
	}
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_key(json, "items");
	jw_array(json);
	for (size_t i = 0; i < json_array_size(items); i++) {
		jw_object(json);
		jw_kv_text(json, "update_id", words[i].update_id.at ? words[i].update_id : TEXT(""));
		if (done[i].code < 0)
			refusal_write(rq, &done[i].error);
		else
			jw_kv_str(json, "result", words[i].repeated ? "repeated" : words[i].noted ? "noted" : "done");
		jw_object_end(json);
	}
	answer_rows_end(rq, 0);
	return 0;
}
