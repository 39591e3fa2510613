/* Reading a stream: its segments, their sparse index, and the index files. The index only helps to search: verification and
 * export walk the frames. Threads: any; everything handed out is the caller's (arena or descriptor). */
#include "evidence/stream.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* In this machine's byte order: another order, or another layout, shows in `magic` or `block_size` and means a rebuild. */
typedef struct IndexHeader {
	uint64_t magic;
	uint64_t block_size, block_count;
	Segment segment;
	Head head;
} IndexHeader;
static const uint64_t index_magic = UINT64_C(0x5957455649445831); /* "YWEVIDX1" */

static void index_path(const Stream *stream, uint64_t first_seq, char out[PATH_LEN_MAX]) {
	segment_path(stream, first_seq, out);
	memcpy(out + strlen(out) - 3, "idx", 3);
}

void stream_write_index(const Stream *stream, const Segment *segment, const Buf *blocks, const Head *head) {
	char path[PATH_LEN_MAX], temporary[PATH_LEN_MAX + 8];
	index_path(stream, segment->first_seq, path);
	snprintf(temporary, sizeof temporary, "%s.new", path);
	IndexHeader header = {index_magic, sizeof(Block), blocks->len / sizeof(Block), *segment, *head};
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) return;
	bool whole = write(fd, &header, sizeof header) == (ssize_t)sizeof header &&
	             write(fd, blocks->at, blocks->len) == (ssize_t)blocks->len;
	close(fd);
	if (!whole || rename(temporary, path) != 0) unlink(temporary);
}

static int io_error(Error *error, const char *what, const char *path) {
	return error_set(error, ERR_IO, "evidence: cannot %s %s: %s", what, path, strerror(errno));
}

/* The whole index file when it is there and fits its segment; -1 otherwise. blocks may be NULL. */
static int read_index(const Stream *stream, uint64_t first_seq, IndexHeader *header, Buf *blocks) {
	char path[PATH_LEN_MAX];
	index_path(stream, first_seq, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return -1;
	struct stat status;
	bool right = read(fd, header, sizeof *header) == (ssize_t)sizeof *header && header->magic == index_magic &&
	             header->block_size == sizeof(Block) && header->segment.first_seq == first_seq && fstat(fd, &status) == 0 &&
	             header->block_count <= SEGMENT_SIZE / BODY_MIN && header->segment.bytes <= SEGMENT_SIZE &&
	             (uint64_t)status.st_size == sizeof *header + header->block_count * sizeof(Block);
	if (right && blocks) {
		size_t length = header->block_count * sizeof(Block);
		right = read(fd, buf_reserve(blocks, length), length) == (ssize_t)length;
		blocks->len += right ? length : 0;
	}
	close(fd);
	return right ? 0 : -1;
}

static int read_segment(const Stream *stream, uint64_t first_seq, Buf *out, Error *error) {
	char path[PATH_LEN_MAX];
	segment_path(stream, first_seq, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return io_error(error, "open", path);
	ssize_t got;
	while ((got = read(fd, buf_reserve(out, 1 << 20), 1 << 20)) > 0 && out->len < SEGMENT_SIZE)
		out->len += (size_t)got;
	int code = got < 0 ? io_error(error, "read", path) : 0;
	close(fd);
	return code;
}

/* Walks the frames of a closed segment: index, totals, and head (hashes as stored: checking them is verify's work). */
static int walk_segment(const Stream *stream, uint64_t first_seq, IndexHeader *header, Buf *blocks, Error *error) {
	Buf bytes = {0};
	int code = read_segment(stream, first_seq, &bytes, error);
	*header = (IndexHeader){.magic = index_magic, .segment = {.first_seq = first_seq, .bytes = SEGMENT_HEADER}};
	header->head.count = first_seq - 1;
	if (code == 0 && bytes.len >= SEGMENT_HEADER) {
		const uint8_t *start = (uint8_t *)bytes.at, *at = start + SEGMENT_HEADER, *end = start + bytes.len, *hash;
		memcpy(header->head.hash.bytes, start + 16, DIGEST_LEN);
		Text body;
		for (const uint8_t *frame = at; frame_next(&at, end, &body, &hash) == 1; frame = at) {
			EntryView view;
			entry_glance(body, &view);
			view.seq = ++header->head.count;
			header->head.at_us = view.at_us;
			memcpy(header->head.hash.bytes, hash, DIGEST_LEN);
			block_add(blocks, &header->segment, &view, (uint32_t)(frame - start), (uint32_t)(at - frame));
		}
	}
	buf_free(&bytes);
	return code;
}

static int rebuild_index(const Stream *stream, uint64_t first_seq, IndexHeader *header, Buf *blocks, Error *error) {
	int code = walk_segment(stream, first_seq, header, blocks, error);
	if (code == 0) stream_write_index(stream, &header->segment, blocks, &header->head);
	return code;
}

int stream_peek(Stream **out, const char *root, const char *name, Error *error) {
	Stream *stream = stream_blank(root, name);
	Buf list = {0};
	int code = stream_list(stream, &list, error);
	size_t count = list.len / 8;
	for (size_t i = 0; code == 0 && i < count; i++) {
		uint64_t first_seq = ((const uint64_t *)list.at)[i];
		Segment segment;
		IndexHeader header;
		if (i + 1 < count) {
			code = stream_load_segment(stream, first_seq, &segment, &stream->head, error);
			if (code == 0) buf_add(&stream->segments, &segment, sizeof segment);
		} else { /* still growing: no index file */
			code = walk_segment(stream, first_seq, &header, &stream->active_blocks, error);
			stream->active = header.segment;
			stream->head = header.head;
		}
	}
	buf_free(&list);
	if (code == 0 && count > 0) {
		*out = stream;
		return 0;
	}
	stream_close(stream);
	return code ? code : error_set(error, ERR_NOT_FOUND, "the evidence stream %s has no files", name);
}

void stream_load_recent(Stream *stream, const Segment *segment) {
	Buf bytes = {0};
	Error ignored = {0};
	if (read_segment(stream, segment->first_seq, &bytes, &ignored) == 0 && bytes.len >= SEGMENT_HEADER) {
		const uint8_t *at = (uint8_t *)bytes.at + SEGMENT_HEADER, *end = (uint8_t *)bytes.at + bytes.len, *hash;
		Text body;
		for (uint64_t seq = segment->first_seq; frame_next(&at, end, &body, &hash) == 1; seq++) {
			EntryView view;
			entry_glance(body, &view);
			stream->recent[seq % RECENT_MAX] = view.origin;
		}
	}
	buf_free(&bytes);
}

int stream_load_segment(const Stream *stream, uint64_t first_seq, Segment *out, Head *head, Error *error) {
	IndexHeader header;
	Buf blocks = {0};
	int code = read_index(stream, first_seq, &header, NULL);
	if (code) code = rebuild_index(stream, first_seq, &header, &blocks, error);
	buf_free(&blocks);
	if (code == 0) {
		*out = header.segment;
		*head = header.head;
	}
	return code;
}

int stream_segments(Stream *stream, Arena *arena, Segment **out, size_t *count, Error *error) {
	pthread_mutex_lock(&stream->lock);
	size_t closed = stream->segments.len / sizeof(Segment);
	Segment *list = ARENA_ARRAY(arena, Segment, closed + 1);
	if (closed) memcpy(list, stream->segments.at, closed * sizeof *list);
	list[closed] = stream->active;
	pthread_mutex_unlock(&stream->lock);
	*out = list;
	*count = closed + 1;
	return 0;
}

int stream_blocks(Stream *stream, const Segment *segment, Arena *arena, Block **out, size_t *count, Error *error) {
	Buf blocks = {0};
	int code = 0;
	pthread_mutex_lock(&stream->lock);
	bool active = stream->active.first_seq == segment->first_seq;
	if (active) buf_add(&blocks, stream->active_blocks.at, stream->active_blocks.len);
	pthread_mutex_unlock(&stream->lock);
	IndexHeader header;
	if (!active && read_index(stream, segment->first_seq, &header, &blocks) != 0) {
		buf_reset(&blocks);
		code = rebuild_index(stream, segment->first_seq, &header, &blocks, error);
	}
	if (code == 0) {
		*count = blocks.len / sizeof(Block);
		*out = ARENA_ARRAY(arena, Block, *count + 1);
		if (blocks.len) memcpy(*out, blocks.at, blocks.len);
	}
	buf_free(&blocks);
	return code;
}

int stream_segment_fd(Stream *stream, const Segment *segment, Error *error) {
	char path[PATH_LEN_MAX];
	segment_path(stream, segment->first_seq, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? io_error(error, "open", path) : fd;
}
