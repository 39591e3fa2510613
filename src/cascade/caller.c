/* caller: the room's one thread. Each second it looks which nodes are due to be called and which batches are due to be loaded;
 * one process calls a node at a time (lease). A node that does not answer is called again ever later, at most every five minutes,
 * until a person asks for it or it is back. Lifetime: start to stop of the module. */
#include "cascade/internal.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { NODES_AT_ONCE = 64, WAIT_MAX_SECONDS = 300, LEASE_US = 10000000, MAKERS = 16 };
#define PART "cascade.caller"

typedef struct Caller {
	App *app;
	pthread_t thread;
	pthread_mutex_t lock, making[MAKERS]; /* making: by node and stream */
	pthread_cond_t wake;
	atomic_bool stopping;
} Caller;

static bool caller_stopping(const Caller *caller) {
	return atomic_load(&caller->stopping);
}

/* One call of a node: held by a lease that is renewed while it lasts, also inside long transfers; a killed process is followed by
 * another after ten seconds. */
typedef struct Calling {
	Caller *caller;
	Store *store;
	char name[48];
	int64_t held_us; /* monotonic */
} Calling;

static bool calling_hold(Calling *calling) {
	int64_t epoch, now = clock_monotonic_us();
	Error error = {0};
	if (calling->held_us && now - calling->held_us < LEASE_US / 4) return true;
	if (store_lease(calling->store, calling->name, LEASE_US, &epoch, &error) <= 0) return false;
	calling->held_us = now;
	return true;
}

static bool calling_over(void *arg) {
	Calling *calling = arg;
	return caller_stopping(calling->caller) || !calling_hold(calling);
}

/* --- one node ------------------------------------------------------------------------------------------------------------------
 */

typedef struct Outcome {
	const Node *node;
	const char *error;
	bool good;
	int64_t seconds;
} Outcome;

static int outcome_write(Request *w, void *arg) {
	const Outcome *outcome = arg;
	int64_t now = clock_now_us();
	int64_t done = db_run(w->db,
	                      "UPDATE cascade_node SET tried_us = $2, contact_us = CASE WHEN $3 = 1 THEN $2 ELSE contact_us END,"
	                      " fails = CASE WHEN $3 = 1 THEN 0 ELSE fails + 1 END, next_us = $4, error = $5 WHERE node_id = $1",
	                      BIND(val_int(outcome->node->node_id), val_int(now), val_int(outcome->good),
	                           val_int(now + outcome->seconds * 1000000), val_str(outcome->error)));
	return done < 0 ? (int)done : 0;
}

static int64_t wait_seconds(Request *rq, const Node *node, bool good) {
	int64_t seconds = setting_int(rq, "cascade.seconds");
	for (int64_t i = 0; !good && i < node->fails && seconds < WAIT_MAX_SECONDS; i++)
		seconds *= 2;
	return good || seconds < WAIT_MAX_SECONDS ? seconds : WAIT_MAX_SECONDS;
}

static void node_call(Caller *caller, int64_t node_id) {
	Request *rq = request_begin(caller->app, "cascade");
	Node node;
	Self self;
	Calling calling = {.caller = caller, .store = rq->store};
	snprintf(calling.name, sizeof calling.name, "cascade.node.%lld", (long long)node_id);
	if (!rq->db || !calling_hold(&calling)) {
		request_end(rq);
		return;
	}
	int code = node_find(rq, node_id, &node);
	if (code > 0) {
		Dial dial = {.rq = rq, .self = &self, .node = &node, .over = calling_over, .arg = &calling};
		code = self_load(rq, &self);
		if (code == 0) code = dial_round(&dial);
		if (!calling_over(&calling)) { /* else another process tells */
			Outcome outcome = {
			    .node = &node, .good = code >= 0, .error = code < 0 ? error_json(rq->arena, rq->error) : ""};
			outcome.seconds = wait_seconds(rq, &node, outcome.good);
			error_clear(rq->error);
			if (request_write(rq, outcome_write, &outcome) < 0)
				log_warn("event=cascade_keep message=\"%s\"", rq->error->message);
		}
	}
	store_lease_drop(rq->store, calling.name);
	request_end(rq);
}

static void round_once(Caller *caller) {
	Request *rq = request_begin(caller->app, "cascade");
	Rows *rows;
	int64_t due[NODES_AT_ONCE];
	int count = 0, code = rq->db ? 0 : ERR_BUSY;
	if (code == 0)
		code = db_query(
		    rq->db, &rows,
		    "SELECT node_id FROM cascade_node WHERE state = 'active' AND url <> '' AND next_us <= $1 ORDER BY next_us"
		    " LIMIT 64",
		    BIND(val_int(clock_now_us())));
	while (code >= 0 && count < NODES_AT_ONCE && (code = rows_next(rows)) > 0)
		due[count++] = rows_int(rows, 0);
	if (code > 0) rows_close(rows);
	if (code >= 0) code = loads_begin(rq);
	if (code < 0 && code != ERR_BUSY) log_warn("event=cascade_round message=\"%s\"", rq->error->message);
	request_end(rq);
	for (int i = 0; i < count && !caller_stopping(caller); i++)
		node_call(caller, due[i]);
}

/* --- life
 * ------------------------------------------------------------------------------------------------------------------------ */

static void *caller_main(void *arg) {
	Caller *caller = arg;
	struct timespec until;
	pthread_mutex_lock(&caller->lock);
	while (!caller_stopping(caller)) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&caller->wake, &caller->lock, &until);
		if (caller_stopping(caller)) break;
		pthread_mutex_unlock(&caller->lock);
		round_once(caller);
		pthread_mutex_lock(&caller->lock);
	}
	pthread_mutex_unlock(&caller->lock);
	return NULL;
}

void caller_wake(App *app) {
	Caller *caller = app_part(app, PART);
	if (!caller) return;
	pthread_mutex_lock(&caller->lock);
	pthread_cond_signal(&caller->wake);
	pthread_mutex_unlock(&caller->lock);
}

pthread_mutex_t *caller_making(App *app, int64_t node_id, const char *stream) {
	Caller *caller = app_part(app, PART);
	uint64_t mixed = (uint64_t)node_id;
	for (; *stream; stream++)
		mixed = mixed * 31 + (uint8_t)*stream;
	return &caller->making[mixed % MAKERS];
}

int caller_start(App *app, Error *error) {
	Caller *caller = calloc(1, sizeof *caller);
	pthread_condattr_t monotonic;
	if (!caller) abort();
	caller->app = app;
	pthread_mutex_init(&caller->lock, NULL);
	for (int i = 0; i < MAKERS; i++)
		pthread_mutex_init(&caller->making[i], NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&caller->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	app_part_set(app, PART, caller);
	if (pthread_create(&caller->thread, NULL, caller_main, caller) != 0) abort();
	return 0;
}

void caller_stop(App *app) {
	Caller *caller = app_part(app, PART);
	if (!caller) return;
	atomic_store(&caller->stopping, true);
	caller_wake(app);
	pthread_join(caller->thread, NULL);
	app_part_set(app, PART, NULL);
	pthread_cond_destroy(&caller->wake);
	pthread_mutex_destroy(&caller->lock);
	for (int i = 0; i < MAKERS; i++)
		pthread_mutex_destroy(&caller->making[i]);
	free(caller);
}
