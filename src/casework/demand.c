/* demand: what nobody found in the catalogue (数据需求): routed by the data bureau, answered by a department with a draft of an
 * entry, or by an entry that is there already. Runs in the caller's write. */
#include "casework/forms.h"

static const FormMember demand_members[] = {{"need", FORM_TEXT, true, 2, 200},
                                            {"detail", FORM_TEXT, false, 2, 1000},
                                            {"purpose", FORM_TEXT, true, 2, 500},
                                            {"basis", FORM_TEXT, true, 2, 300},
                                            {"provider_org_id", FORM_ID, false, 0, 0},
                                            {"words", FORM_TEXT, false, 1, 100},
                                            {0}};
static const FormMember route_members[] = {{"org_id", FORM_ID, true, 0, 0}, {0}};
static const FormMember point_members[] = {{"resource_id", FORM_ID, true, 0, 0}, {0}};
static const FormMember draft_members[] = {{"name", FORM_TEXT, true, 2, 100}, {0}};

/* An organisation with somebody who can answer. */
static int org_check(Request *rq, const json_t *form, const char *name, int64_t *out) {
	int64_t id = id_of_member(form, name);
	*out = 0;
	if (!id) return 0;
	int code = db_int(rq->db, out, "SELECT org_id FROM org WHERE org_id = $1", BIND(val_int(id)));
	if (code < 0) return code;
	return *out ? 0
	            : form_bad(rq, name, text_of_member(form, name), "unknown_org", "Choose organisations of the city.",
	                       "There is no such organisation");
}

static int demand_begin(Request *rq, Case *row) {
	int64_t provider;
	if (!rq->party.org_id) return fail(rq, ERR_FORBIDDEN, "A demand is an organisation's, and your account has none");
	int code = org_check(rq, row->form, "provider_org_id", &provider);
	if (code < 0) return code;
	row->subject = "demand";
	row->resource_id = 0;
	row->title = text_cstr(rq->arena, text_of_member(row->form, "need"));
	return 0;
}

static int route_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row) {
	int64_t org_id;
	int code = org_check(rq, form, "org_id", &org_id);
	if (code < 0) return code;
	if (org_id == row->asker_org)
		return form_bad(rq, "org_id", text_of_member(form, "org_id"), "own_demand", "Choose another department.",
		                "This organisation asks itself");
	row->supplier_org = org_id;
	return 0;
}

static int point_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row) {
	const Resource *resource;
	int code = resource_find(rq, id_of_member(form, "resource_id"), &resource);
	if (code == ERR_NOT_FOUND || code == ERR_GONE || code == ERR_CONFLICT) {
		error_clear(rq->error);
		return form_bad(rq, "resource_id", text_of_member(form, "resource_id"), "unknown_resource",
		                "Choose a published entry.", "There is no such published entry");
	}
	if (code < 0) return code;
	if (resource->org_id == row->asker_org)
		return form_bad(rq, "resource_id", text_of_member(form, "resource_id"), "own_resource",
		                "Choose an entry of another department.",
		                "The asking organisation supplies this resource itself");
	if (resource->sharing == SHARE_NONE)
		return form_bad(rq, "resource_id", text_of_member(form, "resource_id"), "not_shared",
		                "Choose an entry that is shared, or answer with a draft.",
		                "This entry is not shared with anybody");
	row->resource_id = resource->resource_id;
	row->supplier_org = resource->org_id;
	return 0;
}

/* Effect: the department's draft, which begins with what was asked for. */
int action_demand_draft(Request *rq, void *arg) {
	CaseEffect *effect = arg;
	Case *row = effect->row;
	Text need = text_of_member(row->form, "need"), detail = text_of_member(row->form, "detail");
	const char *summary = arena_printf(rq->arena, "%.*s%s%.*s", TEXT_ARG(need), detail.len ? "。" : "", TEXT_ARG(detail));
	json_t *document =
	    json_pack("{s:s,s:s}", "name", text_cstr(rq->arena, text_of_member(effect->form, "name")), "summary", summary);
	int code = resource_draft(rq, row->supplier_org, document, &row->resource_id);
	json_decref(document);
	return code;
}

const Form demand_forms[] = {{"data_demand", demand_members, .begin = demand_begin, .permit = PERMIT_ASK},
                             {"demand_route", route_members, .take = route_take},
                             {"demand_point", point_members, .take = point_take},
                             {"demand_draft", draft_members},
                             {0}};
