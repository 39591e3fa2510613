/* routes: the room's handlers that only take inputs apart, and its table of routes. Lanes as the rows say. */
#include "casework/forms.h"
#include "casework/notify.h"

/* --- asking ---------------------------------------------------------------------------------------------------------- */
/* An account keeps at most CASES_OPEN_MAX cases of a kind waiting: nobody floods a supplier. */
static int open_few(Request *rq, const char *process) {
	int64_t open = 0;
	int code = db_int(
	    rq->db, &open,
	    "SELECT count(*) FROM work_case WHERE asker_account = $1 AND asker_account <> 0 AND process = $2 AND closed_at = 0",
	    BIND(val_int(rq->party.account_id), val_str(process)));
	if (code < 0 || open < CASES_OPEN_MAX) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_CONFLICT, "process", text_of(process), "open_cases",
	                   "Wait for some to be closed, or withdraw some.", "You have %d open cases of this kind already",
	                   CASES_OPEN_MAX);
}

/* The case that the caller's own number became: 1 and its form at first, in rq's arena; 0 none; or a code. */
static int numbered_find(Request *rq, Text number, Case *out, Text *form) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT c.case_id, c.process, c.resource_id, e.form FROM work_case c JOIN case_event e ON e.case_id ="
	                   " c.case_id AND e.event_no = 1 WHERE c.outside_number = $1 AND c.outside_number <> '' AND"
	                   " c.outside_platform = '' AND c.asker_account = $2 ORDER BY c.case_id LIMIT 1",
	                   BIND(val_text(number), val_int(rq->party.account_id)));
	if (found <= 0) return found;
	Text process = text_dup(rq->arena, rows_text(rows, 1));
	*out = (Case){.case_id = rows_int(rows, 0), .resource_id = rows_int(rows, 2)};
	*form = text_dup(rq->arena, rows_text(rows, 3));
	int code = process_get(rq, process, 0, &out->process);
	return code < 0 ? code : 1;
}

/* Sent again, a number answers with its case; it stands for one case only. 1 answered, 0 it is new, or a code. */
static int numbered_again(Request *rq, const Case *row) {
	Case before;
	Text form;
	const char *key;
	json_t *value, *first;
	if (!row->outside_number.len) return 0;
	int code = db_lock(rq->db, "casework.number", rq->party.account_id);
	if (code < 0 || (code = numbered_find(rq, row->outside_number, &before, &form)) <= 0) return code;
	bool same = before.resource_id == row->resource_id && strcmp(before.process->name, row->process->name) == 0;
	first = json_of(rq, form);
	json_object_foreach(row->form, key, value) same &= json_equal(value, json_object_get(first, key)) != 0;
	if (!same)
		return error_field(rq->error, ERR_CONFLICT, "outside_number", row->outside_number, "outside_number",
		                   "Give each case a number of its own.", "You used this number for another case");
	code = case_show(rq, before.case_id);
	return code < 0 ? code : 1;
}

int case_by_number_get(Request *rq) {
	Case row;
	Text form;
	int code = numbered_find(rq, in_text(rq, "outside_number"), &row, &form);
	if (code == 0) return fail(rq, ERR_NOT_FOUND, "You began no case under this number");
	return code < 0 ? code : case_show(rq, row.case_id);
}

/* A case begins with the form its process names: the form says who may and what it is about. */
int cases_post(Request *rq) {
	Text name = in_has(rq, "process") ? in_text(rq, "process") : TEXT("share_request");
	Case row = {.resource_id = in_int(rq, "resource_id"),
	            .asker_org = rq->party.org_id,
	            .asker_account = rq->party.account_id,
	            .outside_number = in_has(rq, "outside_number") ? text_trim(in_text(rq, "outside_number")) : TEXT(""),
	            .form = in_json(rq, "form")};
	rq->about_resource = row.resource_id;
	int code = process_get(rq, name, 0, &row.process);
	if (code < 0) return code;
	const Form *form = form_find(text_of(row.process->form));
	if (form->permit == PERMIT_UNSET || !party_may(&rq->party, form->permit))
		return error_field(rq->error, ERR_FORBIDDEN, "process", name, "party",
		                   "Choose a kind of case that is yours to begin.", "You may not begin a case of this process");
	code = members_check(rq, form->members, row.form);
	if (code == 0 && (code = numbered_again(rq, &row)) > 0) return 0;
	if (code == 0 && form->permit != PERMIT_SUPERVISE) code = open_few(rq, row.process->name);
	if (code == 0) code = form->begin(rq, &row);
	if (code == 0) code = case_begin(rq, &row, form->permit == PERMIT_SUPERVISE ? SIDE_BUREAU : SIDE_ASKER);
	if (code < 0) return code;
	rq->status = 201;
	return case_show(rq, row.case_id);
}

/* Oneself and the service accounts of one's organisation. */
int ask_accounts_get(Request *rq) {
	static const Member members[] = {
	    {"account_id", MEMBER_ID}, {"login", MEMBER_TEXT}, {"name", MEMBER_TEXT}, {"own", MEMBER_BOOL}, {0}};
	return answer_list(
	    rq, members,
	    "SELECT account_id, login, name, CASE WHEN account_id = $1 THEN 1 ELSE 0 END AS own FROM account WHERE state ="
	    " 'active' AND (account_id = $1 OR (org_id = $2 AND kind = 'service')) ORDER BY own, name, account_id LIMIT 500",
	    BIND(val_int(rq->party.account_id), val_int(rq->party.org_id)));
}

void case_action_ahead(Request *rq) {
	case_ahead(rq, in_int(rq, "id"));
}

int case_action_post(Request *rq) {
	Case row;
	const char *note = in_has(rq, "note") ? text_cstr(rq->arena, text_trim(in_text(rq, "note"))) : "";
	rq->about_subject = in_int(rq, "id");
	int code = case_act(rq, in_int(rq, "id"), in_int(rq, "version"), in_text(rq, "action"), note, in_json(rq, "form"), &row);
	if (code < 0) return code;
	bool brief = rq->call && text_is(text_trim(http_header(rq->call, "Prefer")), "return=minimal");
	return brief ? case_show_brief(rq, &row) : case_show(rq, row.case_id);
}

/* --- processes ------------------------------------------------------------------------------------------------------- */
static int process_row(Request *rq, Rows *rows) {
	jw_object(&rq->json);
	jw_kv_text(&rq->json, "name", rows_text(rows, 0));
	jw_kv_int(&rq->json, "version", rows_int(rows, 1));
	jw_kv_time(&rq->json, "stored_at", rows_int(rows, 2));
	jw_key(&rq->json, "document");
	jw_raw(&rq->json, rows_text(rows, 3));
	jw_object_end(&rq->json);
	return 0;
}

int processes_get(Request *rq) {
	return answer_rows(
	    rq, 0, process_row,
	    "SELECT p.name, p.version, p.stored_at, p.document FROM process p WHERE p.version = (SELECT MAX(q.version) FROM"
	    " process q WHERE q.name = p.name) ORDER BY p.name",
	    NO_BIND);
}

static void first_fault(void *arg, const char *path, const char *rule, const char *message, const char *advice) {
	Request *rq = arg;
	error_field(rq->error, ERR_INVALID, path, TEXT_NONE, rule, advice, "%s: %s", path, message);
}

int process_put_route(Request *rq) {
	json_t *document = in_json(rq, "document"), *before;
	const char *name = in_str(rq, "name");
	int64_t version = 0;
	int code = db_lock(rq->db, "casework.process", 0);
	if (code >= 0) code = process_current(rq, name, &before, &version);
	if (code < 0) return code;
	if (!before) return fail(rq, ERR_NOT_FOUND, "there is no process %s", name);
	if (in_int(rq, "version") != version)
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read it again and decide anew.",
		                   "It was changed meanwhile (it is at version %lld)", (long long)version);
	if (process_parse(rq, rq->arena, document, ARENA_NEW(rq->arena, Process), first_fault, rq)) return ERR_INVALID;
	const char *own = json_string_value(json_object_get(document, "process"));
	if (!own || strcmp(own, name) != 0)
		return error_field(rq->error, ERR_INVALID, "document", text_of(own), "name", "Keep the name of the process.",
		                   "The document is of another process");
	if ((code = process_put(rq, name, document, &version)) < 0) return code;
	rq->about = arena_printf(rq->arena, "{\"process\":\"%s\",\"version\":%lld}", name, (long long)version);
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "name", name);
	jw_kv_int(&rq->json, "version", version);
	jw_object_end(&rq->json);
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------------------------------ */
#define ID                                                                                                                       \
	{ "id", IN_PATH, TYPE_ID, true, .doc = "case" }
#define LIMIT                                                                                                                    \
	{ "limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out" }
#define FORM_DOC                                                                                                                 \
	"share_request: {purpose, service_item or basis, account_id, fields: [{name, mode}], filter, way: api, or several, "     \
	"until, "                                                                                                                \
	"quota_day}; correction_order: {defect: update_late, no_data, service_fails, score_low (score) or rule (rule, field), "  \
	"words}; record_objection: {record_id, field, wrong, right, reason}; data_demand: {need, detail, purpose, basis, "       \
	"provider_org_id, words}"

static const InputField none_in[] = {{0}};
static const InputField id_in[] = {ID, {0}};
static const InputField create_in[] = {
    {"resource_id", IN_BODY, TYPE_ID, .doc = "a published resource; left out for data_demand"},
    {"process", IN_BODY, TYPE_TEXT, .max = 40,
     .doc = "share_request when left out; correction_order (data bureau), record_objection, data_demand"},
    {"form", IN_BODY, TYPE_JSON, true, .max = 65536, .doc = FORM_DOC},
    {"outside_number", IN_BODY, TYPE_TEXT, .max = 100,
     .doc = "the caller's own number of it: sent again, the answer is the case it became"},
    {0}};
static const InputField by_number_in[] = {
    {"outside_number", IN_QUERY, TYPE_TEXT, true, .min = 1, .max = 100, .doc = "the caller's own number"}, {0}};
static const InputField list_in[] = {{"scope", IN_QUERY, TYPE_ENUM, .choices = "mine|org|all",
                                      .doc = "my own, my organisation's (asked or supplied), all (data bureau)"},
                                     {"process", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "only of this process"},
                                     {"state", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "state of the process"},
                                     {"late", IN_QUERY, TYPE_BOOL, .doc = "only open ones past their due time"},
                                     {"resource", IN_QUERY, TYPE_ID, .doc = "only for this resource"},
                                     {"q", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "part of number or title"},
                                     {"after", IN_QUERY, TYPE_ID, .doc = "\"next\" of the page before"},
                                     LIMIT,
                                     {0}};
static const InputField action_in[] = {
    ID,
    {"action", IN_PATH, TYPE_TEXT, true, .max = 40, .doc = "one of the case's \"may\""},
    {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT64_C(1) << 40, .doc = "version of the case it was decided on"},
    {"note", IN_BODY, TYPE_TEXT, .max = CASE_TEXT_MAX, .doc = "why; needed where the action says so"},
    {"form", IN_BODY, TYPE_JSON, .max = 65536,
     .doc = "form of the action; share_decision: {fields, filter, until, quota_day, conditions, clear_sensitive}; order_answer: "
            "{cause, measure}; demand_route: {org_id}; demand_point: {resource_id}; demand_draft: {name}"},
    {0}};
static const InputField inbox_in[] = {
    {"after", IN_QUERY, TYPE_TEXT, .max = 60, .doc = "\"next\" of the page before"},
    {"light", IN_QUERY, TYPE_ENUM, .choices = "green|amber|red|paused", .doc = "only cases of this light"},
    {"line", IN_QUERY, TYPE_ENUM, .choices = "sharing|city", .doc = "only cases of this line"},
    LIMIT,
    {0}};
static const InputField calendar_in[] = {{"year", IN_QUERY, TYPE_INT, .min = 1990, .max = 2100, .doc = "this year when left out"},
                                         {0}};
static const InputField calendar_put_in[] = {
    {"year", IN_PATH, TYPE_INT, true, .min = 1990, .max = 2100, .doc = "year"},
    {"days", IN_BODY, TYPE_JSON, true, .max = 65536, .doc = "[{day, kind: holiday or workday, occasion}]: all of that year"},
    {0}};
static const InputField process_put_in[] = {
    {"name", IN_PATH, TYPE_TEXT, true, .max = 40, .doc = "process"},
    {"version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "version that was seen"},
    {"document", IN_BODY, TYPE_JSON, true, .max = 262144, .doc = "the process, see docs/packs.md"},
    {0}};

#define PRESSED_TS "\"\"|\"urge\"|\"supervise\"|\"circular\""
#define CASE_TS                                                                                                                  \
	"case_id:string,number:string,outside_platform:string,outside_number:string,title:string,process:string,process_title:"  \
	"string,process_title_en:string,state:string,"                                                                           \
	"state_title:string,state_title_en:string,outcome:string,turn:\"asker\"|\"supplier\"|\"bureau\"|\"field\"|\"lead\"|"     \
	"\"\",resource_id:"                                                                                                      \
	"string|null,"                                                                                                           \
	"asker_org_id:string|null,asker_org_name:string|null,asker_name:string|null,supplier_org_id:string|null,"                \
	"supplier_org_name:string|null,"                                                                                         \
	"grant_id:string|null,begun_at:string,due_at:string|null,remind_at:string|null,paused_at:string|null,"                   \
	"light:\"green\"|\"amber\"|\"red\"|\"paused\"|\"none\",pressed:" PRESSED_TS                                              \
	",left_s:number|null,left_work_s:number|null,created_at:string,"                                                         \
	"updated_at:string,closed_at:string|null,version:number,line:\"sharing\"|\"city\",kind:string,level:number,returns:"     \
	"number,"                                                                                                                \
	"reworks:number,postpones:number,hangs:number,children_open:number,centre_org_id:string|null,centre_org_name:string|"    \
	"null,field_org_id:string|null,field_org_name:string|null,field_account_id:string|null,field_name:string|null"
#define LIMIT_TS "{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}"
#define LINK_TS                                                                                                                  \
	"{case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:\"green\"|\"amber\"|\"red\"|" \
	"\"paused\"|\"none\",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]"
static const OutputField case_out[] = {
    {"case_id", "string", "case"},
    {"number", "string", "number for people, e.g. GX-2026-000123"},
    {"outside_platform", "string", "another platform that knows it too; empty: none"},
    {"outside_number", "string", "its number there, or the asker's own"},
    {"title", "string", "name of the resource, or what is needed"},
    {"process", "string", "process"},
    {"process_title", "string", "its Chinese name"},
    {"process_title_en", "string", "its English name"},
    {"state", "string", "state"},
    {"state_title", "string", "its Chinese name"},
    {"state_title_en", "string", "its English name"},
    {"outcome", "string", "granted, refused, withdrawn …; empty while open"},
    {"turn", "\"asker\"|\"supplier\"|\"bureau\"|\"field\"|\"lead\"|\"\"", "whose turn it is"},
    {"resource_id", "string|null", "resource it is about; null: none yet"},
    {"asker_org_id", "string|null", "asking organisation; null: the program itself"},
    {"asker_org_name", "string|null", "its name"},
    {"asker_name", "string|null", "who asked"},
    {"supplier_org_id", "string|null", "supplying organisation; null: not routed yet"},
    {"supplier_org_name", "string|null", "its name"},
    {"grant_id", "string|null", "the grant made"},
    {"begun_at", "string", "when the present step began"},
    {"due_at", "string|null", "when it must be done; null without a limit or while the clock stands"},
    {"remind_at", "string|null", "from when it is amber"},
    {"paused_at", "string|null", "since when the clock stands"},
    {"light", "\"green\"|\"amber\"|\"red\"|\"paused\"|\"none\"", "how late it is"},
    {"pressed", PRESSED_TS, "催办, 督办 or 通报 since its stage began; empty: none"},
    {"left_s", "number|null", "seconds until due, negative when late"},
    {"left_work_s", "number|null", "the same in working time"},
    {"created_at", "string", "asked"},
    {"updated_at", "string", "last step"},
    {"closed_at", "string|null", "closed"},
    {"version", "number", "send it with an action"},
    {"line", "\"sharing\"|\"city\"", "which permissions its sides stand for"},
    {"kind", "string", "kind of what it is about, e.g. component; empty: none"},
    {"level", "number", "levels above its own centre it is dealt with"},
    {"returns", "number", "times it was returned (退单)"},
    {"reworks", "number", "times it was redone"},
    {"postpones", "number", "extensions approved"},
    {"hangs", "number", "pauses approved"},
    {"children_open", "number", "its parts that are open"},
    {"centre_org_id", "string|null", "centre that directs it"},
    {"centre_org_name", "string|null", "its name"},
    {"field_org_id", "string|null", "who verifies and checks on site"},
    {"field_org_name", "string|null", "its name"},
    {"field_account_id", "string|null", "the one officer who does"},
    {"field_name", "string|null", "the officer's name"},
    {"mounted", "boolean", "the resource has data"},
    {"is_asker", "boolean", "the caller answers for the asker"},
    {"is_supplier", "boolean", "the caller answers for the supplier"},
    {"is_bureau", "boolean", "the caller answers for the bureau or centre"},
    {"is_field", "boolean", "the caller verifies and checks it on site"},
    {"is_lead", "boolean", "the caller approves and rules"},
    {"offer_until", "string|null", "until when the task on site is to be accepted (action take); null: nobody is asked to"},
    {"limits", "Record<string," LIMIT_TS ">|null", "the case's own limits, by name"},
    {"subject", "string", "what it is about: resource, record, entry, demand, finding, event"},
    {"subject_id", "string|null", "record, finding: its id; entry: the draft's version"},
    {"form", "Record<string,unknown>",
     "what it began with, see POST /cases; of an order also seen: the load and score that raised it"},
    {"decision",
     "{fields?:{name:string,mode:\"clear\"|\"masked\"}[],filter?:unknown,until?:string,quota_day?:number,conditions?:string,"
     "clear_sensitive?:boolean}|null",
     "what the supplier or the ruling made of it"},
    {"account_id", "string|null", "who is to read"},
    {"account_name", "string|null", "its name"},
    {"events",
     "{no:number,at:string,action:string,title:string,title_en:string,moved:boolean,to:string,to_title:string,to_title_en:string,"
     "side:string,by_name:string|null,org_name:string|null,clock:string,note:string,form:unknown}[]",
     "what happened, newest first, at most 500"},
    {"may",
     "{action:string,title:string,title_en:string,note:\"none\"|\"optional\"|\"required\",form:string,blocked:string|null}[]",
     "what the caller may do now; blocked says why not yet"},
    {"deliveries",
     "{notice_no:number,channel:\"webhook\"|\"mail\"|\"sms\",state:\"waiting\"|\"sent\"|\"failed\",attempts:number,at:string|"
     "null,detail:"
     "string|null,receipt:\"underway\"|\"delivered\"|\"failed\"|null}[]",
     "reminders sent outside; notice_no is the event's"},
    {"clocks",
     "{state:string,title:string,title_en:string,turn:string,begun_at:string,limit:" LIMIT_TS
     "|null,of:string,plain_due_at:string|null,amber_at:string|null,changes:{what:string,at:string,term:" LIMIT_TS
     "|null}[],due_at:string|null,paused_at:string|null,paused_until:string|null,ended_at:string|null}[]",
     "each stage's clock and how it was worked out: begun + limit (of: a limit of the case) = plain_due_at, moved by pauses, "
     "extensions and changed limits to due_at"},
    {"ladder", "{step:string,at:string,ahead_s:number,ahead_work:boolean,half:boolean,told:boolean,tell:string[]}[]",
     "steps of reminding of this stage; ahead_s: so long before it is due, in working time or not; half: of the limit, as the "
     "step says "
     "more"},
    {"parent", LINK_TS, "the case it is a part of; none or one"},
    {"children", LINK_TS, "its parts, at most 100"},
    {"duplicates", LINK_TS, "cases merged into it, at most 100"},
    {"main",
     "{case_id:string,number:string,state_title:string,state_title_en:string,may_read:boolean,steps:{at:string,title:string,"
     "title_en:string,to_title:string,to_title_en:string,org_name:string|null}[]}|null",
     "the case it was merged into, with its steps"},
    {0}};
static const OutputField list_out[] = {{"items", "{" CASE_TS "}[]", "newest first"}, {"next", "string|null", "cursor"}, {0}};
static const OutputField inbox_out[] = {
    {"items", "{" CASE_TS "}[]", "least time left first"}, {"next", "string|null", "cursor"}, {0}};
static const OutputField counts_out[] = {{"waiting", "number", "cases whose turn is mine, counted up to 1,000"},
                                         {"red", "number", "of these past their due time"},
                                         {"amber", "number", "of these near it"},
                                         {0}};
static const OutputField accounts_out[] = {
    {"items", "{account_id:string,login:string,name:string,own:boolean}[]", "own: the caller"}, ONE_PAGE, {0}};
static const OutputField processes_out[] = {
    {"items",
     "{name:string,version:number,stored_at:string,document:{process:string,title:string,title_en:string,number:string,"
     "start:unknown[],states:{name:string,title:string,title_en:string,turn?:string,outcome?:string,"
     "limit?:Record<string,number>,remind?:Record<string,number>}[],actions:{name:string,title:string,title_en:string}[]}}[]",
     "newest version of each"},
    ONE_PAGE,
    {0}};
static const OutputField process_out[] = {{"name", "string", "process"}, {"version", "number", "version made"}, {0}};
static const OutputField calendar_out[] = {
    {"items", "{day:string,kind:\"holiday\"|\"workday\",occasion:string}[]", "days that are not what their weekday says"},
    ONE_PAGE,
    {0}};
static const InputField addresses_in[] = {{"items", IN_BODY, TYPE_JSON, true, .max = 16384,
                                           .doc = "[{channel: mail or mobile, address}]: all of one's organisation, at most 20"},
                                          {0}};
static const OutputField addresses_out[] = {
    {"items", "{channel:\"mail\"|\"mobile\",address:string}[]", "where one's organisation hears of its work"}, ONE_PAGE, {0}};
static const InputField rehearse_in[] = {
    {"name", IN_PATH, TYPE_TEXT, true, .max = 40, .doc = "process"},
    {"document", IN_BODY, TYPE_JSON, .max = 262144, .doc = "the process to try; absent: the one in force"},
    {"year", IN_BODY, TYPE_INT, .min = 1990, .max = 2100, .doc = "with days: a calendar to try"},
    {"days", IN_BODY, TYPE_JSON, .max = 65536, .doc = "[{day, kind, occasion}]: all of that year"},
    {0}};
static const InputField rating_id_in[] = {ID_PATH("resource"), {0}};
static const InputField rating_in[] = {ID_PATH("resource"),
                                       {"stars", IN_BODY, TYPE_INT, true, .min = 1, .max = 5, .doc = "1 bad … 5 good"},
                                       {"words", IN_BODY, TYPE_TEXT, .max = 500, .doc = "why; needed for 1 and 2"},
                                       {0}};
static const OutputField ratings_out[] = {
    {"count", "number", "people who rate it"},
    {"average", "number|null", "of their stars, to one decimal"},
    {"may", "boolean",
     "the caller may rate it and object to its records: he or his organisation may read it, and does not supply it"},
    {"items", "{stars:number,words:string,name:string|null,org_name:string|null,at:string,mine:boolean}[]",
     "one's own first, then newest first, at most 200"},
    {0}};
#define LIGHTS_TS "{green:number,amber:number,red:number}"
static const OutputField rehearse_out[] = {
    {"changes",
     "{case_id:string,number:string,title:string,state_title:string,state_title_en:string,before:\"green\"|\"amber\"|\"red\","
     "after:\"green\"|\"amber\"|\"red\",begun_at:string,due_before:string|null,due_after:string|null}[]",
     "steps whose light would differ, at most 200"},
    {"changed", "number", "how many would"},
    {"cases", "number", "cases begun in the last 92 days"},
    {"steps", "number", "their steps with a turn"},
    {"before", LIGHTS_TS, "lights as the steps ended"},
    {"after", LIGHTS_TS, "lights they would have had"},
    {0}};
#define SMS_TS                                                                                                                   \
	"{url:string,method:\"get\"|\"form\"|\"json\",fields:string,header:string,accept:string,id_after:string,delivered:"      \
	"string,"                                                                                                                \
	"failed:string,receipt_id:string,receipt_status:string,receipt_answer:string,secret_set:boolean,key:string,version:"     \
	"number}"
static const OutputField notify_out[] = {
    {"webhook", "boolean", "an address is set"},
    {"mail", "boolean", "a mail relay is set"},
    {"webhook_key", "string", "key of the signature, for the receiver"},
    {"attempts",
     "{case_id:string,number:string,channel:string,at:string,sent:boolean,detail:string,receipt:\"underway\"|"
     "\"delivered\"|\"failed\"|null}[]",
     "the last 50 receipts; case_id null: a test"},
    {"sms", SMS_TS, "the SMS gateway; url empty: none"},
    {0}};
static const OutputField sms_out[] = {{"sms", SMS_TS, "the SMS gateway"}, {0}};
static const InputField sms_in[] = {
    {"url", IN_BODY, TYPE_TEXT, true, .max = 500, .doc = "address of the gateway, http or https; empty: none"},
    {"method", IN_BODY, TYPE_ENUM, true, .choices = "get|form|json", .doc = "fields in the query, as a form, or a JSON body"},
    {"fields", IN_BODY, TYPE_TEXT, true, .max = 4000,
     .doc = "get, form: name=value a line; json: a JSON object. {mobile} {mobile86} {text} {id} {key} {secret} are put in"},
    {"header", IN_BODY, TYPE_TEXT, true, .max = 500, .doc = "one more header, {secret} is put in; empty: none"},
    {"accept", IN_BODY, TYPE_TEXT, true, .doc = "what a good answer contains; empty: any 2xx is good"},
    {"id_after", IN_BODY, TYPE_TEXT, true, .doc = "text of the answer that the gateway's message id follows; empty: none"},
    {"delivered", IN_BODY, TYPE_TEXT, true, .doc = "statuses of receipts that mean delivered, by commas"},
    {"failed", IN_BODY, TYPE_TEXT, true, .doc = "statuses that mean failed, by commas"},
    {"receipt_id", IN_BODY, TYPE_TEXT, true, .max = 60,
     .doc = "member of a posted receipt with the message's id; empty: none is posted"},
    {"receipt_status", IN_BODY, TYPE_TEXT, true, .max = 60, .doc = "member of a posted receipt with its status"},
    {"receipt_answer", IN_BODY, TYPE_TEXT, true, .doc = "what posted receipts are answered with; empty: 204"},
    {"secret", IN_BODY, TYPE_TEXT, .max = 500, .doc = "credential, never shown again; absent: kept while url stays the same"},
    {"version", IN_BODY, TYPE_INT, true, .min = 0, .max = INT64_C(1) << 40, .doc = "version that was seen, 0 at first"},
    {0}};
static const InputField sms_test_in[] = {{"mobile", IN_BODY, TYPE_TEXT, true, .max = 30, .doc = "number of 11 digits"}, {0}};
static const InputField sms_receipts_in[] = {
    {"key", IN_QUERY, TYPE_TEXT, true, .doc = "key that GET /notify tells the system administrator"}, {0}};
static const InputField sms_receipt_in[] = {
    {"key", IN_QUERY, TYPE_TEXT, true, .doc = "key that GET /notify tells the system administrator"},
    {"id", IN_QUERY, TYPE_TEXT, true, .min = 1, .max = 99, .doc = "the {id} it was sent with, or the gateway's message id"},
    {"status", IN_QUERY, TYPE_TEXT, true, .max = 60, .doc = "the gateway's status"},
    {0}};
static const OutputField calendar_rehearse_out[] = {
    {"items", "{case_id:string,number:string,due_before:string|null,due_after:string|null,red:boolean}[]",
     "open cases whose due time would move, due first, at most 50; red: it would be past at once"},
    {"moved", "number", "how many would move"},
    {"red", "number", "how many would be past their due time at once"},
    {"tried", "number", "open cases tried: the 2000 due first"},
    {"open", "number", "open cases; those above `tried` were not looked at"},
    {0}};
static const OutputField calendar_put_out[] = {{"days", "number", "days kept"}, {0}};

#define API "/api/v1"
const Route casework_routes[CASEWORK_ROUTES] = {
    {"POST", API "/cases", PERMIT_CATALOG_READ, LANE_WRITE, cases_post, "case.create",
     "Begins a case: a share request 共享申请, a correction order 整改单, an objection to a record 异议, a demand for data "
     "数据需求; "
     "the process's form says who may. A service account objects to records that its own grant gives.",
     create_in, case_out},
    {"GET", API "/cases", PERMIT_LOGIN, LANE_READ, cases_get, "case.list", "Lists cases, newest first.", list_in, list_out},
    {"GET", API "/cases/by-number", PERMIT_LOGIN, LANE_READ, case_by_number_get, "case.read_number",
     "The case that a number of the caller's own became.", by_number_in, case_out},
    {"GET", API "/cases/{id}", PERMIT_LOGIN, LANE_READ, case_get, "case.read",
     "One case with its history and what the caller may do now.", id_in, case_out},
    {"POST", API "/cases/{id}/actions/{action}", PERMIT_LOGIN, LANE_WRITE, case_action_post, "case.act",
     "Does one action of the case's process; the process says who may. With \"Prefer: return=minimal\" (RFC 7240) the answer has "
     "only case_id, number, state, outcome, turn, due_at, light and version.",
     action_in, case_out, .ahead = case_action_ahead},
    {"GET", API "/resources/{id}/ratings", PERMIT_CATALOG_READ, LANE_READ, ratings_get, "rating.list",
     "What people say of a resource.", rating_id_in, ratings_out, .flags = ROUTE_NO_EVIDENCE},
    {"PUT", API "/resources/{id}/rating", PERMIT_ASK, LANE_WRITE, rating_put, "rating.put",
     "Rates a resource that one may read; one rating a person, changed by the next.", rating_in, ratings_out},
    {"DELETE", API "/resources/{id}/rating", PERMIT_ASK, LANE_WRITE, rating_delete, "rating.delete", "Takes one's rating back.",
     rating_id_in, ratings_out},
    {"GET", API "/inbox", PERMIT_LOGIN, LANE_READ, inbox_get, "case.inbox",
     "Cases whose turn is the caller's, least time left first.", inbox_in, inbox_out},
    {"GET", API "/inbox/counts", PERMIT_LOGIN, LANE_READ, inbox_counts_get, "case.inbox_counts", "How many wait and how late.",
     none_in, counts_out, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/ask/accounts", PERMIT_ASK, LANE_READ, ask_accounts_get, "case.accounts",
     "Accounts that one may ask for: one's organisation's service accounts and oneself.", none_in, accounts_out,
     .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/processes", PERMIT_LOGIN, LANE_READ, processes_get, "process.list", "Processes in force.", none_in,
     processes_out, .flags = ROUTE_NO_EVIDENCE},
    {"PUT", API "/processes/{name}", PERMIT_SUPERVISE, LANE_WRITE, process_put_route, "process.put",
     "Publishes a process's next version (local limits, actions); running cases keep theirs.", process_put_in, process_out,
     .body_max = 262144},
    {"POST", API "/processes/{name}/rehearse", PERMIT_SUPERVISE, LANE_READ, rehearse_post, "process.rehearse",
     "Tries a process or calendar on last quarter's cases: who would have been late. Nothing is published.", rehearse_in,
     rehearse_out, .body_max = 524288, .flags = ROUTE_PERSONAL},
    {"GET", API "/calendar", PERMIT_LOGIN, LANE_READ, calendar_get, "calendar.read",
     "Holidays and make-up working days of a year.", calendar_in, calendar_out, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/calendar/{year}/rehearse", PERMIT_CALENDAR, LANE_READ, calendar_rehearse_post, "calendar.rehearse",
     "Tries all days of a year on the cases that run now: whose due time would move. Nothing is published.", calendar_put_in,
     calendar_rehearse_out, .flags = ROUTE_NO_EVIDENCE},
    {"PUT", API "/calendar/{year}", PERMIT_CALENDAR, LANE_WRITE, calendar_put, "calendar.put",
     "Publishes all days of a year at once; a job moves the due times of open cases.", calendar_put_in, calendar_put_out},
    {"GET", API "/notify/addresses", PERMIT_LOGIN, LANE_READ, addresses_get, "notify.addresses",
     "Mail addresses and mobile numbers that hear of one's organisation's work.", none_in, addresses_out},
    {"PUT", API "/notify/addresses", PERMIT_JOBS_READ, LANE_WRITE, addresses_put, "notify.addresses_put",
     "Sets the addresses of one's own organisation.", addresses_in, addresses_out},
    {"GET", API "/notify", PERMIT_SYSTEM, LANE_READ, notify_get, "notify.read",
     "Channels of reminders, the key of their signature and the last receipts.", none_in, notify_out},
    {"PUT", API "/notify/sms", PERMIT_SYSTEM, LANE_WRITE, sms_put, "notify.sms_put", "Describes the SMS gateway of reminders.",
     sms_in, sms_out},
    {"POST", API "/notify/sms/test", PERMIT_SYSTEM, LANE_WRITE, sms_test, "notify.sms_test",
     "Sends a test to one number, by the way of reminders; GET /notify shows what came of it.", sms_test_in, NULL},
    {"GET", API "/sms/receipts", PERMIT_OPEN, LANE_READ, sms_receipt, "notify.sms_receipt",
     "The SMS gateway's word on a message, with the key it was given.", sms_receipt_in, NULL},
    {"POST", API "/sms/receipts", PERMIT_OPEN, LANE_READ, sms_receipts, "notify.sms_receipts",
     "The same in a body: a form, a JSON object or array (also as a member of an object), XML, or these in a field of a form; at "
     "most 500; members as described.",
     sms_receipts_in, NULL, 262144, ROUTE_OWN_BODY | ROUTE_PERSONAL},
};
