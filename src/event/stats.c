/* stats: figures of city events as answers: the table of a period, its way through the last periods, the cases behind a figure,
 * the workbook. Read lane. */
#include "event/stats.h"

/* --- JSON ----------------------------------------------------------------------------------------------------------------- */
static void figures_write(JsonWriter *json) {
	jw_key(json, "figures");
	jw_array(json);
	for (int i = 0; i < stat_count; i++) {
		jw_object(json);
		jw_kv_str(json, "name", stats[i].name);
		jw_kv_str(json, "title", stats[i].title);
		jw_kv_str(json, "title_en", stats[i].title_en);
		jw_kv_str(json, "doc", stats[i].doc);
		jw_kv_str(json, "doc_en", stats[i].doc_en);
		jw_kv_bool(json, "rate", !stats[i].timings);
		jw_object_end(json);
	}
	jw_array_end(json);
}

static void unit_members(JsonWriter *json, const StatUnit *unit) {
	jw_kv_str(json, "key", unit->key);
	jw_kv_str(json, "name", unit->name);
	jw_kv_str(json, "name_en", unit->name_en);
	jw_key(json, "values");
	jw_object(json);
	for (int i = 0; i < stat_count; i++) {
		jw_key(json, stats[i].name);
		jw_double(json, unit->values[i]);
	}
	jw_object_end(json);
	jw_key(json, "score");
	jw_double(json, unit->score);
}

static void period_members(JsonWriter *json, const StatAsk *ask) {
	jw_kv_time(json, "from", ask->from_us);
	jw_kv_time(json, "until", ask->until_us);
}

int stats_get(Request *rq) {
	StatAsk ask;
	StatTable table;
	JsonWriter *json = &rq->json;
	int code = stat_ask(rq, &ask);
	if (code < 0 || (code = stat_table(rq, &ask, &table)) < 0) return code;
	rq->row_count = table.count;
	jw_object(json);
	period_members(json, &ask);
	jw_kv_str(json, "formula", setting_text(rq, "event.score"));
	jw_kv_int(json, "formula_version", setting_version(rq, "event.score"));
	figures_write(json);
	jw_key(json, "total");
	jw_object(json);
	unit_members(json, &table.total);
	jw_object_end(json);
	jw_key(json, "items");
	jw_array(json);
	for (int i = 0; i < table.count; i++) {
		jw_object(json);
		unit_members(json, &table.units[i]);
		jw_object_end(json);
	}
	answer_rows_end(rq, 0);
	return 0;
}

static int figure_given(Request *rq, bool count, const Stat **out) {
	*out = stat_find(in_text(rq, "figure"));
	if (*out && (!count || (*out)->timings)) return 0;
	return error_field(rq->error, ERR_INVALID, "figure", in_text(rq, "figure"), "figure",
	                   "Use a name of GET /event-stats, for cases one that is no rate.", "There is no such figure");
}

int stats_trend_get(Request *rq) {
	enum { POINTS = 12 };
	StatAsk ask, one;
	StatTable table;
	const Stat *stat;
	JsonWriter *json = &rq->json;
	int code = stat_ask(rq, &ask);
	if (code < 0 || (code = figure_given(rq, false, &stat)) < 0) return code;
	jw_object(json);
	jw_key(json, "items");
	jw_array(json);
	for (int back = POINTS - 1; back >= 0; back--) {
		stat_before(rq, &ask, back, &one);
		if ((code = stat_table(rq, &one, &table)) < 0) return code;
		jw_object(json);
		period_members(json, &one);
		jw_key(json, "value");
		jw_double(json, table.total.values[stat - stats]);
		jw_object_end(json);
	}
	answer_rows_end(rq, 0);
	return 0;
}

int stats_cases_get(Request *rq) {
	StatAsk ask;
	const Stat *stat;
	int code = stat_ask(rq, &ask);
	if (code < 0 || (code = figure_given(rq, true, &stat)) < 0) return code;
	return stat_cases(rq, &ask, stat);
}

/* --- the workbook --------------------------------------------------------------------------------------------------------- */
static void line_write(BookSheet *page, const StatAsk *ask, const StatUnit *unit, const char *name) {
	book_row(page);
	book_text(page, name, NULL);
	if (stat_scored(ask)) book_number(page, CELL_SCORE, unit->score);
	for (int i = 0; i < stat_count; i++)
		book_number(page, stats[i].timings ? CELL_COUNT : CELL_SHARE, unit->values[i]);
}

static const char *unit_said(const Request *rq, const StatUnit *unit, const char *none) {
	return !*unit->name ? none : *unit->name_en ? request_say(rq, unit->name, unit->name_en) : unit->name;
}

static void table_write(Request *rq, const Book *book, const StatAsk *ask, const StatTable *table) {
	bool units = strcmp(ask->by, "unit") == 0;
	const char *none =
	    units ? request_say(rq, "尚未派遣", "Not dispatched yet") : request_say(rq, "不在任何区域", "In no area");
	BookSheet page = book_sheet(book, request_say(rq, "统计", "Statistics"), 1);
	book_head(&page, request_say(rq, "名称", "Name"), 24, CELL_TEXT);
	if (stat_scored(ask)) book_head(&page, request_say(rq, "得分", "Score"), 10, CELL_SCORE);
	for (int i = 0; i < stat_count; i++)
		book_head(&page, request_say(rq, stats[i].title, stats[i].title_en), 14,
		          stats[i].timings ? CELL_COUNT : CELL_SHARE);
	for (int i = 0; i < table->count; i++)
		line_write(&page, ask, &table->units[i], unit_said(rq, &table->units[i], none));
	book_sheet_end(&page); /* the sum stays where it is when one sorts */
	line_write(&page, ask, &table->total, request_say(rq, "合计", "All"));
}

static void notes_write(Request *rq, const Book *book, const StatAsk *ask) {
	BookNote notes[STAT_MAX + 2] = {
	    {request_say(rq, "时段", "Period"), arena_printf(rq->arena, "%.16s %s %.16s", book_time(rq->arena, ask->from_us),
	                                                     request_say(rq, "至", "to"), book_time(rq->arena, ask->until_us))},
	    {request_say(rq, "得分公式", "Formula of the score"), setting_text(rq, "event.score")}};
	for (int i = 0; i < stat_count; i++)
		notes[i + 2] = (BookNote){request_say(rq, stats[i].title, stats[i].title_en),
		                          request_say(rq, stats[i].doc, stats[i].doc_en)};
	book_notes(book, notes, (size_t)(stat_count + 2));
}

int stats_book_get(Request *rq) {
	StatAsk ask;
	StatTable table;
	AnswerBook answer;
	int code = stat_ask(rq, &ask);
	if (code == 0) code = stat_table(rq, &ask, &table);
	if (code == 0) code = answer_book(rq, &answer);
	if (code < 0) return code;
	table_write(rq, &answer.book, &ask, &table);
	notes_write(rq, &answer.book, &ask);
	rq->row_count = table.count;
	return answer_book_send(rq, &answer, request_say(rq, "城市事件统计", "City events"), 0);
}
