/* shift: who is on duty at a desk and who is called next; gaps and doubles before they hurt; a week copied onto those that
 * follow. How long somebody sat there is not counted anywhere. Reads in any lane, changes in a write. */
#include "hotline/internal.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)
enum { PEOPLE_MAX = 10, SHIFTS_MAX = 2000, WEEKS_MAX = 26 };

static const Member members[] = {{"shift_id", MEMBER_ID},
                                 {"desk", MEMBER_TEXT},
                                 {"account_id", MEMBER_ID},
                                 {"name", MEMBER_TEXT},
                                 {"org_name", MEMBER_TEXT},
                                 {"rank", MEMBER_INT},
                                 {"reach", MEMBER_TEXT},
                                 {"begin", MEMBER_TIME},
                                 {"end", MEMBER_TIME},
                                 {"version", MEMBER_INT},
                                 {0}};
#define SHIFT_COLUMNS                                                                                                            \
	"SELECT s.shift_id, s.desk, s.account_id, a.name, o.name, s.rank, s.reach, s.begin_us, s.end_us, s.version FROM"         \
	" hotline_shift s JOIN account a ON a.account_id = s.account_id LEFT JOIN org o ON o.org_id = a.org_id"

int shifts_get(Request *rq) {
	return answer_list(rq, members,
	                   SHIFT_COLUMNS
	                   " WHERE s.desk = $1 AND s.end_us > $2 AND s.begin_us < $3 ORDER BY s.begin_us, s.rank LIMIT 2000",
	                   BIND(val_text(in_text(rq, "desk")), val_int(in_int(rq, "from")), val_int(in_int(rq, "until"))));
}

int shifts_now_get(Request *rq) {
	return answer_list(rq, members,
	                   SHIFT_COLUMNS
	                   " WHERE s.begin_us <= $1 AND s.end_us > $1 AND (CAST($2 AS TEXT) = '' OR s.desk = $2) AND"
	                   " a.state = 'active' ORDER BY s.desk, s.rank, s.begin_us LIMIT 200",
	                   BIND(val_int(rq->now_us), in_has(rq, "desk") ? val_text(in_text(rq, "desk")) : val_str("")));
}

int action_desk_on_duty(Request *rq, void *arg) {
	PlaceDesk *desk = arg;
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT s.account_id, a.org_id FROM hotline_shift s JOIN account a ON a.account_id = s.account_id WHERE s.desk IN"
	    " ($1, $2) AND s.begin_us <= $3 AND s.end_us > $3 AND a.state = 'active' AND (a.roles & $4) <> 0 ORDER BY s.rank,"
	    " s.begin_us LIMIT 10",
	    BIND(val_str(desk->names[0]), val_str(desk->names[1]), val_int(rq->now_us), val_int(desk->roles)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && desk->count < PLACE_DESK_MAX) {
		desk->account_ids[desk->count] = rows_int(rows, 0);
		desk->org_ids[desk->count++] = rows_int(rows, 1);
	}
	rows_close(rows);
	return code < 0 ? code : 0;
}

/* --- writing --------------------------------------------------------------------------------------------------------------- */
static int bad(Request *rq, const char *field, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, value, rule, advice, "%s", message);
}

int shift_person_check(Request *rq, const char *field, int64_t account_id) {
	int64_t there = 0;
	int code = db_int(rq->db, &there,
	                  "SELECT account_id FROM account WHERE account_id = $1 AND kind = 'person' AND state = 'active'",
	                  BIND(val_int(account_id)));
	if (code < 0 || there) return code < 0 ? code : 0;
	return bad(rq, field, text_of(arena_printf(rq->arena, "%lld", (long long)account_id)), "unknown_account",
	           "Choose people who have an account.", "There is no such person");
}

int shift_person_find(Request *rq, const char *field, Text who, int64_t *account_id) {
	Rows *rows;
	int count = 0;
	*account_id = 0;
	if (!who.len) return bad(rq, field, who, "required", "Give a login or a name.", "Nobody is named");
	int code =
	    db_query(rq->db, &rows,
	             "SELECT account_id, CASE WHEN login = $1 THEN 1 ELSE 0 END FROM account WHERE kind = 'person' AND state ="
	             " 'active' AND (login = $1 OR name = $1) ORDER BY 2 DESC, account_id LIMIT 2",
	             BIND(val_text(who)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count >= 0) {
		if (!count) *account_id = rows_int(rows, 0);
		count = rows_int(rows, 1) ? -1 : count + 1; /* a login is one person's */
	}
	rows_close(rows);
	if (code < 0 || count == 1 || count == -1) return code < 0 ? code : 0;
	return count ? bad(rq, field, who, "not_unique", "Give the login.", "Several people have this name")
	             : bad(rq, field, who, "unknown_account", "Give the login or the name of an active account.",
	                   "There is no such person");
}

int shift_insert(Request *rq, Text desk, int64_t account_id, int rank, Text reach, int64_t begin, int64_t end) {
	return (int)db_run(
	    rq->db,
	    "INSERT INTO hotline_shift (shift_id, desk, account_id, rank, reach, begin_us, end_us, made_by, version)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)",
	    BIND(val_int(store_new_id(rq->store)), val_text(desk), val_int(account_id), val_int(rank), val_text(reach),
	         val_int(begin), val_int(end), val_int(rq->party.account_id)));
}

int shift_there(Request *rq, const ShiftPut *shift) {
	int64_t there = 0;
	int code =
	    db_int(rq->db, &there,
	           "SELECT COUNT(*) FROM hotline_shift WHERE desk = $1 AND account_id = $2 AND begin_us = $3 AND end_us = $4",
	           BIND(val_text(shift->desk), val_int(shift->account_id), val_int(shift->begin_us), val_int(shift->end_us)));
	return code < 0 ? code : there > 0;
}

int shift_put(Request *rq, const ShiftPut *shift) {
	int there = shift_there(rq, shift);
	if (there) return there < 0 ? there : 0;
	int code = shift_insert(rq, shift->desk, shift->account_id, shift->rank, shift->reach, shift->begin_us, shift->end_us);
	return code < 0 ? code : 1;
}

/* people: [{account_id, reach}] in the order in which they are called. */
int shifts_post(Request *rq) {
	const json_t *people = in_json(rq, "people");
	int64_t begin = in_int(rq, "begin"), end = in_int(rq, "end");
	size_t count = json_array_size(people);
	int code = 0;
	if (end <= begin || end - begin > 7 * DAY_US)
		return bad(rq, "end", TEXT_NONE, "range", "A shift lasts from a minute to seven days.",
		           end <= begin ? "The shift ends before it begins" : "The shift lasts more than seven days");
	if (!json_is_array(people) || count < 1 || count > PEOPLE_MAX)
		return bad(rq, "people", TEXT_NONE, "range", "Name one to ten, in the order in which they are called.",
		           "Nobody is on this shift, or too many are");
	for (size_t i = 0; i < count && code >= 0; i++) {
		const json_t *one = json_array_get(people, i);
		Text id = text_of(json_string_value(json_object_get(one, "account_id"))),
		     reach = text_of(json_string_value(json_object_get(one, "reach")));
		int64_t account_id = 0;
		if (text_to_int(id, &account_id) < 0 || utf8_count(reach) > 100)
			return bad(rq, "people", id, "type", "Give account_id as a text, and reach in at most 100 characters.",
			           "This is no person of a shift");
		for (size_t k = 0; k < i; k++)
			if (json_equal(json_object_get(json_array_get(people, k), "account_id"),
			               json_object_get(one, "account_id")))
				return bad(rq, "people", id, "double", "Name each person once.",
				           "A person is on this shift twice");
		if ((code = shift_person_check(rq, "people", account_id)) >= 0)
			code = shift_insert(rq, text_trim(in_text(rq, "desk")), account_id, (int)i + 1, reach, begin, end);
	}
	if (code < 0) return code;
	rq->row_count = (int64_t)count;
	rq->status = 201;
	return 0;
}

/* One person of a shift is replaced, or taken off it, for a reason. */
int shift_swap_post(Request *rq) {
	int64_t account_id = in_int(rq, "account_id"), changed;
	int code = account_id ? shift_person_check(rq, "account_id", account_id) : 0;
	if (code < 0) return code;
	changed =
	    account_id
	        ? db_run(rq->db,
	                 "UPDATE hotline_shift SET account_id = $3, reach = $4, version = version + 1 WHERE shift_id = $1 AND"
	                 " version = $2",
	                 BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "version")), val_int(account_id),
	                      in_has(rq, "reach") ? val_text(in_text(rq, "reach")) : val_str("")))
	        : db_run(rq->db, "DELETE FROM hotline_shift WHERE shift_id = $1 AND version = $2",
	                 BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "version"))));
	if (changed < 0) return (int)changed;
	Text reason = text_trim(in_text(rq, "reason"));
	rq->about_subject = in_int(rq, "id");
	about_json(rq, json_pack("{s:s#}", "reason", reason.at, (int)reason.len));
	if (changed) return 0;
	return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read the shifts again.",
	                   "The shift is not there, or somebody changed it meanwhile");
}

/* The seven days from `from` on, again in each of the next `weeks` weeks, where the desk has nothing yet. */
int shifts_copy_post(Request *rq) {
	Text desk = in_text(rq, "desk");
	int64_t from = in_int(rq, "from"), made = 0;
	int code = 0;
	for (int64_t week = 1; week <= in_int(rq, "weeks") && code >= 0; week++) {
		int64_t there = 0, shift = week * 7 * DAY_US;
		code = db_int(rq->db, &there,
		              "SELECT COUNT(*) FROM hotline_shift WHERE desk = $1 AND begin_us >= $2 AND begin_us < $3",
		              BIND(val_text(desk), val_int(from + shift), val_int(from + shift + 7 * DAY_US)));
		if (code < 0 || there) continue;
		Rows *rows;
		struct Copy {
			int64_t account_id, begin, end;
			int rank;
			Text reach;
		} *copies = ARENA_ARRAY(rq->arena, struct Copy, SHIFTS_MAX);
		int count = 0;
		code = db_query(
		    rq->db, &rows,
		    "SELECT account_id, rank, reach, begin_us, end_us FROM hotline_shift WHERE desk = $1 AND begin_us >= $2 AND"
		    " begin_us < $3 ORDER BY shift_id LIMIT 2000",
		    BIND(val_text(desk), val_int(from), val_int(from + 7 * DAY_US)));
		while (code >= 0 && (code = rows_next(rows)) > 0 && count < SHIFTS_MAX)
			copies[count++] = (struct Copy){rows_int(rows, 0), rows_int(rows, 3), rows_int(rows, 4),
			                                (int)rows_int(rows, 1), text_dup(rq->arena, rows_text(rows, 2))};
		for (int i = 0; i < count && code >= 0; i++, made++)
			code = shift_insert(rq, desk, copies[i].account_id, copies[i].rank, copies[i].reach,
			                    copies[i].begin + shift, copies[i].end + shift);
	}
	if (code < 0) return code;
	rq->row_count = made;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "made", made);
	jw_object_end(&rq->json);
	return 0;
}

/* --- gaps ------------------------------------------------------------------------------------------------------------------ */
static void gap_write(Request *rq, const char *kind, int64_t from, int64_t until) {
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "kind", kind);
	jw_kv_time(&rq->json, "from", from);
	jw_kv_time(&rq->json, "until", until);
	jw_object_end(&rq->json);
	rq->row_count++;
}

/* Times at which nobody, or more than one, is first at a desk. */
int shifts_gaps_get(Request *rq) {
	Rows *rows;
	int64_t until = in_int(rq, "until"), covered = in_int(rq, "from");
	int code = db_query(
	    rq->db, &rows,
	    "SELECT begin_us, end_us FROM hotline_shift WHERE desk = $1 AND rank = 1 AND end_us > $2 AND begin_us < $3 ORDER"
	    " BY begin_us, end_us LIMIT 2000",
	    BIND(val_text(in_text(rq, "desk")), val_int(covered), val_int(until)));
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	while ((code = rows_next(rows)) > 0) {
		int64_t begin = rows_int(rows, 0), end = rows_int(rows, 1);
		if (begin > covered) gap_write(rq, "gap", covered, begin);
		if (begin < covered && begin >= in_int(rq, "from")) gap_write(rq, "double", begin, end < covered ? end : covered);
		if (end > covered) covered = end;
	}
	if (code < 0) return code;
	if (covered < until) gap_write(rq, "gap", covered, until);
	answer_rows_end(rq, 0);
	return 0;
}
