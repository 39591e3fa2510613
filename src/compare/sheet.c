/* sheet: the differences of a run as an XLSX workbook (sheets 差异 and 说明): the same right, values and evidence as the list
 * has. Ids and values are texts, so that a spreadsheet changes none of them. Workers. */
#include "compare/internal.h"
#include <xlsxwriter.h>

enum { SHEET_ROWS = 100000, CELL_MAX = 32767 /* characters that a cell holds */, CUT_BYTES = 32000 };
typedef struct Word {
	const char *key, *zh;
} Word;
static const Word kinds[] = {{"differ", "不一致"},       {"only_left", "仅左侧有"}, {"only_right", "仅右侧有"},
                             {"repeated", "匹配项重复"}, {"no_key", "无匹配项"},    {0}},
                  states[] = {{"open", "未处理"},        {"sent", "核查中"},
                              {"ordered", "有误待更正"}, {"corrected", "已更正"},
                              {"right", "核对属实"},     {"closed", "核查办结"},
                              {"objected", "已提异议"},  {"answered", "异议已答复"},
                              {"gone", "已消除"},        {0}};

typedef struct Sheet {
	Request *rq;
	Showing *showing;
	AnswerBook book;
	lxw_worksheet *page;
	lxw_format *differs;
	lxw_row_t row;
	lxw_col_t column; /* of the next cell */
	bool cut;
} Sheet;

static const char *word(const Word *words, const char *key) {
	for (; words->key; words++)
		if (strcmp(words->key, key) == 0) return words->zh;
	return key;
}

/* NULL: empty. A text that is longer than a cell is cut, and says so. */
static void cell(Sheet *sheet, const char *text, lxw_format *format) {
	lxw_col_t at = sheet->column++;
	if (!text || !*text) {
		if (format) worksheet_write_blank(sheet->page, sheet->row, at, format);
		return;
	}
	if (utf8_count(text_of(text)) > CELL_MAX)
		text =
		    arena_printf(sheet->showing->arena, "%.*s…（过长，已截断）", (int)utf8_cut(text_of(text), CUT_BYTES), text);
	worksheet_write_string(sheet->page, sheet->row, at, text, format);
}

/* A code with what it means. */
static void coded(Sheet *sheet, const char *text, const char *said, lxw_format *format) {
	cell(sheet, text && said ? arena_printf(sheet->showing->arena, "%s %s", text, said) : text, format);
}

static void number(Sheet *sheet, int64_t value) {
	worksheet_write_number(sheet->page, sheet->row, sheet->column++, (double)value, NULL);
}

static const char *title_of(const Sheet *sheet, int side, const char *name) {
	const Field *field = resource_field(sheet->showing->sides[side].resource, text_of(name));
	return field ? field->title : name;
}

/* Two columns a pair: how it is on the left, how on the right. */
static void heads_pair(Sheet *sheet, const Pair *pair) {
	static const char *const names[SIDES] = {"左", "右"};
	for (int side = 0; side < SIDES; side++)
		cell(sheet, arena_printf(sheet->rq->arena, "%s %s", names[side], title_of(sheet, side, pair->names[side])),
		     sheet->book.head);
}

static void heads_write(Sheet *sheet) {
	static const char *const rest[] = {"不一致的信息项", "左侧条数", "右侧条数",   "处理",
	                                   "办件编号",       "备注",     "左侧记录号", "右侧记录号"};
	const Comparison *one = &sheet->showing->one;
	lxw_col_t last = (lxw_col_t)(2 * (one->key_count + one->field_count) + sizeof rest / sizeof *rest);
	sheet->page = workbook_add_worksheet(sheet->book.file, "差异");
	sheet->differs = workbook_add_format(sheet->book.file);
	format_set_bg_color(sheet->differs, 0xFFD9D9);
	worksheet_set_column(sheet->page, 0, last, 18, NULL);
	worksheet_freeze_panes(sheet->page, 1, 1);
	cell(sheet, "类别", sheet->book.head);
	for (int i = 0; i < one->key_count; i++)
		heads_pair(sheet, &one->keys[i]);
	for (int i = 0; i < one->field_count; i++)
		heads_pair(sheet, &one->fields[i]);
	for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
		cell(sheet, rest[i], sheet->book.head);
}

static const char *differing(const Sheet *sheet, const Shown *row) {
	Buf *out = ARENA_NEW(sheet->showing->arena, Buf);
	const Comparison *one = &sheet->showing->one;
	buf_in(out, sheet->showing->arena);
	for (int i = 0; i < one->field_count; i++)
		if (row->fields >> i & 1)
			buf_printf(out, "%s%s", out->len ? "、" : "", title_of(sheet, LEFT, one->fields[i].names[LEFT]));
	return text_cstr(sheet->showing->arena, buf_as_text(out));
}

static const char *note_of(const Shown *row) {
	bool left = row->records[LEFT] && !row->there[LEFT], right = row->records[RIGHT] && !row->there[RIGHT];
	return left && right ? "两侧记录已不在" : left ? "左侧记录已不在" : right ? "右侧记录已不在" : NULL;
}

static void row_put(Sheet *sheet, const Shown *row) {
	const Comparison *one = &sheet->showing->one;
	sheet->row++;
	sheet->column = 0;
	cell(sheet, word(kinds, row->kind), NULL);
	for (int i = 0; i < one->key_count; i++)
		for (int side = 0; side < SIDES; side++)
			coded(sheet, row->keys[side][i], row->key_words[side][i], NULL);
	for (int i = 0; i < one->field_count; i++)
		for (int side = 0; side < SIDES; side++)
			coded(sheet, row->values[side][i], row->value_words[side][i],
			      row->fields >> i & 1 ? sheet->differs : NULL);
	cell(sheet, differing(sheet, row), NULL);
	for (int side = 0; side < SIDES; side++)
		number(sheet, row->rows[side]);
	cell(sheet, word(states, row->became.state), NULL);
	cell(sheet, row->became.number, NULL);
	cell(sheet, note_of(row), NULL);
	for (int side = 0; side < SIDES; side++)
		cell(sheet,
		     row->records[side] ? arena_printf(sheet->showing->arena, "%lld", (long long)row->records[side]) : NULL,
		     NULL);
}

static int pages_put(Sheet *sheet) {
	Showing *showing = sheet->showing;
	int64_t after = 0, next = 1;
	int code = 0;
	while (code == 0 && next && sheet->row < SHEET_ROWS) {
		arena_reset(showing->arena);
		code = showing_page(sheet->rq, showing, after, SHOWN_MAX, &next);
		for (int i = 0; i < showing->count && code == 0; i++)
			row_put(sheet, &showing->rows[i]);
		after = next;
	}
	sheet->cut = next != 0;
	return code;
}

/* What the sheet is, for whoever opens it later. */
static void notes_put(Sheet *sheet) {
	Request *rq = sheet->rq;
	const Showing *showing = sheet->showing;
	char begun[CLOCK_TEXT_MAX], now[CLOCK_TEXT_MAX];
	clock_format(showing->begun_us, begun);
	clock_format(rq->now_us, now);
	const char *field = in_has(rq, "field") ? title_of(sheet, LEFT, in_str(rq, "field")) : "全部";
	const char *rows[][2] = {
	    {"比对", showing->one.name},
	    {"用途", showing->one.purpose},
	    {"左侧条目", showing->sides[LEFT].resource->name},
	    {"右侧条目", showing->sides[RIGHT].resource->name},
	    {"比对时间", arena_printf(rq->arena, "%.10s %.8s", begun, begun + 11)},
	    {"类别", in_has(rq, "kind") ? word(kinds, in_str(rq, "kind")) : "全部"},
	    {"不一致的信息项", field},
	    {"条数", arena_printf(rq->arena, "%u%s", (unsigned)sheet->row,
	                          sheet->cut ? "（还有更多，本表至多 100,000 条；请按类别或信息项分别下载）" : "")},
	    {"下载人", rq->party.login},
	    {"下载时间", arena_printf(rq->arena, "%.10s %.8s", now, now + 11)},
	    {"值", "按下载人下载时的权限显示，与页面相同：不能看明文的为脱敏值"},
	};
	sheet->page = workbook_add_worksheet(sheet->book.file, "说明");
	worksheet_set_column(sheet->page, 0, 0, 18, NULL);
	worksheet_set_column(sheet->page, 1, 1, 80, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		sheet->row = (lxw_row_t)i;
		sheet->column = 0;
		cell(sheet, rows[i][0], sheet->book.head);
		cell(sheet, rows[i][1], NULL);
	}
}

static void page_free(void *arena) {
	arena_free(arena);
}

int differences_sheet_get(Request *rq) {
	Showing *showing = ARENA_NEW(rq->arena, Showing);
	Sheet sheet = {.rq = rq, .showing = showing};
	*showing = (Showing){.arena = arena_new()};
	arena_on_free(rq->arena, page_free, showing->arena);
	int code = showing_begin(rq, showing);
	if (code < 0) return code;
	if ((code = answer_book(rq, &sheet.book)) < 0) return showing_end(rq, showing, code);
	heads_write(&sheet);
	code = showing_end(rq, showing, pages_put(&sheet));
	if (code == 0) notes_put(&sheet);
	return answer_book_send(rq, &sheet.book, arena_printf(rq->arena, "比对差异-%s.xlsx", showing->one.name), code);
}
