/* case: the engine. Begins cases and moves them by actions: side, state, version, guard, note and form are checked, the effect
 * runs, the event is written, the clock worked out anew from all events, the feed told; all in the caller's write. */
#include "casework/forms.h"
#include <ctype.h>

static void json_drop(void *json) {
	json_decref(json);
}

static json_t *json_of(Request *rq, Text text) {
	json_t *json = text.at ? json_loadb(text.at, text.len, 0, NULL) : NULL;
	if (json) arena_on_free(rq->arena, json_drop, json);
	return json;
}

static Val json_val(Request *rq, const json_t *json) {
	return json ? val_str(json_dumps_in(rq, json)) : val_null();
}

int case_load(Request *rq, int64_t case_id, Case *out) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT number, title, process, process_version, state, previous, resource_id, asker_org, asker_account,"
	           " supplier_org, account_id, form, decision, grant_id, begun_us, due_us, remind_us, paused_us, event_count,"
	           " created_at, closed_at, version, subject, subject_id, open_key FROM work_case WHERE case_id = $1",
	           BIND(val_int(case_id)));
	if (found < 0) return found;
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no such case among those you may see");
	Text process = text_dup(rq->arena, rows_text(rows, 2)), state = text_dup(rq->arena, rows_text(rows, 4)),
	     previous = text_dup(rq->arena, rows_text(rows, 5));
	int process_version = (int)rows_int(rows, 3);
	*out = (Case){.case_id = case_id,
	              .number = rows_str(rows, 0, rq->arena),
	              .title = rows_str(rows, 1, rq->arena),
	              .resource_id = rows_int(rows, 6),
	              .asker_org = rows_int(rows, 7),
	              .asker_account = rows_int(rows, 8),
	              .supplier_org = rows_int(rows, 9),
	              .account_id = rows_int(rows, 10),
	              .form = json_of(rq, rows_text(rows, 11)),
	              .decision = json_of(rq, rows_text(rows, 12)),
	              .grant_id = rows_int(rows, 13),
	              .clock = {rows_int(rows, 14), rows_int(rows, 15), rows_int(rows, 16), rows_int(rows, 17)},
	              .event_count = (int)rows_int(rows, 18),
	              .created_at = rows_int(rows, 19),
	              .closed_at = rows_int(rows, 20),
	              .version = rows_int(rows, 21),
	              .subject = rows_str(rows, 22, rq->arena),
	              .subject_id = rows_int(rows, 23),
	              .open_key = rows_str(rows, 24, rq->arena)};
	int code = process_get(rq, process, process_version, &out->process);
	if (code < 0) return code;
	out->state = process_state(out->process, state);
	out->previous = process_state(out->process, previous);
	if (out->state < 0 || !out->form)
		return fail(rq, ERR_INTERNAL, "case %lld is damaged: state %.*s", (long long)case_id, TEXT_ARG(state));
	return 0;
}

/* --- who may what ---------------------------------------------------------------------------------------------------- */
int case_sides(const Request *rq, const Case *row) {
	const Party *party = &rq->party;
	int sides = 0;
	if (party->kind == PARTY_SYSTEM) return SIDE_ASKER | SIDE_SUPPLIER | SIDE_BUREAU;
	bool own = party->account_id == row->asker_account || party_may(party, PERMIT_DECIDE);
	if (party_may(party, PERMIT_ASK) && party->org_id == row->asker_org && own) sides |= SIDE_ASKER;
	if (party_may(party, PERMIT_DECIDE) && party->org_id == row->supplier_org) sides |= SIDE_SUPPLIER;
	if (party_may(party, PERMIT_SUPERVISE)) sides |= SIDE_BUREAU;
	return sides;
}

bool case_visible(const Request *rq, const Case *row) {
	return case_sides(rq, row) || party_may(&rq->party, PERMIT_AUDIT);
}

/* The side on which the party acts: of those it has and the action allows. */
static int acting_side(const Request *rq, const Case *row, const ProcessAction *action) {
	int by = action->by & ~SIDE_TURN, sides = case_sides(rq, row);
	if (action->by & SIDE_TURN) by |= row->process->states[row->state].turn;
	for (int side = SIDE_ASKER; side <= SIDE_BUREAU; side <<= 1)
		if (by & sides & side) return side;
	return 0;
}

bool case_may(const Request *rq, const Case *row, const ProcessAction *action) {
	if (!(action->from >> row->state & 1) || !acting_side(rq, row, action)) return false;
	if (action->clock == CLOCK_PAUSE) return !row->clock.paused_us;
	return action->clock != CLOCK_RESUME || row->clock.paused_us;
}

/* Read from the store itself, past what this write may have cached. */
static int mounted_now(Request *rq, int64_t resource_id) {
	int64_t generation = 0;
	int code = db_int(rq->db, &generation,
	                  "SELECT CASE WHEN keeper = 'proxy' THEN 1 ELSE generation_no END FROM resource"
	                  " WHERE resource_id = $1",
	                  BIND(val_int(resource_id)));
	return code < 0 ? code : generation > 0;
}

static int own_work(Request *rq, int64_t resource_id) {
	int64_t own = 0;
	int code =
	    db_int(rq->db, &own,
	           "SELECT CASE WHEN CAST($2 AS BIGINT) <> 0 AND (draft_author = $2 OR submitted_by = $2) THEN 1 ELSE 0 END"
	           " FROM resource WHERE resource_id = $1",
	           BIND(val_int(resource_id), val_int(rq->party.account_id)));
	return code < 0 ? code : own > 0;
}

int case_facts(Request *rq, const Case *row, Val facts[FACT_COUNT]) {
	const Resource *resource;
	const Form *form = form_find(text_of(row->process->form));
	int grade = 1;
	for (int i = 0; i < FACT_COUNT; i++)
		facts[i] = val_null();
	facts[FACT_GRADE] = val_int(grade);
	if (!row->resource_id) return 0;
	int code =
	    form && form->live ? resource_find(rq, row->resource_id, &resource) : resource_any(rq, row->resource_id, &resource);
	if (code < 0) return code;
	int mounted = mounted_now(rq, row->resource_id), own = mounted < 0 ? 0 : own_work(rq, row->resource_id);
	if (mounted < 0 || own < 0) return mounted < 0 ? mounted : own;
	for (int i = 0; i < resource->field_count; i++)
		if (resource->fields[i].grade > grade) grade = resource->fields[i].grade;
	if (resource->version > 0) facts[FACT_SHARING] = val_str(sharing_name(resource->sharing));
	if (mounted) facts[FACT_MOUNTED] = val_int(1);
	if (share_sensitive(resource, row->form)) facts[FACT_SENSITIVE] = val_int(1);
	if (own) facts[FACT_OWN] = val_int(1);
	facts[FACT_GRADE] = val_int(grade);
	return 0;
}

int case_blocked(Request *rq, const ProcessAction *action, const Val facts[FACT_COUNT], const char **why) {
	int holds = guard_test(rq, action->when, facts);
	bool chinese = !rq->call || language_chinese(http_header(rq->call, "Accept-Language"));
	*why = holds                               ? NULL
	       : !*action->otherwise               ? action->when
	       : chinese || !*action->otherwise_en ? action->otherwise
	                                           : action->otherwise_en;
	return holds < 0 ? holds : holds == 0;
}

/* --- storing --------------------------------------------------------------------------------------------------------- */
int case_clock_events(Request *rq, const Process *process, int64_t case_id, const ClockEvent **out) {
	Rows *rows;
	int64_t count = 0;
	size_t used = 0;
	int code =
	    db_int(rq->db, &count, "SELECT count(*) FROM case_event WHERE case_id = $1 AND clock <> ''", BIND(val_int(case_id)));
	if (code >= 0)
		code =
		    db_query(rq->db, &rows,
		             "SELECT at_us, clock, to_state FROM case_event WHERE case_id = $1 AND clock <> '' ORDER BY event_no",
		             BIND(val_int(case_id)));
	if (code < 0) return code;
	ClockEvent *events = ARENA_ARRAY(rq->arena, ClockEvent, count + 1);
	while ((code = rows_next(rows)) > 0) {
		int state = process_state(process, rows_text(rows, 2));
		if ((int64_t)used < count && state >= 0)
			events[used++] = (ClockEvent){rows_int(rows, 0), clock_rule_of(rows_text(rows, 1)), state};
	}
	rows_close(rows);
	*out = events;
	return code < 0 ? code : (int)used;
}

static int clock_set(Request *rq, const WorkTime *work, Case *row) {
	const ClockEvent *events;
	int count = case_clock_events(rq, row->process, row->case_id, &events);
	if (count < 0) return count;
	row->clock = clock_replay(work, row->process, events, (size_t)count);
	return 0;
}

typedef struct Move { /* what one step does to a case */
	const char *action, *note;
	const json_t *form;
	int side, from, to; /* from -1: it begins */
	ClockRule clock;
} Move;

static int event_write(Request *rq, Case *row, const Move *move) {
	const ProcessState *states = row->process->states;
	row->event_count++;
	return (int)db_run(rq->db,
	                   "INSERT INTO case_event (case_id, event_no, at_us, account_id, org_id, side, action, from_state, "
	                   "to_state, clock, note,"
	                   " form) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
	                   BIND(val_int(row->case_id), val_int(row->event_count), val_int(rq->now_us),
	                        val_int(rq->party.account_id), val_int(rq->party.org_id), val_str(side_name(move->side)),
	                        val_str(move->action), val_str(move->from < 0 ? "" : states[move->from].name),
	                        val_str(states[move->to].name), val_str(clock_rule_name(move->clock)), val_str(move->note),
	                        json_val(rq, move->form)));
}

static int case_store(Request *rq, Case *row) {
	const ProcessState *state = &row->process->states[row->state];
	int64_t turn_org = state->turn == SIDE_ASKER ? row->asker_org : state->turn == SIDE_SUPPLIER ? row->supplier_org : 0;
	int64_t changed = db_run(
	    rq->db,
	    "UPDATE work_case SET state = $3, previous = $4, outcome = $5, turn = $6, turn_org = $7, form = $8, decision = $9,"
	    " grant_id = $10, begun_us = $11, due_us = $12, remind_us = $13, paused_us = $14, event_count = $15, updated_at = "
	    "$16,"
	    " closed_at = $17, account_id = $18, resource_id = $19, supplier_org = $20, subject_id = $21,"
	    " reminded = CASE WHEN begun_us = $11 AND due_us = $12 THEN reminded ELSE 0 END, version = version + 1"
	    " WHERE case_id = $1 AND version = $2",
	    BIND(val_int(row->case_id), val_int(row->version), val_str(state->name),
	         val_str(row->previous < 0 ? "" : row->process->states[row->previous].name), val_str(state->outcome),
	         val_str(side_name(state->turn)), val_int(turn_org), json_val(rq, row->form), json_val(rq, row->decision),
	         val_int(row->grant_id), val_int(row->clock.begun_us), val_int(row->clock.due_us), val_int(row->clock.remind_us),
	         val_int(row->clock.paused_us), val_int(row->event_count), val_int(rq->now_us), val_int(row->closed_at),
	         val_int(row->account_id), val_int(row->resource_id), val_int(row->supplier_org), val_int(row->subject_id)));
	if (changed < 0) return (int)changed;
	if (changed == 0) return fail(rq, ERR_CONFLICT, "The case was changed by someone else; read it again and repeat");
	row->version++;
	return feed_append(rq->db, FEED_TOPIC_CASE, row->case_id, row->version, FEED_STATE);
}

/* Of several ways on, the first whose guard holds. Without any: 0 and *out NULL. */
static int step_find(Request *rq, const Case *row, const ProcessStep *steps, int count, const ProcessStep **out) {
	Val facts[FACT_COUNT];
	bool asks = count && *steps[0].when; /* facts cost reads, and a lock where nothing is mounted */
	int code = asks ? case_facts(rq, row, facts) : 0;
	*out = NULL;
	/* where nothing is mounted, once more with the lock of whoever mounts: a case that begins to wait for data is never
	 * missed by the load that brings it */
	if (asks && code >= 0 && row->resource_id && facts[FACT_MOUNTED].kind == VAL_NULL) {
		code = db_lock(rq->db, "record.table", row->resource_id);
		if (code >= 0) code = case_facts(rq, row, facts);
	}
	for (int i = 0; i < count && code >= 0; i++) {
		if ((code = guard_test(rq, steps[i].when, facts)) <= 0) continue;
		*out = &steps[i];
		return 0;
	}
	if (code < 0 || !count) return code < 0 ? code : 0;
	return fail(rq, ERR_INTERNAL, "process %s has no way on from here", row->process->name);
}

static int effect_run(Request *rq, Case *row, const Move *move, const ProcessAction *action, const char *effect) {
	CaseEffect given = {row, action, move->form, move->note, move->side};
	return *effect ? action_run(rq, effect, &given) : 0;
}

/* The state, then effect, event, clock and row. */
static int case_move(Request *rq, Case *row, const Move *move, const ProcessAction *action, const char *effect) {
	const ProcessState *state = &row->process->states[move->to];
	const WorkTime *work;
	int code = worktime_get(rq, &work);
	if (code < 0) return code;
	if (move->clock == CLOCK_START) {
		row->previous = move->from;
		row->state = move->to;
		row->closed_at = *state->outcome ? rq->now_us : 0;
	}
	if ((code = effect_run(rq, row, move, action, effect)) < 0 || (code = event_write(rq, row, move)) < 0 ||
	    (code = clock_set(rq, work, row)) < 0 || (code = case_store(rq, row)) < 0)
		return code;
	rq->about_resource = row->resource_id;
	rq->about_subject = row->case_id;
	rq->about = arena_printf(rq->arena,
	                         "{\"case\":\"%s\",\"process\":\"%s\",\"action\":\"%s\",\"state\":\"%s\",\"grant_id\":\"%lld\"}",
	                         row->number, row->process->name, move->action, state->name, (long long)row->grant_id);
	return 0;
}

int case_evidence(Request *rq, const Case *row, const char *action, const Happening *what, const json_t *proof) {
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.action = arena_printf(rq->arena, "case.%s", action);
	entry.status = 200;
	entry.resource_id = row->resource_id;
	entry.subject_id = row->case_id;
	entry.detail = arena_printf(
	    rq->arena, "{\"case\":\"%s\",\"process\":\"%s\",\"state\":\"%s\",\"on\":\"%s\",\"job\":\"%lld\",\"proof\":%s}",
	    row->number, row->process->name, row->process->states[row->state].name, what ? what->event : "",
	    (long long)(what ? what->job_id : 0), proof ? json_dumps_in(rq, proof) : "null");
	if (strlen(entry.detail) > 3900) entry.detail = arena_printf(rq->arena, "{\"case\":\"%s\"}", row->number);
	return evidence_write(rq, &entry);
}

/* --- beginning ------------------------------------------------------------------------------------------------------- */
static int number_next(Request *rq, const char *prefix, const char **out) {
	int year, month, day;
	int64_t last = 0;
	date_to_civil(date_of_us(rq->now_us), &year, &month, &day);
	int code = db_int(rq->db, &last,
	                  "INSERT INTO case_counter (prefix, year, last) VALUES ($1, $2, 1) ON CONFLICT (prefix, year) DO UPDATE"
	                  " SET last = case_counter.last + 1 RETURNING last",
	                  BIND(val_str(prefix), val_int(year)));
	if (code >= 0) *out = arena_printf(rq->arena, "%s-%d-%06lld", prefix, year, (long long)last);
	return code < 0 ? code : 0;
}

static int case_insert(Request *rq, const Case *row) {
	char *search = arena_printf(rq->arena, "%s %s %.*s", row->number, row->title, TEXT_ARG(row->outside_number));
	for (char *at = search; *at; at++)
		if ((unsigned char)*at < 128) *at = (char)tolower(*at);
	return (int)db_run(
	    rq->db,
	    "INSERT INTO work_case (case_id, number, process, process_version, state, previous, outcome, turn, turn_org, title,"
	    " search_text, resource_id, asker_org, asker_account, supplier_org, account_id, form, decision, grant_id, begun_us,"
	    " due_us, remind_us, paused_us, reminded, event_count, created_at, updated_at, closed_at, version, subject, "
	    "subject_id,"
	    " open_key, outside_platform, outside_number) VALUES ($1, $2, $3, $4, '', '', '', '', 0, $5, $6, $7, $8, $9, $10, "
	    "$11,"
	    " $12, NULL, 0, 0, 0, 0, 0, 0, 0, $13, $13, 0, 0, $14, $15, $16, $17, $18)",
	    BIND(val_int(row->case_id), val_str(row->number), val_str(row->process->name), val_int(row->process->version),
	         val_str(row->title), val_str(search), val_int(row->resource_id), val_int(row->asker_org),
	         val_int(row->asker_account), val_int(row->supplier_org), val_int(row->account_id), json_val(rq, row->form),
	         val_int(rq->now_us), val_str(row->subject), val_int(row->subject_id), val_str(row->open_key),
	         val_text(row->outside_platform.at ? row->outside_platform : TEXT("")),
	         val_text(row->outside_number.at ? row->outside_number : TEXT(""))));
}

int case_open_find(Request *rq, const char *process, int64_t resource_id, const char *open_key, int64_t *case_id,
                   const char **number) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT case_id, number FROM work_case WHERE closed_at = 0 AND resource_id = $1 AND process = $2 AND"
	                   " open_key = $3 ORDER BY case_id LIMIT 1",
	                   BIND(val_int(resource_id), val_str(process), val_str(open_key)));
	if (found <= 0) return found;
	*case_id = rows_int(rows, 0);
	if (number) *number = rows_str(rows, 1, rq->arena);
	return 1;
}

static int open_already(Request *rq, const Case *row) {
	int64_t other;
	const char *number;
	if (!*row->open_key) return 0;
	int code = db_lock(rq->db, "casework.open", 0); /* one for all: the patrol begins many in one write */
	if (code >= 0) code = case_open_find(rq, row->process->name, row->resource_id, row->open_key, &other, &number);
	if (code <= 0) return code;
	return error_field(rq->error, ERR_CONFLICT, "form", text_of(number), "open_case", "Go on with that one.",
	                   "There is an open case of this already: %s", number);
}

int case_begin(Request *rq, Case *row, int side) {
	const ProcessStep *start = NULL;
	row->case_id = store_new_id(rq->store);
	row->created_at = rq->now_us;
	row->previous = -1;
	if (!row->subject) row->subject = "resource";
	if (!row->open_key) row->open_key = "";
	int code = open_already(rq, row);
	if (code < 0 || (code = number_next(rq, row->process->number, &row->number)) < 0 ||
	    (code = step_find(rq, row, row->process->starts, row->process->start_count, &start)) < 0 ||
	    (code = case_insert(rq, row)) < 0)
		return code;
	Move move = {"start", "", row->form, side, -1, start->to, CLOCK_START};
	if ((code = case_move(rq, row, &move, NULL, start->effect)) < 0) return code;
	return side == SIDE_ENGINE ? case_evidence(rq, row, "start", NULL, row->form) : 0;
}

/* --- acting ---------------------------------------------------------------------------------------------------------- */
static int not_now(Request *rq, const Case *row, const ProcessAction *action) {
	const ProcessState *state = &row->process->states[row->state];
	if (!(action->from >> row->state & 1))
		return error_field(rq->error, ERR_CONFLICT, "state", text_of(state->title), "state",
		                   "Read the case again and choose among the actions it offers.", "The case is in state %s now",
		                   state->name);
	if (acting_side(rq, row, action))
		return error_field(rq->error, ERR_CONFLICT, "action", text_of(action->name), "clock",
		                   "Read the case again and choose among the actions it offers.", "%s",
		                   row->clock.paused_us ? "The clock of the case stands already"
		                                        : "The clock of the case runs already");
	return error_field(rq->error, ERR_FORBIDDEN, "action", text_of(action->name), "party",
	                   "Only the party named in the process may do this.", "This action is not yours in this case");
}

static int note_check(Request *rq, const ProcessAction *action, const char *note) {
	size_t length = utf8_count(text_of(note));
	if (action->note == NOTE_REQUIRED && length < 2)
		return error_field(rq->error, ERR_INVALID, "note", text_of(note), "required", "Say why, in 2 characters or more.",
		                   "This action needs its reason");
	if (action->note == NOTE_NONE && length)
		return error_field(rq->error, ERR_INVALID, "note", text_of(note), "none", "Leave it out.",
		                   "This action takes no note");
	return 0;
}

static int action_check(Request *rq, const Case *row, const ProcessAction *action) {
	Val facts[FACT_COUNT];
	const char *why = NULL;
	if (!case_may(rq, row, action)) return not_now(rq, row, action);
	if (!*action->when) return 0;
	int code = case_facts(rq, row, facts);
	if (code >= 0) code = case_blocked(rq, action, facts, &why);
	if (code <= 0) return code;
	return error_field(rq->error, ERR_CONFLICT, "action", text_of(action->name), "guard", why,
	                   "The process does not allow this action yet");
}

/* The action, whoever does it: where it leads, its effect, the event. */
static int action_do(Request *rq, Case *row, const ProcessAction *action, int side, const char *note, const json_t *form) {
	const ProcessStep *way;
	int code = step_find(rq, row, action->branches, action->branch_count, &way);
	int to = way ? way->to : action->to == STATE_PREVIOUS ? row->previous : action->to;
	if (code < 0) return code;
	if (action->to == STATE_PREVIOUS && to < 0)
		return fail(rq, ERR_INTERNAL, "case %lld has no state before", (long long)row->case_id);
	Move move = {.action = action->name,
	             .note = note,
	             .form = form,
	             .side = side,
	             .from = row->state,
	             .to = to == STATE_STAYS ? row->state : to,
	             .clock = to == STATE_STAYS ? action->clock : CLOCK_START};
	return case_move(rq, row, &move, action, way && *way->effect ? way->effect : action->effect);
}

int case_act(Request *rq, int64_t case_id, int64_t version, Text name, const char *note, const json_t *form, Case *out) {
	int code = db_lock(rq->db, "casework.case", case_id);
	if (code < 0 || (code = case_load(rq, case_id, out)) < 0) return code;
	if (!case_visible(rq, out)) return fail(rq, ERR_NOT_FOUND, "There is no such case among those you may see");
	rq->about_resource = out->resource_id;
	const ProcessAction *action = process_action(out->process, name);
	if (!action)
		return error_field(rq->error, ERR_NOT_FOUND, "action", name, "unknown_action",
		                   "Read the case again and choose among the actions it offers.",
		                   "The process has no such action");
	if (version != out->version)
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read it again and decide anew.",
		                   "The case was changed meanwhile (it is at version %lld, you saw %lld)",
		                   (long long)out->version, (long long)version);
	if ((code = action_check(rq, out, action)) < 0 || (code = note_check(rq, action, note)) < 0 ||
	    (code = form_take(rq, action, form, out)) < 0)
		return code;
	return action_do(rq, out, action, acting_side(rq, out, action), note, form);
}

/* --- what happens ------------------------------------------------------------------------------------------------------ */
/* 1 when the check holds, or there is none. */
static int check_run(Request *rq, const Case *row, const ProcessAction *action, const Happening *what, json_t **proof) {
	CaseCheck check = {.case_id = row->case_id,
	                   .resource_id = row->resource_id,
	                   .subject_id = row->subject_id,
	                   .begun_us = row->created_at,
	                   .job_id = what->job_id,
	                   .form = row->form};
	if (!*action->check) return 1;
	int code = action_run(rq, action->check, &check);
	*proof = check.proof;
	return code < 0 ? code : check.holds;
}

/* Whether a refusal is the effect's own, not the store's: then the case waits for a person. */
static bool refused(int code) {
	return code == ERR_INVALID || code == ERR_CONFLICT || code == ERR_FORBIDDEN || code == ERR_GONE || code == ERR_NOT_FOUND;
}

int case_happen(Request *rq, const Happening *what, int64_t case_id) {
	Case row;
	Val facts[FACT_COUNT];
	int code = case_load(rq, case_id, &row);
	for (int i = 0; code >= 0 && !row.closed_at && i < row.process->action_count; i++) {
		const ProcessAction *action = &row.process->actions[i];
		json_t *proof = NULL;
		if (strcmp(action->on, what->event) != 0 || !(action->from >> row.state & 1)) continue;
		if (*action->when && (code = case_facts(rq, &row, facts)) < 0) break;
		if ((code = guard_test(rq, action->when, facts)) < 0) break;
		if (code == 0 || (code = check_run(rq, &row, action, what, &proof)) == 0) continue;
		if (code > 0) code = action_do(rq, &row, action, SIDE_ENGINE, "", proof);
		if (code >= 0) code = case_evidence(rq, &row, action->name, what, proof);
		return code < 0 ? code : 1;
	}
	return code < 0 ? code : 0;
}

enum { HAPPEN_MAX = 500 };

int cases_happen(Request *rq, const Happening *what) {
	Rows *rows;
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, HAPPEN_MAX), about = rq->about_resource, subject = rq->about_subject;
	const char *told = rq->about;
	int count = 0, code = db_query(rq->db, &rows,
	                               "SELECT case_id FROM work_case WHERE closed_at = 0 AND resource_id = $1 AND (case_id ="
	                               " $3 OR CAST($3 AS BIGINT) = 0) ORDER BY case_id LIMIT $2",
	                               BIND(val_int(what->resource_id), val_int(HAPPEN_MAX), val_int(what->case_id)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < HAPPEN_MAX)
		ids[count++] = rows_int(rows, 0);
	rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++) {
		code = case_happen(rq, what, ids[i]);
		if (!refused(code)) continue;
		log_warn("case %lld waits for a person, its step on \"%s\" was refused: %s", (long long)ids[i], what->event,
		         rq->error->message);
		error_clear(rq->error);
		code = 0;
	}
	rq->about_resource = about; /* the caller's own evidence is about what it did itself */
	rq->about_subject = subject;
	rq->about = told;
	return code < 0 ? code : 0;
}

/* --- after a new calendar -------------------------------------------------------------------------------------------- */
static int recompute_one(Request *rq, const WorkTime *work, int64_t case_id) {
	Case row;
	int code = db_lock(rq->db, "casework.case", case_id);
	if (code < 0 || (code = case_load(rq, case_id, &row)) < 0) return code;
	CaseClock before = row.clock;
	if ((code = clock_set(rq, work, &row)) < 0) return code;
	if (row.clock.due_us == before.due_us && row.clock.remind_us == before.remind_us) return 0;
	code = (int)db_run(
	    rq->db,
	    "UPDATE work_case SET due_us = $2, remind_us = $3, reminded = CASE WHEN due_us = $2 THEN reminded ELSE 0 END"
	    " WHERE case_id = $1",
	    BIND(val_int(case_id), val_int(row.clock.due_us), val_int(row.clock.remind_us)));
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_CASE, case_id, row.version, FEED_UPDATE);
	return code < 0 ? code : 1;
}

int cases_recompute(Request *rq, int64_t after, int max, int64_t *last) {
	Rows *rows;
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, max);
	int count = 0, changed = 0;
	const WorkTime *work;
	int code = worktime_get(rq, &work);
	if (code < 0) return code;
	code = db_query(rq->db, &rows,
	                "SELECT case_id FROM work_case WHERE closed_at = 0 AND case_id > $1 ORDER BY case_id LIMIT $2",
	                BIND(val_int(after), val_int(max)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < max)
		ids[count++] = rows_int(rows, 0);
	rows_close(rows);
	*last = count ? ids[count - 1] : 0;
	for (int i = 0; i < count && code >= 0; i++) {
		code = recompute_one(rq, work, ids[i]);
		changed += code > 0;
	}
	return code < 0 ? code : changed;
}
