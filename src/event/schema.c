/* Owns the room's tables. Times are UTC µs, 0 = not yet. A row of event stands beside its row of work_case. */
#include "event/internal.h"

static const char tables_sql[] =
    /* spread: reference. Versions stay: a case keeps the one it was reported under. document is JSON as a pack gives it */
    "CREATE TABLE event_class (code TEXT NOT NULL, version BIGINT NOT NULL, document TEXT NOT NULL, stored_us BIGINT NOT NULL,"
    " stored_by TEXT NOT NULL, PRIMARY KEY (code, version));\n"
    /* cell: of a grid of 0.005°, 0 = no place; located: point, address, none; area1 … area4: keys by level, 0 = none; reporter:
       locked {name, phone}, '' = nobody; condition_no 0 = not filed yet; merged_into: the case that goes on */
    /* spread: by(case_id) */
    "CREATE TABLE event (case_id BIGINT PRIMARY KEY, class_code TEXT NOT NULL, class_version BIGINT NOT NULL, kind TEXT NOT NULL,"
    " grade TEXT NOT NULL, condition_no BIGINT NOT NULL, lon DOUBLE PRECISION NOT NULL, lat DOUBLE PRECISION NOT NULL,"
    " cell BIGINT NOT NULL, located TEXT NOT NULL, area1 BIGINT NOT NULL, area2 BIGINT NOT NULL, area3 BIGINT NOT NULL,"
    " area4 BIGINT NOT NULL, area_text TEXT NOT NULL, address TEXT NOT NULL, description TEXT NOT NULL, component TEXT NOT NULL, "
    "channel TEXT NOT NULL,"
    " outside_number TEXT NOT NULL, reporter TEXT NOT NULL, confidential BIGINT NOT NULL, happened_us BIGINT NOT NULL,"
    " reported_us BIGINT NOT NULL, merged_into BIGINT NOT NULL, stars BIGINT NOT NULL, version BIGINT NOT NULL);\n"
    "CREATE INDEX event_cell ON event (cell, case_id) WHERE cell <> 0;\n"
    "CREATE INDEX event_class_of ON event (class_code, case_id);\n"
    "CREATE INDEX event_area2 ON event (area2, case_id);\n"
    "CREATE INDEX event_area3 ON event (area3, case_id);\n"
    "CREATE INDEX event_area4 ON event (area4, case_id);\n"
    /* spread: by(outside_number). Which case a sender's number became; source_id: whose numbers they are */
    "CREATE TABLE event_number (channel TEXT NOT NULL, source_id BIGINT NOT NULL, outside_number TEXT NOT NULL,"
    " case_id BIGINT NOT NULL, PRIMARY KEY (channel, source_id, outside_number));\n"
    /* spread: reference. Service accounts of other systems that may report, and as what: system, alarm, open311 */
    "CREATE TABLE event_source (account_id BIGINT PRIMARY KEY, channel TEXT NOT NULL, note TEXT NOT NULL, active BIGINT NOT NULL,"
    " updated_us BIGINT NOT NULL, updated_by TEXT NOT NULL, version BIGINT NOT NULL);\n"
    /* spread: by(photo_id). A picture without its metadata; original_sha256: as it came in; lon, lat, taken_us: what its metadata
       said; case_id 0 = not used yet; chunks 0 = a file of DIR/photos */
    "CREATE TABLE event_photo (photo_id BIGINT PRIMARY KEY, case_id BIGINT NOT NULL, account_id BIGINT NOT NULL, stage TEXT NOT "
    "NULL,"
    " name TEXT NOT NULL, mime TEXT NOT NULL, size BIGINT NOT NULL, sha256 TEXT NOT NULL, original_sha256 TEXT NOT NULL,"
    " stripped BIGINT NOT NULL, placed BIGINT NOT NULL, bad_place BIGINT NOT NULL, lon DOUBLE PRECISION NOT NULL,"
    " lat DOUBLE PRECISION NOT NULL, taken_us BIGINT NOT NULL, chunks BIGINT NOT NULL, created_us BIGINT NOT NULL);\n"
    "CREATE INDEX event_photo_case ON event_photo (case_id, photo_id);\n"
    /* spread: by(photo_id). PostgreSQL: the picture's bytes */
    "CREATE TABLE event_photo_chunk (photo_id BIGINT NOT NULL, seq BIGINT NOT NULL, bytes BYTEA NOT NULL,"
    " PRIMARY KEY (photo_id, seq));\n"
    /* spread: by(case_id). Two reports that may be or are the same; state: shown, merged, apart (somebody said they differ) */
    "CREATE TABLE event_link (case_id BIGINT NOT NULL, other_id BIGINT NOT NULL, score BIGINT NOT NULL, state TEXT NOT NULL,"
    " at_us BIGINT NOT NULL, account_id BIGINT NOT NULL, PRIMARY KEY (case_id, other_id));\n"
    "CREATE INDEX event_link_other ON event_link (other_id, case_id);\n"
    /* spread: reference. 职责清单: who handles a class ('' any, a big or a small class) in an area ('' anywhere); days since
       1970, until_day is the first no longer in force, 0 = open */
    "CREATE TABLE event_duty (duty_id BIGINT PRIMARY KEY, class_code TEXT NOT NULL, area_code TEXT NOT NULL, org_id BIGINT NOT "
    "NULL,"
    " basis TEXT NOT NULL, from_day BIGINT NOT NULL, until_day BIGINT NOT NULL, updated_us BIGINT NOT NULL, updated_by TEXT NOT "
    "NULL,"
    " version BIGINT NOT NULL);\n"
    "CREATE INDEX event_duty_class ON event_duty (class_code, area_code);\n";

static const char reported_sql[] = "CREATE INDEX event_reported ON event (reported_us);\n";

/* outside_due_us: when the sender wants it done, 0 = not said */
static const char outside_due_sql[] = "ALTER TABLE event ADD COLUMN outside_due_us BIGINT NOT NULL DEFAULT 0;\n";

static const char offers_sql[] =
    /* spread: by(case_id). Whose turn it is to accept a task on site: area_key: of its ladder; asked: accounts so far, the last
       one has it; a row may outlive its offer (work_case.offer_us says whether one is open) */
    "CREATE TABLE event_offer (case_id BIGINT PRIMARY KEY, area_key BIGINT NOT NULL, step_no BIGINT NOT NULL, asked TEXT NOT "
    "NULL,"
    " at_us BIGINT NOT NULL);\n";

static const char spots_sql[] =
    /* settled: ended, and stands in event_spot where it has a place */
    "ALTER TABLE event ADD COLUMN settled BIGINT NOT NULL DEFAULT 0;\n"
    "CREATE INDEX event_live ON event (case_id, lat, lon) WHERE settled = 0;\n"
    /* spread: by(case_id). An ended event as the map finds it; cell: of the finest level (place/cell.h) */
    "CREATE TABLE event_spot (case_id BIGINT PRIMARY KEY, centre_org BIGINT NOT NULL, supplier_org BIGINT NOT NULL,"
    " cell BIGINT NOT NULL, reported_us BIGINT NOT NULL, class_code TEXT NOT NULL, state TEXT NOT NULL);\n"
    "CREATE INDEX event_spot_centre ON event_spot (centre_org, cell, reported_us, class_code, state, case_id);\n"
    "CREATE INDEX event_spot_unit ON event_spot (supplier_org, cell, reported_us, class_code, state, case_id);\n"
    "CREATE INDEX event_spot_cell ON event_spot (cell, reported_us, class_code, state, case_id);\n"
    /* spread: by(org_id). How many of them there are; side: centre, unit, all (org_id 0), by cell of a level and month (year × 12
       + month - 1); centre_ever, … over all times (month 0) */
    "CREATE TABLE event_heap (side TEXT NOT NULL, org_id BIGINT NOT NULL, cell BIGINT NOT NULL, month BIGINT NOT NULL,"
    " n BIGINT NOT NULL, PRIMARY KEY (side, org_id, cell, month));\n";

/* Sums go by the index alone. */
static const char heap_sums_sql[] = "CREATE INDEX event_heap_sums ON event_heap (side, org_id, cell, month, n);\n";

/* What stood by cells of level 16, named as the finest ones, now also by wider ones and over all times; cell: its own name. 2^56:
 * a level in a name. */
static const char heap_levels_sql[] =
    "INSERT INTO event_heap SELECT h.side, h.org_id, h.cell - h.cell % l.size - (28 - l.level) * 72057594037927936, h.month,"
    " SUM(h.n) FROM event_heap h CROSS JOIN (SELECT 0 AS level, 72057594037927936 AS size UNION ALL SELECT 10, 68719476736 UNION"
    " ALL SELECT 11, 17179869184 UNION ALL SELECT 12, 4294967296 UNION ALL SELECT 13, 1073741824 UNION ALL SELECT 14, 268435456"
    " UNION ALL SELECT 15, 67108864) l GROUP BY 1, 2, 3, 4;\n"
    "UPDATE event_heap SET cell = cell - 12 * 72057594037927936 WHERE cell >= 28 * 72057594037927936;\n"
    "INSERT INTO event_heap SELECT side || '_ever', org_id, cell, 0, SUM(n) FROM event_heap WHERE cell <> 0 GROUP BY 1, 2, 3;\n";

static const char ratings_sql[] =
    /* spread: by(case_id). Which closing a rating is of: a case that is opened again may be closed and rated again */
    "CREATE TABLE event_rating (case_id BIGINT NOT NULL, event_no BIGINT NOT NULL, stars BIGINT NOT NULL, PRIMARY KEY (case_id,"
    " event_no));\n"
    "INSERT INTO event_rating SELECT e.case_id, MAX(v.event_no), e.stars FROM event e JOIN case_event v ON v.case_id = e.case_id"
    " AND v.action = 'close' WHERE e.stars > 0 GROUP BY e.case_id, e.stars;\n";

static const char rated_by_sql[] =
    /* what event-7 took for a rating of the last closing was given before it: it is the one's before, and that one is not rated
     */
    "UPDATE event SET stars = 0 WHERE stars > 0 AND EXISTS (SELECT 1 FROM event_rating g WHERE g.case_id = event.case_id AND "
    "EXISTS"
    " (SELECT 1 FROM case_event v WHERE v.case_id = g.case_id AND v.action = 'rate') AND NOT EXISTS (SELECT 1 FROM case_event v"
    " WHERE v.case_id = g.case_id AND v.action = 'rate' AND v.event_no > g.event_no));\n"
    "UPDATE event_rating SET event_no = (SELECT MAX(v.event_no) FROM case_event v WHERE v.case_id = event_rating.case_id AND"
    " v.action = 'close' AND v.event_no < (SELECT MAX(r.event_no) FROM case_event r WHERE r.case_id = event_rating.case_id AND"
    " r.action = 'rate')) WHERE NOT EXISTS (SELECT 1 FROM case_event v WHERE v.case_id = event_rating.case_id AND v.action ="
    " 'rate' AND v.event_no > event_rating.event_no) AND EXISTS (SELECT 1 FROM case_event v JOIN case_event r ON r.case_id ="
    " v.case_id AND r.action = 'rate' AND r.event_no > v.event_no WHERE v.case_id = event_rating.case_id AND v.action = 'close')"
    " AND NOT EXISTS (SELECT 1 FROM event_rating x WHERE x.case_id = event_rating.case_id AND x.event_no <"
    " event_rating.event_no);\n"
    /* spread: by(case_id). Who rated a closing how: report_id: the case itself, or a report that was merged into it;
       event_rating.stars is their mean, rounded down */
    "CREATE TABLE event_rating_of (case_id BIGINT NOT NULL, event_no BIGINT NOT NULL, report_id BIGINT NOT NULL,"
    " stars BIGINT NOT NULL, PRIMARY KEY (case_id, event_no, report_id));\n"
    "INSERT INTO event_rating_of SELECT case_id, event_no, case_id, stars FROM event_rating;\n";

const Migration event_migrations[EVENT_MIGRATIONS] = {{.name = "event-1", .sql = tables_sql},
                                                      {.name = "event-2-reported", .sql = reported_sql},
                                                      {.name = "event-3-outside-due", .sql = outside_due_sql},
                                                      {.name = "event-4-offers", .sql = offers_sql},
                                                      {.name = "event-5-spots", .sql = spots_sql},
                                                      {.name = "event-6-heap-sums", .sql = heap_sums_sql},
                                                      {.name = "event-7-ratings", .sql = ratings_sql},
                                                      {.name = "event-8-rated-by", .sql = rated_by_sql},
                                                      {.name = "event-9-heap-levels", .sql = heap_levels_sql}};
