/* stats: figures of city events as answers: the table of a period, its way through the last periods, the cases behind a figure,
 * the workbook. Read lane. */
#include "event/stats.h"
#include <math.h>
#include <xlsxwriter.h>

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
static void line_write(lxw_worksheet *page, lxw_row_t at, const StatUnit *unit, const char *name, lxw_format *share) {
	worksheet_write_string(page, at, 0, name, NULL);
	if (!isnan(unit->score)) worksheet_write_number(page, at, 1, round(unit->score * 100) / 100, NULL);
	for (int i = 0; i < stat_count; i++)
		if (!isnan(unit->values[i]))
			worksheet_write_number(page, at, (lxw_col_t)(i + 2), unit->values[i], stats[i].timings ? NULL : share);
}

static void book_write(const AnswerBook *book, const StatAsk *ask, const StatTable *table, const char *formula) {
	char from[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX], words[2 * CLOCK_TEXT_MAX + 8];
	lxw_worksheet *page = workbook_add_worksheet(book->file, "统计"), *notes = workbook_add_worksheet(book->file, "说明");
	lxw_format *share = workbook_add_format(book->file), *head = book->head;
	format_set_num_format(share, "0.0%");
	worksheet_write_string(page, 0, 0, "名称", head);
	worksheet_write_string(page, 0, 1, "得分", head);
	worksheet_set_column(page, 0, 0, 24, NULL);
	worksheet_freeze_panes(page, 1, 1);
	for (int i = 0; i < stat_count; i++)
		worksheet_write_string(page, 0, (lxw_col_t)(i + 2), stats[i].title, head);
	for (int i = 0; i < table->count; i++)
		line_write(page, (lxw_row_t)(i + 1), &table->units[i],
		           *table->units[i].name ? table->units[i].name : "未派遣或不在任何区域", share);
	line_write(page, (lxw_row_t)(table->count + 1), &table->total, "合计", share);
	clock_format(ask->from_us, from);
	clock_format(ask->until_us, until);
	snprintf(words, sizeof words, "%.16s 至 %.16s", from, until);
	worksheet_set_column(notes, 0, 0, 20, NULL);
	worksheet_set_column(notes, 1, 1, 80, NULL);
	worksheet_write_string(notes, 0, 0, "时段", head);
	worksheet_write_string(notes, 0, 1, words, NULL);
	worksheet_write_string(notes, 1, 0, "得分公式", head);
	worksheet_write_string(notes, 1, 1, formula, NULL);
	for (int i = 0; i < stat_count; i++) {
		worksheet_write_string(notes, (lxw_row_t)(i + 2), 0, stats[i].title, NULL);
		worksheet_write_string(notes, (lxw_row_t)(i + 2), 1, stats[i].doc, NULL);
	}
}

int stats_book_get(Request *rq) {
	StatAsk ask;
	StatTable table;
	AnswerBook book;
	int code = stat_ask(rq, &ask);
	if (code == 0) code = stat_table(rq, &ask, &table);
	if (code == 0) code = answer_book(rq, &book);
	if (code < 0) return code;
	book_write(&book, &ask, &table, setting_text(rq, "event.score"));
	rq->row_count = table.count;
	return answer_book_send(rq, &book, "event-stats.xlsx", 0);
}
