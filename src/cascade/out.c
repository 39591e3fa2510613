/* The sending end of a stream: one batch at a time. It is kept, numbered, signed and paid for (quota, evidence) before it leaves,
 * so that one whose answer got lost is given again byte by byte; the feed's cursor moves when the other side has signed that it
 * has it. */
#include "cascade/internal.h"

static const char *cursor_name(Arena *arena, int64_t stream_id) {
	return arena_printf(arena, "cascade-%lld", (long long)stream_id);
}

const Resource *wire_shape(Arena *arena, int columns) {
	Resource *shape = ARENA_NEW(arena, Resource);
	Field *fields = ARENA_ARRAY(arena, Field, columns + 1);
	for (int i = 0; i < columns; i++)
		fields[i] = (Field){.no = i + 1, .name = "", .title = "", .kind = KIND_TEXT};
	*shape = (Resource){.fields = fields, .field_count = columns, .code = "", .name = ""};
	return shape;
}

/* --- what the other side has ---------------------------------------------------------------------------------------------- */

typedef struct Acknowledge {
	const Stream *stream;
	const Have *have;
} Acknowledge;

static int acknowledge_write(Request *w, void *arg) {
	const Acknowledge *ack = arg;
	const Stream *stream = ack->stream;
	int64_t seq = ack->have->seq;
	int64_t done = db_run(
	    w->db, "UPDATE cascade_stream SET done = $2, error = '', version = version + 1 WHERE stream_id = $1 AND done < $2",
	    BIND(val_int(stream->stream_id), val_int(seq)));
	if (done > 0)
		done = db_run(
		    w->db, "UPDATE cascade_batch SET body = NULL, done_us = $3, receipt = $4 WHERE stream_id = $1 AND seq = $2",
		    BIND(val_int(stream->stream_id), val_int(seq), val_int(w->now_us), val_text(ack->have->receipt)));
	if (done > 0 && seq == stream->seq && strcmp(stream->phase, "changes") == 0)
		return feed_cursor_move(w->db, cursor_name(w->arena, stream->stream_id), stream->position);
	return done < 0 ? (int)done : 0;
}

/* How far the other side has loaded, reconciled, what it has. */
static int loaded_write(Request *w, void *arg) {
	const Stream *stream = arg;
	int64_t done = db_run(w->db, "UPDATE cascade_stream SET end_seq = $2 WHERE stream_id = $1",
	                      BIND(val_int(stream->stream_id), val_int(stream->end_seq)));
	return done < 0 ? (int)done : 0;
}

static int asked_write(Request *w, void *arg) {
	const Stream *stream = arg;
	int64_t done = db_run(w->db, "UPDATE cascade_stream SET asked_us = $2 WHERE stream_id = $1",
	                      BIND(val_int(stream->stream_id), val_int(w->now_us)));
	return done < 0 ? (int)done : 0;
}

/* A stream that nobody asks for lets the feed go after a while (cursors_chore); noted once a day. */
static int asked_note(Request *rq, Stream *stream) {
	if (stream->stream_id == 0 || rq->now_us - stream->asked_us < INT64_C(86400000000)) return 0;
	int code = request_write(rq, asked_write, stream);
	return code < 0 ? code : 0;
}

int cursors_chore(Request *rq) {
	return chore_portion(rq, days_before(rq, "feed.keep_days"),
	                     "DELETE FROM feed_cursor WHERE reader IN (SELECT 'cascade-' || stream_id FROM cascade_stream WHERE"
	                     " direction = 'out' AND asked_us < $1 ORDER BY stream_id LIMIT $2)");
}

/* Whether `have` is a batch of this stream: 1; 0 it is the beginning; ERR_CONFLICT: the two sides part. */
static int have_known(Request *rq, const Stream *stream, const Have *have) {
	Rows *rows;
	if (have->seq == 0) return 0;
	int found = stream->stream_id
	                ? db_one(rq->db, &rows, "SELECT digest FROM cascade_batch WHERE stream_id = $1 AND seq = $2",
	                         BIND(val_int(stream->stream_id), val_int(have->seq)))
	                : 0;
	if (found < 0) return found;
	bool same = found > 0 && text_is(rows_text(rows, 0), have->digest);
	db_rest(rq->db);
	if (same) return 1;
	return error_field(rq->error, ERR_CONFLICT, "have", TEXT_NONE, "chain",
	                   "Begin the stream anew on the receiving side: one of the two was restored from a backup.",
	                   "the receiving side has batch %lld of this stream, which this side did not send",
	                   (long long)have->seq);
}

/* The bytes of the batch that was made after `have` and is not acknowledged: 1, 0 none, or a code. */
static int waiting_find(Request *rq, const Node *node, const Stream *stream, const Have *have, Text *bytes) {
	Rows *rows;
	if (stream->seq <= have->seq) return 0;
	int found =
	    db_one(rq->db, &rows, "SELECT body, header FROM cascade_batch WHERE stream_id = $1 AND seq = $2 AND body IS NOT NULL",
	           BIND(val_int(stream->stream_id), val_int(stream->seq)));
	if (found <= 0) return found;
	*bytes = text_dup(rq->arena, rows_blob(rows, 0));
	json_t *header = json_loadb(rows_text(rows, 1).at, rows_text(rows, 1).len, 0, NULL);
	bool follows = json_integer_value(json_object_get(header, "after")) == have->seq;
	json_decref(header);
	db_rest(rq->db);
	return follows ? out_rows_still(rq, node, stream) : 0;
}

/* --- the next one ---------------------------------------------------------------------------------------------------------- */

typedef struct Keep {
	Making *making;
	Text frame;
	const char *header, *rows_digest;
	char signature[2 * SIGNATURE_LEN + 1];
	bool begin;
} Keep;

static int keep_evidence(Request *w, const Making *making) {
	EvidenceEntry entry = {
	    .at_us = clock_now_us(),
	    .account_id = making->node->account_id,
	    .org_id = making->node->org_id,
	    .actor = making->node->login,
	    .action = "cascade.send",
	    .resource_id = making->resource_id,
	    .subject_id = making->stream.stream_id,
	    .row_count = making->rows,
	    .status = 200,
	    .purpose = making->purpose ? making->purpose : "",
	    .address = making->node->url,
	    .detail = arena_printf(w->arena, "%s\"node\":\"%s\",\"batch\":%lld}",
	                           making->about ? arena_printf(w->arena, "%s,", making->about) : "{", making->node->fingerprint,
	                           (long long)making->stream.seq),
	};
	return evidence_write(w, &entry);
}

static int made_elsewhere(Request *w) {
	return fail(w, ERR_BUSY, "another process makes a batch of this stream; try again");
}

/* In keep_write: the stream's first batch. */
static int stream_begin(Request *w, Making *making) {
	Stream *stream = &making->stream, saved = *stream, there;
	int code = db_lock(w->db, "cascade.out", making->node->node_id);
	if (code == 0) code = stream_named(w, making->node->node_id, true, stream->name, &there);
	if (code > 0) return made_elsewhere(w);
	if (code == 0) code = stream_make(w, stream);
	saved.stream_id = stream->stream_id; /* what it sets anew goes back to what this batch makes of it */
	saved.state = stream->state;
	*stream = saved;
	return code;
}

static int stream_update(Request *w, const Making *making) {
	const Stream *stream = &making->stream;
	int64_t done =
	    db_run(w->db,
	           "UPDATE cascade_stream SET seq = $2, digest = $3, phase = $4, after_id = $5, position = $6, signature = $7,"
	           " row_count = $8, moved_us = $9, title = $10, resource_id = $11, origin = $12, origin_name = $13,"
	           " error = '', version = version + 1 WHERE stream_id = $1 AND seq = $14",
	           BIND(val_int(stream->stream_id), val_int(stream->seq), val_str(stream->digest), val_str(stream->phase),
	                val_int(stream->after_id), val_int(stream->position), val_str(stream->signature),
	                val_int(stream->row_count), val_int(w->now_us), val_str(stream->title), val_int(stream->resource_id),
	                val_str(stream->origin), val_str(stream->origin_name), val_int(making->before)));
	return done < 0 ? (int)done : done > 0 ? 0 : made_elsewhere(w);
}

static int keep_write(Request *w, void *arg) {
	const Keep *keep = arg;
	Making *making = keep->making;
	Stream *stream = &making->stream;
	int code = stream->stream_id == 0 ? stream_begin(w, making) : 0;
	if (code == 0) code = stream_update(w, making);
	if (code < 0) return code;
	int64_t done = db_run(w->db, "UPDATE cascade_batch SET body = NULL WHERE stream_id = $1 AND body IS NOT NULL",
	                      BIND(val_int(stream->stream_id)));
	if (done >= 0)
		done = db_run(
		    w->db,
		    "INSERT INTO cascade_batch (stream_id, seq, digest, row_count, removed, rows_digest, header, signature, body,"
		    " receipt, made_us, done_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $10, $8, '', $9, 0)",
		    BIND(val_int(stream->stream_id), val_int(stream->seq), val_str(stream->digest), val_int(making->rows),
		         val_int(making->removed), val_str(keep->rows_digest), val_str(keep->header), val_blob(keep->frame),
		         val_int(w->now_us), val_str(keep->signature)));
	if (done < 0) return (int)done;
	if (keep->begin) code = feed_cursor_move(w->db, cursor_name(w->arena, stream->stream_id), stream->position);
	return code < 0 ? code : keep_evidence(w, making);
}

/* Signs what was made and keeps it. */
static int making_end(Making *making, Text *bytes) {
	Request *rq = making->rq;
	Buf *frame = ARENA_NEW(rq->arena, Buf);
	Frame parsed;
	buf_in(frame, rq->arena);
	json_t *header = making->header;
	Keep keep = {.making = making,
	             .rows_digest = table_digest_text(rq->arena, &making->digest),
	             .begin = json_is_true(json_object_get(header, "begin"))};
	json_object_set_new(header, "rows", json_integer((json_int_t)making->rows));
	json_object_set_new(header, "removed", json_integer((json_int_t)making->removed));
	json_object_set_new(header, "digest_canon", json_string("v1"));
	json_object_set_new(header, "digest", json_string(keep.rows_digest));
	int code = frame_sign(rq->arena, making->self->key, header, buf_as_text(&making->body), frame);
	if (code == 0) code = frame_parse(rq->arena, buf_as_text(frame), &parsed, rq->error);
	if (code < 0) return fail(rq, ERR_INTERNAL, "the batch could not be signed");
	keep.frame = *bytes = buf_as_text(frame);
	keep.header = text_cstr(rq->arena, parsed.header_line);
	hex_encode(parsed.signature, SIGNATURE_LEN, keep.signature);
	making->stream.digest = arena_strdup(rq->arena, parsed.digest);
	code = request_write(rq, keep_write, &keep);
	return code < 0 ? code : 1;
}

static int moved_write(Request *w, void *arg) {
	const Stream *stream = arg;
	int64_t done = db_run(w->db, "UPDATE cascade_stream SET position = $2, error = '' WHERE stream_id = $1 AND position < $2",
	                      BIND(val_int(stream->stream_id), val_int(stream->position)));
	return done <= 0 ? (int)done : feed_cursor_move(w->db, cursor_name(w->arena, stream->stream_id), stream->position);
}

static int batch_make(Making *making, const Have *have, Text *bytes) {
	Request *rq = making->rq;
	Stream *stream = &making->stream;
	const Self *self = making->self;
	int64_t last = stream->seq > have->top ? stream->seq : have->top;
	making->header = json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:s}", "kind", "batch", "from", self->fingerprint, "to",
	                           making->node->fingerprint, "at", (json_int_t)rq->now_us, "stream", stream->name, "seq",
	                           (json_int_t)last + 1, "after", (json_int_t)have->seq, "prev", have->seq ? have->digest : "");
	if (!making->header) return fail(rq, ERR_INTERNAL, "the batch could not be written");
	int code = strcmp(stream->name, CATALOG_STREAM) == 0 ? out_catalog(making) : out_rows(making);
	if (code <= 0) json_decref(making->header);
	if (code == 0 && making->moved && stream->stream_id) code = request_write(rq, moved_write, stream);
	if (code <= 0) return code < 0 ? code : 0;
	stream->seq = last + 1;
	return making_end(making, bytes);
}

static int next_make(Request *rq, const Self *self, const Node *node, const Have *have, Text *bytes) {
	Making *making = ARENA_NEW(rq->arena, Making);
	*making = (Making){.rq = rq, .self = self, .node = node};
	buf_in(&making->body, rq->arena);
	Stream *stream = &making->stream;
	int found = stream_named(rq, node->node_id, true, have->stream, stream);
	if (found == 0)
		*stream = (Stream){.node_id = node->node_id,
		                   .out = true,
		                   .name = have->stream,
		                   .title = "",
		                   .code = "",
		                   .digest = "",
		                   .phase = "begin",
		                   .signature = "",
		                   .origin = self->fingerprint,
		                   .origin_name = self->name};
	making->before = stream->seq;
	int known = found < 0 ? found : have_known(rq, stream, have);
	if (known >= 0 && have->top < stream->done) /* a statement of before, when both sides call; or a backup over there */
		known = error_field(
		    rq->error, ERR_CONFLICT, "have", TEXT_NONE, "behind",
		    "It goes on by itself; where the receiving side was restored from a backup, begin the stream anew there.",
		    "the receiving side says it has batch %lld, and signed for batch %lld before", (long long)have->top,
		    (long long)stream->done);
	if (known >= 0 && asked_note(rq, stream) < 0) known = rq->error->code;
	if (known < 0) return known;
	if (known > 0 && have->seq > stream->done) {
		Acknowledge ack = {stream, have};
		int code = request_write(rq, acknowledge_write, &ack);
		if (code < 0) return code;
	}
	if (known > 0 && have->loaded > stream->end_seq && have->loaded <= stream->seq) {
		stream->end_seq = have->loaded;
		int code = request_write(rq, loaded_write, stream);
		if (code < 0) return code;
	}
	int waiting = waiting_find(rq, node, stream, have, bytes);
	if (waiting != 0) return waiting;
	making->anew = have->seq != stream->seq;
	return batch_make(making, have, bytes);
}

/* Where both sides call, a push and a pull ask for the same batch at once: the second one gets what the first has made. */
int out_next(Request *rq, const Self *self, const Node *node, const Have *have, Text *bytes) {
	pthread_mutex_t *making = caller_making(rq->app, node->node_id, have->stream);
	pthread_mutex_lock(making);
	int code = next_make(rq, self, node, have, bytes);
	pthread_mutex_unlock(making);
	return code;
}
