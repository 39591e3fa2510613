/* map: events in a window of the map, as points where they are few, else counted by cells of the screen, with the list beside
 * them. Running ones are read as they are; ended ones by event_spot and event_heap (settle.c). Read lane: one snapshot. */
#include "event/internal.h"
#include "place/place.h"
#include <math.h>

enum {
	POINTS_MAX = 500, /* more are counted by cells */
	BINS_MAX = 1024,  /* cells a window */
	LIST_ROWS = 50,   /* of the list where there are more than points */
	FEW_EVENTS = 10000,
	IDS_MAX = 20000, /* of more the newest are found by walking back, which soon meets enough of them */
	BIN_LEVELS = 2,  /* 4 × 4 cells on each tile of 256 pixels */
	CHUNK = 50
};

typedef enum Side { SIDE_NOTHING, SIDE_CENTRE, SIDE_ALL, SIDE_UNIT, SIDE_MINE } Side; /* as lists have it */

typedef struct Bin {
	int64_t count, least, greatest; /* finest cells */
	int light;                      /* of the most pressing one, see lights */
} Bin;
/* What presses least first: what has ended, and what stands, press nobody. */
static const char *const lights[] = {"none", "paused", "green", "amber", "red"};
enum { LIGHTS = sizeof lights / sizeof *lights };

typedef struct Window {
	Request *rq;
	Side side;
	Box asked, box; /* box: widened to whole bins */
	bool whole;     /* no window: all that is placed */
	int level, columns, rows;
	int64_t left, top;
	Bin *bins;
	bool few; /* asked for: all are read as they are, none by its counts */
	Val class_end;
	int64_t total, *ids;
	int id_count;
} Window;

/* --- what the party may see, as city_events_get has it -----------------------------------------------------------------------
 */
static Side side_of(const Party *party) {
	if (party_may(party, PERMIT_EVENT_DISPATCH) || party_may(party, PERMIT_EVENT_SUPERVISE)) return SIDE_CENTRE;
	if (party_may(party, PERMIT_AUDIT)) return SIDE_ALL;
	if (party_may(party, PERMIT_EVENT_HANDLE)) return SIDE_UNIT;
	return party_may(party, PERMIT_EVENT_REPORT) ? SIDE_MINE : SIDE_NOTHING;
}

/* $1 organisation $2 account $3 state $4 class or big class $5 light $6 now $7 from $8 until $9 west $10 south $11 east $12 north
 * $13 only running $14 only ended $15 rows $16 the end of the class; NULL: not asked */
enum { LIVE_ARGS = 16 };
#define LIVE_FILTER                                                                                                              \
	" AND e.located <> 'none'/*if $3*/ AND c.state = $3/*end*//*if $4*/ AND substr(e.class_code, 1, length($4)) = $4/*end*/" \
	"/*if $5*/ AND " CASE_LIGHT(                                                                                             \
	    "$6") " = $5/*end*//*if $7*/ AND e.reported_us >= $7/*end*//*if $8*/ AND e.reported_us < $8/*end*/"                  \
	          "/*if $9*/ AND e.lon >= $9 AND e.lon <= $11 AND e.lat >= $10 AND e.lat <= $12/*end*/"                          \
	          "/*if $13*/ AND c.closed_at = 0/*end*//*if $14*/ AND c.closed_at <> 0/*end*/"
/* CROSS JOIN: SQLite takes them in this order, the few that run before all cases of the centre. */
#define LIVE(where)                                                                                                              \
	"SELECT e.case_id, e.lon, e.lat, e.reported_us, " CASE_LIGHT(                                                            \
	    "$6") " FROM event e CROSS JOIN work_case c WHERE c.case_id = e.case_id AND " where LIVE_FILTER
#define WALK(where)                                                                                                              \
	"SELECT e.case_id, e.lon, e.lat, e.reported_us FROM work_case c JOIN event e ON e.case_id = c.case_id WHERE " where      \
	    LIVE_FILTER " ORDER BY c.case_id DESC LIMIT $15"
#define OF_CENTRE "c.centre_org = $1 AND c.centre_org <> 0"
/* what a centre sent to the level above (提级会办) is its matter still; of ended ones it has no counts of its own: there are few
 */
#define OF_HOME "c.home_org = $1 AND c.level > 0 AND c.centre_org <> $1"
#define OF_ALL "c.line = 'city'"
#define OF_UNIT "c.supplier_org = $1 AND c.supplier_org <> 0"
static const char *const live_sql[] = {
    NULL, LIVE("e.settled = 0 AND (" OF_CENTRE " OR " OF_HOME ")"), LIVE("e.settled = 0 AND " OF_ALL),
    LIVE("e.settled = 0 AND " OF_UNIT),
    LIVE("e.case_id IN (SELECT a.case_id FROM work_case a WHERE a.asker_account = $2 AND a.asker_account <> 0 UNION SELECT"
         " f.case_id FROM work_case f WHERE f.turn_account = $2 AND f.closed_at = 0 AND f.turn_account <> 0)")};
/* Of few events no counts are needed: by a class that few have, or by a short time. */
#define FEW(where) LIVE(where "/*if $16*/ AND e.class_code >= $4 AND e.class_code < $16/*end*/")
static const char *const few_sql[] = {NULL, FEW("(" OF_CENTRE " OR " OF_HOME ")"), FEW(OF_ALL), FEW(OF_UNIT)};
static const char raised_sql[] =
    "SELECT e.case_id, e.lon, e.lat, e.reported_us, 'none' FROM work_case c CROSS JOIN event e WHERE e.case_id = c.case_id AND"
    " e.settled = 1 AND " OF_HOME LIVE_FILTER;
static const char *const walk_sql[] = {NULL, WALK(OF_CENTRE), WALK(OF_ALL), WALK(OF_UNIT),
                                       WALK("c.asker_account = $2 AND c.asker_account <> 0")};

/* $1 organisation $2 state $3 class or big class $4 from $5 until $6 first $7 last cell $8 cells a bin */
enum { SPOT_ARGS = 8 };
#define SPOT_FILTER                                                                                                              \
	" AND s.cell >= $6 AND s.cell <= $7/*if $2*/ AND s.state = $2/*end*//*if $3*/ AND substr(s.class_code, 1, length($3)) "  \
	"= "                                                                                                                     \
	"$3/*end*//*if $4*/ AND s.reported_us >= $4/*end*//*if $5*/ AND s.reported_us < $5/*end*/"
#define SPOT_COUNTS(where)                                                                                                       \
	"SELECT MIN(s.cell), MAX(s.cell), COUNT(*) FROM event_spot s WHERE " where SPOT_FILTER " GROUP BY s.cell / $8"
#define SPOT_IDS(where) "SELECT s.case_id, s.cell FROM event_spot s WHERE " where SPOT_FILTER
static const char *const spot_counts[] = {NULL, SPOT_COUNTS("s.centre_org = $1"), SPOT_COUNTS("s.cell <> 0"),
                                          SPOT_COUNTS("s.supplier_org = $1")};
static const char *const spot_ids[] = {NULL, SPOT_IDS("s.centre_org = $1"), SPOT_IDS("s.cell <> 0"),
                                       SPOT_IDS("s.supplier_org = $1")};
static const char *const heap_sides[] = {"", "centre", "all", "unit"};
static const char *const heap_ever[] = {"", "centre_ever", "all_ever", "unit_ever"};

/* --- the window --------------------------------------------------------------------------------------------------------------
 */
static int box_take(Request *rq, Box *out) {
	Text rest = in_text(rq, "bbox");
	double numbers[4];
	int count = 0;
	while (rest.at && count < 4) {
		const char *comma = rest.len ? memchr(rest.at, ',', rest.len) : NULL;
		Text one = {rest.at, comma ? (size_t)(comma - rest.at) : rest.len};
		if (text_to_double(text_trim(one), &numbers[count]) < 0 || !isfinite(numbers[count])) break;
		count++;
		rest = comma ? (Text){comma + 1, rest.len - one.len - 1} : TEXT_NONE;
	}
	*out = (Box){numbers[0], numbers[1], numbers[2], numbers[3]};
	if (!rest.at && count == 4 && out->west >= -180 && out->east <= 180 && out->south >= -90 && out->north <= 90 &&
	    out->west <= out->east && out->south <= out->north)
		return 0;
	return error_field(rq->error, ERR_INVALID, "bbox", in_text(rq, "bbox"), "bbox",
	                   "Write west,south,east,north in degrees; ask twice across the antimeridian.",
	                   "The box is no four numbers from less to more");
}

/* Whole cells about as large on each screen: what a bin counts does not change while the map is moved. */
static void bins_lay(Window *window, int zoom) {
	double left, top, right, bottom;
	mercator_of(window->asked.west, window->asked.north, &left, &top);
	mercator_of(window->asked.east, window->asked.south, &right, &bottom);
	window->level = zoom + BIN_LEVELS > CELL_LEVEL_MAX ? CELL_LEVEL_MAX : zoom + BIN_LEVELS;
	for (;; window->level--) {
		int64_t most = (INT64_C(1) << window->level) - 1;
		double side = ldexp(1, window->level);
		int64_t x1 = (int64_t)fmin(right * side, (double)most), y1 = (int64_t)fmin(bottom * side, (double)most);
		window->left = (int64_t)fmin(left * side, (double)most);
		window->top = (int64_t)fmin(top * side, (double)most);
		if ((x1 - window->left + 1) * (y1 - window->top + 1) > BINS_MAX) continue;
		window->columns = (int)(x1 - window->left + 1);
		window->rows = (int)(y1 - window->top + 1);
		break;
	}
	double unit = ldexp(1, -window->level);
	mercator_back((double)window->left * unit, (double)window->top * unit, &window->box.west, &window->box.north);
	mercator_back((double)(window->left + window->columns) * unit, (double)(window->top + window->rows) * unit,
	              &window->box.east, &window->box.south);
	window->bins = ARENA_ARRAY(window->rq->arena, Bin, window->columns * window->rows);
	memset(window->bins, 0, (size_t)(window->columns * window->rows) * sizeof *window->bins);
}

/* The bin of a finest cell; NULL: it lies outside. */
static Bin *bin_of(const Window *window, int64_t cell) {
	double lon, lat, x, y, side = ldexp(1, window->level);
	cell_middle(cell, &lon, &lat);
	mercator_of(lon, lat, &x, &y);
	int64_t column = (int64_t)floor(x * side) - window->left, row = (int64_t)floor(y * side) - window->top;
	bool inside = column >= 0 && column < window->columns && row >= 0 && row < window->rows;
	return inside ? &window->bins[row * window->columns + column] : NULL;
}

static int light_rank(Text light) {
	int rank = LIGHTS - 1;
	while (rank > 0 && !text_is(light, lights[rank]))
		rank--;
	return rank;
}

static bool bin_add(Window *window, int64_t least, int64_t greatest, int64_t count, int light) {
	Bin *bin = bin_of(window, least);
	if (!bin) return false;
	if (!bin->count || least < bin->least) bin->least = least;
	if (greatest > bin->greatest) bin->greatest = greatest;
	bin->count += count;
	if (light > bin->light) bin->light = light;
	window->total += count;
	return true;
}

/* --- reading -----------------------------------------------------------------------------------------------------------------
 */
static void live_args(Window *window, Val args[LIVE_ARGS]) {
	Request *rq = window->rq;
	Text stage = in_text(rq, "stage");
	for (int i = 0; i < LIVE_ARGS; i++)
		args[i] = val_null();
	args[0] = val_int(rq->party.org_id);
	args[1] = val_int(rq->party.account_id);
	if (text_is(stage, "running")) args[12] = val_int(1);
	if (text_is(stage, "ended")) args[13] = val_int(1);
	args[14] = val_int(LIST_ROWS);
	args[15] = window->class_end;
	if (window->whole) return; /* nothing else is asked for */
	const double hair = 1e-7;  /* the bins say exactly what lies inside: here a little more is read */
	bool top = window->top == 0, bottom = window->top + window->rows == INT64_C(1) << window->level;
	args[2] = asked_text(rq, "state");
	args[3] = asked_text(rq, "class");
	args[4] = asked_text(rq, "light");
	args[5] = val_int(rq->now_us);
	args[6] = asked_int(rq, "from");
	if (in_has(rq, "until")) args[7] = val_int(in_int(rq, "until"));
	args[8] = val_double(window->box.west - hair);
	args[9] = val_double(bottom ? -90 : window->box.south - hair);
	args[10] = val_double(window->box.east + hair);
	args[11] = val_double(top ? 90 : window->box.north + hair);
}

/* Of each row of events that are read as they are. */
typedef void (*LiveFn)(Window *window, Rows *rows, void *arg);
static int live_each(Window *window, LiveFn each, void *arg) {
	Request *rq = window->rq;
	const char *const statements[] = {window->few ? few_sql[window->side] : live_sql[window->side], raised_sql};
	int count = window->side == SIDE_CENTRE && !window->few ? 2 : 1;
	Val args[LIVE_ARGS];
	int code = 0;
	live_args(window, args);
	for (int i = 0; i < count && code >= 0; i++) {
		Rows *rows;
		AskedSql asked = asked_seen(rq, statements[i], args, LIVE_ARGS);
		code = db_query(rq->db, &rows, ASKED(asked));
		while (code >= 0 && (code = rows_next(rows)) > 0)
			each(window, rows, arg);
	}
	return code;
}

static void live_add(Window *window, Rows *rows, void *arg) {
	(void)arg;
	int64_t cell = cell_of_point(rows_double(rows, 1), rows_double(rows, 2));
	if (bin_add(window, cell, cell, 1, light_rank(rows_text(rows, 4))) && window->id_count < IDS_MAX)
		window->ids[window->id_count++] = rows_int(rows, 0);
}

static bool month_begins(int64_t us) {
	return event_month(us) != event_month(us - 1);
}

/* Whether anything ended is asked for. */
static bool ended_asked(const Window *window) {
	Text light = window->whole ? TEXT_NONE : in_text(window->rq, "light");
	return window->side != SIDE_MINE && !window->few && !text_is(in_text(window->rq, "stage"), "running") &&
	       (!light.len || text_is(light, "none"));
}

/* Whether ended events are asked for by something that few of all events have; sets few. Of a time a unit has fewer than the
 * city. */
static int few_find(Window *window) {
	Request *rq = window->rq;
	int64_t count;
	if (!ended_asked(window)) return 0;
	int found = event_class_few(rq, FEW_EVENTS, &window->class_end);
	if (found == 0 && window->side != SIDE_UNIT && in_has(rq, "from")) {
		Val args[] = {asked_int(rq, "from"), in_has(rq, "until") ? val_int(in_int(rq, "until")) : val_null(),
		              val_int(FEW_EVENTS + 1)};
		AskedSql asked = asked_sql(rq,
		                           "SELECT COUNT(*) FROM (SELECT 1 FROM event f WHERE f.reported_us >= $1/*if $2*/ AND"
		                           " f.reported_us < $2/*end*/ LIMIT $3) f",
		                           args, sizeof args / sizeof *args);
		found = db_int(rq->db, &count, ASKED(asked));
		if (found >= 0) found = count <= FEW_EVENTS;
	}
	window->few = found > 0;
	return found < 0 ? found : 0;
}

/* Whether counts by cell and month answer: nothing else is asked for. */
static bool heap_answers(const Window *window) {
	Request *rq = window->rq;
	return window->level <= EVENT_HEAP_FINEST && !in_text(rq, "state").len && !in_text(rq, "class").len &&
	       (!in_has(rq, "from") || month_begins(in_int(rq, "from"))) &&
	       (!in_has(rq, "until") || month_begins(in_int(rq, "until")));
}

/* A level finer than the bins, so that a mark stands about where its events are. */
static int heap_query(Window *window, CellRange range, Rows **rows) {
	Request *rq = window->rq;
	bool ever = !in_has(rq, "from") && !in_has(rq, "until");
	int finer = window->level + 1 < EVENT_HEAP_FINEST ? window->level + 1 : EVENT_HEAP_FINEST;
	int level = finer > EVENT_HEAP_COARSEST ? finer : EVENT_HEAP_COARSEST;
	Val args[] = {val_str(ever ? heap_ever[window->side] : heap_sides[window->side]),
	              val_int(window->side == SIDE_ALL ? 0 : rq->party.org_id),
	              val_int(cell_above(range.first, level)),
	              val_int(cell_above(range.last, level)),
	              in_has(rq, "from") ? val_int(event_month(in_int(rq, "from"))) : val_null(),
	              in_has(rq, "until") ? val_int(event_month(in_int(rq, "until"))) : val_null()};
	AskedSql asked = asked_sql(rq,
	                           "SELECT h.cell, CAST(SUM(h.n) AS BIGINT) FROM event_heap h WHERE h.side = $1 AND h.org_id = $2"
	                           " AND h.cell >= $3 AND h.cell <= $4/*if $5*/ AND h.month >= $5/*end*//*if $6*/ AND h.month <"
	                           " $6/*end*/ GROUP BY h.cell",
	                           args, sizeof args / sizeof *args);
	return db_query(rq->db, rows, ASKED(asked));
}

static int spot_query(Window *window, CellRange range, const char *sql, Rows **rows) {
	Request *rq = window->rq;
	Val args[SPOT_ARGS] = {val_int(rq->party.org_id),
	                       asked_text(rq, "state"),
	                       asked_text(rq, "class"),
	                       asked_int(rq, "from"),
	                       in_has(rq, "until") ? val_int(in_int(rq, "until")) : val_null(),
	                       val_int(range.first),
	                       val_int(range.last),
	                       val_int(cluster_size(window->level, 0))};
	AskedSql asked = asked_seen(rq, sql, args, SPOT_ARGS);
	return db_query(rq->db, rows, ASKED(asked));
}

static int ended_read(Window *window) {
	CellRange *ranges = ARENA_ARRAY(window->rq->arena, CellRange, CELL_RANGES_MAX);
	bool heap = heap_answers(window);
	int code = 0, count = ended_asked(window) ? cells_cover(&window->box, false, ranges) : 0;
	for (int i = 0; i < count && code >= 0; i++) {
		Rows *rows;
		code =
		    heap ? heap_query(window, ranges[i], &rows) : spot_query(window, ranges[i], spot_counts[window->side], &rows);
		while (code >= 0 && (code = rows_next(rows)) > 0) {
			CellRange cells =
			    heap ? cell_below(rows_int(rows, 0)) : (CellRange){rows_int(rows, 0), rows_int(rows, 1)};
			int64_t events = rows_int(rows, heap ? 1 : 2);
			if (events > 0) bin_add(window, cells.first, cells.last, events, 0);
		}
	}
	return code;
}

static int ended_ids(Window *window) {
	CellRange *ranges = ARENA_ARRAY(window->rq->arena, CellRange, CELL_RANGES_MAX);
	int code = 0, count = ended_asked(window) ? cells_cover(&window->box, false, ranges) : 0;
	for (int i = 0; i < count && code >= 0; i++) {
		Rows *rows;
		code = spot_query(window, ranges[i], spot_ids[window->side], &rows);
		while (code >= 0 && (code = rows_next(rows)) > 0)
			if (bin_of(window, rows_int(rows, 1)) && window->id_count < IDS_MAX)
				window->ids[window->id_count++] = rows_int(rows, 0);
	}
	return code;
}

/* The newest where there are many: walking back from the newest. */
static int newest_walk(Window *window) {
	Val args[LIVE_ARGS];
	Rows *rows;
	live_args(window, args);
	AskedSql asked = asked_sql(window->rq, walk_sql[window->side], args, LIVE_ARGS);
	int code = db_query(window->rq->db, &rows, ASKED(asked));
	window->id_count = 0;
	while (code >= 0 && (code = rows_next(rows)) > 0)
		if (bin_of(window, cell_of_point(rows_double(rows, 1), rows_double(rows, 2))) && window->id_count < LIST_ROWS)
			window->ids[window->id_count++] = rows_int(rows, 0);
	return code;
}

/* --- the answer ----------------------------------------------------------------------------------------------------------------
 */
static int newest_first(const void *a, const void *b) {
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return left < right ? 1 : left > right ? -1 : 0;
}

#define TEN(a) "$" #a "0, $" #a "1, $" #a "2, $" #a "3, $" #a "4, $" #a "5, $" #a "6, $" #a "7, $" #a "8, $" #a "9"
/* $1 now $2 west $3 south $4 east $5 north (NULL: anywhere) $10 … $59 events */
static const char rows_sql[] = EVENT_LIST_COLUMNS(
    "$1") " FROM work_case c JOIN event e ON e.case_id = c.case_id LEFT JOIN org s ON s.org_id = c.supplier_org WHERE"
          " c.case_id IN (" TEN(1) ", " TEN(2) ", " TEN(3) ", " TEN(4) ", " TEN(
              5) ")/*if $2*/ AND e.lon >= $2 AND e.lat >= $3 AND e.lon <= $4 AND e.lat <= $5/*end*/ ORDER BY c.case_id DESC";

/* Rows of the list, at most `most`; exact: only of the box that was asked for. How many, or a code. */
static int64_t items_write(Window *window, int most, bool exact) {
	enum { FIRST = 9 };
	Request *rq = window->rq;
	int64_t written = 0;
	int code = 0, count = window->id_count < most ? window->id_count : most;
	qsort(window->ids, (size_t)window->id_count, sizeof *window->ids, newest_first);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int at = 0; at < count && code >= 0; at += CHUNK) {
		Val args[FIRST + CHUNK] = {val_int(rq->now_us), val_null(), val_null(), val_null(), val_null(),
		                           val_null(),          val_null(), val_null(), val_null()};
		Rows *rows;
		const Box *box = &window->asked;
		if (exact) {
			args[1] = val_double(box->west);
			args[2] = val_double(box->south);
			args[3] = val_double(box->east);
			args[4] = val_double(box->north);
		}
		for (int i = 0; i < CHUNK; i++)
			args[FIRST + i] = val_int(at + i < count ? window->ids[at + i] : 0);
		AskedSql asked = asked_sql(rq, rows_sql, args, FIRST + CHUNK);
		code = db_query(rq->db, &rows, ASKED(asked));
		while (code >= 0 && (code = rows_next(rows)) > 0) {
			if ((code = event_list_row(rq, rows)) < 0) {
				rows_close(rows);
				break;
			}
			written++;
		}
	}
	jw_array_end(&rq->json);
	rq->row_count = written;
	return code < 0 ? code : written;
}

static void clusters_write(const Window *window, bool shown) {
	JsonWriter *json = &window->rq->json;
	jw_key(json, "clusters");
	jw_array(json);
	for (int i = 0; shown && i < window->columns * window->rows; i++) {
		const Bin *bin = &window->bins[i];
		double lon, lat, other_lon, other_lat;
		if (!bin->count) continue;
		cell_middle(bin->least, &lon, &lat);
		cell_middle(bin->greatest, &other_lon, &other_lat);
		jw_object(json);
		jw_key(json, "lon");
		jw_double(json, (lon + other_lon) / 2);
		jw_key(json, "lat");
		jw_double(json, (lat + other_lat) / 2);
		jw_kv_int(json, "count", bin->count);
		jw_kv_str(json, "light", lights[bin->light]);
		jw_object_end(json);
	}
	jw_array_end(json);
}

static void box_write(JsonWriter *json, const Box *box) {
	const double edges[] = {box->west, box->south, box->east, box->north};
	jw_key(json, "box");
	jw_array(json);
	for (int i = 0; i < 4; i++)
		jw_double(json, edges[i]);
	jw_array_end(json);
}

static int nobodys(Request *rq) {
	return fail(rq, ERR_FORBIDDEN, "Events are seen by those who report, handle, dispatch or supervise them");
}

int event_map_get(Request *rq) {
	Window window = {.rq = rq, .side = side_of(&rq->party), .class_end = val_null()};
	if (window.side == SIDE_NOTHING) return nobodys(rq);
	int code = box_take(rq, &window.asked);
	if (code < 0) return code;
	window.ids = ARENA_ARRAY(rq->arena, int64_t, IDS_MAX);
	bins_lay(&window, (int)in_int(rq, "zoom"));
	if ((code = few_find(&window)) < 0 || (code = live_each(&window, live_add, NULL)) < 0 || (code = ended_read(&window)) < 0)
		return code;
	bool points = window.total <= POINTS_MAX;
	code = window.total <= IDS_MAX ? ended_ids(&window) : newest_walk(&window);
	if (code < 0) return code;
	jw_object(&rq->json);
	int64_t rows = items_write(&window, points ? POINTS_MAX : LIST_ROWS, points);
	if (rows < 0) return (int)rows;
	clusters_write(&window, !points);
	jw_kv_int(&rq->json, "total", points ? rows : window.total);
	box_write(&rq->json, points ? &window.asked : &window.box);
	jw_object_end(&rq->json);
	return 0;
}

/* --- the time slider -----------------------------------------------------------------------------------------------------------
 */
enum { MONTHS_MAX = 1200, MONTHS_FROM = 1970 * 12 };

static void month_add(int64_t *counts, int64_t month, int64_t count) {
	if (month >= MONTHS_FROM && month < MONTHS_FROM + MONTHS_MAX) counts[month - MONTHS_FROM] += count;
}

static void live_month(Window *window, Rows *rows, void *counts) {
	(void)window;
	month_add(counts, event_month(rows_int(rows, 3)), 1);
}

static int months_read(Window *window, int64_t *counts) {
	Request *rq = window->rq;
	Rows *rows;
	int code = live_each(window, live_month, counts);
	if (code < 0 || !ended_asked(window)) return code;
	code = db_query(
	    rq->db, &rows,
	    "SELECT month, CAST(SUM(n) AS BIGINT) FROM event_heap WHERE side = $1 AND org_id = $2 AND cell = 0 GROUP BY month",
	    BIND(val_str(heap_sides[window->side]), val_int(window->side == SIDE_ALL ? 0 : rq->party.org_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		month_add(counts, rows_int(rows, 0), rows_int(rows, 1));
	return code;
}

int event_months_get(Request *rq) {
	Window window = {.rq = rq, .side = side_of(&rq->party), .whole = true, .class_end = val_null()};
	if (window.side == SIDE_NOTHING) return nobodys(rq);
	int64_t *counts = ARENA_ARRAY(rq->arena, int64_t, MONTHS_MAX);
	memset(counts, 0, MONTHS_MAX * sizeof *counts);
	int code = months_read(&window, counts);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; i < MONTHS_MAX; i++) {
		int64_t month = MONTHS_FROM + i;
		if (counts[i] <= 0) continue;
		jw_object(&rq->json);
		jw_kv_str(&rq->json, "month", arena_printf(rq->arena, "%04d-%02d", (int)(month / 12), (int)(month % 12) + 1));
		jw_kv_int(&rq->json, "count", counts[i]);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	jw_key(&rq->json, "next");
	jw_null(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}
