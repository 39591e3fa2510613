/* checks: the four standing checks that auditors make, each a row of a table, and their runs: tables audit_finding and audit_run.
 * What a run sees becomes a finding or keeps one alive; what it no longer sees is gone, and its order closed. Once a night (a
 * chore) and on demand (a job). Thread: that of chores or of the job. */
#include "measure/checks.h"

/* Columns: subject, org_id, system_id, resource_id, case_id, title, reason, time of it (0 = none), a text of it. Where it is
 * timed, $1 is now and $2…$7 are the promises. */
#define PROMISED                                                                                                                 \
	"CASE r.update_promise WHEN 'realtime' THEN CAST($2 AS BIGINT) WHEN 'daily' THEN CAST($3 AS BIGINT) WHEN 'weekly' THEN"  \
	" CAST($4 AS BIGINT) WHEN 'monthly' THEN CAST($5 AS BIGINT) WHEN 'quarterly' THEN CAST($6 AS BIGINT) WHEN 'yearly' THEN" \
	" CAST($7 AS BIGINT) ELSE 0 END"
/* A member of a JSON text that is there and not empty. */
#define CONDITION                                                                                                                \
	"(lower(v.document) LIKE '%\"sharing_condition\":\"_%' AND lower(v.document) NOT LIKE '%\"sharing_condition\":\"\"%')"

/* A system in use whose data the catalogue does not know. */
static const char system_no_entry[] =
    "SELECT 'system:' || CAST(s.system_id AS TEXT), s.org_id, s.system_id, 0, 0, s.name, CASE WHEN EXISTS (SELECT 1 FROM"
    " info_system_resource l WHERE l.system_id = s.system_id) THEN 'not_published' ELSE 'no_entry' END, s.updated_us, s.data"
    " FROM info_system s WHERE s.plan <> 'closed' AND NOT EXISTS (SELECT 1 FROM info_system_resource l JOIN resource r ON"
    " r.resource_id = l.resource_id WHERE l.system_id = s.system_id AND r.state = 'published') ORDER BY s.system_id";

/* An entry that no system is named for, or that is shared on a condition it does not state. */
static const char entry_no_source[] =
    "SELECT 'entry:' || CAST(r.resource_id AS TEXT) || ':system', r.org_id, 0, r.resource_id, 0, r.name, 'no_system', 0, ''"
    " FROM resource r WHERE r.state = 'published' AND NOT EXISTS (SELECT 1 FROM info_system_resource l WHERE l.resource_id ="
    " r.resource_id)"
    " UNION ALL SELECT 'entry:' || CAST(r.resource_id AS TEXT) || ':condition', r.org_id, 0, r.resource_id, 0, r.name,"
    " 'no_condition', 0, '' FROM resource r JOIN resource_version v ON v.resource_id = r.resource_id AND v.version_no ="
    " r.published_version WHERE r.state = 'published' AND r.sharing = 'conditional' AND NOT " CONDITION;

/* A supply past its promise; refusals are looked at by basis.c. */
static const char supply_broken[] =
    "SELECT 'entry:' || CAST(r.resource_id AS TEXT) || ':stale', r.org_id, 0, r.resource_id, 0, r.name, 'stale',"
    " r.loaded_at, r.update_promise FROM resource r WHERE r.state = 'published' AND r.sharing <> 'none' AND r.loaded_at > 0 AND"
    " " PROMISED " > 0 AND CAST($1 AS BIGINT) - r.loaded_at > " PROMISED " ORDER BY r.resource_id";

/* People are asked for a paper although an entry that is shared and loaded holds what is on it. */
static const char service_demand[] =
    "SELECT 'material:' || CAST(m.material_id AS TEXT), m.org_id, 0, r.resource_id, 0, m.item_name, 'supplied', r.loaded_at,"
    " m.material FROM service_material m JOIN resource r ON r.resource_id = m.resource_id WHERE r.state = 'published' AND"
    " r.sharing <> 'none' AND (r.generation_no > 0 OR r.keeper = 'proxy') ORDER BY m.material_id";

const StandingCheck standing_checks[STANDING_CHECKS] = {
    {"system_no_entry", "有系统无目录", "A system without catalogue entry", system_no_entry, false,
     "A system that is not closed has no published entry: what it holds cannot be asked for.",
     "Register the system's data in the catalogue, publish the entry and name it at the system; or record that it is closed."},
    {"entry_no_source", "有目录无系统或无共享条件", "An entry without system or sharing condition", entry_no_source, false,
     "A published entry names no system that it comes from, or is shared on a condition that it does not state.",
     "Name the entry's system in the inventory; complete the sharing condition and publish again."},
    {"supply_broken", "拒绝无依据或供给已过期", "A refusal without basis, or a supply gone stale", supply_broken, true,
     "An entry or a decision refuses sharing without naming a law or document in force, or the last load is older than the "
     "update "
     "promise.",
     "Name the basis or share it; load anew, or correct the promise.", refusals_find},
    {"service_demand", "应共享未共享的办事材料", "A service demands a material that sharing could supply", service_demand, false,
     "A service item asks people for a material although a shared, loaded entry holds what it proves.",
     "Ask for the entry's use and drop the material from the item's guide; or say why the paper is still needed."},
};

/* --- one check ------------------------------------------------------------------------------------------------------- */
struct Seen {
	Find find;
	const char *detail; /* JSON */
	Seen *next;
};
typedef struct Run {
	const StandingCheck *check;
	Finds finds;
	Seen *at;                                   /* where the next portion begins */
	int64_t run_us, job_id, found, fresh, gone; /* job_id 0: by night */
} Run;
enum { PORTION = 200 };

static const char *detail_json(Request *rq, const Find *find) {
	Buf *out = ARENA_NEW(rq->arena, Buf);
	JsonWriter json;
	buf_in(out, rq->arena);
	jw_begin(&json, out);
	jw_object(&json);
	jw_kv_str(&json, "reason", find->reason);
	jw_kv_time(&json, "at", find->at);
	jw_kv_str(&json, "text", find->text);
	if (find->basis) jw_kv_str(&json, "basis", find->basis);
	jw_object_end(&json);
	return text_cstr(rq->arena, buf_as_text(out));
}

void find_add(Request *rq, Finds *finds, const Find *one) {
	Seen *seen = ARENA_NEW(rq->arena, Seen);
	*seen = (Seen){.find = *one, .detail = detail_json(rq, one)};
	*(finds->tail ? finds->tail : &finds->first) = seen;
	finds->tail = &seen->next;
	finds->count++;
}

static int check_read(Request *rq, Run *run) {
	Val values[7] = {val_int(rq->now_us)};
	Rows *rows;
	promises_values(values + 1);
	int code = db_query(rq->db, &rows, run->check->sql, values, run->check->timed ? 7 : 0);
	while (code >= 0 && (code = rows_next(rows)) > 0)
		find_add(rq, &run->finds,
		         &(Find){.subject = rows_str(rows, 0, rq->arena),
		                 .org_id = rows_int(rows, 1),
		                 .system_id = rows_int(rows, 2),
		                 .resource_id = rows_int(rows, 3),
		                 .case_id = rows_int(rows, 4),
		                 .title = rows_str(rows, 5, rq->arena),
		                 .reason = rows_str(rows, 6, rq->arena),
		                 .at = rows_int(rows, 7),
		                 .text = rows_str(rows, 8, rq->arena)});
	if (code >= 0 && run->check->more) code = run->check->more(rq, &run->finds);
	run->at = run->finds.first;
	run->found = run->finds.count;
	return code;
}

/* A finding that is alive is seen again; else it begins. */
static int seen_keep(Request *w, const Run *run, const Seen *seen) {
	const Find *find = &seen->find;
	return (int)db_run(
	    w->db,
	    "INSERT INTO audit_finding (finding_id, check_name, subject, org_id, system_id, resource_id, case_id, title, detail, "
	    "state,"
	    " first_us, last_us, gone_us, order_us, order_by, order_note, order_case, excuse, excuse_us, excuse_by, version)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $10, 0, 0, '', '', 0, '', 0, '', 1) ON CONFLICT "
	    "(check_name, subject) WHERE state <> 'gone' DO UPDATE SET last_us = CASE "
	    "WHEN"
	    " audit_finding.last_us > excluded.last_us THEN audit_finding.last_us ELSE excluded.last_us END, title = "
	    "excluded.title,"
	    " detail = excluded.detail, org_id = excluded.org_id, resource_id = excluded.resource_id",
	    BIND(val_int(store_new_id(w->store)), val_str(run->check->name), val_str(find->subject), val_int(find->org_id),
	         val_int(find->system_id), val_int(find->resource_id), val_int(find->case_id), val_str(find->title),
	         val_str(seen->detail), val_int(run->run_us)));
}

static int portion_write(Request *w, void *arg) {
	const Run *run = arg;
	int code = 0, count = 0;
	for (const Seen *seen = run->at; seen && count++ < PORTION && code >= 0; seen = seen->next)
		code = seen_keep(w, run, seen);
	return code < 0 ? code : 0;
}

static int run_end(Request *w, void *arg) {
	Run *run = arg;
	int code = db_lock(w->db, "measure.check", 0);
	if (code == 0)
		code = db_int(w->db, &run->fresh, "SELECT count(*) FROM audit_finding WHERE check_name = $1 AND first_us = $2",
		              BIND(val_str(run->check->name), val_int(run->run_us)));
	int64_t gone = code < 0 ? code
	                        : db_run(w->db,
	                                 "UPDATE audit_finding SET state = 'gone', gone_us = $2, version = version + 1 WHERE"
	                                 " check_name = $1 AND state <> 'gone' AND last_us < $2",
	                                 BIND(val_str(run->check->name), val_int(run->run_us)));
	if (gone < 0) return (int)gone;
	run->gone = gone;
	code = (int)db_run(
	    w->db,
	    "INSERT INTO audit_run (check_name, at_us, found, fresh, gone) VALUES ($1, $2, $3, $4, $5) ON CONFLICT"
	    " (check_name) DO UPDATE SET at_us = excluded.at_us, found = excluded.found, fresh = excluded.fresh,"
	    " gone = excluded.gone",
	    BIND(val_str(run->check->name), val_int(run->run_us), val_int(run->found), val_int(run->fresh), val_int(run->gone)));
	if (code < 0) return code;
	EvidenceEntry entry;
	char at[CLOCK_TEXT_MAX];
	evidence_entry(w, &entry);
	entry.action = "measure.check";
	entry.row_count = run->found;
	entry.status = 200;
	entry.detail = arena_printf(
	    w->arena, "{\"check\":\"%s\",\"run_at\":\"%s\",\"job\":\"%lld\",\"found\":%lld,\"new\":%lld,\"gone\":%lld}",
	    run->check->name, clock_format(run->run_us, at), (long long)run->job_id, (long long)run->found, (long long)run->fresh,
	    (long long)run->gone);
	return evidence_write(w, &entry);
}

static int check_run(Request *rq, Run *run) {
	int code = check_read(rq, run);
	while (code >= 0 && run->at) {
		code = request_write_bulk(rq, portion_write, run);
		for (int i = 0; i < PORTION && run->at; i++)
			run->at = run->at->next;
	}
	if (code >= 0) code = request_write(rq, run_end, run);
	return code < 0 ? code : orders_checked(rq, run->check->name, run->job_id);
}

/* --- all of them ----------------------------------------------------------------------------------------------------- */
static int finish_write(Request *w, void *arg) {
	Job *job = ((void **)arg)[0];
	return job_finish(w, job, JOB_RECONCILED, ((void **)arg)[1]);
}

int checks_job(Request *rq, Job *job) {
	json_t *result = json_object();
	int code = job_progress(rq, job, "match", 0, STANDING_CHECKS);
	if (code == 0) code = materials_match(rq);
	for (int i = 0; i < STANDING_CHECKS && code >= 0; i++) {
		Run run = {.check = &standing_checks[i], .run_us = clock_now_us(), .job_id = job->job_id};
		code = job_progress(rq, job, run.check->name, i, STANDING_CHECKS);
		if (code >= 0) code = check_run(rq, &run);
		json_object_set_new(result, run.check->name,
		                    json_pack("{s:I,s:I,s:I}", "found", (json_int_t)run.found, "new", (json_int_t)run.fresh,
		                              "gone", (json_int_t)run.gone));
	}
	if (code >= 0) code = request_write(rq, finish_write, (void *[]){job, result});
	json_decref(result);
	return code < 0 ? code : 0;
}

/* Once a night, after 02:00 in Asia/Shanghai; at once where they never ran. */
int checks_chore(Request *rq) {
	const int64_t hour = INT64_C(3600000000), day = 24 * hour;
	int64_t last = 0, night = date_of_us(rq->now_us - 2 * hour) * day - 6 * hour;
	int code = db_int(rq->db, &last, "SELECT COALESCE(min(at_us), 0) FROM audit_run", NO_BIND);
	if (code < 0 || last >= night) return code < 0 ? code : 0;
	code = materials_match(rq);
	for (int i = 0; i < STANDING_CHECKS && code >= 0; i++) {
		Run run = {.check = &standing_checks[i], .run_us = clock_now_us()};
		code = check_run(rq, &run);
	}
	return code < 0 ? code : 0;
}

int checks_post(Request *rq) {
	int64_t job_id;
	json_t *args = json_object();
	int code = job_create(rq, "measure.checks", 0, rq->party.org_id, args, &job_id);
	json_decref(args);
	if (code < 0) return code;
	rq->about_subject = job_id;
	rq->status = 202;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "job_id", job_id);
	jw_object_end(&rq->json);
	return 0;
}

/* The table itself, with the last run and how many findings are alive (a department: its own). */
int checks_get(Request *rq) {
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; i < STANDING_CHECKS; i++) {
		const StandingCheck *check = &standing_checks[i];
		int64_t live = 0, at = 0;
		int code = db_int(rq->db, &live,
		                  "SELECT count(*) FROM audit_finding WHERE check_name = $1 AND state = 'open' AND"
		                  " ($2 = 0 OR org_id = $2)",
		                  BIND(val_str(check->name), val_int(is_bureau(rq)      ? 0
		                                                     : rq->party.org_id ? rq->party.org_id
		                                                                        : -1)));
		if (code >= 0)
			code =
			    db_int(rq->db, &at, "SELECT at_us FROM audit_run WHERE check_name = $1", BIND(val_str(check->name)));
		if (code < 0) return code;
		jw_object(&rq->json);
		jw_kv_str(&rq->json, "name", check->name);
		jw_kv_str(&rq->json, "title", check->title);
		jw_kv_str(&rq->json, "title_en", check->title_en);
		jw_kv_str(&rq->json, "proves", message_say(rq, check->proves));
		jw_kv_str(&rq->json, "advice", message_say(rq, check->advice));
		jw_kv_int(&rq->json, "live", live);
		jw_kv_time(&rq->json, "run_at", at);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	jw_key(&rq->json, "next");
	jw_null(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}
