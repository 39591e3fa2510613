/* share: the forms of a share request (共享申请) and what its grant is made of. What is asked is never widened by a decision,
 * only narrowed. Runs in the caller's read or write. */
#include "casework/forms.h"
#include "notice/notice.h"

static void json_drop(void *json) {
	json_decref(json);
}

/* --- members of forms ------------------------------------------------------------------------------------------------ */
static const FormMember request_members[] = {{"purpose", FORM_TEXT, true, 2, 500},
                                             {"service_item", FORM_TEXT, false, 1, 200},
                                             {"basis", FORM_TEXT, false, 1, 300},
                                             {"account_id", FORM_ID, false, 0, 0},
                                             {"fields", FORM_JSON, true, 0, 0},
                                             {"filter", FORM_JSON, false, 0, 0},
                                             {"way", FORM_JSON, true, 0, 0},
                                             {"until", FORM_TIME, true, 0, 0},
                                             {"quota_day", FORM_INT, true, 1, 1000000000},
                                             {0}};
static const FormMember grant_members[] = {{"clear_sensitive", FORM_BOOL, false, 0, 0}, {0}};
static const FormMember decision_members[] = {{"fields", FORM_JSON, false, 0, 0},
                                              {"filter", FORM_JSON, false, 0, 0},
                                              {"until", FORM_TIME, false, 0, 0},
                                              {"quota_day", FORM_INT, false, 1, 1000000000},
                                              {"way", FORM_JSON, false, 0, 0},
                                              {"conditions", FORM_TEXT, false, 2, 500},
                                              {"clear_sensitive", FORM_BOOL, false, 0, 0},
                                              {0}};
static const FormMember refusal_members[] = {{"basis", FORM_TEXT, true, 4, 500}, {0}};
enum { PARTIES_MAX = 30 };
static const FormMember consult_members[] = {
    {"parties", FORM_JSON, true, 0, 0}, {"place", FORM_TEXT, true, 2, 200}, {"at", FORM_TIME, true, 0, 0}, {0}};

/* --- asking ---------------------------------------------------------------------------------------------------------- */
static const json_t *asked_field(const json_t *asked, Text name) {
	size_t index;
	json_t *field;
	json_array_foreach(asked, index, field) if (text_eq(text_of_member(field, "name"), name)) return field;
	return NULL;
}

/* The field that a row filter's key "field" or "field.op" is about; NULL: none. */
static const Field *filtered_field(const Resource *resource, const char *key) {
	return resource_field(resource, (Text){key, strcspn(key, ".")});
}

/* L3 or L4 in clear; or rows chosen by a value that is not given in clear: who may choose again and again reads it all the same.
 */
bool share_sensitive(const Resource *resource, const json_t *form) {
	const json_t *fields = json_object_get(form, "fields");
	size_t index;
	const char *key;
	json_t *field, *value;
	json_array_foreach(fields, index, field) {
		const Field *own = resource_field(resource, text_of_member(field, "name"));
		if (own && own->grade >= 3 && text_is(text_of_member(field, "mode"), "clear")) return true;
	}
	json_object_foreach(json_object_get(form, "filter"), key, value) {
		const Field *own = filtered_field(resource, key);
		if (!own || (own->grade < 3 && own->mask == MASK_NONE)) continue;
		const json_t *asked = asked_field(fields, text_of(own->name));
		if (!asked || !text_is(text_of_member(asked, "mode"), "clear")) return true;
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

static int share_request_check(Request *rq, const Resource *resource, const json_t *form, int64_t asker_org,
                               int64_t asker_account, int64_t *account_id) {
	int code = 0;
	if (!text_of_member(form, "service_item").len && !text_of_member(form, "basis").len)
		code = form_bad(rq, "basis", TEXT_NONE, "required",
		                "Name the service item (事项) or the law or duty that needs the data.",
		                "A request needs a service item or a legal basis");
	unsigned ways;
	if (code == 0) code = ways_take(rq, "form.way", json_object_get(form, "way"), &ways);
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
	                    .ways = ways,
	                    .by_process = true};
	return grant_terms_check(rq, &terms);
}

static int askable(Request *rq, const Resource *resource, int64_t asker_org) {
	if (resource->org_id == asker_org)
		return error_field(rq->error, ERR_CONFLICT, "resource_id", TEXT_NONE, "own_resource",
		                   "Use it, or grant it to an account.", "The asking organisation supplies this resource itself");
	if (resource->state != RES_PUBLISHED)
		return error_field(rq->error, ERR_CONFLICT, "resource_id", TEXT_NONE, "state", "Ask when it is published.",
		                   "The resource is not published");
	if (resource->sharing == SHARE_NONE)
		return error_field(rq->error, ERR_CONFLICT, "resource_id", text_of(resource->sharing_basis), "not_shared",
		                   arena_printf(rq->arena, "%s", resource->sharing_basis), "This resource is not shared: %s",
		                   resource->sharing_basis);
	return 0;
}

/* One open request of an organisation for the same reader and resource is enough. */
static int open_request(Request *rq, const Case *row) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT number FROM work_case WHERE resource_id = $1 AND resource_id <> 0 AND asker_org = $2 AND "
	                   "account_id = $3 AND closed_at = 0"
	                   " ORDER BY case_id LIMIT 1",
	                   BIND(val_int(row->resource_id), val_int(row->asker_org), val_int(row->account_id)));
	if (found <= 0) return found;
	return error_field(rq->error, ERR_CONFLICT, "account_id", rows_text(rows, 0), "open_request",
	                   "Wait for its decision, or withdraw it.",
	                   "There is an open request for this resource and account already: %s", rows_str(rows, 0, rq->arena));
}

static int request_begin_case(Request *rq, Case *row) {
	const Resource *resource;
	int code = resource_find(rq, row->resource_id, &resource);
	if (code == 0) code = askable(rq, resource, row->asker_org);
	if (code == 0) code = share_request_check(rq, resource, row->form, row->asker_org, row->asker_account, &row->account_id);
	if (code == 0) code = open_request(rq, row);
	if (code < 0) return code;
	row->title = resource->name;
	row->supplier_org = resource->org_id;
	return 0;
}

/* --- asked at another platform ---------------------------------------------------------------------------------------- */
int share_request_brought(Request *rq, Text platform, Text number, int64_t *case_id) {
	*case_id = 0;
	int code = db_int(rq->db, case_id,
	                  "SELECT case_id FROM work_case WHERE outside_number = $1 AND outside_number <> '' AND"
	                  " outside_platform = $2 ORDER BY case_id LIMIT 1",
	                  BIND(val_text(number), val_text(platform)));
	return code < 0 ? code : *case_id > 0;
}

/* The service account of the asker that is to read: named, or the only one. */
static int reader_find(Request *rq, const OutsideRequest *from) {
	Rows *rows;
	int64_t found = 0;
	int count = 0;
	int code = db_query(rq->db, &rows,
	                    "SELECT account_id FROM account WHERE org_id = $1 AND kind = 'service' AND state = 'active' AND"
	                    " (CAST($2 AS TEXT) = '' OR login = $2) ORDER BY account_id LIMIT 2",
	                    BIND(val_int(from->asker_org), val_text(from->reader.at ? from->reader : TEXT(""))));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		found = rows_int(rows, 0);
		count++;
	}
	if (code < 0) return code;
	if (count == 1) {
		json_object_set_new(from->form, "account_id", json_string(arena_printf(rq->arena, "%lld", (long long)found)));
		return 0;
	}
	return form_bad(rq, "account", from->reader, count ? "which_account" : "own_account",
	                "Name the login of an active service account of the asking organisation.",
	                count ? "The asking organisation has several service accounts"
	                      : "The asking organisation has no such service account");
}

/* Names or titles become fields with their mode. */
static int outside_fields(Request *rq, const OutsideRequest *from) {
	const Resource *resource = from->resource;
	json_t *asked = json_array(), *word;
	size_t index;
	json_array_foreach(json_object_get(from->form, "fields"), index, word) {
		Text name = {json_string_value(word), json_string_length(word)};
		const Field *field = resource_field(resource, name);
		for (int f = 0; !field && f < resource->field_count; f++)
			if (text_is(name, resource->fields[f].title)) field = &resource->fields[f];
		if (!field) {
			json_decref(asked);
			return form_bad(rq, "fields", name, "unknown_field", "Use names or titles of the entry's fields.",
			                "The resource has no such field");
		}
		json_array_append_new(
		    asked, json_pack("{s:s,s:s}", "name", field->name, "mode", field->mask != MASK_NONE ? "masked" : "clear"));
	}
	json_object_set_new(from->form, "fields", asked);
	return 0;
}

int share_request_bring(Request *rq, const OutsideRequest *from, int64_t *case_id) {
	Case row = {.resource_id = from->resource->resource_id,
	            .asker_org = from->asker_org,
	            .outside_platform = from->platform,
	            .outside_number = from->number,
	            .form = from->form};
	int code = process_get(rq, TEXT("share_request"), 0, &row.process);
	if (code == 0) code = askable(rq, from->resource, from->asker_org);
	if (code == 0) code = outside_fields(rq, from);
	if (code == 0) code = reader_find(rq, from);
	if (code == 0) code = members_check(rq, request_members, row.form);
	if (code == 0) code = request_begin_case(rq, &row);
	if (code == 0) code = case_begin(rq, &row, party_may(&rq->party, PERMIT_SUPERVISE) ? SIDE_BUREAU : SIDE_ASKER);
	if (code == 0) code = case_evidence(rq, &row, "start", NULL, row.form);
	*case_id = row.case_id;
	return code;
}

/* --- deciding -------------------------------------------------------------------------------------------------------- */
/* Whether `given` under key "field.op" admits nothing that `asked` under the same key does not. Bounds are compared where JSON
 * holds them in their order: numbers, texts, dates. */
static bool rows_within(const Resource *resource, const char *key, const json_t *given, const json_t *asked) {
	const char *op = strchr(key, '.');
	const Field *field = filtered_field(resource, key);
	size_t index, other;
	json_t *one, *same;
	bool found = true;
	int order;
	if (json_equal(given, asked)) return true;
	if (!op || !field) return false;
	if (strcmp(op, ".in") == 0 && json_is_array(given) && json_is_array(asked)) {
		json_array_foreach(given, index, one) {
			found = false;
			json_array_foreach(asked, other, same) found = found || json_equal(one, same);
			if (!found) return false;
		}
		return true;
	}
	if (json_is_number(given) && json_is_number(asked))
		order =
		    (json_number_value(given) > json_number_value(asked)) - (json_number_value(given) < json_number_value(asked));
	else if (json_is_string(given) && json_is_string(asked) && (field->kind == KIND_TEXT || field->kind == KIND_DATE))
		order = strcmp(json_string_value(given), json_string_value(asked));
	else
		return false;
	return ((strcmp(op, ".gte") == 0 || strcmp(op, ".gt") == 0) && order >= 0) ||
	       ((strcmp(op, ".lte") == 0 || strcmp(op, ".lt") == 0) && order <= 0);
}

/* The conditions of a decision come on top of those asked for (rows_both); one that takes the place of an asked one is not wider.
 */
static int rows_check(Request *rq, const Resource *resource, const json_t *given, const json_t *asked) {
	const char *key;
	json_t *value;
	if (json_is_null(given) || !given) return 0;
	if (!json_is_object(given))
		return form_bad(rq, "filter", TEXT_NONE, "type", "Write it as {\"town\": \"320281100000\"}.",
		                "A row filter is an object");
	json_object_foreach((json_t *)given, key, value) {
		const json_t *other = json_object_get(asked, key);
		if (other && !rows_within(resource, key, value, other))
			return form_bad(
			    rq, "filter", text_of(key), "wider",
			    "Give the value that was asked for, fewer of its list or a narrower bound, or leave it out.",
			    "More or other rows are given here than asked for");
	}
	return 0;
}

static const json_t *rows_both(Request *rq, const json_t *given, const json_t *asked) {
	if (json_object_size(given) == 0) return asked;
	if (!json_is_object(asked)) return given;
	json_t *both = json_copy((json_t *)asked);
	arena_on_free(rq->arena, json_drop, both);
	json_object_update(both, (json_t *)given);
	return both;
}

static int way_within(Request *rq, const json_t *form, const json_t *asked) {
	const json_t *way = json_object_get(form, "way");
	unsigned given = 0;
	int code = way && !json_is_null(way) ? ways_take(rq, "form.way", way, &given) : 0;
	if (code < 0 || !(given & ~ways_of(json_object_get(asked, "way")))) return code;
	return form_bad(rq, "way", text_of(ways_names(rq->arena, given)), "wider", "Give of the ways that were asked for.",
	                "This way was not asked for");
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
	return way_within(rq, form, asked);
}

/* A decision "in part" must say what is less than asked. */
static int part_check(Request *rq, const json_t *form) {
	static const char *const less[] = {"fields", "filter", "until", "quota_day", "way", "conditions"};
	for (size_t i = 0; i < sizeof less / sizeof *less; i++) {
		const json_t *one = json_object_get(form, less[i]);
		if (one && !json_is_null(one) && !(json_is_object(one) && json_object_size(one) == 0)) return 0;
	}
	return error_field(rq->error, ERR_INVALID, "form", TEXT_NONE, "part",
	                   "Name fields, rows, ways, term, quota or conditions, or grant it whole.",
	                   "A grant in part says what is given and on which conditions");
}

static int parties_check(Request *rq, const json_t *form) {
	const json_t *parties = json_object_get(form, "parties");
	size_t index;
	json_t *party;
	int64_t at_us = 0;
	if (clock_parse(text_of_member(form, "at"), &at_us) < 0 || at_us < rq->now_us)
		return form_bad(rq, "at", text_of_member(form, "at"), "past", "Give a time that is still to come.",
		                "A consultation is called for a time to come");
	if (!json_is_array(parties) || json_array_size(parties) < 1 || json_array_size(parties) > PARTIES_MAX)
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

static int request_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row) {
	const Resource *resource;
	int code = resource_find(rq, row->resource_id, &resource);
	if (code == 0) code = share_request_check(rq, resource, form, row->asker_org, row->asker_account, &row->account_id);
	if (code == 0) row->form = (json_t *)form;
	return code;
}

static int consult_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row) {
	return parties_check(rq, form);
}

/* The parties, and both sides of the case, hear of it. */
int action_share_consult(Request *rq, void *arg) {
	CaseEffect *effect = arg;
	const json_t *parties = json_object_get(effect->form, "parties");
	Text place = text_of_member(effect->form, "place"), at = text_of_member(effect->form, "at");
	int64_t orgs[PARTIES_MAX + 2], id, at_us;
	char when[CLOCK_TEXT_MAX];
	size_t index, count = 0;
	json_t *party;
	json_array_foreach(parties, index, party) if (text_to_int(text_of(json_string_value(party)), &id) == 0) orgs[count++] =
	    id;
	orgs[count++] = effect->row->asker_org;
	orgs[count++] = effect->row->supplier_org;
	clock_parse(at, &at_us);
	clock_format(at_us, when);
	when[16] = '\0';
	when[10] = ' ';
	const ProgramNotice notice = {.title = {arena_printf(rq->arena, "会商 %s", effect->row->number),
	                                        arena_printf(rq->arena, "Consultation %s", effect->row->number)},
	                              .body = {arena_printf(rq->arena, "%s\n时间：%s\n地点：%.*s\n%s", effect->row->title, when,
	                                                    TEXT_ARG(place), effect->note),
	                                       arena_printf(rq->arena, "%s\nAt: %s\nIn: %.*s\n%s", effect->row->title, when,
	                                                    TEXT_ARG(place), effect->note)},
	                              .about = arena_printf(rq->arena, "/requests/%lld", (long long)effect->row->case_id),
	                              .orgs = orgs,
	                              .org_count = count,
	                              .roles = UINT64_C(1) << ROLE_DATA_OFFICER};
	int64_t told = notice_by_program(rq, &notice);
	return told < 0 ? (int)told : 0;
}

static bool among_parties(Text form, int64_t org_id) {
	json_t *call = json_loadb(form.at, form.len, 0, NULL), *party;
	int64_t id;
	size_t index;
	bool found = false;
	json_array_foreach(json_object_get(call, "parties"), index,
	                   party) if (json_is_string(party) && text_to_int(text_of(json_string_value(party)), &id) == 0) found |=
	    id == org_id;
	json_decref(call);
	return found;
}

/* Whether the party's organisation was called to a consultation about the case: then its officers may read it. 1, 0 or a code. */
int share_consulted(Request *rq, const Case *row) {
	Rows *rows;
	bool found = false;
	if (row->process->line != LINE_SHARING || !rq->party.org_id || !party_may(&rq->party, PERMIT_DECIDE)) return 0;
	int code = db_query(rq->db, &rows, "SELECT form FROM case_event WHERE case_id = $1 AND action = 'consult'",
	                    BIND(val_int(row->case_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		found = found || among_parties(rows_text(rows, 0), rq->party.org_id);
	return code < 0 ? code : found;
}

static int decision_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row) {
	const Resource *resource;
	int code = resource_find(rq, row->resource_id, &resource);
	if (code == 0) code = decision_check(rq, form, row->form);
	if (code == 0) code = rows_check(rq, resource, json_object_get(form, "filter"), json_object_get(row->form, "filter"));
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
	                    .filter = rows_both(rq, json_object_get(form, "filter"), json_object_get(asked, "filter")),
	                    .purpose = text_of_member(asked, "purpose"),
	                    .basis = text_of(basis),
	                    .conditions = text_of_member(form, "conditions"),
	                    .clear_sensitive = json_is_true(json_object_get(form, "clear_sensitive")),
	                    .until_us =
	                        json_object_get(form, "until") ? time_of_member(form, "until") : time_of_member(asked, "until"),
	                    .quota_day = json_object_get(form, "quota_day") ? int_of_member(form, "quota_day")
	                                                                    : int_of_member(asked, "quota_day"),
	                    .ways = ways_of(decided(form, asked, "way")),
	                    .case_id = row->case_id,
	                    .replaces = row->grant_id,
	                    .by_process = true,
	                    .automatic = !effect->action || effect->side == SIDE_ENGINE};
	int code = grant_make(rq, &terms, &row->grant_id);
	if (code < 0) return code;
	row->decision = (json_t *)form; /* a ruling without a form is the request as it was asked */
	return grant_evidence(rq, row, &terms);
}

/* --- rows ------------------------------------------------------------------------------------------------------------ */
const Form share_forms[] = {
    {"share_request", request_members, .take = request_take, .begin = request_begin_case, .permit = PERMIT_ASK, .live = true},
    {"share_grant", grant_members, .optional = true},
    {"share_decision", decision_members, .optional = true, .take = decision_take},
    {"share_refusal", refusal_members},
    {"share_consult", consult_members, .take = consult_take},
    {0}};
