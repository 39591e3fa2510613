/* material: what service items ask people to bring, and which entry could supply it instead: table service_material, filled from
 * files. An entry fits a material when the material (without 复印件 and the like) is its name or one of its keywords, or a
 * synonym of one; a person's word, or the file's, goes before. Workers; writes in portions. */
#include "measure/checks.h"

enum { TERM_MIN = 3 /* characters: shorter words are too common to be looked for inside a name */, SYNONYMS_MAX = 40 };

/* --- words ----------------------------------------------------------------------------------------------------------- */
/* Cuts brackets with what is in them and words that say only which copy; in arena. */
static Text core_of(Arena *arena, Text text) {
	static const char *const opens[] = {"（", "(", "【", "["}, *const ends[] = {"复印件",   "原件", "扫描件",
	                                                                            "副本",     "正本", "电子件",
	                                                                            "证明材料", "信息", "数据"};
	for (size_t i = 0; i < sizeof opens / sizeof *opens; i++) {
		ptrdiff_t at = text_find(text, text_of(opens[i]));
		if (at > 0) text.len = (size_t)at;
	}
	text = text_trim(text);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (text.len > strlen(ends[i]) && text_ends(text, text_of(ends[i]))) {
			text.len -= strlen(ends[i]);
			i = (size_t)-1; /* from the beginning: 营业执照副本复印件 */
		}
	return text_dup(arena, text);
}

typedef struct Group {
	Text words[SYNONYMS_MAX];
	int count;
	struct Group *next;
} Group;
typedef struct Term { /* a name or keyword of an entry */
	int64_t resource_id;
	Text text;
	bool name;
	struct Term *next;
} Term;
typedef struct Match {
	int64_t material_id, resource_id;
	const char *by;
	struct Match *next;
} Match;
typedef struct Matching {
	Group *groups;
	Term *terms;
	Match *changed;
} Matching;

static int groups_read(Request *rq, Matching *matching) {
	Rows *rows;
	int code = db_query(rq->db, &rows, "SELECT words FROM synonym ORDER BY name", NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		size_t index;
		json_t *word, *words = json_loadb(rows_text(rows, 0).at, rows_text(rows, 0).len, 0, NULL);
		Group *group = ARENA_NEW(rq->arena, Group);
		json_array_foreach(words, index, word) if (group->count < SYNONYMS_MAX) group->words[group->count++] =
		    text_dup(rq->arena, (Text){json_string_value(word), json_string_length(word)});
		json_decref(words);
		group->next = matching->groups;
		matching->groups = group;
	}
	return code;
}

static void term_add(Request *rq, Matching *matching, int64_t resource_id, Text text, bool name) {
	Term *term = ARENA_NEW(rq->arena, Term);
	*term = (Term){resource_id, core_of(rq->arena, text), name, matching->terms};
	matching->terms = term;
}

/* Read from the worst to the best, each put before the last: where two fit, one with data wins, then the older. */
static int terms_read(Request *rq, Matching *matching) {
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT r.resource_id, v.document FROM resource r JOIN resource_version v ON v.resource_id = r.resource_id"
	             " AND v.version_no = r.published_version WHERE r.state = 'published' AND r.sharing <> 'none'"
	             " ORDER BY CASE WHEN r.generation_no > 0 THEN 1 ELSE 0 END, r.resource_id DESC",
	             NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		size_t index;
		int64_t id = rows_int(rows, 0);
		json_t *word, *document = json_loadb(rows_text(rows, 1).at, rows_text(rows, 1).len, 0, NULL);
		json_t *name = json_object_get(document, "name");
		json_array_foreach(json_object_get(document, "keywords"), index, word)
		    term_add(rq, matching, id, (Text){json_string_value(word), json_string_length(word)}, false);
		if (name) term_add(rq, matching, id, (Text){json_string_value(name), json_string_length(name)}, true);
		json_decref(document);
	}
	return code;
}

/* --- matching -------------------------------------------------------------------------------------------------------- */
static bool term_fits(const Term *term, Text word) {
	if (text_eq(term->text, word)) return true;
	return term->name && utf8_count(word) >= TERM_MIN && text_find(term->text, word) >= 0;
}

/* The best term that fits the material itself or a synonym of it. */
static const Term *material_term(Request *rq, const Matching *matching, Text material, const char **by) {
	Text words[SYNONYMS_MAX + 1] = {core_of(rq->arena, material)};
	int count = 1;
	for (const Group *group = matching->groups; group; group = group->next) {
		bool member = false;
		for (int i = 0; i < group->count; i++)
			member |= text_eq(group->words[i], words[0]);
		for (int i = 0; i < group->count && member && count <= SYNONYMS_MAX; i++)
			words[count++] = group->words[i];
	}
	for (const Term *term = matching->terms; term && words[0].len; term = term->next)
		for (int i = 0; i < count; i++)
			if (term_fits(term, words[i])) {
				*by = i            ? arena_printf(rq->arena, "synonym %.*s", TEXT_ARG(words[i]))
				      : term->name ? "name"
				                   : "keyword";
				return term;
			}
	*by = "";
	return NULL;
}

static int matches_write(Request *w, void *arg) {
	Matching *matching = arg;
	int code = 0;
	for (const Match *one = matching->changed; one && code >= 0; one = one->next)
		code = (int)db_run(
		    w->db,
		    "UPDATE service_material SET resource_id = $2, matched_by = $3, version = version + 1 WHERE material_id ="
		    " $1 AND decided = 0",
		    BIND(val_int(one->material_id), val_int(one->resource_id), val_str(one->by)));
	return code < 0 ? code : 0;
}

int materials_match(Request *rq) {
	Rows *rows;
	Matching matching = {0};
	int code = groups_read(rq, &matching);
	if (code >= 0) code = terms_read(rq, &matching);
	if (code >= 0)
		code = db_query(
		    rq->db, &rows,
		    "SELECT material_id, material, resource_id FROM service_material WHERE decided = 0 ORDER BY material_id",
		    NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		const char *by;
		const Term *term = material_term(rq, &matching, rows_text(rows, 1), &by);
		int64_t found = term ? term->resource_id : 0;
		if (found == rows_int(rows, 2)) continue;
		Match *match = ARENA_NEW(rq->arena, Match);
		*match = (Match){rows_int(rows, 0), found, by, matching.changed};
		matching.changed = match;
	}
	if (code < 0 || !matching.changed) return code;
	return request_write_bulk(rq, matches_write, &matching);
}

/* --- the list -------------------------------------------------------------------------------------------------------- */
int materials_get(Request *rq) {
	static const Member members[] = {{"material_id", MEMBER_ID},
	                                 {"item_code", MEMBER_TEXT},
	                                 {"item_name", MEMBER_TEXT},
	                                 {"org_id", MEMBER_ID},
	                                 {"org_name", MEMBER_TEXT},
	                                 {"material", MEMBER_TEXT},
	                                 {"basis", MEMBER_TEXT},
	                                 {"resource_id", MEMBER_ID},
	                                 {"resource_name", MEMBER_TEXT},
	                                 {"matched_by", MEMBER_TEXT},
	                                 {"decided", MEMBER_BOOL},
	                                 {"version", MEMBER_INT},
	                                 {0}};
	int limit = in_limit(rq);
	return answer_page(
	    rq, limit, members,
	    "SELECT m.material_id, m.item_code, m.item_name, m.org_id, o.name, m.material, m.basis, m.resource_id, r.name,"
	    " m.matched_by, m.decided, m.version FROM service_material m JOIN org o ON o.org_id = m.org_id LEFT JOIN"
	    " resource r ON r.resource_id = m.resource_id WHERE ($1 = 0 OR m.org_id = $1) AND ($2 < 0 OR ($2 = 1 AND"
	    " m.resource_id > 0) OR ($2 = 0 AND m.resource_id = 0)) AND m.material_id > $3 ORDER BY m.material_id LIMIT $4",
	    BIND(val_int(org_asked(rq)), val_int(in_has(rq, "matched") ? in_int(rq, "matched") : -1),
	         val_int(in_int(rq, "after")), val_int(limit + 1)));
}

/* --- import and decisions -------------------------------------------------------------------------------------------- */
enum { IN_CODE, IN_NAME, IN_ORG, IN_MATERIAL, IN_BASIS, IN_ENTRY, IN_COUNT };
static const IntakeColumn intake_columns[IN_COUNT] = {{"item_code", "事项编码", "Item code", true},
                                                      {"item_name", "事项名称", "Service item", true},
                                                      {"org", "实施部门", "Department", true},
                                                      {"material", "材料名称", "Material", true},
                                                      {"basis", "依据", "Basis", false},
                                                      {"resource_code", "目录代码", "Entry code", false}};

static int entry_read(Request *rq, Text text, int64_t *out) {
	*out = 0;
	int found = text.len ? db_int(rq->db, out, "SELECT resource_id FROM resource WHERE code = $1", BIND(val_text(text))) : 1;
	if (found != 0) return found < 0 ? found : 0;
	return error_field(rq->error, ERR_INVALID, "resource_code", text, "entry", "Choose it from the catalogue.",
	                   "There is no such entry");
}

static int import_row(Request *rq, void *arg, const Text *values) {
	Rows *rows;
	int64_t org_id, entry;
	static const struct {
		const char *field;
		size_t least, most;
	} limits[] = {{"item_code", 1, 100}, {"item_name", 2, 200}, {"org", 0, 100}, {"material", 2, 200}, {"basis", 0, 500}};
	int code = 0;
	for (int i = 0; i < IN_ENTRY && code == 0; i++)
		code = length_check(rq, limits[i].field, values[i], limits[i].least, limits[i].most);
	if (code == 0) code = org_read(rq, values[IN_ORG], &org_id);
	if (code == 0) code = entry_read(rq, values[IN_ENTRY], &entry);
	if (code < 0) return code;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT material_id, CASE WHEN item_name = $3 AND org_id = $4 AND basis = $5 AND ($6 = 0 OR resource_id = $6)"
	           " THEN 1 ELSE 0 END FROM service_material WHERE item_code = $1 AND material = $2",
	           BIND(val_text(values[IN_CODE]), val_text(values[IN_MATERIAL]), val_text(values[IN_NAME]), val_int(org_id),
	                val_text(values[IN_BASIS]), val_int(entry)));
	if (found < 0) return found;
	int64_t id = found ? rows_int(rows, 0) : store_new_id(rq->store);
	if (found && rows_int(rows, 1)) return INTAKE_SAME;
	code = (int)db_run(
	    rq->db,
	    "INSERT INTO service_material (material_id, item_code, item_name, org_id, material, basis, resource_id,"
	    " matched_by, decided, updated_us, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1) ON CONFLICT"
	    " (material_id) DO UPDATE SET item_name = excluded.item_name, org_id = excluded.org_id, basis ="
	    " excluded.basis, resource_id = CASE WHEN excluded.decided = 1 THEN excluded.resource_id ELSE"
	    " service_material.resource_id END, matched_by = CASE WHEN excluded.decided = 1 THEN excluded.matched_by ELSE"
	    " service_material.matched_by END, decided = CASE WHEN excluded.decided = 1 THEN 1 ELSE"
	    " service_material.decided END, updated_us = excluded.updated_us, version = service_material.version + 1",
	    BIND(val_int(id), val_text(values[IN_CODE]), val_text(values[IN_NAME]), val_int(org_id),
	         val_text(values[IN_MATERIAL]), val_text(values[IN_BASIS]), val_int(entry), val_str(entry ? "named" : ""),
	         val_int(entry != 0), val_int(rq->now_us)));
	return code < 0 ? code : found ? INTAKE_CHANGED : INTAKE_ADDED;
}

int materials_import(Request *rq) {
	return intake(rq, intake_columns, IN_COUNT, import_row, NULL);
}

int action_materials_load(Request *rq, void *arg) {
	return intake_pack(rq, arg, intake_columns, IN_COUNT, import_row, NULL);
}

/* The bureau's word on one material: this entry supplies it (resource_id), or none does (left out). */
int material_decide(Request *rq) {
	const Resource *resource;
	int64_t id = in_int(rq, "id"), entry = in_int(rq, "resource_id"), version = 0;
	rq->about_subject = id;
	rq->about_resource = entry;
	int found = db_int(rq->db, &version, "SELECT version FROM service_material WHERE material_id = $1", BIND(val_int(id)));
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no material %lld", (long long)id);
	int code = found < 0 ? found : version_check(rq, version);
	if (code == 0 && entry) code = resource_any(rq, entry, &resource);
	if (code == 0)
		code = (int)db_run(rq->db,
		                   "UPDATE service_material SET resource_id = $2, matched_by = $3, decided = 1, updated_us = $4,"
		                   " version = version + 1 WHERE material_id = $1",
		                   BIND(val_int(id), val_int(entry), val_str(entry ? "named" : "none"), val_int(rq->now_us)));
	return code < 0 ? code : 0;
}
