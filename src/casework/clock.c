/* clock: the clock of a case, worked out from its events alone: stages, pauses, extensions, changed limits, ladders. Pure; any
 * thread. */
#include "casework/process.h"

static const char *const rule_names[] = {"", "start", "pause", "resume", "keep", "extend", "limits", "press"};

const char *clock_rule_name(ClockRule rule) {
	return rule_names[rule];
}

ClockRule clock_rule_of(Text name) {
	for (int i = CLOCK_START; i <= CLOCK_PRESS; i++)
		if (text_is(name, rule_names[i])) return (ClockRule)i;
	return CLOCK_NONE;
}

Limit state_limit(const ProcessState *state, const json_t *limits) {
	Limit limit = {LIMIT_NONE, 0};
	if (!*state->limit_of) return state->limit;
	limit_parse(json_object_get(limits, state->limit_of), &limit);
	return limit;
}

int64_t ladder_us(const WorkTime *work, const LadderStep *step, Limit limit, int64_t due_us) {
	return step->n < 0    ? limit_before(work, limit, (Limit){step->unit, -step->n}, due_us)
	       : step->n == 0 ? due_us
	                      : limit_after(work, (Limit){step->unit, step->n}, due_us);
}

/* Amber begins with the first step before the due time. */
static int64_t remind_of(const WorkTime *work, const ProcessState *state, Limit limit, int64_t due_us) {
	int64_t remind = due_us;
	for (int i = 0; i < state->ladder_count; i++) {
		int64_t at = ladder_us(work, &state->ladder[i], limit, due_us);
		if (at < remind) remind = at;
	}
	return remind;
}

/* One stage, its events in order, under the limits in force at its end. Who was pressed has it amber from then on. */
static void stage_run(const WorkTime *work, const Process *process, const ClockEvent *events, const json_t *limits,
                      ClockStage *stage) {
	const ClockEvent *begun = &events[stage->first];
	const ProcessState *state = &process->states[begun->state];
	stage->limit = state_limit(state, limits);
	stage->plain_us = limit_due(work, stage->limit, begun->at_us);
	stage->clock = (CaseClock){begun->at_us, NEVER_US, NEVER_US, 0, NEVER_US, begun->state};
	int64_t due = stage->plain_us, pressed = NEVER_US;
	for (size_t i = stage->first + 1; i < stage->end; i++) {
		const ClockEvent *event = &events[i];
		if (event->clock == CLOCK_PAUSE && !stage->clock.paused_us) {
			stage->clock.paused_us = event->at_us;
			stage->clock.until_us = limit_due(work, event->term, event->at_us);
		} else if (event->clock == CLOCK_RESUME && stage->clock.paused_us) {
			due = limit_shift(work, stage->limit, due, stage->clock.paused_us, event->at_us);
			stage->clock.paused_us = 0;
			stage->clock.until_us = NEVER_US;
		} else if (event->clock == CLOCK_EXTEND) {
			due = limit_after(work, event->term, due);
		} else if (event->clock == CLOCK_PRESS && event->at_us < pressed) {
			pressed = event->at_us;
		}
	}
	if (stage->clock.paused_us) return;
	stage->clock.due_us = due;
	stage->clock.remind_us = remind_of(work, state, stage->limit, due);
	if (pressed < stage->clock.remind_us) stage->clock.remind_us = pressed;
}

size_t clock_stages(const WorkTime *work, const Process *process, const ClockEvent *events, size_t count, ClockStage *out) {
	const json_t *limits = NULL;
	size_t used = 0, first = 0;
	while (first < count && events[first].clock != CLOCK_START)
		first++;
	while (first < count) {
		size_t end = first + 1;
		if (events[first].limits) limits = events[first].limits;
		while (end < count && events[end].clock != CLOCK_START) {
			if (events[end].limits) limits = events[end].limits;
			end++;
		}
		out[used] = (ClockStage){.first = first, .end = end};
		stage_run(work, process, events, limits, &out[used++]);
		first = end;
	}
	return used;
}

CaseClock clock_replay(const WorkTime *work, const Process *process, const ClockEvent *events, size_t count) {
	const json_t *limits = NULL;
	ClockStage last = {.end = count, .clock = {0, NEVER_US, NEVER_US, 0, NEVER_US, -1}};
	bool begun = false;
	for (size_t i = 0; i < count; i++) {
		if (events[i].limits) limits = events[i].limits;
		if (events[i].clock != CLOCK_START) continue;
		last.first = i;
		begun = true;
	}
	if (begun) stage_run(work, process, events, limits, &last);
	return last.clock;
}
