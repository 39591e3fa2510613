/* stats_count: figures of city events counted from what the steps of their cases left behind (stages with their due times as they
 * were in force), from open stages as they stand, and from reports. Every figure is a number of rows of one query, so that the
 * cases behind it are the same query without the counting. Read lane. */
#include "event/stats.h"
#include <math.h>

enum { UNITS_MAX = 5000, WEEK = 7 };

/* --- the period ----------------------------------------------------------------------------------------------------------- */
static int64_t day_us(int32_t day) {
	return ((int64_t)day * 24 - 8) * INT64_C(3600000000); /* midnight in Asia/Shanghai */
}

static int months_of(const char *period) {
	return strcmp(period, "month") == 0 ? 1 : strcmp(period, "quarter") == 0 ? 3 : strcmp(period, "year") == 0 ? 12 : 0;
}

/* The period of that kind that holds the day, `back` periods before. */
static void period_of(const char *period, int32_t at, int back, StatAsk *out) {
	int year, month, day, months = months_of(period), days = strcmp(period, "week") == 0 ? WEEK : 1;
	date_to_civil(at, &year, &month, &day);
	if (months) {
		int first = (year * 12 + month - 1) / months * months - back * months, end = first + months;
		out->from_us = day_us(date_from_civil(first / 12, first % 12 + 1, 1));
		out->until_us = day_us(date_from_civil(end / 12, end % 12 + 1, 1));
		return;
	}
	int32_t first =
	    (days == WEEK ? at - (at + 3) % WEEK : at) - back * days; /* 1970-01-01 was a Thursday; weeks begin on Monday */
	out->from_us = day_us(first);
	out->until_us = day_us(first + days);
}

static const char *given(const Request *rq, const char *name, const char *otherwise) {
	return in_has(rq, name) ? in_str(rq, name) : otherwise;
}

static int32_t day_given(const Request *rq) {
	int32_t day = date_of_us(rq->now_us);
	if (in_has(rq, "at")) date_parse(in_text(rq, "at"), &day);
	return day;
}

/* 1 or 0, or a code; "0" is a line too: of no unit or area. */
static int line_there(Request *rq, const char *by, const char *key) {
	const EventClass *class;
	int64_t id;
	if (strcmp(by, "class") == 0) {
		int code = event_class_find(rq, text_of(key), 0, &class);
		return code == ERR_NOT_FOUND ? 0 : code < 0 ? code : 1;
	}
	if (text_to_int(text_of(key), &id) < 0) return 0;
	if (id == 0) return 1;
	if (strcmp(by, "unit") != 0) return place_area_level(rq, id);
	return db_int(rq->db, &id, "SELECT org_id FROM org WHERE org_id = $1", BIND(val_int(id)));
}

/* What one asks for is there: zeros would look like an answer to a slip of the pen. */
static int ask_check(Request *rq, const StatAsk *ask) {
	bool kind = strcmp(ask->class, "B") == 0 || strcmp(ask->class, "S") == 0;
	int found = kind ? 0 : class_known(rq, "class", text_of(ask->class));
	if (found == 0) found = area_asked_level(rq);
	if (found < 0 || !*ask->key || strcmp(ask->by, "all") == 0) return found < 0 ? found : 0;
	found = line_there(rq, ask->by, ask->key);
	if (found != 0) return found < 0 ? found : 0;
	return error_field(rq->error, ERR_INVALID, "key", text_of(ask->key), "unknown_key",
	                   "Take a key of the lines of GET /event-stats, or leave it empty for all.", "There is no such line");
}

int stat_ask(Request *rq, StatAsk *out) {
	int32_t day;
	*out = (StatAsk){.from_us = in_int(rq, "from"),
	                 .until_us = in_int(rq, "until"),
	                 .by = given(rq, "by", "all"),
	                 .key = given(rq, "key", ""),
	                 .class = given(rq, "class", ""),
	                 .area = in_int(rq, "area")};
	if (in_has(rq, "at") && date_parse(in_text(rq, "at"), &day) < 0)
		return error_field(rq->error, ERR_INVALID, "at", in_text(rq, "at"), "day", "Write it as 2026-05-31.",
		                   "This is no day");
	if (in_has(rq, "from") != in_has(rq, "until") || (in_has(rq, "from") && out->until_us <= out->from_us))
		return error_field(rq->error, ERR_INVALID, "until", TEXT_NONE, "range", "Give both, the later one as until.",
		                   "A period has a beginning and a later end");
	if (!in_has(rq, "from")) period_of(given(rq, "period", "month"), day_given(rq), 0, out);
	return ask_check(rq, out);
}

void stat_before(const Request *rq, const StatAsk *ask, int back, StatAsk *out) {
	*out = *ask;
	if (!in_has(rq, "from")) {
		period_of(given(rq, "period", "month"), day_given(rq), back, out);
		return;
	}
	out->from_us = ask->from_us - back * (ask->until_us - ask->from_us);
	out->until_us = out->from_us + (ask->until_us - ask->from_us);
}

/* --- the query ------------------------------------------------------------------------------------------------------------ */
/* $1 from $2 until $3 what is due before this is late when not done (until, or now) $4 by $5 key $6 centre $7 unit $8 area $9
 * class or big class; NULL: not asked, or whoever it is. counted: one row for each report, done stage, open stage, counted step;
 * timing see stats.h. A stage that was open at the end of the period was done within a week from it, or is one of the few that
 * lasted longer. */
#define WEEK_US "604800000000"
#define OPEN_THEN(when)                                                                                                          \
	" UNION ALL SELECT v.case_id, v.event_no, v.stage, '', v.supplier_org, v.stage_begun_us,"                                \
	" CASE WHEN v.stage_due_us < $3 THEN 2 ELSE 3 END FROM case_event v"                                                     \
	" WHERE v.stage <> '' AND v.stage_begun_us < $2 AND " when
#define OPEN_SHORT OPEN_THEN("v.at_us >= $2 AND v.at_us < $2 + " WEEK_US)
#define OPEN_LONG OPEN_THEN("v.at_us - v.stage_begun_us > " WEEK_US " AND v.at_us >= $2 + " WEEK_US)
#define FOUND                                                                                                                    \
	" SELECT v.case_id, v.event_no, v.stage, v.action, v.supplier_org AS unit, v.stage_begun_us AS begun_us,"                \
	" CASE WHEN v.at_us <= v.stage_due_us THEN 0 ELSE 1 END AS timing FROM case_event v"                                     \
	" WHERE v.stage <> '' AND v.at_us >= $1 AND v.at_us < $2" OPEN_SHORT OPEN_LONG                                           \
	" UNION ALL SELECT o.case_id, 0, o.stage, '', o.supplier_org, o.begun_us, CASE WHEN o.due_us < $3 THEN 2 ELSE 3 END"     \
	" FROM work_case o WHERE o.closed_at = 0 AND o.line = 'city' AND o.begun_us < $2"                                        \
	" UNION ALL SELECT r.case_id, 0, 'report', CASE WHEN r.condition_no > 0 THEN 'valid' ELSE 'other' END,"                  \
	" w.supplier_org, r.reported_us, 0 FROM event r JOIN work_case w ON w.case_id = r.case_id"                               \
	" WHERE r.reported_us >= $1 AND r.reported_us < $2 AND r.channel <> 'split'"
#define COUNTED                                                                                                                  \
	"WITH found AS (" FOUND "), "                                                                                            \
	"counted AS (SELECT f.case_id, f.stage, f.action, f.unit, f.timing, CASE WHEN f.unit <> 0 THEN 1 ELSE 0 END"             \
	" + CASE WHEN f.begun_us >= $1 THEN 2 ELSE 0 END + CASE WHEN g.stars > 0 THEN 4 ELSE 0 END"                              \
	" + CASE WHEN g.stars >= 4 THEN 8 ELSE 0 END AS traits, CASE CAST($4 AS TEXT) WHEN 'unit' THEN"                          \
	" CAST(f.unit AS TEXT) WHEN 'town' THEN CAST(e.area2 AS TEXT) WHEN 'village' THEN CAST(e.area3 AS TEXT)"                 \
	" WHEN 'grid' THEN CAST(e.area4 AS TEXT) WHEN 'class' THEN e.class_code ELSE '' END AS unit_key"                         \
	" FROM found f JOIN event e ON e.case_id = f.case_id"                                                                    \
	" LEFT JOIN event_rating g ON f.action = 'close' AND g.case_id = f.case_id AND g.event_no = f.event_no"                  \
	"/*if $6*/ JOIN work_case c ON c.case_id = f.case_id AND (c.centre_org = $6 OR c.home_org = $6)/*end*/"                  \
	" WHERE 1 = 1/*if $7*/ AND f.unit = $7/*end*/"                                                                           \
	"/*if $8*/ AND (e.area1 = $8 OR e.area2 = $8 OR e.area3 = $8 OR e.area4 = $8)/*end*/"                                    \
	"/*if $9*/ AND substr(e.class_code, 1, length($9)) = $9/*end*/) "
static const char count_sql[] =
    COUNTED "SELECT n.unit_key, n.stage, n.action, n.timing, n.traits, COUNT(*) FROM counted n WHERE 1 = 1"
            "/*if $5*/ AND n.unit_key = $5/*end*/ GROUP BY n.unit_key, n.stage, n.action, n.timing, n.traits ORDER BY n.unit_key";
/* $10 stage $11 ",action,action," of done ones $12 timings $13 traits $14 before this id $15 rows */
static const char cases_sql[] = COUNTED
    "SELECT c.case_id, c.number, c.title, e.class_code, c.state, c.process_version, c.outcome, e.reported_us, c.closed_at, "
    "COUNT(*),"
    " CASE WHEN c.supplier_org <> COALESCE(CAST($7 AS BIGINT), c.supplier_org) THEN 0 ELSE 1 END FROM counted n JOIN work_case c"
    " ON c.case_id = n.case_id JOIN event e ON e.case_id = n.case_id WHERE lower(CAST($12 AS TEXT)) LIKE '%' || CAST(n.timing AS"
    " TEXT) || '%' AND (n.action = '' OR lower(CAST($11 AS TEXT)) LIKE '%,' || n.action || ',%') AND (n.traits & CAST($13 AS"
    " BIGINT)) = $13/*if $5*/ AND n.unit_key = $5/*end*//*if $10*/ AND n.stage = $10/*end*//*if $14*/ AND c.case_id < $14/*end*/"
    " GROUP BY c.case_id, c.number, c.title, e.class_code, c.state, c.process_version, c.outcome, e.reported_us, c.closed_at,"
    " c.supplier_org ORDER BY c.case_id DESC LIMIT $15";

/* The widest that the party may see; NULL: none. */
static const char *scope_of(const Party *party) {
	if (party_may(party, PERMIT_EVENT_DISPATCH) || party_may(party, PERMIT_EVENT_SUPERVISE)) return "centre";
	if (party_may(party, PERMIT_AUDIT)) return "all";
	return party_may(party, PERMIT_EVENT_HANDLE) ? "unit" : NULL;
}

static int not_theirs(Request *rq) {
	return fail(rq, ERR_FORBIDDEN, "Statistics of events are for those who handle, dispatch or supervise them");
}

static int64_t edge_of(const Request *rq, const StatAsk *ask) {
	return ask->until_us < rq->now_us ? ask->until_us : rq->now_us;
}

/* --- figures -------------------------------------------------------------------------------------------------------------- */
typedef struct StatRow {
	Text stage, action;
	int timing, traits;
	int64_t count;
} StatRow;

static bool stat_takes(const Stat *stat, const StatRow *row) {
	char acts[80];
	if (!stat->timings || (row->traits & stat->traits) != stat->traits || !strchr(stat->timings, '0' + row->timing) ||
	    (*stat->stage && !text_is(row->stage, stat->stage)))
		return false;
	snprintf(acts, sizeof acts, ",%.*s,", TEXT_ARG(row->action));
	return row->action.len == 0 || strstr(stat->actions, acts);
}

static void row_add(StatUnit *unit, const StatRow *row) {
	for (int i = 0; i < stat_count; i++)
		if (stat_takes(&stats[i], row)) unit->values[i] += (double)row->count;
}

static double value_of(const StatUnit *unit, const char *name) {
	return name ? unit->values[stat_find(text_of(name)) - stats] : 0;
}

static int unit_finish(Request *rq, StatUnit *unit, Expression *formula) {
	Val values[STAT_MAX];
	for (int i = 0; i < stat_count; i++) {
		if (!stats[i].timings) {
			double whole = value_of(unit, stats[i].whole) + value_of(unit, stats[i].whole_more);
			unit->values[i] = whole > 0 ? value_of(unit, stats[i].part) / whole : NAN;
		}
		values[i] = isnan(unit->values[i]) ? val_null() : val_double(unit->values[i]);
	}
	unit->score = NAN;
	int code = formula ? expression_number(formula, values, &unit->score, rq->error) : 0;
	if (code == 0) unit->score = NAN;
	return code < 0 ? code : 0;
}

static const char *org_name(Request *rq, const char *key) {
	Rows *rows;
	int64_t id = 0;
	if (text_to_int(text_of(key), &id) < 0 || !id) return "";
	int found = db_one(rq->db, &rows, "SELECT name FROM org WHERE org_id = $1", BIND(val_int(id)));
	return found > 0 ? rows_str(rows, 0, rq->arena) : "";
}

static const char *area_name(Request *rq, const StatAsk *ask, const char *key) {
	const PlaceArea *area;
	int64_t id = 0;
	if (text_to_int(text_of(key), &id) < 0 || !id) return "";
	int64_t when = ask->until_us < rq->now_us ? ask->until_us - 1 : rq->now_us;
	return place_area(rq, id, when, &area) == 0 || place_area(rq, id, rq->now_us, &area) == 0 ? area->name : "";
}

static void unit_name(Request *rq, const StatAsk *ask, StatUnit *unit) {
	const EventClass *class;
	unit->name_en = "";
	if (strcmp(ask->by, "class") == 0) {
		bool found = event_class_find(rq, text_of(unit->key), 0, &class) == 0;
		unit->name = found ? class->title : unit->key;
		if (found) unit->name_en = class->title_en;
	} else
		unit->name = strcmp(ask->by, "unit") == 0  ? org_name(rq, unit->key)
		             : strcmp(ask->by, "all") == 0 ? ""
		                                           : area_name(rq, ask, unit->key);
}

/* A grid has one officer: figures of grids, but no score. */
bool stat_scored(const StatAsk *ask) {
	return strcmp(ask->by, "unit") == 0 || strcmp(ask->by, "town") == 0 || strcmp(ask->by, "village") == 0 ||
	       strcmp(ask->by, "all") == 0;
}

static int rows_read(Request *rq, Rows *rows, StatTable *out) {
	int code;
	while ((code = rows_next(rows)) > 0) {
		StatRow row = {text_dup(rq->arena, rows_text(rows, 1)), text_dup(rq->arena, rows_text(rows, 2)),
		               (int)rows_int(rows, 3), (int)rows_int(rows, 4), rows_int(rows, 5)};
		if (!out->count || !text_is(rows_text(rows, 0), out->units[out->count - 1].key)) {
			if (out->count == UNITS_MAX)
				return fail(rq, ERR_TOO_LARGE, "More than %d units: choose an area or a class", UNITS_MAX);
			out->units[out->count++].key = rows_str(rows, 0, rq->arena);
		}
		row_add(&out->units[out->count - 1], &row);
		row_add(&out->total, &row);
	}
	return code;
}

static Val text_asked(const char *text) {
	return *text ? val_str(text) : val_null();
}

static Val area_asked(const StatAsk *ask) {
	return ask->area ? val_int(ask->area) : val_null();
}

/* The party's organisation where that is its scope. */
static Val org_in(const Request *rq, const char *scope, const char *which) {
	return strcmp(scope, which) == 0 ? val_int(rq->party.org_id) : val_null();
}

int stat_table(Request *rq, const StatAsk *ask, StatTable *out) {
	Rows *rows;
	const char *scope = scope_of(&rq->party), *source;
	Expression *formula;
	*out = (StatTable){.total = {.key = "", .name = "", .name_en = ""}, .units = ARENA_ARRAY(rq->arena, StatUnit, UNITS_MAX)};
	int code = scope ? stat_formula(rq, &source, &formula) : not_theirs(rq);
	if (code < 0) return code;
	AskedSql asked = asked_seen(rq, count_sql,
	                            BIND(val_int(ask->from_us), val_int(ask->until_us), val_int(edge_of(rq, ask)),
	                                 val_str(ask->by), text_asked(ask->key), org_in(rq, scope, "centre"),
	                                 org_in(rq, scope, "unit"), area_asked(ask), text_asked(ask->class)));
	if ((code = db_query(rq->db, &rows, ASKED(asked))) < 0) return code;
	code = rows_read(rq, rows, out);
	rows_close(rows);
	if (!stat_scored(ask)) formula = NULL;
	for (int i = 0; i < out->count && code >= 0; i++) {
		unit_name(rq, ask, &out->units[i]);
		error_clear(rq->error);
		code = unit_finish(rq, &out->units[i], *out->units[i].key == '0' ? NULL : formula);
	}
	return code < 0 ? code : unit_finish(rq, &out->total, formula);
}

/* --- the cases behind a count --------------------------------------------------------------------------------------------- */
static int case_write(Request *rq, Rows *rows) {
	JsonWriter *json = &rq->json;
	const char *title, *title_en;
	int code = case_state_titles(rq, TEXT("city_event"), (int)rows_int(rows, 5), rows_text(rows, 4), &title, &title_en);
	if (code < 0) return code;
	jw_object(json);
	jw_kv_id(json, "case_id", rows_int(rows, 0));
	jw_kv_text(json, "number", rows_text(rows, 1));
	jw_kv_text(json, "title", rows_text(rows, 2));
	jw_kv_text(json, "class_code", rows_text(rows, 3));
	jw_kv_text(json, "state", rows_text(rows, 4));
	jw_kv_str(json, "state_title", title);
	jw_kv_str(json, "state_title_en", title_en);
	jw_kv_text(json, "outcome", rows_text(rows, 6));
	jw_kv_time(json, "reported_at", rows_int(rows, 7));
	jw_kv_time(json, "closed_at", rows_int(rows, 8));
	jw_kv_int(json, "times", rows_int(rows, 9));
	jw_kv_bool(json, "open_to_you", rows_int(rows, 10) != 0);
	jw_object_end(json);
	return 0;
}

int stat_cases(Request *rq, const StatAsk *ask, const Stat *stat) {
	const char *scope = scope_of(&rq->party);
	if (!scope) return not_theirs(rq);
	AskedSql asked =
	    asked_seen(rq, cases_sql,
	               BIND(val_int(ask->from_us), val_int(ask->until_us), val_int(edge_of(rq, ask)), val_str(ask->by),
	                    text_asked(ask->key), org_in(rq, scope, "centre"), org_in(rq, scope, "unit"), area_asked(ask),
	                    text_asked(ask->class), text_asked(stat->stage), val_str(stat->actions), val_str(stat->timings),
	                    val_int(stat->traits), asked_int(rq, "after"), val_int(in_limit(rq) + 1)));
	return answer_rows(rq, in_limit(rq), case_write, ASKED(asked));
}
