/* intake: the room's rows in the program's tables. Owns tables event_import…; times are UTC µs, 0 = not yet. */
#include "intake/internal.h"

static const char tables_sql[] =
    /* spread: reference. How the files of a sending system are read; document: see mapping.c */
    "CREATE TABLE event_import_system (system_id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL,"
    " updated_us BIGINT NOT NULL, updated_by TEXT NOT NULL, version BIGINT NOT NULL);\n"
    /* spread: reference. document: the mapping as it was when it began; columns: of the file, JSON; history: 1 closed rows come
       in as history, 0 they are refused; counts as of the job's checkpoint */
    "CREATE TABLE event_import (import_id BIGINT PRIMARY KEY, system_id BIGINT NOT NULL, upload_id BIGINT NOT NULL, file_name "
    "TEXT"
    " NOT NULL, sha256 TEXT NOT NULL, sheet TEXT NOT NULL, columns TEXT NOT NULL, document TEXT NOT NULL, history BIGINT NOT "
    "NULL,"
    " org_id BIGINT NOT NULL, account_id BIGINT NOT NULL, job_id BIGINT NOT NULL, rows_read BIGINT NOT NULL, open_count BIGINT "
    "NOT"
    " NULL, history_count BIGINT NOT NULL, repeated_count BIGINT NOT NULL, refused_count BIGINT NOT NULL, created_us BIGINT NOT"
    " NULL);\n"
    "CREATE INDEX event_import_org ON event_import (org_id, import_id);\n"
    /* spread: by(import_id). cells: JSON array, locked, as it came */
    "CREATE TABLE event_import_refused (import_id BIGINT NOT NULL, row_no BIGINT NOT NULL, field TEXT NOT NULL, value TEXT NOT "
    "NULL,"
    " rule TEXT NOT NULL, message TEXT NOT NULL, advice TEXT NOT NULL, cells TEXT NOT NULL, at_us BIGINT NOT NULL,"
    " PRIMARY KEY (import_id, row_no));\n"
    "CREATE INDEX event_import_refused_at ON event_import_refused (at_us);\n";
static const Migration migrations[] = {{.name = "intake-1", .sql = tables_sql}};

static const Setting settings[] = {
    {"intake.keep_days", "90", "Days after which the refused rows of an import of events are removed", 1, 3660},
};
static const JobKind jobs[] = {{"intake.events", import_job}};
static const Chore chores[] = {{"intake.refused", 360, refused_chore}};

const Module intake_module = {
    .name = "intake",
    .routes = intake_routes,
    .route_count = INTAKE_ROUTES,
    ROWS_OF(migration, migrations),
    ROWS_OF(setting, settings),
    ROWS_OF(job, jobs),
    ROWS_OF(chore, chores),
};
