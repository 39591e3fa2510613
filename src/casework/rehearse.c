/* rehearse: what last quarter's cases would have been under another process or calendar: each step's clock is worked out from the
 * events twice, as it is in force and as it is tried, and compared at the moment the step ended (or now, while it runs). Nothing
 * is stored. Read lane; at most REHEARSE_EVENTS events. */
#include "casework/notify.h"

enum { REHEARSE_EVENTS = 50000, REHEARSE_SHOWN = 200, CASE_EVENTS = 500, OPEN_TRIED = 2000, MOVED_SHOWN = 50 };
static const int64_t quarter_us = 92 * DAY_US;

typedef enum Light { LIGHT_GREEN, LIGHT_AMBER, LIGHT_RED } Light;
static const char *const light_names[] = {"green", "amber", "red"};

typedef struct Rules { /* one of the two sides */
	const WorkTime *work;
	const Process *process; /* NULL: each case's own version */
} Rules;

typedef struct OneCase {
	int64_t case_id;
	const char *number, *title;
	const Process *own;
	int count;
	int64_t at[CASE_EVENTS];
	ClockRule clock[CASE_EVENTS];
	const char *state[CASE_EVENTS];
	Text term[CASE_EVENTS];
} OneCase;

typedef struct Rehearsal {
	Rules before, after;
	int64_t cases, steps, before_lights[3], after_lights[3];
	int shown;
} Rehearsal;

/* The stages of a case under the rules of one side; a state that its process has not is -1 in `states`. The number of stages. */
static size_t stages_under(Request *rq, const Rules *rules, const OneCase *one, ClockStage *out, int *states) {
	const Process *process = rules->process ? rules->process : one->own;
	ClockEvent *events = ARENA_ARRAY(rq->arena, ClockEvent, one->count + 1);
	for (int i = 0; i < one->count; i++) {
		states[i] = process_state(process, text_of(one->state[i]));
		clock_event_read(rq, one->at[i], one->clock[i], states[i] < 0 ? 0 : states[i], one->term[i], &events[i]);
	}
	return clock_stages(rules->work, process, events, (size_t)one->count, out);
}

static int light_at(const CaseClock *clock, int64_t us) {
	return us >= clock->due_us ? LIGHT_RED : us >= clock->remind_us ? LIGHT_AMBER : LIGHT_GREEN;
}

static void step_write(Request *rq, Rehearsal *run, const OneCase *one, int from, const CaseClock clocks[2], int before,
                       int after) {
	JsonWriter *json = &rq->json;
	if (before == after || run->shown++ >= REHEARSE_SHOWN) return;
	const ProcessState *state = &one->own->states[process_state(one->own, text_of(one->state[from]))];
	jw_object(json);
	jw_kv_id(json, "case_id", one->case_id);
	jw_kv_str(json, "number", one->number);
	jw_kv_str(json, "title", one->title);
	jw_kv_str(json, "state_title", state->title);
	jw_kv_str(json, "state_title_en", state->title_en);
	jw_kv_str(json, "before", light_names[before]);
	jw_kv_str(json, "after", light_names[after]);
	jw_kv_time(json, "begun_at", one->at[from]);
	jw_kv_time(json, "due_before", clocks[0].due_us >= NEVER_US ? 0 : clocks[0].due_us);
	jw_kv_time(json, "due_after", clocks[1].due_us >= NEVER_US ? 0 : clocks[1].due_us);
	jw_object_end(json);
}

static void case_judge(Request *rq, Rehearsal *run, const OneCase *one) {
	ClockStage *stages[2];
	int *states[2];
	size_t count = 0;
	run->cases++;
	for (int side = 0; side < 2; side++) {
		stages[side] = ARENA_ARRAY(rq->arena, ClockStage, one->count + 1);
		states[side] = ARENA_ARRAY(rq->arena, int, one->count + 1);
		count = stages_under(rq, side ? &run->after : &run->before, one, stages[side], states[side]);
	}
	for (size_t i = 0; i < count; i++) {
		size_t from = stages[0][i].first, to = stages[0][i].end;
		int state = process_state(one->own, text_of(one->state[from]));
		if (state < 0 || *one->own->states[state].outcome) continue; /* closed: nothing runs */
		if (states[0][from] < 0 || states[1][from] < 0) continue;
		int64_t end = to < (size_t)one->count ? one->at[to] : rq->now_us;
		CaseClock clocks[2] = {stages[0][i].clock, stages[1][i].clock};
		int before = light_at(&clocks[0], end), after = light_at(&clocks[1], end);
		run->steps++;
		run->before_lights[before]++;
		run->after_lights[after]++;
		step_write(rq, run, one, (int)from, clocks, before, after);
	}
}

/* ids rise with time: milliseconds since 2020 above 22 bits. */
static int64_t id_at(int64_t us) {
	return (us / 1000 - INT64_C(1577836800000)) * (INT64_C(1) << 22);
}

static int cases_judge(Request *rq, Rehearsal *run, const char *name) {
	Rows *rows;
	OneCase *one = ARENA_NEW(rq->arena, OneCase);
	int code = db_query(
	    rq->db, &rows,
	    "SELECT c.case_id, c.number, c.title, c.process_version, e.at_us, e.clock, e.to_state, e.term FROM work_case c JOIN "
	    "case_event"
	    " e ON e.case_id = c.case_id WHERE c.process = $1 AND c.case_id >= $2 AND e.clock <> '' ORDER BY c.case_id,"
	    " e.event_no LIMIT 50000",
	    BIND(val_str(name), val_int(id_at(rq->now_us - quarter_us))));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		if (one->case_id != rows_int(rows, 0)) {
			if (one->case_id) case_judge(rq, run, one);
			one->case_id = rows_int(rows, 0);
			one->number = rows_str(rows, 1, rq->arena);
			one->title = rows_str(rows, 2, rq->arena);
			one->count = 0;
			if ((code = process_get(rq, text_of(name), (int)rows_int(rows, 3), &one->own)) < 0) break;
		}
		if (one->count == CASE_EVENTS) continue;
		one->at[one->count] = rows_int(rows, 4);
		one->clock[one->count] = clock_rule_of(rows_text(rows, 5));
		one->term[one->count] = text_dup(rq->arena, rows_text(rows, 7));
		one->state[one->count++] = rows_str(rows, 6, rq->arena);
	}
	rows_close(rows);
	if (one->case_id && code >= 0) case_judge(rq, run, one);
	return code;
}

/* The calendar in force with one year's days replaced. */
static int worktime_tried(Request *rq, const WorkTime *work, const WorkTime **out) {
	int32_t from, to;
	WorkDay *days;
	int count = calendar_days_read(rq, &days, &from, &to);
	if (count < 0) return count;
	WorkDay *all = ARENA_ARRAY(rq->arena, WorkDay, work->day_count + (size_t)count + 1);
	size_t used = 0;
	for (size_t i = 0; i < work->day_count; i++)
		if (work->days[i].day < from || work->days[i].day >= to) all[used++] = work->days[i];
	for (int i = 0; i < count; i++)
		all[used++] = days[i];
	WorkTime *tried = ARENA_NEW(rq->arena, WorkTime);
	*tried = *work;
	worktime_init(tried, rq->arena, all, used);
	*out = tried;
	return 0;
}

static void lights_write(JsonWriter *json, const char *key, const int64_t lights[3]) {
	jw_key(json, key);
	jw_object(json);
	for (int i = 0; i < 3; i++)
		jw_kv_int(json, light_names[i], lights[i]);
	jw_object_end(json);
}

static void first_fault(void *arg, const char *path, const char *rule, const char *message, const char *advice) {
	Request *rq = arg;
	error_field(rq->error, ERR_INVALID, path, TEXT_NONE, rule, advice, "%s: %s", path, message);
}

int rehearse_post(Request *rq) {
	Rehearsal run = {0};
	Process *tried = ARENA_NEW(rq->arena, Process);
	const Process *current;
	const char *name = in_str(rq, "name");
	int code = process_get(rq, text_of(name), 0, &current);
	if (code == 0) code = worktime_get(rq, &run.before.work);
	if (code < 0) return code;
	run.after = (Rules){run.before.work, current};
	if (in_has(rq, "document")) {
		if (process_parse(rq, rq->arena, in_json(rq, "document"), tried, first_fault, rq)) return ERR_INVALID;
		run.after.process = tried;
	}
	if (in_has(rq, "year") && (code = worktime_tried(rq, run.before.work, &run.after.work)) < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "changes");
	jw_array(&rq->json);
	if ((code = cases_judge(rq, &run, name)) < 0) return code;
	jw_array_end(&rq->json);
	jw_kv_int(&rq->json, "changed", run.shown);
	jw_kv_int(&rq->json, "cases", run.cases);
	jw_kv_int(&rq->json, "steps", run.steps);
	lights_write(&rq->json, "before", run.before_lights);
	lights_write(&rq->json, "after", run.after_lights);
	jw_object_end(&rq->json);
	return 0;
}

/* --- a calendar on the cases that run now ---------------------------------------------------------------------------------- */
typedef struct Moved {
	int64_t moved, red;
} Moved;

/* As the job that follows a published calendar works it out (act.c), stored nowhere. */
static int open_judge(Request *rq, const WorkTime *tried, int64_t case_id, Moved *sum) {
	JsonWriter *json = &rq->json;
	Case row;
	int code = case_load(rq, case_id, &row);
	if (code < 0) return code;
	int64_t before = row.clock.due_us;
	if ((code = case_clock_set(rq, tried, &row)) < 0) return code;
	int64_t after = row.clock.due_us;
	if (before == after) return 0;
	bool red = after <= rq->now_us && before > rq->now_us;
	sum->red += red;
	if (sum->moved++ >= MOVED_SHOWN) return 0;
	jw_object(json);
	jw_kv_id(json, "case_id", case_id);
	jw_kv_str(json, "number", row.number);
	jw_kv_time(json, "due_before", before >= NEVER_US ? 0 : before);
	jw_kv_time(json, "due_after", after >= NEVER_US ? 0 : after);
	jw_kv_bool(json, "red", red);
	jw_object_end(json);
	return 0;
}

/* The open cases due first, whose clocks run or stand: at most OPEN_TRIED. */
static int open_ids(Request *rq, int64_t *ids) {
	Rows *rows;
	int count = 0,
	    code = db_query(rq->db, &rows, "SELECT case_id FROM work_case WHERE closed_at = 0 ORDER BY due_us, case_id LIMIT $1",
	                    BIND(val_int(OPEN_TRIED)));
	if (code < 0) return code;
	while (count < OPEN_TRIED && (code = rows_next(rows)) > 0)
		ids[count++] = rows_int(rows, 0);
	rows_close(rows);
	return code < 0 ? code : count;
}

int calendar_rehearse_post(Request *rq) {
	const WorkTime *work, *tried;
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, OPEN_TRIED), open = 0;
	Moved sum = {0};
	int code = worktime_get(rq, &work);
	if (code == 0) code = worktime_tried(rq, work, &tried);
	if (code == 0) code = db_int(rq->db, &open, "SELECT count(*) FROM work_case WHERE closed_at = 0", NO_BIND);
	int count = code < 0 ? code : open_ids(rq, ids);
	if (count < 0) return count;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; i < count && code >= 0; i++)
		code = open_judge(rq, tried, ids[i], &sum);
	jw_array_end(&rq->json);
	jw_kv_int(&rq->json, "moved", sum.moved);
	jw_kv_int(&rq->json, "red", sum.red);
	jw_kv_int(&rq->json, "tried", count);
	jw_kv_int(&rq->json, "open", open);
	jw_object_end(&rq->json);
	return code < 0 ? code : 0;
}
