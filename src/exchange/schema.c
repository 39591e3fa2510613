/* The tables of exchange, in the order they came. */
#include "exchange/schema.h"

const Migration exchange_migrations[EXCHANGE_MIGRATIONS] = {
    {.name = "upload-1",
     .sql = "CREATE TABLE upload (" /* spread: by(upload_id) */
            " upload_id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL, org_id BIGINT NOT NULL, name TEXT NOT NULL,"
            " size BIGINT NOT NULL, sha256 TEXT NOT NULL, chunks BIGINT NOT NULL, created_us BIGINT NOT NULL);\n"
            "CREATE TABLE upload_chunk (" /* spread: by(upload_id) */
            " upload_id BIGINT NOT NULL, seq BIGINT NOT NULL, bytes BYTEA NOT NULL, PRIMARY KEY (upload_id, seq))"},
    {.name = "receipt-1",
     .sql = "CREATE TABLE receipt (" /* spread: by(resource_id) */
            " receipt_id BIGINT NOT NULL, job_id BIGINT NOT NULL, resource_id BIGINT NOT NULL, document TEXT NOT NULL,"
            " created_us BIGINT NOT NULL, PRIMARY KEY (resource_id, receipt_id));\n"
            "CREATE INDEX receipt_job ON receipt (job_id)"},
    /* Rows that a full load took out again because an earlier row has the same key: what the source's digest loses by it. */
    {.name = "load-1",
     .sql =
         "CREATE TABLE load_duplicate (" /* spread: by(job_id) */
         " job_id BIGINT NOT NULL, row_no BIGINT NOT NULL, digest_hi BIGINT NOT NULL, digest_lo BIGINT NOT NULL,"
         " superseded BIGINT NOT NULL, PRIMARY KEY (job_id, row_no));\n"
         /* How far a table of a source was read by watermark. */
         "CREATE TABLE load_watermark (" /* spread: by(resource_id) */
         " resource_id BIGINT NOT NULL, source_id BIGINT NOT NULL, place TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,"
         " PRIMARY KEY (resource_id, source_id, place, field))"},
    {.name = "source-1",
     .sql =
         "CREATE TABLE source (" /* spread: reference */
         " source_id BIGINT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, place TEXT NOT NULL, url_locked TEXT NOT NULL,"
         " org_id BIGINT NOT NULL, created_us BIGINT NOT NULL, version BIGINT NOT NULL);\n"
         "CREATE UNIQUE INDEX source_name ON source (name)"},
    /* What each load counted (bad and base of each score; timeliness in seconds), and what the patrol found. */
    {.name = "quality-1",
     .sql = "CREATE TABLE job_quality (" /* spread: by(resource_id) */
            " resource_id BIGINT NOT NULL, job_id BIGINT NOT NULL, org_id BIGINT NOT NULL, at_us BIGINT NOT NULL, latest BIGINT "
            "NOT NULL,"
            " resource_version BIGINT NOT NULL, row_count BIGINT NOT NULL, score BIGINT NOT NULL,"
            " completeness_bad BIGINT NOT NULL, completeness_base BIGINT NOT NULL, validity_bad BIGINT NOT NULL, validity_base "
            "BIGINT NOT NULL,"
            " uniqueness_bad BIGINT NOT NULL, uniqueness_base BIGINT NOT NULL, consistency_bad BIGINT NOT NULL,"
            " consistency_base BIGINT NOT NULL, timeliness_bad BIGINT NOT NULL, timeliness_base BIGINT NOT NULL, fields TEXT NOT "
            "NULL,"
            " rules TEXT NOT NULL, PRIMARY KEY (resource_id, job_id));\n"
            "CREATE INDEX job_quality_latest ON job_quality (resource_id) WHERE latest = 1;\n"
            "CREATE TABLE quality_finding (" /* spread: by(resource_id) */
            " resource_id BIGINT NOT NULL, kind TEXT NOT NULL, org_id BIGINT NOT NULL, since_us BIGINT NOT NULL, seen_us BIGINT "
            "NOT NULL,"
            " detail TEXT NOT NULL, PRIMARY KEY (resource_id, kind));\n"
            "CREATE TABLE quality_patrol (" /* spread: reference */
            " id BIGINT PRIMARY KEY, at_us BIGINT NOT NULL, checked BIGINT NOT NULL, found BIGINT NOT NULL)"},
    {.name = "delivery-1",
     .sql = "CREATE TABLE target (" /* spread: reference */
            " target_id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, place TEXT NOT NULL,"
            " url_locked TEXT NOT NULL, org_id BIGINT NOT NULL, created_us BIGINT NOT NULL, version BIGINT NOT NULL);\n"
            "CREATE TABLE delivery (" /* spread: reference */
            " delivery_id BIGINT PRIMARY KEY, resource_id BIGINT NOT NULL, supplier_org_id BIGINT NOT NULL,"
            " account_id BIGINT NOT NULL, org_id BIGINT NOT NULL, target_id BIGINT NOT NULL, schema_name TEXT NOT NULL,"
            " table_name TEXT NOT NULL, mode TEXT NOT NULL, timetable TEXT NOT NULL, every_hours BIGINT NOT NULL,"
            " daily_minute BIGINT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, next_us BIGINT NOT NULL,"
            " job_id BIGINT NOT NULL, last_us BIGINT NOT NULL, row_count BIGINT NOT NULL, created_by BIGINT NOT NULL,"
            " created_us BIGINT NOT NULL, version BIGINT NOT NULL);\n"
            "CREATE INDEX delivery_org ON delivery (org_id, delivery_id);\n"
            "CREATE TABLE delivery_run (" /* spread: reference */
            " delivery_id BIGINT NOT NULL, job_id BIGINT NOT NULL, PRIMARY KEY (delivery_id, job_id))"},
    /* Mappings to templates of other platforms; imports (a batch a file, its rows kept for a time) and what came by them of
       requests and use. fate: new, changed, same, refused; org_id, other_org: whose it is; seen: version of the entry that was
       compared */
    {.name = "adapter-1",
     .sql =
         "CREATE TABLE adapter_mapping (" /* spread: reference */
         " name TEXT PRIMARY KEY, version BIGINT NOT NULL, document TEXT NOT NULL, stored_us BIGINT NOT NULL);\n"
         "CREATE TABLE adapter_batch (" /* spread: reference */
         " batch_id BIGINT PRIMARY KEY, mapping TEXT NOT NULL, mapping_version BIGINT NOT NULL, data TEXT NOT NULL,"
         " platform TEXT NOT NULL, resource_id BIGINT NOT NULL, org_id BIGINT NOT NULL, account_id BIGINT NOT NULL,"
         " file_name TEXT NOT NULL, sha256 TEXT NOT NULL, state TEXT NOT NULL, new_count BIGINT NOT NULL,"
         " changed_count BIGINT NOT NULL, same_count BIGINT NOT NULL, refused_count BIGINT NOT NULL, created_us BIGINT NOT NULL,"
         " applied_us BIGINT NOT NULL, job_id BIGINT NOT NULL);\n"
         "CREATE INDEX adapter_batch_org ON adapter_batch (org_id, batch_id);\n"
         "CREATE TABLE adapter_row (" /* spread: by(batch_id) */
         " batch_id BIGINT NOT NULL, row_no BIGINT NOT NULL, fate TEXT NOT NULL, other_id TEXT NOT NULL, cells TEXT NOT NULL,"
         " document TEXT NOT NULL, seen BIGINT NOT NULL, org_id BIGINT NOT NULL, other_org BIGINT NOT NULL, reasons TEXT NOT "
         "NULL,"
         " done BIGINT NOT NULL, PRIMARY KEY (batch_id, row_no));\n"
         "CREATE TABLE adapter_item (" /* spread: reference */
         " item_id BIGINT PRIMARY KEY, platform TEXT NOT NULL, data TEXT NOT NULL, other_id TEXT NOT NULL, document TEXT NOT "
         "NULL,"
         " org_id BIGINT NOT NULL, other_org BIGINT NOT NULL, batch_id BIGINT NOT NULL, first_us BIGINT NOT NULL,"
         " changed_us BIGINT NOT NULL);\n"
         "CREATE UNIQUE INDEX adapter_item_other ON adapter_item (platform, data, other_id)"},
    /* The table of a source that an entry's records stay in. columns: JSON [{"no", "column", "cast"}] by field number. */
    {.name = "proxy-1",
     .sql = "CREATE TABLE proxy (" /* spread: reference */
            " resource_id BIGINT PRIMARY KEY, source_id BIGINT NOT NULL, schema_name TEXT NOT NULL, table_name TEXT NOT NULL,"
            " columns TEXT NOT NULL, created_by BIGINT NOT NULL, created_us BIGINT NOT NULL, version BIGINT NOT NULL)"},
    /* What was sent to receivers that take files; `sending` until the receiver is known to have it. digest: what it says then. */
    {.name = "parcel-1",
     .sql =
         "ALTER TABLE delivery ADD COLUMN format TEXT NOT NULL DEFAULT '';\n"
         "CREATE TABLE delivery_parcel (" /* spread: reference */
         " delivery_id BIGINT NOT NULL, sequence BIGINT NOT NULL, job_id BIGINT NOT NULL, state TEXT NOT NULL, mode TEXT NOT "
         "NULL,"
         " position BIGINT NOT NULL, signature TEXT NOT NULL, digest TEXT NOT NULL, file_name TEXT NOT NULL, file_size BIGINT NOT"
         " NULL, file_sha256 TEXT NOT NULL, put_count BIGINT NOT NULL, remove_count BIGINT NOT NULL, held_count BIGINT NOT NULL,"
         " document TEXT NOT NULL, created_us BIGINT NOT NULL, PRIMARY KEY (delivery_id, sequence))"},
    /* What came of an item: case_id, of a request, the case begun for it; of use, what it counts as: resource_id, day, used. 0 =
       not known here */
    {.name = "adapter-2",
     .sql = "ALTER TABLE adapter_item ADD COLUMN case_id BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE adapter_item ADD COLUMN resource_id BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE adapter_item ADD COLUMN day BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE adapter_item ADD COLUMN used BIGINT NOT NULL DEFAULT 0;\n"
            "CREATE INDEX adapter_item_use ON adapter_item (resource_id, day) WHERE resource_id <> 0"},
    {.name = "delivery-2", .sql = "ALTER TABLE delivery ADD COLUMN counted_us BIGINT NOT NULL DEFAULT 0"},
    /* Targets that were removed, without their secrets: deliveries that ended name them. */
    {.name = "target-2",
     .sql = "CREATE TABLE target_gone (" /* spread: reference */
            " target_id BIGINT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, place TEXT NOT NULL, org_id BIGINT NOT NULL,"
            " gone_us BIGINT NOT NULL)"},
    /* Counts of all that was held after each load (quality_held.c); of loads before, as if each had brought all of it. */
    {.name = "quality-2",
     .sql = "ALTER TABLE job_quality ADD COLUMN full_job BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE job_quality ADD COLUMN held_rows BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE job_quality ADD COLUMN held_refused BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE job_quality ADD COLUMN held_score BIGINT NOT NULL DEFAULT -1;\n"
            "ALTER TABLE job_quality ADD COLUMN held_completeness_bad BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE job_quality ADD COLUMN held_completeness_base BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE job_quality ADD COLUMN held_validity_bad BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE job_quality ADD COLUMN held_validity_base BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE job_quality ADD COLUMN held_uniqueness_bad BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE job_quality ADD COLUMN held_uniqueness_base BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE job_quality ADD COLUMN held_consistency_bad BIGINT NOT NULL DEFAULT 0;\n"
            "ALTER TABLE job_quality ADD COLUMN held_consistency_base BIGINT NOT NULL DEFAULT 0;\n"
            "UPDATE job_quality SET full_job = job_id, held_rows = row_count, held_refused = (SELECT count(*) FROM quarantine r"
            " WHERE r.resource_id = job_quality.resource_id AND r.job_id = job_quality.job_id), held_score = score,"
            " held_completeness_bad = completeness_bad, held_completeness_base = completeness_base, held_validity_bad ="
            " validity_bad, held_validity_base = validity_base, held_uniqueness_bad = uniqueness_bad, held_uniqueness_base ="
            " uniqueness_base, held_consistency_bad = consistency_bad, held_consistency_base = consistency_base"},
    {.name = "delivery-3-days", /* weekdays: JSON list, 1 Monday … 7 Sunday */
     .sql = "ALTER TABLE delivery ADD COLUMN weekdays TEXT NOT NULL DEFAULT '[]';\n"
            "ALTER TABLE delivery ADD COLUMN month_day BIGINT NOT NULL DEFAULT 0"},
};
