/* Owns the public pages that list: home, search, developers, what is not there, and the files for robots. LANE_READ. */
#include "portal/html.h"
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_ROWS = 20, NEWEST = 8, FACET_MOST = 20, SITEMAP_MOST = 50000 };

static void search_form(Page *page, bool with_choices) {
	html(page,
	     "<form class=\"find\" role=\"search\" action=\"/open/search\" method=\"get\"><label class=\"skip\" "
	     "for=\"find\">{}</label>"
	     "<input id=\"find\" type=\"search\" name=\"q\" value=\"{}\" maxlength=\"100\" placeholder=\"{}\">",
	     ARGS(h_say(page, "查找数据", "Find data"), h_text(page->q.at ? page->q : TEXT("")),
	          h_say(page, "名称、部门、主题、字段", "name, department, subject, field")));
	const struct {
		const char *name;
		Text value;
	} kept[] = {
	    {"subject", page->subject}, {"org", page->org}, {"tag", page->tag}, {"format", page->format}, {"sort", page->sort}};
	for (size_t i = 0; i < sizeof kept / sizeof *kept && with_choices; i++)
		if (kept[i].value.len)
			html(page, "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
			     ARGS(h_str(kept[i].name), h_text(kept[i].value)));
	if (page->english) html(page, "<input type=\"hidden\" name=\"lang\" value=\"en\">", NO_ARGS);
	if (page->big) html(page, "<input type=\"hidden\" name=\"big\" value=\"1\">", NO_ARGS);
	html(page, "<button>{}</button></form>", ARGS(h_say(page, "查找", "Search")));
}

/* --- home ------------------------------------------------------------------------------------------------------------ */

static void tiles(Page *page, const Shelf *shelf, const char *facet, const char *input, const char *zh, const char *en) {
	int count;
	const Dataset **all = ARENA_ARRAY(page->rq->arena, const Dataset *, shelf->count + 1);
	for (int i = 0; i < shelf->count; i++)
		all[i] = &shelf->items[i];
	FacetItem *items = facet_count(page->rq, all, shelf->count, facet, &count);
	html(page, "<h2>{}</h2><ul class=\"tiles\">", ARGS(h_say(page, zh, en)));
	for (int i = 0; i < count; i++) {
		Text key = text_of(items[i].key);
		html(page, "<li><a href=\"{}\"><span>{}</span><span>{}</span></a></li>",
		     ARGS(h_str(page_link(page, "/open/search", input, &key, NULL)), h_say(page, items[i].zh, items[i].en),
		          h_number(items[i].count)));
	}
	html(page, "</ul>", NO_ARGS);
}

int page_home(Request *rq) {
	Page page;
	const Shelf *shelf;
	if (page_gate(rq, GATE_CALL)) return 0;
	int code = shelf_get(rq, &shelf);
	if (code < 0) return code;
	int64_t rows = 0;
	int shown = shelf->count < NEWEST ? shelf->count : NEWEST;
	const Dataset **newest = ARENA_ARRAY(rq->arena, const Dataset *, NEWEST);
	for (int i = 0; i < shelf->count; i++)
		rows += shelf->items[i].rows;
	for (int i = 0; i < shown; i++)
		newest[i] = &shelf->items[i];
	page_open(&page, rq);
	page_begin(&page, h_say(&page, "首页", "Home"), "home");
	html(&page, "<h1>{}</h1><p>{}</p>",
	     ARGS(h_say(&page, "查找、查看、下载公共数据", "Find, view and download public data"),
	          h_say(&page, "不需要登录。每份数据写明提供部门、更新时间和许可。",
	                "No login. Each dataset names its department, its last update and its licence.")));
	search_form(&page, false);
	html(&page, "<p class=\"quiet\">{} {} · {} {}</p>",
	     ARGS(h_number(shelf->count), h_say(&page, "份数据", "datasets"), h_number(rows), h_say(&page, "行", "rows")));
	if (shelf->count == 0) {
		html(&page, "<p>{}</p>", ARGS(h_say(&page, "还没有开放的数据。", "Nothing is open yet.")));
		return page_end(&page);
	}
	tiles(&page, shelf, "groups", "subject", "按主题", "By subject");
	tiles(&page, shelf, "organization", "org", "按部门", "By department");
	html(&page, "<h2>{}</h2>", ARGS(h_say(&page, "最新开放", "Newest")));
	page_datasets(&page, newest, shown);
	return page_end(&page);
}

/* --- search ---------------------------------------------------------------------------------------------------------- */

static const struct FacetRow {
	const char *facet, *input, *zh, *en;
} facet_rows[] = {{"groups", "subject", "主题", "Subject"},
                  {"organization", "org", "部门", "Department"},
                  {"res_format", "format", "格式", "Format"},
                  {"tags", "tag", "关键字", "Keyword"}};

static Text *facet_value(Page *page, const char *input) {
	return strcmp(input, "subject") == 0  ? &page->subject
	       : strcmp(input, "org") == 0    ? &page->org
	       : strcmp(input, "format") == 0 ? &page->format
	                                      : &page->tag;
}

/* The search with one facet set to value (none: taken out). */
static char *facet_link(Page *page, const char *input, Text value) {
	Page other = *page;
	*facet_value(&other, input) = value;
	return page_link(&other, "/open/search", "q", &other.q, "subject", &other.subject, "org", &other.org, "format",
	                 &other.format, "tag", &other.tag, "sort", &other.sort, NULL);
}

static void facet_lists(Page *page, const Dataset *const *found, int count) {
	html(page, "<aside aria-label=\"{}\">", ARGS(h_say(page, "筛选", "Filters")));
	for (size_t f = 0; f < sizeof facet_rows / sizeof *facet_rows; f++) {
		const struct FacetRow *row = &facet_rows[f];
		Text chosen = *facet_value(page, row->input);
		int values;
		FacetItem *items = facet_count(page->rq, found, count, row->facet, &values);
		if (values == 0) continue;
		html(page, "<h2>{}</h2><ul class=\"facet\">", ARGS(h_say(page, row->zh, row->en)));
		for (int i = 0; i < values && i < FACET_MOST; i++) {
			bool on = text_is(chosen, items[i].key);
			Text value = on ? TEXT_NONE : text_of(items[i].key);
			html(page,
			     on ? "<li><a href=\"{}\" aria-current=\"true\"><span>{} ×</span><span>{}</span></a></li>"
			        : "<li><a href=\"{}\"><span>{}</span><span>{}</span></a></li>",
			     ARGS(h_str(facet_link(page, row->input, value)), h_say(page, items[i].zh, items[i].en),
			          h_number(items[i].count)));
		}
		html(page, "</ul>", NO_ARGS);
	}
	html(page, "</aside>", NO_ARGS);
}

static void sort_links(Page *page) {
	static const char *const rows[][3] = {{"", "相关度", "relevance"},
	                                      {"newest", "最新开放", "newest"},
	                                      {"updated", "最近更新", "updated"},
	                                      {"title", "名称", "name"}};
	html(page, "<p>{}", ARGS(h_say(page, "排序：", "Sort: ")));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Page other = *page;
		other.sort = text_of(rows[i][0]);
		bool on = page->sort.len ? text_is(page->sort, rows[i][0]) : rows[i][0][0] == '\0';
		if (on)
			html(page, " <strong>{}</strong>", ARGS(h_say(page, rows[i][1], rows[i][2])));
		else
			html(page, " <a href=\"{}\">{}</a>",
			     ARGS(h_str(page_link(&other, "/open/search", "q", &other.q, "subject", &other.subject, "org",
			                          &other.org, "format", &other.format, "tag", &other.tag, "sort", &other.sort,
			                          NULL)),
			          h_say(page, rows[i][1], rows[i][2])));
	}
	html(page, "</p>", NO_ARGS);
}

static void page_numbers(Page *page, int count) {
	int64_t last = (count + PAGE_ROWS - 1) / PAGE_ROWS;
	if (last < 2) return;
	html(page, "<p class=\"pages\">", NO_ARGS);
	for (int step = -1; step <= 1; step += 2) {
		char number[24];
		int64_t to = page->number + step;
		snprintf(number, sizeof number, "%lld", (long long)to);
		Text at = text_of(number);
		if (to >= 1 && to <= last)
			html(page, "<a href=\"{}\">{}</a>",
			     ARGS(h_str(page_link(page, "/open/search", "q", &page->q, "subject", &page->subject, "org",
			                          &page->org, "format", &page->format, "tag", &page->tag, "sort", &page->sort,
			                          "page", &at, NULL)),
			          step < 0 ? h_say(page, "上一页", "Previous") : h_say(page, "下一页", "Next")));
	}
	html(page, "<span>{} / {}</span></p>", ARGS(h_number(page->number), h_number(last)));
}

static int search_read(Page *page, Search *search) {
	Order order = text_is(page->sort, "newest")    ? (Order){BY_ISSUED, true}
	              : text_is(page->sort, "updated") ? (Order){BY_UPDATED, true}
	              : text_is(page->sort, "title")   ? (Order){BY_TITLE, false}
	                                               : (Order){BY_RELEVANCE, true};
	*search = (Search){.orders = {order}, .order_count = 1};
	for (size_t f = 0; f < sizeof facet_rows / sizeof *facet_rows; f++) {
		Text value = *facet_value(page, facet_rows[f].input);
		if (value.len) search->choices[search->choice_count++] = (Choice){facet_rows[f].facet, value};
	}
	return words_query(page->rq, page->q, &search->words);
}

int page_search(Request *rq) {
	Page page;
	Search search;
	const Shelf *shelf;
	const Dataset **found;
	int count;
	if (page_gate(rq, GATE_CALL)) return 0;
	int code = shelf_get(rq, &shelf);
	if (code < 0) return code;
	page_open(&page, rq);
	code = search_read(&page, &search);
	if (code == 0) code = shelf_search(rq, shelf, &search, &found, &count);
	if (code < 0) return code;
	int from = page.number > count / PAGE_ROWS + 1 ? count : (int)(page.number - 1) * PAGE_ROWS;
	if (from > count) from = count;
	page_begin(&page, h_say(&page, "数据目录", "Datasets"), "search");
	html(&page, "<h1>{}</h1>", ARGS(h_say(&page, "数据目录", "Datasets")));
	search_form(&page, true);
	html(&page, "<p role=\"status\">{} {}</p><div class=\"split\">",
	     ARGS(h_number(count), h_say(&page, "份数据", count == 1 ? "dataset" : "datasets")));
	facet_lists(&page, found, count);
	html(&page, "<section aria-label=\"{}\">", ARGS(h_say(&page, "结果", "Results")));
	if (count == 0)
		html(&page, "<p>{} <a href=\"{}\">{}</a></p>",
		     ARGS(h_say(&page, "没有符合的数据。换一个词，或去掉筛选。",
		                "Nothing matches. Try another word, or fewer filters."),
		          h_str(page_link(&page, "/open/search", NULL)), h_say(&page, "全部数据", "All datasets")));
	else {
		sort_links(&page);
		page_datasets(&page, found + from, count - from < PAGE_ROWS ? count - from : PAGE_ROWS);
	}
	page_numbers(&page, count);
	html(&page, "</section></div>", NO_ARGS);
	return page_end(&page);
}

int page_missing(Request *rq) {
	return page_refusal(rq, 404, "这里没有内容。数据可能已经停止开放。",
	                    "There is nothing here. The data may have been closed.");
}

/* --- developers ------------------------------------------------------------------------------------------------------ */

static void doc_row(Page *page, const char *path, const char *zh, const char *en) {
	html(page, "<tr><td><code>{}</code></td><td>{}</td></tr>", ARGS(h_str(path), h_say(page, zh, en)));
}

int page_developers(Request *rq) {
	Page page;
	const Shelf *shelf;
	if (page_gate(rq, GATE_CALL)) return 0;
	int code = shelf_get(rq, &shelf);
	if (code < 0) return code;
	page_open(&page, rq);
	const char *base = base_url(rq), *id = shelf->count ? shelf->items[0].name : "NAME";
	page_begin(&page, h_say(&page, "开发者", "Developers"), "developers");
	html(&page, "<h1>{}</h1><p>{}</p><h2>{}</h2>",
	     ARGS(h_say(&page, "给开发者", "For developers"),
	          h_say(&page, "不需要登录和密钥。所有接口都允许跨域读取，编码为 UTF-8。",
	                "No login and no key. Every interface may be read across origins; text is UTF-8."),
	          h_say(&page, "CKAN 接口（action API v3）", "CKAN action API v3")));
	html(&page,
	     "<p>{}</p><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><thead><tr><th "
	     "scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead><tbody>",
	     ARGS(h_say(&page, "GET 带参数，或 POST 一个 JSON 对象。ckanapi 等客户端可以直接使用。",
	                "GET with parameters, or POST one JSON object. Clients such as ckanapi work unchanged."),
	          h_say(&page, "接口表", "Actions"), h_say(&page, "地址", "Address"), h_say(&page, "用途", "Use")));
	doc_row(&page,
	        "/api/3/action/package_search?q=&fq=organization:…+groups:…+tags:…&rows=&start=&sort=&facet.field=[\"groups\"]",
	        "查找数据", "search datasets");
	doc_row(&page, "/api/3/action/package_show?id=", "一份数据的说明", "one dataset");
	doc_row(&page, "/api/3/action/package_list", "全部数据的名称", "names of all datasets");
	doc_row(&page, "/api/3/action/resource_show?id=", "一份数据的一种格式", "one format of a dataset");
	doc_row(&page,
	        "/api/3/action/datastore_search?resource_id=&filters={\"field\":\"value\"}&q=&fields=&sort=&limit=&offset=",
	        "按条件取行，每次最多 1000 行", "rows by conditions, at most 1000 a call");
	doc_row(&page,
	        "/api/3/action/organization_list, organization_show, group_list, group_show, tag_list, status_show, site_read",
	        "部门、主题、关键字、状态", "departments, subjects, keywords, state");
	html(&page,
	     "</tbody></table></div><pre tabindex=\"0\"><code>curl "
	     "'{}/api/3/action/package_show?id={}'</code></pre><h2>DCAT-AP</h2><p>{}</p><pre tabindex=\"0\"><code>curl "
	     "'{}/open/catalog.jsonld'\ncurl '{}/open/datasets/{}.jsonld'</code></pre>",
	     ARGS(h_str(base), h_str(id),
	          h_say(&page, "JSON-LD，每页 100 份数据，hydra:next 指向下一页。",
	                "JSON-LD, 100 datasets a page; hydra:next is the next one."),
	          h_str(base), h_str(base), h_str(id)));
	html(&page, "<h2>OGC API</h2><p>{}</p><pre tabindex=\"0\"><code>ogrinfo OAPIF:{}/open/ogc</code></pre>",
	     ARGS(h_say(&page, "有位置的数据可以直接在 QGIS、GDAL 和网页地图中使用（OGC API Features 与 Tiles）。",
	                "Data with a place are read by QGIS, GDAL and web maps as they are (OGC API Features and Tiles)."),
	          h_str(base)));
	html(&page,
	     "<h2>{}</h2><p>{}</p><pre tabindex=\"0\"><code>curl -OJ "
	     "'{}/open/datasets/{}/download/csv'</code></pre><h2>{}</h2><p>{}</p>",
	     ARGS(h_say(&page, "整份下载", "Whole files"),
	          h_say(&page,
	                "CSV（UTF-8，带 BOM）、XLSX、JSON Lines；有坐标的数据另有 GeoJSON。CSV 中以 = + - @ "
	                "开头的文字前加一个单引号。",
	                "CSV (UTF-8 with BOM), XLSX, JSON Lines; data with coordinates also as GeoJSON. In CSV a text that "
	                "begins with = + - @ has a quote before it."),
	          h_str(base), h_str(id), h_say(&page, "限制", "Limits"),
	          h_say(&page, "每个地址每分钟有次数上限，超过时返回 429；需要全部数据请下载整份文件。",
	                "Calls of one address a minute are limited; above that the answer is 429. Download the whole file when "
	                "you need all rows.")));
	return page_end(&page);
}

/* --- robots ---------------------------------------------------------------------------------------------------------- */

int page_robots(Request *rq) {
	buf_printf(&rq->body,
	           "User-agent: *\nAllow: /open\nAllow: /sitemap.xml\nDisallow: /api/\nDisallow: /open/search?\nDisallow: "
	           "/\nSitemap: %s/sitemap.xml\n",
	           base_url(rq));
	rq->content_type = "text/plain; charset=utf-8";
	return 0;
}

int page_sitemap(Request *rq) {
	Page page;
	const Shelf *shelf;
	int code = shelf_get(rq, &shelf);
	if (code < 0) return code;
	page_open(&page, rq);
	page = (Page){.rq = rq};
	const char *base = base_url(rq);
	html(&page,
	     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset "
	     "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n<url><loc>{}/open</loc></url>\n<url><loc>{}/open/"
	     "developers</loc></url>\n",
	     ARGS(h_str(base), h_str(base)));
	for (int i = 0; i < shelf->count && i < SITEMAP_MOST; i++) {
		char day[CLOCK_TEXT_MAX];
		html(&page, "<url><loc>{}/open/datasets/{}</loc><lastmod>{}</lastmod></url>\n",
		     ARGS(h_str(base), h_str(shelf->items[i].name),
		          h_str(date_format(date_of_us(shelf->items[i].modified_us), day))));
	}
	html(&page, "</urlset>\n", NO_ARGS);
	rq->content_type = "application/xml; charset=utf-8";
	rq->content_policy = NULL;
	return 0;
}
