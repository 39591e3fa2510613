/* send: records of one's own side of differences go to the field to be verified: those chosen, or those of a kind. */
#include "compare/internal.h"

enum { SEND_MAX = 100 };

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
	if (code == 0) code = difference_field(rq, &showing->one, &bit);
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
	if (code == 0) code = showing_run(rq, showing);
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
