/* Tests of queries on both engines: one record, filters, paging and cursors, and a catalogue that changes under a reader. */
#include "record/record_testing.h"

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

static void test_filters(void **state) {
	static const struct {
		const char *query;
		int rows;
	} good[] = {
	    {"", 5},
	    {"number=A1", 1},
	    {"number.ne=A1", 4},
	    {"number.in=A1,A2,A9", 2},
	    {"number.in=%22A1%22,A2,%22x,A3%22", 2},
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
	assert_int_equal(count_of_sql(sql), 5);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH(test_read),
	    BOTH(test_filters),
	    BOTH(test_paging),
	    BOTH(test_cursor_forgery),
	    BOTH(test_change_under_reader),
	    BOTH(test_new_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
