/* send: records in doubt become tasks of the field (派发核查): objections at the supplier, or records he chose himself. A record
 * whose task is open joins it; one without a place is said so and not sent. In the caller's write. */
#include "verify/internal.h"

typedef struct Doubt {
	int64_t record_id, objection_id, account_id, org_id;
	const char *field, *source, *reason;
} Doubt;
enum { DOUBTS_MAX = VERIFY_RECORDS_MAX * VERIFY_FIELDS_MAX };
typedef struct Sending {
	const Resource *resource;
	const EventClass *class;
	const Field *address;
	json_t *identify;
	const char *words, *source; /* source: of records that are named: hand, compare */
	Doubt *doubts;
	int count;
	int64_t ids[VERIFY_RECORDS_MAX];
	int records, sent, joined;
} Sending;
typedef struct Sent { /* what came of one record; rule "": sent or joined */
	int64_t case_id;
	const char *number, *area, *officer, *rule, *message, *advice;
	bool joined, staffed;
} Sent;

static int unsuited(Request *rq, const char *field, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, value, rule, advice, "%s", message);
}

/* --- what is in doubt ---------------------------------------------------------------------------------------------------- */
static int doubt_add(Request *rq, Sending *sending, Doubt doubt, const char *where) {
	const Field *field = resource_field(sending->resource, text_of(doubt.field));
	if (!field || field->kind == KIND_GEOMETRY)
		return unsuited(rq, where, text_of(doubt.field), "unknown_field",
		                "Use the names of the catalogue entry's fields.",
		                "The entry has no such field that can be verified");
	bool known = false;
	int fields = 0;
	for (int i = 0; i < sending->records; i++)
		known |= sending->ids[i] == doubt.record_id;
	if (!known && sending->records == VERIFY_RECORDS_MAX)
		return unsuited(rq, where, TEXT_NONE, "too_many", "Send the rest in another call.",
		                "At most 100 records are sent to the field at a time");
	for (int i = 0; i < sending->count; i++) {
		if (sending->doubts[i].record_id != doubt.record_id) continue;
		if (strcmp(sending->doubts[i].field, field->name) == 0 && sending->doubts[i].objection_id == doubt.objection_id)
			return 0;
		fields++;
	}
	if (fields == VERIFY_FIELDS_MAX)
		return unsuited(rq, where, text_of(doubt.field), "too_many", "Choose those that matter most.",
		                "At most 20 doubts of one record are verified at a time");
	if (!known) sending->ids[sending->records++] = doubt.record_id;
	doubt.field = field->name;
	sending->doubts[sending->count++] = doubt;
	return 0;
}

static const char *text_in(const json_t *object, const char *name) {
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static int record_take(Request *rq, Sending *sending, const json_t *item, const char *where) {
	const json_t *fields = json_object_get(item, "fields");
	Doubt doubt = {.source = sending->source,
	               .reason = text_in(item, "reason"),
	               .account_id = rq->party.account_id,
	               .org_id = rq->party.org_id};
	size_t index;
	json_t *name;
	int code = 0;
	if (text_to_int(text_of(text_in(item, "record_id")), &doubt.record_id) < 0 || doubt.record_id <= 0)
		return unsuited(rq, where, text_of(text_in(item, "record_id")), "id", "Give an id as text.", "This is not an id");
	if (!json_array_size(fields))
		return unsuited(rq, where, TEXT_NONE, "required", "Name the fields that are in doubt.",
		                "Only fields in doubt are shown to whoever looks");
	if (utf8_count(text_of(doubt.reason)) < 2 || utf8_count(text_of(doubt.reason)) > 500)
		return unsuited(rq, where, TEXT_NONE, "length", "Say in 2 to 500 characters why.", "A doubt needs its reason");
	json_array_foreach(fields, index, name) {
		doubt.field = json_is_string(name) ? json_string_value(name) : "";
		if ((code = doubt_add(rq, sending, doubt, where)) < 0) break;
	}
	return code;
}

static int objection_take(Request *rq, Sending *sending, const json_t *item, const char *where) {
	Rows *rows;
	int64_t id = 0;
	const char *text = json_is_string(item) ? json_string_value(item) : "";
	int found = text_to_int(text_of(text), &id) < 0
	                ? 0
	                : db_one(rq->db, &rows,
	                         "SELECT subject_id, form, asker_account, asker_org, state FROM work_case WHERE case_id = $1 AND"
	                         " process = 'record_objection' AND resource_id = $2",
	                         BIND(val_int(id), val_int(sending->resource->resource_id)));
	if (found < 0) return found;
	if (!found)
		return unsuited(rq, where, text_of(text), "unknown", "Choose objections to records of this entry.",
		                "There is no such objection to a record of this entry");
	if (!text_is(rows_text(rows, 4), "check"))
		return error_field(rq->error, ERR_CONFLICT, where, text_of(text), "state",
		                   "Choose objections that wait to be checked.", "The objection is past being checked");
	Text form_text = rows_text(rows, 1);
	json_t *form = json_loadb(form_text.at, form_text.len, 0, NULL);
	const Doubt doubt = {.record_id = rows_int(rows, 0),
	                     .objection_id = id,
	                     .account_id = rows_int(rows, 2),
	                     .org_id = rows_int(rows, 3),
	                     .field = arena_strdup(rq->arena, text_in(form, "field")),
	                     .source = "objection",
	                     .reason = arena_strdup(rq->arena, text_in(form, "reason"))};
	json_decref(form);
	return doubt_add(rq, sending, doubt, where);
}

/* The record that a refused row is about, by its key: 1, 0 the row names none, or a code. */
static int refused_record(Request *rq, const Resource *resource, const json_t *values, int64_t *out) {
	Val *key = ARENA_ARRAY(rq->arena, Val, resource->field_count + 1);
	Buf scratch = {0};
	for (int i = 0; i < resource->field_count; i++)
		key[i] = val_null();
	for (int i = 0; i < resource->key_count; i++) {
		const Field *field = &resource->fields[resource->key_fields[i]];
		const char *given = json_string_value(json_object_get(values, field->name));
		Val *value = &key[resource->key_fields[i]];
		Reason why;
		int taken = given ? field_accept(rq, resource, field, text_of(given), value, &why) : 0;
		if (taken <= 0) return taken;
		if (value->kind == VAL_NULL || (value->kind == VAL_TEXT && !value->t.len)) return 0;
	}
	*out = record_id(rq->app, resource, key, &scratch);
	buf_free(&scratch);
	return resource->key_count > 0;
}

/* A row that a load refused: the stored record of its key is in doubt, in the fields that broke a rule. */
static int refused_take(Request *rq, Sending *sending, const json_t *item, const char *where) {
	const QuarantineFilter filter = {.resource_id = sending->resource->resource_id};
	QuarantineKept row;
	Doubt doubt = {.source = "rule", .account_id = rq->party.account_id, .org_id = rq->party.org_id};
	const char *text = json_is_string(item) ? json_string_value(item) : "";
	int64_t id = 0;
	size_t index;
	json_t *reason;
	int count = text_to_int(text_of(text), &id) < 0 || id <= 0 ? 0 : quarantine_list(rq, &filter, id - 1, &row, 1);
	if (count < 0) return count;
	if (!count || row.quarantine_id != id)
		return unsuited(rq, where, text_of(text), "unknown", "Choose refused rows of this entry.",
		                "There is no such refused row of this entry");
	int code = refused_record(rq, sending->resource, row.values, &doubt.record_id), before = sending->count;
	if (code < 0) return code;
	json_array_foreach(code ? row.reasons : NULL, index, reason) {
		doubt.field = text_in(reason, "field");
		doubt.reason = arena_strdup(rq->arena, text_in(reason, "message"));
		const Field *field = resource_field(sending->resource, text_of(doubt.field));
		if (!field || field->kind == KIND_GEOMETRY || field->key) continue;
		if ((code = doubt_add(rq, sending, doubt, where)) < 0) return code;
	}
	if (sending->count > before) return 0;
	return unsuited(rq, where, text_of(text), "no_key", "Mend it in the quarantine.",
	                "The refused row does not say by a good key which record it is about");
}

static int list_take(Request *rq, Sending *sending, const char *name, const json_t *list,
                     int (*take)(Request *rq, Sending *sending, const json_t *item, const char *where)) {
	size_t index;
	json_t *item;
	int code = 0;
	if (list && (!json_is_array(list) || json_array_size(list) > VERIFY_RECORDS_MAX))
		return unsuited(rq, name, TEXT_NONE, "list", "Give an array of at most 100.",
		                "This is no list of what is in doubt");
	json_array_foreach((json_t *)list, index, item) {
		code = take(rq, sending, item, arena_printf(rq->arena, "%s[%zu]", name, index));
		if (code < 0) break;
	}
	return code;
}

static void json_drop(void *json) {
	json_decref(json);
}

/* --- how ------------------------------------------------------------------------------------------------------------------ */
/* Which thing it is: the fields named, else the key's and the first that is a name. */
static int identify_take(Request *rq, Sending *sending, const json_t *given) {
	const Resource *resource = sending->resource;
	size_t index;
	json_t *name;
	sending->identify = json_array();
	arena_on_free(rq->arena, json_drop, sending->identify);
	if (given && (!json_is_array(given) || json_array_size(given) > VERIFY_IDENTIFY_MAX))
		return unsuited(rq, "identify", TEXT_NONE, "length", "Name at most 4 fields.",
		                "Whoever looks is told by at most 4 fields which thing it is");
	json_array_foreach((json_t *)given, index, name) {
		const Field *field = json_is_string(name) ? resource_field(resource, text_of(json_string_value(name))) : NULL;
		if (!field || field->kind == KIND_GEOMETRY)
			return unsuited(rq, "identify", text_of(json_is_string(name) ? json_string_value(name) : ""),
			                "unknown_field", "Use the names of the catalogue entry's fields.",
			                "The entry has no such field");
		json_array_append_new(sending->identify, json_string(field->name));
	}
	if (given) return 0;
	for (int i = 0; i < resource->key_count && i < VERIFY_IDENTIFY_MAX - 1; i++)
		json_array_append_new(sending->identify, json_string(resource->fields[resource->key_fields[i]].name));
	for (int i = 0; i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		if (field->key || field->kind != KIND_TEXT || (!strstr(field->title, "名称") && !strstr(field->title, "姓名")))
			continue;
		json_array_append_new(sending->identify, json_string(field->name));
		break;
	}
	return 0;
}

/* The class named, else the last small one of verification: "other". */
static int class_take(Request *rq, Sending *sending, Text code) {
	const EventClass **classes;
	int count = event_class_list(rq, &classes);
	if (count < 0) return count;
	for (int i = 0; i < count; i++)
		if (strcmp(classes[i]->kind, "check") == 0 && *classes[i]->parent && !classes[i]->retired &&
		    (!code.len || text_is(code, classes[i]->code)))
			sending->class = classes[i];
	if (sending->class) return 0;
	return unsuited(rq, "class_code", code, "class_unknown",
	                "Choose a class of verification (D…); the base pack brings some.",
	                "There is no such class of verification");
}

static int sending_begin(Request *rq, Sending *sending, int64_t resource_id, Text words) {
	int code = resource_find(rq, resource_id, &sending->resource);
	rq->about_resource = resource_id;
	if (code == 0) code = resource_own(rq, sending->resource);
	if (code == 0) code = resource_not_proxied(rq, sending->resource, "be verified on site");
	if (code < 0) return code;
	sending->words = words.at ? text_cstr(rq->arena, text_trim(words)) : "";
	sending->doubts = ARENA_ARRAY(rq->arena, Doubt, DOUBTS_MAX + VERIFY_FIELDS_MAX);
	return 0;
}

static int sending_take(Request *rq, Sending *sending) {
	int code = sending_begin(rq, sending, in_int(rq, "resource_id"), in_text(rq, "words"));
	if (code < 0) return code;
	sending->source = "hand";
	if (in_has(rq, "address_field")) {
		sending->address = resource_field(sending->resource, in_text(rq, "address_field"));
		if (!sending->address || sending->address->kind != KIND_TEXT)
			return unsuited(rq, "address_field", in_text(rq, "address_field"), "unknown_field",
			                "Name a text field of the entry.", "The entry has no such field");
	}
	if ((code = class_take(rq, sending, in_text(rq, "class_code"))) < 0 ||
	    (code = identify_take(rq, sending, in_json(rq, "identify"))) < 0 ||
	    (code = list_take(rq, sending, "records", in_json(rq, "records"), record_take)) < 0 ||
	    (code = list_take(rq, sending, "objections", in_json(rq, "objections"), objection_take)) < 0 ||
	    (code = list_take(rq, sending, "refused", in_json(rq, "refused"), refused_take)) < 0)
		return code;
	return sending->records ? 0
	                        : unsuited(rq, "records", TEXT_NONE, "required", "Name records with their fields, or objections.",
	                                   "Nothing is in doubt");
}

/* --- one record ----------------------------------------------------------------------------------------------------------- */
static int not_sent(Sent *out, const char *rule, const char *message, const char *advice) {
	out->rule = rule;
	out->message = message;
	out->advice = advice;
	return 0;
}

/* A field not yet in doubt is added: the number of those, or a code. */
static int fields_insert(Request *rq, const Sending *sending, int64_t case_id, int64_t record_id) {
	int added = 0;
	for (int i = 0; i < sending->count; i++) {
		const Field *field = resource_field(sending->resource, text_of(sending->doubts[i].field));
		RecordMark mark;
		if (sending->doubts[i].record_id != record_id) continue;
		int code = record_mark(rq, sending->resource, record_id, field, &mark);
		if (code < 0) return code;
		int64_t done = db_run(rq->db,
		                      "INSERT INTO verification_field (case_id, field, field_no, mark, answer, value, "
		                      "value_mark, old, now_mark) VALUES"
		                      " ($1, $2, $3, $4, '', '', '', '', $4) ON CONFLICT (case_id, field) DO NOTHING",
		                      BIND(val_int(case_id), val_str(field->name), val_int(field->no), val_str(mark.value)));
		if (done < 0) return (int)done;
		added += done > 0;
	}
	return added;
}

/* Each doubt's row; an objection goes to the field with it. */
static int doubts_insert(Request *rq, const Sending *sending, int64_t case_id, const char *number, int64_t record_id) {
	int64_t last = 0;
	int code = db_int(rq->db, &last, "SELECT COALESCE(MAX(doubt_no), 0) FROM verification_doubt WHERE case_id = $1",
	                  BIND(val_int(case_id)));
	for (int i = 0; i < sending->count && code >= 0; i++) {
		const Doubt *doubt = &sending->doubts[i];
		if (doubt->record_id != record_id) continue;
		int64_t done =
		    db_run(rq->db,
		           "INSERT INTO verification_doubt (case_id, doubt_no, field, source, objection_id, account_id, org_id,"
		           " reason, at_us, ended_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)",
		           BIND(val_int(case_id), val_int(++last), val_str(doubt->field), val_str(doubt->source),
		                val_int(doubt->objection_id), val_int(doubt->account_id), val_int(doubt->org_id),
		                val_str(doubt->reason), val_int(rq->now_us)));
		code = done < 0 ? (int)done : 0;
		if (code == 0 && doubt->objection_id)
			code =
			    cases_happen(rq, &(Happening){.event = "field_sent", .case_id = doubt->objection_id, .note = number});
	}
	return code < 0 ? code : 0;
}

/* The record's verification that is under way: 1 (rule "ordered" where it waits for a correction), 0, or a code. */
static int join_open(Request *rq, const Sending *sending, int64_t record_id, Sent *out) {
	Rows *rows;
	int64_t before = 0;
	int found = db_one(rq->db, &rows,
	                   "SELECT v.case_id, c.number, v.state, v.area_text FROM verification v JOIN work_case c ON c.case_id ="
	                   " v.case_id WHERE v.resource_id = $1 AND v.record_id = $2 AND v.state IN ('sent', 'answered') ORDER BY"
	                   " v.case_id DESC LIMIT 1",
	                   BIND(val_int(sending->resource->resource_id), val_int(record_id)));
	if (found <= 0) return found;
	out->case_id = rows_int(rows, 0);
	out->number = rows_str(rows, 1, rq->arena);
	out->area = rows_str(rows, 3, rq->arena);
	if (text_is(rows_text(rows, 2), "answered")) {
		not_sent(out, "ordered", "The record was found wrong on site and waits for its correction",
		         "Wait for the correction, or have the bureau withdraw the order.");
		return 1;
	}
	int code =
	    db_int(rq->db, &before, "SELECT COUNT(*) FROM verification_field WHERE case_id = $1", BIND(val_int(out->case_id)));
	int wanted = 0;
	for (int i = 0; i < sending->count; i++)
		wanted += sending->doubts[i].record_id == record_id;
	if (code >= 0 && before + wanted > VERIFY_FIELDS_MAX) {
		not_sent(out, "too_many", "At most 20 doubts of one record are verified at a time", "Wait for the answer.");
		return 1;
	}
	int added = code < 0 ? code : fields_insert(rq, sending, out->case_id, record_id);
	if (added < 0) return added;
	if (added) code = cases_happen(rq, &(Happening){.event = "field_added", .case_id = out->case_id});
	if (code >= 0) code = doubts_insert(rq, sending, out->case_id, out->number, record_id);
	out->joined = true;
	return code < 0 ? code : 1;
}

static int row_insert(Request *rq, const Sending *sending, int64_t record_id, const RecordWhere *where, const EventWhere *place,
                      const Sent *out) {
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO verification (case_id, resource_id, record_id, supplier_org, sender_org, sender_account, "
	           "class_code, lon,"
	           " lat, area_text, address, address_sensitive, identify, words, state, outcome, order_id, sent_us, answered_us,"
	           " answered_by, answer_placed, answer_lon, answer_lat, closed_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
	           "$10, $11,"
	           " $12, $13, $14, 'sent', '', 0, $15, 0, 0, 0, 0, 0, 0)",
	           BIND(val_int(out->case_id), val_int(sending->resource->resource_id), val_int(record_id),
	                val_int(sending->resource->org_id), val_int(rq->party.org_id), val_int(rq->party.account_id),
	                val_str(sending->class->code), val_double(where->lon), val_double(where->lat), val_str(place->text),
	                val_str(value_lock(rq, where->address)), val_int(where->address_sensitive),
	                val_str(json_as_text(rq, sending->identify)), val_str(sending->words), val_int(rq->now_us)));
	return done < 0 ? (int)done : 0;
}

static int task_open(Request *rq, const Sending *sending, int64_t record_id, const RecordWhere *where, const EventWhere *place,
                     Sent *out) {
	json_t *form = json_pack("{s:s,s:s}", "class", sending->class->code, "resource", sending->resource->name);
	out->staffed = place->field_account != 0;
	const CaseOpening opening = {
	    .process = "verification",
	    .title = arena_printf(rq->arena, "%s%s%s", sending->resource->name, *place->text ? " · " : "", place->text),
	    .side = "",
	    .subject = "record",
	    .kind = out->staffed ? "officer" : "",
	    .open_key = arena_printf(rq->arena, "record:%lld", (long long)record_id),
	    .subject_id = record_id,
	    .resource_id = sending->resource->resource_id,
	    .parties = {.asker_org = rq->party.org_id,
	                .asker_account = rq->party.account_id,
	                .centre_org = place->centre_org,
	                .field_org = place->field_org,
	                .field_account = place->field_account},
	    .limits = sending->class->limits,
	    .form = form};
	int code = case_open(rq, &opening, &out->case_id, &out->number);
	json_decref(form);
	if (code == ERR_NOT_FOUND)
		return error_field(rq->error, ERR_CONFLICT, "process", TEXT("verification"), "no_process",
		                   "Load a pack that brings it, as the base pack does: yiwang pack load packs/base.",
		                   "The city has no process for verification on site");
	out->area = place->text;
	if (code == 0) code = row_insert(rq, sending, record_id, where, place, out);
	return code;
}

static int record_send(Request *rq, const Sending *sending, int64_t record_id, Sent *out) {
	RecordMark mark;
	RecordWhere where;
	EventWhere place;
	*out = (Sent){.number = "", .area = "", .officer = "", .rule = "", .message = "", .advice = ""};
	int code = db_lock(rq->db, "verify.record", record_id);
	if (code >= 0) code = record_mark(rq, sending->resource, record_id, NULL, &mark);
	if (code < 0) return code;
	if (!mark.there) return not_sent(out, "no_record", "There is no such record any more", "Read the list again.");
	if ((code = join_open(rq, sending, record_id, out)) != 0) return code < 0 ? code : 0;
	code = record_where(rq, sending->resource, record_id, sending->address, &where);
	if (code < 0) return code;
	if (!code)
		return not_sent(out, "no_place", "The record has neither a position nor an address that is known",
		                "Bring its address into the list of standard addresses, or give the entry a position.");
	const EventReport at = {.placed = true, .lon = where.lon, .lat = where.lat};
	code = event_where(rq, &at, &place);
	if (code == ERR_INVALID) {
		error_clear(rq->error);
		return not_sent(out, "outside", "The record lies outside the city", "Look at its position or address.");
	}
	if (code < 0 || (code = task_open(rq, sending, record_id, &where, &place, out)) < 0 ||
	    (code = fields_insert(rq, sending, out->case_id, record_id)) < 0 ||
	    (code = doubts_insert(rq, sending, out->case_id, out->number, record_id)) < 0)
		return code;
	AccountName officer = {.account_id = place.field_account};
	code = out->staffed ? action_run(rq, "account.name", &officer) : 0;
	out->officer = officer.name ? officer.name : "";
	return code < 0 ? code : 0;
}

static void sent_write(Request *rq, int64_t record_id, const Sent *sent) {
	JsonWriter *json = &rq->json;
	bool refused = *sent->rule != 0;
	jw_object(json);
	jw_kv_id(json, "record_id", record_id);
	jw_kv_str(json, "result", refused ? "refused" : sent->joined ? "joined" : "sent");
	jw_key(json, "case_id");
	if (sent->case_id)
		jw_id(json, sent->case_id);
	else
		jw_null(json);
	jw_kv_str(json, "number", sent->number);
	jw_kv_str(json, "area_text", sent->area);
	jw_kv_str(json, "officer", sent->officer);
	jw_kv_bool(json, "staffed", sent->staffed || sent->joined);
	jw_kv_str(json, "rule", sent->rule);
	jw_kv_str(json, "message", *sent->message ? message_say(rq, sent->message) : "");
	jw_kv_str(json, "advice", *sent->advice ? message_say(rq, sent->advice) : "");
	jw_object_end(json);
}

/* Each record; then the answer. */
static int records_send(Request *rq, Sending *sending) {
	int code;
	Sent *sent = ARENA_ARRAY(rq->arena, Sent, VERIFY_RECORDS_MAX);
	for (int i = 0; i < sending->records; i++) {
		if ((code = record_send(rq, sending, sending->ids[i], &sent[i])) < 0) return code;
		sending->sent += !*sent[i].rule && !sent[i].joined;
		sending->joined += !*sent[i].rule && sent[i].joined;
	}
	rq->status = 201;
	rq->about_resource = sending->resource->resource_id;
	rq->about_subject = sending->records == 1 ? sending->ids[0] : 0;
	rq->about = arena_printf(rq->arena, "{\"sent\":%d,\"joined\":%d,\"refused\":%d}", sending->sent, sending->joined,
	                         sending->records - sending->sent - sending->joined);
	rq->row_count = sending->sent + sending->joined;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "sent", sending->sent);
	jw_kv_int(&rq->json, "joined", sending->joined);
	jw_kv_int(&rq->json, "refused", sending->records - sending->sent - sending->joined);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; i < sending->records; i++)
		sent_write(rq, sending->ids[i], &sent[i]);
	answer_rows_end(rq, 0);
	return 0;
}

int verifications_post(Request *rq) {
	Sending sending = {0};
	int code = sending_take(rq, &sending);
	return code < 0 ? code : records_send(rq, &sending);
}

int verification_send(Request *rq, int64_t resource_id, const json_t *records, Text class_code, Text words) {
	Sending sending = {.source = "compare"};
	int code = sending_begin(rq, &sending, resource_id, words);
	if (code < 0 || (code = class_take(rq, &sending, class_code)) < 0 || (code = identify_take(rq, &sending, NULL)) < 0 ||
	    (code = list_take(rq, &sending, "records", records, record_take)) < 0)
		return code;
	return records_send(rq, &sending);
}
