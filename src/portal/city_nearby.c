/* city_nearby: what was done near an address: class, area, state, time and distance of public events, places to about 100 m; no
 * words, pictures or persons. A small map of dots and a list. One request; may be kept for some minutes. */
#include "portal/html.h"
#include <math.h>

enum { SHOWN_MAX = 50, DAYS = 90, SIZE = 320 };

typedef struct Nearby {
	bool placed;
	double lon, lat;
	const char *where;
	EventPublic events[SHOWN_MAX];
	int count;
} Nearby;

static int find(Request *rq, Text address, Nearby *out) {
	PlaceAddress found[1];
	*out = (Nearby){0};
	int count = place_address(rq, address, found, 1);
	if (count <= 0) return count;
	*out = (Nearby){.placed = true, .lon = found[0].lon, .lat = found[0].lat, .where = found[0].standard};
	out->count =
	    event_public_near(rq, out->lon, out->lat, rq->now_us - (int64_t)DAYS * INT64_C(86400000000), out->events, SHOWN_MAX);
	return out->count < 0 ? out->count : 0;
}

static const char *dot_class(const EventPublic *event) {
	return event->closed_us ? "closed" : "open";
}

/* The point in the middle, a ring at half a kilometre and at the edge; numbers are those of the list. */
static void map(Page *page, const Nearby *near) {
	double scale = SIZE / 2.0 / EVENT_NEAR_METRES, wide = cos(near->lat * 0.017453292519943295);
	html(page,
	     "<svg class=\"near\" viewBox=\"0 0 320 320\" role=\"img\" aria-label=\"{}\"><circle cx=\"160\" cy=\"160\" "
	     "r=\"159\"/><circle cx=\"160\" "
	     "cy=\"160\" r=\"53\"/><text x=\"160\" y=\"104\">500 m</text><path d=\"M160 152v16M152 160h16\"/>",
	     ARGS(h_say(page, "周边示意图，上北，列表中有文字说明",
	                "Sketch of what is around, north is up; the list says it in words")));
	for (int i = near->count - 1; i >= 0; i--) {
		const EventPublic *one = &near->events[i];
		if (!one->placed) continue;
		int x = 160 + (int)lround((one->lon - near->lon) * 111320 * wide * scale),
		    y = 160 - (int)lround((one->lat - near->lat) * 111320 * scale);
		html(page, "<g class=\"{}\"><circle cx=\"{}\" cy=\"{}\" r=\"9\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
		     ARGS(h_str(dot_class(one)), h_plain(x), h_plain(y), h_plain(x), h_plain(y + 4), h_plain(i + 1)));
	}
	html(page, "</svg>", NO_ARGS);
}

static int list(Page *page, const Nearby *near) {
	html(page, "<ol class=\"nearby\">", NO_ARGS);
	for (int i = 0; i < near->count; i++) {
		const EventPublic *one = &near->events[i];
		const EventClass *class;
		int code = event_class_find(page->rq, text_of(one->class_code), 0, &class);
		if (code < 0) return code;
		double metres = place_distance(near->lon, near->lat, one->lon, one->lat);
		int64_t hundreds = llround(metres / 100);
		html(page,
		     "<li><strong>{}</strong> <span class=\"{}\">{}</span><br><span class=\"quiet\">{}{}{} {} {} · {} "
		     "{}</span></li>",
		     ARGS(h_say(page, class->title, class->title_en), h_str(dot_class(one)),
		          h_say(page, one->state_title, one->state_title_en), h_str(one->area_text),
		          h_str(*one->area_text ? " · " : ""),
		          hundreds ? h_say(page, "约", "about") : h_say(page, "不到", "less than"),
		          h_number(hundreds ? hundreds * 100 : 100), h_say(page, "米", "m"),
		          one->closed_us ? h_say(page, "办结", "closed") : h_say(page, "反映", "reported"),
		          h_time(one->closed_us ? one->closed_us : one->reported_us)));
	}
	html(page, "</ol>", NO_ARGS);
	return 0;
}

int city_nearby_page(Request *rq) {
	Page page;
	Nearby *near = ARENA_NEW(rq->arena, Nearby);
	if (page_gate(rq, GATE_CALL)) return 0;
	page_open(&page, rq);
	int code = page.q.len ? find(rq, page.q, near) : 0;
	if (code < 0) return code;
	page_begin(&page, h_say(&page, "身边事", "Nearby"), "nearby");
	html(&page,
	     "<h1>{}</h1><p>{}</p><form class=\"find\" method=\"get\" action=\"/open/nearby\"><input type=\"hidden\" "
	     "name=\"lang\" value=\"{}\"><input type=\"hidden\" name=\"big\" value=\"{}\">"
	     "<input type=\"search\" name=\"q\" value=\"{}\" maxlength=\"100\" aria-label=\"{}\" "
	     "placeholder=\"{}\"><button>{}</button></form>",
	     ARGS(h_say(&page, "身边在办什么", "What is done near you"),
	          h_say(&page,
	                "输入地址，看 1.5 公里内最近 90 天反映的公共问题。不含任何个人信息、文字和照片，位置精确到约 100 米。",
	                "Type an address: public matters of the last 90 days within 1.5 km. No person, word or picture; places "
	                "to about 100 m."),
	          h_str(page.english ? "en" : "zh"), h_str(page.big ? "1" : "0"), h_text(page.q.at ? page.q : TEXT("")),
	          h_say(&page, "地址", "Address"), h_say(&page, "如：人民中路12号", "e.g. 12 Renmin Road"),
	          h_say(&page, "查看", "Look")));
	if (page.q.len && !near->placed)
		html(&page, "<p>{}</p>",
		     ARGS(h_say(&page, "没有找到这个地址，换一种写法试试。",
		                "This address was not found. Try to write it otherwise.")));
	if (near->placed) {
		html(&page, "<h2>{}</h2>", ARGS(h_str(near->where)));
		if (near->count == 0)
			html(&page, "<p>{}</p>", ARGS(h_say(&page, "附近最近没有反映的问题。", "Nothing was reported near it.")));
		if (near->count) map(&page, near);
		if (near->count && (code = list(&page, near)) < 0) return code;
	}
	html(&page, "<p><a class=\"button\" href=\"{}\">{}</a></p>",
	     ARGS(h_str(page_link(&page, "/open/report", NULL)), h_say(&page, "我要反映", "Report something")));
	rq->cache_control = "public, max-age=120";
	return page_end(&page);
}
