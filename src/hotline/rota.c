/* rota: who has which turn of a desk on working days (调休 working days too), on days of rest and on statutory holidays, by the
 * city's working calendar: teams take turns in their order. Laid over days that have no shifts yet it makes their shifts; shown
 * first. Reads in any lane, changes in a write. */
#include "hotline/internal.h"

enum { DAYS_MAX = 92, TURNS_MAX = 8, TEAMS_MAX = 20, TEAM_MAX = 10, KIND_WORK = 0, KIND_REST = 1, KIND_HOLIDAY = 2, KINDS = 3 };
#define MINUTE_US INT64_C(60000000)
#define DAY_US (1440 * MINUTE_US)
#define EAST_US (480 * MINUTE_US) /* the city's time is UTC+8 */
static const char *const kind_names[KINDS] = {"workday", "restday", "holiday"};

typedef struct Turn {
	int begin, minutes; /* of the day */
} Turn;
typedef struct Person {
	int64_t account_id;
	const char *reach, *name;
} Person;
typedef struct Team {
	Person people[TEAM_MAX];
	int count;
} Team;
typedef struct Rota {
	bool there;
	int32_t begins; /* the day on which its first team has its first turn */
	int64_t version;
	Turn turns[TURNS_MAX];
	Team teams[TEAMS_MAX];
	int turn_count, team_count;
} Rota;

static int bad(Request *rq, const char *field, Text value, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, value, rule, advice, "%s", message);
}

static void json_drop(void *json) {
	json_decref(json);
}

/* --- the document: {"turns": [{"begin": "08:00", "minutes": 720}], "teams": [[{"account_id", "reach"}]]} -----------------------
 */
static int minutes_of(const char *text) {
	int hour, minute, end = 0;
	if (!text || strlen(text) != 5 || sscanf(text, "%2d:%2d%n", &hour, &minute, &end) != 2 || end != 5 || hour < 0 ||
	    hour > 23 || minute < 0 || minute > 59)
		return -1;
	return hour * 60 + minute;
}

static int turn_read(Request *rq, size_t at, const json_t *json, Turn *out) {
	const char *begin = json_string_value(json_object_get(json, "begin"));
	const json_t *minutes = json_object_get(json, "minutes");
	out->begin = minutes_of(begin);
	out->minutes = json_is_integer(minutes) ? (int)json_integer_value(minutes) : 0;
	if (out->begin < 0)
		return bad(rq, arena_printf(rq->arena, "turns[%zu].begin", at), text_of(begin ? begin : ""), "time",
		           "Write the time of day as 08:00.", "This is no time of day");
	if (out->minutes < 1 || out->minutes > 1440)
		return bad(rq, arena_printf(rq->arena, "turns[%zu].minutes", at), TEXT_NONE, "range", "Give 1 to 1440 minutes.",
		           "A turn lasts at most a day");
	return 0;
}

static int team_read(Request *rq, size_t at, const json_t *json, Team *out) {
	size_t count = json_array_size(json);
	const char *field = arena_printf(rq->arena, "teams[%zu]", at);
	if (!json_is_array(json) || count < 1 || count > TEAM_MAX)
		return bad(rq, field, TEXT_NONE, "range", "Name one to ten, in the order in which they are called.",
		           "Nobody is in this team, or too many are");
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(json, i);
		const char *id = json_string_value(json_object_get(one, "account_id")),
		           *reach = json_string_value(json_object_get(one, "reach"));
		Person *person = &out->people[out->count++];
		person->reach = reach ? reach : "";
		if (!id || text_to_int(text_of(id), &person->account_id) < 0 || utf8_count(text_of(person->reach)) > 100)
			return bad(rq, field, text_of(id ? id : ""), "type",
			           "Give account_id as a text, and reach in at most 100 characters.",
			           "This is no person of a shift");
		for (int k = 0; k + 1 < out->count; k++)
			if (out->people[k].account_id == person->account_id)
				return bad(rq, field, text_of(id), "double", "Name each person once.",
				           "A person is in this team twice");
	}
	return 0;
}

/* In rq's arena, as long as the JSON lives. */
static int rota_read(Request *rq, const json_t *turns, const json_t *teams, Rota *out) {
	int code = 0;
	if (!json_is_array(turns) || json_array_size(turns) > TURNS_MAX)
		return bad(rq, "turns", TEXT_NONE, "length", "Give at most 8 turns a day.", "These are no turns of a day");
	if (!json_is_array(teams) || json_array_size(teams) > TEAMS_MAX || !json_array_size(turns) != !json_array_size(teams))
		return bad(rq, "teams", TEXT_NONE, "length", "Give 1 to 20 teams; none only together with no turns.",
		           "These are no teams of a rota");
	for (size_t i = 0; i < json_array_size(turns) && code == 0; i++)
		code = turn_read(rq, i, json_array_get(turns, i), &out->turns[out->turn_count++]);
	for (size_t i = 0; i < json_array_size(teams) && code == 0; i++)
		code = team_read(rq, i, json_array_get(teams, i), &out->teams[out->team_count++]);
	out->there = code == 0 && out->turn_count > 0;
	return code;
}

static int names_read(Request *rq, Rota *rota) {
	int code = 0;
	for (int t = 0; t < rota->team_count; t++)
		for (int p = 0; p < rota->teams[t].count && code >= 0; p++) {
			AccountName name = {.account_id = rota->teams[t].people[p].account_id};
			code = action_run(rq, "account.name", &name);
			rota->teams[t].people[p].name = name.name ? name.name : "";
		}
	return code;
}

static int rotas_load(Request *rq, Text desk, Rota out[KINDS]) {
	Rows *rows;
	memset(out, 0, sizeof *out * KINDS);
	int code = db_query(rq->db, &rows, "SELECT applies, begins, document, version FROM hotline_rota WHERE desk = $1",
	                    BIND(val_text(desk)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		for (int kind = 0; kind < KINDS; kind++) {
			if (!text_is(rows_text(rows, 0), kind_names[kind])) continue;
			json_t *document = json_loads(rows_str(rows, 2, rq->arena), 0, NULL);
			arena_on_free(rq->arena, json_drop, document);
			if ((code = rota_read(rq, json_object_get(document, "turns"), json_object_get(document, "teams"),
			                      &out[kind])) < 0)
				return code;
			out[kind].begins = (int32_t)rows_int(rows, 1);
			out[kind].version = rows_int(rows, 3);
		}
	}
	rows_close(rows);
	for (int kind = 0; kind < KINDS && code >= 0; kind++)
		code = names_read(rq, &out[kind]);
	return code < 0 ? code : 0;
}

/* --- showing and setting -------------------------------------------------------------------------------------------------------
 */
static void rota_write(Request *rq, int kind, const Rota *rota) {
	JsonWriter *json = &rq->json;
	char day[CLOCK_TEXT_MAX];
	jw_object(json);
	jw_kv_str(json, "applies", kind_names[kind]);
	jw_kv_str(json, "begins", date_format(rota->begins, day));
	jw_kv_int(json, "version", rota->version);
	jw_key(json, "turns");
	jw_array(json);
	for (int i = 0; i < rota->turn_count; i++) {
		jw_object(json);
		jw_kv_str(json, "begin",
		          arena_printf(rq->arena, "%02d:%02d", rota->turns[i].begin / 60, rota->turns[i].begin % 60));
		jw_kv_int(json, "minutes", rota->turns[i].minutes);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_key(json, "teams");
	jw_array(json);
	for (int t = 0; t < rota->team_count; t++) {
		jw_array(json);
		for (int p = 0; p < rota->teams[t].count; p++) {
			jw_object(json);
			jw_kv_id(json, "account_id", rota->teams[t].people[p].account_id);
			jw_kv_str(json, "name", rota->teams[t].people[p].name);
			jw_kv_str(json, "reach", rota->teams[t].people[p].reach);
			jw_object_end(json);
		}
		jw_array_end(json);
	}
	jw_array_end(json);
	jw_object_end(json);
	rq->row_count++;
}

static int rotas_answer(Request *rq, Text desk) {
	Rota *rotas = ARENA_ARRAY(rq->arena, Rota, KINDS);
	int code = rotas_load(rq, desk, rotas);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int kind = 0; kind < KINDS; kind++)
		if (rotas[kind].there) rota_write(rq, kind, &rotas[kind]);
	answer_rows_end(rq, 0);
	return 0;
}

int rotas_get(Request *rq) {
	return rotas_answer(rq, text_trim(in_text(rq, "desk")));
}

static int day_read(Request *rq, const char *field, int32_t *out) {
	if (date_parse(in_text(rq, field), out) == 0) return 0;
	return bad(rq, field, in_text(rq, field), "date", "Write the day as 2026-10-01.", "This is no day");
}

static int people_check(Request *rq, const Rota *rota) {
	int code = 0;
	for (int t = 0; t < rota->team_count; t++)
		for (int p = 0; p < rota->teams[t].count && code >= 0; p++)
			code =
			    shift_person_check(rq, arena_printf(rq->arena, "teams[%d]", t), rota->teams[t].people[p].account_id);
	return code;
}

/* Without turns the rota is taken away. */
int rota_put(Request *rq) {
	Rota *rota = ARENA_NEW(rq->arena, Rota);
	Text desk = text_trim(in_text(rq, "desk"));
	int64_t changed;
	int code = rota_read(rq, in_json(rq, "turns"), in_json(rq, "teams"), rota);
	if (code == 0) code = day_read(rq, "begins", &rota->begins);
	if (code == 0) code = people_check(rq, rota);
	if (code < 0) return code;
	json_t *document = json_pack("{s:O, s:O}", "turns", in_json(rq, "turns"), "teams", in_json(rq, "teams"));
	arena_on_free(rq->arena, json_drop, document);
	Val bound[] = {val_text(desk), val_text(in_text(rq, "applies")), val_int(rota->begins),
	               val_str(json_as_text(rq, document)), val_int(in_int(rq, "version"))};
	changed = !rota->there ? db_run(rq->db, "DELETE FROM hotline_rota WHERE desk = $1 AND applies = $2 AND version = $3",
	                                BIND(bound[0], bound[1], bound[4]))
	          : in_int(rq, "version")
	              ? db_run(rq->db,
	                       "UPDATE hotline_rota SET begins = $3, document = $4, version = version + 1 WHERE desk = $1 AND"
	                       " applies = $2 AND version = $5",
	                       BIND(bound[0], bound[1], bound[2], bound[3], bound[4]))
	              : db_run(rq->db,
	                       "INSERT INTO hotline_rota (desk, applies, begins, document, version) VALUES ($1, $2, $3, $4, 1) ON"
	                       " CONFLICT (desk, applies) DO NOTHING",
	                       BIND(bound[0], bound[1], bound[2], bound[3]));
	if (changed < 0) return (int)changed;
	if (changed == 0)
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read the rotas again.",
		                   "The rota is not there, or somebody changed it meanwhile");
	about_json(rq, json_pack("{s:s#, s:s}", "desk", desk.at, (int)desk.len, "applies", in_str(rq, "applies")));
	return rotas_answer(rq, desk);
}

/* --- laid over days
 * --------------------------------------------------------------------------------------------------------------- */
typedef struct Day {
	CaseDay of;
	int kind, rota; /* rota -1: none applies */
	bool kept;      /* it has shifts already */
} Day;
typedef struct Plan {
	Text desk;
	int32_t from;
	int count;
	Rota rotas[KINDS];
	Day days[DAYS_MAX];
	int64_t made;
} Plan;

/* A kind without a rota of its own has the one of the kind before it: holidays that of days of rest, those that of working days.
 */
static int rota_for(const Plan *plan, int kind) {
	while (kind >= 0 && !plan->rotas[kind].there)
		kind--;
	return kind;
}

static int day_look(Request *rq, const Plan *plan, int32_t day, Day *out) {
	int code = case_day(rq, day, &out->of);
	out->kind = out->of.work ? KIND_WORK : *out->of.occasion ? KIND_HOLIDAY : KIND_REST;
	out->rota = rota_for(plan, out->kind);
	if (out->rota >= 0 && day < plan->rotas[out->rota].begins) out->rota = -1;
	return code;
}

/* How many days the rota was for before `day`, since it began: whose turn it is follows from that alone. */
static int turns_before(Request *rq, const Plan *plan, int rota, int32_t day, int64_t *out) {
	int code = 0;
	*out = 0;
	for (int32_t at = plan->rotas[rota].begins; at < day && code >= 0; at++) {
		Day one;
		code = day_look(rq, plan, at, &one);
		*out += one.rota == rota;
	}
	*out *= plan->rotas[rota].turn_count;
	return code;
}

static int plan_make(Request *rq, Plan *plan) {
	int code = rotas_load(rq, plan->desk, plan->rotas);
	for (int i = 0; i < plan->count && code >= 0; i++) {
		int64_t there = 0, begin = (plan->from + i) * DAY_US - EAST_US;
		code = day_look(rq, plan, plan->from + i, &plan->days[i]);
		if (code >= 0)
			code = db_int(rq->db, &there,
			              "SELECT COUNT(*) FROM hotline_shift WHERE desk = $1 AND begin_us >= $2 AND begin_us < $3",
			              BIND(val_text(plan->desk), val_int(begin), val_int(begin + DAY_US)));
		plan->days[i].kept = there > 0;
	}
	return code < 0 ? code : 0;
}

typedef int (*TurnFn)(Request *rq, Plan *plan, const Team *team, int64_t begin_us, int64_t end_us);

/* The turns of the days that have none yet. */
static int turns_each(Request *rq, Plan *plan, int day, TurnFn fn) {
	const Day *one = &plan->days[day];
	int64_t before = 0;
	if (one->kept || one->rota < 0) return 0;
	const Rota *rota = &plan->rotas[one->rota];
	int code = turns_before(rq, plan, one->rota, plan->from + day, &before);
	for (int i = 0; i < rota->turn_count && code >= 0; i++) {
		int64_t begin = (plan->from + day) * DAY_US - EAST_US + rota->turns[i].begin * MINUTE_US;
		code = fn(rq, plan, &rota->teams[(before + i) % rota->team_count], begin,
		          begin + rota->turns[i].minutes * MINUTE_US);
	}
	return code;
}

static int turn_show(Request *rq, Plan *plan, const Team *team, int64_t begin_us, int64_t end_us) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_time(json, "begin", begin_us);
	jw_kv_time(json, "end", end_us);
	jw_key(json, "names");
	jw_array(json);
	for (int i = 0; i < team->count; i++)
		jw_str(json, team->people[i].name);
	jw_array_end(json);
	jw_object_end(json);
	return 0;
}

static int turn_make(Request *rq, Plan *plan, const Team *team, int64_t begin_us, int64_t end_us) {
	int code = 0;
	for (int i = 0; i < team->count && code >= 0; i++, plan->made++)
		code = shift_insert(rq, plan->desk, team->people[i].account_id, i + 1, text_of(team->people[i].reach), begin_us,
		                    end_us);
	return code;
}

static int plan_show(Request *rq, Plan *plan) {
	JsonWriter *json = &rq->json;
	char text[CLOCK_TEXT_MAX];
	int code = 0;
	jw_object(json);
	jw_kv_int(json, "made", plan->made);
	jw_key(json, "days");
	jw_array(json);
	for (int i = 0; i < plan->count && code >= 0; i++) {
		const Day *day = &plan->days[i];
		jw_object(json);
		jw_kv_str(json, "date", date_format(plan->from + i, text));
		jw_kv_str(json, "kind", kind_names[day->kind]);
		jw_kv_str(json, "occasion", day->of.occasion);
		jw_kv_bool(json, "known", day->of.known);
		jw_kv_str(json, "rota", day->rota < 0 ? "" : kind_names[day->rota]);
		jw_kv_bool(json, "kept", day->kept);
		jw_key(json, "shifts");
		jw_array(json);
		code = turns_each(rq, plan, i, turn_show);
		jw_array_end(json);
		jw_object_end(json);
		rq->row_count++;
	}
	jw_array_end(json);
	jw_object_end(json);
	return code < 0 ? code : 0;
}

static int plan_take(Request *rq, Plan **out) {
	Plan *plan = *out = ARENA_NEW(rq->arena, Plan);
	plan->desk = text_trim(in_text(rq, "desk"));
	plan->count = (int)in_int(rq, "days");
	int code = day_read(rq, "from", &plan->from);
	if (code == 0) code = plan_make(rq, plan);
	if (code < 0) return code;
	for (int kind = 0; kind < KINDS; kind++)
		if (plan->rotas[kind].there) return 0;
	return error_field(rq->error, ERR_CONFLICT, "desk", plan->desk, "no_rota",
	                   "Set the turns and teams of its working days first.", "This desk has no rota");
}

int rota_plan_get(Request *rq) {
	Plan *plan;
	int code = plan_take(rq, &plan);
	return code < 0 ? code : plan_show(rq, plan);
}

/* People who left since are named, not passed over: a turn would stand with nobody in it. */
int rota_apply_post(Request *rq) {
	Plan *plan;
	int code = plan_take(rq, &plan);
	for (int kind = 0; kind < KINDS && code >= 0; kind++)
		code = people_check(rq, &plan->rotas[kind]);
	for (int i = 0; i < plan->count && code >= 0; i++)
		code = turns_each(rq, plan, i, turn_make);
	if (code < 0) return code;
	for (int i = 0; i < plan->count; i++) /* they have their shifts now */
		plan->days[i].kept |= plan->days[i].rota >= 0;
	about_json(rq, json_pack("{s:s#, s:s, s:i, s:I}", "desk", plan->desk.at, (int)plan->desk.len, "from", in_str(rq, "from"),
	                         "days", plan->count, "made", (json_int_t)plan->made));
	return plan_show(rq, plan);
}
