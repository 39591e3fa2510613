/* keeper: the room's one thread. It writes counts of use every second, looks at what was loaded into open data, and makes
 * its files that are not there yet or out of date, so that nobody waits for a file and no count costs a write. Counting and
 * gates: any thread. Lifetime: start to stop of the module. */
#include "portal/parts.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COUNTERS = 4096, GATE_SLOTS = 4096, FILE_ROUND_SECONDS = 5 };
#define PART "portal.keeper"

typedef struct Counter {
	int64_t resource_id, uses[3];
} Counter;

typedef struct GateSlot {
	int64_t since, used; /* thousandths of a call */
} GateSlot;

typedef struct Keeper {
	App *app;
	pthread_t thread;
	pthread_mutex_t lock, round;
	pthread_cond_t wake;
	bool stopping, dirty, wanted;
	Counter counters[COUNTERS]; /* open addressing by store_id_slot; emptied by each flush */
	int counter_count;
	GateSlot gates[GATE_COUNT][GATE_SLOTS];
} Keeper;

static Keeper *keeper_of(App *app) {
	return app_part(app, PART);
}

/* --- counts ---------------------------------------------------------------------------------------------------------- */

void keeper_count(Request *rq, int64_t resource_id, Use use) {
	Keeper *keeper = keeper_of(rq->app);
	if (!keeper) return;
	pthread_mutex_lock(&keeper->lock);
	size_t at = store_id_slot(resource_id, COUNTERS);
	while (keeper->counters[at].resource_id && keeper->counters[at].resource_id != resource_id)
		at = (at + 1) % COUNTERS;
	if (keeper->counters[at].resource_id || keeper->counter_count < COUNTERS / 2) {
		keeper->counter_count += keeper->counters[at].resource_id == 0;
		keeper->counters[at].resource_id = resource_id;
		keeper->counters[at].uses[use]++;
		keeper->dirty = true;
	}
	pthread_mutex_unlock(&keeper->lock);
}

static int counts_write(Request *rq, void *arg) {
	const Counter *counters = arg;
	for (int i = 0; i < COUNTERS; i++) {
		const Counter *one = &counters[i];
		if (!one->resource_id) continue;
		int64_t done = db_run(
		    rq->db,
		    "INSERT INTO opening_use (resource_id, day, slot, views, downloads, calls) VALUES ($1, $2, $3, $4, $5, $6)"
		    " ON CONFLICT (resource_id, day, slot) DO UPDATE SET views = opening_use.views + excluded.views,"
		    " downloads = opening_use.downloads + excluded.downloads, calls = opening_use.calls + excluded.calls",
		    BIND(val_int(one->resource_id), val_int(date_of_us(rq->now_us)), val_int(store_slot(rq->store)),
		         val_int(one->uses[USE_VIEW]), val_int(one->uses[USE_DOWNLOAD]), val_int(one->uses[USE_CALL])));
		if (done < 0) return (int)done;
	}
	return 0;
}

static void counts_flush(Keeper *keeper) {
	Counter *taken = NULL;
	pthread_mutex_lock(&keeper->lock);
	if (keeper->dirty) {
		taken = malloc(sizeof keeper->counters);
		if (!taken) abort();
		memcpy(taken, keeper->counters, sizeof keeper->counters);
		memset(keeper->counters, 0, sizeof keeper->counters);
		keeper->counter_count = 0;
		keeper->dirty = false;
	}
	pthread_mutex_unlock(&keeper->lock);
	if (!taken) return;
	Request *rq = request_open(keeper->app);
	if (request_write(rq, counts_write, taken) < 0) log_warn("event=portal_counts message=\"%s\"", rq->error->message);
	request_end(rq);
	free(taken);
}

int use_totals(Request *rq, int64_t resource_id, int64_t *views, int64_t *downloads) {
	Rows *rows;
	int code = db_one(rq->db, &rows,
	                  "SELECT COALESCE(CAST(SUM(views) AS BIGINT), 0), COALESCE(CAST(SUM(downloads) AS BIGINT), 0)"
	                  " FROM opening_use WHERE resource_id = $1",
	                  BIND(val_int(resource_id)));
	*views = code > 0 ? rows_int(rows, 0) : 0;
	*downloads = code > 0 ? rows_int(rows, 1) : 0;
	return code < 0 ? code : 0;
}

/* --- gates ----------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *setting;
	int64_t window_us;
} gate_rows[GATE_COUNT] = {{"open.calls_minute", 60000000}, {"open.files_minute", 60000000}, {"open.forms_hour", 3600000000}};

static GateSlot *gate_slot(Request *rq, Keeper *keeper, Gate gate) {
	return &keeper->gates[gate][siphash64(app_secret(rq->app), caller_network(rq)) % GATE_SLOTS];
}

int gate_pass_part(Request *rq, Gate gate, int thousandths) {
	Keeper *keeper = keeper_of(rq->app);
	if (!keeper) return 0;
	int64_t most = setting_int(rq, gate_rows[gate].setting);
	GateSlot *slot = gate_slot(rq, keeper, gate);
	pthread_mutex_lock(&keeper->lock);
	if (rq->now_us - slot->since >= gate_rows[gate].window_us) *slot = (GateSlot){.since = rq->now_us};
	slot->used += thousandths;
	bool over = slot->used > most * 1000;
	pthread_mutex_unlock(&keeper->lock);
	if (!over) return 0;
	return error_field(rq->error, ERR_QUOTA, "", TEXT_NONE, "open_rate", "Wait a minute, or download the whole file.",
	                   "Too many calls came from this address");
}

int gate_pass(Request *rq, Gate gate) {
	return gate_pass_part(rq, gate, 1000);
}

int64_t gate_opens_us(Request *rq, Gate gate) {
	Keeper *keeper = keeper_of(rq->app);
	if (!keeper) return 0;
	int64_t most = setting_int(rq, gate_rows[gate].setting);
	GateSlot *slot = gate_slot(rq, keeper, gate);
	pthread_mutex_lock(&keeper->lock);
	int64_t opens = slot->used >= most * 1000 ? slot->since + gate_rows[gate].window_us : 0;
	pthread_mutex_unlock(&keeper->lock);
	return opens > rq->now_us ? opens : 0;
}

int action_opening_gate(Request *rq, void *arg) {
	return gate_pass_part(rq, GATE_CALL, arg ? *(const int *)arg : 1000);
}

int action_opening_used(Request *rq, void *arg) {
	keeper_count(rq, *(const int64_t *)arg, USE_CALL);
	return 0;
}

/* --- files ----------------------------------------------------------------------------------------------------------- */

static int shelf_files(Keeper *keeper) {
	Request *rq = request_begin(keeper->app, "system");
	const Shelf *shelf;
	int made = 0, code = rq->db ? shelf_get(rq, &shelf) : rq->error->code;
	for (int i = 0; code == 0 && i < shelf->count; i++) {
		Request *one = request_begin(keeper->app, "system");
		int count = one->db ? opening_look(one, shelf->items[i].opening_id) : 0;
		if (count == 0 && one->db) count = files_make(one, &shelf->items[i]);
		if (count < 0 && count != ERR_RETRY)
			log_warn("event=open_file resource=%lld message=\"%s\"", (long long)shelf->items[i].resource_id,
			         one->error->message);
		if (count > 0) made += count;
		request_end(one);
		pthread_mutex_lock(&keeper->lock);
		if (keeper->stopping) code = ERR_CANCELLED;
		pthread_mutex_unlock(&keeper->lock);
	}
	if (code == 0) files_sweep(rq, shelf);
	request_end(rq);
	return made;
}

void keeper_round(App *app) {
	Keeper *keeper = keeper_of(app);
	pthread_mutex_lock(&keeper->round);
	counts_flush(keeper);
	shelf_files(keeper);
	pthread_mutex_unlock(&keeper->round);
}

void keeper_wake(App *app) {
	Keeper *keeper = keeper_of(app);
	if (!keeper) return;
	pthread_mutex_lock(&keeper->lock);
	keeper->wanted = true;
	pthread_cond_signal(&keeper->wake);
	pthread_mutex_unlock(&keeper->lock);
}

/* --- life ------------------------------------------------------------------------------------------------------------ */

static void *keeper_main(void *arg) {
	Keeper *keeper = arg;
	struct timespec until;
	int seconds = 0;
	pthread_mutex_lock(&keeper->lock);
	while (!keeper->stopping) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
		if (!keeper->wanted) pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
		bool files = keeper->wanted || ++seconds >= FILE_ROUND_SECONDS;
		keeper->wanted = false;
		if (keeper->stopping) break;
		pthread_mutex_unlock(&keeper->lock);
		pthread_mutex_lock(&keeper->round);
		counts_flush(keeper);
		if (files) shelf_files(keeper);
		pthread_mutex_unlock(&keeper->round);
		if (files) seconds = 0;
		pthread_mutex_lock(&keeper->lock);
	}
	pthread_mutex_unlock(&keeper->lock);
	counts_flush(keeper);
	return NULL;
}

int keeper_start(App *app, Error *error) {
	Keeper *keeper = calloc(1, sizeof *keeper);
	pthread_condattr_t monotonic;
	if (!keeper) abort();
	keeper->app = app;
	keeper->wanted = true;
	pthread_mutex_init(&keeper->lock, NULL);
	pthread_mutex_init(&keeper->round, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&keeper->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	app_part_set(app, PART, keeper);
	if (pthread_create(&keeper->thread, NULL, keeper_main, keeper) != 0) abort();
	return 0;
}

void keeper_stop(App *app) {
	Keeper *keeper = keeper_of(app);
	if (!keeper) return;
	pthread_mutex_lock(&keeper->lock);
	keeper->stopping = true;
	pthread_cond_signal(&keeper->wake);
	pthread_mutex_unlock(&keeper->lock);
	pthread_join(keeper->thread, NULL);
	app_part_set(app, PART, NULL);
	pthread_cond_destroy(&keeper->wake);
	pthread_mutex_destroy(&keeper->round);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper);
}
