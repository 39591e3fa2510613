/* intake: reports that come in by routes: a person's, and other systems' in batches by API key. Every item passes event_report; a
 * bad one of a batch does not stop the others. LANE_WRITE for one; LANE_READ with a write an item for batches. */
#include "event/internal.h"
#include <math.h>

enum { BATCH_MAX = 500 };

static Text member_text(Request *rq, const void *item, const char *name) {
	const json_t *value = json_object_get(item, name);
	(void)rq;
	return json_is_string(value) ? text_trim((Text){json_string_value(value), json_string_length(value)}) : TEXT("");
}

/* Coordinates in the order of the other axis are the commonest fault of a place. */
static bool looks_swapped(double lon, double lat) {
	return fabs(lat) > 90 && fabs(lat) <= 180 && fabs(lon) <= 90;
}

static int place_take(Request *rq, bool lon_given, bool lat_given, double lon, double lat, Text crs, EventReport *out) {
	if (lon_given != lat_given)
		return error_field(rq->error, ERR_INVALID, lon_given ? "lat" : "lon", TEXT_NONE, "required",
		                   "Give both, or none.", "A place has two coordinates");
	if (!lon_given) return 0;
	const double given_lon = lon, given_lat = lat;
	int system = crs.len ? place_crs_parse(crs) : PLACE_CGCS2000;
	if (system < 0)
		return error_field(rq->error, ERR_INVALID, "crs", crs, "crs", "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:n.",
		                   "This is no known coordinate system");
	if (place_convert(system, &lon, &lat) < 0)
		return error_field(rq->error, ERR_INVALID, "lon",
		                   text_of(arena_printf(rq->arena, "%.9g,%.9g", given_lon, given_lat)), "crs",
		                   looks_swapped(given_lon, given_lat)
		                       ? "They look swapped: lon is east, lat is north."
		                       : "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:n, with coordinates of that system.",
		                   "The coordinates cannot be brought to CGCS2000");
	out->placed = true;
	out->lon = lon;
	out->lat = lat;
	return 0;
}

/* The texts of a report, from wherever they come. */
typedef Text (*TextOf)(Request *rq, const void *from, const char *name);
static void texts_take(Request *rq, TextOf text_of_member, const void *from, EventReport *out) {
	out->outside_number = text_of_member(rq, from, "outside_number");
	out->class_code = text_of_member(rq, from, "class_code");
	out->address = text_of_member(rq, from, "address");
	out->description = text_of_member(rq, from, "description");
	out->component = text_of_member(rq, from, "component");
	out->grade = text_of_member(rq, from, "grade");
	out->reporter_name = text_of_member(rq, from, "reporter_name");
	out->reporter_phone = text_of_member(rq, from, "reporter_phone");
}

/* --- a person ----------------------------------------------------------------------------------------------------------------
 */
static Text input_text(Request *rq, const void *from, const char *name) {
	(void)from;
	return in_has(rq, name) ? text_trim(in_text(rq, name)) : TEXT("");
}

int events_post(Request *rq) {
	EventReport report = {.channel = in_has(rq, "channel") ? in_text(rq, "channel") : TEXT("officer"),
	                      .source_id = rq->party.account_id,
	                      .happened_us = in_int(rq, "happened_at"),
	                      .confidential = in_int(rq, "confidential") != 0};
	int64_t *photos;
	EventReceipt receipt;
	texts_take(rq, input_text, NULL, &report);
	if (rq->party.kind != PARTY_PERSON)
		return error_field(rq->error, ERR_FORBIDDEN, "channel", TEXT_NONE, "party",
		                   "Other systems send POST /city-events/batch.", "This way of reporting is for persons");
	if (!text_is(report.channel, "officer") && !party_may(&rq->party, PERMIT_HOTLINE) &&
	    !party_may(&rq->party, PERMIT_EVENT_DISPATCH))
		return error_field(rq->error, ERR_FORBIDDEN, "channel", report.channel, "party", "Leave it out.",
		                   "Officers report by their own channel");
	int code = place_take(rq, in_has(rq, "lon"), in_has(rq, "lat"), in_has(rq, "lon") ? in_double(rq, "lon") : 0,
	                      in_has(rq, "lat") ? in_double(rq, "lat") : 0, input_text(rq, NULL, "crs"), &report);
	if (code == 0) code = photos_parse(rq, in_json(rq, "photos"), "photos", &photos, &report.photo_count);
	if (code == 0) {
		report.photos = photos;
		code = event_report(rq, &report, &receipt);
	}
	if (code < 0) return code;
	rq->about_subject = receipt.case_id;
	rq->status = receipt.repeated ? 200 : 201;
	return event_show(rq, receipt.case_id);
}

/* --- other systems -------------------------------------------------------------------------------------------------------------
 */
int event_source_channel(Request *rq, Text *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT channel FROM event_source WHERE account_id = $1 AND active = 1",
	                   BIND(val_int(rq->party.account_id)));
	if (found > 0) *out = text_dup(rq->arena, rows_text(rows, 0));
	if (found) return found < 0 ? found : 0;
	return error_field(rq->error, ERR_FORBIDDEN, "items", TEXT_NONE, "source",
	                   "Ask a supervisor of the centre to name this account as a source of events.",
	                   "This account is no source of events");
}

typedef struct BatchItem {
	EventReport report;
	EventReceipt receipt;
} BatchItem;

typedef enum MemberType { MEMBER_IS_TEXT, MEMBER_IS_NUMBER, MEMBER_IS_BOOL } MemberType;

static const struct {
	const char *name;
	MemberType type;
} item_members[] = {{"outside_number", MEMBER_IS_TEXT}, {"class_code", MEMBER_IS_TEXT},    {"lon", MEMBER_IS_NUMBER},
                    {"lat", MEMBER_IS_NUMBER},          {"crs", MEMBER_IS_TEXT},           {"address", MEMBER_IS_TEXT},
                    {"description", MEMBER_IS_TEXT},    {"component", MEMBER_IS_TEXT},     {"grade", MEMBER_IS_TEXT},
                    {"happened_at", MEMBER_IS_TEXT},    {"reporter_name", MEMBER_IS_TEXT}, {"reporter_phone", MEMBER_IS_TEXT},
                    {"confidential", MEMBER_IS_BOOL}};

/* Null is left out. What is of another type is asked for again, never passed over: "true" taken as no would show a reporter who
 * wants to stay unknown. */
static int member_check(Request *rq, const char *name, const json_t *value) {
	static const char *const needs[] = {"The value must be a text", "The value must be a number",
	                                    "The value must be true or false"};
	for (size_t i = 0; i < sizeof item_members / sizeof *item_members; i++) {
		const MemberType type = item_members[i].type;
		if (strcmp(item_members[i].name, name) != 0) continue;
		if (json_is_null(value) || (type == MEMBER_IS_TEXT     ? json_is_string(value)
		                            : type == MEMBER_IS_NUMBER ? json_is_number(value)
		                                                       : json_is_boolean(value)))
			return 0;
		return error_field(rq->error, ERR_INVALID, name, text_of(json_as_text(rq, value)), "type",
		                   type == MEMBER_IS_TEXT ? "Send it as a JSON string, in quotes."
		                                          : "Send it as this JSON type, without quotes.",
		                   "%s", needs[type]);
	}
	return error_field(rq->error, ERR_INVALID, name, text_of(json_as_text(rq, value)), "unknown_member", "Leave it out.",
	                   "An event has no such member");
}

static int item_take(Request *rq, const json_t *item, Text channel, EventReport *out) {
	const char *key;
	json_t *value;
	int code = 0;
	*out = (EventReport){.channel = channel,
	                     .source_id = rq->party.account_id,
	                     .confidential = json_is_true(json_object_get(item, "confidential"))};
	texts_take(rq, member_text, item, out);
	if (!json_is_object(item))
		return error_field(rq->error, ERR_INVALID, "items", text_of(json_as_text(rq, item)), "type",
		                   "Send each as an object with the members of the API's documentation.",
		                   "An event is an object");
	json_object_foreach((json_t *)item, key, value) {
		if (code == 0) code = member_check(rq, key, value);
	}
	if (code < 0) return code;
	const json_t *lon = json_object_get(item, "lon"), *lat = json_object_get(item, "lat");
	Text happened = member_text(rq, item, "happened_at");
	if (!out->outside_number.len)
		return error_field(rq->error, ERR_INVALID, "outside_number", TEXT_NONE, "required",
		                   "Send your own number: it makes a repeated call harmless.", "This is needed");
	if (happened.len && clock_parse(happened, &out->happened_us) < 0)
		return error_field(rq->error, ERR_INVALID, "happened_at", happened, "time",
		                   "Write it as 2026-12-31T23:59:59+08:00.", "This is not a time");
	return place_take(rq, json_is_number(lon), json_is_number(lat), json_number_value(lon), json_number_value(lat),
	                  member_text(rq, item, "crs"), out);
}

static int item_report(Request *rq, void *arg) {
	BatchItem *item = arg;
	return event_report(rq, &item->report, &item->receipt);
}

static void item_answer(Request *rq, const BatchItem *item, int code) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_text(json, "outside_number", item->report.outside_number.at ? item->report.outside_number : TEXT(""));
	jw_kv_str(json, "result", code < 0 ? "refused" : item->receipt.repeated ? "repeated" : "taken");
	if (code >= 0) {
		jw_kv_id(json, "case_id", item->receipt.case_id);
		jw_kv_str(json, "number", item->receipt.number);
	} else {
		jw_kv_str(json, "field", rq->error->field);
		jw_kv_str(json, "value", rq->error->value);
		jw_kv_str(json, "rule", rq->error->rule);
		jw_kv_str(json, "message", message_say(rq, arena_strdup(rq->arena, rq->error->message)));
		jw_kv_str(json, "advice", message_say(rq, arena_strdup(rq->arena, rq->error->advice)));
	}
	jw_object_end(json);
}

/* Whether the item was refused for what it says, not because the store failed. */
static bool item_refused(int code) {
	return code == ERR_INVALID || code == ERR_CONFLICT || code == ERR_NOT_FOUND || code == ERR_FORBIDDEN;
}

int events_batch(Request *rq) {
	Text channel;
	size_t index;
	json_t *given, *items = in_json(rq, "items");
	Buf answers = {0};
	int64_t taken = 0;
	int code = event_source_channel(rq, &channel);
	if (code < 0) return code;
	if (!json_is_array(items) || json_array_size(items) < 1 || json_array_size(items) > BATCH_MAX)
		return error_field(rq->error, ERR_INVALID, "items", TEXT_NONE, "list", "Send 1 to 500 events at a time.",
		                   "These are no events");
	BatchItem *done = ARENA_ARRAY(rq->arena, BatchItem, json_array_size(items));
	int *codes = ARENA_ARRAY(rq->arena, int, json_array_size(items));
	Error *errors = ARENA_ARRAY(rq->arena, Error, json_array_size(items));
	json_array_foreach(items, index, given) {
		code = item_take(rq, given, channel, &done[index].report);
		if (code == 0) code = request_write(rq, item_report, &done[index]);
		if (code < 0 && !item_refused(code)) return code;
		codes[index] = code;
		errors[index] = *rq->error;
		error_clear(rq->error);
		taken += code >= 0 && !done[index].receipt.repeated;
	}
	buf_free(&answers);
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (size_t i = 0; i < json_array_size(items); i++) {
		*rq->error = errors[i];
		item_answer(rq, &done[i], codes[i]);
	}
	error_clear(rq->error);
	jw_array_end(&rq->json);
	jw_kv_int(&rq->json, "taken", taken);
	jw_object_end(&rq->json);
	rq->row_count = taken;
	return 0;
}

/* What became of one's own number. */
int event_by_number_get(Request *rq) {
	int64_t case_id;
	Text channel = TEXT("officer");
	if (rq->party.kind == PARTY_SERVICE) {
		int code = event_source_channel(rq, &channel);
		if (code < 0) return code;
	}
	int code = event_find_number(rq, channel, rq->party.account_id, in_text(rq, "outside_number"), &case_id);
	if (code == ERR_NOT_FOUND) return fail(rq, ERR_NOT_FOUND, "You have reported nothing under this number");
	if (code < 0) return code;
	CaseView view;
	Event event;
	if ((code = case_view(rq, case_id, &view)) < 0 || (code = event_find(rq, case_id, &event)) < 0) return code;
	rq->about_subject = case_id;
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_id(json, "case_id", case_id);
	jw_kv_str(json, "number", view.number);
	jw_kv_str(json, "state", view.state);
	jw_kv_str(json, "outcome", view.outcome);
	jw_kv_str(json, "class_code", event.class_code);
	jw_kv_time(json, "reported_at", event.reported_us);
	jw_kv_time(json, "due_at", view.due_us);
	jw_kv_time(json, "closed_at", view.closed_at);
	jw_kv_id(json, "merged_into", event.merged_into);
	jw_object_end(json);
	return 0;
}

/* --- who may send
 * ---------------------------------------------------------------------------------------------------------------- */
int sources_get(Request *rq) {
	static const Member members[] = {
	    {"account_id", MEMBER_ID}, {"login", MEMBER_TEXT},  {"name", MEMBER_TEXT},   {"channel", MEMBER_TEXT},
	    {"note", MEMBER_TEXT},     {"active", MEMBER_BOOL}, {"version", MEMBER_INT}, {0}};
	return answer_list(
	    rq, members,
	    "SELECT s.account_id, a.login, a.name, s.channel, s.note, s.active, s.version FROM event_source s JOIN account a ON"
	    " a.account_id = s.account_id ORDER BY s.account_id LIMIT 500",
	    NO_BIND);
}

int source_put(Request *rq) {
	int64_t there = 0, account_id = in_int(rq, "id");
	int code = db_int(rq->db, &there, "SELECT account_id FROM account WHERE account_id = $1 AND kind = 'service'",
	                  BIND(val_int(account_id)));
	if (code < 0) return code;
	if (!there)
		return error_field(rq->error, ERR_NOT_FOUND, "id", TEXT_NONE, "unknown_account", "Choose a service account.",
		                   "There is no such service account");
	rq->about_subject = account_id;
	code = (int)db_run(
	    rq->db,
	    "INSERT INTO event_source (account_id, channel, note, active, updated_us, updated_by, version) VALUES ($1, $2, $3, "
	    "$4, $5,"
	    " $6, 1) ON CONFLICT (account_id) DO UPDATE SET channel = excluded.channel, note = excluded.note, active ="
	    " excluded.active, updated_us = excluded.updated_us, updated_by = excluded.updated_by, version = event_source.version"
	    " + 1",
	    BIND(val_int(account_id), val_text(in_text(rq, "channel")), val_text(in_text(rq, "note")),
	         val_int(in_int(rq, "active")), val_int(rq->now_us), val_str(rq->party.login)));
	return code < 0 ? code : 0;
}
