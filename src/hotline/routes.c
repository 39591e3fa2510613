/* routes: the room's table of routes. */
#include "hotline/internal.h"

#define API "/api/v1"
#define CALL_TS                                                                                                                  \
	"call_id:string,channel:string,type:string,words:string,confidential:boolean,state:string,ending:string,operator:"       \
	"string|"                                                                                                                \
	"null,case_id:string|null,case_number:string|null,case_state:string|null,received_at:string,ended_at:string|null,"       \
	"version:number,back_state:string,back_tries:number,stars:number,back_words:string,reference:string,mine:boolean,"       \
	"case_closed_at:string|null,paper_number:string,caller_name:string|null,caller_number:string|null"

static const InputField id_in[] = {ID_PATH("call"), {0}};
static const InputField call_in[] = {
    {"channel", IN_BODY, TYPE_ENUM, true, .choices = "phone|web|mail|message", .doc = "how it came"},
    {"type", IN_BODY, TYPE_ENUM, true, .choices = "consult|suggest|help|complain|report", .doc = "咨询 建议 求助 投诉 举报"},
    {"words", IN_BODY, TYPE_TEXT, true, .min = 1, .max = 2000, .doc = "what is asked or told"},
    {"caller_number", IN_BODY, TYPE_TEXT, .max = 40, .doc = "3 to 20 digits, sealed"},
    {"caller_name", IN_BODY, TYPE_TEXT, .max = 60, .doc = "sealed"},
    {"confidential", IN_BODY, TYPE_BOOL, .doc = "handlers never learn of the caller; when left out, calls of type report are"},
    {"reference", IN_BODY, TYPE_TEXT, .max = 100, .doc = "the switch's or sender's own number of it, each once"},
    {"paper_number", IN_BODY, TYPE_TEXT, .max = 20,
     .doc = "the number of the sheet it was written on during an outage, each once"},
    {"received_at", IN_BODY, TYPE_TIME, .doc = "now when left out; not in the future"},
    {0}};
static const InputField list_in[] = {
    {"state", IN_QUERY, TYPE_ENUM, .choices = "waiting|event|answered|transferred", .doc = "all when left out"},
    {"channel", IN_QUERY, TYPE_ENUM, .choices = "phone|web|mail|message", .doc = "all when left out"},
    {"mine", IN_QUERY, TYPE_BOOL, .doc = "only those one has taken"},
    {"oldest", IN_QUERY, TYPE_BOOL, .doc = "what waits, by the time it came in, the longest wait first; state is not looked at"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
    {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
    {0}};
static const InputField number_in[] = {{"number", IN_BODY, TYPE_TEXT, true, .min = 3, .max = 40, .doc = "of the caller"}, {0}};
static const InputField event_in[] = {
    ID_PATH("call"),
    {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "of the call as read"},
    {"case_id", IN_BODY, TYPE_ID, .min = 1, .doc = "an open event that this is the same as: no other is made"},
    {"class_code", IN_BODY, TYPE_TEXT, .min = 3, .max = 7, .doc = "else: a small class of GET /event-classes"},
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
static const InputField claim_in[] = {ID_PATH("call"), {"release", IN_BODY, TYPE_BOOL, .doc = "gives it back"}, {0}};
static const InputField back_in[] = {
    ID_PATH("call"),
    {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "of the call as read"},
    {"outcome", IN_BODY, TYPE_ENUM, true, .choices = "answered|unreachable|declined",
     .doc = "declined: the caller does not want to say"},
    {"stars", IN_BODY, TYPE_INT, .min = 1, .max = 5, .doc = "with answered: how content, 5 the most"},
    {"words", IN_BODY, TYPE_TEXT, .max = 1000, .doc = "what the caller said; needed to open it again"},
    {"reopen", IN_BODY, TYPE_BOOL, .doc = "with answered: the event is opened again"},
    {0}};
static const InputField cti_in[] = {
    {"reference", IN_BODY, TYPE_TEXT, true, .min = 1, .max = 100, .doc = "the switch's number of the call"},
    {"extension", IN_BODY, TYPE_TEXT, true, .min = 1, .max = 20, .doc = "of the agent"},
    {"state", IN_BODY, TYPE_ENUM, true, .choices = "ringing|answered|ended", .doc = "what comes late does not turn it back"},
    {"caller_number", IN_BODY, TYPE_TEXT, .max = 40, .doc = "3 to 20 digits, sealed; none when it is withheld"},
    {0}};
static const InputField extension_in[] = {
    {"extension", IN_BODY, TYPE_TEXT, true, .max = 20, .doc = "of the telephone one sits at; empty: none"}, {0}};
#define TYPES "consult|suggest|help|complain|report"
#define CONTENT_IN                                                                                                               \
	{"type", IN_BODY, TYPE_ENUM, .choices = TYPES, .doc = "of calls it is for; all when left out"},                          \
	    {"title", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 200, .doc = "the question as people ask it"},                   \
	    {"answer", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 8000, .doc = "what is answered, as it is said"},               \
	    {"keywords", IN_BODY, TYPE_TEXT, .max = 500, .doc = "other words to find it by"},                                    \
	    {"org_id", IN_BODY, TYPE_ID, .doc = "whose answer it is; the centre's when left out"},                               \
	    {"valid_until", IN_BODY, TYPE_TIME, .doc = "no end when left out"},                                                  \
	    {"submit", IN_BODY, TYPE_BOOL, .doc = "for review; else it stays a draft"},
static const InputField articles_in[] = {
    {"kind", IN_QUERY, TYPE_ENUM, true, .choices = "knowledge|template", .doc = "answers, or what operators say around them"},
    {"type", IN_QUERY, TYPE_ENUM, .choices = TYPES, .doc = "those for this type and for all"},
    {"show", IN_QUERY, TYPE_ENUM, .choices = "published|doubted|review|mine|retired", .doc = "published when left out"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
    {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
    {0}};
static const InputField search_in[] = {
    {"kind", IN_BODY, TYPE_ENUM, true, .choices = "knowledge|template", .doc = "see the list"},
    {"q", IN_BODY, TYPE_TEXT, true, .min = 1, .max = 200, .doc = "what is typed or said, also pinyin or its initials"},
    {"type", IN_BODY, TYPE_ENUM, .choices = TYPES, .doc = "those for this type and for all come first"},
    {0}};
static const InputField article_id_in[] = {ID_PATH("article"), {0}};
static const InputField article_in[] = {
    {"kind", IN_BODY, TYPE_ENUM, true, .choices = "knowledge|template", .doc = "see the list"}, CONTENT_IN{0}};
static const InputField article_put_in[] = {
    ID_PATH("article"), {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "as read"}, CONTENT_IN{0}};
static const InputField review_in[] = {
    ID_PATH("article"),
    {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "as read"},
    {"decision", IN_BODY, TYPE_ENUM, true, .choices = "publish|return", .doc = "by another person than who wrote it"},
    {"note", IN_BODY, TYPE_TEXT, .max = 1000, .doc = "needed to return it"},
    {0}};
static const InputField used_in[] = {
    ID_PATH("article"), {"doubt", IN_BODY, TYPE_TEXT, .max = 300, .doc = "what is wrong with it; else it was given"}, {0}};
static const InputField retire_in[] = {
    ID_PATH("article"), {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "as read"}, {0}};
#define ARTICLE_TS                                                                                                               \
	"article_id:string,kind:string,type:string,title:string,answer:string,keywords:string,org_id:string|null,org_name:"      \
	"string|null,valid_until:string|null,state:string,draft_state:string,draft:{type:string,title:string,answer:string,"     \
	"keywords:string,org_id:string,valid_until_us:number}|null,draft_by:string|null,review_note:string,used:number,doubts:"  \
	"number,doubt_words:string,edition:number,published_at:string|null,published_by:string|null,version:number"
static const OutputField articles_out[] = {
    {"items", "{" ARTICLE_TS "}[]", "best first, or newest first"}, {"next", "string|null", "cursor"}, {0}};
static const OutputField article_out[] = {
    {"article_id", "string", "article"},
    {"kind", "string", "knowledge or template"},
    {"type", "string", "of calls it is for, empty: all"},
    {"title", "string", "as published"},
    {"answer", "string", "as published"},
    {"keywords", "string", "as published"},
    {"org_id", "string|null", "whose answer"},
    {"org_name", "string|null", "whose answer"},
    {"valid_until", "string|null", "end"},
    {"state", "string", "draft, published, retired"},
    {"draft_state", "string", "empty, draft, review, returned"},
    {"draft", "{type:string,title:string,answer:string,keywords:string,org_id:string,valid_until_us:number}|null", "proposed"},
    {"draft_by", "string|null", "who wrote it"},
    {"review_note", "string", "why it came back"},
    {"used", "number", "times given"},
    {"doubts", "number", "times doubted since it was published"},
    {"doubt_words", "string", "the last doubts"},
    {"edition", "number", "times published"},
    {"published_at", "string|null", "time"},
    {"published_by", "string|null", "who"},
    {"version", "number", "version"},
    {"editions", "{edition:number,document:Record<string,unknown>,by:string|null,at:string}[]", "newest first"},
    {0}};
static const OutputField rings_out[] = {
    {"items", "{reference:string,caller_number:string,state:string,at:string}[]", "newest first"},
    {"next", "null", "one page"},
    {0}};
static const OutputField extension_out[] = {{"extension", "string", "empty: none"}, {0}};
static const OutputField call_out[] = {{"call_id", "string", "call"}, {"version", "number", "version"}, {0}};
static const OutputField event_out[] = {{"call_id", "string", "call"},
                                        {"version", "number", "version"},
                                        {"case_id", "string", "event"},
                                        {"number", "string", "its number"},
                                        {0}};
static const OutputField list_out[] = {{"items", "{" CALL_TS "}[]", "newest first"}, {"next", "string|null", "cursor"}, {0}};
static const OutputField counts_out[] = {{"waiting", "number", "calls and messages that wait"},
                                         {"free", "number", "of these nobody has taken"},
                                         {"oldest_at", "string|null", "when the one came in that waits longest"},
                                         {"back", "number", "callers who are to be called back now"},
                                         {0}};
static const OutputField one_out[] = {{"items", "{" CALL_TS "}[]", "the call"}, {"next", "string|null", "null"}, {0}};

#define DESK(way)                                                                                                                \
	{ "desk", way, TYPE_TEXT, true, .min = 1, .max = 20, .doc = "12345, centre, or another that is staffed" }
#define SPAN                                                                                                                     \
	{"from", IN_QUERY, TYPE_TIME, true, .doc = "begin"}, {                                                                   \
		"until", IN_QUERY, TYPE_TIME, true, .doc = "end"                                                                 \
	}
static const InputField shifts_in[] = {DESK(IN_QUERY), SPAN, {0}};
static const InputField now_in[] = {{"desk", IN_QUERY, TYPE_TEXT, .max = 20, .doc = "all when left out"}, {0}};
static const InputField shift_in[] = {
    DESK(IN_BODY),
    {"begin", IN_BODY, TYPE_TIME, true, .doc = "begin"},
    {"end", IN_BODY, TYPE_TIME, true, .doc = "end, at most seven days later"},
    {"people", IN_BODY, TYPE_JSON, true, .doc = "[{account_id, reach}] in the order in which they are called"},
    {0}};
static const InputField swap_in[] = {ID_PATH("one person of a shift"),
                                     {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "as read"},
                                     {"account_id", IN_BODY, TYPE_ID, .doc = "who sits there instead; taken off when left out"},
                                     {"reach", IN_BODY, TYPE_TEXT, .max = 100, .doc = "how to reach them"},
                                     {"reason", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 200, .doc = "why, for the evidence"},
                                     {0}};
static const InputField copy_in[] = {DESK(IN_BODY),
                                     {"from", IN_BODY, TYPE_TIME, true, .doc = "begin of the week that is copied"},
                                     {"weeks", IN_BODY, TYPE_INT, true, .min = 1, .max = 26, .doc = "onto how many that follow"},
                                     {0}};
static const InputField desk_in[] = {DESK(IN_QUERY), {0}};
#define PLAN(way)                                                                                                                \
	{"from", way, TYPE_TEXT, true, .min = 10, .max = 10, .doc = "first day, 2026-10-01"}, {                                  \
		"days", way, TYPE_INT, true, .min = 1, .max = 92, .doc = "how many"                                              \
	}
static const InputField rota_in[] = {
    DESK(IN_BODY),
    {"applies", IN_BODY, TYPE_ENUM, true, .choices = "workday|restday|holiday",
     .doc =
         "working days with those that make up for holidays (调休), days of rest, statutory holidays; one without a rota has the "
         "one before it"},
    {"begins", IN_BODY, TYPE_TEXT, true, .min = 10, .max = 10,
     .doc = "day on which the first team has the first turn, 2026-10-01"},
    {"turns", IN_BODY, TYPE_JSON, true, .max = 4096,
     .doc = "[{begin: 08:00, minutes}] of a day, at most 8; none: takes the rota away"},
    {"teams", IN_BODY, TYPE_JSON, true, .max = 32768,
     .doc = "[[{account_id, reach}]] that take turns in this order, at most 20; in a team the order in which they are called"},
    {"version", IN_BODY, TYPE_INT, true, .min = 0, .max = INT32_MAX, .doc = "as read, 0 for a new one"},
    {0}};
static const InputField plan_in[] = {DESK(IN_QUERY), PLAN(IN_QUERY), {0}};
static const InputField apply_in[] = {DESK(IN_BODY), PLAN(IN_BODY), {0}};
static const InputField handovers_in[] = {
    DESK(IN_QUERY),
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
    {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
    {0}};
static const InputField handover_in[] = {DESK(IN_BODY),
                                         {"to_account", IN_BODY, TYPE_ID, true, .min = 1, .doc = "who takes over"},
                                         {"words", IN_BODY, TYPE_TEXT, .max = 4000, .doc = "what the next one should know"},
                                         {0}};
static const InputField handover_id_in[] = {ID_PATH("sheet"), {0}};
static const InputField numbers_in[] = {
    DESK(IN_BODY), {"count", IN_BODY, TYPE_INT, true, .min = 1, .max = 500, .doc = "how many"}, {0}};
static const InputField block_in[] = {ID_PATH("block"), {0}};
static const InputField void_in[] = {
    ID_PATH("block"),
    {"number", IN_BODY, TYPE_TEXT, .max = 20, .doc = "only this one; all missing ones when left out"},
    {"reason", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 200, .doc = "lost, spoilt, not needed"},
    {0}};
#define SHIFT_TS                                                                                                                 \
	"{shift_id:string,desk:string,account_id:string,name:string,org_name:string|null,rank:number,reach:string,begin:string," \
	"end:string,version:number}[]"
#define FACTS_TS                                                                                                                 \
	"{open:number,late:number,soon:number,paused:number,mine:number,came:number,closed:number,calls_waiting:number,"         \
	"calls_taken:number,calls_back:number,late_cases:{case_id:string,number:string,title:string}[]}"
#define HANDOVER_TS                                                                                                              \
	"{handover_id:string,desk:string,from_name:string,to_account:string,to_name:string,since:string,written_at:string,"      \
	"facts:" FACTS_TS ",words:string,confirmed_at:string|null}[]"
static const OutputField shifts_out[] = {{"items", SHIFT_TS, "by begin and rank"}, ONE_PAGE, {0}};
static const OutputField gaps_out[] = {
    {"items", "{kind:\"gap\"|\"double\",from:string,until:string}[]", "nobody, or more than one, is first"}, ONE_PAGE, {0}};
static const OutputField rotas_out[] = {
    {"items",
     "{applies:\"workday\"|\"restday\"|\"holiday\",begins:string,version:number,turns:{begin:string,minutes:number}[],"
     "teams:{account_id:string,name:string,reach:string}[][]}[]",
     "workday, restday, holiday"},
    ONE_PAGE,
    {0}};
static const OutputField plan_out[] = {
    {"made", "number", "shifts made, one a person"},
    {"days",
     "{date:string,kind:\"workday\"|\"restday\"|\"holiday\",occasion:string,known:boolean,rota:\"\"|\"workday\"|\"restday\"|"
     "\"holiday\",kept:boolean,shifts:{begin:string,end:string,names:string[]}[]}[]",
     "known: the calendar of its year is published; rota: whose turns it has, empty: none; kept: it has shifts already, which "
     "stay"},
    {0}};
static const OutputField made_out[] = {{"made", "number", "shifts made; weeks that had any are left alone"}, {0}};
static const OutputField facts_out[] = {{"since", "string", "the last hand-over"}, {"facts", FACTS_TS, "as they stand now"}, {0}};
static const OutputField handovers_out[] = {{"items", HANDOVER_TS, "newest first"}, {"next", "string|null", "cursor"}, {0}};
static const OutputField block_out[] = {
    {"block_id", "string", "block"}, {"first", "string", "number"}, {"last", "string", "number"}, {0}};
static const OutputField blocks_out[] = {{"items",
                                          "{block_id:string,desk:string,first:string,last:string,issued_at:string,total:number,"
                                          "used:number,void:number,missing:number}[]",
                                          "newest first"},
                                         ONE_PAGE,
                                         {0}};
static const OutputField numbers_out[] = {
    {"items", "{number:string,state:\"issued\"|\"used\"|\"void\",call_id:string|null,reason:string,received_at:string|null}[]",
     "in order"},
    ONE_PAGE,
    {0}};
static const OutputField voided_out[] = {{"voided", "number", "how many"}, {0}};

static const InputField recording_in[] = {{"call_id", IN_QUERY, TYPE_ID, .min = 1, .doc = "the call"},
                                          {"reference", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "or the switch's number of it"},
                                          {0}};
static const InputField recording_id_in[] = {ID_PATH("recording"), {0}};
static const OutputField recording_out[] = {
    {"recording_id", "string", "the same when the same file comes again"}, {"call_id", "string", "whose it is"}, {0}};
static const OutputField recordings_out[] = {
    {"items", "{recording_id:string,type:string,size:number,sha256:string,created_at:string}[]", "in the order they came"},
    ONE_PAGE,
    {0}};

#define FOLDER_TS                                                                                                                \
	{"on", "boolean", "whether a folder is set up"}, {"name", "string", "how their names are read"},                         \
	    {"at", "string|null", "when it was last looked at"},                                                                 \
	    {"waiting", "number", "files that wait for their call, or are being written"},                                       \
	    {"oldest_at", "string|null", "of those"}, {                                                                          \
		"problem", "\"\"|\"no_folder\"|\"no_right\"|\"in_state\"|\"full\"", "what stands in the way"                     \
	}
static const OutputField folder_out[] = {FOLDER_TS, {0}};
static const InputField drops_in[] = {{"state", IN_QUERY, TYPE_ENUM, .choices = "taken|refused", .doc = "both when left out"},
                                      {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
                                      {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
                                      {0}};
static const OutputField drops_out[] = {{"items",
                                         "{drop_id:string,size:number,state:\"taken\"|\"refused\",rule:\"\"|\"name\"|\"no_call\"|"
                                         "\"sound_type\"|\"empty\"|\"size\"|\"kind\","
                                         "at:string,name:string,call_id:string|null}[]",
                                         "newest first; long numbers in names are masked"},
                                        {"next", "string|null", "cursor of the next page"},
                                        {0}};

/* hotline_sender looks after the first two and recordings, knowledge.c after who may write what. */
const Route hotline_routes[HOTLINE_ROUTES] = {
    {"POST", API "/hotline/calls", PERMIT_LOGIN, LANE_WRITE, calls_post, "hotline.call",
     "Puts a call, mail or message into the one queue; a person's own phone call is that person's.", call_in, call_out},
    {"POST", API "/hotline/cti", PERMIT_LOGIN, LANE_WRITE, cti_post, "hotline.cti",
     "The switch tells that an agent's telephone rings, was answered, was hung up.", cti_in, NULL},
    {"GET", API "/hotline/calls", PERMIT_HOTLINE, LANE_READ, calls_get, "hotline.calls",
     "Calls of all channels, callers masked; of confidential ones shown only to who took the call and to operators who are "
     "supervisors too.",
     list_in, list_out},
    {"GET", API "/hotline/calls/back", PERMIT_HOTLINE, LANE_READ, calls_back_get, "hotline.calls_back",
     "Callers to be called back now: their events are closed.", NULL, list_out},
    {"GET", API "/hotline/calls/{id}", PERMIT_HOTLINE, LANE_READ, call_get, "hotline.call_get",
     "One call with its caller in clear.", id_in, one_out},
    {"GET", API "/hotline/calls/counts", PERMIT_HOTLINE, LANE_READ, calls_counts_get, "hotline.calls_counts",
     "How many wait, and since when.", NULL, counts_out, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/hotline/calls/by-number", PERMIT_HOTLINE, LANE_READ, calls_by_number, "hotline.by_number",
     "A caller's earlier calls and what became of them, at most 200.", number_in, list_out, 0, ROUTE_PERSONAL},
    {"POST", API "/hotline/calls/{id}/claim", PERMIT_HOTLINE, LANE_WRITE, call_claim_post, "hotline.claim",
     "Takes a waiting call, or gives it back.", claim_in, one_out},
    {"POST", API "/hotline/calls/{id}/event", PERMIT_HOTLINE, LANE_WRITE, call_event_post, "hotline.call_event",
     "A waiting call becomes an event of the city.", event_in, event_out},
    {"POST", API "/hotline/calls/{id}/end", PERMIT_HOTLINE, LANE_WRITE, call_end_post, "hotline.call_end",
     "A waiting call is answered at once or put through.", end_in, call_out},
    {"POST", API "/hotline/calls/{id}/back", PERMIT_HOTLINE, LANE_WRITE, call_back_post, "hotline.call_back",
     "A caller was called back: the event is rated, opened again, or the call is tried later.", back_in, one_out},
    {"GET", API "/hotline/rings", PERMIT_HOTLINE, LANE_READ, rings_get, "hotline.rings",
     "Calls at one's own telephone that are not taken down yet.", NULL, rings_out},
    {"GET", API "/hotline/extension", PERMIT_HOTLINE, LANE_READ, extension_get, "hotline.extension", "The telephone one sits at.",
     NULL, extension_out, .flags = ROUTE_NO_EVIDENCE},
    {"PUT", API "/hotline/extension", PERMIT_HOTLINE, LANE_WRITE, extension_put, "hotline.extension_put",
     "Sits down at a telephone: whoever had it, has it no longer.", extension_in, extension_out},
    {"GET", API "/hotline/articles", PERMIT_PLACE_READ, LANE_READ, articles_get, "hotline.articles", "Answers and templates.",
     articles_in, articles_out, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/hotline/articles/search", PERMIT_PLACE_READ, LANE_READ, articles_search, "hotline.articles_search",
     "The ten that have most of what somebody types or says; posted, since a caller's words belong in no address or log.",
     search_in, articles_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/hotline/articles/{id}", PERMIT_PLACE_READ, LANE_READ, article_get, "hotline.article",
     "One with its draft and editions.", article_id_in, article_out, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/hotline/articles", PERMIT_PLACE_READ, LANE_WRITE, article_post, "hotline.article_create",
     "Writes one, as a draft or for review.", article_in, article_out},
    {"PUT", API "/hotline/articles/{id}", PERMIT_PLACE_READ, LANE_WRITE, article_put, "hotline.article_put",
     "Writes its next edition; the published one stays until that is reviewed.", article_put_in, article_out},
    {"POST", API "/hotline/articles/{id}/review", PERMIT_EVENT_SUPERVISE, LANE_WRITE, article_review_post,
     "hotline.article_review", "Publishes what another wrote, or returns it.", review_in, article_out},
    {"POST", API "/hotline/articles/{id}/used", PERMIT_HOTLINE, LANE_WRITE, article_used_post, "hotline.article_used",
     "It was given as an answer, or is doubted.", used_in, NULL},
    {"POST", API "/hotline/articles/{id}/retire", PERMIT_EVENT_SUPERVISE, LANE_WRITE, article_retire_post,
     "hotline.article_retire", "It is given no longer.", retire_in, article_out},
    {"GET", API "/shifts", PERMIT_PLACE_READ, LANE_READ, shifts_get, "shift.list", "Who is on duty at a desk, and when.",
     shifts_in, shifts_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/shifts/now", PERMIT_PLACE_READ, LANE_READ, shifts_now_get, "shift.now",
     "Who is on duty now, in the order in which they are called.", now_in, shifts_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/shifts/gaps", PERMIT_PLACE_READ, LANE_READ, shifts_gaps_get, "shift.gaps",
     "Times at which nobody, or more than one, is first at a desk.", shifts_in, gaps_out, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/shifts", PERMIT_EVENT_SUPERVISE, LANE_WRITE, shifts_post, "shift.add", "Adds a shift.", shift_in, NULL},
    {"POST", API "/shifts/copy", PERMIT_EVENT_SUPERVISE, LANE_WRITE, shifts_copy_post, "shift.copy",
     "Copies a week of a desk onto those that follow and are empty.", copy_in, made_out},
    {"POST", API "/shifts/{id}/swap", PERMIT_EVENT_SUPERVISE, LANE_WRITE, shift_swap_post, "shift.swap",
     "Replaces one person of a shift, or takes that person off it.", swap_in, NULL},
    {"GET", API "/rotas", PERMIT_PLACE_READ, LANE_READ, rotas_get, "rota.list", "Rotas of a desk by kind of day.", desk_in,
     rotas_out, .flags = ROUTE_NO_EVIDENCE},
    {"PUT", API "/rotas", PERMIT_EVENT_SUPERVISE, LANE_WRITE, rota_put, "rota.put",
     "Sets turns and teams of a desk for one kind of day; without turns takes them away.", rota_in, rotas_out},
    {"GET", API "/rotas/plan", PERMIT_PLACE_READ, LANE_READ, rota_plan_get, "rota.plan",
     "Which rota the working calendar gives each day, and whose turns it would make.", plan_in, plan_out,
     .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/rotas/apply", PERMIT_EVENT_SUPERVISE, LANE_WRITE, rota_apply_post, "rota.apply",
     "Makes the shifts of days that have none.", apply_in, plan_out},
    {"GET", API "/handovers/draft", PERMIT_PLACE_READ, LANE_READ, handover_draft_get, "handover.draft",
     "What the desk would hand over now.", desk_in, facts_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/handovers", PERMIT_PLACE_READ, LANE_READ, handovers_get, "handover.list", "Sheets of a desk.", handovers_in,
     handovers_out, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/handovers", PERMIT_PLACE_READ, LANE_WRITE, handover_post, "handover.write",
     "Hands the desk over: facts as they stand, words, and who takes over.", handover_in, handovers_out},
    {"POST", API "/handovers/{id}/confirm", PERMIT_PLACE_READ, LANE_WRITE, handover_confirm_post, "handover.confirm",
     "Who was named takes over.", handover_id_in, handovers_out},
    {"POST", API "/hotline/numbers", PERMIT_EVENT_SUPERVISE, LANE_WRITE, numbers_post, "hotline.numbers_issue",
     "Gives out numbers for calls taken on paper during an outage.", numbers_in, block_out},
    {"GET", API "/hotline/numbers", PERMIT_HOTLINE, LANE_READ, number_blocks_get, "hotline.number_blocks",
     "Blocks of such numbers, and how many are missing.", NULL, blocks_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/hotline/numbers/{id}", PERMIT_HOTLINE, LANE_READ, numbers_get, "hotline.numbers", "The numbers of a block.",
     block_in, numbers_out, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/hotline/numbers/{id}/void", PERMIT_EVENT_SUPERVISE, LANE_WRITE, numbers_void_post, "hotline.numbers_void",
     "Gives back numbers that nothing was written under.", void_in, voided_out},
    {"POST", API "/hotline/recordings", PERMIT_LOGIN, LANE_READ, recording_post, "hotline.recording",
     "Brings in what was said in a call: WAV, MP3, Ogg or MP4 as the body.", recording_in, recording_out, RECORDING_MAX,
     ROUTE_SPOOL | ROUTE_NO_EVIDENCE},
    {"GET", API "/hotline/calls/{id}/recordings", PERMIT_HOTLINE, LANE_READ, recordings_get, "hotline.recordings",
     "Recordings of a call.", id_in, recordings_out},
    {"GET", API "/hotline/recordings/folder", PERMIT_EVENT_SUPERVISE, LANE_READ, drop_folder_get, "hotline.recordings_folder",
     "The folder from which recordings are taken over: when it was looked at, what waits.", NULL, folder_out,
     .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/hotline/recordings/folder/look", PERMIT_EVENT_SUPERVISE, LANE_READ, drop_look_post, "hotline.recordings_look",
     "Looks at that folder now.", NULL, folder_out},
    {"GET", API "/hotline/recordings/files", PERMIT_EVENT_SUPERVISE, LANE_READ, drops_get, "hotline.recordings_files",
     "Files of that folder that were taken over or refused.", drops_in, drops_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/hotline/recordings/{id}", PERMIT_HOTLINE, LANE_READ, recording_get, "hotline.recording_play",
     "Plays a recording; each time is on record.", recording_id_in, NULL, 0, ROUTE_STREAM},
};
