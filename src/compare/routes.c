/* routes: the room's table. */
#include "compare/internal.h"

#define API "/api/v1"
static const InputField one_in[] = {ID_PATH("comparison"), {0}};
static const InputField define_in[] = {
    {"name", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 100, .doc = "what it is called"},
    {"purpose", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 200, .doc = "what it is for; kept in evidence"},
    {"left_id", IN_BODY, TYPE_ID, true, .min = 1, .doc = "an entry that the caller reads"},
    {"right_id", IN_BODY, TYPE_ID, true, .min = 1, .doc = "another one"},
    {"keys", IN_BODY, TYPE_JSON, true, .max = 4096,
     .doc = "[{left, right, form: exact, text, number, date or id_number}], 1 to 5: rows are the same thing when all are equal"},
    {"fields", IN_BODY, TYPE_JSON, .max = 16384, .doc = "the same, at most 20: what is compared"},
    {"left_filter", IN_BODY, TYPE_JSON, .max = 8192,
     .doc = "[{field, op: eq, ne, gte, lte, filled or empty, value}], at most 10: rows that fulfil all are compared"},
    {"right_filter", IN_BODY, TYPE_JSON, .max = 8192, .doc = "the same"},
    TIMETABLE_INPUTS,
    {0}};
static const InputField timetable_in[] = {ID_PATH("comparison"), TIMETABLE_INPUTS, {0}};
static const InputField list_in[] = {{"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
                                     {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
                                     {0}};
#define KINDS "differ|only_left|only_right|repeated|no_key"
#define OF_RUN_IN                                                                                                                \
	ID_PATH("comparison"), {"run", IN_QUERY, TYPE_ID, .min = 1, .doc = "of this run; the newest that ended when left out"},  \
	    {"kind", IN_QUERY, TYPE_ENUM, .choices = KINDS, .doc = "only these"}, {                                              \
		"field", IN_QUERY, TYPE_TEXT, .max = 63, .doc = "only where this field differs (its name on the left)"           \
	}
static const InputField differences_in[] = {
    OF_RUN_IN,
    {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
    {0}};
static const InputField sheet_in[] = {OF_RUN_IN, {0}};
static const InputField send_in[] = {
    ID_PATH("comparison"),
    {"side", IN_BODY, TYPE_ENUM, true, .choices = "left|right", .doc = "whose records: of an entry of one's own organisation"},
    {"run", IN_BODY, TYPE_ID, .min = 1, .doc = "of this run; the newest that ended when left out"},
    {"differences", IN_BODY, TYPE_JSON, .max = 4096, .doc = "ids of at most 100 differences"},
    {"kind", IN_BODY, TYPE_ENUM, .choices = KINDS, .doc = "all of this kind, 100 a call; those being verified are left out"},
    {"field", IN_BODY, TYPE_TEXT, .max = 63, .doc = "only where this field differs"},
    {"reason", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = "why they are in doubt"},
    {"class_code", IN_BODY, TYPE_TEXT, .min = 3, .max = 7, .doc = "a class of verification (D…); the last one when left out"},
    {"words", IN_BODY, TYPE_TEXT, .max = 500, .doc = "for whoever goes and looks"},
    {0}};

static const OutputField define_out[] = {{"comparison_id", "string", "the new comparison"}, {0}};
static const OutputField list_out[] = {
    {"items",
     "{comparison_id:string,name:string,purpose:string,left_id:string,left_name:string,right_id:string,right_name:string,"
     "org_name:string|null,run_at:string|null,run_state:string|null,timetable:" TIMETABLE_TYPE
     ",every_hours:number,weekdays:number[],month_day:number,daily_minute:number,next_at:string|null,stopped:boolean}[]",
     "newest first; run_…: the newest run; stopped: it did not run by its timetable"},
    {"next", "string|null", "after of the next page"},
    {0}};
#define PAIRS_TS "{left:string,left_title:string,right:string,right_title:string,form:string}[]"
static const OutputField one_out[] = {
    {"comparison_id", "string", "id"},
    {"name", "string", "what it is called"},
    {"purpose", "string", "what it is for"},
    {"created_at", "string", "when it was defined"},
    {"left_id", "string", "entry"},
    {"left_name", "string", "its name"},
    {"left_own", "boolean", "of one's own organisation"},
    {"right_id", "string", "entry"},
    {"right_name", "string", "its name"},
    {"right_own", "boolean", "of one's own organisation"},
    {"keys", PAIRS_TS, "how rows are matched"},
    {"fields", PAIRS_TS, "what is compared"},
    {"left_filter", "{field:string,title:string,op:string,value:string,word:string|null}[]", "rows that are compared"},
    {"right_filter", "{field:string,title:string,op:string,value:string,word:string|null}[]", "rows that are compared"},
    TIMETABLE_OUTPUTS,
    {"problem", "string", "why it did not run by the timetable the last time; empty: nothing"},
    {"advice", "string", "what to do"},
    {"timetable_by", "string|null", "under whose right it runs by the timetable"},
    {"may_read", "boolean", "the caller reads both sides"},
    {"may_edit", "boolean", "the caller may run and remove it"},
    {"runs",
     "{run_id:string,job_id:string,state:string,by:string|null,begun_at:string,ended_at:string|null,counts:{left_rows:number,"
     "right_rows:number,left_filtered:number,right_filtered:number,left_no_key:number,right_no_key:number,same:number,"
     "differ:number,only_left:number,only_right:number,repeated:number,no_key:number,fields:number[],kept:number}|null,"
     "kept:boolean,done:number,total:number,stage:string,by_timetable:boolean}[]",
     "the last 20, newest first; counts: null for who may not read both sides; kept: its differences are still there"},
    {0}};
static const OutputField run_out[] = {{"run_id", "string", "the run"}, {"job_id", "string", "its job"}, {0}};
#define PAIR_TS "{field:string,left:string|null,right:string|null,left_word:string|null,right_word:string|null,differs:boolean}[]"
static const OutputField differences_out[] = {
    {"run_id", "string", "the run they are of"},
    {"items",
     "{difference_id:string,kind:\"differ\"|\"only_left\"|\"only_right\"|\"repeated\"|\"no_key\",left_record:string|null,"
     "right_record:string|null,left_rows:number,right_rows:number,left_there:boolean,right_there:boolean,keys:" PAIR_TS
     ",values:" PAIR_TS ",state:\"open\"|\"sent\"|\"ordered\"|\"corrected\"|\"right\"|\"closed\"|\"objected\"|\"answered\"|"
     "\"gone\",case_id:string|null,number:string,verification:boolean}[]",
     "values as the caller's right shows them now; …_word: what a code means; …_there: the record is still there; gone: not in "
     "the newest run"},
    {"next", "string|null", "after of the next page"},
    {0}};
const Route compare_routes[COMPARE_ROUTES] = {
    {"POST", API "/comparisons", PERMIT_LOAD, LANE_READ, comparisons_post, "comparison.define",
     "Defines a comparison of two entries that the caller reads.", define_in, define_out},
    {"GET", API "/comparisons", PERMIT_JOBS_READ, LANE_READ, comparisons_get, "comparison.list",
     "Comparisons of one's own organisation; the data bureau's are all.", list_in, list_out},
    {"GET", API "/comparisons/{id}", PERMIT_JOBS_READ, LANE_READ, comparison_get, "comparison.get",
     "One comparison with its last runs and their counts.", one_in, one_out},
    {"DELETE", API "/comparisons/{id}", PERMIT_LOAD, LANE_WRITE, comparison_delete, "comparison.remove",
     "Removes a comparison; its differences go.", one_in, NULL},
    {"POST", API "/comparisons/{id}/runs", PERMIT_LOAD, LANE_WRITE, comparison_run_post, "comparison.run",
     "Compares now, as a job, under the caller's right to both sides.", one_in, run_out},
    {"PUT", API "/comparisons/{id}/timetable", PERMIT_LOAD, LANE_READ, comparison_timetable_put, "comparison.timetable",
     "Sets when it runs by itself, from then on under the caller's right.", timetable_in, NULL},
    {"GET", API "/comparisons/{id}/differences", PERMIT_DATA_READ, LANE_READ, differences_get, "comparison.differences",
     "Differences of a run, their values as the caller's right shows them.", differences_in, differences_out},
    {"GET", API "/comparisons/{id}/differences.xlsx", PERMIT_DATA_READ, LANE_READ, differences_sheet_get,
     "comparison.differences_sheet", "The same as a workbook, at most 100,000 of them.", sheet_in, NULL, 0, ROUTE_STREAM},
    {"POST", API "/comparisons/{id}/send", PERMIT_LOAD, LANE_WRITE, differences_send_post, "comparison.send",
     "Sends records that differ to be verified on site.", send_in, verification_sent_out},
};
