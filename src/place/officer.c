/* officer: one officer a grid (一格一员), his substitutes in their order, and nobody left out. In the caller's read or write. */
#include "place/internal.h"

enum { OFFICERS_MAX = 20 };

static int officer_at(Request *rq, int64_t area_key, int64_t when_us, PlaceOfficer *out) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT o.account_id, a.org_id, o.rank FROM area_officer o JOIN account a ON a.account_id = o.account_id WHERE"
	           " o.area_key = $1 AND o.valid_from <= $2 AND (o.valid_until = 0 OR o.valid_until > $2) AND a.state = 'active'"
	           " ORDER BY o.rank, o.valid_from DESC LIMIT 1",
	           BIND(val_int(area_key), val_int(when_us)));
	if (found > 0) *out = (PlaceOfficer){rows_int(rows, 0), rows_int(rows, 1), area_key, (int)rows_int(rows, 2)};
	return found;
}

int place_officer(Request *rq, int64_t area_key, int64_t when_us, PlaceOfficer *out) {
	const PlaceAreas *areas;
	int code = place_areas(rq, when_us, &areas);
	if (code < 0) return code;
	for (int i = 0; area_key && i <= PLACE_LEVELS_MAX; i++) {
		if ((code = officer_at(rq, area_key, when_us, out)) != 0) return code < 0 ? code : 0;
		const PlaceArea *area = place_areas_find(areas, area_key);
		area_key = area ? area->parent_key : 0;
	}
	return ERR_NOT_FOUND;
}

static const Member members[] = {{"account_id", MEMBER_ID},
                                 {"name", MEMBER_TEXT},
                                 {"org_name", MEMBER_TEXT},
                                 {"rank", MEMBER_INT},
                                 {"valid_from", MEMBER_TIME},
                                 {"valid_until", MEMBER_TIME},
                                 {0}};

int officers_get(Request *rq) {
	return answer_list(
	    rq, members,
	    "SELECT o.account_id, a.name, g.name, o.rank, o.valid_from, o.valid_until FROM area_officer o JOIN account a ON"
	    " a.account_id = o.account_id JOIN org g ON g.org_id = a.org_id WHERE o.area_key = $1 AND (o.valid_until = 0 OR"
	    " o.valid_until > $2) ORDER BY o.rank, o.valid_from",
	    BIND(val_int(in_int(rq, "id")), val_int(rq->now_us)));
}

/* {account_id, from?, until?}: the first is the area's own officer, the others stand in for him in their order. */
static int officer_put(Request *rq, int64_t area_key, int rank, const json_t *item) {
	int64_t account_id = 0, from = rq->now_us, until = 0;
	const char *account = json_string_value(json_object_get(item, "account_id")),
	           *begins = json_string_value(json_object_get(item, "from")),
	           *ends = json_string_value(json_object_get(item, "until"));
	const char *where = arena_printf(rq->arena, "officers[%d]", rank);
	if (!account || text_to_int(text_of(account), &account_id) < 0)
		return error_field(rq->error, ERR_INVALID, where, text_of(account ? account : ""), "id",
		                   "Choose an active person.", "Each officer is an account's id as a text");
	if ((begins && clock_parse(text_of(begins), &from) < 0) || (ends && clock_parse(text_of(ends), &until) < 0) ||
	    (until && until <= from))
		return error_field(rq->error, ERR_INVALID, where, text_of(ends ? ends : ""), "time",
		                   "Write times as 2026-12-31T23:59:59+08:00.", "An officer's time begins before it ends");
	int64_t roles = 0;
	int code =
	    db_int(rq->db, &roles, "SELECT roles FROM account WHERE account_id = $1 AND kind = 'person' AND state = 'active'",
	           BIND(val_int(account_id)));
	if (code < 0) return code;
	if (code == 0)
		return error_field(rq->error, ERR_INVALID, where, text_of(account), "unknown_account", "Choose an active person.",
		                   "There is no such active person");
	if (!(roles & place_on_site))
		return error_field(rq->error, ERR_INVALID, where, text_of(account), "not_on_site",
		                   "Choose a grid officer, dispatcher or operator, or have the role given first.",
		                   "This person is not sent anywhere");
	return (int)db_run(
	    rq->db,
	    "INSERT INTO area_officer (area_key, rank, account_id, valid_from, valid_until, set_at, set_by) VALUES ($1, $2,"
	    " $3, $4, $5, $6, $7) ON CONFLICT (area_key, rank, valid_from) DO UPDATE SET account_id = $3, valid_until = $5,"
	    " set_at = $6, set_by = $7",
	    BIND(val_int(area_key), val_int(rank), val_int(account_id), val_int(from), val_int(until), val_int(rq->now_us),
	         val_int(rq->party.account_id)));
}

/* Those of before end now; who was on duty at an earlier time stays known. */
int officers_put(Request *rq) {
	const json_t *items = in_json(rq, "officers");
	int64_t area_key = in_int(rq, "id");
	int64_t there = 0;
	rq->about_subject = area_key;
	int code = db_int(rq->db, &there,
	                  "SELECT area_id FROM area WHERE area_key = $1 AND (valid_until = 0 OR valid_until > $2) LIMIT 1",
	                  BIND(val_int(area_key), val_int(rq->now_us)));
	if (code < 0) return code;
	if (!there) return fail(rq, ERR_NOT_FOUND, "There is no such area in force");
	if (!json_is_array(items) || json_array_size(items) > OFFICERS_MAX)
		return error_field(rq->error, ERR_INVALID, "officers", TEXT_NONE, "length", "Give an array of at most 20.",
		                   "An area has 0 to 20 officers");
	code = (int)db_run(rq->db, "DELETE FROM area_officer WHERE area_key = $1 AND valid_from >= $2",
	                   BIND(val_int(area_key), val_int(rq->now_us)));
	if (code >= 0)
		code = (int)db_run(
		    rq->db,
		    "UPDATE area_officer SET valid_until = $2 WHERE area_key = $1 AND (valid_until = 0 OR valid_until > $2)",
		    BIND(val_int(area_key), val_int(rq->now_us)));
	for (size_t i = 0; i < json_array_size(items) && code >= 0; i++)
		code = officer_put(rq, area_key, (int)i, json_array_get(items, i));
	return code < 0 ? code : officers_get(rq);
}

/* Areas of a level without an officer of their own: nobody in them is without one, but he is the parent's. */
int areas_uncovered_get(Request *rq) {
	static const Member area[] = {{"area_key", MEMBER_ID}, {"code", MEMBER_TEXT}, {"name", MEMBER_TEXT}, {0}};
	int limit = in_limit(rq);
	return answer_page(
	    rq, limit, area,
	    "SELECT r.area_key, r.code, r.name FROM area r WHERE r.level = $1 AND r.valid_from <= $2 AND (r.valid_until = 0 OR"
	    " r.valid_until > $2) AND r.area_key > $3 AND NOT EXISTS (SELECT 1 FROM area_officer o JOIN account a ON"
	    " a.account_id = o.account_id WHERE o.area_key = r.area_key AND o.valid_from <= $2 AND (o.valid_until = 0 OR"
	    " o.valid_until > $2) AND a.state = 'active') ORDER BY r.area_key LIMIT $4",
	    BIND(val_int(in_int(rq, "level")), val_int(rq->now_us), val_int(in_int(rq, "after")), val_int(limit + 1)));
}
