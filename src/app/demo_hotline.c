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
    {"knowledge", "consult", "社保卡丢失补办", "挂失 补卡",
     "演示答复：先拨社保服务电话或在网上挂失，再凭身份证到合作银行网点补办，一般当场领取。"},
    {"knowledge", "consult", "城乡居民医保参保缴费", "医疗保险 参保 断缴",
     "演示答复：每年 9 月至 12 月集中缴费，可在税务网上或社区代办点办理；中断后补缴有三个月等待期。"},
    {"knowledge", "consult", "住房公积金提取条件", "买房 租房 提取",
     "演示答复：购房、租房、退休、偿还房贷等情形可以提取，在公积金网上服务大厅申请，三个工作日到账。"},
    {"knowledge", "consult", "身份证到期换领", "异地办理 临时身份证",
     "演示答复：到期前三个月可换领，在任一派出所户籍窗口办理，二十个工作日领取；急用可同时办临时身份证。"},
    {"knowledge", "consult", "外地户口子女入学", "随迁子女 学区 报名",
     "演示答复：凭居住证、务工或经商证明、户口本在居住地教育部门公布的时间内网上报名，统筹安排学位。"},
    {"knowledge", "consult", "个体工商户登记与注销", "营业执照 开店 变更",
     "演示答复：在市场监管局网上办理，材料齐全当日办结；注销前先在税务结清。"},
    {"knowledge", "consult", "老年人优待证办理", "公交免费 65 岁 老年卡",
     "演示答复：年满 65 周岁凭身份证在社区或网上申请，凭证免费乘坐市内公交。"},
    {"knowledge", "consult", "不动产登记需要的材料", "房产证 过户 二手房",
     "演示答复：买卖双方身份证、合同、完税凭证和原不动产权证，在不动产登记大厅或网上办理，五个工作日办结。"},
    {"knowledge", "consult", "法律援助怎样申请", "打官司 没钱请律师",
     "演示答复：经济困难的可到公共法律服务中心或拨打法律服务热线申请，七日内答复。"},
    {"knowledge", "consult", "婚姻登记预约", "结婚 离婚 领证",
     "演示答复：可在网上预约，双方带身份证；离婚登记须经过三十日冷静期。"},
    {"knowledge", "complain", "拖欠工资投诉", "农民工 欠薪 讨薪 劳动监察",
     "演示答复：请报单位名称、工地位置、欠薪人数和金额，转人力资源部门劳动监察大队，五个工作日内答复是否立案。"},
    {"knowledge", "complain", "餐饮油烟扰民", "烧烤 排烟 异味",
     "演示答复：请报店名和位置，由城市管理局会同生态环境局现场检查排烟设施，七个工作日答复。"},
    {"knowledge", "complain", "预付卡商家跑路", "健身房 理发店 退费 充值卡",
     "演示答复：请准备合同和付款记录，转市场监管局调解；涉嫌诈骗的同时向公安机关报案。"},
    {"knowledge", "complain", "物业服务和收费纠纷", "物业费 保安 电梯",
     "演示答复：请先向社区居委会反映；收费标准以合同和公示为准，住房建设局对物业企业考核处理。"},
    {"knowledge", "complain", "机动车违法停放", "消防通道 占道 堵车",
     "演示答复：请报路段和车牌，立为事件转公安交警现场处理；堵消防通道的转消防救援大队。"},
    {"knowledge", "complain", "出租车拒载绕路", "网约车 乱收费 发票",
     "演示答复：请提供车牌、时间、地点或票据，转交通运输局，十个工作日内答复。"},
    {"knowledge", "help", "窨井盖缺失或破损", "下水道 井盖 陷落",
     "演示答复：请先设法提醒行人。报位置和盖上字样（雨、污、电、信），立为事件后两小时内设围挡，一日内补装。"},
    {"knowledge", "help", "小区或道路积水", "内涝 暴雨 排水",
     "演示答复：请报位置和水深；排水由水务局抽排，低洼小区由街道同时处置。有人被困请立即拨打 119。"},
    {"knowledge", "help", "流浪动物伤人", "狗咬 犬只 狂犬疫苗",
     "演示答复：被咬伤先冲洗并到犬伤门诊接种；报位置后由公安和城市管理局捕捉收容。"},
    {"knowledge", "help", "家庭燃气泄漏", "煤气 闻到气味",
     "演示答复：请立即关阀开窗、不要开关电器，到室外拨打燃气抢修电话；可能爆燃的拨打 119。"},
    {"knowledge", "", "生活垃圾没有清运", "垃圾桶 满溢 臭",
     "演示答复：请报小区或路段，由城市管理局环卫处当日清运；长期不清的立为事件督办。"},
    {"knowledge", "", "共享单车乱停放", "电动车 占用人行道", "演示答复：请报位置，由城市管理局通知运营企业两小时内清理。"},
    {"knowledge", "", "自来水水质发黄", "浑浊 水有味道",
     "演示答复：可能是管道检修后带出的锈水，请放水几分钟；仍发黄请报地址，水务局上门取样，三日内答复。"},
    {"knowledge", "consult", "高龄津贴发放", "80 岁 老人 补贴",
     "演示答复：年满 80 周岁在户籍地社区申请，次月起按月发放，标准每年公布。"},
    {"template", "", "开场", "", "您好，这里是演示市 12345 热线，请问有什么可以帮您？"},
    {"template", "help", "已立为事件", "", "您反映的情况已登记，编号 {number}，承办单位办结后我们会回访您。"},
    {"template", "", "进度答复", "", "{name}您好，您反映的 {number} 由{unit}承办，目前{state}，这一步办理时限 {due}。"},
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
