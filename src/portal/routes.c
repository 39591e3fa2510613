/* The room's module: its rows. What is open is written out as PERMIT_OPEN; the console's side goes under /api/v1. */
#include "portal/open311.h"

#define ID_IN                                                                                                                    \
	{ .name = "id", .in = IN_PATH, .type = TYPE_ID, .required = true, .min = 1, .doc = "as the list names it" }
#define VERSION_IN                                                                                                               \
	{                                                                                                                        \
		.name = "version", .in = IN_BODY, .type = TYPE_INT, .required = true, .min = 1, .max = INT32_MAX,                \
		.doc = "as last read"                                                                                            \
	}
#define AFTER_IN                                                                                                                 \
	{.name = "after", .in = IN_QUERY, .type = TYPE_ID, .doc = "next of the page before"}, {                                  \
		.name = "limit", .in = IN_QUERY, .type = TYPE_INT, .min = 1, .max = 200, .doc = "items a page"                   \
	}
#define RESOURCE_QUERY                                                                                                           \
	{ .name = "resource", .in = IN_QUERY, .type = TYPE_ID, .doc = "only of this entry" }
#define FIELDS_IN                                                                                                                \
	{.name = "resource_id",                                                                                                  \
	 .in = IN_BODY,                                                                                                          \
	 .type = TYPE_ID,                                                                                                        \
	 .required = true,                                                                                                       \
	 .min = 1,                                                                                                               \
	 .doc = "a published entry of one's own"},                                                                               \
	    {.name = "fields", .in = IN_BODY, .type = TYPE_JSON, .required = true, .doc = "array of the field names to open"}, { \
		.name = "quasi", .in = IN_BODY, .type = TYPE_JSON,                                                               \
		.doc = "array of at most 8 of them: quasi-identifiers for the k-anonymity figure"                                \
	}

static const InputField none_in[] = {{0}};
const InputField opening_list_in[] = {{.name = "state",
                                       .in = IN_QUERY,
                                       .type = TYPE_ENUM,
                                       .choices = "asked|open|returned|withdrawn|closed",
                                       .doc = "only in this state"},
                                      RESOURCE_QUERY,
                                      AFTER_IN,
                                      {0}};
const InputField opening_id_in[] = {ID_IN, {0}};
const InputField opening_check_in[] = {FIELDS_IN, {0}};
const InputField opening_ask_in[] = {
    FIELDS_IN,
    {.name = "licence",
     .in = IN_BODY,
     .type = TYPE_ENUM,
     .required = true,
     .choices = "cc-by-4.0|cc0-1.0|odc-by-1.0|odbl-1.0|mit|apache-2.0|attribution",
     .doc = "what users may do"},
    {.name = "attribution", .in = IN_BODY, .type = TYPE_TEXT, .max = 500, .doc = "how the source is to be named"},
    {.name = "frequency",
     .in = IN_BODY,
     .type = TYPE_ENUM,
     .required = true,
     .choices = "realtime|daily|weekly|monthly|quarterly|yearly|irregular",
     .doc = "update promise to the public"},
    {.name = "subject",
     .in = IN_BODY,
     .type = TYPE_ENUM,
     .required = true,
     .choices = "government|geography|environment|market|transport|health|employment|education|housing|economy|agriculture|"
                "energy|safety|culture",
     .doc = "under which it is found"},
    {.name = "note", .in = IN_BODY, .type = TYPE_TEXT, .max = 1000, .doc = "for the reviewer"},
    {0}};
const InputField opening_review_in[] = {
    ID_IN,
    VERSION_IN,
    {.name = "decision",
     .in = IN_BODY,
     .type = TYPE_ENUM,
     .required = true,
     .choices = "approve|return",
     .doc = "approve opens it to anybody"},
    {.name = "note", .in = IN_BODY, .type = TYPE_TEXT, .max = 1000, .doc = "needed to return"},
    {0}};
const InputField opening_close_in[] = {
    ID_IN,
    VERSION_IN,
    {.name = "reason", .in = IN_BODY, .type = TYPE_TEXT, .required = true, .min = 1, .max = 1000, .doc = "why"},
    {0}};
const InputField message_list_in[] = {
    RESOURCE_QUERY, {.name = "waiting", .in = IN_QUERY, .type = TYPE_BOOL, .doc = "only those without an answer"}, AFTER_IN, {0}};
const InputField message_answer_in[] = {
    ID_IN,
    VERSION_IN,
    {.name = "answer",
     .in = IN_BODY,
     .type = TYPE_TEXT,
     .required = true,
     .min = 1,
     .max = 2000,
     .doc = "what was done about it"},
    {.name = "shown", .in = IN_BODY, .type = TYPE_BOOL, .required = true, .doc = "question and answer on the public page"},
    {0}};

#define OPENING_OUT                                                                                                              \
	{"opening_id", "string", "the opening"}, {"resource_id", "string", "the entry"},                                         \
	    {"resource_name", "string", "its name"}, {"code", "string | null", "its code"}, {"org_id", "string", "supplier"},    \
	    {"org_name", "string | null", "its name"}, {"state", "string", "asked, open, returned, withdrawn, closed"},          \
	    {"version", "number", "for changes"}, {"fields", "{ no: number; name: string }[]", "opened"},                        \
	    {"quasi", "string[]", "quasi-identifiers"}, {"licence", "string", "key"},                                            \
	    {"attribution", "string", "how the source is named"}, {"frequency", "string", "promise"},                            \
	    {"subject", "string", "key"}, {"note", "string", "of the asker"},                                                    \
	    {"checks",                                                                                                           \
	     "{ quasi: string[]; k: number; rows: number; groups: number; smallest: number; below: number; rows_below: number "  \
	     "}",                                                                                                                \
	     "as computed when it was asked"},                                                                                   \
	    {"asked_by", "string | null", "account"}, {"asked_at", "string | null", "time"},                                     \
	    {"reviewed_at", "string | null", "time"}, {"review_note", "string", "of the reviewer"},                              \
	    {"closed_at", "string | null", "time"}, {"close_reason", "string", "why"},                                           \
	    {"issued_at", "string | null", "first open"}, {"asked_by_name", "string | null", "person"},                          \
	    {"reviewed_by_name", "string | null", "person"}, {"closed_by_name", "string | null", "person"},                      \
	    {"views", "number", "of the public page"}, {"downloads", "number", "of files"},                                      \
	    {"calls", "number", "of the data API"}, {"messages_waiting", "number", "of the public, without an answer"},          \
	    {"address", "string | null", "public page"}, {                                                                       \
		"may", "{ review: boolean; close: boolean; withdraw: boolean }", "what the caller may do now"                    \
	}
#define MESSAGE_OUT                                                                                                              \
	{"message_id", "string", "the message"}, {"resource_id", "string", "the entry"},                                         \
	    {"resource_name", "string", "its name"}, {"org_id", "string", "supplier"}, {"version", "number", "for changes"},     \
	    {"text", "string", "of the public"}, {"contact", "string", "of the sender; the supplier alone sees it"},             \
	    {"answer", "string", "empty: none yet"}, {"shown", "boolean", "on the public page"},                                 \
	    {"created_at", "string | null", "time"}, {"answered_at", "string | null", "time"},                                   \
	    {"answered_by_name", "string | null", "person"}, {                                                                   \
		"may_answer", "boolean", "the caller's own"                                                                      \
	}

const OutputField opening_out[] = {OPENING_OUT, {0}};
const OutputField opening_list_out[] = {
    {"items", "OpeningGetOutput[]", "newest first"}, {"next", "string | null", "cursor"}, {0}};
const OutputField opening_check_out[] = {
    {"fields",
     "{ name: string; title: string; grade: number; chosen: boolean; persons: number; rule: string | null; reason: string | null "
     "}[]",
     "every field of the entry; persons: values in which a citizen, mobile or bank card number stands, of the first 100,000 "
     "rows; "
     "reason: why it cannot be open"},
    {"may_open", "boolean", "nothing chosen is refused"},
    {"quasi", "string[]", "quasi-identifiers"},
    {"k", "number", "smallest group that is asked for"},
    {"rows", "number", "records"},
    {"groups", "number", "groups of equal quasi-identifiers; 0: none chosen or nothing loaded"},
    {"smallest", "number", "records in the smallest"},
    {"below", "number", "groups with fewer than k records"},
    {"rows_below", "number", "records in those"},
    {0}};
const OutputField message_out[] = {MESSAGE_OUT, {0}};
const OutputField message_list_out[] = {
    {"items", "MessageAnswerOutput[]", "newest first"}, {"next", "string | null", "cursor"}, {0}};

static const InputField dataset_in[] = {{.name = "dataset",
                                         .in = IN_PATH,
                                         .type = TYPE_TEXT,
                                         .required = true,
                                         .max = 100,
                                         .doc = "name or id; with .jsonld as DCAT-AP"},
                                        {0}};
static const InputField download_in[] = {
    {.name = "dataset", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .max = 100, .doc = "name or id"},
    {.name = "format", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .max = 20, .doc = "csv, xlsx, jsonl, geojson"},
    {0}};
static const InputField page_in[] = {
    {.name = "page", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .max = 2000, .doc = "what is not there"}, {0}};
static const InputField action_in[] = {
    {.name = "action", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .max = 200, .doc = "package_search, package_show…"},
    {0}};

static int ckan_root(Request *rq) {
	jw_raw(&rq->json, TEXT("{\"version\":3}"));
	rq->any_origin = true;
	return 0;
}

#define PAGE(way, run, act, text, in, more)                                                                                      \
	{ "GET", way, PERMIT_OPEN, LANE_READ, run, act, text, in, NULL, .flags = ROUTE_ANY_QUERY | ROUTE_STREAM | (more) }
#define QUIET ROUTE_NO_EVIDENCE
#define CKAN(way, act, in, more)                                                                                                 \
	{"GET",                                                                                                                  \
	 way,                                                                                                                    \
	 PERMIT_OPEN,                                                                                                            \
	 LANE_READ,                                                                                                              \
	 ckan_get,                                                                                                               \
	 act,                                                                                                                    \
	 "An action of CKAN's API v3, with query parameters.",                                                                   \
	 in,                                                                                                                     \
	 NULL,                                                                                                                   \
	 .flags = ROUTE_ANY_QUERY | ROUTE_STREAM | (more)},                                                                      \
	{                                                                                                                        \
		"POST", way, PERMIT_OPEN, LANE_READ, ckan_post, act "_post", "An action of CKAN's API v3, with a JSON object.",  \
		    in, NULL, .flags = ROUTE_ANY_QUERY | ROUTE_STREAM | ROUTE_OWN_BODY | ROUTE_PERSONAL | (more)                 \
	}

#define OPEN311(way, run, act, text, in)                                                                                         \
	{"GET",       "/open311/v2/" way ".xml",                                                                                 \
	 PERMIT_OPEN, LANE_READ,                                                                                                 \
	 run,         act,                                                                                                       \
	 text,        in,                                                                                                        \
	 NULL,        .flags = ROUTE_ANY_QUERY | ROUTE_STREAM | QUIET},                                                          \
	{                                                                                                                        \
		"GET", "/open311/v2/" way ".json", PERMIT_OPEN, LANE_READ, run, act "_json", text, in, NULL,                     \
		    .flags = ROUTE_ANY_QUERY | ROUTE_STREAM | QUIET                                                              \
	}
#define OPEN311_POST(format, act)                                                                                                \
	{                                                                                                                        \
		"POST", "/open311/v2/requests" format, PERMIT_OPEN, LANE_READ, open311_post, act,                                \
		    "Open311: reports an event, as a form with api_key; its pictures are media of multipart/form-data.",         \
		    none_in, NULL,                                                                                               \
		    .body_max = EVENT_PHOTO_MAX + (1 << 20),                                                                     \
		    .flags = ROUTE_ANY_QUERY | ROUTE_SPOOL | ROUTE_OWN_BODY | ROUTE_STREAM | ROUTE_PERSONAL | QUIET              \
	}
#define OPEN311_UPDATE(way, act)                                                                                                 \
	{                                                                                                                        \
		"POST", "/open311/v2/" way, PERMIT_OPEN, LANE_READ, open311_update, act,                                         \
		    "Open311, extension: whoever sent a request says what changed, as a form with api_key.", open311_in, NULL,   \
		    .body_max = 64 << 10,                                                                                        \
		    .flags = ROUTE_ANY_QUERY | ROUTE_SPOOL | ROUTE_OWN_BODY | ROUTE_STREAM | ROUTE_PERSONAL | QUIET              \
	}
#define OPEN311_ONE(way, run, act, text, in)                                                                                     \
	{                                                                                                                        \
		"GET", "/open311/v2/" way, PERMIT_OPEN, LANE_READ, run, act, text, in, NULL,                                     \
		    .flags = ROUTE_ANY_QUERY | ROUTE_STREAM | QUIET                                                              \
	}
static const InputField open311_in[] = {
    {.name = "id", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .max = 100, .doc = "code or number, with .xml or .json"},
    {0}};

static const InputField media_in[] = {
    {.name = "id", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .max = 100, .doc = "as media_url says"}, {0}};

static const OutputField photo_out[] = {{"photo", "string", "for the form of the report, or of what is added to it"},
                                        {"day_limit", "number", "pictures that a network may send in a day"},
                                        {"left_today", "number", "how many more today"},
                                        {0}};

static const Route routes[] = {
    {"GET", "/api/v1/openings", PERMIT_CATALOG_READ, LANE_READ, opening_list, "opening.list",
     "Openings of one's own organisation; the data bureau sees all.", opening_list_in, opening_list_out, .flags = QUIET},
    {"POST", "/api/v1/openings/check", PERMIT_CATALOG_EDIT, LANE_READ, opening_check, "opening.check",
     "What keeps fields from being opened, and the k-anonymity figure over the live records.", opening_check_in,
     opening_check_out, .flags = ROUTE_PERSONAL},
    {"POST", "/api/v1/openings", PERMIT_CATALOG_EDIT, LANE_READ, opening_ask, "opening.ask",
     "Ask to open fields of an entry to anybody.", opening_ask_in, opening_out, .flags = QUIET},
    {"GET", "/api/v1/openings/{id}", PERMIT_CATALOG_READ, LANE_READ, opening_get, "opening.get",
     "One opening with its check and its use.", opening_id_in, opening_out, .flags = QUIET},
    {"POST", "/api/v1/openings/{id}/review", PERMIT_CATALOG_REVIEW, LANE_WRITE, opening_review, "opening.review",
     "Open it, or return it with a reason.", opening_review_in, opening_out},
    {"POST", "/api/v1/openings/{id}/close", PERMIT_CATALOG_EDIT, LANE_WRITE, opening_close, "opening.close",
     "The supplier closes an opening, or withdraws what waits for review.", opening_close_in, opening_out},
    {"POST", "/api/v1/openings/{id}/stop", PERMIT_CATALOG_REVIEW, LANE_WRITE, opening_close, "opening.stop",
     "The data bureau closes an opening.", opening_close_in, opening_out},
    {"GET", "/api/v1/open-messages", PERMIT_CATALOG_READ, LANE_READ, message_list, "message.list",
     "What the public wrote about open data.", message_list_in, message_list_out},
    {"POST", "/api/v1/open-messages/{id}/answer", PERMIT_CATALOG_EDIT, LANE_WRITE, message_answer, "message.answer",
     "Answer a message of the public.", message_answer_in, message_out},

    PAGE("/open", page_home, "open.home", "Public page: search, subjects, departments, newest.", none_in, QUIET),
    PAGE("/open/", page_home, "open.home_slash", "The same.", none_in, QUIET),
    PAGE("/open/search", page_search, "open.search", "Public page: datasets by words and facets.", none_in, QUIET),
    PAGE("/open/developers", page_developers, "open.developers", "Public page: the interfaces.", none_in, QUIET),
    PAGE("/open/style.css", page_style, "open.style", "Style of the public pages.", none_in, QUIET),
    PAGE("/open/catalog.jsonld", dcat_catalog, "open.dcat", "The open catalogue as DCAT-AP JSON-LD, 100 datasets a page.",
         none_in, QUIET),
    PAGE("/open/report", city_report_page, "open.report_page", "Public page: the form to report what is wrong in the city.",
         none_in, QUIET),
    PAGE("/open/report.js", city_script, "open.report_script", "Script of that form.", none_in, QUIET),
    {"POST", "/open/report", PERMIT_OPEN, LANE_READ, city_report_form, "open.report",
     "A form of the public: reports an event; sent twice it is one.", none_in, NULL, .body_max = 64 << 10,
     .flags = ROUTE_ANY_QUERY | ROUTE_OWN_BODY | ROUTE_STREAM | ROUTE_PERSONAL | QUIET},
    {"POST", "/open/photos", PERMIT_OPEN, LANE_READ, city_photo_post, "open.photo", "A picture for a report of the public.",
     none_in, photo_out, .body_max = INT64_C(40) << 20, .flags = ROUTE_SPOOL | ROUTE_PERSONAL},
    PAGE("/open/track", city_track_page, "open.track_page", "Public page: the form to see how a report goes.", none_in, QUIET),
    {"POST", "/open/track", PERMIT_OPEN, LANE_READ, city_track_form, "open.track",
     "A form of the public: how a report goes, by number and code; adds to it, takes back, rates, asks again.", none_in, NULL,
     .body_max = 16 << 10, .flags = ROUTE_ANY_QUERY | ROUTE_OWN_BODY | ROUTE_STREAM | ROUTE_PERSONAL | QUIET},
    PAGE("/open/nearby", city_nearby_page, "open.nearby", "Public page: what is done near an address.", none_in, QUIET),
    PAGE("/open/{page}", page_missing, "open.missing", "Public page: there is nothing here.", page_in, QUIET),
    PAGE("/open/datasets/{dataset}", page_dataset, "open.dataset", "Public page of a dataset, or its DCAT-AP.", dataset_in, 0),
    PAGE("/open/datasets/{dataset}/download/{format}", page_download, "open.download", "The whole of a dataset as a file.",
         download_in, 0),
    {"POST", "/open/datasets/{dataset}/message", PERMIT_OPEN, LANE_READ, form_message, "open.message",
     "A form of the public: something is wrong with the data.", dataset_in, NULL, .body_max = 32 << 10,
     .flags = ROUTE_ANY_QUERY | ROUTE_OWN_BODY | ROUTE_STREAM | ROUTE_PERSONAL | QUIET},
    {"POST", "/open/datasets/{dataset}/rating", PERMIT_OPEN, LANE_READ, form_rating, "open.rating",
     "A form of the public: 1 to 5.", dataset_in, NULL, .body_max = 4 << 10,
     .flags = ROUTE_ANY_QUERY | ROUTE_OWN_BODY | ROUTE_STREAM | ROUTE_PERSONAL | QUIET},
    PAGE("/robots.txt", page_robots, "open.robots", "For robots.", none_in, QUIET),
    PAGE("/sitemap.xml", page_sitemap, "open.sitemap", "For robots: all public pages.", none_in, QUIET),

    PAGE("/api/3", ckan_root, "ckan.version", "CKAN's API: its version.", none_in, QUIET),
    CKAN("/api/3/action/datastore_search", "ckan.datastore_search", none_in, 0),
    CKAN("/api/action/datastore_search", "ckan.datastore_search_short", none_in, 0),
    CKAN("/api/3/action/{action}", "ckan.action", action_in, QUIET),
    CKAN("/api/action/{action}", "ckan.action_short", action_in, QUIET),

    OPEN311("discovery", open311_discovery, "open311.discovery", "Open311 GeoReport v2: where it is.", none_in),
    OPEN311("services", open311_service_list, "open311.services", "Open311: small classes of events.", none_in),
    OPEN311("requests", open311_requests, "open311.requests", "Open311: events of at most 90 days; extension: page, page_size.",
            none_in),
    OPEN311_ONE("services/{id}", open311_service, "open311.service", "Open311: what a report of a class brings.", open311_in),
    OPEN311_ONE("requests/{id}", open311_request, "open311.request", "Open311: one event.", open311_in),
    OPEN311_ONE("tokens/{id}", open311_token, "open311.token", "Open311: the event a token became.", open311_in),
    OPEN311_ONE("media/{id}", open311_media, "open311.media", "Open311: the picture of a report, by its keyed address.",
                media_in),
    OPEN311_ONE("{id}", open311_missing, "open311.missing", "Open311: there is nothing here.", open311_in),
    OPEN311_POST(".xml", "open311.report"),
    OPEN311_POST(".json", "open311.report_json"),
    OPEN311_UPDATE("requests/{id}", "open311.update"),
};

static const Setting settings[] = {
    {"open311.contact", "", "What Open311's discovery says of whom to ask", 0, 0},
    {"open311.key_service", "", "What Open311's discovery says of how to get a key", 0, 0},
    {"open311.media_public", "0",
     "1: the picture that came with a report through Open311 is shown to anybody (media_url); 0: only to whoever sent it", 0, 1},
    {"open.base_url", "",
     "Address of the public pages as people see it, e.g. https://data.example.gov.cn; empty: by server.names", 0, 0},
    {"open.calls_minute", "600", "Public pages and API calls an address may make in a minute", 1, 1000000},
    {"open.files_minute", "60", "Downloads of open data an address may make in a minute", 1, 1000000},
    {"open.forms_hour", "10", "Messages and ratings an address may send in an hour", 1, 1000000},
    {"open.photos_day", "40", "Pictures without login that a network may send in a day", 1, 1000000},
    {"open.remarks", "10", "Times that whoever reported something may add to it while it is open", 1, 1000},
};

static const Chore chores[] = {{"open.pictures", 360, city_photos_chore}};

static const Action actions[] = {{"opening.fields", action_opening_fields}, {"opening.list", action_opening_list},
                                 {"opening.gate", action_opening_gate},     {"entry.closed", action_entry_closed},
                                 {"opening.used", action_opening_used},     {"partner.open311", open311_told},
                                 {"entry.loaded", action_entry_loaded}};

const Module portal_module = {
    .name = "portal",
    .routes = routes,
    .route_count = sizeof routes / sizeof *routes,
    .migrations = portal_migrations,
    .migration_count = PORTAL_MIGRATIONS,
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .chores = chores,
    .chore_count = sizeof chores / sizeof *chores,
    .start = keeper_start,
    .stop = keeper_stop,
};
