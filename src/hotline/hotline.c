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
/* reference: the switch's, of the call. back_state: '' nobody is called back, waiting, done, unreachable; back_next_us: not
 * before; stars, back_words: what the caller said of the result. */
static const char work_sql[] =
    "ALTER TABLE hotline_call ADD COLUMN reference TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE hotline_call ADD COLUMN back_state TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE hotline_call ADD COLUMN back_tries BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE hotline_call ADD COLUMN back_next_us BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE hotline_call ADD COLUMN stars BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE hotline_call ADD COLUMN back_words TEXT NOT NULL DEFAULT '';\n"
    "CREATE INDEX hotline_call_back ON hotline_call (back_next_us, call_id) WHERE back_state = 'waiting';\n"
    "CREATE INDEX hotline_call_operator ON hotline_call (operator_id, call_id);\n"
    "CREATE INDEX hotline_call_reference ON hotline_call (reference) WHERE reference <> '';\n"
    /* spread: reference */
    "CREATE TABLE hotline_extension (account_id BIGINT PRIMARY KEY, extension TEXT NOT NULL UNIQUE);\n"
    /* spread: by(reference). What the switch told of calls: state ringing, answered, ended; call_id 0 = not taken down; kept a
       day */
    "CREATE TABLE hotline_ring (reference TEXT PRIMARY KEY, account_id BIGINT NOT NULL, caller TEXT NOT NULL, state TEXT NOT "
    "NULL,"
    " call_id BIGINT NOT NULL, at_us BIGINT NOT NULL, changed_us BIGINT NOT NULL);\n"
    "CREATE INDEX hotline_ring_account ON hotline_ring (account_id, at_us);\n"
    "CREATE INDEX hotline_ring_at ON hotline_ring (at_us);\n";
/* kind: knowledge, template; type: of calls it is for, '' all; state: draft (never published), published, retired; draft_state:
 * '' (none), draft, review, returned; draft: the proposed content as JSON; org_id: whose answer it is, 0 the centre's. */
static const char knowledge_sql[] =
    /* spread: reference */
    "CREATE TABLE hotline_article (article_id BIGINT PRIMARY KEY, kind TEXT NOT NULL, type TEXT NOT NULL, title TEXT NOT NULL,"
    " answer TEXT NOT NULL, keywords TEXT NOT NULL, org_id BIGINT NOT NULL, valid_until_us BIGINT NOT NULL, state TEXT NOT NULL,"
    " draft_state TEXT NOT NULL, draft TEXT NOT NULL, draft_by BIGINT NOT NULL, review_note TEXT NOT NULL, used BIGINT NOT NULL,"
    " doubts BIGINT NOT NULL, doubt_words TEXT NOT NULL, edition BIGINT NOT NULL, published_us BIGINT NOT NULL, published_by"
    " BIGINT NOT NULL, updated_us BIGINT NOT NULL, version BIGINT NOT NULL);\n"
    "CREATE INDEX hotline_article_state ON hotline_article (kind, state, used);\n"
    "CREATE INDEX hotline_article_draft ON hotline_article (draft_state, article_id) WHERE draft_state <> '';\n"
    /* spread: reference. What was published, each edition */
    "CREATE TABLE hotline_edition (article_id BIGINT NOT NULL, edition BIGINT NOT NULL, document TEXT NOT NULL, by_account "
    "BIGINT NOT"
    " NULL, at_us BIGINT NOT NULL, PRIMARY KEY (article_id, edition));\n"
    /* spread: reference. Words of what is published */
    "CREATE TABLE hotline_word (word TEXT NOT NULL, article_id BIGINT NOT NULL, PRIMARY KEY (word, article_id));\n"
    "CREATE INDEX hotline_word_article ON hotline_word (article_id);\n";
/* desk: what is staffed ("12345", "centre", a town's code …); rank 1 is on duty, 2 and on are called when 1 cannot be reached. */
static const char shift_sql[] =
    /* spread: reference */
    "CREATE TABLE hotline_shift (shift_id BIGINT PRIMARY KEY, desk TEXT NOT NULL, account_id BIGINT NOT NULL, rank BIGINT NOT "
    "NULL,"
    " reach TEXT NOT NULL, begin_us BIGINT NOT NULL, end_us BIGINT NOT NULL, made_by BIGINT NOT NULL, version BIGINT NOT NULL);\n"
    "CREATE INDEX hotline_shift_desk ON hotline_shift (desk, end_us);\n"
    /* spread: reference. facts: what stood open then, JSON; confirmed_us 0: the next one has not taken over yet */
    "CREATE TABLE hotline_handover (handover_id BIGINT PRIMARY KEY, desk TEXT NOT NULL, from_account BIGINT NOT NULL, to_account"
    " BIGINT NOT NULL, since_us BIGINT NOT NULL, written_us BIGINT NOT NULL, facts TEXT NOT NULL, words TEXT NOT NULL, "
    "confirmed_us"
    " BIGINT NOT NULL);\n"
    "CREATE INDEX hotline_handover_desk ON hotline_handover (desk, handover_id);\n"
    /* spread: reference. Numbers given out before an outage; state: issued, used, void */
    "CREATE TABLE hotline_number (number TEXT PRIMARY KEY, block_id BIGINT NOT NULL, desk TEXT NOT NULL, state TEXT NOT NULL, "
    "call_id"
    " BIGINT NOT NULL, reason TEXT NOT NULL, issued_us BIGINT NOT NULL, changed_us BIGINT NOT NULL);\n"
    "CREATE INDEX hotline_number_block ON hotline_number (block_id, number);\n"
    "ALTER TABLE hotline_call ADD COLUMN paper_number TEXT NOT NULL DEFAULT '';\n";
static const char recording_sql[] =
    /* spread: reference. What was said in a call; mime by its first bytes */
    "CREATE TABLE hotline_recording (recording_id BIGINT PRIMARY KEY, call_id BIGINT NOT NULL, mime TEXT NOT NULL, size BIGINT "
    "NOT"
    " NULL, sha256 TEXT NOT NULL, pieces BIGINT NOT NULL, created_us BIGINT NOT NULL, by_account BIGINT NOT NULL);\n"
    "CREATE INDEX hotline_recording_call ON hotline_recording (call_id, recording_id);\n"
    "CREATE INDEX hotline_recording_created ON hotline_recording (created_us);\n"
    /* spread: by(recording_id). Its bytes, 512 KiB a piece, each sealed */
    "CREATE TABLE hotline_recording_piece (recording_id BIGINT NOT NULL, seq BIGINT NOT NULL, sealed TEXT NOT NULL,"
    " PRIMARY KEY (recording_id, seq));\n";
static const char rota_sql[] =
    /* spread: reference. Who has which turn of a desk; applies: workday, restday, holiday; begins: days since 1970, when the
       first team has the first turn; document: {turns, teams}, see rota.c */
    "CREATE TABLE hotline_rota (desk TEXT NOT NULL, applies TEXT NOT NULL, begins BIGINT NOT NULL, document TEXT NOT NULL,"
    " version BIGINT NOT NULL, PRIMARY KEY (desk, applies));\n";
static const char waiting_sql[] =
    "CREATE INDEX hotline_call_waiting ON hotline_call (received_us, call_id) WHERE state = 'waiting';\n";
static const char drop_sql[] =
    /* spread: reference. Files of the folder of recordings that were dealt with; name: sealed, it may hold a number; file_key: of
       name, size and time; state: taken, refused */
    "CREATE TABLE hotline_drop (drop_id BIGINT PRIMARY KEY, file_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, size BIGINT NOT"
    " NULL, state TEXT NOT NULL, rule TEXT NOT NULL, call_id BIGINT NOT NULL, recording_id BIGINT NOT NULL, at_us BIGINT NOT"
    " NULL);\n"
    /* spread: reference. One row: when it was last looked at, what waits there, what stands in the way */
    "CREATE TABLE hotline_drop_round (one BIGINT PRIMARY KEY, at_us BIGINT NOT NULL, waiting BIGINT NOT NULL, oldest_us BIGINT"
    " NOT NULL, problem TEXT NOT NULL);\n";
static const char found_sql[] =
    "CREATE INDEX hotline_article_found ON hotline_article (article_id, state, kind, type, valid_until_us, used);\n";
/* found_format: of its words in hotline_find, 0 = none */
static const char find_sql[] =
    "DROP TABLE hotline_word;\n"
    "DROP INDEX hotline_article_found;\n"
    "ALTER TABLE hotline_article ADD COLUMN found_format BIGINT NOT NULL DEFAULT 0;\n"
    /* spread: reference. Tokens of what is published; tier: 0 in the title … 3 */
    "CREATE TABLE hotline_find (kind TEXT NOT NULL, word TEXT NOT NULL, tier BIGINT NOT NULL, article_id BIGINT NOT NULL,"
    " PRIMARY KEY (kind, word, tier, article_id));\n"
    "CREATE INDEX hotline_find_article ON hotline_find (article_id);\n";
static const Migration migrations[] = {
    {.name = "hotline-1", .sql = tables_sql},          {.name = "hotline-2", .sql = work_sql},
    {.name = "hotline-3", .sql = knowledge_sql},       {.name = "hotline-4", .sql = shift_sql},
    {.name = "hotline-5", .sql = recording_sql},       {.name = "hotline-6-rotas", .sql = rota_sql},
    {.name = "hotline-7-waiting", .sql = waiting_sql}, {.name = "hotline-8-drop", .sql = drop_sql},
    {.name = "hotline-9-found", .sql = found_sql},     {.name = "hotline-10-find", .sql = find_sql}};

static const Setting settings[] = {
    {"hotline.back_hours", "4", "hours until a caller who could not be reached is called back again", 1, 168},
    {"hotline.back_tries", "3", "calls back until a caller counts as not to be reached", 1, 10},
    {"hotline.recording_days", "365", "days after which the recording of a call is removed", 30, 36500},
    {"hotline.recordings_folder", "",
     "Folder of this machine from which recordings of calls are taken over, each minute; empty: none", 0, 0,
     .good = drop_folder_good, .advice = "Write the whole path, as /srv/recordings, without . or .. in it."},
    {"hotline.recordings_name", "{reference}",
     "What their names say without the ending: {call}, {reference}, or {number} and {time}; {any} is not looked at", 0, 0,
     .good = drop_name_good,
     .advice = "Write e.g. {time}_{number}_{any}: each once, with something between them; {call}, {reference}, or both {number} "
               "and {time}."},
    {"hotline.recordings_wait_hours", "24", "hours that a recording waits in the folder for its call to be entered", 0, 720},
};

static const Chore chores[] = {{"hotline.recordings", 360, recordings_chore},
                               {"hotline.rings", 60, rings_chore},
                               {"hotline.drop", 1, drop_chore},
                               {"hotline.drop_rows", 360, drop_rows_chore}};

static const Action actions[] = {{"desk.on_duty", action_desk_on_duty}};

const Module hotline_module = {
    .name = "hotline",
    ROWS_OF(setting, settings),
    ROWS_OF(chore, chores),
    ROWS_OF(action, actions),
    .routes = hotline_routes,
    .route_count = HOTLINE_ROUTES,
    ROWS_OF(migration, migrations),
    .start = answers_start,
};
