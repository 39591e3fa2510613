/* case: one case as the engine sees it: read whole, who may what in it, its facts, written back. Runs in the caller's read or
 * write. */
#include "casework/forms.h"

static void json_drop(void *json) {
	json_decref(json);
}

json_t *json_of(Request *rq, Text text) {
	json_t *json = text.at ? json_loadb(text.at, text.len, 0, NULL) : NULL;
	if (json) arena_on_free(rq->arena, json_drop, json);
	return json;
}

Val json_val(Request *rq, const json_t *json) {
	return json ? val_str(json_as_text(rq, json)) : val_null();
}

#define LOAD_COLUMNS                                                                                                             \
	"number, title, process, process_version, state, previous, resource_id, asker_org, asker_account, supplier_org,"         \
	" account_id, form, decision, grant_id, begun_us, due_us, remind_us, paused_us, event_count, created_at, closed_at,"     \
	" version, subject, subject_id, open_key, stage, kind, centre_org, home_org, field_org, field_account, parent_id,"       \
	" merged_into, level, returns, reworks, postpones, hangs, children_open, limits, reminded, step_us, offer_us"

static const char load_sql[] = "SELECT " LOAD_COLUMNS " FROM work_case WHERE case_id = $1";

void case_ahead(Request *rq, int64_t case_id) {
	db_ahead(rq->db, load_sql, BIND(val_int(case_id)));
}

static int64_t field_of(const Case *row) {
	return row->field_account ? row->field_account : row->field_org;
}

int case_load(Request *rq, int64_t case_id, Case *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, load_sql, BIND(val_int(case_id)));
	if (found < 0) return found;
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no such case among those you may see");
	Text process = text_dup(rq->arena, rows_text(rows, 2)), state = text_dup(rq->arena, rows_text(rows, 4)),
	     previous = text_dup(rq->arena, rows_text(rows, 5)), stage = text_dup(rq->arena, rows_text(rows, 25));
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
	              .clock = {rows_int(rows, 14), rows_int(rows, 15), rows_int(rows, 16), rows_int(rows, 17), NEVER_US, -1},
	              .event_count = (int)rows_int(rows, 18),
	              .created_at = rows_int(rows, 19),
	              .closed_at = rows_int(rows, 20),
	              .version = rows_int(rows, 21),
	              .subject = rows_str(rows, 22, rq->arena),
	              .subject_id = rows_int(rows, 23),
	              .open_key = rows_str(rows, 24, rq->arena),
	              .kind = rows_str(rows, 26, rq->arena),
	              .centre_org = rows_int(rows, 27),
	              .home_org = rows_int(rows, 28),
	              .field_org = rows_int(rows, 29),
	              .field_account = rows_int(rows, 30),
	              .parent_id = rows_int(rows, 31),
	              .merged_into = rows_int(rows, 32),
	              .level = (int)rows_int(rows, 33),
	              .children_open = (int)rows_int(rows, 38),
	              .limits = json_of(rq, rows_text(rows, 39)),
	              .told = (int)rows_int(rows, 40),
	              .offer_us = rows_int(rows, 42)};
	out->was_supplier = out->supplier_org;
	out->was_field = field_of(out);
	for (int i = COUNT_RETURNS; i < CASE_COUNTS; i++)
		out->counts[i] = (int)rows_int(rows, 33 + i);
	if (out->clock.paused_us) out->clock.until_us = rows_int(rows, 41);
	int code = process_get(rq, process, process_version, &out->process);
	if (code < 0) return code;
	out->state = process_state(out->process, state);
	out->previous = process_state(out->process, previous);
	out->clock.state = process_state(out->process, stage);
	if (out->state < 0 || !out->form)
		return fail(rq, ERR_INTERNAL, "case %lld is damaged: state %.*s", (long long)case_id, TEXT_ARG(state));
	return 0;
}

/* --- who may what ---------------------------------------------------------------------------------------------------- */
static int sides_city(const Party *party, const Case *row) {
	bool centre = row->centre_org && party->org_id == row->centre_org;
	bool desk = party->account_id == row->asker_account || party_may(party, PERMIT_EVENT_DISPATCH) ||
	            party_may(party, PERMIT_HOTLINE);
	/* what was raised stays the matter of the centre it began with too: it may take it back (提级会办) */
	bool home = row->level > 0 && row->home_org && party->org_id == row->home_org;
	bool field =
	    row->field_account ? party->account_id == row->field_account : row->field_org && party->org_id == row->field_org;
	int sides = 0;
	if (row->asker_org && party->org_id == row->asker_org && desk && party_may(party, PERMIT_EVENT_REPORT))
		sides |= SIDE_ASKER;
	if (row->supplier_org && party->org_id == row->supplier_org && party_may(party, PERMIT_EVENT_HANDLE))
		sides |= SIDE_SUPPLIER;
	if (centre && party_may(party, PERMIT_EVENT_DISPATCH)) sides |= SIDE_BUREAU;
	if ((centre || home) && party_may(party, PERMIT_EVENT_SUPERVISE)) sides |= SIDE_LEAD;
	if (field && party_may(party, PERMIT_EVENT_REPORT)) sides |= SIDE_FIELD;
	return sides;
}

int case_sides(const Request *rq, const Case *row) {
	const Party *party = &rq->party;
	int sides = 0;
	if (party->kind == PARTY_SYSTEM) return SIDES_PERSONS;
	if (row->process->line == LINE_CITY) return sides_city(party, row);
	bool own = party->account_id == row->asker_account || party_may(party, PERMIT_DECIDE);
	/* what a service began by its key it may also go on with; its organisation's people may too */
	bool service =
	    party->kind == PARTY_SERVICE && party->account_id == row->asker_account && party_may(party, PERMIT_DATA_READ);
	if (service || (party_may(party, PERMIT_ASK) && party->org_id == row->asker_org && own)) sides |= SIDE_ASKER;
	if (party_may(party, PERMIT_DECIDE) && party->org_id == row->supplier_org) sides |= SIDE_SUPPLIER;
	if (party_may(party, PERMIT_SUPERVISE)) sides |= SIDE_BUREAU;
	return sides;
}

bool case_visible(const Request *rq, const Case *row) {
	const Party *party = &rq->party;
	bool home = row->home_org && party->org_id == row->home_org && /* its case is with the level above */
	            (party_may(party, PERMIT_EVENT_DISPATCH) || party_may(party, PERMIT_EVENT_SUPERVISE));
	return case_sides(rq, row) || home || party_may(party, PERMIT_AUDIT);
}

/* The side on which the party acts: of those it has and the action allows. */
int case_acting_side(const Request *rq, const Case *row, const ProcessAction *action) {
	int by = action->by & ~SIDE_TURN, sides = case_sides(rq, row);
	if (action->by & SIDE_TURN) by |= row->process->states[row->state].turn;
	for (int side = SIDE_ASKER; side <= SIDE_LEAD; side <<= 1)
		if (by & sides & side) return side;
	return 0;
}

bool case_within(Request *rq, const Case *row, const ProcessAction *action) {
	const WorkTime *work;
	if (action->within.unit == LIMIT_NONE) return true;
	return worktime_get(rq, &work) == 0 && rq->now_us <= limit_due(work, action->within, row->clock.begun_us);
}

bool case_may(Request *rq, const Case *row, const ProcessAction *action) {
	if (!(action->from >> row->state & 1) || !case_acting_side(rq, row, action) || !case_within(rq, row, action))
		return false;
	if (action->accepts && !row->offer_us) return false;
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

static int facts_of_resource(Request *rq, const Case *row, Val facts[FACT_COUNT]) {
	const Resource *resource;
	const Form *form = form_find(text_of(row->process->form));
	int grade = 1;
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
	int revoked = grant_taken_back(rq, row->resource_id, row->asker_org);
	if (revoked < 0) return revoked;
	if (revoked) facts[FACT_REVOKED] = val_int(1);
	facts[FACT_GRADE] = val_int(grade);
	return 0;
}

/* What a guard may still count on: since it was opened again it is as new, and what is to be redone is not done. */
typedef struct Round {
	int64_t work_us; /* since the last rework or reopening; 0: since it began */
	int returns;     /* since the last reopening */
} Round;

static int round_read(Request *rq, const Case *row, Round *out) {
	const Process *process = row->process;
	Rows *rows;
	int code =
	    db_query(rq->db, &rows, "SELECT at_us, action, from_state FROM case_event WHERE case_id = $1 ORDER BY event_no DESC",
	             BIND(val_int(row->case_id)));
	*out = (Round){0};
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		const ProcessAction *action = process_action(process, rows_text(rows, 1));
		int from = process_state(process, rows_text(rows, 2));
		bool opened = action && action->to != STATE_STAYS && from >= 0 && *process->states[from].outcome;
		if (action && action->count == COUNT_RETURNS) out->returns++;
		if (!out->work_us && (opened || (action && action->count == COUNT_REWORKS))) out->work_us = rows_int(rows, 0);
		if (!opened) continue;
		rows_close(rows);
		break;
	}
	return code < 0 ? code : 0;
}

static int facts_of_round(Request *rq, const Case *row, Val facts[FACT_COUNT]) {
	Round round;
	Rows *rows;
	int code = round_read(rq, row, &round);
	if (code < 0) return code;
	facts[FACT_RETURNS] = val_int(round.returns);
	code = db_one(rq->db, &rows,
	              "SELECT COALESCE(SUM(CASE WHEN outcome = 'closed' AND created_at > $3 THEN 1 ELSE 0 END), 0),"
	              " COALESCE(SUM(CASE WHEN closed_at <> 0 AND outcome <> 'closed' AND returns > 0 AND created_at >= $2 THEN 1"
	              " ELSE 0 END), 0) FROM work_case WHERE parent_id = $1 AND parent_id <> 0",
	              BIND(val_int(row->case_id), val_int(row->clock.begun_us), val_int(round.work_us)));
	if (code < 0) return code;
	facts[FACT_PARTS_DONE] = val_int(rows_int(rows, 0));
	facts[FACT_PARTS_RETURNED] = val_int(rows_int(rows, 1));
	db_rest(rq->db);
	return 0;
}

/* Then the account is an operator's, and any of them may speak for the caller. */
static bool by_hotline(const Case *row) {
	const char *channel = json_string_value(json_object_get(row->form, "channel"));
	return channel && strcmp(channel, "hotline") == 0;
}

int case_facts(Request *rq, const Case *row, uint32_t needs, Val facts[FACT_COUNT]) {
	for (int i = 0; i < FACT_COUNT; i++)
		facts[i] = val_null();
	facts[FACT_GRADE] = val_int(1);
	for (int i = COUNT_RETURNS; i < CASE_COUNTS; i++)
		facts[FACT_RETURNS - COUNT_RETURNS + i] = val_int(row->counts[i]);
	facts[FACT_CHILDREN_OPEN] = val_int(row->children_open);
	facts[FACT_LEVEL] = val_int(row->level);
	facts[FACT_KIND] = val_str(row->kind);
	if (row->parent_id) facts[FACT_CHILD] = val_int(1);
	if (row->supplier_org) facts[FACT_UNIT] = val_int(1);
	const Party *party = &rq->party;
	bool asked = party->kind == PARTY_SYSTEM || party->account_id == row->asker_account,
	     hotline = party_may(party, PERMIT_HOTLINE);
	if (asked || hotline) facts[FACT_VOICE] = val_int(1);
	if (row->process->line == LINE_CITY && (asked || (hotline && by_hotline(row)))) facts[FACT_OWN] = val_int(1);
	bool counts = needs & FACTS_OF_PARTS || (needs & 1 << FACT_RETURNS && row->counts[COUNT_RETURNS]);
	int code = counts ? facts_of_round(rq, row, facts) : 0;
	return code == 0 && row->resource_id && needs & FACTS_OF_RESOURCE ? facts_of_resource(rq, row, facts) : code;
}

const char *case_word(const Request *rq, const char *chinese, const char *english) {
	return !*english || !rq->call || language_chinese(http_header(rq->call, "Accept-Language")) ? chinese : english;
}

int case_blocked(Request *rq, const ProcessAction *action, const Val facts[FACT_COUNT], const char **why) {
	int holds = guard_test(rq, &action->when, facts);
	*why = holds ? NULL : !*action->otherwise ? action->when.source : case_word(rq, action->otherwise, action->otherwise_en);
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
		code = db_query(
		    rq->db, &rows,
		    "SELECT at_us, clock, to_state, term FROM case_event WHERE case_id = $1 AND clock <> '' ORDER BY event_no",
		    BIND(val_int(case_id)));
	if (code < 0) return code;
	ClockEvent *events = ARENA_ARRAY(rq->arena, ClockEvent, count + 1);
	while ((code = rows_next(rows)) > 0) {
		int state = process_state(process, rows_text(rows, 2));
		if ((int64_t)used < count && state >= 0)
			clock_event_read(rq, rows_int(rows, 0), clock_rule_of(rows_text(rows, 1)), state, rows_text(rows, 3),
			                 &events[used++]);
	}
	rows_close(rows);
	*out = events;
	return code < 0 ? code : (int)used;
}

void clock_event_read(Request *rq, int64_t at_us, ClockRule clock, int state, Text term, ClockEvent *out) {
	const json_t *json = json_of(rq, term);
	*out = (ClockEvent){.at_us = at_us, .clock = clock, .state = state};
	if (clock == CLOCK_EXTEND || clock == CLOCK_PAUSE)
		limit_parse(json, &out->term);
	else
		out->limits = json;
}

int case_clock_set(Request *rq, const WorkTime *work, Case *row) {
	const ClockEvent *events;
	int count = case_clock_events(rq, row->process, row->case_id, &events);
	if (count < 0) return count;
	row->clock = clock_replay(work, row->process, events, (size_t)count);
	return 0;
}

/* The ladder's next step, or the end of the pause. */
int64_t case_ladder_us(const WorkTime *work, const Case *row) {
	if (row->closed_at || row->clock.state < 0) return NEVER_US;
	if (row->clock.paused_us) return row->clock.until_us;
	const ProcessState *state = &row->process->states[row->clock.state];
	return row->told < state->ladder_count
	           ? ladder_us(work, &state->ladder[row->told], state_limit(state, row->limits), row->clock.due_us)
	           : NEVER_US;
}

int64_t case_step_us(const WorkTime *work, const Case *row) {
	int64_t ladder = case_ladder_us(work, row);
	return !row->closed_at && row->offer_us && row->offer_us < ladder ? row->offer_us : ladder;
}

int case_store(Request *rq, const WorkTime *work, Case *row) {
	const ProcessState *state = &row->process->states[row->state];
	bool city = row->process->line == LINE_CITY;
	int64_t turn_org = state->turn == SIDE_ASKER                         ? row->asker_org
	                   : state->turn == SIDE_SUPPLIER                    ? row->supplier_org
	                   : state->turn == SIDE_FIELD                       ? row->field_org
	                   : city && state->turn & (SIDE_BUREAU | SIDE_LEAD) ? row->centre_org
	                                                                     : 0;
	/* The row was read in this write's own snapshot: whoever stored it meanwhile makes the write run again, and whoever
	 * stored it within this write wrote the event of this number already. So the outcome is not waited for. */
	int code = db_run_later(
	    rq->db,
	    "UPDATE work_case SET state = $3, previous = $4, outcome = $5, turn = $6, turn_org = $7, form = $8, decision = $9,"
	    " grant_id = $10, begun_us = $11, due_us = $12, remind_us = $13, paused_us = $14, event_count = $15, updated_at = "
	    "$16,"
	    " closed_at = $17, account_id = $18, resource_id = $19, supplier_org = $20, subject_id = $21, reminded = $22,"
	    " step_us = $23, stage = $24, turn_account = $25, asker_org = $26, asker_account = $27, centre_org = $28, home_org ="
	    " $29, field_org = $30, field_account = $31, merged_into = $32, level = $33, returns = $34, reworks = $35, postpones"
	    " = $36, hangs = $37, limits = $38, offer_us = $39, version = version + 1 WHERE case_id = $1 AND version = $2",
	    BIND(val_int(row->case_id), val_int(row->version), val_str(state->name),
	         val_str(row->previous < 0 ? "" : row->process->states[row->previous].name), val_str(state->outcome),
	         val_str(side_name(state->turn)), val_int(turn_org), json_val(rq, row->form), json_val(rq, row->decision),
	         val_int(row->grant_id), val_int(row->clock.begun_us), val_int(row->clock.due_us), val_int(row->clock.remind_us),
	         val_int(row->clock.paused_us), val_int(row->event_count), val_int(rq->now_us), val_int(row->closed_at),
	         val_int(row->account_id), val_int(row->resource_id), val_int(row->supplier_org), val_int(row->subject_id),
	         val_int(row->told), val_int(case_step_us(work, row)),
	         val_str(row->clock.state < 0 ? "" : row->process->states[row->clock.state].name),
	         val_int(state->turn == SIDE_FIELD ? row->field_account : 0), val_int(row->asker_org),
	         val_int(row->asker_account), val_int(row->centre_org), val_int(row->home_org), val_int(row->field_org),
	         val_int(row->field_account), val_int(row->merged_into), val_int(row->level), val_int(row->counts[COUNT_RETURNS]),
	         val_int(row->counts[COUNT_REWORKS]), val_int(row->counts[COUNT_POSTPONES]), val_int(row->counts[COUNT_HANGS]),
	         json_val(rq, row->limits), val_int(row->offer_us)));
	if (code < 0) return code;
	row->version++;
	/* whom it is no longer with sees it no more, and would not be told by the case's own entry */
	if (row->was_supplier && row->was_supplier != row->supplier_org)
		code = feed_append(rq->db, FEED_TOPIC_CASE_LEFT, row->was_supplier, 0, FEED_STATE);
	if (code >= 0 && row->was_field && row->was_field != field_of(row))
		code = feed_append(rq->db, FEED_TOPIC_CASE_LEFT, row->was_field, 0, FEED_STATE);
	row->was_supplier = row->supplier_org;
	row->was_field = field_of(row);
	return code < 0 ? code : feed_append(rq->db, FEED_TOPIC_CASE, row->case_id, row->version, FEED_STATE);
}
