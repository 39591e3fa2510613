/* A run of a delivery to a target that takes files. Stages: prepare → write → send → done. The rows of one snapshot go into a
 * file in DIR/spool (unlinked while it is open), all records or what the feed says changed; right, quota and evidence before it
 * leaves; the parcel's row is kept before it leaves; reconciled when the receiver holds the very bytes. The receiver's mark
 * decides where a run begins. While a receiver does not answer, the job goes back to the queue and begins anew, with growing
 * waits. Job threads. */
#include "exchange/parcel.h"
#include "exchange/receipt.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHANGES_MAX = 1000000, TELL_ROWS = 5000 };

typedef struct Run {
	Deliver *deliver;
	const SigningKey *key;
	Carrier *carrier;
	CarrierMark mark; /* where the receiver stands */
	ParcelRow base;   /* the parcel it stands at, as we know it; sequence 0 = none */
	int64_t newest;   /* sequence number that it is known to have had last */
	ParcelRow row;    /* the parcel of this run */
	Parcel parcel;
	json_t *document;
	int64_t *changed; /* record ids, sorted, each once */
	int64_t changed_count;
	int fd;
} Run;

static int step(void *arg, int64_t bytes) {
	Run *run = arg;
	Deliver *deliver = run->deliver;
	int code = job_progress(deliver->rq, deliver->job, "send", bytes, run->row.file_size ? run->row.file_size : -1);
	return code < 0 ? code : deliver_right(deliver);
}

/* --- where the receiver stands ---------- */

static int carrier_open(Run *run) {
	Deliver *deliver = run->deliver;
	Request *rq = deliver->rq;
	const CarrierKind *kind = delivery_kind_of(deliver->url)->carrier;
	const Carrier with = {.kind = kind,
	                      .arena = rq->arena,
	                      .error = rq->error,
	                      .name = deliver->delivery.table,
	                      .delivery_id = deliver->delivery.delivery_id,
	                      .key = run->key,
	                      .stall_seconds = (int)setting_int(rq, "deliveries.stall_seconds"),
	                      .step = step,
	                      .arg = run};
	return kind->open(&with, deliver->url, &run->carrier);
}

static int arrived_write(Request *w, void *arg) {
	const Run *run = arg;
	return parcel_there(w, run->deliver->delivery.delivery_id, &run->base);
}

/* A parcel whose answer was lost is known by its digest. One that we do not know must at least be ours. */
static int stand(Run *run) {
	Deliver *deliver = run->deliver;
	int code = run->carrier->kind->mark(run->carrier, &run->mark);
	if (code == 0) code = parcel_find(deliver->rq, deliver->delivery.delivery_id, &run->mark, &run->base, &run->newest);
	if (code == 0 && run->base.sequence == 0 && run->mark.manifest) code = parcel_own(deliver, run->key, run->mark.manifest);
	if (code == 0) code = parcel_counted(deliver->rq, deliver->delivery.delivery_id, deliver->job->job_id, &deliver->counted);
	if (code == 0 && run->base.sequence > 0 && !run->base.there) code = request_write(deliver->rq, arrived_write, run);
	return code;
}

/* --- what changed ---------- */

static int id_compare(const void *a, const void *b) {
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return left < right ? -1 : left > right;
}

static void changed_sort(Run *run) {
	int64_t kept = 0;
	qsort(run->changed, (size_t)run->changed_count, sizeof *run->changed, id_compare);
	for (int64_t i = 0; i < run->changed_count; i++)
		if (i == 0 || run->changed[i] != run->changed[i - 1]) run->changed[kept++] = run->changed[i];
	run->changed_count = kept;
}

static int changed_add(Run *run, Buf *ids, const Entries *entries) {
	buf_add(ids, entries->ids, sizeof *entries->ids * (size_t)entries->count);
	run->changed = (int64_t *)(void *)ids->at;
	run->changed_count = (int64_t)(ids->len / sizeof *run->changed);
	if (run->changed_count <= CHANGES_MAX) return 0;
	changed_sort(run); /* the same ones again and again? */
	ids->len = (size_t)run->changed_count * sizeof *run->changed;
	return run->changed_count > CHANGES_MAX;
}

/* Records that changed between the base and the snapshot: 0; 1 when the feed cannot say, or they are too many. */
static int changes_find(Run *run) {
	Deliver *deliver = run->deliver;
	Request *rq = deliver->rq;
	Entries *entries = ARENA_NEW(rq->arena, Entries);
	Buf *ids = ARENA_NEW(rq->arena, Buf);
	buf_in(ids, rq->arena);
	int64_t at = run->base.position, head = run->row.position, first = feed_first(rq->db);
	if (first < 0) return (int)first;
	if ((first > 0 && at + 1 < first) || at > head) return 1;
	int code = 0;
	while (code == 0 && at < head) {
		code = deliver_entries(deliver, at, entries);
		if (code == 0 && entries->anew) return 1;
		at = entries->to;
		if (code == 0) code = changed_add(run, ids, entries);
		if (code == 0)
			code = job_progress(rq, deliver->job, "prepare", at - run->base.position, head - run->base.position);
	}
	if (code == 0) changed_sort(run);
	return code;
}

/* --- the file ---------- */

static void fd_close(void *object) {
	int fd = ((Run *)object)->fd;
	if (fd >= 0) close(fd);
}

static int row_write(Run *run, RecordFile *file) {
	Deliver *deliver = run->deliver;
	deliver_row(deliver);
	run->row.put++;
	int code = record_file_put(file);
	if (code < 0 || run->row.put % TELL_ROWS != 0) return code;
	return job_progress(deliver->rq, deliver->job, "write", run->row.put,
	                    deliver->full ? deliver->total : run->changed_count);
}

static int rows_all(Run *run, RecordFile *file) {
	RecordScan *scan = run->deliver->scan;
	int code = record_scan_rows(scan, 0, scan->proxied, 0);
	while (code >= 0 && (code = record_scan_next(scan)) > 0 && (code = row_write(run, file)) == 0)
		;
	run->row.held = run->row.put; /* a supplier's table may have more or fewer by now than were counted before */
	return code;
}

/* The ids of a portion that were found, sorted, tell those that are gone. */
static int removed_write(Run *run, RecordFile *file, const int64_t *ids, int count, int64_t *found, int found_count) {
	int code = 0, at = 0;
	qsort(found, (size_t)found_count, sizeof *found, id_compare);
	for (int i = 0; i < count && code == 0; i++) {
		if (at < found_count && found[at] == ids[i]) {
			at++;
			continue;
		}
		run->row.removed++;
		code = record_file_remove(file, ids[i]);
	}
	return code;
}

static int rows_changed(Run *run, RecordFile *file) {
	RecordScan *scan = run->deliver->scan;
	int64_t found[SCAN_IDS_MAX];
	int code = 0;
	for (int64_t at = 0; at < run->changed_count && code >= 0; at += SCAN_IDS_MAX) {
		const int64_t *ids = run->changed + at;
		int count = run->changed_count - at < SCAN_IDS_MAX ? (int)(run->changed_count - at) : SCAN_IDS_MAX,
		    found_count = 0;
		code = record_scan_ids(scan, ids, count);
		while (code >= 0 && (code = record_scan_next(scan)) > 0 && (code = row_write(run, file)) == 0)
			found[found_count++] = scan->record_id;
		if (code == 0) code = removed_write(run, file, ids, count, found, found_count);
	}
	return code;
}

static int file_fill(Run *run, const RecordFormat *format, const char *path) {
	Deliver *deliver = run->deliver;
	Request *rq = deliver->rq;
	RecordFile *file;
	char at[CLOCK_TEXT_MAX];
	const Grant *grant = deliver->scan->grant;
	RecordFileWants *wants = ARENA_NEW(rq->arena, RecordFileWants);
	wants->ops = deliver->delivery.increments ? OPS_CHANGES : OPS_ID;
	wants->who = deliver->delivery.login;
	wants->at = arena_strdup(rq->arena, clock_format(clock_now_us(), at));
	wants->note =
	    arena_printf(rq->arena, "%s %s grant=%lld %s", wants->who, wants->at, (long long)grant->grant_id, grant->purpose);
	unlink(path); /* of a run that was killed */
	int code = record_file_begin(rq, format, path, deliver->scan, wants, &file);
	if (code == 0) code = deliver->full ? rows_all(run, file) : rows_changed(run, file);
	if (code == 0) code = record_file_end(file);
	if (code == 0 && (run->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		code = fail(rq, ERR_IO, "The file could not be written: %s", strerror(errno));
	if (code == 0) code = digest_file(path, &run->row.file_sha256, &run->row.file_size, rq->error);
	unlink(path);
	if (code < 0 && !rq->error->code) *rq->error = *deliver->as->error;
	return code;
}

/* Its own rows of the scan end here; the rest of the run needs no snapshot. */
static int file_make(Run *run) {
	Deliver *deliver = run->deliver;
	Request *rq = deliver->rq;
	const RecordFormat *format = record_format(text_of(deliver->delivery.format));
	if (!format) return fail(rq, ERR_INTERNAL, "the delivery has no format");
	char hex[HEX_DIGEST_MAX];
	int code = job_progress(rq, deliver->job, "write", 0, deliver->full ? deliver->total : run->changed_count);
	if (code == 0)
		code = file_fill(run, format,
		                 app_path(rq->arena, rq->app,
		                          arena_printf(rq->arena, "spool/delivery-%s.%s", deliver->run, format->extension)));
	record_scan_close(deliver->scan);
	if (code < 0) return code;
	hex_encode(run->row.file_sha256.bytes, DIGEST_LEN, hex);
	run->row.file_name = arena_printf(rq->arena, "%06lld-%s-%.8s.%s", (long long)run->row.sequence,
	                                  deliver->full ? "full" : "changes", hex, format->extension);
	run->row.rows = deliver->batch;
	return 0;
}

/* --- one parcel ---------- */

/* A fresh snapshot, what it is delivered under, and its place in the feed. */
static int snapshot(Run *run) {
	Deliver *deliver = run->deliver;
	Request *rq = deliver->rq;
	int code = deliver_as_open(deliver);
	int64_t head = code < 0 ? code : feed_head(deliver->as->db);
	if (head < 0) return (int)head;
	deliver->signature = deliver_signature(rq->arena, deliver->scan);
	deliver->generation = deliver->as->generation;
	deliver->batch = (TableDigest){0};
	code = deliver_size(deliver);
	/* a number that the receiver does not have is free again; one that it lost stays used */
	int64_t last = run->base.sequence || run->mark.sequence > run->newest ? run->mark.sequence : run->newest;
	run->row = (ParcelRow){.sequence = last + 1,
	                       .job_id = deliver->job->job_id,
	                       .mode = "full",
	                       .position = head,
	                       .signature = arena_strdup(rq->arena, deliver->signature),
	                       .held = deliver->total};
	deliver->from = 0;
	deliver->full = true;
	return code;
}

/* All records, or those that changed: 0, or 1 nothing changed. */
static int choose(Run *run) {
	Deliver *deliver = run->deliver;
	int code = deliver_feed_complete(deliver);
	if (code == 0) code = snapshot(run);
	if (code < 0) return code;
	if (!deliver->delivery.increments || deliver->anew || run->base.sequence == 0 ||
	    strcmp(run->base.signature, deliver->signature) != 0)
		return deliver_quota(deliver, deliver->total);
	code = changes_find(run);
	if (code == 1) {
		code = job_note(deliver->rq, deliver->job, "the feed cannot say what changed: all records are delivered");
		return code < 0 ? code : deliver_quota(deliver, deliver->total);
	}
	deliver->full = false;
	deliver->from = run->base.position;
	run->row.mode = "increments";
	return code < 0 ? code : run->changed_count == 0;
}

/* Under a row filter a record that is not visible may be one that the receiver was never given: its id must not go out. */
static int hidden_check(Run *run) {
	Deliver *deliver = run->deliver;
	if (deliver->full || run->row.removed == 0 || !deliver->scan->grant->filter) return 0;
	close(run->fd);
	run->fd = -1;
	int code = job_note(deliver->rq, deliver->job, "some records left what the grant shows: all records are delivered");
	if (code == 0) code = snapshot(run);
	if (code == 0) code = deliver_quota(deliver, deliver->total);
	return code < 0 ? code : file_make(run);
}

static int row_keep(Request *w, void *arg) {
	const Run *run = arg;
	return parcel_put(w, run->deliver->delivery.delivery_id, &run->row);
}

static int send(Run *run) {
	Deliver *deliver = run->deliver;
	Request *rq = deliver->rq;
	int code = parcel_manifest(deliver, run->key, &run->row, &run->mark, &run->document);
	if (code < 0) return code;
	run->parcel = (Parcel){.sequence = run->row.sequence,
	                       .name = run->row.file_name,
	                       .fd = run->fd,
	                       .size = run->row.file_size,
	                       .sha256 = run->row.file_sha256,
	                       .manifest = run->row.document,
	                       .run = arena_printf(rq->arena, "%s-%d", deliver->run, deliver->job->attempt)};
	code = carrier_digest(run->carrier->kind, &run->parcel, rq->error);
	run->row.digest = run->parcel.digest;
	if (code == 0) code = deliver_may_leave(deliver);
	if (code == 0) code = request_write(rq, row_keep, run);
	if (code == 0) code = job_progress(rq, deliver->job, "send", 0, run->row.file_size);
	return code < 0 ? code : run->carrier->kind->send(run->carrier, &run->parcel);
}

/* --- the end ---------- */

static void json_free(void *object) {
	json_decref(object);
}

static const char *sha256_text(Arena *arena, const Digest *digest) {
	char hex[HEX_DIGEST_MAX];
	hex_encode(digest->bytes, DIGEST_LEN, hex);
	return arena_printf(arena, "sha256:%s", hex);
}

static int finish_write(Request *w, void *arg) {
	const Run *run = arg;
	const Deliver *deliver = run->deliver;
	const ParcelRow *row = &run->row;
	int64_t receipt_id = 0;
	const char *id = json_string_value(json_object_get(json_object_get(run->document, "receipt"), "receipt_id")),
	           *sum = sha256_text(w->arena, &row->file_sha256);
	if (!id || text_to_int(text_of(id), &receipt_id) < 0) return fail(w, ERR_INTERNAL, "the manifest could not be read");
	/* nothing was sent: the receiver's parcel stands for the feed up to here */
	ParcelRow at = row->file_name ? *row : run->base;
	at.position = row->position;
	int code = parcel_there(w, deliver->delivery.delivery_id, &at);
	if (code == 0) code = receipt_put(w, receipt_id, deliver->job->job_id, deliver->delivery.resource_id, run->document);
	if (code == 0) code = deliver_settle(w, &deliver->delivery, row->held, false, row->position);
	if (code < 0) return code;
	json_t *result =
	    json_pack("{s:s, s:I, s:I, s:I, s:I, s:s?, s:s?, s:s?, s:I, s:s}", "mode", row->mode, "sent",
	              (json_int_t)(row->put + row->removed), "put", (json_int_t)row->put, "removed", (json_int_t)row->removed,
	              "sequence", (json_int_t)at.sequence, "file", row->file_name, "source_digest", row->file_name ? sum : NULL,
	              "target_digest", row->file_name ? sum : NULL, "table_rows", (json_int_t)row->held, "receipt_id", id);
	arena_on_free(w->arena, json_free, result);
	return job_finish(w, deliver->job, JOB_RECONCILED, result);
}

/* Killed after the receiver had taken it: what is left is to say so. */
static int own_parcel(Run *run) {
	run->row = run->base;
	run->document = json_loads(run->row.document, 0, NULL);
	arena_on_free(run->deliver->rq->arena, json_free, run->document);
	return job_note(run->deliver->rq, run->deliver->job, "the receiver has this run's parcel already");
}

int deliver_parcel(Deliver *deliver, const SigningKey *key) {
	Run *run = ARENA_NEW(deliver->rq->arena, Run);
	*run = (Run){.deliver = deliver, .key = key, .fd = -1};
	arena_on_free(deliver->rq->arena, fd_close, run);
	record_scan_close(deliver->scan); /* no snapshot is held while the receiver is asked */
	int code = carrier_open(run);
	if (code == 0) code = stand(run);
	if (code < 0) return code;
	if (run->base.sequence > 0 && run->base.job_id == deliver->job->job_id)
		code = own_parcel(run);
	else if ((code = choose(run)) == 1) {
		record_scan_close(deliver->scan);
		run->row.sequence = run->mark.sequence;
		code = parcel_manifest(deliver, key, &run->row, &run->mark, &run->document);
	} else if (code == 0) {
		code = file_make(run);
		if (code == 0) code = hidden_check(run);
		if (code == 0) code = send(run);
	}
	return code < 0 ? code : request_write(deliver->rq, finish_write, run);
}
