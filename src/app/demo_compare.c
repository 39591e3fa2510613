/* demo_compare: one comparison of the demo city (比对), of real rows: licences and inspections of food businesses by licence
 * number, of one postal code, whose names differ in a dozen cases (VANILLE PATTISSERIE, VANILLE PATISSERIE). By the routes that
 * people use. Main thread, once, at init. */
#include "app/demo_city.h"
#include "catalog/catalog.h"

#define OFFICER "scjg.officer"
#define LICENCES "301001001/000001"
#define INSPECTIONS "301001001/000002"

static int64_t id_in(Request *rq, const char *name) {
	int64_t id = 0;
	json_t *answer = json_loadb(rq->body.at, rq->body.len, 0, NULL);
	const char *text = json_string_value(json_object_get(answer, name));
	if (text) text_to_int(text_of(text), &id);
	json_decref(answer);
	return id;
}

static json_t *condition(const char *field, const char *op, const char *value) {
	return json_pack("{s:s, s:s, s:s}", "field", field, "op", op, "value", value);
}

static json_t *pair(const char *left, const char *right) {
	return json_pack("{s:s, s:s, s:s}", "left", left, "right", right, "form", "text");
}

static int define(Request *rq) {
	const Resource *left, *right;
	int code = rq->error->code ? rq->error->code : resource_find_code(rq, TEXT(LICENCES), &left);
	if (code == 0) code = resource_find_code(rq, TEXT(INSPECTIONS), &right);
	if (code < 0) return code;
	return demo_route(
	    rq, "comparison.define", NULL, NULL,
	    json_pack("{s:s, s:s, s:s, s:s, s:[o], s:[o], s:[o, o], s:[o, o]}", "name",
	              "食品经营许可与检查：经营名称（邮编 60661）", "purpose", "核对许可与检查记录中的经营名称（演示）",
	              "left_id", arena_printf(rq->arena, "%lld", (long long)left->resource_id), "right_id",
	              arena_printf(rq->arena, "%lld", (long long)right->resource_id), "keys", pair("license_number", "license"),
	              "fields", pair("business_name", "dba_name"), "left_filter", condition("zip_code", "eq", "60661"),
	              condition("term_start", "gte", "2013-01-01"), "right_filter", condition("zip", "eq", "60661"),
	              condition("inspection_date", "gte", "2014-06-01")));
}

int demo_compare_load(App *app, Error *error) {
	Request *rq = demo_as(app, OFFICER);
	int code = define(rq);
	int64_t id = code == 0 ? id_in(rq, "comparison_id") : 0;
	if ((code = demo_step_end(rq, code, error)) < 0) return code;
	rq = demo_as(app, OFFICER);
	code = rq->error->code;
	if (code == 0)
		code = demo_route(rq, "comparison.run", arena_printf(rq->arena, "%lld", (long long)id), NULL, json_object());
	if (code == 0) code = demo_job_end(rq, id_in(rq, "job_id"));
	if ((code = demo_step_end(rq, code, error)) == 0) printf("  a comparison of licences and inspections, run (演示比对)\n");
	return code;
}
