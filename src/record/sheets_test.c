/* Tests of sheets on both engines: whatever was written, a sheet gives each reader the rows that the store gives him. */
#include "record/ogc.h"
#include "record/record_testing.h"
#include <stdio.h>
#include <stdlib.h>

enum { KEYS = 3000, FIRST = 1000, MANY = 1500 /* more than a sheet is patched with */, LON = FIELDS, LAT };

static uint32_t seed = 36;
static int pick(int below) {
	seed = seed * 1664525u + 1013904223u;
	return (int)((seed >> 8) % (uint32_t)below);
}

/* --- writing ---------------------------------------------------------------------------------------------------------- */

static Text text_made(Request *rq, bool given, const char *text) {
	return given ? text_of(arena_strdup(rq->arena, text)) : TEXT_NONE;
}

/* Most lie in tile 12/3417/1665 (120.322 to 120.410, 31.803 to 31.877), some around it, some nowhere. */
static void row_made(Request *rq, int key, Text *to) {
	static const char *const towns[] = {"澄江街道", "璜土镇", "申港街道", ""};
	bool lies = pick(12) > 0;
	char text[40];
	snprintf(text, sizeof text, "K%04d", key);
	to[NUMBER] = text_made(rq, true, text);
	to[PERSON] = text_made(rq, true, "张三");
	to[TOWN] = text_made(rq, pick(5) > 0, towns[pick(4)]);
	snprintf(text, sizeof text, "19%02d-0%d-11", 40 + pick(60), 1 + pick(9));
	to[BORN] = text_made(rq, pick(4) > 0, text);
	snprintf(text, sizeof text, "%d.%02d", pick(40), pick(100));
	to[INCOME] = text_made(rq, pick(4) > 0, text);
	to[PHONE] = TEXT_NONE;
	snprintf(text, sizeof text, "%.6f", 120.31 + pick(1000) * 0.00011);
	to[LON] = text_made(rq, lies, text);
	snprintf(text, sizeof text, "%.6f", 31.79 + pick(1000) * 0.0001);
	to[LAT] = text_made(rq, lies, text);
}

static void rows_made(Batch *batch, int64_t job_id, int from, int count) {
	Request *rq = request_begin(app, "test");
	Acceptor *acceptor;
	*batch = (Batch){.rq = rq, .resource = resource_of(rq), .job_id = job_id, .count = (size_t)count};
	batch->rows = ARENA_ARRAY(rq->arena, Accepted, count + 1);
	batch->hooks = (GenerationHooks){.duplicate = duplicate_seen, .arg = batch};
	if (acceptor_new(rq, batch->resource, &acceptor) < 0) flunk("%s\n", rq->error->message);
	for (int i = 0; i < count; i++) {
		Text *texts = ARENA_ARRAY(rq->arena, Text, batch->resource->field_count);
		row_made(rq, (from + i) % KEYS, texts);
		batch->rows[i].row_no = i + 1;
		assert_int_equal(accept_row(acceptor, texts, rq->arena, &batch->rows[i]), 0);
		if (batch->rows[i].reason_count) flunk("row %d: %s\n", i, batch->rows[i].reasons[0].message);
		table_digest_add(&batch->source, &batch->rows[i].digest);
	}
}

static int upsert_run(Request *w, void *arg) {
	Batch *batch = arg;
	return record_upsert_chunk(w, batch->resource, batch->job_id, batch->rows, batch->count, &batch->hooks, &batch->upsert);
}

static void full(int64_t job_id) {
	Batch batch;
	LoadCounts counts = {0};
	rows_made(&batch, job_id, pick(KEYS), FIRST);
	must(&batch, load(&batch, &counts));
	request_end(batch.rq);
}

static void upsert(int64_t job_id, int count) {
	Batch batch;
	rows_made(&batch, job_id, pick(KEYS), count);
	must(&batch, record_upsert_begin(batch.rq, batch.resource, job_id));
	must(&batch, request_write(batch.rq, upsert_run, &batch));
	request_end(batch.rq);
}

typedef struct Removal {
	const Resource *resource;
	int64_t ids[20];
	bool rule; /* by a rule of retention, else by their ids */
} Removal;

static int removal_run(Request *w, void *arg) {
	Removal *removal = arg;
	PastRule rule = {.max_ver = INT64_MAX, .all = true};
	int64_t after = INT64_MAX / 20 * 17; /* record ids are spread evenly */
	TableDigest digest = {0};
	return removal->rule ? past_destroy(w, removal->resource, &rule, &after, &digest)
	                     : record_remove(w, removal->resource, removal->ids, 20);
}

static void removed(bool by_rule) {
	Request *rq = request_begin(app, "test");
	Removal removal = {.resource = resource_of(rq), .rule = by_rule};
	for (int i = 0; i < 20; i++) {
		char number[8];
		snprintf(number, sizeof number, "K%04d", pick(KEYS));
		removal.ids[i] = record_of(number);
	}
	if (request_write(rq, removal_run, &removal) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
}

/* --- comparing -------------------------------------------------------------------------------------------------------- */

typedef struct Lines {
	Arena *arena;
	int count, values;
	char *at[KEYS];
} Lines;

static void line_add(Lines *lines, int64_t record, const Val *values) {
	char *line = arena_printf(lines->arena, "%lld", (long long)record);
	for (int i = 0; i < lines->values; i++)
		line = values[i].kind == VAL_NULL   ? arena_printf(lines->arena, "%s|-", line)
		       : values[i].kind == VAL_TEXT ? arena_printf(lines->arena, "%s|'%.*s'", line, TEXT_ARG(values[i].t))
		                                    : arena_printf(lines->arena, "%s|%lld", line, (long long)values[i].i);
	lines->at[lines->count++] = line;
}

static int line_found(void *arg, int64_t record, int64_t cell, const Val *values) {
	line_add(arg, record, values + 2);
	return 0;
}

static int by_text(const void *a, const void *b) {
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* How many rows both give. */
static int compared(const char *query, CellRange range) {
	Request *rq = request_begin(app, "test");
	Finding finding;
	SheetReading reading, again;
	Call call = {.party = officer(), .action = "record.tile", .query = query};
	call.inputs = json_pack("{s:s}", "resource", "307001~000001");
	if (pick(2)) json_object_set_new(call.inputs, "fields", json_string(pick(2) ? "town,income" : "number,born"));
	call_begin(rq, &call, &record_module);
	int code;
	while ((code = finding_open(rq, &finding)) == ERR_RETRY)
		request_rewind(rq);
	if (code < 0) flunk("%s\n", rq->error->message);
	int *positions = ARENA_ARRAY(rq->arena, int, RECORD_FIELDS_MAX + 1);
	int shown = query_fields(rq, finding.target.plan, positions);
	finding_choose(&finding, positions, shown, 16);
	finding.heap = true;
	Lines *store = ARENA_NEW(rq->arena, Lines), *kept = ARENA_NEW(rq->arena, Lines);
	store->arena = kept->arena = rq->arena;
	store->values = kept->values = finding.count - finding.place;
	assert_true(finding_rows(&finding, &range, 1, 0, 0, KEYS, line_found, store) >= 0);
	assert_int_equal(sheet_open(&finding, range, &reading), 1);
	assert_int_equal(sheet_open(&finding, range, &again), 1);
	assert_ptr_equal(reading.sheet, again.sheet);
	Val *values = ARENA_ARRAY(rq->arena, Val, finding.count + 1);
	for (const SheetRow *row; (row = sheet_next(&reading));) {
		for (int i = finding.place; i < finding.count; i++) {
			uint32_t number = sheet_number(&reading, row, i);
			values[i - finding.place] = number ? sheet_value(&reading, i, number) : val_null();
		}
		line_add(kept, row->record, values);
	}
	if (store->count != kept->count) flunk("%s: %d in the store, %d kept\n", query, store->count, kept->count);
	qsort(store->at, (size_t)store->count, sizeof(char *), by_text);
	qsort(kept->at, (size_t)kept->count, sizeof(char *), by_text);
	for (int i = 0; i < store->count; i++)
		assert_string_equal(store->at[i], kept->at[i]);
	int count = store->count;
	json_decref(call.inputs);
	request_end(rq);
	return count;
}

static int compared_all(void) {
	static const char *const queries[] = {
	    "",
	    "number.ne=K0007&town.null=0",
	    "number.in=K0001,K0002,K0010,K0100,K0999",
	    "town=%E7%92%9C%E5%9C%9F%E9%95%87",
	    "town.like=%E7%92%9C*&income.lte=20",
	    "town.null=1",
	    "income.gte=9&income.lt=30.51",
	    "born.gt=1970-01-01&born.lte=1990-01-01",
	};
	const CellRange ranges[] = {tile_points(12, 3417, 1665), tile_points(14, 13669, 6661), tile_points(11, 1708, 832)};
	int rows = 0;
	for (size_t r = 0; r < 3; r++)
		for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
			rows += compared(queries[i], ranges[r]);
	return rows;
}

static void test_same_as_store(void **state) {
	publish("conditional", 1,
	        ",{\"name\":\"lon\",\"title\":\"经度\",\"kind\":\"double\",\"check\":\"longitude\",\"grade\":1},"
	        "{\"name\":\"lat\",\"title\":\"纬度\",\"kind\":\"double\",\"check\":\"latitude\",\"grade\":1}");
	full(1);
	assert_true(compared_all() > FIRST);
	for (int job = 2; job < 14; job++) {
		int what = job < 8 ? job : pick(8);
		if (what < 4)
			upsert(job, 1 + pick(30));
		else if (what < 6)
			removed(what == 4);
		else if (what == 6)
			upsert(job, MANY);
		else
			full(job);
		assert_true(compared_all() > 0);
	}
}

/* Ids end alike, as most are the first of their millisecond: counts of many collections are kept beside each other. */
static void test_sizes_kept(void **state) {
	enum { COLLECTIONS = 20 };
	Request *rq = request_begin(app, "test");
	Filter *filter = ARENA_NEW(rq->arena, Filter);
	int kept = 0;
	assert_int_equal(sizes_start(app, rq->error), 0);
	for (int turn = 0; turn < 2; turn++)
		for (int i = 1; i <= COLLECTIONS; i++) {
			const Resource resource = {.resource_id = (int64_t)i << 22};
			const Plan plan = {.resource = &resource};
			Finding finding = {.rq = rq, .target = {.plan = &plan}, .changed = 1, .filter = filter};
			Size size;
			if (turn)
				kept += size_kept(&finding);
			else
				assert_int_equal(size_of(&finding, &size), 0);
		}
	sizes_stop(app);
	request_end(rq);
	assert_true(kept > COLLECTIONS / 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(test_same_as_store), BOTH(test_sizes_kept)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
