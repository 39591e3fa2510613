/* Owns the room's tables. All are small: an opening a resource, a count a day, the messages of the public. */
#include "portal/parts.h"

const Migration portal_migrations[PORTAL_MIGRATIONS] = {
    {.name = "portal-1",
     .sql =
         "/* spread: reference. fields: [{no,name}], quasi: [name], checks: what the asker and the reviewer saw */"
         "CREATE TABLE opening (opening_id BIGINT PRIMARY KEY, resource_id BIGINT NOT NULL, org_id BIGINT NOT NULL,"
         " state TEXT NOT NULL, version BIGINT NOT NULL, fields TEXT NOT NULL, quasi TEXT NOT NULL, licence TEXT NOT NULL,"
         " attribution TEXT NOT NULL, frequency TEXT NOT NULL, subject TEXT NOT NULL, note TEXT NOT NULL, checks TEXT NOT NULL,"
         " asked_by BIGINT NOT NULL, asked_at BIGINT NOT NULL, reviewed_by BIGINT NOT NULL, reviewed_at BIGINT NOT NULL,"
         " review_note TEXT NOT NULL, closed_by BIGINT NOT NULL, closed_at BIGINT NOT NULL, close_reason TEXT NOT NULL,"
         " issued_at BIGINT NOT NULL);\n"
         "CREATE INDEX opening_resource ON opening (resource_id, opening_id);\n"
         "CREATE UNIQUE INDEX opening_one_open ON opening (resource_id) WHERE state = 'open';\n"
         "CREATE UNIQUE INDEX opening_one_asked ON opening (resource_id) WHERE state = 'asked';\n"
         "/* spread: reference. slot: the process that counted */"
         "CREATE TABLE opening_use (resource_id BIGINT NOT NULL, day BIGINT NOT NULL, slot BIGINT NOT NULL, views BIGINT NOT "
         "NULL,"
         " downloads BIGINT NOT NULL, calls BIGINT NOT NULL, PRIMARY KEY (resource_id, day, slot));\n"
         "/* spread: reference */"
         "CREATE TABLE opening_message (message_id BIGINT PRIMARY KEY, resource_id BIGINT NOT NULL, org_id BIGINT NOT NULL,"
         " version BIGINT NOT NULL, text TEXT NOT NULL, contact TEXT NOT NULL, answer TEXT NOT NULL, shown BIGINT NOT NULL,"
         " created_at BIGINT NOT NULL, answered_by BIGINT NOT NULL, answered_at BIGINT NOT NULL);\n"
         "CREATE INDEX opening_message_resource ON opening_message (resource_id, message_id);\n"
         "/* spread: reference. voter: keyed hash of an address, so that one address has one voice */"
         "CREATE TABLE opening_rating (resource_id BIGINT NOT NULL, voter BIGINT NOT NULL, stars BIGINT NOT NULL,"
         " rated_at BIGINT NOT NULL, PRIMARY KEY (resource_id, voter))"},
    {.name = "portal-2-pictures",
     .sql = "/* spread: reference. Pictures of people without login, a day; network: keyed hash of where they came from */"
            "CREATE TABLE city_picture_day (network BIGINT NOT NULL, day BIGINT NOT NULL, pictures BIGINT NOT NULL,"
            " PRIMARY KEY (network, day))"},
    {.name = "portal-3-looked", /* looked_at: loaded_at of the data in which numbers of persons were looked for */
     .sql = "ALTER TABLE opening ADD COLUMN looked_at BIGINT NOT NULL DEFAULT 0"},
    {.name = "portal-4-closed", /* that went on when their entry became one that is not opened */
     .sql = "UPDATE opening SET state = 'closed', closed_at = (SELECT r.updated_at FROM resource r WHERE r.resource_id ="
            " opening.resource_id), close_reason = '不予开放', version = version + 1 WHERE state = 'open' AND resource_id IN"
            " (SELECT r.resource_id FROM resource r WHERE r.opening = 'closed' AND r.published_version > 0)"},
};
