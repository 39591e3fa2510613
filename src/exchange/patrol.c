/* Owns tables quality_finding and quality_patrol: once an hour (setting quality.patrol_minutes) one process of the city, by
 * lease, looks at every published entry: is its update promise kept, has it data, does a live read of its first record answer.
 * What it finds stands until a later patrol no longer sees it. Thread: its own, and a caller's for POST /quality/patrol.
 * Lifetime: start to stop of the room. */
#include "exchange/quality.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

typedef struct Patrol {
	App *app;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
} Patrol;
static const char part_name[] = "exchange.patrol";

typedef struct Finding {
	int64_t resource_id, org_id;
	const char *kind, *detail; /* detail: a JSON object */
	struct Finding *next;
} Finding;
typedef struct Entry {
	int64_t resource_id, org_id, loaded_at, row_count;
	int generation_no;
	const char *promise;
	struct Entry *next;
} Entry;
typedef struct Round {
	Request *rq;
	Entry *entries;
	Finding *findings;
	int64_t checked, found;
} Round;

static const char *detail_text(Request *rq, json_t *detail) {
	char *text = json_dumps(detail, JSON_COMPACT);
	const char *kept = arena_strdup(rq->arena, text ? text : "{}");
	free(text);
	json_decref(detail);
	return kept;
}

static void find(Round *round, const Entry *entry, const char *kind, json_t *detail) {
	Finding *finding = ARENA_NEW(round->rq->arena, Finding);
	*finding = (Finding){entry->resource_id, entry->org_id, kind, detail_text(round->rq, detail), round->findings};
	round->findings = finding;
	round->found++;
}

static int read_entries(Round *round) {
	Rows *rows;
	Request *rq = round->rq;
	int code = db_query(rq->db, &rows,
	                    "SELECT resource_id, org_id, loaded_at, row_count, generation_no, update_promise FROM resource"
	                    " WHERE state = 'published' ORDER BY resource_id",
	                    NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		Entry *entry = ARENA_NEW(rq->arena, Entry);
		*entry = (Entry){rows_int(rows, 0), rows_int(rows, 1),      rows_int(rows, 2),
		                 rows_int(rows, 3), (int)rows_int(rows, 4), rows_str(rows, 5, rq->arena),
		                 round->entries};
		round->entries = entry;
	}
	return code;
}

static void check_entry(Round *round, const Entry *entry) {
	Request *rq = round->rq;
	char at[CLOCK_TEXT_MAX];
	int64_t allowed = promise_us(text_of(entry->promise));
	round->checked++;
	if (entry->generation_no == 0 || entry->row_count == 0) {
		find(round, entry, "no_data", json_pack("{s:b}", "mounted", entry->generation_no > 0));
		return;
	}
	if (allowed && entry->loaded_at && rq->now_us - entry->loaded_at > allowed)
		find(round, entry, "update_late",
		     json_pack("{s:s,s:s,s:I}", "promise", entry->promise, "loaded_at", clock_format(entry->loaded_at, at),
		               "late_hours", (json_int_t)((rq->now_us - entry->loaded_at - allowed) / INT64_C(3600000000))));
	Request *look = request_begin(rq->app, "quality.patrol"); /* its own: a failed read must not end the round */
	const Resource *resource;
	int code = look->db ? resource_find(look, entry->resource_id, &resource) : look->error->code;
	if (code == 0) code = record_probe(look, resource);
	/* withdrawn or loaded anew meanwhile, or a store that is busy: not this service's fault */
	if (code < 0 && code != ERR_GONE && code != ERR_RETRY && code != ERR_BUSY)
		find(round, entry, "service_fails", json_pack("{s:s}", "error", look->error->message));
	request_end(look);
}

static int keep_round(Request *w, void *arg) {
	Round *round = arg;
	int64_t now = w->now_us;
	int code = db_lock(w->db, "quality.patrol", 0);
	for (const Finding *one = round->findings; one && code >= 0; one = one->next)
		code = (int)db_run(
		    w->db,
		    "INSERT INTO quality_finding (resource_id, kind, org_id, since_us, seen_us, detail) VALUES ($1, $2, $3, $4, "
		    "$4,"
		    " $5) ON CONFLICT (resource_id, kind) DO UPDATE SET seen_us = excluded.seen_us, detail = excluded.detail,"
		    " org_id = excluded.org_id",
		    BIND(val_int(one->resource_id), val_str(one->kind), val_int(one->org_id), val_int(now),
		         val_str(one->detail)));
	if (code >= 0) code = (int)db_run(w->db, "DELETE FROM quality_finding WHERE seen_us < $1", BIND(val_int(now)));
	if (code < 0) return code;
	return (int)db_run(
	    w->db,
	    "INSERT INTO quality_patrol (id, at_us, checked, found) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO UPDATE SET"
	    " at_us = excluded.at_us, checked = excluded.checked, found = excluded.found",
	    BIND(val_int(now), val_int(round->checked), val_int(round->found)));
}

static int patrol_round(Request *rq, Round *round) {
	*round = (Round){.rq = rq};
	int code = read_entries(round);
	if (code < 0) return code;
	for (const Entry *entry = round->entries; entry; entry = entry->next)
		check_entry(round, entry);
	return request_write(rq, keep_round, round);
}

int quality_patrol(Request *rq) {
	Round round;
	int code = patrol_round(rq, &round);
	if (code < 0) return code;
	rq->about =
	    arena_printf(rq->arena, "{\"checked\":%lld,\"found\":%lld}", (long long)round.checked, (long long)round.found);
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "checked", round.checked);
	jw_kv_int(&rq->json, "found", round.found);
	jw_object_end(&rq->json);
	return 0;
}

/* --- the thread
 * ----------------------------------------------------------------------------------------------------------------------- */
/* Due by the store's own note of the last round, so that a restart neither repeats nor skips one. */
static void patrol_if_due(App *app) {
	Error error = {0};
	int64_t epoch, last = 0;
	Request *rq = request_begin(app, "quality.patrol");
	int64_t every = rq->db ? setting_int(rq, "quality.patrol_minutes") * INT64_C(60000000) : 0;
	int code = rq->db ? db_int(rq->db, &last, "SELECT at_us FROM quality_patrol WHERE id = 1", NO_BIND) : -1;
	if (code >= 0 && every > 0 && rq->now_us - last >= every &&
	    store_lease(rq->store, part_name, 600000000, &epoch, &error) > 0) {
		Round round;
		code = patrol_round(rq, &round);
		if (code < 0)
			log_warn("the quality patrol was not finished: %s", rq->error->message);
		else
			log_info("quality patrol: %lld entries, %lld findings", (long long)round.checked, (long long)round.found);
		store_lease_drop(rq->store, part_name);
	}
	request_end(rq);
}

static void *patrol_main(void *arg) {
	Patrol *patrol = arg;
	pthread_mutex_lock(&patrol->lock);
	while (!patrol->stopping) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 60;
		pthread_cond_timedwait(&patrol->wake, &patrol->lock, &until);
		if (patrol->stopping) break;
		pthread_mutex_unlock(&patrol->lock);
		patrol_if_due(patrol->app);
		pthread_mutex_lock(&patrol->lock);
	}
	pthread_mutex_unlock(&patrol->lock);
	return NULL;
}

int patrol_start(App *app, Error *error) {
	Patrol *patrol = calloc(1, sizeof *patrol);
	if (!patrol) abort();
	patrol->app = app;
	pthread_mutex_init(&patrol->lock, NULL);
	pthread_cond_init(&patrol->wake, NULL);
	if (pthread_create(&patrol->thread, NULL, patrol_main, patrol) != 0) abort();
	app_part_set(app, part_name, patrol);
	return 0;
}

void patrol_stop(App *app) {
	Patrol *patrol = app_part(app, part_name);
	if (!patrol) return;
	pthread_mutex_lock(&patrol->lock);
	patrol->stopping = true;
	pthread_cond_signal(&patrol->wake);
	pthread_mutex_unlock(&patrol->lock);
	pthread_join(patrol->thread, NULL);
	pthread_mutex_destroy(&patrol->lock);
	pthread_cond_destroy(&patrol->wake);
	app_part_set(app, part_name, NULL);
	free(patrol);
}
