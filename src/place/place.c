/* place: the room's tables and rows. */
#include "place/internal.h"

static const char ladder_sql[] =
    /* spread: reference. Who is asked one after the other, each so many minutes; no rows: as the area above */
    "CREATE TABLE area_ladder (area_key BIGINT NOT NULL, step_no BIGINT NOT NULL, who TEXT NOT NULL, minutes BIGINT NOT NULL,"
    " set_at BIGINT NOT NULL, set_by BIGINT NOT NULL, PRIMARY KEY (area_key, step_no))";

static const char heir_sql[] =
    /* spread: reference. Steps of areas that ended: outcome carried (to_key has them from at_us on), own (it has its own), other
       (it got another's), unclear (none took more than half: to_key 0), replaced (carried, then set anew) */
    "CREATE TABLE area_change_ladder (change_id BIGINT NOT NULL, area_key BIGINT NOT NULL, from_key BIGINT NOT NULL, to_key "
    "BIGINT"
    " NOT NULL, percent BIGINT NOT NULL, outcome TEXT NOT NULL, at_us BIGINT NOT NULL, PRIMARY KEY (change_id, area_key));\n"
    "CREATE INDEX area_change_ladder_to ON area_change_ladder (to_key, at_us)";

static const Migration migrations[] = {
    {
        .name = "place-1",
        .sql =
            /* spread: reference. A version of an area each; area_key goes through the versions; valid_until 0 = in force; times
               UTC µs; geometry: GeoJSON, CGCS2000 degrees; crs: what it was brought in as */
        "CREATE TABLE area (area_id BIGINT PRIMARY KEY, area_key BIGINT NOT NULL, level BIGINT NOT NULL, code TEXT NOT NULL,"
        " name TEXT NOT NULL, parent_key BIGINT NOT NULL, org_id BIGINT NOT NULL, valid_from BIGINT NOT NULL,"
        " valid_until BIGINT NOT NULL, geometry TEXT NOT NULL, crs BIGINT NOT NULL, stored_at BIGINT NOT NULL,"
        " stored_by BIGINT NOT NULL);\n"
        "CREATE UNIQUE INDEX area_in_force ON area (level, code) WHERE valid_until = 0;\n"
        "CREATE INDEX area_versions ON area (area_key, valid_from);\n"
        "CREATE INDEX area_parent ON area (parent_key, area_id);\n"
        "CREATE INDEX area_times ON area (valid_from, valid_until);\n"
        /* spread: reference. rank 0: the area's own officer, 1…: substitutes in order; valid_until 0 = open */
        "CREATE TABLE area_officer (area_key BIGINT NOT NULL, rank BIGINT NOT NULL, account_id BIGINT NOT NULL,"
        " valid_from BIGINT NOT NULL, valid_until BIGINT NOT NULL, set_at BIGINT NOT NULL, set_by BIGINT NOT NULL,"
        " PRIMARY KEY (area_key, rank, valid_from));\n"
        "CREATE INDEX area_officer_account ON area_officer (account_id, area_key)",
    },
    {.name = "place-2-ladder", .sql = ladder_sql},
    {.name = "place-3-heir", .sql = heir_sql}};

const Module place_module = {
    .name = "place",
    .routes = place_routes,
    .route_count = PLACE_ROUTES,
    ROWS_OF(migration, migrations),
    .start = place_shelf_start,
    .stop = place_shelf_stop,
};
