/* fill: filling a form in. What is held about the subject is looked up on the path that callers take: shown as the filler may see
 * it, or only told to be held; it is never asked for. What is wrong becomes an objection to the record. */
#include "form/internal.h"
#include "base/clock.h"
#include "base/csv.h"

typedef struct Known { /* of one field */
	bool held, shown, masked;
	const char *text;
	RecordMark mark;
} Known;
typedef struct Filling {
	FormRow row;
	FormDoc doc;
	int64_t subject_id; /* record id by the key; where the form is about nobody in particular a number of this answer's own */
	int64_t call_no;    /* of the caller's Idempotency-Key; 0 none */
	Known known[FORM_FIELDS_MAX];
	int asked, held, doubts;
	int64_t version, answered_us; /* of the answer that was given about the subject before; 0 none */
	bool repeated;                /* this very call was taken before */
} Filling;

/* --- the subject ----------------------------------------------------------------------------------------------------- */
static int64_t call_number(Request *rq) {
	Text key = rq->call ? http_header(rq->call, "Idempotency-Key") : TEXT_NONE;
	const char *own = arena_printf(rq->arena, "%lld:%.*s", (long long)rq->party.account_id, TEXT_ARG(key));
	return key.len ? (int64_t)(siphash64(app_secret(rq->app), text_of(own)) >> 2) : 0;
}

static int key_take(Request *rq, Filling *filling, const json_t *key) {
	const Resource *resource = filling->doc.subject;
	Buf scratch = {0};
	filling->call_no = call_number(rq);
	filling->subject_id = filling->call_no ? filling->call_no : store_new_id(rq->store);
	if (!resource) return 0;
	Val *values = ARENA_ARRAY(rq->arena, Val, resource->field_count + 1);
	for (int i = 0; i < resource->field_count; i++)
		values[i] = val_null();
	for (int i = 0; i < resource->key_count; i++) {
		const Field *field = &resource->fields[resource->key_fields[i]];
		const json_t *given = json_object_get(key, field->name);
		Text text =
		    json_is_string(given) ? text_trim((Text){json_string_value(given), json_string_length(given)}) : TEXT_NONE;
		const char *why = "A value is needed", *where = arena_printf(rq->arena, "key.%s", field->name);
		if (text.len && field->check != CHECK_NONE &&
		    check_value(rq, field->check, text, DATE_TODAY, rq->arena, &text, &why) < 0)
			text = TEXT_NONE;
		if (!text.len || field_take(field, text, rq->arena, &values[resource->key_fields[i]], &why) < 0)
			return error_field(rq->error, ERR_INVALID, where, TEXT_NONE, "key", why,
			                   "This does not name a subject of the form");
	}
	filling->subject_id = record_id(rq->app, resource, values, &scratch);
	buf_free(&scratch);
	return 0;
}

/* --- what is held ---------------------------------------------------------------------------------------------------- */
static bool first_of_source(const FormDoc *doc, int number) {
	for (int i = 0; i < number; i++)
		if (doc->fields[i].source == doc->fields[number].source) return false;
	return true;
}

static void row_take(Request *rq, Filling *filling, RecordScan *scan, const Resource *source) {
	for (int i = 0; i < filling->doc.count; i++) {
		Known *known = &filling->known[i];
		for (int c = 0; filling->doc.fields[i].source == source && c < scan->count; c++) {
			if (strcmp(scan->fields[c].field->name, filling->doc.fields[i].field->name) != 0) continue;
			Text text = record_scan_text(scan, c);
			known->shown = text.at != NULL;
			known->masked = scan->fields[c].masked;
			known->text = text.at ? text_cstr(rq->arena, text) : NULL;
			rq->sensitive |= known->shown && scan->fields[c].sensitive;
		}
	}
}

/* As the filler may see it; a refusal is no fault: then it is only told to be held. */
static int source_show(Request *rq, Filling *filling, const Resource *source) {
	RecordScan *scan;
	int code = record_scan_open(rq, source, WAY_INSIDE, &scan);
	if (code == ERR_FORBIDDEN || code == ERR_GONE) {
		error_clear(rq->error);
		return 0;
	}
	if (code < 0) return code;
	code = record_scan_ids(scan, &filling->subject_id, 1);
	bool found = code >= 0 && (code = record_scan_next(scan)) > 0;
	if (found) row_take(rq, filling, scan, source);
	const Grant *grant = scan->grant;
	record_scan_close(scan);
	if (code >= 0 && found && grant) code = grant_use(rq, grant, 1);
	return code < 0 ? code : 0;
}

static int held_find(Request *rq, Filling *filling, bool showing) {
	const FormDoc *doc = &filling->doc;
	int code = 0;
	for (int i = 0; i < doc->count && code >= 0; i++) {
		Known *known = &filling->known[i];
		if (!doc->fields[i].source) continue;
		if ((code = record_mark(rq, doc->fields[i].source, filling->subject_id, doc->fields[i].field, &known->mark)) < 0)
			break;
		known->held = known->mark.there && *known->mark.value;
		if (showing && first_of_source(doc, i)) code = source_show(rq, filling, doc->fields[i].source);
	}
	for (int i = 0; i < doc->count; i++) {
		filling->held += filling->known[i].held;
		filling->asked += !filling->known[i].held;
	}
	return code < 0 ? code : 0;
}

/* What was answered about the subject before; the same call again stays what it was, however things stand now. */
static int answered_find(Request *rq, Filling *filling) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT version, given_at, call_no, asked, known, doubts FROM form_answer WHERE form_id = $1 AND"
	                   " subject_id = $2",
	                   BIND(val_int(filling->row.form_id), val_int(filling->subject_id)));
	if (found <= 0) return found;
	filling->version = rows_int(rows, 0);
	filling->answered_us = rows_int(rows, 1);
	filling->repeated = filling->call_no && rows_int(rows, 2) == filling->call_no;
	if (!filling->repeated) return 0;
	filling->asked = (int)rows_int(rows, 3);
	filling->held = (int)rows_int(rows, 4);
	filling->doubts = (int)rows_int(rows, 5);
	return 0;
}

static int filling_begin(Request *rq, Filling **out, bool showing) {
	Filling *filling = *out = ARENA_NEW(rq->arena, Filling);
	int code = form_load(rq, in_int(rq, "id"), &filling->row);
	rq->about_subject = in_int(rq, "id");
	if (code == 0) code = form_doc(rq, filling->row.document, &filling->doc);
	if (code == 0) code = key_take(rq, filling, in_json(rq, "key"));
	if (code == 0) code = answered_find(rq, filling);
	if (code < 0 || (filling->repeated && !showing)) return code;
	if (strcmp(filling->row.state, "open") != 0)
		return error_field(rq->error, ERR_CONFLICT, "state", text_of(filling->row.state), "state",
		                   "Choose a form that is open.", "The form is not open");
	return held_find(rq, filling, showing);
}

int form_begin_post(Request *rq) {
	Filling *filling;
	int code = filling_begin(rq, &filling, true);
	if (code < 0) return code;
	JsonWriter *json = &rq->json;
	rq->about = arena_printf(rq->arena, "{\"form\":\"%lld\",\"held\":%d,\"asked\":%d}", (long long)filling->row.form_id,
	                         filling->held, filling->asked);
	rq->row_count = 1;
	jw_object(json);
	jw_kv_int(json, "asked", filling->asked);
	jw_kv_int(json, "held", filling->held);
	jw_kv_int(json, "version", filling->version);
	jw_kv_time(json, "answered_at", filling->answered_us);
	jw_key(json, "fields");
	jw_array(json);
	for (int i = 0; i < filling->doc.count; i++) {
		const Known *known = &filling->known[i];
		jw_object(json);
		form_item_members(rq, &filling->doc.fields[i]);
		jw_kv_bool(json, "held", known->held);
		jw_key(json, "value");
		if (known->held && known->shown)
			jw_str(json, known->text);
		else
			jw_null(json);
		jw_kv_bool(json, "masked", known->masked);
		jw_kv_str(json, "mark", known->held && known->shown ? known->mark.value : "");
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_object_end(json);
	return 0;
}

/* --- the answer ------------------------------------------------------------------------------------------------------ */
/* An item that is asked for, as a field of the catalogue would take it. */
static int value_check(Request *rq, const FormField *field, Text text) {
	Field as = field->field ? *field->field
	                        : (Field){.name = field->name,
	                                  .kind = field->kind,
	                                  .length = FORM_VALUE_MAX,
	                                  .code_set = field->code_set,
	                                  .scale = 4};
	const char *why = "", *where = arena_printf(rq->arena, "values.%s", field->name);
	Val value;
	if (as.check != CHECK_NONE && check_value(rq, as.check, text, DATE_TODAY, rq->arena, &text, &why) < 0)
		return error_field(rq->error, ERR_INVALID, where, TEXT_NONE, check_name(as.check), why,
		                   "The value does not fit the item");
	if (as.kind == KIND_CODE && code_valid(rq, as.code_set, text, DATE_TODAY, NULL) != 1) {
		error_clear(rq->error);
		return error_field(rq->error, ERR_INVALID, where, text, "code_set", "Choose a code of the set.",
		                   "%s takes only codes of its code set", field->title);
	}
	if (field_take(&as, text, rq->arena, &value, &why) < 0)
		return error_field(rq->error, ERR_INVALID, where, text, "kind", why, "The value does not fit the item");
	FieldRange range;
	if (!field_in_range(&as, value, &range))
		return error_field(rq->error, ERR_INVALID, where, text, "range",
		                   "compare with the original document; check the unit", "%s must lie between %s and %s",
		                   field->title, range.low, range.high);
	return 0;
}

static int values_check(Request *rq, const Filling *filling, const json_t *values) {
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)values, key, value) {
		int i = 0;
		while (i < filling->doc.count && strcmp(filling->doc.fields[i].name, key) != 0)
			i++;
		const char *where = arena_printf(rq->arena, "values.%s", key);
		if (i == filling->doc.count)
			return error_field(rq->error, ERR_INVALID, where, TEXT_NONE, "unknown_item", "Leave it out.",
			                   "The form has no such item");
		if (filling->known[i].held)
			return error_field(rq->error, ERR_INVALID, where, TEXT_NONE, "held",
			                   "Leave it out; if what is held is wrong, say so as a doubt.",
			                   "The city holds this item already");
		if (!json_is_string(value))
			return error_field(rq->error, ERR_INVALID, where, TEXT_NONE, "type", "Send each value as a text.",
			                   "A value is a text");
		Text text = text_trim((Text){json_string_value(value), json_string_length(value)});
		int code = text.len ? value_check(rq, &filling->doc.fields[i], text) : 0;
		if (code < 0) return code;
	}
	for (int i = 0; i < filling->doc.count; i++) {
		const FormField *field = &filling->doc.fields[i];
		const char *given = json_string_value(json_object_get(values, field->name));
		if (field->required && !filling->known[i].held && (!given || !*given))
			return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "values.%s", field->name), TEXT_NONE,
			                   "required", "Fill it in.", "This is needed");
	}
	return 0;
}

/* Whoever fills it in later than he looked answers to what he saw: a value that is another one now, or gone, is told first. */
static int seen_check(Request *rq, const Filling *filling, const json_t *seen) {
	for (int i = 0; i < filling->doc.count; i++) {
		const char *name = filling->doc.fields[i].name, *mark = json_string_value(json_object_get(seen, name));
		if (!mark || strcmp(mark, filling->known[i].mark.value) == 0) continue;
		return error_field(rq->error, ERR_CONFLICT, arena_printf(rq->arena, "seen.%s", name), TEXT_NONE, "seen",
		                   "Look at what is held now, then decide.", "What is held was changed since it was looked up");
	}
	return 0;
}

/* What is held and wrong: an objection to the record, in the filler's name, for its supplier to check. */
static int doubt_raise(Request *rq, const Filling *filling, const json_t *doubt) {
	const char *name = json_string_value(json_object_get(doubt, "name")),
	           *reason = json_string_value(json_object_get(doubt, "reason")),
	           *right = json_string_value(json_object_get(doubt, "right")), *number;
	int i = 0;
	int64_t case_id = 0;
	while (name && i < filling->doc.count && strcmp(filling->doc.fields[i].name, name) != 0)
		i++;
	if (!name || i == filling->doc.count || !filling->known[i].held)
		return error_field(rq->error, ERR_INVALID, "doubts", text_of(name ? name : ""), "not_held",
		                   "Name an item that is held.", "Only what is held can be doubted");
	if (!reason || utf8_count(text_of(reason)) < 2 || utf8_count(text_of(reason)) > 1000 ||
	    (right && utf8_count(text_of(right)) > 500))
		return error_field(rq->error, ERR_INVALID, "doubts", text_of(name), "length",
		                   "Say in 2 to 1,000 characters what is wrong.", "A doubt needs its reason");
	const Resource *source = filling->doc.fields[i].source;
	const Field *field = filling->doc.fields[i].field;
	json_t *form =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "record_id",
	              arena_printf(rq->arena, "%lld", (long long)filling->subject_id), "field", field->name, "wrong",
	              field->title, "right", right ? right : "", "reason", reason, "mark", filling->known[i].mark.value);
	CaseOpening opening = {
	    .process = "record_objection",
	    .title = source->name,
	    .side = "asker",
	    .subject = "record",
	    .open_key =
	        arena_printf(rq->arena, "%lld:%s:%lld", (long long)filling->subject_id, field->name, (long long)rq->party.org_id),
	    .subject_id = filling->subject_id,
	    .resource_id = source->resource_id,
	    .parties = {.asker_org = rq->party.org_id, .asker_account = rq->party.account_id, .supplier_org = source->org_id},
	    .form = form};
	int code = case_open(rq, &opening, &case_id, &number);
	json_decref(form);
	if (code == ERR_CONFLICT) { /* it is being looked at already */
		error_clear(rq->error);
		code = db_int(
		    rq->db, &case_id,
		    "SELECT case_id FROM work_case WHERE process = 'record_objection' AND resource_id = $1 AND open_key = $2"
		    " AND closed_at = 0 ORDER BY case_id DESC LIMIT 1",
		    BIND(val_int(source->resource_id), val_str(opening.open_key)));
	}
	if (code < 0 || !case_id) return code < 0 ? code : 0;
	return doubt_keep(rq, &(FormDoubt){case_id, filling->row.form_id, filling->doc.fields[i].title});
}

static int answer_write(Request *rq, void *arg) {
	Filling *filling = arg;
	const json_t *values = in_json(rq, "values"), *doubts = in_json(rq, "doubts");
	int64_t answer_id = store_new_id(rq->store);
	char *answered = json_dumps(values, JSON_COMPACT);
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO form_answer (form_id, subject_id, answer_id, account_id, org_id, answered, asked, known, doubts,"
	           " given_at, call_no, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) ON CONFLICT (form_id,"
	           " subject_id) DO UPDATE SET account_id = $4, org_id = $5, answered = $6, asked = $7, known = $8, doubts = $9,"
	           " given_at = $10, call_no = $11, version = form_answer.version + 1 WHERE (CAST($12 AS BIGINT) < 0 OR"
	           " form_answer.version = $12) AND ($11 = 0 OR form_answer.call_no <> $11)",
	           BIND(val_int(filling->row.form_id), val_int(filling->subject_id), val_int(answer_id),
	                val_int(rq->party.account_id), val_int(rq->party.org_id), val_str(answered), val_int(filling->asked),
	                val_int(filling->held), val_int(filling->doubts), val_int(rq->now_us), val_int(filling->call_no),
	                val_int(in_has(rq, "version") ? in_int(rq, "version") : -1)));
	free(answered);
	int code = done < 0 ? (int)done : 0;
	if (done == 0 && (code = answered_find(rq, filling)) == 0 && !filling->repeated)
		code = error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version",
		                   "Look at what is held now, then decide.",
		                   "The form was filled in about this subject by somebody since it was looked up");
	if (code < 0 || done == 0) return code;
	for (size_t i = 0; i < json_array_size(doubts) && code >= 0; i++)
		code = doubt_raise(rq, filling, json_array_get(doubts, i));
	rq->about_subject = filling->row.form_id;
	rq->about =
	    arena_printf(rq->arena, "{\"held\":%d,\"asked\":%d,\"doubts\":%d}", filling->held, filling->asked, filling->doubts);
	return code;
}

/* What is no list or object is not passed over: a doubt would be lost, a change unseen. */
static int shapes_check(Request *rq) {
	const json_t *seen = in_json(rq, "seen"), *doubts = in_json(rq, "doubts"), *mark;
	const char *name;
	if (!json_is_object(in_json(rq, "values")))
		return error_field(rq->error, ERR_INVALID, "values", TEXT_NONE, "type", "Send an object.",
		                   "The values are an object by names of items");
	bool good = !seen || json_is_object(seen);
	json_object_foreach((json_t *)seen, name, mark) good = good && json_is_string(mark);
	if (!good)
		return error_field(rq->error, ERR_INVALID, "seen", TEXT_NONE, "type", "Send an object.",
		                   "What was seen is an object of marks by names of items");
	return !doubts || json_is_array(doubts)
	           ? 0
	           : error_field(rq->error, ERR_INVALID, "doubts", TEXT_NONE, "type", "Send a list.", "The doubts are a list");
}

int form_answer_post(Request *rq) {
	Filling *filling;
	const json_t *values = in_json(rq, "values");
	int code = shapes_check(rq);
	if (code == 0) code = filling_begin(rq, &filling, false);
	if (code < 0) return code;
	if (!filling->repeated) {
		filling->doubts = (int)json_array_size(in_json(rq, "doubts"));
		if ((code = seen_check(rq, filling, in_json(rq, "seen"))) < 0 || (code = values_check(rq, filling, values)) < 0 ||
		    (code = request_write(rq, answer_write, filling)) < 0)
			return code;
	}
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "asked", filling->asked);
	jw_kv_int(&rq->json, "held", filling->held);
	jw_kv_int(&rq->json, "doubts", filling->doubts);
	jw_object_end(&rq->json);
	return 0;
}

/* --- what came in ---------------------------------------------------------------------------------------------------- */
static const Member answer_members[] = {{"answer_id", MEMBER_ID},  {"record_id", MEMBER_ID},
                                        {"by", MEMBER_TEXT},       {"org_name", MEMBER_TEXT},
                                        {"answered", MEMBER_JSON}, {"asked", MEMBER_INT},
                                        {"known", MEMBER_INT},     {"doubts", MEMBER_INT},
                                        {"given_at", MEMBER_TIME}, {0}};

static int answers_own(Request *rq, FormRow *row) {
	int code = form_load(rq, in_int(rq, "id"), row);
	rq->about_subject = in_int(rq, "id");
	return code < 0 || form_own(rq, row)
	           ? code
	           : fail(rq, ERR_FORBIDDEN, "Only the organisation that made the form reads its answers");
}

int answers_get(Request *rq) {
	FormRow row;
	int limit = in_limit(rq), code = answers_own(rq, &row);
	if (code < 0) return code;
	return answer_page(
	    rq, limit, answer_members,
	    "SELECT n.answer_id, n.subject_id, a.name, o.name, n.answered, n.asked, n.known, n.doubts, n.given_at FROM"
	    " form_answer n JOIN account a ON a.account_id = n.account_id JOIN org o ON o.org_id = n.org_id WHERE n.form_id ="
	    " $1 AND n.answer_id > $2 ORDER BY n.answer_id LIMIT $3",
	    BIND(val_int(row.form_id), val_int(in_int(rq, "after")), val_int(limit + 1)));
}

/* UTF-8 with BOM: the items that were asked for; what is held stays where it is, under its own grants. */
int answers_csv_get(Request *rq) {
	FormRow row;
	FormDoc *doc = ARENA_NEW(rq->arena, FormDoc);
	Rows *rows;
	char at[CLOCK_TEXT_MAX];
	int code = answers_own(rq, &row);
	if (code == 0) code = form_doc(rq, row.document, doc);
	if (code == 0)
		code = db_query(rq->db, &rows,
		                "SELECT subject_id, given_at, answered FROM form_answer WHERE form_id = $1 ORDER BY answer_id",
		                BIND(val_int(row.form_id)));
	if (code < 0) return code;
	buf_str(&rq->body, "\xEF\xBB\xBF");
	csv_write(&rq->body, TEXT("record_id"), true, true);
	csv_write(&rq->body, TEXT("given_at"), false, true);
	for (int i = 0; i < doc->count; i++)
		csv_write(&rq->body, text_of(doc->fields[i].title), false, true);
	buf_str(&rq->body, "\r\n");
	while ((code = rows_next(rows)) > 0) {
		Text text = rows_text(rows, 2);
		json_t *answered = json_loadb(text.at, text.len, 0, NULL);
		csv_write(&rq->body, text_of(arena_printf(rq->arena, "%lld", (long long)rows_int(rows, 0))), true, true);
		csv_write(&rq->body, text_of(clock_format(rows_int(rows, 1), at)), false, true);
		for (int i = 0; i < doc->count; i++) {
			const char *value = json_string_value(json_object_get(answered, doc->fields[i].name));
			csv_write(&rq->body, text_of(value ? value : ""), false, true);
		}
		buf_str(&rq->body, "\r\n");
		json_decref(answered);
		rq->row_count++;
	}
	rows_close(rows);
	rq->content_type = "text/csv; charset=utf-8";
	rq->file_name = "answers.csv";
	return code;
}
