/* demo_sharing: what goes back to suppliers in the demo city: correction orders, objections to records, demands, ratings,
 * findings of the self-audit, assessments; by the routes that people use. Cases are dated in the last weeks, what evidence says
 * of them is of now. Main thread, once, at init. */
#include "app/demo_city.h"
#include "app/private.h"
#include "exchange/exchange.h"

/* steps: "days login action note|form; …", days ago. An objection is to the nth record that its supplier sees; `by` the number it
 * has at a program that objects by its key. Orders of real data only: their faults do not depend on the size of the generated
 * city. */
static const struct DemoReturn {
	const char *process, *code, *login;
	int days;
	const char *form, *steps, *supplier; /* supplier: its officer, of an objection */
	int nth;
	const char *by;
} returns[] = {
    {"correction_order", "301001001/000001", "dsj.shen", 18,
     "{\"defect\":\"rule\",\"rule\":\"range\",\"field\":\"precinct\",\"words\":\"选区编号 999 不在取值范围内\"}", "", NULL, 0,
     NULL},
    {"correction_order", "301001001/000002", "dsj.shen", 9,
     "{\"defect\":\"rule\",\"rule\":\"required\",\"field\":\"facility_type\",\"words\":\"检查记录没有场所类型\"}",
     "6 scjg.officer answer |{\"cause\":\"早期纸质记录补录时漏填\",\"measure\":\"对照许可档案补全后重新加载\"}", NULL, 0, NULL},
    {"correction_order", "301001001/000002", "dsj.yun", 5,
     "{\"defect\":\"rule\",\"rule\":\"required\",\"field\":\"zip\",\"words\":\"检查记录没有邮政编码\"}",
     "3 dsj.yun withdraw 邮政编码不作要求，口径已调整", NULL, 0, NULL},
    {"record_objection", "102001001/000001", "ga.officer", 20,
     "{\"field\":\"address\",\"wrong\":\"登记住所与现场不符\",\"right\":\"演示路 8 号\",\"reason\":\"走访核实，门牌照片附卷\"}",
     "17 scjg.officer correct 已在登记系统更正住所", "scjg.officer", 0, NULL},
    {"record_objection", "304001001/000001", "ga.officer", 13,
     "{\"field\":\"pm25\",\"wrong\":\"夜间数值明显偏高\",\"reason\":\"与相邻站点同一小时相差过大\"}",
     "11 hb.officer reject 仪器比对无误，属站点周边施工影响; 10 ga.officer agree ", "hb.officer", 0, NULL},
    {"record_objection", "102001001/000001", "ga.officer", 7,
     "{\"field\":\"industry\",\"wrong\":\"行业门类与实际经营不一致\",\"right\":\"F\",\"reason\":\"现场为零售门店\"}",
     "5 scjg.officer confirm 属实，待企业变更后更正", "scjg.officer", 1, NULL},
    {"record_objection", "304001001/000001", "ga.officer", 6,
     "{\"field\":\"wind_speed\",\"wrong\":\"风速为零的时段过长\",\"reason\":\"同日气象站有风\"}",
     "4 hb.officer reject 该时段静风，与气象站位置有关", "hb.officer", 1, NULL},
    {"record_objection", "101001001/000001", "mz.officer", 0,
     "{\"field\":\"sex\",\"wrong\":\"性别登记有误\",\"right\":\"2\",\"reason\":\"低保入户核对身份证原件\"}", "", "ga.officer", 0,
     NULL},
    {"record_objection", "102001001/000001", "rs.system", 0,
     "{\"field\":\"state\",\"wrong\":\"企业已注销仍为存续\",\"reason\":\"稳岗返还核对时企业出具注销通知\"}", "", "scjg.officer",
     2, "WG-2026-0117"},
    {"data_demand", NULL, "mz.officer", 10,
     "{\"need\":\"残疾人证信息\",\"detail\":\"证号、类别、等级、有效期\",\"purpose\":\"发放困难残疾人生活补贴时核对\",\"basis\":"
     "\"残疾人保障法\"}",
     "", NULL, 0, NULL},
};

static const struct DemoRating {
	const char *code, *login, *words;
	int stars;
} ratings[] = {
    {"102001001/000001", "rs.officer", "字段齐全，更新及时", 5},
    {"102001001/000001", "ga.officer", "住所偶有不准，提异议后当天答复", 4},
    {"304001001/000001", "ga.officer", "", 4},
    {"101001001/000001", "mz.officer", "脱敏后仍能核对，够用", 4},
};

/* As that account (the program behind one that ends in .system), as many days ago. */
static Request *as_then(App *app, const char *login, int days) {
	Request *rq = demo_as(app, login);
	size_t len = strlen(login);
	snprintf(rq->party.login, sizeof rq->party.login, "%s", login); /* pages say who; evidence says init */
	if (len > 7 && strcmp(login + len - 7, ".system") == 0) rq->party.kind = PARTY_SERVICE;
	rq->now_us -= days * INT64_C(86400000000);
	return rq;
}

static const char *id_text(Request *rq, int64_t id) {
	return arena_printf(rq->arena, "%lld", (long long)id);
}

static int resource_id(App *app, const char *code, int64_t *out, Error *error) {
	const Resource *resource;
	Request *rq = as_then(app, "dsj.shen", 0);
	int done = rq->error->code ? rq->error->code : resource_find_code(rq, text_of(code), &resource);
	*out = done < 0 ? 0 : resource->resource_id;
	return demo_step_end(rq, done, error);
}

/* The id of the nth record that the supplier sees, 0: there are not so many. */
static int record_nth(App *app, int64_t resource, const char *supplier, int nth, int64_t *out, Error *error) {
	Request *rq = as_then(app, supplier, 0);
	int code = rq->error->code;
	*out = 0;
	if (code == 0) code = demo_route(rq, "record.list", id_text(rq, resource), NULL, json_object());
	if (code == 0) {
		json_t *page = json_loadb(rq->body.at, rq->body.len, 0, NULL);
		const json_t *row = json_array_get(json_object_get(page, "items"), (size_t)nth);
		const char *id = json_string_value(json_object_get(row, "record_id"));
		if (id) text_to_int(text_of(id), out);
		json_decref(page);
	}
	return demo_step_end(rq, code, error);
}

/* --- cases ----------------------------------------------------------------------------------------------------------- */
static int return_begin(App *app, const struct DemoReturn *one, int64_t resource, int64_t record, int64_t *case_id,
                        Error *error) {
	Request *rq = as_then(app, one->login, one->days);
	int code = rq->error->code;
	json_t *form = json_loads(one->form, 0, NULL), *body = json_pack("{s:s, s:o}", "process", one->process, "form", form);
	if (resource) json_object_set_new(body, "resource_id", json_string(id_text(rq, resource)));
	if (record) json_object_set_new(form, "record_id", json_string(id_text(rq, record)));
	if (one->by) json_object_set_new(body, "outside_number", json_string(one->by));
	if (code == 0)
		code = demo_route(rq, "case.create", NULL, NULL, body);
	else
		json_decref(body);
	*case_id = rq->about_subject;
	return demo_step_end(rq, code, error);
}

static int return_make(App *app, const struct DemoReturn *one, Arena *arena, Error *error) {
	int64_t resource = 0, record = 0, case_id = 0;
	int code = one->code ? resource_id(app, one->code, &resource, error) : 0;
	if (code == 0 && one->supplier) code = record_nth(app, resource, one->supplier, one->nth, &record, error);
	if (code < 0 || (one->supplier && !record)) return code; /* a city too small for it */
	code = return_begin(app, one, resource, record, &case_id, error);
	for (char *rest = arena_strdup(arena, one->steps); code == 0 && *rest;) {
		char *next = strstr(rest, "; "), *step = strchr(rest, ' ');
		if (next) *next = '\0';
		code = demo_case_step(app, arena_printf(arena, "%lld", (long long)case_id), atoi(rest), step + 1, error);
		rest = next ? next + 2 : rest + strlen(rest);
	}
	return code;
}

static int rating_make(App *app, const struct DemoRating *one, Error *error) {
	int64_t resource;
	int code = resource_id(app, one->code, &resource, error);
	if (code < 0) return code;
	Request *rq = as_then(app, one->login, 0);
	if ((code = rq->error->code) == 0)
		code = demo_route(rq, "rating.put", id_text(rq, resource), NULL,
		                  json_pack("{s:i, s:s}", "stars", one->stars, "words", one->words));
	return demo_step_end(rq, code, error);
}

/* --- the self-audit and the assessment -------------------------------------------------------------------------------- */
int demo_job_end(Request *rq, int64_t job_id) {
	int code = 0;
	for (int64_t done = 0; code >= 0 && !done; clock_sleep_us(5000))
		code = db_int(rq->db, &done, "SELECT count(*) FROM job WHERE job_id = $1 AND state NOT IN ('queued', 'running')",
		              BIND(val_int(job_id)));
	return code < 0 ? code : 0;
}

/* A route that begins a job, and the job's end. The subject of the route through *about. */
static int job_run(App *app, const char *action, json_t *body, const char *table, int64_t *about, Error *error) {
	Request *rq = as_then(app, "dsj.shen", 0);
	int64_t job_id = 0;
	int code = rq->error->code;
	if (code == 0)
		code = demo_route(rq, action, NULL, NULL, body);
	else
		json_decref(body);
	*about = job_id = rq->about_subject;
	if (code == 0 && *table)
		code = db_int(rq->db, &job_id, "SELECT job_id FROM assessment WHERE assessment_id = $1", BIND(val_int(*about)));
	if (code >= 0) code = demo_job_end(rq, job_id);
	return demo_step_end(rq, code, error);
}

/* One finding is ordered to be mended, one is excused. */
static int findings_work(App *app, Error *error) {
	static const struct {
		const char *action, *member, *words;
	} steps[] = {{"measure.finding_order", "note", "请补登来源系统，或写明共享条件"},
	             {"measure.finding_excuse", "reason", "公开数据整理而来，没有来源系统（演示）"}};
	int64_t about;
	int code = job_run(app, "measure.checks_run", json_object(), "", &about, error);
	for (size_t i = 0; i < sizeof steps / sizeof *steps && code == 0; i++) {
		Request *rq = as_then(app, "dsj.shen", 0);
		int64_t finding = 0;
		if ((code = rq->error->code) == 0)
			code = db_int(
			    rq->db, &finding,
			    "SELECT finding_id FROM audit_finding WHERE check_name = 'entry_no_source' AND state = 'open' AND"
			    " order_case = 0 ORDER BY finding_id LIMIT 1",
			    NO_BIND);
		json_t *body = json_pack("{s:i, s:s}", "version", 1, steps[i].member, steps[i].words);
		if (i == 1) json_object_set_new(body, "excused", json_true());
		if (code > 0)
			code = demo_route(rq, steps[i].action, id_text(rq, finding), NULL, body);
		else
			json_decref(body);
		code = demo_step_end(rq, code, error);
	}
	return code;
}

/* Departments contest a line that counts less than in full; the first contest is answered. */
static int contests_make(App *app, int64_t assessment, Error *error) {
	static const char *const officers[] = {"scjg.officer", "zj.officer"},
	                         *const reasons[] = {"本项涉及的历史补录数据已列入整改计划，请酌情计分",
	                                             "该项数据由上级系统推送，本局无法单独更正"};
	int code = 0;
	for (int i = 0; i < 2 && code == 0; i++) {
		Request *rq = as_then(app, officers[i], 0);
		int64_t line = 0, contest;
		if ((code = rq->error->code) == 0)
			code =
			    db_int(rq->db, &line,
			           "SELECT line_no FROM assessment_line WHERE assessment_id = $1 AND org_id = $2 AND part < whole"
			           " ORDER BY line_no LIMIT 1",
			           BIND(val_int(assessment), val_int(rq->party.org_id)));
		if (code > 0)
			code = demo_route(rq, "measure.contest", id_text(rq, assessment), NULL,
			                  json_pack("{s:s, s:s}", "line_no", id_text(rq, line), "reason", reasons[i]));
		contest = rq->about_subject;
		if ((code = demo_step_end(rq, code, error)) < 0 || i || !line) continue;
		rq = as_then(app, "dsj.shen", 0);
		if ((code = db_int(rq->db, &contest, "SELECT contest_id FROM assessment_contest WHERE assessment_id = $1",
		                   BIND(val_int(assessment)))) > 0)
			code = demo_route(rq, "measure.contest_decide", id_text(rq, assessment), id_text(rq, contest),
			                  json_pack("{s:i, s:s, s:s}", "version", 1, "decision", "reject", "answer",
			                            "整改完成后再计，本月不作调整"));
		code = demo_step_end(rq, code, error);
	}
	return code;
}

/* The month that runs: everything of the city was loaded in it. Departments may contest it; at its end the program computes it
 * anew. */
static int assessment_make(App *app, Error *error) {
	int year, month, day;
	int64_t now = clock_now_us(), id;
	char period[24];
	date_to_civil(date_of_us(now), &year, &month, &day);
	snprintf(period, sizeof period, "%04d-%02d", year, month);
	int code = job_run(app, "measure.assess", json_pack("{s:s}", "period", period), "assessment", &id, error);
	return code < 0 ? code : contests_make(app, id, error);
}

int demo_sharing_load(App *app, Error *error) {
	Arena *arena = arena_new();
	int64_t begun_us = clock_monotonic_us();
	int code = 0;
	for (size_t i = 0; i < sizeof returns / sizeof *returns && code == 0; i++)
		code = return_make(app, &returns[i], arena, error);
	for (size_t i = 0; i < sizeof ratings / sizeof *ratings && code == 0; i++)
		code = rating_make(app, &ratings[i], error);
	if (code == 0) code = findings_work(app, error);
	if (code == 0) code = assessment_make(app, error);
	arena_free(arena);
	if (code == 0)
		printf("  correction orders, objections, demands, ratings, findings and an assessment (演示), %.1f s\n",
		       (double)(clock_monotonic_us() - begun_us) / 1e6);
	return code;
}
