/* A database reached through an ODBC driver, which runs in a limited process of its own (odbc_child.c): a driver that crashes,
 * leaks or hangs ends a call with a reason, never the server. One link is one connection, one owner, one thread; calls wait. */
#ifndef YIWANG_EXCHANGE_ODBC_H
#define YIWANG_EXCHANGE_ODBC_H
#include "core/core.h"

/* An address "odbc:" ‖ connection string: KEY=value;… with a value in braces where it holds ; = or blanks ({a;b}, } doubled).
 * Keys: Dialect (how the database is spoken to), and Driver, DSN, Server, Port, Database, Uid, Pwd. What else a driver needs is
 * written into a data source (DSN) of /etc/odbc.ini by the operator: keys that name files or code do not come in here. */
enum { ODBC_DIALECT, ODBC_DRIVER, ODBC_DSN, ODBC_SERVER, ODBC_PORT, ODBC_DATABASE, ODBC_UID, ODBC_PWD, ODBC_KEYS };
typedef struct OdbcAddress {
	char *values[ODBC_KEYS]; /* "" = not given */
} OdbcAddress;
/* 0, or ERR_INVALID field "url" that names the key. Nothing of the password is said. */
int odbc_address_parse(Arena *arena, Text url, OdbcAddress *out, Error *error);
/* The connection string for the driver manager: the address without Dialect, then `more`. */
char *odbc_address_connection(Arena *arena, const OdbcAddress *address, const char *more);

/* Why a call failed. state: SQLSTATE, or one of these. */
#define ODBC_STATE_ENDED "YW001" /* the process with the driver ended: message says how */
#define ODBC_STATE_SLOW "YW002"  /* no answer in time; the process was killed */
typedef struct OdbcFault {
	char state[6];
	int32_t native;
	char message[300]; /* UTF-8, one line, without the password */
} OdbcFault;

typedef struct OdbcLink {
	Arena *arena;
	int fd, pid;        /* -1: closed */
	int answer_ms;      /* how long a call waits for the next sign of the driver */
	const char *secret; /* not to be repeated in messages */
	OdbcFault fault;    /* of the last call that failed */
	Buf out, in;
	/* of a query whose rows are taken one by one: the frame at hand, and until when the next sign must come */
	const char *rows_at, *rows_end;
	uint32_t rows_left;
	int columns;
	int64_t until_us;
} OdbcLink;

/* Every call: 0, or ERR_IO with link->fault filled. After a state YW… the link is gone. */
/* A process in that folder (files of databases are named from there); not connected. Closed with arena, so the link lives as
 * long. */
int odbc_start(Arena *arena, const char *folder, OdbcLink *link);
int odbc_connect(OdbcLink *link, const char *connection, const char *secret);
typedef struct OdbcInfo {
	char *dbms, *dbms_version, *driver, *driver_version;
} OdbcInfo;
int odbc_info(OdbcLink *link, OdbcInfo *out);
/* Transactions begin by themselves. */
int odbc_commit(OdbcLink *link);
int odbc_rollback(OdbcLink *link);
/* changed may be NULL. */
int odbc_execute(OdbcLink *link, const char *sql, int64_t *changed);
/* Rows in the form of odbc_wire.h, columns by types (i, d, t). group: rows a statement, 0 = SQL as it is, once a row. */
int odbc_rows_in(OdbcLink *link, const char *types, int group, const char *sql, Text rows, int64_t *changed);
/* row gets the cells of each (i and d: 8 bytes big-endian, at NULL = NULL), valid during the call; its negative answer ends the
 * query (the rest is read and dropped) and is the result. */
typedef int OdbcRow(void *arg, const Text *cells);
int odbc_query(OdbcLink *link, const char *types, const char *sql, OdbcRow *row, void *arg);
/* The same a row at a time, with values for its ? (NULL = NULL): begin, then next until it is not 1: a row in cells (of the
 * number of types; valid until the next call), 0 the end. Nothing else may be asked before. */
int odbc_query_begin(OdbcLink *link, const char *types, const char *sql, const char *const *values, int count);
int odbc_query_next(OdbcLink *link, Text *cells);
/* "name type(size,digits);…" of a table, "" when there is none. catalog, schema: NULL = any. */
int odbc_columns(OdbcLink *link, const char *catalog, const char *schema, const char *table, char **out);
void odbc_close(OdbcLink *link);
#endif
