/* order: correction orders (整改单): raised by the program (the patrol above) or by the data bureau; one open order a resource
 * and defect. Whether the defect is there, and whether a load cured it, is told by the room that measures, under the names
 * "order.judge" and the check a process names. Runs in the caller's write. */
#include "casework/forms.h"

static const FormMember order_members[] = {{"defect", FORM_TEXT, true, 1, 20},  {"rule", FORM_TEXT, false, 1, 64},
                                           {"field", FORM_TEXT, false, 1, 63},  {"score", FORM_INT, false, 1, 100},
                                           {"words", FORM_TEXT, false, 2, 500}, {0}};
static const FormMember answer_members[] = {{"cause", FORM_TEXT, true, 2, 500}, {"measure", FORM_TEXT, true, 2, 500}, {0}};

/* "rule:gb11643:citizen_no", "score_low" */
static const char *defect_key(Request *rq, const json_t *form) {
	Text defect = text_of_member(form, "defect"), rule = text_of_member(form, "rule"), field = text_of_member(form, "field");
	return text_is(defect, "rule") ? arena_printf(rq->arena, "rule:%.*s:%.*s", TEXT_ARG(rule), TEXT_ARG(field))
	                               : text_cstr(rq->arena, defect);
}

static int defect_check(Request *rq, const json_t *form) {
	static const char *const defects[] = {"update_late", "no_data", "service_fails", "score_low", "rule"};
	Text defect = text_of_member(form, "defect");
	bool known = false;
	for (size_t i = 0; i < sizeof defects / sizeof *defects; i++)
		known |= text_is(defect, defects[i]);
	if (!known)
		return form_bad(rq, "defect", defect, "choice", "Use update_late, no_data, service_fails, score_low or rule.",
		                "There is no such defect");
	if (text_is(defect, "rule") && !text_of_member(form, "rule").len)
		return form_bad(rq, "rule", TEXT_NONE, "required", "Name the rule that rows broke.", "This is needed");
	if (text_is(defect, "rule") && text_is(text_of_member(form, "rule"), "other"))
		return form_bad(rq, "rule", TEXT("other"), "choice", "Name one rule that rows broke.",
		                "What is counted together as other cannot be told apart by a later load");
	if (text_is(defect, "score_low") && !int_of_member(form, "score"))
		return form_bad(rq, "score", TEXT_NONE, "required", "Give the least score that is good.", "This is needed");
	return 0;
}

static void json_drop(void *json) {
	json_decref(json);
}

/* The order is begun with what was found, so that a later load is compared with it. */
static int order_open(Request *rq, Case *row, const Resource *resource, const json_t *seen) {
	json_t *form = json_deep_copy(row->form);
	arena_on_free(rq->arena, json_drop, form);
	if (seen) json_object_set(form, "seen", (json_t *)seen);
	row->form = form;
	row->title = resource->name;
	row->supplier_org = resource->org_id;
	row->open_key = defect_key(rq, form);
	return 0;
}

static int order_begin(Request *rq, Case *row) {
	const Resource *resource;
	int code = resource_find(rq, row->resource_id, &resource);
	if (code == 0) code = defect_check(rq, row->form);
	if (code < 0) return code;
	OrderJudge judge = {.resource_id = resource->resource_id, .form = row->form};
	if (action_known(rq->app, "order.judge")) {
		if ((code = action_run(rq, "order.judge", &judge)) < 0) return code;
		if (!judge.there)
			return form_bad(rq, "defect", text_of_member(row->form, "defect"), "no_defect",
			                "Look at the quality of the newest load and name what is wrong there.",
			                "The newest load does not have this defect");
	}
	return order_open(rq, row, resource, judge.seen);
}

int order_raise(Request *rq, const OrderTerms *terms) {
	Case row = {.resource_id = terms->resource->resource_id};
	int64_t open_case;
	int code = process_get(rq, TEXT("correction_order"), 0, &row.process);
	if (code == ERR_NOT_FOUND) { /* the city's packs bring none */
		error_clear(rq->error);
		return 0;
	}
	if (code < 0) return code;
	row.form = json_pack("{s:s}", "defect", terms->defect);
	arena_on_free(rq->arena, json_drop, row.form);
	if (*terms->rule) json_object_set_new(row.form, "rule", json_string(terms->rule));
	if (*terms->field) json_object_set_new(row.form, "field", json_string(terms->field));
	if (*terms->words) json_object_set_new(row.form, "words", json_string(terms->words));
	if (terms->score) json_object_set_new(row.form, "score", json_integer(terms->score));
	code = case_open_find(rq, row.process->name, row.resource_id, defect_key(rq, row.form), &open_case, NULL);
	if (code) return code < 0 ? code : 0;
	OrderJudge judge = {.resource_id = row.resource_id, .form = row.form};
	if ((code = action_run(rq, "order.judge", &judge)) < 0 || !judge.there) return code < 0 ? code : 0;
	if ((code = order_open(rq, &row, terms->resource, judge.seen)) < 0 || (code = case_begin(rq, &row, SIDE_ENGINE)) < 0)
		return code;
	return 1;
}

/* --- about one record, found wrong on site ---------------------------------------------------------------------------- */
int record_order_open(Request *rq, const RecordOrder *order, int64_t *case_id, const char **number) {
	Case row = {
	    .resource_id = order->resource->resource_id, .subject = "record", .subject_id = order->record_id, .kind = "record"};
	int code = process_get(rq, TEXT("correction_order"), 0, &row.process);
	if (code == ERR_NOT_FOUND) {
		error_clear(rq->error);
		return error_field(rq->error, ERR_CONFLICT, "process", TEXT("correction_order"), "no_process",
		                   "Load a pack that brings it, as the base pack does: yiwang pack load packs/base.",
		                   "The city has no process for correction orders");
	}
	if (code < 0) return code;
	row.title = order->resource->name;
	row.supplier_org = order->resource->org_id;
	row.open_key = arena_printf(rq->arena, "record:%lld", (long long)order->record_id);
	if ((code = db_lock(rq->db, "casework.open", 0)) < 0 ||
	    (code = case_open_find(rq, row.process->name, row.resource_id, row.open_key, case_id, number)) < 0)
		return code;
	if (code > 0) {
		code = cases_happen(rq, &(Happening){.event = "field_wrong", .case_id = *case_id, .note = order->words});
		return code < 0 ? code : 0;
	}
	row.form = json_pack("{s:s,s:s,s:s,s:s}", "defect", "record", "record_id",
	                     arena_printf(rq->arena, "%lld", (long long)order->record_id), "verification_id",
	                     arena_printf(rq->arena, "%lld", (long long)order->verification_id), "words", order->words);
	arena_on_free(rq->arena, json_drop, row.form);
	if ((code = case_begin(rq, &row, SIDE_ENGINE)) < 0) return code;
	*case_id = row.case_id;
	*number = row.number;
	return 1;
}

const Form order_forms[] = {{"correction_order", order_members, .begin = order_begin, .permit = PERMIT_SUPERVISE, .live = true},
                            {"order_answer", answer_members},
                            {0}};
