/* SQL of proxied reads (proxy_sql.c), for the file that runs it. */
#ifndef YIWANG_EXCHANGE_PROXY_SQL_H
#define YIWANG_EXCHANGE_PROXY_SQL_H
#include "exchange/proxy.h"
#include <libpq-fe.h>

typedef struct ProxySql {
	Arena *arena;
	PGconn *connection; /* for quoting */
	const ProxyBinding *binding;
	const KeeperRead *read;
	Buf text;            /* the statement, with its NUL */
	const char **values; /* of $1 … $count */
	int count, room;
} ProxySql;
ProxySql *proxy_sql_new(Arena *arena, PGconn *connection, const ProxyBinding *binding, const KeeperRead *read);
/* What sql->read asks for. */
void proxy_sql_rows(ProxySql *sql);
int proxy_sql_columns(const KeeperRead *read); /* of its answer */
/* One row when some record has no value in a key column (empty), or when two have the same key. */
void proxy_sql_key_fault(ProxySql *sql, bool empty);
#endif
