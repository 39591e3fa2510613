/* answer: the officer's form: each field in doubt is right, wrong (and what it is), cannot be found out, or the thing is gone.
 * Values are locked before the case hears of the answer; its history has kinds of answers alone. In the caller's write. */
#include "verify/internal.h"

enum { VALUE_MAX = 500 };
typedef struct Answer {
	const char *kind; /* right, wrong, unknown, gone */
	Text value;       /* TEXT_NONE: not said */
	const char *value_mark, *now_mark;
	Text old;
	bool seen; /* the mark the officer saw is what is there now */
} Answer;

static int unsuited(Request *rq, const char *field, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, value, rule, advice, "%s", message);
}

static const json_t *answer_of(const json_t *list, const char *name) {
	size_t index;
	json_t *item;
	json_array_foreach((json_t *)list, index, item) {
		const char *field = json_string_value(json_object_get(item, "field"));
		if (field && strcmp(field, name) == 0) return item;
	}
	return NULL;
}

/* What the officer found, as a load would store it: only so can the load that corrects it be told from another. */
static int value_take(Request *rq, const Resource *resource, int64_t record_id, const Field *field, const char *where,
                      Answer *out) {
	char mark[17];
	Reason why = {0};
	Val value;
	if (utf8_count(out->value) > VALUE_MAX)
		return unsuited(rq, where, TEXT_NONE, "length", "Write it shorter.", "The value does not fit the item");
	int taken = field_accept(rq, resource, field, out->value, &value, &why);
	if (taken < 0) return taken;
	Text shown = field->grade >= 3 ? TEXT_NONE : text_of(why.value); /* what is sensitive is not said again */
	if (!taken && strcmp(why.rule, "code_set") == 0)
		return error_field(rq->error, ERR_INVALID, where, shown, "code_set", "Choose a code of the set.",
		                   "%s takes only codes of its code set", field->title);
	if (!taken) return error_field(rq->error, ERR_INVALID, where, shown, why.rule, why.advice, "%s", why.message);
	out->value = field_text(field, value, rq->arena);
	if (!out->value.len) return 0;
	record_mark_of(rq, resource, record_id, field, out->value, mark);
	if (strcmp(mark, out->now_mark) == 0)
		return unsuited(rq, where, TEXT_NONE, "same", "Say that it is right, or write what it is now.",
		                "This is what is recorded");
	out->value_mark = arena_strdup(rq->arena, mark);
	return 0;
}

static int answer_take(Request *rq, const Resource *resource, const Verification *one, const DoubtField *doubt,
                       const json_t *item, Answer *out) {
	static const char *const kinds[] = {"right", "wrong", "unknown", "gone"};
	const char *where = arena_printf(rq->arena, "answers.%s", doubt->name),
	           *kind = json_string_value(json_object_get(item, "answer")),
	           *seen = json_string_value(json_object_get(item, "mark")),
	           *value = json_string_value(json_object_get(item, "value"));
	const Field *field = resource_field(resource, text_of(doubt->name));
	RecordMark mark = {0};
	*out = (Answer){.value = TEXT_NONE, .value_mark = ""};
	for (size_t i = 0; kind && i < 4; i++)
		if (strcmp(kind, kinds[i]) == 0) out->kind = kinds[i];
	if (!out->kind)
		return unsuited(rq, where, text_of(kind ? kind : ""), "choice", "Use right, wrong, unknown or gone.",
		                "Each field in doubt needs its answer");
	int code = field ? record_text(rq, resource, one->record_id, field, &out->old, &mark) : 0;
	if (code < 0) return code;
	out->now_mark = arena_strdup(rq->arena, mark.value);
	/* an answer is about what the officer saw: where that changed since, he is asked to look again */
	if (!mark.there || !seen || strcmp(seen, mark.value) != 0)
		return error_field(rq->error, ERR_CONFLICT, where, TEXT_NONE, "changed", "Read the task again and answer anew.",
		                   "The record was changed since you read it");
	if (strcmp(out->kind, "wrong") != 0) return 0;
	out->value = value ? text_trim(text_of(value)) : TEXT_NONE;
	return out->value.len ? value_take(rq, resource, one->record_id, field, where, out) : 0;
}

static int answers_take(Request *rq, const Resource *resource, const Verification *one, const DoubtField *fields, int count,
                        Answer *out) {
	const json_t *given = in_json(rq, "answers");
	int code = 0, gone = 0;
	if (!json_is_array(given) || json_array_size(given) > VERIFY_FIELDS_MAX)
		return unsuited(rq, "answers", TEXT_NONE, "list", "Send [{field, answer, value, mark}].", "These are no answers");
	for (int i = 0; i < count && code >= 0; i++) {
		const json_t *item = answer_of(given, fields[i].name);
		code = answer_take(rq, resource, one, &fields[i], item, &out[i]);
		gone += code >= 0 && strcmp(out[i].kind, "gone") == 0;
	}
	if (code < 0 || !gone || gone == count) return code < 0 ? code : 0;
	return unsuited(rq, "answers", TEXT_NONE, "gone", "Say gone of all fields, or of none.",
	                "What is not there any more has no field that is right or wrong");
}

static int answers_store(Request *rq, int64_t case_id, DoubtField *fields, int count, const Answer *answers) {
	for (int i = 0; i < count; i++) {
		fields[i].answer = answers[i].kind;
		fields[i].value = value_lock(rq, answers[i].value.at ? answers[i].value : TEXT(""));
		fields[i].value_mark = answers[i].value_mark;
		int64_t done = db_run(
		    rq->db,
		    "UPDATE verification_field SET answer = $3, value = $4, value_mark = $5, old = $6, mark = $7, now_mark = $7"
		    " WHERE case_id = $1 AND field = $2",
		    BIND(val_int(case_id), val_str(fields[i].name), val_str(answers[i].kind), val_str(fields[i].value),
		         val_str(answers[i].value_mark), val_str(value_lock(rq, answers[i].old.at ? answers[i].old : TEXT(""))),
		         val_str(answers[i].now_mark)));
		if (done < 0) return (int)done;
	}
	return 0;
}

/* The case's own form: which field got which kind of answer, and the pictures. No value is in it. */
static json_t *case_form(Request *rq, const DoubtField *fields, int count) {
	json_t *kinds = json_object(), *form = json_object();
	for (int i = 0; i < count; i++)
		json_object_set_new(kinds, fields[i].name, json_string(fields[i].answer));
	json_object_set_new(form, "answers", kinds);
	if (in_json(rq, "photos")) json_object_set(form, "photos", in_json(rq, "photos"));
	return form;
}

static int answered_store(Request *rq, const Verification *one) {
	bool placed = in_has(rq, "lon") && in_has(rq, "lat");
	double lon = placed ? in_double(rq, "lon") : 0, lat = placed ? in_double(rq, "lat") : 0;
	if (placed && (!(lon >= -180 && lon <= 180) || !(lat >= -90 && lat <= 90)))
		return unsuited(rq, "lon", TEXT_NONE, "coordinates",
		                "Give longitude and latitude in degrees; perhaps the two are exchanged.",
		                "There are no such coordinates");
	int64_t done = db_run(rq->db,
	                      "UPDATE verification SET answered_us = $2, answered_by = $3, answer_placed = $4, answer_lon = $5,"
	                      " answer_lat = $6 WHERE case_id = $1",
	                      BIND(val_int(one->case_id), val_int(rq->now_us), val_int(rq->party.account_id), val_int(placed),
	                           val_double(lon), val_double(lat)));
	return done < 0 ? (int)done : 0;
}

int verification_answer_post(Request *rq) {
	Verification one;
	ViewRole role;
	const Resource *resource;
	DoubtField *fields = ARENA_ARRAY(rq->arena, DoubtField, VERIFY_FIELDS_MAX);
	Answer *answers = ARENA_ARRAY(rq->arena, Answer, VERIFY_FIELDS_MAX);
	const char *note = in_has(rq, "note") ? text_cstr(rq->arena, text_trim(in_text(rq, "note"))) : "";
	int code = verification_load(rq, in_int(rq, "id"), &one);
	if (code == 0) code = verification_role(rq, &one, &role, NULL);
	if (code < 0) return code;
	if (role == VIEW_NONE) return fail(rq, ERR_NOT_FOUND, "There is no such verification among those you may see");
	if (role != VIEW_FIELD)
		return error_field(rq->error, strcmp(one.state, "sent") == 0 ? ERR_FORBIDDEN : ERR_CONFLICT, "id",
		                   text_of(one.number), "state", "Read your tasks again.",
		                   "This verification does not wait for you");
	code = resource_any(rq, one.resource_id, &resource);
	int count = code < 0 ? code : fields_load(rq, one.case_id, fields);
	if (count < 0) return count;
	if ((code = answers_take(rq, resource, &one, fields, count, answers)) < 0 ||
	    (code = answers_store(rq, one.case_id, fields, count, answers)) < 0)
		return code;
	json_t *form = case_form(rq, fields, count);
	code = case_do(rq, one.case_id, in_int(rq, "version"), "answer", note, form);
	json_decref(form);
	if (code < 0 || (code = answered_store(rq, &one)) < 0) return code;
	one.answered_us = rq->now_us;
	one.answered_by = rq->party.account_id;
	if ((code = verification_settle(rq, &one, fields, count, note)) < 0) return code;
	rq->about_resource = one.resource_id;
	rq->about_subject = one.case_id;
	rq->about = arena_printf(rq->arena, "{\"case\":\"%s\",\"fields\":%d}", one.number, count);
	rq->row_count = 1;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "case_id", one.case_id);
	jw_kv_str(&rq->json, "number", one.number);
	jw_object_end(&rq->json);
	return 0;
}
