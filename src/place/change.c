/* change: what was put in force together (a draft, an import, one area) and what ended by it. One whose time has not come is
 * withdrawn whole: what it began never is in force, what it ended goes on. */
#include "place/internal.h"

int place_change_note(Request *rq, int64_t change_id, int64_t area_id, const char *what, int64_t at) {
	return (int)db_run(
	    rq->db,
	    "INSERT INTO area_change (change_id, area_id, what, at_us, noted_at, noted_by) VALUES ($1, $2, $3, $4, $5,"
	    " $6)",
	    BIND(val_int(change_id), val_int(area_id), val_str(what), val_int(at), val_int(rq->now_us),
	         val_int(rq->party.account_id)));
}

/* --- what is planned -------------------------------------------------------------------------------------------------- */
int areas_planned_get(Request *rq) {
	static const Member members[] = {{"change_id", MEMBER_ID},
	                                 {"level", MEMBER_INT},
	                                 {"begins", MEMBER_INT},
	                                 {"ends", MEMBER_INT},
	                                 {"valid_from", MEMBER_TIME},
	                                 {"code", MEMBER_TEXT},
	                                 {"name", MEMBER_TEXT},
	                                 {"of_draft", MEMBER_BOOL},
	                                 {"stored_at", MEMBER_TIME},
	                                 {"stored_by_name", MEMBER_TEXT},
	                                 {0}};
	int limit = in_limit(rq);
	return answer_page(
	    rq, limit, members,
	    "SELECT c.change_id, min(a.level), sum(CASE WHEN c.what = 'begun' THEN 1 ELSE 0 END), sum(CASE WHEN c.what = 'ended'"
	    " THEN 1 ELSE 0 END), min(c.at_us), min(a.code), COALESCE((SELECT b.name FROM area_change f JOIN area b ON b.area_id "
	    "="
	    " f.area_id WHERE f.change_id = c.change_id ORDER BY CASE WHEN f.what = 'begun' THEN 0 ELSE 1 END, b.code LIMIT 1), "
	    "''), CASE WHEN EXISTS (SELECT 1 FROM"
	    " area_draft d WHERE d.draft_id = c.change_id) THEN 1 ELSE 0 END, min(c.noted_at), COALESCE(min(p.name), '') FROM"
	    " area_change c JOIN area a ON a.area_id = c.area_id LEFT JOIN account p ON p.account_id = c.noted_by WHERE c.at_us >"
	    " $1 AND c.change_id > $2 AND NOT EXISTS (SELECT 1 FROM area_withdrawal w WHERE w.change_id = c.change_id) GROUP BY"
	    " c.change_id ORDER BY c.change_id LIMIT $3",
	    BIND(val_int(rq->now_us), val_int(in_int(rq, "after")), val_int(limit + 1)));
}

/* --- withdrawing ------------------------------------------------------------------------------------------------------ */
#define BEGUN "(SELECT b.area_id FROM area_change b WHERE b.change_id = $1 AND b.what = 'begun')"
#define ENDED "(SELECT e.area_id FROM area_change e WHERE e.change_id = $1 AND e.what IN ('before', 'ended'))"

static int held(Request *rq, const char *code, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_CONFLICT, "change_id", text_of(code), rule, advice, "%s", message);
}

/* The code of the first area that a statement finds; NULL: none. */
static int first_code(Request *rq, const char **out, const char *sql, int64_t change_id, int64_t at) {
	Rows *rows;
	int found = db_one(rq->db, &rows, sql, BIND(val_int(change_id), val_int(at)));
	*out = found > 0 ? rows_str(rows, 0, rq->arena) : NULL;
	db_rest(rq->db);
	return found < 0 ? found : 0;
}

/* Something that was put since may stand on it. */
static int built_on(Request *rq, int64_t change_id, int64_t at) {
	const char *found;
	int code =
	    first_code(rq, &found,
	               "SELECT a.code FROM area a WHERE a.area_id IN " BEGUN
	               " AND a.valid_until <> 0 AND CAST($2 AS BIGINT) > 0 UNION ALL SELECT o.code FROM area o JOIN area a ON"
	               " a.level = o.level AND a.code = o.code WHERE o.area_id IN " ENDED " AND a.valid_until = 0 AND"
	               " a.area_id NOT IN " BEGUN " LIMIT 1",
	               change_id, at);
	if (code < 0) return code;
	if (found)
		return held(rq, found, "later_version", "Withdraw that one first.",
		            "A later version of one of its areas was put since");
	code = first_code(rq, &found,
	                  "SELECT c.code FROM area c WHERE c.valid_until = 0 AND c.valid_from >= $2 AND c.parent_key IN (SELECT"
	                  " n.area_key FROM area n WHERE n.area_id IN " BEGUN ") AND NOT EXISTS (SELECT 1 FROM area p WHERE"
	                  " p.area_key = c.parent_key AND p.area_id NOT IN " BEGUN " AND p.valid_from <= c.valid_from AND"
	                  " p.valid_until <> p.valid_from AND (p.valid_until = 0 OR p.valid_until >= $2)) LIMIT 1",
	                  change_id, at);
	if (code < 0) return code;
	return found ? held(rq, found, "areas_below", "Withdraw those first.", "Areas below it were put in force since") : 0;
}

static int versions_back(Request *rq, int64_t change_id, int64_t at) {
	int64_t begun =
	            db_run(rq->db, "UPDATE area SET valid_until = valid_from WHERE area_id IN " BEGUN, BIND(val_int(change_id))),
	        ended = begun < 0 ? begun
	                          : db_run(rq->db, "UPDATE area SET valid_until = 0 WHERE valid_until = $2 AND area_id IN " ENDED,
	                                   BIND(val_int(change_id), val_int(at)));
	if (ended < 0) return (int)ended;
	rq->row_count = begun + ended;
	rq->about = arena_printf(rq->arena, "{\"begun\":%lld,\"ended\":%lld}", (long long)begun, (long long)ended);
	/* steps and officers that it carried over */
	int done = (int)db_run(rq->db, "DELETE FROM area_change_ladder WHERE change_id = $1", BIND(val_int(change_id)));
	return done < 0
	           ? done
	           : (int)db_run(
	                 rq->db,
	                 "DELETE FROM area_officer WHERE valid_from >= $2 AND set_at = (SELECT min(c.noted_at) FROM area_change c"
	                 " WHERE c.change_id = $1) AND area_key IN (SELECT s.area_key FROM area_change_officer s WHERE"
	                 " s.change_id = $1)",
	                 BIND(val_int(change_id), val_int(at)));
}

/* A draft that was accepted before changes were noted: its versions were stored at the moment it was accepted. What ended by it
 * ends when it begins, and lay under parents of its areas, or was copied into it. */
int place_change_older(Request *rq, int64_t draft_id) {
	int64_t done = db_run(
	    rq->db,
	    "INSERT INTO area_change (change_id, area_id, what, at_us, noted_at, noted_by) SELECT d.draft_id, a.area_id, 'begun',"
	    " a.valid_from, a.stored_at, a.stored_by FROM area_draft d JOIN area a ON a.level = d.level AND a.valid_from ="
	    " d.valid_from AND a.stored_at = d.ended_at WHERE d.draft_id = $1 AND d.state = 'accepted'",
	    BIND(val_int(draft_id)));
	if (done >= 0)
		done = db_run(
		    rq->db,
		    "INSERT INTO area_change (change_id, area_id, what, at_us, noted_at, noted_by) SELECT c.change_id, o.area_id,"
		    " 'before', c.at_us, c.noted_at, c.noted_by FROM area_change c JOIN area n ON n.area_id = c.area_id JOIN "
		    "area o"
		    " ON o.level = n.level AND o.code = n.code AND o.valid_until = n.valid_from AND o.valid_until > o.valid_from"
		    " WHERE c.change_id = $1 AND c.what = 'begun'",
		    BIND(val_int(draft_id)));
	if (done >= 0)
		done = db_run(
		    rq->db,
		    "INSERT INTO area_change (change_id, area_id, what, at_us, noted_at, noted_by) SELECT d.draft_id, a.area_id,"
		    " 'ended', d.valid_from, d.ended_at, d.ended_by FROM area_draft d JOIN area a ON a.level = d.level AND"
		    " a.valid_until = d.valid_from AND a.valid_until > a.valid_from WHERE d.draft_id = $1 AND d.state = "
		    "'accepted'"
		    " AND (a.level = 1 OR EXISTS (SELECT 1 FROM area_draft_origin o WHERE o.draft_id = d.draft_id AND o.code ="
		    " a.code) OR EXISTS (SELECT 1 FROM area p JOIN area_draft_feature f ON f.parent_code = p.code WHERE "
		    "p.area_key"
		    " = a.parent_key AND f.draft_id = d.draft_id AND f.aside = 0)) AND NOT EXISTS (SELECT 1 FROM area_change k"
		    " WHERE k.area_id = a.area_id AND k.what <> 'begun')",
		    BIND(val_int(draft_id)));
	return done < 0 ? (int)done : 0;
}

static int change_begins(Request *rq, int64_t change_id, int64_t *at) {
	int code = db_int(rq->db, at, "SELECT min(at_us) FROM area_change WHERE change_id = $1", BIND(val_int(change_id)));
	return code < 0 ? code : 0;
}

int areas_withdraw_post(Request *rq) {
	int64_t change_id = in_int(rq, "id"), at = 0, done = 0;
	rq->about_subject = change_id;
	int code = change_begins(rq, change_id, &at);
	if (code == 0 && !at && (code = place_change_older(rq, change_id)) == 0) code = change_begins(rq, change_id, &at);
	if (code >= 0)
		code = db_int(rq->db, &done, "SELECT withdrawn_at FROM area_withdrawal WHERE change_id = $1",
		              BIND(val_int(change_id)));
	if (code < 0) return code;
	if (!at) return fail(rq, ERR_NOT_FOUND, "There is no such change of areas");
	if (done) return held(rq, "", "withdrawn", "Read the list again.", "This change was withdrawn already");
	char when[CLOCK_TEXT_MAX];
	if (at <= rq->now_us)
		return held(rq, clock_format(at, when), "begun", "Edit the areas in force and put the draft in force instead.",
		            "It is in force since then: only what is yet to come is withdrawn");
	if ((code = built_on(rq, change_id, at)) == 0) code = versions_back(rq, change_id, at);
	if (code >= 0)
		code = (int)db_run(
		    rq->db, "INSERT INTO area_withdrawal (change_id, reason, withdrawn_at, withdrawn_by) VALUES ($1, $2, $3, $4)",
		    BIND(val_int(change_id), val_text(in_text(rq, "reason")), val_int(rq->now_us),
		         val_int(rq->party.account_id)));
	if (code >= 0)
		code =
		    (int)db_run(rq->db,
		                "UPDATE area_draft SET state = 'withdrawn', ended_by = $2, ended_at = $3, version = version + 1,"
		                " checked_version = version + 1 WHERE draft_id = $1",
		                BIND(val_int(change_id), val_int(rq->party.account_id), val_int(rq->now_us)));
	return code < 0 ? code : generation_bump(rq->db);
}
