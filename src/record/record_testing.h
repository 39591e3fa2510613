/* record_testing: a resource of six fields in an App on either engine, loading it and asking for its records: the set-up of this
 * room's tests. */
#ifndef YIWANG_RECORD_TESTING_H
#define YIWANG_RECORD_TESTING_H
#include "core/app_testing.h"
#include "record/read.h"

static int64_t org_id, resource_id;

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

static inline int publish_run(Request *rq, void *arg) {
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

static inline void publish(const char *sharing, int town_grade, const char *more) {
	Request *rq = request_begin(app, "test");
	Publish how = {sharing, more, town_grade};
	if (request_write(rq, publish_run, &how) < 0) flunk("publish: %s (%s)\n", rq->error->message, rq->error->field);
	request_end(rq);
}

static inline int org_run(Request *rq, void *arg) {
	return org_create(rq, "990001", "演示局", "Demo bureau", 0, &org_id);
}

static const Module *const modules[] = {&core_module, &evidence_module, &people_module, &catalog_module, &record_module};

static int setup(StoreEngine engine) {
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	Request *rq = request_begin(app, "test");
	if (request_write(rq, org_run, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	publish("conditional", 1, "");
	return 0;
}

static inline const Resource *resource_of(Request *rq) {
	const Resource *resource;
	request_generation_check(rq);
	if (resource_find(rq, resource_id, &resource) < 0) flunk("%s\n", rq->error->message);
	return resource;
}

static const char *const good_row[FIELDS] = {"A1", "张三", "澄江街道", "1990-05-17", "1200.50", "13812345678"};

static inline void texts_of(const char *const *from, Text *to) {
	for (int i = 0; i < FIELDS; i++)
		to[i] = text_of(from[i]);
}

/* --- loading ----------------------------------------------------------------------------------------------------------- */

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

static inline void batch_begin(Batch *batch, int64_t job_id, const char *const (*rows)[FIELDS], size_t count) {
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

static inline int fill_run(Request *w, void *arg) {
	Batch *batch = arg;
	int code = generation_create(w, batch->resource, batch->job_id, &batch->generation);
	if (code == 0)
		code = (int)generation_fill(w, batch->resource, batch->generation, batch->job_id, batch->rows, batch->count);
	return code < 0 ? code : 0;
}

static inline int duplicate_seen(Request *w, void *arg, const Duplicate *row) {
	Batch *batch = arg;
	batch->seen[batch->duplicates++ % 16] = *row;
	return 0;
}

static inline void must(Batch *batch, int code) {
	if (code < 0) flunk("%d: %s\n", code, batch->rq->error->message);
}

static inline int load(Batch *batch, LoadCounts *counts) {
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

static inline LoadCounts load_rows(int64_t job_id, const char *const (*rows)[FIELDS], size_t count) {
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

static inline int64_t record_of(const char *number) {
	Request *rq = request_begin(app, "test");
	Val values[FIELDS] = {val_str(number)};
	Buf scratch = {0};
	int64_t id = record_id(app, resource_of(rq), values, &scratch);
	buf_free(&scratch);
	request_end(rq);
	return id;
}

/* --- asking ------------------------------------------------------------------------------------------------------------ */

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

static inline const Route *route_of(const Module *module, const char *action) {
	for (size_t i = 0; i < module->route_count; i++)
		if (strcmp(module->routes[i].action, action) == 0) return &module->routes[i];
	flunk("no route %s\n", action);
	return NULL;
}

static inline InputValue *inputs_of(Request *rq, const Route *route, json_t *given) {
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

static inline void call_begin(Request *rq, Call *call, const Module *module) {
	rq->party = call->party;
	rq->route = route_of(module, call->action);
	rq->inputs = inputs_of(rq, rq->route, call->inputs);
	rq->any_query = call->query ? text_of(call->query) : TEXT_NONE;
}

/* As the dispatcher does: a stale catalogue generation runs the handler again. */
static inline void call_run(Request *rq, Call *call) {
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

static inline void ask(Call *call) {
	Request *rq = request_begin(app, "test");
	json_object_set_new(call->inputs, "resource", json_string("307001~000001"));
	call_begin(rq, call, &record_module);
	call_run(rq, call);
	request_end(rq);
}

static inline Party officer(void) {
	return (Party){.kind = PARTY_PERSON, .account_id = 501, .org_id = org_id, .permits = PERMIT_BIT(PERMIT_DATA_READ)};
}

static inline Party stranger(void) {
	return (Party){.kind = PARTY_PERSON, .account_id = 502, .org_id = org_id + 1, .permits = PERMIT_BIT(PERMIT_DATA_READ)};
}

static inline Call list(Party party, const char *query, const char *sort, const char *after, int limit) {
	Call call = {.party = party, .action = "record.list", .query = query, .inputs = json_object()};
	if (sort) json_object_set_new(call.inputs, "sort", json_string(sort));
	if (after) json_object_set_new(call.inputs, "after", json_string(after));
	if (limit) json_object_set_new(call.inputs, "limit", json_integer(limit));
	ask(&call);
	return call;
}

static inline Call by_key(Party party, const char *query) {
	Call call = {.party = party, .action = "record.by_key", .query = query, .inputs = json_object()};
	ask(&call);
	return call;
}

static inline const char *text_at(const json_t *object, const char *name) {
	return json_string_value(json_object_get(object, name));
}

static inline void refused(Call call, int code, const char *rule) {
	if (call.code != code || strcmp(call.error.rule, rule) != 0)
		flunk("%d %s (%s), not %d %s\n", call.code, call.error.rule, call.error.message, code, rule);
	json_decref(call.answer);
}

#endif
