/* Owns the page of one dataset: facts, downloads, fields, a preview, how to ask for it by program, what the public said; and the
 * download itself. LANE_READ. */
#include "portal/html.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PREVIEW_ROWS = 20, PREVIEW_TEXT = 120 };

typedef struct View {
	Page page;
	const Dataset *dataset;
	OpenTable table;
	OpenQuery query;
	int64_t rows, loaded_us;
} View;

static void fact(View *view, const char *zh, const char *en, Arg value) {
	html(&view->page, "<dt>{}</dt><dd>{}</dd>", ARGS(h_say(&view->page, zh, en), value));
}

static void update_fact(View *view) {
	Page *page = &view->page;
	static const char *const states[][4] = {{"late", "late", "✕ 晚于承诺", "✕ later than promised"},
	                                        {"fresh", "fresh", "✓ 按时", "✓ on time"},
	                                        {"none", "quiet", "还没有数据", "no data yet"},
	                                        {"unbound", "quiet", "", ""}};
	const char *state = dataset_state(page->rq, view->dataset, view->loaded_us);
	html(page, "<dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}",
	     ARGS(h_say(page, "更新承诺", "Update promise"),
	          h_say(page, view->dataset->frequency->zh, view->dataset->frequency->en), h_say(page, "最近更新", "Last update"),
	          h_time(view->loaded_us)));
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (strcmp(state, states[i][0]) == 0)
			html(page, " <span class=\"{}\">{}</span>",
			     ARGS(h_str(states[i][1]), h_say(page, states[i][2], states[i][3])));
	html(page, "</dd>", NO_ARGS);
}

static int facts(View *view) {
	Page *page = &view->page;
	const Dataset *one = view->dataset;
	int64_t views, downloads, voters;
	double stars;
	int code = use_totals(page->rq, one->resource_id, &views, &downloads);
	if (code == 0) code = rating_of(page->rq, one->resource_id, &voters, &stars);
	if (code < 0) return code;
	html(page, "<h1>{}</h1><p>{}</p><dl class=\"facts\">", ARGS(h_str(one->title), h_str(one->notes)));
	fact(view, "提供部门", "Department", h_str(page->english && *one->org_en ? one->org_en : one->org));
	fact(view, "主题", "Subject", h_say(page, one->subject->zh, one->subject->en));
	update_fact(view);
	fact(view, "行数", "Rows", h_number(view->rows));
	fact(view, "首次开放", "Open since", h_time(one->issued_us));
	if (one->licence->uri)
		html(page, "<dt>{}</dt><dd><a rel=\"license\" href=\"{}\">{}</a></dd>",
		     ARGS(h_say(page, "许可", "Licence"), h_str(one->licence->uri),
		          h_say(page, one->licence->zh, one->licence->en)));
	else
		fact(view, "许可", "Licence", h_say(page, one->licence->zh, one->licence->en));
	if (*one->attribution) fact(view, "署名", "Attribution", h_str(one->attribution));
	fact(view, "目录编码", "Catalogue code", h_str(one->code));
	html(page, "<dt>{}</dt><dd>{} {} · {} {}</dd><dt>{}</dt><dd>",
	     ARGS(h_say(page, "使用", "Use"), h_number(views), h_say(page, "次查看", "views"), h_number(downloads),
	          h_say(page, "次下载", "downloads"), h_say(page, "评分", "Rating")));
	if (voters)
		html(page, "{} / 5 ({} {})</dd></dl>",
		     ARGS(h_decimal(stars), h_number(voters), h_say(page, "人评分", "ratings")));
	else
		html(page, "{}</dd></dl>", ARGS(h_say(page, "还没有评分", "not rated yet")));
	if (one->tag_count) html(page, "<ul class=\"chips\">", NO_ARGS);
	for (int i = 0; i < one->tag_count; i++) {
		Text tag = text_of(one->tags[i]);
		html(page, "<li><a href=\"{}\">{}</a></li>",
		     ARGS(h_str(page_link(page, "/open/search", "tag", &tag, NULL)), h_text(tag)));
	}
	if (one->tag_count) html(page, "</ul>", NO_ARGS);
	return 0;
}

static char *dataset_path(const View *view, const char *rest) {
	return arena_printf(view->page.rq->arena, "/open/datasets/%s%s", view->dataset->name, rest);
}

static void downloads(View *view) {
	Page *page = &view->page;
	html(page, "<h2>{}</h2><ul class=\"downloads\">", ARGS(h_say(page, "下载", "Download")));
	for (const Format *format = formats; format->key; format++) {
		int64_t size, made;
		if (!dataset_has(view->dataset, format)) continue;
		const char *to = dataset_path(view, arena_printf(page->rq->arena, "/download/%s", format->key));
		html(page, "<li><a class=\"button\" href=\"{}\">{}</a>", ARGS(h_str(to), h_str(format->name)));
		if (file_ready(file_path(page->rq, view->dataset, view->loaded_us, format), &size, &made))
			html(page, "<p class=\"quiet\">{} · {} {}<br>{}</p></li>",
			     ARGS(h_size(size), h_number(view->rows), h_say(page, "行", "rows"), h_time(view->loaded_us)));
		else
			html(page, "<p class=\"quiet\">{}</p></li>", ARGS(h_say(page, "正在生成", "being made")));
	}
	html(page, "</ul>", NO_ARGS);
}

static void fields(View *view) {
	Page *page = &view->page;
	static const char *const kinds[][3] = {
	    {"text", "文字", "text"},         {"integer", "整数", "integer"}, {"decimal", "小数", "decimal"},
	    {"double", "数值", "number"},     {"date", "日期", "date"},       {"time", "时间", "time"},
	    {"boolean", "是否", "yes or no"}, {"code", "代码", "code"},       {"geometry", "图形", "geometry"}};
	html(page,
	     "<h2>{}</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><thead><tr><th "
	     "scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead><tbody>",
	     ARGS(h_say(page, "信息项", "Fields"), h_say(page, "信息项", "Fields"), h_say(page, "字段名", "Name"),
	          h_say(page, "含义", "Meaning"), h_say(page, "类型", "Type")));
	for (int i = 0; i < view->table.count; i++) {
		const Field *field = &view->table.resource->fields[view->table.positions[i]];
		const char *const *kind = kinds[0];
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
			if (strcmp(kinds[k][0], field_kind_name(field->kind)) == 0) kind = kinds[k];
		html(page, "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
		     ARGS(h_str(field->name), h_str(field->title), h_say(page, kind[1], kind[2])));
	}
	html(page, "</tbody></table></div>", NO_ARGS);
}

/* --- preview --------------------------------------------------------------------------------------------------------- */

static bool numeric(const Field *field) {
	return field->kind == KIND_INTEGER || field->kind == KIND_DOUBLE || field->kind == KIND_DECIMAL;
}

static int preview_row(void *arg, int64_t mark, const Val *values) {
	View *view = arg;
	html(&view->page, "<tr>", NO_ARGS);
	for (int i = 0; i < view->query.shown; i++) {
		const Field *field = &view->table.resource->fields[view->query.positions[i]];
		if (field->kind == KIND_TIME && values[i].kind == VAL_INT) { /* as the page's other times; files keep ISO 8601 */
			html(&view->page, "<td>{}</td>", ARGS(h_time(values[i].i)));
			continue;
		}
		Text text = open_text(field, values[i], view->page.rq->arena);
		if (text.len > PREVIEW_TEXT) text.len = utf8_cut(text, PREVIEW_TEXT);
		html(&view->page, numeric(field) ? "<td class=\"number\">{}</td>" : "<td>{}</td>",
		     ARGS(h_text(text.at ? text : TEXT(""))));
	}
	html(&view->page, "</tr>", NO_ARGS);
	return 0;
}

static int preview(View *view) {
	Page *page = &view->page;
	html(page, "<h2>{}</h2><div class=\"scroll preview\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><thead><tr>",
	     ARGS(h_say(page, "预览", "Preview"), h_say(page, "前 20 行", "The first 20 rows")));
	for (int i = 0; i < view->table.count; i++) {
		const Field *field = &view->table.resource->fields[view->table.positions[i]];
		html(page, numeric(field) ? "<th scope=\"col\" class=\"number\">{}</th>" : "<th scope=\"col\">{}</th>",
		     ARGS(h_str(field->title)));
	}
	html(page, "</tr></thead><tbody>", NO_ARGS);
	view->query = (OpenQuery){.limit = PREVIEW_ROWS};
	int code = open_read(page->rq, &view->table, &view->query, preview_row, view);
	html(page, "</tbody></table></div>", NO_ARGS);
	return code;
}

static void program(View *view) {
	Page *page = &view->page;
	const char *base = base_url(page->rq);
	html(page,
	     "<h2>{}</h2><p>{}</p><pre tabindex=\"0\"><code>curl '{}/api/3/action/datastore_search?resource_id={}&amp;limit=5'\n"
	     "curl -OJ '{}/open/datasets/{}/download/csv'</code></pre><p><a href=\"{}\">{}</a> · <a href=\"{}\">JSON-LD</a></p>",
	     ARGS(h_say(page, "用程序取数", "By program"),
	          h_say(page, "复制到命令行即可使用，不需要密钥。", "Copy into a shell; no key is needed."), h_str(base),
	          h_plain(view->dataset->resource_id), h_str(base), h_str(view->dataset->name),
	          h_str(page_link(page, "/open/developers", NULL)), h_say(page, "接口说明", "About the interfaces"),
	          h_str(dataset_path(view, ".jsonld"))));
}

/* --- what the public says -------------------------------------------------------------------------------------------- */

static int answers(View *view) {
	Page *page = &view->page;
	Rows *rows;
	bool any = false;
	int code =
	    db_query(page->rq->db, &rows,
	             "SELECT text, answer, created_at, answered_at FROM opening_message WHERE resource_id = $1 AND shown = 1"
	             " AND answered_at > 0 ORDER BY message_id DESC LIMIT 20",
	             BIND(val_int(view->dataset->resource_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		if (!any)
			html(page, "<h2>{}</h2><ul class=\"answers\">", ARGS(h_say(page, "问题与答复", "Questions and answers")));
		any = true;
		html(page,
		     "<li><p>{} <span class=\"quiet\">{}</span></p><p><strong>{}</strong> {} <span "
		     "class=\"quiet\">{}</span></p></li>",
		     ARGS(h_text(rows_text(rows, 0)), h_time(rows_int(rows, 2)), h_say(page, "答复：", "Answer:"),
		          h_text(rows_text(rows, 1)), h_time(rows_int(rows, 3))));
	}
	if (any) html(page, "</ul>", NO_ARGS);
	return code < 0 ? code : 0;
}

static void said(Page *page) {
	static const char *const rows[][3] = {
	    {"message", "收到了，提供部门会看到。答复后会显示在这一页。",
	     "Received. The department will read it; its answer will be shown on this page."},
	    {"rating", "谢谢，评分已记下。", "Thank you, your rating was kept."},
	    {"empty", "请写明问题，4 到 2000 字。", "Please write what is wrong, in 4 to 2000 characters."},
	    {"often", "这个地址提交得太频繁，请一小时后再试。", "Too many forms came from this address. Try again in an hour."}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (text_is(page->said, rows[i][0]))
			html(page,
			     i < 2 ? "<p class=\"said\" role=\"status\">{}</p>" : "<p class=\"said wrong\" role=\"alert\">{}</p>",
			     ARGS(h_say(page, rows[i][1], rows[i][2])));
}

static void forms(View *view) {
	Page *page = &view->page;
	html(page,
	     "<h2>{}</h2><form class=\"form\" method=\"post\" action=\"{}\"><label for=\"text\">{}</label><textarea id=\"text\" "
	     "name=\"text\" required minlength=\"4\" maxlength=\"2000\"></textarea>"
	     "<label for=\"contact\">{}</label><input id=\"contact\" name=\"contact\" maxlength=\"100\" "
	     "autocomplete=\"email\"><p class=\"quiet\">{}</p><button>{}</button></form>",
	     ARGS(h_say(page, "数据有问题？", "Something wrong with the data?"),
	          h_str(page_link(page, dataset_path(view, "/message"), NULL)), h_say(page, "问题", "What is wrong"),
	          h_say(page, "联系方式（可不填）", "How to reach you (optional)"),
	          h_say(page, "联系方式只给提供部门看，不会公开。", "Only the department sees this; it is never published."),
	          h_say(page, "提交", "Send")));
	html(page, "<h2>{}</h2><form class=\"form\" method=\"post\" action=\"{}\"><fieldset><legend class=\"quiet\">{}</legend>",
	     ARGS(h_say(page, "评分", "Rate it"), h_str(page_link(page, dataset_path(view, "/rating"), NULL)),
	          h_say(page, "这份数据对您有用吗？5 分最有用。", "Was it useful to you? 5 is the most.")));
	for (int stars = 1; stars <= 5; stars++)
		html(page, "<label><input type=\"radio\" name=\"stars\" value=\"{}\" required> {}</label>",
		     ARGS(h_plain(stars), h_plain(stars)));
	html(page, "</fieldset><button>{}</button></form>", ARGS(h_say(page, "评分", "Rate")));
}

static int dataset_view(Request *rq, const Dataset *dataset) {
	View view = {.dataset = dataset, .rows = dataset->rows, .loaded_us = dataset->loaded_us};
	int code = open_table(rq, dataset->resource_id, &view.table);
	if (code == 0) code = dataset_fresh(rq, dataset, &view.rows, &view.loaded_us);
	if (code < 0) return code;
	page_open(&view.page, rq);
	page_begin(&view.page, h_str(dataset->title), "");
	said(&view.page);
	code = facts(&view);
	if (code == 0) {
		downloads(&view);
		fields(&view);
		code = preview(&view);
	}
	if (code == 0) {
		program(&view);
		code = answers(&view);
	}
	if (code < 0) return code;
	forms(&view);
	keeper_count(rq, dataset->resource_id, USE_VIEW);
	return page_end(&view.page);
}

int page_dataset(Request *rq) {
	const Shelf *shelf;
	Text name = in_text(rq, "dataset");
	if (page_gate(rq, GATE_CALL)) return 0;
	int code = shelf_get(rq, &shelf);
	if (code < 0) return code;
	bool linked = text_ends(name, TEXT(".jsonld"));
	if (linked) name.len -= strlen(".jsonld");
	const Dataset *dataset = shelf_find(shelf, name);
	if (!dataset) return page_missing(rq);
	return linked ? dcat_dataset(rq, dataset) : dataset_view(rq, dataset);
}

/* --- download -------------------------------------------------------------------------------------------------------- */

static int not_ready(Request *rq) {
	keeper_wake(rq->app);
	return page_refusal(rq, 503, "文件正在生成，请过几秒再下载。", "The file is being made. Try again in a few seconds.");
}

/* '/' and what file systems dislike become '_'. */
static char *name_of_file(Request *rq, const Dataset *dataset, int64_t loaded_us, const Format *format) {
	char day[CLOCK_TEXT_MAX];
	char *name = arena_printf(rq->arena, "%s-%s.%s", dataset->title, date_format(date_of_us(loaded_us), day), format->key);
	for (char *at = name; *at; at++)
		if (strchr("/\\:*?\"<>|", *at) || (unsigned char)*at < 0x20) *at = '_';
	return name;
}

int page_download(Request *rq) {
	const Shelf *shelf;
	const Format *format = format_find(in_text(rq, "format"));
	int64_t rows = 0, loaded_us = 0, size, made_us;
	if (page_gate(rq, GATE_FILE)) return 0;
	int code = shelf_get(rq, &shelf);
	if (code < 0) return code;
	const Dataset *dataset = shelf_find(shelf, in_text(rq, "dataset"));
	if (!dataset || !format || !dataset_has(dataset, format)) return page_missing(rq);
	if ((code = dataset_fresh(rq, dataset, &rows, &loaded_us)) < 0) return code;
	const char *path = file_path(rq, dataset, loaded_us, format);
	if (!file_ready(path, &size, &made_us)) return not_ready(rq);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) return not_ready(rq);
	rq->send_fd = fd;
	rq->content_type = strcmp(format->key, "csv") == 0 ? "text/csv; charset=utf-8" : format->media;
	rq->file_name = name_of_file(rq, dataset, loaded_us, format);
	rq->etag = arena_printf(rq->arena, "\"%lld-%lld-%s\"", (long long)dataset->opening_id, (long long)loaded_us, format->key);
	rq->any_origin = true;
	rq->cache_control = "no-cache";
	rq->about_resource = dataset->resource_id;
	rq->about = arena_printf(rq->arena, "{\"public\":true,\"format\":\"%s\"}", format->key);
	rq->row_count = rows;
	keeper_count(rq, dataset->resource_id, USE_DOWNLOAD);
	return 0;
}
