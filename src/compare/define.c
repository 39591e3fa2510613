/* define: what is compared with what: read, checked, kept, shown, removed. Fields that a grant gives masked are not compared:
 * that one could try values out, as by a filter. One's own organisation's are, and are shown masked. */
#include "compare/internal.h"

static const char *const op_names[COND_COUNT] = {"eq", "ne", "gte", "lte", "filled", "empty"};
static const char *const side_names[SIDES] = {"left", "right"};

static int unsuited(Request *rq, const char *field, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, value, rule, advice, "%s", message);
}

/* --- the document ---------------------------------------------------------------------------------------------------------- */
static const char *text_in(const json_t *object, const char *name) {
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static int pairs_take(Request *rq, const json_t *list, const char *name, Pair *out, int max, int *count) {
	size_t index;
	json_t *item;
	*count = 0;
	if (!json_is_array(list) || json_array_size(list) > (size_t)max)
		return unsuited(rq, name, TEXT_NONE, "list",
		                "Give 1 to 5 pairs that make the key, and at most 20 that are compared.",
		                "This is no list of pairs of fields");
	json_array_foreach((json_t *)list, index, item) {
		const char *where = arena_printf(rq->arena, "%s[%zu]", name, index);
		int form = compare_form(text_of(text_in(item, "form")));
		if (form < 0)
			return unsuited(rq, where, text_of(text_in(item, "form")), "choice",
			                "Use exact, text, number, date or id_number.", "There is no such form of values");
		out[(*count)++] = (Pair){
		    .names = {arena_strdup(rq->arena, text_in(item, "left")), arena_strdup(rq->arena, text_in(item, "right"))},
		    .form = (CompareForm)form};
	}
	return 0;
}

static int conditions_take(Request *rq, const json_t *list, const char *name, Condition *out, int *count) {
	size_t index;
	json_t *item;
	*count = 0;
	if (!list) return 0;
	if (!json_is_array(list) || json_array_size(list) > COMPARE_CONDITIONS_MAX)
		return unsuited(rq, name, TEXT_NONE, "list", "Give at most 10 conditions.", "This is no list of conditions");
	json_array_foreach((json_t *)list, index, item) {
		int op = 0;
		while (op < COND_COUNT && strcmp(op_names[op], text_in(item, "op")) != 0)
			op++;
		if (op == COND_COUNT)
			return unsuited(rq, arena_printf(rq->arena, "%s[%zu]", name, index), text_of(text_in(item, "op")),
			                "choice", "Use eq, ne, gte, lte, filled or empty.", "There is no such condition");
		out[(*count)++] = (Condition){.field = arena_strdup(rq->arena, text_in(item, "field")),
		                              .value = arena_strdup(rq->arena, text_in(item, "value")),
		                              .op = (ConditionOp)op};
	}
	return 0;
}

static int document_take(Request *rq, json_t *document, Comparison *out) {
	out->document = document;
	int code = pairs_take(rq, json_object_get(document, "keys"), "keys", out->keys, COMPARE_KEYS_MAX, &out->key_count);
	if (code == 0 && !out->key_count)
		return unsuited(rq, "keys", TEXT_NONE, "required", "Name at least one pair of fields.",
		                "Rows are matched by at least one pair of fields");
	if (code == 0)
		code = pairs_take(rq, json_object_get(document, "fields"), "fields", out->fields, COMPARE_FIELDS_MAX,
		                  &out->field_count);
	for (int side = 0; side < SIDES && code == 0; side++) {
		const char *name = arena_printf(rq->arena, "%s_filter", side_names[side]);
		code = conditions_take(rq, json_object_get(document, name), name, out->conditions[side],
		                       &out->condition_count[side]);
	}
	return code;
}

static void json_drop(void *json) {
	json_decref(json);
}

int comparison_load(Request *rq, int64_t id, Comparison *out) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT org_id, created_by, created_us, name, purpose, left_id, right_id, document, last_run, timetable,"
	           " every_hours, weekdays, month_day, daily_minute, next_us, run_as, problem, advice FROM comparison"
	           " WHERE comparison_id = $1 AND ended_us = 0",
	           BIND(val_int(id)));
	if (found < 0) return found;
	rq->about_subject = id;
	if (!found || (rows_int(rows, 0) != rq->party.org_id && !rq->party.sees_all))
		return fail(rq, ERR_NOT_FOUND, "There is no such comparison among those you may see");
	Text document = rows_text(rows, 7);
	*out = (Comparison){.id = id,
	                    .org_id = rows_int(rows, 0),
	                    .created_by = rows_int(rows, 1),
	                    .created_us = rows_int(rows, 2),
	                    .name = rows_str(rows, 3, rq->arena),
	                    .purpose = rows_str(rows, 4, rq->arena),
	                    .resources = {rows_int(rows, 5), rows_int(rows, 6)},
	                    .last_run = rows_int(rows, 8),
	                    .when = {.kind = rows_str(rows, 9, rq->arena),
	                             .every_hours = rows_int(rows, 10),
	                             .weekdays = rows_str(rows, 11, rq->arena),
	                             .month_day = rows_int(rows, 12),
	                             .daily_minute = rows_int(rows, 13)},
	                    .next_us = rows_int(rows, 14),
	                    .run_as = rows_int(rows, 15),
	                    .problem = rows_str(rows, 16, rq->arena),
	                    .advice = rows_str(rows, 17, rq->arena)};
	json_t *json = json_loadb(document.at, document.len, 0, NULL);
	if (!json) return fail(rq, ERR_INTERNAL, "the comparison cannot be read");
	arena_on_free(rq->arena, json_drop, json);
	return document_take(rq, json, out);
}

/* --- the two sides -----------------------------------------------------------------------------------------------------------
 */
int comparison_reader(Request *rq, const Comparison *one, int side, const Resource **resource, Party *reader) {
	int code = resource_find(rq, one->resources[side], resource);
	if (code == 0) code = resource_not_proxied(rq, *resource, "be compared");
	return code < 0 ? code : reading_party(rq, *resource, reader);
}

/* The position of a field among those given to the reader, or a code. */
static int field_take_named(Request *rq, const Side *side, bool own, const char *name, const char *where) {
	const RecordScan *scan = side->scan;
	for (int i = 0; i < scan->count; i++) {
		if (strcmp(scan->fields[i].field->name, name) != 0) continue;
		if (scan->fields[i].field->kind == KIND_GEOMETRY) break;
		if (!scan->fields[i].masked || own) return i;
		return unsuited(rq, where, text_of(name), "masked", "Ask the supplier for the field in clear, or leave it out.",
		                "A field that you are given masked is not compared");
	}
	return unsuited(rq, where, text_of(name), "unknown_field", "Use names of fields that you may read.",
	                "The entry has no such field, or it is not given to you");
}

static int side_fields(Request *rq, const Comparison *one, int which, Side *out) {
	bool own = rq->party.org_id == out->resource->org_id;
	int at = 0;
	for (int i = 0; i < one->key_count && at >= 0; i++)
		out->keys[i] = at = field_take_named(rq, out, own, one->keys[i].names[which],
		                                     arena_printf(rq->arena, "keys[%d].%s", i, side_names[which]));
	for (int i = 0; i < one->field_count && at >= 0; i++)
		out->fields[i] = at = field_take_named(rq, out, own, one->fields[i].names[which],
		                                       arena_printf(rq->arena, "fields[%d].%s", i, side_names[which]));
	for (int i = 0; i < one->condition_count[which] && at >= 0; i++)
		out->conditions[i] = at = field_take_named(rq, out, own, one->conditions[which][i].field,
		                                           arena_printf(rq->arena, "%s_filter[%d].field", side_names[which], i));
	return at < 0 ? at : 0;
}

int side_open(Request *rq, const Comparison *one, int side, Side *out) {
	Party asker = rq->party;
	*out = (Side){0};
	int code = comparison_reader(rq, one, side, &out->resource, &out->reader);
	if (code < 0) return code;
	rq->party = out->reader;
	code = record_scan_open(rq, out->resource, WAY_INSIDE, &out->scan);
	rq->party = asker;
	if (code == 0) code = side_fields(rq, one, side, out);
	if (code < 0 && out->scan) record_scan_close(out->scan);
	return code;
}

/* --- defining -------------------------------------------------------------------------------------------------------------- */
static int insert_write(Request *rq, void *arg) {
	Comparison *one = arg;
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO comparison (comparison_id, org_id, created_by, created_us, name, purpose, left_id, right_id,"
	           " document, last_run, next_run, ended_us, timetable, every_hours, weekdays, month_day, daily_minute, next_us,"
	           " run_as) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, $10, $11, $12, $13, $14, $15, $3)",
	           BIND(val_int(one->id), val_int(one->org_id), val_int(one->created_by), val_int(one->created_us),
	                val_str(one->name), val_str(one->purpose), val_int(one->resources[LEFT]), val_int(one->resources[RIGHT]),
	                val_str(json_as_text(rq, one->document)), val_str(one->when.kind), val_int(one->when.every_hours),
	                val_str(one->when.weekdays), val_int(one->when.month_day), val_int(one->when.daily_minute),
	                val_int(one->next_us)));
	return done < 0 ? (int)done : 0;
}

int comparisons_post(Request *rq) {
	Side sides[SIDES];
	Comparison *one = ARENA_NEW(rq->arena, Comparison);
	*one = (Comparison){.id = store_new_id(rq->store),
	                    .org_id = rq->party.org_id,
	                    .created_by = rq->party.account_id,
	                    .created_us = rq->now_us,
	                    .name = text_cstr(rq->arena, text_trim(in_text(rq, "name"))),
	                    .purpose = text_cstr(rq->arena, text_trim(in_text(rq, "purpose"))),
	                    .resources = {in_int(rq, "left_id"), in_int(rq, "right_id")}};
	rq->about_resource = one->resources[LEFT];
	rq->about_subject = one->id;
	rq->about = arena_printf(rq->arena, "{\"right\":\"%lld\"}", (long long)one->resources[RIGHT]);
	if (one->resources[LEFT] == one->resources[RIGHT])
		return unsuited(rq, "right_id", TEXT_NONE, "same_entry", "Choose two entries.",
		                "An entry is not compared with itself");
	json_t *document = json_object();
	arena_on_free(rq->arena, json_drop, document);
	static const char *const names[] = {"keys", "fields", "left_filter", "right_filter"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (in_has(rq, names[i])) json_object_set(document, names[i], in_json(rq, names[i]));
	int code = document_take(rq, document, one);
	if (code == 0) code = timetable_take(rq, &one->when);
	one->next_us = code == 0 ? timetable_next(&one->when, rq->now_us) : 0;
	if (code == 0) code = side_open(rq, one, LEFT, &sides[LEFT]);
	if (code < 0) return code;
	code = side_open(rq, one, RIGHT, &sides[RIGHT]);
	if (code == 0) record_scan_close(sides[RIGHT].scan);
	record_scan_close(sides[LEFT].scan);
	if (code == 0) code = request_write(rq, insert_write, one);
	if (code < 0) return code;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "comparison_id", one->id);
	jw_object_end(&rq->json);
	return 0;
}

int comparison_delete(Request *rq) {
	Comparison one;
	int code = comparison_load(rq, in_int(rq, "id"), &one);
	if (code < 0) return code;
	rq->about_resource = one.resources[LEFT];
	if (one.org_id != rq->party.org_id)
		return fail(rq, ERR_FORBIDDEN, "Only the organisation that defined the comparison removes it");
	int64_t done = db_run(rq->db, "UPDATE comparison SET ended_us = $2 WHERE comparison_id = $1",
	                      BIND(val_int(one.id), val_int(rq->now_us)));
	return done < 0 ? (int)done : 0;
}

/* --- shown ------------------------------------------------------------------------------------------------------------------ */
int comparisons_get(Request *rq) {
	static const Member members[] = {{"comparison_id", MEMBER_ID}, {"name", MEMBER_TEXT},      {"purpose", MEMBER_TEXT},
	                                 {"left_id", MEMBER_ID},       {"left_name", MEMBER_TEXT}, {"right_id", MEMBER_ID},
	                                 {"right_name", MEMBER_TEXT},  {"org_name", MEMBER_TEXT},  {"run_at", MEMBER_TIME},
	                                 {"run_state", MEMBER_TEXT},   {"timetable", MEMBER_TEXT}, {"every_hours", MEMBER_INT},
	                                 {"weekdays", MEMBER_JSON},    {"month_day", MEMBER_INT},  {"daily_minute", MEMBER_INT},
	                                 {"next_at", MEMBER_TIME},     {"stopped", MEMBER_BOOL},   {0}};
	int limit = in_limit(rq);
	AskedSql asked = asked_sql(
	    rq,
	    "SELECT c.comparison_id, c.name, c.purpose, c.left_id, l.name, c.right_id, r.name, o.name, n.begun_us, j.state,"
	    " c.timetable, c.every_hours, c.weekdays, c.month_day, c.daily_minute, c.next_us, CASE WHEN c.problem = '' THEN 0 "
	    "ELSE 1 END FROM"
	    " comparison c JOIN resource l ON l.resource_id = c.left_id JOIN resource r ON r.resource_id = c.right_id LEFT JOIN "
	    "org o ON"
	    " o.org_id = c.org_id LEFT JOIN comparison_run n ON n.run_id = c.next_run LEFT JOIN job j ON j.job_id = n.job_id "
	    "WHERE"
	    " c.ended_us = 0/*if $1*/ AND c.org_id = $1/*end*//*if $2*/ AND c.comparison_id < $2/*end*/ ORDER BY c.comparison_id "
	    "DESC"
	    " LIMIT $3",
	    BIND(rq->party.sees_all ? val_null() : val_int(rq->party.org_id), asked_int(rq, "after"), val_int(limit + 1)));
	return answer_page(rq, limit, members, ASKED(asked));
}

static void pairs_write(Request *rq, const Comparison *one, const Resource *const resources[SIDES], const char *name,
                        const Pair *pairs, int count) {
	JsonWriter *json = &rq->json;
	jw_key(json, name);
	jw_array(json);
	for (int i = 0; i < count; i++) {
		jw_object(json);
		for (int side = 0; side < SIDES; side++) {
			const Field *field =
			    resources[side] ? resource_field(resources[side], text_of(pairs[i].names[side])) : NULL;
			jw_kv_str(json, side_names[side], pairs[i].names[side]);
			jw_kv_str(json, side == LEFT ? "left_title" : "right_title", field ? field->title : pairs[i].names[side]);
		}
		jw_kv_str(json, "form", compare_form_name(pairs[i].form));
		jw_object_end(json);
	}
	jw_array_end(json);
}

static void filter_write(Request *rq, const Comparison *one, int side, const Resource *resource) {
	JsonWriter *json = &rq->json;
	jw_key(json, side == LEFT ? "left_filter" : "right_filter");
	jw_array(json);
	for (int i = 0; i < one->condition_count[side]; i++) {
		const Condition *condition = &one->conditions[side][i];
		const Field *field = resource ? resource_field(resource, text_of(condition->field)) : NULL;
		const char *word = NULL;
		if (field && field->kind == KIND_CODE && *condition->value &&
		    code_valid(rq, field->code_set, text_of(condition->value), DATE_ANY, &word) < 0)
			error_clear(rq->error);
		jw_object(json);
		jw_kv_str(json, "field", condition->field);
		jw_kv_str(json, "title", field ? field->title : condition->field);
		jw_kv_str(json, "op", op_names[condition->op]);
		jw_kv_str(json, "value", condition->value);
		jw_kv_str(json, "word", word);
		jw_object_end(json);
	}
	jw_array_end(json);
}

/* Runs: who reads both sides is told their counts; others only that they ran. */
static int runs_write(Request *rq, const Comparison *one, bool may) {
	static const Member members[] = {{"run_id", MEMBER_ID},
	                                 {"job_id", MEMBER_ID},
	                                 {"state", MEMBER_TEXT},
	                                 {"by", MEMBER_TEXT},
	                                 {"begun_at", MEMBER_TIME},
	                                 {"ended_at", MEMBER_TIME},
	                                 {"counts", MEMBER_JSON},
	                                 {"kept", MEMBER_BOOL},
	                                 {"done", MEMBER_INT},
	                                 {"total", MEMBER_INT},
	                                 {"stage", MEMBER_TEXT},
	                                 {"by_timetable", MEMBER_BOOL},
	                                 {0}};
	return answer_under(
	    rq, "runs", members,
	    "SELECT n.run_id, n.job_id, j.state, a.name, n.begun_us, n.ended_us, CASE WHEN n.ended_us <> 0 AND CAST($2 AS "
	    "BIGINT) = 1"
	    " THEN n.counts ELSE NULL END, n.kept, j.done, j.total, j.stage, n.by_timetable FROM comparison_run n JOIN job j ON "
	    "j.job_id = "
	    "n.job_id"
	    " LEFT JOIN account a ON a.account_id = n.account_id WHERE n.comparison_id = $1 ORDER BY n.run_id DESC LIMIT 20",
	    BIND(val_int(one->id), val_int(may)));
}

static void timetable_write(Request *rq, const Comparison *one) {
	JsonWriter *json = &rq->json;
	Rows *rows;
	jw_kv_str(json, "timetable", one->when.kind);
	jw_kv_int(json, "every_hours", one->when.every_hours);
	jw_key(json, "weekdays");
	jw_raw(json, text_of(one->when.weekdays));
	jw_kv_int(json, "month_day", one->when.month_day);
	jw_kv_int(json, "daily_minute", one->when.daily_minute);
	jw_kv_time(json, "next_at", one->next_us);
	jw_kv_str(json, "problem", message_say(rq, one->problem));
	jw_kv_str(json, "advice", message_say(rq, one->advice));
	int found = db_one(rq->db, &rows, "SELECT name FROM account WHERE account_id = $1", BIND(val_int(one->run_as)));
	jw_key(json, "timetable_by");
	if (found > 0)
		jw_text(json, rows_text(rows, 0));
	else
		jw_null(json);
}

int comparison_get(Request *rq) {
	JsonWriter *json = &rq->json;
	Comparison one;
	const Resource *resources[SIDES] = {0};
	Party reader;
	bool may = true;
	int code = comparison_load(rq, in_int(rq, "id"), &one);
	if (code < 0) return code;
	rq->about_resource = one.resources[LEFT];
	for (int side = 0; side < SIDES; side++) {
		code = comparison_reader(rq, &one, side, &resources[side], &reader);
		if (code < 0 && code != ERR_FORBIDDEN && code != ERR_GONE && code != ERR_NOT_FOUND && code != ERR_CONFLICT)
			return code;
		may &= code == 0;
		error_clear(rq->error);
	}
	jw_object(json);
	jw_kv_id(json, "comparison_id", one.id);
	jw_kv_str(json, "name", one.name);
	jw_kv_str(json, "purpose", one.purpose);
	jw_kv_time(json, "created_at", one.created_us);
	for (int side = 0; side < SIDES; side++) {
		jw_kv_id(json, side == LEFT ? "left_id" : "right_id", one.resources[side]);
		jw_kv_str(json, side == LEFT ? "left_name" : "right_name", resources[side] ? resources[side]->name : "");
		jw_kv_bool(json, side == LEFT ? "left_own" : "right_own",
		           resources[side] && resources[side]->org_id == rq->party.org_id);
	}
	pairs_write(rq, &one, resources, "keys", one.keys, one.key_count);
	pairs_write(rq, &one, resources, "fields", one.fields, one.field_count);
	for (int side = 0; side < SIDES; side++)
		filter_write(rq, &one, side, resources[side]);
	timetable_write(rq, &one);
	jw_kv_bool(json, "may_read", may);
	jw_kv_bool(json, "may_edit", one.org_id == rq->party.org_id && party_may(&rq->party, PERMIT_LOAD));
	code = runs_write(rq, &one, may);
	jw_object_end(json);
	return code;
}
