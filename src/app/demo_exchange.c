/* demo_exchange: what the demo city gives to and takes from others, without any server of theirs: deliveries into folders of the
 * state directory (deliveries/), files in the templates of another platform, and other nodes that were invited. By the routes
 * that people use; main thread, once, at init. */
#include "app/demo_city.h"
#include "app/private.h"
#include "exchange/exchange.h"
#include "seal/seal.h"
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* folder: made here; one is not, so that its delivery fails and says why. */
static const struct DemoTarget {
	const char *org, *name, *folder;
	bool there;
} targets[] = {{"DEMO-GA", "公安局数据接收目录", "gongan", true},
               {"DEMO-MZ", "民政局救助系统接收目录", "minzheng", true},
               {"DEMO-RS", "人社局数据接收目录", "renshe", false}};

/* In this order; the first is run again after a supplier's correction. pause: by a person once it has run. */
static const struct DemoDelivery {
	const char *officer, *account, *code, *target, *table, *format, *mode, *timetable;
	int minute;
	const char *pause;
} deliveries[] = {
    {"ga.officer", "ga.system", "102001001/000001", "公安局数据接收目录", "enterprise", "csv", "increments", "daily", 150, NULL},
    {"ga.officer", "ga.system", "304001001/000001", "公安局数据接收目录", "air_quality", "jsonl", "full", "daily", 180,
     "接收系统升级，暂停接收（演示）"},
    {"mz.officer", "mz.system", "101001001/000001", "民政局救助系统接收目录", "residents", "xlsx", "full", "manual", 0, NULL},
    {"rs.officer", "rs.system", "102001001/000001", "人社局数据接收目录", "enterprise", "csv", "full", "manual", 0, NULL},
};

static int org_of(Request *rq, const char *code, const char **out) {
	int64_t id = 0;
	int found = db_int(rq->db, &id, "SELECT org_id FROM org WHERE code = $1", BIND(val_str(code)));
	*out = arena_printf(rq->arena, "%lld", (long long)id);
	return found < 0 ? found : 0;
}

static int setting_give(App *app, const char *name, const char *value, Error *error) {
	Request *rq = demo_as(app, "sysadmin");
	int code = rq->error->code;
	if (code == 0)
		code = demo_route(rq, "system.setting_change", name, NULL, json_pack("{s:s, s:i}", "value", value, "version", 0));
	return demo_step_end(rq, code, error);
}

/* --- deliveries ---------------------------------------------------------------------------------------------------------- */

static int target_make(App *app, const struct DemoTarget *target, Error *error) {
	Request *rq = demo_as(app, "sysadmin");
	const char *org, *root = app_path(rq->arena, app, "deliveries");
	int code = rq->error->code ? rq->error->code : org_of(rq, target->org, &org);
	mkdir(root, 0750);
	if (code == 0 && target->there && mkdir(arena_printf(rq->arena, "%s/%s", root, target->folder), 0750) < 0 &&
	    errno != EEXIST)
		code = fail(rq, ERR_IO, "The folder %s/%s could not be made", root, target->folder);
	if (code == 0)
		code = demo_route(rq, "target.create", NULL, NULL,
		                  json_pack("{s:s, s:s, s:s+, s:s}", "name", target->name, "kind", "folder", "url",
		                            "folder:", target->folder, "org_id", org));
	return demo_step_end(rq, code, error);
}

/* The newest grant of that account for deliveries, and the target, as ids for a body. */
static int parts_find(Request *rq, const struct DemoDelivery *one, const char **grant, const char **target) {
	int64_t grant_id = 0, target_id = 0;
	const Resource *resource;
	int code = resource_find_code(rq, text_of(one->code), &resource);
	if (code == 0)
		code = db_int(
		    rq->db, &grant_id,
		    "SELECT g.grant_id FROM access_grant g JOIN account a ON a.account_id = g.account_id WHERE a.login = $1"
		    " AND g.resource_id = $2 AND (g.ways & 2) <> 0 ORDER BY g.grant_id DESC LIMIT 1",
		    BIND(val_str(one->account), val_int(resource->resource_id)));
	if (code >= 0)
		code = db_int(rq->db, &target_id, "SELECT target_id FROM target WHERE name = $1", BIND(val_str(one->target)));
	*grant = arena_printf(rq->arena, "%lld", (long long)grant_id);
	*target = arena_printf(rq->arena, "%lld", (long long)target_id);
	return code < 0 ? code : 0;
}

/* The job of the route that has just run, to its end. */
static int run_end(Request *rq) {
	int64_t job_id = 0;
	json_t *answer = json_loadb(rq->body.at, rq->body.len, 0, NULL);
	const char *id = json_string_value(json_object_get(answer, "job_id"));
	if (id) text_to_int(text_of(id), &job_id);
	json_decref(answer);
	return demo_job_end(rq, job_id);
}

static int delivery_step(App *app, const char *officer, const char *action, int64_t delivery_id, json_t *body, Error *error) {
	Request *rq = demo_as(app, officer);
	int code = rq->error->code;
	if (code == 0)
		code = demo_route(rq, action, arena_printf(rq->arena, "%lld", (long long)delivery_id), NULL, body);
	else
		json_decref(body);
	if (code == 0 && strcmp(action, "delivery.run") == 0) code = run_end(rq);
	return demo_step_end(rq, code, error);
}

static int delivery_make(App *app, const struct DemoDelivery *one, int64_t *delivery_id, Error *error) {
	Request *rq = demo_as(app, one->officer);
	const char *grant, *target;
	int code = rq->error->code ? rq->error->code : parts_find(rq, one, &grant, &target);
	if (code == 0)
		code = demo_route(rq, "delivery.create", NULL, NULL,
		                  json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "grant_id", grant, "target_id", target,
		                            "table", one->table, "format", one->format, "mode", one->mode, "timetable",
		                            one->timetable, "daily_minute", one->minute));
	*delivery_id = rq->about_subject;
	if (code == 0) code = run_end(rq);
	if ((code = demo_step_end(rq, code, error)) < 0 || !one->pause) return code;
	return delivery_step(app, one->officer, "delivery.pause", *delivery_id, json_pack("{s:s}", "reason", one->pause), error);
}

/* The first enterprise of the generated file, which is always sound, with the address that an objection asked for. */
static int correction_write(Request *rq, const char *path) {
	char line[2048];
	int64_t upload_id = 0;
	Upload upload;
	int code = db_int(rq->db, &upload_id, "SELECT upload_id FROM upload WHERE name = 'enterprise.csv'", NO_BIND);
	if (code >= 0) code = upload_open(rq, upload_id, &upload);
	if (code < 0) return code;
	FILE *in = fopen(upload.path, "re"), *out = fopen(path, "we");
	for (int row = 0; in && out && row < 2 && fgets(line, sizeof line, in); row++) {
		char *rest = line;
		for (int column = 0; *rest; column++) {
			size_t length = strcspn(rest, ",\n");
			if (row == 1 && column == 12)
				fputs("演示路 8 号", out);
			else
				fwrite(rest, 1, length, out);
			fputc(rest[length], out);
			rest += length + 1;
		}
	}
	bool good = in && out && !ferror(in) && !ferror(out);
	if (in) fclose(in);
	if (out && fclose(out) != 0) good = false;
	return good ? 0 : fail(rq, ERR_IO, "The correction could not be written to %s", path);
}

static int correction_load(App *app, Error *error) {
	Request *rq = demo_as(app, "scjg.officer");
	const char *path = app_path(rq->arena, app, "demo/correction.csv");
	const Resource *resource;
	Upload upload;
	int code = rq->error->code ? rq->error->code : correction_write(rq, path);
	if (code == 0) code = upload_keep(rq, path, true, TEXT("市场主体住所更正.csv"), &upload);
	if (code == 0) code = resource_find_code(rq, TEXT("102001001/000001"), &resource);
	if (code == 0)
		code = demo_route(rq, "exchange.load", arena_printf(rq->arena, "%lld", (long long)resource->resource_id), NULL,
		                  json_pack("{s:s, s:s}", "upload_id",
		                            arena_printf(rq->arena, "%lld", (long long)upload.upload_id), "mode", "upsert"));
	if (code == 0) code = demo_job_end(rq, rq->about_subject);
	return demo_step_end(rq, code, error);
}

static int deliveries_make(App *app, Error *error) {
	int64_t first = 0, other;
	int code = setting_give(app, "deliveries.folder", "deliveries", error);
	/* before the log says that their jobs ended so */
	printf("  two deliveries fail on purpose, for the pages to show (演示): a grant's quota is too small (code=quota), a "
	       "folder is"
	       " missing (code=conflict)\n");
	fflush(stdout);
	for (size_t i = 0; i < sizeof targets / sizeof *targets && code == 0; i++)
		code = target_make(app, &targets[i], error);
	for (size_t i = 0; i < sizeof deliveries / sizeof *deliveries && code == 0; i++)
		code = delivery_make(app, &deliveries[i], i ? &other : &first, error);
	if (code == 0) code = correction_load(app, error);
	return code < 0 ? code : delivery_step(app, deliveries[0].officer, "delivery.run", first, json_object(), error);
}

/* --- files of another platform ------------------------------------------------------------------------------------------- */

/* %d: a day, so many days from today. */
static const struct DemoImport {
	const char *adapter, *name, *text;
	int day;
	bool apply; /* else it waits for a decision */
} imports[] = {
    {"share_requests", "上级平台申请台账.csv",
     "申请编号,信息资源代码,申请部门代码,申请部门,使用用途,申请依据,申请信息项,共享方式,使用账号,使用期限,每日用量,办结时间\n"
     "SJ-2026-1107,306001001/000001,DEMO-SCJG,演示市市场监督管理局,核查冷链食品运输车辆登记状态,《中华人民共和国食品安全法》,"
     "号牌号码、车辆类型、车辆状态,接口,scjg.system,%s,300,\n"
     "SJ-2026-1093,304001001/000001,DEMO-ZRZY,演示市自然资源局,编制国土空间规划环境专题,,监测站、监测时间,文件下载,,%s,,"
     "2026-09-30T10:00:00+08:00\n"
     "SJ-2026-1121,102001001/000001,SHENG-0417,省级某部门,核查企业登记状态,,登记状态,接口,,%s,100,\n",
     180, true},
    {"call_statistics", "上级平台调用统计.csv",
     "统计编号,统计日期,信息资源代码,使用方代码,使用方,调用账号,用途,数据量\n"
     "TJ-2026-4471,%s,304001001/000001,DEMO-ZRZY,演示市自然资源局,zrzy-app,编制国土空间规划环境专题,1860\n"
     "TJ-2026-4472,%s,305001001/000001,DEMO-RS,演示市人力资源和社会保障局,rs-app,办事指南核对,412\n",
     -1, true},
    {"national_catalogue", "上级平台目录.csv",
     "信息资源名称,信息资源代码,提供方代码,信息资源摘要,信息资源格式,信息项名称,数据类型,数据长度,共享类型,共享条件,共享方式,"
     "更新周期\n"
     "道路运输经营许可（演示）,107001001/000001,DEMO-JT,道路运输经营许可证照信息,数据库,许可证号,字符型C,20,有条件共享,"
     "监管和审批工作需要,接口,每日\n"
     "道路运输经营许可（演示）,107001001/000001,DEMO-JT,道路运输经营许可证照信息,数据库,业户名称,字符型C,100,有条件共享,"
     "监管和审批工作需要,接口,每日\n"
     "道路运输经营许可（演示）,107001001/000001,DEMO-JT,道路运输经营许可证照信息,数据库,有效期止,日期型D,,有条件共享,"
     "监管和审批工作需要,接口,每日\n"
     "公交线路站点（演示）,107001001/000002,DEMO-JT,公交线路与站点,数据库,线路名称,字符型C,40,看情况,,接口,每月\n",
     0, false},
};

/* The data bureau's, which brings in for everybody. */
static Request *bureau(App *app) {
	Request *rq = demo_as(app, "dsj.yun");
	rq->party.sees_all = true;
	rq->party.permits = PERMIT_BIT(PERMIT_CATALOG_REVIEW);
	return rq;
}

/* A route of LANE_READ leaves its evidence to the dispatcher. */
static int evidence_leave(Request *w, void *unused) {
	EvidenceEntry entry;
	snprintf(w->party.login, sizeof w->party.login, "init");
	evidence_entry(w, &entry);
	return evidence_write(w, &entry);
}

static int file_write(Request *rq, const char *path, const char *text, const char *day) {
	FILE *out = fopen(path, "we");
	for (const char *rest = text, *mark; out && *rest; rest = *mark ? mark + 2 : mark) {
		mark = strstr(rest, "%s");
		if (!mark) mark = rest + strlen(rest);
		fwrite(rest, 1, (size_t)(mark - rest), out);
		if (*mark) fputs(day, out);
	}
	bool good = out && !ferror(out);
	if (out && fclose(out) != 0) good = false;
	return good ? 0 : fail(rq, ERR_IO, "%s could not be written", path);
}

static int import_make(App *app, const struct DemoImport *one, Error *error) {
	Request *rq = bureau(app);
	char day[CLOCK_TEXT_MAX];
	const char *path = app_path(rq->arena, app, "demo/import.csv");
	int code = rq->error->code;
	if (code == 0) code = file_write(rq, path, one->text, date_format(date_of_us(rq->now_us) + one->day, day));
	if (code == 0)
		code = demo_inputs(rq, "adapter.import", one->adapter, NULL, arena_printf(rq->arena, "name=%s", one->name),
		                   json_object());
	if (code == 0) code = adapter_bring(rq, path);
	if (code == 0) code = request_write(rq, evidence_leave, NULL);
	const char *batch = arena_printf(rq->arena, "%lld", (long long)rq->about_subject);
	if (code == 0 && one->apply) {
		buf_reset(&rq->body);
		jw_begin(&rq->json, &rq->body);
		code = demo_route(rq, "adapter.apply", batch, NULL, json_object());
		if (code == 0) code = request_write(rq, evidence_leave, NULL);
	}
	return demo_step_end(rq, code, error);
}

/* --- other nodes --------------------------------------------------------------------------------------------------------- */

/* A node's own key: made, its public half taken, and thrown away: nobody is that node. */
static int node_key(Request *rq, char out[2 * PUBLIC_KEY_LEN + 1]) {
	SigningKey *key;
	uint8_t bytes[PUBLIC_KEY_LEN];
	const char *path = app_path(rq->arena, rq->app, "demo/node.pem");
	int code = signing_key_create(path, rq->error);
	if (code == 0) code = signing_key_load(&key, path, rq->error);
	unlink(path);
	if (code < 0) return code;
	signing_key_public(key, bytes);
	signing_key_free(key);
	hex_encode(bytes, PUBLIC_KEY_LEN, out);
	return 0;
}

/* Invited; approved too, it waits for the other side's call. */
static int node_invite(App *app, const char *name, const char *org, bool approve, Error *error) {
	char key[2 * PUBLIC_KEY_LEN + 1];
	const char *org_id;
	Request *rq = demo_as(app, "dsj.yun");
	int code = rq->error->code ? rq->error->code : node_key(rq, key);
	snprintf(rq->party.login, sizeof rq->party.login, "dsj.yun");
	if (code == 0) code = org_of(rq, org, &org_id);
	if (code == 0)
		code = demo_route(rq, "cascade.propose", NULL, NULL,
		                  json_pack("{s:o, s:s, s:b}", "invitation", json_sprintf("yiwang-node/1 %s - %s", key, name),
		                            "org_id", org_id, "dial", 0));
	int64_t node_id = rq->about_subject;
	json_t *answer = code == 0 ? json_loadb(rq->body.at, rq->body.len, 0, NULL) : NULL;
	json_t *fingerprint = json_incref(json_object_get(answer, "fingerprint"));
	json_decref(answer);
	code = demo_step_end(rq, code, error);
	if (code == 0 && approve) {
		rq = demo_as(app, "secadmin");
		snprintf(rq->party.login, sizeof rq->party.login, "secadmin");
		code = rq->error->code ? rq->error->code
		                       : demo_route(rq, "cascade.approve", arena_printf(rq->arena, "%lld", (long long)node_id),
		                                    NULL, json_pack("{s:O}", "fingerprint", fingerprint));
		code = demo_step_end(rq, code, error);
	}
	json_decref(fingerprint);
	return code;
}

int demo_exchange_load(App *app, Error *error) {
	int64_t begun_us = clock_monotonic_us();
	int code = deliveries_make(app, error);
	for (size_t i = 0; i < sizeof imports / sizeof *imports && code == 0; i++)
		code = import_make(app, &imports[i], error);
	if (code == 0) code = setting_give(app, "cascade.name", "演示市", error);
	if (code == 0) code = node_invite(app, "公安局前置机（演示）", "DEMO-GA", true, error);
	if (code == 0) code = node_invite(app, "演示省数据共享平台", "DEMO-DSJ", false, error);
	if (code == 0)
		printf("  deliveries to folders, files of another platform, two other nodes (演示), %.1f s\n",
		       (double)(clock_monotonic_us() - begun_us) / 1e6);
	return code;
}
