/* Arena: bump allocation over a chain of blocks. One owner, one thread, life of one unit of work.
 * With ARENA_DEBUG every allocation is its own malloc, so that a sanitizer sees overruns on both sides. */
#include "base/arena.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, FIRST_BLOCK = 16 << 10, BLOCK_MAX = 1 << 20 };

typedef struct Cleanup {
	ArenaCleanup run;
	void *object;
	struct Cleanup *next;
} Cleanup;

static void *must_alloc(size_t size) {
	void *p = malloc(size ? size : 1);
	if (!p) {
		fputs("level=error event=out_of_memory\n", stderr);
		abort();
	}
	return p;
}

#ifdef ARENA_DEBUG
struct Arena {
	void **blocks;
	size_t count, cap, used;
	Cleanup *cleanups;
};

static void *block_take(Arena *arena, size_t size) {
	if (arena->count == arena->cap) {
		arena->cap = arena->cap ? arena->cap * 2 : 64;
		arena->blocks = realloc(arena->blocks, arena->cap * sizeof *arena->blocks);
		if (!arena->blocks) abort();
	}
	return arena->blocks[arena->count++] = must_alloc(size);
}

static void blocks_drop(Arena *arena, bool all) {
	while (arena->count)
		free(arena->blocks[--arena->count]);
	if (all) free(arena->blocks);
}

Arena *arena_new(void) {
	Arena *arena = must_alloc(sizeof *arena);
	*arena = (Arena){0};
	return arena;
}

#else
typedef struct Block {
	struct Block *next;
	size_t cap;
	_Alignas(ALIGN) char bytes[];
} Block;

struct Arena {
	Block *blocks; /* newest first; the one being filled is blocks */
	size_t at;     /* bytes taken of blocks */
	size_t used;
	Cleanup *cleanups;
};

static Block *block_new(size_t cap, Block *next) {
	Block *block = must_alloc(sizeof *block + cap);
	block->next = next;
	block->cap = cap;
	return block;
}

static void *block_take(Arena *arena, size_t size) {
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	Block *top = arena->blocks;
	if (size <= top->cap - arena->at) {
		void *p = top->bytes + arena->at;
		arena->at += size;
		return p;
	}
	if (size > top->cap / 2 && top->cap - arena->at > 64) { /* a big one: its own block, behind the one being filled */
		top->next = block_new(size, top->next);
		return top->next->bytes;
	}
	size_t cap = top->cap < BLOCK_MAX ? top->cap * 2 : BLOCK_MAX;
	arena->blocks = block_new(cap < size ? size : cap, top);
	arena->at = size;
	return arena->blocks->bytes;
}

/* Unless all goes, the last block of the chain that has the first block's size stays for the next use. */
static void blocks_drop(Arena *arena, bool all) {
	Block *keep = NULL;
	for (Block *block = arena->blocks, *next; block; block = next) {
		next = block->next;
		if (!all && !keep && block->cap == FIRST_BLOCK)
			keep = block;
		else
			free(block);
	}
	if (keep) keep->next = NULL;
	arena->blocks = keep;
	arena->at = 0;
}

Arena *arena_new(void) {
	Arena *arena = must_alloc(sizeof *arena);
	*arena = (Arena){.blocks = block_new(FIRST_BLOCK, NULL)};
	return arena;
}
#endif

static void cleanups_run(Arena *arena) {
	while (arena->cleanups) {
		Cleanup cleanup = *arena->cleanups;
		arena->cleanups = cleanup.next;
		cleanup.run(cleanup.object);
	}
}

void arena_free(Arena *arena) {
	if (!arena) return;
	cleanups_run(arena);
	blocks_drop(arena, true);
	free(arena);
}

void arena_reset(Arena *arena) {
	cleanups_run(arena);
	blocks_drop(arena, false);
	arena->used = 0;
}

void *arena_alloc_raw(Arena *arena, size_t size) {
	if (size > PTRDIFF_MAX / 2) abort();
	arena->used += size;
	return block_take(arena, size);
}

void *arena_alloc(Arena *arena, size_t size) {
	return memset(arena_alloc_raw(arena, size), 0, size);
}

void arena_on_free(Arena *arena, ArenaCleanup cleanup, void *object) {
	Cleanup *node = arena_alloc_raw(arena, sizeof *node);
	*node = (Cleanup){cleanup, object, arena->cleanups};
	arena->cleanups = node;
}

char *arena_strndup(Arena *arena, const char *bytes, size_t length) {
	char *copy = arena_alloc_raw(arena, length + 1);
	if (length) memcpy(copy, bytes, length);
	copy[length] = 0;
	return copy;
}

char *arena_strdup(Arena *arena, const char *string) {
	return arena_strndup(arena, string, strlen(string));
}

char *arena_vprintf(Arena *arena, const char *format, va_list args) {
	char small[512];
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(small, sizeof small, format, args);
	if (length < 0) abort();
	char *out = arena_alloc_raw(arena, (size_t)length + 1);
	if ((size_t)length < sizeof small)
		memcpy(out, small, (size_t)length + 1);
	else
		vsnprintf(out, (size_t)length + 1, format, again);
	va_end(again);
	return out;
}

char *arena_printf(Arena *arena, const char *format, ...) {
	va_list args;
	va_start(args, format);
	char *out = arena_vprintf(arena, format, args);
	va_end(args);
	return out;
}

size_t arena_used(const Arena *arena) {
	return arena->used;
}
