/* successor: officers and on-call steps of areas that end with a draft: which area of the draft takes most of theirs, and
 * carrying them over to it. Its own officer stays first, they stand in behind him; where it has none, theirs becomes its own.
 * Steps go over where one area takes more than half and has none of its own; what becomes of them is kept with the change. */
#include "place/draft.h"

enum { ENDED_MAX = 1000, OFFICERS_MAX = 20, CLEAR_PERCENT = 50 };

/* --- who takes the place of whom ---------------------------------------------------------------------------------------- */
typedef struct Ended {
	int64_t area_key, ladder_key; /* ladder_key: whose steps it has by itself, 0 none */
	const char *code, *name, *officers;
	bool of_draft, has_officers;
	GEOSGeometry *shape;
	const Piece *to; /* the area of the draft that takes most of it, NULL none */
	double m2;       /* of that */
	int percent;
} Ended;
typedef struct Search {
	Geos *geos;
	Ended *ended;
} Search;

static void best_look(void *item, void *arg) {
	Search *search = arg;
	const Piece *piece = item;
	GEOSGeometry *both = GEOSIntersection_r(search->geos->handle, search->ended->shape, piece->shape);
	double area = geos_area(search->geos, both);
	if (both) GEOSGeom_destroy_r(search->geos->handle, both);
	if (area <= search->ended->m2) return;
	search->ended->m2 = area;
	search->ended->to = piece;
}

static int ended_load(Request *rq, Geos *geos, const Draft *draft, int64_t from, bool others, Ended *all, int *count) {
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT * FROM (SELECT r.area_key, r.code, r.name, CASE WHEN " DRAFT_ENDS_ITSELF " THEN 1 ELSE 0 END AS of_draft, "
	    "r.geometry, CASE WHEN EXISTS (SELECT 1 FROM area_officer o WHERE o.area_key = r.area_key AND (o.valid_until = 0 OR "
	    "o.valid_until > $3)) THEN 1 ELSE 0 END AS officers, CASE WHEN EXISTS (SELECT 1 FROM area_ladder own WHERE "
	    "own.area_key"
	    " = r.area_key) THEN r.area_key ELSE COALESCE((SELECT h.from_key FROM area_change_ladder h WHERE h.to_key = "
	    "r.area_key"
	    " AND h.outcome = 'carried' AND h.at_us <= $3 ORDER BY h.at_us DESC LIMIT 1), 0) END AS ladder_key FROM area r "
	    "WHERE " DRAFT_ENDS ") e WHERE e.officers = 1 OR e.ladder_key <> 0 ORDER BY e.code LIMIT $5",
	    BIND(val_int(draft->draft_id), val_int(draft->level), val_int(from), val_int(others), val_int(ENDED_MAX)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		bool unclosed;
		const char *why;
		Text text = rows_text(rows, 4);
		json_t *geometry = json_loadb(text.at, text.len, 0, NULL);
		all[*count] = (Ended){.area_key = rows_int(rows, 0),
		                      .code = rows_str(rows, 1, rq->arena),
		                      .name = rows_str(rows, 2, rq->arena),
		                      .of_draft = rows_int(rows, 3),
		                      .has_officers = rows_int(rows, 5),
		                      .ladder_key = rows_int(rows, 6),
		                      .shape = geos_valid(geos, geos_take(geos, geometry, &unclosed, &why))};
		json_decref(geometry);
		++*count;
	}
	rows_close(rows);
	return code;
}

/* Those that end and have officers or steps, each with the area of the draft that takes most of it. */
static int ended_find(Request *rq, const Draft *draft, int64_t from, bool others, Ended **out, int *count) {
	Geos *geos = geos_open(rq->arena);
	Ended *all = *out = ARENA_ARRAY(rq->arena, Ended, ENDED_MAX);
	Piece *pieces = NULL;
	int piece_count = 0;
	*count = 0;
	int code = ended_load(rq, geos, draft, from, others, all, count);
	if (code >= 0 && *count) code = pieces_load(rq, geos, draft->draft_id, NULL, &pieces, &piece_count);
	if (code < 0) return code;
	GEOSSTRtree *tree = GEOSSTRtree_create_r(geos->handle, 10);
	for (int i = 0; i < piece_count; i++)
		if (pieces[i].shape && *pieces[i].code && !GEOSisEmpty_r(geos->handle, pieces[i].shape))
			GEOSSTRtree_insert_r(geos->handle, tree, pieces[i].shape, &pieces[i]);
	for (int i = 0; i < *count; i++) {
		Search search = {geos, &all[i]};
		if (all[i].shape && !GEOSisEmpty_r(geos->handle, all[i].shape))
			GEOSSTRtree_query_r(geos->handle, tree, all[i].shape, best_look, &search);
		double whole = geos_area(geos, all[i].shape);
		all[i].percent = whole > 0 ? (int)(all[i].m2 / whole * 100 + 0.5) : 0;
	}
	GEOSSTRtree_destroy_r(geos->handle, tree);
	return 0;
}

/* --- offering --------------------------------------------------------------------------------------------------------- */
static int names_load(Request *rq, Ended *one, int64_t from) {
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT a.name FROM area_officer o JOIN account a ON a.account_id = o.account_id WHERE o.area_key = $1"
	             " AND (o.valid_until = 0 OR o.valid_until > $2) ORDER BY o.rank, o.valid_from LIMIT 20",
	             BIND(val_int(one->area_key), val_int(from)));
	if (code < 0) return code;
	one->officers = "";
	while ((code = rows_next(rows)) > 0)
		one->officers =
		    arena_printf(rq->arena, "%s%s%s", one->officers, *one->officers ? "、" : "", rows_str(rows, 0, rq->arena));
	rows_close(rows);
	return code;
}

static void ended_write(JsonWriter *json, const Ended *one, bool officers) {
	jw_object(json);
	jw_kv_id(json, "area_key", one->area_key);
	jw_kv_str(json, "code", one->code);
	jw_kv_str(json, "name", one->name);
	jw_kv_bool(json, "of_draft", one->of_draft);
	if (officers) jw_kv_str(json, "names", one->officers);
	jw_kv_str(json, "to_code", one->to ? one->to->code : "");
	jw_kv_str(json, "to_name", one->to ? one->to->name : "");
	jw_kv_int(json, "percent", one->percent);
	jw_object_end(json);
}

int draft_officers_offer(Request *rq, const Draft *draft, int64_t from) {
	Ended *all;
	int count, code = ended_find(rq, draft, from, true, &all, &count);
	if (code < 0) return code;
	jw_key(&rq->json, "officers");
	jw_array(&rq->json);
	for (int i = 0; i < count && code >= 0; i++) {
		if (!all[i].has_officers) continue;
		if ((code = names_load(rq, &all[i], from)) >= 0) ended_write(&rq->json, &all[i], true);
	}
	jw_array_end(&rq->json);
	jw_key(&rq->json, "ladders");
	jw_array(&rq->json);
	for (int i = 0; i < count; i++)
		if (all[i].ladder_key) ended_write(&rq->json, &all[i], false);
	jw_array_end(&rq->json);
	return code < 0 ? code : 0;
}

/* --- carrying steps --------------------------------------------------------------------------------------------------- */
int draft_ladders_plan(Request *rq, const Draft *draft, int64_t from, bool others, LadderMove **out, int *count) {
	Ended *all;
	int ended, code = ended_find(rq, draft, from, others, &all, &ended);
	*count = 0;
	if (code < 0) return code;
	*out = ARENA_ARRAY(rq->arena, LadderMove, ended + 1);
	for (int i = 0; i < ended; i++) {
		if (!all[i].ladder_key) continue;
		bool clear = all[i].to && all[i].percent > CLEAR_PERCENT;
		LadderMove move = {all[i].area_key, all[i].ladder_key, clear ? all[i].to->code : "",
		                   all[i].percent,  all[i].m2,         clear ? "carried" : "unclear"};
		for (int j = 0; j < *count && clear; j++) { /* one area gets the steps of the largest part */
			LadderMove *other = &(*out)[j];
			if (strcmp(other->to_code, move.to_code) != 0 || strcmp(other->outcome, "carried") != 0) continue;
			if (other->m2 < move.m2)
				other->outcome = "other";
			else
				move.outcome = "other";
		}
		(*out)[(*count)++] = move;
	}
	return 0;
}

/* The area that has steps, its own or carried to it before, keeps them. */
int draft_ladders_carry(Request *rq, const Draft *draft, int64_t from, LadderMove *moves, int count) {
	int code = 0;
	for (int i = 0; i < count && code >= 0; i++) {
		const LadderMove *move = &moves[i];
		int64_t to_key = 0, own = 0;
		if (*move->to_code)
			code = db_int(rq->db, &to_key,
			              "SELECT area_key FROM area WHERE level = $1 AND code = $2 AND valid_until = 0",
			              BIND(val_int(draft->level), val_str(move->to_code)));
		if (code >= 0)
			code = db_int(
			    rq->db, &own,
			    "SELECT count(*) FROM area_ladder s WHERE s.area_key = $1 OR s.area_key IN (SELECT h.from_key FROM"
			    " area_change_ladder h WHERE h.to_key = $1 AND h.outcome = 'carried' AND h.change_id <> $2 AND"
			    " h.at_us <= $3)",
			    BIND(val_int(to_key), val_int(draft->draft_id), val_int(from)));
		if (code >= 0)
			code = (int)db_run(rq->db,
			                   "INSERT INTO area_change_ladder (change_id, area_key, from_key, to_key, percent, "
			                   "outcome, at_us) VALUES"
			                   " ($1, $2, $3, $4, $5, $6, $7)",
			                   BIND(val_int(draft->draft_id), val_int(move->area_key), val_int(move->from_key),
			                        val_int(to_key), val_int(move->percent),
			                        val_str(to_key && own ? "own" : move->outcome), val_int(from)));
	}
	return code < 0 ? code : 0;
}

int draft_ladders_write(Request *rq, int64_t draft_id) {
	static const Member members[] = {
	    {"area_key", MEMBER_ID},  {"code", MEMBER_TEXT},   {"name", MEMBER_TEXT},    {"to_code", MEMBER_TEXT},
	    {"to_name", MEMBER_TEXT}, {"percent", MEMBER_INT}, {"outcome", MEMBER_TEXT}, {0}};
	return answer_under(
	    rq, "ladders", members,
	    "SELECT l.area_key, COALESCE((SELECT a.code FROM area a WHERE a.area_key = l.area_key ORDER BY a.valid_from DESC "
	    "LIMIT"
	    " 1), '') AS code, COALESCE((SELECT a.name FROM area a WHERE a.area_key = l.area_key ORDER BY a.valid_from DESC LIMIT"
	    " 1), ''), COALESCE((SELECT b.code FROM area b WHERE b.area_key = l.to_key ORDER BY b.valid_from DESC LIMIT 1), ''),"
	    " COALESCE((SELECT b.name FROM area b WHERE b.area_key = l.to_key ORDER BY b.valid_from DESC LIMIT 1), ''), "
	    "l.percent,"
	    " l.outcome FROM area_change_ladder l WHERE l.change_id = $1 ORDER BY 2",
	    BIND(val_int(draft_id)));
}

/* --- carrying officers ---------------------------------------------------------------------------------------------------------
 */
static int refuse(Request *rq, int at, const char *value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "carry_officers[%d]", at), text_of(value), rule,
	                   advice, "%s", message);
}

/* Behind those who are there; whoever is there already is not set twice. */
static int officers_move(Request *rq, int at, int64_t from_key, int64_t to_key, int64_t from) {
	int64_t after = 0;
	int code = (int)db_run(
	    rq->db,
	    "INSERT INTO area_officer (area_key, rank, account_id, valid_from, valid_until, set_at, set_by) SELECT CAST($2 AS"
	    " BIGINT), (SELECT COALESCE(max(h.rank) + 1, 0) FROM area_officer h WHERE h.area_key = $2 AND (h.valid_until = 0 OR"
	    " h.valid_until > $3)) + row_number() OVER (ORDER BY o.rank, o.valid_from) - 1, o.account_id, CASE WHEN o.valid_from "
	    ">"
	    " $3 THEN o.valid_from ELSE CAST($3 AS BIGINT) END, o.valid_until, CAST($4 AS BIGINT), CAST($5 AS BIGINT) FROM"
	    " area_officer o WHERE o.area_key = $1 AND (o.valid_until = 0 OR o.valid_until > $3) AND NOT EXISTS (SELECT 1 FROM"
	    " area_officer h WHERE h.area_key = $2 AND h.account_id = o.account_id AND (h.valid_until = 0 OR h.valid_until > "
	    "$3))",
	    BIND(val_int(from_key), val_int(to_key), val_int(from), val_int(rq->now_us), val_int(rq->party.account_id)));
	if (code >= 0)
		code = db_int(rq->db, &after,
		              "SELECT count(*) FROM area_officer WHERE area_key = $1 AND (valid_until = 0 OR valid_until > $2)",
		              BIND(val_int(to_key), val_int(from)));
	if (code < 0) return code;
	return after > OFFICERS_MAX ? refuse(rq, at, "", "length", "Carry fewer over, and set the others there by hand.",
	                                     "An area has 0 to 20 officers")
	                            : 0;
}

static int officer_pair(Request *rq, const Draft *draft, int64_t from, int at, const json_t *pair) {
	int64_t from_key = 0, ended = 0, to_key = 0;
	const char *key = json_string_value(json_object_get(pair, "area_key")),
	           *to = json_string_value(json_object_get(pair, "code"));
	if (!key || !to || text_to_int(text_of(key), &from_key) < 0)
		return refuse(rq, at, key ? key : "", "type", "Give [{area_key, code}].",
		              "Officers are carried from an area that ends to one of the draft");
	int code = db_int(rq->db, &ended,
	                  "SELECT a.area_id FROM area_change c JOIN area a ON a.area_id = c.area_id WHERE c.change_id = $1 AND"
	                  " c.what = 'ended' AND a.area_key = $2 AND a.valid_until = $3 LIMIT 1",
	                  BIND(val_int(draft->draft_id), val_int(from_key), val_int(from)));
	if (code >= 0)
		code = db_int(
		    rq->db, &to_key,
		    "SELECT a.area_key FROM area a JOIN area_draft_feature f ON f.draft_id = $1 AND f.aside = 0 AND f.code ="
		    " a.code WHERE a.level = $2 AND a.code = $3 AND a.valid_until = 0",
		    BIND(val_int(draft->draft_id), val_int(draft->level), val_str(to)));
	if (code < 0) return code;
	if (!ended) return refuse(rq, at, key, "stays", "Read again what ends.", "This area does not end with the draft");
	if (!to_key)
		return refuse(rq, at, to, "unknown_area", "Choose an area of the draft.", "There is no such area in the draft");
	code = officers_move(rq, at, from_key, to_key, from);
	if (code == 0)
		code = (int)db_run(rq->db,
		                   "INSERT INTO area_change_officer (change_id, area_key) VALUES ($1, $2) ON CONFLICT (change_id,"
		                   " area_key) DO NOTHING",
		                   BIND(val_int(draft->draft_id), val_int(to_key)));
	return code < 0 ? code : 0;
}

int draft_officers_carry(Request *rq, const Draft *draft, int64_t from) {
	const json_t *pairs = in_json(rq, "carry_officers");
	int code = 0;
	if (pairs && (!json_is_array(pairs) || json_array_size(pairs) > ENDED_MAX))
		return error_field(rq->error, ERR_INVALID, "carry_officers", TEXT_NONE, "length",
		                   "Give an array of at most 1,000.",
		                   "Officers are carried from an area that ends to one of the draft");
	for (size_t i = 0; i < json_array_size(pairs) && code == 0; i++)
		code = officer_pair(rq, draft, from, (int)i, json_array_get(pairs, i));
	return code;
}
