/* Retention on both engines: which records are past (dates, times, time of loading, leap days, the zone's midnight), what a list
 * holds, what a hold and a change meanwhile keep, and taking out in chunks with the feed. */
#include "core/app_testing.h"
#include "life/internal.h"

static const Module *const modules[] = {&core_module,   &evidence_module,   &people_module,   &catalog_module,
                                        &record_module, &quarantine_module, &exchange_module, &life_module};
static int64_t org_id, resource_id;
static const int64_t minute = 60000000;

/* --- pure ------------------------------------------------------------------------------------------------------------ */
static int32_t day_of(const char *text) {
	int32_t day;
	assert_int_equal(date_parse(text_of(text), &day), 0);
	return day;
}

static void months(void **state) {
	assert_int_equal(day_add_months(day_of("2024-02-29"), 12), day_of("2025-02-28"));
	assert_int_equal(day_add_months(day_of("2024-02-29"), 48), day_of("2028-02-29"));
	assert_int_equal(day_add_months(day_of("2026-01-31"), 1), day_of("2026-02-28"));
	assert_int_equal(day_add_months(day_of("2026-12-31"), 2), day_of("2027-02-28"));
	assert_int_equal(day_add_months(day_of("2026-03-31"), -1), day_of("2026-02-28"));
	assert_int_equal(day_begins_us(day_of("1970-01-02")), INT64_C(57600000000)); /* 16:00 UTC of the day before */
	assert_int_equal(date_of_us(day_begins_us(day_of("2026-11-27"))), day_of("2026-11-27"));
	assert_int_equal(date_of_us(day_begins_us(day_of("2026-11-27")) - 1), day_of("2026-11-26"));
}

/* The closed form against its definition, over leap years and all ends of months. */
static void first_kept(void **state) {
	static const int periods[] = {1, 2, 3, 11, 12, 13, 24, 48, 120};
	for (int32_t today = day_of("2023-12-25"); today <= day_of("2025-04-05"); today++)
		for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
			int32_t kept = retention_first_kept(today, periods[p]);
			if (day_add_months(kept, periods[p]) < today || day_add_months(kept - 1, periods[p]) >= today)
				flunk("day %d, %d months: %d\n", today, periods[p], kept);
		}
}

/* --- a resource with a date, a time and rows ------------------------------------------------------------------------- */
static int publish_run(Request *rq, void *arg) {
	const char *field = arg;
	json_t *document = json_pack(
	    "{s:s,s:s,s:s,s:[s],s:s,s:[s],s:s,s:s,s:i,s:s,s:[{s:s,s:s,s:s,s:i,s:b},{s:s,s:s,s:s,s:i},{s:s,s:s,"
	    "s:s,s:i}]}",
	    "code", "307001/000009", "name", "办件", "summary", "说明", "formats", "csv", "sharing", "unconditional",
	    "sharing_ways", "api", "opening", "closed", "update_promise", "daily", "retention_months", 12, "retention_field",
	    field, "fields", "name", "no", "title", "编号", "kind", "text", "grade", 1, "key", 1, "name", "done_on", "title",
	    "办结日期", "kind", "date", "grade", 1, "name", "seen_at", "title", "登记时间", "kind", "time", "grade", 1);
	int code = resource_publish_document(rq, org_id, document, &resource_id);
	json_decref(document);
	return code;
}

static int org_run(Request *rq, void *arg) {
	return org_create(rq, "990001", "演示局", "Demo bureau", 0, &org_id);
}

static void publish(const char *field) {
	Request *rq = request_begin(app, "test");
	if (request_write(rq, publish_run, (void *)field) < 0) flunk("publish: %s\n", rq->error->message);
	request_end(rq);
}

static int setup(StoreEngine engine) {
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	Request *rq = request_begin(app, "test");
	if (request_write(rq, org_run, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	publish("done_on");
	return 0;
}

typedef struct Batch {
	const Resource *resource;
	Accepted *rows;
	size_t count;
	int64_t job_id;
} Batch;

static int chunk_run(Request *w, void *arg) {
	Batch *batch = arg;
	Upsert out;
	return record_upsert_chunk(w, batch->resource, batch->job_id, batch->rows, batch->count, NULL, &out);
}

/* rows: number, date, time; loaded by a job of that time. */
static void load(int64_t at_us, const char *const (*rows)[3], size_t count) {
	Request *rq = request_begin(app, "test");
	Acceptor *acceptor;
	Batch batch = {.count = count, .job_id = store_id_at(at_us) + 1, .rows = ARENA_ARRAY(rq->arena, Accepted, count + 1)};
	request_generation_check(rq);
	assert_int_equal(resource_find(rq, resource_id, &batch.resource), 0);
	assert_int_equal(acceptor_new(rq, batch.resource, &acceptor), 0);
	for (size_t i = 0; i < count; i++) {
		Text *texts = ARENA_ARRAY(rq->arena, Text, 3);
		for (int f = 0; f < 3; f++)
			texts[f] = text_of(rows[i][f]);
		batch.rows[i].row_no = (int64_t)i + 1;
		assert_int_equal(accept_row(acceptor, texts, rq->arena, &batch.rows[i]), 0);
		if (batch.rows[i].reason_count) flunk("row %zu: %s\n", i, batch.rows[i].reasons[0].message);
	}
	int code = record_upsert_begin(rq, batch.resource, batch.job_id);
	if (code == 0) code = request_write(rq, chunk_run, &batch);
	if (code == 0) code = record_upsert_end(rq, batch.resource, batch.job_id);
	if (code < 0) flunk("load: %s\n", rq->error->message);
	request_end(rq);
}

/* The list after a look at that time; id 0 = none. Its texts live until the test ends. */
static Destruction look(int64_t now_us) {
	Request *rq = request_begin(app, "test");
	int64_t id = 0;
	Destruction list = {0};
	request_generation_check(rq);
	rq->now_us = now_us;
	if (retention_look(rq, resource_id, &id) < 0) flunk("look: %s\n", rq->error->message);
	if (id && destruction_load(rq, id, &list) < 0) flunk("%s\n", rq->error->message);
	list.scope = list.state = list.field = list.job_state = list.proposed_login = list.reviewed_login = ""; /* the arena's */
	request_end(rq);
	return list;
}

static int destroy_run(Request *w, void *arg) {
	Destruction *list = arg;
	const Resource *resource;
	int64_t after = 0;
	int code = resource_any(w, resource_id, &resource);
	return code < 0 ? code : past_destroy(w, resource, &list->rule, &after, &list->done);
}

static int destroy(Destruction *list) {
	Request *rq = request_begin(app, "test");
	int count = request_write(rq, destroy_run, list);
	if (count < 0) flunk("destroy: %s\n", rq->error->message);
	request_end(rq);
	return count;
}

static int64_t left_of(const Destruction *list) {
	Request *rq = request_begin(app, "test");
	const Resource *resource;
	request_generation_check(rq);
	assert_int_equal(resource_any(rq, resource_id, &resource), 0);
	int64_t left = past_left(rq, resource, &list->rule);
	request_end(rq);
	return left;
}

/* --- on both engines ------------------------------------------------------------------------------------------------- */
/* 12 months at noon of 28 February 2025: what ended on 28 February 2024 is kept today, what ended the day before is past. */
static void by_date(void **state) {
	int64_t now = day_begins_us(day_of("2025-02-28")) + 720 * minute;
	static const char *const rows[][3] = {{"A", "2024-02-27", NULL},
	                                      {"B", "2024-02-28", NULL},
	                                      {"C", "2024-02-29", NULL},
	                                      {"D", NULL, NULL},
	                                      {"E", "1999-12-31", NULL}};
	load(now - 400 * 1440 * minute, rows, 5); /* loaded more than a year ago: D has no date, so that counts */
	Destruction list = look(now);
	assert_int_equal(list.listed.count, 3);
	assert_int_equal(list.kept_from, day_of("2024-02-28"));
	assert_int_equal(list.first_us, day_begins_us(day_of("1999-12-31")));
	assert_int_equal(list.last_us, day_begins_us(day_of("2024-02-27")));
	/* the next day: 28 and 29 February 2024 both ended on 28 February 2025 */
	Destruction next = look(now + 1440 * minute);
	assert_int_equal(next.id, list.id);
	assert_int_equal(next.listed.count, 5);
	/* C changes meanwhile: its version is newer than the list, so it stays although the list counts it */
	static const char *const changed[][3] = {{"C", "2025-02-20", NULL}};
	load(now + 1440 * minute, changed, 1);
	assert_int_equal(destroy(&next), 4);
	assert_int_equal(destroy(&next), 0);
	assert_int_equal(next.done.count, 4);
	assert_int_equal(left_of(&next), 0);
	char sql[120];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM r%lld_g1", (long long)resource_id);
	assert_int_equal(count_of_sql(sql), 1);
	snprintf(sql, sizeof sql, "SELECT count(*) FROM feed WHERE topic = %lld AND op = 'd'", (long long)resource_id);
	for (int tries = 0; tries < 100 && count_of_sql(sql) < 4; tries++) /* PostgreSQL: the sequencer brings them there */
		clock_sleep_us(50000);
	assert_int_equal(count_of_sql(sql), 4);
}

/* The digest of what was taken out is that of what was listed, whatever the chunks. */
static void digest(void **state) {
	int64_t now = day_begins_us(day_of("2026-06-01"));
	static const char *const rows[][3] = {
	    {"A", "2020-01-01", "2020-01-01T00:00:00Z"}, {"B", "2020-01-02", NULL}, {"C", "2026-01-01", NULL}};
	load(now, rows, 3);
	Destruction list = look(now);
	assert_int_equal(list.listed.count, 2);
	assert_int_equal(destroy(&list), 2);
	assert_true(table_digest_eq(&list.done, &list.listed));
	/* a look now finds nothing: the open list is closed */
	assert_int_equal(look(now).id, 0);
	assert_int_equal(count_of_sql("SELECT count(*) FROM destruction WHERE state = 'void'"), 1);
}

/* A time of day counts in Asia/Shanghai: 23:59 of the last day past, 00:00 of the first day kept. */
static void by_time(void **state) {
	publish("seen_at");
	int64_t now = day_begins_us(day_of("2026-11-27")) + 1;
	static const char *const rows[][3] = {
	    {"A", NULL, "2025-11-26T15:59:59Z"}, {"B", NULL, "2025-11-26T16:00:00Z"}, {"C", NULL, "2025-11-27T00:00:00+08:00"}};
	load(now, rows, 3);
	assert_int_equal(look(now).listed.count, 1);
	assert_int_equal(look(now + 1440 * minute).listed.count, 3);
}

static void by_load(void **state) {
	publish("");
	int64_t now = day_begins_us(day_of("2026-11-27")) + 60 * minute;
	static const char *const rows[][3] = {{"A", "1990-01-01", NULL}, {"B", NULL, NULL}};
	load(day_begins_us(day_of("2025-11-27")) - 1000, rows, 2);
	assert_int_equal(look(now - 120 * minute).listed.count, 0); /* still 26 November: kept */
	assert_int_equal(look(now).listed.count, 2);
	load(now, rows, 1); /* the same values again: loaded anew, so no longer past */
	assert_int_equal(look(now).listed.count, 1);
}

static int hold_run(Request *w, void *arg) {
	return (int)db_run(
	    w->db,
	    "INSERT INTO retention_hold (hold_id, resource_id, reason, basis, placed_login, placed_us, lifted_login,"
	    " lifted_us, lift_reason) VALUES (1, $1, '案件', '协助通知', 'x', 1, '', 0, '')",
	    BIND(val_int(resource_id)));
}

static void held(void **state) {
	int64_t now = day_begins_us(day_of("2026-06-01"));
	static const char *const rows[][3] = {{"A", "2020-01-01", NULL}};
	load(now, rows, 1);
	Request *rq = request_begin(app, "test");
	assert_true(request_write(rq, hold_run, NULL) > 0);
	request_end(rq);
	assert_int_equal(look(now).id, 0);
	assert_int_equal(count_of_sql("SELECT count(*) FROM destruction"), 0);
	assert_int_equal(run_sql_with("UPDATE retention_hold SET lifted_us = $1", now), 1);
	assert_int_equal(look(now).listed.count, 1);
}

static int quarantine_run(Request *w, void *arg) {
	const Resource *resource;
	static const Reason reason = {.field = "done_on", .rule = "type"};
	int code = resource_any(w, resource_id, &resource);
	for (int i = 0; code >= 0 && i < 3; i++) {
		w->now_us = day_begins_us(day_of(i < 2 ? "2024-01-01" : "2026-05-01"));
		QuarantineRow row = {i + 1, "{\"no\":\"X\"}", &reason, 1};
		code = quarantine_put(w, resource, 7, &row);
	}
	return code;
}

static int quarantine_gone(Request *w, void *arg) {
	return quarantine_destroy(w, resource_id, *(const int64_t *)arg);
}

/* Refused rows have the time they were refused at; a list of them alone is a list too. */
static void refused_rows(void **state) {
	int64_t now = day_begins_us(day_of("2026-06-01"));
	Request *rq = request_begin(app, "test");
	request_generation_check(rq);
	if (request_write(rq, quarantine_run, NULL) < 0) flunk("%s\n", rq->error->message);
	Destruction list = look(now);
	assert_int_equal(list.listed.count, 0);
	assert_int_equal(list.quarantine_listed, 2);
	assert_int_equal(request_write(rq, quarantine_gone, &list.quarantine_before), 2);
	request_end(rq);
	assert_int_equal(count_of_sql("SELECT count(*) FROM quarantine"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM quarantine_reason"), 1);
}

/* The chore looks at each resource once a day and never twice opens a list. */
static void chore(void **state) {
	static const char *const rows[][3] = {{"A", "2020-01-01", NULL}};
	load(clock_now_us(), rows, 1);
	assert_int_equal(chores_run(app, "life.retention"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM destruction WHERE state = 'open' AND opened_by = 'housekeeping'"), 1);
	assert_int_equal(chores_run(app, "life.retention"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM destruction"), 1);
}

#define ON(test)                                                                                                                 \
	cmocka_unit_test_setup_teardown(test, setup_sqlite, teardown),                                                           \
	    cmocka_unit_test_setup_teardown(test, setup_postgres, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(months),
	    cmocka_unit_test(first_kept),
	    ON(by_date),
	    ON(digest),
	    ON(by_time),
	    ON(by_load),
	    ON(held),
	    ON(refused_rows),
	    ON(chore),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
