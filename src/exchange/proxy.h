/* Proxied resources: records that stay in a supplier's database (a source) and are read there each time somebody asks. Here is
 * how an entry is bound to a table, and the keeper's side of record/keeper.h. Record does grants, masks, quota and evidence. */
#ifndef YIWANG_EXCHANGE_PROXY_H
#define YIWANG_EXCHANGE_PROXY_H
#include "record/record.h"

/* What a column can be compared with; by the column's type and the field's kind. The names are kept in table proxy. */
typedef struct ProxyCast {
	const char *name;
	const char *cast;    /* values are bound as texts and cast to this */
	bool plain;          /* the column is compared as it is; else its text is */
	const char *ordered; /* collation for < and >, or "" */
	const char *around;  /* function around column and value, "date("; or NULL */
} ProxyCast;
/* How a kind of database is asked. */
typedef struct ProxyDialect {
	const char *odbc; /* dialect of the source's address (odbc_dialect.h); NULL: PostgreSQL by its own protocol */
	const char *dbms; /* what its driver says it is */
	char quote;
	const char *text_end;        /* of a CAST to a text */
	bool substr;                 /* substr(x, 1, n) instead of left(x, n) */
	bool by_bytes;               /* its collations may take other texts for equal: = goes by bytes too */
	bool local;                  /* booleans are 0 and 1, times without zone, types may have words behind */
	bool short_real;             /* a double as a text loses digits */
	const char *hash, *hash_end; /* of salt and key; NULL = it has none */
	const char *session[4];
	const char *limit;            /* "%d" seconds a statement, or nothing of it */
	const char *columns, *tables; /* SQL: name, type of a schema's table; schema, table, name, type */
	const ProxyCast *casts;
	const struct Fit *fits;
} ProxyDialect;
extern const ProxyDialect proxy_postgres;
/* By the dialect of an address by ODBC; NULL = nobody knows how to ask it. */
const ProxyDialect *proxy_dialect(const char *odbc);
/* Of a source's address: 0 or ERR_INVALID field url. */
int proxy_dialect_of(Request *rq, const char *url, const ProxyDialect **out);
typedef struct ProxyColumn {
	const char *column; /* NULL = the field has none */
	const ProxyCast *cast;
} ProxyColumn;
typedef struct ProxyBinding {
	int64_t source_id;
	const ProxyDialect *dialect;
	const char *schema, *table;
	const ProxyColumn *columns; /* by field number, up to max_no */
	int max_no;
} ProxyBinding;

/* How a column of that type can stand for a field of that kind; NULL = not at all. */
const ProxyCast *proxy_cast(const ProxyDialect *dialect, const char *type, FieldKind kind);
const ProxyCast *proxy_cast_named(const ProxyDialect *dialect, const char *name, FieldKind kind); /* as kept */

/* --- reading (proxy_read.c): on threads that may wait --------------------------------------------------------------------- */
/* As KeeperRead of record/keeper.h says; fields without a column give TEXT_NONE. */
int proxy_open(Request *rq, const ProxyBinding *binding, KeeperRead *read);
/* The columns of a table, as {name: type}, new reference; ERR_GATEWAY when there is no such table or nothing of it may be read.
 */
int proxy_table(Request *rq, const ProxyBinding *binding, json_t **out);
/* Whether the key columns really are a key: 0; ERR_INVALID rule "key_empty" or "key_repeated"; ERR_BUSY when it takes too long.
 */
int proxy_key_check(Request *rq, const ProxyBinding *binding, const Resource *resource);
/* What went wrong at the supplier, by SQLSTATE or its beginning: words go to the log, and to readers of the supplier (told). */
bool proxy_told(const Request *rq, int64_t org_id);
int proxy_trouble(Request *rq, const ProxyBinding *binding, bool told, const char *state, const char *words);
/* The same through ODBC drivers (proxy_odbc.c). */
int odbc_proxy_open(Request *rq, const ProxyBinding *binding, KeeperRead *read);
int odbc_proxy_table(Request *rq, const ProxyBinding *binding, json_t **out);
int odbc_proxy_key_fault(Request *rq, const ProxyBinding *binding, const Resource *resource, bool empty);
/* Its tables, as postgres_tables gives them. */
int odbc_proxy_tables(Request *rq, int64_t source_id, const ProxyDialect *dialect, json_t **out);
int odbc_proxies_start(App *app, Error *error);
void odbc_proxies_stop(App *app);
int proxies_start(App *app, Error *error);
void proxies_stop(App *app);

/* --- routes and actions (proxy.c) ----------------------------------------------------------------------------------------- */
int proxy_get(Request *rq);
int proxy_preview(Request *rq);
int proxy_post(Request *rq);
int proxy_end(Request *rq);
int proxy_columns(Request *rq, void *arg); /* action "keeper.columns" */
int proxy_read(Request *rq, void *arg);    /* action "keeper.open" */
/* The address of a source, whoever asks (record has asked for the grant): NULL when it cannot be unlocked. 0 or a code. */
int proxy_url(Request *rq, int64_t source_id, char **url);
/* Rises with each change of the source: a connection made under another one leads elsewhere. 0: it is gone. */
int proxy_version(Request *rq, int64_t source_id, int64_t *version);
#endif
