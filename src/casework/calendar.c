/* calendar: days that are not what their weekday says: from packs (CSV), or a year at once by a route. A year published late
 * moves the due times of open cases by a job that works each clock out anew from its events. Writer and worker threads. */
#include "casework/internal.h"
#include <errno.h>
#include <stdio.h>

enum { CALENDAR_DAYS_MAX = 366, RECOMPUTE_CHUNK = 50 };

static int day_put(Request *rq, int32_t day, bool work, const char *occasion) {
	return (int)db_run(rq->db,
	                   "INSERT INTO calendar_day (day, kind, occasion) VALUES ($1, $2, $3) ON CONFLICT (day) DO UPDATE"
	                   " SET kind = excluded.kind, occasion = excluded.occasion",
	                   BIND(val_int(day), val_str(work ? "workday" : "holiday"), val_str(occasion)));
}

int recompute_later(Request *rq) {
	int64_t job_id;
	return job_create(rq, "casework.recompute", 0, rq->party.org_id, NULL, &job_id);
}

int case_day(Request *rq, int32_t day, CaseDay *out) {
	const WorkTime *work;
	int year, first, last, month, dom, code = worktime_get(rq, &work);
	if (code < 0) return code;
	date_to_civil(day, &year, &month, &dom);
	date_to_civil(work->known_from, &first, &month, &dom);
	date_to_civil(work->known_to, &last, &month, &dom);
	out->work = worktime_is_workday(work, day, &out->occasion);
	out->known = work->known_to >= work->known_from && year >= first && year <= last;
	return 0;
}

enum { OCCASION_MAX = 40 }; /* characters, however it comes */

static bool occasion_long(Text occasion) {
	return utf8_count(occasion) > OCCASION_MAX;
}

/* --- packs ----------------------------------------------------------------------------------------------------------- */
static int line_put(Request *rq, const char *shown, int line, Text text) {
	int32_t day;
	const char *comma = memchr(text.at, ',', text.len);
	Text rest = comma ? (Text){comma + 1, text.len - (size_t)(comma + 1 - text.at)} : TEXT_NONE;
	const char *second = rest.at ? memchr(rest.at, ',', rest.len) : NULL;
	Text kind = second ? (Text){rest.at, (size_t)(second - rest.at)} : rest;
	bool work = text_is(kind, "workday");
	if (!comma || date_parse((Text){text.at, (size_t)(comma - text.at)}, &day) < 0 || (!work && !text_is(kind, "holiday")))
		return fail(rq, ERR_INVALID, "%s:%d: a line is date,holiday or workday,occasion", shown, line);
	const char *occasion = second ? arena_strndup(rq->arena, second + 1, (size_t)(rest.at + rest.len - (second + 1))) : "";
	if (occasion_long(text_of(occasion)))
		return fail(rq, ERR_INVALID, "%s:%d: the occasion is longer than 40 characters", shown, line);
	return day_put(rq, day, work, occasion);
}

int action_calendar_load(Request *rq, void *arg) {
	PackPart *part = arg;
	char text[400];
	int line = 0, code = 0;
	FILE *file = fopen(part->path, "r");
	if (!file) return fail(rq, ERR_IO, "%s: %s", part->name, strerror(errno));
	while (code >= 0 && fgets(text, sizeof text, file)) {
		Text row = text_trim(text_of(text));
		line++;
		if (!row.len || row.at[0] == '#' || text_starts(row, TEXT("date,"))) continue;
		code = line_put(rq, part->name, line, row);
	}
	fclose(file);
	return code < 0 ? code : recompute_later(rq);
}

/* --- routes ---------------------------------------------------------------------------------------------------------- */
static void year_range(int64_t year, int32_t *from, int32_t *to) {
	*from = date_from_civil((int)year, 1, 1);
	*to = date_from_civil((int)year + 1, 1, 1);
}

int calendar_get(Request *rq) {
	static const Member members[] = {{"day", MEMBER_DAY}, {"kind", MEMBER_TEXT}, {"occasion", MEMBER_TEXT}, {0}};
	int year, month, day;
	int32_t from, to;
	date_to_civil(date_of_us(rq->now_us), &year, &month, &day);
	year_range(in_has(rq, "year") ? in_int(rq, "year") : year, &from, &to);
	return answer_list(rq, members, "SELECT day, kind, occasion FROM calendar_day WHERE day >= $1 AND day < $2 ORDER BY day",
	                   BIND(val_int(from), val_int(to)));
}

static int day_read(Request *rq, const json_t *item, int32_t from, int32_t to, WorkDay *out) {
	const char *date = json_string_value(json_object_get(item, "day")),
	           *kind = json_string_value(json_object_get(item, "kind")),
	           *occasion = json_string_value(json_object_get(item, "occasion"));
	if (!date || date_parse(text_of(date), &out->day) < 0 || out->day < from || out->day >= to)
		return error_field(rq->error, ERR_INVALID, "days", text_of(date), "date",
		                   "Give each day of that year as 2026-10-01.", "This is no day of the year");
	if (!kind || (strcmp(kind, "holiday") != 0 && strcmp(kind, "workday") != 0))
		return error_field(rq->error, ERR_INVALID, "days", text_of(kind), "choice", "Use holiday or workday.",
		                   "A day is a holiday or a workday");
	if (occasion && occasion_long(text_of(occasion)))
		return error_field(rq->error, ERR_INVALID, "days", text_of(occasion), "length", "Use at most 40 characters.",
		                   "The occasion is too long");
	out->work = strcmp(kind, "workday") == 0;
	out->occasion = occasion ? occasion : "";
	return 0;
}

int calendar_days_read(Request *rq, WorkDay **out, int32_t *from, int32_t *to) {
	const json_t *days = in_json(rq, "days");
	size_t index;
	json_t *item;
	year_range(in_int(rq, "year"), from, to);
	if (!json_is_array(days) || json_array_size(days) > CALENDAR_DAYS_MAX)
		return error_field(rq->error, ERR_INVALID, "days", TEXT_NONE, "list",
		                   "Send [{day, kind, occasion}], at most 366.", "days must be a list");
	WorkDay *list = ARENA_ARRAY(rq->arena, WorkDay, json_array_size(days) + 1);
	bool seen[CALENDAR_DAYS_MAX] = {false};
	json_array_foreach(days, index, item) {
		int code = day_read(rq, item, *from, *to, &list[index]);
		if (code < 0) return code;
		if (seen[list[index].day - *from])
			return error_field(rq->error, ERR_INVALID, "days", TEXT_NONE, "duplicate", "Name each day once.",
			                   "A day is there twice");
		seen[list[index].day - *from] = true;
	}
	*out = list;
	return (int)json_array_size(days);
}

int calendar_put(Request *rq) {
	const json_t *days = in_json(rq, "days");
	WorkDay *list;
	int32_t from, to;
	int count = calendar_days_read(rq, &list, &from, &to);
	int64_t published = 0;
	int code = count < 0 ? count
	                     : db_int(rq->db, &published, "SELECT COUNT(*) FROM calendar_day WHERE day >= $1 AND day < $2",
	                              BIND(val_int(from), val_int(to)));
	if (code < 0) return code;
	if (!count && published)
		return error_field(rq->error, ERR_INVALID, "days", TEXT_NONE, "empty",
		                   "Send the whole year's days: those published before are replaced.",
		                   "The year has %lld published days, and none would be left", (long long)published);
	code = (int)db_run(rq->db, "DELETE FROM calendar_day WHERE day >= $1 AND day < $2", BIND(val_int(from), val_int(to)));
	for (int i = 0; i < count && code >= 0; i++)
		code = day_put(rq, list[i].day, list[i].work, list[i].occasion);
	if (code < 0 || (code = generation_bump(rq->db)) < 0 || (code = recompute_later(rq)) < 0) return code;
	rq->about = arena_printf(rq->arena, "{\"year\":%lld,\"days\":%zu}", (long long)in_int(rq, "year"), json_array_size(days));
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "days", (int64_t)json_array_size(days));
	jw_object_end(&rq->json);
	return 0;
}

/* --- job: clocks of open cases --------------------------------------------------------------------------------------- */
typedef struct Recompute {
	Job *job;
	int64_t after, seen, changed;
	bool ended;
} Recompute;

static int recompute_chunk(Request *rq, void *arg) {
	Recompute *run = arg;
	int64_t last = 0;
	int changed = cases_recompute(rq, run->after, RECOMPUTE_CHUNK, &last);
	if (changed < 0) return changed;
	json_t *checkpoint = json_pack("{s:I, s:I}", "after", (json_int_t)(last ? last : run->after), "changed",
	                               (json_int_t)(run->changed + changed));
	int code = job_checkpoint(rq, run->job, checkpoint);
	json_decref(checkpoint);
	run->seen = last;
	return code < 0 ? code : changed;
}

static int recompute_end(Request *rq, void *arg) {
	Recompute *run = arg;
	json_t *result = json_pack("{s:I}", "changed", (json_int_t)run->changed);
	int code = job_finish(rq, run->job, JOB_RECONCILED, result);
	json_decref(result);
	return code;
}

int calendar_recompute_job(Request *rq, Job *job) {
	Recompute run = {.job = job,
	                 .after = json_integer_value(json_object_get(job->checkpoint, "after")),
	                 .changed = json_integer_value(json_object_get(job->checkpoint, "changed"))};
	request_generation_check(rq); /* the calendar as it is now */
	for (;;) {
		int changed = request_write_bulk(rq, recompute_chunk, &run);
		if (changed < 0) return changed;
		if (!run.seen) break;
		run.changed += changed;
		run.after = run.seen;
		if ((changed = job_progress(rq, job, "clocks", run.changed, -1)) < 0) return changed;
	}
	return request_write(rq, recompute_end, &run);
}
