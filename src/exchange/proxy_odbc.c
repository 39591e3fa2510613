/* Reads of a supplier's table while somebody waits: the keeper's side of record/keeper.h through an ODBC driver in a
 * limited process (odbc.h). Owns a few connections a source (app part "exchange.odbc_proxies"): sessions are read only and end a
 * statement by themselves; a process that does not answer is killed. What readers are told names nothing of the supplier; its own
 * people and the log get the driver's words. Threads that may wait (request_elsewhere). */
#include "exchange/delivery_target.h"
#include "exchange/odbc_dialect.h"
#include "exchange/proxy_sql.h"
#include "exchange/target.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECTIONS = 3, PLACE_WAIT_SECONDS = 2, GRACE_MS = 1000, WHOLE_SECONDS = 600 };
#define AWAY_US INT64_C(2000000)
#define IDLE_US INT64_C(60000000)
#define PART "exchange.odbc_proxies"

/* A driver's process, with the memory that it lives in. */
typedef struct Held {
	Arena *arena;
	OdbcLink link;
	int64_t since;
} Held;
typedef struct OdbcPlace { /* of one source */
	int64_t source_id, away_until;
	int64_t version; /* of the source, that its connections were made under */
	Held *idle[CONNECTIONS];
	int idle_count, used;
	struct OdbcPlace *next;
} OdbcPlace;
typedef struct OdbcProxies {
	pthread_mutex_t lock;
	pthread_cond_t left;
	OdbcPlace *places;
} OdbcProxies;

static void held_free(Held *held) {
	if (held) arena_free(held->arena); /* ends the process */
}

int odbc_proxies_start(App *app, Error *error) {
	OdbcProxies *proxies = calloc(1, sizeof *proxies);
	if (!proxies) abort();
	pthread_mutex_init(&proxies->lock, NULL);
	pthread_cond_init(&proxies->left, NULL);
	app_part_set(app, PART, proxies);
	return 0;
}

void odbc_proxies_stop(App *app) {
	OdbcProxies *proxies = app_part(app, PART);
	for (OdbcPlace *place = proxies->places, *next; place; place = next) {
		next = place->next;
		for (int i = 0; i < place->idle_count; i++)
			held_free(place->idle[i]);
		free(place);
	}
	pthread_cond_destroy(&proxies->left);
	pthread_mutex_destroy(&proxies->lock);
	free(proxies);
	app_part_set(app, PART, NULL);
}

/* --- what went wrong ------------------------------------------------------------------------------------------------------- */

typedef struct OdbcCall {
	Request *rq;
	const ProxyBinding *binding;
	OdbcProxies *proxies;
	OdbcPlace *place;
	Held *held;
	int64_t version; /* of the source */
	int seconds, count;
	bool told, done;
	Text *texts;
} OdbcCall;

/* MariaDB's and SQLite's numbers as the classes that proxy_trouble knows. */
static const char *state_of(const ProxyDialect *dialect, const OdbcFault *fault) {
	static const struct {
		int32_t native;
		const char *state;
	} known[] = {
	    {1969, "57014"}, {3024, "57014"}, {1205, "57014"}, {1142, "42501"}, {1143, "42501"}, {1044, "42501"}, {1054, "42703"},
	    {1146, "42P01"}, {1305, "42883"}, {1356, "42P01"}, {1040, "53300"}, {1203, "53300"}, {1, "42703"},    {5, "53300"},
	    {6, "53300"},    {1264, "22003"}, {1292, "22007"}, {1366, "22P02"}, {1267, "22021"},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].native == fault->native && dialect->by_bytes)
			return known[i].state; /* PostgreSQL's driver has its own */
	if (strcmp(fault->state, ODBC_STATE_SLOW) == 0 || strncmp(fault->state, "HYT", 3) == 0) return "57014";
	static const char *const classes[] = {"42", "22", "57014", "53"};
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strncmp(fault->state, classes[i], strlen(classes[i])) == 0) return fault->state;
	return "";
}

static void set_away(OdbcCall *call, bool there) {
	pthread_mutex_lock(&call->proxies->lock);
	call->place->away_until = there ? 0 : clock_monotonic_us() + AWAY_US;
	pthread_mutex_unlock(&call->proxies->lock);
}

static int refused(OdbcCall *call) {
	const OdbcFault *fault = &call->held->link.fault;
	if (strncmp(fault->state, "YW", 2) == 0) set_away(call, false);
	return proxy_trouble(call->rq, call->binding, call->told, state_of(call->binding->dialect, fault), fault->message);
}

static int checked(OdbcCall *call, int code) {
	return code == 0 ? 0 : refused(call);
}

/* --- connections ------------------------------------------------------------------------------------------------------------ */

static OdbcPlace *place_of(OdbcProxies *proxies, int64_t source_id) {
	for (OdbcPlace *place = proxies->places; place; place = place->next)
		if (place->source_id == source_id) return place;
	OdbcPlace *place = calloc(1, sizeof *place);
	if (!place) abort();
	place->source_id = source_id;
	place->next = proxies->places;
	proxies->places = place;
	return place;
}

static bool place_take(OdbcCall *call) {
	OdbcProxies *proxies = call->proxies;
	struct timespec until;
	int waited = 0;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PLACE_WAIT_SECONDS;
	pthread_mutex_lock(&proxies->lock);
	OdbcPlace *place = place_of(proxies, call->binding->source_id);
	while (place->used >= CONNECTIONS && waited == 0)
		waited = pthread_cond_timedwait(&proxies->left, &proxies->lock, &until);
	bool free_place = place->used < CONNECTIONS;
	if (place->version != call->version) { /* it was changed and may lead elsewhere */
		while (place->idle_count > 0)
			held_free(place->idle[--place->idle_count]);
		place->away_until = 0;
		place->version = call->version;
	}
	if (free_place) {
		place->used++;
		call->place = place;
		if (place->idle_count > 0) call->held = place->idle[--place->idle_count];
	}
	pthread_mutex_unlock(&proxies->lock);
	return free_place;
}

static void call_end(OdbcCall *call) {
	if (!call->place) return;
	Held *held = call->held;
	pthread_mutex_lock(&call->proxies->lock);
	bool keep = held && call->done && held->link.fd >= 0 && call->place->version == call->version;
	if (!keep) held_free(held);
	call->place->used--;
	if (keep) {
		held->since = clock_monotonic_us();
		call->place->idle[call->place->idle_count++] = held;
	}
	pthread_cond_signal(&call->proxies->left);
	pthread_mutex_unlock(&call->proxies->lock);
	call->place = NULL;
	call->held = NULL;
}

static void call_free(void *call) {
	call_end(call);
}

static int session_set(OdbcCall *call) {
	OdbcLink *link = &call->held->link;
	link->answer_ms = call->seconds * 1000 + GRACE_MS;
	return odbc_execute(link, arena_printf(call->rq->arena, call->binding->dialect->limit, call->seconds), NULL);
}

/* Sessions only read. What they are set to is committed: a read ends by rolling back. */
static int session_begin(OdbcCall *call) {
	const ProxyDialect *asked = call->binding->dialect;
	OdbcLink *link = &call->held->link;
	OdbcInfo info;
	int code = odbc_info(link, &info);
	if (code == 0 && strcasecmp(info.dbms, asked->dbms) != 0 && strcmp(asked->odbc, "mariadb") != 0)
		return proxy_trouble(call->rq, call->binding, call->told, "42",
		                     arena_printf(call->rq->arena,
		                                  "the database is %s, and proxied records are read from %s here", info.dbms,
		                                  asked->dbms));
	for (int i = 0; code == 0 && i < 4 && asked->session[i]; i++)
		code = odbc_execute(link, asked->session[i], NULL);
	if (code == 0) code = odbc_commit(link);
	if (code == 0) code = session_set(call);
	set_away(call, code == 0);
	return checked(call, code);
}

static int connect_new(OdbcCall *call) {
	Request *rq = call->rq;
	char *url;
	OdbcAddress address;
	pthread_mutex_lock(&call->proxies->lock);
	bool away = clock_monotonic_us() < call->place->away_until;
	pthread_mutex_unlock(&call->proxies->lock);
	if (away) return proxy_trouble(rq, call->binding, call->told, "", "it could not be reached a moment ago");
	int code = proxy_url(rq, call->binding->source_id, &url);
	if (code < 0) return code;
	if (!url)
		return proxy_trouble(rq, call->binding, call->told, "",
		                     "the source is not registered any more, or was under another installation key");
	Arena *arena = arena_new();
	call->held = ARENA_NEW(arena, Held);
	*call->held = (Held){.arena = arena};
	OdbcLink *link = &call->held->link;
	code = odbc_address_parse(arena, text_of(url), &address, rq->error);
	if (code < 0) return code;
	const OdbcDialect *dialect = odbc_dialect(address.values[ODBC_DIALECT]);
	code = odbc_start(arena, target_folder(rq), link);
	if (code == 0)
		code = odbc_connect(link, odbc_address_connection(arena, &address, dialect ? dialect->more : ""),
		                    address.values[ODBC_PWD]);
	for (int i = 0; code == 0 && dialect && dialect->session[i]; i++)
		code = odbc_execute(link, dialect->session[i], NULL);
	if (code == 0) return session_begin(call);
	set_away(call, false);
	return checked(call, code);
}

/* A connection that was left may be gone meanwhile: then a new one. */
static int call_begin(Request *rq, const ProxyBinding *binding, int64_t org_id, int seconds, OdbcCall **out) {
	OdbcCall *call = ARENA_NEW(rq->arena, OdbcCall);
	*call = (OdbcCall){
	    .rq = rq, .binding = binding, .proxies = app_part(rq->app, PART), .seconds = seconds, .told = proxy_told(rq, org_id)};
	int code = proxy_version(rq, binding->source_id, &call->version);
	if (code < 0) return code;
	if (!place_take(call)) return proxy_trouble(rq, binding, call->told, "53", "all connections to it are in use");
	arena_on_free(rq->arena, call_free, call);
	*out = call;
	if (call->held && clock_monotonic_us() - call->held->since < IDLE_US && session_set(call) == 0) return 0;
	held_free(call->held);
	call->held = NULL;
	return connect_new(call);
}

static int call_query(OdbcCall *call, const char *sql, const char *const *values, int value_count, int columns) {
	char *types = arena_alloc(call->rq->arena, (size_t)columns + 1);
	memset(types, 't', (size_t)columns);
	types[columns] = 0;
	return checked(call, odbc_query_begin(&call->held->link, types, sql, values, value_count));
}

/* The next row in call->texts: 1, 0, < 0. After the last one the transaction ends, so that the next call sees what is there then.
 */
static int row_next(OdbcCall *call) {
	if (call->done) return 0;
	int code = odbc_query_next(&call->held->link, call->texts);
	if (code > 0) return 1;
	if (code == 0) code = odbc_rollback(&call->held->link);
	call->done = code == 0;
	return checked(call, code);
}

/* --- the keeper's side ------------------------------------------------------------------------------------------------------ */

static int odbc_proxy_next(KeeperRead *read, const Text **texts) {
	OdbcCall *call = read->self;
	*texts = call->texts;
	return row_next(call);
}

static void odbc_proxy_close(KeeperRead *read) {
	call_end(read->self);
}

/* A database without a hash function can only sort by the key itself, which the reader may not see: all rows come in its own
 * order, pages not at all. */
static int order_check(Request *rq, const ProxyBinding *binding, KeeperRead *read) {
	if (!read->salt || binding->dialect->hash) return 0;
	if (read->limit > 0)
		return error_field(rq->error, ERR_CONFLICT, "sort", TEXT_NONE, "no_order",
		                   "Ask by the key, take a download or a delivery, or have the key granted in clear.",
		                   "The supplier's database cannot list records without showing the order of their keys");
	read->salt = NULL;
	read->ordered = false;
	return 0;
}

int odbc_proxy_open(Request *rq, const ProxyBinding *binding, KeeperRead *read) {
	OdbcCall *call;
	int fits = order_check(rq, binding, read);
	if (fits < 0) return fits;
	int seconds = read->limit > 0 ? (int)setting_int(rq, "proxy.timeout_seconds") : WHOLE_SECONDS;
	int code = call_begin(rq, binding, read->resource->org_id, seconds, &call);
	if (code < 0) return code;
	ProxySql *sql = proxy_sql_new(rq->arena, NULL, binding, read);
	proxy_sql_rows(sql);
	call->count = proxy_sql_columns(read);
	call->texts = ARENA_ARRAY(rq->arena, Text, call->count + 1);
	read->self = call;
	read->next = odbc_proxy_next;
	read->close = odbc_proxy_close;
	return call_query(call, sql->text.at, sql->values, sql->count, call->count);
}

int odbc_proxy_table(Request *rq, const ProxyBinding *binding, json_t **out) {
	OdbcCall *call;
	const char *const names[] = {binding->schema, binding->table};
	*out = json_object();
	int code = call_begin(rq, binding, rq->party.org_id, (int)setting_int(rq, "proxy.timeout_seconds"), &call);
	if (code < 0) return code;
	call->texts = ARENA_ARRAY(rq->arena, Text, 3);
	code = call_query(call, binding->dialect->columns, names, 2, 2);
	while (code == 0 && (code = row_next(call)) > 0) {
		json_object_set_new(*out, text_cstr(rq->arena, call->texts[0]),
		                    json_string(text_cstr(rq->arena, call->texts[1])));
		code = 0;
	}
	call_end(call);
	return code;
}

int odbc_proxy_key_fault(Request *rq, const ProxyBinding *binding, const Resource *resource, bool empty) {
	OdbcCall *call;
	KeeperRead read = {.resource = resource, .sort = -1};
	int code = call_begin(rq, binding, rq->party.org_id, (int)setting_int(rq, "proxy.timeout_seconds"), &call);
	if (code < 0) return code;
	ProxySql *sql = proxy_sql_new(rq->arena, NULL, binding, &read);
	proxy_sql_key_fault(sql, empty);
	call->texts = ARENA_ARRAY(rq->arena, Text, 2);
	code = call_query(call, sql->text.at, NULL, 0, 1);
	int found = code < 0 ? code : row_next(call);
	if (found > 0) row_next(call);
	call_end(call);
	return found;
}

int odbc_proxy_tables(Request *rq, int64_t source_id, const ProxyDialect *dialect, json_t **out) {
	OdbcCall *call;
	ProxyBinding *binding = ARENA_NEW(rq->arena, ProxyBinding);
	*binding = (ProxyBinding){.source_id = source_id, .dialect = dialect};
	json_t *columns = NULL;
	char *schema = "", *table = "";
	*out = json_array();
	int code = call_begin(rq, binding, rq->party.org_id, (int)setting_int(rq, "proxy.timeout_seconds"), &call);
	if (code < 0) return code;
	call->texts = ARENA_ARRAY(rq->arena, Text, 5);
	code = call_query(call, dialect->tables, NULL, 0, 4);
	while (code == 0 && (code = row_next(call)) > 0) {
		const Text *cells = call->texts;
		if (!columns || !text_is(cells[0], schema) || !text_is(cells[1], table)) {
			schema = text_cstr(rq->arena, cells[0]);
			table = text_cstr(rq->arena, cells[1]);
			columns = json_array();
			json_array_append_new(*out,
			                      json_pack("{s:s, s:s, s:o}", "schema", schema, "table", table, "columns", columns));
		}
		json_array_append_new(columns, json_pack("{s:s, s:s}", "name", text_cstr(rq->arena, cells[2]), "type",
		                                         text_cstr(rq->arena, cells[3])));
		code = 0;
	}
	call_end(call);
	return code;
}
