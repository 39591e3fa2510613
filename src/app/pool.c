/* pool: a bounded queue and the workers that empty it. Any thread pushes; the server thread is never held. Workers are signalled
 * only when one sleeps, and take several calls at once where calls are short (docs/decisions/0001). */
#include "app/private.h"
#include <stdlib.h>

struct Pool {
	pthread_mutex_t lock;
	pthread_cond_t some;
	PoolItem *first, *last;
	int waiting, capacity, batch, sleeping, workers;
	bool stop;
	void (*run)(PoolItem *item);
	char name[16];
	pthread_t threads[64];
};

/* Up to `batch` items, but no more than a fair share: one slow call must not hold back others while a worker sleeps. */
static PoolItem *pool_take(Pool *pool) {
	pthread_mutex_lock(&pool->lock);
	while (pool->first == NULL && !pool->stop) {
		pool->sleeping++;
		pthread_cond_wait(&pool->some, &pool->lock);
		pool->sleeping--;
	}
	PoolItem *items = pool->first, *last = items;
	int share = pool->sleeping > 0 ? 1 : pool->batch, taken = items ? 1 : 0;
	for (; last != NULL && last->next != NULL && taken < share; taken++)
		last = last->next;
	if (items != NULL) {
		pool->first = last->next;
		if (pool->first == NULL) pool->last = NULL;
		last->next = NULL;
		pool->waiting -= taken;
	}
	pthread_mutex_unlock(&pool->lock);
	return items;
}

static void *pool_main(void *context) {
	Pool *pool = context;
	for (PoolItem *items; (items = pool_take(pool)) != NULL;)
		while (items != NULL) {
			PoolItem *next = items->next; /* run may free the item */
			pool->run(items);
			items = next;
		}
	return NULL;
}

Pool *pool_new(const char *name, int workers, int batch, int capacity, void (*run)(PoolItem *item)) {
	Pool *pool = calloc(1, sizeof *pool);
	if (pool == NULL) abort();
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->some, NULL);
	pool->capacity = capacity;
	pool->batch = batch;
	pool->run = run;
	pool->workers = workers < 64 ? workers : 64;
	strncpy(pool->name, name, sizeof pool->name - 1);
	for (int i = 0; i < pool->workers; i++) {
		if (pthread_create(&pool->threads[i], NULL, pool_main, pool) != 0) abort();
		pthread_setname_np(pool->threads[i], pool->name);
	}
	return pool;
}

bool pool_push(Pool *pool, PoolItem *item) {
	item->next = NULL;
	pthread_mutex_lock(&pool->lock);
	bool room = pool->waiting < pool->capacity && !pool->stop;
	if (room) {
		if (pool->last != NULL)
			pool->last->next = item;
		else
			pool->first = item;
		pool->last = item;
		pool->waiting++;
	}
	bool wake = room && pool->sleeping > 0;
	pthread_mutex_unlock(&pool->lock);
	if (wake) pthread_cond_signal(&pool->some);
	return room;
}

int pool_waiting(Pool *pool) {
	pthread_mutex_lock(&pool->lock);
	int waiting = pool->waiting;
	pthread_mutex_unlock(&pool->lock);
	return waiting;
}

void pool_free(Pool *pool) {
	if (pool == NULL) return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_mutex_unlock(&pool->lock);
	pthread_cond_broadcast(&pool->some);
	for (int i = 0; i < pool->workers; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->some);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
