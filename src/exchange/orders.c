/* Owns no table: judges defects for correction orders (casework keeps those): is it there now ("order.judge"), did a later load
 * cure it ("order.passes") or not ("order.fails"); and raises orders for what the patrol has found and still finds. The
 * score is that of all that is held after the newest load, a rule is read from that load's counts (job_quality), and only a load
 * with as many rows as were bad counts. In the
 * caller's write. */
#include "exchange/quality.h"
#include "casework/casework.h"

typedef struct Look {                               /* an entry as it is now, and its newest measured load */
	int64_t loaded_at, row_count, job_id, rows; /* rows: of the load */
	int64_t score, held_rows, bad_rows;         /* of all that is held */
	int generation_no;
	const char *promise;
	json_t *rules;
} Look;

static void json_drop(void *json) {
	json_decref(json);
}

static json_t *keep(Request *rq, json_t *json) {
	arena_on_free(rq->arena, json_drop, json);
	return json;
}

static Text member(const json_t *form, const char *name) {
	const json_t *value = json_object_get(form, name);
	return json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : TEXT("");
}

static int look_at(Request *rq, int64_t resource_id, Look *out) {
	Rows *rows;
	*out = (Look){.score = -1};
	int found =
	    db_one(rq->db, &rows,
	           "SELECT COALESCE(r.loaded_at, 0), r.row_count, r.generation_no, r.update_promise, COALESCE(q.job_id, 0),"
	           " COALESCE(q.held_score, -1), COALESCE(q.row_count, 0), COALESCE(q.rules, '[]'), COALESCE("
	           "q.held_completeness_bad + q.held_validity_bad + q.held_uniqueness_bad + q.held_consistency_bad, 0),"
	           " COALESCE(q.held_rows, 0) FROM resource r LEFT JOIN job_quality q ON"
	           " q.resource_id = r.resource_id AND q.latest = 1 WHERE r.resource_id = $1",
	           BIND(val_int(resource_id)));
	if (found <= 0) return found;
	Text rules = rows_text(rows, 7);
	*out = (Look){.loaded_at = rows_int(rows, 0),
	              .row_count = rows_int(rows, 1),
	              .generation_no = (int)rows_int(rows, 2),
	              .promise = rows_str(rows, 3, rq->arena),
	              .job_id = rows_int(rows, 4),
	              .score = rows_int(rows, 5),
	              .rows = rows_int(rows, 6),
	              .bad_rows = rows_int(rows, 8),
	              .held_rows = rows_int(rows, 9),
	              .rules = json_loadb(rules.at, rules.len, 0, NULL)};
	if (out->rules) keep(rq, out->rules);
	if (out->bad_rows > out->held_rows) out->bad_rows = out->held_rows;
	return 1;
}

/* Values that broke the rule in that field ("" = any); *whole false when rules were too many to be told apart. */
static int64_t broke(const Look *look, Text rule, Text field, bool *whole) {
	size_t index;
	json_t *one;
	int64_t count = 0;
	*whole = true;
	json_array_foreach(look->rules, index, one) {
		if (text_is(member(one, "rule"), "other")) *whole = false;
		if (text_eq(member(one, "rule"), rule) && (!field.len || text_eq(member(one, "field"), field)))
			count += json_integer_value(json_object_get(one, "count"));
	}
	return count;
}

typedef enum Verdict { UNTOLD, THERE, GONE } Verdict;

static int finding_there(Request *rq, int64_t resource_id, const char *kind, Verdict *out) {
	int64_t count = 0;
	int code = db_int(rq->db, &count, "SELECT count(*) FROM quality_finding WHERE resource_id = $1 AND kind = $2",
	                  BIND(val_int(resource_id), val_str(kind)));
	*out = count ? THERE : GONE;
	return code < 0 ? code : 0;
}

/* As the entry is now. *bad: how many rows were wrong. */
static int judge(Request *rq, int64_t resource_id, const json_t *form, const Look *look, Verdict *out, int64_t *bad) {
	Text defect = member(form, "defect");
	bool whole;
	*bad = 0;
	*out = UNTOLD;
	if (text_is(defect, "no_data")) {
		*out = look->generation_no && look->row_count ? GONE : THERE;
	} else if (text_is(defect, "update_late")) {
		int64_t allowed = promise_us(text_of(look->promise));
		*out = allowed && look->loaded_at && rq->now_us - look->loaded_at > allowed ? THERE : GONE;
	} else if (text_is(defect, "service_fails")) {
		return finding_there(rq, resource_id, "service_fails", out);
	} else if (text_is(defect, "score_low") && look->score >= 0) {
		*bad = look->bad_rows;
		*out = look->score < json_integer_value(json_object_get(form, "score")) * 100 ? THERE : GONE;
	} else if (text_is(defect, "rule") && look->job_id) {
		*bad = broke(look, member(form, "rule"), member(form, "field"), &whole);
		*out = *bad ? THERE : whole ? GONE : UNTOLD;
	}
	return 0;
}

static json_t *seen_json(Request *rq, const Look *look, const json_t *form, int64_t bad) {
	char at[CLOCK_TEXT_MAX];
	json_t *out = json_pack("{s:s,s:I,s:I,s:I}", "job_id", arena_printf(rq->arena, "%lld", (long long)look->job_id), "rows",
	                        (json_int_t)(text_is(member(form, "defect"), "score_low") ? look->held_rows : look->rows), "bad",
	                        (json_int_t)bad, "row_count", (json_int_t)look->row_count);
	if (look->score >= 0) json_object_set_new(out, "score", json_real((double)look->score / 100));
	if (look->loaded_at) json_object_set_new(out, "loaded_at", json_string(clock_format(look->loaded_at, at)));
	return keep(rq, out);
}

int order_judge(Request *rq, void *arg) {
	OrderJudge *asked = arg;
	Look look;
	Verdict verdict;
	int64_t bad;
	int code = look_at(rq, asked->resource_id, &look);
	if (code >= 0) code = judge(rq, asked->resource_id, asked->form, &look, &verdict, &bad);
	if (code < 0) return code;
	asked->there = verdict == THERE;
	asked->seen = seen_json(rq, &look, asked->form, bad);
	return 0;
}

/* After a load: a score or rule is told by that very load, if it brought as many rows as were bad (or all there are); whether a
 * service answers again only the patrol can tell, and it says so without a job when a load came since. */
static int judge_load(Request *rq, CaseCheck *check, Verdict *out) {
	Look look;
	int64_t bad, before = json_integer_value(json_object_get(json_object_get(check->form, "seen"), "bad"));
	Text defect = member(check->form, "defect");
	*out = UNTOLD;
	int code = look_at(rq, check->resource_id, &look);
	if (code <= 0) return code;
	if ((code = judge(rq, check->resource_id, check->form, &look, out, &bad)) < 0) return code;
	if (text_is(defect, "service_fails")) {
		if (check->job_id || look.loaded_at <= check->begun_us) *out = UNTOLD;
	} else if (text_is(defect, "score_low") || text_is(defect, "rule")) {
		int64_t enough = before < look.row_count ? before : look.row_count;
		if (look.job_id != check->job_id || (*out == GONE && look.rows < enough)) *out = UNTOLD;
	}
	check->proof = seen_json(rq, &look, check->form, bad);
	return 0;
}

int order_passes(Request *rq, void *arg) {
	Verdict verdict;
	int code = judge_load(rq, arg, &verdict);
	((CaseCheck *)arg)->holds = code == 0 && verdict == GONE;
	return code;
}

int order_fails(Request *rq, void *arg) {
	Verdict verdict;
	int code = judge_load(rq, arg, &verdict);
	((CaseCheck *)arg)->holds = code == 0 && verdict == THERE;
	return code;
}

/* --- from the patrol ------------------------------------------------------------------------------------------------- */
enum { ORDERS_MAX = 1000 };
typedef struct Found {
	int64_t resource_id, case_id;
	const char *kind;
} Found;

static int raise_found(Request *w, const Found *found) {
	const Resource *resource;
	OrderTerms terms = {.defect = found->kind, .rule = "", .field = "", .words = ""};
	int code = resource_find(w, found->resource_id, &resource);
	if (code == ERR_NOT_FOUND || code == ERR_GONE || code == ERR_CONFLICT) { /* withdrawn meanwhile */
		error_clear(w->error);
		return 0;
	}
	if (code < 0) return code;
	terms.resource = resource;
	if (strcmp(found->kind, "score_low") == 0) terms.score = setting_int(w, "quality.order_below");
	return order_raise(w, &terms);
}

static int found_read(Request *w, Found *out, const char *sql, const Val *args, size_t count) {
	Rows *rows;
	int used = 0, code = db_query(w->db, &rows, sql, args, count);
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && used < ORDERS_MAX)
		out[used++] = (Found){rows_int(rows, 0), rows_int(rows, 1), rows_str(rows, 2, w->arena)};
	rows_close(rows);
	return code < 0 ? code : used;
}

int orders_patrol(Request *w, int64_t *raised) {
	Found *found = ARENA_ARRAY(w->arena, Found, ORDERS_MAX);
	int64_t before = w->now_us - setting_int(w, "quality.order_after_hours") * INT64_C(3600000000);
	/* those with an open order are left out, so that a round never stops at the same first thousand */
	int count = found_read(
	    w, found,
	    "SELECT f.resource_id, 0, f.kind FROM quality_finding f WHERE f.since_us <= $1 AND NOT EXISTS (SELECT 1"
	    " FROM work_case c WHERE c.closed_at = 0 AND c.resource_id = f.resource_id AND c.process ="
	    " 'correction_order' AND c.open_key = f.kind AND c.open_key <> '') ORDER BY f.resource_id, f.kind LIMIT $2",
	    BIND(val_int(before), val_int(ORDERS_MAX)));
	int code = count;
	for (int i = 0; i < count && code >= 0; i++)
		if ((code = raise_found(w, &found[i])) > 0) (*raised)++;
	if (code < 0) return code;
	count = found_read(
	    w, found,
	    "SELECT c.resource_id, c.case_id, '' AS kind FROM work_case c WHERE c.closed_at = 0 AND c.line = 'sharing' AND "
	    "c.process ="
	    " 'correction_order' AND c.open_key = 'service_fails' AND NOT EXISTS (SELECT 1 FROM quality_finding f WHERE"
	    " f.resource_id = c.resource_id AND f.kind = 'service_fails') ORDER BY c.case_id LIMIT $1",
	    BIND(val_int(ORDERS_MAX)));
	for (int i = 0; i < count && code >= 0; i++)
		code = cases_happen(
		    w, &(Happening){.event = "loaded", .resource_id = found[i].resource_id, .case_id = found[i].case_id});
	return count < 0 ? count : code < 0 ? code : 0;
}
