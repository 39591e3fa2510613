/* platform: templates of platforms above (12345, 城市运管服) as pack data: what its orders, our results, raised cases and its
 * later words are called there, with codes. Of orders and words: theirs to ours; of results and raised cases: ours to theirs.
 * Table partner_platform. */
#include "partner/internal.h"

static const char *const order_fields[] = {
    "outside_number", "class", "happened_at",   "due_at",         "lon",          "lat", "address", "description",
    "component",      "grade", "reporter_name", "reporter_phone", "confidential", NULL};
static const char *const word_fields[] = {"outside_number", "number", "update_id", "action", "note", NULL};
/* in the order of PlatformValues of result.c */
const char *const platform_out_fields[PLATFORM_OUT + 1] = {
    "outside_number", "number",  "step_no",        "action",     "state", "state_title", "outcome",
    "note",           "at",      "unit",           "class_code", "class", "kind",        "grade",
    "area",           "address", "description",    "component",  "lon",   "lat",         "happened_at",
    "reported_at",    "due_at",  "outside_due_at", "closed_at",  "stars", NULL};
/* Steps that its words may ask for: none of them closes a case that the city works on. */
static const char *const actions[] = {"remark", "urge", "supervise", "withdraw", "not_content", "lower", NULL};

static const struct {
	const char *name;
	const char *const *fields;
	const char *const needed[3]; /* fields that must have a column */
	bool required;
} lists[] = {{"orders", order_fields, {"outside_number", "class"}, true},
             {"results", platform_out_fields, {"state"}, true},
             {"raised", platform_out_fields, {"number"}, false},
             {"words", word_fields, {"update_id", "action"}, false}};

/* --- checking -----------------------------------------------------------------------------------------------------------------
 */
static const char *text_in(const json_t *from, const char *name) {
	const char *text = json_string_value(json_object_get(from, name));
	return text ? text : "";
}

static bool one_of(const char *word, const char *const *words) {
	for (; *words; words++)
		if (strcmp(word, *words) == 0) return true;
	return false;
}

static void fault(PackPart *part, const char *path, const char *message, const char *advice) {
	part->problem(part, path, "platform", message, advice);
}

static void codes_check(PackPart *part, const char *path, const json_t *column) {
	const json_t *codes = json_object_get(column, "codes");
	const char *key;
	json_t *value;
	bool asks = strcmp(text_in(column, "field"), "action") == 0 && strncmp(path, "words", 5) == 0;
	if (!codes) return;
	if (!json_is_object(codes)) fault(part, path, "codes are not a table", "Write codes: {theirs: ours}.");
	json_object_foreach((json_t *)codes, key, value) {
		if (!json_is_string(value)) fault(part, path, "a code is not a text", "Put codes in quotes.");
		if (asks && !one_of(json_is_string(value) ? json_string_value(value) : "", actions))
			fault(part, path, "this is no step that another system may ask for",
			      "Use remark, urge, supervise, withdraw, not_content or lower.");
	}
}

static void list_check(Request *rq, PackPart *part, size_t which) {
	const json_t *list = json_object_get(part->json, lists[which].name);
	size_t index;
	json_t *column;
	bool has[3] = {false};
	if (!list && !lists[which].required) return;
	json_array_foreach(list, index, column) {
		const char *path = arena_printf(rq->arena, "%s[%zu]", lists[which].name, index),
		           *field = text_in(column, "field");
		if (!*text_in(column, "column") || !*text_in(column, "key"))
			fault(part, path, "a column needs its name in files and its key in JSON",
			      "Write {column: 工单编号, key: orderNo, field: …}.");
		if (!one_of(field, lists[which].fields))
			fault(part, path, "there is no such field", "See docs/packs.md for the fields of this list.");
		for (int i = 0; i < 3 && lists[which].needed[i]; i++)
			has[i] |= strcmp(field, lists[which].needed[i]) == 0;
		codes_check(part, path, column);
	}
	for (int i = 0; i < 3 && lists[which].needed[i]; i++)
		if (!has[i])
			fault(part, lists[which].name, "a field that is needed has no column",
			      arena_printf(rq->arena, "Name the column of %s.", lists[which].needed[i]));
}

int action_platform_check(Request *rq, void *arg) {
	PackPart *part = arg;
	const char *crs = text_in(part->json, "crs");
	if (*crs && place_crs_parse(text_of(crs)) < 0)
		fault(part, "crs", "there is no such coordinate system", "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:n.");
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		list_check(rq, part, i);
	return 0;
}

/* --- keeping ------------------------------------------------------------------------------------------------------------------
 */
static void json_drop(void *json) {
	json_decref(json);
}

int platform_find(Request *rq, const char *name, const json_t **out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT document FROM partner_platform WHERE name = $1", BIND(val_str(name)));
	*out = NULL;
	if (found <= 0) return found;
	json_t *document = json_loads(rows_str(rows, 0, rq->arena), 0, NULL);
	db_rest(rq->db);
	if (!document) return fail(rq, ERR_INTERNAL, "platform %s is damaged", name);
	arena_on_free(rq->arena, json_drop, document);
	*out = document;
	return 1;
}

int action_platform_local(Request *rq, void *arg) {
	PackPart *part = arg;
	const json_t *document;
	int found = platform_find(rq, part->name, &document);
	part->local = found > 0 ? (json_t *)document : NULL;
	return found < 0 ? found : 0;
}

int action_platform_put(Request *rq, void *arg) {
	const PackPart *part = arg;
	int code = (int)db_run(
	    rq->db,
	    "INSERT INTO partner_platform (name, title, title_en, document, updated_us) VALUES ($1, $2, $3, $4, $5) ON CONFLICT"
	    " (name) DO UPDATE SET title = excluded.title, title_en = excluded.title_en, document = excluded.document,"
	    " updated_us = excluded.updated_us",
	    BIND(val_str(part->name), val_str(text_in(part->json, "title")), val_str(text_in(part->json, "title_en")),
	         val_str(json_as_text(rq, part->json)), val_int(rq->now_us)));
	return code < 0 ? code : 0;
}

int platforms_get(Request *rq) {
	static const Member members[] = {
	    {"platform", MEMBER_TEXT}, {"title", MEMBER_TEXT}, {"title_en", MEMBER_TEXT}, {"document", MEMBER_JSON}, {0}};
	return answer_list(rq, members, "SELECT name, title, title_en, document FROM partner_platform ORDER BY name LIMIT 100",
	                   NO_BIND);
}

/* --- values -------------------------------------------------------------------------------------------------------------------
 */
const json_t *platform_column(const json_t *document, const char *list, const char *field) {
	size_t index;
	json_t *column;
	json_array_foreach(json_object_get(document, list), index,
	                   column) if (strcmp(text_in(column, "field"), field) == 0) return column;
	return NULL;
}

/* A text, number or truth value, by key or by the name in files, as text. */
Text platform_raw(Request *rq, const json_t *item, const json_t *column) {
	const json_t *value = json_object_get(item, text_in(column, "key"));
	if (!value || json_is_null(value)) value = json_object_get(item, text_in(column, "column"));
	if (json_is_string(value)) return text_trim((Text){json_string_value(value), json_string_length(value)});
	if (json_is_integer(value)) return text_of(arena_printf(rq->arena, "%lld", (long long)json_integer_value(value)));
	if (json_is_real(value)) return text_of(arena_printf(rq->arena, "%.9g", json_real_value(value)));
	return json_is_boolean(value) ? json_is_true(value) ? TEXT("true") : TEXT("false") : TEXT("");
}

int platform_item_check(Request *rq, const json_t *document, const char *list, const json_t *item) {
	size_t index;
	json_t *column;
	json_array_foreach(json_object_get(document, list), index, column) {
		const char *key = text_in(column, "key");
		const json_t *value = json_object_get(item, key);
		if (!value || json_is_null(value)) value = json_object_get(item, text_in(column, "column"));
		if (json_is_object(value) || json_is_array(value))
			return error_field(rq->error, ERR_INVALID, key, TEXT_NONE, "order", "Send a text or a number.",
			                   "This is no single value");
	}
	return 0;
}

Text platform_in(Request *rq, const json_t *document, const char *list, const char *field, const json_t *item) {
	const json_t *column = platform_column(document, list, field), *codes = json_object_get(column, "codes");
	Text raw = column ? platform_raw(rq, item, column) : TEXT("");
	const json_t *ours = codes && raw.len ? json_object_getn(codes, raw.at, raw.len) : NULL;
	if (ours) return text_of(json_string_value(ours));
	const char *instead = text_in(column, "default");
	return *instead && (!raw.len || codes) ? text_of(instead) : raw;
}

const char *platform_name_of(const json_t *document, const char *list, const char *field) {
	return text_in(platform_column(document, list, field), "key");
}

Text platform_out(const json_t *column, Text ours) {
	const json_t *codes = json_object_get(column, "codes");
	const json_t *theirs = codes && ours.len ? json_object_getn(codes, ours.at, ours.len) : NULL;
	if (theirs) return text_of(json_string_value(theirs));
	const char *instead = text_in(column, "default");
	return *instead && (!ours.len || codes) ? text_of(instead) : ours;
}

int platform_field(const json_t *column) {
	const char *field = text_in(column, "field");
	for (int i = 0; i < PLATFORM_OUT; i++)
		if (strcmp(platform_out_fields[i], field) == 0) return i;
	return -1;
}
