/* Filters: "field.op=value" of a query string and the row filter of a grant, as conditions with bound values. Owns nothing; the
 * text and the values live in the arena given; any thread. */
#include "record/read.h"

static const struct OpRow {
	const char *name;
	FilterOp op;
} op_rows[] = {
    {"", OP_EQ},     {"ne", OP_NE}, {"lt", OP_LT},     {"lte", OP_LTE},   {"gt", OP_GT},
    {"gte", OP_GTE}, {"in", OP_IN}, {"like", OP_LIKE}, {"null", OP_NULL},
};

static const char *op_name(FilterOp op) {
	for (size_t i = 1; i < sizeof op_rows / sizeof *op_rows; i++)
		if (op_rows[i].op == op) return op_rows[i].name;
	return op == OP_EQ ? "eq" : "null";
}

void filter_begin(Filter *filter, const Resource *resource, Arena *arena, Error *error, int first_bind) {
	*filter = (Filter){.resource = resource, .arena = arena, .error = error, .first = first_bind};
	buf_in(&filter->sql, arena);
	buf_in(&filter->about, arena);
}

const Field *filter_field(const Resource *resource, Text name, FilterOp *op) {
	const char *dot = name.len ? memchr(name.at, '.', name.len) : NULL;
	Text suffix = dot ? (Text){dot + 1, name.len - (size_t)(dot + 1 - name.at)} : TEXT("");
	Text bare = dot ? (Text){name.at, (size_t)(dot - name.at)} : name;
	if (dot && suffix.len == 0) return NULL;
	for (size_t i = 0; i < sizeof op_rows / sizeof *op_rows; i++) {
		if (!text_is(suffix, op_rows[i].name)) continue;
		*op = op_rows[i].op;
		return resource_field(resource, bare);
	}
	return NULL;
}

static int refuse(Filter *filter, const Field *field, Text value, const char *advice, const char *why) {
	return error_field(filter->error, ERR_INVALID, field->name, value, "filter", advice, "The filter on %s %s", field->name,
	                   why);
}

static int add_value(Filter *filter, const Field *field, Text text) {
	const char *why = NULL;
	if (filter->count == FILTER_VALUES_MAX)
		return refuse(filter, field, TEXT_NONE, "ask in several requests", "has too many values");
	if (!text.at) text = TEXT("");
	if (field_parse(field, text, filter->arena, &filter->values[filter->count], &why) < 0)
		return refuse(filter, field, text, "", why);
	Val *value = &filter->values[filter->count++];
	if (value->kind == VAL_TEXT) value->t = text_dup(filter->arena, value->t);
	return 0;
}

/* "…" at the beginning of text, up to a comma or the end: its length with the quotes and *out without them; 0: no such thing. */
static size_t quoted_value(Filter *filter, Text text, Text *out) {
	if (!text.len || text.at[0] != '"') return 0;
	char *to = arena_alloc(filter->arena, text.len), *begin = to;
	for (size_t i = 1; i < text.len; i++) {
		bool twice = text.at[i] == '"' && i + 1 < text.len && text.at[i + 1] == '"';
		if (text.at[i] == '"' && !twice) {
			*out = (Text){begin, (size_t)(to - begin)};
			return i + 1 == text.len || text.at[i + 1] == ',' ? i + 1 : 0;
		}
		i += twice;
		*to++ = text.at[i];
	}
	return 0;
}

/* a,b,c: a value that holds a comma stands in double quotes, and a quote in it twice. */
static int add_list(Filter *filter, const Field *field, Text text) {
	int count = 0, code = 0;
	while (code == 0) {
		Text one;
		size_t length = quoted_value(filter, text, &one);
		if (length == 0) {
			const char *comma = text.len ? memchr(text.at, ',', text.len) : NULL;
			length = comma ? (size_t)(comma - text.at) : text.len;
			one = (Text){text.at, length};
		}
		if (++count > FILTER_IN_MAX)
			return refuse(filter, field, TEXT_NONE, "ask in several requests", "has more than 200 values");
		code = add_value(filter, field, one);
		if (length == text.len) break;
		text = (Text){text.at + length + 1, text.len - length - 1};
	}
	return code;
}

/* "prefix*": from the prefix to before the prefix followed by the last code point; texts sort bytewise, so that is a range. */
static int add_prefix(Filter *filter, const Field *field, Text text) {
	static const char last[] = "\xF4\x8F\xBF\xBF";
	if (field_kind_val(field->kind) != VAL_TEXT)
		return refuse(filter, field, text, "use gte and lte", "cannot use like: it is not a text");
	if (text.len < 2 || text.at[text.len - 1] != '*' || memchr(text.at, '*', text.len - 1))
		return refuse(filter, field, text, "write e.g. 澄江*", "must be a prefix that ends with *");
	text.len--;
	int code = add_value(filter, field, text);
	return code < 0 ? code : add_value(filter, field, text_of(arena_printf(filter->arena, "%.*s%s", TEXT_ARG(text), last)));
}

static int add_values(Filter *filter, const Field *field, FilterOp *op, Text text) {
	switch (*op) {
	case OP_IN:
		return add_list(filter, field, text);
	case OP_LIKE:
		return add_prefix(filter, field, text);
	case OP_NULL:
		if (!text_is(text, "1") && !text_is(text, "0"))
			return refuse(filter, field, text, "write .null=1 (has no value) or .null=0", "takes 1 or 0");
		if (text_is(text, "0")) *op = OP_NOT_NULL;
		return 0;
	default:
		return add_value(filter, field, text);
	}
}

static int begin_condition(Filter *filter, const Field *field, FilterOp op) {
	if (field->kind == KIND_GEOMETRY && op != OP_NULL)
		return refuse(filter, field, TEXT_NONE, "use .null", "cannot compare shapes");
	if (++filter->conditions > CONDITIONS_MAX)
		return refuse(filter, field, TEXT_NONE, "use fewer conditions",
		              "is one too many: at most 40 conditions are taken");
	return 0;
}

static void end_condition(Filter *filter, const Field *field, FilterOp op, int from) {
	sql_condition(&filter->sql, field->no, op, filter->first + from, filter->count - from);
	filter->list[filter->conditions - 1] =
	    (KeeperCondition){(int)(field - filter->resource->fields), op, filter->values + from, filter->count - from};
	buf_printf(&filter->about, "%s%s %s", filter->about.len ? ", " : "", field->name, op_name(op));
}

int filter_add(Filter *filter, const Field *field, FilterOp op, Text text) {
	int from = filter->count, code = begin_condition(filter, field, op);
	if (code == 0) code = add_values(filter, field, &op, text);
	if (code == 0) end_condition(filter, field, op, from);
	return code;
}

/* A JSON scalar as the text a query string would hold. */
static Text scalar_text(Filter *filter, const json_t *value) {
	if (json_is_string(value)) return (Text){json_string_value(value), json_string_length(value)};
	if (json_is_boolean(value)) return json_is_true(value) ? TEXT("1") : TEXT("0");
	if (!json_is_number(value)) return TEXT_NONE;
	char *text = json_dumps(value, JSON_ENCODE_ANY);
	Text copy = text_dup(filter->arena, text_of(text));
	free(text);
	return copy;
}

static int add_member(Filter *filter, const Field *field, FilterOp op, const json_t *value) {
	int from = filter->count, code = 0;
	if (!json_is_array(value)) {
		Text text = scalar_text(filter, value);
		return text.at ? filter_add(filter, field, op, text)
		               : refuse(filter, field, TEXT_NONE, "", "must be a text, number or boolean");
	}
	if (op != OP_IN || json_array_size(value) == 0 || json_array_size(value) > FILTER_IN_MAX)
		return refuse(filter, field, TEXT_NONE, "use .in with 1 to 200 values", "takes one value");
	code = begin_condition(filter, field, op);
	for (size_t i = 0; code == 0 && i < json_array_size(value); i++) {
		Text text = scalar_text(filter, json_array_get(value, i));
		code = text.at ? add_value(filter, field, text)
		               : refuse(filter, field, TEXT_NONE, "", "must be a text, number or boolean");
	}
	if (code == 0) end_condition(filter, field, op, from);
	return code;
}

int filter_json(Filter *filter, const json_t *object) {
	const char *name;
	json_t *value;
	if (!json_is_object(object))
		return error_set(filter->error, ERR_INVALID, "A row filter is a JSON object, e.g. {\"town\": \"320281100000\"}");
	json_object_foreach((json_t *)object, name, value) {
		FilterOp op;
		const Field *field = filter_field(filter->resource, text_of(name), &op);
		if (!field)
			return error_field(filter->error, ERR_INVALID, "filter", text_of(name), "unknown_field",
			                   "use a field of the entry, with .ne .lt .lte .gt .gte .in .like or .null",
			                   "The row filter names %.60s, which is no field or operator", name);
		int code = add_member(filter, field, op, value);
		if (code < 0) return code;
	}
	return 0;
}
