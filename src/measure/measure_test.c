/* Scores on both engines: exact points, equal scores share a place, nothing to assess is no score, the digest is of the lines
 * alone; and which steps of cases count as answered in time; orders of findings
 * are one at a time, and end with the run that no longer sees them. */
#include "core/app_testing.h"
#include "notice/notice.h"
#include "event/event.h"
#include "measure/assess.h"
#include "measure/checks.h"
#include "verify/verify.h"

static const Module *const modules[] = {&core_module,    &evidence_module, &people_module,     &notice_module,   &place_module,
                                        &catalog_module, &record_module,   &quarantine_module, &casework_module, &event_module,
                                        &verify_module,  &exchange_module, &measure_module,    &assess_module};

static int setup(StoreEngine engine) {
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	Request *rq = request_begin(app, "test");
	Buf report;
	buf_in(memset(&report, 0, sizeof report), rq->arena);
	if (pack_load(rq, "packs/base", false, &report) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	return 0;
}

static AssessLine line(int64_t org, const char *set, int64_t subject, int64_t part, int64_t whole) {
	return (AssessLine){.org_id = org,
	                    .set = line_set(text_of(set)),
	                    .kind = "entry",
	                    .subject_id = subject,
	                    .part = part,
	                    .whole = whole,
	                    .title = "条目",
	                    .fact = "x"};
}

static void compute(Request *rq, const Scheme *scheme, const AssessLine *lines, size_t count, Scores *out) {
	AssessLines list = {0};
	for (size_t i = 0; i < count; i++)
		line_add(rq->arena, &list, &lines[i]);
	if (scores_compute(rq, scheme, "2026-11", &list, out) < 0) flunk("%s\n", rq->error->message);
}

static void scores(void **state) {
	Scheme *scheme;
	Scores first, again, other;
	Request *rq = request_begin(app, "test");
	if (scheme_get(rq, TEXT("sharing"), 0, &scheme) < 0) flunk("%s\n", rq->error->message);
	assert_int_equal(scheme->count, 6);
	const AssessLine lines[] = {line(1, "entries", 1, 4, 5),       line(1, "mounts", 1, 1, 1),  line(1, "mounts", 2, 0, 1),
	                            line(1, "mounts", 3, 0, 1),        line(2, "entries", 4, 4, 5), line(2, "mounts", 4, 1, 3),
	                            line(3, "quality", 5, 9999, 10000)};
	compute(rq, scheme, lines, 7, &first);
	assert_int_equal(first.count, 3);
	/* 4 of 5 facts: 80.00; 1 of 3 mounted: 33.33; both weigh 20 */
	assert_int_equal(first.orgs[0].scores[0], 8000);
	assert_int_equal(first.orgs[0].scores[1], 3333);
	assert_int_equal(first.orgs[0].scores[2], NO_SCORE);
	assert_int_equal(first.orgs[0].score, 5667);
	assert_int_equal(first.orgs[2].score, 9999);
	assert_int_equal(first.orgs[2].place, 1);
	assert_int_equal(first.orgs[0].place, 2);
	assert_int_equal(first.orgs[1].place, 2);
	compute(rq, scheme, lines, 7, &again);
	assert_string_equal(first.digest, again.digest);
	AssessLine changed[7];
	memcpy(changed, lines, sizeof changed);
	changed[6].fact_us = 1; /* a fact that no score depends on is in the digest too */
	compute(rq, scheme, changed, 7, &other);
	assert_string_not_equal(first.digest, other.digest);
	const AssessLine none[] = {line(7, "quality", 1, 0, 0)};
	compute(rq, scheme, none, 1, &other);
	assert_int_equal(other.orgs[0].score, NO_SCORE);
	assert_int_equal(other.orgs[0].place, 0);
	request_end(rq);
}

static void numbers(void **state) {
	static const char *const names[] = {"a", "b"};
	static const struct {
		const char *source;
		int given; /* 1, 0 none, -1 refused */
		double number;
	} rows[] = {{"100 * a / b", 1, 75}, {"a // b", 1, 0}, {"a / 0", 0, 0}, {"0 / 0", 0, 0},
	            {"nil", 0, 0},          {"a > b", -1, 0}, {"'12'", -1, 0}, {"a + missing", -1, 0}};
	Arena *arena = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Expression *expression;
		Error why = {0};
		double number = -7;
		assert_int_equal(expression_compile(arena, text_of(rows[i].source), names, 2, &expression, &why), 0);
		int given = expression_number(expression, (Val[]){val_int(3), val_int(4)}, &number, &why);
		if ((given < 0 ? -1 : given) != rows[i].given || (given > 0 && number != rows[i].number))
			flunk("%s: %d %f %s\n", rows[i].source, given, number, why.message);
	}
	arena_free(arena);
}

/* --- answers of suppliers ------------------------------------------------------------------------------------------------ */
enum { HOUR = 3600 };
static const int64_t second = 1000000, begin_us = INT64_C(1780000000000000); /* 2026-05-28 */

static int event_insert(Request *w, int64_t case_id, int no, int64_t at, const char *side, const char *to) {
	return (int)db_run(
	    w->db,
	    "INSERT INTO case_event (case_id, event_no, at_us, account_id, org_id, side, action, from_state, to_state, clock,"
	    " note, form) VALUES ($1, $2, $3, 1, 1, $4, 'x', '', $5, 'start', '', NULL)",
	    BIND(val_int(case_id), val_int(no), val_int(at), val_str(side), val_str(to)));
}

/* Case n: asked, accepted at once, then answered (or withdrawn, or ended by the engine) after so many days, 0 = not yet. */
static int case_insert(Request *w, void *arg) {
	static const char *const sides[] = {"supplier", "asker", "engine"};
	const int64_t *one = arg; /* id, days, who */
	int64_t end = one[1] ? begin_us + one[1] * 24 * HOUR * second : 0;
	int code = (int)db_run(
	    w->db,
	    "INSERT INTO work_case (case_id, number, process, process_version, state, previous, outcome, turn, turn_org,"
	    " title, search_text, resource_id, asker_org, asker_account, supplier_org, account_id, form, decision, grant_id,"
	    " begun_us, due_us, remind_us, paused_us, reminded, event_count, created_at, updated_at, closed_at, version)"
	    " VALUES ($1, 'GX', 'share_request', 1, 'review', '', '', 'supplier', 9, '条目', '', 1, 8, 1, 9, 1, '{}', NULL, 0,"
	    " 0, 0, 0, 0, 0, 3, $2, $2, $3, 1)",
	    BIND(val_int(one[0]), val_int(begin_us), val_int(end)));
	if (code >= 0) code = event_insert(w, one[0], 1, begin_us, "asker", "check");
	if (code >= 0) code = event_insert(w, one[0], 2, begin_us + second, "bureau", "review");
	if (code >= 0 && end) code = event_insert(w, one[0], 3, end, sides[one[2]], one[2] == 1 ? "withdrawn" : "granted");
	return code;
}

typedef struct Told {
	int count;
	int64_t ids[8];
	bool in_time[8];
} Told;
static int tell(void *arg, const CaseAnswer *answer) {
	Told *told = arg;
	told->ids[told->count] = answer->case_id;
	told->in_time[told->count++] = answer->done_us && answer->done_us <= answer->due_us;
	return 0;
}

static void answers(void **state) {
	/* ten working days: answered after 3 days, after 40, withdrawn by the asker in time, still open, mended by a load */
	int64_t cases[][3] = {{1, 3, 0}, {2, 40, 0}, {3, 3, 1}, {4, 0, 0}, {5, 3, 2}};
	Request *rq = request_begin(app, "test");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (request_write(rq, case_insert, cases[i]) < 0) flunk("%s\n", rq->error->message);
	Told told = {0};
	assert_int_equal(case_answers(rq, begin_us, begin_us + 60 * 24 * HOUR * second, tell, &told), 0);
	assert_int_equal(told.count, 4); /* the withdrawn one was not the supplier's to answer */
	assert_true(told.ids[0] == 1 && told.in_time[0] && told.ids[1] == 2 && !told.in_time[1] && told.ids[2] == 4 &&
	            !told.in_time[2] && told.ids[3] == 5 && told.in_time[3]);
	told = (Told){0};
	assert_int_equal(case_answers(rq, begin_us, begin_us + 5 * 24 * HOUR * second, tell, &told), 0);
	assert_int_equal(told.count, 2); /* the others are not due yet */
	told = (Told){0};
	assert_int_equal(case_answers(rq, begin_us + 50 * 24 * HOUR * second, begin_us + 60 * 24 * HOUR * second, tell, &told),
	                 0);
	assert_int_equal(told.count, 1); /* only the open one is of that period */
	request_end(rq);
}

/* --- orders of findings -------------------------------------------------------------------------------------------------- */
enum { FINDING = 77 };
static const AuditOrder order = {.finding_id = FINDING,
                                 .org_id = 9,
                                 .check = "system_no_entry",
                                 .title = "执法系统",
                                 .detail = "{\"reason\":\"no_entry\"}",
                                 .words = "登记目录"};

static int finding_insert(Request *w, void *arg) {
	return (int)db_run(
	    w->db,
	    "INSERT INTO audit_finding (finding_id, check_name, subject, org_id, system_id, resource_id, case_id, title, detail,"
	    " state, first_us, last_us, gone_us, order_us, order_by, order_note, order_case, excuse, excuse_us, excuse_by,"
	    " version) VALUES ($1, 'system_no_entry', 'system:1', 9, 1, 0, 0, '执法系统', '{}', 'open', 1, 1, 0, 0, '', '', 0,"
	    " '', 0, '', 1)",
	    BIND(val_int(FINDING)));
}

static int finding_leave(Request *w, void *arg) {
	return (int)db_run(w->db, "UPDATE audit_finding SET state = 'gone', gone_us = $2 WHERE finding_id = $1",
	                   BIND(val_int(FINDING), val_int(w->now_us)));
}

static int order_begin(Request *w, void *arg) {
	const char *number;
	return audit_order_open(w, &order, arg, &number);
}

static int order_end(Request *w, void *arg) {
	return case_call_off(w, *(int64_t *)arg, "派错了");
}

static void stands(Request *rq, int64_t case_id, const char *outcome) {
	Rows *rows;
	assert_int_equal(db_one(rq->db, &rows, "SELECT outcome, subject, subject_id FROM work_case WHERE case_id = $1",
	                        BIND(val_int(case_id))),
	                 1);
	assert_string_equal(rows_str(rows, 0, rq->arena), outcome);
	assert_string_equal(rows_str(rows, 1, rq->arena), "finding");
	assert_int_equal(rows_int(rows, 2), FINDING);
}

static void orders(void **state) {
	int64_t first, again;
	Request *rq = request_begin(app, "test");
	if (request_write(rq, finding_insert, NULL) < 0 || request_write(rq, order_begin, &first) < 0)
		flunk("%s\n", rq->error->message);
	assert_int_equal(request_write(rq, order_begin, &again), ERR_CONFLICT); /* one at a time */
	error_clear(rq->error);
	assert_int_equal(orders_checked(rq, "system_no_entry", 0), 0);
	stands(rq, first, "");
	if (request_write(rq, order_end, &first) < 0) flunk("%s\n", rq->error->message);
	stands(rq, first, "withdrawn");
	assert_int_equal(request_write(rq, order_end, &first), 0); /* closed already */
	if (request_write(rq, order_begin, &again) < 0 || request_write(rq, finding_leave, NULL) < 0)
		flunk("%s\n", rq->error->message);
	assert_int_equal(orders_checked(rq, "entry_no_source", 0), 0); /* another check tells nothing of it */
	stands(rq, again, "");
	assert_int_equal(orders_checked(rq, "system_no_entry", 0), 0);
	stands(rq, again, "corrected");
	stands(rq, first, "withdrawn");
	request_end(rq);
}

/* More than one write takes: each of them hears of the run once. */
enum { MANY = 20 };
static int many_insert(Request *w, void *arg) {
	int64_t case_id, *cases = arg;
	const char *number;
	int code = 0;
	for (int i = 0; i < MANY && code >= 0; i++) {
		const AuditOrder one = {.finding_id = 1000 + i,
		                        .org_id = 9,
		                        .check = "entry_no_source",
		                        .title = "条目",
		                        .detail = "{}",
		                        .words = "登记来源"};
		code = (int)db_run(
		    w->db,
		    "INSERT INTO audit_finding (finding_id, check_name, subject, org_id, system_id, resource_id, case_id, title,"
		    " detail, state, first_us, last_us, gone_us, order_us, order_by, order_note, order_case, excuse, excuse_us,"
		    " excuse_by, version) VALUES ($1, 'entry_no_source', $2, 9, 1, 0, 0, '条目', '{}', 'gone', 1, 1, 0, 0, '', "
		    "'',"
		    " 0, '', 0, '', 1)",
		    BIND(val_int(one.finding_id), val_str(arena_printf(w->arena, "entry:%d", i))));
		if (code >= 0 && (code = audit_order_open(w, &one, &case_id, &number)) >= 0) cases[i] = case_id;
	}
	return code < 0 ? code : 0;
}

static void many_orders(void **state) {
	int64_t cases[MANY], closed = 0, steps = 0;
	Request *rq = request_begin(app, "test");
	if (request_write(rq, many_insert, cases) < 0) flunk("%s\n", rq->error->message);
	assert_int_equal(orders_checked(rq, "entry_no_source", 0), 0);
	for (int i = 0; i < MANY; i++) {
		int64_t ended = 0, told = 0;
		db_int(rq->db, &ended, "SELECT COUNT(*) FROM work_case WHERE case_id = $1 AND outcome = 'corrected'",
		       BIND(val_int(cases[i])));
		db_int(rq->db, &told, "SELECT COUNT(*) FROM case_event WHERE case_id = $1 AND action = 'pass'",
		       BIND(val_int(cases[i])));
		closed += ended;
		steps += told;
	}
	assert_int_equal(closed, MANY);
	assert_int_equal(steps, MANY);
	request_end(rq);
}

/* --- periods that have ended ------------------------------------------------------------------------------------------- */
static int version_insert(Request *w, void *arg) {
	return (int)db_run(
	    w->db,
	    "INSERT INTO resource_version (resource_id, version_no, state, document, author_id, author, created_at,"
	    " reviewer, published_at, note) VALUES (1, 1, 'published', '{}', 1, 'a', $1, 'b', $1, '')",
	    BIND(val_int(*(int64_t *)arg)));
}

/* What the program has begun by itself after it looked at that time of the city: "2026-12 2026-Q4". */
static const char *begun_at(Request *rq, const char *time) {
	const char *out = "";
	Rows *rows;
	clock_parse(text_of(time), &rq->now_us);
	if (assess_chore(rq) < 0) flunk("%s\n", rq->error->message);
	int code = db_query(rq->db, &rows,
	                    "SELECT a.period FROM assessment a JOIN job j ON j.job_id = a.job_id WHERE a.automatic_us = $1"
	                    " ORDER BY a.period",
	                    BIND(val_int(rq->now_us)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		out = arena_printf(rq->arena, "%s%s%s", out, *out ? " " : "", rows_str(rows, 0, rq->arena));
	return out;
}

static int computed_write(Request *w, void *arg) {
	return (int)db_run(w->db, arg, NO_BIND);
}

/* Jobs of the month so far, after its last one failed at that time and the program looked at another. */
static int64_t tried(Request *rq, const char *failed_at, const char *look_at) {
	int64_t at, count = 0;
	clock_parse(text_of(failed_at), &at);
	if (request_write(rq, computed_write,
	                  arena_printf(rq->arena,
	                               "UPDATE job SET state = 'failed', finished_at = %lld WHERE job_id = (SELECT job_id FROM"
	                               " assessment WHERE period = '2026-12')",
	                               (long long)at)) < 0)
		flunk("%s\n", rq->error->message);
	begun_at(rq, look_at);
	if (db_int(
	        rq->db, &count,
	        "SELECT count(*) FROM job WHERE kind = 'measure.assess' AND args LIKE '%' || (SELECT CAST(assessment_id AS TEXT)"
	        " FROM assessment WHERE period = '2026-12') || '%'",
	        NO_BIND) < 0)
		flunk("%s\n", rq->error->message);
	return count;
}

static void failing(Request *rq) {
	assert_int_equal(tried(rq, "2027-01-01T03:01:00+08:00", "2027-01-01T03:10:00+08:00"), 1); /* ten minutes */
	assert_int_equal(tried(rq, "2027-01-01T03:01:00+08:00", "2027-01-01T03:11:00+08:00"), 2);
	assert_int_equal(tried(rq, "2027-01-01T03:40:00+08:00", "2027-01-01T04:19:00+08:00"), 2); /* as long as it took so far */
	assert_int_equal(tried(rq, "2027-01-01T03:40:00+08:00", "2027-01-01T04:20:00+08:00"), 3);
	assert_int_equal(tried(rq, "2027-01-05T03:00:00+08:00", "2027-01-06T03:00:00+08:00"), 4); /* a day at most */
}

static void periods_end(void **state) {
	Request *rq = request_begin(app, "test");
	int64_t published;
	assert_string_equal(begun_at(rq, "2026-12-01T03:00:00+08:00"), ""); /* nothing was published then */
	clock_parse(TEXT("2026-12-15T00:00:00+08:00"), &published);
	if (request_write(rq, version_insert, &published) < 0) flunk("%s\n", rq->error->message);
	assert_string_equal(begun_at(rq, "2026-12-31T23:59:59+08:00"), ""); /* November: nothing was published in it */
	assert_string_equal(begun_at(rq, "2027-01-01T02:59:59+08:00"), "");
	assert_string_equal(begun_at(rq, "2027-01-01T03:00:00+08:00"), "2026-12 2026-Q4");
	assert_string_equal(begun_at(rq, "2027-01-01T03:10:00+08:00"), ""); /* once */
	failing(rq);
	assert_string_equal(begun_at(rq, "2027-02-20T12:00:00+08:00"), "2027-01");
	/* stopped over the end of March: at its next run; by hand in March, before it had ended: anew; by hand after it: left
	 * alone */
	if (request_write(
	        rq, computed_write,
	        "INSERT INTO assessment SELECT assessment_id + 1, scheme, scheme_version, '2027-03', from_us, to_us + 1, "
	        "'computed', 0, to_us, 0, '', 0, '', 0, 1, 0 FROM assessment WHERE period = '2026-12'") < 0 ||
	    request_write(rq, computed_write,
	                  "INSERT INTO assessment SELECT assessment_id + 1, scheme, scheme_version, '2027-Q1', from_us, to_us, "
	                  "'computed', 0, to_us, 0, '', 0, '', 0, 1, 0 FROM assessment WHERE period = '2026-Q4'") < 0)
		flunk("%s\n", rq->error->message);
	assert_string_equal(begun_at(rq, "2027-04-09T08:00:00+08:00"), "2027-03");
	request_end(rq);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(scores),      cmocka_unit_test(numbers),
	                                   cmocka_unit_test(answers),     cmocka_unit_test(orders),
	                                   cmocka_unit_test(many_orders), cmocka_unit_test(periods_end)};
	int failed = cmocka_run_group_tests_name("measure, SQLite", tests, setup_sqlite, teardown);
	return failed + cmocka_run_group_tests_name("measure, PostgreSQL", tests, setup_postgres, teardown);
}
