/* A run of a delivery. Stages: prepare → fill → index → read_back → swap → done for all rows, prepare → apply → done for what
 * changed. The rows come from record's batch cursor under the account's grant, on a Request of their own; quota and evidence
 * before each batch leaves; what was delivered stands in the target itself (delivery_target.h), so a killed run goes on from what
 * is there. Job threads. */
#include "exchange/deliver_run.h"
#include "exchange/receipt.h"
#include "exchange/target.h"
#include <pthread.h>
#include <stdio.h>

enum { BATCH_ROWS = 10000, BATCH_BYTES = 4 << 20, TARGET_WAIT_SECONDS = 600 };

/* --- the right to deliver -------------------------------------------------------------------------------------------------- */

static Party account_party(const Delivery *delivery) {
	Party party = {.kind = PARTY_SERVICE, /* strictly by grant */
	               .account_id = delivery->account_id,
	               .org_id = delivery->org_id,
	               .permits = PERMIT_BIT(PERMIT_DATA_READ)};
	snprintf(party.login, sizeof party.login, "%s", delivery->login);
	return party;
}

int deliver_as_open(Deliver *deliver) {
	Request *rq = deliver->rq;
	if (deliver->as) request_end(deliver->as);
	deliver->scan = NULL;
	deliver->as = request_begin(rq->app, "exchange.deliver");
	Request *as = deliver->as;
	int code = as->db ? ERR_RETRY : as->error->code;
	as->party = account_party(&deliver->delivery);
	for (int i = 0; i < 5 && code == ERR_RETRY; i++) {
		const Resource *resource;
		request_generation_check(as);
		code = resource_find(as, deliver->delivery.resource_id, &resource);
		if (code == 0) code = record_scan_open(as, resource, WAY_BATCH, &deliver->scan);
	}
	if (code < 0 && as->error->code) *rq->error = *as->error;
	return code == ERR_RETRY ? fail(rq, ERR_BUSY, "The configuration changes too fast; try again in a moment") : code;
}

static void as_close(Deliver *deliver) {
	if (deliver->scan) record_scan_close(deliver->scan);
	deliver->scan = NULL;
	if (deliver->as) request_end(deliver->as);
	deliver->as = NULL;
}

/* What the live table is filled under: another grant, another version or other modes mean other values. */
const char *deliver_signature(Arena *arena, const RecordScan *scan) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	buf_printf(out, "grant=%lld version=%d%s", (long long)scan->grant->grant_id, scan->resource->version,
	           scan->proxied ? " proxied" : "");
	for (int i = 0; i < scan->count; i++)
		buf_printf(out, " %d%c", scan->fields[i].field->no, scan->fields[i].masked ? 'm' : 'c');
	return text_cstr(arena, buf_as_text(out));
}

/* The state of the resource that the snapshot shows. */
static const char *as_of(const Deliver *deliver) {
	return arena_printf(deliver->rq->arena, "%s generation=%d changed=%lld", deliver->signature,
	                    deliver->scan->resource->generation_no, (long long)deliver->scan->changed);
}

static const Resource *shape_of(Arena *arena, const RecordScan *scan) {
	Resource *shape = ARENA_NEW(arena, Resource);
	Field *fields = ARENA_ARRAY(arena, Field, scan->count + 1);
	fields[0] = (Field){.no = 1, .name = DELIVERY_ID_NAME, .title = "", .kind = KIND_INTEGER};
	for (int i = 0; i < scan->count; i++) {
		const Field *field = scan->fields[i].field;
		fields[i + 1] = (Field){.no = i + 2,
		                        .name = arena_strdup(arena, field->name),
		                        .title = "",
		                        .kind = scan->fields[i].masked ? KIND_TEXT : field->kind,
		                        .scale = field->scale};
	}
	*shape = (Resource){.fields = fields, .field_count = scan->count + 1, .code = "", .name = ""};
	return shape;
}

/* Whether the right still is what the run began under; asked before each batch. A changed one ends the run: it begins anew. */
int deliver_right(Deliver *deliver) {
	Request *rq = deliver->rq;
	int code = request_generation_check(rq);
	bool over = clock_now_us() >= deliver->scan->grant->until_us;
	if (code < 0 || (rq->generation == deliver->generation && !over)) return code < 0 ? code : 0;
	Party kept = rq->party;
	rq->party = account_party(&deliver->delivery);
	code = record_scan_still(rq, deliver->scan);
	rq->party = kept;
	deliver->generation = rq->generation;
	if (code != ERR_RETRY) return code;
	return error_field(rq->error, ERR_RETRY, "grant", TEXT_NONE, "grant_changed", "It begins anew by itself.",
	                   "the grant or the entry changed while the delivery ran");
}

/* --- before a batch leaves ------------------------------------------------------------------------------------------- */

static int batch_write(Request *w, void *arg) {
	const Deliver *deliver = arg;
	const Delivery *delivery = &deliver->delivery;
	EvidenceEntry entry = {
	    .at_us = clock_now_us(),
	    .account_id = delivery->account_id,
	    .org_id = delivery->org_id,
	    .actor = delivery->login,
	    .action = "delivery.send",
	    .resource_id = delivery->resource_id,
	    .subject_id = delivery->delivery_id,
	    .row_count = deliver->batch.count,
	    .status = 200,
	    .purpose = deliver->scan->grant->purpose,
	    .address = deliver->address,
	    .detail = arena_printf(w->arena, "%s,\"by\":\"delivery\",\"job\":\"%lld\",\"batch\":%lld}", deliver->scan->about,
	                           (long long)deliver->job->job_id, (long long)deliver->batches + 1),
	};
	json_t *checkpoint =
	    json_pack("{s:s?, s:I, s:I, s:I}", "run", deliver->full ? deliver->run : NULL, "batches",
	              (json_int_t)deliver->batches + 1, "from", (json_int_t)deliver->from, "told", (json_int_t)deliver->told);
	int code = job_checkpoint(w, deliver->job, checkpoint);
	json_decref(checkpoint);
	return code < 0 ? code : evidence_write(w, &entry);
}

/* Right, quota, evidence on the disk: in this order, and only then the rows may go. */
int deliver_may_leave(Deliver *deliver) {
	Request *rq = deliver->rq;
	int code = deliver_right(deliver);
	rq->now_us = clock_now_us();
	if (code == 0) {
		int64_t before = deliver->counted < deliver->batch.count ? deliver->counted : deliver->batch.count;
		code = grant_use(rq, deliver->scan->grant, deliver->batch.count - before);
		if (code >= 0) deliver->counted -= before;
		if (code >= 0) deliver->told += deliver->batch.count - before;
	}
	return code < 0 ? code : request_write(rq, batch_write, deliver);
}

static void batch_clear(Deliver *deliver) {
	buf_reset(&deliver->rows);
	deliver->batch = (TableDigest){0};
}

void deliver_row(Deliver *deliver) {
	RecordScan *scan = deliver->scan;
	TableDigest one;
	deliver->values[0] = val_int(scan->record_id);
	for (int i = 0; i < scan->count; i++) {
		Text text = deliver->texts[i + 1] = record_scan_text(scan, i);
		deliver->values[i + 1] = scan->fields[i].masked ? val_text(text) : record_scan_value(scan, i);
	}
	row_digest(deliver->shape, deliver->values, deliver->hasher, &deliver->canon, &one);
	table_digest_add(&deliver->batch, &one);
	deliver->batch_last = scan->record_id;
}

/* The present row: into the batch and its digest. */
static void batch_add(Deliver *deliver) {
	char id[24];
	snprintf(id, sizeof id, "%lld", (long long)deliver->scan->record_id);
	deliver->texts[0] = text_of(id);
	deliver_row(deliver);
	deliver->target->kind->row(deliver->target, &deliver->rows, deliver->texts, deliver->values);
}

/* --- sending ------------------------------------------------------------------------------------------------------------- */

/* The batch under way: a thread gives it to the target while the job's thread reads the next one. Until sending_end only that
 * thread uses the target, whose failures are recorded here. */
struct Sending {
	DeliveryTarget *target;
	bool full, begun;
	Buf rows;
	bool *put;
	TableDigest sent;
	int64_t last;            /* of fill */
	DeliveryPortion portion; /* of change */
	DeliveryChange change;
	Error error;
	int code;
	pthread_t thread;
};

static void *sending_main(void *arg) {
	Sending *sending = arg;
	const DeliveryKind *kind = sending->target->kind;
	sending->code = sending->full ? kind->fill(sending->target, buf_as_text(&sending->rows), &sending->sent, sending->last)
	                              : kind->change(sending->target, &sending->portion, &sending->change);
	return NULL;
}

static void sending_begin(Deliver *deliver, const DeliveryPortion *portion, bool **put) {
	Sending *sending = deliver->sending;
	Buf rows = sending->rows;
	bool *free_put = sending->put;
	sending->rows = deliver->rows;
	sending->sent = deliver->batch;
	sending->last = deliver->batch_last;
	sending->full = !portion;
	deliver->rows = rows;
	if (portion) {
		sending->put = *put;
		*put = free_put;
		sending->portion = *portion;
		sending->portion.put = sending->put;
		sending->portion.rows = buf_as_text(&sending->rows);
		sending->portion.sent = sending->sent;
	}
	batch_clear(deliver);
	error_clear(&sending->error);
	sending->target->error = &sending->error;
	if (pthread_create(&sending->thread, NULL, sending_main, sending) != 0) abort();
	sending->begun = true;
}

/* Waits for the batch under way; code is what the job's thread met meanwhile, and counts before. */
static int sending_end(Deliver *deliver, int code) {
	Sending *sending = deliver->sending;
	if (!sending->begun) return code;
	pthread_join(sending->thread, NULL);
	sending->begun = false;
	sending->target->error = deliver->rq->error;
	if (sending->code < 0 && code >= 0) *deliver->rq->error = sending->error;
	if (sending->code < 0) return code < 0 ? code : sending->code;
	deliver->batches++;
	if (sending->full) return code;
	deliver->changes.inserted += sending->change.inserted;
	deliver->changes.updated += sending->change.updated;
	deliver->changes.deleted += sending->change.deleted;
	table_digest_add(&deliver->changes.sent, &sending->change.sent);
	table_digest_add(&deliver->changes.kept, &sending->change.kept);
	return code;
}

/* --- full ------------------------------------------------------------------------------------------------------------ */

static int fill_send(Deliver *deliver) {
	if (deliver->batch.count == 0) return 0;
	int code = sending_end(deliver, 0);
	if (code == 0) code = job_progress(deliver->rq, deliver->job, "fill", deliver->target->mark.filled.count, deliver->total);
	if (code == 0) code = deliver_may_leave(deliver);
	if (code == 0) sending_begin(deliver, NULL, NULL);
	return code;
}

/* Passes the rows that were filled before. The last of them tells whether they come in the order they came in: when they do not,
 * what is filled is thrown away. */
static int fill_pass(Deliver *deliver) {
	enum { TELL = 100000 };
	const DeliveryMark *mark = &deliver->target->mark;
	int code = 1;
	for (int64_t i = 0; i < mark->filled.count && code > 0; i++) {
		code = i % TELL ? 0 : job_progress(deliver->rq, deliver->job, "fill", i, deliver->total);
		if (code == 0) code = record_scan_next(deliver->scan);
	}
	if (code < 0) return code;
	if (mark->filled.count == 0 || (code > 0 && deliver->scan->record_id == mark->filled_rid)) return 0;
	code = deliver->target->kind->begin(deliver->target, deliver->run, "", 0);
	return code < 0 ? code
	                : fail(deliver->rq, ERR_RETRY, "the records lie in another order now: all of them are delivered anew");
}

/* The rows as they lie: so do they in the target then, where those that change together are found together. Those at the supplier
 * by their key. */
static int fill_rows(Deliver *deliver) {
	int code = record_scan_rows(deliver->scan, 0, deliver->scan->proxied, 0);
	if (code == 0) code = fill_pass(deliver);
	while (code >= 0 && (code = record_scan_next(deliver->scan)) > 0) {
		batch_add(deliver);
		if (deliver->batch.count >= BATCH_ROWS || deliver->rows.len >= BATCH_BYTES) code = fill_send(deliver);
	}
	if (code < 0 && !deliver->rq->error->code) *deliver->rq->error = *deliver->as->error;
	if (code == 0) code = fill_send(deliver);
	return sending_end(deliver, code);
}

int deliver_quota(Deliver *deliver, int64_t need) {
	const Grant *grant = deliver->scan->grant;
	int64_t left = grant->quota_day - grant_used(grant, clock_now_us());
	if (need - deliver->counted <= left) return 0;
	return error_field(deliver->rq->error, ERR_QUOTA, "quota_day", TEXT_NONE, "quota_day",
	                   "Ask the supplier for a larger quota: the first delivery is a full one, increments need less.",
	                   "a full delivery needs %lld records, and the grant leaves %lld today", (long long)need,
	                   (long long)left);
}

int deliver_size(Deliver *deliver) {
	int code = record_scan_size(deliver->scan, &deliver->total);
	if (code < 0 && !deliver->rq->error->code) *deliver->rq->error = *deliver->as->error;
	return code;
}

/* A run goes on only over the very same state of the resource; else what it filled would mix two moments. Of records that stay
 * at the supplier nobody knows whether they are the same. */
static int fill_begin(Deliver *deliver) {
	const DeliveryMark *mark = &deliver->target->mark;
	Request *rq = deliver->rq;
	int code = deliver_size(deliver);
	if (code < 0) return code;
	bool resumed =
	    !deliver->scan->proxied && strcmp(mark->run, deliver->run) == 0 && strcmp(mark->as_of, deliver->as_of) == 0;
	code = deliver_quota(deliver, deliver->total - (resumed ? mark->filled.count : 0));
	if (code < 0) return code;
	if (resumed) return job_note(rq, deliver->job, "the delivery goes on where it stopped");
	int64_t head = feed_head(deliver->as->db); /* of the snapshot: what comes later is applied as increments */
	if (head < 0) return (int)head;
	return deliver->target->kind->begin(deliver->target, deliver->run, deliver->as_of, head);
}

static int read_step(void *arg, int64_t rows) {
	Deliver *deliver = arg;
	return job_progress(deliver->rq, deliver->job, "read_back", rows, deliver->total);
}

/* What the target then holds equals what was sent, or nothing is switched over. */
static int full_compare(Deliver *deliver) {
	const DeliveryMark *mark = &deliver->target->mark;
	Request *rq = deliver->rq;
	TableDigest kept;
	int code = job_progress(rq, deliver->job, "read_back", 0, deliver->total);
	if (code == 0) code = deliver->target->kind->read_back(deliver->target, read_step, deliver, &kept);
	if (code < 0) return code;
	deliver->changes.sent = mark->filled;
	deliver->changes.kept = kept;
	deliver->held = kept.count;
	if (table_digest_eq(&kept, &mark->filled)) return 0;
	return error_field(rq->error, ERR_CONFLICT, "target_id", TEXT_NONE, "target_differs",
	                   "Look for triggers or another writer on the staging table, then run the delivery again.",
	                   "what the target holds is not what was sent: sent %s, read back %s; nothing was switched over",
	                   table_digest_text(rq->arena, &mark->filled), table_digest_text(rq->arena, &kept));
}

static int deliver_full(Deliver *deliver) {
	Request *rq = deliver->rq;
	const DeliveryMark *mark = &deliver->target->mark;
	deliver->full = true;
	if (strcmp(mark->done_run, deliver->run) == 0 && strcmp(mark->signature, deliver->signature) == 0) {
		/* killed between the swap and its own end */
		deliver->changes.sent = deliver->changes.kept = mark->live;
		deliver->changes.inserted = mark->live.count;
		deliver->from = deliver->to = mark->position;
		return 0;
	}
	int code = job_progress(rq, deliver->job, "fill", 0, -1);
	if (code == 0) code = fill_begin(deliver);
	if (code == 0) code = fill_rows(deliver);
	if (code == 0) code = job_progress(rq, deliver->job, "index", 0, -1);
	if (code == 0) code = deliver->target->kind->key(deliver->target);
	if (code == 0) code = full_compare(deliver);
	if (code == 0) code = deliver_right(deliver);
	if (code == 0) code = job_progress(rq, deliver->job, "swap", 0, 1);
	if (code == 0) code = deliver->target->kind->swap(deliver->target, deliver->signature);
	for (int i = 0; i < deliver->target->note_count && code == 0; i++)
		code = job_note(rq, deliver->job, deliver->target->notes[i]);
	if (code < 0) return code;
	deliver->changes.inserted = deliver->changes.sent.count;
	deliver->from = deliver->to = deliver->target->mark.position;
	return 0;
}

/* --- increments ------------------------------------------------------------------------------------------------------ */

static int id_compare(const void *a, const void *b) {
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return left < right ? -1 : left > right;
}

/* The next entries of the feed into the window; how many there were, or a code. */
static int entries_more(Deliver *deliver, Entries *out) {
	int room = WINDOW - out->count < FEED_BATCH ? WINDOW - out->count : FEED_BATCH;
	int count = feed_read(deliver->rq->db, out->to, out->read, room);
	for (int i = 0; i < count; i++) {
		const FeedEntry *entry = &out->read[i];
		out->to = entry->position;
		if (entry->topic != deliver->delivery.resource_id) continue;
		if (entry->subject == 0 || entry->op == FEED_STATE)
			out->anew = true;
		else
			out->ids[out->count++] = entry->subject;
	}
	return count;
}

int deliver_entries(Deliver *deliver, int64_t after, Entries *out) {
	enum { READS_MAX = 100 }; /* others' entries: the position moves past them now and then */
	int count = 1, kept = 0;
	out->count = 0;
	out->to = after;
	out->anew = false;
	for (int i = 0; i < READS_MAX && count > 0 && out->count < WINDOW && !out->anew; i++)
		count = entries_more(deliver, out);
	qsort(out->ids, (size_t)out->count, sizeof *out->ids, id_compare);
	for (int i = 0; i < out->count; i++)
		if (i == 0 || out->ids[i] != out->ids[i - 1]) out->ids[kept++] = out->ids[i];
	out->count = kept;
	return count < 0 ? count : 0;
}

/* Rows of a portion's ids, until it is full: how many ids it took. */
static int portion_read(Deliver *deliver, const int64_t *ids, int count, bool *put) {
	int code = 0, at = 0;
	batch_clear(deliver);
	while (at < count && deliver->rows.len < BATCH_BYTES && code >= 0) {
		int some = count - at < SCAN_IDS_MAX ? count - at : SCAN_IDS_MAX;
		code = record_scan_ids(deliver->scan, ids + at, some);
		while (code >= 0 && (code = record_scan_next(deliver->scan)) > 0) {
			const int64_t *id = bsearch(&deliver->scan->record_id, ids, (size_t)count, sizeof *ids, id_compare);
			if (id) put[id - ids] = true;
			batch_add(deliver);
		}
		at += some;
	}
	if (code < 0 && !deliver->rq->error->code) *deliver->rq->error = *deliver->as->error;
	return code < 0 ? code : at;
}

/* A fresh snapshot, not older than the entries. */
static int window_open(Deliver *deliver) {
	int code = deliver_as_open(deliver);
	if (code < 0 || strcmp(deliver_signature(deliver->rq->arena, deliver->scan), deliver->signature) == 0) return code;
	return error_field(deliver->rq->error, ERR_RETRY, "grant", TEXT_NONE, "grant_changed", "It begins anew by itself.",
	                   "the grant or the entry changed while the delivery ran");
}

static int apply_progress(Deliver *deliver, int64_t more) {
	int64_t done = deliver->from - deliver->begun + more;
	return job_progress(deliver->rq, deliver->job, "apply", done < deliver->total ? done : deliver->total, deliver->total);
}

/* The window in portions, in order of the record id, a hash: of rows that lie together a portion takes some of each page, and the
 * next one finds the room that they left. The position moves with the last portion; what a kill leaves of the others is put in
 * once more. */
static int window_send(Deliver *deliver, const Entries *entries) {
	enum { PORTIONS = 4, PORTION_MIN = 1000 };
	int most = entries->count / PORTIONS + 1, at = 0, code = 0;
	if (most < PORTION_MIN) most = PORTION_MIN;
	if (most > BATCH_ROWS) most = BATCH_ROWS;
	bool *put = ARENA_ARRAY(deliver->rq->arena, bool, most);
	deliver->sending->put = ARENA_ARRAY(deliver->rq->arena, bool, most);
	do {
		int some = entries->count - at < most ? entries->count - at : most;
		memset(put, 0, sizeof *put * (size_t)most);
		code = some = portion_read(deliver, entries->ids + at, some, put);
		code = sending_end(deliver, code < 0 ? code : 0);
		if (code == 0) code = apply_progress(deliver, at);
		if (code == 0 && some > 0) code = deliver_may_leave(deliver);
		if (code < 0) return code;
		const DeliveryPortion portion = {
		    .ids = entries->ids + at, .count = some, .to = at + some < entries->count ? deliver->from : entries->to};
		sending_begin(deliver, &portion, &put);
		at += some;
	} while (at < entries->count);
	return sending_end(deliver, 0);
}

static int window_apply(Deliver *deliver, const Entries *entries) {
	int code = entries->count ? window_open(deliver) : 0;
	deliver->told = deliver->counted;
	if (code == 0) code = window_send(deliver, entries);
	if (code < 0) return code;
	deliver->from = entries->to; /* the feed's cursor follows at the end: the target's mark is what counts */
	deliver->counted = 0;
	return 0;
}

/* Until the feed holds all that was committed before this run: after a kill another sequencer has to be found first. */
int deliver_feed_complete(Deliver *deliver) {
	enum { SECONDS_MAX = 60, LOOK_MS = 50 };
	Request *rq = deliver->rq;
	int64_t mark = 0;
	int settled = feed_settled(rq->db, &mark), code = 0;
	for (int i = 0; settled == 0 && code == 0; i++) {
		if (i == SECONDS_MAX * 1000 / LOOK_MS)
			return fail(rq, ERR_BUSY, "The feed is behind by more than %d s; try again in a moment", SECONDS_MAX);
		clock_sleep_us(LOOK_MS * 1000);
		code = job_progress(rq, deliver->job, "prepare", 0, -1);
		settled = feed_settled(rq->db, &mark);
	}
	return settled < 0 ? settled : code;
}

/* 1 when the feed cannot say what changed, so that all rows must be delivered. */
static int deliver_changes(Deliver *deliver) {
	const DeliveryMark *mark = &deliver->target->mark;
	Request *rq = deliver->rq;
	Entries *entries = ARENA_NEW(rq->arena, Entries);
	int code = deliver_feed_complete(deliver);
	if (code < 0) return code;
	int64_t first = feed_first(rq->db), head = feed_head(rq->db);
	if (first < 0 || head < 0) return (int)(first < 0 ? first : head);
	deliver->full = false;
	deliver->from = mark->position;
	if ((first > 0 && mark->position + 1 < first) || mark->position > head) return 1;
	int64_t begun = deliver->begun = mark->position;
	deliver->total = head - begun;
	const json_t *left = deliver->job->checkpoint;
	if (json_integer_value(json_object_get(left, "from")) == begun)
		deliver->counted = json_integer_value(json_object_get(left, "told"));
	code = apply_progress(deliver, 0);
	while (code == 0 && deliver->from < head) {
		code = deliver_entries(deliver, deliver->from, entries);
		if (code == 0 && entries->anew) return 1;
		if (code == 0) code = window_apply(deliver, entries);
		if (code == 0) code = apply_progress(deliver, 0);
	}
	deliver->to = deliver->from;
	deliver->from = begun;
	return code;
}

/* What is signed for is there: the table is counted after the changes (decision 0012: which runs count). 1 when the receiver's
 * table holds another number of rows than were delivered. */
static int held_check(Deliver *deliver) {
	static const int64_t day_us = 86400000000;
	Request *rq = deliver->rq;
	int64_t sent = deliver->target->mark.live.count, held = 0;
	if (sent > setting_int(rq, "deliveries.count_rows") && clock_now_us() - deliver->delivery.counted_us < day_us) return 0;
	int code = deliver->target->kind->rows(deliver->target, &held);
	if (code < 0) return code;
	if (held == sent) {
		deliver->held = held;
		return 0;
	}
	code = job_note(rq, deliver->job,
	                arena_printf(rq->arena, "the table in the target holds %lld rows, and %lld had been delivered",
	                             (long long)held, (long long)sent));
	return code < 0 ? code : 1;
}

/* --- the end --------------------------------------------------------------------------------------------------------- */

static json_t *receipt_body(Request *w, const Deliver *deliver, int64_t receipt_id, const char *sent, const char *kept) {
	const Delivery *delivery = &deliver->delivery;
	const DeliveryChange *changes = &deliver->changes;
	const DeliveryMark *mark = &deliver->target->mark;
	char at[CLOCK_TEXT_MAX];
	json_t *body = json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:I, s:I, s:I, s:I}, s:[I,I], s:s, s:s, s:s, "
	    "s:{s:I, s:s}}",
	    "format", "yiwang.delivery-receipt/2", "receipt_id", arena_printf(w->arena, "%lld", (long long)receipt_id), "job_id",
	    arena_printf(w->arena, "%lld", (long long)deliver->job->job_id), "delivery_id",
	    arena_printf(w->arena, "%lld", (long long)delivery->delivery_id), "resource_id",
	    arena_printf(w->arena, "%lld", (long long)delivery->resource_id), "resource_code", deliver->resource_code,
	    "resource_name", deliver->resource_name, "signed_for", deliver->signature, "receiver_account", delivery->login,
	    "target", arena_printf(w->arena, "%s %s.%s", deliver->address, delivery->schema, delivery->table), "delivered_at",
	    clock_format(clock_now_us(), at), "mode", deliver->full ? "full" : "increments", "counts", "sent",
	    (json_int_t)changes->sent.count, "inserted", (json_int_t)changes->inserted, "updated", (json_int_t)changes->updated,
	    "deleted", (json_int_t)changes->deleted, "feed", (json_int_t)deliver->from, (json_int_t)deliver->to, "digest_canon",
	    "v1", "source_digest", sent, "target_digest", kept, "as_sent", "rows", (json_int_t)mark->live.count, "digest",
	    table_digest_text(w->arena, &mark->live));
	if (body && deliver->held >= 0) json_object_set_new(body, "table_rows", json_integer(deliver->held));
	if (body && deliver->full && deliver->held >= 0) /* each row was read back */
		json_object_set_new(body, "table_digest", json_string(kept));
	return body;
}

typedef struct Finish {
	Deliver *deliver;
	SigningKey *key;
} Finish;

static void json_free(void *object) {
	json_decref(object);
}

/* What is not applied yet stays in the feed; a delivery that is full each time needs none of it. */
int deliver_settle(Request *w, const Delivery *delivery, int64_t rows, bool counted, int64_t position) {
	const char *cursor = delivery_cursor(w->arena, delivery->delivery_id);
	int64_t done = db_run(w->db,
	                      "UPDATE delivery SET state = CASE WHEN state = 'paused' THEN 'active' ELSE state END, reason = '',"
	                      " last_us = $2, row_count = $3, counted_us = CASE WHEN $4 = 1 THEN $2 ELSE counted_us END,"
	                      " version = version + 1 WHERE delivery_id = $1",
	                      BIND(val_int(delivery->delivery_id), val_int(w->now_us), val_int(rows), val_int(counted)));
	if (done < 0) return (int)done;
	return delivery->increments ? feed_cursor_move(w->db, cursor, position) : feed_cursor_drop(w->db, cursor);
}

static int finish_write(Request *w, void *arg) {
	const Finish *finish = arg;
	const Deliver *deliver = finish->deliver;
	const DeliveryChange *changes = &deliver->changes;
	const char *sent = table_digest_text(w->arena, &changes->sent), *kept = table_digest_text(w->arena, &changes->kept);
	int64_t receipt_id = store_new_id(w->store);
	json_t *document, *body = receipt_body(w, deliver, receipt_id, sent, kept);
	if (!body) return fail(w, ERR_INTERNAL, "the receipt could not be written");
	int code = receipt_sign(w, finish->key, body, &document);
	if (code == 0) code = receipt_put(w, receipt_id, deliver->job->job_id, deliver->delivery.resource_id, document);
	if (code == 0) {
		const DeliveryMark *mark = &deliver->target->mark;
		code = deliver_settle(w, &deliver->delivery, mark->live.count, deliver->held >= 0, mark->position);
	}
	if (code < 0) return code;
	json_t *result = json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:s}", "mode", deliver->full ? "full" : "increments",
	                           "sent", (json_int_t)changes->sent.count, "inserted", (json_int_t)changes->inserted, "updated",
	                           (json_int_t)changes->updated, "deleted", (json_int_t)changes->deleted, "source_digest", sent,
	                           "target_digest", kept, "receipt_id", arena_printf(w->arena, "%lld", (long long)receipt_id));
	if (result && deliver->held >= 0) json_object_set_new(result, "table_rows", json_integer(deliver->held));
	arena_on_free(w->arena, json_free, result);
	return job_finish(w, deliver->job, JOB_RECONCILED, result);
}

/* --- pausing --------------------------------------------------------------------------------------------------------- */

typedef struct Pause {
	const Deliver *deliver;
	const char *reason;
} Pause;

/* A paused delivery keeps nothing in the feed: it begins anew when what it missed is gone by then. */
static int pause_write(Request *w, void *arg) {
	const Pause *pause = arg;
	int64_t id = pause->deliver->delivery.delivery_id;
	int64_t midnight = timetable_next(&(Timetable){.kind = "daily"}, clock_now_us()); /* when a used-up quota begins anew */
	int64_t done =
	    db_run(w->db,
	           "UPDATE delivery SET state = 'paused', reason = $2, next_us = CASE WHEN $2 = 'quota' THEN $3 WHEN $2"
	           " = 'target' THEN $4 ELSE next_us END, version = version + 1 WHERE delivery_id = $1 AND state <>"
	           " 'stopped'",
	           BIND(val_int(id), val_str(pause->reason), val_int(midnight),
	                val_int(clock_now_us() + INT64_C(1000000) * TARGET_WAIT_SECONDS)));
	if (strcmp(pause->reason, "target") == 0) return done < 0 ? (int)done : 0; /* soon: the feed is kept for it */
	return done < 0 ? (int)done : feed_cursor_drop(w->db, delivery_cursor(w->arena, id));
}

static bool right_is_gone(const Error *error) {
	static const char *const rules[] = {"no_grant", "grant_future", "grant_expired", "grant_revoked", "way", "quota_day"};
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (error->code != 0 && strcmp(error->rule, rules[i]) == 0) return true;
	return false;
}

static bool target_is_shut(const Error *error) {
	return error->code != 0 && (strcmp(error->rule, "target_full") == 0 || strcmp(error->rule, "target_read_only") == 0);
}

/* The right is gone or used up, or the target takes nothing: the run fails with that reason and the delivery waits. */
static int pause(Deliver *deliver, const char *reason, int code) {
	Error why = *deliver->rq->error;
	Pause pause = {deliver, reason};
	error_clear(deliver->rq->error);
	int written = request_write(deliver->rq, pause_write, &pause);
	if (written < 0) return written;
	*deliver->rq->error = why;
	return code;
}

/* --- the job --------------------------------------------------------------------------------------------------------- */

static int prepare_target(Deliver *deliver) {
	Request *rq = deliver->rq;
	Rows *rows;
	char *url, *name;
	int code = target_url(rq, deliver->delivery.target_id, deliver->delivery.org_id, &url, &name);
	if (code == 0)
		code = db_one(rq->db, &rows, "SELECT place FROM target WHERE target_id = $1",
		              BIND(val_int(deliver->delivery.target_id)));
	if (code < 0) return code;
	deliver->address = code > 0 ? rows_str(rows, 0, rq->arena) : "";
	db_rest(rq->db);
	deliver->url = url;
	if (delivery_kind_of(url) && delivery_kind_of(url)->carrier) return 0;
	const DeliveryTarget with = {.delivery_id = deliver->delivery.delivery_id,
	                             .schema = deliver->delivery.schema,
	                             .table = deliver->delivery.table,
	                             .kept_up = deliver->delivery.increments,
	                             .shape = deliver->shape};
	code = delivery_target_open(rq, url, &with, &deliver->target);
	deliver->sending = ARENA_NEW(rq->arena, Sending);
	buf_in(&deliver->sending->rows, rq->arena);
	deliver->sending->target = deliver->target;
	return code < 0 ? code : deliver->target->kind->check(deliver->target);
}

static int prepare(Deliver *deliver) {
	Request *rq = deliver->rq;
	int code = job_progress(rq, deliver->job, "prepare", 0, -1);
	if (code == 0) code = deliver_as_open(deliver);
	if (code < 0) return code;
	if (!deliver->scan->mounted)
		return error_field(rq->error, ERR_CONFLICT, "resource_id", TEXT_NONE, "no_values",
		                   "Wait until the supplier has loaded it.", "the resource has no records yet");
	if (deliver->delivery.increments && (code = delivery_increments_check(rq, deliver->scan->resource)) < 0) return code;
	deliver->generation = deliver->as->generation;
	deliver->resource_code = arena_strdup(rq->arena, deliver->scan->resource->code);
	deliver->resource_name = arena_strdup(rq->arena, deliver->scan->resource->name);
	deliver->signature = deliver_signature(rq->arena, deliver->scan);
	deliver->shape = shape_of(rq->arena, deliver->scan);
	deliver->run = arena_printf(rq->arena, "%lld", (long long)deliver->job->job_id);
	deliver->as_of = as_of(deliver);
	deliver->hasher = hasher_new(rq->arena);
	deliver->texts = ARENA_ARRAY(rq->arena, Text, deliver->shape->field_count);
	deliver->values = ARENA_ARRAY(rq->arena, Val, deliver->shape->field_count);
	buf_in(&deliver->rows, rq->arena);
	buf_in(&deliver->canon, rq->arena);
	return prepare_target(deliver);
}

/* The snapshot anew, for all records, and why. */
static int deliver_rest(Deliver *deliver, const char *why) {
	deliver->changes = (DeliveryChange){0};
	int code = job_note(deliver->rq, deliver->job, why);
	if (code == 0) code = deliver_as_open(deliver);
	if (code < 0) return code;
	deliver->as_of = as_of(deliver);
	return deliver_full(deliver);
}

static int deliver_all(Deliver *deliver) {
	const DeliveryMark *mark = &deliver->target->mark;
	bool kept_up = deliver->delivery.increments && !deliver->anew && strcmp(mark->signature, deliver->signature) == 0 &&
	               strcmp(mark->run, deliver->run) != 0 && strcmp(mark->done_run, deliver->run) != 0;
	if (!kept_up) return deliver_full(deliver);
	int code = deliver_changes(deliver);
	if (code == 1) return deliver_rest(deliver, "the feed cannot say what changed: all records are delivered");
	if (code == 0) code = held_check(deliver);
	return code == 1 ? deliver_rest(deliver, "all records are delivered anew") : code;
}

int deliver_job_run(Request *rq, Job *job) {
	Deliver *deliver = ARENA_NEW(rq->arena, Deliver);
	Finish finish = {.deliver = deliver};
	const char *id = json_string_value(json_object_get(job->args, "delivery_id"));
	int64_t delivery_id = 0;
	*deliver = (Deliver){.rq = rq, .job = job, .held = -1, .anew = json_is_true(json_object_get(job->args, "anew"))};
	if (!id || text_to_int(text_of(id), &delivery_id) != 0) return fail(rq, ERR_INTERNAL, "the job names no delivery");
	int code = delivery_read(rq, delivery_id, &deliver->delivery);
	if (code == 0) code = fail(rq, ERR_NOT_FOUND, "the delivery is gone");
	if (code > 0 && strcmp(deliver->delivery.state, "stopped") == 0) code = fail(rq, ERR_CONFLICT, "the delivery was ended");
	if (code > 0) code = receipt_key(rq, &finish.key);
	if (code == 0) code = prepare(deliver);
	if (code == 0 && !deliver->target)
		code = deliver_parcel(deliver, finish.key);
	else if (code == 0) {
		code = deliver_all(deliver);
		/* the resource's names are needed for the receipt: its snapshot ends afterwards */
		if (code == 0) code = request_write(rq, finish_write, &finish);
	}
	as_close(deliver);
	if (right_is_gone(rq->error))
		code = pause(deliver, code == ERR_QUOTA ? "quota" : "grant", code);
	else if (target_is_shut(rq->error))
		code = pause(deliver, "target", code);
	return code < 0 ? code : 0;
}
