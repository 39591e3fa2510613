/* Replaying mended rows: a RowSource over the quarantine and the job that loads from it. */
#include "exchange/load.h"
#include "exchange/exchange.h"

enum { REPLAY_PAGE = 500 };

typedef struct Replay {
	QuarantineFilter filter;
	const json_t *ids; /* array of id texts, or NULL = all mended */
	/* the decode thread's */
	Request *rq;
	const Resource *resource;
	Arena *page_arena;
	QuarantineKept page[REPLAY_PAGE];
	int count, at;
	int64_t after, row_no, total, skip;
	Text *texts, *extra_names, *extra_texts;
	bool *left_out;
} Replay;

static int replay_open(void *self, Request *rq, const Resource *resource, int64_t after_row) {
	Replay *replay = self;
	replay->rq = rq;
	replay->resource = resource;
	replay->row_no = after_row; /* rows of chunks already stored are no longer in state mended: only the numbering goes on */
	replay->texts = ARENA_ARRAY(rq->arena, Text, resource->field_count + 1);
	replay->left_out = ARENA_ARRAY(rq->arena, bool, resource->field_count + 1);
	replay->extra_names = ARENA_ARRAY(rq->arena, Text, CSV_FIELDS_MAX);
	replay->extra_texts = ARENA_ARRAY(rq->arena, Text, CSV_FIELDS_MAX);
	int found = db_int(rq->db, &replay->total, "SELECT COUNT(*) FROM quarantine WHERE resource_id = $1 AND state = 'mended'",
	                   BIND(val_int(resource->resource_id)));
	return found < 0 ? found : 0;
}

static bool replay_wanted(const Replay *replay, int64_t quarantine_id) {
	size_t index;
	json_t *id;
	int64_t wanted;
	if (!replay->ids) return true;
	json_array_foreach((json_t *)replay->ids, index, id) if (text_to_int(text_of(json_string_value(id)), &wanted) == 0 &&
	                                                         wanted == quarantine_id) return true;
	return false;
}

static int replay_next(void *self, SourceRow *row) {
	Replay *replay = self;
	for (;;) {
		if (replay->at == replay->count) {
			replay->count = quarantine_list(replay->rq, &replay->filter, replay->after, replay->page, REPLAY_PAGE);
			replay->at = 0;
			if (replay->count <= 0) return replay->count;
			replay->after = replay->page[replay->count - 1].quarantine_id;
		}
		const QuarantineKept *kept = &replay->page[replay->at++];
		if (!replay_wanted(replay, kept->quarantine_id)) continue;
		const char *name;
		json_t *value;
		*row = (SourceRow){.row_no = ++replay->row_no,
		                   .texts = replay->texts,
		                   .extra_names = replay->extra_names,
		                   .extra_texts = replay->extra_texts,
		                   .quarantine_id = kept->quarantine_id};
		memset(replay->texts, 0, sizeof(Text) * (size_t)replay->resource->field_count);
		json_object_foreach(kept->values, name, value) {
			const Field *field = resource_field(replay->resource, text_of(name));
			if (field) {
				replay->texts[field - replay->resource->fields] = text_of(json_string_value(value));
			} else if (row->extra_count < CSV_FIELDS_MAX) {
				replay->extra_names[row->extra_count] = text_of(name);
				replay->extra_texts[row->extra_count++] = text_of(json_string_value(value));
			}
		}
		for (int i = 0; i < replay->resource->field_count; i++) { /* what its source left out, it leaves out still */
			const Field *field = &replay->resource->fields[i];
			replay->left_out[i] = !field->key && !json_object_get(kept->values, field->name);
			if (replay->left_out[i]) row->left_out = replay->left_out;
		}
		return 1;
	}
}

static void replay_progress(void *self, int64_t *done, int64_t *total) {
	const Replay *replay = self;
	*done = replay->row_no;
	*total = replay->total > replay->row_no ? replay->total : replay->row_no;
}

static json_t *replay_snapshot(void *self) {
	const Replay *replay = self;
	return json_pack("{s:s, s:s}", "kind", "quarantine", "state",
	                 replay->ids ? "the mended rows chosen" : "every row mended when the job read it");
}

static void replay_close(void *self) {}

/* Rows may have been discarded since the job was asked for: a batch of nothing gets no receipt. */
static int replay_finish(Request *w, Load *load) {
	return load->read > 0 ? 0 : fail(w, ERR_CONFLICT, "no mended row was left to take in");
}

int replay_job_run(Request *rq, Job *job) {
	Replay *replay = ARENA_NEW(rq->arena, Replay);
	Load load = {.rq = rq, .job = job, .mode = LOAD_UPSERT, .finish = replay_finish};
	RowSource source = {.self = replay,
	                    .open = replay_open,
	                    .next = replay_next,
	                    .progress = replay_progress,
	                    .snapshot = replay_snapshot,
	                    .close = replay_close};
	const char *rule = json_string_value(json_object_get(job->args, "rule"));
	replay->filter = (QuarantineFilter){.resource_id = job->resource_id, .state = "mended", .rule = rule};
	json_t *ids = json_object_get(job->args, "ids"); /* null when all were asked for */
	replay->ids = json_is_array(ids) ? ids : NULL;
	load.source = &source;
	int code = resource_find(rq, job->resource_id, &load.resource);
	return code < 0 ? code : load_run(&load);
}

/* How many rows the job would take in as they are now; of ids, the first that counts is enough. */
static int replay_count(Request *rq, int64_t resource_id, const json_t *ids, const char *rule, int64_t *out) {
	QuarantineFilter filter = {.resource_id = resource_id, .state = "mended", .rule = rule};
	Replay *replay = ARENA_NEW(rq->arena, Replay);
	replay->ids = json_is_array(ids) ? ids : NULL;
	int64_t after = 0;
	*out = 0;
	for (;;) {
		int count = quarantine_list(rq, &filter, after, replay->page, REPLAY_PAGE);
		if (count <= 0) return count;
		after = replay->page[count - 1].quarantine_id;
		for (int i = 0; i < count; i++)
			if (replay_wanted(replay, replay->page[i].quarantine_id)) {
				*out = 1;
				return 0;
			}
	}
}

int replay_post(Request *rq) {
	const Resource *resource;
	int64_t job_id, mended = 0;
	int code = resource_find(rq, in_int(rq, "id"), &resource);
	if (code == 0) code = resource_own(rq, resource);
	if (code == 0) code = load_may_begin(rq, resource);
	if (code == 0) code = replay_count(rq, resource->resource_id, in_json(rq, "ids"), in_str(rq, "rule"), &mended);
	if (code < 0) return code;
	if (mended == 0)
		return fail(rq, ERR_CONFLICT, "no row is mended yet: correct rows in the quarantine first, then replay them");
	json_t *args = json_pack("{s:O?, s:s?, s:s}", "ids", in_json(rq, "ids"), "rule", in_str(rq, "rule"), "mode", "replay");
	code = job_create(rq, "exchange.replay", resource->resource_id, resource->org_id, args, &job_id);
	json_decref(args);
	return code < 0 ? code : load_answer(rq, resource, job_id);
}
