#include "base/handover.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { ITEMS = 20000 };

static void *producer(void *arg) {
	for (intptr_t i = 1; i <= ITEMS; i++)
		if (handover_put(arg, (void *)i) != 0) return NULL;
	handover_close(arg);
	return NULL;
}

static void test_order_and_end(void **state) {
	Arena *arena = arena_new();
	Handover *handover = handover_new(arena, 3);
	pthread_t thread;
	void *item;
	intptr_t expected = 1;
	pthread_create(&thread, NULL, producer, handover);
	while (handover_take(handover, &item))
		assert_int_equal((intptr_t)item, expected++);
	assert_int_equal(expected, ITEMS + 1);
	pthread_join(thread, NULL);
	assert_int_equal(handover_put(handover, &item), -1);
	arena_free(arena);
}

static void test_close_frees_a_waiting_producer(void **state) {
	Arena *arena = arena_new();
	Handover *handover = handover_new(arena, 1);
	pthread_t thread;
	void *item;
	pthread_create(&thread, NULL, producer, handover);
	assert_int_equal(handover_take(handover, &item), 1);
	handover_close(handover);
	pthread_join(thread, NULL);
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order_and_end),
	    cmocka_unit_test(test_close_frees_a_waiting_producer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
