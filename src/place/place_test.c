/* Rasters against the plain even-odd test in exact arithmetic (also on vertices and edges), coordinate systems against published
 * values, areas with their versions and officers on both engines. */
#include "core/app_testing.h"
#include "place/internal.h"
#include <math.h>
#include <time.h>

static const Module *const modules[] = {&core_module,   &evidence_module, &people_module,
                                        &notice_module, &place_module,    &place_draft_module};
static int64_t orgs[2], accounts[2];

/* --- rasters --------------------------------------------------------------------------------------------------------- */
static uint64_t seed;
static int64_t dice(int64_t below) {
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int64_t)((seed >> 33) % (uint64_t)below);
}

/* 1 inside, 2 on the border: each edge looked at, in 128 bits. */
static int plain(const PlaceShape *shape, int64_t x, int64_t y) {
	bool inside = false;
	for (int ring = 0, at = 0; ring < shape->ring_count; at = shape->ends[ring++])
		for (; at + 1 < shape->ends[ring]; at++) {
			const int64_t *a = &shape->xy[2 * at], *b = a + 2;
			__int128 cross = (__int128)(b[0] - a[0]) * (y - a[1]) - (__int128)(b[1] - a[1]) * (x - a[0]);
			int64_t low_x = a[0] < b[0] ? a[0] : b[0], high_x = a[0] < b[0] ? b[0] : a[0],
			        low_y = a[1] < b[1] ? a[1] : b[1], high_y = a[1] < b[1] ? b[1] : a[1];
			if (cross == 0 && x >= low_x && x <= high_x && y >= low_y && y <= high_y) return 2;
			if ((a[1] <= y) != (b[1] <= y) && (cross > 0) == (b[1] > a[1])) inside = !inside;
		}
	return inside;
}

static int plain_first(const PlaceShape *shapes, int count, int64_t x, int64_t y) {
	for (int i = 0; i < count; i++)
		if (plain(&shapes[i], x, y)) return i;
	return -1;
}

static PlaceShape ring_shape(Arena *arena, const int64_t *xy, int vertices, int rings) {
	PlaceShape shape = {.xy = xy,
	                    .vertex_count = vertices * rings,
	                    .ring_count = rings,
	                    .min_x = INT64_MAX,
	                    .min_y = INT64_MAX,
	                    .max_x = INT64_MIN,
	                    .max_y = INT64_MIN};
	int *ends = ARENA_ARRAY(arena, int, rings);
	for (int i = 0; i < rings; i++)
		ends[i] = vertices * (i + 1);
	shape.ends = ends;
	for (int i = 0; i < vertices * rings; i++) {
		if (xy[2 * i] < shape.min_x) shape.min_x = xy[2 * i];
		if (xy[2 * i] > shape.max_x) shape.max_x = xy[2 * i];
		if (xy[2 * i + 1] < shape.min_y) shape.min_y = xy[2 * i + 1];
		if (xy[2 * i + 1] > shape.max_y) shape.max_y = xy[2 * i + 1];
	}
	return shape;
}

/* A ring of random corners within a square, crossing itself as it likes: even-odd has an answer all the same. */
static PlaceShape random_shape(Arena *arena, int64_t side, int64_t step) {
	int corners = 3 + (int)dice(9), rings = 1 + (int)dice(2);
	int64_t left = dice(side) / step * step, low = dice(side) / step * step, size = 1 + dice(side / 3);
	int64_t *xy = ARENA_ARRAY(arena, int64_t, 2 * (corners + 1) * rings);
	for (int ring = 0, at = 0; ring < rings; ring++) {
		int first = at;
		for (int i = 0; i < corners; i++, at++) {
			xy[2 * at] = left + dice(size) / step * step;
			xy[2 * at + 1] = low + dice(size) / step * step;
		}
		xy[2 * at] = xy[2 * first];
		xy[2 * at + 1] = xy[2 * first + 1];
		at++;
	}
	return ring_shape(arena, xy, corners + 1, rings);
}

static void agree(const PlaceRaster *raster, const PlaceShape *shapes, int count, int64_t x, int64_t y) {
	int wanted = plain_first(shapes, count, x, y), found = place_raster_find(raster, x, y);
	if (wanted != found)
		flunk("at %lld %lld: shape %d is right, the raster says %d\n", (long long)x, (long long)y, wanted, found);
}

static void rasters(void **state) {
	/* wide and coarse, small and full of shared corners, and as wide as the earth */
	static const struct {
		int64_t side, step;
		int shapes;
	} worlds[] = {{1000000, 1, 40}, {64, 1, 30}, {4000, 250, 60}, {INT64_C(359000000000), 1, 25}, {9, 1, 12}};
	seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int turn = 0; turn < 40; turn++)
		for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++) {
			Arena *arena = arena_new();
			PlaceShape *shapes = ARENA_ARRAY(arena, PlaceShape, worlds[w].shapes);
			for (int i = 0; i < worlds[w].shapes; i++)
				shapes[i] = random_shape(arena, worlds[w].side, worlds[w].step);
			const PlaceRaster *raster = place_raster_build(arena, shapes, worlds[w].shapes);
			for (int i = 0; i < 300; i++)
				agree(raster, shapes, worlds[w].shapes, dice(worlds[w].side * 4 / 3 + 2),
				      dice(worlds[w].side * 4 / 3 + 2));
			for (int i = 0; i < worlds[w].shapes; i++)
				for (int v = 0; v < shapes[i].vertex_count;
				     v++) { /* each vertex, its neighbours, and the middle of an edge */
					int64_t x = shapes[i].xy[2 * v], y = shapes[i].xy[2 * v + 1];
					agree(raster, shapes, worlds[w].shapes, x, y);
					agree(raster, shapes, worlds[w].shapes, x + 1, y);
					agree(raster, shapes, worlds[w].shapes, x, y - 1);
					if (v)
						agree(raster, shapes, worlds[w].shapes, (x + shapes[i].xy[2 * v - 2]) / 2,
						      (y + shapes[i].xy[2 * v - 1]) / 2);
				}
			arena_free(arena);
		}
}

static void raster_of_nothing(void **state) {
	Arena *arena = arena_new();
	assert_int_equal(place_raster_find(place_raster_build(arena, NULL, 0), 0, 0), -1);
	arena_free(arena);
}

/* --- shapes ---------------------------------------------------------------------------------------------------------- */
static int shape_of(Arena *arena, const char *text, PlaceShape *out, const char **why) {
	json_t *json = json_loads(text, 0, NULL);
	assert_non_null(json);
	int code = place_shape_parse(arena, json, out, why);
	json_decref(json);
	return code;
}

static void shapes(void **state) {
	static const struct {
		const char *json, *why;
	} wrong[] = {
	    {"{\"type\":\"Point\",\"coordinates\":[1,2]}", "Polygon or MultiPolygon"},
	    {"{\"type\":\"Polygon\",\"coordinates\":[]}", "at least one ring"},
	    {"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[0,0]]]}", "at least four positions"},
	    {"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}", "not closed"},
	    {"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,\"1\"],[0,0]]]}", "two numbers"},
	    {"{\"type\":\"Polygon\",\"coordinates\":[[[40500000,3500000],[40500001,3500000],[40500001,3500001],[40500000,3500000]"
	     "]]}",
	     "are these degrees"},
	    {"{\"type\":\"MultiPolygon\",\"coordinates\":[]}", "Polygon or MultiPolygon"},
	    {"{\"type\":\"MultiPolygon\",\"coordinates\":[7]}", "at least one ring"},
	};
	Arena *arena = arena_new();
	PlaceShape shape;
	const char *why;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(shape_of(arena, wrong[i].json, &shape, &why), -1);
		if (!strstr(why, wrong[i].why)) flunk("%s: %s\n", wrong[i].json, why);
	}
	assert_int_equal(shape_of(arena,
	                          "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,2],[2,"
	                          "2],[2,1],[1,1]]],[[[9,9],[10,9],[9,10],[9,9]]]]}",
	                          &shape, &why),
	                 0);
	assert_int_equal(shape.ring_count, 3);
	assert_int_equal(shape.max_x, INT64_C(10000000000));
	arena_free(arena);
}

/* --- coordinate systems ---------------------------------------------------------------------------------------------- */
static void systems(void **state) {
	/* wandergis/coordtransform test/app.js; googollee/eviltransform tests */
	double x = 116.404, y = 39.915;
	place_to_gcj02(&x, &y);
	assert_true(fabs(x - 116.41024449916938) < 1e-9 && fabs(y - 39.91640428150164) < 1e-9);
	assert_int_equal(place_convert(PLACE_GCJ02, &x, &y), 0);
	assert_true(fabs(x - 116.404) < 1e-9 && fabs(y - 39.915) < 1e-9);
	x = 113.9171764808363, y = 22.540796131694766;
	assert_int_equal(place_convert(PLACE_GCJ02, &x, &y), 0);
	assert_true(fabs(x - 113.912316) < 1e-6 && fabs(y - 22.543847) < 1e-6);
	/* wandergis/coordtransform: GCJ-02 116.404, 39.915 is BD-09 116.41036949371029, 39.92133699351021 */
	x = 116.41036949371029, y = 39.92133699351021;
	assert_int_equal(place_convert(PLACE_BD09, &x, &y), 0);
	place_to_gcj02(&x, &y);
	assert_true(fabs(x - 116.404) < 1e-9 && fabs(y - 39.915) < 1e-9);
	/* the same: GCJ-02 116.41024449916938, 39.91640428150164 is WGS-84 116.404, 39.915 */
	x = 116.41024449916938, y = 39.91640428150164;
	assert_int_equal(place_convert(PLACE_GCJ02, &x, &y), 0);
	assert_true(fabs(x - 116.404) < 1e-6 && fabs(y - 39.915) < 1e-6);
	/* CGCS2000 3-degree zone 40 with its number before the easting: the central meridian lies at 40,500,000 m */
	x = 40500000, y = 3464884;
	assert_int_equal(place_convert(place_crs_parse(TEXT("EPSG:4528")), &x, &y), 0);
	assert_true(fabs(x - 120) < 1e-9 && y > 31 && y < 32);
	assert_int_equal(place_crs_parse(TEXT("EPSG:abc")), -1);
	assert_int_equal(place_crs_parse(TEXT("上海")), -1);
	x = 1, y = 1;
	assert_int_equal(place_convert(199998, &x, &y), -1);
	assert_true(fabs(place_distance(120, 31, 120, 32) - 110868) < 20);
	assert_true(place_distance(120, 31, 120, 31) == 0);
}

/* --- areas ----------------------------------------------------------------------------------------------------------- */
typedef struct Put {
	int level;
	const char *code, *parent, *ring;
	int64_t org, from;
	int64_t area_id;
} Put;

static int put_run(Request *rq, void *arg) {
	Put *put = arg;
	json_t *geometry = json_pack("{s:s,s:[o]}", "type", "Polygon", "coordinates", json_loads(put->ring, 0, NULL));
	PlaceAreaPut area = {.level = put->level,
	                     .code = put->code,
	                     .name = put->code,
	                     .parent_code = put->parent,
	                     .org_id = put->org,
	                     .valid_from = put->from,
	                     .geometry = geometry,
	                     .crs = PLACE_CGCS2000};
	int code = place_area_put(rq, &area, &put->area_id);
	json_decref(geometry);
	return code;
}

static int put(Put put, Error *error) {
	Request *rq = request_begin(app, "test");
	int code = request_write(rq, put_run, &put);
	if (code < 0 && error) *error = *rq->error;
	request_end(rq);
	return code;
}

static int people_make(Request *rq, void *arg) {
	int code = org_create(rq, "C", "市指挥中心", "Centre", 0, &orgs[0]);
	if (code == 0) code = org_create(rq, "T", "城关镇", "Town", orgs[0], &orgs[1]);
	if (code == 0) code = account_create(rq, "zhang", "张", orgs[1], "grid_officer", NULL, false, &accounts[0]);
	return code ? code : account_create(rq, "li", "李", orgs[1], "grid_officer", NULL, false, &accounts[1]);
}

static const char city_ring[] = "[[120,31],[121,31],[121,32],[120,32],[120,31]]",
                  west_ring[] = "[[120,31],[120.5,31],[120.5,32],[120,32],[120,31]]",
                  east_ring[] = "[[120.5,31],[121,31],[121,32],[120.5,32],[120.5,31]]",
                  wider_ring[] = "[[120,31],[120.6,31],[120.6,32],[120,32],[120,31]]";
static const int64_t day = INT64_C(86400000000);

static int setup(StoreEngine engine) {
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	Request *rq = request_begin(app, "test");
	if (request_write(rq, people_make, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	assert_int_equal(put((Put){1, "320281", "", city_ring, orgs[0], day}, NULL), 0);
	assert_int_equal(put((Put){2, "320281001", "320281", west_ring, orgs[1], day}, NULL), 0);
	assert_int_equal(put((Put){2, "320281002", "320281", east_ring, 0, day}, NULL), 0);
	return 0;
}

static PlaceHit locate(Request *rq, double lon, double lat, int64_t when, int wanted) {
	PlaceHit hit;
	assert_int_equal(place_locate(rq, lon, lat, when, &hit), wanted);
	return hit;
}

static void areas_hold_points(void **state) {
	Request *rq = request_begin(app, "test");
	PlaceHit hit = locate(rq, 120.25, 31.5, 2 * day, 0);
	assert_string_equal(hit.lowest->code, "320281001");
	assert_string_equal(hit.at[1]->code, "320281");
	assert_true(hit.org_id == orgs[1]);
	assert_true(locate(rq, 120.75, 31.5, 2 * day, 0).org_id == orgs[0]);
	assert_string_equal(locate(rq, 120.5, 31.5, 2 * day, 0).lowest->code, "320281001"); /* on the border: the lower code */
	locate(rq, 0, 0, 2 * day, ERR_NOT_FOUND);
	locate(rq, NAN, 31, 2 * day, ERR_NOT_FOUND);
	locate(rq, 120.25, 31.5, day - 1, ERR_NOT_FOUND); /* before there were any */
	request_end(rq);
}

static void a_boundary_moves_on_a_date(void **state) {
	Error error = {0};
	const int64_t then = clock_now_us() + 10 * day;
	assert_int_equal(put((Put){2, "320281001", "320281", wider_ring, orgs[1], 10 * day}, &error), ERR_CONFLICT);
	assert_string_equal(error.rule, "past");
	assert_int_equal(put((Put){2, "320281001", "320281", wider_ring, orgs[1], then}, NULL), 0);
	Request *rq = request_begin(app, "test");
	PlaceHit before = locate(rq, 120.55, 31.5, then - 1, 0), after = locate(rq, 120.55, 31.5, then, 0);
	assert_string_equal(before.lowest->code, "320281002");
	assert_string_equal(after.lowest->code, "320281001");
	const PlaceArea *area;
	assert_int_equal(place_area(rq, after.lowest->area_key, 2 * day, &area), 0);
	assert_true(area->area_key == after.lowest->area_key && area->area_id != after.lowest->area_id);
	request_end(rq);
	assert_int_equal(put((Put){2, "320281001", "320281", west_ring, 0, then}, &error), ERR_CONFLICT);
	assert_string_equal(error.rule, "later_version");
	assert_int_equal(put((Put){3, "x", "nowhere", west_ring, 0, then + day}, &error), ERR_INVALID);
	assert_string_equal(error.field, "parent_code");
	assert_int_equal(put((Put){2, "y", "", "[[0,0],[1,0],[1,1],[0,1]]", 0, then + day}, &error), ERR_INVALID);
	assert_string_equal(error.field, "geometry");
	assert_int_equal(put((Put){2, "y", "", west_ring, 12345, then + day}, &error), ERR_INVALID);
	assert_string_equal(error.field, "org_id");
}

static int older_run(Request *rq, void *arg) {
	return place_change_older(rq, 77);
}

/* A draft that was accepted before changes were noted can be withdrawn all the same: what it began, replaced and ended. */
static void older_plans_are_noted(void **state) {
	const int64_t then = clock_now_us() + 10 * day;
	assert_int_equal(put((Put){2, "320281001", "320281", wider_ring, orgs[1], then}, NULL), 0);
	run_sql_with(
	    "INSERT INTO area_draft (draft_id, level, source, format, layer, crs, state, columns, mapping, counts, features,"
	    " faults, job_id, valid_from, note, made_by, made_at, ended_by, ended_at, checked_version, checked_at, version)"
	    " SELECT 77, 2, '', '', '', 4490, 'accepted', '[]', '{}', '{}', 1, 0, 0, a.valid_from, '', 1, 1, 1, a.stored_at,"
	    " 1, 1, 1 FROM area a WHERE a.code = '320281001' AND a.valid_from = $1",
	    then);
	run_sql_with("INSERT INTO area_draft_origin (draft_id, code, parent_code) VALUES ($1, '320281002', '320281')", 77);
	run_sql_with("UPDATE area SET valid_until = $1 WHERE code = '320281002'", then);
	run_sql_with("DELETE FROM area_change WHERE noted_at > $1", 0);
	Request *rq = request_begin(app, "test");
	assert_int_equal(request_write(rq, older_run, NULL), 0);
	request_end(rq);
	assert_int_equal(count_of_sql("SELECT count(*) FROM area_change"), 3);
	assert_int_equal(
	    count_of_sql("SELECT count(*) FROM area_change c JOIN area a ON a.area_id = c.area_id WHERE c.change_id = 77"
	                 " AND c.what = CASE WHEN a.code = '320281002' THEN 'ended' WHEN a.valid_until = 0 THEN 'begun'"
	                 " ELSE 'before' END"),
	    3);
}

static int officer_run(Request *rq, void *arg) {
	const int64_t *values = arg; /* area_key, rank, account, from, until */
	return (int)db_run(
	    rq->db,
	    "INSERT INTO area_officer (area_key, rank, account_id, valid_from, valid_until, set_at, set_by) VALUES ($1, $2, $3, "
	    "$4, $5, 0, 0)",
	    BIND(val_int(values[0]), val_int(values[1]), val_int(values[2]), val_int(values[3]), val_int(values[4])));
}

static void officers_stand_in(void **state) {
	Request *rq = request_begin(app, "test");
	PlaceHit hit = locate(rq, 120.25, 31.5, 2 * day, 0);
	PlaceOfficer officer;
	assert_int_equal(place_officer(rq, hit.lowest->area_key, 2 * day, &officer), ERR_NOT_FOUND);
	int64_t of_city[] = {hit.at[1]->area_key, 0, accounts[1], day, 0},
	        of_town[] = {hit.lowest->area_key, 0, accounts[0], day, 5 * day};
	assert_true(request_write(rq, officer_run, of_city) >= 0 && request_write(rq, officer_run, of_town) >= 0);
	assert_int_equal(place_officer(rq, hit.lowest->area_key, 2 * day, &officer), 0);
	assert_true(officer.account_id == accounts[0] && officer.org_id == orgs[1]);
	assert_int_equal(place_officer(rq, hit.lowest->area_key, 5 * day, &officer), 0); /* his time is over: the city's */
	assert_true(officer.account_id == accounts[1] && officer.area_key == hit.at[1]->area_key);
	request_end(rq);
}

int main(void) {
	const struct CMUnitTest pure[] = {cmocka_unit_test(rasters), cmocka_unit_test(raster_of_nothing),
	                                  cmocka_unit_test(shapes), cmocka_unit_test(systems)};
	const struct CMUnitTest stored[] = {cmocka_unit_test(areas_hold_points), cmocka_unit_test(a_boundary_moves_on_a_date),
	                                    cmocka_unit_test(officers_stand_in), cmocka_unit_test(older_plans_are_noted)};
	int failed = cmocka_run_group_tests(pure, NULL, NULL);
	failed += cmocka_run_group_tests_name("SQLite", stored, setup_sqlite, teardown);
	return failed + cmocka_run_group_tests_name("PostgreSQL", stored, setup_postgres, teardown);
}
