/* What the files of this room share: nodes, streams, the two ends of a stream. */
#ifndef YIWANG_CASCADE_INTERNAL_H
#define YIWANG_CASCADE_INTERNAL_H
#include "cascade/cascade.h"
#include <pthread.h>

enum { CASCADE_MIGRATIONS = 2 };
extern const Migration cascade_migrations[CASCADE_MIGRATIONS];
#define CATALOG_STREAM "catalog"
#define ROWS_PREFIX "rows/"
#define CASCADE_TYPE "application/vnd.yiwang.cascade"

/* --- this node (self.c): its key DIR/keys/node.pem, its name and address (settings cascade.name, cascade.url)
 * --------------------- */
typedef struct Self {
	SigningKey *key;
	char public_key[2 * PUBLIC_KEY_LEN + 1], fingerprint[NODE_ID_LEN + 1];
	const char *name, *url;
} Self;
/* Makes the key at first use. Not in a write. ERR_NOT_FOUND when the store knows a key that this directory has not. */
int self_load(Request *rq, Self *out);
/* Its name alone, without the key: 1, 0 it has none yet, or a code. */
int self_name(Request *rq, char out[NODE_ID_LEN + 1]);
/* The client certificate for calls to others, DIR/keys/cascade-client.pem (certificate, then its key; 0600) and the pinned
 * authority DIR/keys/cascade-ca.pem. pin: of the certificate. 0, or ERR_NOT_FOUND rule "certificate". */
typedef struct Certificate {
	const char *path, *ca_path;
	char pin[HEX_DIGEST_MAX];
	int64_t until_us;
} Certificate;
int certificate_load(Request *rq, Certificate *out);
int self_get(Request *rq); /* GET /cascade/self */

/* --- other nodes (node.c)
 * ------------------------------------------------------------------------------------------------------- */
typedef struct Node {
	int64_t node_id, org_id, account_id, seen_us, contact_us, fails, version;
	const char *fingerprint, *public_key, *name, *url, *state, *pin, *login;
} Node;
/* 1, 0 none, or a code. */
int node_find(Request *rq, int64_t node_id, Node *out);
int node_by_name(Request *rq, const char *fingerprint, Node *out);
int node_key(Request *rq, const Node *node, uint8_t out[PUBLIC_KEY_LEN]);
Party node_party(const Node *node); /* its service account, strictly by grant */
int node_list(Request *rq);
int node_post(Request *rq);
int node_approve(Request *rq);
int node_revoke(Request *rq);
int node_contact(Request *rq);

/* --- streams (stream.c)
 * --------------------------------------------------------------------------------------------------------- */
typedef struct Stream {
	int64_t stream_id, node_id, resource_id, org_id, seq, done, top, after_id, position, begin_seq, end_seq, next_us, job_id,
	    row_count, asked_us, version;
	bool out, failed; /* failed: the last try left an error */
	const char *name, *title, *state, *code, *digest, *phase, *signature, *origin, *origin_name;
	const char *origin_entry, *via; /* path.c */
} Stream;
/* 1, 0 none, or a code. */
int stream_find(Request *rq, int64_t stream_id, Stream *out);
int stream_named(Request *rq, int64_t node_id, bool out, const char *name, Stream *stream);
/* In a write: a new one; its id through stream. */
int stream_make(Request *w, Stream *stream);
/* Outside a write: what went wrong (NULL: nothing any more), and when it is tried again. */
int stream_error(Request *rq, int64_t stream_id, const Error *error, int64_t next_us);
/* An error as it is kept in a column: {"rule","message","advice"}. */
const char *error_json(Arena *arena, const Error *error);
/* [{stream, have, digest}…]: what this node wants of that one, and how far it is. New reference. */
int stream_wants(Request *rq, const Node *node, json_t **out);
/* [{stream, rule, message, advice}…]: why this node sends nothing on streams that one asks for. New reference. */
int stream_refusals(Request *rq, const Node *node, json_t **out);
/* Outside a write: what the other side said about the streams this one only waits for. */
int stream_refused(Request *rq, const Node *node, const json_t *items);
int64_t rows_resource(const char *name); /* of "rows/<id>"; 0: it is none */
int stream_all(Request *rq);
int stream_get(Request *rq);
int stream_post(Request *rq);
int stream_stop(Request *rq);
int stream_restart(Request *rq);
/* Action "resource.foreign" (arg int64_t *resource_id): 0, or ERR_CONFLICT rule "foreign": its records come from another node. */
int action_foreign(Request *rq, void *arg);
int batches_chore(Request *rq);
int cursors_chore(Request *rq);
int entry_list(Request *rq);
int entry_get(Request *rq);

/* --- where records come from (path.c) ---------------------------------------------------------------------------------------
 * An entry is known everywhere by its origin's fingerprint and the number it has there, and carries the nodes it came through,
 * origin first, sender last, with blanks between ("via"). Nothing goes to a node that is on its way, and no entry is taken twice.
 */
typedef struct Origin {
	const char *node, *name, *entry, *via; /* entry "": a program of before did not say it */
} Origin;
bool path_has(const char *via, const char *fingerprint);
/* Of an entry here, as this node sends it on: 0 or a code. */
int origin_of(Request *rq, const Self *self, int64_t resource_id, Origin *out);
/* Of an entry whose stream in has this via and origin (all "" or NULL: its own). */
Origin origin_make(Arena *arena, const Self *self, int64_t resource_id, const Origin *came);
/* As a batch of rows or an entry of a catalogue says it; what a program of before does not say is made up from the sender. */
Origin origin_read(Arena *arena, const json_t *object, const char *sender);
/* ERR_CONFLICT rule "double" when the entry comes here over another stream already. */
int origin_single(Request *w, const Stream *stream);

/* --- the sending end (out.c, out_rows.c, out_catalog.c): outside a write
 * -------------------------------------------------------- */
/* A batch while it is made. */
typedef struct Making {
	Request *rq;
	const Self *self;
	const Node *node;
	Stream stream;  /* as it will be once the batch is kept */
	int64_t before; /* its seq until then */
	json_t *header;
	Buf body;
	int64_t rows, removed;
	TableDigest digest; /* of the rows, canon v1 over their texts */
	int64_t resource_id;
	const char *purpose, *about; /* evidence */
	bool anew;                   /* what the other side has is not what was sent last: a full run begins */
	bool moved;                  /* nothing to send, but the feed was read on */
} Making;
/* How far the other side says it is: the last batch it keeps (0: from the beginning), its digest, the highest number it ever saw;
 * receipt: the signed message that says so. */
typedef struct Have {
	const char *stream, *digest;
	int64_t seq, top, loaded;
	Text receipt;
} Have;
int have_read(Request *rq, const json_t *object, Text receipt, Have *out);
/* The batch that follows what the other side has: acknowledges, gives the batch again that was not acknowledged while the right
 * to it still stands, else makes the next one; where they part, a full run begins. 1 with its bytes (in rq's arena), 0 nothing to
 * send, or a code. */
int out_next(Request *rq, const Self *self, const Node *node, const Have *have, Text *bytes);
int out_rows(Making *making);
/* Whether the rows of a batch made under `signature` may still be given: 1, 0 the right is another one now, or a code. */
int out_rows_still(Request *rq, const Node *node, const Stream *stream);
int out_catalog(Making *making);
/* The columns of a batch as canon v1 digests them: column i + 1 is a text. */
const Resource *wire_shape(Arena *arena, int columns);

/* --- the receiving end (in.c, land.c, load.c)
 * -------------------------------------------------------------------------------------- */
/* Keeps a batch whose signature was checked: its bytes, its number and the receipt in one write; one it has already gets the
 * receipt of then. receipt in rq's arena. 0, or ERR_CONFLICT rules "sequence", "chain"; ERR_FORBIDDEN rules "stream", "origin",
 * "digest". */
int in_take(Request *rq, const Self *self, const Node *node, const Frame *batch, Text *receipt);
/* In a write: the entry that received rows land in, made or brought up to the columns of a batch that begins a full run. */
int land_entry(Request *w, const Node *node, const Frame *begin, Stream *stream);
/* What a field of the sender's is called in the entry that its rows land in. */
const char *landed_name(Arena *arena, const char *far);
/* In a write: entries of the other catalogue. */
int land_catalog(Request *w, const Node *node, const Stream *stream, const Frame *batch);
/* Begins a load for each stream that has batches to load; caller's. */
int loads_begin(Request *rq);
int cascade_load_run(Request *rq, Job *job); /* job cascade.load */

/* --- talking (peer.c answers, dial.c calls, caller.c decides when)
 * --------------------------------------------------------------- */
int peer_head(Request *rq); /* before the body: whose call it is */
int peer_hello(Request *rq);
int peer_pull(Request *rq);
int peer_batch(Request *rq);
typedef struct Dial {
	Request *rq;
	const Self *self;
	const Node *node;
	Certificate certificate;
	int64_t at_us, begun_us;
	bool (*over)(void *arg); /* the round must end: the program stops, or another process took it over */
	void *arg;
} Dial;
/* One round with a node: hello, then what this side wants, then what that side wants. 0 or why the round ended early. */
int dial_round(Dial *dial);
/* The contents of hello: kind, from, to, at and what is wanted. New reference through out. */
int hello_header(Request *rq, const Self *self, const Node *node, json_t **out);
int caller_start(App *app, Error *error);
void caller_stop(App *app);
void caller_wake(App *app);
/* Held while a batch of the stream is made: both sides may call at once. */
pthread_mutex_t *caller_making(App *app, int64_t node_id, const char *stream);
#endif
