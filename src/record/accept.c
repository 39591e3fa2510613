/* Acceptor: turns the texts of one row into stored values, or into reasons for refusing it. One per job thread; it lives in its
 * Request's arena and reads only immutable lists (divisions, code sets) besides its own cache of references. No allocation a
 * value: texts stay where the caller has them unless normalising changes them; then they go to the chunk's arena. */
#include "record/internal.h"
#include "record/sql.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum {
	TEXT_LENGTH_DEFAULT = 4000,
	INDEXED_BYTES_MAX = 2000, /* PostgreSQL's b-tree takes at most 2,704 bytes an entry */
	GEOMETRY_BYTES_MAX = 1 << 20,
	KNOWN_SLOTS = 1 << 17, /* values of a reference remembered, 8 bytes each */
	LOOK_UP_AT_ONCE = 64,
};

/* Values of a reference that were found: keyed hashes in an open table, emptied when three quarters full. */
typedef struct Known {
	uint64_t *slots;
	int count;
} Known;

typedef struct FieldPlan {
	const Field *field;
	size_t max_chars, max_bytes;
	bool limited; /* it has a least or greatest value */
	const CodeSet *code_set;
	int date_position;      /* of Field.date_field, or -1 */
	const Resource *target; /* of Field.ref_resource, or NULL */
	int target_position;
	bool by_record_id; /* the target field is its sole key */
	char *look_up;     /* SELECT f FROM target WHERE … IN (64 binds) */
	Known known;
} FieldPlan;

typedef struct RulePlan {
	const Rule *rule;
	Expression *expression;
	double *units;  /* what the stored number of each field is divided by */
	int *positions; /* of the fields it names, in the order it was compiled with */
	int count;
} RulePlan;

struct Acceptor {
	Request *rq;
	const Resource *resource;
	const Divisions *divisions;
	FieldPlan *fields;
	RulePlan *rules;
	Hasher *hasher;
	Buf scratch;
};

/* --- reasons ----------------------------------------------------------------------------------------------------------- */

static void copy_cut(char *out, size_t size, Text text) {
	size_t length = text.len < size ? text.len : size - 1;
	while (length < text.len && length > 0 && ((unsigned char)text.at[length] & 0xC0) == 0x80)
		length--;
	memcpy(out, text.at ? text.at : "", length);
	out[length] = '\0';
	for (char *at = out; *at; at++) /* a refused value may hold anything; what is shown is one line */
		if ((unsigned char)*at < ' ') *at = ' ';
}

static Reason *reason_new(Accepted *out, Arena *arena, const char *field, Text value, const char *rule) {
	if (out->reason_count == REASONS_MAX) return NULL;
	if (!out->reasons) out->reasons = arena_alloc(arena, sizeof(Reason) * REASONS_MAX);
	Reason *reason = &out->reasons[out->reason_count++];
	size_t shown = 0;
	while (shown < value.len && value.at[shown])
		shown++;
	copy_cut(reason->field, sizeof reason->field, text_of(field));
	copy_cut(reason->value, sizeof reason->value, (Text){value.at, shown});
	if (!utf8_valid(text_of(reason->value))) reason->value[0] = '\0';
	copy_cut(reason->rule, sizeof reason->rule, text_of(rule));
	return reason;
}

__attribute__((format(printf, 7, 8))) static void refuse(Accepted *out, Arena *arena, const Field *field, Text value,
                                                         const char *rule, const char *advice, const char *format, ...) {
	Reason *reason = reason_new(out, arena, field->name, value, rule);
	if (!reason) return;
	char message[512];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	copy_cut(reason->message, sizeof reason->message, text_of(message));
	copy_cut(reason->advice, sizeof reason->advice, text_of(advice));
}

/* --- normalising texts ------------------------------------------------------------------------------------------------- */

/* What one pass over the bytes tells. Common Chinese (U+4000–U+9FFF) is in NFC and has no full-width form, so it stays quick. */
typedef struct Scan {
	size_t chars;
	bool nul, slow;
} Scan;

#define BYTES_HIGH UINT64_C(0x8080808080808080)
#define BYTES_ONE UINT64_C(0x0101010101010101)

static inline uint64_t word_at(const char *at) {
	uint64_t word;
	memcpy(&word, at, sizeof word);
	return word;
}

/* Whether eight bytes hold one that is NUL or not ASCII. */
static inline bool word_special(uint64_t word) {
	return (((word - BYTES_ONE) & ~word) | word) & BYTES_HIGH;
}

/* ASCII without NUL, eight bytes at a time; the last step overlaps the one before. */
static bool text_plain(Text text) {
	size_t at = 0;
	if (text.len < sizeof(uint64_t)) {
		bool plain = true;
		for (; at < text.len; at++)
			plain &= text.at[at] > 0;
		return plain;
	}
	for (; at + sizeof(uint64_t) <= text.len; at += sizeof(uint64_t))
		if (word_special(word_at(text.at + at))) return false;
	return !word_special(word_at(text.at + text.len - sizeof(uint64_t)));
}

static Scan text_scan(Text text) {
	Scan scan = {.chars = text.len};
	const unsigned char *at = (const unsigned char *)text.at, *end = at + text.len;
	if (text_plain(text)) return scan;
	for (scan.chars = 0; at < end; scan.chars++) {
		if (*at < 0x80) {
			scan.nul |= *at == 0;
			at++;
		} else if (*at >= 0xE4 && *at <= 0xE9 && end - at >= 3 && (at[1] & 0xC0) == 0x80 && (at[2] & 0xC0) == 0x80) {
			at += 3;
		} else {
			scan.slow = true;
			at++;
		}
	}
	return scan;
}

static bool blank_point(uint32_t point) {
	return point <= 0x20 || point == 0x7F || point == 0xA0 || point == 0x3000 || point == 0xFEFF ||
	       (point >= 0x2000 && point <= 0x200F);
}

/* Half-width form of one code point. In free text only digits, letters and the blank are brought over: （ ） ， belong to proper
 * names. */
static uint32_t half_width(uint32_t point, bool free_text) {
	if (point == 0x3000) return ' ';
	if (point < 0xFF01 || point > 0xFF5E) return point;
	uint32_t half = point - 0xFEE0;
	bool alphanumeric = (half >= '0' && half <= '9') || ((half | 0x20) >= 'a' && (half | 0x20) <= 'z');
	return free_text && !alphanumeric ? point : half;
}

static Text text_normal(Text text, bool free_text, Arena *arena) {
	char *out = arena_alloc_raw(arena, text.len + 1);
	size_t length = 0, kept = 0;
	for (const char *at = text.at, *end = text.at + text.len; at < end;) {
		uint32_t point = utf8_next(&at, end);
		bool blank = blank_point(point);
		if (blank && length == 0) continue;
		length += (size_t)utf8_put(out + length, half_width(point, free_text));
		if (!blank) kept = length;
	}
	return text_nfc(arena, (Text){out, kept});
}

/* The value without stray blanks, full-width forms and decomposed characters. False when it cannot be kept: a reason was added.
 */
static bool text_clean(const FieldPlan *plan, Text raw, bool free_text, Arena *arena, Accepted *out, Text *clean, size_t *chars) {
	const Field *field = plan->field;
	Text text = text_trim(raw);
	Scan scan = text_scan(text);
	if (scan.nul) {
		refuse(out, arena, field, text, "nul", "remove the NUL byte; it often comes from a file in another encoding",
		       "%s holds a NUL byte", field->title);
		return false;
	}
	if (scan.slow) {
		if (!utf8_valid(text) || text_find(text, TEXT("\xEF\xBF\xBD")) >= 0) {
			refuse(out, arena, field, text, "encoding",
			       "save the file as UTF-8 or GB18030 and name the right one when loading",
			       "%s holds bytes that are no character of the file's encoding", field->title);
			return false;
		}
		text = text_normal(text, free_text, arena);
		scan.chars = utf8_count(text);
	}
	out->notes += text.len != raw.len || (scan.slow && !text_eq(text, raw));
	*clean = text;
	*chars = scan.chars;
	return true;
}

/* --- one parser a kind: 0, or -1 with *why ----------------------------------------------------------------------------- */

typedef int (*ParseFn)(const FieldPlan *plan, Text text, size_t chars, Arena *arena, Val *out, const char **why);

static int parse_text(const FieldPlan *plan, Text text, size_t chars, Arena *arena, Val *out, const char **why) {
	if (chars > plan->max_chars || text.len > plan->max_bytes) {
		*why = arena_printf(arena, "has %zu characters (%zu bytes); at most %zu characters (%zu bytes) are allowed",
		                    chars, text.len, plan->max_chars, plan->max_bytes);
		return -1;
	}
	*out = val_text(text);
	return 0;
}

static int parse_integer(const FieldPlan *plan, Text text, size_t chars, Arena *arena, Val *out, const char **why) {
	*why = "must be a whole number of at most 18 digits, without separators";
	*out = val_int(0);
	return text_to_int(text, &out->i);
}

/* "12.500" with two fraction digits is 12.50: zeros beyond the scale lose nothing. */
static int parse_decimal(const FieldPlan *plan, Text text, size_t chars, Arena *arena, Val *out, const char **why) {
	*out = val_int(0);
	if (text_to_decimal(text, plan->field->scale, &out->i) == 0) return 0;
	*why = arena_printf(arena, "must be a number with at most %d fraction digits, without separators", plan->field->scale);
	const char *point = memchr(text.at, '.', text.len);
	while (point && text.len > 0 && text.at[text.len - 1] == '0')
		text.len--;
	if (point && text.at + text.len - 1 == point) text.len--;
	return text_to_decimal(text, plan->field->scale, &out->i);
}

static int parse_double(const FieldPlan *plan, Text text, size_t chars, Arena *arena, Val *out, const char **why) {
	*why = "must be a number, e.g. 12.5 or 1.25e-3";
	*out = val_double(0);
	if (text_to_double(text, &out->d) < 0 || !isfinite(out->d)) return -1;
	if (out->d == 0) out->d = 0; /* −0 is 0 */
	return 0;
}

static inline bool digit_at(Text text, size_t at) {
	return text.at[at] >= '0' && text.at[at] <= '9';
}

/* "2026-11-22", the form most rows have, a few times quicker than date_parse, which takes them all. */
static bool parse_plain_date(Text text, int32_t *days) {
	static const int8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (text.len != 10 || text.at[4] != '-' || text.at[7] != '-') return false;
	for (size_t i = 0; i < 10; i++)
		if (i != 4 && i != 7 && !digit_at(text, i)) return false;
	int year = (text.at[0] - '0') * 1000 + (text.at[1] - '0') * 100 + (text.at[2] - '0') * 10 + text.at[3] - '0';
	int month = (text.at[5] - '0') * 10 + text.at[6] - '0', day = (text.at[8] - '0') * 10 + text.at[9] - '0';
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1])
		return false; /* 29 February is left to date_parse */
	*days = date_from_civil(year, month, day);
	return true;
}

static int parse_date(const FieldPlan *plan, Text text, size_t chars, Arena *arena, Val *out, const char **why) {
	int32_t days;
	*why = "must be a real date, e.g. 2026-11-22, 2026/11/22, 20261122 or 2026年11月22日";
	if (!parse_plain_date(text, &days) && date_parse(text, &days) < 0) {
		int64_t us; /* spreadsheets write a date as midnight of it */
		if (clock_parse(text, &us) < 0) return -1;
		days = date_of_us(us);
		int64_t midnight = (int64_t)days * 86400 * 1000000 - INT64_C(8) * 3600 * 1000000;
		if (us != midnight) return -1;
	}
	*out = val_int(days);
	return 0;
}

static int parse_time(const FieldPlan *plan, Text text, size_t chars, Arena *arena, Val *out, const char **why) {
	*why = "must be a time, e.g. 2026-11-22 08:30:00 or 2026-11-22T08:30:00+08:00";
	*out = val_int(0);
	return clock_parse(text, &out->i);
}

static int parse_boolean(const FieldPlan *plan, Text text, size_t chars, Arena *arena, Val *out, const char **why) {
	static const struct {
		const char *text;
		bool value;
	} words[] = {
	    {"1", true},   {"0", false},   {"true", true},   {"false", false}, {"是", true},     {"否", false}, {"有", true},
	    {"无", false}, {"TRUE", true}, {"FALSE", false}, {"True", true},   {"False", false}, {"Y", true},   {"N", false},
	    {"y", true},   {"n", false},   {"yes", true},    {"no", false},    {"t", true},      {"f", false},
	};
	*why = "must be 是 or 否 (also true/false, 1/0, Y/N, 有/无)";
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_is(text, words[i].text)) {
			*out = val_int(words[i].value);
			return 0;
		}
	}
	return -1;
}

static const char *const shapes[] = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"};

/* Positions at the depth the shape's type asks for: numbers within the range of longitude and latitude. */
static bool coordinates_good(const json_t *value, int depth) {
	if (depth == 0) {
		size_t size = json_array_size(value);
		double lon = json_number_value(json_array_get(value, 0)), lat = json_number_value(json_array_get(value, 1));
		bool numbers = json_is_number(json_array_get(value, 0)) && json_is_number(json_array_get(value, 1));
		return (size == 2 || size == 3) && numbers && fabs(lon) <= 180 && fabs(lat) <= 90;
	}
	if (!json_is_array(value) || json_array_size(value) == 0) return false;
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!coordinates_good(json_array_get(value, i), depth - 1)) return false;
	return true;
}

static int parse_geometry(const FieldPlan *plan, Text text, size_t chars, Arena *arena, Val *out, const char **why) {
	static const int depths[] = {0, 1, 1, 2, 2, 3};
	*why = "must be a GeoJSON geometry (RFC 7946) with longitude -180..180 and latitude -90..90, at most 1 MiB";
	json_t *shape = text.len <= GEOMETRY_BYTES_MAX ? json_loadb(text.at, text.len, 0, NULL) : NULL;
	const char *type = json_string_value(json_object_get(shape, "type"));
	int code = -1;
	for (size_t i = 0; type && i < sizeof shapes / sizeof *shapes; i++)
		if (strcmp(type, shapes[i]) == 0 && coordinates_good(json_object_get(shape, "coordinates"), depths[i])) code = 0;
	if (code == 0) {
		char *compact = json_dumps(shape, JSON_COMPACT | JSON_REAL_PRECISION(15) | JSON_SORT_KEYS);
		*out = val_str(arena_strdup(arena, compact));
		free(compact);
	}
	json_decref(shape);
	return code;
}

static const struct KindRow {
	ParseFn parse;
	const char *rule, *advice;
} kinds[FIELD_KIND_COUNT] = {
    [KIND_TEXT] = {parse_text, "length", "shorten the value, or have the field's length changed in the catalogue"},
    [KIND_INTEGER] = {parse_integer, "type", "write digits only"},
    [KIND_DECIMAL] = {parse_decimal, "type", "write digits and one point"},
    [KIND_DOUBLE] = {parse_double, "type", "write digits and one point"},
    [KIND_DATE] = {parse_date, "type", "compare with the original document"},
    [KIND_TIME] = {parse_time, "type", "compare with the original document"},
    [KIND_BOOLEAN] = {parse_boolean, "type", "write 是 or 否"},
    [KIND_CODE] = {parse_text, "length", "use a code of the code set"},
    [KIND_GEOMETRY] = {parse_geometry, "type", "export the shape as GeoJSON in CGCS2000 or WGS-84 longitude and latitude"},
};

static int parse_plain(const FieldPlan *plan, Text text, Arena *arena, Val *out, const char **why) {
	if (!utf8_valid(text) || memchr(text.at, 0, text.len)) {
		*why = "must be UTF-8 without NUL";
		return -1;
	}
	return kinds[plan->field->kind].parse(plan, text, utf8_count(text), arena, out, why);
}

int field_parse(const Field *field, Text text, Arena *arena, Val *out, const char **why) {
	FieldPlan plan = {.field = field, .max_chars = TEXT_LENGTH_DEFAULT, .max_bytes = INDEXED_BYTES_MAX};
	return parse_plain(&plan, text, arena, out, why);
}

int field_take(const Field *field, Text text, Arena *arena, Val *out, const char **why) {
	FieldPlan plan = {.field = field,
	                  .max_chars = field->length > 0 ? (size_t)field->length : TEXT_LENGTH_DEFAULT,
	                  .max_bytes = field->key ? INDEXED_BYTES_MAX : SIZE_MAX};
	return parse_plain(&plan, text, arena, out, why);
}

/* 12.34 of a decimal with two fraction digits is stored as 1234. */
static double stored_limit(double limit, const Field *field) {
	return field->kind == KIND_DECIMAL ? nearbyint(limit * pow(10, field->scale)) : limit;
}

bool field_in_range(const Field *field, Val value, FieldRange *range) {
	double number = value.kind == VAL_DOUBLE ? value.d : (double)value.i;
	snprintf(range->low, sizeof range->low, "−∞");
	snprintf(range->high, sizeof range->high, "+∞");
	if (field->has_min) snprintf(range->low, sizeof range->low, "%.15g", field->min);
	if (field->has_max) snprintf(range->high, sizeof range->high, "%.15g", field->max);
	if (value.kind != VAL_INT && value.kind != VAL_DOUBLE) return true;
	return !(field->has_min && number < stored_limit(field->min, field)) &&
	       !(field->has_max && number > stored_limit(field->max, field));
}

/* --- checks of one field ----------------------------------------------------------------------------------------------- */

static void check_range(const FieldPlan *plan, Text text, const Val *value, Arena *arena, Accepted *out) {
	FieldRange range;
	if (!plan->limited || field_in_range(plan->field, *value, &range)) return;
	refuse(out, arena, plan->field, text, "range", "compare with the original document; check the unit",
	       "%s must lie between %s and %s", plan->field->title, range.low, range.high);
}

static int32_t validity_date(const Acceptor *acceptor, const FieldPlan *plan, const Accepted *out) {
	if (plan->date_position < 0 || out->values[plan->date_position].kind != VAL_INT) return DATE_TODAY;
	int64_t when = out->values[plan->date_position].i;
	return acceptor->resource->fields[plan->date_position].kind == KIND_TIME ? date_of_us(when) : (int32_t)when;
}

static void check_code(const Acceptor *acceptor, const FieldPlan *plan, Arena *arena, Accepted *out, Text value) {
	const Field *field = plan->field;
	if (code_set_valid(plan->code_set, value, validity_date(acceptor, plan, out), NULL)) return;
	const char *code = code_set_by_label(plan->code_set, value);
	const char *advice = code ? arena_printf(arena, "the value is the name of code %s: write the code", code)
	                          : "use a code of the code set that is in force";
	refuse(out, arena, field, value, "code_set", advice, "%s is not a code of %s in force", field->title, field->code_set);
}

/* Standard checks run on the text, so that they can bring it into its normal form. */
static void check_standard(const Acceptor *acceptor, const FieldPlan *plan, Arena *arena, Accepted *out, Val *value) {
	const Field *field = plan->field;
	Text kept;
	const char *why = NULL;
	Text text = value->kind == VAL_TEXT ? value->t : field_text(field, *value, arena);
	int result = check_text(acceptor->divisions, field->check, text, validity_date(acceptor, plan, out), arena, &kept, &why);
	if (result < 0) {
		refuse(out, arena, field, text, check_name(field->check), "compare with the original document", "%s: %s",
		       field->title, why);
		return;
	}
	out->notes += result > 0;
	if (result > 0 && value->kind == VAL_TEXT) value->t = kept;
}

/* --- one row ----------------------------------------------------------------------------------------------------------- */

static void accept_field(const Acceptor *acceptor, const FieldPlan *plan, Text raw, Arena *arena, Accepted *out, Val *value) {
	const Field *field = plan->field;
	const struct KindRow *kind = &kinds[field->kind];
	Text text;
	size_t chars;
	const char *why = NULL;
	*value = val_null();
	if (!raw.at) return;
	bool plain = field->kind == KIND_TEXT && field->check == CHECK_NONE;
	if (!text_clean(plan, raw, plain, arena, out, &text, &chars)) return;
	if (text.len == 0 && (!plain || raw.len > 0))
		return; /* nothing but blanks, or an empty number: missing. "" of a text field is an empty text */
	if (kind->parse(plan, text, chars, arena, value, &why) < 0) {
		*value = val_null();
		refuse(out, arena, field, text, kind->rule, kind->advice, "%s %s", field->title, why);
		return;
	}
	check_range(plan, text, value, arena, out);
}

static bool refused_here(const Accepted *out, const Field *field) {
	for (int i = 0; i < out->reason_count; i++)
		if (strncmp(out->reasons[i].field, field->name, sizeof out->reasons[i].field - 1) == 0) return true;
	return false;
}

static void check_field(const Acceptor *acceptor, const FieldPlan *plan, Arena *arena, Accepted *out, Val *value) {
	const Field *field = plan->field;
	bool empty = value->kind == VAL_NULL || (value->kind == VAL_TEXT && value->t.len == 0);
	if (empty) {
		if ((field->required || field->key) && !refused_here(out, field))
			refuse(out, arena, field, TEXT_NONE, "required", "fill it in from the original document",
			       "%s must not be empty", field->title);
		return;
	}
	if (plan->code_set) check_code(acceptor, plan, arena, out, value->t);
	if (field->check != CHECK_NONE) check_standard(acceptor, plan, arena, out, value);
}

/* As rules see it: decimals as numbers, dates and times as text. */
static Val rule_value(const Field *field, Val value, double unit, Arena *arena) {
	if (field->kind == KIND_DECIMAL && value.kind == VAL_INT) return val_double((double)value.i / unit);
	if (field->kind == KIND_DATE || field->kind == KIND_TIME) return val_text(field_text(field, value, arena));
	return value;
}

static void check_rule(const Acceptor *acceptor, const RulePlan *plan, Arena *arena, Accepted *out) {
	Val values[RECORD_FIELDS_MAX];
	Error error = {0};
	for (int i = 0; i < plan->count; i++)
		values[i] = rule_value(&acceptor->resource->fields[plan->positions[i]], out->values[plan->positions[i]],
		                       plan->units[i], arena);
	int result = expression_test(plan->expression, values, &error);
	if (result > 0) return;
	const Field *first = plan->count ? &acceptor->resource->fields[plan->positions[0]] : &acceptor->resource->fields[0];
	Text shown = plan->count ? field_text(first, out->values[plan->positions[0]], arena) : TEXT_NONE;
	refuse(out, arena, first, shown, plan->rule->name, "compare the fields with the original document",
	       result < 0 ? "%s (the rule could not be worked out: %s)" : "%s", plan->rule->message, error.message);
}

/* Left out itself, or valid on a date that is. A key is checked at once: its normal form names the record. */
static bool check_waits(const FieldPlan *plan, int position, const bool *left_out) {
	if (!left_out || plan->field->key) return false;
	return left_out[position] || (plan->date_position >= 0 && left_out[plan->date_position]);
}

static bool rule_asked(const RulePlan *plan, const bool *kept) {
	bool brought = !kept || plan->count == 0;
	for (int i = 0; i < plan->count && !brought; i++)
		brought = !kept[plan->positions[i]];
	return brought;
}

static void accept_whole(Acceptor *acceptor, Arena *arena, Accepted *out) {
	const Resource *resource = acceptor->resource;
	if (out->reason_count == 0)
		for (int i = 0; i < resource->rule_count; i++)
			if (rule_asked(&acceptor->rules[i], out->kept)) check_rule(acceptor, &acceptor->rules[i], arena, out);
	if (out->reason_count == 0) row_digest(resource, out->values, acceptor->hasher, &acceptor->scratch, &out->digest);
}

int accept_part(Acceptor *acceptor, const Text *texts, const bool *left_out, Arena *arena, Accepted *out) {
	const Resource *resource = acceptor->resource;
	int64_t row_no = out->row_no;
	*out = (Accepted){.row_no = row_no,
	                  .values = arena_alloc_raw(arena, sizeof(Val) * (size_t)resource->field_count),
	                  .left_out = resource->key_count ? left_out : NULL};
	for (int i = 0; i < resource->field_count; i++)
		accept_field(acceptor, &acceptor->fields[i], texts[i], arena, out, &out->values[i]);
	for (int i = 0; i < resource->field_count; i++)
		if (!check_waits(&acceptor->fields[i], i, out->left_out))
			check_field(acceptor, &acceptor->fields[i], arena, out, &out->values[i]);
	if (!out->left_out) accept_whole(acceptor, arena, out);
	if (out->reason_count == 0) out->record_id = record_id(acceptor->rq->app, resource, out->values, &acceptor->scratch);
	return 0;
}

int accept_row(Acceptor *acceptor, const Text *texts, Arena *arena, Accepted *out) {
	return accept_part(acceptor, texts, NULL, arena, out);
}

void accept_rest(Acceptor *acceptor, Arena *arena, Accepted *out) {
	for (int i = 0; i < acceptor->resource->field_count; i++)
		if (check_waits(&acceptor->fields[i], i, out->left_out) && !(out->kept && out->kept[i]))
			check_field(acceptor, &acceptor->fields[i], arena, out, &out->values[i]);
	accept_whole(acceptor, arena, out);
}

const Resource *acceptor_resource(const Acceptor *acceptor, Request **rq) {
	*rq = acceptor->rq;
	return acceptor->resource;
}

/* --- references: looked up a chunk at a time --------------------------------------------------------------------------- */

static uint64_t value_hash(const Acceptor *acceptor, const Val *value) {
	Text bytes = value->kind == VAL_TEXT ? value->t : (Text){(const char *)&value->i, sizeof value->i};
	return siphash64(app_secret(acceptor->rq->app), bytes) | 1; /* 0 = free slot */
}

static bool known_has(const Known *known, uint64_t hash) {
	for (uint64_t at = hash % KNOWN_SLOTS; known->slots[at]; at = (at + 1) % KNOWN_SLOTS)
		if (known->slots[at] == hash) return true;
	return false;
}

static void known_add(Known *known, uint64_t hash) {
	if (known_has(known, hash)) return;
	if (known->count > KNOWN_SLOTS / 4 * 3) {
		memset(known->slots, 0, sizeof(uint64_t) * KNOWN_SLOTS);
		known->count = 0;
	}
	uint64_t at = hash % KNOWN_SLOTS;
	while (known->slots[at])
		at = (at + 1) % KNOWN_SLOTS;
	known->slots[at] = hash;
	known->count++;
}

static int64_t target_record_id(const Acceptor *acceptor, const FieldPlan *plan, const Val *value, Buf *scratch) {
	Val values[RECORD_FIELDS_MAX] = {0};
	values[plan->target_position] = *value;
	return record_id(acceptor->rq->app, plan->target, values, scratch);
}

/* Asks for up to LOOK_UP_AT_ONCE values (the last one repeated to fill the statement) and remembers those that are there. */
static int look_up(Acceptor *acceptor, FieldPlan *plan, const Val *const *values, int count) {
	Val binds[LOOK_UP_AT_ONCE];
	Rows *rows;
	for (int i = 0; i < LOOK_UP_AT_ONCE; i++) {
		const Val *value = values[i < count ? i : count - 1];
		binds[i] = plan->by_record_id ? val_int(target_record_id(acceptor, plan, value, &acceptor->scratch)) : *value;
	}
	int code = db_query(acceptor->rq->db, &rows, plan->look_up, binds, LOOK_UP_AT_ONCE);
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		Val found =
		    field_kind_val(plan->field->kind) == VAL_TEXT ? val_text(rows_text(rows, 0)) : val_int(rows_int(rows, 0));
		known_add(&plan->known, value_hash(acceptor, &found));
	}
	rows_close(rows);
	return code;
}

static bool reference_asked(const Accepted *row, int position) {
	return row->reason_count == 0 && row->values[position].kind != VAL_NULL && !(row->kept && row->kept[position]);
}

static int resolve_field(Acceptor *acceptor, FieldPlan *plan, int position, Accepted *rows, size_t count, Arena *arena) {
	const Val *wanted[LOOK_UP_AT_ONCE];
	int waiting = 0;
	for (size_t i = 0; i < count; i++) {
		const Val *value = &rows[i].values[position];
		if (!reference_asked(&rows[i], position) || known_has(&plan->known, value_hash(acceptor, value))) continue;
		wanted[waiting++] = value;
		if (waiting < LOOK_UP_AT_ONCE) continue;
		int code = look_up(acceptor, plan, wanted, waiting);
		if (code < 0) return code;
		waiting = 0;
	}
	return waiting ? look_up(acceptor, plan, wanted, waiting) : 0;
}

int accept_references(Acceptor *acceptor, Accepted *rows, size_t count, Arena *arena) {
	enum { AT_ONCE = KNOWN_SLOTS / 4 }; /* so that what was just found cannot have been forgotten */
	for (int position = 0; position < acceptor->resource->field_count; position++) {
		FieldPlan *plan = &acceptor->fields[position];
		if (!plan->target) continue;
		for (size_t from = 0; from < count; from += AT_ONCE) {
			size_t some = count - from < AT_ONCE ? count - from : AT_ONCE;
			int code = resolve_field(acceptor, plan, position, rows + from, some, arena);
			if (code < 0) return code;
			for (size_t i = from; i < from + some; i++) {
				const Val *value = &rows[i].values[position];
				if (!reference_asked(&rows[i], position) || known_has(&plan->known, value_hash(acceptor, value)))
					continue;
				refuse(&rows[i], arena, plan->field, field_text(plan->field, *value, arena), "reference",
				       "load the referenced resource first, or correct the value", "%s does not exist in %s",
				       plan->field->title, plan->target->name);
			}
		}
	}
	return 0;
}

/* --- making one -------------------------------------------------------------------------------------------------------- */

static int position_of(const Resource *resource, Text name) {
	const Field *field = resource_field(resource, name);
	return field ? (int)(field - resource->fields) : -1;
}

static int plan_reference(Request *rq, const Resource *resource, FieldPlan *plan) {
	const Field *field = plan->field;
	Text where = text_of(field->ref_resource);
	const char *dot = where.len ? memrchr(where.at, '.', where.len) : NULL;
	if (!dot)
		return fail(rq, ERR_INVALID, "Field %s: the reference \"%s\" must be written code.field", field->name,
		            field->ref_resource);
	int code = resource_find_code(rq, (Text){where.at, (size_t)(dot - where.at)}, &plan->target);
	if (code < 0)
		return fail(rq, ERR_INVALID, "Field %s refers to %s, which is not published", field->name, field->ref_resource);
	plan->target_position = position_of(plan->target, (Text){dot + 1, where.len - (size_t)(dot + 1 - where.at)});
	if (plan->target_position < 0)
		return fail(rq, ERR_INVALID, "Field %s refers to %s, which has no such field", field->name, field->ref_resource);
	const Field *target = &plan->target->fields[plan->target_position];
	if (plan->target->resource_id == resource->resource_id)
		return fail(rq, ERR_INVALID, "Field %s refers to its own resource; write that as an indicator after loading",
		            field->name);
	if (field_kind_val(target->kind) != field_kind_val(field->kind) || field->kind == KIND_DOUBLE ||
	    target->scale != field->scale)
		return fail(rq, ERR_INVALID, "Field %s and %s have different types", field->name, field->ref_resource);
	plan->by_record_id = plan->target->key_count == 1 && plan->target->key_fields[0] == plan->target_position;
	if (!plan->by_record_id && !target->indexed && !target->unique)
		return fail(rq, ERR_INVALID, "Field %s refers to %s, which is neither its key nor indexed", field->name,
		            field->ref_resource);
	if (plan->target->generation_no == 0)
		return fail(rq, ERR_CONFLICT, "Field %s refers to %s, which has no data yet: load that first", field->name,
		            field->ref_resource);
	plan->look_up = sql_look_up(rq->arena, plan->target, target->no, plan->by_record_id, LOOK_UP_AT_ONCE);
	plan->known.slots = ARENA_ARRAY(rq->arena, uint64_t, KNOWN_SLOTS);
	return 0;
}

static int plan_field(Request *rq, const Resource *resource, const Field *field, FieldPlan *plan) {
	bool indexed = field->indexed || field->unique || field->key;
	*plan = (FieldPlan){.field = field,
	                    .max_chars = field->length > 0 ? (size_t)field->length : TEXT_LENGTH_DEFAULT,
	                    .max_bytes = indexed ? INDEXED_BYTES_MAX : SIZE_MAX,
	                    .limited = field->has_min || field->has_max,
	                    .date_position = -1};
	if (field->date_field && *field->date_field) plan->date_position = position_of(resource, text_of(field->date_field));
	if (field->kind == KIND_CODE && field->code_set && *field->code_set) {
		int code = code_set_get(rq, field->code_set, &plan->code_set);
		if (code < 0)
			return fail(rq, code == ERR_NOT_FOUND ? ERR_INVALID : code, "Field %s: there is no code set %s",
			            field->name, field->code_set);
	}
	return field->ref_resource && *field->ref_resource ? plan_reference(rq, resource, plan) : 0;
}

static bool name_char(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Whether the expression names the field as a word of its own. More than it uses does no harm (a word inside a quoted text). */
static bool rule_names(const char *expression, const char *name) {
	size_t length = strlen(name);
	for (const char *at = strstr(expression, name); at; at = strstr(at + 1, name))
		if ((at == expression || !name_char(at[-1])) && !name_char(at[length])) return true;
	return false;
}

static int plan_rule(Request *rq, const Resource *resource, const Rule *rule, RulePlan *plan) {
	const char **names = ARENA_ARRAY(rq->arena, const char *, resource->field_count + 1);
	*plan = (RulePlan){.rule = rule,
	                   .positions = ARENA_ARRAY(rq->arena, int, resource->field_count + 1),
	                   .units = ARENA_ARRAY(rq->arena, double, resource->field_count + 1)};
	for (int i = 0; i < resource->field_count; i++) {
		if (!rule_names(rule->expression, resource->fields[i].name)) continue;
		names[plan->count] = resource->fields[i].name;
		plan->units[plan->count] = pow(10, resource->fields[i].scale);
		plan->positions[plan->count++] = i;
	}
	Error error = {0};
	int code = expression_compile(rq->arena, text_of(rule->expression), names, plan->count, &plan->expression, &error);
	return code < 0 ? fail(rq, ERR_INVALID, "Rule %s does not work: %s", rule->name, error.message) : 0;
}

int acceptor_new(Request *rq, const Resource *resource, Acceptor **out) {
	if (resource->field_count > RECORD_FIELDS_MAX)
		return fail(rq, ERR_INVALID, "The entry has %d fields; at most %d can be loaded", resource->field_count,
		            RECORD_FIELDS_MAX);
	Acceptor *acceptor = ARENA_NEW(rq->arena, Acceptor);
	*acceptor = (Acceptor){.rq = rq,
	                       .resource = resource,
	                       .fields = ARENA_ARRAY(rq->arena, FieldPlan, resource->field_count + 1),
	                       .rules = ARENA_ARRAY(rq->arena, RulePlan, resource->rule_count + 1),
	                       .hasher = hasher_new(rq->arena)};
	buf_in(&acceptor->scratch, rq->arena);
	int code = divisions_get(rq, &acceptor->divisions);
	for (int i = 0; code == 0 && i < resource->field_count; i++)
		code = plan_field(rq, resource, &resource->fields[i], &acceptor->fields[i]);
	for (int i = 0; code == 0 && i < resource->rule_count; i++)
		code = plan_rule(rq, resource, &resource->rules[i], &acceptor->rules[i]);
	if (code == 0) *out = acceptor;
	return code;
}

int field_accept(Request *rq, const Resource *resource, const Field *field, Text text, Val *out, Reason *why) {
	Field alone = *field;
	FieldPlan plan;
	Acceptor acceptor = {.rq = rq, .resource = resource};
	Accepted row = {0};
	alone.date_field = alone.ref_resource = ""; /* of other fields and entries nothing is known */
	int code = divisions_get(rq, &acceptor.divisions);
	if (code == 0) code = plan_field(rq, resource, &alone, &plan);
	if (code < 0) return code;
	accept_field(&acceptor, &plan, text, rq->arena, &row, out);
	bool empty = out->kind == VAL_NULL || (out->kind == VAL_TEXT && !out->t.len);
	if (!empty && !row.reason_count) check_field(&acceptor, &plan, rq->arena, &row, out);
	if (row.reason_count) *why = row.reasons[0];
	return row.reason_count == 0;
}
