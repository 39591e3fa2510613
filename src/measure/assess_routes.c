/* assess_routes: the rows of the assessment's routes. */
#include "measure/assess.h"

static const InputField none_in[] = {{0}};
static const InputField id_in[] = {ID_PATH("assessment"), {0}};
static const InputField list_in[] = {{"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
                                     {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
                                     {0}};
static const InputField post_in[] = {
    {"period", IN_BODY, TYPE_TEXT, true, .min = 7, .max = 7, .doc = "a month, 2026-11, or a quarter, 2026-Q4"},
    {"scheme", IN_BODY, TYPE_TEXT, .min = 1, .max = 40, .doc = "sharing when left out"},
    {"contest_until", IN_BODY, TYPE_TIME, .doc = "until when departments contest; setting measure.contest_days when left out"},
    {0}};
static const InputField lines_in[] = {
    ID_PATH("assessment"),
    {"org", IN_QUERY, TYPE_ID, .min = 1, .doc = "only of this organisation (data bureau; a department has its own)"},
    {"indicator", IN_QUERY, TYPE_TEXT, .min = 1, .max = 40, .doc = "only what this indicator counts"},
    {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
    {0}};
static const InputField trend_in[] = {{"scheme", IN_QUERY, TYPE_TEXT, .min = 1, .max = 40, .doc = "sharing when left out"},
                                      {"org", IN_QUERY, TYPE_ID, .min = 1, .doc = "only this organisation"},
                                      {"quarters", IN_QUERY, TYPE_BOOL, .doc = "quarters, not months"},
                                      {0}};
#define SEEN                                                                                                                     \
	{ "version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "version that was seen" }
static const InputField deadline_in[] = {
    ID_PATH("assessment"), SEEN, {"contest_until", IN_BODY, TYPE_TIME, true, .doc = "until when departments contest"}, {0}};
static const InputField publish_in[] = {ID_PATH("assessment"), SEEN, {0}};
static const InputField contest_in[] = {
    ID_PATH("assessment"),
    {"line_no", IN_BODY, TYPE_ID, true, .min = 1, .doc = "one of the department's own lines"},
    {"reason", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = "why it should count otherwise"},
    {0}};
static const InputField decide_in[] = {
    ID_PATH("assessment"),
    {"contest", IN_PATH, TYPE_ID, true, .min = 1, .doc = "contest"},
    SEEN,
    {"decision", IN_BODY, TYPE_ENUM, true, .choices = "accept|reject", .doc = "decision"},
    {"effect", IN_BODY, TYPE_ENUM, .choices = "count|leave_out",
     .doc = "accepted: the line counts in full (when left out), or for nothing"},
    {"answer", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = "reason, shown beside the line"},
    {0}};

#define SUMMARY_OUT                                                                                                              \
	{"assessment_id", "string", "assessment"}, {"scheme", "string", "scheme"},                                               \
	    {"scheme_version", "number", "version it was computed by"}, {"period", "string", "2026-11 or 2026-Q4"},              \
	    {"state", "\"computing\"|\"computed\"|\"published\"", "state"}, {"job_id", "string|null", "last job"},               \
	    {"computed_at", "string|null", "what it counts is of then"}, {"contest_until", "string|null", "deadline"},           \
	    {"digest", "string", "SHA-256 over scheme, scores and lines"}, {"published_at", "string|null", "time"},              \
	    {"published_by", "string", "login"}, {"findings", "number", "findings of the checks alive then"},                    \
	    {"orgs_assessed", "number", "departments"}, {"open_contests", "number", "contests waiting"},                         \
	    {"own_score", "number|null", "the caller's department: hundredths of a point; -1: nothing to assess"},               \
	    {"own_place", "number|null", "and its place"}, {"version", "number", "for changes"},                                 \
	    {"automatic_at", "string|null", "when the program first set out to compute it by itself, after the period"}, {       \
		"job_state", "string|null", "of the last job; failed: what stands is of before"                                  \
	}
#define SCHEME_TS                                                                                                                \
	"{scheme:string,title:string,title_en:string,doc?:string,indicators:{name:string,title:string,title_e"                   \
	"n:string,weight:number,lines:string[],formula:string,good:number,poor:number}[]}"
static const OutputField list_out[] = {
    {"items",
     "{assessment_id:string,scheme:string,scheme_version:number,period:string,state:\"computing\"|"
     "\"computed\"|\"published\",job_id:string|null,computed_at:string|null,contest_until:string|null,"
     "digest:string,published_at:string|null,published_by:string,findings:number,orgs_assessed:number,"
     "open_contests:number,own_score:number|null,own_place:number|null,version:number,automatic_at:string|null,job_state:string|"
     "null}[]",
     "newest first"},
    {"next", "string|null", "for `after`"},
    {0}};
static const OutputField one_out[] = {
    SUMMARY_OUT,
    {"document", SCHEME_TS, "the scheme, see docs/packs.md"},
    {"scheme_sha256", "string", "of that document as stored"},
    {"may", "{compute:boolean,publish:boolean,contest:boolean}", "what the caller may do now"},
    {"line_sets", "{name:string,title:string,title_en:string,whole:string,part:string}[]", "what can be counted"},
    {"orgs",
     "{org_id:string,org_name:string,score:number,place:number,scores:{indicator:string,score:number,counts:Record<string,number>"
     "}[]}[]",
     "best first; scores in hundredths of a point, -1: nothing to assess"},
    {0}};
static const OutputField begun_out[] = {{"assessment_id", "string", "assessment"}, {"job_id", "string", "job"}, {0}};
static const OutputField lines_out[] = {{"items",
                                         "{line_no:string,org_id:string,lines:string,kind:\"entry\"|\"system\"|\"job\"|\"case\"|"
                                         "\"finding\",subject_id:string,title:string,"
                                         "part:number,whole:number,fact:string,fact_at:string|null,was_part:number,was_whole:"
                                         "number,adjusted:boolean,contest:string|null,"
                                         "contest_reason:string|null,contest_answer:string|null}[]",
                                         "in the order of the digest"},
                                        {"next", "string|null", "for `after`"},
                                        {0}};
static const OutputField schemes_out[] = {
    {"items", "{name:string,version:number,stored_at:string,document:" SCHEME_TS "}[]", "newest versions"}, ONE_PAGE, {0}};
static const OutputField trend_out[] = {
    {"items", "{assessment_id:string,period:string,org_id:string,org_name:string,score:number,place:number}[]",
     "published, oldest first"},
    ONE_PAGE,
    {0}};
static const OutputField recompute_out[] = {{"digest", "string", "computed now"},
                                            {"stored", "string", "the assessment's"},
                                            {"same", "boolean", "they are equal"},
                                            {"lines", "number", "lines counted"},
                                            {0}};
static const OutputField publish_out[] = {{"digest", "string", "frozen; also in evidence"}, {0}};
static const OutputField contests_out[] = {
    {"items",
     "{contest_id:string,org_id:string,org_name:string,lines:string,kind:string,subject_"
     "id:string,title:string,reason:string,asked_at:"
     "string,asked_by:string,asked_by_name:string,state:\"open\"|\"accepted\"|\"rejected\",effect:string,"
     "answer:string,decided_at:string|null,decided_by:string,decided_by_name:string,"
     "version:number}[]",
     "newest first"},
    ONE_PAGE,
    {0}};
static const OutputField contest_out[] = {{"contest_id", "string", "contest"}, {0}};

const Route assess_routes[ASSESS_ROUTES] = {
    {"GET", "/api/v1/schemes", PERMIT_JOBS_READ, LANE_READ, schemes_get, "measure.schemes", "Schemes of assessment.", none_in,
     schemes_out},
    {"GET", "/api/v1/assessments", PERMIT_JOBS_READ, LANE_READ, assessments_get, "measure.assessments",
     "Assessments, newest first.", list_in, list_out},
    {"POST", "/api/v1/assessments", PERMIT_SUPERVISE, LANE_WRITE, assessment_post, "measure.assess",
     "Computes a period, anew where it is not published, by a job.", post_in, begun_out},
    {"GET", "/api/v1/assessments/trend", PERMIT_JOBS_READ, LANE_READ, assessment_trend, "measure.trend",
     "Published scores by period.", trend_in, trend_out},
    {"GET", "/api/v1/assessments/{id}", PERMIT_JOBS_READ, LANE_READ, assessment_get, "measure.assessment",
     "One assessment: a department sees its own scores, after publication everybody's.", id_in, one_out},
    {"GET", "/api/v1/assessments/{id}/lines", PERMIT_JOBS_READ, LANE_READ, assessment_lines_get, "measure.lines",
     "The lines behind the numbers: part of whole, and the fact that decided.", lines_in, lines_out},
    {"POST", "/api/v1/assessments/{id}/recompute", PERMIT_JOBS_READ, LANE_READ, assessment_recompute, "measure.recompute",
     "Computes scores and digest anew from the stored lines and compares; changes nothing.", id_in, recompute_out, 0,
     ROUTE_PERSONAL},
    {"POST", "/api/v1/assessments/{id}/deadline", PERMIT_SUPERVISE, LANE_WRITE, assessment_deadline, "measure.deadline",
     "Moves the time until which departments contest.", deadline_in, NULL},
    {"POST", "/api/v1/assessments/{id}/publish", PERMIT_SUPERVISE, LANE_WRITE, assessment_publish, "measure.publish",
     "Freezes and publishes it, when the deadline is over and nothing is contested.", publish_in, publish_out},
    {"GET", "/api/v1/assessments/{id}/workbook", PERMIT_JOBS_READ, LANE_READ, assessment_book, "measure.workbook",
     "Ranking, scores, lines and contests as an XLSX workbook.", id_in, NULL, 0, ROUTE_STREAM},
    {"GET", "/api/v1/assessments/{id}/contests", PERMIT_JOBS_READ, LANE_READ, contests_get, "measure.contests",
     "Contested lines: one's own department's, the data bureau all.", id_in, contests_out},
    {"POST", "/api/v1/assessments/{id}/contests", PERMIT_CATALOG_EDIT, LANE_WRITE, contest_post, "measure.contest",
     "Contests one of the department's lines.", contest_in, contest_out},
    {"POST", "/api/v1/assessments/{id}/contests/{contest}/decide", PERMIT_SUPERVISE, LANE_WRITE, contest_decide,
     "measure.contest_decide", "Accepts a contest, which changes the line and the scores, or rejects it.", decide_in, NULL},
};
