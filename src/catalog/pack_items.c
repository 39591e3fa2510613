/* Owns the kinds of things a pack brings, one row a kind: the keys they may have, their normal form, what the city has of them,
 * and how they are stored. normal() runs anywhere; put() inside the pack's write. */
#include "catalog/pack.h"

void pack_json_digest(Request *rq, const json_t *json, char out[HEX_DIGEST_MAX]) {
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	Digest digest;
	digest_sha256(text_of(text), &digest);
	free(text);
	hex_encode(digest.bytes, DIGEST_LEN, out);
}

static const char *at(Problems *problems, const char *path, const char *key) {
	return *path ? arena_printf(problems->arena, "%s.%s", path, key) : key;
}

/* --- data elements (GB/T 19488.2, GA/T 543) ---------------------------------------------------------------------------- */
static const ShapeKey element_keys[] = {
    {"code", SHAPE_TEXT, 1, 1, 40, NULL, "标识符"},
    {"name", SHAPE_TEXT, 1, 1, 60, NULL, "中文名称"},
    {"name_en", SHAPE_TEXT, 1, 1, 80, NULL, "英文名称"},
    {"domain", SHAPE_TEXT, 1, 1, 20, "population|legal|certificate|address|credit|economy|real_estate|common", "领域"},
    {"kind", SHAPE_TEXT, 1, 0, 0, "text|integer|decimal|double|date|time|boolean|code|geometry", "数据类型"},
    {"length", SHAPE_INT, 0, 0, 4000, NULL, "长度"},
    {"scale", SHAPE_INT, 0, 0, 9, NULL, "小数位"},
    {"check", SHAPE_TEXT, 0, 0, 20, NULL, "校验"},
    {"code_set", SHAPE_TEXT, 0, 0, 40, NULL, "值域"},
    {"grade", SHAPE_INT, 1, 1, 4, NULL, "级别"},
    {"mask", SHAPE_TEXT, 0, 0, 20, NULL, "脱敏方式"},
    {"personal", SHAPE_BOOL, 0, 0, 0, NULL, "个人信息"},
    {"aliases", SHAPE_TEXTS, 0, 1, 60, NULL, "列名别称"},
    {"standard", SHAPE_TEXT, 0, 0, 100, NULL, "依据"},
    {"doc", SHAPE_TEXT, 0, 0, 500, NULL, "说明"},
    {0},
};

/* In the order in which element_local reads them. */
static const char *const element_texts[] = {"code",  "name",     "name_en", "domain",   "kind",
                                            "check", "code_set", "mask",    "standard", "doc"};
static const char *const element_numbers[] = {"length", "scale", "grade"};

static json_t *text_json(Text text) {
	return json_stringn(text.at ? text.at : "", text.len);
}

static json_t *element_normal(Request *rq, const json_t *json, const char *path, Problems *problems) {
	Check check;
	Mask mask;
	if (check_parse(js_text(json, "check"), &check) < 0)
		problem_add(problems, at(problems, path, "check"), "choice", "see docs/packs.md for the checks",
		            "there is no check \"%s\"", js_str(problems->arena, json, "check"));
	if (mask_parse(js_text(json, "mask"), &mask) < 0)
		problem_add(problems, at(problems, path, "mask"), "choice", "see docs/packs.md for the masks",
		            "there is no mask \"%s\"", js_str(problems->arena, json, "mask"));
	else if (mask == MASK_NONE && js_int(json, "grade", 1) >= 3)
		problem_add(problems, at(problems, path, "mask"), "mask_missing", "choose a mask",
		            "an L3 or L4 element needs a mask");
	if (text_is(js_text(json, "kind"), "code") != (js_text(json, "code_set").len > 0))
		problem_add(problems, at(problems, path, "code_set"), "code_set_missing", "give both or none",
		            "kind code and code_set go together");
	json_t *out = json_in(rq->arena, json_object());
	for (size_t i = 0; i < sizeof element_texts / sizeof *element_texts; i++)
		json_object_set_new(out, element_texts[i], text_json(js_text(json, element_texts[i])));
	for (size_t i = 0; i < sizeof element_numbers / sizeof *element_numbers; i++)
		json_object_set_new(out, element_numbers[i], json_integer(js_int(json, element_numbers[i], 0)));
	json_object_set_new(out, "personal", json_boolean(js_bool(json, "personal")));
	const json_t *aliases = json_object_get(json, "aliases");
	json_object_set_new(out, "aliases", aliases ? json_deep_copy(aliases) : json_array());
	return out;
}

static int element_local(Request *rq, const char *name, json_t **out) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT code, name, name_en, domain, kind, check_name, code_set, mask, standard, doc, length, scale, grade, personal,"
	    " aliases FROM element WHERE code = $1",
	    BIND(val_str(name)));
	if (found <= 0) {
		*out = found < 0 ? *out : NULL;
		return found < 0 ? found : 0;
	}
	json_t *json = json_in(rq->arena, json_object());
	for (int i = 0; i < 10; i++)
		json_object_set_new(json, element_texts[i], text_json(rows_text(rows, i)));
	for (int i = 0; i < 3; i++)
		json_object_set_new(json, element_numbers[i], json_integer(rows_int(rows, 10 + i)));
	json_object_set_new(json, "personal", json_boolean(rows_int(rows, 13) != 0));
	json_object_set(json, "aliases", json_parse_in(rq->arena, rows_text(rows, 14)));
	*out = json;
	return 0;
}

static const char *element_words(Request *rq, const json_t *json) {
	Buf buf = {0};
	size_t index;
	json_t *alias;
	buf_printf(&buf, "%s\n%s\n%s\n", js_str(rq->arena, json, "code"), js_str(rq->arena, json, "name"),
	           js_str(rq->arena, json, "name_en"));
	json_array_foreach(json_object_get(json, "aliases"), index, alias) buf_printf(&buf, "%s\n", json_string_value(alias));
	Text folded = search_fold(rq->arena, buf_as_text(&buf));
	buf_free(&buf);
	return folded.at;
}

static int element_put(Request *rq, const PackItem *item, Problems *problems) {
	const json_t *json = item->json;
	int code = (int)db_run(rq->db, "DELETE FROM element WHERE code = $1", BIND(val_str(item->name)));
	if (code < 0) return code;
	return (int)db_run(
	    rq->db,
	    "INSERT INTO element (code, name, name_en, domain, kind, length, scale, check_name, code_set, grade, mask, personal,"
	    " aliases, standard, doc, search_text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
	    "$16)",
	    BIND(val_str(item->name), val_text(js_text(json, "name")), val_text(js_text(json, "name_en")),
	         val_text(js_text(json, "domain")), val_text(js_text(json, "kind")), val_int(js_int(json, "length", 0)),
	         val_int(js_int(json, "scale", 0)), val_text(js_text(json, "check")), val_text(js_text(json, "code_set")),
	         val_int(js_int(json, "grade", 1)), val_text(js_text(json, "mask")), val_int(js_bool(json, "personal")),
	         val_str(json_text_in(rq->arena, json_object_get(json, "aliases"))), val_text(js_text(json, "standard")),
	         val_text(js_text(json, "doc")), val_str(element_words(rq, json))));
}

/* --- code sets --------------------------------------------------------------------------------------------------------- */
static const ShapeKey code_set_keys[] = {
    {"name", SHAPE_TEXT, 1, 1, 40, NULL, "名称"},
    {"title", SHAPE_TEXT, 1, 1, 100, NULL, "中文名"},
    {"title_en", SHAPE_TEXT, 1, 1, 100, NULL, "英文名"},
    {"standard", SHAPE_TEXT, 0, 0, 100, NULL, "依据"},
    {"doc", SHAPE_TEXT, 0, 0, 500, NULL, "说明"},
    {"items", SHAPE_LIST, 1, 0, 20000, NULL, "代码"},
    {0},
};
static const ShapeKey code_item_keys[] = {
    {"code", SHAPE_TEXT, 1, 1, 40, NULL, "代码"},
    {"label", SHAPE_TEXT, 1, 1, 200, NULL, "名称"},
    {"label_en", SHAPE_TEXT, 0, 0, 200, NULL, "英文名"},
    {"parent", SHAPE_TEXT, 0, 0, 40, NULL, "上级"},
    {"valid_from", SHAPE_TEXT, 0, 0, 20, NULL, "启用日期"},
    {"valid_to", SHAPE_TEXT, 0, 0, 20, NULL, "停用日期"},
    {0},
};

/* ["01", "汉族", "Han"] is short for {code, label, label_en}. */
static json_t *item_object(Request *rq, json_t *item) {
	static const char *const keys[] = {"code", "label", "label_en", "parent"};
	if (!json_is_array(item)) return item;
	json_t *out = json_in(rq->arena, json_object());
	for (size_t i = 0; i < json_array_size(item); i++)
		json_object_set(out, i < 4 ? keys[i] : "a fifth value", json_array_get(item, i));
	return out;
}

static json_t *day_json(Problems *problems, const json_t *item, const char *path, const char *key) {
	Text text = js_text(item, key);
	int32_t days;
	if (!text.len) return json_null();
	if (date_parse(text, &days) == 0) return json_integer(days);
	problem_add(problems, at(problems, path, key), "date", "write it as 2026-01-31, or leave it out", "this is not a date");
	return json_null();
}

static json_t *code_set_normal(Request *rq, const json_t *json, const char *path, Problems *problems) {
	static const char *const texts[] = {"name", "title", "title_en", "standard", "doc"};
	json_t *out = json_in(rq->arena, json_object()), *items = json_array(), *seen = json_in(rq->arena, json_object());
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_object_set_new(out, texts[i], text_json(js_text(json, texts[i])));
	json_object_set_new(out, "items", items);
	size_t index;
	json_t *given;
	json_array_foreach(json_object_get(json, "items"), index, given) {
		const char *where = arena_printf(rq->arena, "%s[%zu]", at(problems, path, "items"), index);
		json_t *item = item_object(rq, given);
		int before = problems->count;
		shape_check(problems, where, item, code_item_keys);
		if (problems->count > before) continue;
		json_t *from = day_json(problems, item, where, "valid_from"), *to = day_json(problems, item, where, "valid_to");
		const char *code = js_str(rq->arena, item, "code");
		if (json_object_get(seen, code) && json_is_null(from) && json_is_null(to))
			problem_add(problems, where, "code_unique", "remove one, or give the time of validity of each",
			            "the code %s was given before", code);
		json_object_set_new(seen, code, json_true());
		json_array_append_new(items, json_pack("[o,o,o,o,o,o]", text_json(js_text(item, "code")),
		                                       text_json(js_text(item, "label")), text_json(js_text(item, "label_en")),
		                                       text_json(js_text(item, "parent")), from, to));
	}
	return out;
}

static json_t *column_json(Rows *rows, int column) {
	return rows_null(rows, column) ? json_null() : json_integer(rows_int(rows, column));
}

static int code_set_local(Request *rq, const char *name, json_t **out) {
	static const char *const texts[] = {"name", "title", "title_en", "standard", "doc"};
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT name, title, title_en, standard, doc FROM code_set WHERE name = $1",
	                   BIND(val_str(name)));
	if (found <= 0) {
		*out = found < 0 ? *out : NULL;
		return found < 0 ? found : 0;
	}
	json_t *json = json_in(rq->arena, json_object()), *items = json_array();
	for (int i = 0; i < 5; i++)
		json_object_set_new(json, texts[i], text_json(rows_text(rows, i)));
	json_object_set_new(json, "items", items);
	int code = db_query(rq->db, &rows,
	                    "SELECT code, label, label_en, parent, valid_from, valid_to FROM code_item WHERE code_set = $1"
	                    " ORDER BY item_no",
	                    BIND(val_str(name)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0)
		json_array_append_new(items,
		                      json_pack("[o,o,o,o,o,o]", text_json(rows_text(rows, 0)), text_json(rows_text(rows, 1)),
		                                text_json(rows_text(rows, 2)), text_json(rows_text(rows, 3)),
		                                column_json(rows, 4), column_json(rows, 5)));
	rows_close(rows);
	*out = json;
	return code;
}

static Val day_of(const json_t *item, size_t index) {
	const json_t *value = json_array_get(item, index);
	return json_is_integer(value) ? val_int(json_integer_value(value)) : val_null();
}

static Val text_of_item(const json_t *item, size_t index) {
	const json_t *value = json_array_get(item, index);
	return val_text((Text){json_string_value(value), json_string_length(value)});
}

static int code_set_put(Request *rq, const PackItem *item, Problems *problems) {
	const json_t *json = item->json, *items = json_object_get(json, "items");
	int code = (int)db_run(rq->db, "DELETE FROM code_item WHERE code_set = $1", BIND(val_str(item->name)));
	if (code < 0 || (code = (int)db_run(rq->db, "DELETE FROM code_set WHERE name = $1", BIND(val_str(item->name)))) < 0)
		return code;
	code = (int)db_run(
	    rq->db, "INSERT INTO code_set (name, title, title_en, standard, doc, item_count) VALUES ($1, $2, $3, $4, $5, $6)",
	    BIND(val_str(item->name), val_text(js_text(json, "title")), val_text(js_text(json, "title_en")),
	         val_text(js_text(json, "standard")), val_text(js_text(json, "doc")), val_int((int64_t)json_array_size(items))));
	if (code < 0) return code;
	size_t index;
	json_t *row;
	json_array_foreach(items, index, row) {
		code =
		    (int)db_run(rq->db,
		                "INSERT INTO code_item (code_set, item_no, code, label, label_en, parent, valid_from, valid_to)"
		                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		                BIND(val_str(item->name), val_int((int64_t)index + 1), text_of_item(row, 0), text_of_item(row, 1),
		                     text_of_item(row, 2), text_of_item(row, 3), day_of(row, 4), day_of(row, 5)));
		if (code < 0) return code;
	}
	return 0;
}

/* --- templates: documents to begin with -------------------------------------------------------------------------------- */
static const ShapeKey template_keys[] = {
    {"name", SHAPE_TEXT, 1, 1, 40, NULL, "名称"},
    {"title", SHAPE_TEXT, 1, 1, 100, NULL, "中文名"},
    {"doc", SHAPE_TEXT, 0, 0, 500, NULL, "说明"},
    {"document", SHAPE_OBJECT, 1, 0, 0, NULL, "目录条目"},
    {0},
};

/* Shape problems of a document that lies under path + ".document". */
static void document_problems(const json_t *document, const char *path, Problems *problems) {
	Problems own;
	problems_begin(&own, problems->arena);
	document_shape(document, &own);
	for (int i = 0; i < own.count; i++)
		problem_add(problems, at(problems, at(problems, path, "document"), own.items[i].path), own.items[i].rule,
		            own.items[i].advice, "%s", own.items[i].message);
}

static json_t *template_normal(Request *rq, const json_t *json, const char *path, Problems *problems) {
	document_problems(json_object_get(json, "document"), path, problems);
	json_t *out = json_in(rq->arena, json_object());
	json_object_set_new(out, "title", text_json(js_text(json, "title")));
	json_object_set_new(out, "doc", text_json(js_text(json, "doc")));
	json_object_set(out, "document", json_object_get(json, "document"));
	return out;
}

static int template_local(Request *rq, const char *name, json_t **out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT title, doc, document FROM template WHERE name = $1", BIND(val_str(name)));
	if (found <= 0) {
		*out = found < 0 ? *out : NULL;
		return found < 0 ? found : 0;
	}
	json_t *json = json_in(rq->arena, json_object());
	json_object_set_new(json, "title", text_json(rows_text(rows, 0)));
	json_object_set_new(json, "doc", text_json(rows_text(rows, 1)));
	json_object_set(json, "document", json_parse_in(rq->arena, rows_text(rows, 2)));
	*out = json;
	return 0;
}

static int template_put(Request *rq, const PackItem *item, Problems *problems) {
	int code = (int)db_run(rq->db, "DELETE FROM template WHERE name = $1", BIND(val_str(item->name)));
	if (code < 0) return code;
	return (int)db_run(rq->db, "INSERT INTO template (name, title, doc, document) VALUES ($1, $2, $3, $4)",
	                   BIND(val_str(item->name), val_text(js_text(item->json, "title")), val_text(js_text(item->json, "doc")),
	                        val_str(json_text_in(rq->arena, json_object_get(item->json, "document")))));
}

/* --- synonyms: words that search takes for each other ---------------------------------------------------------------- */
static const ShapeKey synonym_keys[] = {
    {"name", SHAPE_TEXT, 1, 1, 40, NULL, "名称"},
    {"words", SHAPE_TEXTS, 1, 2, 40, NULL, "词"},
    {0},
};

static json_t *synonym_normal(Request *rq, const json_t *json, const char *path, Problems *problems) {
	const json_t *words = json_object_get(json, "words");
	if (json_array_size(words) < 2)
		problem_add(problems, at(problems, path, "words"), "required", "list at least two",
		            "synonyms are two words or more");
	return json_in(rq->arena, json_pack("{s:O}", "words", words ? (json_t *)words : json_null()));
}

static int synonym_local(Request *rq, const char *name, json_t **out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT words FROM synonym WHERE name = $1", BIND(val_str(name)));
	*out = found > 0 ? json_in(rq->arena, json_object()) : NULL;
	if (found > 0) json_object_set(*out, "words", json_parse_in(rq->arena, rows_text(rows, 0)));
	return found < 0 ? found : 0;
}

static int synonym_put(Request *rq, const PackItem *item, Problems *problems) {
	return (int)db_run(
	    rq->db, "INSERT INTO synonym (name, words) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET words = excluded.words",
	    BIND(val_str(item->name), val_str(json_text_in(rq->arena, json_object_get(item->json, "words")))));
}

/* --- organisations: made when missing, never changed (they are the system administrator's) ----------------------------- */
static const ShapeKey organisation_keys[] = {
    {"code", SHAPE_TEXT, 1, 1, 40, NULL, "代码"},
    {"name", SHAPE_TEXT, 1, 1, 100, NULL, "名称"},
    {"name_en", SHAPE_TEXT, 0, 0, 100, NULL, "英文名"},
    {"parent", SHAPE_TEXT, 0, 0, 40, NULL, "上级"},
    {0},
};

int org_by_code(Request *rq, const char *code, int64_t *out) {
	return db_int(rq->db, out, "SELECT org_id FROM org WHERE code = $1", BIND(val_str(code)));
}

static json_t *organisation_normal(Request *rq, const json_t *json, const char *path, Problems *problems) {
	return json_in(rq->arena, json_deep_copy(json));
}

static int organisation_local(Request *rq, const char *name, json_t **out) {
	int64_t org_id = 0;
	int found = org_by_code(rq, name, &org_id);
	if (found < 0) return found;
	*out = found ? json_in(rq->arena, json_pack("{s:s}", "code", name)) : NULL;
	return 0;
}

static int organisation_put(Request *rq, const PackItem *item, Problems *problems) {
	int64_t parent = 0, org_id = 0;
	const char *parent_code = js_str(rq->arena, item->json, "parent");
	int code = org_by_code(rq, item->name, &org_id);
	if (code != 0) return code < 0 ? code : 0;
	if (*parent_code && (code = org_by_code(rq, parent_code, &parent)) < 0) return code;
	if (*parent_code && code == 0) {
		problem_add(problems, at(problems, item->path, "parent"), "ref_unknown", "list the parent first",
		            "there is no organisation %s", parent_code);
		return 0;
	}
	const char *name = js_str(rq->arena, item->json, "name");
	return org_create(rq, item->name, name, js_str(rq->arena, item->json, "name_en"), parent, &org_id);
}

/* --- resources: entries published under an organisation ---------------------------------------------------------------- */
static const ShapeKey resource_keys[] = {
    {"org", SHAPE_TEXT, 1, 1, 40, NULL, "提供方代码"},
    {"document", SHAPE_OBJECT, 1, 0, 0, NULL, "目录条目"},
    {0},
};

static void drop_numbers(json_t *document) {
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(document, "fields"), index, field) {
		json_object_del(field, "no");
		json_object_del(field, "since");
	}
}

static json_t *resource_normal(Request *rq, const json_t *json, const char *path, Problems *problems) {
	document_problems(json_object_get(json, "document"), path, problems);
	if (!js_text(json_object_get(json, "document"), "code").len)
		problem_add(problems, at(problems, path, "document.code"), "required", "give the resource code",
		            "a pack's resource needs its code");
	json_t *out = json_in(rq->arena, json_deep_copy(json));
	drop_numbers(json_object_get(out, "document"));
	return out;
}

static int resource_local(Request *rq, const char *name, json_t **out) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT v.document, o.code, r.draft_state, r.state FROM resource r JOIN org o ON o.org_id = r.org_id LEFT JOIN "
	    "resource_version v"
	    " ON v.resource_id = r.resource_id AND v.version_no = CASE WHEN r.published_version > 0 THEN r.published_version"
	    " ELSE r.draft_version END WHERE r.code = $1",
	    BIND(val_str(name)));
	if (found <= 0) {
		*out = found < 0 ? *out : NULL;
		return found < 0 ? found : 0;
	}
	json_t *json = json_in(rq->arena, json_object()),
	       *document = json_deep_copy(json_parse_in(rq->arena, rows_text(rows, 0)));
	drop_numbers(document);
	json_object_set_new(json, "org", text_json(rows_text(rows, 1)));
	json_object_set_new(json, "document", document);
	if (rows_text(rows, 2).len || !text_is(rows_text(rows, 3), "published"))
		json_object_set_new(json, "in_hand", json_true()); /* somebody drafts, reviews or withdrew it: not as shipped */
	*out = json;
	return 0;
}

static int resource_put(Request *rq, const PackItem *item, Problems *problems) {
	int64_t org_id = 0, existing = 0, resource_id = 0;
	const json_t *document = json_object_get(item->json, "document");
	int code = org_by_code(rq, js_str(rq->arena, item->json, "org"), &org_id);
	if (code == 0)
		problem_add(problems, at(problems, item->path, "org"), "ref_unknown", "list it among the pack's organisations",
		            "there is no organisation %s", js_str(rq->arena, item->json, "org"));
	if (code <= 0) return code;
	Problems own;
	problems_begin(&own, rq->arena);
	code = db_int(rq->db, &existing, "SELECT resource_id FROM resource WHERE code = $1", BIND(val_str(item->name)));
	if (code < 0 || (code = document_check(rq, existing, org_id, document, &own)) < 0) return code;
	for (int i = 0; i < own.count; i++)
		problem_add(problems, at(problems, at(problems, item->path, "document"), own.items[i].path), own.items[i].rule,
		            own.items[i].advice, "%s", own.items[i].message);
	return own.count ? 0 : resource_publish_document(rq, org_id, document, &resource_id);
}

/* --- processes and schemes: of rooms above, by their actions "<what>.check", ".local", ".put" ---------------------------- */
static const ShapeKey process_keys[] = {
    {"process", SHAPE_TEXT, 1, 1, 40, NULL, "名称"},    {"title", SHAPE_TEXT, 1, 1, 40, NULL, "中文名"},
    {"title_en", SHAPE_TEXT, 1, 1, 60, NULL, "英文名"}, {"number", SHAPE_TEXT, 1, 1, 8, NULL, "编号前缀"},
    {"line", SHAPE_TEXT, 0, 0, 20, NULL, "条线"},       {"start", SHAPE_LIST, 1, 0, 0, NULL, "起始步骤"},
    {"states", SHAPE_LIST, 1, 0, 0, NULL, "状态"},      {"actions", SHAPE_LIST, 1, 0, 0, NULL, "动作"},
    {"form", SHAPE_TEXT, 0, 1, 40, NULL, "表单"},       {0},
};
static const ShapeKey scheme_keys[] = {
    {"scheme", SHAPE_TEXT, 1, 1, 40, NULL, "名称"},     {"title", SHAPE_TEXT, 1, 1, 40, NULL, "中文名"},
    {"title_en", SHAPE_TEXT, 1, 1, 60, NULL, "英文名"}, {"doc", SHAPE_TEXT, 0, 0, 500, NULL, "说明"},
    {"indicators", SHAPE_LIST, 1, 0, 0, NULL, "指标"},  {0},
};

static const ShapeKey event_class_keys[] = {
    {"code", SHAPE_TEXT, 1, 3, 7, NULL, "代码"},        {"title", SHAPE_TEXT, 1, 1, 40, NULL, "中文名"},
    {"title_en", SHAPE_TEXT, 1, 1, 80, NULL, "英文名"}, {"parent", SHAPE_TEXT, 0, 3, 3, NULL, "大类"},
    {"grade", SHAPE_TEXT, 0, 1, 10, NULL, "默认等级"},  {"needs", SHAPE_TEXTS, 0, 1, 20, NULL, "必填项"},
    {"limits", SHAPE_OBJECT, 0, 0, 0, NULL, "时限"},    {"conditions", SHAPE_LIST, 0, 0, 16, NULL, "立案结案条件"},
    {"metres", SHAPE_INT, 0, 0, 300, NULL, "查重距离"}, {"hours", SHAPE_INT, 0, 1, 8760, NULL, "查重时间"},
    {"retired", SHAPE_BOOL, 0, 0, 0, NULL, "停用"},     {0},
};

static void part_problem(PackPart *part, const char *path, const char *rule, const char *message, const char *advice) {
	Problems *problems = part->problems;
	problem_add(problems,
	            *part->at && *path ? at(problems, part->at, path)
	            : *path            ? path
	                               : part->at,
	            rule, advice, "%s", message);
}

/* Nothing happens while no room has registered the action. */
static int part_run(Request *rq, const char *what, const char *step, PackPart *part) {
	const char *name = arena_printf(rq->arena, "%s.%s", what, step);
	return action_known(rq->app, name) ? action_run(rq, name, part) : 0;
}

static json_t *part_normal(Request *rq, const char *what, const json_t *json, const char *path, Problems *problems) {
	PackPart part = {.json = json, .problem = part_problem, .problems = problems, .at = path};
	part_run(rq, what, "check", &part);
	return json_in(rq->arena, json_deep_copy(json));
}

static int part_local(Request *rq, const char *what, const char *name, json_t **out) {
	PackPart part = {.name = name};
	int code = part_run(rq, what, "local", &part);
	*out = part.local;
	return code;
}

/* --- templates of other platforms: exchange's, by its actions ------------------------------------------------------------ */
static const ShapeKey adapter_keys[] = {
    {"adapter", SHAPE_TEXT, 1, 1, 40, NULL, "名称"},
    {"title", SHAPE_TEXT, 1, 1, 60, NULL, "中文名"},
    {"title_en", SHAPE_TEXT, 1, 1, 100, NULL, "英文名"},
    {"platform", SHAPE_TEXT, 1, 1, 60, NULL, "对方平台"},
    {"data", SHAPE_TEXT, 1, 0, 0, "catalogue|requests|usage|records", "内容"},
    {"standard", SHAPE_TEXT, 0, 0, 200, NULL, "依据"},
    {"form", SHAPE_TEXT, 0, 0, 0, "xlsx|csv|jsonl", "文件格式"},
    {"sheet", SHAPE_TEXT, 0, 1, 31, NULL, "工作表"},
    {"resource", SHAPE_TEXT, 0, 1, 40, NULL, "资源代码"},
    {"columns", SHAPE_LIST, 1, 1, 200, NULL, "列"},
    {0},
};

/* --- platforms above, which send work orders: partner's -------------------------------------------------------------------- */
static const ShapeKey platform_keys[] = {
    {"platform", SHAPE_TEXT, 1, 1, 40, NULL, "名称"},           {"title", SHAPE_TEXT, 1, 1, 60, NULL, "中文名"},
    {"title_en", SHAPE_TEXT, 1, 1, 100, NULL, "英文名"},        {"standard", SHAPE_TEXT, 0, 0, 300, NULL, "依据"},
    {"channel", SHAPE_TEXT, 1, 0, 0, "system|hotline", "渠道"}, {"crs", SHAPE_TEXT, 0, 1, 20, NULL, "坐标系"},
    {"accept", SHAPE_TEXT, 0, 1, 100, NULL, "接收成功的标志"},  {"orders", SHAPE_LIST, 1, 1, 60, NULL, "工单"},
    {"results", SHAPE_LIST, 1, 1, 60, NULL, "办理结果"},        {"raised", SHAPE_LIST, 0, 1, 60, NULL, "提级案件"},
    {"words", SHAPE_LIST, 0, 1, 20, NULL, "后续通知"},          {0},
};

static int part_put(Request *rq, const char *what, const PackItem *item) {
	return part_run(rq, what, "put", &(PackPart){.name = item->name, .json = item->json});
}

#define PART_OF(what)                                                                                                            \
	static json_t *what##_normal(Request *rq, const json_t *json, const char *path, Problems *problems) {                    \
		return part_normal(rq, #what, json, path, problems);                                                             \
	}                                                                                                                        \
	static int what##_local(Request *rq, const char *name, json_t **out) {                                                   \
		return part_local(rq, #what, name, out);                                                                         \
	}                                                                                                                        \
	static int what##_put(Request *rq, const PackItem *item, Problems *problems) {                                           \
		return part_put(rq, #what, item);                                                                                \
	}
PART_OF(process)
PART_OF(adapter)
PART_OF(scheme)
PART_OF(event_class)
PART_OF(platform)

/* --- rows -------------------------------------------------------------------------------------------------------------- */
const PackKindRow pack_kinds[PACK_KIND_COUNT] = {
    [PACK_ORGANISATION] = {"organisation", "organisations", "organisations", "code", organisation_keys, organisation_normal,
                           organisation_local, organisation_put},
    [PACK_CODE_SET] = {"code_set", "code_sets", "code_sets", "name", code_set_keys, code_set_normal, code_set_local,
                       code_set_put},
    [PACK_ELEMENT] = {"element", "elements", "elements", "code", element_keys, element_normal, element_local, element_put},
    [PACK_TEMPLATE] = {"template", "templates", "templates", "name", template_keys, template_normal, template_local,
                       template_put},
    [PACK_SYNONYM] = {"synonym", "synonyms", "synonyms", "name", synonym_keys, synonym_normal, synonym_local, synonym_put},
    [PACK_RESOURCE] = {"resource", "resources", NULL, "document.code", resource_keys, resource_normal, resource_local,
                       resource_put},
    [PACK_PROCESS] = {"process", "processes", NULL, "process", process_keys, process_normal, process_local, process_put},
    [PACK_ADAPTER] = {"adapter", "adapters", NULL, "adapter", adapter_keys, adapter_normal, adapter_local, adapter_put},
    [PACK_SCHEME] = {"scheme", "schemes", NULL, "scheme", scheme_keys, scheme_normal, scheme_local, scheme_put},
    [PACK_EVENT_CLASS] = {"event_class", "event_classes", "event_classes", "code", event_class_keys, event_class_normal,
                          event_class_local, event_class_put},
    [PACK_PLATFORM] = {"platform", "platforms", NULL, "platform", platform_keys, platform_normal, platform_local, platform_put},
    [PACK_DIVISIONS] = {"divisions", "divisions"},
    [PACK_CALENDAR] = {"calendar", "calendars", .load = "calendar.load"},
    [PACK_SYSTEMS] = {"systems", "systems", .load = "systems.load"},
    [PACK_MATERIALS] = {"materials", "materials", .load = "materials.load"},
    [PACK_DUTIES] = {"duties", "duties", .load = "duties.load"},
};
