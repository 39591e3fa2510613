/* lines: what an assessment counts, each set a row of a table with its two counts: how many there are (whole) and how many of
 * them are as they should be (part). A line names the entry, system, load, request or finding behind the number, and the fact
 * that decided. */
#include "measure/assess.h"
#include "casework/casework.h"
#include <stdlib.h>

/* Every statement binds the same: $1 from, $2 to (or now, whichever is earlier), $3…$8 the promises, $9, $10 the days of $1 and
 * $2. Columns: org_id, subject_id, title, part, whole, fact, time of the fact. */
#define PERIOD                                                                                                                   \
	"WITH p AS (SELECT CAST($1 AS BIGINT) AS from_us, CAST($2 AS BIGINT) AS to_us, CAST($3 AS BIGINT) AS realtime,"          \
	" CAST($4 AS BIGINT) AS daily, CAST($5 AS BIGINT) AS weekly, CAST($6 AS BIGINT) AS monthly, CAST($7 AS BIGINT) AS"       \
	" quarterly, CAST($8 AS BIGINT) AS yearly, CAST($9 AS BIGINT) AS from_day, CAST($10 AS BIGINT) AS to_day) "
#define PUBLISHED                                                                                                                \
	" FROM p CROSS JOIN resource r JOIN resource_version v ON v.resource_id = r.resource_id AND v.version_no ="              \
	" r.published_version WHERE r.state = 'published' AND EXISTS (SELECT 1 FROM resource_version b WHERE b.resource_id ="    \
	" r.resource_id AND b.published_at < p.to_us)"
/* Facts of an entry that are there and not empty. */
#define SUMMARY                                                                                                                  \
	"CASE WHEN lower(v.document) LIKE '%\"summary\":\"_%' AND lower(v.document) NOT LIKE '%\"summary\":\"\"%' THEN 1 ELSE "  \
	"0 END"
#define DOMAIN                                                                                                                   \
	"CASE WHEN lower(v.document) LIKE '%\"domain\":\"_%' AND lower(v.document) NOT LIKE '%\"domain\":\"\"%' THEN 1 ELSE 0 "  \
	"END"
#define CONTACT                                                                                                                  \
	"CASE WHEN lower(v.document) LIKE '%\"contact\":\"_%' AND lower(v.document) NOT LIKE '%\"contact\":\"\"%' THEN 1 ELSE "  \
	"0 END"
#define KEYWORDS "CASE WHEN lower(v.document) LIKE '%\"keywords\":[\"%' THEN 1 ELSE 0 END"
#define PROMISED                                                                                                                 \
	"CASE r.update_promise WHEN 'realtime' THEN p.realtime WHEN 'daily' THEN p.daily WHEN 'weekly' THEN p.weekly WHEN"       \
	" 'monthly' THEN p.monthly WHEN 'quarterly' THEN p.quarterly WHEN 'yearly' THEN p.yearly ELSE 0 END"
#define LAST_LOAD                                                                                                                \
	"COALESCE(CASE WHEN r.loaded_at < p.to_us THEN r.loaded_at ELSE (SELECT max(q.at_us) FROM job_quality q WHERE"           \
	" q.resource_id = r.resource_id AND q.at_us < p.to_us) END, 0)"

static const char entries_sql[] =
    PERIOD "SELECT r.org_id, r.resource_id, r.name, " SUMMARY " + " DOMAIN " + " CONTACT " + " KEYWORDS
           " + CASE WHEN EXISTS (SELECT 1 FROM info_system_resource l WHERE"
           " l.resource_id = r.resource_id) THEN 1 ELSE 0 END, 5, 'facts', COALESCE(v.published_at, 0)" PUBLISHED;
static const char systems_sql[] = PERIOD
    "SELECT s.org_id, s.system_id, s.name, CASE WHEN EXISTS (SELECT 1 FROM info_system_resource l JOIN resource r ON"
    " r.resource_id = l.resource_id WHERE l.system_id = s.system_id AND r.state = 'published') THEN 1 ELSE 0 END, 1, s.plan,"
    " s.updated_us FROM p CROSS JOIN info_system s WHERE s.plan <> 'closed' AND (s.live_day IS NULL OR s.live_day < p.to_day)";
static const char mounts_sql[] = PERIOD "SELECT r.org_id, r.resource_id, r.name, CASE WHEN r.keeper = 'proxy' OR (" LAST_LOAD
                                        " > 0 AND r.generation_no > 0) THEN 1 ELSE 0 END,"
                                        " 1,"
                                        " r.sharing, " LAST_LOAD PUBLISHED " AND r.sharing <> 'none'";
static const char promises_sql[] =
    PERIOD "SELECT r.org_id, r.resource_id, r.name, CASE WHEN p.to_us - " LAST_LOAD " <= " PROMISED " THEN 1 ELSE 0 END, 1,"
           " r.update_promise, " LAST_LOAD PUBLISHED " AND r.sharing <> 'none' AND " PROMISED " > 0 AND " LAST_LOAD " > 0";
/* What each entry held at the end of the period, as its last load left it. */
static const char quality_sql[] =
    PERIOD "SELECT q.org_id, q.job_id, r.name, q.held_score, 10000, CAST(q.held_rows AS TEXT), q.at_us FROM p CROSS JOIN resource"
           " r JOIN job_quality q ON q.resource_id = r.resource_id AND q.job_id = (SELECT n.job_id FROM job_quality n WHERE"
           " n.resource_id = r.resource_id AND n.at_us < p.to_us ORDER BY n.at_us DESC, n.job_id DESC LIMIT 1) WHERE r.state ="
           " 'published' AND q.held_score >= 0";
static const char use_sql[] = PERIOD
    "SELECT u.org_id, u.resource_id, u.name, CASE WHEN u.used > 0 THEN 1 ELSE 0 END, 1, CAST(u.used AS TEXT), 0 FROM (SELECT"
    " r.org_id, r.resource_id, r.name, (SELECT CAST(COALESCE(sum(n.used), 0) AS BIGINT) FROM access_grant g JOIN grant_use n ON"
    " n.grant_id = g.grant_id WHERE g.resource_id = r.resource_id AND n.day >= p.from_day AND n.day < p.to_day) +"
    " (SELECT CAST(COALESCE(sum(x.used), 0) AS BIGINT) FROM adapter_item x WHERE x.resource_id = r.resource_id AND"
    " x.resource_id <> 0 AND x.day >= p.from_day AND x.day < p.to_day) AS used" PUBLISHED
    " AND r.sharing <> 'none' AND (r.generation_no > 0 OR r.keeper = 'proxy')) u";
static const char findings_sql[] =
    PERIOD "SELECT f.org_id, f.finding_id, f.title, CASE WHEN f.gone_us > 0 AND f.gone_us < p.to_us THEN 1 ELSE 0 END, 1,"
           " f.check_name, f.first_us FROM p CROSS JOIN audit_finding f WHERE f.state <> 'excused' AND f.first_us < p.to_us AND "
           "(f.gone_us ="
           " 0 OR f.gone_us >= p.from_us)";

/* Orders for data that stand in the period: mended by its end; one that was withdrawn never was. */
static const char orders_sql[] =
    PERIOD "SELECT c.supplier_org, c.case_id, c.title, CASE WHEN c.closed_at > 0 AND c.closed_at < p.to_us THEN 1 ELSE 0 END, 1,"
           " c.number, c.created_at FROM p CROSS JOIN work_case c WHERE c.line = 'sharing' AND c.process = 'correction_order' "
           "AND c.outcome <>"
           " 'withdrawn' AND c.created_at < p.to_us AND (c.closed_at = 0 OR c.closed_at >= p.from_us)";
static const char ratings_sql[] =
    PERIOD "SELECT r.org_id, r.resource_id, r.name, CAST(sum(g.stars) AS BIGINT), 5 * count(*), CAST(count(*) AS TEXT),"
           " max(g.updated_at) FROM p CROSS JOIN resource_rating g JOIN resource r ON r.resource_id = g.resource_id WHERE"
           " g.updated_at < p.to_us GROUP BY r.org_id, r.resource_id, r.name";

static const char *const kinds[LINE_SETS] = {"entry", "system", "entry",   "entry", "job",
                                             "case",  "entry",  "finding", "case",  "entry"};
enum { SET_ANSWERS = 5 };
const LineSet line_sets[LINE_SETS] = {
    {"entries", "facts_needed", "facts_given", "目录条目要素", "Facts of entries", entries_sql},
    {"systems", "systems_used", "systems_known", "在用系统入目录", "Systems in the catalogue", systems_sql},
    {"mounts", "entries_shared", "entries_mounted", "应共享条目挂接", "Shared entries with data", mounts_sql},
    {"promises", "entries_promised", "entries_fresh", "按承诺更新", "Promises kept", promises_sql},
    {"quality", "points_possible", "points_reached", "数据质量", "Quality of data", quality_sql},
    {"answers", "answers_due", "answers_in_time", "按时答复", "Answers in time", NULL},
    {"use", "entries_usable", "entries_used", "共享使用", "Entries used", use_sql},
    {"findings", "findings_seen", "findings_mended", "自查问题消除", "Findings mended", findings_sql},
    {"orders", "orders_raised", "orders_mended", "整改单完成", "Correction orders done", orders_sql},
    {"ratings", "stars_possible", "stars_given", "使用方评价", "Ratings by users", ratings_sql},
};

int line_set(Text name) {
	for (int i = 0; i < LINE_SETS; i++)
		if (text_is(name, line_sets[i].name)) return i;
	return -1;
}

void line_add(Arena *arena, AssessLines *lines, const AssessLine *line) {
	if (lines->count == lines->cap) {
		size_t cap = lines->cap ? lines->cap * 2 : 256;
		AssessLine *grown = ARENA_ARRAY(arena, AssessLine, cap);
		if (lines->count) memcpy(grown, lines->items, lines->count * sizeof *grown);
		lines->items = grown;
		lines->cap = cap;
	}
	lines->items[lines->count++] = *line;
}

/* --- gathering ------------------------------------------------------------------------------------------------------- */
static int set_gather(Request *rq, int set, const Val values[10], AssessLines *out) {
	Rows *rows;
	int code = db_query(rq->db, &rows, line_sets[set].sql, values, 10);
	while (code >= 0 && (code = rows_next(rows)) > 0)
		line_add(rq->arena, out,
		         &(AssessLine){.org_id = rows_int(rows, 0),
		                       .subject_id = rows_int(rows, 1),
		                       .title = rows_str(rows, 2, rq->arena),
		                       .part = rows_int(rows, 3),
		                       .whole = rows_int(rows, 4),
		                       .fact = rows_str(rows, 5, rq->arena),
		                       .fact_us = rows_int(rows, 6),
		                       .set = set,
		                       .kind = kinds[set]});
	return code;
}

typedef struct Answers {
	Arena *arena;
	AssessLines *lines;
} Answers;

static int answer_add(void *arg, const CaseAnswer *answer) {
	Answers *to = arg;
	bool in_time = answer->done_us > 0 && answer->done_us <= answer->due_us;
	AssessLine line = {.org_id = answer->org_id,
	                   .subject_id = answer->case_id,
	                   .title = answer->title,
	                   .part = in_time,
	                   .whole = 1,
	                   .fact = answer->number,
	                   .fact_us = answer->done_us ? answer->done_us : answer->due_us,
	                   .set = SET_ANSWERS,
	                   .kind = kinds[SET_ANSWERS]};
	/* a request may come to its supplier more than once (退回补正): one line, all its turns in it */
	AssessLine *last = to->lines->count ? &to->lines->items[to->lines->count - 1] : NULL;
	if (last && last->set == SET_ANSWERS && last->subject_id == line.subject_id) {
		last->part += line.part;
		last->whole += line.whole;
		last->fact_us = line.fact_us;
	} else
		line_add(to->arena, to->lines, &line);
	return 0;
}

static int line_order(const void *a, const void *b) {
	const AssessLine *x = a, *y = b;
	int64_t order = x->org_id != y->org_id ? (x->org_id < y->org_id ? -1 : 1)
	                : x->set != y->set     ? x->set - y->set
	                                       : (x->subject_id > y->subject_id) - (x->subject_id < y->subject_id);
	return (int)order;
}

int lines_gather(Request *rq, unsigned sets, int64_t from_us, int64_t to_us, AssessLines *out) {
	int64_t end = to_us < rq->now_us ? to_us : rq->now_us;
	Val values[10] = {val_int(from_us), val_int(end)};
	promises_values(values + 2);
	values[8] = val_int(date_of_us(from_us));
	values[9] = val_int(date_of_us(to_us - 1) + 1);
	*out = (AssessLines){0};
	int code = 0;
	for (int set = 0; set < LINE_SETS && code >= 0; set++) {
		if (!(sets >> set & 1)) continue;
		code = line_sets[set].sql ? set_gather(rq, set, values, out)
		                          : case_answers(rq, from_us, end, answer_add, &(Answers){rq->arena, out});
	}
	if (code < 0) return code;
	if (out->count) qsort(out->items, out->count, sizeof *out->items, line_order);
	return 0;
}
