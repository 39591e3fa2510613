/* Owns table job_quality: the counts of each load and of all that was held after it, kept in its final write, and the scores read
 * from them: a load's is about what it brought, the entry's about all it holds. A score is 100 × (1 −
 * bad / base); timeliness is 100 × allowed / elapsed, at most 100. The whole is the mean of those that have a base. Worker
 * threads. */
#include "exchange/quality.h"

static const char *const dimension_names[DIMENSIONS] = {"completeness", "validity", "uniqueness", "consistency", "timeliness"};
enum { NO_SCORE = -1, TREND_MAX = 60 };

/* Hundredths of a point, rounded down so that 100 means none; NO_SCORE without a base. */
static int64_t dimension_score(int which, const Dimension *one) {
	if (one->base <= 0) return NO_SCORE;
	if (which == TIMELINESS) return one->bad <= one->base ? 10000 : (int64_t)((double)one->base / (double)one->bad * 10000);
	int64_t good = one->base > one->bad ? one->base - one->bad : 0;
	return (int64_t)((double)good / (double)one->base * 10000);
}

static int64_t whole_score(const Dimension *dimensions) {
	int64_t sum = 0, count = 0;
	for (int i = 0; i < DIMENSIONS; i++) {
		int64_t score = dimension_score(i, &dimensions[i]);
		if (score == NO_SCORE) continue;
		sum += score;
		count++;
	}
	return count ? sum / count : NO_SCORE;
}

/* --- keeping --------------------------------------------------------------------------------------------------------- */
static bool value_rule(const Resource *resource, const char *rule) {
	static const char *const others[] = {"required", "reference", "unique", "record_id", "other"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strcmp(rule, others[i]) == 0) return false;
	for (int i = 0; i < resource->rule_count; i++)
		if (strcmp(resource->rules[i].name, rule) == 0) return false;
	return true;
}

static int64_t bad_values(const Resource *resource, const Quality *quality, int position) {
	int64_t count = 0;
	for (int i = 0; i < quality->rule_count; i++)
		if ((position < 0 ? quality->rules[i].position >= 0 : quality->rules[i].position == position) &&
		    value_rule(resource, quality->rules[i].rule))
			count += quality->rules[i].count;
	return count;
}

static const char *fields_json(Request *w, const Resource *resource, const Quality *quality) {
	Buf *out = ARENA_NEW(w->arena, Buf);
	JsonWriter json;
	buf_in(out, w->arena);
	jw_begin(&json, out);
	jw_array(&json);
	for (int i = 0; i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		jw_object(&json);
		jw_kv_str(&json, "name", field->name);
		jw_kv_str(&json, "title", field->title);
		jw_kv_bool(&json, "required", field->required || field->key);
		jw_kv_int(&json, "missing", quality->missing[i]);
		jw_kv_int(&json, "bad", bad_values(resource, quality, i));
		jw_object_end(&json);
	}
	jw_array_end(&json);
	return text_cstr(w->arena, buf_as_text(out));
}

static const char *rules_json(Request *w, const Resource *resource, const Quality *quality, int64_t duplicates) {
	Buf *out = ARENA_NEW(w->arena, Buf);
	JsonWriter json;
	buf_in(out, w->arena);
	jw_begin(&json, out);
	jw_array(&json);
	for (int i = 0; i < quality->rule_count; i++) {
		const QualityRule *rule = &quality->rules[i];
		jw_object(&json);
		jw_kv_str(&json, "rule", rule->rule);
		jw_kv_str(&json, "field", rule->position >= 0 ? resource->fields[rule->position].name : "");
		jw_kv_int(&json, "count", rule->count);
		jw_object_end(&json);
	}
	if (duplicates > 0) {
		jw_object(&json);
		jw_kv_str(&json, "rule", "unique");
		jw_kv_str(&json, "field", "");
		jw_kv_int(&json, "count", duplicates);
		jw_object_end(&json);
	}
	jw_array_end(&json);
	return text_cstr(w->arena, buf_as_text(out));
}

static void measure(const Resource *resource, const Quality *quality, int64_t duplicates, Dimension *out) {
	int64_t needed = 0, missing = 0, given = quality->rows * resource->field_count;
	for (int i = 0; i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		given -= quality->missing[i];
		if (!field->required && !field->key) continue;
		needed += quality->rows;
		missing += quality->missing[i];
	}
	out[COMPLETENESS] = (Dimension){missing, needed};
	out[VALIDITY] = (Dimension){bad_values(resource, quality, -1) + quality->unreadable, given + quality->unreadable};
	out[UNIQUENESS] = (Dimension){duplicates, quality->rows};
	bool asked = resource->rule_count > 0;
	for (int i = 0; i < resource->field_count; i++)
		asked |= *resource->fields[i].ref_resource != 0;
	out[CONSISTENCY] = (Dimension){quality->inconsistent, asked ? quality->rows - quality->faulty : 0};
}

/* Seconds since the last measured load against what the promise allows; no base without one of them. */
static int measure_time(Request *w, const Resource *resource, Dimension *out) {
	Rows *rows;
	*out = (Dimension){0};
	int code =
	    db_one(w->db, &rows,
	           "SELECT r.update_promise, q.at_us FROM resource r JOIN job_quality q ON q.resource_id = r.resource_id WHERE"
	           " r.resource_id = $1 AND q.latest = 1",
	           BIND(val_int(resource->resource_id)));
	if (code <= 0) return code;
	*out = (Dimension){(w->now_us - rows_int(rows, 1)) / 1000000, promise_us(rows_text(rows, 0)) / 1000000};
	return 0;
}

int quality_put(Request *w, const Resource *resource, const QualityLoad *load, const Quality *quality) {
	Dimension d[DIMENSIONS];
	Held held;
	int64_t rows = quality->rows + quality->unreadable;
	measure(resource, quality, load->duplicates, d);
	int code = measure_time(w, resource, &d[TIMELINESS]);
	if (code == 0) code = held_after(w, resource->resource_id, load, rows, d, &held);
	if (code < 0) return code;
	const Dimension *h = held.dimensions;
	code = (int)db_run(w->db, "UPDATE job_quality SET latest = 0 WHERE resource_id = $1 AND latest = 1",
	                   BIND(val_int(resource->resource_id)));
	if (code < 0) return code;
	return (int)db_run(
	    w->db,
	    "INSERT INTO job_quality (resource_id, job_id, org_id, at_us, latest, resource_version, row_count, score,"
	    " completeness_bad, completeness_base, validity_bad, validity_base, uniqueness_bad, uniqueness_base, consistency_bad,"
	    " consistency_base, timeliness_bad, timeliness_base, fields, rules, full_job, held_rows, held_refused, held_score,"
	    " held_completeness_bad, held_completeness_base, held_validity_bad, held_validity_base, held_uniqueness_bad,"
	    " held_uniqueness_base, held_consistency_bad, held_consistency_base) VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9,"
	    " $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)",
	    BIND(val_int(resource->resource_id), val_int(load->job_id), val_int(resource->org_id), val_int(w->now_us),
	         val_int(resource->version), val_int(rows), val_int(whole_score(d)), val_int(d[0].bad), val_int(d[0].base),
	         val_int(d[1].bad), val_int(d[1].base), val_int(d[2].bad), val_int(d[2].base), val_int(d[3].bad),
	         val_int(d[3].base), val_int(d[4].bad), val_int(d[4].base), val_str(fields_json(w, resource, quality)),
	         val_str(rules_json(w, resource, quality, load->duplicates)), val_int(held.full_job), val_int(held.rows),
	         val_int(held.refused), val_int(whole_score(h)), val_int(h[0].bad), val_int(h[0].base), val_int(h[1].bad),
	         val_int(h[1].base), val_int(h[2].bad), val_int(h[2].base), val_int(h[3].bad), val_int(h[3].base)));
}

/* --- answers --------------------------------------------------------------------------------------------------------- */
static void write_score(JsonWriter *json, const char *key, int64_t score) {
	jw_key(json, key);
	if (score == NO_SCORE)
		jw_null(json);
	else
		jw_double(json, (double)score / 100);
}

#define BASES                                                                                                                    \
	"q.completeness_bad, q.completeness_base, q.validity_bad, q.validity_base, q.uniqueness_bad, q.uniqueness_base,"         \
	" q.consistency_bad, q.consistency_base, q.timeliness_bad, q.timeliness_base"
#define HELD_DIMENSIONS HELD_BASES ", q.timeliness_bad, q.timeliness_base"

/* From column `first` on: bad and base of each dimension. */
static void write_dimensions(JsonWriter *json, Rows *rows, int first) {
	jw_key(json, "dimensions");
	jw_array(json);
	for (int i = 0; i < DIMENSIONS; i++) {
		Dimension one = {rows_int(rows, first + i * 2), rows_int(rows, first + i * 2 + 1)};
		jw_object(json);
		jw_kv_str(json, "name", dimension_names[i]);
		write_score(json, "score", dimension_score(i, &one));
		jw_kv_int(json, "bad", one.bad);
		jw_kv_int(json, "base", one.base);
		jw_object_end(json);
	}
	jw_array_end(json);
}

static void write_raw(JsonWriter *json, const char *key, Text text) {
	jw_key(json, key);
	jw_raw(json, text);
}

static int write_loads(Request *rq, int64_t resource_id) {
	Rows *rows;
	JsonWriter *json = &rq->json;
	int code = db_query(rq->db, &rows,
	                    "SELECT q.job_id, q.at_us, q.score, q.row_count, q.resource_version, q.fields, q.rules, q.held_score,"
	                    " q.held_rows, q.held_refused, q.full_job, " BASES ", " HELD_DIMENSIONS
	                    " FROM job_quality q WHERE q.resource_id = $1 ORDER BY q.at_us DESC, q.job_id DESC LIMIT $2",
	                    BIND(val_int(resource_id), val_int(TREND_MAX)));
	if (code < 0) return code;
	jw_key(json, "loads");
	jw_array(json);
	for (int n = 0; (code = rows_next(rows)) > 0; n++) {
		jw_object(json);
		jw_kv_id(json, "job_id", rows_int(rows, 0));
		jw_kv_time(json, "at", rows_int(rows, 1));
		write_score(json, "score", rows_int(rows, 2));
		jw_kv_int(json, "row_count", rows_int(rows, 3));
		jw_kv_int(json, "version", rows_int(rows, 4));
		write_dimensions(json, rows, 11);
		jw_kv_bool(json, "whole", rows_int(rows, 10) == rows_int(rows, 0));
		jw_key(json, "held");
		jw_object(json);
		write_score(json, "score", rows_int(rows, 7));
		jw_kv_int(json, "row_count", rows_int(rows, 8));
		jw_kv_int(json, "quarantined", rows_int(rows, 9));
		write_dimensions(json, rows, 11 + DIMENSIONS * 2);
		jw_object_end(json);
		if (n == 0) { /* by field and by rule: of the newest */
			write_raw(json, "fields", rows_text(rows, 5));
			write_raw(json, "rules", rows_text(rows, 6));
		}
		jw_object_end(json);
	}
	jw_array_end(json);
	return code;
}

/* What a failed read said is for those who can mend it. */
static int write_findings(Request *rq, int64_t resource_id, bool own) {
	Rows *rows;
	JsonWriter *json = &rq->json;
	int code = db_query(rq->db, &rows,
	                    "SELECT kind, since_us, seen_us, detail FROM quality_finding WHERE resource_id = $1 ORDER BY kind",
	                    BIND(val_int(resource_id)));
	if (code < 0) return code;
	jw_key(json, "findings");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		jw_object(json);
		jw_kv_text(json, "kind", rows_text(rows, 0));
		jw_kv_time(json, "since", rows_int(rows, 1));
		jw_kv_time(json, "seen", rows_int(rows, 2));
		write_raw(json, "detail", own || !text_is(rows_text(rows, 0), "service_fails") ? rows_text(rows, 3) : TEXT("{}"));
		jw_object_end(json);
	}
	jw_array_end(json);
	return code;
}

int quality_get(Request *rq) {
	const Resource *resource;
	int64_t open = 0;
	int code = resource_find(rq, in_int(rq, "id"), &resource);
	if (code < 0) return code;
	rq->about_resource = resource->resource_id;
	bool own = rq->party.kind == PARTY_SYSTEM || rq->party.sees_all || rq->party.org_id == resource->org_id;
	jw_object(&rq->json);
	if ((code = write_loads(rq, resource->resource_id)) < 0 || (code = write_findings(rq, resource->resource_id, own)) < 0)
		return code;
	code = db_int(rq->db, &open, "SELECT count(*) FROM quarantine WHERE resource_id = $1 AND state IN ('open', 'mended')",
	              BIND(val_int(resource->resource_id)));
	jw_kv_int(&rq->json, "quarantined", open);
	jw_object_end(&rq->json);
	return code < 0 ? code : 0;
}

/* --- the list: worst first; those without a measured load come last (place 1,000,000) -------------------------------- */
static const char list_sql[] =
    "SELECT r.resource_id, r.name, r.org_id, o.name, r.loaded_at, COALESCE(q.held_score, -1), COALESCE(q.at_us, 0), "
    "COALESCE(q.job_id, 0),"
    " CASE WHEN COALESCE(q.held_score, -1) < 0 THEN 1000000 ELSE q.held_score END AS place, " HELD_DIMENSIONS ","
    " (SELECT count(*) FROM resource_rating g WHERE g.resource_id = r.resource_id),"
    " (SELECT COALESCE(SUM(g.stars), 0) FROM resource_rating g WHERE g.resource_id = r.resource_id),"
    " (SELECT count(*) FROM work_case c WHERE c.closed_at = 0 AND c.resource_id = r.resource_id AND c.resource_id <> 0 AND "
    "c.process ="
    " 'correction_order')"
    " FROM resource r JOIN org o ON o.org_id = r.org_id LEFT JOIN job_quality q ON q.resource_id = r.resource_id AND q.latest = 1"
    " WHERE r.state = 'published' AND (CAST($1 AS BIGINT) = 0 OR r.org_id = $1)"
    " AND (CAST($2 AS TEXT) = '' OR EXISTS (SELECT 1 FROM quality_finding f WHERE f.resource_id = r.resource_id AND f.kind = $2))"
    " AND (CAST($3 AS BIGINT) = 0 OR (q.held_score >= 0 AND q.held_score < $3))"
    " AND (CASE WHEN COALESCE(q.held_score, -1) < 0 THEN 1000000 ELSE q.held_score END > $4 OR"
    "  (CASE WHEN COALESCE(q.held_score, -1) < 0 THEN 1000000 ELSE q.held_score END = $4 AND r.resource_id > $5))"
    " ORDER BY place, r.resource_id LIMIT $6";

static int read_place(Request *rq, int64_t *score, int64_t *resource_id) {
	*score = -1;
	*resource_id = 0;
	if (!in_has(rq, "after")) return 0;
	Text text = in_text(rq, "after");
	ptrdiff_t dot = text_find(text, TEXT("."));
	if (dot > 0 && text_to_int((Text){text.at, (size_t)dot}, score) == 0 &&
	    text_to_int((Text){text.at + dot + 1, text.len - (size_t)dot - 1}, resource_id) == 0)
		return 0;
	return error_field(rq->error, ERR_INVALID, "after", text, "cursor", "pass \"next\" of the page before",
	                   "the cursor is damaged");
}

/* What readers say: how many, and the mean of their stars. */
static void write_rating(JsonWriter *json, int64_t count, int64_t sum) {
	jw_key(json, "rating");
	jw_object(json);
	jw_kv_int(json, "count", count);
	jw_key(json, "average");
	if (count)
		jw_double(json, (double)(sum * 10 / count) / 10);
	else
		jw_null(json);
	jw_object_end(json);
}

/* The findings of a page's entries: read after its rows, in one go an entry. */
static int finding_kinds(Request *rq, int64_t resource_id) {
	Rows *rows;
	int code = db_query(rq->db, &rows, "SELECT kind FROM quality_finding WHERE resource_id = $1 ORDER BY kind",
	                    BIND(val_int(resource_id)));
	jw_key(&rq->json, "findings");
	jw_array(&rq->json);
	while (code >= 0 && (code = rows_next(rows)) > 0)
		jw_text(&rq->json, rows_text(rows, 0));
	jw_array_end(&rq->json);
	return code;
}

static int write_patrol(Request *rq) {
	Rows *rows;
	int code = db_one(rq->db, &rows, "SELECT at_us, checked, found FROM quality_patrol WHERE id = 1", NO_BIND);
	if (code < 0) return code;
	jw_key(&rq->json, "patrol");
	if (code == 0) {
		jw_null(&rq->json);
		return 0;
	}
	jw_object(&rq->json);
	jw_kv_time(&rq->json, "at", rows_int(rows, 0));
	jw_kv_int(&rq->json, "checked", rows_int(rows, 1));
	jw_kv_int(&rq->json, "found", rows_int(rows, 2));
	jw_object_end(&rq->json);
	return 0;
}

int quality_list(Request *rq) {
	Rows *rows;
	int64_t score, resource_id, last_score = 0, last_id = 0;
	int limit = in_limit(rq), count = 0, code = read_place(rq, &score, &resource_id);
	if (code < 0) return code;
	bool all = rq->party.sees_all || rq->party.kind == PARTY_SYSTEM;
	int64_t org = all ? in_int(rq, "org") : rq->party.org_id ? rq->party.org_id : -1;
	code = db_query(rq->db, &rows, list_sql,
	                BIND(val_int(org), val_str(in_has(rq, "finding") ? in_str(rq, "finding") : ""),
	                     val_int(in_int(rq, "below") * 100), val_int(score), val_int(resource_id), val_int(limit + 1)));
	if (code < 0) return code;
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_key(json, "items");
	jw_array(json);
	while ((code = rows_next(rows)) > 0 && count++ < limit) {
		last_id = rows_int(rows, 0);
		last_score = rows_int(rows, 8);
		jw_object(json);
		jw_kv_id(json, "resource_id", last_id);
		jw_kv_text(json, "name", rows_text(rows, 1));
		jw_kv_id(json, "org_id", rows_int(rows, 2));
		jw_kv_text(json, "org_name", rows_text(rows, 3));
		jw_kv_time(json, "loaded_at", rows_int(rows, 4));
		write_score(json, "score", rows_int(rows, 5) < 0 ? NO_SCORE : rows_int(rows, 5));
		jw_kv_time(json, "measured_at", rows_int(rows, 6));
		jw_kv_id(json, "job_id", rows_int(rows, 7));
		write_dimensions(json, rows, 9);
		write_rating(json, rows_int(rows, 19), rows_int(rows, 20));
		jw_kv_int(json, "orders", rows_int(rows, 21));
		int found = finding_kinds(rq, last_id);
		if (found < 0) code = found;
		jw_object_end(json);
		if (code < 0) break;
	}
	rows_close(rows);
	if (code < 0) return code;
	jw_array_end(json);
	jw_kv_str(json, "next",
	          count > limit ? arena_printf(rq->arena, "%lld.%lld", (long long)last_score, (long long)last_id) : NULL);
	if ((code = write_patrol(rq)) < 0) return code;
	jw_object_end(json);
	return 0;
}
