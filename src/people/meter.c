/* meter: counts kept in memory and written every second by one thread: the day's use of grants, and when sessions and keys were
 * last used. Thread: counting from any; the flusher is this file's own. Lifetime: start to stop of people.
 * The flusher sleeps on a condition while nothing was counted, so an idle program wakes nobody. */
#include "people/people_private.h"
#include <stdlib.h>
#include <time.h>

enum { BUCKETS = 1024, TOUCHES_MAX = 1024 /* a second; more are dropped: the next use of that minute is noted instead */ };

typedef struct Meter {
	int64_t grant_id;
	struct Meter *chain, *next_dirty;
	pthread_mutex_t lock; /* of the three numbers: a quota is exact within the process */
	int64_t day;
	int64_t used;   /* on that day, all processes as far as known */
	int64_t unsent; /* of it, not yet in the table */
	_Atomic bool dirty;
} Meter;

typedef struct Late { /* unsent counts of a day that is over */
	int64_t grant_id, day, used;
	struct Late *next;
} Late;

typedef struct Touch {
	int64_t key_id, at_us; /* key_id 0: a session */
	char hash[HEX_DIGEST_MAX];
} Touch;

typedef struct Meters {
	App *app;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
	Meter *buckets[BUCKETS];
	Meter *dirty;
	Late *late;
	Touch touches[TOUCHES_MAX];
	int touch_count;
	pthread_mutex_t flushing;
} Meters;

/* --- meters of grants ------------------------------------------------------------------------------------------------------ */
static int64_t today(int64_t now_us) {
	return date_of_us(now_us);
}

/* The sum over slots as stored; 0 or a negative code. */
static int used_read(Db *db, int64_t grant_id, int64_t day, int64_t *out) {
	int64_t used = 0;
	int code =
	    db_int(db, &used, "SELECT CAST(COALESCE(SUM(used), 0) AS BIGINT) FROM grant_use WHERE grant_id = $1 AND day = $2",
	           BIND(val_int(grant_id), val_int(day)));
	if (code < 0) return code;
	*out = used;
	return 0;
}

static Meter *meter_find(Meters *meters, int64_t grant_id) { /* lock held */
	Meter *meter = meters->buckets[store_id_slot(grant_id, BUCKETS)];
	while (meter && meter->grant_id != grant_id)
		meter = meter->chain;
	return meter;
}

struct Meter *meter_of(Request *rq, int64_t grant_id) {
	Meters *meters = people_of(rq->app)->meters;
	pthread_mutex_lock(&meters->lock);
	Meter *meter = meter_find(meters, grant_id);
	pthread_mutex_unlock(&meters->lock);
	if (meter) return meter;
	int64_t used = 0, day = today(rq->now_us);
	if (used_read(rq->db, grant_id, day, &used) < 0) return NULL;
	pthread_mutex_lock(&meters->lock);
	meter = meter_find(meters, grant_id); /* another thread may have been faster */
	if (!meter) {
		meter = calloc(1, sizeof *meter);
		if (!meter) abort();
		meter->grant_id = grant_id;
		pthread_mutex_init(&meter->lock, NULL);
		meter->day = day;
		meter->used = used;
		Meter **bucket = &meters->buckets[store_id_slot(grant_id, BUCKETS)];
		meter->chain = *bucket;
		*bucket = meter;
	}
	pthread_mutex_unlock(&meters->lock);
	return meter;
}

static void late_add(Meters *meters, int64_t grant_id, int64_t day, int64_t used) {
	Late *late = calloc(1, sizeof *late);
	if (!late) abort();
	*late = (Late){grant_id, day, used, NULL};
	pthread_mutex_lock(&meters->lock);
	late->next = meters->late;
	meters->late = late;
	pthread_mutex_unlock(&meters->lock);
}

/* A new day begins at zero; what was not yet written belongs to the old one. The meter's lock is held. */
static void meter_roll(Meters *meters, Meter *meter, int64_t day) {
	if (meter->day >= day) return;
	if (meter->unsent) late_add(meters, meter->grant_id, meter->day, meter->unsent);
	meter->unsent = meter->used = 0;
	meter->day = day;
}

static void meter_mark(Meters *meters, Meter *meter) {
	if (atomic_exchange(&meter->dirty, true)) return;
	pthread_mutex_lock(&meters->lock);
	meter->next_dirty = meters->dirty;
	meters->dirty = meter;
	pthread_cond_signal(&meters->wake);
	pthread_mutex_unlock(&meters->lock);
}

int64_t meter_used(struct Meter *meter, int64_t now_us) {
	pthread_mutex_lock(&meter->lock);
	int64_t used = meter->day == today(now_us) ? meter->used : 0;
	pthread_mutex_unlock(&meter->lock);
	return used;
}

int grant_use(Request *rq, const Grant *grant, int64_t n) {
	Meters *meters = people_of(rq->app)->meters;
	Meter *meter = grant->meter;
	if (n <= 0) return 0;
	pthread_mutex_lock(&meter->lock);
	meter_roll(meters, meter, today(rq->now_us));
	int64_t used = meter->used;
	bool fits = n <= grant->quota_day - used;
	if (fits) {
		meter->used += n;
		meter->unsent += n;
	}
	pthread_mutex_unlock(&meter->lock);
	if (fits) meter_mark(meters, meter);
	if (fits) return 0;
	return error_field(rq->error, ERR_QUOTA, "quota_day", TEXT_NONE, "quota_day",
	                   "Wait until midnight or ask the supplier for more.",
	                   "The grant allows %lld records a day; %lld are used and %lld more were asked for",
	                   (long long)grant->quota_day, (long long)used, (long long)n);
}

int64_t grant_used(const Grant *grant, int64_t now_us) {
	return meter_used(grant->meter, now_us);
}

/* --- last used -------------------------------------------------------------------------------------------------------------- */
static void touch_add(Meters *meters, const Touch *touch) {
	pthread_mutex_lock(&meters->lock);
	bool there = meters->touch_count == TOUCHES_MAX;
	for (int i = 0; i < meters->touch_count && !there; i++)
		there = meters->touches[i].key_id == touch->key_id && strcmp(meters->touches[i].hash, touch->hash) == 0;
	if (!there) {
		meters->touches[meters->touch_count++] = *touch;
		pthread_cond_signal(&meters->wake);
	}
	pthread_mutex_unlock(&meters->lock);
}

void meters_touch_session(struct Meters *meters, const char hash[HEX_DIGEST_MAX], int64_t now_us) {
	Touch touch = {.at_us = now_us};
	memcpy(touch.hash, hash, sizeof touch.hash);
	touch_add(meters, &touch);
}

void meters_touch_key(struct Meters *meters, int64_t key_id, int64_t now_us) {
	touch_add(meters, &(Touch){.key_id = key_id, .at_us = now_us});
}

/* --- flushing ---------------------------------------------------------------------------------------------------------- */
typedef struct Flush {
	Meter *dirty; /* by next_dirty */
	Late *late;
	Touch *touches;
	int touch_count, slot, dirty_count;
	struct Sent {
		Meter *meter;
		int64_t day, used, total;
	} * sent;
} Flush;

static int use_add(Db *db, int64_t grant_id, int64_t day, int slot, int64_t used) {
	int64_t done = db_run(db,
	                      "INSERT INTO grant_use (grant_id, day, slot, used) VALUES ($1, $2, $3, $4)"
	                      " ON CONFLICT (grant_id, day, slot) DO UPDATE SET used = grant_use.used + excluded.used",
	                      BIND(val_int(grant_id), val_int(day), val_int(slot), val_int(used)));
	return done < 0 ? (int)done : 0;
}

static int touch_write(Db *db, const Touch *touch) {
	int64_t done = touch->key_id ? db_run(db, "UPDATE api_key SET last_used = $2 WHERE key_id = $1 AND last_used < $2",
	                                      BIND(val_int(touch->key_id), val_int(touch->at_us)))
	                             : db_run(db, "UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2",
	                                      BIND(val_str(touch->hash), val_int(touch->at_us)));
	return done < 0 ? (int)done : 0;
}

static int flush_write(Request *rq, void *arg) {
	Flush *flush = arg;
	int code = 0;
	for (Late *late = flush->late; late && code == 0; late = late->next)
		code = use_add(rq->db, late->grant_id, late->day, flush->slot, late->used);
	for (int i = 0; i < flush->dirty_count && code == 0; i++) {
		struct Sent *sent = &flush->sent[i];
		if (sent->used) code = use_add(rq->db, sent->meter->grant_id, sent->day, flush->slot, sent->used);
		if (code == 0) code = used_read(rq->db, sent->meter->grant_id, sent->day, &sent->total);
	}
	for (int i = 0; i < flush->touch_count && code == 0; i++)
		code = touch_write(rq->db, &flush->touches[i]);
	return code;
}

/* Takes what is to be written: from here on new counts are the next flush's. */
static void flush_take(Meters *meters, Flush *flush, Arena *arena) {
	pthread_mutex_lock(&meters->lock);
	flush->dirty = meters->dirty;
	flush->late = meters->late;
	flush->touch_count = meters->touch_count;
	flush->touches = ARENA_ARRAY(arena, Touch, meters->touch_count);
	memcpy(flush->touches, meters->touches, sizeof(Touch) * (size_t)meters->touch_count);
	meters->dirty = NULL;
	meters->late = NULL;
	meters->touch_count = 0;
	for (Meter *meter = flush->dirty; meter; meter = meter->next_dirty)
		flush->dirty_count++;
	pthread_mutex_unlock(&meters->lock);
	flush->sent = ARENA_ARRAY(arena, struct Sent, flush->dirty_count);
	int i = 0;
	for (Meter *meter = flush->dirty, *next; meter; meter = next, i++) {
		next = meter->next_dirty;
		atomic_store(&meter->dirty, false);
		pthread_mutex_lock(&meter->lock);
		flush->sent[i] = (struct Sent){.meter = meter, .day = meter->day, .used = meter->unsent};
		meter->unsent = 0;
		pthread_mutex_unlock(&meter->lock);
	}
}

/* Other processes' counts come in; counts made meanwhile stay on top. A failed flush puts everything back. */
static void flush_settle(Meters *meters, Flush *flush, bool written) {
	for (int i = 0; i < flush->dirty_count; i++) {
		struct Sent *sent = &flush->sent[i];
		Meter *meter = sent->meter;
		pthread_mutex_lock(&meter->lock);
		bool moved = meter->day != sent->day;
		if (!moved && written) meter->used = sent->total + meter->unsent;
		if (!moved && !written) meter->unsent += sent->used;
		pthread_mutex_unlock(&meter->lock);
		if (!written && moved && sent->used) late_add(meters, meter->grant_id, sent->day, sent->used);
		if (!written) meter_mark(meters, meter);
	}
	for (Late *late = flush->late, *next; late; late = next) {
		next = late->next;
		if (!written) late_add(meters, late->grant_id, late->day, late->used);
		free(late);
	}
}

void meters_flush(App *app) {
	Meters *meters = people_of(app)->meters;
	pthread_mutex_lock(&meters->flushing);
	Request *rq = request_open(app); /* without a reader: they are few, and a flush must not wait for one */
	Flush flush = {.slot = store_slot(rq->store)};
	flush_take(meters, &flush, rq->arena);
	int code = 0;
	if (flush.dirty_count || flush.late || flush.touch_count) code = request_write(rq, flush_write, &flush);
	if (code < 0) log_warn("event=meter_flush error=%s message=\"%s\"", error_name(code), rq->error->message);
	flush_settle(meters, &flush, code >= 0);
	request_end(rq);
	pthread_mutex_unlock(&meters->flushing);
}

static void *flusher_main(void *arg) {
	Meters *meters = arg;
	pthread_mutex_lock(&meters->lock);
	while (!meters->stopping) {
		while (!meters->stopping && !meters->dirty && !meters->late && !meters->touch_count)
			pthread_cond_wait(&meters->wake, &meters->lock);
		int64_t until = clock_monotonic_us() + 1000000;
		while (!meters->stopping && cond_wait_until(&meters->wake, &meters->lock, until)) {
		}
		pthread_mutex_unlock(&meters->lock);
		meters_flush(meters->app);
		pthread_mutex_lock(&meters->lock);
	}
	pthread_mutex_unlock(&meters->lock);
	return NULL;
}

struct Meters *meters_start(App *app) {
	Meters *meters = calloc(1, sizeof *meters);
	if (!meters) abort();
	meters->app = app;
	pthread_mutex_init(&meters->lock, NULL);
	pthread_mutex_init(&meters->flushing, NULL);
	cond_init_monotonic(&meters->wake);
	return meters;
}

/* The thread reads the App's part, so it begins when that is set. */
void meters_run(struct Meters *meters) {
	if (pthread_create(&meters->thread, NULL, flusher_main, meters) != 0) abort();
}

void meters_stop(struct Meters *meters) {
	pthread_mutex_lock(&meters->lock);
	meters->stopping = true;
	pthread_cond_signal(&meters->wake);
	pthread_mutex_unlock(&meters->lock);
	pthread_join(meters->thread, NULL); /* it flushes once more before it ends */
	for (int i = 0; i < BUCKETS; i++)
		for (Meter *meter = meters->buckets[i], *next; meter; meter = next) {
			next = meter->chain;
			pthread_mutex_destroy(&meter->lock);
			free(meter);
		}
	for (Late *late = meters->late, *next; late; late = next) {
		next = late->next;
		free(late);
	}
	pthread_cond_destroy(&meters->wake);
	pthread_mutex_destroy(&meters->flushing);
	pthread_mutex_destroy(&meters->lock);
	free(meters);
}
