/* The store half of a load and its stages: read → unique → compare → index → read_back → swap → done (an upsert: read → read_back
 * → done). On the job's thread. A kill at any point leaves the last committed checkpoint, from which the next run goes on. */
#include "exchange/load.h"
#include "exchange/load_decode.h"
#include "exchange/read_back.h"
#include "exchange/receipt.h"
#include "casework/casework.h"
#include <malloc.h>
#include <stdarg.h>

/* --- checkpoint --------------------------------------------------------------------------------------------------------- */

/* Names of the fields that records kept; new reference, NULL = none. */
static json_t *kept_pack(const Load *load) {
	json_t *names = load->left_out ? json_array() : NULL;
	for (int i = 0; names && i < load->resource->field_count; i++)
		if (load->left_out[i]) json_array_append_new(names, json_string(load->resource->fields[i].name));
	return names;
}

static void kept_add(Load *load, int position) {
	if (!load->left_out) load->left_out = ARENA_ARRAY(load->rq->arena, bool, load->resource->field_count);
	load->left_out[position] = true;
}

static json_t *checkpoint_pack(const Load *load) {
	json_t *checkpoint =
	    json_pack("{s:i, s:I, s:I, s:I, s:I, s:b, s:[I,I,I], s:[I,I,I,I], s:O?}", "generation", load->generation, "row",
	              (json_int_t)load->last_row, "read", (json_int_t)load->read, "notes", (json_int_t)load->notes, "refused",
	              (json_int_t)load->refused, "all_read", load->all_read, "digest", (json_int_t)load->digest.count,
	              (json_int_t)load->digest.hi, (json_int_t)load->digest.lo, "counts", (json_int_t)load->counts.inserted,
	              (json_int_t)load->counts.updated, (json_int_t)load->counts.unchanged, (json_int_t)load->counts.superseded,
	              "snapshot", load->snapshot);
	if (checkpoint && load->spool) json_object_update(checkpoint, load->spool);
	if (checkpoint && load->ignored) json_object_set(checkpoint, "ignored", load->ignored);
	if (checkpoint && load->left_out) json_object_set_new(checkpoint, "kept", kept_pack(load));
	if (checkpoint) json_object_set_new(checkpoint, "quality", quality_pack(&load->quality, load->resource));
	return checkpoint;
}

static void checkpoint_unpack(Load *load, json_t *checkpoint) {
	json_int_t row = 0, read = 0, notes = 0, refused = 0, count = 0, hi = 0, lo = 0;
	json_int_t inserted = 0, updated = 0, unchanged = 0, superseded = 0;
	int generation = 0, all_read = 0;
	json_t *snapshot = NULL;
	if (json_unpack(checkpoint, "{s:i, s:I, s:I, s:I, s:I, s:b, s:[I,I,I], s:[I,I,I,I], s?o}", "generation", &generation,
	                "row", &row, "read", &read, "notes", &notes, "refused", &refused, "all_read", &all_read, "digest", &count,
	                &hi, &lo, "counts", &inserted, &updated, &unchanged, &superseded, "snapshot", &snapshot) != 0)
		return; /* {}: the first run */
	load->generation = generation;
	load->last_row = row;
	load->read = read;
	load->notes = notes;
	load->refused = refused;
	load->all_read = all_read;
	load->digest = (TableDigest){.count = count, .hi = (uint64_t)hi, .lo = (uint64_t)lo};
	load->counts = (LoadCounts){.inserted = inserted,
	                            .updated = updated,
	                            .unchanged = unchanged,
	                            .superseded = superseded,
	                            .deleted = load->counts.deleted}; /* the job's own, known before */
	load->snapshot = json_is_object(snapshot) ? snapshot : NULL;
	load->ignored = json_object_get(checkpoint, "ignored");
	size_t index;
	json_t *name;
	json_array_foreach(json_object_get(checkpoint, "kept"), index, name) {
		const Field *field = resource_field(load->resource, text_of(json_string_value(name)));
		if (field) kept_add(load, (int)(field - load->resource->fields));
	}
	quality_unpack(&load->quality, load->resource, json_object_get(checkpoint, "quality"));
}

static int checkpoint_keep(Request *w, Load *load) {
	json_t *checkpoint = checkpoint_pack(load);
	int code =
	    checkpoint ? job_checkpoint(w, load->job, checkpoint) : fail(w, ERR_INTERNAL, "the checkpoint could not be written");
	json_decref(checkpoint);
	return code;
}

/* A line of the job's log. */
__attribute__((format(printf, 2, 3))) static int load_note(Load *load, const char *format, ...) {
	va_list args;
	va_start(args, format);
	const char *text = arena_vprintf(load->rq->arena, format, args);
	va_end(args);
	return job_note(load->rq, load->job, text);
}

/* --- rows taken out again -------------------------------------------------------------------------------------------------- */

static const Text *values_text(Request *rq, const Resource *resource, const Val *values) {
	Text *texts = ARENA_ARRAY(rq->arena, Text, resource->field_count);
	for (int i = 0; i < resource->field_count; i++)
		texts[i] = field_text(&resource->fields[i], values[i], rq->arena);
	return texts;
}

static const char *values_json(Request *rq, const Resource *resource, const Text *texts, const bool *left_out) {
	Buf *out = ARENA_NEW(rq->arena, Buf);
	JsonWriter json;
	buf_in(out, rq->arena);
	jw_begin(&json, out);
	jw_object(&json);
	for (int i = 0; i < resource->field_count; i++)
		if (!left_out || !left_out[i]) jw_kv_text(&json, resource->fields[i].name, texts[i]);
	jw_object_end(&json);
	return text_cstr(rq->arena, buf_as_text(out));
}

static Reason duplicate_reason(const Duplicate *row, const Text *texts) {
	const Resource *resource = row->resource;
	const Field *field = row->field ? row->field : resource->key_count ? &resource->fields[resource->key_fields[0]] : NULL;
	Reason reason = {0};
	Text value = field ? texts[field - resource->fields] : TEXT_NONE;
	snprintf(reason.field, sizeof reason.field, "%s", field ? field->name : "");
	snprintf(reason.value, sizeof reason.value, "%.*s", TEXT_ARG(value));
	snprintf(reason.rule, sizeof reason.rule, "%s", row->collision ? "record_id" : "unique");
	if (row->first_row_no > 0)
		snprintf(reason.message, sizeof reason.message, "%s is already taken by row %lld of the same source",
		         row->field ? "the value" : "the key", (long long)row->first_row_no);
	else
		snprintf(reason.message, sizeof reason.message, "%s is already taken by another record",
		         row->field ? "the value" : "the key");
	snprintf(reason.advice, sizeof reason.advice, "Keep one of the two rows, or correct the value of %s.", reason.field);
	return reason;
}

/* In the write that takes the row out (or passes it over). */
static int row_duplicate(Request *w, void *arg, const Duplicate *row) {
	Load *load = arg;
	const Text *texts = values_text(w, row->resource, row->values);
	int code = 0;
	if (!row->identical) {
		Reason *reason = arena_alloc(w->arena, sizeof(Reason));
		*reason = duplicate_reason(row, texts);
		QuarantineRow kept = {.row_no = row->row_no,
		                      .values_json = values_json(w, row->resource, texts, row->left_out),
		                      .reasons = reason,
		                      .reason_count = 1};
		code = quarantine_put(w, row->resource, load->job->job_id, &kept);
	}
	if (code < 0 || load->mode != LOAD_FULL) return code;
	TableDigest digest;
	Buf *scratch = ARENA_NEW(w->arena, Buf);
	buf_in(scratch, w->arena);
	row_digest(row->resource, row->values, hasher_new(w->arena), scratch, &digest);
	code = (int)db_run(
	    w->db,
	    "INSERT INTO load_duplicate (job_id, row_no, digest_hi, digest_lo, superseded) VALUES ($1, $2, $3, $4, $5)"
	    " ON CONFLICT (job_id, row_no) DO NOTHING",
	    BIND(val_int(load->job->job_id), val_int(row->row_no), val_int((int64_t)digest.hi), val_int((int64_t)digest.lo),
	         val_int(row->identical)));
	return code < 0 ? code : 0;
}

/* What the duplicates of this job (over all its runs) took out: digest and counts. */
static int duplicates_sum(Load *load, TableDigest *removed) {
	Rows *rows;
	*removed = (TableDigest){0};
	load->counts.superseded = load->counts.refused = 0;
	int code = db_query(load->rq->db, &rows, "SELECT digest_hi, digest_lo, superseded FROM load_duplicate WHERE job_id = $1",
	                    BIND(val_int(load->job->job_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		TableDigest one = {.count = 1, .hi = (uint64_t)rows_int(rows, 0), .lo = (uint64_t)rows_int(rows, 1)};
		table_digest_add(removed, &one);
		if (rows_int(rows, 2))
			load->counts.superseded++;
		else
			load->counts.refused++;
	}
	return code;
}

/* --- stage read: chunks ---------------------------------------------------------------------------------------------------- */

struct ChunkWrite {
	Load *load;
	const Chunk *chunk;
	Load after;
};

static int chunk_refused(Request *w, const Load *load, const Chunk *chunk) {
	int code = 0;
	for (int i = 0; i < chunk->refused_count && code >= 0; i++) {
		const Refused *refused = &chunk->refused[i];
		if (refused->quarantine_id)
			code =
			    quarantine_refused_again(w, refused->quarantine_id, refused->row.reasons, refused->row.reason_count);
		else
			code = quarantine_put(w, load->resource, load->job->job_id, &refused->row);
	}
	for (int i = 0; i < chunk->count && code >= 0; i++)
		if (chunk->quarantine_ids[i] && chunk->rows[i].reason_count == 0)
			code = quarantine_replayed(w, chunk->quarantine_ids[i], load->job->job_id);
	return code;
}

static int chunk_write(Request *w, void *arg) {
	struct ChunkWrite *write = arg;
	const Chunk *chunk = write->chunk;
	Load *load = write->load, *after = &write->after;
	*after = *load;
	after->last_row = chunk->count ? chunk->last_row : load->last_row;
	after->read += chunk->count;
	after->notes += chunk->notes;
	after->refused += chunk->refused_count;
	after->all_read = chunk->last;
	quality_add(&after->quality, load->resource, &chunk->quality);
	int code = 0;
	if (load->mode == LOAD_FULL) {
		code = (int)generation_fill(w, load->resource, load->generation, load->job->job_id, chunk->rows,
		                            (size_t)chunk->count);
		table_digest_add(&after->digest, &chunk->digest);
	} else {
		GenerationHooks hooks = {.duplicate = row_duplicate, .arg = load};
		Upsert upsert = {0};
		code =
		    record_upsert_chunk(w, load->resource, load->job->job_id, chunk->rows, (size_t)chunk->count, &hooks, &upsert);
		table_digest_add(&after->digest, &upsert.source);
		after->counts.inserted += upsert.counts.inserted;
		after->counts.updated += upsert.counts.updated;
		after->counts.unchanged += upsert.counts.unchanged;
		after->counts.superseded += upsert.counts.superseded;
		after->refused += upsert.counts.refused;
	}
	if (code >= 0) code = chunk_refused(w, load, chunk);
	return code < 0 ? code : checkpoint_keep(w, after);
}

/* The first chunk brings the snapshot; a run that goes on must find the same one. */
static int snapshot_check(Load *load, json_t *snapshot) {
	if (!load->snapshot) {
		load->snapshot = snapshot;
		return 0;
	}
	if (json_equal(load->snapshot, snapshot)) return 0;
	return fail(load->rq, ERR_CONFLICT,
	            "the source changed since this job began, so it cannot go on where it stopped: start a new load");
}

static void json_free(void *object) {
	json_decref(object);
}

static int chunks_store(Load *load, Decode *decode) {
	int code = 0;
	while (code >= 0 && !load->all_read) {
		Chunk *chunk = decode_take(decode);
		if (!chunk) return fail(load->rq, ERR_INTERNAL, "decoding ended without a last chunk");
		if (chunk->snapshot) {
			arena_on_free(load->rq->arena, json_free, chunk->snapshot);
			code = snapshot_check(load, chunk->snapshot);
			chunk->snapshot = NULL;
		}
		if (code >= 0 && chunk->code < 0) {
			*load->rq->error =
			    chunk->error; /* good rows before the fault are not stored: a batch is whole or not at all */
			return chunk->code;
		}
		if (chunk->last && load->source->ignored && (load->ignored = load->source->ignored(load->source->self)))
			arena_on_free(load->rq->arena, json_free, load->ignored);
		for (int i = 0; chunk->left_out && i < load->resource->field_count; i++)
			if (chunk->left_out[i]) kept_add(load, i);
		struct ChunkWrite write = {.load = load, .chunk = chunk};
		if (code >= 0) code = request_write_bulk(load->rq, chunk_write, &write);
		if (code >= 0) {
			json_t *snapshot = load->snapshot;
			*load = write.after;
			load->snapshot = snapshot;
			code = job_progress(load->rq, load->job, "read", chunk->done, chunk->total);
		}
		decode_return(decode, chunk);
	}
	return code < 0 ? code : 0;
}

static int generation_make(Request *w, void *arg) {
	Load *load = arg;
	int code = generation_create(w, load->resource, load->job->job_id, &load->generation);
	return code < 0 ? code : checkpoint_keep(w, load);
}

static int kept_note(Load *load) {
	Buf *names = ARENA_NEW(load->rq->arena, Buf);
	buf_in(names, load->rq->arena);
	for (int i = 0; load->left_out && i < load->resource->field_count; i++)
		if (load->left_out[i]) buf_printf(names, "%s%s", names->len ? ", " : "", load->resource->fields[i].title);
	return names->len ? load_note(load, "records kept what they have in: %.*s", TEXT_ARG(buf_as_text(names))) : 0;
}

static int stage_read(Load *load) {
	Decode *decode;
	int code = job_progress(load->rq, load->job, "read", 0, -1);
	if (code == 0)
		code = load->last_row == 0 ? load_note(load, "reading began (%s)", load->mode == LOAD_FULL ? "full" : "upsert")
		                           : load_note(load, "reading goes on after row %lld", (long long)load->last_row);
	if (code == 0 && load->mode == LOAD_FULL && load->generation == 0) code = request_write(load->rq, generation_make, load);
	if (code >= 0 && load->mode == LOAD_UPSERT && load->last_row == 0)
		code = record_upsert_begin(load->rq, load->resource, load->job->job_id);
	if (code >= 0) code = decode_start(load, &decode);
	if (code < 0) return code;
	code = chunks_store(load, decode);
	decode_stop(decode);
	if (code == 0) code = load_note(load, "%lld rows read, %lld refused", (long long)load->read, (long long)load->refused);
	return code < 0 ? code : kept_note(load);
}

/* --- the end ----------------------------------------------------------------------------------------------------------- */

struct Finish {
	Load *load;
	TableDigest target;
	LoadCounts swapped;
	SigningKey *key;
};

static json_t *counts_pack(const Load *load, const LoadCounts *counts) {
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "read", (json_int_t)load->read, "inserted",
	                 (json_int_t)counts->inserted, "updated", (json_int_t)counts->updated, "unchanged",
	                 (json_int_t)counts->unchanged, "refused", (json_int_t)load->refused, "superseded",
	                 (json_int_t)load->counts.superseded, "deleted", (json_int_t)counts->deleted);
}

/* Refused because their key or unique value was taken: what was not refused while it was decoded. */
static int64_t repeated_rows(const Load *load) {
	int64_t decoded = load->quality.unreadable + load->quality.faulty + load->quality.inconsistent;
	return load->refused > decoded ? load->refused - decoded : 0;
}

static json_t *receipt_body(Request *w, const struct Finish *finish, int64_t receipt_id, json_t *counts) {
	const Load *load = finish->load;
	char at[CLOCK_TEXT_MAX];
	ResourceName name = {.resource_id = load->resource->resource_id};
	json_t *body =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:O, s:O?, s:s, s:s, s:s, s:I}", "format",
	              "yiwang.batch-receipt/1", "receipt_id", arena_printf(w->arena, "%lld", (long long)receipt_id), "job_id",
	              arena_printf(w->arena, "%lld", (long long)load->job->job_id), "resource_id",
	              arena_printf(w->arena, "%lld", (long long)name.resource_id), "resource_code", load->resource->code,
	              "resource_name", load->resource->name, "resource_version", load->resource->version, "supplier_org_id",
	              arena_printf(w->arena, "%lld", (long long)load->resource->org_id), "sent_by_account_id",
	              arena_printf(w->arena, "%lld", (long long)load->job->created_by), "received_at",
	              clock_format(w->now_us, at), "counts", counts, "snapshot", load->snapshot, "digest_canon", "v1",
	              "source_digest", table_digest_text(w->arena, &load->digest), "target_digest",
	              table_digest_text(w->arena, &finish->target), "normalised_values", (json_int_t)load->notes);
	/* the digests are of whole records: what these fields hold was not in the source */
	if (body && load->left_out) json_object_set_new(body, "kept", kept_pack(load));
	return body;
}

/* In the final write: receipt, result and state together; the job is reconciled or nothing happened. */
static int finish_write(Request *w, void *arg) {
	struct Finish *finish = arg;
	Load *load = finish->load;
	const LoadCounts *counts = load->mode == LOAD_FULL ? &finish->swapped : &load->counts;
	if (load->read != counts->inserted + counts->updated + counts->unchanged + load->refused + load->counts.superseded)
		return fail(w, ERR_INTERNAL,
		            "the counts do not add up: %lld rows read, but %lld inserted + %lld updated + %lld unchanged + %lld "
		            "refused + %lld superseded",
		            (long long)load->read, (long long)counts->inserted, (long long)counts->updated,
		            (long long)counts->unchanged, (long long)load->refused, (long long)load->counts.superseded);
	int64_t receipt_id = store_new_id(w->store);
	json_t *packed = counts_pack(load, counts), *document;
	arena_on_free(w->arena, json_free, packed);
	int code = receipt_sign(w, finish->key, receipt_body(w, finish, receipt_id, packed), &document);
	if (code == 0) code = receipt_put(w, receipt_id, load->job->job_id, load->resource->resource_id, document);
	if (code == 0 && load->finish) code = load->finish(w, load);
	/* a job that an older program began was not counted from its first row */
	if (code == 0 && load->measured && load->quality.rows + load->quality.unreadable == load->read)
		code = quality_put(w, load->resource,
		                   &(QualityLoad){.job_id = load->job->job_id,
		                                  .refused = load->refused,
		                                  .duplicates = load->counts.superseded + repeated_rows(load),
		                                  .whole = load->mode == LOAD_FULL},
		                   &load->quality);
	for (int i = 0; i < 2 && code >= 0; i++) /* what waits for data first: a decision may follow at once */
		code = cases_happen(w, &(Happening){.event = i ? "loaded" : "mounted",
		                                    .resource_id = load->resource->resource_id,
		                                    .job_id = load->job->job_id});
	if (code < 0) return code;
	json_t *result = json_deep_copy(packed);
	arena_on_free(w->arena, json_free, result);
	json_object_set_new(result, "source_digest", json_string(table_digest_text(w->arena, &load->digest)));
	json_object_set_new(result, "target_digest", json_string(table_digest_text(w->arena, &finish->target)));
	json_object_set_new(result, "normalised_values", json_integer(load->notes));
	if (load->ignored) json_object_set(result, "ignored", load->ignored);
	if (load->left_out) json_object_set_new(result, "kept", kept_pack(load));
	json_object_set(result, "snapshot", load->snapshot ? load->snapshot : json_null());
	json_object_set_new(result, "receipt_id", json_string(arena_printf(w->arena, "%lld", (long long)receipt_id)));
	return job_finish(w, load->job, JOB_RECONCILED, result);
}

static int digests_match(Load *load, const TableDigest *target) {
	if (table_digest_eq(&load->digest, target))
		return load_note(load, "read back: %lld records, digest equal to the source's", (long long)target->count);
	return fail(load->rq, ERR_INTERNAL,
	            "what is stored is not what was sent: source digest %s, target digest %s; nothing was switched over",
	            table_digest_text(load->rq->arena, &load->digest), table_digest_text(load->rq->arena, target));
}

static const char *const stage_of_hooks[] = {"unique", "compare", "index", "read_back"};
struct Stage {
	Load *load;
	const char *name;
};

static int stage_step(Request *rq, void *arg, int64_t done, int64_t total) {
	const struct Stage *stage = arg;
	return job_progress(rq, stage->load->job, stage->name, done, total);
}

static int stage_fence(Request *w, void *arg) {
	const struct Stage *stage = arg;
	return checkpoint_keep(w, stage->load);
}

static int stage_duplicate(Request *w, void *arg, const Duplicate *row) {
	const struct Stage *stage = arg;
	return row_duplicate(w, stage->load, row);
}

/* The stages of a full load. The table is read back while it is made unique and indexed, which change nothing in it; where
 * duplicates were taken out, reading begins anew without them. */
static int full_stages(Load *load, TableDigest *target) {
	Request *rq = load->rq;
	struct Stage stage = {load, NULL};
	GenerationHooks hooks = {.step = stage_step, .fence = stage_fence, .duplicate = stage_duplicate, .arg = &stage};
	TableDigest removed;
	LoadCounts counts = {0};
	ReadBack *back = NULL;
	int code = read_back_start(load, &back);
	for (size_t i = 0; i < sizeof stage_of_hooks / sizeof *stage_of_hooks && code == 0; i++) {
		stage.name = stage_of_hooks[i];
		code = job_progress(rq, load->job, stage.name, 0, -1);
		if (code < 0) break;
		switch (i) {
		case 0:
			code = generation_duplicates(rq, load->resource, load->generation, &hooks, &removed, &counts);
			break;
		case 1:
			code = generation_compare(rq, load->resource, load->generation, &hooks);
			break;
		case 2:
			code = generation_index(rq, load->resource, load->generation, &hooks);
			break;
		default:
			code = read_back_end(load, back, target);
			back = NULL;
		}
		if (i == 0 && code == 0 && removed.count > 0) {
			read_back_stop(back);
			back = NULL;
			code = read_back_start(load, &back);
		}
	}
	read_back_stop(back);
	return code;
}

static int full_finish(Load *load, struct Finish *finish) {
	TableDigest removed;
	int code = full_stages(load, &finish->target);
	if (code == 0) code = duplicates_sum(load, &removed);
	if (code < 0) return code;
	table_digest_sub(&load->digest, &removed);
	load->refused += load->counts.refused;
	if (removed.count > 0)
		code = load_note(load, "%lld rows of a key or unique value taken already: %lld refused, %lld the same again",
		                 (long long)removed.count, (long long)load->counts.refused, (long long)load->counts.superseded);
	if (code == 0) code = digests_match(load, &finish->target);
	if (code == 0) code = job_progress(load->rq, load->job, "swap", 0, 1);
	GenerationHooks last = {.fence = finish_write, .arg = finish};
	return code < 0 ? code : generation_swap(load->rq, load->resource, load->generation, &last, &finish->swapped);
}

static int upsert_finish(Load *load, struct Finish *finish) {
	struct Stage stage = {load, "read_back"};
	GenerationHooks hooks = {.step = stage_step, .arg = &stage};
	int code = job_progress(load->rq, load->job, stage.name, 0, -1);
	if (code == 0) code = generation_read_back(load->rq, load->resource, 0, load->job->job_id, &hooks, &finish->target);
	if (code == 0) code = digests_match(load, &finish->target);
	if (code == 0) code = record_upsert_end(load->rq, load->resource, load->job->job_id);
	return code < 0 ? code : request_write(load->rq, finish_write, finish);
}

int load_run(Load *load) {
	struct Finish finish = {.load = load};
	checkpoint_unpack(load, load->job->checkpoint);
	int code = resource_not_proxied(load->rq, load->resource, "be loaded"); /* since it failed, and was resumed */
	if (code == 0) code = receipt_key(load->rq, &finish.key);
	if (code == 0 && !load->all_read) code = stage_read(load);
	if (code == 0) code = load->mode == LOAD_FULL ? full_finish(load, &finish) : upsert_finish(load, &finish);
	malloc_trim(0); /* the chunks lay in the decode thread's heap, which would keep them for the next thread */
	return code < 0 ? code : 0;
}
