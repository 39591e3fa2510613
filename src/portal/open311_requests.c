/* Open311: requests read by anybody. What is read is event's public view: nothing of a reporter, no free text; the picture of a
 * report where the city shows it, and to whoever sent it. LANE_READ; one request. */
#include "portal/open311.h"
#include <stddef.h>

enum { ROWS_MOST = 1000, IDS_MOST = 100, PAGE_MOST = 10000 };
static const int64_t window_us = INT64_C(90) * 86400 * 1000000;

/* --- reading --------------------------------------------------------------------------------------------------------------- */
/* What will have been done when it is closed, by the condition it was filed under; "" before. */
static const char *notice_of(const Open311 *call, const EventPublic *event) {
	Request *rq = call->rq;
	const EventClass *class;
	if (!event->condition_no || event_class_find(rq, text_of(event->class_code), event->class_version, &class) < 0) return "";
	for (int i = 0; i < class->condition_count; i++)
		if (class->conditions[i].no == event->condition_no)
			return open311_english(call) && *class->conditions[i].closing_en ? class->conditions[i].closing_en
			                                                                 : class->conditions[i].closing;
	return "";
}

static const char *merged_notice(const Open311 *call, const EventPublic *event) {
	bool english = open311_english(call);
	return arena_printf(call->rq->arena,
	                    english ? "Dealt with together with another report of the same thing%s%s"
	                            : "与他人反映的同一件事一并办理%s%s",
	                    !*event->merged_into ? ""
	                    : english            ? ": "
	                                         : "：",
	                    event->merged_into);
}

json_t *open311_request_json(const Open311 *call, const EventPublic *event) {
	const EventClass *service;
	Request *rq = call->rq;
	const char *name =
	    event_class_find(rq, text_of(event->class_code), 0, &service) == 0 ? open311_title(call, service) : event->class_code;
	json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:s, s:n}", "service_request_id", event->number, "status",
	                        event->closed_us ? "closed" : "open", "status_notes",
	                        open311_english(call) ? event->state_title_en : event->state_title, "service_name", name,
	                        "service_code", event->class_code, "description");
	json_object_set_new(one, "agency_responsible", open311_text(text_of(event->unit)));
	json_object_set_new(one, "service_notice",
	                    open311_text(text_of(event->merged ? merged_notice(call, event) : notice_of(call, event))));
	json_object_set_new(one, "requested_datetime", open311_time(event->reported_us));
	json_object_set_new(one, "updated_datetime", open311_time(event->updated_us));
	json_object_set_new(one, "expected_datetime", open311_time(event->due_us));
	json_object_set_new(one, "address", open311_text(text_of(event->area_text)));
	json_object_set_new(one, "address_id", json_null());
	json_object_set_new(one, "zipcode", json_null());
	json_object_set_new(one, "lat", event->placed ? json_real(event->lat) : json_null());
	json_object_set_new(one, "long", event->placed ? json_real(event->lon) : json_null());
	json_object_set_new(one, "media_url", open311_text(text_of(open311_media_url(rq, event, open311_own(rq, event)))));
	return one;
}

typedef struct Ask {
	Text ids, service_code, start, end, status, page, page_size;
	EventPublicAsk of;
	int64_t number, size; /* page from 1, rows a page */
	bool paged;
} Ask;

static const struct {
	const char *name;
	size_t at;
} ask_fields[] = {{"service_request_id", offsetof(Ask, ids)}, {"service_code", offsetof(Ask, service_code)},
                  {"start_date", offsetof(Ask, start)},       {"end_date", offsetof(Ask, end)},
                  {"status", offsetof(Ask, status)},          {"page", offsetof(Ask, page)},
                  {"page_size", offsetof(Ask, page_size)}};

int open311_bad(const Open311 *call, const char *field, Text value, const char *message) {
	return error_field(call->rq->error, ERR_INVALID, field, value, "open311", "", "%s", message);
}

/* Unknown parameters are let pass, as the standard's clients send their own. */
static int ask_read(const Open311 *call, Ask *ask) {
	Text rest = call->rq->any_query, name, value;
	int more;
	while ((more = query_next(call->rq->arena, &rest, &name, &value)) > 0) {
		if (!utf8_valid(value)) return open311_bad(call, "", TEXT_NONE, "The parameters are not valid UTF-8");
		for (size_t i = 0; i < sizeof ask_fields / sizeof *ask_fields; i++)
			if (text_is(name, ask_fields[i].name)) *(Text *)((char *)ask + ask_fields[i].at) = text_trim(value);
	}
	return more < 0 ? open311_bad(call, "", TEXT_NONE, "The parameters are not well formed") : 0;
}

/* Cuts the next word off a list with commas; false at its end. */
static bool word_next(Text *rest, Text *word) {
	if (!rest->len) return false;
	const char *comma = memchr(rest->at, ',', rest->len);
	size_t len = comma ? (size_t)(comma - rest->at) : rest->len, used = comma ? len + 1 : len;
	*word = text_trim((Text){rest->at, len});
	*rest = (Text){rest->at + used, rest->len - used};
	return true;
}

static int ask_window(const Open311 *call, Ask *ask) {
	int64_t now = call->rq->now_us;
	if (ask->start.len && clock_parse(ask->start, &ask->of.from_us) < 0)
		return open311_bad(call, "start_date", ask->start, "This is no date: write it as 2026-12-31T23:59:59+08:00");
	if (ask->end.len && clock_parse(ask->end, &ask->of.until_us) < 0)
		return open311_bad(call, "end_date", ask->end, "This is no date: write it as 2026-12-31T23:59:59+08:00");
	if (!ask->start.len && !ask->end.len) ask->of.until_us = now + 1;
	if (!ask->start.len) ask->of.from_us = ask->of.until_us - window_us;
	if (!ask->end.len && ask->start.len) ask->of.until_us = ask->of.from_us + window_us;
	if (ask->of.until_us < ask->of.from_us) return open311_bad(call, "end_date", ask->end, "end_date is before start_date");
	if (ask->of.until_us - ask->of.from_us > window_us)
		return open311_bad(call, "end_date", ask->end, "A range of at most 90 days is answered");
	return 0;
}

static int ask_status(const Open311 *call, Ask *ask) {
	bool open = false, closed = false;
	Text rest = ask->status, word;
	while (word_next(&rest, &word)) {
		if (!text_is(word, "open") && !text_is(word, "closed"))
			return open311_bad(call, "status", word, "A status is open or closed");
		open = open || text_is(word, "open");
		closed = closed || text_is(word, "closed");
	}
	ask->of.status = open == closed ? PUBLIC_ANY : open ? PUBLIC_OPEN : PUBLIC_CLOSED;
	return 0;
}

static int ask_services(const Open311 *call, Ask *ask) {
	const EventClass *service;
	Text rest = ask->service_code, word;
	if (rest.len > 1000) return open311_bad(call, "service_code", TEXT_NONE, "Too many services are asked for");
	while (word_next(&rest, &word)) {
		int code = event_class_find(call->rq, word, 0, &service);
		if (code == ERR_NOT_FOUND)
			return error_field(call->rq->error, ERR_NOT_FOUND, "service_code", word, "class_unknown", "",
			                   "service_code was not found");
		if (code < 0) return code;
		ask->of.class_codes = text_of(arena_printf(call->rq->arena, "%.*s%s%s",
		                                           TEXT_ARG(ask->of.class_codes.at ? ask->of.class_codes : TEXT("")),
		                                           ask->of.class_codes.len ? "," : "", service->code));
	}
	return 0;
}

static int ask_page(const Open311 *call, Ask *ask) {
	ask->number = 1;
	ask->size = ask->page.len ? 100 : ROWS_MOST;
	ask->paged = ask->page.len || ask->page_size.len;
	if (ask->page.len && (text_to_int(ask->page, &ask->number) < 0 || ask->number < 1 || ask->number > PAGE_MOST))
		return open311_bad(call, "page", ask->page, "A page is a whole number from 1 to 10000");
	if (ask->page_size.len && (text_to_int(ask->page_size, &ask->size) < 0 || ask->size < 1 || ask->size > ROWS_MOST))
		return open311_bad(call, "page_size", ask->page_size, "A page has 1 to 1000 rows");
	ask->of.limit = (int)ask->size + 1;
	ask->of.skip = (ask->number - 1) * ask->size;
	return 0;
}

/* <…?page=3&page_size=100…>; rel="next": the other parameters as they came. */
static const char *page_address(const Open311 *call, const Ask *ask, int64_t number) {
	Request *rq = call->rq;
	Buf *out = ARENA_NEW(rq->arena, Buf); /* the arena frees it: it lives there */
	buf_in(out, rq->arena);
	buf_printf(out, "<%s%.*s?page=%lld&page_size=%lld", base_url(rq), TEXT_ARG(http_path(rq->call)), (long long)number,
	           (long long)ask->size);
	for (size_t i = 0; i < 5; i++) { /* all but page and page_size */
		Text value = *(const Text *)((const char *)ask + ask_fields[i].at);
		if (!value.len) continue;
		buf_printf(out, "&%s=", ask_fields[i].name);
		for (size_t c = 0; c < value.len; c++)
			buf_printf(out, "%%%02X", (unsigned char)value.at[c]);
	}
	buf_char(out, '\0');
	return out->at;
}

static void page_links(const Open311 *call, const Ask *ask, bool more) {
	const char *next =
	    more ? arena_printf(call->rq->arena, "%s>; rel=\"next\"", page_address(call, ask, ask->number + 1)) : "";
	const char *prev =
	    ask->number > 1 ? arena_printf(call->rq->arena, "%s>; rel=\"prev\"", page_address(call, ask, ask->number - 1)) : "";
	if (*next || *prev) call->rq->link = arena_printf(call->rq->arena, "%s%s%s", next, *next && *prev ? ", " : "", prev);
}

/* Named requests: whatever else is asked for is left aside, as the standard says; unknown ones are not there. */
static int named_list(const Open311 *call, Text ids) {
	json_t *list = json_array();
	Text word;
	int count = 0;
	while (word_next(&ids, &word)) {
		EventPublic event;
		int code = ++count > IDS_MOST
		               ? open311_bad(call, "service_request_id", TEXT_NONE, "At most 100 requests are named at a time")
		               : event_public(call->rq, word, &event);
		if (code < 0 && code != ERR_NOT_FOUND) {
			json_decref(list);
			return open311_fail(call, code);
		}
		if (code == 0) json_array_append_new(list, open311_request_json(call, &event));
	}
	call->rq->row_count = (int64_t)json_array_size(list);
	return open311_answer(call, "service_requests", list);
}

int open311_requests(Request *rq) {
	Open311 call;
	Ask ask = {0};
	int code = open311_begin(rq, &call);
	if (code) return code < 0 ? code : 0;
	if ((code = ask_read(&call, &ask)) < 0) return open311_fail(&call, code);
	if (ask.ids.len) return named_list(&call, ask.ids);
	if ((code = ask_window(&call, &ask)) < 0 || (code = ask_status(&call, &ask)) < 0 ||
	    (code = ask_services(&call, &ask)) < 0 || (code = ask_page(&call, &ask)) < 0)
		return open311_fail(&call, code);
	EventPublic *events = ARENA_ARRAY(rq->arena, EventPublic, (size_t)ask.of.limit);
	int count = event_public_list(rq, &ask.of, events);
	if (count < 0) return count;
	json_t *list = json_array();
	for (int i = 0; i < count && i < ask.size; i++)
		json_array_append_new(list, open311_request_json(&call, &events[i]));
	page_links(&call, &ask, count > ask.size);
	rq->row_count = (int64_t)json_array_size(list);
	return open311_answer(&call, "service_requests", list);
}

static int one_find(Request *rq, Open311 *call, EventPublic *event) {
	int code = open311_begin(rq, call);
	if (code) return code;
	code = event_public(rq, call->id, event);
	if (code != ERR_NOT_FOUND) return code;
	open311_refuse(call, 404, "service_request_id was not found");
	return 1;
}

int open311_request(Request *rq) {
	Open311 call;
	EventPublic event;
	int code = one_find(rq, &call, &event);
	if (code) return code < 0 ? code : 0;
	rq->about_subject = event.case_id;
	return open311_answer(&call, "service_requests", json_pack("[o]", open311_request_json(&call, &event)));
}

/* Reports are taken at once, so a token is the request's own number. */
int open311_token(Request *rq) {
	Open311 call;
	EventPublic event;
	int code = one_find(rq, &call, &event);
	if (code) return code < 0 ? code : 0;
	return open311_answer(&call, "service_requests",
	                      json_pack("[{s:s, s:s}]", "service_request_id", event.number, "token", event.number));
}
