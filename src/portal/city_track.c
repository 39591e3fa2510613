/* city_track: who reported something sees how it goes, by its number and code: stages, unit, limit, never a person's name; adds
 * words and pictures while it is open, takes it back while nobody works on it, rates the result, says that it is not mended. One
 * request. */
#include "portal/html.h"

enum { CODE_LENGTH = 8, WORDS_MOST = 1000 };

typedef struct Track {
	Text number, code, action, words;
	CityPhotos photos;
	int64_t stars, added; /* added: times so far */
	bool refused;
	/* case_id: their own; main_id: the one it was merged into, else itself: state, unit and times are that one's */
	int64_t case_id, main_id, due_us, closed_us, rated;
	int process_version;
	const char *state, *class_code, *area, *unit; /* unit NULL: not dispatched yet */
	const char *main_number;                      /* "" not merged, or into a confidential one */
} Track;

static void track_read(Request *rq, Track *track) {
	Text rest = rq->call ? http_body(rq->call) : TEXT_NONE, name, value;
	*track = (Track){.number = TEXT(""), .code = TEXT(""), .action = TEXT(""), .words = TEXT("")};
	while (query_next(rq->arena, &rest, &name, &value) > 0) {
		if (!utf8_valid(value) || value.len > 4000) continue;
		if (text_is(name, "number")) track->number = text_trim(value);
		if (text_is(name, "code")) track->code = text_trim(value);
		if (text_is(name, "action")) track->action = text_trim(value);
		if (text_is(name, "words")) track->words = text_trim(value);
		if (text_is(name, "photo")) city_photo_add(rq, &track->photos, value);
		if (text_is(name, "stars") && text_to_int(value, &track->stars) < 0) track->stars = 0;
	}
}

static bool merged(const Track *track) {
	return track->main_id != track->case_id;
}

static bool code_fits(Request *rq, int64_t case_id, Text given) {
	char code[CODE_LENGTH];
	size_t count = 0;
	for (size_t i = 0; i < given.len; i++) {
		char letter = given.at[i] >= 'a' && given.at[i] <= 'z' ? (char)(given.at[i] - 32) : given.at[i];
		if (letter == ' ' || letter == '-') continue;
		if (count == CODE_LENGTH) return false;
		code[count++] = letter;
	}
	return count == CODE_LENGTH && equal_constant_time(code, city_code(rq, case_id), CODE_LENGTH);
}

/* 1 found and its code fits, 0 not: which of the two is wrong is not told. */
static int track_find(Request *rq, Track *track) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT c.case_id, m.case_id, m.state, m.process_version, m.due_us, m.closed_at, e.class_code, e.area_text, o.name,"
	    " e.stars, CASE WHEN m.case_id = c.case_id OR f.confidential <> 0 THEN '' ELSE m.number END FROM work_case c JOIN"
	    " event e ON e.case_id = c.case_id JOIN work_case m ON m.case_id = CASE WHEN c.merged_into <> 0 THEN c.merged_into"
	    " ELSE c.case_id END JOIN event f ON f.case_id = m.case_id LEFT JOIN org o ON o.org_id = m.supplier_org WHERE"
	    " c.number = $1 AND e.channel = 'public'",
	    BIND(val_text(track->number)));
	if (found <= 0) return found;
	track->case_id = rows_int(rows, 0);
	track->main_id = rows_int(rows, 1);
	track->state = rows_str(rows, 2, rq->arena);
	track->process_version = (int)rows_int(rows, 3);
	track->due_us = rows_int(rows, 4);
	track->closed_us = rows_int(rows, 5);
	track->class_code = rows_str(rows, 6, rq->arena);
	track->area = rows_str(rows, 7, rq->arena);
	track->unit = rows_str(rows, 8, rq->arena);
	track->rated = rows_int(rows, 9);
	track->main_number = rows_str(rows, 10, rq->arena);
	int code = event_remarks(rq, track->case_id, &track->added);
	if (code < 0) return code;
	return code_fits(rq, track->case_id, track->code);
}

/* --- pages ----------------------------------------------------------------------------------------------------------- */
static void ask_form(Page *page, const Track *track, bool wrong) {
	html(page, "<h1>{}</h1>", ARGS(h_say(page, "查进度", "See how it goes")));
	if (wrong)
		html(page, "<p class=\"problem\" role=\"alert\">{}</p>",
		     ARGS(h_say(page, "编号或查询码不对，请核对后再试。",
		                "The number or the code is wrong. Look at them again.")));
	html(page,
	     "<form class=\"form\" method=\"post\" action=\"{}\"><p><label for=\"number\">{}</label><br><input id=\"number\" "
	     "name=\"number\" "
	     "value=\"{}\" maxlength=\"40\" autocomplete=\"off\" required></p><p><label for=\"code\">{}</label><br><input "
	     "id=\"code\" name=\"code\" "
	     "maxlength=\"12\" autocomplete=\"off\" autocapitalize=\"characters\" "
	     "required></p><p><button>{}</button></p></form><p class=\"quiet\">{}</p>",
	     ARGS(h_str(page_link(page, "/open/track", NULL)),
	          h_say(page, "编号（如 SJ-2026-000001）", "Number (as SJ-2026-000001)"), h_text(track->number),
	          h_say(page, "查询码（8 位）", "Code (8 letters)"), h_say(page, "查询", "Look"),
	          h_say(page, "打 12345 反映的，请拨 12345 查询。", "What you told 12345 is asked for there.")));
}

int city_track_page(Request *rq) {
	Page page;
	Track none = {.number = TEXT("")};
	if (page_gate(rq, GATE_CALL)) return 0;
	page_open(&page, rq);
	page_begin(&page, h_say(&page, "查进度", "Track"), "track");
	ask_form(&page, &none, false);
	return page_end(&page);
}

/* Stages, and when they added something, newest first: who did them, and what they wrote, is not for the public, nor what whoever
 * reported the same thing added. */
static int stages(Page *page, const Track *track) {
	enum { STAGES_MAX = 60 };
	Request *rq = page->rq;
	struct {
		int64_t at;
		const char *to;
	} found[STAGES_MAX];
	Rows *rows;
	int count = 0,
	    code = db_query(
	        rq->db, &rows,
	        "SELECT v.at_us, v.to_state, v.event_no FROM case_event v WHERE v.case_id = $2 AND v.to_state <> '' AND"
	        " v.to_state <> v.from_state UNION ALL SELECT v.at_us, v.to_state, 0 FROM case_event v WHERE v.case_id = $1 AND"
	        " v.to_state = 'merged' AND $2 <> $1 UNION ALL SELECT r.at_us, '', r.event_no FROM " EVENT_REMARKS
	        " ORDER BY 1 DESC, 3 DESC LIMIT 60",
	        BIND(val_int(track->case_id), val_int(track->main_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0 && count < STAGES_MAX) {
		found[count].at = rows_int(rows, 0);
		found[count++].to = rows_str(rows, 1, rq->arena);
	}
	if (code > 0) rows_close(rows);
	html(page, "<h2>{}</h2><ol class=\"stages\">", ARGS(h_say(page, "经过", "What happened")));
	for (int i = 0; i < count && code >= 0; i++) {
		const char *title = "您补充了情况", *title_en = "You added to it";
		if (*found[i].to)
			code = case_state_titles(rq, TEXT("city_event"), track->process_version, text_of(found[i].to), &title,
			                         &title_en);
		if (code >= 0)
			html(page, "<li><strong>{}</strong> <span class=\"quiet\">{}</span></li>",
			     ARGS(h_say(page, title, title_en), h_time(found[i].at)));
	}
	html(page, "</ol>", NO_ARGS);
	return code < 0 ? code : 0;
}

static void act_begin(Page *page, const Track *track, const char *action) {
	html(page,
	     "<form class=\"form\" method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"number\" value=\"{}\"><input "
	     "type=\"hidden\" "
	     "name=\"code\" value=\"{}\"><input type=\"hidden\" name=\"action\" value=\"{}\">",
	     ARGS(h_str(page_link(page, "/open/track", NULL)), h_text(track->number), h_text(track->code), h_str(action)));
}

/* What was written for the action and not taken is still there. */
static void words_field(Page *page, const Track *track, const char *action, const char *id, const char *zh, const char *en) {
	html(page, "<p><label for=\"{}\">{}</label><br><textarea id=\"{}\" name=\"words\" maxlength=\"1000\">{}</textarea></p>",
	     ARGS(h_str(id), h_say(page, zh, en), h_str(id), h_text(text_is(track->action, action) ? track->words : TEXT(""))));
}

static void add_form(Page *page, const Track *track) {
	int64_t most = setting_int(page->rq, "open.remarks"), left = most - track->added;
	html(page, "<h2>{}</h2>", ARGS(h_say(page, "补充情况", "Add something")));
	if (left <= 0) {
		html(page, "<p>{}</p>",
		     ARGS(h_say(page, "这件事已不能再补充；还有要说的请拨 12345。",
		                "It cannot be added to any more: call 12345 if there is more to say.")));
		return;
	}
	html(page, "<p class=\"quiet\">{}</p>",
	     ARGS(h_str(arena_printf(page->rq->arena,
	                             page->english
	                                 ? "Words or pictures, seen by those who deal with it: no names or numbers of persons. "
	                                   "At most 1000 characters and 4 pictures a time; %lld more times."
	                                 : "办理期间可补充文字或照片，办理单位看得到，请不要写姓名、电话和证件号。每次最多 1000 "
	                                   "字、4 张照片，还可补充 %lld 次。",
	                             (long long)left))));
	html(page,
	     "<form class=\"form report\" method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"number\" "
	     "value=\"{}\"><input type=\"hidden\" name=\"code\" value=\"{}\"><input type=\"hidden\" name=\"action\" "
	     "value=\"add\">",
	     ARGS(h_str(page_link(page, "/open/track", NULL)), h_text(track->number), h_text(track->code)));
	bool kept = text_is(track->action, "add"); /* refused: what was written is still there */
	html(page,
	     "<p><label for=\"more\">{}</label><br><textarea id=\"more\" name=\"words\" maxlength=\"1000\">{}</textarea></p>",
	     ARGS(h_say(page, "补充什么", "What do you add"), h_text(kept ? track->words : TEXT(""))));
	city_photo_field(page, kept ? &track->photos : &(CityPhotos){.count = 0});
	html(page, "<p><button>{}</button></p></form><script src=\"/open/report.js\" defer></script>",
	     ARGS(h_say(page, "补充", "Add")));
}

static void actions(Page *page, const Track *track) {
	if (!track->closed_us) add_form(page, track);
	static const char *const stars[][2] = {{"很满意", "very content"},
	                                       {"满意", "content"},
	                                       {"一般", "fair"},
	                                       {"不满意", "not content"},
	                                       {"很不满意", "not at all"}};
	if (strcmp(track->state, "done") == 0) {
		act_begin(page, track, "rate");
		int64_t stars_now = text_is(track->action, "rate") ? track->stars : track->rated;
		html(page, "<fieldset><legend>{}</legend>",
		     ARGS(h_say(page, "您对结果满意吗", "Are you content with the result")));
		for (int i = 0; i < 5; i++)
			html(page,
			     stars_now == 5 - i
			         ? "<p><label><input type=\"radio\" name=\"stars\" value=\"{}\" checked> {}</label></p>"
			         : "<p><label><input type=\"radio\" name=\"stars\" value=\"{}\"> {}</label></p>",
			     ARGS(h_plain(5 - i), h_say(page, stars[i][0], stars[i][1])));
		html(page, "</fieldset><p><button>{}</button></p></form>", ARGS(h_say(page, "评价", "Rate")));
		act_begin(page, track, "not_content");
		html(page, "<h2>{}</h2>", ARGS(h_say(page, "没有解决？", "Not mended?")));
		words_field(page, track, "not_content", "again", "还有什么问题（必填）", "What is still wrong (needed)");
		html(page, "<p><button class=\"second\">{}</button></p></form>",
		     ARGS(h_say(page, "要求重新办理", "Ask to do it again")));
	} else if (!merged(track) && (strcmp(track->state, "accept") == 0 || strcmp(track->state, "verify") == 0)) {
		act_begin(page, track, "withdraw");
		words_field(page, track, "withdraw", "why", "撤回原因（必填）", "Why you take it back (needed)");
		html(page, "<p><button class=\"second\">{}</button></p></form>", ARGS(h_say(page, "撤回", "Take it back")));
	}
}

static int track_show(Request *rq, Track *track, const char *said) {
	Page page;
	const EventClass *class;
	const char *title = "", *title_en = "";
	page_open(&page, rq);
	page_scripts(&page);
	buf_reset(&rq->body);
	int code = event_class_find(rq, text_of(track->class_code), 0, &class);
	if (code >= 0)
		code =
		    case_state_titles(rq, TEXT("city_event"), track->process_version, text_of(track->state), &title, &title_en);
	if (code < 0) return code;
	page_begin(&page, h_say(&page, "查进度", "Track"), "track");
	if (said)
		html(&page, "<p class=\"{}\" role=\"status\">{}</p>",
		     ARGS(h_str(track->refused ? "said wrong" : "said"), h_str(said)));
	html(&page, "<h1>{}</h1><dl class=\"receipt\"><dt>{}</dt><dd><strong>{}</strong></dd><dt>{}</dt><dd>{}</dd>",
	     ARGS(h_text(track->number), h_say(&page, "现在", "Now"), h_say(&page, title, title_en),
	          h_say(&page, "事项", "About"), h_say(&page, class->title, class->title_en)));
	if (*track->area) html(&page, "<dt>{}</dt><dd>{}</dd>", ARGS(h_say(&page, "区域", "Area"), h_str(track->area)));
	if (merged(track))
		html(&page, "<dt>{}</dt><dd>{} {}</dd>",
		     ARGS(h_say(&page, "并案", "Merged"),
		          h_say(&page, "与他人反映的同一件事一并办理，以下是那一件的进展",
		                "Dealt with together with another report of the same thing; this is how that one goes"),
		          h_str(track->main_number)));
	if (track->unit) html(&page, "<dt>{}</dt><dd>{}</dd>", ARGS(h_say(&page, "办理单位", "Unit"), h_str(track->unit)));
	if (!track->closed_us && track->due_us > 0 && track->due_us < INT64_C(4102444800000000))
		html(&page, "<dt>{}</dt><dd>{}</dd>",
		     ARGS(h_say(&page, "这一步办理时限", "This step is due"), h_time(track->due_us)));
	html(&page, "</dl>", NO_ARGS);
	if ((code = stages(&page, track)) < 0) return code;
	actions(&page, track);
	return page_end(&page);
}

/* --- what the reporter does ------------------------------------------------------------------------------------------ */
/* The number and the code are the reporter's party: this step alone is done as the program, on record as the public's. Of a
 * report that was merged the main case is the one to do again, while each rates for themselves. */
static int act_write(Request *rq, void *arg) {
	const Track *track = arg;
	const Party before = rq->party;
	bool rates = text_is(track->action, "rate");
	json_t *form = rates ? json_pack("{s:I}", "stars", (json_int_t)track->stars) : NULL;
	const char *note = track->words.len ? text_cstr(rq->arena, track->words) : NULL;
	int code = event_note_hide(rq, track->case_id, note, &note);
	if (note && merged(track)) note = event_merged_words(rq, track->number, note);
	rq->party.kind = PARTY_SYSTEM;
	if (code == 0)
		code = rates && merged(track) ? event_rate_merged(rq, track->case_id, (int)track->stars)
		                              : case_do(rq, track->main_id, 0, text_cstr(rq->arena, track->action), note, form);
	rq->party = before;
	json_decref(form);
	if (code < 0) return code;
	rq->about_subject = track->case_id;
	return form_evidence(rq, "{\"public\":true}");
}

static int add_write(Request *rq, void *arg) {
	const EventRemark *remark = arg;
	int code = event_remark(rq, remark);
	if (code < 0) return code;
	rq->about_subject = remark->case_id;
	return form_evidence(rq, "{\"public\":true}");
}

static int add(Request *rq, const Track *track) {
	EventRemark remark = {.case_id = track->case_id,
	                      .words = track->words,
	                      .photo_count = track->photos.count,
	                      .most = setting_int(rq, "open.remarks")};
	if (utf8_count(track->words) > WORDS_MOST)
		return error_field(rq->error, ERR_INVALID, "words", TEXT_NONE, "length", NULL, "Write at most 1000 characters");
	int code = city_photo_ids(rq, &track->photos, &remark.photos);
	return code < 0 ? code : request_write(rq, add_write, &remark);
}

static int act(Request *rq, Page *page, Track *track, const char **said) {
	static const char *const allowed[] = {"rate", "not_content", "withdraw"};
	bool known = false;
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		known |= text_is(track->action, allowed[i]) && !(merged(track) && text_is(track->action, "withdraw"));
	bool rates = text_is(track->action, "rate"), adds = text_is(track->action, "add");
	track->refused = true;
	*said = page->english ? "Choose or write something first." : "请先选择或填写。";
	if (!known && !adds) return 0;
	if (rates ? track->stars < 1 || track->stars > 5 : utf8_count(track->words) < 2 && !(adds && track->photos.count))
		return 0;
	int code = adds ? add(rq, track) : request_write(rq, act_write, track);
	if (code == ERR_CONFLICT || code == ERR_INVALID) {
		const Error *why = rq->error;
		*said = page->english ? arena_printf(rq->arena, "%s. %s", why->message, why->advice)
		                      : arena_printf(rq->arena, "%s。%s", message_translate(rq->arena, why->message),
		                                     *why->advice ? message_translate(rq->arena, why->advice) : "");
		error_clear(rq->error);
		return 0;
	}
	track->action = TEXT("");
	track->refused = false;
	*said = page->english ? "Thank you: it is on record." : "谢谢，已记录。";
	return code < 0 ? code : track_find(rq, track);
}

/* While the gate is shut the code is not looked at: what was sent stays as it is, to be sent again. */
static int again_show(Request *rq, const Track *track) {
	Page page;
	char stars[2] = {(char)('0' + (track->stars >= 1 && track->stars <= 5 ? track->stars : 0))};
	page_open(&page, rq);
	rq->status = 429;
	page_begin(&page, h_say(&page, "查进度", "Track"), "track");
	html(&page, "<h1>{}</h1><p class=\"problem\" role=\"alert\">{}</p>",
	     ARGS(h_say(&page, "查进度", "See how it goes"), h_str(gate_words(&page, GATE_CALL))));
	act_begin(&page, track, text_cstr(rq->arena, track->action));
	html(&page, "<input type=\"hidden\" name=\"stars\" value=\"{}\">", ARGS(h_str(stars)));
	for (int i = 0; i < track->photos.count; i++)
		html(&page, "<input type=\"hidden\" name=\"photo\" value=\"{}\">", ARGS(h_str(track->photos.given[i])));
	if (track->words.len)
		words_field(&page, track, text_cstr(rq->arena, track->action), "words", "您写的内容", "What you wrote");
	html(&page, "<p><button>{}</button></p></form>", ARGS(h_say(&page, "再次提交", "Send again")));
	return page_end(&page);
}

int city_track_form(Request *rq) {
	Page page;
	Track track;
	const char *said = NULL;
	track_read(rq, &track);
	if (gate_pass(rq, GATE_CALL) < 0) {
		error_clear(rq->error);
		return again_show(rq, &track);
	}
	page_open(&page, rq);
	int found = track_find(rq, &track);
	if (found < 0) return found;
	if (!found) {
		rq->status = 404;
		page_begin(&page, h_say(&page, "查进度", "Track"), "track");
		ask_form(&page, &track, true);
		return page_end(&page);
	}
	rq->about_subject = track.case_id;
	if (track.action.len && gate_pass(rq, GATE_FORM) < 0) {
		error_clear(rq->error);
		rq->status = 429;
		track.refused = true;
		said = gate_words(&page, GATE_FORM);
	} else if (track.action.len && (found = act(rq, &page, &track, &said)) < 0) {
		return found;
	}
	return track_show(rq, &track, said);
}
