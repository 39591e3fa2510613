/* Tests of loading on both engines: generations and their swap, duplicates, upsert, what the feed is told. */
#include "record/record_testing.h"

/* Entries of the resource's topic after a position. On PostgreSQL the sequencer needs a moment. */
static int feed_since(int64_t after, FeedEntry *out, int want) {
	int kept = 0;
	for (int tries = 0; tries < 100; tries++) {
		FeedEntry entries[200];
		Request *rq = request_begin(app, "test");
		int count = feed_read(rq->db, after, entries, 200);
		request_end(rq);
		kept = 0;
		for (int i = 0; i < count; i++)
			if (entries[i].topic == resource_id && kept < 20) out[kept++] = entries[i];
		if (kept >= want) break;
		clock_sleep_us(50000);
	}
	return kept;
}

/* After all that was written so far. */
static int64_t feed_position(void) {
	Request *rq = request_begin(app, "test");
	int64_t mark = 0;
	for (int i = 0; i < 300 && feed_settled(rq->db, &mark) == 0; i++)
		clock_sleep_us(50000);
	int64_t head = feed_head(rq->db);
	request_end(rq);
	return head;
}

static void test_swap_difference(void **state) {
	static const char *const second[][FIELDS] = {
	    {"A5", "欧阳小七", "", "1955-12-31", "1000000", "13812345675"}, /* unchanged, other order */
	    {"A1", "张三", "澄江街道", "1990-05-17", "1200.50", "13812345671"},
	    {"A2", "李四", "璜土镇", NULL, "5", NULL},            /* NULL → 5 */
	    {"A3", "王五", "", "1970-01-01", "0", "13812345673"}, /* NULL → '' */
	    {"A6", "钱八", NULL, NULL, NULL, "13812345676"},      /* new; A4 is gone */
	};
	FeedEntry entries[20];
	LoadCounts counts = load_rows(1, first_rows, 5);
	assert_int_equal(counts.inserted, 5);
	assert_int_equal(counts.updated + counts.unchanged + counts.deleted + counts.superseded + counts.refused, 0);
	assert_int_equal(feed_since(0, entries, 5), 5);
	int64_t head = feed_position();
	counts = load_rows(2, second, 5);
	assert_int_equal(counts.inserted, 1);
	assert_int_equal(counts.updated, 2);
	assert_int_equal(counts.unchanged, 2);
	assert_int_equal(counts.deleted, 1);
	assert_int_equal(feed_since(head, entries, 4), 4);
	int inserted = 0, updated = 0, deleted = 0;
	for (int i = 0; i < 4; i++) {
		inserted += entries[i].op == FEED_INSERT && entries[i].subject == record_of("A6");
		updated += entries[i].op == FEED_UPDATE &&
		           (entries[i].subject == record_of("A2") || entries[i].subject == record_of("A3"));
		deleted += entries[i].op == FEED_DELETE && entries[i].subject == record_of("A4");
		assert_true(entries[i].version > 1);
	}
	assert_true(inserted == 1 && updated == 2 && deleted == 1);
	char sql[200];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM r%lld_g2 WHERE ver = 1", (long long)resource_id);
	assert_int_equal(count_of_sql(sql), 2); /* unchanged rows kept their version */
	snprintf(sql, sizeof sql, "SELECT count(*) FROM r%lld_g1", (long long)resource_id);
	assert_int_equal(count_of_sql(sql), -1); /* the old generation is gone */
	assert_int_equal(count_of_sql("SELECT count(*) FROM record_generation"), 1);
}

static void test_duplicates(void **state) {
	static const char *const rows[][FIELDS] = {
	    {"A1", "张三", "澄江街道", "1990-05-17", "1200.50", "13812345671"},
	    {"A2", "李四", "璜土镇", NULL, NULL, "13812345672"},
	    {"A1", "张三", "澄江街道", "1990-05-17", "1200.50", "13812345671"}, /* the same once more */
	    {"A1", "张山", "澄江街道", "1990-05-17", "1200.50", "13812345671"}, /* the key with another name */
	    {"A3", "王五", NULL, NULL, NULL, "13812345672"},                    /* A2's phone */
	    {"A4", "赵六", NULL, NULL, NULL, NULL},
	    {"A5", "钱七", NULL, NULL, NULL, NULL}, /* NULLs are not equal */
	};
	Batch batch;
	LoadCounts counts = {0};
	batch_begin(&batch, 1, rows, 7);
	must(&batch, load(&batch, &counts));
	assert_int_equal(counts.inserted, 4);
	assert_int_equal(counts.superseded, 1);
	assert_int_equal(counts.refused, 2);
	assert_int_equal(batch.duplicates, 3);
	assert_true(batch.seen[0].identical && batch.seen[0].row_no == 3 && batch.seen[0].first_row_no == 1);
	assert_true(!batch.seen[1].identical && batch.seen[1].row_no == 4 && !batch.seen[1].field && !batch.seen[1].collision);
	assert_true(batch.seen[2].row_no == 5 && batch.seen[2].field && strcmp(batch.seen[2].field->name, "phone") == 0);
	request_end(batch.rq);
}

/* More repeats than one write takes out, many of one value. */
static void test_many_duplicates(void **state) {
	enum { ROWS = 1800 };
	Request *rq = request_begin(app, "test");
	const char *(*rows)[FIELDS] = (void *)ARENA_ARRAY(rq->arena, const char *, ROWS *FIELDS);
	for (int i = 0; i < ROWS; i++) {
		rows[i][NUMBER] = i < 1200 ? "SAME" : arena_printf(rq->arena, "K%d", i / 2);
		rows[i][PERSON] = arena_printf(rq->arena, "人%d", i);
	}
	LoadCounts counts = load_rows(1, (const char *const(*)[FIELDS])rows, ROWS);
	assert_int_equal(counts.refused, 1199 + 300);
	assert_int_equal(counts.inserted, 1 + 300);
	request_end(rq);
}

static void test_swap_refuses_what_changed(void **state) {
	Batch slow, quick;
	LoadCounts counts;
	TableDigest removed;
	load_rows(1, first_rows, 5);
	batch_begin(&slow, 2, first_rows, 3);
	must(&slow, request_write(slow.rq, fill_run, &slow));
	must(&slow, generation_duplicates(slow.rq, slow.resource, slow.generation, NULL, &removed, &counts));
	must(&slow, generation_compare(slow.rq, slow.resource, slow.generation, NULL));
	load_rows(3, first_rows, 4);
	assert_int_equal(generation_swap(slow.rq, slow.resource, slow.generation, NULL, &counts), ERR_CONFLICT);
	assert_string_equal(slow.rq->error->rule, "changed_meanwhile");
	error_clear(slow.rq->error);
	assert_int_equal(generation_drop(slow.rq, resource_id, slow.generation), 0);
	assert_int_equal(generation_drop(slow.rq, resource_id, slow.generation), 0);
	assert_int_equal(generation_drop(slow.rq, resource_id, 3), ERR_CONFLICT); /* the live one */
	request_end(slow.rq);
	batch_begin(&quick, 4, first_rows, 3);
	must(&quick, request_write(quick.rq, fill_run, &quick));
	publish("conditional", 2, ""); /* a new version of the entry */
	must(&quick, generation_duplicates(quick.rq, quick.resource, quick.generation, NULL, &removed, &counts));
	assert_int_equal(generation_swap(quick.rq, quick.resource, quick.generation, NULL, &counts), ERR_CONFLICT);
	request_end(quick.rq);
}

static int create_run(Request *w, void *arg) {
	Batch *batch = arg;
	return generation_create(w, batch->resource, batch->job_id, &batch->generation);
}

static int books_full(Request *w, void *arg) {
	for (int i = 0; i < RECORD_TABLES_MAX; i++)
		if (db_run(w->db,
		           "INSERT INTO record_generation (resource_id, generation_no, state, resource_version, job_id, ver, "
		           "created_us,"
		           " columns) VALUES (1, $1, 'hidden', 1, 1, 1, 1, ',')",
		           BIND(val_int(i))) < 0)
			return ERR_INTERNAL;
	return 0;
}

static void test_table_limit(void **state) {
	Batch batch;
	batch_begin(&batch, 1, first_rows, 0);
	must(&batch, request_write(batch.rq, books_full, NULL));
	assert_int_equal(request_write(batch.rq, create_run, &batch), ERR_CONFLICT);
	assert_string_equal(batch.rq->error->rule, "table_limit");
	request_end(batch.rq);
}

/* Hidden tables of loads that can no longer be resumed go; those of others, and the live one, stay. */
static void test_abandoned(void **state) {
	static const char *const states[] = {"live", "failed", "cancelled", "running", "failed"};
	Batch batch;
	load_rows(1, first_rows, 5);
	for (int job = 2; job <= 5; job++) {
		batch_begin(&batch, job, first_rows, 2);
		must(&batch, request_write(batch.rq, fill_run, &batch));
		run_sql_with(
		    arena_printf(batch.rq->arena,
		                 "INSERT INTO job (job_id, kind, resource_id, org_id, created_by, created_at, state, stage,"
		                 " done, total, stage_at, stage_done, progress_at, messages, args, checkpoint, attempt, stalls,"
		                 " not_before, cancel_requested, epoch, started_at, finished_at, version) VALUES ($1, 'x', 1, 1,"
		                 " 1, 1, '%s', '', 0, 0, 0, 0, 0, '[]', '{}', '{}', 1, 0, 0, 0, 1, 1, %lld, 1)",
		                 states[job - 1], job == 5 ? (long long)clock_now_us() : 1LL),
		    job);
		request_end(batch.rq);
	}
	run_sql_with("INSERT INTO record_batch (resource_id, job_id, first_ver) VALUES (1, $1, 1)", 2);
	run_sql_with("INSERT INTO record_batch (resource_id, job_id, first_ver) VALUES (1, $1, 1)", 4);
	assert_int_equal(chores_run(app, "record.generations"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM record_generation"), 3);
	assert_int_equal(count_of_sql("SELECT count(*) FROM record_generation WHERE job_id IN (1, 4, 5)"), 3);
	assert_int_equal(count_of_sql("SELECT count(*) FROM record_batch"), 1);
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM r%lld_g1", (long long)resource_id);
	assert_int_equal(count_of_sql(sql), 5);
}

/* --- upsert ------------------------------------------------------------------------------------------------------------ */

static int upsert_run(Request *w, void *arg) {
	Batch *batch = arg;
	return record_upsert_chunk(w, batch->resource, batch->job_id, batch->rows, batch->count, &batch->hooks, &batch->upsert);
}

static Upsert upsert_rows(int64_t job_id, const char *const (*rows)[FIELDS], size_t count, int *duplicates) {
	Batch batch;
	batch_begin(&batch, job_id, rows, count);
	batch.hooks = (GenerationHooks){.duplicate = duplicate_seen, .arg = &batch};
	must(&batch, record_upsert_begin(batch.rq, batch.resource, job_id));
	must(&batch, request_write(batch.rq, upsert_run, &batch));
	*duplicates = batch.duplicates;
	request_end(batch.rq);
	return batch.upsert;
}

static void upsert_proved(int64_t job_id, const TableDigest *source) {
	Request *rq = request_begin(app, "test");
	TableDigest target;
	assert_int_equal(generation_read_back(rq, resource_of(rq), 0, job_id, NULL, &target), 0);
	assert_true(table_digest_eq(source, &target));
	assert_int_equal(record_upsert_end(rq, resource_of(rq), job_id), 0);
	request_end(rq);
}

static void test_upsert(void **state) {
	static const char *const chunk1[][FIELDS] = {
	    {"A1", "张三", "澄江街道", "1990-05-17", "1200.50", "13812345671"}, /* unchanged */
	    {"A2", "李四", "申港街道", NULL, NULL, NULL},                       /* updated */
	    {"B1", "孙九", NULL, NULL, NULL, NULL},                             /* inserted */
	    {"B2", "周十", NULL, NULL, NULL, "13812345674"},                    /* A4 has this phone: refused */
	    {"B3", "吴一", NULL, NULL, NULL, NULL},                             /* superseded by the next */
	    {"B3", "吴二", NULL, NULL, NULL, NULL},                             /* inserted */
	};
	static const char *const chunk2[][FIELDS] = {
	    {"A1", "张三", "澄江街道", "1990-05-17", "1200.51", "13812345671"}, /* was unchanged, is updated after all */
	    {"B1", "孙九", NULL, NULL, NULL, NULL},                             /* once more the same */
	};
	FeedEntry entries[20];
	int duplicates = 0;
	load_rows(1, first_rows, 5);
	int64_t head = feed_position();
	Upsert one = upsert_rows(7, chunk1, 6, &duplicates);
	assert_int_equal(duplicates, 1);
	assert_int_equal(one.counts.inserted, 2);
	assert_int_equal(one.counts.updated, 1);
	assert_int_equal(one.counts.unchanged, 1);
	assert_int_equal(one.counts.superseded, 1);
	assert_int_equal(one.counts.refused, 1);
	Upsert two = upsert_rows(7, chunk2, 2, &duplicates);
	assert_int_equal(two.counts.inserted, 0);
	assert_int_equal(two.counts.updated, 1);
	assert_int_equal(two.counts.unchanged, -1);
	assert_int_equal(two.counts.superseded, 2);
	TableDigest source = one.source;
	table_digest_add(&source, &two.source);
	assert_int_equal(source.count, 4); /* A1 A2 B1 B3 */
	upsert_proved(7, &source);
	int count = feed_since(head, entries, 4), of_job = 0;
	for (int i = 0; i < count; i++)
		of_job += entries[i].version > 1;
	assert_int_equal(of_job, 4); /* A2, B1, B3, then A1 */
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT row_count FROM resource WHERE resource_id = %lld", (long long)resource_id);
	assert_int_equal(count_of_sql(sql), 7);
}

static void test_upsert_into_nothing(void **state) {
	int duplicates;
	Upsert one = upsert_rows(3, first_rows, 5, &duplicates);
	assert_int_equal(one.counts.inserted, 5);
	upsert_proved(3, &one.source);
}

/* Two keys, one record id (2^-62 a pair): the later row is refused, and a look-up by the other key finds nothing. */
static void test_collision(void **state) {
	Batch batch;
	LoadCounts counts = {0};
	batch_begin(&batch, 1, first_rows, 2);
	batch.rows[1].record_id = batch.rows[0].record_id;
	must(&batch, load(&batch, &counts));
	assert_int_equal(counts.inserted, 1);
	assert_int_equal(counts.refused, 1);
	assert_true(batch.seen[0].collision);
	request_end(batch.rq);
	batch_begin(&batch, 2, first_rows, 2);
	batch.rows[1].record_id = batch.rows[0].record_id;
	batch.hooks = (GenerationHooks){.duplicate = duplicate_seen, .arg = &batch};
	batch.rows++; /* A2 alone, where A1 is stored */
	batch.count = 1;
	must(&batch, record_upsert_begin(batch.rq, batch.resource, 2));
	must(&batch, request_write(batch.rq, upsert_run, &batch));
	assert_int_equal(batch.upsert.counts.refused, 1);
	assert_true(batch.seen[0].collision);
	request_end(batch.rq);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH(test_swap_difference), BOTH(test_duplicates), BOTH(test_many_duplicates), BOTH(test_swap_refuses_what_changed),
	    BOTH(test_table_limit),     BOTH(test_abandoned),  BOTH(test_upsert),          BOTH(test_upsert_into_nothing),
	    BOTH(test_collision),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
