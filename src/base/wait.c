/* Conditions on the monotonic clock. */
#include "base/wait.h"
#include <errno.h>
#include <time.h>

void cond_init_monotonic(pthread_cond_t *cond) {
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
}

bool cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t monotonic_us) {
	struct timespec until = {.tv_sec = monotonic_us / 1000000, .tv_nsec = monotonic_us % 1000000 * 1000};
	return pthread_cond_timedwait(cond, mutex, &until) != ETIMEDOUT;
}
