/* queue: pages and counts of the queues that rooms above keep (events, verifications), from the rows of their own queries. Read
 * lane. */
#include "casework/internal.h"

int case_queue_answer(Request *rq, Rows *rows, int limit, int due_column, RowWriter write) {
	int64_t due = 0, last = 0;
	int shown = 0, more = 0, code = 0;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	while ((more = rows_next(rows)) > 0 && shown < limit && code >= 0) {
		last = rows_int(rows, 0);
		due = rows_int(rows, due_column);
		code = write(rq, rows);
		shown++;
	}
	rows_close(rows);
	if (code < 0 || more < 0) return code < 0 ? code : more;
	jw_array_end(&rq->json);
	case_cursor_write(rq, due, more > 0 ? last : 0);
	jw_object_end(&rq->json);
	rq->row_count = shown;
	return 0;
}

int case_state_write(Request *rq, Text process, int version, Text state) {
	const char *title, *title_en;
	int code = case_state_titles(rq, process, version, state, &title, &title_en);
	if (code < 0) return code;
	jw_kv_text(&rq->json, "state", state);
	jw_kv_str(&rq->json, "state_title", title);
	jw_kv_str(&rq->json, "state_title_en", title_en);
	return 0;
}

typedef struct StateCount {
	Text state;
	int version;
	int64_t count;
} StateCount;

static int state_counts_write(Request *rq, Text process, const StateCount *states, int count) {
	int code = 0;
	jw_key(&rq->json, "states");
	jw_array(&rq->json);
	for (int i = 0; i < count && code >= 0; i++) {
		jw_object(&rq->json);
		code = case_state_write(rq, process, states[i].version, states[i].state);
		jw_kv_int(&rq->json, "count", states[i].count);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	return code;
}

int case_counts_answer(Request *rq, Rows *rows, Text process) {
	static const char *const lights[] = {"red", "amber", "green", "paused"};
	enum { LIGHTS = sizeof lights / sizeof *lights, STATES_MAX = 64 };
	StateCount states[STATES_MAX];
	int64_t total = 0, by_light[LIGHTS] = {0};
	int count = 0, code;
	while ((code = rows_next(rows)) > 0) {
		Text state = rows_text(rows, 0);
		int64_t n = rows_int(rows, 3);
		total += n;
		for (int i = 0; i < LIGHTS; i++)
			if (text_is(rows_text(rows, 2), lights[i])) by_light[i] += n;
		if ((count == 0 || !text_eq(states[count - 1].state, state)) && count < STATES_MAX)
			states[count++] = (StateCount){text_dup(rq->arena, state), (int)rows_int(rows, 1), 0};
		states[count - 1].count += n;
	}
	rows_close(rows);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "total", total);
	for (int i = 0; i < LIGHTS; i++)
		jw_kv_int(&rq->json, lights[i], by_light[i]);
	code = state_counts_write(rq, process, states, count);
	jw_object_end(&rq->json);
	return code;
}
