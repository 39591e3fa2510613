/* Writes a range of evidence to a file that is checked offline (export_file.h). Copies frames as they are in the segment files,
 * damaged or not: judging is verify's work. Memory: one piece of about 1 MiB. Thread: a worker. */
#include "evidence/export_file.h"
#include "evidence/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Export {
	Evidence *evidence;
	Arena *arena;
	Error *error;
	int fd;
	int64_t from_us, to_us;
	int64_t first, last; /* checkpoint numbers, 0 = none */
	bool open;
	Checkpoint begin, end; /* first and last, when there */
	int64_t entries, bytes;
	Buf piece;  /* the section in hand */
	Buf frames; /* bytes read from a segment */
} Export;

static int put(Export *export, const void *bytes, size_t length) {
	for (size_t done = 0; done < length;) {
		ssize_t wrote = write(export->fd, (const char *)bytes + done, length - done);
		if (wrote < 0 && errno == EINTR) continue;
		if (wrote <= 0)
			return error_set(export->error, errno == ENOSPC ? ERR_FULL : ERR_IO, "the export cannot be written: %s",
			                 strerror(errno));
		done += (size_t)wrote;
	}
	export->bytes += (int64_t)length;
	return export->bytes <= EXPORT_SIZE_MAX
	           ? 0
	           : error_set(export->error, ERR_TOO_LARGE,
	                       "the range is over 16 GiB of evidence; export it in several narrower ranges");
}

static int put_section(Export *export, char type, Text payload) {
	uint8_t header[SECTION_HEADER] = {(uint8_t)type};
	store_be64(header + 1, payload.len);
	int code = put(export, header, sizeof header);
	return code ? code : put(export, payload.at, payload.len);
}

static int put_header(Export *export) {
	Buf text = {0};
	JsonWriter json;
	char key[2 * PUBLIC_KEY_LEN + 1];
	hex_encode(export->evidence->public_key, PUBLIC_KEY_LEN, key);
	jw_begin(&json, &text);
	jw_object(&json);
	jw_kv_str(&json, "format", "yiwang-evidence-export-1");
	jw_kv_time(&json, "from", time_shown(export->from_us));
	jw_kv_time(&json, "to", time_shown(export->to_us));
	jw_kv_time(&json, "made_at", clock_now_us());
	jw_kv_str(&json, "node", export->evidence->node);
	jw_kv_str(&json, "directory", export->evidence->directory);
	jw_kv_str(&json, "key", export->last ? NULL : key); /* else the checkpoints say it */
	jw_kv_int(&json, "first", export->first);
	jw_kv_int(&json, "last", export->last);
	jw_kv_bool(&json, "open", export->open);
	jw_object_end(&json);
	int code = put(export, EXPORT_MAGIC, EXPORT_MAGIC_LEN);
	if (code == 0) code = put_section(export, 'H', buf_as_text(&text));
	buf_free(&text);
	return code;
}

/* --- checkpoints ------------------------------------------------------------------------------------------------------------ */

/* Which checkpoints cover the range: the last one before it, and the first one after it. */
static int choose_checkpoints(Export *export, Db *db) {
	int64_t newest = 0, first = 0, last = 0;
	int code = db_int(db, &newest, "SELECT COALESCE(max(number), 0) FROM evidence_checkpoint", NO_BIND);
	if (code >= 0)
		code = db_int(db, &first, "SELECT COALESCE(max(number), 0) FROM evidence_checkpoint WHERE sealed_at <= $1",
		              BIND(val_int(export->from_us)));
	if (code >= 0)
		code = db_int(db, &last, "SELECT COALESCE(min(number), 0) FROM evidence_checkpoint WHERE sealed_at >= $1",
		              BIND(val_int(export->to_us)));
	export->open = last == 0;
	export->first = first;
	export->last = last ? last : newest;
	return code < 0 ? code : 0;
}

static int put_checkpoints(Export *export, Db *db) {
	Rows *rows;
	int more = 0, code = db_scan(db, &rows,
	                             "SELECT number, body, signature FROM evidence_checkpoint WHERE number >= $1 AND number <= $2"
	                             " ORDER BY number",
	                             BIND(val_int(export->first ? export->first : 1), val_int(export->last)));
	if (code < 0) return code;
	while (code == 0 && (more = rows_next(rows)) > 0) {
		uint8_t signature[SIGNATURE_LEN] = {0};
		int64_t number = rows_int(rows, 0);
		hex_decode(rows_text(rows, 2), signature, SIGNATURE_LEN);
		buf_reset(&export->piece);
		buf_add(&export->piece, signature, SIGNATURE_LEN);
		buf_text(&export->piece, rows_text(rows, 1));
		code = put_section(export, 'K', buf_as_text(&export->piece));
		/* a body that does not parse was changed: it goes out as it is, verify will say so */
		if (number == export->first)
			checkpoint_parse(export->arena, text_dup(export->arena, rows_text(rows, 1)), &export->begin);
		if (number == export->last)
			checkpoint_parse(export->arena, text_dup(export->arena, rows_text(rows, 1)), &export->end);
	}
	rows_close(rows);
	return code ? code : more < 0 ? more : 0;
}

/* --- entries --------------------------------------------------------------------------------------------------------- */

static void piece_begin(Export *export, const char *stream) {
	buf_reset(&export->piece);
	buf_char(&export->piece, (char)strlen(stream));
	buf_str(&export->piece, stream);
}

static int piece_end(Export *export, const char *stream) {
	int code = export->piece.len > 1 + strlen(stream) ? put_section(export, 'S', buf_as_text(&export->piece)) : 0;
	piece_begin(export, stream);
	return code;
}

/* Offset in the segment from where entry `seq` is sure to follow: by the index, one block early in case frames were taken out. */
static int start_offset(Export *export, Stream *stream, const Segment *segment, uint64_t seq, uint64_t *offset) {
	Block *blocks;
	size_t count, at = 0;
	*offset = SEGMENT_HEADER;
	if (seq <= segment->first_seq) return 0;
	int code = stream_blocks(stream, segment, export->arena, &blocks, &count, export->error);
	if (code) return code;
	while (at + 1 < count && blocks[at + 1].first_seq <= seq)
		at++;
	if (at > 0) *offset = blocks[at - 1].offset;
	return 0;
}

/* The frames of one segment with first <= seq, until `last` by count; bytes that are no frames go out as they are. */
static int put_segment(Export *export, Stream *stream, const Segment *segment, uint64_t first, uint64_t last) {
	uint64_t offset, seq = segment->first_seq > first ? segment->first_seq : first;
	int code = start_offset(export, stream, segment, first, &offset);
	int fd = code ? code : stream_segment_fd(stream, segment, export->error);
	if (fd < 0) return fd;
	size_t length = segment->bytes > offset ? (size_t)(segment->bytes - offset) : 0;
	buf_reset(&export->frames);
	ssize_t got = pread(fd, buf_reserve(&export->frames, length + 1), length, (off_t)offset);
	close(fd);
	if (got < 0) return error_set(export->error, ERR_IO, "evidence: cannot read a segment of stream %s", stream_name(stream));
	const uint8_t *at = (uint8_t *)export->frames.at, *end = at + got, *hash;
	bool started = false;
	while (code == 0 && seq <= last && at < end) {
		const uint8_t *frame = at;
		Text body;
		EntryView view;
		int have = frame_next(&at, end, &body, &hash);
		if (have <= 0) {
			if (have < 0 || end - frame > 4) /* damage: all of the rest, verify names the place */
				buf_add(&export->piece, frame,
				        (size_t)(end - frame < SECTION_PIECE ? end - frame : SECTION_PIECE));
			code = piece_end(export, stream_name(stream));
			break;
		}
		entry_glance(body, &view);
		started = started || view.seq >= first;
		if (!started) continue;
		buf_add(&export->piece, frame, (size_t)(at - frame));
		export->entries++;
		seq++;
		if (export->piece.len >= SECTION_PIECE) code = piece_end(export, stream_name(stream));
	}
	return code;
}

static int put_stream(Export *export, Stream *stream) {
	const char *name = stream_name(stream);
	const CheckpointHead *begin = checkpoint_head(&export->begin, name), *end = checkpoint_head(&export->end, name);
	uint64_t first = begin ? begin->count + 1 : 1;
	uint64_t last = export->open ? stream_head(stream).count : end ? end->count : 0;
	Segment *segments;
	size_t count;
	int code = stream_segments(stream, export->arena, &segments, &count, export->error);
	piece_begin(export, name);
	for (size_t i = 0; i < count && code == 0; i++) {
		bool before = i + 1 < count && segments[i + 1].first_seq <= first;
		if (segments[i].count > 0 && !before && segments[i].first_seq <= last)
			code = put_segment(export, stream, &segments[i], first, last);
	}
	return code ? code : piece_end(export, name);
}

static int put_all(Export *export, Db *db) {
	int code = choose_checkpoints(export, db);
	if (code == 0) code = put_header(export);
	if (code == 0 && export->last) code = put_checkpoints(export, db);
	StreamList *list = ARENA_NEW(export->arena, StreamList);
	if (code == 0) code = evidence_streams(export->evidence, export->arena, list, export->error);
	for (size_t i = 0; i < list->count && code == 0; i++)
		code = put_stream(export, list->items[i]);
	uint8_t entries[8];
	store_be64(entries, (uint64_t) export->entries);
	return code ? code : put_section(export, 'E', (Text){(char *)entries, sizeof entries});
}

int evidence_export(Evidence *evidence, Db *db, int64_t from_us, int64_t to_us, int fd, int64_t *entries, Error *error) {
	if (from_us > to_us)
		return error_field(error, ERR_INVALID, "to", TEXT_NONE, "range", "give a `to` at or after `from`",
		                   "to is before from");
	Export export = {
	    .evidence = evidence, .arena = arena_new(), .error = error, .fd = fd, .from_us = from_us, .to_us = to_us};
	int code = put_all(&export, db);
	if (code == 0 && entries) *entries = export.entries;
	buf_free(&export.piece);
	buf_free(&export.frames);
	arena_free(export.arena);
	return code;
}

int evidence_export_route(Request *rq) {
	Evidence *evidence = evidence_of(rq->app);
	char path[PATH_LEN_MAX];
	snprintf(path, sizeof path, "%.*s/export-XXXXXX", PATH_LEN_MAX - 32, evidence->root);
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) return fail(rq, ERR_IO, "the export cannot be made in the state directory: %s", strerror(errno));
	unlink(path); /* the space comes back when the answer has been sent */
	int code = evidence_export(evidence, rq->db, in_int(rq, "from"), in_int(rq, "to"), fd, &rq->row_count, rq->error);
	if (code) {
		close(fd);
		return code;
	}
	rq->send_fd = fd;
	rq->content_type = "application/octet-stream";
	rq->file_name = arena_printf(rq->arena, "evidence-%s-%lld.yw", evidence->directory, (long long)(rq->now_us / 1000000));
	return 0;
}
