/* Tests of cells of tables that were filled before their entry said where records lie, on both engines: the column comes with the
 * version, the chore writes the cells and goes on where it was killed. */
#include "record/record_testing.h"
#include <stdio.h>

static int place_rows(Request *w, void *arg) {
	const Resource *resource = arg;
	TableName table = sql_table(resource->resource_id, resource->generation_no);
	int lon = 0, lat = 0;
	for (int i = 0; i < resource->field_count; i++) {
		if (resource->fields[i].check == CHECK_LONGITUDE) lon = resource->fields[i].no;
		if (resource->fields[i].check == CHECK_LATITUDE) lat = resource->fields[i].no;
	}
	char *sql = arena_printf(w->arena, "UPDATE %s SET f%d = 120.35, f%d = 31.85 WHERE row_no <= 2", table.at, lon, lat);
	int64_t done = db_run(w->db, sql, NO_BIND);
	return done < 0 ? (int)done : 0;
}

static int64_t located_rows(const char *where) {
	Request *rq = request_begin(app, "test");
	const Resource *resource = resource_of(rq);
	int64_t count = 0;
	TableName table = sql_table(resource->resource_id, resource->generation_no);
	char *sql = arena_printf(rq->arena, "SELECT count(*) FROM %s WHERE %s", table.at, where);
	if (db_int(rq->db, &count, sql, NO_BIND) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	return count;
}

static TableCells cells_now(void) {
	Request *rq = request_begin(app, "test");
	const Resource *resource = resource_of(rq);
	TableCells cells;
	if (table_cells(rq, resource->resource_id, resource->generation_no, &cells) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	return cells;
}

static void test_filled_later(void **state) {
	load_rows(1, first_rows, 5);
	assert_false(cells_now().column);
	assert_string_equal(cells_now().fields, "-");
	publish("conditional", 1,
	        ",{\"name\":\"lon\",\"title\":\"经度\",\"kind\":\"double\",\"check\":\"longitude\",\"grade\":1},"
	        "{\"name\":\"lat\",\"title\":\"纬度\",\"kind\":\"double\",\"check\":\"latitude\",\"grade\":1}");
	Request *rq = request_begin(app, "test");
	const Resource *resource = resource_of(rq);
	if (request_write(rq, place_rows, (void *)resource) < 0) flunk("%s\n", rq->error->message);
	assert_true(cells_now().column);
	assert_false(cells_now().whole);
	assert_int_equal(located_rows("cell IS NOT NULL"), 0);
	if (cells_chore(rq) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	assert_true(cells_now().whole);
	assert_int_equal(located_rows("cell IS NOT NULL"), 2);
	CellRange tile = tile_points(12, 3417, 1665);
	char where[96];
	snprintf(where, sizeof where, "cell >= %lld AND cell <= %lld", (long long)tile.first, (long long)tile.last);
	assert_int_equal(located_rows(where), 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(test_filled_later)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
