/* demo_hotline: what the hotline of the demo city answers, and what waits for its operators, by the routes that people use. Main
 * thread, once, at init. */
#include "app/demo_city.h"
#include "event/event.h"

static const struct DemoArticle {
	const char *kind, *type, *title, *keywords, *answer;
} articles[] = {
    {"knowledge", "consult", "社保关系如何转移接续", "养老保险 医保 转入 转出 社保转移",
     "演示答复：凭身份证在社保经办窗口或网上服务大厅申请，转入地受理后十个工作日内办结，不需到转出地开证明。"},
    {"knowledge", "consult", "居住证怎样办理", "暂住证 外地户口 租房 落户",
     "演示答复：在居住地派出所或社区警务室申请，需身份证、居住证明（租房合同或单位证明）和一张近照，七个工作日领取。"},
    {"knowledge", "", "停水停电如何查询", "断水 断电 水压 抢修",
     "演示答复：计划停水停电提前两日在公告栏公布；突发停水请报具体地址，转水务局抢修，一般两小时内到场。"},
    {"knowledge", "", "路灯不亮找谁", "路灯 照明 灯杆 黑",
     "演示答复：路灯由城市管理局管养。请报路名和灯杆编号（杆上蓝色号牌），立为事件后一个工作日内修复。"},
    {"knowledge", "complain", "夜间施工噪声投诉", "扰民 工地 噪音 打桩 渣土车",
     "演示答复：22 时至次日 6 时除抢修等特殊作业外禁止产生噪声的施工。请报工地位置和时间，立为事件由城市管理局现场查处。"},
    {"knowledge", "help", "树木倒伏或树枝影响通行", "大树 倒了 枝条 砸车 绿化",
     "演示答复：请先远离。报位置和是否压线、压车；绿化由城市管理局园林队处置，压电线的同时通知供电公司。"},
    {"template", "", "开场", "", "您好，这里是演示市 12345 热线，请问有什么可以帮您？"},
    {"template", "help", "已立为事件", "", "您反映的情况已登记，承办单位办结后我们会回访您。"},
    {"template", "consult", "结束咨询", "", "以上是对您咨询的答复。如仍有疑问，可随时再拨 12345。"},
    {"template", "report", "举报保密", "", "您的身份我们会保密，承办单位看不到您的姓名和电话。"},
};

static const struct DemoCall {
	const char *login, *channel, *type, *words, *number, *name;
} calls[] = {
    {"cg.alarm", "web", "consult", "孩子要转学，户口和学籍分别去哪里办？", "13800000001", "演示来电人甲"},
    {"cg.alarm", "mail", "suggest", "建议在南闸街道菜场门口增加非机动车停车位。", "", ""},
    {"cg.alarm", "message", "complain", "澄江街道花园二村楼下烧烤店深夜油烟扰民。", "13800000002", "演示来电人乙"},
};

static int article_make(App *app, const struct DemoArticle *one, Error *error) {
	Request *rq = demo_as(app, "cg.operator");
	int64_t article_id = 0;
	int code = rq->error->code;
	json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:b}", "kind", one->kind, "title", one->title, "answer", one->answer,
	                         "keywords", one->keywords, "submit", 1);
	if (*one->type) json_object_set_new(body, "type", json_string(one->type));
	if (code == 0)
		code = demo_route(rq, "hotline.article_create", NULL, NULL, body);
	else
		json_decref(body);
	article_id = rq->about_subject;
	if ((code = demo_step_end(rq, code, error)) < 0) return code;
	rq = demo_as(app, "cg.supervisor");
	const char *id = arena_printf(rq->arena, "%lld", (long long)article_id);
	code = demo_route(rq, "hotline.article_review", id, NULL, json_pack("{s:i, s:s}", "version", 1, "decision", "publish"));
	return demo_step_end(rq, code, error);
}

static int call_make(App *app, const struct DemoCall *one, Error *error) {
	Request *rq = demo_as(app, one->login);
	int code = rq->error->code;
	json_t *body = json_pack("{s:s, s:s, s:s}", "channel", one->channel, "type", one->type, "words", one->words);
	if (*one->number) json_object_set_new(body, "caller_number", json_string(one->number));
	if (*one->name) json_object_set_new(body, "caller_name", json_string(one->name));
	if (code == 0)
		code = demo_route(rq, "hotline.call", NULL, NULL, body);
	else
		json_decref(body);
	return demo_step_end(rq, code, error);
}

/* Taken by the operator, made an event, mended and closed: the caller is to be called back. */
static int call_done_make(App *app, Error *error) {
	int64_t call_id = 0, case_id = 0;
	Request *rq = demo_as(app, "cg.operator");
	int code = rq->error->code;
	if (code == 0)
		code = demo_route(rq, "hotline.call", NULL, NULL,
		                  json_pack("{s:s, s:s, s:s, s:s, s:s}", "channel", "phone", "type", "help", "words",
		                            "花园二村南门口路灯整排不亮，晚上出门看不清。", "caller_number", "13800000003",
		                            "caller_name", "演示来电人丙"));
	call_id = rq->about_subject;
	if ((code = demo_step_end(rq, code, error)) < 0) return code;
	rq = demo_as(app, "cg.operator");
	const char *id = arena_printf(rq->arena, "%lld", (long long)call_id);
	code = demo_route(rq, "hotline.call_event", id, NULL,
	                  json_pack("{s:i, s:s, s:f, s:f, s:s}", "version", 1, "class_code", "B0110", "lon", 120.0425, "lat",
	                            31.7275, "address", "澄江街道花园二村南门口"));
	json_t *made = code == 0 ? json_loadb(rq->body.at, rq->body.len, 0, NULL) : NULL;
	if (made) text_to_int(text_of(json_string_value(json_object_get(made, "case_id"))), &case_id);
	json_decref(made);
	if ((code = demo_step_end(rq, code, error)) < 0) return code;
	return demo_event_steps(app, case_id,
	                        "centre accept; field verify_true 整排路灯不亮属实; centre file|{\"condition_no\":1}; centre "
	                        "dispatch|duty; unit sign; unit finish 更换控制器，已全部点亮; field check_good 夜间已亮; "
	                        "centre close",
	                        error);
}

/* A week of days and nights in one for both desks, from today on. */
static int shifts_make(App *app, Error *error) {
	static const struct {
		const char *desk, *people[2];
	} desks[] = {{"12345", {"cg.operator", "cg.dispatcher2"}}, {"centre", {"cg.dispatcher", "cg.supervisor"}}};
	enum { DAYS = 7, HOURS_OF_SHANGHAI = 8 };
	int code = 0;
	for (int i = 0; i < 2 * DAYS && code == 0; i++) {
		Request *rq = demo_as(app, "cg.supervisor");
		const int64_t day = INT64_C(86400000000), east = HOURS_OF_SHANGHAI * INT64_C(3600000000);
		int64_t begin = ((rq->now_us + east) / day + i / 2) * day - east;
		char from[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX];
		json_t *people = json_array();
		if ((code = rq->error->code) == 0)
			for (int k = 0; k < 2; k++) {
				int64_t account_id = 0;
				db_int(rq->db, &account_id, "SELECT account_id FROM account WHERE login = $1",
				       BIND(val_str(desks[i % 2].people[k])));
				json_array_append_new(people, json_pack("{s:o, s:s}", "account_id",
				                                        json_sprintf("%lld", (long long)account_id), "reach",
				                                        k ? "演示分机 8002" : "演示分机 8001"));
			}
		json_t *body = json_pack("{s:s, s:s, s:s, s:o}", "desk", desks[i % 2].desk, "begin", clock_format(begin, from),
		                         "end", clock_format(begin + day, until), "people", people);
		if (code == 0)
			code = demo_route(rq, "shift.add", NULL, NULL, body);
		else
			json_decref(body);
		code = demo_step_end(rq, code, error);
	}
	return code;
}

int demo_hotline_load(App *app, Error *error) {
	int code = shifts_make(app, error);
	for (size_t i = 0; i < sizeof articles / sizeof *articles && code == 0; i++)
		code = article_make(app, &articles[i], error);
	for (size_t i = 0; i < sizeof calls / sizeof *calls && code == 0; i++)
		code = call_make(app, &calls[i], error);
	if (code == 0) code = call_done_make(app, error);
	if (code == 0)
		printf("  %zu answers and templates of 12345, %zu messages that wait for an operator, 1 caller to be called back "
		       "(演示来件)\n",
		       sizeof articles / sizeof *articles, sizeof calls / sizeof *calls);
	return code;
}
