/* The room's rows: routes, job, chore, module. */
#include "life/internal.h"

#define VERSION_INPUT                                                                                                            \
	{ "version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "version of the list that was seen" }
#define REASON_INPUT(what)                                                                                                       \
	{ "reason", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = what }
#define BASIS_INPUT                                                                                                              \
	{ "basis", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = "law, order or document it rests on" }

static const InputField resource_inputs[] = {ID_PATH("resource"), {0}};
static const InputField list_id_inputs[] = {ID_PATH("destruction list"), {0}};
static const InputField lineage_inputs[] = {
    ID_PATH("resource"),
    {"field", IN_QUERY, TYPE_TEXT, .min = 1, .max = 63, .doc = "only this field (its name in the API)"},
    {0},
};
static const InputField list_inputs[] = {
    {"resource", IN_QUERY, TYPE_ID, .min = 1, .doc = "only lists of this resource"},
    {"state", IN_QUERY, TYPE_ENUM, .choices = "open|proposed|running|failed|cancelled|postponed|destroyed|void",
     .doc = "only lists in this state"},
    {"waiting", IN_QUERY, TYPE_BOOL, .doc = "only those that wait for the caller"},
    {"after", IN_QUERY, TYPE_ID, .doc = "`next` of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "lists a page, 50 when absent"},
    {0},
};
static const InputField propose_inputs[] = {
    ID_PATH("destruction list"),
    VERSION_INPUT,
    {"note", IN_BODY, TYPE_TEXT, .max = 500, .doc = "for the reviewer"},
    {0},
};
static const InputField postpone_inputs[] = {
    ID_PATH("destruction list"),
    VERSION_INPUT,
    {"until", IN_BODY, TYPE_TIME, true, .doc = "when it is looked at again, at most three years ahead"},
    REASON_INPUT("why it is put off"),
    BASIS_INPUT,
    {0},
};
static const InputField review_inputs[] = {
    ID_PATH("destruction list"),
    VERSION_INPUT,
    {"decision", IN_BODY, TYPE_ENUM, true, .choices = "approve|return", .doc = "approve: a job destroys what is listed"},
    {"note", IN_BODY, TYPE_TEXT, .max = 500, .doc = "needed to return"},
    {0},
};
static const InputField reopen_inputs[] = {ID_PATH("destruction list"), VERSION_INPUT, {0}};
static const InputField hold_inputs[] = {ID_PATH("resource"), REASON_INPUT("why it is kept"), BASIS_INPUT, {0}};
static const InputField lift_inputs[] = {ID_PATH("resource"), REASON_INPUT("why the hold ends"), {0}};

#define DESTRUCTION_OUTPUTS                                                                                                      \
	{"destruction_id", "string", "list"}, {"resource_id", "string", "resource"}, {"resource_name", "string", "its name"},    \
	    {"resource_code", "string | null", "its code"}, {"org_id", "string", "the keeper"},                                  \
	    {"org_name", "string", "its name"},                                                                                  \
	    {"scope", "\"records\" | \"resource\"", "records past their time, or all of a withdrawn entry"},                     \
	    {"state",                                                                                                            \
	     "\"open\" | \"proposed\" | \"running\" | \"failed\" | \"cancelled\" | \"postponed\" | \"destroyed\" | \"void\"",    \
	     "where it stands"},                                                                                                 \
	    {"version", "number", "for changes"}, {"months", "number", "retention period when it was made"},                     \
	    {"field", "string", "date or time field it counts from; empty: the time of loading"},                                \
	    {"kept_from", "string | null", "first day still kept"}, {"resource_version", "number", "entry's version"},           \
	    {"count", "number", "records listed"}, {"digest", "string", "of those records (canon v1)"},                          \
	    {"first_at", "string | null", "earliest time among them"}, {"last_at", "string | null", "latest"},                   \
	    {"quarantine_count", "number", "refused rows that go too"}, {"opened_at", "string", "time"},                         \
	    {"opened_by", "string", "login, or housekeeping"}, {"postponed_until", "string | null", "time"},                     \
	    {"reason", "string", "why it was put off"}, {"basis", "string", "what that rests on"},                               \
	    {"proposed_by", "string", "login"}, {"proposed_at", "string | null", "time"},                                        \
	    {"propose_note", "string", "for the reviewer"}, {"reviewed_by", "string", "login"},                                  \
	    {"reviewed_at", "string | null", "time"}, {"review_note", "string", "the reviewer's"},                               \
	    {"job_id", "string | null", "job that destroys"}, {"begun_at", "string | null", "when the first record went"},       \
	    {"destroyed_count", "number", "records destroyed so far"},                                                           \
	    {"quarantine_destroyed", "number", "refused rows so far"}, {"ended_at", "string | null", "time"},                    \
	    {"held", "boolean", "a hold keeps it"}, {                                                                            \
		"may", "{propose: boolean, postpone: boolean, review: boolean, return: boolean, reopen: boolean}",               \
		    "what the caller may do now"                                                                                 \
	}
static const OutputField destruction_outputs[] = {DESTRUCTION_OUTPUTS, {0}};
static const OutputField list_outputs[] = {
    {"items", "LifeGetOutput[]", "newest first"}, {"next", "string | null", "for `after`"}, {0}};
static const OutputField check_outputs[] = {
    {"destruction_id", "string | null", "the list that is open now; null: nothing is past its time, or a hold keeps it"}, {0}};
static const OutputField step_outputs[] = {{"destruction_id", "string", "list"}, {"version", "number", "its new version"}, {0}};
static const OutputField certificate_outputs[] = {
    {"receipt", "Record<string, unknown>", "the certificate: who, when, by which rule, how many, which digest"},
    {"public_key", "string", "Ed25519, hex"},
    {"signature", "string", "Ed25519 over the certificate as compact JSON with sorted keys, hex"},
    {0},
};
static const OutputField holds_outputs[] = {{"items",
                                             "{hold_id: string, reason: string, basis: string, placed_by: string, placed_at: "
                                             "string, lifted_by: string, lifted_at: string | "
                                             "null, lift_reason: string}[]",
                                             "newest first; one without lifted_at is in force"},
                                            ONE_PAGE,
                                            {0}};
static const OutputField lineage_outputs[] = {
    {"resource_id", "string", "resource"},
    {"code", "string", "its code"},
    {"name", "string", "its name"},
    {"version", "number", "published version"},
    {"org_name", "string", "the supplier"},
    {"loaded_at", "string | null", "last load"},
    {"row_count", "number", "records now"},
    {"whole", "boolean", "false: jobs, refusals and others' grants are left out"},
    {"sources",
     "{job_id: string | null, kind: string, name: string | null, mode: string | null, at: string | null, by: string | null, "
     "read: "
     "number, "
     "refused: number, normalised: number, receipt: boolean, columns: Record<string, string>}[]",
     "the supplier's table of a proxied entry (job_id null), and the last 20 jobs that brought records, newest first: loads from "
     "files, tables, other platforms and nodes, replays, corrections; columns: field → column it was read from"},
    {"fields",
     "{no: number, name: string, title: string, kind: string, grade: number, retention: boolean, checks: {kind: string, rule: "
     "string, text: string | null, refused: number | null}[], refers_to: {code: string, field: string, resource_id: string | "
     "null, "
     "name: string | null} | null, referred_by: {resource_id: string, code: string, name: string, field: string, title: "
     "string}[], "
     "element: {code: string, name: string, standard: string} | null}[]",
     "by position"},
    {"receivers",
     "{grant_id: string, account: string, org: string, purpose: string, until: string, last_read: string | null, fields: "
     "Record<string, string>}[]",
     "live grants; fields: name → clear or masked; last_read: day"},
    {0},
};
static const OutputField impact_outputs[] = {
    {"items",
     "{no: number, name: string, title: string, retired: boolean, retention: boolean, changes: string[], receivers: {grant_id: "
     "string, account: string, org: string, purpose: string, until: string, mode: string}[], referred_by: {resource_id: string, "
     "name: "
     "string, field: string, title: string}[]}[]",
     "published fields that the draft drops or changes"},
    ONE_PAGE,
    {0}};

const Route life_routes[LIFE_ROUTES] = {
    {"GET", "/api/v1/resources/{id}/lineage", PERMIT_CATALOG_READ, LANE_READ, lineage_get, "lineage.get",
     "Where the values of an entry's fields come from, what checks them, who refers to them and who receives them.",
     lineage_inputs, lineage_outputs},
    {"GET", "/api/v1/resources/{id}/impact", PERMIT_CATALOG_READ, LANE_READ, impact_get, "lineage.impact",
     "Who the entry's draft would hit: grants and references by field dropped or changed.", resource_inputs, impact_outputs},
    {"GET", "/api/v1/destructions", PERMIT_JOBS_READ, LANE_READ, destruction_list, "life.list",
     "Destruction lists of one's own organisation (the data bureau: all), newest first.", list_inputs, list_outputs},
    {"GET", "/api/v1/destructions/{id}", PERMIT_JOBS_READ, LANE_READ, destruction_get, "life.get", "One destruction list.",
     list_id_inputs, destruction_outputs},
    {"POST", "/api/v1/resources/{id}/destructions", PERMIT_CATALOG_EDIT, LANE_READ, destruction_check, "life.check",
     "Looks now for what is past its retention period, as the daily look does, and opens or renews the list.", resource_inputs,
     check_outputs},
    {"POST", "/api/v1/destructions/{id}/propose", PERMIT_CATALOG_EDIT, LANE_WRITE, destruction_propose, "life.propose",
     "Proposes a list to the data bureau.", propose_inputs, step_outputs},
    {"POST", "/api/v1/destructions/{id}/postpone", PERMIT_CATALOG_EDIT, LANE_WRITE, destruction_postpone, "life.postpone",
     "Puts a list off, with reason and basis.", postpone_inputs, step_outputs},
    {"POST", "/api/v1/destructions/{id}/review", PERMIT_CATALOG_REVIEW, LANE_WRITE, destruction_review, "life.review",
     "Approves a proposed list, which starts the job, or returns it; never by who proposed it.", review_inputs, step_outputs},
    {"POST", "/api/v1/destructions/{id}/reopen", PERMIT_CATALOG_EDIT, LANE_WRITE, destruction_reopen, "life.reopen",
     "After a job that stopped: the list begins anew where nothing is destroyed yet, else a new job goes on.", reopen_inputs,
     step_outputs},
    {"GET", "/api/v1/destructions/{id}/certificate", PERMIT_JOBS_READ, LANE_READ, destruction_certificate, "life.certificate",
     "The signed destruction certificate.", list_id_inputs, certificate_outputs},
    {"GET", "/api/v1/resources/{id}/hold", PERMIT_JOBS_READ, LANE_READ, hold_list, "life.holds",
     "Holds on a resource, newest first.", resource_inputs, holds_outputs},
    {"POST", "/api/v1/resources/{id}/hold", PERMIT_CATALOG_READ, LANE_WRITE, hold_place, "life.hold",
     "Places a hold: nothing of the resource is destroyed until the data bureau lifts it.", hold_inputs, NULL},
    {"POST", "/api/v1/resources/{id}/hold/lift", PERMIT_CATALOG_REVIEW, LANE_WRITE, hold_lift, "life.lift", "Lifts a hold.",
     lift_inputs, NULL},
};

static const JobKind jobs[] = {{"life.destroy", destroy_job_run, .changes = true}};
static const Chore chores[] = {{"life.retention", 60, retention_chore}};

const Module life_module = {
    .name = "life",
    .routes = life_routes,
    .route_count = LIFE_ROUTES,
    .migrations = life_migrations,
    .migration_count = LIFE_MIGRATIONS,
    ROWS_OF(job, jobs),
    ROWS_OF(chore, chores),
};
