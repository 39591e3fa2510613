/* Arena: all scratch of one unit of work; freed at once, with cleanups run in reverse order.
 * Owner: the Request (or a test). Not shared between threads. Sanitizer builds malloc each block. */
#ifndef YIWANG_BASE_ARENA_H
#define YIWANG_BASE_ARENA_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Arena Arena;
typedef void (*ArenaCleanup)(void *object);

/* A new empty arena. Out of memory aborts the process (as every allocation in base does). */
Arena *arena_new(void);
/* Runs the cleanups in reverse order, then frees every block and the arena itself. NULL is allowed. */
void arena_free(Arena *arena);
/* As arena_free, but keeps the arena (and its first block) for the next use. */
void arena_reset(Arena *arena);
/* size bytes, 16-aligned, zeroed. Never NULL; size 0 gives a valid pointer. */
void *arena_alloc(Arena *arena, size_t size);
/* size bytes, 16-aligned, not zeroed. */
void *arena_alloc_raw(Arena *arena, size_t size);
/* Calls cleanup(object) when the arena is freed or reset. */
void arena_on_free(Arena *arena, ArenaCleanup cleanup, void *object);
/* NUL-terminated copies in the arena. */
char *arena_strdup(Arena *arena, const char *string);
char *arena_strndup(Arena *arena, const char *bytes, size_t length);
char *arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *arena, const char *format, va_list args);
/* Bytes handed out since the last reset: for tests and limits. */
size_t arena_used(const Arena *arena);

#define ARENA_NEW(arena, Type) ((Type *)arena_alloc((arena), sizeof(Type)))
#define ARENA_ARRAY(arena, Type, count) ((Type *)arena_alloc((arena), sizeof(Type) * (size_t)(count)))
#endif
