/* dispatch: every HTTP call passes here and nowhere else: match → authenticate → authorise → inputs → lane → handler → evidence →
 * answer. Only this file checks permissions. Threads: server threads match, parse and run inline and fast lanes; workers run
 * reads; the store's writer runs writes. */
#include "app/private.h"
#include "people/people.h"
#include <stdio.h>
#include <stdlib.h>

enum { FAR_WORKERS = 6, FAR_QUEUE = 128 };

const char *permission_name(Permission permission) {
	static const char *const names[] = {
#define X(name, text, doc) [name] = text,
	    PERMISSIONS(X)
#undef X
	};
	return (unsigned)permission < PERMISSION_COUNT ? names[permission] : "unset";
}

/* --- may it run? ------------------------------------------------------------------------------------------------------------ */

/* A person with a one-time password can see who he is, change it, and leave. */
static bool open_before_change(const Route *route) {
	return strcmp(route->path, "/api/v1/session") == 0 || strcmp(route->path, "/api/v1/session/password") == 0;
}

static int turn_authenticate(Request *rq, const Route *route) {
	int code = people_authenticate(rq);
	if ((code == ERR_UNAUTHENTICATED || code == ERR_FORBIDDEN) && route->permit == PERMIT_OPEN) {
		error_clear(rq->error); /* a stale cookie must not stand in the way of logging in */
		rq->party = (Party){.kind = PARTY_NOBODY};
		return 0;
	}
	return code;
}

static int turn_authorise(Request *rq, const Route *route) {
	const Party *party = &rq->party;
	if (party->must_change_password && route->permit != PERMIT_OPEN && !open_before_change(route))
		return error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "must_change_password",
		                   "POST /api/v1/session/password", "Change your one-time password first");
	if (route->permit == PERMIT_OPEN) return 0;
	if (party->kind == PARTY_NOBODY)
		return fail(rq, ERR_UNAUTHENTICATED, "Log in, or send an API key in the Authorization header");
	if (route->permit == PERMIT_LOGIN || party_may(party, route->permit)) return 0;
	return error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "permission",
	                   "Ask the security administrator for a role that has it.", "This needs the permission %s",
	                   permission_name(route->permit));
}

/* Everything before the handler; rq->db is the lane's, or NULL for an open inline route. */
static int turn_admit(Turn *turn) {
	Request *rq = turn->rq;
	int code = 0;
	if ((rq->db != NULL || rq->reads != NULL) && (code = turn_authenticate(rq, turn->route)) != 0) return code;
	if ((code = turn_authorise(rq, turn->route)) != 0) return code;
	if (turn->fault != 0) {
		*rq->error = turn->fault_error;
		return turn->fault;
	}
	rq->inputs = turn->inputs;
	return 0;
}

/* Runs again when the handler found that it worked with an old generation of grants or catalogue. */
static int turn_run(Turn *turn) {
	int code = ERR_RETRY;
	for (; code == ERR_RETRY && turn->tries <= RETRIES_MAX; turn->tries++) {
		if (turn->tries > 0) request_rewind(turn->rq);
		code = turn_admit(turn);
		if (code == 0) code = turn->route->handler(turn->rq);
	}
	if (code != ERR_RETRY) return code;
	request_rewind(turn->rq);
	return fail(turn->rq, ERR_BUSY, "The configuration changes too fast; try again in a moment");
}

/* --- lanes ------------------------------------------------------------------------------------------------------------- */

static void turn_suspend(Turn *turn) {
	turn->suspended = true;
	http_suspend(turn->call);
}

static void turn_queue(Turn *turn, Pool *pool) {
	if (!pool_push(pool, &turn->item))
		turn_finish(turn, fail(turn->rq, ERR_BUSY, "Too many calls wait; try again in a moment"));
}

/* The handler must wait for another server: it begins anew where that holds up nobody else. */
static void turn_elsewhere(Turn *turn) {
	request_rewind(turn->rq);
	turn->rq->elsewhere = true;
	turn->rq->reads = NULL;
	if (!turn->suspended) turn_suspend(turn);
	turn_queue(turn, turn->dispatcher->far_pool);
}

static void turn_read(Turn *turn) {
	Request *rq = turn->rq;
	Db *db = store_reader(rq->store, rq->error);
	rq->db = db;
	int code = db != NULL ? turn_run(turn) : rq->error->code;
	if (db != NULL) store_release(db);
	rq->db = NULL;
	if (code == ERR_ELSEWHERE && !rq->elsewhere)
		turn_elsewhere(turn);
	else
		turn_finish(turn, code);
}

static void pool_run(PoolItem *item) {
	turn_read((Turn *)item);
}

/* The continuation of a handler that returned REQUEST_PENDING. */
static void turn_complete(Request *rq, int result) {
	Turn *turn = http_route(rq->call);
	rq->reads = NULL;
	if (result == ERR_RETRY && turn->tries <= RETRIES_MAX) {
		request_rewind(rq);
		turn_queue(turn, turn->dispatcher->read_pool);
		return;
	}
	turn_finish(turn, result);
}

static int64_t key_number(const Turn *turn) {
	static const uint8_t fixed[16] = {0}; /* only a lock's number: needs no secret, must agree in all processes */
	return (int64_t)(siphash64(fixed, turn->key) >> 1);
}

static int write_steps(Turn *turn) {
	Request *rq = turn->rq;
	int code = 0;
	if (turn->key.at != NULL && (code = db_lock(rq->db, "idempotency", key_number(turn))) < 0) return code;
	if ((code = turn_admit(turn)) != 0) return code;
	bool keyed = turn->key.at != NULL && rq->party.account_id != 0;
	if (keyed && (code = idempotency_find(turn)) != 0) return code < 0 ? code : 0;
	if ((code = turn->route->handler(rq)) < 0) return code;
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.status = 200;
	if ((code = evidence_write(rq, &entry)) < 0) return code;
	return keyed ? idempotency_keep(turn) : 0;
}

/* On the writer; may run again, so it begins from nothing. */
static int write_run(Db *db, void *context) {
	Turn *turn = context;
	Request *rq = turn->rq;
	request_rewind(rq);
	turn->replayed = false;
	rq->db = db;
	rq->in_write = true;
	int code = write_steps(turn);
	rq->db = NULL;
	rq->in_write = false;
	return code;
}

/* Who asks, and what the route says it reads first. */
static void write_ahead(Db *db, void *context) {
	Turn *turn = context;
	Request *rq = turn->rq;
	request_rewind(rq);
	rq->db = db;
	people_ahead(rq);
	rq->inputs = turn->inputs;
	if (turn->route->ahead && turn->fault == 0) turn->route->ahead(rq);
	rq->inputs = NULL;
	rq->db = NULL;
}

static void write_done(void *turn, int result) {
	turn_finish(turn, result);
}

static void turn_write(Turn *turn) {
	turn->task = (WriteTask){.run = write_run, .done = write_done, .arg = turn, .error = turn->rq->error};
	if (turn->key.at == NULL) turn->task.ahead = write_ahead; /* with a key the lock comes first */
	int code = store_write_async(turn->rq->store, &turn->task);
	if (code < 0)
		turn_finish(
		    turn, turn->rq->error->code ? code : fail(turn->rq, ERR_BUSY, "Too many writes wait; try again in a moment"));
}

/* On PostgreSQL, what the caches know is done on the server thread, and its one read goes with those of the thread's other calls.
 * False: it needs a connection of its own. */
static bool turn_at_once(Turn *turn) {
	Request *rq = turn->rq;
	StoreReads *reads = *http_thread_slot(turn->call);
	if (!store_reads_ready(reads)) return false;
	rq->reads = reads;
	rq->complete = turn_complete;
	int code = turn_run(turn);
	if (code == ERR_LEASE) {
		request_rewind(rq);
		rq->reads = NULL;
		turn->tries = 0;
		return false;
	}
	if (code == ERR_ELSEWHERE)
		turn_elsewhere(turn);
	else if (code == REQUEST_PENDING)
		turn_suspend(turn); /* the answer comes with a later turn of this thread */
	else
		turn_finish(turn, code);
	return true;
}

static void turn_lane(Turn *turn) {
	Dispatcher *dispatcher = turn->dispatcher;
	Lane lane = turn->route->lane;
	if (lane == LANE_INLINE && turn->route->permit == PERMIT_OPEN) {
		turn_finish(turn, turn_run(turn));
	} else if (lane <= LANE_FAST && store_engine(turn->rq->store) == STORE_SQLITE) {
		turn_read(turn);
	} else if (lane != LANE_FAST || !turn_at_once(turn)) {
		turn_suspend(turn);
		if (lane == LANE_WRITE)
			turn_write(turn);
		else
			turn_queue(turn, dispatcher->read_pool);
	}
}

/* --- from the server --------------------------------------------------------------------------------------------------- */

static Request *turn_request(Turn *turn) {
	Request *rq = request_open(turn->dispatcher->app);
	rq->call = turn->call;
	rq->route = turn->route;
	rq->any_query = turn->route->flags & ROUTE_ANY_QUERY ? http_query(turn->call) : TEXT_NONE;
	return rq;
}

static void turn_inputs(Turn *turn) {
	InputSource source = {turn->params, http_query(turn->call), http_body(turn->call),
	                      http_header(turn->call, "Content-Type")};
	turn->fault =
	    inputs_parse(http_arena(turn->call), turn->route, &source, &turn->inputs, &turn->faults, &turn->fault_error);
}

static bool key_valid(Text key) {
	for (size_t i = 0; i < key.len; i++)
		if (key.at[i] <= 0x20 || key.at[i] >= 0x7f) return false;
	return key.len > 0 && key.len <= KEY_MAX;
}

static void turn_key(Turn *turn) {
	HttpCall *call = turn->call;
	Text key = http_header(call, "Idempotency-Key");
	if (key.at == NULL || turn->route->lane != LANE_WRITE || (turn->route->flags & ROUTE_PERSONAL)) return;
	if (!key_valid(key)) {
		turn->fault = error_field(&turn->fault_error, ERR_INVALID, "Idempotency-Key", TEXT_NONE, "length", NULL,
		                          "An Idempotency-Key has 1 to %d printable ASCII characters", KEY_MAX);
		return;
	}
	Arena *arena = http_arena(call);
	turn->key = key;
	char *target = arena_printf(arena, "%.*s\n%.*s\n%.*s\n", TEXT_ARG(http_method(call)), TEXT_ARG(http_path(call)),
	                            TEXT_ARG(http_query(call)));
	digest_sha256_pair(text_of(target), http_body(call), &turn->key_digest);
}

/* A refusal with the headers: evidence as of any other, and the same words. */
static void admit_refuse(Turn *turn, int code, HttpPlan *plan, const char **problem) {
	Request *rq = turn->rq;
	Arena *arena = http_arena(turn->call);
	Buf body = {0};
	if (turn->route->flags & ROUTE_SPOOL || !(turn->route->flags & ROUTE_NO_EVIDENCE) || code == ERR_FORBIDDEN)
		evidence_refusal(rq, code);
	problem_write(&body, arena, rq->error, NULL, language_chinese(http_header(turn->call, "Accept-Language")));
	plan->refusal = text_cstr(arena, buf_as_text(&body));
	*problem = arena_strdup(arena, rq->error->message);
	buf_free(&body);
}

/* An upload is admitted before its first byte: nobody without the right fills the disk, and no node that nobody knows the memory.
 */
static int admit(Turn *turn, HttpPlan *plan, const char **problem) {
	Request *rq = turn->rq = turn_request(turn);
	rq->db = store_reader(rq->store, rq->error);
	int code = rq->db ? turn_authenticate(rq, turn->route) : rq->error->code;
	if (code == 0) code = turn_authorise(rq, turn->route);
	if (code == 0 && turn->route->head) code = turn->route->head(rq);
	if (rq->db != NULL) store_release(rq->db);
	rq->db = NULL;
	if (code < 0) admit_refuse(turn, code, plan, problem);
	if (code > 0) plan->body_max = code;
	request_end(rq);
	turn->rq = NULL;
	return code >= 0 ? 0 : error_status(code);
}

int dispatcher_plan(void *context, HttpCall *call, HttpPlan *plan, const char **problem) {
	Dispatcher *dispatcher = context;
	Turn *turn = ARENA_NEW(http_arena(call), Turn);
	*turn = (Turn){.dispatcher = dispatcher, .call = call, .begun_us = clock_monotonic_us()};
	*plan = (HttpPlan){.body = BODY_NONE, .route = turn};
	turn->fault =
	    matcher_find(dispatcher->matcher, http_method(call), http_path(call), turn->params, &turn->route, &turn->allow);
	if (turn->fault != 0 || strcmp(turn->route->method, "GET") == 0) return 0;
	bool spool = turn->route->flags & ROUTE_SPOOL;
	plan->body = spool ? BODY_SPOOL : BODY_MEMORY;
	plan->body_max = turn->route->body_max ? turn->route->body_max : 1 << 20;
	return spool || turn->route->head ? admit(turn, plan, problem) : 0;
}

static bool is_api(Text path) {
	return text_starts(path, TEXT("/api/"));
}

static void options_reply(Turn *turn) {
	const HttpHeader headers[] = {{"Allow", turn->allow ? turn->allow : "GET, HEAD, OPTIONS"}, {NULL, NULL}};
	http_reply(turn->call, 204, headers, TEXT(""));
}

static void no_route(Turn *turn) {
	Text method = http_method(turn->call), path = http_path(turn->call);
	bool reads = text_is(method, "GET") || text_is(method, "HEAD");
	if (text_is(method, "OPTIONS") && (turn->fault == ERR_METHOD || !is_api(path)))
		options_reply(turn);
	else if (turn->fault != ERR_NOT_FOUND || !reads || is_api(path) || !static_reply(turn->dispatcher->site, turn->call))
		turn_refuse(turn, turn->fault);
}

void dispatcher_call(void *context, HttpCall *call) {
	Turn *turn = http_route(call);
	if (turn->route == NULL) {
		no_route(turn);
		return;
	}
	turn_inputs(turn);
	turn_key(turn);
	turn->rq = turn_request(turn);
	turn_lane(turn);
}

/* The reads of one server thread, made at its first turn. */
int dispatcher_turn(void *context, void **slot) {
	Dispatcher *dispatcher = context;
	if (*slot == NULL) *slot = store_reads_new(app_store(dispatcher->app));
	return store_reads_turn(*slot);
}

void dispatcher_ended(void *context, void *slot) {
	store_reads_free(slot);
}

/* --- life --------------------------------------------------------------------------------------------------------------- */
int dispatcher_new(Dispatcher **out, App *app, const DispatcherOptions *options, Error *error) {
	const Module *const *modules;
	size_t count = app_modules(app, &modules);
	Arena *arena = arena_new();
	Dispatcher *dispatcher = ARENA_NEW(arena, Dispatcher);
	dispatcher->app = app;
	dispatcher->arena = arena;
	int code = matcher_new(arena, modules, count, &dispatcher->matcher, error);
	if (code != 0) {
		arena_free(arena);
		return code;
	}
	int queue = options->queue > 0 ? options->queue : 1024;
	dispatcher->site = options->web_dir ? static_open(arena, options->web_dir) : NULL;
	dispatcher->read_pool = pool_new("read", options->read_workers > 0 ? options->read_workers : 4, 1, queue, pool_run);
	dispatcher->far_pool = pool_new("far", FAR_WORKERS, 1, FAR_QUEUE, pool_run);
	app_part_set(app, "app.dispatcher", dispatcher);
	*out = dispatcher;
	return 0;
}

void dispatcher_server(Dispatcher *dispatcher, HttpServer *server) {
	atomic_store(&dispatcher->server, server);
}

void dispatcher_free(Dispatcher *dispatcher) {
	pool_free(dispatcher->far_pool);
	pool_free(dispatcher->read_pool);
	app_part_set(dispatcher->app, "app.dispatcher", NULL);
	arena_free(dispatcher->arena);
}
