/* Owns loading packs: reads the files a pack lists, checks all of it, compares three ways (as shipped before, as shipped now, as
 * the city has it) and applies what is safe in one write. A dry run is the same write, rolled back. Runs outside writes (CLI,
 * LANE_READ). */
#include "catalog/pack.h"
#include <unistd.h>

typedef struct Pack {
	Request *rq;
	const char *directory, *name, *title, *title_en;
	int64_t version, loaded_version;
	bool dry_run;
	PackItem *first, **tail;
	PackFile *files[256];
	int file_count;
	json_t *changes; /* [{kind,name,change,detail}] */
	json_t *counts;
	bool rolled_back;
} Pack;

static const ShapeKey pack_keys[] = {
    {"pack", SHAPE_TEXT, 1, 1, 40, NULL, "名称"},
    {"version", SHAPE_INT, 1, 1, 1000000, NULL, "版本"},
    {"title", SHAPE_TEXT, 1, 1, 100, NULL, "中文名"},
    {"title_en", SHAPE_TEXT, 1, 1, 100, NULL, "英文名"},
    {"doc", SHAPE_TEXT, 0, 0, 1000, NULL, "说明"},
    {"needs", SHAPE_LIST, 0, 0, 20, NULL, "依赖"},
    {"organisations", SHAPE_TEXTS, 0, 1, 200, NULL, "组织"},
    {"code_sets", SHAPE_TEXTS, 0, 1, 200, NULL, "代码集"},
    {"elements", SHAPE_TEXTS, 0, 1, 200, NULL, "数据元"},
    {"templates", SHAPE_TEXTS, 0, 1, 200, NULL, "模板"},
    {"synonyms", SHAPE_TEXTS, 0, 1, 200, NULL, "同义词"},
    {"resources", SHAPE_TEXTS, 0, 1, 200, NULL, "资源"},
    {"divisions", SHAPE_TEXTS, 0, 1, 200, NULL, "行政区划"},
    {"processes", SHAPE_TEXTS, 0, 1, 200, NULL, "流程"},
    {"adapters", SHAPE_TEXTS, 0, 1, 200, NULL, "外平台模板"},
    {"calendars", SHAPE_TEXTS, 0, 1, 200, NULL, "工作日历"},
    {"schemes", SHAPE_TEXTS, 0, 1, 200, NULL, "考核方案"},
    {"event_classes", SHAPE_TEXTS, 0, 1, 200, NULL, "事件分类"},
    {"platforms", SHAPE_TEXTS, 0, 1, 200, NULL, "上级平台"},
    {"duties", SHAPE_TEXTS, 0, 1, 200, NULL, "职责清单"},
    {"systems", SHAPE_TEXTS, 0, 1, 200, NULL, "信息系统"},
    {"materials", SHAPE_TEXTS, 0, 1, 200, NULL, "办事材料"},
    {"accounts", SHAPE_TEXTS, 0, 1, 200, NULL, "账号"},
    {0},
};
static const ShapeKey need_keys[] = {
    {"pack", SHAPE_TEXT, 1, 1, 40, NULL, "名称"}, {"version", SHAPE_INT, 1, 1, 1000000, NULL, "最低版本"}, {0}};
#define ROLE_CHOICES "data_bureau|data_officer|reader|service|grid_officer|handler|dispatcher|operator|supervisor"
static const ShapeKey account_keys[] = {
    {"login", SHAPE_TEXT, 1, 3, 60, NULL, "登录名"},    {"name", SHAPE_TEXT, 1, 1, 60, NULL, "姓名"},
    {"org", SHAPE_TEXT, 1, 1, 40, NULL, "组织"},        {"roles", SHAPE_TEXTS, 1, 1, 40, ROLE_CHOICES, "角色"},
    {"service", SHAPE_BOOL, 0, 0, 0, NULL, "服务账号"}, {0}};

/* --- problems with file and line --------------------------------------------------------------------------------------- */
static int file_problems(Pack *pack, const PackFile *file, const Problems *problems) {
	if (!problems->count) return 0;
	const Problem *first = &problems->items[0];
	int line = file->root ? yaml_line(file->root, first->path) : 1;
	const char *more =
	    problems->count == 1 ? "" : arena_printf(pack->rq->arena, " (and %d more in this file)", problems->count - 1);
	return error_field(pack->rq->error, ERR_INVALID, first->path, TEXT_NONE, first->rule, first->advice,
	                   "%s:%d: %s: %s; %s%s", file->shown, line, first->path, first->message, first->advice, more);
}

/* --- reading the files ------------------------------------------------------------------------------------------------- */
/* Inside the pack's folder only: no "..", no absolute path, no odd characters. */
static bool path_allowed(Text path) {
	if (!path.len || path.at[0] == '/' || path.at[0] == '.' || text_find(path, TEXT("..")) >= 0) return false;
	for (size_t i = 0; i < path.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./", path.at[i])) return false;
	return true;
}

static int open_file(Pack *pack, const PackFile *list, const char *list_path, Text path, bool yaml, PackFile **out) {
	Arena *arena = pack->rq->arena;
	int line = list->root ? yaml_line(list->root, list_path) : 1;
	if (!path_allowed(path))
		return fail(pack->rq, ERR_INVALID, "%s:%d: \"%.*s\" is not a file inside the pack's folder", list->shown, line,
		            TEXT_ARG(path));
	if (pack->file_count == (int)(sizeof pack->files / sizeof *pack->files))
		return fail(pack->rq, ERR_INVALID, "%s:%d: a pack has at most 256 files", list->shown, line);
	PackFile *file = ARENA_NEW(arena, PackFile);
	file->shown = arena_printf(arena, "%s/%.*s", pack->name, TEXT_ARG(path));
	file->path = arena_printf(arena, "%s/%.*s", pack->directory, TEXT_ARG(path));
	if (access(file->path, R_OK) < 0)
		return fail(pack->rq, ERR_NOT_FOUND, "%s:%d: there is no file %.*s in the pack's folder", list->shown, line,
		            TEXT_ARG(path));
	if (yaml) {
		YamlNode *root;
		int code = yaml_read(arena, file->path, file->shown, &root, pack->rq->error);
		if (code < 0) return code;
		file->root = root;
	}
	pack->files[pack->file_count++] = file;
	*out = file;
	return 0;
}

static int add_item(Pack *pack, PackKind kind, const PackFile *file, const char *path, const json_t *json, Problems *problems) {
	const PackKindRow *row = &pack_kinds[kind];
	int before = problems->count;
	shape_check(problems, path, json, row->keys);
	if (problems->count > before) return 0;
	PackItem *item = ARENA_NEW(pack->rq->arena, PackItem);
	item->kind = kind;
	item->file = file;
	item->path = path;
	item->name = kind == PACK_RESOURCE ? js_str(pack->rq->arena, json_object_get(json, "document"), "code")
	                                   : js_str(pack->rq->arena, json, row->identity);
	item->json = row->normal(pack->rq, json, path, problems);
	pack_json_digest(pack->rq, item->json, item->sha256);
	for (const PackItem *other = pack->first; other; other = other->next)
		if (other->kind == kind && strcmp(other->name, item->name) == 0)
			problem_add(problems, path, "name_unique", "remove one of them", "%s %s is also in %s", row->name,
			            item->name, other->file->shown);
	*pack->tail = item;
	pack->tail = &item->next;
	return 0;
}

static int read_yaml_items(Pack *pack, PackKind kind, const PackFile *file) {
	const PackKindRow *row = &pack_kinds[kind];
	Problems problems;
	problems_begin(&problems, pack->rq->arena);
	json_t *json = json_in(pack->rq->arena, yaml_json(file->root));
	if (!row->inner)
		add_item(pack, kind, file, "", json, &problems);
	else {
		const ShapeKey keys[] = {{row->inner, SHAPE_LIST, 1, 0, 5000, NULL, NULL}, {0}};
		size_t index;
		json_t *item;
		shape_check(&problems, "", json, keys);
		json_array_foreach(json_object_get(json, row->inner), index, item)
		    add_item(pack, kind, file, arena_printf(pack->rq->arena, "%s[%zu]", row->inner, index), item, &problems);
	}
	return file_problems(pack, file, &problems);
}

static int read_file_item(Pack *pack, PackKind kind, const PackFile *file) {
	PackItem *item = ARENA_NEW(pack->rq->arena, PackItem);
	Digest digest;
	int64_t size = 0;
	int code = digest_file(file->path, &digest, &size, pack->rq->error);
	if (code < 0) return code;
	item->kind = kind;
	item->file = file;
	item->path = "";
	item->name = file->shown;
	hex_encode(digest.bytes, DIGEST_LEN, item->sha256);
	*pack->tail = item;
	pack->tail = &item->next;
	return 0;
}

static int read_kind(Pack *pack, PackKind kind, const PackFile *list, const json_t *json) {
	size_t index;
	json_t *path;
	json_array_foreach(json_object_get(json, pack_kinds[kind].list), index, path) {
		PackFile *file;
		const char *where = arena_printf(pack->rq->arena, "%s[%zu]", pack_kinds[kind].list, index);
		Text text = {json_string_value(path), json_string_length(path)};
		int code = open_file(pack, list, where, text, kind < PACK_FILES, &file);
		if (code < 0 ||
		    (code = kind >= PACK_FILES ? read_file_item(pack, kind, file) : read_yaml_items(pack, kind, file)) < 0)
			return code;
	}
	return 0;
}

static int open_pack(Pack *pack, const char *directory, PackFile **out_list, json_t **out_json) {
	Arena *arena = pack->rq->arena;
	PackFile *list = ARENA_NEW(arena, PackFile);
	YamlNode *root;
	list->shown = "pack.yaml";
	list->path = arena_printf(arena, "%s/pack.yaml", directory);
	int code = yaml_read(arena, list->path, list->shown, &root, pack->rq->error);
	if (code < 0) return code;
	list->root = root;
	json_t *json = json_in(arena, yaml_json(root));
	Problems problems;
	problems_begin(&problems, arena);
	shape_check(&problems, "", json, pack_keys);
	size_t index;
	json_t *need;
	json_array_foreach(json_object_get(json, "needs"), index, need)
	    shape_check(&problems, arena_printf(arena, "needs[%zu]", index), need, need_keys);
	pack->directory = directory;
	pack->name = js_str(arena, json, "pack");
	list->shown = arena_printf(arena, "%s/pack.yaml", pack->name);
	pack->title = js_str(arena, json, "title");
	pack->title_en = js_str(arena, json, "title_en");
	pack->version = js_int(json, "version", 0);
	*out_list = list;
	*out_json = json;
	return file_problems(pack, list, &problems);
}

static Pack *pack_new(Request *rq, bool dry_run) {
	Pack *pack = ARENA_NEW(rq->arena, Pack);
	pack->rq = rq;
	pack->dry_run = dry_run;
	pack->tail = &pack->first;
	return pack;
}

static int check_needs(Pack *pack, const PackFile *list, const json_t *json) {
	size_t index;
	json_t *need;
	json_array_foreach(json_object_get(json, "needs"), index, need) {
		int64_t version = 0, least = js_int(need, "version", 0);
		int found = db_int(pack->rq->db, &version, "SELECT version FROM pack WHERE name = $1",
		                   BIND(val_text(js_text(need, "pack"))));
		if (found < 0) return found;
		if (!found || version < least)
			return fail(pack->rq, ERR_CONFLICT, "%s:%d: pack %.*s version %lld must be loaded first", list->shown,
			            yaml_line(list->root, arena_printf(pack->rq->arena, "needs[%zu]", index)),
			            TEXT_ARG(js_text(need, "pack")), (long long)least);
	}
	int64_t loaded = 0;
	int found = db_int(pack->rq->db, &loaded, "SELECT version FROM pack WHERE name = $1", BIND(val_str(pack->name)));
	pack->loaded_version = loaded;
	if (found > 0 && loaded > pack->version)
		return fail(pack->rq, ERR_CONFLICT, "%s: version %lld is loaded, this is the older version %lld", list->shown,
		            (long long)loaded, (long long)pack->version);
	return found < 0 ? found : 0;
}

/* --- three ways -------------------------------------------------------------------------------------------------------- */
static void note_change(Pack *pack, const char *kind, const char *name, const char *change, const char *detail) {
	json_object_set_new(pack->counts, change, json_integer(js_int(pack->counts, change, 0) + 1));
	if (strcmp(change, "unchanged") == 0) return;
	json_array_append_new(pack->changes,
	                      json_pack("{s:s,s:s,s:s,s:s}", "kind", kind, "name", name, "change", change, "detail", detail));
}

typedef struct Verdict {
	const char *change, *detail;
	bool put;
} Verdict;

/* shipped: digest of the version loaded before, "" = never. here: digest of what the city has, "" = nothing. */
static Verdict judge(const char *shipped, const char *here, const char *now) {
	bool same_here = strcmp(here, now) == 0;
	if (!*here)
		return *shipped ? (Verdict){"keep", "removed in this city: stays removed", false} : (Verdict){"add", "", true};
	if (!*shipped)
		return same_here ? (Verdict){"adopt", "was here already, word for word", false}
		                 : (Verdict){"conflict", "was here already and differs: the city's own is kept", false};
	if (strcmp(here, shipped) == 0) return same_here ? (Verdict){"unchanged", "", false} : (Verdict){"upgrade", "", true};
	if (same_here) return (Verdict){"adopt", "changed in this city to what the pack now brings", false};
	if (strcmp(now, shipped) == 0) return (Verdict){"keep", "changed in this city, not in the pack", false};
	return (Verdict){"conflict", "changed in this city and in the pack: the city's own is kept", false};
}

static int shipped_digest(Request *rq, const Pack *pack, const PackItem *item, const char **out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT sha256 FROM pack_item WHERE pack = $1 AND kind = $2 AND name = $3",
	                   BIND(val_str(pack->name), val_str(pack_kinds[item->kind].name), val_str(item->name)));
	if (found >= 0) *out = found ? rows_str(rows, 0, rq->arena) : "";
	return found < 0 ? found : 0;
}

static int local_digest(Request *rq, const PackItem *item, char out[HEX_DIGEST_MAX]) {
	json_t *local = NULL;
	int code = pack_kinds[item->kind].local(rq, item->name, &local);
	out[0] = '\0';
	if (code == 0 && local) pack_json_digest(rq, local, out);
	return code;
}

static int remember(Request *rq, const Pack *pack, const PackItem *item) {
	return (int)db_run(
	    rq->db,
	    "INSERT INTO pack_item (pack, kind, name, sha256) VALUES ($1, $2, $3, $4)"
	    " ON CONFLICT (pack, kind, name) DO UPDATE SET sha256 = excluded.sha256",
	    BIND(val_str(pack->name), val_str(pack_kinds[item->kind].name), val_str(item->name), val_str(item->sha256)));
}

static int apply_item(Request *rq, Pack *pack, const PackItem *item) {
	const PackKindRow *row = &pack_kinds[item->kind];
	const char *shipped = "";
	char here[HEX_DIGEST_MAX];
	int code = shipped_digest(rq, pack, item, &shipped);
	if (code < 0 || (code = local_digest(rq, item, here)) < 0) return code;
	Verdict verdict = judge(shipped, here, item->sha256);
	if (item->kind == PACK_ORGANISATION && *here) /* made once, then the system administrator's */
		verdict = (Verdict){"unchanged", "", false};
	note_change(pack, row->name, item->name, verdict.change, verdict.detail);
	if (verdict.put) {
		Problems problems;
		problems_begin(&problems, rq->arena);
		code = row->put(rq, item, &problems);
		if (code < 0 && rq->error->code) return code;
		if (code < 0 || (code = file_problems(pack, item->file, &problems)) < 0) return code;
	}
	return strcmp(verdict.change, "conflict") == 0 && *shipped ? 0 : remember(rq, pack, item);
}

static bool in_pack(const Pack *pack, Text kind, Text name) {
	for (const PackItem *item = pack->first; item; item = item->next)
		if (text_is(kind, pack_kinds[item->kind].name) && text_is(name, item->name)) return true;
	return false;
}

/* What the pack no longer ships stays with the city: fields retire, they do not vanish. */
static int report_gone(Request *rq, Pack *pack) {
	Rows *rows;
	int code = db_query(rq->db, &rows, "SELECT kind, name FROM pack_item WHERE pack = $1 ORDER BY kind, name",
	                    BIND(val_str(pack->name)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0)
		if (!in_pack(pack, rows_text(rows, 0), rows_text(rows, 1)))
			note_change(pack, rows_str(rows, 0, rq->arena), rows_str(rows, 1, rq->arena), "gone",
			            "no longer in the pack: the city keeps it");
	rows_close(rows);
	return code;
}

static int64_t file_replace(Request *rq, const PackItem *item) {
	PackPart part = {.name = item->file->shown, .path = item->file->path};
	const char *load = pack_kinds[item->kind].load;
	if (!load) return divisions_replace(rq, item->file->path, item->name);
	return action_known(rq->app, load) ? action_run(rq, load, &part) : 0;
}

static int file_change(Request *rq, Pack *pack, const PackItem *item) {
	const char *shipped = "";
	int code = shipped_digest(rq, pack, item, &shipped);
	if (code < 0) return code;
	bool same = strcmp(shipped, item->sha256) == 0;
	note_change(pack, pack_kinds[item->kind].name, item->name, same ? "unchanged" : *shipped ? "upgrade" : "add", "");
	if (same || pack->dry_run) return 0;
	int64_t rows = file_replace(rq, item);
	return rows < 0 ? (int)rows : remember(rq, pack, item);
}

static int write_evidence(Request *rq, const Pack *pack) {
	EvidenceEntry entry = {.at_us = rq->now_us,
	                       .actor = *rq->party.login ? rq->party.login : "system",
	                       .account_id = rq->party.account_id,
	                       .org_id = rq->party.org_id,
	                       .action = "pack.load",
	                       .status = 200,
	                       .purpose = "",
	                       .address = ""};
	entry.detail = arena_printf(rq->arena, "{\"pack\":\"%s\",\"version\":%lld,\"counts\":%s}", pack->name,
	                            (long long)pack->version, json_text_in(rq->arena, pack->counts));
	return evidence_write(rq, &entry);
}

static int apply_pack(Request *rq, void *arg) {
	Pack *pack = arg;
	int code = 0;
	json_array_clear(pack->changes); /* the write may be run again */
	json_object_clear(pack->counts);
	for (int kind = 0; kind < PACK_KIND_COUNT; kind++)
		for (const PackItem *item = pack->first; item; item = item->next)
			if (item->kind == (PackKind)kind &&
			    (code = kind >= PACK_FILES ? file_change(rq, pack, item) : apply_item(rq, pack, item)) < 0)
				return code;
	if ((code = report_gone(rq, pack)) < 0) return code;
	if (pack->dry_run) {
		pack->rolled_back = true;
		return ERR_CANCELLED;
	}
	code = (int)db_run(rq->db,
	                   "INSERT INTO pack (name, version, title, title_en, loaded_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT "
	                   "(name) DO UPDATE"
	                   " SET version = excluded.version, title = excluded.title, title_en = excluded.title_en, loaded_at = "
	                   "excluded.loaded_at",
	                   BIND(val_str(pack->name), val_int(pack->version), val_str(pack->title), val_str(pack->title_en),
	                        val_int(rq->now_us)));
	if (code < 0 || (code = write_evidence(rq, pack)) < 0) return code;
	return generation_bump(rq->db);
}

static void write_report(const Pack *pack, Buf *report) {
	json_t *json = json_pack("{s:s,s:I,s:I,s:b,s:O,s:O}", "pack", pack->name, "version", (json_int_t)pack->version,
	                         "previous_version", (json_int_t)pack->loaded_version, "dry_run", pack->dry_run, "counts",
	                         pack->counts, "changes", pack->changes);
	buf_str(report, json_text_in(pack->rq->arena, json));
	json_decref(json);
}

int pack_load(Request *rq, const char *directory, bool dry_run, Buf *report) {
	Pack *pack = pack_new(rq, dry_run);
	PackFile *list;
	json_t *json;
	int code = open_pack(pack, directory, &list, &json);
	if (code < 0 || (code = check_needs(pack, list, json)) < 0) return code;
	for (int kind = 0; kind < PACK_KIND_COUNT; kind++)
		if ((code = read_kind(pack, (PackKind)kind, list, json)) < 0) return code;
	pack->changes = json_in(rq->arena, json_array());
	pack->counts = json_in(rq->arena, json_object());
	code = request_write(rq, apply_pack, pack);
	if (code == ERR_CANCELLED && pack->rolled_back) { /* the dry run's own */
		error_clear(rq->error);
		code = 0;
	}
	if (code < 0) return code;
	write_report(pack, report);
	return 0;
}

/* --- accounts a pack asks for ------------------------------------------------------------------------------------------ */
static int read_accounts(Pack *pack, const PackFile *file, PackAccount *out, int max, int *count) {
	static const ShapeKey keys[] = {{"accounts", SHAPE_LIST, 1, 0, 200, NULL, NULL}, {0}};
	Arena *arena = pack->rq->arena;
	Problems problems;
	problems_begin(&problems, arena);
	json_t *json = json_in(arena, yaml_json(file->root));
	shape_check(&problems, "", json, keys);
	size_t index, role;
	json_t *item, *name;
	json_array_foreach(json_object_get(json, "accounts"), index, item) {
		shape_check(&problems, arena_printf(arena, "accounts[%zu]", index), item, account_keys);
		if (problems.count || *count == max) continue;
		const char *roles = "";
		json_array_foreach(json_object_get(item, "roles"), role, name) roles =
		    arena_printf(arena, "%s%s%s", roles, *roles ? "," : "", json_string_value(name));
		out[(*count)++] = (PackAccount){js_str(arena, item, "login"), js_str(arena, item, "name"),
		                                js_str(arena, item, "org"), roles, js_bool(item, "service")};
	}
	return file_problems(pack, file, &problems);
}

int pack_accounts(Request *rq, const char *directory, const PackAccount **out, int *count) {
	enum { MAX = 200 };
	Pack *pack = pack_new(rq, true);
	PackFile *list;
	json_t *json, *path;
	int code = open_pack(pack, directory, &list, &json), found = 0;
	if (code < 0) return code;
	PackAccount *accounts = ARENA_ARRAY(rq->arena, PackAccount, MAX);
	size_t index;
	json_array_foreach(json_object_get(json, "accounts"), index, path) {
		PackFile *file;
		Text text = {json_string_value(path), json_string_length(path)};
		code = open_file(pack, list, arena_printf(rq->arena, "accounts[%zu]", index), text, true, &file);
		if (code < 0 || (code = read_accounts(pack, file, accounts, MAX, &found)) < 0) return code;
	}
	*out = accounts;
	*count = found;
	return 0;
}

int pack_list(Request *rq) {
	static const Member members[] = {{"name", MEMBER_TEXT},     {"version", MEMBER_INT},    {"title", MEMBER_TEXT},
	                                 {"title_en", MEMBER_TEXT}, {"loaded_at", MEMBER_TIME}, {0}};
	return answer_list(rq, members, "SELECT name, version, title, title_en, loaded_at FROM pack ORDER BY name", NO_BIND);
}
