/* partner: the room's rows in the program's tables. Owns tables partner…; times are UTC µs, 0 = not yet. */
#include "partner/internal.h"

static const char tables_sql[] =
    /* spread: reference. kind: whose action "partner.<kind>" words its messages; token_locked: what its address asks for in a
       header; next_us: not called before; failures: since it last answered; since_us: what happened before is not told */
    "CREATE TABLE partner (partner_id BIGINT PRIMARY KEY, kind TEXT NOT NULL, account_id BIGINT NOT NULL UNIQUE, url TEXT NOT "
    "NULL,"
    " token_locked TEXT NOT NULL, key_no BIGINT NOT NULL, active BIGINT NOT NULL, next_us BIGINT NOT NULL, failures BIGINT NOT "
    "NULL,"
    " since_us BIGINT NOT NULL, updated_us BIGINT NOT NULL, updated_by TEXT NOT NULL, version BIGINT NOT NULL);\n"
    /* spread: by(case_id). told_no: the last step of the case that was looked at for this partner */
    "CREATE TABLE partner_case (case_id BIGINT NOT NULL, partner_id BIGINT NOT NULL, told_no BIGINT NOT NULL,"
    " PRIMARY KEY (case_id, partner_id));\n"
    /* spread: by(case_id). state: waiting, sent, failed (given up) */
    "CREATE TABLE partner_message (message_id BIGINT NOT NULL, partner_id BIGINT NOT NULL, case_id BIGINT NOT NULL,"
    " event_no BIGINT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL, attempts BIGINT NOT NULL, next_us BIGINT NOT NULL,"
    " made_us BIGINT NOT NULL, done_us BIGINT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (case_id, partner_id, event_no));\n"
    "CREATE INDEX partner_message_of ON partner_message (partner_id, message_id);\n"
    "CREATE INDEX partner_message_next ON partner_message (next_us) WHERE state = 'waiting';\n"
    "CREATE INDEX partner_message_done ON partner_message (done_us) WHERE state <> 'waiting';\n"
    /* spread: by(update_id). What an account's system said of a case, by its own number: done once */
    "CREATE TABLE partner_update (account_id BIGINT NOT NULL, update_id TEXT NOT NULL, case_id BIGINT NOT NULL, noted BIGINT NOT "
    "NULL,"
    " at_us BIGINT NOT NULL, PRIMARY KEY (account_id, update_id));\n"
    "CREATE INDEX partner_update_at ON partner_update (at_us);\n";

static const char platforms_sql[] =
    /* platform: its template where the partner is a platform above, '' else */
    "ALTER TABLE partner ADD COLUMN platform TEXT NOT NULL DEFAULT '';\n"
    /* spread: reference. Templates of platforms as packs give them */
    "CREATE TABLE partner_platform (name TEXT PRIMARY KEY, title TEXT NOT NULL, title_en TEXT NOT NULL, document TEXT NOT NULL,"
    " updated_us BIGINT NOT NULL);\n";
const Migration partner_migrations[PARTNER_MIGRATIONS] = {{.name = "partner-1", .sql = tables_sql},
                                                          {.name = "partner-2-platforms", .sql = platforms_sql}};

static const Setting settings[] = {
    {"partner.networks", "", "Inner networks to which changes of cases may be posted, e.g. 10.1.0.0/16, with commas; empty: none",
     .good = networks_good, .advice = "Write networks like 10.1.0.0/16 with commas between, or leave it empty."},
    {"partner.retry_seconds", "30", "Seconds until a message to another system is sent again, doubled each time up to an hour", 1,
     3600},
    {"partner.give_up_hours", "72", "Hours after which a message that another system never took is given up", 1, 8760},
    {"partner.keep_days", "400", "Days that messages to other systems stay after they were taken or given up", 1, 36600},
};
static const Action actions[] = {
    {"platform.check", action_platform_check}, /* arg: PackPart of catalog.h */
    {"platform.local", action_platform_local},  {"platform.put", action_platform_put},
    {"partner.platform", action_platform_told}, {"case.above", action_case_above},
};
static const Chore chores[] = {{"partner.messages", 720, messages_chore}, {"partner.updates", 720, updates_chore}};

const Module partner_module = {
    .name = "partner",
    .routes = partner_routes,
    .route_count = PARTNER_ROUTES,
    ROWS_OF(migration, partner_migrations),
    ROWS_OF(setting, settings),
    ROWS_OF(chore, chores),
    ROWS_OF(action, actions),
    .start = pump_start,
    .stop = pump_stop,
};
