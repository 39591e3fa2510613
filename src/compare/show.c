/* show: the differences of a run, page by page: each value as the viewer's own right shows it now, and what became of the
 * difference. */
#include "compare/internal.h"

int showing_run(Request *rq, Showing *showing) {
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

int difference_field(Request *rq, const Comparison *one, int64_t *bit) {
	*bit = 0;
	if (!in_has(rq, "field")) return 0;
	for (int i = 0; i < one->field_count; i++)
		if (text_is(in_text(rq, "field"), one->fields[i].names[LEFT])) *bit = INT64_C(1) << i;
	if (*bit) return 0;
	return error_field(rq->error, ERR_INVALID, "field", in_text(rq, "field"), "unknown_field",
	                   "Use the left name of a compared field.", "The comparison has no such field");
}

static int rows_read(Request *rq, Showing *showing, int64_t after, int limit) {
	Rows *rows;
	int64_t bit;
	int code = difference_field(rq, &showing->one, &bit);
	if (code < 0) return code;
	showing->count = 0;
	AskedSql asked = asked_sql(
	    rq,
	    "SELECT difference_no, kind, fields, left_record, right_record, left_rows, right_rows FROM comparison_difference"
	    " WHERE run_id = $1 AND difference_no > $2/*if $3*/ AND kind = $3/*end*//*if $4*/ AND (fields & $4) <> 0/*end*/"
	    " ORDER BY difference_no LIMIT $5",
	    BIND(val_int(showing->run_id), val_int(after), asked_text(rq, "kind"), bit ? val_int(bit) : val_null(),
	         val_int(limit + 1)));
	if ((code = db_query(rq->db, &rows, ASKED(asked))) < 0) return code;
	while (showing->count <= limit && (code = rows_next(rows)) > 0)
		showing->rows[showing->count++] = (Shown){.no = rows_int(rows, 0),
		                                          .kind = rows_str(rows, 1, showing->arena),
		                                          .fields = rows_int(rows, 2),
		                                          .records = {rows_int(rows, 3), rows_int(rows, 4)},
		                                          .rows = {rows_int(rows, 5), rows_int(rows, 6)}};
	rows_close(rows);
	return code < 0 ? code : 0;
}

/* --- values ------------------------------------------------------------------------------------------------------------------
 */
static const char *value_of(const Showing *showing, RecordScan *scan, int at) {
	if (scan->fields[at].field->kind == KIND_DOUBLE && !scan->fields[at].masked) {
		Val value = record_scan_value(scan, at);
		Buf *out = ARENA_NEW(showing->arena, Buf);
		if (value.kind != VAL_DOUBLE) return NULL;
		buf_in(out, showing->arena);
		double_to_buf(out, value.d); /* 31.13, not 31.129999999999999 */
		return text_cstr(showing->arena, buf_as_text(out));
	}
	Text text = record_scan_text(scan, at);
	return text.at ? text_cstr(showing->arena, text) : NULL;
}

static int side_values(Showing *showing, int which) {
	Side *side = &showing->sides[which];
	int64_t ids[SHOWN_MAX];
	int count = 0, code;
	for (int i = 0; i < showing->count; i++)
		if (showing->rows[i].records[which]) ids[count++] = showing->rows[i].records[which];
	if (!count) return 0;
	if ((code = record_scan_ids(side->scan, ids, count)) < 0) return code;
	while ((code = record_scan_next(side->scan)) > 0) {
		showing->given[which]++;
		for (int i = 0; i < showing->count; i++) {
			Shown *row = &showing->rows[i];
			if (row->records[which] != side->scan->record_id) continue;
			row->there[which] = true;
			for (int k = 0; k < showing->one.key_count; k++)
				row->keys[which][k] = value_of(showing, side->scan, side->keys[k]);
			for (int k = 0; k < showing->one.field_count; k++)
				row->values[which][k] = value_of(showing, side->scan, side->fields[k]);
		}
	}
	return code;
}

/* Codes of any time: what is compared may be old. */
static int word_take(Request *rq, const Side *side, int at, const char *code, const char **out) {
	const ScanField *shown = &side->scan->fields[at];
	const Field *field = resource_field(side->resource, text_of(shown->field->name)); /* the scan's has no code set */
	*out = NULL;
	if (!code || shown->masked || !field || field->kind != KIND_CODE) return 0;
	int found = code_valid(rq, field->code_set, text_of(code), DATE_ANY, out);
	if (found == ERR_NOT_FOUND) error_clear(rq->error);
	return found == ERR_NOT_FOUND || found >= 0 ? 0 : found;
}

/* After the rows: a code set may have to be read. */
static int side_words(Request *rq, Showing *showing, int which) {
	const Side *side = &showing->sides[which];
	int code = 0;
	for (int i = 0; i < showing->count; i++) {
		Shown *row = &showing->rows[i];
		for (int k = 0; k < showing->one.key_count && code == 0; k++)
			code = word_take(rq, side, side->keys[k], row->keys[which][k], &row->key_words[which][k]);
		for (int k = 0; k < showing->one.field_count && code == 0; k++)
			code = word_take(rq, side, side->fields[k], row->values[which][k], &row->value_words[which][k]);
	}
	return code;
}

int showing_begin(Request *rq, Showing *showing) {
	int64_t bit;
	int code = comparison_load(rq, in_int(rq, "id"), &showing->one);
	rq->about_resource = showing->one.resources[LEFT];
	if (code == 0) code = showing_run(rq, showing);
	if (code == 0) code = difference_field(rq, &showing->one, &bit);
	if (code == 0) code = side_open(rq, &showing->one, LEFT, &showing->sides[LEFT]);
	if (code == 0) code = side_open(rq, &showing->one, RIGHT, &showing->sides[RIGHT]);
	if (code < 0) return showing_end(rq, showing, code);
	showing->rows = ARENA_ARRAY(rq->arena, Shown, SHOWN_MAX + 1);
	return 0;
}

int showing_page(Request *rq, Showing *showing, int64_t after, int limit, int64_t *next) {
	int code = rows_read(rq, showing, after, limit);
	*next = code == 0 && showing->count > limit ? showing->rows[limit - 1].no : 0;
	if (*next) showing->count = limit;
	for (int side = 0; side < SIDES && code == 0; side++)
		code = side_values(showing, side);
	for (int side = 0; side < SIDES && code >= 0; side++)
		code = side_words(rq, showing, side);
	return code < 0 ? code : showing_became(rq, showing);
}

/* Each supplier's evidence tells what of it was shown; the left's is the call's own. */
static int right_told(Request *rq, const Showing *showing) {
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.resource_id = showing->sides[RIGHT].resource->resource_id;
	entry.row_count = showing->given[RIGHT];
	entry.status = 200;
	entry.detail = arena_printf(rq->arena, "%s,\"by\":\"comparison\"}", showing->sides[RIGHT].scan->about);
	return evidence_read(rq->app, &entry);
}

int showing_end(Request *rq, Showing *showing, int code) {
	for (int side = 0; side < SIDES; side++) {
		RecordScan *scan = showing->sides[side].scan;
		if (!scan) continue;
		record_scan_close(scan);
		if (code == 0 && scan->grant) code = grant_use(rq, scan->grant, showing->given[side]);
		rq->sensitive |= scan->sensitive && showing->given[side] > 0;
	}
	if (code < 0) return code;
	rq->row_count = showing->given[LEFT];
	rq->about = arena_printf(rq->arena, "%s,\"by\":\"comparison\",\"with\":\"%lld\"}", showing->sides[LEFT].scan->about,
	                         (long long)showing->one.resources[RIGHT]);
	return right_told(rq, showing);
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

typedef struct PairShown {
	const char *texts[SIDES], *words[SIDES];
	bool differs;
} PairShown;

static void pair_write(JsonWriter *json, const Pair *pair, PairShown shown) {
	jw_object(json);
	jw_kv_str(json, "field", pair->names[LEFT]);
	text_or_null(json, "left", shown.texts[LEFT]);
	text_or_null(json, "right", shown.texts[RIGHT]);
	text_or_null(json, "left_word", shown.words[LEFT]);
	text_or_null(json, "right_word", shown.words[RIGHT]);
	jw_kv_bool(json, "differs", shown.differs);
	jw_object_end(json);
}

static void row_write(Request *rq, const Showing *showing, const Shown *row) {
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
		pair_write(json, &one->keys[i],
		           (PairShown){{row->keys[LEFT][i], row->keys[RIGHT][i]},
		                       {row->key_words[LEFT][i], row->key_words[RIGHT][i]},
		                       false});
	jw_array_end(json);
	jw_key(json, "values");
	jw_array(json);
	for (int i = 0; i < one->field_count; i++)
		pair_write(json, &one->fields[i],
		           (PairShown){{row->values[LEFT][i], row->values[RIGHT][i]},
		                       {row->value_words[LEFT][i], row->value_words[RIGHT][i]},
		                       row->fields >> i & 1});
	jw_array_end(json);
	jw_kv_str(json, "state", row->became.state);
	id_or_null(json, "case_id", row->became.case_id);
	jw_kv_str(json, "number", row->became.number);
	jw_kv_bool(json, "verification", row->became.verification);
	jw_object_end(json);
}

int differences_get(Request *rq) {
	Showing *showing = ARENA_NEW(rq->arena, Showing);
	int64_t next = 0;
	*showing = (Showing){.arena = rq->arena};
	int code = showing_begin(rq, showing);
	if (code < 0) return code;
	code = showing_page(rq, showing, in_has(rq, "after") ? in_int(rq, "after") : 0, in_limit(rq), &next);
	if ((code = showing_end(rq, showing, code)) < 0) return code;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "run_id", showing->run_id);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; i < showing->count; i++)
		row_write(rq, showing, &showing->rows[i]);
	answer_rows_end(rq, next);
	return 0;
}
