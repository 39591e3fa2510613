/* cache: immutable objects loaded from the store, each valid for the generation it was loaded under (or newer requests reload
 * it). Thread: any; each kind is split into shards with a lock each. Lifetime: an entry lives while the table or a request holds
 * it. */
#include "core/core_private.h"
#include <assert.h>
#include <stdlib.h>

enum { KINDS_MAX = 64, SHARDS = 16, SMALL = 256 /* kinds up to this size use one shard: exact cap */, BUCKETS_FIRST = 64 };

typedef struct Entry {
	struct Shard *shard;
	struct Entry *chain;         /* same bucket */
	struct Entry *newer, *older; /* use order; NULL-ended */
	uint64_t hash;
	int64_t generation;
	int refs; /* requests and the table */
	bool loading, listed;
	int code; /* 0 or ERR_NOT_FOUND */
	Arena *arena;
	void *object;
	size_t key_len;
	char key[];
} Entry;

typedef struct Shard {
	pthread_mutex_t lock;
	pthread_cond_t loaded;
	Entry **buckets;
	size_t bucket_count;
	int count, max;
	Entry *newest, *oldest;
} Shard;

typedef struct KindCache {
	const CacheKind *kind;
	int shard_count;
	Shard shards[SHARDS];
} KindCache;

struct Cache {
	pthread_mutex_t lock; /* adding a kind */
	KindCache *_Atomic kinds[KINDS_MAX];
	_Atomic int kind_count;
};

struct Cache *cache_new(void) {
	struct Cache *cache = calloc(1, sizeof *cache);
	if (!cache) abort();
	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

static void entry_drop(Entry *entry) { /* lock held or nobody else left */
	if (--entry->refs > 0) return;
	arena_free(entry->arena);
	free(entry);
}

static KindCache *kind_add(struct Cache *cache, const CacheKind *kind) {
	pthread_mutex_lock(&cache->lock);
	int count = atomic_load(&cache->kind_count);
	for (int i = 0; i < count; i++)
		if (cache->kinds[i]->kind == kind) {
			pthread_mutex_unlock(&cache->lock);
			return cache->kinds[i];
		}
	assert(count < KINDS_MAX);
	KindCache *found = calloc(1, sizeof *found);
	if (!found) abort();
	int max = kind->max ? kind->max : 10000;
	found->kind = kind;
	found->shard_count = max <= SMALL ? 1 : SHARDS;
	for (int i = 0; i < found->shard_count; i++) {
		Shard *shard = &found->shards[i];
		pthread_mutex_init(&shard->lock, NULL);
		pthread_cond_init(&shard->loaded, NULL);
		shard->max = (max + found->shard_count - 1) / found->shard_count;
		shard->bucket_count = BUCKETS_FIRST;
		shard->buckets = calloc(shard->bucket_count, sizeof(Entry *));
		if (!shard->buckets) abort();
	}
	atomic_store_explicit(&cache->kinds[count], found, memory_order_release);
	atomic_store_explicit(&cache->kind_count, count + 1, memory_order_release);
	pthread_mutex_unlock(&cache->lock);
	return found;
}

static KindCache *kind_of(struct Cache *cache, const CacheKind *kind) {
	int count = atomic_load_explicit(&cache->kind_count, memory_order_acquire);
	for (int i = 0; i < count; i++) {
		KindCache *found = atomic_load_explicit(&cache->kinds[i], memory_order_acquire);
		if (found->kind == kind) return found;
	}
	return kind_add(cache, kind);
}

void cache_free(struct Cache *cache) {
	if (!cache) return;
	for (int k = 0; k < cache->kind_count; k++) {
		KindCache *kind = cache->kinds[k];
		for (int s = 0; s < kind->shard_count; s++) {
			Shard *shard = &kind->shards[s];
			for (Entry *entry = shard->newest, *next; entry; entry = next) {
				next = entry->older;
				entry_drop(entry);
			}
			free(shard->buckets);
			pthread_cond_destroy(&shard->loaded);
			pthread_mutex_destroy(&shard->lock);
		}
		free(kind);
	}
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* --- one shard (its lock is held) -------------------------------------------------------------------------------------- */
static void order_remove(Shard *shard, Entry *entry) {
	if (entry->newer)
		entry->newer->older = entry->older;
	else
		shard->newest = entry->older;
	if (entry->older)
		entry->older->newer = entry->newer;
	else
		shard->oldest = entry->newer;
	entry->newer = entry->older = NULL;
}

static void order_first(Shard *shard, Entry *entry) {
	entry->older = shard->newest;
	if (shard->newest)
		shard->newest->newer = entry;
	else
		shard->oldest = entry;
	shard->newest = entry;
}

static void shard_grow(Shard *shard) {
	size_t count = shard->bucket_count * 4;
	Entry **buckets = calloc(count, sizeof *buckets);
	if (!buckets) abort();
	for (Entry *entry = shard->newest; entry; entry = entry->older) {
		entry->chain = buckets[entry->hash & (count - 1)];
		buckets[entry->hash & (count - 1)] = entry;
	}
	free(shard->buckets);
	shard->buckets = buckets;
	shard->bucket_count = count;
}

static Entry *shard_find(Shard *shard, uint64_t hash, Text key) {
	for (Entry *entry = shard->buckets[hash & (shard->bucket_count - 1)]; entry; entry = entry->chain)
		if (entry->hash == hash && entry->key_len == key.len && memcmp(entry->key, key.at, key.len) == 0) return entry;
	return NULL;
}

static void shard_remove(Shard *shard, Entry *entry) {
	if (!entry->listed) return;
	Entry **at = &shard->buckets[entry->hash & (shard->bucket_count - 1)];
	while (*at != entry)
		at = &(*at)->chain;
	*at = entry->chain;
	order_remove(shard, entry);
	entry->listed = false;
	shard->count--;
	entry_drop(entry);
}

static Entry *shard_add(Shard *shard, uint64_t hash, Text key, int64_t generation) {
	for (Entry *old = shard->oldest, *newer; old && shard->count >= shard->max; old = newer) {
		newer = old->newer;
		if (!old->loading) shard_remove(shard, old);
	}
	if ((size_t)shard->count >= shard->bucket_count) shard_grow(shard);
	Entry *entry = calloc(1, sizeof *entry + key.len + 1);
	if (!entry) abort();
	*entry = (Entry){.shard = shard,
	                 .hash = hash,
	                 .generation = generation,
	                 .key_len = key.len,
	                 .refs = 2,
	                 .loading = true,
	                 .listed = true};
	memcpy(entry->key, key.at, key.len);
	entry->chain = shard->buckets[hash & (shard->bucket_count - 1)];
	shard->buckets[hash & (shard->bucket_count - 1)] = entry;
	order_first(shard, entry);
	shard->count++;
	return entry;
}

/* --- getting ---------------------------------------------------------------------------------------------------------- */
static void entry_release(void *object) {
	Entry *entry = object;
	Shard *shard = entry->shard;
	pthread_mutex_lock(&shard->lock);
	entry_drop(entry);
	pthread_mutex_unlock(&shard->lock);
}

static int entry_load(Request *rq, const CacheKind *kind, Entry *entry, Text key) {
	Arena *arena = arena_new();
	void *object = NULL;
	bool clean = rq->error->code == 0;
	int code = kind->load(rq, key, arena, &object);
	if (code == ERR_NOT_FOUND && clean) error_clear(rq->error);
	pthread_mutex_lock(&entry->shard->lock);
	entry->loading = false;
	entry->code = code > 0 ? 0 : code;
	entry->arena = arena;
	entry->object = object;
	if (code < 0 && code != ERR_NOT_FOUND) shard_remove(entry->shard, entry); /* the next one tries again */
	pthread_cond_broadcast(&entry->shard->loaded);
	pthread_mutex_unlock(&entry->shard->lock);
	return entry->code;
}

static void private_free(void *arena) {
	arena_free(arena);
}

/* What a write reads before it has written anything, at a generation that is known to be committed, is as good as what a reader
 * reads: whoever changes what is cached raises the generation in the same write. */
static bool write_reads_committed(const Request *rq) {
	return !db_wrote(rq->db) && rq->generation == app_generation(rq->app);
}

/* Otherwise what is read in a write may be rolled back: it is this request's alone. */
static int load_private(Request *rq, const CacheKind *kind, Text key, const void **object) {
	Arena *arena = arena_new();
	arena_on_free(rq->arena, private_free, arena);
	void *loaded = NULL;
	bool clean = rq->error->code == 0;
	int code = kind->load(rq, key, arena, &loaded);
	if (code == ERR_NOT_FOUND && clean) error_clear(rq->error);
	if (code < 0) return code;
	*object = loaded;
	return 0;
}

int cache_get(Request *rq, const CacheKind *kind, Text key, const void **object) {
	KindCache *cache = kind_of(rq->app->cache, kind);
	uint64_t hash = siphash64(rq->app->secret, key); /* keys may come from outside: keyed against crowded buckets */
	Shard *shard = &cache->shards[cache->shard_count == 1 ? 0 : hash >> 60];
	Entry *entry;
	pthread_mutex_lock(&shard->lock);
	for (;;) {
		entry = shard_find(shard, hash, key);
		if (!entry || rq->in_write || !entry->loading || !rq->db) break;
		pthread_cond_wait(&shard->loaded, &shard->lock);
	}
	bool current = entry && !entry->loading && entry->generation >= rq->generation;
	if (!current && !rq->db) {
		pthread_mutex_unlock(&shard->lock);
		return ERR_LEASE;
	}
	if (!current && rq->in_write && ((entry && entry->loading) || !write_reads_committed(rq))) {
		pthread_mutex_unlock(&shard->lock);
		return load_private(rq, kind, key, object);
	}
	if (current) {
		if (shard->newest != entry) {
			order_remove(shard, entry);
			order_first(shard, entry);
		}
		entry->refs++;
	} else {
		if (entry) shard_remove(shard, entry);
		entry = shard_add(shard, hash, key, rq->generation);
	}
	pthread_mutex_unlock(&shard->lock);
	arena_on_free(rq->arena, entry_release, entry);
	int code = current ? entry->code : entry_load(rq, kind, entry, key);
	if (code == 0) *object = entry->object;
	return code;
}
