/* outcome: what follows from an answer, and what processes ask of this room: checks after a load, effects of steps. Objections
 * hear of it by events of the engine, those who doubted by a message. In the caller's write. */
#include "verify/internal.h"

static bool is(const char *a, const char *b) {
	return strcmp(a, b) == 0;
}

/* --- telling those who doubted ---------------------------------------------------------------------------------------------- */
typedef struct Doubter {
	int64_t objection_id, account_id;
	const char *field;
} Doubter;
enum { DOUBTERS_MAX = 200 };

static int doubters_load(Request *rq, int64_t case_id, Doubter *out) {
	Rows *rows;
	int count = 0,
	    code = db_query(rq->db, &rows,
	                    "SELECT objection_id, account_id, field FROM verification_doubt WHERE case_id = $1 AND ended_us = 0"
	                    " ORDER BY doubt_no LIMIT $2",
	                    BIND(val_int(case_id), val_int(DOUBTERS_MAX)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < DOUBTERS_MAX)
		out[count++] = (Doubter){rows_int(rows, 0), rows_int(rows, 1), rows_str(rows, 2, rq->arena)};
	rows_close(rows);
	return code < 0 ? code : count;
}

static const char *title_of(const Resource *resource, const char *name) {
	const Field *field = resource ? resource_field(resource, text_of(name)) : NULL;
	return field ? field->title : name;
}

/* One message a person, however many fields he doubted. */
static int doubters_tell(Request *rq, const Verification *one, const Doubter *doubters, int count, NoticeWords title,
                         NoticeWords body) {
	int code = 0;
	for (int i = 0; i < count && code >= 0; i++) {
		bool told = false;
		for (int k = 0; k < i; k++)
			told |= doubters[k].account_id == doubters[i].account_id;
		if (told) continue;
		const char *about = doubters[i].objection_id
		                        ? arena_printf(rq->arena, "/requests/%lld", (long long)doubters[i].objection_id)
		                        : arena_printf(rq->arena, "/verifications/%lld", (long long)one->case_id);
		const ProgramNotice notice = {title, body, about, .accounts = &doubters[i].account_id, .account_count = 1};
		int64_t readers = notice_by_program(rq, &notice);
		code = readers < 0 ? (int)readers : 0;
	}
	return code;
}

/* --- an answer ------------------------------------------------------------------------------------------------------------- */
static NoticeWords answer_words(const char *answer) {
	return is(answer, "right")   ? (NoticeWords){"属实", "right"}
	       : is(answer, "wrong") ? (NoticeWords){"有误", "wrong"}
	       : is(answer, "gone")  ? (NoticeWords){"对象已不存在", "it is not there any more"}
	                             : (NoticeWords){"无法核实", "not found out"};
}

static int objections_settle(Request *rq, const DoubtField *fields, int count, const Doubter *doubters, int doubter_count,
                             const char *number, const char *note) {
	int code = 0;
	for (int i = 0; i < doubter_count && code >= 0; i++) {
		if (!doubters[i].objection_id) continue;
		for (int f = 0; f < count && code >= 0; f++) {
			if (!is(fields[f].name, doubters[i].field)) continue;
			const char *event = is(fields[f].answer, "right")     ? "field_right"
			                    : is(fields[f].answer, "unknown") ? "field_off"
			                                                      : "field_wrong";
			code = cases_happen(
			    rq, &(Happening){.event = event,
			                     .case_id = doubters[i].objection_id,
			                     .note = arena_printf(rq->arena, "%s%s%s", number, *note ? "：" : "", note)});
		}
	}
	return code;
}

static int state_store(Request *rq, int64_t case_id, const char *state, const char *outcome, int64_t order_id) {
	bool closed = !is(state, "answered");
	int64_t done =
	    db_run(rq->db, "UPDATE verification SET state = $2, outcome = $3, order_id = $4, closed_us = $5 WHERE case_id = $1",
	           BIND(val_int(case_id), val_str(state), val_str(outcome), val_int(order_id), val_int(closed ? rq->now_us : 0)));
	return done < 0 ? (int)done : 0;
}

int verification_settle(Request *rq, const Verification *one, const DoubtField *fields, int count, const char *note) {
	const Resource *resource;
	Doubter *doubters = ARENA_ARRAY(rq->arena, Doubter, DOUBTERS_MAX);
	const char *wrong = "", *words = "", *words_en = "", *order = "";
	int unknown = 0;
	int64_t order_id = 0;
	int code = resource_any(rq, one->resource_id, &resource), doubter_count = 0;
	for (int i = 0; i < count && code >= 0; i++) {
		const char *title = title_of(resource, fields[i].name);
		NoticeWords answer = answer_words(fields[i].answer);
		words = arena_printf(rq->arena, "%s%s%s%s", words, *words ? "，" : "", title, answer.zh);
		words_en = arena_printf(rq->arena, "%s%s%s: %s", words_en, *words_en ? ", " : "", title, answer.en);
		unknown += is(fields[i].answer, "unknown");
		if (is(fields[i].answer, "wrong") || is(fields[i].answer, "gone"))
			wrong = arena_printf(rq->arena, "%s%s%s", wrong, *wrong ? "、" : "", title);
	}
	if (code >= 0 && *wrong) {
		const RecordOrder terms = {resource, one->record_id, one->case_id,
		                           arena_printf(rq->arena, "现场核查 %s：%s", one->number, words)};
		code = record_order_open(rq, &terms, &order_id, &order);
	}
	if (code >= 0)
		code = state_store(rq, one->case_id, *wrong ? "answered" : "closed",
		                   *wrong    ? "wrong"
		                   : unknown ? "unknown"
		                             : "right",
		                   order_id);
	if (code >= 0) code = doubter_count = doubters_load(rq, one->case_id, doubters);
	if (code >= 0) code = objections_settle(rq, fields, count, doubters, doubter_count, one->number, note);
	if (code < 0) return code;
	const NoticeWords
	    title = {arena_printf(rq->arena, "现场核查结果：%s", resource->name),
	             arena_printf(rq->arena, "Found on site: %s", resource->name)},
	    body = {arena_printf(rq->arena, "核查 %s：%s。%s%s%s", one->number, words,
	                         *order ? arena_printf(rq->arena, "已向提供单位发出整改单 %s，更正后再告知您。", order) : "",
	                         *note ? "核查人说明：" : "", note),
	            arena_printf(
	                rq->arena, "Verification %s: %s.%s%s%s", one->number, words_en,
	                *order ? arena_printf(rq->arena, " Its supplier was ordered to correct it (%s); you will be told.", order)
	                       : "",
	                *note ? " Whoever looked says: " : "", note)};
	return doubters_tell(rq, one, doubters, doubter_count, title, body);
}

/* --- what steps of processes do -----------------------------------------------------------------------------------------------
 */
/* The answer goes through this room, which has stored it in this write: the case's form alone says nothing. */
static int form_answer(Request *rq, void *arg) {
	const CaseForm *given = arg;
	int64_t open = 0;
	int code = db_int(rq->db, &open, "SELECT COUNT(*) FROM verification_field WHERE case_id = $1 AND answer = ''",
	                  BIND(val_int(given->case_id)));
	if (code < 0 || !open) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_INVALID, "form", TEXT_NONE, "verification", "POST /api/v1/verifications/{id}/answer",
	                   "A verification is answered field by field");
}

static int effect_assign(Request *rq, void *arg) {
	const CaseStep *step = arg;
	const char *account = json_string_value(json_object_get(step->form, "field_account"));
	if (account && *account) return action_run(rq, "event.field", arg);
	return error_field(rq->error, ERR_INVALID, "form.field_account", TEXT_NONE, "required", "Choose a grid officer.",
	                   "Say who goes");
}

static int effect_ended(Request *rq, void *arg) {
	const CaseStep *step = arg;
	Verification one;
	Doubter *doubters = ARENA_ARRAY(rq->arena, Doubter, DOUBTERS_MAX);
	bool overtaken = is(step->to, "overtaken");
	int count = 0, code = verification_load(rq, step->case_id, &one);
	if (code >= 0) code = state_store(rq, one.case_id, "closed", overtaken ? "overtaken" : "cancelled", 0);
	if (code >= 0) code = count = doubters_load(rq, one.case_id, doubters);
	for (int i = 0; i < count && code >= 0; i++)
		if (doubters[i].objection_id)
			code = cases_happen(rq, &(Happening){.event = "field_off",
			                                     .case_id = doubters[i].objection_id,
			                                     .note = arena_printf(rq->arena, "%s%s%s", one.number,
			                                                          *step->note ? "：" : "", step->note)});
	if (code < 0) return code;
	static const NoticeWords titles[] = {{"现场核查已撤销", "A verification was called off"},
	                                     {"现场核查已停止：记录已变更", "A verification ended: the record was changed"}};
	const NoticeWords body = {
	    arena_printf(rq->arena, "核查 %s %s。%s", one.number, overtaken ? "尚未核对，有疑点的记录已由提供单位变更" : "未完成",
	                 step->note),
	    arena_printf(rq->arena, "Verification %s %s. %s", one.number,
	                 overtaken ? "was not made yet when the supplier changed the record in doubt" : "was not finished",
	                 step->note)};
	return doubters_tell(rq, &one, doubters, count, titles[overtaken], body);
}

/* Those that wait for this order. The count or a code. */
static int of_order(Request *rq, int64_t order_id, int64_t *ids, int max) {
	Rows *rows;
	int count = 0,
	    code =
	        db_query(rq->db, &rows,
	                 "SELECT case_id FROM verification WHERE order_id = $1 AND order_id <> 0 AND state = 'answered' ORDER BY"
	                 " case_id LIMIT $2",
	                 BIND(val_int(order_id), val_int(max)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < max)
		ids[count++] = rows_int(rows, 0);
	rows_close(rows);
	return code < 0 ? code : count;
}
enum { OF_ORDER_MAX = 20 };

static int order_ended(Request *rq, const CaseStep *step, bool corrected) {
	static const NoticeWords titles[] = {{"整改单已撤销", "A correction order was withdrawn"},
	                                     {"您提出疑点的记录已更正", "The record that you doubted was corrected"}};
	int64_t ids[OF_ORDER_MAX];
	Doubter *doubters = ARENA_ARRAY(rq->arena, Doubter, DOUBTERS_MAX);
	int count = of_order(rq, step->case_id, ids, OF_ORDER_MAX), code = count;
	for (int i = 0; i < count && code >= 0; i++) {
		Verification one;
		int doubter_count = 0;
		if ((code = verification_load(rq, ids[i], &one)) < 0) break;
		code =
		    state_store(rq, ids[i], corrected ? "corrected" : "closed", corrected ? "wrong" : "withdrawn", step->case_id);
		if (code >= 0) code = doubter_count = doubters_load(rq, ids[i], doubters);
		for (int k = 0; k < doubter_count && code >= 0; k++)
			if (doubters[k].objection_id)
				code = cases_happen(rq, &(Happening){.event = corrected ? "order_done" : "field_off",
				                                     .case_id = doubters[k].objection_id,
				                                     .note = arena_printf(rq->arena, "%s%s%s", step->number,
				                                                          *step->note ? "：" : "", step->note)});
		if (code >= 0)
			code = doubters_tell(
			    rq, &one, doubters, doubter_count, titles[corrected],
			    (NoticeWords){
			        arena_printf(rq->arena, "核查 %s，整改单 %s。%s", one.number, step->number, step->note),
			        arena_printf(rq->arena, "Verification %s, order %s. %s", one.number, step->number, step->note)});
	}
	return code < 0 ? code : 0;
}

static int effect_corrected(Request *rq, void *arg) {
	return order_ended(rq, arg, true);
}

static int effect_order_off(Request *rq, void *arg) {
	return order_ended(rq, arg, false);
}

/* An objection that is taken back while it is looked at: its doubt ends; the task too when nobody else doubts. */
static int effect_withdrawn(Request *rq, void *arg) {
	const CaseStep *step = arg;
	int64_t case_id = 0, left = 0;
	int found = db_int(rq->db, &case_id,
	                   "SELECT d.case_id FROM verification_doubt d JOIN verification v ON v.case_id = d.case_id WHERE"
	                   " d.objection_id = $1 AND d.objection_id <> 0 AND d.ended_us = 0 AND v.state = 'sent' LIMIT 1",
	                   BIND(val_int(step->case_id)));
	if (found <= 0) return found;
	int64_t done = db_run(rq->db, "UPDATE verification_doubt SET ended_us = $3 WHERE case_id = $1 AND objection_id = $2",
	                      BIND(val_int(case_id), val_int(step->case_id), val_int(rq->now_us)));
	int code = done < 0 ? (int)done
	                    : db_int(rq->db, &left, "SELECT COUNT(*) FROM verification_doubt WHERE case_id = $1 AND ended_us = 0",
	                             BIND(val_int(case_id)));
	if (code < 0 || left) return code < 0 ? code : 0;
	return cases_happen(rq, &(Happening){.event = "called_off", .case_id = case_id, .note = "异议已撤回"});
}

/* --- what a load says --------------------------------------------------------------------------------------------------------
 */
typedef struct Loaded {   /* the fields of one verification against the record as it is now */
	int fields, open; /* open: do not hold what was found */
	bool moved;       /* some open one holds something else than at the load before */
	bool changed;     /* all hold something else than when they were sent */
} Loaded;

/* Whether the field holds what was found: that value; where none was said, another one. Of what is gone no record stays. */
static bool carries(const DoubtField *field, const RecordMark *mark) {
	if (!mark->there) return true;
	if (is(field->answer, "gone")) return false;
	return *field->value_mark ? is(mark->value, field->value_mark) : !is(mark->value, field->mark);
}

/* remember: what was moved is moved no more at the next load. */
static int loaded_look(Request *rq, int64_t case_id, bool answered, bool remember, Loaded *out) {
	DoubtField *fields = ARENA_ARRAY(rq->arena, DoubtField, VERIFY_FIELDS_MAX);
	const Resource *resource;
	Verification one;
	*out = (Loaded){.changed = true};
	int code = verification_load(rq, case_id, &one);
	if (code >= 0) code = resource_any(rq, one.resource_id, &resource);
	int count = code < 0 ? code : fields_load(rq, case_id, fields);
	for (int i = 0; i < count && code >= 0; i++) {
		const Field *field = resource_field(resource, text_of(fields[i].name));
		RecordMark mark;
		if (!field || (answered && !is(fields[i].answer, "wrong") && !is(fields[i].answer, "gone"))) continue;
		if ((code = record_mark(rq, resource, one.record_id, field, &mark)) < 0) break;
		out->fields++;
		out->changed &= !mark.there || !is(mark.value, fields[i].mark);
		if (!answered || carries(&fields[i], &mark)) continue;
		out->open++;
		if (is(mark.value, fields[i].now_mark)) continue;
		out->moved = true;
		if (!remember) continue;
		int64_t done = db_run(rq->db, "UPDATE verification_field SET now_mark = $3 WHERE case_id = $1 AND field = $2",
		                      BIND(val_int(case_id), val_str(fields[i].name), val_str(mark.value)));
		if (done < 0) code = (int)done;
	}
	return count < 0 ? count : code < 0 ? code : 0;
}

static void json_drop(void *json) {
	json_decref(json);
}

static void proof_of(Request *rq, CaseCheck *check, const Loaded *looked) {
	check->proof = json_pack("{s:i,s:i,s:s}", "fields", looked->fields, "open", looked->open, "job_id",
	                         arena_printf(rq->arena, "%lld", (long long)check->job_id));
	arena_on_free(rq->arena, json_drop, check->proof);
}

static int order_looked(Request *rq, CaseCheck *check, bool remember, Loaded *out) {
	int64_t ids[OF_ORDER_MAX];
	int count = of_order(rq, check->case_id, ids, OF_ORDER_MAX), code = count;
	*out = (Loaded){0};
	for (int i = 0; i < count && code >= 0; i++) {
		Loaded looked;
		if ((code = loaded_look(rq, ids[i], true, remember, &looked)) < 0) break;
		out->fields += looked.fields;
		out->open += looked.open;
		out->moved |= looked.moved;
	}
	proof_of(rq, check, out);
	return code < 0 ? code : 0;
}

static int check_carried(Request *rq, void *arg) {
	CaseCheck *check = arg;
	Loaded looked;
	int code = order_looked(rq, check, false, &looked);
	check->holds = code == 0 && looked.fields && !looked.open;
	return code;
}

static int check_differs(Request *rq, void *arg) {
	CaseCheck *check = arg;
	Loaded looked;
	int code = order_looked(rq, check, true, &looked);
	check->holds = code == 0 && looked.moved;
	return code;
}

static int check_overtaken(Request *rq, void *arg) {
	CaseCheck *check = arg;
	Loaded looked;
	int code = loaded_look(rq, check->case_id, false, false, &looked);
	check->holds = code == 0 && looked.fields && looked.changed;
	proof_of(rq, check, &looked);
	return code;
}

/* A line of the history that leads to its job. */
static int check_told(Request *rq, void *arg) {
	CaseCheck *check = arg;
	check->holds = true;
	check->proof = json_pack("{s:s}", "job_id", arena_printf(rq->arena, "%lld", (long long)check->job_id));
	arena_on_free(rq->arena, json_drop, check->proof);
	return 0;
}

const Action verify_actions[VERIFY_ACTIONS] = {
    {"form.verification_answer", form_answer}, /* arg: CaseForm */
    {"verification.assign", effect_assign},    /* arg: CaseStep */
    {"verification.ended", effect_ended},
    {"verification.corrected", effect_corrected},
    {"verification.order_off", effect_order_off},
    {"verification.withdrawn", effect_withdrawn},
    {"verification.overtaken", check_overtaken}, /* arg: CaseCheck */
    {"verification.carried", check_carried},
    {"verification.differs", check_differs},
    {"verification.told", check_told},
};
