/* city_report: the form by which anybody reports what is wrong in the city: class, place in words or by the telephone's position,
 * pictures, a name and number if one likes. Works without scripts (but for position and pictures); what was written stays in the
 * form when it is refused. One request. */
#include "portal/html.h"
#include <stdio.h>

enum { FOUND_MAX = 5, WORDS_LEAST = 4, WORDS_MOST = 2000, SURE_SCORE = 880 };

typedef struct ReportForm {
	Text draft, class_code, address, words, name, phone, proxy, lon, lat;
	Text placed_for; /* the address that stood there when the position was taken or chosen: another one was written later and
	                    counts */
	bool confidential, agreed, as_written; /* as_written: none of the addresses that were offered */
	CityPhotos photos;
	PlaceAddress found[FOUND_MAX]; /* what the address may mean, when it is not sure */
	int found_count;
	const char *used; /* the place that the report has, in words; NULL none */
} ReportForm;

const char *city_code(Request *rq, int64_t case_id) {
	static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; /* none that are taken for another */
	Digest digest;
	char *code = arena_alloc(rq->arena, 9);
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16},
	            text_of(arena_printf(rq->arena, "report code %lld", (long long)case_id)), &digest);
	for (int i = 0; i < 8; i++)
		code[i] = letters[digest.bytes[i] & 31];
	return code;
}

const char *keyed_token(Request *rq, const char *purpose, int64_t id) {
	Digest digest;
	char *hex = arena_alloc(rq->arena, HEX_DIGEST_MAX);
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16},
	            text_of(arena_printf(rq->arena, "%s %lld", purpose, (long long)id)), &digest);
	hex_encode(digest.bytes, 16, hex);
	return hex;
}

/* --- reading --------------------------------------------------------------------------------------------------------- */
static void form_read(Request *rq, ReportForm *form) {
	Text rest = rq->call ? http_body(rq->call) : TEXT_NONE, name, value, found = TEXT("");
	const struct {
		const char *name;
		Text *at;
	} texts[] = {{"draft", &form->draft},          {"class", &form->class_code}, {"address", &form->address},
	             {"words", &form->words},          {"name", &form->name},        {"phone", &form->phone},
	             {"proxy", &form->proxy},          {"lon", &form->lon},          {"lat", &form->lat},
	             {"placed_for", &form->placed_for}};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i].at = TEXT("");
	while (query_next(rq->arena, &rest, &name, &value) > 0) {
		if (!utf8_valid(value) || value.len > 4 * WORDS_MOST) continue;
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			if (text_is(name, texts[i].name)) *texts[i].at = text_trim(value);
		if (text_is(name, "confidential")) form->confidential = true;
		if (text_is(name, "agreed")) form->agreed = true;
		if (text_is(name, "photo")) city_photo_add(rq, &form->photos, value);
		if (text_is(name, "found") && value.len) found = value;
	}
	bool later = !text_eq(form->placed_for, form->address);
	if (later) found = TEXT("");
	if (found.len || later) form->lon = form->lat = TEXT("");
	form->as_written = text_is(found, "-");
	const char *comma = found.len ? memchr(found.at, ',', found.len) : NULL; /* one of the addresses that were offered */
	if (!comma) return;
	form->lon = (Text){found.at, (size_t)(comma - found.at)};
	form->lat = (Text){comma + 1, found.len - (size_t)(comma + 1 - found.at)};
}

static int refuse(Request *rq, const char *field, const char *rule, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, rule, NULL, "%s", message);
}

/* Where it is: the position, or what the address surely means; else the choice is the reporter's. */
static int form_place(Request *rq, ReportForm *form, EventReport *report) {
	if (form->lon.len && text_to_double(form->lon, &report->lon) >= 0 && text_to_double(form->lat, &report->lat) >= 0) {
		report->placed = true;
		form->used = arena_printf(rq->arena, "%.*s, %.*s", TEXT_ARG(form->lon), TEXT_ARG(form->lat));
		return 0;
	}
	if (!form->address.len || form->as_written) return 0;
	int count = place_address(rq, form->address, form->found, FOUND_MAX);
	if (count < 0) return count;
	if (count && form->found[0].score >= SURE_SCORE) {
		report->placed = true;
		report->lon = form->found[0].lon;
		report->lat = form->found[0].lat;
		form->used = form->found[0].standard;
		return 0;
	}
	form->found_count = count;
	return count ? refuse(rq, "address", "address_unsure", "Choose the address that is meant") : 0;
}

/* What makes a report sent twice one: a keyed hash, since those who handle it see this number; other words are another report. */
static Text report_number(Request *rq, const ReportForm *form) {
	Digest digest;
	char *hex = arena_alloc(rq->arena, 33);
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16},
	            text_of(arena_printf(rq->arena, "report draft %.*s\n%.*s\n%.*s\n%.*s", TEXT_ARG(form->draft),
	                                 TEXT_ARG(form->class_code), TEXT_ARG(form->address), TEXT_ARG(form->words))),
	            &digest);
	hex_encode(digest.bytes, 16, hex);
	return text_of(hex);
}

static int form_check(Request *rq, ReportForm *form, EventReport *report) {
	*report = (EventReport){.channel = TEXT("public"),
	                        .outside_number = report_number(rq, form),
	                        .class_code = form->class_code,
	                        .address = form->address,
	                        .description = form->words,
	                        .reporter_name = form->name,
	                        .reporter_phone = form->phone,
	                        .confidential = form->confidential};
	size_t words = utf8_count(form->words);
	if (form->draft.len < 8 || form->draft.len > 64)
		return refuse(rq, "draft", "draft", "Load the page anew and send it again");
	if (!form->class_code.len) return refuse(rq, "class", "required", "Choose what it is about");
	if (words < WORDS_LEAST || words > WORDS_MOST)
		return refuse(rq, "words", "length", "Write what is wrong, in 4 to 2000 characters");
	if (utf8_count(form->name) > 60 || utf8_count(form->proxy) > 60)
		return refuse(rq, "name", "length", "Write a name of at most 60 characters");
	if (form->proxy.len && !form->agreed) return refuse(rq, "agreed", "required", "Say that they know of it");
	if (form->proxy.len)
		report->reporter_name = text_of(arena_printf(
		    rq->arena, "%.*s（代 %.*s）", TEXT_ARG(form->name.len ? form->name : TEXT("代办人")), TEXT_ARG(form->proxy)));
	int code = form_place(rq, form, report);
	if (code == 0) code = city_photo_ids(rq, &form->photos, &report->photos);
	report->photo_count = form->photos.count;
	return code;
}

/* --- the form -------------------------------------------------------------------------------------------------------- */
/* What a class is found by as well as its name: pinyin initials and syllables, what it is filed for, its big class. */
static const char *class_words(Page *page, const EventClass *class, const EventClass *big) {
	Buf *words = ARENA_NEW(page->rq->arena, Buf);
	buf_in(words, page->rq->arena);
	buf_printf(words, "%s ", event_class_pinyin(page->rq->arena, class));
	buf_str(words, page->english ? class->title : class->title_en);
	for (int i = 0; i < class->condition_count; i++)
		buf_printf(words, " %s %s", class->conditions[i].text, class->conditions[i].text_en);
	buf_printf(words, " %s %s", big->title, big->title_en);
	return text_cstr(page->rq->arena, buf_as_text(words));
}

static void class_options(Page *page, const EventClass **classes, int count, Text chosen) {
	html(page, "<option value=\"\">{}</option>", ARGS(h_say(page, "请选择", "Choose")));
	for (int i = 0; i < count; i++) {
		if (*classes[i]->parent || strcmp(classes[i]->kind, "check") == 0) continue;
		html(page, "<optgroup label=\"{}\">", ARGS(h_say(page, classes[i]->title, classes[i]->title_en)));
		for (int k = 0; k < count; k++)
			if (strcmp(classes[k]->parent, classes[i]->code) == 0 && event_class_reported(classes[k]))
				html(page,
				     text_is(chosen, classes[k]->code)
				         ? "<option value=\"{}\" data-find=\"{}\" selected>{}</option>"
				         : "<option value=\"{}\" data-find=\"{}\">{}</option>",
				     ARGS(h_str(classes[k]->code), h_str(class_words(page, classes[k], classes[i])),
				          h_say(page, classes[k]->title, classes[k]->title_en)));
		html(page, "</optgroup>", NO_ARGS);
	}
}

static void field(Page *page, const char *name, const char *zh, const char *en, Text value, const char *more) {
	html(page,
	     "<p><label for=\"{}\">{}</label><br><input id=\"{}\" name=\"{}\" value=\"{}\" maxlength=\"200\" "
	     "autocomplete=\"{}\"></p>",
	     ARGS(h_str(name), h_say(page, zh, en), h_str(name), h_str(name), h_text(value), h_str(more)));
}

static void found_choices(Page *page, const ReportForm *form) {
	if (!form->found_count) return;
	html(page, "<fieldset class=\"choices\"><legend>{}</legend>",
	     ARGS(h_say(page, "您说的是哪里？", "Which one do you mean?")));
	for (int i = 0; i < form->found_count; i++)
		html(page, "<p><label><input type=\"radio\" name=\"found\" value=\"{},{}\"> {} {}</label></p>",
		     ARGS(h_str(arena_printf(page->rq->arena, "%.6f", form->found[i].lon)),
		          h_str(arena_printf(page->rq->arena, "%.6f", form->found[i].lat)), h_str(form->found[i].standard),
		          h_str(form->found[i].area ? form->found[i].area->name : "")));
	html(page, "<p><label><input type=\"radio\" name=\"found\" value=\"-\"> {}</label></p></fieldset>",
	     ARGS(h_say(page, "都不是，就按我写的", "None of these: as I wrote it")));
}

static void form_people(Page *page, const ReportForm *form) {
	html(page, "<h2>{}</h2><p class=\"quiet\">{}</p>",
	     ARGS(h_say(page, "联系方式（可不填）", "How to reach you (optional)"),
	          h_say(page, "加密保存，只用于核实和回访，不会公开。",
	                "Kept sealed, used only to verify and to call back, never shown.")));
	field(page, "name", "称呼", "Name", form->name, "name");
	field(page, "phone", "电话", "Telephone", form->phone, "tel");
	html(page,
	     form->confidential ? "<p><label><input type=\"checkbox\" name=\"confidential\" value=\"1\" checked> {}</label></p>"
	                        : "<p><label><input type=\"checkbox\" name=\"confidential\" value=\"1\"> {}</label></p>",
	     ARGS(h_say(page, "对办理单位保密我的身份", "Do not tell the handling unit who I am")));
	html(page, form->proxy.len ? "<details open><summary>{}</summary>" : "<details><summary>{}</summary>",
	     ARGS(h_say(page, "替家人或居民反映", "For a relative or neighbour")));
	field(page, "proxy", "替谁反映", "For whom", form->proxy, "off");
	html(page,
	     form->agreed ? "<p><label><input type=\"checkbox\" name=\"agreed\" value=\"1\" checked> {}</label></p></details>"
	                  : "<p><label><input type=\"checkbox\" name=\"agreed\" value=\"1\"> {}</label></p></details>",
	     ARGS(h_say(page, "本人知道并同意", "They know of it and agree")));
}

static int form_show(Request *rq, ReportForm *form, const char *problem, const char *at) {
	Page page;
	const EventClass **classes;
	page_open(&page, rq);
	page_scripts(&page);
	int count = event_class_list(rq, &classes);
	if (count < 0) return count;
	buf_reset(&rq->body);
	page_begin(&page, h_say(&page, "我要反映", "Report"), "report");
	html(&page, "<h1>{}</h1><p>{}</p>",
	     ARGS(h_say(&page, "反映身边的问题", "Report what is wrong"),
	          h_say(&page, "井盖、路灯、垃圾、占道……不需要登录。紧急危险请拨 110、119、120。",
	                "Covers, lamps, refuse, blocked ways … No login. In danger call 110, 119 or 120.")));
	if (problem)
		html(&page, "<p class=\"problem\" role=\"alert\"><a href=\"#{}\">{}</a></p>", ARGS(h_str(at), h_str(problem)));
	html(&page,
	     "<form class=\"form report\" method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"draft\" value=\"{}\">"
	     "<input type=\"hidden\" name=\"lon\" id=\"lon\" value=\"{}\"><input type=\"hidden\" name=\"lat\" id=\"lat\" "
	     "value=\"{}\"><input type=\"hidden\" name=\"placed_for\" id=\"placed_for\" value=\"{}\">"
	     "<p id=\"search\" hidden><label for=\"find\">{}</label><br><input id=\"find\" type=\"search\" autocomplete=\"off\" "
	     "maxlength=\"40\" aria-describedby=\"found\"> <span id=\"found\" class=\"quiet\" role=\"status\"></span></p>"
	     "<ul id=\"hits\" class=\"hits\" hidden></ul>"
	     "<p><label for=\"class\">{}</label><br><select id=\"class\" name=\"class\" required>",
	     ARGS(h_str(page_link(&page, "/open/report", NULL)), h_text(form->draft),
	          h_text(form->found_count ? TEXT("") : form->lon), h_text(form->found_count ? TEXT("") : form->lat),
	          h_text(form->address),
	          h_say(&page, "找类别（字词或拼音首字母，如 井盖、jg）", "Find the kind (words, or pinyin initials as jg)"),
	          h_say(&page, "是什么问题", "What is it about")));
	class_options(&page, classes, count, form->class_code);
	html(&page,
	     "</select></p><p><label for=\"words\">{}</label><br><textarea id=\"words\" name=\"words\" maxlength=\"2000\" "
	     "required>{}</textarea></p>",
	     ARGS(h_say(&page, "请说明情况", "What did you see"), h_text(form->words)));
	field(&page, "address", "在哪里（路名和门牌，或附近的标志）", "Where (road and number, or what is near)", form->address,
	      "off");
	if (form->lon.len && !form->found_count)
		html(&page, "<p id=\"placed\" class=\"said\">{}（{}, {}）。{}</p>",
		     ARGS(h_say(&page, "位置用的是您取的或选的", "The place used is the one you took or chose"),
		          h_text(form->lon), h_text(form->lat),
		          h_say(&page, "改了上面的地址，就用新写的地址。",
		                "If you change the address above, the address is used.")));
	html(&page,
	     "<p id=\"here\" hidden><button type=\"button\" class=\"second\">{}</button> <span role=\"status\"></span> <button "
	     "type=\"button\" class=\"second\" hidden>{}</button></p>",
	     ARGS(h_say(&page, "用我现在的位置", "Use where I am now"),
	          h_say(&page, "改用取到的位置", "Use the position after all")));
	found_choices(&page, form);
	city_photo_field(&page, &form->photos);
	form_people(&page, form);
	html(&page,
	     "<p><button id=\"send\">{}</button> <button type=\"button\" class=\"second\" id=\"read\" "
	     "hidden>{}</button></p></form><script "
	     "src=\"/open/report.js\" defer></script>",
	     ARGS(h_say(&page, "提交", "Send"), h_say(&page, "朗读本页", "Read aloud")));
	return page_end(&page);
}

int city_report_page(Request *rq) {
	ReportForm form = {0};
	uint8_t random[16];
	char *draft = arena_alloc(rq->arena, 33);
	if (page_gate(rq, GATE_CALL)) return 0;
	form_read(rq, &form);
	random_bytes(random, sizeof random);
	hex_encode(random, sizeof random, draft);
	form.draft = text_of(draft);
	return form_show(rq, &form, NULL, "");
}

/* --- sending --------------------------------------------------------------------------------------------------------- */
typedef struct Sending {
	const ReportForm *form;
	const EventReport *report;
	EventReceipt receipt;
} Sending;

static int report_write(Request *rq, void *arg) {
	Sending *sending = arg;
	int code = event_report(rq, sending->report, &sending->receipt);
	if (code < 0) return code;
	rq->about_subject = sending->receipt.case_id;
	return form_evidence(rq, "{\"public\":true}");
}

static int receipt_show(Request *rq, const Sending *sending) {
	Page page;
	const char *code = city_code(rq, sending->receipt.case_id), *used = sending->form->used;
	Event event;
	int found = event_find(rq, sending->receipt.case_id, &event);
	if (found < 0) return found;
	if (used && *event.area_text) used = arena_printf(rq->arena, "%s（%s）", used, event.area_text);
	page_open(&page, rq);
	page_begin(&page, h_say(&page, "已收到", "Received"), "report");
	html(&page,
	     "<h1>{}</h1><dl "
	     "class=\"receipt\"><dt>{}</dt><dd><strong>{}</strong></dd><dt>{}</dt><dd><strong>{}</strong></dd><dt>{}</dt><dd>{}"
	     "</dd></dl><p>{}</p>",
	     ARGS(h_say(&page, "已收到您的反映", "We have your report"), h_say(&page, "编号", "Number"),
	          h_str(sending->receipt.number), h_say(&page, "查询码", "Code"), h_str(code), h_say(&page, "位置", "Place"),
	          used ? h_str(used)
	          : sending->form->address.len
	              ? h_say(&page, "按您写的地址，由中心查找", "Looked for by the centre, from the address you wrote")
	              : h_say(&page, "没有写位置", "None was given"),
	          h_say(&page, "请记下或拍照：凭编号和查询码随时查进度、评价结果。查询码只在这里显示，我们不保存。",
	                "Write both down: with them you see how it goes and rate the result. The code is shown only here and "
	                "kept nowhere.")));
	html(&page,
	     "<form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"number\" value=\"{}\"><input type=\"hidden\" "
	     "name=\"code\" value=\"{}\"><p><button>{}</button> <a href=\"{}\">{}</a></p></form>",
	     ARGS(h_str(page_link(&page, "/open/track", NULL)), h_str(sending->receipt.number), h_str(code),
	          h_say(&page, "查看进度", "See how it goes"), h_str(page_link(&page, "/open/report", NULL)),
	          h_say(&page, "再反映一件", "Report something else")));
	return page_end(&page);
}

static const char *problem_words(const Page *page, const Error *error, const char *wait) {
	Arena *arena = page->rq->arena;
	if (error->code == ERR_QUOTA) return wait;
	if (page->english) return arena_printf(arena, "%s%s%s", error->message, *error->advice ? " " : "", error->advice);
	return arena_printf(arena, "%s%s", message_translate(arena, error->message),
	                    *error->advice ? message_translate(arena, error->advice) : "");
}

int city_report_form(Request *rq) {
	ReportForm form = {0};
	EventReport report;
	Sending sending = {.form = &form, .report = &report};
	Gate gate = GATE_CALL;
	form_read(rq, &form);
	int code = gate_pass(rq, gate);
	if (code == 0) code = form_check(rq, &form, &report);
	if (code == 0) code = gate_pass(rq, gate = GATE_FORM); /* what is only refused does not count */
	if (code == 0) code = request_write(rq, report_write, &sending);
	if (code >= 0) return receipt_show(rq, &sending);
	if (code != ERR_INVALID && code != ERR_QUOTA && code != ERR_BUSY) return code;
	/* what it lacks, or when to send it again, is told above the form, which keeps what was written */
	Page page;
	Error error = *rq->error;
	const char *at = strcmp(error.field, "class_code") == 0    ? "class"
	                 : strcmp(error.field, "description") == 0 ? "words"
	                 : strcmp(error.field, "photos") == 0      ? "file"
	                 : strcmp(error.field, "lon") == 0         ? "address"
	                 : !*error.field                           ? "send"
	                                                           : error.field;
	error_clear(rq->error);
	page_open(&page, rq);
	rq->status = error_status(error.code);
	return form_show(rq, &form, problem_words(&page, &error, gate_words(&page, gate)), at);
}
