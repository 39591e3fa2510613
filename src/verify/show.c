/* show: lists of verifications and of what is in doubt, one with what the party may see of it, values in clear for the supplier,
 * the officer's pictures. Read lane; withdrawing in the caller's write. */
#include "verify/internal.h"
#include <unistd.h>

/* --- lists -------------------------------------------------------------------------------------------------------------------
 */
/* $1 before $2 organisation (NULL: sees all) $3 rows $4 state $5 resource $6 record $7 part of number or title $8 now, for those
 * that are late $9 objection; NULL: not asked */
static const char list_sql[] =
    "SELECT v.case_id, c.number, c.title, v.resource_id, v.record_id, v.state, v.outcome, c.state, v.class_code, v.area_text,"
    " a.name, CASE WHEN c.closed_at <> 0 OR c.due_us >= 4102444800000000 THEN 0 ELSE c.due_us END, (SELECT COUNT(*) FROM"
    " verification_field f WHERE f.case_id = v.case_id), (SELECT COUNT(*) FROM verification_doubt d WHERE d.case_id = v.case_id"
    " AND d.ended_us = 0), v.order_id, z.number, v.sent_us, v.answered_us, v.closed_us FROM verification v JOIN work_case c ON"
    " c.case_id = v.case_id LEFT JOIN account a ON a.account_id = c.field_account LEFT JOIN work_case z ON z.case_id = v.order_id"
    " AND v.order_id <> 0 WHERE 1 = 1/*if $1*/ AND v.case_id < $1/*end*/"
    "/*if $2*/ AND (v.supplier_org = $2 OR v.sender_org = $2)/*end*//*if $4*/ AND v.state = $4/*end*/"
    "/*if $5*/ AND v.resource_id = $5/*end*//*if $6*/ AND v.record_id = $6/*end*/"
    "/*if $7*/ AND lower(c.search_text) LIKE $7 ESCAPE '\\'/*end*//*if $8*/ AND v.state = 'sent' AND c.due_us < $8/*end*/"
    "/*if $9*/ AND v.case_id IN (SELECT d.case_id FROM verification_doubt d WHERE d.objection_id = $9)/*end*/"
    " ORDER BY v.case_id DESC LIMIT $3";
static const Member list_members[] = {
    {"case_id", MEMBER_ID},      {"number", MEMBER_TEXT},      {"title", MEMBER_TEXT},     {"resource_id", MEMBER_ID},
    {"record_id", MEMBER_ID},    {"state", MEMBER_TEXT},       {"outcome", MEMBER_TEXT},   {"case_state", MEMBER_TEXT},
    {"class_code", MEMBER_TEXT}, {"area_text", MEMBER_TEXT},   {"officer", MEMBER_TEXT},   {"due_at", MEMBER_TIME},
    {"fields", MEMBER_INT},      {"doubts", MEMBER_INT},       {"order_id", MEMBER_ID},    {"order_number", MEMBER_TEXT},
    {"sent_at", MEMBER_TIME},    {"answered_at", MEMBER_TIME}, {"closed_at", MEMBER_TIME}, {0}};

int verifications_get(Request *rq) {
	int limit = in_limit(rq);
	AskedSql asked = asked_sql(rq, list_sql,
	                           BIND(asked_int(rq, "after"), rq->party.sees_all ? val_null() : val_int(rq->party.org_id),
	                                val_int(limit + 1), asked_text(rq, "state"), asked_int(rq, "resource"),
	                                asked_int(rq, "record"), asked_like(rq, "q"),
	                                in_int(rq, "late") ? val_int(rq->now_us) : val_null(), asked_int(rq, "objection")));
	return answer_page(rq, limit, list_members, ASKED(asked));
}

int verification_counts_get(Request *rq) {
	static const char *const states[] = {"sent", "answered", "corrected", "closed"};
	int64_t counts[4] = {0}, late = 0, doubts = 0;
	Rows *rows;
	int code = db_query(rq->db, &rows,
	                    "SELECT v.state, COUNT(*), SUM(CASE WHEN v.state = 'sent' AND c.due_us < $3 THEN 1 ELSE 0 END) FROM"
	                    " verification v JOIN work_case c ON c.case_id = v.case_id WHERE CAST($2 AS BIGINT) = 1 OR"
	                    " v.supplier_org = $1 OR v.sender_org = $1 GROUP BY v.state",
	                    BIND(val_int(rq->party.org_id), val_int(rq->party.sees_all), val_int(rq->now_us)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		for (int i = 0; i < 4; i++)
			if (text_is(rows_text(rows, 0), states[i])) counts[i] = rows_int(rows, 1);
		late += rows_int(rows, 2);
	}
	rows_close(rows);
	if (code >= 0)
		code = db_int(
		    rq->db, &doubts,
		    "SELECT COUNT(*) FROM work_case c WHERE c.process = 'record_objection' AND c.closed_at = 0 AND c.state ="
		    " 'check' AND c.supplier_org = $1",
		    BIND(val_int(rq->party.org_id)));
	if (code < 0) return code;
	jw_object(&rq->json);
	for (int i = 0; i < 4; i++)
		jw_kv_int(&rq->json, states[i], counts[i]);
	jw_kv_int(&rq->json, "late", late);
	jw_kv_int(&rq->json, "doubts", doubts);
	jw_object_end(&rq->json);
	return 0;
}

/* An objection with the name people know its field by. */
static int doubt_row(Request *rq, Rows *rows) {
	static const Member members[] = {{"case_id", MEMBER_ID},    {"number", MEMBER_TEXT},
	                                 {"title", MEMBER_TEXT},    {"resource_id", MEMBER_ID},
	                                 {"record_id", MEMBER_ID},  {"form", MEMBER_JSON},
	                                 {"org_name", MEMBER_TEXT}, {"created_at", MEMBER_TIME},
	                                 {"due_at", MEMBER_TIME},   {0}};
	enum { RESOURCE = 3, FORM = 5 };
	const Resource *resource;
	Text text = rows_text(rows, FORM);
	json_t *form = json_loadb(text.at, text.len, 0, NULL);
	const char *name = json_string_value(json_object_get(form, "field"));
	int code = resource_any(rq, rows_int(rows, RESOURCE), &resource);
	const Field *field = code < 0 || !name ? NULL : resource_field(resource, text_of(name));
	jw_object(&rq->json);
	row_members(rq, rows, members);
	jw_kv_str(&rq->json, "field_title", field ? field->title : name ? name : "");
	jw_object_end(&rq->json);
	json_decref(form);
	return code < 0 ? code : 0;
}

/* Objections that wait at the supplier, also from forms: what can be sent to the field. */
int verification_doubts_get(Request *rq) {
	int limit = in_limit(rq);
	return answer_rows(rq, limit, doubt_row,
	                   "SELECT c.case_id, c.number, c.title, c.resource_id, c.subject_id, c.form, o.name, c.created_at, CASE "
	                   "WHEN c.due_us >="
	                   " 4102444800000000 THEN 0 ELSE c.due_us END FROM work_case c LEFT JOIN org o ON o.org_id = "
	                   "c.asker_org WHERE c.process ="
	                   " 'record_objection' AND c.closed_at = 0 AND c.state = 'check' AND c.supplier_org = $1 AND c.case_id "
	                   "< $2 AND (CAST($3 AS"
	                   " BIGINT) = 0 OR c.resource_id = $3) ORDER BY c.case_id DESC LIMIT $4",
	                   BIND(val_int(rq->party.org_id), val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX),
	                        val_int(in_int(rq, "resource")), val_int(limit + 1)));
}

/* --- one ---------------------------------------------------------------------------------------------------------------------
 */
static void text_or_null(JsonWriter *json, const char *key, const char *text) {
	jw_key(json, key);
	if (text)
		jw_str(json, text);
	else
		jw_null(json);
}

/* What is recorded now, as it may be seen; NULL: not by this party, or nothing. */
static int recorded(Request *rq, const Verification *one, const Resource *resource, const Field *field, ViewRole role,
                    const char **out, bool *masked, const char **mark) {
	RecordMark seen;
	Text text;
	*out = NULL;
	*masked = false;
	*mark = "";
	if (!field || (role != VIEW_FIELD && role != VIEW_SUPPLIER)) return 0;
	int code = record_text(rq, resource, one->record_id, field, &text, &seen);
	if (code < 0) return code;
	*mark = arena_strdup(rq->arena, seen.value);
	if (text.at) *out = shown_text(rq, resource, field, text, masked);
	return 0;
}

static const char *locked_shown(Request *rq, const Resource *resource, const Field *field, const char *locked, ViewRole role) {
	bool masked;
	if (role != VIEW_SUPPLIER || !*locked || !field) return NULL;
	return shown_text(rq, resource, field, text_of(value_open(rq, locked)), &masked);
}

/* What a field of codes may be answered with: for whoever looks, whose phone may be offline when he does. Codes of a set of
 * more than CHOICES_MAX (divisions) are searched for in the set's own list while they are typed. */
static int choices_write(Request *rq, const Field *field, ViewRole role) {
	bool asked = role == VIEW_FIELD && field && field->kind == KIND_CODE;
	return code_choices_write(rq, asked ? field->code_set : "");
}

static const char *label_of(Request *rq, const Field *field, const char *text, bool masked) {
	const char *label = NULL;
	if (!text || masked || !field || field->kind != KIND_CODE) return NULL;
	if (code_valid(rq, field->code_set, text_of(text), DATE_ANY, &label) != 1) error_clear(rq->error);
	return label;
}

static int fields_write(Request *rq, const Verification *one, const Resource *resource, ViewRole role) {
	DoubtField *fields = ARENA_ARRAY(rq->arena, DoubtField, VERIFY_FIELDS_MAX);
	JsonWriter *json = &rq->json;
	int count = fields_load(rq, one->case_id, fields), code = count;
	jw_key(json, "fields");
	jw_array(json);
	for (int i = 0; i < count && code >= 0; i++) {
		const Field *field = resource_field(resource, text_of(fields[i].name));
		const char *text, *mark;
		bool masked;
		if ((code = recorded(rq, one, resource, field, role, &text, &masked, &mark)) < 0) break;
		jw_object(json);
		jw_kv_str(json, "name", fields[i].name);
		jw_kv_str(json, "title", field ? field->title : fields[i].name);
		jw_kv_str(json, "kind", field ? field_kind_name(field->kind) : "text");
		jw_kv_str(json, "code_set", field ? field->code_set : "");
		jw_kv_int(json, "grade", field ? field->grade : 4);
		text_or_null(json, "recorded", text);
		text_or_null(json, "recorded_label", label_of(rq, field, text, masked));
		if ((code = choices_write(rq, field, role)) < 0) break;
		jw_kv_bool(json, "masked", masked);
		jw_kv_str(json, "mark", mark);
		jw_kv_bool(json, "changed", *mark && strcmp(mark, fields[i].mark) != 0);
		jw_kv_str(json, "answer", fields[i].answer);
		text_or_null(json, "old", locked_shown(rq, resource, field, fields[i].old, role));
		text_or_null(json, "found", locked_shown(rq, resource, field, fields[i].value, role));
		jw_object_end(json);
	}
	jw_array_end(json);
	return code < 0 ? code : 0;
}

static int identify_write(Request *rq, const Verification *one, const Resource *resource, ViewRole role) {
	JsonWriter *json = &rq->json;
	size_t index;
	json_t *name;
	int code = 0;
	jw_key(json, "identify");
	jw_array(json);
	json_array_foreach(one->identify, index, name) {
		const Field *field = resource_field(resource, text_of(json_string_value(name)));
		const char *text, *mark;
		bool masked;
		if (!field) continue;
		if ((code = recorded(rq, one, resource, field, role, &text, &masked, &mark)) < 0) break;
		jw_object(json);
		jw_kv_str(json, "title", field->title);
		text_or_null(json, "value", text);
		jw_kv_bool(json, "masked", masked);
		jw_object_end(json);
	}
	jw_array_end(json);
	return code;
}

/* Who doubted what and why: the supplier's and the bureau's, not the officer's, whom it would lead. */
static int doubts_write(Request *rq, const Verification *one, ViewRole role) {
	static const Member members[] = {{"field", MEMBER_TEXT},
	                                 {"source", MEMBER_TEXT},
	                                 {"objection_id", MEMBER_ID},
	                                 {"objection_number", MEMBER_TEXT},
	                                 {"org_name", MEMBER_TEXT},
	                                 {"reason", MEMBER_TEXT},
	                                 {"at", MEMBER_TIME},
	                                 {"ended_at", MEMBER_TIME},
	                                 {0}};
	int64_t whose =
	    role == VIEW_SUPPLIER || (role == VIEW_STATE && party_may(&rq->party, PERMIT_JOBS_READ)) ? one->case_id : 0;
	return answer_under(
	    rq, "doubts", members,
	    "SELECT d.field, d.source, d.objection_id, c.number, o.name, d.reason, d.at_us, d.ended_us FROM verification_doubt d"
	    " LEFT JOIN work_case c ON c.case_id = d.objection_id AND d.objection_id <> 0 LEFT JOIN org o ON o.org_id = d.org_id"
	    " WHERE d.case_id = $1 ORDER BY d.doubt_no",
	    BIND(val_int(whose)));
}

static int names_write(Request *rq, const Verification *one) {
	Rows *rows;
	JsonWriter *json = &rq->json;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT c.title, c.state, a.name, f.name, s.name, z.number, z.state, c.closed_at, c.due_us, c.field_account"
	           " FROM work_case c LEFT JOIN account a ON a.account_id = c.field_account LEFT JOIN org f ON f.org_id ="
	           " c.field_org LEFT JOIN org s ON s.org_id = $3 LEFT JOIN work_case z ON z.case_id = $2 WHERE c.case_id ="
	           " $1",
	           BIND(val_int(one->case_id), val_int(one->order_id), val_int(one->supplier_org)));
	if (found <= 0) return found;
	jw_kv_text(json, "title", rows_text(rows, 0));
	jw_kv_text(json, "case_state", rows_text(rows, 1));
	jw_kv_text(json, "officer", rows_text(rows, 2));
	jw_kv_text(json, "officer_org_name", rows_text(rows, 3));
	jw_kv_text(json, "supplier_org_name", rows_text(rows, 4));
	jw_kv_text(json, "order_number", rows_text(rows, 5));
	jw_kv_time(json, "due_at", rows_int(rows, 7) || rows_int(rows, 8) >= INT64_C(4102444800000000) ? 0 : rows_int(rows, 8));
	return 0;
}

static void place_write(JsonWriter *json, const Verification *one, ViewRole role) {
	bool where = role == VIEW_FIELD || role == VIEW_SUPPLIER;
	jw_key(json, "lon");
	where ? jw_double(json, one->lon) : jw_null(json);
	jw_key(json, "lat");
	where ? jw_double(json, one->lat) : jw_null(json);
	text_or_null(json, "address",
	             *one->address && (role == VIEW_FIELD || (role == VIEW_SUPPLIER && !one->address_sensitive)) ? one->address
	                                                                                                         : NULL);
	jw_key(json, "metres"); /* how far from the record's place the answer was given */
	if (where && one->answer_placed)
		jw_int(json, (int64_t)place_distance(one->lon, one->lat, one->answer_lon, one->answer_lat));
	else
		jw_null(json);
}

static int class_write(Request *rq, const Verification *one) {
	const EventClass *class;
	int code = event_class_find(rq, text_of(one->class_code), 0, &class);
	if (code < 0 && code != ERR_NOT_FOUND) return code;
	jw_kv_str(&rq->json, "class_code", one->class_code);
	jw_kv_str(&rq->json, "class_title", code < 0 ? "" : class->title);
	jw_kv_str(&rq->json, "class_title_en", code < 0 ? "" : class->title_en);
	return 0;
}

static void id_or_null(JsonWriter *json, const char *key, int64_t id) {
	jw_key(json, key);
	id ? jw_id(json, id) : jw_null(json);
}

static int seen_load(Request *rq, Verification *one, ViewRole *role, int64_t *version, const Resource **resource) {
	int code = verification_load(rq, in_int(rq, "id"), one);
	if (code == 0) code = verification_role(rq, one, role, version);
	if (code < 0) return code;
	if (*role == VIEW_NONE) return fail(rq, ERR_NOT_FOUND, "There is no such verification among those you may see");
	rq->about_resource = one->resource_id;
	rq->about_subject = one->case_id;
	return resource_any(rq, one->resource_id, resource);
}

int verification_get(Request *rq) {
	static const char *const roles[] = {"none", "state", "supplier", "field"};
	Verification one;
	ViewRole role;
	int64_t version;
	const Resource *resource;
	JsonWriter *json = &rq->json;
	int code = seen_load(rq, &one, &role, &version, &resource);
	if (code < 0) return code;
	bool own = role == VIEW_SUPPLIER && party_may(&rq->party, PERMIT_LOAD);
	rq->row_count = role == VIEW_FIELD || role == VIEW_SUPPLIER;
	rq->about = arena_printf(rq->arena, "{\"case\":\"%s\",\"as\":\"%s\"}", one.number, roles[role]);
	jw_object(json);
	jw_kv_id(json, "case_id", one.case_id);
	jw_kv_str(json, "number", one.number);
	jw_kv_int(json, "version", version);
	jw_kv_id(json, "resource_id", one.resource_id);
	jw_kv_str(json, "resource_name", resource->name);
	jw_kv_id(json, "record_id", one.record_id);
	jw_kv_str(json, "state", one.state);
	jw_kv_str(json, "outcome", one.outcome);
	jw_kv_str(json, "area_text", one.area_text);
	jw_kv_str(json, "words", one.words);
	id_or_null(json, "order_id", one.order_id);
	jw_kv_time(json, "sent_at", one.sent_us);
	jw_kv_time(json, "answered_at", one.answered_us);
	jw_kv_time(json, "closed_at", one.closed_us);
	place_write(json, &one, role);
	jw_key(json, "may");
	jw_object(json);
	jw_kv_bool(json, "answer", role == VIEW_FIELD);
	jw_kv_bool(json, "withdraw", own && strcmp(one.state, "sent") == 0);
	jw_kv_bool(json, "clear", own && one.answered_us != 0);
	jw_object_end(json);
	if ((code = class_write(rq, &one)) == 0 && (code = names_write(rq, &one)) >= 0 &&
	    (code = identify_write(rq, &one, resource, role)) == 0 && (code = fields_write(rq, &one, resource, role)) == 0 &&
	    (code = doubts_write(rq, &one, role)) == 0 && (code = event_photos_write(rq, "photos", one.case_id)) == 0)
		code = case_events_write(rq, one.case_id);
	jw_object_end(json);
	return code < 0 ? code : 0;
}

/* What was recorded and what was found, in clear, for whoever corrects it; the answer waits until the evidence is on the disk. */
int verification_clear_post(Request *rq) {
	DoubtField *fields = ARENA_ARRAY(rq->arena, DoubtField, VERIFY_FIELDS_MAX);
	Verification one;
	ViewRole role;
	const Resource *resource;
	JsonWriter *json = &rq->json;
	Text reason = in_text(rq, "reason");
	int code = seen_load(rq, &one, &role, NULL, &resource), count = 0;
	if (code < 0) return code;
	if (role != VIEW_SUPPLIER) return fail(rq, ERR_FORBIDDEN, "Only whose record it is sees what was found on site in clear");
	if ((count = fields_load(rq, one.case_id, fields)) < 0) return count;
	about_json(rq, json_pack("{s:s,s:s#}", "case", one.number, "reason", reason.at, (int)reason.len));
	rq->row_count = 1;
	jw_object(json);
	jw_key(json, "items");
	jw_array(json);
	for (int i = 0; i < count; i++) {
		const Field *field = resource_field(resource, text_of(fields[i].name));
		if (!*fields[i].answer || !field) continue;
		rq->sensitive |= field->grade >= 3;
		jw_object(json);
		jw_kv_str(json, "name", fields[i].name);
		jw_kv_str(json, "title", field->title);
		jw_kv_str(json, "old", value_open(rq, fields[i].old));
		jw_kv_str(json, "found", value_open(rq, fields[i].value));
		jw_object_end(json);
	}
	answer_rows_end(rq, 0);
	return 0;
}

int verification_withdraw_post(Request *rq) {
	Verification one;
	ViewRole role;
	const Resource *resource;
	Text reason = text_trim(in_text(rq, "reason"));
	int code = seen_load(rq, &one, &role, NULL, &resource);
	if (code < 0) return code;
	if (role != VIEW_SUPPLIER) return fail(rq, ERR_FORBIDDEN, "Only whose record it is calls its verification off");
	if (strcmp(one.state, "sent") == 0)
		code = cases_happen(
		    rq, &(Happening){.event = "called_off", .case_id = one.case_id, .note = text_cstr(rq->arena, reason)});
	if (code == 0 && strcmp(one.state, "sent") != 0)
		code = error_field(rq->error, ERR_CONFLICT, "id", text_of(one.number), "state", "Read it again.",
		                   "It was answered or ended already");
	return code < 0 ? code : verification_get(rq);
}

/* The officer's pictures: they may show what the record is about, so only its supplier and who looks see them. */
int verification_photo_get(Request *rq) {
	Verification one;
	ViewRole role;
	const Resource *resource;
	EventPhoto photo = {0};
	int fd, code = seen_load(rq, &one, &role, NULL, &resource);
	if (code < 0) return code;
	int opened =
	    role == VIEW_SUPPLIER || role == VIEW_FIELD ? event_photo_open(rq, in_int(rq, "photo"), &photo, &fd) : ERR_NOT_FOUND;
	if (opened < 0 && opened != ERR_NOT_FOUND) return opened;
	if (opened == 0 && photo.case_id != one.case_id) close(fd);
	if (opened < 0 || photo.case_id != one.case_id)
		return fail(rq, ERR_NOT_FOUND, "There is no such picture among those you may see");
	rq->send_fd = fd;
	rq->content_type = photo.mime;
	rq->cache_control = "private, max-age=3600";
	return 0;
}
