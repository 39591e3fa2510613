/* The catalogue on both engines: life of an entry, its rules, versions and differences, field numbers, lists, packs. */
#include "catalog/catalog_testing.h"
#include "catalog/pack.h"

/* --- who acts ---------------------------------------------------------------------------------------------------------- */
enum { ORG = 1001, OTHER_ORG = 1002, OFFICER = 11, OFFICER2 = 12, STRANGER = 13, BUREAU = 14 };

static Request *as(int64_t account_id) {
	Request *rq = request_begin(app, "test");
	assert_non_null(rq->db);
	rq->party.account_id = account_id;
	rq->party.kind = PARTY_PERSON;
	rq->party.sees_all = account_id == BUREAU;
	rq->party.org_id = account_id == STRANGER ? OTHER_ORG : account_id == BUREAU ? 1003 : ORG;
	rq->party.permits =
	    PERMIT_BIT(PERMIT_CATALOG_READ) | (account_id == BUREAU ? PERMIT_BIT(PERMIT_CATALOG_REVIEW)
	                                                            : PERMIT_BIT(PERMIT_CATALOG_EDIT) | PERMIT_BIT(PERMIT_LOAD));
	snprintf(rq->party.login, sizeof rq->party.login, "user%lld", (long long)account_id);
	return rq;
}

/* One change as one person: the code, and the error's rule in last_rule. */
typedef struct Call {
	enum { CREATE, SAVE, SUBMIT, PUBLISH, RETURN, WITHDRAW, MOUNT, PUBLISH_DOCUMENT } what;
	int64_t resource_id, version;
	const json_t *document;
	const char *note;
	int64_t out;
} Call;
static char last_rule[64], last_message[512];

static int call_write(Request *rq, void *arg) {
	Call *call = arg;
	switch (call->what) {
	case CREATE:
		return entry_create(rq, rq->party.org_id, call->document, &call->out);
	case SAVE:
		return entry_save(rq, call->resource_id, call->version, call->document);
	case SUBMIT:
		return entry_submit(rq, call->resource_id, call->version);
	case PUBLISH:
		return entry_review(rq, call->resource_id, call->version, true, call->note ? call->note : "");
	case RETURN:
		return entry_review(rq, call->resource_id, call->version, false, call->note ? call->note : "");
	case WITHDRAW:
		return entry_withdraw(rq, call->resource_id, call->version, call->note ? call->note : "");
	case MOUNT:
		return resource_mount(rq, call->resource_id, (int)call->version, 42);
	case PUBLISH_DOCUMENT:
		return resource_publish_document(rq, ORG, call->document, &call->out);
	}
	return -1;
}

static int act(int64_t account, Call *call) {
	Request *rq = as(account);
	int code = request_write(rq, call_write, call);
	snprintf(last_rule, sizeof last_rule, "%s", rq->error->rule);
	snprintf(last_message, sizeof last_message, "%s", rq->error->message);
	request_end(rq);
	return code < 0 ? code : 0;
}
#define ACT(account, ...) act(account, &(Call){__VA_ARGS__})

static int64_t created(int64_t account, const json_t *document) {
	Call call = {CREATE, .document = document};
	if (act(account, &call)) flunk("%s\n", last_message);
	return call.out;
}

static EntryRow row_of(int64_t id) {
	static EntryRow row;
	Request *rq = as(BUREAU);
	EntryRow loaded;
	assert_int_equal(entry_load(rq, id, &loaded), 0);
	row = loaded;
	row.code = row.name = row.review_note = row.review_decision = row.review_login = NULL;
	row.state = strcmp(loaded.state, "draft") == 0       ? "draft"
	            : strcmp(loaded.state, "published") == 0 ? "published"
	                                                     : "withdrawn";
	row.draft_state = strcmp(loaded.draft_state, "draft") == 0    ? "draft"
	                  : strcmp(loaded.draft_state, "review") == 0 ? "review"
	                                                              : "";
	request_end(rq);
	return row;
}

static json_t *document_of(const char *text) {
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);
	if (!json) flunk("line %d: %s\n", error.line, error.text);
	return json;
}

/* A sound entry, code as given. */
static json_t *sound(const char *code) {
	json_t *json = document_of(
	    "{\"name\":\"食品经营许可\",\"summary\":\"许可信息\",\"keywords\":[\"食品\"],\"formats\":[\"database\"],\"sharing\":"
	    "\"unconditional\","
	    "\"sharing_ways\":[\"api\"],\"opening\":\"closed\",\"update_promise\":\"daily\",\"retention_months\":60,\"fields\":["
	    "{\"name\":\"license_no\",\"title\":\"许可证号\",\"kind\":\"text\",\"length\":20,\"grade\":1,\"key\":true},"
	    "{\"name\":\"holder\",\"title\":\"持证人\",\"kind\":\"text\",\"grade\":3,\"mask\":\"name\"},"
	    "{\"name\":\"fee\",\"title\":\"费用\",\"kind\":\"decimal\",\"scale\":2,\"grade\":1,\"min\":0},"
	    "{\"name\":\"issued\",\"title\":\"发证日期\",\"kind\":\"date\",\"grade\":1},"
	    "{\"name\":\"expires\",\"title\":\"有效期止\",\"kind\":\"date\",\"grade\":1}],"
	    "\"rules\":[{\"name\":\"in_order\",\"expression\":\"issued == nil or expires == nil or expires >= "
	    "issued\",\"message\":\"日期颠倒\"}]}");
	json_object_set_new(json, "code", json_string(code));
	json_object_set_new(json, "name", json_string(code)); /* names are unique in an organisation */
	return json;
}

static json_t *field_at(json_t *document, size_t index) {
	return json_array_get(json_object_get(document, "fields"), index);
}

/* --- life of an entry -------------------------------------------------------------------------------------------------- */
static void life(void **state) {
	json_t *document = sound("307002001/000001");
	int64_t id = created(OFFICER, document);
	Request *rq = as(OFFICER);
	const Resource *resource;
	assert_int_equal(resource_find(rq, id, &resource), ERR_CONFLICT);
	request_end(rq);
	assert_int_equal(ACT(STRANGER, SAVE, id, 1, document), ERR_FORBIDDEN);
	assert_int_equal(ACT(OFFICER, SAVE, id, 7, document), ERR_CONFLICT);
	assert_string_equal(last_rule, "version");
	assert_int_equal(ACT(BUREAU, PUBLISH, id, 1), ERR_CONFLICT); /* not submitted */
	assert_string_equal(last_rule, "state");
	assert_int_equal(ACT(OFFICER, SUBMIT, id, 1), 0);
	assert_string_equal(row_of(id).draft_state, "review");
	assert_int_equal(ACT(OFFICER, SAVE, id, 2, document), ERR_CONFLICT); /* under review */
	assert_int_equal(ACT(OFFICER, SUBMIT, id, 2), ERR_CONFLICT);
	assert_int_equal(ACT(OFFICER, PUBLISH, id, 2), ERR_FORBIDDEN);
	assert_string_equal(last_rule, "own_entry");
	assert_int_equal(ACT(BUREAU, RETURN, id, 2), ERR_INVALID); /* without a note */
	assert_int_equal(ACT(BUREAU, RETURN, id, 2, .note = "请补充摘要"), 0);
	assert_int_equal(ACT(OFFICER2, SAVE, id, 3, document), 0);
	assert_int_equal(ACT(OFFICER2, SUBMIT, id, 4), 0);
	assert_int_equal(ACT(BUREAU, WITHDRAW, id, 5, .note = "x"), ERR_CONFLICT); /* nothing published */
	assert_int_equal(ACT(BUREAU, PUBLISH, id, 5), 0);
	rq = as(OFFICER);
	assert_int_equal(resource_find(rq, id, &resource), 0);
	assert_int_equal(resource->version, 1);
	assert_int_equal(resource->field_count, 5);
	assert_int_equal(resource->key_count, 1);
	assert_int_equal(resource->fields[2].kind, KIND_DECIMAL);
	assert_true(resource->fields[0].required);
	assert_int_equal(resource->fields[4].no, 5);
	assert_string_equal(resource->fields[1].source_name, "持证人");
	const Resource *again;
	assert_int_equal(resource_find_code(rq, TEXT("307002001/000001"), &again), 0);
	assert_int_equal(again->resource_id, id);
	assert_int_equal(resource_find_code(rq, TEXT("307002001/999999"), &again), ERR_NOT_FOUND);
	request_end(rq);
	assert_int_equal(ACT(BUREAU, WITHDRAW, id, 6), ERR_INVALID); /* without a note */
	assert_int_equal(ACT(BUREAU, WITHDRAW, id, 6, .note = "停办"), 0);
	rq = as(OFFICER);
	assert_int_equal(resource_find(rq, id, &resource), ERR_GONE);
	request_end(rq);
	assert_int_equal(ACT(OFFICER, SAVE, id, 7, document), 0); /* a withdrawn entry can come back */
	assert_int_equal(ACT(OFFICER, SUBMIT, id, 8), 0);
	assert_int_equal(ACT(BUREAU, PUBLISH, id, 9), 0);
	assert_string_equal(row_of(id).state, "published");
	assert_int_equal(row_of(id).published_version, 2);
	json_decref(document);
}

/* The published version is served unchanged while a draft is written on top of it. */
static void draft_on_top(void **state) {
	json_t *document = sound("307002001/000002");
	Call call = {PUBLISH_DOCUMENT, .document = document};
	assert_int_equal(act(BUREAU, &call), 0);
	int64_t id = call.out;
	json_array_append_new(json_object_get(document, "fields"),
	                      document_of("{\"name\":\"ward\",\"title\":\"辖区\",\"kind\":\"integer\",\"grade\":1}"));
	json_object_set_new(field_at(document, 2), "scale", json_integer(4)); /* what the column holds changes */
	json_array_remove(json_object_get(document, "fields"), 3);            /* issued retires */
	json_object_del(document, "rules");
	EntryRow row = row_of(id);
	assert_int_equal(ACT(OFFICER, SAVE, id, row.version, document), 0);
	Request *rq = as(OFFICER);
	const Resource *resource;
	assert_int_equal(resource_find(rq, id, &resource), 0);
	assert_int_equal(resource->field_count, 5);
	request_end(rq);
	row = row_of(id);
	assert_int_equal(row.published_version, 1);
	assert_int_equal(row.draft_version, 2);
	assert_int_equal(ACT(OFFICER, SAVE, id, row.version, document), 0); /* saving again gives no new numbers */
	assert_int_equal(row_of(id).max_field_no, 7);
	assert_int_equal(ACT(OFFICER, SUBMIT, id, row.version + 1), 0);
	assert_int_equal(ACT(BUREAU, PUBLISH, id, row.version + 2), 0);
	rq = as(OFFICER);
	assert_int_equal(resource_find(rq, id, &resource), 0);
	assert_int_equal(resource->version, 2);
	const int numbers[] = {1, 2, 6, 5, 7}, since[] = {1, 1, 2, 1, 2};
	for (int i = 0; i < 5; i++) {
		assert_int_equal(resource->fields[i].no, numbers[i]);
		assert_int_equal(resource->fields[i].since, since[i]);
	}
	/* both versions stay readable, and their difference says what happened */
	json_t *one, *two;
	assert_int_equal(entry_document(rq, id, 1, &one), 0);
	assert_int_equal(entry_document(rq, id, 2, &two), 0);
	assert_int_equal(entry_document(rq, id, 3, &two), ERR_NOT_FOUND);
	Buf out = {0};
	JsonWriter writer;
	jw_begin(&writer, &out);
	document_diff(&writer, rq->arena, one, two);
	buf_char(&out, '\0');
	assert_non_null(strstr(out.at, "\"path\":\"fields.issued\",\"title\":\"停用信息项 发证日期\""));
	assert_non_null(strstr(out.at, "\"path\":\"fields.ward\",\"title\":\"新增信息项 辖区\""));
	assert_non_null(strstr(out.at, "停用规则 in_order"));
	assert_null(strstr(out.at, "license_no"));
	buf_free(&out);
	request_end(rq);
	/* a retired number does not come back */
	json_t *back = document_of("{\"name\":\"issued\",\"title\":\"发证日期\",\"kind\":\"date\",\"grade\":1,\"no\":4}");
	json_array_append_new(json_object_get(document, "fields"), back);
	assert_int_equal(ACT(OFFICER, SAVE, id, row_of(id).version, document), ERR_INVALID);
	assert_string_equal(last_rule, "field_no");
	json_object_del(back, "no");
	assert_int_equal(ACT(OFFICER, SAVE, id, row_of(id).version, document), 0);
	assert_int_equal(row_of(id).max_field_no, 8);
	json_decref(document);
}

static void key_change_needs_full_load(void **state) {
	json_t *document = sound("307002001/000003");
	Call call = {PUBLISH_DOCUMENT, .document = document};
	assert_int_equal(act(BUREAU, &call), 0);
	int64_t id = call.out;
	assert_int_equal(ACT(OFFICER, MOUNT, id, 1), 0);
	assert_false(row_of(id).needs_full);
	assert_int_equal(row_of(id).row_count, 42);
	json_object_set_new(field_at(document, 3), "key", json_true());
	assert_int_equal(ACT(BUREAU, PUBLISH_DOCUMENT, .document = document), 0);
	assert_true(row_of(id).needs_full);
	Request *rq = as(OFFICER);
	const Resource *resource;
	assert_int_equal(resource_find(rq, id, &resource), 0);
	assert_int_equal(resource->generation_no, 1);
	assert_int_equal(resource->mounted_version, 1);
	assert_true(resource->needs_full);
	request_end(rq);
	assert_int_equal(ACT(OFFICER, MOUNT, id, 1), 0);
	assert_true(row_of(id).needs_full); /* the same generation does not mend it */
	assert_int_equal(ACT(OFFICER, MOUNT, id, 2), 0);
	assert_false(row_of(id).needs_full);
	assert_int_equal(row_of(id).mounted_version, 2);
	json_decref(document);
}

/* --- rules: one change to a sound entry each, and what must be found --------------------------------------------------- */
typedef struct RuleCase {
	const char *at;          /* "" = the entry, "f1" = fields[1], "r0" = rules[0], "+f" = one more field */
	const char *key, *value; /* value: JSON text, NULL = remove the key */
	const char *path, *rule;
} RuleCase;
static const RuleCase rule_cases[] = {
    {"", "code", "\"30700200\"", "code", "code_pattern"},
    {"", "code", "\"907002001/1\"", "code", "code_pattern"},
    {"", "code", "\"307002001/\"", "code", "code_pattern"},
    {"", "code", "\"307002001/x\"", "code", "code_pattern"},
    {"", "code", "\"307002001/777\"", "code", "code_unique"},
    {"", "code", NULL, "code", "required"},
    {"", "name", "\"\"", "name", "required"},
    {"", "name", "\"taken\"", "name", "name_unique"},
    {"", "surprise", "1", "surprise", "unknown_key"},
    {"", "summary", "7", "summary", "type"},
    {"", "summary", NULL, "summary", "required"},
    {"", "formats", "[\"papyrus\"]", "formats[0]", "choice"},
    {"", "formats", "[\"pdf\"]", "formats", "format_way"},
    {"", "sharing", "\"none\"", "sharing_basis", "sharing_basis"},
    {"", "sharing", "\"none\"", "sharing_ways", "sharing_ways"},
    {"", "sharing", "\"conditional\"", "sharing_condition", "sharing_condition"},
    {"", "sharing_ways", "[]", "sharing_ways", "sharing_ways"},
    {"", "opening", "\"conditional\"", "opening_condition", "opening_condition"},
    {"", "opening", "\"open\"", "fields[1].grade", "open_grade"},
    {"", "update_promise", "\"hourly\"", "update_promise", "choice"},
    {"", "update_promise", NULL, "update_promise", "required"},
    {"", "retention_months", NULL, "retention_months", "required"},
    {"", "retention_months", "0", "retention_months", "range"},
    {"", "fields", "[]", "fields", "required"},
    {"f0", "key", "false", "fields", "key_missing"},
    {"f0", "kind", "\"double\"", "fields[0].key", "key_kind"},
    {"f0", "name", "\"License\"", "fields[0].name", "field_name"},
    {"f0", "name", "\"limit\"", "fields[0].name", "field_reserved"},
    {"f0", "name", "\"holder\"", "fields[1].name", "field_unique"},
    {"f0", "title", "\"\"", "fields[0].title", "required"},
    {"f0", "title", "\"持证人\"", "fields[1].title", "title_unique"},
    {"f0", "kind", "\"varchar\"", "fields[0].kind", "choice"},
    {"f0", "kind", NULL, "fields[0].kind", "required"},
    {"f0", "length", "99999", "fields[0].length", "range"},
    {"f0", "scale", "2", "fields[0].scale", "scale_kind"},
    {"f0", "max", "2", "fields[0].max", "range_kind"},
    {"f2", "max", "-1", "fields[2].max", "range_order"},
    {"f0", "grade", "5", "fields[0].grade", "range"},
    {"f0", "grade", NULL, "fields[0].grade", "required"},
    {"f0", "check", "\"gb11643\"", "fields[0].grade", "grade_low"},
    {"f0", "check", "\"iban\"", "fields[0].check", "choice"},
    {"f3", "check", "\"mobile\"", "fields[3].check", "check_kind"},
    {"f1", "mask", "\"\"", "fields[1].mask", "mask_missing"},
    {"f1", "mask", "\"blur\"", "fields[1].mask", "choice"},
    {"f1", "mask", "\"year\"", "fields[1].mask", "mask_kind"},
    {"f0", "element", "\"NOPE\"", "fields[0].element", "element_unknown"},
    {"f0", "element", "\"T_XM\"", "fields[0].grade", "grade_low"},
    {"f3", "element", "\"T_XM\"", "fields[3].kind", "element_kind"},
    {"f0", "kind", "\"code\"", "fields[0].code_set", "code_set_missing"},
    {"f0", "code_set", "\"t_sex\"", "fields[0].code_set", "code_set_kind"},
    {"f0", "date_field", "\"holder\"", "fields[0].date_field", "date_field"},
    {"f0", "ref", "\"nowhere\"", "fields[0].ref", "ref_form"},
    {"f0", "ref", "\"101001001/9.id\"", "fields[0].ref", "ref_unknown"},
    {"f0", "ref", "\"307002001/777.nothing\"", "fields[0].ref", "ref_unknown"},
    {"+f", "code", "{\"name\":\"kind_of\",\"title\":\"类\",\"kind\":\"code\",\"code_set\":\"none\",\"grade\":1}",
     "fields[5].code_set", "code_set_unknown"},
    {"r0", "expression", "\"expires >= nobody\"", "rules[0].expression", "expression"},
    {"r0", "expression", "\"expires >= >=\"", "rules[0].expression", "expression"},
    {"r0", "name", "\"In Order\"", "rules[0].name", "rule_name"},
    {"r0", "message", "\"\"", "rules[0].message", "required"},
};

static json_t *broken(const RuleCase *one) {
	json_t *document = sound("307002001/000004"), *at = document;
	if (one->at[0] == 'f')
		at = field_at(document, (size_t)(one->at[1] - '0'));
	else if (one->at[0] == 'r')
		at = json_array_get(json_object_get(document, "rules"), 0);
	json_t *value = one->value ? json_loads(one->value, JSON_DECODE_ANY, NULL) : NULL;
	if (one->at[0] == '+')
		json_array_append_new(json_object_get(document, "fields"), value);
	else if (value)
		json_object_set_new(at, one->key, value);
	else
		json_object_del(at, one->key);
	return document;
}

static int put_lists(Request *rq, void *arg) {
	const char *sql[] = {
	    "INSERT INTO element (code, name, name_en, domain, kind, length, scale, check_name, code_set, grade, mask, personal, "
	    "aliases, standard,"
	    " doc, search_text) VALUES ('T_XM', '姓名', 'name', 'population', 'text', 50, 0, '', '', 3, 'name', 1, '[]', '', '', "
	    "'姓名')",
	    "INSERT INTO code_set (name, title, title_en, standard, doc, item_count) VALUES ('t_sex', '性别', 'sex', '', '', 3)",
	    "INSERT INTO code_item (code_set, item_no, code, label, label_en, parent, valid_from, valid_to) VALUES"
	    " ('t_sex', 1, '1', '男', 'm', '', NULL, NULL), ('t_sex', 2, '2', '女', 'f', '', NULL, 10000), ('t_sex', 3, '2', "
	    "'女性', 'f', '', 10000, NULL)",
	};
	for (size_t i = 0; i < 3; i++)
		if (db_run(rq->db, sql[i], NO_BIND) < 0) return rq->error->code;
	return generation_bump(rq->db);
}

static void rules_found(void **state) {
	Request *rq = as(OFFICER);
	assert_true(request_write(rq, put_lists, NULL) >= 0);
	request_end(rq);
	json_t *other = sound("307002001/777");
	json_object_set_new(other, "name", json_string("taken"));
	assert_int_equal(ACT(BUREAU, PUBLISH_DOCUMENT, .document = other), 0);
	json_decref(other);
	for (size_t i = 0; i < sizeof rule_cases / sizeof *rule_cases; i++) {
		const RuleCase *one = &rule_cases[i];
		json_t *document = broken(one);
		rq = as(OFFICER);
		Problems problems;
		problems_begin(&problems, rq->arena);
		if (document_check(rq, 0, ORG, document, &problems) < 0) flunk("%s\n", rq->error->message);
		bool found = false;
		for (int j = 0; j < problems.count; j++) {
			const Problem *problem = &problems.items[j];
			found |= strcmp(problem->path, one->path) == 0 && strcmp(problem->rule, one->rule) == 0;
			assert_true(*problem->message && *problem->advice);
		}
		if (!found)
			flunk("case %zu (%s %s): %s at %s was not found (%d problems, first %s %s)\n", i, one->at, one->key,
			      one->rule, one->path, problems.count, problems.count ? problems.items[0].path : "",
			      problems.count ? problems.items[0].rule : "");
		request_end(rq);
		json_decref(document);
	}
	/* and nothing is found in a sound one, whole or with a basis for not sharing it */
	json_t *document = sound("307002001/000004");
	for (int round = 0; round < 2; round++) {
		rq = as(OFFICER);
		Problems problems;
		problems_begin(&problems, rq->arena);
		assert_int_equal(document_check(rq, 0, ORG, document, &problems), 0);
		if (problems.count) flunk("%s: %s\n", problems.items[0].path, problems.items[0].message);
		request_end(rq);
		json_object_set_new(document, "sharing", json_string("none"));
		json_object_set_new(document, "sharing_basis", json_string("《中华人民共和国档案法》第二十七条"));
		json_array_clear(json_object_get(document, "sharing_ways"));
	}
	json_decref(document);
}

/* All problems in one go; submit refuses with the first and their number; a draft may be unfinished. */
static void problems_all_at_once(void **state) {
	json_t *document = document_of("{\"name\":\"半成品\",\"fields\":[{\"name\":\"A\",\"kind\":\"text\",\"grade\":4}]}");
	int64_t id = created(OFFICER, document);
	assert_int_equal(ACT(OFFICER, SUBMIT, id, 1), ERR_INVALID);
	assert_non_null(strstr(last_message, "more; validate lists them all"));
	assert_string_equal(last_rule, "required");
	json_object_set_new(document, "oops", json_true());
	assert_int_equal(ACT(OFFICER, SAVE, id, 1, document), ERR_INVALID); /* unknown keys are refused even in a draft */
	assert_string_equal(last_rule, "unknown_key");
	json_decref(document);
}

static void codes_and_references(void **state) {
	json_t *first = sound("101001001/000001"), *second = sound("101001001/000002");
	json_object_set_new(field_at(second, 0), "ref", json_string("101001001/000001.license_no"));
	Call base = {PUBLISH_DOCUMENT, .document = first};
	assert_int_equal(act(BUREAU, &base), 0);
	Call referring = {PUBLISH_DOCUMENT, .document = second};
	assert_int_equal(act(BUREAU, &referring), 0);
	assert_int_equal(ACT(BUREAU, WITHDRAW, base.out, row_of(base.out).version, .note = "no"), ERR_CONFLICT);
	assert_string_equal(last_rule, "referenced");
	assert_int_equal(ACT(BUREAU, WITHDRAW, referring.out, row_of(referring.out).version, .note = "yes"), 0);
	assert_int_equal(ACT(BUREAU, WITHDRAW, base.out, row_of(base.out).version, .note = "yes"), 0);
	/* a code is given once, also among drafts, and a published entry keeps its own */
	assert_int_equal(ACT(OFFICER, CREATE, .document = first), ERR_CONFLICT);
	assert_string_equal(last_rule, "code_unique");
	json_t *third = sound("101001001/000003");
	Call moved = {PUBLISH_DOCUMENT, .document = third};
	assert_int_equal(act(BUREAU, &moved), 0);
	json_object_set_new(third, "code", json_string("101001001/000004"));
	assert_int_equal(ACT(OFFICER, SAVE, moved.out, row_of(moved.out).version, third), 0);
	assert_int_equal(ACT(OFFICER, SUBMIT, moved.out, row_of(moved.out).version), ERR_INVALID);
	assert_string_equal(last_rule, "code_fixed");
	json_decref(first);
	json_decref(second);
	json_decref(third);
}

/* SQL, HTML and odd characters in every text come back as they went in. */
static void hostile_texts(void **state) {
	json_t *document = sound("307002001/000666");
	const char *nasty = "'; DROP TABLE resource; -- <script>alert(1)</script> %_\\ \"";
	json_object_set_new(document, "name", json_string(nasty));
	json_object_set_new(document, "summary", json_string(nasty));
	json_object_set_new(field_at(document, 1), "title", json_string(nasty));
	Call call = {PUBLISH_DOCUMENT, .document = document};
	assert_int_equal(act(BUREAU, &call), 0);
	Request *rq = as(OFFICER);
	const Resource *resource;
	assert_int_equal(resource_find(rq, call.out, &resource), 0);
	assert_string_equal(resource->name, nasty);
	assert_string_equal(resource->fields[1].title, nasty);
	request_end(rq);
	json_decref(document);
}

static void code_sets_by_date(void **state) {
	Request *rq = as(OFFICER);
	assert_true(request_write(rq, put_lists, NULL) >= 0);
	assert_true(request_generation_check(rq) >= 0);
	const CodeSet *set;
	const char *label = NULL;
	assert_int_equal(code_set_get(rq, "nothing", &set), ERR_NOT_FOUND);
	error_clear(rq->error);
	assert_int_equal(code_set_get(rq, "t_sex", &set), 0);
	assert_int_equal(code_set_valid(set, TEXT("1"), DATE_TODAY, &label), 1);
	assert_string_equal(label, "男");
	assert_int_equal(code_set_valid(set, TEXT("3"), DATE_TODAY, NULL), 0);
	assert_int_equal(code_set_valid(set, TEXT("2"), 9999, &label), 1);
	assert_string_equal(label, "女");
	assert_int_equal(code_set_valid(set, TEXT("2"), 10000, &label), 1);
	assert_string_equal(label, "女性");
	assert_string_equal(code_set_by_label(set, TEXT("男")), "1");
	assert_int_equal(code_valid(rq, "t_sex", TEXT("1"), DATE_ANY, NULL), 1);
	request_end(rq);
}

/* --- packs ------------------------------------------------------------------------------------------------------------- */
static void put_file(const char *folder, const char *name, const char *text) {
	char path[200];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* The report of a load, parsed; NULL when it failed (last_message says why). */
static json_t *load(const char *folder, bool dry_run) {
	Request *rq = request_begin(app, "test");
	Buf report = {0};
	int code = pack_load(rq, folder, dry_run, &report);
	snprintf(last_message, sizeof last_message, "%s", rq->error->message);
	json_t *json = code == 0 ? json_loadb(report.at, report.len, 0, NULL) : NULL;
	if (code == 0) assert_non_null(json);
	buf_free(&report);
	request_end(rq);
	return json;
}

static int64_t count_of(json_t *report, const char *change) {
	return json_integer_value(json_object_get(json_object_get(report, "counts"), change));
}

static void expect_counts(json_t *report, int64_t add, int64_t upgrade, int64_t unchanged, int64_t keep, int64_t conflict) {
	if (!report) flunk("%s\n", last_message);
	assert_int_equal(count_of(report, "add"), add);
	assert_int_equal(count_of(report, "upgrade"), upgrade);
	assert_int_equal(count_of(report, "unchanged"), unchanged);
	assert_int_equal(count_of(report, "keep"), keep);
	assert_int_equal(count_of(report, "conflict"), conflict);
	json_decref(report);
}

#define PACK_HEAD                                                                                                                \
	"pack: little\ntitle: 小包\ntitle_en: Little\nelements: [elements.yaml]\ncode_sets: [codes.yaml]\ndivisions: "         \
	"[places.csv]\n"
#define ELEMENT(code, name) "- {code: " code ", name: " name ", name_en: n, domain: common, kind: text, grade: 1}\n"
#define CODES(label)                                                                                                             \
	"code_sets:\n- name: little\n  title: 小\n  title_en: little\n  items:\n  - [\"1\", " label                              \
	"]\n  - {code: \"2\", label: 二, valid_to: 2020-01-01}\n"

static int local_change(Request *rq, void *arg) {
	return (int)db_run(rq->db, "UPDATE element SET name = $2 WHERE code = $1",
	                   BIND(val_str("LB"), val_str((const char *)arg)));
}

static void change_locally(const char *name) {
	Request *rq = request_begin(app, "test");
	assert_true(request_write(rq, local_change, (void *)(uintptr_t)name) >= 0);
	request_end(rq);
}

static const char *element_name(Request *rq, const char *code) {
	Rows *rows;
	assert_int_equal(db_one(rq->db, &rows, "SELECT name FROM element WHERE code = $1", BIND(val_str(code))), 1);
	return rows_str(rows, 0, rq->arena);
}

static void pack_three_ways(void **state) {
	char folder[100];
	snprintf(folder, sizeof folder, "%s/little", dir);
	mkdir(folder, 0700);
	put_file(folder, "pack.yaml", PACK_HEAD "version: 1\n");
	put_file(folder, "elements.yaml", "elements:\n" ELEMENT("LA", "甲") ELEMENT("LB", "乙") ELEMENT("LC", "丙"));
	put_file(folder, "codes.yaml", CODES("一"));
	put_file(folder, "places.csv", "code,name,valid_from,valid_to\n32,江苏省,,\n320281,江阴市,1995-01-01,\n");
	expect_counts(load(folder, true), 5, 0, 0, 0, 0);
	Request *rq = request_begin(app, "test");
	int64_t elements = -1;
	assert_int_equal(db_int(rq->db, &elements, "SELECT count(*) FROM element", NO_BIND), 1);
	assert_int_equal(elements, 0); /* a dry run leaves nothing */
	request_end(rq);
	expect_counts(load(folder, false), 5, 0, 0, 0, 0);
	expect_counts(load(folder, false), 0, 0, 5, 0, 0);
	rq = request_begin(app, "test");
	assert_int_equal(division_valid(rq, TEXT("320281000000"), DATE_TODAY), 1);
	assert_int_equal(division_valid(rq, TEXT("320281"), date_from_civil(1994, 1, 1)), 0);
	assert_int_equal(code_valid(rq, "little", TEXT("2"), DATE_TODAY, NULL), 0);
	assert_int_equal(code_valid(rq, "little", TEXT("2"), date_from_civil(2019, 12, 31), NULL), 1);
	request_end(rq);
	/* the city renames one, the pack another: both stand */
	change_locally("乙（本市）");
	put_file(folder, "pack.yaml", PACK_HEAD "version: 2\n");
	put_file(folder, "elements.yaml", "elements:\n" ELEMENT("LA", "甲二") ELEMENT("LB", "乙") ELEMENT("LC", "丙"));
	put_file(folder, "codes.yaml", CODES("壹"));
	expect_counts(load(folder, true), 0, 2, 2, 1, 0);
	expect_counts(load(folder, false), 0, 2, 2, 1, 0);
	rq = request_begin(app, "test");
	assert_string_equal(element_name(rq, "LA"), "甲二");
	assert_string_equal(element_name(rq, "LB"), "乙（本市）");
	request_end(rq);
	/* both change the same one: the city's is kept and it is said again until settled */
	put_file(folder, "elements.yaml", "elements:\n" ELEMENT("LA", "甲二") ELEMENT("LB", "乙三") ELEMENT("LC", "丙"));
	expect_counts(load(folder, false), 0, 0, 4, 0, 1);
	expect_counts(load(folder, false), 0, 0, 4, 0, 1);
	change_locally("乙三"); /* settled */
	json_t *report = load(folder, false);
	assert_int_equal(count_of(report, "adopt"), 1);
	json_decref(report);
	expect_counts(load(folder, false), 0, 0, 5, 0, 0);
	/* what leaves the pack stays in the city */
	put_file(folder, "elements.yaml", "elements:\n" ELEMENT("LA", "甲二") ELEMENT("LB", "乙三"));
	report = load(folder, false);
	assert_int_equal(count_of(report, "gone"), 1);
	json_decref(report);
	put_file(folder, "pack.yaml", PACK_HEAD "version: 1\n");
	assert_null(load(folder, false));
	assert_non_null(strstr(last_message, "older version"));
}

/* Wrong packs: the message names file and line, and nothing is loaded. */
static void pack_messages(void **state) {
	static const struct {
		const char *pack, *elements, *places, *expected;
	} cases[] = {
	    {PACK_HEAD "version: 1\nsurprise: 1\n", NULL, NULL, "little/pack.yaml:8: surprise: there is no key"},
	    {PACK_HEAD, NULL, NULL, "version: version (版本) is missing"},
	    {"pack: little\nversion: 1\ntitle: x\ntitle_en: x\nelements:\n- ../../etc/passwd\n", NULL, NULL,
	     "little/pack.yaml:6: \"../../etc/passwd\" is not a file inside"},
	    {"pack: little\nversion: 1\ntitle: x\ntitle_en: x\nelements: [/etc/passwd]\n", NULL, NULL, "is not a file inside"},
	    {"pack: little\nversion: 1\ntitle: x\ntitle_en: x\nelements: [gone.yaml]\n", NULL, NULL,
	     "little/pack.yaml:5: there is no file gone.yaml"},
	    {"pack: little\nversion: 1\ntitle: x\ntitle_en: x\nneeds:\n- {pack: absent, version: 3}\n", NULL, NULL,
	     "little/pack.yaml:6: pack absent version 3 must be loaded first"},
	    {PACK_HEAD "version: 1\n",
	     "elements:\n" ELEMENT("LA",
	                           "甲") "- code: LB\n  name: 乙\n  name_en: b\n  domain: common\n  kind: txt\n  grade: 1\n",
	     NULL, "little/elements.yaml:7: elements[1].kind: \"txt\" is not one of"},
	    {PACK_HEAD "version: 1\n", "elements:\n" ELEMENT("LA", "甲") ELEMENT("LA", "又"), NULL,
	     "little/elements.yaml:3: elements[1]: element LA is also in"},
	    {PACK_HEAD "version: 1\n", "elements:\n- {code: 01, name: x, name_en: x, domain: common, kind: text, grade: \"1\"}\n",
	     NULL, "little/elements.yaml:2: elements[0].grade: this must be a whole number"},
	    {PACK_HEAD "version: 1\n", "elements:\n- {code: X, name: x, name_en: x, domain: common, kind: text, grade: 3}\n",
	     NULL, "an L3 or L4 element needs a mask"},
	    {PACK_HEAD "version: 1\n", "elements:\n- &a {code: X}\n- *a\n", NULL, "little/elements.yaml:2: anchors"},
	    {PACK_HEAD "version: 1\n", "elements: [\n", NULL, "little/elements.yaml:"},
	    {PACK_HEAD "version: 1\n", NULL, "code,name,valid_from,valid_to\n32,江苏,,\n3202x1,江阴,,\n",
	     "little/places.csv:3: a code has"},
	    {PACK_HEAD "version: 1\n", NULL, "code,name,valid_from,valid_to\n32,江苏,1995-02-30,\n",
	     "little/places.csv:2: valid_from"},
	    {PACK_HEAD "version: 1\n", NULL, "code;name\n", "little/places.csv:1: four columns"},
	};
	char folder[100];
	snprintf(folder, sizeof folder, "%s/little", dir);
	mkdir(folder, 0700);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		put_file(folder, "pack.yaml", cases[i].pack);
		put_file(folder, "elements.yaml", cases[i].elements ? cases[i].elements : "elements:\n" ELEMENT("LA", "甲"));
		put_file(folder, "codes.yaml", CODES("一"));
		put_file(folder, "places.csv", cases[i].places ? cases[i].places : "code,name,valid_from,valid_to\n");
		json_t *report = load(folder, false);
		if (report || !strstr(last_message, cases[i].expected))
			flunk("case %zu: %s\n", i, report ? "was loaded" : last_message);
	}
	Request *rq = request_begin(app, "test");
	int64_t left = -1;
	assert_int_equal(
	    db_int(rq->db, &left,
	           "SELECT (SELECT count(*) FROM element) + (SELECT count(*) FROM pack) + (SELECT count(*) FROM division)",
	           NO_BIND),
	    1);
	assert_int_equal(left, 0);
	request_end(rq);
}

/* The packs that ship: they load, twice without a change, their entries are published, and loading the divisions is quick. */
static void shipped_packs(void **state) {
	int64_t begun = clock_monotonic_us();
	json_t *base = load("packs/base", false);
	int64_t took = clock_monotonic_us() - begun;
	if (!base) flunk("%s\n", last_message);
	print_message("base pack with 48,172 divisions: %lld ms\n", (long long)took / 1000);
	json_decref(base);
	json_t *demo = load("packs/demo", false);
	if (!demo) flunk("%s\n", last_message);
	assert_int_equal(count_of(demo, "conflict"), 0);
	json_decref(demo);
	demo = load("packs/demo", false);
	assert_int_equal(count_of(demo, "add") + count_of(demo, "upgrade") + count_of(demo, "keep"), 0);
	json_decref(demo);
	Request *rq = request_begin(app, "test");
	begun = clock_monotonic_us();
	const Divisions *divisions;
	assert_int_equal(divisions_get(rq, &divisions), 0);
	print_message("list of divisions into the cache: %lld ms\n", (long long)(clock_monotonic_us() - begun) / 1000);
	assert_true(divisions_count(divisions) > 48000);
	assert_int_equal(divisions_valid(divisions, TEXT("320281001001"), DATE_TODAY, NULL), 1); /* 文定社区 */
	assert_int_equal(divisions_valid(divisions, TEXT("320281001999"), DATE_TODAY, NULL), 0); /* 江阴's villages are listed */
	assert_int_equal(divisions_valid(divisions, TEXT("110101001999"), DATE_TODAY, NULL), 1); /* Beijing's are not */
	assert_int_equal(divisions_valid(divisions, TEXT("329005"), date_from_civil(1990, 6, 1), NULL), 1); /* 江阴市 of then */
	assert_int_equal(divisions_valid(divisions, TEXT("329005"), DATE_TODAY, NULL), 0);
	assert_int_equal(divisions_valid(divisions, TEXT("990021"), DATE_TODAY, NULL), 1);
	Text out;
	const char *why = NULL;
	assert_int_equal(check_value(rq, CHECK_GB11643, TEXT("412723199010050012"), DATE_TODAY, rq->arena, &out, &why), 0);
	assert_int_equal(check_value(rq, CHECK_GB11643, TEXT("120110199212010072"), DATE_TODAY, rq->arena, &out, &why), 0);
	static const char *const published[] = {"101001001/000001", "102001001/000001", "103002001/000001",
	                                        "306001001/000001", "103001001/000002", "305001001/000001",
	                                        "301001001/000001", "301001001/000002", "304001001/000001"};
	for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
		const Resource *resource;
		if (resource_find_code(rq, text_of(published[i]), &resource)) flunk("%s\n", rq->error->message);
		assert_true(resource->field_count >= 6);
	}
	const PackAccount *accounts;
	int count = 0;
	assert_int_equal(pack_accounts(rq, "packs/demo", &accounts, &count), 0);
	assert_true(count >= 15);
	for (int i = 0; i < count; i++) {
		int64_t org_id = 0;
		assert_int_equal(org_by_code(rq, accounts[i].org_code, &org_id), 1);
	}
	request_end(rq);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH(life),          BOTH(draft_on_top),         BOTH(key_change_needs_full_load),
	    BOTH(rules_found),   BOTH(problems_all_at_once), BOTH(codes_and_references),
	    BOTH(hostile_texts), BOTH(code_sets_by_date),    BOTH(pack_three_ways),
	    BOTH(pack_messages), BOTH(shipped_packs),
	};
	return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
