/* Tests of the batch cursor on both engines: the same rows, fields and masks as pages give; ids; what a moved catalogue does. */
#include "record/record_testing.h"

/* The cursor's rows of a party as JSON objects by number (the key field), like items of a page. */
static int scan_as(Party party, const int64_t *ids, int id_count, json_t *out, RecordScan **kept, Request **request) {
	Request *rq = request_begin(app, "test");
	RecordScan *scan;
	rq->party = party;
	int code = record_scan_open(rq, resource_of(rq), WAY_INSIDE, &scan), more;
	if (code == 0) code = ids ? record_scan_ids(scan, ids, id_count) : record_scan_rows(scan, 0, false, 0);
	while (code == 0 && (more = record_scan_next(scan)) > 0) {
		Buf text = {0};
		JsonWriter json;
		jw_begin(&json, &text);
		jw_object(&json);
		jw_kv_id(&json, "record_id", scan->record_id);
		jw_kv_int(&json, "version", scan->ver);
		for (int i = 0; i < scan->count; i++) {
			jw_key(&json, scan->fields[i].field->name);
			record_scan_json(scan, i, &json);
			Text shown = record_scan_text(scan, i);
			Val value = record_scan_value(scan, i);
			assert_int_equal(shown.at == NULL, value.kind == VAL_NULL);
			if (scan->fields[i].masked && shown.at) assert_true(text_eq(shown, value.t));
		}
		jw_object_end(&json);
		json_array_append_new(out, json_loadb(text.at, text.len, 0, NULL));
		buf_free(&text);
	}
	if (code == 0) record_scan_close(scan);
	if (kept) {
		*kept = scan;
		*request = rq;
	} else
		request_end(rq);
	return code;
}

static bool holds(const json_t *items, const json_t *wanted) {
	for (size_t i = 0; i < json_array_size(items); i++)
		if (json_equal(json_array_get(items, i), wanted)) return true;
	return false;
}

static void same_as_pages(Party party, size_t rows) {
	json_t *scanned = json_array();
	assert_int_equal(scan_as(party, NULL, 0, scanned, NULL, NULL), 0);
	Call call = list(party, "", NULL, NULL, 100);
	assert_int_equal(call.code, 0);
	const json_t *items = json_object_get(call.answer, "items");
	assert_int_equal(json_array_size(items), rows);
	assert_int_equal(json_array_size(scanned), rows);
	for (size_t i = 0; i < rows; i++)
		if (!holds(scanned, json_array_get(items, i))) flunk("a row of the page is not in the scan\n");
	json_decref(call.answer);
	json_decref(scanned);
}

static void test_same_rows(void **state) {
	same_as_pages(officer(), 0);
	load_rows(1, first_rows, 5);
	same_as_pages(officer(), 5);
	publish("unconditional", 1, "");
	same_as_pages(stranger(), 5);
}

static void test_ids(void **state) {
	load_rows(1, first_rows, 5);
	const int64_t ids[] = {record_of("A3"), 12345, record_of("A1")};
	json_t *scanned = json_array();
	assert_int_equal(scan_as(officer(), ids, 3, scanned, NULL, NULL), 0);
	assert_int_equal(json_array_size(scanned), 2);
	json_decref(scanned);
}

static void test_refused(void **state) {
	load_rows(1, first_rows, 5);
	json_t *none = json_array();
	assert_int_equal(scan_as(stranger(), NULL, 0, none, NULL, NULL), ERR_FORBIDDEN);
	json_decref(none);
}

/* In order of the record id, after one, at most so many; and how many there are. */
static void test_pages(void **state) {
	load_rows(1, first_rows, 5);
	Request *rq = request_begin(app, "test");
	RecordScan *scan;
	rq->party = officer();
	assert_int_equal(record_scan_open(rq, resource_of(rq), WAY_INSIDE, &scan), 0);
	int64_t size, last = 0;
	assert_int_equal(record_scan_size(scan, &size), 0);
	assert_int_equal(size, 5);
	int rows = 0;
	for (int page = 0; page < 3; page++) {
		assert_int_equal(record_scan_rows(scan, last, true, 2), 0);
		while (record_scan_next(scan) > 0) {
			assert_true(scan->record_id > last);
			last = scan->record_id;
			rows++;
		}
	}
	assert_int_equal(rows, 5);
	record_scan_close(scan);
	assert_int_equal(record_scan_still(rq, scan), 0);
	request_end(rq);
}

/* A new version with another mask is another plan; another resource's is not its business. */
static void test_still(void **state) {
	RecordScan *scan;
	Request *rq;
	load_rows(1, first_rows, 5);
	json_t *rows = json_array();
	assert_int_equal(scan_as(officer(), NULL, 0, rows, &scan, &rq), 0);
	assert_int_equal(record_scan_still(rq, scan), 0);
	publish("conditional", 3, "");
	assert_int_equal(record_scan_still(rq, scan), ERR_RETRY);
	rq->party = stranger();
	assert_int_equal(record_scan_still(rq, scan), ERR_FORBIDDEN);
	request_end(rq);
	json_decref(rows);
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(test_same_rows), BOTH(test_ids), BOTH(test_refused), BOTH(test_pages),
	                                   BOTH(test_still)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
