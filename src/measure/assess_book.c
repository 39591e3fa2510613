/* assess_book: an assessment as a workbook, which says what the page says: ranking, scores, the lines behind them, contests, and
 * what it is. A department's own has its own lines only. Read lane. */
#include "measure/assess.h"

typedef struct Sheets {
	const Assessment *one;
	const Scheme *scheme;
	const Book *book;
	BookWord indicators[INDICATORS_MAX + 1], sets[LINE_SETS + 1];
	int64_t all, bureau, own; /* whose rows: $2, $3 of the queries */
} Sheets;

/* --- what is kept in short, in words --------------------------------------------------------------------------------- */
enum { SCORE_COUNTS = 3, LINE_SET = 1, LINE_FACT = 6, LINE_ADJUSTED = 8, LINE_WAS_PART, LINE_WAS_WHOLE };

/* "目录条目要素 4/5；在用系统入目录 1/2" */
static const char *counts_say(Request *rq, Rows *rows) {
	Text text = rows_text(rows, SCORE_COUNTS);
	json_t *counts = json_loadb(text.at, text.len, 0, NULL);
	Buf *out = ARENA_NEW(rq->arena, Buf);
	buf_in(out, rq->arena);
	for (int i = 0; i < LINE_SETS; i++) {
		const json_t *part = json_object_get(counts, line_sets[i].part),
		             *whole = json_object_get(counts, line_sets[i].whole);
		if (whole)
			buf_printf(out, "%s%s %lld/%lld", out->len ? request_say(rq, "；", "; ") : "",
			           request_say(rq, line_sets[i].title, line_sets[i].title_en),
			           (long long)json_integer_value(part), (long long)json_integer_value(whole));
	}
	json_decref(counts);
	return text_cstr(rq->arena, buf_as_text(out));
}

/* The fact that decided; a set that is not here needs none. */
static const char *fact_say(Request *rq, Rows *rows) {
	static const struct {
		const char *set, *unit, *unit_en;
		const BookWord *words;
	} facts[] = {{"systems", "", "", plan_words},
	             {"mounts", "", "", sharing_words},
	             {"promises", "", "", promise_words},
	             {"quality", " 行", " rows", NULL},
	             {"answers", "", "", NULL},
	             {"use", " 条", " records", NULL},
	             {"orders", "", "", NULL},
	             {"ratings", " 人评价", " ratings", NULL}};
	Text set = rows_text(rows, LINE_SET), fact = rows_text(rows, LINE_FACT);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		if (!text_is(set, facts[i].set)) continue;
		if (facts[i].words) return book_word(rq->arena, facts[i].words, fact, request_english(rq));
		return arena_printf(rq->arena, "%.*s%s", TEXT_ARG(fact), request_say(rq, facts[i].unit, facts[i].unit_en));
	}
	return "";
}

static const char *adjusted_say(Request *rq, Rows *rows) {
	if (!rows_int(rows, LINE_ADJUSTED)) return "";
	return arena_printf(rq->arena, "%s %lld/%lld", request_say(rq, "已调整，原为", "adjusted, was"),
	                    (long long)rows_int(rows, LINE_WAS_PART), (long long)rows_int(rows, LINE_WAS_WHOLE));
}

/* --- the sheets ------------------------------------------------------------------------------------------------------ */
static int ranking_add(Request *rq, const Sheets *to) {
	static const BookColumn columns[] = {{0, CELL_COUNT, 8, "名次", "Place", NULL, NULL},
	                                     {1, CELL_TEXT, 30, "部门", "Department", NULL, NULL},
	                                     {2, CELL_POINTS, 10, "总分", "Score", NULL, NULL},
	                                     {0}};
	return book_query(rq, to->book, request_say(rq, "排名", "Ranking"), columns,
	                  "SELECT CASE WHEN place > 0 THEN place ELSE NULL END, org_name, score FROM assessment_org WHERE"
	                  " assessment_id = $1 AND ($2 = 1 OR org_id = $3) ORDER BY score DESC, org_name, org_id",
	                  BIND(val_int(to->one->id), val_int(to->all), val_int(to->own)));
}

static int scores_add(Request *rq, const Sheets *to) {
	const BookColumn columns[] = {{0, CELL_TEXT, 30, "部门", "Department", NULL, NULL},
	                              {1, CELL_TEXT, 22, "指标", "Indicator", to->indicators, NULL},
	                              {2, CELL_POINTS, 10, "得分", "Score", NULL, NULL},
	                              {SCORE_COUNTS, CELL_TEXT, 60, "计数（得/应）", "Counts (part/whole)", NULL, counts_say},
	                              {0}};
	return book_query(rq, to->book, request_say(rq, "指标得分", "Scores by indicator"), columns,
	                  "SELECT o.org_name, s.indicator, s.score, s.counts FROM assessment_score s JOIN assessment_org o ON"
	                  " o.assessment_id = s.assessment_id AND o.org_id = s.org_id WHERE s.assessment_id = $1 AND ($2 = 1 OR"
	                  " s.org_id = $3) ORDER BY o.org_name, s.org_id, s.indicator",
	                  BIND(val_int(to->one->id), val_int(to->all), val_int(to->own)));
}

static int lines_add(Request *rq, const Sheets *to) {
	const BookColumn columns[] = {{0, CELL_TEXT, 30, "部门", "Department", NULL, NULL},
	                              {LINE_SET, CELL_TEXT, 24, "计数项", "Counts", to->sets, NULL},
	                              {2, CELL_ID, 22, "对象编号", "Its id", NULL, NULL},
	                              {3, CELL_TEXT, 36, "对象", "What", NULL, NULL},
	                              {4, CELL_COUNT, 8, "得", "Part", NULL, NULL},
	                              {5, CELL_COUNT, 8, "应", "Whole", NULL, NULL},
	                              {LINE_FACT, CELL_TEXT, 20, "依据", "Fact", NULL, fact_say},
	                              {7, CELL_TIME, 20, "依据时间", "Time of the fact", NULL, NULL},
	                              {LINE_ADJUSTED, CELL_TEXT, 20, "申诉调整", "Adjusted", NULL, adjusted_say},
	                              {0}};
	return book_query(rq, to->book, request_say(rq, "明细", "Lines"), columns,
	                  "SELECT o.org_name, l.lines, l.subject_id, l.title, l.part, l.whole, l.fact, l.fact_us, l.adjusted,"
	                  " l.was_part, l.was_whole FROM assessment_line l JOIN assessment_org o ON o.assessment_id ="
	                  " l.assessment_id AND o.org_id = l.org_id WHERE l.assessment_id = $1 AND ($2 = 1 OR l.org_id = $3)"
	                  " ORDER BY l.line_no LIMIT 100000",
	                  BIND(val_int(to->one->id), val_int(to->bureau), val_int(to->own)));
}

static int contests_add(Request *rq, const Sheets *to) {
	static const BookWord results[] = {
	    {"open", "待答复", "Waiting"}, {"accepted", "采纳", "Accepted"}, {"rejected", "不采纳", "Rejected"}, {0}};
	static const BookColumn columns[] = {{0, CELL_TEXT, 30, "部门", "Department", NULL, NULL},
	                                     {1, CELL_TEXT, 36, "对象", "What", NULL, NULL},
	                                     {2, CELL_TEXT, 40, "申诉理由", "Reason", NULL, NULL},
	                                     {3, CELL_TEXT, 12, "结果", "Result", results, NULL},
	                                     {4, CELL_TEXT, 40, "答复", "Answer", NULL, NULL},
	                                     {5, CELL_TIME, 20, "答复时间", "Answered", NULL, NULL},
	                                     {0}};
	return book_query(
	    rq, to->book, request_say(rq, "申诉", "Contests"), columns,
	    "SELECT o.name, c.title, c.reason, c.state, c.answer, c.decided_us FROM assessment_contest c JOIN org o"
	    " ON o.org_id = c.org_id WHERE c.assessment_id = $1 AND ($2 = 1 OR c.org_id = $3) ORDER BY c.contest_id",
	    BIND(val_int(to->one->id), val_int(to->bureau), val_int(to->own)));
}

static void notes_add(Request *rq, const Sheets *to) {
	static const BookWord states[] = {{"computing", "计算中", "Computing"},
	                                  {"computed", "尚未公布，仅供核对", "Not published: for checking only"},
	                                  {"published", "已公布", "Published"},
	                                  {0}};
	const Assessment *one = to->one;
	BookNote notes[INDICATORS_MAX + 5] = {
	    {request_say(rq, "考核", "Assessment"), request_say(rq, to->scheme->title, to->scheme->title_en)},
	    {request_say(rq, "周期", "Period"), one->period},
	    {request_say(rq, "状态", "State"), book_word(rq->arena, states, text_of(one->state), to->book->english)},
	    {request_say(rq, "数据截至", "Counted as of"), book_time(rq->arena, one->computed_us)},
	    {request_say(rq, "摘要", "Digest"), one->digest}};
	for (int i = 0; i < to->scheme->count; i++) {
		const Indicator *indicator = &to->scheme->indicators[i];
		notes[5 + i] = (BookNote){request_say(rq, indicator->title, indicator->title_en),
		                          arena_printf(rq->arena, "%s %d · %s", request_say(rq, "权重", "weight"),
		                                       indicator->weight, indicator->formula)};
	}
	book_notes(to->book, notes, (size_t)(5 + to->scheme->count));
}

int assessment_book(Request *rq) {
	Assessment one;
	Scheme *scheme;
	AnswerBook answer;
	int code = assessment_load(rq, in_int(rq, "id"), &one);
	if (code == 0) code = scheme_get(rq, text_of(one.scheme), one.scheme_version, &scheme);
	if (code < 0 || (code = answer_book(rq, &answer)) < 0) return code;
	Sheets to = {.one = &one,
	             .scheme = scheme,
	             .book = &answer.book,
	             .all = sees_all(rq, &one),
	             .bureau = is_bureau(rq),
	             .own = own_org(rq)};
	for (int i = 0; i < scheme->count; i++)
		to.indicators[i] =
		    (BookWord){scheme->indicators[i].name, scheme->indicators[i].title, scheme->indicators[i].title_en};
	for (int i = 0; i < LINE_SETS; i++)
		to.sets[i] = (BookWord){line_sets[i].name, line_sets[i].title, line_sets[i].title_en};
	code = ranking_add(rq, &to);
	if (code == 0) code = scores_add(rq, &to);
	if (code == 0) code = lines_add(rq, &to);
	if (code == 0) code = contests_add(rq, &to);
	if (code == 0) notes_add(rq, &to);
	const char *title = request_say(rq, scheme->title, scheme->title_en);
	return answer_book_send(rq, &answer, arena_printf(rq->arena, "%s-%s", title, one.period), code);
}
