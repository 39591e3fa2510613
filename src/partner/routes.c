/* routes: the room's table of routes. */
#include "partner/internal.h"

#define API "/api/v1"

static const InputField none_in[] = {{0}};
static const InputField id_in[] = {ID_PATH("service account"), {0}};
#define URL_IN                                                                                                                   \
	{ "url", IN_BODY, TYPE_TEXT, true, .min = 8, .max = ADDRESS_MAX, .doc = "where changes are posted: http(s)://…" }
static const InputField own_in[] = {URL_IN, {0}};
static const InputField put_in[] = {ID_PATH("service account"),
                                    {"version", IN_BODY, TYPE_INT, true, .min = 0, .max = INT32_MAX, .doc = "0: it is new"},
                                    URL_IN,
                                    {"token", IN_BODY, TYPE_TEXT, .max = 500,
                                     .doc = "sent as Authorization: Bearer; left out: as it was, while the address stays"},
                                    {"active", IN_BODY, TYPE_BOOL, true, .doc = "false: nothing is sent"},
                                    {0}};
#define PAGE_IN                                                                                                                  \
	{"state", IN_QUERY, TYPE_ENUM, .choices = "waiting|sent|failed", .doc = "all when left out"},                            \
	    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50"}, {                                     \
		"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "next of the page before"                                           \
	}
static const InputField messages_in[] = {ID_PATH("service account"), PAGE_IN, {0}};
static const InputField own_messages_in[] = {PAGE_IN, {0}};
static const InputField retry_in[] = {
    ID_PATH("service account"),
    {"message_id", IN_BODY, TYPE_ID, .min = 1, .doc = "only this one; left out: all that were not taken"},
    {0}};

static const OutputField partner_out[] = {{"account_id", "string", "service account"},
                                          {"kind", "string", "open311"},
                                          {"url", "string", "where changes are posted"},
                                          {"active", "boolean", ""},
                                          {"token_set", "boolean", "a token goes with them"},
                                          {"key", "string | null", "of the signature, 64 hex digits; null in answers to changes"},
                                          {"version", "number", "for changes"},
                                          {0}};
static const OutputField list_out[] = {
    {"items",
     "{ account_id: string; login: string; name: string; kind: string; url: string; active: boolean; failures: number; next_at: "
     "string | null; token_set: boolean; waiting: number; failed: number; last_sent_at: string | null; version: number }[]",
     "failures: since it last answered; next_at: when it is called again"},
    ONE_PAGE,
    {0}};
static const OutputField messages_out[] = {
    {"items",
     "{ message_id: string; case_id: string; number: string; event_no: number; state: \"waiting\" | \"sent\" | \"failed\"; "
     "attempts: number; made_at: string; next_at: string | null; done_at: string | null; detail: string; to_state: string | null "
     "}[]",
     "newest first; detail: what the last try was answered"},
    {"next", "string | null", "cursor"},
    {0}};
static const OutputField retry_out[] = {{"messages", "number", "that are sent again"}, {0}};

const Route partner_routes[PARTNER_ROUTES] = {
    {"GET", API "/partners", PERMIT_EVENT_SUPERVISE, LANE_READ, partners_get, "partner.list",
     "Systems that hear of changes of their cases, and how their messages go.", none_in, list_out},
    {"GET", API "/partners/{id}", PERMIT_EVENT_SUPERVISE, LANE_READ, partner_get, "partner.get",
     "One of them, with the key of its signatures.", id_in, partner_out},
    {"PUT", API "/partners/{id}", PERMIT_EVENT_SUPERVISE, LANE_WRITE, partner_put, "partner.put",
     "Where a system hears of changes of its cases.", put_in, partner_out},
    {"POST", API "/partners/{id}/key", PERMIT_EVENT_SUPERVISE, LANE_WRITE, partner_key_post, "partner.key",
     "Another key of the signature; the old one ends at once.", id_in, partner_out},
    {"GET", API "/partners/{id}/messages", PERMIT_EVENT_SUPERVISE, LANE_READ, partner_messages_get, "partner.messages",
     "What it was told, with receipts.", messages_in, messages_out},
    {"POST", API "/partners/{id}/retry", PERMIT_EVENT_SUPERVISE, LANE_WRITE, partner_message_retry, "partner.retry",
     "Sends again now what was not taken.", retry_in, retry_out},
    {"GET", API "/subscription", PERMIT_EVENT_REPORT, LANE_READ, own_get, "subscription.get",
     "Where the calling system hears of changes of its cases.", none_in, partner_out},
    {"PUT", API "/subscription", PERMIT_EVENT_REPORT, LANE_WRITE, own_put, "subscription.put",
     "The calling system wants to hear of changes of its cases.", own_in, partner_out},
    {"DELETE", API "/subscription", PERMIT_EVENT_REPORT, LANE_WRITE, own_delete, "subscription.stop",
     "The calling system hears of nothing more.", none_in, NULL},
    {"POST", API "/subscription/key", PERMIT_EVENT_REPORT, LANE_WRITE, own_key_post, "subscription.key",
     "Another key of the signature; the old one ends at once.", none_in, partner_out},
    {"GET", API "/subscription/messages", PERMIT_EVENT_REPORT, LANE_READ, own_messages_get, "subscription.messages",
     "What the calling system was told, with receipts.", own_messages_in, messages_out},
};
