/* report: the one way in: whoever reports, by whatever channel, is checked here and becomes a case with a row of event. Runs in
 * the caller's write; nothing of it waits for anything but the store. */
#include "event/internal.h"

static const struct {
	unsigned bit;
	const char *field;
} needs_fields[] = {{NEEDS_ADDRESS, "address"},         {NEEDS_PHOTO, "photos"},         {NEEDS_COMPONENT, "component"},
                    {NEEDS_DESCRIPTION, "description"}, {NEEDS_PHONE, "reporter_phone"}, {NEEDS_PLACE, "lon"}};

static Text or_empty(Text text) {
	return text.at ? text : TEXT("");
}

static bool by_words(const EventReport *report) {
	return text_is(report->channel, "public") || text_is(report->channel, "hotline");
}

static unsigned needs_met(const EventReport *report, const EventWhere *where) {
	return (report->address.len ? NEEDS_ADDRESS : 0) | (report->photo_count ? NEEDS_PHOTO : 0) |
	       (report->component.len ? NEEDS_COMPONENT : 0) | (report->description.len ? NEEDS_DESCRIPTION : 0) |
	       (report->reporter_phone.len ? NEEDS_PHONE : 0) |
	       /* who tells of it from outside may only know its name: the centre finds it */
	       (where->placed || (by_words(report) && report->address.len) ? NEEDS_PLACE : 0);
}

/* Its place is missing: neither coordinates nor an address that is clearly one of the city's. */
static int place_missing(Request *rq, Text address, const EventWhere *where) {
	const char *message = "An event of this class needs its place: coordinates, or an address that is known";
	if (!address.len)
		return error_field(rq->error, ERR_INVALID, "lon", TEXT_NONE, "class_needs", "Give coordinates or an address.",
		                   "%s", message);
	return error_field(rq->error, ERR_INVALID, "address", address, "class_needs",
	                   *where->perhaps
	                       ? arena_printf(rq->arena, "Choose one of these, or give coordinates: %s", where->perhaps)
	                       : "Write road and number as on the door plate, or give coordinates.",
	                   "%s", message);
}

static int needs_check(Request *rq, const EventClass *class, const EventReport *report, const EventWhere *where) {
	unsigned missing = class->needs & ~needs_met(report, where);
	for (size_t i = 0; missing && i < sizeof needs_fields / sizeof *needs_fields; i++)
		if (missing & needs_fields[i].bit)
			return needs_fields[i].bit == NEEDS_PLACE
			           ? place_missing(rq, report->address, where)
			           : error_field(rq->error, ERR_INVALID, needs_fields[i].field, TEXT_NONE, "class_needs",
			                         "Fill it in.", "An event of this class needs this");
	return 0;
}

int class_for_report(Request *rq, Text code, const EventClass **out) {
	int found = event_class_find(rq, code, 0, out);
	if (found == ERR_NOT_FOUND)
		return error_field(rq->error, ERR_INVALID, "class_code", code, "class_unknown",
		                   "Choose one of the list of classes.", "There is no such class of events");
	if (found < 0) return found;
	if (!*(*out)->parent)
		return error_field(rq->error, ERR_INVALID, "class_code", code, "class_big", "Choose a small class under it.",
		                   "This is a big class; nothing is reported under it");
	if (strcmp((*out)->kind, "check") == 0)
		return error_field(rq->error, ERR_INVALID, "class_code", code, "class_check",
		                   "Send records to the field from the list of doubts or the entry's data.",
		                   "Under this class records are verified; nothing is reported");
	if ((*out)->retired)
		return error_field(rq->error, ERR_INVALID, "class_code", code, "class_retired",
		                   "Choose one of the list of classes.", "This class is no longer in use");
	return 0;
}

typedef struct TextRule {
	const char *field;
	Text text;
	size_t max;
} TextRule;

static int texts_check(Request *rq, const EventReport *report) {
	const TextRule rules[] = {{"address", report->address, 200},
	                          {"description", report->description, EVENT_TEXT_MAX},
	                          {"component", report->component, 60},
	                          {"outside_number", report->outside_number, 100},
	                          {"reporter_name", report->reporter_name, 60},
	                          {"reporter_phone", report->reporter_phone, 40}};
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (!utf8_valid(rules[i].text))
			return error_field(rq->error, ERR_INVALID, rules[i].field, TEXT_NONE, "utf8", "Send texts as UTF-8.",
			                   "This is no valid text");
		if (utf8_count(rules[i].text) > rules[i].max)
			return error_field(rq->error, ERR_INVALID, rules[i].field, TEXT_NONE, "length", "Write it shorter.",
			                   "A text of at most %zu characters is taken here", rules[i].max);
	}
	return 0;
}

static int grade_check(Request *rq, Text grade) {
	if (!grade.len || text_is(grade, "general") || text_is(grade, "large") || text_is(grade, "major")) return 0;
	return error_field(rq->error, ERR_INVALID, "grade", grade, "choice", "Use general, large or major.",
	                   "There is no such grade");
}

static int time_check(Request *rq, int64_t happened_us) {
	enum { YEARS_US_DAYS = 3660 };
	if (!happened_us ||
	    (happened_us <= rq->now_us + INT64_C(300000000) && happened_us > rq->now_us - YEARS_US_DAYS * INT64_C(86400000000)))
		return 0;
	return error_field(rq->error, ERR_INVALID, "happened_at", TEXT_NONE, "range", "Give the time at which it was seen.",
	                   "An event cannot have happened in the future, or ten years ago");
}

/* History may be old, and lacks what is asked of reports today. */
static int past_check(Request *rq, const EventReport *report) {
	if (report->happened_us <= 0)
		return error_field(rq->error, ERR_INVALID, "happened_at", TEXT_NONE, "range",
		                   "Give the time at which it was seen.", "History has its own times, from 1970 on");
	if (report->closed_us >= report->happened_us && report->closed_us <= rq->now_us) return 0;
	return error_field(rq->error, ERR_INVALID, "closed_at", TEXT_NONE, "range", "Look at the two times and their zone.",
	                   "It cannot have been closed before it happened, or in the future");
}

/* Who reported, in a form that only this city's key opens, with the words that were said where some of them are kept from others;
 * "" when nobody is named. */
static const char *reporter_seal(Request *rq, const EventReport *report, Text words) {
	if (!report->reporter_name.len && !report->reporter_phone.len && !words.len) return "";
	Buf text = {0};
	JsonWriter json;
	jw_begin(&json, &text);
	jw_object(&json);
	jw_kv_text(&json, "name", report->reporter_name);
	jw_kv_text(&json, "phone", report->reporter_phone);
	if (words.len) jw_kv_text(&json, "words", words);
	jw_object_end(&json);
	char *locked = secret_lock(rq->arena, app_secret(rq->app), buf_as_text(&text));
	buf_free(&text);
	return locked;
}

/* Of a confidential report everybody reads what does not tell who it was: in lists, titles, exports, by other systems. */
static const char *report_hide(Request *rq, EventReport *report) {
	Text *parts[] = {&report->description, &report->address, &report->component}, said = TEXT("");
	for (int i = 0; i < 3 && report->confidential; i++) {
		if (!parts[i]->len) continue;
		Text hidden = event_words_hide(rq->arena, *parts[i], report->reporter_name, report->reporter_phone);
		if (!text_eq(hidden, *parts[i]))
			said = text_of(
			    arena_printf(rq->arena, "%.*s%s%.*s", TEXT_ARG(said), said.len ? "\n" : "", TEXT_ARG(*parts[i])));
		*parts[i] = hidden;
	}
	return reporter_seal(rq, report, said);
}

/* The case that this sender's number became before: 1, 0 none, or a code. */
static int number_find(Request *rq, const EventReport *report, EventReceipt *out) {
	Rows *rows;
	if (!report->outside_number.len) return 0;
	/* by sender where one is known: a file's portion takes one lock, not one a row */
	int64_t whose =
	    report->source_id ? report->source_id : (int64_t)(siphash64(app_secret(rq->app), report->outside_number) >> 2);
	int code = db_lock(rq->db, "event.number", whose);
	if (code < 0) return code;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT n.case_id, c.number FROM event_number n JOIN work_case c ON c.case_id = n.case_id WHERE n.channel = $1"
	           " AND n.source_id = $2 AND n.outside_number = $3",
	           BIND(val_text(report->channel), val_int(report->source_id), val_text(report->outside_number)));
	if (found > 0) *out = (EventReceipt){rows_int(rows, 0), rows_str(rows, 1, rq->arena), true};
	return found;
}

static int row_insert(Request *rq, const EventReport *report, const EventClass *class, const EventWhere *where,
                      const char *reporter, int64_t case_id) {
	Text grade = report->grade.len ? report->grade : text_of(class->grade);
	int code = (int)db_run(
	    rq->db,
	    "INSERT INTO event (case_id, class_code, class_version, kind, grade, condition_no, lon, lat, cell, located, area1, "
	    "area2,"
	    " area3, area4, area_text, address, description, component, channel, outside_number, reporter, confidential, "
	    "happened_us,"
	    " reported_us, merged_into, stars, version, outside_due_us) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, $11, "
	    "$12, $13, $14, "
	    "$15, $16,"
	    " $17, $18, $19, $20, $21, $22, $23, 0, 0, 1, $24)",
	    BIND(val_int(case_id), val_str(class->code), val_int(class->version), val_str(class->kind), val_text(grade),
	         val_double(where->lon), val_double(where->lat), val_int(where->placed ? event_cell(where->lon, where->lat) : 0),
	         val_str(where->located), val_int(where->keys[0]), val_int(where->keys[1]), val_int(where->keys[2]),
	         val_int(where->keys[3]), val_str(where->text), val_text(or_empty(report->address)),
	         val_text(or_empty(report->description)), val_text(or_empty(report->component)), val_text(report->channel),
	         val_text(or_empty(report->outside_number)), val_str(reporter), val_int(report->confidential),
	         val_int(report->happened_us ? report->happened_us : rq->now_us),
	         val_int(report->closed_us     ? report->happened_us
	                 : report->reported_us ? report->reported_us
	                                       : rq->now_us),
	         val_int(report->outside_due_us)));
	if (code < 0 || !report->outside_number.len) return code < 0 ? code : 0;
	code = (int)db_run(
	    rq->db, "INSERT INTO event_number (channel, source_id, outside_number, case_id) VALUES ($1, $2, $3, $4)",
	    BIND(val_text(report->channel), val_int(report->source_id), val_text(report->outside_number), val_int(case_id)));
	return code < 0 ? code : 0;
}

static int like_link(Request *rq, const EventClass *class, const EventWhere *where, int64_t case_id) {
	enum { SHOWN = 5 };
	Alike found[SHOWN];
	if (!where->placed) return 0;
	const AlikeAsk ask = {class, where->lon, where->lat, rq->now_us, case_id};
	int count = duplicates_find(rq, &ask, found, SHOWN);
	return count < 0 ? count : duplicates_link(rq, case_id, found, count);
}

int event_report(Request *rq, const EventReport *given, EventReceipt *out) {
	const EventClass *class;
	EventWhere where;
	EventReport copy = *given, *report = &copy;
	*out = (EventReceipt){0};
	int code = number_find(rq, report, out);
	if (code) return code < 0 ? code : 0;
	if ((code = class_for_report(rq, report->class_code, &class)) < 0 || (code = texts_check(rq, report)) < 0 ||
	    (code = grade_check(rq, report->grade)) < 0 ||
	    (code = report->closed_us ? past_check(rq, report) : time_check(rq, report->happened_us)) < 0 ||
	    (code = event_where(rq, report, &where)) < 0 ||
	    (!report->closed_us && (code = needs_check(rq, class, report, &where)) < 0))
		return code;
	const char *reporter = report_hide(rq, report);
	if ((code = event_case_open(rq, report, class, &where, out)) < 0 ||
	    (code = row_insert(rq, report, class, &where, reporter, out->case_id)) < 0 ||
	    (code = photos_attach(rq, out->case_id, "report", report->photos, report->photo_count, "photos")) < 0)
		return code;
	return report->closed_us ? 0 : like_link(rq, class, &where, out->case_id);
}
