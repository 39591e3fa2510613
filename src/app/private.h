/* app's own: what the dispatcher's files share. */
#ifndef YIWANG_APP_PRIVATE_H
#define YIWANG_APP_PRIVATE_H
#include "app/app.h"
#include "evidence/evidence.h"
#include <pthread.h>
#include <stdatomic.h>

enum { PARAMS_MAX = 8, RETRIES_MAX = 3, KEY_MAX = 128 };

/* --- match.c: routes compiled into a tree of path segments; immutable after start ---------------------------------------- */
typedef struct Matcher Matcher;
int matcher_new(Arena *arena, const Module *const *modules, size_t count, Matcher **out, Error *error);
/* 0 with *route and its path values (in the order of the braces), ERR_NOT_FOUND, or ERR_METHOD with *allow ("GET, HEAD,
 * OPTIONS"). HEAD finds GET. */
int matcher_find(const Matcher *matcher, Text method, Text path, Text params[PARAMS_MAX], const Route **route,
                 const char **allow);

/* --- input.c: a call's inputs by its route's row ----------------------------------------------------------------------- */
typedef struct InputSource {
	const Text *params;
	Text query;
	Text body;
	Text content_type; /* TEXT_NONE = none given */
} InputSource;
/* Values parallel to route->inputs, in the arena. All faults are collected; *faults is NULL when there is none. 0, ERR_INVALID
 * (see *faults) or ERR_MEDIA. */
int inputs_parse(Arena *arena, const Route *route, const InputSource *source, const InputValue **out, const Faults **faults,
                 Error *error);

/* --- problem.c: errors as RFC 9457 ------------------------------------------------------------------------------------- */
void problem_write(Buf *out, Arena *arena, const Error *error, const Faults *faults, bool chinese);

/* --- pool.c: bounded queue and workers --------------------------------------------------------------------------------- */
typedef struct PoolItem {
	struct PoolItem *next;
} PoolItem;
typedef struct Pool Pool;
/* Workers take up to `batch` items at once and call run for each. */
Pool *pool_new(const char *name, int workers, int batch, int capacity, void (*run)(PoolItem *item));
bool pool_push(Pool *pool, PoolItem *item); /* false: full */
int pool_waiting(Pool *pool);
void pool_free(Pool *pool); /* runs what waits, then ends */

/* --- dispatch.c -------------------------------------------------------------------------------------------------------- */
typedef struct LaneCount {
	_Atomic int64_t calls, failures, micros;
} LaneCount;
struct Dispatcher {
	App *app;
	Arena *arena;
	Matcher *matcher;
	struct StaticSite *site;
	Pool *read_pool, *far_pool; /* far: calls that wait for other servers */
	HttpServer *_Atomic server;
	LaneCount lanes[4];
	_Atomic int64_t statuses[6]; /* answers by class: 1xx … 5xx */
	struct Events *events;
};

/* One HTTP call on its way through the dispatcher. Lives in the call's arena; one thread at a time. */
typedef struct Turn {
	PoolItem item; /* first */
	Dispatcher *dispatcher;
	HttpCall *call;
	const Route *route; /* NULL: a page, or not found */
	Request *rq;
	Text params[PARAMS_MAX];
	const char *allow; /* methods of the path, where one was found */
	int fault;         /* found before the lane: no route, bad inputs */
	Error fault_error;
	const Faults *faults;
	const InputValue *inputs;
	Text key;          /* Idempotency-Key, or none */
	Digest key_digest; /* of method, path, query and body */
	bool replayed;     /* the answer is a stored one */
	bool suspended;
	int result, tries;
	WriteTask task;
	int64_t begun_us;
} Turn;

/* --- answer.c: evidence, then the answer ------------------------------------------------------------------------------- */
/* result >= 0: rq holds the answer; < 0: rq->error (or the code) is told. Ends the turn: neither it nor rq may be touched after.
 */
void turn_finish(Turn *turn, int result);
/* A problem for a call without a Request (no route). */
void turn_refuse(Turn *turn, int code);
/* The evidence of a refusal before the lane (uploads). */
void evidence_refusal(Request *rq, int code);

/* --- idempotency.c: inside the write transaction ----------------------------------------------------------------------- */
enum { APP_MIGRATIONS = 1 };
extern const Migration app_migrations[APP_MIGRATIONS];
/* 1 with the stored answer put into rq (and turn->replayed), 0 not seen before, ERR_CONFLICT for another request. */
int idempotency_find(Turn *turn);
int idempotency_keep(Turn *turn);
/* Deletes rows older than a day; the count or a code. */
int idempotency_chore(Request *rq);

/* --- static.c ---------------------------------------------------------------------------------------------------------- */
struct StaticSite *static_open(Arena *arena, const char *dir);
/* Answers GET and HEAD for a path of the site; false when it is none of its own. */
bool static_reply(const struct StaticSite *site, HttpCall *call);
extern const HttpHeader page_headers[]; /* security headers of pages, without the end */
extern const size_t page_header_count;

/* --- event_scope.c ----------------------------------------------------------------------------------------------------- */
typedef struct EventScope {
	int64_t owner_org, other_org; /* 0 = none; other: the receiver's of a grant */
	int64_t account;              /* who asked, of a case */
	bool published;               /* a catalogue entry that all may see */
	bool city;                    /* a case of the city: owner is who reported, other the unit; and these */
	int64_t centre_org, home_org, field_org, field_account;
} EventScope;
typedef struct Told {
	FeedEntry entry;
	EventScope scope;
} Told;
/* Whose business entries are, their positions rising, at most TOLD_MAX: cached a generation, but for cases, which change hands. 0
 * or a code. */
enum { TOLD_MAX = 1024 };
int event_scopes(Request *rq, Told *told, int count);
/* Whether the party may be told of it. */
bool event_seen(const Party *party, const FeedEntry *entry, const EventScope *scope);

/* --- events.c ---------------------------------------------------------------------------------------------------------- */
struct Events *events_start(App *app);
void events_stop(struct Events *events);
int events_get(Request *rq);                /* GET /api/v1/events */
int events_watchers(struct Events *events); /* open streams */

/* --- system.c ---------------------------------------------------------------------------------------------------------- */
const char *permission_name(Permission permission);
int overview_get(Request *rq);         /* overview.c */
const char *program_dir(Arena *arena); /* folder of the running binary */
#endif
