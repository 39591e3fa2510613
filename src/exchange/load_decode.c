/* The decode thread of a load. It has its own Request (connection, arena) and shares nothing with the job's thread but the chunks
 * that the two hand over; three of them circulate, so memory is constant whatever the size of the source. */
#include "exchange/load_decode.h"
#include <pthread.h>

enum { CHUNKS = 3 };

struct Decode {
	App *app;
	int64_t resource_id, after_row;
	int version;
	RowSource *source;
	bool keeps;     /* an upsert by key: what a row leaves out, its record keeps */
	bool *left_out; /* by the row before, if there was one (begun) and it left out any (some) */
	bool begun, some;
	bool differs; /* rows leave out different fields */
	Handover *empty, *full;
	pthread_t thread;
	Chunk *chunks[CHUNKS];
};

/* --- one row ------------------------------------------------------------------------------------------------------------ */

static Text *texts_copy(Arena *arena, const Text *texts, int count, size_t *bytes) {
	Text *copy = ARENA_ARRAY(arena, Text, count);
	size_t total = 0;
	for (int i = 0; i < count; i++)
		total += texts[i].len;
	char *at = arena_alloc_raw(arena, total + 1);
	for (int i = 0; i < count; i++) {
		if (!texts[i].at) continue;
		memcpy(at, texts[i].at, texts[i].len);
		copy[i] = (Text){at, texts[i].len};
		at += texts[i].len;
	}
	*bytes += total + (size_t)count * sizeof(Text);
	return copy;
}

/* JSON needs valid UTF-8: what a mis-encoded row brought is shown with U+FFFD. */
static Text text_clean(Arena *arena, Text text) {
	if (!text.at || (utf8_valid(text) && !memchr(text.at, 0, text.len))) return text;
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	for (size_t i = 0; i < text.len; i++) {
		size_t length = 1;
		while (length < 4 && i + length <= text.len && !utf8_valid((Text){text.at + i, length}))
			length++;
		if (i + length <= text.len && text.at[i] && utf8_valid((Text){text.at + i, length})) {
			buf_add(out, text.at + i, length);
			i += length - 1;
		} else {
			buf_str(out, "\xEF\xBF\xBD");
		}
	}
	return buf_as_text(out);
}

static const char *row_values(Arena *arena, const Resource *resource, const SourceRow *row, const Text *texts) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	JsonWriter json;
	jw_begin(&json, out);
	jw_object(&json);
	for (int i = 0; i < resource->field_count; i++)
		if (!row->left_out || !row->left_out[i]) /* so that a replay leaves it out too */
			jw_kv_text(&json, resource->fields[i].name, text_clean(arena, texts[i]));
	for (int i = 0; i < row->extra_count; i++) {
		Text name = text_clean(arena, row->extra_names[i]);
		if (resource_field(resource, name)) /* a field of this name takes another column */
			name = text_of(arena_printf(arena, "column:%.*s", TEXT_ARG(name)));
		jw_key_text(&json, name);
		jw_text(&json, text_clean(arena, row->extra_texts[i]));
	}
	jw_object_end(&json);
	return text_cstr(arena, buf_as_text(out));
}

static void row_refuse(Chunk *chunk, const Resource *resource, const SourceRow *row, const Text *texts, const Reason *reasons,
                       int count) {
	Refused *refused = &chunk->refused[chunk->refused_count++];
	*refused = (Refused){.row = {.row_no = row->row_no,
	                             .values_json = row_values(chunk->arena, resource, row, texts),
	                             .reasons = reasons,
	                             .reason_count = count},
	                     .quarantine_id = row->quarantine_id};
}

/* --- one chunk ------------------------------------------------------------------------------------------------------------ */

/* Keeps what a later refusal of the row (by its references) would need. */
typedef struct Kept {
	SourceRow row;
	const Text *texts;
} Kept;

/* What the row leaves out, for as long as the chunk lives. */
static const bool *row_left_out(Decode *decode, Chunk *chunk, const Resource *resource, const Kept *before, const bool *given) {
	size_t size = sizeof(bool) * (size_t)resource->field_count;
	bool same = decode->begun && decode->some == (given != NULL) && (!given || memcmp(given, decode->left_out, size) == 0);
	decode->differs |= decode->begun && !same;
	decode->begun = true;
	decode->some = given != NULL;
	if (!given) return NULL;
	if (same && before) return before->row.left_out;
	bool *copy = arena_alloc_raw(chunk->arena, size);
	memcpy(copy, given, size);
	memcpy(decode->left_out, given, size);
	if (!chunk->left_out) chunk->left_out = ARENA_ARRAY(chunk->arena, bool, resource->field_count);
	for (int i = 0; i < resource->field_count; i++)
		chunk->left_out[i] |= given[i];
	return copy;
}

/* Waits until every chunk before this one is stored: a row may leave out what a row in them brought. (Where all rows leave out
 * the same, none of them brings it.) */
static void chunks_settle(Decode *decode, Request *rq) {
	void *others[CHUNKS - 1];
	int count = 0;
	while (count < CHUNKS - 1 && handover_take(decode->empty, &others[count]))
		count++;
	for (int i = 0; i < count; i++)
		(void)handover_put(decode->empty, others[i]);
	db_rest(rq->db);
}

static int chunk_read(Decode *decode, Chunk *chunk, const Resource *resource, Acceptor *acceptor, Kept *kept) {
	size_t bytes = 0;
	SourceRow row;
	while (chunk->count < LOAD_CHUNK_ROWS && bytes < LOAD_CHUNK_BYTES) {
		int code = decode->source->next(decode->source->self, &row);
		chunk->last = code == 0; /* only the source says that it has no more; a full chunk says nothing about that */
		if (code <= 0) return code;
		const Text *texts = texts_copy(chunk->arena, row.texts, resource->field_count, &bytes);
		Accepted *accepted = &chunk->rows[chunk->count];
		*accepted = (Accepted){0};
		if (row.extra_count) {
			row.extra_names = texts_copy(chunk->arena, row.extra_names, row.extra_count, &bytes);
			row.extra_texts = texts_copy(chunk->arena, row.extra_texts, row.extra_count, &bytes);
		}
		row.left_out = decode->keeps ? row_left_out(decode, chunk, resource,
		                                            chunk->count ? &kept[chunk->count - 1] : NULL, row.left_out)
		                             : NULL;
		if (row.fault) {
			accepted->reasons = arena_alloc(chunk->arena, sizeof(Reason));
			*accepted->reasons = *row.fault;
			accepted->reason_count = 1;
		} else if ((code = accept_part(acceptor, texts, row.left_out, chunk->arena, accepted)) < 0) {
			return code;
		}
		accepted->row_no = row.row_no;
		chunk->quarantine_ids[chunk->count] = row.quarantine_id;
		kept[chunk->count++] = (Kept){row, texts};
		chunk->last_row = row.row_no;
	}
	return 0;
}

static int chunk_decode(Decode *decode, Chunk *chunk, Request *rq, const Resource *resource, Acceptor *acceptor, Kept *kept) {
	arena_reset(chunk->arena);
	*chunk = (Chunk){.arena = chunk->arena};
	chunk->rows = arena_alloc_raw(chunk->arena, sizeof(Accepted) * LOAD_CHUNK_ROWS);
	chunk->quarantine_ids = arena_alloc_raw(chunk->arena, sizeof(int64_t) * LOAD_CHUNK_ROWS);
	chunk->refused = arena_alloc_raw(chunk->arena, sizeof(Refused) * LOAD_CHUNK_ROWS);
	int code = chunk_read(decode, chunk, resource, acceptor, kept);
	if (chunk->left_out && decode->differs) chunks_settle(decode, rq);
	int kept_code = accept_kept(acceptor, chunk->rows, (size_t)chunk->count, chunk->arena);
	if (code == 0) code = kept_code;
	int references = accept_references(acceptor, chunk->rows, (size_t)chunk->count, chunk->arena);
	if (code == 0) code = references;
	for (int i = 0; i < chunk->count; i++) {
		Accepted *row = &chunk->rows[i];
		chunk->notes += row->notes;
		quality_row(&chunk->quality, resource, row, kept[i].row.fault != NULL);
		if (row->reason_count)
			row_refuse(chunk, resource, &kept[i].row, kept[i].texts, row->reasons, row->reason_count);
		else
			table_digest_add(&chunk->digest, &row->digest);
	}
	db_rest(rq->db);
	decode->source->progress(decode->source->self, &chunk->done, &chunk->total);
	if (code < 0) {
		chunk->last = true;
		chunk->code = code;
		chunk->error = *rq->error;
	}
	return code;
}

/* --- the thread ------------------------------------------------------------------------------------------------------------ */

static int decode_open(Decode *decode, Request *rq, const Resource **resource, Acceptor **acceptor) {
	int code = resource_find(rq, decode->resource_id, resource);
	if (code == 0 && (*resource)->version != decode->version)
		code = fail(rq, ERR_CONFLICT, "the catalogue entry was published anew while the job began: start the load again");
	if (code == 0) code = acceptor_new(rq, *resource, acceptor);
	if (code < 0) return code;
	decode->keeps &= (*resource)->key_count > 0;
	decode->left_out = ARENA_ARRAY(rq->arena, bool, (*resource)->field_count + 1);
	return decode->source->open(decode->source->self, rq, *resource, decode->after_row);
}

static void *decode_thread(void *arg) {
	Decode *decode = arg;
	Request *rq = request_begin(decode->app, "exchange.load");
	const Resource *resource;
	Acceptor *acceptor;
	void *item;
	int code = rq->db ? decode_open(decode, rq, &resource, &acceptor) : rq->error->code;
	Kept *kept = arena_alloc_raw(rq->arena, sizeof(Kept) * LOAD_CHUNK_ROWS);
	json_t *snapshot = code == 0 ? decode->source->snapshot(decode->source->self) : NULL;
	while (handover_take(decode->empty, &item)) {
		Chunk *chunk = item;
		if (code == 0) {
			code = chunk_decode(decode, chunk, rq, resource, acceptor, kept);
		} else {
			*chunk = (Chunk){.arena = chunk->arena, .last = true, .code = code, .error = *rq->error};
		}
		chunk->snapshot = snapshot;
		snapshot = NULL;
		if (handover_put(decode->full, chunk) != 0 || chunk->last) break;
	}
	json_decref(snapshot);
	decode->source->close(decode->source->self);
	request_end(rq);
	return NULL;
}

int decode_start(Load *load, Decode **out) {
	Arena *arena = load->rq->arena;
	Decode *decode = ARENA_NEW(arena, Decode);
	*decode = (Decode){.app = load->rq->app,
	                   .resource_id = load->resource->resource_id,
	                   .after_row = load->last_row,
	                   .version = load->resource->version,
	                   .source = load->source,
	                   .keeps = load->mode == LOAD_UPSERT,
	                   .empty = handover_new(arena, CHUNKS),
	                   .full = handover_new(arena, CHUNKS)};
	for (int i = 0; i < CHUNKS; i++) {
		decode->chunks[i] = arena_alloc_raw(arena, sizeof(Chunk));
		*decode->chunks[i] = (Chunk){.arena = arena_new()};
		handover_put(decode->empty, decode->chunks[i]);
	}
	if (pthread_create(&decode->thread, NULL, decode_thread, decode) != 0) {
		for (int i = 0; i < CHUNKS; i++)
			arena_free(decode->chunks[i]->arena);
		return fail(load->rq, ERR_BUSY, "no thread could be started for decoding");
	}
	*out = decode;
	return 0;
}

Chunk *decode_take(Decode *decode) {
	void *item;
	return handover_take(decode->full, &item) ? item : NULL;
}

void decode_return(Decode *decode, Chunk *chunk) {
	(void)handover_put(decode->empty, chunk);
}

void decode_stop(Decode *decode) {
	handover_close(decode->empty);
	handover_close(decode->full);
	pthread_join(decode->thread, NULL);
	for (int i = 0; i < CHUNKS; i++)
		arena_free(decode->chunks[i]->arena);
}
