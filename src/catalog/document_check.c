/* Owns the rules a catalogue entry must fulfil before review and publication: one function a rule group, listed in a table; each
 * adds a problem with path, rule, message and advice for everything it finds. Reads lists and other entries through rq->db. */
#include "catalog/internal.h"
#include <ctype.h>

typedef struct Judge {
	Request *rq;
	Problems *problems;
	const json_t *document;
	Resource typed;
	int64_t resource_id, org_id;
	int code; /* a store failure */
} Judge;

#define ADD(...) problem_add(judge->problems, __VA_ARGS__)

static const char *field_path(Judge *judge, int index, const char *key) {
	return arena_printf(judge->rq->arena, "fields[%d].%s", index, key);
}

static bool given(const Judge *judge, const char *key) {
	const json_t *value = json_object_get(judge->document, key);
	return json_is_array(value)    ? json_array_size(value) > 0
	       : json_is_string(value) ? json_string_length(value) > 0
	                               : value != NULL;
}

/* --- the entry --------------------------------------------------------------------------------------------------------- */
static void rule_filled_in(Judge *judge) {
	static const char *const needed[] = {"code",    "name",    "summary",        "formats",
	                                     "sharing", "opening", "update_promise", "retention_months"};
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!given(judge, needed[i]) && strcmp(needed[i], "name") != 0)
			ADD(needed[i], "required", "fill it in", "%s (%s) is missing", needed[i],
			    shape_title(document_keys, needed[i]));
}

/* 政务信息资源目录编制指南 §3.2: 类 1, 项 2, 目 3, 细目 any, "/", serial. 类: 1 base, 2 theme, 3 department. */
static bool code_formed(Text code) {
	const char *slash = memchr(code.at, '/', code.len);
	if (!slash) return false;
	size_t front = (size_t)(slash - code.at), serial = code.len - front - 1;
	if (front < 6 || front > 20 || serial < 1 || serial > 10 || code.at[0] < '1' || code.at[0] > '3') return false;
	for (size_t i = 0; i < front; i++)
		if (!isdigit((unsigned char)code.at[i]) && !(code.at[i] >= 'A' && code.at[i] <= 'Z')) return false;
	for (size_t i = front + 1; i < code.len; i++)
		if (!isdigit((unsigned char)code.at[i])) return false;
	return true;
}

static void rule_code(Judge *judge) {
	Text code = js_text(judge->document, "code");
	if (!code.len) return;
	if (!code_formed(code)) {
		ADD("code", "code_pattern", "write e.g. 307002001/000017 (类 1-3: base, theme, department)",
		    "\"%.*s\" is not 类(1) 项(2) 目(3) 细目(any) \"/\" serial in digits and capitals", (int)code.len, code.at);
		return;
	}
	Rows *rows;
	int found = db_one(judge->rq->db, &rows, "SELECT name FROM resource WHERE code = $1 AND resource_id <> $2",
	                   BIND(val_text(code), val_int(judge->resource_id)));
	if (found > 0)
		ADD("code", "code_unique", "take the next free serial", "the code %.*s belongs to \"%.*s\"", (int)code.len,
		    code.at, TEXT_ARG(rows_text(rows, 0)));
	judge->code = found < 0 ? found : judge->code;
	Rows *own;
	found = db_one(judge->rq->db, &own, "SELECT code FROM resource WHERE resource_id = $1 AND published_version > 0",
	               BIND(val_int(judge->resource_id)));
	if (found > 0 && !text_eq(rows_text(own, 0), code))
		ADD("code", "code_fixed", "keep the code, or withdraw this entry and register a new one",
		    "a published entry keeps its code (%.*s): others refer to it", TEXT_ARG(rows_text(own, 0)));
	judge->code = found < 0 ? found : judge->code;
}

static void rule_name_unique(Judge *judge) {
	int64_t other = 0;
	int found = db_int(judge->rq->db, &other,
	                   "SELECT resource_id FROM resource WHERE org_id = $1 AND name = $2 AND resource_id <> $3"
	                   " AND state <> 'withdrawn'",
	                   BIND(val_int(judge->org_id), val_text(js_text(judge->document, "name")), val_int(judge->resource_id)));
	if (found > 0)
		ADD("name", "name_unique", "give it a name that tells the difference",
		    "your organisation has another entry of this name");
	judge->code = found < 0 ? found : judge->code;
}

static bool list_has(const json_t *list, const char *word) {
	size_t index;
	json_t *item;
	json_array_foreach(list, index, item) if (json_is_string(item) && strcmp(json_string_value(item), word) == 0) return true;
	return false;
}

static void rule_sharing(Judge *judge) {
	Text sharing = js_text(judge->document, "sharing");
	const json_t *ways = json_object_get(judge->document, "sharing_ways"),
	             *formats = json_object_get(judge->document, "formats");
	if (text_is(sharing, "none")) {
		if (utf8_count(js_text(judge->document, "sharing_basis")) < 6)
			ADD("sharing_basis", "sharing_basis",
			    "name the law, regulation or State Council document and its article",
			    "不予共享 needs its legal basis (国发〔2016〕51号 §9)");
		if (json_array_size(ways))
			ADD("sharing_ways", "sharing_ways", "remove the sharing ways",
			    "an entry that is not shared has no sharing way");
		return;
	}
	if (text_is(sharing, "conditional") && utf8_count(js_text(judge->document, "sharing_condition")) < 4)
		ADD("sharing_condition", "sharing_condition", "say who may use it for what", "有条件共享 needs its condition");
	if (sharing.len && !json_array_size(ways))
		ADD("sharing_ways", "sharing_ways", "choose api, download or batch",
		    "a shared entry needs at least one sharing way");
	static const char *const structured[] = {"database", "csv", "xlsx", "json", "geojson", "xml"};
	bool any = false;
	for (size_t i = 0; i < sizeof structured / sizeof *structured; i++)
		any |= list_has(formats, structured[i]);
	if ((list_has(ways, "api") || list_has(ways, "batch")) && json_array_size(formats) && !any)
		ADD("formats", "format_way", "add the structured format it comes in, or share it by download only",
		    "only structured formats can be shared by api or batch");
}

static void rule_opening(Judge *judge) {
	Text opening = js_text(judge->document, "opening");
	if (text_is(opening, "conditional") && utf8_count(js_text(judge->document, "opening_condition")) < 4)
		ADD("opening_condition", "opening_condition", "say who may get it under which terms",
		    "有条件开放 needs its condition");
	if (opening.len && !text_is(opening, "closed") && text_is(js_text(judge->document, "sharing"), "none"))
		ADD("opening", "open_not_shared", "choose closed, or change the sharing type",
		    "what departments may not share cannot be opened");
	if (!text_is(opening, "open")) return;
	for (int i = 0; i < judge->typed.field_count; i++)
		if (judge->typed.fields[i].grade >= 3)
			ADD(field_path(judge, i, "grade"), "open_grade",
			    "open a resource without this field, or choose conditional",
			    "an open resource cannot hold the L%d field %s", judge->typed.fields[i].grade,
			    judge->typed.fields[i].name);
}

/* --- its fields -------------------------------------------------------------------------------------------------------- */
static bool name_formed(const char *name) {
	if (*name < 'a' || *name > 'z') return false;
	for (const char *at = name; *at; at++)
		if (!(*at >= 'a' && *at <= 'z') && !isdigit((unsigned char)*at) && *at != '_') return false;
	return true;
}

/* Names the record API and expressions use for themselves. */
static bool name_reserved(const char *name) {
	static const char *const reserved[] = {
	    "record_id", "version", "fields", "sort", "after",  "limit", "and",   "or",  "not",    "nil",   "true",     "false",
	    "end",       "then",    "if",     "else", "elseif", "for",   "while", "do",  "repeat", "until", "function", "local",
	    "return",    "break",   "goto",   "in",   "abs",    "floor", "min",   "max", "math",   "len"};
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (strcmp(name, reserved[i]) == 0) return true;
	return false;
}

static void rule_field_names(Judge *judge) {
	const Field *fields = judge->typed.fields;
	if (!judge->typed.field_count)
		ADD("fields", "required", "add the fields (drop a sample file to have them proposed)",
		    "the entry has no fields (信息项)");
	for (int i = 0; i < judge->typed.field_count; i++) {
		if (!name_formed(fields[i].name))
			ADD(field_path(judge, i, "name"), "field_name", "write e.g. person_name",
			    "\"%s\" is not a small letter followed by small letters, digits and _", fields[i].name);
		else if (name_reserved(fields[i].name))
			ADD(field_path(judge, i, "name"), "field_reserved", "choose another name",
			    "\"%s\" has a meaning of its own in queries or rules", fields[i].name);
		if (!*fields[i].title)
			ADD(field_path(judge, i, "title"), "required", "fill it in", "the Chinese name of %s is missing",
			    fields[i].name);
		if (!json_object_get(json_array_get(json_object_get(judge->document, "fields"), (size_t)i), "grade"))
			ADD(field_path(judge, i, "grade"), "required", "choose L1 to L4", "the grade of %s is missing",
			    fields[i].name);
		if (!json_object_get(json_array_get(json_object_get(judge->document, "fields"), (size_t)i), "kind"))
			ADD(field_path(judge, i, "kind"), "required", "choose a kind", "the kind of %s is missing",
			    fields[i].name);
		for (int j = 0; j < i; j++) {
			if (strcmp(fields[i].name, fields[j].name) == 0)
				ADD(field_path(judge, i, "name"), "field_unique", "rename one of them",
				    "field %d is also called %s", j + 1, fields[i].name);
			if (*fields[i].title && strcmp(fields[i].title, fields[j].title) == 0)
				ADD(field_path(judge, i, "title"), "title_unique", "tell them apart", "%s is also titled %s",
				    fields[j].name, fields[i].title);
			if (strcmp(fields[i].source_name, fields[j].source_name) == 0)
				ADD(field_path(judge, i, "source_name"), "source_unique", "name the right column",
				    "%s also reads column \"%s\"", fields[j].name, fields[i].source_name);
		}
	}
}

static void rule_key(Judge *judge) {
	int keys = 0;
	for (int i = 0; i < judge->typed.field_count; i++) {
		const Field *field = &judge->typed.fields[i];
		if (!field->key) continue;
		keys++;
		if (field->kind == KIND_DOUBLE || field->kind == KIND_GEOMETRY)
			ADD(field_path(judge, i, "key"), "key_kind", "use a code, number, text or date",
			    "a %s cannot be a key: equal values may differ", field_kind_name(field->kind));
	}
	if (judge->typed.field_count && !keys)
		ADD("fields", "key_missing", "mark the field (or fields) that tell records apart", "no field is the key");
	if (keys > 8) ADD("fields", "key_count", "mark fewer fields as key", "%d key fields, at most 8 are possible", keys);
}

static bool text_kind(FieldKind kind) {
	return kind == KIND_TEXT || kind == KIND_CODE;
}

static bool number_kind(FieldKind kind) {
	return kind == KIND_INTEGER || kind == KIND_DECIMAL || kind == KIND_DOUBLE;
}

static bool mask_fits(Mask mask, FieldKind kind) {
	switch (mask) {
	case MASK_YEAR:
		return kind == KIND_DATE || kind == KIND_TIME;
	case MASK_ROUND:
		return number_kind(kind) || kind == KIND_GEOMETRY;
	case MASK_NAME:
	case MASK_ID:
	case MASK_PHONE:
	case MASK_ADDRESS:
		return text_kind(kind);
	default:
		return kind != KIND_GEOMETRY || mask != MASK_HASH;
	}
}

static bool check_fits(Check check, FieldKind kind) {
	if (check == CHECK_LONGITUDE || check == CHECK_LATITUDE) return kind == KIND_DOUBLE || kind == KIND_DECIMAL;
	return check == CHECK_NONE || text_kind(kind);
}

static void rule_kinds(Judge *judge) {
	const json_t *list = json_object_get(judge->document, "fields");
	for (int i = 0; i < judge->typed.field_count; i++) {
		const Field *field = &judge->typed.fields[i];
		const json_t *json = json_array_get(list, (size_t)i);
		Mask mask;
		Check check;
		if (mask_parse(js_text(json, "mask"), &mask) < 0)
			ADD(field_path(judge, i, "mask"), "choice", "choose one of the masks", "there is no mask \"%s\"",
			    js_str(judge->rq->arena, json, "mask"));
		else if (!mask_fits(mask, field->kind))
			ADD(field_path(judge, i, "mask"), "mask_kind", "choose a mask for this kind, or all",
			    "mask %s does not fit a %s", mask_name(mask), field_kind_name(field->kind));
		if (check_parse(js_text(json, "check"), &check) < 0)
			ADD(field_path(judge, i, "check"), "choice", "choose one of the checks", "there is no check \"%s\"",
			    js_str(judge->rq->arena, json, "check"));
		else if (!check_fits(check, field->kind))
			ADD(field_path(judge, i, "check"), "check_kind", "change the kind or the check",
			    "check %s does not fit a %s", check_name(check), field_kind_name(field->kind));
		if (field->scale && field->kind != KIND_DECIMAL)
			ADD(field_path(judge, i, "scale"), "scale_kind", "choose decimal, or remove scale",
			    "only a decimal has fraction digits");
		if ((field->has_min || field->has_max) && !number_kind(field->kind))
			ADD(field_path(judge, i, field->has_min ? "min" : "max"), "range_kind", "remove min and max",
			    "only numbers have a range");
		if (field->has_min && field->has_max && field->min > field->max)
			ADD(field_path(judge, i, "max"), "range_order", "swap them", "max %g is below min %g", field->max,
			    field->min);
	}
}

/* Personal numbers are at least L3; what is graded L3 or L4 must have a mask to fall back on (GB/T 35273 §6.3, 就高从严). */
static void rule_grades(Judge *judge) {
	for (int i = 0; i < judge->typed.field_count; i++) {
		const Field *field = &judge->typed.fields[i];
		bool personal_number =
		    field->check == CHECK_GB11643 || field->check == CHECK_GB11643_15 || field->check == CHECK_MOBILE;
		if (personal_number && field->grade < 3)
			ADD(field_path(judge, i, "grade"), "grade_low", "grade it L3 or L4",
			    "%s holds personal numbers: at least L3", field->name);
		if (field->grade >= 3 && field->mask == MASK_NONE)
			ADD(field_path(judge, i, "mask"), "mask_missing", "choose how it shows without a grant for clear values",
			    "the L%d field %s has no mask", field->grade, field->name);
	}
}

static void rule_elements(Judge *judge) {
	for (int i = 0; i < judge->typed.field_count; i++) {
		const Field *field = &judge->typed.fields[i];
		if (!*field->element) continue;
		Rows *rows;
		int found = db_one(judge->rq->db, &rows, "SELECT grade, personal, kind, name FROM element WHERE code = $1",
		                   BIND(val_str(field->element)));
		judge->code = found < 0 ? found : judge->code;
		if (found == 0)
			ADD(field_path(judge, i, "element"), "element_unknown", "choose one of GET /api/v1/elements",
			    "there is no data element %s", field->element);
		if (found <= 0) continue;
		FieldKind kind = field->kind;
		field_kind_parse(rows_text(rows, 2), &kind);
		if (field_kind_val(kind) != field_kind_val(field->kind) && !text_kind(field->kind))
			ADD(field_path(judge, i, "kind"), "element_kind", "take the element's kind or another element",
			    "element %s is a %s", field->element, field_kind_name(kind));
		if (field->grade < rows_int(rows, 0))
			ADD(field_path(judge, i, "grade"), "grade_low", "raise the grade (就高从严)",
			    "element %s (%.*s) is L%lld, the field says L%d", field->element, TEXT_ARG(rows_text(rows, 3)),
			    (long long)rows_int(rows, 0), field->grade);
		if (rows_int(rows, 1) && field->grade == 2 && field->mask == MASK_NONE)
			ADD(field_path(judge, i, "mask"), "mask_missing", "choose a mask", "the personal field %s has no mask",
			    field->name);
	}
}

static void rule_code_sets(Judge *judge) {
	for (int i = 0; i < judge->typed.field_count; i++) {
		const Field *field = &judge->typed.fields[i];
		if (field->kind == KIND_CODE && !*field->code_set)
			ADD(field_path(judge, i, "code_set"), "code_set_missing", "choose one of GET /api/v1/code-sets",
			    "a code field needs its code set");
		if (field->kind != KIND_CODE && *field->code_set)
			ADD(field_path(judge, i, "code_set"), "code_set_kind", "choose kind code",
			    "only a code field has a code set");
		if (field->kind != KIND_CODE || !*field->code_set) continue;
		int64_t count = 0;
		int found = db_int(judge->rq->db, &count, "SELECT item_count FROM code_set WHERE name = $1",
		                   BIND(val_str(field->code_set)));
		judge->code = found < 0 ? found : judge->code;
		if (found == 0)
			ADD(field_path(judge, i, "code_set"), "code_set_unknown", "choose one of GET /api/v1/code-sets",
			    "there is no code set %s", field->code_set);
	}
}

static const Field *typed_field(const Judge *judge, const char *name) {
	return resource_field(&judge->typed, text_of(name));
}

static bool has_field(const json_t *document, Text name) {
	size_t index;
	json_t *field;
	json_array_foreach(json_object_get(document, "fields"), index,
	                   field) if (text_eq(js_text(field, "name"), name)) return true;
	return false;
}

static void check_reference(Judge *judge, int index) {
	const Field *field = &judge->typed.fields[index];
	const char *dot = strrchr(field->ref_resource, '.');
	const char *path = field_path(judge, index, "ref");
	if (!dot || dot == field->ref_resource) {
		ADD(path, "ref_form", "write e.g. 101001001/000001.citizen_id", "\"%s\" is not code.field", field->ref_resource);
		return;
	}
	Text code = {field->ref_resource, (size_t)(dot - field->ref_resource)}, name = text_of(dot + 1);
	if (text_eq(code, js_text(judge->document, "code"))) {
		if (!has_field(judge->document, name))
			ADD(path, "ref_unknown", "name one of its fields", "this entry has no field %s", name.at);
		return;
	}
	Rows *rows;
	int found = db_one(judge->rq->db, &rows,
	                   "SELECT v.document FROM resource r JOIN resource_version v ON v.resource_id = r.resource_id"
	                   " AND v.version_no = r.published_version WHERE r.code = $1 AND r.state = 'published'",
	                   BIND(val_text(code)));
	judge->code = found < 0 ? found : judge->code;
	if (found == 0)
		ADD(path, "ref_unknown", "publish that entry first, or correct the code",
		    "no published resource has the code %.*s", (int)code.len, code.at);
	else if (found > 0 && !has_field(json_parse_in(judge->rq->arena, rows_text(rows, 0)), name))
		ADD(path, "ref_unknown", "name one of its fields", "resource %.*s has no field %s", (int)code.len, code.at,
		    name.at);
}

static void rule_references(Judge *judge) {
	for (int i = 0; i < judge->typed.field_count; i++) {
		const Field *field = &judge->typed.fields[i];
		if (*field->ref_resource) check_reference(judge, i);
		if (!*field->date_field) continue;
		const Field *date = typed_field(judge, field->date_field);
		if (!date || (date->kind != KIND_DATE && date->kind != KIND_TIME))
			ADD(field_path(judge, i, "date_field"), "date_field", "name a date or time field of this entry",
			    "%s is not a date or time field here", field->date_field);
	}
}

/* What the retention period counts from: a date or time of the record itself. */
static void rule_retention(Judge *judge) {
	const char *name = judge->typed.retention_field;
	if (!*name) return;
	const Field *field = typed_field(judge, name);
	if (!field || (field->kind != KIND_DATE && field->kind != KIND_TIME))
		ADD("retention_field", "retention_field", "name a date or time field of this entry, or leave it empty",
		    "%s is not a date or time field here", name);
}

static bool known_name(const Judge *judge, Text word) {
	static const char *const words[] = {"and", "or",    "not", "nil", "true", "false",
	                                    "abs", "floor", "min", "max", "math", "len"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_is(word, words[i])) return true;
	return resource_field(&judge->typed, word) != NULL;
}

/* The first name in an expression that is neither a field nor a function: it would silently be nil. TEXT_NONE when all are known.
 */
static Text unknown_name(const Judge *judge, const char *at) {
	while (*at) {
		if (*at == '"' || *at == '\'') {
			char quote = *at++;
			while (*at && *at != quote)
				at += *at == '\\' && at[1] ? 2 : 1;
			at += *at != '\0';
		} else if (isalnum((unsigned char)*at) || *at == '_') {
			const char *from = at;
			while (isalnum((unsigned char)*at) || *at == '_' ||
			       (*at == '.' && (isdigit((unsigned char)*from) || isalpha((unsigned char)at[1]))))
				at++;
			Text word = {from, (size_t)(at - from)};
			const char *dot = memchr(from, '.', word.len); /* math.abs */
			Text head = {from, dot ? (size_t)(dot - from) : word.len};
			if (!isdigit((unsigned char)*from) && !known_name(judge, head)) return head;
		} else
			at++;
	}
	return TEXT_NONE;
}

static void rule_expressions(Judge *judge) {
	Request *rq = judge->rq;
	const char **names = ARENA_ARRAY(rq->arena, const char *, judge->typed.field_count + 1);
	for (int i = 0; i < judge->typed.field_count; i++)
		names[i] = judge->typed.fields[i].name;
	for (int i = 0; i < judge->typed.rule_count; i++) {
		const Rule *rule = &judge->typed.rules[i];
		Error error = {0};
		Expression *expression;
		if (expression_compile(rq->arena, text_of(rule->expression), names, judge->typed.field_count, &expression,
		                       &error) < 0)
			ADD(arena_printf(rq->arena, "rules[%d].expression", i), "expression",
			    "use the field names, e.g. end_date >= start_date", "the rule does not compile: %s", error.message);
		Text unknown = error.code ? TEXT_NONE : unknown_name(judge, rule->expression);
		if (unknown.at)
			ADD(arena_printf(rq->arena, "rules[%d].expression", i), "expression",
			    "use the field names, e.g. end_date >= start_date",
			    "the rule names \"%.*s\", which is no field of this entry", TEXT_ARG(unknown));
		if (!name_formed(rule->name))
			ADD(arena_printf(rq->arena, "rules[%d].name", i), "rule_name", "write e.g. dates_in_order",
			    "\"%s\" is not a small letter followed by small letters, digits and _", rule->name);
		if (!*rule->message)
			ADD(arena_printf(rq->arena, "rules[%d].message", i), "required",
			    "say what is wrong with a record that breaks it", "the message of rule %s is missing", rule->name);
		for (int j = 0; j < i; j++)
			if (strcmp(rule->name, judge->typed.rules[j].name) == 0)
				ADD(arena_printf(rq->arena, "rules[%d].name", i), "rule_unique", "rename one of them",
				    "rule %d is also called %s", j + 1, rule->name);
	}
}

static void (*const rules[])(Judge *judge) = {
    rule_filled_in, rule_code,   rule_name_unique, rule_sharing,   rule_opening,    rule_field_names, rule_key,
    rule_kinds,     rule_grades, rule_elements,    rule_code_sets, rule_references, rule_retention,   rule_expressions,
};

int document_check(Request *rq, int64_t resource_id, int64_t org_id, const json_t *document, Problems *problems) {
	document_shape(document, problems);
	if (problems->count) /* the rules below read values of the right type */
		return 0;
	Judge judge = {.rq = rq, .problems = problems, .document = document, .resource_id = resource_id, .org_id = org_id};
	document_resource(rq->arena, document, &judge.typed);
	for (size_t i = 0; i < sizeof rules / sizeof *rules && judge.code == 0; i++)
		rules[i](&judge);
	return judge.code;
}
