/* routes: the room's table. */
#include "verify/internal.h"

#define API "/api/v1"
static const InputField none_in[] = {{0}};
static const InputField one_in[] = {ID_PATH("verification: the id of its case"), {0}};
static const InputField send_in[] = {
    {"resource_id", IN_BODY, TYPE_ID, true, .min = 1, .doc = "entry of one's own organisation"},
    {"records", IN_BODY, TYPE_JSON, .max = 65536, .doc = "[{record_id, fields: [name], reason}]: records chosen by hand"},
    {"objections", IN_BODY, TYPE_JSON, .max = 4096, .doc = "ids of objections that wait to be checked"},
    {"refused", IN_BODY, TYPE_JSON, .max = 4096,
     .doc = "ids of rows in quarantine: the stored records of their keys are in doubt, in the fields that broke a rule"},
    {"class_code", IN_BODY, TYPE_TEXT, .min = 3, .max = 7, .doc = "a class of verification (D…); the last one when left out"},
    {"identify", IN_BODY, TYPE_JSON, .max = 1024,
     .doc = "at most 4 fields that tell which thing it is; key and name when left out"},
    {"address_field", IN_BODY, TYPE_TEXT, .max = 63,
     .doc = "where it is, for records without a position; the first address when left out"},
    {"words", IN_BODY, TYPE_TEXT, .max = 500, .doc = "for whoever goes and looks"},
    {0}};
static const InputField list_in[] = {
    {"state", IN_QUERY, TYPE_ENUM, .choices = "sent|answered|corrected|closed", .doc = "only these"},
    {"resource", IN_QUERY, TYPE_ID, .doc = "only of this entry"},
    {"record", IN_QUERY, TYPE_ID, .doc = "only of this record"},
    {"objection", IN_QUERY, TYPE_ID, .doc = "only with this objection among its doubts"},
    {"late", IN_QUERY, TYPE_BOOL, .doc = "only those that are late"},
    {"q", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "part of number or title"},
    {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
    {0}};
static const InputField queue_in[] = {
    {"state", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "only in this state: assign (nobody is assigned), look"},
    {"light", IN_QUERY, TYPE_ENUM, .choices = "green|amber|red|paused", .doc = "how late it is"},
    {"q", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "part of number or title"},
    {"after", IN_QUERY, TYPE_TEXT, .max = 60, .doc = "`next` of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
    {0}};
static const InputField queue_counts_in[] = {{"q", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "part of number or title"}, {0}};
static const InputField doubts_in[] = {
    {"resource", IN_QUERY, TYPE_ID, .doc = "only of this entry"},
    {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
    {0}};
static const InputField answer_in[] = {
    ID_PATH("verification"),
    {"version", IN_BODY, TYPE_INT, .min = 0, .max = INT64_MAX, .doc = "version of the case that was seen; 0: whatever it is now"},
    {"answers", IN_BODY, TYPE_JSON, true, .max = 65536,
     .doc = "[{field, answer: right, wrong, unknown or gone, value: what it is (of wrong), mark: as it was read}], each field in "
            "doubt"},
    {"photos", IN_BODY, TYPE_JSON, .max = 1024, .doc = "ids of POST /event-photos, at most 9"},
    {"note", IN_BODY, TYPE_TEXT, .max = 1000, .doc = "what else was seen"},
    {"lon", IN_BODY, TYPE_DOUBLE, .doc = "where the answer is given, CGCS2000 degrees; only when it is submitted"},
    {"lat", IN_BODY, TYPE_DOUBLE, .doc = "the same"},
    {0}};
static const InputField found_in[] = {ID_PATH("order: the id of its case"), {0}};
static const InputField correct_in[] = {
    ID_PATH("order: the id of its case"),
    {"fields", IN_BODY, TYPE_JSON, true, .max = 8192,
     .doc = "[{name, mark: as it was read}], what is to be taken over; of what is not there any more: all"},
    {0}};
static const InputField reason_in[] = {
    ID_PATH("verification"), {"reason", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = "why; kept in evidence"}, {0}};
static const InputField photo_in[] = {
    ID_PATH("verification"), {"photo", IN_PATH, TYPE_ID, true, .min = 1, .doc = "one of its pictures"}, {0}};

const OutputField verification_sent_out[] = {
    {"sent", "number", "records that are tasks now"},
    {"joined", "number", "records whose task was open: they joined it"},
    {"refused", "number", "records that were not sent: see their rule"},
    {"items",
     "{record_id:string,result:\"sent\"|\"joined\"|\"refused\",case_id:string|null,number:string,area_text:string,officer:string,"
     "staffed:boolean,rule:string,message:string,advice:string}[]",
     "what came of each; staffed: false: nobody is on duty there, the centre assigns somebody"},
    ONE_PAGE,
    {0}};
#define LIST_TS                                                                                                                  \
	"case_id:string,number:string,title:string,resource_id:string,record_id:string,state:string,outcome:string,"             \
	"case_state:string,class_code:string,area_text:string,officer:string|null,due_at:string|null,fields:number,"             \
	"doubts:number,order_id:string|null,order_number:string|null,sent_at:string,answered_at:string|null,closed_at:string|"   \
	"null"
static const OutputField list_out[] = {
    {"items", "{" LIST_TS "}[]", "newest first"}, {"next", "string|null", "after of the next page"}, {0}};
static const OutputField queue_out[] = {
    {"items",
     "{case_id:string,number:string,title:string,state:string,state_title:string,state_title_en:string,turn:string,light:"
     "\"green\"|\"amber\"|\"red\"|\"paused\"|\"none\",pressed:\"\"|\"urge\"|\"supervise\"|\"circular\",due_at:string|null,"
     "version:number,class_code:string,area_text:string,officer:string|null,reported_at:string,returns:number}[]",
     "least time left first"},
    {"next", "string|null", "cursor"},
    {0}};
static const OutputField queue_counts_out[] = {
    {"total", "number", "verifications that run at the centre"},
    {"red", "number", "overdue"},
    {"amber", "number", "nearly due"},
    {"green", "number", "in time"},
    {"paused", "number", "stands"},
    {"states", "{state:string,state_title:string,state_title_en:string,count:number}[]", "by state; assign waits for the centre"},
    {0}};
static const OutputField counts_out[] = {{"sent", "number", "to be looked at"},
                                         {"answered", "number", "wrong, to be corrected"},
                                         {"corrected", "number", "corrected by a load"},
                                         {"closed", "number", "right, not found out, or ended"},
                                         {"late", "number", "of those sent"},
                                         {"doubts", "number", "objections that wait to be checked"},
                                         {0}};
static const OutputField doubts_out[] = {
    {"items",
     "{case_id:string,number:string,title:string,resource_id:string,record_id:string,form:Record<string,string>,"
     "org_name:string|null,created_at:string,due_at:string|null,field_title:string}[]",
     "newest first"},
    {"next", "string|null", "after of the next page"},
    {0}};
static const OutputField one_out[] = {
    {"case_id", "string", "id of its case"},
    {"number", "string", "number of its case"},
    {"version", "number", "of the case, for the answer; 0: it does not wait for the caller"},
    {"resource_id", "string", "entry"},
    {"resource_name", "string", "its name"},
    {"record_id", "string", "record"},
    {"state", "string", "sent, answered, corrected, closed"},
    {"outcome", "string", "right, wrong, unknown, cancelled, overtaken, withdrawn; empty: none yet"},
    {"area_text", "string", "areas it lies in"},
    {"words", "string", "for whoever goes and looks"},
    {"order_id", "string|null", "case of the correction order"},
    {"sent_at", "string", "time"},
    {"answered_at", "string|null", "time"},
    {"closed_at", "string|null", "time"},
    {"lon", "number|null", "where it lies"},
    {"lat", "number|null", "where it lies"},
    {"address", "string|null", "as recorded"},
    {"metres", "number|null", "how far from there it was answered"},
    {"may", "{answer:boolean,withdraw:boolean,clear:boolean}", "what the caller may do"},
    {"class_code", "string", "class of verification"},
    {"class_title", "string", "its name"},
    {"class_title_en", "string", "its name"},
    {"title", "string", "title of the case"},
    {"case_state", "string", "state of the case"},
    {"officer", "string|null", "who looks"},
    {"officer_org_name", "string|null", "of which organisation"},
    {"supplier_org_name", "string|null", "whose record it is"},
    {"order_number", "string|null", "number of the correction order"},
    {"due_at", "string|null", "until when it is to be looked at"},
    {"identify", "{title:string,value:string|null,masked:boolean}[]", "which thing it is"},
    {"fields",
     "{name:string,title:string,kind:string,code_set:string,grade:number,recorded:string|null,recorded_label:string|null,"
     "choices:{code:string,label:string,label_en:string}[],masked:boolean,mark:string,"
     "changed:boolean,answer:string,old:string|null,found:string|null}[]",
     "in doubt; recorded: now, for the supplier and who looks; choices: for who looks, of a code set of up to 300, of a larger "
     "one "
     "none (GET /code-sets/{name}/items?q=); old, found: "
     "for the supplier; L3 and L4 masked"},
    {"doubts",
     "{field:string,source:string,objection_id:string|null,objection_number:string|null,org_name:string|null,reason:string,"
     "at:string,ended_at:string|null}[]",
     "who doubted, not for who looks"},
    {"photos", "{photo_id:string,name:string,type:string,size:number,stage:string,taken_at:string|null}[]",
     "of the answer, at /verifications/{id}/photos/{photo}"},
    {"events", "unknown[]", "history of the case, newest first"},
    {0}};
static const OutputField answer_out[] = {
    {"case_id", "string", "id of its case"}, {"number", "string", "number of its case"}, {0}};
static const OutputField found_out[] = {
    {"order_id", "string", "case of the order"},
    {"order_number", "string", "its number"},
    {"case_id", "string", "verification that found it"},
    {"number", "string", "its number"},
    {"resource_id", "string", "entry"},
    {"resource_name", "string", "its name"},
    {"record_id", "string", "record"},
    {"there", "boolean", "the record is held"},
    {"gone", "boolean", "what was found: it is not there any more"},
    {"open", "boolean", "the order waits for the correction"},
    {"shown", "boolean", "values are shown: to whose record it is"},
    {"may_correct", "boolean", "the caller may take it over"},
    {"by", "string|null", "who looked"},
    {"answered_at", "string|null", "time"},
    {"job_id", "string|null", "the last job that took it over"},
    {"job_state", "string", "its state, empty: none"},
    {"fields",
     "{name:string,title:string,grade:number,answer:string,held:string|null,held_label:string|null,found:string|null,"
     "found_label:string|null,mark:string,changed:boolean,barred:string}[]",
     "held: now; L3 and L4 masked; changed: since it was found; barred: why it cannot be taken over (no_record, not_wrong, "
     "no_field, no_value, key, carried), empty: it can"},
    {0}};
static const OutputField correct_out[] = {{"job_id", "string", "the load"}, {0}};
static const OutputField clear_out[] = {
    {"items", "{name:string,title:string,old:string,found:string}[]", "in clear"}, ONE_PAGE, {0}};

const Route verify_routes[VERIFY_ROUTES] = {
    {"POST", API "/verifications", PERMIT_LOAD, LANE_WRITE, verifications_post, "verification.send",
     "Sends records in doubt to the field, each to the officer of its grid.", send_in, verification_sent_out},
    {"GET", API "/verifications", PERMIT_JOBS_READ, LANE_READ, verifications_get, "verification.list",
     "Verifications of one's own organisation's records; the data bureau sees all.", list_in, list_out},
    {"GET", API "/verifications/counts", PERMIT_JOBS_READ, LANE_READ, verification_counts_get, "verification.counts",
     "How many there are, by state.", none_in, counts_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/verifications/queue", PERMIT_EVENT_DISPATCH, LANE_READ, verification_queue_get, "verification.queue",
     "Verifications that run at one's centre, for the desk.", queue_in, queue_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/verifications/queue/counts", PERMIT_EVENT_DISPATCH, LANE_READ, verification_queue_counts_get,
     "verification.queue_counts", "How many there are, by light and state.", queue_counts_in, queue_counts_out,
     .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/verifications/doubts", PERMIT_LOAD, LANE_READ, verification_doubts_get, "verification.doubts",
     "Objections that wait to be checked, also from forms: what can be sent to the field.", doubts_in, doubts_out},
    {"GET", API "/verifications/{id}", PERMIT_LOGIN, LANE_READ, verification_get, "verification.get",
     "One verification: only the fields in doubt and what tells which thing it is.", one_in, one_out},
    {"POST", API "/verifications/{id}/answer", PERMIT_EVENT_REPORT, LANE_WRITE, verification_answer_post, "verification.answer",
     "What was found on site, field by field.", answer_in, answer_out},
    {"POST", API "/verifications/{id}/clear", PERMIT_LOAD, LANE_READ, verification_clear_post, "verification.clear",
     "What was recorded and what was found, in clear, for whoever corrects it.", reason_in, clear_out, .flags = ROUTE_PERSONAL},
    {"POST", API "/verifications/{id}/withdraw", PERMIT_LOAD, LANE_WRITE, verification_withdraw_post, "verification.withdraw",
     "Calls a verification off that was not answered.", reason_in, one_out},
    {"GET", API "/verifications/orders/{id}/found", PERMIT_LOGIN, LANE_READ, found_get, "verification.found",
     "What was found on site for a correction order, beside what is held now.", found_in, found_out},
    {"POST", API "/verifications/orders/{id}/correct", PERMIT_LOAD, LANE_WRITE, found_correct_post, "verification.correct",
     "Takes over what was found into the record, by a load of that row; the order ends when it carries all.", correct_in,
     correct_out},
    {"GET", API "/verifications/{id}/photos/{photo}", PERMIT_LOGIN, LANE_READ, verification_photo_get, "verification.photo",
     "A picture of an answer.", photo_in, NULL, .flags = ROUTE_STREAM},
};
