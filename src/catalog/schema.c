/* Owns the room's tables. Days are counted from 1970-01-01; NULL bounds are open; valid_to is the first day no longer in force.
 * All are reference tables: thousands of rows at most, read everywhere, and a code is unique in the city. */
#include "catalog/internal.h"

static const char lists_sql[] =
    /* spread: reference */
    "CREATE TABLE element (code TEXT PRIMARY KEY, name TEXT NOT NULL, name_en TEXT NOT NULL, domain TEXT NOT NULL, kind TEXT NOT "
    "NULL,"
    " length BIGINT NOT NULL, scale BIGINT NOT NULL, check_name TEXT NOT NULL, code_set TEXT NOT NULL, grade BIGINT NOT NULL,"
    " mask TEXT NOT NULL, personal BIGINT NOT NULL, aliases TEXT NOT NULL, standard TEXT NOT NULL, doc TEXT NOT NULL,"
    " search_text TEXT NOT NULL);\n"
    /* spread: reference */
    "CREATE TABLE code_set (name TEXT PRIMARY KEY, title TEXT NOT NULL, title_en TEXT NOT NULL, standard TEXT NOT NULL,"
    " doc TEXT NOT NULL, item_count BIGINT NOT NULL);\n"
    /* spread: reference */
    "CREATE TABLE code_item (code_set TEXT NOT NULL, item_no BIGINT NOT NULL, code TEXT NOT NULL, label TEXT NOT NULL,"
    " label_en TEXT NOT NULL, parent TEXT NOT NULL, valid_from BIGINT, valid_to BIGINT, PRIMARY KEY (code_set, item_no));\n"
    /* spread: reference. A code that came back has a row an interval; a source is a file of a pack, loaded and replaced as a
       whole */
    "CREATE TABLE division (source TEXT NOT NULL, row_no BIGINT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, level BIGINT "
    "NOT NULL,"
    " parent TEXT NOT NULL, valid_from BIGINT, valid_to BIGINT, PRIMARY KEY (source, row_no));\n"
    /* spread: reference */
    "CREATE TABLE template (name TEXT PRIMARY KEY, title TEXT NOT NULL, doc TEXT NOT NULL, document TEXT NOT NULL);\n";

static const char resources_sql[] =
    /* spread: reference */
    "CREATE TABLE resource (resource_id BIGINT PRIMARY KEY, org_id BIGINT NOT NULL, code TEXT, name TEXT NOT NULL,"
    " summary TEXT NOT NULL, sharing TEXT NOT NULL, opening TEXT NOT NULL, update_promise TEXT NOT NULL, grade BIGINT NOT NULL,"
    " state TEXT NOT NULL, draft_state TEXT NOT NULL, version BIGINT NOT NULL, published_version BIGINT NOT NULL,"
    " draft_version BIGINT NOT NULL, latest_version BIGINT NOT NULL, max_field_no BIGINT NOT NULL, generation_no BIGINT NOT NULL,"
    " mounted_version BIGINT NOT NULL, needs_full BIGINT NOT NULL, row_count BIGINT NOT NULL, loaded_at BIGINT,"
    " draft_author BIGINT NOT NULL, submitted_by BIGINT NOT NULL, review_note TEXT NOT NULL, review_decision TEXT NOT NULL,"
    " review_by BIGINT NOT NULL, review_login TEXT NOT NULL, review_at BIGINT, created_by BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);\n"
    "CREATE UNIQUE INDEX resource_code ON resource (code);\n"
    "CREATE INDEX resource_org ON resource (org_id, resource_id);\n"
    /* spread: reference */
    "CREATE TABLE resource_version (resource_id BIGINT NOT NULL, version_no BIGINT NOT NULL, state TEXT NOT NULL,"
    " document TEXT NOT NULL, author_id BIGINT NOT NULL, author TEXT NOT NULL, created_at BIGINT NOT NULL, reviewer TEXT NOT "
    "NULL,"
    " published_at BIGINT, note TEXT NOT NULL, PRIMARY KEY (resource_id, version_no));\n"
    /* spread: reference. Words of the published and of the draft version, folded */
    "CREATE TABLE resource_search (resource_id BIGINT PRIMARY KEY, published_text TEXT NOT NULL, draft_text TEXT NOT NULL);\n";

static const char packs_sql[] =
    /* spread: reference */
    "CREATE TABLE pack (name TEXT PRIMARY KEY, version BIGINT NOT NULL, title TEXT NOT NULL, title_en TEXT NOT NULL,"
    " loaded_at BIGINT NOT NULL);\n"
    /* spread: reference. sha256: of the item as the pack shipped it; the other side of the three-way difference */
    "CREATE TABLE pack_item (pack TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,"
    " PRIMARY KEY (pack, kind, name));\n";

static const char find_sql[] =
    "DROP TABLE resource_search;\n"
    /* spread: reference. An entry's number and words for search; see find_index.c. index_format 0: to be indexed at the next
       start */
    "CREATE TABLE resource_doc (resource_id BIGINT PRIMARY KEY, doc_no BIGINT NOT NULL, changed_no BIGINT NOT NULL,"
    " index_format BIGINT NOT NULL, domain TEXT NOT NULL, formats TEXT NOT NULL, published_words TEXT NOT NULL,"
    " draft_words TEXT NOT NULL);\n"
    "CREATE UNIQUE INDEX resource_doc_no ON resource_doc (doc_no);\n"
    "CREATE INDEX resource_doc_changed ON resource_doc (changed_no);\n"
    "INSERT INTO resource_doc (resource_id, doc_no, changed_no, index_format, domain, formats, published_words, draft_words)"
    " SELECT resource_id, row_number() OVER (ORDER BY resource_id) - 1, row_number() OVER (ORDER BY resource_id), 0, '', '', '', "
    "''"
    " FROM resource;\n"
    /* spread: reference. The entries that have a token, by the part it stands in. BYTEA: compared by bytes on both engines */
    "CREATE TABLE search_term (term BYTEA NOT NULL, draft BIGINT NOT NULL, chunk BIGINT NOT NULL, in_name BYTEA, in_keyword "
    "BYTEA,"
    " in_field BYTEA, in_other BYTEA, PRIMARY KEY (term, draft, chunk));\n"
    /* spread: reference. words: JSON list of words that mean the same */
    "CREATE TABLE synonym (name TEXT PRIMARY KEY, words TEXT NOT NULL);\n";

static const char refs_sql[] =
    /* spread: reference. What published fields refer to: target is "code.field" */
    "CREATE TABLE resource_ref (resource_id BIGINT NOT NULL, field_no BIGINT NOT NULL, field TEXT NOT NULL, title TEXT NOT NULL,"
    " target TEXT NOT NULL, PRIMARY KEY (resource_id, field_no));\n"
    "CREATE INDEX resource_ref_target ON resource_ref (target);\n"
    /* spread: reference. One row until the entries of before are read */
    "CREATE TABLE resource_ref_due (due BIGINT PRIMARY KEY);\n"
    "INSERT INTO resource_ref_due (due) VALUES (1);\n";

static const char keeper_sql[] =
    /* "table": records are in a run-time table; "proxy": with the supplier */
    "ALTER TABLE resource ADD COLUMN keeper TEXT NOT NULL DEFAULT 'table';\n";

/* Grants of others that went on when their entry became one that is not shared. */
static const char not_shared_sql[] =
    "UPDATE access_grant SET revoked_at = (SELECT r.updated_at FROM resource r WHERE r.resource_id = access_grant.resource_id),"
    " revoke_reason = '不予共享', version = version + 1 WHERE revoked_at = 0 AND EXISTS (SELECT 1 FROM resource r CROSS JOIN "
    "account"
    " a WHERE r.resource_id = access_grant.resource_id AND a.account_id = access_grant.account_id AND r.sharing = 'none' AND"
    " r.published_version > 0 AND a.org_id <> access_grant.owner_org_id);\n";

const Migration catalog_migrations[CATALOG_MIGRATIONS] = {
    {.name = "catalog-1-lists", .sql = lists_sql},
    {.name = "catalog-2-resources", .sql = resources_sql},
    {.name = "catalog-3-packs", .sql = packs_sql},
    {.name = "catalog-4-find", .sql = find_sql},
    {.name = "catalog-5-refs", .sql = refs_sql},
    {.name = "catalog-6-keeper", .sql = keeper_sql},
    {.name = "catalog-7-not-shared", .sql = not_shared_sql},
};
