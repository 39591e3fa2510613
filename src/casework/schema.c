/* Owns the room's tables. Times are UTC µs; 0 = not yet; due_us and remind_us are 4102444800000000 (2100) where there is no limit
 * or the clock stands, so that they sort last. A case's clock can always be worked out anew from its rows in case_event. */
#include "casework/internal.h"

static const char tables_sql[] =
    /* spread: reference. Days that are not what their weekday says; kind: holiday, workday */
    "CREATE TABLE calendar_day (day BIGINT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('holiday', 'workday')),"
    " occasion TEXT NOT NULL);\n"
    /* spread: reference. Versions stay: running cases keep the one they began with */
    "CREATE TABLE process (name TEXT NOT NULL, version BIGINT NOT NULL, document TEXT NOT NULL, stored_at BIGINT NOT NULL,"
    " PRIMARY KEY (name, version));\n"
    /* spread: reference. Last number given of a kind and year */
    "CREATE TABLE case_counter (prefix TEXT NOT NULL, year BIGINT NOT NULL, last BIGINT NOT NULL, PRIMARY KEY (prefix, year));\n"
    /* spread: by(case_id). form and decision are JSON; turn: asker, supplier, bureau or '' (closed); turn_org 0 = the bureau's;
       search_text: number and title in small letters */
    "CREATE TABLE work_case (case_id BIGINT PRIMARY KEY, number TEXT NOT NULL, process TEXT NOT NULL, process_version BIGINT NOT "
    "NULL,"
    " state TEXT NOT NULL, previous TEXT NOT NULL, outcome TEXT NOT NULL, turn TEXT NOT NULL, turn_org BIGINT NOT NULL,"
    " title TEXT NOT NULL, search_text TEXT NOT NULL, resource_id BIGINT NOT NULL, asker_org BIGINT NOT NULL,"
    " asker_account BIGINT NOT NULL, supplier_org BIGINT NOT NULL, account_id BIGINT NOT NULL, form TEXT NOT NULL, decision "
    "TEXT,"
    " grant_id BIGINT NOT NULL, begun_us BIGINT NOT NULL, due_us BIGINT NOT NULL, remind_us BIGINT NOT NULL,"
    " paused_us BIGINT NOT NULL, reminded BIGINT NOT NULL, event_count BIGINT NOT NULL, created_at BIGINT NOT NULL,"
    " updated_at BIGINT NOT NULL, closed_at BIGINT NOT NULL, version BIGINT NOT NULL);\n"
    "CREATE INDEX work_case_inbox ON work_case (turn, turn_org, due_us, case_id) WHERE closed_at = 0;\n"
    "CREATE INDEX work_case_remind ON work_case (remind_us) WHERE closed_at = 0 AND reminded < 2;\n"
    "CREATE INDEX work_case_due ON work_case (due_us) WHERE closed_at = 0;\n"
    "CREATE INDEX work_case_number ON work_case (number);\n"
    "CREATE INDEX work_case_state ON work_case (state, case_id);\n"
    "CREATE INDEX work_case_asker ON work_case (asker_org, case_id);\n"
    "CREATE INDEX work_case_account ON work_case (asker_account, case_id);\n"
    "CREATE INDEX work_case_supplier ON work_case (supplier_org, case_id);\n"
    "CREATE INDEX work_case_resource ON work_case (resource_id, case_id);\n"
    /* spread: by(case_id). side: who acted; clock: '', start, pause, resume; form is JSON or NULL */
    "CREATE TABLE case_event (case_id BIGINT NOT NULL, event_no BIGINT NOT NULL, at_us BIGINT NOT NULL, account_id BIGINT NOT "
    "NULL,"
    " org_id BIGINT NOT NULL, side TEXT NOT NULL, action TEXT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL,"
    " clock TEXT NOT NULL, note TEXT NOT NULL, form TEXT, PRIMARY KEY (case_id, event_no));\n"
    /* spread: reference. Where an organisation hears of its work; channel: mail, mobile */
    "CREATE TABLE org_address (org_id BIGINT NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL,"
    " PRIMARY KEY (org_id, channel, address));\n"
    /* spread: by(case_id). notice_no: the reminder's event_no; state: waiting, sent, failed */
    "CREATE TABLE case_delivery (case_id BIGINT NOT NULL, notice_no BIGINT NOT NULL, channel TEXT NOT NULL, target TEXT NOT NULL,"
    " body TEXT NOT NULL, state TEXT NOT NULL, attempts BIGINT NOT NULL, next_us BIGINT NOT NULL,"
    " PRIMARY KEY (case_id, notice_no, channel));\n"
    "CREATE INDEX case_delivery_next ON case_delivery (next_us) WHERE state = 'waiting';\n"
    /* spread: by(case_id). A receipt an attempt */
    "CREATE TABLE case_attempt (case_id BIGINT NOT NULL, notice_no BIGINT NOT NULL, channel TEXT NOT NULL, attempt_no BIGINT NOT "
    "NULL,"
    " at_us BIGINT NOT NULL, sent BIGINT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (case_id, notice_no, channel, "
    "attempt_no));\n"
    "CREATE INDEX case_attempt_at ON case_attempt (at_us);\n";

static const char subjects_sql[] =
    /* subject: resource, record or entry (subject_id: which of resource_id's), demand; open_key: at most one open case of a
       process, resource and key, '' = any number */
    "ALTER TABLE work_case ADD COLUMN subject TEXT NOT NULL DEFAULT 'resource';\n"
    "ALTER TABLE work_case ADD COLUMN subject_id BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN open_key TEXT NOT NULL DEFAULT '';\n"
    "CREATE INDEX work_case_open ON work_case (resource_id, process, open_key) WHERE closed_at = 0;\n"
    "CREATE INDEX work_case_process ON work_case (process, case_id);\n"
    /* spread: by(resource_id). What a person says of a resource, 1 to 5; the newest word counts */
    "CREATE TABLE resource_rating (resource_id BIGINT NOT NULL, account_id BIGINT NOT NULL, org_id BIGINT NOT NULL,"
    " stars BIGINT NOT NULL, words TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,"
    " PRIMARY KEY (resource_id, account_id));\n";

/* Old rows: reminded counts steps of a ladder as it counted levels before (with "remind": two steps; without: one). */
static const char city_sql[] =
    /* line: sharing or city; limits is JSON or NULL; reminded: steps of the ladder that were told, step_us: when the next one
       comes (or an approved pause ends); stage: the state in which the clock began */
    "ALTER TABLE work_case ADD COLUMN line TEXT NOT NULL DEFAULT 'sharing';\n"
    "ALTER TABLE work_case ADD COLUMN kind TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE work_case ADD COLUMN centre_org BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN home_org BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN field_org BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN field_account BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN turn_account BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN parent_id BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN merged_into BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN level BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN returns BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN reworks BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN postpones BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN hangs BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN children_open BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE work_case ADD COLUMN limits TEXT;\n"
    "ALTER TABLE work_case ADD COLUMN stage TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE work_case ADD COLUMN step_us BIGINT NOT NULL DEFAULT 4102444800000000;\n"
    "UPDATE work_case SET stage = state, step_us = CASE WHEN reminded = 0 THEN remind_us WHEN reminded = 1 THEN due_us ELSE"
    " 4102444800000000 END WHERE closed_at = 0;\n"
    "DROP INDEX work_case_inbox;\n"
    "DROP INDEX work_case_remind;\n"
    "CREATE INDEX work_case_inbox ON work_case (line, turn, turn_org, due_us, case_id) WHERE closed_at = 0 AND turn_account = "
    "0;\n"
    "CREATE INDEX work_case_own ON work_case (turn_account, due_us, case_id) WHERE closed_at = 0 AND turn_account <> 0;\n"
    "CREATE INDEX work_case_step ON work_case (step_us) WHERE closed_at = 0;\n"
    "CREATE INDEX work_case_sharing ON work_case (case_id) WHERE line = 'sharing';\n"
    "CREATE INDEX work_case_centre ON work_case (centre_org, case_id) WHERE centre_org <> 0;\n"
    "CREATE INDEX work_case_parent ON work_case (parent_id, case_id) WHERE parent_id <> 0;\n"
    "CREATE INDEX work_case_merged ON work_case (merged_into, case_id) WHERE merged_into <> 0;\n"
    /* term: JSON: of an extension or pause its length, else the case's own limits from this event on; NULL: as before */
    "ALTER TABLE case_event ADD COLUMN term TEXT;\n";

static const char sms_sql[] =
    /* a delivery and its receipts by target too: each number of an SMS is tried for itself */
    /* spread: by(case_id). notice_no: the reminder's event_no; state: waiting, sent, failed; case_id 0: a test */
    "CREATE TABLE case_delivery_2 (case_id BIGINT NOT NULL, notice_no BIGINT NOT NULL, channel TEXT NOT NULL, target TEXT NOT "
    "NULL, body TEXT NOT NULL, state TEXT NOT NULL, attempts BIGINT NOT NULL, next_us BIGINT NOT NULL,"
    " PRIMARY KEY (case_id, notice_no, channel, target));\n"
    "INSERT INTO case_delivery_2 (case_id, notice_no, channel, target, body, state, attempts, next_us) SELECT case_id, notice_no,"
    " channel, target, body, state, attempts, next_us FROM case_delivery;\n"
    /* spread: by(case_id). A receipt an attempt; reference: of an SMS, ours; gateway_id: the gateway's */
    "CREATE TABLE case_attempt_2 (case_id BIGINT NOT NULL, notice_no BIGINT NOT NULL, channel TEXT NOT NULL, target TEXT NOT "
    "NULL, attempt_no BIGINT NOT NULL, at_us BIGINT NOT NULL, sent BIGINT NOT NULL, detail TEXT NOT NULL, reference TEXT NOT "
    "NULL, gateway_id TEXT NOT NULL, PRIMARY KEY (case_id, notice_no, channel, target, attempt_no));\n"
    "INSERT INTO case_attempt_2 (case_id, notice_no, channel, target, attempt_no, at_us, sent, detail, reference, gateway_id)"
    " SELECT a.case_id, a.notice_no, a.channel, d.target, a.attempt_no, a.at_us, a.sent, a.detail, '', '' FROM case_attempt a"
    " JOIN case_delivery d ON d.case_id = a.case_id AND d.notice_no = a.notice_no AND d.channel = a.channel;\n"
    "DROP TABLE case_attempt;\n"
    "DROP TABLE case_delivery;\n"
    "ALTER TABLE case_delivery_2 RENAME TO case_delivery;\n"
    "ALTER TABLE case_attempt_2 RENAME TO case_attempt;\n"
    "CREATE INDEX case_delivery_next ON case_delivery (next_us) WHERE state = 'waiting';\n"
    "CREATE INDEX case_attempt_at ON case_attempt (at_us);\n"
    /* spread: reference. One row: how the SMS gateway is asked */
    "CREATE TABLE sms_gateway (gateway_no BIGINT PRIMARY KEY, url TEXT NOT NULL, method TEXT NOT NULL, fields TEXT NOT NULL,"
    " header TEXT NOT NULL, accept TEXT NOT NULL, id_after TEXT NOT NULL, delivered TEXT NOT NULL, failed TEXT NOT NULL,"
    " receipt_id TEXT NOT NULL, receipt_status TEXT NOT NULL, receipt_answer TEXT NOT NULL,"
    " secret_locked TEXT NOT NULL, version BIGINT NOT NULL);\n"
    /* spread: by(message_id). What the gateway said of a message, by our reference or its id; state: underway, delivered, failed
     */
    "CREATE TABLE sms_receipt (message_id TEXT PRIMARY KEY, state TEXT NOT NULL, status TEXT NOT NULL, at_us BIGINT NOT NULL);\n"
    "CREATE INDEX sms_receipt_at ON sms_receipt (at_us);\n";

static const char outside_sql[] =
    /* Of a request that another platform knows by a number of its own: which, and by what; '' = ours alone */
    "ALTER TABLE work_case ADD COLUMN outside_platform TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE work_case ADD COLUMN outside_number TEXT NOT NULL DEFAULT '';\n"
    "CREATE INDEX work_case_outside ON work_case (outside_number, outside_platform) WHERE outside_number <> '';\n";

static const char stages_sql[] =
    /* Of a step of line city that ends a stage of the clock or is counted (returns, reworks, postpones, hangs): that stage, its
       begin and due time as they were in force (a counted step that ends none: its own time, 2100), and who handled the case
       until then; stage '' = neither. Statistics count by these. */
    "ALTER TABLE case_event ADD COLUMN stage TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE case_event ADD COLUMN stage_begun_us BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE case_event ADD COLUMN stage_due_us BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE case_event ADD COLUMN supplier_org BIGINT NOT NULL DEFAULT 0;\n"
    "CREATE INDEX case_event_stage ON case_event (at_us, stage_begun_us) WHERE stage <> '';\n";

/* A step of a case writes an entry into each index that has the case, so a case stands in those alone by which its line is asked
 * for: queries name the condition of the index they need (line = 'sharing', resource_id <> 0 …). */
static const char lines_sql[] =
    "DROP INDEX work_case_due;\n"
    "DROP INDEX work_case_state;\n"
    "DROP INDEX work_case_asker;\n"
    "DROP INDEX work_case_account;\n"
    "DROP INDEX work_case_supplier;\n"
    "DROP INDEX work_case_resource;\n"
    "DROP INDEX work_case_process;\n"
    "DROP INDEX work_case_open;\n"
    "CREATE INDEX work_case_due ON work_case (due_us) WHERE closed_at = 0 AND line = 'sharing';\n"
    "CREATE INDEX work_case_state ON work_case (state, case_id) WHERE line = 'sharing';\n"
    "CREATE INDEX work_case_asker ON work_case (asker_org, case_id) WHERE line = 'sharing';\n"
    "CREATE INDEX work_case_process ON work_case (process, case_id) WHERE line = 'sharing';\n"
    "CREATE INDEX work_case_account ON work_case (asker_account, case_id) WHERE asker_account <> 0;\n"
    "CREATE INDEX work_case_supplier ON work_case (supplier_org, case_id) WHERE supplier_org <> 0;\n"
    "CREATE INDEX work_case_resource ON work_case (resource_id, case_id) WHERE resource_id <> 0;\n"
    "CREATE INDEX work_case_open ON work_case (resource_id, process, open_key) WHERE closed_at = 0 AND open_key <> '';\n"
    "CREATE INDEX work_case_running ON work_case (centre_org, due_us, case_id) WHERE closed_at = 0 AND centre_org <> 0;\n";

/* offer_us: until when the task on site is to be accepted; 0 = nobody is asked to. step_us comes no later. */
static const char offers_sql[] = "ALTER TABLE work_case ADD COLUMN offer_us BIGINT NOT NULL DEFAULT 0;\n";

/* A stage that was open at a time and is done by now was done within a week from then, or is one of these. */
static const char long_stages_sql[] = "CREATE INDEX case_event_long ON case_event (stage_begun_us, at_us) WHERE stage <> '' AND"
                                      " at_us - stage_begun_us > 604800000000;\n";

/* Steps before the due time are counted in the kind of time of the limit, at most half of it: open cases take that over, by the
 * job that a new calendar begins. */
static const char ladders_sql[] =
    "INSERT INTO job (job_id, kind, resource_id, org_id, created_by, created_at, state, stage, done, total, stage_at, stage_done,"
    " progress_at, messages, args, checkpoint, attempt, stalls, not_before, cancel_requested, epoch, started_at, finished_at, "
    "version)"
    " SELECT (SELECT COALESCE(MAX(job_id), 0) + 1 FROM job), 'casework.recompute', 0, 0, 0, (SELECT MAX(updated_at) FROM "
    "work_case),"
    " 'queued', '', 0, -1, 0, 0, 0, '[]', '{}', '{}', 0, 0, 0, 0, 0, 0, 0, 1 WHERE EXISTS (SELECT 1 FROM work_case WHERE "
    "closed_at = 0);"
    "\n";

/* See search.c. */
static const char words_sql[] =
    /* spread: reference. 16,384 cases that follow each other */
    "CREATE TABLE case_segment (segment BIGINT PRIMARY KEY, first_id BIGINT NOT NULL, last_id BIGINT NOT NULL);\n"
    /* spread: reference. Their ids, 4,096 a row, 8 bytes each, lowest first */
    "CREATE TABLE case_segment_part (segment BIGINT NOT NULL, part BIGINT NOT NULL, ids BYTEA NOT NULL, PRIMARY KEY (segment, "
    "part));"
    "\n"
    /* spread: reference. Which of them have a piece of text in number or title: a set of words.h */
    "CREATE TABLE case_word (piece BIGINT NOT NULL, segment BIGINT NOT NULL, cases BYTEA NOT NULL, PRIMARY KEY (piece, "
    "segment));\n";

/* What runs of a department is little beside all that it ever asked for and was asked for. */
static const char running_sql[] =
    "CREATE INDEX work_case_asker_open ON work_case (asker_org, case_id) WHERE closed_at = 0 AND line = 'sharing';\n"
    "CREATE INDEX work_case_supplier_open ON work_case (supplier_org, case_id) WHERE closed_at = 0 AND line = 'sharing';\n";

/* What a centre sent to the level above, for its own lists. */
static const char raised_sql[] = "CREATE INDEX work_case_raised ON work_case (home_org, case_id) WHERE level > 0;\n";

static const char renamed_sql[] =
    /* spread: by(case_id). Cases called otherwise before a segment had them: it may have been read already */
    "CREATE TABLE case_renamed (case_id BIGINT PRIMARY KEY);\n";

const Migration casework_migrations[CASEWORK_MIGRATIONS] = {{.name = "casework-1", .sql = tables_sql},
                                                            {.name = "casework-2-subjects", .sql = subjects_sql},
                                                            {.name = "casework-3-city", .sql = city_sql},
                                                            {.name = "casework-4-sms", .sql = sms_sql},
                                                            {.name = "casework-5-outside", .sql = outside_sql},
                                                            {.name = "casework-6-stages", .sql = stages_sql},
                                                            {.name = "casework-7-lines", .sql = lines_sql},
                                                            {.name = "casework-8-offers", .sql = offers_sql},
                                                            {.name = "casework-9-long-stages", .sql = long_stages_sql},
                                                            {.name = "casework-10-words", .sql = words_sql},
                                                            {.name = "casework-11-ladders", .sql = ladders_sql},
                                                            {.name = "casework-12-running", .sql = running_sql},
                                                            {.name = "casework-13-raised", .sql = raised_sql},
                                                            {.name = "casework-14-renamed", .sql = renamed_sql}};
