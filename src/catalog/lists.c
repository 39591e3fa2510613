/* Owns the reference lists as other rooms ask them: divisions and code sets, loaded once a catalogue generation into the cache,
 * immutable afterwards. Any thread; the objects live as long as the request that got them. */
#include "catalog/internal.h"

/* --- divisions --------------------------------------------------------------------------------------------------------- */
static int divisions_load(Request *rq, Text key, Arena *arena, void **object) {
	int64_t count = 0;
	int code = db_int(rq->db, &count, "SELECT count(*) FROM division", NO_BIND);
	if (code < 0) return code;
	Rows *rows;
	code = db_scan(rq->db, &rows, "SELECT code, name, valid_from, valid_to FROM division", NO_BIND);
	if (code < 0) return code;
	DivisionRow *list = ARENA_ARRAY(arena, DivisionRow, count + 1);
	int64_t n = 0;
	while ((code = rows_next(rows)) > 0) {
		if (n == count) /* rows committed since the count: come with the next generation */
			continue;
		list[n++] = (DivisionRow){text_dup(arena, rows_text(rows, 0)), rows_str(rows, 1, arena),
		                          rows_null(rows, 2) ? DAY_ALWAYS : (int32_t)rows_int(rows, 2),
		                          rows_null(rows, 3) ? DAY_NEVER : (int32_t)rows_int(rows, 3)};
	}
	rows_close(rows);
	if (code < 0) return code;
	*object = divisions_new(arena, list, (size_t)n);
	return 0;
}

static const CacheKind divisions_cache = {"catalog.divisions", divisions_load, 2};

int divisions_get(Request *rq, const Divisions **out) {
	const void *object = NULL;
	int code = cache_get(rq, &divisions_cache, TEXT("all"), &object);
	if (code < 0) return code;
	*out = object;
	return 0;
}

int division_valid(Request *rq, Text code, int32_t date) {
	const Divisions *divisions;
	int result = divisions_get(rq, &divisions);
	return result < 0 ? result : divisions_valid(divisions, code, date, NULL);
}

int check_value(Request *rq, Check check, Text value, int32_t date, Arena *arena, Text *out, const char **why) {
	const Divisions *divisions = NULL;
	if (check == CHECK_GB11643 || check == CHECK_GB11643_15 || check == CHECK_GB2260) {
		int code = divisions_get(rq, &divisions);
		if (code < 0) return code;
	}
	return check_text(divisions, check, value, date, arena, out, why);
}

/* --- code sets --------------------------------------------------------------------------------------------------------- */
typedef struct CodeItem {
	Text code;
	const char *label;
	int32_t from, to;
} CodeItem;

struct CodeSet {
	CodeItem *items; /* by code, then from */
	size_t count;
};

static int item_order(const void *a, const void *b) {
	const CodeItem *x = a, *y = b;
	int order = text_cmp(x->code, y->code);
	return order ? order : x->from < y->from ? -1 : x->from > y->from;
}

static int code_set_load(Request *rq, Text key, Arena *arena, void **object) {
	Rows *rows;
	int64_t count = 0;
	int code = db_int(rq->db, &count, "SELECT item_count FROM code_set WHERE name = $1", BIND(val_text(key)));
	if (code <= 0) return code < 0 ? code : ERR_NOT_FOUND;
	code = db_query(rq->db, &rows, "SELECT code, label, valid_from, valid_to FROM code_item WHERE code_set = $1",
	                BIND(val_text(key)));
	if (code < 0) return code;
	CodeSet *set = ARENA_NEW(arena, CodeSet);
	set->items = ARENA_ARRAY(arena, CodeItem, count + 1);
	while ((code = rows_next(rows)) > 0 && (int64_t)set->count < count)
		set->items[set->count++] = (CodeItem){text_dup(arena, rows_text(rows, 0)), rows_str(rows, 1, arena),
		                                      rows_null(rows, 2) ? DAY_ALWAYS : (int32_t)rows_int(rows, 2),
		                                      rows_null(rows, 3) ? DAY_NEVER : (int32_t)rows_int(rows, 3)};
	rows_close(rows);
	if (code < 0) return code;
	qsort(set->items, set->count, sizeof(CodeItem), item_order);
	*object = set;
	return 0;
}

static const CacheKind code_set_cache = {"catalog.code_set", code_set_load, 1000};

int code_set_get(Request *rq, const char *name, const CodeSet **out) {
	const void *object = NULL;
	int code = cache_get(rq, &code_set_cache, text_of(name), &object);
	if (code == ERR_NOT_FOUND)
		return error_field(rq->error, ERR_NOT_FOUND, "code_set", text_of(name), "code_set",
		                   "choose one of GET /api/v1/code-sets", "there is no code set %s", name);
	if (code < 0) return code;
	*out = object;
	return 0;
}

int code_set_valid(const CodeSet *set, Text code, int32_t date, const char **label) {
	int32_t day = date == DATE_TODAY ? date_of_us(clock_now_us()) : date;
	size_t low = 0, high = set->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (text_cmp(set->items[middle].code, code) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < set->count && text_eq(set->items[low].code, code); low++) {
		const CodeItem *item = &set->items[low];
		if (day == DATE_ANY || (item->from <= day && day < item->to)) {
			if (label) *label = item->label;
			return 1;
		}
	}
	return 0;
}

const char *code_set_by_label(const CodeSet *set, Text label) {
	for (size_t i = 0; i < set->count; i++)
		if (text_is(label, set->items[i].label)) return set->items[i].code.at;
	return NULL;
}

int code_valid(Request *rq, const char *code_set, Text code, int32_t date, const char **label) {
	const CodeSet *set;
	int result = code_set_get(rq, code_set, &set);
	return result < 0 ? result : code_set_valid(set, code, date, label);
}

int code_choices_write(Request *rq, const char *code_set) {
	enum { CHOICES_MAX = 300 };
	static const Member members[] = {{"code", MEMBER_TEXT}, {"label", MEMBER_TEXT}, {"label_en", MEMBER_TEXT}, {0}};
	return answer_under(rq, "choices", members,
	                    "SELECT i.code, i.label, i.label_en FROM code_item i JOIN code_set s ON s.name = i.code_set WHERE"
	                    " i.code_set = $1 AND s.item_count <= $2 AND (i.valid_from IS NULL OR i.valid_from <= $3) AND"
	                    " (i.valid_to IS NULL OR i.valid_to > $3) ORDER BY i.item_no",
	                    BIND(val_str(code_set), val_int(CHOICES_MAX), val_int(date_of_us(rq->now_us))));
}
