/* Reads of a supplier's PostgreSQL table while somebody waits. Owns a few connections a source (app part "exchange.proxies"):
 * read only, with a statement timeout that the server keeps and a deadline that we keep in case it does not. What readers are
 * told names no host, account or column of the supplier; its own people and the log get libpq's words. Threads that may wait
 * (request_elsewhere). */
#include "exchange/postgres_address.h"
#include "exchange/proxy_sql.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	CONNECTIONS = 3,      /* to one source, in this process */
	PLACE_WAIT_MS = 2000, /* for one of them */
	CONNECT_SECONDS = 5,
	SILENT_MS = 10000,
	AWAY_US = 2000000,   /* after a failed connection nobody tries for so long */
	GRACE_US = 1000000,  /* after the server should have given up by itself */
	WHOLE_SECONDS = 600, /* reading all rows (downloads) */
};
#define IDLE_US INT64_C(60000000)
#define PROXIES "exchange.proxies"

/* --- connections ------------------------------------------------------------------------------------------------------- */

typedef struct Place {              /* of one source */
	int64_t source_id, version; /* of the source, that its connections were made under */
	PGconn *idle[CONNECTIONS];
	int64_t idle_since[CONNECTIONS];
	int idle_count, used;
	int64_t away_until; /* it could not be reached, or hung: until then nobody tries (monotonic µs) */
	struct Place *next;
} Place;
typedef struct Proxies {
	pthread_mutex_t lock;
	pthread_cond_t left;
	Place *places;
} Proxies;

int proxies_start(App *app, Error *error) {
	Proxies *proxies = calloc(1, sizeof *proxies);
	if (!proxies) abort();
	pthread_mutex_init(&proxies->lock, NULL);
	pthread_cond_init(&proxies->left, NULL);
	app_part_set(app, PROXIES, proxies);
	return 0;
}

void proxies_stop(App *app) {
	Proxies *proxies = app_part(app, PROXIES);
	for (Place *place = proxies->places, *next; place; place = next) {
		next = place->next;
		for (int i = 0; i < place->idle_count; i++)
			PQfinish(place->idle[i]);
		free(place);
	}
	pthread_cond_destroy(&proxies->left);
	pthread_mutex_destroy(&proxies->lock);
	free(proxies);
	app_part_set(app, PROXIES, NULL);
}

static Place *place_of(Proxies *proxies, int64_t source_id) {
	for (Place *place = proxies->places; place; place = place->next)
		if (place->source_id == source_id) return place;
	Place *place = calloc(1, sizeof *place);
	if (!place) abort();
	place->source_id = source_id;
	place->next = proxies->places;
	proxies->places = place;
	return place;
}

/* A place, with a connection that was left there or NULL. A source that was changed may lead elsewhere: those left are closed. */
static bool place_take(Proxies *proxies, int64_t source_id, int64_t version, Place **out, PGconn **connection) {
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PLACE_WAIT_MS / 1000;
	pthread_mutex_lock(&proxies->lock);
	Place *place = place_of(proxies, source_id);
	int waited = 0;
	while (place->used >= CONNECTIONS && waited == 0)
		waited = pthread_cond_timedwait(&proxies->left, &proxies->lock, &until);
	bool free_place = place->used < CONNECTIONS;
	*connection = NULL;
	if (free_place) place->used++;
	if (place->version != version) {
		while (place->idle_count > 0)
			PQfinish(place->idle[--place->idle_count]);
		place->away_until = 0;
		place->version = version;
	}
	while (free_place && place->idle_count > 0 && !*connection) {
		int last = --place->idle_count;
		if (clock_monotonic_us() - place->idle_since[last] < IDLE_US)
			*connection = place->idle[last];
		else
			PQfinish(place->idle[last]);
	}
	pthread_mutex_unlock(&proxies->lock);
	*out = place;
	return free_place;
}

static void place_leave(Proxies *proxies, Place *place, int64_t version, PGconn *connection, bool keep) {
	pthread_mutex_lock(&proxies->lock);
	keep = keep && place->version == version;
	if (connection && !keep) PQfinish(connection);
	place->used--;
	if (connection && keep) {
		place->idle_since[place->idle_count] = clock_monotonic_us();
		place->idle[place->idle_count++] = connection;
	}
	pthread_cond_broadcast(&proxies->left);
	pthread_mutex_unlock(&proxies->lock);
}

/* --- what went wrong ----------------------------------------------------------------------------------------------------- */

typedef struct ProxyCall {
	Request *rq;
	const ProxyBinding *binding;
	Proxies *proxies;
	Place *place;
	PGconn *connection;
	int64_t version;  /* of the source */
	int64_t deadline; /* monotonic µs */
	int seconds;
	bool told; /* the caller is of the supplier: it may read libpq's words */
	bool done; /* the answer was read to its end: the connection can be used again */
	PGresult *row;
	Text *texts;
	int count;
} ProxyCall;

static const struct {
	const char *state; /* SQLSTATE, or its beginning */
	int code;
	const char *rule, *message, *advice;
} troubles[] = {
    {"57014", ERR_BUSY, "source_slow", "The supplier's database did not answer in time",
     "Ask for less, with a filter on the key or an indexed column, or try again later."},
    {"42501", ERR_GATEWAY, "source_altered", "The supplier's table may not be read any more",
     "The supplier grants its account the right again."},
    {"42", ERR_GATEWAY, "source_altered", "The supplier's table was altered and no longer fits the entry",
     "The supplier connects the table anew, or the entry is changed."},
    {"22", ERR_GATEWAY, "source_value", "The supplier's database cannot compare with this value",
     "Check the value; the supplier checks the column's type."},
    {"53", ERR_BUSY, "source_busy", "The supplier's database takes no more connections", "Try again later."},
    {"", ERR_BUSY, "source_gone", "The supplier's database cannot be reached",
     "Try again later; the supplier's administrators find the reason in the log."},
};

bool proxy_told(const Request *rq, int64_t org_id) {
	return rq->party.kind == PARTY_SYSTEM || rq->party.sees_all || rq->party.org_id == org_id;
}

int proxy_trouble(Request *rq, const ProxyBinding *binding, bool told, const char *state, const char *words) {
	size_t i = 0;
	char plain[240];
	snprintf(plain, sizeof plain, "%s", words ? words : "");
	for (char *at = plain; *at; at++)
		if ((unsigned char)*at < ' ') *at = ' ';
	while (strncmp(state ? state : "", troubles[i].state, strlen(troubles[i].state)) != 0)
		i++;
	log_warn("source %lld: %s: %s", (long long)binding->source_id, troubles[i].message, plain);
	if (told && *plain)
		return error_field(rq->error, troubles[i].code, "source", TEXT_NONE, troubles[i].rule, troubles[i].advice,
		                   "%s: %s", troubles[i].message, text_trim(text_of(plain)).at);
	return error_field(rq->error, troubles[i].code, "source", TEXT_NONE, troubles[i].rule, troubles[i].advice, "%s",
	                   troubles[i].message);
}

static int trouble(ProxyCall *call, const char *state, const char *words) {
	return proxy_trouble(call->rq, call->binding, call->told, state, words);
}

static void set_away(ProxyCall *call, bool there) {
	pthread_mutex_lock(&call->proxies->lock);
	call->place->away_until = there ? 0 : clock_monotonic_us() + AWAY_US;
	pthread_mutex_unlock(&call->proxies->lock);
}

/* The server should have ended the statement by itself: it hangs, or the way to it does. */
static int hangs(ProxyCall *call) {
	set_away(call, false);
	return trouble(call, "57014", arena_printf(call->rq->arena, "no answer within %d seconds", call->seconds));
}

static int refused(ProxyCall *call, const PGresult *result) {
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	return trouble(call, state, result ? PQresultErrorMessage(result) : PQerrorMessage(call->connection));
}

/* --- one answer ---------------------------------------------------------------------------------------------------------- */

static int wait_for(ProxyCall *call, short events) {
	struct pollfd wait = {.fd = PQsocket(call->connection), .events = events};
	for (;;) {
		int64_t left = call->deadline - clock_monotonic_us();
		int ready = left > 0 ? poll(&wait, 1, (int)(left / 1000 + 1)) : 0;
		if (ready > 0) return 0;
		if (ready == 0) return hangs(call);
		if (errno != EINTR) return trouble(call, NULL, strerror(errno));
	}
}

/* The next result, or NULL at the end; never longer than the deadline. */
static int result_next(ProxyCall *call, PGresult **out) {
	int code = 0;
	while (PQflush(call->connection) > 0 && code == 0)
		code = wait_for(call, POLLOUT | POLLIN);
	while (code == 0 && PQisBusy(call->connection)) {
		code = wait_for(call, POLLIN);
		if (code == 0 && !PQconsumeInput(call->connection)) code = refused(call, NULL);
	}
	if (code == 0) *out = PQgetResult(call->connection);
	return code;
}

/* A statement without parameters and rows. */
static int order(ProxyCall *call, const char *sql) {
	PGresult *result = NULL;
	int code = PQsendQuery(call->connection, sql) ? 0 : refused(call, NULL);
	while (code == 0 && (code = result_next(call, &result)) == 0 && result) {
		ExecStatusType status = PQresultStatus(result);
		if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) code = refused(call, result);
		PQclear(result);
	}
	return code;
}

static bool away(ProxyCall *call) {
	pthread_mutex_lock(&call->proxies->lock);
	bool away = clock_monotonic_us() < call->place->away_until;
	pthread_mutex_unlock(&call->proxies->lock);
	return away;
}

static int connect_to(ProxyCall *call) {
	char *url;
	if (away(call)) return trouble(call, NULL, "it could not be reached a moment ago");
	int code = proxy_url(call->rq, call->binding->source_id, &url);
	if (code < 0) return code;
	if (!url) return trouble(call, NULL, "the source is not registered any more, or was under another installation key");
	Error why = {0};
	if (conninfo_connect(&(PostgresCall){url, "yiwang proxy", CONNECT_SECONDS, SILENT_MS}, &why, &call->connection) < 0) {
		set_away(call, false);
		return trouble(call, NULL, why.message);
	}
	bool there = PQstatus(call->connection) == CONNECTION_OK;
	set_away(call, there);
	if (!there) return refused(call, NULL);
	if (PQsetnonblocking(call->connection, 1) != 0) return refused(call, NULL);
	return order(call, "SET default_transaction_read_only = on; SET lock_timeout = '2s'; SET datestyle = 'ISO, YMD';"
	                   " SET timezone = 'Asia/Shanghai'; SET extra_float_digits = 1; SET standard_conforming_strings = on");
}

/* Sets the statement's time on a connection that was left, which tells whether it still works, or on a new one. */
static int call_connect(ProxyCall *call) {
	char sql[64];
	snprintf(sql, sizeof sql, "SET statement_timeout = '%ds'", call->seconds);
	if (call->connection) {
		Error kept = *call->rq->error;
		if (order(call, sql) == 0) return 0;
		*call->rq->error = kept;
		PQfinish(call->connection);
		call->connection = NULL;
		call->deadline = clock_monotonic_us() + call->seconds * INT64_C(1000000) + GRACE_US;
	}
	int code = connect_to(call);
	return code < 0 ? code : order(call, sql);
}

static void call_end(ProxyCall *call) {
	if (!call->place) return;
	PQclear(call->row);
	place_leave(call->proxies, call->place, call->version, call->connection,
	            call->done && call->connection && PQtransactionStatus(call->connection) == PQTRANS_IDLE);
	call->place = NULL;
}

static void call_free(void *call) {
	call_end(call);
}

static int call_begin(Request *rq, const ProxyBinding *binding, int64_t org_id, int seconds, ProxyCall **out) {
	ProxyCall *call = ARENA_NEW(rq->arena, ProxyCall);
	*call = (ProxyCall){.rq = rq,
	                    .binding = binding,
	                    .proxies = app_part(rq->app, PROXIES),
	                    .seconds = seconds,
	                    .told = proxy_told(rq, org_id)};
	int code = proxy_version(rq, binding->source_id, &call->version);
	if (code < 0) return code;
	if (!place_take(call->proxies, binding->source_id, call->version, &call->place, &call->connection)) {
		call->place = NULL;
		return trouble(call, "53", "all connections to it are in use");
	}
	arena_on_free(rq->arena, call_free, call);
	call->deadline = clock_monotonic_us() + seconds * INT64_C(1000000) + GRACE_US;
	*out = call;
	return call_connect(call);
}

/* The next row in call->row: 1, 0, < 0. */
static int row_next(ProxyCall *call) {
	PGresult *result = NULL;
	PQclear(call->row);
	call->row = NULL;
	if (call->done) return 0;
	int code = result_next(call, &result);
	if (code < 0) return code;
	ExecStatusType status = result ? PQresultStatus(result) : PGRES_TUPLES_OK;
	if (status == PGRES_SINGLE_TUPLE) {
		call->row = result;
		return 1;
	}
	code = status == PGRES_TUPLES_OK ? 0 : refused(call, result);
	PQclear(result);
	while (code == 0 && result && (code = result_next(call, &result)) == 0)
		PQclear(result);
	call->done = code == 0;
	return code;
}

static int call_query(ProxyCall *call, const char *sql, const char *const *values, int count) {
	bool sent =
	    PQsendQueryParams(call->connection, sql, count, NULL, values, NULL, NULL, 0) && PQsetSingleRowMode(call->connection);
	return sent ? 0 : refused(call, NULL);
}

/* --- the keeper's side --------------------------------------------------------------------------------------------------- */

static int proxy_next(KeeperRead *read, const Text **texts) {
	ProxyCall *call = read->self;
	int code = row_next(call);
	for (int i = 0; code > 0 && i < call->count; i++) {
		bool null = PQgetisnull(call->row, 0, i);
		call->texts[i] = null ? TEXT_NONE : (Text){PQgetvalue(call->row, 0, i), (size_t)PQgetlength(call->row, 0, i)};
	}
	*texts = call->texts;
	return code;
}

static void proxy_close(KeeperRead *read) {
	ProxyCall *call = read->self;
	call_end(call);
}

int proxy_open(Request *rq, const ProxyBinding *binding, KeeperRead *read) {
	ProxyCall *call;
	if (binding->dialect->odbc) return odbc_proxy_open(rq, binding, read);
	int seconds = read->limit > 0 ? (int)setting_int(rq, "proxy.timeout_seconds") : WHOLE_SECONDS;
	int code = call_begin(rq, binding, read->resource->org_id, seconds, &call);
	if (code < 0) return code;
	ProxySql *sql = proxy_sql_new(rq->arena, call->connection, binding, read);
	proxy_sql_rows(sql);
	call->count = proxy_sql_columns(read);
	call->texts = ARENA_ARRAY(rq->arena, Text, call->count + 1);
	read->self = call;
	read->next = proxy_next;
	read->close = proxy_close;
	return call_query(call, sql->text.at, sql->values, sql->count);
}

/* --- a table, when it is chosen ------------------------------------------------------------------------------------------ */

#define COLUMNS_SQL                                                                                                              \
	"SELECT a.attname, format_type(a.atttypid, a.atttypmod)"                                                                 \
	" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"               \
	" WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r','p','v','m','f') AND a.attnum > 0 AND NOT "              \
	"a.attisdropped AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY a.attnum"

static int postgres_table(Request *rq, const ProxyBinding *binding, json_t **out) {
	ProxyCall *call;
	const char *const names[] = {binding->schema, binding->table};
	*out = json_object();
	int code = call_begin(rq, binding, rq->party.org_id, (int)setting_int(rq, "proxy.timeout_seconds"), &call);
	if (code == 0) code = call_query(call, COLUMNS_SQL, names, 2);
	while (code == 0 && (code = row_next(call)) > 0) {
		json_object_set_new(*out, PQgetvalue(call->row, 0, 0), json_string(PQgetvalue(call->row, 0, 1)));
		code = 0;
	}
	if (code == 0) call_end(call);
	return code;
}

int proxy_table(Request *rq, const ProxyBinding *binding, json_t **out) {
	int code = binding->dialect->odbc ? odbc_proxy_table(rq, binding, out) : postgres_table(rq, binding, out);
	if (code == 0 && json_object_size(*out) == 0)
		code = error_field(
		    rq->error, ERR_INVALID, "table", text_of(binding->table), "table", "Check the name and the account's rights.",
		    "there is no table %.60s.%.60s with a column that the account may read", binding->schema, binding->table);
	return code;
}

/* One row of what must not be there. */
static int key_fault(Request *rq, const ProxyBinding *binding, const Resource *resource, bool empty) {
	ProxyCall *call;
	KeeperRead read = {.resource = resource, .sort = -1};
	if (binding->dialect->odbc) return odbc_proxy_key_fault(rq, binding, resource, empty);
	int code = call_begin(rq, binding, rq->party.org_id, (int)setting_int(rq, "proxy.timeout_seconds"), &call);
	if (code < 0) return code;
	ProxySql *sql = proxy_sql_new(rq->arena, call->connection, binding, &read);
	proxy_sql_key_fault(sql, empty);
	code = call_query(call, sql->text.at, NULL, 0);
	int found = code < 0 ? code : row_next(call);
	if (found > 0) row_next(call);
	call_end(call);
	return found;
}

int proxy_key_check(Request *rq, const ProxyBinding *binding, const Resource *resource) {
	static const char advice[] = "Choose a table or view whose rows have this key, or change the key of the entry.";
	int found = key_fault(rq, binding, resource, true);
	if (found > 0)
		return error_field(rq->error, ERR_INVALID, "mapping", TEXT_NONE, "key_empty", advice,
		                   "some rows of the table have no value in a key column");
	if (found == 0) found = key_fault(rq, binding, resource, false);
	if (found > 0)
		return error_field(rq->error, ERR_INVALID, "mapping", TEXT_NONE, "key_repeated", advice,
		                   "some rows of the table have the same key");
	return found;
}
