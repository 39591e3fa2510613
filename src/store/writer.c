/* writer: the queue of writes and what both engines' writer threads share.
 * Thread: anyone queues; the writer threads take. Lifetime: the Store's. */
#include "store/store_parts.h"
#include <stdlib.h>

typedef void *(*WriterLoop)(void *writer_db);

int writer_start(Store *store, Error *error) {
	WriterLoop loop = store->kind == STORE_SQLITE ? sqlite_writer_loop : postgres_writer_loop;
	store->queue.bulk_limit = store->writer_count > 1 ? store->writer_count - 1 : 1;
	store->writer_threads = calloc((size_t)store->writer_count, sizeof *store->writer_threads);
	if (!store->writer_threads) abort();
	for (int i = 0; i < store->writer_count; i++)
		if (pthread_create(&store->writer_threads[i], NULL, loop, &store->writers[i]) != 0) abort();
	return 0;
}

void writer_stop(Store *store) {
	if (!store->writer_threads) return;
	pthread_mutex_lock(&store->queue.mutex);
	store->queue.stopping = true;
	pthread_cond_broadcast(&store->queue.wake);
	pthread_mutex_unlock(&store->queue.mutex);
	for (int i = 0; i < store->writer_count; i++)
		pthread_join(store->writer_threads[i], NULL);
}

int store_write_async(Store *store, WriteTask *task) {
	WriteQueue *queue = &store->queue;
	task->next = NULL;
	pthread_mutex_lock(&queue->mutex);
	bool refused = queue->waiting >= queue->limit || queue->stopping;
	if (!refused) {
		WriteTask **last = task->bulk ? &queue->bulk_last : &queue->last;
		WriteTask **first = task->bulk ? &queue->bulk_first : &queue->first;
		if (*last)
			(*last)->next = task;
		else
			*first = task;
		*last = task;
		queue->waiting++;
		pthread_cond_signal(&queue->wake);
	}
	pthread_mutex_unlock(&queue->mutex);
	if (!refused) return 0;
	return error_set(task->error, ERR_BUSY, "%d writes are waiting already; try again shortly", queue->limit);
}

static WriteTask *shift(WriteTask **first, WriteTask **last) {
	WriteTask *task = *first;
	*first = task->next;
	if (!*first) *last = NULL;
	task->next = NULL;
	return task;
}

WriteTask *writer_take(Store *store, bool wait, bool allow_bulk) {
	WriteQueue *queue = &store->queue;
	WriteTask *task = NULL;
	pthread_mutex_lock(&queue->mutex);
	for (;;) {
		if (queue->first)
			task = shift(&queue->first, &queue->last);
		else if (allow_bulk && queue->bulk_first && queue->bulk_running < queue->bulk_limit) {
			task = shift(&queue->bulk_first, &queue->bulk_last);
			queue->bulk_running++;
		}
		if (task || !wait || (queue->stopping && !queue->bulk_first)) break;
		pthread_cond_wait(&queue->wake, &queue->mutex);
	}
	if (task) queue->waiting--;
	pthread_mutex_unlock(&queue->mutex);
	return task;
}

WriteTask *writer_take_share(Store *store) {
	WriteQueue *queue = &store->queue;
	WriteTask *first = writer_take(store, true, true), *last = first;
	if (!first || first->bulk) return first;
	pthread_mutex_lock(&queue->mutex);
	int share = queue->waiting / store->writer_count;
	if (share > WRITE_GROUP_MAX - 1) share = WRITE_GROUP_MAX - 1;
	for (; share > 0 && queue->first; share--, queue->waiting--)
		last = last->next = shift(&queue->first, &queue->last);
	pthread_mutex_unlock(&queue->mutex);
	return first;
}

void writer_bulk_done(Store *store) {
	pthread_mutex_lock(&store->queue.mutex);
	store->queue.bulk_running--;
	pthread_cond_broadcast(&store->queue.wake);
	pthread_mutex_unlock(&store->queue.mutex);
}

/* --- waiting for one write ------------------------------------------------------------------------------------------ */
typedef struct Waiter {
	pthread_mutex_t mutex;
	pthread_cond_t finished;
	bool over;
	int result;
	WriteFn run;
	void *arg;
} Waiter;

static int waiter_run(Db *db, void *arg) {
	Waiter *waiter = arg;
	return waiter->run(db, waiter->arg);
}

static void waiter_done(void *arg, int result) {
	Waiter *waiter = arg;
	pthread_mutex_lock(&waiter->mutex);
	waiter->result = result;
	waiter->over = true;
	pthread_cond_signal(&waiter->finished);
	pthread_mutex_unlock(&waiter->mutex);
}

int store_write(Store *store, WriteFn run, void *arg, bool bulk, Error *error) {
	Waiter waiter = {.run = run, .arg = arg};
	WriteTask task = {.run = waiter_run, .done = waiter_done, .arg = &waiter, .error = error, .bulk = bulk};
	pthread_mutex_init(&waiter.mutex, NULL);
	pthread_cond_init(&waiter.finished, NULL);
	int code = store_write_async(store, &task);
	if (code == 0) {
		pthread_mutex_lock(&waiter.mutex);
		while (!waiter.over)
			pthread_cond_wait(&waiter.finished, &waiter.mutex);
		pthread_mutex_unlock(&waiter.mutex);
		code = waiter.result;
	}
	pthread_cond_destroy(&waiter.finished);
	pthread_mutex_destroy(&waiter.mutex);
	return code;
}

void db_after_commit(Db *db, void (*fn)(void *arg), void *arg) {
	for (int i = 0; db->in_write && i < db->after_count; i++)
		if (db->after[i].fn == fn && db->after[i].arg == arg) return;
	if (!db->in_write || db->after_count == AFTER_MAX) {
		db_fail(db, ERR_INTERNAL,
		        db->in_write ? "more than %d db_after_commit calls in one write" : "db_after_commit outside a write",
		        AFTER_MAX);
		return;
	}
	db->after[db->after_count++] = (AfterCommit){fn, arg};
}

void after_keep(AfterGroup *group, const Db *db) {
	size_t needed = group->count + (size_t)db->after_count;
	if (needed > group->cap) {
		group->cap = needed * 2;
		group->items = realloc(group->items, group->cap * sizeof *group->items);
		if (!group->items) abort();
	}
	for (int i = 0; i < db->after_count; i++)
		group->items[group->count++] = db->after[i];
	group->fed |= db->fed;
}

void after_end(AfterGroup *group, bool kept) {
	for (size_t i = 0; i < group->count && kept; i++)
		group->items[i].fn(group->items[i].arg);
	free(group->items);
	group->items = NULL;
}
