/* Sources: databases of departments that loads read from. Made by the system administrator, used by data officers of their
 * organisation. The password is kept locked (AES-256-GCM under the installation's key) and never goes out. */
#ifndef YIWANG_EXCHANGE_SOURCE_H
#define YIWANG_EXCHANGE_SOURCE_H
#include "record/record.h"

/* The connection URL, with its password, of a source the party may use (its organisation's, or one for everybody): in rq->arena.
 */
/* The same for loads, which read PostgreSQL alone: ERR_CONFLICT rule "source_kind" for another. */
int source_postgres(Request *rq, int64_t source_id, char **url, char **name);
int source_url(Request *rq, int64_t source_id, char **url, char **name);

int source_list(Request *rq);
int source_post(Request *rq);
int source_show(Request *rq);   /* as an administrator changes it: without the password, with what uses it */
int source_change(Request *rq); /* the next read of proxied records goes to the new address */
int source_remove(Request *rq); /* refused while entries use it */
int source_test(Request *rq);
int source_tables(Request *rq);
#endif
