/* events: GET /api/v1/events, the feed as server-sent events. One thread follows the feed into a ring that all streams read: a
 * stream keeps a position only, so a slow client costs nothing; one that fell behind the ring is told to read anew. Whose
 * business an entry is, the follower finds out once for all streams; each stream is told what its party may see. Threads: the
 * follower writes the ring, server threads pull; both under one lock, held for moments. */
#include "app/private.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RING = 4096, BACKLOG_MAX = TOLD_MAX, BATCH = 256, WATCHERS_MAX = 2000, WATCHERS_EACH = 20, LINE_MAX_BYTES = 256 };
static const int64_t heartbeat_us = 14 * INT64_C(1000000);
static const int64_t life_us = 15 * 60 * INT64_C(1000000); /* then the browser comes back and is authenticated again */

typedef struct Watcher {
	struct Events *events;
	struct Watcher *next, *previous;
	HttpCall *call;
	Party party;
	int64_t position, begun_us, said_us;
	const Told *backlog; /* from the store: what came before the ring */
	int backlog_count, backlog_at;
	bool greeted, reset;
	_Atomic bool ended;
} Watcher;

struct Events {
	App *app;
	pthread_t thread;
	pthread_mutex_t lock;
	_Atomic bool stop;
	Watcher *watchers;
	int watcher_count;
	int64_t head, count; /* last position in the ring; how many it holds */
	Told ring[RING];
};

/* --- following ------------------------------------------------------------------------------------------------------------- */

static void watchers_tell(struct Events *events, const Told *told, int count) {
	pthread_mutex_lock(&events->lock);
	for (int i = 0; i < count; i++) {
		const FeedEntry *entry = &told[i].entry;
		events->ring[entry->position % RING] = told[i];
		events->head = entry->position;
		events->count += events->count < RING;
		for (Watcher *watcher = events->watchers; watcher != NULL; watcher = watcher->next)
			if (entry->topic == FEED_TOPIC_PEOPLE && entry->subject == watcher->party.account_id)
				watcher->ended = true; /* its rights moved: it must come back and show its credentials */
	}
	for (Watcher *watcher = events->watchers; watcher != NULL; watcher = watcher->next)
		http_stream_wake(watcher->call);
	pthread_mutex_unlock(&events->lock);
}

/* Up to max entries after a position, with whose business they are; the count or a code. In rq's arena. */
static int told_read(Request *rq, int64_t after, int max, Told **out) {
	FeedEntry *entries = ARENA_ARRAY(rq->arena, FeedEntry, max);
	Told *told = ARENA_ARRAY(rq->arena, Told, max);
	int count = feed_read(rq->db, after, entries, max);
	for (int i = 0; i < count; i++)
		told[i].entry = entries[i];
	int code = count > 0 ? request_generation_check(rq) : 0; /* what is cached must be no older than the entries */
	if (code >= 0 && count > 0) code = event_scopes(rq, told, count);
	*out = told;
	return code < 0 ? code : count;
}

static int follow(struct Events *events) {
	Request *rq = request_begin(events->app, "events");
	Told *told;
	int count = rq->db ? told_read(rq, events->head, BATCH, &told) : rq->error->code;
	if (count > 0) watchers_tell(events, told, count);
	request_end(rq);
	return count;
}

static void *follower_main(void *context) {
	struct Events *events = context;
	while (!atomic_load(&events->stop)) {
		int count = 0;
		if (feed_wait(app_store(events->app), events->head, 1000000) > events->head)
			while ((count = follow(events)) > 0)
				;
		if (count < 0) clock_sleep_us(1000000); /* the store is away; it is asked again */
	}
	return NULL;
}

struct Events *events_start(App *app) {
	struct Events *events = calloc(1, sizeof *events);
	Error error = {0};
	if (events == NULL) abort();
	events->app = app;
	pthread_mutex_init(&events->lock, NULL);
	Db *db = store_reader(app_store(app), &error);
	events->head = db ? feed_head(db) : 0;
	if (events->head < 0) events->head = 0;
	if (db != NULL) store_release(db);
	if (pthread_create(&events->thread, NULL, follower_main, events) != 0) abort();
	app_part_set(app, "app.events", events);
	return events;
}

void events_stop(struct Events *events) {
	atomic_store(&events->stop, true);
	pthread_join(events->thread, NULL);
	app_part_set(events->app, "app.events", NULL);
	pthread_mutex_destroy(&events->lock);
	free(events);
}

int events_watchers(struct Events *events) {
	pthread_mutex_lock(&events->lock);
	int count = events->watcher_count;
	pthread_mutex_unlock(&events->lock);
	return count;
}

/* --- one stream ------------------------------------------------------------------------------------------------------ */

static const char *const topic_names[] = {
    [FEED_TOPIC_JOB] = "job",       [FEED_TOPIC_CATALOG] = "catalog", [FEED_TOPIC_QUARANTINE] = "quarantine",
    [FEED_TOPIC_GRANT] = "grant",   [FEED_TOPIC_PEOPLE] = "account",  [FEED_TOPIC_CASE] = "case",
    [FEED_TOPIC_NOTICE] = "notice", [FEED_TOPIC_HOTLINE] = "hotline", [FEED_TOPIC_CASE_LEFT] = "case"};

/* One entry as an event; 0 when this watcher may not see it. Entries carry ids and versions only, never values. */
static int entry_format(const Watcher *watcher, const Told *told, char *out) {
	const FeedEntry *entry = &told->entry;
	char topic[40];
	if (!event_seen(&watcher->party, entry, &told->scope)) return 0;
	if (entry->topic > 0 && entry->topic < (int64_t)(sizeof topic_names / sizeof *topic_names))
		snprintf(topic, sizeof topic, "%s", topic_names[entry->topic]);
	else
		snprintf(topic, sizeof topic, "resource:%" PRId64, entry->topic);
	return snprintf(out, LINE_MAX_BYTES,
	                "id: %" PRId64 "\nevent: feed\ndata: {\"topic\":\"%s\",\"subject\":\"%" PRId64 "\",\"version\":%" PRId64
	                ",\"op\":\"%c\"}\n\n",
	                entry->position, topic, entry->subject, entry->version, entry->op);
}

static size_t backlog_pull(Watcher *watcher, char *out, size_t max) {
	size_t length = 0;
	while (watcher->backlog_at < watcher->backlog_count && max - length >= LINE_MAX_BYTES) {
		const Told *told = &watcher->backlog[watcher->backlog_at++];
		length += (size_t)entry_format(watcher, told, out + length);
		watcher->position = told->entry.position;
	}
	return length;
}

static size_t ring_pull(Watcher *watcher, char *out, size_t max) {
	struct Events *events = watcher->events;
	size_t length = 0;
	pthread_mutex_lock(&events->lock);
	int64_t oldest = events->head - events->count + 1;
	if (watcher->position + 1 < oldest) watcher->reset = true;
	while (!watcher->reset && watcher->position < events->head && max - length >= LINE_MAX_BYTES)
		length += (size_t)entry_format(watcher, &events->ring[++watcher->position % RING], out + length);
	if (watcher->reset) {
		length = (size_t)snprintf(out, max, "id: %" PRId64 "\nevent: reset\ndata: {}\n\n", events->head);
		watcher->position = events->head;
		watcher->reset = false;
	}
	pthread_mutex_unlock(&events->lock);
	return length;
}

static ptrdiff_t watcher_pull(void *context, char *out, size_t max) {
	Watcher *watcher = context;
	int64_t now = clock_monotonic_us();
	size_t length = 0;
	if (max < 2 * LINE_MAX_BYTES) return STREAM_FAIL;
	if (watcher->ended || now - watcher->begun_us > life_us) return STREAM_END;
	if (!watcher->greeted) {
		watcher->greeted = true;
		length = (size_t)snprintf(out, max, "retry: 2000\n\n");
	}
	if (!watcher->reset) length += backlog_pull(watcher, out + length, max - length);
	if (watcher->backlog_at == watcher->backlog_count) length += ring_pull(watcher, out + length, max - length);
	if (length == 0 && now - watcher->said_us >= heartbeat_us) length = (size_t)snprintf(out, max, ": here\n\n");
	if (length == 0) return STREAM_WAIT;
	watcher->said_us = now;
	return (ptrdiff_t)length;
}

static void watcher_closed(void *context) {
	Watcher *watcher = context;
	struct Events *events = watcher->events;
	pthread_mutex_lock(&events->lock);
	if (watcher->previous != NULL)
		watcher->previous->next = watcher->next;
	else
		events->watchers = watcher->next;
	if (watcher->next != NULL) watcher->next->previous = watcher->previous;
	events->watcher_count--;
	pthread_mutex_unlock(&events->lock);
}

static bool watcher_join(struct Events *events, Watcher *watcher) {
	int own = 0;
	pthread_mutex_lock(&events->lock);
	for (const Watcher *other = events->watchers; other != NULL; other = other->next)
		own += other->party.account_id == watcher->party.account_id;
	bool room = events->watcher_count < WATCHERS_MAX && own < WATCHERS_EACH; /* nobody takes the streams of all */
	if (room) {
		watcher->next = events->watchers;
		if (watcher->next != NULL) watcher->next->previous = watcher;
		events->watchers = watcher;
		events->watcher_count++;
	}
	pthread_mutex_unlock(&events->lock);
	return room;
}

/* Takes up after the last event the client saw: from the ring when it reaches back so far, else from the store. */
static int watcher_resume(Request *rq, Watcher *watcher, int64_t last) {
	struct Events *events = watcher->events;
	pthread_mutex_lock(&events->lock);
	int64_t head = events->head, oldest = head - events->count + 1;
	pthread_mutex_unlock(&events->lock);
	watcher->position = last < 0 || last > head ? head : last;
	if (last < 0 || last + 1 >= oldest) return 0;
	Told *told;
	int64_t first = feed_first(rq->db);
	int count = first >= 0 && first <= last + 1 ? told_read(rq, last, BACKLOG_MAX, &told) : 0;
	if (count < 0) return count;
	if (count > 0 && told[count - 1].entry.position + 1 >= oldest) {
		watcher->backlog = told;
		watcher->backlog_count = count;
	} else {
		watcher->reset = true;
	}
	return 0;
}

int events_get(Request *rq) {
	struct Events *events = app_part(rq->app, "app.events");
	int64_t last = -1;
	Text header = rq->call ? http_header(rq->call, "Last-Event-ID") : TEXT_NONE;
	if (events == NULL || rq->call == NULL) return fail(rq, ERR_BUSY, "Live events are not served by this process");
	if (header.at != NULL && (text_to_int(header, &last) != 0 || last < 0))
		return error_field(rq->error, ERR_INVALID, "Last-Event-ID", header, "integer", NULL,
		                   "Last-Event-ID must be a feed position");
	Watcher *watcher = ARENA_NEW(rq->arena, Watcher);
	*watcher = (Watcher){.events = events, .call = rq->call, .party = rq->party};
	watcher->begun_us = watcher->said_us = clock_monotonic_us();
	int code = watcher_resume(rq, watcher, last);
	if (code < 0) return code;
	if (!watcher_join(events, watcher)) return fail(rq, ERR_BUSY, "Too many event streams are open; try again later");
	HttpStream *stream = ARENA_NEW(rq->arena, HttpStream);
	*stream = (HttpStream){watcher_pull, watcher_closed, watcher};
	rq->stream = stream;
	rq->content_type = "text/event-stream";
	return 0;
}
