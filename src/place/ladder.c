/* ladder: who is asked to take a task of an area, after how many minutes the next one is (值守递补): its officer, those who stand
 * in for him, the village above, the town's duty. An area without steps of its own has those of the area above. In the caller's
 * read or write. */
#include "place/internal.h"

static const char *const kinds[] = {"officer", "substitute", "village", "town"};
enum { KINDS = sizeof kinds / sizeof *kinds, MINUTES_MAX = 1440, TOWN_LEVEL = 2 };

static const char *kind_of(Text name) {
	for (int i = 0; i < KINDS; i++)
		if (text_is(name, kinds[i])) return kinds[i];
	return NULL;
}

/* --- the steps ------------------------------------------------------------------------------------------------------- */
/* Its own, else those of an area that ended and whose place it took. */
static int steps_at(Request *rq, int64_t area_key, PlaceLadder *out) {
	Rows *rows;
	*out = (PlaceLadder){.area_key = area_key};
	int code = db_query(
	    rq->db, &rows,
	    "SELECT s.who, s.minutes FROM area_ladder s WHERE s.area_key = CASE WHEN EXISTS (SELECT 1 FROM area_ladder own WHERE"
	    " own.area_key = $1) THEN $1 ELSE COALESCE((SELECT h.from_key FROM area_change_ladder h WHERE h.to_key = $1 AND"
	    " h.outcome = 'carried' AND h.at_us <= $2 ORDER BY h.at_us DESC LIMIT 1), 0) END ORDER BY s.step_no",
	    BIND(val_int(area_key), val_int(rq->now_us)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && out->count < PLACE_LADDER_MAX) {
		const char *who = kind_of(rows_text(rows, 0));
		if (who) out->steps[out->count++] = (PlaceLadderStep){who, (int)rows_int(rows, 1)};
	}
	rows_close(rows);
	return code < 0 ? code : out->count;
}

int place_ladder(Request *rq, int64_t area_key, PlaceLadder *out) {
	const PlaceAreas *areas;
	int code = place_areas(rq, rq->now_us, &areas);
	if (code < 0) return code;
	for (int i = 0; area_key && i <= PLACE_LEVELS_MAX; i++) {
		if ((code = steps_at(rq, area_key, out)) != 0) return code < 0 ? code : 0;
		const PlaceArea *area = place_areas_find(areas, area_key);
		area_key = area ? area->parent_key : 0;
	}
	return ERR_NOT_FOUND;
}

/* --- whom a step means ----------------------------------------------------------------------------------------------- */
static bool was_asked(int64_t account_id, const int64_t *asked, int count) {
	for (int i = 0; i < count; i++)
		if (asked[i] == account_id) return true;
	return false;
}

/* Of those set for the area now, ranks from first to last, one who may work on site and was not asked: 1, 0, or a code. */
static int set_for(Request *rq, int64_t area_key, int first, int last, const int64_t *asked, int count, PlaceOfficer *out) {
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT o.account_id, a.org_id, o.rank FROM area_officer o JOIN account a ON a.account_id = o.account_id WHERE"
	    " o.area_key = $1 AND o.valid_from <= $2 AND (o.valid_until = 0 OR o.valid_until > $2) AND a.state = 'active' AND"
	    " (a.roles & $3) <> 0 AND o.rank >= $4 AND o.rank <= $5 ORDER BY o.rank, o.valid_from DESC",
	    BIND(val_int(area_key), val_int(rq->now_us), val_int(place_on_site), val_int(first), val_int(last)));
	bool found = false;
	if (code < 0) return code;
	while (!found && (code = rows_next(rows)) > 0) {
		*out = (PlaceOfficer){rows_int(rows, 0), rows_int(rows, 1), area_key, (int)rows_int(rows, 2)};
		found = !was_asked(out->account_id, asked, count);
	}
	rows_close(rows);
	return code < 0 ? code : found;
}

/* Whoever is on duty at the town's desk, which has its code or its name; else the town's officers. */
static int of_town(Request *rq, const PlaceArea *town, const int64_t *asked, int count, PlaceOfficer *out) {
	PlaceDesk desk = {.names = {town->code, town->name}, .roles = place_on_site};
	int code = action_known(rq->app, "desk.on_duty") ? action_run(rq, "desk.on_duty", &desk) : 0;
	for (int i = 0; i < desk.count && code >= 0; i++) {
		if (was_asked(desk.account_ids[i], asked, count)) continue;
		*out = (PlaceOfficer){desk.account_ids[i], desk.org_ids[i], town->area_key, i};
		return 1;
	}
	return code < 0 ? code : set_for(rq, town->area_key, 0, INT32_MAX, asked, count, out);
}

int place_ladder_person(Request *rq, int64_t area_key, const char *who, const int64_t *asked, int count, PlaceOfficer *out) {
	const PlaceAreas *areas;
	int code = place_areas(rq, rq->now_us, &areas);
	const PlaceArea *area = code < 0 ? NULL : place_areas_find(areas, area_key);
	if (!area) return code < 0 ? code : 0;
	if (who == kinds[0]) return set_for(rq, area_key, 0, 0, asked, count, out);
	if (who == kinds[1]) return set_for(rq, area_key, 1, INT32_MAX, asked, count, out);
	if (who == kinds[2]) return set_for(rq, area->parent_key, 0, INT32_MAX, asked, count, out);
	while (area && area->level > TOWN_LEVEL)
		area = place_areas_find(areas, area->parent_key);
	return area ? of_town(rq, area, asked, count, out) : 0;
}

/* --- routes ---------------------------------------------------------------------------------------------------------- */
static int in_force(Request *rq, int64_t area_key, const PlaceArea **out) {
	const PlaceAreas *areas;
	int code = place_areas(rq, rq->now_us, &areas);
	*out = code < 0 ? NULL : place_areas_find(areas, area_key);
	if (code < 0 || *out) return code < 0 ? code : 0;
	return fail(rq, ERR_NOT_FOUND, "There is no such area in force");
}

/* Each step with whom it would mean now, each person once. */
static int steps_write(Request *rq, int64_t area_key, const PlaceLadder *ladder) {
	int64_t asked[PLACE_LADDER_MAX];
	int code = 0, count = 0;
	jw_key(&rq->json, "steps");
	jw_array(&rq->json);
	for (int i = 0; i < ladder->count && code >= 0; i++) {
		PlaceOfficer person = {0};
		AccountName name = {0};
		code = place_ladder_person(rq, area_key, ladder->steps[i].who, asked, count, &person);
		if (code > 0) {
			name.account_id = asked[count++] = person.account_id;
			code = action_run(rq, "account.name", &name);
		} else {
			person.account_id = 0;
		}
		jw_object(&rq->json);
		jw_kv_str(&rq->json, "who", ladder->steps[i].who);
		jw_kv_int(&rq->json, "minutes", ladder->steps[i].minutes);
		jw_kv_id(&rq->json, "account_id", person.account_id);
		jw_kv_str(&rq->json, "name", name.name ? name.name : "");
		jw_object_end(&rq->json);
		rq->row_count++;
	}
	jw_array_end(&rq->json);
	return code < 0 ? code : 0;
}

int ladder_get(Request *rq) {
	const PlaceArea *area, *of;
	PlaceLadder ladder = {0};
	int code = in_force(rq, in_int(rq, "id"), &area);
	if (code < 0) return code;
	code = place_ladder(rq, area->area_key, &ladder);
	if (code < 0 && code != ERR_NOT_FOUND) return code;
	if (code == ERR_NOT_FOUND) ladder = (PlaceLadder){0};
	jw_object(&rq->json);
	jw_kv_bool(&rq->json, "own", ladder.area_key == area->area_key);
	jw_kv_id(&rq->json, "area_key", ladder.area_key);
	jw_kv_str(&rq->json, "area_name", ladder.area_key && in_force(rq, ladder.area_key, &of) == 0 ? of->name : "");
	code = steps_write(rq, area->area_key, &ladder);
	jw_object_end(&rq->json);
	return code;
}

static int step_bad(Request *rq, size_t at, const char *member, Text value, const char *rule, const char *advice,
                    const char *message) {
	return error_field(rq->error, ERR_INVALID, arena_printf(rq->arena, "steps[%zu].%s", at, member), value, rule, advice,
	                   "%s", message);
}

static int step_put(Request *rq, int64_t area_key, size_t at, const json_t *step) {
	const json_t *minutes = json_object_get(step, "minutes");
	Text given =
	    text_of(json_string_value(json_object_get(step, "who")) ? json_string_value(json_object_get(step, "who")) : "");
	const char *who = kind_of(given);
	if (!who)
		return step_bad(rq, at, "who", given, "choice", "Use officer, substitute, village or town.",
		                "A ladder has no such step");
	if ((at == 0) != (who == kinds[0]))
		return step_bad(rq, at, "who", given, "first", "Begin with officer, and name the others after it.",
		                "The officer is asked first, and once");
	if (!json_is_integer(minutes) || json_integer_value(minutes) < 1 || json_integer_value(minutes) > MINUTES_MAX)
		return step_bad(rq, at, "minutes", TEXT_NONE, "range", "Give 1 to 1440 minutes.",
		                "A step waits for a whole number of minutes");
	return (int)db_run(
	    rq->db, "INSERT INTO area_ladder (area_key, step_no, who, minutes, set_at, set_by) VALUES ($1, $2, $3, $4, $5, $6)",
	    BIND(val_int(area_key), val_int((int64_t)at), val_str(who), val_int(json_integer_value(minutes)), val_int(rq->now_us),
	         val_int(rq->party.account_id)));
}

int ladder_put(Request *rq) {
	const json_t *steps = in_json(rq, "steps");
	const PlaceArea *area;
	int code = in_force(rq, in_int(rq, "id"), &area);
	if (code < 0) return code;
	rq->about_subject = area->area_key;
	if (!json_is_array(steps) || json_array_size(steps) > PLACE_LADDER_MAX)
		return error_field(rq->error, ERR_INVALID, "steps", TEXT_NONE, "length", "Give an array of at most 8.",
		                   "A ladder has 0 to 8 steps");
	code = (int)db_run(rq->db, "DELETE FROM area_ladder WHERE area_key = $1", BIND(val_int(area->area_key)));
	if (code >= 0)
		code = (int)db_run(rq->db,
		                   "UPDATE area_change_ladder SET outcome = 'replaced' WHERE to_key = $1 AND outcome = 'carried'",
		                   BIND(val_int(area->area_key)));
	for (size_t i = 0; i < json_array_size(steps) && code >= 0; i++)
		code = step_put(rq, area->area_key, i, json_array_get(steps, i));
	if (code < 0) return code;
	about_json(rq, json_pack("{s:O}", "steps", steps));
	return ladder_get(rq);
}
