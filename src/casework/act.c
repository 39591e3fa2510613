/* act: the engine. Begins cases and moves them by actions: side, state, version, guard, note and form are checked, the effect
 * runs, the event is written, the clock set, the feed told; all in the caller's write. */
#include "casework/forms.h"
#include "casework/notify.h"
#include "casework/words.h"
#include <ctype.h>

typedef struct Move { /* what one step does to a case */
	const char *action, *note;
	const json_t *form;
	int side, from, to; /* from -1: it begins */
	ClockRule clock;
	bool counted;          /* it goes into one of the case's counts */
	int64_t supplier_org;  /* whose the stage was, before the effect */
	const char *calls_off; /* see CaseStep */
} Move;

static int open_already(Request *rq, const Case *row);
static const char *search_text(Request *rq, const Case *row);

void parties_of(const Case *row, CaseParties *out) {
	*out = (CaseParties){row->asker_org,  row->asker_account, row->supplier_org,
	                     row->centre_org, row->field_org,     row->field_account};
}

/* Another centre than the row's is its own from now on, not one above. */
static void parties_take(Case *row, const CaseParties *parties) {
	row->asker_org = parties->asker_org;
	row->asker_account = parties->asker_account;
	row->supplier_org = parties->supplier_org;
	row->field_org = parties->field_org;
	row->field_account = parties->field_account;
	if (row->centre_org == parties->centre_org) return;
	row->centre_org = row->home_org = parties->centre_org;
	row->level = 0;
}

/* {"dispose": {"work_days": 3}, …} */
int limits_check(Request *rq, const json_t *limits) {
	const char *key;
	json_t *value;
	Limit limit;
	bool good = json_is_object(limits) && json_object_size(limits) <= PROCESS_STATES_MAX;
	json_object_foreach((json_t *)limits, key, value) good &= *key && limit_parse(value, &limit) == 0;
	return good ? 0
	            : error_field(rq->error, ERR_INVALID, "limits", TEXT_NONE, "limits",
	                          "Write {\"name\": {\"work_days\": 3}} with n from 1 to 1000.", "These are no limits of a case");
}

/* What statistics ask of a step of line city: the stage that ends with it, its begin and due time as they are in force, or the
 * stage in which it is counted (begun then: now, due never). stage "": nothing of that. */
typedef struct StageEnd {
	const char *stage;
	int64_t begun_us, due_us;
} StageEnd;
static StageEnd stage_end(const Request *rq, const Case *row, const Move *move) {
	const ProcessState *state = row->clock.state < 0 ? NULL : &row->process->states[row->clock.state];
	if (row->process->line != LINE_CITY || move->from < 0 || !state || *state->outcome) return (StageEnd){"", 0, 0};
	if (move->clock == CLOCK_START) return (StageEnd){state->name, row->clock.begun_us, row->clock.due_us};
	return move->counted ? (StageEnd){state->name, rq->now_us, NEVER_US} : (StageEnd){"", 0, 0};
}

/* term: JSON of the event's column, NULL: none. */
static int event_write(Request *rq, const Case *row, const Move *move, StageEnd ended, const json_t *term) {
	const ProcessState *states = row->process->states;
	return db_append(rq->db,
	                 "INSERT INTO case_event (case_id, event_no, at_us, account_id, org_id, side, action, from_state, "
	                 "to_state, clock, note,"
	                 " form, term, stage, stage_begun_us, stage_due_us, supplier_org) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
	                 " $9, $10, $11, $12, $13, $14, $15, $16, $17)",
	                 BIND(val_int(row->case_id), val_int(row->event_count), val_int(rq->now_us),
	                      val_int(rq->party.account_id), val_int(rq->party.org_id), val_str(side_name(move->side)),
	                      val_str(move->action), val_str(move->from < 0 ? "" : states[move->from].name),
	                      val_str(states[move->to].name), val_str(clock_rule_name(move->clock)), val_str(move->note),
	                      json_val(rq, move->form), json_val(rq, term), val_str(ended.stage), val_int(ended.begun_us),
	                      val_int(ended.due_us), val_int(*ended.stage ? move->supplier_org : 0)));
}

/* Of several ways on, the first whose guard holds. Without any: 0 and *out NULL. */
static int step_find(Request *rq, const Case *row, const ProcessStep *steps, int count, const ProcessStep **out) {
	Val facts[FACT_COUNT];
	uint32_t needs = 0; /* facts cost reads, and a lock where nothing is mounted */
	for (int i = 0; i < count; i++)
		needs |= steps[i].when.needs;
	int code = case_facts(rq, row, needs, facts);
	*out = NULL;
	/* where nothing is mounted, once more with the lock of whoever mounts: a case that begins to wait for data is never
	 * missed by the load that brings it */
	if (needs & FACTS_OF_RESOURCE && code >= 0 && row->resource_id && facts[FACT_MOUNTED].kind == VAL_NULL) {
		code = db_lock(rq->db, "record.table", row->resource_id);
		if (code >= 0) code = case_facts(rq, row, needs, facts);
	}
	for (int i = 0; i < count && code >= 0; i++) {
		if ((code = guard_test(rq, &steps[i].when, facts)) <= 0) continue;
		*out = &steps[i];
		return 0;
	}
	if (code < 0 || !count) return code < 0 ? code : 0;
	return fail(rq, ERR_INTERNAL, "process %s has no way on from here", row->process->name);
}

/* What it is called, and its kind, are its class's: another class, another name. */
static int named_anew(Request *rq, Case *row, const char *title, const char *kind) {
	if (strcmp(title, row->title) == 0 && strcmp(kind, row->kind) == 0) return 0;
	row->title = title;
	row->kind = kind;
	const char *search = search_text(rq, row); /* in line city the number outside is the event's */
	int code = (int)db_run(rq->db, "UPDATE work_case SET title = $2, kind = $3, search_text = $4 WHERE case_id = $1",
	                       BIND(val_int(row->case_id), val_str(title), val_str(kind), val_str(search)));
	return code < 0 ? code : case_words_add(rq, row->case_id, text_of(search));
}

/* The effect sees the parties and limits of the case and may change them. A centre that is changed is its own again. */
static int effect_run(Request *rq, Case *row, Move *move, const ProcessAction *action, const char *effect) {
	const ProcessState *states = row->process->states;
	CaseEffect given = {.step = {.case_id = row->case_id,
	                             .parent_id = row->parent_id,
	                             .resource_id = row->resource_id,
	                             .subject_id = row->subject_id,
	                             .number = row->number,
	                             .subject = row->subject,
	                             .kind = row->kind,
	                             .title = row->title,
	                             .action = move->action,
	                             .note = move->note,
	                             .from = move->from < 0 ? "" : states[move->from].name,
	                             .to = states[move->to].name,
	                             .begun = row->form,
	                             .form = move->form,
	                             .level = row->level,
	                             .offer_us = row->offer_us,
	                             .limits = row->limits},
	                    .row = row,
	                    .action = action,
	                    .form = move->form,
	                    .note = move->note,
	                    .side = move->side};
	if (!*effect) return 0;
	parties_of(row, &given.step.parties);
	int code = action_run(rq, effect, &given);
	if (code >= 0 && given.step.limits != row->limits) code = limits_check(rq, given.step.limits);
	if (code < 0) return code;
	row->limits = (json_t *)given.step.limits;
	row->offer_us = given.step.offer_us;
	if (given.step.words && move->side == SIDE_ENGINE) move->note = given.step.words;
	if (given.step.calls_off) move->calls_off = given.step.calls_off;
	parties_take(row, &given.step.parties);
	return named_anew(rq, row, given.step.title, given.step.kind);
}

/* How long the pause or extension is that an action approves: as its own form says, or as it was asked for in the step that
 * brought the case into this state. NULL: not said. */
static int term_of(Request *rq, const Case *row, const Move *move, const json_t **out) {
	Rows *rows;
	*out = json_object_get(move->form, "term");
	if (*out) return 0;
	int found = db_one(rq->db, &rows,
	                   "SELECT form FROM case_event WHERE case_id = $1 AND to_state = $2 AND from_state <> $2 ORDER BY"
	                   " event_no DESC LIMIT 1",
	                   BIND(val_int(row->case_id), val_str(row->process->states[move->from].name)));
	if (found > 0) *out = json_object_get(json_of(rq, rows_text(rows, 0)), "term");
	return found < 0 ? found : 0;
}

static bool clock_same(const CaseClock *a, const CaseClock *b) {
	return a->begun_us == b->begun_us && a->due_us == b->due_us;
}

/* The clock as the step leaves it. What goes on as it was needs no look at the events. */
static int clock_step(Request *rq, const WorkTime *work, Case *row, const Move *move, bool limits_new, const json_t *term) {
	CaseClock before = row->clock;
	const ClockEvent *events;
	ClockEvent now = {
	    .at_us = rq->now_us, .clock = move->clock, .state = move->to, .limits = limits_new ? row->limits : NULL};
	if (!limits_new) limit_parse(term, &now.term);
	if (move->clock == CLOCK_START) {
		now.limits = row->limits;
		row->clock = clock_replay(work, row->process, &now, 1);
	} else if (limits_new || (move->clock != CLOCK_NONE && move->clock != CLOCK_KEEP)) {
		int count = case_clock_events(rq, row->process, row->case_id, &events); /* with room for one more */
		if (count < 0) return count;
		((ClockEvent *)events)[count] = now;
		row->clock = clock_replay(work, row->process, events, (size_t)count + 1);
	}
	if (!clock_same(&before, &row->clock)) row->told = 0;
	return 0;
}

/* The clock, the row and the event of a step. The row comes first: of two who act at once one is told so by it, not by the key of
 * the event. */
static int step_write(Request *rq, const WorkTime *work, Case *row, const Move *move, const json_t *limits_before) {
	const json_t *term = NULL;
	bool measured = move->clock == CLOCK_EXTEND || move->clock == CLOCK_PAUSE, limits_new = row->limits != limits_before;
	int code = measured && row->process->line == LINE_CITY ? term_of(rq, row, move, &term) : 0;
	if (code < 0) return code;
	if (move->clock == CLOCK_EXTEND && !term)
		return error_field(rq->error, ERR_INVALID, "form.term", TEXT_NONE, "required",
		                   "Give the time, e.g. {work_days: 3}.", "How much more time is not said");
	if (measured && limits_new) return fail(rq, ERR_INTERNAL, "an effect changed limits in a step that measures time");
	row->event_count++;
	const StageEnd ended = stage_end(rq, row, move); /* by the clock before the step */
	if ((code = clock_step(rq, work, row, move, limits_new, term)) < 0 || (code = case_store(rq, work, row)) < 0) return code;
	return event_write(rq, row, move, ended, limits_new ? row->limits : term);
}

static void about_set(Request *rq, const Case *row, const char *action) {
	rq->about_resource = row->resource_id;
	rq->about_subject = row->case_id;
	rq->about = arena_printf(
	    rq->arena, "{\"case\":\"%s\",\"process\":\"%s\",\"action\":\"%s\",\"state\":\"%s\",\"grant_id\":\"%lld\"}",
	    row->number, row->process->name, action, row->process->states[row->state].name, (long long)row->grant_id);
}

/* A child begins (+1), closes (-1) or is opened again; the last to close is told to the parent. */
static int parent_tell(Request *rq, const Case *row, int change) {
	int64_t changed = db_run(rq->db, "UPDATE work_case SET children_open = children_open + $2 WHERE case_id = $1",
	                         BIND(val_int(row->parent_id), val_int(change)));
	if (changed < 0 || change > 0) return changed < 0 ? (int)changed : 0;
	return cases_happen(rq, &(Happening){.event = "child_closed", .case_id = row->parent_id});
}

/* The state, then effect, event, clock and row. */
static int case_move(Request *rq, Case *row, Move *move, const ProcessAction *action, const char *effect) {
	const ProcessState *state = &row->process->states[move->to];
	const WorkTime *work;
	const json_t *limits = move->from < 0 ? NULL : row->limits; /* its first limits come with its first event */
	bool was_open = row->closed_at == 0, opens = !was_open && !*state->outcome;
	int code = worktime_get(rq, &work);
	if (code >= 0 && opens) code = open_already(rq, row);
	if (code < 0) return code;
	if (move->clock == CLOCK_START || move->from != move->to) {
		row->previous = move->from;
		row->state = move->to;
		row->closed_at = *state->outcome ? rq->now_us : 0;
	}
	if (action && action->count) row->counts[action->count]++;
	/* whoever does anything on site has accepted the task */
	if (move->side == SIDE_FIELD || move->from != move->to) row->offer_us = 0;
	if ((code = effect_run(rq, row, move, action, effect)) < 0) return code;
	if (move->from != move->to && (code = effect_run(rq, row, move, action, state->offer)) < 0) return code;
	if ((code = step_write(rq, work, row, move, limits)) < 0) return code;
	if (move->calls_off && row->children_open && (code = case_parts_call_off(rq, row, move->calls_off)) < 0) return code;
	if (row->parent_id && move->from >= 0 && (opens || (was_open && row->closed_at)) &&
	    (code = parent_tell(rq, row, opens ? 1 : -1)) < 0)
		return code;
	if (opens && action_known(rq->app, "case.opened_again") &&
	    (code = action_run(rq, "case.opened_again", &row->case_id)) < 0)
		return code;
	about_set(rq, row, move->action);
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
	    (long long)(what ? what->job_id : 0), proof ? json_as_text(rq, proof) : "null");
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

static const char *search_text(Request *rq, const Case *row) {
	char *search = arena_printf(rq->arena, "%s %s %.*s", row->number, row->title, TEXT_ARG(row->outside_number));
	for (char *at = search; *at; at++)
		if ((unsigned char)*at < 128) *at = (char)tolower(*at);
	return search;
}

/* What never changes of a row; case_store does the rest. */
static int case_insert(Request *rq, const Case *row) {
	return (int)db_run(
	    rq->db,
	    "INSERT INTO work_case (case_id, number, process, process_version, state, previous, outcome, turn, turn_org, title,"
	    " search_text, resource_id, asker_org, asker_account, supplier_org, account_id, form, decision, grant_id, begun_us,"
	    " due_us, remind_us, paused_us, reminded, event_count, created_at, updated_at, closed_at, version, subject, "
	    "subject_id,"
	    " open_key, line, kind, parent_id, outside_platform, outside_number) VALUES ($1, $2, $3, $4, '', '', '', '', 0, $5, "
	    "$6, $7, $8, $9, $10, $11, $12,"
	    " NULL, 0, 0, 0, 0, 0, 0, 0, $13, $13, 0, 0, $14, $15, $16, $17, $18, $19, $20, $21)",
	    BIND(val_int(row->case_id), val_str(row->number), val_str(row->process->name), val_int(row->process->version),
	         val_str(row->title), val_str(search_text(rq, row)), val_int(row->resource_id), val_int(row->asker_org),
	         val_int(row->asker_account), val_int(row->supplier_org), val_int(row->account_id), json_val(rq, row->form),
	         val_int(rq->now_us), val_str(row->subject), val_int(row->subject_id), val_str(row->open_key),
	         val_str(line_name(row->process->line)), val_str(row->kind), val_int(row->parent_id),
	         val_text(row->outside_platform.at ? row->outside_platform : TEXT("")),
	         val_text(row->outside_number.at ? row->outside_number : TEXT(""))));
}

int case_open_find(Request *rq, const char *process, int64_t resource_id, const char *open_key, int64_t *case_id,
                   const char **number) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT case_id, number FROM work_case WHERE closed_at = 0 AND resource_id = $1 AND process = $2 AND"
	                   " open_key = $3 AND open_key <> '' ORDER BY case_id LIMIT 1",
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

static void begin_fill(Request *rq, Case *row) {
	row->case_id = store_new_id(rq->store);
	row->created_at = rq->now_us;
	row->previous = -1;
	if (!row->subject) row->subject = "resource";
	if (!row->open_key) row->open_key = "";
	if (!row->kind) row->kind = "";
	row->home_org = row->centre_org;
}

int case_begin(Request *rq, Case *row, int side) {
	const ProcessStep *start = NULL;
	begin_fill(rq, row);
	int code = open_already(rq, row);
	if (code < 0 || (code = number_next(rq, row->process->number, &row->number)) < 0 ||
	    (code = step_find(rq, row, row->process->starts, row->process->start_count, &start)) < 0 ||
	    (code = case_insert(rq, row)) < 0)
		return code;
	Move move = {"start", "", row->form, side, -1, start->to, CLOCK_START, false, 0};
	if ((code = case_move(rq, row, &move, NULL, start->effect)) < 0) return code;
	if (row->parent_id && !row->closed_at && (code = parent_tell(rq, row, 1)) < 0) return code;
	return side == SIDE_ENGINE ? case_evidence(rq, row, "start", NULL, row->form) : 0;
}

int case_record(Request *rq, Case *row, int side, const CasePast *past) {
	const int64_t now = rq->now_us;
	int state = process_state(row->process, text_of(past->state));
	if (state < 0 || !*row->process->states[state].outcome)
		return fail(rq, ERR_INTERNAL, "process %s ends in no state %s", row->process->name, past->state);
	rq->now_us = past->began_us;
	begin_fill(rq, row);
	int code = number_next(rq, row->process->number, &row->number);
	if (code >= 0) code = case_insert(rq, row);
	rq->now_us = past->ended_us;
	Move move = {"record", "", row->form, side, -1, state, CLOCK_START, false, 0};
	if (code >= 0) code = case_move(rq, row, &move, NULL, "");
	rq->now_us = now;
	return code < 0 ? code : 0;
}

/* --- acting ---------------------------------------------------------------------------------------------------------- */
static int not_now(Request *rq, const Case *row, const ProcessAction *action) {
	const ProcessState *state = &row->process->states[row->state];
	if (!(action->from >> row->state & 1))
		return error_field(rq->error, ERR_CONFLICT, "state", text_of(state->title), "state",
		                   "Read the case again and choose among the actions it offers.", "The case is in state %s now",
		                   case_word(rq, state->title, state->title_en));
	bool mine = case_acting_side(rq, row, action) != 0;
	if (mine && action->accepts)
		return error_field(rq->error, ERR_CONFLICT, "action", text_of(action->name), "offer",
		                   "Read the case again and choose among the actions it offers.",
		                   "The task waits for nobody to accept it");
	if (mine && !case_within(rq, row, action))
		return error_field(rq->error, ERR_CONFLICT, "action", text_of(action->name), "within", "Begin a new case.",
		                   "It is too late for this action");
	if (mine)
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
	if (!action->when.expression) return 0;
	int code = case_facts(rq, row, action->when.needs, facts);
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
	             .clock = action->clock,
	             .counted = action->count != COUNT_NONE,
	             .supplier_org = row->supplier_org};
	/* a closed state, and one entered without a word about the clock, begins a stage of its own */
	if (to != STATE_STAYS && (action->clock == CLOCK_NONE || *row->process->states[to].outcome)) move.clock = CLOCK_START;
	code = case_move(rq, row, &move, action, way && *way->effect ? way->effect : action->effect);
	if (code >= 0)
		code = case_tell_moved(
		    rq, row, action,
		    &(CaseMoved){.from = move.from, .side = side, .supplier_org = move.supplier_org, .note = note});
	return code >= 0 && *action->press ? case_press(rq, row, action, note) : code;
}

static int words_take(Request *rq, const Case *row, const char **note, const json_t *form) {
	CaseWords words = {row->case_id, *note, (json_t *)form};
	if (row->process->line != LINE_CITY || (!**note && !form) || !action_known(rq->app, "case.words")) return 0;
	int code = action_run(rq, "case.words", &words);
	*note = words.note;
	return code < 0 ? code : 0;
}

int case_act(Request *rq, int64_t case_id, int64_t version, Text name, const char *note, const json_t *form, Case *out) {
	int code = case_load(rq, case_id, out); /* without a lock: whoever stores a row read before another did runs again */
	if (code < 0) return code;
	if (!case_visible(rq, out)) return fail(rq, ERR_NOT_FOUND, "There is no such case among those you may see");
	rq->about_resource = out->resource_id;
	const ProcessAction *action = process_action(out->process, name);
	if (!action)
		return error_field(rq->error, ERR_NOT_FOUND, "action", name, "unknown_action",
		                   "Read the case again and choose among the actions it offers.",
		                   "The process has no such action");
	if (version && version != out->version)
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read it again and decide anew.",
		                   "The case was changed meanwhile (it is at version %lld, you saw %lld)",
		                   (long long)out->version, (long long)version);
	if ((code = action_check(rq, out, action)) < 0 || (code = note_check(rq, action, note)) < 0 ||
	    (code = form_take(rq, action, form, out)) < 0 || (code = words_take(rq, out, &note, form)) < 0)
		return code;
	return action_do(rq, out, action, case_acting_side(rq, out, action), note, form);
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
		if ((code = case_facts(rq, &row, action->when.needs, facts)) < 0) break;
		if ((code = guard_test(rq, &action->when, facts)) < 0) break;
		if (code == 0 || (code = check_run(rq, &row, action, what, &proof)) == 0) continue;
		if (code > 0) code = action_do(rq, &row, action, SIDE_ENGINE, what->note ? what->note : "", proof);
		if (code >= 0) code = case_evidence(rq, &row, action->name, what, proof);
		return code < 0 ? code : 1;
	}
	return code < 0 ? code : 0;
}

enum { HAPPEN_MAX = 500 };

/* The cases it happens to: the one, or those open of the resource. Their number or a code. */
static int happen_to(Request *rq, const Happening *what, int64_t *ids) {
	Rows *rows;
	int count = 0, code;
	ids[0] = what->case_id;
	if (what->case_id) return 1;
	code = db_query(rq->db, &rows,
	                "SELECT case_id FROM work_case WHERE closed_at = 0 AND resource_id = $1 AND resource_id <> 0 ORDER BY "
	                "case_id LIMIT $2",
	                BIND(val_int(what->resource_id), val_int(HAPPEN_MAX)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < HAPPEN_MAX)
		ids[count++] = rows_int(rows, 0);
	rows_close(rows);
	return code < 0 ? code : count;
}

int cases_happen(Request *rq, const Happening *what) {
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, HAPPEN_MAX), about = rq->about_resource, subject = rq->about_subject;
	const char *told = rq->about;
	int count = happen_to(rq, what, ids), code = count;
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

/* --- parties and limits from outside ---------------------------------------------------------------------------------- */
/* A step that is no action of the process: it stays in its state, its clock goes on. */
static int own_step(Request *rq, Case *row, const char *action, const char *note, const json_t *form, ClockRule clock,
                    const json_t *limits_before) {
	const WorkTime *work;
	Move move = {action, note, form, SIDE_ENGINE, row->state, row->state, clock, false, 0};
	int code = worktime_get(rq, &work);
	if (code < 0 || (code = step_write(rq, work, row, &move, limits_before)) < 0) return code;
	return case_evidence(rq, row, action, NULL, form);
}

/* Without a lock, as of every step: who stores a row that another changed meanwhile runs again. Jobs take many cases a write. */
static int open_load(Request *rq, int64_t case_id, Case *row) {
	int code = case_load(rq, case_id, row);
	if (code < 0) return code;
	if (!row->closed_at) return 0;
	return error_field(rq->error, ERR_CONFLICT, "case_id", text_of(row->number), "closed", "Open it again first.",
	                   "The case %s is closed", row->number);
}

int case_limits_set(Request *rq, int64_t case_id, const json_t *limits) {
	Case row;
	int code = open_load(rq, case_id, &row);
	if (code < 0 || (code = limits_check(rq, limits)) < 0 || json_equal(row.limits, limits)) return code;
	const json_t *before = row.limits;
	row.limits = (json_t *)limits;
	return own_step(rq, &row, "limits", "", limits, CLOCK_LIMITS, before);
}

/* --- clocks worked out anew ------------------------------------------------------------------------------------------- */
static int recompute_one(Request *rq, const WorkTime *work, int64_t case_id) {
	Case row;
	int code = case_load(rq, case_id, &row);
	if (code < 0) return code;
	CaseClock before = row.clock;
	if ((code = case_clock_set(rq, work, &row)) < 0) return code;
	if (row.clock.due_us == before.due_us && row.clock.remind_us == before.remind_us && row.clock.until_us == before.until_us)
		return 0;
	if (row.clock.due_us != before.due_us || row.clock.remind_us > rq->now_us) row.told = 0;
	code = (int)db_run(rq->db,
	                   "UPDATE work_case SET due_us = $2, remind_us = $3, reminded = $4, step_us = $5 WHERE case_id = $1",
	                   BIND(val_int(case_id), val_int(row.clock.due_us), val_int(row.clock.remind_us), val_int(row.told),
	                        val_int(case_step_us(work, &row))));
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
