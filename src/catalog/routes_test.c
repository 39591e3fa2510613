/* The handlers behind the catalogue's routes on both engines: what each kind of person sees, search, paging, and the shape of
 * answers. */
#include "catalog/routes_testing.h"

static bool may(const json_t *answer, const char *what) {
	return json_is_true(json_object_get(json_object_get(answer, "may"), what));
}
static int mount(Request *rq, void *arg) {
	return resource_mount(rq, *(const json_int_t *)arg, 1, 1234);
}

/* Register, review, look: as officer, bureau, stranger and reader. */
static void main_path(void **state) {
	begin_orgs();
	json_t *entry =
	    ok(OFFICER, "catalog.create", json_pack("{s:o}", "document", document("301001001/1", "食品经营许可", "食品")));
	json_int_t id = id_of(entry), version = number(entry, "version");
	assert_true(may(entry, "edit") && may(entry, "submit") && !may(entry, "review") && !may(entry, "load"));
	assert_string_equal(json_string_value(json_object_get(entry, "org_name")), "市场监管局");
	json_decref(entry);
	/* a draft is its organisation's and the data bureau's */
	refused(STRANGER, "catalog.read", ERR_NOT_FOUND, json_pack("{s:I}", "id", id));
	refused(READER, "catalog.versions", ERR_NOT_FOUND, json_pack("{s:I}", "id", id));
	size_is(STRANGER, json_object(), 0);
	size_is(OFFICER, json_pack("{s:s}", "q", "持证人"), 1);
	size_is(STRANGER, json_pack("{s:s}", "q", "持证人"), 0);
	size_is(BUREAU, json_pack("{s:s}", "state", "draft"), 1);
	json_t *problems = ok(OFFICER, "catalog.validate", json_pack("{s:I,s:{s:s}}", "id", id, "document", "name", "半"));
	assert_true(json_array_size(json_object_get(problems, "problems")) > 5);
	json_decref(problems);
	json_decref(ok(OFFICER, "catalog.submit", json_pack("{s:I,s:I}", "id", id, "version", version)));
	size_is(BUREAU, json_pack("{s:s}", "state", "review"), 1);
	entry = ok(BUREAU, "catalog.read", json_pack("{s:I}", "id", id));
	assert_true(may(entry, "review") && !may(entry, "edit") && !may(entry, "withdraw"));
	version = number(entry, "version");
	json_decref(entry);
	refused(BUREAU, "catalog.review", ERR_INVALID,
	        json_pack("{s:I,s:I,s:s,s:s}", "id", id, "version", version, "decision", "return", "note", "  "));
	json_decref(
	    ok(BUREAU, "catalog.review", json_pack("{s:I,s:I,s:s}", "id", id, "version", version, "decision", "publish")));
	/* published: everybody sees it, loading is its organisation's */
	entry = ok(READER, "catalog.read", json_pack("{s:I}", "id", id));
	assert_true(!may(entry, "edit") && !may(entry, "load") && !json_object_get(entry, "draft"));
	assert_string_equal(json_string_value(json_object_get(entry, "freshness")), "none");
	assert_int_equal(number(entry, "grade"), 3);
	json_decref(entry);
	entry = ok(OFFICER, "catalog.read", json_pack("{s:I}", "id", id));
	assert_true(may(entry, "load") && may(entry, "grant"));
	version = number(entry, "version");
	json_decref(entry);
	/* a draft on top stays hidden from others, also in search and versions */
	json_decref(ok(OFFICER, "catalog.save",
	               json_pack("{s:I,s:I,s:o}", "id", id, "version", version, "document",
	                         document("301001001/1", "食品经营许可证", "秘密词"))));
	size_is(READER, json_pack("{s:s}", "q", "秘密词"), 0);
	size_is(OFFICER, json_pack("{s:s}", "q", "秘密词"), 1);
	size_is(READER, json_pack("{s:s}", "state", "draft"), 0);
	refused(READER, "catalog.version", ERR_NOT_FOUND, json_pack("{s:I,s:i}", "id", id, "n", 2));
	refused(READER, "catalog.diff", ERR_NOT_FOUND, json_pack("{s:I,s:i,s:i}", "id", id, "from", 1, "to", 2));
	json_t *versions = ok(READER, "catalog.versions", json_pack("{s:I}", "id", id));
	assert_int_equal(json_array_size(json_object_get(versions, "items")), 1);
	json_decref(versions);
	json_t *diff = ok(OFFICER, "catalog.diff", json_pack("{s:I,s:i,s:i}", "id", id, "from", 1, "to", 2));
	assert_int_equal(json_array_size(json_object_get(diff, "changes")), 2); /* name and keywords */
	json_decref(diff);
	/* fresh after a load */
	Request *rq = request_begin(app, "test");
	assert_true(request_write(rq, mount, &id) >= 0);
	request_end(rq);
	json_t *list = ok(READER, "catalog.list",
	                  json_pack("{s:s}", "q", "market")); /* not in any text: the organisation's Chinese name is */
	assert_int_equal(json_array_size(json_object_get(list, "items")), 0);
	json_decref(list);
	list = ok(READER, "catalog.list", json_pack("{s:s}", "q", "市场监管"));
	const json_t *first = json_array_get(json_object_get(list, "items"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "freshness")), "fresh");
	assert_int_equal(number(first, "row_count"), 1234);
	assert_null(json_object_get(first, "draft_version"));
	json_decref(list);
}

static void search_and_pages(void **state) {
	begin_orgs();
	for (int i = 0; i < 7; i++) {
		char code[40], name[60];
		snprintf(code, sizeof code, "301001001/%d", i);
		snprintf(name, sizeof name, i == 3 ? "百分之%%率_" : "资源 ABC%d", i);
		json_decref(ok(OFFICER, "catalog.create", json_pack("{s:o}", "document", document(code, name, "x"))));
	}
	size_is(OFFICER, json_pack("{s:s}", "q", "%"), 0); /* punctuation alone finds nothing */
	size_is(OFFICER, json_pack("{s:s}", "q", "item_no"), 7);
	size_is(OFFICER, json_pack("{s:s}", "q", "\\"), 0);
	size_is(OFFICER, json_pack("{s:s}", "q", "ＡＢＣ5"), 1); /* full width */
	size_is(OFFICER, json_pack("{s:s}", "q", "301001001/6"), 1);
	size_is(OFFICER, json_pack("{s:s}", "q", "' OR 1=1 --"), 0);
	size_is(OFFICER, json_pack("{s:b,s:s}", "mine", 1, "sharing", "none"), 0);
	size_is(BUREAU, json_pack("{s:I}", "org", (json_int_t)orgs[1]), 0);
	int seen = 0, pages = 0;
	char *after = NULL;
	do {
		json_t *inputs = json_pack("{s:i}", "limit", 3);
		if (after) json_object_set_new(inputs, "after", json_string(after));
		json_t *page = ok(OFFICER, "catalog.list", inputs);
		if (pages++ == 0) assert_int_equal(number(page, "total"), 7);
		seen += (int)json_array_size(json_object_get(page, "items"));
		const char *next = json_string_value(json_object_get(page, "next"));
		free(after);
		after = next ? strdup(next) : NULL;
		json_decref(page);
	} while (after && pages < 9);
	assert_int_equal(seen, 7);
	assert_int_equal(pages, 3);
	refused(OFFICER, "catalog.list", ERR_INVALID, json_pack("{s:s}", "after", "x1"));
}

static void lists(void **state) {
	begin_orgs();
	Request *rq = request_begin(app, "test");
	Buf report = {0};
	if (pack_load(rq, "packs/base", false, &report) < 0) flunk("%s\n", rq->error->message);
	buf_free(&report);
	jw_begin(&rq->json, &rq->body);
	buf_reset(&rq->body);
	assert_int_equal(pack_list(rq), 0);
	assert_non_null(strstr(text_cstr(rq->arena, buf_as_text(&rq->body)), "\"name\":\"base\""));
	request_end(rq);
	json_t *answer = ok(READER, "catalog.elements", json_pack("{s:s}", "q", "身份证号"));
	assert_true(json_array_size(json_object_get(answer, "items")) >= 1);
	json_decref(answer);
	answer = ok(READER, "catalog.elements", json_pack("{s:s}", "domain", "address"));
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 16);
	json_decref(answer);
	answer = ok(READER, "catalog.code_sets", json_object());
	assert_true(json_array_size(json_object_get(answer, "items")) >= 20);
	json_decref(answer);
	answer = ok(READER, "catalog.code_items", json_pack("{s:s,s:i}", "name", "nation", "limit", 50));
	assert_int_equal(number(answer, "total"), 58);
	assert_non_null(json_string_value(json_object_get(answer, "next")));
	json_decref(answer);
	answer = ok(READER, "catalog.code_items", json_pack("{s:s,s:s}", "name", "nation", "q", "Zhuang"));
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 1);
	json_decref(answer);
	refused(READER, "catalog.code_items", ERR_NOT_FOUND, json_pack("{s:s}", "name", "nowhere"));
	answer = ok(READER, "catalog.templates", json_object());
	assert_int_equal(json_array_size(json_object_get(answer, "items")), 8);
	/* each template, given a code, is ready to be published */
	size_t index;
	json_t *item;
	json_array_foreach(json_object_get(answer, "items"), index, item) {
		json_t *copy = json_deep_copy(json_object_get(item, "document"));
		char code[40];
		snprintf(code, sizeof code, "101001001/%zu", index);
		json_object_set_new(copy, "code", json_string(code));
		json_t *problems = ok(OFFICER, "catalog.validate_new", json_pack("{s:o}", "document", copy));
		const json_t *first = json_array_get(json_object_get(problems, "problems"), 0);
		if (first) flunk("template %zu: %s\n", index, json_string_value(json_object_get(first, "message")));
		json_decref(problems);
	}
	json_decref(answer);
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(main_path), BOTH(search_and_pages), BOTH(lists)};
	return cmocka_run_group_tests_name("catalog routes", tests, NULL, NULL);
}
