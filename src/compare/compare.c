/* compare: the room's tables and rows. Times are UTC µs, 0 = not yet. */
#include "compare/internal.h"

static const Migration migrations[] = {
    {
        .name = "compare-1",
        .sql =
            /* spread: reference. What is compared; document JSON {keys, fields, left_filter, right_filter}; last_run: the newest
               that ended, next_run: the newest begun; ended_us: it was removed */
        "CREATE TABLE comparison (comparison_id BIGINT PRIMARY KEY, org_id BIGINT NOT NULL, created_by BIGINT NOT NULL,"
        " created_us BIGINT NOT NULL, name TEXT NOT NULL, purpose TEXT NOT NULL, left_id BIGINT NOT NULL, right_id BIGINT NOT "
        "NULL,"
        " document TEXT NOT NULL, last_run BIGINT NOT NULL, next_run BIGINT NOT NULL, ended_us BIGINT NOT NULL);\n"
        "CREATE INDEX comparison_org ON comparison (org_id, comparison_id);\n"
        /* spread: by(run_id). counts JSON, {} until it ended; kept: its differences were not taken out */
        "CREATE TABLE comparison_run (run_id BIGINT PRIMARY KEY, comparison_id BIGINT NOT NULL, job_id BIGINT NOT NULL,"
        " account_id BIGINT NOT NULL, begun_us BIGINT NOT NULL, ended_us BIGINT NOT NULL, counts TEXT NOT NULL, kept BIGINT NOT "
        "NULL);\n"
        "CREATE INDEX comparison_run_of ON comparison_run (comparison_id, run_id);\n"
        "CREATE INDEX comparison_run_kept ON comparison_run (run_id) WHERE kept = 1;\n"
        /* spread: by(run_id). No values: ids of records (0 = none), bits of compared fields, a keyed digest of the key */
        "CREATE TABLE comparison_difference (run_id BIGINT NOT NULL, difference_no BIGINT NOT NULL, kind TEXT NOT NULL,"
        " fields BIGINT NOT NULL, left_record BIGINT NOT NULL, right_record BIGINT NOT NULL, left_rows BIGINT NOT NULL,"
        " right_rows BIGINT NOT NULL, key_mark TEXT NOT NULL, PRIMARY KEY (run_id, difference_no));\n"
        "CREATE INDEX comparison_difference_kind ON comparison_difference (run_id, kind, difference_no);\n"
        "CREATE INDEX comparison_difference_key ON comparison_difference (run_id, key_mark)",
    },
    {.name = "compare-2-timetable",
     .sql = /* run_as: the account under whose right it runs by the timetable */
     "ALTER TABLE comparison ADD COLUMN timetable TEXT NOT NULL DEFAULT 'manual';\n"
     "ALTER TABLE comparison ADD COLUMN weekday BIGINT NOT NULL DEFAULT 0;\n"
     "ALTER TABLE comparison ADD COLUMN daily_minute BIGINT NOT NULL DEFAULT 0;\n"
     "ALTER TABLE comparison ADD COLUMN next_us BIGINT NOT NULL DEFAULT 0;\n"
     "ALTER TABLE comparison ADD COLUMN run_as BIGINT NOT NULL DEFAULT 0;\n"
     "ALTER TABLE comparison ADD COLUMN problem TEXT NOT NULL DEFAULT '';\n"
     "ALTER TABLE comparison ADD COLUMN advice TEXT NOT NULL DEFAULT '';\n"
     "ALTER TABLE comparison_run ADD COLUMN by_timetable BIGINT NOT NULL DEFAULT 0;\n"
     "UPDATE comparison SET run_as = created_by;\n"
     "CREATE INDEX comparison_due ON comparison (next_us) WHERE next_us > 0"},
    {.name = "compare-3-days", /* weekdays: JSON list, 1 Monday … 7 Sunday */
     .sql = "ALTER TABLE comparison ADD COLUMN every_hours BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE comparison ADD COLUMN weekdays TEXT NOT NULL DEFAULT '[]';\n"
            "ALTER TABLE comparison ADD COLUMN month_day BIGINT NOT NULL DEFAULT 0;\n"
            "UPDATE comparison SET weekdays = '[' || CAST(weekday AS TEXT) || ']' WHERE timetable = 'weekly';\n"
            "ALTER TABLE comparison DROP COLUMN weekday"}};

static const JobKind jobs[] = {{"compare.run", compare_job_run}};
static const Setting settings[] = {
    {"compare.keep_differences", "20000", "Differences of one kind that a run of a comparison keeps at most; all are counted",
     100, 1000000},
    {"compare.keep_runs", "5", "Runs of a comparison whose differences are kept; counts of older ones stay", 1, 100},
};
static const Chore chores[] = {{"compare.differences", 10, compare_chore}, {"compare.timetable", 1, compare_timetable_chore}};

const Module compare_module = {
    .name = "compare",
    .routes = compare_routes,
    .route_count = COMPARE_ROUTES,
    ROWS_OF(migration, migrations),
    ROWS_OF(job, jobs),
    ROWS_OF(setting, settings),
    ROWS_OF(chore, chores),
};
