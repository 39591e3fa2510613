/* sift: rows of both sides are thrown into parts by the first bits of their key's digest, in files; part by part both sides are
 * sorted and walked together. What is in memory is one part, mapped from its files. One thread. */
#include "compare/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PARTS = 32, PART_BUFFER = 1 << 16 };
typedef struct Row { /* in the files one after another, marks[field_count] each */
	uint64_t key[2];
	int64_t record_id;
	uint64_t marks[];
} Row;
struct Sift {
	Request *rq;
	FILE *files[SIDES][PARTS];
	size_t width;
	int field_count;
	Row *row;
};

const char *const difference_kind_names[] = {
#define X(name, text) text,
    DIFFERENCE_KINDS(X)
#undef X
};

static void files_close(void *context) {
	Sift *sift = context;
	for (int side = 0; side < SIDES; side++)
		for (int i = 0; i < PARTS; i++)
			if (sift->files[side][i]) fclose(sift->files[side][i]);
}

static int written(Sift *sift) {
	return fail(sift->rq, errno == ENOSPC ? ERR_FULL : ERR_IO, "The rows to compare could not be put down: %s",
	            strerror(errno));
}

int sift_new(Request *rq, int field_count, Sift **out) {
	Sift *sift = *out = ARENA_NEW(rq->arena, Sift);
	*sift = (Sift){.rq = rq, .field_count = field_count, .width = sizeof(Row) + (size_t)field_count * sizeof(uint64_t)};
	sift->row = arena_alloc(rq->arena, sift->width);
	arena_on_free(rq->arena, files_close, sift);
	for (int side = 0; side < SIDES; side++)
		for (int i = 0; i < PARTS; i++) {
			char *path = app_path(rq->arena, rq->app,
			                      arena_printf(rq->arena, "spool/compare-%lld", (long long)store_new_id(rq->store)));
			int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
			if (fd < 0) return written(sift);
			unlink(path); /* a killed run leaves nothing behind */
			if (!(sift->files[side][i] = fdopen(fd, "w+"))) {
				close(fd);
				return written(sift);
			}
			setvbuf(sift->files[side][i], NULL, _IOFBF, PART_BUFFER);
		}
	return 0;
}

int sift_put(Sift *sift, int side, const uint64_t key[2], int64_t record_id, const uint64_t *marks) {
	Row *row = sift->row;
	memcpy(row->key, key, sizeof row->key);
	row->record_id = record_id;
	memcpy(row->marks, marks, (size_t)sift->field_count * sizeof *marks);
	return fwrite(row, sift->width, 1, sift->files[side][key[0] >> 59]) == 1 ? 0 : written(sift);
}

/* --- one part -------------------------------------------------------------------------------------------------------------- */
typedef struct Part {
	char *at;
	size_t bytes, width, next, count;
} Part;

static int key_cmp(const Row *a, const Row *b) {
	for (int i = 0; i < 2; i++)
		if (a->key[i] != b->key[i]) return a->key[i] < b->key[i] ? -1 : 1;
	return 0;
}

static int row_cmp(const void *a, const void *b) {
	const Row *left = a, *right = b;
	int order = key_cmp(left, right);
	return order ? order : left->record_id < right->record_id ? -1 : left->record_id > right->record_id;
}

static int part_open(Sift *sift, int side, int number, Part *part) {
	FILE *file = sift->files[side][number];
	*part = (Part){.width = sift->width};
	if (fflush(file) != 0) return written(sift);
	off_t size = ftello(file);
	part->bytes = (size_t)size;
	part->count = part->bytes / part->width;
	if (!part->bytes) return 0;
	part->at = mmap(NULL, part->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
	if (part->at == MAP_FAILED) {
		part->at = NULL;
		return written(sift);
	}
	qsort(part->at, part->count, part->width, row_cmp);
	return 0;
}

static void part_close(Sift *sift, int side, int number, Part *part) {
	if (part->at) munmap(part->at, part->bytes);
	fclose(sift->files[side][number]); /* and its room on the disk is free */
	sift->files[side][number] = NULL;
}

static const Row *part_row(const Part *part) {
	return part->next < part->count ? (const Row *)(part->at + part->next * part->width) : NULL;
}

/* Steps over the rows of one key: how many. */
static int64_t part_pass(Part *part, const Row *key) {
	int64_t count = 0;
	for (const Row *row; (row = part_row(part)) && key_cmp(row, key) == 0; part->next++)
		count++;
	return count;
}

/* Fields that differ; 0: the same. */
static int64_t row_differs(const Sift *sift, const Row *left, const Row *right, SiftCounts *counts) {
	int64_t differ = 0;
	for (int i = 0; i < sift->field_count; i++) {
		if (left->marks[i] == right->marks[i]) continue;
		differ |= INT64_C(1) << i;
		counts->fields[i]++;
	}
	return differ;
}

static int key_next(Sift *sift, Part parts[SIDES], SiftCounts *counts, const SiftHooks *hooks) {
	const Row *left = part_row(&parts[LEFT]), *right = part_row(&parts[RIGHT]);
	int order = !left ? 1 : !right ? -1 : key_cmp(left, right);
	if (order < 0) right = NULL;
	if (order > 0) left = NULL;
	const Row *key = left ? left : right;
	Difference one = {.key = {key->key[0], key->key[1]},
	                  .records = {left ? left->record_id : 0, right ? right->record_id : 0}};
	for (int side = 0; side < SIDES; side++)
		one.rows[side] = part_pass(&parts[side], key);
	if (one.rows[LEFT] > 1 || one.rows[RIGHT] > 1)
		one.kind = KIND_REPEATED;
	else if (!right)
		one.kind = KIND_ONLY_LEFT;
	else if (!left)
		one.kind = KIND_ONLY_RIGHT;
	else if ((one.fields = row_differs(sift, left, right, counts)))
		one.kind = KIND_DIFFER;
	else {
		counts->same++;
		return 0;
	}
	counts->kinds[one.kind]++;
	return hooks->difference(hooks->arg, &one);
}

int sift_merge(Sift *sift, SiftCounts *counts, const SiftHooks *hooks) {
	int code = 0;
	for (int i = 0; i < PARTS && code == 0; i++) {
		Part parts[SIDES] = {0};
		code = part_open(sift, LEFT, i, &parts[LEFT]);
		if (code == 0) code = part_open(sift, RIGHT, i, &parts[RIGHT]);
		while (code == 0 && (part_row(&parts[LEFT]) || part_row(&parts[RIGHT])))
			code = key_next(sift, parts, counts, hooks);
		part_close(sift, LEFT, i, &parts[LEFT]);
		part_close(sift, RIGHT, i, &parts[RIGHT]);
		if (code == 0) code = hooks->step(hooks->arg, i + 1, PARTS);
	}
	return code;
}
