/* stream: one chain in files: DIR/<name>/<first seq, 12 digits>.seg (+ .idx, a search aid that can be rebuilt). Private to
 * evidence.
 *
 * Segment file: 128-byte header (magic "YWEVSEG1", first seq u64 BE, hash before it 32 bytes, name 32 bytes, zeros), then frames
 * (entry.h). The last segment is preallocated to SEGMENT_SIZE and mapped; the others are cut to their length. The owner holds the
 * seat's lock file, so a directory's stream has one writer; readers use pread and need nothing. */
#ifndef YIWANG_EVIDENCE_STREAM_H
#define YIWANG_EVIDENCE_STREAM_H
#include "evidence/entry.h"
#include <pthread.h>

enum { SEGMENT_SIZE = 16 << 20, SEGMENT_HEADER = 128, BLOCK_ENTRIES = 256, RECENT_MAX = 4096, PATH_LEN_MAX = 1024 };

/* Up to BLOCK_ENTRIES entries in a row: the sparse index. The masks have the bit of each value's hash set, so that a search for
 * one actor, action or resource skips blocks without it. */
typedef struct Block {
	uint64_t first_seq;
	uint32_t offset, count;
	int64_t min_at, max_at;
	uint64_t actors, actions, resources;
} Block;

typedef struct Segment {
	uint64_t first_seq, count;
	uint64_t bytes; /* header and frames */
	int64_t min_at, max_at;
} Segment;

typedef struct Head {
	uint64_t count; /* seq of the last entry */
	Digest hash;
	int64_t at_us; /* of the last entry, 0 = none */
} Head;

/* What opening found. */
typedef struct Recovery {
	int64_t torn_bytes;   /* of a cut write, now in torn_file */
	uint64_t altered_seq; /* entry whose hash does not match though entries after it do: kept as it is; 0 = none */
	char torn_file[PATH_LEN_MAX];
} Recovery;

typedef struct Stream Stream;
/* Opens or creates the stream in directory `root`. The caller holds the lock of its seat. Recovers a torn tail (moved to a .torn
 * file) and appends an entry "evidence.recover" saying so. 0, ERR_IO, ERR_FULL. Free with stream_close. */
int stream_open(Stream **out, const char *root, const char *name, Recovery *recovery, Error *error);
/* Syncs and closes. NULL is allowed. */
void stream_close(Stream *stream);
const char *stream_name(const Stream *stream);
/* Appends a body (changed in place: numbered). When it returns 0 a kill no longer loses it. Any thread. ERR_FULL, ERR_IO (the
 * stream failed before: nothing more can be proved, so nothing more is accepted). */
int stream_append(Stream *stream, uint8_t *body, size_t length, int64_t origin);
/* Waits for the disk; head is what is on it. Any thread; calls overlap safely. */
int stream_sync(Stream *stream, Head *head);
Head stream_head(Stream *stream);
/* Whether one of the last RECENT_MAX entries came from outbox row `origin`. Owner thread only. */
bool stream_has_origin(Stream *stream, int64_t origin);

/* --- reading (stream_read.c): any thread, own descriptors ------------------------------------------------------------- */
/* Another owner's stream, for reading only, as of now. Free with stream_close. */
int stream_peek(Stream **out, const char *root, const char *name, Error *error);
/* The segments as of now, oldest first, in the arena. */
int stream_segments(Stream *stream, Arena *arena, Segment **out, size_t *count, Error *error);
/* Index blocks of one segment (from its .idx, rebuilt when missing; the last one's from memory). */
int stream_blocks(Stream *stream, const Segment *segment, Arena *arena, Block **out, size_t *count, Error *error);
/* Opens a segment's file for reading: fd or negative code. */
int stream_segment_fd(Stream *stream, const Segment *segment, Error *error);

/* --- shared by stream.c and stream_read.c ---------------------------------------------------------------------------- */
void segment_path(const Stream *stream, uint64_t first_seq, char out[PATH_LEN_MAX]);
uint64_t block_text_bit(Text text);
uint64_t block_id_bit(int64_t id);
/* Writes a closed segment's .idx (failure only costs a rebuild); reads it, or rebuilds it from the frames. */
void stream_write_index(const Stream *stream, const Segment *segment, const Buf *blocks, const Head *head);
/* Notes the origins of a closed segment's last entries, oldest first, as if they had just been appended. */
void stream_load_recent(Stream *stream, const Segment *segment);
int stream_load_segment(const Stream *stream, uint64_t first_seq, Segment *out, Head *head, Error *error);
/* A Stream without files yet; first sequence numbers of its segment files, ascending (uint64_t). */
Stream *stream_blank(const char *root, const char *name);
int stream_list(const Stream *stream, Buf *out, Error *error);
/* Blocks and totals of frames added one by one. */
void block_add(Buf *blocks, Segment *segment, const EntryView *view, uint32_t offset, uint32_t frame_length);
/* Next frame in [*at, end): 1 and body/hash, 0 at the end (length 0 or no room for one), -1 when the length is impossible. */
int frame_next(const uint8_t **at, const uint8_t *end, Text *body, const uint8_t **hash);
struct Stream {
	char name[STREAM_NAME_MAX], dir[PATH_LEN_MAX];
	pthread_mutex_t lock; /* all below */
	int fd;               /* the last segment */
	uint8_t *map;
	size_t used, dropped; /* bytes used; bytes at its start whose pages were given back */
	Head head, synced;
	bool failed;
	Segment active;
	Buf segments;               /* of Segment: all but the last */
	Buf active_blocks;          /* of Block */
	int64_t recent[RECENT_MAX]; /* origins, by seq % RECENT_MAX */
	pthread_mutex_t sync_lock;  /* one fdatasync at a time; taken before lock */
};
#endif
