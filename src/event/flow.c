/* flow: what the steps of process city_event do to an event beyond moving its case: the effects and forms that the process names.
 * Runs in the write of the step. A form is checked here whole; an effect trusts what its form's check let through. */
#include "event/internal.h"

/* --- members of a form -------------------------------------------------------------------------------------------------- */
typedef enum MemberType { WORD_TEXT, WORD_ID, WORD_INT, WORD_NUMBER, WORD_PHOTOS } MemberType;
typedef struct FormWord {
	const char *name;
	MemberType type;
	bool required;
	int64_t min, max; /* characters, or range */
} FormWord;               /* a table ends with a NULL name */

static int form_bad(Request *rq, const char *name, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "form.%s", name), value, rule, advice, "%s", message);
}

static Text text_in(const json_t *form, const char *name) {
	const json_t *value = json_object_get(form, name);
	return json_is_string(value) ? text_trim((Text){json_string_value(value), json_string_length(value)}) : TEXT("");
}

static int64_t id_in(const json_t *form, const char *name) {
	int64_t id = 0;
	return text_to_int(text_in(form, name), &id) < 0 ? 0 : id;
}

static int word_check(Request *rq, const FormWord *word, const json_t *value) {
	Text text = json_is_string(value) ? text_trim((Text){json_string_value(value), json_string_length(value)}) : TEXT_NONE;
	int64_t id, *ids;
	int count;
	switch (word->type) {
	case WORD_TEXT:
		if (text.at && (int64_t)utf8_count(text) >= word->min && (int64_t)utf8_count(text) <= word->max) return 0;
		return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "form.%s", word->name), text, "length",
		                   (int64_t)utf8_count(text) < word->min ? "Write more." : "Write it shorter.",
		                   "A text of %lld to %lld characters is needed; this has %zu", (long long)word->min,
		                   (long long)word->max, utf8_count(text));
	case WORD_ID:
		if (text.at && text_to_int(text, &id) == 0 && id > 0) return 0;
		return form_bad(rq, word->name, text, "id", "Give an id as text.", "This is not an id");
	case WORD_INT:
		if (json_is_integer(value) && json_integer_value(value) >= word->min && json_integer_value(value) <= word->max)
			return 0;
		return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "form.%s", word->name), text, "range",
		                   "Give a whole number within the range.", "A whole number from %lld to %lld is needed",
		                   (long long)word->min, (long long)word->max);
	case WORD_NUMBER:
		if (json_is_number(value) && json_number_value(value) >= (double)word->min &&
		    json_number_value(value) <= (double)word->max)
			return 0;
		return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "form.%s", word->name), text, "range",
		                   "Give a number within the range.", "A number from %lld to %lld is needed",
		                   (long long)word->min, (long long)word->max);
	case WORD_PHOTOS:
		return photos_parse(rq, value, arena_printf(rq->arena, "form.%s", word->name), &ids, &count);
	}
	return 0;
}

static int form_check(Request *rq, const FormWord *words, const json_t *form, bool optional) {
	const char *key;
	json_t *value;
	if (!form && optional) return 0;
	if (!json_is_object(form))
		return error_field(rq->error, ERR_INVALID, "form", TEXT_NONE, "required", "Fill in the form of the action.",
		                   "This action needs its form");
	json_object_foreach((json_t *)form, key, value) {
		const FormWord *word = words;
		while (word->name && strcmp(word->name, key) != 0)
			word++;
		if (!word->name)
			return form_bad(rq, key, TEXT_NONE, "unknown_member", "Leave it out.", "The form has no such member");
		int code = json_is_null(value) ? 0 : word_check(rq, word, value);
		if (code < 0) return code;
	}
	for (const FormWord *word = words; word->name; word++) {
		value = json_object_get(form, word->name);
		if (word->required && (!value || json_is_null(value)))
			return form_bad(rq, word->name, TEXT_NONE, "required", "Fill it in.", "This is needed");
	}
	return 0;
}

/* --- beginning ------------------------------------------------------------------------------------------------------------ */
int event_case_open(Request *rq, const EventReport *report, const EventClass *class, const EventWhere *where, EventReceipt *out) {
	const char *at = report->address.len ? text_cstr(rq->arena, report->address) : where->text;
	bool officer = text_is(report->channel, "officer");
	json_t *form = json_pack("{s:s,s:s#}", "class", class->code, "channel", report->channel.at, (int)report->channel.len);
	const CasePast past = {"done", report->happened_us, report->closed_us};
	const CaseOpening opening = {.process = "city_event",
	                             .title = arena_printf(rq->arena, "%s%s%s", class->title, *at ? " · " : "", at),
	                             .side = rq->party.account_id ? "asker" : "",
	                             .subject = "event",
	                             .kind = class->kind,
	                             .parties = {.asker_org = rq->party.org_id,
	                                         .asker_account = rq->party.account_id,
	                                         .centre_org = where->centre_org,
	                                         /* where nobody is on duty, the centre's own verify and check */
	                                         .field_org = where->field_org ? where->field_org
	                                                      : officer        ? rq->party.org_id
	                                                                       : where->centre_org,
	                                         .field_account = where->field_org ? where->field_account
	                                                          : officer        ? rq->party.account_id
	                                                                           : 0},
	                             .limits = class->limits,
	                             .form = form,
	                             .past = report->closed_us ? &past : NULL,
	                             .begun_us = report->reported_us};
	int code = case_open(rq, &opening, &out->case_id, &out->number);
	json_decref(form);
	return code;
}

/* --- accepting: who goes and looks ------------------------------------------------------------------------------------------ */
static const FormWord field_words[] = {{"field_account", WORD_ID}, {0}};

static int form_field(Request *rq, void *arg) {
	const CaseForm *given = arg;
	int64_t org_id = 0, account = id_in(given->form, "field_account");
	int code = form_check(rq, field_words, given->form, true);
	if (code < 0 || !account) return code;
	code =
	    db_int(rq->db, &org_id, "SELECT org_id FROM account WHERE account_id = $1 AND state = 'active' AND (roles & $2) <> 0",
	           BIND(val_int(account), val_int((INT64_C(1) << ROLE_GRID_OFFICER) | (INT64_C(1) << ROLE_DISPATCHER))));
	if (code != 0) return code < 0 ? code : 0;
	return form_bad(rq, "field_account", text_in(given->form, "field_account"), "unknown_officer", "Choose a grid officer.",
	                "There is no such officer");
}

static int effect_field(Request *rq, void *arg) {
	CaseStep *step = arg;
	int64_t account = id_in(step->form, "field_account"), org_id = 0;
	if (!account) {
		if (step->parties.field_org) return 0;
		return form_bad(rq, "field_account", TEXT_NONE, "required", "Choose a grid officer.",
		                "Nobody is on duty at this place: say who goes");
	}
	int code = db_int(rq->db, &org_id, "SELECT org_id FROM account WHERE account_id = $1", BIND(val_int(account)));
	step->parties.field_account = account;
	step->parties.field_org = org_id;
	return code < 0 ? code : 0;
}

/* --- the place, set or corrected ---------------------------------------------------------------------------------------------
 */
static const FormWord place_words[] = {
    {"lon", WORD_NUMBER, false, -180, 180}, {"lat", WORD_NUMBER, false, -90, 90}, {"address", WORD_TEXT, false, 2, 200}, {0}};

/* Coordinates, or an address that is clearly one of the city's. */
static int place_of(Request *rq, const json_t *form, EventWhere *out) {
	const json_t *lon = json_object_get(form, "lon"), *lat = json_object_get(form, "lat");
	const EventReport report = {.placed = json_is_number(lon) && json_is_number(lat),
	                            .lon = json_number_value(lon),
	                            .lat = json_number_value(lat),
	                            .address = text_in(form, "address")};
	int code = event_where(rq, &report, out);
	if (code < 0 || out->placed) return code;
	return form_bad(rq, "address", report.address, "place",
	                *out->perhaps ? arena_printf(rq->arena, "Choose one of these, or give coordinates: %s", out->perhaps)
	                              : "Give coordinates, or road and number as on the door plate.",
	                "The place is not known by this");
}

static int form_place(Request *rq, void *arg) {
	const CaseForm *given = arg;
	EventWhere where;
	int code = form_check(rq, place_words, given->form, false);
	return code < 0 ? code : place_of(rq, given->form, &where);
}

/* The areas are found anew, and who is on duty there, where nobody has gone yet; parts of it are in the same place. */
static int effect_place(Request *rq, void *arg) {
	CaseStep *step = arg;
	EventWhere where;
	Text address = text_in(step->form, "address");
	int code = place_of(rq, step->form, &where);
	if (code < 0) return code;
	if (where.field_org && strcmp(step->from, "verify") != 0 && strcmp(step->from, "check") != 0) {
		step->parties.field_org = where.field_org;
		step->parties.field_account = where.field_account;
	}
	return (int)db_run(rq->db,
	                   "UPDATE event SET lon = $2, lat = $3, cell = $4, located = $5, area1 = $6, area2 = $7, area3 = $8, "
	                   "area4 = $9, area_text ="
	                   " $10, address = CASE WHEN CAST($11 AS TEXT) = '' THEN address ELSE $11 END, version = version + 1 "
	                   "WHERE case_id = $1 OR"
	                   " case_id IN (SELECT case_id FROM work_case WHERE parent_id = $1 AND parent_id <> 0)",
	                   BIND(val_int(step->case_id), val_double(where.lon), val_double(where.lat),
	                        val_int(event_cell(where.lon, where.lat)), val_str(where.located), val_int(where.keys[0]),
	                        val_int(where.keys[1]), val_int(where.keys[2]), val_int(where.keys[3]), val_str(where.text),
	                        val_text(address)));
}

/* --- what was seen and done, with pictures ------------------------------------------------------------------------------------
 */
static const FormWord seen_words[] = {{"photos", WORD_PHOTOS}, {0}};
static int form_seen(Request *rq, void *arg) {
	return form_check(rq, seen_words, ((const CaseForm *)arg)->form, true);
}

static int effect_photos(Request *rq, void *arg) {
	CaseStep *step = arg;
	int64_t *photos;
	int count, code = photos_parse(rq, json_object_get(step->form, "photos"), "form.photos", &photos, &count);
	return code < 0 ? code : photos_attach(rq, step->case_id, step->action, photos, count, "form.photos");
}

/* --- filing (立案): the condition decides the limits
 * ---------------------------------------------------------------------------- */
static const FormWord filing_words[] = {
    {"class_code", WORD_TEXT, false, 3, 7}, {"condition_no", WORD_INT, true, 1, 99}, {"grade", WORD_TEXT, false, 5, 7}, {0}};

/* The class of the form where it names another one, else the event's own version of its class. */
static int filing_class(Request *rq, int64_t case_id, const json_t *form, Event *event, const EventClass **out) {
	Text code_given = text_in(form, "class_code");
	int code = event_find(rq, case_id, event);
	if (code < 0) return code;
	if (!code_given.len || text_is(code_given, event->class_code)) {
		code = event_class_find(rq, text_of(event->class_code), event->class_version, out);
		return code == ERR_NOT_FOUND
		           ? fail(rq, ERR_INTERNAL, "class %s of case %lld is lost", event->class_code, (long long)case_id)
		           : code;
	}
	return class_for_report(rq, code_given, out);
}

static int form_filing(Request *rq, void *arg) {
	const CaseForm *given = arg;
	const EventClass *class;
	Event event;
	Text grade = text_in(given->form, "grade");
	int code = form_check(rq, filing_words, given->form, false);
	if (code == 0) code = filing_class(rq, given->case_id, given->form, &event, &class);
	if (code < 0) return code;
	if (!class_condition(class, (int)json_integer_value(json_object_get(given->form, "condition_no"))))
		return form_bad(rq, "condition_no", TEXT_NONE, "condition", "Choose one of the conditions of the class.",
		                "The class has no such condition of filing");
	if (grade.len && !text_is(grade, "general") && !text_is(grade, "large") && !text_is(grade, "major"))
		return form_bad(rq, "grade", grade, "choice", "Use general, large or major.", "There is no such grade");
	return 0;
}

/* A title that begins with the class it was reported under begins with the one it is filed under. */
static int title_follows(Request *rq, const Event *event, const EventClass *class, CaseStep *step) {
	const EventClass *was;
	int code = event_class_find(rq, text_of(event->class_code), event->class_version, &was);
	size_t begins = code < 0 ? 0 : strlen(was->title);
	if (code >= 0 && strncmp(step->title, was->title, begins) == 0)
		step->title = arena_printf(rq->arena, "%s%s", class->title, step->title + begins);
	return code < 0 ? code : 0;
}

static int effect_file(Request *rq, void *arg) {
	CaseStep *step = arg;
	const EventClass *class;
	Event event;
	int condition = (int)json_integer_value(json_object_get(step->form, "condition_no"));
	Text grade = text_in(step->form, "grade");
	int code = filing_class(rq, step->case_id, step->form, &event, &class);
	if (code < 0) return code;
	step->limits = class_limits(rq, class, condition);
	step->kind = class->kind;
	if ((code = title_follows(rq, &event, class, step)) < 0) return code;
	return (int)db_run(rq->db,
	                   "UPDATE event SET class_code = $2, class_version = $3, kind = $4, condition_no = $5, grade = $6, "
	                   "version = version + 1"
	                   " WHERE case_id = $1",
	                   BIND(val_int(step->case_id), val_str(class->code), val_int(class->version), val_str(class->kind),
	                        val_int(condition), val_text(grade.len ? grade : text_of(event.grade))));
}

static void json_drop(void *json) {
	json_decref(json);
}

/* --- dispatch (派遣) ----------------------------------------------------------------------------------------------------------
 */
static const FormWord dispatch_words[] = {
    {"org_id", WORD_ID, true}, {"duty_id", WORD_ID}, {"reason", WORD_TEXT, false, 2, 500}, {0}};

static int unit_check(Request *rq, const char *field, int64_t org_id) {
	int64_t handlers = 0;
	int code = db_int(
	    rq->db, &handlers,
	    "SELECT COUNT(*) FROM account a JOIN org o ON o.org_id = a.org_id WHERE a.org_id = $1 AND a.state = 'active' AND"
	    " o.state = 'active' AND (a.roles & $2) <> 0",
	    BIND(val_int(org_id), val_int(INT64_C(1) << ROLE_HANDLER)));
	if (code < 0 || handlers) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "no_handlers",
	                   "Choose another unit, or have an account with role handler made there.",
	                   "Nobody handles events in this organisation");
}

int event_propose(Request *rq, const Event *event, Duty *out, int max) {
	const EventClass *class;
	DutyPlace place = {0};
	int code = event_class_find(rq, text_of(event->class_code), event->class_version, &class);
	if (code == 0 && event->placed) code = where_duty(rq, event->lon, event->lat, &place);
	return code < 0 ? code : duty_propose(rq, class, &place, out, max);
}

/* The line that a form cites as it says now: 1, 0 there is none for this event and unit (or none is cited), < 0. */
static int duty_of_form(Request *rq, const Event *event, const json_t *form, int64_t org_id, const char **basis) {
	const EventClass *class;
	int64_t duty_id = id_in(form, "duty_id");
	int code = duty_id ? event_class_find(rq, text_of(event->class_code), event->class_version, &class) : 0;
	return code < 0 || !duty_id ? code : duty_cited(rq, duty_id, org_id, class, basis);
}

static int duty_unknown(Request *rq) {
	return form_bad(rq, "duty_id", TEXT_NONE, "unknown_duty",
	                "Choose a line of the unit or of the class, or write the duty without one.",
	                "The list of duties has no such line for this event");
}

static int form_dispatch(Request *rq, void *arg) {
	const CaseForm *given = arg;
	const char *basis;
	Event event;
	Duty first;
	int64_t org_id = id_in(given->form, "org_id");
	int code = form_check(rq, dispatch_words, given->form, false);
	if (code == 0) code = unit_check(rq, "form.org_id", org_id);
	if (code == 0) code = event_find(rq, given->case_id, &event);
	if (code == 0 && id_in(given->form, "duty_id")) {
		int cited = duty_of_form(rq, &event, given->form, org_id, &basis);
		if (cited <= 0) return cited < 0 ? cited : duty_unknown(rq);
	}
	int found = code < 0 ? code : event_propose(rq, &event, &first, 1);
	if (found <= 0 || first.org_id == org_id || text_in(given->form, "reason").len) return found < 0 ? found : 0;
	return form_bad(rq, "reason", TEXT_NONE, "not_proposed",
	                "Say why this unit, or dispatch to the one that the list of duties names.",
	                "The list of duties names another unit first");
}

/* In minutes while that is a limit's length, then in whole hours or days. What is late already is due in a minute. */
int limits_sooner(Request *rq, int64_t outside_due_us, int64_t from_us, const json_t **limits) {
	static const struct {
		const char *name;
		int64_t minutes;
	} units[] = {{"minutes", 1}, {"hours", 60}, {"days", 1440}};
	enum { MOST = 1000 };
	int64_t due_us, minutes = (outside_due_us - from_us) / INT64_C(60000000);
	size_t unit = minutes <= MOST ? 0 : minutes / 60 <= MOST ? 1 : 2;
	int code = case_limit_due(rq, json_object_get(*limits, "dispose"), from_us, &due_us);
	if (code < 0 || due_us <= outside_due_us || minutes / units[unit].minutes > MOST) return code;
	json_t *sooner = *limits ? json_copy((json_t *)*limits) : json_object();
	arena_on_free(rq->arena, json_drop, sooner);
	minutes = minutes < 1 ? 1 : minutes / units[unit].minutes;
	json_object_set_new(sooner, "dispose", json_pack("{s:I}", units[unit].name, (json_int_t)minutes));
	*limits = sooner;
	return 0;
}

/* The history tells the unit and the line by their words: names change, and lines are taken off the list. */
static int effect_dispatch(Request *rq, void *arg) {
	CaseStep *step = arg;
	const char *basis;
	Rows *rows;
	Event event;
	Duty first;
	int64_t org_id = step->parties.supplier_org = id_in(step->form, "org_id");
	int code = event_find(rq, step->case_id, &event), cited = code;
	if (code == 0) cited = duty_of_form(rq, &event, step->form, org_id, &basis);
	if (cited == 0 && (cited = event_propose(rq, &event, &first, 1)) > 0) {
		cited = first.org_id == org_id; /* as proposed, though the form names no line */
		basis = first.basis;
	}
	if (cited > 0) json_object_set_new((json_t *)step->form, "duty", json_string(basis));
	if (cited >= 0) code = db_one(rq->db, &rows, "SELECT name FROM org WHERE org_id = $1", BIND(val_int(org_id)));
	if (cited < 0 || code < 0) return cited < 0 ? cited : code;
	if (code) json_object_set_new((json_t *)step->form, "unit", json_string(rows_str(rows, 0, rq->arena)));
	return !event.outside_due_us ? 0 : limits_sooner(rq, event.outside_due_us, rq->now_us, &step->limits);
}

/* --- return (退单): a line of the list of duties as it says now, so that the history quotes it for good; or, not in the list, in
 * words
 */
static const FormWord return_words[] = {{"duty", WORD_TEXT, true, 4, 500}, {"duty_id", WORD_ID}, {0}};

static int form_return(Request *rq, void *arg) {
	const CaseForm *given = arg;
	const char *basis = "";
	Event event;
	int code = form_check(rq, return_words, given->form, false);
	if (code < 0 || !id_in(given->form, "duty_id")) return code;
	code = event_find(rq, given->case_id, &event);
	if (code == 0) code = duty_of_form(rq, &event, given->form, rq->party.org_id, &basis);
	if (code < 0 || (code && text_is(text_in(given->form, "duty"), basis))) return code < 0 ? code : 0;
	return code ? form_bad(rq, "duty", text_in(given->form, "duty"), "quoted",
	                       "Read the list again and quote the line as it is.", "The list of duties says something else")
	            : duty_unknown(rq);
}

/* --- parts (分办) and one of two (并案): the engine's, and what they mean for rows of event
 * ------------------------------------------ */
/* What the units read, and the history: of a confidential report it tells nobody who it was. */
static int parts_hide(Request *rq, const CaseStep *step) {
	static const char *const members[] = {"title", "words"};
	size_t index;
	json_t *part;
	json_array_foreach(json_object_get(step->form, "parts"), index, part) {
		for (int i = 0; i < 2; i++) {
			const char *said = json_string_value(json_object_get(part, members[i])), *hidden = said;
			int code = event_note_hide(rq, step->case_id, said, &hidden);
			if (code < 0) return code;
			if (hidden != said) json_object_set_new(part, members[i], json_string(hidden));
		}
	}
	return 0;
}

static int effect_split(Request *rq, void *arg) {
	CaseStep *step = arg;
	Event event;
	const json_t *own = step->limits;
	int code = event_find(rq, step->case_id, &event);
	if (code == 0) code = parts_hide(rq, step);
	if (code == 0 && event.outside_due_us) code = limits_sooner(rq, event.outside_due_us, rq->now_us, &step->limits);
	if (code < 0 || (code = action_run(rq, "case.split", arg)) < 0) return code;
	if (strcmp(step->from, step->to) == 0) step->limits = own; /* one more part: the stage goes on as it began */
	return (int)db_run(
	    rq->db,
	    "INSERT INTO event (case_id, class_code, class_version, kind, grade, condition_no, lon, lat, cell, located, area1, "
	    "area2, area3,"
	    " area4, area_text, address, description, component, channel, outside_number, reporter, confidential, happened_us, "
	    "reported_us,"
	    " merged_into, stars, version) SELECT c.case_id, e.class_code, e.class_version, e.kind, e.grade, e.condition_no, "
	    "e.lon, e.lat, 0,"
	    " e.located, e.area1, e.area2, e.area3, e.area4, e.area_text, e.address, e.description, e.component, 'split', '', '',"
	    " e.confidential, e.happened_us, CAST($2 AS BIGINT), 0, 0, 1 FROM event e JOIN work_case c ON c.parent_id = "
	    "e.case_id WHERE"
	    " e.case_id = $1 AND NOT EXISTS (SELECT 1 FROM event x WHERE x.case_id = c.case_id)",
	    BIND(val_int(step->case_id), val_int(rq->now_us)));
}

/* Why is told to the units of its parts. */
static int effect_call_off(Request *rq, void *arg) {
	CaseStep *step = arg;
	int code = action_run(rq, "case.call_off_parts", arg);
	return code < 0 ? code : event_note_hide(rq, step->case_id, step->note, &step->calls_off);
}

static int effect_merge(Request *rq, void *arg) {
	const CaseStep *step = arg;
	int64_t into = id_in(step->form, "case_id");
	int code = action_run(rq, "case.merge", arg);
	if (code < 0) return code;
	code = (int)db_run(rq->db, "UPDATE event SET merged_into = $2, version = version + 1 WHERE case_id = $1",
	                   BIND(val_int(step->case_id), val_int(into)));
	return code < 0 ? code : link_set(rq, step->case_id, into, 1000, "merged");
}

/* --- rating (评价)
 * ---------------------------------------------------------------------------------------------------------------- */
static const FormWord rating_words[] = {{"stars", WORD_INT, true, 1, 5}, {0}};
static int form_rating(Request *rq, void *arg) {
	return form_check(rq, rating_words, ((const CaseForm *)arg)->form, false);
}

/* Of each the last one counts; of several who reported the same, their mean. */
int event_rating_put(Request *rq, int64_t case_id, int64_t report_id, int64_t stars) {
	int64_t done = db_run(rq->db, "UPDATE event SET stars = $2, version = version + 1 WHERE case_id = $1",
	                      BIND(val_int(report_id), val_int(stars)));
	if (done >= 0)
		done =
		    db_run(rq->db,
		           "INSERT INTO event_rating_of (case_id, event_no, report_id, stars) SELECT case_id, MAX(event_no),"
		           " CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM case_event WHERE case_id = $1 AND action = 'close' GROUP"
		           " BY case_id ON CONFLICT (case_id, event_no, report_id) DO UPDATE SET stars = excluded.stars",
		           BIND(val_int(case_id), val_int(report_id), val_int(stars)));
	if (done > 0)
		done = db_run(
		    rq->db,
		    "INSERT INTO event_rating (case_id, event_no, stars) SELECT case_id, event_no, CAST(SUM(stars) AS BIGINT)"
		    " / COUNT(*) FROM event_rating_of WHERE case_id = $1 AND event_no = (SELECT MAX(x.event_no) FROM"
		    " event_rating_of x WHERE x.case_id = $1) GROUP BY case_id, event_no ON CONFLICT (case_id, event_no) DO"
		    " UPDATE SET stars = excluded.stars",
		    BIND(val_int(case_id)));
	return done < 0 ? (int)done : 0;
}

static int effect_rate(Request *rq, void *arg) {
	CaseStep *step = arg;
	return event_rating_put(rq, step->case_id, step->case_id, json_integer_value(json_object_get(step->form, "stars")));
}

const Action event_actions[EVENT_ACTIONS] = {
    {"event_class.check", action_class_check}, /* arg: PackPart of catalog.h */
    {"event_class.local", action_class_local},
    {"event_class.put", action_class_put},
    {"duties.load", action_duties_load},
    /* forms (arg: CaseForm) and effects (CaseStep) of process city_event */
    {"form.event_field", form_field},
    {"event.field", effect_field},
    {"form.event_place", form_place},
    {"event.place", effect_place},
    {"form.event_seen", form_seen},
    {"event.photos", effect_photos},
    {"form.event_filing", form_filing},
    {"event.file", effect_file},
    {"form.event_dispatch", form_dispatch},
    {"event.dispatch", effect_dispatch},
    {"form.event_return", form_return},
    {"event.split", effect_split},
    {"event.call_off", effect_call_off},
    {"event.merge", effect_merge},
    {"form.event_rating", form_rating},
    {"event.rate", effect_rate},
    {"event.offer", effect_offer},
    {"event.pass_on", effect_pass_on},
    {"case.opened_again", action_unsettle},
    {"case.words", action_case_words},
};
