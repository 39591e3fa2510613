/* score: from lines to scores, places and a digest. The same lines under the same scheme always give the same digest: whole
 * numbers but for the formulas, whose value is rounded half up to hundredths of a point. */
#include "measure/assess.h"
#include <math.h>
#include <stdlib.h>

static int org_indicator(Request *rq, const Indicator *indicator, const OrgScore *org, int64_t *out) {
	Val values[LINE_SETS * 2];
	double number;
	int count = 0;
	for (int set = 0; set < LINE_SETS; set++)
		if (indicator->sets >> set & 1) {
			values[count++] = val_int(org->whole[set]);
			values[count++] = val_int(org->part[set]);
		}
	int given = expression_number(indicator->expression, values, &number, rq->error);
	*out = NO_SCORE;
	if (given <= 0) return given;
	number = number < 0 ? 0 : number > 100 ? 100 : number;
	*out = (int64_t)floor(number * 100 + 0.5);
	return 0;
}

/* The weighted mean of the indicators that have a base, rounded half up. */
static int64_t org_total(const Scheme *scheme, const OrgScore *org) {
	int64_t sum = 0, weights = 0;
	for (int i = 0; i < scheme->count; i++) {
		if (org->scores[i] == NO_SCORE) continue;
		sum += org->scores[i] * scheme->indicators[i].weight;
		weights += scheme->indicators[i].weight;
	}
	return weights ? (2 * sum + weights) / (2 * weights) : NO_SCORE;
}

static void places_give(Scores *scores) {
	for (size_t i = 0; i < scores->count; i++) {
		OrgScore *org = &scores->orgs[i];
		org->place = org->score == NO_SCORE ? 0 : 1;
		for (size_t j = 0; j < scores->count && org->place; j++)
			org->place += scores->orgs[j].score > org->score;
	}
}

/* The text whose SHA-256 is the digest: docs/decisions/0018. */
static void digest_make(const Scheme *scheme, const char *period, const AssessLines *lines, Scores *scores) {
	Buf text = {0};
	Digest digest;
	buf_printf(&text, "yiwang.assessment/1\nscheme %s %d %s\nperiod %s\n", scheme->name, scheme->version, scheme->sha256,
	           period);
	for (size_t i = 0; i < scores->count; i++) {
		const OrgScore *org = &scores->orgs[i];
		buf_printf(&text, "org %lld %lld %lld\n", (long long)org->org_id, (long long)org->score, (long long)org->place);
		for (int k = 0; k < scheme->count; k++)
			buf_printf(&text, "indicator %s %lld\n", scheme->indicators[k].name, (long long)org->scores[k]);
	}
	for (size_t i = 0; i < lines->count; i++) {
		const AssessLine *line = &lines->items[i];
		buf_printf(&text, "line %lld %s %s %lld %lld %lld %lld %s\n", (long long)line->org_id, line_sets[line->set].name,
		           line->kind, (long long)line->subject_id, (long long)line->part, (long long)line->whole,
		           (long long)line->fact_us, line->fact);
	}
	digest_sha256(buf_as_text(&text), &digest);
	hex_encode(digest.bytes, DIGEST_LEN, scores->digest);
	buf_free(&text);
}

int scores_compute(Request *rq, const Scheme *scheme, const char *period, const AssessLines *lines, Scores *out) {
	*out = (Scores){.orgs = ARENA_ARRAY(rq->arena, OrgScore, lines->count + 1)};
	int code = 0;
	for (size_t i = 0; i < lines->count; i++) {
		const AssessLine *line = &lines->items[i];
		OrgScore *org = out->count ? &out->orgs[out->count - 1] : NULL;
		if (!org || org->org_id != line->org_id) {
			org = &out->orgs[out->count++];
			org->org_id = line->org_id;
		}
		org->part[line->set] += line->part;
		org->whole[line->set] += line->whole;
	}
	for (size_t i = 0; i < out->count; i++) {
		for (int k = 0; k < scheme->count && code >= 0; k++)
			code = org_indicator(rq, &scheme->indicators[k], &out->orgs[i], &out->orgs[i].scores[k]);
		out->orgs[i].score = org_total(scheme, &out->orgs[i]);
	}
	if (code < 0) return code;
	places_give(out);
	digest_make(scheme, period, lines, out);
	return 0;
}

/* --- stored ---------------------------------------------------------------------------------------------------------- */
int lines_stored(Request *rq, int64_t assessment_id, AssessLines *out) {
	Rows *rows;
	*out = (AssessLines){0};
	int code = db_query(
	    rq->db, &rows,
	    "SELECT org_id, lines, kind, subject_id, part, whole, fact, fact_us FROM assessment_line WHERE assessment_id ="
	    " $1 ORDER BY line_no",
	    BIND(val_int(assessment_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		int set = line_set(rows_text(rows, 1));
		if (set < 0)
			return fail(rq, ERR_INTERNAL, "assessment %lld has lines of an unknown set", (long long)assessment_id);
		line_add(rq->arena, out,
		         &(AssessLine){.org_id = rows_int(rows, 0),
		                       .set = set,
		                       .kind = rows_str(rows, 2, rq->arena),
		                       .subject_id = rows_int(rows, 3),
		                       .part = rows_int(rows, 4),
		                       .whole = rows_int(rows, 5),
		                       .fact = rows_str(rows, 6, rq->arena),
		                       .fact_us = rows_int(rows, 7)});
	}
	return code;
}

static const char *counts_json(Request *w, const Indicator *indicator, const OrgScore *org) {
	Buf *out = ARENA_NEW(w->arena, Buf);
	JsonWriter json;
	buf_in(out, w->arena);
	jw_begin(&json, out);
	jw_object(&json);
	for (int set = 0; set < LINE_SETS; set++)
		if (indicator->sets >> set & 1) {
			jw_kv_int(&json, line_sets[set].whole, org->whole[set]);
			jw_kv_int(&json, line_sets[set].part, org->part[set]);
		}
	jw_object_end(&json);
	return text_cstr(w->arena, buf_as_text(out));
}

static int org_store(Request *w, int64_t id, const Scheme *scheme, const OrgScore *org) {
	int code = (int)db_run(
	    w->db,
	    "INSERT INTO assessment_org (assessment_id, org_id, org_name, score, place) VALUES ($1, $2, COALESCE((SELECT"
	    " o.name FROM org o WHERE o.org_id = $2), ''), $3, $4)",
	    BIND(val_int(id), val_int(org->org_id), val_int(org->score), val_int(org->place)));
	for (int k = 0; k < scheme->count && code >= 0; k++)
		code = (int)db_run(
		    w->db,
		    "INSERT INTO assessment_score (assessment_id, org_id, indicator, score, counts) VALUES ($1, $2, $3, $4, $5)",
		    BIND(val_int(id), val_int(org->org_id), val_str(scheme->indicators[k].name), val_int(org->scores[k]),
		         val_str(counts_json(w, &scheme->indicators[k], org))));
	return code;
}

int scores_store(Request *w, int64_t id, const Scheme *scheme, const char *period) {
	AssessLines lines;
	Scores scores;
	int code = lines_stored(w, id, &lines);
	if (code >= 0) code = scores_compute(w, scheme, period, &lines, &scores);
	if (code >= 0) code = (int)db_run(w->db, "DELETE FROM assessment_org WHERE assessment_id = $1", BIND(val_int(id)));
	if (code >= 0) code = (int)db_run(w->db, "DELETE FROM assessment_score WHERE assessment_id = $1", BIND(val_int(id)));
	for (size_t i = 0; code >= 0 && i < scores.count; i++)
		code = org_store(w, id, scheme, &scores.orgs[i]);
	if (code < 0) return code;
	w->about = arena_printf(w->arena, "{\"period\":\"%s\",\"digest\":\"%s\"}", period, scores.digest);
	return (int)db_run(w->db, "UPDATE assessment SET digest = $2, version = version + 1 WHERE assessment_id = $1",
	                   BIND(val_int(id), val_str(scores.digest)));
}
