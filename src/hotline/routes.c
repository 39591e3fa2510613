/* routes: the room's table of routes. */
#include "hotline/internal.h"

#define API "/api/v1"
#define CALL_TS                                                                                                                  \
	"call_id:string,channel:string,type:string,words:string,confidential:boolean,state:string,ending:string,operator:"       \
	"string|"                                                                                                                \
	"null,case_id:string|null,case_number:string|null,case_state:string|null,received_at:string,ended_at:string|null,"       \
	"version:number,caller_name:string|null,caller_number:string|null"

static const InputField id_in[] = {ID_PATH("call"), {0}};
static const InputField call_in[] = {
    {"channel", IN_BODY, TYPE_ENUM, true, .choices = "phone|web|mail|message", .doc = "how it came"},
    {"type", IN_BODY, TYPE_ENUM, true, .choices = "consult|suggest|help|complain|report", .doc = "咨询 建议 求助 投诉 举报"},
    {"words", IN_BODY, TYPE_TEXT, true, .min = 1, .max = 2000, .doc = "what is asked or told"},
    {"caller_number", IN_BODY, TYPE_TEXT, .max = 40, .doc = "3 to 20 digits, sealed"},
    {"caller_name", IN_BODY, TYPE_TEXT, .max = 60, .doc = "sealed"},
    {"confidential", IN_BODY, TYPE_BOOL, .doc = "handlers never learn of the caller"},
    {"received_at", IN_BODY, TYPE_TIME, .doc = "now when left out; not in the future"},
    {0}};
static const InputField list_in[] = {
    {"state", IN_QUERY, TYPE_ENUM, .choices = "waiting|event|answered|transferred", .doc = "all when left out"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
    {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
    {0}};
static const InputField number_in[] = {{"number", IN_BODY, TYPE_TEXT, true, .min = 3, .max = 40, .doc = "of the caller"}, {0}};
static const InputField event_in[] = {
    ID_PATH("call"),
    {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "of the call as read"},
    {"class_code", IN_BODY, TYPE_TEXT, true, .min = 3, .max = 7, .doc = "a small class of GET /event-classes"},
    {"lon", IN_BODY, TYPE_DOUBLE, .doc = "longitude, CGCS2000 degrees"},
    {"lat", IN_BODY, TYPE_DOUBLE, .doc = "latitude, CGCS2000 degrees"},
    {"address", IN_BODY, TYPE_TEXT, .max = 200, .doc = "where, in words"},
    {0}};
static const InputField end_in[] = {
    ID_PATH("call"),
    {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "of the call as read"},
    {"outcome", IN_BODY, TYPE_ENUM, true, .choices = "answered|transferred", .doc = "answered at once, or put through"},
    {"words", IN_BODY, TYPE_TEXT, true, .min = 1, .max = 2000, .doc = "the answer, or to whom it was put through"},
    {0}};
static const OutputField call_out[] = {{"call_id", "string", "call"}, {"version", "number", "version"}, {0}};
static const OutputField event_out[] = {{"call_id", "string", "call"},
                                        {"version", "number", "version"},
                                        {"case_id", "string", "event"},
                                        {"number", "string", "its number"},
                                        {0}};
static const OutputField list_out[] = {{"items", "{" CALL_TS "}[]", "newest first"}, {"next", "string|null", "cursor"}, {0}};
static const OutputField one_out[] = {{"items", "{" CALL_TS "}[]", "the call"}, {"next", "string|null", "null"}, {0}};

const Route hotline_routes[HOTLINE_ROUTES] = {
    {"POST", API "/hotline/calls", PERMIT_HOTLINE, LANE_WRITE, calls_post, "hotline.call",
     "Puts a call, mail or message into the one queue.", call_in, call_out},
    {"GET", API "/hotline/calls", PERMIT_HOTLINE, LANE_READ, calls_get, "hotline.calls",
     "Calls of all channels, callers masked; of confidential ones shown only to who took the call and to operators who are "
     "supervisors too.",
     list_in, list_out},
    {"GET", API "/hotline/calls/{id}", PERMIT_HOTLINE, LANE_READ, call_get, "hotline.call_get",
     "One call with its caller in clear.", id_in, one_out},
    {"POST", API "/hotline/calls/by-number", PERMIT_HOTLINE, LANE_READ, calls_by_number, "hotline.by_number",
     "A caller's earlier calls and what became of them, at most 200.", number_in, list_out, 0, ROUTE_PERSONAL},
    {"POST", API "/hotline/calls/{id}/event", PERMIT_HOTLINE, LANE_WRITE, call_event_post, "hotline.call_event",
     "A waiting call becomes an event of the city.", event_in, event_out},
    {"POST", API "/hotline/calls/{id}/end", PERMIT_HOTLINE, LANE_WRITE, call_end_post, "hotline.call_end",
     "A waiting call is answered at once or put through.", end_in, call_out},
};
