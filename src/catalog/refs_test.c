/* Who refers to an entry: kept with each publication, and read once from the entries of an older installation. */
#include "catalog/catalog_testing.h"
#include "catalog/internal.h"

typedef struct Entry {
	const char *code, *name, *ref;
} Entry;

static int publish_run(Request *rq, void *arg) {
	const Entry *entry = arg;
	int64_t org_id = 0, id;
	int code = db_int(rq->db, &org_id, "SELECT org_id FROM org WHERE code = 'R'", NO_BIND);
	if (code == 0) code = org_create(rq, "R", "登记局", "Registry", 0, &org_id);
	json_t *document = json_pack("{s:s,s:s,s:s,s:[s],s:s,s:[s],s:s,s:s,s:i,s:[{s:s,s:s,s:s,s:i,s:b}]}", "code", entry->code,
	                             "name", entry->name, "summary", "说明", "formats", "csv", "sharing", "unconditional",
	                             "sharing_ways", "api", "opening", "closed", "update_promise", "daily", "retention_months",
	                             12, "fields", "name", "no", "title", "编号", "kind", "text", "grade", 1, "key", 1);
	if (entry->ref)
		json_object_set_new(json_array_get(json_object_get(document, "fields"), 0), "ref", json_string(entry->ref));
	if (code >= 0) code = resource_publish_document(rq, org_id, document, &id);
	json_decref(document);
	return code;
}

static void publish_entry(const char *code, const char *name, const char *ref) {
	Request *rq = request_begin(app, "test");
	Entry entry = {code, name, ref};
	if (request_write(rq, publish_run, &entry) < 0) flunk("%s (%s)\n", rq->error->message, rq->error->field);
	request_end(rq);
}

#define REFS "SELECT count(*) FROM resource_ref WHERE target = '301001001/1.no'"
static void kept_and_read_again(void **state) {
	Error error = {0};
	publish_entry("301001001/1", "甲", NULL);
	publish_entry("301001001/2", "乙", "301001001/1.no");
	assert_int_equal(count_of_sql(REFS), 1);
	/* as an installation of before: the table empty, the mark set */
	assert_int_equal(run_sql_with("DELETE FROM resource_ref WHERE field_no >= $1", 0), 1);
	assert_int_equal(run_sql_with("INSERT INTO resource_ref_due (due) VALUES ($1)", 1), 1);
	assert_int_equal(refs_start(app, &error), 0);
	assert_int_equal(count_of_sql(REFS), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM resource_ref_due"), 0);
	publish_entry("301001001/2", "乙", NULL); /* the next version refers to nothing */
	assert_int_equal(count_of_sql(REFS), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(kept_and_read_again, setup_sqlite, teardown),
	    cmocka_unit_test_setup_teardown(kept_and_read_again, setup_postgres, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
