/* share: the forms of a share request (共享申请) and what its grant is made of. Forms are JSON with a member each; what is asked
 * is never widened by a decision, only narrowed. Runs in the caller's read or write. */
#include "casework/internal.h"

static int form_bad(Request *rq, const char *field, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "form.%s", field), value, rule, advice, "%s", message);
}

/* --- members of forms ------------------------------------------------------------------------------------------------ */
typedef enum MemberType { FORM_TEXT, FORM_ID, FORM_TIME, FORM_INT, FORM_BOOL, FORM_JSON } MemberType;
typedef struct FormMember {
	const char *name;
	MemberType type;
	bool required;
	int64_t min, max; /* texts: characters; numbers: range */
} FormMember;             /* a table ends with a NULL name */

static const FormMember request_members[] = {{"purpose", FORM_TEXT, true, 2, 500},
                                             {"service_item", FORM_TEXT, false, 1, 200},
                                             {"basis", FORM_TEXT, false, 1, 300},
                                             {"account_id", FORM_ID, false, 0, 0},
                                             {"fields", FORM_JSON, true, 0, 0},
                                             {"filter", FORM_JSON, false, 0, 0},
                                             {"way", FORM_TEXT, true, 1, 20},
                                             {"until", FORM_TIME, true, 0, 0},
                                             {"quota_day", FORM_INT, true, 1, 1000000000},
                                             {0}};
static const FormMember grant_members[] = {{"clear_sensitive", FORM_BOOL, false, 0, 0}, {0}};
static const FormMember decision_members[] = {{"fields", FORM_JSON, false, 0, 0},
                                              {"filter", FORM_JSON, false, 0, 0},
                                              {"until", FORM_TIME, false, 0, 0},
                                              {"quota_day", FORM_INT, false, 1, 1000000000},
                                              {"conditions", FORM_TEXT, false, 2, 500},
                                              {"clear_sensitive", FORM_BOOL, false, 0, 0},
                                              {0}};
static const FormMember refusal_members[] = {{"basis", FORM_TEXT, true, 4, 500}, {0}};
static const FormMember consult_members[] = {
    {"parties", FORM_JSON, true, 0, 0}, {"place", FORM_TEXT, true, 2, 200}, {"at", FORM_TIME, true, 0, 0}, {0}};

static Text text_of_member(const json_t *form, const char *name) {
	const json_t *value = json_object_get(form, name);
	return json_is_string(value) ? text_trim((Text){json_string_value(value), json_string_length(value)}) : TEXT("");
}

static int64_t id_of_member(const json_t *form, const char *name) {
	int64_t id = 0;
	return text_to_int(text_of_member(form, name), &id) < 0 ? 0 : id;
}

static int64_t time_of_member(const json_t *form, const char *name) {
	int64_t us = 0;
	return clock_parse(text_of_member(form, name), &us) < 0 ? 0 : us;
}

static int64_t int_of_member(const json_t *form, const char *name) {
	return json_integer_value(json_object_get(form, name));
}

static int member_check(Request *rq, const FormMember *member, const json_t *value) {
	Text text = json_is_string(value) ? text_trim((Text){json_string_value(value), json_string_length(value)}) : TEXT_NONE;
	int64_t number;
	switch (member->type) {
	case FORM_TEXT:
		if (!text.at || (int64_t)utf8_count(text) < member->min || (int64_t)utf8_count(text) > member->max)
			return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "form.%s", member->name), text,
			                   "length", "Write it shorter or longer.", "A text of %lld to %lld characters is needed",
			                   (long long)member->min, (long long)member->max);
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

static int members_check(Request *rq, const FormMember *members, const json_t *form) {
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

/* --- asking ---------------------------------------------------------------------------------------------------------- */
bool share_sensitive(const Resource *resource, const json_t *form) {
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(form, "fields"), index, field) {
		const Field *own = resource_field(resource, text_of_member(field, "name"));
		if (own && own->grade >= 3 && text_is(text_of_member(field, "mode"), "clear")) return true;
	}
	return false;
}

static int account_check(Request *rq, const json_t *form, int64_t org_id, int64_t asker, int64_t *out) {
	int64_t found = 0, account = id_of_member(form, "account_id");
	*out = account ? account : asker;
	if (*out == asker) return 0;
	int code = db_int(
	    rq->db, &found,
	    "SELECT account_id FROM account WHERE account_id = $1 AND org_id = $2 AND kind = 'service' AND state = 'active'",
	    BIND(val_int(account), val_int(org_id)));
	if (code < 0) return code;
	return found ? 0
	             : form_bad(rq, "account_id", TEXT_NONE, "own_account",
	                        "Choose an active service account of your own organisation, or ask for yourself.",
	                        "Your organisation has no such service account");
}

static int way_check(Request *rq, const json_t *form) {
	Text way = text_of_member(form, "way");
	if (text_is(way, "api")) return 0;
	if (text_is(way, "batch") || text_is(way, "download"))
		return form_bad(rq, "way", way, "way", "Choose api for now.", "Batch delivery and download are not offered yet");
	return form_bad(rq, "way", way, "choice", "Choose api.", "There is no such way of sharing");
}

int share_request_check(Request *rq, const Resource *resource, const json_t *form, int64_t asker_org, int64_t asker_account,
                        int64_t *account_id) {
	int code = members_check(rq, request_members, form);
	if (code == 0 && !text_of_member(form, "service_item").len && !text_of_member(form, "basis").len)
		code = form_bad(rq, "basis", TEXT_NONE, "required",
		                "Name the service item (事项) or the law or duty that needs the data.",
		                "A request needs a service item or a legal basis");
	if (code == 0) code = way_check(rq, form);
	if (code == 0) code = account_check(rq, form, asker_org, asker_account, account_id);
	if (code < 0) return code;
	GrantTerms terms = {.resource_id = resource->resource_id,
	                    .account_id = *account_id,
	                    .fields = json_object_get(form, "fields"),
	                    .filter = json_object_get(form, "filter"),
	                    .purpose = text_of_member(form, "purpose"),
	                    .clear_sensitive = true, /* the supplier decides that */
	                    .until_us = time_of_member(form, "until"),
	                    .quota_day = int_of_member(form, "quota_day"),
	                    .by_process = true};
	return grant_terms_check(rq, &terms);
}

/* --- deciding -------------------------------------------------------------------------------------------------------- */
static const json_t *asked_field(const json_t *asked, Text name) {
	size_t index;
	json_t *field;
	json_array_foreach(asked, index, field) if (text_eq(text_of_member(field, "name"), name)) return field;
	return NULL;
}

/* Of what was asked, at most. */
static int decision_check(Request *rq, const json_t *form, const json_t *asked) {
	const json_t *fields = json_object_get(form, "fields");
	size_t index;
	json_t *field;
	if (fields && (!json_is_array(fields) || json_array_size(fields) == 0))
		return form_bad(rq, "fields", TEXT_NONE, "required", "Give at least one field, or refuse.",
		                "A grant gives at least one field");
	json_array_foreach(fields, index, field) {
		Text name = text_of_member(field, "name");
		const json_t *other = asked_field(json_object_get(asked, "fields"), name);
		if (!other) return form_bad(rq, "fields", name, "not_asked", "Leave it out.", "This field was not asked for");
		if (text_is(text_of_member(field, "mode"), "clear") && !text_is(text_of_member(other, "mode"), "clear"))
			return form_bad(rq, "fields", name, "wider", "Give it masked.", "This field was asked for masked only");
	}
	if (json_object_get(form, "until") && time_of_member(form, "until") > time_of_member(asked, "until"))
		return form_bad(rq, "until", text_of_member(form, "until"), "wider",
		                "Give the end that was asked for, or an earlier one.", "The term is longer than asked for");
	if (int_of_member(form, "quota_day") > int_of_member(asked, "quota_day"))
		return form_bad(rq, "quota_day", TEXT_NONE, "wider", "Give the quota that was asked for, or a smaller one.",
		                "The quota is larger than asked for");
	return 0;
}

/* A decision "in part" must say what is less than asked. */
static int part_check(Request *rq, const json_t *form) {
	static const char *const less[] = {"fields", "filter", "until", "quota_day", "conditions"};
	for (size_t i = 0; i < sizeof less / sizeof *less; i++)
		if (json_object_get(form, less[i])) return 0;
	return error_field(rq->error, ERR_INVALID, "form", TEXT_NONE, "part",
	                   "Name fields, rows, term, quota or conditions, or grant it whole.",
	                   "A grant in part says what is given and on which conditions");
}

static int parties_check(Request *rq, const json_t *form) {
	const json_t *parties = json_object_get(form, "parties");
	size_t index;
	json_t *party;
	if (!json_is_array(parties) || json_array_size(parties) < 1 || json_array_size(parties) > 30)
		return form_bad(rq, "parties", TEXT_NONE, "list", "Name 1 to 30 organisations.", "A consultation has parties");
	json_array_foreach(parties, index, party) {
		int64_t id = 0, found = 0;
		Text text = {json_string_value(party), json_string_length(party)};
		if (json_is_string(party) && text_to_int(text, &id) == 0) {
			int code = db_int(rq->db, &found, "SELECT org_id FROM org WHERE org_id = $1", BIND(val_int(id)));
			if (code < 0) return code;
		}
		if (!found)
			return form_bad(rq, "parties", text, "unknown_org", "Choose organisations of the city.",
			                "There is no such organisation");
	}
	return 0;
}

static int request_take(Request *rq, const json_t *form, Case *row) {
	const Resource *resource;
	int code = resource_find(rq, row->resource_id, &resource);
	if (code == 0) code = share_request_check(rq, resource, form, row->asker_org, row->asker_account, &row->account_id);
	if (code == 0) row->form = (json_t *)form;
	return code;
}

int form_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row) {
	const char *kind = action->form;
	int code = 0;
	if (!*kind)
		return form && json_object_size(form) ? error_field(rq->error, ERR_INVALID, "form", TEXT_NONE, "none",
		                                                    "Leave it out.", "This action takes no form")
		                                      : 0;
	if (!form && strcmp(kind, "share_grant") != 0 && strcmp(kind, "share_decision") != 0)
		return error_field(rq->error, ERR_INVALID, "form", TEXT_NONE, "required", "Fill in the form of the action.",
		                   "This action needs its form");
	if (strcmp(kind, "share_request") == 0) return request_take(rq, form, row);
	if (strcmp(kind, "share_grant") == 0) return members_check(rq, grant_members, form);
	if (strcmp(kind, "share_refusal") == 0) return members_check(rq, refusal_members, form);
	if (strcmp(kind, "share_consult") == 0) {
		code = members_check(rq, consult_members, form);
		return code ? code : parties_check(rq, form);
	}
	code = members_check(rq, decision_members, form);
	if (code == 0) code = decision_check(rq, form, row->form);
	return code || strcmp(action->name, "grant_part") != 0 ? code : part_check(rq, form);
}

/* --- effect: the grant ----------------------------------------------------------------------------------------------- */
static int grant_evidence(Request *rq, const Case *row, const GrantTerms *terms) {
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.action = "grant.create";
	entry.status = 201;
	entry.resource_id = row->resource_id;
	entry.subject_id = row->grant_id;
	entry.purpose = text_cstr(rq->arena, terms->purpose);
	return evidence_write(rq, &entry);
}

static const json_t *decided(const json_t *form, const json_t *asked, const char *name) {
	const json_t *value = json_object_get(form, name);
	return value && !json_is_null(value) ? value : json_object_get(asked, name);
}

int action_share_grant(Request *rq, void *arg) {
	CaseEffect *effect = arg;
	Case *row = effect->row;
	const json_t *asked = row->form, *form = effect->action ? effect->form : NULL;
	Text item = text_of_member(asked, "service_item"), law = text_of_member(asked, "basis");
	const char *basis = arena_printf(rq->arena, "%.*s%s%.*s", TEXT_ARG(item), item.len && law.len ? "；" : "", TEXT_ARG(law));
	GrantTerms terms = {.resource_id = row->resource_id,
	                    .account_id = row->account_id,
	                    .fields = decided(form, asked, "fields"),
	                    .filter = decided(form, asked, "filter"),
	                    .purpose = text_of_member(asked, "purpose"),
	                    .basis = text_of(basis),
	                    .conditions = text_of_member(form, "conditions"),
	                    .clear_sensitive = json_is_true(json_object_get(form, "clear_sensitive")),
	                    .until_us =
	                        json_object_get(form, "until") ? time_of_member(form, "until") : time_of_member(asked, "until"),
	                    .quota_day = json_object_get(form, "quota_day") ? int_of_member(form, "quota_day")
	                                                                    : int_of_member(asked, "quota_day"),
	                    .case_id = row->case_id,
	                    .replaces = row->grant_id,
	                    .by_process = true,
	                    .automatic = !effect->action};
	int code = grant_make(rq, &terms, &row->grant_id);
	if (code < 0) return code;
	row->decision = (json_t *)form; /* a ruling without a form is the request as it was asked */
	return grant_evidence(rq, row, &terms);
}
