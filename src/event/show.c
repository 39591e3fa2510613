/* show: events as answers: lists by what the party may see, one with all that belongs to it, what may be the same.
 * Read lane (one also in the write that reported it). */
#include "event/internal.h"
#include "place/place.h"
#include <math.h>

/* --- rows ------------------------------------------------------------------------------------------------------------------ */
#define EVENT_COLUMNS                                                                                                            \
	"e.case_id, e.class_code, e.class_version, e.kind, e.grade, e.condition_no, e.lon, e.lat, e.located, e.area1, e.area2, " \
	"e.area3,"                                                                                                               \
	" e.area4, e.area_text, e.address, e.description, e.component, e.channel, e.outside_number, e.reporter, e.confidential," \
	" e.happened_us, e.reported_us, e.merged_into, e.stars, e.version, e.outside_due_us, (SELECT m.number FROM work_case c " \
	"JOIN work_case m ON m.case_id = c.merged_into WHERE c.case_id = e.case_id AND c.merged_into <> 0)"

static void event_of(Request *rq, Rows *rows, Event *out) {
	Arena *arena = rq->arena;
	*out = (Event){.case_id = rows_int(rows, 0),
	               .class_code = rows_str(rows, 1, arena),
	               .class_version = (int)rows_int(rows, 2),
	               .kind = rows_str(rows, 3, arena),
	               .grade = rows_str(rows, 4, arena),
	               .condition_no = (int)rows_int(rows, 5),
	               .lon = rows_double(rows, 6),
	               .lat = rows_double(rows, 7),
	               .located = rows_str(rows, 8, arena),
	               .areas = {rows_int(rows, 9), rows_int(rows, 10), rows_int(rows, 11), rows_int(rows, 12)},
	               .area_text = rows_str(rows, 13, arena),
	               .address = rows_str(rows, 14, arena),
	               .description = rows_str(rows, 15, arena),
	               .component = rows_str(rows, 16, arena),
	               .channel = rows_str(rows, 17, arena),
	               .outside_number = rows_str(rows, 18, arena),
	               .reporter = rows_str(rows, 19, arena),
	               .confidential = rows_int(rows, 20) != 0,
	               .happened_us = rows_int(rows, 21),
	               .reported_us = rows_int(rows, 22),
	               .merged_into = rows_int(rows, 23),
	               .merged_number = rows_null(rows, 27) ? NULL : rows_str(rows, 27, rq->arena),
	               .stars = (int)rows_int(rows, 24),
	               .version = rows_int(rows, 25),
	               .outside_due_us = rows_int(rows, 26)};
	out->placed = strcmp(out->located, "none") != 0;
}

static int not_there(Request *rq) {
	return fail(rq, ERR_NOT_FOUND, "There is no such event among those you may see");
}

int event_find(Request *rq, int64_t case_id, Event *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT " EVENT_COLUMNS " FROM event e WHERE e.case_id = $1", BIND(val_int(case_id)));
	if (found <= 0) return found < 0 ? found : not_there(rq);
	event_of(rq, rows, out);
	return 0;
}

int event_visible(Request *rq, int64_t case_id) {
	CaseView view;
	int64_t there = 0;
	int code = db_int(rq->db, &there, "SELECT COUNT(*) FROM event WHERE case_id = $1", BIND(val_int(case_id)));
	if (code < 0) return code;
	if (!there) return not_there(rq); /* pictures of other cases are theirs to show */
	if ((code = case_view(rq, case_id, &view)) != ERR_NOT_FOUND) return code;
	/* officers and dispatchers see what was reported near them, to know what is the same */
	if (rq->party.kind == PARTY_PERSON &&
	    (party_may(&rq->party, PERMIT_EVENT_REPORT) || party_may(&rq->party, PERMIT_EVENT_DISPATCH))) {
		error_clear(rq->error);
		return 0;
	}
	return code;
}

int event_photos_visible(Request *rq, int64_t case_id) {
	enum { KIN_MAX = 100 };
	int64_t *kin = ARENA_ARRAY(rq->arena, int64_t, KIN_MAX);
	CaseView view;
	Rows *rows;
	int count = 0, found, code = event_visible(rq, case_id);
	if (code != ERR_NOT_FOUND) return code;
	found = db_query(rq->db, &rows,
	                 "SELECT c.case_id FROM work_case c JOIN event e ON e.case_id = c.parent_id WHERE c.parent_id = $1 AND"
	                 " c.parent_id <> 0 UNION ALL SELECT c.parent_id FROM work_case c JOIN event e ON e.case_id = c.case_id"
	                 " WHERE c.case_id = $1 AND c.parent_id <> 0 ORDER BY 1 DESC LIMIT $2",
	                 BIND(val_int(case_id), val_int(KIN_MAX)));
	if (found < 0) return found;
	while ((found = rows_next(rows)) > 0 && count < KIN_MAX)
		kin[count++] = rows_int(rows, 0);
	if (found > 0) rows_close(rows);
	for (int i = 0; i < count && code == ERR_NOT_FOUND; i++)
		code = case_view(rq, kin[i], &view);
	if (code == 0) error_clear(rq->error);
	return code;
}

int event_find_number(Request *rq, Text channel, int64_t source_id, Text outside_number, int64_t *case_id) {
	int found = db_int(rq->db, case_id,
	                   "SELECT case_id FROM event_number WHERE channel = $1 AND source_id = $2 AND outside_number = $3",
	                   BIND(val_text(channel), val_int(source_id), val_text(outside_number)));
	return found < 0 ? found : found ? 0 : ERR_NOT_FOUND;
}

/* --- lists ----------------------------------------------------------------------------------------------------------------- */
/* $1 before $2 organisation $3 account $4 state $5 class or big class $6 channel $7 city $8 from $9 until $10 light $11 now $12
 * rows $13 part of number or title $14 town $15 village $16 grid $17 unit; NULL: not asked; and of few events: $18 those that
 * run $19 the end of the class. An event names its area on each level, so an area's events are those of the areas under it too.
 */
enum { LIST_ARGS = 19, FEW_EVENTS = 2000 };
#define LIST_FILTER                                                                                                              \
	"/*if $1*/ AND c.case_id < $1/*end*//*if $4*/ AND c.state = $4/*end*/" EVENT_FILTER(                                     \
	    "$5", "$10", "$11",                                                                                                  \
	    "$13") "/*if $6*/ AND e.channel = $6/*end*//*if $7*/ AND e.area1 = $7/*end*//*if $14*/ AND e.area2 = $14/*end*/"     \
	           "/*if $15*/ AND e.area3 = $15/*end*//*if $16*/ AND e.area4 = $16/*end*//*if $17*/ AND c.supplier_org = "      \
	           "$17/*end*/"                                                                                                  \
	           "/*if $8*/ AND e.reported_us >= $8/*end*//*if $9*/ AND e.reported_us < $9/*end*/" CASE_FOUND
/* Walks cases of some index backwards; by area: the area's events. CROSS JOIN: SQLite takes them in this order. */
#define LIST_PART(where, name)                                                                                                   \
	"SELECT * FROM (SELECT c.case_id FROM work_case c CROSS JOIN event e WHERE e.case_id = c.case_id AND " where LIST_FILTER \
	" ORDER BY c.case_id DESC LIMIT $12) " name
#define AREA_PART(where)                                                                                                         \
	"SELECT * FROM (SELECT e.case_id FROM event e CROSS JOIN work_case c WHERE c.case_id = e.case_id AND " where LIST_FILTER \
	" ORDER BY e.case_id DESC LIMIT $12) there"
/* What runs, or a class that few have, is looked through from there: a walk would pass all that ended. */
#define FEW_PART(where)                                                                                                          \
	"SELECT * FROM (SELECT f.case_id FROM event f CROSS JOIN work_case c CROSS JOIN event e WHERE c.case_id = f.case_id AND" \
	" e.case_id = f.case_id/*if $18*/ AND f.settled = 0 AND c.closed_at = 0/*end*//*if $19*/ AND f.class_code >= $5 AND"     \
	" f.class_code < $19/*end*/ AND " where LIST_FILTER " ORDER BY f.case_id DESC LIMIT $12) few"
#define LIST_ROWS(parts)                                                                                                         \
	EVENT_LIST_COLUMNS("$11")                                                                                                \
	" FROM (" parts ") u JOIN work_case c ON c.case_id = u.case_id JOIN event e ON e.case_id = c.case_id LEFT JOIN org s ON" \
	" s.org_id = c.supplier_org ORDER BY c.case_id DESC LIMIT $12"
#define OF_CENTRE "c.centre_org = $2 AND c.centre_org <> 0"
/* what it sent to the level above (提级会办) is its matter still */
#define OF_HOME "c.home_org = $2 AND c.level > 0 AND c.centre_org <> $2"
#define OF_UNIT "c.supplier_org = $2 AND c.supplier_org <> 0"
/* a part of what one reported is no report of one's own */
#define OF_REPORTER "c.asker_account = $3 AND c.asker_account <> 0 AND c.parent_id = 0"
#define OF_OFFICER                                                                                                               \
	"c.case_id IN (SELECT a.case_id FROM work_case a WHERE a.asker_account = $3 AND a.asker_account <> 0 AND a.parent_id = " \
	"0 UNION SELECT"                                                                                                         \
	" f.case_id FROM work_case f WHERE f.turn_account = $3 AND f.closed_at = 0 AND f.turn_account <> 0)"
#define OF_CITY "c.line = 'city'"
#define OF_DISPATCH "(" OF_CENTRE " OR " OF_HOME ")"
typedef struct List {
	const char *all, *of_area, *few; /* of_area: of a town, a village or a grid */
} List;
static const List list_centre = {LIST_ROWS(LIST_PART(OF_CENTRE, "own") " UNION ALL " LIST_PART(OF_HOME, "raised")),
                                 LIST_ROWS(AREA_PART(OF_DISPATCH)), LIST_ROWS(FEW_PART(OF_DISPATCH))};
/* a unit's cases are asked for by the unit, whoever looks */
static const List list_of_unit = {LIST_ROWS(LIST_PART("c.supplier_org = $17 AND c.supplier_org <> 0 AND " OF_DISPATCH, "own")),
                                  LIST_ROWS(AREA_PART(OF_DISPATCH)), LIST_ROWS(FEW_PART(OF_DISPATCH))};
static const List list_all = {LIST_ROWS(LIST_PART(OF_CITY, "own")), LIST_ROWS(AREA_PART(OF_CITY)), LIST_ROWS(FEW_PART(OF_CITY))};
static const List list_unit = {LIST_ROWS(LIST_PART(OF_UNIT, "own")), LIST_ROWS(AREA_PART(OF_UNIT)), LIST_ROWS(FEW_PART(OF_UNIT))};
static const List list_mine = {LIST_ROWS(LIST_PART(OF_OFFICER, "own")), LIST_ROWS(LIST_PART(OF_OFFICER, "own")), NULL};
static const List list_reported = {LIST_ROWS(LIST_PART(OF_REPORTER, "own")), LIST_ROWS(LIST_PART(OF_REPORTER, "own")), NULL};

/* The widest that the party may see; NULL: nothing of events is its business. */
static const List *list_of(Request *rq) {
	const Party *party = &rq->party;
	if (party_may(party, PERMIT_EVENT_DISPATCH) || party_may(party, PERMIT_EVENT_SUPERVISE))
		return in_int(rq, "unit") ? &list_of_unit : &list_centre;
	if (party_may(party, PERMIT_AUDIT)) return &list_all;
	if (party_may(party, PERMIT_EVENT_HANDLE)) return &list_unit;
	return party_may(party, PERMIT_EVENT_REPORT) ? &list_mine : NULL;
}

static void place_write(JsonWriter *json, bool placed, double lon, double lat) {
	jw_key(json, "lon");
	placed ? jw_double(json, lon) : jw_null(json);
	jw_key(json, "lat");
	placed ? jw_double(json, lat) : jw_null(json);
}

static void id_or_null(JsonWriter *json, const char *key, int64_t id) {
	jw_key(json, key);
	id ? jw_id(json, id) : jw_null(json);
}

int event_list_row(Request *rq, Rows *rows) {
	JsonWriter *json = &rq->json;
	const char *title, *title_en;
	int64_t due = rows_int(rows, 7);
	int code = case_state_titles(rq, TEXT("city_event"), (int)rows_int(rows, 4), rows_text(rows, 3), &title, &title_en);
	if (code < 0) return code;
	jw_object(json);
	jw_kv_id(json, "case_id", rows_int(rows, 0));
	jw_kv_text(json, "number", rows_text(rows, 1));
	jw_kv_text(json, "title", rows_text(rows, 2));
	jw_kv_text(json, "state", rows_text(rows, 3));
	jw_kv_str(json, "state_title", title);
	jw_kv_str(json, "state_title_en", title_en);
	jw_kv_text(json, "outcome", rows_text(rows, 5));
	jw_kv_text(json, "turn", rows_text(rows, 6));
	jw_kv_text(json, "light", rows_text(rows, 27));
	jw_kv_str(json, "pressed", case_pressed_name(rows_int(rows, 28)));
	jw_kv_time(json, "due_at", rows_int(rows, 9) || due >= INT64_C(4102444800000000) ? 0 : due);
	jw_kv_time(json, "paused_at", rows_int(rows, 8));
	jw_kv_time(json, "closed_at", rows_int(rows, 9));
	jw_kv_int(json, "version", rows_int(rows, 10));
	jw_kv_int(json, "returns", rows_int(rows, 11));
	jw_kv_int(json, "reworks", rows_int(rows, 12));
	jw_kv_int(json, "level", rows_int(rows, 13));
	jw_kv_text(json, "supplier_org_name", rows_text(rows, 14));
	jw_kv_text(json, "class_code", rows_text(rows, 15));
	jw_kv_text(json, "kind", rows_text(rows, 16));
	jw_kv_text(json, "grade", rows_text(rows, 17));
	place_write(json, !text_is(rows_text(rows, 18), "none"), rows_double(rows, 19), rows_double(rows, 20));
	jw_kv_text(json, "address", rows_text(rows, 21));
	jw_kv_text(json, "area_text", rows_text(rows, 22));
	jw_kv_text(json, "channel", rows_text(rows, 23));
	jw_kv_time(json, "reported_at", rows_int(rows, 24));
	id_or_null(json, "merged_into", rows_int(rows, 25));
	jw_key(json, "merged_number");
	rows_null(rows, 30) ? jw_null(json) : jw_text(json, rows_text(rows, 30));
	id_or_null(json, "parent_id", rows_int(rows, 26));
	jw_key(json, "raised_to");
	rows_null(rows, 29) ? jw_null(json) : jw_text(json, rows_text(rows, 29));
	jw_object_end(json);
	return 0;
}

int event_class_few(Request *rq, int most, Val *end) {
	Text class_code = in_text(rq, "class");
	int64_t count;
	if (!class_code.len) return 0;
	Val after = val_str(arena_printf(rq->arena, "%.*s\x7f", TEXT_ARG(class_code)));
	int found = db_int(rq->db, &count,
	                   "SELECT COUNT(*) FROM (SELECT 1 FROM event WHERE class_code >= $1 AND class_code < $2 LIMIT $3) f",
	                   BIND(val_text(class_code), after, val_int(most + 1)));
	if (found < 0 || count > most) return found < 0 ? found : 0;
	*end = after;
	return 1;
}

/* Whether what is asked for is among few events; sets which. Only what runs has a light. */
static int few_asked(Request *rq, Val args[LIST_ARGS]) {
	Text light = in_text(rq, "light");
	if (!light.len || text_is(light, "none")) return event_class_few(rq, FEW_EVENTS, &args[18]);
	args[17] = val_int(1);
	return 1;
}

int city_events_get(Request *rq) {
	static const int area_args[EVENT_AREAS] = {6, 13, 14, 15};
	const List *list = in_int(rq, "mine") ? &list_reported : list_of(rq);
	Val args[LIST_ARGS] = {asked_int(rq, "after"),
	                       val_int(rq->party.org_id),
	                       val_int(rq->party.account_id),
	                       asked_text(rq, "state"),
	                       asked_text(rq, "class"),
	                       asked_text(rq, "channel"),
	                       val_null(),
	                       asked_int(rq, "from"),
	                       in_has(rq, "until") ? val_int(in_int(rq, "until")) : val_null(),
	                       asked_text(rq, "light"),
	                       val_int(rq->now_us),
	                       val_int(in_limit(rq) + 1),
	                       asked_like(rq, "q"),
	                       val_null(),
	                       val_null(),
	                       val_null(),
	                       asked_int(rq, "unit"),
	                       val_null(),
	                       val_null()};
	if (!list || !list_of(rq))
		return fail(rq, ERR_FORBIDDEN, "Events are seen by those who report, handle, dispatch or supervise them");
	int level = area_asked_level(rq);
	if (level < 0) return level;
	if (level) args[area_args[level - 1]] = val_int(in_int(rq, "area"));
	int few = list->few ? few_asked(rq, args) : 0;
	if (few < 0) return few;
	return case_list_answer(rq, event_list_row, few ? list->few : level > 1 ? list->of_area : list->all, args, LIST_ARGS);
}

/* --- what may be the same ----------------------------------------------------------------------------------------------------
 */
/* One line of those: no free text, nothing of the reporter. */
static int like_write(Request *rq, int64_t case_id, int score, double metres, const char *link) {
	Rows *rows;
	const char *title, *title_en;
	JsonWriter *json = &rq->json;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT c.number, c.title, c.state, c.process_version, c.closed_at, e.class_code, e.lon, e.lat, e.reported_us FROM"
	    " work_case c JOIN event e ON e.case_id = c.case_id WHERE c.case_id = $1",
	    BIND(val_int(case_id)));
	if (found <= 0) return found;
	Text state = text_dup(rq->arena, rows_text(rows, 2));
	jw_object(json);
	jw_kv_id(json, "case_id", case_id);
	jw_kv_text(json, "number", rows_text(rows, 0));
	jw_kv_text(json, "title", rows_text(rows, 1));
	jw_kv_text(json, "state", state);
	jw_kv_bool(json, "open", rows_int(rows, 4) == 0);
	jw_kv_text(json, "class_code", rows_text(rows, 5));
	place_write(json, true, rows_double(rows, 6), rows_double(rows, 7));
	jw_kv_time(json, "reported_at", rows_int(rows, 8));
	jw_kv_int(json, "score", score);
	jw_kv_int(json, "metres", lround(metres));
	jw_kv_str(json, "link", link);
	int code = case_state_titles(rq, TEXT("city_event"), (int)rows_int(rows, 3), state, &title, &title_en);
	if (code < 0) return code;
	jw_kv_str(json, "state_title", title);
	jw_kv_str(json, "state_title_en", title_en);
	code = event_photos_write(rq, "photos", case_id);
	jw_object_end(json);
	return code;
}

enum { LIKE_SHOWN = 5 };

/* While reporting, and for whoever accepts. */
int duplicates_get(Request *rq) {
	const EventClass *class;
	Alike found[LIKE_SHOWN];
	int code = class_for_report(rq, in_text(rq, "class_code"), &class);
	if (code < 0) return code;
	const AlikeAsk ask = {class, in_double(rq, "lon"), in_double(rq, "lat"), rq->now_us, 0};
	int count = duplicates_find(rq, &ask, found, LIKE_SHOWN);
	if (count < 0) return count;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; i < count && code >= 0; i++)
		code = like_write(rq, found[i].case_id, found[i].score, found[i].metres, "");
	if (code >= 0) answer_rows_end(rq, 0);
	return code < 0 ? code : 0;
}

typedef struct Link {
	int64_t case_id;
	int score;
	const char *state;
} Link;

/* Linked when it was reported, and those that were linked to it since. */
static int links_write(Request *rq, const Event *event) {
	enum { LINKS_MAX = 50 };
	Link *links = ARENA_ARRAY(rq->arena, Link, LINKS_MAX);
	Rows *rows;
	int count = 0,
	    code =
	        db_query(rq->db, &rows,
	                 "SELECT l.other_id, l.score, l.state FROM event_link l WHERE l.case_id = $1 UNION ALL SELECT k.case_id,"
	                 " k.score, k.state FROM event_link k WHERE k.other_id = $1 ORDER BY 2 DESC, 1 LIMIT $2",
	                 BIND(val_int(event->case_id), val_int(LINKS_MAX)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < LINKS_MAX)
		links[count++] = (Link){rows_int(rows, 0), (int)rows_int(rows, 1), rows_str(rows, 2, rq->arena)};
	if (code > 0) rows_close(rows);
	jw_key(&rq->json, "duplicates");
	jw_array(&rq->json);
	for (int i = 0; i < count && code >= 0; i++) {
		Event other;
		if ((code = event_find(rq, links[i].case_id, &other)) < 0) break;
		double metres = event->placed && other.placed ? place_distance(event->lon, event->lat, other.lon, other.lat) : 0;
		code = like_write(rq, links[i].case_id, links[i].score, metres, links[i].state);
	}
	jw_array_end(&rq->json);
	return code < 0 ? code : 0;
}

/* Somebody looked: the two are not the same. */
int duplicate_apart(Request *rq) {
	CaseView view;
	int64_t case_id = in_int(rq, "id"), other = in_int(rq, "other");
	int code = case_view(rq, case_id, &view);
	if (code < 0) return code;
	rq->about_subject = case_id;
	int64_t changed = db_run(
	    rq->db,
	    "UPDATE event_link SET state = 'apart', at_us = $3, account_id = $4 WHERE state = 'shown' AND ((case_id = $1 AND"
	    " other_id = $2) OR (case_id = $2 AND other_id = $1))",
	    BIND(val_int(case_id), val_int(other), val_int(rq->now_us), val_int(rq->party.account_id)));
	if (changed) return changed < 0 ? (int)changed : 0;
	return fail(rq, ERR_NOT_FOUND, "There is no such event among those you may see");
}

/* --- one ---------------------------------------------------------------------------------------------------------------------
 */
static int duties_write(Request *rq, const char *key, const Duty *lines, int count) {
	jw_key(&rq->json, key);
	jw_array(&rq->json);
	for (int i = 0; i < count; i++)
		duty_write(rq, &lines[i]);
	jw_array_end(&rq->json);
	return 0;
}

static int proposal_write(Request *rq, const Event *event) {
	enum { UNITS = 5 };
	Duty found[UNITS];
	int count = event_propose(rq, event, found, UNITS);
	return count < 0 ? count : duties_write(rq, "proposal", found, count);
}

/* What the unit that handles it may cite in a return beside what is proposed: its own lines, the same for all its events. */
static int own_duties_write(Request *rq, const CaseView *view, bool wanted) {
	enum { LINES = 100 };
	Duty *found = ARENA_ARRAY(rq->arena, Duty, LINES);
	int count = wanted && view->is_supplier ? duty_own(rq, rq->party.org_id, found, LINES) : 0;
	return count < 0 ? count : duties_write(rq, "duties", found, count);
}

/* What a part was given to do, as it began; "" of any other case. */
static Text part_words(Request *rq, Text form) {
	json_t *json = json_loadb(form.at ? form.at : "", form.len, 0, NULL);
	const char *words = json_string_value(json_object_get(json, "words"));
	Text out = text_dup(rq->arena, text_of(words ? words : ""));
	json_decref(json);
	return out;
}

static int part_row_write(Request *rq, Rows *rows) {
	const char *title, *title_en;
	JsonWriter *json = &rq->json;
	Text state = text_dup(rq->arena, rows_text(rows, 3));
	jw_object(json);
	jw_kv_id(json, "case_id", rows_int(rows, 0));
	jw_kv_text(json, "number", rows_text(rows, 1));
	jw_kv_text(json, "title", rows_text(rows, 2));
	jw_kv_text(json, "state", state);
	jw_kv_time(json, "closed_at", rows_int(rows, 4));
	jw_kv_text(json, "supplier_org_name", rows_text(rows, 5));
	jw_kv_text(json, "words", part_words(rq, rows_text(rows, 6)));
	int code = case_state_titles(rq, TEXT("city_event"), (int)rows_int(rows, 7), state, &title, &title_en);
	if (code < 0) return code;
	jw_kv_str(json, "state_title", title);
	jw_kv_str(json, "state_title_en", title_en);
	jw_object_end(json);
	return 0;
}

static int parts_write(Request *rq, int64_t case_id) {
	enum { SHOWN = 200 };
	Rows *rows;
	int code = db_query(rq->db, &rows,
	                    "SELECT c.case_id, c.number, c.title, c.state, c.closed_at, s.name, c.form, c.process_version FROM"
	                    " work_case c LEFT JOIN org s ON s.org_id = c.supplier_org WHERE c.parent_id = $1 AND c.parent_id <>"
	                    " 0 ORDER BY c.case_id LIMIT $2",
	                    BIND(val_int(case_id), val_int(SHOWN)));
	if (code < 0) return code;
	jw_key(&rq->json, "parts");
	jw_array(&rq->json);
	while ((code = rows_next(rows)) > 0)
		if ((code = part_row_write(rq, rows)) < 0) {
			rows_close(rows);
			break;
		}
	jw_array_end(&rq->json);
	return code;
}

/* The case that it is a part of, and what it was given to do. */
static int part_of_write(Request *rq, const CaseView *view) {
	Rows *rows;
	jw_key(&rq->json, "part");
	int found = view->parent_id
	                ? db_one(rq->db, &rows,
	                         "SELECT p.number, c.form FROM work_case c JOIN work_case p ON p.case_id = c.parent_id"
	                         " WHERE c.case_id = $1",
	                         BIND(val_int(view->case_id)))
	                : 0;
	if (found <= 0) {
		jw_null(&rq->json);
		return found;
	}
	jw_object(&rq->json);
	jw_kv_text(&rq->json, "number", rows_text(rows, 0));
	jw_kv_text(&rq->json, "words", part_words(rq, rows_text(rows, 1)));
	jw_object_end(&rq->json);
	return 0;
}

static void facts_write(Request *rq, const Event *event, const CaseView *view) {
	JsonWriter *json = &rq->json;
	jw_kv_id(json, "case_id", event->case_id);
	jw_kv_str(json, "number", view->number);
	jw_kv_str(json, "title", view->title);
	jw_kv_str(json, "state", view->state);
	jw_kv_str(json, "outcome", view->outcome);
	jw_kv_str(json, "light", view->light);
	jw_kv_time(json, "due_at", view->due_us);
	jw_kv_int(json, "version", view->version);
	jw_kv_str(json, "class_code", event->class_code);
	jw_kv_int(json, "class_version", event->class_version);
	jw_kv_int(json, "condition_no", event->condition_no);
	jw_kv_str(json, "kind", event->kind);
	jw_kv_str(json, "grade", event->grade);
	place_write(json, event->placed, event->lon, event->lat);
	jw_kv_str(json, "located", event->located);
	jw_kv_str(json, "area_text", event->area_text);
	jw_kv_str(json, "address", event->address);
	jw_kv_str(json, "description", event->description);
	jw_kv_str(json, "component", event->component);
	jw_kv_str(json, "channel", event->channel);
	jw_kv_str(json, "outside_number", event->outside_number);
	jw_kv_time(json, "outside_due_at", event->outside_due_us);
	jw_kv_time(json, "happened_at", event->happened_us);
	jw_kv_time(json, "reported_at", event->reported_us);
	id_or_null(json, "merged_into", event->merged_into);
	jw_kv_str(json, "merged_number", event->merged_number);
	id_or_null(json, "parent_id", view->parent_id);
	jw_kv_int(json, "stars", event->stars);
	jw_kv_int(json, "returns", view->returns);
	jw_kv_int(json, "reworks", view->reworks);
	jw_kv_int(json, "level", view->level);
	jw_kv_bool(json, "is_bureau", view->is_bureau);
	jw_kv_bool(json, "is_supplier", view->is_supplier);
}

static int class_write(Request *rq, const Event *event) {
	const EventClass *class;
	int code = event_class_find(rq, text_of(event->class_code), event->class_version, &class);
	if (code < 0) return code == ERR_NOT_FOUND ? fail(rq, ERR_INTERNAL, "class %s is lost", event->class_code) : code;
	jw_key(&rq->json, "class");
	jw_object(&rq->json);
	class_members(rq, class);
	jw_object_end(&rq->json);
	return 0;
}

static int one_show(Request *rq, int64_t case_id, bool duties) {
	CaseView view;
	Event event;
	int code = case_view(rq, case_id, &view);
	if (code == 0) code = event_find(rq, case_id, &event);
	if (code < 0) return code;
	rq->about_subject = case_id;
	jw_object(&rq->json);
	facts_write(rq, &event, &view);
	if ((code = class_write(rq, &event)) == 0 && (code = reporter_write(rq, &event, &view)) == 0 &&
	    (code = photos_together_write(rq, case_id, view.parent_id)) == 0 && (code = part_of_write(rq, &view)) == 0 &&
	    (code = links_write(rq, &event)) == 0 && (code = proposal_write(rq, &event)) == 0 &&
	    (code = own_duties_write(rq, &view, duties)) == 0)
		code = parts_write(rq, case_id);
	jw_object_end(&rq->json);
	return code;
}

int event_show(Request *rq, int64_t case_id) {
	return one_show(rq, case_id, true);
}

int event_get(Request *rq) {
	return one_show(rq, in_int(rq, "id"), !in_has(rq, "duties") || in_int(rq, "duties"));
}
