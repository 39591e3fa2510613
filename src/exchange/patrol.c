/* Owns tables quality_finding and quality_patrol: once an hour (a chore) one process of the city looks at every published
 * entry: is its update promise kept, has it data, is the score of its newest load good enough, does a live read of its first
 * record answer. What it finds stands until a later patrol no longer sees it, and becomes a correction order when it stands long.
 * Thread: that of chores, and a caller's for POST /quality/patrol. */
#include "exchange/quality.h"
#include <stdlib.h>

typedef struct Finding {
	int64_t resource_id, org_id;
	const char *kind, *detail; /* detail: a JSON object */
	struct Finding *next;
} Finding;
typedef struct Entry {
	int64_t resource_id, org_id, loaded_at, row_count, score;
	int generation_no;
	bool proxied;
	const char *promise;
	struct Entry *next;
} Entry;
typedef struct Round {
	Request *rq;
	Entry *entries;
	Finding *findings;
	int64_t checked, found, raised; /* raised: correction orders */
} Round;

static const char *detail_text(Request *rq, json_t *detail) {
	char *text = json_dumps(detail, JSON_COMPACT);
	const char *kept = arena_strdup(rq->arena, text ? text : "{}");
	free(text);
	json_decref(detail);
	return kept;
}

static void find(Round *round, const Entry *entry, const char *kind, json_t *detail) {
	Finding *finding = ARENA_NEW(round->rq->arena, Finding);
	*finding = (Finding){entry->resource_id, entry->org_id, kind, detail_text(round->rq, detail), round->findings};
	round->findings = finding;
	round->found++;
}

static int read_entries(Round *round) {
	Rows *rows;
	Request *rq = round->rq;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT r.resource_id, r.org_id, r.loaded_at, r.row_count, r.generation_no, r.update_promise,"
	    " COALESCE(q.held_score, -1), r.keeper FROM resource r LEFT JOIN job_quality q ON q.resource_id = r.resource_id AND"
	    " q.latest = 1 WHERE r.state = 'published' ORDER BY r.resource_id",
	    NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		Entry *entry = ARENA_NEW(rq->arena, Entry);
		*entry = (Entry){.resource_id = rows_int(rows, 0),
		                 .org_id = rows_int(rows, 1),
		                 .loaded_at = rows_int(rows, 2),
		                 .row_count = rows_int(rows, 3),
		                 .generation_no = (int)rows_int(rows, 4),
		                 .promise = rows_str(rows, 5, rq->arena),
		                 .score = rows_int(rows, 6),
		                 .proxied = text_is(rows_text(rows, 7), "proxy"),
		                 .next = round->entries};
		round->entries = entry;
	}
	return code;
}

static void check_entry(Round *round, const Entry *entry) {
	Request *rq = round->rq;
	char at[CLOCK_TEXT_MAX];
	int64_t allowed = promise_us(text_of(entry->promise));
	round->checked++;
	if (!entry->proxied && (entry->generation_no == 0 || entry->row_count == 0)) {
		find(round, entry, "no_data", json_pack("{s:b}", "mounted", entry->generation_no > 0));
		return;
	}
	if (allowed && entry->loaded_at && rq->now_us - entry->loaded_at > allowed)
		find(round, entry, "update_late",
		     json_pack("{s:s,s:s,s:I}", "promise", entry->promise, "loaded_at", clock_format(entry->loaded_at, at),
		               "late_hours", (json_int_t)((rq->now_us - entry->loaded_at - allowed) / INT64_C(3600000000))));
	int64_t least = setting_int(rq, "quality.order_below");
	if (entry->score >= 0 && entry->score < least * 100)
		find(round, entry, "score_low",
		     json_pack("{s:f,s:I}", "score", (double)entry->score / 100, "least", (json_int_t)least));
	Request *look = request_begin(rq->app, "quality.patrol"); /* its own: a failed read must not end the round */
	const Resource *resource;
	int code = look->db ? resource_find(look, entry->resource_id, &resource) : look->error->code;
	if (code == 0) code = record_probe(look, resource);
	/* withdrawn or loaded anew meanwhile, or a store that is busy: not this service's fault; a supplier that cannot be
	 * reached is */
	bool away = entry->proxied && strcmp(look->error->field, "source") == 0;
	if (code < 0 && code != ERR_GONE && code != ERR_RETRY && (code != ERR_BUSY || away))
		find(round, entry, "service_fails", json_pack("{s:s}", "error", look->error->message));
	request_end(look);
}

static int keep_round(Request *w, void *arg) {
	Round *round = arg;
	int64_t now = w->now_us;
	round->raised = 0; /* the write may run again */
	int code = db_lock(w->db, "quality.patrol", 0);
	for (const Finding *one = round->findings; one && code >= 0; one = one->next)
		code = (int)db_run(
		    w->db,
		    "INSERT INTO quality_finding (resource_id, kind, org_id, since_us, seen_us, detail) VALUES ($1, $2, $3, $4, "
		    "$4,"
		    " $5) ON CONFLICT (resource_id, kind) DO UPDATE SET seen_us = excluded.seen_us, detail = excluded.detail,"
		    " org_id = excluded.org_id",
		    BIND(val_int(one->resource_id), val_str(one->kind), val_int(one->org_id), val_int(now),
		         val_str(one->detail)));
	if (code >= 0) code = (int)db_run(w->db, "DELETE FROM quality_finding WHERE seen_us < $1", BIND(val_int(now)));
	if (code >= 0) code = orders_patrol(w, &round->raised);
	if (code < 0) return code;
	return (int)db_run(
	    w->db,
	    "INSERT INTO quality_patrol (id, at_us, checked, found) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO UPDATE SET"
	    " at_us = excluded.at_us, checked = excluded.checked, found = excluded.found",
	    BIND(val_int(now), val_int(round->checked), val_int(round->found)));
}

static int patrol_round(Request *rq, Round *round) {
	*round = (Round){.rq = rq};
	int code = read_entries(round);
	if (code < 0) return code;
	for (const Entry *entry = round->entries; entry; entry = entry->next)
		check_entry(round, entry);
	return request_write(rq, keep_round, round);
}

int quality_patrol(Request *rq) {
	Round round;
	int code = patrol_round(rq, &round);
	if (code < 0) return code;
	rq->about = arena_printf(rq->arena, "{\"checked\":%lld,\"found\":%lld,\"raised\":%lld}", (long long)round.checked,
	                         (long long)round.found, (long long)round.raised);
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "checked", round.checked);
	jw_kv_int(&rq->json, "found", round.found);
	jw_kv_int(&rq->json, "raised", round.raised);
	jw_object_end(&rq->json);
	return 0;
}

int patrol_chore(Request *rq) {
	Round round;
	int code = patrol_round(rq, &round);
	if (code >= 0)
		log_info("quality patrol: %lld entries, %lld findings, %lld orders", (long long)round.checked,
		         (long long)round.found, (long long)round.raised);
	return code < 0 ? code : 0;
}
