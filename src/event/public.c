/* public: what anybody may know of events: one by its number, many by time, class and status, those near a point. Nothing of a
 * reporter, no free text, places to about 100 m; confidential reports and parts of others are not there at all. Of a
 * report that was merged into another the state and times are that one's. Read lane; results in the request. */
#include "event/internal.h"
#include <math.h>

#define PUBLIC_COLUMNS                                                                                                           \
	"SELECT c.case_id, c.number, e.class_code, e.area_text, COALESCE(m.state, c.state), COALESCE(m.outcome, c.outcome), "    \
	"e.located, e.lon, e.lat, e.stars,"                                                                                      \
	" e.reported_us, COALESCE(m.updated_at, c.updated_at), COALESCE(m.closed_at, c.closed_at), COALESCE(m.process_version, " \
	"c.process_version),"                                                                                                    \
	" CASE WHEN e.channel = 'open311' THEN c.asker_account ELSE 0 END, CASE WHEN e.channel = 'open311' THEN"                 \
	" (SELECT min(p.photo_id) FROM event_photo p WHERE p.case_id = c.case_id AND p.stage = 'report' AND p.stripped = 1)"     \
	" ELSE 0 END, CASE WHEN COALESCE(m.closed_at, c.closed_at) = 0 AND COALESCE(m.paused_us, c.paused_us) = 0 AND"           \
	" COALESCE(m.supplier_org, c.supplier_org) <> 0 AND COALESCE(m.due_us, c.due_us) < 4102444800000000 THEN"                \
	" COALESCE(m.due_us, c.due_us) ELSE 0 END, (SELECT o.name FROM org o WHERE o.org_id = COALESCE(m.supplier_org,"          \
	" c.supplier_org)), e.class_version, e.condition_no, c.merged_into, (SELECT m.number FROM event f WHERE f.case_id ="     \
	" m.case_id AND f.confidential = 0) FROM work_case c JOIN event e ON e.case_id = c.case_id"                              \
	" LEFT JOIN work_case m ON m.case_id = c.merged_into AND c.merged_into <> 0"                                             \
	" WHERE e.confidential = 0 AND c.parent_id = 0"

static void public_of(Request *rq, Rows *rows, EventPublic *out, int *process_version) {
	*out = (EventPublic){.case_id = rows_int(rows, 0),
	                     .number = rows_str(rows, 1, rq->arena),
	                     .class_code = rows_str(rows, 2, rq->arena),
	                     .area_text = rows_str(rows, 3, rq->arena),
	                     .state = rows_str(rows, 4, rq->arena),
	                     .outcome = rows_str(rows, 5, rq->arena),
	                     .placed = !text_is(rows_text(rows, 6), "none"),
	                     .lon = round(rows_double(rows, 7) * 1000) / 1000,
	                     .lat = round(rows_double(rows, 8) * 1000) / 1000,
	                     .stars = (int)rows_int(rows, 9),
	                     .reported_us = rows_int(rows, 10),
	                     .updated_us = rows_int(rows, 11),
	                     .closed_us = rows_int(rows, 12),
	                     .source_account = rows_int(rows, 14),
	                     .photo_id = rows_int(rows, 15),
	                     .due_us = rows_int(rows, 16),
	                     .unit = rows_null(rows, 17) ? "" : rows_str(rows, 17, rq->arena),
	                     .class_version = (int)rows_int(rows, 18),
	                     .condition_no = (int)rows_int(rows, 19),
	                     .merged = rows_int(rows, 20) != 0,
	                     .merged_into = rows_null(rows, 21) ? "" : rows_str(rows, 21, rq->arena)};
	*process_version = (int)rows_int(rows, 13);
}

static int titles_set(Request *rq, EventPublic *event, int process_version) {
	return case_state_titles(rq, TEXT("city_event"), process_version, text_of(event->state), &event->state_title,
	                         &event->state_title_en);
}

static int public_one(Request *rq, int found, Rows *rows, EventPublic *out) {
	int version;
	if (found <= 0) return found < 0 ? found : ERR_NOT_FOUND;
	public_of(rq, rows, out, &version);
	return titles_set(rq, out, version);
}

int event_public(Request *rq, Text number, EventPublic *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, PUBLIC_COLUMNS " AND c.number = $1", BIND(val_text(number)));
	return public_one(rq, found, rows, out);
}

int event_public_case(Request *rq, int64_t case_id, EventPublic *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, PUBLIC_COLUMNS " AND c.case_id = $1", BIND(val_int(case_id)));
	return public_one(rq, found, rows, out);
}

/* By the time of the report, not by the id: what was told on paper, and history, is entered later. */
int event_public_list(Request *rq, const EventPublicAsk *ask, EventPublic *out) {
	Rows *rows;
	int count = 0, *versions = ARENA_ARRAY(rq->arena, int, (size_t)ask->limit);
	int code = db_query(
	    rq->db, &rows,
	    PUBLIC_COLUMNS
	    " AND e.reported_us >= $1 AND e.reported_us < $2"
	    " AND (CAST($3 AS TEXT) = '' OR lower(',' || CAST($3 AS TEXT) || ',') LIKE '%,' || lower(e.class_code) || ',%')"
	    " AND (CAST($4 AS BIGINT) = 0 OR (CAST($4 AS BIGINT) = 1 AND COALESCE(m.closed_at, c.closed_at) = 0)"
	    " OR (CAST($4 AS BIGINT) = 2 AND COALESCE(m.closed_at, c.closed_at) <> 0)) ORDER BY e.reported_us DESC, e.case_id"
	    " DESC LIMIT $5 OFFSET $6",
	    BIND(val_int(ask->from_us), val_int(ask->until_us), val_text(ask->class_codes.at ? ask->class_codes : TEXT("")),
	         val_int(ask->status), val_int(ask->limit), val_int(ask->skip)));
	if (code < 0) return code;
	while (count < ask->limit && (code = rows_next(rows)) > 0) {
		public_of(rq, rows, &out[count], &versions[count]);
		count++;
	}
	if (code > 0) rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++)
		code = titles_set(rq, &out[i], versions[i]);
	return code < 0 ? code : count;
}

/* --- near a point ---------------------------------------------------------------------------------------------------- */
typedef struct Near {
	EventPublic event;
	double metres;
	int version;
} Near;

static int nearer(const void *a, const void *b) {
	const Near *left = a, *right = b;
	return left->metres != right->metres                ? (left->metres < right->metres ? -1 : 1)
	       : left->event.case_id > right->event.case_id ? -1
	                                                    : 1;
}

/* A row of cells: those from west to east of the point; the newest of them, as far as there is room. */
static int near_row(Request *rq, double lon, double lat, int64_t row, int64_t reach, int64_t since_us, Near *found, int *count,
                    int max) {
	enum { ROW_MAX = 200 };
	Rows *rows;
	int64_t cell = event_cell(lon, lat) + row * 100000;
	int code =
	    db_query(rq->db, &rows,
	             PUBLIC_COLUMNS
	             " AND e.cell BETWEEN $1 AND $2 AND e.case_id >= $3 AND e.reported_us >= $4 ORDER BY e.case_id DESC LIMIT $5",
	             BIND(val_int(cell - reach), val_int(cell + reach), val_int(store_id_at(since_us)), val_int(since_us),
	                  val_int(ROW_MAX)));
	if (code < 0) return code;
	while (*count < max && (code = rows_next(rows)) > 0) {
		Near *one = &found[*count];
		public_of(rq, rows, &one->event, &one->version);
		one->metres = place_distance(lon, lat, one->event.lon, one->event.lat); /* as shown: order tells no more */
		*count += one->metres <= EVENT_NEAR_METRES;
	}
	if (code > 0) rows_close(rows);
	return code < 0 ? code : 0;
}

int event_public_near(Request *rq, double lon, double lat, int64_t since_us, EventPublic *out, int max) {
	enum { FOUND_MAX = 1000 };
	Near *found = ARENA_ARRAY(rq->arena, Near, FOUND_MAX);
	double wide = cos(lat * 0.017453292519943295);
	int64_t up = (int64_t)(EVENT_NEAR_METRES / (111320 * 0.005)) + 1,
	        reach = (int64_t)(EVENT_NEAR_METRES / (111320 * 0.005 * (wide > 0.1 ? wide : 0.1))) + 1;
	int count = 0, code = 0;
	for (int64_t row = -up; row <= up && code >= 0; row++)
		code = near_row(rq, lon, lat, row, reach, since_us, found, &count, FOUND_MAX);
	if (code < 0) return code;
	qsort(found, (size_t)count, sizeof *found, nearer);
	if (count > max) count = max;
	for (int i = 0; i < count && code >= 0; i++) {
		out[i] = found[i].event;
		code = titles_set(rq, &out[i], found[i].version);
	}
	return code < 0 ? code : count;
}
