/* Owns the counts of all that an entry holds, kept beside those of the load that last changed it: a full load's are its own; a
 * part's are added to what was there. Nothing is read again: of the rows before, as many count as are still held or wait in
 * quarantine, and of their faults as many as wait there, since every row that is held has passed its checks. In the final write
 * of a load. */
#include "exchange/quality.h"

typedef struct Now {
	int64_t held, waiting; /* records; refused rows of earlier loads that wait to be mended */
} Now;

static int before_read(Request *w, int64_t resource_id, Held *out) {
	Rows *rows;
	int found = db_one(w->db, &rows,
	                   "SELECT q.full_job, q.held_rows, q.held_refused, " HELD_BASES " FROM job_quality q WHERE"
	                   " q.resource_id = $1 AND q.latest = 1",
	                   BIND(val_int(resource_id)));
	if (found <= 0) return found;
	*out = (Held){.full_job = rows_int(rows, 0), .rows = rows_int(rows, 1), .refused = rows_int(rows, 2)};
	for (int i = 0; i < TIMELINESS; i++)
		out->dimensions[i] = (Dimension){rows_int(rows, 3 + i * 2), rows_int(rows, 4 + i * 2)};
	return 1;
}

/* Ids rise with time: rows refused since the last full load have greater ones than its job. */
static int now_read(Request *w, int64_t resource_id, int64_t full_job, int64_t job_id, Now *out) {
	int code = db_int(w->db, &out->held, "SELECT row_count FROM resource WHERE resource_id = $1", BIND(val_int(resource_id)));
	if (code < 0) return code;
	code = db_int(w->db, &out->waiting,
	              "SELECT count(*) FROM quarantine WHERE resource_id = $1 AND state IN ('open', 'mended') AND quarantine_id >"
	              " $2 AND job_id <> $3",
	              BIND(val_int(resource_id), val_int(full_job), val_int(job_id)));
	return code < 0 ? code : 0;
}

static int64_t share_of(int64_t count, int64_t part, int64_t whole) {
	return whole > 0 ? (int64_t)((double)count * (double)(part < whole ? part : whole) / (double)whole + 0.5) : 0;
}

int held_after(Request *w, int64_t resource_id, const QualityLoad *load, int64_t rows, const Dimension *own, Held *out) {
	Held before;
	Now now;
	*out = (Held){.full_job = load->job_id, .rows = rows, .refused = load->refused};
	memcpy(out->dimensions, own, sizeof out->dimensions);
	int code = load->whole ? 0 : before_read(w, resource_id, &before);
	if (code <= 0) return code;
	if ((code = now_read(w, resource_id, before.full_job, load->job_id, &now)) < 0) return code;
	int64_t others = now.held + now.waiting + load->refused - rows;
	if (others < 0) others = 0;
	out->full_job = before.full_job;
	out->rows += others;
	out->refused += now.waiting;
	for (int i = 0; i < TIMELINESS; i++) {
		out->dimensions[i].bad += share_of(before.dimensions[i].bad, now.waiting, before.refused);
		out->dimensions[i].base += share_of(before.dimensions[i].base, others, before.rows);
	}
	return 0;
}
