/* evidence's own: the object hung on the App and what its files share. No other room includes this.
 *
 * A state directory has an id (8 hex digits, DIR/evidence/directory) and seats 0, 1, …: a process takes the first seat whose lock
 * file is free and owns the streams r<seat>.<id> (reads, logins, refusals) and w<seat>.<id> (writes). */
#ifndef YIWANG_EVIDENCE_PARTS_H
#define YIWANG_EVIDENCE_PARTS_H
#include "evidence/checkpoint.h"
#include <stdatomic.h>

enum { SEATS_MAX = 64, FLUSH_US = 10000 /* a dirty stream is synced after this long */, MOVE_MAX = 1000, MOVE_DELAY_US = 50000 };

typedef struct Waiter {
	void (*done)(void *arg, int result);
	void *arg;
} Waiter;

typedef struct Evidence {
	App *app; /* NULL in tests of the room alone */
	Store *store;
	char root[PATH_LEN_MAX]; /* DIR/evidence */
	char directory[9], node[64];
	int seat, seat_fd;
	Stream *reads, *writes;
	SigningKey *key;
	uint8_t public_key[PUBLIC_KEY_LEN];

	pthread_t flusher;
	pthread_mutex_t flush_lock; /* waiters, flush_stop */
	pthread_cond_t flush_wake;
	atomic_bool dirty;
	bool flush_stop, flusher_runs;
	Buf waiters; /* of Waiter */

	pthread_t keeper;
	pthread_mutex_t keep_lock; /* keep_stop, outbox_dirty */
	pthread_cond_t keep_wake;
	bool keep_stop, keeper_runs, outbox_dirty;

	pthread_mutex_t seal_lock;  /* moves and seals: one at a time; all below */
	int64_t settled[SEATS_MAX]; /* mtime of a seat's lock file when it was last found without an owner and settled */
	uint64_t published[2];      /* head counts last written to evidence_head: reads, writes */
	int64_t copied, witnessed;  /* checkpoint numbers in checkpoints.jsonl and in the witness directory */
	char witness[PATH_LEN_MAX]; /* "" = none */
	bool new_key;               /* the next checkpoint may be signed with another key than the last one: evidence_key_begin */
	int64_t seal_us;
} Evidence;

/* dir = state directory. Starts no threads; evidence_run does. */
int evidence_attach(Evidence **out, Store *store, const char *dir, const char *node, Error *error);
void evidence_run(Evidence *evidence);
/* Moves and seals what is left when `seal`, stops threads, closes, frees. */
void evidence_detach(Evidence *evidence, bool seal);
int evidence_append(Evidence *evidence, const EvidenceEntry *entry);
int evidence_append_durable(Evidence *evidence, const EvidenceEntry *entry, void (*done)(void *arg, int result), void *arg);
Evidence *evidence_of(App *app);

/* key.c */
/* Loads DIR/keys/evidence.pem; makes it where nothing was sealed yet. ERR_NOT_FOUND when it is gone and checkpoints are there. */
int key_open(Evidence *evidence, const char *dir, Error *error);
/* Seals with this directory's key although the last checkpoint has another one. number: of the checkpoint made. */
int evidence_key_begin(Evidence *evidence, int64_t *number, Error *error);

/* outbox.c */
/* In a write: the entry as a row for this process's w stream. */
int outbox_insert(Evidence *evidence, Db *db, const EvidenceEntry *entry);
/* Moves the committed rows of `stream` into it: append, sync, delete. Under seal_lock. 0 or a code. */
int outbox_move(Evidence *evidence, Stream *stream, Error *error);

/* seats.c */
int seat_take(Evidence *evidence, Error *error);
/* Opens, settles (rows moved, heads published) and closes the streams of seats that nobody holds. Under seal_lock. */
int seats_settle(Evidence *evidence, Error *error);

/* sealer.c */
/* Publishes a stream's synced head. */
int head_publish(Evidence *evidence, Stream *stream, uint64_t *published, Error *error);
/* Moves, publishes, and signs a checkpoint when heads moved (with `force`, also without holding the sealer's lease). number: of
 * the newest checkpoint (0 = none). made: whether it is new. */
int evidence_seal(Evidence *evidence, bool force, int64_t *number, bool *made, Error *error);
/* Copies checkpoints of the store that are not yet in checkpoints.jsonl and in the witness directory. Under seal_lock. */
int checkpoints_copy(Evidence *evidence, Error *error);
/* The newest checkpoint of the store: 1, 0 none, <0. */
int checkpoint_last(Db *db, Arena *arena, Checkpoint *out);

/* routes.c, search.c, export.c */
enum { EVIDENCE_ROUTES = 5 };
extern const Route evidence_routes[EVIDENCE_ROUTES];
int evidence_search(Request *rq);
int evidence_export_route(Request *rq);
/* The streams of this state directory, this process's own among them, readable until the arena goes. */
typedef struct StreamList {
	Stream *items[2 * SEATS_MAX];
	size_t count;
} StreamList;
int evidence_streams(Evidence *evidence, Arena *arena, StreamList *out, Error *error);
/* Writes the export of [from_us, to_us] to fd. */
int evidence_export(Evidence *evidence, Db *db, int64_t from_us, int64_t to_us, int fd, int64_t *entries, Error *error);
#endif
