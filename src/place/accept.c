/* accept: a draft is put in force on a date, or given up; what ends by it is told before. */
#include "place/draft.h"

/* --- in force --------------------------------------------------------------------------------------------------------- */
/* It is looked at anew, as of the time it is to be in force from; what was found is kept, so that the map shows it. */
static int faults_refuse(Request *rq, const Draft *draft, const Check *check) {
	const char *found = draft_check_grave(check);
	int64_t known = 0;
	if (found)
		return error_field(rq->error, ERR_CONFLICT, "faults", text_of(found), found, "Mend them, or set the areas aside.",
		                   "The draft has faults with which it cannot be in force");
	if (draft_check_count(check, true) && !in_int(rq, "with_faults"))
		return error_field(rq->error, ERR_CONFLICT, "with_faults", TEXT_NONE, "faults",
		                   "Mend them, or say that it is meant so.", "The draft has gaps, overlaps or other faults");
	int code = db_int(rq->db, &known,
	                  "SELECT count(*) FROM area_draft_fault WHERE draft_id = $1 AND kind NOT IN ('gap', 'gap_sliver')",
	                  BIND(val_int(draft->draft_id)));
	if (code < 0) return code;
	if (known < DRAFT_FAULTS_MAX && draft_check_count(check, false) > known)
		return error_field(rq->error, ERR_CONFLICT, "with_faults", TEXT_NONE, "more_faults",
		                   "Look at what was found now, on the map and in the list, and put it in force again.",
		                   "At that time there are more faults than were shown: areas in force have changed");
	return 0;
}

typedef struct Area {
	const char *code, *name, *parent, *geometry;
	int64_t org_id;
} Area;
typedef struct Going {
	Area *areas;
	int64_t count, changed, ended;
} Going;

static int going_load(Request *rq, int64_t draft_id, Going *going) {
	Rows *rows;
	int64_t most = 0;
	int code = db_int(rq->db, &most, "SELECT count(*) FROM area_draft_feature WHERE draft_id = $1 AND aside = 0",
	                  BIND(val_int(draft_id)));
	if (code >= 0)
		code = db_query(rq->db, &rows,
		                "SELECT code, name, parent_code, org_id, geometry FROM area_draft_feature WHERE draft_id = $1 "
		                "AND aside = 0 ORDER"
		                " BY feature_no",
		                BIND(val_int(draft_id)));
	if (code < 0) return code;
	going->areas = ARENA_ARRAY(rq->arena, Area, most + 1);
	while ((code = rows_next(rows)) > 0 && going->count < most)
		going->areas[going->count++] =
		    (Area){rows_str(rows, 0, rq->arena), rows_str(rows, 1, rq->arena), rows_str(rows, 2, rq->arena),
		           rows_str(rows, 4, rq->arena), rows_int(rows, 3)};
	rows_close(rows);
	return code < 0 ? code : 0;
}

/* A version where something changed; one that stays as it is keeps its version. */
static int area_go(Request *rq, const Draft *draft, const Area *one, int64_t from, Going *going) {
	Rows *rows;
	int64_t org_id = one->org_id, area_id;
	const char *parent = draft->level == 1 ? "" : one->parent; /* nothing is above the city, whatever the file says */
	int found = db_one(
	    rq->db, &rows,
	    "SELECT a.name, a.geometry, a.org_id, COALESCE((SELECT p.code FROM area p WHERE p.area_key = a.parent_key ORDER BY"
	    " p.valid_from DESC LIMIT 1), '') FROM area a WHERE a.level = $1 AND a.code = $2 AND a.valid_until = 0",
	    BIND(val_int(draft->level), val_str(one->code)));
	if (found < 0) return found;
	if (found) {
		if (!org_id) org_id = rows_int(rows, 2);
		if (text_is(rows_text(rows, 0), one->name) && text_is(rows_text(rows, 1), one->geometry) &&
		    org_id == rows_int(rows, 2) && text_is(rows_text(rows, 3), parent))
			return 0;
	}
	json_t *geometry = json_loads(one->geometry, 0, NULL);
	PlaceAreaPut put = {.level = draft->level,
	                    .code = one->code,
	                    .name = one->name,
	                    .parent_code = parent,
	                    .org_id = org_id,
	                    .valid_from = from,
	                    .change_id = draft->draft_id,
	                    .geometry = geometry,
	                    .crs = PLACE_CGCS2000};
	int code = place_area_put(rq, &put, &area_id);
	json_decref(geometry);
	going->changed++;
	return code < 0 ? code : 0;
}

static int areas_end(Request *rq, const Draft *draft, int64_t from, Going *going) {
	int64_t noted = db_run(
	    rq->db,
	    "INSERT INTO area_change (change_id, area_id, what, at_us, noted_at, noted_by) SELECT CAST($1 AS BIGINT), r.area_id,"
	    " 'ended', CAST($3 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BIGINT) FROM area r WHERE " DRAFT_ENDS,
	    BIND(val_int(draft->draft_id), val_int(draft->level), val_int(from), val_int(in_int(rq, "end_others")),
	         val_int(rq->now_us), val_int(rq->party.account_id)));
	if (noted < 0) return (int)noted;
	going->ended = db_run(
	    rq->db, "UPDATE area SET valid_until = $3 WHERE area_id IN (SELECT r.area_id FROM area r WHERE " DRAFT_ENDS ")",
	    BIND(val_int(draft->draft_id), val_int(draft->level), val_int(from), val_int(in_int(rq, "end_others"))));
	if (going->ended > 0 && from < rq->now_us) return place_past(rq, "");
	return going->ended > 0 ? generation_bump(rq->db) : (int)going->ended;
}

/* Before somebody accepts it: how many, and which, at most ENDING_MAX. */
enum { ENDING_MAX = 1000 };
int draft_ending_get(Request *rq) {
	static const Member members[] = {{"area_key", MEMBER_ID},      {"code", MEMBER_TEXT},     {"name", MEMBER_TEXT},
	                                 {"parent_name", MEMBER_TEXT}, {"of_draft", MEMBER_BOOL}, {0}};
	Draft draft;
	Rows *rows;
	int64_t from = in_has(rq, "valid_from") ? place_from(rq, in_int(rq, "valid_from")) : rq->now_us;
	int code = draft_find(rq, in_int(rq, "id"), &draft);
	if (code < 0) return code;
	code = db_one(rq->db, &rows,
	              "SELECT COALESCE(sum(CASE WHEN " DRAFT_ENDS_ITSELF
	              " THEN 1 ELSE 0 END), 0), count(*) FROM area r WHERE " DRAFT_ENDS,
	              BIND(val_int(draft.draft_id), val_int(draft.level), val_int(from), val_int(1)));
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "of_draft", rows_int(rows, 0));
	jw_kv_int(&rq->json, "others", rows_int(rows, 1) - rows_int(rows, 0));
	db_rest(rq->db);
	code = answer_under(rq, "items", members,
	                    "SELECT r.area_key, r.code, r.name, COALESCE((SELECT p.name FROM area p WHERE p.area_key ="
	                    " r.parent_key ORDER BY p.valid_from DESC LIMIT 1), ''), CASE WHEN " DRAFT_ENDS_ITSELF
	                    " THEN 1 ELSE 0 END AS of_draft FROM area r WHERE " DRAFT_ENDS
	                    " ORDER BY of_draft DESC, r.code LIMIT $5",
	                    BIND(val_int(draft.draft_id), val_int(draft.level), val_int(from), val_int(1), val_int(ENDING_MAX)));
	if (code >= 0) code = draft_officers_offer(rq, &draft, from);
	jw_object_end(&rq->json);
	return code;
}

typedef struct Accepting {
	Draft draft;
	int64_t from;
	PlaceStamp stamp; /* of what it was checked against */
	Going going;
	LadderMove *moves;
	int move_count;
} Accepting;

static int open_check(Request *rq, const Draft *draft) {
	if (strcmp(draft->state, "open") != 0 || draft->version != in_int(rq, "version"))
		return fail(rq, ERR_CONFLICT, "The draft was changed by someone else, or is no longer open; read it again");
	if (draft->checked_version != draft->version)
		return fail(rq, ERR_CONFLICT, "The draft is still being checked; wait for it to end");
	return 0;
}

static int accept_write(Request *rq, void *arg) {
	Accepting *accepting = arg;
	const Draft *draft = &accepting->draft;
	Going *going = &accepting->going;
	Draft now;
	PlaceStamp stamp;
	int code = draft_find(rq, draft->draft_id, &now);
	if (code == 0) code = open_check(rq, &now);
	if (code == 0) code = place_stamp(rq->db, &stamp);
	if (code < 0) return code;
	if (memcmp(&stamp, &accepting->stamp, sizeof stamp) != 0)
		return fail(rq, ERR_CONFLICT, "Areas in force were changed at the same moment; put the draft in force again");
	*going = (Going){0};
	code = going_load(rq, draft->draft_id, going);
	for (int64_t i = 0; i < going->count && code == 0; i++)
		code = area_go(rq, draft, &going->areas[i], accepting->from, going);
	if (code == 0) code = areas_end(rq, draft, accepting->from, going);
	if (code >= 0) code = draft_officers_carry(rq, draft, accepting->from);
	if (code >= 0) code = draft_ladders_carry(rq, draft, accepting->from, accepting->moves, accepting->move_count);
	if (code >= 0)
		code = (int)db_run(rq->db,
		                   "UPDATE area_draft SET state = 'accepted', valid_from = $2, note = $3, ended_by = $4, "
		                   "ended_at = $5, version ="
		                   " version + 1, checked_version = version + 1 WHERE draft_id = $1",
		                   BIND(val_int(draft->draft_id), val_int(accepting->from),
		                        val_str(in_has(rq, "note") ? in_str(rq, "note") : ""), val_int(rq->party.account_id),
		                        val_int(rq->now_us)));
	rq->about_subject = draft->draft_id;
	rq->row_count = going->changed;
	rq->about = arena_printf(rq->arena, "{\"level\":%d,\"changed\":%lld,\"ended\":%lld}", draft->level,
	                         (long long)going->changed, (long long)going->ended);
	return code < 0 ? code : 0;
}

int draft_accept_post(Request *rq) {
	Accepting accepting = {.from = place_from(rq, in_int(rq, "valid_from"))};
	Check *check;
	int code = request_elsewhere(rq);
	if (code == 0) code = draft_find(rq, in_int(rq, "id"), &accepting.draft);
	rq->about_subject = accepting.draft.draft_id;
	if (code == 0) code = open_check(rq, &accepting.draft);
	if (code == 0) code = place_stamp(rq->db, &accepting.stamp);
	if (code == 0) code = draft_check(rq, &accepting.draft, accepting.from, in_int(rq, "end_others"), &check);
	if (code < 0) return code;
	if ((code = faults_refuse(rq, &accepting.draft, check)) < 0) {
		Error kept = *rq->error;
		int done = request_write(rq, draft_check_keep, check);
		if (done == 0) *rq->error = kept;
		return done < 0 ? done : code;
	}
	code = draft_ladders_plan(rq, &accepting.draft, accepting.from, in_int(rq, "end_others"), &accepting.moves,
	                          &accepting.move_count);
	if (code >= 0) code = request_write(rq, accept_write, &accepting);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "changed", accepting.going.changed);
	jw_kv_int(&rq->json, "ended", accepting.going.ended);
	jw_kv_int(&rq->json, "unchanged", accepting.going.count - accepting.going.changed);
	code = draft_ladders_write(rq, accepting.draft.draft_id);
	jw_object_end(&rq->json);
	return code;
}

int draft_discard_post(Request *rq) {
	rq->about_subject = in_int(rq, "id");
	int64_t done = db_run(
	    rq->db,
	    "UPDATE area_draft SET state = 'discarded', ended_by = $3, ended_at = $4, version = version + 1, checked_version ="
	    " version + 1 WHERE draft_id = $1 AND version = $2 AND state = 'open'",
	    BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "version")), val_int(rq->party.account_id), val_int(rq->now_us)));
	if (done < 0) return (int)done;
	return done ? 0 : fail(rq, ERR_CONFLICT, "The draft was changed by someone else, or is no longer open; read it again");
}
