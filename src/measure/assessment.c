/* assessment: what people see and do of a computed assessment: scores, the lines behind each, the trend, computing it anew from
 * its lines, deadline, publication (frozen with its digest, which goes into evidence). A department sees its own
 * until publication, then everybody's scores, and always only its own lines. */
#include "measure/assess.h"

static int assessment_missing(Request *rq, int64_t id) {
	return fail(rq, ERR_NOT_FOUND, "There is no assessment %lld", (long long)id);
}

int assessment_load(Request *rq, int64_t id, Assessment *out) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT scheme, period, state, digest, from_us, to_us, computed_us, contest_until, version, scheme_version FROM"
	    " assessment WHERE assessment_id = $1",
	    BIND(val_int(id)));
	if (found <= 0) return found < 0 ? found : assessment_missing(rq, id);
	*out = (Assessment){.id = id,
	                    .scheme = rows_str(rows, 0, rq->arena),
	                    .period = rows_str(rows, 1, rq->arena),
	                    .state = rows_str(rows, 2, rq->arena),
	                    .digest = rows_str(rows, 3, rq->arena),
	                    .from_us = rows_int(rows, 4),
	                    .to_us = rows_int(rows, 5),
	                    .computed_us = rows_int(rows, 6),
	                    .contest_until = rows_int(rows, 7),
	                    .version = rows_int(rows, 8),
	                    .scheme_version = rows_int(rows, 9)};
	rq->about_subject = id;
	return 0;
}

int assessment_open(Request *rq, int64_t id, Assessment *out) {
	int code = db_lock(rq->db, "measure.assessment", id);
	if (code >= 0) code = assessment_load(rq, id, out);
	if (code < 0 || strcmp(out->state, "published") != 0) return code;
	return error_field(rq->error, ERR_CONFLICT, "id", text_of(out->period), "published", "Compute the next period.",
	                   "The assessment is published: it does not change any more");
}

/* --- lists ----------------------------------------------------------------------------------------------------------- */
#define SUMMARY                                                                                                                  \
	"SELECT a.assessment_id, a.scheme, a.scheme_version, a.period, a.state, a.job_id, a.computed_us, a.contest_until,"       \
	" a.digest, a.published_us, a.published_by, a.finding_count, (SELECT count(*) FROM assessment_org o WHERE"               \
	" o.assessment_id = a.assessment_id), (SELECT count(*) FROM assessment_contest c WHERE c.assessment_id ="                \
	" a.assessment_id AND c.state = 'open' AND ($1 = 1 OR c.org_id = $2)), m.score, m.place, a.version, a.automatic_us,"     \
	" j.state FROM assessment a LEFT JOIN job j ON j.job_id = a.job_id LEFT JOIN assessment_org m ON m.assessment_id = "     \
	"a.assessment_id AND m.org_id = $2"
static const Member summary[] = {
    {"assessment_id", MEMBER_ID},  {"scheme", MEMBER_TEXT},       {"scheme_version", MEMBER_INT}, {"period", MEMBER_TEXT},
    {"state", MEMBER_TEXT},        {"job_id", MEMBER_ID},         {"computed_at", MEMBER_TIME},   {"contest_until", MEMBER_TIME},
    {"digest", MEMBER_TEXT},       {"published_at", MEMBER_TIME}, {"published_by", MEMBER_TEXT},  {"findings", MEMBER_INT},
    {"orgs_assessed", MEMBER_INT}, {"open_contests", MEMBER_INT}, {"own_score", MEMBER_INT},      {"own_place", MEMBER_INT},
    {"version", MEMBER_INT},       {"automatic_at", MEMBER_TIME}, {"job_state", MEMBER_TEXT},     {0},
};

int assessments_get(Request *rq) {
	int limit = in_limit(rq);
	return answer_page(rq, limit, summary,
	                   SUMMARY " WHERE ($3 = 0 OR a.assessment_id < $3) ORDER BY a.assessment_id DESC LIMIT $4",
	                   BIND(val_int(is_bureau(rq)), val_int(own_org(rq)), val_int(in_int(rq, "after")), val_int(limit + 1)));
}

static int scores_write(Request *rq, int64_t id, int64_t org_id) {
	Rows *rows;
	static const Member members[] = {{"indicator", MEMBER_TEXT}, {"score", MEMBER_INT}, {"counts", MEMBER_JSON}, {0}};
	int code = db_query(
	    rq->db, &rows,
	    "SELECT indicator, score, counts FROM assessment_score WHERE assessment_id = $1 AND org_id = $2 ORDER BY indicator",
	    BIND(val_int(id), val_int(org_id)));
	if (code < 0) return code;
	jw_key(&rq->json, "scores");
	jw_array(&rq->json);
	while ((code = rows_next(rows)) > 0) {
		jw_object(&rq->json);
		row_members(rq, rows, members);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	return code;
}

typedef struct OrgRow {
	int64_t org_id, score, place;
	const char *name;
	struct OrgRow *next;
} OrgRow;

static int orgs_write(Request *rq, const Assessment *one) {
	Rows *rows;
	OrgRow *first = NULL, **tail = &first;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT org_id, org_name, score, place FROM assessment_org WHERE assessment_id = $1 AND ($2 = 1 OR org_id = $3)"
	    " ORDER BY score DESC, org_name, org_id",
	    BIND(val_int(one->id), val_int(sees_all(rq, one)), val_int(own_org(rq))));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		OrgRow *row = ARENA_NEW(rq->arena, OrgRow);
		*row = (OrgRow){rows_int(rows, 0), rows_int(rows, 2), rows_int(rows, 3), rows_str(rows, 1, rq->arena), NULL};
		*tail = row;
		tail = &row->next;
	}
	jw_key(&rq->json, "orgs");
	jw_array(&rq->json);
	for (const OrgRow *row = first; row && code >= 0; row = row->next) {
		jw_object(&rq->json);
		jw_kv_id(&rq->json, "org_id", row->org_id);
		jw_kv_str(&rq->json, "org_name", row->name);
		jw_kv_int(&rq->json, "score", row->score);
		jw_kv_int(&rq->json, "place", row->place);
		code = scores_write(rq, one->id, row->org_id);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	return code;
}

static void sets_write(Request *rq) {
	jw_key(&rq->json, "line_sets");
	jw_array(&rq->json);
	for (int i = 0; i < LINE_SETS; i++) {
		jw_object(&rq->json);
		jw_kv_str(&rq->json, "name", line_sets[i].name);
		jw_kv_str(&rq->json, "title", line_sets[i].title);
		jw_kv_str(&rq->json, "title_en", line_sets[i].title_en);
		jw_kv_str(&rq->json, "whole", line_sets[i].whole);
		jw_kv_str(&rq->json, "part", line_sets[i].part);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
}

int assessment_get(Request *rq) {
	Rows *rows;
	Scheme *scheme;
	Assessment one;
	int code = assessment_load(rq, in_int(rq, "id"), &one);
	if (code == 0) code = scheme_get(rq, text_of(one.scheme), one.scheme_version, &scheme);
	if (code < 0) return code;
	int found = db_one(rq->db, &rows, SUMMARY " WHERE a.assessment_id = $3",
	                   BIND(val_int(is_bureau(rq)), val_int(own_org(rq)), val_int(one.id)));
	if (found <= 0) return found < 0 ? found : assessment_missing(rq, one.id);
	bool computed = strcmp(one.state, "computed") == 0;
	jw_object(&rq->json);
	row_members(rq, rows, summary);
	jw_key(&rq->json, "document");
	jw_raw(&rq->json, text_of(scheme->document));
	jw_kv_str(&rq->json, "scheme_sha256", scheme->sha256);
	jw_key(&rq->json, "may");
	jw_object(&rq->json);
	jw_kv_bool(&rq->json, "compute", is_bureau(rq) && strcmp(one.state, "published") != 0);
	jw_kv_bool(&rq->json, "publish", is_bureau(rq) && computed);
	jw_kv_bool(&rq->json, "contest",
	           party_may(&rq->party, PERMIT_CATALOG_EDIT) && computed && rq->now_us < one.contest_until);
	jw_object_end(&rq->json);
	sets_write(rq);
	if ((code = orgs_write(rq, &one)) < 0) return code;
	jw_object_end(&rq->json);
	return 0;
}

/* --- the lines behind a number --------------------------------------------------------------------------------------- */
int assessment_lines_get(Request *rq) {
	static const Member members[] = {{"line_no", MEMBER_ID},
	                                 {"org_id", MEMBER_ID},
	                                 {"lines", MEMBER_TEXT},
	                                 {"kind", MEMBER_TEXT},
	                                 {"subject_id", MEMBER_ID},
	                                 {"title", MEMBER_TEXT},
	                                 {"part", MEMBER_INT},
	                                 {"whole", MEMBER_INT},
	                                 {"fact", MEMBER_TEXT},
	                                 {"fact_at", MEMBER_TIME},
	                                 {"was_part", MEMBER_INT},
	                                 {"was_whole", MEMBER_INT},
	                                 {"adjusted", MEMBER_BOOL},
	                                 {"contest", MEMBER_TEXT},
	                                 {"contest_reason", MEMBER_TEXT},
	                                 {"contest_answer", MEMBER_TEXT},
	                                 {0}};
	Assessment one;
	Scheme *scheme;
	const Indicator *indicator = NULL;
	Text name = in_has(rq, "indicator") ? in_text(rq, "indicator") : TEXT("");
	int64_t org = is_bureau(rq) ? in_int(rq, "org") : own_org(rq);
	int limit = in_limit(rq), code = assessment_load(rq, in_int(rq, "id"), &one);
	if (code == 0) code = scheme_get(rq, text_of(one.scheme), one.scheme_version, &scheme);
	if (code < 0) return code;
	for (int i = 0; i < scheme->count && !indicator; i++)
		if (text_is(name, scheme->indicators[i].name)) indicator = &scheme->indicators[i];
	if (name.len && !indicator)
		return error_field(rq->error, ERR_NOT_FOUND, "indicator", name, "indicator", "Choose one of the scheme.",
		                   "The scheme has no such indicator");
	const char *sets = ","; /* ",entries,systems," */
	for (int i = 0; i < LINE_SETS; i++)
		if (!indicator || indicator->sets >> i & 1) sets = arena_printf(rq->arena, "%s%s,", sets, line_sets[i].name);
	return answer_page(
	    rq, limit, members,
	    "SELECT l.line_no, l.org_id, l.lines, l.kind, l.subject_id, l.title, l.part, l.whole, l.fact, l.fact_us, l.was_part, "
	    "l.was_whole,"
	    " l.adjusted, c.state, c.reason, c.answer FROM assessment_line l LEFT JOIN assessment_contest c ON c.assessment_id ="
	    " l.assessment_id AND c.contest_id = (SELECT max(d.contest_id) FROM assessment_contest d WHERE d.assessment_id = "
	    "l.assessment_id"
	    " AND d.org_id = l.org_id AND d.lines = l.lines AND d.kind = l.kind AND d.subject_id = l.subject_id) WHERE "
	    "l.assessment_id = $1"
	    " AND ($2 = 0 OR l.org_id = $2) AND lower($3) LIKE '%,' || lower(l.lines) || ',%' AND l.line_no > $4 ORDER BY "
	    "l.line_no LIMIT $5",
	    BIND(val_int(one.id), val_int(org), val_str(sets), val_int(in_int(rq, "after")), val_int(limit + 1)));
}

/* Published scores of an organisation by period, oldest first. */
int assessment_trend(Request *rq) {
	static const Member members[] = {{"assessment_id", MEMBER_ID},
	                                 {"period", MEMBER_TEXT},
	                                 {"org_id", MEMBER_ID},
	                                 {"org_name", MEMBER_TEXT},
	                                 {"score", MEMBER_INT},
	                                 {"place", MEMBER_INT},
	                                 {0}};
	return answer_list(
	    rq, members,
	    "SELECT a.assessment_id, a.period, o.org_id, o.org_name, o.score, o.place FROM assessment a JOIN assessment_org o ON"
	    " o.assessment_id = a.assessment_id WHERE a.state = 'published' AND a.scheme = $1 AND ($2 = 0 OR o.org_id = $2) AND"
	    " CASE WHEN substr(a.period, 6, 1) = 'Q' THEN 1 ELSE 0 END = $3 ORDER BY a.from_us, o.org_id LIMIT 5000",
	    BIND(in_has(rq, "scheme") ? val_text(in_text(rq, "scheme")) : val_str("sharing"), val_int(in_int(rq, "org")),
	         val_int(in_int(rq, "quarters"))));
}

/* --- steps ----------------------------------------------------------------------------------------------------------- */
int assessment_recompute(Request *rq) {
	Assessment one;
	Scheme *scheme;
	AssessLines lines;
	Scores scores;
	int code = assessment_load(rq, in_int(rq, "id"), &one);
	if (code == 0) code = scheme_get(rq, text_of(one.scheme), one.scheme_version, &scheme);
	if (code == 0) code = lines_stored(rq, one.id, &lines);
	if (code == 0) code = scores_compute(rq, scheme, one.period, &lines, &scores);
	if (code < 0) return code;
	bool same = strcmp(scores.digest, one.digest) == 0;
	rq->about = arena_printf(rq->arena, "{\"digest\":\"%s\",\"same\":%s}", scores.digest, same ? "true" : "false");
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "digest", scores.digest);
	jw_kv_str(&rq->json, "stored", one.digest);
	jw_kv_bool(&rq->json, "same", same);
	jw_kv_int(&rq->json, "lines", (int64_t)lines.count);
	jw_object_end(&rq->json);
	return 0;
}

int assessment_deadline(Request *rq) {
	Assessment one;
	int64_t until = in_int(rq, "contest_until");
	int code = assessment_open(rq, in_int(rq, "id"), &one);
	if (code == 0) code = version_check(rq, one.version);
	if (code == 0 && (until <= rq->now_us || until > rq->now_us + 366 * INT64_C(86400000000)))
		code = error_field(rq->error, ERR_INVALID, "contest_until", TEXT_NONE, "term",
		                   "Give a time within the next year.", "Departments contest until some time after now");
	if (code == 0)
		code = (int)db_run(rq->db,
		                   "UPDATE assessment SET contest_until = $2, version = version + 1 WHERE assessment_id = $1",
		                   BIND(val_int(one.id), val_int(until)));
	return code < 0 ? code : 0;
}

static int publishable(Request *rq, const Assessment *one) {
	int64_t open = 0;
	int code = version_check(rq, one->version);
	if (code == 0)
		code =
		    db_int(rq->db, &open, "SELECT count(*) FROM assessment_contest WHERE assessment_id = $1 AND state = 'open'",
		           BIND(val_int(one->id)));
	if (code < 0) return code;
	if (strcmp(one->state, "computed") != 0)
		return error_field(rq->error, ERR_CONFLICT, "id", text_of(one->state), "state", "Wait for its job.",
		                   "The assessment is being computed");
	if (open)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "open_contest", "Decide them first.",
		                   "%lld contested lines wait for a decision", (long long)open);
	if (rq->now_us < one->contest_until)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "contest_time",
		                   "Wait for it, or bring the deadline forward.",
		                   "Departments may still contest: the deadline is not over");
	return 0;
}

int assessment_publish(Request *rq) {
	Assessment one;
	int code = assessment_open(rq, in_int(rq, "id"), &one);
	if (code == 0) code = publishable(rq, &one);
	if (code == 0)
		code = (int)db_run(
		    rq->db,
		    "UPDATE assessment SET state = 'published', published_us = $2, published_by = $3, version = version + 1 WHERE"
		    " assessment_id = $1",
		    BIND(val_int(one.id), val_int(rq->now_us), val_str(rq->party.login)));
	if (code < 0) return code;
	rq->about = arena_printf(rq->arena, "{\"period\":\"%s\",\"digest\":\"%s\"}", one.period, one.digest);
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "digest", one.digest);
	jw_object_end(&rq->json);
	return 0;
}
