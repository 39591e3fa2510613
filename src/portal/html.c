/* Owns how public pages are put together: escaping, addresses, the frame around each page. One request; its thread. */
#include "portal/html.h"
#include <assert.h>
#include <stdio.h>

#define PAGE_POLICY                                                                                                              \
	"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/* --- escaping -------------------------------------------------------------------------------------------------------- */

void html_escape(Buf *out, Text text) {
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		switch (c) {
		case '&':
			buf_str(out, "&amp;");
			break;
		case '<':
			buf_str(out, "&lt;");
			break;
		case '>':
			buf_str(out, "&gt;");
			break;
		case '"':
			buf_str(out, "&quot;");
			break;
		case '\'':
			buf_str(out, "&#39;");
			break;
		default:
			/* control characters are no part of HTML */
			buf_char(out, c < 0x20 && c != '\n' && c != '\t' ? ' ' : (char)c);
		}
	}
}

static void add_number(Buf *out, int64_t number) {
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-') buf_char(out, ',');
		buf_char(out, digits[i]);
	}
}

static void add_time(Buf *out, int64_t us) {
	char text[CLOCK_TEXT_MAX];
	if (us == 0)
		buf_str(out, "–");
	else
		buf_printf(out, "%.10s %.5s", clock_format(us, text), text + 11);
}

static void add_size(Buf *out, int64_t bytes) {
	static const char *const units[] = {"B", "KB", "MB", "GB"};
	double size = (double)bytes;
	int unit = 0;
	for (; size >= 1000 && unit < 3; unit++)
		size /= 1024;
	buf_printf(out, unit == 0 || size >= 100 ? "%.0f %s" : "%.1f %s", size, units[unit]);
}

static void add_arg(Buf *out, const Arg *arg) {
	switch (arg->kind) {
	case ARG_TEXT:
		html_escape(out, arg->text);
		return;
	case ARG_NUMBER:
		add_number(out, arg->number);
		return;
	case ARG_PLAIN:
		buf_int(out, arg->number);
		return;
	case ARG_TIME:
		add_time(out, arg->number);
		return;
	case ARG_SIZE:
		add_size(out, arg->number);
		return;
	case ARG_DECIMAL:
		buf_printf(out, "%.1f", arg->decimal);
	}
}

void html(Page *page, const char *literal, const Arg *args, size_t count) {
	Buf *out = &page->rq->body;
	size_t used = 0;
	for (const char *hole; (hole = strstr(literal, "{}")) != NULL; literal = hole + 2) {
		buf_add(out, literal, (size_t)(hole - literal));
		assert(used < count);
		add_arg(out, &args[used++]);
	}
	assert(used == count);
	buf_str(out, literal);
}

/* --- addresses ------------------------------------------------------------------------------------------------------- */

static void add_encoded(Buf *out, Text text) {
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr("-._~", c))
			buf_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static void add_pair(Buf *out, bool *any, const char *name, Text value) {
	if (!value.len) return;
	buf_printf(out, "%c%s=", *any ? '&' : '?', name);
	add_encoded(out, value);
	*any = true;
}

char *page_link(const Page *page, const char *path, ...) {
	Buf *out = ARENA_NEW(page->rq->arena, Buf);
	va_list pairs;
	bool any = false;
	buf_in(out, page->rq->arena);
	buf_str(out, path);
	va_start(pairs, path);
	for (const char *name; (name = va_arg(pairs, const char *)) != NULL;) {
		const Text *value = va_arg(pairs, const Text *);
		if (value) add_pair(out, &any, name, *value);
	}
	va_end(pairs);
	if (page->english) add_pair(out, &any, "lang", TEXT("en"));
	if (page->big) add_pair(out, &any, "big", TEXT("1"));
	buf_char(out, '\0');
	return out->at;
}

const char *base_url(Request *rq) {
	const char *set = setting_text(rq, "open.base_url");
	return *set ? set : request_base_url(rq);
}

/* --- the frame ------------------------------------------------------------------------------------------------------- */

void page_open(Page *page, Request *rq) {
	Text rest = rq->call ? http_query(rq->call) : rq->any_query, name, value;
	*page = (Page){.rq = rq, .number = 1};
	while (query_next(rq->arena, &rest, &name, &value) > 0) {
		struct {
			const char *name;
			Text *at;
		} rows[] = {{"q", &page->q},           {"subject", &page->subject}, {"org", &page->org},  {"tag", &page->tag},
		            {"format", &page->format}, {"sort", &page->sort},       {"said", &page->said}};
		if (!utf8_valid(value) || value.len > 400) continue;
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
			if (text_is(name, rows[i].name) && value.len) *rows[i].at = value;
		if (text_is(name, "lang")) page->english = text_is(value, "en");
		if (text_is(name, "big")) page->big = text_is(value, "1");
		if (text_is(name, "page") &&
		    (text_to_int(value, &page->number) < 0 || page->number < 1 || page->number > 1000000))
			page->number = 1;
	}
	rq->content_type = "text/html; charset=utf-8";
	rq->content_policy = PAGE_POLICY;
}

void page_scripts(Page *page) {
	page->rq->content_policy = PAGE_POLICY "; script-src 'self'; connect-src 'self'";
}

/* The same address in the other language or size. */
static char *switched(const Page *page, bool english, bool big) {
	Page other = *page;
	char number[24];
	snprintf(number, sizeof number, "%lld", (long long)page->number);
	Text at = page->number > 1 ? text_of(number) : TEXT_NONE;
	other.english = english;
	other.big = big;
	const char *path = page->rq->call ? text_cstr(page->rq->arena, http_path(page->rq->call)) : "/open";
	return page_link(&other, path, "q", &page->q, "subject", &page->subject, "org", &page->org, "tag", &page->tag, "format",
	                 &page->format, "sort", &page->sort, "page", &at, NULL);
}

static void nav_link(Page *page, const char *path, const char *zh, const char *en, bool here) {
	if (here)
		html(page, "<li><a href=\"{}\" aria-current=\"page\">{}</a></li>",
		     ARGS(h_str(page_link(page, path, NULL)), h_say(page, zh, en)));
	else
		html(page, "<li><a href=\"{}\">{}</a></li>", ARGS(h_str(page_link(page, path, NULL)), h_say(page, zh, en)));
}

void page_begin(Page *page, Arg title, const char *place) {
	html(page,
	     "<!doctype html>\n<html lang=\"{}\" class=\"{}\">\n<head><meta charset=\"utf-8\"><title>{} – {}</title>"
	     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
	     "<link rel=\"stylesheet\" href=\"/open/style.css\"></head>\n<body>"
	     "<a class=\"skip\" href=\"#main\">{}</a><header><div class=\"wide\"><a class=\"brand\" href=\"{}\">{}</a>",
	     ARGS(h_str(page->english ? "en" : "zh-CN"), h_str(page->big ? "big" : "normal"), title,
	          h_say(page, "公共数据开放", "Open data"), h_say(page, "跳到正文", "Skip to content"),
	          h_str(page_link(page, "/open", NULL)), h_say(page, "公共数据开放", "Open data")));
	html(page, "<nav aria-label=\"{}\"><ul>", ARGS(h_say(page, "主导航", "Main")));
	nav_link(page, "/open", "首页", "Home", strcmp(place, "home") == 0);
	nav_link(page, "/open/search", "数据目录", "Datasets", strcmp(place, "search") == 0);
	nav_link(page, "/open/report", "我要反映", "Report", strcmp(place, "report") == 0);
	nav_link(page, "/open/track", "查进度", "Track", strcmp(place, "track") == 0);
	nav_link(page, "/open/nearby", "身边事", "Nearby", strcmp(place, "nearby") == 0);
	nav_link(page, "/open/developers", "开发者", "Developers", strcmp(place, "developers") == 0);
	html(page,
	     "</ul></nav><p class=\"language\"><a href=\"{}\" lang=\"{}\">{}</a> <a href=\"{}\">{}</a></p></div></header>\n"
	     "<main id=\"main\" class=\"wide\">\n",
	     ARGS(h_str(switched(page, !page->english, page->big)), h_str(page->english ? "zh-CN" : "en"),
	          h_str(page->english ? "中文" : "English"), h_str(switched(page, page->english, !page->big)),
	          page->big ? h_say(page, "标准版", "Normal text") : h_say(page, "长辈版", "Large text")));
}

int page_end(Page *page) {
	html(page,
	     "</main>\n<footer><div class=\"wide\"><p>{}</p><p><a href=\"{}\">{}</a> · <a "
	     "href=\"/open/catalog.jsonld\">DCAT-AP</a> · <a href=\"/sitemap.xml\">{}</a></p></div></footer></body></html>\n",
	     ARGS(h_say(page, "数据由各部门提供，经审核后开放。使用时请遵守每份数据注明的许可并署名。",
	                "Data come from the city's departments and are reviewed before they are opened. Keep to the licence of "
	                "each."),
	          h_str(page_link(page, "/open/developers", NULL)), h_say(page, "开放接口", "Interfaces"),
	          h_say(page, "网站地图", "Site map")));
	return 0;
}

int page_refusal(Request *rq, int status, const char *zh, const char *en) {
	Page page;
	page_open(&page, rq);
	buf_reset(&rq->body);
	rq->status = status;
	page_begin(&page, h_plain(status), "");
	html(&page, "<h1>{}</h1><p><a href=\"{}\">{}</a></p>",
	     ARGS(h_say(&page, zh, en), h_str(page_link(&page, "/open", NULL)), h_say(&page, "回到首页", "Back to the start")));
	return page_end(&page);
}

/* Until then in whole minutes, and at what time. */
static const char *gate_wait(Request *rq, Gate gate, bool english) {
	char text[CLOCK_TEXT_MAX];
	int64_t minute = INT64_C(60000000), opens = gate_opens_us(rq, gate), minutes = (opens - rq->now_us + minute - 1) / minute;
	if (!opens || minutes < 1) minutes = 1;
	clock_format((rq->now_us / minute + minutes + 1) * minute, text);
	return arena_printf(rq->arena, english ? "in %lld minutes (after %.5s)" : "%lld 分钟后（%.5s 以后）", (long long)minutes,
	                    text + 11);
}

const char *gate_words(const Page *page, Gate gate) {
	Request *rq = page->rq;
	return arena_printf(
	    rq->arena,
	    page->english ? "Too much came from this network address. Send it again %s: what you wrote is still here. If it "
	                    "cannot wait, call 12345."
	                  : "这个网络地址提交得太多，请 %s再提交；您写的内容都还在。急事请拨 12345。",
	    gate_wait(rq, gate, page->english));
}

int page_gate(Request *rq, Gate gate) {
	if (gate_pass(rq, gate) == 0) return 0;
	error_clear(rq->error);
	page_refusal(rq, 429, arena_printf(rq->arena, "这个地址的访问太频繁，请 %s再试。", gate_wait(rq, gate, false)),
	             arena_printf(rq->arena, "Too many calls came from this address. Try again %s.", gate_wait(rq, gate, true)));
	return 1;
}

void page_datasets(Page *page, const Dataset *const *items, int count) {
	html(page, "<ul class=\"datasets\">", NO_ARGS);
	for (int i = 0; i < count; i++) {
		const Dataset *one = items[i];
		int64_t rows = one->rows, loaded = one->loaded_us;
		dataset_fresh(page->rq, one, &rows, &loaded);
		html(page, "<li><h3><a href=\"{}\">{}</a></h3><p>{}</p><p class=\"quiet\">{} · {} · {} {} · {} {}</p></li>",
		     ARGS(h_str(page_link(page, arena_printf(page->rq->arena, "/open/datasets/%s", one->name), NULL)),
		          h_str(one->title), h_str(one->notes), h_str(page->english && *one->org_en ? one->org_en : one->org),
		          h_say(page, one->subject->zh, one->subject->en), h_number(rows), h_say(page, "行", "rows"),
		          h_say(page, "更新于", "updated"), h_time(loaded)));
	}
	html(page, "</ul>", NO_ARGS);
}
