/* reporter: who reported: sealed in the store, masked in answers, in clear only for who must call back, with a reason and
 * evidence. Of a confidential reporter those who handle the event never learn that there is one. */
#include "event/internal.h"

typedef struct Reporter {
	Text name, phone, words; /* words: of a confidential report, as they were said; "" where nothing was taken out */
} Reporter;

static void json_drop(void *json) {
	json_decref(json);
}

/* false: nobody is named. */
static bool reporter_open(Request *rq, const Event *event, Reporter *out) {
	if (!*event->reporter) return false;
	const char *plain = secret_unlock(rq->arena, app_secret(rq->app), text_of(event->reporter));
	json_t *json = plain ? json_loads(plain, 0, NULL) : NULL;
	if (!json) return false;
	arena_on_free(rq->arena, json_drop, json);
	*out = (Reporter){text_of(json_string_value(json_object_get(json, "name"))),
	                  text_of(json_string_value(json_object_get(json, "phone"))),
	                  text_of(json_string_value(json_object_get(json, "words")))};
	return true;
}

void reporter_names(Request *rq, const Event *event, Text *name, Text *phone) {
	Reporter reporter;
	if (!reporter_open(rq, event, &reporter)) return;
	*name = reporter.name;
	*phone = reporter.phone;
}

static bool may_know(const Request *rq, const Event *event, const CaseView *view) {
	if (view->is_bureau || view->is_lead || rq->party.account_id == view->parties.asker_account) return true;
	return !event->confidential && (view->is_supplier || view->is_field || party_may(&rq->party, PERMIT_HOTLINE));
}

int reporter_write(Request *rq, const Event *event, const CaseView *view) {
	Reporter reporter;
	JsonWriter *json = &rq->json;
	Text key = text_of(arena_printf(rq->arena, "%lld", (long long)event->case_id));
	jw_key(json, "reporter");
	if (!may_know(rq, event, view) || !reporter_open(rq, event, &reporter)) {
		jw_null(json);
		return 0;
	}
	jw_object(json);
	jw_kv_text(json, "name", mask_text(rq->app, MASK_NAME, reporter.name, key, rq->arena));
	jw_kv_text(json, "phone", mask_text(rq->app, MASK_PHONE, reporter.phone, key, rq->arena));
	jw_kv_bool(json, "confidential", event->confidential);
	jw_object_end(json);
	return 0;
}

/* A confidential one: only whoever took the call, and who leads. */
static bool may_know_clear(const Request *rq, const Event *event, const CaseView *view) {
	return may_know(rq, event, view) &&
	       (!event->confidential || view->is_lead || rq->party.account_id == view->parties.asker_account);
}

/* In clear (L3): the answer waits until the evidence with the reason is on the disk. */
int reporter_post(Request *rq) {
	CaseView view;
	Event event;
	Reporter reporter;
	int code = case_view(rq, in_int(rq, "id"), &view);
	if (code == 0) code = event_find(rq, view.case_id, &event);
	if (code < 0) return code;
	rq->about_subject = view.case_id;
	if (!may_know_clear(rq, &event, &view) || !reporter_open(rq, &event, &reporter))
		return fail(rq, ERR_NOT_FOUND, "Nobody is named as reporter of this event");
	Text reason = in_text(rq, "reason");
	about_json(rq, json_pack("{s:s#}", "reason", reason.at, (int)reason.len));
	rq->row_count = 1;
	rq->sensitive = true;
	jw_object(&rq->json);
	jw_kv_text(&rq->json, "name", reporter.name);
	jw_kv_text(&rq->json, "phone", reporter.phone);
	jw_kv_text(&rq->json, "words", reporter.words);
	jw_object_end(&rq->json);
	return 0;
}
