/* A ring under one mutex with two conditions; owned by the arena it was made in. */
#include "base/handover.h"
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>

struct Handover {
	pthread_mutex_t mutex;
	pthread_cond_t filled, emptied;
	void *items[HANDOVER_MAX];
	int capacity, first, count;
	bool closed;
};

static void handover_free(void *object) {
	Handover *handover = object;
	pthread_cond_destroy(&handover->filled);
	pthread_cond_destroy(&handover->emptied);
	pthread_mutex_destroy(&handover->mutex);
}

Handover *handover_new(Arena *arena, int capacity) {
	assert(capacity > 0 && capacity <= HANDOVER_MAX);
	Handover *handover = ARENA_NEW(arena, Handover);
	handover->capacity = capacity;
	pthread_mutex_init(&handover->mutex, NULL);
	pthread_cond_init(&handover->filled, NULL);
	pthread_cond_init(&handover->emptied, NULL);
	arena_on_free(arena, handover_free, handover);
	return handover;
}

int handover_put(Handover *handover, void *item) {
	pthread_mutex_lock(&handover->mutex);
	while (handover->count == handover->capacity && !handover->closed)
		pthread_cond_wait(&handover->emptied, &handover->mutex);
	bool closed = handover->closed;
	if (!closed) {
		handover->items[(handover->first + handover->count++) % handover->capacity] = item;
		pthread_cond_signal(&handover->filled);
	}
	pthread_mutex_unlock(&handover->mutex);
	return closed ? -1 : 0;
}

int handover_take(Handover *handover, void **item) {
	pthread_mutex_lock(&handover->mutex);
	while (handover->count == 0 && !handover->closed)
		pthread_cond_wait(&handover->filled, &handover->mutex);
	bool got = handover->count > 0;
	if (got) {
		*item = handover->items[handover->first];
		handover->first = (handover->first + 1) % handover->capacity;
		handover->count--;
		pthread_cond_signal(&handover->emptied);
	}
	pthread_mutex_unlock(&handover->mutex);
	return got;
}

void handover_close(Handover *handover) {
	pthread_mutex_lock(&handover->mutex);
	handover->closed = true;
	pthread_cond_broadcast(&handover->filled);
	pthread_cond_broadcast(&handover->emptied);
	pthread_mutex_unlock(&handover->mutex);
}
