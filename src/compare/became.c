/* became: what became of the differences of a page, read from where it is kept: the newest run, verifications and objections of
 * their records. One statement each a page, whose differences are those of a run from $2 to $3. */
#include "compare/internal.h"

#define RECORDS_OF_PAGE                                                                                                          \
	" IN (SELECT CASE WHEN CAST($4 AS BIGINT) = 0 THEN left_record ELSE right_record END FROM comparison_difference WHERE"   \
	" run_id = $1 AND difference_no BETWEEN $2 AND $3)"
#define FIRST_NO(showing) val_int((showing)->rows[0].no)
#define LAST_NO(showing) val_int((showing)->rows[(showing)->count - 1].no)

/* Not among the differences of the newest run any more. */
static int gone_read(Request *rq, Showing *showing) {
	Rows *rows;
	if (showing->run_id >= showing->one.last_run) return 0;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT d.difference_no FROM comparison_difference d WHERE d.run_id = $1 AND d.difference_no BETWEEN $2 AND"
	             " $3 AND d.key_mark <> '' AND NOT EXISTS (SELECT 1 FROM comparison_difference n WHERE n.run_id = $4 AND"
	             " n.key_mark = d.key_mark)",
	             BIND(val_int(showing->run_id), FIRST_NO(showing), LAST_NO(showing), val_int(showing->one.last_run)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		for (int i = 0; i < showing->count; i++)
			if (showing->rows[i].no == rows_int(rows, 0)) showing->rows[i].became.state = "gone";
	return code;
}

/* Those of that record of which nothing was told yet. */
static void became_set(Showing *showing, int which, int64_t record, const Became *became) {
	for (int i = 0; i < showing->count; i++) {
		Shown *row = &showing->rows[i];
		if (row->records[which] == record && strcmp(row->became.state, "open") == 0) row->became = *became;
	}
}

/* Verifications of a record that are under way, or ended since the run began; the newest first. */
static int verifications_read(Request *rq, Showing *showing, int which) {
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT v.record_id, v.case_id, c.number, v.state, v.outcome FROM verification v JOIN work_case c ON c.case_id ="
	    " v.case_id WHERE v.resource_id = $5 AND (v.state IN ('sent', 'answered') OR v.closed_us >= $6) AND"
	    " v.record_id" RECORDS_OF_PAGE " ORDER BY v.case_id DESC",
	    BIND(val_int(showing->run_id), FIRST_NO(showing), LAST_NO(showing), val_int(which),
	         val_int(showing->one.resources[which]), val_int(showing->begun_us)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		Text state = rows_text(rows, 3);
		bool right = text_is(state, "closed") && text_is(rows_text(rows, 4), "right");
		became_set(showing, which, rows_int(rows, 0),
		           &(Became){.state = text_is(state, "answered") ? "ordered"
		                              : right                    ? "right"
		                                                         : text_cstr(showing->arena, state),
		                     .number = rows_str(rows, 2, showing->arena),
		                     .case_id = rows_int(rows, 1),
		                     .verification = true});
	}
	return code;
}

/* The same for objections of one's organisation. */
static int objections_read(Request *rq, Showing *showing, int which) {
	Rows *rows;
	int code = db_query(rq->db, &rows,
	                    "SELECT subject_id, case_id, number, closed_at FROM work_case WHERE resource_id = $5 AND process ="
	                    " 'record_objection' AND asker_org = $6 AND (closed_at = 0 OR closed_at >= $7) AND"
	                    " subject_id" RECORDS_OF_PAGE " ORDER BY case_id DESC",
	                    BIND(val_int(showing->run_id), FIRST_NO(showing), LAST_NO(showing), val_int(which),
	                         val_int(showing->one.resources[which]), val_int(rq->party.org_id), val_int(showing->begun_us)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		became_set(showing, which, rows_int(rows, 0),
		           &(Became){.state = rows_int(rows, 3) ? "answered" : "objected",
		                     .number = rows_str(rows, 2, showing->arena),
		                     .case_id = rows_int(rows, 1)});
	return code;
}

int showing_became(Request *rq, Showing *showing) {
	for (int i = 0; i < showing->count; i++)
		showing->rows[i].became = (Became){.state = "open", .number = ""};
	if (!showing->count) return 0;
	int code = gone_read(rq, showing);
	for (int side = 0; side < SIDES && code >= 0; side++) {
		code = verifications_read(rq, showing, side);
		if (code >= 0) code = objections_read(rq, showing, side);
	}
	return code < 0 ? code : 0;
}
