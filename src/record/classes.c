/* Classes of a layer's values, for its legend: the most frequent values, equal ranges, or ranges of equally many records; of
 * what the caller sees clear. On the request's thread. */
#include "record/ogc.h"
#include <math.h>

enum { CLASSES_MAX = 12 };

typedef struct Classes {
	Request *rq;
	const Finding *finding;
	const Field *field;
	int64_t total;
} Classes;

static int field_asked(Request *rq, const Finding *finding, int *position) {
	const Plan *plan = finding->target.plan;
	Text name = in_text(rq, "field");
	const Field *field = resource_field(plan->resource, name);
	*position = field ? (int)(field - plan->resource->fields) : -1;
	if (field && field->kind != KIND_GEOMETRY && plan->fields[*position].mode == GRANT_CLEAR) return 0;
	if (field && plan->fields[*position].mode == GRANT_MASKED) return masked_field(rq, field);
	return error_field(rq->error, ERR_INVALID, "field", name, "unknown_field", "choose one of the layer's fields",
	                   "There is no field %.*s for you", (int)(name.len > 80 ? 80 : name.len), name.at);
}

static bool ordered(const Field *field) {
	return field->kind == KIND_INTEGER || field->kind == KIND_DECIMAL || field->kind == KIND_DOUBLE ||
	       field->kind == KIND_DATE || field->kind == KIND_TIME;
}

static void class_json(const Classes *classes, const Val *value, const Val *from, const Val *to, int64_t count) {
	JsonWriter *json = &classes->rq->json;
	const Val *const ends[] = {value, from, to};
	static const char *const names[] = {"value", "from", "to"};
	jw_object(json);
	for (int i = 0; i < 3; i++) {
		if (!ends[i]) continue;
		jw_key(json, names[i]);
		value_json(json, classes->field, *ends[i], classes->rq->arena);
	}
	if (count >= 0) jw_kv_int(json, "count", count);
	jw_object_end(json);
}

/* A share of the way between two values of one kind. */
static Val between(Val least, Val most, int part, int of) {
	if (least.kind == VAL_DOUBLE) return val_double(least.d + (most.d - least.d) * part / of);
	return val_int(least.i + (int64_t)ceil(((double)most.i - (double)least.i) * part / of));
}

/* Ranges as [from, to), the last with its end. Rows of the query: least, greatest, how many. */
static int ranges_json(Classes *classes, Rows *rows, int wanted, bool equal) {
	Val least[CLASSES_MAX], most[CLASSES_MAX];
	int64_t counts[CLASSES_MAX];
	int found = 0, code;
	while ((code = rows_next(rows)) > 0 && found < CLASSES_MAX) {
		least[found] = column_value(rows, 0, classes->field);
		most[found] = column_value(rows, 1, classes->field);
		counts[found] = rows_int(rows, 2);
		classes->total += counts[found];
		bool same = found && (least[found].kind == VAL_DOUBLE ? least[found].d == least[found - 1].d
		                                                      : least[found].i == least[found - 1].i);
		if (same) { /* one value fills more than a class */
			counts[found - 1] += counts[found];
			most[found - 1] = most[found];
			continue;
		}
		found++;
	}
	rows_close(rows);
	if (code < 0 || found == 0) return code < 0 ? code : 0;
	int count = equal ? wanted : found;
	for (int i = 0; i < count; i++) {
		Val from = equal ? between(least[0], most[0], i, count) : least[i];
		Val to = i + 1 == count ? most[equal ? 0 : i] : equal ? between(least[0], most[0], i + 1, count) : least[i + 1];
		class_json(classes, NULL, &from, &to, equal && count > 1 ? -1 : counts[i]);
	}
	return 0;
}

static int values_json(Classes *classes, Rows *rows) {
	int code;
	while ((code = rows_next(rows)) > 0) {
		Val value = column_value(rows, 0, classes->field);
		classes->total += rows_int(rows, 1);
		class_json(classes, &value, NULL, NULL, rows_int(rows, 1));
	}
	rows_close(rows);
	return code < 0 ? code : 0;
}

static int classes_read(Classes *classes, int position, int wanted, bool unique, bool equal) {
	Request *rq = classes->rq;
	Rows *rows;
	const Finding *finding = classes->finding;
	int column = finding_column(finding, position);
	if (!finding->target.plan->mounted || !column) return 0;
	Val binds[2 * FILTER_VALUES_MAX + 1];
	Text extra;
	int bound = finding_bind(finding, equal ? 1 : wanted, binds, &extra);
	const char *sql = (unique ? sql_values : sql_shares)(
	    rq->arena, sql_table(finding->target.plan->resource->resource_id, finding->target.plan->resource->generation_no),
	    column, extra);
	int code = db_query(rq->db, &rows, sql, binds, (size_t)bound);
	if (code < 0) return statement_failed(rq, code);
	return unique ? values_json(classes, rows) : ranges_json(classes, rows, wanted, equal);
}

int map_classes(Request *rq) {
	Finding finding;
	int position = -1, wanted = in_has(rq, "count") ? (int)in_int(rq, "count") : 5;
	bool unique = text_is(in_text(rq, "method"), "unique"), equal = text_is(in_text(rq, "method"), "equal");
	int code = finding_open(rq, &finding);
	if (code == 0) code = field_asked(rq, &finding, &position);
	if (code < 0) return code;
	Classes classes = {.rq = rq, .finding = &finding, .field = &finding.target.plan->resource->fields[position]};
	if (!unique && !ordered(classes.field))
		return error_field(rq->error, ERR_INVALID, "method", in_text(rq, "method"), "method", "use unique",
		                   "%s has no order of its own", classes.field->name);
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "field", classes.field->name);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	code = classes_read(&classes, position, wanted, unique, equal);
	if (code < 0) return code;
	jw_array_end(&rq->json);
	jw_kv_int(&rq->json, "total", classes.total);
	jw_object_end(&rq->json);
	tell_evidence(rq, finding.target.plan,
	              arena_printf(rq->arena, "\"by\":\"classes\",\"field\":\"%s\"", classes.field->name), 0);
	return 0;
}
