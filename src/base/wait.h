/* Waiting on a condition until a monotonic time (clock_monotonic_us), whatever the wall clock does. */
#ifndef YIWANG_BASE_WAIT_H
#define YIWANG_BASE_WAIT_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

void cond_init_monotonic(pthread_cond_t *cond);
/* False when the time has passed. The mutex is held; cond was made by cond_init_monotonic. */
bool cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t monotonic_us);
#endif
