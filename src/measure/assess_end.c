/* assess_end: what the program does by itself when a month or quarter has ended: it has it computed, once, keeps evidence and
 * tells the data bureau and the departments. Publishing stays with people. Thread: that of chores, and the job's. */
#include "measure/assess.h"
#include "notice/notice.h"

enum { ORGS_MAX = 1000 };
static const int64_t hour_us = INT64_C(3600000000), day_us = INT64_C(86400000000);

/* --- which have ended ------------------------------------------------------------------------------------------------ */
typedef struct Ended {
	char period[24];
	int64_t from_us, to_us;
} Ended;

/* The last month or quarter that ended before now, in Asia/Shanghai. */
static Ended ended(int64_t now_us, int months) {
	int year, month, day;
	Ended out;
	date_to_civil(date_of_us(now_us), &year, &month, &day);
	int first = (month - 1) / months * months + 1 - months;
	out.from_us = assess_midnight(year, first);
	out.to_us = assess_midnight(year, first + months);
	if (first < 1) {
		first += 12;
		year--;
	}
	if (months == 3)
		snprintf(out.period, sizeof out.period, "%04d-Q%d", year, first / 3 + 1);
	else
		snprintf(out.period, sizeof out.period, "%04d-%02d", year, first);
	return out;
}

/* 1 the program is to compute it: nobody has since it ended, and there was something to assess then. One that failed is tried
 * again when it has waited as long as from the first try to the last one, ten minutes at least and a day at most. */
static int wanted(Request *w, const char *scheme, const Ended *of) {
	int64_t known = 0, shortest = hour_us / 6;
	int code = db_int(
	    w->db, &known,
	    "SELECT count(*) FROM assessment a LEFT JOIN job j ON j.job_id = a.job_id WHERE a.scheme = $1 AND a.period = $2 AND"
	    " (a.computed_us >= a.to_us OR a.state = 'published' OR (a.automatic_us > 0 AND (COALESCE(j.state, '') <> 'failed'"
	    " OR $3 - j.finished_at < CASE WHEN j.finished_at - a.automatic_us < $4 THEN $4 WHEN j.finished_at -"
	    " a.automatic_us > $5 THEN $5 ELSE j.finished_at - a.automatic_us END)))",
	    BIND(val_str(scheme), val_str(of->period), val_int(w->now_us), val_int(shortest), val_int(day_us)));
	if (code < 0 || known) return code < 0 ? code : 0;
	return db_int(w->db, &known,
	              "SELECT resource_id FROM resource_version WHERE published_at < $1 ORDER BY resource_id LIMIT 1",
	              BIND(val_int(of->to_us)));
}

static int schemes_of(Request *w, const char **names, int64_t *versions, int max) {
	Rows *rows;
	int count = 0,
	    code = db_query(w->db, &rows, "SELECT name, max(version) FROM assess_scheme GROUP BY name ORDER BY name", NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0 && count < max) {
		names[count] = rows_str(rows, 0, w->arena);
		versions[count++] = rows_int(rows, 1);
	}
	if (code > 0) rows_close(rows);
	return code < 0 ? code : count;
}

static int ended_write(Request *w, void *arg) {
	enum { SCHEMES = 20 };
	const char *names[SCHEMES];
	int64_t versions[SCHEMES], id, job_id;
	int count, code = db_lock(w->db, "measure.assessment", 0);
	if (code < 0 || (count = schemes_of(w, names, versions, SCHEMES)) < 0) return code < 0 ? code : count;
	for (int i = 0; i < 2 * count && code >= 0; i++) {
		const Ended of = ended(w->now_us - 3 * hour_us, i % 2 ? 3 : 1); /* the standing checks run at 02:00 */
		if ((code = wanted(w, names[i / 2], &of)) <= 0) continue;
		code = assess_begin(w,
		                    &(AssessBegin){.scheme = text_of(names[i / 2]),
		                                   .period = text_of(of.period),
		                                   .scheme_version = versions[i / 2],
		                                   .from_us = of.from_us,
		                                   .to_us = of.to_us,
		                                   .contest_until = w->now_us + setting_int(w, "measure.contest_days") * day_us,
		                                   .automatic = true},
		                    &id, &job_id);
	}
	return code < 0 ? code : 0;
}

/* From 03:00 of the first day on, or when the program next runs; older periods than the last are left to people, for what stands
 * now says little of them. */
int assess_chore(Request *rq) {
	return request_write(rq, ended_write, NULL);
}

/* --- telling ----------------------------------------------------------------------------------------------------------- */
static const char *minute_of(Request *rq, int64_t us) {
	char at[CLOCK_TEXT_MAX];
	clock_format(us, at);
	at[16] = '\0';
	at[10] = ' ';
	return arena_printf(rq->arena, "%s", at);
}

static int evidence_put(Request *w, const Assessment *one, size_t lines, int64_t readers) {
	EvidenceEntry entry;
	evidence_entry(w, &entry);
	entry.action = "measure.assess";
	entry.status = 200;
	entry.subject_id = one->id;
	entry.row_count = (int64_t)lines;
	entry.detail = arena_printf(w->arena, "{\"period\":\"%s\",\"automatic\":true,\"digest\":\"%s\",\"told\":%lld}",
	                            one->period, one->digest, (long long)readers);
	return evidence_write(w, &entry);
}

int assess_told(Request *w, const Assessment *was, size_t lines) {
	Assessment one;
	Rows *rows;
	size_t count = 0;
	int64_t *orgs = ARENA_ARRAY(w->arena, int64_t, ORGS_MAX);
	int code = assessment_load(w, was->id, &one);
	if (code < 0) return code;
	code = db_query(w->db, &rows, "SELECT org_id FROM assessment_org WHERE assessment_id = $1 ORDER BY org_id",
	                BIND(val_int(one.id)));
	while (code >= 0 && (code = rows_next(rows)) > 0 && count < ORGS_MAX)
		orgs[count++] = rows_int(rows, 0);
	if (code < 0) return code;
	if (code > 0) rows_close(rows);
	const ProgramNotice notice = {
	    .title = {arena_printf(w->arena, "%s 考核已计算，请核对", one.period),
	              arena_printf(w->arena, "The assessment of %s was computed: please look at it", one.period)},
	    .body = {arena_printf(w->arena,
	                          "%s 考核由系统于 %s 自动计算。请核对本单位得分和每一行明细；有异议的，请在 %s "
	                          "前对该行申诉。公布前各单位只看到自己的得分。",
	                          one.period, minute_of(w, w->now_us), minute_of(w, one.contest_until)),
	             arena_printf(w->arena,
	                          "The assessment of %s was computed by the program at %s. Look at your scores and their lines; "
	                          "contest a line "
	                          "before %s. Until it is published each sees its own scores alone.",
	                          one.period, minute_of(w, w->now_us), minute_of(w, one.contest_until))},
	    .about = arena_printf(w->arena, "/assessments/%lld", (long long)one.id),
	    .orgs = orgs,
	    .org_count = count,
	    .roles = UINT64_C(1) << ROLE_DATA_OFFICER,
	    .also = UINT64_C(1) << ROLE_DATA_BUREAU};
	int64_t readers = notice_by_program(w, &notice);
	return readers < 0 ? (int)readers : evidence_put(w, &one, lines, readers);
}
