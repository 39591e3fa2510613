/* demo_verify: houses of the demo city whose records are in doubt (比对核查): some lie where an officer is on duty, who found one
 * right and one wrong; others wait for the centre to send somebody. By the routes that people use. Main thread, once, at init. */
#include "app/demo_city.h"
#include "catalog/catalog.h"
#include "place/place.h"

#define HOUSES "103002001/000001"
enum { STAFFED = 4, UNSTAFFED = 2, DOUBTS = STAFFED + UNSTAFFED };

/* Of the houses with an officer in their order, then of those without. found: what the officer writes; "" right, NULL not yet. */
static const struct DemoDoubt {
	const char *field, *reason, *found, *note;
} doubts[DOUBTS] = {
    {"floors", "来电反映楼层数与现场不符", "", "现场与登记一致"},
    {"floors", "房屋安全排查时发现加建", "34", "楼顶加建一层，附照片（演示）"},
    {"use", "卫星图上像是厂房", NULL, NULL},
    {"address", "门牌已更换，地址待核", NULL, NULL},
    {"use", "群租线索，实际用途待核", NULL, NULL},
    {"rooms", "室数与水电户数不符", NULL, NULL},
};

typedef struct Houses {
	const char *ids[DOUBTS];
	int staffed, unstaffed;
} Houses;

/* Whether somebody is on duty where the house stands: 1, 0, -1 outside of all areas, or a code. */
static int staffed(Request *rq, const json_t *row) {
	PlaceHit hit;
	PlaceOfficer officer;
	int code = place_locate(rq, json_number_value(json_object_get(row, "lon")),
	                        json_number_value(json_object_get(row, "lat")), rq->now_us, &hit);
	if (code == 0)
		code = place_officer(rq, hit.lowest->area_key, rq->now_us, &officer);
	else if (code == ERR_NOT_FOUND)
		return -1;
	return code == ERR_NOT_FOUND ? 0 : code < 0 ? code : 1;
}

static int houses_choose(Request *rq, const json_t *rows, Arena *arena, Houses *out) {
	size_t i;
	json_t *row;
	json_array_foreach((json_t *)rows, i, row) {
		int there = staffed(rq, row);
		if (there < -1) return there;
		const char *id = arena_strdup(arena, json_string_value(json_object_get(row, "record_id")));
		if (there == 1 && out->staffed < STAFFED) out->ids[out->staffed++] = id;
		if (there == 0 && out->unstaffed < UNSTAFFED) out->ids[STAFFED + out->unstaffed++] = id;
	}
	error_clear(rq->error);
	return 0;
}

static json_t *answer_of(Request *rq) {
	return json_loadb(rq->body.at, rq->body.len, 0, NULL);
}

/* Sends them as the supplier does; the ids of their cases. */
static int doubts_send(App *app, Arena *arena, const char *resource, const Houses *houses, const char **cases, Error *error) {
	Request *rq = demo_as(app, "zj.officer");
	json_t *records = json_array();
	int at[DOUBTS], count = 0;
	for (int i = 0; i < DOUBTS; i++) {
		if (!houses->ids[i]) continue;
		at[count++] = i;
		json_array_append_new(records, json_pack("{s:s, s:[s], s:s}", "record_id", houses->ids[i], "fields",
		                                         doubts[i].field, "reason", doubts[i].reason));
	}
	json_t *body = json_pack("{s:s, s:o, s:s}", "resource_id", resource, "records", records, "words", "请到现场核对（演示）");
	int code = demo_route(rq, "verification.send", NULL, NULL, body);
	json_t *sent = code == 0 ? answer_of(rq) : NULL;
	for (int i = 0; i < count; i++) {
		const char *id =
		    json_string_value(json_object_get(json_array_get(json_object_get(sent, "items"), (size_t)i), "case_id"));
		cases[at[i]] = id ? arena_strdup(arena, id) : NULL;
	}
	json_decref(sent);
	return demo_step_end(rq, code, error);
}

/* What the officer who has it finds on site. */
static int doubt_answer(App *app, const char *case_id, const struct DemoDoubt *doubt, Error *error) {
	int64_t id = 0;
	Rows *rows;
	Request *rq = demo_as(app, "zj.officer");
	text_to_int(text_of(case_id), &id);
	int code = rq->error->code ? rq->error->code
	                           : db_one(rq->db, &rows,
	                                    "SELECT a.login FROM work_case c JOIN account a ON a.account_id = c.field_account"
	                                    " WHERE c.case_id = $1",
	                                    BIND(val_int(id)));
	char login[64] = "";
	if (code > 0) snprintf(login, sizeof login, "%.*s", TEXT_ARG(rows_text(rows, 0)));
	demo_step_end(rq, 0, error);
	if (code <= 0) return code; /* nobody has it: the officers were not set */
	rq = demo_as(app, login);
	code = demo_route(rq, "verification.get", case_id, NULL, json_object());
	json_t *task = code == 0 ? answer_of(rq) : NULL;
	const json_t *field = json_array_get(json_object_get(task, "fields"), 0);
	json_t *answer =
	    json_pack("{s:s, s:s, s:s}", "field", doubt->field, "mark", json_string_value(json_object_get(field, "mark")),
	              "answer", *doubt->found ? "wrong" : "right");
	if (*doubt->found) json_object_set_new(answer, "value", json_string(doubt->found));
	if (code == 0)
		code = demo_route(rq, "verification.answer", case_id, NULL,
		                  json_pack("{s:O, s:[o], s:s}", "version", json_object_get(task, "version"), "answers", answer,
		                            "note", doubt->note));
	json_decref(task);
	return demo_step_end(rq, code, error);
}

/* Of the first houses that their supplier sees. */
static int houses_find(App *app, Arena *arena, Houses *out, const char **resource_id, Error *error) {
	const Resource *resource;
	Request *rq = demo_as(app, "zj.officer");
	int code = rq->error->code ? rq->error->code : resource_find_code(rq, TEXT(HOUSES), &resource);
	if (code == 0) *resource_id = arena_printf(arena, "%lld", (long long)resource->resource_id);
	if (code == 0) code = demo_inputs(rq, "record.list", *resource_id, NULL, "limit=200&fields=lon,lat", json_object());
	if (code == 0) code = rq->route->handler(rq);
	if (code == 0) {
		json_t *page = answer_of(rq);
		code = houses_choose(rq, json_object_get(page, "items"), arena, out);
		json_decref(page);
	}
	return demo_step_end(rq, code, error);
}

int demo_verify_load(App *app, Error *error) {
	Houses houses = {0};
	const char *cases[DOUBTS] = {0}, *resource_id = "";
	Arena *arena = arena_new();
	int code = houses_find(app, arena, &houses, &resource_id, error);
	if (code == 0 && houses.staffed + houses.unstaffed) code = doubts_send(app, arena, resource_id, &houses, cases, error);
	for (int i = 0; i < DOUBTS && code == 0; i++)
		if (cases[i] && doubts[i].found) code = doubt_answer(app, cases[i], &doubts[i], error);
	arena_free(arena);
	if (code == 0) printf("  %d records in doubt, two of them looked at (演示核查)\n", houses.staffed + houses.unstaffed);
	return code;
}
