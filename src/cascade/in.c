/* The receiving end of a stream. A batch is whole, signed and next in line, or it is refused; its bytes, the stream's number and
 * our signed receipt are kept in one write, and only then answered. Loading what was kept is load.c's. */
#include "cascade/internal.h"

typedef struct Take {
	const Self *self;
	const Node *node;
	const Frame *batch;
	Stream stream;
	int64_t seq, rows, removed;
	Origin origin; /* of rows */
	bool catalog, begin, end;
	const char *rows_digest;
	Text receipt;
} Take;

/* --- may it be kept? ------------------------------------------------------------------------------------------------------ */

static int refuse(Request *rq, int code, const char *rule, const char *message, const char *advice) {
	return error_field(rq->error, code, "batch", TEXT_NONE, rule, advice, "%s", message);
}

/* 1: had it before (receipt is the one of then). */
static int seen_before(Request *rq, Take *take) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT digest, receipt FROM cascade_batch WHERE stream_id = $1 AND seq = $2",
	                   BIND(val_int(take->stream.stream_id), val_int(take->seq)));
	if (found <= 0) return found;
	bool same = text_is(rows_text(rows, 0), take->batch->digest);
	take->receipt = text_dup(rq->arena, rows_text(rows, 1));
	db_rest(rq->db);
	if (same) return 1;
	return refuse(rq, ERR_FORBIDDEN, "sequence_taken", "another batch has this number already",
	              "Report it to the security administrators of both nodes.");
}

static int follows(Request *rq, const Take *take) {
	const Stream *stream = &take->stream;
	int64_t after = frame_int(take->batch, "after");
	if (after == stream->seq && strcmp(frame_str(take->batch, "prev"), stream->digest) == 0 && take->seq > stream->top &&
	    take->seq < INT64_MAX / 2)
		return 0;
	return error_field(rq->error, ERR_CONFLICT, "batch", TEXT_NONE, "sequence", "Send the batch that follows it.",
	                   "out of order: expected the batch after %lld, got %lld after %lld", (long long)stream->seq,
	                   (long long)take->seq, (long long)after);
}

/* The rows say what the header says. */
static int rows_check(Request *rq, Take *take) {
	const Frame *batch = take->batch;
	BatchReader reader = {.rest = batch->body, .columns = (int)frame_int(batch, "columns")};
	int64_t columns = frame_int(batch, "columns");
	TableDigest sum = {0}, one;
	Val values[BATCH_COLUMNS_MAX];
	Buf canon = {0};
	BatchRow row;
	if (columns < 1 || columns > BATCH_COLUMNS_MAX ||
	    (take->begin && json_array_size(json_object_get(batch->header, "fields")) != (size_t)columns))
		return refuse(rq, ERR_INVALID, "columns", "the batch does not say which fields it has", NULL);
	if (!take->begin && take->stream.begin_seq == 0)
		return refuse(rq, ERR_CONFLICT, "sequence", "the first batch of a stream begins a full run",
		              "Begin the stream anew.");
	const Resource *shape = wire_shape(rq->arena, (int)columns);
	Hasher *hasher = hasher_new(rq->arena);
	int code;
	while ((code = batch_next(&reader, &row, rq->error)) > 0) {
		take->removed += row.removed;
		if (row.removed) continue;
		for (int i = 0; i < (int)columns; i++)
			values[i] = val_text(row.texts[i]);
		row_digest(shape, values, hasher, &canon, &one);
		table_digest_add(&sum, &one);
		take->rows++;
	}
	batch_end(&reader);
	buf_free(&canon);
	take->rows_digest = table_digest_text(rq->arena, &sum);
	if (code < 0) return code;
	bool same = take->rows == frame_int(batch, "rows") && take->removed == frame_int(batch, "removed") &&
	            strcmp(take->rows_digest, frame_str(batch, "digest")) == 0;
	return same ? 0
	            : refuse(rq, ERR_INVALID, "digest", "the rows of the batch are not those its header counts",
	                     "Report it to the node that sent it.");
}

/* The same for catalogue entries, of which only the number is counted. */
static int lines_check(Request *rq, Take *take) {
	int64_t lines = 0;
	for (size_t i = 0; i < take->batch->body.len; i++)
		lines += take->batch->body.at[i] == '\n';
	take->rows = frame_int(take->batch, "rows");
	take->removed = frame_int(take->batch, "removed");
	return lines == take->rows + take->removed
	           ? 0
	           : refuse(rq, ERR_INVALID, "digest", "the rows of the batch are not those its header counts",
	                    "Report it to the node that sent it.");
}

static int batch_check(Request *rq, Take *take) {
	const Frame *batch = take->batch;
	if (strcmp(batch->kind, "batch") != 0) return refuse(rq, ERR_INVALID, "frame", "the message is no batch", NULL);
	int found = stream_named(rq, take->node->node_id, false, frame_str(batch, "stream"), &take->stream);
	if (found < 0) return found;
	if (found == 0 || strcmp(take->stream.state, "active") != 0)
		return refuse(rq, ERR_FORBIDDEN, "stream", "this side does not ask for this stream", "Ask for it here first.");
	int seen = seen_before(rq, take);
	if (seen != 0) return seen;
	if (!take->catalog && path_has(take->origin.via, take->self->fingerprint))
		return refuse(rq, ERR_FORBIDDEN, "origin", "these records came from this node, and do not return to it",
		              "Use the records where they come from.");
	int code = follows(rq, take);
	if (code < 0) return code;
	return take->catalog ? lines_check(rq, take) : rows_check(rq, take);
}

/* --- keeping ---------------------------------------------------------------------------------------------------------------- */

static int receipt_make(Request *rq, Take *take) {
	Buf *frame = ARENA_NEW(rq->arena, Buf);
	buf_in(frame, rq->arena);
	json_t *header = json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:s}", "kind", "receipt", "from", take->self->fingerprint,
	                           "to", take->node->fingerprint, "at", (json_int_t)clock_now_us(), "stream", take->stream.name,
	                           "have", (json_int_t)take->seq, "digest", take->batch->digest);
	if (!header || frame_sign(rq->arena, take->self->key, header, TEXT(""), frame) < 0)
		return fail(rq, ERR_INTERNAL, "the receipt could not be written");
	take->receipt = buf_as_text(frame);
	return 0;
}

static int take_evidence(Request *w, const Take *take) {
	EvidenceEntry entry = {
	    .at_us = clock_now_us(),
	    .account_id = take->node->account_id,
	    .org_id = take->node->org_id,
	    .actor = take->node->login,
	    .action = "cascade.receive",
	    .resource_id = take->stream.resource_id,
	    .subject_id = take->stream.stream_id,
	    .row_count = take->rows,
	    .status = 200,
	    .purpose = "",
	    .address = take->node->url,
	    .detail = arena_printf(w->arena, "{\"node\":\"%s\",\"batch\":%lld,\"digest\":\"%s\"}", take->node->fingerprint,
	                           (long long)take->seq, take->batch->digest),
	};
	return evidence_write(w, &entry);
}

static int batch_insert(Request *w, const Take *take) {
	char signature[2 * SIGNATURE_LEN + 1];
	hex_encode(take->batch->signature, SIGNATURE_LEN, signature);
	int64_t done =
	    db_run(w->db,
	           "INSERT INTO cascade_batch (stream_id, seq, digest, row_count, removed, rows_digest, header, signature,"
	           " body, receipt, made_us, done_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
	           BIND(val_int(take->stream.stream_id), val_int(take->seq), val_str(take->batch->digest), val_int(take->rows),
	                val_int(take->removed), val_str(take->rows_digest), val_text(take->batch->header_line),
	                val_str(signature), take->catalog ? val_null() : val_blob(take->batch->body), val_text(take->receipt),
	                val_int(w->now_us), val_int(take->catalog ? w->now_us : 0)));
	return done < 0 ? (int)done : 0;
}

static int take_write(Request *w, void *arg) {
	Take *take = arg;
	Stream *stream = &take->stream;
	int code = db_lock(w->db, "cascade.stream", stream->stream_id);
	if (code == 0 && take->catalog) code = land_catalog(w, take->node, stream, take->batch);
	if (code == 0 && !take->catalog && take->begin) code = origin_single(w, stream);
	if (code == 0 && !take->catalog && take->begin) code = land_entry(w, take->node, take->batch, stream);
	if (code == 0) code = batch_insert(w, take);
	if (code < 0) return code;
	/* another one may have come first */
	int64_t done = db_run(
	    w->db,
	    "UPDATE cascade_stream SET seq = $2, top = $2, digest = $3, begin_seq = $4, end_seq = $5, resource_id = $6, "
	    "signature = $7,"
	    " row_count = CASE WHEN $8 = 1 THEN 0 ELSE row_count END + $9, moved_us = $10, phase = $11, error = '', next_us = 0,"
	    " done = CASE WHEN $12 = 1 THEN $2 ELSE done END, origin = $13, origin_name = $14, version = version + 1,"
	    " origin_entry = $16, via = $17 WHERE stream_id = $1 AND seq = $15",
	    BIND(val_int(stream->stream_id), val_int(take->seq), val_str(take->batch->digest),
	         val_int(take->begin ? take->seq : stream->begin_seq),
	         val_int(take->end     ? take->seq
	                 : take->begin ? 0
	                               : stream->end_seq),
	         val_int(stream->resource_id), val_str(stream->signature), val_int(take->begin), val_int(take->rows),
	         val_int(w->now_us),
	         val_str(take->end     ? "changes"
	                 : take->begin ? "full"
	                               : stream->phase),
	         val_int(take->catalog), val_str(stream->origin), val_str(stream->origin_name), val_int(stream->seq),
	         val_str(stream->origin_entry), val_str(stream->via)));
	if (done == 0) return fail(w, ERR_BUSY, "another batch of this stream came at the same time; try again");
	return done < 0 ? (int)done : take_evidence(w, take);
}

static int take_once(Request *rq, const Self *self, const Node *node, const Frame *batch, Text *receipt) {
	Take *take = ARENA_NEW(rq->arena, Take);
	*take = (Take){.self = self,
	               .node = node,
	               .batch = batch,
	               .seq = frame_int(batch, "seq"),
	               .catalog = strcmp(frame_str(batch, "stream"), CATALOG_STREAM) == 0,
	               .begin = json_is_true(json_object_get(batch->header, "begin")),
	               .end = json_is_true(json_object_get(batch->header, "end")),
	               .rows_digest = ""};
	if (!take->catalog) take->origin = origin_read(rq->arena, batch->header, node->fingerprint);
	int code = batch_check(rq, take);
	if (code == 0) {
		if (!take->catalog) {
			take->stream.origin = take->origin.node;
			take->stream.origin_name = take->origin.name;
			take->stream.origin_entry = take->origin.entry;
			take->stream.via = take->origin.via;
		}
		code = receipt_make(rq, take);
		if (code == 0) code = request_write(rq, take_write, take);
	}
	*receipt = take->receipt;
	return code < 0 ? code : 0;
}

/* The same batch may come pushed and pulled at once: the second one finds it kept, and gets its receipt. */
int in_take(Request *rq, const Self *self, const Node *node, const Frame *batch, Text *receipt) {
	int code = take_once(rq, self, node, batch, receipt);
	for (int tries = 0; code == ERR_BUSY && tries < 2; tries++) {
		error_clear(rq->error);
		code = take_once(rq, self, node, batch, receipt);
	}
	return code;
}
