/* Owns the room's tables. Nodes and streams are few; a batch's bytes are kept only until the other side (or the load) has them.
 */
#include "cascade/internal.h"

const Migration cascade_migrations[CASCADE_MIGRATIONS] = {
    {.name = "cascade-1",
     .sql =
         /* spread: reference. The public key of this installation as others know it: one row */
     "CREATE TABLE cascade_self (id BIGINT PRIMARY KEY, public_key TEXT NOT NULL);\n"
     /* spread: reference. state: proposed active revoked. pin: of the TLS certificate it last said it uses */
     "CREATE TABLE cascade_node (node_id BIGINT PRIMARY KEY, fingerprint TEXT NOT NULL, public_key TEXT NOT NULL,"
     " name TEXT NOT NULL, url TEXT NOT NULL, state TEXT NOT NULL, org_id BIGINT NOT NULL, account_id BIGINT NOT NULL,"
     " proposed_login TEXT NOT NULL, proposed_us BIGINT NOT NULL, approved_login TEXT NOT NULL, approved_us BIGINT NOT NULL,"
     " reason TEXT NOT NULL, pin TEXT NOT NULL, seen_us BIGINT NOT NULL, contact_us BIGINT NOT NULL, tried_us BIGINT NOT NULL,"
     " fails BIGINT NOT NULL, next_us BIGINT NOT NULL, error TEXT NOT NULL, version BIGINT NOT NULL);\n"
     "CREATE UNIQUE INDEX cascade_node_fingerprint ON cascade_node (fingerprint);\n"
     /* spread: reference */
     "CREATE TABLE cascade_stream (stream_id BIGINT PRIMARY KEY, node_id BIGINT NOT NULL, direction TEXT NOT NULL,"
     " name TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL, resource_id BIGINT NOT NULL, org_id BIGINT NOT NULL,"
     " code TEXT NOT NULL, seq BIGINT NOT NULL, done BIGINT NOT NULL, digest TEXT NOT NULL, top BIGINT NOT NULL,"
     " phase TEXT NOT NULL, after_id BIGINT NOT NULL, position BIGINT NOT NULL, signature TEXT NOT NULL,"
     " begin_seq BIGINT NOT NULL, end_seq BIGINT NOT NULL, origin TEXT NOT NULL, origin_name TEXT NOT NULL,"
     " row_count BIGINT NOT NULL, moved_us BIGINT NOT NULL, asked_us BIGINT NOT NULL, next_us BIGINT NOT NULL, job_id BIGINT NOT "
     "NULL,"
     " error TEXT NOT NULL, created_us BIGINT NOT NULL, version BIGINT NOT NULL);\n"
     "CREATE UNIQUE INDEX cascade_stream_name ON cascade_stream (node_id, direction, name);\n"
     "CREATE INDEX cascade_stream_resource ON cascade_stream (resource_id, direction);\n"
     /* spread: by(stream_id). body: NULL once it is no longer needed. receipt: the other side's (out) or our own (in) signed word
      */
     "CREATE TABLE cascade_batch (stream_id BIGINT NOT NULL, seq BIGINT NOT NULL, digest TEXT NOT NULL, row_count BIGINT NOT "
     "NULL,"
     " removed BIGINT NOT NULL, rows_digest TEXT NOT NULL, header TEXT NOT NULL, signature TEXT NOT NULL, body BYTEA, receipt "
     "TEXT NOT NULL, made_us BIGINT NOT NULL,"
     " done_us BIGINT NOT NULL, PRIMARY KEY (stream_id, seq));\n"
     /* spread: reference. What other nodes' catalogues hold. words: folded for search. epoch: the batch that began the full run
      */
     "CREATE TABLE cascade_entry (node_id BIGINT NOT NULL, far_id BIGINT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,"
     " org_name TEXT NOT NULL, origin TEXT NOT NULL, origin_name TEXT NOT NULL, sharing TEXT NOT NULL, row_count BIGINT NOT NULL,"
     " loaded_us BIGINT NOT NULL, document TEXT NOT NULL, words TEXT NOT NULL, epoch BIGINT NOT NULL, updated_us BIGINT NOT NULL,"
     " PRIMARY KEY (node_id, far_id))"},
    {.name = "cascade-2", /* number at the origin, and the nodes on the way (path.c); empty until it is said anew */
     .sql = "ALTER TABLE cascade_entry ADD COLUMN origin_entry TEXT NOT NULL DEFAULT '';\n"
            "ALTER TABLE cascade_entry ADD COLUMN via TEXT NOT NULL DEFAULT '';\n"
            "ALTER TABLE cascade_stream ADD COLUMN origin_entry TEXT NOT NULL DEFAULT '';\n"
            "ALTER TABLE cascade_stream ADD COLUMN via TEXT NOT NULL DEFAULT ''"},
};
