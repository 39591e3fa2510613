/* show: the differences of a run, page by page: each value as the viewer's own right shows it now, and what became of the
 * difference; those of one's own records are sent to be verified on site. */
#include "compare/internal.h"

enum { PAGE_MAX = 200, SEND_MAX = 100 };
typedef struct Shown {
	int64_t no, fields, records[SIDES], rows[SIDES];
	const char *kind, *key_mark;
	bool there[SIDES];
	const char *keys[SIDES][COMPARE_KEYS_MAX], *values[SIDES][COMPARE_FIELDS_MAX]; /* NULL: empty */
} Shown;
typedef struct Showing {
	Comparison one;
	Side sides[SIDES];
	int64_t run_id, begun_us;
	Shown *rows;
	int count;
} Showing;

/* The run asked for, or the newest that ended. */
static int run_find(Request *rq, Showing *showing) {
	Rows *rows;
	int64_t id = in_has(rq, "run") ? in_int(rq, "run") : showing->one.last_run;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT run_id, begun_us FROM comparison_run WHERE run_id = $1 AND comparison_id = $2 AND ended_us <> 0",
	           BIND(val_int(id), val_int(showing->one.id)));
	if (found < 0) return found;
	if (!found) return fail(rq, ERR_NOT_FOUND, "The comparison has no such run that ended");
	showing->run_id = rows_int(rows, 0);
	showing->begun_us = rows_int(rows, 1);
	return 0;
}

/* The bit of a compared field, by the name it has on the left. 0: not asked. */
static int field_bit(Request *rq, const Comparison *one, int64_t *bit) {
	*bit = 0;
	if (!in_has(rq, "field")) return 0;
	for (int i = 0; i < one->field_count; i++)
		if (text_is(in_text(rq, "field"), one->fields[i].names[LEFT])) *bit = INT64_C(1) << i;
	if (*bit) return 0;
	return error_field(rq->error, ERR_INVALID, "field", in_text(rq, "field"), "unknown_field",
	                   "Use the left name of a compared field.", "The comparison has no such field");
}

static int page_read(Request *rq, Showing *showing, int limit) {
	Rows *rows;
	int64_t bit;
	int code = field_bit(rq, &showing->one, &bit);
	if (code < 0) return code;
	showing->rows = ARENA_ARRAY(rq->arena, Shown, PAGE_MAX + 1);
	AskedSql asked = asked_sql(
	    rq,
	    "SELECT difference_no, kind, fields, left_record, right_record, left_rows, right_rows, key_mark FROM "
	    "comparison_difference"
	    " WHERE run_id = $1 AND difference_no > $2/*if $3*/ AND kind = $3/*end*//*if $4*/ AND (fields & $4) <> 0/*end*/"
	    " ORDER BY difference_no LIMIT $5",
	    BIND(val_int(showing->run_id), val_int(in_has(rq, "after") ? in_int(rq, "after") : 0), asked_text(rq, "kind"),
	         bit ? val_int(bit) : val_null(), val_int(limit + 1)));
	if ((code = db_query(rq->db, &rows, ASKED(asked))) < 0) return code;
	while (showing->count <= limit && (code = rows_next(rows)) > 0)
		showing->rows[showing->count++] = (Shown){.no = rows_int(rows, 0),
		                                          .kind = rows_str(rows, 1, rq->arena),
		                                          .fields = rows_int(rows, 2),
		                                          .records = {rows_int(rows, 3), rows_int(rows, 4)},
		                                          .rows = {rows_int(rows, 5), rows_int(rows, 6)},
		                                          .key_mark = rows_str(rows, 7, rq->arena)};
	rows_close(rows);
	return code < 0 ? code : 0;
}

/* --- values ------------------------------------------------------------------------------------------------------------------
 */
static const char *value_of(Request *rq, RecordScan *scan, int at) {
	Text text = record_scan_text(scan, at);
	return text.at ? text_cstr(rq->arena, text) : NULL;
}

static int side_values(Request *rq, Showing *showing, int which, int64_t *given) {
	Side *side = &showing->sides[which];
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, PAGE_MAX + 1);
	int count = 0, code;
	for (int i = 0; i < showing->count; i++)
		if (showing->rows[i].records[which]) ids[count++] = showing->rows[i].records[which];
	if (!count) return 0;
	if ((code = record_scan_ids(side->scan, ids, count)) < 0) return code;
	while ((code = record_scan_next(side->scan)) > 0) {
		++*given;
		for (int i = 0; i < showing->count; i++) {
			Shown *row = &showing->rows[i];
			if (row->records[which] != side->scan->record_id) continue;
			row->there[which] = true;
			for (int k = 0; k < showing->one.key_count; k++)
				row->keys[which][k] = value_of(rq, side->scan, side->keys[k]);
			for (int k = 0; k < showing->one.field_count; k++)
				row->values[which][k] = value_of(rq, side->scan, side->fields[k]);
		}
	}
	return code;
}

/* Each supplier's evidence tells what of it was shown; the left's is the call's own. */
static int right_told(Request *rq, const Showing *showing, int64_t given) {
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.resource_id = showing->sides[RIGHT].resource->resource_id;
	entry.row_count = given;
	entry.detail = arena_printf(rq->arena, "%s,\"by\":\"comparison\"}", showing->sides[RIGHT].scan->about);
	return evidence_read(rq->app, &entry);
}

static int values_read(Request *rq, Showing *showing) {
	int64_t given[SIDES] = {0};
	int code = side_open(rq, &showing->one, LEFT, &showing->sides[LEFT]);
	if (code == 0) code = side_open(rq, &showing->one, RIGHT, &showing->sides[RIGHT]);
	for (int side = 0; side < SIDES && code == 0; side++)
		code = side_values(rq, showing, side, &given[side]);
	for (int side = 0; side < SIDES; side++) {
		RecordScan *scan = showing->sides[side].scan;
		if (!scan) continue;
		record_scan_close(scan);
		if (code == 0 && scan->grant) code = grant_use(rq, scan->grant, given[side]);
		rq->sensitive |= scan->sensitive && given[side] > 0;
	}
	if (code < 0) return code;
	rq->row_count = given[LEFT];
	rq->about = arena_printf(rq->arena, "%s,\"by\":\"comparison\",\"with\":\"%lld\"}", showing->sides[LEFT].scan->about,
	                         (long long)showing->one.resources[RIGHT]);
	return right_told(rq, showing, given[RIGHT]);
}

/* --- what became of it --------------------------------------------------------------------------------------------------------
 */
typedef struct Became {
	const char *state, *number;
	int64_t case_id;
	bool verification;
} Became;

/* Not among the differences of the newest run any more. */
static int is_gone(Request *rq, const Showing *showing, const Shown *row) {
	int64_t still = 0;
	if (showing->run_id >= showing->one.last_run || !*row->key_mark) return 0;
	int code = db_int(rq->db, &still, "SELECT COUNT(*) FROM comparison_difference WHERE run_id = $1 AND key_mark = $2",
	                  BIND(val_int(showing->one.last_run), val_str(row->key_mark)));
	return code < 0 ? code : still == 0;
}

/* A verification of a record that is under way, or ended since the run began. */
static int verification_of(Request *rq, const Showing *showing, int which, int64_t record, Became *out) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT v.case_id, c.number, v.state, v.outcome FROM verification v JOIN work_case c ON c.case_id = v.case_id"
	           " WHERE v.resource_id = $1 AND v.record_id = $2 AND (v.state IN ('sent', 'answered') OR v.closed_us >= $3)"
	           " ORDER BY v.case_id DESC LIMIT 1",
	           BIND(val_int(showing->one.resources[which]), val_int(record), val_int(showing->begun_us)));
	if (found <= 0) return found;
	Text state = rows_text(rows, 2);
	*out =
	    (Became){.state = text_is(state, "answered")                                         ? "ordered"
	                      : text_is(state, "closed") && text_is(rows_text(rows, 3), "right") ? "right"
	                                                                                         : rows_str(rows, 2, rq->arena),
	             .number = rows_str(rows, 1, rq->arena),
	             .case_id = rows_int(rows, 0),
	             .verification = true};
	return 1;
}

/* The same for an objection of one's organisation. */
static int objection_of(Request *rq, const Showing *showing, int which, int64_t record, Became *out) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT case_id, number, closed_at FROM work_case WHERE resource_id = $1 AND process = 'record_objection' AND"
	    " subject_id = $2 AND asker_org = $3 AND (closed_at = 0 OR closed_at >= $4) ORDER BY case_id DESC LIMIT 1",
	    BIND(val_int(showing->one.resources[which]), val_int(record), val_int(rq->party.org_id), val_int(showing->begun_us)));
	if (found <= 0) return found;
	*out = (Became){.state = rows_int(rows, 2) ? "answered" : "objected",
	                .number = rows_str(rows, 1, rq->arena),
	                .case_id = rows_int(rows, 0)};
	return 1;
}

static int became(Request *rq, const Showing *showing, const Shown *row, Became *out) {
	*out = (Became){.state = "open", .number = ""};
	int code = is_gone(rq, showing, row);
	if (code != 0) {
		out->state = "gone";
		return code < 0 ? code : 0;
	}
	for (int side = 0; side < SIDES && code == 0; side++) {
		if (!row->records[side]) continue;
		code = verification_of(rq, showing, side, row->records[side], out);
		if (code == 0) code = objection_of(rq, showing, side, row->records[side], out);
	}
	return code < 0 ? code : 0;
}

/* --- the answer ---------------------------------------------------------------------------------------------------------------
 */
static void text_or_null(JsonWriter *json, const char *name, const char *text) {
	jw_key(json, name);
	if (text)
		jw_str(json, text);
	else
		jw_null(json);
}

static void id_or_null(JsonWriter *json, const char *name, int64_t id) {
	jw_key(json, name);
	if (id)
		jw_id(json, id);
	else
		jw_null(json);
}

static void pair_write(JsonWriter *json, const Pair *pair, const char *left, const char *right, bool differs) {
	jw_object(json);
	jw_kv_str(json, "field", pair->names[LEFT]);
	text_or_null(json, "left", left);
	text_or_null(json, "right", right);
	jw_kv_bool(json, "differs", differs);
	jw_object_end(json);
}

static void row_write(Request *rq, const Showing *showing, const Shown *row, const Became *state) {
	JsonWriter *json = &rq->json;
	const Comparison *one = &showing->one;
	jw_object(json);
	jw_kv_id(json, "difference_id", row->no);
	jw_kv_str(json, "kind", row->kind);
	id_or_null(json, "left_record", row->records[LEFT]);
	id_or_null(json, "right_record", row->records[RIGHT]);
	jw_kv_int(json, "left_rows", row->rows[LEFT]);
	jw_kv_int(json, "right_rows", row->rows[RIGHT]);
	jw_kv_bool(json, "left_there", row->there[LEFT]);
	jw_kv_bool(json, "right_there", row->there[RIGHT]);
	jw_key(json, "keys");
	jw_array(json);
	for (int i = 0; i < one->key_count; i++)
		pair_write(json, &one->keys[i], row->keys[LEFT][i], row->keys[RIGHT][i], false);
	jw_array_end(json);
	jw_key(json, "values");
	jw_array(json);
	for (int i = 0; i < one->field_count; i++)
		pair_write(json, &one->fields[i], row->values[LEFT][i], row->values[RIGHT][i], row->fields >> i & 1);
	jw_array_end(json);
	jw_kv_str(json, "state", state->state);
	id_or_null(json, "case_id", state->case_id);
	jw_kv_str(json, "number", state->number);
	jw_kv_bool(json, "verification", state->verification);
	jw_object_end(json);
}

int differences_get(Request *rq) {
	Showing *showing = ARENA_NEW(rq->arena, Showing);
	int limit = in_limit(rq);
	int code = comparison_load(rq, in_int(rq, "id"), &showing->one);
	rq->about_resource = showing->one.resources[LEFT];
	if (code == 0) code = run_find(rq, showing);
	if (code == 0) code = page_read(rq, showing, limit);
	int64_t next = code == 0 && showing->count > limit ? showing->rows[limit - 1].no : 0;
	if (next) showing->count = limit;
	if (code == 0) code = values_read(rq, showing);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "run_id", showing->run_id);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; i < showing->count; i++) {
		Became state;
		if ((code = became(rq, showing, &showing->rows[i], &state)) < 0) return code;
		row_write(rq, showing, &showing->rows[i], &state);
	}
	answer_rows_end(rq, next);
	return 0;
}

/* --- sending ------------------------------------------------------------------------------------------------------------------
 */
/* The fields of one side that are in doubt: those that differ, else the key's. */
static json_t *fields_in_doubt(const Comparison *one, int which, int64_t bits) {
	json_t *out = json_array();
	for (int i = 0; i < one->field_count; i++)
		if (bits >> i & 1) json_array_append_new(out, json_string(one->fields[i].names[which]));
	for (int i = 0; i < one->key_count && !bits; i++)
		json_array_append_new(out, json_string(one->keys[i].names[which]));
	return out;
}

/* The ids chosen as ",1,2,3," for a look-up in the list; NULL: none were named. */
static int chosen_ids(Request *rq, const char **out) {
	const json_t *list = in_json(rq, "differences");
	Buf *text = ARENA_NEW(rq->arena, Buf);
	size_t index;
	json_t *item;
	int64_t id;
	*out = NULL;
	if (!list) return 0;
	buf_in(text, rq->arena);
	buf_printf(text, ",");
	json_array_foreach((json_t *)list, index, item) {
		if (!json_is_string(item) || text_to_int(text_of(json_string_value(item)), &id) < 0 || index >= SEND_MAX)
			return error_field(rq->error, ERR_INVALID, "differences", TEXT_NONE, "list",
			                   "Give at most 100 ids as texts.", "This is no list of differences");
		buf_printf(text, "%lld,", (long long)id);
	}
	*out = text_cstr(rq->arena, buf_as_text(text));
	return 0;
}

/* Those chosen, or all of a kind: at most 100 whose record is not being verified. */
static int records_choose(Request *rq, const Showing *showing, int which, json_t *out) {
	Rows *rows;
	const char *ids;
	int64_t bit;
	int code = chosen_ids(rq, &ids);
	if (code == 0) code = field_bit(rq, &showing->one, &bit);
	if (code < 0) return code;
	AskedSql asked = asked_sql(
	    rq,
	    "SELECT d.record_id, d.fields FROM (SELECT difference_no, kind, fields, CASE WHEN CAST($2 AS BIGINT) = 0 THEN "
	    "left_record"
	    " ELSE right_record END AS record_id FROM comparison_difference WHERE run_id = $1) d WHERE d.record_id <> 0"
	    "/*if $3*/ AND lower($3) LIKE '%,' || CAST(d.difference_no AS TEXT) || ',%'/*end*//*if $4*/ AND d.kind = $4/*end*/"
	    "/*if $5*/ AND (d.fields & $5) <> 0/*end*/ AND NOT EXISTS (SELECT 1 FROM verification v WHERE v.resource_id = $6 AND"
	    " v.record_id = d.record_id AND v.state IN ('sent', 'answered')) ORDER BY d.difference_no LIMIT 100",
	    BIND(val_int(showing->run_id), val_int(which), ids ? val_str(ids) : val_null(), asked_text(rq, "kind"),
	         bit ? val_int(bit) : val_null(), val_int(showing->one.resources[which])));
	if ((code = db_query(rq->db, &rows, ASKED(asked))) < 0) return code;
	while ((code = rows_next(rows)) > 0)
		json_array_append_new(out, json_pack("{s:s, s:o, s:s}", "record_id",
		                                     arena_printf(rq->arena, "%lld", (long long)rows_int(rows, 0)), "fields",
		                                     fields_in_doubt(&showing->one, which, rows_int(rows, 1)), "reason",
		                                     text_cstr(rq->arena, in_text(rq, "reason"))));
	rows_close(rows);
	return code;
}

static void json_drop(void *json) {
	json_decref(json);
}

int differences_send_post(Request *rq) {
	Showing *showing = ARENA_NEW(rq->arena, Showing);
	const Resource *resource;
	Party reader;
	int which = text_is(in_text(rq, "side"), "right") ? RIGHT : LEFT;
	int code = comparison_load(rq, in_int(rq, "id"), &showing->one);
	rq->about_resource = showing->one.resources[which];
	for (int side = 0; side < SIDES && code == 0; side++)
		code = comparison_reader(rq, &showing->one, side, &resource, &reader);
	if (code == 0) code = run_find(rq, showing);
	if (code < 0) return code;
	if (!in_has(rq, "differences") && !in_has(rq, "kind"))
		return error_field(rq->error, ERR_INVALID, "differences", TEXT_NONE, "required", "Name differences, or a kind.",
		                   "Nothing was chosen");
	json_t *records = json_array();
	arena_on_free(rq->arena, json_drop, records);
	if ((code = records_choose(rq, showing, which, records)) < 0) return code;
	if (!json_array_size(records))
		return error_field(rq->error, ERR_CONFLICT, "differences", TEXT_NONE, "nothing_left",
		                   "Choose differences with a record on that side.",
		                   "All of them are being verified, or have no record on that side");
	return verification_send(rq, showing->one.resources[which], records, in_text(rq, "class_code"), in_text(rq, "words"));
}
