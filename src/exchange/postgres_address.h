/* Addresses of suppliers' and receivers' PostgreSQL databases, and the one way to connect to them. An address names a server by
 * the network; sockets and files of this machine, and what libpq would run there (options, service), are its operator's to give
 * (environment), not its. Any thread. */
#ifndef YIWANG_EXCHANGE_POSTGRES_ADDRESS_H
#define YIWANG_EXCHANGE_POSTGRES_ADDRESS_H
#include "base/base.h"
#include <libpq-fe.h>

/* What a URL says, in the arena; NULL: it is none of PostgreSQL. What it may not say is not looked for. */
const PQconninfoOption *conninfo_read(Arena *arena, const char *url);
const char *conninfo_value(const PQconninfoOption *options, const char *keyword); /* NULL: it says nothing, or "" */
/* 0, or ERR_INVALID rule "postgres_url": a keyword, host or numeric address that is not taken. Resolves no names. */
int conninfo_check(const PQconninfoOption *options, Error *error);

typedef struct PostgresCall {
	const char *url, *application;
	int connect_seconds, silent_ms; /* silent: of what was sent, unacknowledged */
} PostgresCall;
/* Connects to the addresses that were looked at, not to what their names lead to a moment later. 0: out is a connection, PQstatus
 * tells whether it works, and the caller's to finish. < 0: conninfo_check's, or a name that is unknown or leads to a link-local
 * address; out is NULL. Waits for name servers and the database. */
int conninfo_connect(const PostgresCall *call, Error *error, PGconn **out);
#endif
