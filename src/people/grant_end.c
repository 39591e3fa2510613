/* grant_end: all grants of a resource to others end at once, as its entry is not shared any more. In a write. */
#include "people/people_private.h"

typedef struct EndedGrant {
	int64_t grant_id, account_id, org_id, version;
} EndedGrant;

static int grant_end(Request *rq, int64_t resource_id, const EndedGrant *grant, const char *reason) {
	EvidenceEntry entry;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE access_grant SET revoked_at = $2, revoked_by = $3, revoke_reason = $4, version = version + 1"
	           " WHERE grant_id = $1",
	           BIND(val_int(grant->grant_id), val_int(rq->now_us), val_int(rq->party.account_id), val_str(reason)));
	if (done < 0) return (int)done;
	int code = feed_append(rq->db, FEED_TOPIC_GRANT, grant->grant_id, grant->version + 1, FEED_STATE);
	if (code < 0) return code;
	evidence_entry(rq, &entry);
	entry.action = "grant.revoke";
	entry.status = 200;
	entry.resource_id = resource_id;
	entry.subject_id = grant->grant_id;
	entry.detail = arena_printf(rq->arena, "{\"by\":\"not_shared\",\"account_id\":\"%lld\"}", (long long)grant->account_id);
	return evidence_write(rq, &entry);
}

int grants_end(Request *rq, int64_t resource_id, const char *reason, const int64_t **orgs) {
	Rows *rows;
	Buf *list = ARENA_NEW(rq->arena, Buf);
	buf_in(list, rq->arena);
	int code = db_query(rq->db, &rows,
	                    "SELECT g.grant_id, g.account_id, a.org_id, g.version FROM access_grant g JOIN account a ON"
	                    " a.account_id = g.account_id WHERE g.resource_id = $1 AND g.revoked_at = 0 AND g.until_us > $2"
	                    " AND a.org_id <> g.owner_org_id ORDER BY a.org_id, g.grant_id",
	                    BIND(val_int(resource_id), val_int(rq->now_us)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		EndedGrant one = {rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3)};
		buf_add(list, &one, sizeof one);
	}
	rows_close(rows);
	const EndedGrant *grants = (const EndedGrant *)(const void *)list->at;
	int count = (int)(list->len / sizeof *grants), org_count = 0;
	int64_t *found = ARENA_ARRAY(rq->arena, int64_t, count + 1);
	for (int i = 0; i < count && code == 0; i++) {
		if (i == 0 || grants[i].org_id != grants[i - 1].org_id) found[org_count++] = grants[i].org_id;
		code = grant_end(rq, resource_id, &grants[i], reason);
	}
	if (code == 0 && count) code = generation_bump(rq->db);
	*orgs = found;
	return code < 0 ? code : org_count;
}
