/* explain: how a case's clock came about, stage by stage, from its events; and the cases it belongs together with. Writes into
 * the open object of an answer; read lane, or the write that changed the case. */
#include "casework/internal.h"

/* --- clocks ----------------------------------------------------------------------------------------------------------- */
static void limit_write(JsonWriter *json, const char *key, Limit limit) {
	jw_key(json, key);
	if (limit.unit == LIMIT_NONE) {
		jw_null(json);
		return;
	}
	jw_object(json);
	jw_kv_int(json, limit_unit_name(limit.unit), limit.n);
	jw_object_end(json);
}

static void time_write(JsonWriter *json, const char *key, int64_t us) {
	jw_kv_time(json, key, us >= NEVER_US ? 0 : us);
}

/* What moved the due time of a stage away from its limit. */
static void changes_write(JsonWriter *json, const ClockEvent *events, const ClockStage *stage) {
	jw_key(json, "changes");
	jw_array(json);
	for (size_t i = stage->first + 1; i < stage->end; i++) {
		if (events[i].clock == CLOCK_KEEP) continue;
		jw_object(json);
		jw_kv_str(json, "what", clock_rule_name(events[i].clock));
		jw_kv_time(json, "at", events[i].at_us);
		limit_write(json, "term", events[i].term);
		jw_object_end(json);
	}
	jw_array_end(json);
}

static void stage_write(JsonWriter *json, const Process *process, const ClockEvent *events, size_t count,
                        const ClockStage *stage) {
	const ProcessState *state = &process->states[stage->clock.state];
	jw_object(json);
	jw_kv_str(json, "state", state->name);
	jw_kv_str(json, "title", state->title);
	jw_kv_str(json, "title_en", state->title_en);
	jw_kv_str(json, "turn", side_name(state->turn));
	jw_kv_time(json, "begun_at", stage->clock.begun_us);
	limit_write(json, "limit", stage->limit);
	jw_kv_str(json, "of", state->limit_of);
	time_write(json, "plain_due_at", stage->plain_us);
	changes_write(json, events, stage);
	time_write(json, "due_at", stage->clock.due_us);
	time_write(json, "amber_at", stage->clock.remind_us);
	jw_kv_time(json, "paused_at", stage->clock.paused_us);
	time_write(json, "paused_until", stage->clock.until_us);
	jw_kv_time(json, "ended_at", stage->end < count ? events[stage->end].at_us : 0);
	jw_object_end(json);
}

/* How long before the due time a step comes, and whether that is half of the limit because it says more. */
static void ahead_write(JsonWriter *json, const WorkTime *work, const LadderStep *step, Limit limit) {
	bool half = false;
	int64_t us = step->n < 0 ? limit_ahead_us(work, limit, (Limit){step->unit, -step->n}, &half) : 0;
	jw_kv_int(json, "ahead_s", us / 1000000);
	jw_kv_bool(json, "ahead_work", step->n < 0 && limit_works(limit));
	jw_kv_bool(json, "half", half);
}

static void ladder_write(JsonWriter *json, const WorkTime *work, const Case *row) {
	const ProcessState *state = row->clock.state < 0 ? NULL : &row->process->states[row->clock.state];
	const Limit limit = state ? state_limit(state, row->limits) : (Limit){LIMIT_NONE, 0};
	jw_key(json, "ladder");
	jw_array(json);
	for (int i = 0; state && !row->closed_at && row->clock.due_us < NEVER_US && i < state->ladder_count; i++) {
		jw_object(json);
		jw_kv_str(json, "step", state->ladder[i].step);
		jw_kv_time(json, "at", ladder_us(work, &state->ladder[i], limit, row->clock.due_us));
		ahead_write(json, work, &state->ladder[i], limit);
		jw_kv_bool(json, "told", i < row->told);
		jw_key(json, "tell");
		jw_array(json);
		for (int side = SIDE_ASKER; side <= SIDE_TURN; side <<= 1)
			if (state->ladder[i].tell & side) jw_str(json, side_name(side));
		jw_array_end(json);
		jw_object_end(json);
	}
	jw_array_end(json);
}

int clocks_show(Request *rq, const WorkTime *work, const Case *row) {
	const ClockEvent *events;
	int count = case_clock_events(rq, row->process, row->case_id, &events);
	if (count < 0) return count;
	ClockStage *stages = ARENA_ARRAY(rq->arena, ClockStage, count + 1);
	size_t stage_count = clock_stages(work, row->process, events, (size_t)count, stages);
	jw_key(&rq->json, "clocks");
	jw_array(&rq->json);
	for (size_t i = 0; i < stage_count; i++)
		if (!*row->process->states[stages[i].clock.state].outcome)
			stage_write(&rq->json, row->process, events, (size_t)count, &stages[i]);
	jw_array_end(&rq->json);
	ladder_write(&rq->json, work, row);
	return 0;
}

/* --- cases that belong together --------------------------------------------------------------------------------------- */
static int link_write(Request *rq, Rows *rows) {
	JsonWriter *json = &rq->json;
	const Process *process;
	int code = process_get(rq, rows_text(rows, 3), (int)rows_int(rows, 4), &process);
	if (code < 0) return code;
	int state = process_state(process, rows_text(rows, 5));
	bool open = rows_int(rows, 6) == 0;
	jw_object(json);
	jw_kv_id(json, "case_id", rows_int(rows, 0));
	jw_kv_text(json, "number", rows_text(rows, 1));
	jw_kv_text(json, "title", rows_text(rows, 2));
	jw_kv_str(json, "state_title", state < 0 ? "" : process->states[state].title);
	jw_kv_str(json, "state_title_en", state < 0 ? "" : process->states[state].title_en);
	jw_kv_str(json, "light", case_light(rq, open, rows_int(rows, 7), rows_int(rows, 8), rows_int(rows, 9)));
	time_write(json, "due_at", open ? rows_int(rows, 7) : 0);
	jw_kv_time(json, "closed_at", rows_int(rows, 6));
	jw_kv_text(json, "supplier_org_name", rows_text(rows, 10));
	jw_object_end(json);
	return 0;
}

#define LINKS                                                                                                                    \
	"SELECT c.case_id, c.number, c.title, c.process, c.process_version, c.state, c.closed_at, c.due_us, c.remind_us,"        \
	" c.paused_us, o.name FROM work_case c LEFT JOIN org o ON o.org_id = c.supplier_org WHERE "
static const char parent_sql[] = LINKS "c.case_id = $1 LIMIT 1";
static const char children_sql[] = LINKS "c.parent_id = $1 AND c.parent_id <> 0 ORDER BY c.case_id LIMIT 100";
static const char duplicates_sql[] = LINKS "c.merged_into = $1 AND c.merged_into <> 0 ORDER BY c.case_id LIMIT 100";

static int links_write(Request *rq, const char *key, const char *sql, int64_t case_id) {
	Rows *rows;
	int more = 0, code = db_query(rq->db, &rows, sql, BIND(val_int(case_id)));
	if (code < 0) return code;
	jw_key(&rq->json, key);
	jw_array(&rq->json);
	while (code >= 0 && (more = rows_next(rows)) > 0)
		code = link_write(rq, rows);
	rows_close(rows);
	jw_array_end(&rq->json);
	return code < 0 ? code : more;
}

/* What whoever reported a duplicate may know of the case that goes on: its state and steps; no notes, forms or names of people.
 */
static int main_steps_write(Request *rq, const Case *main) {
	JsonWriter *json = &rq->json;
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT e.at_us, e.action, e.to_state, o.name FROM case_event e LEFT JOIN org o ON o.org_id = e.org_id"
	             " WHERE e.case_id = $1 AND e.from_state <> e.to_state ORDER BY e.event_no DESC LIMIT 100",
	             BIND(val_int(main->case_id)));
	if (code < 0) return code;
	jw_key(json, "steps");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		const ProcessAction *action = process_action(main->process, rows_text(rows, 1));
		int state = process_state(main->process, rows_text(rows, 2));
		jw_object(json);
		jw_kv_time(json, "at", rows_int(rows, 0));
		jw_kv_str(json, "title", action ? action->title : "提出");
		jw_kv_str(json, "title_en", action ? action->title_en : "Begun");
		jw_kv_str(json, "to_title", state < 0 ? "" : main->process->states[state].title);
		jw_kv_str(json, "to_title_en", state < 0 ? "" : main->process->states[state].title_en);
		jw_kv_text(json, "org_name", rows_text(rows, 3));
		jw_object_end(json);
	}
	rows_close(rows);
	jw_array_end(json);
	return code;
}

static int main_write(Request *rq, int64_t case_id) {
	JsonWriter *json = &rq->json;
	Case main;
	jw_key(json, "main");
	if (!case_id) {
		jw_null(json);
		return 0;
	}
	int code = case_load(rq, case_id, &main);
	if (code < 0) return code;
	const ProcessState *state = &main.process->states[main.state];
	jw_object(json);
	jw_kv_id(json, "case_id", case_id);
	jw_kv_str(json, "number", main.number);
	jw_kv_str(json, "state_title", state->title);
	jw_kv_str(json, "state_title_en", state->title_en);
	jw_kv_bool(json, "may_read", case_visible(rq, &main));
	code = main_steps_write(rq, &main);
	jw_object_end(json);
	return code;
}

int links_show(Request *rq, const Case *row) {
	int code = links_write(rq, "parent", parent_sql, row->parent_id);
	if (code >= 0) code = links_write(rq, "children", children_sql, row->case_id);
	if (code >= 0) code = links_write(rq, "duplicates", duplicates_sql, row->case_id);
	return code < 0 ? code : main_write(rq, row->merged_into);
}
