/* Handover: a bounded queue of pointers between threads, for pipelines above the ground floors (which hold no locks of their
 * own). */
#ifndef YIWANG_BASE_HANDOVER_H
#define YIWANG_BASE_HANDOVER_H
#include "base/arena.h"

enum { HANDOVER_MAX = 64 };
typedef struct Handover Handover;
/* Lives in the arena; capacity 1..HANDOVER_MAX. No thread may be inside it when the arena goes. */
Handover *handover_new(Arena *arena, int capacity);
/* Waits for room. 0, or -1 when closed (the pointer stays the caller's). */
int handover_put(Handover *handover, void *item);
/* Waits for an item. 1 with it, 0 when closed and empty. */
int handover_take(Handover *handover, void **item);
/* Wakes everyone; puts fail from now on, takes drain what is there. May be called twice. */
void handover_close(Handover *handover);
#endif
