/* Open311: reports by those who hold a key, as forms with or without pictures. A report runs in a write of its own, after its
 * pictures are kept. LANE_READ; one request. */
#include "portal/open311.h"
#include <stddef.h>
#include <stdio.h>

typedef struct Post {
	Text api_key, service_code, lat, lon, address_string, address_id, description, first_name, last_name, phone, media_url,
	    client_request_id, component, happened_at, grade;
	EventReport report;
	EventReceipt receipt;
	Open311Media media;
} Post;

static const Open311Field post_fields[] = {{"api_key", offsetof(Post, api_key)},
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
                                           {"attribute[grade]", offsetof(Post, grade)},
                                           {0}};

static int degrees(const Open311 *call, const char *field, Text text, double most, double *out) {
	if (text_to_double(text, out) == 0 && *out >= -most && *out <= most) return 0;
	return open311_bad(call, field, text, "This is no coordinate in degrees");
}

static int post_place(const Open311 *call, Post *post) {
	EventReport *report = &post->report;
	if (!post->lat.len != !post->lon.len)
		return open311_bad(call, post->lat.len ? "long" : "lat", TEXT_NONE, "A place has both lat and long");
	if (!post->lat.len && !post->address_string.len)
		return open311_bad(call, "lat", TEXT_NONE, "A place is needed: lat and long, or address_string");
	if (!post->lat.len) return 0;
	report->placed = true;
	int code = degrees(call, "lat", post->lat, 90, &report->lat);
	return code < 0 ? code : degrees(call, "long", post->lon, 180, &report->lon);
}

/* A client's link is kept as words and never fetched: where it leads is its affair. */
static bool address_good(Text url) {
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.at[i] <= ' ') return false;
	return url.len <= 500 && (text_starts(url, TEXT("http://")) || text_starts(url, TEXT("https://")));
}

static int post_report(const Open311 *call, Post *post) {
	Arena *arena = call->rq->arena;
	if (!post->service_code.len) return open311_bad(call, "service_code", TEXT_NONE, "service_code is needed");
	if (utf8_count(post->description) > 4000)
		return open311_bad(call, "description", TEXT_NONE, "A description has at most 4000 characters");
	if (post->media_url.len && !address_good(post->media_url))
		return open311_bad(call, "media_url", TEXT_NONE, "media_url is an address of at most 500 bytes");
	Text words =
	    post->media_url.len
	        ? text_of(arena_printf(arena, "%.*s\n%.*s", TEXT_ARG(post->description.at ? post->description : TEXT("")),
	                               TEXT_ARG(post->media_url)))
	        : post->description;
	Text first = post->first_name.at ? post->first_name : TEXT(""), last = post->last_name.at ? post->last_name : TEXT("");
	post->report =
	    (EventReport){.channel = TEXT("open311"),
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
		return open311_bad(call, "attribute[happened_at]", post->happened_at,
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

/* Pictures by the path of all pictures; of a report that was taken before none again. */
static int media_keep(const Open311 *call, Post *post) {
	Request *rq = call->rq;
	EventPhoto photo;
	int64_t there, *ids = ARENA_ARRAY(rq->arena, int64_t, EVENT_PHOTOS_MAX);
	if (!post->media.count) return 0;
	int code = post->client_request_id.len
	               ? event_find_number(rq, TEXT("open311"), rq->party.account_id, post->client_request_id, &there)
	               : ERR_NOT_FOUND;
	if (code != ERR_NOT_FOUND) return code;
	for (int i = 0; i < post->media.count; i++) {
		code = event_photo_keep_bytes(rq, post->media.bytes[i], post->media.names[i], &photo);
		if (code < 0) snprintf(rq->error->field, sizeof rq->error->field, "media");
		if (code < 0) return code;
		ids[i] = photo.photo_id;
	}
	post->report.photos = ids;
	post->report.photo_count = post->media.count;
	return 0;
}

int open311_post(Request *rq) {
	Open311 call;
	Post post = {0};
	int code = open311_begin(rq, &call);
	if (code) return code < 0 ? code : 0;
	if ((code = open311_form(&call, post_fields, &post, &post.media)) < 0 ||
	    (code = open311_party(&call, post.api_key)) < 0 || (code = post_report(&call, &post)) < 0 ||
	    (code = media_keep(&call, &post)) < 0 || (code = request_write(rq, post_write, &post)) < 0)
		return open311_fail(&call, code);
	rq->status = post.receipt.repeated ? 200 : 201;
	return open311_answer(
	    &call, "service_requests",
	    json_pack("[{s:s, s:n, s:n}]", "service_request_id", post.receipt.number, "service_notice", "account_id"));
}
