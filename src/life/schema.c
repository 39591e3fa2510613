/* Owns the room's tables. A list keeps counts, times, a digest and who decided: never a value or an id of a record. */
#include "life/internal.h"

const Migration life_migrations[LIFE_MIGRATIONS] = {{
    .name = "life-1",
    .sql =
        /* spread: reference. Days count from 1970, times are UTC µs, 0 = not yet. rule: months, kept_from, field…, max_ver */
    "CREATE TABLE destruction (destruction_id BIGINT PRIMARY KEY, resource_id BIGINT NOT NULL, org_id BIGINT NOT NULL,"
    " scope TEXT NOT NULL, state TEXT NOT NULL, version BIGINT NOT NULL, months BIGINT NOT NULL, kept_from BIGINT NOT NULL,"
    " field TEXT NOT NULL, field_no BIGINT NOT NULL, field_before BIGINT NOT NULL, job_before BIGINT NOT NULL,"
    " max_ver BIGINT NOT NULL, quarantine_before BIGINT NOT NULL, resource_version BIGINT NOT NULL,"
    " listed TEXT NOT NULL, listed_count BIGINT NOT NULL, quarantine_listed BIGINT NOT NULL, first_us BIGINT NOT NULL,"
    " last_us BIGINT NOT NULL, opened_us BIGINT NOT NULL, opened_by TEXT NOT NULL, postponed_us BIGINT NOT NULL,"
    " reason TEXT NOT NULL, basis TEXT NOT NULL, proposed_by BIGINT NOT NULL, proposed_login TEXT NOT NULL,"
    " proposed_us BIGINT NOT NULL, propose_note TEXT NOT NULL, reviewed_by BIGINT NOT NULL, reviewed_login TEXT NOT NULL,"
    " reviewed_us BIGINT NOT NULL, review_note TEXT NOT NULL, job_id BIGINT NOT NULL, begun_us BIGINT NOT NULL,"
    " done TEXT NOT NULL, done_count BIGINT NOT NULL, quarantine_done BIGINT NOT NULL, ended_us BIGINT NOT NULL);\n"
    "CREATE UNIQUE INDEX destruction_active ON destruction (resource_id)"
    " WHERE state IN ('open', 'proposed', 'approved', 'postponed');\n"
    "CREATE INDEX destruction_resource ON destruction (resource_id, destruction_id);\n"
    "CREATE INDEX destruction_org ON destruction (org_id, destruction_id);\n"
    /* spread: reference. 封存: nothing of the resource is destroyed while a hold is not lifted */
    "CREATE TABLE retention_hold (hold_id BIGINT PRIMARY KEY, resource_id BIGINT NOT NULL, reason TEXT NOT NULL,"
    " basis TEXT NOT NULL, placed_login TEXT NOT NULL, placed_us BIGINT NOT NULL, lifted_login TEXT NOT NULL,"
    " lifted_us BIGINT NOT NULL, lift_reason TEXT NOT NULL);\n"
    "CREATE UNIQUE INDEX retention_hold_live ON retention_hold (resource_id) WHERE lifted_us = 0;\n"
    /* spread: reference. The day (Asia/Shanghai) a resource was last looked at */
    "CREATE TABLE retention_look (resource_id BIGINT PRIMARY KEY, day BIGINT NOT NULL)",
}};
