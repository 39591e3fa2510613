/* result: what a platform above is to know of its cases, in its template: each step as a message, and how they stand now as a
 * file. Nothing of a reporter goes out. Told: in the pump's write; files: one request. */
#include "partner/internal.h"
#include "exchange/exchange.h"

typedef struct Facts { /* of a case and the step that is told */
	int64_t case_id, step_no, at_us;
	const char *action, *state, *note;
} Facts;

static Text time_text(Request *rq, int64_t us) {
	char text[CLOCK_TEXT_MAX];
	if (us <= 0 || us >= INT64_C(4102444800000000)) return TEXT("");
	clock_format(us - us % 1000000, text);
	text[10] = ' ';
	return text_of(
	    arena_strndup(rq->arena, text, 19)); /* as these platforms write it: 2026-11-28 08:30:00, the city's time */
}

static Text number_text(Request *rq, int64_t number) {
	return number ? text_of(arena_printf(rq->arena, "%lld", (long long)number)) : TEXT("");
}

/* In the order of platform_out_fields. */
static int values_of(Request *rq, const Facts *facts, Text out[PLATFORM_OUT]) {
	Rows *rows;
	Event event;
	const EventClass *class;
	const char *title, *title_en;
	int code = event_find(rq, facts->case_id, &event);
	if (code < 0) return code;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT c.number, c.outcome, c.closed_at, c.due_us, c.process_version, COALESCE(s.name, '') FROM work_case c LEFT"
	    " JOIN org s ON s.org_id = c.supplier_org WHERE c.case_id = $1",
	    BIND(val_int(facts->case_id)));
	if (found <= 0) return found;
	const char *number = rows_str(rows, 0, rq->arena), *outcome = rows_str(rows, 1, rq->arena),
	           *unit = rows_str(rows, 5, rq->arena);
	int64_t closed_us = rows_int(rows, 2), due_us = rows_int(rows, 3);
	int version = (int)rows_int(rows, 4);
	if ((code = case_state_titles(rq, TEXT("city_event"), version, text_of(facts->state), &title, &title_en)) < 0 ||
	    (code = event_class_find(rq, text_of(event.class_code), event.class_version, &class)) < 0)
		return code;
	const Text values[PLATFORM_OUT] = {
	    text_of(event.outside_number),
	    text_of(number),
	    number_text(rq, facts->step_no),
	    text_of(facts->action),
	    text_of(facts->state),
	    text_of(title),
	    text_of(outcome),
	    text_of(facts->note),
	    time_text(rq, facts->at_us),
	    text_of(unit),
	    text_of(event.class_code),
	    text_of(class->title),
	    text_of(event.kind),
	    text_of(event.grade),
	    text_of(event.area_text),
	    text_of(event.address),
	    text_of(event.description),
	    text_of(event.component),
	    event.placed ? text_of(arena_printf(rq->arena, "%.6f", event.lon)) : TEXT(""),
	    event.placed ? text_of(arena_printf(rq->arena, "%.6f", event.lat)) : TEXT(""),
	    time_text(rq, event.happened_us),
	    time_text(rq, event.reported_us),
	    closed_us ? TEXT("") : time_text(rq, due_us),
	    time_text(rq, event.outside_due_us),
	    time_text(rq, closed_us),
	    number_text(rq, event.stars),
	};
	memcpy(out, values, sizeof values);
	return 0;
}

/* --- messages -----------------------------------------------------------------------------------------------------------------
 */
int action_platform_told(Request *rq, void *arg) {
	PartnerStep *step = arg;
	Rows *rows;
	Text values[PLATFORM_OUT];
	size_t index;
	json_t *column, *data;
	const json_t *document;
	const Facts facts = {step->case_id, step->event_no, step->at_us, step->action, step->to, step->note};
	int found = db_one(
	    rq->db, &rows,
	    "SELECT p.platform, CASE WHEN c.asker_account = p.account_id THEN 1 ELSE 0 END FROM partner p JOIN work_case c ON"
	    " c.case_id = $2 WHERE p.partner_id = $1",
	    BIND(val_int(step->partner_id), val_int(step->case_id)));
	if (found <= 0) return found;
	const char *platform = rows_str(rows, 0, rq->arena), *list = rows_int(rows, 1) ? "results" : "raised";
	if ((found = platform_find(rq, platform, &document)) <= 0) return found;
	const json_t *columns = json_object_get(document, list);
	int code = columns ? values_of(rq, &facts, values) : 0;
	if (code < 0 || !columns) return code == ERR_NOT_FOUND ? 0 : code;
	data = json_object();
	json_array_foreach(columns, index, column) {
		Text value = platform_out(column, values[platform_field(column)]);
		json_object_set_new(data, json_string_value(json_object_get(column, "key")),
		                    json_stringn(value.len ? value.at : "", value.len));
	}
	step->body = json_pack("{s:s, s:o}", "type", list, "data", data);
	return 0;
}

/* --- files --------------------------------------------------------------------------------------------------------------------
 */
enum { CASES_MAX = 20000 };

/* Cases that it sent, or that were raised to it: their ids in the order in which they were made. */
static int cases_find(Request *rq, const Partner *partner, bool raised, int64_t *out) {
	Rows *rows;
	int count = 0,
	    code =
	        db_query(rq->db, &rows,
	                 "SELECT c.case_id FROM work_case c JOIN event e ON e.case_id = c.case_id WHERE e.reported_us >= $3 AND"
	                 " e.reported_us < $4 AND c.parent_id = 0 AND ((CAST($5 AS BIGINT) = 0 AND c.asker_account = $1) OR"
	                 " (CAST($5 AS BIGINT) = 1 AND c.asker_account <> $1 AND ((c.level > 0 AND c.centre_org = $2) OR EXISTS"
	                 " (SELECT 1 FROM partner_case t WHERE t.case_id = c.case_id AND t.partner_id = $6)))) ORDER BY c.case_id"
	                 " LIMIT $7",
	                 BIND(val_int(partner->account_id), val_int(partner->org_id), val_int(in_int(rq, "from")),
	                      val_int(in_has(rq, "until") ? in_int(rq, "until") : INT64_MAX), val_int(raised),
	                      val_int(partner->partner_id), val_int(CASES_MAX)));
	if (code < 0) return code;
	while (count < CASES_MAX && (code = rows_next(rows)) > 0)
		out[count++] = rows_int(rows, 0);
	if (code > 0) rows_close(rows);
	return code < 0 ? code : count;
}

/* The state now, and the last step they are told that says something. */
static int now_find(Request *rq, int64_t case_id, Facts *out) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT c.state, e.event_no, e.at_us, e.action, e.note FROM work_case c JOIN case_event e ON e.case_id = c.case_id"
	    " WHERE c.case_id = $1 AND " STEP_TOLD
	    " ORDER BY CASE WHEN e.note = '' THEN 0 ELSE 1 END DESC, e.event_no DESC LIMIT 1",
	    BIND(val_int(case_id)));
	*out = (Facts){.case_id = case_id};
	if (found <= 0) return found;
	out->state = rows_str(rows, 0, rq->arena);
	out->step_no = rows_int(rows, 1);
	out->at_us = rows_int(rows, 2);
	out->action = rows_str(rows, 3, rq->arena);
	out->note = rows_str(rows, 4, rq->arena);
	return 1;
}

static int row_write(Request *rq, int64_t case_id, const json_t *columns, AdapterFile *file, Text *cells) {
	Facts facts;
	Text values[PLATFORM_OUT];
	size_t index;
	json_t *column;
	int code = now_find(rq, case_id, &facts);
	if (code > 0) code = values_of(rq, &facts, values);
	if (code < 0) return code;
	json_array_foreach(columns, index, column) cells[index] = platform_out(column, values[platform_field(column)]);
	return adapter_file_row(file, cells);
}

int partner_results_get(Request *rq) {
	Partner partner;
	const json_t *document;
	AdapterFile *file;
	size_t index;
	json_t *column;
	bool raised = strcmp(in_str(rq, "what"), "raised") == 0;
	int code = platform_of(rq, in_int(rq, "id"), &partner, &document);
	if (code < 0) return code;
	const json_t *columns = json_object_get(document, in_str(rq, "what"));
	const char *title = json_string_value(json_object_get(document, "title"));
	if (!columns)
		return error_field(rq->error, ERR_INVALID, "what", in_text(rq, "what"), "choice", "Ask for results.",
		                   "The platform's template has no raised cases");
	const char **names = ARENA_ARRAY(rq->arena, const char *, json_array_size(columns));
	Text *cells = ARENA_ARRAY(rq->arena, Text, json_array_size(columns));
	int64_t *cases = ARENA_ARRAY(rq->arena, int64_t, CASES_MAX);
	json_array_foreach(columns, index, column) names[index] = json_string_value(json_object_get(column, "column"));
	int count = cases_find(rq, &partner, raised, cases);
	if (count == CASES_MAX)
		return error_field(rq->error, ERR_INVALID, "from", TEXT_NONE, "count", "Ask for a shorter time.",
		                   "These are more cases than a file holds");
	code = count < 0 ? count
	                 : adapter_file_begin(rq, in_has(rq, "format") ? in_str(rq, "format") : "csv",
	                                      raised ? "提级案件" : "办理结果", names, (int)json_array_size(columns), &file);
	for (int i = 0; i < count && code >= 0; i++)
		code = row_write(rq, cases[i], columns, file, cells);
	if (code < 0) return code;
	rq->about_subject = partner.account_id;
	rq->row_count = count;
	return adapter_file_answer(
	    file, arena_printf(rq->arena, "%s-%s", title ? title : partner.platform, raised ? "提级案件" : "办理结果"));
}
