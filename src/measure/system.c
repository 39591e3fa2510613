/* system: the inventory of information systems (政务信息系统目录, 国办发〔2017〕39号: 整合共享): tables info_system and
 * info_system_resource. A department keeps its own, the data bureau all. Reads on workers, writes in the caller's. */
#include "measure/parts.h"

static int not_yours(Request *rq) {
	return error_field(rq->error, ERR_FORBIDDEN, "org_id", TEXT_NONE, "owner",
	                   "Ask its owner's data officer or the data bureau.",
	                   "A system is kept by the data officers of its owner and by the data bureau");
}

static bool may_edit(const Request *rq, int64_t org_id) {
	return is_bureau(rq) || (party_may(&rq->party, PERMIT_CATALOG_EDIT) && org_id == rq->party.org_id);
}

/* --- reading --------------------------------------------------------------------------------------------------------- */
#define COLUMNS                                                                                                                  \
	"SELECT s.system_id, s.name, s.org_id, o.name, s.purpose, s.network, s.data, s.budget, s.plan, s.plan_note, s.live_day," \
	" s.level, (SELECT count(*) FROM info_system_resource l JOIN resource r ON r.resource_id = l.resource_id WHERE"          \
	" l.system_id = s.system_id AND r.state = 'published'), s.updated_us, s.updated_by, s.version"                           \
	" FROM info_system s JOIN org o ON o.org_id = s.org_id"
static const Member members[] = {
    {"system_id", MEMBER_ID},
    {"name", MEMBER_TEXT},
    {"org_id", MEMBER_ID},
    {"org_name", MEMBER_TEXT},
    {"purpose", MEMBER_TEXT},
    {"network", MEMBER_TEXT},
    {"data", MEMBER_TEXT},
    {"budget", MEMBER_TEXT},
    {"plan", MEMBER_TEXT},
    {"plan_note", MEMBER_TEXT},
    {"live_day", MEMBER_DAY},
    {"level", MEMBER_INT},
    {"entries", MEMBER_INT},
    {"updated_at", MEMBER_TIME},
    {"updated_by", MEMBER_TEXT},
    {"version", MEMBER_INT},
    {0},
};
static const char list_sql[] =
    COLUMNS " WHERE ($1 = 0 OR s.org_id = $1) AND ($2 = '' OR s.network = $2) AND ($3 = '' OR s.plan = $3)"
            " AND ($4 = '' OR s.budget = $4) AND s.search_text LIKE lower($5) AND ($6 = 0 OR NOT EXISTS (SELECT 1 FROM"
            " info_system_resource l JOIN resource r ON r.resource_id = l.resource_id WHERE l.system_id = s.system_id AND"
            " r.state = 'published')) AND ($7 = 0 OR s.system_id < $7) ORDER BY s.system_id DESC LIMIT $8";
enum { LIST_VALUES = 8 };

static void list_values(Request *rq, Val values[LIST_VALUES], int64_t after, int limit) {
	const char *const words[] = {"network", "plan", "budget"};
	values[0] = val_int(org_asked(rq));
	for (int i = 0; i < 3; i++)
		values[1 + i] = val_str(in_has(rq, words[i]) ? in_str(rq, words[i]) : "");
	values[4] = val_str(folded(rq, in_has(rq, "q") ? in_text(rq, "q") : TEXT(""), true));
	values[5] = val_int(in_int(rq, "bare"));
	values[6] = val_int(after);
	values[7] = val_int(limit);
}

static int row_write(Request *rq, Rows *rows) {
	jw_object(&rq->json);
	row_members(rq, rows, members);
	jw_kv_bool(&rq->json, "may_edit", may_edit(rq, rows_int(rows, 2)));
	jw_object_end(&rq->json);
	return 0;
}

int systems_get(Request *rq) {
	Val values[LIST_VALUES];
	int limit = in_limit(rq);
	list_values(rq, values, in_int(rq, "after"), limit + 1);
	return answer_rows(rq, limit, row_write, list_sql, values, LIST_VALUES);
}

int systems_sheet(Request *rq) {
	static const BookColumn columns[] = {{1, CELL_TEXT, 30, "系统名称", "System", NULL, NULL},
	                                     {3, CELL_TEXT, 26, "主管部门", "Owner", NULL, NULL},
	                                     {4, CELL_TEXT, 40, "用途", "Purpose", NULL, NULL},
	                                     {5, CELL_TEXT, 12, "所在网络", "Network", network_words, NULL},
	                                     {6, CELL_TEXT, 40, "数据", "Data", NULL, NULL},
	                                     {7, CELL_TEXT, 12, "预算状态", "Budget", budget_words, NULL},
	                                     {8, CELL_TEXT, 12, "整合计划", "Consolidation", plan_words, NULL},
	                                     {9, CELL_TEXT, 30, "整合说明", "About the consolidation", NULL, NULL},
	                                     {10, CELL_DAY, 12, "上线日期", "Live since", NULL, NULL},
	                                     {11, CELL_COUNT, 10, "等保级别", "Protection level", NULL, NULL},
	                                     {12, CELL_COUNT, 12, "目录条目数", "Entries", NULL, NULL},
	                                     {13, CELL_TIME, 20, "更新时间", "Changed", NULL, NULL},
	                                     {0}};
	AnswerBook book;
	Val values[LIST_VALUES];
	list_values(rq, values, 0, BOOK_ROWS_MAX);
	int code = answer_book(rq, &book);
	if (code < 0) return code;
	const char *name = request_say(rq, "政务信息系统目录", "Information systems");
	code = book_query(rq, &book.book, name, columns, list_sql, values, LIST_VALUES);
	return answer_book_send(rq, &book, name, code);
}

static int links_write(Request *rq, int64_t system_id) {
	Rows *rows;
	JsonWriter *json = &rq->json;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT r.resource_id, r.name, r.code, r.state, r.org_id FROM info_system_resource l JOIN resource r ON"
	             " r.resource_id = l.resource_id WHERE l.system_id = $1 ORDER BY r.name, r.resource_id",
	             BIND(val_int(system_id)));
	if (code < 0) return code;
	static const Member link[] = {{"resource_id", MEMBER_ID}, {"name", MEMBER_TEXT}, {"code", MEMBER_TEXT},
	                              {"state", MEMBER_TEXT},     {"org_id", MEMBER_ID}, {0}};
	jw_key(json, "resources");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		jw_object(json);
		row_members(rq, rows, link);
		jw_object_end(json);
	}
	jw_array_end(json);
	return code;
}

static int no_system(Request *rq, int64_t id) {
	return fail(rq, ERR_NOT_FOUND, "There is no system %lld among those you may see", (long long)id);
}

static int system_show(Request *rq, int64_t id) {
	Rows *rows;
	int found = db_one(rq->db, &rows, COLUMNS " WHERE s.system_id = $1 AND (s.org_id = $2 OR $3 = 1)",
	                   BIND(val_int(id), val_int(rq->party.org_id), val_int(is_bureau(rq))));
	if (found <= 0) return found < 0 ? found : no_system(rq, id);
	rq->about_subject = id;
	jw_object(&rq->json);
	row_members(rq, rows, members);
	jw_kv_bool(&rq->json, "may_edit", may_edit(rq, rows_int(rows, 2)));
	int code = links_write(rq, id);
	jw_object_end(&rq->json);
	return code;
}

int system_get(Request *rq) {
	return system_show(rq, in_int(rq, "id"));
}

/* The systems an entry comes from; names only, for whoever sees the entry. */
int resource_systems_get(Request *rq) {
	static const Member shown[] = {
	    {"system_id", MEMBER_ID}, {"name", MEMBER_TEXT}, {"org_name", MEMBER_TEXT}, {"plan", MEMBER_TEXT}, {0}};
	rq->about_resource = in_int(rq, "id");
	return answer_list(
	    rq, shown,
	    "SELECT s.system_id, s.name, o.name, s.plan FROM info_system_resource l JOIN info_system s ON s.system_id ="
	    " l.system_id JOIN org o ON o.org_id = s.org_id JOIN resource r ON r.resource_id ="
	    " l.resource_id WHERE l.resource_id = $1 AND (r.state = 'published' OR r.org_id = $2 OR $3 = 1) ORDER BY s.name, "
	    "s.system_id",
	    BIND(val_int(in_int(rq, "id")), val_int(rq->party.org_id), val_int(is_bureau(rq))));
}

/* --- writing --------------------------------------------------------------------------------------------------------- */
typedef struct System {
	int64_t id, org_id, level;
	const char *name, *purpose, *network, *data, *budget, *plan, *plan_note;
	Val live_day;
} System;

static int day_read(Request *rq, Text text, Val *out) {
	int32_t day;
	*out = val_null();
	if (!text.len) return 0;
	if (date_parse(text, &day) < 0)
		return error_field(rq->error, ERR_INVALID, "live_day", text, "date", "Write it as 2020-05-31.",
		                   "This is not a date");
	*out = val_int(day);
	return 0;
}

static int name_taken(Request *rq, const System *one) {
	int64_t other = 0;
	int found =
	    db_int(rq->db, &other, "SELECT system_id FROM info_system WHERE org_id = $1 AND name = $2 AND system_id <> $3",
	           BIND(val_int(one->org_id), val_str(one->name), val_int(one->id)));
	if (found <= 0) return found;
	return error_field(rq->error, ERR_CONFLICT, "name", text_of(one->name), "unique",
	                   "Open the one that is there, or name it apart.", "The department has a system of this name already");
}

static int system_store(Request *rq, const System *one) {
	int code = name_taken(rq, one);
	if (code < 0) return code;
	const char *search = folded(rq, text_of(arena_printf(rq->arena, "%s %s %s", one->name, one->purpose, one->data)), false);
	return (int)db_run(
	    rq->db,
	    "INSERT INTO info_system (system_id, name, search_text, org_id, purpose, network, data, budget, plan, plan_note, "
	    "live_day,"
	    " level, updated_us, updated_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)"
	    " ON CONFLICT (system_id) DO UPDATE SET name = excluded.name, search_text = excluded.search_text, org_id = "
	    "excluded.org_id,"
	    " purpose = excluded.purpose, network = excluded.network, data = excluded.data, budget = excluded.budget,"
	    " plan = excluded.plan, plan_note = excluded.plan_note, live_day = excluded.live_day, level = excluded.level,"
	    " updated_us = excluded.updated_us, updated_by = excluded.updated_by, version = info_system.version + 1",
	    BIND(val_int(one->id), val_str(one->name), val_str(search), val_int(one->org_id), val_str(one->purpose),
	         val_str(one->network), val_str(one->data), val_str(one->budget), val_str(one->plan), val_str(one->plan_note),
	         one->live_day, val_int(one->level), val_int(rq->now_us), val_str(rq->party.login)));
}

/* Whether the party may put this entry and this system together. The data bureau may any. Else from the system's side the entry,
 * from the entry's side the system, must be its own organisation's; what is together already may stay. there: the system must be
 * stored already. 1, 0, or a code. */
static int link_allowed(Request *rq, int64_t system_id, int64_t resource_id, bool there) {
	int64_t found = 0;
	return db_int(
	    rq->db, &found,
	    "SELECT 1 FROM resource r LEFT JOIN info_system s ON s.system_id = $1 WHERE r.resource_id = $2 AND ($5 = 0 OR"
	    " s.system_id > 0) AND ($3 = 1 OR (r.org_id = $4 AND COALESCE(s.org_id, $4) = $4) OR EXISTS (SELECT 1 FROM "
	    "info_system_resource l WHERE"
	    " l.system_id = $1 AND l.resource_id = $2))",
	    BIND(val_int(system_id), val_int(resource_id), val_int(is_bureau(rq)), val_int(rq->party.org_id), val_int(there)));
}

static int link_insert(Request *rq, int64_t system_id, int64_t resource_id) {
	return (int)db_run(rq->db,
	                   "INSERT INTO info_system_resource (system_id, resource_id) VALUES ($1, $2) ON CONFLICT (system_id,"
	                   " resource_id) DO NOTHING",
	                   BIND(val_int(system_id), val_int(resource_id)));
}

/* Ids of a list of texts, each allowed: their number through count. `system_id` or `resource_id` is the fixed side, 0 the other.
 */
static int links_read(Request *rq, const char *field, const char *message, int64_t system_id, int64_t resource_id, int64_t **ids,
                      size_t *count) {
	size_t index;
	json_t *item, *list = in_json(rq, field);
	*count = json_array_size(list);
	*ids = ARENA_ARRAY(rq->arena, int64_t, *count + 1);
	if (!json_is_array(list) || *count > 200)
		return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "type", "Send an array of at most 200 ids.",
		                   "This is no list of ids");
	json_array_foreach(list, index, item) {
		int64_t *id = &(*ids)[index];
		Text text = {json_string_value(item), json_string_length(item)};
		int allowed = text.at && text_to_int(text, id) == 0
		                  ? link_allowed(rq, system_id ? system_id : *id, resource_id ? resource_id : *id, true)
		                  : 0;
		if (allowed < 0) return allowed;
		if (!allowed)
			return error_field(rq->error, ERR_INVALID, field, text, "unknown", "Choose one of your own department.",
			                   "%s", message);
	}
	return 0;
}

/* The entries of a system, from input "resources"; left out: as they are. */
static int links_store(Request *rq, int64_t system_id) {
	int64_t *ids;
	size_t count;
	if (!in_has(rq, "resources")) return 0;
	int code = links_read(rq, "resources", "There is no such entry", system_id, 0, &ids, &count);
	if (code == 0)
		code = (int)db_run(rq->db, "DELETE FROM info_system_resource WHERE system_id = $1", BIND(val_int(system_id)));
	for (size_t i = 0; i < count && code >= 0; i++)
		code = link_insert(rq, system_id, ids[i]);
	return code < 0 ? code : 0;
}

static const char *text_in(Request *rq, const char *name) {
	return in_has(rq, name) ? text_cstr(rq->arena, text_trim(in_text(rq, name))) : "";
}

static int org_exists(Request *rq, int64_t org_id) {
	int64_t found = 0;
	int code = db_int(rq->db, &found, "SELECT org_id FROM org WHERE org_id = $1", BIND(val_int(org_id)));
	if (code != 0) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_NOT_FOUND, "org_id", TEXT_NONE, "org", "Choose the owner.",
	                   "there is no such organisation");
}

static int system_read(Request *rq, System *one) {
	*one = (System){.id = one->id,
	                .org_id = in_has(rq, "org_id") ? in_int(rq, "org_id") : rq->party.org_id,
	                .level = in_int(rq, "level"),
	                .name = text_in(rq, "name"),
	                .purpose = text_in(rq, "purpose"),
	                .network = in_str(rq, "network"),
	                .data = text_in(rq, "data"),
	                .budget = in_has(rq, "budget") ? in_str(rq, "budget") : "none",
	                .plan = in_has(rq, "plan") ? in_str(rq, "plan") : "keep",
	                .plan_note = text_in(rq, "plan_note")};
	if (!may_edit(rq, one->org_id)) return not_yours(rq);
	int code = org_exists(rq, one->org_id);
	return code < 0 ? code
	                : day_read(rq, in_has(rq, "live_day") ? text_trim(in_text(rq, "live_day")) : TEXT(""), &one->live_day);
}

static int system_keep(Request *rq, System *one) {
	int code = system_read(rq, one);
	if (code < 0 || (code = system_store(rq, one)) < 0 || (code = links_store(rq, one->id)) < 0) return code;
	rq->about = arena_printf(rq->arena, "{\"plan\":\"%s\",\"network\":\"%s\",\"budget\":\"%s\"}", one->plan, one->network,
	                         one->budget);
	return system_show(rq, one->id);
}

int system_post(Request *rq) {
	System one = {.id = store_new_id(rq->store)};
	rq->status = 201;
	return system_keep(rq, &one);
}

/* The row as it is now, under its lock: its owner, with the right to change it and at the version seen. */
static int system_open(Request *rq, int64_t id) {
	Rows *rows;
	int code = db_lock(rq->db, "measure.system", id);
	if (code < 0) return code;
	int found = db_one(rq->db, &rows, "SELECT org_id, version FROM info_system WHERE system_id = $1", BIND(val_int(id)));
	if (found < 0) return found;
	if (!found || !(is_bureau(rq) || rows_int(rows, 0) == rq->party.org_id)) return no_system(rq, id);
	if (!may_edit(rq, rows_int(rows, 0))) return not_yours(rq);
	rq->about_subject = id;
	return version_check(rq, rows_int(rows, 1));
}

int system_put(Request *rq) {
	System one = {.id = in_int(rq, "id")};
	int code = system_open(rq, one.id);
	return code < 0 ? code : system_keep(rq, &one);
}

int system_delete(Request *rq) {
	int64_t id = in_int(rq, "id");
	int code = system_open(rq, id);
	if (code == 0) code = (int)db_run(rq->db, "DELETE FROM info_system_resource WHERE system_id = $1", BIND(val_int(id)));
	if (code >= 0) code = (int)db_run(rq->db, "DELETE FROM info_system WHERE system_id = $1", BIND(val_int(id)));
	return code < 0 ? code : 0;
}

/* From the entry's side: its systems. */
int resource_systems_put(Request *rq) {
	const Resource *resource;
	int64_t *ids, resource_id = in_int(rq, "id");
	size_t count;
	rq->about_resource = resource_id;
	int code = resource_any(rq, resource_id, &resource);
	if (code < 0) return code;
	if (!may_edit(rq, resource->org_id)) return not_yours(rq);
	code = links_read(rq, "systems", "There is no such system among those you may see", 0, resource_id, &ids, &count);
	if (code == 0)
		code = (int)db_run(rq->db, "DELETE FROM info_system_resource WHERE resource_id = $1", BIND(val_int(resource_id)));
	for (size_t i = 0; i < count && code >= 0; i++)
		code = link_insert(rq, ids[i], resource_id);
	return code < 0 ? code : 0;
}

/* --- import ---------------------------------------------------------------------------------------------------------- */
enum { IN_NAME, IN_ORG, IN_PURPOSE, IN_NETWORK, IN_DATA, IN_BUDGET, IN_PLAN, IN_NOTE, IN_LIVE, IN_LEVEL, IN_CODES, IN_COUNT };
static const IntakeColumn intake_columns[IN_COUNT] = {{"name", "系统名称", "System", true},
                                                      {"org", "主管部门", "Owner", false},
                                                      {"purpose", "用途", "Purpose", true},
                                                      {"network", "所在网络", "Network", true},
                                                      {"data", "数据", "Data", false},
                                                      {"budget", "预算状态", "Budget", false},
                                                      {"plan", "整合计划", "Consolidation", false},
                                                      {"plan_note", "整合说明", "About the consolidation", false},
                                                      {"live_day", "上线日期", "Live since", false},
                                                      {"level", "等保级别", "Protection level", false},
                                                      {"resource_codes", "目录代码", "Entry codes", false}};

static int word_read(Request *rq, const char *field, const BookWord *words, Text text, const char *absent, const char **out) {
	*out = text.len ? book_word_key(words, text) : absent;
	if (*out) return 0;
	return error_field(rq->error, ERR_INVALID, field, text, "choice", "Write one of the words of the exported workbook.",
	                   "This word is not known here");
}

/* The next of "code,code;code", or an empty text at the end. */
static Text code_next(Text *rest) {
	while (rest->len) {
		size_t len = 0;
		while (len < rest->len && !strchr(",; ", rest->at[len]))
			len++;
		Text one = {rest->at, len};
		*rest = (Text){rest->at + len + (len < rest->len), rest->len - len - (len < rest->len)};
		if (one.len) return one;
	}
	return TEXT("");
}

/* Codes of entries, all of them known before the first is stored; store false: only looks. */
static int links_import(Request *rq, int64_t system_id, Text codes, bool store, bool *changed) {
	for (Text code_text = code_next(&codes); code_text.len; code_text = code_next(&codes)) {
		int64_t id = 0;
		int code = db_int(rq->db, &id, "SELECT resource_id FROM resource WHERE code = $1", BIND(val_text(code_text)));
		if (code > 0) code = link_allowed(rq, system_id, id, false);
		if (code == 0)
			return error_field(rq->error, ERR_INVALID, "resources", code_text, "unknown",
			                   "Write codes of the catalogue, apart by commas.", "There is no such entry");
		int added = code < 0 ? code : store ? link_insert(rq, system_id, id) : 0;
		if (added < 0) return added;
		*changed |= added > 0;
	}
	return 0;
}

static int values_read(Request *rq, const Text *values, System *one) {
	int code = length_check(rq, "name", values[IN_NAME], 2, 100);
	if (code == 0) code = length_check(rq, "purpose", values[IN_PURPOSE], 2, 500);
	if (code == 0) code = length_check(rq, "data", values[IN_DATA], 0, 1000);
	if (code == 0) code = length_check(rq, "plan_note", values[IN_NOTE], 0, 500);
	if (code == 0) code = org_read(rq, values[IN_ORG], &one->org_id);
	if (code == 0 && !may_edit(rq, one->org_id)) code = not_yours(rq);
	if (code == 0) code = word_read(rq, "network", network_words, values[IN_NETWORK], NULL, &one->network);
	if (code == 0) code = word_read(rq, "budget", budget_words, values[IN_BUDGET], "none", &one->budget);
	if (code == 0) code = word_read(rq, "plan", plan_words, values[IN_PLAN], "keep", &one->plan);
	if (code == 0) code = day_read(rq, values[IN_LIVE], &one->live_day);
	if (code == 0 && values[IN_LEVEL].len &&
	    (text_to_int(values[IN_LEVEL], &one->level) < 0 || one->level < 0 || one->level > 5))
		code = error_field(rq->error, ERR_INVALID, "level", values[IN_LEVEL], "range", "Write 0 to 5.",
		                   "There is no such level");
	one->name = text_cstr(rq->arena, values[IN_NAME]);
	one->purpose = text_cstr(rq->arena, values[IN_PURPOSE]);
	one->data = text_cstr(rq->arena, values[IN_DATA]);
	one->plan_note = text_cstr(rq->arena, values[IN_NOTE]);
	return code;
}

/* Whether what is stored under that name is the same; its id through one->id, 0 = none. */
static int same_stored(Request *rq, System *one, bool *same) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT system_id, CASE WHEN purpose = $3 AND network = $4 AND data = $5 AND budget = $6 AND plan = $7 AND"
	    " plan_note = $8 AND live_day IS NOT DISTINCT FROM CAST($9 AS BIGINT) AND level = $10 THEN 1 ELSE 0 END"
	    " FROM info_system WHERE org_id = $1 AND name = $2",
	    BIND(val_int(one->org_id), val_str(one->name), val_str(one->purpose), val_str(one->network), val_str(one->data),
	         val_str(one->budget), val_str(one->plan), val_str(one->plan_note), one->live_day, val_int(one->level)));
	if (found > 0) one->id = rows_int(rows, 0);
	*same = found > 0 && rows_int(rows, 1) == 1;
	return found < 0 ? found : 0;
}

static int import_row(Request *rq, void *arg, const Text *values) {
	System one = {0};
	bool same = false, linked = false;
	int code = values_read(rq, values, &one);
	if (code < 0 || (code = same_stored(rq, &one, &same)) < 0) return code;
	bool fresh = one.id == 0;
	if (fresh) one.id = store_new_id(rq->store);
	if ((code = links_import(rq, one.id, values[IN_CODES], false, &linked)) < 0 ||
	    (!same && (code = system_store(rq, &one)) < 0) ||
	    (code = links_import(rq, one.id, values[IN_CODES], true, &linked)) < 0)
		return code;
	return fresh ? INTAKE_ADDED : same && !linked ? INTAKE_SAME : INTAKE_CHANGED;
}

int systems_import(Request *rq) {
	return intake(rq, intake_columns, IN_COUNT, import_row, NULL);
}

int action_systems_load(Request *rq, void *arg) {
	return intake_pack(rq, arg, intake_columns, IN_COUNT, import_row, NULL);
}
