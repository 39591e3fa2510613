/* Owns the document of a catalogue entry: its keys (政务信息资源目录编制指南, 发改高技〔2017〕1272号), field numbers, typed form
 * and search words. Pure functions in the caller's arena; any thread. */
#include "catalog/internal.h"

#define KIND_CHOICES "text|integer|decimal|double|date|time|boolean|code|geometry"
#define PROMISE_CHOICES "realtime|daily|weekly|monthly|quarterly|yearly|irregular"

const ShapeKey document_keys[] = {
    {"code", SHAPE_TEXT, 0, 0, 40, NULL, "资源代码"},
    {"name", SHAPE_TEXT, 1, 1, 100, NULL, "资源名称"},
    {"summary", SHAPE_TEXT, 0, 0, 2000, NULL, "摘要"},
    {"keywords", SHAPE_TEXTS, 0, 1, 40, NULL, "关键字"},
    {"domain", SHAPE_TEXT, 0, 0, 40, NULL, "领域"},
    {"formats", SHAPE_TEXTS, 0, 0, 0, "database|csv|xlsx|json|geojson|xml|pdf|image|video|other", "资源格式"},
    {"sharing", SHAPE_TEXT, 0, 0, 0, "unconditional|conditional|none", "共享类型"},
    {"sharing_condition", SHAPE_TEXT, 0, 0, 1000, NULL, "共享条件"},
    {"sharing_basis", SHAPE_TEXT, 0, 0, 1000, NULL, "不予共享依据"},
    {"sharing_ways", SHAPE_TEXTS, 0, 0, 0, "api|download|batch", "共享方式"},
    {"opening", SHAPE_TEXT, 0, 0, 0, "open|conditional|closed", "开放属性"},
    {"opening_condition", SHAPE_TEXT, 0, 0, 1000, NULL, "开放条件"},
    {"update_promise", SHAPE_TEXT, 0, 0, 0, PROMISE_CHOICES, "更新周期"},
    {"retention_months", SHAPE_INT, 0, 1, 12000, NULL, "保存期限（月）"},
    {"retention_field", SHAPE_TEXT, 0, 0, 63, NULL, "保存期限起算字段"},
    {"fields", SHAPE_LIST, 0, 0, 500, NULL, "信息项"},
    {"rules", SHAPE_LIST, 0, 0, 100, NULL, "校验规则"},
    {"contact", SHAPE_TEXT, 0, 0, 200, NULL, "联系方式"},
    {0},
};
const ShapeKey document_field_keys[] = {
    {"no", SHAPE_INT, 0, 1, 10000, NULL, "字段号"},
    {"since", SHAPE_INT, 0, 0, 1000000, NULL, "自版本"},
    {"name", SHAPE_TEXT, 1, 1, 63, NULL, "字段名"},
    {"title", SHAPE_TEXT, 0, 0, 60, NULL, "中文名"},
    {"source_name", SHAPE_TEXT, 0, 0, 200, NULL, "来源列名"},
    {"kind", SHAPE_TEXT, 0, 0, 0, KIND_CHOICES, "数据类型"},
    {"length", SHAPE_INT, 0, 0, 4000, NULL, "长度"},
    {"scale", SHAPE_INT, 0, 0, 9, NULL, "小数位"},
    {"key", SHAPE_BOOL, 0, 0, 0, NULL, "主键"},
    {"required", SHAPE_BOOL, 0, 0, 0, NULL, "必填"},
    {"unique", SHAPE_BOOL, 0, 0, 0, NULL, "唯一"},
    {"indexed", SHAPE_BOOL, 0, 0, 0, NULL, "可查询"},
    {"element", SHAPE_TEXT, 0, 0, 40, NULL, "数据元"},
    {"grade", SHAPE_INT, 0, 1, 4, NULL, "数据级别"},
    {"mask", SHAPE_TEXT, 0, 0, 20, NULL, "脱敏方式"},
    {"check", SHAPE_TEXT, 0, 0, 20, NULL, "校验"},
    {"code_set", SHAPE_TEXT, 0, 0, 40, NULL, "代码集"},
    {"min", SHAPE_NUMBER, 0, 0, 0, NULL, "最小值"},
    {"max", SHAPE_NUMBER, 0, 0, 0, NULL, "最大值"},
    {"date_field", SHAPE_TEXT, 0, 0, 63, NULL, "判定日期字段"},
    {"ref", SHAPE_TEXT, 0, 0, 110, NULL, "引用"},
    {"doc", SHAPE_TEXT, 0, 0, 1000, NULL, "说明"},
    {0},
};
const ShapeKey document_rule_keys[] = {
    {"name", SHAPE_TEXT, 1, 1, 63, NULL, "规则名"},
    {"expression", SHAPE_TEXT, 1, 1, 1000, NULL, "表达式"},
    {"message", SHAPE_TEXT, 0, 0, 200, NULL, "提示"},
    {0},
};

static void list_of_objects(const json_t *document, const char *name, const ShapeKey *keys, Problems *problems) {
	size_t index;
	json_t *item;
	json_array_foreach(json_object_get(document, name), index, item)
	    shape_check(problems, arena_printf(problems->arena, "%s[%zu]", name, index), item, keys);
}

void document_shape(const json_t *document, Problems *problems) {
	shape_check(problems, "", document, document_keys);
	list_of_objects(document, "fields", document_field_keys, problems);
	list_of_objects(document, "rules", document_rule_keys, problems);
}

/* --- typed form -------------------------------------------------------------------------------------------------------- */
static void read_field(Arena *arena, const json_t *json, Field *field) {
	field->no = (int)js_int(json, "no", 0);
	field->since = (int)js_int(json, "since", 0);
	field->name = js_str(arena, json, "name");
	field->title = js_str(arena, json, "title");
	Text source = js_text(json, "source_name");
	field->source_name = source.len ? text_cstr(arena, source) : *field->title ? field->title : field->name;
	field_kind_parse(js_text(json, "kind"), &field->kind);
	field->length = (int)js_int(json, "length", 0);
	field->scale = (int)js_int(json, "scale", 0);
	field->key = js_bool(json, "key");
	field->required = field->key || js_bool(json, "required");
	field->unique = js_bool(json, "unique");
	field->indexed = js_bool(json, "indexed");
	field->element = js_str(arena, json, "element");
	field->grade = (int)js_int(json, "grade", 1);
	mask_parse(js_text(json, "mask"), &field->mask);
	check_parse(js_text(json, "check"), &field->check);
	field->code_set = js_str(arena, json, "code_set");
	field->has_min = json_is_number(json_object_get(json, "min"));
	field->has_max = json_is_number(json_object_get(json, "max"));
	field->min = js_double(json, "min");
	field->max = js_double(json, "max");
	field->date_field = js_str(arena, json, "date_field");
	field->ref_resource = js_str(arena, json, "ref");
}

static void read_keys(Resource *out) {
	for (int i = 0; i < out->field_count; i++) {
		const Field *field = &out->fields[i];
		if (!field->key || out->key_count == (int)(sizeof out->key_fields / sizeof *out->key_fields)) continue;
		out->key_fields[out->key_count++] = i;
		out->personal_key |= field->grade >= 3;
	}
}

void document_resource(Arena *arena, const json_t *document, Resource *out) {
	const json_t *fields = json_object_get(document, "fields"), *rules = json_object_get(document, "rules");
	out->code = js_str(arena, document, "code");
	out->name = js_str(arena, document, "name");
	out->summary = js_str(arena, document, "summary");
	out->sharing_condition = js_str(arena, document, "sharing_condition");
	out->sharing_basis = js_str(arena, document, "sharing_basis");
	sharing_parse(js_text(document, "sharing"), &out->sharing);
	out->ways = ways_of(json_object_get(document, "sharing_ways"));
	out->retention_months = (int)js_int(document, "retention_months", 0);
	out->retention_field = js_str(arena, document, "retention_field");
	out->field_count = (int)json_array_size(fields);
	Field *list = ARENA_ARRAY(arena, Field, out->field_count + 1);
	for (int i = 0; i < out->field_count; i++)
		read_field(arena, json_array_get(fields, (size_t)i), &list[i]);
	out->fields = list;
	out->rule_count = (int)json_array_size(rules);
	Rule *rule_list = ARENA_ARRAY(arena, Rule, out->rule_count + 1);
	for (int i = 0; i < out->rule_count; i++) {
		const json_t *rule = json_array_get(rules, (size_t)i);
		rule_list[i] =
		    (Rule){js_str(arena, rule, "name"), js_str(arena, rule, "expression"), js_str(arena, rule, "message")};
	}
	out->rules = rule_list;
	out->key_count = 0;
	out->personal_key = false;
	read_keys(out);
}

int document_grade(const json_t *document) {
	int grade = 1;
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(document, "fields"), index, field) {
		int own = (int)js_int(field, "grade", 1);
		grade = own > grade ? own : grade;
	}
	return grade;
}

/* --- field numbers ----------------------------------------------------------------------------------------------------- */
static json_t *field_by(const json_t *document, const char *key, const json_t *value) {
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(document, "fields"), index, field) {
		const json_t *own = json_object_get(field, key);
		if (own && value && json_equal((json_t *)own, (json_t *)value)) return field;
	}
	return NULL;
}

/* Text lengths and code sets may change in place; what the column holds may not. */
static bool column_differs(const json_t *a, const json_t *b) {
	return !text_eq(js_text(a, "kind"), js_text(b, "kind")) || js_int(a, "scale", 0) != js_int(b, "scale", 0);
}

static bool number_taken(const json_t *document, const json_t *but, int64_t no) {
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(document, "fields"), index,
	                   field) if (field != but && js_int(field, "no", 0) == no) return true;
	return false;
}

static void number_field(json_t *document, size_t index, const json_t *published, const json_t *draft, int *max_no,
                         Problems *problems) {
	json_t *field = json_array_get(json_object_get(document, "fields"), index);
	json_t *given = json_object_get(field, "no");
	json_t *name = json_object_get(field, "name");
	bool fresh = !published && !draft; /* a first document (a pack's) may bring its numbers */
	const json_t *was = given ? field_by(draft, "no", given) : field_by(draft, "name", name);
	const json_t *old = given ? field_by(published, "no", given) : field_by(published, "name", name);
	int64_t no = given ? json_integer_value(given) : was ? js_int(was, "no", 0) : old ? js_int(old, "no", 0) : 0;
	if (given && !fresh && !was && !old) {
		problem_add(problems, arena_printf(problems->arena, "fields[%zu].no", index), "field_no",
		            "leave no out: a new field gets the next number",
		            "field number %lld is not one of this entry's current fields; numbers are never reused",
		            (long long)no);
		return;
	}
	if (no && published) {
		json_t *number = json_integer(no);
		old = field_by(published, "no", number);
		json_decref(number);
		if (old &&
		    column_differs(old, field)) { /* the old column stays as it is; this is a new field under the same name */
			const json_t *before = field_by(draft, "name", name);
			no = before && !field_by(published, "no", json_object_get(before, "no")) ? js_int(before, "no", 0) : 0;
		}
	}
	if (!no || number_taken(document, field, no)) no = ++*max_no;
	if (no > *max_no) *max_no = (int)no;
	json_object_set_new(field, "no", json_integer(no));
}

void document_number(json_t *document, const json_t *published, const json_t *draft, int *max_no, Problems *problems) {
	json_t *fields = json_object_get(document, "fields");
	for (size_t i = 0; i < json_array_size(fields); i++) /* numbers brought along come first, so that none is given twice */
		if (js_int(json_array_get(fields, i), "no", 0) > *max_no && !published && !draft)
			*max_no = (int)js_int(json_array_get(fields, i), "no", 0);
	for (size_t i = 0; i < json_array_size(fields); i++)
		number_field(document, i, published, draft, max_no, problems);
}

void document_since(json_t *document, const json_t *published, int version_no) {
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(document, "fields"), index, field) {
		const json_t *old = field_by(published, "no", json_object_get(field, "no"));
		json_object_set_new(field, "since", json_integer(old ? js_int(old, "since", 1) : version_no));
	}
}

static bool keys_within(const json_t *a, const json_t *b) {
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(a, "fields"), index, field) {
		const json_t *other = js_bool(field, "key") ? field_by(b, "no", json_object_get(field, "no")) : field;
		if (!other || (js_bool(field, "key") && !js_bool(other, "key"))) return false;
	}
	return true;
}

bool document_key_differs(const json_t *a, const json_t *b) {
	return !keys_within(a, b) || !keys_within(b, a);
}

static json_t *without_numbers(const json_t *document) {
	json_t *copy = json_deep_copy(document);
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(copy, "fields"), index, field) {
		json_object_del(field, "no");
		json_object_del(field, "since");
	}
	return copy;
}

bool document_same(const json_t *a, const json_t *b) {
	json_t *x = without_numbers(a), *y = without_numbers(b);
	bool same = json_equal(x, y);
	json_decref(x);
	json_decref(y);
	return same;
}

/* --- search words ------------------------------------------------------------------------------------------------------ */
Text search_fold(Arena *arena, Text text) {
	Text half = text_half_width(arena, text);
	char *folded = arena_strndup(arena, half.at ? half.at : "", half.len);
	for (size_t i = 0; i < half.len; i++)
		if (folded[i] >= 'A' && folded[i] <= 'Z') folded[i] = (char)(folded[i] + 'a' - 'A');
	return (Text){folded, half.len};
}
