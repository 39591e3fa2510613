/* city: what cases of rooms above need: opened and moved by functions, general forms and effects (assign, raise to the level
 * above, split, merge). Runs in the caller's write. */
#include "casework/forms.h"

/* --- opened, moved, seen by rooms above ------------------------------------------------------------------------------- */
static void json_drop(void *json) {
	json_decref(json);
}

static int parent_check(Request *rq, int64_t parent_id) {
	int64_t open = 0;
	int code = db_int(rq->db, &open, "SELECT count(*) FROM work_case WHERE case_id = $1 AND closed_at = 0",
	                  BIND(val_int(parent_id)));
	if (code < 0 || open) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_CONFLICT, "parent_id", TEXT_NONE, "closed", "Open it again first.",
	                   "The case above it is closed");
}

int case_open(Request *rq, const CaseOpening *opening, int64_t *case_id, const char **number) {
	const CaseParties *parties = &opening->parties;
	Case row = {.title = opening->title,
	            .subject = opening->subject,
	            .subject_id = opening->subject_id,
	            .open_key = opening->open_key,
	            .kind = opening->kind,
	            .resource_id = opening->resource_id,
	            .parent_id = opening->parent_id,
	            .asker_org = parties->asker_org,
	            .asker_account = parties->asker_account,
	            .supplier_org = parties->supplier_org,
	            .centre_org = parties->centre_org,
	            .field_org = parties->field_org,
	            .field_account = parties->field_account,
	            .limits = (json_t *)opening->limits,
	            .form = (json_t *)opening->form};
	int code = process_get(rq, text_of(opening->process), 0, &row.process);
	if (code == 0 && row.limits) code = limits_check(rq, row.limits);
	if (code == 0 && row.parent_id) code = parent_check(rq, row.parent_id);
	if (code < 0) return code;
	if (!row.form) {
		row.form = json_object();
		arena_on_free(rq->arena, json_drop, row.form);
	}
	int side = *opening->side ? side_bit(text_of(opening->side)) : SIDE_ENGINE;
	const int64_t now = rq->now_us;
	if (opening->begun_us) rq->now_us = opening->begun_us;
	code = opening->past ? case_record(rq, &row, side, opening->past) : case_begin(rq, &row, side);
	rq->now_us = now;
	if (code >= 0 && opening->begun_us) /* its clock runs from then; it is the program that changes it only now */
		code = (int)db_run(rq->db, "UPDATE work_case SET updated_at = $2 WHERE case_id = $1",
		                   BIND(val_int(row.case_id), val_int(now)));
	if (code < 0) return code;
	*case_id = row.case_id;
	if (number) *number = row.number;
	return 0;
}

int case_do(Request *rq, int64_t case_id, int64_t version, const char *action, const char *note, const json_t *form) {
	Case row;
	return case_act(rq, case_id, version, text_of(action), note ? note : "", form, &row);
}

int case_limit_due(Request *rq, const json_t *limit, int64_t from_us, int64_t *due_us) {
	const WorkTime *work;
	Limit parsed = {0};
	int code = worktime_get(rq, &work);
	if (code < 0) return code;
	if (limit) limit_parse(limit, &parsed);
	*due_us = limit_due(work, parsed, from_us);
	return 0;
}

static int visible_load(Request *rq, int64_t case_id, Case *row) {
	int code = case_load(rq, case_id, row);
	if (code < 0 || case_visible(rq, row)) return code;
	return fail(rq, ERR_NOT_FOUND, "There is no such case among those you may see");
}

int case_view(Request *rq, int64_t case_id, CaseView *out) {
	Case row;
	int code = visible_load(rq, case_id, &row);
	if (code < 0) return code;
	const ProcessState *state = &row.process->states[row.state];
	int sides = case_sides(rq, &row);
	*out = (CaseView){.case_id = case_id,
	                  .version = row.version,
	                  .parent_id = row.parent_id,
	                  .merged_into = row.merged_into,
	                  .created_at = row.created_at,
	                  .closed_at = row.closed_at,
	                  .due_us = row.closed_at || row.clock.due_us >= NEVER_US ? 0 : row.clock.due_us,
	                  .number = row.number,
	                  .title = row.title,
	                  .process = row.process->name,
	                  .state = state->name,
	                  .outcome = state->outcome,
	                  .turn = side_name(state->turn),
	                  .light = case_light(rq, row.closed_at == 0, row.clock.due_us, row.clock.remind_us, row.clock.paused_us),
	                  .returns = row.counts[COUNT_RETURNS],
	                  .reworks = row.counts[COUNT_REWORKS],
	                  .postpones = row.counts[COUNT_POSTPONES],
	                  .hangs = row.counts[COUNT_HANGS],
	                  .level = row.level,
	                  .children_open = row.children_open,
	                  .is_asker = sides & SIDE_ASKER,
	                  .is_supplier = sides & SIDE_SUPPLIER,
	                  .is_bureau = sides & SIDE_BUREAU,
	                  .is_field = sides & SIDE_FIELD,
	                  .is_lead = sides & SIDE_LEAD};
	parties_of(&row, &out->parties);
	return 0;
}

/* --- effects: whose case it is ---------------------------------------------------------------------------------------- */
static int org_check(Request *rq, const char *field, int64_t org_id) {
	int64_t found = 0;
	int code = db_int(rq->db, &found, "SELECT count(*) FROM org WHERE org_id = $1", BIND(val_int(org_id)));
	if (code < 0 || found) return code < 0 ? code : 0;
	return form_bad(rq, field, TEXT_NONE, "unknown", "Choose an organisation of the city.", "There is no such organisation");
}

static int officer_check(Request *rq, int64_t account_id, int64_t org_id) {
	int64_t found = 0;
	int code =
	    db_int(rq->db, &found, "SELECT count(*) FROM account WHERE account_id = $1 AND org_id = $2 AND state = 'active'",
	           BIND(val_int(account_id), val_int(org_id)));
	if (code < 0 || found) return code < 0 ? code : 0;
	return form_bad(rq, "field_account_id", TEXT_NONE, "unknown", "Choose an active account of that organisation.",
	                "This is no active account of the organisation that goes to the place");
}

/* Those parties that the form names. */
int action_case_assign(Request *rq, void *arg) {
	CaseEffect *effect = arg;
	CaseParties *parties = &effect->step.parties;
	int64_t supplier = id_of_member(effect->form, "supplier_org_id"), field_org = id_of_member(effect->form, "field_org_id"),
	        field_account = id_of_member(effect->form, "field_account_id");
	int code = supplier ? org_check(rq, "supplier_org_id", supplier) : 0;
	if (code == 0 && field_org) code = org_check(rq, "field_org_id", field_org);
	if (code == 0 && field_account) code = officer_check(rq, field_account, field_org ? field_org : parties->field_org);
	if (code < 0) return code;
	if (supplier) parties->supplier_org = supplier;
	if (field_org) parties->field_org = field_org;
	if (field_org || field_account) parties->field_account = field_account;
	return 0;
}

int case_org_above(Request *rq, int64_t org_id, int64_t *out) {
	*out = 0;
	return db_int(rq->db, out, "SELECT COALESCE(MAX(parent_id), 0) FROM org WHERE org_id = $1", BIND(val_int(org_id)));
}

/* Unlike an effect that names another centre, this keeps the one it began with. */
static int level_set(Case *row, CaseStep *step, int64_t centre_org, int level) {
	row->centre_org = step->parties.centre_org = centre_org;
	row->level = level;
	return 0;
}

/* Somebody who leads there, or a platform above that hears of it: else it would be with nobody. */
static int above_takes(Request *rq, int64_t org_id) {
	CaseAbove above = {.org_id = org_id};
	Rows *rows;
	int code = db_one(rq->db, &rows,
	                  "SELECT o.name, (SELECT COUNT(*) FROM account a WHERE a.org_id = o.org_id AND a.state = 'active' AND"
	                  " (a.roles & $2) <> 0 AND o.state = 'active') FROM org o WHERE o.org_id = $1",
	                  BIND(val_int(org_id), val_int(INT64_C(1) << ROLE_SUPERVISOR)));
	if (code < 0 || (code > 0 && rows_int(rows, 1))) return code < 0 ? code : 0;
	const char *name = code ? rows_str(rows, 0, rq->arena) : "";
	code = action_known(rq->app, "case.above") ? action_run(rq, "case.above", &above) : 0;
	if (code < 0 || above.takes) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_CONFLICT, "action", text_of(name), "no_leader",
	                   "Have an account with role supervisor made there; until then deal with it here.",
	                   "Nobody leads in %s, so nobody could take the case", name);
}

int action_case_raise(Request *rq, void *arg) {
	Case *row = ((CaseEffect *)arg)->row;
	int64_t above = 0;
	int code = case_org_above(rq, row->centre_org, &above);
	if (code < 0) return code;
	if (!above)
		return error_field(rq->error, ERR_CONFLICT, "action", TEXT_NONE, "level", "Deal with it here.",
		                   "There is no level above this centre");
	if ((code = above_takes(rq, above)) < 0) return code;
	return level_set(row, &((CaseEffect *)arg)->step, above, row->level + 1);
}

/* Back by one level, towards the centre it began with. */
int action_case_lower(Request *rq, void *arg) {
	Case *row = ((CaseEffect *)arg)->row;
	int64_t centre = row->home_org;
	int code = 0;
	if (row->level == 0)
		return error_field(rq->error, ERR_CONFLICT, "action", TEXT_NONE, "level", "Deal with it here.",
		                   "The case is with its own centre already");
	for (int i = 0; i < row->level - 1 && code >= 0; i++)
		code = case_org_above(rq, centre, &centre);
	return code < 0 ? code : level_set(row, &((CaseEffect *)arg)->step, centre, row->level - 1);
}

/* --- effects: several cases ------------------------------------------------------------------------------------------- */
static int part_open(Request *rq, const CaseEffect *effect, const json_t *part) {
	const Case *row = effect->row;
	Text title = text_of_member(part, "title"), words = text_of_member(part, "words");
	int64_t org_id = id_of_member(part, "org_id"), child;
	json_t *form = json_pack("{s:s, s:s}", "parent", row->number, "words", text_cstr(rq->arena, words));
	arena_on_free(rq->arena, json_drop, form);
	int code = org_check(rq, "parts", org_id);
	if (code < 0) return code;
	CaseOpening opening = {.process = row->process->name,
	                       .title = title.len ? text_cstr(rq->arena, title) : row->title,
	                       .side = "bureau",
	                       .subject = row->subject,
	                       .kind = row->kind,
	                       .subject_id = row->subject_id,
	                       .resource_id = row->resource_id,
	                       .parent_id = row->case_id,
	                       .limits = effect->step.limits,
	                       .form = form};
	parties_of(row, &opening.parties);
	opening.parties.supplier_org = org_id;
	return case_open(rq, &opening, &child, NULL);
}

/* A child for each part: of the same process and centre, with its own supplier; guards know it by the fact child. */
int action_case_split(Request *rq, void *arg) {
	CaseEffect *effect = arg;
	size_t index;
	json_t *part;
	int code = 0;
	if (effect->row->parent_id)
		return error_field(rq->error, ERR_CONFLICT, "action", TEXT_NONE, "child", "Split the case above it.",
		                   "A part is not split again");
	json_array_foreach(json_object_get(effect->form, "parts"), index, part) {
		if ((code = part_open(rq, effect, part)) < 0) return code;
		effect->row->children_open++;
	}
	return code;
}

/* Its open parts end with the step. */
int action_case_call_off_parts(Request *rq, void *arg) {
	CaseStep *step = arg;
	step->calls_off = step->note;
	return 0;
}

int case_parts_call_off(Request *rq, const Case *row, const char *why) {
	enum { OPEN_MAX = 500 };
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, OPEN_MAX);
	Rows *rows;
	int count = 0, code = db_query(rq->db, &rows,
	                               "SELECT case_id FROM work_case WHERE parent_id = $1 AND parent_id <> 0 AND closed_at = 0"
	                               " ORDER BY case_id LIMIT $2",
	                               BIND(val_int(row->case_id), val_int(OPEN_MAX)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < OPEN_MAX)
		ids[count++] = rows_int(rows, 0);
	if (code > 0) rows_close(rows);
	const char *note = arena_printf(rq->arena, "%s：%s", row->number, why);
	for (int i = 0; i < count && code >= 0; i++)
		code = cases_happen(rq, &(Happening){.event = "called_off", .case_id = ids[i], .note = note});
	return code < 0 ? code : 0;
}

/* The case is the same as another, which goes on: what was linked to it is linked to that one. */
int action_case_merge(Request *rq, void *arg) {
	CaseEffect *effect = arg;
	Case *row = effect->row, main;
	int code = visible_load(rq, id_of_member(effect->form, "case_id"), &main);
	if (code < 0) return code;
	bool goes_on = !main.closed_at || strcmp(main.process->states[main.state].outcome, "closed") == 0,
	     kin = main.case_id == row->case_id || main.case_id == row->parent_id || main.parent_id == row->case_id;
	if (kin || !goes_on || strcmp(main.process->name, row->process->name) != 0)
		return form_bad(rq, "case_id", text_of(main.number), "main",
		                "Name another case of this kind that is open or was done, and neither its part nor what it is "
		                "part of.",
		                "This case cannot be the main one");
	if (row->children_open)
		return error_field(rq->error, ERR_CONFLICT, "action", TEXT_NONE, "children", "Close its parts first.",
		                   "The case has open parts");
	row->merged_into = main.case_id;
	return (int)db_run(rq->db, "UPDATE work_case SET merged_into = $2 WHERE merged_into = $1",
	                   BIND(val_int(row->case_id), val_int(main.case_id)));
}

/* --- forms ------------------------------------------------------------------------------------------------------------ */
static const FormMember any_members[] = {{0}};
static const FormMember term_members[] = {{"reason", FORM_TEXT, true, 2, 500}, {"term", FORM_JSON, true, 0, 0}, {0}};
static const FormMember decision_members[] = {{"term", FORM_JSON, false, 0, 0}, {0}};
static const FormMember duty_members[] = {
    {"duty", FORM_TEXT, true, 4, 500}, {"rule_id", FORM_ID, false, 0, 0}, {"proposed_org_id", FORM_ID, false, 0, 0}, {0}};
static const FormMember assign_members[] = {{"supplier_org_id", FORM_ID, false, 0, 0},
                                            {"field_org_id", FORM_ID, false, 0, 0},
                                            {"field_account_id", FORM_ID, false, 0, 0},
                                            {0}};
static const FormMember split_members[] = {{"parts", FORM_JSON, true, 0, 0}, {0}};
static const FormMember main_members[] = {{"case_id", FORM_ID, true, 0, 0}, {0}};
static const FormMember part_members[] = {
    {"org_id", FORM_ID, true, 0, 0}, {"title", FORM_TEXT, false, 2, 100}, {"words", FORM_TEXT, true, 2, 500}, {0}};

static int program_begins(Request *rq, Case *row) {
	return fail(rq, ERR_FORBIDDEN, "A case of this kind begins with what is reported");
}

static int term_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row) {
	Limit term;
	const json_t *json = json_object_get(form, "term");
	if (!json || json_is_null(json) || limit_parse(json, &term) == 0) return 0;
	return form_bad(rq, "term", TEXT_NONE, "limit",
	                "Write {\"work_days\": 3}, work_hours, days, hours or minutes with n from 1 to 1000.",
	                "This is no length of time");
}

static int split_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row) {
	enum { PARTS_MAX = 20 };
	const json_t *parts = json_object_get(form, "parts");
	size_t index;
	json_t *part;
	int code = 0;
	if (!json_is_array(parts) || json_array_size(parts) < 1 || json_array_size(parts) > PARTS_MAX)
		return form_bad(rq, "parts", TEXT_NONE, "list", "Give 1 to 20 parts as {org_id, title, words}.",
		                "A case is split into parts");
	json_array_foreach(parts, index, part) if (code >= 0) code = members_check(rq, part_members, part);
	return code;
}

const Form city_forms[] = {{"event", any_members, .begin = program_begins},
                           {"case_term", term_members, .take = term_take},
                           {"case_term_decision", decision_members, .optional = true, .take = term_take},
                           {"return_duty", duty_members},
                           {"case_assign", assign_members},
                           {"case_split", split_members, .take = split_take},
                           {"case_main", main_members},
                           {0}};
