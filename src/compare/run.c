/* The job compare.run: both sides are read under the right of who began it, over one snapshot, into sifted files; the differences
 * are written in chunks, the counts with the job's end. A snapshot does not outlive its process, so a killed run begins anew and
 * first takes out what it had written. On a job's thread. */
#include "compare/internal.h"

enum { CHUNK = 4000, STEP_ROWS = 4096, ERASE_ROWS = 5000 };
typedef struct Run {
	Request *rq;
	Job *job;
	int64_t id, keep;
	Comparison one;
	Side sides[SIDES];
	SiftCounts counts;
	int64_t kept[DIFFERENCE_KIND_COUNT], written;
	int chunk_count;
	Difference chunk[CHUNK];
	uint8_t keys[2][16]; /* of the key's digest */
	Buf key;
	Arena *scratch;
} Run;

/* --- reading ---------------------------------------------------------------------------------------------------------------- */
static bool condition_holds(const Field *field, const Condition *condition, Text value) {
	double number, than;
	if (condition->op == COND_FILLED) return value.len > 0;
	if (condition->op == COND_EMPTY) return value.len == 0;
	if (!value.len) return condition->op == COND_NE;
	int order;
	bool numeric = field->kind == KIND_INTEGER || field->kind == KIND_DECIMAL || field->kind == KIND_DOUBLE;
	if (numeric && text_to_double(value, &number) == 0 && text_to_double(text_of(condition->value), &than) == 0)
		order = number < than ? -1 : number > than;
	else
		order = text_cmp(value, text_of(condition->value));
	switch (condition->op) {
	case COND_EQ:
		return order == 0;
	case COND_NE:
		return order != 0;
	case COND_GTE:
		return order >= 0;
	default:
		return order <= 0;
	}
}

static bool row_wanted(Run *run, int which) {
	const Side *side = &run->sides[which];
	for (int i = 0; i < run->one.condition_count[which]; i++) {
		int at = side->conditions[i];
		if (!condition_holds(side->scan->fields[at].field, &run->one.conditions[which][i],
		                     record_scan_inside(side->scan, at)))
			return false;
	}
	return true;
}

/* The key's digest: 1, or 0 where a part of it is empty. */
static int row_key(Run *run, int which, uint64_t out[2]) {
	const Side *side = &run->sides[which];
	run->key.len = 0;
	for (int i = 0; i < run->one.key_count; i++) {
		Text part = compare_normal(run->one.keys[i].form, record_scan_inside(side->scan, side->keys[i]), run->scratch);
		uint32_t len = (uint32_t)part.len;
		if (!len) return 0;
		buf_add(&run->key, &len, sizeof len); /* so that "1","12" is not "11","2" */
		buf_add(&run->key, part.at, part.len);
	}
	for (int i = 0; i < 2; i++)
		out[i] = siphash64(run->keys[i], buf_as_text(&run->key));
	return 1;
}

static int kept_add(Run *run, const Difference *one);

static int row_take(Run *run, Sift *sift, int which) {
	const Side *side = &run->sides[which];
	uint64_t key[2], marks[COMPARE_FIELDS_MAX];
	if (!row_wanted(run, which)) {
		run->counts.left_out[which]++;
		return 0;
	}
	run->counts.rows[which]++;
	if (!row_key(run, which, key)) {
		Difference one = {.kind = KIND_NO_KEY};
		one.records[which] = side->scan->record_id;
		one.rows[which] = 1;
		run->counts.no_key[which]++;
		run->counts.kinds[KIND_NO_KEY]++;
		return kept_add(run, &one);
	}
	for (int i = 0; i < run->one.field_count; i++) {
		Text value =
		    compare_normal(run->one.fields[i].form, record_scan_inside(side->scan, side->fields[i]), run->scratch);
		marks[i] = value.len ? siphash64(run->keys[0], value) | 1 : 0;
	}
	return sift_put(sift, which, key, side->scan->record_id, marks);
}

static int side_read(Run *run, Sift *sift, int which) {
	RecordScan *scan = run->sides[which].scan;
	const char *stage = which == LEFT ? "read_left" : "read_right";
	int64_t total = 0, done = 0;
	int code = record_scan_size(scan, &total);
	if (code == 0) code = job_progress(run->rq, run->job, stage, 0, total);
	if (code == 0) code = record_scan_rows(scan, 0, false, 0);
	while (code == 0 && (code = record_scan_next(scan)) > 0) {
		arena_reset(run->scratch);
		code = row_take(run, sift, which);
		if (code == 0 && ++done % STEP_ROWS == 0)
			code = job_progress(run->rq, run->job, stage, done, done > total ? done : total);
	}
	return code;
}

/* --- writing ---------------------------------------------------------------------------------------------------------------- */
static int chunk_write(Request *w, void *arg) {
	static const ValKind kinds[] = {VAL_INT, VAL_INT, VAL_TEXT, VAL_INT, VAL_INT, VAL_INT, VAL_INT, VAL_INT, VAL_TEXT};
	Run *run = arg;
	Bulk *bulk;
	json_t *checkpoint = json_pack("{s:I}", "differences", (json_int_t)run->written + run->chunk_count);
	int code = job_checkpoint(w, run->job, checkpoint);
	json_decref(checkpoint);
	if (code == 0)
		code = bulk_begin(
		    w->db, &bulk, "comparison_difference",
		    "run_id, difference_no, kind, fields, left_record, right_record, left_rows, right_rows, key_mark", kinds, 9);
	if (code < 0) return code;
	for (int i = 0; i < run->chunk_count && code == 0; i++) {
		const Difference *one = &run->chunk[i];
		char mark[33];
		snprintf(mark, sizeof mark, "%016llx%016llx", (unsigned long long)one->key[0], (unsigned long long)one->key[1]);
		const Val values[] = {
		    val_int(run->id),         val_int(run->written + i + 1), val_str(difference_kind_names[one->kind]),
		    val_int(one->fields),     val_int(one->records[LEFT]),   val_int(one->records[RIGHT]),
		    val_int(one->rows[LEFT]), val_int(one->rows[RIGHT]),     val_str(one->kind == KIND_NO_KEY ? "" : mark)};
		code = bulk_row(bulk, values);
	}
	int64_t ended = bulk_end(bulk);
	return code < 0 ? code : ended < 0 ? (int)ended : 0;
}

static int chunk_flush(Run *run) {
	if (!run->chunk_count) return 0;
	int code = request_write_bulk(run->rq, chunk_write, run);
	run->written += run->chunk_count;
	run->chunk_count = 0;
	return code < 0 ? code : 0;
}

static int chunk_add(Run *run, const Difference *one) {
	run->chunk[run->chunk_count++] = *one;
	return run->chunk_count == CHUNK ? chunk_flush(run) : 0;
}

/* Of each kind the first so many; all were counted. */
static int kept_add(Run *run, const Difference *one) {
	if (run->kept[one->kind] == run->keep) return 0;
	run->kept[one->kind]++;
	return chunk_add(run, one);
}

static int on_difference(void *arg, const Difference *one) {
	return kept_add(arg, one);
}

static int on_part(void *arg, int done, int total) {
	Run *run = arg;
	return job_progress(run->rq, run->job, "match", done, total);
}

/* --- begin and end ------------------------------------------------------------------------------------------------------------
 */
typedef struct Erase {
	int64_t run_id, gone;
	bool own; /* by the run itself */
} Erase;
/* Run n neither waits nor runs. A job that ended without a result may be resumed at any moment: asked in the statement that
 * erases, which then does not see what it writes. */
#define RUN_AT_REST "NOT EXISTS (SELECT 1 FROM job j WHERE j.job_id = n.job_id AND j.state IN ('queued', 'running'))"

static int erase_write(Request *w, void *arg) {
	Erase *erase = arg;
	erase->gone =
	    db_run(w->db,
	           "DELETE FROM comparison_difference WHERE run_id = $1 AND difference_no IN (SELECT difference_no FROM"
	           " comparison_difference WHERE run_id = $1 ORDER BY difference_no LIMIT $2) AND (CAST($3 AS BIGINT) = 1"
	           " OR EXISTS (SELECT 1 FROM comparison_run n WHERE n.run_id = $1 AND " RUN_AT_REST "))",
	           BIND(val_int(erase->run_id), val_int(ERASE_ROWS), val_int(erase->own)));
	return erase->gone < 0 ? (int)erase->gone : 0;
}

static int differences_erase(Request *rq, int64_t run_id, bool own) {
	Erase erase = {.run_id = run_id, .gone = 1, .own = own};
	int code = 0;
	while (code == 0 && erase.gone > 0)
		code = request_write_bulk(rq, erase_write, &erase);
	return code;
}

static int run_load(Request *rq, Run *run) {
	int64_t comparison = 0;
	const char *text = json_string_value(json_object_get(run->job->args, "run_id"));
	if (!text || text_to_int(text_of(text), &run->id) < 0) return fail(rq, ERR_INTERNAL, "the job names no run");
	int code =
	    db_int(rq->db, &comparison, "SELECT comparison_id FROM comparison_run WHERE run_id = $1", BIND(val_int(run->id)));
	return code < 0 ? code : comparison_load(rq, comparison, &run->one);
}

static json_t *counts_json(const Run *run) {
	const SiftCounts *counts = &run->counts;
	json_t *fields = json_array(), *out = json_object();
	for (int i = 0; i < run->one.field_count; i++)
		json_array_append_new(fields, json_integer(counts->fields[i]));
	const struct {
		const char *name;
		int64_t value;
	} rows[] = {{"left_rows", counts->rows[LEFT]},
	            {"right_rows", counts->rows[RIGHT]},
	            {"left_filtered", counts->left_out[LEFT]},
	            {"right_filtered", counts->left_out[RIGHT]},
	            {"left_no_key", counts->no_key[LEFT]},
	            {"right_no_key", counts->no_key[RIGHT]},
	            {"same", counts->same},
	            {"kept", run->written}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		json_object_set_new(out, rows[i].name, json_integer(rows[i].value));
	for (int i = 0; i < DIFFERENCE_KIND_COUNT; i++)
		json_object_set_new(out, difference_kind_names[i], json_integer(counts->kinds[i]));
	json_object_set_new(out, "fields", fields);
	return out;
}

/* What each supplier can be told of it. */
static int evidence_keep(Request *w, const Run *run, int which) {
	const Side *side = &run->sides[which];
	EvidenceEntry entry = {.at_us = clock_now_us(),
	                       .account_id = run->job->created_by,
	                       .org_id = run->one.org_id,
	                       .actor = side->reader.login,
	                       .action = "compare.ran",
	                       .resource_id = side->resource->resource_id,
	                       .subject_id = run->one.id,
	                       .row_count = run->counts.rows[which],
	                       .status = 200,
	                       .purpose = run->one.purpose,
	                       .address = "",
	                       .detail = arena_printf(w->arena, "%s,\"by\":\"comparison\",\"with\":\"%lld\",\"job\":\"%lld\"}",
	                                              side->scan->about, (long long)run->one.resources[!which],
	                                              (long long)run->job->job_id)};
	return evidence_write(w, &entry);
}

static int finish_write(Request *w, void *arg) {
	Run *run = arg;
	json_t *counts = counts_json(run);
	int64_t done = db_run(w->db, "UPDATE comparison_run SET ended_us = $2, counts = $3, kept = 1 WHERE run_id = $1",
	                      BIND(val_int(run->id), val_int(clock_now_us()), val_str(json_as_text(w, counts))));
	if (done >= 0)
		done = db_run(w->db, "UPDATE comparison SET last_run = $2 WHERE comparison_id = $1",
		              BIND(val_int(run->one.id), val_int(run->id)));
	int code = done < 0 ? (int)done : evidence_keep(w, run, LEFT);
	if (code == 0) code = evidence_keep(w, run, RIGHT);
	if (code == 0) code = job_finish(w, run->job, JOB_RECONCILED, counts);
	json_decref(counts);
	return code;
}

/* The result of a right that ended meanwhile is not kept. */
static int sides_still(Run *run) {
	Party kept = run->rq->party;
	int code = 0;
	for (int side = 0; side < SIDES && code == 0; side++) {
		run->rq->party = run->sides[side].reader;
		code = record_scan_still(run->rq, run->sides[side].scan);
	}
	run->rq->party = kept;
	if (code != ERR_RETRY) return code;
	return error_field(run->rq->error, ERR_RETRY, "grant", TEXT_NONE, "grant_changed", "It begins anew by itself.",
	                   "a grant or an entry changed while the comparison ran");
}

static int sides_read(Run *run, Sift *sift) {
	Request *rq = run->rq;
	Party kept = rq->party;
	int code = party_of_account(rq, run->job->created_by, &rq->party);
	if (code == 0) code = side_open(rq, &run->one, LEFT, &run->sides[LEFT]);
	if (code == 0) code = side_open(rq, &run->one, RIGHT, &run->sides[RIGHT]);
	rq->party = kept;
	if (code == 0) code = side_read(run, sift, LEFT);
	if (code == 0) code = side_read(run, sift, RIGHT);
	for (int side = 0; side < SIDES; side++)
		if (run->sides[side].scan) record_scan_close(run->sides[side].scan);
	return code;
}

static void run_free(void *context) {
	Run *run = context;
	buf_free(&run->key);
	arena_free(run->scratch);
}

int compare_job_run(Request *rq, Job *job) {
	Sift *sift;
	Run *run = ARENA_NEW(rq->arena, Run);
	const SiftHooks hooks = {on_difference, on_part, run};
	*run = (Run){.rq = rq, .job = job, .keep = setting_int(rq, "compare.keep_differences"), .scratch = arena_new()};
	arena_on_free(rq->arena, run_free, run);
	for (int i = 0; i < 2; i++) {
		memcpy(run->keys[i], app_secret(rq->app), 16);
		run->keys[i][0] ^= (uint8_t)(0xc0 + i); /* keys of this room's own */
	}
	int code = run_load(rq, run);
	if (code == 0 && job->attempt > 1) code = differences_erase(rq, run->id, true);
	if (code == 0) code = sift_new(rq, run->one.field_count, &sift);
	if (code == 0) code = sides_read(run, sift);
	if (code == 0) code = sift_merge(sift, &run->counts, &hooks);
	if (code == 0) code = chunk_flush(run);
	if (code == 0) code = sides_still(run);
	if (code == 0) code = request_write(rq, finish_write, run);
	return code < 0 ? code : 0;
}

/* --- beginning one -----------------------------------------------------------------------------------------------------------
 */
int comparison_running(Request *rq, const Comparison *one, int64_t *job_id) {
	return db_int(
	    rq->db, job_id,
	    "SELECT j.job_id FROM comparison_run n JOIN job j ON j.job_id = n.job_id WHERE n.comparison_id = $1 AND j.state"
	    " IN ('queued', 'running') ORDER BY n.run_id DESC LIMIT 1",
	    BIND(val_int(one->id)));
}

int comparison_run_begin(Request *rq, const Comparison *one, bool by_timetable, int64_t *job_id, int64_t *run_id) {
	*run_id = store_new_id(rq->store);
	json_t *args = json_pack("{s:s}", "run_id", arena_printf(rq->arena, "%lld", (long long)*run_id));
	int code = job_create(rq, "compare.run", one->resources[LEFT], one->org_id, args, job_id);
	json_decref(args);
	if (code < 0) return code;
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO comparison_run (run_id, comparison_id, job_id, account_id, begun_us, ended_us, counts, kept,"
	           " by_timetable) VALUES ($1, $2, $3, $4, $5, 0, '{}', 1, $6)",
	           BIND(val_int(*run_id), val_int(one->id), val_int(*job_id), val_int(rq->party.account_id), val_int(rq->now_us),
	                val_int(by_timetable)));
	if (done >= 0)
		done = db_run(rq->db, "UPDATE comparison SET next_run = $2 WHERE comparison_id = $1",
		              BIND(val_int(one->id), val_int(*run_id)));
	return done < 0 ? (int)done : 0;
}

int comparison_run_post(Request *rq) {
	Comparison one;
	const Resource *resource;
	Party reader;
	int64_t running = 0, job_id, run_id;
	int code = db_lock(rq->db, "compare.run", in_int(rq, "id"));
	if (code >= 0) code = comparison_load(rq, in_int(rq, "id"), &one);
	if (code < 0) return code;
	rq->about_resource = one.resources[LEFT];
	if (one.org_id != rq->party.org_id)
		return fail(rq, ERR_FORBIDDEN, "Only the organisation that defined the comparison runs it");
	for (int side = 0; side < SIDES && code >= 0; side++)
		code = comparison_reader(rq, &one, side, &resource, &reader);
	if (code >= 0) code = comparison_running(rq, &one, &running);
	if (code < 0) return code;
	if (running)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "running", "Wait for its end, or cancel it.",
		                   "The comparison runs already");
	if ((code = comparison_run_begin(rq, &one, false, &job_id, &run_id)) < 0) return code;
	rq->status = 202;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "run_id", run_id);
	jw_kv_id(&rq->json, "job_id", job_id);
	jw_object_end(&rq->json);
	return 0;
}

/* --- housekeeping -------------------------------------------------------------------------------------------------------------
 */
static int forget_write(Request *w, void *arg) {
	const int64_t *run_id = arg;
	int64_t done =
	    db_run(w->db,
	           "UPDATE comparison_run SET kept = 0 WHERE run_id = $1 AND EXISTS (SELECT 1 FROM comparison_run n WHERE"
	           " n.run_id = $1 AND " RUN_AT_REST ")",
	           BIND(val_int(*run_id)));
	return done < 0 ? (int)done : 0;
}

/* Differences of runs that ended without a result, or are older than the newest few that have one, or of removed comparisons. */
int compare_chore(Request *rq) {
	int64_t run_id = 0;
	int found = db_int(
	    rq->db, &run_id,
	    "SELECT n.run_id FROM comparison_run n JOIN comparison c ON c.comparison_id = n.comparison_id WHERE n.kept = 1"
	    " AND " RUN_AT_REST " AND (c.ended_us <> 0 OR n.ended_us = 0 OR (SELECT COUNT(*) FROM comparison_run m WHERE"
	    " m.comparison_id = n.comparison_id AND m.kept = 1 AND m.ended_us <> 0 AND m.run_id > n.run_id) >= $1) ORDER BY"
	    " n.run_id LIMIT 1",
	    BIND(val_int(setting_int(rq, "compare.keep_runs"))));
	if (found <= 0) return found;
	int code = differences_erase(rq, run_id, false);
	if (code == 0) code = request_write(rq, forget_write, &run_id);
	return code < 0 ? code : 1;
}
