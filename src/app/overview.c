/* overview: what waits, broke and is late for the caller: rows of queries over the rooms' tables, each with the permission it
 * needs. Counts and names only, of the caller's own organisation unless he sees all. Worker threads. */
#include "app/private.h"
#include "evidence/evidence.h"
#include <stdio.h>

/* Every query: $1 organisation, $2 = 1 when the party sees all, $3 now (µs). Columns: subject, resource, name, count, at (µs, 0 =
 * none). */
typedef struct OverviewRow {
	const char *list, *kind;
	Permission permit;
	const char *sql;
} OverviewRow;

#define OWN " (CAST($2 AS BIGINT) = 1 OR org_id = $1) AND CAST($3 AS BIGINT) > 0 "
/* Administrators and the auditor look after the whole installation. */
#define ALL " CAST($1 AS BIGINT) >= 0 AND CAST($2 AS BIGINT) >= 0 AND CAST($3 AS BIGINT) > 0 "
/* A job is known by what it works on. */
#define JOB_NAME " COALESCE((SELECT r.name FROM resource r WHERE r.resource_id = job.resource_id), kind) "
/* Grants of the caller's organisation that no later one of the same account and resource replaces. */
#define GRANT_OF                                                                                                                 \
	" FROM access_grant g JOIN resource r ON r.resource_id = g.resource_id WHERE g.revoked_at = 0"                           \
	" AND (CAST($2 AS BIGINT) = 1 OR g.owner_org_id = $1) AND NOT EXISTS (SELECT 1 FROM access_grant n WHERE"                \
	" n.resource_id = g.resource_id AND n.account_id = g.account_id AND n.revoked_at = 0 AND n.until_us > g.until_us) "
/* Cases without a limit, or whose clock stands, are kept as due in 2100. */
#define DUE "CASE WHEN due_us >= 4102444800000000 THEN 0 ELSE due_us END"
/* Of line sharing; events stand in the inbox. An officer answers for what the organisation asks and supplies. Reviews of entries
 * stand in lists of their own (review, returned). */
#define MY_TURN                                                                                                                  \
	"SELECT * FROM (SELECT case_id, resource_id, number, title, due_us FROM work_case WHERE line = 'sharing' AND closed_at " \
	"= 0 AND turn = "                                                                                                        \
	"'asker' AND turn_org = $1 AND process <> 'catalog_review' ORDER BY due_us, case_id LIMIT 20) a UNION ALL SELECT * "     \
	"FROM (SELECT case_id, resource_id, "                                                                                    \
	"number, title, due_us FROM work_case WHERE line = 'sharing' AND closed_at = 0 AND turn = 'supplier' AND turn_org = $1 " \
	"ORDER BY due_us, "                                                                                                      \
	"case_id LIMIT 20) s"
/* µs after which a promise to update is broken; 0 = no promise that can be late */
#define PROMISE                                                                                                                  \
	" CASE update_promise WHEN 'realtime' THEN 3600000000 WHEN 'daily' THEN 129600000000 WHEN 'weekly' THEN 691200000000"    \
	" WHEN 'monthly' THEN 2764800000000 WHEN 'quarterly' THEN 8121600000000 WHEN 'yearly' THEN 31968000000000 ELSE 0 END "

static const OverviewRow rows_of[] = {
    {"waits", "review", PERMIT_CATALOG_REVIEW,
     "SELECT resource_id, resource_id, name, 1, updated_at FROM resource WHERE draft_state = 'review' AND" OWN
     "ORDER BY updated_at LIMIT 20"},
    {"waits", "returned", PERMIT_CATALOG_EDIT,
     "SELECT resource_id, resource_id, name, 1, review_at FROM resource WHERE draft_state = 'draft' AND review_decision = "
     "'return' AND" OWN "ORDER BY review_at DESC NULLS LAST LIMIT 20"},
    {"waits", "draft", PERMIT_CATALOG_EDIT,
     "SELECT resource_id, resource_id, name, 1, updated_at FROM resource WHERE draft_state = 'draft' AND review_decision <> "
     "'return' AND" OWN "ORDER BY updated_at DESC LIMIT 20"},
    {"waits", "case_turn", PERMIT_DECIDE,
     "SELECT case_id, resource_id, number || ' ' || title, 1, " DUE " FROM (" MY_TURN ") t WHERE CAST($2 AS BIGINT) >= 0 AND "
     "CAST($3 AS BIGINT) > 0 ORDER BY due_us, case_id LIMIT 20"},
    {"waits", "case_turn", PERMIT_SUPERVISE,
     "SELECT case_id, resource_id, number || ' ' || title, 1, " DUE
     " FROM work_case WHERE line = 'sharing' AND closed_at = 0 AND turn = 'bureau' AND "
     "turn_org = 0 AND process <> 'catalog_review' AND" ALL "ORDER BY due_us, case_id LIMIT 20"},
    {"late", "case_late", PERMIT_SUPERVISE,
     "SELECT case_id, resource_id, number || ' ' || title, 1, due_us FROM work_case WHERE line = 'sharing' AND closed_at = 0 AND "
     "due_us < $3 AND turn "
     "<> 'bureau' AND" ALL "ORDER BY due_us LIMIT 20"},
    {"broke", "case_refused", PERMIT_SUPERVISE,
     "SELECT case_id, resource_id, number || ' ' || title, 1, closed_at FROM work_case WHERE line = 'sharing' AND state = "
     "'refused' AND closed_at > "
     "$3 "
     "- 604800000000 AND" ALL "ORDER BY case_id DESC LIMIT 20"},
    {"waits", "quarantine", PERMIT_LOAD,
     "SELECT r.resource_id, r.resource_id, r.name, COUNT(*), MIN(q.created_us) FROM quarantine q JOIN resource r ON "
     "r.resource_id = "
     "q.resource_id WHERE q.state = 'open' AND" OWN "GROUP BY r.resource_id, r.name ORDER BY 4 DESC LIMIT 20"},
    {"waits", "mended", PERMIT_LOAD,
     "SELECT r.resource_id, r.resource_id, r.name, COUNT(*), MIN(q.changed_us) FROM quarantine q JOIN resource r ON "
     "r.resource_id = "
     "q.resource_id WHERE q.state = 'mended' AND" OWN "GROUP BY r.resource_id, r.name ORDER BY 4 DESC LIMIT 20"},
    {"waits", "opening_review", PERMIT_CATALOG_REVIEW,
     "SELECT o.opening_id, o.resource_id, r.name, 1, o.asked_at FROM opening o JOIN resource r ON r.resource_id = o.resource_id"
     " WHERE o.state = 'asked' AND (CAST($2 AS BIGINT) = 1 OR o.org_id = $1) AND CAST($3 AS BIGINT) > 0"
     " ORDER BY o.asked_at LIMIT 20"},
    {"waits", "open_message", PERMIT_CATALOG_EDIT,
     "SELECT m.message_id, m.resource_id, r.name, 1, m.created_at FROM opening_message m JOIN resource r ON r.resource_id ="
     " m.resource_id WHERE m.answered_at = 0 AND (CAST($2 AS BIGINT) = 1 OR m.org_id = $1) AND CAST($3 AS BIGINT) > 0"
     " ORDER BY m.created_at LIMIT 20"},
    {"waits", "destruction", PERMIT_CATALOG_EDIT,
     "SELECT d.destruction_id, d.resource_id, r.name, 1, d.opened_us FROM destruction d JOIN resource r ON r.resource_id = "
     "d.resource_id WHERE d.state = 'open' AND (CAST($2 AS BIGINT) = 1 OR d.org_id = $1) AND CAST($3 AS BIGINT) > 0 ORDER BY "
     "d.opened_us LIMIT 20"},
    {"waits", "destruction_review", PERMIT_CATALOG_REVIEW,
     "SELECT d.destruction_id, d.resource_id, r.name, 1, d.proposed_us FROM destruction d JOIN resource r ON r.resource_id = "
     "d.resource_id WHERE d.state = 'proposed' AND (CAST($2 AS BIGINT) = 1 OR d.org_id = $1) AND CAST($3 AS BIGINT) > 0 ORDER BY "
     "d.proposed_us LIMIT 20"},
    {"waits", "contest", PERMIT_SUPERVISE,
     "SELECT c.assessment_id, 0, c.title, 1, c.asked_us FROM assessment_contest c WHERE c.state = 'open' AND (CAST($2 AS BIGINT) "
     "= 1"
     " OR c.org_id = $1) AND CAST($3 AS BIGINT) > 0 ORDER BY c.asked_us LIMIT 20"},
    {"waits", "job_running", PERMIT_JOBS_READ,
     "SELECT job_id, resource_id, " JOB_NAME ", 1, created_at FROM job WHERE state IN ('queued', 'running') AND" OWN
     "ORDER BY job_id DESC LIMIT 20"},
    {"waits", "account_locked", PERMIT_SECURITY,
     "SELECT account_id, 0, name, 1, until FROM (SELECT a.account_id, a.name, a.state, CASE WHEN a.locked_until > "
     "COALESCE(d.until, 0)"
     " THEN a.locked_until ELSE d.until END AS until FROM account a LEFT JOIN (SELECT account_id, max(locked_until) AS until FROM"
     " login_device WHERE locked_until > $3 GROUP BY account_id) d ON d.account_id = a.account_id) l WHERE state = 'active' AND"
     " until > $3 AND" ALL "ORDER BY until DESC LIMIT 20"},
    {"waits", "account_without_role", PERMIT_SECURITY,
     "SELECT account_id, 0, name, 1, created_at FROM account WHERE state = 'active' AND roles = 0 AND" ALL
     "ORDER BY created_at DESC LIMIT 20"},
    {"waits", "grant_expiring", PERMIT_GRANT,
     "SELECT g.grant_id, g.resource_id, r.name, 1, g.until_us" GRANT_OF "AND g.until_us > $3 AND g.until_us <= $3 + 1209600000000"
     " ORDER BY g.until_us LIMIT 20"},
    {"late", "grant_expired", PERMIT_GRANT,
     "SELECT g.grant_id, g.resource_id, r.name, 1, g.until_us" GRANT_OF "AND g.until_us <= $3 AND g.until_us > $3 - 1209600000000"
     " ORDER BY g.until_us DESC LIMIT 20"},
    {"broke", "job_failed", PERMIT_JOBS_READ,
     "SELECT job_id, resource_id, " JOB_NAME
     ", 1, finished_at FROM job WHERE state = 'failed' AND finished_at > $3 - 604800000000 AND" OWN
     "ORDER BY job_id DESC LIMIT 20"},
    {"broke", "service_fails", PERMIT_JOBS_READ,
     "SELECT f.resource_id, f.resource_id, r.name, 1, f.since_us FROM quality_finding f JOIN resource r ON r.resource_id = "
     "f.resource_id"
     " WHERE f.kind = 'service_fails' AND (CAST($2 AS BIGINT) = 1 OR f.org_id = $1) AND CAST($3 AS BIGINT) > 0"
     " ORDER BY f.since_us LIMIT 20"},
    {"late", "load_late", PERMIT_JOBS_READ,
     "SELECT resource_id, resource_id, name, 1, loaded_at FROM resource WHERE state = 'published' AND loaded_at > 0 AND" PROMISE
     "> 0 AND loaded_at +" PROMISE "< $3 AND" OWN "ORDER BY loaded_at LIMIT 20"},
    {"late", "load_none", PERMIT_JOBS_READ,
     "SELECT resource_id, resource_id, name, 1, updated_at FROM resource WHERE state = 'published' AND generation_no = 0 AND "
     "keeper = 'table' AND" OWN "ORDER BY updated_at LIMIT 20"},
};

typedef struct OverviewNumber {
	const char *name;
	Permission permit;
	const char *sql;
} OverviewNumber;
static const OverviewNumber numbers[] = {
    {"resources_published", PERMIT_CATALOG_READ, "SELECT COUNT(*) FROM resource WHERE state = 'published'"},
    {"records", PERMIT_CATALOG_READ,
     "SELECT COALESCE(CAST(SUM(row_count) AS BIGINT), 0) FROM resource WHERE state = 'published'"},
};

static int row_write(Request *rq, const OverviewRow *row) {
	Rows *rows;
	int code =
	    db_query(rq->db, &rows, row->sql, BIND(val_int(rq->party.org_id), val_int(rq->party.sees_all), val_int(rq->now_us)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		jw_object(&rq->json);
		jw_kv_str(&rq->json, "kind", row->kind);
		jw_kv_id(&rq->json, "subject_id", rows_int(rows, 0));
		if (rows_int(rows, 1) != 0) jw_kv_id(&rq->json, "resource_id", rows_int(rows, 1));
		jw_kv_text(&rq->json, "name", rows_text(rows, 2));
		jw_kv_int(&rq->json, "count", rows_int(rows, 3));
		if (rows_int(rows, 4) > 0) jw_kv_time(&rq->json, "at", rows_int(rows, 4));
		jw_object_end(&rq->json);
	}
	return code;
}

static void item_write(Request *rq, const char *kind, int64_t count, int64_t at) {
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "kind", kind);
	jw_kv_id(&rq->json, "subject_id", 0);
	jw_kv_str(&rq->json, "name", "");
	jw_kv_int(&rq->json, "count", count);
	if (at > 0) jw_kv_time(&rq->json, "at", at);
	jw_object_end(&rq->json);
}

/* A seal is late when entries wait for it ten times as long as they should. */
static bool seal_late(Request *rq, const EvidenceHealth *health) {
	return health->unsealed > 0 && health->sealed_at > 0 &&
	       rq->now_us - health->sealed_at > setting_int(rq, "evidence.seal_seconds") * 10000000;
}

static void evidence_items(Request *rq, const char *list, const EvidenceHealth *health) {
	if (strcmp(list, "waits") == 0 && health->unsealed > 0)
		item_write(rq, "evidence_unsealed", health->unsealed, health->sealed_at);
	else if (strcmp(list, "broke") == 0 && health->torn > 0)
		item_write(rq, "evidence_torn", health->torn, 0);
	else if (strcmp(list, "late") == 0 && seal_late(rq, health))
		item_write(rq, "seal_late", health->unsealed, health->sealed_at);
}

int overview_get(Request *rq) {
	static const char *const lists[] = {"waits", "broke", "late"};
	EvidenceHealth health = {0};
	int code = db_snapshot(rq->db);
	if (code >= 0 && party_may(&rq->party, PERMIT_AUDIT)) code = evidence_health(rq, &health);
	jw_object(&rq->json);
	for (size_t l = 0; code >= 0 && l < sizeof lists / sizeof lists[0]; l++) {
		jw_key(&rq->json, lists[l]);
		jw_array(&rq->json);
		for (size_t i = 0; code >= 0 && i < sizeof rows_of / sizeof rows_of[0]; i++)
			if (strcmp(rows_of[i].list, lists[l]) == 0 && party_may(&rq->party, rows_of[i].permit))
				code = row_write(rq, &rows_of[i]);
		evidence_items(rq, lists[l], &health);
		jw_array_end(&rq->json);
	}
	jw_key(&rq->json, "numbers");
	jw_object(&rq->json);
	for (size_t i = 0; code >= 0 && i < sizeof numbers / sizeof numbers[0]; i++) {
		int64_t number = 0;
		if (party_may(&rq->party, numbers[i].permit) && (code = db_int(rq->db, &number, numbers[i].sql, NO_BIND)) >= 0)
			jw_kv_int(&rq->json, numbers[i].name, number);
	}
	jw_object_end(&rq->json);
	jw_object_end(&rq->json);
	return code < 0 ? code : 0;
}
