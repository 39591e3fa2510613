/* The thread that reads a loaded table back. It has its own Request and connections; the job's thread hands it nothing but the
 * wish to stop. Lives from read_back_start to read_back_end or read_back_stop. */
#include "exchange/read_back.h"
#include <pthread.h>
#include <stdatomic.h>

enum { TELL_US = 200000 };

struct ReadBack {
	App *app;
	const Resource *resource; /* the job's; it outlives the thread */
	int generation;
	pthread_t thread;
	_Atomic bool stop, over;
	_Atomic int64_t done;
	int code;
	Error error;
	TableDigest digest;
};

static int step(Request *rq, void *arg, int64_t done, int64_t total) {
	ReadBack *back = arg;
	atomic_store(&back->done, done);
	return atomic_load(&back->stop) ? fail(rq, ERR_CANCELLED, "stopped") : 0;
}

static void *read_back_thread(void *arg) {
	ReadBack *back = arg;
	Request *rq = request_begin(back->app, "exchange.load");
	GenerationHooks hooks = {.step = step, .arg = back};
	back->code =
	    rq->db ? generation_read_back(rq, back->resource, back->generation, 0, &hooks, &back->digest) : rq->error->code;
	back->error = *rq->error;
	request_end(rq);
	atomic_store(&back->over, true);
	return NULL;
}

int read_back_start(Load *load, ReadBack **out) {
	ReadBack *back = ARENA_NEW(load->rq->arena, ReadBack);
	back->app = load->rq->app;
	back->resource = load->resource;
	back->generation = load->generation;
	if (pthread_create(&back->thread, NULL, read_back_thread, back) != 0)
		return fail(load->rq, ERR_BUSY, "no thread could be started for reading back");
	*out = back;
	return 0;
}

int read_back_end(Load *load, ReadBack *back, TableDigest *out) {
	int code = 0;
	while (code == 0 && !atomic_load(&back->over)) {
		code = job_progress(load->rq, load->job, "read_back", atomic_load(&back->done), -1);
		for (int i = 0; i < 20 && !atomic_load(&back->over); i++)
			clock_sleep_us(TELL_US / 20);
	}
	if (code < 0) {
		read_back_stop(back);
		return code;
	}
	pthread_join(back->thread, NULL);
	if (back->code < 0) {
		*load->rq->error = back->error;
		return back->code;
	}
	*out = back->digest;
	return 0;
}

void read_back_stop(ReadBack *back) {
	if (!back) return;
	atomic_store(&back->stop, true);
	pthread_join(back->thread, NULL);
}
