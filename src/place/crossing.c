/* crossing: where two roads meet, by their doors: the pair that is nearest, and from the doors around it the middle lines of both
 * roads, whose meeting is some metres off the true one. In a read. */
#include "place/address.h"
#include <math.h>
#include <stdlib.h>

enum {
	TRIED = 3, /* roads alike, of each side */
	DOORS_MAX = 20000,
	MEET_MAX = 300,   /* metres between the nearest doors of roads that meet */
	APART_LEAST = 500 /* metres between two crossings of the same roads, or of roads with the same names */
};
typedef struct Door {
	double x, y; /* metres from the first door looked at */
	bool town;   /* of the town asked for, or nobody said which */
} Door;
typedef struct Side {
	Door *doors; /* from south to north */
	int count, points;
	const char *name; /* as the first of its addresses writes it */
} Side;
typedef struct Meeting {
	double x, y, apart;
	int score;
	bool town;
	const Side *sides[2];
} Meeting;
typedef struct Ground {
	double lon, lat, wide; /* of the origin; metres a degree of longitude */
	bool set;
} Ground;
static const double tall = 110950; /* metres a degree of latitude, about */

/* --- doors of a road --------------------------------------------------------------------------------------------------- */
static int by_north(const void *a, const void *b) {
	double left = ((const Door *)a)->y, right = ((const Door *)b)->y;
	return (left > right) - (left < right);
}

static int side_load(Request *rq, const Road *road, const char *town, Ground *ground, Side *out) {
	Rows *rows;
	int64_t most = 0;
	int code = db_int(rq->db, &most, "SELECT count(*) FROM place_address WHERE road_key = $1", BIND(val_str(road->key)));
	if (most > DOORS_MAX) most = DOORS_MAX;
	*out = (Side){.points = road->points, .name = road->key, .doors = ARENA_ARRAY(rq->arena, Door, most + 1)};
	if (code >= 0)
		code =
		    db_query(rq->db, &rows,
		             "SELECT lon, lat, town, road FROM place_address WHERE road_key = $1 ORDER BY number_value LIMIT $2",
		             BIND(val_str(road->key), val_int(most)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && out->count < most) {
		double lon = rows_double(rows, 0), lat = rows_double(rows, 1);
		const char *of = address_key(rq->arena, rows_text(rows, 2));
		if (!ground->set) *ground = (Ground){lon, lat, tall * cos(lat * M_PI / 180), true};
		if (!out->count && rows_text(rows, 3).len) out->name = rows_str(rows, 3, rq->arena);
		out->doors[out->count++] = (Door){(lon - ground->lon) * ground->wide, (lat - ground->lat) * tall,
		                                  !*town || !*of || strstr(of, town) || strstr(town, of)};
	}
	rows_close(rows);
	qsort(out->doors, (size_t)out->count, sizeof *out->doors, by_north);
	return code;
}

/* --- where they meet --------------------------------------------------------------------------------------------------- */
/* The middle line of the doors around a point: through (x, y) in the direction (dx, dy). Of few doors, or of some without a
 * direction, there is none. */
typedef struct Line {
	double x, y, dx, dy;
} Line;
static bool middle_line(const Side *side, double x, double y, Line *out) {
	const double around = 200;
	double xx = 0, yy = 0, xy = 0;
	int count = 0;
	*out = (Line){0};
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < side->count; i++) {
			const Door *door = &side->doors[i];
			if (hypot(door->x - x, door->y - y) > around) continue;
			if (turn == 0) {
				count++;
				out->x += door->x;
				out->y += door->y;
			} else {
				double east = door->x - out->x / count, north = door->y - out->y / count;
				xx += east * east;
				yy += north * north;
				xy += east * north;
			}
		}
	if (count < 4) return false;
	out->x /= count;
	out->y /= count;
	double angle = atan2(2 * xy, xx - yy) / 2;
	out->dx = cos(angle);
	out->dy = sin(angle);
	return true;
}

/* The middle lines' meeting, where it is near what the nearest doors say. */
static void middle_meet(const Side *a, const Side *b, Meeting *meeting) {
	const double near = 60, slant = 0.4; /* sine of the least angle between them */
	Line p, q;
	if (!middle_line(a, meeting->x, meeting->y, &p) || !middle_line(b, meeting->x, meeting->y, &q)) return;
	double across = p.dx * q.dy - p.dy * q.dx;
	if (fabs(across) < slant) return;
	double along = ((q.x - p.x) * q.dy - (q.y - p.y) * q.dx) / across, x = p.x + along * p.dx, y = p.y + along * p.dy;
	if (hypot(x - meeting->x, y - meeting->y) > near) return;
	meeting->x = x;
	meeting->y = y;
}

static int by_apart(const void *a, const void *b) {
	const Meeting *left = a, *right = b;
	if (left->score != right->score) return left->score < right->score ? 1 : -1;
	return (left->apart > right->apart) - (left->apart < right->apart);
}

/* Of 1000: roads as written 900, town 60, and less the farther their nearest doors are apart: 1 a metre beyond 20, 2 beyond 60.
 */
static int score(const Side *a, const Side *b, double apart, bool town) {
	int points = (a->points + b->points) * 9 / 10 + (town ? 60 : 0);
	points -= apart > 20 ? (int)(apart - 20) : 0;
	points -= apart > 60 ? (int)(apart - 60) : 0;
	return points < 0 ? 0 : points;
}

/* For each door of a the nearest of b within MEET_MAX: what is nearest of all, though beyond, in *apart. */
static int pairs_take(const Side *a, const Side *b, Meeting *out, double *apart) {
	int count = 0, from = 0;
	for (int i = 0; i < a->count; i++) {
		const Door *door = &a->doors[i], *best = NULL;
		double least = MEET_MAX;
		while (from < b->count && b->doors[from].y < door->y - MEET_MAX)
			from++;
		for (int j = from; j < b->count && b->doors[j].y <= door->y + MEET_MAX; j++) {
			double away = hypot(b->doors[j].x - door->x, b->doors[j].y - door->y);
			if (away >= least) continue;
			least = away;
			best = &b->doors[j];
		}
		if (!best) continue;
		bool town = door->town && best->town;
		out[count++] =
		    (Meeting){(door->x + best->x) / 2, (door->y + best->y) / 2, least, score(a, b, least, town), town, {a, b}};
	}
	for (int i = 0; !count && i < a->count; i += 1 + a->count / 500)
		for (int j = 0; j < b->count; j += 1 + b->count / 500) {
			double away = hypot(b->doors[j].x - a->doors[i].x, b->doors[j].y - a->doors[i].y);
			if (*apart < 0 || away < *apart) *apart = away;
		}
	return count;
}

static void meeting_give(Request *rq, const Ground *ground, Meeting *one, PlaceAddress *out) {
	const char *a = one->sides[0]->name, *b = one->sides[1]->name;
	middle_meet(one->sides[0], one->sides[1], one);
	*out = (PlaceAddress){.standard = address_wide(a) ? arena_printf(rq->arena, "%s与%s交叉口", a, b)
	                                                  : arena_printf(rq->arena, "%s / %s", a, b),
	                      .lon = ground->lon + one->x / ground->wide,
	                      .lat = ground->lat + one->y / tall,
	                      .score = one->score};
}

/* --- finding ----------------------------------------------------------------------------------------------------------- */
typedef struct Pair {
	AddressCrossing said;
	Road roads[2][ROADS_MAX];
	int counts[2], points; /* points: of the best of both, else how many of the two are known */
} Pair;

static int pair_find(Request *rq, Pair *pair) {
	int code = 0;
	for (int side = 0; side < 2 && code >= 0; side++) {
		const char *key = address_key(rq->arena, text_of(pair->said.roads[side]));
		if (*key) code = roads_find(rq, key, pair->roads[side], &pair->counts[side]);
	}
	pair->points = pair->counts[0] && pair->counts[1] ? pair->roads[0][0].points + pair->roads[1][0].points
	                                                  : (pair->counts[0] > 0) + (pair->counts[1] > 0);
	return code < 0 ? code : 0;
}

/* The pair of roads that is meant: those best known. NULL: it is no crossing. */
static int pair_choose(Request *rq, Text text, Pair **out) {
	AddressCrossing said[ADDRESS_CROSSINGS_MAX];
	bool sure;
	int count = address_crossings(rq->arena, text, said, &sure), code = 0;
	*out = NULL;
	for (int i = 0; i < count && code == 0; i++) {
		Pair *pair = ARENA_NEW(rq->arena, Pair);
		*pair = (Pair){.said = said[i]};
		if ((code = pair_find(rq, pair)) < 0) return code;
		if (!sure && pair->points < 2 * ROAD_SAME) continue;
		if (!*out || pair->points > (*out)->points) *out = pair;
	}
	return code;
}

static int meetings_find(Request *rq, const Pair *pair, Ground *ground, Meeting **out, int *count, double *apart) {
	Side sides[2][TRIED];
	const char *town = address_key(rq->arena, text_of(pair->said.town));
	int code = 0, counts[2], most = 0;
	for (int side = 0; side < 2; side++) {
		counts[side] = pair->counts[side] < TRIED ? pair->counts[side] : TRIED;
		for (int i = 0; i < counts[side] && code >= 0; i++)
			code = side_load(rq, &pair->roads[side][i], town, ground, &sides[side][i]);
	}
	if (code < 0) return code;
	for (int i = 0; i < counts[0]; i++)
		most += sides[0][i].count * counts[1];
	Side *kept = ARENA_ARRAY(rq->arena, Side, 2 * TRIED); /* meetings point at them */
	memcpy(kept, sides, sizeof sides);
	*out = ARENA_ARRAY(rq->arena, Meeting, most + 1);
	*count = 0;
	for (int i = 0; i < counts[0]; i++)
		for (int j = 0; j < counts[1]; j++)
			*count += pairs_take(&kept[i], &kept[TRIED + j], *out + *count, apart);
	return 0;
}

int crossing_find(Request *rq, Text text, PlaceAddress *out, int max, CrossingTold *told) {
	Pair *pair;
	Ground ground = {0};
	Meeting *meetings;
	int count = 0, kept = 0;
	*told = (CrossingTold){.apart = -1};
	int code = pair_choose(rq, text, &pair);
	if (code < 0 || !pair) return code;
	for (int side = 0; side < 2; side++) {
		told->roads[side] = pair->said.roads[side];
		if (!pair->counts[side]) told->missing |= 1 << side;
	}
	if (told->missing) return 0;
	if ((code = meetings_find(rq, pair, &ground, &meetings, &count, &told->apart)) < 0) return code;
	if (count) told->apart = -1;
	qsort(meetings, (size_t)count, sizeof *meetings, by_apart);
	for (int i = 0; i < count && kept < max; i++) {
		bool again = false;
		for (int j = 0; j < kept && !again; j++)
			again = hypot(meetings[i].x - meetings[j].x, meetings[i].y - meetings[j].y) < APART_LEAST;
		if (again) continue;
		meetings[kept] = meetings[i];
		meeting_give(rq, &ground, &meetings[kept], &out[kept]);
		kept++;
	}
	return kept;
}
