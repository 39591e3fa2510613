/* routes: the room's table of routes for the inventory, the checks and the lists; those of the assessment are in assess_routes.c.
 */
#include "measure/checks.h"
#include "measure/routes.h"

#define LIMIT                                                                                                                    \
	{ "limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out" }
#define AFTER                                                                                                                    \
	{ "after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before" }
#define ORG                                                                                                                      \
	{ "org", IN_QUERY, TYPE_ID, .min = 1, .doc = "only of this organisation (data bureau; a department has its own)" }
#define QUERY                                                                                                                    \
	{ "q", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "part of the text" }
#define VERSION(what)                                                                                                            \
	{ "version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = what }

static const InputField none_in[] = {{0}};
static const InputField file_in[] = {{"name", IN_QUERY, TYPE_TEXT, true, .min = 1, .max = 255, .doc = "file name, for messages"},
                                     {0}};
enum { FILE_MAX = 16 << 20 };
static const InputField system_id_in[] = {ID_PATH("system"), {0}};
static const InputField resource_in[] = {ID_PATH("resource"), {0}};
#define NETWORKS "government|internet|private|none"
#define BUDGETS "none|asked|approved|upkeep"
#define PLANS "keep|merge|close|closed"
#define SYSTEM_FILTERS                                                                                                           \
	ORG, {"network", IN_QUERY, TYPE_ENUM, .choices = NETWORKS, .doc = "where it runs"},                                      \
	    {"plan", IN_QUERY, TYPE_ENUM, .choices = PLANS, .doc = "consolidation"},                                             \
	    {"budget", IN_QUERY, TYPE_ENUM, .choices = BUDGETS, .doc = "budget"},                                                \
	    {"bare", IN_QUERY, TYPE_BOOL, .doc = "only those without a published entry"}, QUERY
static const InputField system_list_in[] = {SYSTEM_FILTERS, AFTER, LIMIT, {0}};
static const InputField system_sheet_in[] = {SYSTEM_FILTERS, {0}};
#define SYSTEM_FIELDS                                                                                                             \
	{"name", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 100, .doc = "unique within its owner"},                               \
	    {"org_id", IN_BODY, TYPE_ID, .min = 1, .doc = "owner; one's own when left out"},                                      \
	    {"purpose", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = "what it is for"},                                 \
	    {"network", IN_BODY, TYPE_ENUM, true, .choices = NETWORKS, .doc = "政务外网, 互联网, 专网, none"},                    \
	    {"data", IN_BODY, TYPE_TEXT, .max = 1000, .doc = "what it holds, in words"},                                          \
	    {"budget", IN_BODY, TYPE_ENUM, .choices = BUDGETS, .doc = "state of its budget, none when left out"},                 \
	    {"plan", IN_BODY, TYPE_ENUM, .choices = PLANS, .doc = "consolidation (整合), keep when left out"},                    \
	    {"plan_note", IN_BODY, TYPE_TEXT, .max = 500, .doc = "into which system, until when"},                                \
	    {"live_day", IN_BODY, TYPE_TEXT, .max = 10, .doc = "2020-05-31, empty = not known"},                                  \
	    {"level", IN_BODY, TYPE_INT, .min = 0, .max = 5, .doc = "level of the protection scheme GB/T 22239, 0 = not graded"}, \
	{                                                                                                                         \
		"resources", IN_BODY, TYPE_JSON, .doc = "ids of the entries that hold its data; left out: as they are"            \
	}
static const InputField system_post_in[] = {SYSTEM_FIELDS, {0}};
static const InputField system_put_in[] = {ID_PATH("system"), VERSION("version of the system that was seen"), SYSTEM_FIELDS, {0}};
static const InputField system_delete_in[] = {
    ID_PATH("system"), {"version", IN_QUERY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "version that was seen"}, {0}};
static const InputField resource_systems_in[] = {
    ID_PATH("resource"), {"systems", IN_BODY, TYPE_JSON, true, .doc = "ids of the systems that the entry comes from"}, {0}};

#define SYSTEM_OUT                                                                                                               \
	{"system_id", "string", "system"}, {"name", "string", "its name"}, {"org_id", "string", "owner"},                        \
	    {"org_name", "string", "its name"}, {"purpose", "string", "what it is for"},                                         \
	    {"network", "\"government\"|\"internet\"|\"private\"|\"none\"", "where it runs"},                                    \
	    {"data", "string", "what it holds"}, {"budget", "\"none\"|\"asked\"|\"approved\"|\"upkeep\"", "budget"},             \
	    {"plan", "\"keep\"|\"merge\"|\"close\"|\"closed\"", "consolidation"}, {"plan_note", "string", "more of it"},         \
	    {"live_day", "string|null", "in use since"}, {"level", "number", "of the protection scheme"},                        \
	    {"entries", "number", "published entries that hold its data"}, {"updated_at", "string", "time"},                     \
	    {"updated_by", "string", "login"}, {"version", "number", "for changes"}, {                                           \
		"may_edit", "boolean", "the caller may change it"                                                                \
	}
static const OutputField system_out[] = {
    SYSTEM_OUT,
    {"resources", "{resource_id:string,name:string,code:string|null,state:string,org_id:string}[]", "entries named"},
    {0}};
static const OutputField system_list_out[] = {
    {"items",
     "{system_id:string,name:string,org_id:string,org_name:string,purpose:string,network:"
     "\"government\"|\"internet\"|\"private\"|\"none\",data:string,budget:\"none\"|\"asked\"|"
     "\"approved\"|\"upkeep\",plan:\"keep\"|\"merge\"|\"close\"|\"closed\",plan_note:string,"
     "live_day:string|null,level:number,entries:number,updated_at:string,updated_by:string,"
     "version:number,may_edit:boolean}[]",
     "newest first"},
    {"next", "string|null", "for `after`"},
    {0}};
static const OutputField resource_systems_out[] = {
    {"items", "{system_id:string,name:string,org_name:string,plan:string}[]", "by name"}, ONE_PAGE, {0}};
static const OutputField intake_out[] = {
    {"added", "number", "rows"},
    {"changed", "number", "rows"},
    {"same", "number", "rows that were so already"},
    {"refused", "number", "rows that did not fit"},
    {"failed", "{row_no:number,field:string,value:string,message:string,advice:string}[]", "the first 200 of them"},
    {0}};

/* --- checks and findings ----------------------------------------------------------------------------------------------- */
#define CHECK_NAMES "system_no_entry|entry_no_source|supply_broken|service_demand"
#define FINDING_FILTERS                                                                                                          \
	ORG, {"check", IN_QUERY, TYPE_ENUM, .choices = CHECK_NAMES, .doc = "only of this check"},                                \
	    {"state", IN_QUERY, TYPE_ENUM, .choices = "live|open|correction|excused|gone",                                       \
	     .doc = "live: open or in correction"},                                                                              \
	    {"resource", IN_QUERY, TYPE_ID, .min = 1, .doc = "only about this entry"}, {                                         \
		"system", IN_QUERY, TYPE_ID, .min = 1, .doc = "only about this system"                                           \
	}
static const InputField finding_list_in[] = {FINDING_FILTERS, AFTER, LIMIT, {0}};
static const InputField finding_sheet_in[] = {FINDING_FILTERS, {0}};
static const InputField finding_in[] = {ID_PATH("finding"), {0}};
#define SEEN VERSION("version of the finding that was seen")
static const InputField finding_order_in[] = {
    ID_PATH("finding"), SEEN, {"note", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = "what is to be mended"}, {0}};
static const InputField finding_excuse_in[] = {ID_PATH("finding"),
                                               SEEN,
                                               {"excused", IN_BODY, TYPE_BOOL, true, .doc = "false: it must be mended after all"},
                                               {"reason", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = "why"},
                                               {0}};
static const OutputField check_out[] = {
    {"items", "{name:string,title:string,title_en:string,proves:string,advice:string,live:number,run_at:string|null}[]",
     "the four standing checks"},
    ONE_PAGE,
    {0}};
static const OutputField job_out[] = {{"job_id", "string", "job"}, {0}};
static const OutputField finding_out[] = {
    {"finding_id", "string", "finding"},
    {"check", "string", "the check that found it"},
    {"org_id", "string", "who must mend it"},
    {"org_name", "string|null", "its name"},
    {"system_id", "string|null", "system it is about"},
    {"system_name", "string|null", "its name"},
    {"resource_id", "string|null", "entry it is about"},
    {"resource_name", "string|null", "its name"},
    {"case_id", "string|null", "request it is about"},
    {"title", "string", "what it is about, in words"},
    {"detail", "{reason:string,at:string|null,text:string,basis?:string}", "what it was seen by"},
    {"state", "\"open\"|\"correction\"|\"excused\"|\"gone\"", "correction: it has an open order"},
    {"first_at", "string", "first seen"},
    {"last_at", "string", "last seen"},
    {"gone_at", "string|null", "no longer seen since"},
    {"ordered_at", "string|null", "correction ordered"},
    {"ordered_by", "string", "login"},
    {"order_note", "string", "what is to be mended"},
    {"order_case_id", "string|null", "the newest order, a case"},
    {"order_number", "string|null", "its number"},
    {"order_state", "string", "its state"},
    {"order_state_title", "string", "that in Chinese"},
    {"order_state_title_en", "string", "that in English"},
    {"answer", "string|null", "the department's, in that case"},
    {"answered_at", "string|null", "time"},
    {"answered_by", "string|null", "login"},
    {"excuse", "string", "why it need not be mended"},
    {"excused_at", "string|null", "time"},
    {"excused_by", "string", "login"},
    {"version", "number", "for changes"},
    {"may", "{order:boolean,excuse:boolean,reopen:boolean}", "what the caller may do now"},
    {0}};
static const OutputField finding_list_out[] = {
    {"items", "MeasureFindingOutput[]", "newest first"}, {"next", "string|null", "for `after`"}, {0}};

static const InputField material_list_in[] = {
    ORG,
    {"matched", IN_QUERY, TYPE_BOOL, .doc = "only those with, or without, an entry that could supply them"},
    AFTER,
    LIMIT,
    {0}};
static const InputField material_decide_in[] = {
    ID_PATH("material"),
    VERSION("version that was seen"),
    {"resource_id", IN_BODY, TYPE_ID, .min = 1, .doc = "the entry that supplies it; left out: none does"},
    {0}};
static const OutputField material_list_out[] = {
    {"items",
     "{material_id:string,item_code:string,item_name:string,org_id:string,org_name:string,material:string,basis:string,resource_"
     "id:"
     "string|null,resource_name:string|null,matched_by:string,decided:boolean,version:number}[]",
     "by import"},
    {"next", "string|null", "for `after`"},
    {0}};

/* --- lists ------------------------------------------------------------------------------------------------------------- */
#define DUTY_FILTERS                                                                                                             \
	ORG, {"state", IN_QUERY, TYPE_ENUM, .choices = "none|late|fresh|unbound|proxied", .doc = "how the supply stands"},       \
	    {"sharing", IN_QUERY, TYPE_ENUM, .choices = "unconditional|conditional|none", .doc = "sharing type"}, QUERY
static const InputField duty_list_in[] = {DUTY_FILTERS, AFTER, LIMIT, {0}};
static const InputField duty_sheet_in[] = {DUTY_FILTERS, {0}};
static const OutputField duty_list_out[] = {{"items",
                                             "{resource_id:string,code:string|null,name:string,org_id:string,org_name:string,"
                                             "sharing:string,promise:string,officer:string,"
                                             "row_count:number,loaded_at:string|null,state:\"none\"|\"late\"|\"fresh\"|"
                                             "\"unbound\"|\"proxied\",systems:number,grants:number,officer_name:"
                                             "string|null}[]",
                                             "published entries"},
                                            {"next", "string|null", "for `after`"},
                                            {0}};
#define DEMAND_FILTERS                                                                                                           \
	{"supplier", IN_QUERY, TYPE_ID, .min = 1, .doc = "asked of"}, {"asker", IN_QUERY, TYPE_ID, .min = 1, .doc = "asked by"}, \
	    {"state", IN_QUERY, TYPE_ENUM, .choices = "open|late|granted|refused|withdrawn", .doc = "how it stands"}, QUERY
static const InputField demand_list_in[] = {DEMAND_FILTERS, AFTER, LIMIT, {0}};
static const InputField demand_sheet_in[] = {DEMAND_FILTERS, {0}};
static const OutputField demand_list_out[] = {{"items",
                                               "{case_id:string,number:string,process:string,title:string,resource_id:string|"
                                               "null,asker_org:string|null,asker_name:string|null,"
                                               "supplier_org:string|null,supplier_name:string|null,state:string,outcome:string,"
                                               "turn:string,created_at:string,due_at:string|null,"
                                               "closed_at:string|null,grant_id:string|null,late:boolean}[]",
                                               "newest first"},
                                              {"next", "string|null", "for `after`"},
                                              {0}};

const Route measure_routes[MEASURE_ROUTES] = {
    {"GET", "/api/v1/systems", PERMIT_JOBS_READ, LANE_READ, systems_get, "measure.systems",
     "The inventory of information systems: one's own department's, the data bureau all.", system_list_in, system_list_out},
    {"GET", "/api/v1/systems.xlsx", PERMIT_JOBS_READ, LANE_READ, systems_sheet, "measure.systems_sheet",
     "The same as a workbook, which is also the form for import.", system_sheet_in, NULL, 0, ROUTE_STREAM},
    {"GET", "/api/v1/systems/{id}", PERMIT_JOBS_READ, LANE_READ, system_get, "measure.system", "One system with its entries.",
     system_id_in, system_out},
    {"POST", "/api/v1/systems", PERMIT_JOBS_READ, LANE_WRITE, system_post, "measure.system_add",
     "Registers a system: a department its own, the data bureau any.", system_post_in, system_out},
    {"PUT", "/api/v1/systems/{id}", PERMIT_JOBS_READ, LANE_WRITE, system_put, "measure.system_change", "Changes a system.",
     system_put_in, system_out},
    {"DELETE", "/api/v1/systems/{id}", PERMIT_JOBS_READ, LANE_WRITE, system_delete, "measure.system_remove",
     "Removes a system registered by mistake (one that ended is closed instead).", system_delete_in, NULL},
    {"POST", "/api/v1/systems/import", PERMIT_JOBS_READ, LANE_READ, systems_import, "measure.systems_import",
     "Registers and changes systems from a table, found by owner and name; the file is the body.", file_in, intake_out, FILE_MAX,
     ROUTE_SPOOL},
    {"GET", "/api/v1/resources/{id}/systems", PERMIT_CATALOG_READ, LANE_READ, resource_systems_get, "measure.resource_systems",
     "The systems that an entry comes from.", resource_in, resource_systems_out},
    {"PUT", "/api/v1/resources/{id}/systems", PERMIT_JOBS_READ, LANE_WRITE, resource_systems_put, "measure.resource_systems_set",
     "Names the systems that an entry comes from.", resource_systems_in, NULL},
    {"GET", "/api/v1/checks", PERMIT_JOBS_READ, LANE_READ, checks_get, "measure.checks",
     "The four standing checks, their last run and findings alive.", none_in, check_out, 0, ROUTE_NO_EVIDENCE},
    {"POST", "/api/v1/checks/run", PERMIT_SUPERVISE, LANE_WRITE, checks_post, "measure.checks_run",
     "Starts a job that runs the standing checks now.", none_in, job_out},
    {"GET", "/api/v1/findings", PERMIT_JOBS_READ, LANE_READ, findings_get, "measure.findings", "What the checks found.",
     finding_list_in, finding_list_out},
    {"GET", "/api/v1/findings.xlsx", PERMIT_JOBS_READ, LANE_READ, findings_sheet, "measure.findings_sheet",
     "The same as a workbook.", finding_sheet_in, NULL, 0, ROUTE_STREAM},
    {"GET", "/api/v1/findings/{id}", PERMIT_JOBS_READ, LANE_READ, finding_get, "measure.finding", "One finding.", finding_in,
     finding_out},
    {"POST", "/api/v1/findings/{id}/order", PERMIT_SUPERVISE, LANE_WRITE, finding_order, "measure.finding_order",
     "Orders its correction: a case of process audit_order with the department.", finding_order_in, finding_out},
    {"POST", "/api/v1/findings/{id}/excuse", PERMIT_SUPERVISE, LANE_WRITE, finding_excuse, "measure.finding_excuse",
     "Excuses a finding with a reason, which withdraws its open order; or takes that back.", finding_excuse_in, finding_out},
    {"GET", "/api/v1/materials", PERMIT_JOBS_READ, LANE_READ, materials_get, "measure.materials",
     "What service items ask people to bring, and which entry could supply it.", material_list_in, material_list_out},
    {"POST", "/api/v1/materials/import", PERMIT_SUPERVISE, LANE_READ, materials_import, "measure.materials_import",
     "Materials of service items from a table: 事项编码 事项名称 实施部门 材料名称, 依据 and 目录代码 where known.", file_in,
     intake_out, FILE_MAX, ROUTE_SPOOL},
    {"POST", "/api/v1/materials/{id}", PERMIT_SUPERVISE, LANE_WRITE, material_decide, "measure.material_decide",
     "Says which entry supplies a material, or that none does.", material_decide_in, NULL},
    {"GET", "/api/v1/duties", PERMIT_JOBS_READ, LANE_READ, duties_get, "measure.duties",
     "The responsibility list: entries to supply, by which promise, and how they stand.", duty_list_in, duty_list_out},
    {"GET", "/api/v1/duties.xlsx", PERMIT_JOBS_READ, LANE_READ, duties_sheet, "measure.duties_sheet", "The same as a workbook.",
     duty_sheet_in, NULL, 0, ROUTE_STREAM},
    {"GET", "/api/v1/demands", PERMIT_JOBS_READ, LANE_READ, demands_get, "measure.demands",
     "The supply–demand list: what was asked of whom, and where it stands.", demand_list_in, demand_list_out},
    {"GET", "/api/v1/demands.xlsx", PERMIT_JOBS_READ, LANE_READ, demands_sheet, "measure.demands_sheet",
     "The same as a workbook.", demand_sheet_in, NULL, 0, ROUTE_STREAM},
};
