/* GET /api/v1/resources/{id}/use: how many records of an entry were used in each of the last months, by whom; what was counted
 * here and what other platforms told of (adapter_ledger.c). LANE_READ workers. */
#include "exchange/adapter.h"

enum { MONTHS_SHOWN = 12 };

static int64_t month_day(int months) {
	return date_from_civil(months / 12, months % 12 + 1, 1);
}

static int month_rows(Request *rq, const Resource *resource, bool all, int months) {
	static const Member members[] = {
	    {"org_id", MEMBER_ID}, {"org_name", MEMBER_TEXT}, {"platform", MEMBER_TEXT}, {"records", MEMBER_INT}, {0}};
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT x.org_id, x.name, x.platform, CAST(sum(x.used) AS BIGINT) FROM (SELECT a.org_id AS org_id, o.name "
	             "AS name, '' AS"
	             " platform, u.used AS used FROM access_grant g JOIN grant_use u ON u.grant_id = g.grant_id JOIN account a ON"
	             " a.account_id = g.account_id JOIN org o ON o.org_id = a.org_id WHERE g.resource_id = $1 AND u.day >= $2 "
	             "AND u.day < $3"
	             " UNION ALL SELECT i.org_id, COALESCE(p.name, ''), i.platform, i.used FROM adapter_item i LEFT JOIN org p "
	             "ON p.org_id ="
	             " i.org_id WHERE i.resource_id = $1 AND i.resource_id <> 0 AND i.day >= $2 AND i.day < $3) x WHERE"
	             " (CAST($4 AS BIGINT) = 1 OR x.org_id = $5) GROUP BY x.org_id, x.name, x.platform HAVING sum(x.used) > 0"
	             " ORDER BY 4 DESC, x.org_id, x.platform",
	             BIND(val_int(resource->resource_id), val_int(month_day(months)), val_int(month_day(months + 1)),
	                  val_int(all), val_int(rq->party.org_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		jw_object(&rq->json);
		jw_kv_str(&rq->json, "month", arena_printf(rq->arena, "%04d-%02d", months / 12, months % 12 + 1));
		row_members(rq, rows, members);
		jw_object_end(&rq->json);
		rq->row_count++;
	}
	return code < 0 ? code : 0;
}

int resource_use_get(Request *rq) {
	const Resource *resource;
	int year, month, day;
	int code = resource_any(rq, in_int(rq, "id"), &resource);
	if (code < 0) return code;
	bool all = rq->party.sees_all || resource->org_id == rq->party.org_id;
	date_to_civil(date_of_us(rq->now_us), &year, &month, &day);
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int back = 0; code == 0 && back < MONTHS_SHOWN; back++)
		code = month_rows(rq, resource, all, year * 12 + month - 1 - back);
	jw_array_end(&rq->json);
	jw_kv_str(&rq->json, "next", NULL);
	jw_object_end(&rq->json);
	return code;
}
