/* routes: the room's table of routes. (GET /events is the live stream; the city's events are under /city-events.) */
#include "event/internal.h"
#include "place/place.h"

#define API "/api/v1"
#define LIMIT                                                                                                                    \
	{ "limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out" }
#define AFTER                                                                                                                    \
	{ "after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before" }
#define CODE_PATH                                                                                                                \
	{ "code", IN_PATH, TYPE_TEXT, true, .min = 3, .max = 7, .doc = "class" }

static const InputField none_in[] = {{0}};
static const InputField event_get_in[] = {
    ID_PATH("event: the id of its case"),
    {"duties", IN_QUERY, TYPE_BOOL, .doc = "false: without the unit's own lines, the same for all its events"},
    {0}};
static const InputField photo_in[] = {{"name", IN_QUERY, TYPE_TEXT, .max = 255, .doc = "file name, for people"}, {0}};
static const InputField photo_id_in[] = {ID_PATH("picture"), {0}};
static const InputField report_in[] = {
    {"class_code", IN_BODY, TYPE_TEXT, true, .min = 3, .max = 7, .doc = "a small class of GET /event-classes"},
    {"lon", IN_BODY, TYPE_DOUBLE, .doc = "longitude, degrees (or easting of crs)"},
    {"lat", IN_BODY, TYPE_DOUBLE, .doc = "latitude, degrees (or northing of crs)"},
    {"crs", IN_BODY, TYPE_TEXT, .max = 20, .doc = "CGCS2000 when left out; WGS84, GCJ02, BD09, EPSG:n"},
    {"address", IN_BODY, TYPE_TEXT, .max = 200, .doc = "where, in words"},
    {"description", IN_BODY, TYPE_TEXT, .max = EVENT_TEXT_MAX, .doc = "what was seen"},
    {"component", IN_BODY, TYPE_TEXT, .max = 60, .doc = "code of the component (部件标识码)"},
    {"grade", IN_BODY, TYPE_ENUM, .choices = "general|large|major", .doc = "the class's when left out"},
    {"happened_at", IN_BODY, TYPE_TIME, .doc = "when it was seen; now when left out"},
    {"reporter_name", IN_BODY, TYPE_TEXT, .max = 60, .doc = "of a citizen, sealed (L3)"},
    {"reporter_phone", IN_BODY, TYPE_TEXT, .max = 40, .doc = "the same"},
    {"confidential", IN_BODY, TYPE_BOOL, .doc = "handlers never learn of the reporter"},
    {"photos", IN_BODY, TYPE_JSON, .max = 1024, .doc = "ids of POST /event-photos, at most 9"},
    {"channel", IN_BODY, TYPE_ENUM, .choices = "officer|hotline|public",
     .doc = "officer when left out; others by operators and dispatchers"},
    {"outside_number", IN_BODY, TYPE_TEXT, .max = 100,
     .doc = "the draft's own id: the same one again answers with the event it became"},
    {0}};
static const InputField batch_in[] = {{"items", IN_BODY, TYPE_JSON, true, .max = 1 << 20,
                                       .doc = "1 to 500 of {outside_number, class_code, lon, lat, crs, address, description, "
                                              "component, grade, happened_at, reporter_name, "
                                              "reporter_phone, confidential}"},
                                      {0}};
static const InputField list_in[] = {
    {"state", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "state of process city_event"},
    {"class", IN_QUERY, TYPE_TEXT, .max = 7, .doc = "small or big class, or B (components), S (events)"},
    {"channel", IN_QUERY, TYPE_TEXT, .max = 20, .doc = "officer, public, hotline, open311, system, alarm, file, split"},
    {"area", IN_QUERY, TYPE_ID, .min = 1, .doc = "area_key of any level, with all under it"},
    {"unit", IN_QUERY, TYPE_ID, .min = 1, .doc = "organisation that handles it"},
    {"from", IN_QUERY, TYPE_TIME, .doc = "reported at or after"},
    {"until", IN_QUERY, TYPE_TIME, .doc = "reported before"},
    {"light", IN_QUERY, TYPE_ENUM, .choices = "green|amber|red|paused|none", .doc = "how late it is"},
    {"q", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "part of number or title"},
    {"mine", IN_QUERY, TYPE_BOOL, .doc = "true: only what the caller reported"},
    AFTER,
    LIMIT,
    {0}};
static const InputField map_in[] = {
    {"bbox", IN_QUERY, TYPE_TEXT, true, .max = 120, .doc = "west,south,east,north in degrees"},
    {"zoom", IN_QUERY, TYPE_INT, true, .min = 0, .max = TILE_ZOOM_MAX,
     .doc = "of the map: tiles of 256 pixels; clusters are 64 pixels wide"},
    {"state", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "state of process city_event"},
    {"stage", IN_QUERY, TYPE_ENUM, .choices = "running|ended", .doc = "both when left out"},
    {"class", IN_QUERY, TYPE_TEXT, .max = 7, .doc = "small or big class, or B (components), S (events)"},
    {"light", IN_QUERY, TYPE_ENUM, .choices = "green|amber|red|paused|none", .doc = "how late it is"},
    {"from", IN_QUERY, TYPE_TIME, .doc = "reported at or after"},
    {"until", IN_QUERY, TYPE_TIME, .doc = "reported before"},
    {0}};
static const InputField months_in[] = {{"stage", IN_QUERY, TYPE_ENUM, .choices = "running|ended", .doc = "both when left out"},
                                       {0}};
#define QUEUE_FILTERS                                                                                                            \
	{"scope", IN_QUERY, TYPE_ENUM, .choices = "mine|open",                                                                   \
	 .doc = "mine (when left out): what waits for the caller; open: all that runs at the caller's centre"},                  \
	    {"class", IN_QUERY, TYPE_TEXT, .max = 7, .doc = "small or big class, or B (components), S (events)"},                \
	    {"area", IN_QUERY, TYPE_ID, .min = 1, .doc = "area_key of any level"}, {                                             \
		"q", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "part of number or title"                                           \
	}
static const InputField queue_in[] = {
    QUEUE_FILTERS,
    {"state", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "state of process city_event"},
    {"light", IN_QUERY, TYPE_ENUM, .choices = "green|amber|red|paused", .doc = "how late it is"},
    {"after", IN_QUERY, TYPE_TEXT, .max = 60, .doc = "`next` of the page before"},
    LIMIT,
    {0}};
static const InputField queue_counts_in[] = {QUEUE_FILTERS, {0}};
static const InputField number_in[] = {
    {"outside_number", IN_QUERY, TYPE_TEXT, true, .min = 1, .max = 100, .doc = "the caller's own number"}, {0}};
static const InputField like_in[] = {{"class_code", IN_QUERY, TYPE_TEXT, true, .min = 3, .max = 7, .doc = "class"},
                                     {"lon", IN_QUERY, TYPE_DOUBLE, true, .doc = "CGCS2000 degrees"},
                                     {"lat", IN_QUERY, TYPE_DOUBLE, true, .doc = "CGCS2000 degrees"},
                                     {0}};
static const InputField apart_in[] = {
    ID_PATH("event"), {"other", IN_BODY, TYPE_ID, true, .min = 1, .doc = "the one that it was linked to"}, {0}};
static const InputField reason_in[] = {
    ID_PATH("event"),
    {"reason", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 200, .doc = "why the name is needed; kept in evidence"},
    {0}};
static const InputField class_in[] = {
    CODE_PATH, {"version", IN_QUERY, TYPE_INT, .min = 0, .max = 1 << 20, .doc = "the newest when left out"}, {0}};
static const InputField class_put_in[] = {
    CODE_PATH,
    {"version", IN_BODY, TYPE_INT, true, .min = 0, .max = 1 << 20, .doc = "version that was seen; 0: a new class"},
    {"document", IN_BODY, TYPE_JSON, true, .max = 65536,
     .doc = "the class's own document, as GET gives it and packs do: what is left out or null a small class takes over from its "
            "big one"},
    {0}};
static const InputField class_code_in[] = {CODE_PATH, {0}};
static const InputField duty_list_in[] = {{"class", IN_QUERY, TYPE_TEXT, .max = 7, .doc = "only lines of exactly this class"},
                                          {"area", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "only lines of exactly this area code"},
                                          {"org", IN_QUERY, TYPE_ID, .min = 1, .doc = "only of this unit"},
                                          AFTER,
                                          LIMIT,
                                          {0}};
#define DUTY_FIELDS                                                                                                              \
	{"class_code", IN_BODY, TYPE_TEXT, .max = 7, .doc = "small or big class; empty: all"},                                   \
	    {"area_code", IN_BODY, TYPE_TEXT, .max = 40, .doc = "area of any level; empty: everywhere"},                         \
	    {"org_id", IN_BODY, TYPE_ID, true, .min = 1, .doc = "unit that handles it"},                                         \
	    {"basis", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 300, .doc = "what says so: 三定方案, rule and clause"},         \
	    {"from_day", IN_BODY, TYPE_TEXT, .max = 10, .doc = "2026-01-31; from now on when empty"}, {                          \
		"until_day", IN_BODY, TYPE_TEXT, .max = 10, .doc = "first day no longer in force; open when empty"               \
	}
static const InputField duty_in[] = {DUTY_FIELDS, {0}};
static const InputField duty_put_in[] = {
    ID_PATH("line"),
    {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "version that was seen"},
    DUTY_FIELDS,
    {0}};
static const InputField duty_delete_in[] = {
    ID_PATH("line"), {"version", IN_QUERY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "version that was seen"}, {0}};
static const InputField source_in[] = {ID_PATH("service account"),
                                       {"channel", IN_BODY, TYPE_ENUM, true, .choices = "system|alarm|open311|hotline",
                                        .doc = "as what its reports count; hotline: it brings calls of 12345 in"},
                                       {"note", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 200, .doc = "which system, why"},
                                       {"active", IN_BODY, TYPE_BOOL, true, .doc = "false: nothing more is taken from it"},
                                       {0}};

#define STAT_FIELDS                                                                                                              \
	{"period", IN_QUERY, TYPE_ENUM, .choices = "day|week|month|quarter|year", .doc = "month when left out"},                 \
	    {"at", IN_QUERY, TYPE_TEXT, .max = 10, .doc = "a day within the period, 2026-01-31; today when left out"},           \
	    {"from", IN_QUERY, TYPE_TIME, .doc = "with until, in place of period"},                                              \
	    {"until", IN_QUERY, TYPE_TIME, .doc = "its end, not in it"},                                                         \
	    {"by", IN_QUERY, TYPE_ENUM, .choices = "all|unit|town|village|grid|class",                                           \
	     .doc = "a line for each; all when left out"},                                                                       \
	    {"key", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "only this line, by its key"},                                        \
	    {"area", IN_QUERY, TYPE_ID, .min = 1, .doc = "area_key of any level"}, {                                             \
		"class", IN_QUERY, TYPE_TEXT, .max = 7, .doc = "small or big class, or B (components), S (events)"               \
	}
#define STAT_FIGURE                                                                                                              \
	{ "figure", IN_QUERY, TYPE_TEXT, true, .max = 40, .doc = "name of a figure of GET /event-stats" }
static const InputField stats_in[] = {STAT_FIELDS, {0}};
static const InputField stats_trend_in[] = {STAT_FIGURE, STAT_FIELDS, {0}};
static const InputField stats_cases_in[] = {STAT_FIGURE, STAT_FIELDS, AFTER, LIMIT, {0}};

#define LIMITS_TS "Record<string,Record<string,number>>"
#define CLASS_TS                                                                                                                 \
	"code:string,version:number,title:string,title_en:string,pinyin:string,parent:string,kind:\"component\"|\"event\"|"      \
	"\"check\",grade:"                                                                                                       \
	"string,"                                                                                                                \
	"needs:string[],metres:number,hours:number,retired:boolean,limits:" LIMITS_TS                                            \
	"|null,inherits:string[],conditions:{no:number,text:string,"                                                             \
	"text_en:string,closing:string,closing_en:string,limits:" LIMITS_TS "|null}[]"
#define PHOTO_TS                                                                                                                 \
	"photo_id:string,name:string,type:string,size:number,stage:string,taken_at:string|null,stripped:boolean,bad_place:"      \
	"boolean,"                                                                                                               \
	"place:[number,number]|null"
#define LIKE_TS                                                                                                                  \
	"case_id:string,number:string,title:string,state:string,open:boolean,class_code:string,lon:number|null,lat:number|null," \
	"reported_at:string,score:number,metres:number,link:string,state_title:string,state_title_en:string,photos:{" PHOTO_TS   \
	"}[]"
#define DUTY_TS "duty_id:string,org_id:string,org_name:string,class_code:string,area_code:string,basis:string"
static const OutputField photo_out[] = {{"photo_id", "string", "name it in a report within some days"},
                                        {"name", "string", "its name"},
                                        {"type", "string", "what it is, by its bytes"},
                                        {"size", "number", "bytes, without metadata"},
                                        {"stage", "string", "empty until it is used"},
                                        {"taken_at", "string|null", "what the camera wrote"},
                                        {"stripped", "boolean", "no metadata inside any more; false: an old HEIC kept so"},
                                        {"bad_place", "boolean", "a place was written that cannot be"},
                                        {"place", "[number,number]|null", "lon, lat the camera wrote: a proposal"},
                                        {0}};
static const OutputField event_out[] = {
    {"case_id", "string", "event: the id of its case"},
    {"number", "string", "number for people, SJ-2026-000123"},
    {"title", "string", "class and address"},
    {"state", "string", "state of its case"},
    {"outcome", "string", "closed, refused, merged, cancelled; empty while open"},
    {"light", "\"green\"|\"amber\"|\"red\"|\"paused\"|\"none\"", "how late it is"},
    {"due_at", "string|null", "when the present step must be done"},
    {"version", "number", "of the case: send it with an action"},
    {"class_code", "string", "class"},
    {"class_version", "number", "version of the class it is under"},
    {"condition_no", "number", "condition it was filed under, 0 not yet"},
    {"kind", "\"component\"|\"event\"", "部件 or 事件"},
    {"grade", "\"general\"|\"large\"|\"major\"", "grade"},
    {"lon", "number|null", "CGCS2000"},
    {"lat", "number|null", "CGCS2000"},
    {"located", "\"point\"|\"address\"|\"none\"", "where the place is from"},
    {"area_text", "string", "names of its areas"},
    {"address", "string", "where, in words"},
    {"description", "string", "what was seen"},
    {"component", "string", "code of the component"},
    {"channel", "string", "by what it came in"},
    {"outside_number", "string", "the sender's number"},
    {"outside_due_at", "string | null", "when the sender wants it done"},
    {"happened_at", "string", "when it was seen"},
    {"reported_at", "string", "when it came in"},
    {"merged_into", "string|null", "the event that goes on in its place"},
    {"merged_number", "string|null", "its number; after another merge of the one that goes on then"},
    {"parent_id", "string|null", "the event it is a part of"},
    {"stars", "number", "rating, 0 none"},
    {"returns", "number", "times returned"},
    {"reworks", "number", "times done anew"},
    {"level", "number", "levels above its own centre"},
    {"is_bureau", "boolean", "the caller dispatches it"},
    {"is_supplier", "boolean", "the caller handles it"},
    {"class", "{" CLASS_TS "}", "the class, that version"},
    {"reporter", "{name:string,phone:string,confidential:boolean}|null", "masked; null: nobody the caller may know of"},
    {"photos", "{" PHOTO_TS "}[]", "in the order they came"},
    {"duplicates", "{" LIKE_TS "}[]", "linked: shown (may be the same), merged, apart"},
    {"proposal", "{" DUTY_TS ",class_title:string,class_title_en:string}[]",
     "units by the list of duties, best first, with the line"},
    {"duties", "{" DUTY_TS ",class_title:string,class_title_en:string}[]",
     "for the unit that handles it: its own lines, which a return may cite as those of proposal"},
    {"part", "{number:string,words:string}|null", "of a part: the number of what it is part of, and what the unit is to do"},
    {"parts",
     "{case_id:string,number:string,title:string,state:string,state_title:string,state_title_en:string,closed_at:string|null,"
     "supplier_org_name:string|null,words:string}[]",
     "parts with other units; words: what each is to do"},
    {0}};
#define ROWS_TS                                                                                                                  \
	"{case_id:string,number:string,title:string,state:string,state_title:string,state_title_en:string,"                      \
	"outcome:string,turn:string,light:\"green\"|\"amber\"|\"red\"|\"paused\"|\"none\","                                      \
	"pressed:\"\"|\"urge\"|\"supervise\"|\"circular\",due_at:string|null,paused_at:string|null,"                             \
	"closed_at:string|null,version:number,returns:number,reworks:number,level:number,"                                       \
	"supplier_org_name:string|null,class_code:string,kind:string,grade:string,lon:number|null,"                              \
	"lat:number|null,address:string,area_text:string,channel:string,reported_at:string,"                                     \
	"merged_into:string|null,merged_number:string|null,parent_id:string|null,raised_to:string|null}[]"
static const OutputField list_out[] = {
    {"items", ROWS_TS, "newest first; of the queue least time left first"}, {"next", "string|null", "cursor"}, {0}};
static const OutputField map_out[] = {
    {"items", ROWS_TS, "newest first: all where there are at most 500, else the newest 50"},
    {"clusters", "{lon:number,lat:number,count:number,light:string}[]",
     "of more than 500: each counts one cell of the screen, with the light of the most pressing one"},
    {"total", "number", "events in box"},
    {"box", "number[]", "what they lie in: with clusters, bbox widened to whole cells"},
    {0}};
static const OutputField months_out[] = {
    {"items", "{month:string,count:number}[]", "placed events by the month of their report"}, ONE_PAGE, {0}};
static const OutputField queue_counts_out[] = {
    {"total", "number", "events; at most 2,000 of each turn are counted"},
    {"red", "number", "overdue"},
    {"amber", "number", "soon due"},
    {"green", "number", "in time"},
    {"paused", "number", "with a clock that stands"},
    {"states", "{state:string,state_title:string,state_title_en:string,count:number}[]", "by state"},
    {0}};
static const OutputField batch_out[] = {{"items",
                                         "{outside_number:string,result:\"taken\"|\"repeated\"|\"refused\",case_id?:string,"
                                         "number?:string,field?:string,value?:string,rule?:string,message?:string,"
                                         "advice?:string}[]",
                                         "in the order sent"},
                                        {"taken", "number", "new events"},
                                        {0}};
static const OutputField number_out[] = {{"case_id", "string", "event"},
                                         {"number", "string", "its number"},
                                         {"state", "string", "state"},
                                         {"outcome", "string", "empty while open"},
                                         {"class_code", "string", "class it is under now"},
                                         {"reported_at", "string", "time"},
                                         {"due_at", "string|null", "of the present step"},
                                         {"closed_at", "string|null", "time"},
                                         {"merged_into", "string", "event that goes on, \"0\" none"},
                                         {0}};
static const OutputField like_out[] = {{"items", "{" LIKE_TS "}[]", "best first"}, ONE_PAGE, {0}};
static const OutputField reporter_out[] = {{"name", "string", "in clear"},
                                           {"phone", "string", "in clear"},
                                           {"words", "string", "of a confidential report, as said; empty: as shown"},
                                           {0}};
static const OutputField classes_out[] = {{"items", "{" CLASS_TS "}[]", "by code"}, ONE_PAGE, {0}};
static const OutputField class_out[] = {
    {"code", "string", "B (部件) or S (事件), 2 digits, and 2 to 4 more of a small class"},
    {"version", "number", "version"},
    {"title", "string", "name"},
    {"title_en", "string", "English name"},
    {"pinyin", "string", "initials and syllables of the name, to find it by"},
    {"parent", "string", "big class; empty: it is one"},
    {"kind", "\"component\"|\"event\"", "部件 or 事件"},
    {"grade", "string", "when a report says none"},
    {"needs", "string[]", "what a report must bring"},
    {"metres", "number", "distance within which it may be the same"},
    {"hours", "number", "time within which it may be the same"},
    {"retired", "boolean", "nothing new is reported under it"},
    {"limits", LIMITS_TS "|null", "by stage, with those of the big class"},
    {"inherits", "string[]", "what a small class takes over from its big one: grade, needs, metres, hours, limits.STAGE"},
    {"conditions", "{no:number,text:string,text_en:string,closing:string,closing_en:string,limits:" LIMITS_TS "|null}[]",
     "of filing and closing"},
    {"document",
     "{code:string,title:string,title_en:string,parent?:string,grade?:string|null,needs?:string[]|null,metres?:number|null,hours?"
     ":number|null,retired?:boolean,limits?:" LIMITS_TS
     "|null,conditions?:{no?:number,text:string,text_en?:string,closing:string,closing_en?:string,limits?:" LIMITS_TS "|null}[]}",
     "what the class says itself: what PUT takes"},
    {"last_no", "number", "highest number of a condition in any version: a new condition gets a higher one"},
    {0}};
static const OutputField class_put_out[] = {{"code", "string", "class"}, {"version", "number", "version made"}, {0}};
static const OutputField job_out[] = {{"job_id", "string", "job"}, {0}};
static const OutputField duties_out[] = {
    {"items", "{" DUTY_TS ",from_day:string|null,until_day:string|null,updated_at:string,updated_by:string,version:number}[]",
     "newest first"},
    {"next", "string|null", "cursor"},
    {0}};
static const OutputField duty_out[] = {{"duty_id", "string", "line"}, {"version", "number", "version"}, {0}};
static const OutputField sources_out[] = {
    {"items", "{account_id:string,login:string,name:string,channel:string,note:string,active:boolean,version:number}[]",
     "service accounts"},
    ONE_PAGE,
    {0}};

#define STAT_TS "key:string,name:string,name_en:string,values:Record<string,number|null>,score:number|null"
static const OutputField stats_out[] = {
    {"from", "string", "beginning of the period"},
    {"until", "string", "its end, not in it"},
    {"formula", "string", "of the score, see setting event.score; empty: none"},
    {"formula_version", "number", "version of that setting, 0 the default"},
    {"figures", "{name:string,title:string,title_en:string,doc:string,doc_en:string,rate:boolean}[]", "what each value is"},
    {"total", "{" STAT_TS "}", "of all lines"},
    {"items", "{" STAT_TS "}[]", "a line for each unit, area or class; key \"0\": of none; a rate of nothing is null"},
    ONE_PAGE,
    {0}};
static const OutputField stats_trend_out[] = {
    {"items", "{from:string,until:string,value:number|null}[]", "oldest first, the period asked for last"}, ONE_PAGE, {0}};
static const OutputField stats_cases_out[] = {
    {"items",
     "{case_id:string,number:string,title:string,class_code:string,state:string,state_title:string,state_title_en:string,"
     "outcome:string,reported_at:string,closed_at:string|null,times:number,open_to_you:boolean}[]",
     "newest first; times: how often it is counted"},
    {"next", "string|null", "cursor"},
    {0}};
static const OutputField officers_out[] = {
    {"items", "{account_id:string,name:string,org_name:string|null}[]", "by organisation and name"}, ONE_PAGE, {0}};

static int officers_get(Request *rq) {
	static const Member members[] = {{"account_id", MEMBER_ID}, {"name", MEMBER_TEXT}, {"org_name", MEMBER_TEXT}, {0}};
	return answer_list(rq, members,
	                   "SELECT a.account_id, a.name, o.name FROM account a LEFT JOIN org o ON o.org_id = a.org_id WHERE "
	                   "a.state = 'active' AND"
	                   " (a.roles & $1) <> 0 ORDER BY a.org_id, a.name, a.account_id LIMIT 1000",
	                   BIND(val_int(INT64_C(1) << ROLE_GRID_OFFICER)));
}

const Route event_routes[EVENT_ROUTES] = {
    {"POST", API "/event-photos", PERMIT_LOGIN, LANE_READ, photo_post, "event.photo",
     "Keeps a picture (JPEG, PNG, WebP, HEIC; at most 40 MB) without its metadata, and says what that told of place and time.",
     photo_in, photo_out, EVENT_PHOTO_MAX, ROUTE_SPOOL | ROUTE_NO_EVIDENCE},
    {"GET", API "/event-photos/{id}", PERMIT_LOGIN, LANE_READ, photo_get, "event.photo_get",
     "A picture of an event the caller may see.", photo_id_in, NULL, 0, ROUTE_STREAM},
    {"POST", API "/city-events", PERMIT_EVENT_REPORT, LANE_WRITE, events_post, "event.report",
     "Reports an event; the same outside_number again answers with what it became.", report_in, event_out},
    {"POST", API "/city-events/batch", PERMIT_EVENT_REPORT, LANE_READ, events_batch, "event.batch",
     "Reports events of another system or alarms; each is taken, repeated or refused by itself.", batch_in, batch_out, 1 << 20},
    {"GET", API "/city-events", PERMIT_LOGIN, LANE_READ, city_events_get, "event.list",
     "Events: of one's centre, unit, or one's own, as the permissions say.", list_in, list_out},
    {"GET", API "/city-events/map", PERMIT_LOGIN, LANE_READ, event_map_get, "event.map",
     "Events in a window of the map: points, or clusters where there are many, and the list beside them.", map_in, map_out},
    {"GET", API "/city-events/months", PERMIT_LOGIN, LANE_READ, event_months_get, "event.months",
     "How many events were reported each month, for the map's time slider.", months_in, months_out, 0, ROUTE_NO_EVIDENCE},
    {"GET", API "/city-events/queue", PERMIT_LOGIN, LANE_READ, queue_get, "event.queue",
     "What waits for the caller, or all that runs at the caller's centre, least time left first.", queue_in, list_out},
    {"GET", API "/city-events/queue/counts", PERMIT_LOGIN, LANE_READ, queue_counts_get, "event.queue_counts",
     "How much of it there is, by light and state.", queue_counts_in, queue_counts_out, 0, ROUTE_NO_EVIDENCE},
    {"GET", API "/city-events/by-number", PERMIT_EVENT_REPORT, LANE_READ, event_by_number_get, "event.by_number",
     "What became of the caller's own number.", number_in, number_out},
    {"GET", API "/city-events/alike", PERMIT_EVENT_REPORT, LANE_READ, duplicates_get, "event.alike",
     "Reports near in place and time that may be of the same thing.", like_in, like_out},
    {"GET", API "/city-events/{id}", PERMIT_LOGIN, LANE_READ, event_get, "event.get",
     "One event; its history, clock and actions are those of GET /cases/{id}.", event_get_in, event_out},
    {"POST", API "/city-events/{id}/apart", PERMIT_EVENT_DISPATCH, LANE_WRITE, duplicate_apart, "event.apart",
     "Says that two linked events are not the same.", apart_in, NULL},
    {"POST", API "/city-events/{id}/reporter", PERMIT_LOGIN, LANE_READ, reporter_post, "event.reporter",
     "Who reported, in clear, for whoever must call back.", reason_in, reporter_out, 0, ROUTE_PERSONAL},
    {"GET", API "/event-classes", PERMIT_LOGIN, LANE_READ, classes_get, "event.classes", "Classes of events, newest versions.",
     none_in, classes_out, 0, ROUTE_NO_EVIDENCE},
    {"GET", API "/event-classes/{code}", PERMIT_LOGIN, LANE_READ, class_get, "event.class", "One class, any version.", class_in,
     class_out, 0, ROUTE_NO_EVIDENCE},
    {"PUT", API "/event-classes/{code}", PERMIT_EVENT_SUPERVISE, LANE_WRITE, class_put_route, "event.class_put",
     "A new version of a class, or a new class; running events keep theirs.", class_put_in, class_put_out},
    {"POST", API "/event-classes/{code}/recompute", PERMIT_EVENT_SUPERVISE, LANE_WRITE, limits_post, "event.class_recompute",
     "Open events of the class take over its newest limits, by a job; their clocks are worked out anew.", class_code_in, job_out},
    {"GET", API "/event-duties", PERMIT_LOGIN, LANE_READ, event_duties_get, "event.duties",
     "The list of duties: who handles what where.", duty_list_in, duties_out, 0, ROUTE_NO_EVIDENCE},
    {"POST", API "/event-duties", PERMIT_EVENT_SUPERVISE, LANE_WRITE, duty_post, "event.duty_add",
     "A line of the list of duties.", duty_in, duty_out},
    {"PUT", API "/event-duties/{id}", PERMIT_EVENT_SUPERVISE, LANE_WRITE, duty_put, "event.duty_change", "Changes a line.",
     duty_put_in, duty_out},
    {"DELETE", API "/event-duties/{id}", PERMIT_EVENT_SUPERVISE, LANE_WRITE, duty_delete, "event.duty_remove", "Removes a line.",
     duty_delete_in, NULL},
    {"GET", API "/event-sources", PERMIT_EVENT_SUPERVISE, LANE_READ, sources_get, "event.sources", "Systems that may report.",
     none_in, sources_out},
    {"PUT", API "/event-sources/{id}", PERMIT_EVENT_SUPERVISE, LANE_WRITE, source_put, "event.source_put",
     "Names a service account as a source of events, or stops it.", source_in, NULL},
    {"GET", API "/event-officers", PERMIT_EVENT_DISPATCH, LANE_READ, officers_get, "event.officers",
     "Grid officers who may be sent to verify.", none_in, officers_out, 0, ROUTE_NO_EVIDENCE},
    {"GET", API "/event-stats", PERMIT_LOGIN, LANE_READ, stats_get, "event.stats",
     "Figures of a period by unit, area or class, with scores of units.", stats_in, stats_out},
    {"GET", API "/event-stats/trend", PERMIT_LOGIN, LANE_READ, stats_trend_get, "event.stats_trend",
     "One figure over the last twelve periods of that kind.", stats_trend_in, stats_trend_out},
    {"GET", API "/event-stats/cases", PERMIT_LOGIN, LANE_READ, stats_cases_get, "event.stats_cases",
     "The cases behind a figure that is no rate.", stats_cases_in, stats_cases_out},
    {"GET", API "/event-stats/workbook", PERMIT_LOGIN, LANE_READ, stats_book_get, "event.stats_workbook",
     "The figures as an XLSX workbook, with what each is.", stats_in, NULL, 0, ROUTE_STREAM},
};
