/* sequencer: on PostgreSQL, moves committed outbox rows to feed with dense positions; also listens for others' batches.
 *
 * One thread a process, from store_join on, with a connection of its own. One process holds the lease "feed.sequencer". Each
 * batch renews that lease's row by holder and epoch in the transaction that writes the feed: a sequencer that was replaced
 * changes no row and writes nothing, and two can never write at once, because both must lock the same row. NOTIFY yiwang_feed
 * (payload: head) once a batch; NOTIFY yiwang_outbox wakes a sequencer in another process, outside the writers' transactions (a
 * NOTIFY inside one takes a lock that makes all commits wait for each other). */
#include "store/store_parts.h"
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	BATCH = 5000,
	LEASE_US = 3000000,
	RENEW_US = 1000000, /* an idle sequencer renews its lease this often */
	PACE_US = 4000,     /* between the begins of two batches, so that a burst of writes is moved by few transactions */
	RETRY_US = 500000,  /* others look this often whether the lease is free, and read the head */
};
static const char lease_name[] = "feed.sequencer";
/* A process stopped in the middle of a batch must not keep the lease's row locked: the server ends its session. */
static const char listen_sql[] = "LISTEN yiwang_feed; LISTEN yiwang_outbox; SET idle_in_transaction_session_timeout = 3000";

typedef struct Sequencer {
	Store *store;
	pthread_t thread;
	int wake_fd; /* eventfd: a local commit filled the outbox, or stop */
	atomic_bool stop, filled;
	Db *db;
	bool leads;
	int64_t epoch;
	int64_t next_us;  /* monotonic: next renewal or look */
	int64_t moved_us; /* monotonic: when the last batch began */
} Sequencer;

void sequencer_nudge(Store *store) {
	Sequencer *sequencer = store->sequencer;
	if (!sequencer) return;
	if (atomic_exchange(&sequencer->filled, true)) return;
	uint64_t one = 1;
	if (write(sequencer->wake_fd, &one, sizeof one) < 0) return; /* the counter is full: it is awake anyhow */
}

/* 1 the lease is ours, 0 another's, <0 failed. One statement of its own transaction: READ COMMITTED. */
static int take_lead(Sequencer *sequencer) {
	Db *db = sequencer->db;
	int64_t now = db_now(db);
	if (now < 0) return (int)now;
	return db_int(
	    db, &sequencer->epoch,
	    "INSERT INTO lease (name, holder, epoch, until_us) VALUES ($1, $2, 1, $3) ON CONFLICT (name) DO UPDATE SET "
	    "epoch = CASE WHEN lease.holder = excluded.holder THEN lease.epoch ELSE lease.epoch + 1 END, "
	    "holder = excluded.holder, until_us = excluded.until_us WHERE lease.holder = excluded.holder OR lease.until_us < $4 "
	    "RETURNING epoch",
	    BIND(val_str(lease_name), val_str(sequencer->store->holder), val_int(now + LEASE_US), val_int(now)));
}

/* In a transaction: the fence, the move, the notice. Entries moved, or a code; ERR_GONE when replaced. */
static int64_t move_batch(Sequencer *sequencer, int64_t *head) {
	Db *db = sequencer->db;
	int64_t now = db_now(db);
	if (now < 0) return now;
	int64_t held = db_run(
	    db, "UPDATE lease SET until_us = $1 WHERE name = $2 AND holder = $3 AND epoch = $4",
	    BIND(val_int(now + LEASE_US), val_str(lease_name), val_str(sequencer->store->holder), val_int(sequencer->epoch)));
	if (held < 0) return held;
	if (held == 0) return ERR_GONE;
	int64_t before = feed_head(db);
	if (before < 0) return before;
	/* By a range, not by IN: prepared while the outbox is empty, IN keeps a plan that reads all of it for every row moved (a
	 * bulk load's 46,000 entries took minutes). One snapshot sees both reads, so the range holds the first LIMIT rows and no
	 * other. */
	int64_t moved = db_run(
	    db,
	    "WITH moved AS (DELETE FROM outbox WHERE outbox_id <= (SELECT MAX(first.outbox_id) FROM"
	    " (SELECT outbox_id FROM outbox ORDER BY outbox_id LIMIT $1) first) RETURNING outbox_id, topic, subject, version, "
	    "op, at_us) "
	    "INSERT INTO feed (position, topic, subject, version, op, at_us) "
	    "SELECT $2 + row_number() OVER (ORDER BY outbox_id), topic, subject, version, op, at_us FROM moved /* postgres */",
	    BIND(val_int(BATCH), val_int(before)));
	if (moved <= 0) return moved;
	*head = before + moved;
	char notify[80];
	snprintf(notify, sizeof notify, "NOTIFY yiwang_feed, '%lld'", (long long)*head);
	int code = postgres_command(db, notify);
	return code ? code : moved;
}

/* One batch in its transaction. */
static int64_t run_batch(Sequencer *sequencer) {
	Db *db = sequencer->db;
	int64_t head = 0;
	int code = postgres_command(db, "BEGIN");
	if (code) return code;
	int64_t moved = move_batch(sequencer, &head);
	if (db->broken) return moved;
	if (moved < 0) {
		PQclear(PQexec(db->pg, "ROLLBACK"));
		return moved;
	}
	code = postgres_command(db, "COMMIT");
	if (code) return code;
	if (head) feed_publish(sequencer->store, head);
	return moved;
}

static void lead(Sequencer *sequencer) {
	int64_t moved = BATCH, early = sequencer->moved_us + PACE_US - clock_monotonic_us();
	if (early > 0) clock_sleep_us(early);
	atomic_store(&sequencer->filled, false); /* what was filled until now goes with this batch */
	sequencer->moved_us = clock_monotonic_us();
	while (moved == BATCH && !atomic_load(&sequencer->stop))
		moved = run_batch(sequencer);
	if (moved == ERR_GONE) {
		sequencer->leads = false;
		log_warn("store: another process became the feed's sequencer");
	} else if (moved < 0) {
		log_warn("store: feed batch failed: %s", sequencer->db->error->message);
	}
	sequencer->next_us = clock_monotonic_us() + RENEW_US;
}

static void follow(Sequencer *sequencer, bool filled) {
	if (filled) postgres_command(sequencer->db, "NOTIFY yiwang_outbox");
	if (clock_monotonic_us() < sequencer->next_us) return;
	sequencer->next_us = clock_monotonic_us() + RETRY_US;
	int held = take_lead(sequencer);
	sequencer->leads = held == 1;
	int64_t head = held < 0 ? held : feed_head(sequencer->db);
	if (head > 0) feed_publish(sequencer->store, head);
	if (sequencer->leads) {
		log_info("store: this process is the feed's sequencer, epoch %lld", (long long)sequencer->epoch);
		lead(sequencer);
	}
}

/* Takes what other processes said. True when an outbox was filled. */
static bool hear(Sequencer *sequencer) {
	bool filled = false;
	PGconn *pg = sequencer->db->pg;
	if (!PQconsumeInput(pg)) sequencer->db->broken = true;
	for (PGnotify *said; (said = PQnotifies(pg)); PQfreemem(said)) {
		if (strcmp(said->relname, "yiwang_feed") == 0)
			feed_publish(sequencer->store, strtoll(said->extra, NULL, 10));
		else
			filled = true;
	}
	return filled;
}

static void wait_for_news(Sequencer *sequencer) {
	int64_t left = sequencer->next_us - clock_monotonic_us();
	struct pollfd fds[2] = {{.fd = sequencer->wake_fd, .events = POLLIN},
	                        {.fd = sequencer->db->broken ? -1 : PQsocket(sequencer->db->pg), .events = POLLIN}};
	poll(fds, 2, left > 0 ? (int)(left / 1000 + 1) : 0);
	uint64_t count;
	if ((fds[0].revents & POLLIN) && read(sequencer->wake_fd, &count, sizeof count) < 0) return;
}

static bool connected(Sequencer *sequencer) {
	Db *db = sequencer->db;
	if (!db->broken) return true;
	sequencer->leads = false;
	sequencer->next_us = clock_monotonic_us() + RETRY_US;
	return postgres_reconnect(db, db->error) == 0 && postgres_command(db, listen_sql) == 0;
}

static void *sequencer_loop(void *arg) {
	Sequencer *sequencer = arg;
	while (!atomic_load(&sequencer->stop)) {
		db_begin_use(sequencer->db, NULL);
		if (connected(sequencer)) {
			bool elsewhere = hear(sequencer), here = atomic_exchange(&sequencer->filled, false);
			bool due = clock_monotonic_us() >= sequencer->next_us;
			if (!sequencer->leads)
				follow(sequencer, here);
			else if (elsewhere || here || due)
				lead(sequencer);
		}
		if (!atomic_load(&sequencer->stop) && !atomic_load(&sequencer->filled)) wait_for_news(sequencer);
	}
	return NULL;
}

int sequencer_start(Store *store, Error *error) {
	Db *db = db_new(store, DB_WRITER, error);
	if (!db) return error->code;
	db_begin_use(db, error);
	int code = postgres_command(db, listen_sql);
	if (code) {
		db_free(db);
		return code;
	}
	Sequencer *sequencer = calloc(1, sizeof *sequencer);
	if (!sequencer) abort();
	*sequencer = (Sequencer){.store = store, .db = db, .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	store->sequencer = sequencer;
	if (sequencer->wake_fd < 0 || pthread_create(&sequencer->thread, NULL, sequencer_loop, sequencer) != 0) abort();
	return 0;
}

/* Gives the lead back, so that another process need not wait for the lease to run out. */
static void step_down(Sequencer *sequencer) {
	if (!sequencer->leads || sequencer->db->broken) return;
	db_begin_use(sequencer->db, NULL);
	lead(sequencer);
	db_run(sequencer->db, "UPDATE lease SET until_us = 0, holder = '' WHERE name = $1 AND holder = $2",
	       BIND(val_str(lease_name), val_str(sequencer->store->holder)));
}

void sequencer_stop(Store *store) {
	Sequencer *sequencer = store->sequencer;
	if (!sequencer) return;
	atomic_store(&sequencer->stop, true);
	uint64_t one = 1;
	ssize_t told = write(sequencer->wake_fd, &one, sizeof one);
	(void)told;
	pthread_join(sequencer->thread, NULL);
	atomic_store(&sequencer->stop, false);
	step_down(sequencer);
	db_free(sequencer->db);
	close(sequencer->wake_fd);
	store->sequencer = NULL;
	free(sequencer);
}
