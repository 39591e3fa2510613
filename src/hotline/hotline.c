/* hotline: the room's rows in the program's tables. Owns table hotline_call; times are UTC µs, 0 = not yet. */
#include "hotline/internal.h"

static const char tables_sql[] =
    /* spread: by(call_id). caller: locked {name, phone}; caller_hash: keyed hash of the number's digits, '' = none was given;
       state: waiting, event, answered, transferred; operator_id 0 = nobody took it; case_id 0 = no event */
    "CREATE TABLE hotline_call (call_id BIGINT PRIMARY KEY, channel TEXT NOT NULL, type TEXT NOT NULL, words TEXT NOT NULL,"
    " caller TEXT NOT NULL, caller_hash TEXT NOT NULL, confidential BIGINT NOT NULL, state TEXT NOT NULL, ending TEXT NOT NULL,"
    " operator_id BIGINT NOT NULL, case_id BIGINT NOT NULL, received_us BIGINT NOT NULL, ended_us BIGINT NOT NULL,"
    " version BIGINT NOT NULL);\n"
    "CREATE INDEX hotline_call_state ON hotline_call (state, call_id);\n"
    "CREATE INDEX hotline_call_caller ON hotline_call (caller_hash, call_id) WHERE caller_hash <> '';\n";
static const Migration migrations[] = {{.name = "hotline-1", .sql = tables_sql}};

const Module hotline_module = {
    .name = "hotline",
    .routes = hotline_routes,
    .route_count = HOTLINE_ROUTES,
    ROWS_OF(migration, migrations),
};
