/* Tests of record on both engines: canon and digests, accepting, masks, generations and their swap, duplicates, upsert, access,
 * paging and cursors, and a catalogue that changes under a reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "record/read.h"
#include "store/store_testing.h"

#define flunk(...) (print_error(__VA_ARGS__), _fail(__FILE__, __LINE__))

static TestStore test;
static App *app;
static char dir[64];
static int64_t org_id, resource_id;

/* --- a resource of six fields
 * ------------------------------------------------------------------------------------------------------ */

#define DOCUMENT_HEAD                                                                                                            \
	"{\"code\":\"307001/"                                                                                                    \
	"000001\",\"name\":\"居民（演示）\",\"summary\":\"演示数据\",\"keywords\":[\"居民\"],\"formats\":[\"csv\"]," \
	"\"sharing\":\"%s\",\"sharing_condition\":\"按需审批使用\",\"sharing_ways\":[\"api\"],\"opening\":\"closed\","     \
	"\"update_promise\":\"daily\",\"retention_months\":120,\"fields\":["
#define DOCUMENT_FIELDS                                                                                                            \
	"{\"name\":\"number\",\"title\":\"编号\",\"kind\":\"text\",\"length\":18,\"key\":true,\"required\":true,\"grade\":%d,"   \
	"\"mask\":\"all\"},"                                                                                                       \
	"{\"name\":\"person\",\"title\":\"姓名\",\"kind\":\"text\",\"length\":20,\"required\":true,\"grade\":3,\"mask\":"        \
	"\"name\"},"                                                                                                               \
	"{\"name\":\"town\",\"title\":\"镇街\",\"kind\":\"text\",\"length\":30,\"indexed\":true,\"grade\":%d,\"mask\":"          \
	"\"address\"},"                                                                                                            \
	"{\"name\":\"born\",\"title\":\"出生日期\",\"kind\":\"date\",\"grade\":2,\"mask\":\"year\"},"                          \
	"{\"name\":\"income\",\"title\":\"收入\",\"kind\":\"decimal\",\"scale\":2,\"min\":0,\"max\":1000000,\"grade\":2},"       \
	"{\"name\":\"phone\",\"title\":\"电话\",\"kind\":\"text\",\"length\":20,\"unique\":true,\"grade\":3,\"mask\":\"phone\"," \
	"\"check\":\"mobile\"}"
#define DOCUMENT_TAIL                                                                                                            \
	"],\"rules\":[{\"name\":\"adult\",\"expression\":\"income == nil or born == nil or born < '2010-01-01'\","               \
	"\"message\":\"未成年人不应有收入\"}]}"
enum { NUMBER, PERSON, TOWN, BORN, INCOME, PHONE, FIELDS };

static int key_grade = 1;

typedef struct Publish {
	const char *sharing, *more;
	int town_grade;
} Publish;

static int publish_run(Request *rq, void *arg) {
	const Publish *how = arg;
	json_error_t where;
	char *text = arena_printf(rq->arena, DOCUMENT_HEAD DOCUMENT_FIELDS "%s" DOCUMENT_TAIL, how->sharing, key_grade,
	                          how->town_grade, how->more);
	json_t *document = json_loads(text, 0, &where);
	if (!document) flunk("document: %s at %d\n", where.text, where.position);
	int code = resource_publish_document(rq, org_id, document, &resource_id);
	json_decref(document);
	return code;
}

static void publish(const char *sharing, int town_grade, const char *more) {
	Request *rq = request_begin(app, "test");
	Publish how = {sharing, more, town_grade};
	if (request_write(rq, publish_run, &how) < 0) flunk("publish: %s (%s)\n", rq->error->message, rq->error->field);
	request_end(rq);
}

static int org_run(Request *rq, void *arg) {
	return org_create(rq, "990001", "演示局", "Demo bureau", 0, &org_id);
}

static const Module *const modules[] = {&core_module, &evidence_module, &people_module, &catalog_module, &record_module};

static int setup(StoreEngine engine) {
	Error error = {0};
	store_for_test(&test, engine, NULL, 0);
	snprintf(dir, sizeof dir, "/tmp/yiwang-record-XXXXXX");
	assert_non_null(mkdtemp(dir));
	if (app_secret_create(dir, &error) < 0 ||
	    app_create(&app, dir, test.store, modules, sizeof modules / sizeof *modules, &error) < 0)
		flunk("%s\n", error.message);
	char evidence_keys[100];
	snprintf(evidence_keys, sizeof evidence_keys, "%s/keys/evidence.pem", dir);
	signing_key_create(evidence_keys, &error);
	error_clear(&error);
	if (app_start(app, false, &error) < 0) flunk("%s\n", error.message);
	Request *rq = request_begin(app, "test");
	if (request_write(rq, org_run, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	publish("conditional", 1, "");
	return 0;
}

static int setup_sqlite(void **state) {
	return setup(STORE_SQLITE);
}

static int setup_postgres(void **state) {
	return setup(STORE_POSTGRES);
}

static int teardown(void **state) {
	app_stop(app);
	app_free(app);
	store_test_end(&test);
	char command[100];
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static const Resource *resource_of(Request *rq) {
	const Resource *resource;
	request_generation_check(rq);
	if (resource_find(rq, resource_id, &resource) < 0) flunk("%s\n", rq->error->message);
	return resource;
}

/* --- canon v1 (needs no store)
 * ------------------------------------------------------------------------------------------------------ */

static const Field canon_fields[] = {
    {.no = 1, .name = "code", .kind = KIND_TEXT, .key = true},
    {.no = 2, .name = "note", .kind = KIND_TEXT},
    {.no = 4, .name = "share", .kind = KIND_DECIMAL, .scale = 2},
    {.no = 7, .name = "ratio", .kind = KIND_DOUBLE},
    {.no = 9, .name = "gone", .kind = KIND_DATE},
};
static const Resource canon_resource = {.fields = canon_fields, .field_count = 5, .key_fields = {0}, .key_count = 1};

static void canon_row(Val *values, const char *note, double ratio) {
	values[0] = val_text(TEXT("江A"));
	values[1] = val_str(note);
	values[2] = val_int(-1250);
	values[3] = val_double(ratio);
	values[4] = val_null();
}

/* The worked example of docs/decisions/0006. */
static void test_canon(void **state) {
	Arena *arena = arena_new();
	Val values[5];
	Buf bytes = {0};
	char hex[400];
	canon_row(values, "", 0.5);
	row_canon(&canon_resource, values, &bytes);
	hex_encode((const uint8_t *)bytes.at, bytes.len, hex);
	assert_string_equal(hex, "00017400000004e6b19f41"
	                         "00027400000000"
	                         "00046900000008fffffffffffffb1e"
	                         "000764000000083fe0000000000000");
	TableDigest digest;
	row_digest(&canon_resource, values, hasher_new(arena), &bytes, &digest);
	assert_string_equal(table_digest_text(arena, &digest), "v1:1:278928dc1f39d2c0abb5d8e2f3ad3494");
	TableDigest parsed;
	assert_int_equal(table_digest_parse(text_of(table_digest_text(arena, &digest)), &parsed), 0);
	assert_true(table_digest_eq(&digest, &parsed));
	assert_int_equal(table_digest_parse(TEXT("v1:1:9b35"), &parsed), -1);
	assert_int_equal(table_digest_parse(TEXT("v2:1:278928dc1f39d2c0abb5d8e2f3ad3494"), &parsed), -1);
	buf_free(&bytes);
	arena_free(arena);
}

static TableDigest digest_of(const Resource *resource, const Val *values) {
	Arena *arena = arena_new();
	Buf scratch = {0};
	TableDigest digest;
	row_digest(resource, values, hasher_new(arena), &scratch, &digest);
	buf_free(&scratch);
	arena_free(arena);
	return digest;
}

static void test_canon_differences(void **state) {
	Val a[5], b[5];
	TableDigest x, y;
	canon_row(a, "", 0.0);
	canon_row(b, "", -0.0);
	x = digest_of(&canon_resource, a), y = digest_of(&canon_resource, b);
	assert_true(table_digest_eq(&x, &y)); /* −0 is 0 */
	b[1] = val_null();
	y = digest_of(&canon_resource, b);
	assert_false(table_digest_eq(&x, &y)); /* NULL is not '' */
	static const Field reordered[] = {{.no = 9, .kind = KIND_DATE},
	                                  {.no = 7, .kind = KIND_DOUBLE},
	                                  {.no = 4, .kind = KIND_DECIMAL},
	                                  {.no = 2, .kind = KIND_TEXT},
	                                  {.no = 1, .kind = KIND_TEXT}};
	Resource other = {.fields = reordered, .field_count = 5};
	Val turned[5] = {a[4], a[3], a[2], a[1], a[0]};
	y = digest_of(&other, turned);
	assert_true(table_digest_eq(&x, &y)); /* by field number, not by position */
}

static void test_digest_sums(void **state) {
	TableDigest one = {1, UINT64_MAX, UINT64_MAX}, two = {1, 0, 2}, sum = {0};
	table_digest_add(&sum, &one);
	table_digest_add(&sum, &two);
	assert_int_equal(sum.count, 2);
	assert_true(sum.hi == 0 && sum.lo == 1); /* mod 2^128 */
	table_digest_sub(&sum, &two);
	assert_true(table_digest_eq(&sum, &one));
	TableDigest pair = {0};
	table_digest_add(&pair, &two);
	table_digest_add(&pair, &two);
	assert_false(pair.hi == 0 && pair.lo == 0); /* a doubled row does not vanish as it would under XOR */
}

/* --- masks
 * ---------------------------------------------------------------------------------------------------------------------------- */

static void test_masks(void **state) {
	static const struct {
		Mask mask;
		const char *value, *masked;
	} rows[] = {
	    {MASK_ALL, "江苏省", "***"},
	    {MASK_ALL, "", "***"},
	    {MASK_NAME, "张", "***"},
	    {MASK_NAME, "张三", "张*"},
	    {MASK_NAME, "张小三", "张*三"},
	    {MASK_NAME, "欧阳小三", "欧**三"},
	    {MASK_NAME, "阿卜杜拉·买买提", "阿**提"},
	    {MASK_NAME, "𠮷田", "𠮷*"},
	    {MASK_ID, "320281199001011234", "320***********1234"},
	    {MASK_ID, "3202811", "***"},
	    {MASK_PHONE, "13812345678", "138****5678"},
	    {MASK_PHONE, "110", "***"},
	    {MASK_ADDRESS, "江苏省江阴市澄江街道", "江苏省江阴市***"},
	    {MASK_ADDRESS, "江阴市", "***"},
	    {MASK_YEAR, "1990-05-17", "1990-01-01"},
	    {MASK_YEAR, "unknown", "***"},
	    {MASK_ROUND, "12345.67", "12000"},
	    {MASK_ROUND, "-0.01234", "-0.012"},
	    {MASK_ROUND, "x", "***"},
	    {MASK_NONE, "as it is", "as it is"},
	};
	Arena *arena = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Text masked = mask_text(app, rows[i].mask, text_of(rows[i].value), TEXT("1"), arena);
		assert_string_equal(text_cstr(arena, masked), rows[i].masked);
	}
	Text a = mask_text(app, MASK_HASH, TEXT("320281199001011234"), TEXT("1"), arena);
	Text b = mask_text(app, MASK_HASH, TEXT("320281199001011234"), TEXT("1"), arena);
	Text c = mask_text(app, MASK_HASH, TEXT("320281199001011234"), TEXT("2"), arena),
	     d = mask_text(app, MASK_HASH, TEXT("x"), TEXT("1"), arena);
	assert_true(text_eq(a, b));
	assert_false(text_eq(a, c));    /* another grant cannot compare */
	assert_int_equal(a.len, d.len); /* no length comes through */
	arena_free(arena);
}

/* --- accepting
 * -------------------------------------------------------------------------------------------------------------------------- */

static const char *const good_row[FIELDS] = {"A1", "张三", "澄江街道", "1990-05-17", "1200.50", "13812345678"};

static void texts_of(const char *const *from, Text *to) {
	for (int i = 0; i < FIELDS; i++)
		to[i] = text_of(from[i]);
}

static void test_accept_reasons(void **state) {
	static const char over[] = "123456789012345678901";
	static const struct {
		int field;
		const char *value, *rule;
	} rows[] = {
	    {NUMBER, NULL, "required"},      {NUMBER, "  ", "required"},       {PERSON, "", "required"},
	    {NUMBER, over, "length"},        {PERSON, "\xFF\xFE", "encoding"}, {PERSON, "张\xEF\xBF\xBD", "encoding"},
	    {BORN, "1990-02-30", "type"},    {BORN, "soon", "type"},           {BORN, "2023-02-29", "type"},
	    {INCOME, "12.345", "type"},      {INCOME, "1,200", "type"},        {INCOME, "-1", "range"},
	    {INCOME, "1000000.01", "range"}, {PHONE, "12345", "mobile"},       {BORN, "2015-01-01", "adult"},
	};
	Request *rq = request_begin(app, "test");
	Acceptor *acceptor;
	Accepted out = {.row_no = 9};
	Text texts[FIELDS];
	assert_int_equal(acceptor_new(rq, resource_of(rq), &acceptor), 0);
	texts_of(good_row, texts);
	assert_int_equal(accept_row(acceptor, texts, rq->arena, &out), 0);
	assert_int_equal(out.reason_count, 0);
	assert_int_equal(out.notes, 0);
	assert_int_equal(out.row_no, 9);
	assert_int_equal(out.digest.count, 1);
	assert_int_equal(out.values[INCOME].i, 120050);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		texts_of(good_row, texts);
		texts[rows[i].field] = text_of(rows[i].value);
		assert_int_equal(accept_row(acceptor, texts, rq->arena, &out), 0);
		if (out.reason_count != 1 || strcmp(out.reasons[0].rule, rows[i].rule) != 0)
			flunk("row %zu: %d reasons, first %s\n", i, out.reason_count,
			      out.reason_count ? out.reasons[0].rule : "");
		assert_true(out.reasons[0].message[0] && out.reasons[0].advice[0]);
	}
	texts_of(good_row, texts);
	texts[PERSON] = (Text){"张\0三", 7};
	accept_row(acceptor, texts, rq->arena, &out);
	assert_string_equal(out.reasons[0].rule, "nul");
	for (int i = 0; i < FIELDS; i++)
		texts[i] = TEXT("\xFF");
	accept_row(acceptor, texts, rq->arena, &out);
	assert_int_equal(out.reason_count, FIELDS); /* every field says its own */
	request_end(rq);
}

static void test_accept_normalises(void **state) {
	static const struct {
		int field;
		const char *value, *kept;
	} rows[] = {
	    {NUMBER, " Ａ１　", "A1"},
	    {PERSON, "\t张三\n", "张三"},
	    {TOWN, "澄江（一）村１组", "澄江（一）村1组"},
	    {TOWN, "e\xCC\x81t\xC3\xA9", "\xC3\xA9t\xC3\xA9"},
	    {PHONE, "１３８ 1234 5678", "13812345678"},
	    {PHONE, "+86 138-1234-5678", "13812345678"},
	};
	Request *rq = request_begin(app, "test");
	Acceptor *acceptor;
	Accepted out = {0};
	Text texts[FIELDS];
	assert_int_equal(acceptor_new(rq, resource_of(rq), &acceptor), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		texts_of(good_row, texts);
		texts[rows[i].field] = text_of(rows[i].value);
		accept_row(acceptor, texts, rq->arena, &out);
		assert_int_equal(out.reason_count, 0);
		assert_string_equal(text_cstr(rq->arena, out.values[rows[i].field].t), rows[i].kept);
		assert_true(out.notes >= 1);
	}
	static const char *const dates[] = {"1990/5/17", "19900517", "1990年5月17日", "１９９０－０５－１７",
	                                    "1990-05-17 00:00:00"};
	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
		texts_of(good_row, texts);
		texts[BORN] = text_of(dates[i]);
		accept_row(acceptor, texts, rq->arena, &out);
		assert_int_equal(out.reason_count, 0);
		assert_int_equal(out.values[BORN].i, date_from_civil(1990, 5, 17));
	}
	texts_of(good_row, texts);
	texts[INCOME] = TEXT("1200.5000");
	texts[TOWN] = TEXT("");
	accept_row(acceptor, texts, rq->arena, &out);
	assert_int_equal(out.values[INCOME].i, 120050);
	assert_int_equal(out.values[TOWN].kind, VAL_TEXT); /* a quoted empty text is a text */
	texts[TOWN] = TEXT("   ");
	accept_row(acceptor, texts, rq->arena, &out);
	assert_int_equal(out.values[TOWN].kind, VAL_NULL);
	request_end(rq);
}

/* --- loading
 * ------------------------------------------------------------------------------------------------------------------------------
 */

typedef struct Batch {
	Request *rq;
	const Resource *resource;
	Accepted *rows;
	size_t count;
	int64_t job_id;
	int generation;
	TableDigest source;
	Upsert upsert;
	GenerationHooks hooks;
	int duplicates;
	Duplicate seen[16];
} Batch;

static void batch_begin(Batch *batch, int64_t job_id, const char *const (*rows)[FIELDS], size_t count) {
	Request *rq = request_begin(app, "test");
	Acceptor *acceptor;
	*batch = (Batch){.rq = rq, .resource = resource_of(rq), .job_id = job_id, .count = count};
	batch->rows = ARENA_ARRAY(rq->arena, Accepted, count + 1);
	if (acceptor_new(rq, batch->resource, &acceptor) < 0) flunk("%s\n", rq->error->message);
	for (size_t i = 0; i < count; i++) {
		Text *texts = ARENA_ARRAY(rq->arena, Text, batch->resource->field_count);
		texts_of(rows[i], texts);
		batch->rows[i].row_no = (int64_t)i + 1;
		assert_int_equal(accept_row(acceptor, texts, rq->arena, &batch->rows[i]), 0);
		if (batch->rows[i].reason_count) flunk("row %zu: %s\n", i, batch->rows[i].reasons[0].message);
		table_digest_add(&batch->source, &batch->rows[i].digest);
	}
}

static int fill_run(Request *w, void *arg) {
	Batch *batch = arg;
	int code = generation_create(w, batch->resource, batch->job_id, &batch->generation);
	if (code == 0)
		code = (int)generation_fill(w, batch->resource, batch->generation, batch->job_id, batch->rows, batch->count);
	return code < 0 ? code : 0;
}

static int duplicate_seen(Request *w, void *arg, const Duplicate *row) {
	Batch *batch = arg;
	batch->seen[batch->duplicates++ % 16] = *row;
	return 0;
}

static void must(Batch *batch, int code) {
	if (code < 0) flunk("%d: %s\n", code, batch->rq->error->message);
}

static int load(Batch *batch, LoadCounts *counts) {
	TableDigest removed = {0}, target = {0};
	LoadCounts taken = {0};
	batch->hooks = (GenerationHooks){.duplicate = duplicate_seen, .arg = batch};
	must(batch, request_write(batch->rq, fill_run, batch));
	must(batch, generation_duplicates(batch->rq, batch->resource, batch->generation, &batch->hooks, &removed, &taken));
	table_digest_sub(&batch->source, &removed);
	must(batch, generation_compare(batch->rq, batch->resource, batch->generation, &batch->hooks));
	must(batch, generation_index(batch->rq, batch->resource, batch->generation, &batch->hooks));
	must(batch, generation_read_back(batch->rq, batch->resource, batch->generation, 0, &batch->hooks, &target));
	assert_true(table_digest_eq(&batch->source, &target));
	int code = generation_swap(batch->rq, batch->resource, batch->generation, &batch->hooks, counts);
	counts->superseded = taken.superseded;
	counts->refused = taken.refused;
	return code;
}

static LoadCounts load_rows(int64_t job_id, const char *const (*rows)[FIELDS], size_t count) {
	Batch batch;
	LoadCounts counts = {0};
	batch_begin(&batch, job_id, rows, count);
	must(&batch, load(&batch, &counts));
	request_end(batch.rq);
	return counts;
}

static const char *const first_rows[][FIELDS] = {
    {"A1", "张三", "澄江街道", "1990-05-17", "1200.50", "13812345671"},
    {"A2", "李四", "璜土镇", NULL, NULL, NULL},
    {"A3", "王五", NULL, "1970-01-01", "0", "13812345673"},
    {"A4", "赵六", "璜土镇", "2001-02-28", "9", "13812345674"},
    {"A5", "欧阳小七", "", "1955-12-31", "1000000", "13812345675"},
};

static int64_t count_sql(const char *sql) {
	Request *rq = request_begin(app, "test");
	int64_t value = -1;
	if (db_int(rq->db, &value, sql, NO_BIND) < 0) value = -1;
	request_end(rq);
	return value;
}

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

static int64_t feed_position(void) {
	Request *rq = request_begin(app, "test");
	int64_t head = feed_head(rq->db);
	request_end(rq);
	return head;
}

static int64_t record_of(const char *number) {
	Request *rq = request_begin(app, "test");
	Val values[FIELDS] = {val_str(number)};
	Buf scratch = {0};
	int64_t id = record_id(app, resource_of(rq), values, &scratch);
	buf_free(&scratch);
	request_end(rq);
	return id;
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
	assert_int_equal(count_sql(sql), 2); /* unchanged rows kept their version */
	snprintf(sql, sizeof sql, "SELECT count(*) FROM r%lld_g1", (long long)resource_id);
	assert_int_equal(count_sql(sql), -1); /* the old generation is gone */
	assert_int_equal(count_sql("SELECT count(*) FROM record_generation"), 1);
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

/* --- upsert
 * ----------------------------------------------------------------------------------------------------------------------------------
 */

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
	int64_t head = feed_position() > 4 ? feed_position() : 0;
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
	assert_int_equal(count_sql(sql), 7);
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

/* --- queries
 * ------------------------------------------------------------------------------------------------------------------------------------
 */

typedef struct Call {
	Party party;
	const char *action, *query;
	json_t *inputs; /* object, by input name; stolen */
	/* out */
	int code;
	Error error;
	json_t *answer;
	bool sensitive;
	int64_t rows;
	char about[600];
} Call;

static const Route *route_of(const Module *module, const char *action) {
	for (size_t i = 0; i < module->route_count; i++)
		if (strcmp(module->routes[i].action, action) == 0) return &module->routes[i];
	flunk("no route %s\n", action);
	return NULL;
}

static InputValue *inputs_of(Request *rq, const Route *route, json_t *given) {
	InputValue *values = ARENA_ARRAY(rq->arena, InputValue, 20);
	for (int i = 0; route->inputs[i].name; i++) {
		json_t *json = json_object_get(given, route->inputs[i].name);
		if (!json) continue;
		values[i].given = true;
		if (route->inputs[i].type == TYPE_JSON)
			values[i].j = json;
		else if (json_is_string(json))
			values[i].t = text_dup(rq->arena, text_of(json_string_value(json)));
		else
			values[i].i = json_integer_value(json);
	}
	return values;
}

static void call_begin(Request *rq, Call *call, const Module *module) {
	rq->party = call->party;
	rq->route = route_of(module, call->action);
	rq->inputs = inputs_of(rq, rq->route, call->inputs);
	rq->any_query = call->query ? text_of(call->query) : TEXT_NONE;
}

/* As the dispatcher does: a stale catalogue generation runs the handler again. */
static void call_run(Request *rq, Call *call) {
	int tries = 0;
	while ((call->code = rq->route->handler(rq)) == ERR_RETRY && tries++ < 3)
		request_rewind(rq);
	call->error = *rq->error;
	call->answer = call->code == 0 && rq->body.len ? json_loadb(rq->body.at, rq->body.len, 0, NULL) : NULL;
	call->sensitive = rq->sensitive;
	call->rows = rq->row_count;
	snprintf(call->about, sizeof call->about, "%s", rq->about ? rq->about : "");
	json_decref(call->inputs);
}

static void ask(Call *call) {
	Request *rq = request_begin(app, "test");
	json_object_set_new(call->inputs, "resource", json_string("307001~000001"));
	call_begin(rq, call, &record_module);
	call_run(rq, call);
	request_end(rq);
}

static Party officer(void) {
	return (Party){.kind = PARTY_PERSON, .account_id = 501, .org_id = org_id, .permits = PERMIT_BIT(PERMIT_DATA_READ)};
}

static Party stranger(void) {
	return (Party){.kind = PARTY_PERSON, .account_id = 502, .org_id = org_id + 1, .permits = PERMIT_BIT(PERMIT_DATA_READ)};
}

static Call list(Party party, const char *query, const char *sort, const char *after, int limit) {
	Call call = {.party = party, .action = "record.list", .query = query, .inputs = json_object()};
	if (sort) json_object_set_new(call.inputs, "sort", json_string(sort));
	if (after) json_object_set_new(call.inputs, "after", json_string(after));
	if (limit) json_object_set_new(call.inputs, "limit", json_integer(limit));
	ask(&call);
	return call;
}

static Call by_key(Party party, const char *query) {
	Call call = {.party = party, .action = "record.by_key", .query = query, .inputs = json_object()};
	ask(&call);
	return call;
}

static const char *text_at(const json_t *object, const char *name) {
	return json_string_value(json_object_get(object, name));
}

static void refused(Call call, int code, const char *rule) {
	if (call.code != code || strcmp(call.error.rule, rule) != 0)
		flunk("%d %s (%s), not %d %s\n", call.code, call.error.rule, call.error.message, code, rule);
	json_decref(call.answer);
}

static void test_read(void **state) {
	load_rows(1, first_rows, 5);
	Call call = by_key(officer(), "number=A1");
	assert_int_equal(call.code, 0);
	assert_string_equal(text_at(call.answer, "number"), "A1");
	assert_string_equal(text_at(call.answer, "person"), "张*"); /* own organisation: L3 masked all the same */
	assert_string_equal(text_at(call.answer, "phone"), "138****5671");
	assert_string_equal(text_at(call.answer, "born"), "1990-05-17"); /* L2 clear at home */
	assert_true(json_is_real(json_object_get(call.answer, "income")));
	assert_int_equal(call.rows, 1);
	assert_false(call.sensitive);
	Call got = {
	    .party = officer(), .action = "record.get", .inputs = json_pack("{s:I}", "record_id", (json_int_t)record_of("A1"))};
	ask(&got);
	assert_int_equal(got.code, 0);
	assert_true(json_equal(call.answer, got.answer));
	json_decref(call.answer);
	json_decref(got.answer);
	refused(by_key(officer(), "number=A9"), ERR_NOT_FOUND, "no_record");
	refused(by_key(officer(), ""), ERR_INVALID, "required");
	refused(by_key(officer(), "number=A1&number=A2"), ERR_INVALID, "twice");
	refused(by_key(officer(), "person=x"), ERR_INVALID, "unknown_parameter");
	refused(by_key(stranger(), "number=A1"), ERR_FORBIDDEN, "no_grant");
	Party system = {.kind = PARTY_SYSTEM, .permits = ~UINT64_C(0)};
	refused(by_key(system, "number=A1"), ERR_FORBIDDEN, "no_grant");
	publish("unconditional", 1, "");
	refused(by_key(stranger(), "number=A1"), ERR_INVALID, "masked_field"); /* it is masked for the reader: no oracle */
	got = (Call){
	    .party = stranger(), .action = "record.get", .inputs = json_pack("{s:I}", "record_id", (json_int_t)record_of("A1"))};
	ask(&got);
	assert_int_equal(got.code, 0);
	assert_string_equal(text_at(got.answer, "born"), "1990-01-01"); /* the reader gets the field's mask */
	json_decref(got.answer);
}

/* --- grants
 * -------------------------------------------------------------------------------------------------------------------------------------
 */

static int64_t service_id;

static int service_run(Request *rq, void *arg) {
	return account_create(rq, "svc-test", "测试系统", org_id, "service", "", false, &service_id);
}

static Party service(int64_t account_id) {
	return (Party){
	    .kind = PARTY_SERVICE, .account_id = account_id, .org_id = org_id + 9, .permits = PERMIT_BIT(PERMIT_DATA_READ)};
}

static int handler_run(Request *w, void *arg) {
	return w->route->handler(w);
}

/* Through people's own handler, as the supplier's officer would. The grant's id, or 0 with *error. */
static int64_t grant(const char *fields, const char *filter, bool clear_sensitive, int quota, Error *error) {
	Request *rq = request_begin(app, "test");
	request_generation_check(rq);
	json_t *inputs = json_pack("{s:I,s:I,s:o,s:s,s:i,s:I,s:i}", "resource_id", (json_int_t)resource_id, "account_id",
	                           (json_int_t)service_id, "fields", json_loads(fields, 0, NULL), "purpose",
	                           "核验居民身份用于演示办理业务", "clear_sensitive", (int)clear_sensitive, "until",
	                           (json_int_t)(rq->now_us + INT64_C(86400000000)), "quota_day", quota);
	if (filter) json_object_set_new(inputs, "filter", json_loads(filter, 0, NULL));
	rq->party = officer();
	rq->party.permits |= PERMIT_BIT(PERMIT_GRANT);
	rq->route = route_of(&people_module, "grant.create");
	rq->inputs = inputs_of(rq, rq->route, inputs);
	int code = request_write(rq, handler_run, NULL);
	int64_t id = code < 0 ? 0 : rq->about_subject;
	*error = *rq->error;
	json_decref(inputs);
	request_end(rq);
	return id;
}

static int revoke_run(Request *w, void *arg) {
	int64_t done =
	    db_run(w->db, "UPDATE access_grant SET revoked_at = 1 WHERE grant_id = $1", BIND(val_int(*(int64_t *)arg)));
	return done < 0 ? (int)done : generation_bump(w->db);
}

static void test_access(void **state) {
	Error error;
	load_rows(1, first_rows, 5);
	Request *rq = request_begin(app, "test");
	assert_int_equal(request_write(rq, service_run, NULL), 0);
	request_end(rq);
	refused(by_key(service(service_id), "number=A1"), ERR_FORBIDDEN, "no_grant");
	assert_int_equal(grant("[{\"name\":\"number\",\"mode\":\"clear\"}]", "{\"village\":1}", false, 9, &error), 0);
	assert_string_equal(error.field, "filter");
	assert_int_equal(grant("[{\"name\":\"number\",\"mode\":\"clear\"}]", "{\"born\":\"soon\"}", false, 9, &error), 0);
	int64_t id = grant("[{\"name\":\"number\",\"mode\":\"clear\"},{\"name\":\"person\",\"mode\":\"clear\"},"
	                   "{\"name\":\"phone\",\"mode\":\"masked\"},{\"name\":\"town\",\"mode\":\"masked\"}]",
	                   "{\"town.in\":[\"澄江街道\",\"璜土镇\"],\"number.ne\":\"A4\"}", true, 4, &error);
	assert_true(id > 0);
	Call call = by_key(service(service_id), "number=A1"); /* 1 of 4 */
	assert_int_equal(call.code, 0);
	assert_string_equal(text_at(call.answer, "person"), "张三");
	assert_string_equal(text_at(call.answer, "phone"), "138****5671");
	assert_string_equal(text_at(call.answer, "town"), "***"); /* four characters are too few for the address mask */
	assert_null(json_object_get(call.answer, "income"));
	assert_true(call.sensitive);
	assert_non_null(strstr(call.about, "\"clear\":[\"person\"]"));
	assert_non_null(strstr(call.about, "核验居民身份"));
	json_decref(call.answer);
	refused(by_key(service(service_id), "number=A3"), ERR_NOT_FOUND,
	        "no_record"); /* outside the row filter, like A4 and A9 */
	refused(by_key(service(service_id), "number=A4"), ERR_NOT_FOUND, "no_record");
	refused(list(service(service_id), "town=x", NULL, NULL, 0), ERR_INVALID, "masked_field");
	refused(list(service(service_id), "income=1", NULL, NULL, 0), ERR_INVALID, "unknown_parameter");
	refused(list(service(service_id), "", "town", NULL, 0), ERR_INVALID, "masked_field");
	call = list(service(service_id), "person.like=%E6%9D%8E*", NULL, NULL, 0); /* 2 of 4: a clear L3 field may be searched */
	assert_int_equal(json_array_size(json_object_get(call.answer, "items")), 1);
	assert_null(strstr(call.about, "李")); /* evidence holds names and operators, no values */
	json_decref(call.answer);
	call = list(service(service_id), "number=A1", NULL, NULL, 0); /* 3 of 4 */
	assert_int_equal(call.code, 0);
	json_decref(call.answer);
	call = list(service(service_id), "", NULL, NULL, 0); /* two more do not fit */
	assert_int_equal(call.code, ERR_QUOTA);
	Call schema = {.party = service(service_id), .action = "record.schema", .inputs = json_object()};
	ask(&schema);
	assert_int_equal(json_array_size(json_object_get(schema.answer, "fields")), 4);
	json_decref(schema.answer);
	rq = request_begin(app, "test");
	assert_true(request_write(rq, revoke_run, &id) >= 0);
	request_end(rq);
	call = by_key(service(service_id), "number=A1");
	assert_int_equal(call.code, ERR_GONE);
}

/* The key is a personal number: never in an address; a miss counts too. */
static void test_personal_key(void **state) {
	Error error;
	Request *rq = request_begin(app, "test");
	assert_int_equal(request_write(rq, service_run, NULL), 0);
	request_end(rq);
	key_grade = 3;
	publish("conditional", 1, "");
	key_grade = 1;
	load_rows(1, first_rows, 5);
	assert_true(grant("[{\"name\":\"number\",\"mode\":\"masked\"},{\"name\":\"born\",\"mode\":\"clear\"}]", NULL, false, 2,
	                  &error) > 0);
	refused(by_key(service(service_id), "number=A1"), ERR_INVALID, "personal_key");
	static const struct {
		const char *number;
		int code;
	} rows[] = {{"A1", 0}, {"A9", ERR_NOT_FOUND}, {"A2", ERR_QUOTA}};
	for (size_t i = 0; i < 3; i++) {
		Call call = {.party = service(service_id),
		             .action = "record.lookup",
		             .inputs = json_pack("{s:{s:s}}", "key", "number", rows[i].number)};
		ask(&call);
		assert_int_equal(call.code, rows[i].code);
		if (i == 0) assert_string_equal(text_at(call.answer, "number"), "***");
		assert_non_null(i == 2 ? "" : strstr(call.about, "key_hash"));
		assert_null(strstr(call.about, "A1"));
		json_decref(call.answer);
	}
}

static void test_filters(void **state) {
	static const struct {
		const char *query;
		int rows;
	} good[] = {
	    {"", 5},
	    {"number=A1", 1},
	    {"number.ne=A1", 4},
	    {"number.in=A1,A2,A9", 2},
	    {"town=%E7%92%9C%E5%9C%9F%E9%95%87", 2},
	    {"town.like=%E7%92%9C*", 2},
	    {"town.null=1", 1},
	    {"town.null=0", 4},
	    {"income.gte=9&income.lt=1200.51", 2},
	    {"born.lte=1970-01-01", 2},
	    {"born.gt=1970-01-01", 2},
	    {"limit=3&sort=x&number=A1", 1},
	    {"number='%20OR%201=1%20--", 0},
	};
	static const struct {
		const char *query, *rule;
	} bad[] = {
	    {"person=x", "masked_field"},
	    {"phone.like=138*", "masked_field"},
	    {"nothing=1", "unknown_parameter"},
	    {"number.near=1", "unknown_parameter"},
	    {"born=x", "filter"},
	    {"income.gte=a", "filter"},
	    {"number.like=*A", "filter"},
	    {"number.like=A", "filter"},
	    {"born.like=19*", "filter"},
	    {"town.null=yes", "filter"},
	    {"number=A%00", "filter"},
	};
	load_rows(1, first_rows, 5);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		Call call = list(officer(), good[i].query, NULL, NULL, 0);
		if (call.code || (int)json_array_size(json_object_get(call.answer, "items")) != good[i].rows)
			flunk("%s: %d %s, %zu rows\n", good[i].query, call.code, call.error.message,
			      json_array_size(json_object_get(call.answer, "items")));
		assert_int_equal(json_array_size(json_object_get(call.answer, "masked")), 2);
		json_decref(call.answer);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		Call call = list(officer(), bad[i].query, NULL, NULL, 0);
		if (call.code != ERR_INVALID || (strcmp(call.error.rule, bad[i].rule) != 0 && !strstr(bad[i].query, "%00")))
			flunk("%s: %d %s\n", bad[i].query, call.code, call.error.rule);
	}
	refused(list(officer(), "", "person", NULL, 0), ERR_INVALID, "masked_field");
	refused(list(officer(), "", "income", NULL, 0), ERR_INVALID, "not_indexed");
	refused(list(officer(), "", "secret", NULL, 0), ERR_INVALID, "unknown_parameter");
	Call fields = {.party = officer(), .action = "record.list", .inputs = json_pack("{s:s}", "fields", "town,person")};
	ask(&fields);
	assert_int_equal(json_object_size(json_array_get(json_object_get(fields.answer, "items"), 0)), 4);
	assert_non_null(strstr(fields.about, "\"by\":\"list\""));
	json_decref(fields.answer);
}

/* Every record exactly once, in order, whatever the sort and the page size; NULLs last. */
static void walk(const char *sort, int limit) {
	char *after = NULL;
	char seen[200] = "", last[100] = "";
	int rows = 0, nulls = 0, pages = 0;
	bool down = sort && sort[0] == '-';
	do {
		Call call = list(officer(), NULL, sort, after, limit);
		assert_int_equal(call.code, 0);
		json_t *items = json_object_get(call.answer, "items");
		assert_true((int)json_array_size(items) <= limit);
		for (size_t i = 0; i < json_array_size(items); i++, rows++) {
			json_t *item = json_array_get(items, i);
			assert_null(strstr(seen, text_at(item, "number")));
			strcat(strcat(seen, text_at(item, "number")), ",");
			const char *town = text_at(item, "town");
			nulls += !town;
			if (!sort || !strstr(sort, "town") || !town) continue;
			assert_int_equal(nulls, 0);
			assert_true(rows == 0 || (down ? strcmp(town, last) <= 0 : strcmp(town, last) >= 0));
			snprintf(last, sizeof last, "%s", town);
		}
		free(after);
		const char *next = text_at(call.answer, "next");
		after = next ? strdup(next) : NULL;
		json_decref(call.answer);
		assert_true(++pages < 10);
	} while (after);
	assert_int_equal(rows, 5);
}

static void test_paging(void **state) {
	static const char *const sorts[] = {NULL, "-record_id", "town", "-town", "number", "-number"};
	load_rows(1, first_rows, 5);
	for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++)
		for (int limit = 1; limit <= 6; limit++)
			walk(sorts[i], limit);
}

static void test_cursor_forgery(void **state) {
	load_rows(1, first_rows, 5);
	Call call = list(officer(), NULL, "town", NULL, 2);
	char cursor[4000];
	snprintf(cursor, sizeof cursor, "%s", text_at(call.answer, "next"));
	json_decref(call.answer);
	Call good = list(officer(), NULL, "town", cursor, 2);
	assert_int_equal(good.code, 0);
	json_decref(good.answer);
	size_t length = strlen(cursor);
	for (size_t i = 0; i < length; i++) { /* no single character can be another */
		char kept = cursor[i];
		cursor[i] = kept == 'A' ? 'B' : 'A';
		Call forged = list(officer(), NULL, "town", cursor, 2);
		bool same_bits = i == length - 1 && forged.code == 0; /* the last character has bits that decode to nothing */
		if (!same_bits)
			refused(forged, ERR_INVALID, "cursor");
		else
			json_decref(forged.answer);
		cursor[i] = kept;
	}
	refused(list(officer(), NULL, "-town", cursor, 2), ERR_INVALID, "cursor");
	Party other = officer();
	other.account_id++;
	refused(list(other, NULL, "town", cursor, 2), ERR_INVALID, "cursor");
	refused(list(officer(), NULL, "town", "", 2), ERR_INVALID, "cursor");
	refused(list(officer(), NULL, "town", "!", 2), ERR_INVALID, "cursor");
}

/* The request began under a catalogue in which the phone was clear; before its SELECT another process raised the grade. */
static void test_change_under_reader(void **state) {
	load_rows(1, first_rows, 5);
	Request *rq = request_begin(app, "test");
	Call call = {.party = officer(),
	             .action = "record.get",
	             .inputs = json_pack("{s:s,s:I}", "resource", "307001~000001", "record_id", (json_int_t)record_of("A1"))};
	call_begin(rq, &call, &record_module);
	assert_int_equal(rq->route->handler(rq), 0);
	assert_non_null(strstr(arena_strndup(rq->arena, rq->body.at, rq->body.len), "澄江街道"));
	request_rewind(rq);
	rq->body.len = 0;
	publish("conditional", 3, "");
	assert_int_equal(rq->route->handler(rq), ERR_RETRY); /* found by the statement's own generation column */
	request_rewind(rq);
	rq->body.len = 0;
	call_run(rq, &call);
	assert_int_equal(call.code, 0);
	assert_string_equal(text_at(call.answer, "town"), "***");
	json_decref(call.answer);
	request_end(rq);
	/* and when the table itself is swapped away and dropped */
	rq = request_begin(app, "test");
	call = (Call){.party = officer(), .action = "record.list", .inputs = json_pack("{s:s}", "resource", "307001~000001")};
	call_begin(rq, &call, &record_module);
	int64_t began = rq->generation;
	load_rows(2, first_rows, 4);
	rq->generation = began;
	call_run(rq, &call);
	assert_int_equal(call.code, 0);
	assert_int_equal(json_array_size(json_object_get(call.answer, "items")), 4);
	json_decref(call.answer);
	request_end(rq);
}

static int reshape_run(Request *w, void *arg) {
	return action_run(w, "record.reshape", &resource_id);
}

static void test_new_field(void **state) {
	load_rows(1, first_rows, 5);
	publish("conditional", 1, ",{\"name\":\"note\",\"title\":\"备注\",\"kind\":\"text\",\"indexed\":true,\"grade\":1}");
	Call call = by_key(officer(), "number=A1");
	assert_int_equal(call.code, 0);
	assert_true(json_is_null(json_object_get(call.answer, "note")));
	json_decref(call.answer);
	Request *rq = request_begin(app, "test");
	assert_int_equal(request_write(rq, reshape_run, NULL), 0);
	assert_int_equal(request_write(rq, reshape_run, NULL), 0); /* twice does no harm */
	request_end(rq);
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM r%lld_g1 WHERE f7 IS NULL", (long long)resource_id);
	assert_int_equal(count_sql(sql), 5);
}

#define BOTH(name)                                                                                                               \
	cmocka_unit_test_setup_teardown(name, setup_sqlite, teardown),                                                           \
	    cmocka_unit_test_setup_teardown(name, setup_postgres, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_canon),
	    cmocka_unit_test(test_canon_differences),
	    cmocka_unit_test(test_digest_sums),
	    cmocka_unit_test_setup_teardown(test_masks, setup_sqlite, teardown),
	    cmocka_unit_test_setup_teardown(test_accept_reasons, setup_sqlite, teardown),
	    cmocka_unit_test_setup_teardown(test_accept_normalises, setup_sqlite, teardown),
	    BOTH(test_swap_difference),
	    BOTH(test_duplicates),
	    BOTH(test_many_duplicates),
	    BOTH(test_swap_refuses_what_changed),
	    BOTH(test_table_limit),
	    BOTH(test_upsert),
	    BOTH(test_upsert_into_nothing),
	    BOTH(test_collision),
	    BOTH(test_read),
	    BOTH(test_access),
	    BOTH(test_personal_key),
	    BOTH(test_filters),
	    BOTH(test_paging),
	    BOTH(test_cursor_forgery),
	    BOTH(test_change_under_reader),
	    BOTH(test_new_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
