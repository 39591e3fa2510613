/* lease: slots, ids, named leases, and the generation number.
 * Thread: any; the keeper thread renews this process's slot. Lifetime: the Store's, from store_join on.
 *
 * An id is milliseconds since 2020 | slot | sequence. The slot's row holds id_ms, a time up to which this process may have made
 * ids; who takes the slot later begins after it. So ids never run backwards, also when the clock steps back across a restart. */
#include "store/store_parts.h"
#include <stdlib.h>
#include <sys/random.h>

enum {
	SLOTS = 1024,
	SLOT_LEASE_US = 60000000, /* how long a slot is held without renewal */
	SLOT_GRACE_US = 60000000, /* and how much longer before another process takes it */
	SLOT_RENEW_US = 10000000,
	ID_AHEAD_MS = 60000, /* id_ms runs this far ahead of the newest id */
	SKEW_MAX_US = 2000000,
	SEQUENCE_BITS = 12,
	SLOT_BITS = 10,
};
static const int64_t id_epoch_ms = 1577836800000; /* 2020-01-01T00:00:00Z */

/* --- ids --------------------------------------------------------------------------------------------------------------- */
static uint64_t id_milliseconds(void) {
	int64_t ms = clock_now_us() / 1000 - id_epoch_ms;
	return ms > 0 ? (uint64_t)ms : 0;
}

/* The state is milliseconds << 12 | sequence: counting up past 4095 borrows the next millisecond. */
int64_t store_new_id(Store *store) {
	uint64_t last = atomic_load(&store->last_id), next;
	do {
		uint64_t now = id_milliseconds() << SEQUENCE_BITS;
		next = now > last ? now : last + 1;
	} while (!atomic_compare_exchange_weak(&store->last_id, &last, next));
	uint64_t slot = (uint64_t)(atomic_load(&store->slot) < 0 ? 0 : atomic_load(&store->slot));
	uint64_t sequence = next & ((1u << SEQUENCE_BITS) - 1);
	return (int64_t)((next >> SEQUENCE_BITS) << (SLOT_BITS + SEQUENCE_BITS) | slot << SEQUENCE_BITS | sequence);
}

int64_t store_id_at(int64_t at_us) {
	int64_t id, ms = at_us / 1000 - id_epoch_ms; /* times before the epoch too; beyond 69 years of it, the first or last id */
	if (!__builtin_mul_overflow(ms, (int64_t)1 << (SLOT_BITS + SEQUENCE_BITS), &id)) return id;
	return ms < 0 ? INT64_MIN : INT64_MAX;
}

int64_t store_id_time(int64_t id) {
	return ((id >> (SLOT_BITS + SEQUENCE_BITS)) + id_epoch_ms) * 1000;
}

static void ids_begin_after(Store *store, int64_t ms) {
	uint64_t least = (uint64_t)ms << SEQUENCE_BITS, last = atomic_load(&store->last_id);
	while (last < least && !atomic_compare_exchange_weak(&store->last_id, &last, least)) {
	}
}

static int64_t newest_id_ms(Store *store) {
	uint64_t last = atomic_load(&store->last_id) >> SEQUENCE_BITS, now = id_milliseconds();
	return (int64_t)(last > now ? last : now);
}

/* --- slots -------------------------------------------------------------------------------------------------------------- */
typedef struct SlotTake {
	Store *store;
	int64_t slot, id_ms;
} SlotTake;

static int check_skew(Db *db, int64_t now, int64_t sent, int64_t received) {
	/* the store's answer was made somewhere between the two */
	int64_t skew = now < sent ? sent - now : now > received ? now - received : 0;
	if (skew <= SKEW_MAX_US) return 0;
	return db_fail(
	    db, ERR_INVALID,
	    "This machine's clock is %.1f s off the database's; at most 2 s are allowed. Set the clock (NTP) and start again",
	    (double)skew / 1e6);
}

/* The slot to take: this node's own or the lowest whose lease is long over, else a new number. */
static int choose_slot(Db *db, SlotTake *take, int64_t now) {
	int code = db_lock(db, "slot", 0);
	if (code) return code;
	Rows *rows;
	code = db_one(db, &rows,
	              "SELECT slot, id_ms FROM slot WHERE until_us < $1 OR holder = $2 ORDER BY CASE WHEN node = $3 THEN 0 ELSE "
	              "1 END, slot LIMIT 1",
	              BIND(val_int(now - SLOT_GRACE_US), val_str(take->store->holder), val_str(take->store->node_name)));
	if (code < 0) return code;
	if (code == 1) {
		take->slot = rows_int(rows, 0);
		take->id_ms = rows_int(rows, 1);
		return 0;
	}
	take->id_ms = 0;
	code = db_int(db, &take->slot, "SELECT coalesce(max(slot), -1) + 1 FROM slot", NO_BIND);
	if (code < 0) return code;
	if (take->slot < SLOTS) return 0;
	return db_fail(db, ERR_BUSY, "All %d process slots are taken; stop a process and wait two minutes", SLOTS);
}

static int take_slot(Db *db, void *arg) {
	SlotTake *take = arg;
	int64_t sent = clock_now_us(), now = db_now(db);
	if (now < 0) return (int)now;
	int code = check_skew(db, now, sent, clock_now_us());
	if (code == 0) code = choose_slot(db, take, now);
	if (code) return code;
	int64_t newest = newest_id_ms(take->store);
	int64_t ahead = (newest > take->id_ms ? newest : take->id_ms) + ID_AHEAD_MS;
	int64_t done = db_run(
	    db,
	    "INSERT INTO slot (slot, node, holder, until_us, id_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (slot) DO UPDATE "
	    "SET node = excluded.node, holder = excluded.holder, until_us = excluded.until_us, id_ms = excluded.id_ms",
	    BIND(val_int(take->slot), val_str(take->store->node_name), val_str(take->store->holder), val_int(now + SLOT_LEASE_US),
	         val_int(ahead)));
	return done < 0 ? (int)done : 0;
}

static int join_slot(Store *store, Error *error) {
	SlotTake take = {.store = store};
	int code = store_write(store, take_slot, &take, false, error);
	if (code) return code;
	ids_begin_after(store, take.id_ms + 1);
	atomic_store(&store->slot, (int)take.slot);
	return 0;
}

/* 1 renewed, 0 lost to another process. */
static int renew_slot(Db *db, void *arg) {
	Store *store = arg;
	int64_t now = db_now(db);
	if (now < 0) return (int)now;
	int64_t renewed = db_run(db, "UPDATE slot SET until_us = $1, id_ms = $2 WHERE slot = $3 AND holder = $4",
	                         BIND(val_int(now + SLOT_LEASE_US), val_int(newest_id_ms(store) + ID_AHEAD_MS),
	                              val_int(atomic_load(&store->slot)), val_str(store->holder)));
	return (int)renewed;
}

/* At an orderly end the slot is free at once, and id_ms says exactly where the next begins. */
static int leave_slot(Db *db, void *arg) {
	Store *store = arg;
	int64_t left = db_run(db, "UPDATE slot SET until_us = 0, id_ms = $1 WHERE slot = $2 AND holder = $3",
	                      BIND(val_int(newest_id_ms(store)), val_int(atomic_load(&store->slot)), val_str(store->holder)));
	return left < 0 ? (int)left : 0;
}

static bool keeper_waits(Store *store) {
	pthread_mutex_lock(&store->keeper_mutex);
	int64_t until = clock_monotonic_us() + SLOT_RENEW_US;
	bool in_time = true;
	while (!store->keeper_stop && in_time)
		in_time = cond_wait_until(&store->keeper_wake, &store->keeper_mutex, until);
	bool goes_on = !store->keeper_stop;
	pthread_mutex_unlock(&store->keeper_mutex);
	return goes_on;
}

static void *keeper_loop(void *arg) {
	Store *store = arg;
	while (keeper_waits(store)) {
		Error error = {0};
		int code = store_write(store, renew_slot, store, false, &error);
		if (code == 0) {
			log_warn("store: slot %d was taken by another process while this one was away; taking another",
			         atomic_load(&store->slot));
			code = join_slot(store, &error);
		}
		if (code < 0) log_warn("store: slot not renewed: %s", error.message);
	}
	Error error = {0};
	store_write(store, leave_slot, store, false, &error);
	return NULL;
}

static void name_holder(Store *store) {
	uint8_t bytes[16];
	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) abort();
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(store->holder + 2 * i, 3, "%02x", bytes[i]);
}

int store_join(Store *store, const char *node_name, Error *error) {
	if (store->has_keeper) return 0;
	if (!store->holder[0]) name_holder(store);
	free(store->node_name);
	store->node_name = strdup(node_name);
	if (!store->node_name) abort();
	int code = join_slot(store, error);
	if (code) return code;
	if (pthread_create(&store->keeper_thread, NULL, keeper_loop, store) != 0) abort();
	store->has_keeper = true;
	return store->kind == STORE_POSTGRES ? sequencer_start(store, error) : 0;
}

void lease_stop(Store *store) {
	if (!store->has_keeper) return;
	pthread_mutex_lock(&store->keeper_mutex);
	store->keeper_stop = true;
	pthread_cond_signal(&store->keeper_wake);
	pthread_mutex_unlock(&store->keeper_mutex);
	pthread_join(store->keeper_thread, NULL);
	store->has_keeper = false;
}

int store_slot(const Store *store) {
	return atomic_load(&((Store *)store)->slot);
}

/* --- named leases ------------------------------------------------------------------------------------------------------- */
typedef struct LeaseTake {
	Store *store;
	const char *name;
	int64_t us, epoch;
} LeaseTake;

static int take_lease(Db *db, void *arg) {
	LeaseTake *take = arg;
	int64_t now = db_now(db);
	if (now < 0) return (int)now;
	return db_int(
	    db, &take->epoch,
	    "INSERT INTO lease (name, holder, epoch, until_us) VALUES ($1, $2, 1, $3) ON CONFLICT (name) DO UPDATE SET "
	    "epoch = CASE WHEN lease.holder = excluded.holder THEN lease.epoch ELSE lease.epoch + 1 END, "
	    "holder = excluded.holder, until_us = excluded.until_us WHERE lease.holder = excluded.holder OR lease.until_us < $4 "
	    "RETURNING epoch",
	    BIND(val_str(take->name), val_str(take->store->holder), val_int(now + take->us), val_int(now)));
}

int store_lease(Store *store, const char *name, int64_t us, int64_t *epoch, Error *error) {
	if (!store->holder[0]) return error_set(error, ERR_INTERNAL, "store_lease before store_join");
	LeaseTake take = {.store = store, .name = name, .us = us};
	int code = store_write(store, take_lease, &take, false, error);
	if (code == 1) *epoch = take.epoch;
	return code;
}

/* The row stays, so that the epoch goes on rising; the holder's name goes, so that this process too gets a new epoch. */
static int drop_lease(Db *db, void *arg) {
	LeaseTake *take = arg;
	int64_t dropped = db_run(db, "UPDATE lease SET until_us = 0, holder = '' WHERE name = $1 AND holder = $2",
	                         BIND(val_str(take->name), val_str(take->store->holder)));
	return dropped < 0 ? (int)dropped : 0;
}

void store_lease_drop(Store *store, const char *name) {
	LeaseTake take = {.store = store, .name = name};
	Error error = {0};
	if (store_write(store, drop_lease, &take, false, &error) < 0)
		log_warn("store: lease %s not given back: %s", name, error.message);
}

/* --- generation ----------------------------------------------------------------------------------------------------------- */
int generation_bump(Db *db) {
	int64_t done = db_run(db, "UPDATE generation SET number = number + 1 WHERE id = 1", NO_BIND);
	return done < 0 ? (int)done : 0;
}

int generation_read(Db *db, int64_t *number) {
	int code = db_int(db, number, "SELECT number FROM generation WHERE id = 1", NO_BIND);
	if (code == 0) return db_fail(db, ERR_INTERNAL, "The generation row is missing: the store was not migrated");
	return code < 0 ? code : 0;
}
