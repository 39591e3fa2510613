/* The job cascade.load: kept batches go through the one door as every load does (check, quarantine, store, read back, receipt): a
 * full run replaces what is there, a batch of changes is put in by key and what it names as removed is taken out, in the write
 * that ends the job and lets the batches' bytes go. */
#include "cascade/internal.h"

typedef struct Arrival {
	Stream stream;
	int64_t from, to;
	const char *node_name;
	json_t *snapshot;
	/* the decode thread's */
	Request *rq;
	int64_t seq, row_no, total;
	Buf body;
	BatchReader reader;
	BatchRow row;
	int *position_of, key; /* field of each column; of the origin's record id */
	Text *texts;
	char id[24];
} Arrival;

static const char *const origin_field = "origin_record";

/* --- the source ------------------------------------------------------------------------------------------------------------ */

static int columns_match(Arrival *arrival, const Resource *resource) {
	Request *rq = arrival->rq;
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT header FROM cascade_batch WHERE stream_id = $1 AND seq = $2",
	                   BIND(val_int(arrival->stream.stream_id), val_int(arrival->stream.begin_seq)));
	if (found < 0) return found;
	json_t *header = found ? json_loadb(rows_text(rows, 0).at, rows_text(rows, 0).len, 0, NULL) : NULL;
	const json_t *fields = json_object_get(header, "fields");
	db_rest(rq->db);
	int columns = (int)json_array_size(fields), code = columns > 0 ? 0 : ERR_CONFLICT;
	arrival->reader.columns = columns;
	arrival->position_of = ARENA_ARRAY(rq->arena, int, columns + 1);
	for (int i = 0; i < columns && code == 0; i++) {
		const char *name = json_string_value(json_object_get(json_array_get(fields, (size_t)i), "name"));
		const Field *field = name ? resource_field(resource, text_of(landed_name(rq->arena, name))) : NULL;
		arrival->position_of[i] = field ? (int)(field - resource->fields) : -1;
		if (!field) code = ERR_CONFLICT;
	}
	json_decref(header);
	const Field *key = resource_field(resource, text_of(origin_field));
	arrival->key = key ? (int)(key - resource->fields) : -1;
	if (code == 0 && key) return 0;
	return error_field(rq->error, ERR_CONFLICT, "", TEXT_NONE, "landing", "Begin the stream anew.",
	                   "the entry these rows land in was changed and no longer has their fields");
}

/* The next kept batch: 1, 0 none is left. */
static int body_next(Arrival *arrival) {
	Rows *rows;
	int found =
	    db_one(arrival->rq->db, &rows,
	           "SELECT seq, body FROM cascade_batch WHERE stream_id = $1 AND seq > $2 AND seq <= $3 AND body IS NOT NULL"
	           " ORDER BY seq LIMIT 1",
	           BIND(val_int(arrival->stream.stream_id), val_int(arrival->seq), val_int(arrival->to)));
	if (found <= 0) return found;
	arrival->seq = rows_int(rows, 0);
	buf_reset(&arrival->body);
	buf_text(&arrival->body, rows_blob(rows, 1));
	db_rest(arrival->rq->db);
	batch_end(&arrival->reader);
	arrival->reader.rest = buf_as_text(&arrival->body);
	return 1;
}

/* The next row that is not a removal. */
static int row_next(Arrival *arrival) {
	for (;;) {
		int code = batch_next(&arrival->reader, &arrival->row, arrival->rq->error);
		if (code < 0 || (code > 0 && !arrival->row.removed)) return code;
		if (code == 0 && (code = body_next(arrival)) <= 0) return code;
	}
}

static int arrival_open(void *self, Request *rq, const Resource *resource, int64_t after_row) {
	Arrival *arrival = self;
	arrival->rq = rq;
	arrival->seq = arrival->from - 1;
	arrival->texts = ARENA_ARRAY(rq->arena, Text, resource->field_count + 1);
	buf_in(&arrival->body, rq->arena);
	int code = columns_match(arrival, resource);
	while (code == 0 && arrival->row_no < after_row) {
		code = row_next(arrival);
		if (code == 0)
			return fail(rq, ERR_CONFLICT, "the batches of this load are no longer kept: begin the stream anew");
		arrival->row_no++;
		code = code < 0 ? code : 0;
	}
	return code;
}

static int arrival_next(void *self, SourceRow *row) {
	Arrival *arrival = self;
	int code = row_next(arrival);
	if (code <= 0) return code;
	for (int i = 0; i < arrival->reader.columns; i++)
		arrival->texts[arrival->position_of[i]] = arrival->row.texts[i];
	snprintf(arrival->id, sizeof arrival->id, "%lld", (long long)arrival->row.record_id);
	arrival->texts[arrival->key] = text_of(arrival->id);
	*row = (SourceRow){.row_no = ++arrival->row_no, .texts = arrival->texts};
	return 1;
}

static void arrival_progress(void *self, int64_t *done, int64_t *total) {
	const Arrival *arrival = self;
	*done = arrival->row_no;
	*total = arrival->total;
}

static json_t *arrival_snapshot(void *self) {
	return json_deep_copy(((Arrival *)self)->snapshot);
}

static void arrival_close(void *self) {
	batch_end(&((Arrival *)self)->reader);
}

/* --- what was sent, and what is gone
 * -------------------------------------------------------------------------------------------- */

static void json_free(void *json) {
	json_decref(json);
}

/* Counts and digest of the batches, as both nodes signed them. */
static int arrival_sum(Request *rq, Arrival *arrival) {
	Rows *rows;
	TableDigest sum = {0}, one;
	int64_t removed = 0;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT row_count, removed, rows_digest FROM cascade_batch WHERE stream_id = $1 AND seq >= $2 AND seq <= $3"
	             " AND body IS NOT NULL",
	             BIND(val_int(arrival->stream.stream_id), val_int(arrival->from), val_int(arrival->to)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		arrival->total += rows_int(rows, 0);
		removed += rows_int(rows, 1);
		if (table_digest_parse(rows_text(rows, 2), &one) == 0) table_digest_add(&sum, &one);
	}
	if (code < 0) return code;
	arrival->snapshot =
	    json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "kind", "node", "name", arrival->node_name, "origin",
	              arrival->stream.origin, "stream", arrival->stream.name, "from", (json_int_t)arrival->from, "to",
	              (json_int_t)arrival->to, "removed", (json_int_t)removed, "sent_digest", table_digest_text(rq->arena, &sum));
	arena_on_free(rq->arena, json_free, arrival->snapshot);
	return 0;
}

typedef struct Removal {
	int64_t ids[PAST_CHUNK];
	int count;
} Removal;

static int removal_flush(Request *w, const Resource *resource, Removal *removal) {
	int code = record_remove(w, resource, removal->ids, removal->count);
	removal->count = 0;
	return code < 0 ? code : 0;
}

/* In the final write: the records that the batch names as gone. */
static int removed_take(Request *w, const Arrival *arrival, const Resource *resource) {
	Rows *rows;
	Removal *removal = ARENA_NEW(w->arena, Removal);
	Val *values = ARENA_ARRAY(w->arena, Val, resource->field_count + 1);
	Buf scratch = {0};
	BatchReader reader = {.columns = arrival->reader.columns};
	BatchRow row;
	int code = db_one(w->db, &rows, "SELECT body FROM cascade_batch WHERE stream_id = $1 AND seq = $2",
	                  BIND(val_int(arrival->stream.stream_id), val_int(arrival->to)));
	if (code > 0) reader.rest = text_dup(w->arena, rows_blob(rows, 0));
	const Field *key = resource_field(resource, text_of(origin_field));
	if (!key) return fail(w, ERR_INTERNAL, "the landing entry has no key");
	while (code >= 0 && (code = batch_next(&reader, &row, w->error)) > 0) {
		char id[24];
		if (!row.removed) continue;
		snprintf(id, sizeof id, "%lld", (long long)row.record_id);
		values[key - resource->fields] = val_str(id);
		removal->ids[removal->count++] = record_id(w->app, resource, values, &scratch);
		if (removal->count == PAST_CHUNK) code = removal_flush(w, resource, removal);
	}
	batch_end(&reader);
	buf_free(&scratch);
	if (code == 0) code = removal_flush(w, resource, removal);
	return code < 0 ? code : past_settle(w, resource, false);
}

/* In the final write, after everything matched. */
static int arrival_finish(Request *w, Load *load) {
	const Arrival *arrival = load->source->self;
	int code = 0;
	if (load->read != arrival->total)
		return fail(w, ERR_INTERNAL, "%lld rows were sent and %lld were read", (long long)arrival->total,
		            (long long)load->read);
	if (load->mode == LOAD_UPSERT) code = removed_take(w, arrival, load->resource);
	int64_t done =
	    code < 0
	        ? code
	        : db_run(w->db, "UPDATE cascade_stream SET done = $2, error = '', version = version + 1 WHERE stream_id = $1",
	                 BIND(val_int(arrival->stream.stream_id), val_int(arrival->to)));
	if (done >= 0)
		done = db_run(
		    w->db,
		    "UPDATE cascade_batch SET body = NULL, done_us = $3 WHERE stream_id = $1 AND seq <= $2 AND body IS NOT NULL",
		    BIND(val_int(arrival->stream.stream_id), val_int(arrival->to), val_int(w->now_us)));
	return done < 0 ? (int)done : 0;
}

/* --- the job
 * --------------------------------------------------------------------------------------------------------------------- */

static int64_t arg_id(const Job *job, const char *name) {
	int64_t id = 0;
	const char *text = json_string_value(json_object_get(job->args, name));
	return text && text_to_int(text_of(text), &id) == 0 ? id : 0;
}

int cascade_load_run(Request *rq, Job *job) {
	Arrival *arrival = ARENA_NEW(rq->arena, Arrival);
	RowSource *source = ARENA_NEW(rq->arena, RowSource);
	Node node;
	*source = (RowSource){arrival, arrival_open, arrival_next, arrival_progress, arrival_snapshot, arrival_close};
	Load load = {.rq = rq,
	             .job = job,
	             .source = source,
	             .finish = arrival_finish,
	             .measured = true,
	             .mode =
	                 strcmp(json_string_value(json_object_get(job->args, "mode")), "full") == 0 ? LOAD_FULL : LOAD_UPSERT};
	arrival->from = arg_id(job, "from");
	arrival->to = arg_id(job, "to");
	int found = stream_find(rq, arg_id(job, "stream_id"), &arrival->stream);
	if (found > 0) found = node_find(rq, arrival->stream.node_id, &node);
	if (found <= 0) return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "the stream of this load is gone");
	arrival->node_name = node.name;
	if (arrival->stream.done >= arrival->to)
		return fail(rq, ERR_CONFLICT, "the batches of this load are no longer kept: begin the stream anew");
	int code = arrival_sum(rq, arrival);
	if (code == 0) code = resource_find(rq, job->resource_id, &load.resource);
	return code < 0 ? code : load_run(&load);
}

/* --- beginning them
 * ---------------------------------------------------------------------------------------------------------------- */

typedef struct Begin {
	Stream stream;
	const Resource *resource;
	int64_t from, to;
} Begin;

static int begin_write(Request *w, void *arg) {
	const Begin *begin = arg;
	const Stream *stream = &begin->stream;
	int64_t job_id;
	int code = load_may_begin(w, begin->resource);
	if (code < 0) return code;
	json_t *args = json_object();
	json_object_set_new(args, "stream_id", json_string(arena_printf(w->arena, "%lld", (long long)stream->stream_id)));
	json_object_set_new(args, "from", json_string(arena_printf(w->arena, "%lld", (long long)begin->from)));
	json_object_set_new(args, "to", json_string(arena_printf(w->arena, "%lld", (long long)begin->to)));
	json_object_set_new(args, "mode", json_string(stream->done < stream->begin_seq ? "full" : "upsert"));
	code = job_create(w, "cascade.load", stream->resource_id, begin->resource->org_id, args, &job_id);
	json_decref(args);
	if (code < 0) return code;
	int64_t done = db_run(w->db, "UPDATE cascade_stream SET job_id = $2 WHERE stream_id = $1 AND done = $3",
	                      BIND(val_int(stream->stream_id), val_int(job_id), val_int(stream->done)));
	if (done == 0) return fail(w, ERR_CONFLICT, "another process has begun this load");
	return done < 0 ? (int)done : 0;
}

/* A full run is loaded when it is whole; then each batch of changes by itself, in order. 1 there is something. */
static int range_find(Request *rq, Begin *begin) {
	const Stream *stream = &begin->stream;
	if (stream->done < stream->begin_seq) {
		begin->from = stream->begin_seq;
		begin->to = stream->end_seq;
		return stream->end_seq >= stream->begin_seq;
	}
	int found =
	    db_int(rq->db, &begin->from,
	           "SELECT seq FROM cascade_batch WHERE stream_id = $1 AND seq > $2 AND body IS NOT NULL ORDER BY seq LIMIT 1",
	           BIND(val_int(stream->stream_id), val_int(stream->done)));
	begin->to = begin->from;
	return found;
}

static int load_begin(Request *rq, int64_t stream_id) {
	Begin *begin = ARENA_NEW(rq->arena, Begin);
	int code = stream_find(rq, stream_id, &begin->stream);
	if (code > 0) code = range_find(rq, begin);
	if (code <= 0) return code;
	code = resource_find(rq, begin->stream.resource_id, &begin->resource);
	if (code == 0) code = request_write(rq, begin_write, begin);
	if (code == ERR_CONFLICT) code = 0; /* a load or a destruction is under way: later */
	error_clear(rq->error);
	return code < 0 ? code : 0;
}

int loads_begin(Request *rq) {
	enum { STREAMS = 64 };
	Rows *rows;
	int64_t ids[STREAMS], again_us = INT64_C(60000000);
	int count = 0;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT s.stream_id FROM cascade_stream s LEFT JOIN job j ON j.job_id = s.job_id WHERE s.direction = 'in'"
	             " AND s.name <> 'catalog' AND s.done < s.seq AND (j.job_id IS NULL OR j.state = 'reconciled' OR"
	             " (j.state = 'failed' AND j.finished_at < $1)) ORDER BY s.moved_us LIMIT 64",
	             BIND(val_int(clock_now_us() - again_us)));
	while (code >= 0 && count < STREAMS && (code = rows_next(rows)) > 0)
		ids[count++] = rows_int(rows, 0);
	if (code > 0) rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++)
		code = load_begin(rq, ids[i]);
	return code < 0 ? code : 0;
}
