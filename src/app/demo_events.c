/* demo_events: what happens in the demo city: a few reports of grid officers and operators, some of them verified, filed,
 * dispatched, handled, checked and closed, all by the routes that people use. Main thread, once, at init. */
#include "app/demo_city.h"
#include "event/event.h"

/* Steps are "who action note|form" with "; " between; who: centre, lead, field, unit. "|duty" stands for the unit that the list
 * of duties names. */
static const struct DemoEvent {
	const char *login, *class_code;
	double lon, lat;
	const char *address, *description, *steps;
} events[] = {
    {"cj.grid1", "S0102", 120.0288, 31.7100, "澄江街道人民中路 12 号旁", "垃圾桶满溢，地面有散落垃圾约 2 平方米",
     "centre accept; field verify_true 现场属实; centre file|{\"condition_no\":2}; centre dispatch|duty; unit sign; unit finish "
     "已清运并冲洗地面; "
     "field check_good 已清理干净; centre close"},
    {"cj.grid2", "B0102", 120.0394, 31.7119, "澄江街道环城北路与通江路口", "污水井盖缺失，已放警示桩",
     "centre accept; field verify_true 井盖缺失属实; centre file|{\"condition_no\":1}; centre dispatch|duty; unit sign"},
    {"cj.grid1", "S0103", 120.0502, 31.7134, "澄江街道虹桥路工地西侧", "路边倾倒渣土，占用非机动车道",
     "centre accept; field verify_true 属实; centre file|{\"condition_no\":1}; centre dispatch|duty"},
    {"nz.grid1", "B0201", 120.1601, 31.7008, "南闸街道锡澄路与站西路口", "信号灯南北向不亮",
     "centre accept_known; centre file|{\"condition_no\":1}"},
    {"nz.grid2", "S0102", 120.1637, 31.7105, "南闸街道紫金路菜场门口", "收市后菜叶垃圾未清理", "centre accept"},
    {"cg.operator", "S0101", 120.0425, 31.7275, "澄江街道花园二村 5 幢楼顶", "居民来电反映楼顶搭建简易房", ""},
    {"cj.grid2", "B0401", 120.0328, 31.7261, "澄江街道朝阳路", "古树支撑架断裂，树干倾斜", ""},
    {"nz.grid1", "S0104", 120.1739, 31.7041, "南闸街道观山路", "道路遗撒", "centre refuse 属地物业已当场清理，不予立案"},
};

/* The login of whoever has the turn of that side in the case. */
static const char *login_of(Request *rq, Text who, int64_t case_id) {
	Rows *rows;
	static const struct { const char *who, *login; } fixed[] = {{"centre", "cg.dispatcher"}, {"lead", "cg.supervisor"}};
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (text_is(who, fixed[i].who)) return fixed[i].login;
	int found =
	    text_is(who, "field")
	        ? db_one(rq->db, &rows,
	                 "SELECT a.login FROM work_case c JOIN account a ON a.account_id = c.field_account WHERE c.case_id = $1",
	                 BIND(val_int(case_id)))
	        : db_one(rq->db, &rows,
	                 "SELECT a.login FROM work_case c JOIN account a ON a.org_id = c.supplier_org WHERE c.case_id = $1 AND"
	                 " (a.roles & $2) <> 0 ORDER BY a.account_id LIMIT 1",
	                 BIND(val_int(case_id), val_int(INT64_C(1) << ROLE_HANDLER)));
	return found > 0 ? rows_str(rows, 0, rq->arena) : "cg.dispatcher";
}

/* The unit that the list of duties names first, as the page proposes it. */
static int duty_of(Request *rq, const char *case_id, const char **form) {
	json_t *answer;
	int code = demo_route(rq, "event.get", case_id, NULL, json_object());
	if (code < 0) return code;
	answer = json_loadb(rq->body.at, rq->body.len, 0, NULL);
	const json_t *first = json_array_get(json_object_get(answer, "proposal"), 0);
	const char *org = json_string_value(json_object_get(first, "org_id"));
	*form = arena_printf(rq->arena, "{\"org_id\":\"%s\"}", org ? org : "");
	json_decref(answer);
	return 0;
}

/* "who action note|form" becomes what demo_case_step takes. */
static int step_run(App *app, const char *case_id, const char *step, Arena *arena, Error *error) {
	Request *rq = demo_as(app, "cg.dispatcher");
	int64_t id = 0;
	int code = rq->error->code;
	const char *blank = strchr(step, ' '), *bar = strchr(step, '|'), *form = NULL;
	text_to_int(text_of(case_id), &id);
	const char *login = code < 0 || !rq->db ? "" : login_of(rq, (Text){step, (size_t)(blank - step)}, id);
	if (code == 0 && bar && strcmp(bar, "|duty") == 0) code = duty_of(rq, case_id, &form);
	char *whole = form  ? arena_printf(arena, "%s%.*s|%s", login, (int)(bar - blank), blank, form)
	              : bar ? arena_printf(arena, "%s%s", login, blank)
	                    : arena_printf(arena, "%s%s|{}", login, blank);
	if ((code = demo_step_end(rq, code, error)) < 0) return code;
	return demo_case_step(app, case_id, 0, whole, error);
}

int demo_event_steps(App *app, int64_t event_id, const char *steps, Error *error) {
	Arena *arena = arena_new();
	const char *case_id = arena_printf(arena, "%lld", (long long)event_id);
	char *rest = arena_strdup(arena, steps);
	int code = 0;
	while (code == 0 && *rest) {
		char *next = strstr(rest, "; ");
		if (next) *next = '\0';
		code = step_run(app, case_id, rest, arena, error);
		rest = next ? next + 2 : rest + strlen(rest);
	}
	arena_free(arena);
	return code;
}

static int event_make(App *app, const struct DemoEvent *one, Error *error) {
	Request *rq = demo_as(app, one->login);
	int code = rq->error->code;
	if (code == 0)
		code = demo_route(rq, "event.report", NULL, NULL,
		                  json_pack("{s:s, s:f, s:f, s:s, s:s, s:s}", "class_code", one->class_code, "lon", one->lon,
		                            "lat", one->lat, "address", one->address, "description", one->description, "channel",
		                            strcmp(one->login, "cg.operator") == 0 ? "hotline" : "officer"));
	int64_t case_id = rq->about_subject;
	code = demo_step_end(rq, code, error);
	return code == 0 ? demo_event_steps(app, case_id, one->steps, error) : code;
}

int demo_events_load(App *app, Error *error) {
	int code = 0;
	for (size_t i = 0; i < sizeof events / sizeof *events && code == 0; i++)
		code = event_make(app, &events[i], error);
	if (code == 0) printf("  %zu city events (演示事件)\n", sizeof events / sizeof *events);
	return code;
}
