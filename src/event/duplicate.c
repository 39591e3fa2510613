/* duplicate: reports that may be of one thing: like in class, near in place and time, still open. Who decides is a person; two
 * are linked, never lost (table event_link). Read through the grid of cells in table event; any lane. */
#include "event/internal.h"
#include <math.h>

enum { CANDIDATES_MAX = 200 };

/* Cells of 0.005° (at least 300 m wide below 57° of latitude, which no class's distance passes): 1 and above. */
int64_t event_cell(double lon, double lat) {
	return (int64_t)floor((lat + 90) / 0.005) * 100000 + (int64_t)floor((lon + 180) / 0.005) + 1;
}

int duplicate_score(double metres, int64_t apart_us, bool same_class, int metres_max, int hours_max) {
	double span = (double)hours_max * 3.6e9;
	if (metres_max <= 0 || metres > metres_max || (double)apart_us > span) return 0;
	double near = 1 - 0.5 * metres / metres_max, soon = 1 - 0.3 * (double)apart_us / span;
	return (int)lround(1000 * near * soon * (same_class ? 1 : 0.6));
}

static int compare(const void *a, const void *b) {
	const Alike *left = a, *right = b;
	return left->score != right->score ? right->score - left->score : left->case_id > right->case_id ? -1 : 1;
}

int duplicates_find(Request *rq, const AlikeAsk *ask, Alike *out, int max) {
	Alike *all = ARENA_ARRAY(rq->arena, Alike, CANDIDATES_MAX);
	const EventClass *class = ask->class;
	Rows *rows;
	int count = 0;
	int64_t cell = event_cell(ask->lon, ask->lat), least = setting_int(rq, "event.duplicate_score");
	int64_t since = ask->at_us - (int64_t) class->hours * INT64_C(3600000000);
	if (!class->metres) return 0;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT e.case_id, e.class_code, e.lon, e.lat, e.reported_us FROM event e JOIN work_case c ON c.case_id = e.case_id "
	    "WHERE c.closed_at = 0 AND e.cell IN ($1, $2, $3, $4, $5, $6, "
	    "$7, $8, $9)"
	    " AND e.case_id >= $10 AND e.case_id <> $11 AND e.merged_into = 0 AND substr(e.class_code, 1, 3) = $12"
	    " ORDER BY e.case_id DESC LIMIT $13",
	    BIND(val_int(cell), val_int(cell - 1), val_int(cell + 1), val_int(cell - 100000), val_int(cell - 100001),
	         val_int(cell - 99999), val_int(cell + 100000), val_int(cell + 99999), val_int(cell + 100001),
	         val_int(store_id_at(since)), val_int(ask->case_id), val_text((Text){class->code, 3}), val_int(CANDIDATES_MAX)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		Alike *one = &all[count];
		int64_t at = rows_int(rows, 4);
		*one = (Alike){.case_id = rows_int(rows, 0),
		               .metres = place_distance(ask->lon, ask->lat, rows_double(rows, 2), rows_double(rows, 3))};
		one->score = duplicate_score(one->metres, at > ask->at_us ? at - ask->at_us : ask->at_us - at,
		                             text_is(rows_text(rows, 1), class->code), class->metres, class->hours);
		count += one->score >= least;
	}
	if (code < 0) return code;
	qsort(all, (size_t)count, sizeof *all, compare);
	if (count > max) count = max;
	memcpy(out, all, (size_t)count * sizeof *out);
	return count;
}

/* Found while it was reported: kept, so that whoever accepts sees them at once. */
int duplicates_link(Request *rq, int64_t case_id, const Alike *found, int count) {
	int code = 0;
	for (int i = 0; i < count && code >= 0; i++)
		code = link_set(rq, case_id, found[i].case_id, found[i].score, "shown");
	return code < 0 ? code : 0;
}

int link_set(Request *rq, int64_t case_id, int64_t other_id, int score, const char *state) {
	return (int)db_run(
	    rq->db,
	    "INSERT INTO event_link (case_id, other_id, score, state, at_us, account_id) VALUES ($1, $2, $3, $4, $5, $6)"
	    " ON CONFLICT (case_id, other_id) DO UPDATE SET state = excluded.state, at_us = excluded.at_us,"
	    " account_id = excluded.account_id",
	    BIND(val_int(case_id), val_int(other_id), val_int(score), val_str(state), val_int(rq->now_us),
	         val_int(rq->party.account_id)));
}
