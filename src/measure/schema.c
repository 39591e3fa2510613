/* Owns the room's tables. Times are UTC µs, 0 = not yet; days count from 1970, NULL = not known. */
#include "measure/parts.h"

static const char tables_sql[] =
    /* spread: reference. 政务信息系统目录. level: of the protection scheme (等级保护), 0 = not graded */
    "CREATE TABLE info_system (system_id BIGINT PRIMARY KEY, name TEXT NOT NULL, search_text TEXT NOT NULL, org_id BIGINT NOT "
    "NULL,"
    " purpose TEXT NOT NULL, network TEXT NOT NULL, data TEXT NOT NULL, budget TEXT NOT NULL, plan TEXT NOT NULL,"
    " plan_note TEXT NOT NULL, live_day BIGINT, level BIGINT NOT NULL, updated_us BIGINT NOT NULL, updated_by TEXT NOT NULL,"
    " version BIGINT NOT NULL);\n"
    "CREATE UNIQUE INDEX info_system_name ON info_system (org_id, name);\n"
    /* spread: reference. Which entries hold a system's data */
    "CREATE TABLE info_system_resource (system_id BIGINT NOT NULL, resource_id BIGINT NOT NULL, PRIMARY KEY (system_id, "
    "resource_id));\n"
    "CREATE INDEX info_system_resource_of ON info_system_resource (resource_id);\n"
    /* spread: reference. What service items ask people for; resource_id: the entry that could supply it, 0 = none found;
       decided: somebody said so, matching leaves it alone */
    "CREATE TABLE service_material (material_id BIGINT PRIMARY KEY, item_code TEXT NOT NULL, item_name TEXT NOT NULL,"
    " org_id BIGINT NOT NULL, material TEXT NOT NULL, basis TEXT NOT NULL, resource_id BIGINT NOT NULL, matched_by TEXT NOT NULL,"
    " decided BIGINT NOT NULL, updated_us BIGINT NOT NULL, version BIGINT NOT NULL);\n"
    "CREATE UNIQUE INDEX service_material_name ON service_material (item_code, material);\n"
    /* spread: reference. What a check found; one row from its first to its last sight. detail: JSON, what it was seen by */
    "CREATE TABLE audit_finding (finding_id BIGINT PRIMARY KEY, check_name TEXT NOT NULL, subject TEXT NOT NULL,"
    " org_id BIGINT NOT NULL, system_id BIGINT NOT NULL, resource_id BIGINT NOT NULL, case_id BIGINT NOT NULL, title TEXT NOT "
    "NULL,"
    " detail TEXT NOT NULL, state TEXT NOT NULL, first_us BIGINT NOT NULL, last_us BIGINT NOT NULL, gone_us BIGINT NOT NULL,"
    " order_us BIGINT NOT NULL, order_by TEXT NOT NULL, order_note TEXT NOT NULL, order_case BIGINT NOT NULL,"
    " order_number TEXT NOT NULL, answer TEXT NOT NULL, answer_us BIGINT NOT NULL, answer_by TEXT NOT NULL, excuse TEXT NOT NULL,"
    " excuse_us BIGINT NOT NULL, excuse_by TEXT NOT NULL, version BIGINT NOT NULL);\n"
    "CREATE UNIQUE INDEX audit_finding_live ON audit_finding (check_name, subject) WHERE state <> 'gone';\n"
    "CREATE INDEX audit_finding_org ON audit_finding (org_id, finding_id);\n"
    /* spread: reference. The last run of each check */
    "CREATE TABLE audit_run (check_name TEXT PRIMARY KEY, at_us BIGINT NOT NULL, found BIGINT NOT NULL, fresh BIGINT NOT NULL,"
    " gone BIGINT NOT NULL);\n"
    /* spread: reference. Versions stay: an assessment keeps the one it was computed by */
    "CREATE TABLE assess_scheme (name TEXT NOT NULL, version BIGINT NOT NULL, document TEXT NOT NULL, stored_us BIGINT NOT NULL,"
    " PRIMARY KEY (name, version));\n"
    /* spread: reference. One period by one scheme; period: 2026-11 or 2026-Q4; digest: '' until computed */
    "CREATE TABLE assessment (assessment_id BIGINT PRIMARY KEY, scheme TEXT NOT NULL, scheme_version BIGINT NOT NULL,"
    " period TEXT NOT NULL, from_us BIGINT NOT NULL, to_us BIGINT NOT NULL, state TEXT NOT NULL, job_id BIGINT NOT NULL,"
    " computed_us BIGINT NOT NULL, contest_until BIGINT NOT NULL, digest TEXT NOT NULL, published_us BIGINT NOT NULL,"
    " published_by TEXT NOT NULL, finding_count BIGINT NOT NULL, version BIGINT NOT NULL);\n"
    "CREATE UNIQUE INDEX assessment_period ON assessment (scheme, period);\n"
    /* spread: by(assessment_id). place: rank, equal scores share one; score: hundredths of a point, -1 = nothing to assess */
    "CREATE TABLE assessment_org (assessment_id BIGINT NOT NULL, org_id BIGINT NOT NULL, org_name TEXT NOT NULL, score BIGINT "
    "NOT "
    "NULL,"
    " place BIGINT NOT NULL, PRIMARY KEY (assessment_id, org_id));\n"
    /* spread: by(assessment_id). score as above; counts: JSON, the named counts it was computed from */
    "CREATE TABLE assessment_score (assessment_id BIGINT NOT NULL, org_id BIGINT NOT NULL, indicator TEXT NOT NULL,"
    " score BIGINT NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (assessment_id, org_id, indicator));\n"
    /* spread: by(assessment_id). What counts and how: part of whole. adjusted: a contest that was accepted, was_part/was_whole:
       before it */
    "CREATE TABLE assessment_line (assessment_id BIGINT NOT NULL, line_no BIGINT NOT NULL, org_id BIGINT NOT NULL, lines TEXT "
    "NOT "
    "NULL,"
    " kind TEXT NOT NULL, subject_id BIGINT NOT NULL, title TEXT NOT NULL, part BIGINT NOT NULL, whole BIGINT NOT NULL,"
    " fact TEXT NOT NULL, fact_us BIGINT NOT NULL, was_part BIGINT NOT NULL, was_whole BIGINT NOT NULL, adjusted BIGINT NOT NULL,"
    " PRIMARY KEY (assessment_id, line_no));\n"
    "CREATE INDEX assessment_line_of ON assessment_line (assessment_id, org_id, lines, line_no);\n"
    /* spread: by(assessment_id). What departments object to; line by its subject, so that it outlives computing anew */
    "CREATE TABLE assessment_contest (assessment_id BIGINT NOT NULL, contest_id BIGINT NOT NULL, org_id BIGINT NOT NULL,"
    " lines TEXT NOT NULL, kind TEXT NOT NULL, subject_id BIGINT NOT NULL, title TEXT NOT NULL, reason TEXT NOT NULL,"
    " asked_us BIGINT NOT NULL, asked_by TEXT NOT NULL, state TEXT NOT NULL, effect TEXT NOT NULL, answer TEXT NOT NULL,"
    " decided_us BIGINT NOT NULL, decided_by TEXT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (assessment_id, contest_id));\n"
    "CREATE UNIQUE INDEX assessment_contest_open ON assessment_contest (assessment_id, org_id, lines, kind, subject_id) WHERE "
    "state "
    "= 'open'";

/* The order is a case, which keeps number and answer; of answers given before it came, the words stay with the order's note. */
static const char orders_sql[] = "UPDATE audit_finding SET order_note = order_note || ' → ' || answer WHERE answer <> '';\n"
                                 "UPDATE audit_finding SET state = 'open' WHERE state = 'correction';\n"
                                 "ALTER TABLE audit_finding DROP COLUMN order_number;\n"
                                 "ALTER TABLE audit_finding DROP COLUMN answer;\n"
                                 "ALTER TABLE audit_finding DROP COLUMN answer_us;\n"
                                 "ALTER TABLE audit_finding DROP COLUMN answer_by;\n";

static const char automatic_sql[] =
    /* when the program computed it by itself, after its period had ended; 0: people did */
    "ALTER TABLE assessment ADD COLUMN automatic_us BIGINT NOT NULL DEFAULT 0";

const Migration measure_migrations[MEASURE_MIGRATIONS] = {{.name = "measure-1", .sql = tables_sql},
                                                          {.name = "measure-2-orders", .sql = orders_sql},
                                                          {.name = "measure-3-automatic", .sql = automatic_sql}};
