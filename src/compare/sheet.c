/* sheet: the differences of a run as an XLSX workbook (sheets 差异 and 说明): the same right, values and evidence as the list
 * has. Ids and values are texts, so that a spreadsheet changes none of them. Workers. */
#include "compare/internal.h"
#include <xlsxwriter.h>

enum { CUT_BYTES = 32000 };
static const BookWord kinds[] = {{"differ", "不一致", "Differs"},          {"only_left", "仅左侧有", "Only left"},
                                 {"only_right", "仅右侧有", "Only right"}, {"repeated", "匹配项重复", "Key repeated"},
                                 {"no_key", "无匹配项", "Without key"},    {0}},
                      states[] = {{"open", "未处理", "Open"},
                                  {"sent", "核查中", "Being verified"},
                                  {"ordered", "有误待更正", "To be corrected"},
                                  {"corrected", "已更正", "Corrected"},
                                  {"right", "核对属实", "Found right"},
                                  {"closed", "核查办结", "Verified"},
                                  {"objected", "已提异议", "Objected"},
                                  {"answered", "异议已答复", "Objection answered"},
                                  {"gone", "已消除", "Gone"},
                                  {0}};

typedef struct Sheet {
	Request *rq;
	Showing *showing;
	AnswerBook answer;
	BookSheet page;
	lxw_format *differs;
	bool cut;
} Sheet;

static const char *word(const Sheet *sheet, const BookWord *words, const char *key) {
	return book_word(sheet->page.arena, words, text_of(key), sheet->answer.book.english);
}

/* A text that is longer than a cell is cut, and says so. */
static void cell(Sheet *sheet, const char *text, lxw_format *format) {
	if (book_text(&sheet->page, text, format)) return;
	sheet->page.column--;
	book_text(&sheet->page,
	          arena_printf(sheet->page.arena, "%.*s…%s", (int)utf8_cut(text_of(text), CUT_BYTES), text,
	                       request_say(sheet->rq, "（过长，已截断）", " (too long, cut)")),
	          format);
}

/* A code with what it means. */
static void coded(Sheet *sheet, const char *text, const char *said, lxw_format *format) {
	cell(sheet, text && said ? arena_printf(sheet->showing->arena, "%s %s", text, said) : text, format);
}

static const char *title_of(const Sheet *sheet, int side, const char *name) {
	const Field *field = resource_field(sheet->showing->sides[side].resource, text_of(name));
	return field ? field->title : name;
}

/* Two columns a pair: how it is on the left, how on the right. */
static void heads_pair(Sheet *sheet, const Pair *pair) {
	static const char *const names[SIDES] = {"左", "右"}, *const names_en[SIDES] = {"Left", "Right"};
	for (int side = 0; side < SIDES; side++)
		book_head(&sheet->page,
		          arena_printf(sheet->rq->arena, "%s %s", request_say(sheet->rq, names[side], names_en[side]),
		                       title_of(sheet, side, pair->names[side])),
		          18, CELL_TEXT);
}

static void heads_write(Sheet *sheet) {
	static const struct {
		const char *zh, *en;
		CellKind kind;
	} rest[] = {{"不一致的信息项", "Fields that differ", CELL_TEXT},
	            {"左侧条数", "Records left", CELL_COUNT},
	            {"右侧条数", "Records right", CELL_COUNT},
	            {"处理", "Handling", CELL_TEXT},
	            {"办件编号", "Case", CELL_TEXT},
	            {"备注", "Remark", CELL_TEXT},
	            {"左侧记录号", "Record id left", CELL_ID},
	            {"右侧记录号", "Record id right", CELL_ID}};
	const Comparison *one = &sheet->showing->one;
	const Book *book = &sheet->answer.book;
	sheet->page = book_sheet(book, request_say(sheet->rq, "差异", "Differences"), 1);
	sheet->page.arena = sheet->showing->arena;
	sheet->differs = workbook_add_format(book->file);
	format_set_bg_color(sheet->differs, 0xFFD9D9);
	book_head(&sheet->page, request_say(sheet->rq, "类别", "Kind"), 18, CELL_TEXT);
	for (int i = 0; i < one->key_count; i++)
		heads_pair(sheet, &one->keys[i]);
	for (int i = 0; i < one->field_count; i++)
		heads_pair(sheet, &one->fields[i]);
	for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
		book_head(&sheet->page, request_say(sheet->rq, rest[i].zh, rest[i].en), 18, rest[i].kind);
}

static const char *differing(const Sheet *sheet, const Shown *row) {
	Buf *out = ARENA_NEW(sheet->showing->arena, Buf);
	const Comparison *one = &sheet->showing->one;
	buf_in(out, sheet->showing->arena);
	for (int i = 0; i < one->field_count; i++)
		if (row->fields >> i & 1)
			buf_printf(out, "%s%s", out->len ? request_say(sheet->rq, "、", ", ") : "",
			           title_of(sheet, LEFT, one->fields[i].names[LEFT]));
	return text_cstr(sheet->showing->arena, buf_as_text(out));
}

static const char *note_of(const Request *rq, const Shown *row) {
	bool left = row->records[LEFT] && !row->there[LEFT], right = row->records[RIGHT] && !row->there[RIGHT];
	return left && right ? request_say(rq, "两侧记录已不在", "Both records are gone")
	       : left        ? request_say(rq, "左侧记录已不在", "The left record is gone")
	       : right       ? request_say(rq, "右侧记录已不在", "The right record is gone")
	                     : NULL;
}

static void row_put(Sheet *sheet, const Shown *row) {
	const Comparison *one = &sheet->showing->one;
	book_row(&sheet->page);
	cell(sheet, word(sheet, kinds, row->kind), NULL);
	for (int i = 0; i < one->key_count; i++)
		for (int side = 0; side < SIDES; side++)
			coded(sheet, row->keys[side][i], row->key_words[side][i], NULL);
	for (int i = 0; i < one->field_count; i++)
		for (int side = 0; side < SIDES; side++)
			coded(sheet, row->values[side][i], row->value_words[side][i],
			      row->fields >> i & 1 ? sheet->differs : NULL);
	cell(sheet, differing(sheet, row), NULL);
	for (int side = 0; side < SIDES; side++)
		book_integer(&sheet->page, CELL_COUNT, row->rows[side]);
	cell(sheet, word(sheet, states, row->became.state), NULL);
	cell(sheet, row->became.number, NULL);
	cell(sheet, note_of(sheet->rq, row), NULL);
	for (int side = 0; side < SIDES; side++)
		book_integer(&sheet->page, CELL_ID, row->records[side]);
}

static int pages_put(Sheet *sheet) {
	Showing *showing = sheet->showing;
	int64_t after = 0, next = 1;
	int code = 0;
	while (code == 0 && next && sheet->page.row < BOOK_ROWS_MAX) {
		arena_reset(showing->arena);
		code = showing_page(sheet->rq, showing, after, SHOWN_MAX, &next);
		for (int i = 0; i < showing->count && code == 0; i++)
			row_put(sheet, &showing->rows[i]);
		after = next;
	}
	sheet->cut = next != 0;
	book_sheet_end(&sheet->page);
	return code;
}

/* What the sheet is, for whoever opens it later. */
static void notes_put(Sheet *sheet) {
	Request *rq = sheet->rq;
	const Showing *showing = sheet->showing;
	const char *all = request_say(rq, "全部", "all");
	const char *cut = request_say(rq, "（还有更多，本表至多 100,000 条；请按类别或信息项分别下载）",
	                              " (there are more than the 100,000 of a sheet: take them by kind or field)");
	const BookNote notes[] = {
	    {request_say(rq, "比对", "Comparison"), showing->one.name},
	    {request_say(rq, "用途", "Purpose"), showing->one.purpose},
	    {request_say(rq, "左侧条目", "Entry left"), showing->sides[LEFT].resource->name},
	    {request_say(rq, "右侧条目", "Entry right"), showing->sides[RIGHT].resource->name},
	    {request_say(rq, "比对时间", "Compared at"), book_time(rq->arena, showing->begun_us)},
	    {request_say(rq, "类别", "Kind"), in_has(rq, "kind") ? word(sheet, kinds, in_str(rq, "kind")) : all},
	    {request_say(rq, "不一致的信息项", "Field that differs"),
	     in_has(rq, "field") ? title_of(sheet, LEFT, in_str(rq, "field")) : all},
	    {request_say(rq, "条数", "Differences"),
	     arena_printf(rq->arena, "%u%s", (unsigned)sheet->page.row, sheet->cut ? cut : "")},
	    {request_say(rq, "下载人", "Taken by"), rq->party.login},
	    {request_say(rq, "下载时间", "Taken at"), book_time(rq->arena, rq->now_us)},
	    {request_say(rq, "值", "Values"),
	     request_say(rq, "按下载人下载时的权限显示，与页面相同：不能看明文的为脱敏值",
	                 "as this person may see them, like on the page: masked where not in clear")},
	};
	book_notes(&sheet->answer.book, notes, sizeof notes / sizeof *notes);
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
	if ((code = answer_book(rq, &sheet.answer)) < 0) return showing_end(rq, showing, code);
	heads_write(&sheet);
	code = showing_end(rq, showing, pages_put(&sheet));
	if (code == 0) notes_put(&sheet);
	return answer_book_send(rq, &sheet.answer,
	                        arena_printf(rq->arena, "%s-%s", request_say(rq, "比对差异", "Differences"), showing->one.name),
	                        code);
}
