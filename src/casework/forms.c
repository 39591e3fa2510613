/* forms: what people fill in when a case begins or moves: JSON with a member each, and the one table of them. What a form's
 * members are is here and beside its process (share.c, order.c, objection.c, review.c, demand.c, audit.c); a pack names forms, it
 * makes none. Runs in the caller's read or write. */
#include "casework/forms.h"

int form_bad(Request *rq, const char *field, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "form.%s", field), value, rule, advice, "%s", message);
}

/* --- members --------------------------------------------------------------------------------------------------------- */
Text text_of_member(const json_t *form, const char *name) {
	const json_t *value = json_object_get(form, name);
	return json_is_string(value) ? text_trim((Text){json_string_value(value), json_string_length(value)}) : TEXT("");
}

int64_t id_of_member(const json_t *form, const char *name) {
	int64_t id = 0;
	return text_to_int(text_of_member(form, name), &id) < 0 ? 0 : id;
}

int64_t time_of_member(const json_t *form, const char *name) {
	int64_t us = 0;
	return clock_parse(text_of_member(form, name), &us) < 0 ? 0 : us;
}

int64_t int_of_member(const json_t *form, const char *name) {
	return json_integer_value(json_object_get(form, name));
}

static int member_check(Request *rq, const FormMember *member, const json_t *value) {
	Text text = json_is_string(value) ? text_trim((Text){json_string_value(value), json_string_length(value)}) : TEXT_NONE;
	int64_t number;
	switch (member->type) {
	case FORM_TEXT:
		if (!text.at || (int64_t)utf8_count(text) < member->min || (int64_t)utf8_count(text) > member->max)
			return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "form.%s", member->name), text,
			                   "length",
			                   (int64_t)utf8_count(text) < member->min ? "Write more." : "Write it shorter.",
			                   "A text of %lld to %lld characters is needed; this has %zu", (long long)member->min,
			                   (long long)member->max, utf8_count(text));
		return 0;
	case FORM_ID:
		if (text.at && text_to_int(text, &number) == 0 && number > 0) return 0;
		return form_bad(rq, member->name, text, "id", "Give an id as text.", "This is not an id");
	case FORM_TIME:
		if (text.at && clock_parse(text, &number) == 0) return 0;
		return form_bad(rq, member->name, text, "time", "Write it as 2026-12-31T23:59:59+08:00.", "This is not a time");
	case FORM_INT:
		if (json_is_integer(value) && json_integer_value(value) >= member->min &&
		    json_integer_value(value) <= member->max)
			return 0;
		return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "form.%s", member->name), text, "range",
		                   "Give a whole number within the range.", "A whole number from %lld to %lld is needed",
		                   (long long)member->min, (long long)member->max);
	case FORM_BOOL:
		return json_is_boolean(value)
		           ? 0
		           : form_bad(rq, member->name, text, "type", "Send true or false.", "This is not true or false");
	case FORM_JSON:
		break;
	}
	return 0;
}

int members_check(Request *rq, const FormMember *members, const json_t *form) {
	const char *key;
	json_t *value;
	if (form && !json_is_object(form))
		return error_field(rq->error, ERR_INVALID, "form", TEXT_NONE, "type", "Send an object.",
		                   "The form of an action is an object");
	json_object_foreach((json_t *)form, key, value) {
		const FormMember *member = members;
		while (member->name && strcmp(member->name, key) != 0)
			member++;
		if (!member->name)
			return form_bad(rq, key, TEXT_NONE, "unknown_member", "Leave it out.", "The form has no such member");
		int code = json_is_null(value) ? 0 : member_check(rq, member, value);
		if (code) return code;
	}
	for (const FormMember *member = members; member->name; member++) {
		value = json_object_get(form, member->name);
		if (member->required && (!value || json_is_null(value)))
			return form_bad(rq, member->name, TEXT_NONE, "required", "Fill it in.", "This is needed");
	}
	return 0;
}

/* --- the table ------------------------------------------------------------------------------------------------------- */
static const Form *const tables[] = {share_forms,  order_forms, objection_forms, review_forms,
                                     demand_forms, audit_forms, city_forms};

const Form *form_find(Text name) {
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const Form *form = tables[i]; form->name; form++)
			if (text_is(name, form->name)) return form;
	return NULL;
}

const char *form_above(Arena *arena, const char *name) {
	return arena_printf(arena, "form.%s", name);
}

static int form_take_above(Request *rq, const ProcessAction *action, const json_t *given, const Case *row) {
	CaseForm form = {row->case_id, row->subject_id, action->name, given};
	return action_run(rq, form_above(rq->arena, action->form), &form);
}

int form_take(Request *rq, const ProcessAction *action, const json_t *given, Case *row) {
	const Form *form = form_find(text_of(action->form));
	if (!form && *action->form) return form_take_above(rq, action, given, row);
	if (!form)
		return given && json_object_size(given) ? error_field(rq->error, ERR_INVALID, "form", TEXT_NONE, "none",
		                                                      "Leave it out.", "This action takes no form")
		                                        : 0;
	if (!given && !form->optional)
		return error_field(rq->error, ERR_INVALID, "form", TEXT_NONE, "required", "Fill in the form of the action.",
		                   "This action needs its form");
	int code = members_check(rq, form->members, given);
	return code || !form->take ? code : form->take(rq, action, given, row);
}
