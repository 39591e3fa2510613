/* The assessment of departments: schemes, lines, scores. Private to measure. */
#ifndef YIWANG_MEASURE_ASSESS_H
#define YIWANG_MEASURE_ASSESS_H
#include "measure/parts.h"

/* --- lines.c: what can be counted -------------------------------------------------------------------------------------- */
enum { LINE_SETS = 10 };
/* One thing that counts: part of whole, e.g. 4 of 5 facts of an entry. */
typedef struct AssessLine {
	int64_t org_id, subject_id, part, whole, fact_us;
	int set;          /* number in line_sets */
	const char *kind; /* entry system job case finding */
	const char *title, *fact;
} AssessLine;
typedef struct AssessLines { /* grows in an arena */
	AssessLine *items;
	size_t count, cap;
} AssessLines;
typedef struct LineSet {
	const char *name, *whole, *part; /* the names of its two counts in formulas */
	const char *title, *title_en;
	const char *sql; /* see lines.c; NULL: gathered by casework */
} LineSet;
extern const LineSet line_sets[LINE_SETS];
int line_set(Text name); /* number, or -1 */
/* The lines of these sets (bits) in [from, to), the present being its end at the latest; ordered by organisation, set, subject.
 */
int lines_gather(Request *rq, unsigned sets, int64_t from_us, int64_t to_us, AssessLines *out);
void line_add(Arena *arena, AssessLines *lines, const AssessLine *line);

/* --- scheme.c ---------------------------------------------------------------------------------------------------------- */
enum { INDICATORS_MAX = 20, NO_SCORE = -1 };
typedef struct Indicator {
	const char *name, *title, *title_en, *formula;
	int weight, good, poor; /* points: from good on it is good, below poor it is poor */
	unsigned sets;          /* bits by number of line_sets */
	Expression *expression;
} Indicator;
typedef struct Scheme {
	const char *name, *title, *title_en;
	int version, count;
	Indicator indicators[INDICATORS_MAX];
	char sha256[HEX_DIGEST_MAX]; /* of the stored document */
	const char *document;
} Scheme;
/* version 0: the newest. 0, ERR_NOT_FOUND. In rq->arena; for this thread's use. */
int scheme_get(Request *rq, Text name, int64_t version, Scheme **out);
int schemes_get(Request *rq);
int action_scheme_check(Request *rq, void *arg); /* PackPart of catalog.h */
int action_scheme_local(Request *rq, void *arg);
int action_scheme_put(Request *rq, void *arg);

/* --- score.c: from lines to scores; pure but for the reading of stored lines ------------------------------------------- */
typedef struct OrgScore {
	int64_t org_id, score, place; /* hundredths of a point, NO_SCORE; place 0 = none */
	int64_t scores[INDICATORS_MAX];
	int64_t part[LINE_SETS], whole[LINE_SETS];
} OrgScore;
typedef struct Scores {
	OrgScore *orgs; /* by org_id */
	size_t count;
	char digest[HEX_DIGEST_MAX];
} Scores;
/* lines in the order of lines_gather. 0 or ERR_INVALID (a formula failed). */
int scores_compute(Request *rq, const Scheme *scheme, const char *period, const AssessLines *lines, Scores *out);
int lines_stored(Request *rq, int64_t assessment_id, AssessLines *out);
/* In a write: computes from the stored lines and stores scores and digest. */
int scores_store(Request *w, int64_t assessment_id, const Scheme *scheme, const char *period);

typedef struct Assessment {
	int64_t id, from_us, to_us, computed_us, contest_until, version;
	const char *scheme, *period, *state, *digest;
	int64_t scheme_version;
} Assessment;

/* --- assess.c: periods and the job ------------------------------------------------------------------------------------- */
int assess_job(Request *rq, Job *job);
int assessment_post(Request *rq);
int64_t assess_midnight(int year, int month); /* of the month's first day in Asia/Shanghai; month may go beyond 12 or below 1 */
/* One period by one scheme that is to be computed. */
typedef struct AssessBegin {
	Text scheme, period;
	int64_t scheme_version, from_us, to_us, contest_until;
	bool automatic; /* by the program: it tells people when it is done */
} AssessBegin;
/* In a write, under lock "measure.assessment" 0: a job that computes it, anew where there is one already. 0, or ERR_CONFLICT
 * (published). */
int assess_begin(Request *rq, const AssessBegin *of, int64_t *assessment_id, int64_t *job_id);

/* --- assess_end.c: what the program does by itself when a period has ended --------------------------------------------- */
int assess_chore(Request *rq);
/* In the write that has computed it: evidence, and a notice to the data bureau and the departments assessed. */
int assess_told(Request *w, const Assessment *one, size_t lines);

/* --- assessment.c ------------------------------------------------------------------------------------------------------ */
int assessment_load(Request *rq, int64_t id, Assessment *out);
/* Under its lock, in a write, not published: else ERR_CONFLICT. */
int assessment_open(Request *rq, int64_t id, Assessment *out);
/* The department that asks, or none; whether it sees everybody's scores. */
static inline int64_t own_org(const Request *rq) {
	return rq->party.org_id ? rq->party.org_id : -1;
}
static inline bool sees_all(const Request *rq, const Assessment *one) {
	return is_bureau(rq) || strcmp(one->state, "published") == 0;
}
int assessments_get(Request *rq);
int assessment_get(Request *rq);
int assessment_lines_get(Request *rq);
int assessment_trend(Request *rq);
int assessment_recompute(Request *rq);
int assessment_deadline(Request *rq);
int assessment_publish(Request *rq);

/* --- assess_book.c ----------------------------------------------------------------------------------------------------- */
int assessment_book(Request *rq);

/* --- contest.c --------------------------------------------------------------------------------------------------------- */
int contests_get(Request *rq);
int contest_post(Request *rq);
int contest_decide(Request *rq);
/* Puts the accepted ones of an assessment to freshly gathered lines. was[2i], was[2i+1]: part and whole of line i before; was[2i]
 * -1 = as it is (so before the first call). */
int contests_apply(Request *rq, int64_t assessment_id, AssessLines *lines, int64_t *was);

enum { ASSESS_ROUTES = 13 };
extern const Route assess_routes[ASSESS_ROUTES];
#endif
