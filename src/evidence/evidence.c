/* The room's object: opened with the program, its two threads, and the calls that other rooms make.
 *
 * flusher: waits until a read stream is dirty, then syncs it at once when somebody waits for the disk, else after FLUSH_US; then
 * calls those who waited. keeper: moves writes soon after they commit, seals every evidence.seal_seconds. Both sleep while
 * nothing happens. */
#include "evidence/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char part_name[] = "evidence";

Evidence *evidence_of(App *app) {
	return app_part(app, part_name);
}

/* --- flusher ---------------------------------------------------------------------------------------------------------- */

static struct timespec after(int64_t us) {
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	int64_t ns = at.tv_nsec + us % 1000000 * 1000;
	return (struct timespec){at.tv_sec + us / 1000000 + ns / 1000000000, ns % 1000000000};
}

/* Sleeps until there is something to sync; takes the waiters. False when it is time to stop. */
static bool flush_wait(Evidence *evidence, Buf *taken) {
	pthread_mutex_lock(&evidence->flush_lock);
	while (!evidence->flush_stop && !evidence->dirty && evidence->waiters.len == 0)
		pthread_cond_wait(&evidence->flush_wake, &evidence->flush_lock);
	struct timespec until = after(FLUSH_US);
	while (!evidence->flush_stop && evidence->waiters.len == 0)
		if (pthread_cond_timedwait(&evidence->flush_wake, &evidence->flush_lock, &until) == ETIMEDOUT) break;
	Buf swap = evidence->waiters;
	evidence->waiters = *taken;
	*taken = swap;
	bool more = !evidence->flush_stop || taken->len > 0;
	pthread_mutex_unlock(&evidence->flush_lock);
	return more;
}

static void *flusher_main(void *arg) {
	Evidence *evidence = arg;
	Buf taken = {0};
	while (flush_wait(evidence, &taken)) {
		evidence->dirty = false; /* before the sync: what is appended meanwhile makes it dirty again */
		int result = stream_sync(evidence->reads, NULL);
		if (result) log_error("event=evidence_sync_failed stream=%s", stream_name(evidence->reads));
		const Waiter *waiters = (const Waiter *)taken.at;
		for (size_t i = 0; i < taken.len / sizeof *waiters; i++)
			waiters[i].done(waiters[i].arg, result);
		buf_reset(&taken);
	}
	buf_free(&taken);
	return NULL;
}

int evidence_append(Evidence *evidence, const EvidenceEntry *entry) {
	uint8_t body[BODY_MAX];
	int code = stream_append(evidence->reads, body, entry_encode(entry, body), 0);
	if (code == 0 && !atomic_exchange(&evidence->dirty, true)) {
		pthread_mutex_lock(&evidence->flush_lock);
		pthread_cond_signal(&evidence->flush_wake);
		pthread_mutex_unlock(&evidence->flush_lock);
	}
	return code;
}

int evidence_append_durable(Evidence *evidence, const EvidenceEntry *entry, void (*done)(void *arg, int result), void *arg) {
	uint8_t body[BODY_MAX];
	int code = stream_append(evidence->reads, body, entry_encode(entry, body), 0);
	if (code) return code;
	pthread_mutex_lock(&evidence->flush_lock);
	Waiter waiter = {done, arg};
	bool first = evidence->waiters.len == 0;
	buf_add(&evidence->waiters, &waiter, sizeof waiter);
	if (first) pthread_cond_signal(&evidence->flush_wake);
	pthread_mutex_unlock(&evidence->flush_lock);
	return 0;
}

/* --- keeper ----------------------------------------------------------------------------------------------------------- */

static void settings_read(Evidence *evidence) {
	if (!evidence->app) return;
	Request *rq = request_begin(evidence->app, "system");
	if (rq->db) {
		const char *witness = setting_text(rq, "evidence.witness");
		pthread_mutex_lock(&evidence->seal_lock);
		evidence->seal_us = setting_int(rq, "evidence.seal_seconds") * 1000000;
		if (strlen(witness) < sizeof evidence->witness && strcmp(witness, evidence->witness) != 0) {
			snprintf(evidence->witness, sizeof evidence->witness, "%s", witness);
			evidence->witnessed = -1;
		}
		pthread_mutex_unlock(&evidence->seal_lock);
	}
	request_end(rq);
}

static void outbox_wake(void *arg) {
	Evidence *evidence = arg;
	pthread_mutex_lock(&evidence->keep_lock);
	evidence->outbox_dirty = true;
	pthread_cond_signal(&evidence->keep_wake);
	pthread_mutex_unlock(&evidence->keep_lock);
}

/* Sleeps until rows wait or `until` (monotonic µs). moving: rows wait. False when it is time to stop. */
static bool keep_wait(Evidence *evidence, int64_t until, bool *moving) {
	int64_t left = until - clock_monotonic_us();
	struct timespec at = after(left > 0 ? left : 0);
	pthread_mutex_lock(&evidence->keep_lock);
	while (!evidence->keep_stop && !evidence->outbox_dirty)
		if (pthread_cond_timedwait(&evidence->keep_wake, &evidence->keep_lock, &at) == ETIMEDOUT) break;
	*moving = evidence->outbox_dirty;
	bool stop = evidence->keep_stop;
	pthread_mutex_unlock(&evidence->keep_lock);
	return !stop;
}

static void keep_move(Evidence *evidence) {
	clock_sleep_us(MOVE_DELAY_US); /* so that a burst of writes is moved by one transaction and one sync */
	pthread_mutex_lock(&evidence->keep_lock);
	evidence->outbox_dirty = false;
	pthread_mutex_unlock(&evidence->keep_lock);
	Error error = {0};
	pthread_mutex_lock(&evidence->seal_lock);
	int code = outbox_move(evidence, evidence->writes, &error);
	pthread_mutex_unlock(&evidence->seal_lock);
	if (code == 0) return;
	log_error("event=evidence_move_failed message=\"%s\"", error.message);
	clock_sleep_us(1000000); /* the store is away or full: the rows are safe, try again */
	outbox_wake(evidence);
}

static void *keeper_main(void *arg) {
	Evidence *evidence = arg;
	int64_t next =
	    clock_monotonic_us() + 1000000; /* the first seal soon after the start: it covers what a kill left unsealed */
	bool moving;
	while (keep_wait(evidence, next, &moving)) {
		if (moving) keep_move(evidence);
		if (clock_monotonic_us() < next) continue;
		settings_read(evidence);
		Error error = {0};
		if (evidence_seal(evidence, false, NULL, NULL, &error) != 0)
			log_error("event=evidence_seal_failed message=\"%s\"", error.message);
		next = clock_monotonic_us() + evidence->seal_us;
	}
	return NULL;
}

/* --- opening ------------------------------------------------------------------------------------------------------------ */

static int make_directory(const char *path, Error *error) {
	if (mkdir(path, 0700) == 0 || errno == EEXIST) return 0;
	return error_set(error, ERR_IO, "cannot make the folder %s: %s", path, strerror(errno));
}

/* The directory's id, made once. A file system error or a cut file is an error: guessing a new id would hide the old streams. */
static int directory_id(Evidence *evidence, Error *error) {
	char path[PATH_LEN_MAX], temporary[PATH_LEN_MAX + 16];
	snprintf(path, sizeof path, "%.*s/directory", PATH_LEN_MAX - 32, evidence->root);
	if (access(path, F_OK) != 0) {
		uint8_t bytes[4];
		char hex[9];
		random_bytes(bytes, sizeof bytes);
		hex_encode(bytes, sizeof bytes, hex);
		snprintf(temporary, sizeof temporary, "%s.%d", path, (int)getpid());
		int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		bool whole = fd >= 0 && write(fd, hex, 8) == 8 && fsync(fd) == 0;
		if (fd >= 0) close(fd);
		if (whole && link(temporary, path) != 0 && errno != EEXIST) whole = false;
		unlink(temporary);
		if (!whole) return error_set(error, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, evidence->directory, 8);
	if (fd >= 0) close(fd);
	uint8_t bytes[4];
	if (got != 8 || hex_decode((Text){evidence->directory, 8}, bytes, 4) != 0)
		return error_set(error, ERR_IO, "%s must hold 8 hexadecimal digits: restore it from a backup", path);
	return 0;
}

int evidence_attach(Evidence **out, Store *store, const char *dir, const char *node, Error *error) {
	if (strlen(dir) > PATH_LEN_MAX - 256)
		return error_set(error, ERR_INVALID, "the path of the state directory is too long (over 760 bytes)");
	Evidence *evidence = calloc(1, sizeof *evidence);
	if (!evidence) abort();
	evidence->store = store;
	evidence->seat_fd = -1;
	evidence->witnessed = -1;
	evidence->seal_us = 60000000;
	snprintf(evidence->node, sizeof evidence->node, "%s", node);
	snprintf(evidence->root, sizeof evidence->root, "%s/evidence", dir);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&evidence->flush_lock, NULL);
	pthread_cond_init(&evidence->flush_wake, &monotonic);
	pthread_mutex_init(&evidence->keep_lock, NULL);
	pthread_cond_init(&evidence->keep_wake, &monotonic);
	pthread_mutex_init(&evidence->seal_lock, NULL);
	pthread_condattr_destroy(&monotonic);
	int code = make_directory(evidence->root, error);
	if (code == 0) code = directory_id(evidence, error);
	if (code == 0) code = key_open(evidence, dir, error);
	if (code == 0) code = seat_take(evidence, error);
	if (code) {
		evidence_detach(evidence, false);
		return code;
	}
	*out = evidence;
	return 0;
}

void evidence_run(Evidence *evidence) {
	evidence->outbox_dirty = true; /* rows that a kill left behind */
	evidence->flusher_runs = pthread_create(&evidence->flusher, NULL, flusher_main, evidence) == 0;
	evidence->keeper_runs = pthread_create(&evidence->keeper, NULL, keeper_main, evidence) == 0;
	if (!evidence->flusher_runs || !evidence->keeper_runs) abort();
}

static void stop_thread(pthread_mutex_t *lock, pthread_cond_t *wake, bool *flag, pthread_t thread, bool runs) {
	pthread_mutex_lock(lock);
	*flag = true;
	pthread_cond_broadcast(wake);
	pthread_mutex_unlock(lock);
	if (runs) pthread_join(thread, NULL);
}

void evidence_detach(Evidence *evidence, bool seal) {
	if (!evidence) return;
	stop_thread(&evidence->keep_lock, &evidence->keep_wake, &evidence->keep_stop, evidence->keeper, evidence->keeper_runs);
	stop_thread(&evidence->flush_lock, &evidence->flush_wake, &evidence->flush_stop, evidence->flusher,
	            evidence->flusher_runs);
	Error error = {0};
	if (seal && evidence_seal(evidence, false, NULL, NULL, &error) != 0)
		log_warn("event=evidence_unsealed message=\"%s\"", error.message);
	stream_close(evidence->reads);
	stream_close(evidence->writes);
	if (evidence->seat_fd >= 0) close(evidence->seat_fd);
	signing_key_free(evidence->key);
	buf_free(&evidence->waiters);
	pthread_mutex_destroy(&evidence->flush_lock);
	pthread_cond_destroy(&evidence->flush_wake);
	pthread_mutex_destroy(&evidence->keep_lock);
	pthread_cond_destroy(&evidence->keep_wake);
	pthread_mutex_destroy(&evidence->seal_lock);
	free(evidence);
}

int evidence_open(App *app, Error *error) {
	char host[64] = "";
	gethostname(host, sizeof host - 1);
	Evidence *evidence;
	char node[64];
	snprintf(node, sizeof node, "%.40s slot %d", host, store_slot(app_store(app)));
	int code = evidence_attach(&evidence, app_store(app), app_dir(app), node, error);
	if (code) return code;
	evidence->app = app;
	app_part_set(app, part_name, evidence);
	settings_read(evidence);
	evidence_run(evidence);
	return 0;
}

void evidence_close(App *app) {
	Evidence *evidence = evidence_of(app);
	app_part_set(app, part_name, NULL);
	evidence_detach(evidence, true);
}

/* --- what other rooms call ------------------------------------------------------------------------------------------------ */

int evidence_read(App *app, const EvidenceEntry *entry) {
	Evidence *evidence = evidence_of(app);
	return evidence ? evidence_append(evidence, entry) : ERR_INTERNAL;
}

int evidence_read_durable(App *app, const EvidenceEntry *entry, void (*done)(void *arg, int result), void *arg) {
	Evidence *evidence = evidence_of(app);
	return evidence ? evidence_append_durable(evidence, entry, done, arg) : ERR_INTERNAL;
}

int evidence_write(Request *rq, const EvidenceEntry *entry) {
	Evidence *evidence = evidence_of(rq->app);
	if (!evidence) return fail(rq, ERR_INTERNAL, "evidence is not open: no write may happen without it");
	int code = outbox_insert(evidence, rq->db, entry);
	if (code == 0) db_after_commit(rq->db, outbox_wake, evidence);
	return code;
}

void evidence_entry(const Request *rq, EvidenceEntry *entry) {
	int status = rq->error->code ? error_status(rq->error->code) : rq->status ? rq->status : rq->body.len ? 200 : 204;
	*entry = (EvidenceEntry){
	    .at_us = rq->now_us,
	    .account_id = rq->party.account_id,
	    .org_id = rq->party.org_id,
	    .actor = rq->party.login[0]               ? rq->party.login
	             : rq->party.kind == PARTY_SYSTEM ? "system"
	                                              : "anonymous",
	    .action = rq->route ? rq->route->action : "",
	    .resource_id = rq->about_resource,
	    .subject_id = rq->about_subject,
	    .row_count = rq->row_count,
	    .status = status,
	    .purpose = "",
	    .address = rq->call ? text_cstr(rq->arena, http_peer(rq->call)) : "",
	    .detail = rq->about ? rq->about : "",
	};
}

/* --- module ---------------------------------------------------------------------------------------------------------------- */

static const Migration migrations[] = {{
    .name = "evidence-1",
    .sql = "/* spread: local. entries of writes until they are in their stream */"
           "CREATE TABLE evidence_outbox (id BIGINT PRIMARY KEY, stream TEXT NOT NULL, body BYTEA NOT NULL);\n"
           "CREATE INDEX evidence_outbox_stream ON evidence_outbox (stream, id);\n"
           "/* spread: reference. the head of each stream as its owner last published it */"
           "CREATE TABLE evidence_head (stream TEXT PRIMARY KEY, entries BIGINT NOT NULL, hash TEXT NOT NULL, last_at BIGINT NOT "
           "NULL,"
           " node TEXT NOT NULL);\n"
           "/* spread: reference. signed heads; body is canonical JSON, see checkpoint.h */"
           "CREATE TABLE evidence_checkpoint (number BIGINT PRIMARY KEY, sealed_at BIGINT NOT NULL, sha256 TEXT NOT NULL,"
           " body TEXT NOT NULL, signature TEXT NOT NULL);\n"
           "CREATE INDEX evidence_checkpoint_time ON evidence_checkpoint (sealed_at)",
}};

static const Setting settings[] = {
    {"evidence.seal_seconds", "60", "Seconds between signed checkpoints over all evidence streams (none while nothing happened)",
     1, 86400},
    {"evidence.witness", "",
     "Directory off this machine (a mounted share) where each checkpoint is also written as a file; empty: none. "
     "Without it, whoever holds the signing key could rewrite history unnoticed",
     0, 0},
};

const Module evidence_module = {
    .name = "evidence",
    .routes = evidence_routes,
    .route_count = EVIDENCE_ROUTES,
    .migrations = migrations,
    .migration_count = sizeof migrations / sizeof *migrations,
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .start = evidence_open,
    .stop = evidence_close,
};
