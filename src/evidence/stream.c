/* One chain in files (see stream.h): open, recover, append, sync.
 * Threads: append and sync from any; the object lives as long as its owner (the running program, or a test) keeps it open. */
#include "evidence/stream.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = "YWEVSEG1";

static int io_error(Error *error, const char *what, const char *path) {
	int code = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
	return error_set(error, code, "evidence: cannot %s %s: %s", what, path, strerror(errno));
}

static void sync_directory(const char *path) {
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

void segment_path(const Stream *stream, uint64_t first_seq, char out[PATH_LEN_MAX]) {
	snprintf(out, PATH_LEN_MAX, "%.*s/%012llu.seg", PATH_LEN_MAX - 32, stream->dir, (unsigned long long)first_seq);
}

/* --- frames and blocks ----------------------------------------------------------------------------------------------- */

int frame_next(const uint8_t **at, const uint8_t *end, Text *body, const uint8_t **hash) {
	const uint8_t *frame = *at;
	if (end - frame < 4) return 0;
	uint32_t length = load_be32(frame);
	if (length == 0) return 0;
	if (length < BODY_MIN || length > BODY_MAX || (size_t)(end - frame) < length + FRAME_EXTRA) return -1;
	*body = (Text){(const char *)frame + 4, length};
	*hash = frame + 4 + length;
	*at = frame + length + FRAME_EXTRA;
	return 1;
}

static uint64_t mask_bit(Text text) {
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a: a search aid, not a safeguard */
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (uint8_t)text.at[i]) * UINT64_C(0x100000001b3);
	return UINT64_C(1) << (hash >> 58);
}

uint64_t block_text_bit(Text text) {
	return mask_bit(text);
}

uint64_t block_id_bit(int64_t id) {
	return mask_bit((Text){(const char *)&id, sizeof id});
}

void block_add(Buf *blocks, Segment *segment, const EntryView *view, uint32_t offset, uint32_t frame_length) {
	Block *block = blocks->len ? (Block *)(blocks->at + blocks->len) - 1 : NULL;
	if (!block || block->count == BLOCK_ENTRIES) {
		Block fresh = {.first_seq = view->seq, .offset = offset, .min_at = INT64_MAX, .max_at = INT64_MIN};
		buf_add(blocks, &fresh, sizeof fresh);
		block = (Block *)(blocks->at + blocks->len) - 1;
	}
	if (segment->count == 0) {
		segment->min_at = INT64_MAX;
		segment->max_at = INT64_MIN;
	}
	block->count++;
	segment->count++;
	segment->bytes += frame_length;
	block->actors |= mask_bit(view->actor);
	block->actions |= mask_bit(view->action);
	block->resources |= block_id_bit(view->resource_id);
	if (view->at_us < block->min_at) block->min_at = view->at_us;
	if (view->at_us > block->max_at) block->max_at = view->at_us;
	if (view->at_us < segment->min_at) segment->min_at = view->at_us;
	if (view->at_us > segment->max_at) segment->max_at = view->at_us;
}

/* --- segments -------------------------------------------------------------------------------------------------------- */

static void fill_header(const Stream *stream, uint64_t first_seq, const Digest *before, uint8_t out[SEGMENT_HEADER]) {
	memset(out, 0, SEGMENT_HEADER);
	memcpy(out, magic, 8);
	store_be64(out + 8, first_seq);
	memcpy(out + 16, before->bytes, DIGEST_LEN);
	memcpy(out + 48, stream->name, strlen(stream->name));
}

static bool header_right(const Stream *stream, uint64_t first_seq, const uint8_t *header) {
	char name[STREAM_NAME_MAX];
	memcpy(name, header + 48, sizeof name);
	name[sizeof name - 1] = 0;
	return memcmp(header, magic, 8) == 0 && load_be64(header + 8) == first_seq && strcmp(name, stream->name) == 0;
}

/* Maps the open last segment, giving it its full size: posix_fallocate makes a full disk an error here and not a SIGBUS later. */
static int map_segment(Stream *stream, int fd, const char *path, Error *error) {
	int failed = posix_fallocate(fd, 0, SEGMENT_SIZE);
	if (failed) {
		errno = failed;
		return io_error(error, "reserve 16 MiB for", path);
	}
	void *map = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) return io_error(error, "map", path);
	stream->fd = fd;
	stream->map = map;
	stream->dropped = 0;
	return 0;
}

/* A new last segment after the current head. The header is on disk, under its final name, before the first entry goes in. */
static int create_segment(Stream *stream, Error *error) {
	char path[PATH_LEN_MAX];
	uint64_t first_seq = stream->head.count + 1;
	segment_path(stream, first_seq, path);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) return io_error(error, "create", path);
	uint8_t header[SEGMENT_HEADER];
	fill_header(stream, first_seq, &stream->head.hash, header);
	int code = map_segment(stream, fd, path, error);
	if (code == 0 && (pwrite(fd, header, sizeof header, 0) != (ssize_t)sizeof header || fsync(fd) != 0))
		code = io_error(error, "write", path);
	if (code) {
		if (stream->fd == fd) munmap(stream->map, SEGMENT_SIZE);
		unlink(path);
		close(fd);
		stream->fd = -1;
		stream->map = NULL;
		return code;
	}
	sync_directory(stream->dir);
	stream->used = SEGMENT_HEADER;
	stream->active = (Segment){.first_seq = first_seq, .bytes = SEGMENT_HEADER};
	buf_reset(&stream->active_blocks);
	return 0;
}

static void close_active(Stream *stream) {
	if (stream->map) munmap(stream->map, SEGMENT_SIZE);
	if (stream->fd >= 0) close(stream->fd);
	stream->map = NULL;
	stream->fd = -1;
}

/* The last segment is full: on disk, indexed, then a new one; only then cut to its length, since its map is used until that. */
static int roll(Stream *stream) {
	Error ignored = {0};
	if (fdatasync(stream->fd) != 0) {
		stream->failed = true;
		return ERR_IO;
	}
	stream->synced = stream->head;
	stream_write_index(stream, &stream->active, &stream->active_blocks, &stream->head);
	Segment done = stream->active;
	int fd = stream->fd;
	uint8_t *map = stream->map;
	size_t used = stream->used;
	int code = create_segment(stream, &ignored);
	if (code) { /* stays on the full one, so that a later try can go on when there is room again */
		stream->fd = fd;
		stream->map = map;
		return code;
	}
	munmap(map, SEGMENT_SIZE);
	if (ftruncate(fd, (off_t)used) != 0)
		log_warn("event=evidence_cut_failed stream=%s error=%s", stream->name,
		         strerror(errno)); /* zeros stay: harmless */
	close(fd);
	buf_add(&stream->segments, &done, sizeof done);
	return 0;
}

/* --- appending ------------------------------------------------------------------------------------------------------- */

static int append_locked(Stream *stream, uint8_t *body, size_t length, int64_t origin) {
	if (stream->failed) return ERR_IO;
	if (stream->used + length + FRAME_EXTRA > SEGMENT_SIZE) {
		int code = roll(stream);
		if (code) return code;
	}
	uint64_t seq = stream->head.count + 1;
	entry_number(body, seq, origin);
	EntryView view;
	if (entry_decode((Text){(char *)body, length}, &view) != 0) return ERR_INVALID;
	uint8_t *frame = stream->map + stream->used;
	Digest hash;
	digest_sha256_pair((Text){(char *)stream->head.hash.bytes, DIGEST_LEN}, (Text){(char *)body, length}, &hash);
	memcpy(frame + 4, body, length);
	memcpy(frame + 4 + length, hash.bytes, DIGEST_LEN);
	/* the length goes in last: a kill between leaves no frame, not half a frame */
	atomic_signal_fence(memory_order_release);
	store_be32(frame, (uint32_t)length);
	block_add(&stream->active_blocks, &stream->active, &view, (uint32_t)stream->used, (uint32_t)(length + FRAME_EXTRA));
	stream->used += length + FRAME_EXTRA;
	stream->head = (Head){seq, hash, view.at_us};
	stream->recent[seq % RECENT_MAX] = origin;
	return 0;
}

int stream_append(Stream *stream, uint8_t *body, size_t length, int64_t origin) {
	if (length < BODY_MIN || length > BODY_MAX) return ERR_INVALID;
	pthread_mutex_lock(&stream->lock);
	int code = append_locked(stream, body, length, origin);
	pthread_mutex_unlock(&stream->lock);
	return code;
}

int stream_sync(Stream *stream, Head *head) {
	pthread_mutex_lock(&stream->sync_lock);
	pthread_mutex_lock(&stream->lock);
	Head now = stream->head;
	size_t used = stream->used;
	bool needed = now.count != stream->synced.count && !stream->failed;
	bool failed = stream->failed;
	/* a roll may close fd while the sync runs: sync a duplicate (the roll itself syncs what it closes) */
	int fd = needed ? fcntl(stream->fd, F_DUPFD_CLOEXEC, 0) : -1;
	uint64_t segment = stream->active.first_seq;
	pthread_mutex_unlock(&stream->lock);
	if (needed) failed = fd < 0 || fdatasync(fd) != 0;
	if (fd >= 0) close(fd);
	pthread_mutex_lock(&stream->lock);
	if (failed) {
		stream->failed = true; /* after a failed sync the kernel may drop the pages: nothing later could be trusted */
	} else if (needed && now.count > stream->synced.count) {
		stream->synced = now;
		size_t whole = used & ~(size_t)0xffff;
		if (segment == stream->active.first_seq && whole > stream->dropped + (1 << 20)) {
			/* written pages need no place in this process's memory */
			madvise(stream->map + stream->dropped, whole - stream->dropped, MADV_DONTNEED);
			stream->dropped = whole;
		}
	}
	if (head && !failed) *head = stream->synced;
	pthread_mutex_unlock(&stream->lock);
	pthread_mutex_unlock(&stream->sync_lock);
	return failed ? ERR_IO : 0;
}

Head stream_head(Stream *stream) {
	pthread_mutex_lock(&stream->lock);
	Head head = stream->head;
	pthread_mutex_unlock(&stream->lock);
	return head;
}

bool stream_has_origin(Stream *stream, int64_t origin) {
	for (int i = 0; i < RECENT_MAX; i++)
		if (stream->recent[i] == origin) return true;
	return false;
}

const char *stream_name(const Stream *stream) {
	return stream->name;
}

/* --- opening and recovery -------------------------------------------------------------------------------------------- */

static int compare_seq(const void *a, const void *b) {
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* First sequence numbers of the segment files, ascending, into out (of uint64_t). */
int stream_list(const Stream *stream, Buf *out, Error *error) {
	DIR *directory = opendir(stream->dir);
	if (!directory) return io_error(error, "open", stream->dir);
	struct dirent *item;
	while ((item = readdir(directory))) {
		int64_t number;
		Text name = text_of(item->d_name);
		if (name.len != 16 || !text_ends(name, TEXT(".seg")) || text_to_int((Text){name.at, 12}, &number) != 0) continue;
		uint64_t first_seq = (uint64_t)number;
		buf_add(out, &first_seq, sizeof first_seq);
	}
	closedir(directory);
	if (out->len) qsort(out->at, out->len / 8, 8, compare_seq);
	return 0;
}

/* Copies [from, end) of the mapped segment to <segment>.torn[-n], syncs it, and clears it in the segment. */
static int keep_torn(Stream *stream, size_t from, size_t end, Recovery *recovery, Error *error) {
	char path[PATH_LEN_MAX], segment[PATH_LEN_MAX];
	segment_path(stream, stream->active.first_seq, segment);
	int fd = -1;
	for (int i = 0; i < 1000 && fd < 0; i++) {
		snprintf(path, sizeof path, "%.*s-%zu-%d.torn", PATH_LEN_MAX - 48, segment, from, i);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST) break;
	}
	if (fd < 0) return io_error(error, "create", path);
	bool whole = write(fd, stream->map + from, end - from) == (ssize_t)(end - from) && fsync(fd) == 0;
	close(fd);
	if (!whole) return io_error(error, "write", path);
	sync_directory(stream->dir);
	memset(stream->map + from, 0, end - from);
	if (msync(stream->map, SEGMENT_SIZE, MS_SYNC) != 0) return io_error(error, "sync", segment);
	recovery->torn_bytes += (int64_t)(end - from);
	snprintf(recovery->torn_file, sizeof recovery->torn_file, "%s", path);
	return 0;
}

/* Whether a whole frame at `at` follows from the hash `before`: after a bad entry it tells altered bytes from a torn tail, since
 * a cut write leaves nothing right behind it. */
static bool frame_follows(const uint8_t *at, const uint8_t *end, const uint8_t *before) {
	Text body;
	const uint8_t *hash;
	Digest computed;
	if (frame_next(&at, end, &body, &hash) != 1) return false;
	digest_sha256_pair((Text){(const char *)before, DIGEST_LEN}, body, &computed);
	return memcmp(computed.bytes, hash, DIGEST_LEN) == 0;
}

/* Walks the last segment's frames, checking the chain: sets used, head, the blocks, the recent origins. */
static void scan_active(Stream *stream, Recovery *recovery) {
	const uint8_t *end = stream->map + SEGMENT_SIZE, *at = stream->map + SEGMENT_HEADER;
	memcpy(stream->head.hash.bytes, stream->map + 16, DIGEST_LEN);
	stream->head.count = stream->active.first_seq - 1;
	stream->active.bytes = SEGMENT_HEADER;
	for (;;) {
		const uint8_t *frame = at, *hash;
		Text body;
		if (frame_next(&at, end, &body, &hash) != 1) break;
		Digest computed;
		EntryView view;
		digest_sha256_pair((Text){(char *)stream->head.hash.bytes, DIGEST_LEN}, body, &computed);
		bool right = memcmp(computed.bytes, hash, DIGEST_LEN) == 0;
		if (!right && !frame_follows(at, end, hash)) break;
		if (!right && recovery->altered_seq == 0) recovery->altered_seq = stream->head.count + 1;
		entry_glance(body, &view);
		stream->head.count++;
		stream->head.at_us = view.at_us;
		view.seq = stream->head.count;
		memcpy(stream->head.hash.bytes, hash, DIGEST_LEN);
		block_add(&stream->active_blocks, &stream->active, &view, (uint32_t)(frame - stream->map),
		          (uint32_t)(at - frame));
		stream->recent[stream->head.count % RECENT_MAX] = view.origin;
		stream->used = (size_t)(at - stream->map);
	}
}

static int recover_tail(Stream *stream, Recovery *recovery, Error *error) {
	size_t end = SEGMENT_SIZE;
	while (end > stream->used && stream->map[end - 1] == 0)
		end--;
	return end > stream->used ? keep_torn(stream, stream->used, end, recovery, error) : 0;
}

/* The last file's header is wrong: it was cut while being made. It is put aside, and the stream goes on after the one before. */
static int drop_unborn(Stream *stream, uint64_t first_seq, Recovery *recovery, Error *error) {
	char path[PATH_LEN_MAX], aside[PATH_LEN_MAX];
	segment_path(stream, first_seq, path);
	snprintf(aside, sizeof aside, "%.*s-%lld.torn", PATH_LEN_MAX - 48, path, (long long)clock_now_us());
	if (rename(path, aside) != 0) return io_error(error, "rename", path);
	recovery->torn_bytes += SEGMENT_HEADER;
	snprintf(recovery->torn_file, sizeof recovery->torn_file, "%s", aside);
	return 0;
}

static int open_last(Stream *stream, uint64_t first_seq, Recovery *recovery, Error *error) {
	char path[PATH_LEN_MAX];
	segment_path(stream, first_seq, path);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) return io_error(error, "open", path);
	uint8_t header[SEGMENT_HEADER] = {0};
	if (pread(fd, header, sizeof header, 0) < 0 || !header_right(stream, first_seq, header)) {
		close(fd);
		int code = drop_unborn(stream, first_seq, recovery, error);
		return code ? code : create_segment(stream, error);
	}
	stream->active = (Segment){.first_seq = first_seq};
	stream->used = SEGMENT_HEADER;
	int code = map_segment(stream, fd, path, error);
	if (code) {
		close(fd);
		return code;
	}
	scan_active(stream, recovery);
	code = recover_tail(stream, recovery, error);
	madvise(stream->map, SEGMENT_SIZE, MADV_DONTNEED); /* the scan touched all of it */
	if (fdatasync(stream->fd) != 0) code = io_error(error, "sync", path);
	return code;
}

static int open_segments(Stream *stream, Recovery *recovery, Error *error) {
	Buf list = {0};
	int code = stream_list(stream, &list, error);
	size_t count = list.len / 8;
	const uint64_t *first = (const uint64_t *)list.at;
	stream_genesis(stream->name, &stream->head.hash);
	for (size_t i = 0; code == 0 && i + 1 < count; i++) {
		Segment segment;
		/* the head matters only when the last segment turns out never to have been born */
		code = stream_load_segment(stream, first[i], &segment, &stream->head, error);
		if (code == 0) buf_add(&stream->segments, &segment, sizeof segment);
	}
	size_t closed = stream->segments.len / sizeof(Segment);
	if (closed) stream_load_recent(stream, (Segment *)stream->segments.at + closed - 1);
	if (code == 0) code = count ? open_last(stream, first[count - 1], recovery, error) : create_segment(stream, error);
	buf_free(&list);
	return code;
}

/* Says in the stream itself what was found when it was opened. */
static int note_recovery(Stream *stream, const Recovery *recovery) {
	if (recovery->torn_bytes == 0 && recovery->altered_seq == 0) return 0;
	const char *file = strrchr(recovery->torn_file, '/');
	char detail[512];
	snprintf(detail, sizeof detail, "{\"torn_bytes\":%lld,\"torn_file\":\"%s\",\"altered_seq\":%llu}",
	         (long long)recovery->torn_bytes, file ? file + 1 : "", (unsigned long long)recovery->altered_seq);
	if (recovery->torn_bytes)
		log_warn("event=evidence_torn stream=%s bytes=%lld kept=%s", stream->name, (long long)recovery->torn_bytes,
		         recovery->torn_file);
	if (recovery->altered_seq)
		log_error("event=evidence_altered stream=%s seq=%llu", stream->name, (unsigned long long)recovery->altered_seq);
	EvidenceEntry entry = {
	    .at_us = clock_now_us(), .actor = "system", .action = "evidence.recover", .status = 200, .detail = detail};
	uint8_t body[BODY_MAX];
	return stream_append(stream, body, entry_encode(&entry, body), 0);
}

Stream *stream_blank(const char *root, const char *name) {
	Stream *stream = calloc(1, sizeof *stream);
	if (!stream) abort();
	stream->fd = -1;
	pthread_mutex_init(&stream->lock, NULL);
	pthread_mutex_init(&stream->sync_lock, NULL);
	snprintf(stream->name, sizeof stream->name, "%s", name);
	snprintf(stream->dir, sizeof stream->dir, "%.*s/%s", PATH_LEN_MAX - STREAM_NAME_MAX - 2, root, stream->name);
	return stream;
}

int stream_open(Stream **out, const char *root, const char *name, Recovery *recovery, Error *error) {
	if (strlen(name) >= STREAM_NAME_MAX || strlen(root) > PATH_LEN_MAX - 128)
		return error_set(error, ERR_INVALID, "evidence: the path of the state directory is too long (over 890 bytes)");
	Stream *stream = stream_blank(root, name);
	Recovery found = {0};
	int code = 0;
	if (mkdir(stream->dir, 0700) == 0)
		sync_directory(root);
	else if (errno != EEXIST)
		code = io_error(error, "create", stream->dir);
	if (code == 0) code = open_segments(stream, &found, error);
	stream->synced = stream->head;
	if (code == 0) code = note_recovery(stream, &found);
	if (code) {
		stream_close(stream);
		return code;
	}
	if (recovery) *recovery = found;
	*out = stream;
	return 0;
}

void stream_close(Stream *stream) {
	if (!stream) return;
	if (stream->fd >= 0) fdatasync(stream->fd);
	close_active(stream);
	buf_free(&stream->segments);
	buf_free(&stream->active_blocks);
	pthread_mutex_destroy(&stream->lock);
	pthread_mutex_destroy(&stream->sync_lock);
	free(stream);
}
