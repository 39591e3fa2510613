/* Open311 both ways after a report (an extension of GeoReport v2): whoever sent it hears of each change by webhook, in the words
 * that anybody may read; and says what changed on its side, as a remark, by taking it back, or by asking for it to be done again.
 * Whether a request closes is the city's process's alone. */
#include "portal/open311.h"
#include <stddef.h>

/* --- told ------------------------------------------------------------------------------------------------------------------ */
/* Action partner.open311; arg: PartnerStep. That a report was taken, its answer said. */
int open311_told(Request *rq, void *arg) {
	PartnerStep *step = arg;
	const Open311 call = {.rq = rq};
	EventPublic event;
	const char *title = "", *title_en = "";
	if (!*step->from || strcmp(step->from, step->to) == 0) return 0;
	int code = event_public_case(rq, step->case_id, &event);
	if (code < 0 || !event.source_account) return code == ERR_NOT_FOUND ? 0 : code;
	code = case_state_titles(rq, text_of(step->process), step->process_version, text_of(step->to), &title, &title_en);
	if (code < 0) return code;
	json_t *request = open311_request_json(&call, &event);
	/* without a caller nobody says by what name people know us */
	const char *media = *setting_text(rq, "open.base_url") ? open311_media_url(rq, &event, true) : "";
	json_object_set_new(request, "media_url", open311_text(text_of(media)));
	json_object_set_new(request, "status", json_string(step->ends ? "closed" : "open"));
	json_object_set_new(request, "status_notes", json_string(title));
	json_object_set_new(request, "updated_datetime", open311_time(step->at_us));
	step->body =
	    json_pack("{s:s, s:I, s:s, s:s, s:o}", "event", "service_request.updated", "sequence", (json_int_t)step->event_no,
	              "stage", step->to, "stage_title_en", title_en, "service_request", request);
	return 0;
}

/* --- tells ----------------------------------------------------------------------------------------------------------------- */
enum { WORDS_MAX = 900 };
typedef struct Told {
	Text api_key, status, status_notes, comment, update_id;
} Told;
static const Open311Field told_fields[] = {{"api_key", offsetof(Told, api_key)},           {"status", offsetof(Told, status)},
                                           {"status_notes", offsetof(Told, status_notes)}, {"comment", offsetof(Told, comment)},
                                           {"update_id", offsetof(Told, update_id)},       {0}};

/* What it means for the case. */
static int told_update(const Open311 *call, const Told *told, const EventPublic *event, PartnerUpdate *out) {
	Arena *arena = call->rq->arena;
	Text words = told->comment.len ? told->comment : told->status_notes.at ? told->status_notes : TEXT("");
	bool closed = text_is(told->status, "closed"), open = text_is(told->status, "open");
	if (told->status.len && !closed && !open) return open311_bad(call, "status", told->status, "A status is open or closed");
	if (utf8_count(words) > WORDS_MAX || told->update_id.len > 100)
		return open311_bad(call, told->update_id.len > 100 ? "update_id" : "comment", TEXT_NONE,
		                   "A comment has at most 900 characters, an update_id 100 bytes");
	if (!closed && utf8_count(words) < 2) return open311_bad(call, "comment", TEXT_NONE, "Say what changed, in comment");
	const char *said = text_cstr(arena, words);
	bool again = open && event->closed_us;
	*out = (PartnerUpdate){.case_id = event->case_id,
	                       .update_id = told->update_id.at ? told->update_id : TEXT(""),
	                       .action = closed  ? "withdraw"
	                                 : again ? "not_content"
	                                         : "remark",
	                       .note = words.len ? said : "上报系统已关闭",
	                       .instead = closed ? arena_printf(arena, "上报系统已关闭%s%s", *said ? "：" : "", said) : NULL};
	return 0;
}

/* The caller's own request, as it is now. */
static int own_find(const Open311 *call, EventPublic *event) {
	Request *rq = call->rq;
	int code = event_public(rq, call->id, event);
	if (code == 0 && event->source_account == rq->party.account_id) return 0;
	if (code < 0 && code != ERR_NOT_FOUND) return code;
	return error_field(rq->error, ERR_NOT_FOUND, "service_request_id", call->id, "open311", "",
	                   "service_request_id was not found among the requests of this api_key");
}

int open311_update(Request *rq) {
	Open311 call;
	Told told = {0};
	EventPublic event;
	PartnerUpdate update;
	int code = open311_begin(rq, &call);
	if (code) return code < 0 ? code : 0;
	if ((code = open311_form(&call, told_fields, &told, NULL)) < 0 || (code = open311_party(&call, told.api_key)) < 0 ||
	    (code = own_find(&call, &event)) < 0 || (code = told_update(&call, &told, &event, &update)) < 0 ||
	    (code = partner_update(rq, &update)) < 0 || (code = own_find(&call, &event)) < 0)
		return open311_fail(&call, code);
	json_t *request = open311_request_json(&call, &event);
	if (update.noted)
		json_object_set_new(request, "service_notice",
		                    json_string(message_say(rq, "It was noted; the city goes on by its own process")));
	return open311_answer(&call, "service_requests", json_pack("[o]", request));
}
