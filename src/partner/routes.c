/* routes: the room's table of routes. */
#include "partner/internal.h"

#define API "/api/v1"

static const InputField none_in[] = {{0}};
static const InputField id_in[] = {ID_PATH("service account"), {0}};
#define URL_IN                                                                                                                   \
	{ "url", IN_BODY, TYPE_TEXT, true, .min = 8, .max = ADDRESS_MAX, .doc = "where changes are posted: http(s)://…" }
static const InputField own_in[] = {URL_IN, {0}};
static const InputField orders_in[] = {
    {"orders", IN_BODY, TYPE_JSON, true, .max = 1 << 20, .doc = "1 to 200 objects as the platform's template says"}, {0}};
static const InputField words_in[] = {
    {"words", IN_BODY, TYPE_JSON, true, .max = 1 << 20, .doc = "1 to 200 objects as the platform's template says"}, {0}};
static const InputField file_in[] = {
    ID_PATH("service account"),
    {"upload_id", IN_BODY, TYPE_ID, true, .min = 1, .doc = "of POST /event-imports/files: CSV, XLSX or JSON Lines"},
    {"sheet", IN_BODY, TYPE_TEXT, .max = 200, .doc = "XLSX: the first when left out"},
    {0}};
static const InputField results_in[] = {
    ID_PATH("service account"),
    {"what", IN_QUERY, TYPE_ENUM, true, .choices = "results|raised", .doc = "of its orders; cases that were raised to it"},
    {"format", IN_QUERY, TYPE_ENUM, .choices = "csv|xlsx|jsonl", .doc = "csv when left out"},
    {"from", IN_QUERY, TYPE_TIME, .doc = "reported from then on"},
    {"until", IN_QUERY, TYPE_TIME, .doc = "reported before"},
    {0}};
static const InputField put_in[] = {
    ID_PATH("service account"),
    {"version", IN_BODY, TYPE_INT, true, .min = 0, .max = INT32_MAX, .doc = "0: it is new"},
    {"platform", IN_BODY, TYPE_TEXT, .max = 40, .doc = "its template where it is a platform above"},
    {"url", IN_BODY, TYPE_TEXT, true, .max = ADDRESS_MAX,
     .doc = "where changes are posted: http(s)://…; may be empty for a platform: files only"},
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
                                          {"kind", "string", "open311, platform"},
                                          {"platform", "string", "its template, or empty"},
                                          {"url", "string", "where changes are posted"},
                                          {"active", "boolean", ""},
                                          {"token_set", "boolean", "a token goes with them"},
                                          {"key", "string | null", "of the signature, 64 hex digits; null in answers to changes"},
                                          {"version", "number", "for changes"},
                                          {0}};
static const OutputField list_out[] = {
    {"items",
     "{ account_id: string; login: string; name: string; org_name: string; channel: string; note: string; source: boolean; kind: "
     "string; platform: string; url: string; active: boolean; failures: number; next_at: string | null; token_set: boolean; "
     "waiting: "
     "number; failed: number; last_sent_at: string | null; version: number }[]",
     "source: it may report, as channel; kind empty: it hears of nothing; failures: since it last answered; next_at: when it is "
     "called "
     "again"},
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
#define REFUSED "field?: string; value?: string; rule?: string; message?: string; advice?: string"
static const OutputField orders_out[] = {
    {"items",
     "{ outside_number: string; result: \"taken\" | \"repeated\" | \"refused\"; case_id?: string; number?: string; " REFUSED
     " }[]",
     "as they came"},
    {"taken", "number", "that are new"},
    {0}};
static const OutputField words_out[] = {
    {"items", "{ update_id: string; result: \"done\" | \"noted\" | \"repeated\" | \"refused\"; " REFUSED " }[]",
     "as they came; noted: the process does not allow the step, so it became a remark"},
    ONE_PAGE,
    {0}};
static const OutputField platforms_out[] = {
    {"items", "{ platform: string; title: string; title_en: string; document: unknown }[]", "by name"}, ONE_PAGE, {0}};
static const OutputField retry_out[] = {{"messages", "number", "that are sent again"}, {0}};

const Route partner_routes[PARTNER_ROUTES] = {
    {"GET", API "/partners", PERMIT_EVENT_SUPERVISE, LANE_READ, partners_get, "partner.list",
     "Other systems: service accounts, what they report as, where they hear of their cases and how that goes.", none_in,
     list_out},
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
    {"GET", API "/platforms", PERMIT_EVENT_SUPERVISE, LANE_READ, platforms_get, "platform.list",
     "Templates of platforms above, as packs bring them.", none_in, platforms_out},
    {"POST", API "/partners/{id}/orders", PERMIT_EVENT_SUPERVISE, LANE_READ, partner_orders_post, "partner.orders",
     "Takes work orders of a platform from a file, each once.", file_in, orders_out},
    {"GET", API "/partners/{id}/results", PERMIT_EVENT_SUPERVISE, LANE_READ, partner_results_get, "partner.results",
     "What a platform is to know of its cases now, as a file in its template.", results_in, NULL, .flags = ROUTE_STREAM},
    {"POST", API "/platform/orders", PERMIT_EVENT_REPORT, LANE_READ, platform_orders_post, "platform.orders",
     "A platform above sends work orders, each once.", orders_in, orders_out, .body_max = 2 << 20},
    {"POST", API "/platform/words", PERMIT_EVENT_REPORT, LANE_READ, platform_words_post, "platform.words",
     "A platform above says something of its orders, or of what was raised to it.", words_in, words_out, .body_max = 2 << 20},
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
