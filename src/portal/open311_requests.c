/* Open311: requests read by anybody, and reports by those who hold a key. What is read is event's public view: nothing of a
 * reporter, no free text, no pictures. LANE_READ, a report in a write of its own; one request. */
#include "people/people.h"
#include "portal/open311.h"
#include <stddef.h>

enum { ROWS_MOST = 1000, IDS_MOST = 100, PAGE_MOST = 10000 };
static const int64_t window_us = INT64_C(90) * 86400 * 1000000;

/* --- reading --------------------------------------------------------------------------------------------------------------- */
static json_t *request_json(const Open311 *call, const EventPublic *event) {
	const EventClass *service;
	Request *rq = call->rq;
	const char *name =
	    event_class_find(rq, text_of(event->class_code), 0, &service) == 0 ? open311_title(call, service) : event->class_code;
	json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:s, s:n, s:n, s:n}", "service_request_id", event->number, "status",
	                        event->closed_us ? "closed" : "open", "status_notes",
	                        open311_english(call) ? event->state_title_en : event->state_title, "service_name", name,
	                        "service_code", event->class_code, "description", "agency_responsible", "service_notice");
	json_object_set_new(one, "requested_datetime", open311_time(event->reported_us));
	json_object_set_new(one, "updated_datetime", open311_time(event->updated_us));
	json_object_set_new(one, "expected_datetime", json_null());
	json_object_set_new(one, "address", open311_text(text_of(event->area_text)));
	json_object_set_new(one, "address_id", json_null());
	json_object_set_new(one, "zipcode", json_null());
	json_object_set_new(one, "lat", event->placed ? json_real(event->lat) : json_null());
	json_object_set_new(one, "long", event->placed ? json_real(event->lon) : json_null());
	json_object_set_new(one, "media_url", json_null());
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

static int ask_bad(const Open311 *call, const char *field, Text value, const char *message) {
	return error_field(call->rq->error, ERR_INVALID, field, value, "open311", "", "%s", message);
}

/* Unknown parameters are let pass, as the standard's clients send their own. */
static int ask_read(const Open311 *call, Ask *ask) {
	Text rest = call->rq->any_query, name, value;
	int more;
	while ((more = query_next(call->rq->arena, &rest, &name, &value)) > 0) {
		if (!utf8_valid(value)) return ask_bad(call, "", TEXT_NONE, "The parameters are not valid UTF-8");
		for (size_t i = 0; i < sizeof ask_fields / sizeof *ask_fields; i++)
			if (text_is(name, ask_fields[i].name)) *(Text *)((char *)ask + ask_fields[i].at) = text_trim(value);
	}
	return more < 0 ? ask_bad(call, "", TEXT_NONE, "The parameters are not well formed") : 0;
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
		return ask_bad(call, "start_date", ask->start, "This is no date: write it as 2026-12-31T23:59:59+08:00");
	if (ask->end.len && clock_parse(ask->end, &ask->of.until_us) < 0)
		return ask_bad(call, "end_date", ask->end, "This is no date: write it as 2026-12-31T23:59:59+08:00");
	if (!ask->start.len && !ask->end.len) ask->of.until_us = now + 1;
	if (!ask->start.len) ask->of.from_us = ask->of.until_us - window_us;
	if (!ask->end.len && ask->start.len) ask->of.until_us = ask->of.from_us + window_us;
	if (ask->of.until_us < ask->of.from_us) return ask_bad(call, "end_date", ask->end, "end_date is before start_date");
	if (ask->of.until_us - ask->of.from_us > window_us)
		return ask_bad(call, "end_date", ask->end, "A range of at most 90 days is answered");
	return 0;
}

static int ask_status(const Open311 *call, Ask *ask) {
	bool open = false, closed = false;
	Text rest = ask->status, word;
	while (word_next(&rest, &word)) {
		if (!text_is(word, "open") && !text_is(word, "closed"))
			return ask_bad(call, "status", word, "A status is open or closed");
		open = open || text_is(word, "open");
		closed = closed || text_is(word, "closed");
	}
	ask->of.status = open == closed ? PUBLIC_ANY : open ? PUBLIC_OPEN : PUBLIC_CLOSED;
	return 0;
}

static int ask_services(const Open311 *call, Ask *ask) {
	const EventClass *service;
	Text rest = ask->service_code, word;
	if (rest.len > 1000) return ask_bad(call, "service_code", TEXT_NONE, "Too many services are asked for");
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
		return ask_bad(call, "page", ask->page, "A page is a whole number from 1 to 10000");
	if (ask->page_size.len && (text_to_int(ask->page_size, &ask->size) < 0 || ask->size < 1 || ask->size > ROWS_MOST))
		return ask_bad(call, "page_size", ask->page_size, "A page has 1 to 1000 rows");
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
		               ? ask_bad(call, "service_request_id", TEXT_NONE, "At most 100 requests are named at a time")
		               : event_public(call->rq, word, &event);
		if (code < 0 && code != ERR_NOT_FOUND) {
			json_decref(list);
			return open311_fail(call, code);
		}
		if (code == 0) json_array_append_new(list, request_json(call, &event));
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
		json_array_append_new(list, request_json(&call, &events[i]));
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
	return open311_answer(&call, "service_requests", json_pack("[o]", request_json(&call, &event)));
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

/* --- reporting ------------------------------------------------------------------------------------------------------------- */
typedef struct Post {
	Text api_key, service_code, lat, lon, address_string, address_id, description, first_name, last_name, phone, media_url,
	    client_request_id, component, happened_at, grade;
	EventReport report;
	EventReceipt receipt;
} Post;

static const struct {
	const char *name;
	size_t at;
} post_fields[] = {{"api_key", offsetof(Post, api_key)},
                   {"service_code", offsetof(Post, service_code)},
                   {"lat", offsetof(Post, lat)},
                   {"long", offsetof(Post, lon)},
                   {"address_string", offsetof(Post, address_string)},
                   {"address_id", offsetof(Post, address_id)},
                   {"description", offsetof(Post, description)},
                   {"first_name", offsetof(Post, first_name)},
                   {"last_name", offsetof(Post, last_name)},
                   {"phone", offsetof(Post, phone)},
                   {"media_url", offsetof(Post, media_url)},
                   {"client_request_id", offsetof(Post, client_request_id)},
                   {"attribute[component]", offsetof(Post, component)},
                   {"attribute[happened_at]", offsetof(Post, happened_at)},
                   {"attribute[grade]", offsetof(Post, grade)}};

static int post_read(const Open311 *call, Post *post) {
	Request *rq = call->rq;
	Text rest = http_body(rq->call), type = http_header(rq->call, "Content-Type"), name, value;
	int more;
	if (!text_starts(type, TEXT("application/x-www-form-urlencoded")))
		return ask_bad(call, "", TEXT_NONE,
		               "A report is a form: application/x-www-form-urlencoded; XML and JSON bodies are not read");
	while ((more = query_next(rq->arena, &rest, &name, &value)) > 0) {
		bool known = false;
		if (!utf8_valid(name) || !utf8_valid(value)) return ask_bad(call, "", TEXT_NONE, "The form is not valid UTF-8");
		for (size_t i = 0; i < sizeof post_fields / sizeof *post_fields; i++) {
			if (!text_is(name, post_fields[i].name)) continue;
			*(Text *)((char *)post + post_fields[i].at) = text_trim(value);
			known = true;
		}
		if (!known && text_starts(name, TEXT("attribute[")))
			return ask_bad(call, text_cstr(rq->arena, name), TEXT_NONE, "The service has no such attribute");
	}
	return more < 0 ? ask_bad(call, "", TEXT_NONE, "The form is not well formed") : 0;
}

/* A key of a service account that may report, named by the centre as an Open311 source. A browser's session is no key. */
static int post_party(const Open311 *call, Post *post, Text *channel) {
	Request *rq = call->rq;
	int code = 0;
	if (post->api_key.len) code = people_key(rq, post->api_key);
	if (code < 0) return code;
	if (rq->party.kind != PARTY_SERVICE || !party_may(&rq->party, PERMIT_EVENT_REPORT))
		return error_field(rq->error, ERR_FORBIDDEN, "api_key", TEXT_NONE, "permission", "",
		                   "An api_key is needed that may report events");
	code = event_source_channel(rq, channel);
	if (code < 0 || text_is(*channel, "open311")) return code;
	return error_field(rq->error, ERR_FORBIDDEN, "api_key", TEXT_NONE, "source", "",
	                   "The account of this api_key is not named as an Open311 source");
}

static int degrees(const Open311 *call, const char *field, Text text, double most, double *out) {
	if (text_to_double(text, out) == 0 && *out >= -most && *out <= most) return 0;
	return ask_bad(call, field, text, "This is no coordinate in degrees");
}

static int post_place(const Open311 *call, Post *post) {
	EventReport *report = &post->report;
	if (!post->lat.len != !post->lon.len)
		return ask_bad(call, post->lat.len ? "long" : "lat", TEXT_NONE, "A place has both lat and long");
	if (!post->lat.len && !post->address_string.len)
		return ask_bad(call, "lat", TEXT_NONE, "A place is needed: lat and long, or address_string");
	if (!post->lat.len) return 0;
	report->placed = true;
	int code = degrees(call, "lat", post->lat, 90, &report->lat);
	return code < 0 ? code : degrees(call, "long", post->lon, 180, &report->lon);
}

static int post_report(const Open311 *call, Post *post, Text channel) {
	Arena *arena = call->rq->arena;
	if (!post->service_code.len) return ask_bad(call, "service_code", TEXT_NONE, "service_code is needed");
	if (utf8_count(post->description) > 4000)
		return ask_bad(call, "description", TEXT_NONE, "A description has at most 4000 characters");
	if (post->media_url.len && (!text_starts(post->media_url, TEXT("http")) || post->media_url.len > 500))
		return ask_bad(call, "media_url", TEXT_NONE, "media_url is an address of at most 500 bytes");
	Text words =
	    post->media_url.len
	        ? text_of(arena_printf(arena, "%.*s\n%.*s", TEXT_ARG(post->description.at ? post->description : TEXT("")),
	                               TEXT_ARG(post->media_url)))
	        : post->description;
	Text first = post->first_name.at ? post->first_name : TEXT(""), last = post->last_name.at ? post->last_name : TEXT("");
	post->report =
	    (EventReport){.channel = channel,
	                  .outside_number = post->client_request_id,
	                  .source_id = call->rq->party.account_id,
	                  .class_code = post->service_code,
	                  .address = post->address_string,
	                  .description = words,
	                  .component = post->component,
	                  .grade = post->grade,
	                  .reporter_name = text_trim(text_of(arena_printf(arena, "%.*s %.*s", TEXT_ARG(last), TEXT_ARG(first)))),
	                  .reporter_phone = post->phone};
	if (post->happened_at.len && clock_parse(post->happened_at, &post->report.happened_us) < 0)
		return ask_bad(call, "attribute[happened_at]", post->happened_at,
		               "This is no date: write it as 2026-12-31T23:59:59+08:00");
	return post_place(call, post);
}

static int post_write(Request *rq, void *arg) {
	Post *post = arg;
	EvidenceEntry entry;
	int code = event_report(rq, &post->report, &post->receipt);
	if (code < 0) return code;
	rq->about_subject = post->receipt.case_id;
	evidence_entry(rq, &entry);
	entry.status = 200;
	return evidence_write(rq, &entry);
}

int open311_post(Request *rq) {
	Open311 call;
	Post post = {0};
	Text channel;
	int code = open311_begin(rq, &call);
	if (code) return code < 0 ? code : 0;
	if ((code = post_read(&call, &post)) < 0 || (code = post_party(&call, &post, &channel)) < 0 ||
	    (code = post_report(&call, &post, channel)) < 0 || (code = request_write(rq, post_write, &post)) < 0)
		return open311_fail(&call, code);
	rq->status = post.receipt.repeated ? 200 : 201;
	return open311_answer(
	    &call, "service_requests",
	    json_pack("[{s:s, s:n, s:n}]", "service_request_id", post.receipt.number, "service_notice", "account_id"));
}
