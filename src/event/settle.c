/* settle: ended events as the map counts them: a narrow row each (event_spot), and counts by cell and month (event_heap). A chore
 * brings them over, so that no step of a case pays for the map; what is opened again goes back within its step. */
#include "event/internal.h"
#include "place/place.h"
#include <stdlib.h>

enum { PORTION = 500, AT_ONCE = 40 };

/* Months since year 0, of the city's time. */
int64_t event_month(int64_t us) {
	int year, month, day;
	date_to_civil(date_of_us(us), &year, &month, &day);
	return (int64_t)year * 12 + month - 1;
}

typedef struct Tally {
	const char *side;
	int64_t org_id, cell, month, n;
} Tally;

static int tally_order(const void *left, const void *right) {
	const Tally *a = left, *b = right;
	int side = strcmp(a->side, b->side);
	if (side) return side;
	if (a->org_id != b->org_id) return a->org_id < b->org_id ? -1 : 1;
	if (a->cell != b->cell) return a->cell < b->cell ? -1 : 1;
	return (a->month > b->month) - (a->month < b->month);
}

enum { LEVELS = EVENT_HEAP_FINEST - EVENT_HEAP_COARSEST + 1, TALLIES = 3 * (2 * LEVELS + 1) };

/* Who counts the event: its centre, its unit, and everybody's sum; on each level, and by month over all places. How many. */
static int tallies_of(const Spot *spot, int64_t change, Tally out[TALLIES]) {
	const struct {
		const char *by_month, *ever;
		int64_t org_id;
	} of[] = {{"centre", "centre_ever", spot->centre_org}, {"unit", "unit_ever", spot->supplier_org}, {"all", "all_ever", 0}};
	int64_t month = event_month(spot->reported_us);
	int count = 0;
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		if (!of[i].org_id && i != 2) continue;
		out[count++] = (Tally){of[i].by_month, of[i].org_id, 0, month, change};
		for (int level = EVENT_HEAP_COARSEST; level <= EVENT_HEAP_FINEST; level++) {
			int64_t cell = cell_above(spot->cell, level);
			out[count++] = (Tally){of[i].by_month, of[i].org_id, cell, month, change};
			out[count++] = (Tally){of[i].ever, of[i].org_id, cell, 0, change};
		}
	}
	return count;
}

/* Each row once, and all in one order, so that two writers wait for each other and never in a circle. */
static int heap_change(Request *rq, const Spot *spots, int spot_count, int64_t change) {
	Tally *tallies = ARENA_ARRAY(rq->arena, Tally, spot_count * TALLIES);
	int64_t done = 0;
	int count = 0;
	for (int i = 0; i < spot_count; i++)
		if (spots[i].cell) count += tallies_of(&spots[i], change, tallies + count);
	qsort(tallies, (size_t)count, sizeof *tallies, tally_order);
	for (int i = 0, end; i < count && done >= 0; i = end) {
		int64_t n = 0;
		for (end = i; end < count && !tally_order(&tallies[i], &tallies[end]); end++)
			n += tallies[end].n;
		done = db_run(rq->db,
		              "INSERT INTO event_heap (side, org_id, cell, month, n) VALUES ($1, $2, $3, $4, $5)"
		              " ON CONFLICT (side, org_id, cell, month) DO UPDATE SET n = event_heap.n + excluded.n",
		              BIND(val_str(tallies[i].side), val_int(tallies[i].org_id), val_int(tallies[i].cell),
		                   val_int(tallies[i].month), val_int(n)));
	}
	return done < 0 ? (int)done : 0;
}

/* 0: it was settled meanwhile. */
static int spot_add(Request *rq, const Spot *spot) {
	int64_t done =
	    db_run(rq->db, "UPDATE event SET settled = 1 WHERE case_id = $1 AND settled = 0", BIND(val_int(spot->case_id)));
	if (done <= 0 || !spot->cell) return (int)done;
	done = db_run(rq->db,
	              "INSERT INTO event_spot (case_id, centre_org, supplier_org, cell, reported_us, class_code, state)"
	              " VALUES ($1, $2, $3, $4, $5, $6, $7)",
	              BIND(val_int(spot->case_id), val_int(spot->centre_org), val_int(spot->supplier_org), val_int(spot->cell),
	                   val_int(spot->reported_us), val_str(spot->class_code), val_str(spot->state)));
	return (int)done;
}

typedef struct Settling {
	int64_t after; /* the last case of the portion before */
	bool end;
} Settling;

/* (case_id + 0: else SQLite goes through the key of all events, not through the index of those that are not settled.) */
static int settle_portion(Request *rq, void *arg) {
	Settling *settling = arg;
	Spot *spots = ARENA_ARRAY(rq->arena, Spot, PORTION);
	Rows *rows;
	int count = 0, code = db_query(rq->db, &rows,
	                               "SELECT e.case_id, c.centre_org, c.supplier_org, e.located, e.lon, e.lat, e.reported_us,"
	                               " e.class_code, c.state FROM event e JOIN work_case c ON c.case_id = e.case_id WHERE"
	                               " e.settled = 0 AND e.case_id + 0 > $1 AND c.closed_at <> 0 ORDER BY e.case_id LIMIT $2",
	                               BIND(val_int(settling->after), val_int(PORTION)));
	if (code < 0) return code;
	while (count < PORTION && (code = rows_next(rows)) > 0)
		spots[count++] =
		    (Spot){rows_int(rows, 0),
		           rows_int(rows, 1),
		           rows_int(rows, 2),
		           text_is(rows_text(rows, 3), "none") ? 0 : cell_of_point(rows_double(rows, 4), rows_double(rows, 5)),
		           rows_int(rows, 6),
		           rows_str(rows, 7, rq->arena),
		           rows_str(rows, 8, rq->arena)};
	if (code > 0) rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++)
		if ((code = spot_add(rq, &spots[i])) == 0) spots[i].cell = 0;
	if (code < 0 || (code = heap_change(rq, spots, count, 1)) < 0) return code;
	settling->end = count < PORTION;
	if (count) settling->after = spots[count - 1].case_id;
	return 0;
}

int settle_chore(Request *rq) {
	Settling settling = {0};
	int code = 0;
	for (int i = 0; code >= 0 && !settling.end && i < AT_ONCE; i++)
		code = request_write_bulk(rq, settle_portion, &settling);
	return code < 0 ? code : !settling.end;
}

/* "case.opened_again", arg: the case's id. Written even where nothing was settled: a chore that settles it now has to begin anew.
 */
int action_unsettle(Request *rq, void *arg) {
	const int64_t *case_id = arg;
	Rows *rows;
	int64_t done = db_run(rq->db, "UPDATE event SET settled = 0, stars = 0 WHERE case_id = $1", BIND(val_int(*case_id)));
	if (done > 0) /* whoever reported the same is asked anew, too */
		done = db_run(rq->db,
		              "UPDATE event SET stars = 0 WHERE stars > 0 AND case_id IN (SELECT case_id FROM work_case WHERE"
		              " merged_into = $1 AND merged_into <> 0)",
		              BIND(val_int(*case_id)));
	if (done < 0) return (int)done;
	int found = db_one(rq->db, &rows, "SELECT centre_org, supplier_org, cell, reported_us FROM event_spot WHERE case_id = $1",
	                   BIND(val_int(*case_id)));
	if (found <= 0) return found;
	const Spot spot = {.centre_org = rows_int(rows, 0),
	                   .supplier_org = rows_int(rows, 1),
	                   .cell = rows_int(rows, 2),
	                   .reported_us = rows_int(rows, 3)};
	db_rest(rq->db);
	done = db_run(rq->db, "DELETE FROM event_spot WHERE case_id = $1", BIND(val_int(*case_id)));
	return done < 0 ? (int)done : heap_change(rq, &spot, 1, -1);
}
